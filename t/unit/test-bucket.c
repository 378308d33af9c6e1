/* Token buckets: against a count of all that was taken, in integers. */
#include "config.h"

#include "stages/branches/bucket.h"
#include "unit.h"

static const struct bucket_kind kinds[] = {
	{{10, 1000}, 1}, {{3, 1000}, 1}, {{3, 1000}, 5}, {{1, 7}, 3}, {{7, 1}, 4}, {{1, 1}, 1}, {{999, 1000}, 10},
};

static unsigned seed = 11;

static int64_t below(int64_t n)
{
	seed = seed * 1103515245u + 12345u;
	return (int64_t)(seed >> 8) % n;
}

/* From a full bucket on, `taken` tokens by the time t since the first: never more than burst + rate * t. */
static bool within(const struct bucket_kind *k, int64_t taken, int64_t t)
{
	return (taken - k->burst) * k->rate.ns <= t * k->rate.events;
}

static void test_never_more(const struct bucket_kind *k)
{
	struct bucket b = {0};
	int64_t now = 1000000, begun = -1, taken = 0, wasted = 0;
	for (int step = 0; step < 3000; step++) {
		now += below(3 * k->rate.ns / k->rate.events + 2);
		int64_t there = bucket_tokens(k, &b, now), n = below(there + 1);
		if (bucket_is_full(&b, now))
			wasted++;
		CHECK(there >= 0 && there <= k->burst);
		if (begun < 0)
			begun = now;
		bucket_take(k, &b, n, now);
		taken += n;
		CHECK(bucket_tokens(k, &b, now) == there - n);
		CHECK(within(k, taken, now - begun));
	}
	CHECK(taken > 0 && wasted > 0);
}

/* Taken as soon as they are due, tokens come at exactly the rate: none is lost to rounding. But a bucket that is full
 * between two ns has no room for what comes up to the later one. */
static void test_never_less(const struct bucket_kind *k)
{
	if ((k->burst - 1) * k->rate.ns < k->rate.events && k->rate.ns % k->rate.events)
		return;
	struct bucket b = {0};
	int64_t begun = 5000000000, now = begun;
	for (int64_t taken = 0; taken < 3000; taken++) {
		int64_t due = bucket_due(k, &b, 1, now);
		CHECK(due >= now && within(k, taken + 1, due - begun));
		CHECK(due == now || !within(k, taken + 1, due - 1 - begun));
		CHECK(bucket_tokens(k, &b, due) >= 1);
		CHECK(due == now || bucket_tokens(k, &b, due - 1) == 0);
		now = due;
		bucket_take(k, &b, 1, now);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		UNIT("never more than the burst and the rate") test_never_more(&kinds[i]);
		UNIT("a token is due at the first ns at which it is there, and none is lost") test_never_less(&kinds[i]);
	}
	UNIT("several at once") {
		const struct bucket_kind k = {{2, 1000}, 4};
		struct bucket b = {0};
		CHECK(bucket_tokens(&k, &b, 0) == 4);
		bucket_take(&k, &b, 4, 100);
		CHECK(bucket_due(&k, &b, 1, 100) == 600);
		CHECK(bucket_due(&k, &b, 3, 100) == 1600);
		CHECK(bucket_tokens(&k, &b, 1599) == 2);
		CHECK(bucket_tokens(&k, &b, 1600) == 3);
		CHECK(!bucket_is_full(&b, 2099) && bucket_is_full(&b, 2100));
		CHECK(bucket_tokens(&k, &b, INT64_MAX / 4) == 4);
	}
	UNIT("sizes that 64 bits do not hold are found") {
		CHECK(bucket_kind_fits(&(struct bucket_kind){{1, 3600000000000}, 1000000}));
		CHECK(!bucket_kind_fits(&(struct bucket_kind){{1, 3600000000000}, 10000000}));
	}
	return unit_done();
}
