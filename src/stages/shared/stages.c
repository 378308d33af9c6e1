/* What stages have in common: see stages.h. */
#include "config.h"

#include "stages/shared/stages.h"

#include <stdio.h>

const struct envelope *stage_envelope(const struct bind *b, bool to_stdout)
{
	struct envelope *env = bind_envelope(b);
	if (!env)
		return NULL;
	env->to_stdout |= to_stdout;
	env->elsewhere |= !to_stdout;
	return env;
}

uint32_t stage_ncols(const struct schema *s)
{
	return schema_has_used(s) ? (uint32_t)schema_ncells(s) : 0;
}

/* Chunks whose cells nobody reads may come from a branch with other columns, so that only what is read is looked at. */
static bool is_there(const struct schema *parent, int from)
{
	return from >= 0 && (parent->used || parent->cols[from].used);
}

void stage_carry(const struct schema *out_schema, const struct chunk *in, uint32_t i, struct slice *cells)
{
	const struct schema *parent = out_schema->parent;
	if (!in->ncols || !parent)
		return;
	const struct slice *from = chunk_cells(in, i);
	for (int c = 0; c < out_schema->ncols; c++) {
		int k = out_schema->cols[c].from;
		if (is_there(parent, k))
			cells[c] = parent->npos == SCHEMA_VARIED ? row_named(from[0], k) : from[k];
	}
}

bool stage_join_all(struct eval *ev, struct chunk *out, struct slice *v, size_t n, struct slice ofs, struct slice *joined)
{
	size_t bytes = 0;
	for (size_t i = 0; i < n; i++) {
		bytes += v[i].len;
		if (!v[i].p)
			v[i].p = "";
	}
	if (!eval_fits(ev, stage_joined_bytes(n, bytes, ofs)))
		return false;
	*joined = stage_join(out, v, n, bytes, ofs);
	return true;
}

bool stage_write_row(struct chunk *out, const struct columns *c, struct slice *cell, struct eval *ev)
{
	size_t bytes = columns_bytes(c);
	if (bytes >= UINT32_MAX) {
		snprintf(ev->error, sizeof ev->error, "the fields are longer than 4 GiB");
		return false;
	}
	*cell = columns_write(c, chunk_room(out, bytes + 1));
	((char *)cell->p)[bytes] = out->term;
	chunk_wrote(out, bytes + 1);
	return true;
}

bool stage_derive_row(struct eval *ev, struct chunk *out, const struct chunk *in, struct columns *c, bool made,
		      struct slice ofs)
{
	struct slice whole = in->ev[in->pos], row = {0};
	if (made && !stage_join_all(ev, out, c->col, c->n, ofs, &whole))
		return false;
	if (out->ncols && !stage_write_row(out, c, &row, ev))
		return false;
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (out->ncols)
		chunk_cells(out, at)[0] = row;
	return true;
}

bool stage_carries(const struct schema *out_schema)
{
	for (int c = 0; c < out_schema->ncols; c++)
		if (out_schema->cols[c].used && out_schema->cols[c].from >= 0)
			return true;
	return false;
}
