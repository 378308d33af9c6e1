/* What take and skip share: they count events or batches, all together or for each key. See op_take.c. */
#ifndef STAGES_ORDERED_TAKE_H
#define STAGES_ORDERED_TAKE_H

#include "stages/shared/bykey.h"
#include "data/keyed.h"

struct take {
	struct count_ends ends;    /* how many; from the end: stages/ordered/last.h */
	struct expr *until;        /* skip until */
	struct expr_list by;
	struct bykey key;
	const struct schema *schema;
};

struct take_state {
	int64_t seen;      /* events or batches, where there is no key */
	struct keyed keys; /* values: uint64_t, how many of the key were seen */
};

void take_bind(void *priv, struct bind *b);
uint32_t take_ncols(const void *priv);
void take_init(const void *priv, void *state);
void take_release(const void *priv, void *state);
/* Passes the events whose number (of their key) is at most n, or is greater where `after`. */
void take_run(const struct take *t, struct take_state *st, struct work *w, struct chunk *in, struct chunk *out, bool after);


#endif
