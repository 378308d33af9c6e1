/* What waits for demand: see emitter.h. */
#include "config.h"

#include "engine/core/emitter.h"

#include <stddef.h>

#include "engine/core/report.h"

static void drop_head(struct emitter *em)
{
	struct chunk *ck = em->head;
	em->head = ck->next;
	if (!em->head)
		em->tail = NULL;
	em->delivered = 0;
	ck->next = NULL;
}

struct chunk *emitter_take(struct emitter *em, int64_t most)
{
	struct chunk *ck = em->head;
	if (!ck)
		return NULL;
	uint32_t left = ck->n - em->delivered;
	if (ck->batch || (em->delivered == 0 && left <= most)) {
		drop_head(em);
		return ck;
	}
	uint32_t n = left <= most ? left : (uint32_t)most;
	struct chunk *some = chunk_view(ck, em->delivered, n);
	em->delivered += n;
	if (em->delivered == ck->n) {
		drop_head(em);
		chunk_free(ck);
	}
	return some;
}

bool emitter_flush(struct emitter *em, struct edge *e)
{
	while (em->head && (edge_wanted(e) > 0 || !em->head->n))
		edge_push(e, emitter_take(em, e->unit == EDGE_EVENTS ? edge_wanted(e) : EDGE_NO_LIMIT));
	return !em->head;
}

void emitter_queue(struct emitter *em, struct chunk *ck)
{
	ck->next = NULL;
	if (em->tail)
		em->tail->next = ck;
	else
		em->head = ck;
	em->tail = ck;
}

void emitter_put(struct emitter *em, struct edge *e, struct chunk *ck)
{
	if (!ck->n && !ck->failures) {
		chunk_free(ck);
		return;
	}
	emitter_queue(em, ck);
	emitter_flush(em, e);
}

uint64_t emitter_held(const struct emitter *em)
{
	uint64_t n = 0;
	for (const struct chunk *ck = em->head; ck; ck = ck->next)
		n += ck->n;
	return n - em->delivered;
}

uint64_t emitter_chunks(const struct emitter *em)
{
	uint64_t n = 0;
	for (const struct chunk *ck = em->head; ck; ck = ck->next)
		n++;
	return n;
}

void emitter_abandon(struct emitter *em, struct pipeline *pl, int stage)
{
	for (struct chunk *ck = em->head; ck; ck = ck->next) {
		ck->pos = ck == em->head ? em->delivered : 0;
		ck->sub = 0;
		report_abandoned(pl, stage, ck);
	}
	emitter_release(em);
}

void emitter_release(struct emitter *em)
{
	while (em->head) {
		struct chunk *ck = em->head;
		drop_head(em);
		chunk_free(ck);
	}
}
