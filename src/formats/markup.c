/* HTML and XML documents by libxml2: see markup.h. */
#include "config.h"

#include "formats/markup.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/library.h"
#include "base/mem.h"
#include "base/shown.h"
#include "formats/charset.h"
#include "formats/css.h"

#if HAVE_LIBXML2

#include <dlfcn.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <pthread.h>

#define FUNCTIONS(F) \
	F(htmlCtxtReadMemory) F(htmlFreeParserCtxt) F(htmlNewParserCtxt) F(xmlCtxtGetLastError) F(xmlCtxtReadMemory) F(xmlFreeDoc) \
	F(xmlFreeParserCtxt) F(xmlInitParser) F(xmlNewDoc) F(xmlNewParserCtxt) F(xmlXPathCastToString) \
	F(xmlXPathCompiledEval) F(xmlXPathCtxtCompile) F(xmlXPathFreeCompExpr) F(xmlXPathFreeContext) F(xmlXPathFreeObject) \
	F(xmlXPathNewContext) F(xmlXPathNodeSetSort)

#define NESTED_MAX 1000

struct markup {
#define FUNCTION(name) __typeof__(name) *name;
	FUNCTIONS(FUNCTION)
#undef FUNCTION
	xmlFreeFunc *free; /* the library's variable */
};

static bool find_functions(void *lib, struct markup *m)
{
	static const char *const names[] = {
#define NAME(name) #name,
		FUNCTIONS(NAME)
#undef NAME
		"xmlFree",
	};
	return library_find(lib, names, sizeof names / sizeof names[0], m);
}

const struct markup *markup_open(const char **why)
{
	static struct markup open;
	static bool tried, good;
	if (!tried) {
		void *lib = dlopen("libxml2.so.2", RTLD_LAZY | RTLD_LOCAL);
		tried = true;
		good = find_functions(lib, &open);
		if (good)
			open.xmlInitParser();
	}
	if (good)
		return &open;
	*why = "libxml2 cannot be loaded (Debian: apt-get install libxml2)";
	return NULL;
}

/* What a query is compiled to. libxml2 writes into it while it is used, so each document that is open has one of its own. */
struct compiled {
	struct compiled *next;
	xmlXPathCompExprPtr elements, *columns;
};

struct markup_query {
	const struct markup *m;
	bool html, raw;
	int ncolumns;
	char *elements, **columns; /* XPath */
	pthread_mutex_t lock;
	struct compiled *spare;
};

struct markup_doc {
	const struct markup_query *q;
	struct compiled *compiled;
	xmlDocPtr doc; /* NULL: it is empty */
	xmlXPathContextPtr context;
	xmlXPathObjectPtr found; /* the elements */
	int next;
	struct str texts;
	size_t *ends; /* in texts, of each value */
};

/* ---- queries ---- */

static bool is_xpath(struct slice s)
{
	return s.len && (s.p[0] == '/' || s.p[0] == '(' || (s.len > 1 && s.p[0] == '.' && s.p[1] == '/'));
}

/* Where the @ of SELECTOR@ATTRIBUTE is, or s.len. Within brackets, parentheses and quotes it is none. */
static uint32_t attribute_at(struct slice s)
{
	uint32_t found = s.len;
	int depth = 0;
	char quote = 0;
	for (uint32_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (c == '\\')
			i++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '[' || c == '(')
			depth++;
		else if (c == ']' || c == ')')
			depth--;
		else if (c == '@' && depth == 0)
			found = i;
	}
	return found;
}

static struct slice trimmed(struct slice s)
{
	while (s.len && (unsigned char)s.p[0] <= ' ') {
		s.p++;
		s.len--;
	}
	while (s.len && (unsigned char)s.p[s.len - 1] <= ' ')
		s.len--;
	return s;
}

static bool add_css(struct str *out, struct slice css, bool html, struct markup_error *error)
{
	const char *why;
	uint32_t place;
	if (css_to_xpath(css, html ? CSS_HTML : CSS_XML, out, &why, &place))
		return true;
	struct str shown = {0};
	str_add_shown(&shown, slice_make(css.p + place, css.len - place), 30);
	if (shown.len)
		snprintf(error->text, sizeof error->text, "%s: '%.60s'", why, shown.p);
	else
		snprintf(error->text, sizeof error->text, "%s at the end", why);
	str_release(&shown);
	return false;
}

static bool add_attribute(struct str *out, struct slice name, bool html, struct markup_error *error)
{
	for (uint32_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c < 0x80 && !strchr("-_.:", c) && !((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9'))
			name.len = 0;
	}
	if (!name.len) {
		snprintf(error->text, sizeof error->text, "an attribute's name is missing after '@'");
		return false;
	}
	str_adds(out, "@*[name()='");
	for (uint32_t i = 0; i < name.len; i++)
		str_addc(out, html && name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 32) : name.p[i]);
	str_adds(out, "']");
	return true;
}

/* The XPath of a column: the first that is found. */
static char *column_path(struct slice s, bool html, struct markup_error *error)
{
	struct str out = {0};
	s = trimmed(s);
	if (is_xpath(s))
		return mem_strndup(s.p, s.len);
	uint32_t at = attribute_at(s);
	struct slice css = trimmed(slice_make(s.p, at)), name = trimmed(slice_make(s.p + at, s.len - at));
	bool self = css.len == 0 || (css.len == 1 && css.p[0] == '.'), good = true;
	if (!self) {
		str_adds(&out, "((");
		good = add_css(&out, css, html, error);
		str_addc(&out, ')');
	} else {
		str_adds(&out, name.len ? "(." : ".");
	}
	if (good && name.len) {
		str_addc(&out, '/');
		good = add_attribute(&out, slice_make(name.p + 1, name.len - 1), html, error);
	}
	if (!self || name.len)
		str_adds(&out, ")[1]");
	if (good)
		return str_steal(&out);
	str_release(&out);
	return NULL;
}

static char *elements_path(struct slice s, bool html, struct markup_error *error)
{
	struct str out = {0};
	s = trimmed(s);
	if (is_xpath(s))
		return mem_strndup(s.p, s.len);
	if (add_css(&out, s, html, error))
		return str_steal(&out);
	str_release(&out);
	return NULL;
}

static void ignore_error(void *context, xmlErrorPtr error)
{
	(void)context;
	(void)error;
}

static void compiled_free(const struct markup_query *q, struct compiled *c)
{
	if (!c)
		return;
	if (c->elements)
		q->m->xmlXPathFreeCompExpr(c->elements);
	for (int i = 0; i < q->ncolumns; i++)
		if (c->columns[i])
			q->m->xmlXPathFreeCompExpr(c->columns[i]);
	free(c->columns);
	free(c);
}

static xmlXPathCompExprPtr compile(const struct markup_query *q, const char *path)
{
	xmlXPathContextPtr context = q->m->xmlXPathNewContext(NULL);
	if (!context)
		mem_exhausted();
	context->error = ignore_error;
	xmlXPathCompExprPtr e = q->m->xmlXPathCtxtCompile(context, (const xmlChar *)path);
	q->m->xmlXPathFreeContext(context);
	return e;
}

/* Of paths that were compiled before. */
static struct compiled *compile_all(const struct markup_query *q)
{
	struct compiled *c = mem_zalloc(sizeof *c);
	c->columns = mem_zalloc(((size_t)q->ncolumns + 1) * sizeof *c->columns);
	c->elements = compile(q, q->elements);
	for (int i = 0; i < q->ncolumns; i++)
		c->columns[i] = compile(q, q->columns[i]);
	return c;
}

static void say_xpath_error(struct markup_error *error, const xmlError *e)
{
	const char *text = e->message ? e->message : "this is not XPath";
	if (e->code == XML_XPATH_UNDEF_PREFIX_ERROR)
		text = "namespaces are left out of names: write 'date' for 'dc:date'";
	snprintf(error->text, sizeof error->text, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Tries a path on an empty document: what is wrong with it is wrong with all. */
static bool check_path(const struct markup_query *q, const char *path, bool elements, struct markup_error *error)
{
	const struct markup *m = q->m;
	xmlDocPtr doc = m->xmlNewDoc((const xmlChar *)"1.0");
	xmlXPathContextPtr context = doc ? m->xmlXPathNewContext(doc) : NULL;
	if (!context)
		mem_exhausted();
	context->error = ignore_error;
	context->node = (xmlNodePtr)doc;
	xmlXPathCompExprPtr e = m->xmlXPathCtxtCompile(context, (const xmlChar *)path);
	xmlXPathObjectPtr got = e ? m->xmlXPathCompiledEval(e, context) : NULL;
	bool good = got != NULL;
	if (!good)
		say_xpath_error(error, &context->lastError);
	else if (elements && got->type != XPATH_NODESET) {
		good = false;
		snprintf(error->text, sizeof error->text, "this finds no elements, it computes a value");
	}
	if (got)
		m->xmlXPathFreeObject(got);
	if (e)
		m->xmlXPathFreeCompExpr(e);
	m->xmlXPathFreeContext(context);
	m->xmlFreeDoc(doc);
	return good;
}

struct markup_query *markup_query_new(const struct markup *m, bool html, bool raw, struct slice elements,
				      const struct markup_column *columns, int ncolumns, struct markup_error *error)
{
	struct markup_query *q = mem_zalloc(sizeof *q);
	*q = (struct markup_query){.m = m, .html = html, .raw = raw, .ncolumns = ncolumns, .lock = PTHREAD_MUTEX_INITIALIZER};
	q->columns = mem_zalloc(((size_t)ncolumns + 1) * sizeof *q->columns);
	error->column = -1;
	q->elements = elements_path(elements, html, error);
	bool good = q->elements && check_path(q, q->elements, true, error);
	for (int i = 0; good && i < ncolumns; i++) {
		error->column = i;
		q->columns[i] = column_path(columns[i].selector, html, error);
		good = q->columns[i] && check_path(q, q->columns[i], false, error);
	}
	if (good)
		return q;
	markup_query_free(q);
	return NULL;
}

void markup_query_free(struct markup_query *q)
{
	if (!q)
		return;
	while (q->spare) {
		struct compiled *c = q->spare;
		q->spare = c->next;
		compiled_free(q, c);
	}
	for (int i = 0; i < q->ncolumns; i++)
		free(q->columns[i]);
	free(q->columns);
	free(q->elements);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static struct compiled *take_compiled(struct markup_query *q)
{
	pthread_mutex_lock(&q->lock);
	struct compiled *c = q->spare;
	if (c)
		q->spare = c->next;
	pthread_mutex_unlock(&q->lock);
	return c ? c : compile_all(q);
}

static void give_back(struct markup_query *q, struct compiled *c)
{
	pthread_mutex_lock(&q->lock);
	c->next = q->spare;
	q->spare = c;
	pthread_mutex_unlock(&q->lock);
}

/* ---- encodings ---- */

#define CHARSET_BYTES 40
#define LOOK_BYTES 2048 /* a page says its encoding near its beginning */

static bool matches(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(end - p) >= n && strncasecmp(p, word, n) == 0;
}

/* charset=NAME in [p, end). */
static bool charset_in(const char *p, const char *end, char *name)
{
	for (; p < end && !matches(p, end, "charset"); p++) {}
	if (p == end)
		return false;
	for (p += strlen("charset"); p < end && (unsigned char)*p <= ' '; p++) {}
	if (p == end || *p++ != '=')
		return false;
	while (p < end && ((unsigned char)*p <= ' ' || *p == '"' || *p == '\''))
		p++;
	size_t n = 0;
	while (p < end && n + 1 < CHARSET_BYTES && (*p == '-' || *p == '_' || *p == ':' || *p == '.' || (*p >= '0' && *p <= '9') ||
						    ((*p | 32) >= 'a' && (*p | 32) <= 'z')))
		name[n++] = *p++;
	name[n] = '\0';
	return n > 0;
}

/* Of a <meta> in the page. */
static bool charset_of_page(struct slice text, char *name)
{
	const char *p = text.p, *end = p + (text.len < LOOK_BYTES ? text.len : LOOK_BYTES);
	for (; p < end; p++) {
		if (!matches(p, end, "<meta"))
			continue;
		const char *close = memchr(p, '>', (size_t)(end - p));
		if (charset_in(p, close ? close : end, name))
			return true;
	}
	return false;
}

static bool is_utf8(const char *name)
{
	return strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0;
}

/* What browsers take for Latin-1 and ASCII is Windows' superset of them (WHATWG Encoding, "windows-1252"). */
static const char *real_name(const char *name)
{
	static const char *const names[] = {"iso-8859-1", "iso8859-1", "latin1", "ascii", "us-ascii"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(name, names[i]) == 0)
			return "WINDOWS-1252";
	return name;
}

/* The text as clean UTF-8: itself, or in `room`. XML that nothing was said of goes to its parser as it is: *own is false. */
static struct slice decoded(struct slice text, bool html, struct slice content_type, struct str *room, bool *own)
{
	char name[CHARSET_BYTES] = "";
	const unsigned char *p = (const unsigned char *)text.p;
	bool said = charset_in(content_type.p, content_type.p + content_type.len, name);
	*own = true;
	if (text.len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
		snprintf(name, sizeof name, "UTF-16");
	else if (text.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		snprintf(name, sizeof name, "UTF-8");
		text = slice_make(text.p + 3, text.len - 3);
	} else if (!said && !html) {
		*own = false;
		return text;
	} else if (!said)
		charset_of_page(text, name);
	if (name[0] && !is_utf8(name) && charset_to_utf8(real_name(name), text, room)) {
		if (room->len > UINT32_MAX)
			return slice_make("", 0);
		struct slice all = slice_make(room->len ? room->p : "", room->len);
		if (charset_is_clean(all))
			return all;
		struct str clean = {0}; /* it holds NUL */
		charset_clean_utf8(all, &clean);
		str_release(room);
		*room = clean;
		return slice_make(room->p, room->len);
	}
	if (charset_is_clean(text))
		return text;
	charset_clean_utf8(text, room);
	return slice_make(room->p, room->len > UINT32_MAX ? 0 : room->len);
}

/* ---- reading ---- */

static void refuse_entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id,
			  xmlChar *content)
{
	(void)name, (void)type, (void)public_id, (void)system_id, (void)content;
	xmlParserCtxtPtr parser = ctx;
	parser->_private = parser; /* a mark */
	parser->disableSAX = 1;
	parser->wellFormed = 0;
	parser->instate = XML_PARSER_EOF;
}

static void say_parse_error(const struct markup *m, xmlParserCtxtPtr parser, char *why, size_t why_bytes)
{
	const xmlError *e = m->xmlCtxtGetLastError(parser);
	if (parser->_private)
		snprintf(why, why_bytes, "it declares entities, which are refused");
	else if (e && e->message)
		snprintf(why, why_bytes, "line %d: %.*s", e->line, (int)strcspn(e->message, "\n"), e->message);
	else
		snprintf(why, why_bytes, "it is no XML document");
}

static xmlDocPtr parse_xml(const struct markup *m, struct slice text, bool own, char *why, size_t why_bytes)
{
	xmlParserCtxtPtr parser = m->xmlNewParserCtxt();
	if (!parser)
		mem_exhausted();
	parser->sax->entityDecl = refuse_entity;
	xmlDocPtr doc = m->xmlCtxtReadMemory(parser, text.p, (int)text.len, "", own ? "UTF-8" : NULL,
					     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE |
						     XML_PARSE_COMPACT);
	if (doc && parser->_private) {
		m->xmlFreeDoc(doc);
		doc = NULL;
	}
	if (!doc)
		say_parse_error(m, parser, why, why_bytes);
	m->xmlFreeParserCtxt(parser);
	return doc;
}

static xmlDocPtr parse_html(const struct markup *m, struct slice text)
{
	htmlParserCtxtPtr parser = m->htmlNewParserCtxt();
	if (!parser)
		mem_exhausted();
	xmlDocPtr doc = m->htmlCtxtReadMemory(parser, text.p, (int)text.len, "", "UTF-8",
					      HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
						      HTML_PARSE_NONET | HTML_PARSE_COMPACT | HTML_PARSE_IGNORE_ENC |
						      XML_PARSE_HUGE);
	m->htmlFreeParserCtxt(parser);
	return doc;
}

static bool has_children(const xmlNode *n)
{
	return n->children && n->type != XML_ENTITY_REF_NODE && n->type != XML_DTD_NODE;
}

/* The node after n in document order, within top; NULL: that was the last. */
static xmlNodePtr node_after(xmlNodePtr n, xmlNodePtr top)
{
	if (has_children(n))
		return n->children;
	while (n != top && !n->next)
		n = n->parent;
	return n == top ? NULL : n->next;
}

/* Makes the tree fit to be searched: namespaces are left out. False: it is nested too deeply, so that the texts of all elements
 * would be much longer than the document. */
static bool prepare(xmlDocPtr doc, bool namespaces)
{
	int depth = 0;
	for (xmlNodePtr n = (xmlNodePtr)doc, top = n; n;) {
		if (namespaces && n->type == XML_ELEMENT_NODE) {
			n->ns = NULL;
			for (xmlAttrPtr a = n->properties; a; a = a->next)
				a->ns = NULL;
		}
		if (has_children(n)) {
			n = n->children;
			if (++depth > NESTED_MAX)
				return false;
			continue;
		}
		for (; n != top && !n->next; depth--)
			n = n->parent;
		n = n == top ? NULL : n->next;
	}
	return true;
}

struct markup_doc *markup_read(const struct markup_query *q, struct slice text, struct slice content_type, char *why,
			       size_t why_bytes)
{
	const struct markup *m = q->m;
	struct str room = {0};
	bool own;
	struct slice clean = decoded(text, q->html, content_type, &room, &own);
	if (clean.len > INT32_MAX) {
		snprintf(why, why_bytes, "it is too long");
		str_release(&room);
		return NULL;
	}
	xmlDocPtr tree = q->html ? parse_html(m, clean) : parse_xml(m, clean, own, why, why_bytes);
	str_release(&room);
	if (!tree && !q->html)
		return NULL;
	struct markup_doc *d = mem_zalloc(sizeof *d);
	*d = (struct markup_doc){.q = q, .doc = tree, .ends = mem_alloc(((size_t)q->ncolumns + 1) * sizeof *d->ends)};
	if (!tree) /* nothing at all is there */
		return d;
	if (!prepare(tree, !q->html)) {
		snprintf(why, why_bytes, "its elements are nested more than %d deep", NESTED_MAX);
		markup_doc_free(d);
		return NULL;
	}
	d->compiled = take_compiled((struct markup_query *)q);
	d->context = m->xmlXPathNewContext(tree);
	if (!d->context)
		mem_exhausted();
	d->context->error = ignore_error;
	d->context->node = (xmlNodePtr)tree;
	d->found = m->xmlXPathCompiledEval(d->compiled->elements, d->context);
	if (d->found && d->found->nodesetval)
		m->xmlXPathNodeSetSort(d->found->nodesetval);
	return d;
}

void markup_doc_free(struct markup_doc *d)
{
	if (!d)
		return;
	const struct markup *m = d->q->m;
	if (d->found)
		m->xmlXPathFreeObject(d->found);
	if (d->context)
		m->xmlXPathFreeContext(d->context);
	if (d->doc)
		m->xmlFreeDoc(d->doc);
	if (d->compiled)
		give_back((struct markup_query *)d->q, d->compiled);
	str_release(&d->texts);
	free(d->ends);
	free(d);
}

/* ---- texts ---- */

/* Adds text; of white space only that it was there, until more follows. */
static void add_collapsed(struct str *out, size_t begin, const char *p, bool *space)
{
	while (*p) {
		size_t n = strcspn(p, " \t\n\r\f\v");
		if (n) {
			if (*space && out->len > begin)
				str_addc(out, ' ');
			*space = false;
			str_add(out, p, n);
		}
		p += n;
		if (*p) {
			*space = true;
			p += strspn(p, " \t\n\r\f\v");
		}
	}
}

static void add_text(struct markup_doc *d, const xmlChar *text, size_t begin, bool *space)
{
	if (!text)
		return;
	if (d->q->raw)
		str_adds(&d->texts, (const char *)text);
	else
		add_collapsed(&d->texts, begin, (const char *)text, space);
}

static void add_node(struct markup_doc *d, xmlNodePtr top)
{
	size_t begin = d->texts.len;
	bool space = false;
	if (top->type == XML_NAMESPACE_DECL)
		return;
	for (xmlNodePtr n = top; n; n = node_after(n, top))
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			add_text(d, n->content, begin, &space);
}

static bool add_value(struct markup_doc *d, xmlXPathCompExprPtr path)
{
	const struct markup *m = d->q->m;
	bool space = false;
	xmlXPathObjectPtr got = m->xmlXPathCompiledEval(path, d->context);
	if (!got)
		return false;
	if (got->type != XPATH_NODESET) {
		xmlChar *text = m->xmlXPathCastToString(got);
		add_text(d, text, d->texts.len, &space);
		(*m->free)(text);
	} else if (got->nodesetval && got->nodesetval->nodeNr > 0) {
		if (got->nodesetval->nodeNr > 1)
			m->xmlXPathNodeSetSort(got->nodesetval);
		add_node(d, got->nodesetval->nodeTab[0]);
	}
	m->xmlXPathFreeObject(got);
	return true;
}

bool markup_next(struct markup_doc *d, struct slice *values, const char **why)
{
	int n = d->q->ncolumns ? d->q->ncolumns : 1;
	*why = NULL;
	if (d->doc && !d->found) {
		*why = "the selector cannot be evaluated here";
		return false;
	}
	if (!d->doc || !d->found->nodesetval || d->next >= d->found->nodesetval->nodeNr)
		return false;
	xmlNodePtr element = d->found->nodesetval->nodeTab[d->next++];
	str_clear(&d->texts);
	if (!d->q->ncolumns)
		add_node(d, element);
	d->ends[0] = d->texts.len;
	for (int i = 0; i < d->q->ncolumns; i++) {
		d->context->node = element;
		if (!add_value(d, d->compiled->columns[i])) {
			*why = "a column's selector cannot be evaluated here";
			return false;
		}
		d->ends[i] = d->texts.len;
	}
	if (d->texts.len > UINT32_MAX) {
		*why = "what it finds is too long";
		return false;
	}
	for (int i = 0; i < n; i++) {
		size_t begin = i ? d->ends[i - 1] : 0;
		values[i] = slice_make(d->texts.len ? d->texts.p + begin : "", d->ends[i] - begin);
	}
	return true;
}

#else

const struct markup *markup_open(const char **why)
{
	*why = "this spile was built without libxml2: install its headers (Debian: apt-get install libxml2-dev), then configure and "
	       "build spile again";
	return NULL;
}

/* Nothing was opened, so none of these is called. */
struct markup_query *markup_query_new(const struct markup *m, bool html, bool raw, struct slice elements,
				      const struct markup_column *columns, int ncolumns, struct markup_error *error)
{
	(void)m, (void)html, (void)raw, (void)elements, (void)columns, (void)ncolumns, (void)error;
	abort();
}

void markup_query_free(struct markup_query *q)
{
	(void)q;
}

struct markup_doc *markup_read(const struct markup_query *q, struct slice text, struct slice content_type, char *why,
			       size_t why_bytes)
{
	(void)q, (void)text, (void)content_type, (void)why, (void)why_bytes;
	abort();
}

bool markup_next(struct markup_doc *doc, struct slice *values, const char **why)
{
	(void)doc, (void)values, (void)why;
	abort();
}

void markup_doc_free(struct markup_doc *doc)
{
	(void)doc;
}

#endif
