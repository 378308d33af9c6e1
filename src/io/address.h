/* Where `listen` listens: the text of an address, and sockets that wait for clients there. */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;

struct address {
	const char *text;  /* as written */
	bool is_path;      /* of a Unix socket; else: */
	const char *host;  /* NULL: loopback */
	const char *port;
};

/* Reads text. NULL, or what is wrong with it. Opens nothing. */
const char *address_parse(struct address *a, const char *text, struct arena *arena);

struct listener {
	int fd;            /* does not block; -1: none */
	const char *path;  /* the socket's file, or NULL, ... */
	dev_t dev;         /* ... and which file that is: another may have its name by now */
	ino_t ino;
};

/* Waits for clients at the address. A Unix socket that nobody answers at is replaced. False: *why says why not. */
bool listener_open(struct listener *l, const struct address *a, const char **why);
/* The numeric address that it got: "127.0.0.1:43211". */
void listener_name(const struct listener *l, char *name, size_t size);
/* Closes it and removes its file. No harm where it is not open. */
void listener_close(struct listener *l);

#endif
