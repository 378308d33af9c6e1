/* Changing JSON documents: see json_edit.h. */
#include "config.h"

#include "formats/json_edit.h"

#include "base/str.h"

/* A member of an object or array, where it lies. */
struct member {
	struct slice value;  /* with a text's quotes */
	const char *begin;   /* of its name, or of the value where it has none */
};

/* The container of a member: what was seen of it. */
struct found {
	bool object;
	int64_t n;            /* members */
	bool there;           /* the one that is looked for, the last of them */
	struct member member;
	const char *first, *close; /* behind the opening bracket; the closing one */
};

static struct slice with_quotes(struct slice s)
{
	if (slice_kind(s) == KIND_TEXT)
		return slice_make(s.p - 1, (size_t)s.len + 2);
	return s;
}

/* The name as written is that name. */
static bool names(struct slice written, struct slice name)
{
	char buf[1024];
	if (!(written.flags & SLICE_ESCAPED))
		return slice_eq(written, name);
	if (written.len > sizeof buf)
		return false;
	int64_t len = json_unescape(written, buf);
	return len == name.len && !memcmp(buf, name.p, name.len);
}

static int64_t length_of(struct slice array)
{
	struct json_walk w;
	struct slice name, value;
	int64_t n = 0;
	if (!json_walk_begin(&w, array))
		return 0;
	while (json_walk_next(&w, &name, &value) == JSON_VALUE)
		n++;
	return n;
}

/* False: it is no container, or malformed (*result says which). */
static bool look_in(struct slice doc, const struct json_step *step, struct found *f, enum json_edit *result)
{
	struct json_walk w;
	struct slice name, value;
	enum json_result got;
	*f = (struct found){0};
	*result = JSON_NO_PLACE;
	if (!json_walk_begin(&w, doc) || w.object != (step->name.p != NULL))
		return false;
	f->object = w.object;
	f->first = w.r.at;
	int64_t index = step->name.p ? 0 : step->index < 0 ? length_of(doc) + step->index : step->index;
	for (; (got = json_walk_next(&w, &name, &value)) == JSON_VALUE; f->n++) {
		if (step->name.p ? !names(name, step->name) : f->n != index)
			continue;
		f->there = true;
		f->member.value = with_quotes(value);
		f->member.begin = name.p ? name.p - 1 : f->member.value.p;
	}
	f->close = w.r.at - 1;
	*result = got == JSON_END ? JSON_EDITED : JSON_MALFORMED;
	return got == JSON_END;
}

/* ---- setting ---- */

/* The value, within objects for the steps that are missing. */
static bool add_value(struct str *out, const struct json_step *steps, int nsteps, struct slice value)
{
	if (!nsteps) {
		str_add(out, value.p, value.len);
		return true;
	}
	if (!steps->name.p)
		return false;
	str_addc(out, '{');
	json_add_string(out, steps->name);
	str_addc(out, ':');
	bool good = add_value(out, steps + 1, nsteps - 1, value);
	str_addc(out, '}');
	return good;
}

static void add_between(struct str *out, const char *from, const char *to)
{
	str_add(out, from, (size_t)(to - from));
}

static enum json_edit add_member(struct str *out, struct slice doc, const struct found *f, const struct json_step *steps,
				 int nsteps, struct slice value)
{
	if (!steps->name.p && steps->index != f->n)
		return JSON_NO_PLACE;
	const char *end = f->close;
	while (end > f->first && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t'))
		end--;
	add_between(out, doc.p, end);
	if (f->n)
		str_addc(out, ',');
	if (steps->name.p) {
		json_add_string(out, steps->name);
		str_addc(out, ':');
	}
	if (!add_value(out, steps + 1, nsteps - 1, value))
		return JSON_NO_PLACE;
	add_between(out, end, doc.p + doc.len);
	return JSON_EDITED;
}

static enum json_edit set(struct str *out, struct slice doc, const struct json_step *steps, int nsteps, struct slice value)
{
	struct found f;
	enum json_edit result;
	if (!look_in(doc, steps, &f, &result))
		return result;
	if (!f.there)
		return add_member(out, doc, &f, steps, nsteps, value);
	struct slice old = f.member.value;
	add_between(out, doc.p, old.p);
	if (nsteps == 1 || slice_kind(old) == KIND_NULL) {
		if (!add_value(out, steps + 1, nsteps - 1, value))
			return JSON_NO_PLACE;
	} else if ((result = set(out, old, steps + 1, nsteps - 1, value)) != JSON_EDITED) {
		return result;
	}
	add_between(out, old.p + old.len, doc.p + doc.len);
	return JSON_EDITED;
}

enum json_edit json_set(struct str *out, struct slice doc, const struct json_step *steps, int nsteps, struct slice value)
{
	size_t before = out->len;
	enum json_edit result = set(out, doc, steps, nsteps, value);
	if (result != JSON_EDITED && out->p)
		out->p[out->len = before] = 0;
	return result;
}

/* ---- dropping ---- */

/* Copies doc without the members that the step names. */
static enum json_edit drop_here(struct str *out, struct slice doc, const struct json_step *step)
{
	struct json_walk w;
	struct slice name, value;
	struct found f;
	enum json_edit result;
	if (!look_in(doc, step, &f, &result))
		return result == JSON_NO_PLACE ? JSON_UNCHANGED : result;
	if (!f.there)
		return JSON_UNCHANGED;
	const char *kept = f.first; /* behind what is kept or dropped last, before its comma */
	bool any = false;
	json_walk_begin(&w, doc);
	add_between(out, doc.p, f.first);
	while (json_walk_next(&w, &name, &value) == JSON_VALUE) {
		struct slice v = with_quotes(value);
		const char *begin = name.p ? name.p - 1 : v.p;
		bool dropped = step->name.p ? names(name, step->name) : begin == f.member.begin;
		if (!dropped) {
			/* What is kept first goes without the comma before it. */
			const char *from = kept;
			while (!any && from < begin && *from != ',' && kept != f.first)
				from++;
			add_between(out, !any && kept != f.first ? from + 1 : from, v.p + v.len);
			any = true;
		}
		kept = v.p + v.len;
	}
	add_between(out, f.close, doc.p + doc.len);
	return JSON_EDITED;
}

static enum json_edit drop(struct str *out, struct slice doc, const struct json_step *steps, int nsteps)
{
	struct found f;
	enum json_edit result;
	if (nsteps == 1)
		return drop_here(out, doc, steps);
	if (!look_in(doc, steps, &f, &result))
		return result == JSON_NO_PLACE ? JSON_UNCHANGED : result;
	if (!f.there)
		return JSON_UNCHANGED;
	struct slice old = f.member.value;
	add_between(out, doc.p, old.p);
	result = drop(out, old, steps + 1, nsteps - 1);
	add_between(out, old.p + old.len, doc.p + doc.len);
	return result;
}

enum json_edit json_drop(struct str *out, struct slice doc, const struct json_step *steps, int nsteps)
{
	size_t before = out->len;
	enum json_edit result = drop(out, doc, steps, nsteps);
	if (result != JSON_EDITED && out->p)
		out->p[out->len = before] = 0;
	return result;
}
