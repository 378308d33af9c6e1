/* Which files a run reads and writes: each is claimed before it is used, and a claim that would lose events, or never end,
 * is refused.
 *
 * A file is known by its identity (device and inode), whatever path or link leads to it, and by its place (the identity of
 * its folder, and its name there), for it may not be there yet. Only regular files are claimed: devices, FIFOs and sockets
 * can be shared by all.
 *
 *                 input     add       replace   overwrite
 *     input       yes       no        yes       no           "input file is output"
 *     add                   yes       no        no
 *     replace                         no        no
 *     overwrite                                 no
 *
 * Two that add whole records share the file: their records are mixed, none is lost or torn. A file may be read by the run
 * that replaces it at its end. Descriptors that the process was started with can share their file, as it was meant so. */
#ifndef IO_CLAIM_H
#define IO_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

struct node;
struct pipeline;
struct str;

enum claim_role {
	CLAIM_INPUT,     /* it is read */
	CLAIM_ADD,       /* whole records are added at its end */
	CLAIM_REPLACE,   /* another file takes its name when the run is over */
	CLAIM_OVERWRITE, /* it is written from its start, or from wherever a descriptor is */
};

struct claim {
	enum claim_role role;
	const char *stage;       /* who says that it was refused: a stage's name, or an option */
	const char *option;      /* "dead=", where the file is that of a stage's option; else NULL */
	const struct node *node; /* whose it is, or NULL */
	void *holder;            /* the node's own, for who claims the same file again */
	const char *name;        /* as the user wrote it; NULL: a descriptor */
	int fd;                  /* the descriptor, where there is no name yet, or it is open already; -1: none */
	bool stream;             /* standard input, output or error */
	bool shared;             /* somebody else adds to the file too */
};

struct claims {
	void *files;             /* a tree of struct claimed, by identity or place */
	struct claim **all;
	size_t n, cap;
};

void claims_release(struct claims *cs);

/* Claims the file of c->fd, or the one that c->name stands for. Returns NULL where c may use it, and *kept (which may be
 * NULL) is then the claim, to be looked at until claims_release; NULL if it is no regular file. Else the claim that was
 * there before: one that does not go together with c, or one of the same node. c and its strings are copied. */
const struct claim *claim_file(struct claims *cs, const struct claim *c, const struct claim **kept);
/* Why `mine` was refused, as a message without its beginning. */
void claim_refused(const struct claim *mine, const struct claim *other, struct str *why);

/* For node_ops.claim: claims a file under its name. Tells where it is refused. Returns the claim, or NULL, as claim_file
 * gives it. */
const struct claim *claim_name(struct node *nd, enum claim_role role, const char *name, void *holder);
/* ... or that of a standard descriptor. */
void claim_stream(struct node *nd, int fd);
/* Before anything is opened: all that the pipeline's nodes, its dead= options and the options of the command (NULL: not
 * given) name. False where some of it was refused, and this was told. */
bool claim_all(struct pipeline *pl, const char *joblog, const char *stats);

/* The path without links that the name stands for: where nothing is there, the one that opening it with O_CREAT would make,
 * at the end of links too. NULL with errno. free() it. */
char *claim_resolve(const char *name);

#endif
