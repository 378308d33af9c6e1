/* The inner loops over bytes. Input is taken in blocks of 64 bytes; a block becomes a 64-bit mask of the bytes that
 * end something, and the loops go from bit to bit. The loops are written once, over a function that makes the mask:
 * one with AVX2, one portable. Nothing outside the range is ever read, not even in the same page. */
#include "config.h"
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include "base/scan.h"

#include <endian.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_AVX2_CODE 1
#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#else
#define HAVE_AVX2_CODE 0
#endif

#define INLINE static inline __attribute__((always_inline)) /* the loops must be made anew for each mask function */
#define BLOCK 64u
#define LANE 32u /* bytes of an AVX2 register */

/* A set of bytes of which no two have the same low four bits, and one byte more: b is in it where
 * nibble[b & 15] == b or b == also. That is one shuffle and two comparisons for 32 bytes at once. Places in nibble
 * that are not used hold a byte with other low bits. */
struct byteset {
	uint8_t nibble[16];
	uint8_t also;
};

#define NIBBLE_BLANKS [0] = ' ', [9] = '\t', [10] = '\n'
#define NIBBLE_SPACES NIBBLE_BLANKS, [11] = '\v', [12] = '\f', [13] = '\r'

typedef uint64_t mask_fn(const char *block, const struct byteset *set);

/* The loops for one kind of processor. */
struct scanner {
	size_t (*records)(const char **p, const char *end, char term, struct slice *out, size_t max);
	size_t (*runs)(const char **p, const char *end, const struct byteset *set, struct slice *out, size_t max);
	size_t (*count)(const char *p, const char *end, char byte);
	const char *(*find)(const struct scan_needle *n, const char *p, const char *last); /* last: where it may begin */
	void (*flip)(char *dst, const char *src, size_t len, unsigned first);
};

/* The portable mask functions */

static uint64_t load64(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return le64toh(x);
}

/* Eight bytes at a time: a byte of t is 0x80 where the block's is the one wanted, and the multiplication gathers
 * the eight high bits in the top byte. */
static inline uint64_t mask_byte_portable(const char *block, const struct byteset *set)
{
	const uint64_t low7 = 0x7f7f7f7f7f7f7f7fULL, wanted = set->also * 0x0101010101010101ULL;
	uint64_t mask = 0;

	for (unsigned i = 0; i < BLOCK; i += 8) {
		uint64_t x = load64(block + i) ^ wanted;
		uint64_t t = ~(((x & low7) + low7) | x | low7);

		mask |= ((t >> 7) * 0x0102040810204080ULL >> 56) << i;
	}
	return mask;
}

static inline uint64_t mask_set_portable(const char *block, const struct byteset *set)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < BLOCK; i++) {
		uint8_t b = (uint8_t)block[i];

		mask |= (uint64_t)((set->nibble[b & 15] == b) | (b == set->also)) << i;
	}
	return mask;
}

/* The loops */

/* The mask of [p, end), at most a block of [base, end); bits behind the end are 0. Where there is room before p the
 * last whole block is looked at again, else what is left is copied. */
INLINE uint64_t mask_at(mask_fn *mask, const struct byteset *set, const char *base, const char *p, const char *end)
{
	char copy[BLOCK] = {0};
	size_t left = (size_t)(end - p);

	if (left >= BLOCK)
		return mask(p, set);
	if ((size_t)(end - base) >= BLOCK)
		return mask(end - BLOCK, set) >> (BLOCK - left);
	memcpy(copy, p, left);
	return mask(copy, set) & ((1ULL << left) - 1);
}

INLINE struct slice between(const char *p, const char *end)
{
	return (struct slice){.p = p, .len = (uint32_t)(end - p)};
}

/* The records that end in a block, four at a time without a test in between: what is written too much is overwritten
 * later. out has room for three more than there are bits, ends is not 0. Returns where the next record begins. */
INLINE const char *cut_block(const char *start, const char *block, uint64_t ends, struct slice *out)
{
	const char *next = block + (BLOCK - (unsigned)__builtin_clzll(ends));

	while (ends) {
		for (unsigned k = 0; k < 4; k++) {
			const char *at = block + __builtin_ctzll(ends | 1ULL << 63);

			*out++ = between(start, at);
			start = at + 1;
			ends &= ends - 1;
		}
	}
	return next;
}

INLINE size_t cut_records(const char **pp, const char *end, char term, struct slice *out, size_t max, mask_fn *mask)
{
	const struct byteset set = {.also = (uint8_t)term};
	const char *base = *pp, *start = base;
	size_t n = 0;

	for (const char *p = base; p < end; p += BLOCK) {
		uint64_t ends = mask_at(mask, &set, base, p, end);

		if (ends && n + BLOCK + 3 <= max && (size_t)(end - p) >= BLOCK) {
			start = cut_block(start, p, ends, out + n);
			n += (unsigned)__builtin_popcountll(ends);
			continue;
		}
		while (ends) {
			const char *at = p + __builtin_ctzll(ends);

			if (n == max)
				goto full;
			out[n++] = between(start, at);
			start = at + 1;
			ends &= ends - 1;
		}
	}
	if (start < end && n < max) {
		out[n] = between(start, end);
		out[n++].flags = SLICE_UNENDED;
		start = end;
	}
full:
	*pp = start;
	return n;
}

/* Cuts the runs of bytes that are not in set. Stops behind the last run that fits. */
INLINE size_t cut_runs(const char **pp, const char *end, const struct byteset *set, struct slice *out, size_t max,
		       mask_fn *mask)
{
	const char *base = *pp, *open = NULL; /* the beginning of a run whose end is not yet seen */
	uint64_t before = 1;                  /* the byte before the block is in the set */
	size_t n = 0;

	if (max == 0)
		return 0;
	for (const char *p = base; p < end; p += BLOCK) {
		uint64_t in = mask_at(mask, set, base, p, end), behind, starts, ends;

		if ((size_t)(end - p) < BLOCK)
			in |= ~0ULL << (end - p); /* the end closes what is open */
		behind = in << 1 | before;
		starts = ~in & behind;
		ends = in & ~behind;
		before = in >> 63;
		if (open && ends) {
			out[n++] = between(open, p + __builtin_ctzll(ends));
			open = NULL;
			if (n == max)
				goto full;
			ends &= ends - 1;
		}
		while (ends) {
			out[n++] = between(p + __builtin_ctzll(starts), p + __builtin_ctzll(ends));
			if (n == max)
				goto full;
			starts &= starts - 1;
			ends &= ends - 1;
		}
		if (starts)
			open = p + __builtin_ctzll(starts);
	}
	if (open)
		out[n++] = between(open, end);
	*pp = end;
	return n;
full:
	*pp = out[n - 1].p + out[n - 1].len;
	return n;
}

INLINE size_t count_byte(const char *p, const char *end, char byte, mask_fn *mask)
{
	const struct byteset set = {.also = (uint8_t)byte};
	const char *base = p;
	size_t n = 0;

	for (; p < end; p += BLOCK)
		n += (size_t)__builtin_popcountll(mask_at(mask, &set, base, p, end));
	return n;
}

/* Searching. The needle's two rarest bytes are looked for at once, at their distance; where both are, the whole is
 * compared. */

/* How common each byte is in logs, prose, markup and program text, 0 to 255. Only the order matters. (NUL is rare in
 * them, but common where it occurs.) */
static const uint8_t commonness[256] = {
	200, 28, 27, 26, 25, 24, 23, 22, 21, 178, 231, 20, 128, 19, 18, 17,
	16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
	255, 162, 225, 182, 153, 172, 175, 186, 210, 211, 195, 197, 220, 234, 242, 239,
	247, 243, 241, 227, 224, 230, 226, 218, 212, 217, 235, 202, 179, 191, 180, 171,
	169, 209, 181, 198, 190, 213, 193, 207, 200, 204, 177, 185, 205, 216, 199, 201,
	203, 168, 196, 208, 223, 187, 173, 194, 183, 176, 170, 188, 167, 189, 158, 219,
	163, 252, 228, 238, 240, 254, 232, 229, 244, 250, 184, 215, 245, 237, 248, 251,
	236, 174, 246, 249, 253, 233, 214, 222, 206, 221, 192, 166, 159, 165, 164, 0,
	157, 114, 129, 30, 95, 123, 31, 124, 115, 96, 32, 33, 97, 141, 105, 106,
	34, 35, 116, 144, 101, 36, 37, 38, 137, 154, 39, 40, 151, 152, 41, 98,
	150, 145, 136, 125, 138, 126, 121, 142, 147, 161, 107, 133, 42, 131, 102, 99,
	108, 127, 132, 130, 143, 139, 148, 103, 109, 104, 110, 117, 134, 118, 43, 119,
	44, 45, 160, 155, 140, 146, 111, 46, 100, 112, 47, 48, 49, 50, 135, 122,
	51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66,
	149, 120, 156, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 113,
	79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94,
};

static inline uint32_t load32(const char *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* Needles are short: two overlapping words see most of them without a call. */
static inline bool needle_at(const struct scan_needle *n, const char *p)
{
	if (n->len < 4)
		return p[0] == n->p[0] && p[n->len / 2] == n->p[n->len / 2] && p[n->len - 1] == n->p[n->len - 1];
	if (n->len <= 8)
		return load32(p) == load32(n->p) && load32(p + n->len - 4) == load32(n->p + n->len - 4);
	return memcmp(p, n->p, n->len) == 0;
}

/* last is the last place where the needle could begin. */
static const char *find_portable(const struct scan_needle *n, const char *p, const char *last)
{
	uint32_t first = n->rare[0], second = n->rare[1];
	bool second_rarer = commonness[(uint8_t)n->p[second]] < commonness[(uint8_t)n->p[first]];
	uint32_t at = second_rarer ? second : first;

	for (; p <= last; p++) {
		p = memchr(p + at, n->p[at], (size_t)(last - p) + 1);
		if (!p)
			return NULL;
		p -= at;
		if (needle_at(n, p))
			return p;
	}
	return NULL;
}

/* Case */

/* Eight bytes at once: bit 7 of t is set where a byte is below 0x80 and in first … first + 25; shifted down to 0x20 it
 * is the bit that makes the case. */
static inline uint64_t flip_case(uint64_t x, unsigned first)
{
	const uint64_t ones = 0x0101010101010101ULL, low7 = 0x7f * ones;
	uint64_t at_least = (x & low7) + (0x80 - first) * ones, above = (x & low7) + (0x80 - first - 26) * ones;
	uint64_t t = at_least & ~above & ~x & 0x80 * ones;

	return x ^ t >> 2;
}

static inline char flip_case1(char c, unsigned first)
{
	return (char)(c ^ ((uint8_t)((uint8_t)c - first) < 26) << 5);
}

static void flip_portable(char *dst, const char *src, size_t len, unsigned first)
{
	uint64_t x;

	for (; len >= 8; len -= 8, src += 8, dst += 8) {
		memcpy(&x, src, 8);
		x = flip_case(x, first);
		memcpy(dst, &x, 8);
	}
	for (; len; len--)
		*dst++ = flip_case1(*src++, first);
}

static size_t records_portable(const char **p, const char *end, char term, struct slice *out, size_t max)
{
	return cut_records(p, end, term, out, max, mask_byte_portable);
}

static size_t runs_portable(const char **p, const char *end, const struct byteset *set, struct slice *out, size_t max)
{
	return cut_runs(p, end, set, out, max, mask_set_portable);
}

static size_t count_portable(const char *p, const char *end, char byte)
{
	return count_byte(p, end, byte, mask_byte_portable);
}

static const struct scanner portable_scanner = {
	.records = records_portable,
	.runs = runs_portable,
	.count = count_portable,
	.find = find_portable,
	.flip = flip_portable,
};

/* Chosen once before main, when there is one thread; written later by tests alone. */
static const struct scanner *scanner = &portable_scanner;

#if HAVE_AVX2_CODE

AVX2 INLINE uint64_t pair_mask(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 INLINE __m256i load_lane(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 static inline uint64_t mask_byte_avx2(const char *block, const struct byteset *set)
{
	__m256i wanted = _mm256_set1_epi8((char)set->also);

	return pair_mask(_mm256_cmpeq_epi8(load_lane(block), wanted),
			 _mm256_cmpeq_epi8(load_lane(block + LANE), wanted));
}

/* Bytes from 0x80 shuffle to 0, which they are not. */
AVX2 INLINE __m256i in_set(__m256i v, __m256i nibble, __m256i also)
{
	return _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_shuffle_epi8(nibble, v)), _mm256_cmpeq_epi8(v, also));
}

AVX2 static inline uint64_t mask_set_avx2(const char *block, const struct byteset *set)
{
	__m256i nibble = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)set->nibble));
	__m256i also = _mm256_set1_epi8((char)set->also);

	return pair_mask(in_set(load_lane(block), nibble, also), in_set(load_lane(block + LANE), nibble, also));
}

AVX2 static size_t records_avx2(const char **p, const char *end, char term, struct slice *out, size_t max)
{
	return cut_records(p, end, term, out, max, mask_byte_avx2);
}

AVX2 static size_t runs_avx2(const char **p, const char *end, const struct byteset *set, struct slice *out, size_t max)
{
	return cut_runs(p, end, set, out, max, mask_set_avx2);
}

AVX2 static size_t count_avx2(const char *p, const char *end, char byte)
{
	return count_byte(p, end, byte, mask_byte_avx2);
}

AVX2 INLINE __m256i rare_at(const struct scan_needle *n, const char *p, __m256i first, __m256i second)
{
	return _mm256_and_si256(_mm256_cmpeq_epi8(load_lane(p + n->rare[0]), first),
				_mm256_cmpeq_epi8(load_lane(p + n->rare[1]), second));
}

AVX2 INLINE const char *first_needle(const struct scan_needle *n, const char *p, uint64_t candidates)
{
	for (; candidates; candidates &= candidates - 1) {
		const char *at = p + __builtin_ctzll(candidates);

		if (needle_at(n, at))
			return at;
	}
	return NULL;
}

/* Where there are LANE places, the last ones can be looked at as a whole lane, some of them again. */
AVX2 static const char *find_avx2(const struct scan_needle *n, const char *p, const char *last)
{
	__m256i first = _mm256_set1_epi8(n->p[n->rare[0]]), second = _mm256_set1_epi8(n->p[n->rare[1]]);
	const char *at;

	if (last - p < (ptrdiff_t)LANE - 1)
		return find_portable(n, p, last);
	for (; last - p >= (ptrdiff_t)BLOCK - 1; p += BLOCK) {
		__m256i low = rare_at(n, p, first, second), high = rare_at(n, p + LANE, first, second);

		if (_mm256_testz_si256(_mm256_or_si256(low, high), _mm256_set1_epi8(-1)))
			continue;
		at = first_needle(n, p, pair_mask(low, high));
		if (at)
			return at;
	}
	for (; p <= last; p += LANE) {
		if (last - p < (ptrdiff_t)LANE - 1)
			p = last - (LANE - 1);
		at = first_needle(n, p, (uint32_t)_mm256_movemask_epi8(rare_at(n, p, first, second)));
		if (at)
			return at;
	}
	return NULL;
}

/* Signed comparison is all there is: bytes are moved so that the 26 letters are the lowest. */
AVX2 static void flip_avx2(char *dst, const char *src, size_t len, unsigned first)
{
	const __m256i move = _mm256_set1_epi8((char)(0x80 - first)), limit = _mm256_set1_epi8(-128 + 26);
	const __m256i bit = _mm256_set1_epi8(0x20);

	for (; len >= LANE; len -= LANE, src += LANE, dst += LANE) {
		__m256i v = load_lane(src), letter = _mm256_cmpgt_epi8(limit, _mm256_add_epi8(v, move));

		_mm256_storeu_si256((__m256i *)(void *)dst, _mm256_xor_si256(v, _mm256_and_si256(letter, bit)));
	}
	_mm256_zeroupper(); /* the call below is a jump, before which the compiler forgets it: SSE code would crawl */
	flip_portable(dst, src, len, first);
}

static const struct scanner avx2_scanner = {
	.records = records_avx2,
	.runs = runs_avx2,
	.count = count_avx2,
	.find = find_avx2,
	.flip = flip_avx2,
};

static const struct scanner *best_scanner(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt"))
		return &avx2_scanner;
	return &portable_scanner;
}

#else

static const struct scanner *best_scanner(void)
{
	return &portable_scanner;
}

#endif

void scan_force_portable(bool portable)
{
	scanner = portable ? &portable_scanner : best_scanner();
}

static void __attribute__((constructor)) choose(void)
{
	scan_force_portable(false);
}

/* The functions */

size_t scan_records(const char **p, const char *end, char term, struct slice *out, size_t max)
{
	return scanner->records(p, end, term, out, max);
}

size_t scan_words(const char **p, const char *end, int also, struct slice *out, size_t max)
{
	const struct byteset set = {.nibble = {NIBBLE_SPACES}, .also = also < 0 ? ' ' : (uint8_t)also};

	return scanner->runs(p, end, &set, out, max);
}

size_t scan_fields(const char *p, const char *end, struct slice *out, size_t max, const char **rest)
{
	static const struct byteset set = {.nibble = {NIBBLE_BLANKS}, .also = ' '};
	size_t n = scanner->runs(&p, end, &set, out, max);

	if (rest)
		*rest = p;
	return n;
}

size_t scan_count(const char *p, const char *end, char byte)
{
	return scanner->count(p, end, byte);
}

const char *scan_last(const char *p, const char *end, char byte)
{
	return p == end ? NULL : memrchr(p, byte, (size_t)(end - p));
}

void scan_lower(char *dst, const char *src, size_t len)
{
	scanner->flip(dst, src, len, 'A');
}

void scan_upper(char *dst, const char *src, size_t len)
{
	scanner->flip(dst, src, len, 'a');
}

void scan_needle_init(struct scan_needle *n, const char *p, size_t len)
{
	uint32_t rarest = 0, other;

	*n = (struct scan_needle){.p = p, .len = (uint32_t)len};
	for (uint32_t i = 1; i < len; i++)
		if (commonness[(uint8_t)p[i]] < commonness[(uint8_t)p[rarest]])
			rarest = i;
	other = rarest;
	for (uint32_t i = 0; i < len; i++)
		if (p[i] != p[rarest] && (other == rarest || commonness[(uint8_t)p[i]] < commonness[(uint8_t)p[other]]))
			other = i;
	if (other == rarest) /* all bytes are the same: any other place will do */
		other = (uint32_t)len - 1;
	n->rare[0] = rarest < other ? rarest : other;
	n->rare[1] = rarest < other ? other : rarest;
}

const char *scan_find(const struct scan_needle *n, const char *p, const char *end)
{
	if ((size_t)(end - p) < n->len)
		return NULL;
	if (n->len == 1)
		return memchr(p, n->p[0], (size_t)(end - p));
	return scanner->find(n, p, end - n->len);
}
