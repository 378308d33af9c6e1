/* One file that events are written to: see output.h. `write` makes a new file beside the old one and renames it at the end;
 * what is no regular file (a device, a FIFO) is written in place. */
#include "config.h"

#include "stages/sinks/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "engine/core/pipeline.h"

struct output *output_new(const char *name, size_t len)
{
	struct output *op = mem_zalloc(sizeof *op);
	op->name = mem_strndup(name, len);
	op->fd = -1;
	return op;
}

void output_free(struct output *op)
{
	chunk_free(op->held);
	free(op->name);
	free(op->target);
	free(op->why);
	free(op);
}

/* ---- failing ---- */

/* No use any more. Where only some events are for it, these fail one by one; else the stage does. */
static void fail(struct node *nd, struct output *op, const char *why)
{
	op->broken = true;
	if (op->constant)
		node_error(nd, "%s", why);
	else
		op->why = mem_strdup(why);
}

static void fail_to(struct node *nd, struct output *op, const char *doing, int err)
{
	struct str s = {0};
	str_addf(&s, "cannot %s '%s': %s", doing, op->name, strerror(err));
	fail(nd, op, s.p);
	str_release(&s);
}

void output_fail(struct node *nd, struct output *op, int err)
{
	fail_to(nd, op, "open", err);
}

/* Events that it had taken are lost. That a reader has gone ends this output and no other. */
static void fail_to_write(struct node *nd, struct output *op, int err)
{
	struct str s = {0};
	if (op->broken)
		return;
	str_addf(&s, "cannot write '%s': %s", op->name, strerror(err));
	if (err == EPIPE)
		node_complain(nd, "%s", s.p);
	else
		node_error(nd, "%s", s.p);
	op->broken = true;
	op->why = op->constant ? NULL : mem_strdup(s.p);
	str_release(&s);
}

/* ---- opening ---- */

/* The new file gets the owner and the permissions of the one that it replaces, or what creating it would have given. NULL,
 * or what failed with errno. */
static const char *set_owner_and_mode(int fd, const struct stat *old)
{
	struct stat made;
	mode_t mask = umask(0);
	umask(mask);
	if (old && fstat(fd, &made) < 0)
		return "keep the owner of";
	bool other_user = old && old->st_uid != made.st_uid, other_group = old && old->st_gid != made.st_gid;
	if ((other_user || other_group) &&
	    fchown(fd, other_user ? old->st_uid : (uid_t)-1, other_group ? old->st_gid : (gid_t)-1) < 0)
		return "keep the owner of";
	/* Not the set-id bits: they were given to another content. */
	if (fchmod(fd, old ? old->st_mode & 0777 : 0666 & ~mask) < 0)
		return old ? "keep the mode of" : "set the mode of";
	return NULL;
}

/* Claims the file. Returns what is left to say of it: OUTPUT_OPEN where all is well. */
static enum output_result claim(struct node *nd, struct output *op, int fd)
{
	struct claim c = {
		.role = op->replace ? CLAIM_REPLACE : CLAIM_ADD, .stage = nd->name, .node = nd, .holder = op,
		.name = op->name, .fd = fd,
	};
	if (op->claimed)
		return OUTPUT_OPEN;
	op->claimed = true;
	const struct claim *other = claim_file(&nd->pl->claims, &c, &op->claim);
	if (!other)
		return OUTPUT_OPEN;
	if (other->node == nd) {
		op->same = other->holder;
		return OUTPUT_SAME;
	}
	struct str why = {0};
	claim_refused(&c, other, &why);
	fail(nd, op, why.p);
	str_release(&why);
	return OUTPUT_BROKEN;
}

static enum output_result make_new(struct node *nd, struct output *op, const struct stat *old, int *fd)
{
	enum output_result got = claim(nd, op, -1);
	if (got != OUTPUT_OPEN)
		return got;
	op->temp = tempfile_new(op->target, fd);
	const char *failed = op->temp ? set_owner_and_mode(*fd, old) : NULL;
	if (!failed)
		return OUTPUT_OPEN;
	fail_to(nd, op, failed, errno);
	close(*fd);
	tempfile_drop(op->temp);
	op->temp = NULL;
	return OUTPUT_BROKEN;
}

/* The first opening of what replaces a file. *fd < 0: errno says why. */
static enum output_result open_new(struct node *nd, struct output *op, int *fd)
{
	struct stat st;
	if (!op->target && !(op->target = claim_resolve(op->name)))
		return OUTPUT_OPEN;
	bool there = stat(op->target, &st) == 0;
	if (there && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return OUTPUT_OPEN;
	}
	if (there && access(op->target, W_OK) < 0)
		return OUTPUT_OPEN;
	if (!there || S_ISREG(st.st_mode))
		return make_new(nd, op, there ? &st : NULL, fd);
	*fd = open(op->target, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return OUTPUT_OPEN;
}

static enum output_result open_to_add(struct node *nd, struct output *op, int *fd)
{
	*fd = open(op->name, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0666);
	enum output_result got = *fd >= 0 ? claim(nd, op, *fd) : OUTPUT_OPEN;
	if (got != OUTPUT_OPEN)
		close(*fd);
	return got;
}

/* A file that grows has its header already, unless it is empty. */
static bool has_begun(const struct output *op)
{
	struct stat st;
	if (op->begun || op->replace || !op->envelope || op->envelope->always)
		return op->begun;
	return fstat(op->fd, &st) == 0 && st.st_size > 0;
}

static bool is_fifo(const char *name)
{
	struct stat st;
	return stat(name, &st) == 0 && S_ISFIFO(st.st_mode);
}

enum output_result output_open(struct node *nd, struct output *op, char term)
{
	int fd = -1;
	enum output_result got = OUTPUT_OPEN;
	if (op->temp)
		fd = open(tempfile_path(op->temp), O_WRONLY | O_APPEND | O_CLOEXEC);
	else
		got = op->replace ? open_new(nd, op, &fd) : open_to_add(nd, op, &fd);
	if (got != OUTPUT_OPEN)
		return got;
	if (fd >= 0) {
		op->fd = fd;
		writer_open(&op->writer, fd, term);
		writer_enclose(&op->writer, op->envelope, has_begun(op));
		return OUTPUT_OPEN;
	}
	int err = errno;
	if (err == EMFILE || err == ENFILE)
		return OUTPUT_SHORT;
	op->unread = err == ENXIO && is_fifo(op->name);
	if (op->unread)
		return OUTPUT_UNREAD;
	output_fail(nd, op, err);
	return OUTPUT_BROKEN;
}

/* ---- writing, closing ---- */

void output_close(struct node *nd, struct output *op)
{
	if (op->fd < 0)
		return;
	op->begun = op->writer.begun;
	writer_close(&op->writer);
	if (close(op->fd) < 0)
		fail_to_write(nd, op, errno);
	op->fd = -1;
	op->blocked = false;
}

bool output_flush(struct node *nd, struct output *op)
{
	if (op->fd < 0)
		return true;
	op->writer.ends_all = op->claim && op->claim->shared; /* what others add must not join an unfinished record */
	enum writer_result got = writer_flush(&op->writer);
	op->blocked = got == WRITER_BLOCKED;
	if (got == WRITER_FAILED) {
		fail_to_write(nd, op, op->writer.error);
		output_close(nd, op);
	}
	return !op->blocked;
}

void output_commit(struct node *nd, struct output *op, bool good)
{
	if (!op->temp)
		return;
	if (!good || op->broken)
		tempfile_drop(op->temp);
	else if (!tempfile_take(op->temp, op->target))
		node_error(nd, "cannot replace '%s': %s", op->name, strerror(errno));
	op->temp = NULL;
}
