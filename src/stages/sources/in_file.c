/* file NAME...: the lines of files, in order. A file that cannot be opened or read is reported, the others are read. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/pipeline.h"
#include "stages/sources/files.h"

void sep_bind(struct bind *b, struct slice sep)
{
	if (sep.p && sep.len != 1)
		bind_opt_error(b, "sep", "'sep=' takes a string of one byte");
}

void files_bind(void *priv, struct bind *b)
{
	sep_bind(b, ((const struct files *)priv)->sep);
}

static bool is_stdin(const char *name)
{
	return !strcmp(name, "-");
}

/* Opens the next file that can be opened; false when there is none left. */
static bool open_next(struct node *nd)
{
	const struct files *f = nd->priv;
	struct files_state *st = nd->state;
	int n = f->names.n ? f->names.n : 1;
	while (st->next < n) {
		const char *name = f->names.n ? f->names.words[st->next] : "-";
		st->next++;
		int fd = is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0) {
			node_error(nd, "cannot open '%s': %s", name, strerror(errno));
			continue;
		}
		reader_open(&st->reader, nd, fd, name, &st->book, &st->nr,
			    READER_DECOMPRESS | (nd->out[0]->loads ? READER_SPANS : 0));
		st->fd = fd;
		st->reader.term = sep_byte(f->sep, nd->pl->opt.term);
		st->open = true;
		return true;
	}
	return false;
}

static void close_file(struct files_state *st)
{
	if (!st->open)
		return;
	reader_close(&st->reader);
	if (st->fd > STDERR_FILENO)
		close(st->fd);
	st->open = false;
}

/* Bytes that there are to read, or -1: a pipe or a terminal does not tell. */
static int64_t size_of(const char *name)
{
	struct stat st;
	off_t at = 0;
	if ((is_stdin(name) ? fstat(STDIN_FILENO, &st) : stat(name, &st)) < 0)
		return 0; /* will be reported when it is to be read */
	if (!S_ISREG(st.st_mode))
		return -1;
	if (is_stdin(name))
		at = lseek(STDIN_FILENO, 0, SEEK_CUR);
	return st.st_size > at ? st.st_size - at : 0;
}

static int64_t size_of_all(const struct files *f)
{
	int64_t sum = 0;
	for (int i = 0; i < (f->names.n ? f->names.n : 1); i++) {
		int64_t n = size_of(f->names.n ? f->names.words[i] : "-");
		if (n < 0)
			return -1;
		sum += n;
	}
	return sum;
}

static void files_claim(struct node *nd)
{
	const struct files *f = nd->priv;
	for (int i = 0; i < (f->names.n ? f->names.n : 1); i++)
		if (!f->names.n || is_stdin(f->names.words[i]))
			claim_stream(nd, STDIN_FILENO);
		else
			claim_name(nd, CLAIM_INPUT, f->names.words[i], NULL);
}

static bool files_start(struct node *nd)
{
	struct files_state *st = nd->state;
	lease_book_init(&st->book);
	st->total_bytes = nd->pl->progress ? size_of_all(nd->priv) : -1;
	return true;
}

static void end_of_file(struct node *nd, enum reader_result got)
{
	struct files_state *st = nd->state;
	const char *name = is_stdin(st->reader.name) ? "standard input" : st->reader.name;
	if (got == READER_FAILED)
		node_error(nd, "cannot read '%s': %s", name, reader_why(&st->reader));
	close_file(st);
}

static void files_run(struct node *nd)
{
	struct files_state *st = nd->state;
	st->waiting = false;
	while (edge_wanted(nd->out[0]) > 0) {
		if (nd->stopping || (!st->open && !open_next(nd))) {
			close_file(st);
			node_finish(nd);
			return;
		}
		enum reader_result got = reader_pass(&st->reader);
		st->waiting = got == READER_WAIT;
		if (st->waiting)
			return;
		if (got != READER_CHUNK)
			end_of_file(nd, got);
	}
}

static void files_watch(struct node *nd, struct loop *loop)
{
	struct files_state *st = nd->state;
	if (st->open && st->waiting && edge_wanted(nd->out[0]) > 0)
		reader_watch(&st->reader, loop);
}

static void files_stop(struct node *nd)
{
	struct files_state *st = nd->state;
	if (st->open)
		reader_stop(&st->reader);
	close_file(st);
	node_finish(nd);
}

static void files_release(struct node *nd)
{
	close_file(nd->state);
}

static void files_release_leases(struct node *nd)
{
	lease_book_release(&((struct files_state *)nd->state)->book);
}

static double files_read_share(const struct node *nd)
{
	const struct files_state *st = nd->state;
	if (st->total_bytes < 0)
		return -1;
	return st->total_bytes ? (double)nd->read.bytes / (double)st->total_bytes : 1;
}

const struct node_ops files_ops = {
	.read_share = files_read_share,
	.state_bytes = sizeof(struct files_state),
	.claim = files_claim,
	.start = files_start,
	.run = files_run,
	.watch = files_watch,
	.stop = files_stop,
	.release = files_release,
	.release_leases = files_release_leases,
};

const struct opt_spec files_opts[] = {
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct files, sep),
	 .help = "the byte that ends a record (default: newline, with -0 NUL)"},
	{.name = NULL},
};

static const struct arg_spec file_args[] = {
	{.type = ARG_FILES, .name = "NAME", .offset = offsetof(struct files, names)},
	{.type = ARG_END},
};

const struct stage_desc in_file = {
	.spec = {
		.name = "file",
		.synopsis = "file NAME...",
		.summary = "lines of files, in order",
		.flags = SPEC_SOURCE | SPEC_CAN_FAIL,
		.args = file_args,
		.opts = files_opts,
		.priv_bytes = sizeof(struct files),
		.bind = files_bind,
	},
	.node = &files_ops,
	.gives_raw = true,
};
