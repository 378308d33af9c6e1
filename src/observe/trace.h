/* --trace: a line on standard error for each demand, delivery, drop and flush. */
#ifndef OBSERVE_TRACE_H
#define OBSERVE_TRACE_H

#include <stdint.h>

struct pipeline;

struct trace {
	const char *const *names; /* labels to show, or stages with all their copies; ends with NULL; NULL: all */
};

/* The first of the names that is no node or stage of the pipeline, or NULL. */
const char *trace_unknown(const struct pipeline *pl);
/* "+12.3ms FROM -> TO: WHAT N"; without TO (NULL) "+12.3ms FROM: WHAT N"; with a reason "... WHAT N (WHY)" */
void trace_line(const struct pipeline *pl, const char *from, const char *to, const char *what, int64_t n, const char *why);

#endif
