/* Child processes: see child.h. posix_spawn does what vfork would, and brings an exec failure back as its result. */
#include "config.h"

#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/core/node.h"
#include "engine/core/signals.h"

#define GRACE_MS 2000 /* between SIGTERM and SIGKILL */
#define TREE_DEPTH 16 /* generations that child_signal_all looks for */
#define TREE_PATH 64

extern char **environ;

/* All children of the process, by pid: SIGCHLD does not say which pipeline's they are. */
#define LISTS 256
static struct child *living[LISTS];

static struct child **list_of(pid_t pid)
{
	return &living[(unsigned)pid % LISTS];
}

/* ---- starting ---- */

static int set_up(posix_spawn_file_actions_t *fa, posix_spawnattr_t *attr, int in, int out, int err)
{
	sigset_t mask, defaults;
	signals_for_child(&mask, &defaults);
	int e = posix_spawnattr_setsigmask(attr, &mask);
	if (!e)
		e = posix_spawnattr_setsigdefault(attr, &defaults);
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

int child_start(struct child *c, struct node *owner, const char *path, char *const argv[], int in, int out, int err)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	int e = set_up(&fa, &attr, in, out, err);
	*c = (struct child){.owner = owner};
	if (!e)
		e = path ? posix_spawn(&c->pid, path, &fa, &attr, argv, environ)
			 : posix_spawnp(&c->pid, argv[0], &fa, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	if (e) {
		c->pid = 0;
		return e;
	}
	c->next = *list_of(c->pid);
	atomic_signal_fence(memory_order_release); /* a handler may walk the list: child_signal_all */
	*list_of(c->pid) = c;
	return 0;
}

/* 0: it can be executed; else why not. */
static int why_not(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) < 0 ? errno : 0;
}

char *child_find(const char *name)
{
	const char *path = getenv("PATH");
	int err = strchr(name, '/') ? why_not(name) : ENOENT;
	if (!err)
		return mem_strdup(name);
	for (const char *dir = path ? path : _PATH_DEFPATH; *name && !strchr(name, '/') && dir;) {
		size_t len = strcspn(dir, ":");
		struct str s = {0};
		str_addf(&s, "%.*s%s%s", (int)len, dir, len ? "/" : "", name);
		int e = why_not(s.p);
		if (!e)
			return str_steal(&s);
		if (e != ENOENT && e != ENOTDIR)
			err = e;
		str_release(&s);
		dir = dir[len] ? dir + len + 1 : NULL;
	}
	errno = err;
	return NULL;
}

/* ---- ending ---- */

void child_signal(struct child *c, int sig)
{
	if (c->pid && !c->exited)
		kill(c->pid, sig);
}

/* Puts "/proc/PID/task/PID/children" together: snprintf is nothing for a handler. */
static void name_of_list(char path[TREE_PATH], pid_t pid)
{
	static const char *const parts[] = {"/proc/", "/task/", "/children"};
	char digits[12], *at = path;
	int n = 0;
	for (; pid; pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	for (int i = 0; i < 3; i++) {
		for (const char *p = parts[i]; *p; p++)
			*at++ = *p;
		for (int k = n; i < 2 && k > 0; k--)
			*at++ = digits[k - 1];
	}
	*at = '\0';
}

/* The process and what it has started and still waits for, as far as the system tells. */
static void signal_tree(pid_t pid, int sig, int depth)
{
	char path[TREE_PATH], list[1024];
	name_of_list(path, pid);
	int fd = depth < TREE_DEPTH ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd >= 0 ? read(fd, list, sizeof list) : 0;
	if (fd >= 0)
		close(fd);
	kill(pid, sig); /* before its own: a shell must not go on with its next command */
	pid_t other = 0;
	for (ssize_t i = 0; i < n; i++) {
		if (list[i] >= '0' && list[i] <= '9') {
			other = other * 10 + (list[i] - '0');
		} else if (other) {
			signal_tree(other, sig, depth + 1);
			other = 0;
		}
	}
}

void child_signal_all(int sig)
{
	for (int i = 0; i < LISTS; i++)
		for (struct child *c = living[i]; c; c = c->next)
			signal_tree(c->pid, sig, 0);
}

static void note_exit(struct child *c, int status)
{
	struct child **p = list_of(c->pid);
	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	c->status = status;
	c->exited = true;
}

/* Waits for this one only; false where it lives. */
static bool reap(struct child *c, int flags)
{
	int status = CHILD_LOST; /* what stays if waitpid fails: somebody else has reaped it */
	pid_t got;
	while ((got = waitpid(c->pid, &status, flags)) < 0 && errno == EINTR)
		;
	if (got == 0)
		return false;
	note_exit(c, status);
	return true;
}

/* There are no children, but here some are still waited for. Nobody will hear how they ended. */
static void lose_all(void)
{
	for (int i = 0; i < LISTS; i++)
		while (living[i]) {
			struct child *c = living[i];
			note_exit(c, CHILD_LOST);
			node_wake(c->owner);
		}
}

void child_reap(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
		struct child *c = pid > 0 ? *list_of(pid) : NULL;
		while (c && c->pid != pid)
			c = c->next;
		if (!c) /* a child that was there before us: exec keeps them */
			continue;
		note_exit(c, status);
		node_wake(c->owner);
	}
	if (pid < 0)
		lose_all();
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
