/* Segments: see segment.h. Everything here runs on the loop thread but task_run and merge_and_finish. */
#include "config.h"

#include "engine/kinds/segment.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/shown.h"
#include "engine/core/lease.h"
#include "observe/progress.h"
#include "engine/core/report.h"
#include "engine/kinds/task.h"

#define INLINE_BYTES (16u << 10) /* smaller chunks run on the loop thread: handing over would take longer */
#define INLINE_EVENTS 128
#define HANDING_OVER_NS 20000    /* what handing a chunk over costs both threads, about */

/* ---- demand ---- */

static int64_t input_limit(const struct node *nd)
{
	const struct segment *sg = nd->state;
	if (sg->agg)
		return EDGE_NO_LIMIT;
	const struct edge *out = nd->out[0], *in = nd->in[0];
	int64_t wanted = edge_wanted(out);
	if (wanted == 0)
		return 0;
	if (in->unit == EDGE_BLOCKS)
		return out->exact ? 1 : EDGE_NO_LIMIT;
	if (in->unit == out->unit)
		return wanted;
	return EDGE_NO_LIMIT;
}

/* ---- the window of tasks ---- */

static struct task *task_at(struct segment *sg, unsigned i)
{
	return &sg->ring[(sg->head + i) % sg->window];
}

/* Copies of a branch learn together: were some done here and some handed over, the latter would seem to be slow. */
static double *event_ns_of(const struct segment *sg)
{
	return &pipeline_shared(sg->nd->pl, sg->nd->stage)->event_ns;
}

/* Is the chunk done sooner here than handed over? */
static bool is_small(const struct segment *sg, const struct chunk *ck)
{
	if (ck->load)
		return false;
	double event_ns = *event_ns_of(sg);
	if (!ck->raw && event_ns > 0)
		return ck->n * event_ns < HANDING_OVER_NS;
	uint64_t bytes = chunk_bytes(ck, 0, ck->n < INLINE_EVENTS ? ck->n : INLINE_EVENTS);
	return ck->n <= INLINE_EVENTS && bytes < INLINE_BYTES;
}

/* Only cutting: no work to share out, and what was cut is best used where it lies in the cache. */
static bool only_cuts(const struct segment *sg)
{
	return sg->nsteps == 1 && sg->steps[0].ops == &task_cut_ops && !sg->agg;
}

static void task_run(struct job *job, int thread)
{
	task_advance((struct task *)job, thread);
}

static void dispatch(struct task *t)
{
	struct pipeline *pl = t->nd->pl;
	const struct segment *sg = t->nd->state;
	const struct edge *e = t->nd->out[0];
	int64_t wanted = edge_wanted(e);
	t->most = !sg->agg && e->exact && e->unit == EDGE_EVENTS && wanted < OUT_EVENTS ? (uint32_t)wanted : OUT_EVENTS;
	bool small = t->begun ? t->in->n <= INLINE_EVENTS && !t->in->raw : is_small(sg, t->in);
	if (!pl->pool || small || only_cuts(sg)) {
		task_advance(t, 0);
		return;
	}
	t->running = true;
	t->job = (struct job){.run = task_run, .owner = t->nd};
	pool_submit(pl->pool, &t->job);
}

static void task_begin(struct segment *sg, struct chunk *in, int64_t units)
{
	struct task *t = task_at(sg, sg->used++);
	struct node *nd = sg->nd;
	struct chunk **buf = t->buf, *failed = t->failed;
	struct counts *counts = t->counts;
	*t = (struct task){.nd = nd, .in = in, .units = units, .buf = buf, .failed = failed, .counts = counts};
	in->seq = sg->next_seq++;
	in->pos = in->sub = 0;
	if (sg->agg)
		sg->lease = lease_lowest(sg->lease, in->lease);
	dispatch(t);
}

static void add_counts(struct segment *sg, struct task *t)
{
	for (int i = 0; i <= sg->nsteps; i++) {
		int stage = i < sg->nsteps ? sg->steps[i].stage : sg->agg ? sg->agg_stage : -1;
		if (stage < 0)
			continue;
		struct counts *to = &sg->nd->pl->stages[stage].counts, *c = &t->counts[i];
		to->in += c->in;
		to->in_bytes += c->in_bytes;
		to->out += c->out;
		to->out_bytes += c->out_bytes;
		to->used += c->used;
		to->busy_ns += c->busy_ns;
		node_dropped(sg->nd, stage, c->dropped);
		*c = (struct counts){0};
	}
}

static void task_reset(struct segment *sg, struct task *t)
{
	for (int i = 1; i < sg->nsteps; i++)
		if (t->buf[i])
			chunk_clear(t->buf[i]);
	chunk_free(t->out);
	chunk_free(t->in);
	t->out = t->in = NULL;
}

/* A thread that had to wait for its processor tells little: what is slower counts less. */
static void learn(struct segment *sg, const struct task *t)
{
	if (t->in->raw || t->in->n == 0)
		return;
	double ns = (double)t->ran_ns / t->in->n, *known = event_ns_of(sg);
	if (*known > 0)
		*known += (ns - *known) / (ns > *known ? 8 : 2);
	else
		*known = ns;
}

static void task_retire(struct segment *sg)
{
	struct task *t = task_at(sg, 0);
	learn(sg, t);
	struct edge *in = sg->nd->in[0];
	int64_t units = t->units;
	task_reset(sg, t);
	sg->head = (sg->head + 1) % sg->window;
	sg->used--;
	edge_handled(in, units);
	edge_ask(in, input_limit(sg->nd));
}

static void hand_over(struct task *t)
{
	struct segment *sg = t->nd->state;
	struct chunk *out = t->out;
	out->lease = lease_ref(t->in->lease);
	out->batch = t->in->batch;
	t->out = NULL;
	emitter_put(&sg->surplus, t->nd->out[0], out);
}

/* Reports what failed, unless that goes with the output. */
static void report_task(struct task *t)
{
	if (t->failed->failures) {
		report_failures(t->nd->pl, t->failed);
		chunk_clear(t->failed);
	}
	if (t->out && t->out->failures && !t->nd->out[0]->carries_failures)
		report_failures(t->nd->pl, t->out);
}

/* Takes the results of the tasks at the head that are done, in order. True where nothing waits for demand. */
static bool collect(struct segment *sg)
{
	while (sg->used) {
		struct task *t = task_at(sg, 0);
		if (t->running && !t->job.done)
			return true;
		t->running = false;
		report_task(t);
		sg->nd->in[0]->from->read.events += t->loaded;
		t->loaded = 0;
		if (sg->keep_counts)
			add_counts(sg, t);
		if (t->in->error) {
			node_error(sg->nd->in[0]->from, "%s", t->in->error);
			free(t->in->error);
			t->in->error = NULL;
		}
		if (t->fatal && !sg->fatal)
			sg->fatal = t->fatal;
		if (t->out && !sg->agg)
			hand_over(t);
		if (!emitter_flush(&sg->surplus, sg->nd->out[0]))
			return false;
		if (t->more && !sg->agg && edge_wanted(sg->nd->out[0]) <= 0)
			return false;
		if (t->more)
			dispatch(t);
		else
			task_retire(sg);
	}
	return true;
}

/* ---- the flow ---- */

static bool may_begin(const struct node *nd)
{
	const struct segment *sg = nd->state;
	if (sg->used == sg->window)
		return false;
	if (sg->agg)
		return true;
	return edge_wanted(nd->out[0]) > 0 && (!nd->out[0]->exact || sg->used == 0);
}

/* ---- the aggregate's end ---- */

static void merge_and_finish(struct job *job, int thread)
{
	struct segment *sg = (struct segment *)((char *)job - offsetof(struct segment, finish_job));
	int64_t begun = task_clock(sg);
	for (int i = 0; i < sg->nd->pl->nworks; i++) {
		if (!sg->partials[i])
			continue;
		if (!sg->result) {
			sg->result = sg->partials[i];
		} else {
			sg->agg->merge(sg->agg_priv, sg->result, sg->partials[i]);
			sg->agg->state_free(sg->agg_priv, sg->partials[i]);
		}
		sg->partials[i] = NULL;
	}
	if (!sg->result)
		sg->result = sg->agg->state_new(sg->agg_priv);
	struct work *w = pipeline_work(sg->nd->pl, thread, sg->agg_stage, NULL);
	w->fatal = NULL;
	sg->agg->finish(sg->agg_priv, sg->result, w);
	sg->finish_fatal = w->fatal;
	sg->finish_ns = task_clock_since(sg, begun);
}

static void begin_finish(struct node *nd)
{
	struct segment *sg = nd->state;
	sg->phase = FINISHING;
	sg->finish_job = (struct job){.run = merge_and_finish, .owner = nd};
	if (nd->pl->pool && pool_fd(nd->pl->pool) >= 0) {
		pool_submit(nd->pl->pool, &sg->finish_job);
		return;
	}
	merge_and_finish(&sg->finish_job, 0);
	sg->finish_job.done = true;
}

/* One chunk of results; true when that was the last. */
static bool emit_some(struct node *nd)
{
	struct segment *sg = nd->state;
	struct edge *e = nd->out[0];
	int64_t wanted = edge_wanted(e);
	uint32_t most = e->unit == EDGE_EVENTS && wanted < OUT_EVENTS ? (uint32_t)wanted : OUT_EVENTS;
	struct chunk *out = chunk_new(&nd->pl->blocks, most, BLOCK_BYTES);
	out->term = nd->pl->opt.term;
	out->ncols = sg->agg->ncols ? sg->agg->ncols(sg->agg_priv) : 0;
	out->lease = lease_ref(sg->lease);
	out->index = (uint32_t)sg->result_seq;
	out->seq = sg->result_seq >> 32;
	struct work *w = pipeline_work(nd->pl, 0, sg->agg_stage, out);
	w->fatal = NULL;
	bool last = sg->agg->emit(sg->agg_priv, sg->result, w, out, num_int(0));
	sg->fatal = w->fatal;
	if (nd->pl->opt.origins && !out->origins)
		chunk_number(out, sg->result_seq + 1);
	sg->result_seq += out->n;
	nd->pl->stages[sg->agg_stage].counts.out += out->n;
	if (sg->keep_counts)
		nd->pl->stages[sg->agg_stage].counts.out_bytes += chunk_bytes(out, 0, out->n);
	report_failures(nd->pl, out);
	if (out->n)
		edge_push(e, out);
	else
		chunk_free(out);
	return last;
}

static void emit(struct node *nd)
{
	struct segment *sg = nd->state;
	while (edge_wanted(nd->out[0]) > 0 && !sg->fatal)
		if (emit_some(nd) && !sg->fatal) {
			lease_unref(sg->lease);
			sg->lease = NULL;
			node_finish(nd);
			return;
		}
}

static void end_of_input(struct node *nd)
{
	struct segment *sg = nd->state;
	if (!sg->agg) {
		node_finish(nd);
		return;
	}
	if (sg->phase == FLOWING)
		begin_finish(nd);
	if (sg->phase == FINISHING && sg->finish_job.done) {
		sg->phase = EMITTING;
		sg->fatal = sg->finish_fatal;
		nd->pl->stages[sg->agg_stage].counts.busy_ns += sg->finish_ns;
	}
	if (sg->phase == EMITTING && !sg->fatal)
		emit(nd);
}

static void give_up(struct node *nd)
{
	struct segment *sg = nd->state;
	progress_hide(nd->pl);
	say("%s: %s", nd->pl->stages[sg->agg_stage].name, sg->fatal);
	pipeline_abort(nd->pl);
}

/* Work is under way on the workers. */
static bool is_working(struct segment *sg)
{
	for (unsigned i = 0; i < sg->used; i++) {
		const struct task *t = task_at(sg, i);
		if (t->running && !t->job.done)
			return true;
	}
	return sg->phase == FINISHING && !sg->finish_job.done;
}

static void segment_run(struct node *nd)
{
	struct segment *sg = nd->state;
	struct edge *in = nd->in[0];
	bool clear = collect(sg);
	edge_ask(in, input_limit(nd));
	while (clear && may_begin(nd)) {
		struct chunk *ck = edge_next(in);
		if (!ck)
			break;
		task_begin(sg, ck, edge_units(in, ck));
		clear = collect(sg);
		edge_ask(in, input_limit(nd));
	}
	if (clear && !sg->fatal && sg->used == 0 && edge_finished(in))
		end_of_input(nd);
	if (sg->fatal)
		give_up(nd);
	nd->working = sg->keep_times && is_working(sg);
}

static void segment_release(struct node *nd)
{
	struct segment *sg = nd->state;
	emitter_release(&sg->surplus);
	for (unsigned i = 0; i < sg->window; i++) {
		struct task *t = &sg->ring[i];
		chunk_free(t->out);
		chunk_free(t->in);
		for (int k = 1; k < sg->nsteps; k++)
			chunk_free(t->buf[k]);
		chunk_free(t->failed);
		free(t->buf);
		free(t->counts);
	}
	for (int i = 0; sg->agg && i < nd->pl->nworks; i++)
		if (sg->partials[i])
			sg->agg->state_free(sg->agg_priv, sg->partials[i]);
	if (sg->result)
		sg->agg->state_free(sg->agg_priv, sg->result);
	lease_unref(sg->lease);
	free(sg->partials);
	free(sg->ring);
	free(sg->steps);
}

/* A task's events lie before the step that would read them next. */
static void abandon_task(struct segment *sg, struct task *t)
{
	struct node *nd = sg->nd;
	struct pipeline *pl = nd->pl;
	if (t->out) {
		t->out->pos = t->out->sub = 0;
		t->out->lease = t->out->lease ? t->out->lease : lease_ref(t->in->lease);
		report_abandoned(pl, node_next_stage(nd), t->out);
	}
	for (int i = sg->nsteps - 1; i >= 1; i--) {
		struct chunk *ck = t->buf[i];
		if (!ck || ck->pos >= ck->n || lease_again(t->in->lease))
			continue;
		report_abandoned(pl, sg->steps[i].stage >= 0 ? sg->steps[i].stage : nd->stage, ck);
	}
	if (t->in && t->in->pos < t->in->n)
		report_abandoned(pl, nd->stage, t->in);
}

static void segment_abandon(struct node *nd)
{
	struct segment *sg = nd->state;
	emitter_abandon(&sg->surplus, nd->pl, node_next_stage(nd));
	for (unsigned i = 0; i < sg->used && !sg->agg; i++)
		abandon_task(sg, task_at(sg, i));
}

static void segment_explain(const struct node *nd, struct str *out)
{
	const struct segment *sg = nd->state;
	const char *between = "segment: ";
	for (int i = 0; i < sg->nsteps; i++) {
		if (sg->steps[i].stage < 0)
			continue;
		str_addf(out, "%s%s", between, nd->pl->stages[sg->steps[i].stage].name);
		between = " | ";
	}
	if (sg->agg)
		str_addf(out, "%s%s, which takes in all before it gives", between, nd->pl->stages[sg->agg_stage].name);
	if (!out->len && nd->in[0]->unit == EDGE_BLOCKS)
		str_addf(out, "cuts blocks into events for %s", nd->name);
	else if (!out->len)
		str_addf(out, "gives events the fields that %s expects", nd->name);
}

static const struct node_ops segment_ops = {
	.state_bytes = sizeof(struct segment),
	.pooled = true,
	.explain = segment_explain,
	.run = segment_run,
	.release = segment_release,
	.abandon = segment_abandon,
	.hands_on_failures = true,
};

/* ---- building ---- */

bool segment_aggregates(const struct node *nd)
{
	return nd->ops == &segment_ops && ((const struct segment *)nd->state)->agg;
}

int segment_credit(const struct pipeline *pl)
{
	return pl->pool ? pl->opt.threads + 2 : 1;
}

static unsigned traits(const struct segment_step *s, const struct pipeline *pl)
{
	unsigned t = s->ops->traits ? s->ops->traits(s->priv) : 0;
	bool hidden = pl->opt.count || !pl->opt.fuse || ((t & PURE_ORIGINS) && pl->opt.origins);
	return hidden ? t & (PURE_EXPANDS | PURE_READS) : t;
}

/* `words | map lower($0)`: mapping the text before it is cut into words is one pass over whole blocks. */
static void swap_bytewise(struct segment_step *s, int n, const struct pipeline *pl)
{
	for (int i = 0; i + 1 < n; i++)
		if ((traits(&s[i], pl) & PURE_PIECES) && (traits(&s[i + 1], pl) & PURE_BYTEWISE)) {
			struct segment_step t = s[i];
			s[i] = s[i + 1];
			s[i + 1] = t;
		}
}

static void add_step(struct segment *sg, const struct segment_step *s, unsigned t)
{
	uint32_t before = sg->nsteps ? sg->steps[sg->nsteps - 1].ncols : 0;
	sg->steps[sg->nsteps++] = (struct step){
		.ops = s->ops, .priv = s->priv, .stage = s->stage, .expands = t & PURE_EXPANDS,
		.ncols = s->ops->ncols ? s->ops->ncols(s->priv) : before,
	};
}

static void add_steps(struct segment *sg, const struct segment_plan *plan, const struct pipeline *pl)
{
	static const struct segment_step cut = {.ops = &task_cut_ops, .stage = -1};
	struct segment_step *s = mem_alloc(((size_t)plan->nsteps + 1) * sizeof *s);
	if (plan->nsteps)
		memcpy(s, plan->steps, (size_t)plan->nsteps * sizeof *s);
	swap_bytewise(s, plan->nsteps, pl);
	sg->steps = mem_zalloc(((size_t)plan->nsteps + 1) * sizeof *sg->steps);
	bool raw = plan->raw_in;
	for (int i = 0; i < plan->nsteps; i++) {
		unsigned t = traits(&s[i], pl);
		if (raw && !(t & (PURE_RAW_IN | PURE_READS))) {
			add_step(sg, &cut, 0);
			raw = false;
		}
		add_step(sg, &s[i], t);
		raw = raw && (t & PURE_RAW_OUT);
	}
	bool takes_raw = plan->agg ? plan->agg->raw && plan->agg->raw(plan->agg_priv) && !pl->opt.count && pl->opt.fuse : plan->raw_out;
	if (raw && !takes_raw)
		add_step(sg, &cut, 0);
	free(s);
}

struct node *segment_node_new(struct pipeline *pl, const struct segment_plan *plan)
{
	int stage = plan->nsteps && plan->steps[0].stage >= 0 ? plan->steps[0].stage : plan->agg_stage;
	struct node *nd = pipeline_node(pl, &segment_ops, stage, NULL);
	struct segment *sg = nd->state;
	sg->nd = nd;
	sg->agg = plan->agg;
	sg->agg_priv = plan->agg_priv;
	sg->agg_stage = plan->agg_stage;
	sg->keep_counts = pl->opt.count;
	sg->keep_times = pl->opt.timing;
	for (int i = 1; i < plan->nsteps; i++)
		pl->stages[plan->steps[i].stage].inner = true;
	if (plan->agg && plan->nsteps)
		pl->stages[plan->agg_stage].inner = true;
	nd->passes = !plan->nsteps && !plan->agg;
	nd->hands_on_failures = !plan->agg;
	add_steps(sg, plan, pl);
	sg->window = (unsigned)segment_credit(pl);
	sg->ring = mem_zalloc(sg->window * sizeof *sg->ring);
	for (unsigned i = 0; i < sg->window; i++) {
		struct task *t = &sg->ring[i];
		t->buf = mem_zalloc(((size_t)sg->nsteps + 1) * sizeof(struct chunk *));
		t->counts = mem_zalloc(((size_t)sg->nsteps + 1) * sizeof *t->counts);
		t->failed = chunk_new(&pl->blocks, 0, 0);
	}
	if (sg->agg)
		sg->partials = mem_zalloc((size_t)pl->nworks * sizeof(void *));
	return nd;
}
