/* Putting many results in order, by compact records that carry eight bytes of what is compared at a time.
 * Knows nothing of what is sorted: its owner supplies those bytes, level after level. */
#ifndef DATA_ORDER_H
#define DATA_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

struct order_rec {
	uint64_t k; /* the current level's bytes, as a number */
	uint32_t i; /* the item */
} __attribute__((packed, aligned(4)));

#define ORDER_GONE UINT32_MAX /* order_rec.i of an item that is left out */

/* Its functions are called from several threads at once, for different items. */
struct order {
	const void *arg;
	/* Sets k of n items whose levels before `level` are all equal. False: there is no such level, they are equal. */
	bool (*load)(const void *arg, struct order_rec *r, size_t n, unsigned level);
	/* Is told of n > 1 items that no level tells apart, in the order in which they were, and may make some of them go:
	 * r[..].i = ORDER_GONE. NULL: they stay as they are. */
	void (*same)(const void *arg, struct order_rec *r, size_t n);
	/* Sorts the result once more; what is equal there stays in this order. NULL: nothing more. */
	const struct order *then;
	struct pool *pool; /* helps where there is much to do; NULL: alone */
};

/* The items 0..n-1 from the least on; only the first `limit` of them if limit >= 0. *count says how many; order_free takes
 * them back. A limit goes with neither `same` nor `then`. */
uint32_t *order_items(const struct order *o, uint32_t n, int64_t limit, uint32_t *count);
void order_free(uint32_t *items, uint32_t count); /* NULL passes */

#endif
