/* sprintf of expressions. */
#ifndef LANG_EXPR_FORMAT_H
#define LANG_EXPR_FORMAT_H

#include "lang/expr/func.h"

func_run format_sprintf;
bool format_check(const struct expr *call, char message[FUNC_MESSAGE]);

#endif
