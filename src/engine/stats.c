/* --stats: see stats.h. */
#include "config.h"

#include "engine/stats.h"

#include <inttypes.h>

#include "base/clock.h"
#include "engine/pipeline.h"

/* What was put out before stage i, or taken in by it, and is neither used, dropped nor failed. */
static uint64_t held(const struct pipeline *pl, int i)
{
	const struct counts *c = &pl->stages[i].counts;
	uint64_t came = i > 0 ? pl->stages[i - 1].counts.out : c->in;
	return came - c->used - c->dropped - c->failed;
}

void stats_table(const struct pipeline *pl, FILE *out)
{
	fprintf(out, "%-12s %12s %14s %12s %14s %10s %8s %8s\n", "stage", "in", "bytes", "out", "bytes", "dropped",
		"failed", "held");
	for (int i = 0; i < pl->nstages; i++) {
		const struct counts *c = &pl->stages[i].counts;
		fprintf(out, "%-12s %12" PRIu64 " %14" PRIu64 " %12" PRIu64 " %14" PRIu64 " %10" PRIu64 " %8" PRIu64
			     " %8" PRIu64 "\n", pl->stages[i].name, c->in, c->in_bytes, c->out, c->out_bytes, c->dropped,
			c->failed, held(pl, i));
	}
}

void stats_json(const struct pipeline *pl, FILE *out)
{
	fprintf(out, "{\"seconds\":%.3f,\"stages\":[", (double)(clock_now() - pl->started_ns) / NS_PER_S);
	for (int i = 0; i < pl->nstages; i++) {
		const struct counts *c = &pl->stages[i].counts;
		fprintf(out, "%s\n{\"stage\":\"%s\",\"events_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"events_out\":%" PRIu64
			     ",\"bytes_out\":%" PRIu64 ",\"used\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"failed\":%" PRIu64
			     ",\"held\":%" PRIu64 "}", i ? "," : "", pl->stages[i].name, c->in, c->in_bytes, c->out,
			c->out_bytes, c->used, c->dropped, c->failed, held(pl, i));
	}
	fputs("\n]}\n", out);
}
