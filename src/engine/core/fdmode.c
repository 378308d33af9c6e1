/* Non-blocking use of inherited descriptors: see fdmode.h. Linux's /proc gives a second description of the same pipe. */
#include "config.h"

#include "engine/core/fdmode.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int fdmode_nonblocking(int fd, int flags)
{
	struct stat before, after;
	char path[40];
	if (fstat(fd, &before) < 0 || !(S_ISFIFO(before.st_mode) || (S_ISCHR(before.st_mode) && isatty(fd))))
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int fresh = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fresh < 0)
		return -1;
	if (fstat(fresh, &after) < 0 || after.st_ino != before.st_ino || after.st_dev != before.st_dev) {
		close(fresh);
		return -1;
	}
	return fresh;
}
