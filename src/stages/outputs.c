/* Files that events are written to: see outputs.h. `write` makes a new file beside the old one and renames it at the end;
 * what is no regular file (a device, a FIFO) is written in place. */
#include "config.h"

#include "stages/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/pipeline.h"
#include "engine/report.h"
#include "engine/tempfile.h"

#define REOPEN_NS (20 * NS_PER_MS) /* a FIFO that nobody reads yet is tried again */

void outputs_bind(void *priv, struct bind *b)
{
	struct outputs *o = priv;
	struct value v;
	sep_bind(b, o->sep);
	o->constant = o->name && expr_is_const(o->name, &v);
	if (!o->constant)
		return;
	o->fixed = value_text(&v, bind_arena(b));
	if (!o->fixed.len)
		bind_arg_error(b, 0, "the name is empty");
}

/* ---- opening ---- */

/* The new file gets the mode of the one it replaces, or what creating it would have given. */
static void set_mode(int fd, const struct stat *old)
{
	mode_t mask = umask(0);
	umask(mask);
	(void)!fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~mask);
}

/* The path without links that stands for the name: all of it where it is there, else that of its folder and the name.
 * NULL with errno. */
static char *resolve(const char *name)
{
	char *real = realpath(name, NULL);
	size_t len = strlen(name);
	if (real)
		return real;
	if (errno != ENOENT || name[len - 1] == '/')
		return NULL;
	char *copy = mem_strdup(name);
	char *folder = realpath(dirname(copy), NULL);
	free(copy);
	if (!folder)
		return NULL;
	struct str s = {0};
	copy = mem_strdup(name);
	str_addf(&s, "%s/%s", strcmp(folder, "/") ? folder : "", basename(copy));
	free(copy);
	free(folder);
	return str_steal(&s);
}

/* False where the same file is made anew under another name, by another stage or by another copy of this one: whichever
 * took the name last would do away with what the others have written. */
static bool claim(struct node *nd, struct output *op)
{
	struct pipeline *pl = nd->pl;
	struct outputs_state *first = NULL; /* keeps the claims of all */
	struct slice target = slice_str(op->target);
	uint32_t where;
	for (size_t i = 0; !first; i++)
		if (pl->nodes[i]->ops == &outputs_ops)
			first = pl->nodes[i]->state;
	if (!first->claims.stride)
		keyed_init(&first->claims, sizeof(struct output *));
	keyed_find(&first->claims, &target, 1, &where);
	struct output **owner = keyed_value(&first->claims, where);
	if (!*owner)
		*owner = op;
	return *owner == op;
}

/* First opening of `write`. */
static int open_new(struct node *nd, struct output *op)
{
	struct stat st;
	if (!op->target && !(op->target = resolve(op->name)))
		return -1;
	bool there = stat(op->target, &st) == 0;
	if (there && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (there && access(op->target, W_OK) < 0)
		return -1;
	if (there && !S_ISREG(st.st_mode))
		return open(op->target, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (!claim(nd, op)) {
		errno = EBUSY;
		return -1;
	}
	int fd = -1;
	op->temp = tempfile_new(op->target, &fd);
	if (fd >= 0)
		set_mode(fd, there ? &st : NULL);
	return fd;
}

static int open_output(struct node *nd, struct output *op)
{
	const struct outputs *o = nd->priv;
	if (op->temp)
		return open(tempfile_path(op->temp), O_WRONLY | O_APPEND | O_CLOEXEC);
	if (o->replace)
		return open_new(nd, op);
	return open(op->name, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0666);
}

/* ---- closing ---- */

static void break_output(struct node *nd, struct output *op, const char *doing, int err)
{
	if (err != EPIPE)
		node_error(nd, "cannot %s '%s': %s", doing, op->name,
			   err == EBUSY ? "another stage, or another copy of this one, writes it" : strerror(err));
	nd->pl->some_failed = true;
	op->broken = true;
}

static void close_output(struct node *nd, struct output *op)
{
	struct outputs_state *st = nd->state;
	if (op->fd < 0)
		return;
	writer_close(&op->writer);
	if (close(op->fd) < 0 && !op->broken)
		break_output(nd, op, "write", errno);
	op->fd = -1;
	st->nopen--;
}

/* False where the descriptor takes no more now; the node waits for it. */
static bool flush_output(struct node *nd, struct output *op)
{
	struct outputs_state *st = nd->state;
	if (op->fd < 0)
		return true;
	enum writer_result got = writer_flush(&op->writer);
	if (got == WRITER_BLOCKED) {
		st->stuck = op;
		return false;
	}
	if (got == WRITER_FAILED) {
		break_output(nd, op, "write", op->writer.error);
		close_output(nd, op);
	}
	return true;
}

/* Closes the output that has not been used for longest; false where it cannot take what waits for it. */
static bool close_oldest(struct node *nd)
{
	struct outputs_state *st = nd->state;
	struct output *oldest = NULL;
	for (size_t i = 0; i < st->n; i++)
		if (st->all[i]->fd >= 0 && (!oldest || st->all[i]->used < oldest->used))
			oldest = st->all[i];
	if (!flush_output(nd, oldest))
		return false;
	close_output(nd, oldest);
	return true;
}

/* Opens it if need be. False: not now (the node will be woken). */
static bool ready_output(struct node *nd, struct output *op)
{
	const struct outputs *o = nd->priv;
	struct outputs_state *st = nd->state;
	op->used = ++st->clock;
	if (op->fd >= 0 || op->broken)
		return true;
	if (st->nopen >= OUTPUTS_OPEN && !close_oldest(nd))
		return false;
	int fd = open_output(nd, op);
	while (fd < 0 && (errno == EMFILE || errno == ENFILE) && st->nopen > 0) {
		if (!close_oldest(nd))
			return false;
		fd = open_output(nd, op);
	}
	if (fd < 0 && errno == ENXIO) {
		timer_set(&nd->pl->loop.timers, &nd->timer, clock_now() + REOPEN_NS);
		return false;
	}
	if (fd < 0) {
		break_output(nd, op, "open", errno);
		return true;
	}
	op->fd = fd;
	st->nopen++;
	writer_open(&op->writer, fd, sep_byte(o->sep, nd->pl->opt.term));
	return true;
}

/* ---- names ---- */

static struct output *find_output(struct outputs_state *st, struct slice name)
{
	uint32_t where;
	keyed_find(&st->names, &name, 1, &where);
	struct output **slot = keyed_value(&st->names, where);
	if (*slot)
		return *slot;
	struct output *op = mem_zalloc(sizeof *op);
	op->name = mem_strndup(name.p, name.len);
	op->fd = -1;
	*slot = op;
	st->all = mem_grow(st->all, st->n + 1, &st->cap, sizeof(struct output *));
	st->all[st->n++] = op;
	return op;
}

/* The name for event i, in scratch memory until the next one; false where the event fails, which is reported. */
static bool name_of(struct node *nd, const struct chunk *ck, uint32_t i, struct slice *name)
{
	const struct outputs *o = nd->priv;
	*name = o->fixed;
	if (o->constant)
		return true;
	struct chunk *failed = chunk_new(&nd->pl->blocks, 0, 0);
	struct work *w = pipeline_work(nd->pl, 0, nd->stage, failed);
	struct eval *ev = work_eval(w);
	arena_clear(&ev->scratch);
	struct event e = stage_event(ck, i, ev);
	bool good = expr_file_name(o->name, ev, &e, name);
	if (!good)
		work_fail(w, e.whole, ev->error);
	report_failures(nd->pl, failed);
	chunk_free(failed);
	return good;
}

/* ---- running ---- */

/* Hands events [ck->pos, end) to the output. */
static bool put(struct node *nd, struct output *op, uint32_t end)
{
	struct outputs_state *st = nd->state;
	struct chunk *ck = st->ck;
	if (!ready_output(nd, op))
		return false;
	if (op->fd >= 0 && writer_full(&op->writer) && !flush_output(nd, op))
		return false;
	uint32_t n = end - ck->pos;
	if (op->fd >= 0)
		writer_add(&op->writer, chunk_view(ck, ck->pos, n));
	nd->pl->stages[nd->stage].counts.used += op->broken ? 0 : n;
	nd->pl->stages[nd->stage].counts.failed += op->broken ? n : 0;
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
		else if (!put(nd, find_output(st, name), o->constant ? ck->n : ck->pos + 1))
			return false;
	}
	return true;
}

static bool flush_all(struct node *nd)
{
	struct outputs_state *st = nd->state;
	for (size_t i = 0; i < st->n; i++)
		if (!flush_output(nd, st->all[i]))
			return false;
	return true;
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
	return o->constant && st->n && st->all[0]->broken;
}

static void outputs_run(struct node *nd)
{
	struct outputs_state *st = nd->state;
	struct edge *in = nd->in[0];
	bool gathered = false;
	st->stuck = NULL;
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
	if (!flush_all(nd) || !edge_finished(in))
		return;
	for (size_t i = 0; i < st->n; i++)
		close_output(nd, st->all[i]);
	node_finish(nd);
}

static bool outputs_start(struct node *nd)
{
	const struct outputs *o = nd->priv;
	struct outputs_state *st = nd->state;
	keyed_init(&st->names, sizeof(struct output *));
	if (!o->constant)
		return true;
	/* The file is there even if no event comes; and a name that cannot be opened ends the run before any work. */
	struct output *op = find_output(st, o->fixed);
	ready_output(nd, op);
	return !op->broken;
}

static void outputs_watch(struct node *nd, struct loop *loop)
{
	struct outputs_state *st = nd->state;
	if (st->stuck)
		writer_watch(&st->stuck->writer, nd, loop);
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
		fprintf(stderr, "spile: %s: '%s' is not replaced: %s ended the run\n", nd->name, name,
			pipeline_cut_by(nd->pl));
	else if (n)
		fprintf(stderr, "spile: %s: %zu files are not replaced: %s ended the run\n", nd->name, n,
			pipeline_cut_by(nd->pl));
}

/* The end of the run: new files take their names, or go. */
static void outputs_commit(struct node *nd, bool good)
{
	struct outputs_state *st = nd->state;
	if (!good && pipeline_cut_by(nd->pl))
		tell_cut_short(nd);
	for (size_t i = 0; i < st->n; i++) {
		struct output *op = st->all[i];
		close_output(nd, op);
		if (!op->temp)
			continue;
		if (!good || op->broken)
			tempfile_drop(op->temp);
		else if (!tempfile_take(op->temp, op->target))
			node_error(nd, "cannot replace '%s': %s", op->name, strerror(errno));
		op->temp = NULL;
	}
}

static void outputs_release(struct node *nd)
{
	struct outputs_state *st = nd->state;
	outputs_commit(nd, false);
	chunk_free(st->ck);
	for (size_t i = 0; i < st->n; i++) {
		free(st->all[i]->name);
		free(st->all[i]->target);
		free(st->all[i]);
	}
	free(st->all);
	keyed_release(&st->names);
	keyed_release(&st->claims);
}

const struct node_ops outputs_ops = {
	.state_bytes = sizeof(struct outputs_state),
	.start = outputs_start,
	.run = outputs_run,
	.watch = outputs_watch,
	.commit = outputs_commit,
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
