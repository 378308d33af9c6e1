/* Records: the columns of an event as those need them who write events in a format or into a table: the name, the value and
 * the kind of each, in order. The same for every schema, of whatever its columns are made.
 *
 * Columns that every event has at the same place are known before anything runs; otherwise each event has its own. A plain
 * line's are the values that `parse`, `set` or `map` gave it. Names that only lie beside the columns do not count. */
#ifndef STAGES_SHARED_RECORD_H
#define STAGES_SHARED_RECORD_H

#include "stages/shared/stages.h"

struct record {
	uint32_t n;
	const struct slice *name;
	const struct slice *value; /* the kind is in its flags (base/kind.h); empty: perhaps without a pointer */
};

struct record_reader {
	const struct schema *in;
	bool fixed;              /* every event has these columns: */
	bool members;            /* and they are members of documents, which the reader finds */
	uint32_t n;
	struct slice *names;
	int *cells;              /* where each one is; NULL: the first n */
};

/* In bind(): the columns of what comes in, which are marked as read. False: there are none, or one has no name; that was
 * reported. */
bool record_bind(struct record_reader *r, struct bind *b);
/* The columns of an event, in scratch memory until the next one. False: one has no name, ev->error says so. */
bool record_read(const struct record_reader *r, struct eval *ev, const struct event *e, struct record *out);

/* The column's value as text, unescaped into scratch memory if need be. */
struct slice record_text(struct slice value, struct arena *scratch);

#endif
