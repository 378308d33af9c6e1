/* Tests of lang/lex: tokens where the parser asks for them. */
#include "config.h"

#include "base/re.h"
#include "lang/syntax/lex.h"
#include "unit.h"

/* A lexer over a text of its own, with its memory. */
struct bench {
	struct lex l;
	struct arena arena;
	struct diag diag;
};

static struct lex *start(struct bench *b, const char *text)
{
	*b = (struct bench){0};
	diag_init(&b->diag, "pipeline", slice_str(text));
	b->l = (struct lex){.text = slice_str(text), .arena = &b->arena, .diag = &b->diag};
	return &b->l;
}

static void stop(struct bench *b)
{
	arena_release(&b->arena);
	diag_release(&b->diag);
}

static void check_number(const char *text, const char *want, enum unit want_unit)
{
	struct bench b;
	struct token t = lex_number(start(&b, text));
	char buf[NUM_TEXT_MAX];
	unsigned len = num_format(t.num, buf);

	CHECK_BYTES(buf, len, want, strlen(want));
	CHECK_MSG(t.unit == want_unit, "'%s' has unit %d", text, t.unit);
	CHECK_MSG(b.l.pos == strlen(text), "'%s' is read up to %u", text, b.l.pos);
	CHECK_INT(b.diag.n, want_unit == UNIT_BAD);
	stop(&b);
}

static int64_t ns_of(const char *text)
{
	struct bench b;
	struct token t = lex_number(start(&b, text));

	stop(&b);
	return t.ns;
}

static void test_numbers(void)
{
	UNIT("numbers have suffixes in powers of a thousand") {
		check_number("400", "400", UNIT_NONE);
		check_number("1.5", "1.5", UNIT_NONE);
		check_number(".5", "0.5", UNIT_NONE);
		check_number("10k", "10000", UNIT_NONE);
		check_number("2M", "2000000", UNIT_NONE);
		check_number("3G", "3000000000", UNIT_NONE);
		check_number("1.5k", "1500", UNIT_NONE);
		check_number("1e3", "1000", UNIT_NONE);
	}
	UNIT("sizes are bytes") {
		check_number("64KiB", "65536", UNIT_SIZE);
		check_number("1MiB", "1048576", UNIT_SIZE);
		check_number("1.5GiB", "1610612736", UNIT_SIZE);
	}
	UNIT("durations are seconds, and exact nanoseconds") {
		check_number("500ms", "0.5", UNIT_TIME);
		check_number("2s", "2", UNIT_TIME);
		check_number("5m", "300", UNIT_TIME);
		check_number("1h", "3600", UNIT_TIME);
		CHECK_INT(ns_of("500ms"), 500000000);
		CHECK_INT(ns_of("1.5s"), 1500000000);
		CHECK_INT(ns_of("876000h"), INT64_C(876000) * 3600 * 1000000000);
		CHECK_INT(ns_of("876001h"), -1);
	}
	UNIT("a suffix is not followed by a letter or a digit") {
		check_number("10kb", "10", UNIT_BAD);
		check_number("10k5", "10", UNIT_BAD);
		check_number("5sec", "5", UNIT_BAD);
		check_number("0x1F", "0", UNIT_BAD);
		check_number("1.2.3", "1.2", UNIT_BAD);
		check_number("1e", "1", UNIT_BAD);
		check_number("5\xc2\xb5s", "5", UNIT_BAD);
	}
}

static struct token raw_of(struct bench *b, const char *text)
{
	return lex_raw(start(b, text));
}

static void check_raw(const char *text, const char *want)
{
	struct bench b;
	struct token t = raw_of(&b, text);

	CHECK_INT(t.kind, TOK_TEXT);
	CHECK_SLICE(t.text, want);
	CHECK_INT(b.diag.n, 0);
	stop(&b);
}

static void test_raw(void)
{
	UNIT("raw strings are taken as they are, brackets nest") {
		check_raw("q{a\\n$1\"}", "a\\n$1\"");
		check_raw("q{a{b}c}d}", "a{b}c");
		check_raw("q(a(b))", "a(b)");
		check_raw("q[a[b]]", "a[b]");
		check_raw("q,a{b,c", "a{b");
		check_raw("q{}", "");
	}
	UNIT("q with anything else behind it is no raw string") {
		struct bench b;
		CHECK_INT(raw_of(&b, "q|a|").kind, TOK_NONE);
		stop(&b);
		CHECK_INT(raw_of(&b, "quit").kind, TOK_NONE);
		stop(&b);
	}
	UNIT("one that is not closed is an error") {
		struct bench b;
		raw_of(&b, "q{a{}");
		CHECK_INT(b.diag.n, 1);
		CHECK(b.l.unclosed);
		stop(&b);
	}
}

static void check_regex(const char *text, const char *want, unsigned flags)
{
	struct bench b;
	struct token t = lex_regex(start(&b, text));

	CHECK_INT(t.kind, TOK_REGEX);
	CHECK_SLICE(t.text, want);
	CHECK_INT(t.flags, flags);
	CHECK_INT(b.diag.n, 0);
	stop(&b);
}

static void test_regex(void)
{
	UNIT("a regular expression stands between slashes, or behind m between other delimiters") {
		check_regex("/a|b/", "a|b", 0);
		check_regex("m,https?://,", "https?://", 0);
		check_regex("m!a!i", "a", RE_ICASE);
		check_regex("m:a:", "a", 0);
		check_regex("m@a@", "a", 0);
		check_regex("m%a%", "a", 0);
		check_regex("m~a~", "a", 0);
		check_regex("m&a&", "a", 0);
	}
	UNIT("a backslash and the delimiter give the delimiter, other escapes stay") {
		check_regex("/a\\/b\\.c\\\\/", "a/b\\.c\\\\", 0);
		check_regex("m,a\\,b\\/,", "a,b\\/", 0);
	}
	UNIT("flags follow")
		check_regex("/a/ixsmug", "a",
			    RE_ICASE | RE_EXTENDED | RE_DOTALL | RE_MULTILINE | RE_UTF | AST_GLOBAL);
	UNIT("a substitution is a pattern, a replacement and flags") {
		struct bench b;
		struct token re, with;
		CHECK(lex_subst(start(&b, "s,a\\,b,c\\,\\n,gi"), &re, &with));
		CHECK_SLICE(re.text, "a,b");
		CHECK_SLICE(with.text, "c,\\n");
		CHECK_INT(re.flags, RE_ICASE | AST_GLOBAL);
		stop(&b);
	}
	UNIT("the place of a byte of the pattern counts its escapes") {
		struct slice text = slice_str("x m,a\\,b(,");
		CHECK_INT(lex_regex_place(text, (struct span){2, text.len}, 0).begin, 4);
		CHECK_INT(lex_regex_place(text, (struct span){2, text.len}, 2).begin, 7);
		CHECK_INT(lex_regex_place(text, (struct span){2, text.len}, 4).begin, 9);
	}
}

/* The pieces of a string, behind its quote, as a text: T(...) F5 L N(...) E ${ and Q. */
static char *pieces(const char *text, struct token (*next)(struct lex *))
{
	struct bench b;
	struct str out = {0};
	struct token t;

	start(&b, text);
	while ((t = next(&b.l)).kind != TOK_NONE && t.kind != TOK_QUOTE) {
		switch (t.kind) {
		case TOK_TEXT: str_addf(&out, "T(%.*s)", (int)t.text.len, t.text.p); break;
		case TOK_FIELD: str_addf(&out, "F%d", t.index); break;
		case TOK_LAST: str_adds(&out, "L"); break;
		case TOK_NAME: str_addf(&out, "N(%.*s)", (int)t.text.len, t.text.p); break;
		case TOK_EVENTS: str_adds(&out, "E"); break;
		default: str_adds(&out, "${"); break;
		}
	}
	if (t.kind == TOK_QUOTE)
		str_adds(&out, "Q");
	if (diag_failed(&b.diag))
		str_adds(&out, "!");
	stop(&b);
	return str_steal(&out);
}

static void check_pieces(const char *text, struct token (*next)(struct lex *), const char *want)
{
	char *got = pieces(text, next);

	CHECK_STR(got, want);
	free(got);
}

static void test_strings(void)
{
	UNIT("escapes give their byte") {
		check_pieces("\\t\\n\\r\\\\\\\"\\$\"", lex_string_piece, "T(\t\n\r\\\"$)Q");
		check_pieces("\\x41\\u{e9}\\u{20ac}\\u{1F389}\"", lex_string_piece, "T(Aé€🎉)Q");
	}
	UNIT("unknown and incomplete escapes are errors") {
		check_pieces("\\q\"", lex_string_piece, "T()Q!");
		check_pieces("\\x4\"", lex_string_piece, "T(4)Q!");
		check_pieces("\\u{110000}\"", lex_string_piece, "T({110000})Q!");
		check_pieces("\\u{d800}\"", lex_string_piece, "T({d800})Q!");
		check_pieces("\\u{}\"", lex_string_piece, "T({})Q!");
	}
	UNIT("fields and names are pieces, names and digits are greedy") {
		check_pieces("a$10b\"", lex_string_piece, "T(a)F10T(b)Q");
		check_pieces("$name_1-$x\"", lex_string_piece, "N(name_1)T(-)N(x)Q");
		check_pieces("$-1 $NF $NFx\"", lex_string_piece, "F-1T( )LT( )N(NFx)Q");
		check_pieces("${", lex_string_piece, "${");
	}
	UNIT("a $ that nothing can follow stands for itself in a string")
		check_pieces("a$ $. $-x$\"", lex_string_piece, "T(a$ $. $-x$)Q");
	UNIT("a bare word runs to white space, |, ;, a brace or a quote") {
		check_pieces("a/b.c:d@e%f+g,h-i~j*k?l[m]n=o p", lex_word_piece, "T(a/b.c:d@e%f+g,h-i~j*k?l[m]n=o)");
		check_pieces("a|b", lex_word_piece, "T(a)");
		check_pieces("a;b", lex_word_piece, "T(a)");
		check_pieces("a{b", lex_word_piece, "T(a)");
		check_pieces("a\"b", lex_word_piece, "T(a)");
		check_pieces("a=>b", lex_word_piece, "T(a)");
		check_pieces("\xff日$1x", lex_word_piece, "T(\xff日)F1T(x)");
	}
}

static void check_blank(const char *text, uint32_t want)
{
	struct bench b;

	lex_blank(start(&b, text));
	CHECK_MSG(b.l.pos == want, "the blanks of '%s' end at %u, not %u", text, b.l.pos, want);
	stop(&b);
}

static void test_blanks(void)
{
	UNIT("all six white-space bytes are blanks")
		check_blank(" \t\n\v\f\rx", 6);
	UNIT("a comment goes to the end of its line") {
		check_blank("#!/usr/bin/env\nx", 15);
		check_blank("  # a | b\n # c", 14);
		check_blank("", 0);
	}
	UNIT("# begins a comment behind a blank, |, ; and braces only") {
		struct bench b;
		struct lex *l = start(&b, "|#c\nx#y");
		l->pos = 1;
		lex_blank(l);
		CHECK_INT(l->pos, 4);
		l->pos = 5;
		lex_blank(l);
		CHECK_INT(l->pos, 5);
		stop(&b);
	}
}

static bool option_ahead(const char *text)
{
	struct bench b;
	bool ahead = lex_option_ahead(start(&b, text));

	stop(&b);
	return ahead;
}

static void test_words(void)
{
	UNIT("NAME= begins an option, but not ==, =>, =~") {
		CHECK(option_ahead("jobs=8"));
		CHECK(option_ahead("a="));
		CHECK(!option_ahead("a ="));
		CHECK(!option_ahead("a==1"));
		CHECK(!option_ahead("a=>b"));
		CHECK(!option_ahead("a=~b"));
		CHECK(!option_ahead("1=2"));
		CHECK(!option_ahead("http://x?a=b"));
	}
	UNIT("a keyword is a whole word") {
		struct bench b;
		CHECK(lex_keyword_ahead(start(&b, "by $1"), "by"));
		CHECK(lex_keyword_ahead(start(&b, "by|"), "by"));
		CHECK(!lex_keyword_ahead(start(&b, "bye"), "by"));
		CHECK(!lex_keyword_ahead(start(&b, "by.x"), "by"));
		stop(&b);
	}
}

static uint32_t skipped(const char *text, unsigned also)
{
	struct bench b;
	uint32_t pos;

	start(&b, text);
	lex_skip_stage(&b.l, also);
	pos = b.l.pos;
	CHECK_INT(b.diag.n, 0);
	stop(&b);
	return pos;
}

static void test_skipping(void)
{
	UNIT("a stage is skipped to its |, over quotes, regular expressions and braces") {
		CHECK_INT(skipped("a b | c", 0), 4);
		CHECK_INT(skipped("a \"x | y\" | c", 0), 10);
		CHECK_INT(skipped("q{x | y} | c", 0), 9);
		CHECK_INT(skipped("/x|y/ | c", 0), 6);
		CHECK_INT(skipped("{ x | y } | c", 0), 10);
		CHECK_INT(skipped("a || b | c", 0), 7);
		CHECK_INT(skipped("a # x | y\n| c", 0), 10);
		CHECK_INT(skipped("a \"${\"x | y\"} | z\" | c", 0), 19);
	}
	UNIT("a path is not taken for a regular expression that reaches into the next stage")
		CHECK_INT(skipped("/tmp | c /x", 0), 5);
	UNIT("it ends at ; and } and, where asked, at { and =>") {
		CHECK_INT(skipped("a ; b", 0), 2);
		CHECK_INT(skipped("a } b", 0), 2);
		CHECK_INT(skipped("a { b } | c", SKIP_TO_BLOCK), 2);
		CHECK_INT(skipped("a => b | c", SKIP_TO_ARROW), 2);
		CHECK_INT(skipped("a => b | c", 0), 7);
	}
}

static void check_excerpt(const char *text, const char *want)
{
	struct bench b;
	const char *got;

	lex_excerpt(start(&b, text), &got);
	CHECK_STR(got, want);
	stop(&b);
}

static void test_excerpts(void)
{
	UNIT("an excerpt is a word, a string, an operator or a character") {
		check_excerpt("foo/bar baz", "foo/bar");
		check_excerpt("\"a b\" c", "\"a b\"");
		check_excerpt("q{a b} c", "q{a b}");
		check_excerpt(">= 5", ">=");
		check_excerpt("=~ x", "=~");
		check_excerpt(") x", ")");
		check_excerpt("'x'", "'");
		check_excerpt("", "");
	}
	UNIT("it is shortened and printable") {
		check_excerpt("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...");
		check_excerpt("\x01", "\\x01");
	}
}

int main(void)
{
	test_blanks();
	test_numbers();
	test_raw();
	test_regex();
	test_strings();
	test_words();
	test_skipping();
	test_excerpts();
	return unit_done();
}
