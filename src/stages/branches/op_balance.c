/* balance N { A }: N copies of A, each event to the copy with most demand (GenStage's DemandDispatcher). */
#include "config.h"

#include <stdlib.h>

#include "base/str.h"
#include "engine/kinds/dispatch.h"
#include "stages/shared/stages.h"

struct balance {
	int64_t n;
};

struct balance_state {
	uint64_t *served; /* by output: which delivery its latest one was, 0: none yet */
	uint64_t deliveries;
};

static bool balance_start(struct node *nd)
{
	struct balance_state *st = nd->state;
	st->served = mem_zalloc((size_t)nd->nout * sizeof *st->served);
	return true;
}

static void balance_release(struct node *nd)
{
	free(((struct balance_state *)nd->state)->served);
}

/* The branch that wants most; of those that want alike the one that has waited longest since it got something. Without that
 * order the first ones would get everything as long as they are quick. */
static int neediest(const struct node *nd)
{
	const struct balance_state *st = nd->state;
	int most = 0;
	for (int i = 1; i < nd->nout; i++) {
		int64_t wanted = edge_wanted(nd->out[i]), best = edge_wanted(nd->out[most]);
		if (wanted > best || (wanted == best && st->served[i] < st->served[most]))
			most = i;
	}
	return most;
}

/* Shares a delivery out; all of it is wanted by somebody. */
static void deal(struct node *nd, struct chunk *ck)
{
	struct balance_state *st = nd->state;
	uint32_t from = 0;
	node_count_out(nd, ck);
	while (from < ck->n) {
		int to = neediest(nd);
		struct edge *e = nd->out[to];
		int64_t wanted = edge_wanted(e);
		if (wanted <= 0)
			break;
		uint32_t n = ck->n - from;
		if (e->unit == EDGE_EVENTS && n > wanted)
			n = (uint32_t)wanted;
		st->served[to] = ++st->deliveries;
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

static const struct node_ops balance_ops = {
	.explain = balance_explain,
	.state_bytes = sizeof(struct balance_state),
	.start = balance_start,
	.run = balance_run,
	.release = balance_release,
};

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
