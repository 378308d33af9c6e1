/* What waits for demand: see emitter.h. */
#include "config.h"

#include "engine/emitter.h"

#include <stddef.h>

static void drop_head(struct emitter *em)
{
	struct chunk *ck = em->head;
	em->head = ck->next;
	if (!em->head)
		em->tail = NULL;
	em->delivered = 0;
	ck->next = NULL;
}

/* Pushes what is wanted of the head; true when none of it is left. */
static bool push_head(struct emitter *em, struct edge *e)
{
	struct chunk *ck = em->head;
	int64_t wanted = edge_wanted(e);
	if (wanted <= 0 && ck->n)
		return false;
	if (e->unit != EDGE_EVENTS || (em->delivered == 0 && ck->n <= wanted)) {
		drop_head(em);
		edge_push(e, ck);
		return true;
	}
	uint32_t left = ck->n - em->delivered;
	uint32_t n = left <= wanted ? left : (uint32_t)wanted;
	edge_push(e, chunk_view(ck, em->delivered, n));
	em->delivered += n;
	if (em->delivered < ck->n)
		return false;
	drop_head(em);
	chunk_free(ck);
	return true;
}

bool emitter_flush(struct emitter *em, struct edge *e)
{
	while (em->head && push_head(em, e))
		;
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

struct chunk *emitter_take(struct emitter *em)
{
	struct chunk *ck = em->head;
	if (ck)
		drop_head(em);
	return ck;
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

void emitter_release(struct emitter *em)
{
	while (em->head) {
		struct chunk *ck = em->head;
		drop_head(em);
		chunk_free(ck);
	}
}
