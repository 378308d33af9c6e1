/* What the binder's files share. Not for others. */
#ifndef LANG_PLAN_BIND_IMPL_H
#define LANG_PLAN_BIND_IMPL_H

#include "lang/syntax/ast.h"
#include "lang/plan/bind.h"
#include "lang/expr/schema.h"

/* What is freed with the plan besides its arena, and what later additions to it need. */
struct plan_owned {
	const struct bind_env *env;
	struct schema *root;         /* of what sources read: $0 alone */
	struct schema *last_schema;  /* the newest; all are linked */
	struct written_name {
		struct written_name *next;
		const char *name;
	} *names;                    /* by name= */
	struct expr_regex *regexes;
	struct owned_splitter {
		struct owned_splitter *next;
		struct splitter *splitter;
	} *splitters;
	struct owned_other {
		struct owned_other *next;
		void *p;
		void (*free)(void *p);
	} *others;                   /* of stages */
};

/* What goes from one stage to the next. */
struct flow {
	struct schema *schema;
	bool batched;
	bool shaky; /* behind a mistake: what is known of schema and batches may be wrong */
	bool dry;   /* nothing: behind a sink, or a block whose branches all end in one */
};

/* A stage that is being bound: what its bind() talks to. */
struct bind {
	struct plan *plan;
	struct diag *diag;
	const struct ast_stage *ast; /* NULL: a stage that was not written */
	struct plan_stage *ps;
	struct flow in, out;
	int64_t copies;              /* of the row that is bound, over all blocks around it */
	bool *asked;                 /* bind() wanted to know what comes in */
};

/* Where a row of stages stands. */
enum place {
	PLACE_MAIN,    /* the whole pipeline: may begin with a source */
	PLACE_LEADING, /* a branch of a leading block: must begin with one */
	PLACE_INNER,   /* a branch of a stage */
};

/* ---- bind.c ---- */

/* Binds the row into branch; *flow is what comes in, then what goes out. */
void bind_stages(struct bind *b, const struct ast_stage *first, enum place place, struct flow *flow,
		 struct plan_branch *branch);
/* Makes a stage that was not written out of its spec. */
void bind_unwritten(struct bind *b, const struct stage_spec *spec, struct plan_stage *ps, struct flow *flow);

/* ---- endless.c ---- */

/* Warns of stages that would give nothing because their input never ends. Only for plans without errors. */
void endless_check(const struct plan *p, struct diag *diag);

/* ---- bind_value.c ---- */

/* What the private struct holds where nothing is written. */
void bind_defaults(const struct stage_spec *spec, char *priv);
/* Stores all that is written of the stage. False after errors. */
bool bind_values(struct bind *b);
struct expr *bind_expr(struct bind *b, const struct ast_expr *tree, struct schema *schema);

#endif
