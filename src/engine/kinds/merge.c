/* Branches that flow together: see merge.h. */
#include "config.h"

#include "engine/kinds/merge.h"

#include "base/str.h"
#include "engine/core/emitter.h"

struct merge {
	int turn;               /* the input that is looked at first */
	struct emitter surplus; /* of one delivery that was larger than what is wanted */
};

/* What an input may have outstanding. Each may ask for all that is wanted: were it shared out between them, a dispatcher
 * before them that waits for every branch would wait for ever. */
static int64_t input_limit(const struct node *nd)
{
	const struct edge *out = nd->out[0];
	int64_t wanted = edge_wanted(out);
	return wanted > 0 && !out->exact ? EDGE_NO_LIMIT : wanted;
}

static bool pass_one(struct node *nd)
{
	struct merge *m = nd->state;
	for (int k = 0; k < nd->nin; k++) {
		struct edge *in = nd->in[(m->turn + k) % nd->nin];
		struct chunk *ck = edge_next(in);
		if (!ck)
			continue;
		int64_t units = edge_units(in, ck);
		emitter_put(&m->surplus, nd->out[0], ck);
		edge_handled(in, units);
		edge_ask(in, input_limit(nd));
		m->turn = (m->turn + k + 1) % nd->nin;
		return true;
	}
	return false;
}

static void merge_run(struct node *nd)
{
	struct merge *m = nd->state;
	struct edge *out = nd->out[0];
	bool finished = true;
	if (!emitter_flush(&m->surplus, out))
		return;
	for (int i = 0; i < nd->nin; i++)
		edge_ask(nd->in[i], input_limit(nd));
	while (emitter_empty(&m->surplus) && edge_wanted(out) > 0 && pass_one(nd))
		;
	for (int i = 0; i < nd->nin; i++) {
		edge_ask(nd->in[i], input_limit(nd));
		finished = finished && edge_finished(nd->in[i]);
	}
	if (finished && emitter_empty(&m->surplus))
		node_finish(nd);
}

static void merge_release(struct node *nd)
{
	emitter_release(&((struct merge *)nd->state)->surplus);
}

static void merge_explain(const struct node *nd, struct str *out)
{
	str_addf(out, "%d branches flow together", nd->nin);
}

static const struct node_ops merge_ops = {
	.state_bytes = sizeof(struct merge), .run = merge_run, .release = merge_release, .hands_on_failures = true,
	.explain = merge_explain,
};

struct node *merge_node_new(struct pipeline *pl, int stage)
{
	struct node *nd = pipeline_node(pl, &merge_ops, stage, NULL);
	nd->name = "merge";
	nd->passes = true;
	return nd;
}
