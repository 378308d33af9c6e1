/* A handful of patterns, searched from the one used last. A pattern that is not among them replaces the oldest. */
#include "config.h"

#include "lang/expr/recache.h"

#include <stdlib.h>

#include "lang/expr/node.h"

#define RECACHE_SIZE 8u

struct recache {
	struct recache_entry {
		char *pattern; /* NULL: free */
		size_t len;
		struct re *re;
	} entries[RECACHE_SIZE];
	unsigned last; /* the entry that was used last */
	unsigned next; /* the one to be replaced next */
};

static void recache_drop(struct recache_entry *e)
{
	free(e->pattern);
	re_free(e->re);
	*e = (struct recache_entry){0};
}

void recache_free(struct recache *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < RECACHE_SIZE; i++)
		if (c->entries[i].pattern)
			recache_drop(&c->entries[i]);
	free(c);
}

static const struct re *recache_find(struct recache *c, struct slice pattern)
{
	for (unsigned i = 0; i < RECACHE_SIZE; i++) {
		unsigned at = (c->last + i) % RECACHE_SIZE;
		const struct recache_entry *e = &c->entries[at];

		if (e->pattern && e->len == pattern.len && memcmp(e->pattern, pattern.p, e->len) == 0) {
			c->last = at;
			return e->re;
		}
	}
	return NULL;
}

static const struct re *recache_add(struct recache *c, struct slice pattern, struct re *re)
{
	struct recache_entry *e = &c->entries[c->next];

	if (e->pattern)
		recache_drop(e);
	*e = (struct recache_entry){mem_strndup(pattern.p, pattern.len), pattern.len, re};
	c->last = c->next;
	c->next = (c->next + 1) % RECACHE_SIZE;
	return re;
}

const struct re *recache_get(struct eval *ev, struct slice pattern)
{
	char quoted[QUOTE_MAX];
	struct re_error err;
	const struct re *found;
	struct re *re;

	if (!ev->dynamic)
		ev->dynamic = mem_zalloc(sizeof *ev->dynamic);
	found = recache_find(ev->dynamic, pattern);
	if (found)
		return found;
	re = re_new(pattern, 0, &err);
	if (re)
		return recache_add(ev->dynamic, pattern, re);
	eval_fail(ev, "bad regular expression '%s': %.80s", value_quote(quoted, pattern), err.message);
	return NULL;
}
