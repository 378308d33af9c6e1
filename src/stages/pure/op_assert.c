/* assert EXPR: passes every event for which EXPR is true; one for which it is false fails. */
#include "config.h"

#include "stages/shared/stages.h"

struct assert_priv {
	struct expr *test;
	const struct schema *schema;
};

static uint32_t assert_ncols(const void *priv)
{
	return stage_ncols(((const struct assert_priv *)priv)->schema);
}

static void assert_bind(void *priv, struct bind *b)
{
	((struct assert_priv *)priv)->schema = bind_schema(b);
}

static void assert_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct assert_priv *a = priv;
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		int holds = expr_test(a->test, ev, &e);
		if (holds > 0)
			chunk_keep(out, in, in->pos);
		else
			work_fail(w, e.whole, holds < 0 ? ev->error : "the condition is false");
		arena_clear(&ev->scratch);
	}
	chunk_share(out, in);
}

static const struct pure_ops assert_ops = {.ncols = assert_ncols, .run = assert_run};

static const struct arg_spec assert_args[] = {
	{.type = ARG_EXPR, .name = "EXPR", .offset = offsetof(struct assert_priv, test)},
	{.type = ARG_END},
};

const struct stage_desc op_assert = {
	.spec = {
		.name = "assert",
		.synopsis = "assert EXPR",
		.summary = "fail the events for which EXPR is false",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = assert_args,
		.priv_bytes = sizeof(struct assert_priv),
		.bind = assert_bind,
	},
	.pure = &assert_ops,
};
