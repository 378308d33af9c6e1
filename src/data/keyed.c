/* The keyed table: see keyed.h. Keys are looked up a vector at a time: first all are hashed and their slots fetched,
 * then all are compared, so that a table larger than the caches costs its misses side by side, not one after another. */
#include "config.h"

#include "data/keyed.h"

#include <endian.h>

#include "base/hash.h"
#include "data/bigmem.h"
#include "data/order.h"

#define FIRST_BITS 5u              /* a new index has 32 slots */
#define FIRST_ENTRIES 16u
#define MAX_KEYS (UINT32_MAX - 1u)
#define AHEAD 8                    /* how far ahead entries are fetched */
#define FAR_BYTES (512u << 10)     /* entries past this size are worth fetching ahead */
#define FIRST_PAGE_BYTES 1024u     /* pages of long keys grow from this ... */
#define PAGE_BYTES (8u << 20)      /* ... up to this */

/* Reading 16 bytes where fewer belong to us is safe within a page of memory, and much faster than the alternatives; but
 * sanitizers are right to complain. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define EXACT_READS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EXACT_READS 1
#endif
#ifndef EXACT_READS
#define EXACT_READS 0
#endif

struct keyed_page {
	struct keyed_page *older;
	size_t used, bytes;
	char data[];
};

/* A key as entries hold it: the first 16 bytes, padded with NULs. */
struct head {
	uint64_t word[2];
};

void keyed_init(struct keyed *t, uint32_t value_bytes)
{
	*t = (struct keyed){.stride = (uint32_t)sizeof(struct keyed_entry) + value_bytes};
	for (unsigned i = 0; i < 3; i++)
		t->secret[i] = hash_secret(i) | 1;
}

static size_t index_slots(const struct keyed *t)
{
	return t->index ? (size_t)1 << (32 - t->shift) : 0;
}

void keyed_seal(struct keyed *t)
{
	bigmem_free(t->index, index_slots(t) * sizeof *t->index);
	t->index = NULL;
	t->max_n = 0;
}

void keyed_release(struct keyed *t)
{
	while (t->pages) {
		struct keyed_page *page = t->pages;
		t->pages = page->older;
		bigmem_free(page, sizeof *page + page->bytes);
	}
	bigmem_free(t->entries, (size_t)t->cap * t->stride);
	keyed_seal(t);
	keyed_init(t, t->stride - (uint32_t)sizeof(struct keyed_entry));
}

/* ---- hashing ---- */

/* masks + 16 - len: len bytes of ones, then NULs. */
static const unsigned char masks[32] = {
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};

__attribute__((no_sanitize("address", "thread"))) static inline struct head read_short(const char *p, uint32_t len)
{
	struct head h, m;
	if (len == 0)
		p = (const char *)masks; /* may be NULL */
	if (EXACT_READS || ((uintptr_t)p & 4095) > 4096 - sizeof h) {
		h = (struct head){{0, 0}};
		if (len)
			memcpy(&h, p, len);
		return h;
	}
	memcpy(&h, p, sizeof h);
	memcpy(&m, masks + KEYED_INLINE - len, sizeof m);
	h.word[0] &= m.word[0];
	h.word[1] &= m.word[1];
	return h;
}

static inline uint64_t fold_product(uint64_t a, uint64_t b)
{
	__uint128_t p = (__uint128_t)a * b;
	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Multiply and fold, as wyhash and XXH3 do for short input; here without a branch on the length. All factors are secret, so
 * that no part of a key can be chosen to make a product zero. */
static inline uint32_t tag_short(const uint64_t secret[3], struct head h, uint32_t len)
{
	uint64_t x = fold_product(h.word[0] ^ secret[0], secret[1] ^ len);
	return (uint32_t)(fold_product(x ^ h.word[1], secret[2]) >> 32);
}

static inline uint32_t tag_long(const uint64_t secret[3], struct slice key, struct head *h)
{
	memcpy(&h->word[0], key.p, sizeof h->word[0]);
	return (uint32_t)(hash_seeded(key.p, key.len, secret[0]) >> 32);
}

/* ---- growing ---- */

/* The place of a slot is the upper bits of its tag, or the next free one after it. Going through the old index from the
 * first slot that stands at its own place, both are walked from one end to the other. */
static void index_grow(struct keyed *t, uint64_t keys)
{
	uint32_t bits = t->index ? 32 - t->shift : FIRST_BITS;
	while (((uint64_t)5 << bits) / 8 < keys)
		bits++;
	size_t slots = (size_t)1 << bits, mask = slots - 1, old_slots = index_slots(t);
	uint64_t *index = bigmem_alloc(slots * sizeof *index);
	for (size_t i = 0; i < old_slots; i++) {
		uint64_t slot = t->index[i];
		if (!slot)
			continue;
		size_t at = (uint32_t)(slot >> 32) >> (32 - bits);
		while (index[at])
			at = (at + 1) & mask;
		index[at] = slot;
	}
	keyed_seal(t);
	t->index = index;
	t->shift = 32 - bits;
	t->max_n = (uint32_t)(((uint64_t)5 << bits) / 8 < MAX_KEYS ? ((uint64_t)5 << bits) / 8 : MAX_KEYS);
}

static void entries_resize(struct keyed *t, uint64_t cap)
{
	cap = cap < MAX_KEYS ? cap : MAX_KEYS;
	t->entries = bigmem_resize(t->entries, (size_t)t->cap * t->stride, cap * t->stride);
	t->cap = (uint32_t)cap;
}

static void make_room(struct keyed *t, uint32_t n)
{
	uint64_t need = (uint64_t)t->n + n;
	if (need > t->max_n)
		index_grow(t, need);
	if (need <= t->cap)
		return;
	uint64_t cap = t->cap ? t->cap : FIRST_ENTRIES;
	while (cap < need)
		cap *= 2;
	entries_resize(t, cap);
}

static const char *keep_text(struct keyed *t, struct slice key)
{
	struct keyed_page *page = t->pages;
	if (!page || page->bytes - page->used < key.len) {
		size_t bytes = page ? 2 * (sizeof *page + page->bytes) : FIRST_PAGE_BYTES;
		bytes = (bytes < PAGE_BYTES ? bytes : PAGE_BYTES) - sizeof *page;
		if (bytes < key.len)
			bytes = key.len;
		page = bigmem_alloc(sizeof *page + bytes);
		page->bytes = bytes;
		page->older = t->pages;
		t->pages = page;
	}
	char *p = page->data + page->used;
	memcpy(p, key.p, key.len);
	page->used += key.len;
	return p;
}

/* ---- looking up ---- */

static inline bool same_key(const struct keyed_entry *e, struct slice key, const struct head *h)
{
	if (e->len != key.len)
		return false;
	if (key.len <= KEYED_INLINE)
		return ((e->word[0] ^ h->word[0]) | (e->word[1] ^ h->word[1])) == 0;
	return e->head == h->word[0] && memcmp(e->p + 8, key.p + 8, key.len - 8) == 0;
}

static inline struct keyed_entry *entry_at(const struct keyed *t, uint32_t number, size_t stride)
{
	return (struct keyed_entry *)(t->entries + number * stride);
}

static uint32_t add_key(struct keyed *t, size_t at, uint32_t tag, struct slice key, const struct head *h)
{
	struct keyed_entry *e = keyed_at(t, t->n);
	e->len = key.len;
	e->tag = tag;
	e->word[0] = h->word[0];
	if (key.len <= KEYED_INLINE)
		e->word[1] = h->word[1];
	else
		e->p = keep_text(t, key);
	memset(e + 1, 0, t->stride - sizeof *e);
	t->index[at] = (uint64_t)tag << 32 | (t->n + 1);
	return t->n++;
}

/* There is room for the key in case it is new. */
static inline uint32_t find_one(struct keyed *t, uint32_t tag, struct slice key, const struct head *h, size_t stride)
{
	size_t mask = ((size_t)1 << (32 - t->shift)) - 1, at = tag >> t->shift;
	for (uint64_t slot; (slot = t->index[at]) != 0; at = (at + 1) & mask)
		if ((uint32_t)(slot >> 32) == tag && same_key(entry_at(t, (uint32_t)slot - 1, stride), key, h))
			return (uint32_t)slot - 1;
	return add_key(t, at, tag, key, h);
}

KEYED_FETCH void fetch_entry(const struct keyed *t, uint32_t tag, size_t stride)
{
	uint64_t slot = t->index[tag >> t->shift];
	if (slot && (uint32_t)(slot >> 32) == tag)
		__builtin_prefetch(entry_at(t, (uint32_t)slot - 1, stride));
}

/* where == NULL: count. Inlined twice, so that counting knows its stride. */
static inline __attribute__((always_inline)) void find_vector(struct keyed *t, const struct slice *keys, uint32_t n,
							      uint32_t *where, size_t stride)
{
	struct head heads[KEYED_VECTOR];
	uint32_t tags[KEYED_VECTOR];
	uint64_t secret[3] = {t->secret[0], t->secret[1], t->secret[2]};
	make_room(t, n);
	bool far = (size_t)t->n * stride > FAR_BYTES;
	for (uint32_t i = 0; i < n; i++) {
		if (keys[i].len <= KEYED_INLINE) {
			heads[i] = read_short(keys[i].p, keys[i].len);
			tags[i] = tag_short(secret, heads[i], keys[i].len);
		} else {
			tags[i] = tag_long(secret, keys[i], &heads[i]);
		}
		__builtin_prefetch(&t->index[tags[i] >> t->shift]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (far && i + AHEAD < n)
			fetch_entry(t, tags[i + AHEAD], stride);
		uint32_t number = find_one(t, tags[i], keys[i], &heads[i], stride);
		if (where)
			where[i] = number;
		else
			++*(uint64_t *)(entry_at(t, number, stride) + 1);
	}
}

void keyed_find(struct keyed *t, const struct slice *keys, uint32_t n, uint32_t *where)
{
	find_vector(t, keys, n, where, t->stride);
}

void keyed_count(struct keyed *t, const struct slice *keys, size_t n)
{
	while (n) {
		uint32_t some = n < KEYED_VECTOR ? (uint32_t)n : KEYED_VECTOR;
		if (t->stride == sizeof(struct keyed_entry) + sizeof(uint64_t))
			find_vector(t, keys, some, NULL, sizeof(struct keyed_entry) + sizeof(uint64_t));
		else
			find_vector(t, keys, some, NULL, t->stride);
		keys += some;
		n -= some;
	}
}

/* ---- merging ---- */

/* Puts entry e of another table in, as it is: a long key's text comes along with the pages. */
static uint32_t merge_one(struct keyed *into, const struct keyed_entry *e, bool *is_new)
{
	struct head h = {{e->word[0], e->word[1]}};
	struct slice key = slice_make(e->len <= KEYED_INLINE ? (const char *)e->word : e->p, e->len);
	size_t mask = ((size_t)1 << (32 - into->shift)) - 1, at = e->tag >> into->shift;
	*is_new = false;
	for (uint64_t slot; (slot = into->index[at]) != 0; at = (at + 1) & mask)
		if ((uint32_t)(slot >> 32) == e->tag && same_key(keyed_at(into, (uint32_t)slot - 1), key, &h))
			return (uint32_t)slot - 1;
	*is_new = true;
	memcpy(keyed_at(into, into->n), e, into->stride);
	into->index[at] = (uint64_t)e->tag << 32 | (into->n + 1);
	return into->n++;
}

static void take_pages(struct keyed *into, struct keyed *from)
{
	struct keyed_page **end = &into->pages;
	while (*end)
		end = &(*end)->older;
	*end = from->pages;
	from->pages = NULL;
}

/* From the last entry to the first, giving back memory on the way: what `into` gains `from` has lost. */
void keyed_merge(struct keyed *into, struct keyed *from,
		 void (*fold)(void *arg, uint32_t into_number, uint32_t from_number, bool is_new), void *arg)
{
	keyed_seal(from);
	take_pages(into, from);
	uint32_t kept = from->cap;
	while (from->n) {
		uint32_t some = from->n < KEYED_VECTOR ? from->n : KEYED_VECTOR, first = from->n - some;
		make_room(into, some);
		for (uint32_t i = first; i < from->n; i++)
			__builtin_prefetch(&into->index[keyed_at(from, i)->tag >> into->shift]);
		for (uint32_t i = first; i < from->n; i++) {
			bool is_new;
			if (i + AHEAD < from->n)
				fetch_entry(into, keyed_at(from, i + AHEAD)->tag, into->stride);
			uint32_t number = merge_one(into, keyed_at(from, i), &is_new);
			if (fold)
				fold(arg, number, i, is_new);
		}
		from->n = first;
		if (kept - first > kept / 8 && (size_t)first * from->stride > FAR_BYTES) {
			entries_resize(from, first);
			kept = first;
		}
	}
	keyed_release(from);
}

void keyed_append(struct keyed *into, struct keyed *from)
{
	size_t stride = into->stride;
	keyed_seal(into);
	keyed_seal(from);
	take_pages(into, from);
	into->entries = bigmem_join(into->entries, into->n * stride, into->cap * stride, from->entries, from->n * stride,
				    from->cap * stride, stride);
	into->n += from->n;
	into->cap = into->n;
	keyed_init(from, (uint32_t)(stride - sizeof(struct keyed_entry)));
}

/* ---- order ---- */

/* Seven bytes in the upper bytes, and in the lowest how many are left from here on, at most 8: so a key sorts before
 * what it begins, NULs at its end or not. */
static inline uint64_t level_word(const char *p, size_t left)
{
	uint64_t word = 0;
	if (left >= 8)
		memcpy(&word, p, 8);
	else if (left)
		memcpy(&word, p, left);
	return (be64toh(word) & ~(uint64_t)255) | (left < 8 ? left : 8);
}

KEYED_FETCH void fetch_text(const struct keyed_entry *e, size_t at)
{
	if (e->len > KEYED_INLINE && e->len > at)
		__builtin_prefetch(e->p + at);
}

bool keyed_order(const struct keyed *t, struct order_rec *r, size_t n, unsigned level)
{
	size_t at = (size_t)7 * level;
	if (level > 0 && keyed_at(t, r[0].i)->len <= at)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i + 2 * AHEAD < n)
			__builtin_prefetch(keyed_at(t, r[i + 2 * AHEAD].i));
		if (i + AHEAD < n && at > 0)
			fetch_text(keyed_at(t, r[i + AHEAD].i), at);
		const struct keyed_entry *e = keyed_at(t, r[i].i);
		const char *key = e->len <= KEYED_INLINE || at == 0 ? (const char *)e->word : e->p;
		r[i].k = at < e->len ? level_word(key + at, e->len - at) : 0;
	}
	return true;
}
