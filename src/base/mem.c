/* Allocation that never returns NULL, and arenas. There is no way to go on without memory, so running out ends
 * the process here, with status 1; what may grow without bound must be bounded by its owner. */
#include "config.h"
#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define LARGE_BYTES (256 * 1024)        /* blocks and more; glibc's own threshold would rise as it goes */
#define TRIM_BYTES (4 * 1024 * 1024)    /* free memory at the end of a heap that is kept: 128 KiB would come and go */

#define PAGE_MIN_BYTES 4096u        /* an arena's first page */
#define PAGE_MAX_BYTES (1024u * 1024u) /* pages stop growing here, but for a single larger request */

/*
 *	page -> [ header | used ... | free ... ]
 *	                            ^next       ^end
 */
struct arena_page {
	struct arena_page *older;
	size_t bytes; /* of data */
	_Alignas(16) char data[];
};

static void (*clean_up_first)(void);

void mem_exhausted(void)
{
	static const char text[] = "spile: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1); /* stdio might want to allocate */

	(void)ignored;
	if (clean_up_first)
		clean_up_first();
	_exit(1);
}

void mem_init(void (*clean_up)(void))
{
	clean_up_first = clean_up;
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
#endif
}

void *mem_alloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *mem_zalloc(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *mem_realloc(void *p, size_t bytes)
{
	void *q = realloc(p, bytes ? bytes : 1);

	if (!q)
		mem_exhausted();
	return q;
}

void *mem_grow(void *p, size_t n, size_t *cap, size_t item_bytes)
{
	size_t new_cap, bytes;

	if (n <= *cap)
		return p;
	new_cap = *cap < 4 ? 8 : *cap;
	if (__builtin_mul_overflow(new_cap, (size_t)2, &new_cap) || new_cap < n)
		new_cap = n;
	if (__builtin_mul_overflow(new_cap, item_bytes, &bytes))
		mem_exhausted();
	p = mem_realloc(p, bytes);
	*cap = new_cap;
	return p;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		mem_exhausted();
	copy = mem_alloc(len + 1);
	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

static void use_page(struct arena *a, struct arena_page *page)
{
	a->page = page;
	a->next = page->data;
	a->end = page->data + page->bytes;
}

/* Pages grow with the arena, so that a small one costs little and a large one few calls. */
static void add_page(struct arena *a, size_t need)
{
	size_t bytes = a->bytes < PAGE_MIN_BYTES ? PAGE_MIN_BYTES : a->bytes;
	struct arena_page *page;

	if (bytes > PAGE_MAX_BYTES)
		bytes = PAGE_MAX_BYTES;
	if (bytes < need)
		bytes = need;
	if (bytes > SIZE_MAX - sizeof(*page))
		mem_exhausted();
	page = mem_alloc(sizeof(*page) + bytes);
	page->older = a->page;
	page->bytes = bytes;
	a->bytes += bytes;
	use_page(a, page);
}

char *arena_bytes(struct arena *a, size_t bytes)
{
	char *p;

	/* an empty request of an empty arena gets a page too: nobody has to think of NULL */
	if (!a->page || bytes > (size_t)(a->end - a->next))
		add_page(a, bytes);
	p = a->next;
	a->next += bytes;
	return p;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t pad = -(uintptr_t)a->next & 7;

	/* a new page's data is aligned */
	if (!a->page || pad > (size_t)(a->end - a->next) || bytes > (size_t)(a->end - a->next) - pad)
		add_page(a, bytes);
	else
		a->next += pad;
	return arena_bytes(a, bytes);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_bytes(a, s.len);

	if (s.len)
		memcpy(p, s.p, s.len);
	s.p = p;
	return s;
}

char *arena_strdup(struct arena *a, const char *s)
{
	size_t bytes = strlen(s) + 1;

	return memcpy(arena_bytes(a, bytes), s, bytes);
}

void arena_clear(struct arena *a)
{
	struct arena_page *largest = a->page, *older;

	if (!largest)
		return;
	for (struct arena_page *page = largest->older; page; page = older) {
		older = page->older;
		if (page->bytes > largest->bytes) {
			free(largest);
			largest = page;
		} else {
			free(page);
		}
	}
	largest->older = NULL;
	a->bytes = largest->bytes;
	use_page(a, largest);
}

void arena_release(struct arena *a)
{
	struct arena_page *older;

	for (struct arena_page *page = a->page; page; page = older) {
		older = page->older;
		free(page);
	}
	*a = (struct arena){0};
}
