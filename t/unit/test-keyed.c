/* Unit tests of the keyed table and of sorting: against arrays that are searched and sorted plainly. */
#include "config.h"
#include "unit.h"

#include "stages/bigmem.h"
#include "stages/keyed.h"
#include "stages/order.h"

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
	keyed_order(arg, r, n, level);
	return true;
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
	free(all);
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
		free(all);
		free(text);
		keyed_release(&t);
	}
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

int main(void)
{
	test_small();
	test_many();
	test_order();
	test_rank();
	test_bigmem();
	return unit_done();
}
