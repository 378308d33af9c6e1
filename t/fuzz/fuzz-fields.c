/* Splitting into fields beside the plainest splitter that there is, asked for all fields and in steps. A text and the
 * regular expression that spells it separate alike. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "lang/expr/fields.h"

#define SEP_MAX 8

/* The bytes of an input: how many separate (0: blanks do), how many fields a step asks for, the separator, the text. */
struct input {
	struct slice sep, text;
	size_t step;
};

static bool input_read(struct input *in, const uint8_t *data, size_t size)
{
	if (size < 2)
		return false;
	size_t len = data[0] % (SEP_MAX + 1);
	if (size < 2 + len)
		return false;
	in->step = 1 + data[1] % 8;
	in->sep = slice_make((const char *)data + 2, len);
	in->text = slice_make((const char *)data + 2 + len, size - 2 - len);
	return true;
}

/* ---- the plainest splitter ---- */

static bool plain_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static size_t plain_split_blank(struct slice text, struct slice *out)
{
	size_t n = 0;
	for (size_t i = 0, from = 0; i <= text.len; i++) {
		if (i < text.len && !plain_blank(text.p[i]))
			continue;
		if (i > from)
			out[n++] = slice_make(text.p + from, i - from);
		from = i + 1;
	}
	return n;
}

static size_t plain_split(struct slice sep, struct slice text, struct slice *out)
{
	size_t n = 0, from = 0;
	if (sep.len == 0)
		return plain_split_blank(text, out);
	if (text.len == 0)
		return 0;
	for (size_t i = 0; i + sep.len <= text.len;) {
		if (memcmp(text.p + i, sep.p, sep.len) != 0) {
			i++;
			continue;
		}
		out[n++] = slice_make(text.p + from, i - from);
		from = i += sep.len;
	}
	out[n++] = slice_make(text.p + from, text.len - from);
	return n;
}

/* ---- the comparison ---- */

static void check_same(const struct slice *got, const struct slice *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK(got[i].p == want[i].p && got[i].len == want[i].len);
}

/* Takes the splitter over. */
static void check_splitter(struct splitter *sp, const struct input *in, const struct slice *want, size_t n)
{
	struct eval ev = {0};
	struct slice last;
	FUZZ_CHECK(eval_split(&ev, sp, in->text, 0) == n);
	check_same(ev.fields, want, n);
	eval_next(&ev);
	for (size_t ask = in->step; ask <= n + in->step; ask += in->step) {
		size_t got = eval_split(&ev, sp, in->text, ask);
		FUZZ_CHECK(got == (ask < n ? ask : n));
		check_same(ev.fields, want, got);
	}
	if (n && fields_last(sp, in->text, &last))
		check_same(&last, want + n - 1, 1);
	eval_release(&ev);
	splitter_free(sp);
}

/* \xHH for every byte. */
static struct re *spelt(struct slice text)
{
	char pattern[4 * SEP_MAX + 1];
	struct re_error err;
	for (size_t i = 0; i < text.len; i++)
		snprintf(pattern + 4 * i, 5, "\\x%02x", (unsigned char)text.p[i]);
	return re_new(slice_make(pattern, 4 * text.len), 0, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;
	if (!input_read(&in, data, size))
		return 0;
	struct slice *want = malloc((size + 1) * sizeof *want);
	size_t n = plain_split(in.sep, in.text, want);
	check_splitter(in.sep.len ? splitter_new(in.sep, NULL) : splitter_blank(), &in, want, n);
	if (in.sep.len)
		check_splitter(splitter_new((struct slice){0}, spelt(in.sep)), &in, want, n);
	free(want);
	return 0;
}
