/* The functions of agg: what each keeps for a key, how it takes in a value, merges and gives its result.
 * Knows nothing of events, keys and their order; states stand in the values of a keyed table. */
#ifndef STAGES_AGGREGATES_AGGFN_H
#define STAGES_AGGREGATES_AGGFN_H

#include "base/str.h"
#include "lang/expr/expr.h"
#include "lang/syntax/spec.h"
#include "data/keyed.h"

enum aggfn_id {
	AGGFN_COUNT, AGGFN_SUM, AGGFN_MEAN, AGGFN_MIN, AGGFN_MAX, AGGFN_FIRST, AGGFN_LAST, AGGFN_DISTINCT,
	AGGFN_MEDIAN, AGGFN_PERCENTILE, AGGFN_LIST, AGGFN_VAR, AGGFN_STDDEV, AGGFN_MODE, AGGFN_ARGMIN, AGGFN_ARGMAX, AGGFN_END,
};

enum aggfn_takes { TAKES_TEST, TAKES_NUMBER, TAKES_VALUE, TAKES_TEXT };

union agg_arg { /* what was evaluated, as the function takes it; texts are borrowed */
	bool test;
	struct {
		struct num n;
		bool none; /* the value is empty: skipped, and n means nothing */
	};
	struct value v;
	struct slice s;
};

/* One vector of events for one function. */
struct agg_vector {
	struct keyed *groups;
	uint32_t at;               /* the function's state within a group's value */
	uint32_t n;
	const uint32_t *where;     /* each event's group */
	const union agg_arg *args; /* NULL: count() */
	const struct slice *with;  /* argmin, argmax: the text that goes with each of args */
	const uint64_t *pos;       /* each event's place in the input */
	struct keyed *texts;       /* distinct, mode: pairs of a group and a text */
	struct arena *scratch;
};

struct aggfn {
	enum aggfn_takes takes;
	uint32_t bytes;            /* of state, a multiple of 8; zeroed = no event */
	uint32_t share;            /* percentiles: in millionths. In the table only median has it */
	bool is_sketch;            /* the state is a sketch, which several percentiles may share */
	bool picks;                /* takes two: the text that is picked, then what it is picked by */
	bool pairs;                /* uses agg_vector.texts */
	uint32_t pair_bytes;       /* of the value of a pair */
	void (*add)(const struct agg_vector *v);
	void (*merge)(void *into, void *from); /* from keeps nothing. NULL: distinct, see merge_pairs */
	/* Then the pairs of one table go into another's; map says where groups are now. from_texts is released. */
	void (*merge_pairs)(struct keyed *groups, uint32_t at, struct keyed *texts, struct keyed *from_texts,
			    const uint32_t *map);
	/* After the last event, or as often as wanted with running: makes ready for result(). False: too long. NULL: nothing. */
	bool (*seal)(void *state, struct slice sep);
	void (*result)(const struct aggfn *fn, void *state, struct value *out); /* texts are the state's */
	void (*release)(void *state); /* NULL: nothing to free */
};

/* Both by enum aggfn_id. */
extern const struct aggfn aggfn_table[];
extern const struct call_spec aggfn_calls[];

#endif
