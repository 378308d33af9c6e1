/* Failed events: told on standard error, or appended to their stage's dead= file. See report.h. */
#include "config.h"

#include "engine/core/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/shown.h"
#include "base/str.h"
#include "engine/core/lease.h"
#include "engine/core/pipeline.h"
#include "observe/progress.h"

#define REPORTS_A_STAGE 10     /* failed events told one by one; the rest are only counted */
#define REPORT_BYTES 60        /* of the event's beginning */

static void print_event(const char *stage, struct slice event, const char *why)
{
	struct str text = {0};
	bool whole = str_add_shown(&text, event, REPORT_BYTES);
	say("%s: %s: '%s'%s", stage, why, text.p, whole ? "" : "...");
	str_release(&text);
}

static void report(struct pipeline *pl, struct stage_info *st, const struct failure *f)
{
	if (pl->opt.quiet || st->reported++ >= REPORTS_A_STAGE)
		return;
	progress_hide(pl);
	print_event(st->name, f->event, f->why);
}

void report_held(const struct pipeline *pl, int stage, struct slice event, const char *why)
{
	if (pl->opt.quiet)
		return;
	progress_hide(pl);
	print_event(pl->stages[stage].name, event, why);
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* Appends the event as it came in; false where that fails. */
static bool bury(struct pipeline *pl, struct stage_info *st, struct slice event)
{
	if (st->dead_fd == -1) {
		st->dead_fd = open(st->dead, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (st->dead_fd < 0) {
			progress_hide(pl);
			say("%s: cannot open '%s': %s", st->name, st->dead, strerror(errno));
			st->dead_fd = -2;
		}
	}
	struct str line = {0};
	str_add(&line, event.p, event.len);
	str_addc(&line, pl->opt.term);
	bool good = st->dead_fd >= 0 && write_all(st->dead_fd, line.p, line.len);
	str_release(&line);
	return good;
}

/* Reports one; false where it is the last that its stage may have. */
static bool report_one(struct pipeline *pl, const struct failure *f)
{
	struct stage_info *st = pipeline_shared(pl, f->stage);
	pl->stages[f->stage].counts.failed++;
	st->failed++;
	pl->some_failed = true;
	if (!st->dead || !bury(pl, st, f->event))
		report(pl, st, f);
	if (st->max_failures < 0 || st->failed < (uint64_t)st->max_failures)
		return true;
	if (!st->ended) {
		progress_hide(pl);
		say("%s: %llu event%s failed: the run ends here (max_failures=%lld)", st->name,
		    (unsigned long long)st->failed, st->failed == 1 ? "" : "s", (long long)st->max_failures);
	}
	st->ended = true;
	pl->stage_failed = true;
	return false;
}

bool report_failures_exactly(struct pipeline *pl, struct chunk *ck)
{
	const struct failure *f = ck->failures;
	chunk_forget_failures(ck);
	for (; f; f = f->next)
		if (!report_one(pl, f)) {
			ck->n = f->at;
			return false;
		}
	return true;
}

void report_failures(struct pipeline *pl, struct chunk *ck)
{
	for (const struct failure *f = ck->failures; f; f = f->next)
		if (!pipeline_shared(pl, f->stage)->ended && !report_one(pl, f))
			pl->stop_asked = pl->stop_asked || !pipeline_shared(pl, f->stage)->cut;
	chunk_forget_failures(ck);
}

/* A raw chunk's records from its position on, as events. */
static struct chunk *cut_rest(struct chunk *raw)
{
	struct chunk *ck = chunk_new(raw->pool, UINT32_MAX, UINT32_MAX);
	ck->term = raw->term;
	chunk_cut(raw, ck);
	return ck;
}

void report_abandoned_number(struct pipeline *pl, int stage, uint64_t n)
{
	pipeline_shared(pl, stage)->abandoned += n;
}

void report_abandoned(struct pipeline *pl, int stage, struct chunk *ck)
{
	struct stage_info *st = pipeline_shared(pl, stage);
	if (ck->load || lease_again(ck->lease)) /* what was not loaded lies in a file */
		return;
	struct chunk *cut = ck->raw ? cut_rest(ck) : NULL, *from = cut ? cut : ck;
	uint32_t first = cut ? 0 : ck->pos;
	report_abandoned_number(pl, stage, from->n - first);
	for (uint32_t i = first; st->dead && i < from->n; i++)
		bury(pl, st, from->ev[i]);
	chunk_free(cut);
}

void report_abandoned_edge(struct pipeline *pl, const struct edge *e)
{
	for (struct chunk *ck = e->head; ck; ck = ck->next) {
		ck->pos = ck == e->head ? e->taken : 0;
		ck->sub = 0;
		report_abandoned(pl, e->to->stage, ck);
	}
}

static void tell_abandoned(const struct pipeline *pl, const struct stage_info *st)
{
	if (!st->abandoned || pl->opt.quiet)
		return;
	const char *cut_by = pipeline_cut_by(pl);
	bool kept = st->dead && st->dead_fd >= 0;
	say("%s: %s ended the run: %llu event%s abandoned%s%s%s", st->name, cut_by ? cut_by : "a failure",
	    (unsigned long long)st->abandoned, st->abandoned == 1 ? "" : "s", kept ? ", added to '" : "", kept ? st->dead : "",
	    kept ? "'" : "");
}

void report_lost(struct pipeline *pl, int stage, uint64_t n, const char *why)
{
	struct stage_info *st = pipeline_shared(pl, stage);
	pl->stages[stage].counts.failed += n;
	st->failed += n;
	pl->some_failed = true;
	if (pl->opt.quiet)
		return;
	progress_hide(pl);
	if (n)
		say("%s: %s: %llu event%s written to it count%s as failed", st->name, why, (unsigned long long)n,
		    n == 1 ? "" : "s", n == 1 ? "s" : "");
	else
		say("%s: %s", st->name, why);
}

void report_rest(const struct pipeline *pl)
{
	for (int i = 0; i < pl->nstages; i++) {
		const struct stage_info *st = &pl->stages[i];
		if (st->reported > REPORTS_A_STAGE)
			say("%s: %llu more event%s failed", st->name, (unsigned long long)(st->reported - REPORTS_A_STAGE),
			    st->reported - REPORTS_A_STAGE == 1 ? "" : "s");
		tell_abandoned(pl, st);
	}
}
