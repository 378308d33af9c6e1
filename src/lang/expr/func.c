/* The table of functions, and those that work on numbers or ask the world (the time, the environment). What works on
 * text is in text.c, on characters in chars.c, sprintf in format.c, other ways to write in notation.c, digests, encodings
 * and addresses in coding.c.
 *
 * Conventions: a function takes text or numbers and turns one into the other; text that is no number fails the event
 * where a number is needed, the empty string too. What a function makes of text counts as data, so that
 * `substr($4, 14, 2) >= 10` compares numbers.
 *
 *	num(s)            the number that s begins with; none fails the event, unless num(s, default) names what to take
 *	int(x)            towards zero; float(x) the same number as a double; round(x[, digits]) half away from zero
 *	floor(x) ceil(x)  down and up to a whole number
 *	sqrt log exp      log is the natural one; what has no result fails the event
 *	trunc(t, step)    the last multiple of step that is not after t
 *	min max           two arguments or more, in the order of ranking; the first of equals. Of a range empty fields are skipped
 *	strftime(f[, t])  local time (TZ) of t, or of now: seconds, rounded down
 *	env(name)         the empty string where it is not set */
#include "config.h"

#include "lang/expr/func.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "lang/expr/chars.h"
#include "lang/expr/coding.h"
#include "lang/expr/format.h"
#include "lang/expr/list.h"
#include "lang/expr/notation.h"
#include "lang/expr/text.h"

#define INT_HELD ((int64_t)1 << 62)
#define STRFTIME_MAX ((size_t)1 << 20) /* bytes of the longest result */

bool func_int(const struct func_call *c, int i, int64_t *out)
{
	struct num n;

	if (!func_number(c, i, &n))
		return false;
	if (num_double(n) >= (double)INT_HELD)
		*out = INT_HELD;
	else if (num_double(n) <= -(double)INT_HELD)
		*out = -INT_HELD;
	else if (n.is_int)
		*out = n.i;
	else
		*out = isnan(n.d) ? 0 : (int64_t)n.d;
	return true;
}

/* ---- numbers ---- */

/* A double without fraction as an integer where it is one that fits. */
static struct num num_whole(double d)
{
	return d >= -0x1p63 && d < 0x1p63 ? num_int((int64_t)d) : num_dbl(d);
}

static bool func_num(const struct func_call *c, struct value *out)
{
	char quoted[QUOTE_MAX];
	struct num n;

	if (c->args[0].kind == VALUE_NUM) {
		*out = c->args[0];
	} else if (slice_number(c->args[0].s, &n) || num_prefix(c->args[0].s, &n)) {
		value_set_num(out, n);
	} else if (c->n == 2) {
		*out = c->args[1];
	} else {
		return eval_fail(c->ev, "'%s' does not begin with a number", value_quote(quoted, c->args[0].s));
	}
	return true;
}

static bool func_truncate(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	value_set_num(out, n.is_int ? n : num_whole(trunc(n.d)));
	return true;
}

static bool func_float(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	value_set_num(out, num_dbl(num_double(n)));
	return true;
}

static bool func_abs(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	value_set_num(out, n.is_int ? (n.i < 0 ? num_neg(n) : n) : num_dbl(fabs(n.d)));
	return true;
}

static bool func_round(const struct func_call *c, struct value *out)
{
	int64_t digits = 0;
	struct num n;

	if (!func_number(c, 0, &n) || (c->n == 2 && !func_int(c, 1, &digits)))
		return false;
	value_set_num(out, num_round(n, digits));
	return true;
}

static bool func_floor(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	value_set_num(out, n.is_int ? n : num_whole(floor(n.d)));
	return true;
}

static bool func_ceil(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	value_set_num(out, n.is_int ? n : num_whole(ceil(n.d)));
	return true;
}

static bool func_sqrt(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	if (num_double(n) < 0)
		return eval_fail(c->ev, "a negative number has no square root");
	value_set_num(out, num_dbl(sqrt(num_double(n))));
	return true;
}

static bool func_log(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	if (num_double(n) <= 0)
		return eval_fail(c->ev, "only numbers above 0 have a logarithm");
	value_set_num(out, num_dbl(log(num_double(n))));
	return true;
}

static bool func_exp(const struct func_call *c, struct value *out)
{
	struct num n;

	if (!func_number(c, 0, &n))
		return false;
	value_set_num(out, num_dbl(exp(num_double(n))));
	return true;
}

static bool func_trunc(const struct func_call *c, struct value *out)
{
	struct num n, step, rest;

	if (!func_number(c, 0, &n) || !func_number(c, 1, &step))
		return false;
	if (!(num_double(step) > 0))
		return eval_fail(c->ev, "trunc needs a step above 0");
	if (!step.is_int || !n.is_int) {
		value_set_num(out, num_mul(step, num_whole(floor(num_double(n) / num_double(step)))));
		return true;
	}
	rest = num_mod(n, step);
	n = num_sub(n, rest);
	value_set_num(out, rest.i < 0 ? num_sub(n, step) : n);
	return true;
}

static void func_best(const struct func_call *c, int sign, struct value *out)
{
	const struct value *best = NULL;

	for (int i = 0; i < c->n; i++) {
		if (c->node->lists && value_is_empty(&c->args[i]))
			continue; /* a hole in a table is neither small nor large */
		if (!best || value_rank(&c->args[i], best) * sign < 0)
			best = &c->args[i];
	}
	if (best)
		*out = *best;
	else
		value_set_data(out, "", 0);
}

static bool func_min(const struct func_call *c, struct value *out)
{
	func_best(c, 1, out);
	return true;
}

static bool func_max(const struct func_call *c, struct value *out)
{
	func_best(c, -1, out);
	return true;
}

/* ---- the world ---- */

static bool func_now(const struct func_call *c, struct value *out)
{
	(void)c;
	value_set_num(out, num_dbl((double)clock_wall() / (double)NS_PER_S));
	return true;
}

/* The name as the C library wants it; false where it cannot be one. */
static bool func_env(const struct func_call *c, struct value *out)
{
	struct slice name = func_text(c, 0);
	char *text = eval_bytes(c->ev, name.len);
	const char *found;

	memcpy(text, name.p, name.len);
	text[name.len] = '\0';
	found = strlen(text) == name.len ? getenv(text) : NULL;
	found = found ? found : "";
	value_set_data(out, found, strlen(found));
	return true;
}

static bool time_argument(const struct func_call *c, struct tm *tm)
{
	double seconds = floor((double)clock_wall() / (double)NS_PER_S);
	struct num n;
	time_t t;

	if (c->n == 2) {
		if (!func_number(c, 1, &n))
			return false;
		seconds = floor(num_double(n));
	}
	if (!(fabs(seconds) < 0x1p62))
		return eval_fail(c->ev, "time out of range");
	t = (time_t)seconds;
	return localtime_r(&t, tm) || eval_fail(c->ev, "time out of range");
}

/* The format with a byte more, so that an empty result is not taken for one that does not fit; NULL: failed. */
static const char *time_format(const struct func_call *c)
{
	struct slice text = func_text(c, 0);
	char *format = eval_bytes(c->ev, (size_t)text.len + 1);

	if (memchr(text.p, '\0', text.len)) {
		eval_fail(c->ev, "a NUL byte in strftime's format");
		return NULL;
	}
	memcpy(format, text.p, text.len);
	format[text.len] = ' ';
	format[text.len + 1] = '\0';
	return format;
}

static bool func_strftime(const struct func_call *c, struct value *out)
{
	const char *format = time_format(c);
	struct tm tm;

	if (!format || !time_argument(c, &tm))
		return false;
	for (size_t cap = 256; cap <= STRFTIME_MAX; cap *= 16) {
		char *text = eval_bytes(c->ev, cap);
		size_t len = strftime(text, cap, format, &tm);

		if (len > 0) {
			value_set_data(out, text, len - 1);
			return true;
		}
	}
	return eval_fail(c->ev, "strftime's result is too long");
}

/* ---- the table ---- */

/* In the alphabet's order. name, arguments from .. to, flags, implementation, check */
#define FUNCS(F) \
	F(abs, 1, 1, 0, func_abs, NULL) \
	F(base64, 1, 1, 0, coding_base64, NULL) \
	F(basename, 1, 1, 0, text_basename, NULL) \
	F(bin, 1, 1, 0, notation_bin, NULL) \
	F(bytes, 1, 1, 0, notation_bytes, NULL) \
	F(ceil, 1, 1, 0, func_ceil, NULL) \
	F(cidr, 2, 2, 0, coding_cidr, NULL) \
	F(commas, 1, 1, 0, notation_commas, NULL) \
	F(crc32, 1, 1, 0, coding_crc32, NULL) \
	F(decode, 2, 2, 0, coding_decode, NULL) \
	F(default, 1, FUNC_MAX_ARGS, FUNC_LIST, list_default, NULL) \
	F(dirname, 1, 1, 0, text_dirname, NULL) \
	F(env, 1, 1, FUNC_IMPURE, func_env, NULL) \
	F(exp, 1, 1, 0, func_exp, NULL) \
	F(ext, 1, 1, 0, notation_ext, NULL) \
	F(float, 1, 1, 0, func_float, NULL) \
	F(floor, 1, 1, 0, func_floor, NULL) \
	F(hex, 1, 1, 0, notation_hex, NULL) \
	F(human, 1, 1, 0, notation_human, NULL) \
	F(index, 2, 2, 0, text_index, NULL) \
	F(index_u, 2, 2, 0, chars_index, NULL) \
	F(int, 1, 1, 0, func_truncate, NULL) \
	F(ip, 1, 1, 0, coding_ip, NULL) \
	F(join, 2, FUNC_MAX_ARGS, FUNC_LIST, list_join, NULL) \
	F(length, 0, 1, FUNC_WHOLE, text_length, NULL) \
	F(length_u, 0, 1, FUNC_WHOLE, chars_length, NULL) \
	F(log, 1, 1, 0, func_log, NULL) \
	F(lower, 1, 1, 0, text_lower, NULL) \
	F(lower_u, 1, 1, 0, chars_lower, NULL) \
	F(max, 2, FUNC_MAX_ARGS, FUNC_LIST, func_max, NULL) \
	F(md5, 1, 1, 0, coding_md5, NULL) \
	F(mean, 1, FUNC_MAX_ARGS, FUNC_LIST, list_mean, NULL) \
	F(min, 2, FUNC_MAX_ARGS, FUNC_LIST, func_min, NULL) \
	F(natural, 1, 1, 0, notation_natural, NULL) \
	F(now, 0, 0, FUNC_IMPURE, func_now, NULL) \
	F(num, 1, 2, 0, func_num, NULL) \
	F(pad, 2, 3, 0, notation_pad, NULL) \
	F(random, 0, 0, FUNC_IMPURE, coding_random, NULL) \
	F(repeat, 2, 2, 0, notation_repeat, NULL) \
	F(replace, 3, 3, FUNC_REGEX, text_replace, NULL) \
	F(rev, 1, 1, 0, notation_rev, NULL) \
	F(round, 1, 2, 0, func_round, NULL) \
	F(sha1, 1, 1, 0, coding_sha1, NULL) \
	F(sha256, 1, 1, 0, coding_sha256, NULL) \
	F(split, 3, 3, FUNC_SPLIT, text_split, NULL) \
	F(sprintf, 1, FUNC_MAX_ARGS, 0, format_sprintf, format_check) \
	F(sqrt, 1, 1, 0, func_sqrt, NULL) \
	F(stem, 1, 1, 0, notation_stem, NULL) \
	F(strftime, 1, 2, FUNC_IMPURE, func_strftime, NULL) \
	F(substr, 2, 3, 0, text_substr, NULL) \
	F(substr_u, 2, 3, 0, chars_substr, NULL) \
	F(sum, 1, FUNC_MAX_ARGS, FUNC_LIST, list_sum, NULL) \
	F(trim, 1, 1, 0, text_trim, NULL) \
	F(trim_u, 1, 1, 0, chars_trim, NULL) \
	F(trunc, 2, 2, 0, func_trunc, NULL) \
	F(unbase64, 1, 1, 0, coding_unbase64, NULL) \
	F(upper, 1, 1, 0, text_upper, NULL) \
	F(upper_u, 1, 1, 0, chars_upper, NULL) \
	F(urldecode, 1, 1, 0, text_urldecode, NULL) \
	F(urlencode, 1, 1, 0, text_urlencode, NULL) \
	F(uuid, 0, 0, FUNC_IMPURE, coding_uuid, NULL)

#define FUNC_ROW(name, min, max, flags, run, check) {#name, min, max, flags, run, check},
#define FUNC_NAME(name, min, max, flags, run, check) #name,

static const struct func funcs[] = {FUNCS(FUNC_ROW)};
const char *const expr_function_names[] = {FUNCS(FUNC_NAME) NULL};

const struct func *func_find(struct slice name)
{
	for (size_t i = 0; i < sizeof funcs / sizeof *funcs; i++)
		if (slice_eq(slice_str(funcs[i].name), name))
			return &funcs[i];
	return NULL;
}
