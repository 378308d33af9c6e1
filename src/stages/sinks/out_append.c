/* append NAME: events to the end of a file. */
#include "config.h"

#include "stages/sinks/outputs.h"

const struct stage_desc out_append = {
	.spec = {
		.name = "append",
		.synopsis = "append NAME",
		.summary = "write events to the end of a file",
		.flags = SPEC_SINK | SPEC_CAN_FAIL,
		.args = outputs_args,
		.opts = outputs_opts,
		.priv_bytes = sizeof(struct outputs),
		.bind = outputs_bind,
	},
	.node = &outputs_ops,
};
