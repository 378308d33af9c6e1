/* Numbers: 64-bit integers that turn into doubles rather than overflow, and their text. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct num {
	bool is_int;
	union {
		int64_t i;
		double d;
	};
};

#define NUM_TEXT_MAX 32 /* bytes that num_format may write */

static inline struct num num_int(int64_t i) { return (struct num){.is_int = true, .i = i}; }
static inline struct num num_dbl(double d) { return (struct num){.is_int = false, .d = d}; }
static inline double num_double(struct num a) { return a.is_int ? (double)a.i : a.d; }

/* Reads text that looks numeric as a whole: blanks (space, tab) at its ends aside
 * [+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?  Text without '.' and exponent that fits 64 bits is an integer.
 * Returns false, and leaves *out alone, where it does not. */
bool num_parse(struct slice text, struct num *out);

/* Reads the longest such number at the beginning of text (blanks before it skipped). False where there is none. */
bool num_prefix(struct slice text, struct num *out);

/* Writes the number to buf (NUM_TEXT_MAX bytes, not NUL-terminated); returns the length.
 * Integers in decimal, and so doubles of integral value that an int64_t can hold (-0.0 as 0); other doubles as %.15g;
 * "nan", "inf", "-inf". */
unsigned num_format(struct num a, char *buf);

/* Numeric order, exact also between a 64-bit integer and a double: <0, 0, >0. NaN sorts after all else. */
int num_cmp(struct num a, struct num b);

struct num num_add(struct num a, struct num b);
struct num num_sub(struct num a, struct num b);
struct num num_mul(struct num a, struct num b);
struct num num_neg(struct num a);
struct num num_div(struct num a, struct num b); /* b != 0; an integer where it divides evenly, else a double */
struct num num_mod(struct num a, struct num b); /* b != 0; the sign of a, as in C and awk */
struct num num_pow(struct num a, struct num b);

/* To that many decimal places (places < 0: to tens, hundreds, ...), half away from zero. A double stands for the shortest
 * decimal that is read as it: 1.005 becomes 1.01, although the double is a little less. */
struct num num_round(struct num a, int64_t places);

#endif
