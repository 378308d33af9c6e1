/* Paths in expressions. On the record of a reader of documents the steps that lead to one value are the name of a column,
 * which the reader finds (lang/expr/schema.h); the others, and paths into a value that is there, are followed when the
 * expression runs (path.c). */
#include "config.h"

#include "lang/expr/compile_impl.h"
#include "lang/expr/path.h"

/* ---- what they are asked for ---- */

bool compile_is_each(const struct ast_expr *tree)
{
	for (int i = 0; tree->kind == AST_PATH && i < tree->nsteps; i++)
		if (tree->steps[i].kind == STEP_EACH)
			return true;
	return false;
}

static bool is_plain_step(const struct ast_step *s)
{
	return s->kind == STEP_MEMBER || s->kind == STEP_INDEX;
}

/* ---- the parts of a path ---- */

static struct value constant(const struct ast_expr *e)
{
	if (e->kind == AST_NUM)
		return (struct value){.kind = VALUE_NUM, .n = e->num};
	if (e->kind == AST_NEG)
		return (struct value){.kind = VALUE_NUM, .n = num_neg(e->kids[0]->num)};
	if (e->kind == AST_STR)
		return (struct value){.kind = VALUE_STR, .s = e->text};
	return (struct value){.kind = VALUE_DATA, .s = compile_literal(e->text)};
}

static struct json_step json_step(const struct ast_step *s)
{
	return s->kind == STEP_INDEX ? (struct json_step){.index = s->index} : (struct json_step){.name = s->name};
}

/* The steps up to one that is not plain; returns how many were used. */
static int compile_part(const struct ast_step *steps, int n, struct arena *a, struct path_part *part)
{
	struct json_step *plain = arena_alloc(a, (size_t)n * sizeof *plain);
	int k = 0;

	for (; k < n && is_plain_step(&steps[k]); k++)
		plain[k] = json_step(&steps[k]);
	if (k > 0)
		json_paths_add(&part->paths, a, plain, k);
	if (k == n)
		return k;
	part->then = steps[k].kind == STEP_EACH ? PATH_EACH : PATH_WHERE;
	if (part->then == PATH_WHERE) {
		struct json_step member = {.name = steps[k].name};
		json_paths_add(&part->member, a, &member, 1);
		part->wanted = constant(steps[k].value);
	}
	return k + 1;
}

static struct expr *path_node(const struct expr_env *env, struct expr *base, const struct ast_step *steps, int n)
{
	struct path *path = arena_alloc(env->arena, sizeof *path);
	struct expr *e = compile_node(env, NODE_PATH, 1);

	*path = (struct path){.parts = arena_alloc(env->arena, (size_t)n * sizeof *path->parts)};
	for (int used = 0; used < n; path->n++) {
		struct path_part *part = &path->parts[path->n];
		*part = (struct path_part){0};
		used += compile_part(steps + used, n - used, env->arena, part);
		path->many |= part->then == PATH_EACH;
	}
	e->kids[0] = base;
	e->path = path;
	return e;
}

/* What it is called in lists: the member that it ends with. */
static const char *last_member(const struct ast_expr *tree, const struct expr_env *env)
{
	const struct ast_step *last = &tree->steps[tree->nsteps - 1];

	return last->kind == STEP_MEMBER ? compile_name_copy(env->arena, last->name) : NULL;
}

/* ---- the record's ---- */

/* The name of the column for the first steps of the path, as many as lead to one value. */
static char *record_name(const struct ast_expr *base, const struct ast_step *steps, int n, struct arena *a)
{
	struct str s = {0};
	char *copy;

	path_add_member(&s, base->text);
	for (int i = 0; i < n; i++) {
		if (steps[i].kind == STEP_INDEX)
			path_add_index(&s, steps[i].index);
		else
			path_add_member(&s, steps[i].name);
	}
	copy = arena_strdup(a, s.p);
	str_release(&s);
	return copy;
}

struct expr *compile_member(const struct ast_expr *name, const struct expr_env *env)
{
	char *text = record_name(name, NULL, 0, env->arena);
	int col = schema_want(env->arena, env->schema, slice_str(text));

	return col >= 0 ? compile_column(env, col) : NULL;
}

/* On a document that a reader gives. NULL: there is none. */
static struct expr *record_path(const struct ast_expr *tree, const struct expr_env *env)
{
	int plain = 0;

	while (plain < tree->nsteps && is_plain_step(&tree->steps[plain]))
		plain++;
	char *name = record_name(tree->kids[0], tree->steps, plain, env->arena);
	int col = schema_want(env->arena, env->schema, slice_str(name));
	if (col < 0)
		return NULL;
	struct expr *e = compile_column(env, col);
	return plain == tree->nsteps ? e : path_node(env, e, tree->steps + plain, tree->nsteps - plain);
}

/* A stage gave the name, or -v did: what it names is there. */
static bool is_there(const struct ast_expr *name, const struct expr_env *env)
{
	int col = env->schema && !name->record ? schema_find(env->schema, name->text) : -1;

	return (col >= 0 && !env->schema->cols[col].record) || (!name->record && compile_has_var(env, name->text));
}

struct expr *compile_path(const struct ast_expr *tree, const struct expr_env *env)
{
	const struct ast_expr *base = tree->kids[0];
	struct expr *e = NULL;

	if (base->kind == AST_NAME && env->schema && schema_is_document(env->schema) && !is_there(base, env))
		e = record_path(tree, env);
	if (!e) {
		struct expr *doc = compile(base, env);
		if (!doc)
			return NULL;
		e = path_node(env, doc, tree->steps, tree->nsteps);
	}
	e->name = e->kind == NODE_PATH && e->path->many ? NULL : last_member(tree, env);
	return e;
}

struct expr *compile_stray_each(const struct ast_expr *tree, const struct expr_env *env)
{
	diag_error(env->diag, tree->at, "in a comparison it means any; join(\",\", $a[]) is one text of them",
		   "[] is several values, where one is wanted");
	return NULL;
}
