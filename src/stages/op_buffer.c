/* buffer N: elastic room between two stages. Full, it holds its producer back; with drop= it never does, but drops events
 * and counts them (GenStage's buffer_size and buffer_keep). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "engine/emitter.h"
#include "engine/lease.h"
#include "engine/pipeline.h"
#include "stages/stages.h"

enum { DROP_OLDEST, DROP_NEWEST };

struct buffer {
	int64_t n, bytes;
	int drop; /* -1: hold back */
};

static const char *const drops[] = {"oldest", "newest", NULL};

struct buffer_state {
	struct emitter held;
	int64_t units, bytes; /* in held */
	uint64_t dropped;
};


static int64_t bytes_of(const struct chunk *ck)
{
	int64_t n = 0;
	for (uint32_t i = 0; i < ck->n; i++)
		n += ck->ev[i].len;
	return n;
}

static bool has_room(const struct buffer *bf, const struct buffer_state *st)
{
	return st->units < bf->n && (bf->bytes < 0 || st->bytes < bf->bytes);
}

/* Takes one unit: an event, or a batch. */
static void keep(struct node *nd, struct chunk *one)
{
	struct buffer_state *st = nd->state;
	st->units++;
	st->bytes += bytes_of(one);
	chunk_compact(one);
	emitter_queue(&st->held, one);
}

static void drop(struct node *nd, struct chunk *one)
{
	struct buffer_state *st = nd->state;
	st->dropped += one->n;
	node_dropped(nd, nd->stage, one->n);
	chunk_free(one);
}

static void give(struct node *nd)
{
	struct buffer_state *st = nd->state;
	struct edge *out = nd->out[0];
	struct chunk *one;
	while (edge_wanted(out) > 0 && (one = emitter_take(&st->held))) {
		st->units--;
		st->bytes -= bytes_of(one);
		nd->pl->stages[nd->stage].counts.used += one->n;
		node_count_out(nd, one);
		edge_push(out, one);
	}
}

static void take_one(struct node *nd, struct chunk *one)
{
	const struct buffer *bf = nd->priv;
	struct buffer_state *st = nd->state;
	give(nd);
	if (bf->drop == DROP_NEWEST && !has_room(bf, st)) {
		drop(nd, one);
		return;
	}
	while (bf->drop == DROP_OLDEST && !has_room(bf, st) && st->units) {
		struct chunk *oldest = emitter_take(&st->held);
		st->units--;
		st->bytes -= bytes_of(oldest);
		drop(nd, oldest);
	}
	keep(nd, one);
	give(nd);
}

/* An event at a time: each is dropped or kept for itself. */
static void take_delivery(struct node *nd, struct chunk *ck)
{
	node_count_in(nd, ck);
	for (uint32_t i = 0; i < ck->n && !ck->batch; i++) {
		struct chunk *one = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
		one->term = ck->term;
		one->ncols = ck->ncols;
		chunk_keep(one, ck, i);
		chunk_share(one, ck);
		one->lease = lease_ref(ck->lease);
		take_one(nd, one);
	}
	if (ck->batch)
		take_one(nd, chunk_view(ck, 0, ck->n));
	chunk_free(ck);
}

static int64_t input_limit(const struct node *nd)
{
	const struct buffer *bf = nd->priv;
	const struct buffer_state *st = nd->state;
	if (bf->drop >= 0)
		return EDGE_NO_LIMIT;
	if (bf->bytes >= 0)
		return has_room(bf, st) ? 1 : 0;
	return bf->n - st->units + edge_wanted(nd->out[0]);
}

static void buffer_run(struct node *nd)
{
	struct buffer_state *st = nd->state;
	struct edge *in = nd->in[0];
	struct chunk *ck;
	give(nd);
	edge_ask(in, input_limit(nd));
	while ((ck = edge_next(in))) {
		int64_t units = edge_units(in, ck);
		take_delivery(nd, ck);
		edge_handled(in, units);
		edge_ask(in, input_limit(nd));
	}
	if (edge_finished(in) && emitter_empty(&st->held))
		node_finish(nd);
}

static void buffer_release(struct node *nd)
{
	struct buffer_state *st = nd->state;
	if (st->dropped && !nd->pl->opt.quiet)
		fprintf(stderr, "spile: %s: dropped %" PRIu64 "\n", nd->name, st->dropped);
	emitter_release(&st->held);
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
