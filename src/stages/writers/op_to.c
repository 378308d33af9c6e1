/* to FORMAT: $0 becomes the event's columns, written in a format; the columns themselves stay usable. What belongs to the
 * output as a whole (a header, brackets) is the envelope's: base/envelope.h. */
#include "config.h"

#include "stages/writers/to.h"

#include <stdio.h>

static const struct to_format *const formats[] = {
	&to_json, &to_csv, &to_tsv, &to_logfmt, &to_ltsv, &to_table, NULL,
};

/* ---- before anything runs ---- */

static bool takes(const struct to_format *f, const char *option)
{
	for (int i = 0; f->options[i]; i++)
		if (!strcmp(f->options[i], option))
			return true;
	return false;
}

static const struct to_format *find_format(const char *name, struct bind *b)
{
	const char *names[sizeof formats / sizeof *formats];
	for (int i = 0; formats[i]; i++) {
		if (!strcmp(formats[i]->name, name))
			return formats[i];
		names[i] = formats[i]->name;
		names[i + 1] = NULL;
	}
	const char *near = diag_suggest(slice_str(name), names);
	if (near)
		bind_arg_error(b, 0, "there is no format '%s': did you mean '%s'?", name, near);
	else
		bind_arg_error(b, 0, "there is no format '%s': write json, csv, tsv, table, logfmt or ltsv", name);
	return NULL;
}

static const struct opt_spec to_opts[];

static bool check_options(const struct to *t, struct bind *b)
{
	bool good = true;
	for (const struct opt_spec *o = to_opts; o->name; o++) {
		if (!bind_has_opt(b, o->name) || takes(t->format, o->name))
			continue;
		bind_opt_error(b, o->name, "'to %s' has no option '%s'", t->name, o->name);
		good = false;
	}
	return good;
}

static void to_bind(void *priv, struct bind *b)
{
	struct to *t = priv;
	t->format = t->name ? find_format(t->name, b) : NULL;
	t->batched = bind_batched(b);
	t->arena = bind_arena(b);
	if (!t->format || !check_options(t, b) || !record_bind(&t->reader, b))
		return;
	t->out = bind_copy_schema(b);
	t->format->bind(t, b);
	t->out->envelope = t->envelope;
}

uint32_t to_ncols(const void *priv)
{
	return stage_ncols(((const struct to *)priv)->out);
}

/* ---- running ---- */

void to_derive(const struct to *t, struct chunk *out, const struct chunk *in, uint32_t i, struct slice text)
{
	uint32_t at = chunk_derive(out, in, i, text);
	if (out->ncols && t->out->npos == SCHEMA_VARIED)
		chunk_cells(out, at)[0] = chunk_cells(in, i)[0];
	else if (out->ncols)
		stage_carry(t->out, in, i, chunk_cells(out, at));
}

void to_each(const struct to *t, struct work *w, struct chunk *in, struct chunk *out)
{
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		struct record r;
		str_clear(&ev->built);
		bool whole = t->format == &to_json && t->reader.in->npos == SCHEMA_DOCUMENT;
		if ((!whole && !record_read(&t->reader, ev, &e, &r)) || !t->format->add(t, ev, &e, &r, &ev->built) ||
		    !eval_fits(ev, ev->built.len))
			work_fail(w, e.whole, ev->error);
		else
			to_derive(t, out, in, in->pos, chunk_copy(out, slice_make(ev->built.p, ev->built.len)));
		arena_clear(&ev->scratch);
	}
	if (out->ncols)
		chunk_share(out, in);
}

static void to_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	to_each(priv, w, in, out);
}

static const struct ordered_ops *to_as_ordered(const void *priv)
{
	const struct to *t = priv;
	return t->format->as_ordered ? t->format->as_ordered(t) : NULL;
}

static const struct pure_ops to_ops = {.ncols = to_ncols, .run = to_run};

/* ---- the descriptor ---- */

static const struct arg_spec to_args[] = {
	{.type = ARG_WORD, .name = "FORMAT", .offset = offsetof(struct to, name)},
	{.type = ARG_END},
};

static const char *const omits[] = {[JSON_OMIT_NULL] = "null", [JSON_OMIT_EMPTY] = "empty", NULL};
static const char *const quotes[] = {"all", NULL};
static const char *const headers[] = {"no", "yes", NULL};

static const struct opt_spec to_opts[] = {
	{.name = "array", .type = ARG_FLAG, .offset = offsetof(struct to, array),
	 .help = "json: one array of all events, or of each batch"},
	{.name = "pretty", .type = ARG_FLAG, .offset = offsetof(struct to, pretty),
	 .help = "json: a member a line, indented"},
	{.name = "omit", .type = ARG_CHOICE, .offset = offsetof(struct to, omit), .choices = omits,
	 .help = "json: leave out members that are null, or empty text too"},
	{.name = "text", .type = ARG_FLAG, .offset = offsetof(struct to, text), .help = "json: all values as text"},
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct to, sep),
	 .help = "csv: the byte between fields (default: a comma)"},
	{.name = "quote", .type = ARG_CHOICE, .offset = offsetof(struct to, quote), .choices = quotes,
	 .help = "csv, tsv: every field in quotes, not only those that need them"},
	{.name = "header", .type = ARG_CHOICE, .offset = offsetof(struct to, header), .choices = headers,
	 .help = "csv, tsv: the names come first (default: yes)"},
	{.name = "fields", .type = ARG_WORD, .offset = offsetof(struct to, fields),
	 .help = "csv, tsv: these columns, in this order"},
	{.name = "flat", .type = ARG_FLAG, .offset = offsetof(struct to, flat),
	 .help = "csv, tsv: members of documents as columns called a.b"},
	{.name = "bom", .type = ARG_FLAG, .offset = offsetof(struct to, bom),
	 .help = "csv, tsv: a byte order mark first"},
	{.name = "crlf", .type = ARG_FLAG, .offset = offsetof(struct to, crlf),
	 .help = "csv, tsv: lines end in carriage return and newline"},
	{.name = "charset", .type = ARG_WORD, .offset = offsetof(struct to, charset),
	 .help = "csv, tsv: the character set, as iconv calls it (default: UTF-8)"},
	{.name = "md", .type = ARG_FLAG, .offset = offsetof(struct to, md), .help = "table: as Markdown has it"},
	{.name = NULL},
};

const struct stage_desc op_to = {
	.spec = {
		.name = "to",
		.synopsis = "to json | csv | tsv | table | logfmt | ltsv",
		.summary = "write the columns of events in a format",
		.flags = SPEC_CAN_FAIL,
		.args = to_args,
		.opts = to_opts,
		.priv_bytes = sizeof(struct to),
		.bind = to_bind,
	},
	.pure = &to_ops,
	.as_ordered = to_as_ordered,
};
