/* Events in order, more than memory holds: see sorted.h. Knows nothing of what their keys are made of. */
#include "config.h"

#include "stages/ordered/sorted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "data/extsort.h"
#include "stages/shared/packed.h"

void sorted_bind(struct sorted *s, struct bind *b)
{
	s->schema = bind_schema(b);
	if (s->memory < 0)
		s->memory = SORTED_MEMORY;
	if (!bind_batched(b))
		bind_set_at_end(b, "after 'batch' it puts each batch in order");
}

uint32_t sorted_ncols(const void *priv)
{
	return stage_ncols(((const struct sorted *)priv)->schema);
}

void *sorted_state_new(const void *priv)
{
	(void)priv;
	return mem_zalloc(sizeof(struct sorted_state));
}

void sorted_state_free(const void *priv, void *state)
{
	struct sorted_state *st = state;
	(void)priv;
	extsort_free(st->sort);
	free(st->key);
	free(st);
}

/* The first mistake stays. */
static void failed(struct sorted_state *st, struct work *w, const char *what)
{
	if (!st->why[0])
		snprintf(st->why, sizeof st->why, "cannot %s a temporary file in '%s': %s", what, extsort_folder(), strerror(errno));
	if (w)
		w->fatal = st->why;
}

/* Each of the threads that absorb has its part of the memory. */
static struct extsort *sort_of(const struct sorted *s, struct sorted_state *st, const struct work *w)
{
	if (!st->sort)
		st->sort = extsort_new((size_t)s->memory / (size_t)(w->pool ? pool_width(w->pool) : 1));
	return st->sort;
}

char *sorted_key(struct sorted_state *st, size_t bytes)
{
	bytes += SORTED_POS_BYTES;
	if (bytes > st->key_cap) {
		st->key_cap = bytes + bytes / 2 + 64;
		st->key = mem_realloc(st->key, st->key_cap);
	}
	return st->key;
}

char *sorted_write_pos(uint64_t pos, char *to)
{
	int n = pos ? (71 - __builtin_clzll(pos)) / 8 : 0;
	*to++ = (char)n;
	for (int i = n; i-- > 0;)
		*to++ = (char)(pos >> (8 * i));
	return to;
}

bool sorted_add(const struct sorted *s, struct sorted_state *st, struct work *w, const struct chunk *in, uint32_t i,
		const char *end)
{
	size_t key_bytes = (size_t)(end - st->key), bytes = packed_bytes(s->schema, in, i);
	if (key_bytes > UINT32_MAX || bytes > UINT32_MAX) {
		work_fail(w, in->ev[i], "the event is longer than 4 GiB");
		return true;
	}
	char *load = extsort_put(sort_of(s, st, w), slice_make(st->key, key_bytes), bytes, w->pool);
	if (load)
		packed_write(s->schema, in, i, load);
	else
		failed(st, w, "write");
	return load;
}

void sorted_merge(const void *priv, void *into, void *from)
{
	struct sorted_state *a = into, *b = from;
	(void)priv;
	if (b->why[0] && !a->why[0])
		memcpy(a->why, b->why, sizeof a->why);
	if (a->sort && b->sort) {
		if (!extsort_join(a->sort, b->sort, NULL))
			failed(a, NULL, "write");
	} else if (b->sort) {
		a->sort = b->sort;
	}
	b->sort = NULL;
}

void sorted_finish(const void *priv, void *state, struct work *w)
{
	struct sorted_state *st = state;
	(void)priv;
	if (!st->why[0] && st->sort && !extsort_sort(st->sort, w->pool))
		failed(st, w, "write");
	if (st->why[0])
		w->fatal = st->why;
}

bool sorted_emit(const void *priv, void *state, struct work *w, struct chunk *out, struct num window)
{
	const struct sorted *s = priv;
	struct sorted_state *st = state;
	struct slice load;
	int got = st->sort ? 1 : 0;
	(void)window;
	while (got > 0 && !chunk_full(out) && (got = extsort_next(st->sort, &load)) > 0)
		packed_append(s->schema, load, out);
	if (got < 0)
		failed(st, w, "read");
	return got <= 0;
}
