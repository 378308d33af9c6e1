/* What is read of an event, beyond a plain $1 and $name: paths into documents, and ranges of fields. */
#include "config.h"

#include "lang/syntax/parse_impl.h"

#include <limits.h>

#include "lang/syntax/lex_impl.h"

#define STEPS_MAX 1000 /* of a path */

/* ---- paths ---- */

bool parse_step_ahead(const struct parse *p)
{
	int c = lex_at(&p->lex, 0);

	return c == '[' || (c == '.' && is_ident_start(lex_at(&p->lex, 1)));
}

static bool bad_step(struct parse *p, uint32_t open)
{
	parse_error(p, (struct span){open, open + 1}, "one of [0] [-1] [] [\"name\"] [NAME=\"text\"]",
		    p->lex.unclosed ? "'[' is not closed" : "'[' begins no step of a path");
	return false;
}

/* A quoted string without anything to fill in, which comes next. */
static bool read_quoted(struct parse *p, struct slice *out)
{
	struct ast_expr *e = parse_quoted(p, FILL_NONE);

	if (!e || e->kind != AST_STR)
		return false;
	*out = e->text;
	return true;
}

/* INDEX: ['-'] digits */
static bool read_index(struct parse *p, struct ast_step *step)
{
	bool from_end = lex_accept(&p->lex, "-");
	int64_t n = 0;

	if (!is_digit(lex_at(&p->lex, 0)))
		return false;
	for (; is_digit(lex_at(&p->lex, 0)); p->lex.pos++)
		n = n > INT_MAX ? n : n * 10 + (lex_at(&p->lex, 0) - '0');
	step->kind = STEP_INDEX;
	step->index = from_end ? -n : n;
	return n <= INT_MAX && !(from_end && n == 0);
}

static bool is_constant(const struct ast_expr *e)
{
	return e->kind == AST_STR || e->kind == AST_NUM || e->kind == AST_LITERAL ||
	       (e->kind == AST_NEG && e->kids[0]->kind == AST_NUM);
}

/* WHERE: (NAME | STRING) '=' constant */
static bool read_where(struct parse *p, struct ast_step *step)
{
	struct span equals;

	if (lex_at(&p->lex, 0) == '"') {
		if (!read_quoted(p, &step->name))
			return false;
	} else {
		step->name = lex_ident(&p->lex).text;
	}
	lex_blank(&p->lex);
	equals = (struct span){p->lex.pos, p->lex.pos + 1};
	if (!lex_accept(&p->lex, "="))
		return step->kind == STEP_MEMBER;
	step->kind = STEP_WHERE;
	lex_accept(&p->lex, "=");
	step->value = parse_expr(p, equals);
	if (step->value && !is_constant(step->value)) {
		parse_error(p, step->value->at, NULL, "a member is compared with a text or a number here");
		return false;
	}
	return step->value;
}

/* '[' [INDEX | STRING | WHERE] ']' */
static bool read_bracket(struct parse *p, struct ast_step *step)
{
	size_t before = p->lex.diag->n;
	uint32_t open = p->lex.pos++;
	int c;
	bool good = true;

	lex_blank(&p->lex);
	c = lex_at(&p->lex, 0);
	step->kind = STEP_EACH;
	if (c == '-' || is_digit(c)) {
		good = read_index(p, step);
	} else if (c == '"') {
		step->kind = STEP_MEMBER;
		good = read_where(p, step);
	} else if (is_ident_start(c)) {
		good = read_where(p, step);
	}
	lex_blank(&p->lex);
	if (good && lex_accept(&p->lex, "]"))
		return true;
	return p->lex.diag->n > before ? false : bad_step(p, open);
}

struct ast_expr *parse_steps(struct parse *p, struct ast_expr *base)
{
	struct ast_expr *e = NULL;

	while (parse_step_ahead(p)) {
		struct ast_step step = {.kind = STEP_MEMBER};
		uint32_t begin = p->lex.pos;
		if (lex_accept(&p->lex, "."))
			step.name = lex_ident(&p->lex).text;
		else if (!read_bracket(p, &step))
			return NULL;
		step.at = parse_span(p, begin);
		if (!e) {
			e = ast_new(p, AST_PATH, base->at);
			ast_add(p, e, base);
		}
		e->steps = parse_grow(p, e->steps, e->nsteps, sizeof *e->steps);
		e->steps[e->nsteps++] = step;
		e->at = parse_span(p, base->at.begin);
		if (e->nsteps > STEPS_MAX) {
			parse_error(p, e->at, NULL, "a path has at most %d steps", STEPS_MAX);
			return NULL;
		}
	}
	return e ? e : base;
}

/* ---- ranges ---- */

static struct ast_expr *range_end_missing(struct parse *p, struct span whole)
{
	const char *what;
	struct span at = lex_excerpt(&p->lex, &what);

	parse_error(p, (struct span){whole.begin, at.end},
		    parse_format(p, "did you mean '%.*s$%s'?", (int)(whole.end - whole.begin),
				 p->lex.text.p + whole.begin, what),
		    "a range ends with a field, as it begins");
	return NULL;
}

/* True after an error: $0 is no end of a range. */
static bool whole_end(struct parse *p, const struct ast_expr *end)
{
	if (end->kind != AST_FIELD || end->index != 0)
		return false;
	parse_error(p, end->at, NULL, "$0 is the whole event: ranges are of fields from $1 on");
	return true;
}

/* range: FIELD '..' [FIELD]   (behind the first field) */
static struct ast_expr *range_rest(struct parse *p, struct ast_expr *from)
{
	struct ast_expr *e = ast_new(p, AST_RANGE, from->at);
	int c;

	if (whole_end(p, from))
		return NULL;
	ast_add(p, e, from);
	lex_accept(&p->lex, "..");
	e->at = parse_span(p, from->at.begin);
	c = lex_at(&p->lex, 0);
	if (is_ident(c) || (c == '-' && is_digit(lex_at(&p->lex, 1))))
		return range_end_missing(p, e->at);
	if (c != '$')
		return e;
	struct token t = lex_operand(&p->lex);
	if (t.kind != TOK_FIELD && t.kind != TOK_LAST && t.kind != TOK_NAME) {
		p->lex.pos = e->at.end;
		return parse_stray_dollar(p, (struct span){p->lex.pos, p->lex.pos});
	}
	ast_add(p, e, parse_leaf(p, t.kind == TOK_FIELD ? AST_FIELD : t.kind == TOK_LAST ? AST_LAST : AST_NAME, &t));
	e->at = parse_span(p, from->at.begin);
	return whole_end(p, e->kids[1]) ? NULL : e;
}

struct ast_expr *parse_field_rest(struct parse *p, const struct token *t)
{
	struct ast_expr *e = parse_leaf(p, t->kind == TOK_FIELD ? AST_FIELD : t->kind == TOK_LAST ? AST_LAST : AST_NAME, t);

	if (lex_at(&p->lex, 0) == '.' && lex_at(&p->lex, 1) == '.')
		return range_rest(p, e);
	return parse_steps(p, e);
}

/* '$' ('.' NAME | '[' STRING ']') */
struct ast_expr *parse_quoted_name(struct parse *p)
{
	uint32_t begin = p->lex.pos++;
	struct ast_expr *e = ast_new(p, AST_NAME, (struct span){begin, begin + 1});

	if (lex_accept(&p->lex, ".")) {
		e->text = lex_ident(&p->lex).text;
		e->record = true;
	} else {
		p->lex.pos++;
		if (!read_quoted(p, &e->text))
			return NULL;
		if (!lex_accept(&p->lex, "]")) {
			bad_step(p, begin + 1);
			return NULL;
		}
	}
	e->at = e->name_at = parse_span(p, begin);
	return parse_steps(p, e);
}
