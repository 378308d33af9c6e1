/* split /re/ | split "text": an event for every piece between separators; empty pieces are events too. */
#include "config.h"

#include "lang/expr/fields.h"
#include "stages/shared/stages.h"

struct split {
	struct splitter *sp;
	struct schema *out;
};

static void split_bind(void *priv, struct bind *b)
{
	struct split *s = priv;
	s->out = bind_new_schema(b, SCHEMA_SPLIT, true);
}

static unsigned split_traits(const void *priv)
{
	(void)priv;
	return PURE_EXPANDS;
}

static uint32_t split_ncols(const void *priv)
{
	return stage_ncols(((const struct split *)priv)->out);
}

/* The next piece of the current event; moves on to the next event behind the last one. */
static void one_piece(const struct split *s, struct work *w, struct chunk *in, struct chunk *out)
{
	struct eval *ev = work_eval(w);
	struct slice whole = in->ev[in->pos], piece;
	uint32_t i = in->pos;
	const char *rest = whole.p + in->sub;
	enum fields_result got = fields_next(s->sp, &ev->re, whole.p, &rest, whole.p + whole.len, &piece);
	if (got == FIELDS_ONE) {
		uint32_t to = chunk_derive(out, in, i, piece);
		if (out->ncols)
			stage_carry(s->out, in, i, chunk_cells(out, to));
	} else if (got == FIELDS_FAILED) {
		work_fail(w, whole, ev->re.error);
		rest = NULL;
	}
	in->sub = rest ? (uint32_t)(rest - whole.p) : 0;
	in->pos += !rest;
}

static void split_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	while (in->pos < in->n && !chunk_full(out))
		one_piece(priv, w, in, out);
	chunk_share(out, in);
}

static const struct pure_ops split_ops = {.traits = split_traits, .ncols = split_ncols, .run = split_run};

static const struct arg_spec split_args[] = {
	{.type = ARG_SPLITTER, .name = "SEPARATOR", .offset = offsetof(struct split, sp)},
	{.type = ARG_END},
};

const struct stage_desc op_split = {
	.spec = {
		.name = "split",
		.synopsis = "split /RE/ | split \"TEXT\"",
		.summary = "an event for every piece between separators",
		.flags = SPEC_CAN_FAIL,
		.args = split_args,
		.priv_bytes = sizeof(struct split),
		.bind = split_bind,
	},
	.pure = &split_ops,
};
