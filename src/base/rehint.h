/* What the text of a regular expression says about every match of it, for searching many records at once.
 * Conservative: reads the common part of PCRE2's syntax and says nothing about an expression that uses more. */
#ifndef BASE_REHINT_H
#define BASE_REHINT_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"

struct rehint {
	struct str literal;     /* bytes that every match contains in a row; empty: none known */
	bool whole;             /* the expression is ^? literal $? and nothing else; never with RE_ICASE or RE_UTF */
	bool at_begin, at_end;  /* with whole: ^ and $ */
	struct str lines;       /* see below; only with has_lines */
	bool has_lines;
};

/* lines is the expression rewritten so that nothing in it can match a newline and all its assertions look at the line
 * alone, when it is compiled with PCRE2_MULTILINE and without PCRE2_DOTALL. On a text of many lines its first match is
 * then the expression's first match in the first line that has one, taken by itself. Groups keep their numbers. */

/* pattern is one that PCRE2 accepts with these RE_* flags. Release with rehint_release. */
void rehint_init(struct rehint *h, struct slice pattern, unsigned flags);
void rehint_release(struct rehint *h);

#endif
