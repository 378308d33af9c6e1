/* to json: an object for each event, its columns as members. A column called a.b is member b of member a. */
#include "config.h"

#include <stdio.h>

#include "base/str.h"
#include "stages/writers/to.h"

/* A member: a column, or an object of those whose names begin alike. */
struct json_tree {
	struct json_tree *next, *first;
	struct slice name;      /* of this member */
	struct slice whole;     /* the column's */
	int column;             /* -1: an object */
};

/* ---- which member each column is ---- */

/* The first part of a name and the rest; rest.p == NULL: it has one part. What is empty on either side of a dot is no part. */
static struct slice first_part(struct slice name, struct slice *rest)
{
	bool call = name.len > 0 && name.p[name.len - 1] == ')'; /* p99.9($ms) is no path */
	const char *dot = name.len > 2 && !call ? memchr(name.p + 1, '.', name.len - 2) : NULL;
	*rest = (struct slice){0};
	if (!dot)
		return name;
	*rest = slice_make(dot + 1, (size_t)(name.p + name.len - dot - 1));
	return slice_make(name.p, (size_t)(dot - name.p));
}

static struct json_tree *add_member(struct arena *a, struct json_tree ***end, struct slice name, struct slice whole, int column)
{
	struct json_tree *m = arena_alloc(a, sizeof *m);
	*m = (struct json_tree){.name = name, .whole = whole, .column = column};
	**end = m;
	*end = &m->next;
	return m;
}

/* The place of the member called `name`, or the end of the list. */
static struct json_tree **find_member(struct json_tree **list, struct slice name)
{
	while (*list && !slice_eq((*list)->name, name))
		list = &(*list)->next;
	return list;
}

static bool is_plain(const struct slice *names, uint32_t n)
{
	struct slice rest;
	for (uint32_t i = 0; i < n; i++) {
		first_part(names[i], &rest);
		if (rest.p)
			return false;
	}
	return true;
}

/* Sorts a column in. False: its place is taken by *other. */
static bool sort_in(struct arena *a, struct json_tree *root, struct slice whole, int column, struct slice *other)
{
	struct json_tree *object = root;
	struct slice name = whole, rest;
	for (;;) {
		struct slice part = first_part(name, &rest);
		struct json_tree **at = find_member(&object->first, part);
		bool last = !rest.p;
		if (*at && (last || (*at)->column >= 0)) {
			*other = (*at)->whole;
			return false;
		}
		object = *at ? *at : add_member(a, &at, part, whole, last ? column : -1);
		if (last)
			return true;
		name = rest;
	}
}

/* The tree of these columns; NULL: *one and *other cannot be members of the same object. */
static struct json_tree *make_tree(struct arena *a, const struct slice *names, uint32_t n, struct slice *one, struct slice *other)
{
	struct json_tree *root = arena_alloc(a, sizeof *root), **end = &root->first;
	*root = (struct json_tree){.column = -1};
	if (is_plain(names, n)) {
		for (uint32_t i = 0; i < n; i++)
			add_member(a, &end, names[i], names[i], (int)i);
		return root;
	}
	for (uint32_t i = 0; i < n; i++) {
		*one = names[i];
		if (!sort_in(a, root, names[i], (int)i, other))
			return NULL;
	}
	return root;
}

/* ---- writing ---- */

static bool add_object(const struct to *t, const struct json_tree *object, const struct record *r, int depth, struct str *out)
{
	const struct json_style *style = &t->style;
	bool any = false;
	str_addc(out, '{');
	for (const struct json_tree *m = object->first; m; m = m->next) {
		if (m->column >= 0 && json_omits(r->value[m->column], style))
			continue;
		size_t before = out->len;
		if (any)
			str_addc(out, ',');
		json_add_line(out, style, depth + 1);
		json_add_name(out, m->name, style);
		size_t begin = out->len;
		if (m->column < 0 ? !add_object(t, m, r, depth + 1, out)
				  : !json_add_value(out, r->value[m->column], style, depth + 1))
			return false;
		if (m->column < 0 && style->omit != JSON_OMIT_NONE && out->len == begin + 2)
			out->len = before; /* all its members were left out */
		else
			any = true;
	}
	if (any)
		json_add_line(out, style, depth);
	str_addc(out, '}');
	return true;
}

/* Brackets that an event stands in. */
static int depth_of(const struct to *t)
{
	return t->array;
}

static bool json_add(const struct to *t, struct eval *ev, const struct event *e, const struct record *r, struct str *out)
{
	if (t->reader.in->npos == SCHEMA_DOCUMENT) { /* with its own bytes */
		bool brackets = e->whole.len && (e->whole.p[0] == '{' || e->whole.p[0] == '[');
		enum kind kind = brackets ? KIND_DOCUMENT : slice_kind(e->whole);
		if (json_add_value(out, slice_of_kind(e->whole.p, e->whole.len, kind), &t->style, depth_of(t)))
			return true;
		snprintf(ev->error, sizeof ev->error, "this is no JSON document");
		return false;
	}
	const struct json_tree *tree = t->tree;
	struct slice one = {0}, other = {0};
	if (!tree && !(tree = make_tree(&ev->scratch, r->name, r->n, &one, &other))) {
		snprintf(ev->error, sizeof ev->error, "columns '%.*s' and '%.*s' cannot both be members", (int)one.len, one.p,
			 (int)other.len, other.p);
		return false;
	}
	if (add_object(t, tree, r, depth_of(t), out))
		return true;
	snprintf(ev->error, sizeof ev->error, "a column holds no JSON document");
	return false;
}

/* ---- a batch as one array ---- */

static bool add_element(const struct to *t, struct work *w, const struct chunk *in, uint32_t i, bool first)
{
	struct eval *ev = work_eval(w);
	struct event e = stage_event(in, i, ev);
	struct record r;
	size_t before = ev->built.len;
	if (!first)
		str_addc(&ev->built, ',');
	json_add_line(&ev->built, &t->style, 1);
	bool whole = t->reader.in->npos == SCHEMA_DOCUMENT;
	bool good = (whole || record_read(&t->reader, ev, &e, &r)) && json_add(t, ev, &e, &r, &ev->built) && eval_fits(ev, ev->built.len);
	if (!good) {
		ev->built.len = before;
		work_fail(w, e.whole, ev->error);
	}
	arena_clear(&ev->scratch);
	return good;
}

static void batch_run(const void *priv, void *state, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct to *t = priv;
	struct eval *ev = work_eval(w);
	bool any = false;
	(void)state;
	str_clear(&ev->built);
	str_addc(&ev->built, '[');
	for (uint32_t i = 0; i < in->n; i++)
		any |= add_element(t, w, in, i, !any);
	in->pos = in->n;
	if (any)
		json_add_line(&ev->built, &t->style, 0);
	str_addc(&ev->built, ']');
	chunk_derive(out, in, 0, chunk_copy(out, slice_make(ev->built.p, ev->built.len)));
}

static const struct ordered_ops batch_ops = {.ncols = to_ncols, .run = batch_run, .whole_batches = true, .uses = true};

static const struct ordered_ops *json_as_ordered(const struct to *t)
{
	return t->array && t->batched ? &batch_ops : NULL;
}

/* ---- before anything runs ---- */

static void json_bind(struct to *t, struct bind *b)
{
	struct slice one = {0}, other = {0};
	t->style = (struct json_style){.pretty = t->pretty, .text = t->text, .omit = t->omit};
	if (t->reader.fixed && !(t->tree = make_tree(t->arena, t->reader.names, t->reader.n, &one, &other)))
		bind_error(b, "columns '%.*s' and '%.*s' cannot both be members: give one of them another name", (int)one.len,
			   one.p, (int)other.len, other.p);
	if (!t->array)
		return;
	if (t->batched) {
		bind_set_batched(b, false);
		t->out = bind_new_schema(b, SCHEMA_SPLIT, false);
		return;
	}
	t->envelope = arena_alloc(t->arena, sizeof *t->envelope);
	*t->envelope = (struct envelope){
		.begin = slice_str(t->pretty ? "[\n  " : "["), .between = slice_str(t->pretty ? ",\n  " : ",\n"),
		.end = slice_str(t->pretty ? "\n]" : "]"), .empty = slice_str("[]"), .always = true,
	};
}

static const char *const options[] = {"array", "pretty", "omit", "text", NULL};

const struct to_format to_json = {
	.name = "json", .options = options, .bind = json_bind, .add = json_add, .as_ordered = json_as_ordered,
};
