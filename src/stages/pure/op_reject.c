/* reject EXPR: drops the events for which EXPR is true. */
#include "config.h"

#include "stages/pure/filter.h"

static void reject_bind(void *priv, struct bind *b)
{
	struct filter *f = priv;
	f->reject = true;
	filter_bind(priv, b);
}

const struct stage_desc op_reject = {
	.spec = {
		.name = "reject",
		.synopsis = "reject EXPR",
		.summary = "drop the events for which EXPR is true",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = filter_args,
		.priv_bytes = sizeof(struct filter),
		.bind = reject_bind,
	},
	.pure = &filter_ops,
};
