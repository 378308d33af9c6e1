/* The size of a terminal. */
#ifndef IO_TERMINAL_H
#define IO_TERMINAL_H

/* The columns of the terminal that fd is; 0: it is none, or does not say. */
int terminal_columns(int fd);

#endif
