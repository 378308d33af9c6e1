/* Giving a branch's events the fields of what it flows into: see align.h. */
#include "config.h"

#include "stages/shared/align.h"

static uint32_t align_ncols(const void *priv)
{
	return stage_ncols(((const struct align *)priv)->out);
}

/* Both have fixed columns, or none. */
static void align_event(const struct align *al, const struct chunk *in, struct chunk *out)
{
	uint32_t i = chunk_derive(out, in, in->pos, in->ev[in->pos]);
	const struct slice *from = stage_cells(in, in->pos);
	for (uint32_t c = 0; from && c < out->ncols; c++)
		if (al->from[c] >= 0)
			chunk_cells(out, i)[c] = from[al->from[c]];
}

static bool align_row(const struct align *al, struct eval *ev, const struct chunk *in, struct chunk *out)
{
	struct columns c;
	struct slice row;
	columns_open(&c, &ev->scratch, al->part, stage_cells(in, in->pos), al->out, al->from);
	if (!stage_write_row(out, &c, &row, ev))
		return false;
	chunk_cells(out, chunk_derive(out, in, in->pos, in->ev[in->pos]))[0] = row;
	return true;
}

static void align_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct align *al = priv;
	struct eval *ev = work_eval(w);
	bool rows = out->ncols && al->out->npos == SCHEMA_VARIED;
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		if (!rows)
			align_event(al, in, out);
		else if (!align_row(al, ev, in, out))
			work_fail(w, in->ev[in->pos], ev->error);
		arena_clear(&ev->scratch);
	}
	chunk_share(out, in);
}

const struct pure_ops align_ops = {.ncols = align_ncols, .run = align_run};
