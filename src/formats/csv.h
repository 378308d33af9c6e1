/* CSV (RFC 4180 and what Python's csv module reads beyond it): where records and fields end, and fields to and from their
 * quoted form. Knows neither headers nor events; all that it gives are slices of the input.
 *
 * A field that begins with a quote ends at the next quote that is not doubled; what follows up to the separator belongs to it
 * as it is. A quote anywhere else is a character like any other. A record ends at \n, \r\n or \r outside quotes.
 *
 *   bytes:    1,"a, b",x"y⏎
 *   inside:     1111111         found by the parity of the quotes, 64 bytes at a time. A quote that opens where no field
 *   ends:      ^       ^   ^    begins breaks the rule: then that block is read byte by byte, in exact states.
 *
 * So the ends are right for every input, and quickly found in nearly all. */
#ifndef FORMATS_CSV_H
#define FORMATS_CSV_H

#include "base/kind.h"

struct str;

struct csv_dialect {
	char sep, quote; /* quote == 0: none */
};

/* The field begins with a quote: csv_unquote gives its value. */
#define SLICE_QUOTED (1u << 12)

enum csv_state {
	CSV_FIELD_START,
	CSV_PLAIN,  /* in a field, outside quotes; quotes are characters */
	CSV_QUOTED,
	CSV_CLOSED, /* right after a quote within quotes: doubled, or the end */
};

struct csv_reader {
	struct csv_dialect dialect;
	const char *at, *end;  /* what is not read yet: a field begins at `at` */
	const char *block;     /* the 64 bytes (fewer at the end) that bits is about */
	uint64_t bits;         /* ends of fields in it that are not read yet */
	enum csv_state state;  /* behind the block */
};

/* Begins to read [p, end), where a record begins. The bytes are not changed, and not read beyond end. */
void csv_read_from(struct csv_reader *r, struct csv_dialect d, const char *p, const char *end);

enum csv_result {
	CSV_RECORD,
	CSV_END,
	CSV_UNFINISHED, /* the input ends within quotes */
};

/* Reads the next record that is not empty. whole: its bytes, without what ends it. fields: the first max fields, as written,
 * with SLICE_QUOTED where they begin with a quote; n: how many the record has (perhaps more than max). A last record without
 * a line's end is flagged SLICE_UNENDED. */
enum csv_result csv_next(struct csv_reader *r, struct slice *whole, struct slice *fields, uint32_t max, uint32_t *n);

/* The value of a field with SLICE_QUOTED: a part of it where that is possible (true, in *out), else csv_unquote makes it. */
bool csv_plain_value(struct slice field, struct csv_dialect d, struct slice *out);
/* Writes the value to `to`, which has room for field.len bytes; returns its length. */
uint32_t csv_unquote(struct slice field, struct csv_dialect d, char *to);
/* Appends a value as a field, in quotes where it needs them or `always`. */
void csv_add_field(struct str *out, struct slice value, struct csv_dialect d, bool always);

/* ---- finding the ends of records, a piece at a time ---- */

struct csv_scan {
	struct csv_dialect dialect;
	enum csv_state state;
	bool after_cr;       /* the last byte was \r outside quotes: a \n that follows belongs to it */
	uint64_t lines;      /* \n so far, quoted ones too */
	uint64_t quote_line; /* lines before the field that is open in quotes */
};

/* Takes in [p, end), which follows on what was taken in before. Returns the place behind the last record that ended in it,
 * or NULL where none did. */
const char *csv_scan(struct csv_scan *s, const char *p, const char *end);

/* For tests: portable code even where the processor could do better. Not while other threads read. */
void csv_force_portable(bool portable);

#endif
