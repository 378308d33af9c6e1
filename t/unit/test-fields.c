/* Splitting: what each kind of separator finds, and that asking in pieces gives the same as asking for all. */
#include "config.h"

#include "lang/expr/fields.h"

#include "unit.h"

/* The fields with "|" between them, "-" where there is none. */
static struct slice joined(struct eval *ev, const struct splitter *sp, struct slice whole)
{
	static char text[4096];
	size_t n = eval_split(ev, sp, whole, 0), len = 0;

	if (n == 0)
		return slice_str("-");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text[len++] = '|';
		memcpy(text + len, ev->fields[i].p, ev->fields[i].len);
		len += ev->fields[i].len;
	}
	return slice_make(text, len);
}

static struct splitter *by_text(const char *text)
{
	return splitter_new(slice_str(text), NULL);
}

static struct splitter *by_re(const char *pattern)
{
	struct re_error err;
	struct slice none = {0};

	return splitter_new(none, re_new(slice_str(pattern), 0, &err));
}

struct row {
	const char *whole, *want;
};

/* Takes the splitter over. */
static void check_rows(struct splitter *sp, const struct row *rows)
{
	struct eval ev = {0};

	for (; rows->whole; rows++) {
		eval_next(&ev);
		CHECK_SLICE(joined(&ev, sp, slice_str(rows->whole)), rows->want);
	}
	eval_release(&ev);
	splitter_free(sp);
}

static void test_kinds(void)
{
	UNIT("blanks: runs between spaces, tabs and newlines")
		check_rows(splitter_blank(), (const struct row[]){
			{"a b", "a|b"}, {"  a \t\n b  ", "a|b"}, {"", "-"},
			{"   ", "-"}, {"a", "a"}, {"a\rb\vc\fd", "a\rb\vc\fd"}, {NULL, NULL}});
	UNIT("one byte: empty fields count, an empty event has none")
		check_rows(by_text(","), (const struct row[]){
			{"a,b", "a|b"}, {",", "|"}, {"a,,b,", "a||b|"}, {"", "-"},
			{"a", "a"}, {" a , b", " a | b"}, {",a", "|a"}, {NULL, NULL}});
	UNIT("a single space is a byte as any other")
		check_rows(by_text(" "), (const struct row[]){
			{"a  b", "a||b"}, {" a", "|a"}, {NULL, NULL}});
	UNIT("a longer string")
		check_rows(by_text("::"), (const struct row[]){
			{"a::b", "a|b"}, {"a:::b", "a|:b"}, {"::", "|"}, {"a:b", "a:b"},
			{"a::::b", "a||b"}, {"", "-"}, {NULL, NULL}});
	UNIT("a regular expression: what matches nothing separates nothing")
		check_rows(by_re("[,;] *"), (const struct row[]){
			{"a, b;c", "a|b|c"}, {",a", "|a"}, {"a,", "a|"}, {"", "-"},
			{",;", "||"}, {NULL, NULL}});
	UNIT("a regular expression that may match nothing")
		check_rows(by_re("x*"), (const struct row[]){
			{"abc", "abc"}, {"axxb", "a|b"}, {"xa", "|a"}, {"ax", "a|"}, {NULL, NULL}});
	UNIT("a regular expression sees what stands before a field")
		check_rows(by_re("(?<=a),|^;"), (const struct row[]){
			{"a,b,a,c", "a|b,a|c"}, {";x;y", "|x;y"}, {NULL, NULL}});
}

static void test_nul(void)
{
	struct eval ev = {0};
	struct splitter *nul = splitter_new(slice_make("\0", 1), NULL);

	UNIT("NUL bytes belong to fields, or separate them") {
		CHECK_INT(eval_split(&ev, splitter_blank(), slice_make("a\0b c", 5), 0), 2);
		CHECK_INT(ev.fields[0].len, 3);
		eval_next(&ev);
		CHECK_INT(eval_split(&ev, nul, slice_make("a\0b c", 5), 0), 2);
		CHECK_SLICE(ev.fields[1], "b c");
	}
	eval_release(&ev);
	splitter_free(nul);
}

static void test_laziness(void)
{
	struct eval ev = {0};
	struct slice whole = slice_str("a b c d e");

	UNIT("fields are found as far as asked, and further when more is asked") {
		CHECK_INT(eval_split(&ev, splitter_blank(), whole, 2), 2);
		CHECK_INT(ev.nfields, 2);
		CHECK_INT(eval_split(&ev, splitter_blank(), whole, 1), 1);
		CHECK_INT(ev.nfields, 2);
		CHECK_INT(eval_split(&ev, splitter_blank(), whole, 4), 4);
		CHECK_SLICE(ev.fields[3], "d");
		CHECK_INT(eval_split(&ev, splitter_blank(), whole, 9), 5);
		CHECK_INT(eval_split(&ev, splitter_blank(), whole, 0), 5);
		CHECK(!ev.split_rest);
	}
	UNIT("eval_next forgets an event whose memory is used again") {
		char bytes[] = "x y";

		eval_next(&ev);
		CHECK_INT(eval_split(&ev, splitter_blank(), slice_str(bytes), 0), 2);
		memcpy(bytes, "xyz", 3);
		eval_next(&ev);
		CHECK_INT(eval_split(&ev, splitter_blank(), slice_str(bytes), 0), 1);
	}
	UNIT("an empty event without memory has no fields") {
		CHECK_INT(eval_split(&ev, splitter_blank(), (struct slice){0}, 0), 0);
		CHECK_INT(eval_split(&ev, splitter_blank(), (struct slice){0}, 3), 0);
	}
	eval_release(&ev);
}

static bool same_fields(const struct eval *a, const struct eval *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a->fields[i].p != b->fields[i].p || a->fields[i].len != b->fields[i].len)
			return false;
	return true;
}

/* One random text: all at once, then in random steps. */
static bool pieces_agree(const struct splitter *sp, struct eval *all, struct eval *steps, uint64_t *seed)
{
	static const char alphabet[] = "ab,,:: \t\n";
	char text[80];
	struct slice whole = slice_make(text, unit_below(seed, sizeof text));
	size_t n, got = 0;

	for (uint32_t i = 0; i < whole.len; i++)
		text[i] = alphabet[unit_below(seed, sizeof alphabet - 1)];
	eval_next(all);
	eval_next(steps);
	n = eval_split(all, sp, whole, 0);
	for (size_t want = 1; want <= n + 2; want += 1 + unit_below(seed, 4)) {
		got = eval_split(steps, sp, whole, want);
		if (got != (want < n ? want : n) || !same_fields(all, steps, got))
			return false;
	}
	return eval_split(steps, sp, whole, 0) == n && same_fields(all, steps, n);
}

static void test_pieces(void)
{
	struct splitter *kinds[] = {splitter_blank(), by_text(","), by_text("::"), by_re("[,:]+")};
	struct eval all = {0}, steps = {0};
	uint64_t seed = 7;

	UNIT("asking in pieces gives the same fields as asking for all") {
		for (int round = 0; round < 20000; round++)
			for (size_t k = 0; k < 4; k++)
				CHECK_MSG(pieces_agree(kinds[k], &all, &steps, &seed), "round %d, kind %zu", round, k);
	}
	for (size_t k = 0; k < 4; k++)
		splitter_free(kinds[k]);
	eval_release(&all);
	eval_release(&steps);
}

/* One random text: its last field from the end, and by splitting. */
static bool last_agrees(const struct splitter *sp, struct eval *ev, uint64_t *seed)
{
	static const char alphabet[] = "ab,,: \t\n";
	char text[12];
	struct slice whole = slice_make(text, 1 + unit_below(seed, sizeof text)), last;
	size_t n;

	for (uint32_t i = 0; i < whole.len; i++)
		text[i] = alphabet[unit_below(seed, sizeof alphabet - 1)];
	eval_next(ev);
	n = eval_split(ev, sp, whole, 0);
	if (!fields_last(sp, whole, &last))
		return n == 0;
	return n > 0 && last.p == ev->fields[n - 1].p && last.len == ev->fields[n - 1].len;
}

static void test_last(void)
{
	struct splitter *comma = by_text(",");
	struct eval ev = {0};
	uint64_t seed = 3;

	UNIT("the last field found from the end is the last one found by splitting") {
		for (int round = 0; round < 20000; round++) {
			CHECK_MSG(last_agrees(splitter_blank(), &ev, &seed), "blanks, round %d", round);
			CHECK_MSG(last_agrees(comma, &ev, &seed), "a comma, round %d", round);
		}
	}
	splitter_free(comma);
	eval_release(&ev);
}

static void test_limits(void)
{
	struct splitter *sp = by_re("^(a+|aa+|(a|a)+)+$");
	struct eval ev = {0};

	UNIT("a separator past its limits fails the event") {
		struct slice whole = slice_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");

		CHECK(eval_split(&ev, sp, whole, 0) == SPLIT_FAILED);
		CHECK(strncmp(ev.error, "cannot split into fields: ", 26) == 0);
	}
	eval_release(&ev);
	splitter_free(sp);
}

int main(void)
{
	test_kinds();
	test_nul();
	test_laziness();
	test_pieces();
	test_last();
	test_limits();
	return unit_done();
}
