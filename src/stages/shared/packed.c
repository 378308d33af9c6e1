/* Events as bytes: see packed.h.
 *
 *      flags (1) | origin | $0's flags (4) | its length (4), cells | $0 | what of cells is not in $0
 *                 if any    if any           if there are cells
 */
#include "config.h"

#include "stages/shared/packed.h"

enum { HAS_ORIGIN = 1, HAS_FLAGS = 2, HAS_CELLS = 4 };

#define OUTSIDE UINT32_MAX

struct cell {
	uint32_t at;    /* in $0, or OUTSIDE: its bytes follow $0 */
	uint32_t len, flags;
};

/* What of a slice's flags goes along: a copy ends as all others do. */
static uint32_t kept_flags(struct slice s)
{
	return s.flags & ~SLICE_UNENDED;
}

static struct cell cell_of(struct slice s, struct slice whole)
{
	uintptr_t at = (uintptr_t)s.p - (uintptr_t)whole.p;
	bool within = s.p && at <= whole.len && s.len <= whole.len - at;
	return (struct cell){within ? (uint32_t)at : OUTSIDE, s.len, kept_flags(s)};
}

size_t packed_bytes(const struct schema *s, const struct chunk *in, uint32_t i)
{
	struct slice whole = in->ev[i];
	size_t bytes = 1 + whole.len + (in->origins ? sizeof(struct origin) : 0) + (kept_flags(whole) ? 4 : 0);
	if (!in->ncols)
		return bytes;
	const struct slice *cells = chunk_cells(in, i);
	int n = schema_ncells(s);
	bytes += 4 + (size_t)n * sizeof(struct cell);
	for (int c = 0; c < n; c++)
		if (schema_cell_used(s, c) && cell_of(cells[c], whole).at == OUTSIDE)
			bytes += cells[c].len;
	return bytes;
}

static char *put(char *to, const void *p, size_t len)
{
	if (len)
		memcpy(to, p, len);
	return to + len;
}

static char *put_cells(const struct schema *s, const struct slice *cells, struct slice whole, char *to)
{
	int n = schema_ncells(s);
	to = put(to, &whole.len, 4);
	char *outside = to + (size_t)n * sizeof(struct cell) + whole.len;
	for (int c = 0; c < n; c++) {
		struct cell cell = {0};
		if (schema_cell_used(s, c))
			cell = cell_of(cells[c], whole);
		if (cell.at == OUTSIDE)
			outside = put(outside, cells[c].p, cells[c].len);
		to = put(to, &cell, sizeof cell);
	}
	return to;
}

void packed_write(const struct schema *s, const struct chunk *in, uint32_t i, char *to)
{
	struct slice whole = in->ev[i];
	uint32_t flags = kept_flags(whole);
	*to++ = (char)((in->origins ? HAS_ORIGIN : 0) | (flags ? HAS_FLAGS : 0) | (in->ncols ? HAS_CELLS : 0));
	if (in->origins)
		to = put(to, &in->origins[i], sizeof *in->origins);
	if (flags)
		to = put(to, &flags, 4);
	if (in->ncols)
		to = put_cells(s, chunk_cells(in, i), whole, to);
	put(to, whole.p, whole.len);
}

static void append_cells(const struct schema *s, const char *cells, struct slice whole, const char *outside,
			 struct slice *to, struct chunk *out)
{
	int n = schema_ncells(s);
	for (int c = 0; c < n; c++) {
		struct cell cell;
		memcpy(&cell, cells + (size_t)c * sizeof cell, sizeof cell);
		if (!schema_cell_used(s, c))
			continue;
		if (cell.at != OUTSIDE) {
			to[c] = slice_make(whole.p + cell.at, cell.len);
		} else {
			to[c] = cell.len ? chunk_copy(out, slice_make(outside, cell.len)) : slice_make("", 0);
			outside += cell.len;
		}
		to[c].flags = cell.flags;
	}
}

static uint32_t append_event(struct chunk *out, struct slice whole, const struct origin *origin)
{
	if (origin && !out->origins) {
		chunk_reserve(out, 1);
		out->origins = mem_zalloc(out->cap * sizeof *out->origins);
	}
	uint32_t at = chunk_append(out, whole);
	if (origin)
		out->origins[at] = *origin;
	return at;
}

void packed_append(const struct schema *s, struct slice packed, struct chunk *out)
{
	const char *p = packed.p, *end = p + packed.len, *cells = NULL;
	unsigned has = (unsigned char)*p++;
	struct origin origin;
	uint32_t flags = 0, len;
	if (has & HAS_ORIGIN) {
		memcpy(&origin, p, sizeof origin);
		p += sizeof origin;
	}
	if (has & HAS_FLAGS) {
		memcpy(&flags, p, 4);
		p += 4;
	}
	len = (uint32_t)(end - p);
	if (has & HAS_CELLS) {
		memcpy(&len, p, 4);
		cells = p + 4;
		p = cells + (size_t)schema_ncells(s) * sizeof(struct cell);
	}
	struct slice whole = chunk_copy(out, slice_make(p, len));
	whole.flags = flags;
	uint32_t at = append_event(out, whole, has & HAS_ORIGIN ? &origin : NULL);
	if (cells && out->ncols)
		append_cells(s, cells, whole, p + len, chunk_cells(out, at), out);
}
