/* What people bring along from other tools: names that mean nothing here, and what to write instead. Only for hints. */
#ifndef LANG_SYNTAX_HABIT_H
#define LANG_SYNTAX_HABIT_H

#include "base/slice.h"

const char *habit_stage(struct slice name);    /* a hint for a stage that there is not; NULL: none */
const char *habit_function(struct slice name); /* the same for a function */
const char *habit_word(struct slice word);     /* the same for a word or sign that cannot stand where it stands */

#endif
