/* Where JSON values end: see json_frame.h. */
#include "config.h"

#include "formats/json_frame.h"

#include <string.h>

#include "formats/json_structure.h"

/* Where the scan is, and what it has found. */
struct scan {
	struct json_frame *f;
	const char *begin, *end; /* the piece */
	const char *found;       /* behind the last value that ended */
	int place;
};

static void found(struct scan *s, const char *at, int place)
{
	s->found = at;
	s->place = place;
}

/* ---- brackets ---- */

static bool in_object(const struct json_frame *f)
{
	return f->depth && (f->objects[f->depth / 8] >> (f->depth % 8) & 1);
}

static void push(struct json_frame *f, bool object)
{
	if (f->depth == JSON_DEPTH) {
		f->too_deep++;
		return;
	}
	f->depth++;
	uint8_t bit = (uint8_t)(1u << (f->depth % 8));
	if (object)
		f->objects[f->depth / 8] |= bit;
	else
		f->objects[f->depth / 8] &= (uint8_t)~bit;
}

/* The last byte before t that is no white space; 0: none is known. */
static char byte_before(const struct scan *s, const char *t)
{
	while (t > s->begin)
		if (!strchr(" \t\r\n", *--t) || !*t)
			return *t;
	return s->f->last;
}

static bool begins_line(const struct scan *s, const char *t)
{
	return t > s->begin ? t[-1] == '\n' : s->f->line_start;
}

/* A value may begin at the bracket t, which lies within brackets. */
static bool may_begin(const struct scan *s, const char *t)
{
	char before = byte_before(s, t);
	return before == ':' || (!in_object(s->f) && (before == ',' || before == '['));
}

/* The value that was begun is given up at `at`; what follows is read as at the top. */
static void break_off(struct scan *s, const char *at)
{
	struct json_frame *f = s->f;
	f->depth = f->too_deep = 0;
	f->in_string = f->escaped = f->opened = false;
	f->last = 0;
	found(s, at, JSON_AT_TOP);
}

static void opening(struct scan *s, const char *t)
{
	struct json_frame *f = s->f;
	if (f->depth && begins_line(s, t) && !may_begin(s, t))
		break_off(s, t);
	if (f->depth == 0 && !f->opened) {
		found(s, t, JSON_AT_TOP);
		if (*t == '[' && !f->arrays) {
			f->opened = true;
			return;
		}
	}
	push(f, *t == '{');
}

static void closing(struct scan *s, const char *t)
{
	struct json_frame *f = s->f;
	if (f->too_deep) {
		f->too_deep--;
		return;
	}
	if (f->depth) {
		if (--f->depth == 0)
			found(s, t + 1, f->opened ? JSON_BEFORE_COMMA : JSON_AT_TOP);
		return;
	}
	if (f->opened && *t == ']') {
		f->opened = false;
		found(s, t + 1, JSON_AT_TOP);
	}
}

/* ---- blocks ---- */

/* Takes in a block of len bytes, or what of it lies before a string that does not end on its line. Returns how much. */
INLINE unsigned take_block(struct scan *s, const char *p, unsigned len, masks_fn *masks, prefix_fn *prefix)
{
	struct json_frame *f = s->f;
	char copy[BLOCK];
	const char *block = p;
	if (len < BLOCK) {
		memset(copy, ' ', sizeof copy);
		memcpy(copy, p, len);
		block = copy;
	}
	struct masks m = masks(block);
	uint64_t carried = f->escaped, escaped = escaped_bytes(m.backslashes, &carried);
	uint64_t inside = prefix(m.quotes & ~escaped) ^ (f->in_string ? UINT64_MAX : 0);
	uint64_t broken = m.newlines & inside;
	uint64_t before = broken ? (broken & -broken) - 1 : UINT64_MAX;
	uint64_t commas = m.commas & ~inside & before, brackets = m.brackets & ~inside & before;
	for (uint64_t bits = brackets | (f->opened ? commas : 0); bits; bits &= bits - 1) {
		const char *t = p + __builtin_ctzll(bits);
		bool was_opened = f->opened;
		if (*t == ',' && f->opened && f->depth == 0)
			found(s, t + 1, JSON_AFTER_COMMA);
		else if (*t == '{' || *t == '[')
			opening(s, t);
		else if (*t != ',')
			closing(s, t);
		if (f->opened && !was_opened)
			bits |= commas & ~((bits & -bits) - 1);
	}
	uint64_t newlines = m.newlines & ~inside & before;
	if (f->depth == 0 && !f->opened && newlines) {
		const char *behind = p + (64 - __builtin_clzll(newlines));
		if (!s->found || behind > s->found)
			found(s, behind, JSON_AT_TOP);
	}
	if (broken) {
		unsigned n = (unsigned)__builtin_ctzll(broken) + 1;
		break_off(s, p + n);
		return n;
	}
	f->in_string = inside >> 63;
	f->escaped = len < BLOCK ? escaped >> len & 1 : carried;
	return len;
}

INLINE void take_all(struct scan *s, masks_fn *masks, prefix_fn *prefix)
{
	for (const char *p = s->begin; p < s->end;)
		p += take_block(s, p, s->end - p < BLOCK ? (unsigned)(s->end - p) : BLOCK, masks, prefix);
}

static void take_portable(struct scan *s)
{
	take_all(s, masks_portable, prefix_portable);
}

#if HAVE_AVX2_CODE
AVX2 static void take_avx2(struct scan *s)
{
	take_all(s, masks_avx2, prefix_avx2);
}
#else
#define take_avx2 take_portable
#endif

const char *json_frame(struct json_frame *f, const char *p, const char *end, int *place)
{
	struct scan s = {.f = f, .begin = p, .end = end};
	if (p == end)
		return NULL;
	if (json_has_avx2())
		take_avx2(&s);
	else
		take_portable(&s);
	f->last = byte_before(&s, end);
	f->line_start = end[-1] == '\n';
	*place = s.place;
	return s.found;
}
