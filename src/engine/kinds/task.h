/* Tasks: a segment's work on one chunk of input, on any thread. Private to segments: the loop's side of them is segment.c.
 *
 * A task touches itself, the list of steps, and the running thread's scratch and partial state only. */
#ifndef ENGINE_KINDS_TASK_H
#define ENGINE_KINDS_TASK_H

#include "base/clock.h"
#include "engine/core/emitter.h"
#include "base/pool.h"
#include "engine/kinds/segment.h"

#define OUT_EVENTS 8192        /* that a task puts out at a time */

struct step {
	const struct pure_ops *ops;
	const void *priv;
	int stage;         /* -1: cutting, which is nobody's */
	uint32_t ncols;
	bool expands;
};

struct task {
	struct job job;    /* first */
	struct node *nd;
	struct chunk *in;
	int64_t units;     /* what `in` counts on its edge */
	struct chunk **buf;   /* buf[i]: what step i reads, i >= 1 */
	struct chunk *out;    /* what the last step writes, or NULL */
	struct chunk *failed; /* only carries failures: where an aggregate ends them all */
	struct counts *counts; /* by step, and the aggregate's last */
	uint32_t most;        /* events that out, and each vector, may hold: what is wanted, where that is exact */
	uint64_t loaded;   /* events that came in with the bytes that it has loaded; for --progress */
	uint32_t made;        /* events that came of `in` so far: the next one's index */
	int64_t ran_ns;       /* time that it has taken so far */
	bool begun, running, more;
	const char *fatal;
};

struct segment {
	struct step *steps;
	int nsteps;
	const struct agg_ops *agg;
	void *agg_priv;
	int agg_stage;
	bool keep_counts, keep_times;
	struct task *ring; /* window of tasks: head, head + 1 ... */
	unsigned window, head, used;
	struct emitter surplus; /* the head's output, as far as nobody has asked for it */
	uint64_t next_seq;
	void **partials;   /* by thread, or NULL where it has absorbed nothing */
	struct lease *lease; /* the lowest of what was absorbed */
	struct job finish_job;
	struct node *nd;
	enum { FLOWING, FINISHING, EMITTING } phase;
	void *result;
	const char *fatal;
	int64_t finish_ns;       /* how long the finishing job took, where times are kept */
	const char *finish_fatal; /* the finishing job's, until it is done */
	uint64_t result_seq;
};

/* Stands before the first step that takes no raw chunks. */
extern const struct pure_ops task_cut_ops;

/* Takes the task's input as far through the steps as its output has room: t->more where some is left. On the loop thread
 * (thread 0) or on a worker. */
void task_advance(struct task *t, int thread);

/* How long something takes, in ns; the clock is only read where times are kept. */
static inline int64_t task_clock(const struct segment *sg)
{
	return sg->keep_times ? clock_now() : 0;
}

static inline int64_t task_clock_since(const struct segment *sg, int64_t begun)
{
	return sg->keep_times ? clock_now() - begun : 0;
}

#endif
