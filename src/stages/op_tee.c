/* tee { A ; B ; ... }: every event to every branch, at the pace of the slowest (GenStage's BroadcastDispatcher). */
#include "config.h"

#include "engine/dispatch.h"
#include "stages/stages.h"

static void deal(struct node *nd, struct chunk *ck)
{
	node_count_out(nd, ck);
	nd->pl->stages[nd->stage].counts.used += ck->n;
	for (int i = 0; i < nd->nout; i++)
		if (!nd->out[i]->cancelled)
			edge_push(nd->out[i], chunk_view(ck, 0, ck->n));
}

static void tee_run(struct node *nd)
{
	dispatch_run(nd, NULL, dispatch_least_wanted, deal);
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
