/* What joins fetch's options (op_fetch.c, in every build) and its node: fetch.c where there is libcurl, else fetch_none.c. */
#ifndef STAGES_PROCESSES_FETCH_H
#define STAGES_PROCESSES_FETCH_H

#include "engine/core/node.h"
#include "stages/branches/bucket.h"
#include "stages/processes/jobs.h"

#define FETCH_JOBS 8 /* at once, where nothing says otherwise */

enum { FETCH_IN, FETCH_URL, FETCH_STATUS, FETCH_TYPE, FETCH_BYTES, FETCH_SECONDS, FETCH_COLUMNS };

struct fetch {
	struct jobs jobs;
	int64_t per_host, redirects;
	struct bucket_kind pace;   /* rate=; not written: rate.events 0 */
	int64_t connect_timeout_ns;
	int64_t max_body;          /* -1: --max-event */
	const char *method, *user_agent, *protocols;
	struct expr *data;
	struct expr_list headers;
	const struct schema *in;
	struct schema *out;
	int cols[FETCH_COLUMNS];   /* of out */
};

/* "Name: value", or "Name;" for one that is empty: what libcurl takes for a header, and only that. */
static inline bool fetch_is_header(struct slice s)
{
	uint32_t n = 0;
	while (n < s.len && (unsigned char)s.p[n] > ' ' && s.p[n] != ':' && s.p[n] != ';')
		n++;
	bool named = n > 0 && n < s.len && (s.p[n] == ':' || n + 1 == s.len);
	return named && !memchr(s.p, '\n', s.len) && !memchr(s.p, '\r', s.len) && !memchr(s.p, '\0', s.len);
}

/* Events that are taken beyond those that run, to find one whose host is free. */
static inline int64_t fetch_ahead(const struct fetch *f, int64_t jobs)
{
	return f->per_host < jobs ? jobs : 0;
}

extern const struct node_ops fetch_node;
int64_t fetch_at_once(const struct pipeline *pl, const void *priv);
/* NULL where this spile can fetch, else why not and what helps (the caller's to free()). */
char *fetch_unavailable(void);

#endif
