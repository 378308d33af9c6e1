/* Text in other encodings: see charset.h. */
#include "config.h"

#include "formats/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/str.h"
#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* How many bytes from i on are clean. */
static size_t clean_run(struct slice text, size_t i)
{
	const char *begin = text.p + i, *p = begin, *end = text.p + text.len;
	uint32_t c;
	while (p < end && *p) {
		unsigned n = utf8_decode(p, end, &c);
		if (c == UTF8_BAD)
			break;
		p += n;
	}
	return (size_t)(p - begin);
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
