/* map: a new $0, or new fields, for every event; and s/re/replacement/. lower($0) and upper($0) go over whole blocks. */
#include "config.h"

#include <stdio.h>

#include "base/scan.h"
#include "base/str.h"
#include "stages/shared/stages.h"

struct map {
	struct field_list fields;
	struct substitution subst;
	struct schema *in, *out;
	struct slice ofs;
	bool rows;                 /* s/// of columns that were made */
	int *names;                /* varied: the number of each field's name, or -1 */
	bool varied;               /* how many columns it makes is known only with each event */
	enum expr_case whole_case; /* the only field is lower($0) or upper($0) */
	bool single;               /* one unnamed expression: its value is $0 and nothing else changes */
};

/* What does not match keeps its columns; the others are plain lines from here on. What a reader gave is text: all of it is. */
static void bind_subst(struct map *m, struct bind *b)
{
	m->rows = m->in->npos >= 0 || m->in->npos == SCHEMA_VARIED;
	m->out = bind_keep_schema(b, m->rows ? SCHEMA_VARIED : SCHEMA_SPLIT);
	m->out->envelope = bind_envelope(b);
}

/* NAME=EXPR is called NAME. A bare $x keeps its name, unless another one has it. */
static void name_fields(struct map *m, struct bind *b)
{
	for (int i = 0; i < m->fields.n; i++)
		if (m->fields.f[i].name)
			bind_name(b, m->out, i, m->fields.f[i].name);
	for (int i = 0; i < m->fields.n; i++) {
		const char *name = m->fields.f[i].name ? NULL : expr_name(m->fields.f[i].e);
		int other = name ? schema_find(m->out, slice_str(name)) : -1;
		if (name && (other < 0 || other >= m->out->npos))
			bind_name(b, m->out, i, name);
		else if (name && !m->out->open)
			bind_arg_error(b, 1, "two columns are called '%s': give one another name, NAME=EXPR", name);
	}
}

/* Ranges of fields: how many columns there are, only the event tells. */
static void bind_varied(struct map *m, struct bind *b)
{
	m->varied = true;
	m->out = bind_new_schema(b, SCHEMA_VARIED, true);
	m->names = arena_alloc(bind_arena(b), (size_t)m->fields.n * sizeof *m->names);
	for (int i = 0; i < m->fields.n; i++) {
		const struct field *f = &m->fields.f[i];
		const char *name = f->name ? f->name : f->many ? NULL : expr_name(f->e);
		m->names[i] = name ? bind_add(b, m->out, name) : -1;
	}
}

static bool has_lists(const struct field_list *l)
{
	for (int i = 0; i < l->n; i++)
		if (expr_is_list(l->f[i].e))
			return true;
	return false;
}

static void map_bind(void *priv, struct bind *b)
{
	struct map *m = priv;
	m->in = bind_schema(b);
	m->ofs = bind_ofs(b);
	if (m->subst.re) {
		bind_subst(m, b);
	} else if (has_lists(&m->fields)) {
		bind_varied(m, b);
	} else if (m->fields.n == 1 && !m->fields.f[0].name && !m->fields.f[0].many) {
		m->single = true;
		m->out = bind_new_schema(b, SCHEMA_SPLIT, true);
		m->whole_case = expr_is_case(m->fields.f[0].e);
	} else {
		m->out = bind_new_schema(b, m->fields.n, true);
		name_fields(m, b);
	}
}

static unsigned map_traits(const void *priv)
{
	const struct map *m = priv;
	return m->whole_case != CASE_NONE ? PURE_RAW_IN | PURE_RAW_OUT | PURE_BYTEWISE : 0;
}

static uint32_t map_ncols(const void *priv)
{
	return stage_ncols(((const struct map *)priv)->out);
}

static void map_bytes(const struct map *m, char *dst, const char *src, size_t len)
{
	if (m->whole_case == CASE_LOWER)
		scan_lower(dst, src, len);
	else
		scan_upper(dst, src, len);
}

/* Whole runs at a time: terminators stay as they are, but a last record without one gets it, since it was changed. */
static void run_raw(const struct map *m, struct chunk *in, struct chunk *out)
{
	out->raw = true;
	out->first = in->first;
	for (; in->pos < in->n; in->pos++) {
		struct slice run = in->ev[in->pos];
		size_t len = run.len;
		char *p = chunk_room(out, len + 1);
		map_bytes(m, p, run.p, len);
		if (run.flags & SLICE_UNENDED)
			p[len++] = in->term;
		chunk_wrote(out, len);
		chunk_append(out, slice_make(p, len));
	}
}

/* Appends an event with $0 = whole (already in out's block) and what it carries over. */
static uint32_t add_event(const struct map *m, struct chunk *in, struct chunk *out, struct slice whole)
{
	uint32_t i = chunk_derive(out, in, in->pos, whole);
	if (out->ncols)
		stage_carry(m->out, in, in->pos, chunk_cells(out, i));
	return i;
}

static bool map_single(const struct map *m, struct eval *ev, const struct event *e, struct chunk *in, struct chunk *out)
{
	struct slice text;
	if (!expr_text(m->fields.f[0].e, ev, e, &text))
		return false;
	add_event(m, in, out, chunk_copy(out, text));
	return true;
}

/* Values are evaluated first and written then: only the whole event may fail, not half of it. */
static bool map_fields(const struct map *m, struct eval *ev, const struct event *e, struct chunk *in, struct chunk *out)
{
	struct slice few[16], *v = few;
	int n = m->fields.n;
	if (n > 16)
		v = arena_alloc(&ev->scratch, (size_t)n * sizeof *v);
	size_t bytes = 0;
	for (int i = 0; i < n; i++) {
		if (!expr_text(m->fields.f[i].e, ev, e, &v[i]))
			return false;
		bytes += v[i].len;
	}
	if (!eval_fits(ev, stage_joined_bytes((size_t)n, bytes, m->ofs)))
		return false;
	uint32_t at = add_event(m, in, out, stage_join(out, v, (size_t)n, bytes, m->ofs));
	if (out->ncols)
		memcpy(chunk_cells(out, at), v, (size_t)n * sizeof *v);
	return true;
}

/* Appends the slices of field i's values; a range without any gives an empty one. */
static bool add_slices(const struct map *m, int i, struct eval *ev, const struct event *e, struct slice **v, size_t *n,
		       size_t *cap)
{
	struct expr_values values = {0};
	if (!expr_add_values(m->fields.f[i].e, ev, e, &values))
		return false;
	size_t more = values.n ? values.n : 1;
	if (*n + more > *cap) {
		struct slice *old = *v;
		*cap = 2 * (*n + more);
		*v = arena_alloc(&ev->scratch, *cap * sizeof **v);
		if (*n)
			memcpy(*v, old, *n * sizeof **v);
	}
	if (values.n == 0)
		(*v)[(*n)++] = slice_make("", 0);
	for (size_t k = 0; k < values.n; k++)
		(*v)[(*n)++] = value_text(&values.v[k], &ev->scratch);
	return true;
}

/* The row of n columns, with the places of those that have names. */
static bool varied_row(const struct map *m, struct eval *ev, const struct event *e, const struct slice *v, size_t n,
		       const size_t *places, struct chunk *out, struct slice *row)
{
	struct columns c;
	columns_open(&c, &ev->scratch, m->in, e->cells, m->out, NULL);
	columns_forget(&c);
	columns_take_fields(&c, v, n);
	for (int i = 0; i < m->fields.n; i++)
		if (m->names[i] >= 0)
			columns_name(&c, m->names[i], (uint32_t)places[i]);
	return stage_write_row(out, &c, row, ev);
}

static bool map_varied(const struct map *m, struct eval *ev, const struct event *e, struct chunk *in, struct chunk *out)
{
	struct slice *v = NULL, whole, row = {0};
	size_t n = 0, cap = 0, *places = arena_alloc(&ev->scratch, (size_t)m->fields.n * sizeof *places);
	for (int i = 0; i < m->fields.n; i++) {
		places[i] = n;
		if (!add_slices(m, i, ev, e, &v, &n, &cap))
			return false;
	}
	if (!stage_join_all(ev, out, v, n, m->ofs, &whole))
		return false;
	if (out->ncols && !varied_row(m, ev, e, v, n, places, out, &row))
		return false;
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (out->ncols)
		chunk_cells(out, at)[0] = row;
	return true;
}

/* Puts the new text together in ev->built; *changed is false where nothing matched. */
static bool build_substituted(const struct map *m, struct eval *ev, struct slice whole, bool *changed)
{
	struct re_walk walk = {0};
	size_t done = 0;
	enum re_result got;
	str_clear(&ev->built);
	*changed = false;
	while ((got = re_next(m->subst.re, &ev->re, whole, &walk)) == RE_MATCH) {
		size_t begin = ev->re.ov[0], end = ev->re.ov[1];
		if (!eval_fits(ev, ev->built.len + (begin - done)))
			return false;
		str_add(&ev->built, whole.p + done, begin - done);
		if (!subst_apply(m->subst.with, ev, whole, &ev->built))
			return false;
		done = end;
		*changed = true;
		if (!m->subst.global)
			break;
	}
	if (got == RE_FAILED) {
		snprintf(ev->error, sizeof ev->error, "%s", ev->re.error);
		return false;
	}
	if (!eval_fits(ev, ev->built.len + (whole.len - done)))
		return false;
	str_add(&ev->built, whole.p + done, whole.len - done);
	return true;
}

/* The columns of an event that was or was not changed, where somebody reads them. */
static bool substituted_row(const struct map *m, struct eval *ev, const struct event *e, bool changed, struct chunk *out,
			    struct slice *row)
{
	struct columns c;
	columns_open(&c, &ev->scratch, m->in, e->cells, m->out, NULL);
	if (changed)
		columns_forget(&c);
	return stage_write_row(out, &c, row, ev);
}

static bool substitute(const struct map *m, struct eval *ev, const struct event *e, struct chunk *in, struct chunk *out)
{
	bool changed;
	struct slice row;
	if (!build_substituted(m, ev, e->whole, &changed))
		return false;
	/* What does not match passes as it came, its missing newline too. */
	struct slice text = chunk_copy(out, changed ? slice_make(ev->built.p, ev->built.len) : e->whole);
	text.flags = changed ? 0 : e->whole.flags;
	if (!m->rows || !out->ncols) {
		add_event(m, in, out, text);
		return true;
	}
	if (!substituted_row(m, ev, e, changed, out, &row))
		return false;
	chunk_cells(out, chunk_derive(out, in, in->pos, text))[0] = row;
	return true;
}

static void run_events(const struct map *m, struct work *w, struct chunk *in, struct chunk *out)
{
	struct eval *ev = work_eval(w);
	bool (*one)(const struct map *, struct eval *, const struct event *, struct chunk *, struct chunk *) =
		m->subst.re ? substitute : m->varied ? map_varied : m->single ? map_single : map_fields;
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		if (!one(m, ev, &e, in, out))
			work_fail(w, e.whole, ev->error);
		arena_clear(&ev->scratch);
	}
	if (out->ncols && !m->varied && stage_carries(m->out))
		chunk_share(out, in);
}

static void map_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	if (in->raw)
		run_raw(priv, in, out);
	else
		run_events(priv, w, in, out);
}

static const struct pure_ops map_ops = {.traits = map_traits, .ncols = map_ncols, .run = map_run};

static const struct arg_spec map_args[] = {
	{.type = ARG_SUBST, .name = "s/RE/REPLACEMENT/", .offset = offsetof(struct map, subst), .flags = ARG_OPTIONAL},
	{.type = ARG_FIELDS, .name = "EXPR", .offset = offsetof(struct map, fields), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

const struct stage_desc op_map = {
	.spec = {
		.name = "map",
		.synopsis = "map EXPR | map [NAME=]EXPR, ... | map s/RE/REPLACEMENT/FLAGS",
		.summary = "a new event for each: one value, several fields, or a substitution",
		.flags = SPEC_CAN_FAIL,
		.args = map_args,
		.priv_bytes = sizeof(struct map),
		.bind = map_bind,
	},
	.pure = &map_ops,
};
