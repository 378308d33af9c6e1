/* Errors with their places, and the caret line below the text. The only place that counts columns; it decodes UTF-8
 * itself, so that the locale does not matter. */
#include "config.h"

#include "base/diag.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "base/shown.h"

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

/* ---- columns ---- */

struct range {
	uint32_t first, last;
};

/* Characters that sit on the one before: marks, joiners, variation selectors. */
static const struct range combining[] = {
	{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x5bf, 0x5bf}, {0x5c1, 0x5c2}, {0x5c4, 0x5c5}, {0x5c7, 0x5c7},
	{0x610, 0x61a}, {0x64b, 0x65f}, {0x670, 0x670}, {0x6d6, 0x6dc}, {0x6df, 0x6e4}, {0x6e7, 0x6e8}, {0x6ea, 0x6ed},
	{0x711, 0x711}, {0x730, 0x74a}, {0x7a6, 0x7b0}, {0x7eb, 0x7f3}, {0x816, 0x819}, {0x81b, 0x823}, {0x825, 0x827},
	{0x829, 0x82d}, {0x859, 0x85b}, {0x8d3, 0x902}, {0x93a, 0x93a}, {0x93c, 0x93c}, {0x941, 0x948}, {0x94d, 0x94d},
	{0x951, 0x957}, {0x962, 0x963}, {0x981, 0x981}, {0x9bc, 0x9bc}, {0x9c1, 0x9c4}, {0x9cd, 0x9cd}, {0xa01, 0xa02},
	{0xa3c, 0xa3c}, {0xa41, 0xa51}, {0xa70, 0xa71}, {0xa81, 0xa82}, {0xabc, 0xabc}, {0xac1, 0xac8}, {0xacd, 0xacd},
	{0xb3c, 0xb3c}, {0xb3f, 0xb3f}, {0xb41, 0xb44}, {0xb4d, 0xb4d}, {0xbc0, 0xbc0}, {0xbcd, 0xbcd}, {0xc3e, 0xc40},
	{0xc46, 0xc56}, {0xcbc, 0xcbc}, {0xccc, 0xccd}, {0xd41, 0xd44}, {0xd4d, 0xd4d}, {0xdca, 0xdca}, {0xdd2, 0xdd6},
	{0xe31, 0xe31}, {0xe34, 0xe3a}, {0xe47, 0xe4e}, {0xeb1, 0xeb1}, {0xeb4, 0xebc}, {0xec8, 0xecd}, {0xf18, 0xf19},
	{0xf35, 0xf35}, {0xf37, 0xf37}, {0xf39, 0xf39}, {0xf71, 0xf7e}, {0xf80, 0xf84}, {0xf86, 0xf87}, {0xf8d, 0xfbc},
	{0x102d, 0x1030}, {0x1032, 0x1037}, {0x1039, 0x103a}, {0x103d, 0x103e}, {0x1058, 0x1059}, {0x1160, 0x11ff},
	{0x135d, 0x135f}, {0x17b4, 0x17b5}, {0x17b7, 0x17bd}, {0x17c6, 0x17c6}, {0x17c9, 0x17d3}, {0x180b, 0x180e},
	{0x1ab0, 0x1aff}, {0x1b00, 0x1b03}, {0x1b34, 0x1b3a}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e},
	{0x2060, 0x2064}, {0x20d0, 0x20f0}, {0x2cef, 0x2cf1}, {0x2de0, 0x2dff}, {0x302a, 0x302d}, {0x3099, 0x309a},
	{0xa66f, 0xa672}, {0xa674, 0xa67d}, {0xa69e, 0xa69f}, {0xa6f0, 0xa6f1}, {0xa8e0, 0xa8f1}, {0xabed, 0xabed},
	{0xfb1e, 0xfb1e}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0x1d167, 0x1d169}, {0x1d173, 0x1d182},
	{0x1f3fb, 0x1f3ff}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f}, {0xe0100, 0xe01ef},
};

/* Characters that take two columns of a terminal. */
static const struct range wide[] = {
	{0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a}, {0x23e9, 0x23ec}, {0x23f0, 0x23f0}, {0x23f3, 0x23f3},
	{0x25fd, 0x25fe}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267f, 0x267f}, {0x2693, 0x2693}, {0x26a1, 0x26a1},
	{0x26aa, 0x26ab}, {0x26bd, 0x26be}, {0x26c4, 0x26c5}, {0x26ce, 0x26ce}, {0x26d4, 0x26d4}, {0x26ea, 0x26ea},
	{0x26f2, 0x26f3}, {0x26f5, 0x26f5}, {0x26fa, 0x26fa}, {0x26fd, 0x26fd}, {0x2705, 0x2705}, {0x270a, 0x270b},
	{0x2728, 0x2728}, {0x274c, 0x274c}, {0x274e, 0x274e}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
	{0x27b0, 0x27b0}, {0x27bf, 0x27bf}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2b55, 0x2b55}, {0x2e80, 0x303e},
	{0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
	{0xfe10, 0xfe19}, {0xfe30, 0xfe6f}, {0xff01, 0xff60}, {0xffe0, 0xffe6}, {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff},
	{0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320},
	{0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3},
	{0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc},
	{0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596},
	{0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2},
	{0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df}, {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb},
	{0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x2fffd},
	{0x30000, 0x3fffd},
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n)
{
	size_t low = 0;

	while (n > low) {
		size_t mid = low + (n - low) / 2;
		if (c > ranges[mid].last)
			low = mid + 1;
		else
			n = mid;
	}
	return ranges[low].first <= c && c <= ranges[low].last;
}

static int char_width(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (in_ranges(c, combining, sizeof combining / sizeof *combining - 1))
		return 0;
	return in_ranges(c, wide, sizeof wide / sizeof *wide - 1) ? 2 : 1;
}

/* The character at p: its bytes, one where they are no UTF-8. */
static size_t decode(const char *p, const char *end, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char b = (unsigned char)*p;
	size_t len = b < 0xc2 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 1;

	*c = b;
	if (len == 1 || (size_t)(end - p) < len)
		return 1;
	uint32_t code = b & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 1;
	*c = code;
	return len;
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
		p += decode(p, w->end, &c);
		n += char_width(c) > 0;
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
	bool itself = c->len == (size_t)(walk->p - begin) && decode(c->text, c->text + c->len, &code) == c->len;
	c->width = itself ? (unsigned)char_width(code) : c->len;
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
