/* write NAME: events to a file, which is replaced whole at the end of a run in which no stage failed. */
#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "stages/sinks/outputs.h"

/* A device, a FIFO: it is not replaced but written to as events come. */
static bool is_special(struct slice name)
{
	struct stat st;
	char *path = mem_strndup(name.p, name.len);
	bool special = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
	free(path);
	return special;
}

static void write_bind(void *priv, struct bind *b)
{
	struct outputs *o = priv;
	o->replace = true;
	outputs_bind(o, b);
	if (!o->constant || !is_special(o->fixed))
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
