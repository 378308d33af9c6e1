/* balance N { A }: N copies of A, each event to the copy with most demand (GenStage's DemandDispatcher). */
#include "config.h"

#include "base/str.h"
#include "engine/dispatch.h"
#include "stages/stages.h"

struct balance {
	int64_t n;
};

/* The branch that wants most; the first of those that want alike. */
static struct edge *neediest(const struct node *nd)
{
	struct edge *most = nd->out[0];
	for (int i = 1; i < nd->nout; i++)
		if (edge_wanted(nd->out[i]) > edge_wanted(most))
			most = nd->out[i];
	return most;
}

/* Shares a delivery out; all of it is wanted by somebody. */
static void deal(struct node *nd, struct chunk *ck)
{
	uint32_t from = 0;
	node_count_out(nd, ck);
	while (from < ck->n) {
		struct edge *e = neediest(nd);
		int64_t wanted = edge_wanted(e);
		if (wanted <= 0)
			break;
		uint32_t n = ck->n - from;
		if (e->unit == EDGE_EVENTS && n > wanted)
			n = (uint32_t)wanted;
		edge_push(e, chunk_view(ck, from, n));
		from += n;
	}
	nd->pl->stages[nd->stage].counts.used += from;
}

static void balance_run(struct node *nd)
{
	dispatch_run(nd, NULL, dispatch_sum_wanted, deal);
}

static void balance_explain(const struct node *nd, struct str *out)
{
	(void)nd;
	str_adds(out, "dispatch by demand: asks for the sum, gives to who wants most");
}

static const struct node_ops balance_ops = {.explain = balance_explain, .run = balance_run};

static void balance_bind(void *priv, struct bind *b)
{
	bind_set_copies(b, ((const struct balance *)priv)->n);
}

static const struct arg_spec balance_args[] = {
	{.type = ARG_COUNT, .name = "N", .offset = offsetof(struct balance, n), .min = 1, .max = SPEC_COPIES_MAX},
	{.type = ARG_END},
};

const struct stage_desc op_balance = {
	.spec = {
		.name = "balance",
		.synopsis = "balance N { A }",
		.summary = "N copies of A, each event to the copy with most demand",
		.flags = SPEC_ONE_BRANCH,
		.args = balance_args,
		.priv_bytes = sizeof(struct balance),
		.bind = balance_bind,
	},
	.node = &balance_ops,
};
