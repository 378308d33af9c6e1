/* Unit tests of percentiles: exact while there are few values, within the bound of error beyond, and the same whatever
 * the order of adding and merging. */
#include "config.h"
#include "unit.h"

#include <math.h>

#include "data/sketch.h"

#define MANY 50000

static const unsigned percents[] = {1, 25, 50, 75, 90, 95, 99, 100};
#define NPERCENTS (sizeof percents / sizeof *percents)

static int cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* By nearest rank, of sorted values. */
static double plain(const double *sorted, size_t n, unsigned percent)
{
	size_t rank = (n * percent + 99) / 100;
	return sorted[rank ? rank - 1 : 0];
}

static double random_value(uint64_t *seed, int kind)
{
	double u = (double)(unit_random(seed) >> 11) * 0x1p-53;
	switch (kind) {
	case 0: return floor(u * 1000);
	case 1: return u * 2 - 1;
	case 2: return exp(u * 40 - 20);
	case 3: return -exp(u * 20);
	default: return u < 0.3 ? 0 : ldexp(u, (int)unit_below(seed, 2000) - 1000) * (u < 0.6 ? -1 : 1);
	}
}

static void test_few(void)
{
	UNIT("up to 4096 values are exact")
	{
		static double d[SKETCH_EXACT];
		uint64_t seed = 3;
		for (int kind = 0; kind < 5; kind++)
			for (size_t n = 1; n <= SKETCH_EXACT; n = n * 3 < SKETCH_EXACT || n == SKETCH_EXACT ? n * 3 : SKETCH_EXACT) {
				struct sketch s = {0};
				for (size_t i = 0; i < n; i++)
					sketch_add(&s, d[i] = random_value(&seed, kind));
				qsort(d, n, sizeof *d, cmp);
				for (size_t i = 0; i < NPERCENTS; i++)
					CHECK(num_double(sketch_percentile(&s, percents[i] * (SKETCH_WHOLE / 100))) == plain(d, n, percents[i]));
				sketch_release(&s);
			}
	}
	UNIT("asking after each value gives what asking at the end gives")
	{
		struct sketch s = {0};
		double d[300];
		uint64_t seed = 5;
		for (size_t n = 0; n < 300; n++) {
			double sorted[300];
			sketch_add(&s, d[n] = random_value(&seed, 1));
			memcpy(sorted, d, sizeof d);
			qsort(sorted, n + 1, sizeof *sorted, cmp);
			CHECK(num_double(sketch_percentile(&s, 50 * (SKETCH_WHOLE / 100))) == plain(sorted, n + 1, 50));
		}
		sketch_release(&s);
	}
	UNIT("integral values are integers, NaN is largest")
	{
		struct sketch s = {0};
		sketch_add(&s, 7);
		CHECK(sketch_percentile(&s, 50 * (SKETCH_WHOLE / 100)).is_int);
		sketch_add(&s, NAN);
		sketch_add(&s, INFINITY);
		CHECK(num_double(sketch_percentile(&s, 1 * (SKETCH_WHOLE / 100))) == 7);
		CHECK(isinf(num_double(sketch_percentile(&s, 50 * (SKETCH_WHOLE / 100)))));
		CHECK(isnan(num_double(sketch_percentile(&s, 99 * (SKETCH_WHOLE / 100)))));
		sketch_release(&s);
	}
}

static void test_many(void)
{
	UNIT("beyond that the error is at most one in a hundred")
	{
		static double d[MANY];
		uint64_t seed = 8;
		for (int kind = 0; kind < 5; kind++) {
			struct sketch s = {0};
			for (size_t i = 0; i < MANY; i++)
				sketch_add(&s, d[i] = random_value(&seed, kind));
			qsort(d, MANY, sizeof *d, cmp);
			for (size_t i = 0; i < NPERCENTS; i++) {
				double want = plain(d, MANY, percents[i]);
				double got = num_double(sketch_percentile(&s, percents[i] * (SKETCH_WHOLE / 100)));
				CHECK_MSG(fabs(got - want) <= SKETCH_ERROR * fabs(want), "kind %d, p%u: %g, not %g", kind,
					  percents[i], got, want);
			}
			sketch_release(&s);
		}
	}
	UNIT("infinities and NaN count beyond it, too")
	{
		struct sketch s = {0};
		for (int i = 0; i < 10000; i++)
			sketch_add(&s, i % 10 == 0 ? -INFINITY : i % 10 == 1 ? NAN : i % 10 == 2 ? INFINITY : 5);
		CHECK(num_double(sketch_percentile(&s, 10 * (SKETCH_WHOLE / 100))) == -INFINITY);
		CHECK(fabs(num_double(sketch_percentile(&s, 50 * (SKETCH_WHOLE / 100))) - 5) <= 5 * SKETCH_ERROR);
		CHECK(num_double(sketch_percentile(&s, 90 * (SKETCH_WHOLE / 100))) == INFINITY);
		CHECK(isnan(num_double(sketch_percentile(&s, 99 * (SKETCH_WHOLE / 100)))));
		sketch_release(&s);
	}
}

/* The same n values added to parts at random, then merged in some order. */
static void merge_randomly(size_t n, int kind)
{
	struct sketch one = {0}, part[4] = {0};
	uint64_t seed = 17 + n, deal = 23 + n;
	for (size_t i = 0; i < n; i++) {
		double d = random_value(&seed, kind);
		sketch_add(&one, d);
		sketch_add(&part[unit_below(&deal, 4) * unit_below(&deal, 2)], d);
	}
	sketch_merge(&part[2], &part[3]);
	sketch_merge(&part[1], &part[0]);
	sketch_merge(&part[2], &part[1]);
	CHECK(part[2].n == n);
	for (size_t i = 0; i < NPERCENTS && n; i++) {
		double a = num_double(sketch_percentile(&one, percents[i]));
		double b = num_double(sketch_percentile(&part[2], percents[i]));
		CHECK(memcmp(&a, &b, sizeof a) == 0);
	}
	sketch_release(&one);
	for (int i = 0; i < 4; i++)
		sketch_release(&part[i]);
}

static void test_merge(void)
{
	UNIT("merging in any order gives the same, on both sides of the bound")
	{
		size_t sizes[] = {0, 1, 100, SKETCH_EXACT, SKETCH_EXACT + 1, 3 * SKETCH_EXACT, 40000};
		for (int kind = 0; kind < 5; kind++)
			for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
				merge_randomly(sizes[i], kind);
	}
}

int main(void)
{
	test_few();
	test_many();
	test_merge();
	return unit_done();
}
