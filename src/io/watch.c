/* Watching files: see watch.h. The only file that knows inotify. */
#include "config.h"

#include "io/watch.h"

#ifdef HAVE_SYS_INOTIFY_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"

#define NAMES (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

bool watch_open(struct watch *w)
{
	w->len = w->at = 0;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return w->fd >= 0;
}

void watch_close(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

int watch_file(struct watch *w, int fd)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* by its name it might be another one by now */
	return inotify_add_watch(w->fd, path, IN_MODIFY | IN_ONESHOT);
}

void watch_forget(struct watch *w, int id)
{
	inotify_rm_watch(w->fd, id);
}

/* Watches the nearest directory above path, which is overwritten. Returns the length of its name; -1 with errno. */
static long watch_nearest(struct watch *w, char *path)
{
	for (;;) {
		char *slash = strrchr(path, '/');
		if (slash == path)
			slash++; /* the root */
		*(slash ? slash : path) = '\0';
		if (inotify_add_watch(w->fd, *path ? path : ".", NAMES) >= 0)
			return (long)strlen(path);
		if ((errno != ENOENT && errno != ENOTDIR) || !*path || !strcmp(path, "/"))
			return -1;
	}
}

bool watch_names(struct watch *w, const char *path)
{
	char *dir = mem_alloc(strlen(path) + 1);
	long before, length = -1;
	do { /* a directory that was made below the one that is watched, before it was, is not told of: look again */
		before = length;
		length = watch_nearest(w, strcpy(dir, path));
	} while (length >= 0 && length != before);
	free(dir);
	return length >= 0;
}

int watch_next(struct watch *w)
{
	for (;;) {
		if (w->at == w->len) {
			ssize_t n = read(w->fd, w->buffer, sizeof w->buffer);
			w->at = 0;
			w->len = n > 0 ? (size_t)n : 0;
			if (n <= 0)
				return WATCH_NOTHING;
		}
		const struct inotify_event *e = (const void *)(w->buffer + w->at);
		w->at += sizeof *e + e->len;
		if (e->mask & IN_Q_OVERFLOW)
			return WATCH_ALL;
		if (!(e->mask & IN_IGNORED)) /* the watch has gone, as was told before or asked for */
			return e->wd;
	}
}

#else

bool watch_open(struct watch *w)
{
	w->fd = -1;
	return false;
}

void watch_close(struct watch *w)
{
	(void)w;
}

int watch_file(struct watch *w, int fd)
{
	(void)w;
	(void)fd;
	return -1;
}

void watch_forget(struct watch *w, int id)
{
	(void)w;
	(void)id;
}

bool watch_names(struct watch *w, const char *path)
{
	(void)w;
	(void)path;
	return false;
}

int watch_next(struct watch *w)
{
	(void)w;
	return WATCH_NOTHING;
}

#endif
