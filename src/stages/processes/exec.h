/* A process for each event, or each batch: what the stages exec and sh share. See op_exec.c. */
#ifndef STAGES_PROCESSES_EXEC_H
#define STAGES_PROCESSES_EXEC_H

#include "stages/processes/command.h"
#include "stages/processes/jobs.h"

struct exec {
	struct jobs jobs;
	struct command command;
	struct int_list ok;      /* good exit statuses; none: 0 alone */
	int64_t max_output;      /* bytes that are held until an attempt has ended; -1: the default */
	int64_t grace_ns;        /* between SIGTERM and SIGKILL; -1: the default */
	bool with_stdin;         /* events go to standard input although words are filled in */
	struct slice sep;        /* what ends a record, to the child and from it; p == NULL: as -0 says, and lines */
	const struct envelope *envelope; /* of what goes to standard input, or NULL */
	struct schema *out;
	int col_in, col_code;    /* $in (-1 after batches) and $code in it */
	char codes[256][4];      /* the texts of exit statuses */
};

void exec_bind(void *priv, struct bind *b);
int64_t exec_at_once(const struct pipeline *pl, const void *priv);
extern const struct node_ops exec_ops;

/* The options of both, for a private struct exec. */
#define EXEC_OPTS                                                                                                      \
	JOBS_OPTS(struct exec, jobs, "1"),                                                                             \
	{.name = "ok", .type = ARG_LIST, .offset = offsetof(struct exec, ok),                                          \
	 .help = "good exit statuses (default: 0)"},                                                                   \
	{.name = "stdin", .type = ARG_FLAG, .offset = offsetof(struct exec, with_stdin),                               \
	 .help = "events go to its standard input as well as into its arguments"},                                     \
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct exec, sep),                                      \
	 .help = "the byte that ends a record, both ways (default: newline; towards it with -0 NUL)"},                 \
	{.name = "max_output", .type = ARG_SIZE, .offset = offsetof(struct exec, max_output),                          \
	 .help = "most output of an attempt that is held until it ends (default: 1MiB)"},                              \
	{.name = "grace", .type = ARG_DURATION, .offset = offsetof(struct exec, grace_ns),                             \
	 .help = "time between SIGTERM and SIGKILL (default: 2s)"}

#endif
