/* From text to a checked plan. Opens nothing, starts nothing; every mistake is reported, not only the first.
 * Also what a stage's bind() may ask and say of its place. */
#ifndef LANG_PLAN_BIND_H
#define LANG_PLAN_BIND_H

#include "base/diag.h"
#include "base/mem.h"
#include "lang/expr/expr.h"
#include "lang/syntax/spec.h"

/* ---- for stages, inside spec.bind() ---- */

struct schema *bind_schema(const struct bind *b); /* of the events that come in; a source's: $0 only, SCHEMA_SPLIT */
struct envelope *bind_envelope(const struct bind *b); /* what outputs have around them, or NULL (base/envelope.h) */
bool bind_batched(const struct bind *b);          /* they come in batches */
void bind_set_batched(struct bind *b, bool batched);
const struct splitter *bind_splitter(const struct bind *b);
struct slice bind_ofs(const struct bind *b);      /* --ofs */
int64_t bind_timeout(const struct bind *b);       /* --timeout, ns; 0: none */

/* The stage has n copies of its branch. */
void bind_set_copies(struct bind *b, int64_t n);

/* How what comes out of the stage ends, for the warning of what would never come: */
void bind_set_endless(struct bind *b, bool endless); /* a source: it never ends by itself (SPEC_ENDLESS: true) */
void bind_set_ends(struct bind *b);                  /* it ends, even if what comes in does not */
/* Nothing comes before its input has ended. hint: what helps instead, static. */
void bind_set_at_end(struct bind *b, const char *hint);

/* Starts a new schema for what comes out: npos positional columns (or SCHEMA_SPLIT), unnamed, made here.
 * carry: names of the schema that came in stay beside them (columns with `from` set), unless redefined later. */
struct schema *bind_new_schema(struct bind *b, int npos, bool carry);
/* The same with the columns and names that came in, carried over, to change some of them: schema_keep. */
struct schema *bind_keep_schema(struct bind *b, int npos);
/* What comes out are records whose names are found when they come: npos is SCHEMA_LATE or SCHEMA_DOCUMENT. The names that
 * came in stay. */
struct schema *bind_new_reader(struct bind *b, int npos);
/* The same where they stay what and where they are, for a stage that only changes $0: schema_copy. */
struct schema *bind_copy_schema(struct bind *b);
/* Names column col (0-based, positional or not) of a new schema; a carried column of that name is dropped. */
void bind_name(struct bind *b, struct schema *s, int col, const char *name);
/* Adds a column that only has a name; returns it. One of that name that was there is replaced. */
int bind_add(struct bind *b, struct schema *s, const char *name);
/* Adds a column at the end of the positional ones, with a name; returns it. Only where they are fixed. */
int bind_add_column(struct bind *b, struct schema *s, const char *name);

bool bind_has_arg(const struct bind *b, int arg); /* argument i of the table was written */
bool bind_has_opt(const struct bind *b, const char *opt);

/* Reports a mistake in argument i (its place), in option `name`, or in the stage as a whole (its name's place). */
void bind_arg_error(struct bind *b, int arg, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void bind_opt_error(struct bind *b, const char *opt, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same in the nth value, from 0, of an option that may be given again. */
void bind_nth_opt_error(struct bind *b, const char *opt, int nth, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void bind_error(struct bind *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Warns of argument i: it can be done, but is hardly what was meant. */
void bind_arg_warning(struct bind *b, int arg, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for the nth word, from 0, of argument i, with a hint or NULL. */
void bind_word_error(struct bind *b, int arg, int nth, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void bind_word_warning(struct bind *b, int arg, int nth, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Has p freed with the plan. */
void bind_own(struct bind *b, void *p, void (*free)(void *p));
/* A stage's own regular expression, which lives as long as the plan. */
struct re *bind_regex(struct bind *b, const char *pattern);
/* The arena of the plan, for what lives as long as it. */
struct arena *bind_arena(struct bind *b);

/* ---- for main ---- */

struct plan_stage {
	const struct stage_spec *spec; /* NULL: a block of sources that leads the pipeline: what its branches give is merged */
	void *priv;                  /* the private struct, filled in */
	const char *name;            /* name=, or the stage's own, made unique: filter, filter2, ... */
	struct span at;              /* the stage's name in the text */
	struct span whole;           /* the stage with its arguments */
	struct schema *in, *out;
	bool batched_in, batched_out;
	bool endless, ends;          /* bind_set_endless, bind_set_ends */
	const char *at_end;          /* bind_set_at_end: its hint; NULL: it gives as events come */
	int64_t max_demand, min_demand; /* -1: not written */
	const char *dead;            /* dead=FILE or NULL */
	int64_t max_failures;        /* -1: not written */
	struct plan_branch *branches;
	int nbranches;
	int copies;                  /* of its one branch, bind_set_copies; 0: the branches are as written */
};

struct plan_branch {
	struct expr *when;           /* route: NULL is else */
	struct plan_stage *stages;
	int nstages;
};

struct plan {
	struct arena arena;
	struct plan_branch main;     /* first a source (or a block of them) and last a sink where they were written */
	bool has_source, has_sink;
	bool uses_origin;            /* NR, FNR or FILE is read somewhere */
	struct slice text;           /* the pipeline, a copy */
	const char *text_name;
	struct plan_owned *owned;    /* the binder's: what is freed with the plan */
};

/* Options that every stage takes, and that those with SPEC_CAN_FAIL do: offsets in struct plan_stage. For help. */
extern const struct opt_spec plan_common_opts[], plan_failure_opts[];

struct bind_env {
	const struct stage_spec *const *stages; /* all of them; ends with NULL */
	const struct expr_var *vars;            /* -v; ends with name == NULL */
	const struct splitter *splitter;        /* -F */
	struct slice ofs;
	bool has_files;                         /* FILEs stand on the command line: a written source is an error */
	int64_t timeout_ns;                     /* --timeout; 0: none */
};

/* Parses and checks text, which is diag->text. NULL after errors, which are in diag. Free with plan_free. env must
 * outlive the plan. Reads directories where a pattern stands for files, opens nothing else. */
struct plan *plan_new(struct slice text, const struct bind_env *env, struct diag *diag);
void plan_free(struct plan *p);

/* Appends a stage that was not written (a default source or sink, with its private struct zeroed), at the beginning or
 * the end; bind() is called. */
struct plan_stage *plan_add_first(struct plan *p, const struct stage_spec *spec);
struct plan_stage *plan_add_last(struct plan *p, const struct stage_spec *spec);

#endif
