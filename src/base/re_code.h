/* What re.c, which knows PCRE2, and refind.c, which finds records, share. Nobody else includes it. */
#ifndef BASE_RE_CODE_H
#define BASE_RE_CODE_H

#include <stdint.h>

#include "base/re.h"
#include "base/rehint.h"
#include "base/scan.h"

struct code; /* PCRE2's, and how to run it */

/* The expression compiled in another way, when that is first wanted, by whichever thread comes first. */
struct variant {
	struct slice pattern; /* p == NULL: there is no such variant */
	uint32_t options;
	_Atomic(struct code *) code; /* NULL: not compiled yet */
};

struct re {
	uint64_t serial; /* never used again: the key of its slot in a scratch */
	struct code *code;
	unsigned ngroups;
	const char **names;  /* [ngroups + 1], NULL where a group has none */
	char *pattern;       /* what the variants' patterns point into */
	bool one_start;      /* a match can begin in one place only, at the start of the search or of the subject */

	struct variant sliced;  /* takes an offset limit: a search of it can be cut into pieces */
	struct variant counted; /* calls us at every item: its work can be counted, and given up */
	struct variant lines;   /* for many lines at once (rehint.h) */

	struct rehint hint;
	char *anchored;      /* newline, literal, newline: what the needle for a whole line points into */
	struct scan_needle literal;     /* len 0: none */
	struct scan_needle line_literal; /* hint.whole: the literal with the newlines that its anchors ask for */
};

struct re_slot {
	uint64_t serial; /* 0: free */
	void *data;      /* PCRE2's match data: NULL where there was no memory */
	unsigned poor_calls; /* for how many calls yet the literal is not looked for */
};

/* The expression's place in the scratch; valid until the next call with another expression. */
struct re_slot *re_slot_of(struct re_scratch *s, const struct re *re);

/* Whether one subject matches, with the work bounded (see re.h). */
enum re_result re_search(const struct re *re, struct re_scratch *s, struct re_slot *slot, struct slice subject);

/* Looks for the first match of re->lines in [p, end), many lines: RE_MATCH with *hit where it begins, RE_NOMATCH, or
 * RE_FAILED where that takes more than it is worth: try the records one by one. */
enum re_result re_search_lines(const struct re *re, struct re_scratch *s, struct re_slot *slot, const char *p,
			       const char *end, const char **hit);

/* False where the variant for lines does not compile. */
bool re_has_lines(const struct re *re);

/* The run is ending, and expensive searches are to be given up. */
bool re_given_up(const struct re_scratch *s);

#endif
