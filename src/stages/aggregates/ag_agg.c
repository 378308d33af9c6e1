/* agg [NAME=]FUNC(EXPR), ... [by EXPR, ...]: values over all events, or over those of each key. The functions are
 * aggfn's. With `running` it is an ordered stage, whose every event passes as the values so far. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stages/aggregates/aggfn.h"
#include "data/order.h"
#include "lang/expr/rank.h"
#include "stages/aggregates/result.h"

#define VECTOR KEYED_VECTOR

struct agg_call {             /* a call, as it runs */
	const struct aggfn *fn;
	struct pick arg;
	struct pick with;     /* fn->picks: the text that is picked */
	bool no_arg;          /* count() */
	bool shared;          /* uses the state of an earlier call, which has taken in the same */
	uint32_t at;          /* its state within a group's value */
	struct slice sep;     /* list */
};

struct agg {
	struct call_list calls;
	struct expr_list by;
	struct results r;
	bool running;
	struct agg_call *call;
	int ncalls;
	uint32_t value_bytes;
	bool owns_memory;     /* some state must be released */
	bool limit_by_text;   /* r.limit is meant for the largest as who reads the results ranks them */
};

struct agg_state {
	struct keyed groups;
	struct keyed *texts;    /* by call: the pairs of distinct and mode */
	union agg_arg **args;   /* by call: VECTOR of them, or NULL */
	struct slice **with;    /* by call: fn->picks, VECTOR of them, or NULL */
	uint32_t *order;
	uint32_t norder, next;
	struct str row;
	struct slice *cells;    /* of the row: only their lengths count, see place_cells */
	struct arena scratch;   /* for the row */
};

/* ---- state ---- */

static int ncells(const struct agg *a)
{
	return a->ncalls + a->r.key.n;
}

static void init_state(const struct agg *a, struct agg_state *st)
{
	keyed_init(&st->groups, a->value_bytes);
	st->texts = mem_zalloc((size_t)a->ncalls * sizeof *st->texts);
	st->args = mem_zalloc((size_t)a->ncalls * sizeof *st->args);
	st->with = mem_zalloc((size_t)a->ncalls * sizeof *st->with);
	st->cells = mem_alloc((size_t)ncells(a) * sizeof *st->cells);
	for (int c = 0; c < a->ncalls; c++) {
		keyed_init(&st->texts[c], a->call[c].fn->pair_bytes);
		if (a->call[c].fn->picks)
			st->with[c] = mem_alloc(VECTOR * sizeof **st->with);
		if (!a->call[c].no_arg && !a->call[c].shared)
			st->args[c] = mem_alloc(VECTOR * sizeof **st->args);
	}
}

static void *call_state(const struct agg *a, const struct agg_state *st, uint32_t group, int c)
{
	return (char *)keyed_value(&st->groups, group) + a->call[c].at;
}

static void release_values(const struct agg *a, struct agg_state *st)
{
	for (uint32_t g = 0; a->owns_memory && g < st->groups.n; g++)
		for (int c = 0; c < a->ncalls; c++)
			if (a->call[c].fn->release && !a->call[c].shared)
				a->call[c].fn->release(call_state(a, st, g, c));
}

static void clear_groups(const struct agg *a, struct agg_state *st)
{
	release_values(a, st);
	keyed_release(&st->groups);
	for (int c = 0; c < a->ncalls; c++)
		keyed_release(&st->texts[c]);
}

static void release_state(const struct agg *a, struct agg_state *st)
{
	clear_groups(a, st);
	for (int c = 0; c < a->ncalls; c++) {
		free(st->args[c]);
		free(st->with[c]);
	}
	free(st->texts);
	free(st->args);
	free(st->with);
	free(st->cells);
	order_free(st->order, st->norder);
	str_release(&st->row);
	arena_release(&st->scratch);
}

static void *state_new(const void *priv)
{
	struct agg_state *st = mem_zalloc(sizeof *st);
	init_state(priv, st);
	return st;
}

static void state_free(const void *priv, void *state)
{
	release_state(priv, state);
	free(state);
}

/* ---- absorbing: first everything is evaluated, then states change ---- */

static bool take_arg(const struct agg_call *call, struct eval *ev, const struct event *event, union agg_arg *out)
{
	int test;
	switch (call->fn->takes) {
	case TAKES_NUMBER:
		return pick_number(&call->arg, ev, event, &out->n, &out->none);
	case TAKES_VALUE:
		return pick_value(&call->arg, ev, event, &out->v);
	case TAKES_TEXT:
		return pick_text(&call->arg, ev, event, &out->s);
	case TAKES_TEST:
		test = expr_test(call->arg.e, ev, event);
		out->test = test > 0;
		return test >= 0;
	}
	return false;
}

static bool take_event(const struct agg *a, struct agg_state *st, struct eval *ev, const struct event *event,
		       uint32_t i, struct slice *key)
{
	for (int c = 0; c < a->ncalls; c++) {
		if (st->args[c] && !take_arg(&a->call[c], ev, event, &st->args[c][i]))
			return false;
		if (st->with[c] && !pick_text(&a->call[c].with, ev, event, &st->with[c][i]))
			return false;
	}
	return bykey_get(&a->r.key, ev, event, key);
}

/* Adds n events of which st->args and keys hold the values. */
static void add_vector(const struct agg *a, struct agg_state *st, struct eval *ev, const struct slice *keys,
		       const uint64_t *pos, uint32_t n, uint32_t *where)
{
	bool grouped = a->r.key.n > 0;
	keyed_find(&st->groups, keys, grouped ? n : 1, where);
	if (!grouped)
		memset(where, 0, n * sizeof *where);
	for (int c = 0; c < a->ncalls; c++) {
		const struct agg_call *call = &a->call[c];
		if (!call->shared)
			call->fn->add(&(struct agg_vector){
				.groups = &st->groups, .at = call->at, .n = n, .where = where, .args = st->args[c],
				.with = st->with[c], .pos = pos, .texts = &st->texts[c], .scratch = &ev->scratch,
			});
	}
}

/* Takes events of in from *from on, as many as make a vector. */
static void absorb_vector(const struct agg *a, struct agg_state *st, struct work *w, const struct chunk *in,
			  uint32_t *from)
{
	struct eval *ev = work_eval(w);
	struct slice keys[VECTOR];
	uint64_t pos[VECTOR];
	uint32_t where[VECTOR], n = 0, i = *from;
	arena_clear(&ev->scratch);
	for (; i < in->n && n < VECTOR && (n == 0 || ev->scratch.bytes < BYKEY_SCRATCH); i++) {
		struct event event = stage_event(in, i, ev);
		pos[n] = chunk_pos(in, i);
		if (take_event(a, st, ev, &event, n, &keys[n]))
			n++;
		else
			work_fail(w, in->ev[i], ev->error);
	}
	*from = i;
	if (n)
		add_vector(a, st, ev, keys, pos, n, where);
}

static void absorb(const void *priv, void *state, struct work *w, struct chunk *in)
{
	const struct agg *a = priv;
	struct agg_state *st = state;
	while (in->pos < in->n)
		absorb_vector(a, st, w, in, &in->pos);
	results_too_large(&a->r, &st->groups, w);
}

/* ---- merging ---- */

struct merging {
	const struct agg *a;
	struct agg_state *into, *from;
	uint32_t *map;      /* from groups of `from` to groups of `into` */
};

static void merge_group(void *arg, uint32_t into_number, uint32_t from_number, bool is_new)
{
	struct merging *m = arg;
	m->map[from_number] = into_number;
	for (int c = 0; c < m->a->ncalls; c++) {
		const struct agg_call *call = &m->a->call[c];
		void *into = call_state(m->a, m->into, into_number, c);
		if (!call->fn->merge && is_new)
			*(uint64_t *)into = 0; /* counted again as its pairs come over */
		else if (!is_new && !call->shared && call->fn->merge)
			call->fn->merge(into, call_state(m->a, m->from, from_number, c));
	}
}

static void merge(const void *priv, void *into, void *from)
{
	const struct agg *a = priv;
	struct merging m = {.a = a, .into = into, .from = from};
	if (m.into->groups.n < m.from->groups.n) {
		struct agg_state t = *m.into;
		*m.into = *m.from;
		*m.from = t;
	}
	m.map = mem_alloc((size_t)m.from->groups.n * sizeof *m.map);
	keyed_merge(&m.into->groups, &m.from->groups, merge_group, &m);
	for (int c = 0; c < a->ncalls; c++)
		if (a->call[c].fn->pairs)
			a->call[c].fn->merge_pairs(&m.into->groups, a->call[c].at, &m.into->texts[c], &m.from->texts[c], m.map);
	free(m.map);
}

/* ---- order ---- */

struct ordering {
	const struct agg *a;
	const struct agg_state *st;
};

static struct value call_result(const struct agg *a, const struct agg_state *st, uint32_t group, int c)
{
	struct value v;
	a->call[c].fn->result(a->call[c].fn, call_state(a, st, group, c), &v);
	return v;
}

static struct rank first_rank(const struct ordering *o, uint32_t group)
{
	struct value v = call_result(o->a, o->st, group, 0);
	return rank_of(&v);
}

static bool load_value_first(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	const struct ordering *o = arg;
	struct rank first = first_rank(o, r[0].i);
	unsigned levels = level ? rank_levels(&first) : 1;
	if (level >= levels)
		return keyed_order(&o->st->groups, r, n, level - levels);
	for (size_t i = 0; i < n; i++) {
		struct rank rank = first_rank(o, r[i].i);
		r[i].k = rank_level_desc(&rank, level);
	}
	return true;
}

static bool load_key(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	return keyed_order(&((const struct ordering *)arg)->st->groups, r, n, level);
}

/* Makes a group ready for call_result. */
static bool seal_group(const struct agg *a, const struct agg_state *st, uint32_t group)
{
	for (int c = 0; c < a->ncalls; c++)
		if (a->call[c].fn->seal && !a->call[c].fn->seal(call_state(a, st, group, c), a->call[c].sep))
			return false;
	return true;
}

/* How many results will be used, -1: all. Who reads an infinity or NaN reads a text, which ranks elsewhere. */
static int64_t results_used(const struct ordering *o)
{
	if (!o->a->limit_by_text || o->a->r.limit < 0)
		return o->a->r.limit;
	for (uint32_t g = 0; g < o->st->groups.n; g++) {
		struct rank rank = first_rank(o, g);
		if (rank.is_num && !isfinite(num_double(rank.n)))
			return -1;
	}
	return o->a->r.limit;
}

static void finish(const void *priv, void *state, struct work *w)
{
	const struct agg *a = priv;
	struct agg_state *st = state;
	if (results_too_large(&a->r, &st->groups, w))
		return;
	if (a->r.key.n == 0 && a->r.window_col < 0) { /* no events: one result all the same */
		struct slice key = slice_make("", 0);
		uint32_t where;
		keyed_find(&st->groups, &key, 1, &where);
	}
	for (uint32_t g = 0; g < st->groups.n; g++)
		if (!seal_group(a, st, g)) {
			w->fatal = "a list is longer than 4 GiB";
			return;
		}
	keyed_seal(&st->groups);
	struct ordering by = {.a = a, .st = st};
	struct order o = {.arg = &by, .load = a->r.order == ORDER_KEY ? load_key : load_value_first, .pool = w->pool};
	st->order = order_items(&o, st->groups.n, results_used(&by), &st->norder);
}

/* ---- results ---- */

static void add_value(struct str *row, const struct value *v)
{
	char text[NUM_TEXT_MAX];
	if (v->kind == VALUE_NUM)
		str_add(row, text, num_format(v->n, text));
	else
		str_add(row, v->s.p, v->s.len);
}

/* The cells' texts, joined by ofs. */
static struct slice make_row(const struct agg *a, struct agg_state *st, uint32_t group)
{
	struct slice ofs = a->r.ofs, key = keyed_key(&st->groups, group);
	str_clear(&st->row);
	for (int c = 0; c < a->ncalls; c++) {
		size_t from = st->row.len;
		struct value v = call_result(a, st, group, c);
		add_value(&st->row, &v);
		st->cells[c] = slice_make(NULL, st->row.len - from);
		if (c + 1 < ncells(a))
			str_add(&st->row, ofs.p, ofs.len);
	}
	arena_clear(&st->scratch);
	char *text = arena_bytes(&st->scratch, key.len + (size_t)a->r.key.n * ofs.len);
	char *end = bykey_write(&a->r.key, key, ofs, text, st->cells + a->ncalls);
	str_add(&st->row, text, (size_t)(end - text));
	return slice_make(st->row.p, st->row.len);
}

/* Gives the cells their place in the row's copy at p. */
static void place_cells(const struct agg *a, const struct agg_state *st, const char *p, struct slice *cells)
{
	for (int i = 0; i < ncells(a); i++) {
		cells[i] = slice_make(p, st->cells[i].len);
		p += st->cells[i].len + a->r.ofs.len;
	}
}

static bool emit(const void *priv, void *state, struct work *w, struct chunk *out, struct num window)
{
	const struct agg *a = priv;
	struct agg_state *st = state;
	char text[NUM_TEXT_MAX];
	struct slice window_text = {0};
	(void)w;
	if (a->r.window_col >= 0 && out->ncols)
		window_text = chunk_copy(out, slice_make(text, num_format(window, text)));
	for (; st->next < st->norder && !chunk_full(out); st->next++) {
		keyed_fetch_ahead(&st->groups, st->order, st->norder, st->next);
		struct slice whole = chunk_copy(out, make_row(a, st, st->order[st->next]));
		uint32_t at = chunk_append(out, whole);
		if (!out->ncols)
			continue;
		place_cells(a, st, whole.p, chunk_cells(out, at));
		if (a->r.window_col >= 0)
			chunk_cells(out, at)[a->r.window_col] = window_text;
	}
	return st->next == st->norder;
}

static uint32_t ncols(const void *priv)
{
	const struct agg *a = priv;
	return stage_ncols(a->r.schema);
}

static void window(const void *priv, int64_t *every_ns, int64_t *every_events)
{
	const struct agg *a = priv;
	results_window(&a->r.every, every_ns, every_events);
}

static void limit(void *priv, int64_t n, bool largest)
{
	struct agg *a = priv;
	results_limit(&a->r, n, largest);
	a->limit_by_text = largest;
}

/* ---- running ---- */

static void running_init(const void *priv, void *state)
{
	init_state(priv, state);
}

/* False: the event failed, or the stage as a whole. */
static bool running_add(const struct agg *a, struct agg_state *st, struct work *w, const struct chunk *in, uint32_t i,
			uint32_t *group)
{
	struct eval *ev = work_eval(w);
	struct event event = stage_event(in, i, ev);
	struct slice key;
	uint64_t pos = chunk_pos(in, i);
	arena_clear(&ev->scratch);
	if (!take_event(a, st, ev, &event, 0, &key)) {
		work_fail(w, in->ev[i], ev->error);
		return false;
	}
	add_vector(a, st, ev, &key, &pos, 1, group);
	if (!seal_group(a, st, *group))
		w->fatal = "a list is longer than 4 GiB";
	return !results_too_large(&a->r, &st->groups, w) && !w->fatal;
}

/* On a batch, the values begin anew: they are its own, as without running. */
static void running_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct agg *a = priv;
	struct agg_state *st = state;
	if (in->batch && in->pos == 0)
		clear_groups(a, st);
	for (; in->pos < in->n && !chunk_full(out) && !w->fatal; in->pos++) {
		uint32_t group;
		if (!running_add(a, st, w, in, in->pos, &group))
			continue;
		struct slice whole = chunk_copy(out, make_row(a, st, group));
		uint32_t at = chunk_derive(out, in, in->pos, whole);
		if (out->ncols)
			place_cells(a, st, whole.p, chunk_cells(out, at));
	}
	if (w->fatal)
		in->pos = in->n;
}

static void running_release(const void *priv, void *state)
{
	release_state(priv, state);
}

static const struct ordered_ops running_ops = {
	.state_bytes = sizeof(struct agg_state),
	.ncols = ncols,
	.init = running_init,
	.run = running_run,
	.release = running_release,
};

static const struct ordered_ops *as_ordered(const void *priv)
{
	const struct agg *a = priv;
	return a->running ? &running_ops : NULL;
}

/* ---- binding ---- */

static void bind_sep(struct agg_call *call, const struct call *written, struct bind *b)
{
	struct value v;
	call->sep = slice_make(",", 1);
	if (written->nargs < 2)
		return;
	if (expr_is_const(written->args[1], &v))
		call->sep = value_text(&v, bind_arena(b));
	else
		bind_arg_error(b, 0, "the separator of list() must be a constant");
}

/* p50($1), p99($1): the same sketch serves both. */
static void share_sketch(struct agg *a, int c)
{
	struct agg_call *call = &a->call[c];
	for (int i = 0; i < c && !call->shared; i++)
		if (a->call[i].fn->is_sketch && pick_same(&a->call[i].arg, &call->arg)) {
			call->shared = true;
			call->at = a->call[i].at;
		}
}

static void bind_call(struct agg *a, int c, struct bind *b)
{
	const struct call *written = &a->calls.c[c];
	struct agg_call *call = &a->call[c];
	*call = (struct agg_call){
		.fn = &aggfn_table[written->func], .no_arg = written->nargs == 0, .at = a->value_bytes,
	};
	if (written->number) {
		struct aggfn *own = arena_alloc(bind_arena(b), sizeof *own);
		*own = *call->fn;
		own->share = written->number;
		call->fn = own;
	}
	if (!call->no_arg)
		pick_init(&call->arg, written->args[call->fn->picks], b);
	if (call->fn->picks)
		pick_init(&call->with, written->args[0], b);
	if (written->func == AGGFN_LIST)
		bind_sep(call, written, b);
	if (call->fn->is_sketch)
		share_sketch(a, c);
	if (!call->shared)
		a->value_bytes += call->fn->bytes;
	a->owns_memory |= call->fn->release != NULL;
}

static void bind_running(const struct agg *a, struct bind *b)
{
	if (a->r.every.ns >= 0 || a->r.every.events >= 0)
		bind_opt_error(b, "every", "every= has no use with running: results come with each event");
	if (a->r.order >= 0)
		bind_opt_error(b, "order", "order= has no use with running: results come in the order of the events");
}

/* NAME=FUNC(EXPR) is called NAME, another call as it is written. A name that is free is no other column's yet. */
static void name_call(const struct agg *a, struct bind *b, struct schema *s, int c)
{
	const struct call *call = &a->calls.c[c];
	const char *name = call->name ? call->name : call->written;
	if (schema_find(s, slice_str(name)) < 0)
		bind_name(b, s, c, name);
	else if (!s->open)
		bind_arg_error(b, 0, "two columns are called '%s': give one another name, NAME=%s", name, call->written);
}

static void bind_agg(void *priv, struct bind *b)
{
	struct agg *a = priv;
	a->ncalls = a->calls.n;
	a->call = arena_alloc(bind_arena(b), (size_t)a->ncalls * sizeof *a->call);
	for (int c = 0; c < a->ncalls; c++)
		bind_call(a, c, b);
	if (a->running)
		bind_running(a, b);
	struct schema *s = results_bind(&a->r, b, a->ncalls, &a->by, false);
	if (a->running)
		bind_set_at_end(b, NULL);
	for (int c = 0; c < a->ncalls; c++)
		name_call(a, b, s, c);
	results_name(&a->r, b, s, a->ncalls, &a->by);
}

static const struct arg_spec args[] = {
	{.type = ARG_CALLS, .name = "FUNC(EXPR)", .offset = offsetof(struct agg, calls), .calls = aggfn_calls},
	{0},
};

static const struct opt_spec opts[] = {
	RESULT_OPTS(struct agg, r),
	{.name = "running", .type = ARG_FLAG, .offset = offsetof(struct agg, running),
	 .help = "every event passes, as the values so far"},
	{0},
};

static const struct agg_ops ops = {
	.ncols = ncols,
	.state_new = state_new,
	.state_free = state_free,
	.absorb = absorb,
	.merge = merge,
	.finish = finish,
	.emit = emit,
	.window = window,
	.limit = limit,
};

const struct stage_desc ag_agg = {
	.spec = {
		.name = "agg",
		.synopsis = "agg [NAME=]FUNC(EXPR), ... [by [NAME=]EXPR, ...] [running] [every=PERIOD] [order=key] [max_keys=N]",
		.summary = "count() sum mean min max first last distinct mode var stddev median p50 p99.9 argmin(X, EXPR) argmax list, of each key",
		.flags = SPEC_BY | SPEC_NAMES_KEYS | SPEC_CAN_FAIL,
		.args = args,
		.opts = opts,
		.priv_bytes = sizeof(struct agg),
		.by_offset = offsetof(struct agg, by),
		.bind = bind_agg,
	},
	.agg = &ops,
	.as_ordered = as_ordered,
};
