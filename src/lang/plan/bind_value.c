/* From the trees of arguments and options to what stages find in their private struct. Patterns of file names are
 * expanded here: directories are read, no file is opened. */
#include "config.h"

#include "lang/plan/bind_impl.h"

#include <glob.h>
#include <stdlib.h>

#include "lang/syntax/lex.h"

static struct arena *arena(struct bind *b)
{
	return &b->plan->arena;
}

/* ---- expressions ---- */

static struct expr_env expr_env(struct bind *b, struct schema *schema)
{
	const struct bind_env *env = b->plan->owned->env;

	return (struct expr_env){
		.diag = b->diag,
		.arena = arena(b),
		.schema = schema,
		.splitter = env->splitter,
		.vars = env->vars,
		.uses_origin = &b->plan->uses_origin,
		.regexes = &b->plan->owned->regexes,
		.ofs = env->ofs,
	};
}

struct expr *bind_expr(struct bind *b, const struct ast_expr *tree, struct schema *schema)
{
	struct expr_env e = expr_env(b, schema);

	return expr_compile(tree, &e);
}

/* For expressions over the events that come in; a source has none. */
static struct expr_env in_env(struct bind *b)
{
	return expr_env(b, b->ps->spec->flags & SPEC_SOURCE ? NULL : b->in.schema);
}

static struct expr *in_expr(struct bind *b, const struct ast_expr *tree)
{
	struct expr_env env = in_env(b);

	return expr_compile(tree, &env);
}

static void *array(struct bind *b, int n, size_t item_bytes)
{
	size_t bytes = (size_t)(n ? n : 1) * item_bytes;

	return memset(arena_alloc(arena(b), bytes), 0, bytes);
}

static char *name_copy(struct bind *b, struct slice s)
{
	char *copy = arena_bytes(arena(b), (size_t)s.len + 1);

	memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return copy;
}

/* Keys. */
static struct expr_list expr_list(struct bind *b, const struct ast_item *items, int n)
{
	struct expr_list list = {
		.n = n, .e = array(b, n, sizeof(struct expr *)), .names = array(b, n, sizeof(const char *)),
	};
	struct expr_env env = in_env(b);

	for (int i = 0; i < n; i++) {
		list.e[i] = expr_compile_key(items[i].e, &env);
		list.names[i] = items[i].name.p ? name_copy(b, items[i].name) : NULL;
	}
	return list;
}

static struct key_list key_list(struct bind *b, const struct ast_value *v)
{
	struct key_list list = {.n = v->nitems, .k = array(b, v->nitems, sizeof *list.k)};

	for (int i = 0; i < v->nitems; i++)
		list.k[i] = (struct sort_key){in_expr(b, v->items[i].e), (enum sort_way)v->items[i].index};
	return list;
}

/* Never with p == NULL, which means not given. */
static struct slice string(struct bind *b, const struct ast_expr *e)
{
	return slice_make(name_copy(b, e->text), e->text.len);
}

static struct field *add_field(struct bind *b, struct field_list *list, int *cap)
{
	if (list->n == *cap) {
		*cap = *cap ? 2 * *cap : 8;
		struct field *f = array(b, *cap, sizeof *f);
		if (list->n)
			memcpy(f, list->f, (size_t)list->n * sizeof *f);
		list->f = f;
	}
	return &list->f[list->n++];
}

/* The fields of a range in a list; where it has none, an empty one. */
static void add_fields(struct bind *b, struct field_list *list, int *cap, const struct ast_item *item)
{
	struct expr_env env = in_env(b);
	struct expr *e = expr_compile_list(item->e, &env), **parts;
	int n = 0;

	if (e && expr_is_list(e) && item->name.p) {
		diag_error(b->diag, item->name_at, "one text of them is join(\" \", $2..)", "a name is for one value, not for a range of fields");
		return;
	}
	parts = e && expr_is_list(e) ? expr_parts(e, &n) : NULL;
	if (!parts) {
		struct field *f = add_field(b, list, cap);
		f->name = item->name.p ? name_copy(b, item->name) : NULL;
		f->many = e && expr_is_list(e);
		f->e = e;
	}
	for (int i = 0; i < n; i++)
		*add_field(b, list, cap) = (struct field){.e = parts[i], .many = true};
	if (parts && n == 0)
		*add_field(b, list, cap) = (struct field){.e = expr_empty(&env), .many = true};
}

static struct field_list field_list(struct bind *b, const struct ast_value *v)
{
	struct field_list list = {0};
	int cap = 0;

	for (int i = 0; i < v->nitems; i++)
		add_fields(b, &list, &cap, &v->items[i]);
	return list;
}

/* set: the number of each place that is known before anything runs; else the range as it is. */
static void add_sets(struct bind *b, struct field_list *list, int *cap, const struct ast_item *item)
{
	struct expr_env env = in_env(b);
	struct expr *range = NULL, **parts = NULL;
	int n = 0;

	if (item->target->kind == AST_RANGE) {
		range = expr_compile_list(item->target, &env);
		parts = range ? expr_parts(range, &n) : NULL;
		env.at_hand = true;
	}
	struct field f = {.index = item->index, .e = expr_compile(item->e, &env), .range = range};
	f.name = item->name.p ? name_copy(b, item->name) : NULL;
	if (!parts) {
		*add_field(b, list, cap) = f;
		return;
	}
	f.range = NULL;
	for (int i = 0; i < n; i++) {
		f.index = expr_is_column(parts[i]) + 1;
		f.at_hand = parts[i];
		*add_field(b, list, cap) = f;
	}
}

static struct field_list set_list(struct bind *b, const struct ast_value *v)
{
	struct field_list list = {0};
	int cap = 0;

	for (int i = 0; i < v->nitems; i++)
		add_sets(b, &list, &cap, &v->items[i]);
	return list;
}

static struct named_list named_list(struct bind *b, const struct ast_value *v)
{
	struct named_list list = {.n = v->nitems, .t = array(b, v->nitems, sizeof *list.t)};

	for (int i = 0; i < v->nitems; i++)
		list.t[i] = (struct named_text){name_copy(b, v->items[i].name), string(b, v->items[i].e)};
	return list;
}

static struct slice span_text(const struct bind *b, struct span at)
{
	return slice_make(b->diag->text.p + at.begin, at.end - at.begin);
}

static struct call_list call_list(struct bind *b, const struct ast_value *v)
{
	struct call_list list = {.n = v->nitems, .c = array(b, v->nitems, sizeof *list.c)};

	for (int i = 0; i < v->nitems; i++) {
		const struct ast_item *item = &v->items[i];
		struct call *c = &list.c[i];
		c->name = item->name.p ? name_copy(b, item->name) : NULL;
		c->written = name_copy(b, span_text(b, item->e->at));
		c->func = item->index;
		c->number = item->number;
		c->nargs = item->e->nkids;
		for (int k = 0; k < c->nargs && k < (int)(sizeof c->args / sizeof *c->args); k++)
			c->args[k] = in_expr(b, item->e->kids[k]);
	}
	return list;
}

/* ---- regular expressions ---- */

static struct re *make_regex(struct bind *b, const struct ast_expr *tree)
{
	struct re_error err;
	struct re *re = re_new(tree->text, tree->flags & ~AST_GLOBAL, &err);

	if (!re)
		diag_error(b->diag, lex_regex_place(b->diag->text, tree->at, err.offset), NULL,
			   "bad regular expression: %s", err.message);
	return re;
}

static struct re *own_regex(struct bind *b, struct re *re)
{
	struct expr_regex *link;

	if (!re)
		return NULL;
	link = array(b, 1, sizeof *link);
	*link = (struct expr_regex){.next = b->plan->owned->regexes, .re = re};
	b->plan->owned->regexes = link;
	return re;
}

static struct substitution substitution(struct bind *b, const struct ast_value *v)
{
	const struct ast_expr *re = v->items[0].e, *with = v->items[1].e;
	struct substitution s = {.re = own_regex(b, make_regex(b, re)), .global = re->flags & AST_GLOBAL};
	struct expr_env env = {.diag = b->diag, .arena = arena(b)};

	if (s.re)
		s.with = subst_new(with->text, with->at, s.re, &env);
	return s;
}

static struct splitter *splitter(struct bind *b, const struct ast_expr *e)
{
	struct owned_splitter *link;
	struct re *re = NULL;

	if (e->kind == AST_REGEX && !(re = make_regex(b, e)))
		return NULL;
	if (!re && e->text.len == 0) {
		diag_error(b->diag, e->at, NULL, "a separator cannot be empty");
		return NULL;
	}
	link = array(b, 1, sizeof *link);
	*link = (struct owned_splitter){b->plan->owned->splitters, splitter_new(e->text, re)};
	b->plan->owned->splitters = link;
	return link->splitter;
}

/* ---- words ---- */

static bool has_tilde(const struct ast_item *item, struct slice text)
{
	return item->bare && text.len >= 2 && text.p[0] == '~' && text.p[1] == '/';
}

/* The home directory, for a word that begins with ~/. */
static const char *home(struct bind *b, const struct ast_item *item)
{
	const char *dir = getenv("HOME");

	if (!dir || !*dir)
		diag_error(b->diag, item->at, NULL, "'~' stands for nothing: HOME is not set");
	return dir ? dir : "";
}

static const char *word(struct bind *b, const struct ast_item *item)
{
	struct slice text = item->e->text;
	struct str s = {0};
	const char *copy;

	if (has_tilde(item, text)) {
		str_adds(&s, home(b, item));
		text.p++;
		text.len--;
	}
	str_add(&s, text.p, text.len);
	copy = name_copy(b, slice_make(s.p ? s.p : "", s.len));
	str_release(&s);
	return copy;
}

/* A word that is filled in, ~/ at its beginning too. */
static struct expr *filled(struct bind *b, struct ast_item *item)
{
	struct ast_expr *e = item->e, *first = e->kind == AST_CONCAT ? e->kids[0] : e;

	if (first->kind == AST_STR && has_tilde(item, first->text)) {
		struct str s = {0};
		str_adds(&s, home(b, item));
		str_add(&s, first->text.p + 1, first->text.len - 1);
		first->text = arena_copy(arena(b), slice_make(s.p, s.len));
		str_release(&s);
	}
	return in_expr(b, e);
}

static struct expr_list command(struct bind *b, const struct ast_value *v)
{
	struct expr_list list = {.n = v->nitems, .e = array(b, v->nitems, sizeof(struct expr *))};

	for (int i = 0; i < v->nitems; i++)
		list.e[i] = filled(b, &v->items[i]);
	return list;
}

/* The values of an option that may be given again, in the order in which they are written. */
static void add_template(struct bind *b, struct expr_list *list, struct ast_item *item)
{
	struct expr **e = array(b, list->n + 1, sizeof *e);

	if (list->n)
		memcpy(e, list->e, (size_t)list->n * sizeof *e);
	e[list->n++] = filled(b, item);
	list->e = e;
}

static bool is_pattern(const struct ast_item *item)
{
	if (!item->bare)
		return false;
	for (uint32_t i = 0; i < item->e->text.len; i++)
		if (strchr("*?[", item->e->text.p[i]))
			return true;
	return false;
}

static void add_word(struct bind *b, struct word_list *list, size_t *cap, const char *w)
{
	if ((size_t)list->n == *cap) {
		*cap = *cap ? 2 * *cap : 8;
		const char **words = array(b, (int)*cap, sizeof *words);
		if (list->n)
			memcpy(words, list->words, (size_t)list->n * sizeof *words);
		list->words = words;
	}
	list->words[list->n++] = w;
}

/* The pattern for glob: what ~/ stands for is none. */
static char *glob_text(struct bind *b, const struct ast_item *item)
{
	struct str s = {0};
	struct slice text = item->e->text;

	if (has_tilde(item, text)) {
		for (const char *p = home(b, item); *p; p++) {
			if (strchr("*?[\\", *p))
				str_addc(&s, '\\');
			str_addc(&s, *p);
		}
		text.p++;
		text.len--;
	}
	str_add(&s, text.p, text.len);
	return str_steal(&s);
}

static void add_matches(struct bind *b, struct word_list *list, size_t *cap, const struct ast_item *item)
{
	glob_t found = {0};
	char *pattern = glob_text(b, item);

	if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0)
		diag_error(b->diag, item->at, NULL, "no file matches '%.*s'", (int)item->e->text.len, item->e->text.p);
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_word(b, list, cap, arena_strdup(arena(b), found.gl_pathv[i]));
	globfree(&found);
	free(pattern);
}

static struct word_list word_list(struct bind *b, const struct ast_value *v, bool patterns)
{
	struct word_list list = {0};
	size_t cap = 0;

	for (int i = 0; i < v->nitems; i++) {
		if (patterns && is_pattern(&v->items[i]))
			add_matches(b, &list, &cap, &v->items[i]);
		else
			add_word(b, &list, &cap, word(b, &v->items[i]));
	}
	return list;
}

static struct int_list int_list(struct bind *b, const struct ast_value *v)
{
	struct int_list list = {.n = v->nitems, .v = array(b, v->nitems, sizeof(int))};

	for (int i = 0; i < v->nitems; i++)
		list.v[i] = v->items[i].index;
	return list;
}

/* ---- all of them ---- */

static void store(struct bind *b, enum arg_type type, const struct ast_value *v, void *to)
{
	const struct ast_expr *e = v->nitems ? v->items[0].e : NULL;

	switch (type) {
	case ARG_WORD: *(const char **)to = word(b, &v->items[0]); break;
	case ARG_FILES: *(struct word_list *)to = word_list(b, v, true); break;
	case ARG_CONST_COMMAND: *(struct word_list *)to = word_list(b, v, false); break;
	case ARG_TEMPLATE: *(struct expr **)to = filled(b, &v->items[0]); break;
	case ARG_TEMPLATES: add_template(b, to, &v->items[0]); break;
	case ARG_COMMAND: *(struct expr_list *)to = command(b, v); break;
	case ARG_EXPR: *(struct expr **)to = in_expr(b, e); break;
	case ARG_KEYS: *(struct key_list *)to = key_list(b, v); break;
	case ARG_COUNT: case ARG_SIZE: case ARG_DURATION: *(int64_t *)to = v->whole; break;
	case ARG_COUNT_ENDS: *(struct count_ends *)to = (struct count_ends){v->whole, v->negative}; break;
	case ARG_NUMBER: *(struct num *)to = v->num; break;
	case ARG_RATE: *(struct rate *)to = v->rate; break;
	case ARG_PERIOD: *(struct period *)to = v->period; break;
	case ARG_STRING: *(struct slice *)to = string(b, e); break;
	case ARG_REGEX: *(struct re **)to = own_regex(b, make_regex(b, e)); break;
	case ARG_SPLITTER: *(struct splitter **)to = splitter(b, e); break;
	case ARG_FIELDS: *(struct field_list *)to = field_list(b, v); break;
	case ARG_SETS: *(struct field_list *)to = set_list(b, v); break;
	case ARG_NAMED: *(struct named_list *)to = named_list(b, v); break;
	case ARG_CALLS: *(struct call_list *)to = call_list(b, v); break;
	case ARG_SUBST: *(struct substitution *)to = substitution(b, v); break;
	case ARG_FLAG: *(bool *)to = true; break;
	case ARG_CHOICE: *(int *)to = (int)v->whole; break;
	case ARG_LIST: *(struct int_list *)to = int_list(b, v); break;
	case ARG_END: break;
	}
}

static void store_default(enum arg_type type, void *to)
{
	switch (type) {
	case ARG_COUNT: case ARG_SIZE: case ARG_DURATION: *(int64_t *)to = -1; break;
	case ARG_PERIOD: *(struct period *)to = (struct period){-1, -1}; break;
	case ARG_CHOICE: *(int *)to = -1; break;
	default: break; /* all bytes zero */
	}
}

void bind_defaults(const struct stage_spec *spec, char *priv)
{
	for (const struct arg_spec *a = spec->args; a && a->type != ARG_END; a++)
		store_default(a->type, priv + a->offset);
	for (const struct opt_spec *o = spec->opts; o && o->name; o++)
		store_default(o->type, priv + o->offset);
}

bool bind_values(struct bind *b)
{
	const struct stage_spec *spec = b->ps->spec;
	const struct ast_stage *st = b->ast;
	char *priv = b->ps->priv;
	size_t before = b->diag->n;

	for (int i = 0; spec->args && spec->args[i].type != ARG_END; i++)
		if (st->args[i].given)
			store(b, spec->args[i].type, &st->args[i], priv + spec->args[i].offset);
	for (int i = 0; i < st->nopts; i++) {
		const struct ast_opt *o = &st->opts[i];
		char *base = o->common ? (char *)b->ps : priv;
		store(b, o->spec->type, &o->value, base + o->spec->offset);
	}
	if (spec->flags & SPEC_BY)
		*(struct expr_list *)(priv + spec->by_offset) = expr_list(b, st->by, st->nby);
	return b->diag->n == before;
}

struct re *bind_regex(struct bind *b, const char *pattern)
{
	struct re_error err;

	return own_regex(b, re_new(slice_str(pattern), 0, &err));
}
