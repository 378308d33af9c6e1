/* tee { A ; B ; ... }: every event to every branch, at the pace of the slowest (GenStage's BroadcastDispatcher). */
#include "config.h"

#include "engine/dispatch.h"
#include "stages/stages.h"

static void tee_run(struct node *nd)
{
	struct edge *in = nd->in[0];
	struct chunk *ck;
	edge_ask(in, dispatch_least_wanted(nd));
	while (dispatch_least_wanted(nd) > 0 && (ck = edge_next(in))) {
		int64_t units = edge_units(in, ck);
		node_count_in(nd, ck);
		node_count_out(nd, ck);
		nd->pl->stages[nd->stage].counts.used += ck->n;
		for (int i = 0; i < nd->nout; i++)
			if (!nd->out[i]->cancelled)
				edge_push(nd->out[i], chunk_view(ck, 0, ck->n));
		chunk_free(ck);
		edge_handled(in, units);
		edge_ask(in, dispatch_least_wanted(nd));
	}
	if (edge_finished(in))
		node_finish(nd);
}

static const struct node_ops tee_ops = {.run = tee_run};

const struct stage_desc op_tee = {
	.spec = {
		.name = "tee",
		.synopsis = "tee { A ; B ; ... }",
		.summary = "every event to every branch, at the pace of the slowest",
		.flags = SPEC_BRANCHES,
	},
	.node = &tee_ops,
};
