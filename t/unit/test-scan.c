/* Unit tests of base/scan: every function against a plain loop, on random text, with the portable code and with what
 * the processor offers. Ranges are copied to memory of their exact size, so that a sanitizer sees a byte too many. */
#include "config.h"
#include "unit.h"

#include "base/scan.h"

#define ROUNDS 4000

static uint64_t seed = 88172645463325252ULL;

/* Text of up to 300 bytes from one of a few alphabets, in an allocation of its own. */
static char *random_text(size_t *len)
{
	static const char *const alphabets[] = {"a \n", "ab\n\t\v\f\r ", "abcdefghij klmno\npqrst", "\n", "a", " "};
	size_t kind = unit_below(&seed, 8);
	char *p;

	*len = unit_below(&seed, unit_below(&seed, 4) ? 300 : 70);
	p = malloc(*len ? *len : 1);
	for (size_t i = 0; i < *len; i++)
		p[i] = kind < 6 ? alphabets[kind][unit_below(&seed, strlen(alphabets[kind]))] : (char)unit_random(&seed);
	return p;
}

static bool same_slices(const struct slice *a, const struct slice *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].p != b[i].p || a[i].len != b[i].len || a[i].flags != b[i].flags)
			return false;
	return true;
}

static size_t plain_records(const char **p, const char *end, char term, struct slice *out, size_t max)
{
	size_t n = 0;

	while (*p < end && n < max) {
		const char *at = memchr(*p, term, (size_t)(end - *p));

		out[n] = slice_make(*p, (size_t)((at ? at : end) - *p));
		out[n++].flags = at ? 0 : SLICE_UNENDED;
		*p = at ? at + 1 : end;
	}
	return n;
}

/* separators may hold a NUL: nsep bytes. */
static size_t plain_runs(const char **p, const char *end, const char *separators, size_t nsep, struct slice *out, size_t max)
{
	size_t n = 0;

	while (n < max) {
		const char *start;

		while (*p < end && memchr(separators, **p, nsep))
			++*p;
		if (*p == end)
			break;
		start = *p;
		while (*p < end && !memchr(separators, **p, nsep))
			++*p;
		out[n++] = slice_make(start, (size_t)(*p - start));
	}
	return n;
}

static void test_records(void)
{
	UNIT("records are cut as a plain loop cuts them") {
		for (int i = 0; i < ROUNDS; i++) {
			struct slice got[301], want[301];
			size_t len, max = unit_below(&seed, 3) ? 301 : unit_below(&seed, 12), ngot, nwant;
			char *text = random_text(&len), term = unit_below(&seed, 4) ? '\n' : (char)unit_below(&seed, 256);
			const char *p = text, *q = text;

			do {
				ngot = scan_records(&p, text + len, term, got, max);
				nwant = plain_records(&q, text + len, term, want, max);
				CHECK(ngot == nwant && p == q && same_slices(got, want, nwant));
			} while (max && p < text + len && p == q);
			free(text);
		}
	}
	UNIT("a last record without terminator is flagged") {
		const char *text = "a\nbc", *p = text;
		struct slice got[3];

		CHECK_INT(scan_records(&p, text + 4, '\n', got, 3), 2);
		CHECK_SLICE(got[1], "bc");
		CHECK_INT(got[0].flags, 0);
		CHECK_INT(got[1].flags, SLICE_UNENDED);
		CHECK(p == text + 4);
		CHECK_INT(scan_records(&p, text + 4, '\n', got, 3), 0);
	}
	UNIT("many short records of a large run") {
		struct slice *got = malloc(4096 * sizeof(*got));
		char *text = malloc(8192);
		const char *p = text;
		size_t n;

		for (int i = 0; i < 8192; i++)
			text[i] = i & 1 ? '\n' : 'x';
		n = scan_records(&p, text + 8192, '\n', got, 4000);
		CHECK_INT(n, 4000);
		CHECK(p == text + 8000);
		CHECK_INT(scan_records(&p, text + 8192, '\n', got, 4096), 96);
		for (size_t i = 0; i < 96; i++)
			CHECK(got[i].p == text + 8000 + 2 * i && got[i].len == 1 && got[i].flags == 0);
		free(got);
		free(text);
	}
}

static void test_words(void)
{
	UNIT("words are cut as a plain loop cuts them") {
		for (int i = 0; i < ROUNDS; i++) {
			struct slice got[301], want[301];
			char separators[7] = " \t\n\v\f\r";
			size_t len, max = unit_below(&seed, 3) ? 301 : 1 + unit_below(&seed, 12), ngot, nwant;
			int also = unit_below(&seed, 2) ? -1 : (int)unit_below(&seed, 256);
			char *text = random_text(&len);
			const char *p = text, *q = text;

			separators[6] = (char)also;
			do {
				ngot = scan_words(&p, text + len, also, got, max);
				nwant = plain_runs(&q, text + len, separators, also < 0 ? 6 : 7, want, max);
				CHECK(ngot == nwant && same_slices(got, want, nwant));
				if (ngot < max)
					CHECK(p == text + len);
			} while (ngot == max && ngot == nwant);
			free(text);
		}
	}
	UNIT("no room cuts no word") {
		const char *text = "ab cd", *p = text;

		CHECK_INT(scan_words(&p, text + 5, -1, NULL, 0), 0);
		CHECK(p == text);
	}
}

static void test_fields(void)
{
	UNIT("fields are cut as a plain loop cuts them") {
		for (int i = 0; i < ROUNDS; i++) {
			struct slice got[301], want[301];
			size_t len, max = 1 + unit_below(&seed, unit_below(&seed, 2) ? 300 : 9), ngot, nwant;
			char *text = random_text(&len);
			const char *p = text, *q = text, *end = text + len;

			do {
				ngot = scan_fields(p, end, got, max, &p);
				nwant = plain_runs(&q, end, " \t\n", 3, want, max);
				CHECK(ngot == nwant && same_slices(got, want, nwant));
			} while (ngot == max && ngot == nwant);
			CHECK(p == end);
			free(text);
		}
	}
	UNIT("where the scan of fields stopped need not be known") {
		struct slice got[2];

		const char *text = "a b c";

		CHECK_INT(scan_fields(text, text + 5, got, 2, NULL), 2);
		CHECK_SLICE(got[1], "b");
	}
}

static void test_bytes(void)
{
	UNIT("counting and the last occurrence") {
		for (int i = 0; i < ROUNDS; i++) {
			size_t len, n = 0;
			char *text = random_text(&len), byte = (char)(unit_below(&seed, 2) ? 'a' : unit_below(&seed, 256));
			const char *last = NULL;

			for (size_t k = 0; k < len; k++)
				if (text[k] == byte) {
					n++;
					last = text + k;
				}
			CHECK_INT(scan_count(text, text + len, byte), n);
			CHECK(scan_last(text, text + len, byte) == last);
			free(text);
		}
	}
	UNIT("case of ASCII letters, and of nothing else") {
		char all[256], got[256];

		for (int i = 0; i < 256; i++)
			all[i] = (char)i;
		for (size_t begin = 0; begin < 256; begin++) {
			size_t len = unit_below(&seed, 257 - begin);

			scan_lower(got, all + begin, len);
			for (size_t i = 0; i < len; i++)
				CHECK(got[i] == (all[begin + i] >= 'A' && all[begin + i] <= 'Z' ? all[begin + i] + 32 : all[begin + i]));
			scan_upper(got, all + begin, len);
			for (size_t i = 0; i < len; i++)
				CHECK(got[i] == (all[begin + i] >= 'a' && all[begin + i] <= 'z' ? all[begin + i] - 32 : all[begin + i]));
		}
	}
	UNIT("case in place") {
		char text[] = "The Quick Brown Fox Jumps Over The Lazy Dog, Twice OVER And Once More";

		scan_upper(text, text, strlen(text));
		CHECK_STR(text, "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG, TWICE OVER AND ONCE MORE");
	}
}

static const char *plain_find(const char *needle, size_t nlen, const char *p, const char *end)
{
	for (; (size_t)(end - p) >= nlen; p++)
		if (memcmp(p, needle, nlen) == 0)
			return p;
	return NULL;
}

static void test_find(void)
{
	UNIT("a literal is found where a plain search finds it") {
		for (int i = 0; i < ROUNDS * 4; i++) {
			size_t len, nlen, at;
			char *text = random_text(&len), needle[40];
			struct scan_needle n;

			nlen = 1 + unit_below(&seed, unit_below(&seed, 2) ? 6 : sizeof(needle) - 1);
			at = len ? unit_below(&seed, len) : 0;
			for (size_t k = 0; k < nlen; k++)
				needle[k] = at + k < len ? text[at + k] : 'a';
			if (unit_below(&seed, 4) == 0)
				needle[unit_below(&seed, nlen)] ^= 1;
			scan_needle_init(&n, needle, nlen);
			CHECK(n.rare[0] <= n.rare[1] && n.rare[1] < nlen);
			CHECK(scan_find(&n, text, text + len) == plain_find(needle, nlen, text, text + len));
			free(text);
		}
	}
	UNIT("nothing is found in an empty range") {
		struct scan_needle n;

		scan_needle_init(&n, "x", 1);
		CHECK(!scan_find(&n, n.p, n.p));
	}
}

int main(void)
{
	for (int portable = 0; portable < 2; portable++) {
		scan_force_portable(portable);
		test_records();
		test_words();
		test_fields();
		test_bytes();
		test_find();
	}
	return unit_done();
}
