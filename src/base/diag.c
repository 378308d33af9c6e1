/* Errors with their places, and the caret line below the text. The only place that counts columns; it decodes UTF-8
 * itself, so that the locale does not matter. */
#include "config.h"

#include "base/diag.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "base/shown.h"
#include "base/utf8.h"
#include "base/width.h"

#define SHOWN_ITEMS 10       /* mistakes, or warnings, that are told one by one */
#define COLUMNS_DEFAULT 100  /* of what is no terminal */
#define COLUMNS_LEAST 30
#define INDENT 2
#define CUT 3                /* columns of the dots where a line is cut */
#define TAB_WIDTH 8          /* at most: a terminal decides */

struct diag_item {
	struct span at;
	char *message, *hint; /* hint: or NULL */
};

void diag_init(struct diag *d, const char *name, struct slice text)
{
	*d = (struct diag){.name = name, .text = text};
}

static void item_release(struct diag_item *item)
{
	free(item->message);
	free(item->hint);
}

void diag_release(struct diag *d)
{
	diag_truncate(d, 0);
	for (size_t i = 0; i < d->nwarnings; i++)
		item_release(&d->warnings[i]);
	free(d->items);
	free(d->warnings);
	diag_init(d, d->name, d->text);
}

void diag_truncate(struct diag *d, size_t n)
{
	while (d->n > n)
		item_release(&d->items[--d->n]);
}

static char *shown_text(const char *text)
{
	struct str s = {0};

	str_add_shown(&s, slice_str(text), strlen(text));
	return str_steal(&s);
}

static struct diag_item item_make(const struct diag *d, struct span at, const char *hint, const char *fmt, va_list ap)
{
	struct str message = {0};

	str_vaddf(&message, fmt, ap);
	if (at.begin > d->text.len)
		at.begin = d->text.len;
	if (at.end > d->text.len)
		at.end = d->text.len;
	struct diag_item item = {at, shown_text(message.p), hint ? shown_text(hint) : NULL};
	str_release(&message);
	return item;
}

void diag_error(struct diag *d, struct span at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	if (d->n == d->cap)
		d->items = mem_grow(d->items, d->n + 1, &d->cap, sizeof *d->items);
	va_start(ap, fmt);
	d->items[d->n++] = item_make(d, at, hint, fmt, ap);
	va_end(ap);
}

void diag_warning(struct diag *d, struct span at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	if (d->nwarnings == d->warnings_cap)
		d->warnings = mem_grow(d->warnings, d->nwarnings + 1, &d->warnings_cap, sizeof *d->warnings);
	va_start(ap, fmt);
	d->warnings[d->nwarnings++] = item_make(d, at, hint, fmt, ap);
	va_end(ap);
}

bool diag_failed(const struct diag *d)
{
	return d->n > 0;
}

/* ---- printing ---- */

/* One error's line of the text. */
struct place {
	const char *line, *end; /* without the newline */
	const char *begin, *stop; /* what the error is about, inside the line */
	size_t number;
};

static struct place find_place(struct slice text, struct span at)
{
	struct place w = {.line = text.p, .end = text.p + text.len, .begin = text.p + at.begin, .number = 1};
	const char *newline;

	while ((newline = memchr(w.line, '\n', (size_t)(w.end - w.line))) && newline < w.begin) {
		w.line = newline + 1;
		w.number++;
	}
	if (newline)
		w.end = newline;
	if (w.end > w.line && w.end[-1] == '\r' && w.end - 1 >= w.begin)
		w.end--;
	w.stop = text.p + at.end;
	if (w.stop > w.end)
		w.stop = w.end;
	if (w.stop < w.begin)
		w.stop = w.begin;
	return w;
}

static size_t column(const struct place *w)
{
	size_t n = 1;
	uint32_t c;

	for (const char *p = w->line; p < w->begin; ) {
		p += utf8_decode(p, w->end, &c);
		n += width_of(c) > 0;
	}
	return n;
}

/* What the line shows in one piece: a character, a control character as \xHH, a password as ***. */
struct cell {
	const char *end;          /* of its bytes in the line */
	char text[SHOWN_MAX];
	unsigned len, width;      /* bytes and columns of what is shown */
};

static bool next_cell(struct shown *walk, struct cell *c)
{
	const char *begin = walk->p;
	uint32_t code;

	if (walk->p < walk->end && *walk->p == '\t') {
		*c = (struct cell){.end = ++walk->p, .text = "\t", .len = 1, .width = TAB_WIDTH};
		return true;
	}
	c->len = shown_next(walk, c->text);
	c->end = walk->p;
	if (c->len == 0)
		return false;
	bool itself = c->len == (size_t)(walk->p - begin) && utf8_decode(c->text, c->text + c->len, &code) == c->len;
	c->width = itself ? (unsigned)width_of(code) : c->len;
	return true;
}

static struct shown walk_line(const struct place *w)
{
	return shown_begin(slice_make(w->line, (size_t)(w->end - w->line)));
}

/* Which columns of a line are shown, from 0. */
struct window {
	size_t from, to, total;
};

/* All of the line if it fits, else what is around the place. */
static struct window find_window(const struct place *w, size_t columns)
{
	size_t total = 0, mark = 0, mark_end = 0, fits = columns - INDENT, budget = fits - 2 * CUT;
	struct shown walk = walk_line(w);

	for (struct cell c; next_cell(&walk, &c);) {
		mark = c.end <= w->begin ? total + c.width : mark;
		total += c.width;
		mark_end = c.end <= w->stop ? total : mark_end;
	}
	if (total <= fits)
		return (struct window){0, total, total};
	size_t marked = mark_end > mark ? mark_end - mark : 1, before = marked < budget ? (budget - marked) / 2 : 0;
	size_t from = mark > before ? mark - before : 0;
	if (from + budget > total)
		from = total - budget;
	if (from <= CUT)
		return (struct window){0, fits - CUT, total};
	return (struct window){from, total - (from + budget) <= CUT ? total : from + budget, total};
}

static bool is_shown(const struct window *win, size_t column, const struct cell *c)
{
	return column >= win->from && column + c->width <= win->to;
}

static void add_line(const struct place *w, const struct window *win, struct str *out)
{
	struct shown walk = walk_line(w);
	size_t column = 0;

	str_adds(out, win->from ? "  ..." : "  ");
	for (struct cell c; next_cell(&walk, &c); column += c.width)
		if (is_shown(win, column, &c))
			str_add(out, c.text, c.len);
	str_adds(out, win->to < win->total ? "...\n" : "\n");
}

static void add_caret(const struct place *w, const struct window *win, const char *hint, struct str *out)
{
	struct shown walk = walk_line(w);
	size_t column = 0, tail = 0;

	str_adds(out, win->from ? "     " : "  ");
	for (struct cell c; next_cell(&walk, &c); column += c.width) {
		if (!is_shown(win, column, &c))
			continue;
		bool tab = c.text[0] == '\t';
		if (c.end > w->begin)
			tail += c.end <= w->stop ? tab ? 1 : c.width : 0;
		else if (tab)
			str_addc(out, '\t');
		else
			str_add(out, "        ", c.width);
	}
	str_addc(out, '^');
	while (tail-- > 1)
		str_addc(out, '~');
	if (hint)
		str_addf(out, " %s", hint);
	str_addc(out, '\n');
}

static void add_item(const struct diag *d, const struct diag_item *item, const char *kind, size_t columns, struct str *out)
{
	struct place w = find_place(d->text, item->at);

	str_adds(out, "spile: ");
	str_add_shown(out, slice_str(d->name), strlen(d->name));
	str_addf(out, ":%zu:%zu: %s%s\n", w.number, column(&w), kind, item->message);
	if (w.line == w.end)
		return;
	struct window win = find_window(&w, columns);
	add_line(&w, &win, out);
	add_caret(&w, &win, item->hint, out);
}

static int by_place(const void *a, const void *b)
{
	const struct diag_item *x = *(const struct diag_item *const *)a, *y = *(const struct diag_item *const *)b;

	if (x->at.begin != y->at.begin)
		return x->at.begin < y->at.begin ? -1 : 1;
	return (x > y) - (x < y);
}

static bool same_item(const struct diag_item *x, const struct diag_item *y)
{
	return x->at.begin == y->at.begin && x->at.end == y->at.end && !strcmp(x->message, y->message);
}

/* Sorts them by place; of those that say the same of the same place one is left. Returns how many are. */
static size_t put_in_order(const struct diag_item **order, size_t n)
{
	size_t kept = 0;

	qsort(order, n, sizeof *order, by_place);
	for (size_t i = 0; i < n; i++) {
		size_t k = kept;
		while (k > 0 && order[k - 1]->at.begin == order[i]->at.begin && !same_item(order[k - 1], order[i]))
			k--;
		if (k == 0 || !same_item(order[k - 1], order[i]))
			order[kept++] = order[i];
	}
	return kept;
}

/* Of the terminal that out is, else a usual width. */
static size_t columns_of(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

static void print_items(const struct diag *d, const struct diag_item *items, size_t n, bool warnings, FILE *out)
{
	const struct diag_item **order = mem_alloc((n + 1) * sizeof *order);
	struct str text = {0};
	size_t columns = columns_of(out), shown;

	for (size_t i = 0; i < n; i++)
		order[i] = &items[i];
	n = put_in_order(order, n);
	shown = n < SHOWN_ITEMS ? n : SHOWN_ITEMS;
	for (size_t i = 0; i < shown; i++) { /* each at once: standard error keeps no bytes back */
		str_clear(&text);
		add_item(d, order[i], warnings ? "warning: " : "", columns, &text);
		fwrite(text.p, 1, text.len, out);
	}
	if (n > shown)
		fprintf(out, "spile: %zu more %s%s\n", n - shown, warnings ? "warning" : "mistake", n - shown == 1 ? "" : "s");
	str_release(&text);
	free(order);
}

void diag_print(const struct diag *d, FILE *out)
{
	print_items(d, d->items, d->n, false, out);
}

void diag_print_warnings(const struct diag *d, FILE *out)
{
	print_items(d, d->warnings, d->nwarnings, true, out);
}

/* ---- suggestions ---- */

#define WORD_MAX 32

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static int min3(int a, int b, int c)
{
	int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Inserted, deleted, replaced bytes and transposed neighbours; case aside. Both at most WORD_MAX long. */
static int distance(struct slice a, struct slice b)
{
	int d[WORD_MAX + 1][WORD_MAX + 1];

	for (int i = 0; i <= (int)a.len; i++)
		d[i][0] = i;
	for (int j = 0; j <= (int)b.len; j++)
		d[0][j] = j;
	for (int i = 1; i <= (int)a.len; i++) {
		for (int j = 1; j <= (int)b.len; j++) {
			bool same = lower(a.p[i - 1]) == lower(b.p[j - 1]);
			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 && lower(a.p[i - 1]) == lower(b.p[j - 2]) &&
			    lower(a.p[i - 2]) == lower(b.p[j - 1]) && d[i][j] > d[i - 2][j - 2] + 1)
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[a.len][b.len];
}

const char *diag_suggest(struct slice word, const char *const *candidates)
{
	const char *best = NULL;
	int best_distance = WORD_MAX;

	for (; *candidates; candidates++) {
		struct slice c = slice_str(*candidates);
		if (c.len > WORD_MAX || word.len > WORD_MAX)
			continue;
		uint32_t longer = c.len > word.len ? c.len : word.len, shorter = c.len + word.len - longer;
		int near = longer <= 4 ? 1 : longer <= 8 ? 2 : 3, n = distance(word, c);
		if (n <= near && n < (int)shorter && n < best_distance) {
			best = *candidates;
			best_distance = n;
		}
	}
	return best;
}
