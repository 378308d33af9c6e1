/* Functions on characters. A byte that is no part of one counts as a character and is left as it is. Case is Unicode's
 * simple mapping, a character for a character, whatever the locale. */
#include "config.h"

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "lang/expr/chars.h"

#include "lang/expr/text.h"
#include "base/utf8.h"

static bool chars_map(const struct func_call *c, uint32_t (*map)(uint32_t), struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *p = s.p, *end = s.p + s.len;
	struct text_out o = {.ev = c->ev};
	uint32_t cp;

	while (p < end) {
		unsigned len = utf8_decode(p, end, &cp);

		/* The other case may be longer: what is left is what we need at least. */
		text_reserve(&o, (size_t)(end - p) + UTF8_MAX);
		if (cp == UTF8_BAD)
			o.p[o.len++] = *p;
		else
			o.len += utf8_encode(map(cp), o.p + o.len);
		p += len;
	}
	return text_finish(&o, out);
}

bool chars_lower(const struct func_call *c, struct value *out)
{
	return chars_map(c, utf8_lower, out);
}

bool chars_upper(const struct func_call *c, struct value *out)
{
	return chars_map(c, utf8_upper, out);
}

bool chars_trim(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *p = s.p, *end = s.p + s.len, *from = NULL, *to = NULL;
	uint32_t cp;

	while (p < end) {
		unsigned len = utf8_decode(p, end, &cp);

		if (!utf8_is_space(cp)) {
			from = from ? from : p;
			to = p + len;
		}
		p += len;
	}
	value_set_data(out, from ? from : "", (size_t)(to - from));
	return true;
}

bool chars_length(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);

	value_set_num(out, num_int((int64_t)utf8_count(s.p, s.p + s.len)));
	return true;
}

bool chars_substr(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const char *end = s.p + s.len, *first, *last;
	size_t from, to;

	if (!text_range(c, s.len, &from, &to))
		return false;
	first = utf8_skip(s.p, end, from);
	last = utf8_skip(first, end, to - from);
	value_set_data(out, first, (size_t)(last - first));
	return true;
}

bool chars_index(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0), t = func_text(c, 1);
	const char *at = t.len ? memmem(s.p, s.len, t.p, t.len) : NULL;

	value_set_num(out, num_int(at ? (int64_t)utf8_count(s.p, at) + 1 : 0));
	return true;
}
