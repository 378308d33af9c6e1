/* The kinds of values that come from documents and tables. A value's kind goes along in its slice's flags where the value
 * is passed on as it is. A field that is split from a line has no kind of its own. */
#ifndef BASE_KIND_H
#define BASE_KIND_H

#include "base/slice.h"

enum kind {
	KIND_NONE,     /* a field of a line, a CSV value, what was computed: a number where it is spelled as one */
	KIND_MISSING,  /* there is no such member */
	KIND_NULL,
	KIND_LITERAL,  /* true or false */
	KIND_NUMBER,
	KIND_TEXT,
	KIND_DOCUMENT, /* an object or an array: its text */
};

#define KIND_SHIFT 8
#define KIND_MASK (7u << KIND_SHIFT)
/* The text is still written as in JSON, with backslashes. */
#define SLICE_ESCAPED (1u << 11)

static inline enum kind slice_kind(struct slice s)
{
	return (enum kind)((s.flags & KIND_MASK) >> KIND_SHIFT);
}

/* The flags that go along with a value. */
#define KIND_FLAGS (KIND_MASK | SLICE_ESCAPED)

/* s with the kind of `like`, of which it is a copy. */
static inline struct slice slice_as(struct slice s, struct slice like)
{
	s.flags |= like.flags & KIND_FLAGS;
	return s;
}

static inline struct slice slice_of_kind(const char *p, size_t len, enum kind kind)
{
	return (struct slice){.p = p, .len = (uint32_t)len, .flags = (uint32_t)kind << KIND_SHIFT};
}

#endif
