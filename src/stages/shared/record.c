/* Columns with their names: see record.h. */
#include "config.h"

#include "stages/shared/record.h"

#include <stdio.h>

#include "formats/json.h"
#include "formats/json_write.h"

/* ---- before anything runs ---- */

static void no_names(struct bind *b)
{
	bind_error(b, "columns are written by their names, and these have none: put `map a=$1, b=$2` before it");
}

static void add_column(struct record_reader *r, const char *name, int cell)
{
	r->names[r->n] = slice_str(name);
	r->cells[r->n++] = cell;
}

static bool bind_fixed(struct record_reader *r, struct schema *in)
{
	schema_use_columns(in);
	for (int i = 0; i < in->npos; i++) {
		if (!in->cols[i].name)
			return false;
		add_column(r, in->cols[i].name, i);
	}
	r->cells = NULL;
	return r->n > 0;
}

/* A plain line. */
static bool bind_split(struct record_reader *r, struct schema *in)
{
	for (int i = 0; i < in->ncols; i++) {
		if (!in->cols[i].given || !in->cols[i].name)
			continue;
		in->cols[i].used = true;
		add_column(r, in->cols[i].name, i);
	}
	return r->n > 0;
}

static bool bind_varied(struct schema *in)
{
	schema_use_columns(in);
	return !in->nameless && in->ncols > 0;
}

/* Records of a reader, whose names come with them. */
static bool bind_late(struct schema *in)
{
	schema_use_columns(in);
	return !in->nameless;
}

bool record_bind(struct record_reader *r, struct bind *b)
{
	struct schema *in = bind_schema(b);
	size_t most = (size_t)in->ncols + 1;
	*r = (struct record_reader){.in = in, .fixed = in->npos == SCHEMA_SPLIT || in->npos >= 0};
	r->names = arena_alloc(bind_arena(b), most * sizeof *r->names);
	r->cells = arena_alloc(bind_arena(b), most * sizeof *r->cells);
	if (in->open)
		return false;
	if (in->npos == SCHEMA_DOCUMENT)
		return true;
	bool good = in->npos == SCHEMA_LATE ? bind_late(in) : !r->fixed ? bind_varied(in) : in->npos >= 0 ? bind_fixed(r, in) : bind_split(r, in);
	if (!good)
		no_names(b);
	return good;
}

/* ---- running ---- */

static void read_fixed(const struct record_reader *r, struct eval *ev, const struct event *e, struct record *out)
{
	*out = (struct record){.n = r->n, .name = r->names, .value = e->cells};
	if (!r->cells && e->cells)
		return;
	struct slice *value = arena_alloc(&ev->scratch, ((size_t)r->n + 1) * sizeof *value);
	for (uint32_t i = 0; i < r->n; i++)
		value[i] = e->cells ? e->cells[r->cells ? r->cells[i] : (int)i] : (struct slice){0};
	out->value = value;
}

static bool nameless(struct eval *ev)
{
	snprintf(ev->error, sizeof ev->error, "a column has no name: put `map a=$1, b=$2` before it");
	return false;
}

/* The values that the line was given, without its own fields. */
static void read_given(const struct schema *in, struct slice row, struct slice *name, struct slice *value, struct record *out)
{
	for (int k = 0; k < in->ncols; k++) {
		if (!in->cols[k].given || !in->cols[k].name)
			continue;
		name[out->n] = slice_str(in->cols[k].name);
		value[out->n++] = row_named(row, k);
	}
}

static bool read_varied(const struct record_reader *r, struct eval *ev, const struct event *e, struct record *out)
{
	const struct schema *in = r->in;
	struct slice row = e->cells ? e->cells[0] : (struct slice){0};
	uint32_t n = row.len ? row_ncols(row) : ROW_SPLIT, most = n == ROW_SPLIT ? (uint32_t)in->ncols : n;
	struct slice *name = memset(arena_alloc(&ev->scratch, (most + 1) * sizeof *name), 0, (most + 1) * sizeof *name);
	struct slice *value = arena_alloc(&ev->scratch, (most + 1) * sizeof *value);
	*out = (struct record){.name = name, .value = value};
	if (n == ROW_SPLIT) {
		read_given(in, row, name, value, out);
		return out->n > 0 || nameless(ev);
	}
	for (int k = 0; k < in->ncols; k++) {
		uint32_t at = row_place(row, k);
		if (at < n && in->cols[k].name)
			name[at] = slice_str(in->cols[k].name);
	}
	for (; out->n < n; out->n++) {
		if (!name[out->n].p)
			return nameless(ev);
		value[out->n] = row_column(row, out->n);
	}
	return true;
}

/* False: the input has no names at all. */
static bool read_late(struct eval *ev, const struct event *e, struct record *out)
{
	struct slice row = e->cells[LATE_ROW], names = e->cells[LATE_NAMES];
	uint32_t n = row.len && names.len ? row_ncols(row) : 0;
	struct slice *name = arena_alloc(&ev->scratch, (n + 1) * sizeof *name);
	struct slice *value = arena_alloc(&ev->scratch, (n + 1) * sizeof *value);
	bool named = false;
	for (uint32_t i = 0; i < n; i++) {
		name[i] = row_column(names, i);
		value[i] = row_column(row, i);
		named |= name[i].len > 0;
	}
	*out = (struct record){.n = n, .name = name, .value = value};
	return named || nameless(ev);
}

/* The members of the document that $0 is. */
static bool read_document(struct eval *ev, const struct event *e, struct record *out)
{
	struct json_walk w;
	struct slice part, member, *name = NULL, *value = NULL;
	enum json_result got = JSON_WRONG;
	uint32_t n = 0, cap = 0;
	bool object = json_walk_begin(&w, e->whole) && w.object;
	while (object && (got = json_walk_next(&w, &part, &member)) == JSON_VALUE) {
		if (n == cap) {
			cap = cap ? 2 * cap : 16;
			struct slice *names = arena_alloc(&ev->scratch, cap * sizeof *names);
			struct slice *values = arena_alloc(&ev->scratch, cap * sizeof *values);
			if (n) {
				memcpy(names, name, n * sizeof *names);
				memcpy(values, value, n * sizeof *values);
			}
			name = names;
			value = values;
		}
		name[n] = record_text(part, &ev->scratch);
		value[n++] = member;
	}
	*out = (struct record){.n = n, .name = name, .value = value};
	if (got != JSON_END)
		snprintf(ev->error, sizeof ev->error, "this is no JSON object: it has no columns");
	return got == JSON_END;
}

bool record_read(const struct record_reader *r, struct eval *ev, const struct event *e, struct record *out)
{
	if (r->in->npos == SCHEMA_VARIED)
		return read_varied(r, ev, e, out);
	if (r->in->npos == SCHEMA_LATE)
		return read_late(ev, e, out);
	if (r->in->npos == SCHEMA_DOCUMENT && !r->members)
		return read_document(ev, e, out);
	read_fixed(r, ev, e, out);
	return true;
}

struct slice record_text(struct slice value, struct arena *scratch)
{
	if (slice_kind(value) == KIND_NULL || slice_kind(value) == KIND_MISSING)
		return slice_make("", 0);
	if (!(value.flags & SLICE_ESCAPED))
		return value;
	return json_plain_text(value, arena_bytes(scratch, (size_t)value.len + 1));
}
