/* Token buckets: see bucket.h. All is counted in shares of 1 / rate.events ns: a token takes rate.ns of them to fill in. */
#include "config.h"

#include "stages/branches/bucket.h"

bool bucket_kind_fits(const struct bucket_kind *k)
{
	int64_t shares;
	return !__builtin_mul_overflow(k->burst, k->rate.ns, &shares) &&
	       !__builtin_add_overflow(shares, 2 * k->rate.events, &shares);
}

/* What it lacks, in shares; at most burst * rate.ns. */
static int64_t missing(const struct bucket_kind *k, const struct bucket *b, int64_t now_ns)
{
	return bucket_is_full(b, now_ns) ? 0 : (b->full_ns - now_ns) * k->rate.events + b->part;
}

int64_t bucket_tokens(const struct bucket_kind *k, const struct bucket *b, int64_t now_ns)
{
	return (k->burst * k->rate.ns - missing(k, b, now_ns)) / k->rate.ns;
}

void bucket_take(const struct bucket_kind *k, struct bucket *b, int64_t n, int64_t now_ns)
{
	if (bucket_is_full(b, now_ns))
		*b = (struct bucket){.full_ns = now_ns};
	int64_t shares = b->part + n * k->rate.ns;
	b->full_ns += shares / k->rate.events;
	b->part = shares % k->rate.events;
}

int64_t bucket_due(const struct bucket_kind *k, const struct bucket *b, int64_t n, int64_t now_ns)
{
	int64_t too_much = missing(k, b, now_ns) - (k->burst - n) * k->rate.ns;
	return too_much <= 0 ? now_ns : now_ns + (too_much + k->rate.events - 1) / k->rate.events;
}
