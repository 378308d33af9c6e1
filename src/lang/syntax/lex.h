/* The lexer: tokens of a pipeline's text. What a byte means depends on where it stands (`/` divides after an operand and
 * begins a regular expression elsewhere), so the parser asks for what may stand there and nothing is read ahead.
 * Knows no grammar and no stage. Mistakes inside a literal are reported here; the token is then as good as can be. */
#ifndef LANG_SYNTAX_LEX_H
#define LANG_SYNTAX_LEX_H

#include "base/diag.h"
#include "base/mem.h"
#include "base/num.h"
#include "lang/syntax/ast.h"

struct lex {
	struct slice text;
	uint32_t pos;        /* what comes next; <= text.len */
	struct arena *arena; /* unescaped texts */
	struct diag *diag;
	bool unclosed;       /* something without an end was reported: that the text ends too early is no news */
};

enum token_kind {
	TOK_NONE,    /* nothing of what may stand here; nothing is consumed */
	TOK_NUM,     /* num, unit, ns */
	TOK_TEXT,    /* text: a raw string, or a piece of a string or word */
	TOK_REGEX,   /* text, flags */
	TOK_FIELD,   /* index */
	TOK_LAST,    /* $NF */
	TOK_NAME,    /* text: $name */
	TOK_EVENTS,  /* $@ */
	TOK_FILL,    /* ${ */
	TOK_QUOTE,   /* " */
	TOK_IDENT,   /* text */
	TOK_OPEN,    /* ( */
	TOK_MINUS, TOK_NOT,
	TOK_OP,      /* op */
	TOK_COND,    /* ? */
};

enum unit { UNIT_NONE, UNIT_SIZE, UNIT_TIME, UNIT_BAD };

struct token {
	enum token_kind kind;
	struct span at;
	struct slice text;
	struct num num;      /* TOK_NUM: bytes of a size, seconds of a duration */
	int64_t ns;          /* TOK_NUM with UNIT_TIME; -1: too long for 64 bits */
	enum unit unit;
	int index;
	unsigned flags;
	enum ast_op op;
};

/* White space and comments. */
void lex_blank(struct lex *l);
/* The byte at pos + ahead, or -1 behind the end. */
int lex_at(const struct lex *l, uint32_t ahead);
/* Consumes the bytes where they come next. */
bool lex_accept(struct lex *l, const char *bytes);
/* Whether a stage ends here: at `|` (not `||`), `;`, `{`, `}`, `=>` or the end of the text. */
bool lex_stage_end(const struct lex *l);

/* ---- in an expression (both skip blanks first) ---- */

struct token lex_operand(struct lex *l);  /* where an operand may begin */
struct token lex_operator(struct lex *l); /* after an operand: TOK_OP, TOK_COND or TOK_NONE */

/* `$.name` or `$["` comes next: a name that only expressions know how to write. */
bool lex_quoted_name_ahead(const struct lex *l);
/* What `set` changes comes next, and its = : $N= $NF= $NAME= NAME=, with a range or steps of a path. */
bool lex_target_ahead(const struct lex *l);

/* ---- literals; false or TOK_NONE, and nothing consumed, where none begins here ---- */

struct token lex_number(struct lex *l);          /* without sign */
bool lex_number_ahead(const struct lex *l);
struct token lex_raw(struct lex *l);             /* q{...} */
struct token lex_regex(struct lex *l);           /* /re/flags, m,re,flags */
bool lex_regex_ahead(const struct lex *l);
bool lex_raw_ahead(const struct lex *l);
bool lex_subst_ahead(const struct lex *l);
/* s/re/replacement/flags: two tokens, a TOK_REGEX with the flags and a TOK_TEXT. */
bool lex_subst(struct lex *l, struct token *re, struct token *with);

/* The next piece of a quoted string, behind its `"`: TOK_TEXT, TOK_FIELD, TOK_LAST, TOK_NAME, TOK_FILL, or TOK_QUOTE
 * that closes it; TOK_NONE at the end of the text. Two of TOK_TEXT never follow each other. */
struct token lex_string_piece(struct lex *l);
/* The next piece of a bare word likewise, or TOK_EVENTS; TOK_NONE where it ends. */
struct token lex_word_piece(struct lex *l);
bool lex_word_ahead(const struct lex *l);        /* a bare word, which may begin with $, comes next */

/* ---- words with a meaning ---- */

struct token lex_ident(struct lex *l);           /* TOK_IDENT or TOK_NONE */
/* NAME= comes next, an option or a field's name (not ==, =>, =~). */
bool lex_option_ahead(const struct lex *l);
/* The bare word comes next, whole: what follows it is no part of a word. */
bool lex_keyword_ahead(const struct lex *l, const char *word);

/* ---- for messages and recovery ---- */

/* The place and a printable text (NUL-terminated, in the arena, shortened) of whatever comes next. */
struct span lex_excerpt(const struct lex *l, const char **text);
/* A printable, NUL-terminated copy of s. */
const char *lex_printable(struct arena *a, struct slice s);
/* Skip a string from its opening quote, and ${...} from its $, after a mistake inside. What has no end: a string to the next
 * quote, or no further than where reading stumbled if that comes before the stage's end; ${ not at all. */
void lex_skip_string(struct lex *l, uint32_t open);
void lex_skip_fill(struct lex *l, uint32_t open);
/* Skips to the end of the stage: the next `|`, `;` or `}` outside quotes and inner braces; with SKIP_TO_BLOCK also to
 * `{`, with SKIP_TO_ARROW to `=>`. */
enum { SKIP_TO_BLOCK = 1, SKIP_TO_ARROW = 2 };
void lex_skip_stage(struct lex *l, unsigned also);

/* Where byte `offset` of a regular expression's pattern stands in the text; at: the literal's place, delimiters
 * included. For the messages of re_new. */
struct span lex_regex_place(struct slice text, struct span at, size_t offset);

#endif
