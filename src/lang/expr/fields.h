/* Where fields are in a text: by blanks, by a byte, by a longer string, by a regular expression. Remembers nothing;
 * eval_split in lang/expr/expr.h keeps what was found for an event. */
#ifndef LANG_EXPR_FIELDS_H
#define LANG_EXPR_FIELDS_H

#include "base/scan.h"
#include "lang/expr/expr.h"

struct splitter {
	enum { SPLITTER_BLANK, SPLITTER_BYTE, SPLITTER_TEXT, SPLITTER_REGEX } kind;
	char byte;
	struct scan_needle needle;
	const struct re *re;
	char *owned_text;    /* of splitter_new: freed with it */
	struct re *owned_re;
};

/* Prepares *sp in place; text (1 byte or more) must outlive it. Nothing to release. */
void splitter_init_text(struct splitter *sp, struct slice text);
void splitter_init_re(struct splitter *sp, const struct re *re);

enum fields_result { FIELDS_NONE, FIELDS_ONE, FIELDS_FAILED }; /* FAILED: past the limits of regular expressions */

/* Takes the next field off *rest, of a text that ends at end; *rest becomes NULL with the last one. The text begins at
 * start: a regular expression sees what is before *rest. NONE where *rest is NULL, or is at the end and only
 * blanks separate. An empty text is one empty field unless the caller asks for none. */
enum fields_result fields_next(const struct splitter *sp, struct re_scratch *re, const char *start, const char **rest,
			       const char *end, struct slice *out);

/* The last field of a text that is not empty, found from its end. False where that cannot be done, or there is none. */
bool fields_last(const struct splitter *sp, struct slice whole, struct slice *out);

#endif
