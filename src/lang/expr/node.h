/* The compiled expression, for those who make it (compile.c), run it (expr.c) and implement functions (func.c and
 * what it calls). The rest of the program sees lang/expr/expr.h only. Nodes are immutable and live in the plan's arena. */
#ifndef LANG_EXPR_NODE_H
#define LANG_EXPR_NODE_H

#include "base/kind.h"
#include "lang/syntax/ast.h"
#include "lang/expr/expr.h"

struct func;
struct path;
struct range;

enum node_kind {
	NODE_CONST,      /* value */
	NODE_WHOLE,      /* $0 */
	NODE_FIELD,      /* $index by splitting, index >= 1 */
	NODE_FROM_END,   /* $index by splitting, index <= -1 */
	NODE_NF,         /* by splitting */
	NODE_COLUMN,     /* event->cells[index] */
	NODE_ROW_FIELD,  /* $index, a column of the row event->cells[0], or by splitting where that has none (lang/expr/row.h) */
	NODE_ROW_NF,     /* likewise */
	NODE_ROW_NAME,   /* name number index of the row */
	NODE_NR,
	NODE_FNR,
	NODE_FILE,
	NODE_CONCAT,     /* the text of kids */
	NODE_NEG,
	NODE_ARITH,      /* op: OP_ADD ... OP_POW */
	NODE_COND,
	NODE_CALL,       /* func, kids */
	NODE_AT_HAND,    /* $_: what set $1..=EXPR is at */
	NODE_RANGE,      /* range: fields that are looked for in each event. Several values, none of its own */
	NODE_PATH,       /* path, from the document kids[0] on; one value, or path->many */
	NODE_LIST,       /* kids: several values likewise */
	NODE_EVENTS,     /* $@: a mark for who runs a command, without a value */
	NODE_TESTS,      /* from here on: nodes that are 1 or 0, see expr_test */
	NODE_NOT = NODE_TESTS,
	NODE_AND,
	NODE_OR,
	NODE_CMP,        /* op: OP_EQ ... OP_GE */
	NODE_CMP_NUM,    /* the same with the number value.n on the right */
	NODE_CMP_STR,    /* the same with the quoted text value.s on the right */
	NODE_IS_NULL,    /* kids[0] is null or missing; negated: is neither */
	NODE_ANY,        /* kids[1], a test, holds for some value of the list kids[0], which is NODE_AT_HAND in it */
	NODE_MATCH,      /* kids[0] ~ re */
	NODE_MATCH_TEXT, /* kids[0] ~ kids[1], compiled when it runs */
};

struct expr {
	enum node_kind kind;
	enum ast_op op;
	int index;
	int nkids;
	bool negated;       /* NODE_MATCH, NODE_MATCH_TEXT: !~ */
	bool global;        /* NODE_CALL: its regular expression has the flag g */
	bool lists;         /* NODE_CALL: some kid is NODE_RANGE or NODE_LIST */
	struct expr **kids; /* NODE_CALL: an argument that became re or splitter is an empty constant here */
	struct value value;
	const struct re *re;             /* NODE_MATCH; NODE_CALL: a constant pattern */
	const struct splitter *splitter; /* how $0 is split; NODE_CALL: a constant separator */
	const struct func *func;
	const struct range *range;
	const struct path *path;
	const char *name;   /* it is written $name, or NULL */
};

/* The fields from .. to of an event that has n of them. Those that it has not are left out. */
struct range {
	struct range_end {
		int index;        /* as of a field: from 1, or from the end; 0: by name */
		int name;         /* the name's number in the rows of the schema */
		const char *text; /* the name where it is written so, else NULL */
	} from, to;
	bool late; /* names of the record tell places: the row of names beside that of columns */
	bool row; /* columns vary from event to event: they may be in a row */
};

/* From its last field to its first? How it is written decides: `$2..` of one field is empty, not backwards. */
static inline bool range_runs_back(const struct range *r, int64_t from, int64_t to)
{
	if (r->from.text || r->to.text)
		return from > to && r->to.index != -1;
	if ((r->from.index > 0) == (r->to.index > 0))
		return r->from.index > r->to.index;
	return r->from.index < 0;
}

/* Several values may come of it. */
bool node_is_list(const struct expr *e);

/* These set what the kind has and no more: a value is large, and made for every field that is read. */
static inline void value_set_data(struct value *v, const char *p, size_t len)
{
	v->kind = VALUE_DATA;
	v->s = slice_make(p, len);
}

static inline void value_set_num(struct value *v, struct num n)
{
	v->kind = VALUE_NUM;
	v->n = n;
}

static inline bool num_is_zero(struct num n)
{
	return n.is_int ? n.i == 0 : n.d == 0;
}

static inline bool op_holds(enum ast_op op, int order)
{
	switch (op) {
	case OP_EQ: return order == 0;
	case OP_NE: return order != 0;
	case OP_LT: return order < 0;
	case OP_LE: return order <= 0;
	case OP_GT: return order > 0;
	default: return order >= 0;
	}
}

/* num_parse, with a short way for what fields mostly are: a few digits, or words. */
static inline bool slice_number(struct slice s, struct num *out)
{
	int64_t i = 0;
	uint32_t k = 0;

	if (s.len == 0 || (unsigned char)s.p[0] > '9')
		return false;
	if (s.len <= 18) {
		while (k < s.len && (unsigned char)(s.p[k] - '0') < 10)
			i = i * 10 + (s.p[k++] - '0');
		if (k == s.len) {
			*out = num_int(i);
			return true;
		}
	}
	return num_parse(s, out);
}

/* len bytes of scratch, never NULL. */
static inline char *eval_bytes(struct eval *ev, size_t len)
{
	return arena_bytes(&ev->scratch, len + 1);
}

/* Makes ev->error; always false, so that a failing function can return it. */
bool eval_fail(struct eval *ev, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define QUOTE_MAX 64 /* bytes that value_quote writes, NUL included */

/* Writes text for a message: cut to about 40 bytes, control and invalid bytes escaped. Returns buf. */
const char *value_quote(char buf[QUOTE_MAX], struct slice text);
bool value_is_true(const struct value *v);
/* value_number, or a failure that quotes the value. */
bool value_need_number(const struct value *v, struct eval *ev, struct num *out);
bool value_compare(enum ast_op op, const struct value *a, const struct value *b, struct arena *scratch);

/* The place of text[off..off+len) where text lies in the pipeline's text, else `at`. */
struct span compile_place(const struct expr_env *env, struct slice text, size_t off, size_t len, struct span at);

#endif
