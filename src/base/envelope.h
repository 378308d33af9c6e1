/* What an output has around the events that are written to it: the header of a CSV file, the brackets of a JSON array. It
 * belongs to the output and not to the stream: no stage counts it, and each file, process or terminal that events of such a
 * stream are written to gets its own.
 *
 *     begin   header⏎   event⏎ event⏎ ...              CSV: a byte order mark, the names
 *     begin   event between event between event end⏎   a JSON array
 *
 * A stage makes it before anything runs, and the schema of its events leads to it (lang/expr/schema.h). A header that only the
 * first event tells is filled in while running, on the loop thread, before that event goes out. */
#ifndef BASE_ENVELOPE_H
#define BASE_ENVELOPE_H

#include "base/slice.h"

struct envelope {
	struct slice begin;   /* bytes before all else */
	struct slice header;  /* a record before the first event; p == NULL: there is none, or it is not known yet */
	struct slice between; /* p != NULL: written between events, in place of what ends them */
	struct slice end;     /* after the last event, and then what ends a record; only with between */
	struct slice empty;   /* only with between: a record in place of begin and end where no event came */
	bool always;          /* a file that events are added to gets it even if something is in it already */
	bool to_stdout;       /* events go to standard output ... */
	bool elsewhere;       /* ... or to something else (set while binding) */
};

/* Bytes before the first event, with the byte that ends the header. */
static inline uint64_t envelope_opening(const struct envelope *e)
{
	return e ? e->begin.len + (e->header.p ? (uint64_t)e->header.len + 1 : 0) : 0;
}

#endif
