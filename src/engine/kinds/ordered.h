/* Ordered stages as nodes: what comes in, in order, a delivery at a time, on the loop thread. */
#ifndef ENGINE_KINDS_ORDERED_H
#define ENGINE_KINDS_ORDERED_H

#include "engine/core/pipeline.h"

/* A pure stage in the place of an ordered one: where the run has to end at exactly one event (max_failures=). */
struct node *ordered_node_of_pure(struct pipeline *pl, int stage, const struct pure_ops *ops, const void *priv);

struct node *ordered_node_new(struct pipeline *pl, int stage, const struct ordered_ops *ops, const void *priv,
			      bool batched_out);

#endif
