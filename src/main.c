/* spile: the life cycle of a run, from the command line to the exit status. The only file that exits. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/shown.h"
#include "build.h"
#include "observe/graph.h"
#include "observe/joblog.h"
#include "engine/core/pipeline.h"
#include "observe/progress.h"
#include "engine/core/signals.h"
#include "observe/stats.h"
#include "io/tempfile.h"
#include "observe/trace.h"
#include "help.h"
#include "base/utf8.h"
#include "opts.h"
#include "stages/sources/files.h"
#include "stages/shared/stages.h"

extern const struct stage_desc in_stdin, in_file, out_stdout;

/* All that a run needs, and what has to be freed after it. */
struct run {
	struct opts opts;
	struct str sep, ofs;           /* -F and --ofs, unescaped */
	struct splitter *splitter;
	struct expr_var *vars;
	struct plan *plan;
	struct trace trace;
	struct progress progress;
};

/* ---- options that the language must understand ---- */

static bool read_regex_sep(struct run *r, const char *text)
{
	struct re_error err;
	size_t len = strlen(text);
	struct re *re = re_new(slice_make(text + 1, len - 2), 0, &err);
	if (!re) {
		say("-F %s: %s (at byte %zu)", text, err.message, err.offset);
		return false;
	}
	r->splitter = splitter_new((struct slice){0}, re);
	return true;
}

static bool read_separators(struct run *r)
{
	const char *sep = r->opts.field_sep;
	size_t len = sep ? strlen(sep) : 0;
	r->splitter = splitter_blank();
	if (len > 2 && sep[0] == '/' && sep[len - 1] == '/') {
		if (!read_regex_sep(r, sep))
			return false;
	} else if (sep) {
		if (!opts_unescape(sep, &r->sep)) {
			say("-F %s: wrong escape", sep);
			return false;
		}
		r->splitter = splitter_new(slice_make(r->sep.p, r->sep.len), NULL);
	}
	if (r->opts.ofs && !opts_unescape(r->opts.ofs, &r->ofs)) {
		say("--ofs %s: wrong escape", r->opts.ofs);
		return false;
	}
	uint32_t cp;
	bool one = r->sep.len && utf8_decode(r->sep.p, r->sep.p + r->sep.len, &cp) == r->sep.len;
	if (!r->opts.ofs && one)
		str_add(&r->ofs, r->sep.p, r->sep.len);
	else if (!r->opts.ofs)
		str_addc(&r->ofs, '\t');
	return true;
}

static void read_vars(struct run *r)
{
	r->vars = mem_zalloc((r->opts.nvars + 1) * sizeof *r->vars);
	for (size_t i = 0; i < r->opts.nvars; i++) { /* the last one of a name comes first, and so is found */
		const struct opts_var *v = &r->opts.vars[r->opts.nvars - 1 - i];
		r->vars[i] = (struct expr_var){v->name, slice_str(v->value)};
	}
}

/* ---- the plan ---- */

static void add_ends(struct run *r)
{
	struct plan *plan = r->plan;
	if (!plan->has_source && r->opts.nfiles) {
		struct files *f = plan_add_first(plan, &in_file.spec)->priv;
		f->names = (struct word_list){r->opts.nfiles, r->opts.files};
	} else if (!plan->has_source) {
		plan_add_first(plan, &in_stdin.spec);
	}
	if (!plan->has_sink)
		plan_add_last(plan, &out_stdout.spec);
}

static bool has_blank(struct slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n')
			return true;
	return false;
}

/* Behind the messages of a wrong pipeline: what a shell may have made of a right one. */
static void suspect_shell(const struct opts *o, const struct stage_spec *const *stages, struct slice text)
{
	bool is_stage = false;
	for (; *stages; stages++)
		is_stage = is_stage || slice_eq(text, slice_str((*stages)->name));
	if (o->script || strspn(text.p, " \t\n") == text.len)
		return;
	if (is_stage && o->nfiles)
		say("the pipeline is one argument, here '%s': quote it all", text.p);
	else if (!has_blank(text) && access(text.p, F_OK) == 0)
		say("'%s' is a file: the pipeline comes before it", text.p);
	else if (text.p[text.len - 1] == ' ' && !memchr(text.p, '$', text.len))
		say("between double quotes the shell replaces $1 itself: use single quotes");
}

static bool make_plan(struct run *r)
{
	struct diag diag;
	const struct stage_spec **specs = help_specs();
	struct bind_env env = {
		.stages = specs, .vars = r->vars, .splitter = r->splitter,
		.ofs = slice_make(r->ofs.p ? r->ofs.p : "", r->ofs.len), .has_files = r->opts.nfiles > 0,
		.timeout_ns = r->opts.timeout_ns,
	};
	struct slice text = slice_make(r->opts.pipeline.p ? r->opts.pipeline.p : "", r->opts.pipeline.len);
	diag_init(&diag, r->opts.script ? r->opts.script : "pipeline", text);
	r->plan = plan_new(text, &env, &diag);
	if (r->plan)
		add_ends(r);
	bool failed = diag_failed(&diag);
	if (failed) {
		diag_print(&diag, stderr);
		suspect_shell(&r->opts, specs, text);
	} else if (!r->opts.quiet) {
		diag_print_warnings(&diag, stderr);
	}
	diag_release(&diag);
	free(specs);
	return r->plan && !failed;
}

/* ---- the run ---- */

static bool searches_given_up(const void *pl)
{
	return pipeline_ending(pl);
}

static void *eval_new(const struct pipeline *pl)
{
	struct eval *ev = mem_zalloc(sizeof *ev);
	ev->text_max = pl->opt.max_event;
	ev->re.given_up = searches_given_up;
	ev->re.given_up_arg = pl;
	return ev;
}

static void eval_free(void *ev)
{
	eval_release(ev);
	free(ev);
}

static int processors(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return CPU_COUNT(&set);
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (int)n : 1;
}

/* Workers compute and do not wait: more of them than processors would only take turns, each with a state of its own. */
static int threads(const struct opts *o, int most)
{
	if (o->debug_threads)
		return o->debug_threads;
	return o->threads && o->threads < most ? o->threads : most;
}

static void print_stats(const struct run *r, struct pipeline *pl)
{
	if (!r->opts.stats_file) {
		stats_table(pl, stderr);
		return;
	}
	FILE *f = fopen(r->opts.stats_file, "we");
	if (f)
		stats_json(pl, f);
	if (!f || fclose(f)) {
		say("cannot write '%s': %s", r->opts.stats_file, strerror(errno));
		pl->some_failed = true;
	}
}

static void show_status(struct pipeline *pl, void *arg)
{
	const struct run *r = arg;
	progress_hide(pl);
	if (r->opts.stats)
		print_stats(r, pl);
	else
		progress_print(pl, stderr);
}

/* One run at a time: takes the lock before anything else is opened. It hangs on the open file, so that it ends with the
 * process however that ends; children do not have it, for it is closed when they start. Returns 0, or the exit status. */
static int take_lock(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (fd >= 0 && errno == EWOULDBLOCK) {
		say("another run holds '%s'", name);
		return 3;
	}
	say("cannot lock '%s': %s", name, strerror(errno));
	return 2;
}

static void init_pipeline(struct run *r, struct pipeline *pl)
{
	int nprocessors = processors();
	struct pipeline_options opt = {
		.threads = threads(&r->opts, nprocessors),
		.block_bytes = r->opts.block_bytes,
		.term = r->opts.nul ? '\0' : '\n',
		.max_event = r->opts.max_event,
		.count = r->opts.stats || r->opts.trace,
		.timing = r->opts.stats,
		.status = show_status,
		.status_arg = r,
		.fuse = !r->opts.no_fuse,
		.raw = r->opts.raw,
		.quiet = r->opts.quiet,
		.origins = r->plan->uses_origin,
		.jobs = r->opts.threads,
		.processors = nprocessors,
		.timeout_ns = r->opts.timeout_ns,
		.drain_ns = r->opts.drain_ns,
		.eval_new = eval_new,
		.eval_free = eval_free,
	};
	pipeline_init(pl, &opt, build_count(r->plan));
	r->trace.names = r->opts.trace_stages;
	if (r->opts.trace)
		pl->trace = &r->trace;
	if (r->opts.progress && progress_possible())
		pl->progress = &r->progress;
	build_pipeline(pl, r->plan);
}

static int show_pipeline(struct run *r)
{
	struct pipeline pl;
	init_pipeline(r, &pl);
	if (r->opts.show == OPTS_SHOW_DOT)
		graph_dot(&pl, stdout);
	else
		graph_text(&pl, stdout);
	pipeline_release(&pl);
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	say("cannot write standard output: %s", strerror(errno));
	return 1;
}

static bool open_joblog(const struct run *r, struct pipeline *pl)
{
	if (!r->opts.joblog || (pl->joblog = joblog_open(r->opts.joblog)))
		return true;
	say("cannot open '%s': %s", r->opts.joblog, strerror(errno));
	return false;
}

static void close_joblog(const struct run *r, struct pipeline *pl)
{
	if (!pl->joblog || joblog_close(pl->joblog))
		return;
	say("cannot write '%s': %s", r->opts.joblog, strerror(errno));
	pl->some_failed = true;
}

static int run_pipeline(struct run *r)
{
	struct pipeline pl;
	init_pipeline(r, &pl);
	const char *unknown = trace_unknown(&pl);
	if (unknown) {
		say("--trace: the pipeline has no stage '%s'", unknown);
		pipeline_release(&pl);
		return 2;
	}
	if (!claim_all(&pl, r->opts.joblog, r->opts.stats_file) || !open_joblog(r, &pl)) {
		pipeline_release(&pl);
		return 2;
	}
	if ((pl.loop.signal_fd = signals_catch()) < 0) {
		say("cannot make a pipe: %s", strerror(errno));
		pipeline_release(&pl);
		close_joblog(r, &pl);
		return 1;
	}
	pipeline_run(&pl);
	if (r->opts.stats)
		print_stats(r, &pl);
	int sig = pl.stopped_by ? pl.stopped_by : pl.sigpipe ? SIGPIPE : 0;
	/* What the kernel could not store may only show when the descriptor is closed. */
	if (close(STDOUT_FILENO) < 0 && errno != EBADF && !pl.some_failed) {
		say("cannot write standard output: %s", strerror(errno));
		pl.some_failed = true;
	}
	if (pl.timed_out && !r->opts.quiet)
		say("the time is up (--timeout)");
	bool nothing = r->opts.exit_status && !pipeline_gave(&pl);
	pipeline_release(&pl); /* which waits for children: their ends are logged, too */
	close_joblog(r, &pl);
	int status = pl.timed_out ? 4 : pl.some_failed || nothing;
	if (sig) /* death by a signal is death by that signal */
		signals_die_of(sig);
	return status;
}

static void run_release(struct run *r)
{
	plan_free(r->plan);
	free(r->vars);
	splitter_free(r->splitter);
	str_release(&r->sep);
	str_release(&r->ofs);
	opts_release(&r->opts);
}

static int run_command(struct run *r)
{
	switch (r->opts.what) {
	case OPTS_HELP: return help_command();
	case OPTS_HELP_SHORT: return help_short();
	case OPTS_HELP_STAGE: return help_stage(r->opts.help_stage);
	case OPTS_LIST: return help_list();
	case OPTS_VERSION: return help_version();
	case OPTS_RUN: break;
	}
	read_vars(r);
	if (!read_separators(r) || !make_plan(r))
		return 2;
	if (r->opts.check)
		return 0;
	if (r->opts.show)
		return show_pipeline(r);
	int status = r->opts.lock ? take_lock(r->opts.lock) : 0;
	return status ? status : run_pipeline(r);
}

/* A descriptor 0, 1 or 2 that is closed must not become a file of ours. It is opened the wrong way round, so that using it
 * fails as it would have. */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	struct run r = {0};
	mem_init(tempfile_remove_all);
	signals_init();
	fill_standard_descriptors();
	int status = opts_read(&r.opts, argc, argv) ? run_command(&r) : 2;
	run_release(&r);
	return status;
}
