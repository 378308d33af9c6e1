/* The replacement of s///: read once into pieces, applied to a match. Captures only: the event's fields mean nothing
 * here, $0 is an error. Case maps ASCII.
 *
 *	$1 ${1} $name ${name}   a capture; nothing where its group took no part
 *	$&                      the whole match
 *	\U \L ... \E            upper or lower case up to \E
 *	\n \t \r \xHH \u{HEX}   a character; \ before what is no letter or digit: that byte
 *
 * A $ before anything else stands for itself. */
#include "config.h"

#include "lang/expr/expr.h"

#include "base/scan.h"
#include "lang/expr/node.h"
#include "base/utf8.h"

enum part_kind { PART_TEXT, PART_GROUP, PART_UPPER, PART_LOWER, PART_END };

struct subst_part {
	enum part_kind kind;
	unsigned group;    /* PART_GROUP; 0 is the match */
	struct slice text; /* PART_TEXT */
};

struct subst {
	size_t n, cap;
	struct subst_part *parts;
};

/* ---- compiling ---- */

struct reader {
	const struct expr_env *env;
	const struct re *re;
	struct subst *subst;
	struct slice text;
	struct span at;
	uint32_t pos;
	bool failed;
};

static struct subst_part *part_add(struct reader *r, enum part_kind kind)
{
	struct subst *s = r->subst;
	struct subst_part *parts;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		parts = arena_alloc(r->env->arena, s->cap * sizeof *parts);
		if (s->n)
			memcpy(parts, s->parts, s->n * sizeof *parts);
		s->parts = parts;
	}
	s->parts[s->n] = (struct subst_part){.kind = kind};
	return &s->parts[s->n++];
}

static void part_text(struct reader *r, const char *bytes, size_t len)
{
	part_add(r, PART_TEXT)->text = arena_copy(r->env->arena, slice_make(bytes, len));
}

/* An error about text[from..pos), which stands between what is before and behind it in the message. */
static void reader_error(struct reader *r, uint32_t from, const char *hint, const char *before, const char *behind)
{
	struct span at = compile_place(r->env, r->text, from, r->pos - from, r->at);
	char quoted[QUOTE_MAX];

	value_quote(quoted, slice_make(r->text.p + from, r->pos - from));
	diag_error(r->env->diag, at, hint, "%s'%s'%s", before, quoted, behind);
	r->failed = true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The byte that comes next, 0 at the end: nothing here takes a NUL for anything but itself. */
static char reader_peek(const struct reader *r)
{
	return r->pos < r->text.len ? r->text.p[r->pos] : '\0';
}

static struct slice reader_name(struct reader *r)
{
	uint32_t from = r->pos;
	bool number = is_digit(reader_peek(r));

	while (is_digit(reader_peek(r)) || (!number && is_letter(reader_peek(r))))
		r->pos++;
	return slice_make(r->text.p + from, r->pos - from);
}

/* The group's number, or 0 where there is none. */
static unsigned group_find(const struct re *re, struct slice name)
{
	unsigned groups = re_groups(re), n = 0;

	if (is_digit(name.p[0])) {
		for (uint32_t i = 0; i < name.len && n <= groups; i++)
			n = n * 10 + (unsigned)(name.p[i] - '0');
		return n <= groups ? n : 0;
	}
	for (n = groups; n > 0; n--) {
		const char *known = re_group_name(re, n);

		if (known && slice_eq(slice_str(known), name))
			break;
	}
	return n;
}

static void read_group(struct reader *r, uint32_t from, struct slice name)
{
	unsigned group = group_find(r->re, name);

	if (group > 0)
		part_add(r, PART_GROUP)->group = group;
	else if (slice_eq(name, slice_make("0", 1)))
		reader_error(r, from, "the whole match is $&", "no group ", "");
	else
		reader_error(r, from, NULL, "the regular expression has no group ", "");
}

/* Behind ${ */
static void read_braced(struct reader *r, uint32_t from)
{
	struct slice name = reader_name(r);

	if (name.len > 0 && reader_peek(r) == '}') {
		r->pos++;
		read_group(r, from, name);
		return;
	}
	while (r->pos < r->text.len && r->text.p[r->pos++] != '}')
		;
	reader_error(r, from, "only captures can stand in a replacement", "", " is no group");
}

static void read_dollar(struct reader *r)
{
	uint32_t from = r->pos++;
	char c = reader_peek(r);

	if (c == '&') {
		r->pos++;
		part_add(r, PART_GROUP);
	} else if (c == '{') {
		r->pos++;
		read_braced(r, from);
	} else if (is_digit(c) || is_letter(c)) {
		read_group(r, from, reader_name(r));
	} else {
		part_text(r, "$", 1);
	}
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to max hexadecimal digits; how many there were. */
static unsigned read_hex(struct reader *r, unsigned max, uint32_t *out)
{
	unsigned n = 0;

	for (*out = 0; n < max && hex_digit(reader_peek(r)) >= 0; n++)
		*out = *out << 4 | (uint32_t)hex_digit(r->text.p[r->pos++]);
	return n;
}

static void read_byte(struct reader *r, uint32_t from)
{
	uint32_t code;
	char c;

	if (read_hex(r, 2, &code) != 2) {
		reader_error(r, from, "\\x takes two hexadecimal digits", "bad escape ", "");
		return;
	}
	c = (char)code;
	part_text(r, &c, 1);
}

static void read_character(struct reader *r, uint32_t from)
{
	bool open = reader_peek(r) == '{', good;
	char utf8[UTF8_MAX];
	uint32_t code;

	r->pos += open;
	good = read_hex(r, 6, &code) > 0 && open && reader_peek(r) == '}';
	r->pos += reader_peek(r) == '}';
	if (!good || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		reader_error(r, from, "a character is \\u{HEX}, up to \\u{10FFFF}", "bad escape ", "");
	else
		part_text(r, utf8, utf8_encode(code, utf8));
}

static void read_escape(struct reader *r)
{
	uint32_t from = r->pos++;
	char c = reader_peek(r);

	if (r->pos == r->text.len) {
		reader_error(r, from, NULL, "a lone ", " at the end of a replacement");
		return;
	}
	r->pos++;
	switch (c) {
	case 'U': part_add(r, PART_UPPER); break;
	case 'L': part_add(r, PART_LOWER); break;
	case 'E': part_add(r, PART_END); break;
	case 'n': part_text(r, "\n", 1); break;
	case 't': part_text(r, "\t", 1); break;
	case 'r': part_text(r, "\r", 1); break;
	case 'x': read_byte(r, from); break;
	case 'u': read_character(r, from); break;
	default:
		if (is_digit(c))
			reader_error(r, from, "captures are $1, $2, ...", "", " in a replacement");
		else if (is_letter(c) && c != '_')
			reader_error(r, from, NULL, "unknown escape ", " in a replacement");
		else
			part_text(r, &c, 1);
	}
}

static void read_literal(struct reader *r)
{
	uint32_t from = r->pos;

	while (r->pos < r->text.len && r->text.p[r->pos] != '$' && r->text.p[r->pos] != '\\')
		r->pos++;
	part_text(r, r->text.p + from, r->pos - from);
}

struct subst *subst_new(struct slice text, struct span at, const struct re *re, const struct expr_env *env)
{
	struct subst *s = arena_alloc(env->arena, sizeof *s);
	struct reader r = {.env = env, .re = re, .subst = s, .text = text, .at = at};

	*s = (struct subst){0};
	while (r.pos < text.len) {
		if (text.p[r.pos] == '$')
			read_dollar(&r);
		else if (text.p[r.pos] == '\\')
			read_escape(&r);
		else
			read_literal(&r);
	}
	return r.failed ? NULL : s;
}

/* ---- applying ---- */

/* What a part stands for. */
static struct slice part_value(const struct subst_part *part, const struct re_scratch *m, struct slice subject)
{
	struct slice group;

	if (part->kind == PART_TEXT)
		return part->text;
	return re_group(m, part->group, subject, &group) ? group : slice_make("", 0);
}

/* The bytes that were added from offset `from` on, in the case of mode. */
static void map_case(enum part_kind mode, struct str *out, size_t from)
{
	char *p = out->p + from;

	if (mode == PART_UPPER)
		scan_upper(p, p, out->len - from);
	else if (mode == PART_LOWER)
		scan_lower(p, p, out->len - from);
}

static bool part_apply(const struct subst_part *part, enum part_kind mode, struct eval *ev, struct slice subject,
		       struct str *out)
{
	struct slice piece = part_value(part, &ev->re, subject);
	size_t from = out->len;

	if (piece.len == 0)
		return true;
	if (!eval_fits(ev, from + (uint64_t)piece.len))
		return false;
	str_add(out, piece.p, piece.len);
	map_case(mode, out, from);
	return true;
}

bool subst_apply(const struct subst *s, struct eval *ev, struct slice subject, struct str *out)
{
	enum part_kind mode = PART_END;

	for (size_t i = 0; i < s->n; i++) {
		const struct subst_part *part = &s->parts[i];

		if (part->kind != PART_TEXT && part->kind != PART_GROUP)
			mode = part->kind;
		else if (!part_apply(part, mode, ev, subject, out))
			return false;
	}
	return true;
}
