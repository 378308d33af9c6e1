/* Digests: see digest.h. The three work alike: blocks of 64 bytes change a state of words, and the last block ends with the
 * number of bits. Their constants are what the standards derive them from, written out. */
#include "config.h"

#include "base/digest.h"

#include <stdbool.h>
#include <string.h>

#define BLOCK 64

typedef void digest_block(uint32_t *state, const unsigned char *p);

static uint32_t left(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t right(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t big_word(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t little_word(const unsigned char *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* All blocks of the text, with its padding: a bit 1, zeros, and its length in bits, in eight bytes. */
static void run_blocks(digest_block *block, uint32_t *state, const unsigned char *p, size_t len, bool big)
{
	unsigned char end[2 * BLOCK] = {0};
	size_t rest = len % BLOCK, size = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	uint64_t bits = (uint64_t)len * 8;

	for (size_t i = 0; i + BLOCK <= len; i += BLOCK)
		block(state, p + i);
	if (rest)
		memcpy(end, p + len - rest, rest);
	end[rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		end[big ? size - 1 - i : size - 8 + i] = (unsigned char)(bits >> (8 * i));
	for (size_t i = 0; i < size; i += BLOCK)
		block(state, end + i);
}

static void put_words(const uint32_t *state, size_t bytes, bool big, unsigned char *out)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(state[i / 4] >> (8 * (big ? 3 - i % 4 : i % 4)));
}

/* ---- MD5 ---- */

static void md5_block(uint32_t *state, const unsigned char *p)
{
	static const uint32_t k[64] = {
		0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
		0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
		0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
		0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
		0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
		0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
		0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
		0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
	};
	static const unsigned char turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

	for (unsigned i = 0; i < 64; i++) {
		uint32_t f, next = d;
		unsigned word;

		switch (i / 16) {
		case 0: f = (b & c) | (~b & d); word = i; break;
		case 1: f = (d & b) | (~d & c); word = (5 * i + 1) % 16; break;
		case 2: f = b ^ c ^ d; word = (3 * i + 5) % 16; break;
		default: f = c ^ (b | ~d); word = 7 * i % 16; break;
		}
		f += a + k[i] + little_word(p + 4 * word);
		d = c;
		c = b;
		b += left(f, turns[i / 16][i % 4]);
		a = next;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void digest_md5(const void *p, size_t len, unsigned char out[DIGEST_MD5])
{
	uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

	run_blocks(md5_block, state, p, len, false);
	put_words(state, DIGEST_MD5, false, out);
}

/* ---- SHA-1 ---- */

static void sha1_block(uint32_t *state, const unsigned char *p)
{
	static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t w[80], s[5];

	memcpy(s, state, sizeof s);
	for (unsigned i = 0; i < 80; i++) {
		uint32_t f;

		w[i] = i < 16 ? big_word(p + 4 * i) : left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		switch (i / 20) {
		case 0: f = (s[1] & s[2]) | (~s[1] & s[3]); break;
		case 2: f = (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3]); break;
		default: f = s[1] ^ s[2] ^ s[3]; break;
		}
		f += left(s[0], 5) + s[4] + k[i / 20] + w[i];
		s[4] = s[3];
		s[3] = s[2];
		s[2] = left(s[1], 30);
		s[1] = s[0];
		s[0] = f;
	}
	for (unsigned i = 0; i < 5; i++)
		state[i] += s[i];
}

void digest_sha1(const void *p, size_t len, unsigned char out[DIGEST_SHA1])
{
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

	run_blocks(sha1_block, state, p, len, true);
	put_words(state, DIGEST_SHA1, true, out);
}

/* ---- SHA-256 ---- */

static void sha256_block(uint32_t *state, const unsigned char *p)
{
	static const uint32_t k[64] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	};
	uint32_t w[64], s[8];

	memcpy(s, state, sizeof s);
	for (unsigned i = 0; i < 64; i++) {
		uint32_t t1, t2;

		if (i < 16)
			w[i] = big_word(p + 4 * i);
		else
			w[i] = w[i - 16] + w[i - 7] + (right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3) +
			       (right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10);
		t1 = s[7] + (right(s[4], 6) ^ right(s[4], 11) ^ right(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
		     k[i] + w[i];
		t2 = (right(s[0], 2) ^ right(s[0], 13) ^ right(s[0], 22)) +
		     ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof *s);
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		state[i] += s[i];
}

void digest_sha256(const void *p, size_t len, unsigned char out[DIGEST_SHA256])
{
	uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	run_blocks(sha256_block, state, p, len, true);
	put_words(state, DIGEST_SHA256, true, out);
}

/* ---- CRC-32 ---- */

uint32_t digest_crc32(const void *p, size_t len)
{
	/* Of the sixteen values of half a byte, lowest bit first: the polynomial is 0xedb88320. */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const unsigned char *byte = p;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc = crc >> 4 ^ table[(crc ^ byte[i]) & 15];
		crc = crc >> 4 ^ table[(crc ^ byte[i] >> 4) & 15];
	}
	return ~crc;
}
