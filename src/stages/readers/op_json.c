/* json: the values of a stream of JSON as documents. What the pipeline reads of them is found by path and nothing else is
 * looked at (formats/json.h). A value that is wrong fails; at the top reading goes on with the next line that begins with a
 * bracket, within an array that is opened with its next element. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/scan.h"
#include "base/str.h"
#include "formats/json_frame.h"
#include "io/framer.h"
#include "lang/expr/path.h"
#include "stages/readers/table.h"

#define AT_END 0x100 /* in chunk.place: the input ends with the chunk */

enum nonjson { NONJSON_FAIL, NONJSON_PASS, NONJSON_DROP };

struct json {
	bool arrays, strict;
	int nonjson;
	struct schema *out;
	struct arena *arena;
	struct json_paths paths;   /* slot 0 is the document */
	struct wanted *wanted;     /* cell, and slot */
	int nwanted;
};

static void json_bind(void *priv, struct bind *b)
{
	struct json *j = priv;
	j->nonjson = j->nonjson < 0 ? NONJSON_FAIL : j->nonjson;
	j->arena = bind_arena(b);
	j->out = bind_new_reader(b, SCHEMA_DOCUMENT);
}

/* Once it is known what is read. */
static void json_built(void *priv, const struct plan_stage *ps)
{
	struct json *j = priv;
	const struct schema *s = j->out;
	(void)ps;
	if (j->paths.n)
		return;
	json_paths_add(&j->paths, j->arena, NULL, 0);
	j->wanted = arena_alloc(j->arena, ((size_t)s->ncols + 1) * sizeof *j->wanted);
	for (int c = 0; c < s->ncols; c++) {
		struct json_step *steps;
		if (!s->cols[c].record || !s->cols[c].used)
			continue;
		int n = path_steps(j->arena, slice_str(s->cols[c].name), &steps);
		int slot = json_paths_add(&j->paths, j->arena, steps, n);
		j->wanted[j->nwanted++] = (struct wanted){(uint32_t)c, (uint32_t)slot};
	}
}

/* ---- values ---- */

/* One run or event that is being read. */
struct stream {
	const struct json *j;
	const char *input;       /* as messages call it */
	struct work *w;
	struct chunk *in, *out;
	struct json_reader r;
	struct slice *members;   /* paths.n */
	struct lines lines;
};

static const char *line_end(const char *p, const char *end)
{
	const char *hit = memchr(p, '\n', (size_t)(end - p));
	return hit ? hit : end;
}

static void fail_at(struct stream *s, struct slice event, const char *at, const char *error)
{
	char why[400], buf[256];
	snprintf(why, sizeof why, "line %llu of %s: %s", (unsigned long long)line_of(&s->lines, at),
		 table_input(s->input, buf, sizeof buf), error);
	work_fail(s->w, event, why);
}

/* A member as a cell. False: its escapes are none. */
static bool cell_of(struct slice member, struct chunk *out, struct slice *cell)
{
	enum kind kind = slice_kind(member);
	*cell = member;
	if (kind == KIND_MISSING || kind == KIND_NULL)
		*cell = slice_of_kind("", 0, kind);
	if (!(member.flags & SLICE_ESCAPED))
		return true;
	char *p = chunk_room(out, (size_t)member.len + 1);
	int64_t len = json_unescape(member, p);
	if (len < 0)
		return false;
	p[len] = out->term;
	chunk_wrote(out, (size_t)len + 1);
	*cell = slice_of_kind(p, (size_t)len, KIND_TEXT);
	return true;
}

/* A document's text; a string's is that with its quotes. */
static struct slice document(struct slice value)
{
	bool text = slice_kind(value) == KIND_TEXT;
	return slice_of_kind(value.p - text, (size_t)value.len + 2 * text, text ? KIND_DOCUMENT : slice_kind(value));
}

static void add_value(struct stream *s, struct slice value)
{
	const struct json *j = s->j;
	struct slice whole = document(value);
	const char *at, *error = j->strict ? json_check(whole.p, whole.len, &at) : NULL;
	if (error) {
		fail_at(s, whole, at, error);
		return;
	}
	uint32_t i = table_add(j->out, s->in, s->out, whole);
	struct slice *cells = s->out->ncols ? chunk_cells(s->out, i) : NULL;
	for (int k = 0; cells && k < j->nwanted; k++) {
		if (cell_of(s->members[j->wanted[k].at], s->out, &cells[j->wanted[k].cell]))
			continue;
		s->out->n--;
		fail_at(s, whole, whole.p, "a string has an escape that JSON does not know");
		return;
	}
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Behind the element of an array that begins at p: the comma or bracket after it, or end. */
static const char *element_end(const char *p, const char *end)
{
	int64_t depth = 0;
	for (bool in_string = false; p < end; p++) {
		if (in_string) {
			p += *p == '\\' && p + 1 < end;
			in_string = *p != '"' && *p != '\n';
		} else if (*p == '"') {
			in_string = true;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			if (depth-- == 0)
				return p;
		} else if (*p == ',' && depth == 0) {
			return p;
		}
	}
	return end;
}

/* Where the framer may have cut after something wrong at the top, which begins at p: behind the bracket that closes it, before
 * a line that begins with a bracket, behind a string that does not end on its line; behind other text at its line's end or
 * before a bracket. */
static const char *wrong_end(const char *p, const char *end, const char *at)
{
	int64_t depth = 0;
	const char *begin = p;
	for (bool in_string = false; p < end; p++) {
		bool opens = *p == '{' || *p == '[';
		if (in_string) {
			if (*p == '\n')
				return p + 1;
			p += *p == '\\' && p + 1 < end && p[1] != '\n';
			in_string = *p != '"';
		} else if (opens && p > begin && (depth == 0 || (p == at && p[-1] == '\n'))) {
			return p;
		} else if (*p == '\n' && depth == 0) {
			return p;
		} else if (*p == '"') {
			in_string = true;
		} else if (opens) {
			depth++;
		} else if ((*p == '}' || *p == ']') && depth && --depth == 0) {
			return p + 1;
		}
	}
	return end;
}

/* Something from begin on is no value: it fails, or is what nonjson= says, and reading goes on behind it. */
static void go_on_after(struct stream *s, const char *begin, const char *error)
{
	struct json_reader *r = &s->r;
	const char *end = r->end, *at = r->at < begin ? begin : r->at, *next;
	bool inside = r->place != JSON_AT_TOP, fails = inside || s->j->nonjson == NONJSON_FAIL;
	next = inside ? element_end(begin, end) : fails ? wrong_end(begin, end, at) : line_end(begin, end);
	struct slice text = slice_make(begin, (size_t)(next - begin));
	while (text.len && (text.p[text.len - 1] == '\r' || text.p[text.len - 1] == '\n'))
		text.len--;
	if (fails)
		fail_at(s, text, at < next ? at : begin, error);
	else if (s->j->nonjson == NONJSON_PASS)
		table_add(s->j->out, s->in, s->out, text);
	json_read_from(r, next, end);
	r->place = inside ? JSON_BEFORE_COMMA : JSON_AT_TOP;
}

/* The next value, or mistake. False: there is none left. */
static bool step(struct stream *s)
{
	struct json_reader *r = &s->r;
	struct slice value;
	const char *begin = r->at;
	int place = r->place;
	enum json_result got = json_next(r, s->j->arrays, &s->j->paths, &value, s->members);
	if (got == JSON_VALUE) {
		add_value(s, value);
		return true;
	}
	if (got == JSON_END)
		return false;
	begin = skip_space(begin, r->end);
	while (begin < r->end && place != JSON_AT_TOP && *begin == ',')
		begin = skip_space(begin + 1, r->end);
	bool cut_off = got == JSON_UNFINISHED && skip_space(r->at, r->end) == r->end && begin >= r->at;
	if (cut_off && r->place != JSON_AT_TOP && !(s->in->place & AT_END) && s->in->raw)
		return false; /* the array goes on in the next chunk */
	go_on_after(s, begin, got == JSON_WRONG ? r->error : cut_off ? "the array is not closed" : "the document is cut off");
	return got == JSON_WRONG;
}

static void read_text(struct stream *s, struct slice text)
{
	struct chunk *in = s->in;
	json_read_from(&s->r, text.p + in->sub, text.p + text.len);
	s->r.place = in->place & ~AT_END;
	while (!chunk_full(s->out)) {
		uint32_t made = s->out->n + s->out->nfailures;
		bool more = step(s);
		if (in->first.nr && s->out->n + s->out->nfailures > made) {
			in->first.nr++;
			in->first.fnr++;
		}
		if (!more) {
			in->pos++;
			in->sub = 0;
			in->place = 0;
			return;
		}
		in->sub = (uint32_t)(s->r.at - text.p);
		in->place = (int)s->r.place | (in->place & AT_END);
	}
}

/* ---- chunks ---- */

/* What the chunks of an input share. */
struct input {
	struct frame frame;
	const struct json *j;
	const char *name;
};

static void json_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	const struct json *j = priv;
	struct arena *scratch = &work_eval(w)->scratch;
	struct stream s = {.j = j, .w = w, .in = in, .out = out};
	s.members = arena_alloc(scratch, (size_t)j->paths.n * sizeof *s.members);
	s.input = in->frame ? ((const struct input *)in->frame)->name : NULL;
	while (in->pos < in->n && !chunk_full(out)) {
		struct slice text = in->ev[in->pos];
		if (!in->raw && !in->sub)
			in->place = JSON_AT_TOP;
		s.lines = (struct lines){text.p, in->raw ? in->line : 1};
		read_text(&s, text);
	}
	arena_clear(scratch);
	chunk_share(out, in);
}

static unsigned json_traits(const void *priv)
{
	(void)priv;
	return PURE_READS | PURE_EXPANDS;
}

static uint32_t json_ncols(const void *priv)
{
	return stage_ncols(((const struct json *)priv)->out);
}

static const struct pure_ops json_ops = {.traits = json_traits, .ncols = json_ncols, .run = json_run};

/* ---- framing ---- */

struct framing {
	struct json_frame scan;
	struct input *input;
	uint64_t line;     /* of what is not in a chunk yet, from 1 */
	int place, next;   /* there, and at `found` */
	const char *found; /* where the last value ended */
	bool begun;        /* a byte order mark was looked for */
};

static void free_input(struct frame *f)
{
	free(f);
}

static uint64_t count_values(const struct frame *f, const struct chunk *ck)
{
	const struct json *j = ((const struct input *)f)->j;
	struct json_paths none = {0};
	uint64_t n = 0;
	for (uint32_t i = 0; i < ck->n; i++) {
		struct json_reader r;
		struct slice value;
		json_read_from(&r, ck->ev[i].p, ck->ev[i].p + ck->ev[i].len);
		r.place = ck->place & ~AT_END;
		while (json_next(&r, j->arrays, &none, &value, NULL) == JSON_VALUE)
			n++;
	}
	return n;
}

static void framing_begin(const void *priv, void *state, const char *name)
{
	const struct json *j = priv;
	struct framing *f = state;
	f->scan.arrays = j->arrays;
	f->line = 1;
	f->input = mem_zalloc(sizeof *f->input);
	f->input->frame.free = free_input;
	f->input->frame.count = count_values;
	f->input->j = j;
	f->input->name = name;
	atomic_init(&f->input->frame.refs, 1);
}

static const char *framing_take(const void *priv, void *state, const char *p, const char *end)
{
	const struct json *j = priv;
	struct framing *f = state;
	int place = JSON_AT_TOP;
	const char *found;
	if (j->nonjson == NONJSON_FAIL) {
		found = json_frame(&f->scan, p, end, &place);
	} else { /* line by line */
		found = scan_last(p, end, '\n');
		found += found != NULL;
	}
	if (found) {
		f->found = found;
		f->next = place;
	}
	return found;
}

static bool framing_tag(const void *priv, void *state, struct chunk *ck, char **error)
{
	(void)priv;
	(void)error;
	struct framing *f = state;
	struct slice *run = &ck->ev[0];
	const char *end = run->p + run->len;
	if (!f->begun && run->len >= 3 && !memcmp(run->p, "\xef\xbb\xbf", 3)) {
		run->p += 3;
		run->len -= 3;
	}
	f->begun = true;
	ck->line = f->line;
	f->line += scan_count(run->p, end, '\n');
	ck->place = f->place | (end == f->found ? 0 : AT_END);
	f->place = f->next;
	ck->frame = frame_ref(&f->input->frame);
	if (!run->len)
		ck->n = 0;
	return true;
}

static void framing_skip(const void *priv, void *state, const char *p, const char *end)
{
	const struct json *j = priv;
	struct framing *f = state;
	f->line += scan_count(p, end, '\n');
	f->scan = (struct json_frame){.arrays = j->arrays};
	f->place = f->next = JSON_AT_TOP;
}

static void framing_end(const void *priv, void *state)
{
	(void)priv;
	frame_unref(&((struct framing *)state)->input->frame);
}

static const struct framer_ops framer_ops = {
	.state_bytes = sizeof(struct framing),
	.begin = framing_begin,
	.take = framing_take,
	.tag = framing_tag,
	.skip = framing_skip,
	.end = framing_end,
};

static const struct framer_ops *json_framer(const void *priv)
{
	(void)priv;
	return &framer_ops;
}

/* ---- descriptor ---- */

static const char *const nonjson_choices[] = {"fail", "pass", "drop", NULL};

static const struct opt_spec json_opts[] = {
	{.name = "arrays", .type = ARG_FLAG, .offset = offsetof(struct json, arrays), .help = "an array at the top is one event"},
	{.name = "nonjson", .type = ARG_CHOICE, .offset = offsetof(struct json, nonjson), .choices = nonjson_choices,
	 .help = "what becomes of lines that are no JSON (default: fail)"},
	{.name = "strict", .type = ARG_FLAG, .offset = offsetof(struct json, strict), .help = "check all of each document"},
	{.name = NULL},
};

const struct stage_desc op_json = {
	.spec = {
		.name = "json",
		.synopsis = "json [arrays] [nonjson=fail|pass|drop] [strict]",
		.summary = "an event for each JSON value; its members by name",
		.flags = SPEC_CAN_FAIL,
		.opts = json_opts,
		.priv_bytes = sizeof(struct json),
		.bind = json_bind,
	},
	.pure = &json_ops,
	.framer = json_framer,
	.built = json_built,
};
