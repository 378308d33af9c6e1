/* Addresses and listening sockets: see address.h. A host's name is looked up when the run starts, before anything moves. */
#include "config.h"

#include "io/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

#define LOOPBACK "127.0.0.1"
#define HOST_MAX 1025 /* NI_MAXHOST */
#define PORT_MAX 32

/* ---- text ---- */

static bool is_path(const char *text)
{
	size_t len = strlen(text);
	return strchr(text, '/') || (len >= 5 && !strcmp(text + len - 5, ".sock"));
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned port = 0;
	for (size_t i = 0; i < digits && port <= 65535; i++)
		port = 10 * port + (unsigned)(text[i] - '0');
	return digits && !text[digits] && port <= 65535;
}

/* HOST:PORT, [HOST]:PORT, :PORT or PORT. */
static const char *parse_host(struct address *a, const char *text, struct arena *arena)
{
	const char *colon = strrchr(text, ':'), *host = text, *end = colon ? colon : text;
	a->port = colon ? colon + 1 : text;
	if (!is_port(a->port))
		return "write a path, PORT or HOST:PORT; a port is a number up to 65535";
	if (host < end && *host == '[' && end[-1] == ']') {
		host++;
		end--;
	} else if (strchr(text, ':') != colon) {
		return "an IPv6 address before a port stands in brackets: [::1]:7000";
	}
	if (host < end) {
		char *copy = arena_bytes(arena, (size_t)(end - host) + 1);
		memcpy(copy, host, (size_t)(end - host));
		copy[end - host] = '\0';
		a->host = copy;
	}
	return NULL;
}

const char *address_parse(struct address *a, const char *text, struct arena *arena)
{
	*a = (struct address){.text = text, .is_path = is_path(text)};
	if (!a->is_path)
		return parse_host(a, text, arena);
	return strlen(text) < sizeof((struct sockaddr_un *)NULL)->sun_path ? NULL : "the path is too long for a socket";
}

/* ---- sockets ---- */

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Closes fd and keeps errno: what went wrong with it. */
static void give_up(int fd)
{
	int err = errno;
	close(fd);
	errno = err;
}

/* Is it the socket of a process that has gone? Only then its file may be removed. */
static bool is_stale(const struct sockaddr_un *to)
{
	struct stat st;
	if (lstat(to->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	int fd = new_socket(AF_UNIX);
	if (fd < 0)
		return false;
	bool refused = connect(fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static bool open_path(struct listener *l, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct stat st;
	strcpy(to.sun_path, path); /* address_parse has checked that it fits */
	int fd = new_socket(AF_UNIX);
	if (fd < 0)
		return false;
	int got = bind(fd, (struct sockaddr *)&to, sizeof to);
	if (got < 0 && errno == EADDRINUSE) {
		bool stale = is_stale(&to) && unlink(path) == 0;
		errno = EADDRINUSE;
		got = stale ? bind(fd, (struct sockaddr *)&to, sizeof to) : -1;
	}
	if (got < 0 || lstat(path, &st) < 0) {
		give_up(fd);
		return false;
	}
	*l = (struct listener){.fd = fd, .path = path, .dev = st.st_dev, .ino = st.st_ino};
	return true;
}

static int open_one(const struct addrinfo *ai)
{
	int on = 1, fd = new_socket(ai->ai_family);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	give_up(fd);
	return -1;
}

static bool open_host(struct listener *l, const struct address *a, const char **why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *all;
	int err = getaddrinfo(a->host ? a->host : LOOPBACK, a->port, &hints, &all);
	if (err) {
		*why = err == EAI_SYSTEM ? strerror(errno) : gai_strerror(err);
		return false;
	}
	for (const struct addrinfo *ai = all; ai && l->fd < 0; ai = ai->ai_next)
		l->fd = open_one(ai);
	if (l->fd < 0)
		*why = strerror(errno);
	freeaddrinfo(all);
	return l->fd >= 0;
}

bool listener_open(struct listener *l, const struct address *a, const char **why)
{
	*l = (struct listener){.fd = -1};
	if (!a->is_path && !open_host(l, a, why))
		return false;
	if ((!a->is_path || open_path(l, a->text)) && listen(l->fd, SOMAXCONN) == 0)
		return true;
	*why = strerror(errno);
	listener_close(l);
	return false;
}

void listener_name(const struct listener *l, char *name, size_t size)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	char host[HOST_MAX] = "", port[PORT_MAX] = "";
	if (getsockname(l->fd, (struct sockaddr *)&at, &len) == 0)
		getnameinfo((struct sockaddr *)&at, len, host, sizeof host, port, sizeof port,
			    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(name, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

void listener_close(struct listener *l)
{
	struct stat st;
	if (l->fd < 0)
		return;
	if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	close(l->fd);
	l->fd = -1;
}
