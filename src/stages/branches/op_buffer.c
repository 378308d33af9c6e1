/* buffer N: elastic room between two stages. Full, it holds its producer back; with drop= it never does, but drops events
 * and counts them (GenStage's buffer_size and buffer_keep). */
#include "config.h"

#include <inttypes.h>

#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/lease.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"
#include "stages/shared/stages.h"

enum { DROP_OLDEST, DROP_NEWEST };

struct buffer {
	int64_t n, bytes;
	int drop; /* -1: hold back */
};

static const char *const drops[] = {"oldest", "newest", NULL};

struct buffer_state {
	struct emitter held;
	int64_t units, bytes; /* in held */
	struct chunk *coming; /* a delivery of which events from `at` on are still to be dealt with, or NULL */
	uint32_t at;
	uint64_t dropped;
};

static int64_t units_of(const struct chunk *ck)
{
	return ck->batch ? 1 : ck->n;
}

static void forget(struct buffer_state *st, const struct chunk *ck)
{
	st->units -= units_of(ck);
	st->bytes -= (int64_t)chunk_bytes(ck, 0, ck->n);
}

static void give(struct node *nd)
{
	struct buffer_state *st = nd->state;
	struct edge *out = nd->out[0];
	struct chunk *ck;
	while (edge_wanted(out) > 0 && (ck = emitter_take(&st->held, edge_wanted(out)))) {
		forget(st, ck);
		nd->pl->stages[nd->stage].counts.used += ck->n;
		node_count_out(nd, ck);
		edge_push(out, ck);
	}
}

static void drop(struct node *nd, struct chunk *ck)
{
	struct buffer_state *st = nd->state;
	st->dropped += ck->n;
	node_dropped(nd, nd->stage, ck->n);
	chunk_free(ck);
}

static bool has_room(const struct buffer *bf, const struct buffer_state *st)
{
	return st->units < bf->n && (bf->bytes < 0 || st->bytes < bf->bytes);
}

/* How many events of what is coming there is room for, a batch counting as one unit: as long as it is not full, bytes may
 * be exceeded by one. */
static uint32_t room_for(const struct buffer *bf, const struct buffer_state *st)
{
	const struct chunk *ck = st->coming;
	if (!has_room(bf, st))
		return 0;
	if (ck->batch)
		return ck->n;
	uint32_t left = ck->n - st->at, most = left < bf->n - st->units ? left : (uint32_t)(bf->n - st->units), n = 0;
	int64_t bytes = st->bytes;
	while (n < most && (bf->bytes < 0 || bytes < bf->bytes))
		bytes += ck->ev[st->at + n++].len;
	return n;
}

/* Takes the next n events of what is coming. */
static struct chunk *next_coming(struct buffer_state *st, uint32_t n)
{
	struct chunk *ck = chunk_view(st->coming, st->at, n);
	st->at += n;
	return ck;
}

static void keep(struct buffer_state *st, struct chunk *ck)
{
	st->units += units_of(ck);
	st->bytes += (int64_t)chunk_bytes(ck, 0, ck->n);
	emitter_queue(&st->held, ck);
}

static void drop_oldest(struct node *nd)
{
	struct buffer_state *st = nd->state;
	struct chunk *ck = emitter_take(&st->held, 1);
	forget(st, ck);
	drop(nd, ck);
}

/* Keeps, hands on or drops what is coming; false where the rest of it has to wait. */
static bool take_in(struct node *nd)
{
	const struct buffer *bf = nd->priv;
	struct buffer_state *st = nd->state;
	while (st->at < st->coming->n) {
		uint32_t n = room_for(bf, st);
		if (n)
			keep(st, next_coming(st, n));
		else if (bf->drop == DROP_OLDEST)
			drop_oldest(nd);
		else if (bf->drop == DROP_NEWEST)
			drop(nd, next_coming(st, st->coming->n - st->at));
		else
			return false;
		give(nd);
	}
	return true;
}

/* False where nothing is coming. */
static bool next_delivery(struct node *nd)
{
	struct buffer_state *st = nd->state;
	if (st->coming)
		return true;
	st->coming = edge_next(nd->in[0]);
	st->at = 0;
	if (st->coming)
		node_count_in(nd, st->coming);
	return st->coming != NULL;
}

static int64_t input_limit(const struct node *nd)
{
	const struct buffer *bf = nd->priv;
	const struct buffer_state *st = nd->state;
	if (bf->drop >= 0)
		return EDGE_NO_LIMIT;
	return has_room(bf, st) ? bf->n - st->units + edge_wanted(nd->out[0]) : 0;
}

static void buffer_run(struct node *nd)
{
	struct buffer_state *st = nd->state;
	struct edge *in = nd->in[0];
	give(nd);
	edge_ask(in, input_limit(nd));
	while (next_delivery(nd) && take_in(nd)) {
		int64_t units = edge_units(in, st->coming);
		chunk_free(st->coming);
		st->coming = NULL;
		edge_handled(in, units);
		edge_ask(in, input_limit(nd));
	}
	if (edge_finished(in) && !st->coming && emitter_empty(&st->held))
		node_finish(nd);
}

static void buffer_release(struct node *nd)
{
	struct buffer_state *st = nd->state;
	if (st->dropped)
		node_note(nd, "dropped %" PRIu64, st->dropped);
	chunk_free(st->coming);
	emitter_release(&st->held);
}

static void buffer_abandon(struct node *nd)
{
	struct buffer_state *st = nd->state;
	emitter_abandon(&st->held, nd->pl, node_next_stage(nd));
	if (!st->coming)
		return;
	st->coming->pos = st->at;
	report_abandoned(nd->pl, node_next_stage(nd), st->coming);
}

static void buffer_explain(const struct node *nd, struct str *out)
{
	const struct buffer *bf = nd->priv;
	str_addf(out, "holds at most %" PRId64, bf->n);
	if (bf->bytes >= 0)
		str_addf(out, " or %" PRId64 " bytes", bf->bytes);
	str_addf(out, ", then %s%s", bf->drop < 0 ? "holds back" : "drops the ", bf->drop < 0 ? "" : drops[bf->drop]);
}

static const struct node_ops buffer_ops = {
	.explain = buffer_explain,
	.state_bytes = sizeof(struct buffer_state), .run = buffer_run, .release = buffer_release,
	.abandon = buffer_abandon,
};

static const struct arg_spec buffer_args[] = {
	{.type = ARG_COUNT, .name = "N", .offset = offsetof(struct buffer, n), .min = 1},
	{.type = ARG_END},
};

static const struct opt_spec buffer_opts[] = {
	{.name = "bytes", .type = ARG_SIZE, .offset = offsetof(struct buffer, bytes), .help = "full at that many bytes, too"},
	{.name = "drop", .type = ARG_CHOICE, .offset = offsetof(struct buffer, drop), .choices = drops,
	 .help = "oldest or newest: what goes when it is full, instead of holding back"},
	{.name = NULL},
};

const struct stage_desc op_buffer = {
	.spec = {
		.name = "buffer",
		.synopsis = "buffer N [bytes=SIZE] [drop=oldest|newest]",
		.summary = "room for N events between two stages",
		.args = buffer_args,
		.opts = buffer_opts,
		.priv_bytes = sizeof(struct buffer),
	},
	.node = &buffer_ops,
};
