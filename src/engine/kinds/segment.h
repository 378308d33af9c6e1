/* Segments: neighbouring pure stages, perhaps with the aggregate that follows them, as one node.
 *
 *   in edge          tasks, in input order                          out edge
 *   ------->  [ task | task | task | task ]  ----->  head's output  ------->
 *                run     run    done   done           (surplus waits here)
 *
 * Each task takes one chunk of input through all the steps, on a worker or, when it is small, on the loop thread:
 *
 *   in -> step 0 -> buf[1] -> step 1 -> buf[2] -> ... -> out, or absorbed into the thread's partial state
 *
 * It stops when `out` is full, and goes on when that has been delivered, so that an event that expands into millions
 * stays bounded. Output is delivered in the order of input; while any of it waits for demand, no new input starts. */
#ifndef ENGINE_KINDS_SEGMENT_H
#define ENGINE_KINDS_SEGMENT_H

#include "engine/core/pipeline.h"

struct segment_step {
	const struct pure_ops *ops;
	const void *priv;
	int stage;
};

struct segment_plan {
	const struct segment_step *steps;
	int nsteps;                /* may be 0: cutting only */
	const struct agg_ops *agg; /* closes the segment, or NULL */
	void *agg_priv;
	int agg_stage;             /* where there are neither steps nor aggregate: the stage that what comes is on its way to */
	bool raw_in;               /* the producer gives raw chunks */
	bool raw_out;              /* the consumer takes raw chunks */
};

/* Blocks of credit that a segment wants of a byte source. */
int segment_credit(const struct pipeline *pl);

/* Copies the plan's steps. */
struct node *segment_node_new(struct pipeline *pl, const struct segment_plan *plan);
/* The node is a segment that an aggregate closes: its input is used whatever is wanted of its results. */
bool segment_aggregates(const struct node *nd);

#endif
