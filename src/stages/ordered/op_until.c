/* until EXPR: passes events up to and including the first for which EXPR is true; then its input ends. */
#include "config.h"

#include "stages/ordered/while.h"

static void until_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	while_run_to(priv, state, w, in, out, true, true);
}

static const struct ordered_ops until_ops = {
	.state_bytes = sizeof(struct while_state), .ncols = while_ncols, .run = until_run, .want = while_want,
};

const struct stage_desc op_until = {
	.spec = {
		.name = "until",
		.synopsis = "until EXPR",
		.summary = "pass events up to and including the first for which EXPR is true, then stop",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = while_args,
		.priv_bytes = sizeof(struct while_priv),
		.bind = while_bind,
	},
	.ordered = &until_ops,
};
