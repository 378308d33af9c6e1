/* Functions on bytes, ASCII case. Positions count from 1, as in awk.
 *
 *	substr(s, start[, len])  clipped to s; a start below 1 is 1, and both are truncated, as in gawk and BWK's awk
 *	index(s, t)              where t first is in s, 0 where it is not or is empty
 *	replace(s, /re/, r)      r, as it is and without captures, for the first match, for all with the flag g. Text in
 *	                         place of /re/ is used as a regular expression, without g. (s/re/…/ has captures.)
 *	split(s, sep, n)         the n-th piece, for n < 0 from the end; the empty string where there is none. sep is
 *	                         text that is taken literally, a single space too, or a regular expression
 *	basename dirname         as POSIX has them, but basename("") is empty
 *	urlencode(s)             all but A-Z a-z 0-9 - . _ ~ as %XX
 *	urldecode(s)             %XX, and + as a space, as in query strings; a % without two digits stays */
#include "config.h"

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "lang/expr/text.h"

#include "base/scan.h"
#include "lang/expr/fields.h"
#include "lang/expr/recache.h"

static bool text_number(size_t n, struct value *out)
{
	value_set_num(out, num_int((int64_t)n));
	return true;
}

static bool text_slice(const char *from, const char *to, struct value *out)
{
	value_set_data(out, from, (size_t)(to - from));
	return true;
}

/* ---- building ---- */

void text_reserve(struct text_out *o, size_t bytes)
{
	size_t cap = o->cap ? o->cap : 64;
	char *p;

	if (o->p && bytes <= o->cap - o->len)
		return;
	while (cap - o->len < bytes)
		cap *= 2;
	p = eval_bytes(o->ev, cap);
	if (o->len)
		memcpy(p, o->p, o->len);
	o->p = p;
	o->cap = cap;
}

bool text_add(struct text_out *o, const char *bytes, size_t len)
{
	if (!eval_fits(o->ev, o->len + (uint64_t)len))
		return false;
	text_reserve(o, len);
	memcpy(o->p + o->len, bytes, len);
	o->len += len;
	return true;
}

bool text_finish(const struct text_out *o, struct value *out)
{
	value_set_data(out, o->p ? o->p : "", o->len);
	return eval_fits(o->ev, o->len);
}

/* ---- case, blanks, lengths, pieces ---- */

bool text_lower(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	char *p = eval_bytes(c->ev, s.len);

	scan_lower(p, s.p, s.len);
	value_set_data(out, p, s.len);
	return true;
}

bool text_upper(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	char *p = eval_bytes(c->ev, s.len);

	scan_upper(p, s.p, s.len);
	value_set_data(out, p, s.len);
	return true;
}

static bool text_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool text_trim(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *from = s.p, *to = s.p + s.len;

	while (from < to && text_blank(*from))
		from++;
	while (from < to && text_blank(to[-1]))
		to--;
	return text_slice(from, to, out);
}

bool text_length(const struct func_call *c, struct value *out)
{
	return text_number(func_text(c, 0).len, out);
}

static int64_t clamp(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

bool text_range(const struct func_call *c, size_t length, size_t *from, size_t *to)
{
	int64_t start, count = (int64_t)length;

	if (!func_int(c, 1, &start) || (c->n == 3 && !func_int(c, 2, &count)))
		return false;
	*from = (size_t)clamp(start - 1, 0, (int64_t)length);
	*to = *from + (size_t)clamp(count, 0, (int64_t)(length - *from));
	return true;
}

bool text_substr(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	size_t from, to;

	return text_range(c, s.len, &from, &to) && text_slice(s.p + from, s.p + to, out);
}

bool text_index(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0), t = func_text(c, 1);
	const char *at = t.len ? memmem(s.p, s.len, t.p, t.len) : NULL;

	return text_number(at ? (size_t)(at - s.p) + 1 : 0, out);
}

/* ---- regular expressions and separators ---- */

/* What stands behind the last match, after what took the place of the matches. */
static bool replace_end(struct text_out *o, struct slice s, size_t done, struct value *out)
{
	if (!text_add(o, s.p + done, s.len - done))
		return false;
	return text_finish(o, out);
}

static bool replace_with(const struct func_call *c, const struct re *re, struct value *out)
{
	struct slice s = func_text(c, 0), with = func_text(c, 2);
	struct re_scratch *scratch = &c->ev->re;
	struct text_out o = {.ev = c->ev};
	struct re_walk walk = {0};
	enum re_result found;
	size_t done = 0;
	bool any = false;

	while ((found = re_next(re, scratch, s, &walk)) == RE_MATCH) {
		if (!text_add(&o, s.p + done, scratch->ov[0] - done) || !text_add(&o, with.p, with.len))
			return false;
		done = scratch->ov[1];
		any = true;
		if (!c->node->global)
			break;
	}
	if (found == RE_FAILED)
		return eval_fail(c->ev, "%s", scratch->error);
	if (any)
		return replace_end(&o, s, done, out);
	return text_slice(s.p, s.p + s.len, out);
}

bool text_replace(const struct func_call *c, struct value *out)
{
	const struct re *re = c->node->re;

	if (!re)
		re = recache_get(c->ev, func_text(c, 1));
	return re && replace_with(c, re, out);
}

static size_t split_count(const struct splitter *sp, struct re_scratch *re, struct slice s)
{
	const char *rest = s.len ? s.p : NULL;
	struct slice piece;
	size_t n = 0;

	while (fields_next(sp, re, s.p, &rest, s.p + s.len, &piece) == FIELDS_ONE)
		n++;
	return n;
}

/* n as a position from 1; 0 where there is no such piece. A failing expression fails when the piece is taken. */
static int64_t split_position(const struct splitter *sp, struct re_scratch *re, struct slice s, int64_t n)
{
	int64_t count;

	if (n >= 0)
		return n;
	count = (int64_t)split_count(sp, re, s);
	return n >= -count ? count + 1 + n : 0;
}

bool text_split(const struct func_call *c, struct value *out)
{
	const struct splitter *sp = c->node->splitter;
	struct slice s = func_text(c, 0), sep = func_text(c, 1), piece;
	const char *rest = s.len ? s.p : NULL;
	struct splitter dynamic;
	int64_t n;

	value_set_data(out, "", 0);
	if (!func_int(c, 2, &n))
		return false;
	if (!sp) {
		if (sep.len == 0)
			return eval_fail(c->ev, "split needs a separator, not the empty string");
		splitter_init_text(&dynamic, sep);
		sp = &dynamic;
	}
	n = split_position(sp, &c->ev->re, s, n);
	for (; n > 0; n--) {
		enum fields_result got = fields_next(sp, &c->ev->re, s.p, &rest, s.p + s.len, &piece);

		if (got == FIELDS_FAILED)
			return eval_fail(c->ev, "%s", c->ev->re.error);
		if (got == FIELDS_NONE)
			return true;
		if (n == 1)
			value_set_data(out, piece.p, piece.len);
	}
	return true;
}

/* ---- paths ---- */

/* Back over what comes before `to`: slashes, or what is none. */
static const char *path_back(const char *from, const char *to, bool slashes)
{
	while (to > from && (to[-1] == '/') == slashes)
		to--;
	return to;
}

bool text_basename(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *end = path_back(s.p, s.p + s.len, true);

	if (end == s.p)
		return text_slice(s.p, s.p + (s.len > 0), out);
	return text_slice(path_back(s.p, end, false), end, out);
}

bool text_dirname(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *end = path_back(s.p, s.p + s.len, true);

	end = path_back(s.p, end, false);
	if (end == s.p) {
		value_set_data(out, s.len && s.p[0] == '/' ? "/" : ".", 1);
		return true;
	}
	end = path_back(s.p, end, true);
	return text_slice(s.p, end == s.p ? end + 1 : end, out);
}

/* ---- URLs ---- */

static bool url_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

bool text_urlencode(const struct func_call *c, struct value *out)
{
	static const char hex[] = "0123456789ABCDEF";
	struct slice s = func_text(c, 0);
	struct text_out o = {.ev = c->ev};

	text_reserve(&o, (size_t)s.len * 3);
	for (uint32_t i = 0; i < s.len; i++) {
		unsigned char b = (unsigned char)s.p[i];

		if (url_plain(s.p[i])) {
			o.p[o.len++] = s.p[i];
		} else {
			o.p[o.len++] = '%';
			o.p[o.len++] = hex[b >> 4];
			o.p[o.len++] = hex[b & 15];
		}
	}
	return text_finish(&o, out);
}

static int url_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX at p stands for, or -1. */
static int url_byte(const char *p, const char *end)
{
	int high, low;

	if (end - p < 3 || *p != '%')
		return -1;
	high = url_hex(p[1]);
	low = url_hex(p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool text_urldecode(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *p = s.p, *end = s.p + s.len;
	char *text = eval_bytes(c->ev, s.len), *to = text;

	while (p < end) {
		int byte = url_byte(p, end);

		*to++ = byte >= 0 ? (char)byte : *p == '+' ? ' ' : *p;
		p += byte >= 0 ? 3 : 1;
	}
	return text_slice(text, to, out);
}
