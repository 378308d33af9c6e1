/* fetch in a build without libcurl: says how to get it. */
#include "config.h"

#include "stages/processes/fetch.h"

const struct node_ops fetch_node = {.run = NULL}; /* no pipeline with it passes fetch's bind() */

int64_t fetch_at_once(const struct pipeline *pl, const void *priv)
{
	return jobs_at_once(&((const struct fetch *)priv)->jobs, pl, FETCH_JOBS);
}

char *fetch_unavailable(void)
{
	return mem_strdup("this spile was built without libcurl, which 'fetch' needs: install its headers (Debian: apt-get install "
			  "libcurl4-openssl-dev), then configure and build spile again");
}
