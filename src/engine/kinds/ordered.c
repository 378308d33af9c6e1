/* Ordered stages as nodes: see ordered.h. Knows ordered_ops, no stage. */
#include "config.h"

#include "engine/kinds/ordered.h"

#include <stdlib.h>

#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/lease.h"
#include "engine/core/report.h"

struct ordered {
	const struct ordered_ops *ops;
	const struct pure_ops *pure; /* instead of ops->run, or NULL */
	bool over;                   /* no more input: it cannot go on */
	void *state;
	bool batched_out;
	struct emitter surplus; /* what waits for demand */
	uint64_t taken;         /* events so far: the next one's place in the order of arrival */
	uint64_t seq;
	bool finishing;
};

static int64_t still_wants(const struct node *nd)
{
	const struct ordered *od = nd->state;
	if (od->over || pipeline_shared(nd->pl, nd->stage)->cut)
		return 0;
	return od->ops->want ? od->ops->want(nd->priv, od->state) : WANT_ALL;
}

/* How much of the input may be outstanding: what downstream wants, as far as its units can be compared. */
static int64_t input_limit(const struct node *nd)
{
	const struct edge *in = nd->in[0], *out = nd->out[0];
	int64_t wanted = edge_wanted(out), own = still_wants(nd);
	int64_t limit = EDGE_NO_LIMIT;
	if (wanted == 0)
		limit = 0;
	else if (in->unit == out->unit && in->unit != EDGE_BLOCKS)
		limit = wanted;
	else if (in->unit == EDGE_BATCHES)
		limit = 1;
	return own < limit ? own : limit;
}

static struct chunk *new_output(struct node *nd, const struct chunk *in)
{
	struct ordered *od = nd->state;
	bool whole = in && (in->batch || od->batched_out);
	struct chunk *out = chunk_new(&nd->pl->blocks, whole ? UINT32_MAX : 8192, whole ? UINT32_MAX : BLOCK_BYTES);
	out->term = in ? in->term : nd->pl->opt.term;
	uint32_t (*ncols)(const void *) = od->pure ? od->pure->ncols : od->ops->ncols;
	out->ncols = ncols ? ncols(nd->priv) : in ? in->ncols : 0;
	out->batch = od->pure ? in && in->batch : od->batched_out;
	if (in)
		out->lease = lease_ref(in->lease);
	out->seq = od->seq >> 32;
	out->index = (uint32_t)od->seq;
	return out;
}

/* max_failures: the stage ends with the last failure that it may have, wherever that is reported. Stages between here and
 * there then come to their end as they do with any input, and give what they hold. */
static void end_with_last_failure(struct node *nd, struct chunk *out)
{
	struct ordered *od = nd->state;
	struct stage_info *st = pipeline_shared(nd->pl, nd->stage);
	if (st->max_failures < 0)
		return;
	for (struct failure *f = out->failures; f; f = f->next) {
		if (f->stage != nd->stage || ++st->made_failures < (uint64_t)st->max_failures)
			continue;
		st->counts.used -= od->ops->uses ? 0 : out->n - f->at;
		chunk_end_with(out, f);
		st->cut = true;
		pipeline_wake_stage(nd->pl, nd->stage);
	}
}

static void push_output(struct node *nd, struct chunk *out)
{
	struct ordered *od = nd->state;
	end_with_last_failure(nd, out);
	if (!nd->out[0]->carries_failures)
		report_failures(nd->pl, out);
	od->seq += out->n;
	node_count_out(nd, out);
	emitter_put(&od->surplus, nd->out[0], out);
}

static void run_stage(struct node *nd, struct work *w, struct chunk *in, struct chunk *out)
{
	struct ordered *od = nd->state;
	uint32_t from = in->pos, n_out = out->n, nfailures = out->nfailures;
	if (od->pure)
		od->pure->run(nd->priv, w, in, out);
	else
		od->ops->run(nd->priv, od->state, w, in, out);
	uint32_t taken = in->pos - from, failed = out->nfailures - nfailures;
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	c->used += od->ops->uses && !in->frame ? taken - failed : out->n - n_out;
	if (!od->ops->uses && !in->frame)
		node_dropped(nd, nd->stage, taken - (out->n - n_out) - failed);
}

/* Fills out. Failures that came with the input keep their places (those in a batch that is taken whole come behind its
 * own); those behind the last event that is wanted are not for anybody. */
static void fill(struct node *nd, struct chunk *in, struct chunk *out)
{
	struct ordered *od = nd->state;
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, out);
	w->fatal = NULL;
	for (uint32_t n = in->n; in->pos < n && !chunk_full(out) && !od->over && still_wants(nd) > 0; in->n = n) {
		uint32_t next_failure = chunk_pass_failures(in, in->pos, out);
		in->n = in->batch && od->ops->whole_batches ? n : next_failure;
		run_stage(nd, w, in, out);
		if (!w->fatal)
			continue;
		node_error(nd, "%s", w->fatal);
		od->over = true;
	}
	if (still_wants(nd) > 0)
		chunk_pass_failures(in, in->pos, out);
	else if (in->pos)
		chunk_pass_failures(in, in->pos - 1, out);
}

static void handle(struct node *nd, struct chunk *in)
{
	struct ordered *od = nd->state;
	struct edge *e = nd->in[0];
	int64_t units = edge_units(e, in);
	node_count_in(nd, in);
	in->pos = in->sub = 0;
	in->seq = od->taken >> 32;
	in->index = (uint32_t)od->taken;
	od->taken += in->n;
	do {
		struct chunk *out = new_output(nd, in);
		fill(nd, in, out);
		push_output(nd, out);
	} while (in->pos < in->n && still_wants(nd) > 0);
	chunk_free(in);
	edge_handled(e, units);
}

/* One chunk of what is left at the end; true when that was the last. */
static bool finish_some(struct node *nd)
{
	struct ordered *od = nd->state;
	if (!od->ops->finish)
		return true;
	struct chunk *out = new_output(nd, NULL);
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, out);
	bool last = od->ops->finish(nd->priv, od->state, w, out);
	push_output(nd, out);
	return last;
}

static void ordered_run(struct node *nd)
{
	struct ordered *od = nd->state;
	struct edge *in = nd->in[0], *out = nd->out[0];
	struct chunk *ck;
	if (!emitter_flush(&od->surplus, out))
		return;
	edge_ask(in, input_limit(nd));
	while (edge_wanted(out) > 0 && emitter_empty(&od->surplus) && still_wants(nd) > 0 &&
	       (ck = edge_next(in))) {
		handle(nd, ck);
		edge_ask(in, input_limit(nd));
	}
	if (still_wants(nd) <= 0)
		edge_cancel(in);
	if (!edge_finished(in) && !in->cancelled)
		return;
	while (!od->finishing && emitter_empty(&od->surplus) && edge_wanted(out) > 0)
		od->finishing = finish_some(nd);
	if ((od->finishing || !od->ops->finish) && emitter_empty(&od->surplus))
		node_finish(nd);
}

static void ordered_release(struct node *nd)
{
	struct ordered *od = nd->state;
	emitter_release(&od->surplus);
	if (od->ops->release)
		od->ops->release(nd->priv, od->state);
	free(od->state);
}

static void ordered_abandon(struct node *nd)
{
	emitter_abandon(&((struct ordered *)nd->state)->surplus, nd->pl, node_next_stage(nd));
}

static void ordered_explain(const struct node *nd, struct str *out)
{
	(void)nd;
	str_adds(out, "in order, a delivery at a time");
}

static const struct node_ops ordered_node_ops = {
	.state_bytes = sizeof(struct ordered),
	.explain = ordered_explain,
	.run = ordered_run,
	.release = ordered_release,
	.abandon = ordered_abandon,
	.hands_on_failures = true,
};

struct node *ordered_node_new(struct pipeline *pl, int stage, const struct ordered_ops *ops, const void *priv,
			      bool batched_out)
{
	struct node *nd = pipeline_node(pl, &ordered_node_ops, stage, priv);
	struct ordered *od = nd->state;
	od->ops = ops;
	od->batched_out = batched_out;
	od->state = mem_zalloc(ops->state_bytes ? ops->state_bytes : 1);
	if (ops->init)
		ops->init(priv, od->state);
	return nd;
}

struct node *ordered_node_of_pure(struct pipeline *pl, int stage, const struct pure_ops *ops, const void *priv)
{
	static const struct ordered_ops stateless = {.uses = false};
	static const struct ordered_ops expanding = {.uses = true};
	bool expands = ops->traits && (ops->traits(priv) & PURE_EXPANDS);
	struct node *nd = ordered_node_new(pl, stage, expands ? &expanding : &stateless, priv, false);
	struct ordered *od = nd->state;
	od->pure = ops;
	return nd;
}
