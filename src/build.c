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

#include <stddef.h>
#include <stdlib.h>

#include "base/str.h"
#include "engine/kinds/merge.h"
#include "engine/kinds/ordered.h"
#include "engine/kinds/segment.h"
#include "engine/kinds/window.h"
#include "io/framer.h"
#include "stages/shared/align.h"
#include "stages/shared/stages.h"

#define SINK_CREDIT 4 /* chunks on the way to a byte sink */

struct builder {
	struct pipeline *pl;
	struct arena *arena;  /* the plan's */
	const struct plan_stage **stages; /* all of the plan, in the order of their numbers, those of copies as often */
	int from;             /* the number of what is built is no lower: in a copy, its first stage's */
	const struct plan_branch *branch;
	const struct plan_stage *after; /* what the branch flows into, NULL for the outermost */
	struct node *last;    /* what the next node reads; NULL: nothing comes */
	bool raw;             /* ... and whether it gives raw chunks, */
	bool segment;         /* ... is a segment whose chunks can go on whole, */
	bool batched;         /* ... or batches */
};

static int number_of(const struct builder *b, const struct plan_stage *ps)
{
	int i = b->from;
	while (b->stages[i] != ps)
		i++;
	return i;
}

static const struct stage_desc *desc_of(const struct plan_stage *ps)
{
	return (const struct stage_desc *)ps->spec;
}

static const struct framer_ops *framer_of(const struct plan_stage *ps)
{
	return ps->spec && desc_of(ps)->framer ? desc_of(ps)->framer(ps->priv) : NULL;
}

static bool has_demand(const struct plan_stage *ps)
{
	return ps->max_demand >= 0 || ps->min_demand >= 0;
}

static const struct ordered_ops *ordered_of(const struct plan_stage *ps)
{
	const struct stage_desc *d = desc_of(ps);
	const struct ordered_ops *instead = d->as_ordered ? d->as_ordered(ps->priv) : NULL;
	if (d->as_agg && d->as_agg(ps->priv))
		return NULL;
	return instead ? instead : d->ordered;
}

static const struct agg_ops *agg_of(const struct plan_stage *ps)
{
	const struct stage_desc *d = desc_of(ps);
	const struct agg_ops *instead = d->as_agg ? d->as_agg(ps->priv) : NULL;
	return instead ? instead : ordered_of(ps) ? NULL : d->agg;
}

/* The stage is pure, not one of the kinds that its options may make of it. */
static const struct pure_ops *pure_of(const struct plan_stage *ps)
{
	return ordered_of(ps) ? NULL : desc_of(ps)->pure;
}

static bool is_pure(const struct plan_stage *ps)
{
	return pure_of(ps) && ps->max_failures < 0;
}

static void window_of(const struct plan_stage *ps, int64_t *ns, int64_t *events)
{
	const struct agg_ops *agg = agg_of(ps);
	*ns = *events = 0;
	if (agg && agg->window)
		agg->window(ps->priv, ns, events);
}

/* An aggregate over the whole input, which workers can absorb in any order. */
static bool closes_segment(const struct plan_stage *ps)
{
	int64_t ns, events;
	window_of(ps, &ns, &events);
	return agg_of(ps) && !ps->batched_in && !ns && !events;
}

/* A label for a node that is no stage: lines, lines2 ... */
static void label(struct builder *b, struct node *nd, const char *kind)
{
	int n = 1;
	for (size_t i = 0; i < b->pl->nnodes; i++)
		n += b->pl->nodes[i] != nd && b->pl->nodes[i]->passes && b->pl->nodes[i]->kind == kind;
	struct str text = {0};
	str_adds(&text, kind);
	if (n > 1)
		str_addf(&text, "%d", n);
	nd->kind = kind;
	nd->label = arena_strdup(b->arena, text.p);
	str_release(&text);
}

/* ---- subscriptions ---- */

/* Subscribes nd, which is no stage's, to what was built last. */
static void join_plain(struct builder *b, struct node *nd)
{
	pipeline_join(b->pl, b->last, nd, b->batched ? EDGE_BATCHES : EDGE_EVENTS, -1, -1);
}

/* Subscribes nd, the node of ps, to what was built last. whole: nd takes chunks as they are. */
static void join(struct builder *b, struct node *nd, const struct plan_stage *ps, bool whole)
{
	struct edge *e;
	int64_t max = ps->max_demand, min = ps->min_demand;
	if (max < 0 && desc_of(ps)->at_once)
		max = desc_of(ps)->at_once(b->pl, ps->priv);
	if (desc_of(ps)->at_once && (min < 0 || min >= max))
		min = max - 1; /* each place that becomes free is asked for */
	if (b->batched)
		e = pipeline_join(b->pl, b->last, nd, EDGE_BATCHES, max, min);
	else if (whole && !has_demand(ps))
		e = pipeline_join(b->pl, b->last, nd, EDGE_BLOCKS, SINK_CREDIT, SINK_CREDIT - 1);
	else
		e = pipeline_join(b->pl, b->last, nd, EDGE_EVENTS, max, min);
	e->carries_failures = ordered_of(ps) && ordered_of(ps)->want;
	e->exact = has_demand(ps) || desc_of(ps)->limits || e->carries_failures;
}

/* ... in whole blocks. loads: nd reads the bytes of files itself. */
static void join_blocks(struct builder *b, struct node *nd, bool loads)
{
	int credit = segment_credit(b->pl);
	struct edge *e = pipeline_join(b->pl, b->last, nd, EDGE_BLOCKS, credit, credit - 1);
	e->loads = loads;
}

/* ---- nodes ---- */

/* first: the stage that the segment begins with, whose demand it has; NULL: none. */
static void add_segment(struct builder *b, struct segment_plan *sp, const struct plan_stage *first, bool whole_out)
{
	sp->raw_in = b->raw;
	sp->raw_out = whole_out;
	struct node *nd = segment_node_new(b->pl, sp);
	if (b->raw)
		join_blocks(b, nd, true);
	else if (first)
		join(b, nd, first, false);
	else
		join_plain(b, nd);
	b->last = nd;
	b->raw = false;
	b->segment = true;
}

/* Makes events of raw chunks for ps, which wants them one by one. */
static void cut(struct builder *b, const struct plan_stage *ps)
{
	struct segment_plan sp = {.agg_stage = number_of(b, ps)};
	if (!b->raw)
		return;
	add_segment(b, &sp, ps, false);
	label(b, b->last, "lines");
}

static void frame_sources(struct node *nd, const struct framer *f)
{
	if (nd->nin == 0)
		nd->framer = f;
	for (int i = 0; i < nd->nin; i++)
		frame_sources(nd->in[i]->from, f);
}

/* A reader right after sources of bytes: they cut their input as it says. True where that is so. */
static bool frame(struct builder *b, const struct plan_stage *ps)
{
	if (!b->raw || !framer_of(ps))
		return false;
	struct framer *f = arena_alloc(b->arena, sizeof *f);
	*f = (struct framer){.ops = framer_of(ps), .priv = ps->priv, .stage = number_of(b, ps)};
	frame_sources(b->last, f);
	return true;
}

static bool sink_takes_whole(const struct builder *b, const struct plan_stage *ps)
{
	return b->pl->opt.fuse && desc_of(ps)->takes_raw && !has_demand(ps) && !ps->batched_in;
}

/* Builds the segment that begins with stage i of the branch; returns the index behind it. */
static int build_segment(struct builder *b, int i)
{
	const struct plan_branch *br = b->branch;
	const struct plan_stage *first = &br->stages[i];
	struct segment_step *steps = mem_alloc((size_t)br->nstages * sizeof *steps);
	struct segment_plan sp = {.steps = steps};
	bool framed = frame(b, first);
	if (has_demand(first) && !framed)
		cut(b, first);
	for (; i < br->nstages && is_pure(&br->stages[i]); i++) {
		const struct plan_stage *ps = &br->stages[i];
		if (ps != first && has_demand(ps))
			break;
		if (desc_of(ps)->built)
			desc_of(ps)->built(ps->priv, ps);
		steps[sp.nsteps++] = (struct segment_step){pure_of(ps), ps->priv, number_of(b, ps)};
	}
	const struct plan_stage *next = i < br->nstages ? &br->stages[i] : NULL;
	if (next && closes_segment(next) && (next == first || !has_demand(next))) {
		sp.agg = agg_of(next);
		sp.agg_priv = next->priv;
		sp.agg_stage = number_of(b, next);
		i++;
		next = NULL;
	}
	add_segment(b, &sp, first, next && sink_takes_whole(b, next));
	free(steps);
	return i;
}

static struct node *new_node(struct builder *b, const struct plan_stage *ps)
{
	const struct stage_desc *d = desc_of(ps);
	int stage = number_of(b, ps);
	int64_t ns, events;
	if (pure_of(ps))
		return ordered_node_of_pure(b->pl, stage, pure_of(ps), ps->priv);
	if (ordered_of(ps))
		return ordered_node_new(b->pl, stage, ordered_of(ps), ps->priv, ps->batched_out);
	if (!agg_of(ps))
		return pipeline_node(b->pl, d->node, stage, ps->priv);
	window_of(ps, &ns, &events);
	return window_node_new(b->pl, stage, agg_of(ps), ps->priv, ns, events);
}

/* A node of its own: ordered, windowed, reactive. */
static void build_node(struct builder *b, const struct plan_stage *ps)
{
	bool whole = frame(b, ps) || ((b->raw || b->segment) && sink_takes_whole(b, ps));
	if (!whole)
		cut(b, ps);
	struct node *nd = new_node(b, ps);
	if (desc_of(ps)->built)
		desc_of(ps)->built(ps->priv, ps);
	if (b->last)
		join(b, nd, ps, whole);
	b->last = nd;
	b->raw = desc_of(ps)->gives_raw;
	b->segment = false;
}

/* ---- branches ---- */

static void build_branch(struct builder *b);
static int count_stages(const struct plan_branch *br);

/* What follows ps: where it is the last of its branch, what follows the branch. There is something: a sink if nothing else. */
static const struct plan_stage *next_of(const struct builder *b, const struct plan_stage *ps)
{
	const struct plan_branch *br = b->branch;
	return ps + 1 < br->stages + br->nstages ? ps + 1 : b->after;
}

/* Where branches flow together their events get the fields of what comes behind the block. */
static void align(struct builder *b, const struct plan_stage *ps, const struct plan_branch *br)
{
	const struct schema *part = br->nstages ? br->stages[br->nstages - 1].out : ps->in;
	if (part == ps->out || !schema_has_used(ps->out))
		return;
	struct align *al = arena_alloc(b->arena, sizeof *al);
	*al = (struct align){.out = ps->out, .part = part, .from = schema_sources(b->arena, ps->out, part)};
	struct segment_step step = {&align_ops, al, -1};
	struct segment_plan sp = {.steps = &step, .nsteps = 1, .agg_stage = number_of(b, b->after)};
	add_segment(b, &sp, NULL, false);
	b->last->passes = true;
	label(b, b->last, "fields");
}

/* The ends of branches become one. */
static void flow_together(struct builder *b, const struct plan_stage *ps, struct builder *ends, int n)
{
	if (n == 1) {
		b->last = ends[0].last;
		b->raw = ends[0].raw;
		b->segment = ends[0].segment;
		return;
	}
	bool raw = true;
	for (int i = 0; i < n; i++)
		raw = raw && ends[i].raw;
	struct node *nd = merge_node_new(b->pl, number_of(b, next_of(b, ps)));
	label(b, nd, "merge");
	for (int i = 0; i < n; i++) {
		if (!raw)
			cut(&ends[i], ps);
		enum edge_unit unit = raw ? EDGE_BLOCKS : ps->batched_out ? EDGE_BATCHES : EDGE_EVENTS;
		pipeline_join(b->pl, ends[i].last, nd, unit, raw ? SINK_CREDIT : -1, raw ? SINK_CREDIT - 1 : -1);
	}
	b->last = nd;
	b->raw = raw;
	b->segment = false;
}

static bool hands_raw(const struct builder *b, const struct plan_stage *ps);

/* Could the stage begin with raw chunks? */
static bool takes_raw(const struct builder *b, const struct plan_stage *ps)
{
	if (sink_takes_whole(b, ps))
		return true;
	return !has_demand(ps) && !framer_of(ps) && (is_pure(ps) || closes_segment(ps) || hands_raw(b, ps));
}

/* Blocks go through as they are where every branch takes them: each cuts them, or not, on workers of its own. */
static bool hands_raw(const struct builder *b, const struct plan_stage *ps)
{
	if (!ps->nbranches || !ps->spec || !desc_of(ps)->hands_raw || has_demand(ps) || b->pl->opt.count || !b->pl->opt.fuse)
		return false;
	for (int i = 0; i < ps->nbranches; i++)
		if (!takes_raw(b, &ps->branches[i].stages[0]))
			return false;
	return true;
}

static void build_dispatcher(struct builder *b, const struct plan_stage *ps)
{
	if (!b->raw || !hands_raw(b, ps)) {
		build_node(b, ps);
		return;
	}
	struct node *nd = new_node(b, ps);
	join_blocks(b, nd, false);
	b->last = nd;
}

/* A block: its branches, each with what the stage before it gives (a leading block: with sources of their own). */
static void build_block(struct builder *b, const struct plan_stage *ps)
{
	int copies = ps->copies ? ps->copies : 1, n = 0;
	struct builder *ends = mem_alloc((size_t)(ps->nbranches * copies) * sizeof *ends);
	if (ps->spec)
		build_dispatcher(b, ps);
	const char *kind = ps->copies ? "copy" : "branch";
	int self = number_of(b, ps), from = self + 1;
	for (int i = 0; i < ps->nbranches * copies; i++) {
		const struct plan_branch *br = &ps->branches[i % ps->nbranches];
		ends[n] = *b;
		ends[n].branch = br;
		ends[n].after = next_of(b, ps);
		ends[n].from = from;
		from += count_stages(br);
		pipeline_enter(b->pl, self, kind, i + 1);
		build_branch(&ends[n]);
		ends[n].from = b->from;
		if (ends[n].last)
			align(&ends[n++], ps, br);
		pipeline_leave(b->pl);
	}
	b->last = NULL;
	if (n)
		flow_together(b, ps, ends, n);
	free(ends);
}

static void build_branch(struct builder *b)
{
	const struct plan_branch *br = b->branch;
	for (int i = 0; i < br->nstages;) {
		const struct plan_stage *ps = &br->stages[i];
		b->batched = ps->batched_in;
		if (ps->nbranches) {
			build_block(b, ps);
			i++;
		} else if (is_pure(ps) || closes_segment(ps)) {
			i = build_segment(b, i);
		} else {
			build_node(b, ps);
			i++;
		}
		b->batched = ps->batched_out;
		if (ps->spec && (ps->spec->flags & SPEC_SINK))
			b->last = NULL;
	}
}

/* ---- the whole ---- */

/* `count | top 10`: an aggregate need only put in order what will be used of it. What comes more than once, of windows or
 * batches, is used each time. */
static void hint_limits(const struct plan_branch *br)
{
	for (int i = 0; i < br->nstages; i++)
		for (int k = 0; k < br->stages[i].nbranches; k++)
			hint_limits(&br->stages[i].branches[k]);
	for (int i = 0; i + 1 < br->nstages; i++) {
		if (br->stages[i].nbranches || br->stages[i + 1].nbranches || br->stages[i].batched_out)
			continue;
		const struct agg_ops *agg = agg_of(&br->stages[i]);
		const struct stage_desc *next = desc_of(&br->stages[i + 1]);
		bool largest = false;
		int64_t n = agg && agg->limit && next->uses_most ? next->uses_most(br->stages[i + 1].priv, &largest) : -1;
		if (n >= 0)
			agg->limit(br->stages[i].priv, n, largest);
	}
}

static bool *flag_of(struct edge *e, size_t flag)
{
	return (bool *)((char *)e + flag);
}

/* Where a subscription has the flag (its place in struct edge), so have those of its producer, unless that stops it. */
static void spread(struct pipeline *pl, size_t flag, bool (*stops)(const struct node *producer))
{
	bool more = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < pl->nedges; i++) {
			struct edge *e = pl->edges[i];
			if (!*flag_of(e, flag) || stops(e->from))
				continue;
			for (int k = 0; k < e->from->nin; k++) {
				bool *before = flag_of(e->from->in[k], flag);
				more = more || !*before;
				*before = true;
			}
		}
	}
}

static bool cannot_hand_on_failures(const struct node *nd)
{
	return !nd->hands_on_failures;
}

static int copies_of(const struct plan_stage *ps)
{
	return ps->copies ? ps->copies : 1;
}

/* Stages are numbered as they are written; each copy of a branch has numbers of its own. */
static int count_stages(const struct plan_branch *br)
{
	int n = br->nstages;
	for (int i = 0; i < br->nstages; i++)
		for (int k = 0; k < br->stages[i].nbranches; k++)
			n += copies_of(&br->stages[i]) * count_stages(&br->stages[i].branches[k]);
	return n;
}

static const struct plan_stage **list_stages(const struct plan_branch *br, const struct plan_stage **next)
{
	for (int i = 0; i < br->nstages; i++) {
		*next++ = &br->stages[i];
		for (int k = 0; k < copies_of(&br->stages[i]) * br->stages[i].nbranches; k++)
			next = list_stages(&br->stages[i].branches[k % br->stages[i].nbranches], next);
	}
	return next;
}

int build_count(const struct plan *plan)
{
	return count_stages(&plan->main);
}

/* Numbers the copies of each stage. */
static void label_stages(struct pipeline *pl, const struct plan_stage *const *stages, struct arena *arena)
{
	int ndistinct = 0, *firsts = mem_zalloc((size_t)pl->nstages * sizeof *firsts);
	int *copies = mem_zalloc((size_t)pl->nstages * sizeof *copies);
	for (int i = 0; i < pl->nstages; i++) {
		struct stage_info *st = &pl->stages[i];
		int k = 0;
		while (k < ndistinct && stages[firsts[k]] != stages[i])
			k++;
		if (k == ndistinct)
			firsts[ndistinct++] = i;
		st->first = firsts[k];
		copies[k]++;
		st->label = st->name;
		if (copies[k] == 1)
			continue;
		struct str text = {0};
		str_addf(&text, "%s#%d", st->name, copies[k]);
		st->label = arena_strdup(arena, text.p);
		if (copies[k] == 2) {
			text.p[text.len - 1] = '1';
			pl->stages[st->first].label = arena_strdup(arena, text.p);
		}
		str_release(&text);
	}
	free(copies);
	free(firsts);
}

static void describe(struct pipeline *pl, const struct plan_stage *const *stages, struct arena *arena)
{
	for (int i = 0; i < pl->nstages; i++) {
		struct stage_info *st = &pl->stages[i];
		st->name = stages[i]->name;
		st->dead = stages[i]->dead;
		st->max_failures = stages[i]->max_failures;
	}
	label_stages(pl, stages, arena);
}

void build_pipeline(struct pipeline *pl, struct plan *plan)
{
	const struct plan_stage **stages = mem_zalloc((size_t)pl->nstages * sizeof *stages);
	struct builder b = {.pl = pl, .arena = &plan->arena, .stages = stages, .branch = &plan->main};
	list_stages(&plan->main, stages);
	describe(pl, stages, &plan->arena);
	if (pl->opt.fuse)
		hint_limits(&plan->main);
	build_branch(&b);
	/* Whoever feeds a consumer that may not use all must not read ahead either, up to the next aggregate ... */
	spread(pl, offsetof(struct edge, exact), segment_aggregates);
	/* ... nor report what failed behind the event at which it stops, up to whoever cannot hand failures on. */
	spread(pl, offsetof(struct edge, carries_failures), cannot_hand_on_failures);
	free(stages);
}
