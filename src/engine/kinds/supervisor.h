/* Supervisors (GenStage's ConsumerSupervisor): nodes that run a job for each event, or for each batch, that comes in. At
 * most `jobs` of them run or wait for a restart, and upstream is asked only for what they can take.
 *
 *   in edge       jobs, in input order                                      out edge
 *   ------->  [ done | running | done | paused | running | taken ]  ------->
 *                ^ the head: what it gives passes as it comes, later ones' waits (unordered: all pass as they come)
 *
 * A kind of job (a process, a transfer) embeds struct supervisor_job at the beginning of its own, begins its node's state
 * with a struct supervisor, and gives supervisor_ops. Of each attempt it reports what it puts out (supervisor_give) and how
 * it ended (supervisor_done); the supervisor does all else: demand, order, the window of what is held back, retries, time
 * limits, failures, counts, and the end.
 *
 * All of it belongs to the loop thread, and nothing here blocks. */
#ifndef ENGINE_KINDS_SUPERVISOR_H
#define ENGINE_KINDS_SUPERVISOR_H

#include "engine/core/emitter.h"
#include "engine/core/pipeline.h"

struct supervisor_job;

struct supervisor_ops {
	size_t job_bytes;  /* of the kind's struct; zeroed when the job is made */
	/* Begins an attempt, which supervisor_done ends (perhaps before this returns). False: not now; it is tried again
	 * whenever the node runs. */
	bool (*start)(struct node *nd, struct supervisor_job *job);
	/* An attempt is running, and something may have changed: does what can be done now. NULL: nothing to do. */
	void (*advance)(struct node *nd, struct supervisor_job *job);
	/* Nobody wants this attempt's output any more: its time is up, it put out too much, or the consumer has gone.
	 * supervisor_done must follow, now or soon; what it says is not believed. Called once an attempt. */
	void (*cancel)(struct node *nd, struct supervisor_job *job);
	/* Offers the descriptors of a running attempt: loop_offer. NULL: none. */
	void (*watch)(struct node *nd, struct supervisor_job *job, struct loop *loop);
	/* The job is gone: frees what it has kept from one attempt to the next. NULL: nothing. */
	void (*forget)(struct node *nd, struct supervisor_job *job);
	/* The run is over: ends a running attempt here and now and gives back all that it holds. NULL: nothing. */
	void (*release)(struct node *nd, struct supervisor_job *job);
};

struct supervisor_policy {
	int64_t jobs;         /* at once; >= 1 */
	int64_t ahead;        /* taken beyond those, so that start() has a choice */
	int64_t timeout_ns;   /* of an attempt; -1: none */
	int64_t retries;
	int64_t backoff_ns;   /* before the first retry; doubles with each */
	bool unordered;       /* output and failures pass as they come, not in the order of input */
	bool whole;           /* an attempt's output passes only when it has ended; with retries always, and only a good one's */
	int64_t max_output;   /* whole: bytes that an attempt may put out; -1: any number */
};

enum supervisor_outcome {
	SUPERVISOR_GOOD,
	SUPERVISOR_FAILED,   /* may be retried */
	SUPERVISOR_HOPELESS, /* failed, and would again */
};

enum supervisor_state {
	JOB_TAKEN,   /* not begun yet */
	JOB_RUNNING,
	JOB_PAUSED,  /* before a retry: timer says until when */
	JOB_DONE,    /* what it has put out waits to be delivered, its failure to be reported */
};

struct supervisor_job {
	struct supervisor_job *prev, *next; /* in input order */
	enum supervisor_state state;
	struct chunk *in;          /* its event, or its batch: a view of its own, with the lease */
	uint64_t number;           /* of the event or batch at this stage, from 1 */
	int attempt;               /* from 1; 0: none yet */
	int64_t least_pause_ns;    /* a kind may set it before SUPERVISOR_FAILED: the least time before a retry */
	struct timer timer;        /* running: its time is up; paused: the next attempt */
	struct emitter out;        /* what it has put out and is held back */
	uint64_t out_bytes;        /* held back in `out`: what may pass and only waits for demand is not counted */
	const char *cancelled;     /* why the attempt was cancelled (static text), or NULL */
	bool abandoned;            /* ... because the time for draining was over */
	char *failure;             /* why its last attempt failed, or NULL */
};

struct supervisor {
	const struct supervisor_ops *ops;
	struct supervisor_policy policy;
	struct supervisor_job *first, *last;
	uint64_t numbered;         /* jobs so far */
	int64_t busy;              /* running or paused */
	int64_t running;
	int64_t held;              /* done, and not delivered yet */
	uint64_t held_bytes;       /* in all jobs' `out` */
	struct emitter out;        /* unordered: what waits for demand */
	bool deserted;             /* the consumer has gone: only ends are awaited */
	uint64_t random;
};

/* ---- for node_ops: nd->state begins with a struct supervisor ---- */

/* In start(), before anything else. */
void supervisor_init(struct node *nd, const struct supervisor_ops *ops, const struct supervisor_policy *policy);
/* In run(). The node_ops must say winds_up. */
void supervisor_run(struct node *nd);
/* In stop(): jobs that run go on to their end, and no other is begun, except for batches that are still to come. After a
 * signal or --timeout what was read and is not begun is abandoned; else it counts as held. */
void supervisor_stop(struct node *nd);
/* In drained(): jobs that run are cancelled and abandoned; batches are not begun any more either. grace_ns: how long they
 * may take. */
int64_t supervisor_drained(struct node *nd, int64_t grace_ns);
/* In awaits(): how many run; what: one of them. */
void supervisor_awaits(const struct node *nd, const char *what, const char *several, struct str *out);
void supervisor_abandon(struct node *nd);
void supervisor_watch(struct node *nd, struct loop *loop);
void supervisor_release(struct node *nd);

/* ---- for the jobs ---- */

/* How many bytes the job may put out now; 0: it has to wait, and hears of a change by advance(). More may be given: what
 * is over is held back all the same. */
size_t supervisor_room(const struct node *nd, const struct supervisor_job *job);
/* Events that a running attempt has put out; takes over ck. */
void supervisor_give(struct node *nd, struct supervisor_job *job, struct chunk *ck);
/* A new chunk for events made of the job's input: with its lease and `ncols` columns. */
struct chunk *supervisor_chunk(const struct node *nd, const struct supervisor_job *job, uint32_t ncols);
/* True where another attempt follows if this one fails. */
bool supervisor_retries(const struct node *nd, const struct supervisor_job *job);
/* The attempt has ended and holds nothing any more. why: of a failure (copied). */
void supervisor_done(struct node *nd, struct supervisor_job *job, enum supervisor_outcome outcome, const char *why);

#endif
