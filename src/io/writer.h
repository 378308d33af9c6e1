/* Writing events to a descriptor: neighbouring events are written as one run straight from the blocks that they lie in,
 * short scattered ones are gathered in a buffer first. Never blocks where the descriptor could (a pipe, a terminal, a
 * socket), and never sets O_NONBLOCK on a descriptor that others share. */
#ifndef IO_WRITER_H
#define IO_WRITER_H

#include <sys/types.h>
#include <sys/uio.h>

#include "base/envelope.h"
#include "engine/core/node.h"

#define WRITER_BYTES (256u << 10) /* gathered before a write */
#define WRITER_RUNS 64

enum writer_kind { WRITER_FILE, WRITER_PIPE, WRITER_SOCKET };

struct pipeline;

struct writer {
	int fd, own_fd;
	enum writer_kind kind;
	bool must_poll;          /* a write now might block, but for PIPE_BUF bytes after POLLOUT */
	short ready;
	char term;
	bool owes_term;          /* the last event's terminator was not added yet ... */
	bool unended;            /* ... and it came without one: due only if another event follows, or if ... */
	bool ends_all;           /* ... every event shall end with one */
	const struct envelope *envelope; /* what is still to be written around the events, or NULL */
	bool begun;              /* its beginning was added */
	bool separated;          /* what goes before the next event was added */
	bool ending;             /* no more events come: its end is to be added */
	uint64_t around;         /* bytes of it that were added */
	struct iovec runs[WRITER_RUNS];
	int first, nruns;        /* runs[first .. nruns) wait */
	size_t pending;          /* bytes in them */
	char *buffer;            /* WRITER_BYTES: short events */
	size_t used;             /* bytes of it that runs point at */
	struct chunk *ends[WRITER_RUNS]; /* by run: the chunks that are needed no more once it is written */
	struct lease *lease;     /* the lowest of what was copied into the buffer and is not written yet */
	bool torn;               /* runs[first] begins within a run that was written in part */
	bool direct;             /* runs point into the chunk being added */
	struct chunk *adding;    /* being added: does not fit as a whole yet, from event `at` on */
	uint32_t at;
	uint64_t bytes_written;
	int error;
};

enum writer_result {
	WRITER_DONE,    /* nothing waits */
	WRITER_BLOCKED, /* poll for POLLOUT, then flush again */
	WRITER_FAILED,  /* error is the errno; EPIPE: the reader has gone */
};

void writer_open(struct writer *w, int fd, char term);
/* The same for the write end of a pipe of our own with O_NONBLOCK. */
void writer_open_own(struct writer *w, int fd, char term);
/* True while it wants no more: ask for nothing. */
static inline bool writer_full(const struct writer *w)
{
	return w->adding || w->pending >= WRITER_BYTES;
}
/* The envelope of the events (base/envelope.h), or NULL: before anything is added. begun: the output has its beginning already. */
void writer_enclose(struct writer *w, const struct envelope *envelope, bool begun);
/* No more events come: what is left of the envelope goes out with the next writer_flush. */
void writer_end(struct writer *w);
/* Adds the events of a chunk (raw or cut); owns it, and frees it after all of it was written. Only while !writer_full. */
void writer_add(struct writer *w, struct chunk *ck);
enum writer_result writer_flush(struct writer *w);
void writer_watch(struct writer *w, struct node *nd, struct loop *loop);
/* What waits is abandoned, on behalf of stage `stage`: see report_abandoned. An event of which a part was written counts,
 * but is in no dead= file. */
void writer_abandon(struct writer *w, struct pipeline *pl, int stage);
/* Forgets what waits. The descriptor itself is its owner's to close. */
void writer_close(struct writer *w);

#endif
