/* Words that are filled in and executed: see hazard.h. Knows of each program only which options take a value, so as to find
 * the word that is code. A program that is not listed takes its arguments as data. */
#include "config.h"

#include "stages/processes/hazard.h"

#include <stdlib.h>
#include <string.h>

enum reads {
	RUNS,  /* runs the command that follows its operands */
	SHELL, /* code in the first operand, where one of the options of `code` is given */
	CODE,  /* the same, of another language: the option's own value */
	AWK,   /* code in the first operand, unless one of the options of `code` names a file of it */
	SSH,   /* code in all operands but the first */
};

struct program {
	const char *name;
	enum reads reads;
	const char *valued; /* one-letter options that take a value */
	const char *longs;  /* the same in words, with a space on either side of each */
	int operands;       /* RUNS: how many stand before the command */
	const char *code;
	const char *rest;   /* letters whose value is the rest of the word, or nothing; NULL: none */
};

static const struct program programs[] = {
	{"sh", SHELL, "oO", " --rcfile --init-file ", 0, "c", NULL},
	{"bash", SHELL, "oO", " --rcfile --init-file ", 0, "c", NULL},
	{"dash", SHELL, "o", "", 0, "c", NULL},
	{"ash", SHELL, "o", "", 0, "c", NULL},
	{"rbash", SHELL, "oO", "", 0, "c", NULL},
	{"ksh", SHELL, "o", "", 0, "c", NULL},
	{"mksh", SHELL, "o", "", 0, "c", NULL},
	{"zsh", SHELL, "o", "", 0, "c", NULL},
	{"yash", SHELL, "o", "", 0, "c", NULL},
	{"csh", SHELL, "", "", 0, "c", NULL},
	{"tcsh", SHELL, "", "", 0, "c", NULL},
	{"fish", CODE, "cCdfopD", " --command --init-command ", 0, "cC", NULL},
	{"su", CODE, "cCgGsTw", " --command --session-command --group --shell ", 0, "c", NULL},
	{"perl", CODE, "eEI", "", 0, "eE", "0CDFMdimxV"},
	{"ruby", CODE, "eIrCE", "", 0, "e", "0FKTWxi"},
	{"python", CODE, "cmWX", "", 0, "c", NULL},
	{"pypy", CODE, "cmWX", "", 0, "c", NULL},
	{"node", CODE, "epr", " --eval --print --require ", 0, "ep", NULL},
	{"nodejs", CODE, "epr", " --eval --print --require ", 0, "ep", NULL},
	{"php", CODE, "rBREFcdfz", " --run ", 0, "rBRE", NULL},
	{"lua", CODE, "el", "", 0, "e", NULL},
	{"awk", AWK, "Fvfei", " --file --assign --field-separator --source --include ", 0, "fe", NULL},
	{"gawk", AWK, "Fvfei", " --file --assign --field-separator --source --include ", 0, "fe", NULL},
	{"mawk", AWK, "FvfW", "", 0, "f", NULL},
	{"nawk", AWK, "Fvf", "", 0, "f", NULL},
	{"original-awk", AWK, "Fvf", "", 0, "f", NULL},
	{"ssh", SSH, "BbcDEeFIiJLlmOoPpQRSWw", "", 0, NULL, NULL},
	{"env", RUNS, "uCS", " --unset --chdir ", 0, NULL, NULL},
	{"timeout", RUNS, "ks", " --kill-after --signal ", 1, NULL, NULL},
	{"nice", RUNS, "n", " --adjustment ", 0, NULL, NULL},
	{"nohup", RUNS, "", "", 0, NULL, NULL},
	{"setsid", RUNS, "", "", 0, NULL, NULL},
	{"xargs", RUNS, "adEILnPs", " --arg-file --delimiter --max-args --max-procs --max-chars ", 0, NULL, NULL},
	{"stdbuf", RUNS, "ioe", " --input --output --error ", 0, NULL, NULL},
	{"ionice", RUNS, "cn", " --class --classdata ", 0, NULL, NULL},
	{"chrt", RUNS, "TPD", "", 1, NULL, NULL},
	{"taskset", RUNS, "", "", 1, NULL, NULL},
	{"time", RUNS, "fo", " --format --output ", 0, NULL, NULL},
	{"sudo", RUNS, "ugCDhpRrTtU", " --user --group --chdir --host --prompt ", 0, NULL, NULL},
	{"doas", RUNS, "uC", "", 0, NULL, NULL},
	{"chroot", RUNS, "", "", 1, NULL, NULL},
	{"flock", RUNS, "wE", " --timeout --wait ", 1, NULL, NULL},
	{"busybox", RUNS, "", "", 0, NULL, NULL},
};

struct walk {
	const struct expr_list *words;
	struct bind *b;
	int next;
	struct str text; /* of the word last looked at */
};

/* The text of word i; NULL where it is filled in. */
static const char *constant(struct walk *w, int i)
{
	struct value v;

	if (!expr_is_const(w->words->e[i], &v))
		return NULL;
	struct slice s = value_text(&v, bind_arena(w->b));
	str_clear(&w->text);
	str_add(&w->text, s.p ? s.p : "", s.len);
	return w->text.p ? w->text.p : "";
}

/* python3.11 is python, /bin/sh is sh. */
static const struct program *find(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	while (len > 0 && strchr("0123456789.", name[len - 1]))
		len--;
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (strlen(programs[i].name) == len && !strncmp(programs[i].name, name, len))
			return &programs[i];
	return NULL;
}

static bool is_long(const struct program *p, const char *word)
{
	const char *at = strstr(p->longs, word);
	return at && at > p->longs && at[-1] == ' ' && at[strlen(word)] == ' ';
}

/* The option's letter that decides in -xyz: one of `code`, else the first that takes a value; 0: none. *glued: its value
 * is in the same word. */
static char decisive(const struct program *p, const char *word, bool *glued)
{
	for (const char *c = word + 1; *c; c++) {
		if (p->rest && strchr(p->rest, *c))
			return 0;
		bool code = p->code && strchr(p->code, *c);
		if (code || strchr(p->valued, *c)) {
			*glued = c[1] != '\0' && strchr(p->valued, *c);
			return *c;
		}
	}
	return 0;
}

static bool is_assignment(const struct program *p, const char *word)
{
	return !strcmp(p->name, "env") && (!word || !strcmp(word, "-") || strchr(word, '='));
}

/* What options say: code follows, as the next word (*value) or as the first operand. */
struct options {
	bool code, value;
};

/* Steps over the options at w->next. */
static struct options options(struct walk *w, const struct program *p)
{
	struct options o = {false, false};

	for (; w->next < w->words->n; w->next++) {
		const char *word = constant(w, w->next);
		if (!word || (word[0] != '-' && !(p->reads == SHELL && word[0] == '+')) || !word[1])
			return o;
		if (!strcmp(word, "--")) {
			w->next++;
			return o;
		}
		bool glued = false, longer = word[1] == '-', eats;
		char c = longer ? 0 : decisive(p, word, &glued);
		o.code = o.code || (c && p->code && strchr(p->code, c));
		if (longer) {
			eats = is_long(p, word);
			o.code = o.code || (eats && (!strcmp(word, "--command") || !strcmp(word, "--eval") ||
						     !strcmp(word, "--run") || !strcmp(word, "--print") ||
						     !strcmp(word, "--file") || !strcmp(word, "--source")));
		} else {
			/* -ec and -co: a shell's -c is never the option that takes the next word, -o may be. */
			const char *last = word + strlen(word) - 1;
			eats = p->reads == SHELL ? strchr(p->valued, *last) != NULL : c && !glued && strchr(p->valued, c);
		}
		if (!eats)
			continue;
		w->next++;
		if (p->reads == CODE && o.code) {
			o.value = true;
			return o;
		}
	}
	return o;
}

static bool is_filled(struct walk *w, int i)
{
	return i < w->words->n && !constant(w, i);
}

static void shell_error(struct walk *w, const char *name)
{
	bool events = expr_is_events(w->words->e[w->next]);
	struct str hint = {0};

	str_addf(&hint, "as an argument it is safe: %s -c q{... \"%s\" ...} %s %s", name, events ? "$@" : "$1", name,
		 events ? "$@" : "$0");
	bind_word_error(w->b, 0, w->next, hint.p, "'%s' would run what is filled in here as shell code", name);
	str_release(&hint);
}

static void code_warning(struct walk *w, const char *name)
{
	bind_word_warning(w->b, 0, w->next, "safe as an argument of its own", "'%s' runs what is filled in here as code", name);
}

/* The command at w->next; true: another one follows there. */
static bool command(struct walk *w)
{
	const char *path = constant(w, w->next++);
	const struct program *p = path ? find(path) : NULL;
	if (!p)
		return false;
	struct options o = options(w, p);
	switch (p->reads) {
	case RUNS:
		while (w->next < w->words->n && is_assignment(p, constant(w, w->next)))
			w->next++;
		w->next += p->operands;
		return w->next < w->words->n;
	case SHELL:
		if (o.code && is_filled(w, w->next))
			shell_error(w, p->name);
		return false;
	case CODE:
		if (o.value && is_filled(w, w->next))
			code_warning(w, p->name);
		return false;
	case AWK:
		if (!o.code && is_filled(w, w->next))
			code_warning(w, p->name);
		return false;
	case SSH:
		w->next++;
		options(w, p);
		for (; w->next < w->words->n; w->next++) {
			if (is_filled(w, w->next)) {
				bind_word_warning(w->b, 0, w->next, NULL, "the shell of the other host runs what is filled in here");
				break;
			}
		}
		return false;
	}
	return false;
}

void hazard_check(const struct expr_list *words, struct bind *b)
{
	struct walk w = {.words = words, .b = b};

	for (int i = 0; i < words->n; i++)
		if (!words->e[i])
			return; /* reported */
	while (w.next < words->n && command(&w))
		;
	str_release(&w.text);
}
