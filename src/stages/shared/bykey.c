/* Keys of events: see bykey.h. */
#include "config.h"

#include "stages/shared/bykey.h"

#include "base/kind.h"

/* ---- one expression ---- */

void pick_init(struct pick *p, const struct expr *e, const struct bind *b)
{
	int field = expr_is_field(e), column = expr_is_column(e);
	*p = (struct pick){.how = PICK_EXPR, .e = e, .splitter = bind_splitter(b)};
	if (field == 0) {
		p->how = PICK_WHOLE;
	} else if (field > 0) {
		p->how = PICK_FIELD;
		p->at = field;
	} else if (column >= 0) {
		p->how = PICK_COLUMN;
		p->at = column;
	}
}

bool pick_same(const struct pick *a, const struct pick *b)
{
	return a->how == b->how && a->at == b->at && a->how != PICK_EXPR;
}

static bool pick_field(const struct pick *p, struct eval *ev, const struct event *event, struct slice *out)
{
	size_t n = eval_split(ev, p->splitter, event->whole, (size_t)p->at);
	if (n == SPLIT_FAILED)
		return false;
	*out = n < (size_t)p->at ? slice_make("", 0) : ev->fields[p->at - 1];
	return true;
}

static inline struct slice plain(struct eval *ev, struct slice s)
{
	return s.flags ? expr_plain(ev, s) : s;
}

static __attribute__((noinline)) bool pick_row(const struct pick *p, struct eval *ev, const struct event *event, struct slice *out)
{
	if (row_ncols(event->cells[0]) == ROW_SPLIT)
		return pick_field(p, ev, event, out);
	*out = plain(ev, row_column(event->cells[0], (uint32_t)p->at - 1));
	return true;
}

/* The text where it takes no evaluating. */
static bool pick_data(const struct pick *p, struct eval *ev, const struct event *event, struct slice *out)
{
	if (p->how == PICK_FIELD)
		return pick_field(p, ev, event, out);
	switch (p->how) {
	case PICK_COLUMN:
		*out = plain(ev, event->cells[p->at]);
		return true;
	case PICK_ROW:
		return pick_row(p, ev, event, out);
	default:
		*out = event->whole;
		return true;
	}
}

bool pick_text_slow(const struct pick *p, struct eval *ev, const struct event *event, struct slice *out)
{
	return p->how == PICK_EXPR ? expr_text(p->e, ev, event, out) : pick_data(p, ev, event, out);
}

bool pick_value(const struct pick *p, struct eval *ev, const struct event *event, struct value *out)
{
	if (p->how == PICK_EXPR)
		return expr_eval(p->e, ev, event, out);
	*out = (struct value){.kind = VALUE_DATA};
	return pick_data(p, ev, event, &out->s);
}

bool pick_number(const struct pick *p, struct eval *ev, const struct event *event, struct num *out, bool *none)
{
	struct slice s;
	*none = false;
	if (p->how != PICK_EXPR && pick_data(p, ev, event, &s) && num_parse(s, out))
		return true;
	return expr_number_or_none(p->e, ev, event, out, none); /* says why not, too */
}

void pick_first_field(struct pick *p, struct schema *in, const struct bind *b)
{
	*p = (struct pick){.how = PICK_WHOLE, .splitter = bind_splitter(b)};
	schema_use_columns(in);
	if (in->npos == SCHEMA_SPLIT) {
		p->how = PICK_FIELD;
		p->at = 1;
	} else if (in->npos == SCHEMA_VARIED || in->npos == SCHEMA_LATE) {
		p->how = PICK_ROW;
		p->at = 1;
	} else if (in->npos > 0) {
		p->how = PICK_COLUMN;
		in->cols[0].used = true;
	}
}

/* ---- keys ---- */

void bykey_init(struct bykey *k, const struct expr_list *by, bool whole, struct bind *b)
{
	k->n = by->n ? by->n : whole;
	k->part = arena_alloc(bind_arena(b), (size_t)(k->n ? k->n : 1) * sizeof *k->part);
	k->part[0] = (struct pick){.how = PICK_WHOLE};
	for (int i = 0; i < by->n; i++)
		pick_init(&k->part[i], by->e[i], b);
}

bool bykey_is_whole(const struct bykey *k)
{
	return k->n == 1 && k->part[0].how == PICK_WHOLE;
}

static char *write_part(char *to, struct slice part)
{
	for (uint32_t i = 0; i < part.len; i++) {
		*to++ = part.p[i];
		if (part.p[i] == '\0')
			*to++ = 1;
	}
	*to++ = '\0';
	*to++ = '\0';
	return to;
}

static char *write_plain_part(char *to, struct slice part)
{
	if (part.len == 0)
		return to;
	memcpy(to, part.p, part.len);
	return to + part.len;
}

static bool join_parts(const struct bykey *k, struct eval *ev, const struct event *event, struct slice *out)
{
	struct slice part;
	char *text = NULL;
	size_t len = 0, cap = 0;
	for (int i = 0; i < k->n; i++) {
		if (!pick_text(&k->part[i], ev, event, &part))
			return false;
		size_t need = len + 2 * (size_t)part.len + 2;
		if (need > cap) {
			char *old = text;
			cap = 2 * need + 32;
			text = arena_bytes(&ev->scratch, cap);
			if (len)
				memcpy(text, old, len);
		}
		char *end = i + 1 < k->n ? write_part(text + len, part) : write_plain_part(text + len, part);
		len = (size_t)(end - text);
	}
	if (len > UINT32_MAX) {
		strcpy(ev->error, "the key is too long");
		return false;
	}
	*out = slice_make(text, len);
	return true;
}

bool bykey_get(const struct bykey *k, struct eval *ev, const struct event *event, struct slice *out)
{
	if (k->n == 1)
		return pick_text(&k->part[0], ev, event, out);
	if (k->n > 1)
		return join_parts(k, ev, event, out);
	*out = slice_make("", 0);
	return true;
}

uint32_t bykey_vector(const struct bykey *k, struct work *w, const struct chunk *in, uint32_t *from, uint32_t max,
		      struct slice *keys, uint32_t *which)
{
	struct eval *ev = work_eval(w);
	uint32_t n = 0, i = *from;
	arena_clear(&ev->scratch);
	for (; i < in->n && n < max && (n == 0 || ev->scratch.bytes < BYKEY_SCRATCH); i++) {
		struct event event = stage_event(in, i, ev);
		which[n] = i;
		if (bykey_get(k, ev, &event, &keys[n]))
			n++;
		else if (n == 0)
			work_fail(w, in->ev[i], ev->error);
		else
			break; /* it fails as the first of the next vector: behind what these give */
	}
	*from = i;
	return n;
}

/* Writes the part at p as it was; returns what follows it, or NULL. */
static const char *read_part(const char *p, const char *end, char **dst)
{
	char *to = *dst;
	while (p < end) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t len = (size_t)((nul ? nul : end) - p);
		memcpy(to, p, len);
		to += len;
		if (!nul)
			break;
		p = nul + 2;
		if (nul[1] == '\0') {
			*dst = to;
			return p;
		}
		*to++ = '\0';
	}
	*dst = to;
	return NULL;
}

char *bykey_write(const struct bykey *k, struct slice key, struct slice sep, char *dst, struct slice *parts)
{
	const char *p = key.p, *end = key.p + key.len;
	for (int i = 0; i < k->n; i++) {
		char *begin = dst;
		if (i + 1 < k->n)
			p = read_part(p, end, &dst);
		else
			dst = write_plain_part(dst, slice_make(p, (size_t)(end - p)));
		if (parts)
			parts[i] = slice_make(begin, (size_t)(dst - begin));
		if (i + 1 < k->n && sep.len) {
			memcpy(dst, sep.p, sep.len);
			dst += sep.len;
		}
	}
	return dst;
}
