/* pass: passes every event as it is. For branches: tee { write FILE ; pass }, else => pass. */
#include "config.h"

#include "stages/shared/stages.h"

struct pass {
	const struct schema *schema;
};

static unsigned pass_traits(const void *priv)
{
	(void)priv;
	return PURE_RAW_IN | PURE_RAW_OUT | PURE_ORIGINS;
}

static uint32_t pass_ncols(const void *priv)
{
	return stage_ncols(((const struct pass *)priv)->schema);
}

static void pass_bind(void *priv, struct bind *b)
{
	((struct pass *)priv)->schema = bind_schema(b);
}

static void pass_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	(void)priv;
	(void)w;
	out->raw = in->raw;
	for (; in->pos < in->n && !chunk_full(out); in->pos++)
		chunk_keep(out, in, in->pos);
	chunk_share(out, in);
}

static const struct pure_ops pass_ops = {.traits = pass_traits, .ncols = pass_ncols, .run = pass_run};

const struct stage_desc op_pass = {
	.spec = {
		.name = "pass",
		.synopsis = "pass",
		.summary = "pass every event as it is",
		.flags = SPEC_KEEPS,
		.priv_bytes = sizeof(struct pass),
		.bind = pass_bind,
	},
	.pure = &pass_ops,
};
