/* --joblog: see joblog.h. A line is one write, so that what is there is whole whatever happens. */
#include "config.h"

#include "observe/joblog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/shown.h"

#define EVENT_BYTES 100 /* of the event's beginning */

struct joblog {
	FILE *file;
	int error; /* the first errno of writing, or 0 */
};

static void put(struct joblog *log, const char *p, size_t len)
{
	if ((fwrite(p, 1, len, log->file) < len || fflush(log->file)) && !log->error)
		log->error = errno;
}

struct joblog *joblog_open(const char *path)
{
	static const char header[] = "event\tstart\tseconds\tstatus\tsignal\tretries\tbytes\tstage\tinput\n";
	FILE *f = fopen(path, "we");
	if (!f)
		return NULL;
	struct joblog *log = mem_zalloc(sizeof *log);
	log->file = f;
	put(log, header, sizeof header - 1);
	return log;
}

/* As messages show it, and with tabs, newlines and backslashes escaped. */
static void add_escaped(struct str *s, struct slice e)
{
	char piece[SHOWN_MAX];
	struct shown w = shown_begin(e);
	const char *begin = w.p;
	while (w.p < w.end && w.p < begin + EVENT_BYTES) {
		char c = *w.p;
		unsigned n = shown_next(&w, piece);
		if (c == '\t' || c == '\n' || c == '\\')
			str_addf(s, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : '\\');
		else
			str_add(s, piece, n);
	}
}

void joblog_add(struct joblog *log, const struct joblog_entry *e)
{
	struct str s = {0};
	int64_t start_ms = e->start_ns / NS_PER_MS;
	str_addf(&s, "%" PRIu64 "\t%" PRId64 ".%03d\t%.3f\t%d\t%d\t%d\t%" PRIu64 "\t%s\t", e->number, start_ms / 1000,
		 (int)(start_ms % 1000), (double)e->ns / NS_PER_S, e->status, e->signal, e->retries, e->bytes, e->stage);
	add_escaped(&s, e->event);
	str_addc(&s, '\n');
	put(log, s.p, s.len);
	str_release(&s);
}

bool joblog_close(struct joblog *log)
{
	int err = log->error;
	if (fclose(log->file) && !err)
		err = errno;
	free(log);
	errno = err;
	return !err;
}
