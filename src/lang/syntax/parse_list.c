/* Lists of values that may have names: map's fields, set's assignments, agg's calls. */
#include "config.h"

#include "lang/syntax/habit.h"
#include "lang/syntax/parse_impl.h"

#include <stdio.h>

static bool named_before(struct parse *p, const struct ast_value *v)
{
	const struct ast_item *last = &v->items[v->nitems - 1];

	for (int i = 0; i < v->nitems - 1; i++) {
		const struct ast_item *item = &v->items[i];
		if (!item->name.p || !slice_eq(item->name, last->name))
			continue;
		parse_error(p, last->name_at, NULL, "'%.*s' is set twice", (int)last->name.len, last->name.p);
		return true;
	}
	return false;
}

/* NAME= */
static bool read_name(struct parse *p, struct ast_value *v)
{
	struct ast_item *item = &v->items[v->nitems - 1];
	struct token t;

	if (!lex_option_ahead(&p->lex))
		return false;
	t = lex_ident(&p->lex);
	lex_accept(&p->lex, "=");
	item->name = t.text;
	item->name_at = t.at;
	named_before(p, v);
	return true;
}

/* An item that is not there at all, behind a comma or NAME=. False: it is. */
static bool item_missing(struct parse *p, const char *what, struct span after)
{
	if (!lex_stage_end(&p->lex) || after.begin == after.end)
		return false;
	parse_error(p, after, NULL, "%s is missing after '%.*s'", what, (int)(after.end - after.begin),
		    p->lex.text.p + after.begin);
	return true;
}

/* field: [NAME=] expr */
static bool read_field(struct parse *p, const struct want *want, struct span after, struct ast_value *v)
{
	(void)want;
	uint32_t begin = p->lex.pos;

	if (read_name(p, v))
		after = parse_span(p, begin);
	return parse_item_expr(p, after, &v->items[v->nitems - 1]);
}

/* named: NAME= string */
static bool read_named(struct parse *p, const struct want *want, struct span after, struct ast_value *v)
{
	uint32_t begin = p->lex.pos;
	const char *what;

	if (item_missing(p, "NAME=\"...\"", after))
		return false;
	if (!read_name(p, v)) {
		struct span at = lex_excerpt(&p->lex, &what);
		parse_error(p, at, NULL, "%s must begin with 'NAME=', not '%s'", want->subject, what);
		return false;
	}
	struct ast_item *item = &v->items[v->nitems - 1];
	if (lex_at(&p->lex, 0) != '"' && !lex_raw_ahead(&p->lex)) {
		struct span at = lex_excerpt(&p->lex, &what);
		parse_error(p, at, NULL, "'%.*s=' needs a quoted string, not '%s'", (int)item->name.len, item->name.p, what);
		return false;
	}
	item->e = parse_quoted(p, FILL_NONE);
	item->at = parse_span(p, begin);
	return item->e != NULL;
}

/* $N= | $-N= | $NF= | $NAME= | NAME= | RANGE= | PATH= */
static bool read_target(struct parse *p, const struct want *want, struct ast_value *v)
{
	struct ast_item *item = &v->items[v->nitems - 1];
	const char *what;

	if (!lex_target_ahead(&p->lex)) {
		struct span at = lex_excerpt(&p->lex, &what);
		parse_error(p, at, NULL, "%s must begin with '$N=' or 'NAME=', not '%s'", want->subject, what);
		return false;
	}
	if (lex_quoted_name_ahead(&p->lex)) {
		item->target = parse_quoted_name(p);
	} else {
		struct token t = lex_at(&p->lex, 0) == '$' ? lex_operand(&p->lex) : lex_ident(&p->lex);
		if (t.kind == TOK_IDENT)
			t.kind = TOK_NAME;
		item->target = parse_field_rest(p, &t);
	}
	if (!item->target)
		return false;
	item->name_at = item->target->at;
	item->index = item->target->kind == AST_LAST ? -1 : item->target->kind == AST_FIELD ? item->target->index : 0;
	if (item->target->kind == AST_NAME) {
		item->name = item->target->text;
		named_before(p, v);
	}
	return lex_accept(&p->lex, "=");
}

/* set: ($N= | $NAME= | NAME=) expr */
static bool read_set(struct parse *p, const struct want *want, struct span after, struct ast_value *v)
{
	uint32_t begin = p->lex.pos;

	if (item_missing(p, "an assignment", after) || !read_target(p, want, v))
		return false;
	after = parse_span(p, begin);
	if (!parse_item_expr(p, after, &v->items[v->nitems - 1]))
		return false;
	v->items[v->nitems - 1].at.begin = begin;
	return true;
}

/* Of the name of a numbered call, the number: its decimals too, which the lexer takes for no part of a name. 0: none. */
static uint32_t call_number(struct parse *p, const struct call_spec *c, struct token *t)
{
	uint32_t at = (uint32_t)strlen(c->name), decimals = 0;
	uint64_t n = 0;

	if (!c->number_max || t->text.len <= at || memcmp(t->text.p, c->name, at) != 0)
		return 0;
	for (; at < t->text.len; at++) {
		if (t->text.p[at] < '0' || t->text.p[at] > '9' || n > (uint64_t)c->number_max)
			return 0;
		n = 10 * n + (uint64_t)(t->text.p[at] - '0');
	}
	if (lex_at(&p->lex, 0) == '.')
		for (int d; d = lex_at(&p->lex, (int)decimals + 1), d >= '0' && d <= '9'; decimals++)
			n = 10 * n + (uint64_t)(d - '0');
	if (decimals > 4)
		return 0;
	for (uint32_t i = decimals; i < 4; i++)
		n *= 10;
	if (n > (uint64_t)c->number_max * 10000)
		return 0;
	if (decimals) {
		p->lex.pos += decimals + 1;
		t->text.len += decimals + 1;
		t->at.end = p->lex.pos;
	}
	return (uint32_t)n;
}

static int find_call(struct parse *p, const struct want *want, struct token *t, uint32_t *number)
{
	const char *names[64];
	int n = 0;
	struct str hint = {0};

	for (const struct call_spec *c = want->calls; c->name && n < 63; c++) {
		*number = call_number(p, c, t);
		if (*number || (!c->number_max && slice_eq(t->text, slice_str(c->name))))
			return (int)(c - want->calls);
		if (!c->number_max)
			names[n++] = c->name;
	}
	names[n] = NULL;
	if (habit_function(t->text))
		str_adds(&hint, habit_function(t->text));
	else if (t->text.len > 1 && t->text.p[0] == 'p' && t->text.p[1] >= '0' && t->text.p[1] <= '9')
		str_adds(&hint, "percentiles are above p0 and up to p100, with at most four decimals");
	else if (diag_suggest(t->text, names))
		str_addf(&hint, "did you mean '%s'?", diag_suggest(t->text, names));
	parse_error(p, t->at, hint.p, "unknown function '%.*s' of '%s'", (int)t->text.len, t->text.p, want->spec->name);
	str_release(&hint);
	return -1;
}

static void check_call(struct parse *p, const struct call_spec *c, const struct ast_expr *e)
{
	char count[32];

	if (e->nkids >= c->min_args && e->nkids <= c->max_args)
		return;
	if (c->min_args == c->max_args)
		snprintf(count, sizeof count, "%d", c->min_args);
	else
		snprintf(count, sizeof count, "%d to %d", c->min_args, c->max_args);
	parse_error(p, e->name_at, NULL, "'%.*s' takes %s argument%s, not %d", (int)e->text.len, e->text.p, count,
		    strcmp(count, "1") == 0 ? "" : "s", e->nkids);
}

/* NAME= may have been meant for an option. */
static bool no_function(struct parse *p, const struct want *want, const struct ast_item *item)
{
	const char *what;

	for (const struct opt_spec *o = want->spec->opts; item->name.p && o && o->name; o++) {
		if (!slice_eq(item->name, slice_str(o->name)))
			continue;
		struct span at = lex_excerpt(&p->lex, &what);
		parse_error(p, at, "options stand behind the arguments", "%s must be a function, not '%s'",
			    want->subject, what);
		return false;
	}
	return parse_misfit(p, want);
}

/* call: [NAME=] FUNC '(' [expr {',' expr}] ')' */
static bool read_call(struct parse *p, const struct want *want, struct span after, struct ast_value *v)
{
	struct ast_item *item = &v->items[v->nitems - 1];
	uint32_t begin = p->lex.pos, open;
	const char *next, *hint;
	struct token t;

	if (read_name(p, v))
		after = parse_span(p, begin);
	if (item_missing(p, "a function", after))
		return false;
	t = lex_ident(&p->lex);
	if (t.kind == TOK_NONE)
		return no_function(p, want, item);
	item->index = find_call(p, want, &t, &item->number);
	if (item->index < 0)
		return false;
	lex_blank(&p->lex);
	open = p->lex.pos;
	if (!lex_accept(&p->lex, "(")) {
		lex_excerpt(&p->lex, &next);
		bool field = next[0] == '$';
		hint = field || !want->calls[item->index].min_args
			       ? parse_format(p, "did you mean '%.*s(%s)'?", (int)t.text.len, t.text.p, field ? next : "") : NULL;
		parse_error(p, t.at, hint, "'(' is missing after '%.*s'", (int)t.text.len, t.text.p);
		return false;
	}
	item->e = ast_new(p, AST_CALL, t.at);
	item->e->text = t.text;
	if (!parse_arguments(p, item->e, (struct span){open, open + 1}))
		return false;
	check_call(p, &want->calls[item->index], item->e);
	item->e->at.end = p->lex.pos;
	item->at = parse_span(p, begin);
	return true;
}

typedef bool item_reader(struct parse *p, const struct want *want, struct span after, struct ast_value *v);

/* item {',' item}   (sets need no comma in front of $N=) */
bool parse_named_items(struct parse *p, const struct want *want, struct ast_value *v)
{
	item_reader *read = want->type == ARG_FIELDS ? read_field : want->type == ARG_SETS ? read_set
			    : want->type == ARG_NAMED ? read_named : read_call;
	struct span after = {p->lex.pos, p->lex.pos};

	for (;;) {
		lex_blank(&p->lex);
		parse_add_item(p, &v->items, &v->nitems);
		if (!read(p, want, after, v))
			return false;
		uint32_t end = p->lex.pos;
		lex_blank(&p->lex);
		after.begin = p->lex.pos;
		if (!lex_accept(&p->lex, ",") && !(want->type == ARG_SETS && lex_at(&p->lex, 0) == '$' && lex_target_ahead(&p->lex))) {
			p->lex.pos = end;
			return true;
		}
		after.end = p->lex.pos;
	}
}
