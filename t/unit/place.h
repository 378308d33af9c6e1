/* For tests of expressions: a place in a pipeline to compile and evaluate in, and tables of what is expected there.
 * Like unit.h, which it includes, for one .c file of a test program. */
#ifndef T_PLACE_H
#define T_PLACE_H

#include "lang/expr/expr.h"
#include "lang/syntax/parse.h"
#include "unit.h"

struct place {
	struct arena arena;
	struct diag diag;
	struct expr_regex *regexes;
	struct expr_env env;
	struct schema schema;
	struct eval ev;
	bool uses_origin;
};

static struct schema_col columns[] = {{.name = NULL}, {.name = "code"}, {.name = "status"}};
static const struct expr_var vars[] = {{"limit", {"500", 3, 0}}, {"pattern", {"^b", 2, 0}}, {NULL, {NULL, 0, 0}}};

static void place_init(struct place *p, int npos, int ncols)
{
	*p = (struct place){.schema = {.npos = npos, .ncols = ncols, .cols = columns}};
	p->env = (struct expr_env){
		.diag = &p->diag,
		.arena = &p->arena,
		.schema = &p->schema,
		.splitter = splitter_blank(),
		.vars = vars,
		.uses_origin = &p->uses_origin,
		.regexes = &p->regexes,
	};
	for (size_t i = 0; i < 3; i++)
		columns[i].used = false;
}

static void place_release(struct place *p)
{
	eval_release(&p->ev);
	expr_free_regexes(p->regexes);
	arena_release(&p->arena);
	diag_release(&p->diag);
}

/* NULL after errors, which are in p->diag. */
static inline struct expr *place_compile(struct place *p, const char *text)
{
	struct ast_expr *tree;

	diag_release(&p->diag);
	diag_init(&p->diag, "pipeline", slice_str(text));
	tree = parse_expr_text(slice_str(text), &p->arena, &p->diag);
	return tree ? expr_compile(tree, &p->env) : NULL;
}

/* What a wrong expression is told, all of it. */
static inline char *place_errors(struct place *p)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	diag_print(&p->diag, f);
	fclose(f);
	return text;
}

/* The value as text, or "!" and why the event failed. */
static inline struct slice place_eval(struct place *p, const struct expr *e, const struct event *event)
{
	static char failure[200];
	struct slice out;

	eval_next(&p->ev);
	arena_clear(&p->ev.scratch);
	if (expr_text(e, &p->ev, event, &out))
		return out;
	snprintf(failure, sizeof failure, "!%s", p->ev.error);
	return slice_str(failure);
}

struct row {
	const char *text, *event, *want;
};

static void check_row(struct place *p, const struct row *row)
{
	struct event event = {.whole = slice_str(row->event), .nr = 7, .fnr = 3, .file = slice_str("a.log")};
	struct expr *e = place_compile(p, row->text);
	struct slice got;

	if (!e) {
		char *errors = place_errors(p);

		unit_fail(__FILE__, __LINE__, "%s does not compile: %s", row->text, errors);
		free(errors);
		return;
	}
	got = place_eval(p, e, &event);
	unit_bytes(__FILE__, __LINE__, row->text, got.p, got.len, row->want, strlen(row->want));
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void check_rows(const struct row *rows, size_t n)
{
	struct place p;

	place_init(&p, SCHEMA_SPLIT, 0);
	for (size_t i = 0; i < n; i++)
		check_row(&p, &rows[i]);
	place_release(&p);
}

#endif
