/* set $N=EXPR, NAME=EXPR: changes or adds columns and keeps the others. A name of a column is that column; another one
 * becomes a column at the end where columns have names, else a value besides. A changed column makes $0 anew: all columns
 * joined by --ofs. All expressions see the event as it came in. */
#include "config.h"

#include <stdio.h>

#include "base/kind.h"
#include "stages/shared/late.h"

#define MOST_FIELDS 10000 /* an event is made that long */

struct set {
	struct field_list sets;
	struct schema *in, *out;
	struct slice ofs;
	const struct splitter *splitter;
	int *to;         /* where each value goes: a column of out; where those vary, a name's number, or -1 by place */
	bool positional; /* some $N changes */
	bool ranges;     /* each field of a range does */
	bool makes;      /* $0 is made anew, always */
};

/* ---- before anything runs ---- */

static void check_index(const struct set *s, struct bind *b, int index)
{
	if (index == 0)
		bind_arg_error(b, 0, "$0 is the whole event: 'map' makes a new one");
	if (index > MOST_FIELDS)
		bind_arg_error(b, 0, "'set' makes no more than %d fields", MOST_FIELDS);
	if (s->in->npos >= 0 && !s->in->open && index < -1 && -index > s->in->npos)
		bind_arg_error(b, 0, "an event has %d field%s here: there is no '$%d'", s->in->npos,
			       s->in->npos == 1 ? "" : "s", index);
}

static void check_places(struct set *s, struct bind *b)
{
	for (int i = 0; i < s->sets.n; i++) {
		if (s->sets.f[i].name)
			continue;
		s->positional = true;
		s->ranges |= s->sets.f[i].range != NULL;
		if (s->sets.f[i].range)
			continue;
		check_index(s, b, s->sets.f[i].index);
	}
}

/* The column of $N, from 0, of an event of n columns; -1: there is none. $NF of none is the first. */
static int64_t place_of(int index, int64_t n)
{
	if (index > 0)
		return index - 1;
	return n == 0 && index == -1 ? 0 : n + index >= 0 ? n + index : -1;
}

/* $5 of an event of three columns makes five. */
static int fixed_columns(const struct set *s)
{
	int n = s->in->npos;
	for (int i = 0; i < s->sets.n; i++)
		if (!s->sets.f[i].name && place_of(s->sets.f[i].index, s->in->npos) >= n)
			n = (int)place_of(s->sets.f[i].index, s->in->npos) + 1;
	return n;
}

/* The column of out that $NAME is, or becomes. */
static int fixed_name(struct set *s, struct bind *b, const char *name)
{
	int col = schema_find(s->out, slice_str(name));
	if (col >= 0 && col < s->out->npos)
		return col;
	return schema_has_named(s->in) ? bind_add_column(b, s->out, name) : bind_add(b, s->out, name);
}

/* Columns are added first, since values move behind them. */
static void bind_fixed(struct set *s, struct bind *b)
{
	s->out = bind_keep_schema(b, fixed_columns(s));
	for (int i = 0; i < s->sets.n; i++) {
		const struct field *f = &s->sets.f[i];
		int place = (int)place_of(f->index, s->in->npos);
		s->to[i] = f->name ? fixed_name(s, b, f->name) : place >= 0 ? place : 0;
		s->makes |= s->to[i] < s->out->npos;
		s->out->cols[s->to[i]].from = -1;
	}
	if (s->makes)
		schema_use_columns(s->in);
}

static void bind_split(struct set *s, struct bind *b)
{
	s->out = bind_keep_schema(b, SCHEMA_SPLIT);
	for (int i = 0; i < s->sets.n; i++) {
		s->to[i] = bind_add(b, s->out, s->sets.f[i].name);
		s->out->cols[s->to[i]].given = true;
	}
}

static void bind_varied(struct set *s, struct bind *b)
{
	s->out = bind_keep_schema(b, SCHEMA_VARIED);
	for (int i = 0; i < s->sets.n; i++)
		s->to[i] = s->sets.f[i].name ? bind_add(b, s->out, s->sets.f[i].name) : -1;
	for (int i = 0; i < s->sets.n; i++)
		if (s->to[i] >= 0)
			s->out->cols[s->to[i]].given = true;
	s->makes = s->out->nameless = s->in->npos == SCHEMA_SPLIT;
	schema_use_columns(s->in);
}

/* Records of a reader stay records: their columns by place, and the names that come with them. */
static void bind_late(struct set *s, struct bind *b)
{
	s->out = bind_keep_schema(b, SCHEMA_LATE);
	for (int i = 0; i < s->sets.n; i++)
		s->to[i] = s->sets.f[i].name ? bind_add(b, s->out, s->sets.f[i].name) : -1;
	schema_use_columns(s->in);
}

static void set_bind(void *priv, struct bind *b)
{
	struct set *s = priv;
	s->in = bind_schema(b);
	s->ofs = bind_ofs(b);
	s->splitter = bind_splitter(b);
	s->to = arena_alloc(bind_arena(b), (size_t)(s->sets.n + 1) * sizeof *s->to);
	check_places(s, b);
	if (s->in->npos >= 0)
		bind_fixed(s, b);
	else if (s->in->npos == SCHEMA_SPLIT && !s->positional)
		bind_split(s, b);
	else if (s->in->npos == SCHEMA_LATE)
		bind_late(s, b);
	else
		bind_varied(s, b);
}

static uint32_t set_ncols(const void *priv)
{
	return stage_ncols(((const struct set *)priv)->out);
}

/* ---- running ---- */

/* Columns that every event has. */
static bool set_fixed(const struct set *s, struct eval *ev, const struct event *e, struct slice *v, struct chunk *in,
		      struct chunk *out)
{
	size_t n = (size_t)s->out->ncols;
	struct slice *cells = memset(arena_alloc(&ev->scratch, (n + 1) * sizeof *cells), 0, n * sizeof *cells);
	stage_carry(s->out, in, in->pos, cells);
	for (int i = 0; i < s->sets.n; i++)
		cells[s->to[i]] = v[i];
	struct slice whole = e->whole;
	if (s->makes && !stage_join_all(ev, out, cells, (size_t)s->out->npos, s->ofs, &whole))
		return false;
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (!out->ncols)
		return true;
	for (int i = 0; i < s->sets.n; i++)
		if (s->to[i] >= s->out->npos)
			cells[s->to[i]] = slice_as(chunk_copy(out, v[i]), v[i]);
	memcpy(chunk_cells(out, at), cells, n * sizeof *cells);
	return true;
}

/* Each field of a range, as far as it is there, with $_ for what it was. */
static bool set_range(const struct field *f, struct eval *ev, const struct event *e, const struct slice *was, uint32_t n,
		      struct columns *c)
{
	size_t place, count;
	int step;
	if (!expr_range_places(f->range, ev, e->cells, n, &place, &step, &count))
		return false;
	for (; count > 0; count--, place += (size_t)step) {
		struct slice value;
		ev->at_hand = was[place];
		if (!expr_text(f->e, ev, e, &value))
			return false;
		columns_set_place(c, (uint32_t)place, value);
	}
	return true;
}

static struct slice *copy_columns(const struct columns *c, struct eval *ev)
{
	struct slice *copy = arena_alloc(&ev->scratch, ((size_t)c->n + 1) * sizeof *copy);
	if (c->n)
		memcpy(copy, c->col, (size_t)c->n * sizeof *copy);
	return copy;
}

/* By place: a plain line becomes its fields. */
static bool set_places(const struct set *s, struct eval *ev, const struct event *e, const struct slice *v,
		       struct columns *c)
{
	if (c->n == ROW_SPLIT) {
		size_t n = eval_split(ev, s->splitter, e->whole, 0);
		if (n == SPLIT_FAILED)
			return false;
		columns_take_fields(c, ev->fields, n);
	}
	uint32_t n = c->n; /* as it came in */
	struct slice *was = s->ranges ? copy_columns(c, ev) : NULL;
	for (int i = 0; i < s->sets.n; i++) {
		int index = s->sets.f[i].index;
		if (s->to[i] >= 0)
			continue;
		if (s->sets.f[i].range) {
			if (!set_range(&s->sets.f[i], ev, e, was, n, c))
				return false;
			continue;
		}
		int64_t place = place_of(index, n);
		if (place < 0) {
			snprintf(ev->error, sizeof ev->error, "there is no field $%d of %u", index, n);
			return false;
		}
		columns_set_place(c, (uint32_t)place, v[i]);
	}
	return true;
}

static bool set_varied(const struct set *s, struct eval *ev, const struct event *e, struct slice *v, struct chunk *in,
		       struct chunk *out)
{
	struct columns c;
	bool makes = s->positional;
	columns_open(&c, &ev->scratch, s->in, e->cells, s->out, NULL);
	if (s->positional && !set_places(s, ev, e, v, &c))
		return false;
	for (int i = 0; i < s->sets.n; i++)
		if (s->to[i] >= 0)
			makes |= columns_set_name(&c, s->to[i], v[i]);
	return stage_derive_row(ev, out, in, &c, makes, s->ofs);
}

static bool set_late(const struct set *s, struct eval *ev, const struct event *e, struct slice *v, struct chunk *in,
		     struct chunk *out)
{
	struct late_columns l;
	late_open(&l, &ev->scratch, s->in, e->cells);
	if (s->positional && !set_places(s, ev, e, v, &l.c))
		return false;
	for (int i = 0; i < s->sets.n; i++)
		if (s->to[i] >= 0)
			late_set(&l, slice_str(s->sets.f[i].name), v[i]);
	return late_derive(ev, out, in, &l, s->out, s->ofs);
}

static bool set_event(const struct set *s, struct eval *ev, const struct event *e, struct chunk *in, struct chunk *out)
{
	struct slice *v = arena_alloc(&ev->scratch, (size_t)(s->sets.n + 1) * sizeof *v);
	for (int i = 0; i < s->sets.n; i++) {
		const struct field *f = &s->sets.f[i];
		if (f->at_hand && !expr_text(f->at_hand, ev, e, &ev->at_hand))
			return false;
		if (!f->range && !expr_text(f->e, ev, e, &v[i]))
			return false;
	}
	if (s->out->npos == SCHEMA_LATE)
		return set_late(s, ev, e, v, in, out);
	return (s->out->npos == SCHEMA_VARIED ? set_varied : set_fixed)(s, ev, e, v, in, out);
}

static void set_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct set *s = priv;
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		if (!set_event(s, ev, &e, in, out))
			work_fail(w, e.whole, ev->error);
		arena_clear(&ev->scratch);
	}
	chunk_share(out, in);
}

static const struct pure_ops set_ops = {.ncols = set_ncols, .run = set_run};

static const struct arg_spec set_args[] = {
	{.type = ARG_SETS, .name = "$N=EXPR", .offset = offsetof(struct set, sets)},
	{.type = ARG_END},
};

const struct stage_desc op_set = {
	.spec = {
		.name = "set",
		.synopsis = "set $N=EXPR, NAME=EXPR, $2..=EXPR ...",
		.summary = "change or add fields, keep the others",
		.flags = SPEC_CAN_FAIL,
		.args = set_args,
		.priv_bytes = sizeof(struct set),
		.bind = set_bind,
	},
	.pure = &set_ops,
};
