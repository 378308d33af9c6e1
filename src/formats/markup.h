/* HTML and XML documents: reading one, finding elements by CSS selector or XPath, and their text. The work is libxml2's, which is
 * opened at run time, when a pipeline reads such documents: it would slow down every start of spile. Knows neither events nor
 * expressions.
 *
 * A document cannot make us read anything else: the network, external entities and DTDs are never loaded, and one that declares
 * entities is refused, so that none can grow when it is expanded. */
#ifndef FORMATS_MARKUP_H
#define FORMATS_MARKUP_H

#include <stdbool.h>

#include "base/slice.h"

struct str;
struct markup;       /* a library that is open */
struct markup_query; /* what to find: shared between threads */
struct markup_doc;

/* Opens libxml2, for good. NULL: *why (static, or the loader's until the next call) says why it could not. */
const struct markup *markup_open(const char **why);

/* What to find in each element that a selector finds. */
struct markup_column {
	struct slice selector; /* "" or ".": the element itself; SELECTOR[@ATTRIBUTE], or XPath */
};

/* A mistake in a selector. */
struct markup_error {
	int column;      /* -1: the selector of the elements */
	char text[160];
};

/* html: HTML, however broken; else XML, whose namespaces are left out of names. elements and columns are CSS, or XPath where they begin with
 * `/`, `./` or `(`. raw: texts keep their white space; else runs of it become one space, none at the ends. NULL: *error. Copies what
 * it needs. */
struct markup_query *markup_query_new(const struct markup *m, bool html, bool raw, struct slice elements,
				      const struct markup_column *columns, int ncolumns, struct markup_error *error);
void markup_query_free(struct markup_query *q); /* NULL passes; no document is open */

/* Reads a document. charset: what the server said of it (a Content-Type, or ""), else meta or the declaration says it, else it is
 * UTF-8. NULL: it cannot be read, and `why`, of why_bytes, says why. */
struct markup_doc *markup_read(const struct markup_query *q, struct slice text, struct slice content_type, char *why,
			       size_t why_bytes);
/* The next element's texts: its own with no columns, else one for each, in values (at least one slot), where they are until the
 * next call. False: that was the last, or with *why set (static) what is looked for cannot be had. */
bool markup_next(struct markup_doc *doc, struct slice *values, const char **why);
void markup_doc_free(struct markup_doc *doc); /* NULL passes */

#endif
