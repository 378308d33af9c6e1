/* Reading numbers beside strtod and strtoll, on texts of the bytes for which their grammar is ours; and what is written
 * is read as the same number. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "fuzz.h"

static bool same_double(double a, double b)
{
	return a == b && !signbit(a) == !signbit(b);
}

/* text is of digits, signs, points, e and blanks. */
static void check_read(struct slice text, const char *terminated)
{
	char *end, *int_end;
	struct num whole, prefix;
	double d = strtod(terminated, &end);
	errno = 0;
	long long i = strtoll(terminated, &int_end, 10);
	bool is_int = end == int_end && errno == 0;
	bool found = num_prefix(text, &prefix);
	FUZZ_CHECK(found == (end != terminated));
	FUZZ_CHECK(num_parse(text, &whole) == (found && end[strspn(end, " \t")] == '\0'));
	if (!found)
		return;
	FUZZ_CHECK(prefix.is_int == is_int);
	FUZZ_CHECK(is_int ? prefix.i == i : same_double(prefix.d, d));
	if (end[strspn(end, " \t")] == '\0')
		FUZZ_CHECK(whole.is_int == is_int && whole.i == prefix.i);
}

/* Integers come back as they were, other numbers as near as %.15g is. */
static void check_written(struct num n)
{
	char buf[NUM_TEXT_MAX];
	struct num back;
	unsigned len = num_format(n, buf);
	FUZZ_CHECK(len <= NUM_TEXT_MAX);
	if (!n.is_int && !isfinite(n.d))
		return;
	FUZZ_CHECK(num_parse(slice_make(buf, len), &back));
	if (n.is_int)
		FUZZ_CHECK(back.is_int && back.i == n.i);
	else
		FUZZ_CHECK(fabs(num_double(back) - n.d) <= fabs(n.d) * 1e-14 || isinf(num_double(back)) || fabs(n.d) < 1e-300);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Whole numbers where 64 bits hold the result, else what doubles give. */
static void check_arithmetic(int64_t x, int64_t y)
{
	struct num a = num_int(x), b = num_int(y);
	struct num sum = num_add(a, b), product = num_mul(a, b);
	int64_t exact;
	FUZZ_CHECK(sum.is_int == !__builtin_add_overflow(x, y, &exact));
	FUZZ_CHECK(sum.is_int ? sum.i == exact : sum.d == (double)x + (double)y);
	FUZZ_CHECK(product.is_int == !__builtin_mul_overflow(x, y, &exact));
	FUZZ_CHECK(product.is_int ? product.i == exact : product.d == (double)x * (double)y);
	FUZZ_CHECK(sign(num_cmp(a, b)) == (x > y) - (x < y));
	check_written(num_sub(a, b));
	check_written(num_neg(a));
	if (y) {
		struct num rest = num_mod(a, b);
		FUZZ_CHECK(rest.is_int && rest.i == (y == -1 ? 0 : x % y));
		check_written(num_div(a, b));
		check_written(num_pow(a, b));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t bits[2] = {0};
	double d;
	memcpy(bits, data, size < sizeof bits ? size : sizeof bits);
	check_arithmetic(bits[0], bits[1]);
	check_arithmetic(bits[0], (int8_t)bits[1]);
	memcpy(&d, bits, sizeof d);
	check_written(num_dbl(d));
	FUZZ_CHECK(sign(num_cmp(num_int(bits[1]), num_dbl(d))) == -sign(num_cmp(num_dbl(d), num_int(bits[1]))));

	char *terminated = malloc(size + 1);
	memcpy(terminated, data, size);
	terminated[size] = '\0';
	if (strspn(terminated, "0123456789.eE+- \t") == size)
		check_read(slice_make((const char *)data, size), terminated);
	free(terminated);
	return 0;
}
