/* The columns of a record whose names only its reader knows (SCHEMA_LATE), laid open with them, for a stage that changes
 * some and gives SCHEMA_LATE too. All of it lives in an arena or stays where it is. */
#ifndef STAGES_SHARED_LATE_H
#define STAGES_SHARED_LATE_H

#include "stages/shared/stages.h"

struct late_columns {
	struct columns c;    /* the values */
	struct columns name; /* as many: their names, empty where they have none */
	bool renamed;        /* names differ from those of the record */
};

/* cells: of an event of schema in, which is late. Its columns must be in use: schema_use_columns. */
void late_open(struct late_columns *l, struct arena *a, const struct schema *in, const struct slice *cells);
/* The place of the column of that name, or COLUMN_NONE. */
uint32_t late_place(const struct late_columns *l, struct slice name);
/* Sets the column of that name, or adds one at the end. */
void late_set(struct late_columns *l, struct slice name, struct slice value);
/* Appends an event of schema `made`, which comes of in's event at in->pos, with these columns; $0 is made of them. False:
 * too long, ev->error says so. */
bool late_derive(struct eval *ev, struct chunk *out, const struct chunk *in, struct late_columns *l,
		 const struct schema *made, struct slice ofs);

#endif
