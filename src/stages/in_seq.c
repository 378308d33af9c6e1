/* seq A [B [STEP]]: the numbers from A to B; without B without end. Makes no number that nobody asked for. */
#include "config.h"

#include "engine/lease.h"
#include "engine/node.h"
#include "engine/pipeline.h"
#include "stages/stages.h"

#define CHUNK_EVENTS 8192

struct seq {
	struct num from, to, step;
	bool has_to;
};

struct seq_state {
	uint64_t made;
	struct lease_book book;
};

static void seq_bind(void *priv, struct bind *b)
{
	struct seq *s = priv;
	s->has_to = bind_has_arg(b, 1);
	bind_set_endless(b, !s->has_to);
	if (!bind_has_arg(b, 2))
		s->step = num_int(1);
	if (num_double(s->step) == 0)
		bind_arg_error(b, 2, "the step must not be 0");
}

/* Number i (from 0) of the row: not a running sum, so that errors of doubles do not add up. False past the end. */
static bool number(const struct seq *s, uint64_t i, struct num *out)
{
	*out = num_add(s->from, num_mul(num_int((int64_t)i), s->step));
	if (!s->has_to)
		return true;
	int c = num_cmp(*out, s->to);
	return num_double(s->step) > 0 ? c <= 0 : c >= 0;
}

/* Appends numbers until n are in or the row ends; true when it has. */
static bool fill(struct node *nd, struct chunk *ck, uint32_t n)
{
	const struct seq *s = nd->priv;
	struct seq_state *st = nd->state;
	struct num v;
	while (ck->n < n) {
		if (!number(s, st->made, &v))
			return true;
		char *p = chunk_room(ck, NUM_TEXT_MAX + 1);
		unsigned len = num_format(v, p);
		p[len] = ck->term;
		chunk_wrote(ck, len + 1);
		chunk_append(ck, slice_make(p, len));
		st->made++;
	}
	return false;
}

static bool seq_start(struct node *nd)
{
	lease_book_init(&((struct seq_state *)nd->state)->book);
	return true;
}

static void seq_run(struct node *nd)
{
	struct seq_state *st = nd->state;
	struct edge *out = nd->out[0];
	int64_t wanted = edge_wanted(out);
	if (wanted <= 0)
		return;
	if (out->unit != EDGE_EVENTS || wanted > CHUNK_EVENTS)
		wanted = CHUNK_EVENTS;
	uint64_t first = st->made + 1;
	struct chunk *ck = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	ck->term = nd->pl->opt.term;
	chunk_reserve(ck, (uint32_t)wanted);
	bool ended = nd->stopping || fill(nd, ck, (uint32_t)wanted);
	if (ck->n) {
		if (nd->pl->opt.origins)
			chunk_number(ck, first);
		ck->lease = lease_take(&st->book, st->made);
		node_count_out(nd, ck);
		edge_push(out, ck);
	} else {
		chunk_free(ck);
	}
	if (ended)
		node_finish(nd);
	else if (edge_wanted(out) > 0)
		node_wake(nd);
}

static void seq_stop(struct node *nd)
{
	node_finish(nd);
}

static void seq_release_leases(struct node *nd)
{
	lease_book_release(&((struct seq_state *)nd->state)->book);
}

static double seq_read_share(const struct node *nd)
{
	const struct seq *s = nd->priv;
	const struct seq_state *st = nd->state;
	double all = (num_double(s->to) - num_double(s->from)) / num_double(s->step);
	return !s->has_to ? -1 : all > 0 ? (double)st->made / (all + 1) : 1;
}

static const struct node_ops seq_ops = {
	.read_share = seq_read_share,
	.state_bytes = sizeof(struct seq_state),
	.start = seq_start,
	.run = seq_run,
	.stop = seq_stop,
	.release_leases = seq_release_leases,
};

static const struct arg_spec seq_args[] = {
	{.type = ARG_NUMBER, .name = "A", .offset = offsetof(struct seq, from)},
	{.type = ARG_NUMBER, .name = "B", .offset = offsetof(struct seq, to), .flags = ARG_OPTIONAL},
	{.type = ARG_NUMBER, .name = "STEP", .offset = offsetof(struct seq, step), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

const struct stage_desc in_seq = {
	.spec = {
		.name = "seq",
		.synopsis = "seq A [B [STEP]]",
		.summary = "numbers from A to B; without B without end",
		.flags = SPEC_SOURCE,
		.args = seq_args,
		.priv_bytes = sizeof(struct seq),
		.bind = seq_bind,
	},
	.node = &seq_ops,
};
