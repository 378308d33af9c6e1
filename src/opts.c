/* The command line: see opts.h. */
#include "config.h"

#include "opts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/shown.h"
#include "base/utf8.h"

const char opts_help[] =
	"usage: spile [OPTION...] PIPELINE [FILE...]\n"
	"       spile [OPTION...] -f SCRIPT [FILE...]\n"
	"\n"
	"  -f, --file SCRIPT    read the pipeline from a file\n"
	"  -F, --field-separator SEP\n"
	"                       what separates fields: a character, a string, or /RE/\n"
	"      --ofs SEP        what joins fields in output (default: -F, or a tab)\n"
	"  -v, --assign NAME=VALUE  define $NAME\n"
	"  -0, --null           records end with NUL, not with a newline\n"
	"  -j, --jobs N         worker threads (default: the number of processors)\n"
	"  -n, --check          check the pipeline, run nothing\n"
	"  -e, --exit-status    exit with status 1 where nothing came out\n"
	"  -q, --quiet          do not report events that failed, do not warn\n"
	"      --explain        print the stages, demand and buffers; run nothing\n"
	"      --graph          the same as a graph for dot(1)\n"
	"      --progress       bytes, events, rate and time left, on a terminal\n"
	"      --stats[=FILE]   what each stage did: on standard error, or JSON in FILE\n"
	"      --trace[=STAGE,...]  each demand, delivery and drop, on standard error\n"
	"      --joblog FILE    a line for each process of exec and sh\n"
	"      --raw            read compressed input as it is\n"
	"      --lock FILE      exit with status 3 if another run holds FILE\n"
	"      --timeout T      end the run after T (500ms 2s 5m 1h), with status 4\n"
	"      --drain T        time to finish after a signal or --timeout (default: 10s)\n"
	"      --max-event SIZE longest event allowed (default: 64MiB)\n"
	"  -h, --help [STAGE]   a summary, or a stage's help; --help options: this text\n"
	"      --list-stages    the stages, a line each\n"
	"  -V, --version        version, licence, and what was built in\n"
	"\n"
	"Exit status: 0 all is well; 1 events or a stage failed; 2 the command line or\n"
	"the pipeline is wrong; 3 --lock is held; 4 --timeout.\n";

enum {
	O_OFS = 256, O_MAX_EVENT, O_EXPLAIN, O_GRAPH, O_PROGRESS, O_STATS, O_TRACE, O_JOBLOG, O_LOCK, O_TIMEOUT, O_DRAIN,
	O_HELP, O_LIST, O_RAW, O_BLOCK, O_THREADS, O_NO_FUSE,
};

static const struct option long_options[] = {
	{"file", required_argument, NULL, 'f'},
	{"field-separator", required_argument, NULL, 'F'},
	{"assign", required_argument, NULL, 'v'},
	{"null", no_argument, NULL, '0'},
	{"jobs", required_argument, NULL, 'j'},
	{"quiet", no_argument, NULL, 'q'},
	{"exit-status", no_argument, NULL, 'e'},
	{"ofs", required_argument, NULL, O_OFS},
	{"check", no_argument, NULL, 'n'},
	{"max-event", required_argument, NULL, O_MAX_EVENT},
	{"explain", no_argument, NULL, O_EXPLAIN},
	{"graph", no_argument, NULL, O_GRAPH},
	{"progress", no_argument, NULL, O_PROGRESS},
	{"stats", optional_argument, NULL, O_STATS},
	{"trace", optional_argument, NULL, O_TRACE},
	{"joblog", required_argument, NULL, O_JOBLOG},
	{"lock", required_argument, NULL, O_LOCK},
	{"raw", no_argument, NULL, O_RAW},
	{"timeout", required_argument, NULL, O_TIMEOUT},
	{"drain", required_argument, NULL, O_DRAIN},
	{"help", no_argument, NULL, O_HELP},
	{"list-stages", no_argument, NULL, O_LIST},
	{"version", no_argument, NULL, 'V'},
	{"debug-block-bytes", required_argument, NULL, O_BLOCK},
	{"debug-threads", required_argument, NULL, O_THREADS},
	{"debug-no-fuse", no_argument, NULL, O_NO_FUSE},
	{0},
};

__attribute__((format(printf, 1, 0))) static bool complain(const char *fmt, const char *what)
{
	say(fmt, what);
	say("try 'spile --help'");
	return false;
}

/* A size with an optional suffix. False where it is none or not within [min, max]. */
static bool read_size(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct { const char *suffix; uint64_t factor; } units[] = {
		{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000},
		{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30},
	};
	char *end;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	if (end == text || errno || text[0] == '-' || text[0] == '+')
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (!strcmp(end, units[i].suffix)) {
			*out = n * units[i].factor;
			return n <= max / units[i].factor && *out >= min && *out <= max;
		}
	return false;
}

/* A duration, more than 0; without unit it is in seconds, as timeout(1) has it. */
static bool read_duration(const char *text, int64_t *ns)
{
	static const struct { const char *suffix; double factor; } units[] = {
		{"", NS_PER_S}, {"ms", NS_PER_MS}, {"s", NS_PER_S}, {"m", 60.0 * NS_PER_S}, {"h", 3600.0 * NS_PER_S},
	};
	size_t len = strspn(text, "0123456789.");
	struct num n;
	if (!num_parse(slice_make(text, len), &n))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		double d = num_double(n) * units[i].factor;
		if (strcmp(text + len, units[i].suffix) || d < 1 || d > CLOCK_LONGEST_NS)
			continue;
		*ns = (int64_t)d;
		return true;
	}
	return false;
}

static bool add_var(struct opts *o, char *arg)
{
	char *eq = strchr(arg, '=');
	size_t n = eq ? (size_t)(eq - arg) : 0;
	size_t ok = strspn(arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	if (!eq || n == 0 || ok != n || (arg[0] >= '0' && arg[0] <= '9'))
		return complain("-v takes NAME=VALUE, not '%s'", arg);
	o->vars = mem_grow(o->vars, o->nvars + 1, &o->vars_cap, sizeof *o->vars);
	*eq = '\0';
	o->vars[o->nvars++] = (struct opts_var){arg, eq + 1};
	return true;
}

static void set_trace(struct opts *o, char *list)
{
	o->trace = true;
	if (!list)
		return;
	o->trace_stages = mem_zalloc((strlen(list) + 2) * sizeof *o->trace_stages);
	size_t n = 0;
	for (char *p = strtok(list, ","); p; p = strtok(NULL, ","))
		o->trace_stages[n++] = p;
}

static bool set_size(const char *arg, uint64_t min, uint64_t max, const char *fmt, uint64_t *n)
{
	return read_size(arg, min, max, n) || complain(fmt, arg);
}

static bool take_option(struct opts *o, int c, char *arg)
{
	uint64_t n;
	switch (c) {
	case 'f': o->script = arg; return true;
	case 'F': o->field_sep = arg; return *arg || complain("%s", "-F needs at least one character");
	case O_OFS: o->ofs = arg; return true;
	case 'v': return add_var(o, arg);
	case '0': o->nul = true; return true;
	case 'j':
		if (!set_size(arg, 1, 1024, "-j takes a number from 1 to 1024, not '%s'", &n))
			return false;
		o->threads = (int)n;
		return true;
	case 'n': o->check = true; return true;
	case 'q': o->quiet = true; return true;
	case 'e': o->exit_status = true; return true;
	case O_MAX_EVENT:
		if (!set_size(arg, 1, 1u << 30, "--max-event takes a size from 1 to 1GiB, not '%s'", &n))
			return false;
		o->max_event = n;
		return true;
	case O_EXPLAIN: o->show = OPTS_SHOW_TEXT; return true;
	case O_GRAPH: o->show = OPTS_SHOW_DOT; return true;
	case O_JOBLOG: o->joblog = arg; return true;
	case O_PROGRESS: o->progress = true; return true;
	case O_RAW: o->raw = true; return true;
	case O_LOCK: o->lock = arg; return true;
	case O_TIMEOUT:
		return read_duration(arg, &o->timeout_ns) ||
		       complain("--timeout takes a duration such as 500ms, 2s, 5m or 1h, not '%s'", arg);
	case O_DRAIN:
		o->drain_ns = 0;
		return !strcmp(arg, "0") || read_duration(arg, &o->drain_ns) ||
		       complain("--drain takes a duration such as 500ms, 2s, 5m or 0, not '%s'", arg);
	case O_STATS: o->stats = true; o->stats_file = arg; return true;
	case O_TRACE: set_trace(o, arg); return true;
	case 'h': o->what = OPTS_HELP_SHORT; return true;
	case O_HELP: o->what = OPTS_HELP; return true;
	case O_LIST: o->what = OPTS_LIST; return true;
	case 'V': o->what = OPTS_VERSION; return true;
	case O_BLOCK:
		if (!set_size(arg, 1, 1u << 28, "--debug-block-bytes takes a size from 1 to 256MiB, not '%s'", &n))
			return false;
		o->block_bytes = (uint32_t)n;
		return true;
	case O_THREADS:
		if (!set_size(arg, 1, 1024, "--debug-threads takes a number from 1 to 1024, not '%s'", &n))
			return false;
		o->debug_threads = (int)n;
		return true;
	case O_NO_FUSE: o->no_fuse = true; return true;
	default: return false;
	}
}

/* What letters mean to other tools that have no such option here. */
static const char *letter_hint(int letter)
{
	switch (letter) {
	case 'i': return "/re/i ignores case; to replace a file: 'PIPELINE | write FILE'";
	case 'r': case 'R': return "'sort EXPR desc' sorts the other way, 'file DIR/*' reads a folder";
	case 'd': case 't': return "-F is what separates fields, --ofs what joins them";
	case 'c': return "'agg count()' counts events, 'count' how many there are of each";
	case 'E': case 'P': return "regular expressions are those of Perl already";
	case 'k': return "'sort $2' sorts by a field";
	case 'u': return "'distinct' drops repeats; output never waits longer than it must";
	case 'o': return "'write FILE' at the end of the pipeline writes to a file";
	case 'A': case 'B': case 'C': return "lines around a match: 'filter /re/ after=2'";
	case 'w': return "/\\bword\\b/ is a whole word";
	default: return NULL;
	}
}

/* The long option that is nearest to what was written (--nmae or --nmae=value), or NULL. */
static const char *near_option(const char *written)
{
	const char *names[sizeof long_options / sizeof *long_options];
	size_t n = 0;

	for (const struct option *l = long_options; l->name; l++)
		if (strncmp(l->name, "debug-", 6) != 0)
			names[n++] = l->name;
	names[n] = NULL;
	return diag_suggest(slice_make(written, strcspn(written, "=")), names);
}

static bool unknown_option(const char *option, const char *hint, const char *near)
{
	if (near)
		say("unknown option '%s': did you mean '--%s'?", option, near);
	else if (hint)
		say("unknown option '%s': %s", option, hint);
	else
		say("unknown option '%s'", option);
	say("try 'spile --help'");
	return false;
}

static bool wrong_option(int c, char **argv)
{
	char letter[3] = {'-', (char)optopt, '\0'};
	const char *last = argv[optind - 1];
	bool is_long = !strncmp(last, "--", 2);
	if (c == ':')
		return complain("option '%s' needs a value", is_long ? last : letter);
	if (optopt && is_long)
		return complain("option '%s' takes no value", last);
	if (optopt)
		return unknown_option(letter, letter_hint(optopt), NULL);
	return unknown_option(last, NULL, near_option(last + 2));
}

static bool read_script(struct opts *o)
{
	FILE *f = fopen(o->script, "re");
	char buf[65536];
	size_t n;
	if (!f) {
		say("cannot open '%s': %s", o->script, strerror(errno));
		return false;
	}
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		str_add(&o->pipeline, buf, n);
	bool failed = ferror(f);
	if (failed)
		say("cannot read '%s': %s", o->script, strerror(errno));
	fclose(f);
	return !failed;
}

/* A person who types just the command is told what to type. */
static bool pipeline_missing(int argc)
{
	if (argc > 1 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return complain("%s", "a pipeline is missing");
	fputs("spile takes a pipeline in single quotes, then files. For example:\n"
	      "  spile 'words | count | top 10' FILE\n"
	      "To see all stages: spile --help\n", stderr);
	return false;
}

/* The arguments that are no options: the pipeline, unless a script has it, and files. */
static bool take_rest(struct opts *o, int argc)
{
	if ((o->what == OPTS_HELP || o->what == OPTS_HELP_SHORT) && o->nfiles) {
		o->what = OPTS_HELP_STAGE;
		o->help_stage = o->files[0];
	}
	if (o->what != OPTS_RUN)
		return true;
	if (o->script)
		return read_script(o);
	if (!o->nfiles)
		return pipeline_missing(argc);
	str_adds(&o->pipeline, o->files[0]);
	memmove(o->files, o->files + 1, (size_t)o->nfiles-- * sizeof *o->files); /* with the NULL at their end */
	return true;
}

bool opts_read(struct opts *o, int argc, char **argv)
{
	*o = (struct opts){.max_event = 64u << 20, .drain_ns = 10 * NS_PER_S};
	o->files = mem_zalloc((size_t)(argc + 1) * sizeof *o->files);
	opterr = 0;
	/* "-": what is no option comes as a 1, in its place, whatever POSIXLY_CORRECT says. */
	for (int c; (c = getopt_long(argc, argv, "-:f:F:v:0j:nqehV", long_options, NULL)) != -1;) {
		if (c == '?' || c == ':')
			return wrong_option(c, argv);
		if (c == 1)
			o->files[o->nfiles++] = optarg;
		else if (!take_option(o, c, optarg))
			return false;
	}
	while (optind < argc) /* after -- */
		o->files[o->nfiles++] = argv[optind++];
	return take_rest(o, argc);
}

void opts_release(struct opts *o)
{
	str_release(&o->pipeline);
	free(o->files);
	free(o->vars);
	free(o->trace_stages);
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* {HEX}: appends the character; returns where the brace closes, or NULL. */
static const char *unicode(const char *p, struct str *out)
{
	char text[UTF8_MAX], *end;
	if (*p != '{' || hex(p[1]) < 0)
		return NULL;
	unsigned long cp = strtoul(p + 1, &end, 16);
	if (*end != '}' || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return NULL;
	str_add(out, text, utf8_encode((uint32_t)cp, text));
	return end;
}

bool opts_unescape(const char *p, struct str *out)
{
	static const char names[] = "tnr0\\/\"$", values[] = "\t\n\r\0\\/\"$";
	str_clear(out);
	for (; *p; p++) {
		const char *at;
		if (*p != '\\') {
			str_addc(out, *p);
		} else if (p[1] && (at = strchr(names, p[1]))) {
			str_addc(out, values[at - names]);
			p++;
		} else if (!p[1] && !out->len) { /* alone it is a character like any other */
			str_addc(out, '\\');
		} else if (p[1] == 'u' && (at = unicode(p + 2, out))) {
			p = at;
		} else if (p[1] == 'x' && hex(p[2]) >= 0 && hex(p[3]) >= 0) {
			str_addc(out, (char)(hex(p[2]) * 16 + hex(p[3])));
			p += 3;
		} else {
			str_clear(out);
			return false;
		}
	}
	return true;
}
