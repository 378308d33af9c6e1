/* partition N by EXPR { A }: N copies of A, equal keys to the same copy, in order (GenStage's PartitionDispatcher). */
#include "config.h"

#include "base/hash.h"
#include "engine/kinds/dispatch.h"
#include "engine/core/report.h"
#include "stages/shared/bykey.h"

struct partition {
	int64_t n;
	struct expr_list by;
	struct bykey key;
};

struct partition_state {
	struct dispatch d;
};

static void partition_bind(void *priv, struct bind *b)
{
	struct partition *p = priv;
	bykey_init(&p->key, &p->by, true, b);
	if (!p->by.n)
		bind_error(b, "say what is equal: partition N by EXPR");
	if (bind_batched(b))
		bind_error(b, "batches have no key: put `unbatch` before it");
	bind_set_copies(b, p->n);
}

static bool partition_start(struct node *nd)
{
	dispatch_init(&((struct partition_state *)nd->state)->d, nd);
	return true;
}

static void deal(struct node *nd, struct chunk *ck)
{
	const struct partition *p = nd->priv;
	struct partition_state *st = nd->state;
	struct chunk *failed = chunk_new(&nd->pl->blocks, 0, 0);
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, failed);
	struct slice keys[256];
	uint32_t which[256], from = 0, keyed = 0, used = 0;
	while (from < ck->n) {
		uint32_t n = bykey_vector(&p->key, w, ck, &from, 256, keys, which);
		for (uint32_t i = 0; i < n; i++) {
			int to = (int)(hash_stable(keys[i].p, keys[i].len) % (uint64_t)p->n);
			used += dispatch_note(&st->d, nd, ck, which[i], to);
		}
		keyed += n;
	}
	nd->pl->stages[nd->stage].counts.used += used;
	node_dropped(nd, nd->stage, keyed - used);
	dispatch_flush(&st->d, nd, ck);
	report_failures(nd->pl, failed);
	chunk_free(failed);
}

static int64_t input_limit(const struct node *nd)
{
	return dispatch_limit(&((const struct partition_state *)nd->state)->d, nd);
}

static void partition_run(struct node *nd)
{
	dispatch_run(nd, &((struct partition_state *)nd->state)->d, input_limit, deal);
}

static void partition_abandon(struct node *nd)
{
	dispatch_abandon(&((struct partition_state *)nd->state)->d, nd);
}

static void partition_release(struct node *nd)
{
	dispatch_release(&((struct partition_state *)nd->state)->d, nd);
}

static void partition_explain(const struct node *nd, struct str *out)
{
	dispatch_explain(nd, "partition by key", out);
}

static const struct node_ops partition_ops = {
	.explain = partition_explain,
	.state_bytes = sizeof(struct partition_state),
	.start = partition_start,
	.run = partition_run,
	.release = partition_release,
	.abandon = partition_abandon,
};

static const struct arg_spec partition_args[] = {
	{.type = ARG_COUNT, .name = "N", .offset = offsetof(struct partition, n), .min = 1, .max = SPEC_COPIES_MAX},
	{.type = ARG_END},
};

const struct stage_desc op_partition = {
	.spec = {
		.name = "partition",
		.synopsis = "partition N by EXPR { A }",
		.summary = "N copies of A, equal keys to the same copy, in order",
		.flags = SPEC_ONE_BRANCH | SPEC_BY | SPEC_CAN_FAIL,
		.args = partition_args,
		.priv_bytes = sizeof(struct partition),
		.by_offset = offsetof(struct partition, by),
		.bind = partition_bind,
	},
	.node = &partition_ops,
};
