/* Leases: which positions of a source are still in use downstream.
 *
 * A source hands out positions in order. Each chunk that it makes holds a lease on the span of positions that it came
 * from; whatever is made of the chunk shares the lease; the last holder's release tells the source. The source's low
 * water is the lowest position that is not released: what lies before it is done for good.
 *
 *      released   held      released  held
 *     |--------|---------|----------|-------|
 *              ^ low water
 *
 * So who makes one thing of several chunks of the same source (a batch, an aggregate) need only keep the lowest lease. */
#ifndef ENGINE_CORE_LEASE_H
#define ENGINE_CORE_LEASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lease_book;

struct lease {
	atomic_uint refs;         /* 0: given back; the book frees it */
	struct lease_book *book;  /* NULL: a bundle, which holds one lease of each of several sources */
	struct lease *next;       /* in the book, by position */
	uint64_t begin, end;      /* positions: bytes for a byte source, events for others */
	struct lease **parts;     /* a bundle's */
	unsigned nparts;
};

/* A source's record of its leases. Lives on the loop thread; only release happens on any thread. */
struct lease_book {
	struct lease *first, *last;
	uint64_t low_water, handed_out;
	bool once;                /* some of its positions cannot be read again: a pipe's, a generator's */
};

void lease_book_init(struct lease_book *book);
/* A lease on [end of the last one, end), with one reference. */
struct lease *lease_take(struct lease_book *book, uint64_t end);
struct lease *lease_ref(struct lease *l);    /* NULL passes */
void lease_unref(struct lease *l);           /* NULL passes */
/* The lowest position that is not released yet. Frees what is behind it. */
uint64_t lease_low_water(struct lease_book *book);
/* All that it holds can be read again, in another run. NULL: nobody knows, so no. */
bool lease_again(const struct lease *l);
/* Every lease must have been given back. */
void lease_book_release(struct lease_book *book);

/* What a holder of a (or NULL) must hold to hold b too: takes over the reference to a, takes a new one on b where that is
 * needed, and returns the reference to keep. */
struct lease *lease_lowest(struct lease *a, struct lease *b);

#endif
