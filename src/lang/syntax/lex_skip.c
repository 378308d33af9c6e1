/* What messages and recovery ask of the lexer: an excerpt of what comes next, and the end of a stage that has been given
 * up. All guesses: nothing here is reported. */
#include "config.h"

#include "base/shown.h"
#include "lang/syntax/lex_impl.h"

#define EXCERPT_MAX 40

const char *lex_printable(struct arena *a, struct slice s)
{
	struct str out = {0};

	if (!str_add_shown(&out, s, s.len > EXCERPT_MAX ? EXCERPT_MAX - 3 : s.len))
		str_adds(&out, "...");
	const char *copy = arena_strdup(a, out.p ? out.p : "");
	str_release(&out);
	return copy;
}

#define NESTING_MAX 50 /* strings in ${...} in strings */

static bool skip_quoted(struct lex *l, int nesting);

/* At ${; false where it has no end. */
static bool skip_fill(struct lex *l, int nesting)
{
	int depth = 0;

	for (l->pos++; lex_at(l, 0) >= 0; l->pos++) {
		int c = lex_at(l, 0);
		depth += (c == '{') - (c == '}');
		if (c == '"') {
			if (!skip_quoted(l, nesting))
				return false;
			l->pos--;
		}
		if (depth == 0) {
			l->pos++;
			return true;
		}
	}
	return false;
}

/* At the opening quote; false where the string has no end. */
static bool skip_quoted(struct lex *l, int nesting)
{
	if (nesting == 0)
		return false;
	for (l->pos++; lex_at(l, 0) >= 0;) {
		if (lex_accept(l, "\""))
			return true;
		if (lex_at(l, 0) == '$' && lex_at(l, 1) == '{') {
			if (!skip_fill(l, nesting - 1))
				return false;
		} else {
			l->pos += lex_at(l, 0) == '\\' && lex_at(l, 1) >= 0 ? 2 : 1;
		}
	}
	return false;
}

void lex_skip_string(struct lex *l, uint32_t open)
{
	uint32_t stumbled = l->pos;

	l->pos = open;
	if (skip_quoted(l, NESTING_MAX))
		return;
	l->pos = stumbled > open ? stumbled : open + 1;
	while (lex_at(l, 0) >= 0 && (lex_at(l, 0) != '|' || stumbled == open)) {
		if (lex_accept(l, "\""))
			return;
		l->pos += lex_at(l, 0) == '\\' && lex_at(l, 1) >= 0 ? 2 : 1;
	}
	if (stumbled > open)
		l->pos = stumbled;
}

void lex_skip_fill(struct lex *l, uint32_t open)
{
	uint32_t before = l->pos;

	l->pos = open;
	if (!skip_fill(l, NESTING_MAX))
		l->pos = before;
}

struct span lex_excerpt(const struct lex *l, const char **text)
{
	struct lex look = *l;
	struct diag quiet;

	diag_init(&quiet, "", l->text);
	look.diag = &quiet;
	if (lex_at(&look, 0) == '"') {
		lex_skip_string(&look, look.pos);
	} else if (lex_raw_ahead(&look)) {
		lex_raw(&look);
	} else if (lex_at(&look, 0) == '=' && lex_at(&look, 1) != '>') {
		while (lex_at(&look, 0) == '=' || lex_at(&look, 0) == '~')
			look.pos++;
	} else if (lex_word_ahead(&look)) {
		while (lex_word_ahead(&look))
			look.pos++;
	} else if (lex_operator(&look).kind == TOK_NONE && !lex_accept(&look, "=>")) {
		look.pos += lex_at(&look, 0) >= 0;
		while (is_continuation(lex_at(&look, 0)))
			look.pos++;
	}
	diag_release(&quiet);
	*text = lex_printable(l->arena, text_from(&look, l->pos));
	return span_from(&look, l->pos);
}

/* Where a regular expression seems to begin, its end: unless a `|` in it stands at white space, and so looks like the
 * one between stages. 0: it is none. */
static uint32_t guess_regex_end(const struct lex *l)
{
	struct slice t = l->text;

	for (uint32_t i = l->pos + 1; i < t.len; i++) {
		if (t.p[i] == '/')
			return i + 1;
		if (t.p[i] == '\\')
			i++;
		else if (t.p[i] == '|' && (is_space(byte_at(t, i - 1)) || is_space(byte_at(t, i + 1))))
			return 0;
	}
	return 0;
}

/* One thing of a text of which nothing is known. */
static void skip_thing(struct lex *l)
{
	uint32_t regex_end;

	if (lex_at(l, 0) == '"')
		lex_skip_string(l, l->pos);
	else if (lex_at(l, 0) == '/' && (regex_end = guess_regex_end(l)) > 0)
		l->pos = regex_end;
	else if (!lex_accept(l, "||"))
		l->pos++;
}

static bool skip_ends(const struct lex *l, unsigned also)
{
	int c = lex_at(l, 0);

	if (c == '{')
		return also & SKIP_TO_BLOCK;
	if (c == '=')
		return (also & SKIP_TO_ARROW) && lex_at(l, 1) == '>';
	return lex_stage_end(l);
}

static bool at_word_start(const struct lex *l)
{
	int before = l->pos > 0 ? (unsigned char)l->text.p[l->pos - 1] : -1;

	return ends_word(before) || before == '=';
}

void lex_skip_stage(struct lex *l, unsigned also)
{
	struct diag quiet, *diag = l->diag;
	int depth = 0;

	diag_init(&quiet, "", l->text);
	l->diag = &quiet;
	for (;;) {
		lex_blank(l);
		if (lex_at(l, 0) < 0 || (depth == 0 && skip_ends(l, also)))
			break;
		depth += (lex_at(l, 0) == '{') - (lex_at(l, 0) == '}');
		if (!at_word_start(l) || lex_raw(l).kind == TOK_NONE)
			skip_thing(l);
	}
	l->diag = diag;
	diag_release(&quiet);
}
