/* One file that events are written to: opened, under the name that it was asked for, and closed again, as often as
 * descriptors are needed; at the end of the run made final or undone. What several of them share is outputs.h's. */
#ifndef STAGES_SINKS_OUTPUT_H
#define STAGES_SINKS_OUTPUT_H

#include "io/claim.h"
#include "engine/core/node.h"
#include "io/tempfile.h"
#include "io/writer.h"

struct output {
	char *name;            /* as it was asked for */
	bool replace;          /* write: a new file takes the name at the end of the run; append: it grows */
	bool constant;         /* the name is the same for all events: if it is no use, the stage is none */
	char *target;          /* write: the path without links that the name stands for, or NULL */
	struct tempfile *temp; /* write: the new file until it takes the name `target`; NULL: written in place */
	bool claimed;          /* this was done, ... */
	const struct claim *claim; /* ... and this is the claim; NULL: no regular file */
	struct output *same;   /* another name for that file, under which it is written; or NULL */
	const struct envelope *envelope; /* of the events, or NULL */
	bool begun;            /* the file has its beginning */
	bool ended;            /* ... and its end */
	struct writer writer;
	int fd;                /* -1: closed */
	bool waits;            /* it cannot be opened now: in the list of such outputs */
	bool unread;           /* ... for it is a FIFO that nobody reads yet */
	bool blocked;          /* its descriptor takes no more now */
	bool broken;           /* it failed */
	char *why;             /* ... for this reason: that of the events for it, which fail too; NULL: the stage has failed */
	unsigned long used;    /* when it was last written to, in deliveries */
	struct chunk *held;    /* copies of events that it could not take yet, while others went on; or NULL */
	struct output *next_waiting;
};

enum output_result {
	OUTPUT_OPEN,
	OUTPUT_UNREAD,         /* a FIFO that nobody reads yet: try again */
	OUTPUT_SHORT,          /* of descriptors: close some, try again */
	OUTPUT_SAME,           /* op->same is to be used */
	OUTPUT_BROKEN,         /* told, or op->why says why its events fail */
};

struct output *output_new(const char *name, size_t len);
void output_free(struct output *op);
/* Opens it, for the first time or again. */
enum output_result output_open(struct node *nd, struct output *op, char term);
/* It is not to be opened: err says why. */
void output_fail(struct node *nd, struct output *op, int err);
void output_close(struct node *nd, struct output *op);
/* Writes what waits in its writer as far as that is taken now: false where something is left. Closed on failure. */
bool output_flush(struct node *nd, struct output *op);
/* The run is over and it is closed: the new file takes its name (good), or goes. */
void output_commit(struct node *nd, struct output *op, bool good);

#endif
