/* --help, --list-stages, --version: see help.h. */
#include "config.h"

#include "help.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/shown.h"
#include "opts.h"
#include "stages/shared/stages.h"

const struct stage_spec **help_specs(void)
{
	size_t n = 0;
	while (stage_table[n])
		n++;
	const struct stage_spec **specs = mem_zalloc((n + 1) * sizeof *specs);
	for (size_t i = 0; i < n; i++)
		specs[i] = &stage_table[i]->spec;
	return specs;
}

/* Printing help may fail too: on a full disk. */
static int printed(void)
{
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}

/* ---- text of several lines ---- */

enum { WIDTH = 80 };

/* Prints words from column `at` on, later lines from column `indent` on; breaks between words before WIDTH. */
static void print_wrapped(const char *text, int at, int indent)
{
	for (bool first = true; *text; first = false) {
		int len = (int)strcspn(text, " ");
		if (!first && at + 1 + len > WIDTH) {
			printf("\n%*s", indent, "");
			at = indent;
		} else if (!first) {
			putchar(' ');
			at++;
		}
		printf("%.*s", len, text);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_indented(const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");
		printf("  %.*s\n", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

/* ---- what the manual says of each stage: made of spile(7) by scripts/manual-stages ---- */

static const struct manual {
	const char *stage, *group, *example; /* "": another paragraph of that stage has the example */
} manual[] = {
#define MANUAL(stage, group, example) {stage, group, example},
#include "manual.inc"
#undef MANUAL
	{0},
};

static const struct manual *manual_of(const char *stage)
{
	for (const struct manual *m = manual; m->stage; m++)
		if (!strcmp(m->stage, stage))
			return m;
	return NULL;
}

static const char *example_of(const char *stage)
{
	for (const struct manual *m = manual; m->stage; m++)
		if (!strcmp(m->stage, stage) && *m->example)
			return m->example;
	return NULL;
}

/* The word of "Pure stages" or "The web" that says which they are. */
static struct slice group_word(const char *group)
{
	if (!strncmp(group, "The ", 4))
		group += 4;
	return slice_make(group, strcspn(group, " "));
}

/* A line for each group of the manual, with the names of its stages. */
static void print_groups(void)
{
	for (const struct manual *m = manual; m->stage;) {
		struct str names = {0};
		const char *group = m->group;
		for (; m->stage && !strcmp(m->group, group); m++)
			if (manual_of(m->stage) == m)
				str_addf(&names, names.len ? " %s" : "%s", m->stage);
		struct slice word = group_word(group);
		printf("  %-10.*s ", (int)word.len, word.p);
		print_wrapped(names.p, 13, 13);
		str_release(&names);
	}
}

/* ---- --help ---- */

int help_command(void)
{
	fputs("usage: spile [OPTION...] 'STAGE | STAGE ...' [FILE...]\n"
	      "  spile 'words | count | top 10' book.txt            the most frequent words\n"
	      "  spile '$9 >= 500 | count by $7 | top 5' access.log where the errors are\n"
	      "  spile 'csv | sort $city | map $name' people.csv    columns by name\n"
	      "  ls *.wav | spile 'exec jobs=4 gzip -k $0'          four processes at a time\n"
	      "  spile 'follow app.log | /ERROR/ | append errors'   a log as it grows\n"
	      "\n", stdout);
	print_groups();
	fputs("\n"
	      "spile --help STAGE: what a stage does   spile --help options: all options\n"
	      "man spile: the command                  man 7 spile: stages and expressions\n", stdout);
	return printed();
}

int help_short(void)
{
	fputs("usage: spile [OPTION...] 'STAGE | STAGE ...' [FILE...]\n"
	      "  spile 'words | count | top 10' book.txt            the most frequent words\n"
	      "spile --help: stages and examples; spile --help options: all options\n", stdout);
	return printed();
}

int help_options(void)
{
	fputs(opts_help, stdout);
	return printed();
}

int help_list(void)
{
	for (size_t i = 0; stage_table[i]; i++)
		printf("%-10s %s\n", stage_table[i]->spec.name, stage_table[i]->spec.summary);
	return printed();
}

/* What configure found, and so what was built. */
static const struct {
	const char *name, *purpose;
	bool built;
} features[] = {
	{"libcurl", "fetch", HAVE_CURL},
	{"libxml2", "html, xml", HAVE_LIBXML2},
	{"zlib", "gzip", HAVE_ZLIB},
	{"libzstd", "zstd", HAVE_ZSTD},
	{"liblzma", "xz", HAVE_LZMA},
	{"libbz2", "bzip2", HAVE_BZ2},
	{"liblz4", "lz4", HAVE_LZ4},
};

int help_version(void)
{
	puts(PACKAGE_NAME " " PACKAGE_VERSION "\n"
	     "MIT licence: do with it what you like; there is no warranty.");
	for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
		printf("%s %s (%s)\n", features[i].built ? "with" : "without", features[i].name, features[i].purpose);
	return printed();
}

static const struct stage_spec *find(const char *name)
{
	for (size_t i = 0; stage_table[i]; i++)
		if (!strcmp(stage_table[i]->spec.name, name))
			return &stage_table[i]->spec;
	return NULL;
}

static void print_option(const struct opt_spec *o)
{
	int at = printf("  %s%s", o->name, o->type == ARG_FLAG ? "" : "=");
	at += printf("%*s", at < 18 ? 20 - at : 2, "");
	print_wrapped(o->help, at, 20);
}

static void print_stage(const struct stage_spec *s)
{
	print_wrapped(s->synopsis, 0, 4);
	printf("  ");
	print_wrapped(s->summary, 2, 2);
	if (s->opts && s->opts->name)
		puts("\nOptions:");
	for (const struct opt_spec *o = s->opts; o && o->name; o++)
		print_option(o);
	printf("\nLike all%s: %sname= max_demand= min_demand=\n", s->flags & SPEC_CAN_FAIL ? " that can fail" : "",
	       s->flags & SPEC_CAN_FAIL ? "dead= max_failures= " : "");
	const char *example = example_of(s->name);
	if (example) {
		puts("\nExample:");
		print_indented(example);
	}
}

int help_stage(const char *name)
{
	const struct stage_spec *s = find(name);
	if (!strcmp(name, "options"))
		return help_options();
	if (s) {
		print_stage(s);
		return printed();
	}
	size_t n = 0;
	while (stage_table[n])
		n++;
	const char **names = mem_zalloc((n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = stage_table[i]->spec.name;
	const char *near = diag_suggest(slice_str(name), names);
	if (near)
		say("unknown stage '%s': did you mean '%s'?", name, near);
	else
		say("unknown stage '%s'", name);
	free(names);
	return 2;
}
