/* The event loop: the only place that polls. Descriptors are offered afresh before each wait by the nodes that want
 * them, so that nothing goes stale. */
#ifndef ENGINE_CORE_LOOP_H
#define ENGINE_CORE_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/core/timer.h"

struct node;
struct pipeline;

struct loop {
	struct pollfd *fds;
	struct loop_offer {
		struct node *node;  /* NULL: the loop's own */
		short *ready;       /* where the answer goes */
	} *offers;
	size_t n, cap, offers_cap;
	struct timers timers;
	int signal_fd;              /* what signals_catch gave; -1: signals are not ours */
};

/* While watch() is called: wait for `events` (POLLIN, POLLOUT) on fd; *ready gets revents, and the node is woken. */
void loop_offer(struct loop *loop, int fd, short events, struct node *nd, short *ready);

/* Waits for descriptors, finished work or the next deadline (block: false polls only), then fires timers, collects
 * finished jobs and notes signals. */
void loop_wait(struct pipeline *pl, bool block);

/* Wakes the nodes whose jobs the workers have finished. */
void loop_collect(struct pipeline *pl);

void loop_release(struct loop *loop);

#endif
