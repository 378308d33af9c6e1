/* The last N events, of all or of each key: take -N, which gives them, and skip -N, which gives all others. */
#ifndef STAGES_ORDERED_LAST_H
#define STAGES_ORDERED_LAST_H

#include "engine/core/stage.h"

/* Both for a struct take (stages/ordered/take.h). */
extern const struct agg_ops last_take_ops;
extern const struct ordered_ops last_skip_ops;

#endif
