/* Failed events: told on standard error (the first few of a stage, then their number), or appended as they came to the
 * stage's dead= file. Only the loop thread reports, so that the order is that of the input. */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

struct chunk;
struct pipeline;

/* Reports the failures that travelled with a chunk, in order, and empties its list. */
void report_failures(struct pipeline *pl, struct chunk *ck);
/* At the end: how many were not told one by one. */
void report_rest(const struct pipeline *pl);

#endif
