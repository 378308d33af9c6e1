/* Sorting: see order.h. Most significant digits first, as long as there are enough records for a pass over counters to
 * pay, then insertion. What is equal is loaded again with the next level. */
#include "config.h"

#include "stages/order.h"

#include <endian.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stages/bigmem.h"

#define FEW 40u            /* records that insertion sorts fastest */
#define MANY (1u << 16)    /* records that pay for counters of 16 bits */
#define SELECT_BLOCK 1024u

struct sorter {
	const struct order *o;
	struct order_rec *spare; /* as many as there are records */
	uint32_t *counts;        /* 1 << 16 */
};

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

static void sort_words(struct sorter *s, struct order_rec *r, size_t n);

/* Spreads r over the digit of `bits` bits at `shift`, then sorts each digit's records by what is below it. */
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
	if (shift == 0)
		return;
	for (size_t from = 0, to; from < n; from = to) {
		uint64_t digit = r[from].k >> shift;
		for (to = from + 1; to < n && r[to].k >> shift == digit; to++)
			;
		sort_words(s, r + from, to - from);
	}
}

static void sort_words(struct sorter *s, struct order_rec *r, size_t n)
{
	if (n <= FEW) {
		insertion_sort(r, n);
		return;
	}
	uint64_t differ = 0;
	for (size_t i = 1; i < n; i++)
		differ |= r[i].k ^ r[0].k;
	if (!differ)
		return;
	unsigned bits = n >= MANY ? 16 : 8, width = 64 - (unsigned)__builtin_clzll(differ);
	spread(s, r, n, width > bits ? width - bits : 0, bits);
}

/* ---- level after level ---- */

/* The longest run of equal words goes on in the loop, the others in calls of its own: so calls nest no deeper than the
 * logarithm of n, whatever the keys have in common. */
static void sort_from(struct sorter *s, struct order_rec *r, size_t n, unsigned level)
{
	while (n > 1 && s->o->load(s->o->arg, r, n, level)) {
		sort_words(s, r, n);
		level++;
		struct order_rec *longest = r;
		size_t longest_n = 1;
		for (size_t from = 0, to; from < n; from = to) {
			for (to = from + 1; to < n && r[to].k == r[from].k; to++)
				;
			size_t run = to - from;
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
}

static uint32_t *all_items(const struct order *o, uint32_t n)
{
	size_t bytes = (size_t)n * sizeof(struct order_rec);
	struct order_rec *r = bigmem_alloc(bytes);
	for (uint32_t i = 0; i < n; i++)
		r[i] = (struct order_rec){.i = i};
	struct sorter s = {.o = o};
	if (n > FEW)
		s.spare = bigmem_alloc(bytes);
	if (n >= MANY)
		s.counts = mem_alloc(((1u << 16) + 1) * sizeof *s.counts);
	sort_from(&s, r, n, 0);
	bigmem_free(s.spare, bytes);
	free(s.counts);
	uint32_t *items = mem_alloc((size_t)n * sizeof *items);
	for (uint32_t i = 0; i < n; i++)
		items[i] = r[i].i;
	bigmem_free(r, bytes);
	return items;
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
	uint32_t *items = mem_alloc(want * sizeof *items);
	for (uint32_t left = want; left > 0; left--) {
		items[left - 1] = heap[0].i;
		heap_replace(o, heap, left - 1, heap[left - 1]);
	}
	free(heap);
	return items;
}

uint32_t *order_items(const struct order *o, uint32_t n, int64_t limit, uint32_t *count)
{
	*count = limit >= 0 && limit < n ? (uint32_t)limit : n;
	if (*count > 0 && *count < n / 8)
		return first_items(o, n, *count);
	return all_items(o, n);
}

/* ---- values ---- */

struct rank rank_of(const struct value *v)
{
	struct rank r = {.is_num = v->kind == VALUE_NUM, .n = v->n, .s = v->s};
	if (v->kind == VALUE_DATA)
		r.is_num = value_number(v, &r.n);
	return r;
}

int rank_cmp(const struct rank *a, const struct rank *b)
{
	if (a->is_num && b->is_num)
		return num_cmp(a->n, b->n);
	if (a->is_num != b->is_num)
		return a->is_num ? -1 : 1;
	return slice_cmp(a->s, b->s);
}

/* A double as a number that sorts as it does; NaN behind all, but before text. */
static uint64_t double_word(double d)
{
	uint64_t bits;
	if (d != d)
		return UINT64_MAX - 1;
	d += 0.0; /* no -0 */
	memcpy(&bits, &d, sizeof bits);
	return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* What an integer is more (or less) than the double it is nearest to. */
static int64_t rest_of(int64_t i)
{
	if (i >= -((int64_t)1 << 53) && i <= (int64_t)1 << 53)
		return 0;
	return (int64_t)((__int128)i - (__int128)(double)i);
}

static uint64_t number_level(struct num n, unsigned level)
{
	if (level == 0)
		return double_word(num_double(n));
	return (uint64_t)(n.is_int ? rest_of(n.i) : 0) ^ (uint64_t)1 << 63;
}

static uint64_t text_level(struct slice s, unsigned level)
{
	if (level == 0)
		return UINT64_MAX;
	uint64_t word = 0;
	size_t at = (size_t)7 * (level - 1), left = s.len - at;
	if (s.len)
		memcpy(&word, s.p + at, left < 7 ? left : 7);
	return (be64toh(word) & ~(uint64_t)255) | (left < 8 ? left : 8);
}

unsigned rank_levels(const struct rank *r)
{
	return r->is_num ? 2 : 1 + (r->s.len ? (r->s.len + 6) / 7 : 1);
}

uint64_t rank_level_desc(const struct rank *r, unsigned level)
{
	return ~(r->is_num ? number_level(r->n, level) : text_level(r->s, level));
}
