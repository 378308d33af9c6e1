/* What stages that run jobs (exec, sh, fetch) have in common: their options, and what the supervisor is to make of them. */
#ifndef STAGES_PROCESSES_JOBS_H
#define STAGES_PROCESSES_JOBS_H

#include "engine/kinds/supervisor.h"
#include "stages/shared/stages.h"

struct jobs {
	int64_t jobs;       /* -1: not written */
	int64_t timeout_ns, retries, backoff_ns;
	bool unordered;
};

/* The rows of a table of options whose private struct has the struct jobs `member`. otherwise: jobs' default, as text. */
#define JOBS_OPTS(priv, member, otherwise)                                                                             \
	{.name = "jobs", .type = ARG_COUNT, .offset = offsetof(priv, member.jobs),                                     \
	 .help = "how many run at once (default: -j where given, else " otherwise "; 0: the number of processors)"},   \
	{.name = "timeout", .type = ARG_DURATION, .offset = offsetof(priv, member.timeout_ns),                         \
	 .help = "an attempt that takes longer fails"},                                                                \
	{.name = "retries", .type = ARG_COUNT, .offset = offsetof(priv, member.retries),                               \
	 .help = "how often an event that failed is tried again (default: 0)"},                                        \
	{.name = "backoff", .type = ARG_DURATION, .offset = offsetof(priv, member.backoff_ns),                         \
	 .help = "pause before the first retry; it doubles with each, less up to a half of it (default: 1s)"},         \
	{.name = "unordered", .type = ARG_FLAG, .offset = offsetof(priv, member.unordered),                            \
	 .help = "results as they come, not in the order of their input"}

/* Reports values that make no sense. Part of the stage's bind(). */
void jobs_bind(const struct jobs *j, struct bind *b);
/* How many run at once. */
int64_t jobs_at_once(const struct jobs *j, const struct pipeline *pl, int64_t otherwise);
/* For node_ops.explain. */
void jobs_explain(const struct jobs *j, const struct pipeline *pl, int64_t otherwise, struct str *out);
/* The policy that the options ask for; `ahead`, `whole` and `max_output` (-1) are the stage's own to set. */
struct supervisor_policy jobs_policy(const struct jobs *j, const struct pipeline *pl, int64_t otherwise);

#endif
