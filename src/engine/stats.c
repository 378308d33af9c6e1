/* --stats: see stats.h. */
#include "config.h"

#include "engine/stats.h"

#include <inttypes.h>

#include "base/clock.h"
#include "engine/pipeline.h"

/* What stage i took in or could have: the next stage of a segment gets all that the one before it puts out; a source's
 * input is what it made events of, or failed to. */
static void input_of(const struct pipeline *pl, int i, struct counts *c)
{
	*c = pl->stages[i].counts;
	if (pl->stages[i].inner) {
		c->came = pl->stages[i - 1].counts.out;
		c->came_bytes = pl->stages[i - 1].counts.out_bytes;
	} else if (!c->came && !c->in) {
		c->used = c->out;
		c->came = c->out + c->failed + c->begun;
	}
}

static uint64_t held(const struct counts *c)
{
	return c->came - c->used - c->dropped - c->failed;
}

void stats_table(const struct pipeline *pl, FILE *out)
{
	fprintf(out, "%-12s %12s %14s %12s %14s %10s %8s %8s\n", "stage", "in", "bytes", "out", "bytes", "dropped",
		"failed", "held");
	for (int i = 0; i < pl->nstages; i++) {
		struct counts c;
		input_of(pl, i, &c);
		fprintf(out, "%-12s %12" PRIu64 " %14" PRIu64 " %12" PRIu64 " %14" PRIu64 " %10" PRIu64 " %8" PRIu64
			     " %8" PRIu64 "\n", pl->stages[i].name, c.came, c.came_bytes, c.out, c.out_bytes, c.dropped,
			c.failed, held(&c));
	}
}

void stats_json(const struct pipeline *pl, FILE *out)
{
	fprintf(out, "{\"seconds\":%.3f,\"stages\":[", (double)(clock_now() - pl->started_ns) / NS_PER_S);
	for (int i = 0; i < pl->nstages; i++) {
		struct counts c;
		input_of(pl, i, &c);
		fprintf(out, "%s\n{\"stage\":\"%s\",\"events_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"events_out\":%" PRIu64
			     ",\"bytes_out\":%" PRIu64 ",\"used\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"failed\":%" PRIu64
			     ",\"held\":%" PRIu64 "}", i ? "," : "", pl->stages[i].name, c.came, c.came_bytes, c.out,
			c.out_bytes, c.used, c.dropped, c.failed, held(&c));
	}
	fputs("\n]}\n", out);
}
