/* What the parser's files share. Not for others. */
#ifndef LANG_SYNTAX_PARSE_IMPL_H
#define LANG_SYNTAX_PARSE_IMPL_H

#include "lang/syntax/lex.h"
#include "lang/syntax/parse.h"

#define PARSE_DEPTH_MAX 200   /* calls within calls: parentheses, signs, blocks */
#define PARSE_LEVELS_MAX 2000 /* levels of an expression's tree: a + b + c has two */

struct parse {
	struct lex lex;
	const struct parse_env *env;
	int depth;    /* calls that are open: expressions and blocks */
};

enum fill {
	FILL_NONE,    /* $ means nothing here: a mistake */
	FILL_EVENT,   /* $1, $name and ${expr} are filled in for every event */
	FILL_COMMAND, /* the same, and $@ may be a word of its own */
};

/* What a value has to be, and how messages call it. */
struct want {
	enum arg_type type;
	const char *subject;           /* "N of 'take'", "'jobs'" */
	const struct stage_spec *spec; /* of the stage */
	const struct call_spec *calls;
	const char *const *choices;
	int64_t min, max;
};

void parse_error(struct parse *p, struct span at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
struct span parse_span(const struct parse *p, uint32_t begin); /* from begin to what was read last */

/* All of these return NULL after an error was reported. `after` is the token in front, for the message where nothing
 * follows it. */
struct ast_expr *parse_expr(struct parse *p, struct span after);
struct ast_expr *parse_string(struct parse *p, struct span open, enum fill fill); /* behind the quote `open` */
struct ast_expr *parse_quoted(struct parse *p, enum fill fill); /* "...", q{...} */
struct ast_expr *parse_word(struct parse *p, enum fill fill);   /* bare or quoted; $@ alone gives AST_EVENTS */
struct ast_expr *parse_regex(struct parse *p);
/* EXPR, EXPR ... up to the closing parenthesis of `open`, which is consumed; into e->kids. */
bool parse_arguments(struct parse *p, struct ast_expr *e, struct span open);
/* The closing bracket of `open`; false where it is missing, which is reported. */
bool parse_close(struct parse *p, int close, struct span open);
/* Reports a $ at `at` that no field follows. */
struct ast_expr *parse_stray_dollar(struct parse *p, struct span at);
/* Reports what comes next as a thing that cannot stand here. */
void parse_unexpected(struct parse *p);

/* The stage of that name, or NULL. */
const struct stage_spec *parse_stage_spec(const struct parse *p, struct slice name);
/* A hint for whoever wrote this (=~, and, '), or NULL. */
const char *parse_hint(const char *what);
/* Reports what clings to the end of a word or number. hint may be NULL. */
bool parse_word_end(struct parse *p, const char *hint);

/* A stage whose arguments are being read. */
struct reading {
	struct ast_stage *st;
	const struct stage_spec *spec; /* its own, or the one it is read as */
	int next;                      /* the first of spec->args that can still come */
	bool any_arg;
};

/* Reads a stage's arguments and options up to its end or `{`, as those of spec. False after an error that leaves it
 * unclear what the rest is: that is to be skipped. *r serves to go on behind a block. */
bool parse_args(struct parse *p, struct ast_stage *st, const struct stage_spec *spec, struct reading *r);
bool parse_items(struct parse *p, struct reading *r);
bool parse_takes(const struct stage_spec *spec, enum arg_type type); /* one of its arguments is of that type */
void parse_check_missing(struct parse *p, const struct reading *r);
const char *parse_usage(struct parse *p, const struct stage_spec *spec); /* a hint, or NULL */
char *parse_format(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* in the arena */

/* Whether what comes next may be a value of the type. */
bool parse_fits(const struct parse *p, enum arg_type type);
/* Reads a value. False after an error was reported; so is a value that does not fit. */
bool parse_value(struct parse *p, const struct want *want, struct ast_value *v);
/* The list of an argument of type ARG_FIELDS, ARG_SETS, ARG_CALLS or ARG_NAMED. */
bool parse_named_items(struct parse *p, const struct want *want, struct ast_value *v);
struct ast_item *parse_add_item(struct parse *p, struct ast_item **items, int *n);
/* An expression, into item. */
bool parse_item_expr(struct parse *p, struct span after, struct ast_item *item);
/* Reports that what comes next does not fit. */
bool parse_misfit(struct parse *p, const struct want *want);
/* by [NAME=]EXPR, ... (behind `by`) */
bool parse_keys(struct parse *p, const struct stage_spec *spec, struct span by, struct ast_item **items, int *n);

/* The rest of what begins with the field or name t, which was read: steps of a path, or .. and the end of a range. NULL
 * after an error. */
struct ast_expr *parse_field_rest(struct parse *p, const struct token *t);
/* $.name or $["odd name"], with its rest. */
struct ast_expr *parse_quoted_name(struct parse *p);
/* Steps of a path behind base, which is returned where there are none. NULL after an error. */
struct ast_expr *parse_steps(struct parse *p, struct ast_expr *base);
/* .NAME or [ comes next. */
bool parse_step_ahead(const struct parse *p);

/* Room for one more of n items: it doubles, in the arena, whenever n is a power of two. */
void *parse_grow(struct parse *p, void *items, int n, size_t item_bytes);
struct ast_expr *ast_new(struct parse *p, enum ast_kind kind, struct span at);
struct ast_expr *parse_leaf(struct parse *p, enum ast_kind kind, const struct token *t);
void ast_add(struct parse *p, struct ast_expr *e, struct ast_expr *kid);

#endif
