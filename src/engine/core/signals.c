/* Signals: see signals.h. What runs in a handler calls only what a handler may call. */
#include "config.h"

#include "engine/core/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/child.h"
#include "io/tempfile.h"

/* Stop the run; each is left alone if it was ignored at the start, as nohup does it with SIGHUP and `cmd &` in a script
 * with SIGINT. */
static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
/* Told to the loop, which goes on. */
static const int news[] = {SIGCHLD, SIGUSR1};
/* End the process. */
static const int deadly[] = {SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR2, SIGXCPU, SIGIO, SIGPWR, SIGSTKFLT};
/* Faults of our own, on the thread that has them: the state of the program is not to be trusted. */
static const int faults[] = {SIGSYS, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
/* Only make a call fail, which is told with its object. */
static const int ignored[] = {SIGPIPE, SIGXFSZ};

/* timeout(1) signals its child and then its process group, so that the child is signalled twice: that counts as once. */
#define ONCE_NS NS_PER_MS

#define N(list) (sizeof(list) / sizeof *(list))

static struct {
	sigset_t mask, ignored;      /* the process was started with */
	pthread_t loop;
	int pipe[2];                 /* handlers write the signal's number; the loop reads it */
	atomic_bool stops;           /* a signal, or --timeout, has stopped the run */
	int stopped_by;              /* which signal; 0: none, or --timeout */
	int64_t stopped_ns;          /* when */
} process = {.pipe = {-1, -1}};

/* ---- the start ---- */

static void unblock(const int *list, size_t n)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		sigaddset(&set, list[i]);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* SIGUSR1 before there is a run. */
static void nothing_to_tell(int sig)
{
	(void)sig;
}

void signals_init(void)
{
	process.loop = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &process.mask);
	sigemptyset(&process.ignored);
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa;
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			sigaddset(&process.ignored, sig);
	}
	if (!sigismember(&process.ignored, SIGUSR1))
		signal(SIGUSR1, nothing_to_tell);
	unblock(stopping, N(stopping));
	unblock(news, N(news));
	unblock(ignored, N(ignored));
}

void signals_for_child(sigset_t *mask, sigset_t *defaults)
{
	*mask = process.mask;
	sigemptyset(defaults);
	for (size_t i = 0; i < N(ignored); i++)
		if (!sigismember(&process.ignored, ignored[i]))
			sigaddset(defaults, ignored[i]);
}

/* ---- the end ---- */

_Noreturn void signals_die_of(int sig)
{
	signal(sig, SIG_DFL);
	unblock(&sig, 1);
	raise(sig);
	_exit(128 + sig); /* it was one that does not end a process by itself */
}

static void end_at_once(int sig)
{
	tempfile_remove_all();
	child_signal_all(sig == SIGINT || sig == SIGHUP || sig == SIGQUIT ? sig : SIGTERM);
	signals_die_of(sig);
}

/* A thread that a library has started may be the one that is interrupted: what the loop owns is the loop's to look at. */
static bool passed_on(int sig)
{
	if (pthread_equal(pthread_self(), process.loop))
		return false;
	pthread_kill(process.loop, sig);
	return true;
}

static void on_death(int sig)
{
	int saved = errno;
	if (!passed_on(sig))
		end_at_once(sig);
	errno = saved;
}

static void on_fault(int sig)
{
	tempfile_remove_all();
	raise(sig); /* SA_RESETHAND: the default action, once this handler returns */
}

/* ---- while the loop runs ---- */

static void on_news(int sig)
{
	int saved = errno;
	unsigned char c = (unsigned char)sig;
	if (write(process.pipe[1], &c, 1) < 0) {
		/* full: the loop has enough to read */
	}
	errno = saved;
}

static void on_stop(int sig)
{
	int saved = errno;
	if (passed_on(sig)) {
		errno = saved;
		return;
	}
	int64_t now = clock_now();
	if (process.stops && (sig != process.stopped_by || now - process.stopped_ns > ONCE_NS))
		end_at_once(sig);
	if (process.stops) {
		errno = saved;
		return;
	}
	process.stopped_by = sig;
	process.stopped_ns = now;
	process.stops = true;
	on_news(sig);
	errno = saved;
}

void signals_stopping(void)
{
	process.stops = true;
}

bool signals_have_stopped(void)
{
	return atomic_load_explicit(&process.stops, memory_order_relaxed);
}

static void handle(const int *list, size_t n, void (*handler)(int), int flags)
{
	for (size_t i = 0; i < n; i++) {
		struct sigaction sa = {.sa_handler = handler, .sa_flags = flags}, before;
		sigfillset(&sa.sa_mask); /* one handler at a time */
		if (sigismember(&process.ignored, list[i]) && list[i] != SIGCHLD)
			continue;
		/* a sanitizer's handlers are its own */
		sigaction(list[i], &sa, &before);
		if (handler == on_fault && before.sa_handler != SIG_DFL)
			sigaction(list[i], &before, NULL);
	}
}

int signals_catch(void)
{
	if (pipe2(process.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	process.stops = false;
	handle(news, N(news), on_news, SA_RESTART);
	handle(stopping, N(stopping), on_stop, SA_RESTART);
	handle(deadly, N(deadly), on_death, 0);
	handle(faults, N(faults), on_fault, SA_RESETHAND);
	for (size_t i = 0; i < N(ignored); i++)
		signal(ignored[i], SIG_IGN);
	return process.pipe[0];
}
