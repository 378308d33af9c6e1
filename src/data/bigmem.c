/* Large memory: see bigmem.h. A table of ten million keys lies on 100,000 pages of 4 KiB: on pages of 2 MiB, looking up a
 * key at random costs half. So large pieces begin at such a page, and stay at one when they grow. */
#include "config.h"

#include "data/bigmem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

#define PAGE_BYTES ((size_t)2 << 20)
#define LINE_BYTES 64u

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* Address space without memory that begins at a large page. */
static char *reserve(size_t bytes)
{
	char *p = mmap(NULL, bytes + PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted();
	size_t before = round_up((uintptr_t)p, PAGE_BYTES) - (uintptr_t)p;
	if (before)
		munmap(p, before);
	munmap(p + before + bytes, PAGE_BYTES - before);
	return p + before;
}

static void *alloc_small(size_t bytes)
{
	void *p = NULL;
	if (posix_memalign(&p, LINE_BYTES, bytes ? bytes : 1))
		mem_exhausted();
	return memset(p, 0, bytes);
}

/* Gives reserved address space memory. */
static void fill(char *p, size_t bytes)
{
	if (!bytes)
		return;
	if (mmap(p, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		mem_exhausted();
	madvise(p, bytes, MADV_HUGEPAGE); /* good if it works */
}

/* Moves the memory itself to reserved address space. A large page at a time: no call may span what came from different
 * mappings. */
static void move(char *to, char *from, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += PAGE_BYTES)
		if (mremap(from + at, PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, to + at) == MAP_FAILED)
			mem_exhausted();
}

static void *alloc_big(size_t bytes)
{
	bytes = round_up(bytes, PAGE_BYTES);
	char *p = reserve(bytes);
	fill(p, bytes);
	return p;
}

void *bigmem_alloc(size_t bytes)
{
	return bytes < BIGMEM_FROM ? alloc_small(bytes) : alloc_big(bytes);
}

void bigmem_free(void *p, size_t bytes)
{
	if (p && bytes >= BIGMEM_FROM)
		munmap(p, round_up(bytes, PAGE_BYTES));
	else
		free(p);
}

static void *resize_by_copy(void *p, size_t old_bytes, size_t bytes)
{
	void *q = bigmem_alloc(bytes);
	if (p)
		memcpy(q, p, old_bytes < bytes ? old_bytes : bytes);
	bigmem_free(p, old_bytes);
	return q;
}

static void *grow_big(char *p, size_t old_bytes, size_t bytes)
{
	char *to = reserve(bytes);
	move(to, p, old_bytes);
	fill(to + old_bytes, bytes - old_bytes);
	return to;
}

void *bigmem_resize(void *p, size_t old_bytes, size_t bytes)
{
	if (!p || old_bytes < BIGMEM_FROM || bytes < BIGMEM_FROM)
		return resize_by_copy(p, old_bytes, bytes);
	old_bytes = round_up(old_bytes, PAGE_BYTES);
	bytes = round_up(bytes, PAGE_BYTES);
	if (bytes > old_bytes)
		return grow_big(p, old_bytes, bytes);
	if (bytes < old_bytes)
		munmap((char *)p + bytes, old_bytes - bytes);
	return p;
}

static void *join_by_copy(void *p, size_t p_used, size_t p_bytes, void *q, size_t q_used, size_t q_bytes)
{
	char *all = bigmem_resize(p, p_bytes, p_used + q_used);
	if (q_used)
		memcpy(all + p_used, q, q_used);
	bigmem_free(q, q_bytes);
	return all;
}

/* What is last in q fills up p's last page; then q's pages move behind it. */
void *bigmem_join(void *p, size_t p_used, size_t p_bytes, void *q, size_t q_used, size_t q_bytes, size_t unit)
{
	size_t p_pages = round_up(p_used, PAGE_BYTES), gap = p_pages - p_used;
	if (p_used < BIGMEM_FROM || q_used < BIGMEM_FROM + gap || PAGE_BYTES % unit != 0)
		return join_by_copy(p, p_used, p_bytes, q, q_used, q_bytes);
	q_used -= gap;
	p = bigmem_resize(p, p_bytes, p_pages);
	memcpy((char *)p + p_used, (char *)q + q_used, gap);
	q = bigmem_resize(q, q_bytes, q_used);
	size_t q_pages = round_up(q_used, PAGE_BYTES);
	char *to = reserve(p_pages + q_pages);
	move(to, p, p_pages);
	move(to + p_pages, q, q_pages);
	return to;
}
