/* Timers: order, moving, cancelling; against a plain search for the smallest. */
#include "config.h"

#include "engine/core/timer.h"
#include "unit.h"

#define N 200

static void test_random(void)
{
	struct timers ts = {0};
	static struct timer t[N];
	unsigned seed = 7;
	UNIT("timers expire in the order of their deadlines, whatever was set, moved and cancelled before") {
		for (int step = 0; step < 5000; step++) {
			seed = seed * 1103515245u + 12345u;
			struct timer *it = &t[(seed >> 8) % N];
			if ((seed >> 20) % 4 == 0)
				timer_cancel(&ts, it);
			else
				timer_set(&ts, it, (int64_t)((seed >> 10) % 1000));
			int64_t least = TIMER_NEVER;
			for (int i = 0; i < N; i++)
				if (timer_is_set(&t[i]) && t[i].deadline_ns < least)
					least = t[i].deadline_ns;
			CHECK(timers_next(&ts) == least);
		}
		int64_t last = 0;
		for (struct timer *it; (it = timers_expired(&ts, 1000));) {
			CHECK(it->deadline_ns >= last);
			CHECK(!timer_is_set(it));
			last = it->deadline_ns;
		}
		CHECK(timers_next(&ts) == TIMER_NEVER);
	}
	timers_release(&ts);
}

int main(void)
{
	struct timers ts = {0};
	struct timer a = {0}, b = {0};
	UNIT("nothing expires before its time") {
		timer_set(&ts, &a, 10);
		timer_set(&ts, &b, 5);
		CHECK(timers_expired(&ts, 4) == NULL);
		CHECK(timers_expired(&ts, 5) == &b);
		CHECK(timers_expired(&ts, 9) == NULL);
		CHECK(timers_expired(&ts, 10) == &a);
	}
	UNIT("cancelling what is not set does no harm") {
		timer_cancel(&ts, &a);
		CHECK(timers_next(&ts) == TIMER_NEVER);
	}
	timers_release(&ts);
	test_random();
	return unit_done();
}
