/* What results have in common: see result.h. */
#include "config.h"

#include "stages/aggregates/result.h"

#include <inttypes.h>
#include <stdio.h>

const char *const result_orders[] = {[ORDER_KEY] = "key", [ORDER_VALUE] = "value", NULL};

static bool has_name(const struct schema *s, const char *name)
{
	return schema_find(s, slice_str(name)) >= 0;
}

/* A key has the name it was given. One that is just $name keeps its name, unless a value has it; others are key, key2 ... */
static void name_keys(struct bind *b, struct schema *s, int col, const struct expr_list *by, int nkeys)
{
	for (int i = 0, unnamed = 0; i < nkeys; i++) {
		const char *given = i < by->n ? by->names[i] : NULL;
		const char *name = given ? given : i < by->n ? expr_name(by->e[i]) : NULL;
		char made[24] = "key";
		if (given && has_name(s, given))
			bind_error(b, "two columns would be called '%s'", given);
		if (!name || has_name(s, name)) {
			if (++unnamed > 1)
				snprintf(made, sizeof made, "key%d", unnamed);
			name = arena_strdup(bind_arena(b), made);
		}
		bind_name(b, s, col + i, name);
	}
}

void results_bind_every(const struct period *every, struct bind *b)
{
	if (every->ns < 0 && every->events < 0) {
		if (!bind_batched(b))
			bind_set_at_end(b, "every= gives results as it goes");
		return;
	}
	if (bind_batched(b))
		bind_opt_error(b, "every", "every= on a batch: each batch gives its results already");
	bind_set_batched(b, true);
}

const char *results_too_many(int64_t max_keys, struct bind *b)
{
	char text[80];
	snprintf(text, sizeof text, "more than %" PRId64 " keys (max_keys=%" PRId64 ")", max_keys, max_keys);
	return arena_strdup(bind_arena(b), text);
}

struct schema *results_bind(struct results *r, struct bind *b, int nvalues, const struct expr_list *by, bool whole)
{
	bykey_init(&r->key, by, whole, b);
	r->ofs = bind_ofs(b);
	r->limit = -1;
	r->too_many = results_too_many(r->max_keys, b);
	results_bind_every(&r->every, b);
	struct schema *s = bind_new_schema(b, nvalues + r->key.n, false);
	r->schema = s;
	r->window_col = -1;
	return s;
}

void results_name(struct results *r, struct bind *b, struct schema *s, int nvalues, const struct expr_list *by)
{
	name_keys(b, s, nvalues, by, r->key.n);
	if (r->every.ns >= 0 || r->every.events >= 0)
		r->window_col = bind_add(b, s, "window");
}

void results_window(const struct period *every, int64_t *every_ns, int64_t *every_events)
{
	*every_ns = every->ns > 0 ? every->ns : 0;
	*every_events = every->events > 0 ? every->events : 0;
}
