/* The functions of expressions: what compiling needs to know of each, and how they are called. */
#ifndef LANG_EXPR_FUNC_H
#define LANG_EXPR_FUNC_H

#include "lang/expr/node.h"

#define FUNC_MAX_ARGS 32
#define FUNC_MESSAGE 96 /* bytes of a message of check() */

/* One call for one event; the arguments are evaluated. */
struct func_call {
	const struct expr *node;
	struct eval *ev;
	const struct value *args;
	int n;
};

/* Text in *out lives in the arguments or in ev->scratch. False: the event failed, ev->error says why. */
typedef bool func_run(const struct func_call *c, struct value *out);

enum func_flags {
	FUNC_IMPURE = 1, /* not the same for the same arguments: never folded */
	FUNC_WHOLE = 2,  /* without argument it takes $0 */
	FUNC_REGEX = 4,  /* the second argument is a regular expression, or text used as one: node->re where constant */
	FUNC_LIST = 16,  /* takes any number of values, ranges of fields among them */
	FUNC_SPLIT = 8,  /* the second argument is a separator: node->splitter where constant */
};

struct func {
	const char *name;
	int min_args, max_args;
	unsigned flags;
	func_run *run;
	/* Looks at the constant arguments while compiling, or NULL. False: message says what is wrong. */
	bool (*check)(const struct expr *call, char message[FUNC_MESSAGE]);
};

const struct func *func_find(struct slice name); /* NULL where there is none */

/* ---- arguments ---- */

static inline struct slice func_text(const struct func_call *c, int i)
{
	return value_text(&c->args[i], &c->ev->scratch);
}

static inline bool func_number(const struct func_call *c, int i, struct num *out)
{
	return value_need_number(&c->args[i], c->ev, out);
}

/* A whole number: truncated, and held between -2^62 and 2^62. */
bool func_int(const struct func_call *c, int i, int64_t *out);

#endif
