/* Frames: what the raw chunks of one input have in common beyond their bytes (the header of a table), for the stage that
 * reads them. Made by its framer (io/framer.h), shared by the input's chunks, read by any thread. */
#ifndef ENGINE_CORE_FRAME_H
#define ENGINE_CORE_FRAME_H

#include <stdatomic.h>
#include <stdint.h>

struct chunk;

/* Begins the framer's own struct. */
struct frame {
	atomic_uint refs;
	void (*free)(struct frame *f);
	/* How many events are in the raw chunk. Only called where they are counted. */
	uint64_t (*count)(const struct frame *f, const struct chunk *ck);
};

static inline struct frame *frame_ref(struct frame *f)
{
	if (f)
		atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

static inline void frame_unref(struct frame *f)
{
	if (f && atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1)
		f->free(f);
}

#endif
