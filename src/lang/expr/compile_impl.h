/* What compile.c and the files beside it share. Not for others. */
#ifndef LANG_EXPR_COMPILE_IMPL_H
#define LANG_EXPR_COMPILE_IMPL_H

#include "lang/expr/node.h"
#include "lang/syntax/ast.h"

/* ---- compile.c ---- */

/* NULL after an error, which was reported. */
struct expr *compile(const struct ast_expr *tree, const struct expr_env *env);
struct expr *compile_node(const struct expr_env *env, enum node_kind kind, int nkids);
struct expr *compile_text(const struct expr_env *env, enum value_kind kind, struct slice s);
/* Column or name number col of the schema, which is read from here on. */
struct expr *compile_column(const struct expr_env *env, int col);
/* False after an error: there is no event that `what` could be of. */
bool compile_need_event(const struct ast_expr *tree, const struct expr_env *env, const char *what);
/* No stage gives the name: reported, with a suggestion. */
void compile_unknown_name(const struct ast_expr *tree, const struct expr_env *env);
char *compile_name_copy(struct arena *a, struct slice name);

/* true, false or null. */
struct slice compile_literal(struct slice text);
bool compile_has_var(const struct expr_env *env, struct slice name);

/* ---- compile_path.c ---- */

/* A path, perhaps of several values. */
struct expr *compile_path(const struct ast_expr *tree, const struct expr_env *env);
/* A path with [] in it. */
bool compile_is_each(const struct ast_expr *tree);
/* A path with [] where one value is wanted: an error. */
struct expr *compile_stray_each(const struct ast_expr *tree, const struct expr_env *env);
/* A member of the record, which a reader of documents gives. NULL: none does. */
struct expr *compile_member(const struct ast_expr *name, const struct expr_env *env);

/* ---- compile_list.c ---- */

/* As compile, where several values may stand. */
struct expr *compile_list(const struct ast_expr *tree, const struct expr_env *env);
/* A range where one value is wanted: an error. */
struct expr *compile_stray_range(const struct ast_expr *tree, const struct expr_env *env);

#endif
