/* sprintf: %d %i %u %x %X %o %c %s %e %f %g %E %F %G %%, with the flags "-+ #0", width and precision (also *). The
 * format is taken apart here and each piece is given to snprintf with a type of our choice: nothing that the user
 * writes reaches the C library's format.
 *
 *	%d %i     towards zero; a number beyond 64 bits in full
 *	%u %x %o  a negative integer as 2^64 less, as in C
 *	%s        any bytes; the precision counts bytes
 *	%c        a number is a byte (0 to 255), of text the first byte, as in awk
 *
 * Too few or too many arguments are an error: before anything runs where the format is constant. */
#include "config.h"

#include "lang/expr/format.h"

#include <math.h>
#include <stdio.h>

#include "lang/expr/text.h"

#define FORMAT_NONE (-1)         /* no width, no precision */
#define FORMAT_STAR (-2)         /* an argument says it */
#define FORMAT_WIDTH_MAX 65536   /* for width and precision */
#define FORMAT_FLAGS "-+ #0"

/* Some literal text and the directive behind it. */
struct format_item {
	struct slice literal;
	char conv;               /* 0: the format ends here */
	char flags[sizeof FORMAT_FLAGS]; /* each at most once, NUL-terminated */
	int width, precision;
};

/* ---- reading the format ---- */

static void format_flags(const char **p, const char *end, struct format_item *item)
{
	size_t n = 0;

	for (; *p < end && **p && strchr(FORMAT_FLAGS, **p); (*p)++)
		if (!memchr(item->flags, **p, n))
			item->flags[n++] = **p;
	item->flags[n] = '\0';
}

/* Digits or a star; false where the number is too large. */
static bool format_count(const char **p, const char *end, int *out)
{
	if (*p < end && **p == '*') {
		(*p)++;
		*out = FORMAT_STAR;
		return true;
	}
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		*out = (*out < 0 ? 0 : *out) * 10 + (**p - '0');
		if (*out > FORMAT_WIDTH_MAX)
			return false;
	}
	return true;
}

static bool format_bad(char *message, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool format_bad(char *message, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, FUNC_MESSAGE, fmt, ap);
	va_end(ap);
	return false;
}

static bool format_conv(const char *begin, const char *p, const char *end, struct format_item *item, char *message)
{
	char quoted[QUOTE_MAX];

	if (p == end)
		return format_bad(message, "the format ends within '%s'",
				  value_quote(quoted, slice_make(begin, (size_t)(end - begin))));
	if (*p == '\0' || !strchr("diuxXoceEfFgGs%", *p))
		return format_bad(message, "unknown '%s' in the format",
				  value_quote(quoted, slice_make(begin, (size_t)(p + 1 - begin))));
	item->conv = *p;
	return true;
}

/* Takes the next item off *rest; false with a message where the directive is none. */
static bool format_next(struct slice *rest, struct format_item *item, char *message)
{
	const char *end = rest->p + rest->len;
	const char *begin = memchr(rest->p, '%', rest->len), *p;

	*item = (struct format_item){.width = FORMAT_NONE, .precision = FORMAT_NONE};
	if (!begin) {
		item->literal = *rest;
		*rest = slice_make(end, 0);
		return true;
	}
	item->literal = slice_make(rest->p, (size_t)(begin - rest->p));
	p = begin + 1;
	format_flags(&p, end, item);
	if (!format_count(&p, end, &item->width))
		return format_bad(message, "a width of more than %d", FORMAT_WIDTH_MAX);
	if (p < end && *p == '.') {
		item->precision = 0;
		p++;
		if (!format_count(&p, end, &item->precision))
			return format_bad(message, "a precision of more than %d", FORMAT_WIDTH_MAX);
	}
	while (p < end && *p && strchr("hlLjzt", *p))
		p++; /* C's lengths mean nothing here */
	if (!format_conv(begin, p, end, item, message))
		return false;
	*rest = slice_make(p + 1, (size_t)(end - p - 1));
	return true;
}

static int format_args(const struct format_item *item)
{
	return (item->width == FORMAT_STAR) + (item->precision == FORMAT_STAR) + (item->conv && item->conv != '%');
}

static bool format_enough(int wanted, int given, char *message)
{
	if (wanted == given)
		return true;
	return format_bad(message, "the format takes %d argument%s, not %d", wanted, wanted == 1 ? "" : "s", given);
}

/* Reads all of the format and counts. */
static bool format_valid(struct slice format, int given, char *message)
{
	struct format_item item;
	int wanted = 0;

	do {
		if (!format_next(&format, &item, message))
			return false;
		wanted += format_args(&item);
	} while (item.conv);
	return format_enough(wanted, given, message);
}

bool format_check(const struct expr *call, char message[FUNC_MESSAGE])
{
	char number[NUM_TEXT_MAX];
	struct value format;

	if (!expr_is_const(call->kids[0], &format))
		return true;
	if (format.kind == VALUE_NUM)
		format.s = slice_make(number, num_format(format.n, number));
	return format_valid(format.s, call->nkids - 1, message);
}

/* ---- writing ---- */

struct format_run {
	const struct func_call *call;
	struct text_out out;
	int arg; /* the next one */
};

static bool format_pad(struct format_run *r, size_t n)
{
	if (!eval_fits(r->out.ev, r->out.len + (uint64_t)n))
		return false;
	text_reserve(&r->out, n);
	memset(r->out.p + r->out.len, ' ', n);
	r->out.len += n;
	return true;
}

static bool format_text(struct format_run *r, const struct format_item *item, struct slice s)
{
	bool left = strchr(item->flags, '-');
	size_t len = s.len, pad;

	if (item->precision >= 0 && (size_t)item->precision < len)
		len = (size_t)item->precision;
	pad = item->width > 0 && (size_t)item->width > len ? (size_t)item->width - len : 0;
	return (left || format_pad(r, pad)) && text_add(&r->out, s.p, len) && (!left || format_pad(r, pad));
}

static bool format_char(struct format_run *r, struct format_item *item)
{
	int arg = r->arg++;
	const struct value *v = &r->call->args[arg];
	int64_t byte;
	struct num n;
	char c;

	item->precision = FORMAT_NONE;
	if (v->kind == VALUE_STR || !value_number(v, &n))
		return format_text(r, item, slice_make(v->s.p, v->s.len > 0));
	if (!func_int(r->call, arg, &byte))
		return false;
	if (byte < 0 || byte > 255)
		return eval_fail(r->call->ev, "%%c takes a byte, 0 to 255, not %lld", (long long)byte);
	c = (char)byte;
	return format_text(r, item, slice_make(&c, 1));
}

/* "%", the flags, "*.*", the type and the conversion. */
static void format_c(char out[16], const struct format_item *item, const char *type, char conv)
{
	snprintf(out, 16, "%%%s*.*%s%c", item->flags, type, conv);
}

/* With the C library's format in f; the only argument is i or d. */
static int format_print(char *p, size_t cap, const char *f, const struct format_item *item, struct num n)
{
	int width = item->width > 0 ? item->width : 0;

	if (n.is_int)
		return snprintf(p, cap, f, width, item->precision, (long long)n.i);
	return snprintf(p, cap, f, width, item->precision, n.d);
}

static bool format_number(struct format_run *r, const struct format_item *item, const char *type, char conv,
			  struct num n)
{
	struct text_out *o = &r->out;
	size_t room = 64; /* enough for most */
	char f[16];
	int len;

	format_c(f, item, type, conv);
	for (;;) {
		text_reserve(o, room);
		len = format_print(o->p + o->len, room, f, item, n);
		if (len < 0)
			return eval_fail(r->call->ev, "sprintf's result is too long");
		if ((size_t)len < room)
			break;
		room = (size_t)len + 1;
	}
	o->len += (size_t)len;
	return eval_fits(o->ev, o->len);
}

/* %d alone, which is what most formats hold. */
static bool format_plain(struct format_run *r, struct num n)
{
	text_reserve(&r->out, NUM_TEXT_MAX);
	r->out.len += num_format(n, r->out.p + r->out.len);
	return true;
}

/* %d of a double that no integer holds: all its digits; inf and nan as they print. */
static bool format_huge(struct format_run *r, const struct format_item *item, double d)
{
	struct format_item plain = *item;

	plain.precision = 0;
	return format_number(r, &plain, "", 'f', num_dbl(d));
}

static bool format_integer(struct format_run *r, const struct format_item *item, struct num n)
{
	bool is_signed = item->conv == 'd' || item->conv == 'i';

	if (!n.is_int) {
		double d = trunc(n.d);

		if (d >= -0x1p63 && d < 0x1p63)
			n = num_int((int64_t)d);
		else if (!is_signed && d >= 0x1p63 && d < 0x1p64)
			n = num_int((int64_t)(uint64_t)d);
		else if (is_signed || item->conv == 'u')
			return format_huge(r, item, d);
		else
			return eval_fail(r->call->ev, "%%%c of a number beyond 64 bits", item->conv);
	}
	if (is_signed && !*item->flags && item->width <= 0 && item->precision < 0)
		return format_plain(r, n);
	return format_number(r, item, "ll", item->conv, n);
}

/* A width or precision that an argument says. */
static bool format_star(struct format_run *r, int *count)
{
	int64_t n;

	if (*count != FORMAT_STAR)
		return true;
	if (!func_int(r->call, r->arg++, &n))
		return false;
	if (n > FORMAT_WIDTH_MAX || n < -FORMAT_WIDTH_MAX)
		return eval_fail(r->call->ev, "a width or precision of more than %d", FORMAT_WIDTH_MAX);
	*count = (int)n;
	return true;
}

/* As in C: a negative width is the flag '-', a negative precision none. */
static bool format_stars(struct format_run *r, struct format_item *item)
{
	size_t nflags = strlen(item->flags);
	bool star = item->width == FORMAT_STAR;

	if (!format_star(r, &item->width) || !format_star(r, &item->precision))
		return false;
	if (star && item->width < 0) {
		item->width = -item->width;
		if (!strchr(item->flags, '-')) {
			item->flags[nflags] = '-';
			item->flags[nflags + 1] = '\0';
		}
	}
	if (item->precision < 0)
		item->precision = FORMAT_NONE;
	return true;
}

static bool format_directive(struct format_run *r, struct format_item *item)
{
	struct num n;

	if (!format_stars(r, item))
		return false;
	switch (item->conv) {
	case '%':
		return text_add(&r->out, "%", 1);
	case 's':
		return format_text(r, item, func_text(r->call, r->arg++));
	case 'c':
		return format_char(r, item);
	case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
		return func_number(r->call, r->arg++, &n) && format_integer(r, item, n);
	default:
		return func_number(r->call, r->arg++, &n) &&
		       format_number(r, item, "", item->conv, num_dbl(num_double(n)));
	}
}

bool format_sprintf(const struct func_call *c, struct value *out)
{
	struct format_run r = {.call = c, .out = {.ev = c->ev}, .arg = 1};
	struct slice rest = func_text(c, 0);
	char message[FUNC_MESSAGE];
	struct format_item item;

	if (c->node->kids[0]->kind != NODE_CONST && !format_valid(rest, c->n - 1, message))
		return eval_fail(c->ev, "sprintf: %s", message);
	do {
		format_next(&rest, &item, message);
		if (!text_add(&r.out, item.literal.p, item.literal.len))
			return false;
		if (item.conv && !format_directive(&r, &item))
			return false;
	} while (item.conv);
	return text_finish(&r.out, out);
}
