/* Where branches with different fields flow together: gives a branch's events the fields of the schema behind. Not a stage
 * of the language. */
#ifndef STAGES_SHARED_ALIGN_H
#define STAGES_SHARED_ALIGN_H

#include "stages/shared/stages.h"

struct align {
	const struct schema *out, *part; /* part is one of out's parts */
	const int *from;                 /* schema_sources of the two */
};

extern const struct pure_ops align_ops;

#endif
