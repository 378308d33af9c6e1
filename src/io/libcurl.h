/* libcurl as a table of functions, opened at run time; only http.c uses it.
 *
 * libcurl brings dozens of shared libraries, which would slow down every start of spile. So it is no dependency of the
 * program: it is opened by the pipelines that fetch. A module of our own that is linked with it would do the same with one
 * more file to install and to find. */
#ifndef IO_LIBCURL_H
#define IO_LIBCURL_H

#include <curl/curl.h>

#define LIBCURL_FUNCTIONS(F) \
	F(easy_cleanup) F(easy_getinfo) F(easy_init) F(easy_setopt) F(easy_strerror) F(free) F(global_cleanup) \
	F(global_init) F(multi_add_handle) F(multi_cleanup) F(multi_info_read) F(multi_init) F(multi_remove_handle) \
	F(multi_setopt) F(multi_socket_action) F(slist_append) F(slist_free_all) F(url) \
	F(url_cleanup) F(url_get) F(url_set) F(url_strerror)

struct libcurl {
#define FUNCTION(name) __typeof__(curl_##name) *name;
	LIBCURL_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

/* Opens the library, for good: some of what it brings cannot be closed again. NULL, or why it could not (until the next
 * call). */
const char *libcurl_open(struct libcurl *curl);

/* libcurl makes pairs of sockets for itself, to be woken and to hear from its resolver, which children would inherit. */

/* The number that the next descriptor to be opened gets. */
int libcurl_next_descriptor(void);
/* Where fd is an end of such a pair: closes both ends on exec. No harm where it is anything else, or nothing. */
void libcurl_claim(int fd);

#endif
