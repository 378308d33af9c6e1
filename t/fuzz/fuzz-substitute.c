/* Any replacement for the matches of any regular expression in any text: the input's first line, its second, the rest.
 * Beside crashes: what a match is replaced by itself leaves the text as it is. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "lang/expr/expr.h"

/* The bytes up to the next newline, which are taken off *rest. */
static struct slice line_of(struct slice *rest)
{
	const char *p = rest->p, *end = p + rest->len, *line_end = rest->len ? memchr(p, '\n', rest->len) : NULL;
	*rest = line_end ? slice_make(line_end + 1, (size_t)(end - line_end - 1)) : slice_make(end, 0);
	return slice_make(p, (size_t)((line_end ? line_end : end) - p));
}

/* All matches of re in subject; false where the regular expression runs past its limits, or with is no replacement. */
static bool substitute(const struct re *re, struct slice with, struct slice subject, struct str *out)
{
	struct arena arena = {0};
	struct eval ev = {0};
	struct re_walk walk = {0};
	struct diag diag;
	struct expr_env env = {.diag = &diag, .arena = &arena};
	enum re_result result = RE_FAILED;
	size_t done = 0;
	diag_init(&diag, "pipeline", with);
	const struct subst *s = subst_new(with, (struct span){0, 0}, re, &env);
	FUZZ_CHECK(!s == diag_failed(&diag));
	while (s && (result = re_next(re, &ev.re, subject, &walk)) == RE_MATCH) {
		FUZZ_CHECK(done <= ev.re.ov[0] && ev.re.ov[0] <= ev.re.ov[1] && ev.re.ov[1] <= subject.len);
		str_add(out, subject.p + done, ev.re.ov[0] - done);
		done = ev.re.ov[1];
		subst_apply(s, &ev, subject, out);
	}
	str_add(out, subject.p + done, subject.len - done);
	eval_release(&ev);
	arena_release(&arena);
	diag_release(&diag);
	return result == RE_NOMATCH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size);
	struct slice pattern = line_of(&rest), with = line_of(&rest);
	struct re_error err;
	if (!pattern.len)
		return 0;
	struct re *re = re_new(slice_make(pattern.p + 1, pattern.len - 1), (unsigned char)pattern.p[0] % (2 * RE_UTF), &err);
	struct str out = {0};
	if (re) {
		substitute(re, with, rest, &out);
		str_clear(&out);
		if (substitute(re, slice_str("$&"), rest, &out))
			FUZZ_CHECK(out.len == rest.len && (!out.len || memcmp(out.p, rest.p, out.len) == 0));
	}
	str_release(&out);
	re_free(re);
	return 0;
}
