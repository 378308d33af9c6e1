/* The functions of agg: see aggfn.h. None of their results depends on the order in which events are taken in: where order
 * matters (first, last, list, ties of min and max) it is the input's. */
#include "config.h"

#include "stages/aggregates/aggfn.h"

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

static void best_add(const struct agg_vector *v, int sign)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct best *b = state_of(v, i);
		const struct value *value = &v->args[i].v;
		if (value_is_empty(value))
			continue;
		struct rank r = rank_of(value);
		if (!is_better(b, &r, v->pos[i], sign))
			continue;
		b->there = true;
		b->pos = v->pos[i];
		b->is_num = r.is_num;
		b->n = r.n;
		b->no_text = value->kind == VALUE_NUM;
		if (!b->no_text)
			text_set(&b->text, value->s);
	}
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

static void distinct_add(const struct agg_vector *v)
{
	struct slice pairs[KEYED_VECTOR];
	uint32_t where[KEYED_VECTOR], next = v->texts->n;
	for (uint32_t i = 0; i < v->n; i++)
		pairs[i] = pair(v->where[i], v->args[i].s, v->scratch);
	keyed_find(v->texts, pairs, v->n, where);
	for (uint32_t i = 0; i < v->n; i++)
		if (where[i] == next) {
			next++;
			++*(uint64_t *)state_of(v, i);
		}
}

void aggfn_merge_distinct(struct keyed *groups, uint32_t at, struct keyed *texts, struct keyed *from_texts,
			  const uint32_t *map)
{
	struct arena scratch = {0};
	for (uint32_t i = 0; i < from_texts->n; i++) {
		struct slice key = keyed_key(from_texts, i);
		uint32_t group, where, before = texts->n;
		memcpy(&group, key.p, sizeof group);
		arena_clear(&scratch);
		key = pair(map[group], slice_make(key.p + sizeof group, key.len - sizeof group), &scratch);
		keyed_find(texts, &key, 1, &where);
		if (where == before)
			++*(uint64_t *)((char *)keyed_value(groups, map[group]) + at);
	}
	arena_release(&scratch);
	keyed_release(from_texts);
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
		*out = number_value(sketch_percentile(state, fn->percent));
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
	[AGGFN_COUNT] = {"count", 0, 1}, [AGGFN_SUM] = {"sum", 1, 1},   [AGGFN_MEAN] = {"mean", 1, 1},
	[AGGFN_MIN] = {"min", 1, 1},     [AGGFN_MAX] = {"max", 1, 1},   [AGGFN_FIRST] = {"first", 1, 1},
	[AGGFN_LAST] = {"last", 1, 1},   [AGGFN_P50] = {"p50", 1, 1},   [AGGFN_P90] = {"p90", 1, 1},
	[AGGFN_P95] = {"p95", 1, 1},     [AGGFN_P99] = {"p99", 1, 1},   [AGGFN_DISTINCT] = {"distinct", 1, 1},
	[AGGFN_MEDIAN] = {"median", 1, 1}, [AGGFN_P10] = {"p10", 1, 1}, [AGGFN_P25] = {"p25", 1, 1},
	[AGGFN_P75] = {"p75", 1, 1},
	[AGGFN_LIST] = {"list", 1, 2},   [AGGFN_END] = {NULL, 0, 0},
};

#define PERCENTILE(n) \
	{ \
		.takes = TAKES_NUMBER, .bytes = sizeof(struct sketch), .percent = n, .add = sketch_add_all, \
		.merge = sketches_merge, .result = sketch_result, .release = sketch_free \
	}

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
		.add = distinct_add, .result = count_result,
	},
	[AGGFN_MEDIAN] = PERCENTILE(50),
	[AGGFN_P10] = PERCENTILE(10),
	[AGGFN_P25] = PERCENTILE(25),
	[AGGFN_P50] = PERCENTILE(50),
	[AGGFN_P75] = PERCENTILE(75),
	[AGGFN_P90] = PERCENTILE(90),
	[AGGFN_P95] = PERCENTILE(95),
	[AGGFN_P99] = PERCENTILE(99),
	[AGGFN_LIST] = {
		.takes = TAKES_TEXT, .bytes = sizeof(struct list),
		.add = list_add, .merge = list_merge, .seal = list_seal, .result = list_result, .release = list_release,
	},
};
