/* Reading and writing CSV: see csv.h. The loops are written once, over a function that makes the masks of a block. */
#include "config.h"

#include "formats/csv.h"

#include "base/scan.h"
#include "base/str.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_AVX2_CODE 1
#define AVX2 __attribute__((target("avx2,bmi,pclmul")))
#else
#define HAVE_AVX2_CODE 0
#endif

#define INLINE static inline __attribute__((always_inline)) /* made anew for each mask function */
#define BLOCK 64

/* ---- masks ---- */

/* One bit a byte. */
struct masks {
	uint64_t quotes, seps, newlines; /* newlines: \n and \r */
};

typedef struct masks masks_fn(const char *block, struct csv_dialect d);
typedef uint64_t prefix_fn(uint64_t bits);

static struct masks masks_portable(const char *block, struct csv_dialect d)
{
	struct masks m = {0};
	for (unsigned i = 0; i < BLOCK; i++) {
		char c = block[i];
		m.quotes |= (uint64_t)(d.quote && c == d.quote) << i;
		m.seps |= (uint64_t)(c == d.sep) << i;
		m.newlines |= (uint64_t)(c == '\n' || c == '\r') << i;
	}
	return m;
}

/* Bit i: the parity of bits 0 ... i. */
static uint64_t prefix_portable(uint64_t bits)
{
	for (unsigned n = 1; n < 64; n *= 2)
		bits ^= bits << n;
	return bits;
}

#if HAVE_AVX2_CODE

AVX2 INLINE uint64_t equal(__m256i lo, __m256i hi, char c)
{
	__m256i all = _mm256_set1_epi8(c);
	uint32_t l = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(lo, all));
	uint32_t h = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hi, all));
	return l | (uint64_t)h << 32;
}

AVX2 INLINE struct masks masks_avx2(const char *block, struct csv_dialect d)
{
	__m256i lo = _mm256_loadu_si256((const __m256i *)(const void *)block);
	__m256i hi = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32));
	return (struct masks){
		.quotes = d.quote ? equal(lo, hi, d.quote) : 0,
		.seps = equal(lo, hi, d.sep),
		.newlines = equal(lo, hi, '\n') | equal(lo, hi, '\r'),
	};
}

AVX2 INLINE uint64_t prefix_avx2(uint64_t bits)
{
	__m128i all = _mm_set1_epi8((char)0xff);
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0));
}

#endif

/* ---- the ends of fields in a block ---- */

/* One byte in exact states; true where it ends a field. */
static bool step(enum csv_state *state, char c, struct csv_dialect d)
{
	if (*state == CSV_QUOTED) {
		if (c == d.quote)
			*state = CSV_CLOSED;
		return false;
	}
	if (d.quote && c == d.quote && *state != CSV_PLAIN) {
		*state = CSV_QUOTED;
		return false;
	}
	bool ends = c == d.sep || c == '\n' || c == '\r';
	*state = ends ? CSV_FIELD_START : CSV_PLAIN;
	return ends;
}

static uint64_t ends_exactly(const char *block, unsigned len, struct csv_dialect d, enum csv_state *state)
{
	uint64_t ends = 0;
	for (unsigned i = 0; i < len; i++)
		ends |= (uint64_t)step(state, block[i], d) << i;
	return ends;
}

/* The bits of the ends of fields among the first len bytes of the block. The state goes from before the block to behind it. */
INLINE uint64_t ends_of(const char *block, unsigned len, struct csv_dialect d, enum csv_state *state, masks_fn *masks,
			prefix_fn *prefix)
{
	char copy[BLOCK];
	const char *p = block;
	if (len < BLOCK) {
		memset(copy, 'x', sizeof copy);
		memcpy(copy, block, len);
		p = copy;
	}
	struct masks m = masks(p, d);
	if (!m.quotes) {
		if (*state == CSV_QUOTED)
			return 0;
		uint64_t ends = m.seps | m.newlines;
		*state = ends >> (len - 1) & 1 ? CSV_FIELD_START : CSV_PLAIN;
		return ends;
	}
	uint64_t inside = prefix(m.quotes) ^ (*state == CSV_QUOTED ? UINT64_MAX : 0);
	uint64_t ends = (m.seps | m.newlines) & ~inside, closing = m.quotes & ~inside, opening = m.quotes & inside;
	/* A quote may open behind the end of a field, or behind one that closes, with which it is a doubled one. */
	uint64_t may_open = (ends | closing) << 1 | (*state == CSV_FIELD_START || *state == CSV_CLOSED);
	if (opening & ~may_open)
		return ends_exactly(block, len, d, state);
	uint64_t last = 1ULL << (len - 1);
	*state = inside & last ? CSV_QUOTED : ends & last ? CSV_FIELD_START : closing & last ? CSV_CLOSED : CSV_PLAIN;
	return ends;
}

/* ---- records ---- */

INLINE void look(struct csv_reader *r, masks_fn *masks, prefix_fn *prefix)
{
	size_t left = (size_t)(r->end - r->block);
	r->bits = ends_of(r->block, left < BLOCK ? (unsigned)left : BLOCK, r->dialect, &r->state, masks, prefix);
}

/* The next end of a field; NULL: the input ends before that. */
INLINE const char *next_end(struct csv_reader *r, masks_fn *masks, prefix_fn *prefix)
{
	while (!r->bits) {
		if (r->end - r->block <= BLOCK)
			return NULL;
		r->block += BLOCK;
		look(r, masks, prefix);
	}
	const char *p = r->block + __builtin_ctzll(r->bits);
	r->bits &= r->bits - 1;
	return p;
}

INLINE void add_field(struct csv_reader *r, struct slice *fields, uint32_t max, uint32_t *n, const char *end)
{
	if (*n < max) {
		fields[*n] = slice_make(r->at, (size_t)(end - r->at));
		if (r->dialect.quote && r->at < end && *r->at == r->dialect.quote)
			fields[*n].flags = SLICE_QUOTED;
	}
	++*n;
}

INLINE enum csv_result record(struct csv_reader *r, struct slice *whole, struct slice *fields, uint32_t max, uint32_t *n,
			      masks_fn *masks, prefix_fn *prefix)
{
	const char *begin = r->at;
	*n = 0;
	while (r->at < r->end) {
		const char *end = next_end(r, masks, prefix);
		if (!end) {
			if (r->state == CSV_QUOTED)
				return CSV_UNFINISHED;
			add_field(r, fields, max, n, r->end);
			*whole = slice_make(begin, (size_t)(r->end - begin));
			whole->flags = SLICE_UNENDED;
			r->at = r->end;
			return CSV_RECORD;
		}
		bool sep = *end == r->dialect.sep;
		if (!sep && end == begin) { /* an empty line, or the \n of \r\n */
			r->at = begin = end + 1;
			continue;
		}
		add_field(r, fields, max, n, end);
		r->at = end + 1;
		if (sep && r->at == r->end) { /* the input ends behind a separator: one more field, empty */
			add_field(r, fields, max, n, r->end);
			*whole = slice_make(begin, (size_t)(r->end - begin));
			whole->flags = SLICE_UNENDED;
			return CSV_RECORD;
		}
		if (!sep) {
			*whole = slice_make(begin, (size_t)(end - begin));
			return CSV_RECORD;
		}
	}
	return CSV_END;
}

/* ---- pieces ---- */

/* What a block's ends of fields say of records. */
INLINE const char *last_record(struct csv_scan *s, const char *block, unsigned len, uint64_t ends)
{
	const char *behind = NULL;
	if (s->after_cr && len && block[0] == '\n')
		behind = block + 1;
	while (ends) {
		unsigned i = 63 - (unsigned)__builtin_clzll(ends);
		if (block[i] != s->dialect.sep) {
			behind = block + i + 1;
			break;
		}
		ends &= ~(1ULL << i);
	}
	s->after_cr = behind == block + len && block[len - 1] == '\r';
	return behind;
}

INLINE const char *scan(struct csv_scan *s, const char *p, const char *end, masks_fn *masks, prefix_fn *prefix)
{
	const char *behind = NULL;
	for (; p < end; p += BLOCK) {
		unsigned len = end - p < BLOCK ? (unsigned)(end - p) : BLOCK;
		bool was_open = s->state == CSV_QUOTED;
		uint64_t ends = ends_of(p, len, s->dialect, &s->state, masks, prefix);
		const char *got = last_record(s, p, len, ends);
		behind = got ? got : behind;
		if (s->state == CSV_QUOTED && (!was_open || ends))
			s->quote_line = s->lines + (ends ? scan_count(p, p + 64 - __builtin_clzll(ends), '\n') : 0);
		s->lines += scan_count(p, p + len, '\n');
	}
	return behind;
}

/* ---- for each kind of processor ---- */

static enum csv_result record_portable(struct csv_reader *r, struct slice *whole, struct slice *fields, uint32_t max,
				       uint32_t *n)
{
	return record(r, whole, fields, max, n, masks_portable, prefix_portable);
}

static const char *scan_portable(struct csv_scan *s, const char *p, const char *end)
{
	return scan(s, p, end, masks_portable, prefix_portable);
}

static void look_portable(struct csv_reader *r)
{
	look(r, masks_portable, prefix_portable);
}

#if HAVE_AVX2_CODE

AVX2 static enum csv_result record_avx2(struct csv_reader *r, struct slice *whole, struct slice *fields, uint32_t max,
					uint32_t *n)
{
	return record(r, whole, fields, max, n, masks_avx2, prefix_avx2);
}

AVX2 static const char *scan_avx2(struct csv_scan *s, const char *p, const char *end)
{
	return scan(s, p, end, masks_avx2, prefix_avx2);
}

AVX2 static void look_avx2(struct csv_reader *r)
{
	look(r, masks_avx2, prefix_avx2);
}

#endif

static bool forced_portable;

void csv_force_portable(bool yes)
{
	forced_portable = yes;
}

static bool has_avx2(void)
{
#if HAVE_AVX2_CODE
	return !forced_portable && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

#if !HAVE_AVX2_CODE
#define record_avx2 record_portable
#define scan_avx2 scan_portable
#define look_avx2 look_portable
#endif

void csv_read_from(struct csv_reader *r, struct csv_dialect d, const char *p, const char *end)
{
	*r = (struct csv_reader){.dialect = d, .at = p, .end = end, .block = p};
	if (p == end)
		return;
	if (has_avx2())
		look_avx2(r);
	else
		look_portable(r);
}

enum csv_result csv_next(struct csv_reader *r, struct slice *whole, struct slice *fields, uint32_t max, uint32_t *n)
{
	return has_avx2() ? record_avx2(r, whole, fields, max, n) : record_portable(r, whole, fields, max, n);
}

const char *csv_scan(struct csv_scan *s, const char *p, const char *end)
{
	return has_avx2() ? scan_avx2(s, p, end) : scan_portable(s, p, end);
}

/* ---- fields ---- */

bool csv_plain_value(struct slice field, struct csv_dialect d, struct slice *out)
{
	if (field.len < 2 || field.p[field.len - 1] != d.quote || memchr(field.p + 1, d.quote, field.len - 2))
		return false;
	*out = slice_make(field.p + 1, field.len - 2);
	return true;
}

uint32_t csv_unquote(struct slice field, struct csv_dialect d, char *to)
{
	enum csv_state state = CSV_FIELD_START;
	char *begin = to;
	for (uint32_t i = 0; i < field.len; i++) {
		char c = field.p[i];
		bool quote = c == d.quote;
		if (state == CSV_FIELD_START && quote)
			state = CSV_QUOTED;
		else if (state == CSV_QUOTED && quote)
			state = CSV_CLOSED;
		else {
			state = state == CSV_QUOTED || (state == CSV_CLOSED && quote) ? CSV_QUOTED : CSV_PLAIN;
			*to++ = c;
		}
	}
	return (uint32_t)(to - begin);
}

static bool needs_quotes(struct slice value, struct csv_dialect d)
{
	for (uint32_t i = 0; i < value.len; i++) {
		char c = value.p[i];
		if (c == d.sep || c == d.quote || c == '\n' || c == '\r')
			return true;
	}
	return false;
}

void csv_add_field(struct str *out, struct slice value, struct csv_dialect d, bool always)
{
	if (!d.quote || (!always && !needs_quotes(value, d))) {
		str_add(out, value.p, value.len);
		return;
	}
	const char *p = value.p, *end = p + value.len, *hit;
	str_addc(out, d.quote);
	while ((hit = p < end ? memchr(p, d.quote, (size_t)(end - p)) : NULL)) {
		str_add(out, p, (size_t)(hit + 1 - p));
		str_addc(out, d.quote);
		p = hit + 1;
	}
	str_add(out, p, (size_t)(end - p));
	str_addc(out, d.quote);
}
