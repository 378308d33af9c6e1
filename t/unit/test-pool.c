/* The worker threads: jobs, and work in parts. */
#include "config.h"

#include "base/pool.h"

#include <poll.h>
#include <stdatomic.h>

#include "unit.h"

#define PARTS 1000

static atomic_int runs[PARTS];

static void run_part(void *arg, int part)
{
	atomic_fetch_add(&runs[part], *(int *)arg);
}

static int wrong_runs(int n, int times)
{
	int wrong = 0;
	for (int i = 0; i < PARTS; i++) {
		wrong += atomic_load(&runs[i]) != (i < n ? times : 0);
		atomic_store(&runs[i], 0);
	}
	return wrong;
}

static void check_each(struct pool *pool)
{
	int once = 1, twice = 2;
	pool_each(pool, 0, run_part, &once);
	CHECK_INT(wrong_runs(0, 1), 0);
	pool_each(pool, 1, run_part, &once);
	CHECK_INT(wrong_runs(1, 1), 0);
	pool_each(pool, PARTS, run_part, &twice);
	CHECK_INT(wrong_runs(PARTS, 2), 0);
}

struct sharing_job {
	struct job job; /* first */
	struct pool *pool;
};

static void share(struct job *job, int thread)
{
	int once = 1;
	(void)thread;
	pool_each(((struct sharing_job *)job)->pool, PARTS, run_part, &once);
}

static void wait_for(struct pool *pool, int n)
{
	while (n > 0) {
		struct pollfd fd = {.fd = pool_fd(pool), .events = POLLIN};
		if (pool_may_sleep(pool))
			poll(&fd, 1, -1);
		pool_awake(pool);
		while (pool_collect(pool))
			n--;
	}
}

int main(void)
{
	struct pool *pool = pool_new(4);
	UNIT("each part runs once, with or without workers")
	{
		check_each(NULL);
		check_each(pool);
	}
	UNIT("jobs that share their work out at the same time")
	{
		struct sharing_job jobs[8];
		for (int i = 0; i < 8; i++) {
			jobs[i] = (struct sharing_job){.job = {.run = share}, .pool = pool};
			pool_submit(pool, &jobs[i].job);
		}
		wait_for(pool, 8);
		CHECK_INT(wrong_runs(PARTS, 8), 0);
		CHECK_INT(pool_busy(pool), 0);
	}
	pool_free(pool);
	return unit_done();
}
