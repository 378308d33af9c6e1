/* Stages that do nothing, one of each shape, for the tests of the parser and the binder. Included by one .c file each. */
#ifndef T_UNIT_FAKE_STAGES_H
#define T_UNIT_FAKE_STAGES_H

#include "lang/plan/bind.h"

struct fake {
	int64_t n, ns, bytes;
	struct num a, b;
	struct expr *e, *start;
	struct expr_list by, command;
	struct word_list words;
	struct field_list fields;
	struct call_list calls;
	struct substitution subst;
	struct re *re;
	struct splitter *splitter;
	struct slice text;
	const char *word;
	struct period every;
	struct rate rate;
	bool flag, flag2;
	int choice;
	struct int_list ok;
};

#define ARG(type_, name_, field) {.type = type_, .name = name_, .offset = offsetof(struct fake, field)}
#define OPTIONAL(type_, name_, field) \
	{.type = type_, .name = name_, .offset = offsetof(struct fake, field), .flags = ARG_OPTIONAL}
#define OPT(name_, type_, field) {.name = name_, .type = type_, .offset = offsetof(struct fake, field)}
#define ARGS(...) .args = (const struct arg_spec[]){__VA_ARGS__, {.type = ARG_END}}
#define OPTS(...) .opts = (const struct opt_spec[]){__VA_ARGS__, {.name = NULL}}
#define STAGE(name_, synopsis_, ...) \
	{.name = name_, .synopsis = synopsis_, .summary = "a test", .priv_bytes = sizeof(struct fake), \
	 .by_offset = offsetof(struct fake, by), __VA_ARGS__}

static const char *const fake_orders[] = {"key", "value", NULL};
static const struct call_spec fake_calls[] = {{"count", 0, 0, 0}, {"sum", 1, 1, 0}, {"list", 1, 2, 0}, {NULL, 0, 0, 0}};

static void fake_map_bind(void *priv, struct bind *b)
{
	struct fake *f = priv;
	if (f->subst.re || (f->fields.n == 1 && !f->fields.f[0].name)) {
		bind_new_schema(b, SCHEMA_SPLIT, true);
		return;
	}
	struct schema *s = bind_new_schema(b, f->fields.n, true);
	for (int i = 0; i < f->fields.n; i++)
		if (f->fields.f[i].name)
			bind_name(b, s, i, f->fields.f[i].name);
}

static void fake_set_bind(void *priv, struct bind *b)
{
	struct fake *f = priv;
	struct schema *s = bind_new_schema(b, bind_schema(b)->npos, true);
	for (int i = 0; i < f->fields.n; i++)
		if (f->fields.f[i].name)
			bind_add(b, s, f->fields.f[i].name);
}

static void fake_parse_bind(void *priv, struct bind *b)
{
	struct fake *f = priv;
	struct schema *s = bind_new_schema(b, bind_schema(b)->npos, true);
	for (unsigned i = 1; i <= re_groups(f->re); i++)
		if (re_group_name(f->re, i))
			bind_add(b, s, re_group_name(f->re, i));
}

static void fake_count_bind(void *priv, struct bind *b)
{
	struct fake *f = priv;
	struct schema *s = bind_new_schema(b, 1 + f->by.n, false);
	bind_name(b, s, 0, "count");
	if (f->every.ns >= 0 && bind_batched(b))
		bind_opt_error(b, "every", "'every=' on a batch");
}

static void fake_batch_bind(void *priv, struct bind *b)
{
	(void)priv;
	if (bind_batched(b))
		bind_error(b, "these are batches already");
	bind_set_batched(b, true);
}

static void fake_join_bind(void *priv, struct bind *b)
{
	(void)priv;
	if (!bind_batched(b))
		bind_error(b, "'join' needs batches");
	bind_set_batched(b, false);
}

static const struct stage_spec fake_specs[] = {
	STAGE("stdin", "stdin", .flags = SPEC_SOURCE, OPTS(OPT("sep", ARG_STRING, text))),
	STAGE("file", "file NAME...", .flags = SPEC_SOURCE | SPEC_CAN_FAIL, ARGS(ARG(ARG_FILES, "NAME", words)),
	      OPTS(OPT("sep", ARG_STRING, text))),
	STAGE("seq", "seq A [B]", .flags = SPEC_SOURCE,
	      ARGS(ARG(ARG_NUMBER, "A", a), OPTIONAL(ARG_NUMBER, "B", b))),
	STAGE("run", "run [every=T] WORD...", .flags = SPEC_SOURCE | SPEC_OPTIONS_FIRST,
	      ARGS(ARG(ARG_CONST_COMMAND, "WORD", words)), OPTS(OPT("every", ARG_DURATION, ns))),
	STAGE("filter", "filter EXPR", .flags = SPEC_CAN_FAIL, ARGS(ARG(ARG_EXPR, "EXPR", e))),
	STAGE("map", "map EXPR, ...", .flags = SPEC_CAN_FAIL, .bind = fake_map_bind,
	      ARGS(OPTIONAL(ARG_SUBST, "s/RE/REPLACEMENT/", subst), OPTIONAL(ARG_FIELDS, "EXPR", fields))),
	STAGE("set", "set NAME=EXPR, ...", .flags = SPEC_CAN_FAIL, .bind = fake_set_bind,
	      ARGS(ARG(ARG_SETS, "NAME=EXPR", fields))),
	STAGE("parse", "parse /RE/ [keep]", .bind = fake_parse_bind, ARGS(ARG(ARG_REGEX, "/RE/", re)),
	      OPTS(OPT("keep", ARG_FLAG, flag))),
	STAGE("words", "words"),
	STAGE("split", "split /RE/ | split \"TEXT\"", ARGS(ARG(ARG_SPLITTER, "/RE/", splitter))),
	STAGE("take", "take N [by EXPR, ...]", .flags = SPEC_BY, ARGS(ARG(ARG_COUNT, "N", n))),
	STAGE("uniq", "uniq [count] [by EXPR, ...]", .flags = SPEC_BY, OPTS(OPT("count", ARG_FLAG, flag))),
	STAGE("count", "count [by EXPR, ...]", .flags = SPEC_BY, .bind = fake_count_bind,
	      OPTS(OPT("every", ARG_PERIOD, every),
		   {.name = "order", .type = ARG_CHOICE, .offset = offsetof(struct fake, choice), .choices = fake_orders})),
	STAGE("agg", "agg FUNC(EXPR), ... [by EXPR, ...]", .flags = SPEC_BY, .bind = fake_count_bind,
	      ARGS({.type = ARG_CALLS, .name = "FUNC", .offset = offsetof(struct fake, calls), .calls = fake_calls}),
	      OPTS(OPT("running", ARG_FLAG, flag), OPT("every", ARG_PERIOD, every))),
	STAGE("top", "top N [EXPR] [by EXPR, ...]", .flags = SPEC_BY,
	      ARGS({.type = ARG_COUNT, .name = "N", .offset = offsetof(struct fake, n), .min = 1},
		   OPTIONAL(ARG_EXPR, "EXPR", e))),
	STAGE("batch", "batch [auto] [N] [T] [bytes=SIZE] [start=EXPR]", .bind = fake_batch_bind,
	      ARGS(OPTIONAL(ARG_COUNT, "N", n), OPTIONAL(ARG_DURATION, "T", ns)),
	      OPTS(OPT("auto", ARG_FLAG, flag), OPT("bytes", ARG_SIZE, bytes), OPT("start", ARG_EXPR, start))),
	STAGE("join", "join \"SEP\"", .bind = fake_join_bind, ARGS(ARG(ARG_STRING, "SEP", text))),
	STAGE("rate", "rate R [drop] [burst=N]", ARGS(ARG(ARG_RATE, "R", rate)),
	      OPTS(OPT("drop", ARG_FLAG, flag), OPT("burst", ARG_COUNT, n))),
	STAGE("tee", "tee { A ; B }", .flags = SPEC_BRANCHES),
	STAGE("balance", "balance N { A }", .flags = SPEC_ONE_BRANCH, ARGS(ARG(ARG_COUNT, "N", n))),
	STAGE("partition", "partition N by EXPR { A }", .flags = SPEC_ONE_BRANCH | SPEC_BY, ARGS(ARG(ARG_COUNT, "N", n))),
	STAGE("route", "route { EXPR => A ; else => B }", .flags = SPEC_ROUTES),
	STAGE("exec", "exec [OPTION...] WORD...", .flags = SPEC_OPTIONS_FIRST | SPEC_CAN_FAIL,
	      ARGS(ARG(ARG_COMMAND, "WORD", command)),
	      OPTS(OPT("jobs", ARG_COUNT, n), OPT("timeout", ARG_DURATION, ns), OPT("ok", ARG_LIST, ok),
		   OPT("unordered", ARG_FLAG, flag), OPT("stdin", ARG_FLAG, flag2))),
	STAGE("fetch", "fetch [jobs=N] [header=TEXT]", .flags = SPEC_CAN_FAIL,
	      OPTS(OPT("jobs", ARG_COUNT, n), OPT("header", ARG_TEMPLATES, command))),
	STAGE("stdout", "stdout", .flags = SPEC_SINK),
	STAGE("null", "null", .flags = SPEC_SINK),
	STAGE("append", "append NAME", .flags = SPEC_SINK | SPEC_CAN_FAIL, ARGS(ARG(ARG_TEMPLATE, "NAME", e))),
};

#define FAKE_STAGES (sizeof fake_specs / sizeof *fake_specs)

static const struct stage_spec *const *fake_stages(void)
{
	static const struct stage_spec *table[FAKE_STAGES + 1];
	for (size_t i = 0; i < FAKE_STAGES; i++)
		table[i] = &fake_specs[i];
	return table;
}

#endif
