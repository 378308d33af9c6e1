/* Subscriptions: the edge between a producer and a consumer, and the demand on it. Counts exactly as GenStage does.
 *
 *      producer                                       consumer
 *         |   <------------- ask n -----------------     |      wanted  += n, counted += n
 *         |   --------- push: an answer ----------->     |      wanted  -= its units
 *         |                                [next, next]  |      the answer in deliveries of at most max - min units
 *         |                                   handled    |      counted -= the delivery's units;
 *         |   <------------- ask ---------------------   |      and once counted <= min: ask max - counted
 *
 * An edge belongs to the loop thread. Neither end blocks: each change wakes the node that it concerns. */
#ifndef ENGINE_CORE_EDGE_H
#define ENGINE_CORE_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/core/chunk.h"

struct node;

enum edge_unit {
	EDGE_EVENTS,  /* demand counts events; deliveries are views of at most max - min */
	EDGE_BATCHES, /* demand counts batches, which are never split */
	EDGE_BLOCKS,  /* demand is a credit of whole chunks, however many events each holds: byte sources and byte sinks */
};

const char *edge_unit_name(enum edge_unit unit); /* "events", "batches", "blocks" */

#define EDGE_MAX_DEMAND 1000
#define EDGE_NO_LIMIT INT64_MAX
#define EDGE_BYTES (1u << 20) /* that may wait on an edge; what is asked for beyond them comes when these are taken */

struct edge {
	struct node *from, *to;
	enum edge_unit unit;
	bool exact;            /* the consumer may not use all that comes: nothing may be read ahead on its behalf */
	bool loads;            /* the consumer reads raw chunks' bytes itself (chunk.load), on its workers */
	bool carries_failures; /* failures go with the deliveries (chunk.failures): the consumer may stop at any event, and
	                        * what failed behind it is not reported. Else the producer reports before it pushes */
	int64_t max, min;      /* 0 <= min < max */
	int64_t wanted;        /* asked for and not pushed yet: the producer's pending demand */
	int64_t counted;       /* asked for and not handled yet: the consumer's pending demand */
	struct chunk *head, **tail; /* answers that wait to be taken */
	uint32_t taken;        /* events of head that were already delivered */
	uint64_t waiting;      /* bytes of the events that wait */
	bool ended;            /* the producer has nothing more; what waits is still delivered */
	bool cancelled;        /* the consumer has gone; nothing is delivered any more */
	uint64_t events_dropped; /* pushed but never taken, because it was cancelled */
};

void edge_init(struct edge *e, struct node *from, struct node *to, enum edge_unit unit, int64_t max, int64_t min);
void edge_release(struct edge *e);

/* What the chunk counts on this edge: nothing where it has no events, only failures. */
int64_t edge_units(const struct edge *e, const struct chunk *ck);

/* ---- for the producer ---- */

/* What may be pushed now. */
static inline int64_t edge_wanted(const struct edge *e)
{
	return e->cancelled || e->waiting >= EDGE_BYTES ? 0 : e->wanted;
}

/* What was pushed and is not handled yet. */
static inline int64_t edge_in_hand(const struct edge *e)
{
	return e->counted - e->wanted;
}

/* Hands over an answer of at most edge_wanted() units; owns ck from here on. */
void edge_push(struct edge *e, struct chunk *ck);
void edge_end(struct edge *e);

/* ---- for the consumer ---- */

/* Asks for what is due: nothing while more than min are outstanding, else as many as make max, or limit where that is less
 * (what the consumer can use at all; EDGE_NO_LIMIT). Call whenever the node runs, and after each edge_handled. */
void edge_ask(struct edge *e, int64_t limit);
/* The next delivery, the caller's to free, or NULL. */
struct chunk *edge_next(struct edge *e);
/* A delivery of that many units was handled (or thrown away). */
void edge_handled(struct edge *e, int64_t units);
void edge_cancel(struct edge *e);

static inline bool edge_waiting(const struct edge *e) /* a delivery is there */
{
	return e->head != NULL;
}

static inline bool edge_finished(const struct edge *e) /* nothing more will come */
{
	return e->ended && !e->head;
}

#endif
