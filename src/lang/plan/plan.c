/* The plan as a whole: made of a text, named, freed, and given the source and sink that were not written. */
#include "config.h"

#include "lang/plan/bind_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/syntax/parse.h"

/* ---- names ---- */

/* Goes over all stages in the order of the text. */
struct visit {
	void (*stage)(struct visit *v, struct plan_stage *ps);
	struct plan *plan;
	struct taken *taken; /* the names so far */
	size_t n, cap;
};

struct taken {
	const char *name;
	const char *base;    /* of those made here: what the number is behind; NULL: it was written */
	unsigned number;
};

static void visit_stages(struct visit *v, struct plan_branch *branch)
{
	for (int i = 0; i < branch->nstages; i++) {
		struct plan_stage *ps = &branch->stages[i];
		v->stage(v, ps);
		for (int k = 0; k < ps->nbranches; k++)
			visit_stages(v, &ps->branches[k]);
	}
}

static bool is_taken(const struct visit *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->taken[i].name, name) == 0)
			return true;
	return false;
}

static void take_name(struct visit *v, struct taken name)
{
	if (v->n == v->cap)
		v->taken = mem_grow(v->taken, v->n + 1, &v->cap, sizeof *v->taken);
	v->taken[v->n++] = name;
}

static void take_written(struct visit *v, struct plan_stage *ps)
{
	if (ps->name)
		take_name(v, (struct taken){.name = ps->name});
}

/* Behind the last one: no name becomes free again. */
static unsigned next_number(const struct visit *v, const char *base)
{
	for (size_t i = v->n; i > 0; i--)
		if (v->taken[i - 1].base == base)
			return v->taken[i - 1].number + 1;
	return 1;
}

/* filter, filter2 ... */
static void make_name(struct visit *v, struct plan_stage *ps)
{
	static const char sources[] = "sources";
	const char *base = ps->spec ? ps->spec->name : sources;
	size_t size = strlen(base) + 12;
	unsigned number;
	char *name;

	if (ps->name)
		return;
	number = next_number(v, base);
	name = arena_bytes(&v->plan->arena, size);
	do
		snprintf(name, size, number > 1 ? "%s%u" : "%s", base, number);
	while (is_taken(v, name) && number++);
	ps->name = name;
	take_name(v, (struct taken){name, base, number});
}

/* Those that have a name keep it. */
static void name_stages(struct plan *p)
{
	struct visit v = {.stage = take_written, .plan = p};

	visit_stages(&v, &p->main);
	v.stage = make_name;
	visit_stages(&v, &p->main);
	free(v.taken);
}

/* ---- from text ---- */

static struct plan *plan_empty(struct slice text, const struct bind_env *env, const char *name)
{
	struct plan *p = mem_zalloc(sizeof *p);

	p->owned = memset(arena_alloc(&p->arena, sizeof *p->owned), 0, sizeof *p->owned);
	p->owned->env = env;
	p->owned->root = schema_new(&p->arena, &p->owned->last_schema, NULL, SCHEMA_SPLIT, false);
	p->text = arena_copy(&p->arena, text);
	p->text_name = arena_strdup(&p->arena, name);
	return p;
}

static struct bind binder(struct plan *p, struct diag *diag)
{
	return (struct bind){.plan = p, .diag = diag, .copies = 1};
}

static void bind_text(struct plan *p, const struct ast_stage *first, struct diag *diag)
{
	struct flow flow = {.schema = p->owned->root};
	struct bind b = binder(p, diag);

	bind_stages(&b, first, PLACE_MAIN, &flow, &p->main);
	name_stages(p);
	p->has_source = first && (!first->spec || (first->spec->flags & SPEC_SOURCE));
	p->has_sink = flow.dry;
	schema_spread_used(p->owned->last_schema);
}

struct plan *plan_new(struct slice text, const struct bind_env *env, struct diag *diag)
{
	struct parse_env parse = {
		.stages = env->stages, .common_opts = plan_common_opts, .failure_opts = plan_failure_opts,
	};
	struct plan *p = plan_empty(text, env, diag->name);
	size_t before = diag->n;

	bind_text(p, parse_pipeline(text, &parse, &p->arena, diag), diag);
	if (diag->n == before) {
		endless_check(p, diag);
		return p;
	}
	plan_free(p);
	return NULL;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	expr_free_regexes(p->owned->regexes);
	for (struct owned_other *o = p->owned->others; o; o = o->next)
		o->free(o->p);
	for (struct owned_splitter *s = p->owned->splitters; s; s = s->next)
		splitter_free(s->splitter);
	arena_release(&p->arena);
	free(p);
}

/* ---- what was not written ---- */

/* Makes room for a stage at place i of the row. */
static struct plan_stage *insert(struct plan *p, int i)
{
	struct plan_branch *row = &p->main;
	struct plan_stage *stages = arena_alloc(&p->arena, ((size_t)row->nstages + 1) * sizeof *stages);

	memcpy(stages, row->stages, (size_t)i * sizeof *stages);
	memcpy(stages + i + 1, row->stages + i, (size_t)(row->nstages - i) * sizeof *stages);
	row->stages = stages;
	row->nstages++;
	return &stages[i];
}

static struct plan_stage *add(struct plan *p, const struct stage_spec *spec, int i, struct flow flow)
{
	struct plan_stage *ps = insert(p, i);
	struct diag diag;
	struct bind b = binder(p, &diag);

	diag_init(&diag, p->text_name, p->text);
	bind_unwritten(&b, spec, ps, &flow);
	assert(!diag_failed(&diag));
	diag_release(&diag);
	name_stages(p);
	schema_spread_used(p->owned->last_schema);
	return ps;
}

struct plan_stage *plan_add_first(struct plan *p, const struct stage_spec *spec)
{
	p->has_source = true;
	return add(p, spec, 0, (struct flow){.schema = p->owned->root});
}

struct plan_stage *plan_add_last(struct plan *p, const struct stage_spec *spec)
{
	struct flow flow = {.schema = p->owned->root};

	if (p->main.nstages > 0) {
		const struct plan_stage *last = &p->main.stages[p->main.nstages - 1];
		flow = (struct flow){.schema = last->out, .batched = last->batched_out};
	}
	p->has_sink = true;
	return add(p, spec, p->main.nstages, flow);
}
