/* Keys: what `by EXPR, ...` gives for an event, as one byte string; and the short ways to the value of an expression that
 * is only a field or a column.
 *
 * The key of one expression is its text. Several are put one behind the other, each but the last with its NULs written
 * as NUL 1 and ended by NUL NUL: so different keys differ, and byte order is the order of the first parts, then of the
 * second, and so on. */
#ifndef STAGES_SHARED_BYKEY_H
#define STAGES_SHARED_BYKEY_H

#include "stages/shared/stages.h"

#define BYKEY_SCRATCH (4u << 20) /* a vector of events ends early where they have taken this much scratch memory */

struct pick {
	enum { PICK_WHOLE, PICK_FIELD, PICK_COLUMN, PICK_ROW, PICK_EXPR } how;
	int at;                           /* the field from 1 (ROW: of a row, or by splitting where that has none), or the column */
	const struct expr *e;
	const struct splitter *splitter;
};

void pick_init(struct pick *p, const struct expr *e, const struct bind *b);
/* The default where nothing was written: $1, or $0 if events have no fields. Not for pick_number. */
void pick_first_field(struct pick *p, struct schema *in, const struct bind *b);
/* Do both give the same for every event? May say no where they do. */
bool pick_same(const struct pick *a, const struct pick *b);

/* False: failed, ev->error says why. */
bool pick_text_slow(const struct pick *p, struct eval *ev, const struct event *event, struct slice *out);
/* none: the value is empty, which aggregates of numbers skip; *out is not set then. */
bool pick_number(const struct pick *p, struct eval *ev, const struct event *event, struct num *out, bool *none);
bool pick_value(const struct pick *p, struct eval *ev, const struct event *event, struct value *out);

static inline bool pick_text(const struct pick *p, struct eval *ev, const struct event *event, struct slice *out)
{
	if (p->how != PICK_WHOLE)
		return pick_text_slow(p, ev, event, out);
	*out = event->whole;
	return true;
}

struct bykey {
	int n;              /* parts */
	struct pick *part;
};

/* Without any expression the key is $0 if whole, else there is none (n == 0, and the empty key). */
void bykey_init(struct bykey *k, const struct expr_list *by, bool whole, struct bind *b);
bool bykey_is_whole(const struct bykey *k);
bool bykey_get(const struct bykey *k, struct eval *ev, const struct event *event, struct slice *out);

/* The keys of up to max events of in from *from on, which moves on; which[i] is the event of keys[i]. Events that fail are
 * left out and reported. Clears the scratch arena first: keys hold until the next call. Returns how many keys. */
uint32_t bykey_vector(const struct bykey *k, struct work *w, const struct chunk *in, uint32_t *from, uint32_t max,
		      struct slice *keys, uint32_t *which);

/* Writes the parts of a key with sep between them; returns the end. parts, or NULL, become where they are in dst. Needs no
 * more room than key.len + k->n * sep.len. */
char *bykey_write(const struct bykey *k, struct slice key, struct slice sep, char *dst, struct slice *parts);

#endif
