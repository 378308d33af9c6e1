/* An event that a stage holds on to while its chunk goes: $0, the columns that are read downstream, its origin. */
#ifndef STAGES_SHARED_KEPT_H
#define STAGES_SHARED_KEPT_H

#include "stages/shared/stages.h"

/* Zeroed = empty. What it points at is the chunk's until kept_own, then its own. */
struct kept {
	struct slice whole;
	struct slice *cells;   /* of the schema that it was read with, or NULL */
	struct origin origin;  /* its file's name is the source's */
	bool has_origin;
	bool borrowed;         /* by kept_set, not copied yet */
	char *memory;
	size_t cap;
};

/* Becomes event i of in, whose bytes and cells it borrows. */
void kept_set(struct kept *k, const struct chunk *in, uint32_t i);
/* Copies what it borrows: $0 and the used cells of the schema. */
void kept_own(struct kept *k, const struct schema *s);
void kept_release(struct kept *k);

/* Appends an event with this $0, the origin of k, and zeroed cells; returns its index. */
uint32_t kept_append(const struct kept *k, struct chunk *out, struct slice whole);
/* A cell of k for an event of out, of which `copy` is a copy of k->whole: points into that where it can. */
struct slice kept_cell(const struct kept *k, int cell, struct slice copy, struct chunk *out);
/* The same for column col of s, the schema that k was read with. It has a name. */
struct slice kept_named(const struct kept *k, const struct schema *s, int col, struct slice copy, struct chunk *out);

#endif
