/* Percentiles: see sketch.h. */
#include "config.h"

#include "data/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A little less than SKETCH_ERROR, which leaves room for rounding results to DIGITS digits. */
#define BIN_ERROR 0.0099
#define DIGITS 5
#define FEW_UNSORTED 16u

/* Bin i of a sign counts values of magnitude in (g^(i-1), g^i], with g = (1 + e) / (1 - e): 2 g^i / (g + 1) is within e of
 * all of them. */
struct bins {
	int32_t first; /* count[0] is bin `first` */
	uint32_t n;
	uint64_t *count;
};

struct sketch_bins {
	struct bins below, above; /* 0 */
	uint64_t zero, minus_inf, plus_inf, nan;
	double min, max;          /* of all but NaN */
};

void sketch_release(struct sketch *s)
{
	if (s->bins) {
		free(s->bins->below.count);
		free(s->bins->above.count);
	}
	free(s->bins);
	free(s->values);
	*s = (struct sketch){0};
}

/* ---- bins ---- */

static double log_growth(void)
{
	return log((1 + BIN_ERROR) / (1 - BIN_ERROR));
}

static int32_t bin_of(double magnitude)
{
	return (int32_t)ceil(log(magnitude) / log_growth());
}

/* The middle of the bin, to a few digits. */
static double bin_value(int32_t bin)
{
	char text[32];
	double g = (1 + BIN_ERROR) / (1 - BIN_ERROR);
	snprintf(text, sizeof text, "%.*g", DIGITS, exp(bin * log_growth() - log((g + 1) / 2))); /* in range, as values are */
	return strtod(text, NULL);
}

/* Room for bin, with some to spare on its side. */
static void bins_reach(struct bins *b, int32_t bin)
{
	int32_t first = b->n ? b->first : bin, end = b->n ? b->first + (int32_t)b->n : bin;
	int32_t spare = (int32_t)(b->n / 2 + 16);
	if (bin < first || b->n == 0)
		first = bin - spare;
	if (bin >= end)
		end = bin + 1 + spare;
	uint64_t *count = mem_zalloc((size_t)(end - first) * sizeof *count);
	if (b->n)
		memcpy(count + (b->first - first), b->count, b->n * sizeof *count);
	free(b->count);
	*b = (struct bins){.first = first, .n = (uint32_t)(end - first), .count = count};
}

static void bins_add(struct bins *b, int32_t bin, uint64_t n)
{
	if (b->n == 0 || bin < b->first || bin - b->first >= (int32_t)b->n)
		bins_reach(b, bin);
	b->count[bin - b->first] += n;
}

static void bins_merge(struct bins *into, const struct bins *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		if (from->count[i])
			bins_add(into, from->first + (int32_t)i, from->count[i]);
}

static void count_value(struct sketch_bins *b, double d)
{
	if (isnan(d)) {
		b->nan++;
		return;
	}
	if (d < b->min)
		b->min = d;
	if (d > b->max)
		b->max = d;
	if (isinf(d))
		++*(d < 0 ? &b->minus_inf : &b->plus_inf);
	else if (d == 0)
		b->zero++;
	else
		bins_add(d < 0 ? &b->below : &b->above, bin_of(fabs(d)), 1);
}

static void use_bins(struct sketch *s)
{
	if (s->bins)
		return;
	s->bins = mem_zalloc(sizeof *s->bins);
	s->bins->min = INFINITY;
	s->bins->max = -INFINITY;
	for (uint64_t i = 0; i < s->n; i++)
		count_value(s->bins, s->values[i]);
	free(s->values);
	s->values = NULL;
	s->cap = s->sorted = 0;
}

/* ---- adding ---- */

void sketch_add(struct sketch *s, double d)
{
	if (s->n >= SKETCH_EXACT)
		use_bins(s);
	if (s->bins) {
		count_value(s->bins, d);
	} else {
		if (s->n == s->cap) {
			s->cap = s->cap ? 2 * s->cap : 8;
			s->values = mem_realloc(s->values, s->cap * sizeof *s->values);
		}
		s->values[s->n] = d + 0.0; /* no -0 */
	}
	s->n++;
}

void sketch_merge(struct sketch *into, const struct sketch *from)
{
	if (!from->bins) {
		for (uint64_t i = 0; i < from->n; i++)
			sketch_add(into, from->values[i]);
		return;
	}
	use_bins(into);
	struct sketch_bins *a = into->bins, *b = from->bins;
	bins_merge(&a->below, &b->below);
	bins_merge(&a->above, &b->above);
	a->zero += b->zero;
	a->minus_inf += b->minus_inf;
	a->plus_inf += b->plus_inf;
	a->nan += b->nan;
	a->min = fmin(a->min, b->min);
	a->max = fmax(a->max, b->max);
	into->n += from->n;
}

/* ---- asking ---- */

static int cmp_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return (x > y) - (x < y);
}

/* A few values that came since the last time are put in one by one: so asking after each event stays cheap. */
static void sort_values(struct sketch *s)
{
	if (s->n - s->sorted > FEW_UNSORTED)
		qsort(s->values, s->n, sizeof *s->values, cmp_doubles);
	else
		for (; s->sorted < s->n; s->sorted++) {
			double d = s->values[s->sorted];
			uint32_t at = s->sorted;
			for (; at > 0 && cmp_doubles(&s->values[at - 1], &d) > 0; at--)
				s->values[at] = s->values[at - 1];
			s->values[at] = d;
		}
	s->sorted = (uint32_t)s->n;
}

/* Goes past `count` values on the way to the one of rank *left; false where it is among them. */
static bool passed(uint64_t *left, uint64_t count)
{
	if (*left <= count)
		return false;
	*left -= count;
	return true;
}

static double bins_at_rank(const struct sketch_bins *b, uint64_t rank)
{
	if (!passed(&rank, b->minus_inf))
		return -INFINITY;
	for (uint32_t i = b->below.n; i-- > 0;)
		if (!passed(&rank, b->below.count[i]))
			return -bin_value(b->below.first + (int32_t)i);
	if (!passed(&rank, b->zero))
		return 0;
	for (uint32_t i = 0; i < b->above.n; i++)
		if (!passed(&rank, b->above.count[i]))
			return bin_value(b->above.first + (int32_t)i);
	return rank <= b->plus_inf ? INFINITY : NAN;
}

struct num sketch_percentile(struct sketch *s, uint32_t share)
{
	uint64_t rank = (uint64_t)(((unsigned __int128)s->n * share + SKETCH_WHOLE - 1) / SKETCH_WHOLE);
	double d;
	if (rank == 0)
		rank = 1;
	if (s->bins) {
		d = bins_at_rank(s->bins, rank);
		if (!isnan(d))
			d = fmin(fmax(d, s->bins->min), s->bins->max);
	} else {
		sort_values(s);
		d = s->values[rank - 1];
	}
	if (d >= -0x1p63 && d < 0x1p63 && d == floor(d))
		return num_int((int64_t)d);
	return num_dbl(d);
}
