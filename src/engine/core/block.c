/* Blocks and their pool: see block.h. Takes a lock for each block that comes or goes, which is once in 256 KiB. */
#include "config.h"

#include "engine/core/block.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

void block_pool_init(struct block_pool *pool, uint32_t usual_bytes, unsigned max_free)
{
	*pool = (struct block_pool){.usual_bytes = usual_bytes, .max_free = max_free};
	pthread_mutex_init(&pool->lock, NULL);
}

void block_pool_release(struct block_pool *pool)
{
	while (pool->free) {
		struct block *b = pool->free;
		pool->free = b->next;
		free(b);
	}
	pool->nfree = 0;
	pthread_mutex_destroy(&pool->lock);
}

static struct block *pool_take(struct block_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	struct block *b = pool->free;
	if (b) {
		pool->free = b->next;
		pool->nfree--;
	}
	pthread_mutex_unlock(&pool->lock);
	return b;
}

static struct block *allocate(struct block_pool *pool, size_t cap)
{
	assert(cap < UINT32_MAX - sizeof(struct block));
	struct block *b = mem_alloc(sizeof *b + cap + 1);
	b->cap = (uint32_t)cap;
	b->pool = pool;
	return b;
}

static struct block *begin(struct block *b)
{
	b->len = 0;
	b->next = NULL;
	atomic_init(&b->refs, 1);
	return b;
}

struct block *block_new(struct block_pool *pool, size_t min_bytes)
{
	struct block *b = min_bytes <= pool->usual_bytes ? pool_take(pool) : NULL;
	if (!b)
		b = allocate(pool, min_bytes > pool->usual_bytes ? min_bytes : pool->usual_bytes);
	return begin(b);
}

struct block *block_new_small(struct block_pool *pool, size_t bytes)
{
	return begin(allocate(pool, bytes));
}

struct block *block_ref(struct block *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void block_unref(struct block *b)
{
	if (atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	struct block_pool *pool = b->pool;
	bool kept = false;
	if (b->cap == pool->usual_bytes) {
		pthread_mutex_lock(&pool->lock);
		kept = pool->nfree < pool->max_free;
		if (kept) {
			b->next = pool->free;
			pool->free = b;
			pool->nfree++;
		}
		pthread_mutex_unlock(&pool->lock);
	}
	if (!kept)
		free(b);
}
