/* csv, tsv: records of comma- or tab-separated values, with the names of a header. See formats/csv.h for what a record is.
 *
 * An input may begin with a byte order mark, then a line `sep=C`, then lines that skip= leaves out; lines that begin with
 * the comment= character are left out wherever a record could begin. Then comes the header. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/scan.h"
#include "base/str.h"
#include "formats/csv.h"
#include "io/framer.h"
#include "stages/readers/table.h"

#define BOM "\xef\xbb\xbf"

struct csv {
	const char *sep, *quote, *comment, *null;
	const char *names;
	int header;                 /* 0: no, -1: yes */
	int64_t skip;
	bool ragged;
	struct csv_dialect dialect;
	char comment_char;          /* 0: none */
	struct slice null_text;     /* p == NULL: none */
	struct slice *given;        /* names= */
	uint32_t ngiven;
	struct schema *out;
};

/* An input's header, and how it is read. */
struct csv_table {
	struct table table;
	const struct csv *csv;
	struct csv_dialect dialect;
};

/* ---- binding ---- */

static char one_char(struct bind *b, const char *opt, const char *text, char otherwise)
{
	if (!text)
		return otherwise;
	if (text[0] && text[1])
		bind_opt_error(b, opt, "'%s=' takes one character", opt);
	return text[0];
}

static void split_names(struct csv *c, struct bind *b)
{
	uint32_t n = 1, i = 0;
	for (const char *p = c->names; *p; p++)
		n += *p == ',';
	c->given = arena_alloc(bind_arena(b), n * sizeof *c->given);
	for (const char *p = c->names;; p++) {
		size_t len = strcspn(p, ",");
		c->given[i++] = slice_make(p, len);
		p += len;
		if (!*p)
			break;
	}
	c->ngiven = n;
}

static void bind_csv(struct csv *c, struct bind *b, char sep, char quote)
{
	c->dialect = (struct csv_dialect){one_char(b, "sep", c->sep, sep), one_char(b, "quote", c->quote, quote)};
	if (c->sep && (!c->dialect.sep || c->dialect.sep == '\n' || c->dialect.sep == '\r'))
		bind_opt_error(b, "sep", "'sep=' takes one character that ends no line");
	if (c->dialect.sep == c->dialect.quote)
		bind_opt_error(b, "quote", "the separator cannot be the quote as well");
	c->comment_char = one_char(b, "comment", c->comment, '\0');
	c->null_text = c->null ? slice_str(c->null) : (struct slice){0};
	if (c->skip < 0)
		c->skip = 0;
	if (c->names)
		split_names(c, b);
	c->out = bind_new_reader(b, SCHEMA_LATE);
	c->out->nameless = c->header == 0 && !c->names;
}

static void csv_bind(void *priv, struct bind *b)
{
	bind_csv(priv, b, ',', '"');
}

static void tsv_bind(void *priv, struct bind *b)
{
	bind_csv(priv, b, '\t', '"');
}

/* ---- records in order ---- */

/* Empty lines and comments are no records. */
static void skip_comments(struct csv_reader *r, char comment)
{
	const char *p = r->at;
	while (p < r->end && (*p == '\n' || *p == '\r' || *p == comment)) {
		const char *hit = *p == comment ? memchr(p, '\n', (size_t)(r->end - p)) : p;
		p = hit ? hit + 1 : r->end;
	}
	if (p != r->at)
		csv_read_from(r, r->dialect, p, r->end);
}

static enum csv_result next_record(const struct csv *c, struct csv_reader *r, struct slice *whole, struct slice *fields,
				   uint32_t max, uint32_t *n)
{
	if (c->comment_char)
		skip_comments(r, c->comment_char);
	return csv_next(r, whole, fields, max, n);
}

/* What a field of a record stands for. Text that is not in the record as it is goes into out. */
static struct slice value_of(const struct csv_table *t, struct slice field, struct chunk *out)
{
	struct slice null = t->csv->null_text, value;
	if (!(field.flags & SLICE_QUOTED)) {
		if (null.p && slice_eq(field, null))
			return slice_of_kind("", 0, KIND_NULL);
		return field;
	}
	if (csv_plain_value(field, t->dialect, &value))
		return value;
	char *p = chunk_room(out, (size_t)field.len + 1);
	uint32_t len = csv_unquote(field, t->dialect, p);
	p[len] = out->term;
	chunk_wrote(out, (size_t)len + 1);
	return slice_make(p, len);
}

/* ---- the beginning of an input ---- */

/* Behind what comes before the header; *d is changed by a line `sep=C`. */
static const char *prologue(const struct csv *c, const char *p, const char *end, struct csv_dialect *d)
{
	if (end - p >= 3 && !memcmp(p, BOM, 3))
		p += 3;
	if (end - p >= 6 && !memcmp(p, "sep=", 4) && p[4] != '\n' && p[4] != '\r') {
		const char *q = p + 5 + (p[5] == '\r');
		if (q < end && *q == '\n') {
			d->sep = p[4];
			p = q + 1;
		}
	}
	for (int64_t i = 0; i < c->skip && p < end; i++) {
		const char *hit = memchr(p, '\n', (size_t)(end - p));
		p = hit ? hit + 1 : end;
	}
	return p;
}

static void free_table(struct frame *f)
{
	struct csv_table *t = (struct csv_table *)f;
	table_release(&t->table);
	free(t);
}

static uint64_t count_records(const struct frame *f, const struct chunk *ck)
{
	const struct csv_table *t = (const struct csv_table *)f;
	uint64_t records = 0;
	for (uint32_t i = 0; i < ck->n; i++) {
		struct csv_reader r;
		struct slice whole;
		uint32_t n;
		csv_read_from(&r, t->dialect, ck->ev[i].p, ck->ev[i].p + ck->ev[i].len);
		enum csv_result got;
		while ((got = next_record(t->csv, &r, &whole, NULL, 0, &n)) == CSV_RECORD)
			records++;
		records += got == CSV_UNFINISHED;
	}
	return records;
}

/* The names as they are called: without their quotes. In a, or in the input. */
static void unquote_names(struct slice *names, uint32_t n, struct csv_dialect d, struct arena *a)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!(names[i].flags & SLICE_QUOTED))
			continue;
		char *p = arena_bytes(a, (size_t)names[i].len + 1);
		names[i] = slice_make(p, csv_unquote(names[i], d, p));
	}
}

enum header { HEADER_READ, HEADER_NONE /* no record yet */, HEADER_WRONG };

/* Reads the header of an input, whose first bytes after the prologue are [*p, end), and moves *p behind it. */
static enum header read_header(const struct csv *c, struct csv_dialect d, const char **p, const char *end, const char *input,
			       struct block_pool *pool, struct csv_table **out, char **error)
{
	struct csv_reader r;
	struct slice whole;
	struct arena a = {0};
	uint32_t n, again;
	csv_read_from(&r, d, *p, end);
	const char *begin = *p;
	enum csv_result got = next_record(c, &r, &whole, NULL, 0, &n);
	if (got == CSV_END)
		return HEADER_NONE;
	if (got == CSV_UNFINISHED) {
		char buf[256];
		struct str s = {0};
		str_addf(&s, "the header of %s has a quote that is never closed", table_input(input, buf, sizeof buf));
		*error = str_steal(&s);
		return HEADER_WRONG;
	}
	struct slice *names = arena_alloc(&a, ((size_t)n + 1) * sizeof *names);
	csv_read_from(&r, d, begin, end);
	next_record(c, &r, &whole, names, n, &again);
	unquote_names(names, n, d, &a);
	bool header = c->header != 0;
	if (header)
		*p = r.at;
	struct csv_table *t = mem_zalloc(sizeof *t);
	t->csv = c;
	t->dialect = d;
	t->table.frame.free = free_table;
	t->table.frame.count = count_records;
	bool good = table_init(&t->table, c->out, input, pool, c->given ? c->given : header ? names : NULL,
			       c->given ? c->ngiven : n, error);
	arena_release(&a);
	*out = t;
	if (good)
		return HEADER_READ;
	free_table(&t->table.frame);
	return HEADER_WRONG;
}

/* ---- reading ---- */

/* A record fails. */
static void fail_at(const struct csv_table *t, struct work *w, struct slice whole, uint64_t line, const char *fmt, uint32_t n)
{
	char why[400], what[120], buf[256];
	snprintf(what, sizeof what, fmt, n, t->table.ncols);
	snprintf(why, sizeof why, "line %llu of %s: %s", (unsigned long long)line,
		 table_input(t->table.input, buf, sizeof buf), what);
	work_fail(w, whole, why);
}

/* The fields as values: those that something reads. Takes few or makes more. */
static bool add_record(const struct csv_table *t, struct work *w, struct chunk *in, struct chunk *out, struct slice whole,
		       struct slice *fields, uint32_t n)
{
	const struct table *tb = &t->table;
	uint32_t i = table_add(tb->schema, in, out, whole);
	if (!out->ncols)
		return true;
	struct slice *cells = chunk_cells(out, i);
	if (!tb->rows) {
		for (uint32_t k = 0; k < tb->nwanted; k++) {
			uint32_t at = tb->wanted[k].at;
			cells[tb->wanted[k].cell] = at < n ? value_of(t, fields[at], out) : slice_of_kind("", 0, KIND_MISSING);
		}
	} else {
		for (uint32_t k = 0; k < n; k++)
			fields[k] = value_of(t, fields[k], out);
		table_fill(tb, cells, fields, n);
	}
	if (table_row(tb, out, cells, fields, n, work_eval(w)))
		return true;
	out->n--;
	work_fail(w, whole, work_eval(w)->error);
	return false;
}

/* Records of text from in->sub on, until out is full. */
static void read_text(const struct csv_table *t, struct work *w, struct chunk *in, struct chunk *out, struct slice text,
		      struct lines lines)
{
	const struct csv *c = t->csv;
	struct arena *scratch = &work_eval(w)->scratch;
	uint32_t ncols = t->table.ncols, most = t->table.most < UINT32_MAX ? t->table.most : ncols, n;
	struct slice *fields = arena_alloc(scratch, ((size_t)most + 1) * sizeof *fields), whole;
	struct csv_reader r;
	csv_read_from(&r, t->dialect, text.p + in->sub, text.p + text.len);
	while (!chunk_full(out)) {
		const char *begin = r.at;
		enum csv_result got = next_record(c, &r, &whole, fields, most, &n);
		if (got != CSV_RECORD) {
			if (got == CSV_UNFINISHED)
				fail_at(t, w, slice_make(begin, (size_t)(r.end - begin)), line_of(&lines, r.at),
					"a quote that opens here is never closed", 0);
			in->first.nr += got == CSV_UNFINISHED;
			in->pos++;
			in->sub = 0;
			break;
		}
		if (n != ncols && !c->ragged) {
			fail_at(t, w, whole, line_of(&lines, whole.p),
				n == 1 ? "%u column, the header has %u" : "%u columns, the header has %u", n);
		} else if (n <= most || !t->table.rows) {
			add_record(t, w, in, out, whole, fields, n);
		} else { /* ragged: more than ever before */
			most = 2 * n;
			fields = arena_alloc(scratch, (size_t)most * sizeof *fields);
			csv_read_from(&r, t->dialect, whole.p, r.end);
			continue;
		}
		if (in->first.nr) {
			in->first.nr++;
			in->first.fnr++;
		}
		in->sub = (uint32_t)(r.at - text.p);
	}
	arena_clear(scratch);
}

/* An event that is an input of its own. */
static void read_event(const struct csv *c, struct work *w, struct chunk *in, struct chunk *out)
{
	struct slice text = in->ev[in->pos];
	const char *p, *end = text.p + text.len;
	struct csv_dialect d = c->dialect;
	struct csv_table *t = NULL;
	char *error = NULL;
	p = prologue(c, text.p, end, &d);
	enum header got = read_header(c, d, &p, end, NULL, out->pool, &t, &error);
	if (got != HEADER_READ) {
		if (error)
			work_fail(w, text, error);
		free(error);
		in->pos++;
		in->sub = 0;
		return;
	}
	if (in->sub < (uint32_t)(p - text.p))
		in->sub = (uint32_t)(p - text.p);
	read_text(t, w, in, out, text, (struct lines){text.p, 1});
	free_table(&t->table.frame);
}

static void csv_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct csv *c = priv;
	while (in->pos < in->n && !chunk_full(out)) {
		if (!in->raw)
			read_event(c, w, in, out);
		else
			read_text((const struct csv_table *)in->frame, w, in, out, in->ev[in->pos],
				  (struct lines){in->ev[in->pos].p, in->line});
	}
	chunk_share(out, in);
}

static unsigned csv_traits(const void *priv)
{
	(void)priv;
	return PURE_READS | PURE_EXPANDS;
}

static uint32_t csv_ncols(const void *priv)
{
	return stage_ncols(((const struct csv *)priv)->out);
}

static const struct pure_ops csv_ops = {.traits = csv_traits, .ncols = csv_ncols, .run = csv_run};

/* ---- framing ---- */

struct framing {
	const char *name;
	struct csv_scan scan;
	enum { AT_BOM, AT_SEP, AT_SKIP, AT_RECORDS } phase;
	char held[8];            /* what may be a line sep=C */
	unsigned nheld;
	int64_t skipped;         /* lines */
	bool in_comment;
	bool in_record;          /* comment=: the record that is begun is none */
	bool begun;              /* the prologue was read */
	uint64_t line;           /* of what is not in a chunk yet, from 1 */
	struct csv_table *table; /* NULL: the header was not read yet */
};

static void framing_begin(const void *priv, void *state, const char *name)
{
	const struct csv *c = priv;
	struct framing *f = state;
	f->name = name;
	f->scan.dialect = c->dialect;
	f->line = 1;
}

/* Takes in what may be a byte order mark, byte by byte. True once it is known. */
static bool take_bom(struct framing *f, char byte)
{
	if (byte == BOM[f->nheld] && ++f->nheld < 3)
		return true;
	bool none = byte != BOM[f->nheld - (f->nheld == 3)];
	if (none && f->nheld) { /* bytes that begin a field */
		f->phase = AT_SKIP;
		f->scan.state = CSV_PLAIN;
	} else {
		f->phase = AT_SEP;
	}
	f->nheld = 0;
	return !none;
}

/* What was held is the beginning of something else. */
static void no_sep(const struct csv *c, struct framing *f)
{
	f->phase = AT_SKIP;
	if (!c->skip)
		csv_scan(&f->scan, f->held, f->held + f->nheld);
}

/* The same for a line sep=C. */
static bool take_sep(const struct csv *c, struct framing *f, char byte)
{
	static const char begin[] = "sep=";
	unsigned n = f->nheld;
	bool end = byte == '\n' || byte == '\r';
	if (n < 4 ? byte == begin[n] : n == 4 ? !end : n == 5 ? byte == '\r' : false) {
		f->held[f->nheld++] = byte;
		return true;
	}
	if (n >= 5 && byte == '\n') {
		f->scan.dialect.sep = f->held[4];
		f->phase = AT_SKIP;
		return true;
	}
	no_sep(c, f);
	return false;
}

/* What comes before the header. Returns the place behind it, or end. */
static const char *take_prologue(const struct csv *c, struct framing *f, const char *p, const char *end)
{
	while (p < end && f->phase == AT_BOM)
		p += take_bom(f, *p);
	while (p < end && f->phase == AT_SEP)
		p += take_sep(c, f, *p);
	while (p < end && f->phase == AT_SKIP) {
		const char *hit = f->skipped < c->skip ? memchr(p, '\n', (size_t)(end - p)) : p;
		if (f->skipped == c->skip) {
			f->phase = AT_RECORDS;
			break;
		}
		f->skipped += hit != NULL;
		p = hit ? hit + 1 : end;
	}
	return p;
}

/* Line by line, because a quote in a comment is none. */
static const char *take_lines(const struct csv *c, struct framing *f, const char *p, const char *end)
{
	const char *behind = NULL;
	while (p < end) {
		if (!f->in_record && *p == c->comment_char)
			f->in_comment = true;
		const char *hit = memchr(p, '\n', (size_t)(end - p)), *next = hit ? hit + 1 : end;
		const char *got = f->in_comment ? (hit ? next : NULL) : csv_scan(&f->scan, p, next);
		f->in_record = !f->in_comment && got != next;
		f->in_comment = f->in_comment && !hit;
		behind = got ? got : behind;
		p = next;
	}
	return behind;
}

static const char *framing_take(const void *priv, void *state, const char *p, const char *end)
{
	const struct csv *c = priv;
	struct framing *f = state;
	if (f->phase != AT_RECORDS)
		p = take_prologue(c, f, p, end);
	if (f->phase != AT_RECORDS || p == end)
		return NULL;
	return c->comment_char ? take_lines(c, f, p, end) : csv_scan(&f->scan, p, end);
}

/* The input's first chunk with a record: its header. */
static bool tag_first(const struct csv *c, struct framing *f, struct chunk *ck, char **error)
{
	struct slice *run = &ck->ev[0];
	const char *p = run->p, *end = p + run->len;
	struct csv_dialect d = f->scan.dialect;
	if (!f->begun)
		p = prologue(c, p, end, &d);
	f->begun = true;
	enum header got = read_header(c, d, &p, end, f->name, ck->pool, &f->table, error);
	if (got == HEADER_WRONG)
		return false;
	ck->line += scan_count(run->p, p, '\n');
	if (got == HEADER_NONE)
		p = end;
	run->len = (uint32_t)(end - p);
	run->p = p;
	return true;
}

static bool framing_tag(const void *priv, void *state, struct chunk *ck, char **error)
{
	const struct csv *c = priv;
	struct framing *f = state;
	ck->line = f->line;
	f->line += scan_count(ck->ev[0].p, ck->ev[0].p + ck->ev[0].len, '\n');
	if (!f->table && !tag_first(c, f, ck, error)) {
		f->table = NULL;
		return false;
	}
	if (!ck->ev[0].len || !f->table)
		ck->n = 0;
	if (f->table)
		ck->frame = frame_ref(&f->table->table.frame);
	return true;
}

static void framing_skip(const void *priv, void *state, const char *p, const char *end)
{
	(void)priv;
	struct framing *f = state;
	f->line += scan_count(p, end, '\n');
	f->scan = (struct csv_scan){.dialect = f->scan.dialect, .lines = f->line - 1};
	f->in_comment = f->in_record = false;
}

static void framing_begun(const void *priv, const void *state, char *why, size_t bytes)
{
	(void)priv;
	const struct framing *f = state;
	if (f->scan.state == CSV_QUOTED)
		snprintf(why, bytes, "a quote that opens on line %llu is never closed",
			 (unsigned long long)f->scan.quote_line + 1);
}

static void framing_end(const void *priv, void *state)
{
	(void)priv;
	struct framing *f = state;
	if (f->table)
		frame_unref(&f->table->table.frame);
}

static const struct framer_ops framer_ops = {
	.state_bytes = sizeof(struct framing),
	.begin = framing_begin,
	.take = framing_take,
	.tag = framing_tag,
	.skip = framing_skip,
	.begun = framing_begun,
	.end = framing_end,
};

static const struct framer_ops *csv_framer(const void *priv)
{
	(void)priv;
	return &framer_ops;
}

/* ---- descriptors ---- */

static const char *const header_choices[] = {"no", NULL};

static const struct opt_spec csv_opts[] = {
	{.name = "sep", .type = ARG_WORD, .offset = offsetof(struct csv, sep), .help = "what is between columns (default: a comma; tsv: a tab)"},
	{.name = "quote", .type = ARG_WORD, .offset = offsetof(struct csv, quote), .help = "the quote (default: \"); \"\": there are none"},
	{.name = "header", .type = ARG_CHOICE, .offset = offsetof(struct csv, header), .choices = header_choices,
	 .help = "no: the first record is data"},
	{.name = "names", .type = ARG_WORD, .offset = offsetof(struct csv, names), .help = "A,B,...: the columns' names, whatever the header says"},
	{.name = "skip", .type = ARG_COUNT, .offset = offsetof(struct csv, skip), .help = "leave out so many lines at the beginning"},
	{.name = "comment", .type = ARG_WORD, .offset = offsetof(struct csv, comment), .help = "leave out lines that begin with this character"},
	{.name = "ragged", .type = ARG_FLAG, .offset = offsetof(struct csv, ragged), .help = "records may have more or fewer columns than the header"},
	{.name = "null", .type = ARG_WORD, .offset = offsetof(struct csv, null), .help = "a column with this text, unquoted, is null"},
	{.name = NULL},
};

const struct stage_desc op_csv = {
	.spec = {
		.name = "csv",
		.synopsis = "csv [sep=C] [quote=C] [header=no] [names=A,B] [skip=N] [comment=C] [ragged] [null=TEXT]",
		.summary = "records of comma-separated values; the header names their columns",
		.flags = SPEC_CAN_FAIL,
		.opts = csv_opts,
		.priv_bytes = sizeof(struct csv),
		.bind = csv_bind,
	},
	.pure = &csv_ops,
	.framer = csv_framer,
};

const struct stage_desc op_tsv = {
	.spec = {
		.name = "tsv",
		.synopsis = "tsv [sep=C] [quote=C] [header=no] [names=A,B] [skip=N] [comment=C] [ragged] [null=TEXT]",
		.summary = "the same with tabs",
		.flags = SPEC_CAN_FAIL,
		.opts = csv_opts,
		.priv_bytes = sizeof(struct csv),
		.bind = tsv_bind,
	},
	.pure = &csv_ops,
	.framer = csv_framer,
};
