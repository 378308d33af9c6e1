/* Hashing of byte strings: xxHash's XXH3. Two hashes: one that is the same in every run, for what people see (which branch a
 * key goes to), and one with a seed, for tables: whoever chooses the keys must not know which of them collide. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <sys/auxv.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The same in every run and on every machine. */
static inline uint64_t hash_stable(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

static inline uint64_t hash_seeded(const void *p, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, len, seed);
}

/* Random numbers of this process, the same whenever it asks: number 0, 1, ... Made of the 16 random bytes that the kernel
 * gives to every program when it starts, so that there is nothing to open, to fail, or to keep. */
static inline uint64_t hash_secret(uint64_t number)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	return random ? XXH3_64bits_withSeed(random, 16, number) : XXH3_64bits(&number, sizeof number);
}

#endif
