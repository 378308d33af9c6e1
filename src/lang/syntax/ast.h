/* The tree that the parser makes of a pipeline. Lives in the plan's arena; spans point into the text. */
#ifndef LANG_SYNTAX_AST_H
#define LANG_SYNTAX_AST_H

#include "base/diag.h"
#include "base/num.h"
#include "lang/syntax/spec.h"

enum ast_kind {
	AST_NUM,    /* num; a duration (seconds) or size (bytes) too */
	AST_STR,    /* text: a quoted string without anything to fill in */
	AST_CONCAT, /* kids: parts of a string or word that is filled in */
	AST_REGEX,  /* text = pattern, flags; alone it means $0 ~ /re/. Places in it: lex_regex_place */
	AST_FIELD,  /* index: $0, $1 ..., $-1 */
	AST_LAST,   /* $NF: the last field, as $-1 */
	AST_NAME,   /* text: $name; record: $.name */
	AST_RANGE,  /* kids[0]..kids[1], each AST_FIELD, AST_LAST or AST_NAME; with one kid to the last field */
	AST_PATH,   /* steps from kids[0] on: $name.part[0] */
	AST_LITERAL, /* text: true, false or null */
	AST_VAR,    /* var: NR FNR NF FILE */
	AST_NEG,    /* kids[0] */
	AST_NOT,    /* kids[0] */
	AST_BINARY, /* op, kids[0], kids[1] */
	AST_COND,   /* kids[0] ? kids[1] : kids[2] */
	AST_CALL,   /* text = function name, name_at, kids = arguments */
	AST_EVENTS, /* $@: only as a whole word of a command, never inside an expression */
};

enum ast_var { VAR_NR, VAR_FNR, VAR_NF, VAR_FILE };

enum ast_op {
	OP_OR, OP_AND, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_MATCH, OP_NOMATCH,
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_POW,
};

/* A step of a path. */
struct ast_step {
	enum { STEP_MEMBER, STEP_INDEX, STEP_EACH, STEP_WHERE } kind;
	struct span at;
	struct slice name;      /* MEMBER; WHERE: of the member that is compared */
	int64_t index;          /* INDEX: from 0; < 0: from the end */
	struct ast_expr *value; /* WHERE: a constant */
};

struct ast_expr {
	enum ast_kind kind;
	struct span at;      /* the whole expression */
	struct span name_at; /* the operator, or the function's name */
	enum ast_op op;
	enum ast_var var;
	int index;
	unsigned flags;      /* AST_REGEX: enum re_flags; RE flag 'g' is AST_GLOBAL */
	struct num num;
	struct slice text;   /* unescaped bytes, in the arena or the text */
	struct ast_expr **kids;
	int nkids;
	struct ast_step *steps; /* AST_PATH */
	int nsteps;
	bool record;         /* AST_NAME: of the record alone, whatever else has the name */
	int depth;           /* levels of the tree from here down, 1 for a leaf; bounded, so that walks may recurse */
};

#define AST_GLOBAL 0x100u /* the g flag of a regular expression or substitution */

/* ---- stages ---- */

/* One of the things that a value is made of. */
struct ast_item {
	struct span at;
	struct span name_at;  /* NAME or $N, without = */
	struct slice name;    /* NAME=, or p == NULL */
	struct ast_expr *target; /* ARG_SETS: what is set: AST_FIELD, AST_LAST, AST_NAME, AST_RANGE or AST_PATH */
	int index;            /* ARG_SETS: N of $N=, -1 of $NF=, 0 for NAME=; ARG_CALLS: the function; ARG_LIST: the number; ARG_KEYS: enum sort_way */
	uint32_t number;      /* ARG_CALLS: see struct call */
	bool bare;            /* a word without quotes: ~/ and patterns mean something */
	struct ast_expr *e;   /* ARG_CALLS: an AST_CALL; ARG_LIST: NULL; words: an AST_STR where nothing is filled in */
};

/* What was written for an argument or option. Numbers are as they will be stored. */
struct ast_value {
	bool given;
	struct span at;
	int64_t whole;           /* ARG_COUNT, ARG_SIZE, ARG_DURATION (ns), ARG_CHOICE (index) */
	bool negative;           /* ARG_COUNT_ENDS: -N was written, of which whole is N */
	struct rate rate;        /* ARG_RATE */
	struct num num;          /* ARG_NUMBER */
	struct period period;    /* ARG_PERIOD */
	struct ast_item *items;  /* all other types: one item, or those of a list. ARG_SUBST: AST_REGEX, AST_STR */
	int nitems;
};

struct ast_opt {
	const struct opt_spec *spec;
	bool common;             /* of those that every stage takes: stored in the plan's stage, not in the private struct */
	struct span at;          /* name=value */
	struct ast_value value;
};

struct ast_branch {
	struct span at;          /* its first token */
	struct ast_expr *when;   /* EXPR =>, or NULL */
	bool is_else;            /* else => */
	struct ast_stage *first; /* its stages; NULL only after an error */
};

struct ast_stage {
	struct ast_stage *next;
	const struct stage_spec *spec; /* NULL: a block that leads a pipeline; or, with failed, nobody knows */
	struct span at;                /* its name, or the first byte where it has none */
	struct span whole;
	bool failed;                   /* a mistake in it was reported: its values are not to be used */
	struct ast_value *args;        /* one for each of spec->args */
	struct ast_opt *opts;
	int nopts;
	struct ast_item *by;
	int nby;
	struct span by_at;
	struct ast_branch *branches;
	int nbranches;
	struct span block_at;          /* the { of its block; empty: none */
};

#endif
