/* What is known of events' fields. Columns keep their number once they have it: stages remember them. */
#include "config.h"

#include "lang/schema.h"

int schema_find(const struct schema *s, struct slice name)
{
	for (int i = 0; i < s->ncols; i++)
		if (s->cols[i].name && slice_eq(slice_str(s->cols[i].name), name))
			return i;
	return s->open ? 0 : -1;
}

bool schema_has_used(const struct schema *s)
{
	for (int i = 0; i < s->ncols; i++)
		if (s->cols[i].used)
			return true;
	return false;
}

static bool is_positional(const struct schema *s, int col)
{
	return col < s->npos;
}

static void reserve(struct arena *a, struct schema *s, int ncols)
{
	struct schema_col *cols;

	if (ncols <= s->cap)
		return;
	s->cap = ncols > 2 * s->cap ? ncols : 2 * s->cap;
	cols = arena_alloc(a, (size_t)s->cap * sizeof *cols);
	if (s->ncols)
		memcpy(cols, s->cols, (size_t)s->ncols * sizeof *cols);
	s->cols = cols;
}

static int add_col(struct arena *a, struct schema *s, const char *name, int from)
{
	reserve(a, s, s->ncols + 1);
	s->cols[s->ncols] = (struct schema_col){.name = name, .from = from};
	return s->ncols++;
}

/* All that has a name, behind what is there. */
static void carry_names(struct arena *a, struct schema *s, const struct schema *parent)
{
	for (int i = 0; i < parent->ncols; i++)
		if (parent->cols[i].name)
			add_col(a, s, parent->cols[i].name, i);
	s->open = parent->open;
}

struct schema *schema_new(struct arena *a, struct schema **last, struct schema *parent, int npos, bool carry)
{
	struct schema *s = arena_alloc(a, sizeof *s);

	*s = (struct schema){.npos = npos, .prev = *last};
	*last = s;
	reserve(a, s, npos + (carry && parent ? parent->ncols : 0));
	for (int i = 0; i < npos; i++)
		add_col(a, s, NULL, -1);
	if (carry && parent) {
		s->parent = parent;
		carry_names(a, s, parent);
	}
	if (s->open && s->ncols == 0)
		add_col(a, s, NULL, -1); /* schema_find has to name a column */
	return s;
}

struct schema *schema_new_open(struct arena *a, struct schema **last)
{
	struct schema *s = schema_new(a, last, NULL, SCHEMA_SPLIT, false);

	s->open = true;
	add_col(a, s, NULL, -1);
	return s;
}

/* The name is free again. A positional column stays, without it. */
static void forget_name(struct schema *s, int col)
{
	if (!is_positional(s, col) && col == s->ncols - 1)
		s->ncols--;
	s->cols[col].name = NULL;
	if (!is_positional(s, col))
		s->cols[col].from = -1;
}

static int find_exactly(const struct schema *s, const char *name)
{
	int col = schema_find(s, slice_str(name));

	return col >= 0 && s->cols[col].name && strcmp(s->cols[col].name, name) == 0 ? col : -1;
}

void schema_name(struct arena *a, struct schema *s, int col, const char *name)
{
	int old = find_exactly(s, name);

	if (old >= 0 && old != col)
		forget_name(s, old);
	s->cols[col].name = arena_strdup(a, name);
}

int schema_add(struct arena *a, struct schema *s, const char *name)
{
	int old = find_exactly(s, name);

	if (old >= 0 && !is_positional(s, old)) {
		s->cols[old].from = -1;
		return old;
	}
	if (old >= 0)
		forget_name(s, old);
	return add_col(a, s, arena_strdup(a, name), -1);
}

int schema_part_col(const struct schema *s, const struct schema *part, int col)
{
	if (is_positional(s, col))
		return col;
	return s->cols[col].name ? find_exactly(part, s->cols[col].name) : -1;
}

/* A positional column has a name where it has the same one in all parts. */
static void merge_positional(struct schema *s)
{
	for (int i = 0; i < s->npos; i++) {
		const char *name = s->parts[0]->cols[i].name;
		for (int k = 1; name && k < s->nparts; k++) {
			const char *other = s->parts[k]->cols[i].name;
			if (!other || strcmp(name, other) != 0)
				name = NULL;
		}
		s->cols[i].name = name;
	}
}

struct schema *schema_merge(struct arena *a, struct schema **last, struct schema *const *parts, int n)
{
	int npos = parts[0]->npos;

	for (int k = 1; k < n; k++)
		if (parts[k]->npos != npos)
			npos = SCHEMA_SPLIT;
	struct schema *s = schema_new(a, last, NULL, npos, false);
	s->parts = arena_alloc(a, (size_t)n * sizeof(struct schema *));
	memcpy(s->parts, parts, (size_t)n * sizeof(struct schema *));
	s->nparts = n;
	merge_positional(s);
	for (int k = 0; k < n; k++) {
		for (int i = 0; i < parts[k]->ncols; i++)
			if (parts[k]->cols[i].name && find_exactly(s, parts[k]->cols[i].name) < 0)
				add_col(a, s, parts[k]->cols[i].name, -1);
	}
	for (int k = 0; k < n; k++) /* not before: an open schema finds every name */
		s->open |= parts[k]->open;
	if (s->open && s->ncols == 0)
		add_col(a, s, NULL, -1);
	return s;
}

static void spread_to_parts(const struct schema *s, int col)
{
	for (int k = 0; k < s->nparts; k++) {
		int from = schema_part_col(s, s->parts[k], col);
		if (from >= 0)
			s->parts[k]->cols[from].used = true;
	}
}

void schema_spread_used(struct schema *last)
{
	for (struct schema *s = last; s; s = s->prev) {
		for (int i = 0; i < s->ncols; i++) {
			if (!s->cols[i].used)
				continue;
			if (s->parent && s->cols[i].from >= 0)
				s->parent->cols[s->cols[i].from].used = true;
			spread_to_parts(s, i);
		}
	}
}
