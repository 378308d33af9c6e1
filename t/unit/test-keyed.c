/* Unit tests of the keyed table and of sorting: against arrays that are searched and sorted plainly. */
#include "config.h"
#include "unit.h"

#include "base/pool.h"
#include "data/bigmem.h"
#include "data/keyed.h"
#include "data/order.h"
#include "lang/expr/rank.h"

/* A key of up to max bytes from a small alphabet with NUL in it, so that prefixes and equal keys are common. The page
 * boundary behind it must not be read. */
static struct slice random_key(uint64_t *seed, char *buf, size_t max)
{
	size_t len = unit_below(seed, max + 1);
	for (size_t i = 0; i < len; i++)
		buf[i] = "\0ab\377"[unit_below(seed, 4)];
	return slice_make(buf, len);
}

static uint64_t *count_of(const struct keyed *t, uint32_t i)
{
	return keyed_value(t, i);
}

static uint32_t find_one(struct keyed *t, struct slice key)
{
	uint32_t where;
	keyed_find(t, &key, 1, &where);
	return where;
}

static void test_small(void)
{
	UNIT("a key gets a number when it is new and keeps it")
	{
		struct keyed t;
		struct slice keys[] = {slice_str("a"), slice_str("b"), slice_str("a"), slice_str("")};
		uint32_t where[4];
		keyed_init(&t, sizeof(uint64_t));
		keyed_find(&t, keys, 4, where);
		CHECK_INT(where[0], 0);
		CHECK_INT(where[1], 1);
		CHECK_INT(where[2], 0);
		CHECK_INT(where[3], 2);
		CHECK_INT(t.n, 3);
		CHECK_SLICE(keyed_key(&t, 1), "b");
		CHECK_INT(find_one(&t, (struct slice){0}), 2);
		keyed_release(&t);
		CHECK_INT(t.n, 0);
		CHECK_INT(find_one(&t, slice_str("b")), 0);
		keyed_release(&t);
	}
	UNIT("keys that differ by a NUL at the end, or only behind 16 bytes, are different keys")
	{
		struct keyed t;
		const char *text = "0123456789abcdefX";
		keyed_init(&t, 0);
		CHECK_INT(find_one(&t, slice_make("a", 1)), 0);
		CHECK_INT(find_one(&t, slice_make("a\0", 2)), 1);
		CHECK_INT(find_one(&t, slice_make(text, 15)), 2);
		CHECK_INT(find_one(&t, slice_make(text, 16)), 3);
		CHECK_INT(find_one(&t, slice_make(text, 17)), 4);
		CHECK_INT(find_one(&t, slice_str("0123456789abcdefY")), 5);
		CHECK_INT(find_one(&t, slice_make(text, 17)), 4);
		keyed_release(&t);
	}
	UNIT("short keys are read right wherever they lie")
	{
		struct keyed t;
		static char page[3 * 4096];
		keyed_init(&t, 0);
		memset(page, 'x', sizeof page);
		for (size_t at = 4096 - 40; at < 4096 + 8; at++)
			for (uint32_t len = 0; len <= 17; len++)
				CHECK_INT(keyed_key(&t, find_one(&t, slice_make(page + at, len))).len, len);
		CHECK_INT(t.n, 18);
		keyed_release(&t);
	}
}

/* Counts n random keys in one table, or in three that are merged then; the same counts must come out. */
static void count_randomly(size_t n, size_t max_len, size_t tables)
{
	struct keyed t[3], all;
	char buf[256];
	uint64_t seed = 12345 + max_len;
	keyed_init(&all, sizeof(uint64_t));
	for (size_t i = 0; i < 3; i++)
		keyed_init(&t[i], sizeof(uint64_t));
	for (size_t i = 0; i < n; i++) {
		struct slice key = random_key(&seed, buf, max_len);
		keyed_count(&all, &key, 1);
		keyed_count(&t[i % tables], &key, 1);
	}
	for (size_t i = 1; i < tables; i++)
		for (uint32_t k = 0; k < t[i].n; k++)
			*count_of(&t[0], find_one(&t[0], keyed_key(&t[i], k))) += *count_of(&t[i], k);
	uint64_t sum = 0;
	CHECK_INT(t[0].n, all.n);
	for (uint32_t i = 0; i < all.n; i++) {
		CHECK_INT(*count_of(&t[0], find_one(&t[0], keyed_key(&all, i))), *count_of(&all, i));
		sum += *count_of(&all, i);
	}
	CHECK_INT(sum, n);
	for (size_t i = 0; i < 3; i++)
		keyed_release(&t[i]);
	keyed_release(&all);
}

struct adding {
	struct keyed *into, *from;
};

static void add(void *arg, uint32_t a, uint32_t b, bool is_new)
{
	struct adding *m = arg;
	CHECK(slice_eq(keyed_key(m->into, a), keyed_key(m->from, b)));
	CHECK(!is_new || *count_of(m->into, a) == *count_of(m->from, b));
	if (!is_new)
		*count_of(m->into, a) += *count_of(m->from, b);
}

static void merge_numbers(uint32_t n, uint32_t overlap, const char *format)
{
	struct keyed a, b;
	char buf[80];
	keyed_init(&a, sizeof(uint64_t));
	keyed_init(&b, sizeof(uint64_t));
	for (uint32_t i = 0; i < 2 * n - overlap; i++) {
		struct slice key = slice_make(buf, (size_t)snprintf(buf, sizeof buf, format, i));
		if (i < n)
			keyed_count(&a, &key, 1);
		if (i >= n - overlap)
			keyed_count(&b, &key, 1);
	}
	keyed_merge(&a, &b, add, &(struct adding){&a, &b});
	CHECK_INT(a.n, 2 * n - overlap);
	CHECK_INT(b.n, 0);
	for (uint32_t i = 0; i < 2 * n - overlap; i++) {
		struct slice key = slice_make(buf, (size_t)snprintf(buf, sizeof buf, format, i));
		uint64_t want = 1 + (i >= n - overlap && i < n);
		CHECK_INT(*count_of(&a, find_one(&a, key)), want);
	}
	CHECK_INT(a.n, 2 * n - overlap);
	keyed_release(&a);
	keyed_release(&b);
}

static void test_many(void)
{
	UNIT("counting in several tables gives what counting in one gives")
	{
		count_randomly(20000, 4, 3);
		count_randomly(20000, 12, 2);
		count_randomly(20000, 40, 3);
		count_randomly(2000, 250, 3);
	}
	UNIT("merging brings new keys along and folds the others")
	{
		merge_numbers(10, 3, "%u");
		merge_numbers(1000, 1000, "%u");
		merge_numbers(50000, 10000, "key %u");
		merge_numbers(50000, 10000, "a key that is longer than an entry: %u");
	}
	UNIT("a table of a million keys finds all of them")
	{
		struct keyed t;
		char buf[32];
		uint32_t n = 1000000, wrong = 0;
		keyed_init(&t, sizeof(uint64_t));
		for (int round = 0; round < 2; round++)
			for (uint32_t i = 0; i < n; i++) {
				struct slice key = slice_make(buf, (size_t)snprintf(buf, sizeof buf, "%u", i));
				wrong += find_one(&t, key) != i;
			}
		CHECK_INT(wrong, 0);
		CHECK_INT(t.n, n);
		keyed_release(&t);
	}
}

/* ---- order ---- */

static bool load_key(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	return keyed_order(arg, r, n, level);
}

static bool load_value(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	if (level)
		return load_key(arg, r, n, level - 1);
	for (size_t i = 0; i < n; i++)
		r[i].k = ~*count_of(arg, r[i].i);
	return true;
}

static bool in_order(const struct keyed *t, uint32_t a, uint32_t b, bool by_value)
{
	if (by_value && *count_of(t, a) != *count_of(t, b))
		return *count_of(t, a) > *count_of(t, b);
	return slice_cmp(keyed_key(t, a), keyed_key(t, b)) < 0;
}

static void order_randomly(size_t keys, size_t max_len, int64_t limit, bool by_value)
{
	struct keyed t;
	char buf[512];
	uint64_t seed = 99 + max_len;
	keyed_init(&t, sizeof(uint64_t));
	for (size_t i = 0; i < keys; i++) {
		struct slice key = random_key(&seed, buf, max_len);
		keyed_count(&t, &key, 1);
	}
	keyed_seal(&t);
	struct order o = {.arg = &t, .load = by_value ? load_value : load_key};
	uint32_t n, *all = order_items(&o, t.n, limit, &n);
	uint32_t want = limit >= 0 && limit < t.n ? (uint32_t)limit : t.n, wrong = 0;
	CHECK_INT(n, want);
	for (uint32_t i = 1; i < n; i++)
		wrong += !in_order(&t, all[i - 1], all[i], by_value);
	for (uint32_t i = 0, last = n ? all[n - 1] : 0; n && i < t.n; i++)
		wrong += in_order(&t, i, last, by_value); /* n - 1 of them are before the last */
	CHECK_INT(wrong, n ? n - 1 : 0);
	order_free(all, n);
	keyed_release(&t);
}

static void test_order(void)
{
	UNIT("keys come in byte order, a prefix before what it begins")
	{
		order_randomly(10, 2, -1, false);
		order_randomly(30000, 8, -1, false);
		order_randomly(30000, 30, -1, false);
		order_randomly(200000, 12, -1, false);
		order_randomly(300, 500, -1, false);
	}
	UNIT("values come first, largest first")
	{
		order_randomly(30000, 5, -1, true);
		order_randomly(100000, 8, -1, true);
	}
	UNIT("a limit gives the first of the same order")
	{
		order_randomly(30000, 8, 0, true);
		order_randomly(30000, 8, 1, true);
		order_randomly(30000, 8, 10, true);
		order_randomly(30000, 8, 10, false);
		order_randomly(30000, 8, 5000, true);
		order_randomly(30000, 8, 1000000, true);
		order_randomly(0, 8, 10, true);
	}
	UNIT("keys that share millions of bytes are told apart without deep recursion")
	{
		struct keyed t;
		size_t len = 3000000;
		char *text = calloc(1, len + 100);
		uint32_t n;
		keyed_init(&t, 0);
		for (size_t i = 0; i < 100; i++)
			find_one(&t, slice_make(text, len + 99 - i));
		keyed_seal(&t);
		uint32_t *all = order_items(&(struct order){.arg = &t, .load = load_key}, t.n, -1, &n);
		for (uint32_t i = 0; i < n; i++)
			CHECK_INT(all[i], 99 - i);
		order_free(all, n);
		free(text);
		keyed_release(&t);
	}
}

/* ---- sorting in parts ---- */

static void fold(const void *arg, struct order_rec *r, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		*count_of(arg, r[0].i) += *count_of(arg, r[i].i);
		r[i].i = ORDER_GONE;
	}
}

static bool load_value_alone(const void *arg, struct order_rec *r, size_t n, unsigned level)
{
	return level == 0 && load_value(arg, r, n, 0);
}

/* Keys 0 ... keys-1, each so often as its last digit says and in an order of its own, written with a prefix. */
static void add_keys(struct keyed *t, uint32_t keys, uint32_t step, const char *prefix)
{
	char buf[64];
	for (uint32_t i = 0; i < keys; i++) {
		uint32_t key = (uint32_t)((uint64_t)i * step % keys);
		struct slice s = slice_make(buf, (size_t)snprintf(buf, sizeof buf, "%s%u", prefix, key));
		for (uint32_t times = 0; times <= key % 10; times++)
			keyed_count(t, &s, 1);
	}
}

static void append_and_order(struct pool *pool, uint32_t keys, const char *prefix, bool by_value)
{
	struct keyed t, u;
	keyed_init(&t, sizeof(uint64_t));
	keyed_init(&u, sizeof(uint64_t));
	add_keys(&t, keys, 48271, prefix);
	add_keys(&u, keys, 16807, prefix);
	keyed_append(&t, &u);
	CHECK_INT(u.n, 0);
	CHECK_INT(t.n, 2 * keys);
	struct order value = {.arg = &t, .load = load_value_alone, .pool = pool};
	struct order o = {.arg = &t, .load = load_key, .same = fold, .then = by_value ? &value : NULL, .pool = pool};
	uint32_t n, wrong = 0, *all = order_items(&o, t.n, -1, &n);
	CHECK_INT(n, keys);
	for (uint32_t i = 0; i < n; i++) {
		struct slice key = keyed_key(&t, all[i]);
		wrong += *count_of(&t, all[i]) != 2 * (uint64_t)(key.p[key.len - 1] - '0' + 1);
		wrong += i > 0 && !in_order(&t, all[i - 1], all[i], by_value);
	}
	CHECK_INT(wrong, 0);
	order_free(all, n);
	keyed_release(&t);
	keyed_release(&u);
}

static void test_parts(void)
{
	struct pool *pool = pool_new(3);
	struct pool *pools[] = {NULL, pool};
	for (int p = 0; p < 2; p++) {
		UNIT(p ? "many records are sorted in parts on several threads" : "many records are sorted in parts")
		{
			append_and_order(pools[p], 200003, "", false);
			append_and_order(pools[p], 200003, "", true);
			append_and_order(pools[p], 200003, "https://example.org/", true);
		}
		UNIT(p ? "few, and equal ones, on several threads" : "few, and equal ones")
		{
			append_and_order(pools[p], 1, "", true);
			append_and_order(pools[p], 5003, "0123456789abcdef", true);
		}
	}
	pool_free(pool);
}

static struct value num_value(struct num n)
{
	return (struct value){.kind = VALUE_NUM, .n = n};
}

static struct value data(const char *s)
{
	return (struct value){.kind = VALUE_DATA, .s = slice_str(s)};
}

static int cmp_levels(const struct rank *a, const struct rank *b)
{
	for (unsigned level = 0;; level++) {
		bool end_a = level >= rank_levels(a), end_b = level >= rank_levels(b);
		if (end_a || end_b)
			return end_a && end_b ? 0 : 99;
		uint64_t x = rank_level_desc(a, level), y = rank_level_desc(b, level);
		if (x != y)
			return x < y ? 1 : -1;
	}
}

static void test_rank(void)
{
	UNIT("a value's levels order as its rank does, backwards")
	{
		struct value v[] = {
			num_value(num_dbl(-1.0 / 0.0)), num_value(num_int(INT64_MIN)), data("-5"), num_value(num_dbl(-0.5)),
			data("0"), data("-0.0"), data("1"), data("1.0"), data("1.5"), num_value(num_int(9007199254740992)),
			num_value(num_int(9007199254740993)), num_value(num_dbl(9007199254740994.0)),
			num_value(num_int(INT64_MAX)), num_value(num_dbl(0x1p63)), data("1e999"), data(""), data("a"),
			data("aaaaaaa"), data("aaaaaaab"), data("aaaaaaabaaaaaab"), data("b"),
		};
		size_t n = sizeof v / sizeof *v;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++) {
				struct rank a = rank_of(&v[i]), b = rank_of(&v[k]);
				int want = value_rank(&v[i], &v[k]), got = rank_cmp(&a, &b);
				want = (want > 0) - (want < 0);
				got = (got > 0) - (got < 0);
				CHECK_MSG(got == want, "rank_cmp of %zu and %zu", i, k);
				CHECK_MSG(cmp_levels(&a, &b) == want, "levels of %zu and %zu", i, k);
			}
	}
}

/* Fills n units with their numbers, from `first` on. */
static void number_units(uint32_t *p, size_t n, uint32_t first)
{
	for (size_t i = 0; i < n; i++)
		p[i] = first + (uint32_t)i;
}

static void join_units(size_t p_units, size_t q_units, size_t room)
{
	size_t size = sizeof(uint32_t), p_bytes = (p_units + room) * size, q_bytes = (q_units + room) * size;
	uint32_t *p = bigmem_alloc(p_bytes), *q = bigmem_alloc(q_bytes);
	number_units(p, p_units, 0);
	number_units(q, q_units, (uint32_t)p_units);
	p = bigmem_join(p, p_units * size, p_bytes, q, q_units * size, q_bytes, size);
	size_t n = p_units + q_units, wrong = 0;
	char *seen = calloc(n + 1, 1);
	for (size_t i = 0; i < n; i++)
		if (p[i] < n)
			seen[p[i]]++;
	for (size_t i = 0; i < n; i++)
		wrong += seen[i] != 1 || (i < p_units && p[i] != i);
	CHECK_INT(wrong, 0);
	free(seen);
	bigmem_free(p, n * size);
}

static void test_join(void)
{
	UNIT("joined memory holds what both held")
	{
		join_units(0, 0, 0);
		join_units(5, 7, 3);
		join_units(5, 3000001, 7);
		join_units(3000001, 5, 7);
		join_units(3000001, 2000003, 0);
		join_units(3000001, 2000003, 1000000);
		join_units(1u << 20, 1u << 20, 0); /* whole pages: no gap */
	}
	UNIT("joined memory can be joined and grown again")
	{
		size_t bytes = (size_t)8 << 20;
		char *p = bigmem_alloc(bytes);
		for (int i = 1; i < 4; i++)
			p = bigmem_join(p, i * bytes, i * bytes, memset(bigmem_alloc(bytes), i, bytes), bytes, bytes, 1);
		p = bigmem_resize(p, 4 * bytes, 8 * bytes);
		for (int i = 0; i < 8; i++)
			CHECK_INT(p[i * bytes + 12345], i < 4 ? i : 0);
		bigmem_free(p, 8 * bytes);
	}
}

static void test_bigmem(void)
{
	UNIT("large memory keeps its bytes and is zero where it is new, whatever its size")
	{
		size_t sizes[] = {0, 100, 5000, 3 << 20, 4 << 20, 9 << 20, 40 << 20, (5 << 20) + 1, 5 << 20, 1000, 0};
		size_t old = 0, wrong = 0;
		unsigned char *p = NULL;
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			p = bigmem_resize(p, old, sizes[i]);
			CHECK_INT((uintptr_t)p % 64, 0);
			for (size_t k = 0; k < sizes[i]; k += 97)
				wrong += p[k] != (k < old ? (unsigned char)(k * 31 + 7) : 0);
			for (size_t k = 0; k < sizes[i]; k++)
				p[k] = (unsigned char)(k * 31 + 7);
			old = sizes[i];
		}
		CHECK_INT(wrong, 0);
		bigmem_free(p, old);
		bigmem_free(NULL, 0);
	}
}

static uint64_t fold_product(uint64_t a, uint64_t b)
{
	__uint128_t p = (__uint128_t)a * b;
	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Keys that collide under well-known constants: wyhash's for short keys, XXH3's own secret for long ones. */
static void test_hostile(void)
{
	enum { KEYS = 10000 };
	struct keyed t;
	char text[64];
	UNIT("keys that were chosen to collide do not")
	{
		keyed_init(&t, 0);
		for (uint64_t i = 0; i < KEYS; i++) {
			uint64_t word[2] = {i, fold_product(i ^ 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL ^ 16)};
			size_t len = (size_t)sprintf(text, "\xb8\xfe\x6c\x39\x23\xa4\x4b\xbe%08dabcdefghijklmnop", (int)i);
			find_one(&t, slice_make((const char *)word, 16));
			find_one(&t, slice_make(text, len));
		}
		CHECK_INT(t.n, 2 * KEYS);
		struct keyed tags;
		keyed_init(&tags, 0);
		for (uint32_t i = 0; i < t.n; i++)
			find_one(&tags, slice_make((const char *)&keyed_at(&t, i)->tag, 4));
		CHECK(tags.n > 2 * KEYS - 10);
		keyed_release(&tags);
		keyed_release(&t);
	}
}

int main(void)
{
	test_small();
	test_hostile();
	test_many();
	test_order();
	test_parts();
	test_rank();
	test_bigmem();
	test_join();
	return unit_done();
}
