/* Several values at once: the fields of a range, and the arguments of a function that takes them. */
#include "config.h"

#include "lang/expr/list.h"

#include "lang/expr/path.h"
#include "lang/expr/row.h"

/* ---- values ---- */

static void values_reserve(struct eval *ev, struct expr_values *to, size_t more)
{
	struct value *v;

	if (to->n + more <= to->cap)
		return;
	to->cap = to->n + more + to->cap / 2 + 8;
	v = arena_alloc(&ev->scratch, to->cap * sizeof *v);
	if (to->n)
		memcpy(v, to->v, to->n * sizeof *v);
	to->v = v;
}

static void add_slice(struct expr_values *to, struct slice s)
{
	struct value *v = &to->v[to->n++];

	v->kind = VALUE_DATA;
	v->s = s;
	if (!s.p)
		v->s.p = "";
}

static struct slice plain(struct eval *ev, struct slice s)
{
	return s.flags ? expr_plain(ev, s) : s;
}

/* ---- ranges ---- */

/* In a row of names. */
static uint32_t place_by_name(struct slice names, struct slice name)
{
	uint32_t n = row_ncols(names);

	for (uint32_t i = 0; n != ROW_SPLIT && i < n; i++)
		if (slice_eq(row_column(names, i), name))
			return i;
	return COLUMN_NONE;
}

/* The place of an end among n columns, from 0, perhaps beyond them. False: failed. */
static bool end_place(const struct range *r, const struct range_end *end, struct eval *ev, const struct slice *cells, size_t n,
		      int64_t *place)
{
	uint32_t at = COLUMN_NONE;

	if (end->index != 0) {
		*place = end->index > 0 ? end->index - 1 : (int64_t)n + end->index;
		return true;
	}
	if (cells)
		at = r->late ? place_by_name(cells[LATE_NAMES], slice_str(end->text)) : row_place(cells[0], end->name);
	*place = at;
	return at != COLUMN_NONE || eval_fail(ev, "'$%s' is no column here, so it has no place in a range", end->text);
}

bool expr_range_places(const struct expr *e, struct eval *ev, const struct slice *cells, size_t n, size_t *first, int *step,
		       size_t *count)
{
	int64_t from, to, low, high;

	const struct range *r = e->range;

	if (!end_place(r, &r->from, ev, cells, n, &from) || !end_place(r, &r->to, ev, cells, n, &to))
		return false;
	bool back = range_runs_back(e->range, from, to);
	low = back ? to : from;
	high = back ? from : to;
	low = low < 0 ? 0 : low;
	high = high < (int64_t)n ? high : (int64_t)n - 1;
	*count = high >= low ? (size_t)(high - low + 1) : 0;
	*first = (size_t)(back ? high : low);
	*step = back ? -1 : 1;
	return true;
}

/* How many fields must be found to know those of the range; 0: all. */
static size_t fields_wanted(const struct range *r)
{
	if (r->from.index <= 0 || r->to.index <= 0)
		return 0;
	return (size_t)(r->from.index > r->to.index ? r->from.index : r->to.index);
}

static bool add_range(const struct expr *e, struct eval *ev, const struct event *event, struct expr_values *to)
{
	struct slice row = event->cells && event->cells[0].len ? event->cells[0] : (struct slice){0};
	size_t n = ROW_SPLIT, first, count;
	bool varied = e->range->row;
	int step;

	if (varied)
		n = row_ncols(row);
	bool split = n == ROW_SPLIT;
	if (split && (n = eval_split(ev, e->splitter, event->whole, fields_wanted(e->range))) == SPLIT_FAILED)
		return false;
	if (!expr_range_places(e, ev, varied ? event->cells : NULL, n, &first, &step, &count))
		return false;
	values_reserve(ev, to, count);
	for (size_t i = 0; i < count; i++, first += (size_t)step)
		add_slice(to, split ? ev->fields[first] : plain(ev, row_column(row, (uint32_t)first)));
	return true;
}

struct adding {
	struct eval *ev;
	struct expr_values *to;
};

static bool add_value(void *arg, struct slice value)
{
	struct adding *a = arg;

	values_reserve(a->ev, a->to, 1);
	add_slice(a->to, value);
	return true;
}

bool expr_add_values(const struct expr *e, struct eval *ev, const struct event *event, struct expr_values *to)
{
	if (e->kind == NODE_RANGE)
		return add_range(e, ev, event, to);
	if (e->kind == NODE_PATH && e->path->many)
		return path_each(e, ev, event, add_value, &(struct adding){ev, to});
	if (e->kind == NODE_LIST) {
		for (int i = 0; i < e->nkids; i++)
			if (!expr_add_values(e->kids[i], ev, event, to))
				return false;
		return true;
	}
	values_reserve(ev, to, 1);
	if (!expr_eval(e, ev, event, &to->v[to->n]))
		return false;
	to->n++;
	return true;
}

bool node_is_list(const struct expr *e)
{
	return e->kind == NODE_RANGE || e->kind == NODE_LIST || (e->kind == NODE_PATH && e->path->many);
}

bool expr_is_list(const struct expr *e)
{
	return node_is_list(e);
}

struct expr **expr_parts(const struct expr *e, int *n)
{
	*n = e->kind == NODE_LIST ? e->nkids : 0;
	return e->kind == NODE_LIST ? e->kids : NULL;
}

/* ---- calls ---- */

bool list_call(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	struct expr_values args = {0};
	struct func_call call = {.node = e, .ev = ev};

	for (int i = 0; i < e->nkids; i++)
		if (!expr_add_values(e->kids[i], ev, event, &args))
			return false;
	call.args = args.v;
	call.n = (int)args.n;
	return e->func->run(&call, out);
}

bool list_default(const struct func_call *c, struct value *out)
{
	value_set_data(out, "", 0);
	for (int i = 0; i < c->n; i++) {
		if (value_is_empty(&c->args[i]))
			continue;
		*out = c->args[i];
		return true;
	}
	return true;
}

bool list_sum(const struct func_call *c, struct value *out)
{
	struct num sum = num_int(0), n;

	for (int i = 0; i < c->n; i++) {
		if (value_is_empty(&c->args[i]))
			continue;
		if (!func_number(c, i, &n))
			return false;
		sum = num_add(sum, n);
	}
	value_set_num(out, sum);
	return true;
}

bool list_mean(const struct func_call *c, struct value *out)
{
	int64_t count = 0;

	for (int i = 0; i < c->n; i++)
		count += !value_is_empty(&c->args[i]);
	if (!list_sum(c, out))
		return false;
	if (count == 0)
		value_set_data(out, "", 0);
	else
		value_set_num(out, num_div(out->n, num_int(count)));
	return true;
}

bool list_join(const struct func_call *c, struct value *out)
{
	struct slice sep = func_text(c, 0), s;
	size_t bytes = c->n > 2 ? (size_t)(c->n - 2) * sep.len : 0;
	struct slice *parts = arena_alloc(&c->ev->scratch, (size_t)c->n * sizeof *parts);
	char *p;

	for (int i = 1; i < c->n; i++) {
		parts[i] = func_text(c, i);
		bytes += parts[i].len;
	}
	if (!eval_fits(c->ev, bytes))
		return false;
	p = eval_bytes(c->ev, bytes);
	value_set_data(out, p, bytes);
	for (int i = 1; i < c->n; i++) {
		s = i > 1 ? sep : slice_make("", 0);
		memcpy(p, s.p, s.len);
		p += s.len;
		memcpy(p, parts[i].p, parts[i].len);
		p += parts[i].len;
	}
	return true;
}
