/* Compressed input: found by its first bytes (gzip, zstd, xz, bzip2, lz4) and read as what it stands for.
 *
 *   fd ---> a thread: library ---> pipe ---> reader, on the loop
 *
 * The pipe bounds how far the thread is ahead. Several compressed members after one another are read as one input. Each library is
 * opened when an input needs it. */
#ifndef IO_DECOMPRESS_H
#define IO_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECOMPRESS_MAGIC 10 /* bytes that are enough to know */

struct codec;
struct decompress;

enum decompress_look {
	DECOMPRESS_NONE,  /* this is not compressed */
	DECOMPRESS_MAYBE, /* so few bytes do not tell */
	DECOMPRESS_FOUND, /* *codec is what it is */
};

/* What an input begins with. */
enum decompress_look decompress_look(const char *p, size_t len, const struct codec **codec);

/* Starts to read fd, of which the first len bytes at p were read already (they are copied). The descriptor to read from, which does
 * not block, is *out. fd stays the caller's, to be closed after decompress_stop. NULL: *why (static) says why it
 * is not possible; else that is NULL. */
struct decompress *decompress_start(const struct codec *codec, int fd, const char *p, size_t len, int *out, const char **why);
/* Bytes of the input, without the first len, that were read until now. */
uint64_t decompress_taken(const struct decompress *d);
/* At the end of what can be read from *out: NULL, or (until decompress_stop) why that is not all. */
const char *decompress_error(const struct decompress *d);
/* Closes *out and ends the thread. NULL passes. */
void decompress_stop(struct decompress *d);

#endif
