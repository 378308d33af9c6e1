/* count [by [NAME=]EXPR, ...]: how many events have each key; $0 without by. Results are the count and the key. */
#include "config.h"

#include <stdlib.h>

#include "base/scan.h"
#include "data/order.h"
#include "stages/aggregates/result.h"

#define APPEND_FROM 50000u /* keys of each thread */
#define FETCH_AHEAD 16

struct count {
	struct expr_list by;
	struct results r;
};

struct count_state {
	struct keyed t;         /* values: uint64_t, how many */
	bool repeats;           /* a key may stand in t more than once: see merge */
	uint32_t *order;        /* after finish: entries as they go out */
	uint32_t norder, next;
	struct slice *parts;    /* of the key, while it is written */
};

/* ---- state ---- */

static void *state_new(const void *priv)
{
	const struct count *c = priv;
	struct count_state *st = mem_zalloc(sizeof *st);
	keyed_init(&st->t, sizeof(uint64_t));
	st->parts = mem_alloc((size_t)c->r.key.n * sizeof *st->parts);
	return st;
}

static void state_free(const void *priv, void *state)
{
	struct count_state *st = state;
	(void)priv;
	keyed_release(&st->t);
	order_free(st->order, st->norder);
	free(st->parts);
	free(st);
}

/* ---- absorbing ---- */

static void absorb_raw(struct keyed *t, const struct chunk *in)
{
	struct slice lines[KEYED_VECTOR];
	for (uint32_t i = in->pos; i < in->n; i++) {
		const char *p = in->ev[i].p + (i == in->pos ? in->sub : 0), *end = in->ev[i].p + in->ev[i].len;
		for (size_t n; (n = scan_records(&p, end, in->term, lines, KEYED_VECTOR)) > 0;)
			keyed_count(t, lines, n);
	}
}

static void absorb_keys(const struct count *c, struct keyed *t, struct work *w, const struct chunk *in)
{
	struct slice keys[KEYED_VECTOR];
	uint32_t which[KEYED_VECTOR], n;
	for (uint32_t from = in->pos; from < in->n;) {
		n = bykey_vector(&c->r.key, w, in, &from, KEYED_VECTOR, keys, which);
		keyed_count(t, keys, n);
	}
}

static void absorb(const void *priv, void *state, struct work *w, struct chunk *in)
{
	const struct count *c = priv;
	struct count_state *st = state;
	if (in->raw)
		absorb_raw(&st->t, in);
	else if (bykey_is_whole(&c->r.key))
		keyed_count(&st->t, in->ev + in->pos, in->n - in->pos);
	else
		absorb_keys(c, &st->t, w, in);
	in->pos = in->n;
	results_too_large(&c->r, &st->t, w);
}

static bool takes_raw(const void *priv)
{
	const struct count *c = priv;
	return bykey_is_whole(&c->r.key);
}

struct merging {
	struct keyed *into, *from;
};

static void add_counts(void *arg, uint32_t into_number, uint32_t from_number, bool is_new)
{
	struct merging *m = arg;
	if (!is_new)
		*(uint64_t *)keyed_value(m->into, into_number) += *(uint64_t *)keyed_value(m->from, from_number);
}

/* Looking up millions of keys in another table costs more than finding repeats while sorting, which several threads can
 * do at once; but then all must be sorted. */
static bool better_appended(const struct count *c, const struct count_state *a, const struct count_state *b)
{
	return a->repeats || (c->r.limit < 0 && c->r.max_keys < 0 && a->t.n >= APPEND_FROM && b->t.n >= APPEND_FROM);
}

static void merge(const void *priv, void *into, void *from)
{
	const struct count *c = priv;
	struct count_state *a = into, *b = from;
	if (a->t.n < b->t.n) {
		struct keyed t = a->t;
		a->t = b->t;
		b->t = t;
	}
	a->repeats = better_appended(c, a, b);
	if (a->repeats)
		keyed_append(&a->t, &b->t);
	else
		keyed_merge(&a->t, &b->t, add_counts, &(struct merging){&a->t, &b->t});
}

/* ---- results ---- */

static bool load_value(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	const struct keyed *t = arg;
	for (size_t i = 0; i < n && level == 0; i++) {
		if (i + FETCH_AHEAD < n)
			__builtin_prefetch(keyed_value(t, r[i + FETCH_AHEAD].i));
		r[i].k = ~*(uint64_t *)keyed_value(t, r[i].i);
	}
	return level == 0;
}

static bool load_key(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	return keyed_order(arg, r, n, level);
}

static bool load_value_first(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	return level > 0 ? load_key(arg, r, n, level - 1) : load_value(arg, r, n, 0);
}

/* Adds up the counts of one key. */
static void fold_repeats(const void *arg, struct order_rec *r, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		*(uint64_t *)keyed_value(arg, r[0].i) += *(uint64_t *)keyed_value(arg, r[i].i);
		r[i].i = ORDER_GONE;
	}
}

static void finish(const void *priv, void *state, struct work *w)
{
	const struct count *c = priv;
	struct count_state *st = state;
	if (results_too_large(&c->r, &st->t, w))
		return;
	keyed_seal(&st->t);
	bool by_key = c->r.order == ORDER_KEY;
	struct order value = {.arg = &st->t, .load = load_value, .pool = w->pool};
	struct order o = {.arg = &st->t, .load = by_key ? load_key : load_value_first, .pool = w->pool};
	if (st->repeats) {
		o.load = load_key;
		o.same = fold_repeats;
		o.then = by_key ? NULL : &value;
	}
	st->order = order_items(&o, st->t.n, c->r.limit, &st->norder);
}

static uint32_t write_number(char *dst, uint64_t n)
{
	char digits[20];
	uint32_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	memcpy(dst, digits + at, sizeof digits - at);
	return (uint32_t)sizeof digits - at;
}

/* One result: count, ofs, the parts of the key; the terminator behind it. */
static void emit_one(const struct count *c, struct count_state *st, struct chunk *out, uint32_t number,
		     struct slice window)
{
	struct slice key = keyed_key(&st->t, number), ofs = c->r.ofs;
	char *p = chunk_room(out, 20 + (size_t)key.len + (size_t)c->r.key.n * ofs.len + 1);
	uint32_t digits = write_number(p, *(uint64_t *)keyed_value(&st->t, number));
	if (ofs.len)
		memcpy(p + digits, ofs.p, ofs.len);
	char *end = bykey_write(&c->r.key, key, ofs, p + digits + ofs.len, out->ncols ? st->parts : NULL);
	*end = out->term;
	chunk_wrote(out, (size_t)(end - p) + 1);
	uint32_t at = chunk_append(out, slice_make(p, (size_t)(end - p)));
	if (!out->ncols)
		return;
	struct slice *cells = chunk_cells(out, at);
	cells[0] = slice_make(p, digits);
	memcpy(cells + 1, st->parts, (size_t)c->r.key.n * sizeof *cells);
	if (c->r.window_col >= 0)
		cells[c->r.window_col] = window;
}

static bool emit(const void *priv, void *state, struct work *w, struct chunk *out, struct num window)
{
	const struct count *c = priv;
	struct count_state *st = state;
	char text[NUM_TEXT_MAX];
	struct slice window_text = {0};
	(void)w;
	if (c->r.window_col >= 0 && out->ncols)
		window_text = chunk_copy(out, slice_make(text, num_format(window, text)));
	for (; st->next < st->norder && !chunk_full(out); st->next++) {
		keyed_fetch_ahead(&st->t, st->order, st->norder, st->next);
		emit_one(c, st, out, st->order[st->next], window_text);
	}
	return st->next == st->norder;
}

static uint32_t ncols(const void *priv)
{
	const struct count *c = priv;
	return stage_ncols(c->r.schema);
}

static void window(const void *priv, int64_t *every_ns, int64_t *every_events)
{
	const struct count *c = priv;
	results_window(&c->r.every, every_ns, every_events);
}

static void limit(void *priv, int64_t n, bool largest)
{
	struct count *c = priv;
	results_limit(&c->r, n, largest);
}

/* ---- descriptor ---- */

static void bind_count(void *priv, struct bind *b)
{
	struct count *c = priv;
	struct schema *s = results_bind(&c->r, b, 1, &c->by, true);
	bind_name(b, s, 0, "count");
	results_name(&c->r, b, s, 1, &c->by);
}

static const struct opt_spec opts[] = {RESULT_OPTS(struct count, r), {0}};

static const struct agg_ops ops = {
	.ncols = ncols,
	.raw = takes_raw,
	.state_new = state_new,
	.state_free = state_free,
	.absorb = absorb,
	.merge = merge,
	.finish = finish,
	.emit = emit,
	.window = window,
	.limit = limit,
};

const struct stage_desc ag_count = {
	.spec = {
		.name = "count",
		.synopsis = "count [by [NAME=]EXPR, ...] [every=PERIOD] [order=key] [max_keys=N]",
		.summary = "how many of each ($0 without by), largest first",
		.flags = SPEC_BY | SPEC_NAMES_KEYS | SPEC_CAN_FAIL,
		.opts = opts,
		.priv_bytes = sizeof(struct count),
		.by_offset = offsetof(struct count, by),
		.bind = bind_count,
	},
	.agg = &ops,
};
