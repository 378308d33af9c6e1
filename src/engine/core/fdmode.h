/* Descriptors that were inherited are shared with other processes: O_NONBLOCK must never be set on them. */
#ifndef ENGINE_CORE_FDMODE_H
#define ENGINE_CORE_FDMODE_H

/* A new open file description of the pipe, FIFO or terminal behind fd that does not block (flags: O_RDONLY or O_WRONLY),
 * the caller's to close; -1 where there is no way to get one. */
int fdmode_nonblocking(int fd, int flags);

#endif
