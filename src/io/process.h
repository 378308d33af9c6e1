/* A child process with pipes to its standard input and from its standard output, without ever blocking on either. */
#ifndef IO_PROCESS_H
#define IO_PROCESS_H

#include "base/clock.h"
#include "io/child.h"
#include "io/reader.h"
#include "io/writer.h"

#define PROCESS_GRACE_NS (2 * NS_PER_S) /* between SIGTERM and SIGKILL, where nothing else is said */

struct process {
	struct node *nd;              /* woken by all that happens to it */
	struct child child;
	int in, out;                  /* our ends of its standard input and output; -1: closed */
	struct writer writer;
	struct reader reader;
	uint64_t fed;                 /* bytes that its standard input took, once that is closed */
	bool blocked;                 /* its standard input takes no more now */
	bool waiting;                 /* the last time there was nothing to read; else its output may have waited for us */
	int write_errno, read_errno;  /* why writing to it, or reading its output, ended before it did; 0: it did not */
	bool last_look;               /* it has exited: what was in the pipe then is the end of its output */
	int64_t start_ns, start_wall_ns;
	bool terminated;              /* process_terminate was called ... */
	struct timer kill_timer;      /* ... and this is its grace */
};

struct process_spec {
	const char *path;             /* of the program, or NULL: argv[0] along PATH */
	char *const *argv;
	bool feeds;                   /* its standard input is a pipe, else /dev/null */
	bool ends_all;                /* every event gets a terminator, the last of an input without one too */
	char in_term, out_term;
	const struct envelope *envelope; /* of what it is given, or NULL */
};

/* Starts it. Returns 0, or the errno of why not; *p then holds nothing. */
int process_start(struct process *p, struct node *nd, const struct process_spec *spec);
/* The system is short of something that others will give back: this errno may be another one later. */
bool process_is_short(int err);

/* Writes what was added to p->writer as far as it is taken now. False while some of it waits. That it has closed its
 * standard input is its own affair: ours is closed then, too. Another error is noted (process_failed_us). */
bool process_feed(struct process *p);
void process_close_in(struct process *p);
/* No more is added to its writer: feeds it the rest, and closes its standard input after that. False while some of it waits. */
bool process_feed_end(struct process *p);
/* The next chunk of its output (raw), or READER_WAIT; at its end the pipe is closed. Only while p->out >= 0. */
enum reader_result process_read(struct process *p, struct chunk **raw);
void process_close_out(struct process *p);
/* Offers its descriptors; reads: there is room for its output. */
void process_watch(struct process *p, struct loop *loop, bool reads);

/* Notices that it has exited: then only what is in its output now is still read, since what it left running in the
 * background may hold the pipe for ever. Call before reading. */
void process_look(struct process *p);
/* It has exited and its output is at its end. */
static inline bool process_ended(const struct process *p) { return p->child.exited && p->out < 0; }
/* Closes both pipes and sends SIGTERM. process_kill_if_due, called whenever the node runs, sends SIGKILL after grace_ns. */
void process_terminate(struct process *p, int64_t grace_ns);
void process_kill_if_due(struct process *p);
/* Gives back what one that ended holds. */
void process_release(struct process *p);
/* Ends it here and now, however it runs, and waits for that. Also where it was never started (zeroed) or has ended. */
void process_end(struct process *p);

/* An exit status is good if it is among the n of ok, or 0 where there are none. */
bool process_is_good(int status, const int *ok, int n);
#define PROCESS_WHY_BYTES 100
/* True if not all of its input was written, or not all of its output read, because of an error; `why` then tells. However
 * well it has ended itself, its work is no good. */
bool process_failed_us(const struct process *p, char why[PROCESS_WHY_BYTES]);
/* "exit status 3", "killed by signal 9 (Killed)" */
void process_why(int status, char why[PROCESS_WHY_BYTES]);

#endif
