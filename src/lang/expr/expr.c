/* Evaluating: a walk over the compiled tree, with short ways for what filters mostly ask. Compiling is in compile.c,
 * the functions in func.c. */
#include "config.h"

#include "lang/expr/expr.h"

#include <stdlib.h>

#include "formats/json.h"
#include "lang/expr/fields.h"
#include "lang/expr/func.h"
#include "lang/expr/list.h"
#include "lang/expr/node.h"
#include "lang/expr/path.h"
#include "lang/expr/recache.h"
#include "lang/expr/row.h"
#include "lang/expr/text.h"

void eval_release(struct eval *ev)
{
	arena_release(&ev->scratch);
	re_scratch_release(&ev->re);
	recache_free(ev->dynamic);
	str_release(&ev->built);
	free(ev->fields);
	*ev = (struct eval){0};
}

/* ---- leaves ---- */

/* Always with a pointer, also where there is nothing. */
static void set_slice(struct value *out, struct slice s)
{
	value_set_data(out, s.p ? s.p : "", s.len);
}

struct slice expr_plain(struct eval *ev, struct slice s)
{
	if (slice_kind(s) == KIND_NULL)
		return slice_of_kind("", 0, KIND_NULL);
	if (!(s.flags & SLICE_ESCAPED))
		return s;
	char *to = eval_bytes(ev, s.len);
	int64_t len = json_unescape(s, to);

	return slice_of_kind(to, len < 0 ? 0 : (size_t)len, slice_kind(s));
}

/* A column's value with its kind. */
static inline void set_column(struct value *out, struct eval *ev, struct slice s)
{
	if (s.flags)
		s = expr_plain(ev, s);
	out->kind = VALUE_DATA;
	out->s = s;
	if (!s.p)
		out->s.p = "";
}

static bool eval_field(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	size_t want = (size_t)e->index;
	size_t n = eval_split(ev, e->splitter, event->whole, want);

	if (n == SPLIT_FAILED)
		return false;
	set_slice(out, n == want ? ev->fields[want - 1] : (struct slice){0});
	return true;
}

static bool eval_from_end(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	size_t back = (size_t)-e->index, n;
	struct slice last;

	if (back == 1 && event->whole.len && fields_last(e->splitter, event->whole, &last)) {
		set_slice(out, last);
		return true;
	}
	n = eval_split(ev, e->splitter, event->whole, 0);
	if (n == SPLIT_FAILED)
		return false;
	set_slice(out, n >= back ? ev->fields[n - back] : (struct slice){0});
	return true;
}

static bool eval_nf(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	size_t n = eval_split(ev, e->splitter, event->whole, 0);

	value_set_num(out, num_int((int64_t)n));
	return n != SPLIT_FAILED;
}

/* ---- columns that vary from event to event: out of line, so that plain fields are as quick as without ---- */

/* Field number index, which may count from the end, of n. False: it is not there. */
static bool place_of(int index, size_t n, size_t *place)
{
	*place = index > 0 ? (size_t)index - 1 : n - (size_t)-index;
	return *place < n;
}

static __attribute__((noinline)) bool eval_row_field(const struct expr *e, struct eval *ev, const struct event *event,
						      struct value *out)
{
	size_t n = row_ncols(event->cells[0]), place;
	bool split = n == ROW_SPLIT;

	if (split && (n = eval_split(ev, e->splitter, event->whole, e->index > 0 ? (size_t)e->index : 0)) == SPLIT_FAILED)
		return false;
	if (!place_of(e->index, n, &place))
		set_slice(out, (struct slice){0});
	else
		set_column(out, ev, split ? ev->fields[place] : row_column(event->cells[0], (uint32_t)place));
	return true;
}

static __attribute__((noinline)) bool eval_row_nf(const struct expr *e, struct eval *ev, const struct event *event,
						   struct value *out)
{
	size_t n = row_ncols(event->cells[0]);

	if (n == ROW_SPLIT)
		n = eval_split(ev, e->splitter, event->whole, 0);
	value_set_num(out, num_int((int64_t)n));
	return n != SPLIT_FAILED;
}

static __attribute__((noinline)) void eval_row_name(const struct expr *e, struct eval *ev, const struct event *event,
						    struct value *out)
{
	set_column(out, ev, row_named(event->cells[0], e->index));
}

/* ---- operators ---- */

/* The texts of the parts one after the other; a single one is not copied. */
static bool concat_join(struct eval *ev, const struct slice *parts, int n, struct value *out)
{
	size_t len = 0;
	char *p;

	*out = (struct value){.kind = VALUE_STR, .s = n > 0 ? parts[0] : slice_make("", 0)};
	if (n <= 1)
		return true;
	for (int i = 0; i < n; i++)
		len += parts[i].len;
	if (!eval_fits(ev, len))
		return false;
	p = eval_bytes(ev, len);
	out->s = slice_make(p, len);
	for (int i = 0; i < n; i++) {
		memcpy(p, parts[i].p, parts[i].len);
		p += parts[i].len;
	}
	return true;
}

static bool eval_concat(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	struct slice few[8], *parts = few;

	if (e->nkids > 8)
		parts = arena_alloc(&ev->scratch, (size_t)e->nkids * sizeof *parts);
	for (int i = 0; i < e->nkids; i++)
		if (!expr_text(e->kids[i], ev, event, &parts[i]))
			return false;
	return concat_join(ev, parts, e->nkids, out);
}

static bool arith_div(enum ast_op op, struct eval *ev, struct num a, struct num b, struct num *out)
{
	if (num_is_zero(b))
		return eval_fail(ev, "division by zero");
	*out = op == OP_DIV ? num_div(a, b) : num_mod(a, b);
	return true;
}

static bool eval_arith(const struct expr *e, struct eval *ev, const struct event *event, struct num *out)
{
	struct num a, b;

	if (!expr_number(e->kids[0], ev, event, &a) || !expr_number(e->kids[1], ev, event, &b))
		return false;
	switch (e->op) {
	case OP_ADD: *out = num_add(a, b); return true;
	case OP_SUB: *out = num_sub(a, b); return true;
	case OP_MUL: *out = num_mul(a, b); return true;
	case OP_POW: *out = num_pow(a, b); return true;
	default: return arith_div(e->op, ev, a, b, out);
	}
}

static bool eval_neg(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	struct num n;

	if (!expr_number(e->kids[0], ev, event, &n))
		return false;
	value_set_num(out, num_neg(n));
	return true;
}

static bool eval_cond(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	int test = expr_test(e->kids[0], ev, event);

	return test >= 0 && expr_eval(e->kids[test ? 1 : 2], ev, event, out);
}

static bool eval_call(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	struct value args[FUNC_MAX_ARGS];
	struct func_call call = {.node = e, .ev = ev, .args = args, .n = e->nkids};

	for (int i = 0; i < e->nkids; i++)
		if (!expr_eval(e->kids[i], ev, event, &args[i]))
			return false;
	return e->func->run(&call, out);
}

static bool eval_test(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	int test = expr_test(e, ev, event);

	value_set_num(out, num_int(test));
	return test >= 0;
}

bool expr_eval(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	switch (e->kind) {
	case NODE_CONST: *out = e->value; return true;
	case NODE_WHOLE: set_slice(out, event->whole); return true;
	case NODE_FIELD: return eval_field(e, ev, event, out);
	case NODE_FROM_END: return eval_from_end(e, ev, event, out);
	case NODE_NF: return eval_nf(e, ev, event, out);
	case NODE_COLUMN: set_column(out, ev, event->cells[e->index]); return true;
	case NODE_ROW_FIELD: return eval_row_field(e, ev, event, out);
	case NODE_ROW_NF: return eval_row_nf(e, ev, event, out);
	case NODE_ROW_NAME: eval_row_name(e, ev, event, out); return true;
	case NODE_NR: value_set_num(out, num_int((int64_t)event->nr)); return true;
	case NODE_FNR: value_set_num(out, num_int((int64_t)event->fnr)); return true;
	case NODE_FILE: set_slice(out, event->file); return true;
	case NODE_CONCAT: return eval_concat(e, ev, event, out);
	case NODE_NEG: return eval_neg(e, ev, event, out);
	case NODE_ARITH: out->kind = VALUE_NUM; return eval_arith(e, ev, event, &out->n);
	case NODE_COND: return eval_cond(e, ev, event, out);
	case NODE_CALL: return e->lists ? list_call(e, ev, event, out) : eval_call(e, ev, event, out);
	case NODE_AT_HAND: set_column(out, ev, ev->at_hand); return true;
	case NODE_PATH: return path_value(e, ev, event, out);
	case NODE_RANGE:
	case NODE_LIST: return eval_fail(ev, "several values are no single one");
	case NODE_EVENTS: return eval_fail(ev, "$@ has no single value");
	default: return eval_test(e, ev, event, out);
	}
}

/* ---- tests: 1, 0, or -1 where the event failed ---- */

static int test_match(const struct expr *e, const struct re *re, struct eval *ev, struct slice subject)
{
	enum re_result found = re_test(re, &ev->re, subject);

	if (found != RE_FAILED)
		return (found == RE_MATCH) != e->negated;
	eval_fail(ev, "%s", ev->re.error);
	return -1;
}

static int test_match_const(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct slice subject;

	if (!expr_text(e->kids[0], ev, event, &subject))
		return -1;
	return test_match(e, e->re, ev, subject);
}

static int test_match_text(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct slice subject, pattern;
	const struct re *re;

	if (!expr_text(e->kids[0], ev, event, &subject) || !expr_text(e->kids[1], ev, event, &pattern))
		return -1;
	re = recache_get(ev, pattern);
	return re ? test_match(e, re, ev, subject) : -1;
}

static int test_cmp(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct value a, b;

	if (!expr_eval(e->kids[0], ev, event, &a) || !expr_eval(e->kids[1], ev, event, &b))
		return -1;
	return value_compare(e->op, &a, &b, &ev->scratch);
}

static int test_cmp_num(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct num right = e->value.n, left;
	struct value v;

	if (!expr_eval(e->kids[0], ev, event, &v))
		return -1;
	if (v.kind == VALUE_STR)
		return value_compare(e->op, &v, &e->value, &ev->scratch);
	if (!value_number(&v, &left))
		return e->op == OP_NE;
	if (left.is_int && right.is_int)
		return op_holds(e->op, (left.i > right.i) - (left.i < right.i));
	return op_holds(e->op, num_cmp(left, right));
}

static int test_cmp_str(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct slice left;

	if (!expr_text(e->kids[0], ev, event, &left))
		return -1;
	if (e->op <= OP_NE)
		return slice_eq(left, e->value.s) == (e->op == OP_EQ);
	return op_holds(e->op, slice_cmp(left, e->value.s));
}

/* Stops at the first operand that decides. */
static int test_logic(const struct expr *e, struct eval *ev, const struct event *event)
{
	int left = expr_test(e->kids[0], ev, event);

	if (left < 0 || left == (e->kind == NODE_OR))
		return left;
	return expr_test(e->kids[1], ev, event);
}

static int test_not(const struct expr *e, struct eval *ev, const struct event *event)
{
	int test = expr_test(e->kids[0], ev, event);

	return test < 0 ? test : !test;
}

/* Missing counts as null. */
static int test_null(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct value v;
	enum kind kind;

	if (!expr_eval(e->kids[0], ev, event, &v))
		return -1;
	kind = v.kind == VALUE_DATA ? slice_kind(v.s) : KIND_NONE;
	return (kind == KIND_MISSING || kind == KIND_NULL) != e->negated;
}

static int test_value(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct value v;

	return expr_eval(e, ev, event, &v) ? value_is_true(&v) : -1;
}

int expr_test(const struct expr *e, struct eval *ev, const struct event *event)
{
	switch (e->kind) {
	case NODE_NOT: return test_not(e, ev, event);
	case NODE_AND:
	case NODE_OR: return test_logic(e, ev, event);
	case NODE_CMP: return test_cmp(e, ev, event);
	case NODE_CMP_NUM: return test_cmp_num(e, ev, event);
	case NODE_CMP_STR: return test_cmp_str(e, ev, event);
	case NODE_IS_NULL: return test_null(e, ev, event);
	case NODE_ANY: return path_any(e, ev, event);
	case NODE_MATCH: return test_match_const(e, ev, event);
	case NODE_MATCH_TEXT: return test_match_text(e, ev, event);
	default: return test_value(e, ev, event);
	}
}

bool expr_text(const struct expr *e, struct eval *ev, const struct event *event, struct slice *out)
{
	struct value v;

	if (!expr_eval(e, ev, event, &v))
		return false;
	*out = value_text(&v, &ev->scratch);
	return true;
}

bool expr_number(const struct expr *e, struct eval *ev, const struct event *event, struct num *out)
{
	struct value v;

	return expr_eval(e, ev, event, &v) && value_need_number(&v, ev, out);
}

bool expr_number_or_none(const struct expr *e, struct eval *ev, const struct event *event, struct num *out, bool *none)
{
	struct value v;

	if (!expr_eval(e, ev, event, &v))
		return false;
	*none = value_is_empty(&v);
	return *none || value_need_number(&v, ev, out);
}

/* ---- what plans ask ---- */

int expr_is_field(const struct expr *e)
{
	if (e->kind == NODE_WHOLE)
		return 0;
	return e->kind == NODE_FIELD ? e->index : -1;
}

int expr_is_column(const struct expr *e)
{
	return e->kind == NODE_COLUMN ? e->index : -1;
}

const struct re *expr_is_match(const struct expr *e, bool *negated)
{
	if (e->kind != NODE_MATCH || e->kids[0]->kind != NODE_WHOLE)
		return NULL;
	*negated = e->negated;
	return e->re;
}

bool expr_is_const(const struct expr *e, struct value *out)
{
	if (e->kind != NODE_CONST)
		return false;
	*out = e->value;
	return true;
}

enum expr_case expr_is_case(const struct expr *e)
{
	if (e->kind != NODE_CALL || e->nkids != 1 || e->kids[0]->kind != NODE_WHOLE)
		return CASE_NONE;
	if (e->func->run == text_lower)
		return CASE_LOWER;
	return e->func->run == text_upper ? CASE_UPPER : CASE_NONE;
}

bool expr_is_events(const struct expr *e)
{
	return e->kind == NODE_EVENTS;
}

const char *expr_name(const struct expr *e)
{
	return e->name;
}

/* ---- names of files ---- */

static bool name_part_fits(struct slice s)
{
	bool dots = (s.len == 1 && s.p[0] == '.') || (s.len == 2 && s.p[0] == '.' && s.p[1] == '.');

	return s.len > 0 && !dots && !memchr(s.p, '/', s.len) && !memchr(s.p, '\0', s.len);
}

/* Parts that were written in the pipeline are the user's; only what is filled in is checked. */
static bool file_name_part(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct slice part;

	if (e->kind == NODE_CONST)
		return true;
	if (!expr_text(e, ev, event, &part))
		return false;
	return name_part_fits(part) || eval_fail(ev, "the value cannot be part of a file's name");
}

bool expr_file_name(const struct expr *e, struct eval *ev, const struct event *event, struct slice *out)
{
	if (e->kind != NODE_CONCAT)
		return file_name_part(e, ev, event) && expr_text(e, ev, event, out);
	for (int i = 0; i < e->nkids; i++)
		if (!file_name_part(e->kids[i], ev, event))
			return false;
	return expr_text(e, ev, event, out);
}
