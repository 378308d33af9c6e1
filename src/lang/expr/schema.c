/* What is known of events' fields. Columns keep their number once they have it: stages remember them. */
#include "config.h"

#include "lang/expr/schema.h"

static bool has_name(const struct schema *s, int col, struct slice name)
{
	return s->cols[col].name && slice_eq(slice_str(s->cols[col].name), name);
}

static int find_record(const struct schema *s, struct slice name)
{
	for (int i = 0; i < s->ncols; i++)
		if (s->cols[i].record && has_name(s, i, name))
			return i;
	return -1;
}

int schema_find(const struct schema *s, struct slice name)
{
	for (int i = 0; i < s->ncols; i++)
		if (!s->cols[i].record && has_name(s, i, name))
			return i;
	int col = find_record(s, name);
	return col < 0 && s->open ? 0 : col;
}

static bool is_hidden(const struct schema *s, struct slice name)
{
	for (const struct hidden *h = s->hidden; h; h = h->next)
		if (slice_eq(slice_str(h->name), name))
			return true;
	return false;
}

bool schema_is_late(const struct schema *s)
{
	if (s->reader || (s->parent && schema_is_late(s->parent)))
		return true;
	for (int k = 0; k < s->nparts; k++)
		if (schema_is_late(s->parts[k]))
			return true;
	return false;
}

bool schema_is_document(const struct schema *s)
{
	if (s->reader)
		return s->npos == SCHEMA_DOCUMENT;
	for (int k = 0; k < s->nparts; k++)
		if (schema_is_document(s->parts[k]))
			return true;
	return s->parent && schema_is_document(s->parent);
}

bool schema_has_used(const struct schema *s)
{
	for (int i = 0; i < s->ncols; i++)
		if (s->cols[i].used)
			return true;
	return s->used;
}

int schema_ncells(const struct schema *s)
{
	return s->npos == SCHEMA_VARIED ? 1 : s->ncols;
}

bool schema_cell_used(const struct schema *s, int c)
{
	return s->npos == SCHEMA_VARIED ? schema_has_used(s) : s->cols[c].used;
}

bool schema_has_named(const struct schema *s)
{
	for (int i = 0; i < s->npos; i++)
		if (s->cols[i].name)
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

/* The same column again, if it has a name. */
static void carry_name(struct arena *a, struct schema *s, const struct schema *parent, int col)
{
	if (!parent->cols[col].name)
		return;
	int at = add_col(a, s, parent->cols[col].name, col);
	s->cols[at].record = parent->cols[col].record;
}

/* All that has a name, behind what is there. */
static void carry_names(struct arena *a, struct schema *s, const struct schema *parent)
{
	for (int i = 0; i < parent->ncols; i++)
		carry_name(a, s, parent, i);
	s->open = parent->open;
}

/* What lines were given they still have. */
static void keep_given(struct schema *s)
{
	for (int i = 0; i < s->ncols; i++)
		s->cols[i].given = s->cols[i].from >= 0 && s->parent->cols[s->cols[i].from].given;
}

static struct schema *new_linked(struct arena *a, struct schema **last, int npos)
{
	struct schema *s = arena_alloc(a, sizeof *s);

	*s = (struct schema){.npos = npos, .prev = *last};
	*last = s;
	return s;
}

struct schema *schema_keep(struct arena *a, struct schema **last, struct schema *parent, int npos)
{
	struct schema *s = new_linked(a, last, npos);

	s->parent = parent;
	reserve(a, s, parent->ncols + (npos > parent->npos ? npos - parent->npos : 0) + 1);
	for (int i = 0; i < npos; i++)
		add_col(a, s, i < parent->npos ? parent->cols[i].name : NULL, i < parent->npos ? i : -1);
	for (int i = 0; npos == SCHEMA_LATE && i < LATE_FIRST; i++)
		add_col(a, s, NULL, parent->npos == SCHEMA_LATE ? i : -1);
	for (int i = npos >= 0 ? parent->npos : 0; i < parent->ncols; i++)
		carry_name(a, s, parent, i);
	keep_given(s);
	s->open = parent->open;
	s->nameless = parent->nameless;
	if (s->open && s->ncols == 0)
		add_col(a, s, NULL, -1);
	return s;
}

struct schema *schema_new(struct arena *a, struct schema **last, struct schema *parent, int npos, bool carry)
{
	struct schema *s = new_linked(a, last, npos);

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

struct schema *schema_copy(struct arena *a, struct schema **last, struct schema *parent)
{
	struct schema *s = new_linked(a, last, parent->npos);

	s->parent = parent;
	reserve(a, s, parent->ncols + 1);
	for (int i = 0; i < parent->ncols; i++)
		s->cols[add_col(a, s, parent->cols[i].name, i)].record = parent->cols[i].record;
	keep_given(s);
	s->hidden = parent->hidden;
	s->open = parent->open;
	s->nameless = parent->nameless;
	return s;
}

struct schema *schema_new_open(struct arena *a, struct schema **last)
{
	struct schema *s = schema_new(a, last, NULL, SCHEMA_SPLIT, false);

	s->open = true;
	add_col(a, s, NULL, -1);
	return s;
}

struct schema *schema_new_reader(struct arena *a, struct schema **last, struct schema *parent, int npos, bool carry)
{
	struct schema *s = new_linked(a, last, npos);

	s->reader = true;
	for (int i = 0; npos == SCHEMA_LATE && i < LATE_FIRST; i++)
		add_col(a, s, NULL, -1);
	if (carry && parent) {
		s->parent = parent;
		carry_names(a, s, parent);
		for (int i = 0; i < s->ncols; i++)
			s->cols[i].record = false; /* another reader's */
	}
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
		if (s->npos != SCHEMA_VARIED) /* else its row says whether it is a column, whose place it takes */
			s->cols[old].from = -1;
		s->cols[old].record = false;
		return old;
	}
	if (old >= 0)
		forget_name(s, old);
	return add_col(a, s, arena_strdup(a, name), -1);
}

int schema_add_column(struct arena *a, struct schema *s, const char *name)
{
	int at = s->npos, old = find_exactly(s, name);

	if (old >= 0)
		forget_name(s, old);
	add_col(a, s, NULL, -1);
	memmove(s->cols + at + 1, s->cols + at, (size_t)(s->ncols - 1 - at) * sizeof *s->cols);
	s->cols[at] = (struct schema_col){.name = arena_strdup(a, name), .from = -1};
	s->npos++;
	return at;
}

int schema_part_col(const struct schema *s, const struct schema *part, int col)
{
	if (is_positional(s, col) || (s->npos == SCHEMA_LATE && part->npos == SCHEMA_LATE && col < LATE_FIRST))
		return col;
	if (s->cols[col].record)
		return find_record(part, slice_str(s->cols[col].name));
	return s->cols[col].name ? find_exactly(part, s->cols[col].name) : -1;
}

int *schema_sources(struct arena *a, const struct schema *s, const struct schema *in)
{
	int *from = arena_alloc(a, (size_t)(s->ncols + 1) * sizeof *from);

	for (int i = 0; i < s->ncols; i++)
		from[i] = in == s->parent ? s->cols[i].from : schema_part_col(s, in, i);
	return from;
}

static bool same_name(const char *x, const char *y)
{
	return x && y ? strcmp(x, y) == 0 : x == y;
}

/* The same columns: as many of them, with the same names at the same places. */
static bool same_columns(const struct schema *x, const struct schema *y)
{
	if (x->npos != y->npos)
		return false;
	for (int i = 0; i < x->npos; i++)
		if (!same_name(x->cols[i].name, y->cols[i].name))
			return false;
	return true;
}

static void add_names_of(struct arena *a, struct schema *s, const struct schema_col *col)
{
	if (!col->name || (col->record ? find_record(s, slice_str(col->name)) : find_exactly(s, col->name)) >= 0)
		return;
	int at = add_col(a, s, col->name, -1);
	s->cols[at].record = col->record;
	s->cols[at].given = col->given;
}

struct schema *schema_merge(struct arena *a, struct schema **last, struct schema *const *parts, int n)
{
	int npos = parts[0]->npos;

	for (int k = 1; k < n; k++)
		if (!same_columns(parts[0], parts[k]))
			npos = SCHEMA_VARIED;
	struct schema *s = schema_new(a, last, NULL, npos, false);
	for (int i = 0; npos == SCHEMA_LATE && i < LATE_FIRST; i++)
		add_col(a, s, NULL, -1);
	s->parts = arena_alloc(a, (size_t)n * sizeof(struct schema *));
	memcpy(s->parts, parts, (size_t)n * sizeof(struct schema *));
	s->nparts = n;
	for (int i = 0; i < npos; i++)
		s->cols[i].name = parts[0]->cols[i].name;
	for (int k = 0; k < n; k++)
		for (int i = 0; i < parts[k]->ncols; i++)
			add_names_of(a, s, &parts[k]->cols[i]);
	for (int k = 0; k < n; k++) {
		s->nameless |= parts[k]->nameless;
		if (!s->envelope)
			s->envelope = parts[k]->envelope;
	}
	for (int k = 0; k < n; k++) /* not before: an open schema finds every name */
		s->open |= parts[k]->open;
	if (s->open && s->ncols == 0)
		add_col(a, s, NULL, -1);
	return s;
}

static char *name_copy(struct arena *a, struct slice name)
{
	char *copy = arena_bytes(a, (size_t)name.len + 1);

	memcpy(copy, name.p, name.len);
	copy[name.len] = '\0';
	return copy;
}

int schema_want(struct arena *a, struct schema *s, struct slice name)
{
	int col = find_record(s, name), from = -1;
	bool found = s->reader;

	if (col >= 0 || is_hidden(s, name))
		return col;
	if (!s->reader && s->parent)
		found = (from = schema_want(a, s->parent, name)) >= 0;
	for (int k = 0; k < s->nparts; k++)
		found |= schema_want(a, s->parts[k], name) >= 0;
	if (!found)
		return -1;
	col = add_col(a, s, name_copy(a, name), from);
	s->cols[col].record = true;
	return col;
}

void schema_hide(struct arena *a, struct schema *s, const char *name)
{
	struct hidden *h = arena_alloc(a, sizeof *h);
	int col;

	*h = (struct hidden){s->hidden, arena_strdup(a, name)};
	s->hidden = h;
	while ((col = find_record(s, slice_str(name))) >= 0 || (col = find_exactly(s, name)) >= 0)
		forget_name(s, col);
}

void schema_use_columns(struct schema *s)
{
	s->used |= s->npos == SCHEMA_VARIED;
	for (int i = 0; s->npos == SCHEMA_LATE && i < LATE_FIRST; i++)
		s->cols[i].used = true;
	for (int i = 0; i < s->npos; i++)
		s->cols[i].used = true;
}

/* What column col of s is filled from, or where there is a row, all of that. */
static void spread_col(const struct schema *s, int col)
{
	if (s->parent && s->cols[col].from >= 0)
		s->parent->cols[s->cols[col].from].used = true;
	for (int k = 0; k < s->nparts; k++) {
		int from = schema_part_col(s, s->parts[k], col);
		if (from >= 0)
			s->parts[k]->cols[from].used = true;
	}
}

/* A row is made of all columns. */
static void spread_row(const struct schema *s)
{
	if (s->parent)
		schema_use_columns(s->parent);
	for (int k = 0; k < s->nparts; k++)
		schema_use_columns(s->parts[k]);
}

void schema_spread_used(struct schema *last)
{
	for (struct schema *s = last; s; s = s->prev) {
		if (s->npos == SCHEMA_VARIED && schema_has_used(s))
			spread_row(s);
		for (int i = 0; i < s->ncols; i++)
			if (s->cols[i].used)
				spread_col(s, i);
	}
}
