/* Processes between two pipes: see process.h. Knows neither events nor what the process is for. */
#include "config.h"

#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/core/pipeline.h"

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Our ends in p, its own in ends (-1: none). Ours alone do not block. */
static int make_pipes(struct process *p, bool feeds, int ends[2])
{
	int in[2] = {-1, -1}, out[2];
	ends[0] = ends[1] = -1;
	if (pipe2(out, O_CLOEXEC) < 0)
		return errno;
	if (feeds && pipe2(in, O_CLOEXEC) < 0) {
		int err = errno;
		close(out[0]);
		close(out[1]);
		return err;
	}
	ends[0] = in[0];
	ends[1] = out[1];
	p->in = in[1];
	p->out = out[0];
	if (fcntl(p->out, F_SETFL, O_NONBLOCK) < 0 || (p->in >= 0 && fcntl(p->in, F_SETFL, O_NONBLOCK) < 0))
		return errno;
	return 0;
}

int process_start(struct process *p, struct node *nd, const struct process_spec *spec)
{
	int ends[2];
	*p = (struct process){.nd = nd, .in = -1, .out = -1, .waiting = true, .kill_timer = {.owner = nd}};
	int err = make_pipes(p, spec->feeds, ends);
	p->start_ns = clock_now();
	p->start_wall_ns = clock_wall();
	if (!err)
		err = child_start(&p->child, nd, spec->path, spec->argv, ends[0], ends[1], -1);
	close_if_open(&ends[0]);
	close_if_open(&ends[1]);
	if (err) {
		close_if_open(&p->in);
		close_if_open(&p->out);
		return err;
	}
	reader_open_own(&p->reader, nd, p->out, nd->name);
	p->reader.term = spec->out_term;
	if (p->in >= 0)
		writer_open_own(&p->writer, p->in, spec->in_term);
	writer_enclose(&p->writer, spec->envelope, false);
	p->writer.ends_all = spec->ends_all;
	return 0;
}

bool process_is_short(int err)
{
	return err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE;
}

/* ---- its standard input and output ---- */

void process_close_in(struct process *p)
{
	if (p->in < 0)
		return;
	p->fed = p->writer.bytes_written;
	writer_close(&p->writer);
	close_if_open(&p->in);
	p->blocked = false;
}

void process_close_out(struct process *p)
{
	if (p->out >= 0)
		reader_close(&p->reader);
	close_if_open(&p->out);
}

bool process_feed(struct process *p)
{
	if (p->in < 0)
		return true;
	if (p->blocked && !p->writer.ready)
		return false;
	p->writer.ready = 0;
	enum writer_result got = writer_flush(&p->writer);
	p->blocked = got == WRITER_BLOCKED;
	if (got == WRITER_FAILED) {
		p->write_errno = p->writer.error == EPIPE ? 0 : p->writer.error;
		process_close_in(p);
	}
	return !p->blocked;
}

bool process_feed_end(struct process *p)
{
	writer_end(&p->writer);
	if (!process_feed(p))
		return false;
	process_close_in(p);
	return true;
}

enum reader_result process_read(struct process *p, struct chunk **raw)
{
	if (p->waiting && !p->reader.ready)
		return READER_WAIT;
	enum reader_result got = reader_next(&p->reader, raw);
	p->waiting = got == READER_WAIT;
	if (got == READER_FAILED)
		p->read_errno = p->reader.read_errno;
	if (got == READER_END || got == READER_FAILED)
		process_close_out(p);
	return got;
}

void process_watch(struct process *p, struct loop *loop, bool reads)
{
	if (p->blocked)
		writer_watch(&p->writer, p->nd, loop);
	if (p->out >= 0 && p->waiting && reads)
		reader_watch(&p->reader, loop);
}

/* ---- its end ---- */

void process_look(struct process *p)
{
	int bytes = 0;
	if (!p->child.exited || p->last_look)
		return;
	p->last_look = true;
	p->waiting = false;
	if (p->out >= 0 && ioctl(p->out, FIONREAD, &bytes) == 0)
		p->reader.left = (uint64_t)bytes;
}

void process_terminate(struct process *p, int64_t grace_ns)
{
	process_close_in(p);
	process_close_out(p);
	child_signal(&p->child, SIGTERM);
	p->terminated = true;
	timer_set(&p->nd->pl->loop.timers, &p->kill_timer, clock_now() + grace_ns);
	node_wake(p->nd);
}

void process_kill_if_due(struct process *p)
{
	if (p->terminated && !p->child.exited && !timer_is_set(&p->kill_timer))
		child_signal(&p->child, SIGKILL);
}

void process_release(struct process *p)
{
	process_close_in(p);
	process_close_out(p);
	if (p->nd)
		timer_cancel(&p->nd->pl->loop.timers, &p->kill_timer);
}

void process_end(struct process *p)
{
	if (!p->nd)
		return;
	process_release(p);
	child_end(&p->child);
}

bool process_is_good(int status, const int *ok, int n)
{
	if (!WIFEXITED(status))
		return false;
	for (int i = 0; i < n; i++)
		if (ok[i] == WEXITSTATUS(status))
			return true;
	return !n && WEXITSTATUS(status) == 0;
}

bool process_failed_us(const struct process *p, char why[PROCESS_WHY_BYTES])
{
	if (p->write_errno)
		snprintf(why, PROCESS_WHY_BYTES, "cannot write to it: %s", strerror(p->write_errno));
	else if (p->read_errno)
		snprintf(why, PROCESS_WHY_BYTES, "cannot read its output: %s", strerror(p->read_errno));
	return p->write_errno || p->read_errno;
}

void process_why(int status, char why[PROCESS_WHY_BYTES])
{
	if (status == CHILD_LOST)
		snprintf(why, PROCESS_WHY_BYTES, "another process has taken its exit status");
	else if (WIFSIGNALED(status))
		snprintf(why, PROCESS_WHY_BYTES, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(why, PROCESS_WHY_BYTES, "exit status %d", WEXITSTATUS(status));
}
