/* Sorting more than fits into memory: see extsort.h. */
#include "config.h"

#include "data/extsort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "data/bigmem.h"
#include "data/order.h"

#define PAGE_BYTES ((size_t)4 << 20)     /* of memory for records, where there is much */
#define PAGES_LEAST 16                   /* ... else of so many in all */
#define FETCH_AHEAD 12                   /* records */
#define BUFFER_BYTES ((size_t)256 << 10) /* of a run that is written, or read while there is memory for it */
#define BUFFER_LEAST ((size_t)32 << 10)  /* of a run that is read */
#define BUFFERS_SHARE 8                  /* the part of memory, beside the records there, that buffers have */
#define RUNS_LEAST 16                    /* that are merged at once, however little memory there is */
#define SORT_BYTES 44u                   /* what sorting takes for a record: two pointers, two order_recs, its index */
#define RECORDS_MOST (UINT32_MAX - 1)    /* of a run */

/* A record as it lies in memory and in runs: this, the key, the load. */
struct head {
	uint32_t key_len, load_len;
};

struct page {
	struct page *next;
	size_t cap, used;
	char data[];
};

struct run {
	int fd;                 /* of one of the sort's files */
	uint64_t at, end;       /* what of it is not read yet, in the file */
	char *buffer;
	size_t cap, begin, len; /* what was read: buffer[begin, len) */
};

struct extsort {
	size_t memory;
	size_t bytes;           /* in pages */
	struct page *pages;     /* the one that is written to first */
	char **records;
	size_t n, cap;
	size_t next;            /* once they are sorted: the first that was not given yet */
	int fd;                 /* the file that runs are written to; -1: there is none yet */
	uint64_t file_end, spilled;
	int *joined;            /* files of others that have joined */
	size_t njoined, joined_cap;
	struct run *runs;
	size_t nruns, runs_cap;
	size_t *heap;           /* runs by their first record, least first; nruns stands for the records in memory */
	size_t nheap;
	bool given;             /* the first of the heap was given by the last call */
};

/* ---- records ---- */

static struct head head_of(const char *rec)
{
	struct head h;
	memcpy(&h, rec, sizeof h);
	return h;
}

static struct slice key_of(const char *rec)
{
	return slice_make(rec + sizeof(struct head), head_of(rec).key_len);
}

static size_t size_of(const char *rec)
{
	struct head h = head_of(rec);
	return sizeof h + h.key_len + h.load_len;
}

struct extsort *extsort_new(size_t memory)
{
	struct extsort *s = mem_zalloc(sizeof *s);
	s->memory = memory;
	s->fd = -1;
	return s;
}

static void free_pages(struct extsort *s)
{
	while (s->pages) {
		struct page *p = s->pages;
		s->pages = p->next;
		bigmem_free(p, sizeof *p + p->cap);
	}
	s->bytes = 0;
}

static void forget_records(struct extsort *s)
{
	free_pages(s);
	bigmem_free(s->records, s->cap * sizeof *s->records);
	s->records = NULL;
	s->n = s->cap = 0;
	s->next = 0;
}

void extsort_free(struct extsort *s)
{
	if (!s)
		return;
	forget_records(s);
	for (size_t i = 0; i < s->nruns; i++)
		free(s->runs[i].buffer);
	free(s->runs);
	free(s->heap);
	if (s->fd >= 0)
		close(s->fd);
	for (size_t i = 0; i < s->njoined; i++)
		close(s->joined[i]);
	free(s->joined);
	free(s);
}

uint64_t extsort_spilled(const struct extsort *s)
{
	return s->spilled;
}

static size_t page_bytes(const struct extsort *s)
{
	size_t part = s->memory / PAGES_LEAST;
	return part < PAGE_BYTES ? part : PAGE_BYTES;
}

/* Room for a record in memory. */
static char *place(struct extsort *s, size_t bytes)
{
	struct page *p = s->pages;
	size_t page = page_bytes(s);
	if (!p || p->cap - p->used < bytes) {
		size_t cap = (bytes > page ? bytes : page) - sizeof *p;
		cap = cap < bytes ? bytes : cap;
		p = bigmem_alloc(sizeof *p + cap);
		p->cap = cap;
		p->next = s->pages;
		s->pages = p;
		s->bytes += sizeof *p + cap;
	}
	char *at = p->data + p->used;
	p->used += bytes;
	return at;
}

static void note(struct extsort *s, char *rec)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 1024;
		s->records = bigmem_resize(s->records, s->cap * sizeof *s->records, cap * sizeof *s->records);
		s->cap = cap;
	}
	s->records[s->n++] = rec;
}

/* ---- sorting ---- */

/* Eight bytes of the key a level. A key that has ended is shorter than all that go on: zeros, for keys that differ and are
 * no prefixes of one another end in the same level or differ before. */
static bool load_keys(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	const struct extsort *s = arg;
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		struct slice key = key_of(s->records[r[i].i]);
		size_t from = (size_t)level * 8, left = key.len > from ? key.len - from : 0;
		unsigned char b[8] = {0};
		memcpy(b, key.p + (left ? from : 0), left < 8 ? left : 8);
		r[i].k = (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 | (uint64_t)b[3] << 32 |
			 (uint64_t)b[4] << 24 | (uint64_t)b[5] << 16 | (uint64_t)b[6] << 8 | b[7];
		any = any || left;
	}
	return any;
}

static void sort_records(struct extsort *s, struct pool *pool)
{
	const struct order o = {.arg = s, .load = load_keys, .pool = pool};
	uint32_t n, *order;
	s->next = 0;
	if (!s->n)
		return;
	order = order_items(&o, (uint32_t)s->n, -1, &n);
	char **sorted = bigmem_alloc(s->n * sizeof *sorted);
	for (size_t i = 0; i < s->n; i++)
		sorted[i] = s->records[order[i]];
	order_free(order, n);
	bigmem_free(s->records, s->cap * sizeof *s->records);
	s->records = sorted;
	s->cap = s->n;
}

/* ---- spilling ---- */

const char *extsort_folder(void)
{
	const char *folder = getenv("TMPDIR");
	return folder && *folder ? folder : "/tmp";
}

static bool open_file(struct extsort *s)
{
	if (s->fd >= 0)
		return true;
	const char *folder = extsort_folder();
	s->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return s->fd >= 0;
	struct str name = {0};
	str_addf(&name, "%s/spile-XXXXXX", folder);
	s->fd = mkostemp(name.p, O_CLOEXEC);
	if (s->fd >= 0)
		unlink(name.p);
	str_release(&name);
	return s->fd >= 0;
}

/* The next records lie anywhere. */
static void fetch_ahead(const struct extsort *s)
{
	if (s->next + FETCH_AHEAD >= s->n)
		return;
	const char *rec = s->records[s->next + FETCH_AHEAD];
	__builtin_prefetch(rec);
	__builtin_prefetch(rec + 64);
}

static bool write_all(struct extsort *s, const char *p, size_t len)
{
	while (len) {
		ssize_t n = pwrite(s->fd, p, len, (off_t)s->file_end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : ENOSPC;
			return false;
		}
		p += n;
		len -= (size_t)n;
		s->file_end += (uint64_t)n;
	}
	return true;
}

/* What is gathered for a write. */
struct output {
	struct extsort *s;
	char *buffer;
	size_t used;
};

static bool put(struct output *o, const char *rec)
{
	size_t size = size_of(rec);
	if (BUFFER_BYTES - o->used < size) {
		if (!write_all(o->s, o->buffer, o->used))
			return false;
		o->used = 0;
	}
	if (size > BUFFER_BYTES)
		return write_all(o->s, rec, size);
	memcpy(o->buffer + o->used, rec, size);
	o->used += size;
	return true;
}

static void add_run(struct extsort *s, uint64_t at)
{
	s->runs = mem_grow(s->runs, s->nruns + 1, &s->runs_cap, sizeof *s->runs);
	s->runs[s->nruns++] = (struct run){.fd = s->fd, .at = at, .end = s->file_end};
	s->spilled += s->file_end - at;
}

/* Writes the records in memory as a run. */
static bool spill(struct extsort *s, struct pool *pool)
{
	struct output o = {.s = s, .buffer = mem_alloc(BUFFER_BYTES)};
	uint64_t begin = s->file_end;
	bool good = open_file(s);
	if (good)
		sort_records(s, pool);
	for (s->next = 0; good && s->next < s->n; s->next++) {
		fetch_ahead(s);
		good = put(&o, s->records[s->next]);
	}
	good = good && write_all(s, o.buffer, o.used);
	int err = errno;
	free(o.buffer);
	errno = err;
	if (!good)
		return false;
	add_run(s, begin);
	forget_records(s);
	return true;
}

static bool is_full(const struct extsort *s, size_t more)
{
	return s->n && (s->bytes + more + (s->n + 1) * SORT_BYTES > s->memory || s->n >= RECORDS_MOST);
}

char *extsort_put(struct extsort *s, struct slice key, size_t load_bytes, struct pool *pool)
{
	struct head h = {key.len, (uint32_t)load_bytes};
	size_t bytes = sizeof h + key.len + load_bytes;
	size_t page = page_bytes(s);
	if (s->pages && s->pages->cap - s->pages->used >= bytes)
		page = 0;
	else if (bytes > page)
		page = bytes;
	if (is_full(s, page) && !spill(s, pool))
		return NULL;
	char *rec = place(s, bytes);
	memcpy(rec, &h, sizeof h);
	memcpy(rec + sizeof h, key.p, key.len);
	note(s, rec);
	return rec + sizeof h + key.len;
}

/* ---- reading runs ---- */

/* Reads until the run's buffer holds at least `least` bytes. False: errno. */
static bool fill(struct run *r, size_t least)
{
	if (r->len - r->begin >= least)
		return true;
	memmove(r->buffer, r->buffer + r->begin, r->len - r->begin);
	r->len -= r->begin;
	r->begin = 0;
	if (least > r->cap) {
		r->buffer = mem_realloc(r->buffer, least);
		r->cap = least;
	}
	while (r->len < least) {
		size_t want = r->cap - r->len;
		if (want > r->end - r->at)
			want = r->end - r->at;
		ssize_t n = want ? pread(r->fd, r->buffer + r->len, want, (off_t)r->at) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return false;
		}
		r->len += (size_t)n;
		r->at += (uint64_t)n;
	}
	return true;
}

static bool is_over(const struct run *r)
{
	return r->begin == r->len && r->at == r->end;
}

/* The run's first record lies whole in its buffer from here on. */
static bool load_first(struct run *r)
{
	return fill(r, sizeof(struct head)) && fill(r, size_of(r->buffer + r->begin));
}

/* ---- merging ---- */

static const char *first_of(const struct extsort *s, size_t source)
{
	const struct run *r = &s->runs[source];
	return source == s->nruns ? s->records[s->next] : r->buffer + r->begin;
}

static bool comes_before(const struct extsort *s, size_t a, size_t b)
{
	return slice_cmp(key_of(first_of(s, a)), key_of(first_of(s, b))) < 0;
}

static void sink_down(struct extsort *s, size_t i)
{
	for (size_t least;; i = least) {
		least = i;
		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < s->nheap; k++)
			if (comes_before(s, s->heap[k], s->heap[least]))
				least = k;
		if (least == i)
			return;
		size_t t = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = t;
	}
}

/* Begins to merge the runs from `from` on, and the records in memory if `memory`. */
static bool begin_merge(struct extsort *s, size_t from, size_t to, bool memory)
{
	size_t n = to - from, cap = s->memory / BUFFERS_SHARE / (n ? n : 1);
	cap = cap < BUFFER_LEAST ? BUFFER_LEAST : cap > BUFFER_BYTES ? BUFFER_BYTES : cap;
	s->heap = mem_realloc(s->heap, (s->nruns + 2) * sizeof *s->heap);
	s->nheap = 0;
	s->given = false;
	for (size_t i = from; i < to; i++) {
		s->runs[i].buffer = mem_alloc(cap);
		s->runs[i].cap = cap;
		if (!load_first(&s->runs[i]))
			return false;
		s->heap[s->nheap++] = i;
	}
	if (memory && s->n)
		s->heap[s->nheap++] = s->nruns;
	for (size_t i = s->nheap / 2; i-- > 0;)
		sink_down(s, i);
	return true;
}

/* The heap's first source goes on to its next record. */
static bool advance(struct extsort *s)
{
	size_t source = s->heap[0];
	struct run *r = &s->runs[source];
	bool over;
	if (source == s->nruns) {
		over = ++s->next == s->n;
		fetch_ahead(s);
	} else {
		r->begin += size_of(r->buffer + r->begin);
		over = is_over(r);
		if (!over && !load_first(r))
			return false;
		if (over) {
			free(r->buffer);
			r->buffer = NULL;
		}
	}
	if (over)
		s->heap[0] = s->heap[--s->nheap];
	if (s->nheap)
		sink_down(s, 0);
	return true;
}

/* 1, with the next record of the merge; 0 at its end; -1. */
static int next_record(struct extsort *s, const char **rec)
{
	if (s->given && !advance(s))
		return -1;
	s->given = s->nheap > 0;
	if (!s->given)
		return 0;
	*rec = first_of(s, s->heap[0]);
	return 1;
}

/* Makes one run of the first n. */
static bool merge_runs(struct extsort *s, size_t n)
{
	struct output o = {.s = s, .buffer = mem_alloc(BUFFER_BYTES)};
	uint64_t begin = s->file_end;
	const char *rec;
	int got = begin_merge(s, 0, n, false) ? 1 : -1;
	while (got > 0 && (got = next_record(s, &rec)) > 0)
		if (!put(&o, rec))
			got = -1;
	if (got == 0 && !write_all(s, o.buffer, o.used))
		got = -1;
	int err = errno;
	free(o.buffer);
	errno = err;
	if (got < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		free(s->runs[i].buffer);
	memmove(s->runs, s->runs + n, (s->nruns - n) * sizeof *s->runs);
	s->nruns -= n;
	add_run(s, begin);
	return true;
}

bool extsort_sort(struct extsort *s, struct pool *pool)
{
	size_t most = s->memory / BUFFERS_SHARE / BUFFER_LEAST;
	if (most < RUNS_LEAST)
		most = RUNS_LEAST;
	while (s->nruns > most)
		if (!merge_runs(s, most < s->nruns - most + 1 ? most : s->nruns - most + 1))
			return false;
	sort_records(s, pool);
	return begin_merge(s, 0, s->nruns, true);
}

int extsort_next(struct extsort *s, struct slice *load)
{
	const char *rec;
	int got = next_record(s, &rec);
	if (got <= 0)
		return got;
	struct head h = head_of(rec);
	*load = slice_make(rec + sizeof h + h.key_len, h.load_len);
	return 1;
}

/* ---- joining ---- */

static void take_runs(struct extsort *s, struct extsort *from)
{
	for (size_t i = 0; i < from->nruns; i++) {
		s->runs = mem_grow(s->runs, s->nruns + 1, &s->runs_cap, sizeof *s->runs);
		s->runs[s->nruns++] = from->runs[i];
	}
	from->nruns = 0;
	s->spilled += from->spilled;
	if (from->fd < 0)
		return;
	s->joined = mem_grow(s->joined, s->njoined + 1, &s->joined_cap, sizeof *s->joined);
	s->joined[s->njoined++] = from->fd;
	from->fd = -1;
}

static void take_records(struct extsort *s, struct extsort *from)
{
	for (size_t i = 0; i < from->n; i++)
		note(s, from->records[i]);
	struct page **last = &s->pages;
	while (*last)
		last = &(*last)->next;
	*last = from->pages;
	s->bytes += from->bytes;
	from->pages = NULL;
	from->bytes = 0;
}

bool extsort_join(struct extsort *s, struct extsort *from, struct pool *pool)
{
	bool good = s->n + from->n <= RECORDS_MOST || spill(s, pool);
	int err = errno;
	s->memory += from->memory;
	take_records(s, from);
	take_runs(s, from);
	extsort_free(from);
	errno = err;
	return good;
}
