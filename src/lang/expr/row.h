/* Rows: the columns and named values of one event, where they vary from event to event (SCHEMA_VARIED in lang/expr/schema.h).
 *
 * A row is one run of bytes, the only cell that its event has in a chunk. So whoever copies, keeps, shares or compacts
 * cells need not know of rows: only who reads columns does, and who changes them.
 *
 *      head            at[nnames]      slots[nslots]    texts
 *      +--------------+---------------+----------------+------------------------+
 *      | ncols        | slot of name  | end of text,   | "GET" "/index" "200"   |      slots: ncols columns,
 *      | nslots nnames| 0, of name 1..| flags          |                        |      then values without a place
 *      +--------------+---------------+----------------+------------------------+
 *
 * Names are numbered as in the schema: name k is its cols[k]. A row lies at any address; it is read by memcpy.
 *
 * To make or change one, an event's columns are laid open (struct columns), changed, and written as a new row. */
#ifndef LANG_EXPR_ROW_H
#define LANG_EXPR_ROW_H

#include "base/mem.h"
#include "lang/expr/schema.h"

/* Its number of columns where they come from splitting $0: the row holds values only. */
#define ROW_SPLIT UINT32_MAX

uint32_t row_ncols(struct slice row);
/* Column i, from 0. Empty where there is none, with a pointer. */
struct slice row_column(struct slice row, uint32_t i);
/* What name k is in this row, a column or a value; empty where it is neither. */
struct slice row_named(struct slice row, int k);

#define COLUMN_NONE UINT32_MAX

/* The place of the column that name k is in this row, from 0; COLUMN_NONE where it is none. */
uint32_t row_place(struct slice row, int k);

struct columns {
	uint32_t n;          /* columns, or ROW_SPLIT */
	struct slice *col;
	uint32_t cap;        /* room in col */
	int nnames;
	struct named {
		uint32_t at;        /* the column that has the name, or COLUMN_NONE: it is a value besides */
		struct slice value; /* then */
	} *name;             /* by number in the new row's schema */
	struct arena *arena; /* what col and name live in */
};

/* Lays open the columns of an event whose schema is `in` and whose cells are `cells` (NULL: none was carried), to make a row
 * for `out`. from[k] is the column of `in` that the name out->cols[k] comes from, or -1: schema_sources. NULL: `in` is
 * out's parent, which tells. Texts stay where they are. */
void columns_open(struct columns *c, struct arena *a, const struct schema *in, const struct slice *cells,
		  const struct schema *out, const int *from);
/* Makes them the n fields that $0 was split into. */
void columns_take_fields(struct columns *c, const struct slice *fields, size_t n);
/* Sets column i, from 0; those between are empty. Only where columns are not split. */
void columns_set_place(struct columns *c, uint32_t i, struct slice value);
/* Sets name k as `set NAME=` does: the column that has it; else a new one at the end, if any column has a name; else a
 * value. True where columns changed, so that $0 does. */
bool columns_set_name(struct columns *c, int k, struct slice value);
/* Sets name k where it is a column, else as a value, as parse does. True where columns changed. */
bool columns_set_value(struct columns *c, int k, struct slice value);
/* Name k is a value from here on; a column that had the name stays, without. */
void columns_set_beside(struct columns *c, int k, struct slice value);
/* Name k is the column at this place, which is there. */
void columns_name(struct columns *c, int k, uint32_t at);
/* From here on they come from splitting $0. Names stay, as values. */
void columns_forget(struct columns *c);

/* The bytes of the row, more than a slice can hold too; and writes it there. */
size_t columns_bytes(const struct columns *c);
struct slice columns_write(const struct columns *c, char *to);

#endif
