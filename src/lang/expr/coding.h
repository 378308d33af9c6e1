/* The functions of expressions that digest and encode text, read addresses of the Internet, and make up random values. */
#ifndef LANG_EXPR_CODING_H
#define LANG_EXPR_CODING_H

#include "lang/expr/func.h"

func_run coding_base64, coding_unbase64, coding_md5, coding_sha1, coding_sha256, coding_crc32, coding_decode, coding_cidr,
	coding_ip, coding_random, coding_uuid;

#endif
