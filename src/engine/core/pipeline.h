/* A pipeline that runs: its nodes and edges, and what they share. Several can live in one process.
 *
 * Built by the caller: pipeline_init, then for every stage pipeline_stage, for every GenStage stage one of the
 * *_node_new functions (engine/kinds/segment.h, ordered.h, window.h) or pipeline_node, pipeline_join for every subscription;
 * then pipeline_run. */
#ifndef ENGINE_CORE_PIPELINE_H
#define ENGINE_CORE_PIPELINE_H

#include <stdarg.h>

#include "engine/core/block.h"
#include "io/claim.h"
#include "engine/core/loop.h"
#include "engine/core/node.h"
#include "engine/core/stage.h"

struct pipeline;
struct pool;

/* What messages and statistics call a stage of the plan, and what it has done. Each copy of a branch has stages of its own; what
 * copies of one have in common is kept with the first of them (pipeline_shared). */
struct stage_info {
	const char *name;       /* in messages */
	const char *label;      /* in figures: its name, or `name#2` of a copy */
	int first;              /* the first copy of it, or itself */
	struct counts counts;
	struct batches batches;
	double event_ns;        /* what an event has taken the segment that begins here lately, 0 before that is known */
	bool inner;             /* comes behind another stage of the same segment */
	const char *dead;       /* failed events are appended to this file; NULL: reported on stderr */
	int dead_fd;            /* -1 until the first failure */
	int64_t max_failures;   /* the run ends at that many; -1: never */
	uint64_t failed;        /* of all copies; the first one's */
	uint64_t reported;
	uint64_t abandoned;     /* events that waited for it when a signal or --timeout ended the run, and cannot be read again */
	bool ended;             /* max_failures was reached */
	bool cut;               /* ... and its nodes have ended by themselves, with the event that did it */
	uint64_t made_failures; /* by nodes that end by themselves; what is reported of them comes later, or never */
};

/* A branch, or copy of one, of a stage: only for those who want to see it. */
struct branch {
	int parent;             /* the branch that it lies in: branches[parent - 1]; 0: none */
	int stage;
	const char *kind;       /* "branch" or "copy" */
	int number;             /* from 1 */
};

struct pipeline_options {
	int threads;            /* 1: all runs on the loop thread; n > 1: that many workers */
	uint32_t block_bytes;   /* 0: BLOCK_BYTES */
	char term;              /* what ends a record in sources, and on sinks */
	size_t max_event;       /* bytes */
	bool count;             /* counts of every stage are wanted: no short cut may hide them */
	bool timing;            /* where the nodes' time goes is wanted */
	bool fuse;              /* short cuts are allowed: raw chunks beyond the cutter, files that workers read, swaps, hints */
	bool raw;               /* --raw: compressed input is read as it is */
	bool quiet;             /* -q: nothing on stderr but what ends the run */
	bool origins;           /* some expression reads NR, FNR or FILE */
	int jobs;               /* -j where it was given, else 0: the default of jobs= */
	int processors;
	void (*status)(struct pipeline *pl, void *arg); /* called at SIGUSR1, between two nodes; NULL: nothing is */
	void *status_arg;
	int64_t timeout_ns;     /* the run drains when it has taken that long; 0: never */
	int64_t drain_ns;       /* how long it may drain after a signal or --timeout; what is left then is abandoned */
	/* The language scratch of a thread, and its end. */
	void *(*eval_new)(const struct pipeline *pl);
	void (*eval_free)(void *eval);
};

struct pipeline {
	struct pipeline_options opt;
	struct block_pool blocks;
	struct loop loop;
	struct claims claims;   /* the files that it reads and writes */
	struct pool *pool;      /* NULL where threads == 1 */
	struct work *works;     /* by thread: 0 the loop's */
	int nworks;
	struct stage_info *stages;
	int nstages;
	struct node **nodes;
	size_t nnodes, nodes_cap;
	struct branch *branches;
	int nbranches;
	size_t branches_cap;
	int branch;             /* the one that is being built: nodes made now lie in it */
	struct edge **edges;
	size_t nedges, edges_cap;
	struct node *ready, **ready_end; /* to run now ... */
	struct node *idle, **idle_end;   /* ... and when nothing else is left to run */
	int consumers_left;     /* nodes without outputs that are not done */
	bool some_failed;       /* events or a stage: exit status 1 */
	bool stage_failed;      /* a stage as a whole did */
	bool aborted;           /* end now, without draining */
	bool sigpipe;           /* standard output went away: die of it */
	bool stop_asked;        /* a signal came since the last look */
	bool look_asked;        /* descriptors are looked at before any other node runs */
	bool status_asked;      /* SIGUSR1 came since the last look */
	int stopped_by;         /* the signal that made the run drain, or 0 */
	int64_t started_ns;
	struct timer deadline;  /* of opt.timeout_ns */
	bool timed_out;         /* it came */
	bool draining;          /* a signal or --timeout has stopped the sources ... */
	bool drained;           /* ... and the time for what was read is over: nothing is begun, and what runs is told to end ... */
	bool given_up;          /* ... and has had its time, too: the run ends as it is */
	struct timer drain;     /* of opt.drain_ns, then of those that are told to end */
	struct timer patience;  /* until who waits hears for what */
	struct trace *trace;    /* NULL: off */
	struct progress *progress; /* NULL: off */
	struct timer ticker;    /* for progress */
	struct joblog *joblog;  /* NULL: none */
};

void pipeline_init(struct pipeline *pl, const struct pipeline_options *opt, int nstages);
void pipeline_release(struct pipeline *pl);

/* Where the stage's copies keep what they share: dead=, max_failures= and how far they got with it. */
static inline struct stage_info *pipeline_shared(const struct pipeline *pl, int stage)
{
	return &pl->stages[pl->stages[stage].first];
}

/* A node of state ops->state_bytes for stage `stage`. */
struct node *pipeline_node(struct pipeline *pl, const struct node_ops *ops, int stage, const void *priv);
/* Nodes made from now on lie in a branch of the stage, until pipeline_leave. */
void pipeline_enter(struct pipeline *pl, int stage, const char *kind, int number);
void pipeline_leave(struct pipeline *pl);
/* A subscription of `to` to `from`. max, min < 0: the defaults (EDGE_MAX_DEMAND, max / 2; batches 1; blocks as given). */
struct edge *pipeline_join(struct pipeline *pl, struct node *from, struct node *to, enum edge_unit unit, int64_t max,
			   int64_t min);

/* Runs until every consumer is done. pl->some_failed and its neighbours tell how it went. */
void pipeline_run(struct pipeline *pl);
/* Some event came to the end of the pipeline, or of a branch of it. */
bool pipeline_gave(const struct pipeline *pl);
/* Ends the run as soon as what is under way is out: sources stop. Called again: at once. */
void pipeline_stop(struct pipeline *pl);
/* A timer that is no node's has fired. */
void pipeline_timer(struct pipeline *pl, const struct timer *t);
/* The nodes of a stage (copies have one each) run again, to see that it has ended. */
void pipeline_wake_stage(struct pipeline *pl, int stage);
/* Ends the run without waiting: a stage failed in a way that makes going on senseless. */
void pipeline_abort(struct pipeline *pl);

/* A signal or --timeout is ending the run: what takes long is better given up. From any thread, also while the loop is
 * busy and has not noticed yet. */
bool pipeline_ending(const struct pipeline *pl);

/* What ended the run before its input did, for messages: "a signal", "--timeout"; NULL: nothing has yet. */
const char *pipeline_cut_by(const struct pipeline *pl);

/* The thread's scratch, set up for stage `stage`, whose failed events go to `failures`. */
struct work *pipeline_work(struct pipeline *pl, int thread, int stage, struct chunk *failures);

#endif
