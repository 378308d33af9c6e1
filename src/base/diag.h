/* What is wrong with a text that the user wrote: collected with its place, printed at the end with a caret.
 * Knows nothing of the language; columns (tabs, wide and combining characters) are computed here alone. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

struct span {
	uint32_t begin, end; /* byte offsets into the text, begin <= end */
};

struct diag {
	const char *name;  /* "pipeline", or the script's file name */
	struct slice text; /* what is being parsed; borrowed */
	struct diag_item *items;
	size_t n, cap;             /* errors */
	struct diag_item *warnings;
	size_t nwarnings, warnings_cap;
};

void diag_init(struct diag *d, const char *name, struct slice text);
void diag_release(struct diag *d);

/* Adds an error at span. hint, or NULL, is printed behind the caret line ("did you mean 'filter'?"). */
void diag_error(struct diag *d, struct span at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds a warning: what can run, but hardly does what was meant. Does not count as an error. */
void diag_warning(struct diag *d, struct span at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool diag_failed(const struct diag *d); /* an error was added */
void diag_truncate(struct diag *d, size_t n); /* forgets all errors but the first n */

/* Prints the errors in the order of their places, each with its line and a caret line:
 *   spile: pipeline:1:9: unknown stage 'fliter'
 *     stdin | fliter /ERR/ | batch 10
 *             ^~~~~~ did you mean 'filter'?
 * The column counts characters from 1, a tab as one; in the caret line tabs are repeated and wide characters take two.
 * The same mistake at the same place is told once; after ten it says how many more there are. Of a line that is wider than the terminal (or 100 columns where out is none)
 * only what is around the place is shown. Control characters and passwords are shown as base/shown.h says. */
void diag_print(const struct diag *d, FILE *out);
/* Prints the warnings in the same way: "spile: pipeline:1:9: warning: ...". */
void diag_print_warnings(const struct diag *d, FILE *out);

/* The candidate nearest to word by edit distance (transpositions count one), or NULL where none is near enough.
 * candidates ends with NULL. */
const char *diag_suggest(struct slice word, const char *const *candidates);

#endif
