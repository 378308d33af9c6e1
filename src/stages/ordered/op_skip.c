/* skip N [by EXPR, ...]: all but the first N events, or batches; with `by` all but the first N of each key. */
#include "config.h"

#include "stages/ordered/take.h"

static void run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	take_run(priv, state, w, in, out, true);
}

static const struct ordered_ops skip_ops = {
	.state_bytes = sizeof(struct take_state),
	.ncols = take_ncols,
	.init = take_init,
	.run = run,
	.release = take_release,
	.whole_batches = true,
};

const struct stage_desc op_skip = {
	.spec = {
		.name = "skip",
		.synopsis = "skip N [by EXPR, ...]",
		.summary = "all but the first N events, or all but the first N of each key",
		.flags = SPEC_KEEPS | SPEC_BY | SPEC_CAN_FAIL,
		.args = take_args,
		.priv_bytes = sizeof(struct take),
		.by_offset = offsetof(struct take, by),
		.bind = take_bind,
	},
	.ordered = &skip_ops,
};
