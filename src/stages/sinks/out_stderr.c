/* stderr: events to standard error. */
#include "config.h"

#include <unistd.h>

#include "stages/sinks/sink.h"

static void stderr_bind(void *priv, struct bind *b)
{
	((struct sink *)priv)->fd = STDERR_FILENO;
	sink_bind(priv, b);
}

const struct stage_desc out_stderr = {
	.spec = {
		.name = "stderr",
		.synopsis = "stderr",
		.summary = "write events to standard error",
		.flags = SPEC_SINK,
		.opts = sink_opts,
		.priv_bytes = sizeof(struct sink),
		.bind = stderr_bind,
	},
	.node = &sink_ops,
	.takes_raw = true,
};
