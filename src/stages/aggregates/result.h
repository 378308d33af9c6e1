/* What the results of count and agg have in common: their options, the names of their key columns, their windows.
 * The private structs of both embed it. */
#ifndef STAGES_AGGREGATES_RESULT_H
#define STAGES_AGGREGATES_RESULT_H

#include "stages/shared/bykey.h"
#include "data/keyed.h"

enum result_order { ORDER_KEY, ORDER_VALUE }; /* indexes of result_orders; -1, not given, is by value */

extern const char *const result_orders[];

struct results {
	struct period every;
	int order;
	int64_t max_keys;          /* -1: no limit */
	int64_t limit;             /* only the first so many are wanted; -1: all (set by results_bind) */
	struct bykey key;
	struct slice ofs;
	const struct schema *schema;
	int window_col;            /* $window, or -1 */
	const char *too_many;      /* what to say where max_keys is exceeded */
};

/* Options: rows for a table of a stage whose private struct has `struct results` as member m. */
#define RESULT_OPTS(priv_type, m) \
	{.name = "every", .type = ARG_PERIOD, .offset = offsetof(priv_type, m.every), .min = 1, \
	 .help = "results at the end of each window of this time or number of events"}, \
	{.name = "order", .type = ARG_CHOICE, .offset = offsetof(priv_type, m.order), .choices = result_orders, \
	 .help = "value (largest first, the default) or key"}, \
	{.name = "max_keys", .type = ARG_COUNT, .offset = offsetof(priv_type, m.max_keys), .min = 1, \
	 .help = "fail where there are more keys"}

/* Starts the new schema: nvalues positional columns, which the caller names, then the keys. */
struct schema *results_bind(struct results *r, struct bind *b, int nvalues, const struct expr_list *by, bool whole);
/* Then: names the keys, and adds $window where every= is given. */
void results_name(struct results *r, struct bind *b, struct schema *s, int nvalues, const struct expr_list *by);
/* every= on a batch is a mistake; with it, what comes out is batches. */
void results_bind_every(const struct period *every, struct bind *b);
const char *results_too_many(int64_t max_keys, struct bind *b);
void results_window(const struct period *every, int64_t *every_ns, int64_t *every_events);

/* At most n results will be used: see agg_ops.limit. The largest come first unless order=key is given. */
static inline void results_limit(struct results *r, int64_t n, bool largest)
{
	if (!largest || r->order != ORDER_KEY)
		r->limit = n;
}

/* True, and the run ends, where the table holds more keys than max_keys allows. */
static inline bool results_too_large(const struct results *r, const struct keyed *t, struct work *w)
{
	if (r->max_keys < 0 || t->n <= r->max_keys)
		return false;
	w->fatal = r->too_many;
	return true;
}

#endif
