/* Child processes: see child.h. posix_spawn does what vfork would, and brings an exec failure back as its result. */
#include "config.h"

#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include "engine/node.h"

#define GRACE_MS 2000 /* between SIGTERM and SIGKILL */

extern char **environ;

/* All children of the process: SIGCHLD does not say which pipeline's they are. */
static struct child *living;

static int set_up(posix_spawn_file_actions_t *fa, posix_spawnattr_t *attr, int in, int out, int err)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	int e = posix_spawnattr_setsigmask(attr, &none);
	if (!e)
		e = posix_spawnattr_setsigdefault(attr, &all);
	if (!e)
		e = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!e)
		e = in < 0 ? posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDONLY, 0)
			   : posix_spawn_file_actions_adddup2(fa, in, 0);
	if (!e && out >= 0)
		e = posix_spawn_file_actions_adddup2(fa, out, 1);
	if (!e && err >= 0)
		e = posix_spawn_file_actions_adddup2(fa, err, 2);
	return e;
}

int child_start(struct child *c, struct node *owner, char *const argv[], int in, int out, int err)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	int e = set_up(&fa, &attr, in, out, err);
	*c = (struct child){.owner = owner};
	if (!e)
		e = posix_spawnp(&c->pid, argv[0], &fa, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	if (e) {
		c->pid = 0;
		return e;
	}
	c->next = living;
	living = c;
	return 0;
}

void child_signal(struct child *c, int sig)
{
	if (c->pid && !c->exited)
		kill(c->pid, sig);
}

static void forget(struct child *c)
{
	for (struct child **p = &living; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			return;
		}
}

static bool reap(struct child *c, int flags)
{
	pid_t got;
	while ((got = waitpid(c->pid, &c->status, flags)) < 0 && errno == EINTR)
		;
	if (got == 0)
		return false;
	if (got < 0)
		c->status = 0; /* somebody else reaped it: nothing to be known */
	c->exited = true;
	forget(c);
	return true;
}

void child_reap(void)
{
	for (struct child *c = living, *next; c; c = next) {
		next = c->next;
		if (reap(c, WNOHANG))
			node_wake(c->owner);
	}
}

void child_end(struct child *c)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	if (!c->pid || c->exited)
		return;
	child_signal(c, SIGTERM);
	for (int i = 0; i < GRACE_MS / 5; i++) {
		if (reap(c, WNOHANG))
			return;
		nanosleep(&pause, NULL);
	}
	child_signal(c, SIGKILL);
	reap(c, 0);
}
