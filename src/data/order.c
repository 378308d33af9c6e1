/* Sorting: see order.h. Most significant digits first, as long as there are enough records for a pass over counters to
 * pay, then insertion; stable. What is equal is loaded again with the next level. */
#include "config.h"

#include "data/order.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "data/bigmem.h"

#define FEW 40u            /* records that insertion sorts fastest */
#define MANY (1u << 16)    /* records that pay for counters of 16 bits */
#define SELECT_BLOCK 1024u
#define WIDE_FROM (1u << 17) /* records that are spread in parts */
#define WIDE_BITS 12u
#define WIDE_DIGITS (1u << WIDE_BITS)
#define PARTS_MAX 64
#define GROUPS_MAX 64

/* What a thread sorts records with. */
struct sorter {
	const struct order *o;
	struct order_rec *spare; /* room for n records; NULL where they are few */
	size_t n;
	uint32_t *counts;        /* 1 << 16, and one; NULL where records are not many */
};

static void sorter_release(struct sorter *s)
{
	bigmem_free(s->spare, s->n * sizeof *s->spare);
	free(s->counts);
}

/* Makes room to sort n records. */
static void sorter_expect(struct sorter *s, size_t n)
{
	if (n > FEW && n > s->n) {
		bigmem_free(s->spare, s->n * sizeof *s->spare);
		s->spare = bigmem_alloc(n * sizeof *s->spare);
		s->n = n;
	}
	if (n >= MANY && !s->counts)
		s->counts = mem_alloc(((1u << 16) + 1) * sizeof *s->counts);
}

/* ---- one level ---- */

static void insertion_sort(struct order_rec *r, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct order_rec x = r[i];
		size_t at = i;
		for (; at > 0 && r[at - 1].k > x.k; at--)
			r[at] = r[at - 1];
		r[at] = x;
	}
}

static uint64_t differing_bits(const struct order_rec *r, size_t n)
{
	uint64_t differ = 0;
	for (size_t i = 1; i < n; i++)
		differ |= r[i].k ^ r[0].k;
	return differ;
}

/* Where the digit of so many bits lies that tells most: at the top of those that differ. */
static unsigned digit_shift(uint64_t differ, unsigned bits)
{
	unsigned width = 64 - (unsigned)__builtin_clzll(differ);
	return width > bits ? width - bits : 0;
}

static void sort_words(struct sorter *s, struct order_rec *r, size_t n);

/* Sorts the records of each digit by what is below it. */
static void sort_digits(struct sorter *s, struct order_rec *r, size_t n, unsigned shift)
{
	for (size_t from = 0, to; from < n && shift > 0; from = to) {
		uint64_t digit = r[from].k >> shift;
		for (to = from + 1; to < n && r[to].k >> shift == digit; to++)
			;
		sort_words(s, r + from, to - from);
	}
}

/* Spreads r over the digit of `bits` bits at `shift`, then sorts each digit's records. */
static void spread(struct sorter *s, struct order_rec *r, size_t n, unsigned shift, unsigned bits)
{
	uint32_t small[257], *begin = bits > 8 ? s->counts : small;
	size_t digits = (size_t)1 << bits, mask = digits - 1;
	memset(begin, 0, (digits + 1) * sizeof *begin);
	for (size_t i = 0; i < n; i++)
		begin[(r[i].k >> shift & mask) + 1]++;
	for (size_t d = 1; d <= digits; d++)
		begin[d] += begin[d - 1];
	for (size_t i = 0; i < n; i++)
		s->spare[begin[r[i].k >> shift & mask]++] = r[i];
	memcpy(r, s->spare, n * sizeof *r);
	sort_digits(s, r, n, shift);
}

static void sort_words(struct sorter *s, struct order_rec *r, size_t n)
{
	if (n <= FEW) {
		insertion_sort(r, n);
		return;
	}
	uint64_t differ = differing_bits(r, n);
	if (!differ)
		return;
	unsigned bits = n >= MANY ? 16 : 8;
	spread(s, r, n, digit_shift(differ, bits), bits);
}

/* ---- level after level ---- */

static size_t run_of_equals(const struct order_rec *r, size_t n)
{
	size_t i = 1;
	while (i < n && r[i].k == r[0].k)
		i++;
	return i;
}

/* The longest run of equal words goes on in the loop, the others in calls of its own: so calls nest no deeper than the
 * logarithm of n, whatever the keys have in common. */
static void sort_from(struct sorter *s, struct order_rec *r, size_t n, unsigned level)
{
	while (n > 1 && s->o->load(s->o->arg, r, n, level)) {
		sort_words(s, r, n);
		level++;
		struct order_rec *longest = r;
		size_t longest_n = 1;
		for (size_t from = 0, run; from < n; from += run) {
			run = run_of_equals(r + from, n - from);
			if (run > longest_n) {
				if (longest_n > 1)
					sort_from(s, longest, longest_n, level);
				longest = r + from;
				longest_n = run;
			} else if (run > 1) {
				sort_from(s, r + from, run, level);
			}
		}
		r = longest;
		n = longest_n;
	}
	if (n > 1 && s->o->same)
		s->o->same(s->o->arg, r, n);
}

/* ---- many records ----
 * Threads load and count parts of the records by their top digit, then put each where the counts say; then they sort
 * groups of digits, each for itself and with room for no more than the group. In the beginning item i is record i, so
 * nothing needs to be stored before it has its place. */

struct wide {
	const struct order *o;
	struct order_rec *r;             /* those to be sorted now */
	size_t n;
	bool listed;                     /* r holds the items; else they are 0 ... n-1 */
	struct order_rec *spare;         /* listed: where they are spread to */
	unsigned level, shift;
	int parts;
	struct part {
		bool loaded;
		uint64_t first, differ;      /* a word, and the bits in which others are not as it */
		uint32_t begin[WIDE_DIGITS]; /* how many of each digit, then where the next one goes */
	} *part;
	size_t group[GROUPS_MAX + 1];    /* digits that are sorted together, by their first record */
	atomic_int next_group;           /* that no thread has begun to sort */
	int large;                       /* the group that is one digit with more than half of all, or -1 */
};

static size_t part_begin(const struct wide *w, int part)
{
	return w->n * (size_t)part / (size_t)w->parts;
}

static size_t digit_of(const struct wide *w, const struct order_rec *r)
{
	return r->k >> w->shift & (WIDE_DIGITS - 1);
}

/* The next loaded records of the part, from *at on; 0: no more. */
static size_t load_block(const struct wide *w, int part, size_t *at, struct order_rec *block, bool *loaded)
{
	size_t left = part_begin(w, part + 1) - *at, n = left < SELECT_BLOCK ? left : SELECT_BLOCK;
	if (w->listed)
		memcpy(block, w->r + *at, n * sizeof *block);
	for (size_t i = 0; i < n && !w->listed; i++)
		block[i].i = (uint32_t)(*at + i);
	*at += n;
	*loaded = n == 0 || w->o->load(w->o->arg, block, n, w->level);
	return *loaded ? n : 0;
}

static void compare_part(void *arg, int part)
{
	struct wide *w = arg;
	struct part *p = &w->part[part];
	struct order_rec block[SELECT_BLOCK];
	size_t at = part_begin(w, part);
	bool first = true;
	p->differ = 0;
	for (size_t n; (n = load_block(w, part, &at, block, &p->loaded)) > 0; first = false) {
		if (first)
			p->first = block[0].k;
		p->differ |= differing_bits(block, n) | (block[0].k ^ p->first);
	}
}

static void count_part(void *arg, int part)
{
	struct wide *w = arg;
	struct part *p = &w->part[part];
	struct order_rec block[SELECT_BLOCK];
	size_t at = part_begin(w, part);
	memset(p->begin, 0, sizeof p->begin);
	for (size_t n; (n = load_block(w, part, &at, block, &p->loaded)) > 0;)
		for (size_t i = 0; i < n; i++)
			p->begin[digit_of(w, &block[i])]++;
}

static void spread_part(void *arg, int part)
{
	struct wide *w = arg;
	struct part *p = &w->part[part];
	struct order_rec block[SELECT_BLOCK], *to = w->listed ? w->spare : w->r;
	size_t at = part_begin(w, part);
	for (size_t n; (n = load_block(w, part, &at, block, &p->loaded)) > 0;)
		for (size_t i = 0; i < n; i++)
			to[p->begin[digit_of(w, &block[i])]++] = block[i];
}

static void sort_group(const struct wide *w, struct sorter *s, int group)
{
	struct order_rec *r = w->r + w->group[group];
	size_t n = w->group[group + 1] - w->group[group];
	sorter_expect(s, n);
	sort_digits(s, r, n, w->shift);
	for (size_t from = 0, run; from < n; from += run) {
		run = run_of_equals(r + from, n - from);
		if (run > 1)
			sort_from(s, r + from, run, w->level + 1);
	}
}

/* What one thread does: sorts groups that nobody has taken yet. */
static void sort_groups(void *arg, int part)
{
	struct wide *w = arg;
	struct sorter s = {.o = w->o};
	(void)part;
	for (int group; (group = atomic_fetch_add(&w->next_group, 1)) < GROUPS_MAX;)
		if (group != w->large)
			sort_group(w, &s, group);
	sorter_release(&s);
}

/* Turns counts into places: digit after digit, and of each the parts in their order. */
static void place_digits(struct wide *w)
{
	uint32_t at = 0;
	for (size_t d = 0; d < WIDE_DIGITS; d++)
		for (int part = 0; part < w->parts; part++) {
			uint32_t n = w->part[part].begin[d];
			w->part[part].begin[d] = at;
			at += n;
		}
}

/* After spreading, a digit's end stands in the last part. */
static void group_digits(struct wide *w)
{
	const uint32_t *end = w->part[w->parts - 1].begin;
	int n = 0;
	w->group[0] = 0;
	w->large = -1;
	for (size_t d = 0, from = 0; d < WIDE_DIGITS; from = end[d++]) {
		if (end[d] - from > w->n / 2) {
			if (from > w->group[n])
				w->group[++n] = from;
			w->large = n;
			w->group[++n] = end[d];
		} else if (end[d] - w->group[n] > w->n / (GROUPS_MAX / 2)) {
			w->group[++n] = end[d];
		}
	}
	while (n < GROUPS_MAX)
		w->group[++n] = w->n;
}

static void spread_widely(struct wide *w)
{
	pool_each(w->o->pool, w->parts, count_part, w);
	place_digits(w);
	if (w->listed)
		w->spare = bigmem_alloc(w->n * sizeof *w->spare);
	pool_each(w->o->pool, w->parts, spread_part, w);
	if (w->listed) {
		memcpy(w->r, w->spare, w->n * sizeof *w->r);
		bigmem_free(w->spare, w->n * sizeof *w->spare);
	}
	w->listed = true;
}

static void list_items(struct wide *w)
{
	for (uint32_t i = 0; i < w->n && !w->listed; i++)
		w->r[i].i = i;
	w->listed = true;
}

/* Sorts by one level, but a large digit. True where records are left to be sorted: w->r, w->n, w->level. */
static bool wide_level(struct wide *w)
{
	uint64_t differ = 0;
	pool_each(w->o->pool, w->parts, compare_part, w);
	if (!w->part[0].loaded) {
		list_items(w);
		if (w->o->same)
			w->o->same(w->o->arg, w->r, w->n);
		return false;
	}
	for (int i = 0; i < w->parts; i++)
		differ |= w->part[i].differ | (w->part[i].first ^ w->part[0].first);
	if (!differ) {
		w->level++;
		return true;
	}
	w->shift = digit_shift(differ, WIDE_BITS);
	spread_widely(w);
	group_digits(w);
	atomic_init(&w->next_group, 0);
	pool_each(w->o->pool, pool_width(w->o->pool), sort_groups, w);
	if (w->large < 0)
		return false;
	size_t from = w->group[w->large];
	w->n = w->group[w->large + 1] - from;
	w->r += from;
	return true;
}

/* listed: r holds the items; else they are 0 ... n-1, and are written to r. */
static void sort_all(const struct order *o, struct order_rec *r, size_t n, bool listed)
{
	int parts = 4 * pool_width(o->pool);
	struct wide w = {.o = o, .r = r, .n = n, .listed = listed, .parts = parts < PARTS_MAX ? parts : PARTS_MAX};
	w.part = n >= WIDE_FROM ? mem_alloc((size_t)w.parts * sizeof *w.part) : NULL;
	bool more = true;
	while (more && w.n >= WIDE_FROM)
		more = wide_level(&w);
	list_items(&w);
	if (more) {
		struct sorter s = {.o = o};
		sorter_expect(&s, w.n);
		sort_from(&s, w.r, w.n, w.level);
		sorter_release(&s);
	}
	free(w.part);
}

/* ---- all of them ---- */

static uint32_t drop_gone(struct order_rec *r, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++)
		if (r[i].i != ORDER_GONE)
			r[kept++] = r[i];
	return kept;
}

static uint32_t *all_items(const struct order *o, uint32_t n, uint32_t *count)
{
	size_t bytes = (size_t)n * sizeof(struct order_rec);
	struct order_rec *r = bigmem_alloc(bytes);
	*count = n;
	for (bool listed = false; o; o = o->then, listed = true) {
		sort_all(o, r, *count, listed);
		if (o->same)
			*count = drop_gone(r, *count);
	}
	uint32_t *items = (uint32_t *)r; /* in place: millions of items need not be in memory twice */
	for (uint32_t i = 0; i < *count; i++) {
		uint32_t item = r[i].i;
		memcpy(&items[i], &item, sizeof item);
	}
	return bigmem_resize(items, bytes, (size_t)*count * sizeof *items);
}

/* ---- the first few ---- */

/* Is a behind b? Both have k of level 0. */
static bool behind(const struct order *o, const struct order_rec *a, const struct order_rec *b)
{
	struct order_rec pair[2] = {*a, *b};
	for (unsigned level = 1; pair[0].k == pair[1].k; level++)
		if (!o->load(o->arg, pair, 2, level))
			return a->i > b->i;
	return pair[0].k > pair[1].k;
}

/* heap[0] is the last of the heap in order; it is to be replaced by x. */
static void heap_replace(const struct order *o, struct order_rec *heap, uint32_t n, struct order_rec x)
{
	uint32_t at = 0;
	for (;;) {
		uint32_t kid = 2 * at + 1;
		if (kid >= n)
			break;
		if (kid + 1 < n && behind(o, &heap[kid + 1], &heap[kid]))
			kid++;
		if (!behind(o, &heap[kid], &x))
			break;
		heap[at] = heap[kid];
		at = kid;
	}
	heap[at] = x;
}

static void heap_add(const struct order *o, struct order_rec *heap, uint32_t n, struct order_rec x)
{
	uint32_t at = n;
	for (; at > 0 && behind(o, &x, &heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = x;
}

static uint32_t *first_items(const struct order *o, uint32_t n, uint32_t want)
{
	struct order_rec *heap = mem_alloc(want * sizeof *heap), block[SELECT_BLOCK];
	uint32_t have = 0;
	for (uint32_t from = 0; from < n; from += SELECT_BLOCK) {
		uint32_t some = n - from < SELECT_BLOCK ? n - from : SELECT_BLOCK;
		for (uint32_t i = 0; i < some; i++)
			block[i] = (struct order_rec){.i = from + i};
		o->load(o->arg, block, some, 0);
		for (uint32_t i = 0; i < some; i++) {
			if (have < want)
				heap_add(o, heap, have++, block[i]);
			else if (block[i].k <= heap[0].k && behind(o, &heap[0], &block[i]))
				heap_replace(o, heap, want, block[i]);
		}
	}
	uint32_t *items = bigmem_alloc(want * sizeof *items);
	for (uint32_t left = want; left > 0; left--) {
		items[left - 1] = heap[0].i;
		heap_replace(o, heap, left - 1, heap[left - 1]);
	}
	free(heap);
	return items;
}

uint32_t *order_items(const struct order *o, uint32_t n, int64_t limit, uint32_t *count)
{
	if (limit < 0 || limit >= n)
		return all_items(o, n, count);
	*count = (uint32_t)limit;
	if (limit > 0 && limit < n / 8)
		return first_items(o, n, *count);
	uint32_t all, *items = all_items(o, n, &all);
	return bigmem_resize(items, (size_t)all * sizeof *items, (size_t)*count * sizeof *items);
}

void order_free(uint32_t *items, uint32_t count)
{
	bigmem_free(items, (size_t)count * sizeof *items);
}
