/* Paths into documents: $a.b[0], $tags[], $Tags[Key="Name"].Value. On a value that is there they are followed by
 * formats/json.h when the expression runs. What a reader finds in its records is asked of it by a path's canonical text,
 * which is the name of a column: `request.method`, `a[0].b`, `["odd name"].x`. */
#ifndef LANG_EXPR_PATH_H
#define LANG_EXPR_PATH_H

#include "formats/json.h"
#include "lang/expr/node.h"

/* ---- canonical texts ---- */

/* Appends a member or an element to the text of a path. */
void path_add_member(struct str *path, struct slice name);
void path_add_index(struct str *path, int64_t index);
/* The steps that a canonical text has, in a; their number, or -1: it is none. */
int path_steps(struct arena *a, struct slice text, struct json_step **steps);

/* ---- compiled paths ---- */

struct path {
	struct path_part {
		struct json_paths paths; /* the steps to begin with; n == 0: none */
		enum { PATH_END, PATH_EACH, PATH_WHERE } then;
		struct json_paths member; /* WHERE: what is compared, */
		struct value wanted;      /* and with what */
	} *parts;
	int n;
	bool many; /* some part ends with EACH */
};

/* Called with a value. Lives as long as the event or ev->scratch. False: ends the walk, as a failure. */
typedef bool path_visit(void *arg, struct slice value);

/* All values of a NODE_PATH in the order of the document. False: failed, or visit said so. */
bool path_each(const struct expr *e, struct eval *ev, const struct event *event, path_visit *visit, void *arg);
/* The value of one that is not many; KIND_MISSING where there is none. False: failed. */
bool path_value(const struct expr *e, struct eval *ev, const struct event *event, struct value *out);
/* NODE_ANY. */
int path_any(const struct expr *e, struct eval *ev, const struct event *event);

#endif
