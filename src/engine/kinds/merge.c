/* Branches that flow together: see merge.h. */
#include "config.h"

#include "engine/kinds/merge.h"

#include <stdlib.h>

#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/report.h"
#include "engine/kinds/segment.h"

#define TURN_EVENTS (EDGE_MAX_DEMAND / 2) /* of an input that gives raw chunks; the others give no more by themselves */

struct merge {
	int turn;               /* the input that is looked at first; the one before had the last turn */
	struct chunk **begun;   /* by input: a raw chunk of which some records are still to be passed on; or NULL */
	struct emitter surplus; /* of one delivery that was larger than what is wanted */
};

static bool merge_start(struct node *nd)
{
	struct merge *m = nd->state;
	m->begun = mem_zalloc((size_t)nd->nin * sizeof(struct chunk *));
	return true;
}

/* What an input may have outstanding. Each may ask for all that is wanted: were it shared out between them, a dispatcher
 * before them that waits for every branch would wait for ever. */
static int64_t input_limit(const struct node *nd)
{
	const struct edge *out = nd->out[0];
	int64_t wanted = edge_wanted(out);
	return wanted > 0 && !out->exact ? EDGE_NO_LIMIT : wanted;
}

/* A raw chunk may hold ten thousands of records: its input's turn ends after some of them, else those of the other inputs
 * would come after all of them. Where all is taken in before anything comes of it, that makes no difference. */
static uint32_t records_a_turn(const struct node *nd)
{
	return segment_aggregates(nd->out[0]->to) ? UINT32_MAX : TURN_EVENTS;
}

/* What input i gives in its turn, or NULL where it has nothing. */
static struct chunk *take_turn(struct node *nd, int i)
{
	struct merge *m = nd->state;
	struct edge *in = nd->in[i];
	struct chunk *ck = m->begun[i] ? m->begun[i] : edge_next(in), *part = ck;
	if (!ck)
		return NULL;
	int64_t units = edge_units(in, ck);
	if (ck->raw && !m->begun[i])
		ck->pos = ck->sub = 0;
	if (ck->raw && records_a_turn(nd) != UINT32_MAX) {
		part = chunk_part(ck, records_a_turn(nd));
		m->begun[i] = ck->pos < ck->n ? ck : NULL;
		if (m->begun[i])
			return part;
		chunk_free(ck);
	}
	edge_handled(in, units);
	edge_ask(in, input_limit(nd));
	return part;
}

/* Something is to be read for an input that has nothing to give, perhaps. */
static bool waits_for_others(const struct node *nd)
{
	int alive = 0;
	for (int i = 0; i < nd->nin; i++)
		alive += !edge_finished(nd->in[i]);
	return alive > 1;
}

/* False where nothing is there; or where only the input has something that had the last turn, too, and it may be that another
 * only waits for the loop to look at its descriptor. */
static bool pass_one(struct node *nd)
{
	struct merge *m = nd->state;
	for (int k = 0; k < nd->nin; k++) {
		int i = (m->turn + k) % nd->nin;
		struct chunk *ck = take_turn(nd, i);
		if (!ck)
			continue;
		emitter_put(&m->surplus, nd->out[0], ck);
		m->turn = (i + 1) % nd->nin;
		if (k + 1 < nd->nin || !waits_for_others(nd))
			return true;
		nd->pl->look_asked = true;
		node_wake(nd);
		return false;
	}
	return false;
}

static void merge_run(struct node *nd)
{
	struct merge *m = nd->state;
	struct edge *out = nd->out[0];
	bool finished = true;
	if (!emitter_flush(&m->surplus, out))
		return;
	for (int i = 0; i < nd->nin; i++)
		edge_ask(nd->in[i], input_limit(nd));
	while (emitter_empty(&m->surplus) && edge_wanted(out) > 0 && pass_one(nd))
		;
	for (int i = 0; i < nd->nin; i++) {
		edge_ask(nd->in[i], input_limit(nd));
		finished = finished && edge_finished(nd->in[i]) && !m->begun[i];
	}
	if (finished && emitter_empty(&m->surplus))
		node_finish(nd);
}

static void merge_release(struct node *nd)
{
	struct merge *m = nd->state;
	for (int i = 0; m->begun && i < nd->nin; i++)
		chunk_free(m->begun[i]);
	free(m->begun);
	emitter_release(&m->surplus);
}

static void merge_abandon(struct node *nd)
{
	struct merge *m = nd->state;
	int next = node_next_stage(nd);
	emitter_abandon(&m->surplus, nd->pl, next);
	for (int i = 0; m->begun && i < nd->nin; i++)
		if (m->begun[i]) /* read as far as its pos and sub */
			report_abandoned(nd->pl, next, m->begun[i]);
}

static void merge_explain(const struct node *nd, struct str *out)
{
	str_addf(out, "%d branches flow together", nd->nin);
}

static const struct node_ops merge_ops = {
	.state_bytes = sizeof(struct merge), .start = merge_start, .run = merge_run, .release = merge_release, .hands_on_failures = true,
	.explain = merge_explain,
	.abandon = merge_abandon,
};

struct node *merge_node_new(struct pipeline *pl, int stage)
{
	struct node *nd = pipeline_node(pl, &merge_ops, stage, NULL);
	nd->passes = true;
	return nd;
}
