/* words: an event for every word. White space is what C calls so; words are found in whole blocks, not line by line. */
#include "config.h"

#include "base/scan.h"
#include "stages/shared/stages.h"

struct words {
	struct schema *out;
};

static void words_bind(void *priv, struct bind *b)
{
	struct words *ws = priv;
	ws->out = bind_new_schema(b, SCHEMA_SPLIT, true);
}

static unsigned words_traits(const void *priv)
{
	(void)priv;
	return PURE_RAW_IN | PURE_PIECES | PURE_ORIGINS | PURE_EXPANDS;
}

static uint32_t words_ncols(const void *priv)
{
	return stage_ncols(((const struct words *)priv)->out);
}

/* The words of [in->sub, text.len) of a run or event, straight into out->ev, as far as there is room. */
static size_t cut_words(struct chunk *in, struct chunk *out, struct slice text, int also)
{
	const char *p = text.p + in->sub, *end = text.p + text.len;
	uint32_t room = out->max_events - out->n;
	if (room > 1024)
		room = 1024;
	chunk_reserve(out, room);
	size_t n = scan_words(&p, end, also, out->ev + out->n, room);
	in->sub = (uint32_t)(p - text.p);
	if (p == end) {
		in->pos++;
		in->sub = 0;
	}
	return n;
}

static void run_raw(struct chunk *in, struct chunk *out)
{
	int also = in->term == '\n' ? -1 : in->term;
	while (in->pos < in->n && !chunk_full(out))
		out->n += (uint32_t)cut_words(in, out, in->ev[in->pos], also);
	chunk_share(out, in);
}

static void run_events(const struct words *ws, struct chunk *in, struct chunk *out)
{
	while (in->pos < in->n && !chunk_full(out)) {
		uint32_t i = in->pos, at = out->n;
		size_t n = cut_words(in, out, in->ev[i], -1);
		for (size_t k = 0; k < n; k++) {
			uint32_t to = chunk_derive(out, in, i, out->ev[at + k]);
			if (out->ncols)
				stage_carry(ws->out, in, i, chunk_cells(out, to));
		}
	}
	chunk_share(out, in);
}

static void words_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	(void)w;
	if (in->raw)
		run_raw(in, out);
	else
		run_events(priv, in, out);
}

static const struct pure_ops words_ops = {.traits = words_traits, .ncols = words_ncols, .run = words_run};

const struct stage_desc op_words = {
	.spec = {
		.name = "words",
		.synopsis = "words",
		.summary = "an event for every word: split at white space",
		.priv_bytes = sizeof(struct words),
		.bind = words_bind,
	},
	.pure = &words_ops,
};
