/* JSON (RFC 8259): finding values in a stream of them, taking single members out of a document without looking at the rest,
 * and text to and from its quoted form. Knows neither events nor expressions, and builds no trees: all that it gives are
 * slices of the input.
 *
 *   bytes:      {"a":{"b":[1,2]},"c":"x"}
 *   structure:  ^^ ^^^^ ^^^ ^ ^^^^ ^^^ ^^     one bit a byte, 64 bytes at a time; strings are blanked out
 *
 * The readers go from one bit to the next. So a member that nobody wants costs a few bits, however long it is. The method is
 * Langdale and Lemire's ("Parsing Gigabytes of JSON per Second", 2019), without their index of a whole document.
 *
 * Only what is looked at is checked: brackets balance, strings end on their line, the members of an object that is searched
 * are members. json_check() checks all. */
#ifndef FORMATS_JSON_H
#define FORMATS_JSON_H

#include "base/kind.h"

struct arena;
struct str;

#define JSON_DEPTH 10000 /* brackets within brackets */

enum json_result {
	JSON_VALUE,
	JSON_END,        /* only white space is left */
	JSON_UNFINISHED, /* the input ends within a value */
	JSON_WRONG,      /* json_reader.error says what, json_reader.at where */
};

/* ---- a stream of values ---- */

struct json_reader {
	const char *at, *end;  /* what is not read yet */
	const char *block;     /* the 64 bytes (fewer at the end) that bits is about */
	uint64_t bits;         /* their structure, as far as it is not read yet */
	uint64_t in_string;    /* all ones where the block before ended within a string */
	uint64_t escaped;      /* 1 where it ended with a backslash that escapes the next byte */
	bool backslashes;      /* one was seen since json_read_from */
	enum {
		JSON_AT_TOP,
		JSON_ARRAY_BEGUN,  /* an array at the top was opened, */
		JSON_BEFORE_COMMA, /* one of its elements was read, */
		JSON_AFTER_COMMA,  /* and the comma after it */
	} place;
	const char *error;
};

/* Begins to read [p, end). The bytes are not changed, and not read beyond end. */
void json_read_from(struct json_reader *r, const char *p, const char *end);

/* ---- members ---- */

/* The members of a document that somebody wants: a tree of names and indexes. Built once, then shared between threads. */
struct json_paths {
	struct json_path *root;
	int n; /* slots */
};

/* A step of a path: a member by name, or with name.p NULL an element by index (from 0; < 0: from the end). */
struct json_step {
	struct slice name;
	int64_t index;
};

/* Adds a path and returns its slot, the same for the same path. No steps: the document itself. All memory is the arena's;
 * names are copied. */
int json_paths_add(struct json_paths *paths, struct arena *a, const struct json_step *steps, int nsteps);

/* Reads the next value. value: its bytes, with its kind (a text's without the quotes). members: paths->n slots, which get the
 * wanted members' values, or KIND_MISSING; of members of one name the last. A value with SLICE_ESCAPED is to be unescaped.
 * arrays: an array at the top is a value; else it is opened, and its elements are. */
enum json_result json_next(struct json_reader *r, bool arrays, const struct json_paths *paths, struct slice *value,
			   struct slice *members);

/* The same for one document that is there as a whole: JSON_VALUE or JSON_WRONG (also if something follows it). */
enum json_result json_members(struct slice doc, const struct json_paths *paths, struct slice *members, const char **error);

/* ---- elements and members of a document, one by one ---- */

struct json_walk {
	struct json_reader r;
	bool object, begun;
};

/* doc: an object or array. False: it is neither. */
bool json_walk_begin(struct json_walk *w, struct slice doc);
/* The next member's name (as written, perhaps SLICE_ESCAPED; of an array p == NULL) and value: JSON_VALUE, JSON_END or
 * JSON_WRONG. */
enum json_result json_walk_next(struct json_walk *w, struct slice *name, struct slice *value);

/* ---- text ---- */

/* Writes the text that s (the inside of a string) stands for to `to`, which has room for s.len bytes. Returns its length; -1
 * where an escape is none. Half a surrogate pair becomes U+FFFD. */
int64_t json_unescape(struct slice s, char *to);
/* Appends s as a string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void json_add_string(struct str *out, struct slice s);
/* It is spelled as a JSON number. */
bool json_is_number(struct slice s);

/* ---- checking all ---- */

/* Is [p, p + len) one JSON text, white space around it aside? NULL, or what is wrong; *at is set to the place. */
const char *json_check(const char *p, size_t len, const char **at);

/* For tests: portable code even where the processor could do better. Not while other threads read. */
void json_force_portable(bool portable);

#endif
