/* Large memory: see bigmem.h. A table of ten million keys lies on 100,000 pages of 4 KiB: on pages of 2 MiB, looking up a
 * key at random costs half. So large pieces begin at such a page, and stay at one when they grow. */
#include "config.h"

#include "stages/bigmem.h"

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

static void *out_of_memory(void)
{
	return mem_alloc(SIZE_MAX / 2); /* ends with the usual message */
}

/* Address space without memory that begins at a large page. */
static char *reserve(size_t bytes)
{
	char *p = mmap(NULL, bytes + PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return out_of_memory();
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
		return out_of_memory();
	return memset(p, 0, bytes);
}

static void *alloc_big(size_t bytes)
{
	bytes = round_up(bytes, PAGE_BYTES);
	char *p = reserve(bytes);
	if (mmap(p, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return out_of_memory();
	madvise(p, bytes, MADV_HUGEPAGE); /* good if it works */
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

/* Moves the memory itself to where there is room for more of it. */
static void *grow_big(char *p, size_t old_bytes, size_t bytes)
{
	char *to = reserve(bytes);
	if (mremap(p, old_bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
		return out_of_memory();
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
