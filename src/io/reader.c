/* Reading records: see reader.h. Cuts nothing: it only looks for the last terminator of what it has read. */
#include "config.h"

#include "io/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scan.h"
#include "base/shown.h"
#include "engine/core/fdmode.h"
#include "engine/core/pipeline.h"
#include "engine/core/report.h"
#include "io/decompress.h"
#include "observe/progress.h"

#define SPAN_TAIL (16u << 10)      /* room in a block for the end of a span's last record */
#define SPANS_FROM (1u << 20)      /* smaller files are not worth it */
#define READ_MIN (4u << 10)        /* with less room than this the block is full */

/* An open file that chunks still have to read from. */
struct file_ref {
	atomic_uint refs;
	int fd;
	struct block_pool *pool;
	size_t max_event;
	int stage;
	uint64_t base;      /* where reading began: a record begins there */
	atomic_uint_fast64_t bad; /* where a span could not be read: none after it is; UINT64_MAX: nowhere */
	char *name;
};

static void file_unref(struct file_ref *f)
{
	if (f && atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1) {
		close(f->fd);
		free(f->name);
		free(f);
	}
}

/* ---- opening ---- */

static void plan_spans(struct reader *r, const struct stat *st)
{
	struct pipeline *pl = r->nd->pl;
	uint64_t span = pl->opt.block_bytes - SPAN_TAIL, size = (uint64_t)st->st_size;
	if (pl->opt.block_bytes <= 2 * SPAN_TAIL || size < r->offset + SPANS_FROM)
		return;
	int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return;
	r->spans_end = r->offset + (size - r->offset) / span * span;
	r->file = mem_zalloc(sizeof *r->file);
	*r->file = (struct file_ref){.fd = fd, .pool = &pl->blocks, .max_event = pl->opt.max_event,
		.stage = r->nd->stage, .base = r->offset, .name = mem_strdup(r->name)};
	atomic_init(&r->file->refs, 1);
	atomic_init(&r->file->bad, UINT64_MAX);
}

/* ---- framing ---- */

static void begin_framing(struct reader *r)
{
	r->framer = r->nd->framer;
	if (!r->framer)
		return;
	r->framing = mem_zalloc(r->framer->ops->state_bytes);
	r->framer->ops->begin(r->framer->priv, r->framing, r->name);
}

static void end_framing(struct reader *r)
{
	if (r->framing)
		r->framer->ops->end(r->framer->priv, r->framing);
	free(r->framing);
	r->framing = NULL;
}

/* The place after the last record that ended in [p, end), bytes that were read just now; NULL: none did. */
static const char *last_end(struct reader *r, const char *p, const char *end)
{
	if (r->framer)
		return p < end ? r->framer->ops->take(r->framer->priv, r->framing, p, end) : NULL;
	const char *last = scan_last(p, end, r->term);
	return last ? last + 1 : NULL;
}

static void framer_skips(struct reader *r, uint32_t from, uint32_t to)
{
	if (r->framer)
		r->framer->ops->skip(r->framer->priv, r->framing, r->block->data + from, r->block->data + to);
}

/* The input cannot be read as what it should be, and what the pipeline asks for is not there: the run ends. */
static void refuse(struct reader *r, char *error)
{
	struct pipeline *pl = r->nd->pl;
	progress_hide(pl);
	say("%s: %s", pl->stages[r->framer->stage].name, error);
	free(error);
	pipeline_abort(pl);
	r->eof = true;
}

/* False: the chunk cannot be used. */
static bool tag(struct reader *r, struct chunk *ck)
{
	char *error = NULL;
	if (!r->framer || r->framer->ops->tag(r->framer->priv, r->framing, ck, &error))
		return true;
	refuse(r, error);
	return false;
}

/* ---- compressed input ---- */

/* The first bytes of a file, from where it is to be read on. */
static bool file_is_compressed(int fd, off_t at)
{
	char first[DECOMPRESS_MAGIC];
	const struct codec *codec;
	ssize_t n = pread(fd, first, sizeof first, at < 0 ? 0 : at);
	return n > 0 && decompress_look(first, (size_t)n, &codec) == DECOMPRESS_FOUND;
}

static bool begin_decompressing(struct reader *r, const struct codec *codec)
{
	struct block *b = r->block;
	int fd;
	r->decompress = decompress_start(codec, r->fd, b->data + r->begin, b->len - r->begin, &fd, &r->read_why);
	if (!r->decompress)
		return false;
	b->len = r->begin;
	r->packed_fd = r->fd;
	r->fd = fd;
	r->kind = READER_PIPE;
	r->nonblocking = true;
	r->must_poll = false;
	r->offset = 0;
	return true;
}

/* The input's bytes so far: is it compressed? False: that is not known yet, or it cannot be read (read_why). */
static bool know(struct reader *r)
{
	const struct codec *codec;
	const struct block *b = r->block;
	enum decompress_look look = decompress_look(b->data + r->begin, b->len - r->begin, &codec);
	if (look == DECOMPRESS_MAYBE)
		return false;
	r->unknown = false;
	return look == DECOMPRESS_NONE || begin_decompressing(r, codec);
}

const char *reader_why(const struct reader *r)
{
	return r->read_why ? r->read_why : strerror(r->read_errno);
}

void reader_open(struct reader *r, struct node *nd, int fd, const char *name, struct lease_book *book, uint64_t *nr,
		 unsigned flags)
{
	struct stat st;
	*r = (struct reader){.nd = nd, .fd = fd, .own_fd = -1, .name = name, .term = nd->pl->opt.term, .book = book,
		.nr = nr, .kind = READER_PIPE, .must_poll = true, .left = UINT64_MAX};
	r->unknown = (flags & READER_DECOMPRESS) && !nd->pl->opt.raw;
	begin_framing(r);
	if (fstat(fd, &st) < 0)
		return;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode)) {
		off_t at = lseek(fd, 0, SEEK_CUR);
		r->kind = READER_FILE;
		r->must_poll = false;
		r->offset = at < 0 ? 0 : (uint64_t)at;
		posix_fadvise(fd, at < 0 ? 0 : at, 0, POSIX_FADV_SEQUENTIAL);
		/* Who has to count records as they go out reads them here. */
		const struct pipeline_options *opt = &nd->pl->opt;
		if (S_ISREG(st.st_mode) && r->unknown)
			r->unknown = file_is_compressed(fd, at);
		if ((flags & READER_SPANS) && !r->unknown && !r->framer && S_ISREG(st.st_mode) && nd->pl->pool && opt->fuse && !opt->origins && !opt->count)
			plan_spans(r, &st);
		return;
	}
	if (book)
		book->once = true;
	if (S_ISSOCK(st.st_mode)) {
		r->kind = READER_SOCKET;
		r->must_poll = false;
		return;
	}
	/* A FIFO that nobody has opened for writing yet looks like one at its end, but to poll: so poll first. */
	r->nonblocking = fcntl(fd, F_GETFL) & O_NONBLOCK;
	if (!r->nonblocking && (r->own_fd = fdmode_nonblocking(fd, O_RDONLY)) >= 0) {
		r->nonblocking = true;
		r->fd = r->own_fd;
	}
}

void reader_open_own(struct reader *r, struct node *nd, int fd, const char *name)
{
	*r = (struct reader){.nd = nd, .fd = fd, .own_fd = -1, .name = name, .term = '\n', .kind = READER_PIPE,
		.nonblocking = true, .left = UINT64_MAX, .inner = true};
}

void reader_close(struct reader *r)
{
	end_framing(r);
	if (r->block)
		block_unref(r->block);
	r->block = NULL;
	if (r->file) /* spans leave the shared position alone: move it behind what was read, as read() would have */
		(void)lseek(r->fd, (off_t)r->offset, SEEK_SET);
	if (r->decompress) {
		decompress_stop(r->decompress);
		r->decompress = NULL;
		r->fd = r->packed_fd;
	}
	if (r->own_fd >= 0)
		close(r->own_fd);
	r->own_fd = -1;
	file_unref(r->file);
	r->file = NULL;
}

void reader_stop(struct reader *r)
{
	struct pipeline *pl = r->nd->pl;
	uint32_t begun = r->block ? r->block->len - r->begin : 0;
	const char *by = pipeline_cut_by(pl);
	if (!by || r->kind == READER_FILE || r->skipping || !begun)
		return;
	pl->stages[r->nd->stage].counts.begun++;
	struct str why = {0};
	str_addf(&why, "%s came in the middle of an event, which is left out", by);
	report_held(pl, r->nd->stage, slice_make(r->block->data + r->begin, begun), why.p);
	str_release(&why);
}

void reader_watch(struct reader *r, struct loop *loop)
{
	loop_offer(loop, r->fd, POLLIN, r->nd, &r->ready);
}

/* ---- spans ---- */

/* Reads [from, from + len), less at the end of the file, or where it fails: *err is 0, or why. */
static size_t read_at(int fd, char *p, size_t len, uint64_t from, int *err)
{
	size_t got = 0;
	*err = 0;
	while (got < len) {
		ssize_t n = pread(fd, p + got, len - got, (off_t)(from + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			*err = errno;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

/* more: what is known besides, or "". */
static void too_long(struct chunk *ck, int stage, const char *name, uint64_t at, size_t max, struct slice begin,
		     const char *more)
{
	char why[500];
	snprintf(why, sizeof why, "event at byte %llu of '%.200s' is longer than --max-event (%zu bytes)%s%s",
		 (unsigned long long)at, name, max, *more ? ": " : "", more);
	if (begin.len > 200)
		begin.len = 200;
	chunk_fail(ck, stage, begin, why);
}

/* A span's bytes: where they lie while its block grows. */
struct span_read {
	struct file_ref *f;
	struct block *b;
	uint64_t from;      /* file offset of the block's first byte */
	int err;            /* 0, or why no more can be read */
};

/* Reads more behind what is there, in a larger block if need be; 0 at the end of the file, or where it fails. */
static size_t read_more(struct span_read *s, size_t bytes)
{
	if (s->b->cap - s->b->len < bytes) {
		struct block *larger = block_new(s->f->pool, 2 * (size_t)s->b->len + bytes);
		memcpy(larger->data, s->b->data, s->b->len);
		larger->len = s->b->len;
		block_unref(s->b);
		s->b = larger;
	}
	size_t n = read_at(s->f->fd, s->b->data + s->b->len, bytes, s->from + s->b->len, &s->err);
	s->b->len += (uint32_t)n;
	return n;
}

/* Finds the end of the record that begins at or before offset `at` of the block and is not ended before it. Returns the
 * offset behind its terminator, or of the end of the file; -1 on error; -2 when it is longer than allowed. */
static int64_t end_of_record(struct span_read *s, uint32_t begin, uint32_t at, char term)
{
	for (;;) {
		const char *hit = memchr(s->b->data + at, term, s->b->len - at);
		if (hit)
			return hit - s->b->data + 1;
		at = s->b->len;
		if (at - begin > s->f->max_event)
			return -2;
		if (s->err)
			return -1;
		size_t more = at - begin < SPAN_TAIL ? SPAN_TAIL / 2 : at - begin;
		if (read_more(s, more) == 0 && !s->err)
			return at;
	}
}

/* Told once for a file, however many of its spans fail. */
static void load_failed(struct chunk *ck, struct file_ref *f, uint64_t from, int err)
{
	struct str text = {0};
	uint_fast64_t nowhere = UINT64_MAX;
	if (!atomic_compare_exchange_strong(&f->bad, &nowhere, from))
		return;
	str_addf(&text, "cannot read '%s': %s", f->name, strerror(err));
	ck->error = str_steal(&text);
}

static void add_run(struct chunk *ck, const char *p, size_t len)
{
	if (!len)
		return;
	uint32_t i = chunk_append(ck, slice_make(p, len));
	if (p[len - 1] != ck->term)
		ck->ev[i].flags = SLICE_UNENDED;
}

/* Adds the records of [p, p + len), which begins at byte `at` of the input, but for those that are too long. */
static void add_records(struct chunk *ck, const char *p, size_t len, uint64_t at, int stage, const char *name, size_t max)
{
	const char *run = p, *end = p + len;
	for (const char *rec = p; len > max && rec < end;) {
		const char *hit = memchr(rec, ck->term, (size_t)(end - rec));
		const char *next = hit ? hit + 1 : end;
		if ((size_t)((hit ? hit : end) - rec) > max) {
			add_run(ck, run, (size_t)(rec - run));
			too_long(ck, stage, name, at + (uint64_t)(rec - p), max,
				 slice_make(rec, (size_t)((hit ? hit : end) - rec)), "");
			run = next;
		}
		rec = next;
	}
	add_run(ck, run, (size_t)(end - run));
}

/* Where the first record that begins in the span begins in the block, or its length where none does. */
static uint32_t first_record(const struct span_read *s, bool at_start, char term)
{
	if (at_start)
		return 0;
	const char *hit = memchr(s->b->data, term, s->b->len);
	return hit ? (uint32_t)(hit - s->b->data) + 1 : s->b->len;
}

/* The last record of the span may be too long, or not be there as a whole: then it alone is left out. */
static void load_runs(struct chunk *ck, struct span_read *s, uint32_t begin)
{
	const char *last = scan_last(s->b->data + begin, s->b->data + s->b->len, ck->term);
	uint32_t whole = last ? (uint32_t)(last - s->b->data) + 1 : begin;
	int64_t end = whole < s->b->len ? end_of_record(s, whole, s->b->len, ck->term) : whole;
	add_records(ck, s->b->data + begin, (size_t)(end < 0 ? whole : end) - begin, s->from + begin, s->f->stage,
		    s->f->name, s->f->max_event);
	if (end == -2)
		too_long(ck, s->f->stage, s->f->name, s->from + whole, s->f->max_event,
			 slice_make(s->b->data + whole, s->b->len - whole), "");
}

static void load_span(struct chunk *ck)
{
	struct file_ref *f = ck->load_arg;
	bool at_start = ck->load_from == f->base;
	struct span_read s = {.f = f, .from = at_start ? ck->load_from : ck->load_from - 1};
	size_t len = ck->load_to - s.from; /* one byte before the span tells whether a record begins with it */
	s.b = block_new(ck->pool, len);
	s.b->len = atomic_load(&f->bad) < s.from ? 0 : (uint32_t)read_at(f->fd, s.b->data, len, s.from, &s.err);
	/* A record that begins at load_to belongs to the next span: a terminator that is the very last byte ends ours. */
	uint32_t begin = first_record(&s, at_start, ck->term);
	if (begin < s.b->len)
		load_runs(ck, &s, begin);
	if (s.err)
		load_failed(ck, f, s.from, s.err);
	ck->load = NULL;
	ck->load_arg = NULL;
	file_unref(f);
	chunk_own_block(ck, s.b);
}

static void drop_load(struct chunk *ck)
{
	file_unref(ck->load_arg);
}

static struct chunk *next_span(struct reader *r)
{
	struct pipeline *pl = r->nd->pl;
	uint64_t span = pl->opt.block_bytes - SPAN_TAIL;
	struct chunk *ck = chunk_new(&pl->blocks, UINT32_MAX, UINT32_MAX);
	ck->raw = true;
	ck->term = r->term;
	ck->load = load_span;
	ck->load_dropped = drop_load;
	atomic_fetch_add_explicit(&r->file->refs, 1, memory_order_relaxed);
	ck->load_arg = r->file;
	ck->load_from = r->offset;
	r->offset += span;
	if (r->offset > r->spans_end)
		r->offset = r->spans_end;
	ck->load_to = r->offset;
	r->nd->read.bytes += ck->load_to - ck->load_from;
	ck->lease = lease_take(r->book, r->book->handed_out + (ck->load_to - ck->load_from));
	if (r->offset == r->spans_end) {
		r->nd->read.bytes--;
		r->offset--; /* the rest is read from the byte before, as a span would be */
		r->find_start = true;
	}
	return ck;
}

/* ---- reading as it comes ---- */

/* Makes room to read into: what is begun moves to a new block where the old one is full. */
static void make_room(struct reader *r)
{
	struct block *b = r->block;
	struct block_pool *pool = &r->nd->pl->blocks;
	uint32_t begun = b ? b->len - r->begin : 0;
	uint32_t least = pool->usual_bytes < 4 * READ_MIN ? 1 : READ_MIN;
	if (b && b->cap - b->len >= least)
		return;
	size_t need = begun ? 2 * (size_t)begun : 0;
	struct block *fresh = block_new(pool, need);
	if (begun)
		memcpy(fresh->data, b->data + r->begin, begun);
	fresh->len = begun;
	if (b)
		block_unref(b);
	r->block = fresh;
	r->begin = 0;
}

/* read() that never blocks: >0 bytes, 0 end, -1 nothing there now, -2 failed. */
/* --progress goes by the bytes of the input as it is. */
static void count_bytes(struct reader *r, uint64_t n)
{
	if (r->decompress) {
		uint64_t taken = decompress_taken(r->decompress);
		n = taken - r->packed_bytes;
		r->packed_bytes = taken;
	}
	r->nd->read.bytes += n;
}

/* What is told at the end of what can be read: a compressed input may be broken there. */
static enum reader_result after_end(struct reader *r)
{
	if (r->decompress && !r->read_why)
		r->read_why = decompress_error(r->decompress);
	return r->read_why ? READER_FAILED : READER_END;
}

static ssize_t read_some(struct reader *r)
{
	struct block *b = r->block;
	size_t room = b->cap - b->len;
	if (room > r->left)
		room = r->left;
	if (!room)
		return 0;
	if (r->must_poll && !(r->ready & (POLLIN | POLLHUP | POLLERR)))
		return -1;
	r->ready = 0;
	if (r->nonblocking)
		r->must_poll = false;
	ssize_t n;
	do {
		if (r->kind == READER_FILE)
			n = r->file ? pread(r->fd, b->data + b->len, room, (off_t)r->offset) : read(r->fd, b->data + b->len, room);
		else if (r->kind == READER_SOCKET)
			n = recv(r->fd, b->data + b->len, room, MSG_DONTWAIT);
		else
			n = read(r->fd, b->data + b->len, room);
	} while (n < 0 && errno == EINTR);
	if (n == 0 && r->growing)
		return -1;
	if (n >= 0) {
		b->len += (uint32_t)n;
		r->offset += (uint64_t)n;
		r->left -= (uint64_t)n;
		count_bytes(r, (uint64_t)n);
		return n;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return -1;
	r->read_errno = errno;
	return -2;
}

/* After spans: leaves out the record that the last span has already taken. */
static void skip_to_start(struct reader *r)
{
	struct block *b = r->block;
	const char *hit = memchr(b->data + r->begin, r->term, b->len - r->begin);
	r->begin = hit ? (uint32_t)(hit - b->data) + 1 : b->len;
	r->find_start = !hit;
}

/* While a record is skipped: drops its bytes; true once its end was seen. */
static bool skip_rest(struct reader *r)
{
	struct block *b = r->block;
	const char *hit = memchr(b->data + r->begin, r->term, b->len - r->begin);
	r->skipping = !hit;
	uint32_t from = r->begin;
	r->begin = hit ? (uint32_t)(hit - b->data) + 1 : b->len;
	framer_skips(r, from, r->begin);
	return hit;
}

static void note_origin(struct reader *r, struct chunk *ck)
{
	if (!r->nd->pl->opt.origins || !r->nr)
		return;
	ck->first = (struct origin){.nr = *r->nr + 1, .fnr = r->fnr + 1, .file = slice_str(r->name)};
	uint64_t records = chunk_records(ck);
	*r->nr += records;
	r->fnr += records;
}

/* Records that were too long. */
static void tell(struct reader *r, struct chunk *ck)
{
	if (!r->inner) {
		report_failures(r->nd->pl, ck);
		return;
	}
	r->too_long += ck->nfailures;
	chunk_forget_failures(ck);
}

/* A raw chunk of the block's bytes [begin, end). */
static struct chunk *make_chunk(struct reader *r, uint32_t end)
{
	struct chunk *ck = chunk_new(&r->nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	ck->raw = true;
	ck->term = r->term;
	chunk_own_block(ck, block_ref(r->block));
	struct pipeline *pl = r->nd->pl;
	uint64_t at = r->offset - (r->block->len - r->begin);
	if (r->framer)
		add_run(ck, r->block->data + r->begin, end - r->begin);
	else
		add_records(ck, r->block->data + r->begin, end - r->begin, at, r->nd->stage, r->name, pl->opt.max_event);
	tell(r, ck);
	if (r->book)
		ck->lease = lease_take(r->book, r->book->handed_out + (end - r->begin));
	r->begin = end;
	if (!tag(r, ck)) {
		chunk_free(ck);
		return NULL;
	}
	note_origin(r, ck);
	return ck;
}

/* The record that is begun is longer than allowed: reports it and skips it. */
static struct chunk *give_up_record(struct reader *r)
{
	struct block *b = r->block;
	struct chunk *ck = chunk_new(&r->nd->pl->blocks, 0, 0);
	uint64_t at = r->offset - (b->len - r->begin);
	char more[100] = "";
	if (r->framer && r->framer->ops->begun)
		r->framer->ops->begun(r->framer->priv, r->framing, more, sizeof more);
	too_long(ck, r->nd->stage, r->name, at, r->nd->pl->opt.max_event,
		 slice_make(b->data + r->begin, b->len - r->begin), more);
	tell(r, ck);
	chunk_free(ck);
	framer_skips(r, r->begin, b->len);
	r->skipping = true;
	r->begin = b->len;
	return NULL;
}

static enum reader_result end_of_input(struct reader *r, struct chunk **out)
{
	struct block *b = r->block;
	r->eof = true;
	if (r->skipping || r->find_start || b->len == r->begin)
		return after_end(r);
	*out = make_chunk(r, b->len);
	return *out ? READER_CHUNK : after_end(r);
}

static enum reader_result read_chunk(struct reader *r, struct chunk **out)
{
	if (r->eof)
		return after_end(r);
	if (r->read_errno || r->read_why)
		return READER_FAILED;
	if (r->file && atomic_load(&r->file->bad) != UINT64_MAX) {
		r->eof = true; /* the span that could not be read tells */
		return READER_END;
	}
	if (r->file && !r->find_start && r->offset < r->spans_end) {
		*out = next_span(r);
		return READER_CHUNK;
	}
	uint32_t ended = 0; /* behind the last terminator seen in the block; 0: none yet */
	for (;;) {
		bool full = r->block && r->block->cap - r->block->len < READ_MIN && ended;
		if (full)
			break;
		if (!ended)
			make_room(r);
		uint32_t from = r->block->len;
		ssize_t n = read_some(r);
		if (n == -2 && !ended)
			return READER_FAILED; /* a record that is begun is left out: nobody knows how it goes on */
		if (n == 0 && !ended)
			return end_of_input(r, out);
		if (n <= 0)
			break;
		if (r->unknown) {
			if (!know(r)) {
				if (r->read_why)
					return READER_FAILED;
				if (r->must_poll)
					break;
				continue;
			}
			from = r->begin;
			if (r->decompress)
				continue;
		}
		if (r->find_start)
			skip_to_start(r);
		else if (r->skipping)
			skip_rest(r);
		if (from < r->begin)
			from = r->begin;
		const char *base = r->block->data;
		const char *last = last_end(r, base + from, base + r->block->len);
		if (last && last > base + r->begin)
			ended = (uint32_t)(last - base);
		else if (!r->skipping && r->block->len - r->begin > r->nd->pl->opt.max_event && !ended)
			give_up_record(r);
		if (r->must_poll || (r->skipping && !r->growing))
			break; /* a record that never ends must not keep signals and the other stages waiting */
	}
	if (!ended)
		return READER_WAIT;
	*out = make_chunk(r, ended);
	return *out ? READER_CHUNK : READER_END;
}

/* A chunk without records (a header alone) is nobody's. */
static bool is_nothing(struct chunk *ck)
{
	if (!ck->frame || ck->n)
		return false;
	chunk_free(ck);
	return true;
}

enum reader_result reader_next(struct reader *r, struct chunk **out)
{
	enum reader_result got;
	do
		got = read_chunk(r, out);
	while (got == READER_CHUNK && is_nothing(*out));
	return got;
}

enum reader_result reader_finish(struct reader *r, struct chunk **out)
{
	if (r->block && !r->eof) {
		enum reader_result got = end_of_input(r, out);
		return got == READER_CHUNK && is_nothing(*out) ? READER_END : got;
	}
	r->eof = true;
	return READER_END;
}

enum reader_result reader_pass_one(struct reader *r, bool finish)
{
	struct chunk *ck;
	enum reader_result got = finish ? reader_finish(r, &ck) : reader_next(r, &ck);
	if (got == READER_CHUNK) {
		node_count_out(r->nd, ck);
		edge_push(r->nd->out[0], ck);
	}
	return got;
}

enum reader_result reader_pass(struct reader *r)
{
	enum reader_result got = READER_CHUNK;
	while (got == READER_CHUNK && edge_wanted(r->nd->out[0]) > 0)
		got = reader_pass_one(r, false);
	return got;
}

void reader_shrink(struct reader *r)
{
	struct block *b = r->block, *small = NULL;
	uint32_t begun = b ? b->len - r->begin : 0;
	if (!b || begun > b->cap / 2)
		return;
	if (begun) {
		small = block_new_small(&r->nd->pl->blocks, begun);
		memcpy(small->data, b->data + r->begin, begun);
		small->len = begun;
	}
	block_unref(b);
	r->block = small;
	r->begin = 0;
}
