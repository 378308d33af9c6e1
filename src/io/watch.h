/* Being told by the system that files change: inotify. Where there is none, or its limits are reached, nothing can be
 * watched, and whoever wanted to looks for himself. */
#ifndef IO_WATCH_H
#define IO_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#define WATCH_NOTHING (-1) /* as an id: no news */
#define WATCH_ALL (-2)     /* ... too many of them: anything may have changed */

struct watch {
	int fd;            /* readable when there is news; -1: nothing can be watched */
	size_t len, at;    /* news in the buffer that was not handed out yet */
	_Alignas(8) char buffer[4096];
};

bool watch_open(struct watch *w);
void watch_close(struct watch *w);
/* Tells once of the next change of the open file's contents. Returns the id of that news, or -1 where it cannot. */
int watch_file(struct watch *w, int fd);
/* No news of that id is wanted any more. */
void watch_forget(struct watch *w, int id);
/* Tells whenever a name comes, goes or changes in the directory that path is in, or, where that is not there, in the
 * nearest one above. False where it cannot. */
bool watch_names(struct watch *w, const char *path);
/* The id of what has changed: of a file, or another: names. WATCH_NOTHING once all is told. */
int watch_next(struct watch *w);

#endif
