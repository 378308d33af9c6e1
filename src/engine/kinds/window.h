/* Aggregates whose results come more than once: one for each batch that comes in, or for each window (every=) of time or
 * of events. A node on the loop thread; the results of a window or batch are a batch. */
#ifndef ENGINE_KINDS_WINDOW_H
#define ENGINE_KINDS_WINDOW_H

#include "engine/core/pipeline.h"

/* every_ns, every_events: one of them > 0, or both 0: once for each batch. */
struct node *window_node_new(struct pipeline *pl, int stage, const struct agg_ops *ops, void *priv, int64_t every_ns,
			     int64_t every_events);

#endif
