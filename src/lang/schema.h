/* What an event's fields are at one place of the pipeline: known before anything runs.
 *
 * Every event has $0. Its other values are columns: the positional ones first ($1 is column 0), then those that only
 * have a name. A schema with npos < 0 has no positional columns: $1... come from splitting $0.
 * Stages that leave fields alone share the schema of what they read. */
#ifndef LANG_SCHEMA_H
#define LANG_SCHEMA_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/slice.h"

#define SCHEMA_SPLIT (-1)

struct schema_col {
	const char *name; /* without $, or NULL: positional only; in the plan's arena */
	int from;         /* the column of `parent` that it was carried over from, or -1: made here */
	bool used;        /* something downstream reads it (set while binding; final once the plan is bound) */
};

struct schema {
	struct schema *parent; /* the schema that carried columns come from, or NULL */
	int npos;              /* positional columns, or SCHEMA_SPLIT */
	int ncols;             /* may count columns without name behind the positional ones: what was there is replaced */
	struct schema_col *cols;
	int cap;               /* room in cols */
	struct schema **parts; /* those of branches that flow together into this one; see schema_part_col */
	int nparts;
	bool open;             /* after a mistake: every name is taken to be there. Never in a finished plan */
	struct schema *prev;   /* the one that was made before this one in the same plan */
};

/* The column of $name, or -1. */
int schema_find(const struct schema *s, struct slice name);
/* True where any column is read downstream, so that chunks must carry cells. */
bool schema_has_used(const struct schema *s);
/* The column of a part of s (one of s->parts) that column col of s is filled from, or -1: it has none. */
int schema_part_col(const struct schema *s, const struct schema *part, int col);

/* ---- for the binder; what a new schema is linked to is *last, which it becomes ---- */

/* npos unnamed positional columns, made here. carry: and the names of parent, carried over. */
struct schema *schema_new(struct arena *a, struct schema **last, struct schema *parent, int npos, bool carry);
/* After a mistake: nobody knows. */
struct schema *schema_new_open(struct arena *a, struct schema **last);
/* What comes out where n >= 1 branches flow together. */
struct schema *schema_merge(struct arena *a, struct schema **last, struct schema *const *parts, int n);
/* As bind_name and bind_add (lang/bind.h). */
void schema_name(struct arena *a, struct schema *s, int col, const char *name);
int schema_add(struct arena *a, struct schema *s, const char *name);
/* What is used is used where it was carried over from, too: from the last schema back to the first. */
void schema_spread_used(struct schema *last);

#endif
