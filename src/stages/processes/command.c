/* Commands and their arguments: see command.h. No event ever becomes more or less than the arguments it stands for. */
#include "config.h"

#include "stages/processes/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/child.h"
#include "lang/expr/fields.h"
#include "stages/processes/hazard.h"

#define SHELL "/bin/sh"

/* ---- before anything runs ---- */

const char *program_find(struct bind *b, struct slice name)
{
	char *copy = mem_strndup(name.p, name.len);
	char *path = child_find(copy);
	const char *kept = path ? arena_strdup(bind_arena(b), path) : NULL;
	if (!path)
		bind_arg_error(b, 0, "cannot run '%s': %s", copy, strerror(errno));
	free(path);
	free(copy);
	return kept;
}

void ok_bind(const struct int_list *ok, struct bind *b)
{
	for (int i = 0; i < ok->n; i++)
		if (ok->v[i] < 0 || ok->v[i] > 255)
			bind_opt_error(b, "ok", "an exit status is a number from 0 to 255");
}

static void bind_words(struct command *c, struct bind *b)
{
	struct value v;
	for (int i = 0; i < c->words.n; i++) {
		const struct expr *e = c->words.e[i];
		if (!e || expr_is_const(e, &v))
			continue;
		c->fills = true;
		if (expr_is_events(e) && !c->batched)
			bind_arg_error(b, 0, "'$@' stands for the events of a batch: put `batch` before it, or write $0");
		else if (!expr_is_events(e) && c->batched)
			bind_arg_error(b, 0, "a batch has no fields: '$@' stands for its events");
	}
	if (c->fills)
		hazard_check(&c->words, b);
	if (c->words.n && c->words.e[0] && expr_is_const(c->words.e[0], &v))
		c->path = program_find(b, value_text(&v, bind_arena(b)));
}

/* The shell sees every positional field. */
static void bind_text(struct command *c, struct bind *b)
{
	struct schema *in = bind_schema(b);
	c->fills = true;
	c->path = SHELL;
	if (!c->batched)
		schema_use_columns(in);
	if (memchr(c->text.p, '\0', c->text.len))
		bind_arg_error(b, 0, "the text holds a NUL byte");
}

void command_bind(struct command *c, struct bind *b)
{
	c->batched = bind_batched(b);
	c->schema = bind_schema(b);
	c->splitter = bind_splitter(b);
	if (c->text.p)
		bind_text(c, b);
	else
		bind_words(c, b);
}

/* ---- for each event ---- */

static void put(struct argv *a, char *arg)
{
	a->v = mem_grow(a->v, a->n + 1, &a->cap, sizeof *a->v);
	a->v[a->n++] = arg;
}

static bool put_slice(struct argv *a, struct eval *ev, struct slice s)
{
	if (memchr(s.p ? s.p : "", '\0', s.len)) {
		snprintf(ev->error, sizeof ev->error, "an argument cannot hold a NUL byte");
		return false;
	}
	char *arg = arena_bytes(&ev->scratch, (size_t)s.len + 1);
	if (s.len)
		memcpy(arg, s.p, s.len);
	arg[s.len] = '\0';
	put(a, arg);
	return true;
}

static bool put_events(struct argv *a, struct eval *ev, const struct chunk *in)
{
	for (uint32_t i = 0; i < in->n; i++)
		if (!put_slice(a, ev, in->ev[i]))
			return false;
	return true;
}

static bool put_columns(struct argv *a, struct eval *ev, const struct slice *cells, int n)
{
	for (int i = 0; i < n; i++)
		if (!put_slice(a, ev, cells[i]))
			return false;
	return true;
}

static bool put_row(struct argv *a, struct eval *ev, struct slice row)
{
	for (uint32_t i = 0; i < row_ncols(row); i++)
		if (!put_slice(a, ev, row_column(row, i)))
			return false;
	return true;
}

static bool put_fields(const struct command *c, struct argv *a, struct eval *ev, const struct event *e)
{
	if (c->schema->npos >= 0)
		return put_columns(a, ev, e->cells, c->schema->npos);
	if ((c->schema->npos == SCHEMA_VARIED || c->schema->npos == SCHEMA_LATE) && row_ncols(e->cells[0]) != ROW_SPLIT)
		return put_row(a, ev, e->cells[0]);
	size_t n = eval_split(ev, c->splitter, e->whole, 0);
	if (n == SPLIT_FAILED)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!put_slice(a, ev, ev->fields[i]))
			return false;
	return true;
}

/* sh -c TEXT EVENT FIELD...; a batch's events stand behind a "$0" that says nothing. */
static bool fill_shell(const struct command *c, struct eval *ev, const struct chunk *in, struct argv *a)
{
	bool good = put_slice(a, ev, slice_str("sh")) && put_slice(a, ev, slice_str("-c")) && put_slice(a, ev, c->text);
	if (!good)
		return false;
	if (c->batched)
		return put_slice(a, ev, slice_str("sh")) && put_events(a, ev, in);
	struct event e = stage_event(in, 0, ev);
	return put_slice(a, ev, e.whole) && put_fields(c, a, ev, &e);
}

static bool fill_words(const struct command *c, struct eval *ev, const struct chunk *in, struct argv *a)
{
	struct event e = stage_event(in, 0, ev);
	struct slice s;
	for (int i = 0; i < c->words.n; i++) {
		const struct expr *word = c->words.e[i];
		bool good = expr_is_events(word) ? put_events(a, ev, in)
						 : expr_text(word, ev, &e, &s) && put_slice(a, ev, s);
		if (!good)
			return false;
	}
	return true;
}

bool command_fill(const struct command *c, struct eval *ev, const struct chunk *in, struct argv *a)
{
	a->n = 0;
	bool good = c->text.p ? fill_shell(c, ev, in, a) : fill_words(c, ev, in, a);
	put(a, NULL);
	return good;
}

void argv_release(struct argv *a)
{
	free(a->v);
	*a = (struct argv){0};
}
