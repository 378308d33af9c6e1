/* Regular expressions whose text comes from data: the last few that a thread met, compiled when they are first met. */
#ifndef LANG_EXPR_RECACHE_H
#define LANG_EXPR_RECACHE_H

#include "lang/expr/expr.h"

/* The compiled pattern, valid until the next call. NULL: it does not compile, ev->error says why. */
const struct re *recache_get(struct eval *ev, struct slice pattern);
void recache_free(struct recache *c); /* NULL is fine */

#endif
