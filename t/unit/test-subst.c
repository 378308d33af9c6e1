/* Replacements: captures, case, escapes, and what is wrong with them. */
#include "config.h"

#include "lang/expr/expr.h"

#include "unit.h"

struct place {
	struct arena arena;
	struct diag diag;
	struct expr_env env;
	struct eval ev;
	struct str out;
};

static void place_init(struct place *p)
{
	*p = (struct place){0};
	p->env = (struct expr_env){.diag = &p->diag, .arena = &p->arena};
}

static void place_release(struct place *p)
{
	str_release(&p->out);
	eval_release(&p->ev);
	arena_release(&p->arena);
	diag_release(&p->diag);
}

static struct re *regex(const char *pattern)
{
	struct re_error err;

	return re_new(slice_str(pattern), 0, &err);
}

/* s/pattern/with/g on subject, in p->out; false where the replacement is wrong. */
static bool substitute(struct place *p, const char *pattern, const char *with, struct slice subject)
{
	struct re *re = regex(pattern);
	struct re_walk walk = {0};
	struct subst *s;
	size_t done = 0;

	diag_release(&p->diag);
	diag_init(&p->diag, "pipeline", slice_str(with));
	s = subst_new(slice_str(with), (struct span){0, 0}, re, &p->env);
	str_clear(&p->out);
	while (s && re_next(re, &p->ev.re, subject, &walk) == RE_MATCH) {
		str_add(&p->out, subject.p + done, p->ev.re.ov[0] - done);
		done = p->ev.re.ov[1];
		subst_apply(s, &p->ev, subject, &p->out);
	}
	str_add(&p->out, subject.p + done, subject.len - done);
	re_free(re);
	return s;
}

struct row {
	const char *pattern, *with, *subject, *want;
};

static void check_rows(const struct row *rows, size_t n)
{
	struct place p;

	place_init(&p);
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];

		CHECK_MSG(substitute(&p, row->pattern, row->with, slice_str(row->subject)),
			  "'%s' is refused", row->with);
		unit_bytes(__FILE__, __LINE__, row->with, p.out.p, p.out.len, row->want, strlen(row->want));
	}
	place_release(&p);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void test_captures(void)
{
	static const struct row rows[] = {
		{"b", "X", "abc", "aXc"}, {"b", "", "abc", "ac"}, {"(\\w+) (\\w+)", "$2 $1", "a b", "b a"},
		{"b+", "<$&>", "abbc", "a<bb>c"}, {"(b)", "${1}0", "abc", "ab0c"},
		{"(?<x>b)", "[$x]", "abc", "a[b]c"},
		{"(?<x>b)", "[${x}y]", "abc", "a[by]c"}, {"(?<x>b)(?<y>c)", "$y$x$1$2", "abc", "acbbc"},
		{"(b)|(c)", "[$1$2$&]", "abc", "a[bb][cc]"}, {"(x)?b", "[$1]", "abc", "a[]c"},
		{"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "$10$1", "abcdefghij", "ja"}, {"b", "$", "abc", "a$c"},
		{"b", "$ x", "abc", "a$ xc"},
		{"b", "$-$.", "abc", "a$-$.c"}, {"", "-", "ab", "-a-b-"}, {"(?<a_1>b)", "$a_1", "abc", "abc"},
		{"b", "$$&", "abc", "a$bc"},
	};

	UNIT("captures by number and by name")
		CHECK_ROWS(rows);
}

static void test_case(void)
{
	static const struct row rows[] = {
		{"(\\w+)", "\\U$1", "ab cd", "AB CD"}, {"(\\w+)", "\\L$1\\E!X", "AB", "ab!X"},
		{"(\\w)(\\w*)", "\\U$1\\E$2", "ab cd", "Ab Cd"},
		{"(\\w)(\\w*)", "\\U$1\\L$2", "aB cD", "Ab Cd"}, {"b", "\\Ux\\Ey", "abc", "aXyc"},
		{"b", "\\E\\Ub\\Lc\\L\\E", "abc", "aBcc"},
		{"b", "\\U", "abc", "ac"}, {"b", "\\U\\x61", "abc", "aAc"},
	};

	UNIT("case lasts up to \\E or the end")
		CHECK_ROWS(rows);
}

static void test_escapes(void)
{
	static const struct row rows[] = {
		{"b", "\\n\\t\\r", "abc", "a\n\t\rc"}, {"b", "\\\\ \\$1 \\/ \\& \\,", "abc", "a\\ $1 / & ,c"},
		{"b", "\\x41\\x0a", "abc", "aA\nc"},
		{"b", "\\u{e9}\\u{1F600}", "abc", "a\xc3\xa9\xf0\x9f\x98\x80" "c"},
		{"b", "\"\\\"\\_", "abc", "a\"\"_c"}, {"b", "\xc3\xa9\xff", "abc", "a\xc3\xa9\xff" "c"},
	};

	UNIT("escapes")
		CHECK_ROWS(rows);
}

static void test_mistakes(void)
{
	static const struct { const char *with, *want; } rows[] = {
		{"a$3", "spile: pipeline:1:2: the regular expression has no group '$3'\n  a$3\n   ^~\n"},
		{"$name-", "spile: pipeline:1:1: the regular expression has no group '$name'\n  $name-\n  ^~~~~\n"},
		{"${2}$0", "spile: pipeline:1:5: no group '$0'\n  ${2}$0\n      ^~ the whole match is $&\n"},
		{"$99999999999999999999",
		 "spile: pipeline:1:1: the regular expression has no group '$99999999999999999999'\n"
		 "  $99999999999999999999\n  ^~~~~~~~~~~~~~~~~~~~~\n"},
		{"${$1+1}",
		 "spile: pipeline:1:1: '${$1+1}' is no group\n  ${$1+1}\n"
		 "  ^~~~~~~ only captures can stand in a replacement\n"},
		{"${",
		 "spile: pipeline:1:1: '${' is no group\n  ${\n  ^~ only captures can stand in a replacement\n"},
		{"\\1", "spile: pipeline:1:1: '\\1' in a replacement\n  \\1\n  ^~ captures are $1, $2, ...\n"},
		{"\\q", "spile: pipeline:1:1: unknown escape '\\q' in a replacement\n  \\q\n  ^~\n"},
		{"\\", "spile: pipeline:1:1: a lone '\\' at the end of a replacement\n  \\\n  ^\n"},
		{"\\x4",
		 "spile: pipeline:1:1: bad escape '\\x4'\n  \\x4\n  ^~~ \\x takes two hexadecimal digits\n"},
		{"\\u{110000}",
		 "spile: pipeline:1:1: bad escape '\\u{110000}'\n  \\u{110000}\n"
		 "  ^~~~~~~~~~ a character is \\u{HEX}, up to \\u{10FFFF}\n"},
		{"\\u41",
		 "spile: pipeline:1:1: bad escape '\\u41'\n  \\u41\n"
		 "  ^~~~ a character is \\u{HEX}, up to \\u{10FFFF}\n"},
	};
	struct place p;

	place_init(&p);
	UNIT("a replacement's mistakes are told with their place") {
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			char *text = NULL;
			size_t len;
			FILE *f;

			CHECK_MSG(!substitute(&p, "(a)(?<x>b)", rows[i].with, slice_str("")),
				  "'%s' passes", rows[i].with);
			f = open_memstream(&text, &len);
			diag_print(&p.diag, f);
			fclose(f);
			CHECK_STR(text, rows[i].want);
			free(text);
		}
	}
	place_release(&p);
}

static void test_bytes(void)
{
	struct place p;

	place_init(&p);
	UNIT("NUL bytes pass through captures") {
		CHECK(substitute(&p, "(\\x00.)", "<$1>", slice_make("a\0b", 3)));
		CHECK_BYTES(p.out.p, p.out.len, "a<\0b>", 5);
	}
	place_release(&p);
}

int main(void)
{
	test_captures();
	test_case();
	test_escapes();
	test_mistakes();
	test_bytes();
	return unit_done();
}
