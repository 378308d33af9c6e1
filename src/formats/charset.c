/* Text in other encodings: see charset.h. */
#include "config.h"

#include "formats/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/str.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* The length of the character of UTF-8 at p, 0 where there is none (RFC 3629: shortest form, no surrogates). */
static unsigned utf8_length(const unsigned char *p, size_t left)
{
	unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (n > left)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* How many bytes from i on are clean. */
static size_t clean_run(struct slice text, size_t i)
{
	size_t from = i;
	const unsigned char *p = (const unsigned char *)text.p;
	while (i < text.len) {
		unsigned n = p[i] ? utf8_length(p + i, text.len - i) : 0;
		if (!n)
			break;
		i += n;
	}
	return i - from;
}

bool charset_is_clean(struct slice text)
{
	return clean_run(text, 0) == text.len;
}

void charset_clean_utf8(struct slice text, struct str *out)
{
	for (size_t i = 0; i < text.len;) {
		size_t n = clean_run(text, i);
		str_add(out, text.p + i, n);
		i += n;
		if (i < text.len) {
			str_adds(out, REPLACEMENT);
			i++;
		}
	}
}

bool charset_known(const char *name)
{
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	iconv_close(cd);
	return true;
}

bool charset_to_utf8(const char *name, struct slice text, struct str *out)
{
	iconv_t cd = iconv_open("UTF-8", name);
	char piece[4096], *in = (char *)text.p;
	size_t left = text.len;
	if (cd == (iconv_t)-1)
		return false;
	while (left) {
		char *to = piece;
		size_t room = sizeof piece;
		size_t got = iconv(cd, &in, &left, &to, &room);
		int why = errno;
		str_add(out, piece, (size_t)(to - piece));
		if (got != (size_t)-1 || why == E2BIG)
			continue;
		str_adds(out, REPLACEMENT); /* EILSEQ; EINVAL: half a character at the end */
		in++;
		left--;
	}
	char *to = piece;
	size_t room = sizeof piece;
	if (iconv(cd, NULL, NULL, &to, &room) != (size_t)-1)
		str_add(out, piece, (size_t)(to - piece));
	iconv_close(cd);
	return true;
}
