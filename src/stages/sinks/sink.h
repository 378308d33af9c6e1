/* Byte sinks: what stdout, stderr, write and append share. See out_stdout.c. */
#ifndef STAGES_SINKS_SINK_H
#define STAGES_SINKS_SINK_H

#include "engine/core/node.h"
#include "io/writer.h"
#include "stages/sources/files.h"

struct sink {
	int fd;             /* where stdout and stderr write */
	struct slice sep;   /* sep=: what ends an event here; p == NULL: as -0 says */
	const struct envelope *envelope; /* of what is written, or NULL */
};

struct sink_state {
	struct writer writer;
	bool blocked;       /* the descriptor takes no more now */
	bool terminal;         /* it writes where --progress draws */
	short gone;            /* poll's answer while nothing waits to be written */
};

void sink_bind(void *priv, struct bind *b);
extern const struct node_ops sink_ops;
extern const struct opt_spec sink_opts[];
/* Says that writing to `what` failed; with EPIPE on standard output remembers to die of it. */
void sink_failed(struct node *nd, const char *what, int err);

#endif
