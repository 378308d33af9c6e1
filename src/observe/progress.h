/* --progress: a line on a terminal, drawn a few times a second: bytes and events read, time, rate, and where the sources
 * know how much they have to read a bar with the time left. Also what SIGUSR1 shows where there is no --stats. */
#ifndef OBSERVE_PROGRESS_H
#define OBSERVE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct pipeline;

struct progress { /* zeroed = nothing is drawn */
	int columns;       /* of the line that stands on the terminal; 0: none does */
	int64_t since_ns;  /* when `rate` was last brought up to date */
	uint64_t units;    /* read by then: bytes, or events of sources that read none */
	double rate;       /* units a second, smoothed */
};

/* Whether standard error is a terminal. */
bool progress_possible(void);
/* Sets the timer for the first line; a run that is over before then shows the last one only. */
void progress_begin(struct pipeline *pl);
/* That timer has fired: draws the line and sets it anew. */
void progress_tick(struct pipeline *pl);
/* Draws it for the last time and goes to the next line. */
void progress_end(struct pipeline *pl);
/* Before anything else is written to the terminal: takes the line away until the next tick. No harm without --progress. */
void progress_hide(const struct pipeline *pl);
/* The same figures as a line of text. */
void progress_print(const struct pipeline *pl, FILE *out);

#endif
