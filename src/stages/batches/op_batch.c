/* batch: groups of events that later stages treat as a unit. Complete at N events, T after the first, at SIZE bytes, or
 * before an event that begins a new one, whichever comes first; `auto`: as soon as the next stage is free. */
#include "config.h"

#include "base/clock.h"
#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/lease.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"
#include "stages/shared/stages.h"

#define AUTO_EVENTS 1000

struct batch {
	bool automatic, all;
	int64_t n, t_ns, bytes;
	struct expr *start, *end;
	const struct schema *schema;
};

struct gather {
	struct chunk *open;  /* the batch that is being gathered, or NULL */
	uint64_t bytes;      /* in it, terminators counted */
	bool complete;       /* it waits for demand */
	struct chunk *failed; /* only carries failures: before the first event of a batch */
	struct chunk *rest;  /* a delivery of which events are left, from rest->pos on */
	int64_t handled;     /* events of rest that are in batches already */
};

static void batch_bind(void *priv, struct bind *b)
{
	struct batch *bt = priv;
	bt->schema = bind_schema(b);
	if (bind_batched(b))
		bind_error(b, "these are batches already: put `unbatch` before it to group them anew");
	if (bt->automatic && bt->n < 0)
		bt->n = AUTO_EVENTS;
	if (bt->t_ns == 0)
		bind_arg_error(b, 1, "the time must be more than 0");
	if (bind_timeout(b) > 0 && bt->t_ns > bind_timeout(b))
		bind_arg_warning(b, 1, "longer than --timeout: no batch will wait that long");
	if (bt->automatic && bt->t_ns >= 0)
		bind_error(b, "`auto` and a time exclude each other");
	if (bt->n < 0 && bt->t_ns < 0 && bt->bytes < 0 && !bt->start && !bt->end && !bt->all)
		bind_error(b, "say when a batch is complete: N, a time, bytes=, start=, end=, all or auto");
	bind_set_batched(b, true);
}

static bool batch_start(struct node *nd)
{
	struct gather *g = nd->state;
	g->failed = chunk_new(&nd->pl->blocks, 0, 0);
	return true;
}

/* What carries failures now. */
static struct chunk *failures_of(struct gather *g)
{
	return g->open ? g->open : g->failed;
}

/* Is expr, NULL for never, true for event i? 1, 0, or -1: the event failed. */
static int is_true(struct node *nd, const struct expr *expr, const struct chunk *ck, uint32_t i)
{
	struct chunk *failed = failures_of(nd->state);
	if (!expr)
		return 0;
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, failed);
	struct eval *ev = work_eval(w);
	struct event e = stage_event(ck, i, ev);
	int starts = expr_test(expr, ev, &e);
	if (starts < 0)
		work_fail(w, e.whole, ev->error);
	arena_clear(&ev->scratch);
	if (!nd->out[0]->carries_failures)
		report_failures(nd->pl, failed);
	return starts;
}

static void open_batch(struct node *nd, const struct chunk *from)
{
	const struct batch *bt = nd->priv;
	struct gather *g = nd->state;
	g->open = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	g->open->batch = true;
	g->open->term = from->term;
	g->open->ncols = stage_ncols(bt->schema);
	chunk_pass_failures(g->failed, g->failed->n, g->open);
	chunk_clear(g->failed);
	g->bytes = 0;
	if (bt->t_ns >= 0)
		timer_set(&nd->pl->loop.timers, &nd->timer, clock_now() + bt->t_ns);
}

/* Takes events of the rest into the open batch until that is complete or the rest used up. */
static void gather(struct node *nd)
{
	const struct batch *bt = nd->priv;
	struct gather *g = nd->state;
	struct chunk *ck = g->rest;
	uint32_t from = ck->pos;
	while (ck->pos < ck->n && !g->complete) {
		chunk_pass_failures(ck, ck->pos, failures_of(g));
		uint64_t bytes = (uint64_t)ck->ev[ck->pos].len + 1;
		bool too_big = bt->bytes >= 0 && g->bytes + bytes > (uint64_t)bt->bytes;
		int starts = is_true(nd, bt->start, ck, ck->pos), ends = starts < 0 ? -1 : is_true(nd, bt->end, ck, ck->pos);
		if (ends < 0) {
			ck->pos++;
			continue;
		}
		if (g->open && (too_big || starts)) {
			g->complete = true;
			break;
		}
		if (!g->open)
			open_batch(nd, ck);
		chunk_keep(g->open, ck, ck->pos++);
		g->bytes += bytes;
		g->complete = ends || (bt->n >= 0 && g->open->n >= bt->n) || (bt->bytes >= 0 && g->bytes >= (uint64_t)bt->bytes);
	}
	if (g->open) {
		chunk_share(g->open, ck);
		g->open->lease = lease_lowest(g->open->lease, ck->lease);
	}
	edge_handled(nd->in[0], ck->pos - from);
	if (ck->pos < ck->n)
		return;
	chunk_pass_failures(ck, ck->n, failures_of(g));
	g->rest = NULL;
	chunk_free(ck);
}

static void emit(struct node *nd)
{
	struct gather *g = nd->state;
	struct chunk *ck = g->open;
	bool time_up = ((const struct batch *)nd->priv)->t_ns >= 0 && !timer_is_set(&nd->timer);
	bool ended = edge_finished(nd->in[0]) && !g->rest;
	node_flushed(nd, ck->n, time_up ? FLUSH_TIME : g->complete ? FLUSH_FULL : ended ? node_end_reason(nd) : FLUSH_FREE);
	timer_cancel(&nd->pl->loop.timers, &nd->timer);
	g->open = NULL;
	g->complete = false;
	nd->pl->stages[nd->stage].counts.used += ck->n;
	node_count_out(nd, ck);
	edge_push(nd->out[0], ck);
}

/* What may be outstanding: for a consumer that may not use all, no more than the batches it has asked for can hold.
 * Without demand nothing is gathered, but where time runs from the first event, or load decides. */
static int64_t input_limit(const struct node *nd)
{
	const struct batch *bt = nd->priv;
	const struct gather *g = nd->state;
	int64_t wanted = edge_wanted(nd->out[0]);
	int64_t have = g->open ? g->open->n : 0;
	if (g->complete || (wanted == 0 && bt->t_ns < 0 && !bt->automatic))
		return 0;
	if (!nd->out[0]->exact)
		return EDGE_NO_LIMIT;
	if (bt->n < 0)
		return 1;
	return (wanted ? wanted : 1) * bt->n - have;
}

/* True where the open batch goes out now although it could hold more. */
static bool early(const struct node *nd)
{
	const struct batch *bt = nd->priv;
	const struct gather *g = nd->state;
	bool dry = !g->rest && !edge_waiting(nd->in[0]);
	return g->open && dry && (bt->automatic || edge_finished(nd->in[0]));
}

static void take_delivery(struct node *nd)
{
	struct gather *g = nd->state;
	g->rest = edge_next(nd->in[0]);
	g->rest->pos = 0;
	node_count_in(nd, g->rest);
}

static void batch_run(struct node *nd)
{
	const struct batch *bt = nd->priv;
	struct gather *g = nd->state;
	struct edge *in = nd->in[0], *out = nd->out[0];
	if (bt->t_ns >= 0 && g->open && !timer_is_set(&nd->timer))
		g->complete = true;
	for (;;) {
		edge_ask(in, input_limit(nd));
		if (g->complete || early(nd)) {
			if (edge_wanted(out) == 0)
				break;
			emit(nd);
		} else if (g->rest) {
			gather(nd);
		} else if (edge_waiting(in) && input_limit(nd) > 0) {
			take_delivery(nd);
		} else {
			break;
		}
	}
	if (!edge_finished(in) || g->rest || g->open)
		return;
	if (g->failed->failures) { /* behind the last batch */
		edge_push(out, g->failed);
		g->failed = NULL;
	}
	node_finish(nd);
}

static void batch_release(struct node *nd)
{
	struct gather *g = nd->state;
	chunk_free(g->failed);
	chunk_free(g->open);
	chunk_free(g->rest);
}

static void batch_abandon(struct node *nd)
{
	struct gather *g = nd->state;
	if (g->open) {
		g->open->pos = 0;
		report_abandoned(nd->pl, node_next_stage(nd), g->open);
	}
	if (g->rest)
		report_abandoned(nd->pl, node_next_stage(nd), g->rest);
}

static void batch_explain(const struct node *nd, struct str *out)
{
	const struct batch *bt = nd->priv;
	const char *between = "gathers";
	if (bt->n >= 0) {
		str_addf(out, "%s at most %lld events", between, (long long)bt->n);
		between = " or";
	}
	if (bt->bytes >= 0) {
		str_addf(out, "%s at most %lld bytes", between, (long long)bt->bytes);
		between = " or";
	}
	if (bt->t_ns >= 0) {
		str_addf(out, "%s for %gs", between, (double)bt->t_ns / NS_PER_S);
		between = " or";
	}
	if (bt->start)
		str_addf(out, "%s up to the event that begins the next", between);
	if (bt->end)
		str_addf(out, "%s up to the event that ends it", bt->start ? " or" : between);
	if (bt->all)
		str_addf(out, "%s all", between);
	if (bt->automatic)
		str_adds(out, ", as many as there are");
}

static const struct node_ops batch_node = {
	.state_bytes = sizeof(struct gather), .start = batch_start, .run = batch_run, .release = batch_release,
	.abandon = batch_abandon,
	.hands_on_failures = true,
	.explain = batch_explain,
};

static const struct arg_spec batch_args[] = {
	{.type = ARG_COUNT, .name = "N", .offset = offsetof(struct batch, n), .flags = ARG_OPTIONAL, .min = 1},
	{.type = ARG_DURATION, .name = "T", .offset = offsetof(struct batch, t_ns), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

static const struct opt_spec batch_opts[] = {
	{.name = "auto", .type = ARG_FLAG, .offset = offsetof(struct batch, automatic),
	 .help = "whatever has gathered (at most N, default 1000) as soon as the next stage is free"},
	{.name = "bytes", .type = ARG_SIZE, .offset = offsetof(struct batch, bytes),
	 .help = "complete before an event that would make it larger (terminators counted)"},
	{.name = "start", .type = ARG_EXPR, .offset = offsetof(struct batch, start),
	 .help = "an event for which this is true begins a new batch"},
	{.name = "end", .type = ARG_EXPR, .offset = offsetof(struct batch, end),
	 .help = "an event for which this is true is the last of its batch"},
	{.name = "all", .type = ARG_FLAG, .offset = offsetof(struct batch, all),
	 .help = "the whole input, unless something else completes it"},
	{.name = NULL},
};

const struct stage_desc op_batch = {
	.spec = {
		.name = "batch",
		.synopsis = "batch [auto] [N] [T] [bytes=SIZE] [start=EXPR] [end=EXPR] [all]",
		.summary = "groups of events that later stages treat as a unit",
		.flags = SPEC_CAN_FAIL,
		.args = batch_args,
		.opts = batch_opts,
		.priv_bytes = sizeof(struct batch),
		.bind = batch_bind,
	},
	.node = &batch_node,
};
