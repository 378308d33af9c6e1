/* Options of stages that run jobs: see jobs.h. */
#include "config.h"

#include "stages/processes/jobs.h"

#include "base/clock.h"
#include "base/str.h"

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

void jobs_explain(const struct jobs *j, const struct pipeline *pl, int64_t otherwise, struct str *out)
{
	int64_t n = jobs_at_once(j, pl, otherwise);
	str_addf(out, "%s%lld job%s at once", n > 1 ? "at most " : "", (long long)n, n == 1 ? "" : "s");
	if (n > 1)
		str_adds(out, j->unordered ? ", results as they come" : ", results in input order");
	if (j->retries > 0)
		str_addf(out, ", each tried again at most %lld times", (long long)j->retries);
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
