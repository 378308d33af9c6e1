/* Reading records from a descriptor: the bytes go into blocks and stay there; chunks are raw runs of whole records.
 *
 * Regular files larger than a few blocks are handed out as spans that are still to be read: each worker reads its own
 * (record boundaries: a span owns the records that begin in it). All else is read on the loop thread, without blocking
 * and without ever setting O_NONBLOCK on a descriptor that others share. */
#ifndef IO_READER_H
#define IO_READER_H

#include "engine/core/lease.h"
#include "engine/core/node.h"
#include "io/framer.h"

struct decompress;

enum reader_kind { READER_FILE, READER_PIPE, READER_SOCKET };

struct reader {
	struct node *nd;         /* whose records these are */
	const char *name;        /* for messages and $FILE: the file's name, "-" for standard input */
	int fd;                  /* -1: closed */
	int own_fd;              /* opened by the reader itself, closed with it; -1 */
	enum reader_kind kind;
	bool nonblocking;        /* fd is a description of our own with O_NONBLOCK */
	short ready;             /* poll's answer */
	bool must_poll;          /* reading now might block */
	char term;
	struct block *block;     /* being filled; bytes [begin, block->len) are a record's beginning */
	uint32_t begin;
	bool skipping;           /* inside a record longer than --max-event */
	bool eof;
	bool growing;            /* READER_FILE: at its end wait for more, until reader_finish */
	uint64_t offset;         /* READER_FILE: where the next byte is read */
	uint64_t spans_end;      /* READER_FILE: handed out as spans up to here */
	bool find_start;         /* after spans: the first record here belongs to the last span */
	struct lease_book *book; /* NULL: chunks get no lease */
	uint64_t *nr;            /* records so far at the source, where origins are wanted; NULL: they get no origin */
	uint64_t fnr;
	struct file_ref *file;   /* shared with the chunks whose spans are read later */
	int read_errno;
	uint64_t left;           /* bytes that may still be read; then it is at its end */
	const struct framer *framer; /* where records end; NULL: at each term */
	void *framing;           /* its state for this input */
	bool unknown;            /* whether it is compressed: its first bytes will tell */
	struct decompress *decompress; /* what is read comes from it; NULL: from the input itself */
	int packed_fd;           /* the input, then */
	uint64_t packed_bytes;   /* of it, that were counted */
	const char *read_why;    /* READER_FAILED: why, or NULL: read_errno says so */
	bool inner;              /* its stage has an input of its own: a record that is too long is no failed event of it ... */
	uint64_t too_long;       /* ... but counted here, and left out */
};

enum reader_result {
	READER_CHUNK,  /* *out is a raw chunk */
	READER_WAIT,   /* nothing there now: reader_watch, then again */
	READER_END,
	READER_FAILED, /* read_errno; nothing more will come. All whole records before it have been given */
};

enum reader_flags {
	READER_SPANS = 1,      /* chunks may be left to be read by whoever uses them */
	READER_DECOMPRESS = 2, /* if the input is compressed (io/decompress.h), what it stands for is read */
};

/* fd stays the caller's to close (after reader_close). flags: enum reader_flags. */
void reader_open(struct reader *r, struct node *nd, int fd, const char *name, struct lease_book *book, uint64_t *nr,
		 unsigned flags);
/* After READER_FAILED: why. */
const char *reader_why(const struct reader *r);
/* The same for the read end of a pipe of our own with O_NONBLOCK, whose other end is open for writing. No lease, no origin. */
void reader_open_own(struct reader *r, struct node *nd, int fd, const char *name);
/* One chunk of as much as is there without blocking, at most about a block. */
enum reader_result reader_next(struct reader *r, struct chunk **out);
/* No more is read: *out is the record that is begun, if there is one (READER_CHUNK), and READER_END comes next. */
enum reader_result reader_finish(struct reader *r, struct chunk **out);
/* Passes chunks on to the source's consumer as long as they are wanted. READER_CHUNK: no more are; else why it stopped. */
enum reader_result reader_pass(struct reader *r);
/* The same for one chunk (or what reader_finish gives, where `finish`), which must be wanted. */
enum reader_result reader_pass_one(struct reader *r, bool finish);
/* It may be long until more comes: keeps little more memory than what is begun. */
void reader_shrink(struct reader *r);
void reader_watch(struct reader *r, struct loop *loop);
/* The source stops. Of a record that is begun nobody knows how it would have gone on, so it is left out: where a signal
 * stopped the run, and a pipe will not give those bytes again, it is told and counts as held. */
void reader_stop(struct reader *r);
void reader_close(struct reader *r);

#endif
