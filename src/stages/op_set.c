/* set $N=EXPR, NAME=EXPR: changes or adds fields and keeps the others. Where fields come from splitting $0, a changed $N
 * makes $0 anew: its fields joined by --ofs. All expressions see the event as it came in. */
#include "config.h"

#include "stages/stages.h"

#define MOST_FIELDS 10000 /* an event is made that long */

struct set {
	struct field_list sets;
	struct schema *in, *out;
	struct slice ofs;
	const struct splitter *splitter;
	int *cols;       /* where each value goes: a column, or -1 - N for field N of a split event */
	bool positional; /* some $N changes, so that $0 does */
	int highest;     /* the largest N */
};

static int column_of(struct set *s, struct bind *b, const struct field *f)
{
	if (f->name)
		return bind_add(b, s->out, f->name);
	if (f->index == 0)
		bind_arg_error(b, 0, "$0 is the whole event: 'map' makes a new one");
	if (f->index > MOST_FIELDS)
		bind_arg_error(b, 0, "'set' makes no more than %d fields", MOST_FIELDS);
	s->positional = true;
	if (f->index > s->highest)
		s->highest = f->index;
	return s->in->npos == SCHEMA_SPLIT ? -1 - f->index : f->index - 1;
}

/* Positional columns may become more: $5 of an event of three fields makes five. */
static int positional_columns(const struct set *s)
{
	int n = s->in->npos;
	for (int i = 0; n != SCHEMA_SPLIT && i < s->sets.n; i++)
		if (!s->sets.f[i].name && s->sets.f[i].index > n)
			n = s->sets.f[i].index;
	return n;
}

static void set_bind(void *priv, struct bind *b)
{
	struct set *s = priv;
	s->in = bind_schema(b);
	s->ofs = bind_ofs(b);
	s->splitter = bind_splitter(b);
	s->out = bind_new_schema(b, positional_columns(s), true);
	for (int c = 0; c < s->in->npos; c++) { /* new positional columns: carried, unless they are set below */
		s->out->cols[c].from = c;
		if (s->in->cols[c].name)
			bind_name(b, s->out, c, s->in->cols[c].name);
	}
	s->cols = arena_alloc(bind_arena(b), (size_t)(s->sets.n + 1) * sizeof *s->cols);
	for (int i = 0; i < s->sets.n; i++) {
		s->cols[i] = column_of(s, b, &s->sets.f[i]);
		if (s->cols[i] >= 0)
			s->out->cols[s->cols[i]].from = -1;
	}
	if (s->positional && s->in->npos >= 0) /* $0 is made of all of them */
		for (int c = 0; c < s->in->npos; c++)
			s->in->cols[c].used = true;
}

static uint32_t set_ncols(const void *priv)
{
	return stage_ncols(((const struct set *)priv)->out);
}

/* $0 made of n fields, in out's block. */
static struct slice join(struct chunk *out, const struct slice *v, size_t n, struct slice ofs)
{
	size_t len = n ? (n - 1) * ofs.len : 0;
	for (size_t i = 0; i < n; i++)
		len += v[i].len;
	char *begin = chunk_room(out, len + 1), *p = begin;
	for (size_t i = 0; i < n; i++) {
		if (i && ofs.len)
			memcpy(p, ofs.p, ofs.len);
		p += i ? ofs.len : 0;
		if (v[i].len)
			memcpy(p, v[i].p, v[i].len);
		p += v[i].len;
	}
	*p = out->term;
	chunk_wrote(out, len + 1);
	return slice_make(begin, len);
}

/* The event's fields with the new values in their places, in scratch memory; *n of them. NULL: splitting failed. */
static struct slice *new_fields(const struct set *s, struct eval *ev, const struct event *e, const struct slice *v,
				size_t *n)
{
	bool split = s->in->npos == SCHEMA_SPLIT;
	size_t have = split ? eval_split(ev, s->splitter, e->whole, 0) : (size_t)s->in->npos;
	if (split && have == SPLIT_FAILED)
		return NULL;
	*n = have > (size_t)s->highest ? have : (size_t)s->highest;
	struct slice *f = arena_alloc(&ev->scratch, (*n + 1) * sizeof *f);
	memset(f, 0, (*n + 1) * sizeof *f);
	for (size_t i = 0; i < have; i++)
		f[i] = split ? ev->fields[i] : e->cells ? e->cells[i] : (struct slice){0};
	for (int i = 0; i < s->sets.n; i++)
		if (!s->sets.f[i].name)
			f[s->sets.f[i].index - 1] = v[i];
	return f;
}

static bool set_event(const struct set *s, struct eval *ev, const struct event *e, struct chunk *in, struct chunk *out)
{
	struct slice *v = arena_alloc(&ev->scratch, (size_t)(s->sets.n + 1) * sizeof *v), whole = e->whole, *fields = NULL;
	size_t n = 0;
	for (int i = 0; i < s->sets.n; i++)
		if (!expr_text(s->sets.f[i].e, ev, e, &v[i]))
			return false;
	if (s->positional) {
		fields = new_fields(s, ev, e, v, &n);
		if (!fields)
			return false;
		whole = join(out, fields, n, s->ofs);
	}
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (!out->ncols)
		return true;
	struct slice *cells = chunk_cells(out, at);
	stage_carry(s->out, in, in->pos, cells);
	for (int i = 0; i < s->sets.n; i++)
		if (s->cols[i] >= 0)
			cells[s->cols[i]] = chunk_copy(out, v[i]);
	return true;
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
		.synopsis = "set $N=EXPR, NAME=EXPR ...",
		.summary = "change or add fields, keep the others",
		.flags = SPEC_CAN_FAIL,
		.args = set_args,
		.priv_bytes = sizeof(struct set),
		.bind = set_bind,
	},
	.pure = &set_ops,
};
