/* A running pipeline: see pipeline.h. The heart is run_until_done; it knows nodes and edges, no stage by name. */
#include "config.h"

#include "engine/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/scan.h"
#include "base/str.h"
#include "engine/pool.h"
#include "engine/trace.h"

#define REPORTS_A_STAGE 10     /* failed events told one by one; the rest are only counted */
#define REPORT_BYTES 60        /* of the event's beginning */
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
	}
	pl->ready_end = &pl->ready;
	pl->idle_end = &pl->idle;
}

struct node *pipeline_node(struct pipeline *pl, const struct node_ops *ops, int stage, const void *priv)
{
	struct node *nd = mem_zalloc(sizeof *nd);
	*nd = (struct node){
		.pl = pl, .ops = ops, .stage = stage, .name = pl->stages[stage].name, .priv = priv,
		.state = mem_zalloc(ops->state_bytes ? ops->state_bytes : 1),
	};
	nd->timer.owner = nd;
	pl->nodes = mem_grow(pl->nodes, pl->nnodes + 1, &pl->nodes_cap, sizeof(struct node *));
	pl->nodes[pl->nnodes++] = nd;
	return nd;
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
	free(pl->works);
	free(pl->stages);
	loop_release(&pl->loop);
	block_pool_release(&pl->blocks);
}

/* ---- nodes ---- */

void node_wake(struct node *nd)
{
	struct pipeline *pl = nd->pl;
	if (nd->ready || nd->done)
		return;
	nd->ready = true;
	nd->next_ready = NULL;
	*pl->ready_end = nd;
	pl->ready_end = &nd->next_ready;
}

void node_wake_idle(struct node *nd)
{
	struct pipeline *pl = nd->pl;
	if (nd->idle || nd->done)
		return;
	nd->idle = true;
	nd->next_idle = NULL;
	*pl->idle_end = nd;
	pl->idle_end = &nd->next_idle;
}

void node_trace(const struct node *from, const struct node *to, const char *what, int64_t n)
{
	if (from->pl->trace)
		trace_line(from->pl, from->name, to->name, what, n);
}

bool node_unwanted(const struct node *nd)
{
	for (int i = 0; i < nd->nout; i++)
		if (!nd->out[i]->cancelled)
			return false;
	return nd->nout > 0;
}

void node_finish(struct node *nd)
{
	if (nd->done)
		return;
	nd->done = true;
	timer_cancel(&nd->pl->loop.timers, &nd->timer);
	for (int i = 0; i < nd->nout; i++)
		edge_end(nd->out[i]);
	for (int i = 0; i < nd->nin; i++)
		edge_cancel(nd->in[i]);
	if (nd->nout == 0)
		nd->pl->consumers_left--;
}

void node_stop(struct node *nd)
{
	if (nd->stopping || nd->done || !nd->ops->stop)
		return;
	nd->stopping = true;
	nd->ops->stop(nd);
	node_wake(nd);
}

/* Events and bytes of a chunk, as --stats counts them. */
static void measure(const struct node *nd, const struct chunk *ck, uint64_t *events, uint64_t *bytes)
{
	if (!ck->raw)
		*events += ck->n;
	if (!nd->pl->opt.count)
		return;
	for (uint32_t i = 0; i < ck->n; i++) {
		struct slice e = ck->ev[i];
		uint64_t ended = ck->raw ? scan_count(e.p, e.p + e.len, ck->term) : 0;
		*bytes += e.len - ended;
		*events += ck->raw ? ended + ((e.flags & SLICE_UNENDED) != 0) : 0;
	}
}

void node_count_in(const struct node *nd, const struct chunk *ck)
{
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	measure(nd, ck, &c->in, &c->in_bytes);
}

void node_count_out(const struct node *nd, const struct chunk *ck)
{
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	measure(nd, ck, &c->out, &c->out_bytes);
}

void node_error(const struct node *nd, const char *fmt, ...)
{
	struct str text = {0};
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	fprintf(stderr, "spile: %s: %s\n", nd->name, text.p);
	str_release(&text);
	nd->pl->some_failed = nd->pl->stage_failed = true;
}

/* ---- failed events ---- */

static void report(struct pipeline *pl, struct stage_info *st, const struct failure *f)
{
	if (pl->opt.quiet || st->reported++ >= REPORTS_A_STAGE)
		return;
	struct str text = {0};
	uint32_t n = f->event.len < REPORT_BYTES ? f->event.len : REPORT_BYTES;
	for (uint32_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)f->event.p[i];
		if (c < 0x20 || c == 0x7f)
			str_addf(&text, "\\x%02X", c);
		else
			str_addc(&text, (char)c);
	}
	fprintf(stderr, "spile: %s: %s: '%s'%s\n", st->name, f->why, text.p ? text.p : "",
		n < f->event.len ? "..." : "");
	str_release(&text);
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* Appends the event as it came in; where that fails it is reported instead. */
static void bury(struct pipeline *pl, struct stage_info *st, const struct failure *f)
{
	if (st->dead_fd == -1) {
		st->dead_fd = open(st->dead, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (st->dead_fd < 0) {
			fprintf(stderr, "spile: %s: cannot open '%s': %s\n", st->name, st->dead, strerror(errno));
			st->dead_fd = -2;
		}
	}
	struct str line = {0};
	str_add(&line, f->event.p, f->event.len);
	str_addc(&line, pl->opt.term);
	if (st->dead_fd < 0 || !write_all(st->dead_fd, line.p, line.len))
		report(pl, st, f);
	str_release(&line);
}

void pipeline_report(struct pipeline *pl, struct chunk *ck)
{
	struct failure *f = ck->failures;
	for (; f && !pl->aborted; f = f->next) {
		struct stage_info *st = &pl->stages[f->stage];
		st->counts.failed++;
		pl->some_failed = true;
		if (st->dead)
			bury(pl, st, f);
		else
			report(pl, st, f);
		if (st->max_failures >= 0 && st->counts.failed >= (uint64_t)st->max_failures) {
			fprintf(stderr, "spile: %s: %llu events failed: the run ends here (max_failures=%lld)\n", st->name,
				(unsigned long long)st->counts.failed, (long long)st->max_failures);
			pipeline_abort(pl);
		}
	}
	ck->failures = NULL;
}

static void report_rest(const struct pipeline *pl)
{
	for (int i = 0; i < pl->nstages; i++) {
		const struct stage_info *st = &pl->stages[i];
		if (st->reported > REPORTS_A_STAGE)
			fprintf(stderr, "spile: %s: %llu more events failed\n", st->name,
				(unsigned long long)(st->reported - REPORTS_A_STAGE));
	}
}

struct work *pipeline_work(struct pipeline *pl, int thread, int stage, struct chunk *failures)
{
	struct work *w = &pl->works[thread];
	if (!w->eval && pl->opt.eval_new)
		w->eval = pl->opt.eval_new();
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

void pipeline_abort(struct pipeline *pl)
{
	pl->aborted = true;
	pl->some_failed = pl->stage_failed = true;
}

static void run_node(struct node *nd)
{
	if (nd->done)
		return;
	if (node_unwanted(nd)) {
		node_stop(nd);
		node_finish(nd);
		return;
	}
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
	return pl->consumers_left > 0 && !pl->aborted;
}

static void run_until_done(struct pipeline *pl)
{
	while (going_on(pl)) {
		struct node *nd;
		int runs = 0;
		while (going_on(pl) && runs++ < RUNS_BETWEEN_POLLS && (nd = next_ready(pl)))
			run_node(nd);
		if (going_on(pl))
			loop_wait(pl, !pl->ready && !pl->idle);
	}
}

int pipeline_run(struct pipeline *pl)
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
	run_until_done(pl);
	pipeline_stop(pl);
	for (size_t i = 0; i < pl->nnodes; i++)
		if (pl->nodes[i]->ops->commit)
			pl->nodes[i]->ops->commit(pl->nodes[i], !pl->stage_failed && !pl->stopped_by);
	report_rest(pl);
	return pl->some_failed;
}
