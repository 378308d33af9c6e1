/* Reading files one after the other: what the sources stdin and file share. See in_file.c. */
#ifndef STAGES_SOURCES_FILES_H
#define STAGES_SOURCES_FILES_H

#include "engine/core/node.h"
#include "io/reader.h"
#include "stages/shared/stages.h"

struct files {
	struct word_list names; /* "-": standard input; none at all: standard input */
	struct slice sep;       /* sep=: what ends a record here; p == NULL: as -0 says */
};

struct files_state {
	struct reader reader;
	bool open;
	int fd;                 /* what is open */
	bool waiting;           /* for the descriptor */
	int next;               /* index of the file to open next */
	int64_t total_bytes;    /* of all files, before any was read; -1: not known, or nobody wants to */
	struct lease_book book;
	uint64_t nr;
};

void files_bind(void *priv, struct bind *b);
/* Reports a sep= that is not one byte. */
void sep_bind(struct bind *b, struct slice sep);
/* The byte that a sep= names, or `otherwise` where it was not written. */
static inline char sep_byte(struct slice sep, char otherwise)
{
	return sep.p ? sep.p[0] : otherwise;
}
extern const struct node_ops files_ops;
extern const struct opt_spec files_opts[];

#endif
