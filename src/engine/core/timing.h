/* Where a node's time goes, for --stats: one timeline for each node, whose parts add up to the time that it has lived. Costs
 * nothing where it is not wanted (opt.timing). */
#ifndef ENGINE_CORE_TIMING_H
#define ENGINE_CORE_TIMING_H

#include <stdint.h>

struct node;

enum timing_state {
	TIMING_BUSY,   /* runs, has work under way on the workers, or waits for what it does itself: a child, a transfer, a timer */
	TIMING_INPUT,  /* has asked and not been given; a source: there is nothing to read */
	TIMING_DEMAND, /* nobody wants what it could give; a sink: what it writes to takes no more */
	TIMING_STATES
};

struct timing {
	enum timing_state state;
	int64_t since_ns;           /* when that began; 0: the node has not run yet, or is done */
	int64_t ns[TIMING_STATES];  /* before that */
};

/* Runs the node and books the time until now, and that of the run. */
void timing_run(struct node *nd);
/* The times until now. */
void timing_read(const struct node *nd, int64_t ns[TIMING_STATES]);

#endif
