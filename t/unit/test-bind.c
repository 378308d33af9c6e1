/* Tests of lang/bind and lang/plan: what is stored where, what flows from stage to stage, every message of the binder. */
#include "config.h"

#include "fake-stages.h"
#include "unit.h"

static const struct expr_var vars[] = {{"limit", {.p = "5", .len = 1}}, {NULL, {0}}};

static struct bind_env env_of(bool has_files)
{
	return (struct bind_env){
		.stages = fake_stages(), .vars = vars, .splitter = splitter_blank(), .ofs = slice_str("\t"),
		.has_files = has_files,
	};
}

/* A plan that has to be good. env lives as long as the program. */
static struct plan *good_plan(const char *text)
{
	static struct bind_env env;
	struct diag diag;
	struct plan *p;

	env = env_of(false);
	diag_init(&diag, "pipeline", slice_str(text));
	p = plan_new(slice_str(text), &env, &diag);
	if (!p)
		diag_print(&diag, stdout);
	CHECK_MSG(p, "'%s' is no good plan", text);
	diag_release(&diag);
	if (!p)
		exit(EXIT_FAILURE);
	return p;
}

/* The first lines of what is reported, one error a line. */
static char *errors_of(const char *text, bool has_files)
{
	struct bind_env env = env_of(has_files);
	struct diag diag;
	char *out = NULL;
	size_t size = 0;
	struct str heads = {0};
	FILE *f = open_memstream(&out, &size);

	diag_init(&diag, "pipeline", slice_str(text));
	struct plan *p = plan_new(slice_str(text), &env, &diag);
	CHECK(!p == diag_failed(&diag));
	diag_print(&diag, f);
	fclose(f);
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "spile: pipeline:", 16) == 0)
			str_addf(&heads, "%s%s", heads.len ? "\n" : "", line + 16);
	free(out);
	diag_release(&diag);
	plan_free(p);
	return str_steal(&heads);
}

static void check_errors(const char *text, const char *want)
{
	char *got = errors_of(text, false);

	CHECK_STR(got, want);
	free(got);
}

static const struct fake *priv(const struct plan *p, int i)
{
	return p->main.stages[i].priv;
}

/* ---- values ---- */

static void check_number(struct num got, const char *want)
{
	char buf[NUM_TEXT_MAX];
	unsigned len = num_format(got, buf);

	CHECK_BYTES(buf, len, want, strlen(want));
}

static void test_scalars(void)
{
	UNIT("numbers, durations, sizes and rates") {
		struct plan *p = good_plan("batch 10k 1.5s bytes=64KiB | rate 120/m drop burst=7 | join \",\" | count every=2s | count every=100");
		CHECK_INT(priv(p, 0)->n, 10000);
		CHECK_INT(priv(p, 0)->ns, 1500000000);
		CHECK_INT(priv(p, 0)->bytes, 65536);
		CHECK(priv(p, 1)->rate.events == 1 && priv(p, 1)->rate.ns == 500000000);
		CHECK(priv(p, 1)->flag);
		CHECK_INT(priv(p, 1)->n, 7);
		CHECK_INT(priv(p, 3)->every.ns, 2000000000);
		CHECK_INT(priv(p, 3)->every.events, -1);
		CHECK_INT(priv(p, 4)->every.events, 100);
		plan_free(p);
	}
	UNIT("signs belong to arguments") {
		struct plan *p = good_plan("seq -5 +1.5k");
		check_number(priv(p, 0)->a, "-5");
		check_number(priv(p, 0)->b, "1500");
		plan_free(p);
	}
	UNIT("what is not written has its default") {
		struct plan *p = good_plan("batch | count | words");
		CHECK_INT(priv(p, 0)->n, -1);
		CHECK_INT(priv(p, 0)->ns, -1);
		CHECK_INT(priv(p, 0)->bytes, -1);
		CHECK(!priv(p, 0)->start);
		CHECK_INT(priv(p, 1)->choice, -1);
		CHECK_INT(priv(p, 1)->every.ns, -1);
		CHECK_INT(priv(p, 1)->every.events, -1);
		CHECK_INT(p->main.stages[2].max_demand, -1);
		CHECK_INT(p->main.stages[2].min_demand, -1);
		CHECK_INT(p->main.stages[2].max_failures, -1);
		CHECK(!p->main.stages[2].dead);
		plan_free(p);
	}
	UNIT("choices, lists, flags") {
		struct plan *p = good_plan("exec ok=0,1,255 unordered ls | count order=value");
		CHECK_INT(priv(p, 0)->ok.n, 3);
		CHECK_INT(priv(p, 0)->ok.v[2], 255);
		CHECK(priv(p, 0)->flag);
		CHECK(!priv(p, 0)->flag2);
		CHECK_INT(priv(p, 1)->choice, 1);
		plan_free(p);
	}
	UNIT("an option that may be given again") {
		struct plan *p = good_plan("fetch header=\"A: $1\" jobs=2 header=b | fetch");
		struct value v;
		CHECK_INT(priv(p, 0)->n, 2);
		CHECK_INT(priv(p, 0)->command.n, 2);
		CHECK(!expr_is_const(priv(p, 0)->command.e[0], &v));
		CHECK(expr_is_const(priv(p, 0)->command.e[1], &v));
		CHECK(slice_eq(v.s, slice_str("b")));
		CHECK_INT(priv(p, 1)->command.n, 0);
		plan_free(p);
	}
	UNIT("options that every stage takes") {
		struct plan *p = good_plan("filter $1 max_demand=10 min_demand=2 dead=\"d d\" max_failures=3 name=x");
		const struct plan_stage *ps = &p->main.stages[0];
		CHECK_INT(ps->max_demand, 10);
		CHECK_INT(ps->min_demand, 2);
		CHECK_INT(ps->max_failures, 3);
		CHECK_STR(ps->dead, "d d");
		CHECK_STR(ps->name, "x");
		plan_free(p);
	}
}

static void test_words(void)
{
	setenv("HOME", "/home/x", 1);
	UNIT("words, ~/ is the home directory where nothing is quoted") {
		struct plan *p = good_plan("file ~/a \"~/b\" q{~/c} a~/d sep=\"\\x00\"");
		CHECK_INT(priv(p, 0)->words.n, 4);
		CHECK_STR(priv(p, 0)->words.words[0], "/home/x/a");
		CHECK_STR(priv(p, 0)->words.words[1], "~/b");
		CHECK_STR(priv(p, 0)->words.words[2], "~/c");
		CHECK_STR(priv(p, 0)->words.words[3], "a~/d");
		CHECK_BYTES(priv(p, 0)->text.p, priv(p, 0)->text.len, "\0", 1);
		plan_free(p);
	}
	UNIT("a bare pattern is the files that it matches, in order; a quoted one is a name") {
		struct plan *p = good_plan("file /etc/pass?d \"/etc/pass?d\"");
		CHECK_INT(priv(p, 0)->words.n, 2);
		CHECK_STR(priv(p, 0)->words.words[0], "/etc/passwd");
		CHECK_STR(priv(p, 0)->words.words[1], "/etc/pass?d");
		plan_free(p);
	}
	UNIT("a command's words") {
		struct plan *p = good_plan("run every=1s ~/x *.c name=y");
		CHECK_INT(priv(p, 0)->words.n, 3);
		CHECK_STR(priv(p, 0)->words.words[0], "/home/x/x");
		CHECK_STR(priv(p, 0)->words.words[1], "*.c");
		CHECK_STR(priv(p, 0)->words.words[2], "name=y");
		plan_free(p);
	}
	UNIT("a pattern that nothing matches")
		check_errors("file /nowhere/*.x", "1:6: no file matches '/nowhere/*.x'");
	unsetenv("HOME");
	UNIT("~/ without a home")
		check_errors("append ~/x", "1:8: '~' stands for nothing: HOME is not set");
}

static void check_text(const struct expr *e, const char *whole, const char *want)
{
	struct eval ev = {0};
	struct event event = {.whole = slice_str(whole)};
	struct slice got;

	if (CHECK(e) && CHECK(expr_text(e, &ev, &event, &got)))
		CHECK_SLICE(got, want);
	eval_release(&ev);
}

static void test_expressions(void)
{
	setenv("HOME", "/h", 1);
	UNIT("expressions, templates and commands are compiled") {
		struct plan *p = good_plan("filter $1 + $limit | exec a$2 ~/$1 ~/x \"$0\" $@");
		const struct expr_list *words = &priv(p, 1)->command;
		check_text(priv(p, 0)->e, "7", "12");
		CHECK_INT(words->n, 5);
		check_text(words->e[0], "x y", "ay");
		check_text(words->e[1], "x y", "/h/x");
		check_text(words->e[2], "x y", "/h/x");
		check_text(words->e[3], "x y", "x y");
		CHECK(expr_is_events(words->e[4]));
		plan_free(p);
	}
	UNIT("a template is filled in") {
		struct plan *p = good_plan("append ~/a-$1.${$2 + 1}");
		check_text(priv(p, 0)->e, "x 4", "/h/a-x.5");
		plan_free(p);
	}
	UNIT("-v gives names")  {
		struct plan *p = good_plan("filter $limit + 1");
		check_text(priv(p, 0)->e, "", "6");
		plan_free(p);
	}
	UNIT("strings of words and options") {
		struct plan *p = good_plan("batch 2 | join \"a$@b$ c\" | exec \"x$@\" \"$@\" q{$@} \"\" | split \"\\t\"");
		const struct expr_list *words = &priv(p, 2)->command;
		CHECK_SLICE(priv(p, 1)->text, "a$@b$ c");
		check_text(words->e[0], "", "x$@");
		CHECK(expr_is_events(words->e[1]));
		check_text(words->e[2], "", "$@");
		check_text(words->e[3], "", "");
		plan_free(p);
		check_errors("batch 2 | join \"a${\"b\"}\"", "1:18: '${' is not filled in here");
	}
	UNIT("fields, sets, calls and keys") {
		struct plan *p = good_plan("map a=$1, $2 | set $3=1, b=2 $4=5 | agg n=count(), list($1, \",\") by $a, $b");
		CHECK_INT(priv(p, 0)->fields.n, 2);
		CHECK_STR(priv(p, 0)->fields.f[0].name, "a");
		CHECK_STR(priv(p, 0)->fields.f[1].name, NULL);
		CHECK_INT(priv(p, 1)->fields.n, 3);
		CHECK_INT(priv(p, 1)->fields.f[0].index, 3);
		CHECK_STR(priv(p, 1)->fields.f[1].name, "b");
		CHECK_INT(priv(p, 1)->fields.f[2].index, 4);
		CHECK_INT(priv(p, 2)->calls.n, 2);
		CHECK_STR(priv(p, 2)->calls.c[0].name, "n");
		CHECK_INT(priv(p, 2)->calls.c[0].nargs, 0);
		CHECK_INT(priv(p, 2)->calls.c[1].func, 2);
		CHECK_INT(priv(p, 2)->calls.c[1].nargs, 2);
		CHECK_INT(priv(p, 2)->by.n, 2);
		plan_free(p);
	}
	UNIT("regular expressions, substitutions, separators") {
		struct plan *p = good_plan("parse /(?<a>x)/ keep | s/a/b/g | split \",\" | split /,+/");
		CHECK(priv(p, 0)->re && priv(p, 0)->flag);
		CHECK(priv(p, 1)->subst.re && priv(p, 1)->subst.with && priv(p, 1)->subst.global);
		CHECK_INT(priv(p, 1)->fields.n, 0);
		CHECK(priv(p, 2)->splitter && priv(p, 3)->splitter);
		plan_free(p);
	}
	UNIT("NR, FNR and FILE are noticed") {
		struct plan *p = good_plan("filter NF == 2"), *q = good_plan("filter NR % 2");
		CHECK(!p->uses_origin);
		CHECK(q->uses_origin);
		plan_free(p);
		plan_free(q);
	}
}

/* ---- flow ---- */

static const struct schema *in_of(const struct plan *p, int i)
{
	return p->main.stages[i].in;
}

static bool used(const struct schema *s, const char *name)
{
	int col = schema_find(s, slice_str(name));

	return CHECK(col >= 0) && s->cols[col].used;
}

static void test_schemas(void)
{
	UNIT("stages that leave fields alone share a schema") {
		struct plan *p = good_plan("words | filter $1 | take 5");
		CHECK(in_of(p, 0) == in_of(p, 2));
		CHECK_INT(in_of(p, 2)->npos, SCHEMA_SPLIT);
		plan_free(p);
	}
	UNIT("names are carried along, columns become positional") {
		struct plan *p = good_plan("parse /(?<a>x)(?<b>y)/ | map $b, c=$2 | filter $a");
		CHECK_INT(in_of(p, 1)->npos, SCHEMA_SPLIT);
		CHECK_INT(in_of(p, 1)->ncols, 2);
		CHECK_INT(in_of(p, 2)->npos, 2);
		CHECK_INT(schema_find(in_of(p, 2), slice_str("c")), 1);
		CHECK(schema_find(in_of(p, 2), slice_str("a")) >= 2);
		plan_free(p);
	}
	UNIT("what is used is used where it was carried over from") {
		struct plan *p = good_plan("parse /(?<a>x)(?<b>y)/ | map c=1, d=2 | set e=3 | filter $a + $d");
		CHECK(used(in_of(p, 1), "a"));
		CHECK(!used(in_of(p, 1), "b"));
		CHECK(used(in_of(p, 2), "a"));
		CHECK(used(in_of(p, 2), "d"));
		CHECK(!used(in_of(p, 2), "c"));
		CHECK(!used(in_of(p, 3), "e"));
		plan_free(p);
	}
	UNIT("a name that is set anew is not carried") {
		struct plan *p = good_plan("parse /(?<a>x)/ | set a=1 | map a=$a, $a | filter $a");
		CHECK(!used(in_of(p, 1), "a"));
		CHECK(used(in_of(p, 2), "a"));
		CHECK_INT(schema_find(in_of(p, 3), slice_str("a")), 0);
		CHECK(used(in_of(p, 3), "a"));
		plan_free(p);
	}
	UNIT("count replaces all")
		check_errors("parse /(?<a>x)/ | count | filter $a", "1:34: no stage before this one defines '$a'");
	UNIT("batches are remembered") {
		struct plan *p = good_plan("batch 5 | words | join \",\" | batch 2");
		CHECK(!p->main.stages[0].batched_in && p->main.stages[0].batched_out);
		CHECK(p->main.stages[1].batched_out);
		CHECK(!p->main.stages[2].batched_out);
		plan_free(p);
	}
}

static void test_branches(void)
{
	UNIT("branches that share a schema flow together into it") {
		struct plan *p = good_plan("tee { words ; filter $1 ; null } | take 5");
		CHECK_INT(p->main.stages[0].nbranches, 3);
		CHECK_INT(p->main.stages[0].branches[1].nstages, 1);
		CHECK(in_of(p, 1) == in_of(p, 0));
		CHECK(!p->has_sink);
		plan_free(p);
	}
	UNIT("others into the union of their names") {
		struct plan *p = good_plan("tee { map a=$1, $2 ; map $1, b=$2 ; set c=1 } | filter $a == $b");
		const struct schema *s = in_of(p, 1);
		const struct plan_stage *tee = &p->main.stages[0];
		CHECK_INT(s->npos, SCHEMA_VARIED);
		CHECK_INT(s->nparts, 3);
		CHECK(schema_find(s, slice_str("c")) >= 0);
		CHECK(used(tee->branches[0].stages[0].out, "a"));
		CHECK(used(tee->branches[1].stages[0].out, "b"));
		CHECK(!used(tee->branches[2].stages[0].out, "c"));
		CHECK_INT(schema_part_col(s, tee->branches[1].stages[0].out, schema_find(s, slice_str("b"))), 1);
		CHECK_INT(schema_part_col(s, tee->branches[1].stages[0].out, schema_find(s, slice_str("a"))), -1);
		plan_free(p);
	}
	UNIT("where all have the same columns those stay, else all of a branch are used for the row") {
		struct plan *p = good_plan("tee { map a=$1, b=$2 ; map a=$2, b=$1 } | filter $1");
		const struct schema *s = in_of(p, 1);
		CHECK_INT(s->npos, 2);
		CHECK_INT(schema_find(s, slice_str("b")), 1);
		CHECK(p->main.stages[0].branches[0].stages[0].out->cols[0].used);
		CHECK(!p->main.stages[0].branches[0].stages[0].out->cols[1].used);
		plan_free(p);
		p = good_plan("tee { map a=$1, b=$2 ; map b=$2, a=$1 ; set c=1, d=2 } | filter $a");
		s = in_of(p, 1);
		CHECK_INT(s->npos, SCHEMA_VARIED);
		CHECK_INT(schema_ncells(s), 1);
		CHECK(schema_cell_used(s, 0));
		CHECK(p->main.stages[0].branches[1].stages[0].out->cols[0].used);
		CHECK(!p->main.stages[0].branches[2].stages[0].out->cols[0].used);
		plan_free(p);
	}
	UNIT("a leading block is a stage without a spec") {
		struct plan *p = good_plan("{ seq 1 ; { file a ; file b } | words } | count");
		CHECK(p->has_source);
		CHECK(!p->main.stages[0].spec);
		CHECK_STR(p->main.stages[0].name, "sources");
		CHECK_INT(p->main.stages[0].nbranches, 2);
		CHECK(!p->main.stages[0].branches[1].stages[0].spec);
		plan_free(p);
	}
	UNIT("routes have their conditions, else none") {
		struct plan *p = good_plan("map a=$1, $2 | route { $a == 1 => null ; else => stdout }");
		CHECK(p->main.stages[1].branches[0].when != NULL);
		CHECK(!p->main.stages[1].branches[1].when);
		CHECK(used(in_of(p, 1), "a"));
		CHECK(p->has_sink);
		plan_free(p);
	}
	UNIT("mixed batches and events are an error")
		check_errors("tee { batch 5 ; words } | null", "1:5: some branches give batches and others events");
}

static void test_places(void)
{
	UNIT("sources first, sinks last") {
		check_errors("seq 1 | seq 2", "1:9: the source 'seq' must stand first");
		check_errors("null | words | stdout", "1:1: the sink 'null' must stand last");
		check_errors("tee { seq 1 ; null | words }", "1:7: the source 'seq' must stand first\n"
							     "1:15: the sink 'null' must stand last");
		check_errors("{ words ; seq 1 }", "1:3: a branch of the first block must begin with a source, not 'words'");
		check_errors("tee { null ; stdout } | words | wrods",
			     "1:25: nothing comes here: every branch of the block before it ends in a sink\n"
			     "1:33: unknown stage 'wrods'");
	}
	UNIT("FILEs beside a written source") {
		char *got = errors_of("{ seq 1 ; file a } | words", true), *none = errors_of("words", true);
		CHECK_STR(got, "1:3: FILEs are named, so 'seq' cannot be the source\n"
			       "1:11: FILEs are named, so 'file' cannot be the source");
		CHECK_STR(none, "");
		free(got);
		free(none);
	}
	UNIT("source and sink are noticed") {
		struct plan *p = good_plan("seq 1 | null"), *q = good_plan("words");
		CHECK(p->has_source && p->has_sink);
		CHECK(!q->has_source && !q->has_sink);
		plan_free(p);
		plan_free(q);
	}
}

/* ---- mistakes ---- */

static void test_mistakes(void)
{
	UNIT("regular expressions: PCRE2's words at the place in the pattern") {
		check_errors("filter /a\\/b(/", "1:14: bad regular expression: missing closing parenthesis");
		check_errors("parse m,a\\,(,", "1:13: bad regular expression: missing closing parenthesis");
		check_errors("s/(/x/", "1:4: bad regular expression: missing closing parenthesis");
		check_errors("split /a(/", "1:10: bad regular expression: missing closing parenthesis");
	}
	UNIT("demand says its range") {
		check_errors("words max_demand=10 min_demand=10", "1:32: 'min_demand' must be 0 to 9, not 10");
		check_errors("words min_demand=1000", "1:18: 'min_demand' must be 0 to 999, not 1000");
		check_errors("words max_demand=1 min_demand=1", "1:31: 'min_demand' must be 0, not 1");
		check_errors("words max_demand=0 min_demand=5", "1:18: 'max_demand' must be 1 or more, not 0");
	}
	UNIT("names") {
		check_errors("words name=a | words name=a", "1:27: another stage has the name 'a'");
		check_errors("words name=\"a b\"", "1:12: a stage's name is made of letters, digits, '_', '-' and '.'");
	}
	UNIT("what stages say themselves stands where it belongs") {
		check_errors("words | join \",\"", "1:9: 'join' needs batches");
		check_errors("batch 5 | count every=5s", "1:17: 'every=' on a batch");
	}
	UNIT("a separator")
		check_errors("split \"\"", "1:7: a separator cannot be empty");
	UNIT("nothing is reported that only follows from a mistake before it") {
		check_errors("parse /(?<a>x/ | map $a | filter $b", "1:14: bad regular expression: missing closing parenthesis");
		check_errors("foo | map a=$x | filter $a + $y", "1:1: unknown stage 'foo'");
		check_errors("btch 5 | join \",\"", "1:1: unknown stage 'btch'");
		check_errors("btch 5 | count | filter $y", "1:1: unknown stage 'btch'\n"
							   "1:25: no stage before this one defines '$y'");
		check_errors("filter $x | filter $x", "1:8: no stage before this one defines '$x'\n"
						      "1:20: no stage before this one defines '$x'");
	}
	UNIT("all mistakes are reported")
		check_errors("take x | filter $a | split \"\" | route { $b => words ; else => fliter }",
			     "1:6: N of 'take' must be a whole number, not 'x'\n"
			     "1:17: no stage before this one defines '$a'\n"
			     "1:28: a separator cannot be empty\n"
			     "1:41: no stage before this one defines '$b'\n"
			     "1:63: unknown stage 'fliter'");
	UNIT("a source has no event")
		check_errors("run $1", "1:5: '$' is not filled in here");
}

static void test_names(void)
{
	UNIT("names are made unique") {
		struct plan *p = good_plan("words | words name=words2 | words | tee { words } | filter 1");
		CHECK_STR(p->main.stages[0].name, "words");
		CHECK_STR(p->main.stages[1].name, "words2");
		CHECK_STR(p->main.stages[2].name, "words3");
		CHECK_STR(p->main.stages[3].branches[0].stages[0].name, "words4");
		CHECK_STR(p->main.stages[4].name, "filter");
		plan_free(p);
	}
}

static const struct stage_spec *spec_of(const char *name)
{
	for (size_t i = 0; i < FAKE_STAGES; i++)
		if (strcmp(fake_specs[i].name, name) == 0)
			return &fake_specs[i];
	return NULL;
}

static void test_unwritten(void)
{
	UNIT("a source and a sink that were not written are added") {
		struct plan *p = good_plan("words | count | words");
		struct plan_stage *first = plan_add_first(p, spec_of("stdin")), *last = plan_add_last(p, spec_of("stdout"));
		CHECK_INT(p->main.nstages, 5);
		CHECK(first == NULL || p->main.stages[0].spec == spec_of("stdin"));
		CHECK(last == &p->main.stages[4]);
		CHECK_STR(p->main.stages[0].name, "stdin");
		CHECK_STR(p->main.stages[3].name, "words2");
		CHECK_STR(last->name, "stdout");
		CHECK(p->has_source && p->has_sink);
		CHECK(last->in == p->main.stages[3].out);
		CHECK(p->main.stages[0].out == p->main.stages[1].in);
		CHECK_INT(last->max_demand, -1);
		plan_free(p);
	}
	UNIT("their private struct has its defaults") {
		struct plan *p = good_plan("words");
		struct plan_stage *ps = plan_add_last(p, spec_of("batch"));
		CHECK_INT(((struct fake *)ps->priv)->n, -1);
		CHECK(ps->batched_out);
		plan_free(p);
	}
}

int main(void)
{
	test_scalars();
	test_words();
	test_expressions();
	test_schemas();
	test_branches();
	test_places();
	test_mistakes();
	test_names();
	test_unwritten();
	return unit_done();
}
