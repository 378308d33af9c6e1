/* Regular expressions through PCRE2. Matching one subject is PCRE2's work; finding the records of a long run that match
 * is ours: most records are never given to PCRE2 at all. What the expression's text tells is in rehint. */
#include "config.h"
#include "base/re.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rehint.h"
#include "base/scan.h"

#define MATCH_LIMIT 10000000u
#define DEPTH_LIMIT 1000000u
#define HEAP_LIMIT_KIB (64u * 1024u)
#define JIT_STACK_MIN (32u * 1024u)
#define JIT_STACK_MAX (8u * 1024u * 1024u)

#define SLOTS_MIN 8u
#define SLOTS_MAX 256u /* expressions a scratch knows at once; more take turns */

#define LINES_MIN_BYTES (16u * 1024u)   /* a shorter run is not worth compiling for */
#define LINES_MAX_BYTES (1024u * 1024u) /* one search's share of a run: the match limit is meant for one record */
#define POOR_HITS 8u          /* so many literals that led to no match, */
#define POOR_HIT_BYTES 512u   /* and no further apart on average, make the literal a poor guide, */
#define POOR_CALLS 64u        /* for so many calls */

struct code {
	pcre2_code *pcre; /* NULL: does not compile */
	bool jit;
};

/* The expression for many lines at once (rehint.h), compiled when first wanted, by whichever thread comes first. */
struct lines {
	struct slice pattern;
	uint32_t options;
	_Atomic(struct code *) code;
};

struct re {
	uint64_t serial; /* never used again: the key of its slot in a scratch */
	struct code code;
	unsigned ngroups;
	const char **names; /* [ngroups + 1], NULL where a group has none */

	struct rehint hint;
	struct lines *lines; /* NULL: none */
	char *anchored;      /* newline, literal, newline: what the needle for a whole line points into */
	struct scan_needle literal;     /* len 0: none */
	struct scan_needle line_literal; /* hint.whole: the literal with the newlines that its anchors ask for */
};

struct re_slot {
	uint64_t serial; /* 0: free */
	pcre2_match_data *data;
	unsigned poor_calls; /* for how many calls yet the literal is not looked for */
};

/* Compiling */

static uint32_t pcre_options(unsigned flags)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;

	options |= flags & RE_ICASE ? PCRE2_CASELESS : 0;
	options |= flags & RE_EXTENDED ? PCRE2_EXTENDED : 0;
	options |= flags & RE_DOTALL ? PCRE2_DOTALL : 0;
	/* a record has no newline of its own at its end, so $ is the very end */
	options |= flags & RE_MULTILINE ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY;
	/* without u, no (*UTF) in the pattern either: subjects are not checked */
	options |= flags & RE_UTF ? PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF : PCRE2_NEVER_UTF;
	return options;
}

/* Zeroes *code and returns PCRE2's error number where the pattern is wrong. */
static int compile(struct code *code, struct slice pattern, uint32_t options, size_t *offset)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	int error = PCRE2_ERROR_NOMEMORY;

	*code = (struct code){0};
	*offset = 0;
	if (context) {
		pcre2_set_newline(context, PCRE2_NEWLINE_LF);
		code->pcre = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.p : ""), pattern.len, options, &error,
					   offset, context);
		pcre2_compile_context_free(context);
	}
	if (!code->pcre)
		return error;
	code->jit = pcre2_jit_compile(code->pcre, PCRE2_JIT_COMPLETE) == 0;
	return 0;
}

static void read_names(struct re *re)
{
	uint32_t n = 0, entry_bytes = 0;
	PCRE2_SPTR table = NULL;

	re->names = mem_zalloc((re->ngroups + 1) * sizeof(*re->names));
	pcre2_pattern_info(re->code.pcre, PCRE2_INFO_NAMECOUNT, &n);
	pcre2_pattern_info(re->code.pcre, PCRE2_INFO_NAMEENTRYSIZE, &entry_bytes);
	pcre2_pattern_info(re->code.pcre, PCRE2_INFO_NAMETABLE, &table);
	for (; n; n--, table += entry_bytes) /* two bytes of group number, the name, NUL */
		re->names[table[0] << 8 | table[1]] = (const char *)table + 2;
}

static void prepare_literal(struct re *re)
{
	const struct rehint *h = &re->hint;
	size_t len = h->literal.len;

	if (!len)
		return;
	re->anchored = mem_alloc(len + 2);
	re->anchored[0] = re->anchored[len + 1] = '\n';
	memcpy(re->anchored + 1, h->literal.p, len);
	scan_needle_init(&re->literal, re->anchored + 1, len);
	scan_needle_init(&re->line_literal, re->anchored + !h->at_begin, len + h->at_begin + h->at_end);
}

static void prepare_lines(struct re *re, unsigned flags)
{
	if (!re->hint.has_lines)
		return;
	re->lines = mem_alloc(sizeof(*re->lines));
	re->lines->pattern = slice_make(re->hint.lines.p, re->hint.lines.len);
	re->lines->options = pcre_options((flags & ~(unsigned)RE_DOTALL) | RE_MULTILINE);
	atomic_init(&re->lines->code, NULL);
}

struct re *re_new(struct slice pattern, unsigned flags, struct re_error *err)
{
	static _Atomic uint64_t last_serial; /* not state: names that differ */
	struct re *re = mem_zalloc(sizeof(*re));
	uint32_t ngroups = 0;
	int error = compile(&re->code, pattern, pcre_options(flags), &err->offset);

	if (error) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)err->message, sizeof(err->message));
		free(re);
		return NULL;
	}
	re->serial = atomic_fetch_add(&last_serial, 1) + 1;
	pcre2_pattern_info(re->code.pcre, PCRE2_INFO_CAPTURECOUNT, &ngroups);
	re->ngroups = ngroups;
	read_names(re);
	rehint_init(&re->hint, pattern, flags);
	prepare_literal(re);
	prepare_lines(re, flags);
	return re;
}

static void free_code(struct code *code)
{
	pcre2_code_free(code->pcre);
	free(code);
}

void re_free(struct re *re)
{
	struct code *lines;

	if (!re)
		return;
	lines = re->lines ? atomic_load(&re->lines->code) : NULL;
	if (lines)
		free_code(lines);
	free(re->lines);
	free(re->anchored);
	free(re->names);
	rehint_release(&re->hint);
	pcre2_code_free(re->code.pcre);
	free(re);
}

unsigned re_groups(const struct re *re)
{
	return re->ngroups;
}

const char *re_group_name(const struct re *re, unsigned group)
{
	return group <= re->ngroups ? re->names[group] : NULL;
}

/* Scratch */

static bool prepare_scratch(struct re_scratch *s)
{
	pcre2_match_context *context;

	if (s->match_context)
		return true;
	context = pcre2_match_context_create(NULL);
	if (!context)
		return false;
	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_set_depth_limit(context, DEPTH_LIMIT);
	pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
	s->jit_stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	pcre2_jit_stack_assign(context, NULL, s->jit_stack);
	s->match_context = context;
	return true;
}

/* Serials follow one another, so that the low bits make a good place; the table doubles until no two meet. */
static void grow_slots(struct re_scratch *s)
{
	size_t n = s->nslots ? s->nslots * 2 : SLOTS_MIN;
	struct re_slot *slots = mem_zalloc(n * sizeof(*slots));

	for (size_t i = 0; i < s->nslots; i++)
		if (s->slots[i].serial)
			slots[s->slots[i].serial & (n - 1)] = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->nslots = n;
}

static void claim_slot(struct re_slot *slot, const struct re *re)
{
	pcre2_match_data_free(slot->data);
	*slot = (struct re_slot){
		.serial = re->serial,
		.data = pcre2_match_data_create_from_pattern(re->code.pcre, NULL),
	};
}

static struct re_slot *slot_of(struct re_scratch *s, const struct re *re)
{
	struct re_slot *slot;

	for (;;) {
		slot = s->nslots ? &s->slots[re->serial & (s->nslots - 1)] : NULL;
		if (slot && slot->serial == re->serial)
			return slot;
		if (slot && (slot->serial == 0 || s->nslots >= SLOTS_MAX)) {
			claim_slot(slot, re);
			return slot;
		}
		grow_slots(s);
	}
}

void re_scratch_release(struct re_scratch *s)
{
	for (size_t i = 0; i < s->nslots; i++)
		pcre2_match_data_free(s->slots[i].data);
	free(s->slots);
	pcre2_match_context_free(s->match_context);
	pcre2_jit_stack_free(s->jit_stack);
	*s = (struct re_scratch){0};
}

/* Matching one subject */

static const char *failure(int rc)
{
	switch (rc) {
	case PCRE2_ERROR_MATCHLIMIT: return "match limit exceeded";
	case PCRE2_ERROR_DEPTHLIMIT: return "matching depth limit exceeded";
	case PCRE2_ERROR_HEAPLIMIT: return "heap limit exceeded";
	case PCRE2_ERROR_JIT_STACKLIMIT: return "JIT stack limit reached";
	case PCRE2_ERROR_NOMEMORY: return "no more memory";
	default: return "regular expression failed";
	}
}

/* code is re's own or that for lines: both have the same groups. */
static enum re_result search(const struct code *code, struct re_scratch *s, struct re_slot *slot, const char *subject,
			     size_t len, size_t start, uint32_t options)
{
	PCRE2_SPTR text = (PCRE2_SPTR)(len ? subject : "");
	int rc = PCRE2_ERROR_NOMEMORY;

	if (!slot->data || !prepare_scratch(s))
		;
	else if (code->jit)
		rc = pcre2_jit_match(code->pcre, text, len, start, options, slot->data, s->match_context);
	else
		rc = pcre2_match(code->pcre, text, len, start, options, slot->data, s->match_context);
	if (rc > 0)
		return RE_MATCH;
	if (rc == PCRE2_ERROR_NOMATCH)
		return RE_NOMATCH;
	s->error = failure(rc);
	return RE_FAILED;
}

enum re_result re_exec(const struct re *re, struct re_scratch *s, struct slice subject, size_t start, bool not_empty)
{
	struct re_slot *slot = slot_of(s, re);
	enum re_result r = search(&re->code, s, slot, subject.p, subject.len, start,
				  not_empty ? PCRE2_NOTEMPTY_ATSTART : 0);

	if (r == RE_MATCH) {
		s->ov = pcre2_get_ovector_pointer(slot->data);
		s->ngroups = re->ngroups + 1;
	}
	return r;
}

/* Where the last match ended an empty one does not count, which also makes the next search move on. */
enum re_result re_next(const struct re *re, struct re_scratch *s, struct slice subject, struct re_walk *w)
{
	enum re_result r;

	if (w->done)
		return RE_NOMATCH;
	r = re_exec(re, s, subject, w->start, w->not_empty);
	if (r != RE_MATCH) {
		w->done = true;
		return r;
	}
	w->start = s->ov[1];
	w->not_empty = true;
	w->done = w->start >= subject.len; /* only an empty match could follow */
	return RE_MATCH;
}

/* Finding records */

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
		r = search(&h->re->code, h->s, slot, h->record->p, h->record->len, 0, 0);
		if (r != RE_NOMATCH)
			return r;
	}
	return RE_NOMATCH;
}

static const struct code *lines_code(struct lines *lines)
{
	struct code *code = atomic_load_explicit(&lines->code, memory_order_acquire), *others = NULL;
	size_t offset;

	if (code)
		return code;
	code = mem_alloc(sizeof(*code));
	compile(code, lines->pattern, lines->options, &offset);
	if (atomic_compare_exchange_strong(&lines->code, &others, code))
		return code;
	free_code(code); /* another thread was faster */
	return others;
}

/* One search over the lines of [h->p, end), which ends behind a newline or at the end of all. */
static enum re_result find_in_lines(struct hunt *h, struct re_slot *slot, const struct code *code, const char *end)
{
	enum re_result r = search(code, h->s, slot, h->p, (size_t)(end - h->p), 0, 0);
	const char *hit;

	if (r == RE_FAILED) /* perhaps only because there are so many */
		return find_each(h, slot, end);
	hit = r == RE_MATCH ? h->p + pcre2_get_ovector_pointer(slot->data)[0] : end;
	if (hit == end && (r == RE_NOMATCH || end[-1] == '\n')) { /* behind the last newline there is no line */
		h->p = end;
		return RE_NOMATCH;
	}
	take_record_around(h, hit);
	return RE_MATCH;
}

static enum re_result find_lines(struct hunt *h, struct re_slot *slot)
{
	const struct code *code = lines_code(h->re->lines);

	if (!code->pcre)
		return find_each(h, slot, h->end);
	while (h->p < h->end) {
		const char *end = h->end;
		enum re_result r;

		if ((size_t)(end - h->p) > LINES_MAX_BYTES) {
			end = memchr(h->p + LINES_MAX_BYTES, '\n', (size_t)(end - h->p) - LINES_MAX_BYTES);
			end = end ? end + 1 : h->end;
		}
		r = find_in_lines(h, slot, code, end);
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
		r = search(&h->re->code, h->s, slot, h->record->p, h->record->len, 0, 0);
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
	       atomic_load_explicit(&h->re->lines->code, memory_order_relaxed) != NULL;
}

static enum re_result find(struct hunt *h)
{
	const struct re *re = h->re;
	bool can_search_lines = re->lines && h->term == '\n' && worth_lines(h);
	struct re_slot *slot;

	if (impossible(re, h->term)) {
		h->p = h->end;
		return RE_NOMATCH;
	}
	if (re->hint.whole && (h->term == '\n' || (!re->hint.at_begin && !re->hint.at_end)))
		return find_whole(h);
	slot = slot_of(h->s, re);
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
