/* listen ADDRESS: lines from any number of clients. Nobody is accepted or read without demand: what clients write then
 * waits in their sockets, and with it they. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/core/pipeline.h"
#include "io/reader.h"
#include "io/address.h"
#include "stages/sources/files.h"

#define MAX_CLIENTS 512
#define RETRY_NS (100 * NS_PER_MS) /* no descriptor is left, and none of ours will be closed */

struct listening {
	const char *text;
	int64_t max_clients;
	struct slice sep;
	struct address address;
};

struct client {
	int fd;
	struct reader reader;
	bool waiting;            /* nothing was there; reader.ready tells when there is */
};

struct listening_state {
	struct listener listener;
	short ready;             /* the listener's answer to poll */
	struct client **clients;
	size_t n, cap;
	size_t turn;             /* whose turn it is */
	bool crowded;            /* accept found no room: until a client has left */
	struct lease_book book;
	uint64_t nr;
};

static void listen_bind(void *priv, struct bind *b)
{
	struct listening *l = priv;
	const char *wrong = address_parse(&l->address, l->text, bind_arena(b));
	sep_bind(b, l->sep);
	if (wrong)
		bind_arg_error(b, 0, "%s", wrong);
	if (l->max_clients < 0)
		l->max_clients = MAX_CLIENTS;
}

/* ---- clients ---- */

static void add_client(struct node *nd, int fd)
{
	const struct listening *l = nd->priv;
	struct listening_state *st = nd->state;
	struct client *c = mem_zalloc(sizeof *c);
	int on = 1;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); /* whose machine has gone leaves, some day */
	c->fd = fd;
	reader_open(&c->reader, nd, fd, l->text, &st->book, &st->nr, 0);
	c->reader.term = sep_byte(l->sep, nd->pl->opt.term);
	st->clients = mem_grow(st->clients, st->n + 1, &st->cap, sizeof *st->clients);
	st->clients[st->n++] = c;
}

static void remove_client(struct listening_state *st, size_t i)
{
	struct client *c = st->clients[i];
	reader_close(&c->reader);
	close(c->fd);
	free(c);
	st->n--;
	memmove(&st->clients[i], &st->clients[i + 1], (st->n - i) * sizeof *st->clients);
	st->turn = i;
	st->crowded = false;
}

static bool has_room(const struct node *nd)
{
	const struct listening *l = nd->priv;
	const struct listening_state *st = nd->state;
	return (int64_t)st->n < l->max_clients && !st->crowded;
}

/* No descriptor or no memory is left: whoever waits to be accepted goes on waiting. */
static void stop_accepting(struct node *nd, int err)
{
	struct listening_state *st = nd->state;
	if (!st->crowded)
		node_note(nd, "cannot accept a client: %s", strerror(err));
	st->crowded = true;
	if (!st->n)
		timer_set(&nd->pl->loop.timers, &nd->timer, clock_now() + RETRY_NS);
}

static void accept_clients(struct node *nd)
{
	struct listening_state *st = nd->state;
	if (!st->ready)
		return;
	st->ready = 0;
	while (has_room(nd)) {
		int fd = accept4(st->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_client(nd, fd);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			stop_accepting(nd, errno);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

/* Reads a chunk of client i, or, where it has ended or failed, what it began; its turn is over. False: nothing is there. */
static bool read_client(struct node *nd, size_t i)
{
	struct listening_state *st = nd->state;
	struct client *c = st->clients[i];
	if (c->waiting && !c->reader.ready)
		return false;
	enum reader_result got = reader_pass_one(&c->reader, false);
	if (got == READER_FAILED) /* it was reset: that is its end */
		got = reader_pass_one(&c->reader, true);
	st->turn = i + 1;
	c->waiting = got == READER_WAIT;
	if (c->waiting)
		reader_shrink(&c->reader);
	if (got == READER_END)
		remove_client(st, i);
	return got != READER_WAIT;
}

/* Reads whoever has something next; false where nobody has. */
static bool read_next(struct node *nd)
{
	struct listening_state *st = nd->state;
	size_t n = st->n, first = st->turn; /* reading moves the turn */
	for (size_t k = 0; k < n; k++)
		if (read_client(nd, (first + k) % n))
			return true;
	return false;
}

/* ---- the node ---- */

static bool listen_start(struct node *nd)
{
	const struct listening *l = nd->priv;
	struct listening_state *st = nd->state;
	const char *why;
	char name[200];
	lease_book_init(&st->book);
	if (!listener_open(&st->listener, &l->address, &why)) {
		node_error(nd, "cannot listen on '%s': %s", l->text, why);
		return false;
	}
	if (!l->address.is_path && !atoi(l->address.port)) {
		listener_name(&st->listener, name, sizeof name);
		node_note(nd, "on %s", name);
	}
	return true;
}

static void listen_run(struct node *nd)
{
	struct listening_state *st = nd->state;
	if (!st->n && !timer_is_set(&nd->timer))
		st->crowded = false;
	if (edge_wanted(nd->out[0]) > 0 && !nd->stopping)
		accept_clients(nd);
	while (edge_wanted(nd->out[0]) > 0 && read_next(nd))
		;
	if (nd->stopping)
		node_finish(nd);
}

static void listen_watch(struct node *nd, struct loop *loop)
{
	struct listening_state *st = nd->state;
	if (edge_wanted(nd->out[0]) <= 0)
		return;
	if (has_room(nd) && !nd->stopping)
		loop_offer(loop, st->listener.fd, POLLIN, nd, &st->ready);
	for (size_t i = 0; i < st->n; i++)
		if (st->clients[i]->waiting)
			reader_watch(&st->clients[i]->reader, loop);
}

/* Of a line that a client has begun nobody knows how it would have gone on: it is told, and left out. */
static void listen_stop(struct node *nd)
{
	struct listening_state *st = nd->state;
	listener_close(&st->listener);
	while (st->n) {
		reader_stop(&st->clients[st->n - 1]->reader);
		remove_client(st, st->n - 1);
	}
}

static void listen_release(struct node *nd)
{
	struct listening_state *st = nd->state;
	listener_close(&st->listener);
	while (st->n)
		remove_client(st, st->n - 1);
	free(st->clients);
}

static void listen_release_leases(struct node *nd)
{
	lease_book_release(&((struct listening_state *)nd->state)->book);
}

static const struct node_ops listen_ops = {
	.state_bytes = sizeof(struct listening_state),
	.start = listen_start,
	.run = listen_run,
	.watch = listen_watch,
	.stop = listen_stop,
	.release = listen_release,
	.release_leases = listen_release_leases,
};

static const struct arg_spec listen_args[] = {
	{.type = ARG_WORD, .name = "ADDRESS", .offset = offsetof(struct listening, text)},
	{.type = ARG_END},
};

static const struct opt_spec listen_opts[] = {
	{.name = "max_clients", .type = ARG_COUNT, .offset = offsetof(struct listening, max_clients), .min = 1,
	 .help = "how many are read at a time; others wait (default 512)"},
	{.name = "sep", .type = ARG_STRING, .offset = offsetof(struct listening, sep),
	 .help = "the byte that ends a record (default: newline, with -0 NUL)"},
	{.name = NULL},
};

const struct stage_desc in_listen = {
	.spec = {
		.name = "listen",
		.synopsis = "listen ADDRESS [max_clients=N]",
		.summary = "lines from clients of a Unix socket or a TCP port",
		.flags = SPEC_SOURCE | SPEC_CAN_FAIL | SPEC_ENDLESS,
		.args = listen_args,
		.opts = listen_opts,
		.priv_bytes = sizeof(struct listening),
		.bind = listen_bind,
	},
	.node = &listen_ops,
	.gives_raw = true,
};
