/* What the stage `to` and its formats share: see op_to.c. Each format is one file. */
#ifndef STAGES_WRITERS_TO_H
#define STAGES_WRITERS_TO_H

#include "formats/csv.h"
#include "formats/json_write.h"
#include "stages/shared/record.h"

struct to_format;
struct csv_columns;
struct json_tree;

struct to {
	const char *name;        /* of the format */
	/* Options; which of them each format takes is in its table. */
	bool array, pretty, text, bom, crlf, flat, md;
	int omit, quote, header;
	struct slice sep;
	const char *charset, *fields;

	const struct to_format *format;
	struct record_reader reader;
	struct schema *out;
	struct envelope *envelope;
	bool batched;            /* what comes in */
	/* json */
	struct json_style style;
	struct json_tree *tree;  /* of columns that every event has; NULL: each has its own */
	/* csv, tsv */
	struct csv_dialect dialect;
	struct csv_columns *columns;
	struct arena *arena;     /* the plan's */
};

struct to_format {
	const char *name;
	const char *const *options; /* that it takes; ends with NULL */
	void (*bind)(struct to *t, struct bind *b); /* record_bind has been called */
	/* Appends the event's text to out. False: the event fails, ev->error says why. */
	bool (*add)(const struct to *t, struct eval *ev, const struct event *e, const struct record *r, struct str *out);
	/* The kind of stage that it is with these options; NULL: a pure one, which does `add` for each event. */
	const struct ordered_ops *(*as_ordered)(const struct to *t);
};

extern const struct to_format to_json, to_csv, to_tsv, to_logfmt, to_ltsv, to_table;

/* Appends an event with this text, which comes of in's event i: its columns stay. */
void to_derive(const struct to *t, struct chunk *out, const struct chunk *in, uint32_t i, struct slice text);
/* Writes the events of in one by one with format->add until out is full. */
void to_each(const struct to *t, struct work *w, struct chunk *in, struct chunk *out);
uint32_t to_ncols(const void *priv);

#endif
