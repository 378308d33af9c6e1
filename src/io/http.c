/* Transfers through libcurl: see http.h.
 *
 *      loop_wait: poll ------> http_run --- curl_multi_socket_action ---> on_socket: which descriptors to offer
 *                 timer ----/                                        \--> on_timer:  when to come back at the latest
 */
#include "config.h"

#include "io/http.h"

#include <assert.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/core/block.h"
#include "engine/core/loop.h"
#include "engine/core/pipeline.h"
#include "io/libcurl.h"

#define FIRST_BODY_BYTES (16u << 10) /* room for a body of unknown length */
#define TRUSTED_BODY_BYTES (1u << 20) /* most that is set aside for a length that the server only says */

struct http {
	struct libcurl curl;
	struct node *nd;
	struct http_settings s;
	CURLM *multi;
	locale_t utf8;          /* of hosts' names: libcurl takes them to be in the locale's encoding */
	struct http_socket {
		curl_socket_t fd;
		short events, ready;
	} *sockets;             /* what libcurl waits for */
	size_t nsockets, sockets_cap;
	struct http_socket *ready; /* while http_run tells of them: a copy, for the list changes meanwhile */
	size_t ready_cap;
	struct timer timer;     /* when libcurl wants to be called at the latest ... */
	int64_t due_ns;         /* ... TIMER_NEVER: it does not */
	struct easy {
		struct easy *next;
		CURL *handle;
		char error[CURL_ERROR_SIZE];
	} *spare;               /* handles that wait for the next attempt, set up */
	struct http_transfer *ended, **ended_end;
	struct str why;
};

struct http_transfer {
	struct http *h;
	void *owner;
	char *url, *host;       /* url as libcurl writes it */
	struct easy *easy;      /* of the attempt under way, or ended; else NULL */
	struct curl_slist *headers;
	bool running;           /* the multi handle has it */
	bool too_large;
	CURLcode result;
	struct block *body;     /* NULL: nothing came yet */
	struct http_transfer *next_ended;
};

/* ---- the library ---- */

char *http_unavailable(void)
{
	struct libcurl curl;
	const char *why = libcurl_open(&curl);
	struct str text = {0};
	if (!why)
		return NULL;
	str_addf(&text, "libcurl cannot be opened: %s", why);
	return str_steal(&text);
}

/* ---- what libcurl calls ---- */

static struct http_socket *find_socket(struct http *h, curl_socket_t fd)
{
	for (size_t i = 0; i < h->nsockets; i++)
		if (h->sockets[i].fd == fd)
			return &h->sockets[i];
	return NULL;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct http *h = arg;
	struct http_socket *s = find_socket(h, fd);
	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			*s = h->sockets[--h->nsockets];
		return 0;
	}
	if (!s) {
		h->sockets = mem_grow(h->sockets, h->nsockets + 1, &h->sockets_cap, sizeof *h->sockets);
		s = &h->sockets[h->nsockets++];
		libcurl_claim(fd);
	}
	*s = (struct http_socket){.fd = fd};
	s->events |= what & CURL_POLL_IN ? POLLIN : 0;
	s->events |= what & CURL_POLL_OUT ? POLLOUT : 0;
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http *h = arg;
	struct timers *timers = &h->nd->pl->loop.timers;
	(void)multi;
	h->due_ns = timeout_ms < 0 ? TIMER_NEVER : clock_now() + timeout_ms * NS_PER_MS;
	if (timeout_ms < 0)
		timer_cancel(timers, &h->timer);
	else
		timer_set(timers, &h->timer, h->due_ns);
	return 0;
}

/* libcurl would leave it open across exec. */
static curl_socket_t on_open(void *unused, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)unused;
	(void)purpose;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Room for n bytes more of the body; false where it becomes too large. */
static bool body_room(struct http_transfer *t, size_t n)
{
	struct http *h = t->h;
	struct block *b = t->body;
	uint64_t have = b ? b->len : 0, need = have + n, cap = FIRST_BODY_BYTES;
	curl_off_t said = -1;
	if (need > h->s.max_body)
		return false;
	if (b && need < b->cap)
		return true;
	if (!b)
		h->curl.easy_getinfo(t->easy->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &said);
	if (said > 0)
		cap = said < TRUSTED_BODY_BYTES ? (uint64_t)said : TRUSTED_BODY_BYTES;
	else if (b)
		cap = (uint64_t)b->cap * 2;
	if (cap < need)
		cap = need;
	if (cap > h->s.max_body)
		cap = h->s.max_body;
	t->body = block_new_small(&h->nd->pl->blocks, cap + 1); /* a terminator may follow */
	if (b) {
		memcpy(t->body->data, b->data, b->len);
		t->body->len = b->len;
		block_unref(b);
	}
	return true;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	size_t bytes = size * n;
	if (!bytes)
		return 0;
	if (!body_room(t, bytes)) {
		t->too_large = true;
		return 0;
	}
	memcpy(t->body->data + t->body->len, p, bytes);
	t->body->len += (uint32_t)bytes;
	return bytes;
}

/* ---- handles ---- */

static long to_ms(int64_t ns)
{
	int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
	return ns < 0 ? 0 : ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);
	for (const char *p = list; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
		if (!strncmp(p, name, len) && (p[len] == ',' || p[len] == '\0'))
			return true;
	return false;
}

/* A redirect may lead from http to https and back, whatever else a URL that comes as an event may name. */
static const char *redirect_protocols(const char *protocols)
{
	bool http = is_listed(protocols, "http"), https = is_listed(protocols, "https");
	return http && https ? "http,https" : http ? "http" : "https";
}

static void set_method(struct http *h, CURL *e)
{
	const struct http_settings *s = &h->s;
	bool head = s->method && !strcmp(s->method, "HEAD");
	if (head)
		h->curl.easy_setopt(e, CURLOPT_NOBODY, 1L);
	else
		h->curl.easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_body);
	if (!head && s->method && strcmp(s->method, s->sends_data ? "POST" : "GET") != 0)
		h->curl.easy_setopt(e, CURLOPT_CUSTOMREQUEST, s->method);
}

/* Where the curl command finds another bundle of certificates. */
static const char *own_certificates(void)
{
	const char *file = getenv("CURL_CA_BUNDLE");
	return file && *file ? file : getenv("SSL_CERT_FILE");
}

static void set_common(struct http *h, struct easy *easy)
{
	const struct http_settings *s = &h->s;
	const char *certificates = own_certificates();
	CURL *e = easy->handle;
#define SET(option, value) h->curl.easy_setopt(e, CURLOPT_##option, value)
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L); /* giving up a transfer does not wait for its name to be resolved */
	SET(ERRORBUFFER, easy->error);
	SET(OPENSOCKETFUNCTION, on_open);
	SET(WRITEFUNCTION, on_body);
	SET(ACCEPT_ENCODING, "");
	SET(USERAGENT, s->user_agent);
	SET(PROTOCOLS_STR, s->protocols);
	SET(REDIR_PROTOCOLS_STR, redirect_protocols(s->protocols));
	SET(FOLLOWLOCATION, (long)(s->redirects > 0));
	SET(MAXREDIRS, (long)s->redirects);
	SET(CONNECTTIMEOUT_MS, to_ms(s->connect_timeout_ns));
	SET(TIMEOUT_MS, to_ms(s->timeout_ns));
	if (certificates && *certificates)
		SET(CAINFO, certificates);
#undef SET
	set_method(h, e);
}

static struct easy *easy_new(struct http *h)
{
	struct easy *easy = h->spare;
	if (easy) {
		h->spare = easy->next;
		return easy;
	}
	easy = mem_zalloc(sizeof *easy);
	easy->handle = h->curl.easy_init();
	if (!easy->handle) {
		free(easy);
		return NULL;
	}
	set_common(h, easy);
	return easy;
}

/* ---- what libcurl works for ---- */

static bool set_up(struct http *h)
{
	if (libcurl_open(&h->curl) || h->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	int next = libcurl_next_descriptor();
	h->multi = h->curl.multi_init();
	if (!h->multi)
		return false;
	libcurl_claim(next);
	h->curl.multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	h->curl.multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	h->curl.multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	h->curl.multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	return true;
}

struct http *http_new(struct node *nd, const struct http_settings *s)
{
	struct http *h = mem_zalloc(sizeof *h);
	h->nd = nd;
	h->s = *s;
	h->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); /* none: the locale stays as it is */
	h->timer.owner = nd;
	h->due_ns = TIMER_NEVER;
	h->ended_end = &h->ended;
	if (set_up(h))
		return h;
	node_error(nd, "libcurl cannot be started");
	free(h);
	return NULL;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->spare) {
		struct easy *easy = h->spare;
		h->spare = easy->next;
		h->curl.easy_cleanup(easy->handle);
		free(easy);
	}
	h->curl.multi_cleanup(h->multi);
	h->curl.global_cleanup();
	timer_cancel(&h->nd->pl->loop.timers, &h->timer);
	if (h->utf8)
		freelocale(h->utf8);
	free(h->sockets);
	free(h->ready);
	str_release(&h->why);
	free(h);
}

void http_watch(struct http *h, struct loop *loop)
{
	for (size_t i = 0; i < h->nsockets; i++)
		loop_offer(loop, h->sockets[i].fd, h->sockets[i].events, h->nd, &h->sockets[i].ready);
}

/* Those that poll found ready, as they were then: telling libcurl of one may close another. */
static size_t take_ready(struct http *h)
{
	size_t n = 0;
	h->ready = mem_grow(h->ready, h->nsockets + 1, &h->ready_cap, sizeof *h->ready);
	for (size_t i = 0; i < h->nsockets; i++) {
		if (h->sockets[i].ready)
			h->ready[n++] = h->sockets[i];
		h->sockets[i].ready = 0;
	}
	return n;
}

static void act(struct http *h, curl_socket_t fd, short ready)
{
	int mask = 0, running;
	if (ready & (POLLIN | POLLHUP))
		mask |= CURL_CSELECT_IN;
	if (ready & POLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (ready & (POLLERR | POLLNVAL))
		mask |= CURL_CSELECT_ERR;
	locale_t before = uselocale(h->utf8);
	h->curl.multi_socket_action(h->multi, fd, mask, &running);
	uselocale(before);
}

/* The attempt is over: nd finds it with http_next_ended. */
static void end(struct http_transfer *t, CURLcode result)
{
	struct http *h = t->h;
	t->result = result;
	t->next_ended = NULL;
	*h->ended_end = t;
	h->ended_end = &t->next_ended;
}

static void collect_ended(struct http *h)
{
	int left;
	for (CURLMsg *msg; (msg = h->curl.multi_info_read(h->multi, &left));) {
		char *private = NULL;
		if (msg->msg != CURLMSG_DONE)
			continue;
		CURLcode result = msg->data.result; /* removing the handle takes the message away */
		h->curl.easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
		struct http_transfer *t = (void *)private;
		h->curl.multi_remove_handle(h->multi, t->easy->handle);
		t->running = false;
		end(t, result);
	}
}

void http_run(struct http *h)
{
	size_t n = take_ready(h);
	for (size_t i = 0; i < n; i++)
		act(h, h->ready[i].fd, h->ready[i].ready);
	if (h->due_ns != TIMER_NEVER && h->due_ns <= clock_now()) {
		h->due_ns = TIMER_NEVER;
		timer_cancel(&h->nd->pl->loop.timers, &h->timer);
		act(h, CURL_SOCKET_TIMEOUT, 0);
	}
	collect_ended(h);
}

struct http_transfer *http_next_ended(struct http *h)
{
	struct http_transfer *t = h->ended;
	if (!t)
		return NULL;
	h->ended = t->next_ended;
	if (!h->ended)
		h->ended_end = &h->ended;
	return t;
}

/* ---- transfers ---- */

static const CURLUPart parts[] = {CURLUPART_URL, CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
enum { URL, SCHEME, HOST, PORT, PARTS };

/* The parts, libcurl's to free; where all is well host and port may be NULL (file:///etc/motd has none). */
static CURLUcode take_apart(const struct http *h, const char *text, char *part[PARTS])
{
	CURLU *u = h->curl.url();
	CURLUcode e = u ? h->curl.url_set(u, CURLUPART_URL, text, 0) : CURLUE_OUT_OF_MEMORY;
	for (int i = 0; !e && i < PARTS; i++)
		if (h->curl.url_get(u, parts[i], &part[i], i == PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK)
			part[i] = NULL;
	if (u)
		h->curl.url_cleanup(u);
	return e || (part[URL] && part[SCHEME]) ? e : CURLUE_OUT_OF_MEMORY;
}

static void read_url(struct http *h, struct http_transfer *t, const char *text)
{
	char *part[PARTS] = {0};
	struct str host = {0};
	CURLUcode e = take_apart(h, text, part);
	if (e)
		str_addf(&h->why, "no URL that can be fetched: %s", h->curl.url_strerror(e));
	else if (!is_listed(h->s.protocols, part[SCHEME]))
		str_addf(&h->why, "protocol '%s' is not allowed (protocols=%s)", part[SCHEME], h->s.protocols);
	str_addf(&host, "%s:%s", part[HOST] ? part[HOST] : "", part[PORT] ? part[PORT] : "");
	for (char *p = host.p; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
	t->host = str_steal(&host);
	t->url = mem_strdup(part[URL] ? part[URL] : text);
	for (int i = 0; i < PARTS; i++)
		h->curl.free(part[i]);
}

struct http_transfer *http_transfer_new(struct http *h, struct slice url, void *owner, const char **why)
{
	struct http_transfer *t = mem_alloc(sizeof *t);
	char *text = mem_strndup(url.p, url.len);
	*t = (struct http_transfer){.h = h, .owner = owner};
	str_clear(&h->why);
	if (memchr(url.p, '\0', url.len))
		str_adds(&h->why, "no URL that can be fetched: it holds a NUL byte");
	else if (!strstr(text, "://"))
		str_adds(&h->why, "no URL that can be fetched: it does not begin with http:// or the like");
	else
		read_url(h, t, text);
	free(text);
	if (!h->why.len)
		return t;
	*why = h->why.p;
	http_transfer_free(t);
	return NULL;
}

void *http_owner(const struct http_transfer *t)
{
	return t->owner;
}

const char *http_host(const struct http_transfer *t)
{
	return t->host;
}

/* It may have ended without anybody having asked. */
static void forget_end(struct http_transfer *t)
{
	struct http *h = t->h;
	struct http_transfer **link = &h->ended;
	while (*link && *link != t)
		link = &(*link)->next_ended;
	if (!*link)
		return;
	*link = t->next_ended;
	if (!*link)
		h->ended_end = link;
}

void http_drop(struct http_transfer *t)
{
	struct http *h = t->h;
	forget_end(t);
	if (t->running)
		h->curl.multi_remove_handle(h->multi, t->easy->handle);
	t->running = t->too_large = false;
	if (t->easy) {
		t->easy->next = h->spare;
		h->spare = t->easy;
	}
	t->easy = NULL;
	h->curl.slist_free_all(t->headers);
	t->headers = NULL;
	if (t->body)
		block_unref(t->body);
	t->body = NULL;
}

static struct curl_slist *header_list(const struct http *h, const struct http_request *rq)
{
	struct curl_slist *list = NULL;
	for (int i = 0; i < rq->nheaders; i++) {
		char *text = mem_strndup(rq->headers[i].p, rq->headers[i].len);
		struct curl_slist *longer = h->curl.slist_append(list, text); /* NULL: no memory, which libcurl's next call tells */
		list = longer ? longer : list;
		free(text);
	}
	return list;
}

static void end_at_once(struct http_transfer *t)
{
	end(t, CURLE_OUT_OF_MEMORY);
	node_wake(t->h->nd);
}

void http_begin(struct http_transfer *t, const struct http_request *rq)
{
	struct http *h = t->h;
	assert(!t->running);
	http_drop(t);
	t->easy = easy_new(h);
	if (!t->easy) {
		end_at_once(t);
		return;
	}
	CURL *e = t->easy->handle;
	t->easy->error[0] = '\0';
	t->headers = header_list(h, rq);
	h->curl.easy_setopt(e, CURLOPT_URL, t->url);
	h->curl.easy_setopt(e, CURLOPT_PRIVATE, t);
	h->curl.easy_setopt(e, CURLOPT_WRITEDATA, t);
	h->curl.easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	if (h->s.sends_data) {
		h->curl.easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->data.len);
		h->curl.easy_setopt(e, CURLOPT_COPYPOSTFIELDS, rq->data.len ? rq->data.p : "");
	}
	if (h->curl.multi_add_handle(h->multi, e) == CURLM_OK)
		t->running = true;
	else
		end_at_once(t);
}

/* Does this say that the connection failed, rather than that the answer is no good? */
static bool is_passing(CURLcode e)
{
	switch (e) {
	case CURLE_COULDNT_RESOLVE_PROXY: case CURLE_COULDNT_RESOLVE_HOST: case CURLE_COULDNT_CONNECT: case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM: case CURLE_PARTIAL_FILE: case CURLE_OPERATION_TIMEDOUT: case CURLE_SSL_CONNECT_ERROR:
	case CURLE_GOT_NOTHING: case CURLE_SEND_ERROR: case CURLE_RECV_ERROR:
		return true;
	default:
		return false;
	}
}

static const char *error_text(struct http_transfer *t)
{
	struct http *h = t->h;
	if (t->easy && t->easy->error[0] && !t->too_large && t->result != CURLE_FILESIZE_EXCEEDED)
		return t->easy->error;
	if (!t->too_large && t->result != CURLE_FILESIZE_EXCEEDED)
		return h->curl.easy_strerror(t->result);
	str_clear(&h->why);
	str_addf(&h->why, "the body is longer than %lu bytes (max_body)", (unsigned long)h->s.max_body);
	return h->why.p;
}

struct http_answer http_answer(struct http_transfer *t)
{
	struct http *h = t->h;
	struct http_answer a = {.retry_after_ns = -1, .url = "", .type = ""};
	if (t->result != CURLE_OK) {
		a.error = error_text(t);
		a.passing = is_passing(t->result) && !t->too_large;
		return a;
	}
	CURL *e = t->easy->handle;
	char *url = NULL, *type = NULL;
	curl_off_t bytes = 0, took_us = 0, wait_s = 0;
	h->curl.easy_getinfo(e, CURLINFO_RESPONSE_CODE, &a.status);
	h->curl.easy_getinfo(e, CURLINFO_EFFECTIVE_URL, &url);
	h->curl.easy_getinfo(e, CURLINFO_CONTENT_TYPE, &type);
	h->curl.easy_getinfo(e, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
	h->curl.easy_getinfo(e, CURLINFO_TOTAL_TIME_T, &took_us);
	h->curl.easy_getinfo(e, CURLINFO_RETRY_AFTER, &wait_s);
	a.url = url ? url : "";
	a.type = type ? type : "";
	a.bytes = (uint64_t)bytes;
	a.took_us = took_us;
	a.passing = a.status == 429 || (a.status >= 500 && a.status < 600);
	if (a.passing && wait_s > 0)
		a.retry_after_ns = wait_s < INT64_MAX / NS_PER_S ? wait_s * NS_PER_S : INT64_MAX;
	return a;
}

struct block *http_take_body(struct http_transfer *t)
{
	struct block *b = t->body;
	t->body = NULL;
	return b;
}

void http_transfer_free(struct http_transfer *t)
{
	if (!t)
		return;
	http_drop(t);
	free(t->url);
	free(t->host);
	free(t);
}
