/* Tables: see table.h. */
#include "config.h"

#include "stages/readers/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/kind.h"
#include "base/scan.h"
#include "base/str.h"

#define NAMES_SHOWN 8 /* in a message */

/* ---- the header ---- */

const char *table_input(const char *name, char *buf, size_t bytes)
{
	if (!name)
		return "the event";
	if (!strcmp(name, "-"))
		return "standard input";
	snprintf(buf, bytes, "'%.200s'", name);
	return buf;
}

static bool names_differ(const struct slice *names, uint32_t n, const char *input, char **error)
{
	char buf[256];
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; names[i].len && k < i; k++) {
			if (!slice_eq(names[i], names[k]))
				continue;
			struct str s = {0};
			str_addf(&s, "the header of %s has '%.*s' twice, columns %u and %u: give names with 'names='",
				 table_input(input, buf, sizeof buf), (int)names[i].len, names[i].p, k + 1, i + 1);
			*error = str_steal(&s);
			return false;
		}
	return true;
}

static char *text_of(struct slice s)
{
	return mem_strndup(s.p ? s.p : "", s.len);
}

/* "has no column 'stauts': did you mean 'status'?" */
static char *missing_name(const char *name, const struct slice *names, uint32_t n, const char *input)
{
	char buf[256];
	struct str s = {0};
	const char **all = mem_zalloc(((size_t)n + 1) * sizeof *all);
	for (uint32_t i = 0; i < n; i++)
		all[i] = text_of(names[i]);
	str_addf(&s, "%s has no column '%s'", table_input(input, buf, sizeof buf), name);
	const char *near = diag_suggest(slice_str(name), all);
	if (near)
		str_addf(&s, ": did you mean '%s'?", near);
	for (uint32_t i = 0; !near && i < n && i < NAMES_SHOWN; i++)
		str_addf(&s, "%s%s", i ? ", " : ", only ", all[i]);
	if (!near && n > NAMES_SHOWN)
		str_addf(&s, ", ... (%u columns)", n);
	for (uint32_t i = 0; i < n; i++)
		free((void *)(uintptr_t)all[i]);
	free(all);
	return str_steal(&s);
}

static uint32_t find(const struct slice *names, uint32_t n, struct slice name)
{
	for (uint32_t i = 0; i < n; i++)
		if (slice_eq(names[i], name))
			return i;
	return COLUMN_NONE;
}

static bool find_wanted(struct table *t, const struct slice *names, uint32_t n, char **error)
{
	const struct schema *s = t->schema;
	t->wanted = mem_zalloc(((size_t)s->ncols + 1) * sizeof *t->wanted);
	for (int c = 0; c < s->ncols; c++) {
		if (!s->cols[c].record || !s->cols[c].used)
			continue;
		uint32_t at = find(names, n, slice_str(s->cols[c].name));
		if (at == COLUMN_NONE) {
			*error = missing_name(s->cols[c].name, names, n, t->input);
			return false;
		}
		t->wanted[t->nwanted++] = (struct wanted){(uint32_t)c, at};
		if (at >= t->most)
			t->most = at + 1;
	}
	return true;
}

static void keep_names(struct table *t, struct block_pool *pool, const struct slice *names, uint32_t n)
{
	struct columns c = {.n = n, .col = (struct slice *)(uintptr_t)names};
	size_t bytes = columns_bytes(&c);
	t->block = block_new_small(pool, bytes);
	t->names = columns_write(&c, t->block->data);
	t->block->len = (uint32_t)bytes;
}

bool table_init(struct table *t, const struct schema *schema, const char *input, struct block_pool *pool,
		const struct slice *names, uint32_t n, char **error)
{
	uint32_t nnames = names ? n : 0;
	t->schema = schema;
	t->input = input;
	t->ncols = n;
	atomic_init(&t->frame.refs, 1);
	if (!names_differ(names, nnames, input, error) || !find_wanted(t, names, nnames, error))
		return false;
	t->rows = schema->cols[LATE_ROW].used;
	if (t->rows)
		t->most = UINT32_MAX;
	if (schema->cols[LATE_NAMES].used)
		keep_names(t, pool, names, nnames);
	return true;
}

void table_release(struct table *t)
{
	free(t->wanted);
	if (t->block)
		block_unref(t->block);
}

/* ---- records ---- */

uint32_t table_add(const struct schema *schema, struct chunk *in, struct chunk *out, struct slice whole)
{
	if (!in->raw) {
		uint32_t i = chunk_derive(out, in, in->pos, whole);
		if (out->ncols)
			stage_carry(schema, in, in->pos, chunk_cells(out, i));
		return i;
	}
	uint32_t i = chunk_append(out, whole);
	if (in->first.nr) {
		if (!out->origins)
			out->origins = mem_zalloc(out->cap * sizeof *out->origins);
		out->origins[i] = in->first;
	}
	return i;
}

void table_fill(const struct table *t, struct slice *cells, const struct slice *fields, uint32_t n)
{
	for (uint32_t i = 0; i < t->nwanted; i++) {
		uint32_t at = t->wanted[i].at;
		cells[t->wanted[i].cell] = at < n ? fields[at] : slice_of_kind("", 0, KIND_MISSING);
	}
}

bool table_row(const struct table *t, struct chunk *out, struct slice *cells, struct slice *fields, uint32_t n,
	       struct eval *ev)
{
	struct columns c = {.n = n, .col = fields};
	if (t->rows && !stage_write_row(out, &c, &cells[LATE_ROW], ev))
		return false;
	if (t->block) {
		chunk_hold_block(out, t->block);
		cells[LATE_NAMES] = t->names;
	}
	return true;
}

uint64_t line_of(struct lines *l, const char *place)
{
	l->line += scan_count(l->at, place, '\n');
	l->at = place;
	return l->line;
}
