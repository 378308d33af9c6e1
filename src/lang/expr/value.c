/* Values: when text is a number, what is true, how two compare and rank. Knows nothing of events. */
#include "config.h"

#include "lang/expr/node.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/shown.h"

#define QUOTE_SHOWN 40 /* bytes of a text that a message shows */

bool eval_fail(struct eval *ev, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ev->error, sizeof ev->error, fmt, ap);
	va_end(ap);
	return false;
}

bool eval_too_long(struct eval *ev)
{
	return eval_fail(ev, "text longer than --max-event (%llu bytes)", (unsigned long long)eval_text_max(ev));
}

const char *value_quote(char buf[QUOTE_MAX], struct slice text)
{
	struct shown w = shown_begin(text);
	char *out = buf;

	while (out < buf + QUOTE_SHOWN && w.p < w.end)
		out += shown_next(&w, out);
	strcpy(out, w.p < w.end ? "..." : "");
	return buf;
}

bool value_number(const struct value *v, struct num *out)
{
	if (v->kind != VALUE_NUM)
		return slice_number(v->s, out);
	*out = v->n;
	return true;
}

bool value_need_number(const struct value *v, struct eval *ev, struct num *out)
{
	char quoted[QUOTE_MAX];

	return value_number(v, out) || eval_fail(ev, "'%s' is not a number", value_quote(quoted, v->s));
}

struct slice value_text(const struct value *v, struct arena *scratch)
{
	char *p;

	if (v->kind != VALUE_NUM)
		return v->s;
	p = arena_bytes(scratch, NUM_TEXT_MAX);
	return slice_make(p, num_format(v->n, p));
}

bool value_is_true(const struct value *v)
{
	struct num n;

	if (v->kind == VALUE_NUM)
		return !num_is_zero(v->n);
	if (v->kind == VALUE_DATA && slice_number(v->s, &n))
		return !num_is_zero(n);
	if (v->kind == VALUE_DATA && slice_kind(v->s) == KIND_LITERAL)
		return v->s.len == 4; /* true */
	return v->s.len > 0;
}

static int text_cmp(const struct value *a, const struct value *b, struct arena *scratch)
{
	return slice_cmp(value_text(a, scratch), value_text(b, scratch));
}

bool value_compare(enum ast_op op, const struct value *a, const struct value *b, struct arena *scratch)
{
	struct num x, y;
	bool x_is, y_is;

	if (a->kind == VALUE_STR || b->kind == VALUE_STR)
		return op_holds(op, text_cmp(a, b, scratch));
	x_is = value_number(a, &x);
	y_is = value_number(b, &y);
	if (x_is && y_is)
		return op_holds(op, num_cmp(x, y));
	if (a->kind == VALUE_NUM || b->kind == VALUE_NUM)
		return op == OP_NE;
	return op_holds(op, slice_cmp(a->s, b->s));
}

/* Quoted text ranks as text even where it looks numeric, as it compares. */
static bool rank_number(const struct value *v, struct num *out)
{
	return v->kind != VALUE_STR && value_number(v, out);
}

int value_rank(const struct value *a, const struct value *b)
{
	struct num x, y;
	bool x_is = rank_number(a, &x), y_is = rank_number(b, &y);

	if (x_is && y_is)
		return num_cmp(x, y);
	if (x_is != y_is)
		return x_is ? -1 : 1;
	return slice_cmp(a->s, b->s);
}
