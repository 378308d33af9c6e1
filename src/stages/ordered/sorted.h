/* What sort and reverse share: events are put in order by keys that their stage writes, and spilled to disk beyond memory=. */
#ifndef STAGES_ORDERED_SORTED_H
#define STAGES_ORDERED_SORTED_H

#include "stages/shared/stages.h"

struct extsort;

#define SORTED_MEMORY ((int64_t)256 << 20)

/* The private struct of the stage begins with it. */
struct sorted {
	int64_t memory;              /* memory=; -1: SORTED_MEMORY */
	const struct schema *schema;
};

#define SORTED_OPTS \
	{.name = "memory", .type = ARG_SIZE, .offset = offsetof(struct sorted, memory), .min = 1 << 20, \
	 .help = "what is held in memory, the rest in $TMPDIR (default: 256MiB)"}

struct sorted_state {
	struct extsort *sort;
	char *key;                   /* room for the next key */
	size_t key_cap;
	char why[256];               /* it could not be spilled or read again; "": it could */
};

void sorted_bind(struct sorted *s, struct bind *b);
/* Room for a key of so many bytes, and the event's place behind it. */
char *sorted_key(struct sorted_state *st, size_t bytes);
/* The place of the event in the input, as bytes that compare so; returns the end. At most SORTED_POS_BYTES. */
#define SORTED_POS_BYTES 9
char *sorted_write_pos(uint64_t pos, char *to);
/* Adds event i of in, whose key is what was written to st->key up to end. False: w->fatal says why. */
bool sorted_add(const struct sorted *s, struct sorted_state *st, struct work *w, const struct chunk *in, uint32_t i,
		const char *end);

/* For struct agg_ops. */
uint32_t sorted_ncols(const void *priv);
void *sorted_state_new(const void *priv);
void sorted_state_free(const void *priv, void *state);
void sorted_merge(const void *priv, void *into, void *from);
void sorted_finish(const void *priv, void *state, struct work *w);
bool sorted_emit(const void *priv, void *state, struct work *w, struct chunk *out, struct num window);

#endif
