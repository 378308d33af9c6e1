/* --stats: what each stage did, as a table or as JSON. */
#ifndef OBSERVE_STATS_H
#define OBSERVE_STATS_H

#include <stdio.h>

struct pipeline;

/* A line a stage: events and bytes in and out, dropped, failed, held, the demand that is outstanding, and what its time
 * went into. For each stage in = used + dropped + failed + held; what an earlier stage put out and this one never took is
 * held here too. At the end, or while the pipeline runs: on the loop thread, between two nodes. */
void stats_table(const struct pipeline *pl, FILE *out);
void stats_json(const struct pipeline *pl, FILE *out);

#endif
