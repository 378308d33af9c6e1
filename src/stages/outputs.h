/* Files that events are written to, by name: what the sinks write and append share. See out_write.c. */
#ifndef STAGES_OUTPUTS_H
#define STAGES_OUTPUTS_H

#include "stages/keyed.h"
#include "stages/sink.h"

#define OUTPUTS_OPEN 32 /* at once; others are closed and opened again when they are needed */

struct outputs {
	struct expr *name;   /* what is filled in for each event */
	struct slice sep;
	bool replace;        /* write: a new file takes the name at the end of the run; append: it grows */
	bool constant;       /* the name is the same for all events: `fixed` */
	struct slice fixed;
};

struct output {
	char *name;          /* as it was asked for */
	char *target;        /* write: the path without links that the name stands for, or NULL */
	struct tempfile *temp; /* write: the new file until it takes the name `target`; NULL: written in place */
	struct writer writer;
	int fd;              /* -1: closed */
	unsigned long used;  /* when it was last written to, in deliveries */
	bool broken;         /* it failed, and this was said: events for it are dropped with the run's status 1 */
};

struct outputs_state {
	struct keyed names;    /* values: struct output * */
	struct keyed claims;   /* in the pipeline's first such node: targets of all, and by which struct output * */
	struct output **all;
	size_t n, cap;
	int nopen;
	unsigned long clock;
	struct chunk *ck;      /* a delivery that is being written, from ck->pos on */
	struct output *stuck;  /* its descriptor takes no more now */
};

void outputs_bind(void *priv, struct bind *b);
extern const struct node_ops outputs_ops;
extern const struct arg_spec outputs_args[];
extern const struct opt_spec outputs_opts[];

#endif
