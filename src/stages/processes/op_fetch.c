/* fetch: GET (or what method= says) of the URL in $0. Its options, and what comes out; fetch.c does the work. */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "stages/processes/fetch.h"
#include "stages/shared/stages.h"

#define DEFAULT_REDIRECTS 10
#define DEFAULT_CONNECT_TIMEOUT_NS (30 * NS_PER_S)
#define DEFAULT_TIMEOUT_NS (300 * NS_PER_S)

static void set_defaults(struct fetch *f)
{
	if (f->per_host < 0)
		f->per_host = 2;
	if (f->redirects < 0)
		f->redirects = DEFAULT_REDIRECTS;
	if (f->connect_timeout_ns < 0)
		f->connect_timeout_ns = DEFAULT_CONNECT_TIMEOUT_NS;
	if (f->jobs.timeout_ns < 0)
		f->jobs.timeout_ns = DEFAULT_TIMEOUT_NS;
	if (!f->user_agent)
		f->user_agent = PACKAGE_NAME "/" PACKAGE_VERSION;
	if (!f->protocols)
		f->protocols = "http,https";
}

/* A token as RFC 9110 has it, in capitals as all methods in use are. */
static void check_method(const struct fetch *f, struct bind *b)
{
	size_t n = f->method ? strspn(f->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") : 1;
	if (n == 0 || (f->method && f->method[n]))
		bind_opt_error(b, "method", "a method is a word in capitals, as in method=POST");
	if (f->data && f->method && !strcmp(f->method, "HEAD"))
		bind_opt_error(b, "data", "HEAD sends no data");
}

static void check_protocols(const struct fetch *f, struct bind *b)
{
	size_t n = strspn(f->protocols, "abcdefghijklmnopqrstuvwxyz0123456789,");
	if (f->protocols[n] || !*f->protocols || strstr(f->protocols, ",,") || f->protocols[0] == ',' || f->protocols[n - 1] == ',')
		bind_opt_error(b, "protocols", "'protocols' must be names with commas between them, as in protocols=http,ftp");
}

/* A constant header without a colon would be left out by libcurl without a word. */
static void check_headers(const struct fetch *f, struct bind *b)
{
	for (int i = 0; i < f->headers.n; i++) {
		struct value v;
		if (f->headers.e[i] && expr_is_const(f->headers.e[i], &v) && !fetch_is_header(v.s))
			bind_nth_opt_error(b, "header", i, "a header is a name, a colon and a value: \"Accept: text/html\"");
	}
}

/* One by one: no burst. */
static void set_pace(struct fetch *f, struct bind *b)
{
	f->pace.burst = 1;
	if (f->pace.rate.events && !bucket_kind_fits(&f->pace))
		bind_opt_error(b, "rate", "the rate is too high");
}

static void fetch_bind(void *priv, struct bind *b)
{
	static const char *const names[] = {
		[FETCH_IN] = "in", [FETCH_URL] = "url", [FETCH_STATUS] = "status", [FETCH_TYPE] = "type",
		[FETCH_BYTES] = "bytes", [FETCH_SECONDS] = "seconds",
	};
	struct fetch *f = priv;
	char *why = fetch_unavailable();
	if (why)
		bind_error(b, "%s", why);
	free(why);
	if (bind_batched(b))
		bind_error(b, "'fetch' takes single events: put `unbatch` before it");
	set_defaults(f);
	set_pace(f, b);
	check_method(f, b);
	check_protocols(f, b);
	check_headers(f, b);
	jobs_bind(&f->jobs, b);
	if (f->connect_timeout_ns == 0)
		bind_opt_error(b, "connect_timeout", "the time must be more than 0");
	f->in = bind_schema(b);
	f->out = bind_new_schema(b, SCHEMA_SPLIT, true);
	for (int i = 0; i < FETCH_COLUMNS; i++)
		f->cols[i] = bind_add(b, f->out, names[i]);
}

static const struct opt_spec fetch_opts[] = {
	JOBS_OPTS(struct fetch, jobs, "8"),
	{.name = "per_host", .type = ARG_COUNT, .offset = offsetof(struct fetch, per_host), .min = 1,
	 .help = "most of them at once from one host and port (default 2)"},
	{.name = "rate", .type = ARG_RATE, .offset = offsetof(struct fetch, pace.rate),
	 .help = "most requests in a time, as in 10/s"},
	{.name = "redirects", .type = ARG_COUNT, .offset = offsetof(struct fetch, redirects),
	 .help = "most redirects to follow (default 10; 0: none is followed)"},
	{.name = "connect_timeout", .type = ARG_DURATION, .offset = offsetof(struct fetch, connect_timeout_ns),
	 .help = "longest time until it is connected (default 30s)"},
	{.name = "max_body", .type = ARG_SIZE, .offset = offsetof(struct fetch, max_body),
	 .help = "longest body; a longer one fails (default, and most: --max-event)"},
	{.name = "method", .type = ARG_WORD, .offset = offsetof(struct fetch, method),
	 .help = "instead of GET, or of POST where there is data="},
	{.name = "data", .type = ARG_TEMPLATE, .offset = offsetof(struct fetch, data),
	 .help = "what to send, filled in for every event"},
	{.name = "header", .type = ARG_TEMPLATES, .offset = offsetof(struct fetch, headers),
	 .help = "a further header, filled in for every event; may be given again"},
	{.name = "user_agent", .type = ARG_WORD, .offset = offsetof(struct fetch, user_agent),
	 .help = "what it calls itself (default " PACKAGE_NAME "/" PACKAGE_VERSION ")"},
	{.name = "protocols", .type = ARG_WORD, .offset = offsetof(struct fetch, protocols),
	 .help = "what a URL may begin with (default http,https)"},
	{.name = NULL},
};

const struct stage_desc op_fetch = {
	.spec = {
		.name = "fetch",
		.synopsis = "fetch [OPTION...]",
		.summary = "the pages that URLs name",
		.flags = SPEC_CAN_FAIL,
		.opts = fetch_opts,
		.priv_bytes = sizeof(struct fetch),
		.bind = fetch_bind,
	},
	.node = &fetch_node,
	.at_once = fetch_at_once,
};
