/* balance N { A }: N copies of A, each event to the copy that has least in hand (GenStage's DemandDispatcher ranks by demand;
 * but a copy between its min_demand and its max_demand has not asked again yet, and would look as if it were busy). */
#include "config.h"

#include <stdlib.h>

#include "base/str.h"
#include "engine/kinds/dispatch.h"
#include "stages/shared/stages.h"

struct balance {
	int64_t n;
};

/* Copies that have as much in hand take turns, in units rather than in deliveries, which differ in size. Each has a clock that
 * a delivery moves on; the one whose clock is least is next. A copy that was busy for long does not catch up: its clock is never
 * behind `now`. */
struct share {
	uint64_t clock;
	uint64_t turn;   /* which delivery its latest one was, 0: none yet */
};

struct balance_state {
	struct share *shares; /* by output */
	uint64_t now;         /* the clock of the copy that was last given something, before that */
	uint64_t turns;
};

static bool balance_start(struct node *nd)
{
	struct balance_state *st = nd->state;
	st->shares = mem_zalloc((size_t)nd->nout * sizeof *st->shares);
	return true;
}

static void balance_release(struct node *nd)
{
	free(((struct balance_state *)nd->state)->shares);
}

static uint64_t clock_of(const struct balance_state *st, int i)
{
	return st->shares[i].clock > st->now ? st->shares[i].clock : st->now;
}

static bool goes_before(const struct node *nd, int a, int b)
{
	const struct balance_state *st = nd->state;
	int64_t hand_a = edge_in_hand(nd->out[a]), hand_b = edge_in_hand(nd->out[b]);
	if (hand_a != hand_b)
		return hand_a < hand_b;
	if (clock_of(st, a) != clock_of(st, b))
		return clock_of(st, a) < clock_of(st, b);
	return st->shares[a].turn < st->shares[b].turn;
}

/* The copy that the next events go to, or -1 if none wants any. */
static int neediest(const struct node *nd)
{
	int next = -1;
	for (int i = 0; i < nd->nout; i++)
		if (edge_wanted(nd->out[i]) > 0 && (next < 0 || goes_before(nd, i, next)))
			next = i;
	return next;
}

static void give(struct node *nd, int to, struct chunk *ck)
{
	struct balance_state *st = nd->state;
	struct share *sh = &st->shares[to];
	st->now = clock_of(st, to);
	sh->clock = st->now + (uint64_t)edge_units(nd->out[to], ck);
	sh->turn = ++st->turns;
	edge_push(nd->out[to], ck);
}

/* Shares a delivery out; all of it is wanted by somebody. */
static void deal(struct node *nd, struct chunk *ck)
{
	uint32_t from = 0;
	int to;
	node_count_out(nd, ck);
	while (from < ck->n && (to = neediest(nd)) >= 0) {
		const struct edge *e = nd->out[to];
		uint32_t n = ck->n - from;
		if (e->unit == EDGE_EVENTS && n > edge_wanted(e))
			n = (uint32_t)edge_wanted(e);
		give(nd, to, chunk_view(ck, from, n));
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
	str_adds(out, "dispatch by demand: asks for the sum, gives to the copy with least in hand");
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
		.summary = "N copies of A, each event to the copy that has least to do",
		.flags = SPEC_ONE_BRANCH,
		.args = balance_args,
		.priv_bytes = sizeof(struct balance),
		.bind = balance_bind,
	},
	.node = &balance_ops,
};
