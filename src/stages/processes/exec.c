/* Processes for events: see exec.h. When and how often each runs is the supervisor's to say; here is what one does: its
 * arguments, what goes in and comes out, and its end. */
#include "config.h"

#include "stages/processes/exec.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "observe/joblog.h"
#include "io/process.h"
#include "stages/sources/files.h"

#define MAX_OUTPUT (1 << 20)

struct exec_state {
	struct supervisor supervisor; /* first */
	struct argv argv;
};

struct exec_job {
	struct supervisor_job job;    /* first */
	struct process process;
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
	ok_bind(&x->ok, b);
	x->envelope = stage_envelope(b, false);
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

/* ---- what goes in and comes out ---- */

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
	if (!out->n) { /* every line of it was too long */
		chunk_free(out);
		return;
	}
	out->ev[out->n - 1].flags = 0; /* a last line without newline is a line */
	for (uint32_t i = 0; out->ncols && i < out->n; i++) {
		struct slice *cells = memset(chunk_cells(out, i), 0, out->ncols * sizeof *cells);
		stage_carry(x->out, in, 0, cells);
		if (x->col_in >= 0)
			cells[x->col_in] = in->ev[0];
	}
	if (out->ncols)
		chunk_share(out, in);
	chunk_inherit(out, in, 0);
	supervisor_give(nd, &ej->job, out);
}

/* Reads as much as there is and may be put out now. */
static void read_output(struct node *nd, struct exec_job *ej)
{
	struct process *p = &ej->process;
	struct chunk *raw;
	while (p->out >= 0 && supervisor_room(nd, &ej->job)) {
		enum reader_result got = process_read(p, &raw);
		if (got == READER_WAIT)
			return;
		if (got == READER_CHUNK)
			give_lines(nd, ej, raw);
	}
}

/* Its standard input is the event or batch, and then at its end. */
static void feed(struct exec_job *ej)
{
	process_feed_end(&ej->process);
}

/* ---- beginning ---- */

/* Starts the process; returns the errno of why not. */
static int spawn(struct node *nd, struct exec_job *ej, char *const argv[])
{
	const struct exec *x = nd->priv;
	struct process_spec spec = {
		.path = x->command.path, .argv = argv, .feeds = !x->command.fills || x->with_stdin, .ends_all = true,
		.in_term = sep_byte(x->sep, nd->pl->opt.term), .out_term = sep_byte(x->sep, '\n'),
		.envelope = x->envelope,
	};
	int err = process_start(&ej->process, nd, &spec);
	if (err || !spec.feeds)
		return err;
	writer_add(&ej->process.writer, chunk_view(ej->job.in, 0, ej->job.in->n));
	feed(ej);
	return 0;
}

static bool exec_start(struct node *nd, struct supervisor_job *job)
{
	const struct exec *x = nd->priv;
	struct exec_state *st = nd->state;
	struct exec_job *ej = exec_job(job);
	struct eval *ev = work_eval(pipeline_work(nd->pl, 0, nd->stage, NULL));
	arena_clear(&ev->scratch);
	if (!command_fill(&x->command, ev, job->in, &st->argv)) {
		supervisor_done(nd, job, SUPERVISOR_HOPELESS, ev->error);
		return true;
	}
	int err = spawn(nd, ej, st->argv.v);
	if (!err)
		return true;
	if (process_is_short(err) && st->supervisor.running > 1)
		return false;
	struct str why = {0};
	str_addf(&why, "cannot run '%s': %s", st->argv.v[0], strerror(err));
	supervisor_done(nd, job, process_is_short(err) ? SUPERVISOR_FAILED : SUPERVISOR_HOPELESS, why.p);
	str_release(&why);
	return true;
}

/* ---- the end ---- */

/* Where $code is read, all output has been held until now. */
static void fill_in_code(const struct exec *x, const struct exec_job *ej)
{
	int status = ej->process.child.status;
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (!x->out->cols[x->col_code].used)
		return;
	for (const struct chunk *ck = ej->job.out.head; ck; ck = ck->next)
		for (uint32_t i = 0; i < ck->n; i++)
			chunk_cells(ck, i)[x->col_code] = slice_str(x->codes[code]);
}

static void log_end(const struct node *nd, const struct exec_job *ej)
{
	const struct process *p = &ej->process;
	int status = p->child.status;
	struct joblog_entry e = {
		.stage = nd->name, .number = ej->job.number, .start_ns = p->start_wall_ns,
		.ns = clock_now() - p->start_ns, .status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0, .retries = ej->job.attempt - 1,
		.bytes = p->reader.offset, .event = ej->job.in->ev[0],
	};
	if (nd->pl->joblog)
		joblog_add(nd->pl->joblog, &e);
}

/* It has exited, and all that it put out was taken. */
static void finish(struct node *nd, struct exec_job *ej)
{
	const struct exec *x = nd->priv;
	int status = ej->process.child.status;
	char why[PROCESS_WHY_BYTES];
	process_release(&ej->process);
	log_end(nd, ej);
	fill_in_code(x, ej);
	if (process_failed_us(&ej->process, why)) {
		supervisor_done(nd, &ej->job, SUPERVISOR_FAILED, why);
		return;
	}
	bool good = process_is_good(status, x->ok.v, x->ok.n);
	if (good && !ej->process.reader.too_long) {
		supervisor_done(nd, &ej->job, SUPERVISOR_GOOD, NULL);
		return;
	}
	if (good)
		snprintf(why, sizeof why, "a line of its output is longer than --max-event (%zu bytes)",
			 nd->pl->opt.max_event);
	else
		process_why(status, why);
	supervisor_done(nd, &ej->job, SUPERVISOR_FAILED, why);
}

static void exec_advance(struct node *nd, struct supervisor_job *job)
{
	struct exec_job *ej = exec_job(job);
	feed(ej);
	process_look(&ej->process);
	read_output(nd, ej);
	process_kill_if_due(&ej->process);
	if (process_ended(&ej->process))
		finish(nd, ej);
}

static int64_t grace(const struct node *nd)
{
	const struct exec *x = nd->priv;
	return x->grace_ns >= 0 ? x->grace_ns : PROCESS_GRACE_NS;
}

static void exec_cancel(struct node *nd, struct supervisor_job *job)
{
	process_terminate(&exec_job(job)->process, grace(nd));
}

static void exec_watch(struct node *nd, struct supervisor_job *job, struct loop *loop)
{
	process_watch(&exec_job(job)->process, loop, supervisor_room(nd, job) > 0);
}

static void exec_job_release(struct node *nd, struct supervisor_job *job)
{
	struct exec_job *ej = exec_job(job);
	process_end(&ej->process);
	log_end(nd, ej);
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

static int64_t exec_drained(struct node *nd)
{
	return supervisor_drained(nd, grace(nd));
}

static void exec_awaits(const struct node *nd, struct str *out)
{
	supervisor_awaits(nd, "process", "processes", out);
}

static void exec_explain(const struct node *nd, struct str *out)
{
	jobs_explain(&((const struct exec *)nd->priv)->jobs, nd->pl, 1, out);
}

const struct node_ops exec_ops = {
	.explain = exec_explain,
	.state_bytes = sizeof(struct exec_state),
	.start = exec_node_start,
	.run = supervisor_run,
	.stop = supervisor_stop,
	.drained = exec_drained,
	.awaits = exec_awaits,
	.abandon = supervisor_abandon,
	.winds_up = true,
	.watch = supervisor_watch,
	.release = exec_release,
};
