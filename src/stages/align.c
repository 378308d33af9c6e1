/* Giving a branch's events the fields of what it flows into: see align.h. */
#include "config.h"

#include "stages/align.h"

static uint32_t align_ncols(const void *priv)
{
	return stage_ncols(((const struct align *)priv)->out);
}

static void align_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct align *al = priv;
	(void)w;
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		uint32_t i = chunk_derive(out, in, in->pos, in->ev[in->pos]);
		for (int c = 0; out->ncols && c < al->out->ncols; c++) {
			int from = schema_part_col(al->out, al->part, c);
			if (from >= 0 && in->ncols)
				chunk_cells(out, i)[c] = chunk_cells(in, in->pos)[from];
		}
	}
	chunk_share(out, in);
}

const struct pure_ops align_ops = {.ncols = align_ncols, .run = align_run};
