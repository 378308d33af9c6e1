/* route { EXPR => A ; ... ; else => B }: each event to the first branch whose EXPR is true. Without else the others are
 * dropped and counted. */
#include "config.h"

#include "engine/kinds/dispatch.h"
#include "engine/core/report.h"
#include "stages/shared/stages.h"

struct route {
	const struct plan_stage *self; /* its branches have the tests */
};

struct route_state {
	struct dispatch d;
};

static void route_built(void *priv, const struct plan_stage *ps)
{
	((struct route *)priv)->self = ps;
}

static bool route_start(struct node *nd)
{
	dispatch_init(&((struct route_state *)nd->state)->d, nd);
	return true;
}

/* The branch for event i of ck, -1: none, -2: it failed (ev->error). A batch goes by its first event. */
static int branch_for(const struct route *r, struct eval *ev, const struct chunk *ck, uint32_t i)
{
	struct event e = stage_event(ck, i, ev);
	for (int k = 0; k < r->self->nbranches; k++) {
		const struct expr *when = r->self->branches[k].when;
		int yes = when ? expr_test(when, ev, &e) : 1;
		if (yes)
			return yes < 0 ? -2 : k;
	}
	return -1;
}

static void deal(struct node *nd, struct chunk *ck)
{
	struct route_state *st = nd->state;
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	struct chunk *failed = chunk_new(&nd->pl->blocks, 0, 0);
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, failed);
	struct eval *ev = work_eval(w);
	uint32_t unwanted = 0;
	int to = -1;
	for (uint32_t i = 0; i < ck->n; i++) {
		if (!ck->batch || i == 0)
			to = branch_for(nd->priv, ev, ck, i);
		arena_clear(&ev->scratch);
		if (to == -2)
			work_fail(w, ck->ev[i], ev->error);
		else if (to >= 0 && dispatch_note(&st->d, nd, ck, i, to))
			c->used++;
		else
			unwanted++;
	}
	node_dropped(nd, nd->stage, unwanted);
	dispatch_flush(&st->d, nd, ck);
	report_failures(nd->pl, failed);
	chunk_free(failed);
}

static int64_t input_limit(const struct node *nd)
{
	return dispatch_limit(&((const struct route_state *)nd->state)->d, nd);
}

static void route_run(struct node *nd)
{
	dispatch_run(nd, &((struct route_state *)nd->state)->d, input_limit, deal);
}

static void route_abandon(struct node *nd)
{
	dispatch_abandon(&((struct route_state *)nd->state)->d, nd);
}

static void route_release(struct node *nd)
{
	dispatch_release(&((struct route_state *)nd->state)->d, nd);
}

static void route_explain(const struct node *nd, struct str *out)
{
	dispatch_explain(nd, "partition by test", out);
}

static const struct node_ops route_ops = {
	.explain = route_explain,
	.state_bytes = sizeof(struct route_state),
	.start = route_start,
	.run = route_run,
	.release = route_release,
	.abandon = route_abandon,
};

const struct stage_desc op_route = {
	.spec = {
		.name = "route",
		.synopsis = "route { EXPR => A ; ... ; else => B }",
		.summary = "each event to the first branch whose EXPR is true",
		.flags = SPEC_ROUTES | SPEC_CAN_FAIL,
		.priv_bytes = sizeof(struct route),
	},
	.node = &route_ops,
	.built = route_built,
};
