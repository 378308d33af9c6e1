/* Sorting more than fits into memory. Records, each a key whose bytes compare as it ranks and a load that goes with it, are
 * gathered, sorted in runs, and merged; runs that memory has no room for lie in a nameless file in $TMPDIR (or /tmp), which
 * goes with the process however that ends.
 *
 *   add ... ---> records in memory --(full)--> run | run | run  in the file
 *                     `----(sort)----------------.   |     |
 *   next <--- the least of all <------------------+--+-----'
 *
 * No key may be equal to another nor the beginning of one (a stable sort ends them with the place in the input), so the
 * result does not depend on which records shared a run. Knows neither events nor expressions. */
#ifndef DATA_EXTSORT_H
#define DATA_EXTSORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct extsort;
struct pool;

/* memory: bytes that records and what sorting them takes may have; beyond that they are spilled. Never NULL. */
struct extsort *extsort_new(size_t memory);
void extsort_free(struct extsort *s); /* NULL passes */
/* Adds a record: copies the key, and returns where the caller writes the load before any other call. NULL: there was no
 * room, and it could not be spilled: errno. pool may be NULL. */
char *extsort_put(struct extsort *s, struct slice key, size_t load_bytes, struct pool *pool);
/* Takes over all of from, and frees it; its memory is s's from here on. False: as extsort_put. */
bool extsort_join(struct extsort *s, struct extsort *from, struct pool *pool);
/* After the last record, once. False: as extsort_put. */
bool extsort_sort(struct extsort *s, struct pool *pool);
/* The next record's load, which is there until the next call. 1; 0: that was all; -1: a spilled run cannot be read: errno. */
int extsort_next(struct extsort *s, struct slice *load);
/* Bytes that were spilled. */
uint64_t extsort_spilled(const struct extsort *s);
/* The folder that runs are spilled to, for messages. */
const char *extsort_folder(void);

#endif
