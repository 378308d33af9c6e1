/* parse /re/: fields by name from the groups of one match; $0 stays. What does not match is dropped, or kept. */
#include "config.h"

#include "stages/stages.h"

struct parse {
	struct re *re;
	bool keep;
	struct schema *out;
	int *cols; /* group - 1 -> column, or -1 where it has no name */
};

static void parse_bind(void *priv, struct bind *b)
{
	struct parse *p = priv;
	if (!p->re)
		return;
	const struct schema *in = bind_schema(b);
	unsigned groups = re_groups(p->re);
	bool named = false;
	p->cols = arena_alloc(bind_arena(b), (groups + 1) * sizeof *p->cols);
	p->out = bind_new_schema(b, in->npos, true);
	for (unsigned g = 1; g <= groups; g++) {
		const char *name = re_group_name(p->re, g);
		p->cols[g - 1] = name ? bind_add(b, p->out, name) : -1;
		named = named || name;
	}
	if (!named)
		bind_arg_error(b, 0, "no group has a name: write (?<name>...)");
}

static uint32_t parse_ncols(const void *priv)
{
	return stage_ncols(((const struct parse *)priv)->out);
}

static void keep_event(const struct parse *p, struct chunk *in, struct chunk *out, const struct re_scratch *re)
{
	struct slice whole = in->ev[in->pos];
	uint32_t to = chunk_derive(out, in, in->pos, whole);
	if (!out->ncols)
		return;
	struct slice *cells = chunk_cells(out, to);
	stage_carry(p->out, in, in->pos, cells);
	for (unsigned g = 1; re && g < re->ngroups; g++)
		if (p->cols[g - 1] >= 0 && re->ov[2 * g] != RE_UNSET)
			cells[p->cols[g - 1]] = slice_make(whole.p + re->ov[2 * g], re->ov[2 * g + 1] - re->ov[2 * g]);
}

static void parse_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct parse *p = priv;
	struct re_scratch *re = &work_eval(w)->re;
	for (; in->pos < in->n && !chunk_full(out); in->pos++) {
		enum re_result got = re_exec(p->re, re, in->ev[in->pos], 0, false);
		if (got == RE_FAILED)
			work_fail(w, in->ev[in->pos], re->error);
		else if (got == RE_MATCH || p->keep)
			keep_event(p, in, out, got == RE_MATCH ? re : NULL);
	}
	chunk_share(out, in);
}

static const struct pure_ops parse_ops = {.ncols = parse_ncols, .run = parse_run};

static const struct arg_spec parse_args[] = {
	{.type = ARG_REGEX, .name = "/RE/", .offset = offsetof(struct parse, re)},
	{.type = ARG_END},
};

static const struct opt_spec parse_opts[] = {
	{.name = "keep", .type = ARG_FLAG, .offset = offsetof(struct parse, keep), .help = "keep what does not match"},
	{.name = NULL},
};

const struct stage_desc op_parse = {
	.spec = {
		.name = "parse",
		.synopsis = "parse /RE/ [keep]",
		.summary = "name parts of $0 by the named groups of RE",
		.flags = SPEC_CAN_FAIL,
		.args = parse_args,
		.opts = parse_opts,
		.priv_bytes = sizeof(struct parse),
		.bind = parse_bind,
	},
	.pure = &parse_ops,
};
