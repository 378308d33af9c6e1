/* filter EXPR: keeps the events for which EXPR is true. A lone regular expression is searched for in whole blocks; what
 * lies between two hits is never looked at line by line. With before=, after= or context= it is an ordered stage. */
#include "config.h"

#include "stages/pure/filter.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stages/shared/packed.h"

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

/* ---- with events around those that pass ---- */

struct held {
	char *p;
	size_t len, cap;
};

struct around {
	struct held *held;     /* events that may come before one that passes, packed: a ring of at most `before` */
	uint64_t n, cap, first;
	int64_t after;        /* so many events pass yet after the last one */
	bool some;            /* a group has begun */
	bool gap;             /* something was left out since */
};

static int64_t wanted_around(int64_t n, const struct filter *f)
{
	return n >= 0 ? n : f->context >= 0 ? f->context : 0;
}

/* Memory for held events doubles up to the number that is wanted; until then the ring begins at 0. */
static struct held *hold(struct around *a, uint64_t most)
{
	if (a->n == a->cap && a->cap < most) {
		uint64_t cap = a->cap ? 2 * a->cap : 8;
		cap = cap < most ? cap : most;
		struct held *held = mem_zalloc(cap * sizeof *held);
		for (uint64_t i = 0; i < a->cap; i++)
			held[i] = a->held[(a->first + i) % a->cap];
		free(a->held);
		a->held = held;
		a->cap = cap;
		a->first = 0;
	}
	if (a->n < a->cap)
		return &a->held[(a->first + a->n++) % a->cap];
	struct held *oldest = &a->held[a->first];
	a->first = (a->first + 1) % a->cap;
	a->gap = true;
	return oldest;
}

/* An event that does not pass, and does not follow one that does. */
static void keep_back(const struct filter *f, struct around *a, const struct chunk *in)
{
	uint64_t most = (uint64_t)wanted_around(f->before, f);
	if (most == 0) {
		a->gap = true;
		return;
	}
	struct held *h = hold(a, most);
	h->len = packed_bytes(f->schema, in, in->pos);
	if (h->len > h->cap) {
		free(h->p);
		h->p = mem_alloc(h->len);
		h->cap = h->len;
	}
	packed_write(f->schema, in, in->pos, h->p);
}

/* The line between two groups. Its columns are empty. */
static void part_groups(const struct chunk *in, struct chunk *out)
{
	uint32_t at = chunk_derive(out, in, in->pos, chunk_copy(out, slice_make("--", 2)));
	for (uint32_t c = 0; c < out->ncols; c++)
		chunk_cells(out, at)[c] = slice_make("", 0);
}

static void pass_with_held(const struct filter *f, struct around *a, const struct chunk *in, struct chunk *out)
{
	if (a->some && a->gap)
		part_groups(in, out);
	for (uint64_t i = 0; i < a->n; i++) {
		const struct held *h = &a->held[(a->first + i) % a->cap];
		packed_append(f->schema, slice_make(h->p, h->len), out);
	}
	a->n = a->first = 0;
	a->some = true;
	a->gap = false;
	a->after = wanted_around(f->after, f);
	chunk_keep(out, in, in->pos);
}

static void around_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct filter *f = priv;
	struct around *a = state;
	struct eval *ev = work_eval(w);
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		struct event e = stage_event(in, in->pos, ev);
		int pass = expr_test(f->test, ev, &e);
		if (pass < 0) {
			work_fail(w, e.whole, ev->error);
		} else if (pass) {
			pass_with_held(f, a, in, out);
		} else if (a->after > 0) {
			a->after--;
			chunk_keep(out, in, in->pos);
		} else {
			keep_back(f, a, in);
		}
		arena_clear(&ev->scratch);
	}
	chunk_share(out, in);
}

static void around_release(const void *priv, void *state)
{
	struct around *a = state;
	(void)priv;
	for (uint64_t i = 0; i < a->cap; i++)
		free(a->held[i].p);
	free(a->held);
}

static const struct ordered_ops around_ops = {
	.state_bytes = sizeof(struct around), .ncols = filter_ncols, .run = around_run, .release = around_release,
	.uses = true,
};

static const struct ordered_ops *as_ordered(const void *priv)
{
	const struct filter *f = priv;
	return f->before >= 0 || f->after >= 0 || f->context >= 0 ? &around_ops : NULL;
}

static const struct opt_spec filter_opts[] = {
	{.name = "before", .type = ARG_COUNT, .offset = offsetof(struct filter, before),
	 .help = "so many events before each that passes, with -- between groups"},
	{.name = "after", .type = ARG_COUNT, .offset = offsetof(struct filter, after),
	 .help = "so many events after each that passes"},
	{.name = "context", .type = ARG_COUNT, .offset = offsetof(struct filter, context),
	 .help = "so many events before and after"},
	{.name = NULL},
};

const struct arg_spec filter_args[] = {
	{.type = ARG_EXPR, .name = "EXPR", .offset = offsetof(struct filter, test)},
	{.type = ARG_END},
};

const struct stage_desc op_filter = {
	.spec = {
		.name = "filter",
		.synopsis = "filter EXPR [before=N] [after=N] [context=N]",
		.summary = "keep the events for which EXPR is true",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = filter_args,
		.opts = filter_opts,
		.priv_bytes = sizeof(struct filter),
		.bind = filter_bind,
	},
	.pure = &filter_ops,
	.as_ordered = as_ordered,
};
