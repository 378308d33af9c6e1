/* top N [EXPR] [by ...], bottom: the events with the N largest (smallest) values, of each key. Best first; ties go to those
 * that came first; keys in the order in which they appeared. Events pass as they were. Only those that get in are copied. */
#include "config.h"

#include <stdlib.h>

#include "stages/shared/kept.h"
#include "lang/expr/rank.h"
#include "stages/aggregates/result.h"

#define VECTOR KEYED_VECTOR

struct ranking {
	int64_t n;
	struct expr *e;
	struct expr_list by;
	struct period every;
	int64_t max_keys;
	int sign;                    /* 1 top, -1 bottom */
	struct pick value;
	struct bykey key;
	const struct schema *in, *out;
	bool windows;                /* every=: out has $window besides; else events pass as they were */
	int window_col;              /* then */
	const char *too_many;
};

struct item {
	uint64_t pos;
	struct rank rank;            /* a text in it is the item's own */
	struct kept event;
	struct slice text;           /* the rank's memory: len is its capacity */
};

/* The best of a key: a heap with the worst of them first. The value in the keyed table. */
struct best {
	struct item *items;
	uint32_t n, cap;
	uint64_t first_pos;          /* where the key appeared first; UINT64_MAX before that */
	uint64_t begun;
};

struct ranking_state {
	struct keyed keys;
	struct best **order;         /* after finish, in the order of first_pos */
	uint32_t group, item;        /* what goes out next */
};

/* ---- items ---- */

static void item_release(struct item *it)
{
	kept_release(&it->event);
	free((char *)it->text.p);
}

/* Is a to go before b in the results? */
static bool item_before(const struct ranking *t, const struct item *a, const struct item *b)
{
	int c = t->sign * rank_cmp(&a->rank, &b->rank);
	return c ? c > 0 : a->pos < b->pos;
}

static void own_rank(struct item *it)
{
	if (it->rank.is_num)
		return;
	struct slice s = it->rank.s;
	if (!it->text.p || s.len > it->text.len) {
		free((char *)it->text.p);
		it->text = slice_make(mem_alloc(s.len), s.len);
	}
	if (s.len)
		memcpy((char *)it->text.p, s.p, s.len);
	it->rank.s = slice_make(it->text.p, s.len);
}

/* ---- the heap ---- */

static void sift_down(const struct ranking *t, struct item *heap, uint32_t n, struct item x)
{
	uint32_t at = 0;
	for (uint32_t kid; (kid = 2 * at + 1) < n; at = kid) {
		if (kid + 1 < n && item_before(t, &heap[kid], &heap[kid + 1]))
			kid++;
		if (!item_before(t, &x, &heap[kid]))
			break;
		heap[at] = heap[kid];
	}
	heap[at] = x;
}

static void sift_up(const struct ranking *t, struct item *heap, uint32_t at, struct item x)
{
	for (; at > 0 && item_before(t, &heap[(at - 1) / 2], &x); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = x;
}

static bool heap_full(const struct ranking *t, const struct best *b)
{
	return b->n >= t->n;
}

static void heap_push(const struct ranking *t, struct best *b, struct item x)
{
	if (b->n == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 4;
		b->items = mem_realloc(b->items, b->cap * sizeof *b->items);
	}
	sift_up(t, b->items, b->n++, x);
}

static void heap_sort(const struct ranking *t, struct best *b)
{
	for (uint32_t left = b->n; left > 1; left--) {
		struct item worst = b->items[0];
		sift_down(t, b->items, left - 1, b->items[left - 1]);
		b->items[left - 1] = worst;
	}
}

static void note_first(struct best *b, uint64_t pos)
{
	if (!b->begun || pos < b->first_pos)
		b->first_pos = pos;
	b->begun = 1;
}

/* Event i, whose value has this rank: is it one of the best? */
static void offer(const struct ranking *t, struct best *b, const struct chunk *in, uint32_t i, const struct rank *rank)
{
	struct item x = {.pos = chunk_pos(in, i), .rank = *rank};
	note_first(b, x.pos);
	bool full = heap_full(t, b);
	if (full && !item_before(t, &x, &b->items[0]))
		return;
	if (full) { /* its memory serves the new one */
		x.text = b->items[0].text;
		x.event = b->items[0].event;
	}
	kept_set(&x.event, in, i);
	kept_own(&x.event, t->in);
	own_rank(&x);
	if (full)
		sift_down(t, b->items, b->n, x);
	else
		heap_push(t, b, x);
}

/* ---- state ---- */

static void *state_new(const void *priv)
{
	struct ranking_state *st = mem_zalloc(sizeof *st);
	(void)priv;
	keyed_init(&st->keys, sizeof(struct best));
	return st;
}

static void state_free(const void *priv, void *state)
{
	struct ranking_state *st = state;
	(void)priv;
	for (uint32_t g = 0; g < st->keys.n; g++) {
		struct best *b = keyed_value(&st->keys, g);
		for (uint32_t i = 0; i < b->n; i++)
			item_release(&b->items[i]);
		free(b->items);
	}
	keyed_release(&st->keys);
	free(st->order);
	free(st);
}

/* ---- absorbing ---- */

/* Takes events of in from in->pos on, as many as make a vector. */
static void absorb_vector(const struct ranking *t, struct ranking_state *st, struct work *w, struct chunk *in)
{
	struct eval *ev = work_eval(w);
	struct slice keys[VECTOR];
	struct value value;
	struct rank ranks[VECTOR];
	uint32_t which[VECTOR], where[VECTOR], n = 0;
	arena_clear(&ev->scratch);
	for (; in->pos < in->n && n < VECTOR && (n == 0 || ev->scratch.bytes < BYKEY_SCRATCH); in->pos++) {
		struct event event = stage_event(in, in->pos, ev);
		which[n] = in->pos;
		if (!bykey_get(&t->key, ev, &event, &keys[n]) || !pick_value(&t->value, ev, &event, &value))
			work_fail(w, in->ev[in->pos], ev->error);
		else
			ranks[n++] = rank_of(&value);
	}
	if (!n)
		return;
	if (t->key.n == 0)
		memset(where, 0, n * sizeof *where);
	keyed_find(&st->keys, keys, t->key.n ? n : 1, where);
	for (uint32_t i = 0; i < n; i++)
		offer(t, keyed_value(&st->keys, where[i]), in, which[i], &ranks[i]);
}

static void check_keys(const struct ranking *t, const struct ranking_state *st, struct work *w)
{
	if (t->max_keys >= 0 && st->keys.n > t->max_keys)
		w->fatal = t->too_many;
}

static void absorb(const void *priv, void *state, struct work *w, struct chunk *in)
{
	while (in->pos < in->n)
		absorb_vector(priv, state, w, in);
	check_keys(priv, state, w);
}

struct merging {
	const struct ranking *t;
	struct keyed *into, *from;
};

static void merge_best(void *arg, uint32_t into_number, uint32_t from_number, bool is_new)
{
	struct merging *m = arg;
	struct best *a = keyed_value(m->into, into_number), *b = keyed_value(m->from, from_number);
	if (is_new)
		return;
	note_first(a, b->first_pos);
	for (uint32_t i = 0; i < b->n; i++) {
		if (!heap_full(m->t, a)) {
			heap_push(m->t, a, b->items[i]);
		} else if (item_before(m->t, &b->items[i], &a->items[0])) {
			item_release(&a->items[0]);
			sift_down(m->t, a->items, a->n, b->items[i]);
		} else {
			item_release(&b->items[i]);
		}
	}
	free(b->items);
}

static void merge(const void *priv, void *into, void *from)
{
	struct ranking_state *a = into, *b = from;
	if (a->keys.n < b->keys.n) {
		struct keyed keys = a->keys;
		a->keys = b->keys;
		b->keys = keys;
	}
	keyed_merge(&a->keys, &b->keys, merge_best, &(struct merging){priv, &a->keys, &b->keys});
}

/* ---- results ---- */

static int cmp_first(const void *a, const void *b)
{
	const struct best *x = *(struct best *const *)a, *y = *(struct best *const *)b;
	return (x->first_pos > y->first_pos) - (x->first_pos < y->first_pos);
}

static void finish(const void *priv, void *state, struct work *w)
{
	struct ranking_state *st = state;
	check_keys(priv, st, w);
	keyed_seal(&st->keys);
	st->order = mem_alloc((size_t)st->keys.n * sizeof *st->order);
	for (uint32_t g = 0; g < st->keys.n; g++) {
		st->order[g] = keyed_value(&st->keys, g);
		heap_sort(priv, st->order[g]);
	}
	if (st->keys.n)
		qsort(st->order, st->keys.n, sizeof *st->order, cmp_first);
}

/* Columns that vary from event to event, with $window beside them. */
static bool emit_row(const struct ranking *t, struct eval *ev, const struct kept *k, struct chunk *out, struct slice window)
{
	struct columns c;
	struct slice row;
	columns_open(&c, &ev->scratch, t->in, k->cells, t->out, NULL);
	columns_set_beside(&c, t->window_col, window);
	if (!stage_write_row(out, &c, &row, ev))
		return false;
	chunk_cells(out, kept_append(k, out, chunk_copy(out, k->whole)))[0] = row;
	return true;
}

static void emit_cells(const struct ranking *t, const struct kept *k, struct chunk *out, struct slice window)
{
	struct slice whole = chunk_copy(out, k->whole);
	uint32_t at = kept_append(k, out, whole);
	for (uint32_t c = 0; c < out->ncols; c++) {
		int from = t->windows ? t->out->cols[c].from : (int)c;
		if ((int)c == t->window_col && t->windows)
			chunk_cells(out, at)[c] = window;
		else if (from >= 0 && schema_cell_used(t->out, (int)c) && k->cells)
			chunk_cells(out, at)[c] = kept_cell(k, from, whole, out);
	}
}

static void emit_one(const struct ranking *t, struct work *w, const struct kept *k, struct chunk *out, struct slice window)
{
	struct eval *ev = work_eval(w);
	if (!t->windows || !out->ncols || t->out->npos != SCHEMA_VARIED)
		emit_cells(t, k, out, window);
	else if (!emit_row(t, ev, k, out, window))
		work_fail(w, k->whole, ev->error);
	arena_clear(&ev->scratch);
}

static bool emit(const void *priv, void *state, struct work *w, struct chunk *out, struct num window)
{
	const struct ranking *t = priv;
	struct ranking_state *st = state;
	char text[NUM_TEXT_MAX];
	struct slice window_text = {0};
	if (t->windows && out->ncols)
		window_text = chunk_copy(out, slice_make(text, num_format(window, text)));
	for (; st->group < st->keys.n; st->group++, st->item = 0) {
		const struct best *b = st->order[st->group];
		for (; st->item < b->n && !chunk_full(out); st->item++)
			emit_one(t, w, &b->items[st->item].event, out, window_text);
		if (st->item < b->n)
			return false;
	}
	return true;
}

static uint32_t ncols(const void *priv)
{
	const struct ranking *t = priv;
	return stage_ncols(t->out);
}

static void window(const void *priv, int64_t *every_ns, int64_t *every_events)
{
	const struct ranking *t = priv;
	results_window(&t->every, every_ns, every_events);
}

static bool ranks_by_first_column(const struct ranking *t)
{
	return t->value.how == PICK_COLUMN && t->value.at == 0 && t->in->npos > 0;
}

static void limit(void *priv, int64_t n, bool largest)
{
	struct ranking *t = priv;
	if (largest && !(t->sign > 0 && ranks_by_first_column(t)))
		return;
	if (t->key.n == 0 && n < t->n)
		t->n = n > 0 ? n : 1;
}

/* Each window has its own. */
static int64_t top_uses_most(const void *priv, bool *largest)
{
	const struct ranking *t = priv;
	*largest = true;
	bool windows = t->every.ns >= 0 || t->every.events >= 0;
	return t->key.n == 0 && !windows && ranks_by_first_column(t) ? t->n : -1;
}

/* ---- binding ---- */

/* With every= the events get $window beside all they have. */
static void bind_window(struct ranking *t, struct schema *in, struct bind *b)
{
	struct schema *s = bind_keep_schema(b, in->npos);
	t->window_col = bind_add(b, s, "window");
	t->out = s;
	t->windows = true;
}

static void bind_ranking(struct ranking *t, struct bind *b, int sign)
{
	struct schema *in = bind_schema(b);
	t->sign = sign;
	t->in = t->out = in;
	if (t->e)
		pick_init(&t->value, t->e, b);
	else
		pick_first_field(&t->value, in, b);
	bykey_init(&t->key, &t->by, false, b);
	t->too_many = results_too_many(t->max_keys, b);
	results_bind_every(&t->every, b);
	if (t->every.ns >= 0 || t->every.events >= 0)
		bind_window(t, in, b);
}

static void bind_top(void *priv, struct bind *b)
{
	bind_ranking(priv, b, 1);
}

static void bind_bottom(void *priv, struct bind *b)
{
	bind_ranking(priv, b, -1);
}

static const struct arg_spec args[] = {
	{.type = ARG_COUNT, .name = "N", .offset = offsetof(struct ranking, n), .min = 1},
	{.type = ARG_EXPR, .name = "EXPR", .offset = offsetof(struct ranking, e), .flags = ARG_OPTIONAL},
	{0},
};

static const struct opt_spec opts[] = {
	{.name = "every", .type = ARG_PERIOD, .offset = offsetof(struct ranking, every), .min = 1,
	 .help = "results at the end of each window of this time or number of events"},
	{.name = "max_keys", .type = ARG_COUNT, .offset = offsetof(struct ranking, max_keys), .min = 1,
	 .help = "fail where there are more keys"},
	{0},
};

static const struct agg_ops ops = {
	.ncols = ncols,
	.state_new = state_new,
	.state_free = state_free,
	.absorb = absorb,
	.merge = merge,
	.finish = finish,
	.emit = emit,
	.window = window,
	.limit = limit,
};

const struct stage_desc ag_top = {
	.spec = {
		.name = "top",
		.synopsis = "top N [EXPR] [by EXPR, ...] [every=PERIOD] [max_keys=N]",
		.summary = "the N events with the largest EXPR (default $1, or $0 without fields), of each key",
		.flags = SPEC_BY | SPEC_CAN_FAIL,
		.args = args,
		.opts = opts,
		.priv_bytes = sizeof(struct ranking),
		.by_offset = offsetof(struct ranking, by),
		.bind = bind_top,
	},
	.agg = &ops,
	.uses_most = top_uses_most,
};

const struct stage_desc ag_bottom = {
	.spec = {
		.name = "bottom",
		.synopsis = "bottom N [EXPR] [by EXPR, ...] [every=PERIOD] [max_keys=N]",
		.summary = "the N events with the smallest EXPR (default $1, or $0 without fields), of each key",
		.flags = SPEC_BY | SPEC_CAN_FAIL,
		.args = args,
		.opts = opts,
		.priv_bytes = sizeof(struct ranking),
		.by_offset = offsetof(struct ranking, by),
		.bind = bind_bottom,
	},
	.agg = &ops,
};
