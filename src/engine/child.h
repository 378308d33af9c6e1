/* Child processes: the only file that starts them and waits for them. */
#ifndef ENGINE_CHILD_H
#define ENGINE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct node;

struct child {
	pid_t pid;          /* 0: none */
	bool exited;        /* status is valid; the process is reaped */
	int status;         /* as waitpid gives it */
	struct node *owner; /* woken when it has exited */
	struct child *next; /* in the list of the living */
};

/* Starts argv[0] (found along PATH) with the given descriptors as its 0, 1 and 2 (-1: standard input from /dev/null,
 * the others inherited), default signal dispositions and an empty mask. Returns 0, or the errno of why not. */
int child_start(struct child *c, struct node *owner, char *const argv[], int in, int out, int err);
/* Sends the signal if the child has not been reaped. */
void child_signal(struct child *c, int sig);
/* After SIGCHLD: reaps what has exited and wakes the owners. */
void child_reap(void);
/* At the end of a run: SIGTERM, SIGKILL where it has not exited after two seconds; waits until it is reaped. */
void child_end(struct child *c);

#endif
