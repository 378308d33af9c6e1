/* --progress: see progress.h. Uses no escape sequences, so that every terminal will do: a line is drawn over the one before,
 * with blanks where that was longer. */
#include "config.h"

#include "observe/progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/core/pipeline.h"
#include "io/terminal.h"

#define TICK_NS (NS_PER_S / 4)
#define SMOOTH_NS (2 * NS_PER_S) /* older rates fade out in about this time */
#define COLUMNS 80               /* of a terminal that does not say */
#define BAR_LEAST 10
#define BAR_MOST 40

bool progress_possible(void)
{
	return isatty(STDERR_FILENO);
}

/* ---- figures ---- */

struct figures {
	uint64_t bytes, events;
	double share;      /* of the input that was read; < 0: unknown */
	double seconds;
};

/* Several sources count alike: bytes of files and numbers of seq cannot be added. */
static struct figures read_figures(const struct pipeline *pl)
{
	struct figures f = {.seconds = (double)(clock_now() - pl->started_ns) / NS_PER_S};
	int n = 0;
	bool known = true;
	for (size_t i = 0; i < pl->nnodes; i++) {
		const struct node *nd = pl->nodes[i];
		if (nd->nin)
			continue;
		f.bytes += nd->read.bytes;
		f.events += nd->read.events;
		double share = nd->ops->read_share ? nd->ops->read_share(nd) : -1;
		known = known && share >= 0;
		f.share += share > 1 ? 1 : share;
		n++;
	}
	f.share = known && n ? f.share / n : -1;
	return f;
}

static void add_time(struct str *s, double seconds)
{
	uint64_t t = seconds < 1e9 ? (uint64_t)seconds : 1000000000;
	if (t >= 3600)
		str_addf(s, "%" PRIu64 ":%02d:%02d", t / 3600, (int)(t / 60 % 60), (int)(t % 60));
	else
		str_addf(s, "%d:%02d", (int)(t / 60), (int)(t % 60));
}

/* Three digits or more: 812 B, 1.50 MiB, 23.4 GiB. */
static void add_bytes(struct str *s, double n)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t u = 0;
	for (; n >= 1000 && u + 1 < sizeof units / sizeof units[0]; u++)
		n /= 1024;
	str_addf(s, "%.*f %s", u == 0 || n >= 100 ? 0 : n >= 10 ? 1 : 2, n, units[u]);
}

static void add_count(struct str *s, double n)
{
	static const char *const units[] = {"", "k", "M", "G", "T"};
	size_t u = 0;
	for (; n >= 100000 && u + 1 < sizeof units / sizeof units[0]; u++)
		n /= 1000;
	str_addf(s, "%.*f%s", u == 0 || n >= 100 ? 0 : 1, n, units[u]);
}

static void add_figures(struct str *s, const struct figures *f, double rate)
{
	if (f->bytes) {
		add_bytes(s, (double)f->bytes);
		str_adds(s, "  ");
	}
	if (f->events) {
		add_count(s, (double)f->events);
		str_adds(s, f->events == 1 ? " event  " : " events  ");
	}
	add_time(s, f->seconds);
	str_adds(s, "  ");
	if (f->bytes)
		add_bytes(s, rate);
	else
		add_count(s, rate);
	str_adds(s, "/s");
}

static void add_share(struct str *s, const struct figures *f)
{
	str_addf(s, "  %3.0f%%", 100 * f->share);
	if (f->share > 0 && f->share < 1) {
		str_adds(s, "  ");
		add_time(s, f->seconds * (1 - f->share) / f->share);
		str_adds(s, " left");
	}
}

static uint64_t units_of(const struct figures *f)
{
	return f->bytes ? f->bytes : f->events;
}

static double mean_rate(const struct figures *f)
{
	return f->seconds > 0 ? (double)units_of(f) / f->seconds : 0;
}

/* ---- the line ---- */

static int line_columns(void)
{
	int columns = terminal_columns(STDERR_FILENO);
	return columns ? columns : COLUMNS;
}

static void update_rate(struct progress *p, const struct figures *f)
{
	int64_t now = clock_now();
	double seconds = (double)(now - p->since_ns) / NS_PER_S, weight = seconds * NS_PER_S / SMOOTH_NS;
	if (f->seconds * NS_PER_S < SMOOTH_NS)
		p->rate = mean_rate(f);
	else if (seconds > 0)
		p->rate += ((double)(units_of(f) - p->units) / seconds - p->rate) * (weight < 1 ? weight : 1);
	p->since_ns = now;
	p->units = units_of(f);
}

/* [=====>     ] between the figures and the share, as wide as there is room. */
static void add_bar(struct str *s, double share, int room)
{
	int width = room > BAR_MOST ? BAR_MOST : room;
	int done = (int)(share * width);
	if (width < BAR_LEAST)
		return;
	str_adds(s, "  [");
	for (int i = 0; i < width; i++)
		str_addc(s, i < done ? '=' : i == done ? '>' : ' ');
	str_addc(s, ']');
}

static void make_line(const struct figures *f, double rate, int columns, struct str *line)
{
	struct str end = {0};
	add_figures(line, f, rate);
	if (f->share >= 0) {
		add_share(&end, f);
		add_bar(line, f->share, columns - (int)line->len - (int)end.len - 4);
		str_add(line, end.p, end.len);
	}
	str_release(&end);
	if ((int)line->len > columns) {
		line->len = (size_t)columns;
		line->p[columns] = '\0';
	}
}

/* One write, so that nothing comes in between. A job in the background leaves the terminal to the others. */
static void show(struct progress *p, const struct str *line)
{
	struct str out = {0};
	pid_t foreground = tcgetpgrp(STDERR_FILENO);
	int n = (int)line->len;
	if (foreground >= 0 && foreground != getpgrp())
		return;
	str_addf(&out, "\r%s%*s%s", n ? line->p : "", p->columns > n ? p->columns - n : 0, "", n ? "" : "\r");
	fwrite(out.p, 1, out.len, stderr);
	p->columns = n;
	str_release(&out);
}

static void draw(struct pipeline *pl, bool last)
{
	struct progress *p = pl->progress;
	struct figures f = read_figures(pl);
	struct str line = {0};
	update_rate(p, &f);
	make_line(&f, last ? mean_rate(&f) : p->rate, line_columns() - 1, &line);
	show(p, &line);
	str_release(&line);
}

void progress_begin(struct pipeline *pl)
{
	if (pl->progress)
		timer_set(&pl->loop.timers, &pl->ticker, clock_now() + TICK_NS);
}

void progress_tick(struct pipeline *pl)
{
	draw(pl, false);
	progress_begin(pl);
}

void progress_end(struct pipeline *pl)
{
	if (!pl->progress)
		return;
	timer_cancel(&pl->loop.timers, &pl->ticker);
	draw(pl, true);
	if (pl->progress->columns)
		fputc('\n', stderr);
	pl->progress->columns = 0;
}

void progress_hide(const struct pipeline *pl)
{
	static const struct str nothing;
	if (pl->progress && pl->progress->columns)
		show(pl->progress, &nothing);
}

void progress_print(const struct pipeline *pl, FILE *out)
{
	struct figures f = read_figures(pl);
	struct str s = {0};
	add_figures(&s, &f, mean_rate(&f));
	if (f.share >= 0)
		add_share(&s, &f);
	fprintf(out, "%s\n", s.p);
	str_release(&s);
}
