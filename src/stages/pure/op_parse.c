/* parse /re/: values by name from the groups of one match; $0 and its columns stay, but for a column that has such a name
 * already: that is what it sets, and $0 with it. What does not match is dropped, or kept. */
#include "config.h"

#include "stages/shared/stages.h"

struct parse {
	struct re *re;
	const char *form; /* a log format by name, in place of re */
	bool keep;
	struct schema *in, *out;
	struct slice ofs;
	int *cols;  /* group - 1 -> column of out, or -1 where it has no name */
	bool makes; /* a fixed column is set, so that $0 is made anew */
};

#define CLF                                                                                                            \
	"^(?<host>\\S+) (?<ident>\\S+) (?<user>.+?) \\[(?<time>[^\\]]*)\\] "                                               \
	"\"(?<request>(?:(?<method>[A-Z]+) (?<path>\\S+)(?: (?<protocol>[A-Z]+/[0-9.]+))?(?=\"))?(?:[^\"\\\\]|\\\\.)*)\" "         \
	"(?<status>\\d{3}|-) (?:-|(?<bytes>\\d+))"

/* Log formats that everybody has. What is `-` in the place of the bytes is empty, so that sums skip it. */
static const struct {
	const char *name, *pattern;
} forms[] = {
	{"clf", CLF},
	{"combined", CLF " \"(?<referer>(?:[^\"\\\\]|\\\\.)*)\" \"(?<agent>(?:[^\"\\\\]|\\\\.)*)\""},
	{"syslog", "^(?:<(?<pri>\\d{1,3})>)?(?:\\d )?(?<time>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d|\\d{4}-\\d\\d-\\d\\dT\\S+) "
		   "(?<host>\\S+) (?<program>[^\\s:\\[]+)(?:\\[(?<pid>\\d+)\\])?:? (?<message>.*)"},
};

static void find_form(struct parse *p, struct bind *b)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (!strcmp(forms[i].name, p->form))
			p->re = bind_regex(b, forms[i].pattern);
	if (!p->re)
		bind_arg_error(b, 1, "there is no form '%s': write clf, combined, syslog or a regular expression", p->form);
}

/* The column of out that group `name` sets. */
static int column_of(struct parse *p, struct bind *b, const char *name)
{
	int col = schema_find(p->out, slice_str(name));
	if (col < 0 || col >= p->out->npos || p->out->open) {
		col = bind_add(b, p->out, name);
		p->out->cols[col].given = true;
		return col;
	}
	p->out->cols[col].from = -1;
	p->makes = true;
	return col;
}

static void parse_bind(void *priv, struct bind *b)
{
	struct parse *p = priv;
	if (p->form)
		find_form(p, b);
	else if (!p->re)
		bind_error(b, "write `parse /RE/`, or clf, combined or syslog");
	if (!p->re)
		return;
	p->in = bind_schema(b);
	p->ofs = bind_ofs(b);
	unsigned groups = re_groups(p->re);
	bool named = false;
	p->cols = arena_alloc(bind_arena(b), (groups + 1) * sizeof *p->cols);
	p->out = bind_keep_schema(b, p->in->npos);
	for (unsigned g = 1; g <= groups; g++) {
		const char *name = re_group_name(p->re, g);
		p->cols[g - 1] = name ? column_of(p, b, name) : -1;
		named = named || name;
	}
	if (!named)
		bind_arg_error(b, 0, "no group has a name: write (?<name>...)");
	if (p->makes || p->in->npos == SCHEMA_VARIED)
		schema_use_columns(p->in);
	else
		p->out->envelope = p->in->envelope;
}

static uint32_t parse_ncols(const void *priv)
{
	return stage_ncols(((const struct parse *)priv)->out);
}

/* What group g matched: empty, where it or all of the expression matched nothing. */
static struct slice group_text(const struct re_scratch *re, unsigned g, struct slice whole)
{
	struct slice text;
	return re && re_group(re, g, whole, &text) ? text : slice_make("", 0);
}

static void set_groups(const struct parse *p, struct slice whole, const struct re_scratch *re, struct slice *cells)
{
	for (unsigned g = 1; g <= re_groups(p->re); g++)
		if (p->cols[g - 1] >= 0)
			cells[p->cols[g - 1]] = group_text(re, g, whole);
}

/* $0 and the columns stay, if there are any. re: the match, or NULL. */
static void parse_beside(const struct parse *p, const struct re_scratch *re, struct chunk *in, struct chunk *out)
{
	struct slice whole = in->ev[in->pos];
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (!out->ncols)
		return;
	stage_carry(p->out, in, in->pos, chunk_cells(out, at));
	set_groups(p, whole, re, chunk_cells(out, at));
}

/* One of the columns that every event has is set. */
static bool parse_fixed(const struct parse *p, struct eval *ev, const struct re_scratch *re, struct chunk *in,
			struct chunk *out)
{
	struct slice whole;
	size_t n = (size_t)p->out->ncols;
	struct slice *cells = memset(arena_alloc(&ev->scratch, (n + 1) * sizeof *cells), 0, n * sizeof *cells);
	stage_carry(p->out, in, in->pos, cells);
	set_groups(p, in->ev[in->pos], re, cells);
	if (!stage_join_all(ev, out, cells, (size_t)p->out->npos, p->ofs, &whole))
		return false;
	uint32_t at = chunk_derive(out, in, in->pos, whole);
	if (out->ncols)
		memcpy(chunk_cells(out, at), cells, n * sizeof *cells);
	return true;
}

static bool parse_varied(const struct parse *p, struct eval *ev, const struct re_scratch *re, struct chunk *in,
			 struct chunk *out)
{
	struct columns c;
	bool makes = false;
	columns_open(&c, &ev->scratch, p->in, stage_cells(in, in->pos), p->out, NULL);
	for (unsigned g = 1; g <= re_groups(p->re); g++)
		if (p->cols[g - 1] >= 0)
			makes |= columns_set_value(&c, p->cols[g - 1], group_text(re, g, in->ev[in->pos]));
	return stage_derive_row(ev, out, in, &c, makes, p->ofs);
}

static void keep_event(const struct parse *p, struct work *w, const struct re_scratch *re, struct chunk *in,
		       struct chunk *out)
{
	struct eval *ev = work_eval(w);
	if (p->in->npos != SCHEMA_VARIED && !p->makes) {
		parse_beside(p, re, in, out);
		return;
	}
	if (!(p->in->npos == SCHEMA_VARIED ? parse_varied : parse_fixed)(p, ev, re, in, out))
		work_fail(w, in->ev[in->pos], ev->error);
	arena_clear(&ev->scratch);
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
			keep_event(p, w, got == RE_MATCH ? re : NULL, in, out);
	}
	chunk_share(out, in);
}

static const struct pure_ops parse_ops = {.ncols = parse_ncols, .run = parse_run};

static const struct arg_spec parse_args[] = {
	{.type = ARG_REGEX, .name = "/RE/", .offset = offsetof(struct parse, re), .flags = ARG_OPTIONAL},
	{.type = ARG_WORD, .name = "FORM", .offset = offsetof(struct parse, form), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

static const struct opt_spec parse_opts[] = {
	{.name = "keep", .type = ARG_FLAG, .offset = offsetof(struct parse, keep), .help = "keep what does not match"},
	{.name = NULL},
};

const struct stage_desc op_parse = {
	.spec = {
		.name = "parse",
		.synopsis = "parse /RE/ | clf | combined | syslog [keep]",
		.summary = "name parts of $0 by the named groups of RE",
		.flags = SPEC_CAN_FAIL,
		.args = parse_args,
		.opts = parse_opts,
		.priv_bytes = sizeof(struct parse),
		.bind = parse_bind,
	},
	.pure = &parse_ops,
};
