/* join "SEP": a batch becomes one event, its events with SEP between them. */
#include "config.h"

#include "stages/shared/stages.h"

struct join {
	struct slice sep;
	struct schema *out;
};

static void join_bind(void *priv, struct bind *b)
{
	struct join *j = priv;
	if (!bind_batched(b))
		bind_error(b, "there are no batches here to join: put `batch N` before it");
	bind_set_batched(b, false);
	j->out = bind_new_schema(b, SCHEMA_SPLIT, false);
	j->out->envelope = bind_envelope(b);
}

static void join_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct join *j = priv;
	(void)state;
	uint64_t len = (uint64_t)(in->n - 1) * j->sep.len;
	for (uint32_t i = 0; i < in->n; i++)
		len += in->ev[i].len;
	in->pos = in->n;
	if (!eval_fits(work_eval(w), len)) {
		work_fail(w, in->ev[0], work_eval(w)->error);
		return;
	}
	char *begin = chunk_room(out, len + 1), *p = begin;
	for (uint32_t i = 0; i < in->n; i++) {
		if (i && j->sep.len)
			memcpy(p, j->sep.p, j->sep.len);
		p += i ? j->sep.len : 0;
		if (in->ev[i].len)
			memcpy(p, in->ev[i].p, in->ev[i].len);
		p += in->ev[i].len;
	}
	*p = out->term;
	chunk_wrote(out, len + 1);
	chunk_derive(out, in, 0, slice_make(begin, len));
}

static uint32_t join_ncols(const void *priv)
{
	(void)priv;
	return 0;
}

static const struct ordered_ops join_ops = {.ncols = join_ncols, .run = join_run, .whole_batches = true, .uses = true};

static const struct arg_spec join_args[] = {
	{.type = ARG_STRING, .name = "SEP", .offset = offsetof(struct join, sep)},
	{.type = ARG_END},
};

const struct stage_desc op_join = {
	.spec = {
		.name = "join",
		.synopsis = "join \"SEP\"",
		.summary = "a batch as one event",
		.args = join_args,
		.priv_bytes = sizeof(struct join),
		.bind = join_bind,
	},
	.ordered = &join_ops,
};
