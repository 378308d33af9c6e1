/* --trace: see trace.h. */
#include "config.h"

#include "observe/trace.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/core/pipeline.h"
#include "observe/progress.h"

static bool shown(const struct trace *t, const char *name)
{
	for (size_t i = 0; t->names && t->names[i]; i++)
		if (!strcmp(t->names[i], name))
			return true;
	return !t->names;
}

static bool exists(const struct pipeline *pl, const char *name)
{
	for (int i = 0; i < pl->nstages; i++)
		if (!strcmp(pl->stages[i].name, name))
			return true;
	for (size_t i = 0; i < pl->nnodes; i++)
		if (!strcmp(pl->nodes[i]->name, name))
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

void trace_line(const struct pipeline *pl, const char *from, const char *to, const char *what, int64_t n)
{
	if (!shown(pl->trace, from) && !(to && shown(pl->trace, to)))
		return;
	progress_hide(pl);
	double ms = (double)(clock_now() - pl->started_ns) / NS_PER_MS;
	fprintf(stderr, "+%.1fms %s%s%s: %s %lld\n", ms, from, to ? " -> " : "", to ? to : "", what, (long long)n);
}
