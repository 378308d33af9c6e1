/* Timers: absolute deadlines on the monotonic clock, in a binary heap. */
#ifndef ENGINE_CORE_TIMER_H
#define ENGINE_CORE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_NEVER INT64_MAX

struct timer {
	int64_t deadline_ns;
	size_t place; /* in the heap, from 1; 0: not set */
	void *owner;  /* the node that it wakes; NULL: the pipeline's own */
};

struct timers {
	struct timer **heap; /* heap[0] is the earliest */
	size_t n, cap;
};

void timers_release(struct timers *ts);           /* forgets all; the timers are their owners' */
void timer_set(struct timers *ts, struct timer *t, int64_t deadline_ns); /* sets, or moves */
void timer_cancel(struct timers *ts, struct timer *t);                  /* no harm where it is not set */
static inline bool timer_is_set(const struct timer *t) { return t->place != 0; }
int64_t timers_next(const struct timers *ts);     /* the earliest deadline, or TIMER_NEVER */
struct timer *timers_expired(struct timers *ts, int64_t now_ns); /* removes and returns one that is due, or NULL */

#endif
