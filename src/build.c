/* From the checked plan to a running pipeline: see build.h.
 *
 *   stdin | words | map lower($0) | count   | top 10    | stdout
 *   node    [--------- segment ----------]    [segment]   node
 *        blocks                           events      events
 *
 * Pure neighbours, and the aggregate behind them, become one segment. A byte source gives raw chunks, which a segment (if
 * need be an empty one that only cuts) turns into events; to a byte sink it hands whole chunks on. */
#include "config.h"

#include "build.h"

#include <stdlib.h>

#include "engine/ordered.h"
#include "engine/segment.h"
#include "engine/window.h"
#include "stages/stages.h"

#define SINK_CREDIT 4 /* chunks on the way to a byte sink */

struct builder {
	struct pipeline *pl;
	const struct plan_branch *branch;
	int first_stage;      /* of the branch, among all stages of the plan */
	struct node *last;    /* what the next node reads */
	bool raw;             /* ... and whether it gives raw chunks, */
	bool segment;         /* ... is a segment whose chunks can go on whole, */
	bool batched;         /* ... or batches */
};

static const struct stage_desc *desc_of(const struct plan_stage *ps)
{
	return (const struct stage_desc *)ps->spec;
}

static bool has_demand(const struct plan_stage *ps)
{
	return ps->max_demand >= 0 || ps->min_demand >= 0;
}

static const struct ordered_ops *ordered_of(const struct plan_stage *ps)
{
	const struct stage_desc *d = desc_of(ps);
	const struct ordered_ops *instead = d->as_ordered ? d->as_ordered(ps->priv) : NULL;
	return instead ? instead : d->ordered;
}

static bool is_pure(const struct plan_stage *ps)
{
	return desc_of(ps)->pure != NULL;
}

static void window_of(const struct plan_stage *ps, int64_t *ns, int64_t *events)
{
	const struct agg_ops *agg = desc_of(ps)->agg;
	*ns = *events = 0;
	if (agg && agg->window)
		agg->window(ps->priv, ns, events);
}

/* An aggregate over the whole input, which workers can absorb in any order. */
static bool closes_segment(const struct plan_stage *ps)
{
	int64_t ns, events;
	window_of(ps, &ns, &events);
	return desc_of(ps)->agg && !ordered_of(ps) && !ps->batched_in && !ns && !events;
}

/* ---- subscriptions ---- */

/* Subscribes nd, the node of ps, to what was built last. whole: nd takes chunks as they are. */
static void join(struct builder *b, struct node *nd, const struct plan_stage *ps, bool whole)
{
	struct edge *e;
	if (b->batched)
		e = pipeline_join(b->pl, b->last, nd, EDGE_BATCHES, ps->max_demand, ps->min_demand);
	else if (whole && !has_demand(ps))
		e = pipeline_join(b->pl, b->last, nd, EDGE_BLOCKS, SINK_CREDIT, SINK_CREDIT - 1);
	else
		e = pipeline_join(b->pl, b->last, nd, EDGE_EVENTS, ps->max_demand, ps->min_demand);
	e->exact = has_demand(ps) || desc_of(ps)->limits || (ordered_of(ps) && ordered_of(ps)->want);
}

static void join_blocks(struct builder *b, struct node *nd)
{
	int credit = segment_credit(b->pl);
	struct edge *e = pipeline_join(b->pl, b->last, nd, EDGE_BLOCKS, credit, credit - 1);
	e->loads = true;
}

/* ---- nodes ---- */

static void add_segment(struct builder *b, struct segment_plan *sp, const struct plan_stage *first, bool whole_out)
{
	sp->raw_in = b->raw;
	sp->raw_out = whole_out;
	struct node *nd = segment_node_new(b->pl, sp);
	if (b->raw)
		join_blocks(b, nd);
	else
		join(b, nd, first, false);
	b->last = nd;
	b->raw = false;
	b->segment = !sp->agg;
}

/* Makes events of raw chunks for ps, which wants them one by one. */
static void cut(struct builder *b, const struct plan_stage *ps, int stage)
{
	struct segment_plan sp = {.agg_stage = stage};
	if (b->raw)
		add_segment(b, &sp, ps, false);
}

static bool sink_takes_whole(const struct plan_stage *ps)
{
	return desc_of(ps)->takes_raw && !has_demand(ps) && !ps->batched_in;
}

/* Builds the segment that begins with stage i; returns the index behind it. */
static int build_segment(struct builder *b, int i)
{
	const struct plan_branch *br = b->branch;
	const struct plan_stage *first = &br->stages[i];
	struct segment_step *steps = mem_alloc((size_t)br->nstages * sizeof *steps);
	struct segment_plan sp = {.steps = steps};
	if (has_demand(first))
		cut(b, first, b->first_stage + i);
	for (; i < br->nstages && is_pure(&br->stages[i]); i++) {
		const struct plan_stage *ps = &br->stages[i];
		if (ps != first && has_demand(ps))
			break;
		steps[sp.nsteps++] = (struct segment_step){desc_of(ps)->pure, ps->priv, b->first_stage + i};
	}
	const struct plan_stage *next = i < br->nstages ? &br->stages[i] : NULL;
	if (next && closes_segment(next) && (next == first || !has_demand(next))) {
		sp.agg = desc_of(next)->agg;
		sp.agg_priv = next->priv;
		sp.agg_stage = b->first_stage + i++;
		next = NULL;
	}
	add_segment(b, &sp, first, next && sink_takes_whole(next));
	free(steps);
	return i;
}

static struct node *new_node(struct builder *b, const struct plan_stage *ps, int stage)
{
	const struct stage_desc *d = desc_of(ps);
	int64_t ns, events;
	if (ordered_of(ps))
		return ordered_node_new(b->pl, stage, ordered_of(ps), ps->priv, ps->batched_out);
	if (!d->agg)
		return pipeline_node(b->pl, d->node, stage, ps->priv);
	window_of(ps, &ns, &events);
	return window_node_new(b->pl, stage, d->agg, ps->priv, ns, events);
}

/* A node of its own: ordered, windowed, reactive. */
static void build_node(struct builder *b, int i)
{
	const struct plan_stage *ps = &b->branch->stages[i];
	bool whole = (b->raw || b->segment) && sink_takes_whole(ps);
	if (!whole)
		cut(b, ps, b->first_stage + i);
	struct node *nd = new_node(b, ps, b->first_stage + i);
	if (b->last)
		join(b, nd, ps, whole);
	b->last = nd;
	b->raw = desc_of(ps)->gives_raw;
	b->segment = false;
}

/* `count | top 10`: an aggregate need only put in order what will be used of it. */
static void hint_limits(const struct plan_branch *br)
{
	for (int i = 0; i + 1 < br->nstages; i++) {
		const struct agg_ops *agg = desc_of(&br->stages[i])->agg;
		const struct stage_desc *next = desc_of(&br->stages[i + 1]);
		if (!agg || !agg->limit || !next->uses_first)
			continue;
		int64_t n = next->uses_first(br->stages[i + 1].priv);
		if (n >= 0)
			agg->limit(br->stages[i].priv, n);
	}
}

/* Whoever feeds a consumer that may not use all must not read ahead either: up to the next aggregate. */
static void spread_exact(struct pipeline *pl)
{
	for (size_t i = pl->nedges; i-- > 0;) {
		struct edge *e = pl->edges[i];
		if (!e->exact || segment_aggregates(e->from))
			continue;
		for (int k = 0; k < e->from->nin; k++)
			e->from->in[k]->exact = true;
	}
}

int build_count(const struct plan *plan)
{
	return plan->main.nstages;
}

static void describe(struct pipeline *pl, const struct plan_branch *br)
{
	for (int i = 0; i < br->nstages; i++) {
		const struct plan_stage *ps = &br->stages[i];
		struct stage_info *st = &pl->stages[i];
		st->name = ps->name;
		st->dead = ps->dead;
		st->max_failures = ps->max_failures;
	}
}

void build_pipeline(struct pipeline *pl, const struct plan *plan)
{
	const struct plan_branch *br = &plan->main;
	struct builder b = {.pl = pl, .branch = br};
	describe(pl, br);
	if (pl->opt.fuse)
		hint_limits(br);
	for (int i = 0; i < br->nstages;) {
		if (is_pure(&br->stages[i]) || closes_segment(&br->stages[i])) {
			b.batched = br->stages[i].batched_in;
			i = build_segment(&b, i);
		} else {
			b.batched = br->stages[i].batched_in;
			build_node(&b, i++);
		}
	}
	spread_exact(pl);
}
