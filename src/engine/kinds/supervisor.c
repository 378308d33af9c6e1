/* Supervisors: see supervisor.h. Knows jobs, not what they do. */
#include "config.h"

#include "engine/kinds/supervisor.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/core/lease.h"
#include "engine/core/report.h"

#define AHEAD_BYTES (256u << 10)  /* output of a job that is not its turn yet: beyond that the job waits */
#define HELD_BYTES (16u << 20)    /* output held back in all: beyond that no new job starts */
#define HELD_LEAST 64             /* jobs done and held back: at least so many, or 4 for each that may run */
#define BACKOFF_MOST_NS (3600 * NS_PER_S)

/* Nothing is tried again. */
static bool stopping(const struct node *nd)
{
	return nd->stopping || pipeline_shared(nd->pl, nd->stage)->ended;
}

/* No event is begun any more. A source may have read thousands ahead: after Ctrl-C nobody wants a process for each of
 * them. Batches were gathered to be worked on together, and go out as long as there is time. */
static bool begins_nothing(const struct node *nd)
{
	bool over = nd->in[0]->unit == EDGE_EVENTS || nd->pl->drained;
	return pipeline_shared(nd->pl, nd->stage)->ended || (nd->stopping && over);
}

static bool is_whole(const struct supervisor *sv)
{
	return sv->policy.whole || sv->policy.retries > 0;
}

/* ---- the list ---- */

static struct supervisor_job *job_new(struct node *nd, struct chunk *in)
{
	struct supervisor *sv = nd->state;
	struct supervisor_job *job = mem_zalloc(sv->ops->job_bytes);
	job->in = in;
	job->number = ++sv->numbered;
	job->timer.owner = nd;
	job->prev = sv->last;
	if (sv->last)
		sv->last->next = job;
	else
		sv->first = job;
	sv->last = job;
	return job;
}

static void drop_output(struct supervisor *sv, struct supervisor_job *job)
{
	emitter_release(&job->out);
	sv->held_bytes -= job->out_bytes;
	job->out_bytes = 0;
}

static void job_free(struct node *nd, struct supervisor_job *job)
{
	struct supervisor *sv = nd->state;
	timer_cancel(&nd->pl->loop.timers, &job->timer);
	drop_output(sv, job);
	*(job->prev ? &job->prev->next : &sv->first) = job->next;
	*(job->next ? &job->next->prev : &sv->last) = job->prev;
	if (sv->ops->forget)
		sv->ops->forget(nd, job);
	chunk_free(job->in);
	free(job->failure);
	free(job);
}

/* ---- output ---- */

/* True where what the job gives passes as it comes. */
static bool passes(const struct supervisor *sv, const struct supervisor_job *job)
{
	return !is_whole(sv) && (sv->policy.unordered || job == sv->first);
}

static struct emitter *emitter_of(struct supervisor *sv, struct supervisor_job *job)
{
	return sv->policy.unordered ? &sv->out : &job->out;
}

static void push(struct node *nd, struct supervisor_job *job, struct chunk *ck)
{
	node_count_out(nd, ck);
	emitter_put(emitter_of(nd->state, job), nd->out[0], ck);
}

size_t supervisor_room(const struct node *nd, const struct supervisor_job *job)
{
	const struct supervisor *sv = nd->state;
	if (passes(sv, job)) {
		const struct emitter *em = sv->policy.unordered ? &sv->out : &job->out;
		return emitter_empty(em) && edge_wanted(nd->out[0]) > 0 ? SIZE_MAX : 0;
	}
	if (is_whole(sv)) /* a byte more shows that it is too much */
		return sv->policy.max_output < 0 ? SIZE_MAX : (size_t)sv->policy.max_output + 1 - job->out_bytes;
	return job->out_bytes < AHEAD_BYTES ? AHEAD_BYTES - job->out_bytes : 0;
}

static void cancel(struct node *nd, struct supervisor_job *job, const char *why)
{
	struct supervisor *sv = nd->state;
	if (job->cancelled)
		return;
	job->cancelled = why;
	timer_cancel(&nd->pl->loop.timers, &job->timer);
	drop_output(sv, job);
	sv->ops->cancel(nd, job);
}

void supervisor_give(struct node *nd, struct supervisor_job *job, struct chunk *ck)
{
	struct supervisor *sv = nd->state;
	assert(job->state == JOB_RUNNING);
	if (job->cancelled) {
		chunk_free(ck);
		return;
	}
	if (passes(sv, job)) {
		push(nd, job, ck);
		return;
	}
	uint64_t bytes = chunk_bytes(ck, 0, ck->n) + ck->n; /* with terminators: an empty line is output, too */
	job->out_bytes += bytes;
	sv->held_bytes += bytes;
	chunk_compact(ck);
	emitter_queue(&job->out, ck);
	if (is_whole(sv) && sv->policy.max_output >= 0 && job->out_bytes > (uint64_t)sv->policy.max_output)
		cancel(nd, job, "its output is longer than max_output");
}

struct chunk *supervisor_chunk(const struct node *nd, const struct supervisor_job *job, uint32_t ncols)
{
	struct chunk *ck = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	ck->term = '\n';
	ck->ncols = ncols;
	ck->lease = lease_ref(job->in->lease);
	return ck;
}

/* What was held back may go now: it moves behind what waits for demand. */
static void let_pass(struct node *nd, struct supervisor_job *job)
{
	struct supervisor *sv = nd->state;
	struct emitter waiting = job->out;
	struct chunk *ck;
	if (!job->out_bytes)
		return;
	sv->held_bytes -= job->out_bytes;
	job->out_bytes = 0;
	job->out = (struct emitter){0};
	while ((ck = emitter_take(&waiting, EDGE_NO_LIMIT))) {
		node_count_out(nd, ck);
		emitter_put(emitter_of(sv, job), nd->out[0], ck);
	}
}

/* ---- the ends of attempts ---- */

static int64_t backoff(struct supervisor *sv, const struct supervisor_job *job)
{
	int64_t pause = sv->policy.backoff_ns;
	for (int i = 1; i < job->attempt && pause < BACKOFF_MOST_NS; i++)
		pause *= 2;
	sv->random ^= sv->random << 13;
	sv->random ^= sv->random >> 7;
	sv->random ^= sv->random << 17;
	pause -= (int64_t)(sv->random % (uint64_t)(pause / 2 + 1)); /* between half of it and all */
	return pause > job->least_pause_ns ? pause : job->least_pause_ns;
}

static void pause_before_retry(struct node *nd, struct supervisor_job *job)
{
	struct supervisor *sv = nd->state;
	job->state = JOB_PAUSED;
	drop_output(sv, job);
	timer_set(&nd->pl->loop.timers, &job->timer, clock_now() + backoff(sv, job));
}

/* No attempt follows: the slot is free. */
static void finish_job(struct node *nd, struct supervisor_job *job)
{
	struct supervisor *sv = nd->state;
	timer_cancel(&nd->pl->loop.timers, &job->timer);
	job->state = JOB_DONE;
	sv->busy--;
	sv->held++;
	if (job->failure && sv->policy.retries > 0)
		drop_output(sv, job);
	edge_handled(nd->in[0], 1);
}

bool supervisor_retries(const struct node *nd, const struct supervisor_job *job)
{
	const struct supervisor *sv = nd->state;
	return job->attempt <= sv->policy.retries && !stopping(nd) && !sv->deserted;
}

void supervisor_done(struct node *nd, struct supervisor_job *job, enum supervisor_outcome outcome, const char *why)
{
	struct supervisor *sv = nd->state;
	assert(job->state == JOB_RUNNING);
	timer_cancel(&nd->pl->loop.timers, &job->timer);
	sv->running--;
	node_wake(nd);
	if (job->cancelled)
		outcome = SUPERVISOR_FAILED;
	free(job->failure);
	job->failure = outcome == SUPERVISOR_GOOD ? NULL : mem_strdup(job->cancelled ? job->cancelled : why);
	if (outcome == SUPERVISOR_FAILED && supervisor_retries(nd, job))
		pause_before_retry(nd, job);
	else
		finish_job(nd, job);
}

/* Each event of a batch that failed is a failed event. */
static void report(struct node *nd, struct supervisor_job *job)
{
	struct edge *out = nd->out[0];
	for (uint32_t i = 0; i < job->in->n; i++) {
		struct chunk *failed = chunk_new(&nd->pl->blocks, 0, 0);
		chunk_fail(failed, nd->stage, job->in->ev[i], job->failure);
		if (out->carries_failures) {
			emitter_put(emitter_of(nd->state, job), out, failed);
			continue;
		}
		if (!report_failures_exactly(nd->pl, failed))
			nd->pl->stop_asked = true;
		chunk_free(failed);
	}
}

/* Gives what a finished job has put out, and reports it; false while not all of that is wanted. */
static bool retire(struct node *nd, struct supervisor_job *job)
{
	struct supervisor *sv = nd->state;
	if (job->abandoned) {
		report_abandoned(nd->pl, nd->stage, job->in);
	} else if (!sv->deserted) {
		if (job->out_bytes && edge_wanted(nd->out[0]) <= 0)
			return false;
		let_pass(nd, job);
		if (!emitter_flush(&job->out, nd->out[0]))
			return false;
		if (job->failure)
			report(nd, job);
		else
			nd->pl->stages[nd->stage].counts.used += job->in->n;
	}
	sv->held--;
	job_free(nd, job);
	return true;
}

/* In order: the head as far as it has come, and those behind it once it has gone. */
static void retire_in_order(struct node *nd)
{
	struct supervisor *sv = nd->state;
	while (sv->first && sv->first->state == JOB_DONE)
		if (!retire(nd, sv->first))
			return;
	if (!sv->first || is_whole(sv))
		return;
	if (edge_wanted(nd->out[0]) > 0)
		let_pass(nd, sv->first);
	emitter_flush(&sv->first->out, nd->out[0]);
}

static void retire_any(struct node *nd)
{
	struct supervisor *sv = nd->state;
	emitter_flush(&sv->out, nd->out[0]);
	for (struct supervisor_job *job = sv->first, *next; job; job = next) {
		next = job->next;
		if (job->state == JOB_DONE)
			retire(nd, job);
	}
}

static void retire_done(struct node *nd)
{
	const struct supervisor *sv = nd->state;
	if (sv->policy.unordered || sv->deserted)
		retire_any(nd);
	else
		retire_in_order(nd);
}

/* ---- beginnings ---- */

static bool start(struct node *nd, struct supervisor_job *job)
{
	struct supervisor *sv = nd->state;
	enum supervisor_state before = job->state;
	job->state = JOB_RUNNING;
	job->attempt++;
	job->cancelled = NULL;
	job->least_pause_ns = 0;
	sv->busy += before == JOB_TAKEN;
	sv->running++;
	if (sv->policy.timeout_ns >= 0)
		timer_set(&nd->pl->loop.timers, &job->timer, clock_now() + sv->policy.timeout_ns);
	if (sv->ops->start(nd, job))
		return true;
	timer_cancel(&nd->pl->loop.timers, &job->timer);
	job->state = before;
	job->attempt--;
	sv->busy -= before == JOB_TAKEN;
	sv->running--;
	return false;
}

/* Starts what is due; true where any start was an end as well. */
static bool start_due(struct node *nd)
{
	struct supervisor *sv = nd->state;
	bool ended = false;
	for (struct supervisor_job *job = sv->first; job; job = job->next) {
		bool due = (job->state == JOB_TAKEN && sv->busy < sv->policy.jobs) ||
			   (job->state == JOB_PAUSED && !timer_is_set(&job->timer));
		if (due && start(nd, job))
			ended = ended || job->state != JOB_RUNNING;
	}
	return ended;
}

static void take_deliveries(struct node *nd)
{
	struct edge *in = nd->in[0];
	struct chunk *ck;
	while ((ck = edge_next(in))) {
		node_count_in(nd, ck);
		if (in->unit == EDGE_BATCHES || ck->n == 1) {
			job_new(nd, ck);
			continue;
		}
		for (uint32_t i = 0; i < ck->n; i++)
			job_new(nd, chunk_view(ck, i, 1));
		chunk_free(ck);
	}
}

/* What may be outstanding. Where the consumer may not use all, each job is taken to give one event of what it wants. */
static int64_t input_limit(const struct node *nd)
{
	const struct supervisor *sv = nd->state;
	const struct edge *out = nd->out[0];
	int64_t most = 4 * sv->policy.jobs > HELD_LEAST ? 4 * sv->policy.jobs : HELD_LEAST;
	int64_t limit = sv->policy.jobs + sv->policy.ahead, wanted = edge_wanted(out) - sv->held;
	if (edge_wanted(out) <= 0 || sv->held >= most || sv->held_bytes >= HELD_BYTES)
		return 0;
	return out->exact && wanted < limit ? wanted : limit;
}

/* ---- running ---- */

static void advance(struct node *nd)
{
	struct supervisor *sv = nd->state;
	for (struct supervisor_job *job = sv->first; job; job = job->next) {
		if (job->state == JOB_RUNNING && sv->ops->advance)
			sv->ops->advance(nd, job);
		bool late = sv->policy.timeout_ns >= 0 && !timer_is_set(&job->timer);
		if (job->state == JOB_RUNNING && late)
			cancel(nd, job, "timed out");
	}
}

/* Jobs that have not begun are forgotten; they count as held. */
static void forget_taken(struct node *nd)
{
	struct supervisor *sv = nd->state;
	for (struct supervisor_job *job = sv->first, *next; job; job = next) {
		next = job->next;
		if (job->state != JOB_TAKEN)
			continue;
		if (nd->abandons)
			report_abandoned(nd->pl, nd->stage, job->in);
		edge_handled(nd->in[0], 1);
		job_free(nd, job);
	}
}

/* What has not begun is abandoned, and so is what still comes: everything before this stage can go on to its end. */
static void abandon_input(struct node *nd)
{
	nd->abandons = true;
	forget_taken(nd);
	node_abandon_input(nd, nd->stage);
}

/* No retry follows: the last attempt's failure stands. */
static void give_up_paused(struct node *nd)
{
	struct supervisor *sv = nd->state;
	for (struct supervisor_job *job = sv->first; job; job = job->next)
		if (job->state == JOB_PAUSED)
			finish_job(nd, job);
}

/* The consumer has gone: nothing more is taken, and what runs is ended. */
static void desert(struct node *nd)
{
	struct supervisor *sv = nd->state;
	sv->deserted = true;
	edge_cancel(nd->in[0]);
	forget_taken(nd);
	give_up_paused(nd);
	for (struct supervisor_job *job = sv->first; job; job = job->next)
		if (job->state == JOB_RUNNING)
			cancel(nd, job, "not wanted any more");
	emitter_release(&sv->out);
}

static void look_at_the_run(struct node *nd)
{
	struct supervisor *sv = nd->state;
	if (node_unwanted(nd) && !sv->deserted)
		desert(nd);
	if (stopping(nd))
		give_up_paused(nd);
	if (!begins_nothing(nd) || nd->in[0]->cancelled)
		return;
	if (pipeline_cut_by(nd->pl)) {
		abandon_input(nd);
	} else {
		edge_cancel(nd->in[0]);
		forget_taken(nd);
	}
}

void supervisor_run(struct node *nd)
{
	struct supervisor *sv = nd->state;
	struct edge *in = nd->in[0];
	look_at_the_run(nd);
	retire_done(nd); /* what has become wanted makes room for what jobs put out */
	advance(nd);
	do {
		retire_done(nd);
		look_at_the_run(nd);
		if (!nd->abandons) {
			edge_ask(in, input_limit(nd));
			take_deliveries(nd);
		}
	} while (start_due(nd));
	if ((edge_finished(in) || in->cancelled) && !sv->first && emitter_empty(&sv->out))
		node_finish(nd);
}

void supervisor_stop(struct node *nd)
{
	(void)nd; /* the node is woken, and sees that it is stopping */
}

int64_t supervisor_drained(struct node *nd, int64_t grace_ns)
{
	struct supervisor *sv = nd->state;
	bool any = sv->running > 0;
	for (struct supervisor_job *job = sv->first; job; job = job->next)
		if (job->state == JOB_RUNNING && !job->cancelled) {
			job->abandoned = true;
			cancel(nd, job, "the run has ended");
		}
	return any ? grace_ns + NS_PER_MS : 0; /* SIGKILL comes first */
}

void supervisor_awaits(const struct node *nd, const char *what, const char *several, struct str *out)
{
	const struct supervisor *sv = nd->state;
	if (sv->running)
		str_addf(out, "%lld %s", (long long)sv->running, sv->running == 1 ? what : several);
}

/* What a job has put out waits for the next stage; else its event waits for the job. */
void supervisor_abandon(struct node *nd)
{
	struct supervisor *sv = nd->state;
	int next = node_next_stage(nd);
	for (struct supervisor_job *job = sv->first; job; job = job->next) {
		if (job->state != JOB_DONE)
			report_abandoned(nd->pl, nd->stage, job->in);
		emitter_abandon(&job->out, nd->pl, next);
	}
	emitter_abandon(&sv->out, nd->pl, next);
}

void supervisor_watch(struct node *nd, struct loop *loop)
{
	struct supervisor *sv = nd->state;
	for (struct supervisor_job *job = sv->first; sv->ops->watch && job; job = job->next)
		if (job->state == JOB_RUNNING)
			sv->ops->watch(nd, job, loop);
}

void supervisor_init(struct node *nd, const struct supervisor_ops *ops, const struct supervisor_policy *policy)
{
	struct supervisor *sv = nd->state;
	*sv = (struct supervisor){.ops = ops, .policy = *policy};
	sv->random = (uint64_t)clock_now() | 1;
}

/* All are told to end before the first is waited for. */
void supervisor_release(struct node *nd)
{
	struct supervisor *sv = nd->state;
	sv->deserted = true;
	for (struct supervisor_job *job = sv->first; job; job = job->next)
		if (job->state == JOB_RUNNING)
			cancel(nd, job, "not wanted any more");
	while (sv->first) {
		if (sv->first->state == JOB_RUNNING && sv->ops->release)
			sv->ops->release(nd, sv->first);
		job_free(nd, sv->first);
	}
	emitter_release(&sv->out);
}
