/* The keyed table: from key bytes to a value of fixed size. What counts, groups and drops repeats stands on it.
 * Knows nothing of events, and never removes a key.
 *
 *   index (by hash; a slot is 8 bytes)        entries, in the order in which they came
 *   +-----------------+----------+            +---------------------------+-------+
 *   | tag: 32 of hash | number+1 | ---------> | len, tag, key or its head | value |
 *   +-----------------+----------+            +---------------------------+-------+
 *   | empty: 0                   |            | ...                       | ...   |
 *   +----------------------------+            +---------------------------+-------+
 *
 * Keys up to KEYED_INLINE bytes stand in their entry, longer ones in pages beside it. Growing moves the index alone, in
 * one sequential pass, since a slot's place is the upper bits of its tag. So memory never doubles, and a table of a few
 * keys is a few hundred bytes. Pointers into the table hold until the next call that may add a key. */
#ifndef DATA_KEYED_H
#define DATA_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define KEYED_INLINE 16
#define KEYED_VECTOR 256 /* most keys that one call looks up */

struct order_rec;

struct keyed_entry {
	uint32_t len;
	uint32_t tag;
	union {
		uint64_t word[2];    /* a short key, padded with NULs */
		struct {             /* a long one */
			uint64_t head;   /* its first 8 bytes */
			const char *p;   /* all of it */
		};
	};
};

struct keyed {
	char *entries;             /* n entries of `stride` bytes: struct keyed_entry, then the value */
	uint64_t *index;           /* a power of two of slots, at most 5/8 in use; NULL before the first key */
	struct keyed_page *pages;  /* long keys, newest page first */
	uint32_t n;
	uint32_t shift;            /* slots are 1 << (32 - shift) */
	uint32_t stride;
	uint32_t max_n;            /* keys that the index has room for */
	uint32_t cap;              /* entries that there is room for */
	uint64_t secret[3];        /* what hashing is seeded with: the same in all tables of a run, another in the next */
};

/* Values are value_bytes long (a multiple of 8), aligned to 8 and zeroed when their key is new. */
void keyed_init(struct keyed *t, uint32_t value_bytes);
void keyed_release(struct keyed *t);

/* Looks up n <= KEYED_VECTOR keys and adds those that are new, in their order. where[i] is the number of keys[i]'s
 * entry: so a key was new if its number is the table's n before the call, the next new one's is one more, and so on. */
void keyed_find(struct keyed *t, const struct slice *keys, uint32_t n, uint32_t *where);
/* The same for any number of keys, in a table whose values begin with a uint64_t: adds one to each. */
void keyed_count(struct keyed *t, const struct slice *keys, size_t n);

/* Moves all keys of `from`, whose values are of the same size, into `into`. A key that is new there brings its value
 * along; then fold, where there is one, is called for each key with its numbers in both tables. `from` is left empty.
 * Dearer by the keys of `from`: let it be the smaller one. */
void keyed_merge(struct keyed *into, struct keyed *from,
		 void (*fold)(void *arg, uint32_t into_number, uint32_t from_number, bool is_new), void *arg);

/* No more look-ups: gives back the index. */
void keyed_seal(struct keyed *t);

/* Puts the entries of `from` behind those of `into` as they are, so that a key may stand there twice; quicker than
 * keyed_merge where there are many. Both together have less than 2^32 - 1. No more look-ups; `from` is left empty. */
void keyed_append(struct keyed *into, struct keyed *from);

/* Fills r[0..n).k with the bytes 7 * level... of the keys of entries r[].i, so that sorting by level after level puts
 * them in byte order: see order.h. False: all of them are the same key, which ended before. */
bool keyed_order(const struct keyed *t, struct order_rec *r, size_t n, unsigned level);

static inline struct keyed_entry *keyed_at(const struct keyed *t, uint32_t number)
{
	return (struct keyed_entry *)(t->entries + (size_t)number * t->stride);
}

static inline void *keyed_value(const struct keyed *t, uint32_t number)
{
	return keyed_at(t, number) + 1;
}

static inline struct slice keyed_key(const struct keyed *t, uint32_t number)
{
	const struct keyed_entry *e = keyed_at(t, number);
	return slice_make(e->len <= KEYED_INLINE ? (const char *)e->word : e->p, e->len);
}

/* Functions that do nothing but fetch: gcc takes their calls for dead code unless they are inlined first. */
#define KEYED_FETCH static inline __attribute__((always_inline))

/* For walks in an order that is known ahead: fetches what keyed_key and keyed_value will touch soon after numbers[at]. */
KEYED_FETCH void keyed_fetch_ahead(const struct keyed *t, const uint32_t *numbers, uint32_t n, uint32_t at)
{
	if (at + 16 < n)
		__builtin_prefetch(keyed_at(t, numbers[at + 16]));
	if (at + 8 < n) {
		const struct keyed_entry *e = keyed_at(t, numbers[at + 8]);
		if (e->len > KEYED_INLINE) {
			__builtin_prefetch(e->p);
			__builtin_prefetch(e->p + e->len - 1);
		}
	}
}

#endif
