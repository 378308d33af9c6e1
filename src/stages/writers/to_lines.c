/* to logfmt, to ltsv: a line of names and values for each event. */
#include "config.h"

#include <stdio.h>

#include "base/str.h"
#include "stages/writers/to.h"

static bool none_of(struct slice s, const char *bytes)
{
	for (uint32_t i = 0; i < s.len; i++)
		if (strchr(bytes, s.p[i])) /* NUL too */
			return false;
	return true;
}

static bool fail_name(struct eval *ev, struct slice name, const char *format)
{
	snprintf(ev->error, sizeof ev->error, "%s has no way to write the name '%.*s'", format, (int)name.len, name.p);
	return false;
}

/* Names that every event has are looked at once. */
static void check_names(const struct to *t, struct bind *b, bool (*good)(struct slice name))
{
	for (uint32_t i = 0; t->reader.fixed && i < t->reader.n; i++)
		if (!good(t->reader.names[i]))
			bind_error(b, "%s has no way to write the name '%.*s': give it another one", t->name,
				   (int)t->reader.names[i].len, t->reader.names[i].p);
}

/* ---- logfmt ---- */

static bool is_logfmt_name(struct slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '=' || s.p[i] == '"' || s.p[i] == 0x7f)
			return false;
	return s.len > 0;
}

static void logfmt_bind(struct to *t, struct bind *b)
{
	check_names(t, b, is_logfmt_name);
}

static bool is_bare(struct slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '=' || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7f)
			return false;
	return true;
}

static void add_quoted(struct str *out, struct slice s)
{
	static const char special[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	str_addc(out, '"');
	for (uint32_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		const char *at = c ? strchr(special, c) : NULL;
		if (at) {
			str_addc(out, '\\');
			str_addc(out, letters[at - special]);
		} else if (c < 0x20 || c == 0x7f) {
			str_addf(out, "\\u%04x", c);
		} else {
			str_addc(out, (char)c);
		}
	}
	str_addc(out, '"');
}

static bool logfmt_add(const struct to *t, struct eval *ev, const struct event *e, const struct record *r, struct str *out)
{
	(void)e;
	for (uint32_t i = 0; i < r->n; i++) {
		struct slice text = record_text(r->value[i], &ev->scratch);
		if (!t->reader.fixed && !is_logfmt_name(r->name[i]))
			return fail_name(ev, r->name[i], t->name);
		if (i)
			str_addc(out, ' ');
		str_add(out, r->name[i].p, r->name[i].len);
		str_addc(out, '=');
		if (is_bare(text))
			str_add(out, text.p, text.len);
		else
			add_quoted(out, text);
	}
	return true;
}

static const char *const no_options[] = {NULL};

const struct to_format to_logfmt = {
	.name = "logfmt", .options = no_options, .bind = logfmt_bind, .add = logfmt_add,
};

/* ---- ltsv ---- */

static bool is_ltsv_name(struct slice s)
{
	return s.len > 0 && none_of(s, ":\t\n\r");
}

static void ltsv_bind(struct to *t, struct bind *b)
{
	check_names(t, b, is_ltsv_name);
}

static bool ltsv_add(const struct to *t, struct eval *ev, const struct event *e, const struct record *r, struct str *out)
{
	(void)e;
	for (uint32_t i = 0; i < r->n; i++) {
		struct slice text = record_text(r->value[i], &ev->scratch);
		if (!t->reader.fixed && !is_ltsv_name(r->name[i]))
			return fail_name(ev, r->name[i], t->name);
		if (text.len && (memchr(text.p, '\t', text.len) || memchr(text.p, '\n', text.len))) {
			snprintf(ev->error, sizeof ev->error, "ltsv has no way to write the tab or newline in '%.*s'",
				 (int)r->name[i].len, r->name[i].p);
			return false;
		}
		if (i)
			str_addc(out, '\t');
		str_add(out, r->name[i].p, r->name[i].len);
		str_addc(out, ':');
		if (text.len)
			str_add(out, text.p, text.len);
	}
	return true;
}

const struct to_format to_ltsv = {
	.name = "ltsv", .options = no_options, .bind = ltsv_bind, .add = ltsv_add,
};
