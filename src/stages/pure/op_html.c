/* html "SELECTOR" NAME="SELECTOR", ... and xml: an event for each element that the first selector finds, with a column for each of
 * the others. Each event that comes in is a document. */
#include "config.h"

#include "formats/markup.h"
#include "stages/shared/stages.h"

struct html {
	struct slice elements;
	struct named_list columns;
	bool raw;
	struct schema *in, *out;
	int type;                 /* the column of in that says the encoding: fetch's $type; -1: none */
	struct slice ofs;
	struct markup_query *query;
};

static void query_free(void *query)
{
	markup_query_free(query);
}

static void make_query(struct html *h, struct bind *b, bool html)
{
	const char *why;
	struct markup_error error;
	const struct markup *m = markup_open(&why);
	struct markup_column *columns = arena_alloc(bind_arena(b), ((size_t)h->columns.n + 1) * sizeof *columns);
	if (!m) {
		bind_error(b, "%s", why);
		return;
	}
	for (int i = 0; i < h->columns.n; i++)
		columns[i].selector = h->columns.t[i].text;
	h->query = markup_query_new(m, html, h->raw, h->elements, columns, h->columns.n, &error);
	if (h->query)
		bind_own(b, h->query, query_free);
	else if (error.column < 0)
		bind_arg_error(b, 0, "%s", error.text);
	else
		bind_word_error(b, 1, error.column, NULL, "%s", error.text);
}

static void bind_document(struct html *h, struct bind *b, bool html)
{
	h->in = bind_schema(b);
	h->ofs = bind_ofs(b);
	h->type = html && !h->in->open ? schema_find(h->in, slice_str("type")) : -1;
	if (h->type >= 0)
		h->in->cols[h->type].used = true;
	h->out = bind_new_schema(b, h->columns.n ? h->columns.n : SCHEMA_SPLIT, true);
	for (int i = 0; i < h->columns.n; i++)
		bind_name(b, h->out, i, h->columns.t[i].name);
	make_query(h, b, html);
}

static void html_bind(void *priv, struct bind *b)
{
	bind_document(priv, b, true);
}

static void xml_bind(void *priv, struct bind *b)
{
	bind_document(priv, b, false);
}

static unsigned html_traits(const void *priv)
{
	(void)priv;
	return PURE_EXPANDS;
}

static uint32_t html_ncols(const void *priv)
{
	return stage_ncols(((const struct html *)priv)->out);
}

static struct slice content_type(const struct html *h, const struct chunk *in)
{
	const struct slice *cells = h->type < 0 ? NULL : stage_cells(in, in->pos);
	struct slice type = !cells ? slice_make("", 0) : h->in->npos == SCHEMA_VARIED ? row_named(cells[0], h->type) : cells[h->type];
	return type.p ? type : slice_make("", 0);
}

static bool add_element(const struct html *h, struct eval *ev, struct slice *values, const struct chunk *in, struct chunk *out)
{
	struct slice whole;
	size_t n = h->columns.n ? (size_t)h->columns.n : 1;
	if (!stage_join_all(ev, out, values, n, h->ofs, &whole))
		return false;
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (!out->ncols)
		return true;
	stage_carry(h->out, in, in->pos, chunk_cells(out, at));
	if (h->columns.n)
		memcpy(chunk_cells(out, at), values, n * sizeof *values);
	return true;
}

static void doc_free(void *doc)
{
	markup_doc_free(doc);
}

/* The elements of one document, from where it was left; false where out was full first. */
static bool run_document(const struct html *h, struct work *w, struct chunk *in, struct chunk *out)
{
	struct eval *ev = work_eval(w);
	struct slice few[16], *values = few;
	const char *why = NULL;
	if (!in->halfway) {
		in->halfway_free = doc_free;
		in->halfway = markup_read(h->query, in->ev[in->pos], content_type(h, in), ev->error, sizeof ev->error);
		if (!in->halfway) {
			work_fail(w, in->ev[in->pos], ev->error);
			return true;
		}
	}
	if (h->columns.n > (int)(sizeof few / sizeof *few))
		values = arena_alloc(&ev->scratch, (size_t)h->columns.n * sizeof *values);
	while (!chunk_full(out)) {
		if (!markup_next(in->halfway, values, &why)) {
			if (why)
				work_fail(w, in->ev[in->pos], why);
			doc_free(in->halfway);
			in->halfway = NULL;
			return true;
		}
		if (!add_element(h, ev, values, in, out))
			work_fail(w, in->ev[in->pos], ev->error);
	}
	return false;
}

static void html_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct html *h = priv;
	while (in->pos < in->n && run_document(h, w, in, out)) {
		arena_clear(&work_eval(w)->scratch);
		in->pos++;
	}
	arena_clear(&work_eval(w)->scratch);
	if (out->ncols && stage_carries(h->out))
		chunk_share(out, in);
}

static const struct pure_ops html_ops = {.traits = html_traits, .ncols = html_ncols, .run = html_run};

static const struct arg_spec html_args[] = {
	{.type = ARG_STRING, .name = "SELECTOR", .offset = offsetof(struct html, elements)},
	{.type = ARG_NAMED, .name = "NAME=\"SELECTOR\"", .offset = offsetof(struct html, columns), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

static const struct opt_spec html_opts[] = {
	{.name = "raw", .type = ARG_FLAG, .offset = offsetof(struct html, raw), .help = "keep the white space of texts"},
	{.name = NULL},
};

const struct stage_desc op_html = {
	.spec = {
		.name = "html",
		.synopsis = "html \"CSS\" [NAME=\"CSS[@ATTR]\", ...] [raw]",
		.summary = "an event for each element of a page that a selector finds",
		.flags = SPEC_CAN_FAIL,
		.args = html_args,
		.opts = html_opts,
		.priv_bytes = sizeof(struct html),
		.bind = html_bind,
	},
	.pure = &html_ops,
};

const struct stage_desc op_xml = {
	.spec = {
		.name = "xml",
		.synopsis = "xml \"CSS\" [NAME=\"CSS[@ATTR]\", ...] [raw]",
		.summary = "an event for each element of an XML document that a selector finds",
		.flags = SPEC_CAN_FAIL,
		.args = html_args,
		.opts = html_opts,
		.priv_bytes = sizeof(struct html),
		.bind = xml_bind,
	},
	.pure = &html_ops,
};
