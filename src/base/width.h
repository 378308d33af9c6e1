/* How many columns of a terminal text takes, by tables of our own: the same in every locale. */
#ifndef BASE_WIDTH_H
#define BASE_WIDTH_H

#include <stdint.h>

#include "base/slice.h"

/* The columns of a character: 0 for one that sits on the one before, 2 for a wide one, else 1. */
int width_of(uint32_t c);
uint32_t width_text(struct slice s);
/* As much of s as fits into so many columns, with the marks on its last character. */
struct slice width_cut(struct slice s, uint32_t columns);

#endif
