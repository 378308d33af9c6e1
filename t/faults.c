/* A library for LD_PRELOAD that lets the system fail: for t/faults.bats.
 *
 *	FAULT=CALL:N:ERRNO   the N-th call of CALL (1...) fails with that errno, as a number
 *	FAULT=CALL:N+:ERRNO  that one and all after it
 *	FAULT=CALL:N:short   the N-th read or write moves one byte only
 *	FAULT_HIT=FILE       gets the name of the call once one has failed: without that file there is no N-th call
 *
 * CALL is a function that spile imports; alloc stands for malloc, calloc and realloc together, and the calls that libc's
 * own functions make count as little as those of libc itself. Only the process that it was loaded into is disturbed, not
 * what that starts. What cannot fail in earnest does not fail here: reading and writing the eventfd with which workers wake
 * the loop, and the pipe that signal handlers write to, a byte at a time, and the loop reads, 64 at a time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char call[32], hit[4096];
static long nth;
static bool for_good, is_short;
static int error;
static atomic_long calls;

__attribute__((constructor)) static void read_plan(void)
{
	const char *plan = getenv("FAULT"), *file = getenv("FAULT_HIT");
	char n[32] = "", what[32] = "";
	if (plan && file && sscanf(plan, "%31[^:]:%31[^:]:%31s", call, n, what) == 3) {
		nth = strtol(n, NULL, 10);
		for_good = strchr(n, '+') != NULL;
		is_short = !strcmp(what, "short");
		error = (int)strtol(what, NULL, 10);
		snprintf(hit, sizeof hit, "%s", file);
	}
	unsetenv("LD_PRELOAD");
	unsetenv("FAULT");
	unsetenv("FAULT_HIT");
	atomic_store(&calls, 0);
}

/* True where this call of `name` is to fail (or to be short); errno is set then. */
static bool fails(const char *name)
{
	if (!nth || strcmp(call, name) != 0)
		return false;
	long n = atomic_fetch_add(&calls, 1) + 1;
	if (n < nth || (n > nth && !for_good))
		return false;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, hit, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0) /* no descriptor is left, which is what is tried: mkdir needs none */
		syscall(SYS_mkdirat, AT_FDCWD, hit, 0777);
	else
		syscall(SYS_close, fd);
	errno = error;
	return true;
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* CALL(result, name, (parameters), (arguments), what it returns when it fails) */
#define CALL(type, name, parameters, arguments, failure) \
	type name parameters \
	{ \
		static type (*real) parameters; \
		if (!real) \
			*(void **)&real = next(#name); \
		if (fails(#name)) \
			return failure; \
		return real arguments; \
	}

CALL(int, pipe2, (int fd[2], int flags), (fd, flags), -1)
CALL(int, eventfd, (unsigned n, int flags), (n, flags), -1)
CALL(int, inotify_init1, (int flags), (flags), -1)
CALL(int, inotify_add_watch, (int fd, const char *path, uint32_t mask), (fd, path, mask), -1)
CALL(int, accept4, (int fd, struct sockaddr *a, socklen_t *len, int flags), (fd, a, len, flags), -1)
CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1)
CALL(int, bind, (int fd, const struct sockaddr *a, socklen_t len), (fd, a, len), -1)
CALL(int, listen, (int fd, int n), (fd, n), -1)
CALL(int, setsockopt, (int fd, int level, int name, const void *p, socklen_t n), (fd, level, name, p, n), -1)
CALL(int, getsockname, (int fd, struct sockaddr *a, socklen_t *len), (fd, a, len), -1)
CALL(int, fstat, (int fd, struct stat *st), (fd, st), -1)
CALL(int, stat, (const char *path, struct stat *st), (path, st), -1)
CALL(int, lstat, (const char *path, struct stat *st), (path, st), -1)
CALL(int, access, (const char *path, int mode), (path, mode), -1)
CALL(int, rename, (const char *from, const char *to), (from, to), -1)
CALL(int, unlink, (const char *path), (path), -1)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
CALL(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), -1)
CALL(int, fsync, (int fd), (fd), -1)
CALL(int, flock, (int fd, int how), (fd, how), -1)
CALL(int, ftruncate, (int fd, off_t n), (fd, n), -1)
CALL(int, mkostemp, (char *path, int flags), (path, flags), -1)
CALL(char *, realpath, (const char *path, char *to), (path, to), NULL)
CALL(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), -1)
CALL(int, ppoll, (struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask), (fds, n, t, mask), -1)
CALL(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags), -1)
CALL(int, kill, (pid_t pid, int sig), (pid, sig), -1)
CALL(int, posix_spawn, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *fa, const posix_spawnattr_t *at,
	char *const argv[], char *const env[]), (pid, path, fa, at, argv, env), error)
CALL(int, posix_spawnp, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *fa, const posix_spawnattr_t *at,
	char *const argv[], char *const env[]), (pid, path, fa, at, argv, env), error)
CALL(int, pthread_create, (pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg), (t, attr, run, arg), error)
CALL(int, sigaction, (int sig, const struct sigaction *to, struct sigaction *from), (sig, to, from), -1)
CALL(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at), (p, n, prot, flags, fd, at), MAP_FAILED)
CALL(int, madvise, (void *p, size_t n, int advice), (p, n, advice), -1)
CALL(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
CALL(int, fclose, (FILE *f), (f), EOF)
CALL(int, fflush, (FILE *f), (f), EOF)
CALL(void *, dlopen, (const char *name, int flags), (name, flags), NULL)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags), -1)

/* A descriptor that is closed is closed, whatever close says. */
int close(int fd)
{
	int got = (int)syscall(SYS_close, fd), e = errno;
	if (fails("close"))
		return -1;
	errno = e;
	return got;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int fcntl(int fd, int what, ...)
{
	va_list ap;
	va_start(ap, what);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	return fails("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, what, arg);
}

int ioctl(int fd, unsigned long what, ...)
{
	va_list ap;
	va_start(ap, what);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	return fails("ioctl") ? -1 : (int)syscall(SYS_ioctl, fd, what, arg);
}

void *mremap(void *p, size_t from, size_t to, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	void *at = flags & MREMAP_FIXED ? va_arg(ap, void *) : NULL;
	va_end(ap);
	if (fails("mremap"))
		return MAP_FAILED;
	long got = syscall(SYS_mremap, p, from, to, flags, at);
	return got == -1 ? MAP_FAILED : (void *)got;
}

/* ---- reading and writing ---- */

static size_t some(const char *name, size_t n, bool *failed)
{
	*failed = fails(name);
	if (!*failed || !is_short)
		return n;
	*failed = false;
	return n > 1 ? 1 : n;
}

/* The counter with which worker threads wake the loop. */
static bool is_eventfd(int fd)
{
	char path[40], link[40] = "";
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return readlink(path, link, sizeof link - 1) > 0 && strstr(link, "[eventfd]");
}

ssize_t read(int fd, void *p, size_t n)
{
	bool failed = false;
	if (nth && !strcmp(call, "read") && n != 64 && !is_eventfd(fd))
		n = some("read", n, &failed);
	return failed ? -1 : syscall(SYS_read, fd, p, n);
}

ssize_t write(int fd, const void *p, size_t n)
{
	bool failed = false;
	if (nth && !strcmp(call, "write") && fd != STDERR_FILENO && n != 1 && !is_eventfd(fd))
		n = some("write", n, &failed);
	return failed ? -1 : syscall(SYS_write, fd, p, n);
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	bool failed;
	n = some("pread", n, &failed);
	return failed ? -1 : syscall(SYS_pread64, fd, p, n, at);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	bool failed;
	n = some("recv", n, &failed);
	return failed ? -1 : syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	bool failed;
	size_t bytes = some("writev", v[0].iov_len, &failed);
	if (failed)
		return -1;
	return bytes < v[0].iov_len ? syscall(SYS_write, fd, v[0].iov_base, bytes) : syscall(SYS_writev, fd, v, n);
}

/* ---- memory ---- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n)
{
	return fails("alloc") ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t bytes)
{
	return fails("alloc") ? NULL : __libc_calloc(n, bytes);
}

void *realloc(void *p, size_t n)
{
	return fails("alloc") ? NULL : __libc_realloc(p, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
	if (fails("alloc"))
		return error;
	*p = __libc_memalign(align, n);
	return *p ? 0 : ENOMEM;
}
