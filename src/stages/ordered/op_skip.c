/* skip N [by EXPR, ...]: all but the first N events, or batches; with `by` all but the first N of each key. skip -N: all
 * but the last N, of each batch where there are batches; see last.c. skip until EXPR: from the first for which it is true. */
#include "config.h"

#include "stages/ordered/last.h"
#include "stages/ordered/take.h"

static void run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	take_run(priv, state, w, in, out, true);
}

static void run_until(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct take *t = priv;
	struct take_state *st = state;
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		int found = st->seen ? 1 : expr_test(t->until, ev, &e);
		if (found < 0)
			work_fail(w, e.whole, ev->error);
		else if (found)
			chunk_keep(out, in, in->pos);
		st->seen |= found > 0;
		arena_clear(&ev->scratch);
	}
	chunk_share(out, in);
}

static void bind_skip(void *priv, struct bind *b)
{
	const struct take *t = priv;
	take_bind(priv, b);
	if (!t->until && !bind_has_arg(b, 0))
		bind_error(b, "'skip' lacks its N: skip N, skip -N, or skip until EXPR");
	if (t->until && (bind_has_arg(b, 0) || t->by.n))
		bind_arg_error(b, 1, "skip until EXPR takes neither N nor `by`");
}

static const struct ordered_ops skip_until_ops = {
	.state_bytes = sizeof(struct take_state),
	.ncols = take_ncols,
	.init = take_init,
	.run = run_until,
	.release = take_release,
};

static const struct ordered_ops skip_ops = {
	.state_bytes = sizeof(struct take_state),
	.ncols = take_ncols,
	.init = take_init,
	.run = run,
	.release = take_release,
	.whole_batches = true,
};

static const struct ordered_ops *as_ordered(const void *priv)
{
	const struct take *t = priv;
	return t->until ? &skip_until_ops : t->ends.from_end ? &last_skip_ops : NULL;
}

static const struct arg_spec skip_args[] = {
	{.type = ARG_COUNT_ENDS, .name = "N", .offset = offsetof(struct take, ends), .flags = ARG_OPTIONAL},
	{.type = ARG_EXPR, .name = "EXPR", .word = "until", .offset = offsetof(struct take, until), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

const struct stage_desc op_skip = {
	.spec = {
		.name = "skip",
		.synopsis = "skip [-]N [by EXPR, ...] | skip until EXPR",
		.summary = "all but the first N events, with -N the last, of each key; or all from EXPR on",
		.flags = SPEC_KEEPS | SPEC_BY | SPEC_CAN_FAIL,
		.args = skip_args,
		.priv_bytes = sizeof(struct take),
		.by_offset = offsetof(struct take, by),
		.bind = bind_skip,
	},
	.ordered = &skip_ops,
	.as_ordered = as_ordered,
};
