/* Unit tests of base/num: reading against strtod and a plain grammar, writing against printf, order and arithmetic
 * at the edges of 64 bits. */
#include "config.h"
#include "unit.h"

#include <ctype.h>
#include <math.h>

#include "base/num.h"

#define ROUNDS 200000

static uint64_t seed = 0x853c49e6748fea9bULL;

/* [+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? as written: the length of the longest, 0 for none. */
static size_t plain_length(const char *p, bool *is_int)
{
	const char *q = p, *digits;
	size_t whole;

	*is_int = true;
	if (*q == '+' || *q == '-')
		q++;
	for (digits = q; isdigit((unsigned char)*q); q++)
		;
	whole = (size_t)(q - digits);
	if (*q == '.' && (whole || isdigit((unsigned char)q[1]))) {
		*is_int = false;
		for (q++; isdigit((unsigned char)*q); q++)
			;
	} else if (!whole) {
		return 0;
	}
	digits = q + 1 + (*q && (q[1] == '+' || q[1] == '-'));
	if ((*q == 'e' || *q == 'E') && isdigit((unsigned char)*digits)) {
		*is_int = false;
		for (q = digits; isdigit((unsigned char)*q); q++)
			;
	}
	return (size_t)(q - p);
}

static bool same_double(double a, double b)
{
	return a == b && !signbit(a) == !signbit(b);
}

/* text against the grammar and strtod, as a whole and as a prefix. */
static void check_text(const char *text)
{
	const char *p = text + strspn(text, " \t");
	char copy[128], *exact = malloc(strlen(text) + 1);
	struct num got = num_int(77), prefix = num_int(77);
	bool is_int, whole;
	size_t len = plain_length(p, &is_int);

	memcpy(exact, text, strlen(text)); /* no NUL behind it: reading on is an error that a sanitizer sees */
	exact = realloc(exact, strlen(text) ? strlen(text) : 1);
	whole = len && p[len + strspn(p + len, " \t")] == '\0';
	snprintf(copy, sizeof(copy), "%.*s", (int)len, p);
	CHECK_MSG(num_parse(slice_make(exact, strlen(text)), &got) == whole, "num_parse(\"%s\")", text);
	CHECK_MSG(num_prefix(slice_make(exact, strlen(text)), &prefix) == (len > 0), "num_prefix(\"%s\")", text);
	if (len && prefix.is_int)
		CHECK_MSG(is_int && prefix.i == strtoll(copy, NULL, 10), "integer of \"%s\"", text);
	else if (len)
		CHECK_MSG(same_double(prefix.d, strtod(copy, NULL)), "double of \"%s\"", text);
	else
		CHECK_MSG(prefix.is_int && prefix.i == 77, "\"%s\" left its result alone", text);
	if (whole)
		CHECK_MSG(got.is_int == prefix.is_int && got.i == prefix.i, "whole and prefix of \"%s\"", text);
	free(exact);
}

static void test_parse(void)
{
	static const char *const texts[] = {
		"", " ", "0", "-0", "+7", "  12\t", "1 2", "1.", ".5", ".", "-.", "-.5", "+", "1e5", "1e", "1e+", "1E-3", "e5", "1.e2", "0x10",
		"inf", "nan", "1_000", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"99999999999999999999", "000000000000000000000012", "0.1", "0.30000000000000004", "123456789012345678", "1e22", "1e23", "1e-22",
		"9007199254740993", "9007199254740993.0", "9007199254740992.5", "1e400", "-1e400", "1e-400", "4.9e-324",
		"2.2250738585072014e-308",
		"179769313486231570000", "1.7976931348623157e308", "1.7976931348623159e308", "0e999999999999999999", "1e99999999999999999999",
		"1e-99999999999999999999", "0.000000000000000000000000000000001e33", "- 1", "--1", "1-", "\n1", "1\n", "1..2", "1.2.3", "5e5e5",
	};

	UNIT("numbers of every shape are read as the grammar and strtod read them") {
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			check_text(texts[i]);
	}
	UNIT("random text is read as the grammar and strtod read it") {
		for (int i = 0; i < ROUNDS; i++) {
			static const char bytes[] = "0123456789012345678900..eE+- ";
			char text[48];
			size_t len = unit_below(&seed, sizeof(text));

			for (size_t k = 0; k < len; k++)
				text[k] = bytes[unit_below(&seed, unit_below(&seed, 3) ? 20 : sizeof(bytes) - 1)];
			text[len] = '\0';
			check_text(text);
		}
	}
	UNIT("integers are integers up to 64 bits") {
		struct num a;

		CHECK(num_parse(slice_str("9223372036854775807"), &a) && a.is_int && a.i == INT64_MAX);
		CHECK(num_parse(slice_str("-9223372036854775808"), &a) && a.is_int && a.i == INT64_MIN);
		CHECK(num_parse(slice_str("9223372036854775808"), &a) && !a.is_int && a.d == 0x1p63);
		CHECK(num_parse(slice_str("1.0"), &a) && !a.is_int);
		CHECK(num_parse(slice_str("1e0"), &a) && !a.is_int);
	}
	UNIT("no text is no number") {
		struct num a;

		CHECK(!num_parse((struct slice){0}, &a));
		CHECK(!num_prefix((struct slice){0}, &a));
	}
	UNIT("a number longer than any buffer") {
		char *text = malloc(200001);
		struct num a;

		memset(text, '0', 200000);
		memcpy(text, "0.", 2);
		memcpy(text + 120000, "25e119999", 9);
		CHECK(num_parse(slice_make(text, 120009), &a) && a.d == 2.5);
		CHECK(num_parse(slice_make(text, 120000), &a) && a.d == 0);
		text[0] = '3';
		CHECK(num_parse(slice_make(text, 120002), &a) && a.d == 3);
		memset(text, '9', 200000);
		CHECK(num_parse(slice_make(text, 200000), &a) && isinf(a.d));
		free(text);
	}
}

static void check_format(struct num a, const char *want)
{
	char buf[NUM_TEXT_MAX + 1];
	unsigned len;

	memset(buf, '#', sizeof(buf));
	len = num_format(a, buf);
	CHECK(buf[NUM_TEXT_MAX] == '#');
	CHECK_SLICE(slice_make(buf, len), want);
}

static void check_double(double d)
{
	char want[64];

	snprintf(want, sizeof(want), fabs(d) < 0x1p63 && d == trunc(d) ? "%.0f" : "%.15g", d);
	check_format(num_dbl(d), strcmp(want, "-0") == 0 ? "0" : want);
}

static void test_format(void)
{
	UNIT("integers in decimal") {
		for (int i = 0; i < ROUNDS; i++) {
			int64_t n = (int64_t)unit_random(&seed) >> unit_below(&seed, 64);
			char want[32];

			snprintf(want, sizeof(want), "%" PRId64, n);
			check_format(num_int(n), want);
		}
		check_format(num_int(INT64_MIN), "-9223372036854775808");
		check_format(num_int(INT64_MAX), "9223372036854775807");
	}
	UNIT("doubles as %.15g, in full where integral") {
		static const double corners[] = {0, 1, 1e14, 999999999999999.0, 1e15, 1e16, 1.5, 0.1, 1e-4,
						 9.99999e-5, 1e-5, 1.0 / 3, 2.0 / 3, 1e8 - 0.5, 99999999.999999,
						 1e300, 5e-324, 0.000123, 1e7 / 3, 12345.678901, 0x1p53, 1e18, 1e19, 1e15 + 0.5};

		for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++) {
			check_double(corners[i]);
			check_double(-corners[i]);
		}
		check_format(num_dbl(-0.0), "0");
		check_format(num_dbl(NAN), "nan");
		check_format(num_dbl(-NAN), "nan");
		check_format(num_dbl(INFINITY), "inf");
		check_format(num_dbl(-INFINITY), "-inf");
		check_format(num_dbl(2.5), "2.5");
		check_format(num_dbl(1.7e15), "1700000000000000");
		check_format(num_dbl(9007199254740993.0), "9007199254740992");
		check_format(num_dbl(0x1p62), "4611686018427387904");
		check_format(num_dbl(-0x1p62), "-4611686018427387904");
		check_format(num_dbl(0x1p63), "9.22337203685478e+18");
		check_format(num_dbl(nextafter(0x1p63, 0)), "9223372036854774784");
	}
	UNIT("random doubles, of any bits and of few digits") {
		for (int i = 0; i < ROUNDS; i++) {
			uint64_t bits = unit_random(&seed);
			double d, scale = pow(10, (double)unit_below(&seed, 12));

			memcpy(&d, &bits, sizeof(d));
			if (isfinite(d))
				check_double(d);
			d = (double)((int64_t)unit_random(&seed) >> (10 + unit_below(&seed, 50))) / scale;
			check_double(d);
			check_double(nextafter(d, INFINITY));
		}
	}
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void check_order(struct num a, struct num b, int want)
{
	CHECK_INT(sign(num_cmp(a, b)), want);
	CHECK_INT(sign(num_cmp(b, a)), -want);
}

static void test_order(void)
{
	UNIT("integers and doubles compare exactly") {
		check_order(num_int(1), num_int(2), -1);
		check_order(num_int(2), num_dbl(2.0), 0);
		check_order(num_int(2), num_dbl(2.5), -1);
		check_order(num_int(-2), num_dbl(-2.5), 1);
		check_order(num_int(0), num_dbl(-0.0), 0);
		check_order(num_int(9007199254740993), num_dbl(9007199254740992.0), 1);
		check_order(num_int(INT64_MAX), num_dbl(0x1p63), -1);
		check_order(num_int(INT64_MIN), num_dbl(-0x1p63), 0);
		check_order(num_int(INT64_MIN), num_dbl(-0x1.0000000000001p63), 1);
		check_order(num_int(INT64_MAX), num_dbl(INFINITY), -1);
		check_order(num_int(INT64_MIN), num_dbl(-INFINITY), 1);
	}
	UNIT("nan is behind all else") {
		check_order(num_dbl(NAN), num_dbl(INFINITY), 1);
		check_order(num_dbl(NAN), num_int(INT64_MAX), 1);
		check_order(num_dbl(NAN), num_dbl(NAN), 0);
	}
	UNIT("decimals are rounded as they are written, half away from zero") {
		for (int i = 0; i < ROUNDS; i++) {
			int scale = (int)unit_below(&seed, 15), places = (int)unit_below(&seed, (uint64_t)scale + 1);
			int64_t all = (int64_t)(unit_random(&seed) % 1000000000000000) >> unit_below(&seed, 48), step = 1;
			char text[64];
			struct num n, wanted, got;

			if (unit_below(&seed, 2))
				all -= all % 10 - 5; /* halves, often */
			for (int k = places; k < scale; k++)
				step *= 10;
			for (int sign = -1; sign <= 1; sign += 2) {
				snprintf(text, sizeof(text), "%s%llde-%d", sign < 0 ? "-" : "", (long long)all, scale);
				num_parse(slice_str(text), &n);
				got = num_round(n, places);
				snprintf(text, sizeof(text), "%s%llde-%d", sign < 0 ? "-" : "",
					 (long long)((all + step / 2) / step), places);
				num_parse(slice_str(text), &wanted);
				CHECK_MSG(num_cmp(got, wanted) == 0, "%.17g to %d places is %s, not %.17g", num_double(n),
					  places, text, num_double(got));
			}
		}
	}

	UNIT("random integers and doubles compare as long doubles do") {
		for (int i = 0; sizeof(long double) > 8 && i < ROUNDS; i++) {
			int64_t n = (int64_t)unit_random(&seed) >> unit_below(&seed, 64);
			double d = (double)n + (double)unit_below(&seed, 5) / 2 - 1;

			check_order(num_int(n), num_dbl(d), ((long double)n > d) - ((long double)n < d));
		}
	}
}

static void check_num(struct num got, const char *want)
{
	char buf[NUM_TEXT_MAX];

	CHECK_SLICE(slice_make(buf, num_format(got, buf)), want);
}

static void test_arithmetic(void)
{
	UNIT("integers stay integers while they fit") {
		CHECK(num_add(num_int(1), num_int(2)).is_int);
		check_num(num_add(num_int(INT64_MAX), num_int(0)), "9223372036854775807");
		CHECK(!num_add(num_int(INT64_MAX), num_int(1)).is_int);
		CHECK(!num_sub(num_int(INT64_MIN), num_int(1)).is_int);
		CHECK(!num_mul(num_int(INT64_MAX), num_int(2)).is_int);
		CHECK(num_neg(num_int(INT64_MIN)).d == 0x1p63);
		check_num(num_neg(num_int(5)), "-5");
		check_num(num_sub(num_int(5), num_dbl(0.5)), "4.5");
	}
	UNIT("division is exact where it comes out even") {
		CHECK(num_div(num_int(6), num_int(3)).is_int);
		check_num(num_div(num_int(7), num_int(2)), "3.5");
		check_num(num_div(num_int(-7), num_int(2)), "-3.5");
		CHECK(num_div(num_int(INT64_MIN), num_int(-1)).d == 0x1p63);
		check_num(num_div(num_int(1), num_dbl(4)), "0.25");
	}
	UNIT("the remainder has the sign of the dividend") {
		check_num(num_mod(num_int(7), num_int(3)), "1");
		check_num(num_mod(num_int(-7), num_int(3)), "-1");
		check_num(num_mod(num_int(7), num_int(-3)), "1");
		check_num(num_mod(num_int(INT64_MIN), num_int(-1)), "0");
		check_num(num_mod(num_dbl(7.5), num_int(2)), "1.5");
	}
	UNIT("powers") {
		check_num(num_pow(num_int(2), num_int(62)), "4611686018427387904");
		CHECK(num_pow(num_int(2), num_int(63)).d == 0x1p63);
		check_num(num_pow(num_int(-2), num_int(63)), "-9223372036854775808");
		check_num(num_pow(num_int(3), num_int(0)), "1");
		check_num(num_pow(num_int(0), num_int(0)), "1");
		check_num(num_pow(num_int(-1), num_int(INT64_MAX)), "-1");
		check_num(num_pow(num_int(2), num_int(-1)), "0.5");
		check_num(num_pow(num_dbl(2), num_dbl(0.5)), "1.4142135623731");
	}
}

int main(void)
{
	test_parse();
	test_format();
	test_order();
	test_arithmetic();
	return unit_done();
}
