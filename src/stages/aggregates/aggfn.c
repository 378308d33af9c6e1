/* The functions of agg: see aggfn.h. None of their results depends on the order in which events are taken in: where order
 * matters (first, last, list, ties of min and max) it is the input's. */
#include "config.h"

#include "stages/aggregates/aggfn.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "data/exactsum.h"
#include "lang/expr/rank.h"
#include "data/sketch.h"

static inline void *state_of(const struct agg_vector *v, uint32_t i)
{
	return (char *)keyed_value(v->groups, v->where[i]) + v->at;
}

static const struct value nothing = {.kind = VALUE_STR, .s = {.p = "", .len = 0}};

static struct value number_value(struct num n)
{
	return (struct value){.kind = VALUE_NUM, .n = n};
}

/* ---- texts that states own ---- */

#define TEXT_INLINE 16u

struct text {
	uint32_t len, cap; /* cap 0: the text is in `in` */
	union {
		char in[TEXT_INLINE];
		char *p;
	};
};

static struct slice text_get(const struct text *t)
{
	return slice_make(t->cap ? t->p : t->in, t->len);
}

static void text_set(struct text *t, struct slice s)
{
	if (s.len > (t->cap ? t->cap : TEXT_INLINE)) {
		size_t cap = (size_t)s.len + s.len / 4;
		char *p = mem_alloc(cap);
		if (t->cap)
			free(t->p);
		t->p = p;
		t->cap = cap < UINT32_MAX ? (uint32_t)cap : UINT32_MAX;
	}
	if (s.len)
		memcpy(t->cap ? t->p : t->in, s.p, s.len);
	t->len = s.len;
}

static void text_move(struct text *to, struct text *from)
{
	if (to->cap)
		free(to->p);
	*to = *from;
	*from = (struct text){0};
}

static void text_release(struct text *t)
{
	if (t->cap)
		free(t->p);
	*t = (struct text){0};
}

/* ---- count ---- */

static void count_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		*(uint64_t *)state_of(v, i) += v->args ? v->args[i].test : 1;
}

static void count_merge(void *into, void *from)
{
	*(uint64_t *)into += *(uint64_t *)from;
}

static void count_result(const struct aggfn *fn, void *state, struct value *out)
{
	(void)fn;
	*out = number_value(num_int((int64_t)*(uint64_t *)state));
}

/* ---- sum, mean ---- */

struct mean {
	struct exactsum sum;
	uint64_t n;
};

static void sum_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		if (!v->args[i].none)
			exactsum_add(state_of(v, i), v->args[i].n);
}

static void sum_merge(void *into, void *from)
{
	exactsum_merge(into, from);
	exactsum_release(from);
}

static void sum_result(const struct aggfn *fn, void *state, struct value *out)
{
	(void)fn;
	*out = number_value(exactsum_value(state));
}

static void sum_release(void *state)
{
	exactsum_release(state);
}

static void mean_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct mean *m = state_of(v, i);
		if (v->args[i].none)
			continue;
		exactsum_add(&m->sum, v->args[i].n);
		m->n++;
	}
}

static void mean_merge(void *into, void *from)
{
	struct mean *a = into, *b = from;
	sum_merge(&a->sum, &b->sum);
	a->n += b->n;
}

static void mean_result(const struct aggfn *fn, void *state, struct value *out)
{
	const struct mean *m = state;
	(void)fn;
	*out = nothing;
	if (m->n)
		*out = number_value(exactsum_mean(&m->sum, m->n));
}

/* ---- min, max: by rank, the first of equals; empty values are skipped ---- */

struct best {
	uint64_t pos;
	struct num n;       /* is_num */
	struct text text;
	bool there, is_num; /* is_num: it ranks as the number n */
	bool no_text;       /* it was computed: n is all there is */
};

static struct rank best_rank(const struct best *b)
{
	return (struct rank){.is_num = b->is_num, .n = b->n, .s = text_get(&b->text)};
}

static bool is_better(const struct best *b, const struct rank *r, uint64_t pos, int sign)
{
	if (!b->there)
		return true;
	struct rank old = best_rank(b);
	int c = sign * rank_cmp(r, &old);
	return c > 0 || (c == 0 && pos < b->pos);
}

/* True: it is the best now. */
static bool best_take(struct best *b, const struct value *value, uint64_t pos, int sign)
{
	if (value_is_empty(value))
		return false;
	struct rank r = rank_of(value);
	if (!is_better(b, &r, pos, sign))
		return false;
	b->there = true;
	b->pos = pos;
	b->is_num = r.is_num;
	b->n = r.n;
	b->no_text = value->kind == VALUE_NUM;
	if (!b->no_text)
		text_set(&b->text, value->s);
	return true;
}

static void best_add(const struct agg_vector *v, int sign)
{
	for (uint32_t i = 0; i < v->n; i++)
		best_take(state_of(v, i), &v->args[i].v, v->pos[i], sign);
}

static void best_merge(void *into, void *from, int sign)
{
	struct best *a = into, *b = from;
	struct rank r = best_rank(b);
	if (b->there && is_better(a, &r, b->pos, sign)) {
		struct best t = *a;
		*a = *b;
		*b = t;
	}
	text_release(&b->text);
}

static void best_result(const struct aggfn *fn, void *state, struct value *out)
{
	const struct best *b = state;
	(void)fn;
	if (!b->there)
		*out = nothing;
	else if (b->no_text)
		*out = number_value(b->n);
	else
		*out = (struct value){.kind = VALUE_DATA, .s = text_get(&b->text)};
}

static void best_release(void *state)
{
	text_release(&((struct best *)state)->text);
}

static void min_add(const struct agg_vector *v)
{
	best_add(v, -1);
}

static void max_add(const struct agg_vector *v)
{
	best_add(v, 1);
}

static void min_merge(void *into, void *from)
{
	best_merge(into, from, -1);
}

static void max_merge(void *into, void *from)
{
	best_merge(into, from, 1);
}

/* ---- first, last ---- */

struct placed {
	uint64_t pos;
	struct text text;
	uint64_t there;
};

static void first_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct placed *p = state_of(v, i);
		if (p->there && p->pos <= v->pos[i])
			continue;
		p->there = 1;
		p->pos = v->pos[i];
		text_set(&p->text, v->args[i].s);
	}
}

static void last_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct placed *p = state_of(v, i);
		if (p->there && p->pos > v->pos[i])
			continue;
		p->there = 1;
		p->pos = v->pos[i];
		text_set(&p->text, v->args[i].s);
	}
}

static void take_placed(struct placed *into, struct placed *from, bool better)
{
	if (from->there && (!into->there || better)) {
		text_move(&into->text, &from->text);
		into->pos = from->pos;
		into->there = 1;
	}
	text_release(&from->text);
}

static void first_merge(void *into, void *from)
{
	take_placed(into, from, ((struct placed *)from)->pos < ((struct placed *)into)->pos);
}

static void last_merge(void *into, void *from)
{
	take_placed(into, from, ((struct placed *)from)->pos > ((struct placed *)into)->pos);
}

static void placed_result(const struct aggfn *fn, void *state, struct value *out)
{
	const struct placed *p = state;
	(void)fn;
	*out = nothing;
	if (p->there)
		*out = (struct value){.kind = VALUE_DATA, .s = text_get(&p->text)};
}

static void placed_release(void *state)
{
	text_release(&((struct placed *)state)->text);
}

/* ---- distinct: how many pairs (group, text) there are of each group; the pairs are keys of one table ---- */

static struct slice pair(uint32_t group, struct slice text, struct arena *scratch)
{
	char *p = arena_bytes(scratch, sizeof group + text.len);
	memcpy(p, &group, sizeof group);
	if (text.len)
		memcpy(p + sizeof group, text.p, text.len);
	return slice_make(p, sizeof group + text.len);
}

/* Looks up the pairs of a vector. */
static void find_pairs(const struct agg_vector *v, uint32_t *where)
{
	struct slice pairs[KEYED_VECTOR];
	for (uint32_t i = 0; i < v->n; i++)
		pairs[i] = pair(v->where[i], v->args[i].s, v->scratch);
	keyed_find(v->texts, pairs, v->n, where);
}

static struct slice pair_text(const struct keyed *texts, uint32_t i)
{
	struct slice key = keyed_key(texts, i);
	return slice_make(key.p + sizeof(uint32_t), key.len - sizeof(uint32_t));
}

/* Looks up pair i of from_texts in texts, as one of the group where it is now. */
static uint32_t move_pair(struct keyed *texts, const struct keyed *from_texts, uint32_t i, const uint32_t *map,
			  uint32_t *group, struct arena *scratch)
{
	uint32_t where;
	memcpy(group, keyed_key(from_texts, i).p, sizeof *group);
	*group = map[*group];
	arena_clear(scratch);
	struct slice key = pair(*group, pair_text(from_texts, i), scratch);
	keyed_find(texts, &key, 1, &where);
	return where;
}

static void distinct_add(const struct agg_vector *v)
{
	uint32_t where[KEYED_VECTOR], next = v->texts->n;
	find_pairs(v, where);
	for (uint32_t i = 0; i < v->n; i++)
		if (where[i] == next) {
			next++;
			++*(uint64_t *)state_of(v, i);
		}
}

static void distinct_merge_pairs(struct keyed *groups, uint32_t at, struct keyed *texts, struct keyed *from_texts,
				 const uint32_t *map)
{
	struct arena scratch = {0};
	for (uint32_t i = 0; i < from_texts->n; i++) {
		uint32_t group, before = texts->n;
		if (move_pair(texts, from_texts, i, map, &group, &scratch) == before)
			++*(uint64_t *)((char *)keyed_value(groups, group) + at);
	}
	arena_release(&scratch);
	keyed_release(from_texts);
}

/* ---- mode: the pairs count; a group holds the best of its texts, of equals the first in the input ---- */

struct tally { /* the value of a pair */
	uint64_t n, first_pos;
};

struct mode {
	struct tally best; /* n 0: none */
	struct text text;
};

/* The tally of text has grown. */
static void mode_raise(struct mode *m, const struct tally *t, struct slice text)
{
	if (t->n < m->best.n || (t->n == m->best.n && t->first_pos > m->best.first_pos))
		return;
	m->best = *t;
	if (!slice_eq(text_get(&m->text), text))
		text_set(&m->text, text);
}

static void mode_add(const struct agg_vector *v)
{
	uint32_t where[KEYED_VECTOR];
	find_pairs(v, where);
	for (uint32_t i = 0; i < v->n; i++) {
		struct tally *t = keyed_value(v->texts, where[i]);
		if (v->args[i].s.len == 0)
			continue;
		if (t->n++ == 0 || v->pos[i] < t->first_pos)
			t->first_pos = v->pos[i];
		mode_raise(state_of(v, i), t, v->args[i].s);
	}
}

static void mode_release(void *state)
{
	text_release(&((struct mode *)state)->text);
}

/* The pairs tell all: see mode_merge_pairs. */
static void mode_merge(void *into, void *from)
{
	(void)into;
	mode_release(from);
}

static void mode_merge_pairs(struct keyed *groups, uint32_t at, struct keyed *texts, struct keyed *from_texts,
			     const uint32_t *map)
{
	struct arena scratch = {0};
	for (uint32_t i = 0; i < from_texts->n; i++) {
		uint32_t group, where = move_pair(texts, from_texts, i, map, &group, &scratch);
		const struct tally *from = keyed_value(from_texts, i);
		struct tally *t = keyed_value(texts, where);
		struct mode *m = (struct mode *)((char *)keyed_value(groups, group) + at);
		if (from->n == 0)
			continue;
		if (t->n == 0 || from->first_pos < t->first_pos)
			t->first_pos = from->first_pos;
		t->n += from->n;
		mode_raise(m, t, pair_text(from_texts, i));
	}
	arena_release(&scratch);
	keyed_release(from_texts);
}

static void mode_result(const struct aggfn *fn, void *state, struct value *out)
{
	const struct mode *m = state;
	(void)fn;
	*out = nothing;
	if (m->best.n)
		*out = (struct value){.kind = VALUE_DATA, .s = text_get(&m->text)};
}

/* ---- argmin, argmax ---- */

struct picked {
	struct best best;
	struct text text;
};

static void picked_add(const struct agg_vector *v, int sign)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct picked *p = state_of(v, i);
		if (best_take(&p->best, &v->args[i].v, v->pos[i], sign))
			text_set(&p->text, v->with[i]);
	}
}

static void picked_merge(void *into, void *from, int sign)
{
	struct picked *a = into, *b = from;
	struct rank r = best_rank(&b->best);
	if (b->best.there && is_better(&a->best, &r, b->best.pos, sign)) {
		struct picked t = *a;
		*a = *b;
		*b = t;
	}
	text_release(&b->best.text);
	text_release(&b->text);
}

static void picked_result(const struct aggfn *fn, void *state, struct value *out)
{
	const struct picked *p = state;
	(void)fn;
	*out = nothing;
	if (p->best.there)
		*out = (struct value){.kind = VALUE_DATA, .s = text_get(&p->text)};
}

static void picked_release(void *state)
{
	struct picked *p = state;
	text_release(&p->best.text);
	text_release(&p->text);
}

static void argmin_add(const struct agg_vector *v)
{
	picked_add(v, -1);
}

static void argmax_add(const struct agg_vector *v)
{
	picked_add(v, 1);
}

static void argmin_merge(void *into, void *from)
{
	picked_merge(into, from, -1);
}

static void argmax_merge(void *into, void *from)
{
	picked_merge(into, from, 1);
}

/* ---- var, stddev: of a sample, from the sums of the values and of their squares, both exact ---- */

#define SQUARE_EXACT 3000000000 /* up to here a square is an int64_t */

struct spread {
	struct exactsum sum, squares;
	uint64_t n;
};

/* Adds a * b, unrounded. */
static void add_product(struct exactsum *s, double a, double b)
{
	double p = a * b;
	exactsum_add_double(s, p);
	if (isfinite(p))
		exactsum_add_double(s, fma(a, b, -p));
}

static void spread_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct spread *s = state_of(v, i);
		struct num n = v->args[i].n;
		if (v->args[i].none)
			continue;
		s->n++;
		if (n.is_int && n.i <= SQUARE_EXACT && n.i >= -SQUARE_EXACT) {
			exactsum_add(&s->sum, n);
			exactsum_add(&s->squares, num_int(n.i * n.i));
			continue;
		}
		double d = num_double(n);
		exactsum_add_double(&s->sum, d);
		add_product(&s->squares, d, d);
	}
}

static void spread_merge(void *into, void *from)
{
	struct spread *a = into, *b = from;
	sum_merge(&a->sum, &b->sum);
	sum_merge(&a->squares, &b->squares);
	a->n += b->n;
}

/* The sum of (x - mean) squared is that of x squared, less mean times the sum of x. Rounded, both may be nearly equal and the
 * difference noise: so the sum of x is taken apart into doubles, and what they give with the rounded mean m is added up
 * exactly. For m, off by e, the sum of (x - m) squared is too large by n e squared. */
static double spread_value(const struct spread *s)
{
	struct exactsum all = {0}, rest = {0};
	double n = (double)s->n, m = num_double(exactsum_mean(&s->sum, s->n)), e;
	exactsum_merge(&all, &s->squares);
	exactsum_merge(&rest, &s->sum);
	for (int i = 0; i < 8; i++) {
		double part = num_double(exactsum_value(&rest));
		if (part == 0)
			break;
		add_product(&all, -2 * m, part);
		exactsum_add_double(&rest, -part);
	}
	double square = m * m;
	add_product(&all, n, square);
	if (isfinite(square))
		add_product(&all, n, fma(m, m, -square));
	exactsum_release(&rest);
	exactsum_merge(&rest, &s->sum);
	add_product(&rest, -n, m);
	e = num_double(exactsum_value(&rest)) / n;
	double sum = num_double(exactsum_value(&all)) - n * e * e;
	exactsum_release(&rest);
	exactsum_release(&all);
	return (sum < 0 ? 0 : sum) / (n - 1);
}

static void var_result(const struct aggfn *fn, void *state, struct value *out)
{
	(void)fn;
	*out = nothing;
	if (((struct spread *)state)->n > 1)
		*out = number_value(num_dbl(spread_value(state)));
}

static void stddev_result(const struct aggfn *fn, void *state, struct value *out)
{
	(void)fn;
	*out = nothing;
	if (((struct spread *)state)->n > 1)
		*out = number_value(num_dbl(sqrt(spread_value(state))));
}

static void spread_release(void *state)
{
	struct spread *s = state;
	exactsum_release(&s->sum);
	exactsum_release(&s->squares);
}

/* ---- percentiles ---- */

static void sketch_add_all(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		if (!v->args[i].none)
			sketch_add(state_of(v, i), num_double(v->args[i].n));
}

static void sketches_merge(void *into, void *from)
{
	sketch_merge(into, from);
	sketch_release(from);
}

static void sketch_result(const struct aggfn *fn, void *state, struct value *out)
{
	*out = nothing;
	if (((struct sketch *)state)->n)
		*out = number_value(sketch_percentile(state, fn->share));
}

static void sketch_free(void *state)
{
	sketch_release(state);
}

/* ---- list ---- */

/* items: for each a struct item, then its bytes, unaligned. */
struct list {
	struct str items;
	struct str joined; /* after seal */
	uint64_t n, first_pos, last_pos;
	uint64_t unsorted; /* items are not in the order of the input */
};

struct item {
	uint64_t pos;
	uint32_t len;
};

static void note_pos(struct list *l, uint64_t first, uint64_t last)
{
	if (l->n == 0)
		l->first_pos = first;
	else if (first < l->last_pos)
		l->unsorted = 1;
	if (first < l->first_pos)
		l->first_pos = first;
	if (l->n == 0 || last > l->last_pos)
		l->last_pos = last;
}

static void list_add(const struct agg_vector *v)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct list *l = state_of(v, i);
		struct item item;
		memset(&item, 0, sizeof item);
		item.pos = v->pos[i];
		item.len = v->args[i].s.len;
		note_pos(l, item.pos, item.pos);
		str_add(&l->items, &item, sizeof item);
		if (item.len)
			str_add(&l->items, v->args[i].s.p, item.len);
		l->n++;
	}
}

static void list_merge(void *into, void *from)
{
	struct list *a = into, *b = from;
	if (b->n) {
		note_pos(a, b->first_pos, b->last_pos);
		a->unsorted |= b->unsorted;
		if (a->n) {
			str_add(&a->items, b->items.p, b->items.len);
		} else {
			a->items = b->items;
			b->items = (struct str){0};
		}
		a->n += b->n;
	}
	str_release(&b->items);
}

struct placed_item {
	uint64_t pos;
	const char *at; /* the struct item */
};

static int cmp_placed(const void *a, const void *b)
{
	const struct placed_item *x = a, *y = b;
	return (x->pos > y->pos) - (x->pos < y->pos);
}

/* Where the items stand, in the order of the input. */
static struct placed_item *find_items(const struct list *l)
{
	struct placed_item *found = mem_alloc(l->n * sizeof *found);
	const char *p = l->items.p;
	for (uint64_t i = 0; i < l->n; i++) {
		struct item item;
		memcpy(&item, p, sizeof item);
		found[i] = (struct placed_item){.pos = item.pos, .at = p};
		p += sizeof item + item.len;
	}
	if (l->unsorted)
		qsort(found, l->n, sizeof *found, cmp_placed);
	return found;
}

static bool list_seal(void *state, struct slice sep)
{
	struct list *l = state;
	size_t texts = l->items.len - l->n * sizeof(struct item);
	if (l->n == 0)
		return true;
	if (texts + (l->n - 1) * sep.len > UINT32_MAX)
		return false;
	struct placed_item *found = find_items(l);
	str_clear(&l->joined);
	for (uint64_t i = 0; i < l->n; i++) {
		struct item item;
		memcpy(&item, found[i].at, sizeof item);
		if (i)
			str_add(&l->joined, sep.p, sep.len);
		str_add(&l->joined, found[i].at + sizeof item, item.len);
	}
	free(found);
	return true;
}

static void list_result(const struct aggfn *fn, void *state, struct value *out)
{
	const struct list *l = state;
	(void)fn;
	*out = nothing;
	if (l->joined.len)
		*out = (struct value){.kind = VALUE_DATA, .s = slice_make(l->joined.p, l->joined.len)};
}

static void list_release(void *state)
{
	struct list *l = state;
	str_release(&l->items);
	str_release(&l->joined);
}

/* ---- the table ---- */

const struct call_spec aggfn_calls[] = {
	[AGGFN_COUNT] = {"count", 0, 1, 0}, [AGGFN_SUM] = {"sum", 1, 1, 0},   [AGGFN_MEAN] = {"mean", 1, 1, 0},
	[AGGFN_MIN] = {"min", 1, 1, 0},     [AGGFN_MAX] = {"max", 1, 1, 0},   [AGGFN_FIRST] = {"first", 1, 1, 0},
	[AGGFN_LAST] = {"last", 1, 1, 0},   [AGGFN_VAR] = {"var", 1, 1, 0},   [AGGFN_STDDEV] = {"stddev", 1, 1, 0},
	[AGGFN_MODE] = {"mode", 1, 1, 0},   [AGGFN_LIST] = {"list", 1, 2, 0}, [AGGFN_DISTINCT] = {"distinct", 1, 1, 0},
	[AGGFN_MEDIAN] = {"median", 1, 1, 0}, [AGGFN_PERCENTILE] = {"p", 1, 1, .number_max = 100},
	[AGGFN_ARGMIN] = {"argmin", 2, 2, 0}, [AGGFN_ARGMAX] = {"argmax", 2, 2, 0}, [AGGFN_END] = {.name = NULL},
};

const struct aggfn aggfn_table[] = {
	[AGGFN_COUNT] = {
		.takes = TAKES_TEST, .bytes = sizeof(uint64_t),
		.add = count_add, .merge = count_merge, .result = count_result,
	},
	[AGGFN_SUM] = {
		.takes = TAKES_NUMBER, .bytes = sizeof(struct exactsum),
		.add = sum_add, .merge = sum_merge, .result = sum_result, .release = sum_release,
	},
	[AGGFN_MEAN] = {
		.takes = TAKES_NUMBER, .bytes = sizeof(struct mean),
		.add = mean_add, .merge = mean_merge, .result = mean_result, .release = sum_release,
	},
	[AGGFN_MIN] = {
		.takes = TAKES_VALUE, .bytes = sizeof(struct best),
		.add = min_add, .merge = min_merge, .result = best_result, .release = best_release,
	},
	[AGGFN_MAX] = {
		.takes = TAKES_VALUE, .bytes = sizeof(struct best),
		.add = max_add, .merge = max_merge, .result = best_result, .release = best_release,
	},
	[AGGFN_FIRST] = {
		.takes = TAKES_TEXT, .bytes = sizeof(struct placed),
		.add = first_add, .merge = first_merge, .result = placed_result, .release = placed_release,
	},
	[AGGFN_LAST] = {
		.takes = TAKES_TEXT, .bytes = sizeof(struct placed),
		.add = last_add, .merge = last_merge, .result = placed_result, .release = placed_release,
	},
	[AGGFN_DISTINCT] = {
		.takes = TAKES_TEXT, .bytes = sizeof(uint64_t),
		.add = distinct_add, .merge_pairs = distinct_merge_pairs, .pairs = true, .result = count_result,
	},
	[AGGFN_MEDIAN] = {
		.takes = TAKES_NUMBER, .bytes = sizeof(struct sketch), .share = SKETCH_WHOLE / 2, .is_sketch = true,
		.add = sketch_add_all, .merge = sketches_merge, .result = sketch_result, .release = sketch_free,
	},
	[AGGFN_PERCENTILE] = {
		.takes = TAKES_NUMBER, .bytes = sizeof(struct sketch), .is_sketch = true,
		.add = sketch_add_all, .merge = sketches_merge, .result = sketch_result, .release = sketch_free,
	},
	[AGGFN_VAR] = {
		.takes = TAKES_NUMBER, .bytes = sizeof(struct spread),
		.add = spread_add, .merge = spread_merge, .result = var_result, .release = spread_release,
	},
	[AGGFN_STDDEV] = {
		.takes = TAKES_NUMBER, .bytes = sizeof(struct spread),
		.add = spread_add, .merge = spread_merge, .result = stddev_result, .release = spread_release,
	},
	[AGGFN_MODE] = {
		.takes = TAKES_TEXT, .bytes = sizeof(struct mode), .pair_bytes = sizeof(struct tally), .pairs = true,
		.add = mode_add, .merge = mode_merge, .merge_pairs = mode_merge_pairs, .result = mode_result,
		.release = mode_release,
	},
	[AGGFN_ARGMIN] = {
		.takes = TAKES_VALUE, .bytes = sizeof(struct picked), .picks = true,
		.add = argmin_add, .merge = argmin_merge, .result = picked_result, .release = picked_release,
	},
	[AGGFN_ARGMAX] = {
		.takes = TAKES_VALUE, .bytes = sizeof(struct picked), .picks = true,
		.add = argmax_add, .merge = argmax_merge, .result = picked_result, .release = picked_release,
	},
	[AGGFN_LIST] = {
		.takes = TAKES_TEXT, .bytes = sizeof(struct list),
		.add = list_add, .merge = list_merge, .seal = list_seal, .result = list_result, .release = list_release,
	},
};
