/* sort [EXPR [desc], ...]: all events, or those of each batch, in the order of these values, $0 without any: numbers by
 * value, then text by bytes. Equal ones stay in the order of the input. */
#include "config.h"

#include <stdio.h>

#include "lang/expr/rank.h"
#include "stages/ordered/sorted.h"
#include "stages/shared/bykey.h"

struct sort {
	struct sorted sorted;
	struct key_list keys;
	bool desc;            /* without keys: $0, the largest first */
	struct pick *pick;    /* for each key */
	bool *down;           /* ... the largest first */
	int n;
};

/* Writes the ranks of event i's values into the key; NULL: one of them failed. */
static char *write_key(const struct sort *s, struct sorted_state *st, struct eval *ev, const struct event *event)
{
	char *to = sorted_key(st, 0);
	for (int k = 0; k < s->n; k++) {
		struct value value;
		if (!pick_value(&s->pick[k], ev, event, &value))
			return NULL;
		struct rank rank = rank_of(&value);
		size_t at = (size_t)(to - st->key);
		to = rank_key_write(&rank, s->down[k], sorted_key(st, at + rank_key_bytes(&rank)) + at);
	}
	return to;
}

static void absorb(const void *priv, void *state, struct work *w, struct chunk *in)
{
	const struct sort *s = priv;
	struct sorted_state *st = state;
	struct eval *ev = work_eval(w);
	bool good = true;
	for (; in->pos < in->n && good; in->pos++) {
		struct event event = stage_event(in, in->pos, ev);
		char *end = write_key(s, st, ev, &event);
		if (end)
			good = sorted_add(&s->sorted, st, w, in, in->pos, sorted_write_pos(chunk_pos(in, in->pos), end));
		else
			work_fail(w, in->ev[in->pos], ev->error);
		arena_clear(&ev->scratch);
	}
}

/* It puts nothing in order: a field was meant. */
static void check_const(const struct sort *s, int i, struct bind *b)
{
	struct value v;
	if (!expr_is_const(s->keys.k[i].e, &v))
		return;
	bool field = v.kind == VALUE_NUM && v.n.is_int && v.n.i > 0 && v.n.i < 1000;
	char hint[40];
	snprintf(hint, sizeof hint, "did you mean '$%d'?", field ? (int)v.n.i : 0);
	bind_word_error(b, 0, i, field ? hint : NULL, "a constant puts nothing in order");
}

static void bind_sort(void *priv, struct bind *b)
{
	struct sort *s = priv;
	sorted_bind(&s->sorted, b);
	s->n = s->keys.n ? s->keys.n : 1;
	s->pick = arena_alloc(bind_arena(b), (size_t)s->n * sizeof *s->pick);
	s->down = arena_alloc(bind_arena(b), (size_t)s->n * sizeof *s->down);
	s->pick[0] = (struct pick){.how = PICK_WHOLE};
	s->down[0] = s->desc;
	for (int i = 0; i < s->keys.n; i++) {
		pick_init(&s->pick[i], s->keys.k[i].e, b);
		s->down[i] = s->keys.k[i].way == SORT_DESC;
		check_const(s, i, b);
	}
	if (s->desc && s->keys.n)
		bind_opt_error(b, "desc", "'desc' follows each EXPR whose largest values come first");
}

static const struct arg_spec args[] = {
	{.type = ARG_KEYS, .name = "EXPR", .offset = offsetof(struct sort, keys), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

static const struct opt_spec opts[] = {
	{.name = "desc", .type = ARG_FLAG, .offset = offsetof(struct sort, desc), .help = "the largest first"},
	SORTED_OPTS,
	{0},
};

static const struct agg_ops ops = {
	.ncols = sorted_ncols,
	.state_new = sorted_state_new,
	.state_free = sorted_state_free,
	.absorb = absorb,
	.merge = sorted_merge,
	.finish = sorted_finish,
	.emit = sorted_emit,
};

const struct stage_desc ag_sort = {
	.spec = {
		.name = "sort",
		.synopsis = "sort [EXPR [desc], ...] [memory=SIZE]",
		.summary = "all events, or each batch, in the order of EXPR (default $0), numbers before text",
		.flags = SPEC_KEEPS | SPEC_CAN_FAIL,
		.args = args,
		.opts = opts,
		.priv_bytes = sizeof(struct sort),
		.bind = bind_sort,
	},
	.agg = &ops,
};
