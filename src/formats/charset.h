/* Text in other encodings than UTF-8, by iconv(3): to UTF-8, where what is no text of that encoding becomes U+FFFD. */
#ifndef FORMATS_CHARSET_H
#define FORMATS_CHARSET_H

#include <stdbool.h>

#include "base/slice.h"

struct str;

/* The system can read this encoding. */
bool charset_known(const char *name);
/* Appends text, which is in that encoding, to out as UTF-8. False: the encoding is not known; out is as before. */
bool charset_to_utf8(const char *name, struct slice text, struct str *out);
/* Appends text, which claims to be UTF-8, to out: each byte that is not, and NUL, becomes U+FFFD. */
void charset_clean_utf8(struct slice text, struct str *out);
/* It is UTF-8 without NUL. */
bool charset_is_clean(struct slice text);

#endif
