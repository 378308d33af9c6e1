/* What the lexer's files share: classes of bytes, independent of the locale, and small helpers. Not for others. */
#ifndef LANG_SYNTAX_LEX_IMPL_H
#define LANG_SYNTAX_LEX_IMPL_H

#include "lang/syntax/lex.h"

static inline bool is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_ident_start(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline bool is_ident(int c)
{
	return is_ident_start(c) || is_digit(c);
}

static inline bool is_one_of(int c, const char *set)
{
	return c > 0 && strchr(set, c) != NULL;
}

static inline bool is_word(int c)
{
	return is_ident(c) || c >= 0x80 || is_one_of(c, "./:@%+,-~*?[]=$");
}

static inline bool is_continuation(int c)
{
	return c >= 0 && (c & 0xc0) == 0x80;
}

static inline bool ends_word(int c)
{
	return c < 0 || is_space(c) || is_one_of(c, "|;{}\"");
}

static inline int byte_at(struct slice text, size_t pos)
{
	return pos < text.len ? (unsigned char)text.p[pos] : -1;
}

static inline struct span span_from(const struct lex *l, uint32_t begin)
{
	return (struct span){begin, l->pos};
}

static inline struct slice text_from(const struct lex *l, uint32_t begin)
{
	return slice_make(l->text.p + begin, l->pos - begin);
}

/* A $ comes next that means something in a string: a field, a name, ${. */
bool lex_dollar_ahead(const struct lex *l);
/* Whatever begins with $, which comes next; TOK_NONE where that stands for itself. */
struct token lex_dollar(struct lex *l);

#endif
