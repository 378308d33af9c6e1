/* Processes for events: see exec.h. When and how often each runs is the supervisor's to say; here is what one does: its
 * arguments, what goes in and comes out, and its end. */
#include "config.h"

#include "stages/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/child.h"
#include "engine/joblog.h"
#include "engine/lease.h"
#include "engine/reader.h"
#include "engine/writer.h"
#include "stages/files.h"

#define MAX_OUTPUT (1 << 20)
#define GRACE_NS (2 * NS_PER_S)

struct exec_state {
	struct supervisor supervisor; /* first */
	struct argv argv;
};

struct exec_job {
	struct supervisor_job job;    /* first */
	struct child child;
	int in, out;                  /* the other ends of its standard input and output; -1: closed */
	struct writer writer;
	struct reader reader;
	bool blocked;                 /* its standard input takes no more now */
	bool waiting;                 /* nothing to read was there; else its output may have waited for room */
	bool last_look;               /* it has exited: what is in the pipe then is the end of its output */
	int64_t start_ns, start_wall_ns;
	struct timer kill_timer;      /* after SIGTERM */
};

static struct exec_job *exec_job(struct supervisor_job *job)
{
	return (struct exec_job *)job;
}

/* ---- before anything runs ---- */

void exec_bind(void *priv, struct bind *b)
{
	struct exec *x = priv;
	bool batched = bind_batched(b);
	command_bind(&x->command, b);
	jobs_bind(&x->jobs, b);
	sep_bind(b, x->sep);
	for (int i = 0; i < x->ok.n; i++)
		if (x->ok.v[i] < 0 || x->ok.v[i] > 255)
			bind_opt_error(b, "ok", "an exit status is a number from 0 to 255");
	x->out = bind_new_schema(b, SCHEMA_SPLIT, !batched);
	x->col_in = batched ? -1 : bind_add(b, x->out, "in");
	x->col_code = bind_add(b, x->out, "code");
	for (int i = 0; i < 256; i++)
		snprintf(x->codes[i], sizeof x->codes[i], "%u", (unsigned)i & 255);
	bind_set_batched(b, false);
}

int64_t exec_at_once(const struct pipeline *pl, const void *priv)
{
	return jobs_at_once(&((const struct exec *)priv)->jobs, pl, 1);
}

/* ---- its descriptors ---- */

static void close_in(struct exec_job *ej)
{
	if (ej->in < 0)
		return;
	writer_close(&ej->writer);
	close(ej->in);
	ej->in = -1;
	ej->blocked = false;
}

static void close_out(struct exec_job *ej)
{
	if (ej->out < 0)
		return;
	reader_close(&ej->reader);
	close(ej->out);
	ej->out = -1;
}

/* Writes what its standard input takes now. That it has closed it is its own affair. */
static void feed(struct exec_job *ej)
{
	if (ej->in < 0 || (ej->blocked && !ej->writer.ready))
		return;
	ej->writer.ready = 0;
	ej->blocked = writer_flush(&ej->writer) == WRITER_BLOCKED;
	if (!ej->blocked)
		close_in(ej);
}

/* Events of what it has put out, with what follows them by name. */
static void give_lines(struct node *nd, struct exec_job *ej, struct chunk *raw)
{
	const struct exec *x = nd->priv;
	const struct chunk *in = ej->job.in;
	struct chunk *out = supervisor_chunk(nd, &ej->job, stage_ncols(x->out));
	out->term = raw->term;
	while (raw->pos < raw->n)
		chunk_cut(raw, out);
	chunk_free(raw);
	out->ev[out->n - 1].flags = 0; /* a last line without newline is a line */
	for (uint32_t i = 0; out->ncols && i < out->n; i++) {
		struct slice *cells = memset(chunk_cells(out, i), 0, out->ncols * sizeof *cells);
		stage_carry(x->out, in, 0, cells);
		if (x->col_in >= 0)
			cells[x->col_in] = in->ev[0];
	}
	chunk_inherit(out, in, 0);
	supervisor_give(nd, &ej->job, out);
}

/* Reads as much as there is and may be put out now. */
static void read_output(struct node *nd, struct exec_job *ej)
{
	struct chunk *raw;
	if (ej->waiting && !ej->reader.ready)
		return;
	while (ej->out >= 0 && supervisor_room(nd, &ej->job)) {
		enum reader_result got = reader_next(&ej->reader, &raw);
		ej->waiting = got == READER_WAIT;
		if (got == READER_CHUNK)
			give_lines(nd, ej, raw);
		else if (got == READER_WAIT)
			return;
		else
			close_out(ej);
	}
}

/* ---- beginning ---- */

/* Makes the pipes that the command needs; ends[0], ends[1] are the child's (-1: none). */
static int make_pipes(const struct exec *x, struct exec_job *ej, int ends[2])
{
	int in[2] = {-1, -1}, out[2];
	ends[0] = ends[1] = ej->in = ej->out = -1;
	if (pipe2(out, O_CLOEXEC) < 0)
		return errno;
	if ((!x->command.fills || x->with_stdin) && pipe2(in, O_CLOEXEC) < 0) {
		int err = errno;
		close(out[0]);
		close(out[1]);
		return err;
	}
	ends[0] = in[0];
	ends[1] = out[1];
	ej->in = in[1];
	ej->out = out[0];
	fcntl(ej->out, F_SETFL, O_NONBLOCK);
	if (ej->in >= 0)
		fcntl(ej->in, F_SETFL, O_NONBLOCK);
	return 0;
}

/* Starts the process; returns the errno of why not. */
static int spawn(struct node *nd, struct exec_job *ej, char *const argv[])
{
	const struct exec *x = nd->priv;
	int ends[2];
	int err = make_pipes(x, ej, ends);
	if (err)
		return err;
	ej->start_ns = clock_now();
	ej->start_wall_ns = clock_wall();
	err = child_start(&ej->child, nd, x->command.path, argv, ends[0], ends[1], -1);
	close(ends[1]);
	if (ends[0] >= 0)
		close(ends[0]);
	if (!err)
		return 0;
	close(ej->out);
	if (ej->in >= 0)
		close(ej->in);
	ej->in = ej->out = -1;
	return err;
}

/* Opens both ways to a process that was started. */
static void attach(struct node *nd, struct exec_job *ej)
{
	const struct exec *x = nd->priv;
	reader_open_own(&ej->reader, nd, ej->out, nd->name);
	if (x->sep.p)
		ej->reader.term = x->sep.p[0];
	ej->waiting = true;
	ej->last_look = ej->blocked = false;
	if (ej->in < 0)
		return;
	writer_open_own(&ej->writer, ej->in, x->sep.p ? x->sep.p[0] : nd->pl->opt.term);
	ej->writer.ends_all = true;
	writer_add(&ej->writer, chunk_view(ej->job.in, 0, ej->job.in->n));
	feed(ej);
}

/* The system is short of something that other jobs will give back. */
static bool is_short(int err)
{
	return err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE;
}

static bool exec_start(struct node *nd, struct supervisor_job *job)
{
	const struct exec *x = nd->priv;
	struct exec_state *st = nd->state;
	struct exec_job *ej = exec_job(job);
	struct eval *ev = work_eval(pipeline_work(nd->pl, 0, nd->stage, NULL));
	ej->kill_timer.owner = nd;
	arena_clear(&ev->scratch);
	if (!command_fill(&x->command, ev, job->in, &st->argv)) {
		supervisor_done(nd, job, SUPERVISOR_HOPELESS, ev->error);
		return true;
	}
	int err = spawn(nd, ej, st->argv.v);
	if (!err) {
		attach(nd, ej);
		return true;
	}
	if (is_short(err) && st->supervisor.running > 1)
		return false;
	struct str why = {0};
	str_addf(&why, "cannot run '%s': %s", st->argv.v[0], strerror(err));
	supervisor_done(nd, job, is_short(err) ? SUPERVISOR_FAILED : SUPERVISOR_HOPELESS, why.p);
	str_release(&why);
	return true;
}

/* ---- the end ---- */

static bool is_good(const struct exec *x, int status)
{
	if (!WIFEXITED(status))
		return false;
	for (int i = 0; i < x->ok.n; i++)
		if (x->ok.v[i] == WEXITSTATUS(status))
			return true;
	return !x->ok.n && WEXITSTATUS(status) == 0;
}

/* Where $code is read, all output has been held until now. */
static void fill_in_code(const struct exec *x, const struct exec_job *ej)
{
	int status = ej->child.status;
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (!x->out->cols[x->col_code].used)
		return;
	for (const struct chunk *ck = ej->job.out.head; ck; ck = ck->next)
		for (uint32_t i = 0; i < ck->n; i++)
			chunk_cells(ck, i)[x->col_code] = slice_str(x->codes[code]);
}

static void log_end(const struct node *nd, const struct exec_job *ej)
{
	int status = ej->child.status;
	struct joblog_entry e = {
		.stage = nd->name, .number = ej->job.number, .start_ns = ej->start_wall_ns,
		.ns = clock_now() - ej->start_ns, .status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0, .retries = ej->job.attempt - 1,
		.bytes = ej->reader.offset, .event = ej->job.in->ev[0],
	};
	if (nd->pl->joblog)
		joblog_add(nd->pl->joblog, &e);
}

/* It has exited, and all that it put out was taken. */
static void finish(struct node *nd, struct exec_job *ej)
{
	const struct exec *x = nd->priv;
	int status = ej->child.status;
	char why[100];
	close_in(ej);
	timer_cancel(&nd->pl->loop.timers, &ej->kill_timer);
	log_end(nd, ej);
	fill_in_code(x, ej);
	if (is_good(x, status) && !ej->reader.too_long) {
		supervisor_done(nd, &ej->job, SUPERVISOR_GOOD, NULL);
		return;
	}
	if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!is_good(x, status))
		snprintf(why, sizeof why, "exit status %d", WEXITSTATUS(status));
	else
		snprintf(why, sizeof why, "a line of its output is longer than --max-event (%zu bytes)",
			 nd->pl->opt.max_event);
	supervisor_done(nd, &ej->job, SUPERVISOR_FAILED, why);
}

static void kill_if_due(struct exec_job *ej)
{
	if (ej->job.cancelled && !timer_is_set(&ej->kill_timer))
		child_signal(&ej->child, SIGKILL);
}

static void exec_advance(struct node *nd, struct supervisor_job *job)
{
	struct exec_job *ej = exec_job(job);
	feed(ej);
	if (ej->child.exited && !ej->last_look) {
		/* What it left in the background may hold the pipe for ever. */
		int bytes = 0;
		if (ej->out >= 0 && ioctl(ej->out, FIONREAD, &bytes) == 0)
			ej->reader.left = (uint64_t)bytes;
		ej->last_look = true;
		ej->waiting = false;
	}
	if (ej->out >= 0)
		read_output(nd, ej);
	if (!ej->child.exited)
		kill_if_due(ej);
	else if (ej->out < 0)
		finish(nd, ej);
}

static void exec_cancel(struct node *nd, struct supervisor_job *job)
{
	const struct exec *x = nd->priv;
	struct exec_job *ej = exec_job(job);
	close_in(ej);
	close_out(ej);
	child_signal(&ej->child, SIGTERM);
	timer_set(&nd->pl->loop.timers, &ej->kill_timer, clock_now() + (x->grace_ns >= 0 ? x->grace_ns : GRACE_NS));
	node_wake(nd);
}

static void exec_watch(struct node *nd, struct supervisor_job *job, struct loop *loop)
{
	struct exec_job *ej = exec_job(job);
	if (ej->blocked)
		writer_watch(&ej->writer, nd, loop);
	if (ej->out >= 0 && ej->waiting && supervisor_room(nd, job))
		reader_watch(&ej->reader, loop);
}

static void exec_job_release(struct node *nd, struct supervisor_job *job)
{
	struct exec_job *ej = exec_job(job);
	close_in(ej);
	close_out(ej);
	timer_cancel(&nd->pl->loop.timers, &ej->kill_timer);
	child_end(&ej->child);
}

/* ---- the node ---- */

static bool exec_node_start(struct node *nd)
{
	static const struct supervisor_ops ops = {
		.job_bytes = sizeof(struct exec_job), .start = exec_start, .advance = exec_advance, .cancel = exec_cancel,
		.watch = exec_watch, .release = exec_job_release,
	};
	const struct exec *x = nd->priv;
	struct supervisor_policy policy = jobs_policy(&x->jobs, nd->pl, 1);
	policy.whole = x->out->cols[x->col_code].used;
	policy.max_output = x->max_output >= 0 ? x->max_output : MAX_OUTPUT;
	supervisor_init(nd, &ops, &policy);
	return true;
}

static void exec_release(struct node *nd)
{
	struct exec_state *st = nd->state;
	supervisor_release(nd);
	argv_release(&st->argv);
}

const struct node_ops exec_ops = {
	.state_bytes = sizeof(struct exec_state),
	.start = exec_node_start,
	.run = supervisor_run,
	.winds_up = true,
	.watch = supervisor_watch,
	.release = exec_release,
};
