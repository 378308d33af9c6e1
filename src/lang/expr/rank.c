/* How values rank: see rank.h. */
#include "config.h"

#include "lang/expr/rank.h"

#include <endian.h>

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
