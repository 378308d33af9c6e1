/* Transfers through libcurl's multi interface, driven by the pipeline's own poll and timers: no thread of ours, no second
 * loop. Knows nothing of stages and events; nobody else knows libcurl. */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct block;
struct http;
struct http_transfer;
struct loop;
struct node;

/* What all transfers of a stage have in common. Texts must outlive struct http. */
struct http_settings {
	const char *method;      /* NULL: GET, or POST where there is data */
	bool sends_data;         /* requests have a body: http_request.data */
	const char *protocols;   /* that a URL may name, with commas between them: "http,https" */
	const char *user_agent;
	int redirects;           /* most to follow; 0: none is followed */
	int64_t connect_timeout_ns, timeout_ns; /* of one attempt; -1: no limit */
	uint32_t max_body;       /* bytes, after decompression; a longer one fails the transfer */
};

/* What one attempt sends beside the URL. Everything is copied. */
struct http_request {
	struct slice data;
	const struct slice *headers; /* "Name: value", without NUL and line ends */
	int nheaders;
};

/* What one attempt came to. Texts live until the transfer begins again or is freed,
 * an error's until the next call. */
struct http_answer {
	const char *error;       /* why it failed; NULL: it was answered, with whatever status */
	bool passing;            /* another attempt may end better: connection errors, 429, 5xx */
	int64_t retry_after_ns;  /* how long the server asks to wait with that; -1: it does not say */
	long status;
	const char *url;         /* after redirects */
	const char *type;        /* "text/html; charset=utf-8", or "" */
	uint64_t bytes;          /* of the body, as they came over the network */
	int64_t took_us;
};

/* NULL where libcurl can be opened, else why not (the caller's to free()). */
char *http_unavailable(void);

/* Opens libcurl for nd's transfers; what libcurl waits for wakes nd. NULL: it could not, and said so with node_error. */
struct http *http_new(struct node *nd, const struct http_settings *s);
void http_free(struct http *h);     /* after all of its transfers; NULL passes */
/* Offers libcurl's descriptors to the poll that comes. */
void http_watch(struct http *h, struct loop *loop);
/* Lets libcurl do what descriptors and time allow. Call whenever nd runs. */
void http_run(struct http *h);
/* The next transfer whose attempt has ended since it was asked for, or NULL. */
struct http_transfer *http_next_ended(struct http *h);

/* A transfer of that URL, which may be attempted several times; owner is for the caller to find with http_owner. NULL where
 * the URL is none, or of a protocol that is not allowed: *why says so, until the next call. */
struct http_transfer *http_transfer_new(struct http *h, struct slice url, void *owner, const char **why);
void *http_owner(const struct http_transfer *t);
const char *http_host(const struct http_transfer *t); /* "host:port" that the URL names */
/* Begins an attempt. Not while another is under way. */
void http_begin(struct http_transfer *t, const struct http_request *rq);
/* What the attempt that has ended came to. */
struct http_answer http_answer(struct http_transfer *t);
/* The block that holds the body and room for a byte more, the caller's from here on; NULL where the body is empty. */
struct block *http_take_body(struct http_transfer *t);
/* Gives up the attempt that is under way, or what is left of one that has ended. */
void http_drop(struct http_transfer *t);
void http_transfer_free(struct http_transfer *t); /* gives up an attempt that is under way; NULL passes */

#endif
