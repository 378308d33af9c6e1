/* while EXPR: passes events up to, not including, the first for which EXPR is false; then its input ends. */
#include "config.h"

#include "stages/ordered/while.h"

void while_bind(void *priv, struct bind *b)
{
	((struct while_priv *)priv)->schema = bind_schema(b);
	bind_set_ends(b);
}

uint32_t while_ncols(const void *priv)
{
	return stage_ncols(((const struct while_priv *)priv)->schema);
}

void while_run_to(const struct while_priv *wp, struct while_state *st, struct work *w, struct chunk *in, struct chunk *out,
		  bool end, bool inclusive)
{
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out) && !st->over; in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		int got = expr_test(wp->test, ev, &e);
		st->over = got >= 0 && (got != 0) == end;
		if (got < 0)
			work_fail(w, e.whole, ev->error);
		else if (!st->over || inclusive)
			chunk_keep(out, in, in->pos);
		arena_clear(&ev->scratch);
	}
	chunk_share(out, in);
}

static void while_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	while_run_to(priv, state, w, in, out, false, false);
}

int64_t while_want(const void *priv, const void *state)
{
	(void)priv;
	return ((const struct while_state *)state)->over ? 0 : WANT_ALL;
}

static const struct ordered_ops while_ops = {
	.state_bytes = sizeof(struct while_state), .ncols = while_ncols, .run = while_run, .want = while_want,
};

const struct arg_spec while_args[] = {
	{.type = ARG_EXPR, .name = "EXPR", .offset = offsetof(struct while_priv, test)},
	{.type = ARG_END},
};

const struct stage_desc op_while = {
	.spec = {
		.name = "while",
		.synopsis = "while EXPR",
		.summary = "pass events as long as EXPR is true, then stop",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = while_args,
		.priv_bytes = sizeof(struct while_priv),
		.bind = while_bind,
	},
	.ordered = &while_ops,
};
