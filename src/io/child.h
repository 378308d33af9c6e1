/* Child processes: the only file that starts them and waits for them. */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct node;

#define CHILD_LOST (-1) /* a status: somebody else has reaped it, and nothing is known of how it ended */

struct child {
	pid_t pid;          /* 0: none */
	bool exited;        /* status is valid; the process is reaped */
	int status;         /* as waitpid gives it */
	struct node *owner; /* woken when it has exited */
	struct child *next; /* in a list of the living */
};

/* Starts the program at `path` (NULL: argv[0], found along PATH) with the given descriptors as its 0, 1 and 2 (-1:
 * standard input from /dev/null, the others inherited), and the signals blocked and ignored that spile was started with.
 * Returns 0, or the errno of why not. */
int child_start(struct child *c, struct node *owner, const char *path, char *const argv[], int in, int out, int err);
/* Where execvp would find `name`: a path, the caller's to free, or NULL with errno. */
char *child_find(const char *name);
/* Sends the signal if the child has not been reaped. */
void child_signal(struct child *c, int sig);
/* ... to all that have not, and to what they have started and wait for. A signal handler may call it. */
void child_signal_all(int sig);
/* After SIGCHLD: reaps what has exited and wakes the owners. */
void child_reap(void);
/* At the end of a run: SIGTERM, SIGKILL where it has not exited after two seconds; waits until it is reaped. */
void child_end(struct child *c);

#endif
