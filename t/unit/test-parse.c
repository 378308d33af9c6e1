/* Tests of lang/parse: trees of expressions, what arguments and options are read as, and every message of the parser. */
#include "config.h"

#include "fake-stages.h"
#include "lang/syntax/parse.h"
#include "unit.h"

/* ---- expressions as text ---- */

static void show(struct str *out, const struct ast_expr *e);

static void show_node(struct str *out, const char *name, const struct ast_expr *e)
{
	str_addf(out, "(%s", name);
	for (int i = 0; i < e->nkids; i++) {
		str_addc(out, ' ');
		show(out, e->kids[i]);
	}
	str_addc(out, ')');
}

static void show_call(struct str *out, const struct ast_expr *e)
{
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)e->text.len, e->text.p);
	show_node(out, name, e);
}

static void show_num(struct str *out, struct num n)
{
	char buf[NUM_TEXT_MAX];

	str_add(out, buf, num_format(n, buf));
}

static void show_path(struct str *out, const struct ast_expr *e)
{
	show(out, e->kids[0]);
	for (int i = 0; i < e->nsteps; i++) {
		const struct ast_step *s = &e->steps[i];
		switch (s->kind) {
		case STEP_MEMBER: str_addf(out, " .%.*s", (int)s->name.len, s->name.p); break;
		case STEP_INDEX: str_addf(out, " [%lld]", (long long)s->index); break;
		case STEP_EACH: str_adds(out, " []"); break;
		case STEP_WHERE:
			str_addf(out, " [%.*s=", (int)s->name.len, s->name.p);
			show(out, s->value);
			str_addc(out, ']');
			break;
		}
	}
}

static void show(struct str *out, const struct ast_expr *e)
{
	static const char *const ops[] = {
		[OP_OR] = "||", [OP_AND] = "&&", [OP_EQ] = "==", [OP_NE] = "!=", [OP_LT] = "<", [OP_LE] = "<=",
		[OP_GT] = ">", [OP_GE] = ">=", [OP_MATCH] = "~", [OP_NOMATCH] = "!~", [OP_ADD] = "+", [OP_SUB] = "-",
		[OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%", [OP_POW] = "**",
	};
	static const char *const vars[] = {"NR", "FNR", "NF", "FILE"};

	switch (e->kind) {
	case AST_NUM: show_num(out, e->num); break;
	case AST_STR: str_addf(out, "'%.*s'", (int)e->text.len, e->text.p); break;
	case AST_CONCAT: show_node(out, "cat", e); break;
	case AST_REGEX: str_addf(out, "/%.*s/%x", (int)e->text.len, e->text.p, e->flags); break;
	case AST_FIELD: str_addf(out, "$%d", e->index); break;
	case AST_LAST: str_adds(out, "$NF"); break;
	case AST_NAME: str_addf(out, "$%.*s", (int)e->text.len, e->text.p); break;
	case AST_LITERAL: str_addf(out, "%.*s", (int)e->text.len, e->text.p); break;
	case AST_RANGE: show_node(out, "..", e); break;
	case AST_PATH: show_path(out, e); break;
	case AST_VAR: str_adds(out, vars[e->var]); break;
	case AST_NEG: show_node(out, "neg", e); break;
	case AST_NOT: show_node(out, "not", e); break;
	case AST_BINARY: show_node(out, ops[e->op], e); break;
	case AST_COND: show_node(out, "?", e); break;
	case AST_CALL: show_call(out, e); break;
	case AST_EVENTS: str_adds(out, "$@"); break;
	}
}

/* The tree, or what diag_print says. */
static char *expr_text_of(const char *text)
{
	struct arena arena = {0};
	struct diag diag;
	struct str out = {0};
	struct ast_expr *e;

	diag_init(&diag, "pipeline", slice_str(text));
	e = parse_expr_text(slice_str(text), &arena, &diag);
	if (e)
		show(&out, e);
	CHECK(!e == diag_failed(&diag));
	diag_release(&diag);
	arena_release(&arena);
	return str_steal(&out);
}

static void check_expr(const char *text, const char *want)
{
	char *got = expr_text_of(text);

	CHECK_STR(got, want);
	free(got);
}

static void test_operators(void)
{
	UNIT("operators bind as in the manual's order") {
		check_expr("1 + 2 * 3", "(+ 1 (* 2 3))");
		check_expr("1 - 2 - 3", "(- (- 1 2) 3)");
		check_expr("$1 == 2 && $2 != 3 || $3", "(|| (&& (== $1 2) (!= $2 3)) $3)");
		check_expr("a($1) + 1 < 2 * 3", "(< (+ (a $1) 1) (* 2 3))");
		check_expr("!$1 ~ /x/", "(~ (not $1) /x/0)");
		check_expr("$1 !~ /x/", "(!~ $1 /x/0)");
	}
	UNIT("** is right-associative and tighter than a sign before it") {
		check_expr("2 ** 3 ** 4", "(** 2 (** 3 4))");
		check_expr("-2 ** 2", "(neg (** 2 2))");
		check_expr("2 ** -1", "(** 2 (neg 1))");
		check_expr("2 ** -1 * 3", "(* (** 2 (neg 1)) 3)");
	}
	UNIT("?: is the loosest and right-associative") {
		check_expr("$1 ? 2 : $3 ? 4 : 5", "(? $1 2 (? $3 4 5))");
		check_expr("$1 || $2 ? 3 : 4", "(? (|| $1 $2) 3 4)");
	}
	UNIT("parentheses come first")
		check_expr("(1 + 2) * 3", "(* (+ 1 2) 3)");
}

static void test_operands(void)
{
	UNIT("/ divides behind an operand and begins a regular expression elsewhere") {
		check_expr("$1 / 2 / 3", "(/ (/ $1 2) 3)");
		check_expr("$1 ~ /2/ / 3", "(~ $1 (/ /2/0 3))");
		check_expr("f(1) / 2", "(/ (f 1) 2)");
		check_expr("/a/ && /b/", "(&& /a/0 /b/0)");
	}
	UNIT("% and m do likewise") {
		check_expr("5 % 2", "(% 5 2)");
		check_expr("m%x% && 1", "(&& /x/0 1)");
	}
	UNIT("a sign is never part of a number, but of a field from the end") {
		check_expr("$1-1", "(- $1 1)");
		check_expr("$-1-1", "(- $-1 1)");
		check_expr("-1", "(neg 1)");
	}
	UNIT("durations are seconds, sizes bytes")
		check_expr("5m + 1KiB", "(+ 300 1024)");
	UNIT("variables, fields, names and calls") {
		check_expr("NR + FNR + NF", "(+ (+ NR FNR) NF)");
		check_expr("FILE == $NF", "(== FILE $NF)");
		check_expr("substr($name, 1, -2)", "(substr $name 1 (neg 2))");
		check_expr("now()", "(now)");
		check_expr("f ( 1 )", "(f 1)");
	}
	UNIT("strings are filled in, raw strings are not") {
		check_expr("\"a\"", "'a'");
		check_expr("\"\"", "''");
		check_expr("\"$1\"", "(cat $1)");
		check_expr("\"a${ $1 + \"b$2\" }c\"", "(cat 'a' (+ $1 (cat 'b' $2)) 'c')");
		check_expr("\"${f(\"}\")}\"", "(cat (f '}'))");
		check_expr("q{a$1}", "'a$1'");
	}
	UNIT("white space and comments may stand anywhere")
		check_expr("$1 # first\n ==\n\t2", "(== $1 2)");
	UNIT("a tree has a limited depth") {
		char deep[3000] = "";
		memset(deep, '(', 1000);
		strcpy(deep + 1000, "1");
		memset(deep + 1001, ')', 1000);
		check_expr(deep, "");
	}
}

/* ---- pipelines ---- */

static char *messages(const char *text, size_t len)
{
	static const struct opt_spec none[] = {{.name = NULL}};
	struct parse_env env = {.stages = fake_stages(), .common_opts = plan_common_opts, .failure_opts = none};
	struct arena arena = {0};
	struct diag diag;
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	diag_init(&diag, "pipeline", slice_make(text, len));
	parse_pipeline(slice_make(text, len), &env, &arena, &diag);
	diag_print(&diag, f);
	fclose(f);
	diag_release(&diag);
	arena_release(&arena);
	return out;
}

static void check_fine(const char *text)
{
	char *got = messages(text, strlen(text));

	CHECK_STR(got, "");
	free(got);
}

/* What is reported without the lines of the text: one error a line. */
static void check_errors(const char *text, const char *want)
{
	char *got = messages(text, strlen(text));
	struct str lines = {0};
	int n = 0;

	for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) {
		bool head = strncmp(line, "spile: pipeline:", 16) == 0;
		const char *hint = strchr(line, '^');
		if (head)
			str_addf(&lines, "%s%s", n++ ? "\n" : "", line + 16);
		else if (hint && strspn(line, " \t") == (size_t)(hint - line) && hint[strspn(hint, "^~")] == ' ')
			str_addf(&lines, " <%s>", hint + strspn(hint, "^~") + 1);
	}
	CHECK_STR(lines.p ? lines.p : "", want);
	str_release(&lines);
	free(got);
}

static void test_good(void)
{
	UNIT("the examples of the manual") {
		check_fine("words | map lower($0) | count | top 10");
		check_fine("$9 >= 500 | count by $7 | top 10");
		check_fine("fetch jobs=8 | $status == 200 | map $url, $1");
		check_fine("/ERR|WARN/ | batch 400 2s | exec jobs=2 ./load -x $0 $@");
		check_fine("tee { append all.log ; take 1000 | null }");
		check_fine("#!/usr/bin/env -S spile -f\nseq 1 10 |\n  words # a word each\n");
	}
	UNIT("a stage that begins with / $ ! or ( is filter, with s and a delimiter map") {
		check_fine("/x/ | $1 | !$1 | ($1 || $2) | s/a/b/ | s,a,b,g | s!a!b!");
	}
	UNIT("arguments that may be missing are skipped by what stands there") {
		check_fine("batch | batch 10 | batch 2s | batch 10 2s | batch auto 10 | batch 10 auto | batch bytes=1MiB");
		check_fine("batch 10 start=/^From /i | top 10 | top 10 $2 | top 10 by $1 | top 10 $2 by $1, $3");
	}
	UNIT("flags stand anywhere, quoted words are none") {
		check_fine("uniq count | uniq count by $1 | uniq by $1 count | parse /(?<a>x)/ keep | agg sum($1) running");
		check_fine("exec unordered ls | exec \"unordered\" | rate 10/s drop burst=5");
	}
	UNIT("NAME= is an option but where a field's name stands") {
		check_fine("map a=$1, b=$2 name=x | set a=1, b=2 name=y | set $1=2 $2=3, c=4 | set $c=1, $-1=2, $NF=3 | agg n=count(), s=sum($1) by $1");
		check_fine("filter $1 name=x | filter (NR == 5)");
	}
	UNIT("options come first in exec, the rest are words")
		check_fine("exec jobs=8 ok=0,1 env a=b stdin");
	UNIT("paths are words behind file, and regular expressions behind filter")
		check_fine("file /a/b ~/c q{d e} \"f\" sep=\"\\x00\" | filter /a/");
	UNIT("blocks nest, a trailing ; is fine") {
		check_fine("{ seq 1 ; { seq 2 ; seq 3 } | words ; } | tee { words ; route { $1 => null ; else => words ; } }");
		check_fine("partition 4 by $1, $2 { words } name=x | balance 2 {words}");
	}
}

static void test_stage_errors(void)
{
	UNIT("unknown stages") {
		check_errors("fliter /a|b/ | cout", "1:1: unknown stage 'fliter' <did you mean 'filter'?>\n"
						    "1:16: unknown stage 'cout' <did you mean 'count'?>");
		check_errors("xyzzy | plugh {print $1} | wrods", "1:1: unknown stage 'xyzzy'\n1:9: unknown stage 'plugh'\n"
								 "1:28: unknown stage 'wrods' <did you mean 'words'?>");
		check_errors("foo \"a|b\" q{|} /x|y/ a{|}b | words", "1:1: unknown stage 'foo'");
		check_errors("lower($0)", "1:1: unknown stage 'lower' <functions stand in expressions: 'map' or 'filter'>");
		check_errors("take-5", "1:1: unknown stage 'take-5' <did you mean 'take'?>");
	}
	UNIT("what no stage begins with") {
		check_errors("\"x\" | words", "1:1: no stage begins with '\"x\"'");
		check_errors("words | 5", "1:9: no stage begins with '5'");
		check_errors("'words'", "1:1: no stage begins with ''' <single quotes mean nothing here: \"...\" or q{...}>");
	}
	UNIT("empty stages and pipelines") {
		check_errors("words | | words", "1:9: empty stage");
		check_errors("| words", "1:1: empty stage");
		check_errors("words |", "1:7: empty stage");
		check_errors("words | | ", "1:9: empty stage");
		check_errors("", "1:1: empty pipeline");
		check_errors("  \n# nothing\n", "1:1: empty pipeline");
	}
	UNIT("|| is no |")
		check_errors("words || take 5", "1:7: unexpected '||' <stages are separated by a single '|'>");
	UNIT("brackets that nothing opened, ; outside a block") {
		check_errors("words } | wrods", "1:7: nothing was opened that '}' could close\n"
						"1:11: unknown stage 'wrods' <did you mean 'words'?>");
		check_errors("filter 1)", "1:9: nothing was opened that ')' could close");
		check_errors("words ; words", "1:7: ';' outside a block <stages are separated by '|'>");
	}
	UNIT("a NUL byte") {
		char *got = messages("words\0| x", 9);
		CHECK_STR(got, "spile: pipeline:1:6: a NUL byte in the pipeline\n  words\\x00| x\n       ^~~~ in a string it is \\x00\n");
		free(got);
	}
}

static void test_argument_errors(void)
{
	UNIT("missing arguments") {
		check_errors("take | filter | map", "1:1: 'take' lacks its N <usage: take N [by EXPR, ...]>\n"
						    "1:8: 'filter' lacks its EXPR <usage: filter EXPR>\n"
						    "1:17: 'map' lacks its EXPR <usage: map EXPR, ...>");
	}
	UNIT("too many") {
		check_errors("take 5 6 | words x", "1:8: unexpected argument '6' of 'take' <usage: take N [by EXPR, ...]>\n"
						   "1:18: unexpected argument 'x' of 'words' <usage: words>");
		check_errors("words by $1", "1:7: 'words' takes no 'by'");
		check_errors("take 5 by $1 by $2", "1:14: 'by' is given twice");
	}
	UNIT("numbers of the wrong kind") {
		check_errors("take foo", "1:6: N of 'take' must be a whole number, not 'foo'");
		check_errors("take -5", "1:6: N of 'take' must be a whole number, not '-5' <did you mean '5'?>");
		check_errors("take 1.5", "1:6: N of 'take' must be a whole number, not '1.5'");
		check_errors("take 5s", "1:6: N of 'take' must be a whole number, not '5s'");
		check_errors("take 5x", "1:7: 'x' is no suffix of a number <one of k M G, KiB MiB GiB TiB, ms s m h>");
		check_errors("take 1e30", "1:6: N of 'take' must be at most 10^18, not '1e30'");
		check_errors("top 0", "1:5: N of 'top' must be 1 or more, not 0");
		check_errors("take 5\"x\"", "1:7: white space is missing before '\"x\"'");
	}
	UNIT("durations have a unit") {
		check_errors("batch 5 5", "1:9: T of 'batch' must be a duration, not '5' <a duration has a unit: 5s, 5ms>");
		check_errors("exec timeout=5 x", "1:14: 'timeout' must be a duration, not '5' <a duration has a unit: 5s, 5ms>");
		check_errors("batch 876001h", "1:7: T of 'batch' must be at most 100 years, not '876001h'");
		check_errors("batch 99999999h", "1:7: T of 'batch' must be at most 100 years, not '99999999h'");
	}
	UNIT("rates") {
		check_errors("rate 10", "1:6: R of 'rate' must be a rate, not '10' <a rate is per time: 10/s, 10/m>");
		check_errors("rate 10/x", "1:9: 'x' is no unit of a rate <one of /s /m /h>");
		check_errors("rate 0/s", "1:6: R of 'rate' must be more than 0, not '0'");
	}
	UNIT("strings and regular expressions") {
		check_errors("join /x/", "1:6: SEP of 'join' must be a quoted string, not '/x/'");
		check_errors("join \"$1\"", "1:7: '$1' is not filled in here <write '\\$', or q{...}>");
		check_errors("parse \"x\"", "1:7: /RE/ of 'parse' must be a regular expression, not '\"x\"' <write it between slashes>");
		check_errors("split x", "1:7: /RE/ of 'split' must be a regular expression or a quoted string, not 'x'");
		check_errors("parse /x/zq", "1:10: unknown flag 'z' of a regular expression <one of i x s m g u>");
	}
}

static void test_word_errors(void)
{
	UNIT("$ in a word that is not filled in") {
		check_errors("file a$HOME/x", "1:7: '$' is not filled in here <write q{a$HOME/x}>");
		check_errors("run echo $1", "1:10: '$' is not filled in here <write q{$1}>");
		check_errors("file \"$1 $2\"", "1:7: '$1' is not filled in here <write '\\$', or q{...}>");
		check_errors("words name=$x", "1:12: '$' is not filled in here <write q{$x}>");
	}
	UNIT("$ without a name in one that is") {
		check_errors("append a$", "1:9: a field's number or name is missing after '$' <write q{$} to mean it as it is>");
		check_errors("exec a$@", "1:7: '$@' must be a whole word of a command");
		check_errors("append $@", "1:8: '$@' must be a whole word of a command");
		check_errors("append $99999999999", "1:9: field number too large");
		check_errors("append $-0", "1:8: fields from the end count from '$-1'");
	}
	UNIT("what cannot stand in a word") {
		check_errors("append a#b", "1:9: '#' must be quoted in a word <\"...\" or q{...}>");
		check_errors("exec echo it's", "1:13: ''' must be quoted in a word <single quotes mean nothing here: \"...\" or q{...}>");
		check_errors("run a > b", "1:7: '>' must be quoted in a word <\"...\" or q{...}>");
		check_errors("exec a\"b\"", "1:7: white space is missing before '\"b\"' <words and strings are not joined: quote the whole>");
		check_errors("exec a {}", "1:8: 'exec' takes no block <in a word '{' must be quoted>");
		check_errors("file \"a\\x00\"", "1:6: a NUL byte cannot stand here");
	}
	UNIT("escapes") {
		check_errors("join \"\\q\"", "1:7: unknown escape '\\q' <\\t \\n \\r \\\\ \\\" \\$ \\xHH \\u{HEX}; raw strings are q{...}>");
		check_errors("join \"\\x1g\"", "1:7: bad escape '\\x' <\\xHH>");
		check_errors("join \"\\u{}\"", "1:7: bad escape '\\u' <\\u{HEX}>");
	}
}

static void test_option_errors(void)
{
	UNIT("unknown options") {
		check_errors("exec jbs=8 x", "1:6: unknown option 'jbs' of 'exec' <did you mean 'jobs='?>");
		check_errors("words max_demnd=8", "1:7: unknown option 'max_demnd' of 'words' <did you mean 'max_demand='?>");
		check_errors("words dead=x", "1:7: unknown option 'dead' of 'words'");
		check_errors("filter NR=5", "1:8: unknown option 'NR' of 'filter' <equality is '=='>");
		check_errors("file a x=y", "1:8: unknown option 'x' of 'file' <a word with '=' must be quoted: \"x=...\">");
		check_errors("map a=$1 b=$2", "1:10: unknown option 'b' of 'map' <a comma comes before a field's name>");
		check_errors("batch atuo", "1:7: unexpected argument 'atuo' of 'batch' <did you mean 'auto'?>");
	}
	UNIT("options without a value, with one too many, in the wrong place") {
		check_errors("exec jobs= 8 x", "1:6: a value is missing after 'jobs=' <white space ends an option>");
		check_errors("words name=", "1:7: a value is missing after 'name='");
		check_errors("fetch jobs 8", "1:7: unexpected argument 'jobs' of 'fetch' "
					     "<an option is written 'jobs=' and its value, without white space>");
		check_errors("uniq count=1", "1:6: 'count' takes no value");
		check_errors("exec jobs=1 jobs=2 x", "1:13: 'jobs' is given twice");
		check_errors("uniq count count", "1:12: 'count' is given twice");
		check_fine("fetch header=\"A: $1\" jobs=2 header=b");
		check_errors("fetch header=a header=", "1:16: a value is missing after 'header='");
	}
	UNIT("values") {
		check_errors("exec jobs=x x", "1:11: 'jobs' must be a whole number, not 'x'");
		check_errors("words max_demand=0", "1:18: 'max_demand' must be 1 or more, not 0");
		check_errors("count order=kye", "1:13: 'order' must be 'key' or 'value', not 'kye' <did you mean 'key'?>");
		check_errors("count every=x", "1:13: 'every' must be a duration or a count, not 'x'");
		check_errors("exec ok=0, x", "1:9: 'ok' must be whole numbers with commas between them, not '0,'");
	}
}

static void test_expression_errors(void)
{
	UNIT("operands that are missing") {
		check_errors("filter $1 >", "1:11: an expression is missing after '>'");
		check_errors("filter ()", "1:8: an expression is missing after '('");
		check_errors("map $1,", "1:7: an expression is missing after ','");
		check_errors("map a=", "1:5: an expression is missing after 'a='");
		check_errors("uniq by", "1:6: an expression is missing after 'by'");
		check_errors("filter lower($1,) | x", "1:16: an expression is missing after ','\n1:21: unknown stage 'x'");
	}
	UNIT("brackets that are not closed") {
		check_errors("filter (1 + (2 | wrods", "1:13: '(' is not closed\n1:18: unknown stage 'wrods' <did you mean 'words'?>");
		check_errors("filter lower($1", "1:13: '(' is not closed");
		check_errors("filter (1 2)", "1:11: ')' is missing before '2'");
		check_errors("filter \"a${1\"", "1:13: '}' is missing before '\"'");
		check_errors("filter $1 ? 2", "1:11: '?' lacks its ':'");
	}
	UNIT("literals that are not closed") {
		check_errors("filter \"a | b", "1:8: string is not closed");
		check_errors("filter q{a | b", "1:8: raw string is not closed");
		check_errors("tee { filter /a | b }", "1:14: regular expression is not closed");
		check_errors("map s/a/b | c", "1:5: substitution is not closed");
	}
	UNIT("a mistake in a string is reported once") {
		check_errors("filter \"${$1 + }\" | wrods", "1:14: an expression is missing after '+'\n"
							   "1:21: unknown stage 'wrods' <did you mean 'words'?>");
		check_errors("append a${$1 + }b", "1:14: an expression is missing after '+'");
	}
	UNIT("comparisons cannot be chained")
		check_errors("filter 1 < $1 < 5", "1:15: comparisons cannot be chained <join two of them with '&&'>");
	UNIT("what other languages write") {
		check_errors("filter $1 = 5", "1:11: unexpected '=' <did you mean '=='?>");
		check_errors("filter $1 =~ /x/", "1:11: unexpected '=~' <did you mean '~'?>");
		check_errors("filter $1 and $2", "1:11: unexpected 'and' <did you mean '&&'?>");
		check_errors("filter $1 == 'x'", "1:14: unexpected ''' <single quotes mean nothing here: \"...\" or q{...}>");
		check_errors("filter foo", "1:8: unexpected 'foo' <a field is $foo, a text \"foo\">");
		check_errors("map $1, s/a/b/", "1:9: unexpected 's' <in an expression: replace($0, /re/, \"...\")>");
		check_errors("map s/a/b/, $1", "1:11: a substitution must be the only argument of 'map'");
	}
	UNIT("lists with names") {
		check_errors("set a=1,", "1:8: an assignment is missing after ','");
		check_errors("map a=1, a=2", "1:10: 'a' is set twice");
		check_errors("agg summ($1)", "1:5: unknown function 'summ' of 'agg' <did you mean 'sum'?>");
		check_errors("agg sum($1, 2), list()", "1:5: 'sum' takes 1 argument, not 2\n1:17: 'list' takes 1 to 2 arguments, not 0");
		check_errors("agg sum", "1:5: '(' is missing after 'sum'");
		check_errors("agg n=", "1:5: a function is missing after 'n='");
		check_errors("agg every=5 sum($1)", "1:11: FUNC of 'agg' must be a function, not '5' <options stand behind the arguments>");
	}
}

static void test_block_errors(void)
{
	UNIT("empty branches") {
		check_errors("tee { }", "1:5: empty branch");
		check_errors("tee { ; words }", "1:7: empty branch");
		check_errors("tee { words ;; words }", "1:14: empty branch");
		check_errors("route { $1 => ; else => words }", "1:9: empty branch");
	}
	UNIT("braces that are not closed") {
		check_errors("tee { words", "1:5: '{' is not closed");
		check_errors("tee { words | tee { words }", "1:5: '{' is not closed");
		check_errors("tee { words | tee { words", "1:19: '{' is not closed");
	}
	UNIT("stages that take a block, and those that do not") {
		check_errors("tee", "1:1: 'tee' lacks its block <usage: tee { A ; B }>");
		check_errors("words { words }", "1:7: 'words' takes no block <in a word '{' must be quoted>");
		check_errors("balance 2 { words ; null }", "1:21: 'balance' takes one branch");
		check_errors("words | { seq 1 }", "1:9: a block without a stage can only stand first "
						  "<what gives every event to all of them is 'tee'>");
		check_errors("tee { words } { words }", "1:15: unexpected '{'");
	}
	UNIT("routes") {
		check_errors("route { $1 }", "1:9: '=>' is missing <a branch of it is EXPR => STAGES>");
		check_errors("route { else => null ; $1 => null }", "1:9: 'else' must be the last branch");
		check_errors("route { $1 > => words }", "1:12: an expression is missing after '>'");
		check_errors("words => words", "1:7: unexpected '=>'");
	}
	UNIT("mistakes in branches are reported, too") {
		check_errors("tea { fliter 1 | take ; wrods } | cuont",
			     "1:1: unknown stage 'tea' <did you mean 'tee'?>\n"
			     "1:7: unknown stage 'fliter' <did you mean 'filter'?>\n"
			     "1:18: 'take' lacks its N <usage: take N [by EXPR, ...]>\n"
			     "1:25: unknown stage 'wrods' <did you mean 'words'?>\n"
			     "1:35: unknown stage 'cuont' <did you mean 'count'?>");
		check_errors("tee 5 { wrods }", "1:5: unexpected argument '5' of 'tee' <usage: tee { A ; B }>\n"
						"1:9: unknown stage 'wrods' <did you mean 'words'?>");
	}
	UNIT("depth is limited") {
		struct str deep = {0};
		for (int i = 0; i < 1000; i++)
			str_adds(&deep, "tee {");
		check_errors(deep.p, "1:1005: too many blocks within blocks");
		str_release(&deep);
	}
}

int main(void)
{
	test_operators();
	test_operands();
	test_good();
	test_stage_errors();
	test_argument_errors();
	test_word_errors();
	test_option_errors();
	test_expression_errors();
	test_block_errors();
	return unit_done();
}
