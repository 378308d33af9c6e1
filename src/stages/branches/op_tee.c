/* tee { A ; B ; ... }: every event to every branch, at the pace of the slowest (GenStage's BroadcastDispatcher). */
#include "config.h"

#include "base/str.h"
#include "engine/kinds/dispatch.h"
#include "stages/shared/stages.h"

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

static void tee_explain(const struct node *nd, struct str *out)
{
	(void)nd;
	str_adds(out, "broadcast: asks for the least that a branch wants");
}

static const struct node_ops tee_ops = {.explain = tee_explain, .run = tee_run};

const struct stage_desc op_tee = {
	.spec = {
		.name = "tee",
		.synopsis = "tee { A ; B ; ... }",
		.summary = "every event to every branch, at the pace of the slowest",
		.flags = SPEC_BRANCHES,
	},
	.node = &tee_ops,
	.hands_raw = true,
};
