/* A growable byte string. Zeroed = empty. p is NUL-terminated whenever it is not NULL. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stddef.h>

#include "base/slice.h"

struct str {
	char *p;
	size_t len, cap;
};

void str_add(struct str *s, const void *bytes, size_t len);
void str_adds(struct str *s, const char *text);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vaddf(struct str *s, const char *fmt, va_list ap);
void str_clear(struct str *s);   /* empty; keeps the memory */
void str_release(struct str *s); /* empty; frees the memory */
char *str_steal(struct str *s);  /* the text, the caller's to free() (never NULL); s is empty again */

#endif
