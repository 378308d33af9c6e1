/* to csv, to tsv: a record of RFC 4180 for each event, with quotes where they are needed. The names are the envelope's
 * header. Where events differ in their columns, or documents are laid flat, the first event says which columns there are: later ones have empty
 * cells for what they lack, and fail with what is new. */
#include "config.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>

#include "base/str.h"
#include "formats/json.h"
#include "stages/writers/to.h"

/* The columns of what is written. */
struct csv_columns {
	bool known;
	uint32_t n;
	struct slice *names;
	int *from;             /* the record's column that each one is, where every event has the same; else NULL */
	bool chosen;           /* by fields=: other columns are left out */
};

/* ---- records ---- */

static void add_field(const struct to *t, struct slice text, struct str *out)
{
	csv_add_field(out, text, t->dialect, t->quote >= 0);
}

/* A record of one empty field would be an empty line, which is no record. */
static void end_record(const struct to *t, size_t begin, struct str *out)
{
	if (out->len == begin && t->dialect.quote) {
		str_addc(out, t->dialect.quote);
		str_addc(out, t->dialect.quote);
	}
	if (t->crlf)
		str_addc(out, '\r');
}

static void add_record(const struct to *t, const struct slice *texts, uint32_t n, struct str *out)
{
	size_t begin = out->len;
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			str_addc(out, t->dialect.sep);
		add_field(t, texts[i], out);
	}
	end_record(t, begin, out);
}

static bool csv_add(const struct to *t, struct eval *ev, const struct event *e, const struct record *r, struct str *out)
{
	const struct csv_columns *c = t->columns;
	size_t begin = out->len;
	(void)e;
	for (uint32_t i = 0; i < c->n; i++) {
		if (i)
			str_addc(out, t->dialect.sep);
		add_field(t, record_text(r->value[c->from[i]], &ev->scratch), out);
	}
	end_record(t, begin, out);
	return true;
}

/* ---- the header ---- */

#define BOM "\xef\xbb\xbf"

static void set_header(const struct to *t)
{
	const struct csv_columns *c = t->columns;
	struct str s = {0};
	if (t->header == 0)
		return;
	add_record(t, c->names, c->n, &s);
	t->envelope->header = arena_copy(t->arena, slice_make(s.p, s.len));
	str_release(&s);
}

/* ---- columns that the first event tells ---- */

/* A column for each member of a document. */
struct flattener {
	struct arena *arena;
	struct slice *name, *value;
	uint32_t n, cap;
};

static void push(struct flattener *f, struct slice name, struct slice value)
{
	if (f->n == f->cap) {
		uint32_t cap = f->cap ? 2 * f->cap : 16;
		struct slice *names = arena_alloc(f->arena, cap * sizeof *names), *values = arena_alloc(f->arena, cap * sizeof *values);
		if (f->n) {
			memcpy(names, f->name, f->n * sizeof *names);
			memcpy(values, f->value, f->n * sizeof *values);
		}
		f->name = names;
		f->value = values;
		f->cap = cap;
	}
	f->name[f->n] = name;
	f->value[f->n++] = value;
}

static struct slice joined_name(struct arena *a, struct slice prefix, struct slice part)
{
	part = record_text(part, a);
	if (!prefix.p)
		return part;
	char *p = arena_bytes(a, (size_t)prefix.len + 1 + part.len);
	memcpy(p, prefix.p, prefix.len);
	p[prefix.len] = '.';
	memcpy(p + prefix.len + 1, part.p, part.len);
	return slice_make(p, (size_t)prefix.len + 1 + part.len);
}

/* Objects with members and arrays with elements are laid flat, elements under their numbers from 0. */
static bool flatten(struct flattener *f, struct slice prefix, struct slice value, int depth)
{
	struct json_walk w;
	struct slice part, member;
	enum json_result got;
	uint32_t before = f->n;
	char number[16];
	if (slice_kind(value) != KIND_DOCUMENT || depth > JSON_DEPTH || !json_walk_begin(&w, value)) {
		push(f, prefix, value);
		return true;
	}
	for (unsigned i = 0; (got = json_walk_next(&w, &part, &member)) == JSON_VALUE; i++) {
		if (!w.object) {
			int len = snprintf(number, sizeof number, "%u", i);
			part = arena_copy(f->arena, slice_make(number, (size_t)len));
		}
		if (!flatten(f, joined_name(f->arena, prefix, part), member, depth + 1))
			return false;
	}
	if (f->n == before)
		push(f, prefix, value);
	return got == JSON_END;
}

static bool lay_flat(struct eval *ev, struct record *r)
{
	struct flattener f = {.arena = &ev->scratch};
	for (uint32_t i = 0; i < r->n; i++)
		if (!flatten(&f, r->name[i], r->value[i], 0)) {
			snprintf(ev->error, sizeof ev->error, "column '%.*s' holds no JSON document", (int)r->name[i].len,
				 r->name[i].p);
			return false;
		}
	*r = (struct record){.n = f.n, .name = f.name, .value = f.value};
	return true;
}

static void learn_columns(const struct to *t, const struct record *r)
{
	struct csv_columns *c = t->columns;
	c->names = arena_alloc(t->arena, ((size_t)r->n + 1) * sizeof *c->names);
	for (uint32_t i = 0; i < r->n; i++)
		c->names[i] = arena_copy(t->arena, r->name[i]);
	c->n = r->n;
	c->known = true;
	set_header(t);
}

/* The place of a name; most come in the order of the header. */
static uint32_t place_of(const struct csv_columns *c, struct slice name, uint32_t next)
{
	for (uint32_t k = 0; k < c->n; k++) {
		uint32_t i = next + k < c->n ? next + k : next + k - c->n;
		if (slice_eq(c->names[i], name))
			return i;
	}
	return c->n;
}

static void too_late(const struct csv_columns *c, struct eval *ev, struct slice name)
{
	int len = snprintf(ev->error, sizeof ev->error, "column '%.*s' is not in the header: name all columns, as in fields=",
			   (int)(name.len < 40 ? name.len : 40), name.p);
	for (uint32_t i = 0; i < c->n && len + c->names[i].len + 1 < sizeof ev->error / 4 * 3; i++)
		len += snprintf(ev->error + len, sizeof ev->error - (size_t)len, "%.*s,", (int)c->names[i].len, c->names[i].p);
	snprintf(ev->error + len, sizeof ev->error - (size_t)len, "%.*s", (int)name.len, name.p);
}

/* The event's texts in the order of the header. */
static bool arrange(const struct to *t, struct eval *ev, const struct record *r, struct slice *texts)
{
	const struct csv_columns *c = t->columns;
	uint32_t next = 0;
	for (uint32_t i = 0; i < c->n; i++)
		texts[i] = slice_make("", 0);
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t at = place_of(c, r->name[i], next);
		if (at < c->n) {
			texts[at] = record_text(r->value[i], &ev->scratch);
			next = at + 1;
		} else if (!c->chosen) {
			too_late(c, ev, r->name[i]);
			return false;
		}
	}
	return true;
}

static bool varied_add(const struct to *t, struct eval *ev, const struct event *e, const struct record *record, struct str *out)
{
	struct csv_columns *c = t->columns;
	struct record r = *record;
	(void)e;
	if (t->flat && !lay_flat(ev, &r))
		return false;
	if (!c->known)
		learn_columns(t, &r);
	struct slice *texts = arena_alloc(&ev->scratch, ((size_t)c->n + 1) * sizeof *texts);
	if (!arrange(t, ev, &r, texts))
		return false;
	add_record(t, texts, c->n, out);
	return true;
}

/* ---- in order: columns of the first event, other character sets ---- */

struct csv_writing {
	iconv_t cd;
	bool converts;
	struct str text;
};

static void csv_init(const void *priv, void *state)
{
	const struct to *t = priv;
	struct csv_writing *st = state;
	st->converts = t->charset != NULL;
	if (st->converts)
		st->cd = iconv_open(t->charset, "UTF-8");
}

/* Appends text in the other character set. False: not all of it has a place there. */
static bool convert(iconv_t cd, struct slice text, struct str *out)
{
	char *in = (char *)(uintptr_t)text.p, buffer[4096];
	size_t left = text.len;
	iconv(cd, NULL, NULL, NULL, NULL);
	while (left) {
		char *to = buffer;
		size_t room = sizeof buffer;
		size_t got = iconv(cd, &in, &left, &to, &room);
		str_add(out, buffer, (size_t)(to - buffer));
		if (got == (size_t)-1 && errno != E2BIG)
			return false;
	}
	return true;
}

static bool csv_text(const struct to *t, struct csv_writing *st, struct eval *ev, const struct event *e, struct slice *text)
{
	struct record r;
	str_clear(&ev->built);
	if (!record_read(&t->reader, ev, e, &r) ||
	    !(t->columns->from ? csv_add : varied_add)(t, ev, e, &r, &ev->built) || !eval_fits(ev, ev->built.len))
		return false;
	*text = slice_make(ev->built.p, ev->built.len);
	if (!st->converts)
		return true;
	str_clear(&st->text);
	if (!convert(st->cd, *text, &st->text)) {
		snprintf(ev->error, sizeof ev->error, "a character cannot be written in %s", t->charset);
		return false;
	}
	*text = slice_make(st->text.p, st->text.len);
	return true;
}

static void csv_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct to *t = priv;
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		struct slice text;
		if (csv_text(t, state, ev, &e, &text))
			to_derive(t, out, in, in->pos, chunk_copy(out, text));
		else
			work_fail(w, e.whole, ev->error);
		arena_clear(&ev->scratch);
	}
	if (out->ncols)
		chunk_share(out, in);
}

static void csv_release(const void *priv, void *state)
{
	struct csv_writing *st = state;
	(void)priv;
	if (st->converts)
		iconv_close(st->cd);
	str_release(&st->text);
}

static const struct ordered_ops csv_ops = {
	.state_bytes = sizeof(struct csv_writing), .ncols = to_ncols, .init = csv_init, .run = csv_run, .release = csv_release,
};

static const struct ordered_ops *csv_as_ordered(const struct to *t)
{
	return t->charset || !t->columns->from ? &csv_ops : NULL;
}

/* ---- before anything runs ---- */

/* What is between records is a newline's byte, and a separator is one byte: so it has to be in this character set. */
static void check_charset(struct to *t, struct bind *b)
{
	static const char ascii[] = "\n\r\t,;\"|aZ09";
	struct str s = {0};
	iconv_t cd = iconv_open(t->charset, "UTF-8");
	if (cd == (iconv_t)-1) {
		bind_opt_error(b, "charset", "there is no character set '%s': see `iconv -l`", t->charset);
		return;
	}
	if (!convert(cd, slice_str(ascii), &s) || !slice_eq(slice_make(s.p, s.len), slice_str(ascii)))
		bind_opt_error(b, "charset", "a newline is more than a byte in '%s': write UTF-8 and convert that with iconv", t->charset);
	iconv_close(cd);
	str_release(&s);
}

static void convert_header(struct to *t, struct bind *b)
{
	struct str s = {0};
	iconv_t cd = iconv_open(t->charset, "UTF-8");
	if (cd == (iconv_t)-1)
		return;
	if (t->envelope->header.p && !convert(cd, t->envelope->header, &s))
		bind_opt_error(b, "charset", "a column's name cannot be written in %s", t->charset);
	else if (t->envelope->header.p)
		t->envelope->header = arena_copy(t->arena, slice_make(s.p, s.len));
	iconv_close(cd);
	str_release(&s);
}

/* The names of fields=A,B. */
static void choose_columns(struct to *t, struct bind *b)
{
	struct csv_columns *c = t->columns;
	const char *p = t->fields;
	c->names = arena_alloc(t->arena, (strlen(p) + 1) * sizeof *c->names);
	for (;;) {
		size_t len = strcspn(p, ",");
		struct slice name = slice_make(p, len);
		if (!len)
			bind_opt_error(b, "fields", "'fields=' takes names with commas between them: fields=A,B");
		if (place_of(c, name, 0) < c->n)
			bind_opt_error(b, "fields", "'%.*s' is named twice", (int)name.len, name.p);
		c->names[c->n++] = name;
		if (!p[len])
			break;
		p += len + 1;
	}
	c->chosen = c->known = true;
}

static int column_named(const struct record_reader *r, struct slice name)
{
	for (uint32_t k = 0; k < r->n; k++)
		if (slice_eq(r->names[k], name))
			return (int)k;
	return -1;
}

static void no_such_column(const struct record_reader *r, struct bind *b, struct slice name)
{
	struct str s = {0};
	const char **names = arena_alloc(bind_arena(b), ((size_t)r->n + 1) * sizeof *names);
	for (uint32_t k = 0; k < r->n; k++)
		names[k] = r->names[k].p;
	names[r->n] = NULL;
	const char *near = diag_suggest(name, names);
	str_addf(&s, "there is no column '%.*s' here", (int)name.len, name.p);
	if (near)
		str_addf(&s, ": did you mean '%s'?", near);
	bind_opt_error(b, "fields", "%s", s.p);
	str_release(&s);
}

/* Every event has the same columns. */
static void bind_fixed(struct to *t, struct bind *b)
{
	struct csv_columns *c = t->columns;
	if (!c->chosen) {
		c->names = t->reader.names;
		c->n = t->reader.n;
	}
	c->from = arena_alloc(t->arena, ((size_t)c->n + 1) * sizeof *c->from);
	for (uint32_t i = 0; i < c->n; i++) {
		c->from[i] = c->chosen ? column_named(&t->reader, c->names[i]) : (int)i;
		if (c->from[i] < 0)
			no_such_column(&t->reader, b, c->names[i]);
	}
	c->known = true;
}

/* A name of members, with dots between them, that needs no quotes in a pipeline. */
static bool is_path(struct slice s)
{
	bool begins = true;
	for (uint32_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (begins ? !letter : !(letter || c == '.' || (c >= '0' && c <= '9')))
			return false;
		begins = c == '.';
	}
	return !begins;
}

/* Members of documents that are chosen by name: the reader finds just these, wherever they are nested. */
static void want_members(struct to *t, struct bind *b)
{
	struct record_reader *r = &t->reader;
	struct csv_columns *c = t->columns;
	struct schema *in = bind_schema(b);
	for (uint32_t i = 0; i < c->n; i++)
		if (!is_path(c->names[i]))
			return;
	r->cells = arena_alloc(t->arena, ((size_t)c->n + 1) * sizeof *r->cells);
	for (uint32_t i = 0; i < c->n; i++) {
		r->cells[i] = schema_want(bind_arena(b), in, c->names[i]);
		if (r->cells[i] < 0)
			return;
		in->cols[r->cells[i]].used = true;
	}
	r->names = c->names;
	r->n = c->n;
	r->fixed = r->members = true;
}

static void csv_bind_sep(struct to *t, struct bind *b, char sep)
{
	t->dialect = (struct csv_dialect){.sep = sep, .quote = '"'};
	t->columns = arena_alloc(t->arena, sizeof *t->columns);
	*t->columns = (struct csv_columns){0};
	t->envelope = arena_alloc(t->arena, sizeof *t->envelope);
	*t->envelope = (struct envelope){0};
	if (t->charset)
		check_charset(t, b);
	if (t->bom)
		t->envelope->begin = slice_str(BOM);
	if (t->bom && t->charset)
		bind_opt_error(b, "bom", "a byte order mark belongs to UTF-8: leave out 'bom' or 'charset='");
	if (t->fields)
		choose_columns(t, b);
	if (t->fields && !t->flat && t->reader.in->npos == SCHEMA_DOCUMENT)
		want_members(t, b);
	if (t->reader.fixed && !t->flat)
		bind_fixed(t, b);
	if (t->columns->known)
		set_header(t);
	if (t->charset)
		convert_header(t, b);
}

static void csv_bind(struct to *t, struct bind *b)
{
	if (t->sep.p && t->sep.len != 1)
		bind_opt_error(b, "sep", "'sep=' takes a string of one byte");
	else if (t->sep.p && strchr("\"\n\r", t->sep.p[0]))
		bind_opt_error(b, "sep", "'sep=' must be another byte than a quote or a line's end");
	csv_bind_sep(t, b, t->sep.p && t->sep.len ? t->sep.p[0] : ',');
}

static void tsv_bind(struct to *t, struct bind *b)
{
	csv_bind_sep(t, b, '\t');
}

static const char *const csv_options[] = {"sep", "quote", "header", "fields", "flat", "bom", "crlf", "charset", NULL};

const struct to_format to_csv = {
	.name = "csv", .options = csv_options, .bind = csv_bind, .add = csv_add, .as_ordered = csv_as_ordered,
};

const struct to_format to_tsv = {
	.name = "tsv", .options = csv_options + 1, .bind = tsv_bind, .add = csv_add, .as_ordered = csv_as_ordered,
};
