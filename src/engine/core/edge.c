/* Subscriptions: see edge.h. The arithmetic is that of GenStage's split_batches (gen_stage.ex, elixir-lang/gen_stage). */
#include "config.h"

#include "engine/core/edge.h"

#include <assert.h>

#include "engine/core/node.h"

void edge_init(struct edge *e, struct node *from, struct node *to, enum edge_unit unit, int64_t max, int64_t min)
{
	assert(0 <= min && min < max);
	*e = (struct edge){
		.from = from, .to = to, .unit = unit, .max = max, .min = min,
	};
	e->tail = &e->head;
}

const char *edge_unit_name(enum edge_unit unit)
{
	return unit == EDGE_EVENTS ? "events" : unit == EDGE_BATCHES ? "batches" : "blocks";
}

static void drop_waiting(struct edge *e)
{
	while (e->head) {
		struct chunk *ck = e->head;
		e->head = ck->next;
		e->events_dropped += ck->raw ? 0 : ck->n - e->taken;
		e->taken = 0;
		chunk_free(ck);
	}
	e->tail = &e->head;
	e->waiting = 0;
}

void edge_release(struct edge *e)
{
	drop_waiting(e);
}

int64_t edge_units(const struct edge *e, const struct chunk *ck)
{
	if (e->unit == EDGE_BLOCKS)
		return 1;
	return e->unit == EDGE_EVENTS ? (int64_t)ck->n : ck->n > 0;
}

void edge_push(struct edge *e, struct chunk *ck)
{
	int64_t units = edge_units(e, ck);
	if (!e->from->passes)
		node_count_came(e->to, ck);
	if (!e->from->nin)
		node_count_read(e->from, ck);
	assert(!e->ended && (e->cancelled || units <= e->wanted));
	if (e->cancelled) {
		e->events_dropped += ck->raw ? 0 : ck->n;
		chunk_free(ck);
		return;
	}
	e->wanted -= units;
	ck->next = NULL;
	*e->tail = ck;
	e->tail = &ck->next;
	e->waiting += chunk_bytes(ck, 0, ck->n);
	node_wake(e->to);
}

void edge_end(struct edge *e)
{
	if (e->ended)
		return;
	e->ended = true;
	node_wake(e->to);
}

void edge_ask(struct edge *e, int64_t limit)
{
	if (e->counted > e->min || e->ended || e->cancelled)
		return;
	int64_t n = e->max - e->counted;
	if (n > limit - e->counted)
		n = limit - e->counted;
	if (n <= 0)
		return;
	e->counted += n;
	e->wanted += n;
	node_trace(e->to, e->from, "ask", n);
	node_wake(e->from);
}

/* The consumer takes n events of the head. */
static void take(struct edge *e, uint32_t n)
{
	bool was_full = e->waiting >= EDGE_BYTES;
	e->waiting -= chunk_bytes(e->head, e->taken, e->taken + n);
	if (was_full && e->waiting < EDGE_BYTES)
		node_wake(e->from);
}

static struct chunk *pop(struct edge *e)
{
	struct chunk *ck = e->head;
	e->head = ck->next;
	if (!e->head)
		e->tail = &e->head;
	ck->next = NULL;
	e->taken = 0;
	return ck;
}

struct chunk *edge_next(struct edge *e)
{
	struct chunk *ck = e->head;
	if (!ck)
		return NULL;
	int64_t most = e->max - e->min;
	uint32_t left = ck->n - e->taken;
	bool all = e->unit != EDGE_EVENTS || (e->taken == 0 && ck->n <= most);
	uint32_t n = all || left < most ? left : (uint32_t)most;
	if (n || e->unit == EDGE_BLOCKS)
		node_trace(e->from, e->to, "deliver", e->unit == EDGE_EVENTS ? n : 1);
	take(e, all ? left : n);
	if (all)
		return pop(e);
	struct chunk *view = chunk_view(ck, e->taken, n);
	e->taken += n;
	if (e->taken == ck->n)
		chunk_free(pop(e));
	return view;
}

void edge_handled(struct edge *e, int64_t units)
{
	assert(units <= e->counted);
	e->counted -= units;
}

void edge_cancel(struct edge *e)
{
	if (e->cancelled)
		return;
	e->cancelled = true;
	drop_waiting(e);
	node_wake(e->from);
}
