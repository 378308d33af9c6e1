/* Unit tests of base/re. The heart is a property: whatever way re_find_record takes, it finds the records that re_exec
 * finds one by one. Expressions come from a grammar that loves the corners: anchors, classes with and without the
 * newline, quantifiers that make a literal optional, flags, escapes. A longer run: test-re 20000 SEED. */
#include "config.h"
#include "unit.h"

#include "base/mem.h"
#include "base/re.h"
#include "base/str.h"

#define PATTERNS 600     /* random expressions, unless the first argument says otherwise */
#define LONG_BYTES 17000 /* enough for a search over many lines at once */

static uint64_t seed = 0x9e3779b97f4a7c15ULL;

static size_t below(size_t n)
{
	return unit_below(&seed, n);
}

static struct re *must_compile(const char *pattern, unsigned flags)
{
	struct re_error err;
	struct re *re = re_new(slice_str(pattern), flags, &err);

	if (!re) {
		printf("Bail out! cannot compile '%s': %s\n", pattern, err.message);
		exit(EXIT_FAILURE);
	}
	return re;
}

static void test_compile(void)
{
	UNIT("an error has PCRE2's words and a place") {
		struct re_error err = {.offset = 99};

		CHECK(!re_new(slice_str("a(b"), 0, &err));
		CHECK_STR(err.message, "missing closing parenthesis");
		CHECK_INT(err.offset, 3);
	}
	UNIT("bytes that leave the mode are refused") {
		struct re_error err;

		CHECK(!re_new(slice_str("(*UTF)a"), 0, &err));
		CHECK(!re_new(slice_str("\\C"), 0, &err));
	}
	UNIT("groups and their names") {
		struct re *re = must_compile("(a)(?<word>b)(?P<x>c)?", 0);

		CHECK_INT(re_groups(re), 3);
		CHECK_STR(re_group_name(re, 1), NULL);
		CHECK_STR(re_group_name(re, 2), "word");
		CHECK_STR(re_group_name(re, 3), "x");
		CHECK_STR(re_group_name(re, 4), NULL);
		re_free(re);
	}
	UNIT("freeing nothing") {
		re_free(NULL);
	}
}

static enum re_result exec1(const char *pattern, unsigned flags, struct slice subject)
{
	struct re *re = must_compile(pattern, flags);
	struct re_scratch s = {0};
	enum re_result r = re_exec(re, &s, subject, 0, false);

	re_scratch_release(&s);
	re_free(re);
	return r;
}

static void test_exec(void)
{
	UNIT("groups that took no part are unset, the last ones too") {
		struct re *re = must_compile("(x)?(b)(y)?(z)?", 0);
		struct re_scratch s = {0};

		CHECK_INT(re_exec(re, &s, slice_str("abc"), 0, false), RE_MATCH);
		CHECK_INT(s.ngroups, 5);
		CHECK(s.ov[0] == 1 && s.ov[1] == 2 && s.ov[4] == 1 && s.ov[5] == 2);
		CHECK(s.ov[2] == RE_UNSET && s.ov[3] == RE_UNSET);
		for (int i = 6; i < 10; i++)
			CHECK(s.ov[i] == RE_UNSET);
		CHECK_INT(re_exec(re, &s, slice_str("abc"), 2, false), RE_NOMATCH);
		re_scratch_release(&s);
		re_free(re);
	}
	UNIT("$ is the very end, the dot is anything but a newline") {
		CHECK_INT(exec1("a$", 0, slice_str("a\n")), RE_NOMATCH);
		CHECK_INT(exec1("a$", RE_MULTILINE, slice_str("a\nb")), RE_MATCH);
		CHECK_INT(exec1("a.b", 0, slice_str("a\rb")), RE_MATCH);
		CHECK_INT(exec1("a.b", 0, slice_str("a\nb")), RE_NOMATCH);
		CHECK_INT(exec1("a.b", RE_DOTALL, slice_str("a\nb")), RE_MATCH);
		CHECK_INT(exec1("a b", RE_EXTENDED | RE_ICASE, slice_str("AB")), RE_MATCH);
		CHECK_INT(exec1("a.b", 0, slice_make("a\0b", 3)), RE_MATCH);
	}
	UNIT("bytes without u, characters with it") {
		CHECK_INT(exec1("^..$", 0, slice_str("\xc3\xa9")), RE_MATCH);
		CHECK_INT(exec1("^.$", RE_UTF, slice_str("\xc3\xa9")), RE_MATCH);
		CHECK_INT(exec1("^\\w$", RE_UTF, slice_str("\xc3\xa9")), RE_MATCH);
		CHECK_INT(exec1("b", RE_UTF, slice_str("\xff\xc3 b")), RE_MATCH);
		CHECK_INT(exec1("^.", RE_UTF, slice_str("\xff")), RE_NOMATCH);
	}
	UNIT("an empty subject without memory") {
		CHECK_INT(exec1("^$", 0, (struct slice){0}), RE_MATCH);
		CHECK_INT(exec1("a", 0, (struct slice){0}), RE_NOMATCH);
	}
	UNIT("an expression past its limits fails with a reason") {
		struct re *re = must_compile("^(a+)+\\1?[^a]$", 0);
		struct re_scratch s = {0};

		CHECK_INT(re_exec(re, &s, slice_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0, false), RE_FAILED);
		CHECK_STR(s.error, "match limit exceeded");
		re_scratch_release(&s);
		re_free(re);
	}
	UNIT("deep recursion fails, it does not crash") {
		struct str subject = {0};

		for (int i = 0; i < 2000000; i++)
			str_addc(&subject, '(');
		CHECK_INT(exec1("^(\\((?1)*\\))+$", 0, slice_make(subject.p, subject.len)), RE_FAILED);
		str_release(&subject);
	}
	UNIT("more expressions than slots share one scratch") {
		struct re *all[600];
		struct re_scratch s = {0};

		for (int i = 0; i < 600; i++) {
			char pattern[16];

			snprintf(pattern, sizeof(pattern), "^(%d)$", i);
			all[i] = must_compile(pattern, 0);
		}
		for (int i = 0; i < 1200; i++) {
			char text[16];

			snprintf(text, sizeof(text), "%d", i % 600);
			CHECK_INT(re_exec(all[i % 600], &s, slice_str(text), 0, false), RE_MATCH);
			CHECK_INT(re_exec(all[(i * 7 + 1) % 600], &s, slice_str("x"), 0, false), RE_NOMATCH);
		}
		for (int i = 0; i < 600; i++)
			re_free(all[i]);
		re_scratch_release(&s);
	}
}

/* All matches of pattern in text as [m][m]… */
static char *walk(const char *pattern, unsigned flags, const char *text)
{
	struct re *re = must_compile(pattern, flags);
	struct re_scratch s = {0};
	struct re_walk w = {0};
	struct str out = {0};

	while (re_next(re, &s, slice_str(text), &w) == RE_MATCH)
		str_addf(&out, "%zu[%.*s]", s.ov[0], (int)(s.ov[1] - s.ov[0]), text + s.ov[0]);
	CHECK_INT(re_next(re, &s, slice_str(text), &w), RE_NOMATCH);
	re_scratch_release(&s);
	re_free(re);
	return str_steal(&out);
}

static void check_walk(const char *pattern, unsigned flags, const char *text, const char *want)
{
	char *got = walk(pattern, flags, text);

	CHECK_STR(got, want);
	free(got);
}

static void test_next(void)
{
	UNIT("matches one after another") {
		check_walk("a+", 0, "aabaa", "0[aa]3[aa]");
		check_walk("x", 0, "aaa", "");
		check_walk("^a", 0, "aaa", "0[a]");
		check_walk("(?<=a)b", 0, "abab", "1[b]3[b]");
	}
	UNIT("empty matches move on, and none follows a match at its end") {
		check_walk("", 0, "ab", "0[]1[]2[]");
		check_walk("", 0, "", "0[]");
		check_walk("a*", 0, "aab", "0[aa]3[]");
		check_walk("a*", 0, "baac", "0[]1[aa]4[]");
		check_walk("x*", 0, "-", "0[]1[]");
		check_walk("$", 0, "ab", "2[]");
		check_walk("\\b", 0, "ab cd", "0[]2[]3[]5[]");
		check_walk("a\\K", 0, "aaa", "1[]2[]3[]");
	}
	UNIT("empty matches go by characters with u") {
		check_walk("", RE_UTF, "\xc3\xa9z", "0[]2[]3[]");
		check_walk("", 0, "\xc3\xa9", "0[]1[]2[]");
	}
}

/* One by one: the definition of what re_find_record finds. */
static enum re_result plain_find(const struct re *re, struct re_scratch *s, const char **p, const char *end, char term,
				 struct slice *record)
{
	while (*p < end) {
		const char *stop = memchr(*p, term, (size_t)(end - *p));
		enum re_result r;

		*record = slice_make(*p, (size_t)((stop ? stop : end) - *p));
		record->flags = stop ? 0 : SLICE_UNENDED;
		*p = stop ? stop + 1 : end;
		r = re_exec(re, s, *record, 0, false);
		if (r != RE_NOMATCH)
			return r;
	}
	return RE_NOMATCH;
}

static bool same_records(const struct re *re, struct slice text, char term)
{
	struct re_scratch fast = {0}, plain = {0};
	const char *p = text.p, *q = text.p, *end = text.p + text.len;
	enum re_result r, want;
	bool same;

	do {
		struct slice got = {0}, expected = {0};

		r = re_find_record(re, &fast, &p, end, term, &got);
		want = plain_find(re, &plain, &q, end, term, &expected);
		same = r == want && p == q;
		if (r != RE_NOMATCH)
			same = same && got.p == expected.p && got.len == expected.len && got.flags == expected.flags;
	} while (same && r != RE_NOMATCH);
	re_scratch_release(&fast);
	re_scratch_release(&plain);
	return same;
}

/* Text in an allocation of its exact size. long_text: past the size from which lines are searched together. */
static struct slice random_text(bool long_text)
{
	static const char *const words[] = {"abc", "GET", "a.b", "ab", "a", "b", "c", " ", "-", "1", "\t", "A", "\n", "\n",
					    "\n", "\r", ";", "caab", "aaa", "]", "{", "\xc3\xa9", "\xa9", "^", "x"};
	size_t nwords = sizeof(words) / sizeof(words[0]), rare = 1 + below(20);
	size_t max = long_text ? LONG_BYTES + below(4000) : below(200);
	struct str s = {0};
	char *exact;

	while (s.len < max) {
		size_t k = below(rare) ? below(nwords) : below(6);

		if (below(200) == 0)
			str_addc(&s, below(2) ? '\0' : (char)below(256));
		str_adds(&s, words[k]);
	}
	if (s.len && below(2))
		s.p[s.len - 1] = '\n';
	exact = mem_alloc(s.len);
	if (s.len)
		memcpy(exact, s.p, s.len);
	max = s.len;
	str_release(&s);
	return slice_make(exact, max);
}

static void add_any(struct str *s, const char *const *choices, size_t n)
{
	str_adds(s, choices[below(n)]);
}
#define ADD_ANY(s, ...) \
	do { \
		static const char *const choices_[] = {__VA_ARGS__}; \
		add_any(s, choices_, sizeof(choices_) / sizeof(choices_[0])); \
	} while (0)

static void random_class(struct str *s)
{
	str_adds(s, below(2) ? "[" : "[^");
	for (size_t n = 1 + below(3); n; n--)
		ADD_ANY(s, "a", "b", "a-c", "-", "]", "^", " ", "\\d", "\\w", "\\s", "\\S", "\\W", "\\n", "\\t", "\t-~", "\\t-\\r",
			"[:alpha:]", "[:space:]", "[:^alpha:]", "\\]", "\\\\", "[", "[:", "\n", "\\x0a", "\\x41", "\\x{a}", "+--",
			"\\b", "\\b-~", "\\v", "\\H", "\\D", "\\0-z", "\\Qa]\\E", "{", "#", "\xc3\xa9");
	str_adds(s, "]");
}

static void random_alternatives(struct str *s, unsigned depth);

static void random_atom(struct str *s, unsigned depth)
{
	switch (below(depth < 3 ? 12 : 9)) {
	case 0: case 1: case 2:
		ADD_ANY(s, "abc", "GET", "a\\.b", "ab", "caab", "aaa", "a", "b", "c", "\xc3\xa9");
		return;
	case 3: case 4:
		ADD_ANY(s, "a", "b", "c", "A", "x", " ", "-", "]", "}", "{", "#", "#x\n", "\n", ";", "\t", "\xc3\xa9", "{a", "{,2}");
		return;
	case 5:
		ADD_ANY(s, "\\d", "\\w", "\\s", "\\S", "\\W", "\\D", "\\h", "\\H", "\\v", "\\V", "\\N", "\\R", "\\X", "\\b", "\\B", "\\A",
			"\\z", "\\Z", "\\G", "\\K", "\\n", "\\t", "\\r", "\\e", "\\x61", "\\x0a", "\\x{61}", "\\x", "\\-", "\\ ", "\\#", "\\/",
			"\\Qa.b\\E", "\\Q\\E", "\\E", "\\012", "\\12", "\\1", "\\2", "\\g1", "\\p{L}", "\\P{L}", "\\ca", "\\o{141}", "\\\\",
			"\\]", "\\{", "\\^");
		return;
	case 6:
		random_class(s);
		return;
	case 7:
		ADD_ANY(s, "^", "$", ".", ".");
		return;
	case 8:
		ADD_ANY(s, "(?i)", "(?s)", "(?m)", "(?-m)", "(?x)", "(?#b)", "(*ACCEPT)", "(*FAIL)", "(*COMMIT)", "(*SKIP)", "(?R)?",
			"(?1)", "(?C)", "a", "b", "c", " ", ".", "a", "b", "^", "$");
		return;
	default:
		ADD_ANY(s, "(", "(", "(", "(?:", "(?:", "(?>", "(?=", "(?!", "(?<=", "(?<!", "(?|", "(?<n>", "(?P<m>", "(?'o'", "(?i:",
			"(?s:", "(?^:", "(?(1)");
		random_alternatives(s, depth + 1);
		str_adds(s, ")");
	}
}

static void random_alternatives(struct str *s, unsigned depth)
{
	do {
		for (size_t n = below(5); n; n--) {
			random_atom(s, depth);
			if (below(3) == 0)
				ADD_ANY(s, "?", "*", "+", "{0}", "{0,2}", "{1}", "{2}", "{1,2}", "{1,}", "{,2}", "*?", "+?", "??", "?+", "*+", "{0}{2}",
					"{2}{0}", "+{0}", " +", " ?", "{ 1 }", "{", "{1", "{2,1}", "#c\n*");
		}
	} while (below(7) == 0 && (str_adds(s, "|"), true));
}

static unsigned random_flags(void)
{
	unsigned flags = 0;

	for (unsigned bit = 1; bit <= RE_MULTILINE; bit <<= 1)
		if (below(5) == 0)
			flags |= bit;
	return below(8) ? flags : flags | RE_UTF;
}

static void check_pattern(struct slice pattern, unsigned flags, const struct re *re)
{
	for (int i = 0; i < 4; i++) {
		struct slice text = random_text(i == 0);
		char term = below(4) ? '\n' : below(2) ? '\0' : 'b';

		if (!CHECK(same_records(re, text, term)) && unit.bad_checks <= UNIT_MAX_REPORTS) {
			printf("#   flags %u, term %d\n", flags, term);
			unit_print_bytes("pattern", pattern.p, pattern.len);
			if (text.len < 300)
				unit_print_bytes("text", text.p, text.len);
		}
		free((char *)text.p);
	}
}

static void test_random_records(int patterns)
{
	UNIT("records are found as one by one, whatever the expression") {
		for (int compiled = 0; compiled < patterns;) {
			struct str pattern = {0};
			struct re_error err;
			unsigned flags = random_flags();
			struct re *re;

			random_alternatives(&pattern, 0);
			re = re_new(slice_make(pattern.p, pattern.len), flags, &err);
			if (re) {
				compiled++;
				check_pattern(slice_make(pattern.p, pattern.len), flags, re);
				re_free(re);
			}
			str_release(&pattern);
		}
	}
}

static void test_known_records(void)
{
	static const char *const patterns[] = {
		"abc", "^abc", "abc$", "^abc$", "a\\.b", "^a$", "^", "$", "^$", "", "x*", "a.*c", "^GET", "GET$", "[^a]*", "\\s+", "b\\W",
		"[^]]", "[^-a]", "a{,3}", "a{2}b", "(?=a)", "\\n", "a\\nb", "[\\n]", "a\nb", "^\\s*$", "\\Aabc\\z", "(a|b)c", "ab?c", "ab+c",
		"abc|GET", "\\bab\\b", "(?<!a)b", "(a)\\1", ".", "\\d", "^-", ";$", "^;", "b$",
		"(?<!.)$", "\\B$", "[^ -~]\\B$", "ab#c\nc", "a b # c", "a\xc3\xa9?b", "ab\xc3\xa9*", "\xc3\xa9+", "{", "{a", "a{,}", "a{1}b",
	};

	UNIT("records are found as one by one: expressions that people write") {
		for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
			for (unsigned flags = 0; flags < 32; flags++) {
				struct re *re = must_compile(patterns[i], flags);

				check_pattern(slice_str(patterns[i]), flags, re);
				re_free(re);
			}
	}
}

static void test_many_lines(void)
{
	struct str text = {0};

	while (text.len < LONG_BYTES)
		str_adds(&text, "abc\n");
	UNIT("behind the last newline there is no line to match") {
		static const char *const patterns[] = {"(?<!.)$", "\\B$", "^$", "(?!.)\\B"};

		for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
			struct re *re = must_compile(patterns[i], 0);
			struct re_scratch s = {0};
			struct slice record;
			const char *p = text.p;

			CHECK_INT(re_find_record(re, &s, &p, text.p + text.len, '\n', &record), RE_NOMATCH);
			CHECK(p == text.p + text.len);
			re_scratch_release(&s);
			re_free(re);
		}
	}
	str_release(&text);
}

static void test_large_run(void)
{
	static const char *const patterns[] = {"(?:GET|abc)1;", "^$", "[^a]GET\\d\\h", "\\x{0}", "(*NO_JIT)^1;abc", "qqq|zzz"};
	struct str text = {0};

	while (text.len < 2500000) {
		struct slice more = random_text(true);

		str_add(&text, more.p, more.len);
		free((char *)more.p);
	}
	UNIT("a run larger than one search takes") {
		for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
			struct re *re = must_compile(patterns[i], 0);

			CHECK(same_records(re, slice_make(text.p, text.len), '\n'));
			CHECK(same_records(re, slice_make(text.p, text.len), '\0'));
			re_free(re);
		}
	}
	str_release(&text);
}

static void test_failing_record(void)
{
	UNIT("a record past the limits is given back, and the search goes on behind it") {
		const char *text = "-\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nab\n", *p = text;
		struct re *re = must_compile("^(a+)+\\1?[^a]$", 0);
		struct re_scratch s = {0};
		struct slice record;

		CHECK_INT(re_find_record(re, &s, &p, text + strlen(text), '\n', &record), RE_FAILED);
		CHECK_INT(record.len, 50);
		CHECK_STR(s.error, "match limit exceeded");
		CHECK_INT(re_find_record(re, &s, &p, text + strlen(text), '\n', &record), RE_MATCH);
		CHECK_SLICE(record, "ab");
		CHECK_INT(re_find_record(re, &s, &p, text + strlen(text), '\n', &record), RE_NOMATCH);
		re_scratch_release(&s);
		re_free(re);
	}
}

/* All matches with their groups, as text; *failed where the search ran into a limit. */
static void all_matches(const char *prefix, struct slice pattern, unsigned flags, struct slice subject, struct str *out,
			bool *failed)
{
	struct str whole = {0};
	struct re_scratch s = {0};
	struct re_walk w = {0};
	struct re_error err;
	enum re_result r = RE_FAILED;
	struct re *re;

	str_clear(out);
	str_adds(&whole, prefix);
	str_add(&whole, pattern.p, pattern.len);
	re = re_new(slice_make(whole.p, whole.len), flags, &err);
	while (re && (r = re_next(re, &s, subject, &w)) == RE_MATCH) {
		CHECK(s.ov[0] <= s.ov[1] && s.ov[1] <= subject.len);
		for (unsigned i = 0; i < 2 * s.ngroups; i++)
			str_addf(out, "%zd ", s.ov[i]);
	}
	str_addc(out, '.');
	*failed = r == RE_FAILED;
	re_free(re);
	re_scratch_release(&s);
	str_release(&whole);
}

/* A subject that is longer than what is searched at once, with something to find here and there. */
static struct slice sparse_text(void)
{
	struct slice some = random_text(false), all = random_text(true);
	char *p = (char *)all.p;

	memset(p, below(2) ? '.' : 'a', all.len);
	for (int i = 0; some.len && i < 3; i++) {
		size_t at = below(all.len - some.len);

		memcpy(p + at, some.p, some.len);
	}
	free((char *)some.p);
	return all;
}

/* Bytes that are no characters become some: at these PCRE2's interpreter finds other empty matches than its JIT. */
static void make_valid(struct slice text)
{
	char *p = (char *)text.p;

	for (size_t i = 0; i < text.len; i++) {
		if (i + 1 < text.len && memcmp(p + i, "\xc3\xa9", 2) == 0)
			i++;
		else if ((unsigned char)p[i] >= 0x80)
			p[i] = 'x';
	}
}

/* Start options choose the way of a search: those that are none of JIT's own keep it from being cut into slices. */
static void test_ways(int patterns)
{
	static const char *const prefixes[] = {"(*NO_JIT)", "(*NO_AUTO_POSSESS)", "(*NO_JIT)(*NO_START_OPT)"};

	UNIT("short and long subjects, JIT and interpreter, sliced and counted: the same matches") {
		for (int i = 0; i < patterns; i++) {
			struct str pattern = {0}, want = {0}, got = {0};
			struct slice subject = below(3) ? sparse_text() : random_text(below(2));
			unsigned flags = random_flags();
			bool failed;

			random_alternatives(&pattern, 0);
			if (flags & RE_UTF)
				make_valid(subject);
			all_matches("", slice_make(pattern.p, pattern.len), flags, subject, &want, &failed);
			for (size_t k = 0; !failed && k < sizeof(prefixes) / sizeof(prefixes[0]); k++) {
				bool too = false;

				all_matches(prefixes[k], slice_make(pattern.p, pattern.len), flags, subject, &got, &too);
				if (!too && !CHECK(strcmp(got.p, want.p) == 0) && unit.bad_checks <= UNIT_MAX_REPORTS) {
					printf("#   %s, flags %u, subject of %u bytes\n", prefixes[k], flags, subject.len);
					unit_print_bytes("pattern", pattern.p, pattern.len);
				}
			}
			str_release(&pattern);
			str_release(&want);
			str_release(&got);
			free((char *)subject.p);
		}
	}
}

static void test_start_options(void)
{
	UNIT("start options are obeyed, in a long subject too") {
		struct str text = {0};

		CHECK_INT(exec1("(*NO_JIT)a", 0, slice_str("ba")), RE_MATCH);
		CHECK_INT(exec1("(*NOTEMPTY)a*", 0, slice_str("b")), RE_NOMATCH);
		CHECK_INT(exec1("(*NOTEMPTY_ATSTART)a*$", 0, slice_str("b")), RE_MATCH);
		CHECK_INT(exec1("(*NOTEMPTY_ATSTART)a*$", 0, slice_str("")), RE_NOMATCH);
		CHECK_INT(exec1("(*CR)(?m)^b", 0, slice_str("a\rb")), RE_MATCH);
		CHECK_INT(exec1("(*ANYCRLF)a.b", 0, slice_str("a\rb")), RE_NOMATCH);
		CHECK_INT(exec1("(*BSR_ANYCRLF)a\\R", 0, slice_str("a\v")), RE_NOMATCH);
		CHECK_INT(exec1("(*UCP)^\\w$", 0, slice_str("\xe9")), RE_MATCH);
		CHECK_INT(exec1("(*LIMIT_MATCH=5)(a+)+[bc]", 0, slice_str("aaaaaaaaaaaac")), RE_MATCH);
		CHECK_INT(exec1("(*LIMIT_MATCH=5)^(a|aa)+$", 0, slice_str("aaaaaaaaaaaab")), RE_FAILED);
		while (text.len < LONG_BYTES)
			str_adds(&text, "bbbbbbbb");
		CHECK_INT(exec1("(*NOTEMPTY)a*", 0, slice_make(text.p, text.len)), RE_NOMATCH);
		CHECK_INT(exec1("(*NO_JIT)bb$", 0, slice_make(text.p, text.len)), RE_MATCH);
		str_release(&text);
	}
}

static void test_refused(void)
{
	static const char pattern[] = "a|(?(DEFINE)(?<s>\\Ka))(?<=(?&s))b", turned[] = "(?(DEFINE)(?<s>a\\K))(?=(?&s))";

	UNIT("a match that begins before its search, or behind its end, is refused; that it is there is no secret") {
		struct re *re = must_compile(pattern, 0), *other = must_compile(turned, 0);
		struct re_scratch s = {0};
		struct re_walk w = {0};

		CHECK_INT(re_next(re, &s, slice_str("ab"), &w), RE_MATCH);
		CHECK_INT(re_next(re, &s, slice_str("ab"), &w), RE_FAILED);
		CHECK(strstr(s.error, "\\K"));
		CHECK_INT(re_next(re, &s, slice_str("ab"), &w), RE_NOMATCH);
		CHECK_INT(re_exec(other, &s, slice_str("a"), 0, false), RE_FAILED);
		CHECK_INT(re_test(re, &s, slice_str("ab")), RE_MATCH);
		CHECK_INT(re_test(other, &s, slice_str("a")), RE_MATCH);
		re_scratch_release(&s);
		re_free(re);
		re_free(other);
	}
}

static bool always(const void *arg)
{
	return arg != NULL;
}

/* Each of them runs over the whole subject again and again, without PCRE2's match limit seeing it. */
static void test_bounded_work(void)
{
	static const char *const patterns[] = {"a*a*[bc]", "a*[bc]", "a*?a*+[bc]", "(?:a|aa)*+b", "(a+)+[bc]", "\\Ga*a*[bc]",
					       "(?=a*[bc])x|y", "a*a*\\w*[bc](*PRUNE)"};
	struct str text = {0};

	while (text.len < 20000)
		str_adds(&text, "aaaaaaaaaaaaaaaa");
	UNIT("the work of a search is bounded, over all starts, and given up where the run is ending") {
		for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
			struct re *re = must_compile(patterns[i], 0);
			struct re_scratch s = {0};
			enum re_result r = re_test(re, &s, slice_make(text.p, text.len));

			CHECK(r != RE_MATCH);
			if (r == RE_FAILED) {
				CHECK(strstr(s.error, "limit"));
				s.given_up = always;
				s.given_up_arg = &s;
				CHECK_INT(re_test(re, &s, slice_make(text.p, text.len)), RE_FAILED);
				CHECK(strstr(s.error, "limit") || strstr(s.error, "given up"));
			}
			re_scratch_release(&s);
			re_free(re);
		}
	}
	str_release(&text);
}

int main(int argc, char **argv)
{
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0) | 1;
	test_compile();
	test_exec();
	test_next();
	test_known_records();
	test_random_records(argc > 1 ? atoi(argv[1]) : PATTERNS);
	test_many_lines();
	test_large_run();
	test_failing_record();
	test_ways((argc > 1 ? atoi(argv[1]) : PATTERNS) / 6);
	test_start_options();
	test_refused();
	test_bounded_work();
	return unit_done();
}
