/* The inner loops over bytes: cutting records, words and fields, counting, searching, mapping case.
 * They use AVX2 where the processor has it (found at run time) and portable code elsewhere, with equal results.
 * Nothing here allocates or fails. */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <stddef.h>

#include "base/slice.h"

/* Cuts up to max records ended by term out of [*p, end) into out (terminator excluded, flags 0) and moves *p behind
 * the last one's terminator. Returns how many. Bytes after the last terminator are a record too: it is flagged
 * SLICE_UNENDED and *p becomes end. *p == end gives 0. */
size_t scan_records(const char **p, const char *end, char term, struct slice *out, size_t max);

/* Cuts up to max words: runs of bytes other than the six C white-space bytes (and `also`, a byte value that separates
 * too, or -1) into out, flags 0. Moves *p behind what was scanned; returns how many. */
size_t scan_words(const char **p, const char *end, int also, struct slice *out, size_t max);

/* Fields as awk sees them: runs between spaces, tabs and newlines. Writes the first max fields; returns how many it
 * wrote. *rest, if not NULL, is where the scan stopped (to go on from there). */
size_t scan_fields(const char *p, const char *end, struct slice *out, size_t max, const char **rest);

size_t scan_count(const char *p, const char *end, char byte); /* how often byte occurs */
const char *scan_last(const char *p, const char *end, char byte); /* last occurrence or NULL */

void scan_lower(char *dst, const char *src, size_t len); /* ASCII only; dst == src is allowed */
void scan_upper(char *dst, const char *src, size_t len);

/* A literal to search for. Made once, then shared between threads. needle must outlive it; 1 <= len. */
struct scan_needle {
	const char *p;
	uint32_t len;
	uint32_t rare[2]; /* offsets of the two bytes of the needle that are least common in text, rare[0] <= rare[1] */
};

void scan_needle_init(struct scan_needle *n, const char *p, size_t len);
const char *scan_find(const struct scan_needle *n, const char *p, const char *end); /* first occurrence or NULL */

/* For tests: use the portable code even where the processor could do better. Not while other threads scan. */
void scan_force_portable(bool portable);

#endif
