/* take N [by EXPR, ...]: the first N events, or batches; with `by` the first N of each key. Never asks for more than it
 * still needs, so that the source stops. take -N: the last N, of each batch where there are batches; see last.c. */
#include "config.h"

#include "stages/ordered/last.h"
#include "stages/ordered/take.h"

void take_bind(void *priv, struct bind *b)
{
	struct take *t = priv;
	t->schema = bind_schema(b);
	bykey_init(&t->key, &t->by, false, b);
	if (t->by.n && bind_batched(b) && !t->ends.from_end)
		bind_error(b, "batches have no key: `by` needs single events here");
}

uint32_t take_ncols(const void *priv)
{
	return stage_ncols(((const struct take *)priv)->schema);
}

void take_init(const void *priv, void *state)
{
	(void)priv;
	keyed_init(&((struct take_state *)state)->keys, sizeof(uint64_t));
}

void take_release(const void *priv, void *state)
{
	(void)priv;
	keyed_release(&((struct take_state *)state)->keys);
}

static void keep(struct chunk *in, uint32_t i, struct chunk *out, bool pass)
{
	if (pass)
		chunk_keep(out, in, i);
}

static void run_keys(const struct take *t, struct take_state *st, struct work *w, struct chunk *in, struct chunk *out,
		     bool after)
{
	struct slice keys[KEYED_VECTOR];
	uint32_t which[KEYED_VECTOR], where[KEYED_VECTOR];
	while (in->pos < in->n) {
		uint32_t n = bykey_vector(&t->key, w, in, &in->pos, KEYED_VECTOR, keys, which);
		keyed_find(&st->keys, keys, n, where);
		for (uint32_t i = 0; i < n; i++) {
			uint64_t *seen = keyed_value(&st->keys, where[i]);
			keep(in, which[i], out, (++*seen <= (uint64_t)t->ends.n) != after);
		}
	}
}

void take_run(const struct take *t, struct take_state *st, struct work *w, struct chunk *in, struct chunk *out, bool after)
{
	if (t->key.n) {
		run_keys(t, st, w, in, out, after);
	} else if (in->batch) {
		bool pass = (st->seen++ < t->ends.n) != after;
		for (; in->pos < in->n; in->pos++)
			keep(in, in->pos, out, pass);
	} else {
		for (; in->pos < in->n; in->pos++)
			keep(in, in->pos, out, (st->seen++ < t->ends.n) != after);
	}
	chunk_share(out, in);
}

static void take_bind_ends(void *priv, struct bind *b)
{
	const struct take *t = priv;
	take_bind(priv, b);
	if (t->ends.from_end && !bind_batched(b))
		bind_set_at_end(b, "'take N' gives the first N at once");
	else if (!t->ends.from_end && !t->by.n)
		bind_set_ends(b);
}

static void run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	take_run(priv, state, w, in, out, false);
}

static int64_t take_want(const void *priv, const void *state)
{
	const struct take *t = priv;
	const struct take_state *st = state;
	return t->key.n ? WANT_ALL : t->ends.n - st->seen;
}

static int64_t take_uses_most(const void *priv, bool *largest)
{
	(void)largest; /* the first */
	const struct take *t = priv;
	return t->key.n || t->ends.from_end ? -1 : t->ends.n;
}

static const struct agg_ops *as_agg(const void *priv)
{
	return ((const struct take *)priv)->ends.from_end ? &last_take_ops : NULL;
}

static const struct ordered_ops take_ops = {
	.state_bytes = sizeof(struct take_state),
	.ncols = take_ncols,
	.init = take_init,
	.run = run,
	.want = take_want,
	.release = take_release,
	.whole_batches = true,
};

static const struct arg_spec take_args[] = {
	{.type = ARG_COUNT_ENDS, .name = "N", .offset = offsetof(struct take, ends)},
	{.type = ARG_END},
};

const struct stage_desc op_take = {
	.spec = {
		.name = "take",
		.synopsis = "take [-]N [by EXPR, ...]",
		.summary = "the first N events, or with -N the last; of each key",
		.flags = SPEC_KEEPS | SPEC_BY | SPEC_CAN_FAIL,
		.args = take_args,
		.priv_bytes = sizeof(struct take),
		.by_offset = offsetof(struct take, by),
		.bind = take_bind_ends,
	},
	.ordered = &take_ops,
	.uses_most = take_uses_most,
	.as_agg = as_agg,
};
