/* The size of a terminal: see terminal.h. */
#include "config.h"

#include "io/terminal.h"

#include <sys/ioctl.h>

int terminal_columns(int fd)
{
	struct winsize w;
	return ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col : 0;
}
