/* A web server for tests, which behaves as its paths say: see the table `answers`. It listens on 127.0.0.1 at a port that
 * the system chooses and prints, and ends with its standard input. A thread a connection; keeps connections alive. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES 65536
#define NAMES 4096
#define HOSTS 8

struct request {
	int fd;
	char text[REQUEST_BYTES + 1]; /* all of it, with its body */
	size_t len;
	char path[4096];
	char host[256];
	bool inside;                  /* it counts among those that are not answered yet */
};

/* What the tests ask for with /stats, and what answers that change with time remember. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int requests, connections;
	int inside, most_inside;      /* requests that are not answered yet */
	struct host {
		char name[256];
		int inside, most_inside;
	} hosts[HOSTS];
	int meeting, met;             /* /meet: how many wait, and how often a group has left */
	struct seen {
		char path[256];
		struct timespec at;
	} seen[NAMES];                /* paths that were asked for, and when first */
	int nseen;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static long ms_since(const struct timespec *then)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

/* Milliseconds since the path was asked for the first time; -1: this is the first time. */
static long asked_before(const char *path)
{
	long ms = -1;
	pthread_mutex_lock(&state.lock);
	int i = 0;
	while (i < state.nseen && strcmp(state.seen[i].path, path) != 0)
		i++;
	if (i < state.nseen) {
		ms = ms_since(&state.seen[i].at);
	} else if (i < NAMES) {
		snprintf(state.seen[i].path, sizeof state.seen[i].path, "%s", path);
		clock_gettime(CLOCK_MONOTONIC, &state.seen[i].at);
		state.nseen++;
	}
	pthread_mutex_unlock(&state.lock);
	return ms;
}

static struct host *host_of(const char *name)
{
	for (int i = 0; i < HOSTS; i++) {
		if (!state.hosts[i].name[0])
			snprintf(state.hosts[i].name, sizeof state.hosts[i].name, "%s", name);
		if (!strcmp(state.hosts[i].name, name))
			return &state.hosts[i];
	}
	return &state.hosts[HOSTS - 1];
}

static void count(struct request *rq, int change)
{
	pthread_mutex_lock(&state.lock);
	struct host *h = host_of(rq->host);
	state.inside += change;
	h->inside += change;
	if (state.inside > state.most_inside)
		state.most_inside = state.inside;
	if (h->inside > h->most_inside)
		h->most_inside = h->inside;
	pthread_mutex_unlock(&state.lock);
}

/* Before the answer: with it the client may ask for the next. */
static void leave(struct request *rq)
{
	if (rq->inside)
		count(rq, -1);
	rq->inside = false;
}

static bool send_all(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n;) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

static bool send_text(int fd, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return send_all(fd, text, (size_t)n);
}

/* A whole answer; more: further header lines, each with its end. */
static bool answer(struct request *rq, int status, const char *more, const void *body, size_t len)
{
	bool head = !strncmp(rq->text, "HEAD ", 5);
	leave(rq);
	return send_text(rq->fd, "HTTP/1.1 %d Status\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s\r\n",
			 status, len, more) && (head || send_all(rq->fd, body, len));
}

static bool answer_text(struct request *rq, int status, const char *text)
{
	return answer(rq, status, "", text, strlen(text));
}

/* ---- the answers: false closes the connection. arg is what follows their name and a slash ---- */

static bool give_ok(struct request *rq, const char *arg)
{
	char text[4200];
	snprintf(text, sizeof text, "page %s\n", arg);
	return answer_text(rq, 200, text);
}

static bool give_size(struct request *rq, const char *arg)
{
	size_t n = strtoul(arg, NULL, 10);
	char *body = malloc(n + 1);
	memset(body, 'x', n);
	bool open = answer(rq, 200, "", body, n);
	free(body);
	return open;
}

static bool give_bytes(struct request *rq, const char *arg)
{
	(void)arg;
	return answer(rq, 200, "", "a\0b\r\n\xff\n\nend", 11);
}

static bool give_status(struct request *rq, const char *arg)
{
	char text[64];
	snprintf(text, sizeof text, "status %d", atoi(arg));
	return answer_text(rq, atoi(arg), text);
}

static bool give_slow(struct request *rq, const char *arg)
{
	sleep_ms(atol(arg));
	return give_ok(rq, arg);
}

static bool give_late(struct request *rq, const char *arg) /* headers that come in pieces */
{
	return send_text(rq->fd, "HTTP/1.1 200 OK\r\nConte") && (sleep_ms(atol(arg)), true) &&
	       send_text(rq->fd, "nt-Length: 5\r\n") && (sleep_ms(atol(arg)), true) && send_text(rq->fd, "\r\nla") &&
	       (sleep_ms(atol(arg)), true) && send_text(rq->fd, "te\n");
}

static bool give_hang(struct request *rq, const char *arg)
{
	char c;
	(void)arg;
	while (recv(rq->fd, &c, 1, 0) > 0)
		;
	return false;
}

static bool give_reset(struct request *rq, const char *arg)
{
	(void)arg;
	setsockopt(rq->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
	return false;
}

static bool give_reset_once(struct request *rq, const char *arg)
{
	return asked_before(rq->path) < 0 ? give_reset(rq, arg) : give_ok(rq, arg);
}

static bool give_500_once(struct request *rq, const char *arg)
{
	return asked_before(rq->path) < 0 ? answer_text(rq, 500, "not yet\n") : give_ok(rq, arg);
}

/* /429/SECONDS/...: is answered after that time, and never again before. */
static bool give_429(struct request *rq, const char *arg)
{
	char more[64];
	long ms = asked_before(rq->path);
	snprintf(more, sizeof more, "Retry-After: %d\r\n", atoi(arg));
	if (ms < 0)
		return answer(rq, 429, more, "later\n", 6);
	return ms < atoi(arg) * 1000L ? answer_text(rq, 400, "too early\n") : give_ok(rq, arg);
}

/* The same with a date, which is two seconds ahead: more than one, as dates have no fractions. */
static bool give_429_date(struct request *rq, const char *arg)
{
	char more[80];
	time_t then = time(NULL) + 2;
	struct tm tm;
	long ms = asked_before(rq->path);
	strftime(more, sizeof more, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&then, &tm));
	if (ms < 0)
		return answer(rq, 429, more, "later\n", 6);
	return ms < 1000 ? answer_text(rq, 400, "too early\n") : give_ok(rq, arg);
}

static bool give_redirect(struct request *rq, const char *arg) /* /redirect/3 leads over three to /ok/0 */
{
	char more[64];
	int n = atoi(arg);
	snprintf(more, sizeof more, n > 1 ? "Location: /redirect/%d\r\n" : "Location: /ok/0\r\n", n - 1);
	return answer(rq, 302, more, "moved\n", 6);
}

static bool give_loop(struct request *rq, const char *arg)
{
	(void)arg;
	return answer(rq, 302, "Location: /loop\r\n", "round\n", 6);
}

static bool give_to_file(struct request *rq, const char *arg)
{
	(void)arg;
	return answer(rq, 302, "Location: file:///etc/passwd\r\n", "", 0);
}

static bool give_short(struct request *rq, const char *arg) /* ends before its length is reached */
{
	(void)arg;
	send_text(rq->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst line\n");
	return false;
}

static bool give_endless(struct request *rq, const char *arg)
{
	(void)arg;
	bool open = send_text(rq->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (open)
		open = send_text(rq->fd, "40\r\n%064d\r\n", 0);
	return false;
}

static bool give_bad_header(struct request *rq, const char *arg)
{
	(void)arg;
	send_text(rq->fd, "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nbody\n");
	return false;
}

static bool give_no_http(struct request *rq, const char *arg)
{
	(void)arg;
	send_text(rq->fd, "SSH-2.0-OpenSSH_9.2\r\n");
	return false;
}

static bool give_nothing(struct request *rq, const char *arg)
{
	(void)rq;
	(void)arg;
	return false;
}

static bool give_echo(struct request *rq, const char *arg)
{
	(void)arg;
	return answer(rq, 200, "", rq->text, rq->len);
}

/* /meet/N/...: is answered when N requests wait here, and a little later, so that one too many would be seen. */
static bool give_meet(struct request *rq, const char *arg)
{
	pthread_mutex_lock(&state.lock);
	int group = state.met;
	state.meeting++;
	pthread_cond_broadcast(&state.changed);
	while (state.met == group && state.meeting < atoi(arg))
		pthread_cond_wait(&state.changed, &state.lock);
	pthread_mutex_unlock(&state.lock);
	sleep_ms(30);
	pthread_mutex_lock(&state.lock);
	if (state.met == group) {
		state.met++;
		state.meeting = 0;
		pthread_cond_broadcast(&state.changed);
	}
	pthread_mutex_unlock(&state.lock);
	return give_ok(rq, arg);
}

static bool give_stats(struct request *rq, const char *arg)
{
	char text[2048];
	int n;
	(void)arg;
	pthread_mutex_lock(&state.lock);
	n = snprintf(text, sizeof text, "requests %d\nconnections %d\nmost at once %d\n", state.requests,
		     state.connections - 1, state.most_inside);
	for (int i = 0; i < HOSTS && state.hosts[i].name[0]; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%.*s %d\n", (int)strcspn(state.hosts[i].name, ":"),
			      state.hosts[i].name, state.hosts[i].most_inside);
	pthread_mutex_unlock(&state.lock);
	return answer(rq, 200, "", text, (size_t)n);
}

static const struct {
	const char *name;
	bool (*give)(struct request *, const char *arg);
} answers[] = {
	{"ok", give_ok}, {"size", give_size}, {"bytes", give_bytes}, {"status", give_status}, {"slow", give_slow},
	{"late", give_late}, {"hang", give_hang}, {"reset", give_reset}, {"resetonce", give_reset_once},
	{"500once", give_500_once}, {"429", give_429}, {"429date", give_429_date}, {"redirect", give_redirect},
	{"loop", give_loop}, {"tofile", give_to_file}, {"short", give_short}, {"endless", give_endless},
	{"badheader", give_bad_header}, {"nohttp", give_no_http}, {"nothing", give_nothing}, {"echo", give_echo},
	{"meet", give_meet}, {"stats", give_stats},
};

static bool give(struct request *rq)
{
	if (!strncmp(rq->path, "http://", 7)) { /* as a proxy is asked */
		char text[4200];
		snprintf(text, sizeof text, "proxied %s\n", rq->path);
		return answer_text(rq, 200, text);
	}
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		size_t n = strlen(answers[i].name);
		if (!strncmp(rq->path + 1, answers[i].name, n) && (rq->path[n + 1] == '/' || rq->path[n + 1] == '\0'))
			return answers[i].give(rq, rq->path + n + 1 + (rq->path[n + 1] == '/'));
	}
	return answer_text(rq, 404, "no such page\n");
}

/* ---- connections ---- */

static const char *find_header(const char *text, const char *name)
{
	for (const char *line = strstr(text, "\r\n"); line; line = strstr(line + 2, "\r\n"))
		if (!strncasecmp(line + 2, name, strlen(name)))
			return line + 2 + strlen(name) + strspn(line + 2 + strlen(name), " ");
	return NULL;
}

/* Reads one request, with its body; false: the client has gone. */
static bool read_request(struct request *rq)
{
	size_t want = 0;
	rq->len = 0;
	while (!want || rq->len < want) {
		ssize_t n = rq->len < REQUEST_BYTES ? recv(rq->fd, rq->text + rq->len, want ? want - rq->len : 1, 0) : 0;
		if (n <= 0)
			return false;
		rq->len += (size_t)n;
		rq->text[rq->len] = '\0';
		if (!want && rq->len >= 4 && !strcmp(rq->text + rq->len - 4, "\r\n\r\n")) {
			const char *length = find_header(rq->text, "Content-Length:");
			want = rq->len + (length ? strtoul(length, NULL, 10) : 0);
			if (want > REQUEST_BYTES)
				return false;
		}
	}
	const char *host = find_header(rq->text, "Host:");
	snprintf(rq->host, sizeof rq->host, "%.*s", host ? (int)strcspn(host, "\r") : 0, host ? host : "");
	return sscanf(rq->text, "%*s %4095s", rq->path) == 1;
}

/* /stats asks about the others, and is no request to count. */
static bool serve_one(struct request *rq)
{
	bool counts = strcmp(rq->path, "/stats") != 0;
	if (counts) {
		pthread_mutex_lock(&state.lock);
		state.requests++;
		pthread_mutex_unlock(&state.lock);
		rq->inside = true;
		count(rq, 1);
	}
	bool open = give(rq);
	leave(rq);
	return open;
}

static void *serve(void *arg)
{
	struct request *rq = arg;
	while (read_request(rq) && serve_one(rq))
		;
	close(rq->fd);
	free(rq);
	return NULL;
}

static void *accept_all(void *arg)
{
	int listener = *(int *)arg, fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_t thread;
		struct request *rq = calloc(1, sizeof *rq);
		rq->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* answers are sent in pieces */
		pthread_mutex_lock(&state.lock);
		state.connections++;
		pthread_mutex_unlock(&state.lock);
		if (!rq || pthread_create(&thread, NULL, serve, rq) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	pthread_t thread;
	char c;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	signal(SIGPIPE, SIG_IGN);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 128) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0) {
		perror("httpd");
		return 1;
	}
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	fclose(stdout); /* whoever waits for more than the port need not wait for the end */
	if (pthread_create(&thread, NULL, accept_all, &fd) != 0)
		return 1;
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	_exit(0);
}
