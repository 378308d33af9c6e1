/* Which files a run reads and writes: see claim.h. */
#include "config.h"

#include "io/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/shown.h"
#include "engine/core/pipeline.h"
#include "observe/progress.h"

#define LINKS_MOST 40 /* one after the other, as Linux has it */

/* A file by its identity (no name), or by its place. */
struct claimed {
	dev_t dev;       /* of the file, or of its folder */
	ino_t ino;
	char *name;      /* "": the file itself */
	struct claim **claims;
	size_t n, cap;
};

/* ---- paths ---- */

/* FOLDER/NAME, the last part of path; NULL with errno where there is no such folder. */
static char *place_of(const char *path)
{
	char *copy = mem_strdup(path);
	char *folder = realpath(dirname(copy), NULL);
	free(copy);
	if (!folder)
		return NULL;
	struct str s = {0};
	copy = mem_strdup(path);
	str_addf(&s, "%s/%s", strcmp(folder, "/") ? folder : "", basename(copy));
	free(copy);
	free(folder);
	return str_steal(&s);
}

/* What the link points to, as a path that is not relative to its folder; NULL where it is no link. */
static char *target_of(const char *link)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof target - 1);
	if (n <= 0)
		return NULL;
	target[n] = '\0';
	if (target[0] == '/')
		return mem_strdup(target);
	struct str s = {0};
	char *copy = mem_strdup(link);
	str_addf(&s, "%s/%s", dirname(copy), target);
	free(copy);
	return str_steal(&s);
}

char *claim_resolve(const char *name)
{
	char *path = mem_strdup(name);
	for (int i = 0; i < LINKS_MOST; i++) {
		char *real = realpath(path, NULL);
		if (real || errno != ENOENT || !*path || path[strlen(path) - 1] == '/') {
			free(path);
			return real;
		}
		char *place = place_of(path);
		free(path);
		if (!place)
			return NULL;
		path = target_of(place);
		if (!path)
			return place;
		free(place);
	}
	free(path);
	errno = ELOOP;
	return NULL;
}

/* ---- files ---- */

static int compare(const void *pa, const void *pb)
{
	const struct claimed *a = pa, *b = pb;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The entry of that key, made if it is not there. */
static struct claimed *find(struct claims *cs, const struct stat *st, const char *name)
{
	struct claimed *f = mem_zalloc(sizeof *f);
	*f = (struct claimed){.dev = st->st_dev, .ino = st->st_ino, .name = mem_strdup(name)};
	struct claimed **found = tsearch(f, &cs->files, compare);
	if (*found != f) {
		free(f->name);
		free(f);
	}
	return *found;
}

/* The entry of the name's place, or NULL where there is none to be. */
static struct claimed *find_place(struct claims *cs, const char *name)
{
	struct stat st;
	struct claimed *f = NULL;
	char *path = claim_resolve(name), *copy = path ? mem_strdup(path) : NULL;
	if (path && stat(dirname(copy), &st) == 0)
		f = find(cs, &st, strrchr(path, '/') + 1);
	free(copy);
	free(path);
	return f;
}

/* The entries that the claim is about; returns how many. Nothing may be there yet; what is no regular file is of nobody. */
static int find_files(struct claims *cs, const struct claim *c, struct claimed *files[2])
{
	struct stat st;
	int n = 0;
	bool there = (c->fd >= 0 ? fstat(c->fd, &st) : stat(c->name, &st)) == 0;
	if (there && !S_ISREG(st.st_mode))
		return 0;
	if (there)
		files[n++] = find(cs, &st, "");
	if (c->name && (files[n] = find_place(cs, c->name)))
		n++;
	return n;
}

/* ---- claims ---- */

/* The claims lose nothing beside one another: the table in claim.h. */
static bool go_together(const struct claim *a, const struct claim *b)
{
	enum claim_role low = a->role < b->role ? a->role : b->role, high = a->role < b->role ? b->role : a->role;
	if (a->node && a->node == b->node && low != CLAIM_INPUT)
		return false;
	if (low == CLAIM_INPUT)
		return high == CLAIM_INPUT || high == CLAIM_REPLACE;
	return (low == CLAIM_ADD && high == CLAIM_ADD) || (a->stream && b->stream);
}

static char *copy_of(const char *s)
{
	return s ? mem_strdup(s) : NULL;
}

static struct claim *keep(struct claims *cs, const struct claim *c)
{
	struct claim *kept = mem_alloc(sizeof *kept);
	*kept = *c;
	kept->name = copy_of(c->name);
	cs->all = mem_grow(cs->all, cs->n + 1, &cs->cap, sizeof(struct claim *));
	cs->all[cs->n++] = kept;
	return kept;
}

static void add(struct claimed *f, struct claim *c)
{
	for (size_t i = 0; i < f->n; i++)
		if (c->role != CLAIM_INPUT && f->claims[i]->role != CLAIM_INPUT)
			c->shared = f->claims[i]->shared = true;
	f->claims = mem_grow(f->claims, f->n + 1, &f->cap, sizeof(struct claim *));
	f->claims[f->n++] = c;
}

const struct claim *claim_file(struct claims *cs, const struct claim *c, const struct claim **kept)
{
	struct claimed *files[2];
	int n = find_files(cs, c, files);
	if (kept)
		*kept = NULL;
	for (int k = 0; k < n; k++)
		for (size_t i = 0; i < files[k]->n; i++)
			if (!go_together(files[k]->claims[i], c))
				return files[k]->claims[i];
	struct claim *mine = n ? keep(cs, c) : NULL;
	for (int k = 0; k < n; k++)
		add(files[k], mine);
	if (kept)
		*kept = mine;
	return NULL;
}

static void claimed_free(void *entry)
{
	struct claimed *f = entry;
	free(f->name);
	free(f->claims);
	free(f);
}

void claims_release(struct claims *cs)
{
	tdestroy(cs->files, claimed_free);
	for (size_t i = 0; i < cs->n; i++) {
		free((char *)(uintptr_t)cs->all[i]->name);
		free(cs->all[i]);
	}
	free(cs->all);
	*cs = (struct claims){0};
}

/* ---- messages ---- */

static const char *stream_name(int fd)
{
	return fd == STDIN_FILENO ? "standard input" : fd == STDOUT_FILENO ? "standard output" : "standard error";
}

static void add_subject(struct str *s, const struct claim *c)
{
	if (c->name)
		str_addf(s, "'%s'", c->name);
	else
		str_adds(s, stream_name(c->fd));
}

void claim_refused(const struct claim *mine, const struct claim *other, struct str *why)
{
	if (mine->role == CLAIM_INPUT || other->role == CLAIM_INPUT) {
		const struct claim *in = mine->role == CLAIM_INPUT ? mine : other, *out = mine == in ? other : mine;
		str_adds(why, "input file is output: ");
		add_subject(why, out->name ? out : in);
		return;
	}
	str_adds(why, mine->name ? "cannot open " : "cannot write ");
	add_subject(why, mine);
	if (!other->name)
		str_addf(why, ": %s goes to it", stream_name(other->fd));
	else if (other->option)
		str_addf(why, ": %s of '%s' is the same file", other->option, other->stage);
	else if (other->node)
		str_adds(why, ": another stage, or another copy of this one, writes it");
	else
		str_addf(why, ": %s writes it", other->stage);
}

/* ---- before the run ---- */

static const struct claim *claim_or_tell(struct pipeline *pl, const struct claim *c)
{
	struct str why = {0};
	const struct claim *kept, *other = claim_file(&pl->claims, c, &kept);
	if (!other)
		return kept;
	claim_refused(c, other, &why);
	say("%s: %s", c->role == CLAIM_INPUT ? other->stage : c->stage, why.p);
	str_release(&why);
	pl->some_failed = pl->stage_failed = true;
	return NULL;
}

const struct claim *claim_name(struct node *nd, enum claim_role role, const char *name, void *holder)
{
	return claim_or_tell(nd->pl, &(struct claim){.role = role, .stage = nd->name, .node = nd, .name = name, .fd = -1,
					      .holder = holder});
}

static void claim_descriptor(struct pipeline *pl, const struct node *nd, int fd)
{
	int flags = fcntl(fd, F_GETFL);
	bool reads = fd == STDIN_FILENO;
	if (flags < 0 || (flags & O_ACCMODE) == (reads ? O_WRONLY : O_RDONLY)) /* using it will fail */
		return;
	claim_or_tell(pl, &(struct claim){.role = reads ? CLAIM_INPUT : flags & O_APPEND ? CLAIM_ADD : CLAIM_OVERWRITE,
					  .stage = nd ? nd->name : stream_name(fd), .node = nd, .fd = fd, .stream = true});
}

void claim_stream(struct node *nd, int fd)
{
	claim_descriptor(nd->pl, nd, fd);
}

static void claim_option(struct pipeline *pl, const char *option, const char *name)
{
	if (name)
		claim_or_tell(pl, &(struct claim){.role = CLAIM_OVERWRITE, .stage = option, .name = name, .fd = -1});
}

bool claim_all(struct pipeline *pl, const char *joblog, const char *stats)
{
	for (size_t i = 0; i < pl->nnodes; i++)
		if (pl->nodes[i]->ops->claim)
			pl->nodes[i]->ops->claim(pl->nodes[i]);
	for (int i = 0; i < pl->nstages; i++)
		if (pl->stages[i].dead && pl->stages[i].first == i)
			claim_or_tell(pl, &(struct claim){.role = CLAIM_ADD, .stage = pl->stages[i].name, .option = "dead=",
							  .name = pl->stages[i].dead, .fd = -1});
	claim_option(pl, "--joblog", joblog);
	claim_option(pl, "--stats", stats);
	claim_descriptor(pl, NULL, STDERR_FILENO);
	return !pl->stage_failed;
}
