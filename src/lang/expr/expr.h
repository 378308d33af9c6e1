/* Expressions: compiled once for the fields of one place in the pipeline, evaluated for every event without
 * allocation beyond the scratch arena. Compiled expressions are immutable and shared between threads. */
#ifndef LANG_EXPR_EXPR_H
#define LANG_EXPR_EXPR_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/re.h"
#include "base/str.h"
#include "lang/expr/schema.h"

struct ast_expr;
struct expr;

/* One event as an expression sees it. */
struct event {
	struct slice whole;        /* $0 */
	const struct slice *cells; /* the columns of its schema, or one row where they vary; NULL where none is used */
	uint64_t nr, fnr;          /* filled in only where expr_uses_origin */
	struct slice file;
};

enum value_kind {
	VALUE_STR,  /* quoted text, also where it is filled in: compares bytewise */
	VALUE_DATA, /* text from data, and what functions make: compares as a number where it looks numeric */
	VALUE_NUM,
};

struct value {
	enum value_kind kind;
	struct slice s; /* VALUE_STR, VALUE_DATA */
	struct num n;   /* VALUE_NUM */
};

/* Empty text, which is what a missing value is, too. */
static inline bool value_is_empty(const struct value *v)
{
	return v->kind != VALUE_NUM && v->s.len == 0;
}

/* A thread's state for evaluating. Zeroed = ready. */
struct eval {
	struct arena scratch;     /* strings made on the way; the caller clears it, at most once an event */
	struct re_scratch re;
	struct slice *fields;     /* the fields of the event at `split_of` found so far */
	size_t nfields, fields_cap;
	const char *split_of;     /* cache key: whole.p, or NULL */
	uint32_t split_len;
	const char *split_rest;   /* where splitting goes on, NULL when all are found */
	struct recache *dynamic;  /* regular expressions whose text comes from data; NULL until one is met */
	size_t text_max;          /* longest text that is made, in bytes; 0: a slice's limit */
	struct slice at_hand;     /* $_, set by who evaluates what holds it */
	struct str built;         /* for a caller that puts a text together piece by piece: theirs to clear */
	char error[160];          /* after a failure: why, e.g. "division by zero" */
};

void eval_release(struct eval *ev);
bool eval_too_long(struct eval *ev); /* false, with ev->error */
static inline uint64_t eval_text_max(const struct eval *ev) { return ev->text_max ? ev->text_max : UINT32_MAX; }
/* True where a text of so many bytes, an event or a value, may be made; false with ev->error. Ask before making it. */
static inline bool eval_fits(struct eval *ev, uint64_t bytes)
{
	return bytes <= eval_text_max(ev) || eval_too_long(ev);
}
/* Forget the split fields of the last event. Call when moving to the next event (memory may be reused at the same
 * address with other bytes). */
static inline void eval_next(struct eval *ev) { ev->split_of = NULL; }

/* Field separation (-F): how $1... are found in $0. Immutable. */
struct splitter;
struct splitter *splitter_blank(void); /* runs between spaces, tabs and newlines; static, never freed */
/* text: one character or a longer string after escapes, or NULL; re: a regular expression (taken over) or NULL. */
struct splitter *splitter_new(struct slice text, struct re *re);
void splitter_free(struct splitter *sp);

/* What compiling needs to know of its place. */
struct expr_env {
	struct diag *diag;               /* errors go here */
	struct arena *arena;             /* the plan's: compiled nodes live there */
	struct schema *schema;           /* of the events; columns that are read are marked used. NULL: no event here */
	const struct splitter *splitter; /* for schemas with SCHEMA_SPLIT */
	const struct expr_var *vars;     /* -v, ends with name == NULL */
	struct slice ofs;                /* --ofs: joins the fields of a range that is a key */
	bool at_hand;                    /* $_ means something: eval.at_hand */
	bool *uses_origin;               /* set to true where NR, FNR or FILE is read */
	struct expr_regex **regexes;     /* those that compiling makes are linked in here; whoever releases the arena
	                                  * gives them to expr_free_regexes. NULL: they live as long as the process */
};
struct expr_regex {
	struct expr_regex *next;
	struct re *re;
};
struct expr_var {
	const char *name;
	struct slice value;
};

/* Compiles the tree. NULL after errors, which were added to env->diag (a misspelt function or name with a suggestion,
 * wrong number of arguments, bad regular expression with PCRE2's message at its place). It lives in env->arena. */
struct expr *expr_compile(const struct ast_expr *tree, const struct expr_env *env);
/* The same where several values may stand: ranges of fields. See expr_is_list. */
struct expr *expr_compile_list(const struct ast_expr *tree, const struct expr_env *env);
/* The same for a key, which is one value: the fields of a range are joined by env->ofs. */
struct expr *expr_compile_key(const struct ast_expr *tree, const struct expr_env *env);
/* The empty text. */
struct expr *expr_empty(const struct expr_env *env);
/* Before the arena is released: frees the regular expressions in the list. */
void expr_free_regexes(struct expr_regex *list);

/* Evaluates. False: the event failed, ev->error says why. Strings in *out live in the event, the plan or ev->scratch. */
bool expr_eval(const struct expr *e, struct eval *ev, const struct event *event, struct value *out);
/* 1 true, 0 false, -1 failed. False values: the empty string, 0, and data that looks numeric and is 0. */
int expr_test(const struct expr *e, struct eval *ev, const struct event *event);
/* The value as text (numbers formatted). False: failed. */
bool expr_text(const struct expr *e, struct eval *ev, const struct event *event, struct slice *out);
/* The value as a number; text that is no number fails ("'abc' is not a number"). */
bool expr_number(const struct expr *e, struct eval *ev, const struct event *event, struct num *out);
/* The same for what skips empty values: then *none, and *out is left alone. */
bool expr_number_or_none(const struct expr *e, struct eval *ev, const struct event *event, struct num *out, bool *none);

/* A value's text as it is meant: null is empty, what is SLICE_ESCAPED is unescaped in the scratch arena. */
struct slice expr_plain(struct eval *ev, struct slice s);

/* ---- several values: what expr_compile_list gave ---- */

/* Values in the scratch arena. Zeroed = none. */
struct expr_values {
	struct value *v;
	size_t n, cap;
};

/* It gives any number of values, and none by expr_eval. */
bool expr_is_list(const struct expr *e);
/* Its parts, one value each, where their number is known before anything runs; else NULL. */
struct expr **expr_parts(const struct expr *e, int *n);
/* Adds the values of any expression: of one that is no list, its only one. False: failed. */
bool expr_add_values(const struct expr *e, struct eval *ev, const struct event *event, struct expr_values *to);
/* A range of fields that are looked for in each event: the places of those that an event of n columns has, from *first by
 * *step, *count of them. cells: the event's, or NULL. False: failed. */
bool expr_range_places(const struct expr *e, struct eval *ev, const struct slice *cells, size_t n, size_t *first, int *step,
		       size_t *count);

/* The value as a file's name: where the expression is a word with parts filled in, a part that is empty, '.', '..' or holds
 * '/' or NUL fails the event (names from data must not lead elsewhere). */
bool expr_file_name(const struct expr *e, struct eval *ev, const struct event *event, struct slice *out);

bool value_number(const struct value *v, struct num *out); /* false where it neither is nor looks numeric */
struct slice value_text(const struct value *v, struct arena *scratch);
/* The total order of ranking: numbers (and data that looks numeric) by value, before text by bytes. <0, 0, >0 */
int value_rank(const struct value *a, const struct value *b);

/* What plans ask of an expression to take a shorter way. */
int expr_is_field(const struct expr *e);   /* N where it is $N and fields come from splitting; 0: $0; else -1 */
int expr_is_column(const struct expr *e);  /* the column where it is one, else -1 */
const struct re *expr_is_match(const struct expr *e, bool *negated); /* $0 ~ /re/ or its negation, else NULL */
bool expr_is_const(const struct expr *e, struct value *out);
enum expr_case { CASE_NONE, CASE_LOWER, CASE_UPPER };
enum expr_case expr_is_case(const struct expr *e); /* lower($0), upper($0) */
bool expr_is_events(const struct expr *e);  /* $@: no value of its own, evaluating it fails */
const char *expr_name(const struct expr *e); /* the name where it is just $name, else NULL */

/* Finds $1..$n of the event (n >= 1; 0: all) into ev->fields; returns how many of the first n there are, or
 * SPLIT_FAILED where a separator's regular expression ran past its limits: the event fails, ev->error says why. */
#define SPLIT_FAILED ((size_t)-1)
size_t eval_split(struct eval *ev, const struct splitter *sp, struct slice whole, size_t n);

/* The replacement of s///: literal text, captures ($1 $name $& ${1} ${name}), \U \L \E. */
struct subst;
/* Compiles `text` (raw, as written between the delimiters) for re, into env->arena. Errors go to their own place where
 * text lies in env->diag->text, else to `at` (the text's place). NULL on error. */
struct subst *subst_new(struct slice text, struct span at, const struct re *re, const struct expr_env *env);
/* Appends to out what takes the place of the match in ev->re.ov. False: failed, out would be too long. */
bool subst_apply(const struct subst *s, struct eval *ev, struct slice subject, struct str *out);

/* The functions' names, for help and tests; ends with NULL. */
extern const char *const expr_function_names[];

#endif
