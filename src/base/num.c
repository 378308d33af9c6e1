/* Numbers and their text. Short ones are read and written here, exactly; the rest is left to strtod and printf, in
 * the C locale that the program never leaves. */
#include "config.h"
#include "base/num.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define INTEGRAL_LIMIT 0x1p63 /* doubles below it that are integral print as integers */
#define MANTISSA_DIGITS 19   /* digits that always fit 64 bits */
#define FRACTION_LIMIT 9999  /* longer fractions are left to strtod */
#define EXPONENT_LIMIT 99999 /* exponents are read up to here: enough to see that they are not small */

/* Powers of ten that a double holds exactly. */
static const double exact_power[] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};
#define EXACT_POWERS ((int)(sizeof(exact_power) / sizeof(exact_power[0])))

/* A number's text taken apart: (-1)^minus * mantissa * 10^exponent. */
struct decimal {
	const char *end;   /* behind the number */
	uint64_t mantissa; /* of the first MANTISSA_DIGITS significant digits */
	unsigned digits;   /* significant ones, perhaps more than the mantissa holds (then it is of no use) */
	int exponent;
	bool minus, is_int;
};

static bool is_digit(const char *p, const char *end)
{
	return p < end && (unsigned)(*p - '0') < 10;
}

static const char *read_digits(const char *p, const char *end, struct decimal *d)
{
	for (; is_digit(p, end); p++) {
		if (d->digits == 0 && *p == '0')
			continue;
		if (d->digits++ < MANTISSA_DIGITS)
			d->mantissa = d->mantissa * 10 + (unsigned)(*p - '0');
	}
	return p;
}

/* [eE][+-]?\d+, or nothing of it. */
static const char *read_exponent(const char *p, const char *end, struct decimal *d)
{
	const char *q = p + 1;
	bool minus = q < end && *q == '-';
	int e = 0;

	if (p == end || (*p != 'e' && *p != 'E'))
		return p;
	if (q < end && (*q == '+' || *q == '-'))
		q++;
	if (!is_digit(q, end))
		return p;
	for (; is_digit(q, end); q++)
		if (e < EXPONENT_LIMIT)
			e = e * 10 + (*q - '0');
	d->exponent += minus ? -e : e;
	d->is_int = false;
	return q;
}

/* The longest number at p. False where there is none. */
static bool read_decimal(const char *p, const char *end, struct decimal *d)
{
	const char *first, *point;

	*d = (struct decimal){.is_int = true, .minus = p < end && *p == '-'};
	if (p < end && (*p == '+' || *p == '-'))
		p++;
	first = p;
	point = p = read_digits(p, end, d);
	if (p < end && *p == '.') {
		p = read_digits(p + 1, end, d);
		if (p - first == 1)
			return false; /* a point alone */
		d->is_int = false;
		if (p - point - 1 > FRACTION_LIMIT)
			d->digits = UINT_MAX;
		else
			d->exponent = -(int)(p - point - 1);
	}
	if (p == first)
		return false;
	d->end = read_exponent(p, end, d);
	return true;
}

static bool decimal_int(const struct decimal *d, int64_t *out)
{
	uint64_t limit = (uint64_t)INT64_MAX + d->minus;

	/* 19 digits are less than 10^19, which fits unsigned: no overflow went unseen */
	if (!d->is_int || d->digits > MANTISSA_DIGITS || d->mantissa > limit)
		return false;
	*out = d->minus ? (int64_t)(0 - d->mantissa) : (int64_t)d->mantissa;
	return true;
}

/* A mantissa below 2^53 and a power of ten up to 10^22 are both exact, so that one multiplication or division
 * rounds once, correctly; but not where the processor computes in a longer format. */
static bool decimal_fast(const struct decimal *d, double *out)
{
	double m = (double)d->mantissa;

	if (FLT_EVAL_METHOD != 0 || d->digits > MANTISSA_DIGITS || d->mantissa > 1ULL << DBL_MANT_DIG)
		return false;
	if (d->exponent <= -EXACT_POWERS || d->exponent >= EXACT_POWERS)
		return false;
	m = d->exponent < 0 ? m / exact_power[-d->exponent] : m * exact_power[d->exponent];
	*out = d->minus ? -m : m;
	return true;
}

/* The text is known to be a number and nothing else: strtod only needs its NUL. */
static double slow_double(const char *p, size_t len)
{
	char small[128], *copy = len < sizeof(small) ? small : mem_alloc(len + 1);
	double value;

	memcpy(copy, p, len);
	copy[len] = '\0';
	value = strtod(copy, NULL);
	if (copy != small)
		free(copy);
	return value;
}

static struct num decimal_num(const struct decimal *d, const char *text)
{
	struct num a = {.is_int = true};

	if (decimal_int(d, &a.i))
		return a;
	a.is_int = false;
	if (!decimal_fast(d, &a.d))
		a.d = slow_double(text, (size_t)(d->end - text));
	return a;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

bool num_parse(struct slice text, struct num *out)
{
	const char *first = text.len ? text.p : "", *end = first + text.len, *p = skip_blanks(first, end);
	struct decimal d;

	if (!read_decimal(p, end, &d) || skip_blanks(d.end, end) != end)
		return false;
	*out = decimal_num(&d, p);
	return true;
}

bool num_prefix(struct slice text, struct num *out)
{
	const char *first = text.len ? text.p : "", *end = first + text.len, *p = skip_blanks(first, end);
	struct decimal d;

	if (!read_decimal(p, end, &d))
		return false;
	*out = decimal_num(&d, p);
	return true;
}

static unsigned format_int(int64_t i, char *buf)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
	unsigned len;

	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	len = (unsigned)(digits + sizeof(digits) - p);
	if (i < 0)
		*buf++ = '-';
	memcpy(buf, p, len);
	return len + (i < 0);
}

/* A double that is the nearest one to a decimal of at most 15 digits prints as that decimal with %.15g, which is
 * how 15 (DBL_DIG) is defined; so it is enough to find the decimal. Money, seconds and percentages have one. */
static unsigned format_short_fraction(double d, char *buf)
{
	double scaled = d * 1e6;
	uint64_t whole, part;
	int64_t micro;
	unsigned len;

	if (!(fabs(d) >= 1e-4 && fabs(d) < 1e8))
		return 0; /* %g goes over to an exponent, or there would be too many digits */
	micro = llrint(scaled);
	if ((double)micro / 1e6 != d)
		return 0;
	whole = (uint64_t)llabs(micro) / 1000000;
	part = (uint64_t)llabs(micro) % 1000000;
	if (micro < 0)
		*buf = '-';
	len = (micro < 0) + format_int((int64_t)whole, buf + (micro < 0));
	buf[len++] = '.';
	for (uint64_t unit = 100000; part; part %= unit, unit /= 10)
		buf[len++] = (char)('0' + part / unit);
	return len;
}

static unsigned copy_text(char *buf, const char *text)
{
	size_t len = strlen(text);

	memcpy(buf, text, len);
	return (unsigned)len;
}

unsigned num_format(struct num a, char *buf)
{
	char text[NUM_TEXT_MAX];
	unsigned len;

	if (a.is_int)
		return format_int(a.i, buf);
	if (isnan(a.d))
		return copy_text(buf, "nan");
	if (isinf(a.d))
		return copy_text(buf, a.d > 0 ? "inf" : "-inf");
	if (fabs(a.d) < INTEGRAL_LIMIT && a.d == trunc(a.d))
		return format_int((int64_t)a.d, buf);
	len = format_short_fraction(a.d, buf);
	if (len)
		return len;
	snprintf(text, sizeof(text), "%.15g", a.d);
	return copy_text(buf, text);
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_doubles(double a, double b)
{
	if (isnan(a) || isnan(b))
		return !!isnan(a) - !!isnan(b);
	return (a > b) - (a < b);
}

/* An integer may lie between two neighbouring doubles, so the double is cut to an integer, which is exact. */
static int cmp_int_double(int64_t i, double d)
{
	int64_t whole;

	if (isnan(d) || d >= 0x1p63)
		return -1;
	if (d < -0x1p63)
		return 1;
	whole = (int64_t)d;
	return i != whole ? order(i, whole) : cmp_doubles((double)whole, d);
}

int num_cmp(struct num a, struct num b)
{
	if (a.is_int)
		return b.is_int ? order(a.i, b.i) : cmp_int_double(a.i, b.d);
	return b.is_int ? -cmp_int_double(b.i, a.d) : cmp_doubles(a.d, b.d);
}

struct num num_add(struct num a, struct num b)
{
	int64_t i;

	if (a.is_int && b.is_int && !__builtin_add_overflow(a.i, b.i, &i))
		return num_int(i);
	return num_dbl(num_double(a) + num_double(b));
}

struct num num_sub(struct num a, struct num b)
{
	int64_t i;

	if (a.is_int && b.is_int && !__builtin_sub_overflow(a.i, b.i, &i))
		return num_int(i);
	return num_dbl(num_double(a) - num_double(b));
}

struct num num_mul(struct num a, struct num b)
{
	int64_t i;

	if (a.is_int && b.is_int && !__builtin_mul_overflow(a.i, b.i, &i))
		return num_int(i);
	return num_dbl(num_double(a) * num_double(b));
}

struct num num_neg(struct num a)
{
	if (a.is_int && a.i != INT64_MIN)
		return num_int(-a.i);
	return num_dbl(-num_double(a));
}

struct num num_div(struct num a, struct num b)
{
	if (a.is_int && b.is_int && b.i == -1)
		return num_neg(a); /* INT64_MIN / -1 would trap */
	if (a.is_int && b.is_int && a.i % b.i == 0)
		return num_int(a.i / b.i);
	return num_dbl(num_double(a) / num_double(b));
}

struct num num_mod(struct num a, struct num b)
{
	if (a.is_int && b.is_int)
		return num_int(b.i == -1 ? 0 : a.i % b.i);
	return num_dbl(fmod(num_double(a), num_double(b)));
}

/* By squaring. False where it does not fit. */
static bool int_pow(int64_t base, int64_t exponent, int64_t *out)
{
	int64_t power = 1;

	for (;;) {
		if (exponent & 1 && __builtin_mul_overflow(power, base, &power))
			return false;
		exponent >>= 1;
		if (!exponent)
			break;
		if (__builtin_mul_overflow(base, base, &base))
			return false;
	}
	*out = power;
	return true;
}

struct num num_pow(struct num a, struct num b)
{
	int64_t i;

	if (a.is_int && b.is_int && b.i >= 0 && int_pow(a.i, b.i, &i))
		return num_int(i);
	return num_dbl(pow(num_double(a), num_double(b)));
}

/* ---- rounding ---- */

#define SHORTEST_MIN 15 /* digits: any decimal of so many survives a double ... */
#define SHORTEST_MAX 17 /* ... and any double so many digits */
#define FAST_PLACES 6

/* A number's decimal digits: 0.DIGITS * 10^point. */
struct digits {
	char text[24];
	int n, point;
	bool minus;
};

/* n digits of d, correctly rounded. */
static void write_digits(double d, int n, struct digits *out)
{
	char text[48], *e;

	snprintf(text, sizeof(text), "%.*e", n - 1, fabs(d)); /* D.DDDe+DD */
	e = strchr(text, 'e');
	out->text[0] = text[0];
	memcpy(out->text + 1, text + 2, (size_t)n - 1);
	out->n = n;
	out->point = atoi(e + 1) + 1;
}

/* 0.DIGITSePOINT of the first n digits. */
static double read_back(const struct digits *d, int n)
{
	char text[64];
	double value;

	snprintf(text, sizeof(text), "0.%.*se%d", n, d->text, d->point);
	value = strtod(text, NULL);
	return d->minus ? -value : value;
}

static void shortest_digits(double d, struct digits *out)
{
	out->minus = d < 0;
	/* the smallest doubles have fewer digits than that */
	for (int n = fabs(d) < DBL_MIN ? 1 : SHORTEST_MIN; n <= SHORTEST_MAX; n++) {
		write_digits(d, n, out);
		if (read_back(out, n) == d)
			return;
	}
}

static void int_digits(int64_t i, struct digits *out)
{
	out->minus = i < 0;
	out->n = out->point = (int)format_int(i, out->text) - out->minus;
	if (out->minus)
		memmove(out->text, out->text + 1, (size_t)out->n);
}

/* Keeps the first n digits, 0 <= n < d->n; the first one dropped decides. */
static void round_digits(struct digits *d, int n)
{
	bool up = d->text[n] >= '5';

	d->n = n;
	if (!up)
		return;
	while (n > 0 && d->text[n - 1] == '9')
		d->text[--n] = '0';
	if (n > 0) {
		d->text[n - 1]++;
		return;
	}
	d->text[0] = '1'; /* 99 is 100 now */
	memset(d->text + 1, '0', (size_t)d->n);
	d->n++;
	d->point++;
}

static struct num digits_num(const struct digits *d)
{
	struct num a;
	char text[400]; /* 308 digits before the point, and then some */
	size_t len = 0;

	if (d->n == 0)
		return num_int(0);
	if (d->point < d->n || d->point > 19)
		return num_dbl(read_back(d, d->n));
	if (d->minus)
		text[len++] = '-';
	for (int i = 0; i < d->point; i++)
		text[len++] = i < d->n ? d->text[i] : '0';
	num_parse(slice_make(text, len), &a);
	return a;
}

/* With few places, by integers. */
static bool round_fast(double d, int64_t places, struct num *out)
{
	int64_t micro, unit = 1, rest;

	if (places < 0 || places > FAST_PLACES || !(fabs(d) < 1e8))
		return false;
	micro = llrint(d * 1e6);
	if ((double)micro / 1e6 != d)
		return false; /* more digits than these */
	for (int64_t i = places; i < FAST_PLACES; i++)
		unit *= 10;
	rest = micro % unit;
	micro -= rest;
	if (2 * llabs(rest) >= unit)
		micro += rest < 0 ? -unit : unit;
	*out = micro % 1000000 ? num_dbl((double)micro / 1e6) : num_int(micro / 1000000);
	return true;
}

struct num num_round(struct num a, int64_t places)
{
	struct digits d;
	struct num fast;

	if (a.is_int ? places >= 0 : !isfinite(a.d) || a.d == 0)
		return a;
	if (!a.is_int && round_fast(a.d, places, &fast))
		return fast;
	if (a.is_int)
		int_digits(a.i, &d);
	else
		shortest_digits(a.d, &d);
	if (places >= d.n - d.point)
		return a;
	if (places < -d.point)
		return num_int(0);
	round_digits(&d, (int)(d.point + places));
	return digits_num(&d);
}
