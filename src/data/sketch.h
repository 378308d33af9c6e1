/* Percentiles of a multiset of numbers: exact up to SKETCH_EXACT of them, from there on by DDSketch (Masson, Rim and Lee,
 * "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", 2019): counts in buckets whose
 * bounds grow by a constant factor. What it holds is a function of the multiset alone, so results do not depend on the
 * order of adding and merging. Buckets are never collapsed: values between 1 and 10^9 take a thousand of them at most. */
#ifndef DATA_SKETCH_H
#define DATA_SKETCH_H

#include "base/num.h"

#define SKETCH_EXACT 4096
#define SKETCH_ERROR 0.01 /* how far a result may lie from the exact one, relative to it */

/* Zeroed = empty. */
struct sketch {
	uint64_t n;
	double *values;            /* n of them while there are few, the first `sorted` ascending; then NULL */
	uint32_t cap, sorted;
	struct sketch_bins *bins;  /* NULL while there are few */
};

void sketch_release(struct sketch *s);
void sketch_add(struct sketch *s, double d);
void sketch_merge(struct sketch *into, const struct sketch *from);
#define SKETCH_WHOLE 1000000u /* 100 percent, as sketch_percentile takes it */

/* The value that `share` millionths (1 to SKETCH_WHOLE) of the numbers do not exceed, by nearest rank: the least of them
 * that at least that share is not above. n > 0. Integral values are integers. May put values in order. */
struct num sketch_percentile(struct sketch *s, uint32_t share);

#endif
