/* Rows: see row.h. Knows slices and numbers of names, neither events nor chunks. */
#include "config.h"

#include "lang/expr/row.h"

#include <assert.h>

struct head {
	uint32_t ncols, nslots, nnames;
};

struct slot {
	uint32_t end;   /* of its text, from the beginning of all texts */
	uint32_t flags; /* the slice's */
};

/* ---- reading ---- */

static struct head head_of(struct slice row)
{
	struct head h = {.ncols = ROW_SPLIT};

	if (row.len)
		memcpy(&h, row.p, sizeof h);
	return h;
}

uint32_t row_ncols(struct slice row)
{
	return head_of(row).ncols;
}

static struct slice text_of(struct slice row, const struct head *h, uint32_t i)
{
	const char *slots = row.p + sizeof *h + (size_t)h->nnames * sizeof(uint32_t);
	const char *texts = slots + (size_t)h->nslots * sizeof(struct slot);
	struct slot s, before = {0};

	if (i > 0)
		memcpy(&before, slots + (size_t)(i - 1) * sizeof before, sizeof before);
	memcpy(&s, slots + (size_t)i * sizeof s, sizeof s);
	return (struct slice){.p = texts + before.end, .len = s.end - before.end, .flags = s.flags};
}

struct slice row_column(struct slice row, uint32_t i)
{
	struct head h = head_of(row);

	return h.ncols != ROW_SPLIT && i < h.ncols ? text_of(row, &h, i) : slice_make("", 0);
}

/* The slot of name k, or COLUMN_NONE. */
static uint32_t slot_of(struct slice row, const struct head *h, int k)
{
	uint32_t at = COLUMN_NONE;

	if (k >= 0 && (uint32_t)k < h->nnames)
		memcpy(&at, row.p + sizeof *h + (size_t)k * sizeof at, sizeof at);
	return at;
}

struct slice row_named(struct slice row, int k)
{
	struct head h = head_of(row);
	uint32_t at = slot_of(row, &h, k);

	return at != COLUMN_NONE ? text_of(row, &h, at) : slice_make("", 0);
}

uint32_t row_place(struct slice row, int k)
{
	struct head h = head_of(row);
	uint32_t at = slot_of(row, &h, k);

	return h.ncols != ROW_SPLIT && at < h.ncols ? at : COLUMN_NONE;
}

/* ---- laying open ---- */

static void reserve(struct columns *c, uint32_t n)
{
	struct slice *col;

	if (n <= c->cap)
		return;
	c->cap = n + n / 2 + 4;
	col = arena_alloc(c->arena, (size_t)c->cap * sizeof *col);
	if (c->n != ROW_SPLIT && c->n > 0)
		memcpy(col, c->col, (size_t)c->n * sizeof *col);
	c->col = col;
}

static void open_row(struct columns *c, struct slice row)
{
	struct head h = head_of(row);

	reserve(c, h.ncols == ROW_SPLIT ? 0 : h.ncols);
	for (uint32_t i = 0; h.ncols != ROW_SPLIT && i < h.ncols; i++)
		c->col[i] = text_of(row, &h, i);
	c->n = h.ncols;
}

static void open_fixed(struct columns *c, const struct slice *cells, uint32_t n)
{
	reserve(c, n);
	if (n && cells)
		memcpy(c->col, cells, (size_t)n * sizeof *cells);
	else if (n)
		memset(c->col, 0, (size_t)n * sizeof *c->col);
	c->n = n;
}

static struct named named_of_row(struct slice row, int k)
{
	struct head h = head_of(row);
	uint32_t at = slot_of(row, &h, k);

	if (at != COLUMN_NONE && h.ncols != ROW_SPLIT && at < h.ncols)
		return (struct named){.at = at};
	return (struct named){COLUMN_NONE, row_named(row, k)};
}

static struct named named_of(const struct schema *in, const struct slice *cells, int from)
{
	if (from >= 0 && from < in->npos)
		return (struct named){.at = (uint32_t)from};
	if (from < 0 || !cells)
		return (struct named){COLUMN_NONE, slice_make("", 0)};
	if (in->npos == SCHEMA_VARIED)
		return named_of_row(cells[0], from);
	return (struct named){COLUMN_NONE, cells[from]};
}

void columns_open(struct columns *c, struct arena *a, const struct schema *in, const struct slice *cells,
		  const struct schema *out, const int *from)
{
	int nnames = out->ncols;

	*c = (struct columns){.arena = a, .nnames = nnames, .n = ROW_SPLIT};
	if ((in->npos == SCHEMA_VARIED || in->npos == SCHEMA_LATE) && cells)
		open_row(c, cells[0]);
	else if (in->npos >= 0)
		open_fixed(c, cells, (uint32_t)in->npos);
	c->name = arena_alloc(a, (size_t)(nnames + 1) * sizeof *c->name);
	for (int k = 0; k < nnames; k++)
		c->name[k] = named_of(in, cells, from ? from[k] : out->cols[k].from);
}

/* ---- changing ---- */

void columns_take_fields(struct columns *c, const struct slice *fields, size_t n)
{
	reserve(c, (uint32_t)n);
	if (n)
		memcpy(c->col, fields, n * sizeof *fields);
	c->n = (uint32_t)n;
}

void columns_set_place(struct columns *c, uint32_t i, struct slice value)
{
	assert(c->n != ROW_SPLIT);
	if (i >= c->n) {
		reserve(c, i + 1);
		memset(c->col + c->n, 0, (size_t)(i - c->n) * sizeof *c->col);
		c->n = i + 1;
	}
	c->col[i] = value;
}

static bool has_named(const struct columns *c)
{
	for (int k = 0; k < c->nnames; k++)
		if (c->name[k].at != COLUMN_NONE)
			return true;
	return false;
}

bool columns_set_value(struct columns *c, int k, struct slice value)
{
	if (c->name[k].at == COLUMN_NONE)
		c->name[k].value = value;
	else
		c->col[c->name[k].at] = value;
	return c->name[k].at != COLUMN_NONE;
}

bool columns_set_name(struct columns *c, int k, struct slice value)
{
	if (c->name[k].at != COLUMN_NONE || !has_named(c))
		return columns_set_value(c, k, value);
	c->name[k].at = c->n;
	columns_set_place(c, c->n, value);
	return true;
}

void columns_set_beside(struct columns *c, int k, struct slice value)
{
	c->name[k] = (struct named){COLUMN_NONE, value};
}

void columns_name(struct columns *c, int k, uint32_t at)
{
	assert(at < c->n);
	c->name[k].at = at;
}

void columns_forget(struct columns *c)
{
	for (int k = 0; k < c->nnames; k++)
		if (c->name[k].at != COLUMN_NONE)
			columns_set_beside(c, k, c->col[c->name[k].at]);
	c->n = ROW_SPLIT;
}

/* ---- writing ---- */

static uint32_t count_columns(const struct columns *c)
{
	return c->n == ROW_SPLIT ? 0 : c->n;
}

size_t columns_bytes(const struct columns *c)
{
	size_t bytes = sizeof(struct head) + (size_t)c->nnames * sizeof(uint32_t);

	for (uint32_t i = 0; i < count_columns(c); i++)
		bytes += sizeof(struct slot) + c->col[i].len;
	for (int k = 0; k < c->nnames; k++)
		if (c->name[k].at == COLUMN_NONE)
			bytes += sizeof(struct slot) + c->name[k].value.len;
	return bytes;
}

struct writer {
	char *slots, *texts, *end;
};

static void put_slot(struct writer *w, struct slice s)
{
	if (s.len)
		memcpy(w->end, s.p, s.len);
	w->end += s.len;
	struct slot slot = {(uint32_t)(w->end - w->texts), s.flags};
	memcpy(w->slots, &slot, sizeof slot);
	w->slots += sizeof slot;
}

struct slice columns_write(const struct columns *c, char *to)
{
	struct head h = {c->n, count_columns(c), (uint32_t)c->nnames};
	char *at = to + sizeof h;
	struct writer w = {.slots = at + (size_t)c->nnames * sizeof(uint32_t)};

	for (int k = 0; k < c->nnames; k++, at += sizeof(uint32_t)) {
		uint32_t slot = c->name[k].at != COLUMN_NONE ? c->name[k].at : h.nslots++;
		memcpy(at, &slot, sizeof slot);
	}
	w.texts = w.end = w.slots + (size_t)h.nslots * sizeof(struct slot);
	memcpy(to, &h, sizeof h);
	for (uint32_t i = 0; i < count_columns(c); i++)
		put_slot(&w, c->col[i]);
	for (int k = 0; k < c->nnames; k++)
		if (c->name[k].at == COLUMN_NONE)
			put_slot(&w, c->name[k].value);
	return slice_make(to, (size_t)(w.end - to));
}
