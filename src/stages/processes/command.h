/* The command that a stage runs: its program, found once where its name is written, and the arguments for each event. What
 * exec, sh and pipe share. */
#ifndef STAGES_PROCESSES_COMMAND_H
#define STAGES_PROCESSES_COMMAND_H

#include "stages/shared/stages.h"

struct command {
	struct expr_list words; /* exec, pipe: filled in for each event */
	struct slice text;      /* sh: a text for the shell, p == NULL: words */
	const char *path;       /* the program; NULL: its name is filled in */
	bool fills;             /* arguments hold something of the event */
	bool batched;
	const struct schema *schema;
	const struct splitter *splitter;
};

/* Looks for the program, and reports what cannot work: a program that is not there, $@ without a batch, fields of a
 * batch. Part of the stage's bind(); argument 0 is the command. */
void command_bind(struct command *c, struct bind *b);

/* Reports an ok= that is no list of exit statuses. */
void ok_bind(const struct int_list *ok, struct bind *b);
/* The path of the program that argument 0 begins with, in the plan's arena; NULL after an error, which is reported. */
const char *program_find(struct bind *b, struct slice name);

/* The arguments for one event or batch. Zeroed = ready. */
struct argv {
	char **v;             /* ends with NULL */
	size_t n, cap;
};

/* Fills in a for the events of in. False where that fails; ev->error says why. The texts live in ev->scratch. */
bool command_fill(const struct command *c, struct eval *ev, const struct chunk *in, struct argv *a);
void argv_release(struct argv *a);

#endif
