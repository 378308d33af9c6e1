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
		CHECK_PRINTS("\xff\xc3 x", "x", NULL, "spile: pipeline:1:4: wrong\n  \\xFF\\xC3 x\n           ^\n");
	UNIT("overlong and surrogate forms are single bytes")
		CHECK_PRINTS("\xc0\xaf\xed\xa0\x80 x", "x", NULL,
			     "spile: pipeline:1:7: wrong\n  \\xC0\\xAF\\xED\\xA0\\x80 x\n                       ^\n");
	UNIT("control characters cannot reach the terminal")
		CHECK_PRINTS("a\x1b[31m x", "x", NULL, "spile: pipeline:1:8: wrong\n  a\\x1B[31m x\n            ^\n");
}

static void test_secrets(void)
{
	UNIT("a password in a URL is not shown, and the caret is still below what is wrong") {
		CHECK_PRINTS("insert postgres://me:geheim@host/db | x", "x", NULL,
			     "spile: pipeline:1:39: wrong\n  insert postgres://me:***@host/db | x\n"
			     "                                     ^\n");
		CHECK_PRINTS("postgres://me:geheim@host", "geheim", NULL,
			     "spile: pipeline:1:15: wrong\n  postgres://me:***@host\n                ^~~\n");
	}
	UNIT("a password is not shown in the message either")
	{
		struct diag d;
		diag_init(&d, "pipeline", slice_str("a"));
		diag_error(&d, (struct span){0, 1}, "try 'ftp://u:pw@h'", "bad '%s'\x1b", "ftp://u:p/w@h");
		char *out = print(&d);
		CHECK_STR(out, "spile: pipeline:1:1: bad 'ftp://u:***@h'\\x1B\n  a\n  ^ try 'ftp://u:***@h'\n");
		free(out);
		diag_release(&d);
	}
}

/* 40 words of 8 columns. */
static char *print_long(int at)
{
	char text[400] = "";
	for (int i = 0; i < 40; i++)
		sprintf(text + 8 * i, "word%03d ", i);
	struct diag d;
	diag_init(&d, "pipeline", slice_str(text));
	diag_error(&d, (struct span){(uint32_t)(8 * at), (uint32_t)(8 * at + 7)}, NULL, "wrong");
	char *out = print(&d);
	diag_release(&d);
	return out;
}

static void test_long_lines(void)
{
	static const struct { int at; const char *want; } lines[] = {
		{0, "spile: pipeline:1:1: wrong\n"
		    "  word000 word001 word002 word003 word004 word005 word006 word007 word008 word009 word010 word011...\n"
		    "  ^~~~~~~\n"},
		{20, "spile: pipeline:1:161: wrong\n"
		     "  ...4 word015 word016 word017 word018 word019 word020 word021 word022 word023 word024 word025 wo...\n"
		     "                                               ^~~~~~~\n"},
		{39, "spile: pipeline:1:313: wrong\n"
		     "  ...028 word029 word030 word031 word032 word033 word034 word035 word036 word037 word038 word039 \n"
		     "                                                                                         ^~~~~~~\n"},
	};
	UNIT("of a line wider than 100 columns only what is around the place is shown")
		for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
			char *got = print_long(lines[i].at);
			CHECK_STR(got, lines[i].want);
			free(got);
		}
	UNIT("after ten mistakes the others are counted, and none is told twice")
	{
		struct diag d;
		diag_init(&d, "pipeline", slice_str("abcdefghijklmnop"));
		for (uint32_t i = 0; i < 26; i++)
			diag_error(&d, (struct span){i / 2, i / 2 + 1}, NULL, "wrong %u", i / 2);
		char *out = print(&d);
		CHECK(strstr(out, "1:10: wrong 9\n"));
		CHECK(!strstr(out, "wrong 10"));
		CHECK_STR(strstr(out, "more") - 9, "spile: 3 more mistakes\n");
		free(out);
		diag_release(&d);
	}
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
	test_secrets();
	test_long_lines();
	test_lines();
	test_list();
	test_warnings();
	test_suggest();
	return unit_done();
}
