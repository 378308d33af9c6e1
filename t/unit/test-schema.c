/* Schemas: columns and names as stages change them, branches that flow together, and what is used of them. */
#include "config.h"

#include "lang/expr/schema.h"

#include "unit.h"

static struct arena arena;
static struct schema *last;

static int find(const struct schema *s, const char *name)
{
	return schema_find(s, slice_str(name));
}

/* npos columns with these names, "-" for none, and the rest of the names as values. Ends with NULL. */
static struct schema *made(int npos, const char *const *names)
{
	struct schema *s = schema_new(&arena, &last, NULL, npos, false);

	for (int i = 0; names[i]; i++) {
		if (i >= npos)
			schema_add(&arena, s, names[i]);
		else if (names[i][0] != '-')
			schema_name(&arena, s, i, names[i]);
	}
	return s;
}

#define MADE(npos, ...) made(npos, (const char *const[]){__VA_ARGS__, NULL})

static struct schema *keep(struct schema *s, int npos)
{
	return schema_keep(&arena, &last, s, npos);
}

static struct schema *merge(struct schema *x, struct schema *y)
{
	return schema_merge(&arena, &last, (struct schema *const[]){x, y}, 2);
}

static void test_kept(void)
{
	UNIT("what is kept are columns and values with their names") {
		struct schema *s = keep(MADE(2, "a", "-", "v"), 2);
		CHECK(s->npos == 2 && s->ncols == 3);
		for (int i = 0; i < 3; i++)
			CHECK_INT(s->cols[i].from, i);
		CHECK_INT(find(s, "a"), 0);
		CHECK_INT(find(s, "v"), 2);
	}
	UNIT("further columns stand before the values") {
		struct schema *s = keep(MADE(1, "a", "v"), 3);
		CHECK(s->npos == 3 && s->ncols == 4);
		CHECK(s->cols[1].from == -1 && s->cols[2].from == -1 && s->cols[3].from == 1);
		CHECK_INT(schema_add_column(&arena, s, "b"), 3);
		CHECK(s->npos == 4 && find(s, "b") == 3 && find(s, "v") == 4 && s->cols[4].from == 1);
	}
	UNIT("a column takes the name of a value") {
		struct schema *s = keep(MADE(1, "a", "v", "w"), 1);
		CHECK_INT(schema_add_column(&arena, s, "v"), 1);
		CHECK(find(s, "v") == 1 && s->cols[1].from == -1);
		CHECK(s->cols[find(s, "w")].from == 2);
	}
	UNIT("of varied columns the names are kept, a column or not") {
		struct schema *in = MADE(2, "a", "-", "v"), *s = keep(in, SCHEMA_VARIED);
		CHECK(s->ncols == 2 && s->cols[find(s, "a")].from == 0 && s->cols[find(s, "v")].from == 2);
		int v = find(s, "v");
		CHECK_INT(schema_add(&arena, s, "v"), v);
		CHECK_INT(s->cols[v].from, 2); /* the row may have it as a column */
		int *from = schema_sources(&arena, s, in);
		CHECK(from[0] == 0 && from[1] == 2);
	}
	UNIT("a column has a name, or none has") {
		CHECK(schema_has_named(MADE(2, "-", "b")));
		CHECK(!schema_has_named(MADE(2, "-", "-", "v")));
		CHECK(!schema_has_named(MADE(SCHEMA_SPLIT, "v")));
	}
}

static void test_merged(void)
{
	UNIT("the same columns stay") {
		struct schema *x = MADE(2, "a", "-", "v"), *y = MADE(2, "a", "-", "w"), *s = merge(x, y);
		CHECK(s->npos == 2 && s->ncols == 4);
		CHECK_INT(schema_part_col(s, x, find(s, "w")), -1);
		CHECK_INT(schema_part_col(s, y, find(s, "w")), 2);
	}
	UNIT("others vary: in number, in name, or where one of them has lines") {
		CHECK_INT(merge(MADE(2, "a", "b"), MADE(3, "a", "b", "c"))->npos, SCHEMA_VARIED);
		CHECK_INT(merge(MADE(2, "a", "b"), MADE(2, "b", "a"))->npos, SCHEMA_VARIED);
		CHECK_INT(merge(MADE(2, "a", "b"), MADE(2, "a", "-"))->npos, SCHEMA_VARIED);
		CHECK_INT(merge(MADE(1, "a"), MADE(SCHEMA_SPLIT, "a"))->npos, SCHEMA_VARIED);
		CHECK_INT(merge(MADE(SCHEMA_SPLIT, "b"), MADE(SCHEMA_SPLIT, "a"))->npos, SCHEMA_SPLIT);
	}
	UNIT("and all names are numbered") {
		struct schema *x = MADE(2, "a", "b"), *y = MADE(2, "b", "a", "v"), *s = merge(x, y);
		CHECK_INT(s->ncols, 3);
		CHECK_INT(schema_sources(&arena, s, x)[find(s, "b")], 1);
		CHECK_INT(schema_sources(&arena, s, y)[find(s, "b")], 0);
		CHECK_INT(schema_sources(&arena, s, x)[find(s, "v")], -1);
	}
}

static void test_used(void)
{
	UNIT("a row needs all columns, and of the values those that are read") {
		last = NULL;
		struct schema *in = MADE(2, "a", "b", "v", "w"), *s = keep(in, SCHEMA_VARIED);
		s->cols[find(s, "v")].used = true;
		CHECK(schema_has_used(s) && schema_ncells(s) == 1 && schema_cell_used(s, 0));
		schema_spread_used(last);
		CHECK(in->cols[0].used && in->cols[1].used && in->cols[2].used && !in->cols[3].used);
	}
	UNIT("a row of a row too, through branches") {
		last = NULL;
		struct schema *x = MADE(1, "a"), *y = MADE(SCHEMA_SPLIT, "v"), *s = keep(merge(x, y), SCHEMA_VARIED);
		schema_use_columns(s);
		schema_spread_used(last);
		CHECK(x->cols[0].used && !y->cols[0].used && s->parent->used);
	}
	UNIT("nothing where nothing is") {
		last = NULL;
		struct schema *x = MADE(1, "a"), *s = keep(x, SCHEMA_VARIED);
		schema_spread_used(last);
		CHECK(!schema_has_used(s) && !schema_has_used(x));
	}
}

static int want(struct schema *s, const char *name)
{
	return schema_want(&arena, s, slice_str(name));
}

static void test_late(void)
{
	UNIT("a name that a reader may find is added back to the reader, once") {
		struct schema *csv = schema_new_reader(&arena, &last, NULL, SCHEMA_LATE, false);
		struct schema *set = keep(csv, SCHEMA_LATE), *map = schema_new(&arena, &last, set, 1, true);
		int at = want(map, "a");
		CHECK(at == 1 && want(map, "a") == at && find(csv, "a") == LATE_FIRST);
		map->cols[at].used = true;
		schema_spread_used(last);
		CHECK(csv->cols[LATE_FIRST].used && set->cols[find(set, "a")].used && !csv->cols[LATE_ROW].used);
		CHECK(schema_is_late(map));
	}
	UNIT("no reader, no name") {
		struct schema *s = keep(MADE(1, "a"), 1);
		CHECK(want(s, "b") == -1 && s->ncols == 1 && !schema_is_late(s));
	}
	UNIT("a name that a stage gave comes before the record's, which stays within reach") {
		struct schema *json = schema_new_reader(&arena, &last, MADE(1, "url"), SCHEMA_DOCUMENT, true);
		CHECK_INT(find(json, "url"), 0);
		CHECK_INT(want(json, "url"), 1);
		CHECK_INT(find(json, "url"), 0);
		CHECK(!json->cols[0].record && json->cols[1].record);
	}
	UNIT("what was dropped is not the record's either") {
		struct schema *csv = schema_new_reader(&arena, &last, NULL, SCHEMA_LATE, false);
		want(csv, "a");
		struct schema *s = keep(csv, SCHEMA_LATE);
		schema_hide(&arena, s, "a");
		CHECK(find(s, "a") == -1 && want(s, "a") == -1 && want(s, "b") >= 0 && find(csv, "a") >= 0);
	}
	UNIT("columns that are used by place are used in the reader") {
		struct schema *csv = schema_new_reader(&arena, &last, NULL, SCHEMA_LATE, false);
		schema_use_columns(keep(csv, SCHEMA_LATE));
		schema_spread_used(last);
		CHECK(csv->cols[LATE_ROW].used && csv->cols[LATE_NAMES].used);
	}
	UNIT("records that flow together are records, and names are wanted of each reader") {
		struct schema *x = schema_new_reader(&arena, &last, NULL, SCHEMA_LATE, false);
		struct schema *y = schema_new_reader(&arena, &last, NULL, SCHEMA_LATE, false), *s = merge(x, y);
		CHECK_INT(s->npos, SCHEMA_LATE);
		int at = want(s, "a");
		CHECK(find(x, "a") == LATE_FIRST && find(y, "a") == LATE_FIRST && schema_part_col(s, y, at) == LATE_FIRST);
		CHECK(schema_part_col(s, x, LATE_NAMES) == LATE_NAMES);
	}
}

int main(void)
{
	test_kept();
	test_late();
	test_merged();
	test_used();
	arena_release(&arena);
	return unit_done();
}
