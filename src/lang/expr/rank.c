/* How values rank: see rank.h. */
#include "config.h"

#include "lang/expr/rank.h"

#include <endian.h>

struct rank rank_of(const struct value *v)
{
	struct rank r = {.is_num = v->kind == VALUE_NUM, .n = v->n, .s = v->s};
	if (v->kind == VALUE_DATA)
		r.is_num = value_number(v, &r.n);
	return r;
}

int rank_cmp(const struct rank *a, const struct rank *b)
{
	if (a->is_num && b->is_num)
		return num_cmp(a->n, b->n);
	if (a->is_num != b->is_num)
		return a->is_num ? -1 : 1;
	return slice_cmp(a->s, b->s);
}

/* A double as a number that sorts as it does; NaN behind all, but before text. */
static uint64_t double_word(double d)
{
	uint64_t bits;
	if (d != d)
		return UINT64_MAX - 1;
	d += 0.0; /* no -0 */
	memcpy(&bits, &d, sizeof bits);
	return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* What an integer is more (or less) than the double it is nearest to. */
static int64_t rest_of(int64_t i)
{
	if (i >= -((int64_t)1 << 53) && i <= (int64_t)1 << 53)
		return 0;
	return (int64_t)((__int128)i - (__int128)(double)i);
}

static uint64_t number_level(struct num n, unsigned level)
{
	if (level == 0)
		return double_word(num_double(n));
	return (uint64_t)(n.is_int ? rest_of(n.i) : 0) ^ (uint64_t)1 << 63;
}

static uint64_t text_level(struct slice s, unsigned level)
{
	if (level == 0)
		return UINT64_MAX;
	uint64_t word = 0;
	size_t at = (size_t)7 * (level - 1), left = s.len - at;
	if (s.len)
		memcpy(&word, s.p + at, left < 7 ? left : 7);
	return (be64toh(word) & ~(uint64_t)255) | (left < 8 ? left : 8);
}

unsigned rank_levels(const struct rank *r)
{
	return r->is_num ? 2 : 1 + (r->s.len ? (r->s.len + 6) / 7 : 1);
}

uint64_t rank_level_desc(const struct rank *r, unsigned level)
{
	return ~(r->is_num ? number_level(r->n, level) : text_level(r->s, level));
}

/* ---- as bytes ----
 *
 *      number   the double nearest to it (8), 0x80                    most often; else in place of 0x80
 *               0x7f or 0x81, what it is less or more (8)
 *      text     0xff 0xff, its bytes with NUL as NUL 1, NUL NUL       no number begins so
 */

#define NAN_WORD ((uint64_t)0xfffe << 48)
#define RANK_KEY_NUMBER 17

size_t rank_key_bytes(const struct rank *r)
{
	return r->is_num ? RANK_KEY_NUMBER : 4 + 2 * (size_t)r->s.len;
}

static char *write_word(uint64_t word, char *to)
{
	word = htobe64(word);
	memcpy(to, &word, sizeof word);
	return to + sizeof word;
}

static char *write_number(struct num n, char *to)
{
	uint64_t word = double_word(num_double(n));
	int64_t rest = n.is_int ? rest_of(n.i) : 0;
	to = write_word(word == UINT64_MAX - 1 ? NAN_WORD : word, to);
	*to++ = (char)(rest == 0 ? 0x80 : rest < 0 ? 0x7f : 0x81);
	return rest ? write_word((uint64_t)rest ^ (uint64_t)1 << 63, to) : to;
}

static char *write_text(struct slice s, char *to)
{
	const char *p = s.p, *end = s.p + s.len;
	*to++ = (char)0xff;
	*to++ = (char)0xff;
	while (p < end) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t len = (size_t)((nul ? nul : end) - p);
		memcpy(to, p, len);
		to += len;
		p += len;
		if (nul) {
			*to++ = 0;
			*to++ = 1;
			p++;
		}
	}
	*to++ = 0;
	*to++ = 0;
	return to;
}

char *rank_key_write(const struct rank *r, bool desc, char *to)
{
	char *end = r->is_num ? write_number(r->n, to) : write_text(r->s, to);
	for (char *p = to; desc && p < end; p++)
		*p = (char)~*p;
	return end;
}
