/* How values rank: numbers by value, before text by bytes; a total order. */
#ifndef LANG_EXPR_RANK_H
#define LANG_EXPR_RANK_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/expr/expr.h"

/* A value as it ranks (see value_rank), parsed once. */
struct rank {
	bool is_num;
	struct num n;   /* is_num */
	struct slice s; /* else; borrowed */
};

struct rank rank_of(const struct value *v);
int rank_cmp(const struct rank *a, const struct rank *b);
/* A value as levels, of which it has rank_levels(): values in descending order have ascending words. Values whose words
 * of all lower levels are equal have as many levels as each other. */
unsigned rank_levels(const struct rank *r);
uint64_t rank_level_desc(const struct rank *r, unsigned level);

/* The rank as bytes that compare as ranks do, none of them the beginning of another's. desc: the other way round. Needs
 * room for rank_key_bytes(); returns the end. */
size_t rank_key_bytes(const struct rank *r);
char *rank_key_write(const struct rank *r, bool desc, char *to);

#endif
