/* Unit tests of base/mem and base/str: growth, alignment, emptiness, and that nothing is freed twice (with a sanitizer). */
#include "config.h"
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

static uint64_t seed = 42;

static void test_alloc(void)
{
	UNIT("no bytes are memory too") {
		void *p = mem_alloc(0), *q = mem_zalloc(0);

		CHECK(p && q);
		p = mem_realloc(p, 0);
		CHECK(p);
		free(p);
		free(q);
	}
	UNIT("zeroed memory") {
		char *p = mem_zalloc(100);

		for (int i = 0; i < 100; i++)
			CHECK(p[i] == 0);
		free(p);
	}
	UNIT("an array grows by doubling and keeps its items") {
		int *items = NULL;
		size_t cap = 0, grown = 0;

		for (size_t n = 0; n < 10000; n++) {
			size_t before = cap;

			items = mem_grow(items, n + 1, &cap, sizeof(*items));
			grown += cap != before;
			items[n] = (int)n;
		}
		for (size_t n = 0; n < 10000; n++)
			CHECK(items[n] == (int)n);
		CHECK(grown < 14);
		items = mem_grow(items, 50000, &cap, sizeof(*items));
		CHECK(cap >= 50000 && items[9999] == 9999);
		free(items);
	}
	UNIT("copies of strings") {
		char *a = mem_strdup("text"), *b = mem_strndup("text", 2), *c = mem_strndup(NULL, 0);

		CHECK_STR(a, "text");
		CHECK_STR(b, "te");
		CHECK_STR(c, "");
		free(a);
		free(b);
		free(c);
	}
}

/* In a child: its standard error to buf, its wait status returned. */
static int run_out_of_memory(char *buf, size_t size)
{
	int fds[2], status = -1;
	ssize_t n = 0;
	pid_t pid;

	if (pipe(fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		size_t cap = 1;

		dup2(fds[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		mem_grow(NULL, SIZE_MAX / 2, &cap, 16);
		_exit(0);
	}
	close(fds[1]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		n = read(fds[0], buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	return status;
}

static void test_out_of_memory(void)
{
	UNIT("running out of memory ends the process with a message and status 1") {
		char text[200];
		int status = run_out_of_memory(text, sizeof(text));

		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
		CHECK_STR(text, "spile: out of memory\n");
	}
}

static void test_arena(void)
{
	UNIT("an arena hands out memory that does not overlap") {
		struct arena a = {0};
		char *p[500];
		size_t len[500];

		for (int round = 0; round < 5; round++) {
			for (size_t i = 0; i < 500; i++) {
				bool aligned = unit_below(&seed, 2);

				len[i] = unit_below(&seed, unit_below(&seed, 20) ? 100 : 20000);
				p[i] = aligned ? arena_alloc(&a, len[i]) : arena_bytes(&a, len[i]);
				CHECK(p[i] && (!aligned || ((uintptr_t)p[i] & 7) == 0));
				memset(p[i], (int)(i & 0xff), len[i]);
			}
			for (size_t i = 0; i < 500; i++)
				for (size_t k = 0; k < len[i]; k++)
					CHECK(p[i][k] == (char)(i & 0xff));
			CHECK(a.bytes > 0);
			arena_clear(&a);
		}
		arena_release(&a);
		CHECK(!a.page && a.bytes == 0);
		arena_release(&a);
	}
	UNIT("a cleared arena keeps its largest page") {
		struct arena a = {0};
		char *big;

		arena_clear(&a);
		arena_bytes(&a, 10);
		big = arena_bytes(&a, 5000000);
		arena_bytes(&a, 2000000);
		arena_clear(&a);
		CHECK_INT(a.bytes, 5000000);
		CHECK(arena_bytes(&a, 5000000) == big);
		arena_release(&a);
	}
	UNIT("empty requests are not NULL") {
		struct arena a = {0};

		CHECK(arena_bytes(&a, 0));
		CHECK(arena_alloc(&a, 0));
		CHECK(arena_copy(&a, (struct slice){0}).p);
		arena_release(&a);
	}
	UNIT("copies keep bytes and flags") {
		struct arena a = {0};
		struct slice s = {.p = "a\0b", .len = 3, .flags = SLICE_UNENDED}, copy = arena_copy(&a, s);

		CHECK_BYTES(copy.p, copy.len, "a\0b", 3);
		CHECK_INT(copy.flags, SLICE_UNENDED);
		CHECK_STR(arena_strdup(&a, "text"), "text");
		arena_release(&a);
	}
}

static void test_str(void)
{
	UNIT("a string grows and stays terminated") {
		struct str s = {0};

		str_add(&s, NULL, 0);
		CHECK_STR(s.p, "");
		str_adds(&s, "ab");
		str_addc(&s, 'c');
		str_add(&s, "d\0e", 3);
		CHECK_BYTES(s.p, s.len + 1, "abcd\0e", 7);
		str_clear(&s);
		CHECK_STR(s.p, "");
		for (int i = 0; i < 1000; i++)
			str_addf(&s, "%d,", i);
		CHECK_INT(s.len, 10 * 2 + 90 * 3 + 900 * 4);
		CHECK(s.p[s.len] == '\0');
		str_addf(&s, "%0500d", 7);
		CHECK_INT(s.len, 10 * 2 + 90 * 3 + 900 * 4 + 500);
		str_release(&s);
		CHECK(!s.p && s.len == 0 && s.cap == 0);
	}
	UNIT("a stolen string is the thief's") {
		struct str s = {0};
		char *p = str_steal(&s);

		CHECK_STR(p, "");
		free(p);
		str_adds(&s, "x");
		p = str_steal(&s);
		CHECK_STR(p, "x");
		CHECK(!s.p && s.len == 0);
		free(p);
	}
}

int main(void)
{
	test_alloc();
	test_out_of_memory();
	test_arena();
	test_str();
	return unit_done();
}
