/* Failed events: told on standard error (the first few of a stage, then their number), or appended as they came to the
 * stage's dead= file. Only the loop thread reports, so that the order is that of the input. */
#ifndef ENGINE_CORE_REPORT_H
#define ENGINE_CORE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct chunk;
struct edge;
struct pipeline;

/* Reports the failures that travelled with a chunk, in order, and empties its list. Where a stage has had as many as
 * max_failures= allows, the run drains, unless the stage has ended by itself with the last of them. */
void report_failures(struct pipeline *pl, struct chunk *ck);
/* The same for an output chunk whose failures were noted while it was written: false where the run ends with one of them;
 * the chunk then holds what came before it. */
bool report_failures_exactly(struct pipeline *pl, struct chunk *ck);
/* The run ends (a signal, --timeout) before the events of ck, from ck->pos on, got to stage `stage`, or through it: those
 * that cannot be read again are counted, and appended to the stage's dead= file. The chunk stays the caller's. */
void report_abandoned(struct pipeline *pl, int stage, struct chunk *ck);
/* ... n of them that are known by number only. */
void report_abandoned_number(struct pipeline *pl, int stage, uint64_t n);
/* ... all that waits on a subscription. */
void report_abandoned_edge(struct pipeline *pl, const struct edge *e);
/* Tells of an event that stays held for good. */
void report_held(const struct pipeline *pl, int stage, struct slice event, const char *why);
/* Counts n events as failed that nobody can name any more. */
void report_lost(struct pipeline *pl, int stage, uint64_t n, const char *why);
/* At the end: how many were not told one by one, and how many were abandoned. */
void report_rest(const struct pipeline *pl);

#endif
