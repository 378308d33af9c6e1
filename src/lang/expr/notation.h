/* The functions of expressions that write numbers and text in other ways, and read them. */
#ifndef LANG_EXPR_NOTATION_H
#define LANG_EXPR_NOTATION_H

#include "lang/expr/func.h"

func_run notation_hex, notation_bin, notation_human, notation_bytes, notation_commas, notation_natural, notation_rev,
	notation_repeat, notation_pad, notation_stem, notation_ext;

#endif
