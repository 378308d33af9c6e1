/* --help, --list-stages, --version: see help.h. */
#include "config.h"

#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

int help_command(void)
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

int help_version(void)
{
	puts(PACKAGE_NAME " " PACKAGE_VERSION);
#ifdef HAVE_CURL
	puts("with libcurl (fetch)");
#else
	puts("without libcurl (fetch)");
#endif
	return printed();
}

static const struct stage_spec *find(const char *name)
{
	for (size_t i = 0; stage_table[i]; i++)
		if (!strcmp(stage_table[i]->spec.name, name))
			return &stage_table[i]->spec;
	return NULL;
}

static void print_option(const char *name, enum arg_type type, const char *help)
{
	printf("  %s%-*s  %s\n", name, 16 - (int)strlen(name), type == ARG_FLAG ? "" : "=", help);
}

static void print_stage(const struct stage_spec *s)
{
	printf("%s\n  %s\n", s->synopsis, s->summary);
	for (const struct opt_spec *o = s->opts; o && o->name; o++)
		print_option(o->name, o->type, o->help);
	if (s->flags & SPEC_CAN_FAIL) {
		print_option("dead", ARG_WORD, "file that failed events are appended to, as they came in");
		print_option("max_failures", ARG_COUNT, "the run ends when that many events have failed");
	}
	print_option("name", ARG_WORD, "what messages and statistics call the stage");
	print_option("max_demand", ARG_COUNT, "most events asked for and not yet received (default 1000)");
	print_option("min_demand", ARG_COUNT, "ask again when no more than this many are outstanding");
}

int help_stage(const char *name)
{
	const struct stage_spec *s = find(name);
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
