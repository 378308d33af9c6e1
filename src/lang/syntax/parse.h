/* The parser: from a pipeline's text to its tree. Reads each argument as the stage's descriptor says. Knows the shape
 * of pipelines, not their meaning: names of fields, places of sources and values of options are the binder's. */
#ifndef LANG_SYNTAX_PARSE_H
#define LANG_SYNTAX_PARSE_H

#include "base/diag.h"
#include "base/mem.h"
#include "lang/syntax/ast.h"

/* Parses a whole text that is one expression. NULL after errors, which are in diag. The tree lives in the arena and
 * may point into text. */
struct ast_expr *parse_expr_text(struct slice text, struct arena *arena, struct diag *diag);

/* NR, FNR, NF or FILE. */
bool parse_is_variable(struct slice name);

/* Which stages and options there are. Tables end with NULL, a NULL name. */
struct parse_env {
	const struct stage_spec *const *stages;
	const struct opt_spec *common_opts;  /* every stage takes these, */
	const struct opt_spec *failure_opts; /* those with SPEC_CAN_FAIL these too */
};

/* Parses a whole pipeline: its stages, linked, in the arena. After a mistake it goes on at the next stage; the stages
 * with mistakes are `failed`, and NULL is returned where there is nothing at all. The tree may point into text. */
struct ast_stage *parse_pipeline(struct slice text, const struct parse_env *env, struct arena *arena, struct diag *diag);

#endif
