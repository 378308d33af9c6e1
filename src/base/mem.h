/* Allocation that never returns NULL (running out of memory ends the process with a message and status 1),
 * and arenas: memory that is freed all at once. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/slice.h"

/* Once, before anything else: large pieces come from the system and go back to it, so that what has been freed does not
 * stay with the process between smaller pieces. clean_up, or NULL, is called before the process ends for want of memory,
 * on whichever thread that is: like a signal handler it may neither allocate nor lock. */
void mem_init(void (*clean_up)(void));
_Noreturn void mem_exhausted(void);            /* where something else has found that there is no memory */
void *mem_alloc(size_t bytes);                 /* uninitialised; free() it */
void *mem_zalloc(size_t bytes);                /* zeroed; free() it */
void *mem_realloc(void *p, size_t bytes);
void *mem_grow(void *p, size_t n, size_t *cap, size_t item_bytes); /* room for n items, doubling *cap */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);  /* NUL-terminated copy of len bytes */

/* An arena hands out memory in order and takes it back all at once. Zeroed = ready for use. */
struct arena {
	struct arena_page *page; /* the page in use, newest first */
	char *next, *end;        /* free room in it */
	size_t bytes;            /* all that the pages hold */
};

void *arena_alloc(struct arena *a, size_t bytes); /* aligned to 8, uninitialised */
char *arena_bytes(struct arena *a, size_t bytes); /* unaligned */
struct slice arena_copy(struct arena *a, struct slice s);
char *arena_strdup(struct arena *a, const char *s);
void arena_clear(struct arena *a);   /* empty; keeps the largest page for reuse */
void arena_release(struct arena *a); /* empty; frees everything */

#endif
