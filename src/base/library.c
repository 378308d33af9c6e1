/* Shared libraries at run time: see library.h. */
#include "config.h"

#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_find(void *lib, const char *const *names, size_t n, void *table)
{
	for (size_t i = 0; i < n; i++) {
		void *found = lib ? dlsym(lib, names[i]) : NULL;
		if (!found)
			return false;
		memcpy((char *)table + i * sizeof found, &found, sizeof found); /* ISO C converts no object's pointer to a function's */
	}
	return true;
}
