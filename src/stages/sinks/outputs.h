/* Files that events are written to, by name: what the sinks write and append share. See out_write.c. */
#ifndef STAGES_SINKS_OUTPUTS_H
#define STAGES_SINKS_OUTPUTS_H

#include "data/keyed.h"
#include "stages/sinks/output.h"
#include "stages/sinks/sink.h"

#define OUTPUTS_OPEN 32          /* at once; others are closed and opened again when they are needed */
#define OUTPUTS_HELD_EVENTS 1000 /* that wait for a file which takes none now, while others go on */
#define OUTPUTS_HELD_BYTES (1u << 20)

struct outputs {
	struct expr *name;   /* what is filled in for each event */
	struct slice sep;
	bool replace;        /* see struct output */
	bool constant;       /* the name is the same for all events: `fixed` */
	struct slice fixed;
	const struct envelope *envelope; /* of what is written, or NULL */
};

struct outputs_state {
	struct keyed names;    /* values: struct output * */
	struct output **all;
	size_t n, cap;
	struct output *open[OUTPUTS_OPEN];
	int nopen;
	struct output *waiting; /* to be opened: not now */
	unsigned long clock;
	struct chunk *ck;      /* a delivery that is being written, from ck->pos on */
};

void outputs_bind(void *priv, struct bind *b);
extern const struct node_ops outputs_ops;
extern const struct arg_spec outputs_args[];
extern const struct opt_spec outputs_opts[];

#endif
