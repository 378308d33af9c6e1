/* From the checked plan to a running pipeline: which stages share a node, and what demand counts between nodes. */
#ifndef BUILD_H
#define BUILD_H

#include "engine/core/pipeline.h"
#include "lang/plan/bind.h"

/* Stages of the plan that are written or added: pipeline_init wants to know. */
int build_count(const struct plan *plan);
/* Makes the nodes and edges of the plan, which must outlive the pipeline. */
void build_pipeline(struct pipeline *pl, struct plan *plan);

#endif
