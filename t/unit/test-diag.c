/* Tests of base/diag: what is printed, where the caret stands, which word is suggested. */
#include "config.h"

#include "base/diag.h"
#include "unit.h"

static struct span find(const char *text, const char *part)
{
	const char *p = strstr(text, part);
	uint32_t begin = (uint32_t)(p - text);

	return (struct span){begin, begin + (uint32_t)strlen(part)};
}

static char *print_by(void (*printer)(const struct diag *d, FILE *out), const struct diag *d)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	printer(d, f);
	fclose(f);
	return out;
}

static char *print(const struct diag *d)
{
	return print_by(diag_print, d);
}

/* What is printed of one error about `part` of text. */
static char *print_one(const char *text, const char *part, const char *hint)
{
	struct diag d;
	char *out;

	diag_init(&d, "pipeline", slice_str(text));
	diag_error(&d, find(text, part), hint, "wrong");
	out = print(&d);
	diag_release(&d);
	return out;
}

#define CHECK_PRINTS(text, part, hint, want) \
	do { \
		char *got_ = print_one(text, part, hint); \
		CHECK_STR(got_, want); \
		free(got_); \
	} while (0)

static void test_caret(void)
{
	UNIT("the caret and its tail stand below what is wrong")
		CHECK_PRINTS("stdin | fliter /ERR/", "fliter", "did you mean 'filter'?",
			     "spile: pipeline:1:9: wrong\n"
			     "  stdin | fliter /ERR/\n"
			     "          ^~~~~~ did you mean 'filter'?\n");
	UNIT("an empty place has a caret of its own")
		CHECK_PRINTS("a |", "", NULL, "spile: pipeline:1:1: wrong\n  a |\n  ^\n");
	UNIT("a tab is one column and comes again in the caret line")
		CHECK_PRINTS("a\t|\tx", "x", NULL, "spile: pipeline:1:5: wrong\n  a\t|\tx\n   \t \t^\n");
	UNIT("a tab inside what is wrong counts as one")
		CHECK_PRINTS("a\tb", "a\tb", NULL, "spile: pipeline:1:1: wrong\n  a\tb\n  ^~~\n");
}

static void test_characters(void)
{
	UNIT("columns count characters, not bytes")
		CHECK_PRINTS("\"äö\" x", "x", NULL, "spile: pipeline:1:6: wrong\n  \"äö\" x\n       ^\n");
	UNIT("wide characters take two places in the caret line")
		CHECK_PRINTS("日本 x", "x", NULL, "spile: pipeline:1:4: wrong\n  日本 x\n       ^\n");
	UNIT("the tail is as wide as what it underlines")
		CHECK_PRINTS("日本 x", "日本", NULL, "spile: pipeline:1:1: wrong\n  日本 x\n  ^~~~\n");
	UNIT("emoji are wide")
		CHECK_PRINTS("🎉 x", "x", NULL, "spile: pipeline:1:3: wrong\n  🎉 x\n     ^\n");
	UNIT("combining characters take no place")
		CHECK_PRINTS("e\u0301 x", "x", NULL, "spile: pipeline:1:3: wrong\n  e\u0301 x\n    ^\n");
	UNIT("a byte that is no UTF-8 counts as one")
		CHECK_PRINTS("\xff\xc3 x", "x", NULL, "spile: pipeline:1:4: wrong\n  \xff\xc3 x\n     ^\n");
	UNIT("overlong and surrogate forms are single bytes")
		CHECK_PRINTS("\xc0\xaf\xed\xa0\x80 x", "x", NULL,
			     "spile: pipeline:1:7: wrong\n  \xc0\xaf\xed\xa0\x80 x\n        ^\n");
	UNIT("control characters cannot reach the terminal")
		CHECK_PRINTS("a\x1b[31m x", "x", NULL, "spile: pipeline:1:8: wrong\n  a?[31m x\n         ^\n");
}

static void test_lines(void)
{
	UNIT("of several lines only the one with the error is shown")
		CHECK_PRINTS("words |\n  fliter |\ncount", "fliter", NULL,
			     "spile: pipeline:2:3: wrong\n    fliter |\n    ^~~~~~\n");
	UNIT("what goes on over the end of a line is underlined to there")
		CHECK_PRINTS("ab cd\nef", "cd\nef", NULL, "spile: pipeline:1:4: wrong\n  ab cd\n     ^~\n");
	UNIT("a carriage return at the end of a line is not shown")
		CHECK_PRINTS("ab\r\ncd\r\n", "ab", NULL, "spile: pipeline:1:1: wrong\n  ab\n  ^~\n");
	UNIT("an empty line is not shown")
		CHECK_PRINTS("", "", "hint", "spile: pipeline:1:1: wrong\n");
	UNIT("a place behind the text is its end") {
		struct diag d;
		diag_init(&d, "s.spile", slice_str("ab"));
		diag_error(&d, (struct span){7, 9}, NULL, "wrong");
		char *out = print(&d);
		CHECK_STR(out, "spile: s.spile:1:3: wrong\n  ab\n    ^\n");
		free(out);
		diag_release(&d);
	}
}

static void test_list(void)
{
	struct diag d;

	diag_init(&d, "pipeline", slice_str("abc"));
	UNIT("nothing has failed at first")
		CHECK(!diag_failed(&d));
	UNIT("errors are printed in the order of their places") {
		diag_error(&d, (struct span){2, 3}, NULL, "third %d", 3);
		diag_error(&d, (struct span){0, 1}, NULL, "first");
		diag_error(&d, (struct span){0, 2}, NULL, "second");
		char *out = print(&d);
		CHECK(diag_failed(&d));
		CHECK_STR(out, "spile: pipeline:1:1: first\n  abc\n  ^\n"
			       "spile: pipeline:1:1: second\n  abc\n  ^~\n"
			       "spile: pipeline:1:3: third 3\n  abc\n    ^\n");
		free(out);
	}
	UNIT("the last ones can be forgotten") {
		diag_truncate(&d, 1);
		CHECK_INT(d.n, 1);
		diag_truncate(&d, 0);
		CHECK(!diag_failed(&d));
	}
	diag_release(&d);
}

static void test_warnings(void)
{
	struct diag d;

	diag_init(&d, "pipeline", slice_str("abc"));
	UNIT("a warning is no error, and is printed for itself, in the order of places") {
		diag_warning(&d, (struct span){1, 3}, "less of it", "too much %s", "bc");
		diag_warning(&d, (struct span){0, 1}, NULL, "first");
		char *errors = print(&d), *warnings = print_by(diag_print_warnings, &d);
		CHECK(!diag_failed(&d));
		CHECK_INT(d.n, 0);
		CHECK_STR(errors, "");
		CHECK_STR(warnings, "spile: pipeline:1:1: warning: first\n  abc\n  ^\n"
				    "spile: pipeline:1:2: warning: too much bc\n  abc\n   ^~ less of it\n");
		free(errors);
		free(warnings);
	}
	UNIT("forgetting errors leaves the warnings") {
		diag_error(&d, (struct span){0, 1}, NULL, "wrong");
		diag_truncate(&d, 0);
		CHECK(!diag_failed(&d));
		CHECK_INT(d.nwarnings, 2);
	}
	diag_release(&d);
}

static void test_suggest(void)
{
	static const char *const stages[] = {"filter", "map", "set", "take", "count", "top", "tee", "words", NULL};

	UNIT("a transposition is near")
		CHECK_STR(diag_suggest(slice_str("fliter"), stages), "filter");
	UNIT("a missing, a wrong and an additional letter are near") {
		CHECK_STR(diag_suggest(slice_str("fiter"), stages), "filter");
		CHECK_STR(diag_suggest(slice_str("cound"), stages), "count");
		CHECK_STR(diag_suggest(slice_str("mapp"), stages), "map");
	}
	UNIT("case makes no difference")
		CHECK_STR(diag_suggest(slice_str("COUNT"), stages), "count");
	UNIT("what is far is not suggested") {
		CHECK_STR(diag_suggest(slice_str("sort"), stages), NULL);
		CHECK_STR(diag_suggest(slice_str("grep"), stages), NULL);
		CHECK_STR(diag_suggest(slice_str("x"), stages), NULL);
		CHECK_STR(diag_suggest(slice_str(""), stages), NULL);
	}
	UNIT("a word of any length can be asked for") {
		char word[1000];
		memset(word, 'a', sizeof word);
		CHECK_STR(diag_suggest(slice_make(word, sizeof word), stages), NULL);
	}
}

int main(void)
{
	test_caret();
	test_characters();
	test_lines();
	test_list();
	test_warnings();
	test_suggest();
	return unit_done();
}
