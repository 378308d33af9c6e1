/* The warning of stages that would give nothing, because they give their results when their input ends and it never
 * does. Only a warning: whoever ends the run with Ctrl-C gets the results. Knows what bind() said of each stage
 * (bind_set_endless, bind_set_ends, bind_set_at_end), no stage by name. */
#include "config.h"

#include "lang/plan/bind_impl.h"

struct endless {
	struct diag *diag;
	bool cut; /* the run as a whole may end by itself: --timeout, max_failures= */
};

static bool has_max_failures(const struct plan_branch *br)
{
	for (int i = 0; i < br->nstages; i++) {
		if (br->stages[i].max_failures >= 0)
			return true;
		for (int k = 0; k < br->stages[i].nbranches; k++)
			if (has_max_failures(&br->stages[i].branches[k]))
				return true;
	}
	return false;
}

static bool is_sink(const struct plan_stage *ps)
{
	return ps->spec && (ps->spec->flags & SPEC_SINK);
}

/* A run that is cut short leaves the files of sinks such as write as they were: only the end of the input helps there. */
static void warn(const struct endless *x, const struct plan_stage *ps, const struct plan_stage *source)
{
	if (!x->cut || is_sink(ps))
		diag_warning(x->diag, ps->at, ps->at_end, "'%s' waits for the end of its input, but '%s' never ends",
			     ps->spec->name, source->spec->name);
}

static const struct plan_stage *check_row(const struct endless *x, const struct plan_branch *br,
					  const struct plan_stage *source);

/* What flows together is endless where one of the branches is. */
static const struct plan_stage *check_branches(const struct endless *x, const struct plan_stage *ps,
					       const struct plan_stage *source)
{
	const struct plan_stage *endless = NULL;

	for (int i = 0; i < ps->nbranches; i++) {
		const struct plan_stage *end = check_row(x, &ps->branches[i], source);
		endless = endless ? endless : end;
	}
	return endless;
}

/* source: the one that what comes into the row comes from and that never ends; NULL: what comes in ends. Returns the same
 * for what comes out. */
static const struct plan_stage *check_row(const struct endless *x, const struct plan_branch *br,
					  const struct plan_stage *source)
{
	for (int i = 0; i < br->nstages; i++) {
		const struct plan_stage *ps = &br->stages[i];
		if (ps->endless)
			source = ps;
		if (ps->at_end && source)
			warn(x, ps, source);
		if (ps->ends || ps->at_end || is_sink(ps))
			source = NULL;
		if (ps->nbranches)
			source = check_branches(x, ps, source);
	}
	return source;
}

void endless_check(const struct plan *p, struct diag *diag)
{
	struct endless x = {diag, p->owned->env->timeout_ns > 0 || has_max_failures(&p->main)};

	check_row(&x, &p->main, NULL);
}
