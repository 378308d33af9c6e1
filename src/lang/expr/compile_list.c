/* Ranges of fields: several values, in lists and as arguments. Where columns are fixed a range is the list of them, else it
 * is looked for in each event (list.c). */
#include "config.h"

#include "lang/expr/compile_impl.h"

#include <stdio.h>

#include "lang/expr/func.h"

struct expr *compile_stray_range(const struct ast_expr *tree, const struct expr_env *env)
{
	diag_error(env->diag, tree->at,
		   "one text of them is join(\" \", $2..); ranges stand in lists: map $2.., set $2..=EXPR, by $1..$2",
		   "a range of fields is no single value");
	return NULL;
}

/* ---- its ends ---- */

/* One end that is written as a name: its column. -1 after an error. */
static int name_end(const struct ast_expr *end, const struct expr_env *env)
{
	int col = schema_find(env->schema, end->text);

	if (env->schema->npos == SCHEMA_LATE) /* the record's names tell its place; a name that no header has is an error */
		col = col >= 0 ? col : schema_want(env->arena, env->schema, end->text);
	if (col < 0) {
		compile_unknown_name(end, env);
		return -1;
	}
	if (env->schema->npos >= SCHEMA_SPLIT && col >= env->schema->npos && !env->schema->open) {
		diag_error(env->diag, end->at, NULL, "'$%.*s' is no column, so it has no place in a range", (int)end->text.len,
			   end->text.p);
		return -1;
	}
	env->schema->cols[col].used = true;
	return col;
}

/* end == NULL: the last field. False after an error. */
static bool range_end(const struct ast_expr *end, const struct expr_env *env, struct range_end *out)
{
	*out = (struct range_end){.index = -1, .name = -1};
	if (!end || end->kind == AST_LAST)
		return true;
	if (end->kind == AST_FIELD) {
		out->index = end->index;
		return true;
	}
	out->text = compile_name_copy(env->arena, end->text);
	out->name = name_end(end, env);
	out->index = env->schema->npos >= 0 ? out->name + 1 : 0;
	return out->name >= 0;
}

/* Of fixed columns: from 0, perhaps beyond them. */
static int64_t fixed_place(const struct range_end *end, int npos)
{
	return end->index > 0 ? end->index - 1 : npos + end->index;
}

static struct expr *fixed_range(const struct range *r, const struct expr_env *env)
{
	int npos = env->schema->npos, n = 0;
	int64_t from = fixed_place(&r->from, npos), to = fixed_place(&r->to, npos);
	bool back = range_runs_back(r, from, to);
	int64_t low = back ? to : from, high = back ? from : to;
	struct expr *e;

	low = low < 0 ? 0 : low;
	high = high < npos ? high : npos - 1;
	e = compile_node(env, NODE_LIST, high >= low ? (int)(high - low + 1) : 0);
	for (int64_t i = low; i <= high; i++, n++)
		e->kids[n] = compile_column(env, (int)(back ? high - (i - low) : i));
	return e;
}

static struct expr *compile_range(const struct ast_expr *tree, const struct expr_env *env)
{
	struct range *r = arena_alloc(env->arena, sizeof *r);
	struct expr *e;

	if (!compile_need_event(tree, env, "a range of fields"))
		return NULL;
	bool good = range_end(tree->kids[0], env, &r->from);
	good = range_end(tree->nkids > 1 ? tree->kids[1] : NULL, env, &r->to) && good;
	if (!good)
		return NULL;
	r->late = env->schema->npos == SCHEMA_LATE;
	r->row = env->schema->npos == SCHEMA_VARIED || env->schema->npos == SCHEMA_LATE;
	schema_use_columns(env->schema);
	if (env->schema->npos >= 0)
		return fixed_range(r, env);
	e = compile_node(env, NODE_RANGE, 0);
	e->range = r;
	return e;
}

/* ---- for others ---- */

struct expr *compile_list(const struct ast_expr *tree, const struct expr_env *env)
{
	if (compile_is_each(tree))
		return compile_path(tree, env);
	return tree->kind == AST_RANGE ? compile_range(tree, env) : compile(tree, env);
}

struct expr *expr_compile_list(const struct ast_expr *tree, const struct expr_env *env)
{
	return compile_list(tree, env);
}

struct expr *expr_empty(const struct expr_env *env)
{
	return compile_text(env, VALUE_DATA, slice_make("", 0));
}

struct expr *expr_compile_key(const struct ast_expr *tree, const struct expr_env *env)
{
	struct expr *list = compile_list(tree, env), *call;

	if (!list || !node_is_list(list))
		return list;
	call = compile_node(env, NODE_CALL, 2);
	call->func = func_find(slice_str("join"));
	call->kids[0] = compile_text(env, VALUE_STR, env->ofs);
	call->kids[1] = list;
	call->lists = true;
	return call;
}
