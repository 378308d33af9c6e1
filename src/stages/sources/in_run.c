/* run WORD...: the lines of a command's output; with every=T it is run again at each multiple of T. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/child.h"
#include "engine/core/pipeline.h"
#include "io/process.h"
#include "io/reader.h"
#include "stages/processes/command.h"
#include "stages/sources/files.h"

struct run {
	struct word_list words;
	const char *path;   /* of the program */
	int64_t every_ns;
	struct int_list ok;
	struct slice sep;
};

struct run_state {
	struct child child;
	struct reader reader;
	int fd;             /* the read end of its standard output; -1: closed */
	bool running;       /* started, and not yet both at its end and reaped */
	bool waiting;
	int64_t begun_ns;   /* when the last one started */
	struct lease_book book;
	uint64_t nr;
};

static void run_bind(void *priv, struct bind *b)
{
	struct run *r = priv;
	sep_bind(b, r->sep);
	ok_bind(&r->ok, b);
	if (r->words.n)
		r->path = program_find(b, slice_str(r->words.words[0]));
	bind_set_endless(b, r->every_ns >= 0);
	if (r->every_ns == 0)
		bind_opt_error(b, "every", "the time must be more than 0");
}

/* Starts the command; false where it cannot be started, which is reported. */
static bool begin(struct node *nd)
{
	const struct run *r = nd->priv;
	struct run_state *st = nd->state;
	int ends[2];
	char **argv = mem_zalloc((size_t)(r->words.n + 1) * sizeof *argv);
	memcpy(argv, r->words.words, (size_t)r->words.n * sizeof *argv);
	int err = pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;
	if (!err) {
		/* our end does not block: it is ours alone */
		err = fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0
			? errno : child_start(&st->child, nd, r->path, argv, -1, ends[1], -1);
		close(ends[1]);
		if (err)
			close(ends[0]);
	}
	free(argv);
	if (err) {
		node_error(nd, "cannot run '%s': %s", r->words.words[0], strerror(err));
		return false;
	}
	st->fd = ends[0];
	reader_open(&st->reader, nd, st->fd, r->words.words[0], &st->book, &st->nr, 0);
	st->reader.term = sep_byte(r->sep, '\n');
	st->running = true;
	st->begun_ns = clock_now();
	return true;
}

static bool run_start(struct node *nd)
{
	struct run_state *st = nd->state;
	st->fd = -1;
	lease_book_init(&st->book);
	return begin(nd);
}

static void close_output(struct run_state *st)
{
	if (st->fd < 0)
		return;
	reader_close(&st->reader);
	close(st->fd);
	st->fd = -1;
}

static void report_exit(struct node *nd)
{
	const struct run *r = nd->priv;
	struct run_state *st = nd->state;
	int status = st->child.status;
	if (status == CHILD_LOST)
		node_error(nd, "another process has taken the exit status of '%s'", r->words.words[0]);
	else if (process_is_good(status, r->ok.v, r->ok.n))
		return;
	else if (WIFSIGNALED(status))
		node_error(nd, "'%s' was killed by signal %d (%s)", r->words.words[0], WTERMSIG(status),
			   strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		node_error(nd, "'%s' ended with exit status %d", r->words.words[0], WEXITSTATUS(status));
}

/* The command has ended: what comes next? */
static void after_exit(struct node *nd)
{
	const struct run *r = nd->priv;
	struct run_state *st = nd->state;
	st->running = false;
	report_exit(nd);
	if (r->every_ns < 0) {
		node_finish(nd);
		return;
	}
	int64_t due = st->begun_ns + r->every_ns, now = clock_now();
	while (due <= now)
		due += r->every_ns;
	timer_set(&nd->pl->loop.timers, &nd->timer, due);
}

static void read_output(struct node *nd)
{
	struct run_state *st = nd->state;
	enum reader_result got = st->fd >= 0 ? reader_pass(&st->reader) : READER_CHUNK;
	st->waiting = got == READER_WAIT;
	if (got == READER_FAILED)
		node_error(nd, "cannot read its output: %s", strerror(st->reader.read_errno));
	if (got == READER_FAILED || got == READER_END)
		close_output(st);
}

static void run_run(struct node *nd)
{
	struct run_state *st = nd->state;
	read_output(nd);
	if (st->running && st->fd < 0 && st->child.exited)
		after_exit(nd);
	if (!nd->done && !st->running && !timer_is_set(&nd->timer) && !begin(nd))
		node_finish(nd);
}

static void run_watch(struct node *nd, struct loop *loop)
{
	struct run_state *st = nd->state;
	if (st->fd >= 0 && st->waiting && edge_wanted(nd->out[0]) > 0)
		reader_watch(&st->reader, loop);
}

static void run_stop(struct node *nd)
{
	struct run_state *st = nd->state;
	if (st->fd >= 0)
		reader_stop(&st->reader);
	close_output(st);
	child_signal(&st->child, SIGTERM);
	node_finish(nd);
}

static void run_release(struct node *nd)
{
	struct run_state *st = nd->state;
	close_output(st);
	child_end(&st->child);
}

static void run_release_leases(struct node *nd)
{
	lease_book_release(&((struct run_state *)nd->state)->book);
}

static const struct node_ops run_ops = {
	.state_bytes = sizeof(struct run_state),
	.start = run_start,
	.run = run_run,
	.watch = run_watch,
	.stop = run_stop,
	.release = run_release,
	.release_leases = run_release_leases,
};

static const struct arg_spec run_args[] = {
	{.type = ARG_CONST_COMMAND, .name = "WORD", .offset = offsetof(struct run, words)},
	{.type = ARG_END},
};

static const struct opt_spec run_opts[] = {
	{.name = "every", .type = ARG_DURATION, .offset = offsetof(struct run, every_ns),
	 .help = "run it again and again, this often"},
	{.name = "ok", .type = ARG_LIST, .offset = offsetof(struct run, ok),
	 .help = "exit statuses that are good (default: 0)"},
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct run, sep),
	 .help = "the byte that ends a record of its output (default: newline)"},
	{.name = NULL},
};

const struct stage_desc in_run = {
	.spec = {
		.name = "run",
		.synopsis = "run [every=T] WORD...",
		.summary = "lines of a command's output",
		.flags = SPEC_SOURCE | SPEC_OPTIONS_FIRST | SPEC_CAN_FAIL,
		.args = run_args,
		.opts = run_opts,
		.priv_bytes = sizeof(struct run),
		.bind = run_bind,
	},
	.node = &run_ops,
	.gives_raw = true,
};
