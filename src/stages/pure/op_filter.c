/* filter EXPR: keeps the events for which EXPR is true. A lone regular expression is searched for in whole blocks; what
 * lies between two hits is never looked at line by line. */
#include "config.h"

#include "stages/pure/filter.h"

void filter_bind(void *priv, struct bind *b)
{
	struct filter *f = priv;
	struct value v;
	if (expr_is_const(f->test, &v) && v.kind == VALUE_STR)
		bind_arg_warning(b, 0, "a text is the same for every event: a search is written /.../");
	f->schema = bind_schema(b);
	f->re = expr_is_match(f->test, &f->negated);
}

static unsigned filter_traits(const void *priv)
{
	const struct filter *f = priv;
	return f->re ? PURE_RAW_IN | PURE_RAW_OUT | PURE_ORIGINS : 0;
}

static uint32_t filter_ncols(const void *priv)
{
	return stage_ncols(((const struct filter *)priv)->schema);
}

/* Adds the run [p, end) to a raw chunk, joined to the last one where they touch. */
static void add_run(struct chunk *out, const char *p, const char *end)
{
	if (p == end)
		return;
	uint32_t i = out->n - 1; /* the last one: not there yet where out is empty */
	if (out->n && out->ev[i].p + out->ev[i].len == p)
		out->ev[i].len += (uint32_t)(end - p);
	else
		i = chunk_append(out, slice_make(p, (size_t)(end - p)));
	if (end[-1] != out->term)
		out->ev[i].flags |= SLICE_UNENDED;
}

static void run_raw(const struct filter *f, struct work *w, struct chunk *in, struct chunk *out)
{
	struct re_scratch *scratch = &work_eval(w)->re;
	bool keep_hits = f->reject == f->negated;
	for (; in->pos < in->n; in->pos++) {
		struct slice run = in->ev[in->pos], record;
		const char *p = run.p, *end = run.p + run.len;
		while (p < end) {
			const char *before = p;
			enum re_result got = re_find_record(f->re, scratch, &p, end, in->term, &record);
			bool hit = got != RE_NOMATCH;
			if (!keep_hits)
				add_run(out, before, hit ? record.p : end);
			else if (got == RE_MATCH)
				add_run(out, record.p, p);
			if (got == RE_FAILED)
				work_fail(w, record, scratch->error);
		}
	}
	chunk_share(out, in);
}

static void run_events(const struct filter *f, struct work *w, struct chunk *in, struct chunk *out)
{
	struct eval *ev = work_eval(w);
	uint32_t kept = out->n;
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		int pass = expr_test(f->test, ev, &e);
		if (pass < 0)
			work_fail(w, e.whole, ev->error);
		else if (pass != f->reject)
			chunk_keep(out, in, in->pos);
		arena_clear(&ev->scratch);
	}
	if (out->n > kept)
		chunk_share(out, in);
}

static void filter_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	if (in->raw) {
		out->raw = true;
		run_raw(priv, w, in, out);
	} else {
		run_events(priv, w, in, out);
	}
}

const struct pure_ops filter_ops = {.traits = filter_traits, .ncols = filter_ncols, .run = filter_run};

const struct arg_spec filter_args[] = {
	{.type = ARG_EXPR, .name = "EXPR", .offset = offsetof(struct filter, test)},
	{.type = ARG_END},
};

const struct stage_desc op_filter = {
	.spec = {
		.name = "filter",
		.synopsis = "filter EXPR",
		.summary = "keep the events for which EXPR is true",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = filter_args,
		.priv_bytes = sizeof(struct filter),
		.bind = filter_bind,
	},
	.pure = &filter_ops,
};
