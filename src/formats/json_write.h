/* Values as JSON text, in the ways that people want it: on one line or over several, without empty members, all as text. */
#ifndef FORMATS_JSON_WRITE_H
#define FORMATS_JSON_WRITE_H

#include "base/kind.h"

struct str;

enum json_omit { JSON_OMIT_NONE = -1, JSON_OMIT_NULL, JSON_OMIT_EMPTY }; /* EMPTY: null, what is missing, and empty text */

struct json_style {
	bool pretty;         /* a member a line, indented by two spaces a bracket */
	bool text;           /* numbers, true, false and null become text */
	enum json_omit omit; /* members of objects that are left out */
};

/* Appends a value, as its kind says: what has none is a number if it is spelled exactly as JSON spells one, else text. A
 * missing value becomes null. depth: brackets that it stands in. A document goes out with its own bytes, except white space
 * that holds a newline, unless the style changes it. False: it is a document with a mistake in it. */
bool json_add_value(struct str *out, struct slice value, const struct json_style *style, int depth);
/* The member would be left out. */
bool json_omits(struct slice value, const struct json_style *style);
/* pretty: a new line for what stands in so many brackets. */
void json_add_line(struct str *out, const struct json_style *style, int depth);
/* Appends "name": */
void json_add_name(struct str *out, struct slice name, const struct json_style *style);

/* The text of a value: what is SLICE_ESCAPED is unescaped into `to`, which has room for value.len bytes. */
struct slice json_plain_text(struct slice value, char *to);

#endif
