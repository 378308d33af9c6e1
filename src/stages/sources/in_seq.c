/* seq [FIRST] LAST [step=N]: numbers, in decimal as they are written: 0.1, 0.2, 0.3. `inf` as LAST is endless, and so is seq
 * alone. Makes no number that nobody asked for. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/core/lease.h"
#include "engine/core/node.h"
#include "engine/core/pipeline.h"
#include "stages/shared/stages.h"

#define CHUNK_EVENTS 8192
#define DIGITS_MOST 18 /* that an int64_t can always hold */
#define TEXT_MOST 64   /* bytes of a number's text */

struct seq {
	struct num first, second, third; /* as they are written */
	const char *word;                /* after the numbers; NULL: none */
	struct num step;
	bool endless;
	/* What they mean: whole numbers of 1 / 10^scale; if they have too many digits for that, doubles. */
	bool scaled;
	int scale;
	int64_t from_units, to_units, step_units;
	struct num from, to;
};

struct seq_state {
	uint64_t made;
	struct lease_book book;
};

/* ---- what is written ---- */

/* n = *digits / 10^*scale, scale >= 0 and as small as can be. A double stands for the shortest decimal that is read as it.
 * False: that takes too many digits. */
static bool decimal_of(struct num n, int64_t *digits, int *scale)
{
	char text[40];
	*scale = 0;
	bool whole = !n.is_int && n.d >= -0x1p63 && n.d < 0x1p63 && n.d == (double)(int64_t)n.d;
	if (n.is_int || whole) {
		*digits = n.is_int ? n.i : (int64_t)n.d;
		return true;
	}
	for (int places = 0; places < 17; places++) {
		snprintf(text, sizeof text, "%.*e", places, n.d);
		if (strtod(text, NULL) == n.d)
			break;
	}
	char *e = strchr(text, 'e');
	if (!e)
		return false; /* inf, nan */
	int exponent = atoi(e + 1);
	const char *point = strchr(text, '.');
	*digits = 0;
	for (const char *c = text; c < e; c++) {
		if (*c < '0' || *c > '9')
			continue;
		*digits = *digits * 10 + (*c - '0');
		exponent -= point && c > point;
	}
	if (text[0] == '-')
		*digits = -*digits;
	for (; exponent > 0; exponent--)
		if (__builtin_mul_overflow(*digits, 10, digits))
			return false;
	*scale = -exponent;
	return *scale <= DIGITS_MOST;
}

static bool scale_up(int64_t *digits, int from, int to)
{
	for (; from < to; from++)
		if (__builtin_mul_overflow(*digits, 10, digits))
			return false;
	return true;
}

static void find_scale(struct seq *s)
{
	int from = 0, to = 0, step = 0;
	s->scaled = decimal_of(s->from, &s->from_units, &from) && decimal_of(s->step, &s->step_units, &step) &&
		    (s->endless || decimal_of(s->to, &s->to_units, &to));
	s->scale = from > step ? from : step;
	s->scale = to > s->scale ? to : s->scale;
	s->scaled = s->scaled && scale_up(&s->from_units, from, s->scale) && scale_up(&s->step_units, step, s->scale) &&
		    (s->endless || scale_up(&s->to_units, to, s->scale));
}

static int text_of(struct num n, char *buf)
{
	unsigned len = num_format(n, buf);
	buf[len] = 0;
	return (int)len;
}

static void two_readings(const struct seq *s, struct bind *b)
{
	char one[NUM_TEXT_MAX + 1], two[NUM_TEXT_MAX + 1], three[NUM_TEXT_MAX + 1];
	text_of(s->first, one);
	text_of(s->second, two);
	text_of(s->third, three);
	bind_arg_error(b, 2, "which is the step? Write 'seq %s %s step=%s' or 'seq %s %s step=%s'", one, three, two, one, two,
		       three);
}

static void seq_bind(void *priv, struct bind *b)
{
	struct seq *s = priv;
	bool inf = s->word && !strcmp(s->word, "inf");
	if (bind_has_arg(b, 2))
		two_readings(s, b);
	else if (s->word && (!inf || bind_has_arg(b, 1)))
		bind_arg_error(b, 3, "'seq' takes numbers, and 'inf' as the last");
	s->endless = inf || !bind_has_arg(b, 0);
	bind_set_endless(b, s->endless);
	s->from = !bind_has_arg(b, 0) || (!inf && !bind_has_arg(b, 1)) ? num_int(1) : s->first;
	s->to = bind_has_arg(b, 1) ? s->second : s->first;
	if (!bind_has_opt(b, "step"))
		s->step = num_int(1);
	else if (num_double(s->step) == 0)
		bind_opt_error(b, "step", "the step must not be 0");
	find_scale(s);
}

/* ---- numbers ---- */

/* v / 10^scale without zeros at the end. Returns the length. */
static unsigned write_units(__int128 v, int scale, char *buf)
{
	char digits[48];
	unsigned n = 0, len = 0;
	unsigned __int128 left = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
	while (scale > 0 && left % 10 == 0) {
		left /= 10;
		scale--;
	}
	do
		digits[n++] = (char)('0' + (int)(left % 10));
	while ((left /= 10) || n <= (unsigned)scale);
	if (v < 0)
		buf[len++] = '-';
	while (n) {
		if (n == (unsigned)scale)
			buf[len++] = '.';
		buf[len++] = digits[--n];
	}
	return len;
}

/* The text of number i (from 0) of the row; 0: the row has ended. No running sum, so errors of doubles do not add up. */
static unsigned number(const struct seq *s, uint64_t i, char *buf)
{
	if (s->scaled) {
		__int128 v = s->from_units + (__int128)i * s->step_units;
		if (!s->endless && (s->step_units > 0 ? v > s->to_units : v < s->to_units))
			return 0;
		if (!s->scale && v >= INT64_MIN && v <= INT64_MAX)
			return num_format(num_int((int64_t)v), buf);
		return write_units(v, s->scale, buf);
	}
	struct num v = num_add(s->from, num_mul(num_int((int64_t)i), s->step));
	int c = s->endless ? 0 : num_cmp(v, s->to);
	if (num_double(s->step) > 0 ? c > 0 : c < 0)
		return 0;
	return num_format(v, buf);
}

/* Appends numbers until n are in or the row ends; true when it has. */
static bool fill(struct node *nd, struct chunk *ck, uint32_t n)
{
	const struct seq *s = nd->priv;
	struct seq_state *st = nd->state;
	while (ck->n < n) {
		char *p = chunk_room(ck, TEXT_MOST);
		unsigned len = number(s, st->made, p);
		if (!len)
			return true;
		p[len] = ck->term;
		chunk_wrote(ck, len + 1);
		chunk_append(ck, slice_make(p, len));
		st->made++;
	}
	return false;
}

static bool seq_start(struct node *nd)
{
	lease_book_init(&((struct seq_state *)nd->state)->book);
	((struct seq_state *)nd->state)->book.once = true;
	return true;
}

static void seq_run(struct node *nd)
{
	struct seq_state *st = nd->state;
	struct edge *out = nd->out[0];
	int64_t wanted = edge_wanted(out);
	if (wanted <= 0)
		return;
	if (out->unit != EDGE_EVENTS || wanted > CHUNK_EVENTS)
		wanted = CHUNK_EVENTS;
	uint64_t first = st->made + 1;
	struct chunk *ck = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
	ck->term = nd->pl->opt.term;
	chunk_reserve(ck, (uint32_t)wanted);
	bool ended = nd->stopping || fill(nd, ck, (uint32_t)wanted);
	if (ck->n) {
		if (nd->pl->opt.origins)
			chunk_number(ck, first);
		ck->lease = lease_take(&st->book, st->made);
		node_count_out(nd, ck);
		edge_push(out, ck);
	} else {
		chunk_free(ck);
	}
	if (ended)
		node_finish(nd);
	else if (edge_wanted(out) > 0)
		node_wake(nd);
}

static void seq_stop(struct node *nd)
{
	node_finish(nd);
}

static void seq_release_leases(struct node *nd)
{
	lease_book_release(&((struct seq_state *)nd->state)->book);
}

static double seq_read_share(const struct node *nd)
{
	const struct seq *s = nd->priv;
	const struct seq_state *st = nd->state;
	double all = (num_double(s->to) - num_double(s->from)) / num_double(s->step);
	return s->endless ? -1 : all > 0 ? (double)st->made / (all + 1) : 1;
}

static const struct node_ops seq_ops = {
	.read_share = seq_read_share,
	.state_bytes = sizeof(struct seq_state),
	.start = seq_start,
	.run = seq_run,
	.stop = seq_stop,
	.release_leases = seq_release_leases,
};

static const struct arg_spec seq_args[] = {
	{.type = ARG_NUMBER, .name = "FIRST", .offset = offsetof(struct seq, first), .flags = ARG_OPTIONAL},
	{.type = ARG_NUMBER, .name = "LAST", .offset = offsetof(struct seq, second), .flags = ARG_OPTIONAL},
	{.type = ARG_NUMBER, .name = "N", .offset = offsetof(struct seq, third), .flags = ARG_OPTIONAL}, /* always an error */
	{.type = ARG_WORD, .name = "inf", .offset = offsetof(struct seq, word), .flags = ARG_OPTIONAL},
	{.type = ARG_END},
};

static const struct opt_spec seq_opts[] = {
	{.name = "step", .type = ARG_NUMBER, .offset = offsetof(struct seq, step), .help = "from one number to the next (default: 1)"},
	{.name = NULL},
};

const struct stage_desc in_seq = {
	.spec = {
		.name = "seq",
		.synopsis = "seq [FIRST] LAST [step=N]",
		.summary = "numbers from 1 or FIRST to LAST; without LAST, or with inf, without end",
		.flags = SPEC_SOURCE,
		.args = seq_args,
		.opts = seq_opts,
		.priv_bytes = sizeof(struct seq),
		.bind = seq_bind,
	},
	.node = &seq_ops,
};
