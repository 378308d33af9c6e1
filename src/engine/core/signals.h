/* Signals: what the process was started with, what spile changes of it, and what its children get. The only file that
 * installs handlers.
 *
 * SIGINT, SIGTERM and SIGHUP stop the run once and end it at once the second time. Other signals that end a process
 * do that here as well. Whenever one ends it at once, children are told to end and temporary files go first. */
#ifndef ENGINE_CORE_SIGNALS_H
#define ENGINE_CORE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Notes what the process was started with, and lets through what spile must hear even if it was started with these
 * signals blocked. First of all in main, on the thread that will run the loop. */
void signals_init(void);
/* From now on signals are the loop's. Returns the read end of a pipe that gives their numbers, or -1 with errno. */
int signals_catch(void);
/* The run is stopping already: the next signal is not the first. */
void signals_stopping(void);
/* A signal, or --timeout, has stopped the run, whether or not the loop has noticed yet. From any thread. */
bool signals_have_stopped(void);
/* Death by that signal, as if it had never been caught. Does not return. */
_Noreturn void signals_die_of(int sig);

/* What a child starts with is what spile started with: *mask is its blocked signals, and *defaults has the signals that
 * only spile ignores. */
void signals_for_child(sigset_t *mask, sigset_t *defaults);

#endif
