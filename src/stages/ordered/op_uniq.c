/* uniq [by EXPR, ...]: of neighbours with the same key the first passes; with `count` it passes when the last of them is
 * known, with their number before it. Runs of neighbours go across batches; counted ones end with their batch. */
#include "config.h"

#include "stages/shared/bykey.h"
#include "stages/shared/kept.h"

#define VECTOR 256u

struct uniq {
	struct expr_list by;
	bool count;
	struct bykey key;
	struct slice ofs;
	const struct schema *in, *out;
};

struct uniq_state {
	bool some;             /* there was an event */
	struct str key;        /* of the last one */
	struct kept first;     /* count: of the run, and how long it is so far; 0: there is none */
	uint64_t length;
};

static void release(const void *priv, void *state)
{
	struct uniq_state *st = state;
	(void)priv;
	str_release(&st->key);
	kept_release(&st->first);
}

static void remember(struct uniq_state *st, struct slice key)
{
	str_clear(&st->key);
	str_add(&st->key, key.p, key.len);
	st->some = true;
}

/* ---- the first passes at once ---- */

static void run_plain(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct uniq *u = priv;
	struct uniq_state *st = state;
	struct slice keys[VECTOR];
	uint32_t which[VECTOR];
	while (in->pos < in->n && !chunk_full(out)) {
		uint32_t left = out->max_events - out->n;
		uint32_t n = bykey_vector(&u->key, w, in, &in->pos, left < VECTOR ? left : VECTOR, keys, which);
		for (uint32_t i = 0; i < n; i++) {
			struct slice last = i ? keys[i - 1] : slice_make(st->key.p, st->key.len);
			if ((i == 0 && !st->some) || !slice_eq(keys[i], last))
				chunk_keep(out, in, which[i]);
		}
		if (n)
			remember(st, keys[n - 1]);
	}
	chunk_share(out, in);
}

/* ---- counting ---- */

static void emit_run(const struct uniq *u, struct uniq_state *st, struct chunk *out)
{
	const struct kept *k = &st->first;
	char *p = chunk_room(out, NUM_TEXT_MAX + (size_t)u->ofs.len + k->whole.len + 1), *begin = p;
	struct slice count = slice_make(p, num_format(num_int((int64_t)st->length), p));
	p += count.len;
	if (u->ofs.len)
		memcpy(p, u->ofs.p, u->ofs.len);
	p += u->ofs.len;
	struct slice copy = slice_make(p, k->whole.len);
	if (copy.len)
		memcpy(p, k->whole.p, copy.len);
	p += copy.len;
	*p = out->term;
	chunk_wrote(out, (size_t)(p - begin) + 1);
	uint32_t at = kept_append(k, out, slice_make(begin, (size_t)(p - begin)));
	st->length = 0;
	if (!out->ncols)
		return;
	chunk_cells(out, at)[0] = count;
	chunk_cells(out, at)[1] = copy;
	for (uint32_t c = 2; c < out->ncols && k->cells; c++)
		if (u->out->cols[c].used)
			chunk_cells(out, at)[c] = kept_named(k, u->in, u->out->cols[c].from, copy, out);
}

static void run_counting(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct uniq *u = priv;
	struct uniq_state *st = state;
	struct slice keys[VECTOR];
	uint32_t which[VECTOR];
	while (in->pos < in->n && !chunk_full(out)) {
		uint32_t left = out->max_events - out->n;
		uint32_t n = bykey_vector(&u->key, w, in, &in->pos, left < VECTOR ? left : VECTOR, keys, which);
		for (uint32_t i = 0; i < n; i++) {
			struct slice last = i ? keys[i - 1] : slice_make(st->key.p, st->key.len);
			if (st->length && !slice_eq(keys[i], last))
				emit_run(u, st, out);
			if (st->length++ == 0)
				kept_set(&st->first, in, which[i]);
		}
		if (n)
			remember(st, keys[n - 1]);
	}
	if (in->batch && in->pos == in->n && st->length)
		emit_run(u, st, out);
	if (st->length)
		kept_own(&st->first, u->in);
}

static bool finish_counting(const void *priv, void *state, struct work *w, struct chunk *out)
{
	struct uniq_state *st = state;
	(void)w;
	if (st->length && chunk_full(out))
		return false;
	if (st->length)
		emit_run(priv, st, out);
	return true;
}

static uint32_t ncols_counting(const void *priv)
{
	const struct uniq *u = priv;
	return stage_ncols(u->out);
}

/* ---- descriptor ---- */

static void bind_uniq(void *priv, struct bind *b)
{
	struct uniq *u = priv;
	u->in = bind_schema(b);
	u->ofs = bind_ofs(b);
	bykey_init(&u->key, &u->by, true, b);
	if (!u->count)
		return;
	struct schema *s = bind_new_schema(b, 2, true);
	bind_name(b, s, 0, "count");
	u->out = s;
}

static const struct opt_spec opts[] = {
	{.name = "count", .type = ARG_FLAG, .offset = offsetof(struct uniq, count),
	 .help = "how many there were, as a field before the event"},
	{0},
};

static const struct ordered_ops plain_ops = {
	.state_bytes = sizeof(struct uniq_state),
	.run = run_plain,
	.release = release,
};

static const struct ordered_ops counting_ops = {
	.state_bytes = sizeof(struct uniq_state),
	.whole_batches = true,
	.uses = true,
	.ncols = ncols_counting,
	.run = run_counting,
	.finish = finish_counting,
	.release = release,
};

static const struct ordered_ops *as_ordered(const void *priv)
{
	const struct uniq *u = priv;
	return u->count ? &counting_ops : NULL;
}

const struct stage_desc op_uniq = {
	.spec = {
		.name = "uniq",
		.synopsis = "uniq [by EXPR, ...] [count]",
		.summary = "the first of neighbours with the same key ($0 without by)",
		.flags = SPEC_BY | SPEC_CAN_FAIL,
		.opts = opts,
		.priv_bytes = sizeof(struct uniq),
		.by_offset = offsetof(struct uniq, by),
		.bind = bind_uniq,
	},
	.ordered = &plain_ops,
	.as_ordered = as_ordered,
};
