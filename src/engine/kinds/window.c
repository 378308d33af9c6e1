/* Windowed aggregates: see window.h. Knows agg_ops, no stage. */
#include "config.h"

#include "engine/kinds/window.h"

#include "base/clock.h"
#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/lease.h"
#include "engine/core/report.h"

struct window {
	const struct agg_ops *ops;
	void *priv;
	int64_t every_ns, every_events;
	void *state;           /* of the open window, or NULL: no event has come */
	int64_t events;        /* in the open window */
	int64_t start_ns;      /* time windows: wall clock */
	uint64_t first_event;  /* windows by count: the number of its first event, from 1 */
	uint64_t seen;         /* events so far */
	bool due;              /* the window is complete; its results wait until they are wanted */
	struct chunk *failed;  /* only carries failures: those in the open window, where they go with its results */
	struct chunk *rest;    /* a delivery of which a part belongs to the next window */
	struct lease *lease;
	struct emitter surplus;
	uint64_t made;
};

static void open_window(struct node *nd)
{
	struct window *wn = nd->state;
	wn->state = wn->ops->state_new(wn->priv);
	wn->events = 0;
	wn->first_event = wn->seen + 1;
	if (!wn->every_ns)
		return;
	int64_t wall = clock_wall();
	wn->start_ns = wall - wall % wn->every_ns;
	timer_set(&nd->pl->loop.timers, &nd->timer, clock_now() + wn->start_ns + wn->every_ns - wall);
}

static void give_up(struct node *nd, const char *why)
{
	node_error(nd, "%s", why);
	pipeline_abort(nd->pl);
}

/* Failures go out with the results of the window that they fell into. */
static bool hands_on(const struct node *nd)
{
	return nd->hands_on_failures && nd->out[0]->carries_failures;
}

static void report_window(struct node *nd)
{
	struct window *wn = nd->state;
	report_failures(nd->pl, wn->failed);
	chunk_clear(wn->failed);
}

static void absorb(struct node *nd, struct chunk *ck)
{
	struct window *wn = nd->state;
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, wn->failed);
	uint32_t nfailures = wn->failed->nfailures + ck->nfailures;
	ck->seq = wn->seen >> 32;
	ck->index = (uint32_t)wn->seen;
	ck->pos = ck->sub = 0;
	agg_absorb(wn->ops, wn->priv, wn->state, w, ck);
	wn->lease = lease_lowest(wn->lease, ck->lease);
	wn->seen += ck->n;
	wn->events += ck->n;
	node_count_in(nd, ck);
	c->used += ck->n - (wn->failed->nfailures + ck->nfailures - nfailures);
	if (!hands_on(nd))
		report_window(nd);
	if (w->fatal)
		give_up(nd, w->fatal);
}

/* The results of the open window, as one batch. */
static struct chunk *results(struct node *nd)
{
	struct window *wn = nd->state;
	struct chunk *out = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	out->term = nd->pl->opt.term;
	out->ncols = wn->ops->ncols ? wn->ops->ncols(wn->priv) : 0;
	out->batch = true;
	out->lease = wn->lease;
	wn->lease = NULL;
	chunk_pass_failures(wn->failed, wn->failed->n, out);
	chunk_clear(wn->failed);
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, out);
	struct num start = wn->every_ns ? num_dbl((double)wn->start_ns / NS_PER_S) : num_int((int64_t)wn->first_event);
	w->fatal = NULL;
	wn->ops->finish(wn->priv, wn->state, w);
	if (w->fatal)
		give_up(nd, w->fatal);
	else
		while (!wn->ops->emit(wn->priv, wn->state, w, out, start) && !w->fatal)
			;
	if (w->fatal && !nd->pl->aborted)
		give_up(nd, w->fatal);
	out->seq = wn->made >> 32;
	out->index = (uint32_t)wn->made;
	if (nd->pl->opt.origins && !out->origins)
		chunk_number(out, wn->made + 1);
	wn->made += out->n;
	node_count_out(nd, out);
	return out;
}

static void close_window(struct node *nd)
{
	struct window *wn = nd->state;
	struct chunk *out = results(nd);
	bool full = wn->every_events && wn->events == wn->every_events;
	if (wn->every_ns || wn->every_events)
		node_flushed(nd, out->n, full ? FLUSH_FULL : wn->due ? FLUSH_TIME : node_end_reason(nd));
	wn->ops->state_free(wn->priv, wn->state);
	wn->state = NULL;
	wn->due = false;
	timer_cancel(&nd->pl->loop.timers, &nd->timer);
	if (!nd->out[0]->carries_failures)
		report_failures(nd->pl, out);
	emitter_put(&wn->surplus, nd->out[0], out);
}

/* Takes in what of ck belongs to the open window; returns the rest, or NULL. */
static struct chunk *fill(struct node *nd, struct chunk *ck)
{
	struct window *wn = nd->state;
	struct chunk *rest = NULL;
	if (!ck->n) {
		chunk_pass_failures(ck, 0, wn->failed);
		chunk_free(ck);
		return NULL;
	}
	if (!wn->state)
		open_window(nd);
	if (wn->every_events && ck->n > wn->every_events - wn->events) {
		uint32_t n = (uint32_t)(wn->every_events - wn->events);
		struct chunk *part = chunk_view(ck, 0, n);
		rest = chunk_view(ck, n, ck->n - n);
		chunk_free(ck);
		ck = part;
	}
	absorb(nd, ck);
	wn->due = wn->every_events ? wn->events == wn->every_events : !wn->every_ns;
	chunk_free(ck);
	return rest;
}

static int64_t input_limit(const struct node *nd)
{
	const struct window *wn = nd->state;
	const struct edge *in = nd->in[0], *out = nd->out[0];
	if (edge_wanted(out) == 0)
		return 0;
	if (in->unit == EDGE_BATCHES)
		return out->unit == EDGE_BATCHES ? edge_wanted(out) : 1;
	if (wn->every_events && out->exact)
		return wn->every_events - (wn->state ? wn->events : 0);
	return EDGE_NO_LIMIT;
}

static void take_next(struct node *nd)
{
	struct window *wn = nd->state;
	struct edge *in = nd->in[0];
	struct chunk *ck = wn->rest ? wn->rest : edge_next(in);
	int64_t units = edge_units(in, ck);
	wn->rest = fill(nd, ck);
	if (wn->rest)
		units -= wn->rest->n;
	edge_handled(in, units);
}

static void window_run(struct node *nd)
{
	struct window *wn = nd->state;
	struct edge *in = nd->in[0], *out = nd->out[0];
	if (!emitter_flush(&wn->surplus, out))
		return;
	if (wn->every_ns && wn->state && !timer_is_set(&nd->timer))
		wn->due = true;
	edge_ask(in, input_limit(nd));
	while (edge_wanted(out) > 0 && emitter_empty(&wn->surplus) && !nd->pl->aborted) {
		if (wn->due)
			close_window(nd);
		else if (wn->rest || edge_waiting(in))
			take_next(nd);
		else
			break;
		edge_ask(in, input_limit(nd));
	}
	if (!edge_finished(in) || wn->rest || !emitter_empty(&wn->surplus) || edge_wanted(out) <= 0)
		return;
	if (wn->state)
		close_window(nd);
	if (!emitter_empty(&wn->surplus))
		return;
	emitter_put(&wn->surplus, nd->out[0], wn->failed); /* what came behind the last window */
	wn->failed = NULL;
	node_finish(nd);
}

static void window_release(struct node *nd)
{
	struct window *wn = nd->state;
	if (wn->state)
		wn->ops->state_free(wn->priv, wn->state);
	chunk_free(wn->failed);
	chunk_free(wn->rest);
	lease_unref(wn->lease);
	emitter_release(&wn->surplus);
}

static void window_abandon(struct node *nd)
{
	struct window *wn = nd->state;
	emitter_abandon(&wn->surplus, nd->pl, node_next_stage(nd));
	if (!wn->rest)
		return;
	wn->rest->pos = 0;
	report_abandoned(nd->pl, nd->stage, wn->rest);
}

static void window_explain(const struct node *nd, struct str *out)
{
	const struct window *wn = nd->state;
	if (wn->every_ns)
		str_addf(out, "aggregate: results every %gs", (double)wn->every_ns / NS_PER_S);
	else if (wn->every_events)
		str_addf(out, "aggregate: results every %lld events", (long long)wn->every_events);
	else
		str_adds(out, "aggregate: results of each batch");
}

static const struct node_ops window_ops = {
	.state_bytes = sizeof(struct window),
	.explain = window_explain,
	.run = window_run,
	.release = window_release,
	.abandon = window_abandon,
	.hands_on_failures = true,
};

struct node *window_node_new(struct pipeline *pl, int stage, const struct agg_ops *ops, void *priv, int64_t every_ns,
			     int64_t every_events)
{
	struct node *nd = pipeline_node(pl, &window_ops, stage, priv);
	struct window *wn = nd->state;
	wn->ops = ops;
	wn->priv = priv;
	wn->every_ns = every_ns;
	wn->every_events = every_events;
	wn->failed = chunk_new(&pl->blocks, 0, 0);
	nd->hands_on_failures = !every_ns; /* a time window's would wait until it ends */
	return nd;
}
