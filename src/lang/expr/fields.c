/* Splitting: the four kinds of separator, and the fields of an event as far as somebody asked for them. A separator of
 * one byte or more leaves empty fields between two of them; an empty event has no fields at all, as in awk. */
#include "config.h"

#include "lang/expr/fields.h"

#include <assert.h>
#include <stdlib.h>

#include "lang/expr/node.h"

/* ---- splitters ---- */

struct splitter *splitter_blank(void)
{
	static struct splitter blank = {.kind = SPLITTER_BLANK};

	return &blank;
}

void splitter_init_text(struct splitter *sp, struct slice text)
{
	assert(text.len > 0);
	*sp = (struct splitter){.kind = SPLITTER_BYTE, .byte = text.p[0]};
	if (text.len > 1) {
		sp->kind = SPLITTER_TEXT;
		scan_needle_init(&sp->needle, text.p, text.len);
	}
}

void splitter_init_re(struct splitter *sp, const struct re *re)
{
	*sp = (struct splitter){.kind = SPLITTER_REGEX, .re = re};
}

struct splitter *splitter_new(struct slice text, struct re *re)
{
	struct splitter *sp = mem_alloc(sizeof *sp);
	char *copy;

	if (re) {
		splitter_init_re(sp, re);
		sp->owned_re = re;
		return sp;
	}
	copy = mem_strndup(text.p, text.len);
	splitter_init_text(sp, slice_make(copy, text.len));
	sp->owned_text = copy;
	return sp;
}

void splitter_free(struct splitter *sp)
{
	if (!sp || sp == splitter_blank())
		return;
	free(sp->owned_text);
	if (sp->owned_re)
		re_free(sp->owned_re);
	free(sp);
}

/* ---- one field after the other ---- */

/* The field ends at sep, the next one begins len bytes further on; sep == NULL: it is the last. */
static enum fields_result fields_cut(const char *sep, size_t len, const char **rest, const char *end, struct slice *out)
{
	*out = slice_make(*rest, (size_t)((sep ? sep : end) - *rest));
	*rest = sep ? sep + len : NULL;
	return FIELDS_ONE;
}

static enum fields_result fields_next_blank(const char **rest, const char *end, struct slice *out)
{
	const char *from = *rest, *stop;

	*rest = NULL;
	if (scan_fields(from, end, out, 1, &stop) == 0)
		return FIELDS_NONE;
	*rest = stop;
	return FIELDS_ONE;
}

/* What matches no bytes separates nothing. */
static enum fields_result fields_next_re(const struct re *re, struct re_scratch *scratch, const char *start,
					 const char **rest, const char *end, struct slice *out)
{
	struct slice text = slice_make(start, (size_t)(end - start));
	struct re_walk walk = {.start = (size_t)(*rest - start), .not_empty = true};
	enum re_result result;

	do
		result = re_next(re, scratch, text, &walk);
	while (result == RE_MATCH && scratch->ov[0] == scratch->ov[1]);
	if (result == RE_FAILED)
		return FIELDS_FAILED;
	if (result == RE_NOMATCH)
		return fields_cut(NULL, 0, rest, end, out);
	return fields_cut(start + scratch->ov[0], scratch->ov[1] - scratch->ov[0], rest, end, out);
}

enum fields_result fields_next(const struct splitter *sp, struct re_scratch *re, const char *start, const char **rest,
			       const char *end, struct slice *out)
{
	if (!*rest)
		return FIELDS_NONE;
	switch (sp->kind) {
	case SPLITTER_BLANK:
		return fields_next_blank(rest, end, out);
	case SPLITTER_BYTE:
		return fields_cut(memchr(*rest, sp->byte, (size_t)(end - *rest)), 1, rest, end, out);
	case SPLITTER_TEXT:
		return fields_cut(scan_find(&sp->needle, *rest, end), sp->needle.len, rest, end, out);
	default:
		return fields_next_re(sp->re, re, start, rest, end, out);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool last_blank(const char *start, const char *end, struct slice *out)
{
	const char *p;

	while (end > start && is_blank(end[-1]))
		end--;
	for (p = end; p > start && !is_blank(p[-1]); p--)
		;
	*out = slice_make(p, (size_t)(end - p));
	return end > start;
}

bool fields_last(const struct splitter *sp, struct slice whole, struct slice *out)
{
	const char *end = whole.p + whole.len, *sep;

	if (sp->kind == SPLITTER_BLANK)
		return last_blank(whole.p, end, out);
	if (sp->kind != SPLITTER_BYTE)
		return false;
	sep = scan_last(whole.p, end, sp->byte);
	*out = slice_make(sep ? sep + 1 : whole.p, (size_t)(end - (sep ? sep + 1 : whole.p)));
	return true;
}

/* ---- the fields of an event ---- */

#define FIELDS_STEP 64 /* at once: a large n does not mean that there are as many */

static size_t fields_room(struct eval *ev, size_t n)
{
	size_t want = n && n < ev->nfields + FIELDS_STEP ? n : ev->nfields + FIELDS_STEP;

	if (want > ev->fields_cap)
		ev->fields = mem_grow(ev->fields, want, &ev->fields_cap, sizeof *ev->fields);
	return (n && n < ev->fields_cap ? n : ev->fields_cap) - ev->nfields;
}

/* All that are still wanted at once. */
static void split_blank(struct eval *ev, const char *end, size_t n)
{
	size_t room = fields_room(ev, n);
	size_t got = scan_fields(ev->split_rest, end, ev->fields + ev->nfields, room, &ev->split_rest);

	ev->nfields += got;
	if (got < room)
		ev->split_rest = NULL;
}

static void split_byte(struct eval *ev, char byte, const char *end, size_t n)
{
	size_t room = fields_room(ev, n);
	const char *p = ev->split_rest, *sep = p;
	struct slice *out = ev->fields + ev->nfields;

	for (; room > 0 && sep; room--) {
		sep = memchr(p, byte, (size_t)(end - p));
		*out++ = slice_make(p, (size_t)((sep ? sep : end) - p));
		p = sep ? sep + 1 : NULL;
	}
	ev->nfields = (size_t)(out - ev->fields);
	ev->split_rest = p;
}

static bool split_one(struct eval *ev, const struct splitter *sp, const char *end, size_t n)
{
	fields_room(ev, n);
	switch (fields_next(sp, &ev->re, ev->split_of, &ev->split_rest, end, &ev->fields[ev->nfields])) {
	case FIELDS_ONE:
		ev->nfields++;
		return true;
	case FIELDS_NONE:
		return true;
	default:
		ev->split_of = NULL;
		return eval_fail(ev, "cannot split into fields: %s", ev->re.error);
	}
}

static void split_begin(struct eval *ev, struct slice whole)
{
	ev->split_of = whole.p;
	ev->split_len = whole.len;
	ev->split_rest = whole.p;
	ev->nfields = 0;
}

size_t eval_split(struct eval *ev, const struct splitter *sp, struct slice whole, size_t n)
{
	const char *end;

	if (whole.len == 0)
		return 0;
	end = whole.p + whole.len;
	if (ev->split_of != whole.p || ev->split_len != whole.len)
		split_begin(ev, whole);
	while (ev->split_rest && (n == 0 || ev->nfields < n)) {
		if (sp->kind == SPLITTER_BLANK)
			split_blank(ev, end, n);
		else if (sp->kind == SPLITTER_BYTE)
			split_byte(ev, sp->byte, end, n);
		else if (!split_one(ev, sp, end, n))
			return SPLIT_FAILED;
	}
	return n && n < ev->nfields ? n : ev->nfields;
}
