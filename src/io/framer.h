/* Framers: where the records of a stream of bytes end, if that is not at each newline.
 *
 * A stage that reads a format (csv, json) gives a framer to the source before it. The source's reader shows it all bytes of
 * an input, in order, and hands on only whole records: raw chunks of which every one can be read by itself, by the stage,
 * on any thread. What the stage must know beyond a chunk's bytes goes along in chunk.frame, chunk.line and chunk.place.
 *
 *   bytes as they are read:  |1,2⏎3,"a⏎b|⏎4,5⏎6,|...
 *   take() returns                 ^      ^    ^        chunks: "1,2⏎"  "3,"a⏎b"⏎4,5⏎" ...
 *
 * Framers run on the loop thread, one state for each input. They know no node, and a chunk only to tag it. */
#ifndef IO_FRAMER_H
#define IO_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/core/chunk.h"

struct framer_ops {
	size_t state_bytes; /* zeroed before begin */
	/* A new input begins. name: as messages call it; outlives the state. */
	void (*begin)(const void *priv, void *state, const char *name);
	/* Takes in [p, end), the bytes that follow on those taken in before. Returns the place after the last record that ended,
	 * in [p, end], or NULL if none has. */
	const char *(*take)(const void *priv, void *state, const char *p, const char *end);
	/* Makes ck, a raw chunk of one run of the bytes between two such places (or up to the input's end), ready for the stage:
	 * sets its frame, line and place, and may shorten the run (a header). False: the input cannot be read, and that ends the
	 * whole run; *error (free()d by the caller) says why. */
	bool (*tag)(const void *priv, void *state, struct chunk *ck, char **error);
	/* Bytes that were taken in and are left out: a record longer than is allowed, up to the next newline. At their end it
	 * begins anew. */
	void (*skip)(const void *priv, void *state, const char *p, const char *end);
	/* Why the record that is begun may not have ended (a quote that is never closed), for a message; "" if nothing is known.
	 * NULL: never. */
	void (*begun)(const void *priv, const void *state, char *why, size_t bytes);
	void (*end)(const void *priv, void *state);
};

/* A framer as a stage gives it. */
struct framer {
	const struct framer_ops *ops;
	const void *priv;
	int stage; /* whose: for messages */
};

#endif
