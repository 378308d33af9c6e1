/* Pipelines, stages with their arguments and options, blocks. After a mistake in a stage the rest of it is skipped, so
 * that the mistakes of those behind it are reported too, and no mistake twice. */
#include "config.h"

#include "lang/expr/func.h"
#include "lang/syntax/habit.h"
#include "lang/syntax/parse_impl.h"

static struct ast_stage *parse_stages(struct parse *p, bool leading);

/* ---- blocks ---- */

#define BLOCK_FLAGS (SPEC_BRANCHES | SPEC_ONE_BRANCH | SPEC_ROUTES)

static struct ast_branch *add_branch(struct parse *p, struct ast_stage *st)
{
	struct ast_branch *b;

	st->branches = parse_grow(p, st->branches, st->nbranches, sizeof *st->branches);
	b = &st->branches[st->nbranches++];
	*b = (struct ast_branch){.at = {p->lex.pos, p->lex.pos}};
	return b;
}

/* ('else' | expr) '=>' */
static bool parse_when(struct parse *p, struct ast_branch *b)
{
	b->is_else = lex_keyword_ahead(&p->lex, "else");
	if (b->is_else)
		lex_accept(&p->lex, "else");
	else if (!(b->when = parse_expr(p, b->at)))
		return false;
	b->at = parse_span(p, b->at.begin);
	lex_blank(&p->lex);
	if (lex_accept(&p->lex, "=>"))
		return true;
	if (lex_stage_end(&p->lex))
		parse_error(p, b->at, "a branch of it is EXPR => STAGES", "'=>' is missing");
	else
		parse_unexpected(p);
	return false;
}

/* branch: [when] stage {'|' stage} */
static void parse_branch(struct parse *p, struct ast_stage *st, unsigned flags, bool leading)
{
	struct ast_branch *b = add_branch(p, st);
	const char *what;
	size_t before;

	b->at = lex_excerpt(&p->lex, &what);
	before = p->lex.diag->n;
	if (flags & SPEC_ROUTES) {
		b->at.end = b->at.begin;
		if (!parse_when(p, b)) {
			lex_skip_stage(&p->lex, SKIP_TO_ARROW);
			lex_accept(&p->lex, "=>");
		}
	}
	b->first = parse_stages(p, leading);
	if (!b->first && p->lex.diag->n == before && !p->lex.unclosed)
		parse_error(p, b->at, NULL, "empty branch");
}

static void check_branches(struct parse *p, const struct ast_stage *st, unsigned flags)
{
	if ((flags & SPEC_ONE_BRANCH) && st->nbranches > 1)
		parse_error(p, st->branches[1].at, NULL, "'%s' takes one branch", st->spec->name);
	for (int i = 0; (flags & SPEC_ROUTES) && i < st->nbranches - 1; i++)
		if (st->branches[i].is_else)
			parse_error(p, st->branches[i].at, NULL, "'else' must be the last branch");
}

/* block: '{' branch {';' branch} [';'] '}' */
static void parse_branches(struct parse *p, struct ast_stage *st, unsigned flags, bool leading)
{
	struct span open = {p->lex.pos, p->lex.pos + 1};

	st->block_at = open;
	p->lex.pos++;
	for (bool empty = true;;) {
		lex_blank(&p->lex);
		int c = lex_at(&p->lex, 0);
		if (c < 0 || c == '}' || c == ';') {
			if (empty && c >= 0 && (c == ';' || st->nbranches == 0))
				parse_error(p, c == ';' ? (struct span){p->lex.pos, p->lex.pos + 1} : open, NULL,
					    "empty branch");
			empty = true;
		} else {
			parse_branch(p, st, flags, leading);
			empty = false;
			continue;
		}
		p->lex.pos += c >= 0;
		if (c < 0 && !p->lex.unclosed)
			parse_error(p, open, NULL, "'{' is not closed");
		p->lex.unclosed |= c < 0;
		if (c != ';')
			break;
	}
	check_branches(p, st, flags);
}

static void parse_block(struct parse *p, struct ast_stage *st, unsigned flags, bool leading)
{
	struct span open = {p->lex.pos, p->lex.pos + 1};

	if (p->depth < PARSE_DEPTH_MAX) {
		p->depth++;
		parse_branches(p, st, flags, leading);
		p->depth--;
		return;
	}
	parse_error(p, open, NULL, "too many blocks within blocks");
	p->lex.pos = p->lex.text.len;
	p->lex.unclosed = true;
}

/* ---- stages ---- */

const struct stage_spec *parse_stage_spec(const struct parse *p, struct slice name)
{
	for (const struct stage_spec *const *s = p->env->stages; *s; s++)
		if (slice_eq(name, slice_str((*s)->name)))
			return *s;
	return NULL;
}

static const struct stage_spec *nearest_stage(struct parse *p, struct slice word)
{
	size_t n = 0;
	const char **names, *near;

	while (p->env->stages[n])
		n++;
	names = arena_alloc(p->lex.arena, (n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = p->env->stages[i]->name;
	names[n] = NULL;
	near = diag_suggest(word, names);
	return near ? parse_stage_spec(p, slice_str(near)) : NULL;
}

static struct ast_stage *new_stage(struct parse *p)
{
	struct ast_stage *st = arena_alloc(p->lex.arena, sizeof *st);

	*st = (struct ast_stage){.at = {p->lex.pos, p->lex.pos + 1}, .whole = {p->lex.pos, p->lex.pos}};
	return st;
}

/* A stage's name with whatever clings to it, so that 'fetch-all' is not taken for 'fetch'. */
static struct token stage_name(struct parse *p)
{
	struct token t = lex_ident(&p->lex);
	int c = lex_at(&p->lex, 0);
	const char *what;

	if (t.kind == TOK_NONE || !lex_word_ahead(&p->lex) || c == '/' || c == '$')
		return t;
	p->lex.pos = lex_excerpt(&p->lex, &what).end;
	t.at = parse_span(p, t.at.begin);
	t.text = slice_make(p->lex.text.p + t.at.begin, t.at.end - t.at.begin);
	return t;
}

/* s|a|b| and the like: skips it, for what it holds is no stage. */
static bool foreign_subst(struct parse *p, struct slice name)
{
	int delimiter = lex_at(&p->lex, 0), seen = 0;
	uint32_t end = p->lex.pos;

	if (!slice_eq(name, slice_str("s")) || (delimiter != '|' && delimiter != ';' && delimiter != '#'))
		return false;
	for (; end < p->lex.text.len && p->lex.text.p[end] != '\n' && seen < 3; end++)
		seen += p->lex.text.p[end] == delimiter;
	if (seen == 3)
		p->lex.pos = end;
	return true;
}

static const char *stage_hint(struct parse *p, const struct token *name, const struct stage_spec *near)
{
	if (habit_stage(name->text))
		return habit_stage(name->text);
	if (foreign_subst(p, name->text))
		return "s takes one of / , ! : @ % ~ & as delimiter";
	if (near)
		return parse_format(p, "did you mean '%s'?", near->name);
	if (lex_at(&p->lex, 0) == '(')
		return "functions stand in expressions: 'map' or 'filter'";
	if (func_find(name->text))
		return parse_format(p, "did you mean 'map %.*s($0)'?", (int)name->text.len, name->text.p);
	return NULL;
}

static void unknown_stage(struct parse *p, const struct token *name, const struct stage_spec *near)
{
	parse_error(p, name->at, stage_hint(p, name, near), "unknown stage '%s'", lex_printable(p->lex.arena, name->text));
}

/* What a stage is: '/' | '$' | '!' | '(' filter, 's/' map, NAME. *guess: it is unknown, but probably this. */
static const struct stage_spec *stage_spec(struct parse *p, struct ast_stage *st, const struct stage_spec **guess)
{
	int c = lex_at(&p->lex, 0);
	const char *implied = c == '/' || c == '$' || c == '!' || c == '(' ? "filter"
			    : lex_subst_ahead(&p->lex) ? "map" : NULL, *what;
	struct token name = {.at = st->at, .text = slice_str(implied ? implied : "")};
	const struct stage_spec *spec;

	if (!implied)
		name = stage_name(p);
	if (name.kind == TOK_NONE && !implied) {
		struct span at = lex_excerpt(&p->lex, &what);
		parse_error(p, at, parse_hint(what), "no stage begins with '%s'", what);
		st->failed = true;
		return NULL;
	}
	st->at = name.at;
	spec = parse_stage_spec(p, name.text);
	if (spec)
		return spec;
	st->failed = true;
	*guess = nearest_stage(p, name.text);
	unknown_stage(p, &name, *guess);
	return NULL;
}

static bool block_ahead(struct parse *p)
{
	uint32_t before = p->lex.pos;

	lex_blank(&p->lex);
	if (lex_at(&p->lex, 0) == '{')
		return true;
	p->lex.pos = before;
	return false;
}

/* The arguments of a stage that is unknown, silently: to find its end. */
static void skip_unknown(struct parse *p, const struct stage_spec *guess)
{
	struct ast_stage scratch = {0};
	struct diag quiet, *diag = p->lex.diag;
	struct lex before = p->lex;
	struct reading r;

	diag_init(&quiet, "", p->lex.text);
	p->lex.diag = &quiet;
	if (guess && (!parse_args(p, &scratch, guess, &r) || p->lex.unclosed))
		p->lex = before;
	p->lex.diag = diag;
	diag_release(&quiet);
	lex_skip_stage(&p->lex, guess && (guess->flags & BLOCK_FLAGS) ? SKIP_TO_BLOCK : 0);
}

static void no_block(struct parse *p, struct ast_stage *st, bool any_arg)
{
	struct span open = {p->lex.pos, p->lex.pos + 1};

	bool expression = !any_arg && (parse_takes(st->spec, ARG_EXPR) || parse_takes(st->spec, ARG_FIELDS));

	parse_error(p, open, expression ? "an expression needs no braces" : "in a word '{' must be quoted",
		    "'%s' takes no block", st->spec->name);
	st->failed = true;
	lex_skip_stage(&p->lex, 0);
}

/* stage: NAME {item} [block {item}] */
static void parse_known(struct parse *p, struct ast_stage *st, const struct stage_spec *spec)
{
	size_t before = p->lex.diag->n;
	unsigned takes_block = spec->flags & BLOCK_FLAGS;
	struct reading r;
	bool good = parse_args(p, st, spec, &r);

	if (good && p->lex.diag->n == before && (takes_block || !block_ahead(p)))
		parse_check_missing(p, &r);
	if (good && takes_block && !block_ahead(p) && p->lex.diag->n == before)
		parse_error(p, st->at, parse_usage(p, spec), "'%s' lacks its block", spec->name);
	st->failed = p->lex.diag->n > before;
	if (!good)
		lex_skip_stage(&p->lex, takes_block ? SKIP_TO_BLOCK : 0);
	if (!block_ahead(p))
		return;
	if (!takes_block) {
		no_block(p, st, r.any_arg);
		return;
	}
	parse_block(p, st, spec->flags, false);
	before = p->lex.diag->n;
	if (!good || !parse_items(p, &r))
		lex_skip_stage(&p->lex, 0);
	st->failed |= p->lex.diag->n > before;
}

/* What of a stage can be read without knowing it: perhaps its branches. */
static void parse_unknown(struct parse *p, struct ast_stage *st, const struct stage_spec *guess)
{
	skip_unknown(p, guess);
	if (block_ahead(p))
		parse_block(p, st, guess->flags & ~(unsigned)SPEC_ONE_BRANCH, false);
	lex_skip_stage(&p->lex, 0);
}

/* A block without a stage: sources, where a pipeline begins. */
static void parse_lone_block(struct parse *p, struct ast_stage *st, bool first)
{
	if (!first)
		parse_error(p, st->at, "what gives every event to all of them is 'tee'",
			    "a block without a stage can only stand first");
	parse_block(p, st, SPEC_BRANCHES, first);
	st->failed = !first;
}

static struct ast_stage *parse_stage(struct parse *p, bool first)
{
	struct ast_stage *st = new_stage(p);
	const struct stage_spec *guess = NULL;

	if (lex_at(&p->lex, 0) == '{')
		parse_lone_block(p, st, first);
	else if ((st->spec = stage_spec(p, st, &guess)))
		parse_known(p, st, st->spec);
	else
		parse_unknown(p, st, guess);
	st->whole.end = p->lex.pos;
	lex_blank(&p->lex);
	if (lex_stage_end(&p->lex) && lex_at(&p->lex, 0) != '{' && lex_at(&p->lex, 0) != '=')
		return st;
	st->failed = true;
	parse_unexpected(p);
	lex_skip_stage(&p->lex, 0);
	return st;
}

/* stages: stage {'|' stage}   leading: they begin a pipeline, so a block of sources may come first */
static struct ast_stage *parse_stages(struct parse *p, bool leading)
{
	struct ast_stage *head = NULL, **tail = &head;
	struct span pipe = {0, 0};
	bool told = true;

	for (;;) {
		lex_blank(&p->lex);
		int c = lex_at(&p->lex, 0);
		if (c == '|' && lex_at(&p->lex, 1) != '|') {
			parse_error(p, (struct span){p->lex.pos, p->lex.pos + 1}, NULL, "empty stage");
			told = true;
		} else if (c < 0 || c == ';' || c == '}') {
			if (!told && !p->lex.unclosed)
				parse_error(p, pipe, NULL, "empty stage");
			return head;
		} else {
			*tail = parse_stage(p, leading && !head);
			tail = &(*tail)->next;
			told = false;
			if (lex_at(&p->lex, 0) != '|')
				return head;
		}
		pipe = (struct span){p->lex.pos, p->lex.pos + 1};
		p->lex.pos++;
	}
}

/* ---- the whole ---- */

static bool check_bytes(struct slice text, struct diag *diag)
{
	const char *nul = memchr(text.p, '\0', text.len);
	uint32_t pos;

	if (!nul)
		return true;
	pos = (uint32_t)(nul - text.p);
	diag_error(diag, (struct span){pos, pos + 1}, "in a string it is \\x00", "a NUL byte in the pipeline");
	return false;
}

struct ast_stage *parse_pipeline(struct slice text, const struct parse_env *env, struct arena *arena, struct diag *diag)
{
	struct parse p = {.lex = {.text = text, .arena = arena, .diag = diag}, .env = env};
	struct ast_stage *head, **tail = &head;
	size_t before = diag->n;

	if (!check_bytes(text, diag))
		return NULL;
	head = parse_stages(&p, true);
	while (lex_blank(&p.lex), lex_at(&p.lex, 0) >= 0) {
		if (lex_at(&p.lex, 0) == ';')
			parse_error(&p, (struct span){p.lex.pos, p.lex.pos + 1}, "stages are separated by '|'",
				    "';' outside a block");
		else
			parse_unexpected(&p);
		p.lex.pos++;
		lex_blank(&p.lex);
		lex_accept(&p.lex, "|");
		while (*tail)
			tail = &(*tail)->next;
		*tail = parse_stages(&p, false);
	}
	if (!head && diag->n == before)
		diag_error(diag, (struct span){0, 0}, NULL, "empty pipeline");
	return head;
}
