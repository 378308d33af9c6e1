/* Shared libraries that are opened at run time, by the pipelines that need them. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* Finds n functions or variables, by name, in a library that dlopen gave (NULL: in none), and writes their addresses to
 * table, a struct of n pointers in that order. False: one is missing. */
bool library_find(void *lib, const char *const *names, size_t n, void *table);

#endif
