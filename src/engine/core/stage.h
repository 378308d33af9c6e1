/* The contracts between the engine and its stages. There are four kinds of stage; each gives one table of functions.
 *
 *   pure       a function of a chunk that touches nothing else. Runs on any thread, several chunks at a time.
 *   ordered    sees its input in order, a chunk at a time, on the loop thread; may keep state.
 *   aggregate  absorbs chunks into states that can be merged; results come at the end (of input, batch or window).
 *   reactive   a node of its own on the loop thread: sources, sinks, and whatever waits for time or descriptors
 *              (engine/core/node.h).
 *
 * `priv` is the stage's private struct, filled in by the binder, and read-only from here on. What changes while running
 * is in `state` (ordered, aggregate) or in struct work. */
#ifndef ENGINE_CORE_STAGE_H
#define ENGINE_CORE_STAGE_H

#include "base/num.h"
#include "engine/core/chunk.h"

struct pool;

/* What a thread lends to a stage while it runs. */
struct work {
	void *eval;          /* the thread's struct eval: the stages' language scratch, made by work_hooks */
	int stage;           /* the running stage's index in the pipeline, for failures */
	int thread;          /* 0 the loop, 1... the workers */
	struct pool *pool;   /* for what can be done in parts, by pool_each; NULL where there is one thread */
	struct chunk *out;   /* where failures go */
	const char *fatal;   /* set by a stage that cannot go on (static text or the stage's own): ends the run, status 1 */
};

/* The event failed: it is left out of the output and reported by the loop. `why` is copied. */
static inline void work_fail(struct work *w, struct slice event, const char *why)
{
	chunk_fail(w->out, w->stage, event, why);
}

/* ---- pure ---- */

enum pure_traits {
	PURE_RAW_IN = 1,      /* run() takes raw chunks too */
	PURE_RAW_OUT = 2,     /* ... and gives raw chunks for them */
	PURE_BYTEWISE = 4,    /* changes bytes one by one, white space and terminators never, lengths never */
	PURE_PIECES = 8,      /* gives pieces of $0, found by white space alone: may change places with PURE_BYTEWISE */
	PURE_ORIGINS = 16,    /* its short cuts lose origins: none where somebody reads them */
	PURE_EXPANDS = 32,    /* an event may give none or many, by its job; else one that gives none was dropped */
	PURE_READS = 64,      /* run() reads raw chunks as its framer made them: nothing else can cut them */
};

struct pure_ops {
	/* Which short cuts these options allow: enum pure_traits. NULL: none. */
	unsigned (*traits)(const void *priv);
	/* Columns of the events that come out that somebody reads: 0 where none. NULL: as many as came in. */
	uint32_t (*ncols)(const void *priv);
	/* Turns events of in, from in->pos (and in->sub) on, into events of out, until in is used up
	 * (in->pos == in->n) or chunk_full(out); is called again with the same in after a full out. Events that fail go to
	 * work_fail. `in` belongs to the caller; its bytes may be pointed at after chunk_share(out, in). */
	void (*run)(const void *priv, struct work *w, struct chunk *in, struct chunk *out);
};

/* ---- ordered ---- */

#define WANT_ALL INT64_MAX

struct ordered_ops {
	size_t state_bytes;  /* zeroed before init */
	uint32_t (*ncols)(const void *priv);
	void (*init)(const void *priv, void *state);
	/* As pure_ops.run, but in order. With a batch, out is never full. A batch may come in parts (in->n is where the
	 * part ends) unless whole_batches. */
	void (*run)(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out);
	/* At the end of input: appends what is left until out is full; true when nothing is left. NULL: nothing. */
	bool (*finish)(const void *priv, void *state, struct work *w, struct chunk *out);
	/* How many more units (events or batches) it can still use at most; 0 ends its input, what is left of `in` too.
	 * NULL: WANT_ALL. */
	int64_t (*want)(const void *priv, const void *state);
	bool whole_batches;
	bool uses;           /* an event may give none or many, by its job; else one that gives none was dropped */
	void (*release)(const void *priv, void *state);
};

/* ---- aggregate ---- */

struct agg_ops {
	uint32_t (*ncols)(const void *priv);
	bool (*raw)(const void *priv); /* absorb() takes raw chunks too. NULL: no */
	void *(*state_new)(const void *priv);
	void (*state_free)(const void *priv, void *state);
	/* Takes in all events of in from in->pos on. An event that fails changes nothing and goes to work_fail. The result
	 * must not depend on which state absorbed what, nor in which order: ties go by chunk_pos(in, i). Bytes of in are
	 * gone afterwards: copy what is kept. */
	void (*absorb)(const void *priv, void *state, struct work *w, struct chunk *in);
	/* Moves all that `from` holds into `into`; `from` may only be freed afterwards. */
	void (*merge)(const void *priv, void *into, void *from);
	/* No more input. Puts results in their order. May take long: runs on a worker where there is one. */
	void (*finish)(const void *priv, void *state, struct work *w);
	/* After finish: appends results to out until it is full; true when all are out. With a batch out is never full.
	 * window: where its window starts, for $window (time windows: seconds since 1970; windows by count: the number of
	 * the first event, from 1; neither: 0). w->fatal ends the run, as everywhere. */
	bool (*emit)(const void *priv, void *state, struct work *w, struct chunk *out, struct num window);
	/* When results go out: a window's length in ns or in events; both 0 where only at the end. NULL: at the end. */
	void (*window)(const void *priv, int64_t *every_ns, int64_t *every_events);
	/* At most n results of all will be used: the first (`count | take 10`), or, if `largest`, those whose first column
	 * ranks highest, the first of equals (`count | top 10`). A hint, given before the first state_new; a stage that cannot
	 * be sure that these come first in its order does not take it. NULL: no use for it. */
	void (*limit)(void *priv, int64_t n, bool largest);
};

/* Absorbs all of in. The failures that came with it and its own go to w->out, in order. */
static inline void agg_absorb(const struct agg_ops *agg, const void *priv, void *state, struct work *w, struct chunk *in)
{
	w->fatal = NULL;
	for (uint32_t n = in->n; in->pos < n && !w->fatal; in->n = n) {
		in->n = chunk_pass_failures(in, in->pos, w->out);
		agg->absorb(priv, state, w, in);
		in->pos = in->n;
	}
	chunk_pass_failures(in, in->n, w->out);
}

#endif
