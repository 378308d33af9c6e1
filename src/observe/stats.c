/* --stats: see stats.h. */
#include "config.h"

#include "observe/stats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/core/pipeline.h"

/* What there is to say of a stage. */
struct figures {
	struct counts counts;
	uint64_t held;
	int64_t demand;
	const char *unit;            /* of demand */
	double s[TIMING_STATES];     /* seconds */
	double lived;                /* seconds that all of its segment was busy or waited, over all copies */
	double blame;                /* seconds in which the others could only wait for it, or for what lies beyond it */
};

static bool is_source(const struct pipeline *pl, int stage)
{
	for (size_t i = 0; i < pl->nnodes; i++)
		if (pl->nodes[i]->stage == stage && pl->nodes[i]->nin == 0)
			return true;
	return false;
}

/* What stage i took in or could have: the next stage of a segment gets all that the one before it puts out; a source's
 * input is what it made events of, or failed to. */
static void count(const struct pipeline *pl, int i, struct figures *f)
{
	struct counts *c = &f->counts;
	*c = pl->stages[i].counts;
	if (pl->stages[i].inner) {
		c->came = pl->stages[i - 1].counts.out;
		c->came_bytes = pl->stages[i - 1].counts.out_bytes;
	} else if (is_source(pl, i)) {
		c->used = c->out;
		c->came = c->out + c->failed + c->begun;
	}
	f->held = c->came - c->used - c->dropped - c->failed;
}

/* Adds what one node did to the figures of its stage; one that is no stage of its own only worked for it. */
static void add_node(struct figures *f, const struct node *nd)
{
	int64_t ns[TIMING_STATES];
	timing_read(nd, ns);
	f->s[TIMING_BUSY] += (double)ns[TIMING_BUSY] / NS_PER_S;
	if (nd->passes)
		return;
	f->s[TIMING_INPUT] += (double)ns[TIMING_INPUT] / NS_PER_S;
	f->s[TIMING_DEMAND] += (double)ns[TIMING_DEMAND] / NS_PER_S;
	f->blame += nd->nin == 0 ? (double)ns[TIMING_INPUT] / NS_PER_S : 0;
	f->blame += nd->nout == 0 ? (double)ns[TIMING_DEMAND] / NS_PER_S : 0;
	for (int i = 0; i < nd->nin; i++) {
		f->demand += nd->in[i]->ended ? 0 : edge_wanted(nd->in[i]);
		f->unit = edge_unit_name(nd->in[i]->unit);
	}
}

/* The stages [first, end) run as one: they wait together, and share the time that it was busy as they have used it. */
static void share_times(const struct pipeline *pl, struct figures *f, int first, int end)
{
	double busy = f[first].s[TIMING_BUSY], all = 0;
	for (int i = first; i < end; i++)
		all += (double)pl->stages[i].counts.busy_ns;
	f[first].blame += busy;
	f[first].lived = busy + f[first].s[TIMING_INPUT] + f[first].s[TIMING_DEMAND];
	for (int i = first; i < end; i++) {
		f[i].lived = f[first].lived;
		f[i].s[TIMING_INPUT] = f[first].s[TIMING_INPUT];
		f[i].s[TIMING_DEMAND] = f[first].s[TIMING_DEMAND];
		if (all > 0)
			f[i].s[TIMING_BUSY] = busy * (double)pl->stages[i].counts.busy_ns / all;
	}
}

/* All stages' figures, the caller's to free(). */
static struct figures *figures_new(const struct pipeline *pl)
{
	struct figures *f = mem_zalloc((size_t)pl->nstages * sizeof *f);
	for (int i = 0; i < pl->nstages; i++) {
		f[i].unit = "events";
		count(pl, i, &f[i]);
	}
	for (size_t i = 0; i < pl->nnodes; i++)
		add_node(&f[pl->nodes[i]->stage], pl->nodes[i]);
	for (int first = 0, end; first < pl->nstages; first = end) {
		end = first + 1;
		while (end < pl->nstages && pl->stages[end].inner)
			end++;
		share_times(pl, f, first, end);
	}
	return f;
}

/* The stage that the others waited for: of the node with most blame, the stage that was busiest. -1: no time has passed. */
static int bottleneck(const struct pipeline *pl, const struct figures *f)
{
	int most = -1;
	for (int i = 0; i < pl->nstages; i++)
		if (f[i].blame > 0 && (most < 0 || f[i].blame > f[most].blame))
			most = i;
	for (int i = most + 1; most >= 0 && i < pl->nstages && pl->stages[i].inner; i++)
		if (f[i].s[TIMING_BUSY] > f[most].s[TIMING_BUSY])
			most = i;
	return most;
}

static void print_percent(const struct figures *f, enum timing_state which, FILE *out)
{
	fprintf(out, " %9.0f%%", f->lived > 0 ? 100 * f->s[which] / f->lived : 0);
}

/* ---- batches ---- */

static uint64_t batches_of(const struct batches *b)
{
	uint64_t n = 0;
	for (int i = 0; i < FLUSH_REASONS; i++)
		n += b->n[i];
	return n;
}

static double mean_of(const struct batches *b)
{
	return batches_of(b) ? (double)b->events / (double)batches_of(b) : 0;
}

/* A line below the stage's. */
static void print_batches(const struct batches *b, FILE *out)
{
	uint64_t n = batches_of(b);
	const char *between = ":";
	if (!n)
		return;
	fprintf(out, "  %" PRIu64 " %s of %.1f events", n, n == 1 ? "batch" : "batches", mean_of(b));
	for (int i = 0; i < FLUSH_REASONS; i++) {
		if (!b->n[i])
			continue;
		fprintf(out, "%s %" PRIu64 " %s", between, b->n[i], flush_reason_name((enum flush_reason)i));
		between = ",";
	}
	fputc('\n', out);
}

static void print_json_batches(const struct batches *b, FILE *out)
{
	fprintf(out, ",\"batches\":%" PRIu64 ",\"batch_mean\":%.6g", batches_of(b), mean_of(b));
	for (int i = 0; i < FLUSH_REASONS; i++)
		fprintf(out, ",\"flushed_%s\":%" PRIu64, flush_reason_name((enum flush_reason)i), b->n[i]);
}

void stats_table(const struct pipeline *pl, FILE *out)
{
	struct figures *f = figures_new(pl);
	int worst = bottleneck(pl, f);
	fprintf(out, "%-12s %12s %14s %12s %14s %10s %8s %8s %8s %10s %10s %10s\n", "stage", "in", "bytes", "out", "bytes",
		"dropped", "failed", "held", "asked", "busy", "no-input", "no-demand");
	for (int i = 0; i < pl->nstages; i++) {
		const struct counts *c = &f[i].counts;
		fprintf(out, "%-12s %12" PRIu64 " %14" PRIu64 " %12" PRIu64 " %14" PRIu64 " %10" PRIu64 " %8" PRIu64
			     " %8" PRIu64 " %8" PRId64, pl->stages[i].label, c->came, c->came_bytes, c->out, c->out_bytes,
			c->dropped, c->failed, f[i].held, f[i].demand);
		print_percent(&f[i], TIMING_BUSY, out);
		print_percent(&f[i], TIMING_INPUT, out);
		print_percent(&f[i], TIMING_DEMAND, out);
		fputs(i == worst ? " <- bottleneck\n" : "\n", out);
		print_batches(&pl->stages[i].batches, out);
	}
	free(f);
}

static void print_stage(const struct figures *f, const struct stage_info *st, FILE *out)
{
	const struct counts *c = &f->counts;
	fprintf(out, "{\"stage\":\"%s\",\"events_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"events_out\":%" PRIu64
		     ",\"bytes_out\":%" PRIu64 ",\"used\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"failed\":%" PRIu64
		     ",\"held\":%" PRIu64, st->label, c->came, c->came_bytes, c->out, c->out_bytes, c->used, c->dropped,
		c->failed, f->held);
	fprintf(out, ",\"demand\":%" PRId64 ",\"demand_unit\":\"%s\",\"busy\":%.6f,\"wait_input\":%.6f,\"wait_demand\":%.6f",
		f->demand, f->unit, f->s[TIMING_BUSY], f->s[TIMING_INPUT], f->s[TIMING_DEMAND]);
	print_json_batches(&st->batches, out);
	fputc('}', out);
}

void stats_json(const struct pipeline *pl, FILE *out)
{
	struct figures *f = figures_new(pl);
	int worst = bottleneck(pl, f);
	fprintf(out, "{\"seconds\":%.6f,", (double)(clock_now() - pl->started_ns) / NS_PER_S);
	if (worst >= 0)
		fprintf(out, "\"bottleneck\":\"%s\",", pl->stages[worst].label);
	fputs("\"stages\":[", out);
	for (int i = 0; i < pl->nstages; i++) {
		fputs(i ? ",\n" : "\n", out);
		print_stage(&f[i], &pl->stages[i], out);
	}
	fputs("\n]}\n", out);
	free(f);
}
