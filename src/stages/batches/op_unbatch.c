/* unbatch: a batch's events one by one again. */
#include "config.h"

#include "stages/shared/stages.h"

struct unbatch {
	const struct schema *schema;
};

static void unbatch_bind(void *priv, struct bind *b)
{
	struct unbatch *u = priv;
	u->schema = bind_schema(b);
	if (!bind_batched(b))
		bind_error(b, "there are no batches here to take apart");
	bind_set_batched(b, false);
}

static uint32_t unbatch_ncols(const void *priv)
{
	return stage_ncols(((const struct unbatch *)priv)->schema);
}

static void unbatch_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	(void)priv;
	(void)state;
	(void)w;
	for (; in->pos < in->n && !chunk_full(out); in->pos++)
		chunk_keep(out, in, in->pos);
	chunk_share(out, in);
}

static const struct ordered_ops unbatch_ops = {.ncols = unbatch_ncols, .run = unbatch_run};

const struct stage_desc op_unbatch = {
	.spec = {
		.name = "unbatch",
		.synopsis = "unbatch",
		.summary = "the events of a batch one by one again",
		.priv_bytes = sizeof(struct unbatch),
		.bind = unbatch_bind,
	},
	.ordered = &unbatch_ops,
};
