/* Dispatchers: how a producer shares its events among consumers. A stage that dispatches is a node whose outputs are its
 * branches; these functions are what such nodes have in common. */
#ifndef ENGINE_KINDS_DISPATCH_H
#define ENGINE_KINDS_DISPATCH_H

#include "engine/core/emitter.h"
#include "engine/core/pipeline.h"

/* Queues for branches that events are for but that have not asked: one a branch. Zeroed = ready, once dispatch_init. */
struct dispatch {
	struct emitter *queues; /* by output */
	struct chunk **parts;   /* by output: being filled from one delivery, or NULL */
};

void dispatch_init(struct dispatch *d, const struct node *nd);
/* For node_ops.explain of dispatchers with queues: how events are shared out, and the bound of the queues. */
void dispatch_explain(const struct node *nd, const char *how, struct str *out);
/* In node_ops.abandon. */
void dispatch_abandon(struct dispatch *d, const struct node *nd);
void dispatch_release(struct dispatch *d, const struct node *nd);

/* How much of the input may be outstanding: */
int64_t dispatch_least_wanted(const struct node *nd);  /* the minimum over branches that are alive; 0 where none is */
int64_t dispatch_sum_wanted(const struct node *nd);
/* ... and where events go to the branch that they are for: what all branches want, but no more than
 * still fits in the queues (together the sum of the branches' max_demand). */
int64_t dispatch_limit(const struct dispatch *d, const struct node *nd);

/* Notes that event i of ck is for branch `to`, and counts it as put out: false where that branch has ended. After the last
 * one dispatch_flush. */
bool dispatch_note(struct dispatch *d, const struct node *nd, const struct chunk *ck, uint32_t i, int to);
/* Queues what was noted of ck and pushes all that is wanted. */
void dispatch_flush(struct dispatch *d, const struct node *nd, const struct chunk *ck);
/* What a dispatcher's run() does: takes deliveries while limit() allows, gives each to deal(), asks for more, and ends when
 * the input has. A dispatcher with queues flushes them before, and does not end while any is held: d, else NULL. */
void dispatch_run(struct node *nd, const struct dispatch *d, int64_t (*limit)(const struct node *nd),
		  void (*deal)(struct node *nd, struct chunk *ck));
/* True when nothing is queued for a branch that is alive. */
bool dispatch_empty(const struct dispatch *d, const struct node *nd);

#endif
