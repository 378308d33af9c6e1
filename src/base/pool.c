/* The worker threads: see pool.h. Knows jobs only. */
#include "config.h"

#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

/* A call of pool_each that is under way, on its caller's stack. */
struct each {
	void (*run)(void *arg, int part);
	void *arg;
	int n, begun, running;
	struct each *next;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work_there;
	pthread_cond_t part_done;  /* the last part that was running of some call of pool_each */
	struct each *shared;       /* calls of pool_each with parts that nobody has begun */
	struct job *todo, **todo_end;
	int ntodo;
	struct job *finished, **finished_end;
	atomic_bool any_finished;  /* written with the lock held; a look without it may be late, never wrong for long */
	bool sleeping;   /* the loop wants to be told of the next finished job */
	bool quit;
	int busy;        /* the loop's: submitted and not collected */
	int wake_fd;
	int nthreads;    /* that may be started */
	int nstarted, idle;
	pthread_t *threads;
};

struct pool *pool_new(int nthreads)
{
	struct pool *p = mem_zalloc(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work_there, NULL);
	pthread_cond_init(&p->part_done, NULL);
	p->todo_end = &p->todo;
	p->finished_end = &p->finished;
	p->wake_fd = -1;
	p->nthreads = nthreads;
	p->threads = mem_zalloc((size_t)nthreads * sizeof *p->threads);
	return p;
}

static void append(struct job *job, struct job ***end)
{
	job->next = NULL;
	**end = job;
	*end = &job->next;
}

static void finish(struct pool *p, struct job *job)
{
	append(job, &p->finished_end);
	atomic_store_explicit(&p->any_finished, true, memory_order_relaxed);
}

static struct job *shift(struct job **head, struct job ***end)
{
	struct job *job = *head;
	if (job) {
		*head = job->next;
		if (!*head)
			*end = head;
	}
	return job;
}

static void tell_loop(struct pool *p)
{
	uint64_t one = 1;
	p->sleeping = false;
	while (write(p->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* Runs the next part. Called with the lock held, and returns with it. */
static void run_part(struct pool *p, struct each *e)
{
	int part = e->begun++;
	if (e->begun == e->n) {
		struct each **at = &p->shared;
		while (*at != e)
			at = &(*at)->next;
		*at = e->next;
	}
	e->running++;
	pthread_mutex_unlock(&p->lock);
	e->run(e->arg, part);
	pthread_mutex_lock(&p->lock);
	if (--e->running == 0 && e->begun == e->n)
		pthread_cond_broadcast(&p->part_done);
}

struct start {
	struct pool *pool;
	int thread;
};

static void *worker(void *arg)
{
	struct start s = *(struct start *)arg;
	struct pool *p = s.pool;
	free(arg);
	pthread_mutex_lock(&p->lock);
	while (!p->quit) {
		if (p->shared) {
			run_part(p, p->shared);
			continue;
		}
		struct job *job = shift(&p->todo, &p->todo_end);
		if (!job) {
			p->idle++;
			pthread_cond_wait(&p->work_there, &p->lock);
			p->idle--;
			continue;
		}
		p->ntodo--;
		pthread_mutex_unlock(&p->lock);
		job->run(job, s.thread);
		pthread_mutex_lock(&p->lock);
		finish(p, job);
		if (p->sleeping)
			tell_loop(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are the loop thread's: workers start with all of them blocked. Called with the lock held. */
static void start_one(struct pool *p)
{
	sigset_t all, before;
	if (p->wake_fd < 0 && (p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		return;
	struct start *s = mem_alloc(sizeof *s);
	*s = (struct start){p, p->nstarted + 1};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&p->threads[p->nstarted], NULL, worker, s) == 0)
		p->nstarted++;
	else
		free(s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Where no worker can be started (too many threads, no descriptor to hear from it) the loop thread does the work. */
static void run_here(struct pool *p, struct job *job)
{
	job->run(job, 0);
	pthread_mutex_lock(&p->lock);
	finish(p, job);
	pthread_mutex_unlock(&p->lock);
}

void pool_submit(struct pool *p, struct job *job)
{
	job->done = false;
	p->busy++;
	pthread_mutex_lock(&p->lock);
	if (p->ntodo + 1 > p->idle && p->nstarted < p->nthreads)
		start_one(p);
	bool none = !p->nstarted;
	if (!none) {
		append(job, &p->todo_end);
		p->ntodo++;
		if (p->idle)
			pthread_cond_signal(&p->work_there);
	}
	pthread_mutex_unlock(&p->lock);
	if (none)
		run_here(p, job);
}

bool pool_has_finished(const struct pool *p)
{
	return p->busy && atomic_load_explicit(&p->any_finished, memory_order_relaxed);
}

struct job *pool_collect(struct pool *p)
{
	if (!pool_has_finished(p))
		return NULL;
	pthread_mutex_lock(&p->lock);
	struct job *job = shift(&p->finished, &p->finished_end);
	atomic_store_explicit(&p->any_finished, p->finished, memory_order_relaxed);
	pthread_mutex_unlock(&p->lock);
	if (job) {
		p->busy--;
		job->done = true;
	}
	return job;
}

int pool_width(const struct pool *p)
{
	return p ? p->nthreads : 1;
}

void pool_each(struct pool *p, int n, void (*run)(void *arg, int part), void *arg)
{
	if (!p || n <= 1) {
		for (int part = 0; part < n; part++)
			run(arg, part);
		return;
	}
	struct each e = {.run = run, .arg = arg, .n = n};
	pthread_mutex_lock(&p->lock);
	e.next = p->shared;
	p->shared = &e;
	pthread_cond_broadcast(&p->work_there);
	while (e.begun < e.n)
		run_part(p, &e);
	while (e.running)
		pthread_cond_wait(&p->part_done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

int pool_fd(const struct pool *p)
{
	return p->wake_fd;
}

bool pool_may_sleep(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	bool may = !p->finished;
	p->sleeping = may;
	pthread_mutex_unlock(&p->lock);
	return may;
}

void pool_awake(struct pool *p)
{
	uint64_t n;
	pthread_mutex_lock(&p->lock);
	p->sleeping = false;
	pthread_mutex_unlock(&p->lock);
	while (p->wake_fd >= 0 && read(p->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
		;
}

int pool_busy(const struct pool *p)
{
	return p->busy;
}

void pool_free(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->work_there);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->nstarted; i++)
		pthread_join(p->threads[i], NULL);
	if (p->wake_fd >= 0)
		close(p->wake_fd);
	pthread_cond_destroy(&p->work_there);
	pthread_cond_destroy(&p->part_done);
	pthread_mutex_destroy(&p->lock);
	free(p->threads);
	free(p);
}
