/* A run of bytes that somebody else keeps alive. Any byte may occur in it. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	uint32_t len;   /* bytes; an event is never longer than --max-event, which is below 4 GiB */
	uint32_t flags; /* SLICE_* */
};

/* The record ended with its input, not with a terminator: printed as it came, it gets none. */
#define SLICE_UNENDED 1u

static inline struct slice slice_make(const char *p, size_t len)
{
	return (struct slice){.p = p, .len = (uint32_t)len};
}

static inline struct slice slice_str(const char *s)
{
	return slice_make(s, strlen(s));
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Bytewise order; a prefix comes before what it begins. */
static inline int slice_cmp(struct slice a, struct slice b)
{
	uint32_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.p, b.p, n) : 0; /* what is empty may have no pointer */
	return c ? c : (a.len > b.len) - (a.len < b.len);
}

#endif
