/* From the parser's tree to the compiled one (lang/expr/node.h): names become columns, constant regular expressions are
 * compiled, what is constant is computed, comparisons with a constant get their own node. Every mistake in an
 * expression is reported, not only the first: a part that is wrong is NULL, and so is what holds it. */
#include "config.h"

#include "lang/expr/expr.h"

#include <stdio.h>

#include "lang/expr/compile_impl.h"
#include "lang/expr/fields.h"
#include "lang/expr/func.h"
#include "lang/syntax/habit.h"
#include "lang/syntax/lex.h"
#include "lang/expr/node.h"
#include "lang/syntax/parse.h"

struct expr *compile_node(const struct expr_env *env, enum node_kind kind, int nkids)
{
	struct expr *e = arena_alloc(env->arena, sizeof *e);

	*e = (struct expr){.kind = kind, .nkids = nkids};
	e->splitter = env->splitter ? env->splitter : splitter_blank();
	if (nkids > 0)
		e->kids = arena_alloc(env->arena, (size_t)nkids * sizeof(struct expr *));
	return e;
}

static struct expr *node_const(const struct expr_env *env, struct value v)
{
	struct expr *e = compile_node(env, NODE_CONST, 0);

	if (v.kind != VALUE_NUM)
		v.s = slice_as(v.s.len ? arena_copy(env->arena, slice_make(v.s.p, v.s.len)) : slice_make("", 0), v.s);
	e->value = v;
	return e;
}

static struct expr *node_num(const struct expr_env *env, struct num n)
{
	return node_const(env, (struct value){.kind = VALUE_NUM, .n = n});
}

struct expr *compile_text(const struct expr_env *env, enum value_kind kind, struct slice s)
{
	return node_const(env, (struct value){.kind = kind, .s = s});
}

/* A node with all the tree's kids, or NULL where one of them is wrong. */
static struct expr *node_with_kids(const struct ast_expr *tree, const struct expr_env *env, enum node_kind kind)
{
	struct expr *e = compile_node(env, kind, tree->nkids);
	bool good = true;

	e->op = tree->op;
	for (int i = 0; i < tree->nkids; i++) {
		e->kids[i] = compile(tree->kids[i], env);
		good = good && e->kids[i];
	}
	return good ? e : NULL;
}

/* ---- constants ---- */

static bool kids_const(const struct expr *e)
{
	for (int i = 0; i < e->nkids; i++)
		if (e->kids[i]->kind != NODE_CONST)
			return false;
	return true;
}

/* The value of a node of constants. What fails is left to fail when it is evaluated, and perhaps never is. */
static struct expr *fold(struct expr *e, const struct expr_env *env)
{
	struct event none = {0};
	struct eval ev = {0};
	struct value v;

	if (!e || !kids_const(e))
		return e;
	if (expr_eval(e, &ev, &none, &v))
		e = node_const(env, v);
	eval_release(&ev);
	return e;
}

/* ---- regular expressions ---- */

struct span compile_place(const struct expr_env *env, struct slice text, size_t off, size_t len, struct span at)
{
	struct slice all = env->diag->text;
	uintptr_t first = (uintptr_t)all.p, p = (uintptr_t)text.p;

	if (!all.p || p < first || p + text.len > first + all.len)
		return at;
	return (struct span){.begin = (uint32_t)(p - first + off), .end = (uint32_t)(p - first + off + len)};
}

/* NULL after an error. arg: what holds the pattern, perhaps not as it is written. */
static const struct re *compile_re(const struct expr_env *env, const struct ast_expr *arg, struct slice pattern)
{
	bool is_re = arg->kind == AST_REGEX;
	struct span at;
	struct re_error err;
	struct re *re = re_new(pattern, is_re ? arg->flags & ~AST_GLOBAL : 0, &err);
	struct expr_regex *link;

	if (!re) {
		at = is_re ? lex_regex_place(env->diag->text, arg->at, err.offset)
			   : compile_place(env, pattern, err.offset, err.offset < pattern.len, arg->at);
		diag_error(env->diag, at, NULL, "bad regular expression: %s", err.message);
		return NULL;
	}
	if (env->regexes) {
		link = arena_alloc(env->arena, sizeof *link);
		*link = (struct expr_regex){.next = *env->regexes, .re = re};
		*env->regexes = link;
	}
	return re;
}

void expr_free_regexes(struct expr_regex *list)
{
	for (; list; list = list->next)
		re_free(list->re);
}

/* ---- the event's fields ---- */

bool compile_need_event(const struct ast_expr *tree, const struct expr_env *env, const char *what)
{
	if (env->schema)
		return true;
	diag_error(env->diag, tree->at, NULL, "no event here that '%s' could be of", what);
	return false;
}

struct expr *compile_column(const struct expr_env *env, int col)
{
	bool varied = env->schema->npos == SCHEMA_VARIED;
	struct expr *e = compile_node(env, varied ? NODE_ROW_NAME : NODE_COLUMN, 0);

	e->index = col;
	env->schema->cols[col].used = true;
	return e;
}

/* Its columns are in a row, the event's first cell. */
static bool has_row(const struct schema *s)
{
	return s->npos == SCHEMA_VARIED || s->npos == SCHEMA_LATE;
}

/* Fields that are looked for in each event. */
static struct expr *node_field(const struct expr_env *env, int index)
{
	enum node_kind split = index > 0 ? NODE_FIELD : NODE_FROM_END;
	struct expr *e = compile_node(env, has_row(env->schema) ? NODE_ROW_FIELD : split, 0);

	e->index = index;
	schema_use_columns(env->schema);
	return e;
}

/* $1..., $-1... */
static struct expr *compile_positional(int index, const struct expr_env *env)
{
	int npos = env->schema->npos, col = index > 0 ? index - 1 : npos + index;

	if (npos < 0)
		return node_field(env, index);
	if (col < 0 || col >= npos)
		return compile_text(env, VALUE_DATA, slice_make("", 0));
	return compile_column(env, col);
}

/* A document has none. */
static bool has_columns(const struct ast_expr *tree, const struct expr_env *env, const char *what)
{
	if (env->schema->npos != SCHEMA_DOCUMENT)
		return true;
	diag_error(env->diag, tree->at, "$0 is the document, $name one of its members", "a document has no columns that '%s' could be",
		   what);
	return false;
}

static struct expr *compile_field(const struct ast_expr *tree, const struct expr_env *env)
{
	int index = tree->kind == AST_LAST ? -1 : tree->index;
	char what[16];

	snprintf(what, sizeof what, tree->kind == AST_LAST ? "$NF" : "$%d", index);
	if (!compile_need_event(tree, env, what) || (index != 0 && !has_columns(tree, env, what)))
		return NULL;
	if (env->schema->npos >= 0 && !env->schema->open && index > env->schema->npos)
		diag_warning(env->diag, tree->at, NULL, "an event has %d field%s here: '$%d' is always empty",
			     env->schema->npos, env->schema->npos == 1 ? "" : "s", index);
	return index == 0 ? compile_node(env, NODE_WHOLE, 0) : compile_positional(index, env);
}

static struct expr *compile_var(const struct ast_expr *tree, const struct expr_env *env)
{
	static const struct { const char *name; enum node_kind kind; } vars[] = {
		[VAR_NR] = {"NR", NODE_NR},
		[VAR_FNR] = {"FNR", NODE_FNR},
		[VAR_NF] = {"NF", NODE_NF},
		[VAR_FILE] = {"FILE", NODE_FILE},
	};

	if (!compile_need_event(tree, env, vars[tree->var].name))
		return NULL;
	if (tree->var != VAR_NF && env->uses_origin)
		*env->uses_origin = true;
	if (tree->var == VAR_NF && env->schema->npos >= 0)
		return node_num(env, num_int(env->schema->npos));
	if (tree->var == VAR_NF && !has_columns(tree, env, "NF"))
		return NULL;
	if (tree->var == VAR_NF && has_row(env->schema)) {
		schema_use_columns(env->schema);
		return compile_node(env, NODE_ROW_NF, 0);
	}
	return compile_node(env, vars[tree->var].kind, 0);
}

/* ---- names ---- */

struct slice compile_literal(struct slice text)
{
	if (slice_eq(text, slice_str("null")))
		return slice_of_kind("", 0, KIND_NULL);
	return slice_of_kind(text.p, text.len, KIND_LITERAL);
}

static const struct expr_var *var_find(const struct expr_env *env, struct slice name)
{
	for (const struct expr_var *v = env->vars; v && v->name; v++)
		if (slice_eq(slice_str(v->name), name))
			return v;
	return NULL;
}

bool compile_has_var(const struct expr_env *env, struct slice name)
{
	return var_find(env, name);
}

/* All names that would have been right, ended with NULL. */
static const char **name_candidates(const struct expr_env *env)
{
	size_t n = 0, ncols = env->schema ? (size_t)env->schema->ncols : 0, nvars = 0;
	const char **names;

	while (env->vars && env->vars[nvars].name)
		nvars++;
	names = arena_alloc(env->arena, (ncols + nvars + 1) * sizeof *names);
	for (size_t i = 0; i < ncols; i++)
		if (env->schema->cols[i].name)
			names[n++] = env->schema->cols[i].name;
	for (size_t i = 0; i < nvars; i++)
		names[n++] = env->vars[i].name;
	names[n] = NULL;
	return names;
}

/* "did you mean '$status'?", or NULL where nothing is near. */
static const char *suggestion(const struct expr_env *env, struct slice word, const char *const *names,
			      const char *prefix)
{
	const char *near = diag_suggest(word, names);
	size_t size;
	char *hint;

	if (!near)
		return NULL;
	size = strlen(near) + 32;
	hint = arena_bytes(env->arena, size);
	snprintf(hint, size, "did you mean '%s%s'?", prefix, near);
	return hint;
}

void compile_unknown_name(const struct ast_expr *tree, const struct expr_env *env)
{
	const char **candidates = name_candidates(env), *hint = suggestion(env, tree->text, candidates, "$");

	if (slice_eq(tree->text, slice_str("_")))
		hint = "'$_' is the field at hand in set $1..=EXPR";
	else if (!hint && parse_is_variable(tree->text))
		hint = "variables stand without $; in a string they are ${NR}, ${FILE}";
	else if (!hint && env->schema && !candidates[0])
		hint = "fields are $1, $2, ...; parse, match, set and map give names";
	diag_error(env->diag, tree->at, hint,
		   env->schema ? "no stage before this one defines '$%.*s'" : "nothing defines '$%.*s' here",
		   (int)tree->text.len, tree->text.p);
}

char *compile_name_copy(struct arena *a, struct slice name)
{
	char *copy = arena_bytes(a, (size_t)name.len + 1);

	memcpy(copy, name.p, name.len);
	copy[name.len] = '\0';
	return copy;
}

/* A name that a reader finds in its records. -1: none does. */
static int want_name(const struct ast_expr *tree, const struct expr_env *env)
{
	if (!schema_is_document(env->schema))
		return schema_want(env->arena, env->schema, tree->text);
	struct expr *e = compile_member(tree, env);
	return e ? e->index : -1;
}

static struct expr *compile_name(const struct ast_expr *tree, const struct expr_env *env)
{
	int col = env->schema ? schema_find(env->schema, tree->text) : -1;
	const struct expr_var *var = var_find(env, tree->text);
	struct expr *e;

	if (env->at_hand && slice_eq(tree->text, slice_str("_")))
		return compile_node(env, NODE_AT_HAND, 0);
	/* What -v gave comes before what a record may have. */
	if (env->schema && (tree->record || (!var && col < 0)))
		col = want_name(tree, env);
	if (tree->record && col < 0) {
		diag_error(env->diag, tree->at, NULL, "no stage before this one reads records that '$.%.*s' could be of",
			   (int)tree->text.len, tree->text.p);
		return NULL;
	}
	if (tree->record)
		var = NULL;
	if (col >= 0 && !(var && env->schema->cols[col].record)) {
		e = compile_column(env, col);
	} else if (var) {
		e = compile_text(env, VALUE_DATA, var->value);
	} else {
		compile_unknown_name(tree, env);
		return NULL;
	}
	e->name = compile_name_copy(env->arena, tree->text);
	return e;
}

/* ---- operators ---- */

static struct expr *compile_binary(const struct ast_expr *tree, const struct expr_env *env);

static struct expr *compile_match(const struct expr_env *env, struct expr *subject, const struct re *re, bool negated)
{
	struct expr *e = compile_node(env, NODE_MATCH, 1);

	if (!subject || !re)
		return NULL;
	e->kids[0] = subject;
	e->re = re;
	e->negated = negated;
	return fold(e, env);
}

/* /re/ alone */
static struct expr *compile_bare_re(const struct ast_expr *tree, const struct expr_env *env)
{
	const struct re *re = compile_re(env, tree, tree->text);

	if (!compile_need_event(tree, env, "$0"))
		return NULL;
	return compile_match(env, compile_node(env, NODE_WHOLE, 0), re, false);
}

/* subject ~ pattern: a regular expression, a constant used as one, or something that is not known yet. */
static struct expr *compile_match_op(const struct ast_expr *tree, const struct expr_env *env)
{
	const struct ast_expr *right = tree->kids[1];
	bool negated = tree->op == OP_NOMATCH;
	struct expr *subject = compile(tree->kids[0], env), *pattern, *e;
	struct arena *a = env->arena;

	if (right->kind == AST_REGEX)
		return compile_match(env, subject, compile_re(env, right, right->text), negated);
	pattern = compile(right, env);
	if (!pattern)
		return NULL;
	if (pattern->kind == NODE_CONST) {
		struct slice text = right->kind == AST_STR ? right->text : value_text(&pattern->value, a);

		return compile_match(env, subject, compile_re(env, right, text), negated);
	}
	if (!subject)
		return NULL;
	e = compile_node(env, NODE_MATCH_TEXT, 2);
	e->kids[0] = subject;
	e->kids[1] = pattern;
	e->negated = negated;
	return e;
}

/* A comparison of which one side is several values: it holds if it holds for any of them. NULL after an error. */
static struct expr *compile_any(const struct ast_expr *tree, const struct expr_env *env)
{
	struct ast_expr copy = *tree, item = {.kind = AST_NAME, .text = slice_str("_")};
	int k = compile_is_each(tree->kids[0]) ? 0 : 1;
	struct ast_expr *kids[2] = {tree->kids[0], tree->kids[1]};
	struct expr_env inner = *env;
	struct expr *e = compile_node(env, NODE_ANY, 2);

	item.at = item.name_at = tree->kids[k]->at;
	kids[k] = &item;
	copy.kids = kids;
	inner.at_hand = true;
	e->kids[0] = compile_list(tree->kids[k], env);
	e->kids[1] = compile_binary(&copy, &inner);
	return e->kids[0] && e->kids[1] ? e : NULL;
}

static bool is_null(const struct ast_expr *tree)
{
	return tree->kind == AST_LITERAL && slice_eq(tree->text, slice_str("null"));
}

/* ... == null, != null */
static struct expr *compile_null_test(const struct ast_expr *tree, const struct expr_env *env)
{
	struct expr *e = compile_node(env, NODE_IS_NULL, 1);

	e->kids[0] = compile(tree->kids[is_null(tree->kids[0]) ? 1 : 0], env);
	e->negated = tree->op == OP_NE;
	return e->kids[0] ? fold(e, env) : NULL;
}

static enum ast_op op_mirrored(enum ast_op op)
{
	switch (op) {
	case OP_LT: return OP_GT;
	case OP_LE: return OP_GE;
	case OP_GT: return OP_LT;
	case OP_GE: return OP_LE;
	default: return op;
	}
}

/* A constant goes to the right: 500 <= $9 is $9 >= 500. */
static struct expr *compile_cmp(const struct ast_expr *tree, const struct expr_env *env)
{
	struct expr *e = node_with_kids(tree, env, NODE_CMP), *right;

	e = fold(e, env);
	if (!e || e->kind == NODE_CONST)
		return e;
	if (e->kids[0]->kind == NODE_CONST) {
		right = e->kids[0];
		e->kids[0] = e->kids[1];
		e->kids[1] = right;
		e->op = op_mirrored(e->op);
	}
	right = e->kids[1];
	if (right->kind == NODE_CONST && right->value.kind != VALUE_DATA) {
		e->kind = right->value.kind == VALUE_NUM ? NODE_CMP_NUM : NODE_CMP_STR;
		e->value = right->value;
	}
	return e;
}

/* A constant operand is read as a number once. */
static void operand_number(struct expr *e)
{
	struct num n;

	if (e->kind == NODE_CONST && value_number(&e->value, &n))
		value_set_num(&e->value, n);
}

static struct expr *compile_arith(const struct ast_expr *tree, const struct expr_env *env, enum node_kind kind)
{
	struct expr *e = node_with_kids(tree, env, kind);

	for (int i = 0; e && i < e->nkids; i++)
		operand_number(e->kids[i]);
	return fold(e, env);
}

static struct expr *compile_not(const struct ast_expr *tree, const struct expr_env *env)
{
	struct expr *e = node_with_kids(tree, env, NODE_NOT);

	if (e && (e->kids[0]->kind == NODE_MATCH || e->kids[0]->kind == NODE_MATCH_TEXT)) {
		e = e->kids[0];
		e->negated = !e->negated;
	}
	return fold(e, env);
}

static bool is_comparison(enum ast_op op)
{
	return op >= OP_EQ && op <= OP_NOMATCH;
}

static struct expr *compile_binary(const struct ast_expr *tree, const struct expr_env *env)
{
	if (is_comparison(tree->op) && (compile_is_each(tree->kids[0]) || compile_is_each(tree->kids[1])))
		return compile_any(tree, env);
	if ((tree->op == OP_EQ || tree->op == OP_NE) && (is_null(tree->kids[0]) || is_null(tree->kids[1])))
		return compile_null_test(tree, env);
	switch (tree->op) {
	case OP_OR: return fold(node_with_kids(tree, env, NODE_OR), env);
	case OP_AND: return fold(node_with_kids(tree, env, NODE_AND), env);
	case OP_MATCH:
	case OP_NOMATCH: return compile_match_op(tree, env);
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
	case OP_POW: return compile_arith(tree, env, NODE_ARITH);
	default: return compile_cmp(tree, env);
	}
}

/* ---- calls ---- */

static bool arity_holds(const struct ast_expr *tree, const struct expr_env *env, const struct func *f)
{
	char wanted[32];

	for (int i = 0; (f->flags & FUNC_LIST) && i < tree->nkids; i++)
		if ((tree->kids[i]->kind == AST_RANGE || compile_is_each(tree->kids[i])) && tree->nkids + 1 >= f->min_args && tree->nkids <= f->max_args)
			return true;
	if (tree->nkids >= f->min_args && tree->nkids <= f->max_args)
		return true;
	if (f->min_args == f->max_args)
		snprintf(wanted, sizeof wanted, "%d", f->min_args);
	else if (f->max_args == FUNC_MAX_ARGS && tree->nkids < f->min_args)
		snprintf(wanted, sizeof wanted, "%d or more", f->min_args);
	else
		snprintf(wanted, sizeof wanted, "%d to %d", f->min_args, f->max_args);
	diag_error(env->diag, tree->name_at, NULL, "%s takes %s argument%s, not %d", f->name, wanted,
		   strcmp(wanted, "1") == 0 ? "" : "s", tree->nkids);
	return false;
}

static bool call_splitter(struct expr *call, const struct ast_expr *arg, const struct expr_env *env,
			  const struct re *re, struct slice text)
{
	struct splitter *sp = arena_alloc(env->arena, sizeof *sp);

	if (!re && text.len == 0) {
		diag_error(env->diag, arg->at, NULL, "%s needs a separator, not the empty string", call->func->name);
		return false;
	}
	if (re)
		splitter_init_re(sp, re);
	else
		splitter_init_text(sp, text);
	call->splitter = sp;
	return true;
}

/* Argument 1 of a function that takes a pattern or a separator there: made now where it is constant. */
static bool call_pattern(struct expr *call, const struct ast_expr *arg, const struct expr_env *env)
{
	bool is_re = arg->kind == AST_REGEX, splits = call->func->flags & FUNC_SPLIT;
	const struct expr *kid = call->kids[1];
	const struct re *re = NULL;
	struct slice text;

	call->splitter = NULL;
	if (!is_re && kid->kind != NODE_CONST)
		return true;
	text = is_re ? arg->text : value_text(&kid->value, env->arena);
	if (is_re || !splits) {
		re = compile_re(env, arg, arg->kind == AST_STR ? arg->text : text);
		if (!re)
			return false;
	}
	call->global = is_re && (arg->flags & AST_GLOBAL);
	call->re = re;
	return !splits || call_splitter(call, arg, env, re, text);
}

/* The arguments; a regular expression where one is expected is not evaluated: it stands in call->re. */
static bool call_args(struct expr *call, const struct ast_expr *tree, const struct expr_env *env)
{
	bool takes_pattern = call->func->flags & (FUNC_REGEX | FUNC_SPLIT), good = true;

	for (int i = 0; i < tree->nkids; i++) {
		if (i == 1 && takes_pattern && tree->kids[i]->kind == AST_REGEX)
			call->kids[i] = compile_text(env, VALUE_DATA, slice_make("", 0));
		else
			call->kids[i] = (call->func->flags & FUNC_LIST ? compile_list : compile)(tree->kids[i], env);
		good = good && call->kids[i];
		call->lists |= call->kids[i] && node_is_list(call->kids[i]);
	}
	if (takes_pattern && call->kids[1])
		good = call_pattern(call, tree->kids[1], env) && good;
	return good;
}

static struct expr *call_finish(struct expr *call, const struct ast_expr *tree, const struct expr_env *env)
{
	char message[FUNC_MESSAGE];

	if (call->func->check && !call->func->check(call, message)) {
		diag_error(env->diag, tree->nkids ? tree->kids[0]->at : tree->at, NULL, "%s", message);
		return NULL;
	}
	return call->func->flags & FUNC_IMPURE || call->lists ? call : fold(call, env);
}

/* length() is length($0). */
static struct expr *call_whole(const struct func *f, const struct ast_expr *tree, const struct expr_env *env)
{
	struct expr *call = compile_node(env, NODE_CALL, 1);

	if (!compile_need_event(tree, env, "$0"))
		return NULL;
	call->func = f;
	call->kids[0] = compile_node(env, NODE_WHOLE, 0);
	return call;
}

static struct expr *compile_call(const struct ast_expr *tree, const struct expr_env *env)
{
	const struct func *f = func_find(tree->text);
	struct expr *call;

	if (!f) {
		const char *hint = habit_function(tree->text);
		diag_error(env->diag, tree->name_at, hint ? hint : suggestion(env, tree->text, expr_function_names, ""),
			   "unknown function '%.*s'", (int)tree->text.len, tree->text.p);
		node_with_kids(tree, env, NODE_CALL); /* for the mistakes in its arguments */
		return NULL;
	}
	if (!arity_holds(tree, env, f))
		return NULL;
	if (tree->nkids == 0 && (f->flags & FUNC_WHOLE))
		return call_whole(f, tree, env);
	call = compile_node(env, NODE_CALL, tree->nkids);
	call->func = f;
	return call_args(call, tree, env) ? call_finish(call, tree, env) : NULL;
}

/* ---- the tree ---- */

struct expr *compile(const struct ast_expr *tree, const struct expr_env *env)
{
	switch (tree->kind) {
	case AST_NUM: return node_num(env, tree->num);
	case AST_STR: return compile_text(env, VALUE_STR, tree->text);
	case AST_CONCAT: return fold(node_with_kids(tree, env, NODE_CONCAT), env);
	case AST_REGEX: return compile_bare_re(tree, env);
	case AST_FIELD:
	case AST_LAST: return compile_field(tree, env);
	case AST_NAME: return compile_name(tree, env);
	case AST_RANGE: return compile_stray_range(tree, env);
	case AST_PATH: return compile_is_each(tree) ? compile_stray_each(tree, env) : compile_path(tree, env);
	case AST_LITERAL: return compile_text(env, VALUE_DATA, compile_literal(tree->text));
	case AST_VAR: return compile_var(tree, env);
	case AST_NEG: return compile_arith(tree, env, NODE_NEG);
	case AST_NOT: return compile_not(tree, env);
	case AST_BINARY: return compile_binary(tree, env);
	case AST_COND: return fold(node_with_kids(tree, env, NODE_COND), env);
	case AST_CALL: return compile_call(tree, env);
	case AST_EVENTS: return compile_node(env, NODE_EVENTS, 0);
	}
	return NULL;
}

struct expr *expr_compile(const struct ast_expr *tree, const struct expr_env *env)
{
	return compile(tree, env);
}
