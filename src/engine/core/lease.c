/* Leases: see lease.h. Knows neither sources nor chunks. */
#include "config.h"

#include "engine/core/lease.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

void lease_book_init(struct lease_book *book)
{
	*book = (struct lease_book){0};
}

struct lease *lease_take(struct lease_book *book, uint64_t end)
{
	struct lease *l = mem_zalloc(sizeof *l);
	atomic_init(&l->refs, 1);
	l->book = book;
	l->begin = book->handed_out;
	l->end = end;
	book->handed_out = end;
	if (book->last)
		book->last->next = l;
	else
		book->first = l;
	book->last = l;
	lease_low_water(book); /* so that the list stays as short as what is held */
	return l;
}

struct lease *lease_ref(struct lease *l)
{
	if (l)
		atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

static void bundle_free(struct lease *l)
{
	for (unsigned i = 0; i < l->nparts; i++)
		lease_unref(l->parts[i]);
	free(l->parts);
	free(l);
}

void lease_unref(struct lease *l)
{
	if (!l)
		return;
	/* Once the count is 0 the book may free a lease at any moment: look at it before. */
	bool bundle = !l->book;
	if (atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) == 1 && bundle)
		bundle_free(l);
}

uint64_t lease_low_water(struct lease_book *book)
{
	struct lease *l;
	while ((l = book->first) && atomic_load_explicit(&l->refs, memory_order_acquire) == 0) {
		book->low_water = l->end;
		book->first = l->next;
		if (!book->first)
			book->last = NULL;
		free(l);
	}
	return book->low_water;
}

bool lease_again(const struct lease *l)
{
	if (!l || l->book)
		return l && !l->book->once;
	for (unsigned i = 0; i < l->nparts; i++)
		if (!lease_again(l->parts[i]))
			return false;
	return true;
}

void lease_book_release(struct lease_book *book)
{
	lease_low_water(book);
	assert(!book->first);
}

static struct lease *bundle_new(struct lease *const *parts, unsigned n)
{
	struct lease *l = mem_zalloc(sizeof *l);
	atomic_init(&l->refs, 1);
	l->parts = mem_alloc((n + 1) * sizeof *l->parts); /* one more may join */
	l->nparts = n;
	for (unsigned i = 0; i < n; i++)
		l->parts[i] = lease_ref(parts[i]);
	return l;
}

/* Makes the bundle (which nobody else holds) cover b too. */
static void bundle_add(struct lease *bundle, struct lease *b)
{
	for (unsigned i = 0; i < bundle->nparts; i++) {
		struct lease *mine = bundle->parts[i];
		if (mine->book != b->book)
			continue;
		if (b->begin < mine->begin) {
			bundle->parts[i] = lease_ref(b);
			lease_unref(mine);
		}
		return;
	}
	bundle->parts = mem_realloc(bundle->parts, (bundle->nparts + 1) * sizeof *bundle->parts);
	bundle->parts[bundle->nparts++] = lease_ref(b);
}

struct lease *lease_lowest(struct lease *a, struct lease *b)
{
	if (!b || a == b)
		return a;
	if (!a)
		return lease_ref(b);
	if (a->book && a->book == b->book) {
		if (a->begin <= b->begin)
			return a;
		lease_unref(a);
		return lease_ref(b);
	}
	struct lease *bundle = a->book ? bundle_new(&a, 1) : bundle_new(a->parts, a->nparts);
	lease_unref(a);
	if (b->book)
		bundle_add(bundle, b);
	for (unsigned i = 0; !b->book && i < b->nparts; i++)
		bundle_add(bundle, b->parts[i]);
	return bundle;
}
