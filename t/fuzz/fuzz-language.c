/* Any text as a pipeline: from text to a checked plan and its graph, as --explain goes; nothing is opened or started.
 * Beside crashes: a plan is there unless a mistake was reported, and messages hold no control characters. */
#include "config.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "observe/graph.h"
#include "fuzz.h"
#include "stages/shared/stages.h"

extern const struct stage_desc in_stdin, out_stdout;

/* In place of libc's: patterns stand for two files that are not there, whatever the machine holds. */
int glob(const char *pattern, int flags, int (*errfunc)(const char *, int), glob_t *found)
{
	static char one[] = "one.log", two[] = "-two.log";
	static char *names[] = {one, two, NULL};
	(void)flags;
	(void)errfunc;
	*found = (glob_t){.gl_pathc = 2, .gl_pathv = names};
	return strchr(pattern, 'z') ? GLOB_NOMATCH : 0;
}

void globfree(glob_t *found)
{
	*found = (glob_t){0};
}

static const struct stage_spec *const *all_specs(void)
{
	static const struct stage_spec **specs;
	size_t n = 0;
	while (stage_table[n])
		n++;
	if (specs)
		return specs;
	specs = mem_zalloc((n + 1) * sizeof *specs);
	for (size_t i = 0; i < n; i++)
		specs[i] = &stage_table[i]->spec;
	return specs;
}

static void check_printed(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		FUZZ_CHECK((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t');
}

static void print_messages(const struct diag *diag)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	diag_print(diag, out);
	diag_print_warnings(diag, out);
	fclose(out);
	check_printed(text, len);
	free(text);
}

static void print_graph(struct plan *plan)
{
	struct pipeline_options opt = {.threads = 1, .term = '\n', .fuse = true, .origins = plan->uses_origin, .processors = 1};
	struct pipeline pl;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	pipeline_init(&pl, &opt, build_count(plan));
	build_pipeline(&pl, plan);
	graph_text(&pl, out);
	graph_dot(&pl, out);
	pipeline_release(&pl);
	fclose(out);
	free(text);
}

static void add_ends(struct plan *plan)
{
	if (!plan->has_source)
		plan_add_first(plan, &in_stdin.spec);
	if (!plan->has_sink)
		plan_add_last(plan, &out_stdout.spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct expr_var vars[] = {{"limit", {.p = "5", .len = 1}}, {NULL, {0}}};
	struct bind_env env = {
		.stages = all_specs(), .vars = vars, .splitter = splitter_blank(), .ofs = slice_str("\t"),
	};
	struct slice text = slice_make((const char *)data, size);
	struct diag diag;
	diag_init(&diag, "pipeline", text);
	struct plan *plan = plan_new(text, &env, &diag);
	FUZZ_CHECK(!plan == diag_failed(&diag));
	if (plan)
		add_ends(plan);
	print_messages(&diag);
	if (plan && !diag_failed(&diag))
		print_graph(plan);
	plan_free(plan);
	diag_release(&diag);
	return 0;
}
