/* Memory for tables that may grow to gigabytes: zeroed, at home on large pages where the system has them, grown without
 * copying, and given back to the system when it is freed. Small pieces come from malloc. */
#ifndef DATA_BIGMEM_H
#define DATA_BIGMEM_H

#include <stddef.h>

#define BIGMEM_FROM ((size_t)4 << 20) /* what is smaller is malloc's */

/* Never NULL; aligned to 64. Sizes must be repeated as they were asked for. */
void *bigmem_alloc(size_t bytes);
void *bigmem_resize(void *p, size_t old_bytes, size_t bytes); /* what is new is zeroed; p == NULL: alloc */
/* Puts the q_used bytes at q behind the p_used at p, as far as possible without copying: units of `unit` bytes may change
 * their order. Of both, bytes were asked for. Takes both; returns memory of p_used + q_used bytes. */
void *bigmem_join(void *p, size_t p_used, size_t p_bytes, void *q, size_t q_used, size_t q_bytes, size_t unit);
void bigmem_free(void *p, size_t bytes);                      /* NULL passes */

#endif
