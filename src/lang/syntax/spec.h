/* What a stage looks like in the language: its name, arguments and options, and where their values go. The lexer,
 * the parser, the binder, --help and --list-stages know of stages only what stands here.
 *
 * A stage has a private struct of priv_bytes, zeroed. The binder stores each argument and option at its offset, in the
 * type that enum arg_type names, then calls bind(). */
#ifndef LANG_SYNTAX_SPEC_H
#define LANG_SYNTAX_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/num.h"
#include "base/slice.h"

struct expr;
struct re;
struct subst;
struct bind;

enum arg_type {        /* what is written           -> what is stored */
	ARG_END,       /* ends a table */
	ARG_WORD,      /* a word or string, no $    -> const char *  (NUL-terminated; a NUL inside is an error) */
	ARG_FILES,     /* one or more words, bare patterns expand, ~/ -> struct word_list */
	ARG_TEMPLATE,  /* a word or string, filled in for every event -> struct expr * */
	ARG_COMMAND,   /* one or more words to the end of the stage, each filled in -> struct expr_list */
	ARG_CONST_COMMAND, /* the same without anything to fill in -> struct word_list */
	ARG_EXPR,      /* an expression             -> struct expr * */
	ARG_KEYS,      /* EXPR [asc | desc], ...    -> struct key_list */
	ARG_COUNT,     /* a whole number >= 0, suffixes k M G -> int64_t; not given: -1 */
	ARG_COUNT_ENDS, /* the same, or -N: so many from the end -> struct count_ends */
	ARG_NUMBER,    /* a number, perhaps with a sign -> struct num; not given: see bind_has_arg */
	ARG_DURATION,  /* 500ms 2s 5m 1h            -> int64_t, ns; not given: -1 */
	ARG_SIZE,      /* 64KiB 1MiB, or plain bytes -> int64_t; not given: -1 */
	ARG_RATE,      /* 10/s 100/m                -> struct rate, exact to a millionth; not given: events 0 */
	ARG_STRING,    /* a quoted or raw string, nothing filled in -> struct slice; not given: p == NULL */
	ARG_REGEX,     /* /re/flags                 -> struct re * */
	ARG_SPLITTER,  /* /re/flags or a string     -> struct splitter * (lang/expr/expr.h) */
	ARG_FIELDS,    /* [NAME=]EXPR, ...          -> struct field_list */
	ARG_SETS,      /* $N=EXPR, NAME=EXPR ...    -> struct field_list (comma optional between them) */
	ARG_CALLS,     /* [NAME=]FUNC(EXPR, ...), ... of arg_spec.calls -> struct call_list */
	ARG_NAMED,     /* NAME="TEXT", ...         -> struct named_list; nothing is filled in */
	ARG_SUBST,     /* s/re/replacement/flags    -> struct substitution; shares its stage with ARG_FIELDS */
	ARG_PERIOD,    /* a duration or a count     -> struct period; not given: both -1 */
	ARG_FLAG,      /* options only: the bare word itself -> bool */
	ARG_CHOICE,    /* options only: one of choices -> int, its index; not given: -1 */
	ARG_LIST,      /* options only: 0,1,...     -> struct int_list */
	ARG_TEMPLATES, /* options only: as ARG_TEMPLATE, and may be given again -> struct expr_list */
};

struct word_list { int n; const char **words; };
struct expr_list {
	int n;
	struct expr **e;
	const char **names; /* SPEC_NAMES_KEYS: by NAME=EXPR; NULL for those without one */
};
struct int_list { int n; int *v; };
struct key_list {
	int n;
	struct sort_key {
		struct expr *e;
		enum sort_way { SORT_ANY, SORT_ASC, SORT_DESC } way; /* as it was written, or not */
	} *k;
};
struct count_ends { int64_t n; bool from_end; };
struct period { int64_t ns, events; };
struct rate { int64_t events, ns; };   /* so many events in so many ns, in lowest terms */
struct field_list {
	int n;
	struct field {
		const char *name;    /* NAME=, or NULL */
		int index;           /* ARG_SETS: N of $N=, -1 of $NF=; 0 with a name */
		struct expr *e;
		bool many;           /* ARG_FIELDS: it came of a range. e is one of its fields, or, where their number is not
		                      * known before anything runs, all of them: expr_is_list */
		struct expr *range;  /* ARG_SETS: each of these fields is set, to e with $_ for the field; else NULL */
		struct expr *at_hand; /* ARG_SETS, one field of a range: what $_ is; else NULL */
	} *f;
};
struct named_list {
	int n;
	struct named_text {
		const char *name;
		struct slice text;
	} *t;
};
struct call_list {
	int n;
	struct call {
		const char *name;    /* NAME=, or NULL */
		const char *written; /* FUNC(EXPR) as it stands in the pipeline */
		int func;            /* index in arg_spec.calls */
		uint32_t number;     /* of a numbered one, in ten-thousandths: 999000 for p99.9 */
		int nargs;
		struct expr *args[2];
	} *c;
};
struct substitution {
	struct re *re;               /* NULL: not given */
	struct subst *with;
	bool global;                 /* the g flag */
};

/* A table ends with name == NULL. number_max: the name goes on with a number above 0 and up to this, which has at most
 * four decimals (p50, p99.9); 0: it does not. */
struct call_spec { const char *name; int min_args, max_args, number_max; };

#define SPEC_NESTED_COPIES_MAX 10000 /* copies of a branch, over all blocks around it */
#define SPEC_COPIES_MAX 1024         /* copies of a branch, or lasting processes, that one stage may have */

#define ARG_OPTIONAL 1u              /* arg_spec.flags */

struct arg_spec {
	enum arg_type type;
	const char *name;            /* as help and messages call it: "EXPR", "NAME" */
	size_t offset;               /* in the private struct */
	unsigned flags;
	const char *word;            /* what stands before it, a word or a comma (`skip until EXPR`, `filter EXPR,EXPR`), or NULL */
	const struct call_spec *calls;
	int64_t min, max;            /* ARG_COUNT: smallest and largest value allowed; max 0: any */
};

struct opt_spec {
	const char *name;            /* without =; NULL ends a table */
	enum arg_type type;
	size_t offset;
	const char *help;            /* one line */
	const char *const *choices;  /* ARG_CHOICE: ends with NULL */
	int64_t min, max;            /* ARG_COUNT, ARG_PERIOD: smallest and largest count allowed; max 0: any */
};

enum spec_flags {
	SPEC_SOURCE = 1,             /* first in a pipeline or in a branch of a leading block; needs no input */
	SPEC_SINK = 2,               /* last; nothing comes out */
	SPEC_BY = 4,                 /* takes `by EXPR, ...` */
	SPEC_OPTIONS_FIRST = 8,      /* run exec sh pipe */
	SPEC_BRANCHES = 16,          /* takes { A ; B } */
	SPEC_ONE_BRANCH = 32,        /* takes { A } */
	SPEC_ROUTES = 64,            /* takes { EXPR => A ; else => B } */
	SPEC_NAMES_KEYS = 1024,      /* its keys come out as columns: `by NAME=EXPR` is possible */
	SPEC_KEEPS = 256,            /* what comes in goes out, with the same fields and in the same batches or none */
	SPEC_CAN_FAIL = 128,         /* takes dead= and max_failures= */
	SPEC_ENDLESS = 512,          /* a source that never ends by itself; where that hangs on arguments: bind_set_endless */
};

struct stage_spec {
	const char *name;
	const char *synopsis;        /* "take N [by EXPR, ...]" */
	const char *summary;         /* one line */
	unsigned flags;              /* enum spec_flags */
	const struct arg_spec *args; /* in order; NULL: none. An optional one is skipped where what stands there is no value of its type */
	const struct opt_spec *opts; /* NULL: none but those that every stage takes */
	size_t priv_bytes;
	size_t by_offset;            /* SPEC_BY: struct expr_list */
	/* Called once all values are stored and right. Checks what the tables cannot say (with bind_error) and says what
	 * comes out: see lang/plan/bind.h. NULL: what comes in goes out, batches stay batches. */
	void (*bind)(void *priv, struct bind *b);
};

#endif
