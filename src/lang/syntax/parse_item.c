/* What follows a stage's name, after its descriptor: options, flags, keys, arguments. */
#include "config.h"

#include "lang/syntax/parse_impl.h"

#include <stdarg.h>

char *parse_format(struct parse *p, const char *fmt, ...)
{
	struct str s = {0};
	va_list ap;
	char *copy;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	copy = arena_strdup(p->lex.arena, s.p);
	str_release(&s);
	return copy;
}

/* ---- options ---- */

static const struct opt_spec *find_in(const struct opt_spec *opts, struct slice name)
{
	for (; opts && opts->name; opts++)
		if (slice_eq(name, slice_str(opts->name)))
			return opts;
	return NULL;
}

static const struct opt_spec *find_option(const struct parse *p, const struct stage_spec *spec, struct slice name,
					  bool *common)
{
	const struct opt_spec *o = find_in(spec->opts, name);

	*common = !o;
	if (!o)
		o = find_in(p->env->common_opts, name);
	if (!o && (spec->flags & SPEC_CAN_FAIL))
		o = find_in(p->env->failure_opts, name);
	return o;
}

#define NAMES_MAX 64

static int add_names(const char **names, int n, const struct opt_spec *opts)
{
	for (; opts && opts->name && n < NAMES_MAX - 1; opts++)
		names[n++] = opts->name;
	names[n] = NULL;
	return n;
}

/* "did you mean 'jobs='?" or NULL. Flags are suggested as they are written, without =. */
static const char *suggest_option(struct parse *p, const struct stage_spec *spec, struct slice word)
{
	const char *names[NAMES_MAX], *near;
	bool common;
	int n = add_names(names, 0, spec->opts);

	n = add_names(names, n, p->env->common_opts);
	if (spec->flags & SPEC_CAN_FAIL)
		add_names(names, n, p->env->failure_opts);
	near = diag_suggest(word, names);
	if (!near)
		return NULL;
	const struct opt_spec *o = find_option(p, spec, slice_str(near), &common);
	return parse_format(p, "did you mean '%s%s'?", near, o->type == ARG_FLAG ? "" : "=");
}

static struct ast_opt *given_option(struct ast_stage *st, const struct opt_spec *spec)
{
	for (int i = 0; i < st->nopts; i++)
		if (st->opts[i].spec == spec)
			return &st->opts[i];
	return NULL;
}

static struct ast_opt *add_option(struct parse *p, struct reading *r, const struct opt_spec *spec, struct span at)
{
	struct ast_stage *st = r->st;
	struct ast_opt *o;

	if (spec->type != ARG_TEMPLATES && given_option(st, spec))
		parse_error(p, at, NULL, "'%s' is given twice", spec->name);
	st->opts = parse_grow(p, st->opts, st->nopts, sizeof *st->opts);
	o = &st->opts[st->nopts++];
	*o = (struct ast_opt){.spec = spec, .at = at};
	return o;
}

bool parse_takes(const struct stage_spec *spec, enum arg_type type)
{
	for (const struct arg_spec *a = spec->args; a && a->type != ARG_END; a++)
		if (a->type == type)
			return true;
	return false;
}

static bool unknown_option(struct parse *p, struct reading *r, const struct token *name)
{
	const char *hint = suggest_option(p, r->spec, name->text), *word = lex_printable(p->lex.arena, name->text);

	if (!hint && (parse_takes(r->spec, ARG_FIELDS) || parse_takes(r->spec, ARG_SETS) || parse_takes(r->spec, ARG_CALLS)))
		hint = "a comma comes before a field's name";
	else if (!hint && parse_takes(r->spec, ARG_EXPR))
		hint = "equality is '=='";
	else if (!hint && (parse_takes(r->spec, ARG_WORD) || parse_takes(r->spec, ARG_FILES) || parse_takes(r->spec, ARG_TEMPLATE)))
		hint = parse_format(p, "a word with '=' must be quoted: \"%s=...\"", word);
	parse_error(p, name->at, hint, "unknown option '%s' of '%s'", word, r->spec->name);
	return false;
}

/* option: NAME=value */
static bool parse_option(struct parse *p, struct reading *r)
{
	struct token name = lex_ident(&p->lex);
	bool common;
	const struct opt_spec *spec = find_option(p, r->spec, name.text, &common);

	lex_accept(&p->lex, "=");
	if (!spec)
		return unknown_option(p, r, &name);
	struct ast_opt *o = add_option(p, r, spec, name.at);
	struct want want = {
		.type = spec->type, .subject = parse_format(p, "'%s'", spec->name), .spec = r->spec,
		.choices = spec->choices, .min = spec->min, .max = spec->max,
	};
	o->common = common;
	int c = lex_at(&p->lex, 0);
	if (spec->type == ARG_FLAG) {
		parse_error(p, name.at, NULL, "'%s' takes no value", spec->name);
		return false;
	}
	if (lex_stage_end(&p->lex) || c == ' ' || (c >= '\t' && c <= '\r')) {
		parse_error(p, (struct span){name.at.begin, p->lex.pos}, c < 0 ? NULL : "white space ends an option",
			    "a value is missing after '%s='", spec->name);
		return false;
	}
	if (!parse_value(p, &want, &o->value))
		return false;
	o->at = parse_span(p, name.at.begin);
	return true;
}

static const struct opt_spec *flag_ahead(const struct parse *p, const struct stage_spec *spec)
{
	for (const struct opt_spec *o = spec->opts; o && o->name; o++)
		if (o->type == ARG_FLAG && lex_keyword_ahead(&p->lex, o->name))
			return o;
	return NULL;
}

static bool parse_flag(struct parse *p, struct reading *r, const struct opt_spec *spec)
{
	struct span at = {p->lex.pos, p->lex.pos + (uint32_t)strlen(spec->name)};
	struct ast_opt *o = add_option(p, r, spec, at);

	p->lex.pos = at.end;
	o->value = (struct ast_value){.given = true, .at = at, .whole = 1};
	return true;
}

/* by: 'by' expr {',' expr} */
static bool parse_by(struct parse *p, struct reading *r)
{
	struct span at = {p->lex.pos, p->lex.pos + 2};

	if (r->st->nby > 0) {
		parse_error(p, at, NULL, "'by' is given twice");
		return false;
	}
	p->lex.pos = at.end;
	r->st->by_at = at;
	return parse_keys(p, r->spec, at, &r->st->by, &r->st->nby);
}

/* ---- arguments ---- */

static const struct arg_spec *arg_at(const struct reading *r, int i)
{
	static const struct arg_spec none = {.type = ARG_END};

	return r->spec->args ? &r->spec->args[i] : &none;
}

static int arg_count(const struct stage_spec *spec)
{
	int n = 0;

	while (spec->args && spec->args[n].type != ARG_END)
		n++;
	return n;
}

const char *parse_usage(struct parse *p, const struct stage_spec *spec)
{
	return spec->synopsis ? parse_format(p, "usage: %s", spec->synopsis) : NULL;
}

static bool read_arg(struct parse *p, struct reading *r, int i)
{
	const struct arg_spec *a = arg_at(r, i);
	struct want want = {
		.type = a->type, .subject = parse_format(p, "%s of '%s'", a->name ? a->name : "argument", r->spec->name), .spec = r->spec,
		.calls = a->calls, .min = a->min, .max = a->max,
	};

	r->next = i + (a->type == ARG_SUBST ? 2 : 1);
	r->any_arg = true;
	if (a->word) {
		lex_accept(&p->lex, a->word);
		lex_blank(&p->lex);
	}
	return parse_value(p, &want, &r->st->args[i]);
}

static const struct opt_spec *flag_like(const struct stage_spec *spec, char letter)
{
	for (const struct opt_spec *o = spec->opts; o && o->name; o++)
		if (o->type == ARG_FLAG && o->name[0] == letter)
			return o;
	return NULL;
}

/* May what comes next be this argument, with the word before it? */
static bool arg_ahead(const struct parse *p, const struct arg_spec *a)
{
	if (!a->word)
		return parse_fits(p, a->type);
	return a->word[0] == ',' ? lex_at(&p->lex, 0) == ',' : lex_keyword_ahead(&p->lex, a->word);
}

/* An argument that should have come before the last one that did. */
static const struct arg_spec *skipped_arg(const struct parse *p, const struct reading *r)
{
	for (int i = 0; i + 1 < r->next; i++)
		if (!r->st->args[i].given && arg_ahead(p, arg_at(r, i)))
			return arg_at(r, i);
	return NULL;
}

/* What would have been right, where all arguments are there already. */
static const char *superfluous_hint(struct parse *p, const struct reading *r, const char *what)
{
	const struct arg_spec *skipped = skipped_arg(p, r);
	bool letter = what[0] == '-' && ((what[1] | 32) >= 'a' && (what[1] | 32) <= 'z');

	if (letter && flag_like(r->spec, what[1]))
		return parse_format(p, "did you mean '%s'?", flag_like(r->spec, what[1])->name);
	if (letter)
		return "options are written NAME=VALUE";
	if (skipped)
		return parse_format(p, "%s stands before %s", skipped->name, arg_at(r, r->next - 1)->name);
	if (r->any_arg && parse_takes(r->spec, ARG_FIELDS))
		return "fields are separated by commas";
	if ((r->spec->flags & SPEC_BY) && !r->st->nby && (what[0] == '$' || what[0] == '"'))
		return parse_format(p, "did you mean 'by %s'?", what);
	return parse_usage(p, r->spec);
}

/* Nothing of what the stage takes: nearly an option, not quite an argument that may still come, or too much. */
static bool superfluous(struct parse *p, struct reading *r)
{
	const char *what, *hint = NULL;
	struct span at = lex_excerpt(&p->lex, &what);
	struct slice word = slice_make(p->lex.text.p + at.begin, at.end - at.begin);
	bool common;

	if (parse_hint(what) || !(parse_fits(p, ARG_WORD) || parse_fits(p, ARG_REGEX) || lex_at(&p->lex, 0) == '(')) {
		parse_unexpected(p);
		return false;
	}
	if (lex_keyword_ahead(&p->lex, "by")) {
		hint = parse_takes(r->spec, ARG_KEYS) ? parse_usage(p, r->spec) : NULL;
		parse_error(p, at, hint, "'%s' takes no 'by'", r->spec->name);
		return false;
	}
	const struct opt_spec *o = find_option(p, r->spec, word, &common);
	if (o)
		hint = parse_format(p, "an option is written '%s=' and its value, without white space", o->name);
	if (!hint)
		hint = suggest_option(p, r->spec, word);
	if (!hint && arg_at(r, r->next)->type != ARG_END && !arg_at(r, r->next)->word)
		return read_arg(p, r, r->next);
	if (!hint)
		hint = superfluous_hint(p, r, what);
	parse_error(p, at, hint, "unexpected argument '%s' of '%s'", what, r->spec->name);
	return false;
}

/* argument: [word] the first of those that can still come that this may be */
static bool parse_arg(struct parse *p, struct reading *r)
{
	for (int i = r->next; arg_at(r, i)->type != ARG_END; i++)
		if (arg_ahead(p, arg_at(r, i)) || !(arg_at(r, i)->flags & ARG_OPTIONAL))
			return read_arg(p, r, i);
	return superfluous(p, r);
}

/* NAME= begins a field here, not an option. */
static bool fields_next(const struct reading *r)
{
	enum arg_type type = arg_at(r, r->next)->type;

	if (type == ARG_SUBST)
		type = arg_at(r, r->next + 1)->type;
	return type == ARG_FIELDS || type == ARG_SETS || type == ARG_CALLS || type == ARG_NAMED;
}

static bool late_option(struct parse *p, struct reading *r)
{
	const char *what;
	struct span at = lex_excerpt(&p->lex, &what);

	parse_error(p, at, NULL, "the options of '%s' stand before its argument", r->spec->name);
	return false;
}

static bool parse_item(struct parse *p, struct reading *r)
{
	const struct opt_spec *flag = flag_ahead(p, r->spec);
	bool late = (r->spec->flags & SPEC_OPTIONS_FIRST) && r->any_arg;

	if (lex_option_ahead(&p->lex) && !fields_next(r))
		return late ? late_option(p, r) : parse_option(p, r);
	if (flag && !late)
		return parse_flag(p, r, flag);
	if ((r->spec->flags & SPEC_BY) && lex_keyword_ahead(&p->lex, "by"))
		return parse_by(p, r);
	return parse_arg(p, r);
}

/* {option | flag | by | argument}   in any order that the stage's table allows */
bool parse_items(struct parse *p, struct reading *r)
{
	for (;;) {
		uint32_t end = p->lex.pos;
		lex_blank(&p->lex);
		if (lex_stage_end(&p->lex)) {
			p->lex.pos = end;
			return true;
		}
		if (!parse_item(p, r))
			return false;
	}
}

void parse_check_missing(struct parse *p, const struct reading *r)
{
	for (int i = r->next; arg_at(r, i)->type != ARG_END; i++) {
		const struct arg_spec *a = arg_at(r, i);
		if (a->type == ARG_SUBST) /* one of two ways to say it */
			a = arg_at(r, i + 1);
		else if (a->flags & ARG_OPTIONAL)
			continue;
		parse_error(p, r->st->at, parse_usage(p, r->spec), "'%s' lacks its %s", r->spec->name, a->name);
		return;
	}
}

bool parse_args(struct parse *p, struct ast_stage *st, const struct stage_spec *spec, struct reading *r)
{
	int n = arg_count(spec);

	st->args = arena_alloc(p->lex.arena, (size_t)(n + 1) * sizeof *st->args);
	memset(st->args, 0, (size_t)(n + 1) * sizeof *st->args);
	*r = (struct reading){.st = st, .spec = spec};
	return parse_items(p, r);
}
