/* distinct [by EXPR, ...]: the first event of each key passes, at once; the others are dropped. Remembers every key, over
 * all batches where events come in batches. */
#include "config.h"

#include "stages/aggregates/result.h"

#define VECTOR KEYED_VECTOR

struct distinct {
	struct expr_list by;
	int64_t max_keys;
	struct bykey key;
	const char *too_many;
};

static void init(const void *priv, void *state)
{
	(void)priv;
	keyed_init(state, 0);
}

static void release(const void *priv, void *state)
{
	(void)priv;
	keyed_release(state);
}

static void keep_new(struct keyed *seen, const struct slice *keys, const uint32_t *which, uint32_t n,
		     const struct chunk *in, struct chunk *out)
{
	uint32_t where[VECTOR], next = seen->n;
	keyed_find(seen, keys, n, where);
	for (uint32_t i = 0; i < n; i++)
		if (where[i] == next) {
			next++;
			chunk_keep(out, in, which ? which[i] : in->pos + i);
		}
}

static uint32_t room(const struct chunk *out)
{
	uint32_t left = out->max_events - out->n;
	return left < VECTOR ? left : VECTOR;
}

static void run_some(const struct distinct *d, struct keyed *seen, struct work *w, struct chunk *in, struct chunk *out)
{
	struct slice keys[VECTOR];
	uint32_t which[VECTOR], left = in->n - in->pos, n = room(out);
	if (bykey_is_whole(&d->key)) {
		n = left < n ? left : n;
		keep_new(seen, in->ev + in->pos, NULL, n, in, out);
		in->pos += n;
	} else {
		n = bykey_vector(&d->key, w, in, &in->pos, n, keys, which);
		keep_new(seen, keys, which, n, in, out);
	}
}

static void run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct distinct *d = priv;
	struct keyed *seen = state;
	while (in->pos < in->n && !chunk_full(out))
		run_some(d, seen, w, in, out);
	chunk_share(out, in);
	if (d->max_keys < 0 || seen->n <= d->max_keys)
		return;
	/* Each event kept was a new key: the last ones are those beyond the limit. */
	out->n -= seen->n - (uint32_t)d->max_keys;
	w->fatal = d->too_many;
}

static void bind_distinct(void *priv, struct bind *b)
{
	struct distinct *d = priv;
	bykey_init(&d->key, &d->by, true, b);
	d->too_many = results_too_many(d->max_keys, b);
}

static const struct opt_spec opts[] = {
	{.name = "max_keys", .type = ARG_COUNT, .offset = offsetof(struct distinct, max_keys), .min = 1,
	 .help = "fail where there are more keys"},
	{0},
};

static const struct ordered_ops ops = {
	.state_bytes = sizeof(struct keyed),
	.init = init,
	.run = run,
	.release = release,
};

const struct stage_desc op_distinct = {
	.spec = {
		.name = "distinct",
		.synopsis = "distinct [by EXPR, ...] [max_keys=N]",
		.summary = "the first event of each key ($0 without by)",
		.flags = SPEC_KEEPS | SPEC_BY | SPEC_CAN_FAIL,
		.opts = opts,
		.priv_bytes = sizeof(struct distinct),
		.by_offset = offsetof(struct distinct, by),
		.bind = bind_distinct,
	},
	.ordered = &ops,
};
