/* write NAME: events to a file, which is replaced whole at the end of a run in which no stage failed. */
#include "config.h"

#include "stages/outputs.h"

static void write_bind(void *priv, struct bind *b)
{
	((struct outputs *)priv)->replace = true;
	outputs_bind(priv, b);
	bind_set_at_end(b, "append writes as events come");
}

const struct stage_desc out_write = {
	.spec = {
		.name = "write",
		.synopsis = "write NAME",
		.summary = "write events to a file, which is replaced whole at the end",
		.flags = SPEC_SINK | SPEC_CAN_FAIL,
		.args = outputs_args,
		.opts = outputs_opts,
		.priv_bytes = sizeof(struct outputs),
		.bind = write_bind,
	},
	.node = &outputs_ops,
};
