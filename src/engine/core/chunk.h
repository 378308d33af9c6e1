/* Chunks: runs of events that travel together, as slices of blocks.
 *
 *        ev[0]      ev[1]            ev[2]
 *      +----------+-----------------+--------+         cells[i * ncols + c]: column c of event i
 *      | p, len   | p, len          | p, len |         (columns by place, then values that only have a name)
 *      +--|-------+--|--------------+--|-----+
 *         v          v                 v
 *   block: "GET /a\n" "POST /b\n" ...  block2: "..."   the chunk holds a reference on each block
 *
 * What cells are is the schema's to say (lang/expr/schema.h), and the same for all events of a chunk: one for each column, or,
 * where columns vary from event to event, a single one that holds them all (lang/expr/row.h). Chunks know cells only as slices
 * that go with their event. No cells at all: nothing downstream reads any.
 *
 * A raw chunk has not been cut yet: each ev[i] is then a run of whole records, terminators included (the last record of
 * an input perhaps without). A batch is a chunk with `batch` set: one unit to demand, never split.
 * A chunk has one owner. A view is a chunk that shares another's arrays. */
#ifndef ENGINE_CORE_CHUNK_H
#define ENGINE_CORE_CHUNK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"
#include "base/slice.h"
#include "engine/core/block.h"
#include "engine/core/frame.h"

struct chunk;
struct lease;

struct origin {           /* where an event came from; only kept where an expression asks */
	uint64_t nr, fnr; /* its number at its producer, and in its file, from 1 */
	struct slice file;
};

struct failure {              /* an event that failed, on its way to who reports it (edge.carries_failures) */
	struct failure *next;
	int stage;            /* index into the pipeline's stages */
	uint32_t at;          /* index of the event of its chunk before which it happened; n: behind the last */
	struct slice event;   /* as it came in */
	const char *why;
};

struct chunk {
	struct chunk *next;      /* in a queue */
	struct chunk *root;      /* views: whose arrays these are (a reference is held); else NULL */
	atomic_uint refs;        /* 1 + views of it */
	struct slice *ev;
	uint32_t n, cap;
	uint32_t pos;            /* events before it have been used by the reader */
	uint32_t sub;            /* the reader's place within event pos, where one event gives many */
	void *halfway;           /* ... and what it keeps of that event until it goes on, or NULL, */
	void (*halfway_free)(void *halfway); /* freed with the chunk's contents */
	struct slice *cells;     /* n * ncols, or NULL */
	uint32_t ncols;          /* cells of an event */
	struct origin *origins;  /* n, or NULL */
	struct origin first;     /* raw: the origin of its first record, nr == 0 where nobody asks */
	uint64_t seq;            /* place in its producer's order ... */
	uint32_t index;          /* ... and of ev[0] among what came of that place: see chunk_pos */
	bool raw, batch;
	char term;               /* what ended the records: newline or NUL */
	struct frame *frame;     /* raw: records end as a framer says (io/framer.h); NULL: at each term */
	uint64_t line;           /* ... the line of its input at which it begins, from 1 */
	int place;               /* ... where in the framer's grammar */
	uint32_t max_events;     /* writers: chunk_full() from here on */
	uint32_t max_bytes;
	uint32_t bytes;          /* written into blocks of its own */
	struct block **blocks;   /* what keeps the bytes alive */
	uint32_t nblocks, blocks_cap;
	struct block *wblk;      /* the last of blocks, if this chunk may go on writing into it */
	struct block_pool *pool;
	struct lease *lease;     /* the lowest source position that is held, or NULL */
	struct failure *failures, **failures_end; /* in the order of at */
	uint32_t nfailures;
	struct arena failure_text;
	void (*load)(struct chunk *ck); /* raw: bytes that are still to be read by whoever uses the chunk first, or NULL */
	void (*load_dropped)(struct chunk *ck); /* the chunk is freed before it was loaded */
	void *load_arg;
	uint64_t load_from, load_to;
	char *error;             /* load failed: why; the owner's to report (free()d with the chunk) */
};

/* Events in it, whether they are cut already or not; not before it is loaded. */
uint64_t chunk_records(const struct chunk *ck);

struct chunk *chunk_new(struct block_pool *pool, uint32_t max_events, uint32_t max_bytes);
void chunk_free(struct chunk *ck);        /* gives back blocks and lease */
void chunk_clear(struct chunk *ck);       /* empty, keeps its arrays; not for views, nor while views of it are alive */
/* A view of n events from `from` on, with the lease and the origin of ck. Takes over the failures before its end, and
 * those behind ck's last event if it reaches that far: make views of a chunk that has failures in order. */
struct chunk *chunk_view(struct chunk *ck, uint32_t from, uint32_t n);

static inline bool chunk_full(const struct chunk *ck)
{
	return ck->n >= ck->max_events || ck->bytes >= ck->max_bytes;
}

/* The total order of a node's input: ties of rank, first(), last(), list() go by it. A chunk comes with its place in its
 * producer's order, and producers can be many: a node whose stage asks for positions numbers what it takes anew. */
static inline uint64_t chunk_pos(const struct chunk *ck, uint32_t i)
{
	return (ck->seq << 32) + ck->index + i;
}

/* ---- writing: out must not be full ---- */

/* Room for at least `bytes` bytes that live as long as the chunk. Follow with chunk_wrote(). */
char *chunk_room(struct chunk *out, size_t bytes);
void chunk_wrote(struct chunk *out, size_t bytes);
/* Copies bytes into the chunk's own block, followed by its terminator so that neighbours can be written as one. */
struct slice chunk_copy(struct chunk *out, struct slice s);

/* Grows the arrays; new events get nothing but ev. Most stages use the two below. */
void chunk_reserve(struct chunk *out, uint32_t n);
/* Appends an event that comes of event i of in: with $0 = whole, its origin, and zeroed cells (to be filled in by the
 * caller) if out->ncols > 0. Returns its index. */
uint32_t chunk_derive(struct chunk *out, const struct chunk *in, uint32_t i, struct slice whole);
/* Appends event i of in as it is, cells (as many as in has, or none) and origin too. The bytes stay where they are: call chunk_share once. */
uint32_t chunk_keep(struct chunk *out, const struct chunk *in, uint32_t i);
/* Appends an event that comes of no other (an aggregate's result). */
uint32_t chunk_append(struct chunk *out, struct slice whole);
/* Takes over the caller's reference to a block that events of ck point into. */
void chunk_own_block(struct chunk *ck, struct block *b);
/* Cells of ck point into the block: holds a reference, if it does not yet. */
void chunk_hold_block(struct chunk *ck, struct block *b);
/* Numbers the events as NR and FNR, from first on; for what has no origin of its own. */
void chunk_number(struct chunk *ck, uint64_t first);
/* All events of out have the origin of event i of in, where it has one. */
void chunk_inherit(struct chunk *out, const struct chunk *in, uint32_t i);
/* out keeps the blocks of in alive too. */
void chunk_share(struct chunk *out, const struct chunk *in);

static inline struct slice *chunk_cells(const struct chunk *ck, uint32_t i)
{
	return ck->cells + (size_t)i * ck->ncols;
}

/* The length of events from ... to-1 together. */
static inline uint64_t chunk_bytes(const struct chunk *ck, uint32_t from, uint32_t to)
{
	uint64_t bytes = 0;
	for (uint32_t i = from; i < to; i++)
		bytes += ck->ev[i].len;
	return bytes;
}

/* Where a few bytes keep large blocks alive: copies them, so that what waits somewhere holds about as much memory as it
 * has bytes. The chunk must be complete. */
void chunk_compact(struct chunk *ck);

/* ---- failures ---- */

/* Notes that event `event` failed at stage `stage`, before what ck gets next; text and why are copied. */
void chunk_fail(struct chunk *ck, int stage, struct slice event, const char *why);
/* Hands on to out, at its end, the failures of in that happened before its event upto. Returns the index of the event
 * before the next of them, or in->n: who hands failures on takes events of in up to there, then calls it again. */
uint32_t chunk_pass_failures(struct chunk *in, uint32_t upto, struct chunk *out);
/* There are none any more. */
/* Drops the events and failures behind f, one of ck's. */
void chunk_end_with(struct chunk *ck, struct failure *f);
void chunk_forget_failures(struct chunk *ck);

/* Cuts records of a raw chunk, from in->pos and in->sub on, into events of out until out is full or in used up. */
void chunk_cut(struct chunk *in, struct chunk *out);
/* The next `most` records of a raw chunk, or what is left of it, from in->pos and in->sub on: a raw chunk that shares its blocks
 * and its lease. in->pos == in->n once that was the last. */
struct chunk *chunk_part(struct chunk *in, uint32_t most);

#endif
