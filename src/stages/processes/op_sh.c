/* sh TEXT: exec through the shell. TEXT is not filled in: the shell gets the event as "$0", its fields as "$1"... */
#include "config.h"

#include "stages/processes/exec.h"

static const struct arg_spec sh_args[] = {
	{.type = ARG_STRING, .name = "TEXT", .offset = offsetof(struct exec, command.text)},
	{.type = ARG_END},
};

static const struct opt_spec sh_opts[] = {EXEC_OPTS, {.name = NULL}};

const struct stage_desc op_sh = {
	.spec = {
		.name = "sh",
		.synopsis = "sh [OPTION...] TEXT",
		.summary = "exec through /bin/sh: the event is \"$0\", its fields \"$1\"...",
		.flags = SPEC_OPTIONS_FIRST | SPEC_CAN_FAIL,
		.args = sh_args,
		.opts = sh_opts,
		.priv_bytes = sizeof(struct exec),
		.bind = exec_bind,
	},
	.node = &exec_ops,
	.limits = true,
	.at_once = exec_at_once,
};
