/* Files that events are written to: see outputs.h. A file that takes nothing now (a FIFO that nobody reads) does not hold up
 * the others: events for it wait, up to a bound. */
#include "config.h"

#include "stages/sinks/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/shown.h"
#include "engine/core/lease.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"

#define REOPEN_NS (20 * NS_PER_MS) /* a FIFO that nobody reads yet is tried again */

void outputs_bind(void *priv, struct bind *b)
{
	struct outputs *o = priv;
	struct value v;
	sep_bind(b, o->sep);
	o->envelope = stage_envelope(b, false);
	o->constant = o->name && expr_is_const(o->name, &v);
	if (!o->constant)
		return;
	o->fixed = value_text(&v, bind_arena(b));
	if (!o->fixed.len)
		bind_arg_error(b, 0, "the name is empty");
}

/* ---- which are open ---- */

static void close_output(struct node *nd, struct output *op)
{
	struct outputs_state *st = nd->state;
	output_close(nd, op);
	for (int i = 0; i < st->nopen; i++)
		if (st->open[i] == op)
			st->open[i] = st->open[--st->nopen];
}

/* False where the descriptor takes no more now; the node waits for it. */
static bool flush_output(struct node *nd, struct output *op)
{
	if (!output_flush(nd, op))
		return false;
	if (op->fd < 0)
		close_output(nd, op);
	return true;
}

/* Rather a than b is to be closed: a FIFO's reader would take that for the end, and one that is blocked cannot be. */
static bool closes_first(const struct output *a, const struct output *b)
{
	if (a->blocked != b->blocked)
		return b->blocked;
	if ((a->writer.kind == WRITER_FILE) != (b->writer.kind == WRITER_FILE))
		return a->writer.kind == WRITER_FILE;
	return a->used < b->used;
}

/* Closes the output that has not been used for longest; false where none can be closed now. */
static bool close_oldest(struct node *nd)
{
	struct outputs_state *st = nd->state;
	struct output *oldest = st->open[0];
	for (int i = 1; i < st->nopen; i++)
		if (closes_first(st->open[i], oldest))
			oldest = st->open[i];
	if (!flush_output(nd, oldest))
		return false;
	close_output(nd, oldest);
	return true;
}

/* It will be tried again. */
static void add_waiting(struct node *nd, struct output *op)
{
	struct outputs_state *st = nd->state;
	if (!timer_is_set(&nd->timer))
		timer_set(&nd->pl->loop.timers, &nd->timer, clock_now() + REOPEN_NS);
	if (op->waits)
		return;
	op->waits = true;
	op->next_waiting = st->waiting;
	st->waiting = op;
}

/* Opens it, closing others if need be. False: not now. */
static bool open_output(struct node *nd, struct output *op)
{
	const struct outputs *o = nd->priv;
	struct outputs_state *st = nd->state;
	char term = sep_byte(o->sep, nd->pl->opt.term);
	enum output_result got = OUTPUT_SHORT;
	if (st->nopen >= OUTPUTS_OPEN && !close_oldest(nd))
		return false;
	while ((got = output_open(nd, op, term)) == OUTPUT_SHORT && st->nopen > 0)
		if (!close_oldest(nd))
			return false;
	if (got == OUTPUT_SHORT)
		output_fail(nd, op, EMFILE);
	if (got == OUTPUT_OPEN)
		st->open[st->nopen++] = op;
	return got != OUTPUT_UNREAD;
}

/* Opens it if need be. False: not now (the node will be woken). */
static bool ready_output(struct node *nd, struct output *op)
{
	struct outputs_state *st = nd->state;
	op->used = ++st->clock;
	if (op->fd >= 0 || op->broken || op->same)
		return true;
	if (!op->waits && open_output(nd, op))
		return true;
	add_waiting(nd, op);
	return false;
}

/* ---- names ---- */

static struct output *find_output(struct node *nd, struct slice name)
{
	const struct outputs *o = nd->priv;
	struct outputs_state *st = nd->state;
	uint32_t where;
	if (!st->names.stride)
		keyed_init(&st->names, sizeof(struct output *));
	keyed_find(&st->names, &name, 1, &where);
	struct output **slot = keyed_value(&st->names, where);
	if (*slot)
		return (*slot)->same ? (*slot)->same : *slot;
	struct output *op = output_new(name.p, name.len);
	op->replace = o->replace;
	op->constant = o->constant;
	op->envelope = o->envelope;
	*slot = op;
	st->all = mem_grow(st->all, st->n + 1, &st->cap, sizeof(struct output *));
	st->all[st->n++] = op;
	return op;
}

static void fail_event(struct node *nd, struct slice event, const char *why)
{
	struct chunk *failed = chunk_new(&nd->pl->blocks, 0, 0);
	chunk_fail(failed, nd->stage, event, why);
	report_failures(nd->pl, failed);
	chunk_free(failed);
}

/* The name for event i, in scratch memory until the next one; false where the event fails, which is reported. */
static bool name_of(struct node *nd, const struct chunk *ck, uint32_t i, struct slice *name)
{
	const struct outputs *o = nd->priv;
	*name = o->fixed;
	if (o->constant)
		return true;
	struct eval *ev = work_eval(pipeline_work(nd->pl, 0, nd->stage, NULL));
	arena_clear(&ev->scratch);
	struct event e = stage_event(ck, i, ev);
	if (expr_file_name(o->name, ev, &e, name))
		return true;
	fail_event(nd, e.whole, ev->error);
	return false;
}

/* ---- holding ---- */

/* Keeps copies of events [from, end) of ck until the output takes them. */
static void hold(struct node *nd, struct output *op, const struct chunk *ck, uint32_t from, uint32_t end)
{
	if (!op->held) {
		op->held = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
		op->held->term = ck->term;
	}
	for (uint32_t i = from; i < end; i++) {
		uint32_t at = chunk_append(op->held, chunk_copy(op->held, ck->ev[i]));
		op->held->ev[at].flags = ck->ev[i].flags;
	}
	op->held->lease = lease_lowest(op->held->lease, ck->lease);
}

/* Others shall go on while it takes nothing, and it does not hold enough yet. */
static bool may_hold(const struct output *op)
{
	const struct chunk *held = op->held;
	return !op->constant && (!held || (held->n < OUTPUTS_HELD_EVENTS && held->bytes < OUTPUTS_HELD_BYTES));
}

/* What was held for an output that is no use fails. */
static void fail_held(struct node *nd, struct output *op)
{
	struct chunk *held = op->held;
	op->held = NULL;
	for (uint32_t i = 0; i < held->n; i++)
		fail_event(nd, held->ev[i], op->why);
	nd->pl->stages[nd->stage].counts.used -= held->n;
	chunk_free(held);
}

/* What was held goes to the output, which is open, broken or another's name; false while it takes none. */
static bool hand_over(struct node *nd, struct output *op)
{
	if (!op->held)
		return true;
	if (op->same) {
		hold(nd, op->same, op->held, 0, op->held->n);
		chunk_free(op->held);
		op->held = NULL;
		return !ready_output(nd, op->same) || hand_over(nd, op->same);
	}
	if (!op->broken && writer_full(&op->writer) && !flush_output(nd, op))
		return false;
	if (op->broken) {
		fail_held(nd, op);
		return true;
	}
	writer_add(&op->writer, op->held);
	op->held = NULL;
	return true;
}

/* Nobody will read it, for the run is to end: its events fail. */
static void give_up(struct node *nd, struct output *op)
{
	struct str why = {0};
	str_addf(&why, "nobody reads '%s'", op->name);
	op->broken = true;
	op->why = str_steal(&why);
	hand_over(nd, op);
}

/* Looks again at outputs that could not be opened. */
static void open_waiting(struct node *nd)
{
	struct outputs_state *st = nd->state;
	struct output *op = st->waiting, *next;
	bool ends = pipeline_cut_by(nd->pl);
	if (timer_is_set(&nd->timer) && !ends)
		return;
	st->waiting = NULL;
	for (; op; op = next) {
		next = op->next_waiting;
		op->waits = false;
		if (open_output(nd, op))
			hand_over(nd, op);
		else if (op->unread && ends)
			give_up(nd, op);
		else
			add_waiting(nd, op);
	}
}

/* ---- running ---- */

/* Events [ck->pos, end) are for an output that is no use. */
static void refuse(struct node *nd, const struct output *op, uint32_t end)
{
	struct chunk *ck = ((struct outputs_state *)nd->state)->ck;
	if (!op->why)
		nd->pl->stages[nd->stage].counts.failed += end - ck->pos;
	for (; op->why && ck->pos < end; ck->pos++)
		fail_event(nd, ck->ev[ck->pos], op->why);
	ck->pos = end;
}

/* Hands events [ck->pos, end) to the output. */
static bool put(struct node *nd, struct output *op, uint32_t end)
{
	struct chunk *ck = ((struct outputs_state *)nd->state)->ck;
	uint32_t n = end - ck->pos;
	bool ready = ready_output(nd, op);
	if (op->same)
		return put(nd, op->same, end);
	ready = ready && hand_over(nd, op) && (op->broken || !writer_full(&op->writer) || flush_output(nd, op));
	if (op->broken) {
		refuse(nd, op, end);
		return true;
	}
	if (ready)
		writer_add(&op->writer, chunk_view(ck, ck->pos, n));
	else if (may_hold(op))
		hold(nd, op, ck, ck->pos, end);
	else
		return false;
	nd->pl->stages[nd->stage].counts.used += n;
	ck->pos = end;
	return true;
}

/* Writes the delivery as far as its outputs take it; false where one does not. */
static bool write_delivery(struct node *nd)
{
	const struct outputs *o = nd->priv;
	struct outputs_state *st = nd->state;
	struct chunk *ck = st->ck;
	struct slice name;
	while (ck->pos < ck->n) {
		if (!name_of(nd, ck, ck->pos, &name))
			ck->pos++;
		else if (!put(nd, find_output(nd, name), o->constant ? ck->n : ck->pos + 1))
			return false;
	}
	return true;
}

/* Everything goes out as far as it is taken. True where nothing is left. */
static bool flush_all(struct node *nd)
{
	struct outputs_state *st = nd->state;
	bool all = !st->waiting;
	for (int i = st->nopen - 1; i >= 0; i--) { /* one that fails gives its place to the last */
		struct output *op = st->open[i];
		all = flush_output(nd, op) && all;
		all = hand_over(nd, op) && flush_output(nd, op) && all;
	}
	return all;
}

/* Is there something to write after its last event, or because none came? */
static bool has_end(const struct output *op)
{
	if (!op->envelope || op->ended || op->broken || op->same)
		return false;
	bool begun = op->fd >= 0 ? op->writer.begun : op->begun;
	return op->envelope->between.p || !begun;
}

/* No more events come. True where all outputs have their ends. */
static bool end_all(struct node *nd)
{
	struct outputs_state *st = nd->state;
	for (size_t i = 0; i < st->n; i++) {
		struct output *op = st->all[i];
		if (!has_end(op))
			continue;
		if (!ready_output(nd, op))
			return false;
		if (op->broken)
			continue;
		writer_end(&op->writer);
		op->ended = true;
		if (!flush_output(nd, op))
			return false;
	}
	return flush_all(nd);
}

/* What waited for a descriptor goes on. */
static void flush_blocked(struct node *nd)
{
	struct outputs_state *st = nd->state;
	for (int i = st->nopen - 1; i >= 0; i--) {
		struct output *op = st->open[i];
		if (op->blocked && flush_output(nd, op))
			hand_over(nd, op);
	}
}

static void finish_delivery(struct node *nd)
{
	struct outputs_state *st = nd->state;
	int64_t units = edge_units(nd->in[0], st->ck);
	chunk_free(st->ck);
	st->ck = NULL;
	edge_handled(nd->in[0], units);
	edge_ask(nd->in[0], EDGE_NO_LIMIT);
}

/* The only file there is has failed. */
static bool no_use(const struct node *nd)
{
	const struct outputs *o = nd->priv;
	const struct outputs_state *st = nd->state;
	return o->constant && st->n && st->all[0]->broken && !st->all[0]->why;
}

static void outputs_run(struct node *nd)
{
	struct outputs_state *st = nd->state;
	struct edge *in = nd->in[0];
	bool gathered = false;
	open_waiting(nd);
	flush_blocked(nd);
	edge_ask(in, EDGE_NO_LIMIT);
	while (!no_use(nd) && (st->ck || (st->ck = edge_next(in)))) {
		if (!gathered && st->ck->pos == 0)
			gathered = true;
		if (st->ck->pos == 0)
			node_count_in(nd, st->ck);
		if (!write_delivery(nd))
			return;
		finish_delivery(nd);
	}
	if (no_use(nd)) {
		node_finish(nd);
		return;
	}
	if (gathered && !edge_finished(in)) {
		node_wake_idle(nd);
		return;
	}
	if (!flush_all(nd) || !edge_finished(in) || !end_all(nd))
		return;
	while (st->nopen)
		close_output(nd, st->open[0]);
	node_finish(nd);
}

static void outputs_claim(struct node *nd)
{
	const struct outputs *o = nd->priv;
	if (!o->constant)
		return;
	struct output *op = find_output(nd, o->fixed);
	op->claimed = true;
	op->claim = claim_name(nd, o->replace ? CLAIM_REPLACE : CLAIM_ADD, op->name, op);
}

static bool outputs_start(struct node *nd)
{
	const struct outputs *o = nd->priv;
	if (!o->constant)
		return true;
	/* The file is there even if no event comes; and a name that cannot be opened ends the run before any work. */
	struct output *op = find_output(nd, o->fixed);
	ready_output(nd, op);
	return !op->broken;
}

static void outputs_watch(struct node *nd, struct loop *loop)
{
	struct outputs_state *st = nd->state;
	for (int i = 0; i < st->nopen; i++)
		if (st->open[i]->blocked)
			writer_watch(&st->open[i]->writer, nd, loop);
}

/* A run that a signal cut short has not failed, but what it has made is not whole: who wrote it must hear that it goes. */
static void tell_cut_short(const struct node *nd)
{
	const struct outputs_state *st = nd->state;
	const char *name = NULL;
	size_t n = 0;
	for (size_t i = 0; i < st->n; i++) {
		n += st->all[i]->temp != NULL;
		name = st->all[i]->temp ? st->all[i]->name : name;
	}
	if (n == 1)
		say("%s: '%s' is not replaced: %s ended the run", nd->name, name, pipeline_cut_by(nd->pl));
	else if (n)
		say("%s: %zu files are not replaced: %s ended the run", nd->name, n, pipeline_cut_by(nd->pl));
}

/* The end of the run: new files take their names, or go. */
static void outputs_commit(struct node *nd, bool good)
{
	struct outputs_state *st = nd->state;
	if (!good && pipeline_cut_by(nd->pl))
		tell_cut_short(nd);
	while (st->nopen)
		close_output(nd, st->open[0]);
	for (size_t i = 0; i < st->n; i++)
		output_commit(nd, st->all[i], good);
}

static void outputs_abandon(struct node *nd)
{
	struct outputs_state *st = nd->state;
	for (size_t i = 0; i < st->n; i++) {
		struct output *op = st->all[i];
		if (op->fd >= 0)
			writer_abandon(&op->writer, nd->pl, nd->stage);
		if (op->held) {
			op->held->pos = 0;
			report_abandoned(nd->pl, nd->stage, op->held);
		}
	}
	if (st->ck)
		report_abandoned(nd->pl, nd->stage, st->ck);
}

static void outputs_release(struct node *nd)
{
	struct outputs_state *st = nd->state;
	outputs_commit(nd, false);
	chunk_free(st->ck);
	for (size_t i = 0; i < st->n; i++)
		output_free(st->all[i]);
	free(st->all);
	keyed_release(&st->names);
}

const struct node_ops outputs_ops = {
	.state_bytes = sizeof(struct outputs_state),
	.claim = outputs_claim,
	.start = outputs_start,
	.run = outputs_run,
	.watch = outputs_watch,
	.commit = outputs_commit,
	.abandon = outputs_abandon,
	.release = outputs_release,
};

const struct arg_spec outputs_args[] = {
	{.type = ARG_TEMPLATE, .name = "NAME", .offset = offsetof(struct outputs, name)},
	{.type = ARG_END},
};

const struct opt_spec outputs_opts[] = {
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct outputs, sep),
	 .help = "the byte that ends an event (default: newline, with -0 NUL)"},
	{.name = NULL},
};
