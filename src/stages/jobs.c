/* Options of stages that run jobs: see jobs.h. */
#include "config.h"

#include "stages/jobs.h"

#include "base/clock.h"

void jobs_bind(const struct jobs *j, struct bind *b)
{
	if (j->timeout_ns == 0)
		bind_opt_error(b, "timeout", "the time must be more than 0");
	if (j->backoff_ns >= 0 && j->retries <= 0)
		bind_opt_error(b, "backoff", "it is the pause before a retry, and there are none: write retries=N");
}

int64_t jobs_at_once(const struct jobs *j, const struct pipeline *pl, int64_t otherwise)
{
	int64_t n = j->jobs >= 0 ? j->jobs : pl->opt.jobs ? pl->opt.jobs : otherwise;
	return n ? n : pl->opt.processors;
}

struct supervisor_policy jobs_policy(const struct jobs *j, const struct pipeline *pl, int64_t otherwise)
{
	return (struct supervisor_policy){
		.jobs = jobs_at_once(j, pl, otherwise),
		.timeout_ns = j->timeout_ns,
		.retries = j->retries > 0 ? j->retries : 0,
		.backoff_ns = j->backoff_ns >= 0 ? j->backoff_ns : NS_PER_S,
		.unordered = j->unordered,
		.max_output = -1,
	};
}
