/* Where a node's time goes: see timing.h. What a node waits for is seen from its subscriptions. */
#include "config.h"

#include "engine/core/timing.h"

#include "base/clock.h"
#include "engine/core/node.h"

static bool has_demand(const struct node *nd)
{
	for (int i = 0; i < nd->nout; i++)
		if (edge_wanted(nd->out[i]) > 0)
			return true;
	return false;
}

/* It has asked, and what it has asked for has not come. */
static bool lacks_input(const struct node *nd)
{
	for (int i = 0; i < nd->nin; i++)
		if (edge_wanted(nd->in[i]) > 0 && !nd->in[i]->ended && !edge_waiting(nd->in[i]))
			return true;
	return false;
}

static enum timing_state state_of(const struct node *nd)
{
	if (nd->working)
		return TIMING_BUSY;
	if (nd->blocked)
		return TIMING_DEMAND;
	if (nd->nin == 0)
		return has_demand(nd) ? TIMING_INPUT : TIMING_DEMAND;
	if (nd->nout == 0)
		return lacks_input(nd) ? TIMING_INPUT : TIMING_DEMAND;
	if (!has_demand(nd))
		return TIMING_DEMAND;
	return lacks_input(nd) ? TIMING_INPUT : TIMING_BUSY;
}

/* From now on it is in this state. */
static void enter(struct timing *t, enum timing_state state)
{
	int64_t now = clock_now();
	if (t->since_ns)
		t->ns[t->state] += now - t->since_ns;
	t->state = state;
	t->since_ns = now;
}

void timing_run(struct node *nd)
{
	enter(&nd->timing, TIMING_BUSY);
	nd->ops->run(nd);
	enter(&nd->timing, state_of(nd));
	if (nd->done)
		nd->timing.since_ns = 0;
}

void timing_read(const struct node *nd, int64_t ns[TIMING_STATES])
{
	const struct timing *t = &nd->timing;
	for (int i = 0; i < TIMING_STATES; i++)
		ns[i] = t->ns[i];
	if (t->since_ns)
		ns[t->state] += clock_now() - t->since_ns;
}
