/* Any text as an expression, evaluated for any event: the input's first line and the rest. Functions, formats, regular
 * expressions whose text comes from data. Beside crashes: what succeeds or fails does so again, with the same bytes. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "lang/expr/expr.h"
#include "lang/syntax/parse.h"

/* Whether it reads no clock: then it is the same from one time to the next. */
static bool is_steady(struct slice text)
{
	return !memmem(text.p, text.len, "now", 3) && !memmem(text.p, text.len, "strftime", 8);
}

static void evaluate(const struct expr *e, const struct event *event, bool steady)
{
	struct eval ev = {0};
	struct slice first = {0}, again = {0};
	struct num number;
	bool there = expr_text(e, &ev, event, &first);
	struct str copy = {0};
	str_add(&copy, first.p, first.len);
	expr_test(e, &ev, event);
	expr_number(e, &ev, event, &number);
	expr_file_name(e, &ev, event, &again);
	eval_next(&ev);
	arena_clear(&ev.scratch);
	if (steady) {
		FUZZ_CHECK(expr_text(e, &ev, event, &again) == there);
		FUZZ_CHECK(!there || (again.len == copy.len && (!again.len || memcmp(again.p, copy.p, again.len) == 0)));
	}
	str_release(&copy);
	eval_release(&ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct expr_var vars[] = {{"limit", {.p = "5", .len = 1}}, {NULL, {0}}};
	const char *p = (const char *)data, *end = p + size, *line_end = size ? memchr(p, '\n', size) : NULL;
	struct slice text = slice_make(p, (size_t)((line_end ? line_end : end) - p));
	struct event event = {.nr = 7, .fnr = 3, .file = slice_str("a.log")};
	event.whole = line_end ? slice_make(line_end + 1, (size_t)(end - line_end - 1)) : slice_str("");
	struct arena arena = {0};
	struct schema *last = NULL;
	struct expr_regex *regexes = NULL;
	bool uses_origin = false;
	struct diag diag;
	struct expr_env env = {
		.diag = &diag, .arena = &arena, .schema = schema_new(&arena, &last, NULL, SCHEMA_SPLIT, false),
		.splitter = splitter_blank(), .vars = vars, .uses_origin = &uses_origin, .regexes = &regexes,
	};
	diag_init(&diag, "pipeline", text);
	struct ast_expr *tree = parse_expr_text(text, &arena, &diag);
	struct expr *e = tree ? expr_compile(tree, &env) : NULL;
	FUZZ_CHECK(!e == diag_failed(&diag));
	if (e)
		evaluate(e, &event, is_steady(text));
	expr_free_regexes(regexes);
	arena_release(&arena);
	diag_release(&diag);
	return 0;
}
