/* An event as one run of bytes, for stages that hold on to many or put them on disk: $0, the columns that are read
 * downstream, its origin. Its file's name is the source's, so the bytes mean something in this process only. */
#ifndef STAGES_SHARED_PACKED_H
#define STAGES_SHARED_PACKED_H

#include "stages/shared/stages.h"

/* How many bytes event i of in takes; s is the schema of in. */
size_t packed_bytes(const struct schema *s, const struct chunk *in, uint32_t i);
void packed_write(const struct schema *s, const struct chunk *in, uint32_t i, char *to);
/* Appends a copy of the event to out, whose columns are those of s, too. */
void packed_append(const struct schema *s, struct slice packed, struct chunk *out);

#endif
