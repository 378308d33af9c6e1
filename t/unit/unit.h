/* The harness of the unit tests: named cases, checks inside them, one TAP line a case. A failed check says where and
 * what on a comment line, and the case goes on. For one test program each: included by one .c file only.
 *
 *	UNIT("a prefix sorts before what it begins") {
 *		CHECK(slice_cmp(a, b) < 0);
 *	}
 *
 * stands in a function that main calls; main ends with `return unit_done();`. */
#ifndef T_UNIT_H
#define T_UNIT_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

/* A test program is one thread and one run of cases: its state is the only global here. */
static struct {
	unsigned cases, bad_cases; /* begun, and failed among those that ended */
	unsigned bad_checks;       /* in the current case */
	const char *name;          /* the current case, NULL between cases */
} unit;

#define UNIT_MAX_REPORTS 10u /* failed checks that are printed in a case */

/* Safe to call again: a case left by break or return is ended by whatever comes next. */
static inline void unit_end(void)
{
	if (!unit.name)
		return;
	if (unit.bad_checks)
		unit.bad_cases++;
	printf("%sok %u - %s\n", unit.bad_checks ? "not " : "", unit.cases, unit.name);
	fflush(stdout);
	unit.name = NULL;
}

static inline bool unit_begin(const char *name)
{
	unit_end();
	unit.name = name;
	unit.bad_checks = 0;
	unit.cases++;
	return true;
}

/* Opens a named case: the statement that follows is its body. */
#define UNIT(case_name) for (bool unit_on_ = unit_begin(case_name); unit_on_; unit_on_ = false, unit_end())

static inline bool unit_fail(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static inline bool unit_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (++unit.bad_checks > UNIT_MAX_REPORTS)
		return false;
	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return false;
}

static inline bool unit_check(bool held, const char *file, int line, const char *text)
{
	return held || unit_fail(file, line, "%s", text);
}

static inline void unit_print_bytes(const char *label, const char *p, size_t len)
{
	if (unit.bad_checks > UNIT_MAX_REPORTS)
		return;
	printf("#   %s (%zu bytes): \"", label, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	puts("\"");
}

static inline bool unit_bytes(const char *file, int line, const char *expr, const char *got, size_t got_len,
			      const char *want, size_t want_len)
{
	if (got_len == want_len && (got_len == 0 || memcmp(got, want, got_len) == 0))
		return true;
	unit_fail(file, line, "%s is not as expected", expr);
	unit_print_bytes("got ", got, got_len);
	unit_print_bytes("want", want, want_len);
	return false;
}

static inline bool unit_str(const char *file, int line, const char *expr, const char *got, const char *want)
{
	if (!got || !want)
		return got == want || unit_fail(file, line, "%s is %s", expr, got ? "not NULL" : "NULL");
	return unit_bytes(file, line, expr, got, strlen(got), want, strlen(want));
}

static inline bool unit_int(const char *file, int line, const char *expr, intmax_t got, intmax_t want)
{
	return got == want || unit_fail(file, line, "%s is %" PRIdMAX ", not %" PRIdMAX, expr, got, want);
}

/* A check yields whether it held (but CHECK_MSG and CHECK_SLICE), so that a case can stop: `if (!CHECK(p)) break;` */
#define CHECK(cond) unit_check(cond, __FILE__, __LINE__, #cond)
/* With a message of one's own, as for printf. */
#define CHECK_MSG(cond, ...) ((void)((cond) || unit_fail(__FILE__, __LINE__, __VA_ARGS__)))
#define CHECK_INT(got, want) unit_int(__FILE__, __LINE__, #got, (intmax_t)(got), (intmax_t)(want))
#define CHECK_STR(got, want) unit_str(__FILE__, __LINE__, #got, got, want)
#define CHECK_BYTES(got, got_len, want, want_len) unit_bytes(__FILE__, __LINE__, #got, got, got_len, want, want_len)
/* got is a struct slice, want a NUL-terminated string. */
#define CHECK_SLICE(got, want) \
	do { \
		struct slice unit_got_ = (got); \
		const char *unit_want_ = (want); \
		unit_bytes(__FILE__, __LINE__, #got, unit_got_.p, unit_got_.len, unit_want_, strlen(unit_want_)); \
	} while (0)

/* Prints the plan; the test program's exit status. */
static inline int unit_done(void)
{
	unit_end();
	printf("1..%u\n", unit.cases);
	return unit.bad_cases ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Repeatable pseudo-random numbers (xorshift64*) for property tests. *state is any number but 0. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* One of 0 … n-1. */
static inline size_t unit_below(uint64_t *state, size_t n)
{
	return (size_t)((unit_random(state) >> 32) % n);
}

#endif
