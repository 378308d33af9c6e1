/* Expressions. Recursive descent; binary operators by a table of priorities.
 * Knows names and functions only for hints: what there is is lang/expr/expr.c's. */
#include "config.h"

#include "lang/expr/func.h"
#include "lang/syntax/habit.h"
#include "lang/syntax/parse_impl.h"

#include <stdarg.h>

/* A left operand is taken by what binds tighter on its side: left-associative where left == right. */
static const struct {
	unsigned char left, right;
} priority[] = {
	[OP_OR] = {1, 1},
	[OP_AND] = {2, 2},
	[OP_EQ] = {3, 3}, [OP_NE] = {3, 3}, [OP_LT] = {3, 3}, [OP_LE] = {3, 3}, [OP_GT] = {3, 3}, [OP_GE] = {3, 3},
	[OP_MATCH] = {3, 3}, [OP_NOMATCH] = {3, 3},
	[OP_ADD] = {4, 4}, [OP_SUB] = {4, 4},
	[OP_MUL] = {5, 5}, [OP_DIV] = {5, 5}, [OP_MOD] = {5, 5},
	[OP_POW] = {8, 7},
};
#define PRIORITY_COMPARE 3
#define PRIORITY_UNARY 6

/* ---- nodes ---- */

struct ast_expr *ast_new(struct parse *p, enum ast_kind kind, struct span at)
{
	struct ast_expr *e = arena_alloc(p->lex.arena, sizeof *e);

	*e = (struct ast_expr){.kind = kind, .at = at, .name_at = at, .depth = 1};
	return e;
}

void *parse_grow(struct parse *p, void *items, int n, size_t item_bytes)
{
	void *grown;

	if ((n & (n - 1)) != 0)
		return items;
	grown = arena_alloc(p->lex.arena, (n ? 2 * (size_t)n : 1) * item_bytes);
	if (n)
		memcpy(grown, items, (size_t)n * item_bytes);
	return grown;
}

void ast_add(struct parse *p, struct ast_expr *e, struct ast_expr *kid)
{
	e->kids = parse_grow(p, e->kids, e->nkids, sizeof(struct ast_expr *));
	e->kids[e->nkids++] = kid;
	if (e->depth <= kid->depth)
		e->depth = kid->depth + 1;
}

struct ast_expr *parse_leaf(struct parse *p, enum ast_kind kind, const struct token *t)
{
	struct ast_expr *e = ast_new(p, kind, t->at);

	e->text = t->text;
	e->index = t->index;
	e->flags = t->flags;
	e->num = t->num;
	return e;
}

struct span parse_span(const struct parse *p, uint32_t begin)
{
	return (struct span){begin, p->lex.pos};
}

/* ---- mistakes ---- */

void parse_error(struct parse *p, struct span at, const char *hint, const char *fmt, ...)
{
	struct str message = {0};
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&message, fmt, ap);
	va_end(ap);
	diag_error(p->lex.diag, at, hint, "%s", message.p);
	str_release(&message);
}

const char *parse_hint(const char *what)
{
	return habit_word(slice_str(what));
}

void parse_unexpected(struct parse *p)
{
	const char *what;

	lex_blank(&p->lex);
	struct span at = lex_excerpt(&p->lex, &what);
	if (lex_at(&p->lex, 0) == ')' || lex_at(&p->lex, 0) == '}')
		parse_error(p, at, NULL, "nothing was opened that '%s' could close", what);
	else if (lex_at(&p->lex, 0) < 0)
		parse_error(p, at, NULL, "unexpected end");
	else
		parse_error(p, at, parse_hint(what), "unexpected '%s'", what);
}

static bool ends_expression(const struct lex *l)
{
	int c = lex_at(l, 0);

	return lex_stage_end(l) || c == ')' || c == ',' || c == ':' || lex_option_ahead(l);
}

/* No operand begins here. */
static struct ast_expr *no_operand(struct parse *p, struct span after)
{
	lex_blank(&p->lex);
	int c = lex_at(&p->lex, 0);
	if (!ends_expression(&p->lex) || (after.begin == after.end && (c == ')' || c == ',' || c == ':'))) {
		parse_unexpected(p);
		return NULL;
	}
	if (p->lex.unclosed)
		return NULL;
	if (after.begin == after.end)
		parse_error(p, after, NULL, "an expression is missing");
	else
		parse_error(p, after, NULL, "an expression is missing after '%.*s'", (int)(after.end - after.begin),
			    p->lex.text.p + after.begin);
	return NULL;
}

bool parse_close(struct parse *p, int close, struct span open)
{
	const char *what;
	const char closing[2] = {(char)close, '\0'};

	lex_blank(&p->lex);
	if (lex_accept(&p->lex, closing))
		return true;
	if (!lex_stage_end(&p->lex) || lex_at(&p->lex, 0) == '{') {
		struct span at = lex_excerpt(&p->lex, &what);
		parse_error(p, at, parse_hint(what), "'%s' is missing before '%s'", closing, what);
	} else if (!p->lex.unclosed) {
		parse_error(p, open, NULL, "'%.*s' is not closed", (int)(open.end - open.begin),
			    p->lex.text.p + open.begin);
	}
	return false;
}

/* ---- expressions ---- */

static const struct {
	const char *name;
	enum ast_var var;
} variables[] = {{"NR", VAR_NR}, {"FNR", VAR_FNR}, {"NF", VAR_NF}, {"FILE", VAR_FILE}};

bool parse_is_variable(struct slice name)
{
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		if (slice_eq(name, slice_str(variables[i].name)))
			return true;
	return false;
}

bool parse_arguments(struct parse *p, struct ast_expr *e, struct span open)
{
	struct span after = open;

	lex_blank(&p->lex);
	if (lex_accept(&p->lex, ")"))
		return true;
	for (;;) {
		struct ast_expr *kid = parse_expr(p, after);
		if (!kid)
			return false;
		ast_add(p, e, kid);
		lex_blank(&p->lex);
		after.begin = p->lex.pos;
		if (!lex_accept(&p->lex, ","))
			return parse_close(p, ')', open);
		after.end = p->lex.pos;
	}
}

/* Behind || a stage was meant to follow. */
static bool stage_behind_or(const struct parse *p, const struct token *t)
{
	uint32_t i = t->at.begin;

	while (i > 0 && strchr(" \t\n", p->lex.text.p[i - 1]))
		i--;
	return i >= 2 && p->lex.text.p[i - 1] == '|' && p->lex.text.p[i - 2] == '|' && p->env && parse_stage_spec(p, t->text);
}

static void add_name_hint(struct parse *p, const struct token *t, const char *name, struct str *hint)
{
	const struct func *f = func_find(t->text);

	if (slice_eq(t->text, slice_str("s")) && lex_at(&p->lex, 0) == '/')
		str_adds(hint, "in an expression: replace($0, /re/, \"...\")");
	else if (parse_hint(name))
		str_adds(hint, parse_hint(name));
	else if (stage_behind_or(p, t))
		str_adds(hint, parse_hint("||"));
	else if (f)
		str_addf(hint, "did you mean '%s(%s)'?", name, f->max_args == 0 ? "" : f->min_args > 1 ? "..." : "$0");
	else
		str_addf(hint, "a field is $%s, a text \"%s\"", name, name);
}

static bool is_literal(struct slice name)
{
	return slice_eq(name, slice_str("true")) || slice_eq(name, slice_str("false")) || slice_eq(name, slice_str("null"));
}

static struct ast_expr *bare_name(struct parse *p, const struct token *t)
{
	const char *name = lex_printable(p->lex.arena, t->text);

	if (is_literal(t->text))
		return parse_leaf(p, AST_LITERAL, t);
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		if (!slice_eq(t->text, slice_str(variables[i].name)))
			continue;
		struct ast_expr *e = ast_new(p, AST_VAR, t->at);
		e->var = variables[i].var;
		return e;
	}
	struct str hint = {0};
	add_name_hint(p, t, name, &hint);
	parse_error(p, t->at, hint.p, "unexpected '%s'", name);
	str_release(&hint);
	return NULL;
}

/* NR | FNR | NF | FILE | true | false | null | NAME '(' [expr {',' expr}] ')' */
static struct ast_expr *named(struct parse *p, const struct token *t)
{
	uint32_t before = p->lex.pos, open;

	lex_blank(&p->lex);
	open = p->lex.pos;
	if (!lex_accept(&p->lex, "(")) {
		p->lex.pos = before;
		return bare_name(p, t);
	}
	struct ast_expr *e = parse_leaf(p, AST_CALL, t);
	if (!parse_arguments(p, e, (struct span){open, open + 1}))
		return NULL;
	e->at.end = p->lex.pos;
	return e;
}

/* '(' expr ')' */
static struct ast_expr *parenthesised(struct parse *p, struct span open)
{
	struct ast_expr *e = parse_expr(p, open);

	if (!e || !parse_close(p, ')', open))
		return NULL;
	if (e->kind != AST_REGEX) /* the place of a pattern's bytes is counted from its delimiter */
		e->at = parse_span(p, open.begin);
	return e;
}

static struct ast_expr *subexpr(struct parse *p, int limit, struct span after);

/* '-' operand | '!' operand */
static struct ast_expr *unary(struct parse *p, enum ast_kind kind, struct span op)
{
	struct ast_expr *kid = subexpr(p, PRIORITY_UNARY, op), *e;

	if (!kid)
		return NULL;
	e = ast_new(p, kind, (struct span){op.begin, kid->at.end});
	e->name_at = op;
	ast_add(p, e, kid);
	return e;
}

/* operand: NUMBER | STRING | REGEX | $FIELD | named | '(' expr ')' | unary */
static struct ast_expr *operand(struct parse *p, struct span after)
{
	struct token t = lex_operand(&p->lex);

	switch (t.kind) {
	case TOK_NUM: return parse_leaf(p, AST_NUM, &t);
	case TOK_TEXT: return parse_leaf(p, AST_STR, &t);
	case TOK_REGEX: return parse_leaf(p, AST_REGEX, &t);
	case TOK_FIELD:
	case TOK_LAST:
	case TOK_NAME: return parse_field_rest(p, &t);
	case TOK_QUOTE: return parse_string(p, t.at, FILL_EVENT);
	case TOK_IDENT: return named(p, &t);
	case TOK_OPEN: return parenthesised(p, t.at);
	case TOK_MINUS: return unary(p, AST_NEG, t.at);
	case TOK_NOT: return unary(p, AST_NOT, t.at);
	case TOK_FILL:
	case TOK_EVENTS:
		p->lex.pos = t.at.begin;
		break;
	default:
		break;
	}
	if (lex_quoted_name_ahead(&p->lex))
		return parse_quoted_name(p);
	if (lex_at(&p->lex, 0) == '$')
		return parse_stray_dollar(p, (struct span){p->lex.pos, p->lex.pos});
	return no_operand(p, after);
}

static struct ast_expr *too_deep(struct parse *p, struct span at)
{
	parse_error(p, at, NULL, "too many levels in an expression");
	return NULL;
}

static struct ast_expr *binary(struct parse *p, struct ast_expr *left, const struct token *op)
{
	struct ast_expr *right = subexpr(p, priority[op->op].right, op->at), *e;

	if (!right)
		return NULL;
	e = ast_new(p, AST_BINARY, (struct span){left->at.begin, right->at.end});
	e->op = op->op;
	e->name_at = op->at;
	ast_add(p, e, left);
	ast_add(p, e, right);
	return e->depth > PARSE_LEVELS_MAX ? too_deep(p, op->at) : e;
}

/* subexpr: operand {binop subexpr}   with operators that bind tighter than limit */
static struct ast_expr *operation(struct parse *p, int limit, struct span after)
{
	struct ast_expr *e = operand(p, after);
	bool compared = false;

	while (e) {
		uint32_t before = p->lex.pos;
		struct token op = lex_operator(&p->lex);
		if (op.kind != TOK_OP || priority[op.op].left <= limit) {
			p->lex.pos = before;
			break;
		}
		if (priority[op.op].left == PRIORITY_COMPARE && compared) {
			parse_error(p, op.at, "join two of them with '&&'", "comparisons cannot be chained");
			return NULL;
		}
		compared = priority[op.op].left == PRIORITY_COMPARE;
		e = binary(p, e, &op);
	}
	return e;
}

static struct ast_expr *subexpr(struct parse *p, int limit, struct span after)
{
	struct ast_expr *e;

	if (p->depth >= PARSE_DEPTH_MAX)
		return too_deep(p, after);
	p->depth++;
	e = operation(p, limit, after);
	p->depth--;
	return e;
}

/* '?' expr ':' expr   (behind the condition and its '?') */
static struct ast_expr *conditional(struct parse *p, struct ast_expr *when, struct span mark)
{
	struct ast_expr *yes = parse_expr(p, mark), *no, *e;
	struct span colon;

	if (!yes)
		return NULL;
	lex_blank(&p->lex);
	colon = (struct span){p->lex.pos, p->lex.pos + 1};
	if (!lex_accept(&p->lex, ":")) {
		parse_error(p, mark, NULL, "'?' lacks its ':'");
		return NULL;
	}
	no = parse_expr(p, colon);
	if (!no)
		return NULL;
	e = ast_new(p, AST_COND, (struct span){when->at.begin, no->at.end});
	e->name_at = mark;
	ast_add(p, e, when);
	ast_add(p, e, yes);
	ast_add(p, e, no);
	return e->depth > PARSE_LEVELS_MAX ? too_deep(p, mark) : e;
}

/* expr: subexpr ['?' expr ':' expr] */
struct ast_expr *parse_expr(struct parse *p, struct span after)
{
	struct ast_expr *e = subexpr(p, 0, after);
	uint32_t before = p->lex.pos;
	struct token t;

	if (!e)
		return NULL;
	t = lex_operator(&p->lex);
	if (t.kind != TOK_COND) {
		p->lex.pos = before;
		return e;
	}
	if (p->depth >= PARSE_DEPTH_MAX)
		return too_deep(p, t.at);
	p->depth++;
	e = conditional(p, e, t.at);
	p->depth--;
	return e;
}

struct ast_expr *parse_expr_text(struct slice text, struct arena *arena, struct diag *diag)
{
	struct parse p = {.lex = {.text = text, .arena = arena, .diag = diag}};
	size_t before = diag->n;
	struct ast_expr *e = parse_expr(&p, (struct span){0, 0});

	lex_blank(&p.lex);
	if (e && lex_at(&p.lex, 0) >= 0)
		parse_unexpected(&p);
	return diag->n == before ? e : NULL;
}
