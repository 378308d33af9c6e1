/* Other ways to write numbers and text.
 *
 *	hex(n) bin(n)          a whole number to the base 16 and 2, without prefix; the sign stays a sign
 *	human(n)               1.5Ki, as numfmt --to=iec-i has it: at most four characters and the unit, rounded away from zero
 *	bytes(s)               the reverse: K M G T P E are powers of 1000, Ki Mi ... of 1024, a B may follow, case is free
 *	commas(n)              1,234,567.5
 *	natural(s)             a text that sorts as s does when its runs of digits are numbers; it is never a number itself
 *	rev(s)                 the characters from the last to the first; a byte that is no part of one counts as one
 *	repeat(s, n)           n times; none where n < 1
 *	pad(s, n[, fill])      n characters at least: filled at the end, for n < 0 at the beginning
 *	stem(path) ext(path)   basename without and with only what follows its last dot; a dot at its beginning is none */
#include "config.h"

#include "lang/expr/notation.h"

#include <math.h>
#include <stdio.h>

#include "lang/expr/text.h"
#include "base/utf8.h"

/* ---- numbers ---- */

static bool whole_in_base(const struct func_call *c, unsigned bits, struct value *out)
{
	char text[65], *p = text + sizeof text;
	struct num n;
	uint64_t left;
	int64_t i;

	if (!func_number(c, 0, &n))
		return false;
	if (!n.is_int && !(n.d >= -0x1p63 && n.d < 0x1p63))
		return eval_fail(c->ev, "the number is too large");
	i = n.is_int ? n.i : (int64_t)n.d;
	left = i < 0 ? -(uint64_t)i : (uint64_t)i;
	do {
		*--p = "0123456789abcdef"[left & ((1u << bits) - 1)];
		left >>= bits;
	} while (left);
	if (i < 0)
		*--p = '-';
	i = text + sizeof text - p;
	value_set_data(out, memcpy(eval_bytes(c->ev, (size_t)i), p, (size_t)i), (size_t)i);
	return true;
}

bool notation_hex(const struct func_call *c, struct value *out)
{
	return whole_in_base(c, 4, out);
}

bool notation_bin(const struct func_call *c, struct value *out)
{
	return whole_in_base(c, 1, out);
}

static const char units[] = "KMGTPEZYRQ";

static long double away_from_zero(long double x)
{
	return x < 0 ? floorl(x) : ceill(x);
}

bool notation_human(const struct func_call *c, struct value *out)
{
	char *text = eval_bytes(c->ev, 64);
	struct num n;
	long double x;
	int unit = 0, len;

	if (!func_number(c, 0, &n))
		return false;
	x = n.is_int ? (long double)n.i : (long double)n.d;
	if (!isfinite(x))
		return eval_fail(c->ev, "the number is too large");
	for (; fabsl(x) >= 1024 && units[unit]; unit++)
		x /= 1024;
	x = fabsl(x) < 10 && unit ? away_from_zero(x * 10) / 10 : away_from_zero(x);
	if (fabsl(x) >= 1024 && units[unit]) {
		x /= 1024;
		unit++;
	}
	len = snprintf(text, 64, "%.*Lf", fabsl(x) < 10 && unit, x);
	if (len >= 60)
		return eval_fail(c->ev, "the number is too large");
	if (unit) {
		text[len++] = units[unit - 1];
		text[len++] = 'i';
	}
	value_set_data(out, text, (size_t)len);
	return true;
}

static char upper_letter(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What a number with this after it is multiplied by; 0: that is no unit. */
static double unit_factor(const char *p, const char *end)
{
	const char *at;
	double base = 1000, factor = 1;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p < end && (at = memchr(units, upper_letter(*p), sizeof units - 1))) {
		p++;
		if (p < end && upper_letter(*p) == 'I') {
			base = 1024;
			p++;
		}
		for (; at >= units; at--)
			factor *= base;
	}
	if (p < end && upper_letter(*p) == 'B')
		p++;
	return p == end ? factor : 0;
}

/* Where the number at the beginning of the text ends: digits, a point, an exponent only where digits follow the e. */
static const char *number_end(const char *p, const char *end)
{
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	while (p < end && ((*p >= '0' && *p <= '9') || *p == '.'))
		p++;
	return p;
}

static struct slice trimmed(struct slice s)
{
	while (s.len && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice_make(s.p + 1, s.len - 1);
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s = slice_make(s.p, s.len - 1);
	return s;
}

bool notation_bytes(const struct func_call *c, struct value *out)
{
	struct slice s = trimmed(func_text(c, 0));
	const char *end = number_end(s.p, s.p + s.len);
	char quoted[QUOTE_MAX];
	double factor;
	struct num n;

	if (num_parse(s, &n)) { /* with an exponent, too */
		value_set_num(out, n);
		return true;
	}
	factor = unit_factor(end, s.p + s.len);
	if (factor == 0 || !num_parse(slice_make(s.p, (size_t)(end - s.p)), &n))
		return eval_fail(c->ev, "'%s' is not a size such as 1.5K, 20MiB or 300", value_quote(quoted, s));
	value_set_num(out, num_mul(n, factor < 0x1p62 ? num_int((int64_t)factor) : num_dbl(factor)));
	return true;
}

bool notation_commas(const struct func_call *c, struct value *out)
{
	struct slice s = trimmed(func_text(c, 0));
	struct text_out o = {.ev = c->ev};
	uint32_t i = 0, digits = 0;
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	i = s.len && (s.p[0] == '-' || s.p[0] == '+');
	while (i + digits < s.len && s.p[i + digits] >= '0' && s.p[i + digits] <= '9')
		digits++;
	text_reserve(&o, (size_t)s.len + digits / 3 + 1);
	memcpy(o.p, s.p, i);
	o.len = i;
	for (; digits; digits--) {
		o.p[o.len++] = s.p[i++];
		if (digits > 1 && digits % 3 == 1)
			o.p[o.len++] = ',';
	}
	return text_add(&o, s.p + i, s.len - i) && text_finish(&o, out);
}

/* ---- text ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A run of digits as its length and the digits: nines for each nine of the length, a digit below nine for the rest. */
static bool natural_run(struct text_out *o, const char *p, size_t len)
{
	char rest = (char)('0' + len % 9);

	if (!eval_fits(o->ev, o->len + len + len / 9 + 1))
		return false;
	text_reserve(o, len + len / 9 + 1);
	memset(o->p + o->len, '9', len / 9);
	o->len += len / 9;
	return text_add(o, &rest, 1) && text_add(o, p, len);
}

bool notation_natural(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	struct text_out o = {.ev = c->ev};
	const char *p = s.p, *end = s.p + s.len;

	if (!text_add(&o, "=", 1)) /* so that it is no number */
		return false;
	while (p < end) {
		const char *from = p;

		while (p < end && !is_digit(*p))
			p++;
		if (!text_add(&o, from, (size_t)(p - from)))
			return false;
		if (p == end)
			break;
		while (p < end && *p == '0')
			p++;
		from = p;
		while (p < end && is_digit(*p))
			p++;
		if (!natural_run(&o, from, (size_t)(p - from)))
			return false;
	}
	return text_finish(&o, out);
}

bool notation_rev(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	char *text = eval_bytes(c->ev, s.len), *to = text + s.len;
	const char *p = s.p, *end = s.p + s.len;
	uint32_t cp;

	while (p < end) {
		unsigned n = utf8_decode(p, end, &cp);

		to -= n;
		memcpy(to, p, n);
		p += n;
	}
	value_set_data(out, text, s.len);
	return true;
}

static bool add_times(struct text_out *o, struct slice s, uint64_t n)
{
	if (s.len == 0)
		return true;
	if (n > eval_text_max(o->ev) || !eval_fits(o->ev, o->len + n * s.len))
		return eval_too_long(o->ev);
	text_reserve(o, (size_t)n * s.len);
	for (; n; n--) {
		memcpy(o->p + o->len, s.p, s.len);
		o->len += s.len;
	}
	return true;
}

bool notation_repeat(const struct func_call *c, struct value *out)
{
	struct text_out o = {.ev = c->ev};
	int64_t n;

	return func_int(c, 1, &n) && add_times(&o, func_text(c, 0), n > 0 ? (uint64_t)n : 0) && text_finish(&o, out);
}

bool notation_pad(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0), fill = c->n == 3 ? func_text(c, 2) : slice_str(" ");
	struct text_out o = {.ev = c->ev};
	uint64_t width, has = utf8_count(s.p, s.p + s.len);
	int64_t n;

	if (!func_int(c, 1, &n))
		return false;
	if (utf8_count(fill.p, fill.p + fill.len) != 1)
		return eval_fail(c->ev, "pad fills with one character");
	width = n < 0 ? (uint64_t)-n : (uint64_t)n;
	width = width > has ? width - has : 0;
	return (n >= 0 || add_times(&o, fill, width)) && text_add(&o, s.p, s.len) && (n < 0 || add_times(&o, fill, width)) &&
	       text_finish(&o, out);
}

/* The last dot of a name that has something before it, or its end. */
static const char *last_dot(struct slice name)
{
	for (uint32_t i = name.len; i > 1; i--)
		if (name.p[i - 1] == '.')
			return name.p + i - 1;
	return name.p + name.len;
}

bool notation_stem(const struct func_call *c, struct value *out)
{
	if (!text_basename(c, out))
		return false;
	value_set_data(out, out->s.p, (size_t)(last_dot(out->s) - out->s.p));
	return true;
}

bool notation_ext(const struct func_call *c, struct value *out)
{
	const char *dot;

	if (!text_basename(c, out))
		return false;
	dot = last_dot(out->s);
	if (dot < out->s.p + out->s.len)
		dot++;
	value_set_data(out, dot, (size_t)(out->s.p + out->s.len - dot));
	return true;
}
