/* What messages show of texts that others wrote (events, names, options, pipelines): nothing that a terminal would obey, and
 * no password. A control character of ASCII or Latin 1, or a byte that is no UTF-8, is shown as \xHH; the password of a URL,
 * whatever its length, as ***. */
#ifndef BASE_SHOWN_H
#define BASE_SHOWN_H

#include <stdbool.h>

#include "base/str.h"

#define SHOWN_MAX 8 /* bytes of one piece */

/* A walk along a text, a character (or a whole password) at a time. */
struct shown {
	const char *p, *end;         /* what comes next */
	const char *secret, *after;  /* the next password; secret == end: there is none */
};

struct shown shown_begin(struct slice text);
/* The next piece as it is shown, at most SHOWN_MAX bytes, and its length; 0 at the end. w->p moves to its end. */
unsigned shown_next(struct shown *w, char piece[SHOWN_MAX]);

/* Appends the first max bytes of the text, or all of it, as they are shown. A password that they cut is known by what
 * follows them. Returns whether that was all. */
bool str_add_shown(struct str *s, struct slice text, size_t max);

/* Prints "spile: ", the text as it is shown and a newline on standard error, in one piece. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
