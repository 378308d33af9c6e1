/* CSS selectors to XPath: see css.h. Recursive descent over
 *
 *   list:      complex {',' complex}
 *   complex:   [combinator] compound {combinator compound}
 *   compound:  [NAME | '*'] {'.' NAME | '#' NAME | '[' attribute ']' | ':' pseudo}
 *
 * where a combinator is '>', '+', '~' or white space. Each compound becomes a step `axis::name[condition]...`. Conditions never
 * use position(), so the same text serves in a step and in :not(). */
#include "config.h"

#include "formats/css.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

#define DEPTH_MAX 20 /* :not(:is(:has(...))) */

struct css {
	const char *begin, *p, *end;
	enum css_names names;
	const char *error, *error_at;
	int depth;
};

static bool fail(struct css *c, const char *error)
{
	if (!c->error) {
		c->error = error;
		c->error_at = c->p;
	}
	return false;
}

static int at(const struct css *c, int i)
{
	return c->end - c->p > i ? (unsigned char)c->p[i] : -1;
}

static bool is_space(int ch)
{
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static bool skip_space(struct css *c)
{
	const char *from = c->p;
	while (is_space(at(c, 0)))
		c->p++;
	return c->p > from;
}

static bool accept(struct css *c, char ch)
{
	if (at(c, 0) != (unsigned char)ch)
		return false;
	c->p++;
	return true;
}

/* ---- names and strings ---- */

static bool is_name_byte(int ch)
{
	return ch == '-' || ch == '_' || ch >= 0x80 || (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z');
}

static int hex_digit(int ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	return (ch | 32) >= 'a' && (ch | 32) <= 'f' ? (ch | 32) - 'a' + 10 : -1;
}

/* What a backslash means: a character by its number, or itself. */
static void add_escaped(struct css *c, struct str *to)
{
	uint32_t ch = 0;
	int n = 0;
	for (; n < 6 && hex_digit(at(c, 0)) >= 0; n++)
		ch = ch << 4 | (uint32_t)hex_digit((unsigned char)*c->p++);
	if (n == 0) {
		if (c->p < c->end)
			str_addc(to, *c->p++);
		return;
	}
	if (is_space(at(c, 0)))
		c->p++;
	char bytes[UTF8_MAX];
	str_add(to, bytes, utf8_encode(ch == 0 ? '?' : ch <= 0x10ffff ? ch : 0xfffd, bytes));
}

/* The bytes of a name or value from here on. */
static void read_word(struct css *c, struct str *to)
{
	for (;;) {
		if (is_name_byte(at(c, 0)))
			str_addc(to, *c->p++);
		else if (at(c, 0) == '\\' && at(c, 1) >= 0 && c->p++)
			add_escaped(c, to);
		else
			return;
	}
}

static bool read_name(struct css *c, struct str *to)
{
	const char *from = c->p;
	int first = at(c, at(c, 0) == '-');
	if (first >= '0' && first <= '9')
		return fail(c, "a name does not begin with a digit");
	read_word(c, to);
	return c->p > from || fail(c, "a name is missing");
}

static bool read_string(struct css *c, struct str *to)
{
	char quote = *c->p++;
	while (c->p < c->end && *c->p != quote) {
		if (*c->p == '\\' && ++c->p < c->end)
			add_escaped(c, to);
		else if (c->p < c->end)
			str_addc(to, *c->p++);
	}
	return accept(c, quote) || fail(c, "a quote is not closed");
}

static bool read_value(struct css *c, struct str *to)
{
	if (at(c, 0) == '"' || at(c, 0) == '\'')
		return read_string(c, to);
	const char *from = c->p;
	read_word(c, to);
	return c->p > from || fail(c, "a value is missing");
}

static void lower(struct str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->p[i] >= 'A' && s->p[i] <= 'Z')
			s->p[i] |= 32;
}

/* An XPath literal cannot hold both quotes: then it is put together. */
static void add_literal(struct str *out, const struct str *s)
{
	const char *p = s->len ? s->p : "", *end = p + s->len;
	if (!memchr(p, '\'', s->len)) {
		str_addf(out, "'%.*s'", (int)s->len, p);
		return;
	}
	if (!memchr(p, '"', s->len)) {
		str_addf(out, "\"%.*s\"", (int)s->len, p);
		return;
	}
	str_adds(out, "concat(''");
	while (p < end) {
		size_t n = 0;
		char quote = *p == '\'' ? '"' : '\'';
		while (p + n < end && p[n] != quote)
			n++;
		str_addf(out, ",%c%.*s%c", quote, (int)n, p, quote);
		p += n;
	}
	str_addc(out, ')');
}

/* ---- conditions ---- */

/* How the name of an element is tested in a step, or `self::` it. A name with characters that XPath has no use for, such as a
 * colon, is compared as text. */
static void add_node_test(struct str *out, const struct str *name, const char *axis)
{
	bool plain = true;
	for (size_t i = 0; i < name->len; i++)
		plain = plain && is_name_byte((unsigned char)name->p[i]);
	if (!name->len)
		str_addf(out, "%s*", axis);
	else if (plain)
		str_addf(out, "%s%.*s", axis, (int)name->len, name->p);
	else {
		str_addf(out, "%s*[name()=", axis);
		add_literal(out, name);
		str_addc(out, ']');
	}
}

static void add_attribute(struct str *out, const struct str *name)
{
	for (size_t i = 0; i < name->len; i++)
		if (!is_name_byte((unsigned char)name->p[i])) {
			str_adds(out, "@*[name()=");
			add_literal(out, name);
			str_addc(out, ']');
			return;
		}
	str_addf(out, "@%.*s", (int)name->len, name->p);
}

static void add_has_word(struct str *out, const char *attribute, const struct str *word)
{
	struct str padded = {0};
	str_addf(&padded, " %.*s ", (int)word->len, word->len ? word->p : "");
	str_addf(out, "[contains(concat(' ',normalize-space(%s),' '),", attribute);
	add_literal(out, &padded);
	str_adds(out, ")]");
	str_release(&padded);
}

/* What is compared with a value: the attribute's text, for the flag i in lower case. */
static void add_compared(struct str *out, const char *attribute, char op, const struct str *value)
{
	switch (op) {
	case '=':
		str_addf(out, "[%s=", attribute);
		add_literal(out, value);
		str_addc(out, ']');
		break;
	case '~':
		if (!value->len || memchr(value->p, ' ', value->len))
			str_adds(out, "[false()]");
		else
			add_has_word(out, attribute, value);
		break;
	case '|':
		str_addf(out, "[%s=", attribute);
		add_literal(out, value);
		str_addf(out, " or starts-with(%s,concat(", attribute);
		add_literal(out, value);
		str_adds(out, ",'-'))]");
		break;
	case '^':
	case '*':
		str_addf(out, "[%s(%s,", op == '^' ? "starts-with" : "contains", attribute);
		add_literal(out, value);
		str_adds(out, ")]");
		break;
	default: /* $ */
		str_addf(out, "[string-length(%s)>=string-length(", attribute);
		add_literal(out, value);
		str_addf(out, ") and substring(%s,string-length(%s)-string-length(", attribute, attribute);
		add_literal(out, value);
		str_adds(out, ")+1)=");
		add_literal(out, value);
		str_addc(out, ']');
	}
}

/* attribute: NAME [OP value [i]] ']' */
static bool read_attribute(struct css *c, struct str *out)
{
	struct str name = {0}, value = {0}, attribute = {0};
	skip_space(c);
	bool good = read_name(c, &name);
	if (good && c->names == CSS_HTML)
		lower(&name);
	if (good)
		add_attribute(&attribute, &name);
	skip_space(c);
	int op = at(c, 0);
	if (good && op == ']') {
		str_addf(out, "[%.*s]", (int)attribute.len, attribute.p);
	} else if (good) {
		bool two = op > 0 && strchr("~|^$*", op) != NULL;
		if (two)
			c->p++;
		good = accept(c, '=') || fail(c, "'=', '~=', '|=', '^=', '$=', '*=' or ']' is missing");
		skip_space(c);
		good = good && read_value(c, &value);
		skip_space(c);
		bool fold = good && (at(c, 0) | 32) == 'i' && !is_name_byte(at(c, 1));
		if (fold) {
			struct str folded = {0};
			c->p++;
			lower(&value);
			str_addf(&folded, "translate(%.*s,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz')",
				 (int)attribute.len, attribute.p);
			str_release(&attribute);
			attribute = folded;
		}
		if (good && two && op != '|' && op != '~' && !value.len)
			str_adds(out, "[false()]"); /* an empty text begins, ends and lies nowhere */
		else if (good) {
			add_compared(out, attribute.p, two ? (char)op : '=', &value);
		}
	}
	skip_space(c);
	good = good && (accept(c, ']') || fail(c, "']' is missing"));
	str_release(&name);
	str_release(&value);
	str_release(&attribute);
	return good;
}

/* ---- :nth-child() and its kind ---- */

/* an+b: odd, even, 3, n, -n+2, 2n + 1 */
static bool read_nth(struct css *c, long *a, long *b)
{
	static const struct { const char *word; long a, b; } words[] = {{"odd", 2, 1}, {"even", 2, 0}};
	skip_space(c);
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(words[i].word);
		if ((size_t)(c->end - c->p) >= n && strncasecmp(c->p, words[i].word, n) == 0 && !is_name_byte(at(c, (int)n))) {
			*a = words[i].a;
			*b = words[i].b;
			c->p += n;
			skip_space(c);
			return true;
		}
	}
	long sign = 1, n = 0;
	int digits = 0;
	if (at(c, 0) == '-' || at(c, 0) == '+')
		sign = *c->p++ == '-' ? -1 : 1;
	for (; at(c, 0) >= '0' && at(c, 0) <= '9' && digits < 9; digits++)
		n = n * 10 + (*c->p++ - '0');
	*a = 0;
	*b = sign * n;
	if ((at(c, 0) | 32) != 'n') {
		skip_space(c);
		return digits > 0 || fail(c, "a number, 'odd', 'even' or an+b is missing");
	}
	c->p++;
	*a = sign * (digits ? n : 1);
	*b = 0;
	skip_space(c);
	if (at(c, 0) != '-' && at(c, 0) != '+')
		return true;
	sign = *c->p++ == '-' ? -1 : 1;
	skip_space(c);
	for (n = 0, digits = 0; at(c, 0) >= '0' && at(c, 0) <= '9' && digits < 9; digits++)
		n = n * 10 + (*c->p++ - '0');
	*b = sign * n;
	skip_space(c);
	return digits > 0 || fail(c, "a number is missing");
}

/* count: the XPath number of siblings before (or after) it; its place is that plus 1. */
static void add_nth(struct str *out, const char *count, long a, long b)
{
	if (a == 0) {
		str_addf(out, "[%s=%ld]", count, b - 1);
	} else if (a > 0) {
		str_addf(out, "[%s>=%ld and (%s+1-(%ld)) mod %ld=0]", count, b > 0 ? b - 1 : 0, count, b, a);
	} else {
		str_addf(out, "[%s<=%ld and (%ld-(%s+1)) mod %ld=0]", count, b - 1, b, count, -a);
	}
}

/* ---- compounds ---- */

static bool read_list(struct css *c, struct str *out, const char *first_axis, const char *between, char close);

static bool word_is(const struct str *s, const char *word)
{
	return s->len == strlen(word) && memcmp(s->p, word, s->len) == 0;
}

/* The siblings that count, before or after: all, or those of its name. */
static void add_siblings(struct str *out, const char *axis, const struct str *type)
{
	str_addf(out, "count(%s-sibling::", axis);
	add_node_test(out, type, "");
	str_addc(out, ')');
}

static bool nth_pseudo(struct css *c, struct str *out, const char *axis, const struct str *type)
{
	struct str count = {0};
	long a, b;
	if (!accept(c, '('))
		return fail(c, "'(' is missing");
	if (!read_nth(c, &a, &b))
		return false;
	if (!accept(c, ')'))
		return fail(c, "')' is missing");
	add_siblings(&count, axis, type);
	add_nth(out, count.p, a, b);
	str_release(&count);
	return true;
}

/* :not() :is() :where() :matches(): whether the element itself is one of the list. :has(): whether the list finds any. */
static bool list_pseudo(struct css *c, struct str *out, const char *before, const char *first_axis, const char *after)
{
	if (!accept(c, '('))
		return fail(c, "'(' is missing");
	str_adds(out, before);
	if (!read_list(c, out, first_axis, " or ", ')'))
		return false;
	str_adds(out, after);
	return true;
}

static bool contains_pseudo(struct css *c, struct str *out)
{
	struct str text = {0};
	bool good = accept(c, '(') || fail(c, "'(' is missing");
	skip_space(c);
	good = good && read_value(c, &text);
	skip_space(c);
	good = good && (accept(c, ')') || fail(c, "')' is missing"));
	if (good) {
		str_adds(out, "[contains(string(),");
		add_literal(out, &text);
		str_adds(out, ")]");
	}
	str_release(&text);
	return good;
}

static bool unknown_pseudo(struct css *c, const char *begin)
{
	c->p = begin;
	return fail(c, "there is no such pseudo-class");
}

static bool read_pseudo(struct css *c, struct str *out, const struct str *type)
{
	static const struct str any = {0};
	static const struct { const char *name, *condition; } simple[] = {
		{"empty", "[not(*) and not(string-length())]"},
		{"root", "[not(parent::*)]"},
		{"checked", "[(@checked and (self::input)) or (@selected and self::option)]"},
		{"disabled", "[@disabled]"},
		{"link", "[@href and (self::a or self::area or self::link)]"},
	};
	static const struct { const char *name, *axis; bool typed; } nth[] = {
		{"nth-child", "preceding", false},
		{"nth-last-child", "following", false},
		{"nth-of-type", "preceding", true},
		{"nth-last-of-type", "following", true},
	};
	static const struct { const char *name; bool first, last, typed; } ends[] = {
		{"first-child", true, false, false}, {"last-child", false, true, false}, {"only-child", true, true, false},
		{"first-of-type", true, false, true}, {"last-of-type", false, true, true}, {"only-of-type", true, true, true},
	};
	const char *begin = c->p;
	struct str name = {0};
	bool good = read_name(c, &name);
	lower(&name);
	if (!good)
		goto out;
	for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++)
		if (word_is(&name, simple[i].name)) {
			str_adds(out, simple[i].condition);
			goto out;
		}
	for (size_t i = 0; i < sizeof nth / sizeof nth[0]; i++)
		if (word_is(&name, nth[i].name)) {
			good = (!nth[i].typed || type->len || fail(c, "'of-type' needs the name of an element before it"))
			       && nth_pseudo(c, out, nth[i].axis, nth[i].typed ? type : &any);
			goto out;
		}
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (word_is(&name, ends[i].name)) {
			good = !ends[i].typed || type->len || fail(c, "'of-type' needs the name of an element before it");
			for (int side = 0; good && side < 2; side++)
				if (side ? ends[i].last : ends[i].first) {
					str_addc(out, '[');
					add_siblings(out, side ? "following" : "preceding", ends[i].typed ? type : &any);
					str_adds(out, "=0]");
				}
			goto out;
		}
	if (word_is(&name, "not"))
		good = list_pseudo(c, out, "[not(", "self::", ")]");
	else if (word_is(&name, "is") || word_is(&name, "where") || word_is(&name, "matches"))
		good = list_pseudo(c, out, "[", "self::", "]");
	else if (word_is(&name, "has"))
		good = list_pseudo(c, out, "[", "descendant::", "]");
	else if (word_is(&name, "contains"))
		good = contains_pseudo(c, out);
	else
		good = unknown_pseudo(c, begin);
out:
	str_release(&name);
	return good;
}

static bool compound_ahead(const struct css *c)
{
	int ch = at(c, 0);
	return ch == '*' || ch == '.' || ch == '#' || ch == '[' || ch == ':' || ch == '\\' || is_name_byte(ch);
}

static bool read_compound(struct css *c, struct str *out, const char *axis)
{
	struct str type = {0}, part = {0};
	bool good = true;
	if (!compound_ahead(c))
		return fail(c, c->p == c->end ? "a selector is missing" : "this begins no selector");
	if (!accept(c, '*') && (is_name_byte(at(c, 0)) || at(c, 0) == '\\'))
		good = read_name(c, &type);
	if (c->names == CSS_HTML)
		lower(&type);
	add_node_test(out, &type, axis);
	while (good && c->p < c->end) {
		str_clear(&part);
		if (accept(c, '.')) {
			good = read_name(c, &part);
			if (good)
				add_has_word(out, "@class", &part);
		} else if (accept(c, '#')) {
			good = read_name(c, &part);
			if (good)
				add_compared(out, "@id", '=', &part);
		} else if (accept(c, '[')) {
			good = read_attribute(c, out);
		} else if (accept(c, ':')) {
			if (at(c, 0) == ':')
				good = fail(c, "pseudo-elements are not in the document");
			else
				good = read_pseudo(c, out, &type);
		} else {
			break;
		}
	}
	str_release(&type);
	str_release(&part);
	return good;
}

/* The combinator that comes next, ' ' for descendants; 0: none. */
static char read_combinator(struct css *c)
{
	bool space = skip_space(c);
	int ch = at(c, 0);
	if (ch == '>' || ch == '+' || ch == '~') {
		c->p++;
		skip_space(c);
		return (char)ch;
	}
	return space && compound_ahead(c) ? ' ' : 0;
}

static bool read_step(struct css *c, struct str *out, char combinator, const char *descendant)
{
	if (combinator != '+')
		return read_compound(c, out, combinator == '>' ? "child::" : combinator == '~' ? "following-sibling::" : descendant);
	/* The next sibling alone, which has to be that. */
	str_adds(out, "following-sibling::*[1]/");
	return read_compound(c, out, "self::");
}

/* The steps to an element from where it is looked for. */
static bool read_complex(struct css *c, struct str *out, const char *first_axis)
{
	bool self = strcmp(first_axis, "self::") == 0;
	char combinator = self ? 0 : read_combinator(c);
	if (!read_step(c, out, combinator, first_axis))
		return false;
	while ((combinator = read_combinator(c)) != 0) {
		if (self)
			return fail(c, "one element at a time here: no combinators");
		str_addc(out, '/');
		if (!read_step(c, out, combinator, "descendant::"))
			return false;
	}
	return true;
}

static bool read_list(struct css *c, struct str *out, const char *first_axis, const char *between, char close)
{
	if (++c->depth > DEPTH_MAX)
		return fail(c, "too many parentheses");
	for (bool first = true;; first = false) {
		skip_space(c);
		if (!first)
			str_adds(out, between);
		if (!read_complex(c, out, first_axis))
			return false;
		skip_space(c);
		if (!accept(c, ','))
			break;
	}
	c->depth--;
	if (close ? !accept(c, close) : c->p < c->end)
		return fail(c, close ? "')' is missing" : "this does not belong to a selector");
	return true;
}

bool css_to_xpath(struct slice selector, enum css_names names, struct str *out, const char **error, uint32_t *place)
{
	struct css c = {.begin = selector.p, .p = selector.p, .end = selector.p + selector.len, .names = names};
	struct str path = {0};
	bool good = read_list(&c, &path, "descendant::", "|", 0);
	if (good) {
		str_add(out, path.p, path.len);
	} else {
		*error = c.error;
		*place = (uint32_t)(c.error_at - c.begin);
	}
	str_release(&path);
	return good;
}
