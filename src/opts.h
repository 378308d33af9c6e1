/* The command line: argv -> struct opts. Prints its own messages; opens nothing but the script of -f. */
#ifndef OPTS_H
#define OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct opts {
	const char *script;        /* -f, or NULL */
	struct str pipeline;       /* the text of the pipeline */
	const char **files;        /* FILE... */
	int nfiles;
	const char *field_sep;     /* -F as written, or NULL */
	const char *ofs;           /* --ofs as written, or NULL */
	struct opts_var {
		const char *name, *value;
	} *vars;                   /* -v */
	size_t nvars, vars_cap;
	bool nul;                  /* -0 */
	int threads;               /* -j; 0: not given */
	bool check;                /* -n */
	enum { OPTS_SHOW_NOTHING, OPTS_SHOW_TEXT, OPTS_SHOW_DOT } show; /* --explain, --graph */
	bool quiet;                /* -q */
	bool exit_status;          /* -e */
	const char *joblog;        /* --joblog, or NULL */
	bool progress;
	const char *lock;          /* --lock, or NULL */
	int64_t timeout_ns;        /* --timeout; 0: none */
	int64_t drain_ns;          /* --drain */
	bool stats;
	const char *stats_file;    /* --stats=FILE, or NULL */
	bool trace;
	const char **trace_stages; /* ends with NULL; NULL: all */
	size_t max_event;          /* bytes */
	uint32_t block_bytes;      /* --debug-block-bytes; 0: the usual */
	int debug_threads;         /* --debug-threads; 0: not given */
	bool raw;                  /* --raw */
	bool no_fuse;              /* --debug-no-fuse */
	enum { OPTS_RUN, OPTS_HELP, OPTS_HELP_SHORT, OPTS_HELP_STAGE, OPTS_LIST, OPTS_VERSION } what;
	const char *help_stage;
};

/* Reads the command line. True: go on as o->what says. False: a message was printed; the exit status is 2. */
bool opts_read(struct opts *o, int argc, char **argv);
void opts_release(struct opts *o);
/* What --help options prints. */
extern const char opts_help[];
/* Expands \t \n \r \0 \\ \" \/ \xHH and \u{HEX} of -F and --ofs. False where an escape is wrong; *out is empty then. */
bool opts_unescape(const char *text, struct str *out);

#endif
