/* What an event's columns and names are at one place of the pipeline: known before anything runs.
 *
 * Every event has $0, and ordered columns: $1 is the first, $NF the last, NF how many there are. Besides, it may have
 * values that only have a name: `set NAME=` and `parse` make them on plain lines, `fetch` and `exec` beside what they
 * give, and a name that an earlier stage gave a column stays usable as one after `map`. Only columns are written.
 *
 * Where the columns of an event come from is one of three:
 *
 *   split    by splitting $0 where an expression asks for them: a plain line. No column has a name.
 *   fixed    made by a stage, the same number for every event, each name at the same place: `map`, `match`, `count`, `agg`.
 *   varied   from event to event: some have more columns than others or the same name at another place, some are plain
 *            lines. `set $5=` on plain lines, `s///` after `map`, branches with different columns that flow together.
 *
 * A column and its name are one thing: who sets $NAME sets the column, and $0, which is made anew of the columns. Columns
 * that were made are never found again by splitting: whatever they hold, they stay what they are. `match` is the exception
 * that $0 is not its columns joined, until one of them is set.
 *
 * What a schema lists in cols is therefore: fixed, the columns by their place and then the other values; split, values
 * only; varied, all names, each of which is a column of some events and only a value of others. That is what the event's
 * row says (lang/expr/row.h); a kind goes in the flags of a slice, of which rows keep all.
 *
 * Two more are *late*: a reader (csv, json) finds the names in its input, so here every name is taken to be there.
 *
 *   late       columns of records: cell LATE_ROW is a row of them all, LATE_NAMES a row of their names, each filled in only if
 *              something reads columns by place or all of them. Every name that the pipeline reads has a cell besides.
 *   document   $0 is the document and there are no columns. Every path that the pipeline reads has a cell under its name:
 *              `request.method`, `a[0].b`.
 *
 * schema_want adds a name on the reader's schema and on all those between it and the place that asks. So once the plan is
 * bound, the reader's schema lists exactly what has to be found in a record. What the pipeline reads decides that, so a
 * schema may get further columns, at its end, until then: stages look at it when they run, and remember no counts.
 *
 * Stages that leave columns alone share the schema of what they read. */
#ifndef LANG_EXPR_SCHEMA_H
#define LANG_EXPR_SCHEMA_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/slice.h"

#define SCHEMA_SPLIT (-1)
#define SCHEMA_VARIED (-2)
#define SCHEMA_LATE (-3)
#define SCHEMA_DOCUMENT (-4)

enum { LATE_ROW, LATE_NAMES, LATE_FIRST }; /* the columns of a late schema that have no name, and the first that may */

struct envelope;

struct schema_col {
	const char *name; /* without $, or NULL: positional only; in the plan's arena */
	int from;         /* the column of `parent` that it was carried over from, or -1: made here */
	bool used;        /* something downstream reads it (set while binding; final once the plan is bound) */
	bool record;      /* a reader finds it in the record: it was wanted, nothing else gave it */
	bool given;       /* split: `parse`, `set` or `map` gave the line this value; they are its columns for who writes columns */
};

struct schema {
	struct schema *parent; /* the schema that carried columns come from, or NULL */
	int npos;              /* fixed: how many columns; or SCHEMA_SPLIT ... SCHEMA_DOCUMENT */
	bool reader;           /* its stage finds names in records: those that are wanted are added here */
	int ncols;             /* may count columns without name behind the positional ones: what was there is replaced */
	struct schema_col *cols;
	int cap;               /* room in cols */
	struct schema **parts; /* those of branches that flow together into this one; see schema_part_col */
	int nparts;
	struct hidden {        /* names that were dropped: they are wanted of no schema before this one */
		struct hidden *next;
		const char *name;
	} *hidden;
	bool used;             /* varied: something downstream reads columns by their place, or all of them */
	bool open;             /* after a mistake: every name is taken to be there. Never in a finished plan */
	bool nameless;         /* varied, late: some events have columns that no name can be found for */
	struct envelope *envelope; /* what outputs have around these events, or NULL */
	struct schema *prev;   /* the one that was made before this one in the same plan */
};

/* The column of $name, or -1. Of two a stage's comes before the record's. */
int schema_find(const struct schema *s, struct slice name);
/* A reader is here or before it, and its names can be read here. */
bool schema_is_late(const struct schema *s);
/* The names that can still be asked of a reader are members of documents: the nearest reader's are. */
bool schema_is_document(const struct schema *s);
/* True where any column is read downstream, so that chunks must carry cells. */
bool schema_has_used(const struct schema *s);
/* The cells of an event where chunks carry any: a column each, or one row where they vary. */
int schema_ncells(const struct schema *s);
/* Cell c holds something that is read downstream. */
bool schema_cell_used(const struct schema *s, int c);
/* True where one of the columns of a fixed schema has a name, so that a further one may be added by its name. */
bool schema_has_named(const struct schema *s);
/* The column of a part of s (one of s->parts) that column col of s is filled from, or -1: it has none. */
int schema_part_col(const struct schema *s, const struct schema *part, int col);
/* For each of s->cols the column of `in`, which is the parent or a part of s, or -1. In a, for stages' use at run time. */
int *schema_sources(struct arena *a, const struct schema *s, const struct schema *in);

/* ---- for the binder; what a new schema is linked to is *last, which it becomes ---- */

/* npos unnamed positional columns, made here. carry: and the names of parent, carried over. */
struct schema *schema_new(struct arena *a, struct schema **last, struct schema *parent, int npos, bool carry);
/* The columns and names of parent, carried over, for a stage that changes some of them. npos is as the parent's, or more
 * where columns are added that have no name, or SCHEMA_VARIED. */
struct schema *schema_keep(struct arena *a, struct schema **last, struct schema *parent, int npos);
/* The columns and names of parent as they are, under the same numbers. */
struct schema *schema_copy(struct arena *a, struct schema **last, struct schema *parent);
/* After a mistake: nobody knows. */
struct schema *schema_new_open(struct arena *a, struct schema **last);
/* What comes out where n >= 1 branches flow together. */
struct schema *schema_merge(struct arena *a, struct schema **last, struct schema *const *parts, int n);
/* As bind_name and bind_add (lang/plan/bind.h). */
void schema_name(struct arena *a, struct schema *s, int col, const char *name);
int schema_add(struct arena *a, struct schema *s, const char *name);
/* A further column of a fixed schema, at the end of those that it has; values that were behind them move. */
int schema_add_column(struct arena *a, struct schema *s, const char *name);
/* The column of $name, as a record has it: found, or added here and back to the reader. -1: none comes from a reader. */
int schema_want(struct arena *a, struct schema *s, struct slice name);
/* A reader's: npos is SCHEMA_LATE or SCHEMA_DOCUMENT. carry: and the names of parent, carried over. */
struct schema *schema_new_reader(struct arena *a, struct schema **last, struct schema *parent, int npos, bool carry);
/* From here on the name is that of no column, nor of the record. */
void schema_hide(struct arena *a, struct schema *s, const char *name);
/* Something reads all columns: to make $0 of them, or to hand them on. */
void schema_use_columns(struct schema *s);
/* What is used is used where it was carried over from, too: from the last schema back to the first. */
void schema_spread_used(struct schema *last);

#endif
