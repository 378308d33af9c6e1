/* Temporary files: see tempfile.h. The list is read by signal handlers: a file is in it from before it exists, as far as
 * they can see, until it has gone. */
#include "config.h"

#include "io/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

struct tempfile {
	struct tempfile *next;
	struct tempfile **link; /* what points to it */
	char *path;
};

static struct tempfile *all;

/* Handlers must not come between what the file system and the list say. */
static void hold_signals(sigset_t *before)
{
	sigset_t set;
	int saved = errno;
	sigfillset(&set);
	pthread_sigmask(SIG_SETMASK, &set, before);
	errno = saved;
}

static void let_signals(const sigset_t *before)
{
	int saved = errno;
	pthread_sigmask(SIG_SETMASK, before, NULL);
	errno = saved;
}

/* A pattern for mkostemp. The name is short enough where that of the file is: it is cut at the end of a character, for file
 * systems that want names in UTF-8. */
static char *pattern(const char *path)
{
	struct str s = {0};
	char *copy = mem_strdup(path);
	str_addf(&s, "%s/", dirname(copy));
	free(copy);
	copy = mem_strdup(path);
	const char *base = basename(copy);
	size_t len = strlen(base), most = 200;
	if (len > most)
		while (most > 0 && ((unsigned char)base[most] & 0xc0) == 0x80)
			most--;
	str_addf(&s, ".%.*s.spile-XXXXXX", (int)most, base);
	free(copy);
	return str_steal(&s);
}

struct tempfile *tempfile_new(const char *path, int *fd)
{
	struct tempfile *t = mem_alloc(sizeof *t);
	sigset_t before;
	*t = (struct tempfile){.path = pattern(path)};
	hold_signals(&before);
	*fd = mkostemp(t->path, O_CLOEXEC | O_APPEND);
	if (*fd >= 0) {
		t->next = all;
		t->link = &all;
		if (all)
			all->link = &t->next;
		all = t;
	}
	let_signals(&before);
	if (*fd >= 0)
		return t;
	int err = errno;
	free(t->path);
	free(t);
	errno = err;
	return NULL;
}

const char *tempfile_path(const struct tempfile *t)
{
	return t->path;
}

static void forget(struct tempfile *t)
{
	int saved = errno;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	free(t->path);
	free(t);
	errno = saved;
}

bool tempfile_take(struct tempfile *t, const char *path)
{
	sigset_t before;
	hold_signals(&before);
	bool good = rename(t->path, path) == 0;
	if (!good) {
		int err = errno;
		unlink(t->path);
		errno = err;
	}
	forget(t);
	let_signals(&before);
	return good;
}

void tempfile_drop(struct tempfile *t)
{
	sigset_t before;
	hold_signals(&before);
	unlink(t->path);
	forget(t);
	let_signals(&before);
}

void tempfile_remove_all(void)
{
	for (const struct tempfile *t = all; t; t = t->next)
		unlink(t->path);
}
