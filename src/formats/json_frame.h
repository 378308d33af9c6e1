/* Where JSON values end in a stream that comes a piece at a time, so that pieces can be handed to workers which read them by
 * themselves (json.h). Looks at strings and brackets only; what lies between them is the readers' to check.
 *
 * A piece ends behind a value at the top (a newline there, or its last bracket), or behind a comma of an array at the top
 * that is opened, so that its elements come one by one however long it is. A line that breaks off within a value must not
 * take all others with it: where a string does not end on its line, or a line begins with a bracket where no value may
 * begin, a piece ends before that line, and the stream goes on as at the top. */
#ifndef FORMATS_JSON_FRAME_H
#define FORMATS_JSON_FRAME_H

#include "formats/json.h"

struct json_frame {
	bool arrays;        /* arrays at the top are values, as for json_next */
	bool in_string, escaped, opened;
	char last;          /* the last byte outside strings that was no white space; 0: none since the top */
	bool line_start;    /* the last byte was a newline */
	uint32_t depth;     /* open brackets, but for the one of an array that is opened */
	uint32_t too_deep;  /* brackets beyond JSON_DEPTH, of which only the number is kept */
	uint8_t objects[JSON_DEPTH / 8 + 1]; /* a bit for each open bracket: it is an object's */
};

/* Takes in [p, end), which follows on what was taken in before. Returns the place behind the last value that ended in it, or
 * NULL. *place: what json_reader.place is to be for what follows that. */
const char *json_frame(struct json_frame *f, const char *p, const char *end, int *place);

#endif
