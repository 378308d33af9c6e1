/* Compressed input: see decompress.h. Each library has a few functions here, and one row in the table of codecs. */
#include "config.h"

#include "io/decompress.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if HAVE_ZLIB
#include <zlib.h>
#endif
#if HAVE_ZSTD
#include <zstd.h>
#endif
#if HAVE_LZMA
#include <lzma.h>
#endif
#if HAVE_BZ2
#include <bzlib.h>
#endif
#if HAVE_LZ4
#include <lz4frame.h>
#endif

#include "base/library.h"
#include "base/mem.h"

#define IN_BYTES (128u << 10)
#define OUT_BYTES (128u << 10)
#define PIPE_BYTES (1 << 20)        /* how far the thread may be ahead, if the system allows it */
#define XZ_MEMORY (256u << 20)      /* no dictionary may take more */

/* What one call of a library may use, and has used. */
struct bytes {
	const char *in;
	size_t nin;
	char *out;
	size_t nout;
};

enum step {
	STEP_GOOD,  /* it took or gave something, or needs more input */
	STEP_END,   /* a member ends here */
	STEP_WRONG, /* this is not what it should be */
};

struct codec {
	const char *name;
	const char *magic;
	unsigned magic_len;
	const char *library, *hint; /* hint: how to get it */
	/* Opens the library; false: it cannot be. NULL: left out when spile was built. */
	bool (*open)(void);
	void *(*begin)(void); /* a member; NULL: no memory */
	enum step (*step)(void *state, struct bytes *b, bool last);
	void (*end)(void *state);
};

__attribute__((unused)) /* in a build without any codec */
static bool find_functions(const char *library, const char *const *names, size_t n, void *table)
{
	return library_find(dlopen(library, RTLD_LAZY | RTLD_LOCAL), names, n, table);
}

/* ---- gzip ---- */

#if HAVE_ZLIB
static struct {
	__typeof__(inflateInit2_) *init;
	__typeof__(inflate) *inflate;
	__typeof__(inflateEnd) *end;
} z;

static bool gzip_open(void)
{
	static const char *const names[] = {"inflateInit2_", "inflate", "inflateEnd"};
	return find_functions("libz.so.1", names, 3, &z);
}

static void *gzip_begin(void)
{
	z_stream *s = mem_zalloc(sizeof *s);
	if (z.init(s, 15 + 16, ZLIB_VERSION, (int)sizeof *s) == Z_OK)
		return s;
	free(s);
	return NULL;
}

static enum step gzip_step(void *state, struct bytes *b, bool last)
{
	z_stream *s = state;
	(void)last;
	s->next_in = (Bytef *)(uintptr_t)b->in;
	s->avail_in = (uInt)b->nin;
	s->next_out = (Bytef *)b->out;
	s->avail_out = (uInt)b->nout;
	int got = z.inflate(s, Z_NO_FLUSH);
	b->in = (const char *)s->next_in;
	b->nin = s->avail_in;
	b->out = (char *)s->next_out;
	b->nout = s->avail_out;
	return got == Z_STREAM_END ? STEP_END : got == Z_OK || got == Z_BUF_ERROR ? STEP_GOOD : STEP_WRONG;
}

static void gzip_end(void *state)
{
	z.end(state);
	free(state);
}
#endif

/* ---- zstd ---- */

#if HAVE_ZSTD
static struct {
	__typeof__(ZSTD_createDStream) *create;
	__typeof__(ZSTD_decompressStream) *step;
	__typeof__(ZSTD_freeDStream) *free;
	__typeof__(ZSTD_isError) *is_error;
} zst;

static bool zstd_open(void)
{
	static const char *const names[] = {"ZSTD_createDStream", "ZSTD_decompressStream", "ZSTD_freeDStream", "ZSTD_isError"};
	return find_functions("libzstd.so.1", names, 4, &zst);
}

static void *zstd_begin(void)
{
	return zst.create();
}

static enum step zstd_step(void *state, struct bytes *b, bool last)
{
	ZSTD_inBuffer in = {b->in, b->nin, 0};
	ZSTD_outBuffer out = {b->out, b->nout, 0};
	(void)last;
	size_t got = zst.step(state, &out, &in);
	b->in += in.pos;
	b->nin -= in.pos;
	b->out += out.pos;
	b->nout -= out.pos;
	return zst.is_error(got) ? STEP_WRONG : got == 0 ? STEP_END : STEP_GOOD;
}

static void zstd_end(void *state)
{
	zst.free(state);
}
#endif

/* ---- xz ---- */

#if HAVE_LZMA
static struct {
	__typeof__(lzma_stream_decoder) *init;
	__typeof__(lzma_code) *code;
	__typeof__(lzma_end) *end;
} xz;

static bool xz_open(void)
{
	static const char *const names[] = {"lzma_stream_decoder", "lzma_code", "lzma_end"};
	return find_functions("liblzma.so.5", names, 3, &xz);
}

static void *xz_begin(void)
{
	lzma_stream *s = mem_alloc(sizeof *s);
	*s = (lzma_stream)LZMA_STREAM_INIT;
	if (xz.init(s, XZ_MEMORY, 0) == LZMA_OK)
		return s;
	free(s);
	return NULL;
}

static enum step xz_step(void *state, struct bytes *b, bool last)
{
	lzma_stream *s = state;
	s->next_in = (const uint8_t *)b->in;
	s->avail_in = b->nin;
	s->next_out = (uint8_t *)b->out;
	s->avail_out = b->nout;
	lzma_ret got = xz.code(s, last ? LZMA_FINISH : LZMA_RUN);
	b->in = (const char *)s->next_in;
	b->nin = s->avail_in;
	b->out = (char *)s->next_out;
	b->nout = s->avail_out;
	return got == LZMA_STREAM_END ? STEP_END : got == LZMA_OK || got == LZMA_BUF_ERROR ? STEP_GOOD : STEP_WRONG;
}

static void xz_end(void *state)
{
	xz.end(state);
	free(state);
}
#endif

/* ---- bzip2 ---- */

#if HAVE_BZ2
static struct {
	__typeof__(BZ2_bzDecompressInit) *init;
	__typeof__(BZ2_bzDecompress) *step;
	__typeof__(BZ2_bzDecompressEnd) *end;
} bz;

static bool bzip2_open(void)
{
	static const char *const names[] = {"BZ2_bzDecompressInit", "BZ2_bzDecompress", "BZ2_bzDecompressEnd"};
	return find_functions("libbz2.so.1.0", names, 3, &bz);
}

static void *bzip2_begin(void)
{
	bz_stream *s = mem_zalloc(sizeof *s);
	if (bz.init(s, 0, 0) == BZ_OK)
		return s;
	free(s);
	return NULL;
}

static enum step bzip2_step(void *state, struct bytes *b, bool last)
{
	bz_stream *s = state;
	(void)last;
	s->next_in = (char *)(uintptr_t)b->in;
	s->avail_in = (unsigned)b->nin;
	s->next_out = b->out;
	s->avail_out = (unsigned)b->nout;
	int got = bz.step(s);
	b->in = s->next_in;
	b->nin = s->avail_in;
	b->out = s->next_out;
	b->nout = s->avail_out;
	return got == BZ_STREAM_END ? STEP_END : got == BZ_OK ? STEP_GOOD : STEP_WRONG;
}

static void bzip2_end(void *state)
{
	bz.end(state);
	free(state);
}
#endif

/* ---- lz4 ---- */

#if HAVE_LZ4
static struct {
	__typeof__(LZ4F_createDecompressionContext) *create;
	__typeof__(LZ4F_decompress) *step;
	__typeof__(LZ4F_freeDecompressionContext) *free;
	__typeof__(LZ4F_isError) *is_error;
} lz;

static bool lz4_open(void)
{
	static const char *const names[] = {"LZ4F_createDecompressionContext", "LZ4F_decompress", "LZ4F_freeDecompressionContext",
					    "LZ4F_isError"};
	return find_functions("liblz4.so.1", names, 4, &lz);
}

static void *lz4_begin(void)
{
	LZ4F_dctx *c;
	return lz.is_error(lz.create(&c, LZ4F_VERSION)) ? NULL : c;
}

static enum step lz4_step(void *state, struct bytes *b, bool last)
{
	size_t nout = b->nout, nin = b->nin;
	(void)last;
	size_t got = lz.step(state, b->out, &nout, b->in, &nin, NULL);
	b->in += nin;
	b->nin -= nin;
	b->out += nout;
	b->nout -= nout;
	return lz.is_error(got) ? STEP_WRONG : got == 0 ? STEP_END : STEP_GOOD;
}

static void lz4_end(void *state)
{
	lz.free(state);
}
#endif

/* ---- the table ---- */

#define LEFT_OUT NULL, NULL, NULL, NULL

static const struct codec codecs[] = {
	{"gzip", "\x1f\x8b\x08", 3, "libz.so.1", "zlib1g",
#if HAVE_ZLIB
	 gzip_open, gzip_begin, gzip_step, gzip_end},
#else
	 LEFT_OUT},
#endif
	{"zstd", "\x28\xb5\x2f\xfd", 4, "libzstd.so.1", "libzstd1",
#if HAVE_ZSTD
	 zstd_open, zstd_begin, zstd_step, zstd_end},
#else
	 LEFT_OUT},
#endif
	{"xz", "\xfd"
	       "7zXZ\0",
	 6, "liblzma.so.5", "liblzma5",
#if HAVE_LZMA
	 xz_open, xz_begin, xz_step, xz_end},
#else
	 LEFT_OUT},
#endif
	{"bzip2", "BZh?1AY&SY", 10, "libbz2.so.1.0", "libbz2-1.0", /* ?: a digit */
#if HAVE_BZ2
	 bzip2_open, bzip2_begin, bzip2_step, bzip2_end},
#else
	 LEFT_OUT},
#endif
	{"lz4", "\x04\x22\x4d\x18", 4, "liblz4.so.1", "liblz4-1",
#if HAVE_LZ4
	 lz4_open, lz4_begin, lz4_step, lz4_end},
#else
	 LEFT_OUT},
#endif
};

/* How many of the first bytes are those of the magic: all that there are, or up to its length. */
static bool begins(const struct codec *c, const char *p, size_t len)
{
	for (size_t i = 0; i < len && i < c->magic_len; i++)
		if (c->magic[i] == '?' ? p[i] < '1' || p[i] > '9' : p[i] != c->magic[i])
			return false;
	return true;
}

enum decompress_look decompress_look(const char *p, size_t len, const struct codec **codec)
{
	enum decompress_look look = DECOMPRESS_NONE;
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
		if (!begins(&codecs[i], p, len))
			continue;
		*codec = &codecs[i];
		if (len >= codecs[i].magic_len)
			return DECOMPRESS_FOUND;
		look = DECOMPRESS_MAYBE;
	}
	return look;
}

/* ---- the thread ---- */

struct decompress {
	const struct codec *codec;
	int in, out[2];
	pthread_t thread;
	char *buffer, *room;    /* for input and output */
	size_t buffer_bytes;    /* at least IN_BYTES */
	size_t nbuffered;       /* in it, at first */
	bool at_end;            /* of the input */
	atomic_uint_fast64_t taken;
	const char *error;      /* set before the pipe is closed for writing */
	char text[200];         /* what it points at, if that is made */
};

/* More input after what is left of it. False: there is none any more, or nothing reads what comes out. */
static bool read_more(struct decompress *d, struct bytes *b)
{
	memmove(d->buffer, b->in, b->nin);
	b->in = d->buffer;
	for (;;) {
		struct pollfd fds[2] = {{.fd = d->in, .events = POLLIN}, {.fd = d->out[1]}};
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents & (POLLERR | POLLNVAL))
			return false;
		if (!fds[0].revents)
			continue;
		ssize_t n = read(d->in, d->buffer + b->nin, d->buffer_bytes - b->nin);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			break;
		d->at_end = n == 0;
		b->nin += (size_t)n;
		atomic_fetch_add_explicit(&d->taken, (uint64_t)n, memory_order_relaxed);
		return true;
	}
	snprintf(d->text, sizeof d->text, "%s", strerror(errno));
	d->error = d->text;
	return false;
}

/* False: nothing reads it. */
static bool write_all(const struct decompress *d, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(d->out[1], p, len);
		if (n < 0 && errno != EINTR)
			return false;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* One member. False: that was all that can be had, d->error says why if that is wrong. */
static bool read_member(struct decompress *d, struct bytes *b)
{
	void *state = d->codec->begin();
	enum step got = STEP_GOOD;
	bool wanted = true, full = false;
	if (!state)
		mem_exhausted();
	while (got == STEP_GOOD && wanted) {
		if (!b->nin && !d->at_end && !full && !read_more(d, b))
			break;
		b->out = d->room;
		b->nout = OUT_BYTES;
		size_t nin = b->nin;
		got = d->codec->step(state, b, d->at_end);
		size_t made = OUT_BYTES - b->nout;
		full = !b->nout;
		wanted = write_all(d, d->room, made);
		if (got == STEP_GOOD && d->at_end && !made && b->nin == nin) {
			d->error = "it is cut short";
			break;
		}
	}
	if (got == STEP_WRONG) {
		snprintf(d->text, sizeof d->text, "it is no proper %s data", d->codec->name);
		d->error = d->text;
	}
	d->codec->end(state);
	return got == STEP_END && wanted;
}

/* What comes after a member: another, padding of zeros, or garbage. True: another one. */
static bool another(struct decompress *d, struct bytes *b)
{
	for (;;) {
		while (b->nin && !*b->in) {
			b->in++;
			b->nin--;
		}
		if (b->nin >= d->codec->magic_len || d->at_end)
			break;
		if (!read_more(d, b))
			return false;
	}
	if (!b->nin)
		return false;
	if (b->nin >= d->codec->magic_len && begins(d->codec, b->in, b->nin))
		return true;
	d->error = "after the compressed data comes something else";
	return false;
}

static void *run(void *arg)
{
	struct decompress *d = arg;
	struct bytes b = {.in = d->buffer, .nin = d->nbuffered};
	while (read_member(d, &b) && another(d, &b)) {}
	close(d->out[1]);
	return NULL;
}

static bool start_thread(struct decompress *d)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool good = pthread_create(&d->thread, NULL, run, d) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

struct decompress *decompress_start(const struct codec *codec, int fd, const char *p, size_t len, int *out, const char **why)
{
	static char text[200];
	*why = text;
	if (!codec->open) {
		snprintf(text, sizeof text, "it is compressed by %s, for which this spile was built without a library", codec->name);
		return NULL;
	}
	if (!codec->open()) {
		snprintf(text, sizeof text, "it is compressed by %s, and %s cannot be loaded (Debian: apt-get install %s)", codec->name,
			 codec->library, codec->hint);
		return NULL;
	}
	struct decompress *d = mem_zalloc(sizeof *d);
	*d = (struct decompress){
		.codec = codec, .in = fd, .out = {-1, -1}, .nbuffered = len, .buffer_bytes = len > IN_BYTES ? len : IN_BYTES,
	};
	d->buffer = mem_alloc(d->buffer_bytes);
	d->room = mem_alloc(OUT_BYTES);
	memcpy(d->buffer, p, len);
	if (pipe2(d->out, O_CLOEXEC) == 0) {
		fcntl(d->out[0], F_SETFL, O_NONBLOCK);
		(void)fcntl(d->out[1], F_SETPIPE_SZ, PIPE_BYTES);
		if (start_thread(d)) {
			*why = NULL;
			*out = d->out[0];
			return d;
		}
		close(d->out[0]);
		close(d->out[1]);
	}
	snprintf(text, sizeof text, "%s", strerror(errno));
	free(d->buffer);
	free(d->room);
	free(d);
	return NULL;
}

uint64_t decompress_taken(const struct decompress *d)
{
	return atomic_load_explicit(&d->taken, memory_order_relaxed);
}

const char *decompress_error(const struct decompress *d)
{
	return d->error;
}

void decompress_stop(struct decompress *d)
{
	if (!d)
		return;
	close(d->out[0]);
	pthread_join(d->thread, NULL);
	free(d->buffer);
	free(d->room);
	free(d);
}
