/* Writing events: see writer.h. */
#include "config.h"

#include "io/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/core/fdmode.h"
#include "engine/core/lease.h"
#include "engine/core/loop.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"

#define DIRECT_BYTES 2048u /* a run this long is written from where it lies; copying shorter ones is cheaper */

void writer_open(struct writer *w, int fd, char term)
{
	struct stat st;
	*w = (struct writer){.fd = fd, .own_fd = -1, .term = term, .kind = WRITER_FILE};
	if (fstat(fd, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode)) {
		w->kind = WRITER_SOCKET;
	} else if (S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd))) {
		w->kind = WRITER_PIPE;
		w->own_fd = fdmode_nonblocking(fd, O_WRONLY);
		w->must_poll = w->own_fd < 0;
		if (w->own_fd >= 0)
			w->fd = w->own_fd;
	}
}

void writer_open_own(struct writer *w, int fd, char term)
{
	*w = (struct writer){.fd = fd, .own_fd = -1, .term = term, .kind = WRITER_PIPE};
}

static void free_ends(struct writer *w, int run)
{
	while (w->ends[run]) {
		struct chunk *ck = w->ends[run];
		w->ends[run] = ck->next;
		chunk_free(ck);
	}
}

static void free_lease(struct writer *w)
{
	lease_unref(w->lease);
	w->lease = NULL;
}

void writer_close(struct writer *w)
{
	for (int run = w->first; run < w->nruns; run++)
		free_ends(w, run);
	free_lease(w);
	chunk_free(w->adding);
	free(w->buffer);
	if (w->own_fd >= 0)
		close(w->own_fd);
	*w = (struct writer){.fd = -1, .own_fd = -1};
}

void writer_watch(struct writer *w, struct node *nd, struct loop *loop)
{
	loop_offer(loop, w->fd, POLLOUT, nd, &w->ready);
}

/* ---- gathering ---- */

/* Events leave one run and one byte free: for the terminator of the last, so that no write ends in an event that has to wait
 * for it. */
static bool add_run(struct writer *w, const char *p, size_t len, int most)
{
	if (w->nruns >= most)
		return false;
	w->runs[w->nruns++] = (struct iovec){(void *)(uintptr_t)p, len};
	w->pending += len;
	return true;
}

/* Copies into the buffer, up to `most` bytes and runs of it; the last run is extended where it ends there. */
static bool add_copy(struct writer *w, const char *p, size_t len, size_t most, int most_runs)
{
	if (!w->buffer)
		w->buffer = mem_alloc(WRITER_BYTES);
	if (w->used + len > most)
		return false;
	char *to = w->buffer + w->used;
	struct iovec *last = w->nruns > w->first ? &w->runs[w->nruns - 1] : NULL;
	bool extends = last && (char *)last->iov_base + last->iov_len == to;
	if (!extends && !add_run(w, to, 0, most_runs))
		return false;
	memcpy(to, p, len);
	w->runs[w->nruns - 1].iov_len += len;
	w->pending += len;
	w->used += len;
	return true;
}

static bool add_bytes(struct writer *w, const char *p, size_t len)
{
	if (len < DIRECT_BYTES)
		return add_copy(w, p, len, WRITER_BYTES - 1, WRITER_RUNS - 1);
	w->direct = true;
	return add_run(w, p, len, WRITER_RUNS - 1);
}

/* The last event's terminator: there is always room for one. */
static void add_term(struct writer *w)
{
	w->owes_term = !add_copy(w, &w->term, 1, WRITER_BYTES, WRITER_RUNS);
}

/* ---- the envelope ---- */

void writer_enclose(struct writer *w, const struct envelope *envelope, bool begun)
{
	w->envelope = envelope;
	w->begun = begun;
}

void writer_end(struct writer *w)
{
	w->ending = w->envelope != NULL;
}

/* Bytes that outlive the writer. */
static bool add_around(struct writer *w, struct slice s)
{
	bool direct = w->direct;
	if (!s.len)
		return true;
	if (!add_bytes(w, s.p, s.len))
		return false;
	w->direct = direct;
	w->around += s.len;
	return true;
}

static void add_record(struct writer *w, struct slice s)
{
	add_around(w, s);
	w->owes_term = true;
	w->unended = false;
	w->around++;
}

/* Before the first event. The writer is empty: there is room. */
static void begin_envelope(struct writer *w, const struct envelope *env)
{
	if (w->begun)
		return;
	w->begun = true;
	add_around(w, env->begin);
	if (env->header.p)
		add_record(w, env->header);
	w->separated = true;
}

/* After the last event; nothing is pending. False: there is none. */
static bool end_envelope(struct writer *w)
{
	const struct envelope *env = w->envelope;
	if (!w->ending)
		return false;
	w->ending = false;
	w->envelope = NULL;
	if (w->begun && !env->between.p)
		return false;
	if (w->begun)
		add_record(w, env->end);
	else if (env->between.p)
		add_record(w, env->empty);
	else if (env->header.p)
		begin_envelope(w, env);
	return true;
}

/* Adds what fits of w->adding, with something between its events. */
static bool add_enclosed(struct writer *w)
{
	struct chunk *ck = w->adding;
	for (; w->at < ck->n; w->at++) {
		if (!w->separated && !add_around(w, w->envelope->between))
			return false;
		w->separated = true;
		if (!add_bytes(w, ck->ev[w->at].p, ck->ev[w->at].len))
			return false;
		w->separated = false;
	}
	return true;
}

/* From event i on: how many bytes lie together as they are to be written, terminators included. Sets *next to the event
 * behind them and *ended: whether the last one's terminator is among them. (The byte behind an event can be read.) */
static size_t neighbours(const struct chunk *ck, uint32_t i, char term, uint32_t *next, bool *ended)
{
	struct slice e = ck->ev[i];
	const char *begin = e.p;
	*next = i + 1;
	*ended = ck->raw && !(e.flags & SLICE_UNENDED);
	if (ck->raw || (e.flags & SLICE_UNENDED) || e.p[e.len] != term)
		return e.len;
	while (i + 1 < ck->n && ck->ev[i + 1].p == e.p + e.len + 1 && !(ck->ev[i + 1].flags & SLICE_UNENDED) &&
	       ck->ev[i + 1].p[ck->ev[i + 1].len] == term)
		e = ck->ev[++i];
	*next = i + 1;
	*ended = true;
	return (size_t)(e.p + e.len + 1 - begin);
}

/* All of the chunk is added. Where everything was copied only its lease has to wait for the write. */
static void hold(struct writer *w, struct chunk *ck)
{
	if (!w->direct) {
		w->lease = lease_lowest(w->lease, ck->lease);
		chunk_free(ck);
		return;
	}
	ck->next = w->ends[w->nruns - 1];
	w->ends[w->nruns - 1] = ck;
}

static bool add_events(struct writer *w)
{
	struct chunk *ck = w->adding;
	while (w->at < ck->n) {
		uint32_t next;
		bool ended;
		if (w->owes_term)
			add_term(w);
		size_t len = neighbours(ck, w->at, w->term, &next, &ended);
		if (!add_bytes(w, ck->ev[w->at].p, len))
			return false;
		w->unended = ck->ev[next - 1].flags & SLICE_UNENDED;
		w->owes_term = !ended;
		w->at = next;
	}
	return true;
}

/* Adds what fits of w->adding; true when all of it is in. */
static bool add_more(struct writer *w)
{
	struct chunk *ck = w->adding;
	if (!(w->envelope && w->envelope->between.p ? add_enclosed : add_events)(w))
		return false;
	w->adding = NULL;
	hold(w, ck);
	return true;
}

/* Records that ended otherwise than they shall here: as events, each of which then gets the new terminator. */
static struct chunk *cut_all(struct chunk *raw)
{
	struct chunk *ck = chunk_new(raw->pool, UINT32_MAX, UINT32_MAX);
	ck->term = raw->term;
	ck->lease = lease_ref(raw->lease);
	chunk_cut(raw, ck);
	chunk_free(raw);
	return ck;
}

void writer_add(struct writer *w, struct chunk *ck)
{
	if (ck->raw && (ck->term != w->term || w->envelope))
		ck = cut_all(ck);
	if (w->envelope && ck->n)
		begin_envelope(w, w->envelope);
	w->adding = ck;
	w->at = 0;
	w->direct = false;
	add_more(w);
}

/* ---- writing ---- */

static ssize_t write_once(struct writer *w)
{
	struct iovec *v = &w->runs[w->first];
	int n = w->nruns - w->first;
	if (w->kind == WRITER_SOCKET) {
		struct msghdr m = {.msg_iov = v, .msg_iovlen = (size_t)n};
		return sendmsg(w->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (!w->must_poll)
		return writev(w->fd, v, n);
	if (!(w->ready & (POLLOUT | POLLERR | POLLHUP))) {
		errno = EAGAIN;
		return -1;
	}
	w->ready = 0;
	return write(w->fd, v->iov_base, v->iov_len < PIPE_BUF ? v->iov_len : PIPE_BUF);
}

static void advance(struct writer *w, size_t n)
{
	w->pending -= n;
	w->bytes_written += n;
	while (n) {
		struct iovec *v = &w->runs[w->first];
		if (n < v->iov_len) {
			v->iov_base = (char *)v->iov_base + n;
			v->iov_len -= n;
			w->torn = true;
			return;
		}
		n -= v->iov_len;
		w->torn = false;
		free_ends(w, w->first++);
	}
}

static enum writer_result write_pending(struct writer *w)
{
	while (w->pending) {
		ssize_t n = write_once(w);
		if (n >= 0) {
			advance(w, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return WRITER_BLOCKED;
		w->error = errno;
		return WRITER_FAILED;
	}
	w->first = w->nruns = 0;
	w->used = 0;
	free_lease(w);
	return WRITER_DONE;
}

/* What keeps the waiting bytes can be read again. */
static bool can_be_read_again(const struct writer *w)
{
	bool again = !w->lease || lease_again(w->lease), any = w->lease;
	for (int run = w->first; run < w->nruns; run++)
		for (const struct chunk *ck = w->ends[run]; ck; ck = ck->next) {
			again = again && lease_again(ck->lease);
			any = true;
		}
	if (w->adding) {
		again = again && lease_again(w->adding->lease);
		any = true;
	}
	return any && again;
}

/* The waiting bytes in one run, as records. *torn: the first is the rest of one. */
static struct chunk *waiting_bytes(const struct writer *w, struct block_pool *pool, bool *torn)
{
	struct chunk *ck = chunk_new(pool, UINT32_MAX, UINT32_MAX);
	char *p = chunk_room(ck, w->pending + 1);
	size_t n = 0;
	ck->raw = true;
	ck->term = w->term;
	const char *begin = w->runs[w->first].iov_base;
	*torn = w->torn && begin[-1] != w->term;
	for (int run = w->first; run < w->nruns; n += w->runs[run++].iov_len)
		memcpy(p + n, w->runs[run].iov_base, w->runs[run].iov_len);
	bool ended = p[n - 1] == w->term;
	p[n] = w->term;
	chunk_wrote(ck, n + !ended);
	chunk_append(ck, slice_make(p, n + !ended));
	return ck;
}

void writer_abandon(struct writer *w, struct pipeline *pl, int stage)
{
	bool torn;
	if (can_be_read_again(w))
		return;
	if (w->pending) {
		struct chunk *ck = waiting_bytes(w, &pl->blocks, &torn);
		if (torn) { /* its end is no event */
			const char *end = memchr(ck->ev[0].p, w->term, ck->ev[0].len);
			uint32_t n = (uint32_t)(end + 1 - ck->ev[0].p);
			ck->ev[0].p += n;
			ck->ev[0].len -= n;
			report_abandoned_number(pl, stage, 1);
		}
		if (ck->ev[0].len)
			report_abandoned(pl, stage, ck);
		chunk_free(ck);
	}
	if (w->adding) {
		w->adding->pos = w->at;
		w->adding->sub = 0;
		report_abandoned(pl, stage, w->adding);
	}
}

/* The last event's terminator, where it had none in its block; what came without one stays without, if it is the last. */
static bool term_is_due(const struct writer *w)
{
	return w->owes_term && (!w->unended || w->ends_all || w->adding);
}

enum writer_result writer_flush(struct writer *w)
{
	for (;;) {
		if (term_is_due(w))
			add_term(w);
		enum writer_result got = write_pending(w);
		if (got != WRITER_DONE)
			return got;
		if (w->adding)
			add_more(w);
		else if (!term_is_due(w) && !end_envelope(w))
			return got;
	}
}
