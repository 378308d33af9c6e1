/* fetch: transfers as jobs of a supervisor. Chooses which may begin: no more than per_host= from one host and port, no more
 * than rate= in a time. http.c does the transfers. */
#include "config.h"

#include "stages/processes/fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/kinds/supervisor.h"
#include "io/http.h"
#include "stages/shared/stages.h"

#define LONGEST_WAIT_NS (3600 * NS_PER_S) /* a server that asks for more is not asked again */

struct host {
	struct host *next;
	char *name;              /* with its port */
	int64_t jobs, running;   /* that are its; 0 jobs: it is forgotten */
};

struct fetch_state {
	struct supervisor sv;    /* first: its jobs find it here */
	struct http *http;
	struct host *hosts;
	struct bucket bucket;    /* rate=, and when the next attempt may begin */
	struct timer timer;
};

struct fetch_job {
	struct supervisor_job job; /* first */
	struct http_transfer *transfer; /* NULL: not looked at yet */
	struct host *host;
};

char *fetch_unavailable(void)
{
	char *why = http_unavailable();
	if (!why)
		return NULL;
	struct str text = {0};
	str_addf(&text, "%s (Debian: apt-get install libcurl4)", why);
	free(why);
	return str_steal(&text);
}

int64_t fetch_at_once(const struct pipeline *pl, const void *priv)
{
	const struct fetch *f = priv;
	int64_t jobs = jobs_at_once(&f->jobs, pl, FETCH_JOBS);
	return jobs + fetch_ahead(f, jobs);
}

/* ---- hosts ---- */

static struct host *host_ref(struct fetch_state *st, const char *name)
{
	struct host *host = st->hosts;
	while (host && strcmp(host->name, name) != 0)
		host = host->next;
	if (!host) {
		host = mem_zalloc(sizeof *host);
		*host = (struct host){.next = st->hosts, .name = mem_strdup(name)};
		st->hosts = host;
	}
	host->jobs++;
	return host;
}

static void host_unref(struct fetch_state *st, struct host *host)
{
	if (--host->jobs > 0)
		return;
	struct host **link = &st->hosts;
	while (*link != host)
		link = &(*link)->next;
	*link = host->next;
	free(host->name);
	free(host);
}

/* ---- beginnings ---- */

/* Evaluates what is filled in for the event; false: it failed, *why says so. All lives in the scratch memory of ev. */
static bool make_request(const struct fetch *f, struct eval *ev, const struct event *e, struct http_request *rq, const char **why)
{
	struct slice *headers = arena_alloc(&ev->scratch, (size_t)(f->headers.n + 1) * sizeof *headers);
	*rq = (struct http_request){.headers = headers, .nheaders = f->headers.n};
	*why = ev->error;
	if (f->data && !expr_text(f->data, ev, e, &rq->data))
		return false;
	for (int i = 0; i < f->headers.n; i++) {
		if (!expr_text(f->headers.e[i], ev, e, &headers[i]))
			return false;
		if (!fetch_is_header(headers[i])) {
			*why = "what is filled in makes no header: a line end, a NUL byte, or no name before the colon";
			return false;
		}
	}
	return true;
}

static bool begin(struct node *nd, struct fetch_job *job)
{
	struct eval *ev = work_eval(pipeline_work(nd->pl, 0, nd->stage, NULL));
	struct event e = stage_event(job->job.in, 0, ev);
	struct http_request rq;
	const char *why;
	bool good = make_request(nd->priv, ev, &e, &rq, &why);
	if (good) {
		job->host->running++;
		http_begin(job->transfer, &rq);
	} else {
		supervisor_done(nd, &job->job, SUPERVISOR_HOPELESS, why);
	}
	arena_clear(&ev->scratch);
	return good;
}

static bool pace_allows(struct node *nd)
{
	const struct fetch *f = nd->priv;
	struct fetch_state *st = nd->state;
	if (!f->pace.rate.events)
		return true;
	int64_t now = clock_now(), due = bucket_due(&f->pace, &st->bucket, 1, now);
	if (due <= now)
		bucket_take(&f->pace, &st->bucket, 1, now);
	else
		timer_set(&nd->pl->loop.timers, &st->timer, due);
	return due <= now;
}

static bool fetch_start(struct node *nd, struct supervisor_job *sj)
{
	const struct fetch *f = nd->priv;
	struct fetch_state *st = nd->state;
	struct fetch_job *job = (struct fetch_job *)sj;
	const char *why;
	if (!job->transfer) {
		job->transfer = http_transfer_new(st->http, sj->in->ev[0], job, &why);
		if (!job->transfer) {
			supervisor_done(nd, sj, SUPERVISOR_HOPELESS, why);
			return true;
		}
		job->host = host_ref(st, http_host(job->transfer));
	}
	if (job->host->running >= f->per_host || !pace_allows(nd))
		return false;
	begin(nd, job);
	return true;
}

/* ---- ends ---- */

static struct slice put(struct block *b, const char *text)
{
	size_t n = strlen(text);
	struct slice s = slice_make(memcpy(b->data + b->len, text, n), n);
	b->len += (uint32_t)n;
	return s;
}

/* The named fields, in a block of their own. */
static void set_columns(const struct fetch *f, struct chunk *ck, const struct http_answer *a)
{
	struct slice *cells = chunk_cells(ck, 0);
	char status[24], bytes[24], seconds[32];
	size_t n = (size_t)snprintf(status, sizeof status, "%ld", a->status);
	n += (size_t)snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)a->bytes);
	n += (size_t)snprintf(seconds, sizeof seconds, "%.3f", (double)a->took_us / 1e6);
	struct block *b = block_new_small(ck->pool, n + strlen(a->url) + strlen(a->type));
	cells[f->cols[FETCH_URL]] = put(b, a->url);
	cells[f->cols[FETCH_STATUS]] = put(b, status);
	cells[f->cols[FETCH_TYPE]] = put(b, a->type);
	cells[f->cols[FETCH_BYTES]] = put(b, bytes);
	cells[f->cols[FETCH_SECONDS]] = put(b, seconds);
	chunk_own_block(ck, b);
}

static void give_answer(struct node *nd, struct fetch_job *job, const struct http_answer *a)
{
	const struct fetch *f = nd->priv;
	const struct chunk *in = job->job.in;
	struct chunk *ck = supervisor_chunk(nd, &job->job, stage_ncols(f->out));
	struct block *body = http_take_body(job->transfer);
	if (!body)
		body = block_new_small(ck->pool, 1);
	body->data[body->len] = ck->term;
	chunk_own_block(ck, body);
	chunk_derive(ck, in, 0, slice_make(body->data, body->len++));
	if (ck->ncols) {
		struct slice *cells = chunk_cells(ck, 0);
		stage_carry(f->out, in, 0, cells);
		cells[f->cols[FETCH_IN]] = slice_make(in->ev[0].p, in->ev[0].len);
		set_columns(f, ck, a);
		chunk_share(ck, in);
	}
	supervisor_give(nd, &job->job, ck);
}

/* A status that may pass is a failure as long as it is tried again, and then what the server says. */
static void take_answer(struct node *nd, struct fetch_job *job)
{
	struct http_answer a = http_answer(job->transfer);
	char why[32];
	job->host->running--;
	if (a.error) {
		supervisor_done(nd, &job->job, a.passing ? SUPERVISOR_FAILED : SUPERVISOR_HOPELESS, a.error);
	} else if (a.passing && supervisor_retries(nd, &job->job) && a.retry_after_ns <= LONGEST_WAIT_NS) {
		snprintf(why, sizeof why, "status %ld", a.status);
		job->job.least_pause_ns = a.retry_after_ns > 0 ? a.retry_after_ns : 0;
		supervisor_done(nd, &job->job, SUPERVISOR_FAILED, why);
	} else {
		give_answer(nd, job, &a);
		supervisor_done(nd, &job->job, SUPERVISOR_GOOD, NULL);
	}
	http_drop(job->transfer);
}

static void fetch_cancel(struct node *nd, struct supervisor_job *sj)
{
	struct fetch_job *job = (struct fetch_job *)sj;
	job->host->running--;
	http_drop(job->transfer);
	supervisor_done(nd, sj, SUPERVISOR_FAILED, "cancelled");
}

static void fetch_forget(struct node *nd, struct supervisor_job *sj)
{
	struct fetch_job *job = (struct fetch_job *)sj;
	http_transfer_free(job->transfer);
	if (job->host)
		host_unref(nd->state, job->host);
}

static const struct supervisor_ops fetch_jobs = {
	.job_bytes = sizeof(struct fetch_job),
	.start = fetch_start,
	.cancel = fetch_cancel,
	.forget = fetch_forget,
};

/* ---- the node ---- */

static bool start(struct node *nd)
{
	const struct fetch *f = nd->priv;
	struct fetch_state *st = nd->state;
	uint64_t max_event = nd->pl->opt.max_event;
	struct supervisor_policy policy = jobs_policy(&f->jobs, nd->pl, FETCH_JOBS);
	struct http_settings settings = {
		.method = f->method,
		.sends_data = f->data != NULL,
		.protocols = f->protocols,
		.user_agent = f->user_agent,
		.redirects = (int)f->redirects,
		.connect_timeout_ns = f->connect_timeout_ns,
		.timeout_ns = f->jobs.timeout_ns,
		.max_body = (uint32_t)(f->max_body >= 0 && (uint64_t)f->max_body < max_event ? (uint64_t)f->max_body : max_event),
	};
	policy.timeout_ns = -1; /* libcurl's own says what it was waiting for */
	policy.ahead = fetch_ahead(f, policy.jobs);
	supervisor_init(nd, &fetch_jobs, &policy);
	st->timer.owner = nd;
	st->http = http_new(nd, &settings);
	return st->http;
}

static void run(struct node *nd)
{
	struct fetch_state *st = nd->state;
	http_run(st->http);
	for (struct http_transfer *t; (t = http_next_ended(st->http));)
		take_answer(nd, http_owner(t));
	supervisor_run(nd);
}

static void watch(struct node *nd, struct loop *loop)
{
	http_watch(((struct fetch_state *)nd->state)->http, loop);
}

static void release(struct node *nd)
{
	struct fetch_state *st = nd->state;
	supervisor_release(nd);
	http_free(st->http);
	timer_cancel(&nd->pl->loop.timers, &st->timer);
}

static int64_t drained(struct node *nd)
{
	return supervisor_drained(nd, 0);
}

static void awaits(const struct node *nd, struct str *out)
{
	supervisor_awaits(nd, "transfer", "transfers", out);
}

static void explain(const struct node *nd, struct str *out)
{
	jobs_explain(&((const struct fetch *)nd->priv)->jobs, nd->pl, FETCH_JOBS, out);
}

const struct node_ops fetch_node = {
	.explain = explain,
	.state_bytes = sizeof(struct fetch_state),
	.start = start,
	.run = run,
	.watch = watch,
	.release = release,
	.stop = supervisor_stop,
	.drained = drained,
	.awaits = awaits,
	.abandon = supervisor_abandon,
	.winds_up = true,
};
