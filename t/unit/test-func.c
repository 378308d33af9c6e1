/* The functions of expressions: tables of calls, events and results. */
#include "config.h"

#include "lang/expr/func.h"

#include "place.h"

static void test_text_functions(void)
{
	static const struct row rows[] = {
		{"lower($0)", "ABC xyZ \xc3\x89", "abc xyz \xc3\x89"}, {"upper($0)", "abc\xc3\xa9", "ABC\xc3\xa9"},
		{"lower($1)", "", ""}, {"lower(15)", "", "15"}, {"upper(lower(\"aB\"))", "", "AB"},
		{"trim($0)", " \t\r\n a b \v\f", "a b"}, {"trim($0)", "", ""}, {"trim($0)", "   ", ""},
		{"trim($0)", "a", "a"}, {"length()", "abc", "3"}, {"length($1)", "ab cd", "2"},
		{"length($9)", "", "0"},
		{"length(\"\xc3\xa9\")", "", "2"}, {"length(100)", "", "3"},
		{"substr($0, 2)", "hello", "ello"}, {"substr($0, 2, 3)", "hello", "ell"},
		{"substr($0, 0)", "hello", "hello"},
		{"substr($0, 0, 2)", "hello", "he"}, {"substr($0, -1, 3)", "hello", "hel"},
		{"substr($0, 4, 9)", "hello", "lo"},
		{"substr($0, 6)", "hello", ""}, {"substr($0, 9, 2)", "hello", ""},
		{"substr($0, 2, 0)", "hello", ""},
		{"substr($0, 2, -1)", "hello", ""}, {"substr($0, 1.9, 1.9)", "hello", "h"},
		{"substr($0, 1, 1e300)", "hello", "hello"},
		{"substr($0, -1e300, 1e301)", "hello", "hello"}, {"substr($1, $2)", "hello 3", "llo"},
		{"substr($1, $2)", "hello x", "!'x' is not a number"}, {"substr(\"\", 1, 1)", "", ""},
		{"index($0, \"l\")", "hello", "3"}, {"index($0, \"lo\")", "hello", "4"},
		{"index($0, \"x\")", "hello", "0"},
		{"index($0, \"\")", "hello", "0"}, {"index(\"\", \"a\")", "", "0"},
		{"basename($0)", "/a/b.txt", "b.txt"}, {"basename($0)", "b", "b"}, {"basename($0)", "/a/b//", "b"},
		{"basename($0)", "/", "/"}, {"basename($0)", "///", "/"}, {"basename($0)", "", ""},
		{"dirname($0)", "/a/b.txt", "/a"}, {"dirname($0)", "b", "."}, {"dirname($0)", "/a/b//", "/a"},
		{"dirname($0)", "/", "/"}, {"dirname($0)", "/a", "/"}, {"dirname($0)", "//a", "/"},
		{"dirname($0)", "", "."},
		{"dirname($0)", "a//b", "a"}, {"dirname($0)", "a/", "."},
		{"urlencode($0)", "a b&c=d/\xc3\xa9~-._+", "a%20b%26c%3Dd%2F%C3%A9~-._%2B"},
		{"urldecode($0)", "a%20b+c%2b%C3%a9", "a b c+\xc3\xa9"}, {"urldecode($0)", "100%", "100%"},
		{"urldecode($0)", "%zz%4", "%zz%4"}, {"urldecode(urlencode($0))", "a+b c%20", "a+b c%20"},
		{"urlencode(\"\")", "", ""},
	};

	UNIT("functions on bytes")
		CHECK_ROWS(rows);
}

static void test_pattern_functions(void)
{
	static const struct row rows[] = {
		{"replace($0, /o/, \"0\")", "foo boo", "f0o boo"},
		{"replace($0, /o/g, \"0\")", "foo boo", "f00 b00"},
		{"replace($0, /x/g, \"0\")", "foo", "foo"}, {"replace($0, /x*/g, \"-\")", "abc", "-a-b-c-"},
		{"replace($0, /(o+)/, q{<$1&>})", "foo", "f<$1&>"},
		{"replace($0, /o+/, $2)", "foo bar", "fbar bar"},
		{"replace($0, \"o\", \"\")", "foo", "fo"}, {"replace($1, $2, \"X\")", "foo o+", "fX"},
		{"replace($1, $2, \"X\")",
		 "foo [", "!bad regular expression '[': missing terminating ] for character class"},
		{"replace($0, /^/, \"> \")", "a", "> a"}, {"replace($0, /$/, 5)", "a", "a5"},
		{"replace(\"\", /^$/, \"x\")", "", "x"},
		{"replace($0, /B/gi, \"-\")", "abBc", "a--c"},
		{"split($0, \":\", 1)", "a:b:c", "a"}, {"split($0, \":\", 3)", "a:b:c", "c"},
		{"split($0, \":\", 4)", "a:b:c", ""},
		{"split($0, \":\", -1)", "a:b:c", "c"}, {"split($0, \":\", -3)", "a:b:c", "a"},
		{"split($0, \":\", -4)", "a:b:c", ""},
		{"split($0, \":\", 0)", "a:b:c", ""}, {"split($0, \":\", 2)", "a::c", ""},
		{"split($0, \":\", 3)", "a::c", "c"},
		{"split($0, \" \", 2)", "a  b", ""}, {"split($0, \", \", 2)", "a, b, c", "b"},
		{"split($0, /[,;]+/, 2)", "a,;b", "b"},
		{"split($0, /,/, -1)", "a,b,", ""}, {"split($0, /x*/, 1)", "axxb", "a"},
		{"split($0, /x*/, 2)", "axxb", "b"},
		{"split($1, $2, 2)", "a-b -", "b"},
		{"split($1, $9, 2)", "a", "!split needs a separator, not the empty string"},
		{"split(\"\", \":\", 1)", "", ""}, {"split($0, \".\", 2)", "a.b", "b"},
		{"split($0, 0, 2)", "a0b", "b"},
		{"split($0, \":\", \"x\")", "a", "!'x' is not a number"},
		{"split($4, \"/\", 3)", "a b c 1/2/2024", "2024"},
	};

	UNIT("replace and split")
		CHECK_ROWS(rows);
}

static void test_number_functions(void)
{
	static const struct row rows[] = {
		{"num($0)", "12.5kg", "12.5"}, {"num($0)", " -3e2x", "-300"}, {"num($0, 0)", "-", "0"},
		{"num($0, \"none\")", "x", "none"},
		{"num($0)", "x1", "!'x1' does not begin with a number"},
		{"num($0)", "", "!'' does not begin with a number"},
		{"num($0, 1/0)", "5", "!division by zero"}, {"num(5.5)", "", "5.5"}, {"num($0)", "1e", "1"},
		{"num($1) + 1", "41%", "42"},
		{"int(3.9)", "", "3"}, {"int(-3.9)", "", "-3"}, {"int($0)", "1e3", "1000"},
		{"int($0)", "3x", "!'3x' is not a number"},
		{"int(1e300) == 1e300", "", "1"}, {"float(3)", "", "3"}, {"float($0) / 2", "3", "1.5"},
		{"round(2.5)", "", "3"}, {"round(-2.5)", "", "-3"}, {"round(2.4)", "", "2"},
		{"round(3.14159, 2)", "", "3.14"},
		{"round(1234.5, -2)", "", "1200"}, {"round(1250, -2)", "", "1300"},
		{"round(-1250, -2)", "", "-1300"},
		{"round(9223372036854775807, -1)", "", "9.22337203685478e+18"}, {"round(7, 2)", "", "7"},
		{"round(5, -30)", "", "0"},
		{"round(0.1, 400)", "", "0.1"}, {"round(1e300, 20) == 1e300", "", "1"}, {"round(-0.4)", "", "0"},
		{"round(149, -2)", "", "100"}, {"round(150, -2)", "", "200"},
		{"abs(-5)", "", "5"}, {"abs(5)", "", "5"}, {"abs(-2.5)", "", "2.5"}, {"abs($0)", "-7", "7"},
		{"min(3, 1, 2)", "", "1"}, {"max(3, 1, 2)", "", "3"}, {"min($1, $2)", "10 9", "9"},
		{"max($1, $2)", "10 9", "10"},
		{"min($1, $2)", "abc 9", "9"}, {"max($1, $2)", "abc 9", "abc"}, {"max($1, $2)", "abc abd", "abd"},
		{"min($1, $2)", "1.0 1", "1.0"}, {"max($1, $2)", "1.0 1", "1.0"},
		{"max($1,$2) + 1", "1 2", "3"},
	};

	UNIT("functions on numbers")
		CHECK_ROWS(rows);
}

static void test_sprintf(void)
{
	static const struct row rows[] = {
		{"sprintf(\"x\")", "", "x"}, {"sprintf(\"100%%\")", "", "100%"},
		{"sprintf(\"%s-%s\", $1, $2)", "a b", "a-b"},
		{"sprintf(\"%5s|%-5s|\", $1, $1)", "ab", "   ab|ab   |"}, {"sprintf(\"%.2s\", $1)", "abc", "ab"},
		{"sprintf(\"%05d\", 42)", "", "00042"}, {"sprintf(\"%+d % d\", 42, 42)", "", "+42  42"},
		{"sprintf(\"%d\", 3.99)", "", "3"},
		{"sprintf(\"%d\", -3.99)", "", "-3"}, {"sprintf(\"%i\", $1)", "1e3", "1000"},
		{"sprintf(\"%x %X %#x %o\", 255, 255, 255, 8)", "", "ff FF 0xff 10"},
		{"sprintf(\"%x\", -1)", "", "ffffffffffffffff"},
		{"sprintf(\"%u\", 18446744073709551615)", "", "18446744073709551616"},
		{"sprintf(\"%d\", 1e20)", "", "100000000000000000000"},
		{"sprintf(\"%x\", 1e20)", "", "!%x of a number beyond 64 bits"},
		{"sprintf(\"%.2f\", 3.14159)", "", "3.14"}, {"sprintf(\"%8.3f|\", $1)", "2", "   2.000|"},
		{"sprintf(\"%e\", 12345.678)", "", "1.234568e+04"},
		{"sprintf(\"%g\", 0.0001)", "", "0.0001"},
		{"sprintf(\"%*d|%-*d|\", 5, 42, 5, 42)", "", "   42|42   |"},
		{"sprintf(\"%*d|\", -5, 42)", "", "42   |"}, {"sprintf(\"%.*f\", 1, 2.55)", "", "2.5"},
		{"sprintf(\"%.*f\", -1, 2.5)", "", "2.500000"},
		{"sprintf(\"%c%c\", 65, \"hello\")", "", "Ah"}, {"sprintf(\"%c\", $1)", "65", "A"},
		{"sprintf(\"%c\", $1)", "hello", "h"},
		{"sprintf(\"%c\", \"\")", "", ""}, {"sprintf(\"%c\", \"65\")", "", "6"},
		{"sprintf(\"%c\", 256)", "", "!%c takes a byte, 0 to 255, not 256"},
		{"sprintf(\"%3c|\", \"a\")", "", "  a|"}, {"sprintf(\"%ld\", 5)", "", "5"},
		{"sprintf(\"%d\", \"abc\")", "", "!'abc' is not a number"},
		{"sprintf($1, $2)", "<%s> a", "<a>"},
		{"sprintf($1, $2)", "<%s%s> a", "!sprintf: the format takes 2 arguments, not 1"},
		{"sprintf($1)", "%y", "!sprintf: unknown '%y' in the format"},
		{"sprintf($1)", "a%", "!sprintf: the format ends within '%'"},
		{"sprintf($1)", "%99999d", "!sprintf: a width of more than 65536"},
		{"sprintf(\"%*d\", $1, 1)", "1e9", "!a width or precision of more than 65536"},
		{"sprintf(\"%--5d|\", 1)", "", "1    |"}, {"sprintf(\"%s\", 1.50)", "", "1.5"},
		{"sprintf(\"%.0f\", 0.5)", "", "0"},
		{"sprintf(\"%s%%%s\", 1, 2)", "", "1%2"}, {"sprintf(5)", "", "5"},
		{"length(sprintf(\"%300d\", 1))", "", "300"},
		{"length(sprintf(\"%.400f\", $1))", "1e308", "710"},
	};

	UNIT("sprintf")
		CHECK_ROWS(rows);
}

static void test_character_functions(void)
{
	static const struct row rows[] = {
		{"lower_u($0)", "ÀÉ ΣΩ Ж ABC", "àé σω ж abc"}, {"upper_u($0)", "àé ßж abc", "ÀÉ ßЖ ABC"},
		{"lower_u($0)", "\xff\xc3X\xc9", "\xff\xc3x\xc9"},
		{"upper_u($0)", "\xf0\x90\x90\xa8", "\xf0\x90\x90\x80"},
		{"upper_u($0)", "\xc9\x90", "\xe2\xb1\xaf"}, {"lower_u(\"\")", "", ""},
		{"length_u()", "añb€😀", "5"}, {"length_u($1)", "é", "1"}, {"length_u($0)", "a\xff\xfe", "3"},
		{"length_u($0)", "\xed\xa0\x80", "3"},
		{"length_u($0)", "\xc0\x80", "2"}, {"length_u($0)", "\xe2\x82", "2"},
		{"substr_u($0, 2, 2)", "añ€b", "ñ€"}, {"substr_u($0, 3)", "añ€b", "€b"},
		{"substr_u($0, -1, 1)", "ñb", "ñ"}, {"substr_u($0, 9)", "ñb", ""},
		{"index_u($0, \"b\")", "añ€b", "4"}, {"index_u($0, \"x\")", "ñ", "0"},
		{"index_u($0, \"€\")", "añ€b", "3"},
		{"trim_u($0)", "\xc2\xa0 é\xe3\x80\x80", "é"}, {"trim_u($0)", "\xc2\xa0", ""},
		{"trim_u($0)", "a\xff ", "a\xff"},
	};

	UNIT("functions on characters")
		CHECK_ROWS(rows);
}

static void test_world_functions(void)
{
	static const struct row rows[] = {
		{"strftime(\"%Y-%m-%d %H:%M:%S\", 0)", "", "1970-01-01 02:00:00"},
		{"strftime(\"%F\", $1)", "86400.9", "1970-01-02"},
		{"strftime(\"%T\", -0.5)", "", "01:59:59"}, {"strftime(\"\", 0)", "", ""},
		{"strftime(\"%F\", \"x\")", "", "!'x' is not a number"},
		{"strftime(\"%F\", 1e300)", "", "!time out of range"},
		{"strftime(\"%F\", 1e17)", "", "!time out of range"},
		{"strftime(\"a\\x00b\", 0)", "", "!a NUL byte in strftime's format"},
		{"strftime(\"%H\", 0) < 10", "", "1"},
		{"length(strftime(\"%Y\"))", "", "4"}, {"now() > 1600000000 && now() < 1e10", "", "1"},
		{"env(\"SPILE_TEST\")", "", "value"}, {"env(\"SPILE_NO_SUCH\")", "", ""},
		{"env($1) == 5", "SPILE_FIVE", "1"},
		{"env(\"SPILE_TEST\\x00\")", "", ""},
	};

	setenv("TZ", "XXX-2", 1);
	setenv("SPILE_TEST", "value", 1);
	setenv("SPILE_FIVE", "5", 1);
	UNIT("the time and the environment")
		CHECK_ROWS(rows);
}

int main(void)
{
	test_text_functions();
	test_pattern_functions();
	test_number_functions();
	test_sprintf();
	test_character_functions();
	test_world_functions();
	return unit_done();
}
