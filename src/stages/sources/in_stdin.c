/* stdin: the lines of standard input. */
#include "config.h"

#include "stages/sources/files.h"

const struct stage_desc in_stdin = {
	.spec = {
		.name = "stdin",
		.synopsis = "stdin",
		.summary = "lines of standard input",
		.flags = SPEC_SOURCE | SPEC_CAN_FAIL,
		.opts = files_opts,
		.priv_bytes = sizeof(struct files),
		.bind = files_bind,
	},
	.node = &files_ops,
	.gives_raw = true,
};
