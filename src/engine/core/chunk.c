/* Chunks: see chunk.h. Knows bytes and events, not what any stage does with them. */
#include "config.h"

#include "engine/core/chunk.h"

#include <assert.h>
#include <stdlib.h>

#include "base/scan.h"
#include "engine/core/lease.h"

uint64_t chunk_records(const struct chunk *ck)
{
	uint64_t n = 0;
	if (!ck->raw)
		return ck->n;
	if (ck->frame)
		return ck->frame->count(ck->frame, ck);
	for (uint32_t i = 0; i < ck->n; i++)
		n += scan_count(ck->ev[i].p, ck->ev[i].p + ck->ev[i].len, ck->term) +
		     ((ck->ev[i].flags & SLICE_UNENDED) != 0);
	return n;
}

struct chunk *chunk_new(struct block_pool *pool, uint32_t max_events, uint32_t max_bytes)
{
	struct chunk *ck = mem_zalloc(sizeof *ck);
	atomic_init(&ck->refs, 1);
	ck->pool = pool;
	ck->term = '\n';
	ck->max_events = max_events;
	ck->max_bytes = max_bytes;
	return ck;
}

static void drop_contents(struct chunk *ck)
{
	if (ck->load && ck->load_dropped)
		ck->load_dropped(ck);
	ck->load = NULL;
	for (uint32_t i = 0; i < ck->nblocks; i++)
		block_unref(ck->blocks[i]);
	ck->nblocks = 0;
	ck->wblk = NULL;
	if (ck->halfway)
		ck->halfway_free(ck->halfway);
	ck->halfway = NULL;
	lease_unref(ck->lease);
	ck->lease = NULL;
	frame_unref(ck->frame);
	ck->frame = NULL;
	chunk_forget_failures(ck);
	arena_clear(&ck->failure_text);
}

static void chunk_unref(struct chunk *ck)
{
	if (atomic_fetch_sub_explicit(&ck->refs, 1, memory_order_acq_rel) != 1)
		return;
	drop_contents(ck);
	if (!ck->root) {
		free(ck->ev);
		free(ck->cells);
		free(ck->origins);
		free(ck->blocks);
	}
	arena_release(&ck->failure_text);
	free(ck->error);
	struct chunk *root = ck->root;
	free(ck);
	if (root)
		chunk_unref(root);
}

void chunk_free(struct chunk *ck)
{
	if (ck)
		chunk_unref(ck);
}

void chunk_clear(struct chunk *ck)
{
	assert(!ck->root && atomic_load(&ck->refs) == 1);
	drop_contents(ck);
	ck->n = ck->pos = ck->sub = ck->bytes = 0;
	ck->raw = ck->batch = false;
}

/* The text stays where it is: in the root, which v keeps alive. */
static void take_failures(struct chunk *v, struct chunk *ck, uint32_t from, uint32_t to)
{
	chunk_forget_failures(v);
	struct failure **end = &ck->failures;
	for (; *end && ((*end)->at < to || to == ck->n); end = &(*end)->next) {
		(*end)->at -= from;
		v->nfailures++;
	}
	if (end == &ck->failures)
		return;
	v->failures = ck->failures;
	v->failures_end = end;
	ck->failures = *end;
	ck->nfailures -= v->nfailures;
	*end = NULL;
}

struct chunk *chunk_view(struct chunk *ck, uint32_t from, uint32_t n)
{
	struct chunk *root = ck->root ? ck->root : ck;
	struct chunk *v = mem_zalloc(sizeof *v);
	*v = *ck;
	atomic_init(&v->refs, 1);
	atomic_fetch_add_explicit(&root->refs, 1, memory_order_relaxed);
	v->root = root;
	v->next = NULL;
	v->ev = ck->ev + from;
	v->n = v->cap = n;
	v->pos = v->sub = 0;
	v->halfway = NULL;
	v->cells = ck->cells ? chunk_cells(ck, from) : NULL;
	v->origins = ck->origins ? ck->origins + from : NULL;
	v->index = ck->index + from;
	v->blocks = root->blocks;
	v->nblocks = 0; /* the root keeps them alive; chunk_share goes through it */
	v->wblk = NULL;
	v->lease = lease_ref(ck->lease);
	frame_ref(v->frame);
	v->failure_text = (struct arena){0};
	take_failures(v, ck, from, from + n);
	v->error = NULL;
	return v;
}

/* ---- writing ---- */

static void add_block(struct chunk *ck, struct block *b)
{
	if (ck->nblocks == ck->blocks_cap) {
		ck->blocks_cap = ck->blocks_cap ? 2 * ck->blocks_cap : 4;
		ck->blocks = mem_realloc(ck->blocks, ck->blocks_cap * sizeof *ck->blocks);
	}
	ck->blocks[ck->nblocks++] = b;
}

void chunk_own_block(struct chunk *ck, struct block *b)
{
	add_block(ck, b);
	ck->wblk = NULL;
}

char *chunk_room(struct chunk *out, size_t bytes)
{
	assert(!out->root);
	struct block *b = out->wblk;
	if (!b || b->cap - b->len < bytes) {
		b = block_new(out->pool, bytes);
		add_block(out, b);
		out->wblk = b;
	}
	return b->data + b->len;
}

void chunk_wrote(struct chunk *out, size_t bytes)
{
	out->wblk->len += (uint32_t)bytes;
	out->bytes += (uint32_t)bytes;
}

struct slice chunk_copy(struct chunk *out, struct slice s)
{
	char *p = chunk_room(out, (size_t)s.len + 1);
	memcpy(p, s.p, s.len);
	p[s.len] = out->term;
	chunk_wrote(out, (size_t)s.len + 1);
	return slice_make(p, s.len);
}

static void grow(struct chunk *out, uint32_t n)
{
	uint32_t cap = out->cap ? out->cap : 16;
	while (cap < n)
		cap *= 2;
	out->ev = mem_realloc(out->ev, cap * sizeof *out->ev);
	if (out->ncols)
		out->cells = mem_realloc(out->cells, (size_t)cap * out->ncols * sizeof *out->cells);
	if (out->origins)
		out->origins = mem_realloc(out->origins, cap * sizeof *out->origins);
	out->cap = cap;
}

void chunk_reserve(struct chunk *out, uint32_t n)
{
	if (out->n + n > out->cap)
		grow(out, out->n + n);
}

/* Room for one event; origins are kept from here on if in has them. */
static uint32_t add_event(struct chunk *out, const struct chunk *in, struct slice whole)
{
	if (out->n == out->cap)
		grow(out, out->n + 1);
	if (in && in->origins && !out->origins)
		out->origins = mem_zalloc(out->cap * sizeof *out->origins);
	out->ev[out->n] = whole;
	return out->n++;
}

static uint32_t add_from(struct chunk *out, const struct chunk *in, uint32_t from, struct slice whole)
{
	uint32_t i = add_event(out, in, whole);
	if (out->origins)
		out->origins[i] = in->origins ? in->origins[from] : (struct origin){0};
	return i;
}

uint32_t chunk_derive(struct chunk *out, const struct chunk *in, uint32_t from, struct slice whole)
{
	uint32_t i = add_from(out, in, from, whole);
	if (out->ncols)
		memset(chunk_cells(out, i), 0, out->ncols * sizeof *out->cells);
	return i;
}

uint32_t chunk_keep(struct chunk *out, const struct chunk *in, uint32_t from)
{
	uint32_t i = add_from(out, in, from, in->ev[from]);
	assert(!out->ncols || out->ncols == in->ncols);
	if (out->ncols)
		memcpy(chunk_cells(out, i), chunk_cells(in, from), out->ncols * sizeof *out->cells);
	return i;
}

uint32_t chunk_append(struct chunk *out, struct slice whole)
{
	uint32_t i = add_event(out, NULL, whole);
	if (out->origins)
		out->origins[i] = (struct origin){0};
	if (out->ncols)
		memset(chunk_cells(out, i), 0, out->ncols * sizeof *out->cells);
	return i;
}

void chunk_number(struct chunk *ck, uint64_t first)
{
	if (!ck->origins)
		ck->origins = mem_zalloc((size_t)(ck->cap ? ck->cap : 1) * sizeof *ck->origins);
	for (uint32_t i = 0; i < ck->n; i++)
		ck->origins[i] = (struct origin){.nr = first + i, .fnr = first + i};
}

void chunk_inherit(struct chunk *out, const struct chunk *in, uint32_t i)
{
	if (!in->origins || !out->n)
		return;
	if (!out->origins)
		out->origins = mem_alloc(out->cap * sizeof *out->origins);
	for (uint32_t k = 0; k < out->n; k++)
		out->origins[k] = in->origins[i];
}

static bool has_block(const struct chunk *ck, const struct block *b)
{
	/* What is shared again and again was shared last: a short look back finds nearly all. */
	for (uint32_t i = ck->nblocks; i > 0 && i + 8 > ck->nblocks; i--)
		if (ck->blocks[i - 1] == b)
			return true;
	return false;
}

void chunk_hold_block(struct chunk *ck, struct block *b)
{
	if (!has_block(ck, b))
		add_block(ck, block_ref(b));
}

void chunk_share(struct chunk *out, const struct chunk *in)
{
	const struct chunk *root = in->root ? in->root : in;
	for (uint32_t i = 0; i < root->nblocks; i++)
		if (!has_block(out, root->blocks[i]))
			add_block(out, block_ref(root->blocks[i]));
}

/* ---- compacting ---- */

#define COMPACT_RATIO 4 /* copy where blocks hold this many times the bytes that are used of them */

static size_t bytes_of_slices(const struct slice *s, size_t n)
{
	size_t bytes = 0;
	for (size_t i = 0; i < n; i++)
		bytes += (size_t)s[i].len + 1;
	return bytes;
}

/* Copies with the byte behind, which may be a terminator. */
static char *move_slices(struct slice *s, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++) {
		if (!s[i].p)
			continue;
		bool behind = !(s[i].flags & SLICE_UNENDED);
		memcpy(to, s[i].p, s[i].len);
		to[s[i].len] = behind ? s[i].p[s[i].len] : 0;
		s[i].p = to;
		to += (size_t)s[i].len + 1;
	}
	return to;
}

void chunk_compact(struct chunk *ck)
{
	size_t held = 0, ncells = (size_t)ck->n * ck->ncols;
	for (uint32_t i = 0; i < ck->nblocks; i++)
		held += ck->blocks[i]->cap;
	size_t bytes = bytes_of_slices(ck->ev, ck->n);
	if (ck->root || bytes > held / COMPACT_RATIO)
		return;
	bytes += bytes_of_slices(ck->cells, ncells);
	if (bytes > held / COMPACT_RATIO)
		return;
	struct block *b = block_new_small(ck->pool, bytes);
	move_slices(ck->cells, ncells, move_slices(ck->ev, ck->n, b->data));
	b->len = (uint32_t)bytes;
	for (uint32_t i = 0; i < ck->nblocks; i++)
		block_unref(ck->blocks[i]);
	ck->nblocks = 0;
	chunk_own_block(ck, b);
}

/* ---- failures ---- */

void chunk_fail(struct chunk *ck, int stage, struct slice event, const char *why)
{
	struct failure *f = arena_alloc(&ck->failure_text, sizeof *f);
	f->next = NULL;
	f->stage = stage;
	f->at = ck->n;
	f->event = arena_copy(&ck->failure_text, event);
	f->why = arena_strdup(&ck->failure_text, why);
	if (!ck->failures)
		ck->failures_end = &ck->failures;
	*ck->failures_end = f;
	ck->failures_end = &f->next;
	ck->nfailures++;
}

uint32_t chunk_pass_failures(struct chunk *in, uint32_t upto, struct chunk *out)
{
	struct failure *f;
	while ((f = in->failures) && f->at <= upto) {
		chunk_fail(out, f->stage, f->event, f->why);
		in->failures = f->next;
		in->nfailures--;
	}
	return f ? f->at : in->n;
}

void chunk_end_with(struct chunk *ck, struct failure *f)
{
	for (const struct failure *behind = f->next; behind; behind = behind->next)
		ck->nfailures--;
	f->next = NULL;
	ck->failures_end = &f->next;
	ck->n = f->at;
}

void chunk_forget_failures(struct chunk *ck)
{
	ck->failures = NULL;
	ck->nfailures = 0;
}

/* ---- cutting ---- */

/* Numbers the n events from out->ev[at] on, the first being record `skip` of the raw chunk's current place. */
static void number(struct chunk *in, struct chunk *out, uint32_t at)
{
	if (!out->origins)
		out->origins = mem_zalloc(out->cap * sizeof *out->origins);
	for (uint32_t i = at; i < out->n; i++) {
		out->origins[i] = in->first;
		in->first.nr++;
		in->first.fnr++;
	}
}

void chunk_cut(struct chunk *in, struct chunk *out)
{
	while (in->pos < in->n && out->n < out->max_events) {
		struct slice run = in->ev[in->pos];
		const char *p = run.p + in->sub, *end = run.p + run.len;
		uint32_t room = out->max_events - out->n;
		if (room > 1024)
			room = 1024;
		chunk_reserve(out, room);
		uint32_t at = out->n;
		out->n += (uint32_t)scan_records(&p, end, in->term, out->ev + at, room);
		if (in->first.nr)
			number(in, out, at);
		in->sub = (uint32_t)(p - run.p);
		if (p == end) {
			in->pos++;
			in->sub = 0;
		}
	}
	chunk_share(out, in);
}

/* The end of the `most` records that begin at p, or of those that there are: *n says how many that is. */
static const char *end_of_records(const char *p, const char *end, char term, uint32_t most, uint32_t *n)
{
	for (*n = 0; p < end && *n < most; ++*n) {
		const char *hit = memchr(p, term, (size_t)(end - p));
		p = hit ? hit + 1 : end;
	}
	return p;
}

struct chunk *chunk_part(struct chunk *in, uint32_t most)
{
	struct chunk *part = chunk_new(in->pool, in->max_events, in->max_bytes);
	part->raw = true;
	part->term = in->term;
	part->first = in->first;
	part->lease = lease_ref(in->lease);
	chunk_share(part, in);
	while (in->pos < in->n && most) {
		struct slice run = in->ev[in->pos];
		const char *p = run.p + in->sub, *end = run.p + run.len;
		uint32_t n;
		const char *to = end_of_records(p, end, in->term, most, &n);
		uint32_t i = chunk_append(part, slice_make(p, (size_t)(to - p)));
		most -= n;
		in->sub = (uint32_t)(to - run.p);
		if (in->first.nr) {
			in->first.nr += n;
			in->first.fnr += n;
		}
		if (to == end) {
			part->ev[i].flags = run.flags;
			in->pos++;
			in->sub = 0;
		}
	}
	return part;
}
