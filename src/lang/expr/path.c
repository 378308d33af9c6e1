/* Paths when they run, and their canonical texts: see path.h. */
#include "config.h"

#include "lang/expr/path.h"

/* ---- canonical texts ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_plain(struct slice name)
{
	for (uint32_t i = 0; i < name.len; i++)
		if (!is_letter(name.p[i]) && (i == 0 || name.p[i] < '0' || name.p[i] > '9'))
			return false;
	return name.len > 0;
}

void path_add_member(struct str *path, struct slice name)
{
	if (is_plain(name)) {
		str_adds(path, path->len ? "." : "");
		str_add(path, name.p, name.len);
		return;
	}
	str_adds(path, "[\"");
	for (uint32_t i = 0; i < name.len; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			str_addc(path, '\\');
		str_addc(path, name.p[i]);
	}
	str_adds(path, "\"]");
}

void path_add_index(struct str *path, int64_t index)
{
	str_addf(path, "[%lld]", (long long)index);
}

/* A quoted name behind its quote; *p moves behind the end quote. */
static bool read_quoted(struct arena *a, const char **p, const char *end, struct slice *out)
{
	char *to = arena_bytes(a, (size_t)(end - *p) + 1);

	*out = slice_make(to, 0);
	for (; *p < end && **p != '"'; (*p)++) {
		if (**p == '\\' && *p + 1 < end)
			(*p)++;
		to[out->len++] = **p;
	}
	return *p < end && (*p)++;
}

static bool read_index(const char **p, const char *end, int64_t *out)
{
	const char *begin = *p;
	struct num n;

	while (*p < end && **p != ']')
		(*p)++;
	if (!num_parse(slice_make(begin, (size_t)(*p - begin)), &n) || !n.is_int)
		return false;
	*out = n.i;
	return true;
}

/* '.' NAME | NAME | '["' NAME '"]' | '[' INDEX ']' */
static bool read_step(struct arena *a, const char *begin, const char **p, const char *end, struct json_step *step)
{
	*step = (struct json_step){0};
	if (**p == '[') {
		(*p)++;
		if (*p < end && **p == '"') {
			(*p)++;
			if (!read_quoted(a, p, end, &step->name))
				return false;
		} else if (!read_index(p, end, &step->index)) {
			return false;
		}
		return *p < end && *(*p)++ == ']';
	}
	if (*p > begin && *(*p)++ != '.')
		return false;
	const char *from = *p;
	while (*p < end && **p != '.' && **p != '[')
		(*p)++;
	step->name = slice_make(from, (size_t)(*p - from));
	return *p > from;
}

int path_steps(struct arena *a, struct slice text, struct json_step **steps)
{
	const char *p = text.p, *end = text.p + text.len;
	int n = 0;

	*steps = arena_alloc(a, ((size_t)text.len + 1) * sizeof **steps);
	while (p < end)
		if (!read_step(a, text.p, &p, end, &(*steps)[n++]))
			return -1;
	return n;
}

/* ---- walking ---- */

struct walking {
	const struct path *path;
	struct eval *ev;
	path_visit *visit;
	void *arg;
};

static const struct slice missing = {.p = "", .flags = (uint32_t)KIND_MISSING << KIND_SHIFT};

static struct slice plain(struct eval *ev, struct slice s)
{
	return s.flags ? expr_plain(ev, s) : s;
}

static bool malformed(struct eval *ev, struct slice doc, const char *error)
{
	char quoted[QUOTE_MAX];

	return eval_fail(ev, "'%s' is no JSON: %s", value_quote(quoted, doc), error);
}

/* Text without a kind may hold a document, or only a word, which has no members. */
static bool as_document(struct eval *ev, struct slice *doc, bool *has_members)
{
	const char *at, *error;

	*has_members = slice_kind(*doc) == KIND_DOCUMENT;
	if (slice_kind(*doc) != KIND_NONE)
		return true;
	while (doc->len && (*doc->p == ' ' || (*doc->p >= '\t' && *doc->p <= '\r'))) {
		doc->p++;
		doc->len--;
	}
	*has_members = doc->len && (*doc->p == '{' || *doc->p == '[');
	if (*has_members || doc->len == 0)
		return true;
	error = json_check(doc->p, doc->len, &at);
	return !error || malformed(ev, *doc, error);
}

/* What the paths lead to, which are one. */
static bool look_up(struct eval *ev, const struct json_paths *paths, struct slice doc, struct slice *out)
{
	const char *error = "";
	bool has_members;

	*out = missing;
	if (!as_document(ev, &doc, &has_members))
		return false;
	if (!has_members)
		return true;
	return json_members(doc, paths, out, &error) == JSON_VALUE || malformed(ev, doc, error);
}

static bool walk_part(const struct walking *w, int part, struct slice value);

static bool wanted_element(const struct walking *w, const struct path_part *part, struct slice element, bool *is)
{
	struct value v = {.kind = VALUE_DATA};

	if (!look_up(w->ev, &part->member, element, &v.s))
		return false;
	v.s = plain(w->ev, v.s);
	if (part->wanted.kind == VALUE_DATA && slice_kind(part->wanted.s) == KIND_NULL)
		*is = slice_kind(v.s) == KIND_NULL;
	else
		*is = slice_kind(v.s) != KIND_MISSING && value_compare(OP_EQ, &v, &part->wanted, &w->ev->scratch);
	return true;
}

/* Each element, or the first that is wanted. */
static bool walk_elements(const struct walking *w, int i, struct slice doc)
{
	const struct path_part *part = &w->path->parts[i];
	struct json_walk walk;
	struct slice name, element;
	enum json_result got = JSON_END;
	bool has_members, is = true;

	if (!as_document(w->ev, &doc, &has_members))
		return false;
	if (has_members && json_walk_begin(&walk, doc)) {
		while ((got = json_walk_next(&walk, &name, &element)) == JSON_VALUE) {
			if (part->then == PATH_WHERE && !wanted_element(w, part, element, &is))
				return false;
			if (is && !walk_part(w, i + 1, element))
				return false;
			if (is && part->then == PATH_WHERE)
				return true;
		}
	}
	if (got != JSON_END)
		return malformed(w->ev, doc, walk.r.error ? walk.r.error : "it ends too early");
	return part->then == PATH_EACH || w->visit(w->arg, missing);
}

static bool walk_part(const struct walking *w, int i, struct slice value)
{
	const struct path_part *part;

	if (i == w->path->n)
		return w->visit(w->arg, plain(w->ev, value));
	part = &w->path->parts[i];
	if (part->paths.n && !look_up(w->ev, &part->paths, value, &value))
		return false;
	return part->then == PATH_END ? w->visit(w->arg, plain(w->ev, value)) : walk_elements(w, i, value);
}

bool path_each(const struct expr *e, struct eval *ev, const struct event *event, path_visit *visit, void *arg)
{
	struct walking w = {e->path, ev, visit, arg};
	struct value doc;

	return expr_eval(e->kids[0], ev, event, &doc) && walk_part(&w, 0, value_text(&doc, &ev->scratch));
}

static bool set_value(void *arg, struct slice value)
{
	struct value *out = arg;

	out->kind = VALUE_DATA;
	out->s = value;
	if (!value.p)
		out->s.p = "";
	return true;
}

bool path_value(const struct expr *e, struct eval *ev, const struct event *event, struct value *out)
{
	if (e->path->many)
		return eval_fail(ev, "several values are no single one");
	return path_each(e, ev, event, set_value, out);
}

/* ---- any ---- */

int path_any(const struct expr *e, struct eval *ev, const struct event *event)
{
	struct expr_values values = {0};
	struct slice before = ev->at_hand;
	int test = 0;

	if (!expr_add_values(e->kids[0], ev, event, &values))
		return -1;
	for (size_t i = 0; test == 0 && i < values.n; i++) {
		ev->at_hand = values.v[i].s;
		test = expr_test(e->kids[1], ev, event);
	}
	ev->at_hand = before;
	return test;
}
