/* Reading JSON: see json.h. The loops are written once, over a function that makes the structure of a block. */
#include "config.h"

#include "formats/json.h"

#include "base/mem.h"
#include "formats/json_structure.h"

/* Takes the block at r->block. A string's quotes are structure; so is a newline within a string, which must not be there. */
INLINE void look(struct json_reader *r, masks_fn *masks, prefix_fn *prefix)
{
	char copy[BLOCK];
	const char *block = r->block;
	if (r->end - block < BLOCK) {
		memset(copy, ' ', sizeof copy);
		memcpy(copy, block, (size_t)(r->end - block));
		block = copy;
	}
	struct masks m = masks(block);
	r->backslashes |= m.backslashes != 0;
	uint64_t quotes = m.quotes & ~escaped_bytes(m.backslashes, &r->escaped);
	uint64_t inside = prefix(quotes) ^ r->in_string;
	r->in_string = (uint64_t)((int64_t)inside >> 63);
	r->bits = ((m.brackets | m.commas | m.colons) & ~inside) | quotes | (m.newlines & inside);
}

/* The next byte of structure, which stays the next; NULL: there is none. */
INLINE const char *peek(struct json_reader *r, masks_fn *masks, prefix_fn *prefix)
{
	while (!r->bits) {
		if (r->end - r->block <= BLOCK)
			return NULL;
		r->block += BLOCK;
		look(r, masks, prefix);
	}
	return r->block + __builtin_ctzll(r->bits);
}

INLINE void drop(struct json_reader *r)
{
	r->bits &= r->bits - 1;
}

INLINE void begin(struct json_reader *r, const char *p, const char *end, masks_fn *masks, prefix_fn *prefix)
{
	*r = (struct json_reader){.at = p, .end = end, .block = p};
	if (p < end)
		look(r, masks, prefix);
}

/* ---- values ---- */

struct json_path {
	struct json_path *next, *kids; /* neighbours are steps from the same place */
	struct json_step step;
	int slot;                      /* -1: only on the way to others */
};

INLINE bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

INLINE const char *skip_space(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

static enum json_result wrong(struct json_reader *r, const char *at, const char *why)
{
	r->at = at;
	r->error = why;
	return JSON_WRONG;
}

/* The token at p was expected, but the input ends, or a string does not end on its line. */
static enum json_result no_token(struct json_reader *r, const char *t)
{
	return t ? wrong(r, t, "a string does not end on its line") : JSON_UNFINISHED;
}

/* The string whose opening quote is at r->at; sets r->at behind it. */
INLINE enum json_result string(struct json_reader *r, struct slice *out, masks_fn *masks, prefix_fn *prefix)
{
	const char *open = r->at;
	drop(r);
	const char *close = peek(r, masks, prefix);
	if (!close || *close != '"')
		return no_token(r, close);
	drop(r);
	r->at = close + 1;
	*out = slice_of_kind(open + 1, (size_t)(close - open - 1), KIND_TEXT);
	if (r->backslashes && memchr(out->p, '\\', out->len))
		out->flags |= SLICE_ESCAPED;
	return JSON_VALUE;
}

/* From an opening bracket at r->at to behind its end, whatever lies between. */
INLINE enum json_result skip_brackets(struct json_reader *r, masks_fn *masks, prefix_fn *prefix)
{
	unsigned depth = 0;
	for (;;) {
		const char *t = peek(r, masks, prefix);
		if (!t || *t == '\n')
			return no_token(r, t);
		drop(r);
		char c = *t | 0x20;
		depth += (c == '{') - (c == '}');
		if (depth == 0) {
			r->at = t + 1;
			return JSON_VALUE;
		}
		if (depth > JSON_DEPTH)
			return wrong(r, t, "brackets are nested too deeply");
	}
}

static bool is_literal(struct slice s, const char *name)
{
	return s.len == strlen(name) && !memcmp(s.p, name, s.len);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool json_is_number(struct slice s)
{
	const char *p = s.p, *end = s.p + s.len;
	if (p < end && *p == '-')
		p++;
	if (p == end || !is_digit(*p))
		return false;
	if (*p++ != '0')
		while (p < end && is_digit(*p))
			p++;
	if (p < end && *p == '.') {
		if (++p == end || !is_digit(*p))
			return false;
		while (p < end && is_digit(*p))
			p++;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (++p < end && (*p == '+' || *p == '-'))
			p++;
		if (p == end || !is_digit(*p))
			return false;
		while (p < end && is_digit(*p))
			p++;
	}
	return p == end;
}

/* What is neither string nor bracket, at r->at: up to the next structure, or white space. */
INLINE enum json_result scalar(struct json_reader *r, struct slice *out, bool wanted, masks_fn *masks, prefix_fn *prefix)
{
	const char *p = r->at, *stop = peek(r, masks, prefix), *end;
	if (!stop)
		stop = r->end;
	for (end = p; end < stop && !is_space(*end);)
		end++;
	r->at = end;
	*out = slice_of_kind(p, (size_t)(end - p), KIND_NUMBER);
	if (!wanted)
		return end > p ? JSON_VALUE : wrong(r, p, "a value is missing");
	if (is_literal(*out, "null"))
		*out = slice_of_kind(p, out->len, KIND_NULL);
	else if (is_literal(*out, "true") || is_literal(*out, "false"))
		*out = slice_of_kind(p, out->len, KIND_LITERAL);
	else if (!json_is_number(*out))
		return wrong(r, p, end > p ? "this is no JSON value" : "a value is missing");
	return JSON_VALUE;
}

static void forget(const struct json_path *path, struct slice *members)
{
	for (; path; path = path->next) {
		if (path->slot >= 0)
			members[path->slot] = slice_of_kind(NULL, 0, KIND_MISSING);
		forget(path->kids, members);
	}
}

/* The escaped name as a step's name? Rare. */
static bool is_escaped_name(struct slice written, struct slice name)
{
	char buf[256];
	if (written.len > sizeof buf || written.len < name.len)
		return false;
	int64_t len = json_unescape(written, buf);
	return len == name.len && !memcmp(buf, name.p, name.len);
}

static const struct json_path *find_name(const struct json_path *path, struct slice name)
{
	for (; path; path = path->next) {
		const struct slice *n = &path->step.name;
		if (!n->p)
			continue;
		if (n->len == name.len && !memcmp(n->p, name.p, name.len))
			return path;
		if ((name.flags & SLICE_ESCAPED) && is_escaped_name(name, *n))
			return path;
	}
	return NULL;
}

static const struct json_path *find_index(const struct json_path *path, int64_t index)
{
	while (path && (path->step.name.p || path->step.index != index))
		path = path->next;
	return path;
}

/* `inside` and what it calls are one recursion, as deep as the paths that are wanted, so made once for each processor. */
typedef enum json_result value_fn(struct json_reader *r, const struct json_path *path, struct slice *members,
				  struct slice *out);

/* Between two members: to the next one, or behind the closing bracket. *more: there is a next one. */
INLINE enum json_result separator(struct json_reader *r, char close, bool *more, masks_fn *masks, prefix_fn *prefix)
{
	const char *t = peek(r, masks, prefix);
	r->at = skip_space(r->at, r->end);
	if (!t && r->at == r->end)
		return JSON_UNFINISHED;
	if (t != r->at || (*t != ',' && *t != close))
		return wrong(r, r->at, close == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
	*more = *t == ',';
	drop(r);
	r->at = t + 1;
	return JSON_VALUE;
}

/* The closing bracket of an empty object or array follows: reads it. */
INLINE bool is_empty(struct json_reader *r, char close, masks_fn *masks, prefix_fn *prefix)
{
	const char *t = peek(r, masks, prefix);
	r->at = skip_space(r->at, r->end);
	if (t != r->at || !t || *t != close)
		return false;
	drop(r);
	r->at = t + 1;
	return true;
}

/* A member's name and the colon. */
INLINE enum json_result name_of(struct json_reader *r, struct slice *name, masks_fn *masks, prefix_fn *prefix)
{
	const char *t = peek(r, masks, prefix);
	r->at = skip_space(r->at, r->end);
	if (r->at == r->end)
		return JSON_UNFINISHED;
	if (t != r->at || *t != '"')
		return wrong(r, r->at, "a member's name in quotes is missing");
	enum json_result got = string(r, name, masks, prefix);
	if (got != JSON_VALUE)
		return got;
	t = peek(r, masks, prefix);
	r->at = skip_space(r->at, r->end);
	if (r->at == r->end)
		return JSON_UNFINISHED;
	if (t != r->at || *t != ':')
		return wrong(r, r->at, "':' is missing");
	drop(r);
	r->at = t + 1;
	return JSON_VALUE;
}

/* An object at r->at. */
INLINE enum json_result object(struct json_reader *r, const struct json_path *kids, struct slice *members, value_fn *value,
			       masks_fn *masks, prefix_fn *prefix)
{
	drop(r);
	r->at++;
	if (is_empty(r, '}', masks, prefix))
		return JSON_VALUE;
	for (bool more = true; more;) {
		struct slice name = {0}, got_value;
		enum json_result got = name_of(r, &name, masks, prefix);
		if (got == JSON_VALUE)
			got = value(r, find_name(kids, name), members, &got_value);
		if (got == JSON_VALUE)
			got = separator(r, '}', &more, masks, prefix);
		if (got != JSON_VALUE)
			return got;
	}
	return JSON_VALUE;
}

static bool counts_from_end(const struct json_path *path)
{
	for (; path; path = path->next)
		if (!path->step.name.p && path->step.index < 0)
			return true;
	return false;
}

/* The elements that were counted from the end: now that the array's length is known. */
static enum json_result elements_from_end(struct json_reader *r, struct slice array, int64_t n, const struct json_path *kids,
					  struct slice *members, value_fn *value)
{
	struct json_walk w;
	struct slice name, element;
	json_walk_begin(&w, array);
	for (int64_t i = 0; i < n && json_walk_next(&w, &name, &element) == JSON_VALUE; i++) {
		const struct json_path *path = find_index(kids, i - n);
		if (!path)
			continue;
		struct json_reader inner;
		const char *p = element.p - (slice_kind(element) == KIND_TEXT);
		json_read_from(&inner, p, array.p + array.len);
		enum json_result got = value(&inner, path, members, &element);
		if (got != JSON_VALUE)
			return got == JSON_WRONG ? wrong(r, inner.at, inner.error) : got;
	}
	return JSON_VALUE;
}

INLINE enum json_result array(struct json_reader *r, const struct json_path *kids, struct slice *members, value_fn *value,
			      masks_fn *masks, prefix_fn *prefix)
{
	const char *begin = r->at;
	int64_t n = 0;
	drop(r);
	r->at++;
	if (is_empty(r, ']', masks, prefix))
		return JSON_VALUE;
	for (bool more = true; more; n++) {
		struct slice got_value;
		enum json_result got = value(r, find_index(kids, n), members, &got_value);
		if (got == JSON_VALUE)
			got = separator(r, ']', &more, masks, prefix);
		if (got != JSON_VALUE)
			return got;
	}
	if (!counts_from_end(kids))
		return JSON_VALUE;
	return elements_from_end(r, slice_make(begin, (size_t)(r->at - begin)), n, kids, members, value);
}

static bool wants_names(const struct json_path *kids)
{
	while (kids && !kids->step.name.p)
		kids = kids->next;
	return kids;
}

static bool wants_indexes(const struct json_path *kids)
{
	while (kids && kids->step.name.p)
		kids = kids->next;
	return kids;
}

/* The value at or after r->at. path: what is wanted of it, or NULL; out: the value. */
INLINE enum json_result any_value(struct json_reader *r, const struct json_path *path, struct slice *members,
				  struct slice *out, value_fn *value, masks_fn *masks, prefix_fn *prefix)
{
	enum json_result got;
	r->at = skip_space(r->at, r->end);
	if (r->at == r->end)
		return JSON_UNFINISHED;
	const char *t = r->at;
	const struct json_path *kids = path ? path->kids : NULL;
	if (kids)
		forget(kids, members);
	bool structure = *t == '"' || *t == '{' || *t == '[';
	if (structure && peek(r, masks, prefix) != t)
		return wrong(r, t, "this is no JSON value");
	if (*t == '"') {
		got = string(r, out, masks, prefix);
	} else if (structure) {
		if (*t == '{' && kids && wants_names(kids))
			got = object(r, kids, members, value, masks, prefix);
		else if (*t == '[' && kids && wants_indexes(kids))
			got = array(r, kids, members, value, masks, prefix);
		else
			got = skip_brackets(r, masks, prefix);
		*out = slice_of_kind(t, (size_t)(r->at - t), KIND_DOCUMENT);
	} else {
		got = scalar(r, out, path && path->slot >= 0, masks, prefix);
	}
	if (got == JSON_VALUE && path && path->slot >= 0)
		members[path->slot] = *out;
	return got;
}

/* ---- streams ---- */

/* What lies between the values of a stream: white space, and the brackets and commas of an array that is opened. JSON_VALUE:
 * a value begins at r->at. */
INLINE enum json_result between_values(struct json_reader *r, bool arrays, masks_fn *masks, prefix_fn *prefix)
{
	for (;;) {
		r->at = skip_space(r->at, r->end);
		if (r->at == r->end)
			return r->place == JSON_AT_TOP ? JSON_END : JSON_UNFINISHED;
		char c = *r->at;
		if (c == '[' && !arrays && r->place == JSON_AT_TOP)
			r->place = JSON_ARRAY_BEGUN;
		else if (c == ']' && (r->place == JSON_ARRAY_BEGUN || r->place == JSON_BEFORE_COMMA))
			r->place = JSON_AT_TOP;
		else if (c == ',' && r->place == JSON_BEFORE_COMMA)
			r->place = JSON_AFTER_COMMA;
		else if (r->place == JSON_BEFORE_COMMA)
			return wrong(r, r->at, "',' or ']' is missing");
		else
			return JSON_VALUE;
		if (peek(r, masks, prefix) != r->at)
			return wrong(r, r->at, "this is no JSON value");
		drop(r);
		r->at++;
	}
}

INLINE enum json_result next_value(struct json_reader *r, bool arrays, const struct json_path *root, struct slice *members,
				   struct slice *out, value_fn *value, masks_fn *masks, prefix_fn *prefix)
{
	enum json_result got = between_values(r, arrays, masks, prefix);
	if (got != JSON_VALUE)
		return got;
	if (r->place != JSON_AT_TOP)
		r->place = JSON_BEFORE_COMMA;
	return value(r, root, members, out);
}

INLINE enum json_result next_member(struct json_walk *w, struct slice *name, struct slice *out, value_fn *value,
				    masks_fn *masks, prefix_fn *prefix)
{
	static const struct json_path wanted = {.slot = 0};
	struct json_reader *r = &w->r;
	enum json_result got = JSON_VALUE;
	char close = w->object ? '}' : ']';
	bool more = true;
	*name = (struct slice){0};
	if (!w->begun) {
		w->begun = true;
		more = !is_empty(r, close, masks, prefix);
	} else {
		got = separator(r, close, &more, masks, prefix);
	}
	if (got == JSON_VALUE && !more)
		return JSON_END;
	if (got == JSON_VALUE && w->object)
		got = name_of(r, name, masks, prefix);
	if (got == JSON_VALUE)
		got = value(r, &wanted, out, out);
	if (got == JSON_UNFINISHED)
		got = wrong(r, r->end, "the document is cut off");
	return got;
}

/* ---- for each kind of processor ---- */

struct functions {
	void (*begin)(struct json_reader *r, const char *p, const char *end);
	enum json_result (*next)(struct json_reader *r, bool arrays, const struct json_path *root, struct slice *members,
				 struct slice *out);
	enum json_result (*member)(struct json_walk *w, struct slice *name, struct slice *out);
};

static enum json_result value_portable(struct json_reader *r, const struct json_path *path, struct slice *members,
				       struct slice *out)
{
	return any_value(r, path, members, out, value_portable, masks_portable, prefix_portable);
}

static void begin_portable(struct json_reader *r, const char *p, const char *end)
{
	begin(r, p, end, masks_portable, prefix_portable);
}

static enum json_result next_portable(struct json_reader *r, bool arrays, const struct json_path *root,
				      struct slice *members, struct slice *out)
{
	return next_value(r, arrays, root, members, out, value_portable, masks_portable, prefix_portable);
}

static enum json_result member_portable(struct json_walk *w, struct slice *name, struct slice *out)
{
	return next_member(w, name, out, value_portable, masks_portable, prefix_portable);
}

static const struct functions portable = {begin_portable, next_portable, member_portable};

#if HAVE_AVX2_CODE

AVX2 static enum json_result value_avx2(struct json_reader *r, const struct json_path *path, struct slice *members,
					struct slice *out)
{
	return any_value(r, path, members, out, value_avx2, masks_avx2, prefix_avx2);
}

AVX2 static void begin_avx2(struct json_reader *r, const char *p, const char *end)
{
	begin(r, p, end, masks_avx2, prefix_avx2);
}

AVX2 static enum json_result next_avx2(struct json_reader *r, bool arrays, const struct json_path *root,
				       struct slice *members, struct slice *out)
{
	return next_value(r, arrays, root, members, out, value_avx2, masks_avx2, prefix_avx2);
}

AVX2 static enum json_result member_avx2(struct json_walk *w, struct slice *name, struct slice *out)
{
	return next_member(w, name, out, value_avx2, masks_avx2, prefix_avx2);
}

static const struct functions avx2 = {begin_avx2, next_avx2, member_avx2};

#endif

static bool forced_portable;

void json_force_portable(bool yes)
{
	forced_portable = yes;
}

bool json_has_avx2(void)
{
#if HAVE_AVX2_CODE
	return !forced_portable && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

static const struct functions *functions(void)
{
#if HAVE_AVX2_CODE
	if (json_has_avx2())
		return &avx2;
#endif
	return &portable;
}

void json_read_from(struct json_reader *r, const char *p, const char *end)
{
	functions()->begin(r, p, end);
}

enum json_result json_next(struct json_reader *r, bool arrays, const struct json_paths *paths, struct slice *value,
			   struct slice *members)
{
	const struct json_path *root = paths ? paths->root : NULL;
	forget(root, members);
	return functions()->next(r, arrays, root, members, value);
}

enum json_result json_members(struct slice doc, const struct json_paths *paths, struct slice *members, const char **error)
{
	struct json_reader r;
	struct slice value;
	json_read_from(&r, doc.p, doc.p + doc.len);
	enum json_result got = json_next(&r, true, paths, &value, members);
	if (got == JSON_VALUE && skip_space(r.at, r.end) == r.end)
		return JSON_VALUE;
	*error = got == JSON_WRONG ? r.error : got == JSON_VALUE ? "something follows the value" : "the document is cut off";
	return JSON_WRONG;
}

bool json_walk_begin(struct json_walk *w, struct slice doc)
{
	const char *end = doc.p + doc.len, *p = skip_space(doc.p, end);
	*w = (struct json_walk){.object = p < end && *p == '{'};
	if (p == end || (*p != '{' && *p != '['))
		return false;
	json_read_from(&w->r, p, end);
	drop(&w->r);
	w->r.at++;
	return true;
}

enum json_result json_walk_next(struct json_walk *w, struct slice *name, struct slice *value)
{
	return functions()->member(w, name, value);
}

/* ---- paths ---- */

static struct json_path *step_from(struct json_path *parent, struct arena *a, const struct json_step *step)
{
	struct json_path **end = &parent->kids;
	for (; *end; end = &(*end)->next) {
		const struct json_step *s = &(*end)->step;
		if (step->name.p ? s->name.p && slice_eq(s->name, step->name) : !s->name.p && s->index == step->index)
			return *end;
	}
	*end = arena_alloc(a, sizeof **end);
	**end = (struct json_path){.step = *step, .slot = -1};
	if (step->name.p)
		(*end)->step.name = arena_copy(a, step->name);
	return *end;
}

int json_paths_add(struct json_paths *paths, struct arena *a, const struct json_step *steps, int nsteps)
{
	if (!paths->root) {
		paths->root = arena_alloc(a, sizeof *paths->root);
		*paths->root = (struct json_path){.slot = -1};
	}
	struct json_path *path = paths->root;
	for (int i = 0; i < nsteps; i++)
		path = step_from(path, a, &steps[i]);
	if (path->slot < 0)
		path->slot = paths->n++;
	return path->slot;
}
