/* The worker threads. They start when the first job comes and take jobs in order; finished jobs come back to the loop
 * thread through pool_collect, which a descriptor (pool_fd) announces while the loop sleeps. If the system refuses a
 * thread, those that have started do the work; if it refuses all of them, pool_submit does it. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>

struct job {
	void (*run)(struct job *job, int thread); /* on worker `thread`, 1..., or on the loop thread, 0 */
	void *owner;
	bool done;        /* set by pool_collect, read by the loop thread only */
	struct job *next; /* the pool's */
};

struct pool;

/* nthreads >= 1; none is started yet. */
struct pool *pool_new(int nthreads);
void pool_free(struct pool *p);                   /* waits for running jobs; those not begun are forgotten */
void pool_submit(struct pool *p, struct job *job); /* the job stays the caller's; must live until it is collected */
/* pool_collect would give a job. Takes no lock. */
bool pool_has_finished(const struct pool *p);
/* A finished job whose `done` is now set, or NULL. */
struct job *pool_collect(struct pool *p);
int pool_fd(const struct pool *p);                /* readable while the loop should collect; -1: no worker has started */
/* Before the loop sleeps: true where it may (nothing is finished yet; what finishes from now on makes pool_fd readable). */
bool pool_may_sleep(struct pool *p);
void pool_awake(struct pool *p);                  /* after it slept */
int pool_busy(const struct pool *p);              /* jobs submitted and not collected */

/* Calls run(arg, 0 ... n-1), each once, on this thread and on every worker that has nothing else to do; returns when all
 * have returned. From any thread, within a job too. p == NULL: on this thread alone. */
void pool_each(struct pool *p, int n, void (*run)(void *arg, int part), void *arg);
/* How many threads may run parts of a pool_each at once. */
int pool_width(const struct pool *p);

#endif
