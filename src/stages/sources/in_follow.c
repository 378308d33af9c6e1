/* follow NAME...: the lines of files that grow, as `tail -F` gives them. A name is followed, not a file: when another file
 * has got the name, the old one is read to its end and then the new one.
 *
 *   name ---> open file (the oldest, being read) ---> open file ---> ... ---> what the name stands for now
 *
 * Files are opened when their names are seen to change, with demand or without, and read on demand only. A file that is
 * read to its end is watched; that watch tells once, so that a busy writer does not wake who has no demand. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/core/pipeline.h"
#include "io/reader.h"
#include "io/watch.h"
#include "stages/sources/files.h"

#define POLL_NS NS_PER_S /* where nothing can be watched */
#define MAX_OPEN 16      /* files that had a name and are still to be read */

#define NO_FILE ESPIPE   /* as an errno: a device, a FIFO, a socket */

enum { FROM_START, FROM_END };

struct follow {
	struct word_list names;
	int from;
	int64_t poll_ns;
	struct slice sep;
};

struct opened {
	struct opened *next; /* the file that got the name after it */
	int fd;
	dev_t dev;
	ino_t ino;
	struct reader reader;
	int watch;           /* the id of its news; -1: not watched */
	int told;            /* the errno of the last read, which was told; 0: it was good */
};

struct followed {
	const char *name;
	struct opened *first; /* the oldest; NULL: none */
	int nopen;
	bool idle;            /* the oldest is read to its end, and nothing is known of more */
	int told;             /* the errno that the name was last found with, which was told; 0: it was there */
};

struct follow_state {
	struct followed *names;
	int turn;             /* whose turn it is */
	struct watch watch;
	short ready;          /* the watch's answer to poll */
	bool polling;
	bool names_changed;   /* look at what they stand for */
	bool from_end;        /* what is opened now is read from its end: only at the start */
	struct lease_book book;
	uint64_t nr;
};

static void follow_bind(void *priv, struct bind *b)
{
	const struct follow *f = priv;
	sep_bind(b, f->sep);
	if (f->poll_ns == 0)
		bind_opt_error(b, "poll", "the time must be more than 0");
	for (int i = 0; i < f->names.n; i++)
		if (!strcmp(f->names.words[i], "-"))
			bind_arg_error(b, 0, "standard input is read by `stdin`, and not followed");
}

/* ---- files ---- */

static void open_reader(struct node *nd, struct followed *f, struct opened *o)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	reader_open(&o->reader, nd, o->fd, f->name, &st->book, &st->nr, 0);
	o->reader.growing = true;
	o->reader.term = sep_byte(fo->sep, nd->pl->opt.term);
}

/* Adds the open file to those of the name; owns fd. */
static void add_opened(struct node *nd, struct followed *f, int fd, const struct stat *file)
{
	const struct follow_state *st = nd->state;
	struct opened *o = mem_zalloc(sizeof *o), **end = &f->first;
	*o = (struct opened){.fd = fd, .dev = file->st_dev, .ino = file->st_ino, .watch = -1};
	if (st->from_end)
		lseek(fd, 0, SEEK_END);
	open_reader(nd, f, o);
	while (*end)
		end = &(*end)->next;
	*end = o;
	f->nopen++;
}

/* There is news of a file, or no watch any more: look at it again. It may be followed under several names. False where it
 * is no file's id. */
static bool look_at_file(struct node *nd, int id)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	bool found = false;
	for (int i = 0; i < fo->names.n; i++)
		for (struct opened *o = st->names[i].first; o; o = o->next)
			if (id == WATCH_ALL || o->watch == id) {
				o->watch = -1;
				st->names[i].idle = false;
				found = true;
			}
	return found;
}

/* Closes the oldest file of the name. */
static void close_first(struct node *nd, struct followed *f)
{
	struct follow_state *st = nd->state;
	struct opened *o = f->first;
	if (o->watch >= 0) {
		watch_forget(&st->watch, o->watch);
		look_at_file(nd, o->watch);
	}
	reader_close(&o->reader);
	close(o->fd);
	f->first = o->next;
	f->nopen--;
	f->idle = false;
	st->names_changed = true;
	free(o);
}

/* ---- names ---- */

static void look_for_changes(struct follow_state *st, const struct followed *f)
{
	char *real = realpath(f->name, NULL);
	if (!st->polling && (!watch_names(&st->watch, f->name) || (real && !watch_names(&st->watch, real))))
		st->polling = true;
	free(real);
}

/* The name cannot be followed now; that is told once. A file that is not there may come. */
static void tell_absent(const struct node *nd, struct followed *f, int err)
{
	if (f->told == err)
		return;
	f->told = err;
	if (err != ENOENT)
		node_error(nd, "cannot follow '%s': %s", f->name, err == NO_FILE ? "it is no regular file" : strerror(err));
	else if (!f->first)
		node_note(nd, "'%s' is not there yet", f->name);
}

/* Opens what the name stands for; NULL errno where that is open already. Returns the fd, or -1 with errno. */
static int open_name(const struct followed *f, const struct opened *newest, struct stat *file)
{
	if (stat(f->name, file) < 0)
		return -1;
	errno = 0;
	if (newest && newest->dev == file->st_dev && newest->ino == file->st_ino)
		return -1;
	int fd = open(f->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, file) < 0)
		return fd;
	if (S_ISREG(file->st_mode))
		return fd;
	close(fd);
	errno = S_ISDIR(file->st_mode) ? EISDIR : NO_FILE;
	return -1;
}

/* Sees what the name stands for now. */
static void look_up(struct node *nd, struct followed *f)
{
	struct follow_state *st = nd->state;
	struct opened *newest = f->first;
	struct stat file;
	if (f->nopen >= MAX_OPEN)
		return;
	look_for_changes(st, f); /* before looking, so that nothing slips through between */
	f->idle = false; /* an open file may have lost its last name */
	while (newest && newest->next)
		newest = newest->next;
	int fd = open_name(f, newest, &file);
	if (fd < 0 && errno)
		tell_absent(nd, f, errno == ENOTDIR ? ENOENT : errno);
	else
		f->told = 0;
	if (fd >= 0)
		add_opened(nd, f, fd, &file);
}

static void look_up_all(struct node *nd)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	st->names_changed = false;
	for (int i = 0; i < fo->names.n; i++)
		look_up(nd, &st->names[i]);
}

/* ---- reading ---- */

static bool has_content(const struct opened *o)
{
	struct stat file;
	return o->next || (fstat(o->fd, &file) == 0 && file.st_size > 0);
}

/* True: watched from now on, so read once more before you rely on it. */
static bool begin_watch(struct follow_state *st, struct opened *o)
{
	if (st->polling || o->watch >= 0)
		return false;
	o->watch = watch_file(&st->watch, o->fd);
	st->polling = o->watch < 0;
	return !st->polling;
}

/* Nothing more is in the file now. A file that was replaced is left once the new one has something: until then its writer
 * may not have noticed. True: it is to be read again. */
static bool at_end(struct node *nd, struct followed *f, bool removed)
{
	struct follow_state *st = nd->state;
	struct opened *o = f->first;
	if (o->next ? has_content(o->next) : removed) {
		o->reader.growing = false;
		return true;
	}
	bool again = o->next && begin_watch(st, o->next);
	if (begin_watch(st, o) || again)
		return true;
	f->idle = true;
	reader_shrink(&o->reader);
	return false;
}

/* It has become shorter than what was read of it: what was begun is its last record. */
static void start_anew(struct node *nd, struct followed *f)
{
	struct opened *o = f->first;
	node_note(nd, "'%s' was truncated: reading it from its start", f->name);
	reader_pass_one(&o->reader, true);
	reader_close(&o->reader);
	lseek(o->fd, 0, SEEK_SET);
	open_reader(nd, f, o);
}

static void leave(struct node *nd, struct followed *f)
{
	node_note(nd, f->first->next ? "'%s' was replaced: reading the new file" : "'%s' was removed", f->name);
	close_first(nd, f);
}

/* Its size is less than what was read of it. Files such as those in /proc tell no size, though they have content: nothing is
 * known of how that changes, and what was read of them is all. */
static bool was_truncated(const struct opened *o, const struct stat *file)
{
	char byte;
	if ((uint64_t)file->st_size >= o->reader.offset)
		return false;
	return file->st_size > 0 || pread(o->fd, &byte, 1, 0) <= 0;
}

/* It is left alone until the next look at all files, which polling sees to. */
static void cannot_read(struct node *nd, struct followed *f)
{
	struct follow_state *st = nd->state;
	struct opened *o = f->first;
	if (o->told != o->reader.read_errno)
		node_error(nd, "cannot read '%s': %s", f->name, strerror(o->reader.read_errno));
	o->told = o->reader.read_errno;
	f->idle = true;
	st->polling = true;
}

/* Reads a chunk. False: nothing is there. */
static bool read_file(struct node *nd, struct followed *f)
{
	struct opened *o = f->first;
	struct stat file = {.st_nlink = 1};
	if (!o || f->idle)
		return false;
	if (fstat(o->fd, &file) == 0 && was_truncated(o, &file)) {
		start_anew(nd, f);
		return true;
	}
	enum reader_result got = reader_pass_one(&o->reader, false);
	if (got == READER_FAILED) {
		cannot_read(nd, f);
		return false;
	}
	o->told = 0;
	if (got == READER_WAIT)
		return at_end(nd, f, file.st_nlink == 0);
	if (got == READER_END)
		leave(nd, f);
	return true;
}

/* A chunk of whoever has something next; false where nobody has. */
static bool read_next(struct node *nd)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	for (int k = 0; k < fo->names.n; k++) {
		int i = (st->turn + k) % fo->names.n;
		if (!read_file(nd, &st->names[i]))
			continue;
		st->turn = i + 1;
		return true;
	}
	return false;
}

/* ---- the node ---- */

static void follow_claim(struct node *nd)
{
	const struct follow *fo = nd->priv;
	for (int i = 0; i < fo->names.n; i++)
		claim_name(nd, CLAIM_INPUT, fo->names.words[i], NULL);
}

static bool follow_start(struct node *nd)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	lease_book_init(&st->book);
	st->polling = fo->poll_ns > 0 || !watch_open(&st->watch);
	if (fo->poll_ns > 0)
		st->watch.fd = -1;
	st->names = mem_zalloc((size_t)fo->names.n * sizeof *st->names);
	for (int i = 0; i < fo->names.n; i++)
		st->names[i].name = fo->names.words[i];
	st->from_end = fo->from == FROM_END;
	look_up_all(nd);
	st->from_end = false;
	return true;
}

static void take_news(struct node *nd)
{
	struct follow_state *st = nd->state;
	int id;
	if (!st->ready)
		return;
	st->ready = 0;
	while ((id = watch_next(&st->watch)) != WATCH_NOTHING)
		if (!look_at_file(nd, id) || id == WATCH_ALL)
			st->names_changed = true;
}

/* Where nobody tells: looks at everything, now and after the time set. */
static void poll_files(struct node *nd)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	if (!st->polling || timer_is_set(&nd->timer) || edge_wanted(nd->out[0]) <= 0)
		return;
	look_at_file(nd, WATCH_ALL);
	st->names_changed = true;
	timer_set(&nd->pl->loop.timers, &nd->timer, clock_now() + (fo->poll_ns > 0 ? fo->poll_ns : POLL_NS));
}

/* A line that has only begun stays in its file: nobody knows how it goes on. */
static void close_all(struct node *nd)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	for (int i = 0; i < fo->names.n; i++)
		while (st->names[i].first)
			close_first(nd, &st->names[i]);
}

static void follow_run(struct node *nd)
{
	struct follow_state *st = nd->state;
	if (nd->stopping) {
		close_all(nd);
		node_finish(nd);
		return;
	}
	take_news(nd);
	poll_files(nd);
	if (st->names_changed)
		look_up_all(nd);
	while (edge_wanted(nd->out[0]) > 0 && read_next(nd))
		if (st->names_changed)
			look_up_all(nd);
	if (st->polling && !timer_is_set(&nd->timer) && edge_wanted(nd->out[0]) > 0)
		node_wake(nd); /* a limit was reached just now: set the timer */
}

static void follow_watch(struct node *nd, struct loop *loop)
{
	struct follow_state *st = nd->state;
	if (st->watch.fd >= 0)
		loop_offer(loop, st->watch.fd, POLLIN, nd, &st->ready);
}

/* What files have begun is still passed on, as soon as it is wanted. */
static void follow_stop(struct node *nd)
{
	(void)nd; /* run() is called, and sees that it is stopping */
}

static void follow_release(struct node *nd)
{
	const struct follow *fo = nd->priv;
	struct follow_state *st = nd->state;
	for (int i = 0; st->names && i < fo->names.n; i++)
		while (st->names[i].first)
			close_first(nd, &st->names[i]);
	free(st->names);
	watch_close(&st->watch);
}

static void follow_release_leases(struct node *nd)
{
	lease_book_release(&((struct follow_state *)nd->state)->book);
}

static const struct node_ops follow_ops = {
	.state_bytes = sizeof(struct follow_state),
	.claim = follow_claim,
	.start = follow_start,
	.run = follow_run,
	.watch = follow_watch,
	.stop = follow_stop,
	.release = follow_release,
	.release_leases = follow_release_leases,
};

static const char *const froms[] = {"start", "end", NULL};

static const struct arg_spec follow_args[] = {
	{.type = ARG_FILES, .name = "NAME", .offset = offsetof(struct follow, names)},
	{.type = ARG_END},
};

static const struct opt_spec follow_opts[] = {
	{.name = "from", .type = ARG_CHOICE, .offset = offsetof(struct follow, from), .choices = froms,
	 .help = "start or end: where to begin in files that are there already"},
	{.name = "poll", .type = ARG_DURATION, .offset = offsetof(struct follow, poll_ns),
	 .help = "look for changes this often, instead of being told of them"},
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct follow, sep),
	 .help = "the byte that ends a record (default: newline, with -0 NUL)"},
	{.name = NULL},
};

const struct stage_desc in_follow = {
	.spec = {
		.name = "follow",
		.synopsis = "follow NAME... [from=start|end] [poll=T]",
		.summary = "lines of files that grow, across rotation and truncation",
		.flags = SPEC_SOURCE | SPEC_CAN_FAIL | SPEC_ENDLESS,
		.args = follow_args,
		.opts = follow_opts,
		.priv_bytes = sizeof(struct follow),
		.bind = follow_bind,
	},
	.node = &follow_ops,
	.gives_raw = true,
};
