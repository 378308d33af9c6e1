/* match /re/: an event for every match; $0 is the match, $1... its groups, named groups also by their names. */
#include "config.h"

#include "stages/shared/stages.h"

struct match {
	struct re *re;
	struct schema *out;
};

static void match_bind(void *priv, struct bind *b)
{
	struct match *m = priv;
	m->out = bind_new_schema(b, m->re ? (int)re_groups(m->re) : 0, true);
	for (unsigned g = 1; m->re && g <= re_groups(m->re); g++)
		if (re_group_name(m->re, g))
			bind_name(b, m->out, (int)g - 1, re_group_name(m->re, g));
}

static unsigned match_traits(const void *priv)
{
	(void)priv;
	return PURE_EXPANDS;
}

static uint32_t match_ncols(const void *priv)
{
	return stage_ncols(((const struct match *)priv)->out);
}

static void add_match(const struct match *m, const struct re_scratch *re, struct chunk *in, uint32_t i,
		      struct chunk *out)
{
	struct slice whole = in->ev[i];
	uint32_t to = chunk_derive(out, in, i, slice_make(whole.p + re->ov[0], re->ov[1] - re->ov[0]));
	if (!out->ncols)
		return;
	struct slice *cells = chunk_cells(out, to);
	stage_carry(m->out, in, i, cells);
	for (unsigned g = 1; g < re->ngroups; g++)
		re_group(re, g, whole, &cells[g - 1]);
}

/* The matches of one event from in->sub on; false where out was full first. */
static bool match_event(const struct match *m, struct work *w, struct chunk *in, struct chunk *out)
{
	struct re_scratch *re = &work_eval(w)->re;
	/* sub holds where the next search begins, and in its lowest bit that an empty match there does not count. */
	struct re_walk walk = {.start = in->sub >> 1, .not_empty = in->sub & 1};
	while (!chunk_full(out)) {
		enum re_result got = re_next(m->re, re, in->ev[in->pos], &walk);
		if (got == RE_FAILED)
			work_fail(w, in->ev[in->pos], re->error);
		if (got != RE_MATCH)
			return true;
		add_match(m, re, in, in->pos, out);
		if (walk.done)
			return true;
	}
	in->sub = (uint32_t)walk.start << 1 | walk.not_empty;
	return false;
}

static void match_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	while (in->pos < in->n && match_event(priv, w, in, out)) {
		in->pos++;
		in->sub = 0;
	}
	chunk_share(out, in);
}

static const struct pure_ops match_ops = {.traits = match_traits, .ncols = match_ncols, .run = match_run};

static const struct arg_spec match_args[] = {
	{.type = ARG_REGEX, .name = "/RE/", .offset = offsetof(struct match, re)},
	{.type = ARG_END},
};

const struct stage_desc op_match = {
	.spec = {
		.name = "match",
		.synopsis = "match /RE/",
		.summary = "an event for every match; its groups are the fields",
		.flags = SPEC_CAN_FAIL,
		.args = match_args,
		.priv_bytes = sizeof(struct match),
		.bind = match_bind,
	},
	.pure = &match_ops,
};
