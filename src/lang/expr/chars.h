/* The functions of expressions whose names end in _u: characters of UTF-8 instead of bytes. */
#ifndef LANG_EXPR_CHARS_H
#define LANG_EXPR_CHARS_H

#include "lang/expr/func.h"

func_run chars_lower, chars_upper, chars_trim, chars_length, chars_substr, chars_index;

#endif
