/* What a node has made and nobody has asked for yet: a queue of chunks that goes out as demand comes, split to fit. */
#ifndef ENGINE_CORE_EMITTER_H
#define ENGINE_CORE_EMITTER_H

#include "engine/core/edge.h"

struct pipeline;

struct emitter { /* zeroed = empty */
	struct chunk *head, *tail;
	uint32_t delivered; /* events of head that were pushed */
};

/* Pushes ck as far as it is wanted and keeps the rest; owns it. A chunk without events or failures is freed. */
void emitter_put(struct emitter *em, struct edge *e, struct chunk *ck);
/* Pushes what is wanted of what is kept; true when nothing is left. */
bool emitter_flush(struct emitter *em, struct edge *e);
/* Keeps ck behind what waits, without pushing. */
void emitter_queue(struct emitter *em, struct chunk *ck);
/* Takes the oldest back: a chunk of at most `most` events, a batch whole; NULL where it is empty. */
struct chunk *emitter_take(struct emitter *em, int64_t most);
static inline bool emitter_empty(const struct emitter *em) { return !em->head; }
uint64_t emitter_held(const struct emitter *em);   /* events */
uint64_t emitter_chunks(const struct emitter *em);
void emitter_release(struct emitter *em);
/* Reports what it holds as abandoned, and empties it. */
void emitter_abandon(struct emitter *em, struct pipeline *pl, int stage);

#endif
