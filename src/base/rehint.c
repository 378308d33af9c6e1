/* Reads a regular expression's text for what helps searching. A walk from atom to atom: each is copied, or rewritten,
 * to the expression for lines, and adds its byte to the current run of literals or ends it. Whatever is not plainly
 * understood ends the walk with no hint at all: a missing hint costs speed, a wrong one the result. */
#include "config.h"
#include "base/rehint.h"

#include "base/re.h"

struct walk {
	struct rehint *h;
	const char *p, *end;
	unsigned flags;
	unsigned depth;     /* of open groups */
	struct str run;     /* literal bytes in a row at depth 0, up to p */
	size_t atom;        /* where the last literal character begins in run */
	bool choice;        /* | at depth 0: no byte is in every match */
	bool multi;         /* lines is being made */
	bool give_up;
};

static int at(const struct walk *w, size_t i)
{
	return i < (size_t)(w->end - w->p) ? (unsigned char)w->p[i] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of \xHH, or -1 where it is not of that form. i is behind the x. */
static int hex_byte(const struct walk *w, size_t i)
{
	int high = hex_digit(at(w, i)), low = high < 0 ? -1 : hex_digit(at(w, i + 1));

	return low < 0 ? -1 : high * 16 + low;
}

/* Takes n bytes of the pattern as they are. */
static void copy(struct walk *w, size_t n)
{
	str_add(&w->h->lines, w->p, n);
	w->p += n;
}

/* Takes n bytes of the pattern and puts text in their place. */
static void replace(struct walk *w, size_t n, const char *text)
{
	str_adds(&w->h->lines, text);
	w->p += n;
}

static void end_run(struct walk *w)
{
	if (w->run.len > w->h->literal.len) {
		str_clear(&w->h->literal);
		str_add(&w->h->literal, w->run.p, w->run.len);
	}
	str_clear(&w->run);
}

/* With the x flag: white space and comments between atoms. */
static void skip_ignored(struct walk *w)
{
	while (w->flags & RE_EXTENDED && w->p < w->end) {
		if (*w->p == '#') {
			const char *nl = memchr(w->p, '\n', (size_t)(w->end - w->p));

			copy(w, (size_t)((nl ? nl : w->end) - w->p));
		} else if (*w->p == ' ' || (*w->p >= '\t' && *w->p <= '\r')) {
			copy(w, 1);
		} else {
			return;
		}
	}
}

/* The length of {n}, {n,} or {n,m} at p, and whether n is 0; 0 where it is none of them. */
static size_t braces(const struct walk *w, bool *optional)
{
	size_t i = 1;

	*optional = true;
	for (; is_digit(at(w, i)); i++)
		if (at(w, i) != '0')
			*optional = false;
	if (i == 1)
		return 0;
	if (at(w, i) == ',')
		for (i++; is_digit(at(w, i)); i++)
			;
	return at(w, i) == '}' ? i + 1 : 0;
}

enum times { TIMES_ONCE, TIMES_SOME, TIMES_ANY }; /* SOME: at least once */

/* The quantifier at p, if there is one. A brace that is none is an ordinary character, but which ones are depends
 * on PCRE2's version: doubtful ones end the walk. */
static enum times quantifier1(struct walk *w)
{
	bool optional = true;
	size_t n = 1;
	int c, next;

	skip_ignored(w);
	c = at(w, 0);
	if (c == '{') {
		n = braces(w, &optional);
		next = at(w, 1);
		if (!n && (is_digit(next) || next == ',' || next == ' ' || next == '\t'))
			w->give_up = true;
		if (!n)
			return TIMES_ONCE;
	} else if (c == '+') {
		optional = false;
	} else if (c != '?' && c != '*') {
		return TIMES_ONCE;
	}
	copy(w, n);
	return optional ? TIMES_ANY : TIMES_SOME;
}

/* One quantifier, and behind it ? or + for lazy or possessive, or more quantifiers where PCRE2 takes them. */
static enum times quantifier(struct walk *w)
{
	enum times times = quantifier1(w), more = times;

	while (more != TIMES_ONCE) {
		skip_ignored(w);
		if (at(w, 0) == '?' || at(w, 0) == '+')
			copy(w, 1);
		more = quantifier1(w);
		if (more == TIMES_ANY)
			times = TIMES_ANY;
	}
	return times;
}

/* What stands for itself ends here: its quantifier, if any, ends the run too. */
static void end_atom(struct walk *w)
{
	end_run(w);
	w->h->whole = false;
	quantifier(w);
}

/* A byte c of a literal, n bytes of the pattern. */
static void literal(struct walk *w, size_t n, int c)
{
	bool continues = w->flags & RE_UTF && (c & 0xc0) == 0x80;

	if (c == '\n')
		w->multi = false;
	if (!continues)
		w->atom = w->run.len; /* a quantifier is about a whole character */
	copy(w, n);
	if (w->h->at_end)
		w->h->whole = false;
	if (w->depth == 0)
		str_addc(&w->run, (char)c);
	switch (quantifier(w)) {
	case TIMES_ONCE:
		return;
	case TIMES_ANY:
		if (w->depth == 0)
			w->run.len = w->atom;
		break;
	case TIMES_SOME:
		break;
	}
	end_run(w);
	w->h->whole = false;
}

/* An escape that is a class or an assertion: as it is, or for lines as in_lines. */
static void special(struct walk *w, const char *in_lines)
{
	if (in_lines)
		replace(w, 2, in_lines);
	else
		copy(w, 2);
	end_atom(w);
}

static void escape(struct walk *w)
{
	int c = at(w, 1), byte;

	switch (c) {
	case 't': literal(w, 2, '\t'); return;
	case 'n': literal(w, 2, '\n'); return;
	case 'r': literal(w, 2, '\r'); return;
	case 'f': literal(w, 2, '\f'); return;
	case 'a': literal(w, 2, '\a'); return;
	case 'e': literal(w, 2, 27); return;
	case 'd': case 'w': case 'S': case 'h': case 'N': case 'V': case 'b': case 'B':
		if (c != 'N' || at(w, 2) != '{') {
			special(w, NULL);
			return;
		}
		break;
	case 's': special(w, "[^\\S\\n]"); return;
	case 'D': special(w, "[^\\d\\n]"); return;
	case 'W': special(w, "[^\\w\\n]"); return;
	case 'H': special(w, "[^\\h\\n]"); return;
	case 'v': special(w, "[^\\V\\n]"); return;
	case 'A': special(w, "^"); return;
	case 'z': case 'Z': special(w, "$"); return;
	case 'x':
		byte = hex_byte(w, 2);
		if (byte < 0 || (w->flags & RE_UTF && byte >= 0x80))
			break;
		literal(w, 4, byte);
		return;
	default:
		if (c >= '1' && c <= '9' && !is_digit(at(w, 2))) { /* longer ones may be octal */
			special(w, NULL);
			return;
		}
		if (c >= 0 && c < 0x80 && !is_alpha(c) && !is_digit(c)) {
			literal(w, 2, c);
			return;
		}
	}
	w->give_up = true;
}

/* [:name:] in a class, p at its beginning: its length, or 0 where it is not understood. */
static size_t posix_class(const struct walk *w, size_t i, bool *newline)
{
	static const char *const names[] = {"space", "cntrl", "ascii", "alpha", "digit", "alnum", "upper", "lower",
					    "punct", "graph", "print", "blank", "xdigit", "word"};
	size_t n = 0;

	while (is_alpha(at(w, i + 2 + n)))
		n++;
	if (at(w, i + 2 + n) != ':' || at(w, i + 3 + n) != ']')
		return 0;
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if (strlen(names[k]) != n || memcmp(names[k], w->p + i + 2, n) != 0)
			continue;
		if (k < 3) /* those that hold the newline */
			*newline = true;
		return n + 4;
	}
	return 0;
}

/* An escape in a class, at p + i: its length, or 0 where it is not understood. */
static size_t class_escape(const struct walk *w, size_t i, bool *newline)
{
	int c = at(w, i + 1), byte;

	switch (c) {
	case 'd': case 'w': case 'h': case 'S': case 'V': case 'r': case 'f': case 'e':
		return 2;
	case 't': case 'b': /* tab and backspace */
		if (at(w, i + 2) == '-') /* a range from below the newline */
			*newline = true;
		return 2;
	case 's': case 'W': case 'D': case 'H': case 'v': case 'n': case 'a':
		*newline = true;
		return 2;
	case 'x':
		byte = hex_byte(w, i + 2);
		if (byte <= '\n')
			*newline = true;
		return byte < 0 ? 0 : 4;
	default:
		return c >= 0 && c < 0x80 && c >= ' ' && !is_alpha(c) && !is_digit(c) ? 2 : 0;
	}
}

/* The length of the class at p, or 0 where it is not understood. Sets *newline if it may hold the newline, its ^ not
 * considered: a range can only do so if it begins with a byte up to it. */
static size_t class_length(const struct walk *w, bool *newline)
{
	size_t i = at(w, 1) == '^' ? 2 : 1, n;

	for (bool first = true; at(w, i) != ']' || first; first = false, i += n) {
		int c = at(w, i), next = at(w, i + 1);

		n = 1;
		if (c < 0)
			return 0;
		if (c == '\\')
			n = class_escape(w, i, newline);
		else if (c == '[' && next == ':')
			n = posix_class(w, i, newline);
		else if (c == '[' && (next == '.' || next == '='))
			return 0;
		else if (c <= '\n' && (c != '\t' || next == '-'))
			*newline = true;
		if (n == 0)
			return 0;
	}
	return i + 1;
}

static void class(struct walk *w)
{
	bool newline = false;
	size_t n = class_length(w, &newline);

	if (n == 0) {
		w->give_up = true;
		return;
	}
	if (at(w, 1) == '^') { /* the newline joins what is excluded; a ] or - there must stay what it was */
		replace(w, 2, at(w, 2) == ']' || at(w, 2) == '-' ? "[^\\n\\" : "[^\\n");
		n -= 2;
	} else if (newline) {
		w->multi = false;
	}
	copy(w, n);
	end_atom(w);
}

/* The length of what opens a group at p: "(", "(?:", "(?<name>" …; 0 for what is not understood. */
static size_t group_opening(const struct walk *w)
{
	size_t i = 2;
	int c, close;

	if (at(w, 1) == '*')
		return 0;
	if (at(w, 1) != '?')
		return 1;
	c = at(w, 2);
	if (c == ':' || c == '>' || c == '=' || c == '!')
		return 3;
	if (c == '<' && (at(w, 3) == '=' || at(w, 3) == '!'))
		return 4;
	if (c == 'P')
		c = at(w, ++i) == '<' ? '<' : -1;
	if (c != '<' && c != '\'')
		return 0;
	close = c == '<' ? '>' : '\'';
	for (i++; is_alpha(at(w, i)) || is_digit(at(w, i)) || at(w, i) == '_'; i++)
		;
	return at(w, i) == close ? i + 1 : 0;
}

static void open_group(struct walk *w)
{
	size_t n = group_opening(w);

	if (n == 0) {
		w->give_up = true;
		return;
	}
	copy(w, n);
	end_run(w);
	w->h->whole = false;
	w->depth++;
}

/* ^ may only stand first and $ last in what is whole. */
static void anchor(struct walk *w, bool begin)
{
	bool first = w->h->whole && w->run.len == 0 && !w->h->at_begin;

	copy(w, 1);
	end_run(w);
	if (quantifier(w) != TIMES_ONCE || w->depth || w->h->at_end || (begin && !first))
		w->h->whole = false;
	*(begin ? &w->h->at_begin : &w->h->at_end) = true;
}

static void step(struct walk *w)
{
	switch (*w->p) {
	case '\\':
		escape(w);
		return;
	case '[':
		class(w);
		return;
	case '(':
		open_group(w);
		return;
	case ')':
		copy(w, 1);
		w->depth -= w->depth > 0;
		end_atom(w);
		return;
	case '|':
		copy(w, 1);
		end_run(w);
		w->h->whole = false;
		w->choice |= w->depth == 0;
		return;
	case '.':
		copy(w, 1);
		end_atom(w);
		return;
	case '^':
	case '$':
		anchor(w, *w->p == '^');
		return;
	default:
		literal(w, 1, (unsigned char)*w->p);
	}
}

static bool ascii(struct slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

void rehint_init(struct rehint *h, struct slice pattern, unsigned flags)
{
	struct walk w = {.h = h, .flags = flags};

	*h = (struct rehint){.whole = !(flags & (RE_ICASE | RE_UTF))};
	w.p = pattern.len ? pattern.p : "";
	w.end = w.p + pattern.len;
	w.multi = !(flags & RE_UTF);
	/* what the x flag ignores beyond ASCII depends on tables and on UTF-8 */
	w.give_up = flags & RE_EXTENDED && !ascii(pattern);
	for (skip_ignored(&w); w.p < w.end && !w.give_up; skip_ignored(&w))
		step(&w);
	end_run(&w);
	if (w.give_up || w.choice || flags & RE_ICASE)
		str_clear(&h->literal);
	h->whole = h->whole && h->literal.len && !w.give_up;
	h->has_lines = w.multi && !w.give_up;
	str_release(&w.run);
}

void rehint_release(struct rehint *h)
{
	str_release(&h->literal);
	str_release(&h->lines);
}
