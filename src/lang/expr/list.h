/* Calls of functions that take several values, and the functions that were made for them. */
#ifndef LANG_EXPR_LIST_H
#define LANG_EXPR_LIST_H

#include "lang/expr/func.h"

/* A call some of whose arguments are lists. False: failed. */
bool list_call(const struct expr *e, struct eval *ev, const struct event *event, struct value *out);

func_run list_default, list_sum, list_mean, list_join;

#endif
