/* Writing JSON: see json_write.h. */
#include "config.h"

#include "formats/json_write.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "formats/json.h"

struct slice json_plain_text(struct slice value, char *to)
{
	int64_t len = value.flags & SLICE_ESCAPED ? json_unescape(value, to) : -1;
	return len < 0 ? value : slice_of_kind(to, (size_t)len, slice_kind(value));
}

/* ---- layout ---- */

void json_add_line(struct str *out, const struct json_style *style, int depth)
{
	if (!style->pretty)
		return;
	str_addc(out, '\n');
	for (int i = 0; i < depth; i++)
		str_add(out, "  ", 2);
}

void json_add_name(struct str *out, struct slice name, const struct json_style *style)
{
	json_add_string(out, name);
	str_add(out, ": ", style->pretty ? 2 : 1);
}

/* ---- scalars ---- */

static bool is_empty(struct slice value)
{
	enum kind kind = slice_kind(value);
	return kind == KIND_MISSING || kind == KIND_NULL || (value.len == 0 && (kind == KIND_TEXT || kind == KIND_NONE));
}

bool json_omits(struct slice value, const struct json_style *style)
{
	enum kind kind = slice_kind(value);
	if (style->omit == JSON_OMIT_NULL)
		return kind == KIND_MISSING || kind == KIND_NULL;
	return style->omit == JSON_OMIT_EMPTY && is_empty(value);
}

/* Between its quotes as it came: nothing in it breaks a rule. */
static bool is_clean(struct slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static void add_text(struct str *out, struct slice value)
{
	if (!(value.flags & SLICE_ESCAPED)) {
		json_add_string(out, value);
	} else if (is_clean(value)) {
		str_addc(out, '"');
		str_add(out, value.p, value.len);
		str_addc(out, '"');
	} else {
		char *to = mem_alloc((size_t)value.len + 1);
		json_add_string(out, json_plain_text(value, to));
		free(to);
	}
}

static void add_scalar(struct str *out, struct slice value, const struct json_style *style)
{
	enum kind kind = slice_kind(value);
	bool bare = kind == KIND_NUMBER || kind == KIND_LITERAL || (kind == KIND_NONE && json_is_number(value));
	if (kind == KIND_MISSING || kind == KIND_NULL)
		str_adds(out, style->text ? "\"\"" : "null");
	else if (bare && !style->text)
		str_add(out, value.p, value.len);
	else
		add_text(out, value);
}

/* ---- documents ---- */

/* Appends a document without the white space in it that holds a newline. */
static void add_on_one_line(struct str *out, struct slice doc)
{
	const char *p = doc.p, *end = p + doc.len, *from = p;
	bool in_string = false;
	if (!doc.len || !memchr(doc.p, '\n', doc.len)) {
		str_add(out, doc.p, doc.len);
		return;
	}
	while (p < end) {
		const char *run = p;
		bool newline = false;
		if (in_string || (*p != ' ' && *p != '\t' && *p != '\n' && *p != '\r')) {
			in_string ^= *p == '"';
			p += in_string && *p == '\\' && p + 1 < end ? 2 : 1;
			continue;
		}
		for (; p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'); p++)
			newline |= *p == '\n';
		if (!newline)
			continue;
		str_add(out, from, (size_t)(run - from));
		from = p;
	}
	str_add(out, from, (size_t)(end - from));
}

static void add_written_name(struct str *out, struct slice name, const struct json_style *style)
{
	add_text(out, name);
	str_add(out, ": ", style->pretty ? 2 : 1);
}

/* Appends a document anew, member by member. */
static bool add_anew(struct str *out, struct slice doc, const struct json_style *style, int depth)
{
	struct json_walk w;
	struct slice name, value;
	enum json_result got;
	int n = 0;
	if (!json_walk_begin(&w, doc))
		return false;
	str_addc(out, w.object ? '{' : '[');
	while ((got = json_walk_next(&w, &name, &value)) == JSON_VALUE) {
		if (w.object && json_omits(value, style))
			continue;
		if (n++)
			str_addc(out, ',');
		json_add_line(out, style, depth + 1);
		if (w.object)
			add_written_name(out, name, style);
		if (!json_add_value(out, value, style, depth + 1))
			return false;
	}
	if (n)
		json_add_line(out, style, depth);
	str_addc(out, w.object ? '}' : ']');
	return got == JSON_END;
}

bool json_add_value(struct str *out, struct slice value, const struct json_style *style, int depth)
{
	if (slice_kind(value) != KIND_DOCUMENT)
		add_scalar(out, value, style);
	else if (style->pretty || style->text || style->omit != JSON_OMIT_NONE)
		return add_anew(out, value, style, depth);
	else
		add_on_one_line(out, value);
	return true;
}
