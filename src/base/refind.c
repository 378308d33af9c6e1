/* Finds the records of a long run that match: most of them are never given to PCRE2 at all. What the expression's text
 * tells is in rehint. */
#include "config.h"
#include "base/re.h"

#include <stdatomic.h>

#include "base/re_code.h"

#define LINES_MIN_BYTES (16u * 1024u) /* a shorter run is not worth compiling for */
#define LINES_MAX_BYTES (64u * 1024u) /* one search's share of a run: what it takes at worst grows with the square */
#define POOR_HITS 8u          /* so many literals that led to no match, */
#define POOR_HIT_BYTES 512u   /* and no further apart on average, make the literal a poor guide, */
#define POOR_CALLS 64u        /* for so many calls */

/* A search through records: [p, end) is what remains, p at the beginning of a record. */
struct hunt {
	const struct re *re;
	struct re_scratch *s;
	const char *p, *end;
	char term;
	struct slice *record;
};

/* The record that begins at p, which becomes the one behind it. from: where to look for its end. */
static void take_record(struct hunt *h, const char *from)
{
	const char *stop = from < h->end ? memchr(from, h->term, (size_t)(h->end - from)) : NULL;

	*h->record = slice_make(h->p, (size_t)((stop ? stop : h->end) - h->p));
	h->record->flags = stop ? 0 : SLICE_UNENDED;
	h->p = stop ? stop + 1 : h->end;
}

/* The record around hit, which is in it or its terminator. */
static void take_record_around(struct hunt *h, const char *hit)
{
	const char *before = scan_last(h->p, hit, h->term);

	if (before)
		h->p = before + 1;
	take_record(h, hit);
}

/* Record by record, up to end. */
static enum re_result find_each(struct hunt *h, struct re_slot *slot, const char *end)
{
	while (h->p < end) {
		enum re_result r;

		take_record(h, h->p);
		r = re_search(h->re, h->s, slot, *h->record);
		if (r != RE_NOMATCH)
			return r;
	}
	return RE_NOMATCH;
}

/* Lines up to end, or fewer, that are searched at once: whole ones. One that is longer than all that is taken alone. */
static const char *lines_end(const struct hunt *h)
{
	const char *end = h->p + LINES_MAX_BYTES, *last;

	if ((size_t)(h->end - h->p) <= LINES_MAX_BYTES)
		return h->end;
	last = scan_last(h->p, end, '\n');
	if (!last)
		last = memchr(end, '\n', (size_t)(h->end - end));
	return last ? last + 1 : h->end;
}

/* One search over the lines of [h->p, end), which ends behind a newline or at the end of all. */
static enum re_result find_in_lines(struct hunt *h, struct re_slot *slot, const char *end)
{
	const char *hit = end;
	enum re_result r;

	if ((size_t)(end - h->p) > LINES_MAX_BYTES)
		return find_each(h, slot, end);
	r = re_search_lines(h->re, h->s, slot, h->p, end, &hit);
	if (r == RE_FAILED) /* perhaps only because there are so many */
		return find_each(h, slot, end);
	if (hit == end && (r == RE_NOMATCH || end[-1] == '\n')) { /* behind the last newline there is no line */
		h->p = end;
		return RE_NOMATCH;
	}
	take_record_around(h, hit);
	return RE_MATCH;
}

static enum re_result find_lines(struct hunt *h, struct re_slot *slot)
{
	if (!re_has_lines(h->re))
		return find_each(h, slot, h->end);
	while (h->p < h->end) {
		enum re_result r = find_in_lines(h, slot, lines_end(h));

		if (r != RE_NOMATCH)
			return r;
	}
	return RE_NOMATCH;
}

/* Only records that hold the literal are given to PCRE2. */
static enum re_result find_by_literal(struct hunt *h, struct re_slot *slot, bool can_search_lines)
{
	const char *start = h->p, *hit;

	for (unsigned poor = 1; h->p < h->end && (hit = scan_find(&h->re->literal, h->p, h->end)); poor++) {
		enum re_result r;

		take_record_around(h, hit);
		r = re_search(h->re, h->s, slot, *h->record);
		if (r != RE_NOMATCH)
			return r;
		if (can_search_lines && poor >= POOR_HITS && (size_t)(h->p - start) < (size_t)poor * POOR_HIT_BYTES) {
			slot->poor_calls = POOR_CALLS;
			return find_lines(h, slot);
		}
	}
	h->p = h->end;
	return RE_NOMATCH;
}

static bool first_line_matches(const struct hunt *h)
{
	const struct rehint *hint = &h->re->hint;
	size_t len = hint->literal.len, left = (size_t)(h->end - h->p);

	if (left < len || memcmp(h->p, hint->literal.p, len) != 0)
		return false;
	return !hint->at_end || left == len || h->p[len] == '\n';
}

/* The last line, where no newline ends it, is the only one that the literal with its newline does not find. */
static const char *last_line_hit(const struct hunt *h)
{
	const struct rehint *hint = &h->re->hint;
	size_t len = hint->literal.len;
	const char *hit = h->end - len;

	if (!hint->at_end || (size_t)(h->end - h->p) < len || memcmp(hit, hint->literal.p, len) != 0)
		return NULL;
	return !hint->at_begin || (hit > h->p && hit[-1] == '\n') ? hit : NULL;
}

/* The expression is a literal, perhaps anchored: PCRE2 is not asked. */
static enum re_result find_whole(struct hunt *h)
{
	const struct rehint *hint = &h->re->hint;
	const char *hit;

	if (hint->at_begin && first_line_matches(h)) {
		take_record(h, h->p + hint->literal.len);
		return RE_MATCH;
	}
	hit = scan_find(&h->re->line_literal, h->p, h->end);
	if (hit)
		hit += hint->at_begin;
	else
		hit = last_line_hit(h);
	if (!hit) {
		h->p = h->end;
		return RE_NOMATCH;
	}
	take_record_around(h, hit);
	return RE_MATCH;
}

/* No record holds the terminator, so an expression that asks for it matches none. */
static bool impossible(const struct re *re, char term)
{
	return re->literal.len && memchr(re->literal.p, term, re->literal.len);
}

static bool worth_lines(const struct hunt *h)
{
	return (size_t)(h->end - h->p) >= LINES_MIN_BYTES ||
	       atomic_load_explicit(&h->re->lines.code, memory_order_relaxed) != NULL;
}

static enum re_result find(struct hunt *h)
{
	const struct re *re = h->re;
	bool can_search_lines = re->lines.pattern.p && h->term == '\n' && worth_lines(h);
	struct re_slot *slot;

	if (impossible(re, h->term)) {
		h->p = h->end;
		return RE_NOMATCH;
	}
	if (re->hint.whole && (h->term == '\n' || (!re->hint.at_begin && !re->hint.at_end)))
		return find_whole(h);
	slot = re_slot_of(h->s, re);
	if (can_search_lines && slot->poor_calls) {
		slot->poor_calls--;
		return find_lines(h, slot);
	}
	/* a single byte is too common to be a guide */
	if (re->literal.len > 1 || (re->literal.len && !can_search_lines))
		return find_by_literal(h, slot, can_search_lines);
	return can_search_lines ? find_lines(h, slot) : find_each(h, slot, h->end);
}

enum re_result re_find_record(const struct re *re, struct re_scratch *s, const char **p, const char *end, char term,
			      struct slice *record)
{
	struct hunt h = {.re = re, .s = s, .p = *p, .end = end, .term = term, .record = record};
	enum re_result r = *p < end ? find(&h) : RE_NOMATCH;

	*p = h.p;
	return r;
}
