/* Timers: see timer.h. Never asks for the time itself. */
#include "config.h"

#include "engine/core/timer.h"

#include <stdlib.h>

#include "base/mem.h"

void timers_release(struct timers *ts)
{
	for (size_t i = 0; i < ts->n; i++)
		ts->heap[i]->place = 0;
	free(ts->heap);
	*ts = (struct timers){0};
}

static void put(struct timers *ts, size_t i, struct timer *t)
{
	ts->heap[i] = t;
	t->place = i + 1;
}

static size_t sift_up(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];
	while (i > 0 && ts->heap[(i - 1) / 2]->deadline_ns > t->deadline_ns) {
		put(ts, i, ts->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(ts, i, t);
	return i;
}

static void sift_down(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];
	for (size_t kid; (kid = 2 * i + 1) < ts->n; i = kid) {
		if (kid + 1 < ts->n && ts->heap[kid + 1]->deadline_ns < ts->heap[kid]->deadline_ns)
			kid++;
		if (ts->heap[kid]->deadline_ns >= t->deadline_ns)
			break;
		put(ts, i, ts->heap[kid]);
	}
	put(ts, i, t);
}

void timer_set(struct timers *ts, struct timer *t, int64_t deadline_ns)
{
	timer_cancel(ts, t);
	ts->heap = mem_grow(ts->heap, ts->n + 1, &ts->cap, sizeof(struct timer *));
	t->deadline_ns = deadline_ns;
	put(ts, ts->n++, t);
	sift_up(ts, ts->n - 1);
}

void timer_cancel(struct timers *ts, struct timer *t)
{
	if (!t->place)
		return;
	size_t i = t->place - 1;
	t->place = 0;
	struct timer *last = ts->heap[--ts->n];
	if (last == t)
		return;
	put(ts, i, last);
	sift_down(ts, sift_up(ts, i));
}

int64_t timers_next(const struct timers *ts)
{
	return ts->n ? ts->heap[0]->deadline_ns : TIMER_NEVER;
}

struct timer *timers_expired(struct timers *ts, int64_t now_ns)
{
	if (timers_next(ts) > now_ns)
		return NULL;
	struct timer *t = ts->heap[0];
	timer_cancel(ts, t);
	return t;
}
