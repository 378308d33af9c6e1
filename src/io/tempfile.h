/* Temporary files: new files beside those that they will replace. However the process ends, short of SIGKILL, none of them
 * stays: a signal that ends it removes them first.
 *
 * They are the process's, not a pipeline's, as signals are. Used on the loop thread only; the workers take no signals. */
#ifndef IO_TEMPFILE_H
#define IO_TEMPFILE_H

#include <stdbool.h>

struct tempfile;

/* Makes a new, empty file in the folder of `path`, for writing, with the mode 0600; *fd is its descriptor, close-on-exec
 * and O_APPEND. NULL with errno where it cannot. Ended by tempfile_take or tempfile_drop. */
struct tempfile *tempfile_new(const char *path, int *fd);
/* Its name, while it lasts. */
const char *tempfile_path(const struct tempfile *t);
/* The file gets the name `path`, and replaces what has it. False with errno where it cannot: the file is removed then. Frees
 * t. */
bool tempfile_take(struct tempfile *t, const char *path);
/* Removes the file; frees t. */
void tempfile_drop(struct tempfile *t);

/* Removes all there are. For signal handlers, and for whoever ends the process otherwise. */
void tempfile_remove_all(void);

#endif
