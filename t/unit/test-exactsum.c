/* Unit tests of exact sums: cases with known answers, and that neither order nor grouping changes a bit. */
#include "config.h"
#include "unit.h"

#include <math.h>

#include "data/exactsum.h"

static double sum_of(const double *d, size_t n)
{
	struct exactsum s = {0};
	for (size_t i = 0; i < n; i++)
		exactsum_add(&s, num_dbl(d[i]));
	struct num r = exactsum_value(&s);
	exactsum_release(&s);
	CHECK(!r.is_int);
	return num_double(r);
}

#define SUM(...) sum_of((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void test_known(void)
{
	UNIT("sums of doubles are rounded once")
	{
		CHECK(SUM(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1) == 1.0);
		CHECK(SUM(1e100, 1.0, -1e100) == 1.0);
		CHECK(SUM(1e16, 1.0, 1e-16) == 10000000000000002.0);
		CHECK(SUM(1e16 - 2.0, 1.0 - 0x1p-53, -(1e16 - 2.0), -(1.0 - 0x1p-53)) == 0.0);
		CHECK(SUM(0x1p53, -0.5, -0x1p-54) == 0x1p53 - 1.0);
		CHECK(SUM(0x1p53, 1.0, 0x1p-100) == 0x1p53 + 2.0);
		CHECK(SUM(0x1p-1074, 0x1p-1074) == 0x1p-1073);
		CHECK(SUM(0.0, -0.0) == 0.0);
	}
	UNIT("values near the largest double do not overflow on the way")
	{
		CHECK(SUM(1e308, 1e308, -1e308) == 1e308);
		CHECK(SUM(1e308, 1e308, -1e308, -1e308, 3.5) == 3.5);
		CHECK(SUM(1e308, 1e308) == INFINITY);
		CHECK(SUM(0x1p1023, 0x1p970, 1.0) == 0x1p1023 + 0x1p971);
		CHECK(SUM(0x1p1023, 0x1p970) == 0x1p1023);
		CHECK(SUM(0x1p1023, 0x1p970, -0x1p-1074) == 0x1p1023);
	}
	UNIT("infinities and NaN are as IEEE 754 has them")
	{
		CHECK(SUM(INFINITY, 1.0) == INFINITY);
		CHECK(SUM(1.0, -INFINITY) == -INFINITY);
		CHECK(isnan(SUM(INFINITY, -INFINITY)));
		CHECK(isnan(SUM(NAN, 1.0)));
	}
	UNIT("integers are exact, and become a double only where they do not fit")
	{
		struct exactsum s = {0};
		for (int i = 0; i < 4; i++)
			exactsum_add(&s, num_int(INT64_MAX));
		CHECK(!exactsum_value(&s).is_int);
		CHECK(exactsum_value(&s).d == 0x1p65);
		for (int i = 0; i < 3; i++)
			exactsum_add(&s, num_int(-INT64_MAX));
		CHECK(exactsum_value(&s).is_int);
		CHECK_INT(exactsum_value(&s).i, INT64_MAX);
		exactsum_add(&s, num_int(INT64_MIN));
		CHECK_INT(exactsum_value(&s).i, -1);
		exactsum_add(&s, num_dbl(0.5));
		CHECK(exactsum_value(&s).d == -0.5);
		exactsum_add(&s, num_int(9007199254740993));
		exactsum_add(&s, num_dbl(-9007199254740992.0));
		CHECK(exactsum_value(&s).d == 0.5);
		exactsum_release(&s);
	}
}

static double random_double(uint64_t *seed, int spread)
{
	double m = (double)(int64_t)unit_random(seed);
	return ldexp(m, (int)unit_below(seed, (size_t)(2 * spread + 1)) - spread - 63);
}

static void shuffle(uint64_t *seed, double *d, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = unit_below(seed, i);
		double t = d[i - 1];
		d[i - 1] = d[k];
		d[k] = t;
	}
}

/* The sum of d in three parts of random sizes, merged. */
static double sum_in_parts(uint64_t *seed, const double *d, size_t n)
{
	struct exactsum s[3] = {0};
	for (size_t i = 0; i < n; i++)
		exactsum_add(&s[unit_below(seed, 3)], num_dbl(d[i]));
	exactsum_merge(&s[1], &s[2]);
	exactsum_merge(&s[0], &s[1]);
	struct num r = exactsum_value(&s[0]);
	for (int i = 0; i < 3; i++)
		exactsum_release(&s[i]);
	return num_double(r);
}

static void test_order(void)
{
	UNIT("neither order nor grouping changes the sum by a bit")
	{
		static double d[1000];
		uint64_t seed = 4711;
		int spreads[] = {3, 60, 300, 1020};
		for (size_t round = 0; round < 200; round++) {
			size_t n = 1 + unit_below(&seed, 1000);
			int spread = spreads[round % 4];
			for (size_t i = 0; i < n; i++)
				d[i] = random_double(&seed, spread);
			double first = sum_of(d, n);
			shuffle(&seed, d, n);
			double second = sum_of(d, n), third = sum_in_parts(&seed, d, n);
			CHECK(memcmp(&first, &second, sizeof first) == 0);
			CHECK(memcmp(&first, &third, sizeof first) == 0);
		}
	}
	UNIT("sums of what 80 bits can hold are what long double gives")
	{
		uint64_t seed = 815;
		for (int round = 0; round < 20000; round++) {
			double a = ldexp((double)(int32_t)unit_random(&seed), (int)unit_below(&seed, 30));
			double b = ldexp((double)(int32_t)unit_random(&seed), (int)unit_below(&seed, 30));
			long double sum = (long double)a + b; /* 62 bits at most: exact */
			CHECK(SUM(a, b) == (double)sum);
		}
	}
}

int main(void)
{
	test_known();
	test_order();
	return unit_done();
}
