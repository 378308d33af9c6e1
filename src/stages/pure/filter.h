/* What filter and reject share: see op_filter.c. */
#ifndef STAGES_PURE_FILTER_H
#define STAGES_PURE_FILTER_H

#include "stages/shared/stages.h"

struct filter {
	struct expr *test;
	const struct schema *schema;
	bool reject;         /* keep what does not pass */
	const struct re *re; /* the test is $0 ~ re, or its negation ... */
	bool negated;
	int64_t before, after, context; /* filter: events around those that pass; -1: not given */
};

void filter_bind(void *priv, struct bind *b);
extern const struct pure_ops filter_ops;
extern const struct arg_spec filter_args[];

#endif
