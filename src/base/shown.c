/* What messages show: see shown.h. */
#include "config.h"

#include "base/shown.h"

#include <stdio.h>

#include "base/utf8.h"

#define AUTHORITY_MAX 4096 /* no user and password are looked for beyond this */

/* Bytes of the character at p that a terminal shows and does not obey; 0: none begins here. */
static unsigned plain_bytes(const char *p, const char *end)
{
	uint32_t c;
	unsigned n = utf8_decode(p, end, &c);
	bool control = c < ' ' || (c >= 0x7f && c < 0xa0); /* those of Latin 1, too */

	return control || c == UTF8_BAD ? 0 : n;
}

static bool is_port(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p == end;
}

static bool ends_url(char c)
{
	return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '|';
}

/* Between the // of a URL and its host: "user:password@". Where the password holds a / or the like as it is, which it
 * should not, all up to the last @ is taken for it, unless it is spelled as a port. False: there is no password. */
static bool find_in_authority(const char *p, const char *end, struct shown *w)
{
	const char *colon = NULL, *at = NULL, *path = NULL;

	for (; p < end && !ends_url(*p); p++) {
		if (*p == '@' && colon && (!path || !at))
			at = p;
		else if (*p == '@' && !path) /* user@host */
			at = p;
		else if (*p == ':' && !colon && !at && !path)
			colon = p;
		else if (!path && (*p == '/' || *p == '?' || *p == '#'))
			path = p;
		if (path && (!colon || at || is_port(colon + 1, path)))
			break;
	}
	if (!colon || !at || at < colon)
		return false;
	w->secret = colon + 1;
	w->after = at;
	return true;
}

static void find_secret(struct shown *w, const char *from)
{
	const char *p = from;

	while ((p = memchr(p, ':', (size_t)(w->end - p))) != NULL) {
		p++;
		if (w->end - p < 2 || p[0] != '/' || p[1] != '/')
			continue;
		p += 2;
		const char *end = w->end - p > AUTHORITY_MAX ? p + AUTHORITY_MAX : w->end;
		if (find_in_authority(p, end, w))
			return;
	}
	w->secret = w->after = w->end;
}

struct shown shown_begin(struct slice text)
{
	struct shown w = {.p = text.p, .end = text.p + text.len};

	if (text.len == 0)
		w.p = w.end = "";
	find_secret(&w, w.p);
	return w;
}

unsigned shown_next(struct shown *w, char piece[SHOWN_MAX])
{
	unsigned n;

	if (w->p == w->end)
		return 0;
	if (w->p == w->secret && w->after > w->secret) {
		w->p = w->after;
		find_secret(w, w->p);
		memcpy(piece, "***", 3);
		return 3;
	}
	n = plain_bytes(w->p, w->end);
	memcpy(piece, w->p, n);
	w->p += n ? n : 1;
	return n ? n : (unsigned)snprintf(piece, SHOWN_MAX, "\\x%02X", (unsigned char)w->p[-1]);
}

bool str_add_shown(struct str *s, struct slice text, size_t max)
{
	char piece[SHOWN_MAX];
	size_t look = max < text.len && text.len - max > AUTHORITY_MAX ? max + AUTHORITY_MAX : text.len;
	struct shown w = shown_begin(slice_make(text.p, look));
	const char *begin = w.p, *stop = max < text.len ? begin + max : w.end;

	str_add(s, "", 0); /* a text, though it be empty */
	while (w.p < stop) {
		const char *before = w.p;
		unsigned n = shown_next(&w, piece);
		if (w.p > stop && n > 1 && piece[0] != '*') { /* part of a character */
			w.p = before;
			break;
		}
		str_add(s, piece, n);
	}
	return text.len == 0 || w.p == text.p + text.len;
}

void say(const char *fmt, ...)
{
	struct str text = {0}, line = {0};
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	str_adds(&line, "spile: ");
	str_add_shown(&line, slice_make(text.p, text.len), text.len);
	str_addc(&line, '\n');
	fwrite(line.p, 1, line.len, stderr);
	str_release(&text);
	str_release(&line);
}
