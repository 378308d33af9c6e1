/* What every node can do, whatever it is: wake, end, count, complain. See node.h. */
#include "config.h"

#include "engine/core/node.h"


#include "base/scan.h"
#include "base/shown.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"
#include "observe/progress.h"
#include "observe/trace.h"

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
		trace_line(from->pl, from->label, to->label, what, n, NULL);
}

void node_dropped(const struct node *nd, int stage, uint64_t n)
{
	struct stage_info *st = &nd->pl->stages[stage];
	st->counts.dropped += n;
	if (n && nd->pl->trace)
		trace_line(nd->pl, st->label, NULL, "drop", (int64_t)n, NULL);
}

const char *flush_reason_name(enum flush_reason why)
{
	static const char *const names[] = {"full", "time", "free", "end", "signal"};
	return names[why];
}

enum flush_reason node_end_reason(const struct node *nd)
{
	return pipeline_cut_by(nd->pl) ? FLUSH_SIGNAL : FLUSH_END;
}

void node_flushed(const struct node *nd, uint64_t n, enum flush_reason why)
{
	struct batches *b = &nd->pl->stages[nd->stage].batches;
	b->n[why]++;
	b->events += n;
	if (nd->pl->trace)
		trace_line(nd->pl, nd->label, NULL, "flush", (int64_t)n, flush_reason_name(why));
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

void node_abandon_input(struct node *nd, int stage)
{
	struct edge *in = nd->in[0];
	struct chunk *ck;
	edge_ask(in, EDGE_NO_LIMIT);
	while ((ck = edge_next(in))) {
		int64_t units = edge_units(in, ck);
		ck->pos = ck->sub = 0;
		report_abandoned(nd->pl, stage, ck);
		chunk_free(ck);
		edge_handled(in, units);
		edge_ask(in, EDGE_NO_LIMIT);
	}
}

int node_next_stage(const struct node *nd)
{
	return nd->nout ? nd->out[0]->to->stage : nd->stage;
}

/* Events and bytes of a chunk, as --stats counts them. */
static void measure(const struct node *nd, const struct chunk *ck, uint64_t *events, uint64_t *bytes)
{
	if (!ck->raw)
		*events += ck->n;
	if (!nd->pl->opt.count) {
		*bytes += ck->raw ? ck->n : 0; /* enough to tell whether anything came */
		return;
	}
	if (ck->raw && ck->frame) {
		*events += chunk_records(ck);
		*bytes += chunk_bytes(ck, 0, ck->n);
		return;
	}
	for (uint32_t i = 0; i < ck->n; i++) {
		struct slice e = ck->ev[i];
		uint64_t ended = ck->raw ? scan_count(e.p, e.p + e.len, ck->term) : 0;
		*bytes += e.len - ended;
		*events += ck->raw ? ended + ((e.flags & SLICE_UNENDED) != 0) : 0;
	}
}

void node_count_read(struct node *nd, const struct chunk *ck)
{
	if (nd->pl->progress && !ck->load)
		nd->read.events += chunk_records(ck);
}

void node_count_in(const struct node *nd, const struct chunk *ck)
{
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	measure(nd, ck, &c->in, &c->in_bytes);
}

void node_count_came(const struct node *nd, const struct chunk *ck)
{
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	if (nd->pl->opt.count)
		measure(nd, ck, &c->came, &c->came_bytes);
}

void node_count_out(const struct node *nd, const struct chunk *ck)
{
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	measure(nd, ck, &c->out, &c->out_bytes);
}

static void tell(const struct node *nd, const char *fmt, va_list ap)
{
	struct str text = {0};
	str_vaddf(&text, fmt, ap);
	progress_hide(nd->pl);
	say("%s: %s", nd->name, text.p);
	str_release(&text);
}

void node_error(const struct node *nd, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tell(nd, fmt, ap);
	va_end(ap);
	nd->pl->some_failed = nd->pl->stage_failed = true;
}

void node_complain(const struct node *nd, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tell(nd, fmt, ap);
	va_end(ap);
	nd->pl->some_failed = true;
}

void node_note(const struct node *nd, const char *fmt, ...)
{
	va_list ap;
	if (nd->pl->opt.quiet)
		return;
	va_start(ap, fmt);
	tell(nd, fmt, ap);
	va_end(ap);
}
