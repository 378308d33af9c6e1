/* stdout: events to standard output. Gathers up to 256 KiB a write, and asks for no more while it cannot write. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/pipeline.h"
#include "observe/progress.h"
#include "stages/sinks/sink.h"

void sink_failed(struct node *nd, const char *what, int err)
{
	if (err != EPIPE)
		node_error(nd, "cannot write %s: %s", what, strerror(err));
	else if (!strcmp(what, "standard output"))
		nd->pl->sigpipe = true;
	else
		nd->pl->some_failed = true;
}

static const char *what(const struct node *nd)
{
	return ((const struct sink *)nd->priv)->fd == STDERR_FILENO ? "standard error" : "standard output";
}

static void sink_claim(struct node *nd)
{
	claim_stream(nd, ((const struct sink *)nd->priv)->fd);
}

static bool sink_start(struct node *nd)
{
	const struct sink *s = nd->priv;
	struct sink_state *st = nd->state;
	st->terminal = nd->pl->progress && isatty(s->fd);
	writer_open(&st->writer, s->fd, sep_byte(s->sep, nd->pl->opt.term));
	writer_enclose(&st->writer, s->envelope, false);
	return true;
}

static void give_up(struct node *nd, int err)
{
	struct sink_state *st = nd->state;
	sink_failed(nd, what(nd), err);
	writer_close(&st->writer);
	node_finish(nd);
}

/* Writes what has gathered. False where the sink is at its end: the reader has gone, or writing failed. */
static bool flush(struct node *nd)
{
	struct sink_state *st = nd->state;
	if (st->terminal)
		progress_hide(nd->pl);
	enum writer_result got = writer_flush(&st->writer);
	st->blocked = got == WRITER_BLOCKED;
	if (got != WRITER_FAILED)
		return true;
	give_up(nd, st->writer.error);
	return false;
}

static void take_in(struct node *nd, struct chunk *ck)
{
	struct sink_state *st = nd->state;
	struct edge *in = nd->in[0];
	int64_t units = edge_units(in, ck);
	node_count_in(nd, ck);
	nd->pl->stages[nd->stage].counts.used = nd->pl->stages[nd->stage].counts.in;
	writer_add(&st->writer, ck);
	edge_handled(in, units);
	edge_ask(in, writer_full(&st->writer) ? 0 : EDGE_NO_LIMIT);
}

static void sink_run(struct node *nd)
{
	struct sink_state *st = nd->state;
	struct edge *in = nd->in[0];
	struct chunk *ck;
	bool gathered = false;
	if ((st->gone & (POLLERR | POLLHUP)) && !edge_finished(in)) {
		give_up(nd, EPIPE);
		return;
	}
	if (st->blocked && !flush(nd))
		return;
	edge_ask(in, writer_full(&st->writer) ? 0 : EDGE_NO_LIMIT);
	for (;;) {
		if (writer_full(&st->writer) && (st->blocked || !flush(nd) || st->blocked))
			return;
		if (!(ck = edge_next(in)))
			break;
		take_in(nd, ck);
		gathered = true;
	}
	edge_ask(in, EDGE_NO_LIMIT);
	if (gathered && !edge_finished(in)) { /* more may be coming before anything has to wait */
		node_wake_idle(nd);
		return;
	}
	if (edge_finished(in))
		writer_end(&st->writer);
	if (!flush(nd) || st->blocked || !edge_finished(in))
		return;
	node_finish(nd);
}

static void sink_watch(struct node *nd, struct loop *loop)
{
	struct sink_state *st = nd->state;
	if (st->blocked)
		writer_watch(&st->writer, nd, loop);
	else if (st->writer.kind != WRITER_FILE) /* a silent pipeline ends, too, once its reader has gone */
		loop_offer(loop, st->writer.fd, 0, nd, &st->gone);
}

static void sink_abandon(struct node *nd)
{
	writer_abandon(&((struct sink_state *)nd->state)->writer, nd->pl, nd->stage);
}

static void sink_release(struct node *nd)
{
	writer_close(&((struct sink_state *)nd->state)->writer);
}

const struct node_ops sink_ops = {
	.state_bytes = sizeof(struct sink_state),
	.claim = sink_claim,
	.start = sink_start,
	.run = sink_run,
	.watch = sink_watch,
	.abandon = sink_abandon,
	.release = sink_release,
};

void sink_bind(void *priv, struct bind *b)
{
	struct sink *s = priv;
	sep_bind(b, s->sep);
	s->envelope = stage_envelope(b, s->fd == STDOUT_FILENO);
}

const struct opt_spec sink_opts[] = {
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct sink, sep),
	 .help = "the byte that ends an event (default: newline, with -0 NUL)"},
	{.name = NULL},
};

static void stdout_bind(void *priv, struct bind *b)
{
	((struct sink *)priv)->fd = STDOUT_FILENO;
	sink_bind(priv, b);
}

const struct stage_desc out_stdout = {
	.spec = {
		.name = "stdout",
		.synopsis = "stdout",
		.summary = "write events to standard output",
		.flags = SPEC_SINK,
		.opts = sink_opts,
		.priv_bytes = sizeof(struct sink),
		.bind = stdout_bind,
	},
	.node = &sink_ops,
	.takes_raw = true,
};
