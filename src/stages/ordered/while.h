/* What while and until share: they pass events up to one, and then their input ends. See op_while.c. */
#ifndef STAGES_ORDERED_WHILE_H
#define STAGES_ORDERED_WHILE_H

#include "stages/shared/stages.h"

struct while_priv {
	struct expr *test;
	const struct schema *schema;
};

struct while_state {
	bool over;
};

void while_bind(void *priv, struct bind *b);
uint32_t while_ncols(const void *priv);
int64_t while_want(const void *priv, const void *state);
extern const struct arg_spec while_args[];
/* Passes events up to the first for which the test is `end`, that one too if inclusive. */
void while_run_to(const struct while_priv *wp, struct while_state *st, struct work *w, struct chunk *in, struct chunk *out,
		  bool end, bool inclusive);

#endif
