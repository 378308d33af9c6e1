/* Branches that flow together: a node of several inputs and one output, which passes on what comes as it comes, in order
 * within each input, some events of each in turn. */
#ifndef ENGINE_KINDS_MERGE_H
#define ENGINE_KINDS_MERGE_H

#include "engine/core/pipeline.h"

/* Not a stage of the plan: `stage` is the one that what comes is on its way to. */
struct node *merge_node_new(struct pipeline *pl, int stage);

#endif
