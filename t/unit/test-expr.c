/* Expressions: what they mean, as tables of text, event and result, and what is wrong with them before they run. */
#include "config.h"

#include "lang/expr/expr.h"

#include <math.h>

#include "place.h"

/* ---- values ---- */

static void test_fields(void)
{
	static const struct row rows[] = {
		{"$0", " a  b\tc ", " a  b\tc "}, {"$1", " a  b\tc ", "a"}, {"$3", " a  b\tc ", "c"},
		{"$4", " a  b\tc ", ""}, {"$-1", " a  b\tc ", "c"}, {"$NF", " a  b\tc ", "c"},
		{"$-3", "a b c", "a"},
		{"$-4", "a b c", ""}, {"NF", " a  b\tc ", "3"}, {"NF", "", "0"}, {"NF", "  \t", "0"},
		{"$1", "", ""},
		{"$NF", "", ""}, {"NR", "", "7"}, {"FNR", "", "3"}, {"FILE", "", "a.log"}, {"$limit", "", "500"},
	};

	UNIT("fields, counts and names of an event")
		CHECK_ROWS(rows);
}

static void test_arithmetic(void)
{
	static const struct row rows[] = {
		{"1+2", "", "3"}, {"7/2", "", "3.5"}, {"6/2", "", "3"}, {"7%3", "", "1"}, {"-7%3", "", "-1"},
		{"2**10", "", "1024"}, {"2**-1", "", "0.5"}, {"2**3**2", "", "512"}, {"-2**2", "", "-4"},
		{"2+3*4", "", "14"}, {"(2+3)*4", "", "20"}, {"10-3-2", "", "5"}, {"1.5*2", "", "3"},
		{"9223372036854775807+1", "", "9.22337203685478e+18"}, {"10k", "", "10000"}, {"1KiB", "", "1024"},
		{"500ms", "", "0.5"}, {"2m", "", "120"}, {"$1+$2", "3 4", "7"}, {"$1+$2", "3 +4.5", "7.5"},
		{"$1*2", "1e3", "2000"}, {"-$1", "5", "-5"}, {"-$1", "-5", "5"}, {"\"5\"+1", "", "6"},
		{"\"$1$2\"+1", "1 2", "13"}, {"\" 5 \" + 1", "", "6"}, {"$1-1", "8", "7"}, {"$-1-1", "5 8", "7"},
		{"NR*2", "", "14"}, {"($1==1)+1", "1", "2"}, {"$limit+1", "", "501"},
	};

	UNIT("arithmetic on numbers and on text that looks numeric")
		CHECK_ROWS(rows);
}

static void test_failures(void)
{
	static const struct row rows[] = {
		{"$1+1", "abc", "!'abc' is not a number"}, {"1+$1", "12ab", "!'12ab' is not a number"},
		{"$2+1", "1", "!'' is not a number"}, {"\"abc\"*2", "", "!'abc' is not a number"},
		{"-$1", "x", "!'x' is not a number"}, {"1/0", "", "!division by zero"},
		{"$1%$2", "1 0.0", "!division by zero"}, {"1/$1", "0", "!division by zero"},
		{"$0+1", "a\tb\x1b[0m\xff", "!'a\\x09b\\x1B[0m\\xFF' is not a number"},
		{"$0+1", "caf\xc3\xa9 \xc2\x9b", "!'caf\xc3\xa9 \\xC2\\x9B' is not a number"},
		{"$0+1", "0123456789 0123456789 0123456789 0123456789 0123456789",
		 "!'0123456789 0123456789 0123456789 0123456...' is not a number"},
		{"$0+1", "0x10", "!'0x10' is not a number"}, {"$0+1", "nan", "!'nan' is not a number"},
		{"$0+1", "inf", "!'inf' is not a number"}, {"$0+1", "1e", "!'1e' is not a number"},
		{"$0+1", ".", "!'.' is not a number"}, {"$0+1", "1 2", "!'1 2' is not a number"},
		{"\"a$1\" + (1/0)", "", "!'a' is not a number"}, {"lower($1/0)", "1", "!division by zero"},
		{"\"${1/0}\"", "", "!division by zero"}, {"1/0 ? 1 : 2", "", "!division by zero"},
		{"!(1/0)", "", "!division by zero"}, {"$1/0 > 1", "1", "!division by zero"},
		{"$1/0 == \"x\"", "1", "!division by zero"}, {"$1/0 ~ /x/", "1", "!division by zero"},
	};

	UNIT("arithmetic on text that is no number, and by zero, fails the event")
		CHECK_ROWS(rows);
}

static void test_comparisons(void)
{
	static const struct row rows[] = {
		/* both sides look numeric */
		{"$1 < $2", "9 10", "1"}, {"$1 == $2", "1 1.0", "1"}, {"$1 == $2", "1e2 100", "1"},
		{"$1 == $2", "+5 5", "1"}, {"$1 >= $2", "-1 -2", "1"}, {"$1 > 9", "10", "1"}, {"9 < $1", "10", "1"},
		{"9 <= $1", "9", "1"}, {"10 > $1", "9", "1"}, {"10 >= $1", "11", "0"}, {"$1 != 5", "5.0", "0"},
		{"$0 == 5", " 5 ", "1"}, {"$1 == 0.1", ".1", "1"}, {"NR == 7", "", "1"}, {"NR < 7", "", "0"},
		{"$1 < 1e300", "99999999999999999999", "1"}, {"$1 == 9007199254740993", "9007199254740993.0", "0"},
		{"$1 > 9007199254740992", "9007199254740993", "1"}, {"$1 == $limit", "5e2", "1"},
		{"$1 >= 500", "500", "1"}, {"$1 >= 500", "499", "0"}, {"$1 >= 500", "499.99", "0"},
		{"$1 == 00500", "500", "1"}, {"$1 >= 500", "123456789012345678901234567890", "1"},
		/* both are text */
		{"$1 < $2", "abc abd", "1"}, {"$1 < $2", "10 9x", "1"}, {"$1 == $2", "abc abc", "1"},
		{"$1 < $2", "ab abc", "1"}, {"$1 > $2", "b abc", "1"}, {"$3 == $4", "a b", "1"},
		{"$1 > $3", "a b", "1"},
		/* a number and text that is none */
		{"$1 < 5", "abc", "0"}, {"$1 <= 5", "abc", "0"}, {"$1 > 5", "abc", "0"}, {"$1 >= 5", "abc", "0"},
		{"$1 == 5", "abc", "0"}, {"$1 != 5", "abc", "1"}, {"5 < $1", "abc", "0"}, {"5 != $1", "-", "1"},
		{"$9 >= 0", "a b", "0"}, {"$9 < 1", "a b", "0"}, {"$9 == 0", "a b", "0"}, {"$9 != 0", "a b", "1"},
		{"NR > $1", "x", "0"}, {"NR != $1", "x", "1"}, {"$1 >= 5", "5x", "0"}, {"$1 >= 5", "0x10", "0"},
		/* a quoted literal makes it bytewise */
		{"$1 == \"1\"", "1.0", "0"}, {"$1 == \"1\"", "1", "1"}, {"$1 < \"9\"", "10", "1"},
		{"\"9\" > $1", "10", "1"}, {"$1 != \"x\"", "x", "0"}, {"$1 == \"\"", "", "1"},
		{"$2 == \"\"", "a", "1"},
		{"NR == \"7\"", "", "1"}, {"NR < \"8\"", "", "1"}, {"NR < \"10\"", "", "0"},
		{"10 < \"9\"", "", "1"},
		{"\"10\" < \"9\"", "", "1"}, {"\"$1\" == $2", "1 1.0", "0"}, {"\"$1\" == 1", "1.0", "0"},
		{"q{1} == $1", "1.0", "0"}, {"\"$1\" < 9", "10", "1"}, {"\"$1\" > \"$2\"", "9 10", "1"},
		/* what functions make of data is data */
		{"substr($1, 2, 2) >= 9", "x10", "1"}, {"split($1, \":\", 2) > 9", "a:10:b", "1"},
		{"lower($1) == \"abc\"", "ABC", "1"}, {"sprintf(\"%d\", $1) > 9", "10", "1"},
		{"lower($1) > 5", "ABC", "0"},
		/* truth values are numbers */
		{"($1 > 1) == 1", "2", "1"}, {"($1 > 1) + ($1 > 2)", "2", "1"},
	};

	UNIT("comparisons are numeric where both sides look numeric, else bytewise")
		CHECK_ROWS(rows);
}

static void test_logic(void)
{
	static const struct row rows[] = {
		{"0 && 1/0", "", "0"}, {"1 || 1/0", "", "1"}, {"1 && 1/0", "", "!division by zero"},
		{"0 || 1/0", "", "!division by zero"}, {"1 ? 2 : 1/0", "", "2"}, {"0 ? 1/0 : \"x\"", "", "x"},
		{"$1 ? \"yes\" : \"no\"", "0", "no"}, {"$1 ? \"yes\" : \"no\"", "0.0", "no"},
		{"$1 ? \"yes\" : \"no\"", "-0e5", "no"}, {"$1 ? \"yes\" : \"no\"", "0x", "yes"},
		{"$1 ? \"yes\" : \"no\"", "", "no"}, {"$1 ? \"yes\" : \"no\"", "1", "yes"},
		{"\"0\" ? 1 : 2", "", "1"}, {"\"\" ? 1 : 2", "", "2"}, {"0.0 ? 1 : 2", "", "2"}, {"!$1", "0", "1"},
		{"!$1", "a", "0"}, {"!\"\"", "", "1"}, {"!!5", "", "1"}, {"5 && 6", "", "1"},
		{"0 || \"\"", "", "0"},
		{"$1 && $2", "1 0", "0"}, {"$1 && $2", "1 2", "1"}, {"$1 || $2", "0 a", "1"},
		{"NR ? $2 : $1", "a b", "b"},
		{"$1 > 1 && $1 < 5 || $1 == 9", "3", "1"}, {"$1 > 1 && $1 < 5 || $1 == 9", "9", "1"},
		{"$1 > 1 && $1 < 5 || $1 == 9", "7", "0"}, {"1 ? 0 ? 1 : 2 : 3", "", "2"},
	};

	UNIT("logic stops where it is decided, and data that is 0 is false")
		CHECK_ROWS(rows);
}

static void test_matches(void)
{
	static const struct row rows[] = {
		{"/b+/", "abbc", "1"}, {"/b+/", "ac", "0"}, {"!/b+/", "ac", "1"}, {"!!/b/", "b", "1"},
		{"$2 ~ /^b/", "a bc", "1"}, {"$2 !~ /^b/", "a bc", "0"}, {"$2 ~ /^B/i", "a bc", "1"},
		{"!($2 ~ /^b/)", "a bc", "0"}, {"$1 ~ \"^a\"", "abc", "1"}, {"$1 ~ \"a.c\"", "abc", "1"},
		{"$1 ~ $2", "abc b", "1"}, {"$1 ~ $2", "abc ^b", "0"}, {"$1 !~ $2", "abc ^b", "1"},
		{"$1 ~ \"^$2\"", "abc b", "0"}, {"$1 ~ \"^$2\"", "abc ab", "1"}, {"!($1 ~ $2)", "abc b", "0"},
		{"$1 ~ $2", "abc (", "!bad regular expression '(': missing closing parenthesis"},
		{"$1 ~ $pattern", "bc", "1"}, {"$1 ~ $pattern", "abc", "0"}, {"$1 ~ $9", "abc", "1"},
		{"NR ~ /^7$/", "", "1"}, {"7 ~ /7/", "", "1"}, {"$1 ~ 4", "345", "1"}, {"/a/ && /b/", "ab", "1"},
		{"/a/ && /b/", "a", "0"}, {"/a/ ? \"x\" : \"y\"", "a", "x"}, {"/a/ + /b/", "ab", "2"},
		{"length(/a/)", "a", "1"}, {"$0 ~ /a.b/s", "a\nb", "1"}, {"$0 ~ /a.b/", "a\nb", "0"},
		{"/^\\w$/u", "\xc3\xa9", "1"}, {"/^\\w$/", "\xc3\xa9", "0"},
	};

	UNIT("matches with constant and with computed regular expressions")
		CHECK_ROWS(rows);
}

static void test_limits(void)
{
	static char big[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	struct event event = {.whole = slice_make(big, sizeof big - 1)};
	struct place p;

	UNIT("a regular expression past its limits fails the event with PCRE2's reason") {
		struct expr *e;

		place_init(&p, SCHEMA_SPLIT, 0);
		e = place_compile(&p, "/^(a+|aa+|(a|a)+)+$/");
		CHECK_INT(expr_test(e, &p.ev, &event), -1);
		CHECK(strlen(p.ev.error) > 0);
		place_release(&p);
	}
}

static void test_templates(void)
{
	static const struct row rows[] = {
		{"\"\"", "", ""}, {"\"a\"", "", "a"}, {"\"$1-$2\"", "x y", "x-y"}, {"\"${$1+1}!\"", "41", "42!"},
		{"\"$0\"", "a b", "a b"}, {"\"$10\"", "1 2 3 4 5 6 7 8 9 ten", "ten"}, {"\"${1}0\"", "a", "a0"},
		{"\"${1.50}\"", "", "1.5"}, {"\"$9\"", "a", ""}, {"\"n$limit.\"", "", "n500."},
		{"\"$1$2$3$4$5$6$7$8$9$1$2\"", "a b c d e f g h i", "abcdefghiab"}, {"q{$1}", "a", "$1"},
		{"\"${\"$1\"}\"", "a", "a"}, {"\"\\$1\\x41\\u{e9}\"", "a", "$1A\xc3\xa9"},
	};

	UNIT("strings are filled in")
		CHECK_ROWS(rows);
}

/* ---- columns ---- */

static void test_columns(void)
{
	static const struct row rows[] = {
		{"$1", "", "first"}, {"$2", "", "404"}, {"$3", "", ""}, {"$-1", "", "404"}, {"$-2", "", "first"},
		{"$-3", "", ""},
		{"$NF", "", "404"}, {"NF", "", "2"}, {"$code", "", "404"}, {"$status", "", "ok"},
		{"$0", "joined", "joined"},
		{"$code >= 400", "", "1"}, {"\"$status!\"", "", "ok!"}, {"$limit", "", "500"},
	};
	struct slice cells[] = {slice_str("first"), slice_str("404"), slice_str("ok")};
	struct place p;

	UNIT("positional columns, named ones and -v in a place that has them") {
		place_init(&p, 2, 3);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct event event = {.whole = slice_str(rows[i].event), .cells = cells};
			struct expr *e = place_compile(&p, rows[i].text);

			CHECK_MSG(e, "%s does not compile", rows[i].text);
			if (e)
				CHECK_SLICE(place_eval(&p, e, &event), rows[i].want);
		}
		place_release(&p);
	}
}

static void test_used(void)
{
	struct place p;

	UNIT("columns that are read are marked, NR FNR and FILE are noticed") {
		place_init(&p, 2, 3);
		place_compile(&p, "$0 == \"x\" && NF > 1");
		CHECK(!columns[0].used && !columns[1].used && !columns[2].used && !p.uses_origin);
		place_compile(&p, "$-1 + $5");
		CHECK(!columns[0].used && columns[1].used && !columns[2].used);
		place_compile(&p, "lower(\"$status\")");
		CHECK(!columns[0].used && columns[2].used);
		place_compile(&p, "\"$1\" ? FNR : 0");
		CHECK(columns[0].used && p.uses_origin);
		place_release(&p);
	}
}

/* ---- mistakes ---- */

static void check_errors(struct place *p, const char *text, const char *want)
{
	struct expr *e = place_compile(p, text);
	char *got = place_errors(p);

	CHECK_MSG(!e, "%s compiles", text);
	if (!e)
		unit_str(__FILE__, __LINE__, text, got, want);
	free(got);
}

static void test_mistakes(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{"lwoer($0)",
		 "spile: pipeline:1:1: unknown function 'lwoer'\n  lwoer($0)\n  ^~~~~ did you mean 'lower'?\n"},
		{"1 + foo_bar_baz(2)",
		 "spile: pipeline:1:5: unknown function 'foo_bar_baz'\n  1 + foo_bar_baz(2)\n      ^~~~~~~~~~~\n"},
		{"lower()", "spile: pipeline:1:1: lower takes 1 argument, not 0\n  lower()\n  ^~~~~\n"},
		{"index(1)", "spile: pipeline:1:1: index takes 2 arguments, not 1\n  index(1)\n  ^~~~~\n"},
		{"substr(1)", "spile: pipeline:1:1: substr takes 2 to 3 arguments, not 1\n  substr(1)\n  ^~~~~~\n"},
		{"max(1)", "spile: pipeline:1:1: max takes 2 or more arguments, not 1\n  max(1)\n  ^~~\n"},
		{"now(1)", "spile: pipeline:1:1: now takes 0 arguments, not 1\n  now(1)\n  ^~~\n"},
		{"$statsu == 1",
		 "spile: pipeline:1:1: no stage before this one defines '$statsu'\n  $statsu == 1\n"
		 "  ^~~~~~~ did you mean '$status'?\n"},
		{"$limti",
		 "spile: pipeline:1:1: no stage before this one defines '$limti'\n  $limti\n"
		 "  ^~~~~~ did you mean '$limit'?\n"},
		{"$HOME", "spile: pipeline:1:1: no stage before this one defines '$HOME'\n  $HOME\n  ^~~~~\n"},
		{"/a(b/",
		 "spile: pipeline:1:5: bad regular expression: missing closing parenthesis\n  /a(b/\n      ^\n"},
		{"$1 ~ \"a)\"",
		 "spile: pipeline:1:8: bad regular expression: unmatched closing parenthesis\n  $1 ~ \"a)\"\n"
		 "         ^\n"},
		{"replace($0, /(/, 1)",
		 "spile: pipeline:1:15: bad regular expression: missing closing parenthesis\n"
		 "  replace($0, /(/, 1)\n                ^\n"},
		{"split($0, \"\", 1)",
		 "spile: pipeline:1:11: split needs a separator, not the empty string\n  split($0, \"\", 1)\n"
		 "            ^~\n"},
		{"sprintf(\"%d\")",
		 "spile: pipeline:1:9: the format takes 1 argument, not 0\n  sprintf(\"%d\")\n          ^~~~\n"},
		{"sprintf(\"%d\", 1, 2)",
		 "spile: pipeline:1:9: the format takes 1 argument, not 2\n  sprintf(\"%d\", 1, 2)\n"
		 "          ^~~~\n"},
		{"sprintf(\"%y\", 1)",
		 "spile: pipeline:1:9: unknown '%y' in the format\n  sprintf(\"%y\", 1)\n          ^~~~\n"},
		{"lower($a) + fxq(upper(1, 2))",
		 "spile: pipeline:1:7: no stage before this one defines '$a'\n"
		 "  lower($a) + fxq(upper(1, 2))\n        ^~\n"
		 "spile: pipeline:1:13: unknown function 'fxq'\n  lower($a) + fxq(upper(1, 2))\n              ^~~\n"
		 "spile: pipeline:1:17: upper takes 1 argument, not 2\n"
		 "  lower($a) + fxq(upper(1, 2))\n                  ^~~~~\n"},
	};
	struct place p;

	UNIT("every mistake is told with its place") {
		place_init(&p, 2, 3);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			check_errors(&p, rows[i].text, rows[i].want);
		place_release(&p);
	}
	UNIT("where there is no event, its fields are a mistake and -v is none") {
		place_init(&p, 2, 3);
		p.env.schema = NULL;
		check_errors(&p, "$1", "spile: pipeline:1:1: no event here that '$1' could be of\n  $1\n  ^~\n");
		check_errors(&p, "/x/", "spile: pipeline:1:1: no event here that '$0' could be of\n  /x/\n  ^~~\n");
		check_errors(&p, "length()",
			     "spile: pipeline:1:1: no event here that '$0' could be of\n  length()\n  ^~~~~~~~\n");
		check_errors(&p, "NR", "spile: pipeline:1:1: no event here that 'NR' could be of\n  NR\n  ^~\n");
		check_errors(&p, "$code", "spile: pipeline:1:1: nothing defines '$code' here\n  $code\n  ^~~~~\n");
		CHECK(place_compile(&p, "$limit + 1"));
		place_release(&p);
	}
}

/* ---- what plans ask ---- */

static void test_questions(void)
{
	struct place p;
	struct value v;
	bool negated;

	place_init(&p, SCHEMA_SPLIT, 0);
	UNIT("plans recognise fields, matches, case and constants") {
		CHECK_INT(expr_is_field(place_compile(&p, "$0")), 0);
		CHECK_INT(expr_is_field(place_compile(&p, "$12")), 12);
		CHECK_INT(expr_is_field(place_compile(&p, "$-1")), -1);
		CHECK_INT(expr_is_field(place_compile(&p, "$1+1")), -1);
		CHECK_INT(expr_is_column(place_compile(&p, "$1")), -1);
		CHECK(expr_is_match(place_compile(&p, "/x/"), &negated) && !negated);
		CHECK(expr_is_match(place_compile(&p, "!/x/"), &negated) && negated);
		CHECK(expr_is_match(place_compile(&p, "$0 !~ \"x\""), &negated) && negated);
		CHECK(expr_is_match(place_compile(&p, "!($0 !~ /x/)"), &negated) && !negated);
		CHECK(!expr_is_match(place_compile(&p, "$1 ~ /x/"), &negated));
		CHECK(!expr_is_match(place_compile(&p, "$0 ~ $1"), &negated));
		CHECK_INT(expr_is_case(place_compile(&p, "lower($0)")), CASE_LOWER);
		CHECK_INT(expr_is_case(place_compile(&p, "upper($0)")), CASE_UPPER);
		CHECK_INT(expr_is_case(place_compile(&p, "lower($1)")), CASE_NONE);
		CHECK_INT(expr_is_case(place_compile(&p, "length()")), CASE_NONE);
		CHECK_STR(expr_name(place_compile(&p, "$limit")), "limit");
		CHECK(!expr_name(place_compile(&p, "$limit+1")) && !expr_name(place_compile(&p, "$1")));
		CHECK(!expr_is_const(place_compile(&p, "now()"), &v) && !expr_is_const(place_compile(&p, "$1"), &v));
		CHECK(!expr_is_const(place_compile(&p, "1/0"), &v));
		CHECK(expr_is_const(place_compile(&p, "-(1+2)*$limit"), &v) && v.kind == VALUE_NUM && v.n.i == -1500);
		CHECK(expr_is_const(place_compile(&p, "upper(\"a${1+1}\")"), &v) && v.kind == VALUE_DATA);
		CHECK_SLICE(v.s, "A2");
	}
	place_release(&p);
	UNIT("plans recognise columns") {
		place_init(&p, 2, 3);
		CHECK_INT(expr_is_column(place_compile(&p, "$2")), 1);
		CHECK_INT(expr_is_column(place_compile(&p, "$status")), 2);
		CHECK_INT(expr_is_column(place_compile(&p, "$0")), -1);
		CHECK_INT(expr_is_column(place_compile(&p, "$3")), -1);
		CHECK_INT(expr_is_field(place_compile(&p, "$2")), -1);
		CHECK_STR(expr_name(place_compile(&p, "$status")), "status");
		place_release(&p);
	}
}

static void test_names(void)
{
	UNIT("the names of functions are in order and end with NULL") {
		size_t n = 0;

		for (; expr_function_names[n]; n++)
			CHECK(n == 0 || strcmp(expr_function_names[n - 1], expr_function_names[n]) < 0);
		CHECK(n > 25);
	}
}

/* ---- values alone ---- */

static struct value data(const char *s)
{
	return (struct value){.kind = VALUE_DATA, .s = slice_str(s)};
}

static struct value number(double d)
{
	return (struct value){.kind = VALUE_NUM, .n = num_dbl(d)};
}

static int sign(int i)
{
	return (i > 0) - (i < 0);
}

static void test_rank(void)
{
	struct value order[] = {number(-INFINITY), data("-5"), number(0), data("1e1"), data("11"), data(""),
				data("10x"), data("9x"), data("a"), data("ab"),
				{.kind = VALUE_STR, .s = slice_str("b")}};
	size_t n = sizeof order / sizeof *order;
	struct value quoted = {.kind = VALUE_STR, .s = slice_str("5")}, five = number(5), plus = data("+5.0");

	UNIT("ranking puts numbers by value before text by bytes") {
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++)
				CHECK_INT(sign(value_rank(&order[i], &order[k])), sign((int)i - (int)k));
		CHECK_INT(value_rank(&five, &plus), 0);
		CHECK(value_rank(&five, &quoted) < 0);
	}
}

/* The evaluator reads short numbers itself: it must agree with num_parse. */
static void test_quick_numbers(void)
{
	static const char alphabet[] = "0123456789019.e+- \tx";
	uint64_t seed = 42;

	UNIT("the short way to numbers agrees with num_parse") {
		for (int round = 0; round < 200000; round++) {
			char text[24];
			size_t len = unit_below(&seed, sizeof text);
			struct value v = {.kind = VALUE_DATA, .s = {text, (uint32_t)len, 0}};
			struct num a = num_int(0), b = num_int(0);
			bool is;

			for (size_t i = 0; i < len; i++)
				text[i] = alphabet[unit_below(&seed, sizeof alphabet - 1)];
			is = num_parse(v.s, &a);
			CHECK_INT(value_number(&v, &b), is);
			CHECK(!is || (a.is_int == b.is_int && num_cmp(a, b) == 0));
		}
	}
}

static void test_zero_bytes(void)
{
	struct event event = {.whole = {"A\0B c\0d", 7, SLICE_UNENDED}};
	struct place p;
	struct slice got;

	UNIT("NUL bytes pass through, and the event's flags don't") {
		place_init(&p, SCHEMA_SPLIT, 0);
		got = place_eval(&p, place_compile(&p, "lower($1) != $2 ? \"$0$0\" : 0"), &event);
		CHECK_BYTES(got.p, got.len, "A\0B c\0dA\0B c\0d", 14);
		got = place_eval(&p, place_compile(&p, "$0"), &event);
		CHECK_INT(got.flags, 0);
		got = place_eval(&p, place_compile(&p, "index($0, \"\\x00d\")"), &event);
		CHECK_SLICE(got, "6");
		place_release(&p);
	}
}

static void test_many_patterns(void)
{
	struct place p;

	UNIT("computed regular expressions come and go without end") {
		struct expr *e;

		place_init(&p, SCHEMA_SPLIT, 0);
		e = place_compile(&p, "$1 ~ \"^$1\\$\"");
		for (int i = 0; e && i < 2000; i++) {
			char text[16];
			struct event event = {.whole = {text, (uint32_t)snprintf(text, sizeof text, "%d", i % 37), 0}};

			eval_next(&p.ev);
			arena_clear(&p.ev.scratch);
			CHECK_INT(expr_test(e, &p.ev, &event), 1);
		}
		CHECK(e);
		place_release(&p);
	}
}

int main(void)
{
	test_fields();
	test_arithmetic();
	test_failures();
	test_comparisons();
	test_logic();
	test_matches();
	test_limits();
	test_templates();
	test_columns();
	test_used();
	test_mistakes();
	test_questions();
	test_names();
	test_rank();
	test_quick_numbers();
	test_zero_bytes();
	test_many_patterns();
	return unit_done();
}
