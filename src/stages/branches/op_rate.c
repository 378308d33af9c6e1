/* rate R [by ...]: lets through no more than R. It asks for no more than it may pass on, so that its producer is held
 * back; with `by` a key that is out of tokens waits here and others pass it by; with `drop` nothing waits. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/core/emitter.h"
#include "engine/core/lease.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"
#include "stages/branches/bucket.h"
#include "stages/shared/bykey.h"
#include "data/keyed.h"

#define BURST_NS (10 * NS_PER_MS) /* the default burst is what R gives in this time */
#define PACE_NS NS_PER_MS         /* what comes in less time is waited for together */
#define FORGET_FROM 1024          /* keys */

struct limiter {
	struct bucket_kind kind;
	struct expr_list by;
	bool drop;
	struct bykey key;
	const struct schema *schema;
};

struct waiter {
	struct chunk *one; /* an event */
	uint32_t key;      /* number in keys */
};

struct limiter_state {
	struct keyed keys;       /* values: struct bucket; without `by` there is the one key */
	uint32_t forget_at;      /* so many keys: time to forget those whose bucket is full */
	struct waiter *waiting;  /* in the order in which they came; their demand is not handled yet */
	size_t nwaiting, cap;
	uint64_t dropped;
};

static void rate_bind(void *priv, struct bind *b)
{
	struct limiter *l = priv;
	struct bucket_kind *k = &l->kind;
	l->schema = bind_schema(b);
	bykey_init(&l->key, &l->by, false, b);
	if (l->by.n && bind_batched(b))
		bind_error(b, "batches have no key: put `unbatch` before it");
	bool written = k->burst >= 0;
	if (!written)
		k->burst = (int64_t)((double)k->rate.events / (double)k->rate.ns * BURST_NS);
	if (k->burst < 1)
		k->burst = 1;
	if (!bucket_kind_fits(k) && written)
		bind_opt_error(b, "burst", "this burst is too large for this rate");
	else if (!bucket_kind_fits(k))
		bind_arg_error(b, 0, "the rate is too high");
}

/* ---- buckets ---- */

static struct bucket *bucket_of(struct limiter_state *st, uint32_t key)
{
	return keyed_value(&st->keys, key);
}

/* Forgets the keys whose bucket is full and for which nothing waits. */
static void forget_idle(struct limiter_state *st)
{
	int64_t now = clock_now();
	struct keyed kept;
	uint32_t *moved = mem_alloc(st->keys.n * sizeof *moved);
	for (uint32_t i = 0; i < st->keys.n; i++)
		moved[i] = !bucket_is_full(bucket_of(st, i), now);
	for (size_t i = 0; i < st->nwaiting; i++)
		moved[st->waiting[i].key] = true;
	keyed_init(&kept, sizeof(struct bucket));
	for (uint32_t i = 0; i < st->keys.n; i++) {
		struct slice key = keyed_key(&st->keys, i);
		if (!moved[i])
			continue;
		keyed_find(&kept, &key, 1, &moved[i]);
		*(struct bucket *)keyed_value(&kept, moved[i]) = *bucket_of(st, i);
	}
	for (size_t i = 0; i < st->nwaiting; i++)
		st->waiting[i].key = moved[st->waiting[i].key];
	free(moved);
	keyed_release(&st->keys);
	st->keys = kept;
	st->forget_at = 2 * kept.n < FORGET_FROM ? FORGET_FROM : 2 * kept.n;
}

/* ---- events ---- */

static struct chunk *part_of(const struct node *nd, const struct chunk *ck)
{
	struct chunk *part = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	part->term = ck->term;
	part->ncols = ck->ncols;
	part->lease = lease_ref(ck->lease);
	return part;
}

static void pass(struct node *nd, struct chunk *ck)
{
	if (!ck->n) {
		chunk_free(ck);
		return;
	}
	nd->pl->stages[nd->stage].counts.used += ck->n;
	node_count_out(nd, ck);
	edge_push(nd->out[0], ck);
}

static void drop(struct node *nd, uint32_t events)
{
	((struct limiter_state *)nd->state)->dropped += events;
	node_dropped(nd, nd->stage, events);
}

static void wait_for_token(struct node *nd, const struct chunk *ck, uint32_t i, uint32_t key)
{
	struct limiter_state *st = nd->state;
	struct chunk *one = part_of(nd, ck);
	chunk_keep(one, ck, i);
	chunk_share(one, ck);
	chunk_compact(one);
	st->waiting = mem_grow(st->waiting, st->nwaiting + 1, &st->cap, sizeof *st->waiting);
	st->waiting[st->nwaiting++] = (struct waiter){one, key};
}

/* Lets pass what waits and has a token now; the others keep their order. */
static void pass_waiting(struct node *nd, int64_t now)
{
	const struct limiter *l = nd->priv;
	struct limiter_state *st = nd->state;
	size_t kept = 0;
	for (size_t i = 0; i < st->nwaiting; i++) {
		struct waiter w = st->waiting[i];
		struct bucket *b = bucket_of(st, w.key);
		if (edge_wanted(nd->out[0]) > 0 && bucket_tokens(&l->kind, b, now) > 0) {
			bucket_take(&l->kind, b, 1, now);
			pass(nd, w.one);
		} else {
			st->waiting[kept++] = w;
		}
	}
	edge_handled(nd->in[0], (int64_t)(st->nwaiting - kept));
	st->nwaiting = kept;
}

/* Passes one event on, drops it, or lets it wait. */
static void sort_out(struct node *nd, const struct chunk *ck, uint32_t i, uint32_t key, struct chunk *out, int64_t now)
{
	const struct limiter *l = nd->priv;
	struct bucket *b = bucket_of(nd->state, key);
	if (!l->drop) {
		wait_for_token(nd, ck, i, key);
	} else if (bucket_tokens(&l->kind, b, now) > 0) {
		bucket_take(&l->kind, b, 1, now);
		chunk_keep(out, ck, i);
	} else {
		drop(nd, 1);
	}
}

/* A delivery whose events have different keys, or of which some may be dropped. */
static void take_events(struct node *nd, struct chunk *ck, int64_t now)
{
	const struct limiter *l = nd->priv;
	struct limiter_state *st = nd->state;
	struct chunk *out = part_of(nd, ck);
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, out);
	struct slice keys[KEYED_VECTOR];
	uint32_t which[KEYED_VECTOR], where[KEYED_VECTOR], from = 0;
	size_t waited = st->nwaiting;
	while (from < ck->n) {
		if (st->keys.n >= st->forget_at)
			forget_idle(st);
		uint32_t n = bykey_vector(&l->key, w, ck, &from, KEYED_VECTOR, keys, which);
		keyed_find(&st->keys, keys, n, where);
		for (uint32_t i = 0; i < n; i++)
			sort_out(nd, ck, which[i], where[i], out, now);
	}
	report_failures(nd->pl, out);
	chunk_share(out, ck);
	pass(nd, out);
	edge_handled(nd->in[0], (int64_t)ck->n - (int64_t)(st->nwaiting - waited));
	chunk_free(ck);
}

/* All of it has tokens (it was not asked for before they were there), or it is a batch to be passed or dropped. */
static void take_whole(struct node *nd, struct chunk *ck, int64_t now)
{
	const struct limiter *l = nd->priv;
	struct bucket *b = bucket_of(nd->state, 0);
	int64_t units = edge_units(nd->in[0], ck);
	if (bucket_tokens(&l->kind, b, now) >= units) {
		bucket_take(&l->kind, b, units, now);
		pass(nd, ck);
	} else {
		drop(nd, ck->n);
		chunk_free(ck);
	}
	edge_handled(nd->in[0], units);
}

/* ---- demand ---- */

static bool holds_back(const struct limiter *l)
{
	return !l->drop && !l->key.n;
}

static int64_t input_limit(const struct node *nd, int64_t now)
{
	const struct limiter *l = nd->priv;
	struct limiter_state *st = nd->state;
	int64_t wanted = edge_wanted(nd->out[0]);
	if (holds_back(l)) {
		int64_t tokens = bucket_tokens(&l->kind, bucket_of(st, 0), now);
		return tokens < wanted ? tokens : wanted;
	}
	return l->drop || nd->out[0]->exact || !wanted ? wanted : EDGE_NO_LIMIT;
}

/* When more may be asked for than now: once more tokens than are spoken for are there; several where they come fast. Never
 * as long as the subscription would not ask whatever there is: what it has asked for must come first. */
static int64_t next_token(const struct node *nd, int64_t now)
{
	const struct limiter *l = nd->priv;
	const struct bucket_kind *k = &l->kind;
	int64_t spoken_for = nd->in[0]->counted, most = edge_wanted(nd->out[0]);
	if (most > k->burst)
		most = k->burst;
	if (spoken_for >= most || spoken_for > nd->in[0]->min || edge_finished(nd->in[0]))
		return TIMER_NEVER;
	double pace = (double)k->rate.events / (double)k->rate.ns * PACE_NS;
	int64_t n = spoken_for + 1 + (pace < (double)k->burst ? (int64_t)pace : k->burst);
	return bucket_due(k, bucket_of(nd->state, 0), n < most ? n : most, now);
}

/* When the first of what waits gets a token. */
static int64_t next_waiting(const struct node *nd, int64_t now)
{
	const struct limiter *l = nd->priv;
	struct limiter_state *st = nd->state;
	int64_t next = TIMER_NEVER;
	for (size_t i = 0; i < st->nwaiting && edge_wanted(nd->out[0]) > 0; i++) {
		int64_t due = bucket_due(&l->kind, bucket_of(st, st->waiting[i].key), 1, now);
		if (due < next)
			next = due;
	}
	return next;
}

static void set_timer(struct node *nd, int64_t now)
{
	int64_t next = holds_back(nd->priv) ? next_token(nd, now) : next_waiting(nd, now);
	if (next == TIMER_NEVER)
		timer_cancel(&nd->pl->loop.timers, &nd->timer);
	else
		timer_set(&nd->pl->loop.timers, &nd->timer, next);
}

static bool rate_start(struct node *nd)
{
	const struct limiter *l = nd->priv;
	struct limiter_state *st = nd->state;
	struct slice none = slice_make("", 0);
	uint32_t first;
	keyed_init(&st->keys, sizeof(struct bucket));
	st->forget_at = FORGET_FROM;
	if (!l->key.n)
		keyed_find(&st->keys, &none, 1, &first);
	return true;
}

static void rate_abandon(struct node *nd)
{
	struct limiter_state *st = nd->state;
	for (size_t i = 0; i < st->nwaiting; i++) {
		report_abandoned(nd->pl, node_next_stage(nd), st->waiting[i].one);
		chunk_free(st->waiting[i].one);
	}
	edge_handled(nd->in[0], (int64_t)st->nwaiting);
	st->nwaiting = 0;
}

static void rate_run(struct node *nd)
{
	const struct limiter *l = nd->priv;
	struct limiter_state *st = nd->state;
	struct edge *in = nd->in[0];
	int64_t now = clock_now();
	struct chunk *ck;
	if (nd->out[0]->to->abandons) { /* nothing to wait for */
		rate_abandon(nd);
		node_abandon_input(nd, node_next_stage(nd));
	}
	pass_waiting(nd, now);
	edge_ask(in, input_limit(nd, now));
	while ((ck = edge_next(in))) {
		node_count_in(nd, ck);
		if (holds_back(l) || ck->batch)
			take_whole(nd, ck, now);
		else
			take_events(nd, ck, now);
		pass_waiting(nd, now);
		edge_ask(in, input_limit(nd, now));
	}
	if (edge_finished(in) && !st->nwaiting)
		node_finish(nd);
	else
		set_timer(nd, now);
}

static void rate_release(struct node *nd)
{
	struct limiter_state *st = nd->state;
	if (st->dropped)
		node_note(nd, "dropped %" PRIu64, st->dropped);
	for (size_t i = 0; i < st->nwaiting; i++)
		chunk_free(st->waiting[i].one);
	free(st->waiting);
	keyed_release(&st->keys);
}

static void rate_explain(const struct node *nd, struct str *out)
{
	static const struct { const char *name; double seconds; } units[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}};
	const struct limiter *l = nd->priv;
	double rate = (double)l->kind.rate.events * NS_PER_S / (double)l->kind.rate.ns;
	int u = rate >= 1 ? 0 : rate * 60 >= 1 ? 1 : 2;
	str_addf(out, "%g a %s, %" PRId64 " at once, then %s", rate * units[u].seconds, units[u].name, l->kind.burst,
		 l->drop ? "drops" : "holds back");
}

static const struct node_ops rate_ops = {
	.explain = rate_explain,
	.state_bytes = sizeof(struct limiter_state), .start = rate_start, .run = rate_run, .release = rate_release,
	.abandon = rate_abandon,
};

static const struct arg_spec rate_args[] = {
	{.type = ARG_RATE, .name = "R", .offset = offsetof(struct limiter, kind.rate)},
	{.type = ARG_END},
};

static const struct opt_spec rate_opts[] = {
	{.name = "burst", .type = ARG_COUNT, .offset = offsetof(struct limiter, kind.burst), .min = 1,
	 .help = "how many may pass at once (default: what R gives in 10 ms, at least 1)"},
	{.name = "drop", .type = ARG_FLAG, .offset = offsetof(struct limiter, drop),
	 .help = "drop what is beyond R, and count it, instead of holding it back"},
	{.name = NULL},
};

const struct stage_desc op_rate = {
	.spec = {
		.name = "rate",
		.synopsis = "rate R [burst=N] [by EXPR, ...] [drop]",
		.summary = "let through no more than R",
		.flags = SPEC_KEEPS | SPEC_BY | SPEC_CAN_FAIL,
		.args = rate_args,
		.opts = rate_opts,
		.priv_bytes = sizeof(struct limiter),
		.by_offset = offsetof(struct limiter, by),
		.bind = rate_bind,
	},
	.node = &rate_ops,
	.limits = true,
};
