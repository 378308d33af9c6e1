/* The event loop: see loop.h. */
#include "config.h"

#include "engine/core/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/shown.h"
#include "io/child.h"
#include "engine/core/node.h"
#include "engine/core/pipeline.h"
#include "base/pool.h"
#include "observe/progress.h"

void loop_release(struct loop *loop)
{
	free(loop->fds);
	free(loop->offers);
	timers_release(&loop->timers);
}

void loop_offer(struct loop *loop, int fd, short events, struct node *nd, short *ready)
{
	loop->fds = mem_grow(loop->fds, loop->n + 1, &loop->cap, sizeof *loop->fds);
	loop->offers = mem_grow(loop->offers, loop->n + 1, &loop->offers_cap, sizeof *loop->offers);
	loop->fds[loop->n] = (struct pollfd){.fd = fd, .events = events};
	loop->offers[loop->n] = (struct loop_offer){.node = nd, .ready = ready};
	loop->n++;
}

/* How long to wait for the next deadline, to the nanosecond; NULL: for ever. */
static struct timespec *time_left(const struct loop *loop, struct timespec *left)
{
	int64_t next = timers_next(&loop->timers);
	if (next == TIMER_NEVER)
		return NULL;
	int64_t ns = next - clock_now();
	if (ns < 0)
		ns = 0;
	*left = (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
	return left;
}

static void take_signal(struct pipeline *pl, int sig)
{
	pl->stopped_by = sig;
	pl->stop_asked = true;
}

static void take_signals(struct pipeline *pl)
{
	unsigned char sigs[64];
	bool exits = false;
	ssize_t n;
	do {
		n = read(pl->loop.signal_fd, sigs, sizeof sigs);
		for (ssize_t i = 0; i < n; i++) {
			if (sigs[i] == SIGCHLD)
				exits = true;
			else if (sigs[i] == SIGUSR1)
				pl->status_asked = true;
			else
				take_signal(pl, sigs[i]);
		}
	} while (n == sizeof sigs);
	if (exits)
		child_reap();
}

static void tell_nodes(struct loop *loop)
{
	for (size_t i = 0; i < loop->n; i++) {
		struct loop_offer *o = &loop->offers[i];
		if (!o->node || !loop->fds[i].revents)
			continue;
		*o->ready = loop->fds[i].revents;
		node_wake(o->node);
	}
}

void loop_collect(struct pipeline *pl)
{
	for (struct job *job; pl->pool && (job = pool_collect(pl->pool));)
		node_wake(job->owner);
}

/* More descriptors than the process may have open, no memory: it would fail again at once, so the run ends. */
static void give_up(struct pipeline *pl, int err)
{
	progress_hide(pl);
	say("cannot wait for input and output: %s", strerror(err));
	pipeline_abort(pl);
}

void loop_wait(struct pipeline *pl, bool block)
{
	struct loop *loop = &pl->loop;
	short own[2] = {0, 0};
	loop->n = 0;
	for (size_t i = 0; i < pl->nnodes; i++)
		if (!pl->nodes[i]->done && pl->nodes[i]->ops->watch)
			pl->nodes[i]->ops->watch(pl->nodes[i], loop);
	if (loop->signal_fd >= 0)
		loop_offer(loop, loop->signal_fd, POLLIN, NULL, &own[0]);
	bool working = pl->pool && pool_busy(pl->pool);
	if (working)
		loop_offer(loop, pool_fd(pl->pool), POLLIN, NULL, &own[1]);
	if (working && block)
		block = pool_may_sleep(pl->pool);
	struct timespec left = {0};
	int got = ppoll(loop->fds, loop->n, block ? time_left(loop, &left) : &left, NULL);
	if (got < 0 && errno != EINTR)
		give_up(pl, errno);
	if (working)
		pool_awake(pl->pool);
	if (got > 0)
		tell_nodes(loop);
	if (loop->signal_fd >= 0)
		take_signals(pl);
	int64_t now = clock_now();
	for (struct timer *t; (t = timers_expired(&loop->timers, now));) {
		if (t->owner)
			node_wake(t->owner);
		else
			pipeline_timer(pl, t);
	}
	loop_collect(pl);
}
