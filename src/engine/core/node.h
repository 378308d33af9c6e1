/* Nodes: the GenStage stages of a running pipeline, each on the loop thread, joined by edges.
 *
 * A node is told only that something about it may have changed: demand, a delivery, an end, a descriptor, its timer. Its
 * run() then looks at its edges, does what can be done now without blocking, and returns. It need not remember why it was
 * woken, and being woken once too often does no harm. */
#ifndef ENGINE_CORE_NODE_H
#define ENGINE_CORE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/core/edge.h"
#include "engine/core/timer.h"
#include "engine/core/timing.h"

struct pipeline;
struct loop;
struct str;
struct framer;

struct node_ops {
	size_t state_bytes;             /* nd->state, zeroed before start */
	bool pooled;                    /* most of its work is done on the workers, where there are any */
	/* What it is, with the bounds of what it holds, in a few words for --explain. Called before start. NULL: source, sink
	 * or stage. */
	void (*explain)(const struct node *nd, struct str *out);
	/* Sources: how much of all that there is to read was read, from 0 to 1; < 0: nobody knows. NULL: never known. */
	double (*read_share)(const struct node *nd);
	/* Says, with claim_name and claim_stream (io/claim.h), which files it will read and write, as far as that is known
	 * before the run. Opens nothing. NULL: none. */
	void (*claim)(struct node *nd);
	/* Acquires what the node needs (files, children). False: it could not, and said so with node_error. */
	bool (*start)(struct node *nd);
	/* Does what can be done now. Sets nd->done when it has ended all its outputs and will never do anything again. */
	void (*run)(struct node *nd);
	/* Offers descriptors to the poll that comes: loop_offer. NULL: none. */
	void (*watch)(struct node *nd, struct loop *loop);
	/* No more input is to be produced: end of run, Ctrl-C, or nobody wants it. For sources, and for who begins work of its
	 * own for what comes in (NULL: other stages end when their input does). */
	void (*stop)(struct node *nd);
	bool winds_up;                  /* where nobody wants its outputs, run() itself sees to its end: something is under way */
	/* The run is over: make results final (good: no stage failed, and nothing cut the run short) or undo them. */
	void (*commit)(struct node *nd, bool good);
	/* The time for draining (--drain) is over: what is under way outside (processes, transfers) is told to end, and run()
	 * sees to that. Returns how long it may take, in ns; 0: nothing is under way. NULL: nothing ever is. */
	int64_t (*drained)(struct node *nd);
	/* Says in a few words what is under way outside, or nothing: for who waits for the end. NULL: nothing ever is. */
	void (*awaits)(const struct node *nd, struct str *out);
	/* The run ends although it still holds events: reports them (report_abandoned). No worker is at work. NULL: it holds
	 * none. */
	void (*abandon)(struct node *nd);
	/* The failures that come with its input go out with what it makes of it, in their places. */
	bool hands_on_failures;
	/* Frees state's contents. Called once, for every node that was initialised, started or not. */
	void (*release)(struct node *nd);
	/* Frees what other nodes' chunks may point at (leases), after all of them are released. */
	void (*release_leases)(struct node *nd);
};

/* What an event-dropping or -failing stage did, in events and bytes: rule 4.1's sums. */
struct counts {
	uint64_t in, in_bytes; /* taken in */
	uint64_t came, came_bytes; /* handed to it, taken in or waiting; only where they are wanted (opt.count) */
	uint64_t out, out_bytes;
	uint64_t used;    /* turned into none, one or several by its job */
	uint64_t dropped; /* left out by its job: filters, take, distinct */
	uint64_t failed;
	uint64_t begun;   /* a source's: records whose end had not come when a signal stopped it */
	int64_t busy_ns;  /* of a segment's stages, over all threads; only with opt.timing */
};

enum flush_reason {
	FLUSH_FULL,   /* all that it may hold, or the next event begins another */
	FLUSH_TIME,   /* its time was up */
	FLUSH_FREE,   /* the next stage was free */
	FLUSH_END,    /* the input has ended */
	FLUSH_SIGNAL, /* ... because of a signal or --timeout */
	FLUSH_REASONS
};

struct batches {              /* what a stage has gathered and sent on together */
	uint64_t n[FLUSH_REASONS];
	uint64_t events;      /* in all of them */
};

/* Input ended: by itself, or by what cuts the run short? */
enum flush_reason node_end_reason(const struct node *nd);
const char *flush_reason_name(enum flush_reason why); /* "full", "time", "free", "end", "signal" */

struct node {
	struct pipeline *pl;
	const struct node_ops *ops;
	int stage;              /* index of the (first) stage of the plan that it is */
	int branch;             /* the branch that it lies in: pl->branches[branch - 1]; 0: none */
	const char *name;       /* in messages: its stage's */
	const char *label;      /* in --trace, --explain and --graph: its own, `null#2` of a copy, `lines` of what only cuts */
	const char *kind;       /* of what is no stage: what its label begins with */
	const void *priv;
	void *state;
	const struct framer *framer; /* sources of bytes: where records end (io/framer.h); NULL: at each terminator */
	struct edge **in, **out;
	int nin, nout;
	struct timer timer;     /* its own to set; wakes it */
	struct node *next_ready;
	bool ready;             /* in the queue of nodes to run */
	struct node *next_idle;
	bool idle;              /* in the queue of nodes to run when no other is ready */
	bool passes;            /* no stage of its own (cutting, merging): what comes is on its way to stage `stage` */
	bool hands_on_failures; /* ops->hands_on_failures, unless this one cannot */
	struct {
		uint64_t bytes, events;
	} read;                 /* sources; events where opt.count or pl->progress */
	bool blocked;           /* a dispatcher: it gives nothing before a branch asks for more */
	bool working;           /* work of its own is under way on the workers; kept with opt.timing only */
	struct timing timing;
	bool done;
	bool stopping;          /* stop() was called */
	bool abandons;          /* the run is ending: it begins nothing any more, and what comes is abandoned */
};

void node_wake(struct node *nd);               /* run() will be called soon */
/* run() will be called once no node is ready any more: for sinks, which gather as long as more is coming. */
void node_wake_idle(struct node *nd);
void node_stop(struct node *nd);               /* calls ops->stop, once */
void node_trace(const struct node *from, const struct node *to, const char *what, int64_t n);
bool node_unwanted(const struct node *nd);     /* it has outputs, and all of them are cancelled */
void node_finish(struct node *nd);             /* ends outputs, cancels inputs, done */
/* Abandons what comes in, on behalf of stage `stage`. */
void node_abandon_input(struct node *nd, int stage);
/* Where what it holds would go: the stage that waits for it. */
int node_next_stage(const struct node *nd);
/* What came in and went out, for --stats (bytes only where they are wanted: opt.count). Raw chunks are counted in bytes
 * only, and in events where opt.count. Without it the bytes of raw chunks are only known not to be 0. */
void node_count_in(const struct node *nd, const struct chunk *ck);
void node_count_out(const struct node *nd, const struct chunk *ck);
/* What was pushed to it. */
void node_count_came(const struct node *nd, const struct chunk *ck);
/* What a source puts out now was read: for --progress. Spans count when they were loaded. */
void node_count_read(struct node *nd, const struct chunk *ck);
/* n events were left out by the job of stage `stage`: counted, and shown by --trace. */
void node_dropped(const struct node *nd, int stage, uint64_t n);
/* A batch or window of n events goes out, and why: counted, and shown by --trace. */
void node_flushed(const struct node *nd, uint64_t n, enum flush_reason why);
/* Reports that the stage as a whole failed; the run's exit status will be 1. printf-like. */
void node_error(const struct node *nd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* ... that some of its work failed, which is no reason to undo what other stages have made. printf-like. */
void node_complain(const struct node *nd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Tells the user, unless -q, what is worth knowing and no failure. printf-like. */
void node_note(const struct node *nd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
