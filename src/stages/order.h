/* Putting many results in order, by compact records that carry eight bytes of what is compared at a time.
 * Knows nothing of what is sorted: its owner supplies those bytes, level after level. */
#ifndef STAGES_ORDER_H
#define STAGES_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/expr.h"

struct order_rec {
	uint64_t k; /* the current level's bytes, as a number */
	uint32_t i; /* the item */
};

struct order {
	const void *arg;
	/* Sets k of n items whose levels before `level` are all equal. False: there is no such level, they are equal. */
	bool (*load)(const void *arg, struct order_rec *r, size_t n, unsigned level);
};

/* The items 0..n-1 from the least on; only the first `limit` of them if limit >= 0. *count says how many. free() them. */
uint32_t *order_items(const struct order *o, uint32_t n, int64_t limit, uint32_t *count);

/* A value as it ranks (see value_rank), parsed once. */
struct rank {
	bool is_num;
	struct num n;   /* is_num */
	struct slice s; /* else; borrowed */
};

struct rank rank_of(const struct value *v);
int rank_cmp(const struct rank *a, const struct rank *b);
/* A value as levels, of which it has rank_levels(): values in descending order have ascending words. Values whose words
 * of all lower levels are equal have as many levels as each other. */
unsigned rank_levels(const struct rank *r);
uint64_t rank_level_desc(const struct rank *r, unsigned level);

#endif
