/* UTF-8 and the properties of characters, whatever the user's locale is. Any byte may come in: one that is no part of
 * a character counts as a character of its own and is never changed. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX /* a byte that is no part of a character */
#define UTF8_MAX 4          /* bytes of the longest character */

/* Reads the character at p < end. Returns its bytes; 1 and *cp = UTF8_BAD where there is none. */
unsigned utf8_decode(const char *p, const char *end, uint32_t *cp);
/* Writes a character (<= 0x10ffff) to out; returns its bytes. */
unsigned utf8_encode(uint32_t cp, char *out);

size_t utf8_count(const char *p, const char *end);
/* Where the character number n (from 0) begins; end where there are fewer. */
const char *utf8_skip(const char *p, const char *end, size_t n);

bool utf8_is_space(uint32_t cp); /* Unicode's White_Space */
/* One character for one, as Unicode's simple case mapping has it. */
uint32_t utf8_lower(uint32_t cp);
uint32_t utf8_upper(uint32_t cp);

#endif
