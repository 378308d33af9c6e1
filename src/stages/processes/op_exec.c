/* exec WORD...: a process for each event, or for each batch. A word that holds $... is filled in and stays one argument. */
#include "config.h"

#include "stages/processes/exec.h"

static const struct arg_spec exec_args[] = {
	{.type = ARG_COMMAND, .name = "WORD", .offset = offsetof(struct exec, command.words)},
	{.type = ARG_END},
};

static const struct opt_spec exec_opts[] = {EXEC_OPTS, {.name = NULL}};

const struct stage_desc op_exec = {
	.spec = {
		.name = "exec",
		.synopsis = "exec [OPTION...] WORD...",
		.summary = "a process for each event or batch; its lines are the events that follow",
		.flags = SPEC_OPTIONS_FIRST | SPEC_CAN_FAIL,
		.args = exec_args,
		.opts = exec_opts,
		.priv_bytes = sizeof(struct exec),
		.bind = exec_bind,
	},
	.node = &exec_ops,
	.limits = true,
	.at_once = exec_at_once,
};
