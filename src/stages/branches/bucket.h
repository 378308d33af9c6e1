/* Token buckets, exact in integers: a bucket holds at most `burst` tokens and fills at `rate`. So in any time t no more
 * than burst + rate * t of them can be taken. Asks for the time nowhere. */
#ifndef STAGES_BRANCHES_BUCKET_H
#define STAGES_BRANCHES_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/syntax/spec.h"

struct bucket_kind {
	struct rate rate;
	int64_t burst;      /* 1 or more */
};

/* Zeroed = full. A bucket that is full is like any other that is: it may be forgotten. */
struct bucket {
	int64_t full_ns;    /* when it is full again if nothing is taken: at full_ns + part / rate.events */
	int64_t part;
};

/* False where the sizes are beyond what 64 bits can hold. */
bool bucket_kind_fits(const struct bucket_kind *k);
/* The tokens in it; never less at a later time. */
int64_t bucket_tokens(const struct bucket_kind *k, const struct bucket *b, int64_t now_ns);
/* Takes n tokens, which must be there. */
void bucket_take(const struct bucket_kind *k, struct bucket *b, int64_t n, int64_t now_ns);
/* When n tokens (at most burst) will be there: the first such ns; no later than now_ns where they are. */
int64_t bucket_due(const struct bucket_kind *k, const struct bucket *b, int64_t n, int64_t now_ns);

static inline bool bucket_is_full(const struct bucket *b, int64_t now_ns)
{
	return b->full_ns + (b->part > 0) <= now_ns;
}

#endif
