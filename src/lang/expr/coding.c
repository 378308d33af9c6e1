/* Digests, encodings, addresses, random values.
 *
 *	md5 sha1 sha256 crc32   of the bytes, in lower-case hexadecimal
 *	base64 unbase64         RFC 4648; unbase64 takes the alphabet for URLs too, blanks, and text without its final =
 *	decode(s, encoding)     to UTF-8, by iconv; what is no text of that encoding becomes U+FFFD
 *	cidr(ip, network)       1 where the address is in the network; IPv4 and IPv6 addresses are never in each other's
 *	ip(s)                   the address with all its zeros, so that addresses sort as text
 *	random()                from 0 up to 1, without 1
 *	uuid()                  a random one (version 4) */
#include "config.h"

#include "lang/expr/coding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/str.h"
#include "formats/charset.h"
#include "lang/expr/text.h"

/* ---- digests ---- */

static bool give_hex(const struct func_call *c, const unsigned char *bytes, size_t n, struct value *out)
{
	char *text = eval_bytes(c->ev, 2 * n);

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	value_set_data(out, text, 2 * n);
	return true;
}

bool coding_md5(const struct func_call *c, struct value *out)
{
	unsigned char bytes[DIGEST_MD5];
	struct slice s = func_text(c, 0);

	digest_md5(s.p, s.len, bytes);
	return give_hex(c, bytes, sizeof bytes, out);
}

bool coding_sha1(const struct func_call *c, struct value *out)
{
	unsigned char bytes[DIGEST_SHA1];
	struct slice s = func_text(c, 0);

	digest_sha1(s.p, s.len, bytes);
	return give_hex(c, bytes, sizeof bytes, out);
}

bool coding_sha256(const struct func_call *c, struct value *out)
{
	unsigned char bytes[DIGEST_SHA256];
	struct slice s = func_text(c, 0);

	digest_sha256(s.p, s.len, bytes);
	return give_hex(c, bytes, sizeof bytes, out);
}

bool coding_crc32(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	uint32_t crc = digest_crc32(s.p, s.len);
	unsigned char bytes[4] = {
		(unsigned char)(crc >> 24), (unsigned char)(crc >> 16), (unsigned char)(crc >> 8), (unsigned char)crc,
	};

	return give_hex(c, bytes, sizeof bytes, out);
}

/* ---- encodings ---- */

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool coding_base64(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	const unsigned char *p = (const unsigned char *)s.p;
	size_t left = s.len, len = ((size_t)s.len + 2) / 3 * 4;
	char *text, *to;

	if (!eval_fits(c->ev, len))
		return false;
	to = text = eval_bytes(c->ev, len);
	while (left) {
		size_t n = left < 3 ? left : 3;
		uint32_t bits = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);

		*to++ = base64_digits[bits >> 18];
		*to++ = base64_digits[bits >> 12 & 63];
		*to++ = n > 1 ? base64_digits[bits >> 6 & 63] : '=';
		*to++ = n > 2 ? base64_digits[bits & 63] : '=';
		p += n;
		left -= n;
	}
	value_set_data(out, text, len);
	return true;
}

static int base64_value(char c)
{
	const char *at;

	if (c == '-' || c == '_')
		return c == '-' ? 62 : 63;
	at = memchr(base64_digits, c, 64);
	return at ? (int)(at - base64_digits) : -1;
}

static bool base64_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool coding_unbase64(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0);
	char *text = eval_bytes(c->ev, (size_t)s.len), *to = text, quoted[QUOTE_MAX];
	uint32_t bits = 0;
	size_t digits = 0, ends = 0;

	for (uint32_t i = 0; i < s.len; i++) {
		int value = base64_value(s.p[i]);

		if (base64_blank(s.p[i]))
			continue;
		ends += s.p[i] == '=';
		if (s.p[i] == '=')
			continue;
		if (value < 0 || ends)
			return eval_fail(c->ev, "'%s' is not base64", value_quote(quoted, s));
		bits = bits << 6 | (uint32_t)value;
		if (digits++ % 4)
			*to++ = (char)(bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	if (digits % 4 == 1 || (ends && (ends > 2 || (digits + ends) % 4)))
		return eval_fail(c->ev, "'%s' is not base64", value_quote(quoted, s));
	value_set_data(out, text, (size_t)(to - text));
	return true;
}

bool coding_decode(const struct func_call *c, struct value *out)
{
	struct slice s = func_text(c, 0), name = func_text(c, 1);
	char *encoding = eval_bytes(c->ev, name.len), quoted[QUOTE_MAX];
	struct text_out o = {.ev = c->ev};
	struct str text = {0};
	bool known, fits;

	memcpy(encoding, name.p, name.len);
	encoding[name.len] = '\0';
	known = !memchr(encoding, '\0', name.len) && charset_to_utf8(encoding, s, &text);
	fits = known && text_add(&o, text.p ? text.p : "", text.len);
	str_release(&text);
	if (!known)
		return eval_fail(c->ev, "there is no encoding '%s'", value_quote(quoted, name));
	return fits && text_finish(&o, out);
}

/* ---- addresses ---- */

struct address {
	int family;
	unsigned char bytes[16];
};

static unsigned address_bits(const struct address *a)
{
	return a->family == AF_INET ? 32 : 128;
}

static bool read_address(struct slice s, struct address *a)
{
	char text[INET6_ADDRSTRLEN];

	if (s.len == 0 || s.len >= sizeof text || memchr(s.p, '\0', s.len))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	a->family = memchr(s.p, ':', s.len) ? AF_INET6 : AF_INET;
	return inet_pton(a->family, text, a->bytes) == 1;
}

static bool need_address(const struct func_call *c, struct slice s, struct address *a)
{
	char quoted[QUOTE_MAX];

	return read_address(s, a) || eval_fail(c->ev, "'%s' is not an IP address", value_quote(quoted, s));
}

/* The address and the bits of NETWORK/BITS; all of them where it is an address alone. */
static bool read_network(struct slice s, struct address *a, unsigned *bits)
{
	const char *slash = memchr(s.p, '/', s.len);
	size_t len = slash ? (size_t)(slash - s.p) : s.len, digits = slash ? s.len - len - 1 : 0;

	if (!read_address(slice_make(s.p, len), a))
		return false;
	*bits = slash ? 0 : address_bits(a);
	if (slash && (digits == 0 || digits > 3))
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (slash[1 + i] < '0' || slash[1 + i] > '9')
			return false;
		*bits = *bits * 10 + (unsigned)(slash[1 + i] - '0');
	}
	return *bits <= address_bits(a);
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;

	return memcmp(a, b, bits / 8) == 0 && (!rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

bool coding_cidr(const struct func_call *c, struct value *out)
{
	struct slice text = func_text(c, 1);
	struct address a, network;
	char quoted[QUOTE_MAX];
	unsigned bits;

	if (!read_network(text, &network, &bits))
		return eval_fail(c->ev, "'%s' is not a network such as 10.0.0.0/8", value_quote(quoted, text));
	if (!need_address(c, func_text(c, 0), &a))
		return false;
	value_set_num(out, num_int(a.family == network.family && same_bits(a.bytes, network.bytes, bits)));
	return true;
}

bool coding_ip(const struct func_call *c, struct value *out)
{
	char *text = eval_bytes(c->ev, 48);
	struct address a;
	int len = 0;

	if (!need_address(c, func_text(c, 0), &a))
		return false;
	for (unsigned i = 0; i < address_bits(&a) / 8; i += a.family == AF_INET ? 1 : 2) {
		if (a.family == AF_INET)
			len += snprintf(text + len, (size_t)(48 - len), i ? ".%03u" : "%03u", a.bytes[i]);
		else
			len += snprintf(text + len, (size_t)(48 - len), i ? ":%02x%02x" : "%02x%02x", a.bytes[i], a.bytes[i + 1]);
	}
	value_set_data(out, text, (size_t)len);
	return true;
}

/* ---- random values ---- */

static bool random_bytes(const struct func_call *c, void *p, size_t n)
{
	while (getrandom(p, n, 0) != (ssize_t)n) /* so few are given all at once */
		if (errno != EINTR)
			return eval_fail(c->ev, "the system has no random numbers");
	return true;
}

bool coding_random(const struct func_call *c, struct value *out)
{
	uint64_t bits;

	if (!random_bytes(c, &bits, sizeof bits))
		return false;
	value_set_num(out, num_dbl((double)(bits >> 11) * 0x1p-53));
	return true;
}

bool coding_uuid(const struct func_call *c, struct value *out)
{
	char *text = eval_bytes(c->ev, 36);
	unsigned char bytes[16];
	struct value hex;

	if (!random_bytes(c, bytes, sizeof bytes))
		return false;
	bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
	bytes[8] = (bytes[8] & 0x3f) | 0x80; /* of RFC 9562 */
	give_hex(c, bytes, sizeof bytes, &hex);
	for (unsigned i = 0, at = 0; i < 36; i++)
		text[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : hex.s.p[at++];
	value_set_data(out, text, 36);
	return true;
}
