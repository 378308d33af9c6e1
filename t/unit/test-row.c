/* Rows: what is laid open, changed and written is what is read again. */
#include "config.h"

#include "lang/expr/row.h"

#include "unit.h"

static struct arena arena;
static char memory[4096];

static struct slice text(const char *s)
{
	return slice_str(s);
}

/* Written at an odd address: rows have no alignment. */
static struct slice write_row(const struct columns *c)
{
	struct slice row = columns_write(c, memory + 1);

	CHECK(row.len == columns_bytes(c));
	return row;
}

/* Three columns a, -, b, and the value v: as after `map a=.., .., b=..` behind `set v=`. */
static struct schema *fixed(void)
{
	static struct schema *last;
	struct schema *s = schema_new(&arena, &last, NULL, 3, false);

	schema_name(&arena, s, 0, "a");
	schema_name(&arena, s, 2, "b");
	schema_add(&arena, s, "v");
	return s;
}

/* What a row of the event of `in` is: its names are those of in, with w and none of a column. */
static struct schema *varied(struct schema *in)
{
	static struct schema *last;
	struct schema *s = schema_keep(&arena, &last, in, SCHEMA_VARIED);

	schema_add(&arena, s, "w");
	return s;
}

static struct columns opened(struct schema *in, const struct schema *out, const struct slice *cells)
{
	struct columns c;

	columns_open(&c, &arena, in, cells, out, schema_sources(&arena, out, in));
	return c;
}

static int name(const struct schema *s, const char *n)
{
	return schema_find(s, slice_str(n));
}

static void test_written(void)
{
	struct schema *in = fixed(), *s = varied(in);
	struct slice cells[] = {text("1"), text(""), text("3"), text("value")}, row;
	UNIT("of fixed columns: by place and by name, values besides") {
		struct columns c = opened(in, s, cells);
		row = write_row(&c);
		CHECK(row_ncols(row) == 3);
		CHECK_SLICE(row_column(row, 0), "1");
		CHECK_SLICE(row_column(row, 1), "");
		CHECK_SLICE(row_column(row, 2), "3");
		CHECK(row_column(row, 3).len == 0 && row_column(row, UINT32_MAX).p);
		CHECK_SLICE(row_named(row, name(s, "a")), "1");
		CHECK_SLICE(row_named(row, name(s, "b")), "3");
		CHECK_SLICE(row_named(row, name(s, "v")), "value");
		CHECK_SLICE(row_named(row, name(s, "w")), "");
		CHECK(row_named(row, 99).len == 0);
	}
	UNIT("of columns from splitting: values only") {
		static struct schema *last;
		struct schema *line = schema_new(&arena, &last, NULL, SCHEMA_SPLIT, false), *out;
		schema_add(&arena, line, "v");
		out = varied(line);
		struct columns c = opened(line, out, &cells[3]);
		CHECK(c.n == ROW_SPLIT);
		row = write_row(&c);
		CHECK(row_ncols(row) == ROW_SPLIT);
		CHECK_SLICE(row_named(row, name(out, "v")), "value");
		CHECK(row_column(row, 0).len == 0);
	}
	UNIT("flags of texts are kept") {
		cells[1] = (struct slice){.p = "x", .len = 1, .flags = 6};
		struct columns c = opened(in, s, cells);
		row = write_row(&c);
		CHECK(row_column(row, 1).flags == 6 && row_column(row, 2).flags == 0);
	}
	UNIT("where no cells were carried, everything is empty") {
		struct columns c = opened(in, s, NULL);
		row = write_row(&c);
		CHECK(row_ncols(row) == 3 && row_named(row, name(s, "v")).len == 0);
	}
}

static void test_changed(void)
{
	struct schema *in = fixed(), *s = varied(in);
	struct slice cells[] = {text("1"), text("2"), text("3"), text("value")}, row;
	UNIT("a name that is a column is set in its place") {
		struct columns c = opened(in, s, cells);
		CHECK(columns_set_name(&c, name(s, "b"), text("new")));
		CHECK(columns_set_value(&c, name(s, "a"), text("one")));
		row = write_row(&c);
		CHECK(row_ncols(row) == 3);
		CHECK_SLICE(row_column(row, 2), "new");
		CHECK_SLICE(row_named(row, name(s, "b")), "new");
		CHECK_SLICE(row_column(row, 0), "one");
	}
	UNIT("another one becomes a column where columns have names; parse's stays a value") {
		struct columns c = opened(in, s, cells);
		CHECK(!columns_set_value(&c, name(s, "v"), text("v2")));
		CHECK(columns_set_name(&c, name(s, "w"), text("last")));
		row = write_row(&c);
		CHECK(row_ncols(row) == 4);
		CHECK_SLICE(row_column(row, 3), "last");
		CHECK_SLICE(row_named(row, name(s, "w")), "last");
		CHECK_SLICE(row_named(row, name(s, "v")), "v2");
	}
	UNIT("a value where they have none") {
		struct columns c = opened(in, s, cells);
		columns_forget(&c);
		columns_take_fields(&c, cells, 2);
		CHECK(!columns_set_name(&c, name(s, "w"), text("x")));
		row = write_row(&c);
		CHECK(row_ncols(row) == 2);
		CHECK_SLICE(row_named(row, name(s, "a")), "1"); /* a value now */
		CHECK_SLICE(row_named(row, name(s, "w")), "x");
	}
	UNIT("a place beyond the last makes the ones between empty") {
		struct columns c = opened(in, s, cells);
		columns_set_place(&c, 40, text("far"));
		row = write_row(&c);
		CHECK(row_ncols(row) == 41);
		CHECK_SLICE(row_column(row, 2), "3");
		CHECK_SLICE(row_column(row, 39), "");
		CHECK_SLICE(row_column(row, 40), "far");
	}
	UNIT("a row is laid open again, names in the next one's order") {
		struct columns c = opened(in, s, cells);
		columns_set_name(&c, name(s, "w"), text("4"));
		row = write_row(&c);
		struct slice copy = arena_copy(&arena, row);
		struct schema *next = varied(s);
		struct columns again = opened(s, next, &copy);
		CHECK(again.n == 4 && again.nnames == next->ncols);
		columns_set_beside(&again, name(next, "a"), text("beside"));
		row = write_row(&again);
		CHECK_SLICE(row_named(row, name(next, "w")), "4");
		CHECK_SLICE(row_named(row, name(next, "a")), "beside");
		CHECK_SLICE(row_column(row, 0), "1");
		CHECK_SLICE(row_named(row, name(next, "v")), "value");
	}
	arena_release(&arena);
}

int main(void)
{
	test_written();
	test_changed();
	return unit_done();
}
