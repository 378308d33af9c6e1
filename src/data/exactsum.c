/* Exact sums: see exactsum.h. */
#include "config.h"

#include "data/exactsum.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SEEN_DOUBLE = 1, SEEN_NAN = 2, SEEN_PLUS_INF = 4, SEEN_MINUS_INF = 8 };

#define HUGE_FROM 0x1p960 /* 2^63 values below it cannot overflow */
#define MAX_PARTIALS 64   /* compressed, there are at most 41: 53 of the 2098 bits of a double's range each */

void exactsum_release(struct exactsum *s)
{
	if (s->huge)
		exactsum_release(s->huge);
	free(s->huge);
	free(s->more);
	s->huge = NULL;
	s->more = NULL;
}

/* ---- partials ---- */

/* Adds x to n partials; returns how many there are then, at most n + 1. */
static unsigned partials_add(double *p, unsigned n, double x)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < n; i++) {
		double y = p[i];
		if (fabs(x) < fabs(y)) {
			double t = x;
			x = y;
			y = t;
		}
		double sum = x + y, lost = y - (sum - x);
		if (lost != 0)
			p[kept++] = lost;
		x = sum;
	}
	if (x != 0)
		p[kept++] = x;
	return kept;
}

/* The sum of n partials, rounded half to even: what is behind the first inexact step decides a tie. */
static double partials_round(const double *p, unsigned n)
{
	if (n == 0)
		return 0;
	double sum = p[--n], lost = 0;
	while (n > 0 && lost == 0) {
		double x = sum, y = p[--n];
		sum = x + y;
		lost = y - (sum - x);
	}
	if (n > 0 && ((lost < 0 && p[n - 1] < 0) || (lost > 0 && p[n - 1] > 0))) {
		double twice = lost * 2, up = sum + twice;
		if (up - sum == twice)
			sum = up;
	}
	return sum;
}

/* Shewchuk's Compress: partials of few bits each become fewer of many. */
static unsigned partials_compress(double *p, unsigned n)
{
	unsigned bottom = n - 1, kept = 0;
	double sum = p[n - 1], lost;
	for (unsigned i = n - 1; i-- > 0;) {
		double up = sum + p[i];
		lost = p[i] - (up - sum);
		sum = up;
		if (lost != 0) {
			p[bottom--] = sum;
			sum = lost;
		}
	}
	for (unsigned i = bottom + 1; i < n; i++) {
		double up = p[i] + sum;
		lost = sum - (up - p[i]);
		sum = up;
		if (lost != 0)
			p[kept++] = lost;
	}
	p[kept++] = sum;
	return kept;
}

/* Room for one more. */
static double *partials_room(struct exactsum *s)
{
	unsigned room = s->more ? s->cap : EXACTSUM_FEW;
	if (s->n == MAX_PARTIALS)
		s->n = (uint8_t)partials_compress(s->more, s->n);
	if (s->n == room) {
		bool first = !s->more;
		s->cap = (uint8_t)(2 * room + 2 < MAX_PARTIALS ? 2 * room + 2 : MAX_PARTIALS);
		s->more = mem_realloc(s->more, s->cap * sizeof *s->more);
		if (first)
			memcpy(s->more, s->few, sizeof s->few);
	}
	return s->more ? s->more : s->few;
}

static void add_finite(struct exactsum *s, double d)
{
	double *p = partials_room(s);
	s->n = (uint8_t)partials_add(p, s->n, d);
}

static void add_huge(struct exactsum *s, double scaled)
{
	if (!s->huge)
		s->huge = mem_zalloc(sizeof *s->huge);
	add_finite(s->huge, scaled);
}

void exactsum_add_double(struct exactsum *s, double d)
{
	s->flags |= SEEN_DOUBLE;
	if (isnan(d))
		s->flags |= SEEN_NAN;
	else if (isinf(d))
		s->flags |= d > 0 ? SEEN_PLUS_INF : SEEN_MINUS_INF;
	else if (fabs(d) >= HUGE_FROM)
		add_huge(s, d * 0x1p-64);
	else
		add_finite(s, d);
}

static const double *partials_of(const struct exactsum *s)
{
	return s->more ? s->more : s->few;
}

void exactsum_merge(struct exactsum *into, const struct exactsum *from)
{
	into->hi += from->hi + __builtin_add_overflow(into->lo, from->lo, &into->lo);
	into->flags |= from->flags;
	for (unsigned i = 0; i < from->n; i++)
		add_finite(into, partials_of(from)[i]);
	for (unsigned i = 0; from->huge && i < from->huge->n; i++)
		add_huge(into, partials_of(from->huge)[i]);
}

/* ---- the result ---- */

static unsigned partials_add_integer(double *p, unsigned n, __int128 i)
{
	while (i) { /* the nearest double, then what it leaves: three steps at most */
		double d = (double)i;
		n = partials_add(p, n, d);
		i -= (__int128)d;
	}
	return n;
}

/* Times 2 to the -64; what is lost of the smallest still says to which side of a tie the sum lies. */
static double scale_down(double d)
{
	double scaled = d * 0x1p-64;
	return scaled == 0 ? copysign(DBL_TRUE_MIN, d) : scaled;
}

/* The sum, divided by *unit, a power of two that keeps it in range. */
static double sum_of_all(const struct exactsum *s, __int128 integers, double *unit)
{
	double p[MAX_PARTIALS + 8], all[2 * MAX_PARTIALS + 8];
	memcpy(p, partials_of(s), s->n * sizeof *p);
	unsigned n = partials_add_integer(p, s->n, integers);
	*unit = 1;
	if (!s->huge || s->huge->n == 0)
		return partials_round(p, n);
	*unit = 0x1p64;
	unsigned nall = s->huge->n;
	memcpy(all, partials_of(s->huge), nall * sizeof *all);
	for (unsigned i = 0; i < n; i++)
		nall = partials_add(all, nall, scale_down(p[i]));
	return partials_round(all, nall);
}

static __int128 integers_of(const struct exactsum *s)
{
	return (__int128)((unsigned __int128)(uint64_t)s->hi << 64 | s->lo);
}

struct num exactsum_value(const struct exactsum *s)
{
	__int128 integers = integers_of(s);
	unsigned infinite = s->flags & (SEEN_PLUS_INF | SEEN_MINUS_INF);
	if (s->flags & SEEN_NAN || infinite == (SEEN_PLUS_INF | SEEN_MINUS_INF))
		return num_dbl(NAN);
	if (infinite)
		return num_dbl(infinite == SEEN_PLUS_INF ? INFINITY : -INFINITY);
	if (s->flags & SEEN_DOUBLE) {
		double unit, sum = sum_of_all(s, integers, &unit);
		return num_dbl(sum * unit);
	}
	if (integers == (int64_t)integers)
		return num_int((int64_t)integers);
	return num_dbl((double)integers);
}

struct num exactsum_mean(const struct exactsum *s, uint64_t n)
{
	struct num sum = exactsum_value(s);
	bool too_large = !sum.is_int && isinf(sum.d) && !(s->flags & (SEEN_PLUS_INF | SEEN_MINUS_INF));
	if (too_large) {
		double unit, part = sum_of_all(s, integers_of(s), &unit) / (double)n;
		return num_dbl(part * unit);
	}
	return num_div(sum, num_int((int64_t)n));
}
