/* Sums that do not depend on the order of what is added: integers in 128 bits, doubles without rounding until the end
 * (Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997; the partials of
 * Python's math.fsum). The result is the exact sum, rounded once. */
#ifndef DATA_EXACTSUM_H
#define DATA_EXACTSUM_H

#include "base/num.h"

#define EXACTSUM_FEW 3

/* Zeroed = 0. */
struct exactsum {
	uint64_t lo;               /* the integers' sum, two's complement ... */
	int64_t hi;                /* ... its upper half */
	double few[EXACTSUM_FEW];  /* partials: their sum is exact, none overlaps another, ascending in size ... */
	double *more;              /* ... or, where they were too many once, all of them are here */
	struct exactsum *huge;     /* sum of the values so large that partials might overflow, times 2 to the -64, or NULL */
	uint8_t n, cap;            /* partials, room in more */
	uint8_t flags;
};

void exactsum_release(struct exactsum *s);
void exactsum_add_double(struct exactsum *s, double d);
void exactsum_merge(struct exactsum *into, const struct exactsum *from);
/* An integer where all were and it fits, else a double; inf and nan as IEEE 754 has them. */
struct num exactsum_value(const struct exactsum *s);
/* The sum divided by n > 0. In range where all values are, though the sum may not be. */
struct num exactsum_mean(const struct exactsum *s, uint64_t n);

static inline void exactsum_add(struct exactsum *s, struct num n)
{
	if (!n.is_int) {
		exactsum_add_double(s, n.d);
		return;
	}
	s->hi += (n.i < 0 ? -1 : 0) + __builtin_add_overflow(s->lo, (uint64_t)n.i, &s->lo);
}

#endif
