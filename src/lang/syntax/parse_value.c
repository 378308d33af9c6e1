/* Values of arguments and options: one reader for each type of lang/syntax/spec.h. Numbers come out as they will be stored,
 * everything else as trees. What a value may be in its stage beyond its type is the binder's. */
#include "config.h"

#include "lang/syntax/parse_impl.h"

#include <limits.h>
#include <math.h>

#include "base/clock.h"

#define LARGEST_WHOLE 1e18 /* of counts and sizes: a few of them can be added */

/* ---- what stands here ---- */

enum form {
	FORM_NONE = 0, /* no number */
	FORM_PLAIN = 1,
	FORM_SIZE = 2,
	FORM_TIME = 4,
	FORM_RATE = 8,
	FORM_BAD = 16, /* a number with an unknown suffix: reported by whoever reads it */
	FORM_OTHER = 32, /* begins as a number, goes on as something else */
};

/* The form of the word that comes next, its sign aside. */
static enum form number_form(const struct parse *p)
{
	static const enum form of_unit[] = {
		[UNIT_NONE] = FORM_PLAIN, [UNIT_SIZE] = FORM_SIZE, [UNIT_TIME] = FORM_TIME, [UNIT_BAD] = FORM_BAD,
	};
	struct lex look = p->lex;
	struct diag quiet;
	struct token t;

	diag_init(&quiet, "", look.text);
	look.diag = &quiet;
	if (!lex_accept(&look, "-"))
		lex_accept(&look, "+");
	t = lex_number(&look);
	diag_release(&quiet);
	if (t.kind == TOK_NONE)
		return FORM_NONE;
	if (!lex_word_ahead(&look))
		return of_unit[t.unit];
	return lex_accept(&look, "/") && lex_ident(&look).kind == TOK_IDENT && !lex_word_ahead(&look) ? FORM_RATE
												      : FORM_OTHER;
}

static unsigned forms_of(enum arg_type type)
{
	switch (type) {
	case ARG_COUNT: case ARG_COUNT_ENDS: case ARG_NUMBER: return FORM_PLAIN | FORM_BAD;
	case ARG_DURATION: return FORM_TIME | FORM_BAD;
	case ARG_SIZE: return FORM_PLAIN | FORM_SIZE | FORM_BAD;
	case ARG_RATE: return FORM_RATE;
	case ARG_PERIOD: return FORM_PLAIN | FORM_TIME | FORM_BAD;
	default: return 0;
	}
}

static bool quote_ahead(const struct parse *p)
{
	return lex_at(&p->lex, 0) == '"' || lex_raw_ahead(&p->lex);
}

/* -rn, -k2: another tool's options. A call or an operand would go on. */
static bool foreign_option_ahead(const struct parse *p)
{
	struct lex look = p->lex;

	return lex_accept(&look, "-") && lex_ident(&look).kind == TOK_IDENT && lex_at(&look, 0) != '(';
}

bool parse_fits(const struct parse *p, enum arg_type type)
{
	int c = lex_at(&p->lex, 0);

	switch (type) {
	case ARG_WORD: case ARG_FILES: case ARG_TEMPLATE: case ARG_TEMPLATES: case ARG_COMMAND: case ARG_CONST_COMMAND:
	case ARG_CHOICE:
		return c == '"' || lex_word_ahead(&p->lex);
	case ARG_COUNT: case ARG_DURATION: case ARG_SIZE: case ARG_RATE: case ARG_PERIOD:
		return c != '-' && c != '+' && (number_form(p) & forms_of(type));
	case ARG_COUNT_ENDS:
		return c != '+' && (number_form(p) & forms_of(type));
	case ARG_NUMBER:
		return number_form(p) & forms_of(type);
	case ARG_STRING:
		return quote_ahead(p);
	case ARG_REGEX:
		return lex_regex_ahead(&p->lex);
	case ARG_SPLITTER:
		return lex_regex_ahead(&p->lex) || quote_ahead(p);
	case ARG_SUBST:
		return lex_subst_ahead(&p->lex);
	case ARG_LIST:
		return c >= '0' && c <= '9';
	case ARG_KEYS:
		return !lex_keyword_ahead(&p->lex, "by") && !foreign_option_ahead(p);
	case ARG_EXPR: case ARG_FIELDS: case ARG_SETS: case ARG_CALLS:
		return true;
	case ARG_NAMED:
		return lex_option_ahead(&p->lex);
	case ARG_END: case ARG_FLAG:
		break;
	}
	return false;
}

static const char *const type_nouns[] = { /* words aside: those fit, or are no words */
	[ARG_EXPR] = "an expression",
	[ARG_KEYS] = "an expression",
	[ARG_COUNT] = "a whole number",
	[ARG_COUNT_ENDS] = "a whole number",
	[ARG_NUMBER] = "a number",
	[ARG_DURATION] = "a duration",
	[ARG_SIZE] = "a size",
	[ARG_RATE] = "a rate",
	[ARG_STRING] = "a quoted string",
	[ARG_REGEX] = "a regular expression",
	[ARG_SPLITTER] = "a regular expression or a quoted string",
	[ARG_FIELDS] = "an expression",
	[ARG_SETS] = "an assignment",
	[ARG_CALLS] = "a function",
	[ARG_NAMED] = "NAME=\"...\"",
	[ARG_SUBST] = "a substitution",
	[ARG_PERIOD] = "a duration or a count",
	[ARG_LIST] = "whole numbers with commas between them",
};

/* What would have been right, made of what stands there. */
static void add_type_hint(struct parse *p, const struct want *want, const char *what, struct str *hint)
{
	enum arg_type type = want->type;
	bool number = number_form(p) == FORM_PLAIN, quoted = quote_ahead(p);

	if (type == ARG_DURATION && number)
		str_addf(hint, "a duration has a unit: %ss, %sms", what, what);
	else if (type == ARG_RATE && number)
		str_addf(hint, "a rate is per time: %s/s, %s/m", what, what);
	else if (type == ARG_REGEX && quoted)
		str_adds(hint, "write it between slashes");
	else if (type == ARG_COUNT && want->subject[0] != '\'' && what[0] == '-' && number)
		str_addf(hint, "did you mean '%s'?", what + 1);
	else if (what[0] == '-' && type == ARG_KEYS)
		str_adds(hint, "numbers are compared as numbers; after a key, desc puts the largest first");
	else if (what[0] == '-' && !number)
		str_adds(hint, "options are written NAME=VALUE");
	else if (parse_hint(what))
		str_adds(hint, parse_hint(what));
}

static bool is_words(enum arg_type type)
{
	return type == ARG_WORD || type == ARG_TEMPLATE || type == ARG_TEMPLATES || type == ARG_FILES || type == ARG_COMMAND ||
	       type == ARG_CONST_COMMAND || type == ARG_CHOICE;
}

bool parse_misfit(struct parse *p, const struct want *want)
{
	struct str hint = {0};
	const char *what;
	struct span at = lex_excerpt(&p->lex, &what);

	if (is_words(want->type))
		return parse_word_end(p, NULL); /* no byte that a word can begin with */

	add_type_hint(p, want, what, &hint);
	parse_error(p, at, hint.p, "%s must be %s, not '%s'", want->subject, type_nouns[want->type], what);
	str_release(&hint);
	return false;
}

/* ---- numbers ---- */

static bool to_whole(struct num n, int64_t *out)
{
	if (!n.is_int && (n.d >= 9.2e18 || n.d <= -9.2e18 || n.d != (double)(int64_t)n.d))
		return false;
	*out = n.is_int ? n.i : (int64_t)n.d;
	return true;
}

static bool number_error(struct parse *p, const struct want *want, struct span at, const char *what)
{
	parse_error(p, at, NULL, "%s %s, not '%.*s'", want->subject, what, (int)(at.end - at.begin),
		    p->lex.text.p + at.begin);
	return true; /* the value is wrong, but read: parsing goes on behind it */
}

static bool store_whole(struct parse *p, const struct want *want, const struct token *t, int64_t *out)
{
	if (num_double(t->num) > LARGEST_WHOLE)
		return number_error(p, want, t->at, "must be at most 10^18");
	if (!to_whole(t->num, out))
		return number_error(p, want, t->at, want->type == ARG_SIZE ? "must be a whole number of bytes"
									    : "must be a whole number");
	if (*out < want->min)
		parse_error(p, t->at, NULL, "%s must be %lld or more, not %lld", want->subject, (long long)want->min,
			    (long long)*out);
	else if (want->max && *out > want->max)
		parse_error(p, t->at, NULL, "%s must be at most %lld, not %lld", want->subject, (long long)want->max,
			    (long long)*out);
	return true;
}

static bool store_time(struct parse *p, const struct want *want, const struct token *t, int64_t *out)
{
	*out = t->ns;
	return t->ns >= 0 || number_error(p, want, t->at, "must be at most 100 years");
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* n events in ns, in lowest terms; n is rounded to a millionth. */
static struct rate make_rate(double n, int64_t ns)
{
	int64_t scale = 1;

	while (scale < 1000000 && n * (double)scale != floor(n * (double)scale))
		scale *= 10;
	int64_t events = (int64_t)round(n * (double)scale), divisor = greatest_divisor(events, ns * scale);
	return (struct rate){.events = events / divisor, .ns = ns * scale / divisor};
}

/* rate: NUMBER '/' ('s' | 'm' | 'h')   (behind the number) */
static bool store_rate(struct parse *p, const struct want *want, const struct token *t, struct rate *out)
{
	static const struct { const char *name; int64_t ns; } units[] = {
		{"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S},
	};
	double n = num_double(t->num);
	struct token unit;

	lex_accept(&p->lex, "/");
	unit = lex_ident(&p->lex);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (!slice_eq(unit.text, slice_str(units[i].name)))
			continue;
		if (n <= 0)
			return number_error(p, want, t->at, "must be more than 0");
		if (n < 1e-6 || n > 1e12)
			return number_error(p, want, t->at, "must be a millionth to 1000G");
		*out = make_rate(n, units[i].ns);
		return true;
	}
	parse_error(p, unit.at, "one of /s /m /h", "'%.*s' is no unit of a rate", (int)unit.text.len, unit.text.p);
	return true;
}

static bool read_number(struct parse *p, const struct want *want, struct ast_value *v)
{
	uint32_t begin = p->lex.pos;
	bool negative = lex_accept(&p->lex, "-");
	struct token t;

	if (!negative)
		lex_accept(&p->lex, "+");
	t = lex_number(&p->lex);
	t.at.begin = begin;
	if (t.unit == UNIT_BAD && want->type != ARG_RATE)
		return true; /* reported */
	v->num = negative ? num_neg(t.num) : t.num;
	switch (want->type) {
	case ARG_COUNT_ENDS:
		v->negative = negative;
		return store_whole(p, want, &t, &v->whole);
	case ARG_COUNT:
	case ARG_SIZE: return store_whole(p, want, &t, &v->whole);
	case ARG_DURATION: return store_time(p, want, &t, &v->whole);
	case ARG_RATE: return store_rate(p, want, &t, &v->rate);
	case ARG_PERIOD:
		v->period = (struct period){-1, -1};
		if (t.unit != UNIT_TIME)
			return store_whole(p, want, &t, &v->period.events);
		if (!store_time(p, want, &t, &v->period.ns))
			return false;
		return v->period.ns > 0 || number_error(p, want, t.at, "must be more than 0");
	default: return true;
	}
}

/* ---- words ---- */

struct ast_item *parse_add_item(struct parse *p, struct ast_item **items, int *n)
{
	struct ast_item *item;

	*items = parse_grow(p, *items, *n, sizeof **items);
	item = &(*items)[(*n)++];
	*item = (struct ast_item){.at = {p->lex.pos, p->lex.pos}};
	return item;
}

static bool read_word(struct parse *p, enum fill fill, struct ast_value *v)
{
	bool bare = !quote_ahead(p);
	struct ast_item *item = parse_add_item(p, &v->items, &v->nitems);

	item->bare = bare;
	item->e = parse_word(p, fill);
	if (!item->e)
		return false;
	item->at = item->e->at;
	if (fill != FILL_NONE || item->e->kind != AST_STR || !memchr(item->e->text.p, '\0', item->e->text.len))
		return true;
	parse_error(p, item->at, NULL, "a NUL byte cannot stand here");
	return true;
}

/* WORD...   to the end of the stage, or, unless they are a command, to an option */
static bool read_words(struct parse *p, const struct want *want, enum fill fill, struct ast_value *v)
{
	uint32_t end;

	do {
		if (!parse_fits(p, want->type))
			return parse_misfit(p, want);
		if (!read_word(p, fill, v))
			return false;
		end = p->lex.pos;
		lex_blank(&p->lex);
	} while (!lex_stage_end(&p->lex) && (want->type != ARG_FILES || !lex_option_ahead(&p->lex)));
	p->lex.pos = end;
	return true;
}

static bool read_string(struct parse *p, struct ast_value *v)
{
	struct ast_item *item = parse_add_item(p, &v->items, &v->nitems);

	item->e = parse_quoted(p, FILL_NONE);
	if (item->e)
		item->at = item->e->at;
	return item->e != NULL && parse_word_end(p, NULL);
}

static bool read_choice(struct parse *p, const struct want *want, struct ast_value *v)
{
	struct ast_value word = {0};
	struct str all = {0}, hint = {0};
	const char *near;

	if (!read_word(p, FILL_NONE, &word))
		return false;
	const struct ast_item *item = &word.items[0];
	for (v->whole = 0; want->choices[v->whole]; v->whole++)
		if (slice_eq(item->e->text, slice_str(want->choices[v->whole])))
			return true;
	for (int i = 0; want->choices[i]; i++)
		str_addf(&all, "%s'%s'", i == 0 ? "" : want->choices[i + 1] ? ", " : " or ", want->choices[i]);
	near = diag_suggest(item->e->text, want->choices);
	if (near)
		str_addf(&hint, "did you mean '%s'?", near);
	parse_error(p, item->at, hint.p, "%s must be %s, not '%s'", want->subject, all.p,
		    lex_printable(p->lex.arena, item->e->text));
	str_release(&all);
	str_release(&hint);
	return true;
}

/* NUMBER {',' NUMBER} */
static bool read_list(struct parse *p, const struct want *want, struct ast_value *v)
{
	uint32_t begin = p->lex.pos;

	for (;;) {
		struct ast_item *item = parse_add_item(p, &v->items, &v->nitems);
		int64_t n = 0;
		uint32_t first = p->lex.pos;
		for (int c; (c = lex_at(&p->lex, 0)) >= '0' && c <= '9'; p->lex.pos++)
			n = n > INT_MAX ? n : n * 10 + (c - '0');
		if (p->lex.pos == first) {
			p->lex.pos = begin;
			return parse_misfit(p, want);
		}
		item->at = parse_span(p, first);
		item->index = (int)n;
		if (n > INT_MAX)
			return number_error(p, want, item->at, "must be small whole numbers");
		if (!lex_accept(&p->lex, ","))
			return parse_word_end(p, NULL);
	}
}

/* ---- expressions ---- */

bool parse_item_expr(struct parse *p, struct span after, struct ast_item *item)
{
	uint32_t begin;

	item->e = parse_expr(p, after);
	if (!item->e)
		return false;
	begin = item->name.p ? item->name_at.begin : item->e->at.begin;
	item->at = parse_span(p, begin);
	return true;
}

static bool read_one_expr(struct parse *p, struct ast_value *v)
{
	uint32_t here = p->lex.pos;
	struct ast_item *item = parse_add_item(p, &v->items, &v->nitems);

	return parse_item_expr(p, (struct span){here, here}, item);
}

/* [NAME=] of a key, where the stage gives keys names; else it is no name, and the expression's mistake. False: set twice. */
static bool read_key_name(struct parse *p, const struct stage_spec *spec, struct ast_item *items, int n)
{
	struct ast_item *item = &items[n - 1];

	lex_blank(&p->lex);
	if (!(spec->flags & SPEC_NAMES_KEYS) || !lex_option_ahead(&p->lex))
		return true;
	struct token t = lex_ident(&p->lex);
	lex_accept(&p->lex, "=");
	item->name = t.text;
	item->name_at = t.at;
	for (int i = 0; i < n - 1; i++) {
		if (!items[i].name.p || !slice_eq(items[i].name, t.text))
			continue;
		parse_error(p, t.at, NULL, "'%.*s' is set twice", (int)t.text.len, t.text.p);
		return false;
	}
	return true;
}

/* [NAME=]EXPR {',' [NAME=]EXPR} */
bool parse_keys(struct parse *p, const struct stage_spec *spec, struct span by, struct ast_item **items, int *n)
{
	for (struct span after = by;;) {
		struct ast_item *item = parse_add_item(p, items, n);
		if (!read_key_name(p, spec, *items, *n))
			return false;
		if (item->name.p)
			after = (struct span){item->name_at.begin, p->lex.pos};
		if (!parse_item_expr(p, after, item))
			return false;
		uint32_t end = p->lex.pos;
		lex_blank(&p->lex);
		after.begin = p->lex.pos;
		if (!lex_accept(&p->lex, ",")) {
			p->lex.pos = end;
			return true;
		}
		after.end = p->lex.pos;
	}
}

static enum sort_way read_way(struct parse *p)
{
	struct lex before = p->lex;

	lex_blank(&p->lex);
	struct token t = lex_ident(&p->lex);
	bool whole = t.kind == TOK_IDENT && (lex_at(&p->lex, 0) == ',' || !lex_word_ahead(&p->lex));
	if (whole && slice_eq(t.text, slice_str("desc")))
		return SORT_DESC;
	if (whole && slice_eq(t.text, slice_str("asc")))
		return SORT_ASC;
	p->lex = before;
	return SORT_ANY;
}

/* key: expr ['asc' | 'desc'] */
static bool read_key(struct parse *p, struct span after, struct ast_item *item)
{
	if (!parse_item_expr(p, after, item))
		return false;
	item->index = read_way(p);
	return true;
}

/* key {',' key} */
static bool read_keys(struct parse *p, struct ast_value *v)
{
	for (struct span after = {p->lex.pos, p->lex.pos};;) {
		if (!read_key(p, after, parse_add_item(p, &v->items, &v->nitems)))
			return false;
		uint32_t end = p->lex.pos;
		lex_blank(&p->lex);
		after.begin = p->lex.pos;
		if (!lex_accept(&p->lex, ",")) {
			p->lex.pos = end;
			return true;
		}
		after.end = p->lex.pos;
	}
}

static bool read_regex(struct parse *p, struct ast_value *v)
{
	struct ast_item *item = parse_add_item(p, &v->items, &v->nitems);

	item->e = parse_regex(p);
	item->at = item->e->at;
	return parse_word_end(p, NULL);
}

/* s/re/replacement/flags */
static bool read_subst(struct parse *p, const struct want *want, struct ast_value *v)
{
	struct token re, with;
	const struct token *tokens[] = {&re, &with};

	lex_subst(&p->lex, &re, &with);
	for (int i = 0; i < 2; i++) {
		struct ast_item *item = parse_add_item(p, &v->items, &v->nitems);
		item->at = tokens[i]->at;
		item->e = ast_new(p, i == 0 ? AST_REGEX : AST_STR, item->at);
		item->e->text = tokens[i]->text;
		item->e->flags = tokens[i]->flags;
	}
	if (lex_at(&p->lex, 0) != ',')
		return parse_word_end(p, NULL);
	parse_error(p, (struct span){p->lex.pos, p->lex.pos + 1}, NULL,
		    "a substitution must be the only argument of '%s'", want->spec->name);
	return false;
}

/* ---- all of them ---- */

static bool read_value(struct parse *p, const struct want *want, struct ast_value *v)
{
	switch (want->type) {
	case ARG_WORD: return read_word(p, FILL_NONE, v);
	case ARG_TEMPLATE: case ARG_TEMPLATES: return read_word(p, FILL_EVENT, v);
	case ARG_FILES:
	case ARG_CONST_COMMAND: return read_words(p, want, FILL_NONE, v);
	case ARG_COMMAND: return read_words(p, want, FILL_COMMAND, v);
	case ARG_EXPR: return read_one_expr(p, v);
	case ARG_KEYS: return read_keys(p, v);
	case ARG_COUNT: case ARG_COUNT_ENDS: case ARG_NUMBER: case ARG_DURATION: case ARG_SIZE: case ARG_RATE:
	case ARG_PERIOD:
		return read_number(p, want, v) && parse_word_end(p, NULL);
	case ARG_STRING: return read_string(p, v);
	case ARG_REGEX: return read_regex(p, v);
	case ARG_SPLITTER: return lex_regex_ahead(&p->lex) ? read_regex(p, v) : read_string(p, v);
	case ARG_SUBST: return read_subst(p, want, v);
	case ARG_FIELDS: case ARG_SETS: case ARG_CALLS: case ARG_NAMED: return parse_named_items(p, want, v);
	case ARG_CHOICE: return read_choice(p, want, v);
	case ARG_LIST: return read_list(p, want, v);
	case ARG_END:
	case ARG_FLAG: break;
	}
	return false;
}

bool parse_value(struct parse *p, const struct want *want, struct ast_value *v)
{
	uint32_t begin = p->lex.pos;

	if (!parse_fits(p, want->type))
		return parse_misfit(p, want);
	if (!read_value(p, want, v))
		return false;
	v->given = true;
	v->at = parse_span(p, begin);
	return true;
}
