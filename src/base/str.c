/* A growable byte string. */
#include "config.h"
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* Room for more bytes and the NUL behind them. */
static void reserve(struct str *s, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(s->len + 1, more, &need))
		need = SIZE_MAX; /* more than there is: ends with the usual message */
	if (need > s->cap)
		s->p = mem_grow(s->p, need < 32 ? 32 : need, &s->cap, 1);
}

void str_add(struct str *s, const void *bytes, size_t len)
{
	reserve(s, len);
	if (len)
		memcpy(s->p + s->len, bytes, len);
	s->len += len;
	s->p[s->len] = '\0';
}

void str_adds(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	reserve(s, 1);
	s->p[s->len++] = c;
	s->p[s->len] = '\0';
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(s, fmt, ap);
	va_end(ap);
}

void str_vaddf(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	reserve(s, 0);
	len = vsnprintf(s->p + s->len, s->cap - s->len, fmt, ap);
	if (len > 0 && (size_t)len >= s->cap - s->len) {
		reserve(s, (size_t)len);
		vsnprintf(s->p + s->len, s->cap - s->len, fmt, again);
	}
	va_end(again);
	if (len > 0)
		s->len += (size_t)len;
	s->p[s->len] = '\0';
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->p)
		s->p[0] = '\0';
}

void str_release(struct str *s)
{
	free(s->p);
	*s = (struct str){0};
}

char *str_steal(struct str *s)
{
	char *p = s->p ? s->p : mem_strdup("");

	*s = (struct str){0};
	return p;
}
