/* UTF-8, strictly: no overlong forms, no surrogates. Case comes from the C library's own C.UTF-8 locale, so that it
 * does not depend on the environment. */
#include "config.h"

#include "base/utf8.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static bool utf8_tail(const char *p)
{
	return ((unsigned char)*p & 0xc0) == 0x80;
}

/* Bytes of the character that begins with lead, 0 where none does. */
static unsigned utf8_length(unsigned char lead)
{
	if (lead < 0xc2)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

static bool utf8_valid(uint32_t cp, unsigned len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return cp >= least[len] && cp <= 0x10ffff && !(cp >= 0xd800 && cp < 0xe000);
}

unsigned utf8_decode(const char *p, const char *end, uint32_t *cp)
{
	unsigned char lead = (unsigned char)*p;
	unsigned len = utf8_length(lead);
	uint32_t c;

	*cp = lead < 0x80 ? lead : UTF8_BAD;
	if (len == 0 || (size_t)(end - p) < len)
		return 1;
	c = lead & (0x7fu >> len);
	for (unsigned i = 1; i < len; i++) {
		if (!utf8_tail(p + i))
			return 1;
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (!utf8_valid(c, len))
		return 1;
	*cp = c;
	return len;
}

unsigned utf8_encode(uint32_t cp, char *out)
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	unsigned len = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (unsigned i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	out[0] = (char)(leads[len] | cp);
	return len;
}

size_t utf8_count(const char *p, const char *end)
{
	size_t n = 0;
	uint32_t cp;

	for (; p < end; n++)
		p += utf8_decode(p, end, &cp);
	return n;
}

const char *utf8_skip(const char *p, const char *end, size_t n)
{
	uint32_t cp;

	while (n-- > 0 && p < end)
		p += utf8_decode(p, end, &cp);
	return p;
}

bool utf8_is_space(uint32_t cp)
{
	if (cp < 0x80)
		return cp == ' ' || (cp >= '\t' && cp <= '\r');
	return cp == 0x85 || cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 ||
	       cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

/* A constant of the process, made when it is first needed. */
static locale_t case_locale;
static pthread_once_t case_once = PTHREAD_ONCE_INIT;

static void case_open(void)
{
	case_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

uint32_t utf8_lower(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	pthread_once(&case_once, case_open);
	return case_locale ? (uint32_t)towlower_l((wint_t)cp, case_locale) : cp;
}

uint32_t utf8_upper(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'a' && cp <= 'z' ? cp - 32 : cp;
	pthread_once(&case_once, case_open);
	return case_locale ? (uint32_t)towupper_l((wint_t)cp, case_locale) : cp;
}
