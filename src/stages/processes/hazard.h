/* Which word of a command is read as a program by what the command runs: what is filled in there would be executed. */
#ifndef STAGES_PROCESSES_HAZARD_H
#define STAGES_PROCESSES_HAZARD_H

#include "lang/plan/bind.h"

/* Reports words of argument 0 that are filled in and are a shell's text (an error: it has a safe form) or that of perl,
 * awk, ssh... (a warning: their text can be data). Looks behind env, timeout and the like. Part of the stage's bind(). */
void hazard_check(const struct expr_list *words, struct bind *b);

#endif
