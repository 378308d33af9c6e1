/* JSON's strings to text and back, and the check of a whole JSON text: see json.h. */
#include "config.h"

#include "base/str.h"
#include "base/utf8.h"
#include "formats/json.h"

/* ---- from the quoted form ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits at p; -1 where they are not there. */
static int32_t hex4(const char *p, const char *end)
{
	int32_t n = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);
		if (d < 0)
			return -1;
		n = n * 16 + d;
	}
	return n;
}

/* The code point of \uXXXX at p (behind the u), of two of them where they are a surrogate pair. Moves *p behind it. */
static int64_t code_point(const char **p, const char *end)
{
	int32_t hi = hex4(*p, end);
	if (hi < 0)
		return -1;
	*p += 4;
	if (hi < 0xd800 || hi > 0xdfff)
		return hi;
	if (hi < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		int32_t lo = hex4(*p + 2, end);
		if (lo >= 0xdc00 && lo <= 0xdfff) {
			*p += 6;
			return 0x10000 + ((int64_t)(hi - 0xd800) << 10) + (lo - 0xdc00);
		}
	}
	return 0xfffd;
}

int64_t json_unescape(struct slice s, char *to)
{
	static const char plain[256] = {
		['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
	};
	const char *p = s.p, *end = s.p + s.len;
	char *begin = to;
	while (p < end) {
		const char *next = memchr(p, '\\', (size_t)(end - p));
		size_t n = (size_t)((next ? next : end) - p);
		memmove(to, p, n);
		to += n;
		p += n;
		if (!next)
			break;
		if (++p == end)
			return -1;
		char c = *p++;
		if (plain[(uint8_t)c]) {
			*to++ = plain[(uint8_t)c];
			continue;
		}
		int64_t code = c == 'u' ? code_point(&p, end) : -1;
		if (code < 0)
			return -1;
		to += utf8_encode((uint32_t)code, to);
	}
	return to - begin;
}

/* ---- to the quoted form ---- */

/* The length of the UTF-8 sequence at p; where it is broken, less than 0: of the bytes that could begin one. Those count as
 * one mistake, as Unicode recommends. */
static int utf8_length(const uint8_t *p, const uint8_t *end)
{
	uint8_t c = p[0];
	int n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (n < 2)
		return n ? n : -1;
	uint8_t least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (end - p < 2 || p[1] < least || p[1] > most)
		return -1;
	for (int i = 2; i < n; i++)
		if (end - p <= i || (p[i] & 0xc0) != 0x80)
			return -i;
	return n;
}

/* Bytes that stand for themselves in a string, from p on. */
static const uint8_t *plain_run(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p >= 0x20 && *p != '"' && *p != '\\' && *p < 0x80)
		p++;
	return p;
}

static void add_escape(struct str *out, uint8_t c)
{
	static const char short_form[256] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};
	static const char digits[] = "0123456789abcdef";
	char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
	if (!short_form[c]) {
		str_add(out, text, 6);
		return;
	}
	text[1] = short_form[c];
	str_add(out, text, 2);
}

void json_add_string(struct str *out, struct slice s)
{
	const uint8_t *p = (const uint8_t *)s.p, *end = p + s.len;
	str_addc(out, '"');
	while (p < end) {
		const uint8_t *run = plain_run(p, end);
		str_add(out, p, (size_t)(run - p));
		p = run;
		if (p == end)
			break;
		int n = utf8_length(p, end);
		if (*p < 0x80)
			add_escape(out, *p);
		else if (n > 0)
			str_add(out, p, (size_t)n);
		else
			str_adds(out, "\xef\xbf\xbd");
		p += n > 0 ? n : -n;
	}
	str_addc(out, '"');
}

/* ---- the check of all ---- */

/* What lies open: a bit for each bracket, 1 where it is an object's. */
struct check {
	const char *p, *end;
	unsigned depth;
	uint8_t objects[JSON_DEPTH / 8 + 1];
};

static void skip_space(struct check *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t'))
		c->p++;
}

static bool in_object(const struct check *c)
{
	return c->objects[c->depth / 8] >> (c->depth % 8) & 1;
}

static const char *open_bracket(struct check *c, bool object)
{
	if (c->depth == JSON_DEPTH)
		return "brackets are nested too deeply";
	c->depth++;
	uint8_t bit = (uint8_t)(1u << (c->depth % 8));
	if (object)
		c->objects[c->depth / 8] |= bit;
	else
		c->objects[c->depth / 8] &= (uint8_t)~bit;
	c->p++;
	return NULL;
}

static const char *check_escape(struct check *c)
{
	if (c->p == c->end)
		return "a string does not end";
	if (*c->p == 'u') {
		if (hex4(c->p + 1, c->end) < 0)
			return "\\u wants four hexadecimal digits";
		c->p += 5;
		return NULL;
	}
	if (!*c->p || !strchr("\"\\/bfnrt", *c->p))
		return "this is no escape";
	c->p++;
	return NULL;
}

static const char *check_string(struct check *c)
{
	if (c->p == c->end || *c->p != '"')
		return "a string is missing";
	c->p++;
	for (;;) {
		c->p = (const char *)plain_run((const uint8_t *)c->p, (const uint8_t *)c->end);
		if (c->p == c->end)
			return "a string does not end";
		int n = utf8_length((const uint8_t *)c->p, (const uint8_t *)c->end);
		uint8_t b = (uint8_t)*c->p;
		if (b < 0x20)
			return "a control character must be escaped";
		if (n < 0)
			return "this is no UTF-8";
		c->p += n;
		if (b == '"')
			return NULL;
		const char *why = b == '\\' ? check_escape(c) : NULL;
		if (why)
			return why;
	}
}

static const char *check_scalar(struct check *c)
{
	const char *begin = c->p;
	while (c->p < c->end && *c->p && !strchr(" \n\r\t{}[]:,\"", *c->p))
		c->p++;
	struct slice s = slice_make(begin, (size_t)(c->p - begin));
	bool good = json_is_number(s) || slice_eq(s, slice_str("null")) || slice_eq(s, slice_str("true")) ||
		    slice_eq(s, slice_str("false"));
	c->p = good ? c->p : begin;
	return good ? NULL : "this is no JSON value";
}

static const char *check_name(struct check *c)
{
	skip_space(c);
	const char *why = check_string(c);
	if (why)
		return why;
	skip_space(c);
	if (c->p == c->end || *c->p != ':')
		return "':' is missing";
	c->p++;
	return NULL;
}

/* After a value: closes brackets, up to the next value, or the end (depth 0). */
static const char *check_after(struct check *c)
{
	while (c->depth) {
		skip_space(c);
		if (c->p == c->end)
			return "a bracket is not closed";
		char b = *c->p;
		if (b != ',' && b != (in_object(c) ? '}' : ']'))
			return in_object(c) ? "',' or '}' is missing" : "',' or ']' is missing";
		c->p++;
		if (b == ',')
			return in_object(c) ? check_name(c) : NULL;
		c->depth--;
	}
	return NULL;
}

/* An opening bracket at p: true in *empty where its closing one follows. */
static const char *check_open(struct check *c, bool *empty)
{
	bool object = *c->p == '{';
	const char *why = open_bracket(c, object);
	if (why)
		return why;
	skip_space(c);
	*empty = c->p < c->end && *c->p == (object ? '}' : ']');
	if (!*empty)
		return object ? check_name(c) : NULL;
	c->p++;
	c->depth--;
	return NULL;
}

static const char *check_value(struct check *c, bool *opened)
{
	bool empty = false;
	const char *why;
	*opened = false;
	skip_space(c);
	if (c->p == c->end)
		return "a value is missing";
	if (*c->p == '"')
		return check_string(c);
	if (*c->p != '{' && *c->p != '[')
		return check_scalar(c);
	why = check_open(c, &empty);
	*opened = !why && !empty;
	return why;
}

const char *json_check(const char *p, size_t len, const char **at)
{
	struct check c = {.p = p, .end = p + len};
	const char *why = NULL;
	do {
		bool opened;
		why = check_value(&c, &opened);
		if (!why && !opened)
			why = check_after(&c);
	} while (!why && c.depth);
	skip_space(&c);
	if (!why && c.p < c.end)
		why = "something follows the value";
	*at = c.p;
	return why;
}
