/* --explain and --graph: a pipeline that was built and does not run: its nodes, where they run and what they hold, their
 * subscriptions with unit and demand, and the branches that they lie in. */
#ifndef OBSERVE_GRAPH_H
#define OBSERVE_GRAPH_H

#include <stdio.h>

struct pipeline;

/* A line a node and below it one a subscription; branches are indented below a line with their name. */
void graph_text(const struct pipeline *pl, FILE *out);
/* The same in the language of dot(1); each branch is a cluster. */
void graph_dot(const struct pipeline *pl, FILE *out);

#endif
