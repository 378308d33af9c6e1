/* reverse: all events, or those of each batch, the last one first. */
#include "config.h"

#include "stages/ordered/sorted.h"

static void absorb(const void *priv, void *state, struct work *w, struct chunk *in)
{
	struct sorted_state *st = state;
	bool good = true;
	for (; in->pos < in->n && good; in->pos++) {
		char *key = sorted_key(st, 0), *end = sorted_write_pos(chunk_pos(in, in->pos), key);
		for (char *p = key; p < end; p++)
			*p = (char)~*p;
		good = sorted_add(priv, st, w, in, in->pos, end);
	}
}

static void bind_reverse(void *priv, struct bind *b)
{
	sorted_bind(priv, b);
}

static const struct opt_spec opts[] = {
	SORTED_OPTS,
	{0},
};

static const struct agg_ops ops = {
	.ncols = sorted_ncols,
	.state_new = sorted_state_new,
	.state_free = sorted_state_free,
	.absorb = absorb,
	.merge = sorted_merge,
	.finish = sorted_finish,
	.emit = sorted_emit,
};

const struct stage_desc ag_reverse = {
	.spec = {
		.name = "reverse",
		.synopsis = "reverse [memory=SIZE]",
		.summary = "all events, or those of each batch, the last one first",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.opts = opts,
		.priv_bytes = sizeof(struct sorted),
		.bind = bind_reverse,
	},
	.agg = &ops,
};
