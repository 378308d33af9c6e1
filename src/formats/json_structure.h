/* The structure of JSON, 64 bytes at a time: what json.c and json_frame.c stand on. Their loops are written once, over the
 * functions that make the masks of a block: one pair with AVX2, one portable. */
#ifndef FORMATS_JSON_STRUCTURE_H
#define FORMATS_JSON_STRUCTURE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_AVX2_CODE 1
#define AVX2 __attribute__((target("avx2,bmi,pclmul")))
#else
#define HAVE_AVX2_CODE 0
#endif

#define INLINE static inline __attribute__((always_inline)) /* made anew for each pair of functions */
#define BLOCK 64

/* One bit a byte. */
struct masks {
	uint64_t quotes, backslashes, newlines, brackets /* { } [ ] */, commas, colons;
};

typedef struct masks masks_fn(const char *block);
typedef uint64_t prefix_fn(uint64_t bits);

static inline struct masks masks_portable(const char *block)
{
	enum { QUOTE = 1, BACKSLASH = 2, NEWLINE = 4, BRACKET = 8, COMMA = 16, COLON = 32 };
	static const uint8_t class_of[256] = {
		['"'] = QUOTE, ['\\'] = BACKSLASH, ['\n'] = NEWLINE, ['{'] = BRACKET, ['}'] = BRACKET, ['['] = BRACKET,
		[']'] = BRACKET, [','] = COMMA, [':'] = COLON,
	};
	struct masks m = {0};
	for (unsigned i = 0; i < BLOCK; i++) {
		uint64_t c = class_of[(uint8_t)block[i]];
		m.quotes |= (c & 1) << i;
		m.backslashes |= (c >> 1 & 1) << i;
		m.newlines |= (c >> 2 & 1) << i;
		m.brackets |= (c >> 3 & 1) << i;
		m.commas |= (c >> 4 & 1) << i;
		m.colons |= (c >> 5) << i;
	}
	return m;
}

/* Bit i: the parity of bits 0 ... i. */
static inline uint64_t prefix_portable(uint64_t bits)
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

/* [ and { differ in one bit, ] and } too. */
AVX2 INLINE struct masks masks_avx2(const char *block)
{
	__m256i lo = _mm256_loadu_si256((const __m256i *)(const void *)block);
	__m256i hi = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32));
	__m256i bit = _mm256_set1_epi8(0x20);
	__m256i lo20 = _mm256_or_si256(lo, bit), hi20 = _mm256_or_si256(hi, bit);
	return (struct masks){
		.quotes = equal(lo, hi, '"'),
		.backslashes = equal(lo, hi, '\\'),
		.newlines = equal(lo, hi, '\n'),
		.brackets = equal(lo20, hi20, '{') | equal(lo20, hi20, '}'),
		.commas = equal(lo, hi, ','),
		.colons = equal(lo, hi, ':'),
	};
}

AVX2 INLINE uint64_t prefix_avx2(uint64_t bits)
{
	__m128i all = _mm_set1_epi8((char)0xff);
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0));
}

#endif

/* The bytes that a backslash before them escapes. Runs of backslashes: every second one of a run escapes; adding the run's
 * first bit to the run carries to the byte behind it, whose place tells whether the run's length is odd. */
INLINE uint64_t escaped_bytes(uint64_t backslashes, uint64_t *carried)
{
	const uint64_t even = 0x5555555555555555;
	if (!backslashes) {
		uint64_t escaped = *carried;
		*carried = 0;
		return escaped;
	}
	backslashes &= ~*carried;
	uint64_t follows = backslashes << 1 | *carried;
	uint64_t odd_starts = backslashes & ~even & ~follows, on_even;
	*carried = __builtin_add_overflow(odd_starts, backslashes, &on_even);
	return (even ^ (on_even << 1)) & follows;
}

bool json_has_avx2(void); /* the processor has it, and no test forbids it */

#endif
