/* What joins the language's view of a stage (lang/syntax/spec.h) and the engine's (engine/core/stage.h): its descriptor. A stage is
 * one file that defines `const struct stage_desc NAME` and one row in stages.list. */
#ifndef STAGES_SHARED_STAGES_H
#define STAGES_SHARED_STAGES_H

#include "base/envelope.h"
#include "engine/core/stage.h"
#include "lang/plan/bind.h"
#include "lang/expr/row.h"

struct node_ops;
struct framer_ops;
struct pipeline;

struct stage_desc {
	struct stage_spec spec;        /* first: the plan hands back a pointer to it */
	/* Exactly one of: */
	const struct pure_ops *pure;
	const struct ordered_ops *ordered;
	const struct agg_ops *agg;
	const struct node_ops *node;
	bool takes_raw;                /* node: its input may be raw chunks: a byte sink */
	bool gives_raw;                /* node: its output is raw chunks: a byte source */
	bool hands_raw;                /* node: raw chunks that come in may go out to its branches, if they take them */
	bool limits;                   /* it may use less than what comes: nothing is read ahead on its behalf */
	/* It runs so many units at once and asks for no more than it can take: its max_demand. NULL: the usual one. */
	int64_t (*at_once)(const struct pipeline *pl, const void *priv);
	/* How many events it will use of all that come, where it stands right after an aggregate: the first, or, if it sets
	 * *largest, those whose first column ranks highest, the first of equals. -1: any number. NULL: any number. */
	int64_t (*uses_most)(const void *priv, bool *largest);
	/* How it wants a source of bytes right before it to cut its input: run() then gets raw chunks made so. NULL, or NULL
	 * returned: it takes events. */
	const struct framer_ops *(*framer)(const void *priv);
	/* Tells the stage its place in the plan, for its branches. NULL: it need not know. */
	void (*built)(void *priv, const struct plan_stage *ps);
	/* Where options change what kind of stage it is (agg ... running, to csv flat): the one to use; NULL: the one above. */
	const struct ordered_ops *(*as_ordered)(const void *priv);
	const struct agg_ops *(*as_agg)(const void *priv);
};

/* All stages in the order of stages.list; ends with NULL. */
extern const struct stage_desc *const stage_table[];

/* ---- what stages have in common ---- */

/* The thread's language scratch. */
static inline struct eval *work_eval(const struct work *w)
{
	return w->eval;
}

/* Event i's cells, or NULL where none are carried. */
static inline const struct slice *stage_cells(const struct chunk *ck, uint32_t i)
{
	return ck->ncols ? chunk_cells(ck, i) : NULL;
}

/* Event i of ck as expressions see it; forgets the split fields of the event before. The scratch arena is the caller's to
 * clear (arena_clear(&ev->scratch)), at most once an event. */
static inline struct event stage_event(const struct chunk *ck, uint32_t i, struct eval *ev)
{
	struct event e = {.whole = ck->ev[i], .cells = stage_cells(ck, i)};
	if (ck->origins) {
		e.nr = ck->origins[i].nr;
		e.fnr = ck->origins[i].fnr;
		e.file = ck->origins[i].file;
	}
	eval_next(ev);
	return e;
}

/* In bind(), for every stage that writes the events that come in to something: what surrounds them there, or NULL. */
const struct envelope *stage_envelope(const struct bind *b, bool to_stdout);

/* How many cells chunks carry for this schema: all columns, or one row, where any is read downstream, else 0. */
uint32_t stage_ncols(const struct schema *s);

/* Fills in the cells that out_schema carries over from event i of in. The caller shares in's blocks. */
void stage_carry(const struct schema *out_schema, const struct chunk *in, uint32_t i, struct slice *cells);

/* True where out_schema carries anything over that is read downstream. */
bool stage_carries(const struct schema *out_schema);

/* How long stage_join's result is. */
static inline size_t stage_joined_bytes(size_t n, size_t bytes, struct slice ofs)
{
	return bytes + (n ? (n - 1) * ofs.len : 0);
}

/* $0 made of n columns, `bytes` long together and none without a pointer, with ofs between them, in out's block. The columns are the places in it
 * from here on. In the header, since nearly all that map does for an event is this. */
static inline struct slice stage_join(struct chunk *out, struct slice *v, size_t n, size_t bytes, struct slice ofs)
{
	size_t len = stage_joined_bytes(n, bytes, ofs);
	char *begin = chunk_room(out, len + 1), *p = begin;
	for (size_t i = 0; i < n; i++) {
		if (i) {
			memcpy(p, ofs.p, ofs.len);
			p += ofs.len;
		}
		memcpy(p, v[i].p, v[i].len);
		v[i].p = p;
		p += v[i].len;
	}
	*p = out->term;
	chunk_wrote(out, len + 1);
	return slice_make(begin, len);
}

/* The same where nobody has added up the bytes, and empty columns may have no pointer. False: it is too long, ev->error
 * says so, and nothing was written. */
bool stage_join_all(struct eval *ev, struct chunk *out, struct slice *v, size_t n, struct slice ofs, struct slice *joined);
/* Writes a row into out's block, where *cell is it from here on. False: it is too long, ev->error says so. */
bool stage_write_row(struct chunk *out, const struct columns *c, struct slice *cell, struct eval *ev);
/* Appends an event that comes of in's event at in->pos, with these columns as its row. made: they have changed, and $0 is
 * made of them. False: it would be too long, ev->error says so. */
bool stage_derive_row(struct eval *ev, struct chunk *out, const struct chunk *in, struct columns *c, bool made,
		      struct slice ofs);

#endif
