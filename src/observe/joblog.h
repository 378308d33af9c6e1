/* --joblog: a line in a file for each attempt of each job: see supervisor.h. */
#ifndef OBSERVE_JOBLOG_H
#define OBSERVE_JOBLOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/slice.h"

struct joblog;

struct joblog_entry {
	const char *stage;
	uint64_t number;      /* of the event or batch at its stage, from 1 */
	int64_t start_ns;     /* wall clock */
	int64_t ns;           /* how long it took */
	int status, signal;   /* signal 0: it ended by itself */
	int retries;          /* attempts before this one */
	uint64_t bytes;       /* put out */
	struct slice event;   /* a batch's first */
};

/* Writes the file anew, with its header. NULL with errno where it cannot be opened. */
struct joblog *joblog_open(const char *path);
void joblog_add(struct joblog *log, const struct joblog_entry *e);
/* False where not all could be written; errno says why. */
bool joblog_close(struct joblog *log);

#endif
