/* Blocks: reference-counted memory that bytes are read or written into and then never move. The pool keeps a few free
 * blocks of the usual size. Threads share both. */
#ifndef ENGINE_CORE_BLOCK_H
#define ENGINE_CORE_BLOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_BYTES (256u << 10)

struct block {
	atomic_uint refs;
	uint32_t len; /* bytes in use; grows, never shrinks, while the block has one writer */
	uint32_t cap;
	struct block_pool *pool;
	struct block *next; /* in the pool's list of free blocks */
	char data[];  /* cap bytes, and one more that may be read but means nothing */
};

struct block_pool {
	pthread_mutex_t lock;
	struct block *free;
	unsigned nfree, max_free;
	uint32_t usual_bytes; /* capacity of the blocks that are kept */
};

void block_pool_init(struct block_pool *pool, uint32_t usual_bytes, unsigned max_free);
void block_pool_release(struct block_pool *pool); /* every block must have come back */

struct block *block_new(struct block_pool *pool, size_t min_bytes); /* one reference, len 0 */
/* The same with room for just that many bytes; never kept by the pool. */
struct block *block_new_small(struct block_pool *pool, size_t bytes);
struct block *block_ref(struct block *b);
void block_unref(struct block *b);

#endif
