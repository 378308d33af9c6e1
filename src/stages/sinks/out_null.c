/* null: takes every event and does nothing with it. */
#include "config.h"

#include "engine/core/pipeline.h"
#include "stages/shared/stages.h"

static void null_run(struct node *nd)
{
	struct edge *in = nd->in[0];
	struct chunk *ck;
	edge_ask(in, EDGE_NO_LIMIT);
	while ((ck = edge_next(in))) {
		int64_t units = edge_units(in, ck);
		node_count_in(nd, ck);
		nd->pl->stages[nd->stage].counts.used += ck->n;
		chunk_free(ck);
		edge_handled(in, units);
		edge_ask(in, EDGE_NO_LIMIT);
	}
	if (edge_finished(in))
		node_finish(nd);
}

static const struct node_ops null_ops = {.run = null_run};

const struct stage_desc out_null = {
	.spec = {
		.name = "null",
		.synopsis = "null",
		.summary = "take every event and do nothing with it",
		.flags = SPEC_SINK,
	},
	.node = &null_ops,
};
