/* Regular expressions: the only file that knows PCRE2. Bytes, not characters, unless RE_UTF. JIT where there is one.
 * A compiled expression is immutable and shared between threads; matching needs a thread's own struct re_scratch. */
#ifndef BASE_RE_H
#define BASE_RE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct re;

enum re_flags {
	RE_ICASE = 1,    /* i */
	RE_EXTENDED = 2, /* x */
	RE_DOTALL = 4,   /* s */
	RE_MULTILINE = 8,/* m */
	RE_UTF = 16,     /* u: UTF-8 with Unicode classes; invalid UTF-8 in the subject never matches but does no harm */
};

struct re_error {
	char message[160]; /* PCRE2's own words */
	size_t offset;     /* byte offset in the pattern */
};

/* Compiles pattern (copied). NULL on error with *err filled in. Free with re_free. */
struct re *re_new(struct slice pattern, unsigned flags, struct re_error *err);
void re_free(struct re *re);

unsigned re_groups(const struct re *re); /* capture groups, the whole match not counted */
/* The name of group 1..re_groups (NUL-terminated, the regex's own) or NULL where it has none. */
const char *re_group_name(const struct re *re, unsigned group);

/* A thread's scratch for any number of expressions: match data, JIT stack, match context with limits. Zeroed = ready. */
struct re_scratch {
	struct re_slot *slots; /* match data by an expression's serial number */
	size_t nslots;
	void *jit_stack, *match_context;
	uint32_t match_limit;  /* that match_context has */
	size_t counted_at;     /* while a search is counted: where it is in its subject, */
	uint64_t work_left;    /* how much more work it may take, */
	uint64_t look_at;      /* and how much will be left when it asks given_up again */
	bool (*given_up)(const void *arg); /* the user's: whether long searches are to be given up; NULL: they are not */
	const void *given_up_arg;
	const size_t *ov;      /* after RE_MATCH of re_exec and re_next, until the scratch is used again: pairs of offsets, the
	                        * whole match first; RE_UNSET where a group took no part */
	unsigned ngroups;      /* pairs in ov: re_groups + 1 */
	const char *error;     /* after RE_FAILED: why, static text */
};

#define RE_UNSET ((size_t)-1)

void re_scratch_release(struct re_scratch *s);

enum re_result { RE_NOMATCH, RE_MATCH, RE_FAILED }; /* RE_FAILED: past a limit, see s->error */

/* The work of one search is bounded: it fails beyond a number of steps, which is counted over all places where a match
 * may begin and grows with the subject, so that a subject cannot take a thread for more than seconds. Whether a subject
 * matches, and where, does not depend on the way that a search takes. */

/* Whether the subject matches, and nothing more: RE_MATCH leaves nothing in s->ov. */
enum re_result re_test(const struct re *re, struct re_scratch *s, struct slice subject);

/* Looks for the first match in subject at or after byte offset start (<= subject.len); lookbehind sees what is
 * before start. not_empty: an empty match exactly at start does not count. A match that begins before start, or behind
 * its own end, which \K in an assertion can bring about, is refused: RE_FAILED. So start <= ov[0] <= ov[1]. */
enum re_result re_exec(const struct re *re, struct re_scratch *s, struct slice subject, size_t start, bool not_empty);

/* Group g of the match in s->ov as a part of subject; false where it took no part. */
static inline bool re_group(const struct re_scratch *s, unsigned g, struct slice subject, struct slice *out)
{
	if (g >= s->ngroups || s->ov[2 * g] == RE_UNSET)
		return false;
	*out = slice_make(subject.p + s->ov[2 * g], 0);
	if (s->ov[2 * g + 1] > s->ov[2 * g])
		out->len = (uint32_t)(s->ov[2 * g + 1] - s->ov[2 * g]);
	return true;
}

/* Goes from one match of a subject to the next, as s///g and match do: empty matches advance by one byte (with RE_UTF
 * by one character) and an empty match at the end of the last match does not count. Start with {0}. */
struct re_walk {
	size_t start;     /* where the next search begins */
	bool not_empty, done;
};
enum re_result re_next(const struct re *re, struct re_scratch *s, struct slice subject, struct re_walk *w);

/* Finds the first record in [*p, end) that matches; *p is at the beginning of a record, records end with term (the
 * last one perhaps without). Where it can it searches the whole run for a literal that every match must contain, or
 * runs PCRE2 over the run, and looks for a record's ends only around a hit; the answer is the same as record by record.
 * It leaves nothing to read in s->ov: who wants the groups asks re_exec for this record.
 * RE_MATCH: *record is the record without its terminator (flags as scan_records), *p is behind it.
 * RE_NOMATCH: *p is end. RE_FAILED: *record is the record that failed, *p is behind it. */
enum re_result re_find_record(const struct re *re, struct re_scratch *s, const char **p, const char *end, char term,
			      struct slice *record);

#endif
