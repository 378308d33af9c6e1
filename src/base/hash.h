/* Hashing of byte strings: xxHash's XXH3, without a seed, so that runs can be repeated. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t hash_bytes(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

#endif
