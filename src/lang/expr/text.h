/* The functions of expressions that work on bytes, and what those on characters share with them. */
#ifndef LANG_EXPR_TEXT_H
#define LANG_EXPR_TEXT_H

#include "lang/expr/func.h"

func_run text_lower, text_upper, text_trim, text_length, text_substr, text_index, text_replace, text_split,
	text_basename, text_dirname, text_urlencode, text_urldecode;

/* A text that grows in ev->scratch. Begin with {.ev = ev}. */
struct text_out {
	struct eval *ev;
	char *p;
	size_t len, cap;
};

void text_reserve(struct text_out *o, size_t bytes); /* room for that many more at p + len */
bool text_add(struct text_out *o, const char *bytes, size_t len); /* false: failed, too long */
bool text_finish(const struct text_out *o, struct value *out);    /* likewise, after writing at p + len */

/* The range that the arguments 1 (start, from 1) and 2 (length) of substr name, clipped: positions from <= to,
 * counted from 0, to <= length. */
bool text_range(const struct func_call *c, size_t length, size_t *from, size_t *to);

#endif
