/* Unit tests of sorting beyond memory: the same order whatever is spilled and joined, and ranks as bytes. */
#include "config.h"
#include "unit.h"

#include "base/mem.h"
#include "base/pool.h"
#include "data/extsort.h"
#include "lang/expr/rank.h"

#define KEY_MAX 40

struct record {
	char key[KEY_MAX];
	uint32_t len, number;
};

static int cmp_records(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	return slice_cmp(slice_make(x->key, x->len), slice_make(y->key, y->len));
}

/* Keys of few different beginnings, made different by a number at the end, as a stable sort does. */
static struct record *make_records(uint32_t n, uint64_t *seed)
{
	struct record *r = mem_alloc(n * sizeof *r);
	for (uint32_t i = 0; i < n; i++) {
		char text[24];
		uint32_t len = (uint32_t)unit_below(seed, 20);
		for (uint32_t k = 0; k < len; k++)
			text[k] = (char)(1 + unit_below(seed, 3));
		memcpy(r[i].key, text, len);
		memset(r[i].key + len, 0, 2);
		len += 2;
		for (int k = 3; k >= 0; k--)
			r[i].key[len++] = (char)(i >> (8 * k));
		r[i].len = len;
		r[i].number = i;
	}
	return r;
}

static void add(struct extsort *s, const struct record *r, size_t load_bytes, struct pool *pool)
{
	char *load = extsort_put(s, slice_make(r->key, r->len), load_bytes, pool);
	CHECK(load != NULL);
	memset(load, (int)(r->number & 255), load_bytes);
	memcpy(load, &r->number, sizeof r->number);
}

/* n records over `parts` sorters of so much memory each, joined, come out as qsort has them. */
static void check_sorted(uint32_t n, int parts, size_t memory, size_t load_bytes, struct pool *pool)
{
	uint64_t seed = n + (uint64_t)parts;
	struct record *r = make_records(n, &seed);
	struct extsort *s[8];
	struct slice load;
	for (int p = 0; p < parts; p++)
		s[p] = extsort_new(memory);
	for (uint32_t i = 0; i < n; i++)
		add(s[unit_below(&seed, (uint64_t)parts)], &r[i], load_bytes, pool);
	for (int p = 1; p < parts; p++)
		CHECK(extsort_join(s[0], s[p], pool));
	CHECK(extsort_sort(s[0], pool));
	qsort(r, n, sizeof *r, cmp_records);
	uint32_t wrong = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = UINT32_MAX;
		if (extsort_next(s[0], &load) == 1 && load.len == load_bytes)
			memcpy(&number, load.p, sizeof number);
		wrong += number != r[i].number || (load_bytes > 4 && load.p[load_bytes - 1] != (char)(number & 255));
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(extsort_next(s[0], &load), 0);
	bool spills = n * (load_bytes + 60) > memory * (size_t)parts;
	CHECK((extsort_spilled(s[0]) > 0) == spills);
	extsort_free(s[0]);
	free(r);
}

static void test_sorting(void)
{
	UNIT("nothing at all")
		check_sorted(0, 1, 1 << 20, 8, NULL);
	UNIT("in memory")
		check_sorted(20000, 1, 64 << 20, 8, NULL);
	UNIT("in memory, joined, with threads") {
		struct pool *pool = pool_new(2);
		check_sorted(200000, 3, 64 << 20, 8, pool);
		pool_free(pool);
	}
	UNIT("spilled in a few runs")
		check_sorted(100000, 1, 4 << 20, 30, NULL);
	UNIT("spilled in more runs than are merged at once")
		check_sorted(60000, 1, 1 << 20, 1000, NULL);
	UNIT("spilled by several, joined")
		check_sorted(100000, 3, 2 << 20, 100, NULL);
	UNIT("records larger than memory and than every buffer")
		check_sorted(12, 2, 1 << 20, 3 << 20, NULL);
}

static void test_no_room(void)
{
	UNIT("a folder that is not there is an error, when it is needed") {
		setenv("TMPDIR", "/nonexistent/folder", 1);
		struct extsort *s = extsort_new(4 << 20);
		uint32_t i = 0;
		char key[4];
		for (; i < 100; i++) {
			for (int k = 0; k < 4; k++)
				key[k] = (char)(i >> (24 - 8 * k));
			if (!extsort_put(s, slice_make(key, 4), 100000, NULL))
				break;
		}
		CHECK(i > 20 && i < 42);
		CHECK(strcmp(extsort_folder(), "/nonexistent/folder") == 0);
		extsort_free(s);
		unsetenv("TMPDIR");
	}
}

static struct rank rank_text(const char *text)
{
	struct value v = {.kind = VALUE_DATA, .s = slice_str(text)};
	return rank_of(&v);
}

static struct slice key_of(const struct rank *r, bool desc, char *room)
{
	return slice_make(room, (size_t)(rank_key_write(r, desc, room) - room));
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

static void test_ranks(void)
{
	static const char *const texts[] = {
		"", "0", "-0", "1", "1.0", "-1", "10", "9", "1e300", "-1e300", "inf", "-inf", "nan", "0.1", "0.10000001",
		"9007199254740992", "9007199254740993", "9007199254740994", "-9007199254740993", "-9007199254740992",
		"9223372036854775807", "9223372036854775806", "-9223372036854775808", "a", "ab", "a\001", "b", "A", "\377\377",
		"\377", "\377\377\377\377\377\377\377\377\377", "x 1", "1 x", "abcdefgh", "abcdefghi",
	};
	size_t n = sizeof texts / sizeof *texts;
	UNIT("ranks as bytes compare as ranks")
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++) {
				char a[64], b[64];
				struct rank x = rank_text(texts[i]), y = rank_text(texts[k]);
				int want = sign(rank_cmp(&x, &y));
				CHECK(rank_key_bytes(&x) <= sizeof a);
				struct slice kx = key_of(&x, false, a), ky = key_of(&y, false, b);
				CHECK_MSG(sign(slice_cmp(kx, ky)) == want, "'%s' and '%s'", texts[i], texts[k]);
				CHECK_MSG(want == 0 || kx.len >= ky.len || memcmp(kx.p, ky.p, kx.len) != 0, "'%s' begins '%s'",
				       texts[i], texts[k]);
				kx = key_of(&x, true, a);
				ky = key_of(&y, true, b);
				CHECK_MSG(sign(slice_cmp(kx, ky)) == -want, "'%s' and '%s', descending", texts[i], texts[k]);
			}
	UNIT("NULs in texts") {
		char a[64], b[64];
		struct rank x = {.s = slice_make("a", 1)}, y = {.s = slice_make("a\0", 2)}, z = {.s = slice_make("a\001", 2)};
		CHECK(slice_cmp(key_of(&x, false, a), key_of(&y, false, b)) < 0);
		CHECK(slice_cmp(key_of(&y, false, a), key_of(&z, false, b)) < 0);
	}
}

int main(void)
{
	test_sorting();
	test_no_room();
	test_ranks();
	return unit_done();
}
