/* Sorting more than fits into memory. Records, each a key whose bytes compare as it ranks and a load that goes with it, are
 * gathered, sorted in runs, and merged; runs that memory has no room for lie in one nameless file in $TMPDIR, which goes
 * with the process however that ends.
 *
 *   add ... ---> records in memory --(full)--> run | run | run  in the file
 *                     `----(sort)----------------.   |     |
 *   next <--- the least of all <------------------+--+-----'
 *
 * Keys must differ (a stable sort ends them with the place in the input), so the result does not depend on which records
 * shared a run. Knows neither events nor expressions. */
#ifndef STAGES_EXTSORT_H
#define STAGES_EXTSORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct extsort;
struct pool;

/* memory: bytes that records and what sorting them takes may have; beyond that they are spilled. Never NULL. */
struct extsort *extsort_new(size_t memory);
void extsort_free(struct extsort *s); /* NULL passes */
/* Copies a record. False: there was no room, and it could not be spilled: errno. pool may be NULL. */
bool extsort_add(struct extsort *s, struct slice key, struct slice load, struct pool *pool);
/* Takes over all of from, and frees it. False: as extsort_add. */
bool extsort_join(struct extsort *s, struct extsort *from, struct pool *pool);
/* After the last record, once. False: as extsort_add. */
bool extsort_sort(struct extsort *s, struct pool *pool);
/* The next record's load, which is there until the next call. 1; 0: that was all; -1: a spilled run cannot be read: errno. */
int extsort_next(struct extsort *s, struct slice *load);
/* Bytes that were spilled. */
uint64_t extsort_spilled(const struct extsort *s);

#endif
