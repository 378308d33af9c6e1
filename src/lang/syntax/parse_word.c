/* Strings and words, with what is filled in for every event. */
#include "config.h"

#include "lang/syntax/parse_impl.h"

#include <ctype.h>
#include <limits.h>

/* One text out of its parts. A quoted string stays a string even if it is one field alone. */
static struct ast_expr *concat_done(struct ast_expr *e, struct span at, bool quoted)
{
	if (e->nkids == 1 && (!quoted || e->kids[0]->kind == AST_STR))
		e = e->kids[0];
	else if (e->nkids == 0)
		e->kind = AST_STR, e->text = slice_str("");
	e->at = at;
	return e;
}

static struct ast_expr *fill_part(struct parse *p, const struct token *t);

/* A number or name alone between braces: the field, as without them; or a name that a path begins with, whose steps are
 * read next. Its token, or TOK_NONE and nothing read. */
static struct token braced_field(struct parse *p, const struct token *open)
{
	struct slice text = p->lex.text;
	uint32_t begin = p->lex.pos, end = begin;

	while (end < text.len && (isalnum((unsigned char)text.p[end]) || text.p[end] == '_'))
		end++;
	bool path = end < text.len && (text.p[end] == '.' || text.p[end] == '[') && !isdigit((unsigned char)text.p[begin]);
	if (end == begin || end == text.len || (text.p[end] != '}' && !path))
		return (struct token){.kind = TOK_NONE};
	struct token t = {.kind = TOK_NAME, .at = {open->at.begin, end + 1}, .text = slice_make(text.p + begin, end - begin)};
	if (isdigit((unsigned char)text.p[begin])) {
		struct num n;
		if (!num_parse(t.text, &n) || !n.is_int || n.i > INT_MAX)
			return (struct token){.kind = TOK_NONE};
		t.kind = TOK_FIELD;
		t.index = (int)n.i;
	} else if (parse_is_variable(t.text)) { /* ${NF} is how many there are; $NF is the last of them */
		return (struct token){.kind = TOK_NONE};
	}
	p->lex.pos = end + !path;
	t.at.end = p->lex.pos;
	return t;
}

/* '${' (digits | name {step} | expr) '}' */
static struct ast_expr *filled(struct parse *p, const struct token *open)
{
	struct token field = braced_field(p, open);

	if (field.kind != TOK_NONE && p->lex.text.p[p->lex.pos - 1] == '}')
		return fill_part(p, &field);
	if (field.kind != TOK_NONE) { /* the path is a name's, as behind $ */
		struct ast_expr *path = parse_field_rest(p, &field);
		return path && parse_close(p, '}', open->at) ? path : NULL;
	}
	struct ast_expr *e = parse_expr(p, open->at);
	return e && parse_close(p, '}', open->at) ? e : NULL;
}

/* part: text | $1 | $NF | $name | '${' (digits | name | expr) '}' */
static struct ast_expr *fill_part(struct parse *p, const struct token *t)
{
	switch (t->kind) {
	case TOK_FIELD:
		return parse_leaf(p, AST_FIELD, t);
	case TOK_LAST:
		return parse_leaf(p, AST_LAST, t);
	case TOK_NAME:
		return parse_leaf(p, AST_NAME, t);
	case TOK_FILL:
		return filled(p, t);
	default:
		return parse_leaf(p, AST_STR, t);
	}
}

static void not_filled_in(struct parse *p, const struct token *t, const char *hint)
{
	parse_error(p, t->at, hint, "'%.*s' is not filled in here", (int)(t->at.end - t->at.begin),
		    p->lex.text.p + t->at.begin);
}

/* string: '"' part* '"' */
struct ast_expr *parse_string(struct parse *p, struct span open, enum fill fill)
{
	struct ast_expr *e = ast_new(p, AST_CONCAT, open);
	bool told = false;

	for (;;) {
		struct token t = lex_string_piece(&p->lex);
		if (t.kind == TOK_QUOTE)
			return concat_done(e, parse_span(p, open.begin), true);
		if (t.kind == TOK_NONE)
			break;
		struct ast_expr *part = fill_part(p, &t);
		if (!part) {
			lex_skip_string(&p->lex, open.begin);
			return NULL;
		}
		if (fill == FILL_NONE && t.kind != TOK_TEXT && !told)
			not_filled_in(p, &t, "write '\\$', or q{...}");
		told |= t.kind != TOK_TEXT;
		ast_add(p, e, part);
	}
	if (!p->lex.unclosed)
		parse_error(p, open, NULL, "string is not closed");
	p->lex.unclosed = true;
	return NULL;
}

struct ast_expr *parse_quoted(struct parse *p, enum fill fill)
{
	uint32_t begin = p->lex.pos;
	struct token t;

	if (lex_accept(&p->lex, "\""))
		return parse_string(p, parse_span(p, begin), fill);
	t = lex_raw(&p->lex);
	return parse_leaf(p, AST_STR, &t);
}

/* A bare word that is taken as it is. */
static struct ast_expr *plain_word(struct parse *p)
{
	const char *what;
	struct span at = lex_excerpt(&p->lex, &what);
	struct token t = {.at = at, .text = slice_make(p->lex.text.p + at.begin, at.end - at.begin)};
	const char *dollar = memchr(t.text.p, '$', t.text.len);

	p->lex.pos = at.end;
	if (dollar) {
		uint32_t pos = (uint32_t)(dollar - p->lex.text.p);
		struct str hint = {0};
		str_addf(&hint, "write q{%s}", what);
		parse_error(p, (struct span){pos, at.end}, hint.p, "'$' is not filled in here");
		str_release(&hint);
	}
	return parse_leaf(p, AST_STR, &t);
}

struct ast_expr *parse_stray_dollar(struct parse *p, struct span at)
{
	bool computed = lex_at(&p->lex, 0) == '$' && lex_at(&p->lex, 1) == '(';

	at.end = at.begin + 1;
	parse_error(p, at, computed ? "fields from the end are $-1, $-2" : "write q{$} to mean it as it is", "a field's number or name is missing after '$'");
	return NULL;
}

/* word: part+ */
static struct ast_expr *filled_word(struct parse *p, enum fill fill)
{
	uint32_t begin = p->lex.pos;
	struct ast_expr *e = ast_new(p, AST_CONCAT, (struct span){begin, begin});

	for (;;) {
		struct token t = lex_word_piece(&p->lex);
		if (t.kind == TOK_NONE && lex_at(&p->lex, 0) == '$')
			return parse_stray_dollar(p, t.at);
		if (t.kind == TOK_NONE)
			break;
		if (t.kind == TOK_EVENTS) {
			if (fill == FILL_COMMAND && e->nkids == 0 && !lex_word_ahead(&p->lex))
				return ast_new(p, AST_EVENTS, t.at);
			parse_error(p, t.at, NULL, "'$@' must be a whole word of a command");
			return NULL;
		}
		struct ast_expr *part = fill_part(p, &t);
		if (!part) {
			lex_skip_fill(&p->lex, t.at.begin);
			return NULL;
		}
		ast_add(p, e, part);
	}
	return concat_done(e, parse_span(p, begin), false);
}

bool parse_word_end(struct parse *p, const char *hint)
{
	int c = lex_at(&p->lex, 0);
	const char *what;

	if (c == ' ' || (c >= '\t' && c <= '\r') || lex_stage_end(&p->lex))
		return true;
	struct span at = lex_excerpt(&p->lex, &what);
	if (c == '"' || lex_word_ahead(&p->lex))
		parse_error(p, at, hint, "white space is missing before '%s'", what);
	else
		parse_error(p, at, c == '\'' ? parse_hint("'") : "\"...\" or q{...}", "'%s' must be quoted in a word",
			    what);
	return false;
}

struct ast_expr *parse_word(struct parse *p, enum fill fill)
{
	struct ast_expr *e;
	bool bare = lex_at(&p->lex, 0) != '"' && !lex_raw_ahead(&p->lex);

	if (!bare)
		e = parse_quoted(p, fill);
	else if (fill == FILL_NONE)
		e = plain_word(p);
	else
		e = filled_word(p, fill);
	if (!e || !parse_word_end(p, "words and strings are not joined: quote the whole"))
		return NULL;
	if (fill == FILL_COMMAND && !bare && e->kind == AST_STR && slice_eq(e->text, slice_str("$@")) &&
	    p->lex.text.p[e->at.begin] == '"')
		e->kind = AST_EVENTS;
	return e;
}

struct ast_expr *parse_regex(struct parse *p)
{
	struct token t = lex_regex(&p->lex);

	return parse_leaf(p, AST_REGEX, &t);
}
