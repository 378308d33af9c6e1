/* Memory for tables that may grow to gigabytes: zeroed, at home on large pages where the system has them, grown without
 * copying, and given back to the system when it is freed. Small pieces come from malloc. */
#ifndef STAGES_BIGMEM_H
#define STAGES_BIGMEM_H

#include <stddef.h>

#define BIGMEM_FROM ((size_t)4 << 20) /* what is smaller is malloc's */

/* Never NULL; aligned to 64. Sizes must be repeated as they were asked for. */
void *bigmem_alloc(size_t bytes);
void *bigmem_resize(void *p, size_t old_bytes, size_t bytes); /* what is new is zeroed; p == NULL: alloc */
void bigmem_free(void *p, size_t bytes);                      /* NULL passes */

#endif
