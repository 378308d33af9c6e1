/* libcurl, opened at run time: see libcurl.h. */
#include "config.h"

#include "io/libcurl.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/library.h"

#define PAIR_SPAN 64 /* the ends of a pair have numbers that are no further apart, but for a process with many gaps */

static bool find_functions(void *lib, struct libcurl *curl)
{
	static const char *const names[] = {
#define NAME(name) "curl_" #name,
		LIBCURL_FUNCTIONS(NAME)
#undef NAME
	};
	return library_find(lib, names, sizeof names / sizeof names[0], curl);
}

const char *libcurl_open(struct libcurl *curl)
{
	static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		void *lib = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
		if (lib)
			return find_functions(lib, curl) ? NULL : "it lacks a function";
	}
	const char *why = dlerror();
	return why ? why : "no reason is given"; /* NULL would mean that it is open */
}

static bool lacks_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);
	return flags >= 0 && !(flags & FD_CLOEXEC);
}

static bool is_unix_socket(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;
	return getsockname(fd, (struct sockaddr *)&a, &len) == 0 && a.ss_family == AF_UNIX;
}

/* The other end got the next number that was free. */
void libcurl_claim(int fd)
{
	if (!lacks_cloexec(fd))
		return;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	for (int other = fd + 1; other < fd + PAIR_SPAN; other++)
		if (lacks_cloexec(other) && is_unix_socket(other)) {
			fcntl(other, F_SETFD, FD_CLOEXEC);
			return;
		}
}

int libcurl_next_descriptor(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	return fd;
}
