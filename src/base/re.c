/* Regular expressions through PCRE2. Searching one subject is PCRE2's work; bounding that work is ours, since its match
 * limit begins anew wherever a match may begin, and counts no byte that a repeat runs over.
 *
 *	      short subject             long subject
 *	           |                         |
 *	  all of it at once,       slices of it, while they
 *	  with a low match limit   go quickly
 *	           \______ too much ________/
 *	                      |
 *	      from the beginning again, counted
 *
 * Counting needs a call at every item of the expression: several times slower, so only the searches that need it pay for
 * it. What a search finds is the same in every way. Finding records that match is in refind.c. */
#include "config.h"
#include "base/re.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/re_code.h"

#define MATCH_LIMIT 10000000u
#define DEPTH_LIMIT 1000000u
#define HEAP_LIMIT_KIB (64u * 1024u)
#define JIT_STACK_MIN (32u * 1024u)
#define JIT_STACK_MAX (8u * 1024u * 1024u)

#define SLOTS_MIN 8u
#define SLOTS_MAX 256u /* expressions a scratch knows at once; more take turns */

/* A search that has to be counted. The work is an item of the expression that is tried, and a few bytes moved over. */
#define COUNTED_WORK 20000000u
#define COUNTED_WORK_PER_BYTE 100u /* of the subject: what is linear in it always has room */
#define COUNTED_BYTES_SHIFT 4      /* 16 bytes moved over are work of 1 */
#define COUNTED_LOOK 100000u       /* work between two looks at whether the run is ending */

/* A search that need not: the limits apply to each place where a match may begin. */
#define TINY_BYTES 512u
#define TINY_LIMIT 10000u
#define SHORT_BYTES 4096u
#define SHORT_LIMIT 1000u
#define SLICE_STARTS 256u           /* of the first slice; each further one has twice as many, */
#define SLICE_STARTS_MAX 65536u     /* up to so many */
#define SLICE_PATIENCE_NS (5 * NS_PER_MS) /* that slices may take together, */
#define SLICE_START_NS 20                 /* and for each place where a match may begin */

struct code {
	pcre2_code *pcre; /* NULL: does not compile */
	bool jit;
	bool plain;       /* without start options such as (*NOTEMPTY), which only pcre2_match() obeys */
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

/* Compiling for JIT succeeds without doing it where the expression begins with (*NO_JIT). */
static bool has_jit(pcre2_code *pcre)
{
	size_t bytes = 0;

	return pcre2_jit_compile(pcre, PCRE2_JIT_COMPLETE) == 0 &&
	       pcre2_pattern_info(pcre, PCRE2_INFO_JITSIZE, &bytes) == 0 && bytes > 0;
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
	code->jit = has_jit(code->pcre);
	code->plain = pattern.len < 2 || memcmp(pattern.p, "(*", 2) != 0;
	return 0;
}

static void read_names(struct re *re)
{
	uint32_t n = 0, entry_bytes = 0;
	PCRE2_SPTR table = NULL;

	re->names = mem_zalloc((re->ngroups + 1) * sizeof(*re->names));
	pcre2_pattern_info(re->code->pcre, PCRE2_INFO_NAMECOUNT, &n);
	pcre2_pattern_info(re->code->pcre, PCRE2_INFO_NAMEENTRYSIZE, &entry_bytes);
	pcre2_pattern_info(re->code->pcre, PCRE2_INFO_NAMETABLE, &table);
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

static void prepare_variant(struct variant *v, struct slice pattern, uint32_t options)
{
	v->pattern = pattern;
	v->options = options;
}

static bool contains(struct slice s, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= s.len; i++)
		if (memcmp(s.p + i, text, len) == 0)
			return true;
	return false;
}

/* A search may go on where a slice of it ended, unless that place, or what was tried before it, means something. */
static bool may_slice(struct slice pattern)
{
	return !contains(pattern, "\\G") && !contains(pattern, "(*");
}

static void prepare_variants(struct re *re, struct slice pattern, unsigned flags)
{
	uint32_t options = 0;

	pcre2_pattern_info(re->code->pcre, PCRE2_INFO_ALLOPTIONS, &options);
	re->one_start = options & PCRE2_ANCHORED;
	re->pattern = mem_strndup(pattern.len ? pattern.p : "", pattern.len);
	pattern.p = re->pattern;
	prepare_variant(&re->counted, pattern, pcre_options(flags) | PCRE2_AUTO_CALLOUT);
	if (may_slice(pattern))
		prepare_variant(&re->sliced, pattern, pcre_options(flags) | PCRE2_USE_OFFSET_LIMIT);
	if (re->hint.has_lines)
		prepare_variant(&re->lines, slice_make(re->hint.lines.p ? re->hint.lines.p : "", re->hint.lines.len),
				pcre_options((flags & ~(unsigned)RE_DOTALL) | RE_MULTILINE));
}

static void explain_error(int error, struct re_error *err)
{
	if (error == PCRE2_ERROR_UTF_IS_DISABLED)
		snprintf(err->message, sizeof(err->message), "(*UTF) is written as the flag u, behind the last slash");
	else
		pcre2_get_error_message(error, (PCRE2_UCHAR *)err->message, sizeof(err->message));
}

static void free_code(struct code *code)
{
	if (code)
		pcre2_code_free(code->pcre);
	free(code);
}

struct re *re_new(struct slice pattern, unsigned flags, struct re_error *err)
{
	static _Atomic uint64_t last_serial; /* not state: names that differ */
	struct code *code = mem_alloc(sizeof(*code));
	struct re *re;
	uint32_t ngroups = 0;
	int error = compile(code, pattern, pcre_options(flags), &err->offset);

	if (error) {
		explain_error(error, err);
		free_code(code);
		return NULL;
	}
	re = mem_zalloc(sizeof(*re));
	re->code = code;
	re->serial = atomic_fetch_add(&last_serial, 1) + 1;
	pcre2_pattern_info(code->pcre, PCRE2_INFO_CAPTURECOUNT, &ngroups);
	re->ngroups = ngroups;
	read_names(re);
	rehint_init(&re->hint, pattern, flags);
	prepare_literal(re);
	prepare_variants(re, pattern, flags);
	return re;
}

void re_free(struct re *re)
{
	if (!re)
		return;
	free_code(atomic_load(&re->lines.code));
	free_code(atomic_load(&re->sliced.code));
	free_code(atomic_load(&re->counted.code));
	free_code(re->code);
	free(re->pattern);
	free(re->anchored);
	free(re->names);
	rehint_release(&re->hint);
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

static const struct code *code_of(const struct variant *shared)
{
	struct variant *v = (struct variant *)shared; /* only its code changes, once */
	struct code *code = atomic_load_explicit(&v->code, memory_order_acquire), *others = NULL;
	size_t offset;

	if (code)
		return code;
	code = mem_alloc(sizeof(*code));
	compile(code, v->pattern, v->options, &offset);
	if (atomic_compare_exchange_strong(&v->code, &others, code))
		return code;
	free_code(code); /* another thread was faster */
	return others;
}

bool re_has_lines(const struct re *re)
{
	return re->lines.pattern.p && code_of(&re->lines)->pcre;
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
		.data = pcre2_match_data_create_from_pattern(re->code->pcre, NULL),
	};
}

struct re_slot *re_slot_of(struct re_scratch *s, const struct re *re)
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

/* Running PCRE2 */

static const char *failure(int rc)
{
	switch (rc) {
	case PCRE2_ERROR_MATCHLIMIT: return "match limit exceeded";
	case PCRE2_ERROR_DEPTHLIMIT: return "matching depth limit exceeded";
	case PCRE2_ERROR_HEAPLIMIT: return "heap limit exceeded";
	case PCRE2_ERROR_JIT_STACKLIMIT: return "JIT stack limit reached";
	case PCRE2_ERROR_CALLOUT: return "a long search was given up, since the run is ending";
	case PCRE2_ERROR_NOMEMORY: return "no more memory";
	default: return "regular expression failed";
	}
}

/* What a search is about. */
struct search {
	const struct re *re;
	struct re_scratch *s;
	struct re_slot *slot;
	const char *text; /* not NULL */
	size_t len, start;
	uint32_t options;
};

static void set_limit(struct re_scratch *s, uint32_t limit)
{
	if (s->match_limit != limit)
		pcre2_set_match_limit(s->match_context, limit);
	s->match_limit = limit;
}

static bool is_ready(const struct search *q)
{
	return q->slot->data && prepare_scratch(q->s);
}

/* Returns PCRE2's number: more than 0 for a match. */
static int run(const struct search *q, const struct code *code, size_t start, uint32_t limit)
{
	uint32_t options = start == q->start ? q->options : 0;
	PCRE2_SPTR text = (PCRE2_SPTR)q->text;

	set_limit(q->s, limit);
	if (code->jit && code->plain)
		return pcre2_jit_match(code->pcre, text, q->len, start, options, q->slot->data, q->s->match_context);
	return pcre2_match(code->pcre, text, q->len, start, options, q->slot->data, q->s->match_context);
}

static enum re_result result_of(struct re_scratch *s, int rc)
{
	if (rc > 0)
		return RE_MATCH;
	if (rc == PCRE2_ERROR_NOMATCH)
		return RE_NOMATCH;
	s->error = failure(rc);
	return RE_FAILED;
}

/* Searching one subject */

bool re_given_up(const struct re_scratch *s)
{
	return s->given_up && s->given_up(s->given_up_arg);
}

/* Before each item of a counted expression that is tried. */
static int count_item(pcre2_callout_block *item, void *arg)
{
	struct re_scratch *s = arg;
	size_t at = item->current_position, before = s->counted_at;
	uint64_t work = 1 + ((at > before ? at - before : before - at) >> COUNTED_BYTES_SHIFT);

	s->counted_at = at;
	if (work > s->work_left)
		return PCRE2_ERROR_MATCHLIMIT;
	s->work_left -= work;
	if (s->work_left > s->look_at)
		return 0;
	s->look_at = s->work_left > COUNTED_LOOK ? s->work_left - COUNTED_LOOK : 0;
	return re_given_up(s) ? PCRE2_ERROR_CALLOUT : 0;
}

static int search_counted(const struct search *q)
{
	struct re_scratch *s = q->s;
	const struct code *code = code_of(&q->re->counted);
	int rc;

	if (!code->pcre) /* too large with all those calls */
		return PCRE2_ERROR_MATCHLIMIT;
	s->counted_at = q->start;
	s->look_at = s->work_left = COUNTED_WORK + (uint64_t)(q->len - q->start) * COUNTED_WORK_PER_BYTE;
	pcre2_set_callout(s->match_context, count_item, s);
	rc = run(q, code, q->start, MATCH_LIMIT);
	pcre2_set_callout(s->match_context, NULL, NULL);
	return rc;
}

/* Where a slice from `from` on ends, at the beginning of a character: the slice has every start before it. */
static size_t slice_end(const struct search *q, size_t from, size_t starts)
{
	size_t to = q->len - from > starts ? from + starts : q->len;

	for (int i = 0; i < 3 && to < q->len && ((unsigned char)q->text[to] & 0xc0) == 0x80; i++)
		to++;
	return to;
}

/* PCRE2_ERROR_MATCHLIMIT: it took long, or cannot be done. */
static int search_slices(const struct search *q)
{
	const struct code *code = q->re->sliced.pattern.p ? code_of(&q->re->sliced) : NULL;
	size_t starts = SLICE_STARTS, from = q->start, to;
	int64_t begun;
	int rc;

	if (!code || !code->jit) /* only JIT's code looks no further than the slice */
		return PCRE2_ERROR_MATCHLIMIT;
	begun = clock_now();
	for (;; from = to) {
		to = slice_end(q, from, starts);
		pcre2_set_offset_limit(q->s->match_context, to < q->len ? to - 1 : q->len);
		rc = run(q, code, from, SHORT_LIMIT);
		if (rc != PCRE2_ERROR_NOMATCH || to == q->len)
			break;
		if (clock_now() - begun > SLICE_PATIENCE_NS + (int64_t)(to - q->start) * SLICE_START_NS) {
			rc = PCRE2_ERROR_MATCHLIMIT;
			break;
		}
		starts = starts < SLICE_STARTS_MAX ? starts * 2 : starts;
	}
	pcre2_set_offset_limit(q->s->match_context, PCRE2_UNSET);
	return rc;
}

static enum re_result search(const struct search *q)
{
	size_t len = q->len - q->start;
	int rc;

	if (!is_ready(q))
		return result_of(q->s, PCRE2_ERROR_NOMEMORY);
	if (len <= SHORT_BYTES || q->re->one_start)
		rc = run(q, q->re->code, q->start, len <= TINY_BYTES ? TINY_LIMIT : SHORT_LIMIT);
	else
		rc = search_slices(q);
	if (rc == PCRE2_ERROR_MATCHLIMIT)
		rc = search_counted(q);
	return result_of(q->s, rc);
}

static struct search search_of(const struct re *re, struct re_scratch *s, struct re_slot *slot, struct slice subject)
{
	return (struct search){
		.re = re, .s = s, .slot = slot, .text = subject.len ? subject.p : "", .len = subject.len,
	};
}

enum re_result re_search(const struct re *re, struct re_scratch *s, struct re_slot *slot, struct slice subject)
{
	struct search q = search_of(re, s, slot, subject);

	return search(&q);
}

enum re_result re_search_lines(const struct re *re, struct re_scratch *s, struct re_slot *slot, const char *p,
			       const char *end, const char **hit)
{
	struct search q = search_of(re, s, slot, slice_make(p, (size_t)(end - p)));
	int rc = is_ready(&q) ? run(&q, code_of(&re->lines), 0, SHORT_LIMIT) : PCRE2_ERROR_NOMEMORY;

	if (rc > 0)
		*hit = p + pcre2_get_ovector_pointer(slot->data)[0];
	return result_of(s, rc);
}

enum re_result re_test(const struct re *re, struct re_scratch *s, struct slice subject)
{
	return re_search(re, s, re_slot_of(s, re), subject);
}

enum re_result re_exec(const struct re *re, struct re_scratch *s, struct slice subject, size_t start, bool not_empty)
{
	struct search q = search_of(re, s, re_slot_of(s, re), subject);
	enum re_result r;

	q.start = start;
	q.options = not_empty ? PCRE2_NOTEMPTY_ATSTART : 0;
	r = search(&q);
	if (r != RE_MATCH)
		return r;
	s->ov = pcre2_get_ovector_pointer(q.slot->data);
	s->ngroups = re->ngroups + 1;
	if (s->ov[0] >= start && s->ov[1] >= s->ov[0])
		return RE_MATCH;
	s->error = "\\K in an assertion put the match's beginning before its search or behind its end";
	return RE_FAILED;
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
