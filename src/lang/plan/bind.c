/* The meaning of stages: where they may stand, what flows between them, and what their bind() may ask. Stages with a
 * mistake are left out; behind them nothing is reported that may only follow from it. */
#include "config.h"

#include "lang/plan/bind_impl.h"

#include <stdio.h>

#include "base/envelope.h"

#define MAX_DEMAND_DEFAULT 1000 /* for events; what gives batches decides for itself */

const struct opt_spec plan_common_opts[] = {
	{.name = "name", .type = ARG_WORD, .offset = offsetof(struct plan_stage, name),
	 .help = "what messages and statistics call the stage"},
	{.name = "max_demand", .type = ARG_COUNT, .offset = offsetof(struct plan_stage, max_demand), .min = 1,
	 .help = "most events asked for and not yet received (default: 1000)"},
	{.name = "min_demand", .type = ARG_COUNT, .offset = offsetof(struct plan_stage, min_demand),
	 .help = "ask again when no more than this many are outstanding (default: max_demand / 2)"},
	{.name = NULL},
};

const struct opt_spec plan_failure_opts[] = {
	{.name = "dead", .type = ARG_WORD, .offset = offsetof(struct plan_stage, dead),
	 .help = "file that failed events are written to"},
	{.name = "max_failures", .type = ARG_COUNT, .offset = offsetof(struct plan_stage, max_failures), .min = 1,
	 .help = "the run ends at this many failed events"},
	{.name = NULL},
};

/* ---- for stages ---- */

struct schema *bind_schema(const struct bind *b)
{
	*b->asked = true;
	return b->in.schema;
}

struct envelope *bind_envelope(const struct bind *b)
{
	return b->in.schema->envelope;
}

bool bind_batched(const struct bind *b)
{
	*b->asked = true;
	return b->in.batched;
}

void bind_set_batched(struct bind *b, bool batched)
{
	b->out.batched = batched;
}

const struct splitter *bind_splitter(const struct bind *b)
{
	return b->plan->owned->env->splitter;
}

struct slice bind_ofs(const struct bind *b)
{
	return b->plan->owned->env->ofs;
}

struct arena *bind_arena(struct bind *b)
{
	return &b->plan->arena;
}

struct schema *bind_new_schema(struct bind *b, int npos, bool carry)
{
	b->out.schema = schema_new(&b->plan->arena, &b->plan->owned->last_schema, b->in.schema, npos, carry);
	return b->out.schema;
}

struct schema *bind_keep_schema(struct bind *b, int npos)
{
	b->out.schema = schema_keep(&b->plan->arena, &b->plan->owned->last_schema, b->in.schema, npos);
	return b->out.schema;
}

struct schema *bind_new_reader(struct bind *b, int npos)
{
	b->out.schema = schema_new_reader(&b->plan->arena, &b->plan->owned->last_schema, b->in.schema, npos, true);
	return b->out.schema;
}

struct schema *bind_copy_schema(struct bind *b)
{
	b->out.schema = schema_copy(&b->plan->arena, &b->plan->owned->last_schema, b->in.schema);
	return b->out.schema;
}

void bind_name(struct bind *b, struct schema *s, int col, const char *name)
{
	schema_name(&b->plan->arena, s, col, name);
}

int bind_add(struct bind *b, struct schema *s, const char *name)
{
	return schema_add(&b->plan->arena, s, name);
}

int bind_add_column(struct bind *b, struct schema *s, const char *name)
{
	return schema_add_column(&b->plan->arena, s, name);
}

bool bind_has_arg(const struct bind *b, int arg)
{
	return b->ast && b->ast->args[arg].given;
}

int64_t bind_timeout(const struct bind *b)
{
	return b->plan->owned->env->timeout_ns;
}

void bind_set_copies(struct bind *b, int64_t n)
{
	b->ps->copies = (int)n;
	if (b->copies <= SPEC_NESTED_COPIES_MAX && b->copies * n > SPEC_NESTED_COPIES_MAX) /* told once */
		bind_error(b, "%lld copies of a branch, at most %d are possible", (long long)(b->copies * n),
			   SPEC_NESTED_COPIES_MAX);
}

void bind_set_endless(struct bind *b, bool endless)
{
	b->ps->endless = endless;
}

void bind_set_ends(struct bind *b)
{
	b->ps->ends = true;
}

void bind_set_at_end(struct bind *b, const char *hint)
{
	b->ps->at_end = hint;
}

/* Hands the text that fmt makes to report: diag_error or diag_warning. */
static void vreport(void (*report)(struct diag *d, struct span at, const char *hint, const char *fmt, ...), struct bind *b,
		    struct span at, const char *hint, const char *fmt, va_list ap)
{
	struct str s = {0};

	str_vaddf(&s, fmt, ap);
	report(b->diag, at, hint, "%s", s.p);
	str_release(&s);
}

static void verror(struct bind *b, struct span at, const char *fmt, va_list ap)
{
	vreport(diag_error, b, at, NULL, fmt, ap);
}

static struct span arg_place(const struct bind *b, int arg)
{
	return bind_has_arg(b, arg) ? b->ast->args[arg].at : b->ps->at;
}

void bind_arg_error(struct bind *b, int arg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(b, arg_place(b, arg), fmt, ap);
	va_end(ap);
}

void bind_arg_warning(struct bind *b, int arg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(diag_warning, b, arg_place(b, arg), NULL, fmt, ap);
	va_end(ap);
}

static struct span word_place(const struct bind *b, int arg, int nth)
{
	bool there = bind_has_arg(b, arg) && nth < b->ast->args[arg].nitems;
	return there ? b->ast->args[arg].items[nth].at : arg_place(b, arg);
}

void bind_own(struct bind *b, void *p, void (*free)(void *p))
{
	struct owned_other *link = arena_alloc(&b->plan->arena, sizeof *link);

	*link = (struct owned_other){b->plan->owned->others, p, free};
	b->plan->owned->others = link;
}

void bind_word_error(struct bind *b, int arg, int nth, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(diag_error, b, word_place(b, arg, nth), hint, fmt, ap);
	va_end(ap);
}

void bind_word_warning(struct bind *b, int arg, int nth, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(diag_warning, b, word_place(b, arg, nth), hint, fmt, ap);
	va_end(ap);
}

/* Where the option was written, for the nth time from 0. */
static const struct ast_opt *written_option(const struct bind *b, const char *name, int nth)
{
	for (int i = 0; b->ast && i < b->ast->nopts; i++)
		if (strcmp(b->ast->opts[i].spec->name, name) == 0 && nth-- == 0)
			return &b->ast->opts[i];
	return NULL;
}

bool bind_has_opt(const struct bind *b, const char *opt)
{
	return written_option(b, opt, 0);
}

void bind_opt_error(struct bind *b, const char *opt, const char *fmt, ...)
{
	const struct ast_opt *o = written_option(b, opt, 0);
	va_list ap;

	va_start(ap, fmt);
	verror(b, o ? o->at : b->ps->at, fmt, ap);
	va_end(ap);
}

void bind_nth_opt_error(struct bind *b, const char *opt, int nth, const char *fmt, ...)
{
	const struct ast_opt *o = written_option(b, opt, nth);
	va_list ap;

	va_start(ap, fmt);
	verror(b, o ? o->at : b->ps->at, fmt, ap);
	va_end(ap);
}

void bind_error(struct bind *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(b, b->ps->at, fmt, ap);
	va_end(ap);
}

/* ---- one stage ---- */

static void no_place(struct bind *b, const struct ast_stage *st, const char *hint, const char *what, const char *where)
{
	diag_error(b->diag, st->at, hint, "%s '%s' must stand %s", what, st->spec->name, where);
}

/* Sources first, sinks last. False: it cannot stay here. */
static bool check_place(struct bind *b, const struct ast_stage *st, enum place place, bool first)
{
	size_t before = b->diag->n;
	bool source = st->spec && (st->spec->flags & SPEC_SOURCE);

	if (source && (!first || place == PLACE_INNER))
		no_place(b, st, NULL, "the source", "first");
	else if (source && b->plan->owned->env->has_files)
		diag_error(b->diag, st->at, NULL, "FILEs are named, so '%s' cannot be the source", st->spec->name);
	else if (st->spec && !source && first && place == PLACE_LEADING)
		diag_error(b->diag, st->at, NULL, "a branch of the first block must begin with a source, not '%s'",
			   st->spec->name);
	if (st->spec && (st->spec->flags & SPEC_SINK) && st->next)
		no_place(b, st, NULL, "the sink", "last");
	return b->diag->n == before;
}

static void check_demand(struct bind *b)
{
	const struct plan_stage *ps = b->ps;
	int64_t max = ps->max_demand;

	if (max < 0 && !b->in.batched)
		max = MAX_DEMAND_DEFAULT;
	if (ps->min_demand < 0 || max < 1 || ps->min_demand < max)
		return;
	const struct ast_opt *o = written_option(b, "min_demand", 0);
	char range[40] = "";
	if (max > 1)
		snprintf(range, sizeof range, " to %lld", (long long)max - 1);
	diag_error(b->diag, o->value.at, "less than max_demand", "'min_demand' must be 0%s, not %lld", range,
		   (long long)ps->min_demand);
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static void check_name(struct bind *b)
{
	const struct ast_opt *o = written_option(b, "name", 0);
	struct written_name **names = &b->plan->owned->names, *link;
	const char *p = b->ps->name;

	if (!o || !o->common)
		return;
	while (is_name_byte(*p))
		p++;
	if (*p || p == b->ps->name)
		diag_error(b->diag, o->value.at, NULL, "a stage's name is made of letters, digits, '_', '-' and '.'");
	for (link = *names; link; link = link->next)
		if (strcmp(link->name, b->ps->name) == 0)
			break;
	if (link)
		diag_error(b->diag, o->value.at, NULL, "another stage has the name '%s'", b->ps->name);
	link = arena_alloc(&b->plan->arena, sizeof *link);
	*link = (struct written_name){*names, b->ps->name};
	*names = link;
}

static void init_stage(struct bind *b, const struct stage_spec *spec)
{
	struct plan_stage *ps = b->ps;

	*ps = (struct plan_stage){
		.spec = spec, .max_demand = -1, .min_demand = -1, .max_failures = -1,
		.in = b->in.schema, .batched_in = b->in.batched,
	};
	b->out = b->in;
	if (!spec)
		return;
	ps->endless = spec->flags & SPEC_ENDLESS;
	ps->priv = memset(arena_alloc(&b->plan->arena, spec->priv_bytes + 1), 0, spec->priv_bytes + 1);
	bind_defaults(spec, ps->priv);
}

/* Calls the stage's own bind(). Behind a mistake, what it says of things that it asked for is not reported. False
 * after errors, told or not. */
static bool call_bind(struct bind *b)
{
	size_t before = b->diag->n;
	bool asked = false, good;

	b->asked = &asked;
	if (b->ps->spec->bind)
		b->ps->spec->bind(b->ps->priv, b);
	b->asked = NULL;
	good = b->diag->n == before;
	if (b->in.shaky && asked)
		diag_truncate(b->diag, before);
	return good;
}

/* After a mistake: what comes out is what came in where the stage changes neither schema nor batches. */
static void spoil(struct bind *b)
{
	b->out = b->in;
	b->out.shaky = true;
	if (!b->ast->spec || (b->ast->spec->bind && !(b->ast->spec->flags & SPEC_KEEPS)))
		b->out.schema = schema_new_open(&b->plan->arena, &b->plan->owned->last_schema);
}

/* ---- branches ---- */

/* A block whose branches' outputs are to flow together. */
struct joint {
	struct flow *flows;
	int n;
};

/* An output has one header. */
static void check_envelopes(struct bind *b, struct schema *const *parts, int n)
{
	const struct envelope *first = NULL;

	for (int i = 0; i < n; i++) {
		const struct envelope *env = parts[i]->envelope;
		if (first && env && (!slice_eq(first->header, env->header) || !slice_eq(first->between, env->between))) {
			diag_warning(b->diag, b->ast->block_at, "write `to` after the block",
				     "the branches have different headers: only the first is written");
			return;
		}
		first = first ? first : env;
	}
}

static void merge_schemas(struct bind *b, const struct joint *j, struct flow *out)
{
	struct schema **parts = arena_alloc(&b->plan->arena, (size_t)j->n * sizeof(struct schema *));
	int n = 0;

	for (int i = 0; i < j->n; i++) {
		bool known = j->flows[i].dry;
		for (int k = 0; k < n; k++)
			known |= parts[k] == j->flows[i].schema;
		if (!known)
			parts[n++] = j->flows[i].schema;
	}
	if (n == 1)
		out->schema = parts[0];
	else if (n > 1)
		check_envelopes(b, parts, n);
	if (n > 1)
		out->schema = schema_merge(&b->plan->arena, &b->plan->owned->last_schema, parts, n);
}

static void merge_batched(struct bind *b, const struct joint *j, struct flow *out)
{
	bool some = false, all = true;

	for (int i = 0; i < j->n; i++) {
		if (j->flows[i].dry)
			continue;
		some |= j->flows[i].batched;
		all &= j->flows[i].batched;
	}
	out->batched = some;
	if (some && !all && !out->shaky)
		diag_error(b->diag, b->ast->block_at, NULL, "some branches give batches and others events");
}

/* What has no sink flows together. */
static void merge_flows(struct bind *b, const struct joint *j, struct flow *out)
{
	out->dry = true;
	for (int i = 0; i < j->n; i++) {
		out->dry &= j->flows[i].dry;
		out->shaky |= j->flows[i].shaky;
	}
	if (out->dry)
		return;
	merge_schemas(b, j, out);
	merge_batched(b, j, out);
}

/* Binds the branches, each with what the stage gives; then that is what the branches give. */
static void bind_branches(struct bind *b, enum place place)
{
	const struct ast_stage *st = b->ast;
	struct plan_stage *ps = b->ps;
	struct joint j = {arena_alloc(&b->plan->arena, (size_t)(st->nbranches + 1) * sizeof(struct flow)), st->nbranches};

	ps->branches = arena_alloc(&b->plan->arena, (size_t)(st->nbranches + 1) * sizeof *ps->branches);
	ps->nbranches = st->nbranches;
	for (int i = 0; i < st->nbranches; i++) {
		const struct ast_branch *branch = &st->branches[i];
		struct bind inner = *b;
		if (b->ps->copies && b->copies <= SPEC_NESTED_COPIES_MAX)
			inner.copies *= b->ps->copies;
		j.flows[i] = b->out;
		ps->branches[i] = (struct plan_branch){0};
		if (branch->when)
			ps->branches[i].when = bind_expr(b, branch->when, b->out.schema);
		bind_stages(&inner, branch->first, place, &j.flows[i], &ps->branches[i]);
		j.flows[i].shaky |= !branch->first;
	}
	merge_flows(b, &j, &b->out);
}

/* ---- rows of stages ---- */

static void bind_written(struct bind *b, const struct ast_stage *st, bool placed)
{
	bool good = placed && !st->failed;

	init_stage(b, st->spec);
	b->ps->at = st->at;
	b->ps->whole = st->whole;
	if (good && st->spec) {
		good = bind_values(b);
		check_name(b);
		check_demand(b);
		good = good && call_bind(b);
	}
	if (!good)
		spoil(b);
	if (st->spec && (st->spec->flags & SPEC_SINK))
		b->out.dry = true;
}

static int count_stages(const struct ast_stage *st)
{
	int n = 0;

	for (; st; st = st->next)
		n++;
	return n;
}

/* Behind a block where nothing comes out; behind a sink it is the sink that stands wrong. */
static void check_dry(struct bind *b, const struct ast_stage *before, const struct ast_stage *st)
{
	if (!before || !b->in.dry || before->nbranches == 0)
		return;
	diag_error(b->diag, st->at, NULL, "nothing comes here: every branch of the block before it ends in a sink");
	b->in.shaky = true;
}

static void bind_stage(struct bind *b, const struct ast_stage *st, enum place place, bool first)
{
	bool lone = !st->spec && st->at.begin == st->block_at.begin;

	b->ast = st;
	bind_written(b, st, check_place(b, st, place, first));
	if (st->nbranches > 0 && !(lone && st->failed))
		bind_branches(b, lone ? PLACE_LEADING : PLACE_INNER);
	b->ps->out = b->out.schema;
	b->ps->batched_out = b->out.batched;
}

void bind_stages(struct bind *b, const struct ast_stage *first, enum place place, struct flow *flow,
		 struct plan_branch *branch)
{
	const struct ast_stage *before = NULL;
	int n = count_stages(first);

	branch->stages = arena_alloc(&b->plan->arena, (size_t)(n + 1) * sizeof *branch->stages);
	branch->nstages = n;
	n = 0;
	for (const struct ast_stage *st = first; st; before = st, st = st->next) {
		b->ps = &branch->stages[n++];
		b->in = *flow;
		check_dry(b, before, st);
		b->in.dry = false;
		bind_stage(b, st, place, st == first);
		*flow = b->out;
	}
}

void bind_unwritten(struct bind *b, const struct stage_spec *spec, struct plan_stage *ps, struct flow *flow)
{
	b->ast = NULL;
	b->ps = ps;
	b->in = *flow;
	init_stage(b, spec);
	call_bind(b);
	ps->out = b->out.schema;
	ps->batched_out = b->out.batched;
	*flow = b->out;
}
