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

/* Bytes of the character at p that a terminal shows and does not obey; 0: none begins here. */
static size_t visible_bytes(const char *p, size_t len)
{
	unsigned char b = (unsigned char)*p;
	size_t n = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;

	if (n == 1)
		return b >= ' ' && b != 0x7f;
	if (n > len || (b == 0xc2 && (unsigned char)p[1] < 0xa0)) /* U+0080 to U+009F */
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void str_add_visible(struct str *s, const char *p, size_t len)
{
	for (const char *end = p + len; p < end;) {
		size_t n = visible_bytes(p, (size_t)(end - p));
		if (n)
			str_add(s, p, n);
		else
			str_addf(s, "\\x%02X", (unsigned char)*p);
		p += n ? n : 1;
	}
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
