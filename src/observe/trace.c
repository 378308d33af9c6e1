/* --trace: see trace.h. */
#include "config.h"

#include "observe/trace.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/core/pipeline.h"
#include "observe/progress.h"

/* The label is this name, or that of a copy of it. */
static bool is_called(const char *label, const char *name)
{
	size_t len = strlen(name);
	return !strncmp(label, name, len) && (!label[len] || (label[len] == '#' && !strchr(name, '#')));
}

static bool shown(const struct trace *t, const char *label)
{
	for (size_t i = 0; t->names && t->names[i]; i++)
		if (is_called(label, t->names[i]))
			return true;
	return !t->names;
}

static bool exists(const struct pipeline *pl, const char *name)
{
	for (int i = 0; i < pl->nstages; i++)
		if (is_called(pl->stages[i].label, name))
			return true;
	for (size_t i = 0; i < pl->nnodes; i++)
		if (is_called(pl->nodes[i]->label, name))
			return true;
	return false;
}

const char *trace_unknown(const struct pipeline *pl)
{
	for (size_t i = 0; pl->trace && pl->trace->names && pl->trace->names[i]; i++)
		if (!exists(pl, pl->trace->names[i]))
			return pl->trace->names[i];
	return NULL;
}

void trace_line(const struct pipeline *pl, const char *from, const char *to, const char *what, int64_t n, const char *why)
{
	if (!shown(pl->trace, from) && !(to && shown(pl->trace, to)))
		return;
	progress_hide(pl);
	double ms = (double)(clock_now() - pl->started_ns) / NS_PER_MS;
	fprintf(stderr, "+%.1fms %s%s%s: %s %lld%s%s%s\n", ms, from, to ? " -> " : "", to ? to : "", what, (long long)n,
		why ? " (" : "", why ? why : "", why ? ")" : "");
}
