/* Events that stages hold on to: see kept.h. */
#include "config.h"

#include "stages/shared/kept.h"

#include "base/kind.h"

#include <stdlib.h>

void kept_set(struct kept *k, const struct chunk *in, uint32_t i)
{
	k->borrowed = true;
	k->whole = in->ev[i];
	k->cells = in->ncols ? chunk_cells(in, i) : NULL;
	k->has_origin = in->origins != NULL;
	if (in->origins)
		k->origin = in->origins[i];
}

/* Columns often are parts of $0. */
static bool within(struct slice s, struct slice whole)
{
	uintptr_t at = (uintptr_t)s.p - (uintptr_t)whole.p;
	return s.p && at <= whole.len && s.len <= whole.len - at;
}

static char *copy_bytes(char *to, struct slice s)
{
	if (s.len)
		memcpy(to, s.p, s.len);
	return to + s.len;
}

static size_t bytes_needed(const struct kept *k, const struct schema *s)
{
	size_t bytes = k->whole.len;
	int ncells = schema_ncells(s);
	for (int c = 0; k->cells && c < ncells; c++)
		if (schema_cell_used(s, c) && !within(k->cells[c], k->whole))
			bytes += k->cells[c].len;
	return bytes + (k->cells ? (size_t)ncells * sizeof *k->cells : 0);
}

void kept_own(struct kept *k, const struct schema *s)
{
	if (!k->borrowed)
		return;
	k->borrowed = false;
	size_t bytes = bytes_needed(k, s);
	if (bytes > k->cap || !k->memory) {
		free(k->memory);
		k->cap = bytes + bytes / 4 + 16;
		k->memory = mem_alloc(k->cap);
	}
	struct slice *cells = k->cells ? (struct slice *)k->memory : NULL;
	int ncells = schema_ncells(s);
	char *p = k->memory + (cells ? (size_t)ncells * sizeof *cells : 0);
	struct slice whole = slice_make(p, k->whole.len);
	p = copy_bytes(p, k->whole);
	for (int c = 0; cells && c < ncells; c++) {
		struct slice from = k->cells[c];
		cells[c] = (struct slice){0};
		if (!schema_cell_used(s, c))
			continue;
		if (within(from, k->whole)) {
			cells[c] = slice_as(slice_make(whole.p + (from.p - k->whole.p), from.len), from);
			continue;
		}
		cells[c] = slice_as(slice_make(p, from.len), from);
		p = copy_bytes(p, from);
	}
	k->whole = whole;
	k->cells = cells;
}

void kept_release(struct kept *k)
{
	free(k->memory);
	*k = (struct kept){0};
}

uint32_t kept_append(const struct kept *k, struct chunk *out, struct slice whole)
{
	if (k->has_origin && !out->origins) {
		chunk_reserve(out, 1);
		out->origins = mem_zalloc(out->cap * sizeof *out->origins);
	}
	uint32_t at = chunk_append(out, whole);
	if (k->has_origin)
		out->origins[at] = k->origin;
	return at;
}

struct slice kept_cell(const struct kept *k, int cell, struct slice copy, struct chunk *out)
{
	struct slice s = k->cells[cell];
	if (within(s, k->whole))
		return slice_as(slice_make(copy.p + (s.p - k->whole.p), s.len), s);
	return slice_as(s.len ? chunk_copy(out, s) : (struct slice){0}, s);
}

struct slice kept_named(const struct kept *k, const struct schema *s, int col, struct slice copy, struct chunk *out)
{
	if (s->npos != SCHEMA_VARIED)
		return kept_cell(k, col, copy, out);
	struct slice value = row_named(k->cells[0], col);
	return slice_as(value.len ? chunk_copy(out, value) : (struct slice){0}, value);
}
