/* Literals of the lexer: strings, words, raw strings, regular expressions, substitutions. A mistake in one is reported, and
 * reading goes on behind its end. */
#include "config.h"

#include "lang/syntax/lex_impl.h"

#include "base/re.h"

#define REGEX_DELIMITERS ",!:@%~&"

/* ---- strings and words ---- */

static int hex_value(int c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_utf8(struct str *out, uint32_t c)
{
	if (c < 0x80) {
		str_addc(out, (char)c);
		return;
	}
	int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	str_addc(out, (char)(lead[more] | c >> (6 * more)));
	while (more--)
		str_addc(out, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

/* \xHH, behind the x. */
static bool lex_hex_byte(struct lex *l, struct str *out)
{
	int high = hex_value(lex_at(l, 0)), low = high < 0 ? -1 : hex_value(lex_at(l, 1));

	if (low < 0)
		return false;
	str_addc(out, (char)(high << 4 | low));
	l->pos += 2;
	return true;
}

/* \u{HEX}, behind the u. */
static bool lex_code_point(struct lex *l, struct str *out)
{
	uint32_t code = 0, n = 1;

	if (lex_at(l, 0) != '{')
		return false;
	for (; hex_value(lex_at(l, n)) >= 0 && code <= 0x10ffff; n++)
		code = code << 4 | (uint32_t)hex_value(lex_at(l, n));
	if (n == 1 || lex_at(l, n) != '}' || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return false;
	add_utf8(out, code);
	l->pos += n + 1;
	return true;
}

static void bad_escape(struct lex *l, uint32_t begin, int c)
{
	if (c < 0)
		return; /* the string is not closed: reported where it began */
	if (c == 'x' || c == 'u') {
		diag_error(l->diag, (struct span){begin, l->pos}, c == 'x' ? "\\xHH" : "\\u{HEX}",
			   "bad escape '\\%c'", c);
		return;
	}
	while (is_continuation(lex_at(l, 0)))
		l->pos++;
	diag_error(l->diag, (struct span){begin, l->pos}, "\\t \\n \\r \\\\ \\\" \\$ \\xHH \\u{HEX}; raw strings are q{...}",
		   "unknown escape '%s'", lex_printable(l->arena, text_from(l, begin)));
}

static void lex_escape(struct lex *l, struct str *out)
{
	static const char from[] = "tnr\\\"$", to[] = "\t\n\r\\\"$";
	uint32_t begin = l->pos++;
	int c = lex_at(l, 0);

	l->pos += c >= 0;
	if (is_one_of(c, from))
		str_addc(out, to[strchr(from, c) - from]);
	else if (!(c == 'x' && lex_hex_byte(l, out)) && !(c == 'u' && lex_code_point(l, out)))
		bad_escape(l, begin, c);
}

/* The piece from begin to here: as it stands in the text, or, where that had escapes, the bytes they gave. */
static struct token text_token(struct lex *l, struct str *unescaped, bool escapes, uint32_t begin)
{
	struct token t = {.kind = TOK_TEXT, .at = span_from(l, begin), .text = text_from(l, begin)};

	if (escapes)
		t.text = arena_copy(l->arena, slice_make(unescaped->p ? unescaped->p : "", unescaped->len));
	str_release(unescaped);
	return t;
}

static struct token lex_string_text(struct lex *l)
{
	struct str text = {0};
	uint32_t begin = l->pos;
	bool escapes = false;

	for (int c; (c = lex_at(l, 0)) >= 0 && c != '"' && !lex_dollar_ahead(l);) {
		if (c == '\\') {
			escapes = true;
			lex_escape(l, &text);
		} else {
			str_addc(&text, (char)c);
			l->pos++;
		}
	}
	return text_token(l, &text, escapes, begin);
}

struct token lex_string_piece(struct lex *l)
{
	uint32_t begin = l->pos;

	if (lex_accept(l, "\""))
		return (struct token){.kind = TOK_QUOTE, .at = span_from(l, begin)};
	if (lex_dollar_ahead(l))
		return lex_dollar(l);
	if (lex_at(l, 0) < 0)
		return (struct token){.kind = TOK_NONE, .at = span_from(l, begin)};
	return lex_string_text(l);
}

bool lex_word_ahead(const struct lex *l)
{
	return is_word(lex_at(l, 0)) && !(lex_at(l, 0) == '=' && lex_at(l, 1) == '>');
}

struct token lex_word_piece(struct lex *l)
{
	uint32_t begin = l->pos;

	if (lex_at(l, 0) == '$')
		return lex_dollar(l);
	while (lex_at(l, 0) != '$' && lex_word_ahead(l))
		l->pos++;
	return (struct token){
		.kind = l->pos > begin ? TOK_TEXT : TOK_NONE,
		.at = span_from(l, begin),
		.text = text_from(l, begin),
	};
}

static int closing_bracket(int open)
{
	return open == '{' ? '}' : open == '(' ? ')' : open == '[' ? ']' : open;
}

bool lex_raw_ahead(const struct lex *l)
{
	return lex_at(l, 0) == 'q' && is_one_of(lex_at(l, 1), "{([,");
}

struct token lex_raw(struct lex *l)
{
	struct token t = {.kind = TOK_NONE};
	uint32_t begin = l->pos;

	if (!lex_raw_ahead(l))
		return t;
	int open = lex_at(l, 1), close = closing_bracket(open), depth = 1;
	for (l->pos += 2; lex_at(l, 0) >= 0; l->pos++) {
		int c = lex_at(l, 0);
		if (c == close && --depth == 0)
			break;
		depth += c == open && open != close;
	}
	t = (struct token){.kind = TOK_TEXT, .text = text_from(l, begin + 2)};
	if (lex_at(l, 0) < 0) {
		diag_error(l->diag, (struct span){begin, begin + 2}, NULL, "raw string is not closed");
		l->unclosed = true;
	} else {
		l->pos++;
	}
	t.at = span_from(l, begin);
	return t;
}

/* ---- regular expressions ---- */

bool lex_regex_ahead(const struct lex *l)
{
	return lex_at(l, 0) == '/' || (lex_at(l, 0) == 'm' && is_one_of(lex_at(l, 1), REGEX_DELIMITERS));
}

bool lex_subst_ahead(const struct lex *l)
{
	return lex_at(l, 0) == 's' && is_one_of(lex_at(l, 1), "/" REGEX_DELIMITERS);
}

/* The bytes up to the first unescaped delimiter, which is consumed; `\` and the delimiter give the delimiter. False at
 * the end of the text. */
static bool lex_delimited(struct lex *l, int delimiter, struct token *t)
{
	struct str text = {0};
	uint32_t begin = l->pos;
	bool escapes = false;
	int c;

	while ((c = lex_at(l, 0)) >= 0 && c != delimiter) {
		if (c == '\\' && lex_at(l, 1) == delimiter)
			escapes = true;
		else
			str_addc(&text, (char)c);
		l->pos++;
		if (c == '\\' && lex_at(l, 0) >= 0) {
			str_addc(&text, (char)lex_at(l, 0));
			l->pos++;
		}
	}
	*t = text_token(l, &text, escapes, begin);
	l->pos += c >= 0;
	return c >= 0;
}

static unsigned regex_flag(int c)
{
	switch (c) {
	case 'i': return RE_ICASE;
	case 'x': return RE_EXTENDED;
	case 's': return RE_DOTALL;
	case 'm': return RE_MULTILINE;
	case 'u': return RE_UTF;
	case 'g': return AST_GLOBAL;
	default: return 0;
	}
}

/* Of several that are unknown the first is reported. */
static unsigned lex_flags(struct lex *l)
{
	unsigned flags = 0;
	bool told = false;

	for (int c; is_ident(c = lex_at(l, 0)); l->pos++) {
		flags |= regex_flag(c);
		if (regex_flag(c) || told)
			continue;
		diag_error(l->diag, (struct span){l->pos, l->pos + 1}, "one of i x s m g u",
			   "unknown flag '%c' of a regular expression", c);
		told = true;
	}
	return flags;
}

static void not_closed(struct lex *l, uint32_t begin, uint32_t open_len, const char *what)
{
	diag_error(l->diag, (struct span){begin, begin + open_len}, NULL, "%s is not closed", what);
	l->unclosed = true;
}

struct token lex_regex(struct lex *l)
{
	struct token t = {.kind = TOK_NONE};
	uint32_t begin = l->pos, open_len = lex_at(l, 0) == 'm' ? 2 : 1;

	if (!lex_regex_ahead(l))
		return t;
	l->pos += open_len;
	if (!lex_delimited(l, (unsigned char)l->text.p[begin + open_len - 1], &t))
		not_closed(l, begin, open_len, "regular expression");
	t.kind = TOK_REGEX;
	t.flags = lex_flags(l);
	t.at = span_from(l, begin);
	return t;
}

bool lex_subst(struct lex *l, struct token *re, struct token *with)
{
	uint32_t begin = l->pos;

	if (!lex_subst_ahead(l))
		return false;
	int delimiter = lex_at(l, 1);
	l->pos += 2;
	*with = (struct token){.kind = TOK_TEXT};
	if (!lex_delimited(l, delimiter, re) || !lex_delimited(l, delimiter, with))
		not_closed(l, begin, 2, "substitution");
	re->kind = TOK_REGEX;
	re->flags = lex_flags(l);
	re->at = span_from(l, begin);
	return true;
}

struct span lex_regex_place(struct slice text, struct span at, size_t offset)
{
	uint32_t pos = at.begin + (byte_at(text, at.begin) == '/' ? 1 : 2);
	int delimiter = byte_at(text, pos - 1);

	for (size_t i = 0; i < offset && pos < at.end && byte_at(text, pos) != delimiter; i++)
		pos += byte_at(text, pos) == '\\' && byte_at(text, pos + 1) == delimiter ? 2 : 1;
	return (struct span){pos, pos < text.len ? pos + 1 : pos};
}
