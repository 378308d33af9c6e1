/* A running pipeline: see pipeline.h. The heart is run_until_done; it knows nodes and edges, no stage by name. */
#include "config.h"

#include "engine/core/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/shown.h"
#include "base/str.h"
#include "observe/progress.h"
#include "engine/core/report.h"
#include "engine/core/signals.h"
#include "io/child.h"

#define PATIENCE_NS (500 * NS_PER_MS) /* after which a draining run says what it waits for */
#define RUNS_BETWEEN_POLLS 256 /* so that a busy pipeline still sees signals, timers and descriptors */

/* ---- building ---- */

void pipeline_init(struct pipeline *pl, const struct pipeline_options *opt, int nstages)
{
	*pl = (struct pipeline){.opt = *opt};
	pl->started_ns = clock_now();
	if (!pl->opt.block_bytes)
		pl->opt.block_bytes = BLOCK_BYTES;
	block_pool_init(&pl->blocks, pl->opt.block_bytes, 16);
	pl->loop.signal_fd = -1;
	pl->nworks = 1 + (opt->threads > 1 ? opt->threads : 0);
	pl->works = mem_zalloc((size_t)pl->nworks * sizeof *pl->works);
	for (int i = 0; i < pl->nworks; i++)
		pl->works[i].thread = i;
	if (opt->threads > 1)
		pl->pool = pool_new(opt->threads);
	pl->nstages = nstages;
	pl->stages = mem_zalloc((size_t)nstages * sizeof *pl->stages);
	for (int i = 0; i < nstages; i++) {
		pl->stages[i].max_failures = -1;
		pl->stages[i].dead_fd = -1;
		pl->stages[i].first = i;
	}
	pl->ready_end = &pl->ready;
	pl->idle_end = &pl->idle;
}

struct node *pipeline_node(struct pipeline *pl, const struct node_ops *ops, int stage, const void *priv)
{
	struct node *nd = mem_zalloc(sizeof *nd);
	*nd = (struct node){
		.pl = pl, .ops = ops, .stage = stage, .branch = pl->branch, .name = pl->stages[stage].name,
		.label = pl->stages[stage].label, .priv = priv,
		.state = mem_zalloc(ops->state_bytes ? ops->state_bytes : 1),
		.hands_on_failures = ops->hands_on_failures,
	};
	nd->timer.owner = nd;
	pl->nodes = mem_grow(pl->nodes, pl->nnodes + 1, &pl->nodes_cap, sizeof(struct node *));
	pl->nodes[pl->nnodes++] = nd;
	return nd;
}

void pipeline_enter(struct pipeline *pl, int stage, const char *kind, int number)
{
	pl->branches = mem_grow(pl->branches, (size_t)pl->nbranches + 1, &pl->branches_cap, sizeof *pl->branches);
	pl->branches[pl->nbranches++] = (struct branch){pl->branch, stage, kind, number};
	pl->branch = pl->nbranches;
}

void pipeline_leave(struct pipeline *pl)
{
	pl->branch = pl->branches[pl->branch - 1].parent;
}

static void add_edge(struct edge ***list, int *n, struct edge *e)
{
	*list = mem_realloc(*list, (size_t)(*n + 1) * sizeof **list);
	(*list)[(*n)++] = e;
}

struct edge *pipeline_join(struct pipeline *pl, struct node *from, struct node *to, enum edge_unit unit, int64_t max,
			   int64_t min)
{
	if (max < 0)
		max = unit == EDGE_EVENTS ? EDGE_MAX_DEMAND : 1;
	if (min < 0)
		min = max / 2;
	struct edge *e = mem_alloc(sizeof *e);
	edge_init(e, from, to, unit, max, min);
	add_edge(&from->out, &from->nout, e);
	add_edge(&to->in, &to->nin, e);
	pl->edges = mem_grow(pl->edges, pl->nedges + 1, &pl->edges_cap, sizeof(struct edge *));
	pl->edges[pl->nedges++] = e;
	return e;
}

void pipeline_release(struct pipeline *pl)
{
	if (pl->pool)
		pool_free(pl->pool);
	for (size_t i = 0; i < pl->nedges; i++)
		edge_release(pl->edges[i]);
	for (size_t i = 0; i < pl->nnodes; i++) {
		struct node *nd = pl->nodes[i];
		timer_cancel(&pl->loop.timers, &nd->timer);
		if (nd->ops->release)
			nd->ops->release(nd);
	}
	for (size_t i = 0; i < pl->nnodes; i++) {
		struct node *nd = pl->nodes[i];
		if (nd->ops->release_leases)
			nd->ops->release_leases(nd);
		free(nd->in);
		free(nd->out);
		free(nd->state);
		free(nd);
	}
	for (size_t i = 0; i < pl->nedges; i++)
		free(pl->edges[i]);
	for (int i = 0; i < pl->nworks; i++)
		if (pl->works[i].eval)
			pl->opt.eval_free(pl->works[i].eval);
	for (int i = 0; i < pl->nstages; i++)
		if (pl->stages[i].dead_fd >= 0)
			close(pl->stages[i].dead_fd);
	free(pl->nodes);
	free(pl->edges);
	free(pl->branches);
	free(pl->works);
	free(pl->stages);
	loop_release(&pl->loop);
	claims_release(&pl->claims);
	block_pool_release(&pl->blocks);
}

struct work *pipeline_work(struct pipeline *pl, int thread, int stage, struct chunk *failures)
{
	struct work *w = &pl->works[thread];
	if (!w->eval && pl->opt.eval_new)
		w->eval = pl->opt.eval_new(pl);
	w->pool = pl->pool;
	w->stage = stage;
	w->out = failures;
	return w;
}

/* ---- running ---- */

void pipeline_stop(struct pipeline *pl)
{
	for (size_t i = 0; i < pl->nnodes; i++)
		node_stop(pl->nodes[i]);
}

bool pipeline_ending(const struct pipeline *pl)
{
	int64_t timeout = pl->opt.timeout_ns;
	return signals_have_stopped() || (timeout && clock_now() - pl->started_ns >= timeout);
}

const char *pipeline_cut_by(const struct pipeline *pl)
{
	return pl->stopped_by ? "a signal" : pl->timed_out ? "--timeout" : NULL;
}

void pipeline_wake_stage(struct pipeline *pl, int stage)
{
	for (size_t i = 0; i < pl->nnodes; i++)
		if (pl->stages[pl->nodes[i]->stage].first == pl->stages[stage].first)
			node_wake(pl->nodes[i]);
}

void pipeline_abort(struct pipeline *pl)
{
	pl->aborted = true;
	pl->some_failed = pl->stage_failed = true;
}

/* ---- draining ---- */

static void begin_draining(struct pipeline *pl)
{
	int64_t now = clock_now();
	pl->draining = true;
	timer_set(&pl->loop.timers, &pl->drain, now + pl->opt.drain_ns);
	if (!pl->opt.quiet)
		timer_set(&pl->loop.timers, &pl->patience, now + PATIENCE_NS);
}

/* What the run waits for: what is under way outside, else the sinks that are not done. */
static void list_awaited(const struct pipeline *pl, struct str *out)
{
	struct str what = {0};
	for (size_t i = 0; i < pl->nnodes; i++) {
		const struct node *nd = pl->nodes[i];
		str_clear(&what);
		if (!nd->done && nd->ops->awaits)
			nd->ops->awaits(nd, &what);
		if (what.len)
			str_addf(out, "%s%s (%s)", out->len ? ", " : "", nd->name, what.p);
	}
	bool outside = out->len;
	for (size_t i = 0; i < pl->nnodes && !outside; i++)
		if (!pl->nodes[i]->done && !pl->nodes[i]->nout)
			str_addf(out, "%s%s", out->len ? ", " : "", pl->nodes[i]->name);
	str_release(&what);
}

static void tell_awaited(struct pipeline *pl)
{
	struct str names = {0};
	list_awaited(pl, &names);
	progress_hide(pl);
	say("%s has stopped the run, which waits for %s, at most %.3gs; a%s signal ends it now",
	    pipeline_cut_by(pl), names.p ? names.p : "its end", (double)pl->opt.drain_ns / NS_PER_S,
		pl->stopped_by ? " second" : "");
	str_release(&names);
}

/* What is under way outside is told to end, and has a grace for that. Then the run ends as it is. */
static void end_draining(struct pipeline *pl)
{
	int64_t grace = 0;
	pl->given_up = pl->drained;
	pl->drained = true;
	timer_cancel(&pl->loop.timers, &pl->patience);
	for (size_t i = 0; i < pl->nnodes && !pl->given_up; i++) {
		struct node *nd = pl->nodes[i];
		int64_t ns = !nd->done && nd->ops->drained ? nd->ops->drained(nd) : 0;
		grace = ns > grace ? ns : grace;
		node_wake(nd);
	}
	if (!grace) {
		pl->given_up = true;
		return;
	}
	child_signal_all(SIGTERM); /* and what they have started */
	timer_set(&pl->loop.timers, &pl->drain, clock_now() + grace);
}

/* What is left anywhere is reported. */
static void abandon_rest(struct pipeline *pl)
{
	if (pl->pool)
		pool_free(pl->pool); /* nothing is done beside us from here on */
	pl->pool = NULL;
	for (size_t i = 0; i < pl->nedges; i++)
		report_abandoned_edge(pl, pl->edges[i]);
	for (size_t i = 0; i < pl->nnodes; i++)
		if (!pl->nodes[i]->done && pl->nodes[i]->ops->abandon)
			pl->nodes[i]->ops->abandon(pl->nodes[i]);
}

void pipeline_timer(struct pipeline *pl, const struct timer *t)
{
	if (t == &pl->deadline) {
		pl->timed_out = pl->stop_asked = true;
		signals_stopping();
	} else if (t == &pl->ticker) {
		progress_tick(pl);
	} else if (t == &pl->patience) {
		tell_awaited(pl);
	} else if (t == &pl->drain) {
		end_draining(pl);
	}
}

static void run_node(struct node *nd)
{
	if (nd->done)
		return;
	if (node_unwanted(nd) && !nd->ops->winds_up) {
		node_stop(nd);
		node_finish(nd);
		return;
	}
	if (nd->pl->opt.timing)
		timing_run(nd);
	else
		nd->ops->run(nd);
}

static struct node *next_ready(struct pipeline *pl)
{
	struct node *nd = pl->ready;
	if (nd) {
		pl->ready = nd->next_ready;
		if (!pl->ready)
			pl->ready_end = &pl->ready;
		nd->ready = false;
		return nd;
	}
	nd = pl->idle;
	if (nd) {
		pl->idle = nd->next_idle;
		if (!pl->idle)
			pl->idle_end = &pl->idle;
		nd->idle = false;
	}
	return nd;
}

static bool going_on(const struct pipeline *pl)
{
	return pl->consumers_left > 0 && !pl->aborted && !pl->given_up;
}

static void run_until_done(struct pipeline *pl)
{
	while (going_on(pl)) {
		struct node *nd;
		int runs = 0;
		pl->look_asked = false;
		while (going_on(pl) && !pl->look_asked && runs++ < RUNS_BETWEEN_POLLS && (nd = next_ready(pl))) {
			run_node(nd);
			loop_collect(pl);
		}
		if (going_on(pl))
			loop_wait(pl, !pl->ready && !pl->idle);
		if (pl->stop_asked)
			pipeline_stop(pl);
		if (pipeline_cut_by(pl) && !pl->draining)
			begin_draining(pl);
		pl->stop_asked = false;
		if (pl->status_asked && pl->opt.status)
			pl->opt.status(pl, pl->opt.status_arg);
		pl->status_asked = false;
	}
}

void pipeline_run(struct pipeline *pl)
{
	for (size_t i = 0; i < pl->nnodes; i++)
		pl->consumers_left += pl->nodes[i]->nout == 0;
	for (size_t i = 0; i < pl->nnodes; i++) {
		struct node *nd = pl->nodes[i];
		node_wake(nd);
		if (nd->ops->start && !nd->ops->start(nd)) {
			pl->some_failed = pl->stage_failed = true;
			node_finish(nd);
		}
	}
	if (pl->opt.timeout_ns)
		timer_set(&pl->loop.timers, &pl->deadline, pl->started_ns + pl->opt.timeout_ns);
	progress_begin(pl);
	run_until_done(pl);
	if (pl->given_up)
		abandon_rest(pl);
	pipeline_stop(pl);
	progress_end(pl);
	bool good = !pl->stage_failed && !pipeline_cut_by(pl);
	for (size_t i = 0; i < pl->nnodes; i++)
		if (pl->nodes[i]->ops->commit)
			pl->nodes[i]->ops->commit(pl->nodes[i], good);
	report_rest(pl);
}

bool pipeline_gave(const struct pipeline *pl)
{
	for (size_t i = 0; i < pl->nnodes; i++) {
		const struct node *nd = pl->nodes[i];
		const struct counts *c = &pl->stages[nd->stage].counts;

		if (nd->nout == 0 && (c->in || c->in_bytes))
			return true;
	}
	return false;
}
