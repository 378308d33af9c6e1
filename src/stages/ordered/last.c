/* The last N events: see last.h. What is held is a ring of N events, or one for each key. */
#include "config.h"

#include "stages/ordered/last.h"

#include <stdlib.h>

#include "stages/ordered/take.h"
#include "stages/shared/packed.h"

#define VECTOR KEYED_VECTOR

struct item {
	uint64_t pos;
	char *event;          /* packed */
	uint32_t len, cap;
	bool unended;         /* it ended with its input */
};

/* The value in the keyed table. items[(first + i) % cap] is the ith; once cap is N, the newest takes the place of the first. */
struct ring {
	struct item *items;
	uint64_t n, cap, first;
};

struct last {
	struct keyed rings;   /* by key; without keys one, of the empty key */
	struct item *sorted;  /* take: after finish, in the order of the input */
	uint64_t nsorted, next;
};

/* ---- rings ---- */

static struct item *ring_at(const struct ring *r, uint64_t i)
{
	uint64_t at = r->first + i;
	return &r->items[at < r->cap ? at : at - r->cap];
}

/* The memory doubles up to N items; a ring that grows begins at its first item again. */
static void ring_grow(struct ring *r, uint64_t most)
{
	uint64_t cap = r->cap ? 2 * r->cap : 8;
	if (cap > most)
		cap = most;
	struct item *items = mem_zalloc(cap * sizeof *items);
	for (uint64_t i = 0; i < r->n; i++)
		items[i] = *ring_at(r, i);
	free(r->items);
	r->items = items;
	r->cap = cap;
	r->first = 0;
}

/* The place for a further item, whose memory may be reused; most > 0. */
static struct item *ring_add(struct ring *r, uint64_t most)
{
	if (r->n == r->cap && r->cap < most)
		ring_grow(r, most);
	if (r->n < r->cap)
		return ring_at(r, r->n++);
	struct item *it = ring_at(r, 0);
	r->first = r->first + 1 < r->cap ? r->first + 1 : 0;
	return it;
}

static void item_set(struct item *it, const struct schema *s, const struct chunk *in, uint32_t i)
{
	size_t bytes = packed_bytes(s, in, i);
	if (bytes > it->cap) {
		free(it->event);
		it->cap = (uint32_t)bytes;
		it->event = mem_alloc(bytes);
	}
	it->len = (uint32_t)bytes;
	it->pos = chunk_pos(in, i);
	it->unended = in->ev[i].flags & SLICE_UNENDED;
	packed_write(s, in, i, it->event);
}

static void item_append(const struct item *it, const struct schema *s, struct chunk *out)
{
	packed_append(s, slice_make(it->event, it->len), out);
	if (it->unended)
		out->ev[out->n - 1].flags |= SLICE_UNENDED;
}

static struct ring *only_ring(struct last *st)
{
	struct slice none = slice_make("", 0);
	uint32_t where;
	keyed_find(&st->rings, &none, 1, &where);
	return keyed_value(&st->rings, where);
}

/* ---- state ---- */

static void init(const void *priv, void *state)
{
	(void)priv;
	keyed_init(&((struct last *)state)->rings, sizeof(struct ring));
}

static void release(const void *priv, void *state)
{
	struct last *st = state;
	(void)priv;
	for (uint32_t g = 0; g < st->rings.n; g++) {
		struct ring *r = keyed_value(&st->rings, g);
		for (uint64_t i = 0; i < r->n; i++)
			free(ring_at(r, i)->event);
		free(r->items);
	}
	keyed_release(&st->rings);
	free(st->sorted);
}

static void *state_new(const void *priv)
{
	struct last *st = mem_zalloc(sizeof *st);
	init(priv, st);
	return st;
}

static void state_free(const void *priv, void *state)
{
	release(priv, state);
	free(state);
}

/* ---- take -N ---- */

static void absorb_keys(const struct take *t, struct last *st, struct work *w, struct chunk *in)
{
	struct slice keys[VECTOR];
	uint32_t which[VECTOR], where[VECTOR];
	while (in->pos < in->n) {
		uint32_t n = bykey_vector(&t->key, w, in, &in->pos, VECTOR, keys, which);
		keyed_find(&st->rings, keys, n, where);
		for (uint32_t i = 0; i < n; i++)
			item_set(ring_add(keyed_value(&st->rings, where[i]), (uint64_t)t->ends.n), t->schema, in, which[i]);
	}
}

static void absorb_events(const struct take *t, struct last *st, const struct chunk *in, uint32_t from)
{
	struct ring *r = only_ring(st);
	uint64_t n = (uint64_t)t->ends.n;
	for (uint32_t i = in->n - from > n ? in->n - (uint32_t)n : from; i < in->n; i++)
		item_set(ring_add(r, n), t->schema, in, i);
}

/* The last records of a raw chunk, at most n of them, the last one first. */
static uint32_t cut_from_end(const struct chunk *in, uint64_t n, struct chunk *out)
{
	for (uint32_t i = in->n; i-- > 0 && out->n < n;) {
		const char *p = in->ev[i].p, *end = p + in->ev[i].len;
		uint32_t flags = in->ev[i].flags & SLICE_UNENDED;
		while (end > p && out->n < n) {
			const char *stop = end[-1] == in->term && !flags ? end - 1 : end;
			const char *before = memrchr(p, in->term, (size_t)(stop - p));
			const char *begin = before ? before + 1 : p;
			uint32_t at = chunk_append(out, slice_make(begin, (size_t)(stop - begin)));
			out->ev[at].flags = flags;
			flags = 0;
			end = begin;
		}
	}
	return out->n;
}

static void turn_round(struct slice *s, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		struct slice t = s[i];
		s[i] = s[n - 1 - i];
		s[n - 1 - i] = t;
	}
}

/* Nobody has cut the chunk into events, and nobody need but its end. */
static void absorb_raw(const struct take *t, struct last *st, struct chunk *in)
{
	struct chunk *end = chunk_new(in->pool, UINT32_MAX, UINT32_MAX);
	uint32_t n = cut_from_end(in, (uint64_t)t->ends.n, end);
	turn_round(end->ev, n);
	end->seq = in->seq;
	end->index = UINT32_MAX - n;
	if (in->first.nr && n) {
		uint64_t before = chunk_records(in) - n;
		end->origins = mem_zalloc(end->cap * sizeof *end->origins);
		for (uint32_t i = 0; i < n; i++) {
			end->origins[i] = in->first;
			end->origins[i].nr += before + i;
			end->origins[i].fnr += before + i;
		}
	}
	absorb_events(t, st, end, 0);
	chunk_free(end);
}

static void absorb(const void *priv, void *state, struct work *w, struct chunk *in)
{
	const struct take *t = priv;
	if (t->ends.n == 0)
		;
	else if (in->raw)
		absorb_raw(t, state, in);
	else if (t->key.n)
		absorb_keys(t, state, w, in);
	else
		absorb_events(t, state, in, in->pos);
	in->pos = in->n;
}

static bool takes_raw(const void *priv)
{
	const struct take *t = priv;
	return t->key.n == 0;
}

struct merging {
	const struct take *t;
	struct keyed *into, *from;
};

/* Both are in the order of the input: the last N of them together. */
static void merge_rings(const struct take *t, struct ring *a, struct ring *b)
{
	struct ring both = {0};
	uint64_t n = (uint64_t)t->ends.n, i = 0, k = 0, skip = a->n + b->n > n ? a->n + b->n - n : 0;
	while (i < a->n || k < b->n) {
		bool first = k == b->n || (i < a->n && ring_at(a, i)->pos < ring_at(b, k)->pos);
		struct item *it = first ? ring_at(a, i++) : ring_at(b, k++);
		if (skip) {
			skip--;
			free(it->event);
		} else {
			*ring_add(&both, n) = *it;
		}
	}
	free(a->items);
	free(b->items);
	*a = both;
	*b = (struct ring){0};
}

static void merge_ring(void *arg, uint32_t into_number, uint32_t from_number, bool is_new)
{
	struct merging *m = arg;
	if (!is_new)
		merge_rings(m->t, keyed_value(m->into, into_number), keyed_value(m->from, from_number));
}

static void merge(const void *priv, void *into, void *from)
{
	struct last *a = into, *b = from;
	keyed_merge(&a->rings, &b->rings, merge_ring, &(struct merging){priv, &a->rings, &b->rings});
}

static int cmp_pos(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return (x->pos > y->pos) - (x->pos < y->pos);
}

static void finish(const void *priv, void *state, struct work *w)
{
	struct last *st = state;
	uint64_t n = 0;
	(void)priv;
	(void)w;
	for (uint32_t g = 0; g < st->rings.n; g++)
		n += ((struct ring *)keyed_value(&st->rings, g))->n;
	st->sorted = mem_alloc((size_t)n * sizeof *st->sorted);
	for (uint32_t g = 0; g < st->rings.n; g++) {
		const struct ring *r = keyed_value(&st->rings, g);
		for (uint64_t i = 0; i < r->n; i++)
			st->sorted[st->nsorted++] = *ring_at(r, i);
	}
	if (st->rings.n > 1)
		qsort(st->sorted, st->nsorted, sizeof *st->sorted, cmp_pos);
}

static bool emit(const void *priv, void *state, struct work *w, struct chunk *out, struct num window)
{
	const struct take *t = priv;
	struct last *st = state;
	(void)w;
	(void)window;
	for (; st->next < st->nsorted && !chunk_full(out); st->next++)
		item_append(&st->sorted[st->next], t->schema, out);
	return st->next == st->nsorted;
}

const struct agg_ops last_take_ops = {
	.ncols = take_ncols,
	.raw = takes_raw,
	.state_new = state_new,
	.state_free = state_free,
	.absorb = absorb,
	.merge = merge,
	.finish = finish,
	.emit = emit,
};

/* ---- skip -N ---- */

/* The event goes into the ring, and what it drives out of it goes on. */
static void pass_through(const struct take *t, struct ring *r, const struct chunk *in, uint32_t i, struct chunk *out)
{
	uint64_t n = (uint64_t)t->ends.n;
	if (r->n == n)
		item_append(ring_at(r, 0), t->schema, out);
	item_set(ring_add(r, n), t->schema, in, i);
}

static void skip_keys(const struct take *t, struct last *st, struct work *w, struct chunk *in, struct chunk *out)
{
	struct slice keys[VECTOR];
	uint32_t which[VECTOR], where[VECTOR];
	while (in->pos < in->n && !chunk_full(out)) {
		uint32_t left = out->max_events - out->n;
		uint32_t n = bykey_vector(&t->key, w, in, &in->pos, left < VECTOR ? left : VECTOR, keys, which);
		keyed_find(&st->rings, keys, n, where);
		for (uint32_t i = 0; i < n; i++)
			pass_through(t, keyed_value(&st->rings, where[i]), in, which[i], out);
	}
}

static void skip_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct take *t = priv;
	struct last *st = state;
	uint64_t n = (uint64_t)t->ends.n;
	if (in->batch || n == 0) {
		uint64_t left = in->n - in->pos, keep = left > n ? left - n : 0;
		for (; keep && !chunk_full(out); keep--)
			chunk_keep(out, in, in->pos++);
		if (in->batch)
			in->pos = in->n;
		chunk_share(out, in);
	} else if (t->key.n) {
		skip_keys(t, st, w, in, out);
	} else {
		for (; in->pos < in->n && !chunk_full(out); in->pos++)
			pass_through(t, only_ring(st), in, in->pos, out);
	}
}

const struct ordered_ops last_skip_ops = {
	.state_bytes = sizeof(struct last),
	.ncols = take_ncols,
	.init = init,
	.run = skip_run,
	.release = release,
	.whole_batches = true,
};
