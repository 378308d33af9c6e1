/* All stages, in the order of stages.list. make writes table.inc: STAGE(in_stdin) and so on, for every descriptor that
 * the files in that list define. */
#include "config.h"

#include "stages/shared/stages.h"

#define STAGE(name) extern const struct stage_desc name;
#include "stages/table.inc"
#undef STAGE

const struct stage_desc *const stage_table[] = {
#define STAGE(name) &name,
#include "stages/table.inc"
#undef STAGE
	NULL,
};
