/* Tables: records whose columns are named by a header (csv, tsv, header). What all records of one input have in common, and
 * how a record becomes an event. Knows no format: fields come as slices. */
#ifndef STAGES_READERS_TABLE_H
#define STAGES_READERS_TABLE_H

#include "stages/shared/stages.h"

struct table {
	struct frame frame;   /* its free is the owner's, and calls table_release */
	const char *input;    /* as messages call it */
	const struct schema *schema; /* of the events */
	uint32_t ncols;
	struct slice names;   /* a row of them, in block */
	struct block *block;  /* NULL: nothing reads names */
	struct wanted {
		uint32_t cell, at; /* of the event, and of the record: COLUMN_NONE where that has none */
	} *wanted;            /* the columns that something reads by name */
	uint32_t nwanted;
	uint32_t most;        /* no more fields of a record than the first so many are looked at */
	bool rows;            /* something reads columns by their place, or all of them */
};

/* Makes a zeroed table of n columns of these names (a name that is empty is none). names: NULL where there are none. False:
 * two columns have one name, or one that the pipeline reads is not among them; *error, to be free()d, says so. */
bool table_init(struct table *t, const struct schema *schema, const char *input, struct block_pool *pool,
		const struct slice *names, uint32_t n, char **error);
void table_release(struct table *t);

/* Appends an event with $0 = whole: record number out->n of a raw chunk, or a part of in's event at in->pos. */
uint32_t table_add(const struct schema *schema, struct chunk *in, struct chunk *out, struct slice whole);
/* Fills in what is read by name of n fields, which stay where they are. */
void table_fill(const struct table *t, struct slice *cells, const struct slice *fields, uint32_t n);
/* Fills in the row of all n fields, if something reads it. False: it is too long, ev->error says so, and the event is to be
 * taken back. */
bool table_row(const struct table *t, struct chunk *out, struct slice *cells, struct slice *fields, uint32_t n,
	       struct eval *ev);

/* "'NAME'", or what a source without a name is called. buf: bytes for it. */
const char *table_input(const char *name, char *buf, size_t bytes);

/* Which line a place of an input lies on, asked in order. */
struct lines {
	const char *at; /* counted up to here */
	uint64_t line;  /* from 1 */
};
uint64_t line_of(struct lines *l, const char *place);

#endif
