/* pipe WORD...: a long-lived process, or several: events in on standard input, lines out, with no correspondence between
 * them. One that dies with events still to come is started again, within limits (GenStage's max_restarts).
 *
 * What was written to a process counts as used when it ends well, and as failed when it does not: nobody can say what it
 * had done by then. What was not written yet goes to the next one. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/pipeline.h"
#include "io/process.h"
#include "engine/core/report.h"
#include "stages/processes/command.h"
#include "stages/sources/files.h"

#define MAX_RESTARTS 3
#define WITHIN_NS (5 * NS_PER_S)

struct pipe {
	struct word_list words;
	const char *path;
	int64_t jobs, max_restarts, within_ns;
	struct int_list ok;
	struct slice sep;
	const struct envelope *envelope; /* of what it is given, or NULL */
};

/* A delivery, or its rest, on its way to a process. */
struct sent {
	struct sent *next;
	struct chunk *ck;
	uint64_t begin;         /* where its first event begins in all that the process is given */
};

struct worker {
	struct process process;
	bool running;           /* started, and its end not dealt with */
	struct sent *first, **last; /* given to its writer and perhaps not written yet */
	uint64_t given;         /* bytes given to its writer */
	uint64_t events;        /* written to it, wholly or in part, and given to its writer */
};

struct pipe_state {
	struct worker *workers;
	int64_t n, turn;        /* turn: where giving out begins next */
	struct emitter rest;    /* events that a process died before it got them */
	int64_t *restarts;      /* when, the oldest at `oldest`: a ring of max_restarts */
	int64_t oldest;
	bool over;              /* nothing more is given to any: restarted too often, or nobody wants the output */
	uint64_t nr;
};

/* ---- before anything runs ---- */

static void pipe_bind(void *priv, struct bind *b)
{
	struct pipe *p = priv;
	sep_bind(b, p->sep);
	if (p->words.n)
		p->path = program_find(b, slice_str(p->words.words[0]));
	ok_bind(&p->ok, b);
	p->envelope = stage_envelope(b, false);
	if (p->within_ns == 0)
		bind_opt_error(b, "within", "the time must be more than 0");
	if (p->max_restarts < 0)
		p->max_restarts = MAX_RESTARTS;
	if (p->within_ns < 0)
		p->within_ns = WITHIN_NS;
	bind_new_schema(b, SCHEMA_SPLIT, false);
	bind_set_batched(b, false);
}

/* ---- what a process is given ---- */

static bool can_take(const struct worker *w)
{
	return w->running && w->process.in >= 0 && !w->process.blocked && !writer_full(&w->process.writer);
}

/* What ends an event there, or goes before the next one. */
static size_t end_bytes(const struct envelope *env)
{
	return env && env->between.p ? env->between.len : 1;
}

static void give(const struct pipe *p, struct worker *w, struct chunk *ck)
{
	struct sent *s = mem_alloc(sizeof *s);
	if (!w->given)
		w->given = envelope_opening(p->envelope);
	*s = (struct sent){.ck = chunk_view(ck, 0, ck->n), .begin = w->given};
	*w->last = s;
	w->last = &s->next;
	w->given += chunk_bytes(ck, 0, ck->n) + ck->n * end_bytes(p->envelope);
	w->events += ck->n;
	writer_add(&w->process.writer, ck);
}

static void drop_first(struct worker *w)
{
	struct sent *s = w->first;
	w->first = s->next;
	if (!w->first)
		w->last = &w->first;
	chunk_free(s->ck);
	free(s);
}

/* What has been written need not be kept. */
static void forget_written(struct worker *w)
{
	while (w->first && (w->first->next ? w->first->next->begin : w->given) <= w->process.writer.bytes_written)
		drop_first(w);
}

/* It has died: events of which nothing was written are for the next one. */
static void take_back(const struct pipe *p, struct pipe_state *st, struct worker *w, uint64_t written)
{
	for (; w->first; drop_first(w)) {
		struct chunk *ck = w->first->ck;
		uint64_t begin = w->first->begin;
		uint32_t i = 0;
		while (i < ck->n && begin < written)
			begin += (uint64_t)ck->ev[i++].len + end_bytes(p->envelope);
		if (i == ck->n)
			continue;
		w->events -= ck->n - i;
		emitter_queue(&st->rest, chunk_view(ck, i, ck->n - i));
	}
}

static void forget_all(struct worker *w)
{
	while (w->first)
		drop_first(w);
}

/* ---- beginnings and ends ---- */

static bool start_worker(struct node *nd, struct worker *w)
{
	const struct pipe *p = nd->priv;
	struct pipe_state *st = nd->state;
	char **argv = mem_zalloc((size_t)(p->words.n + 1) * sizeof *argv);
	memcpy(argv, p->words.words, (size_t)p->words.n * sizeof *argv);
	struct process_spec spec = {
		.path = p->path, .argv = argv, .feeds = true, .in_term = sep_byte(p->sep, nd->pl->opt.term),
		.out_term = sep_byte(p->sep, '\n'), .envelope = p->envelope,
	};
	int err = process_start(&w->process, nd, &spec);
	free(argv);
	if (err) {
		node_error(nd, "cannot run '%s': %s", p->words.words[0], strerror(err));
		return false;
	}
	w->process.reader.nr = &st->nr;
	w->running = true;
	w->last = &w->first;
	w->given = w->events = 0;
	return true;
}

/* No process is given anything more. */
static void end_input(struct node *nd)
{
	struct pipe_state *st = nd->state;
	st->over = true;
	edge_cancel(nd->in[0]);
}

/* True where it may be started again: not too often within the time. */
static bool may_restart(struct node *nd)
{
	const struct pipe *p = nd->priv;
	struct pipe_state *st = nd->state;
	int64_t now = clock_now();
	if (p->max_restarts && now - st->restarts[st->oldest] >= p->within_ns) {
		st->restarts[st->oldest] = now;
		st->oldest = (st->oldest + 1) % p->max_restarts;
		return true;
	}
	node_error(nd, "'%s' has died too often (max_restarts=%lld): given up", p->words.words[0],
		   (long long)p->max_restarts);
	return false;
}

static bool more_to_come(const struct node *nd)
{
	const struct pipe_state *st = nd->state;
	return !st->over && (!edge_finished(nd->in[0]) || !emitter_empty(&st->rest));
}

static void died(struct node *nd, struct worker *w, const char *why)
{
	const struct pipe *p = nd->priv;
	struct str text = {0};
	str_addf(&text, "'%s': %s", p->words.words[0], why);
	report_lost(nd->pl, nd->stage, w->events, text.p);
	str_release(&text);
	if (!more_to_come(nd) || nd->pl->stopped_by)
		return;
	if (!may_restart(nd) || !start_worker(nd, w))
		end_input(nd);
}

/* It was told to end when the time for draining was over. */
static void tell_unfinished(const struct node *nd, const struct worker *w)
{
	const struct pipe *p = nd->priv;
	if (w->events)
		node_note(nd, "'%s' had not ended in time: how much it has done of %llu event%s is not known", p->words.words[0],
			  (unsigned long long)w->events, w->events == 1 ? "" : "s");
}

/* It has exited, and its output is at its end. */
static void after_exit(struct node *nd, struct worker *w)
{
	const struct pipe *p = nd->priv;
	struct pipe_state *st = nd->state;
	int status = w->process.child.status;
	char why[PROCESS_WHY_BYTES];
	process_release(&w->process);
	w->running = false;
	if (w->process.reader.too_long)
		node_error(nd, "a line of the output of '%s' is longer than --max-event (%zu bytes)", p->words.words[0],
			   nd->pl->opt.max_event);
	if (w->process.terminated) {
		if (nd->abandons)
			tell_unfinished(nd, w);
		forget_all(w);
		return;
	}
	take_back(p, st, w, w->process.fed);
	process_why(status, why);
	if (!process_failed_us(&w->process, why) && process_is_good(status, p->ok.v, p->ok.n))
		nd->pl->stages[nd->stage].counts.used += w->events;
	else
		died(nd, w, why);
}

/* ---- running ---- */

/* The next process in turn that can take something, or NULL. */
static struct worker *next_taker(struct pipe_state *st)
{
	for (int64_t i = 0; i < st->n; i++) {
		struct worker *w = &st->workers[(st->turn + i) % st->n];
		if (!can_take(w))
			continue;
		st->turn = (st->turn + i + 1) % st->n;
		return w;
	}
	return NULL;
}

static struct chunk *next_input(struct node *nd)
{
	struct pipe_state *st = nd->state;
	struct edge *in = nd->in[0];
	struct chunk *ck = emitter_take(&st->rest, EDGE_NO_LIMIT);
	if (ck || !(ck = edge_next(in)))
		return ck;
	node_count_in(nd, ck);
	edge_handled(in, edge_units(in, ck));
	return ck;
}

/* What one process gets of it: the others shall not go without. The remainder is put back. */
static struct chunk *part_of(struct pipe_state *st, struct chunk *ck)
{
	uint32_t n = ck->batch ? ck->n : (uint32_t)((ck->n + st->n - 1) / st->n);
	if (n == ck->n)
		return ck;
	struct chunk *part = chunk_view(ck, 0, n);
	emitter_queue(&st->rest, chunk_view(ck, n, ck->n - n));
	chunk_free(ck);
	return part;
}

/* As long as output is wanted: what waits for demand may be what makes the process stop reading. */
static bool wants_input(const struct node *nd)
{
	const struct pipe_state *st = nd->state;
	return !st->over && edge_wanted(nd->out[0]) > 0;
}

/* True where any process was given something. */
static bool hand_out(struct node *nd)
{
	struct pipe_state *st = nd->state;
	struct edge *in = nd->in[0];
	struct worker *w;
	bool any = false;
	while (wants_input(nd) && (w = next_taker(st))) {
		edge_ask(in, EDGE_NO_LIMIT);
		struct chunk *ck = next_input(nd);
		if (!ck)
			break;
		give(nd->priv, w, part_of(st, ck));
		any = true;
		if (st->n > 1) /* so that one that is slow is found to be */
			process_feed(&w->process);
	}
	return any;
}

static void feed(struct node *nd, struct worker *w)
{
	if (more_to_come(nd))
		process_feed(&w->process);
	else
		process_feed_end(&w->process);
	if (w->process.in >= 0)
		forget_written(w);
}

/* A chunk of each in turn, as long as any has one and it is wanted. */
static void read_outputs(struct node *nd)
{
	struct pipe_state *st = nd->state;
	struct edge *out = nd->out[0];
	for (bool more = true; more;) {
		more = false;
		for (int64_t i = 0; i < st->n && edge_wanted(out) > 0; i++) {
			struct process *p = &st->workers[i].process;
			struct chunk *ck;
			if (!st->workers[i].running || p->out < 0 || process_read(p, &ck) != READER_CHUNK)
				continue;
			node_count_out(nd, ck);
			edge_push(out, ck);
			more = true;
		}
	}
}

static void abandon(struct node *nd)
{
	struct pipe_state *st = nd->state;
	end_input(nd);
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running)
			process_terminate(&st->workers[i].process, PROCESS_GRACE_NS);
}

/* What no process was given. */
static void abandon_input(struct node *nd)
{
	struct pipe_state *st = nd->state;
	nd->abandons = true;
	emitter_abandon(&st->rest, nd->pl, nd->stage);
	node_abandon_input(nd, nd->stage);
}

static int64_t pipe_drained(struct node *nd)
{
	struct pipe_state *st = nd->state;
	bool any = false;
	for (int64_t i = 0; i < st->n; i++) {
		struct worker *w = &st->workers[i];
		if (!w->running)
			continue;
		any = true;
		take_back(nd->priv, st, w, w->process.in >= 0 ? w->process.writer.bytes_written : w->process.fed);
		process_terminate(&w->process, PROCESS_GRACE_NS);
	}
	st->over = true;
	abandon_input(nd);
	return any ? PROCESS_GRACE_NS + NS_PER_MS : 0;
}

static bool any_running(const struct pipe_state *st)
{
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running)
			return true;
	return false;
}

static void feed_all(struct node *nd)
{
	struct pipe_state *st = nd->state;
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running)
			feed(nd, &st->workers[i]);
}

static void pipe_run(struct node *nd)
{
	struct pipe_state *st = nd->state;
	if (node_unwanted(nd) && !st->over)
		abandon(nd);
	if (nd->abandons)
		abandon_input(nd);
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running) {
			process_look(&st->workers[i].process);
			process_kill_if_due(&st->workers[i].process);
		}
	read_outputs(nd);
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running && process_ended(&st->workers[i].process))
			after_exit(nd, &st->workers[i]);
	do
		feed_all(nd); /* which makes room */
	while (hand_out(nd));
	if (!any_running(st) && (!nd->abandons || edge_finished(nd->in[0]) || nd->in[0]->cancelled))
		node_finish(nd);
}

static void pipe_watch(struct node *nd, struct loop *loop)
{
	struct pipe_state *st = nd->state;
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running)
			process_watch(&st->workers[i].process, loop, edge_wanted(nd->out[0]) > 0);
}

static int64_t workers_of(const struct node *nd)
{
	const struct pipe *p = nd->priv;
	return p->jobs < 0 ? 1 : p->jobs ? p->jobs : nd->pl->opt.processors;
}

static bool pipe_start(struct node *nd)
{
	const struct pipe *p = nd->priv;
	struct pipe_state *st = nd->state;
	st->n = workers_of(nd);
	st->workers = mem_zalloc((size_t)st->n * sizeof *st->workers);
	st->restarts = mem_alloc((size_t)(p->max_restarts + 1) * sizeof *st->restarts);
	for (int64_t i = 0; i < p->max_restarts; i++)
		st->restarts[i] = clock_now() - p->within_ns;
	for (int64_t i = 0; i < st->n; i++)
		if (!start_worker(nd, &st->workers[i]))
			return false;
	return true;
}

/* All are told to end before the first is waited for. */
static void pipe_release(struct node *nd)
{
	struct pipe_state *st = nd->state;
	for (int64_t i = 0; i < st->n; i++)
		if (st->workers[i].running)
			process_terminate(&st->workers[i].process, PROCESS_GRACE_NS);
	for (int64_t i = 0; i < st->n; i++) {
		process_end(&st->workers[i].process);
		forget_all(&st->workers[i]);
	}
	emitter_release(&st->rest);
	free(st->workers);
	free(st->restarts);
}

static void pipe_awaits(const struct node *nd, struct str *out)
{
	const struct pipe_state *st = nd->state;
	int64_t n = 0;
	for (int64_t i = 0; i < st->n; i++)
		n += st->workers[i].running;
	if (n)
		str_addf(out, "%lld process%s", (long long)n, n == 1 ? "" : "es");
}

static void pipe_explain(const struct node *nd, struct str *out)
{
	int64_t n = workers_of(nd);
	str_addf(out, "%lld process%s, results as they come", (long long)n, n == 1 ? "" : "es");
}

static const struct node_ops pipe_ops = {
	.explain = pipe_explain,
	.state_bytes = sizeof(struct pipe_state),
	.start = pipe_start,
	.run = pipe_run,
	.winds_up = true,
	.drained = pipe_drained,
	.awaits = pipe_awaits,
	.watch = pipe_watch,
	.release = pipe_release,
};

static const struct arg_spec pipe_args[] = {
	{.type = ARG_CONST_COMMAND, .name = "WORD", .offset = offsetof(struct pipe, words)},
	{.type = ARG_END},
};

static const struct opt_spec pipe_opts[] = {
	{.name = "jobs", .type = ARG_COUNT, .offset = offsetof(struct pipe, jobs), .max = SPEC_COPIES_MAX,
	 .help = "how many run (default: 1; 0: the number of processors)"},
	{.name = "max_restarts", .type = ARG_COUNT, .offset = offsetof(struct pipe, max_restarts),
	 .help = "how often it is started again when it dies (default: 3) ..."},
	{.name = "within", .type = ARG_DURATION, .offset = offsetof(struct pipe, within_ns),
	 .help = "... within this time (default: 5s), before the stage fails"},
	{.name = "ok", .type = ARG_LIST, .offset = offsetof(struct pipe, ok),
	 .help = "good exit statuses (default: 0)"},
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct pipe, sep),
	 .help = "the byte that ends a record, both ways (default: newline; towards it with -0 NUL)"},
	{.name = NULL},
};

const struct stage_desc op_pipe = {
	.spec = {
		.name = "pipe",
		.synopsis = "pipe [OPTION...] WORD...",
		.summary = "one long-lived process: events in, lines out",
		.flags = SPEC_OPTIONS_FIRST,
		.args = pipe_args,
		.opts = pipe_opts,
		.priv_bytes = sizeof(struct pipe),
		.bind = pipe_bind,
	},
	.node = &pipe_ops,
	.gives_raw = true,
};
