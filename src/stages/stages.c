/* What stages have in common: see stages.h. */
#include "config.h"

#include "stages/stages.h"

uint32_t stage_ncols(const struct schema *s)
{
	return schema_has_used(s) ? (uint32_t)s->ncols : 0;
}

void stage_carry(const struct schema *out_schema, const struct chunk *in, uint32_t i, struct slice *cells)
{
	for (int c = 0; c < out_schema->ncols; c++) {
		int from = out_schema->cols[c].from;
		if (from >= 0 && in->ncols)
			cells[c] = chunk_cells(in, i)[from];
	}
}

bool stage_carries(const struct schema *out_schema)
{
	for (int c = 0; c < out_schema->ncols; c++)
		if (out_schema->cols[c].used && out_schema->cols[c].from >= 0)
			return true;
	return false;
}
