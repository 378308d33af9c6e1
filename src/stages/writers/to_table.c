/* to table: columns as wide as what stands in them, for people. Widths are those of a terminal (base/width.h). The first rows
 * are held until they tell the widths; later rows go out at once, so that memory stays bounded, and what is wider than its
 * column then pushes the rest of its row aside. A batch is a table of its own. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "base/width.h"
#include "io/terminal.h"
#include "stages/writers/to.h"

/* Rows that tell the widths. */
#define HELD_ROWS 1000
#define HELD_BYTES (4u << 20)

struct table_column {
	struct slice name;     /* as it is shown, and */
	struct slice key;      /* as events have it */
	uint32_t width;
	bool numbers;          /* nothing else is in it: on the right */
};

struct table_row {
	struct table_row *next;
	uint32_t n;            /* of the columns, the first so many */
	struct slice *cell;
};

struct table {
	struct arena arena;
	struct table_column *column;
	uint32_t n;
	size_t cap;
	struct table_row *first, **end;
	uint32_t nrows;
	size_t bytes;          /* of cells, also of those that are gone, for one table */
	bool set;              /* the widths are known */
	uint32_t most;         /* columns of the terminal that it goes to; 0: as many as it takes */
};

/* ---- cells ---- */

static bool is_special(const struct to *t, unsigned char c)
{
	return c < ' ' || c == 0x7f || (t->md && (c == '|' || c == '\\'));
}

/* What would break the line is shown: as in C, or in Markdown as that has it. */
static void add_special(const struct to *t, unsigned char c, struct str *out)
{
	if (t->md && c == '\n')
		str_adds(out, "<br>");
	else if (t->md && (c == '|' || c == '\\'))
		str_addf(out, "\\%c", c);
	else if (c == '\n' || c == '\t' || c == '\r')
		str_addf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
	else
		str_addf(out, "\\x%02x", c);
}

/* The text as it is shown, in memory of the arena. */
static struct slice shown(const struct to *t, struct slice text, struct arena *arena)
{
	uint32_t i = 0;
	while (i < text.len && !is_special(t, (unsigned char)text.p[i]))
		i++;
	if (i == text.len)
		return arena_copy(arena, text);
	struct str s = {0};
	str_add(&s, text.p, i);
	for (; i < text.len; i++)
		if (is_special(t, (unsigned char)text.p[i]))
			add_special(t, (unsigned char)text.p[i], &s);
		else
			str_addc(&s, text.p[i]);
	struct slice copy = arena_copy(arena, slice_make(s.p, s.len));
	str_release(&s);
	return copy;
}

/* ---- columns ---- */

static void add_column(const struct to *t, struct table *tb, struct slice name)
{
	if (tb->n == tb->cap)
		tb->column = mem_grow(tb->column, (size_t)tb->n + 1, &tb->cap, sizeof *tb->column);
	struct table_column *c = &tb->column[tb->n++];
	*c = (struct table_column){.key = arena_copy(&tb->arena, name), .name = shown(t, name, &tb->arena), .numbers = true};
	c->width = width_text(c->name);
	if (t->md && c->width < 3)
		c->width = 3;
}

/* The place of a column; most come in the order of the table. */
static uint32_t place_of(const struct table *tb, struct slice name, uint32_t next)
{
	for (uint32_t k = 0; k < tb->n; k++) {
		uint32_t i = next + k < tb->n ? next + k : next + k - tb->n;
		if (slice_eq(tb->column[i].key, name))
			return i;
	}
	return tb->n;
}

static void measure(struct table_column *c, struct slice cell)
{
	struct num number;
	uint32_t width = width_text(cell);
	if (width > c->width)
		c->width = width;
	if (cell.len && c->numbers && !num_parse(cell, &number))
		c->numbers = false;
}

/* Makes a row of the event's columns, the cells in memory of the arena. NULL: it has one that the table has not. */
static struct table_row *make_row(const struct to *t, struct table *tb, struct eval *ev, const struct record *r, struct arena *arena)
{
	struct table_row *row = arena_alloc(arena, sizeof *row);
	uint32_t most = tb->n + (tb->set ? 0 : r->n), next = 0;
	*row = (struct table_row){.n = tb->n, .cell = arena_alloc(arena, ((size_t)most + 1) * sizeof *row->cell)};
	for (uint32_t i = 0; i < most; i++)
		row->cell[i] = slice_make("", 0);
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t at = place_of(tb, r->name[i], next);
		if (at == tb->n && tb->set) {
			snprintf(ev->error, sizeof ev->error, "column '%.*s' is not in the table, which has the columns of the first %d events",
				 (int)(r->name[i].len < 80 ? r->name[i].len : 80), r->name[i].p, HELD_ROWS);
			return NULL;
		}
		if (at == tb->n)
			add_column(t, tb, r->name[i]);
		row->cell[at] = shown(t, record_text(r->value[i], &ev->scratch), arena);
		next = at + 1;
	}
	row->n = tb->n;
	return row;
}

static void hold(struct table *tb, struct table_row *row)
{
	*tb->end = row;
	tb->end = &row->next;
	tb->nrows++;
	for (uint32_t i = 0; i < row->n; i++) {
		measure(&tb->column[i], row->cell[i]);
		tb->bytes += row->cell[i].len + sizeof row->cell[i];
	}
}

/* ---- lines ---- */

static void add_blanks(struct str *out, uint32_t n)
{
	while (n-- > 0)
		str_addc(out, ' ');
}

static void add_cell(const struct table_column *c, struct slice text, struct str *out)
{
	uint32_t width = width_text(text), blanks = width < c->width ? c->width - width : 0;
	if (c->numbers)
		add_blanks(out, blanks);
	str_add(out, text.p, text.len);
	if (!c->numbers)
		add_blanks(out, blanks);
}

/* Blanks at the end of a line show nothing. What the terminal has no room for goes, and a mark says so. */
static void trim(const struct table *tb, size_t begin, struct str *out)
{
	while (out->len > begin && out->p[out->len - 1] == ' ')
		out->len--;
	struct slice line = slice_make(out->p + begin, out->len - begin);
	if (!tb->most || width_text(line) <= tb->most)
		return;
	out->len = begin + width_cut(line, tb->most - 1).len;
	str_adds(out, "\xe2\x80\xa6");
}

static void add_row(const struct to *t, const struct table *tb, const struct table_row *row, struct str *out)
{
	size_t begin = out->len;
	for (uint32_t i = 0; i < tb->n; i++) {
		struct slice cell = !row ? tb->column[i].name : i < row->n ? row->cell[i] : slice_make("", 0);
		if (t->md)
			str_adds(out, i ? " | " : "| ");
		else if (i)
			str_adds(out, "  ");
		add_cell(&tb->column[i], cell, out);
	}
	if (t->md)
		str_adds(out, " |");
	else
		trim(tb, begin, out);
}

static void add_header(const struct to *t, const struct table *tb, struct str *out)
{
	add_row(t, tb, NULL, out);
	if (!t->md)
		return;
	str_addc(out, '\n');
	for (uint32_t i = 0; i < tb->n; i++) {
		const struct table_column *c = &tb->column[i];
		str_adds(out, i ? " | " : "| ");
		for (uint32_t k = 0; k + 1 < c->width; k++)
			str_addc(out, '-');
		str_addc(out, c->numbers ? ':' : '-');
	}
	str_adds(out, " |");
}

/* ---- running ---- */

static void begin(const struct to *t, struct table *tb)
{
	tb->n = tb->nrows = 0;
	tb->first = NULL;
	tb->end = &tb->first;
	tb->bytes = 0;
	tb->set = false;
	arena_clear(&tb->arena);
	for (uint32_t i = 0; t->reader.fixed && i < t->reader.n; i++)
		add_column(t, tb, t->reader.names[i]);
}

static void table_init(const void *priv, void *state)
{
	const struct to *t = priv;
	struct table *tb = state;
	if (t->envelope->to_stdout && !t->envelope->elsewhere && !t->md)
		tb->most = (uint32_t)terminal_columns(STDOUT_FILENO);
	begin(t, tb);
}

/* The widths are known from here on: the header can go out, and what was held. */
static void settle(const struct to *t, struct table *tb)
{
	struct str s = {0};
	if (tb->set)
		return;
	tb->set = true;
	for (uint32_t i = 0; i < tb->n; i++)
		if (!tb->nrows)
			tb->column[i].numbers = false;
	if (!tb->n)
		return;
	add_header(t, tb, &s);
	t->envelope->header = arena_copy(t->arena, slice_make(s.p, s.len));
	str_release(&s);
}

static void give(const struct to *t, const struct table *tb, const struct table_row *row, struct eval *ev, struct chunk *out)
{
	str_clear(&ev->built);
	add_row(t, tb, row, &ev->built);
	chunk_append(out, chunk_copy(out, slice_make(ev->built.p, ev->built.len)));
}

/* False: out is full. */
static bool give_held(const struct to *t, struct table *tb, struct eval *ev, struct chunk *out)
{
	for (; tb->first && !chunk_full(out); tb->first = tb->first->next)
		give(t, tb, tb->first, ev, out);
	return !tb->first;
}

static struct table_row *read_row(const struct to *t, struct table *tb, struct work *w, const struct chunk *in, struct arena *arena)
{
	struct eval *ev = work_eval(w);
	struct event e = stage_event(in, in->pos, ev);
	struct record r;
	struct table_row *row = record_read(&t->reader, ev, &e, &r) ? make_row(t, tb, ev, &r, arena) : NULL;
	if (!row)
		work_fail(w, e.whole, ev->error);
	return row;
}

static void table_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct to *t = priv;
	struct table *tb = state;
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n; in->pos++) {
		if (tb->set && (!give_held(t, tb, ev, out) || chunk_full(out)))
			return;
		struct table_row *row = read_row(t, tb, w, in, tb->set ? &ev->scratch : &tb->arena);
		if (row && tb->set)
			give(t, tb, row, ev, out);
		else if (row)
			hold(tb, row);
		arena_clear(&ev->scratch);
		if (tb->nrows >= HELD_ROWS || tb->bytes >= HELD_BYTES)
			settle(t, tb);
	}
}

static bool table_finish(const void *priv, void *state, struct work *w, struct chunk *out)
{
	settle(priv, state);
	return give_held(priv, state, work_eval(w), out);
}

/* A batch is an event: a table with its header. */
static void batch_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct to *t = priv;
	struct table *tb = state;
	struct eval *ev = work_eval(w);
	begin(t, tb);
	for (in->pos = 0; in->pos < in->n; in->pos++) {
		struct table_row *row = read_row(t, tb, w, in, &tb->arena);
		if (row)
			hold(tb, row);
		arena_clear(&ev->scratch);
	}
	str_clear(&ev->built);
	add_header(t, tb, &ev->built);
	for (const struct table_row *row = tb->first; row; row = row->next) {
		str_addc(&ev->built, '\n');
		add_row(t, tb, row, &ev->built);
	}
	if (eval_fits(ev, ev->built.len))
		chunk_derive(out, in, 0, chunk_copy(out, slice_make(ev->built.p, ev->built.len)));
	else
		work_fail(w, in->ev[0], ev->error);
}

static void table_release(const void *priv, void *state)
{
	struct table *tb = state;
	(void)priv;
	arena_release(&tb->arena);
	free(tb->column);
}

static const struct ordered_ops stream_ops = {
	.state_bytes = sizeof(struct table), .ncols = to_ncols, .init = table_init, .run = table_run,
	.finish = table_finish, .release = table_release, .uses = true,
};

static const struct ordered_ops batch_ops = {
	.state_bytes = sizeof(struct table), .ncols = to_ncols, .init = table_init, .run = batch_run,
	.release = table_release, .whole_batches = true, .uses = true,
};

static const struct ordered_ops *table_as_ordered(const struct to *t)
{
	return t->batched ? &batch_ops : &stream_ops;
}

/* ---- before anything runs ---- */

static void table_bind(struct to *t, struct bind *b)
{
	t->out = bind_new_schema(b, SCHEMA_SPLIT, false);
	if (t->batched)
		bind_set_batched(b, false);
	t->envelope = arena_alloc(t->arena, sizeof *t->envelope);
	*t->envelope = (struct envelope){0};
}

static const char *const options[] = {"md", NULL};

const struct to_format to_table = {
	.name = "table", .options = options, .bind = table_bind, .as_ordered = table_as_ordered,
};
