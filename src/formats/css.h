/* CSS selectors, translated to XPath 1.0 (W3C Selectors Level 4, as far as a document at rest has it; the translation
 * follows the definitions there). Knows text alone: markup.c evaluates what comes out. */
#ifndef FORMATS_CSS_H
#define FORMATS_CSS_H

#include <stdbool.h>

#include "base/slice.h"

struct str;

/* How names are compared: HTML's element and attribute names are in lower case. */
enum css_names { CSS_HTML, CSS_XML };

/* Appends to out the XPath expression of the elements that a list of selectors finds below the context node; of those alone
 * that are related to it as a selector says that begins with a combinator (`> a`). False where the text is no selector:
 * *error (static) says why, *at is the place in it, and out is as before. */
bool css_to_xpath(struct slice selector, enum css_names names, struct str *out, const char **error, uint32_t *at);

#endif
