/* Columns with late names: see late.h. */
#include "config.h"

#include "stages/shared/late.h"

static const struct schema no_names = {.npos = SCHEMA_LATE};

static void open_row(struct columns *c, struct arena *a, const struct schema *in, const struct slice *cell)
{
	columns_open(c, a, in, cell, &no_names, NULL);
	if (c->n == ROW_SPLIT)
		columns_take_fields(c, NULL, 0);
}

void late_open(struct late_columns *l, struct arena *a, const struct schema *in, const struct slice *cells)
{
	open_row(&l->c, a, in, &cells[LATE_ROW]);
	open_row(&l->name, a, in, &cells[LATE_NAMES]);
	l->renamed = false;
}

uint32_t late_place(const struct late_columns *l, struct slice name)
{
	for (uint32_t i = 0; i < l->name.n && i < l->c.n; i++)
		if (slice_eq(l->name.col[i], name))
			return i;
	return COLUMN_NONE;
}

void late_set(struct late_columns *l, struct slice name, struct slice value)
{
	uint32_t at = late_place(l, name);

	if (at == COLUMN_NONE) {
		at = l->c.n;
		columns_set_place(&l->name, at, name);
		l->renamed = true;
	}
	columns_set_place(&l->c, at, value);
}

/* A stage of the pipeline gave the schema this name: $.name is then still what the record had. */
static bool is_given(const struct schema *s, const char *name)
{
	for (int c = LATE_FIRST; c < s->ncols; c++)
		if (!s->cols[c].record && s->cols[c].name && strcmp(s->cols[c].name, name) == 0)
			return true;
	return false;
}

/* The values that are read by name: as they are now. */
static void name_cells(const struct late_columns *l, const struct schema *made, struct slice *cells)
{
	for (int c = LATE_FIRST; c < made->ncols; c++) {
		const struct schema_col *col = &made->cols[c];
		if (!col->used || !col->name || (col->record && is_given(made, col->name)))
			continue;
		uint32_t at = late_place(l, slice_str(col->name));
		if (at != COLUMN_NONE)
			cells[c] = l->c.col[at];
	}
}

bool late_derive(struct eval *ev, struct chunk *out, const struct chunk *in, struct late_columns *l,
		 const struct schema *made, struct slice ofs)
{
	struct slice whole, row = {0}, names = {0};
	if (!stage_join_all(ev, out, l->c.col, l->c.n, ofs, &whole))
		return false;
	if (out->ncols && made->cols[LATE_ROW].used && !stage_write_row(out, &l->c, &row, ev))
		return false;
	if (out->ncols && made->cols[LATE_NAMES].used && l->renamed && !stage_write_row(out, &l->name, &names, ev))
		return false;
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (!out->ncols)
		return true;
	struct slice *cells = chunk_cells(out, at);
	stage_carry(made, in, in->pos, cells);
	cells[LATE_ROW] = row;
	if (l->renamed)
		cells[LATE_NAMES] = names;
	name_cells(l, made, cells);
	return true;
}
