/* Subscriptions: that asks and deliveries come in GenStage's numbers. The producer here answers each ask in full. */
#include "config.h"

#include "engine/core/edge.h"
#include "engine/core/pipeline.h"
#include "unit.h"

static void nothing(struct node *nd)
{
	(void)nd;
}

static const struct node_ops idle_ops = {.run = nothing};

struct bench {
	struct pipeline pl;
	struct edge *e;
	char log[400]; /* "ask 1000 got 500 got 500 ask 500 ..." */
	int64_t limit; /* of the consumer */
	int64_t asked; /* what was logged of the edge's wanted */
};

static void set_up(struct bench *b, enum edge_unit counts, int64_t max, int64_t min)
{
	struct pipeline_options opt = {.threads = 1, .term = '\n'};
	memset(b, 0, sizeof *b);
	pipeline_init(&b->pl, &opt, 2);
	b->limit = EDGE_NO_LIMIT;
	b->pl.stages[0].name = "producer";
	b->pl.stages[1].name = "consumer";
	struct node *from = pipeline_node(&b->pl, &idle_ops, 0, NULL);
	struct node *to = pipeline_node(&b->pl, &idle_ops, 1, NULL);
	b->e = pipeline_join(&b->pl, from, to, counts, max, min);
}

static void note(struct bench *b, const char *what, int64_t n)
{
	size_t len = strlen(b->log);
	snprintf(b->log + len, sizeof b->log - len, "%s%s %lld", len ? " " : "", what, (long long)n);
}

static void note_asks(struct bench *b)
{
	int64_t wanted = edge_wanted(b->e);
	if (wanted > b->asked)
		note(b, "ask", wanted - b->asked);
	b->asked = wanted;
}

static void answer(struct bench *b, int64_t n)
{
	struct chunk *ck = chunk_new(&b->pl.blocks, UINT32_MAX, UINT32_MAX);
	for (int64_t i = 0; i < n; i++)
		chunk_append(ck, slice_str("x"));
	edge_push(b->e, ck);
	b->asked = edge_wanted(b->e);
}

static void consume(struct bench *b)
{
	for (struct chunk *ck; (ck = edge_next(b->e));) {
		int64_t n = edge_units(b->e, ck);
		note(b, "got", n);
		chunk_free(ck);
		edge_handled(b->e, n);
		edge_ask(b->e, b->limit);
		note_asks(b);
	}
}

/* The consumer takes all, the producer answers all that is wanted, `rounds` times. */
static void run(struct bench *b, int rounds)
{
	edge_ask(b->e, EDGE_NO_LIMIT);
	note_asks(b);
	for (int i = 0; i < rounds; i++) {
		answer(b, edge_wanted(b->e));
		consume(b);
	}
}

static void tear_down(struct bench *b)
{
	pipeline_release(&b->pl);
}

static void test_numbers(void)
{
	static const struct { int64_t max, min; int rounds; const char *log; } rows[] = {
		{1000, 500, 2, "ask 1000 got 500 ask 500 got 500 ask 500 got 500 ask 500 got 500 ask 500"},
		{100, 20, 3, "ask 100 got 80 ask 80 got 20 got 80 ask 100 got 80 ask 80 got 20"},
		{100, 80, 1, "ask 100 got 20 ask 20 got 20 ask 20 got 20 ask 20 got 20 ask 20 got 20 ask 20"},
		{1, 0, 3, "ask 1 got 1 ask 1 got 1 ask 1 got 1 ask 1"},
		{3, 1, 2, "ask 3 got 2 ask 2 got 1 got 2 ask 3"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bench b;
		char name[80];
		snprintf(name, sizeof name, "max_demand=%lld min_demand=%lld", (long long)rows[i].max, (long long)rows[i].min);
		set_up(&b, EDGE_EVENTS, rows[i].max, rows[i].min);
		UNIT(name) {
			run(&b, rows[i].rounds);
			CHECK_STR(b.log, rows[i].log);
		}
		tear_down(&b);
	}
}

static void test_rest(void)
{
	struct bench b;
	set_up(&b, EDGE_EVENTS, -1, -1);
	UNIT("a limit caps what is outstanding") {
		b.limit = 3;
		edge_ask(b.e, 3);
		CHECK(edge_wanted(b.e) == 3);
		answer(&b, 3);
		edge_ask(b.e, 3);
		CHECK(edge_wanted(b.e) == 0);
		consume(&b);
		CHECK(edge_wanted(b.e) == 3);
	}
	tear_down(&b);
	set_up(&b, EDGE_EVENTS, -1, -1);
	UNIT("splitting starts anew with each answer") {
		edge_ask(b.e, EDGE_NO_LIMIT);
		answer(&b, 600);
		answer(&b, 400);
		b.log[0] = '\0';
		consume(&b);
		CHECK_STR(b.log, "got 500 ask 500 got 100 got 400 ask 500");
	}
	tear_down(&b);
	set_up(&b, EDGE_BATCHES, -1, -1);
	UNIT("batches count one each and are never split") {
		edge_ask(b.e, EDGE_NO_LIMIT);
		CHECK(edge_wanted(b.e) == 1);
		answer(&b, 5000);
		struct chunk *ck = edge_next(b.e);
		CHECK(ck && ck->n == 5000);
		chunk_free(ck);
		edge_handled(b.e, 1);
		edge_ask(b.e, EDGE_NO_LIMIT);
		CHECK(edge_wanted(b.e) == 1);
	}
	tear_down(&b);
	set_up(&b, EDGE_EVENTS, -1, -1);
	UNIT("a cancelled edge wants nothing and drops what comes") {
		edge_ask(b.e, EDGE_NO_LIMIT);
		answer(&b, 10);
		edge_cancel(b.e);
		CHECK(edge_wanted(b.e) == 0);
		CHECK(edge_next(b.e) == NULL);
		CHECK(b.e->events_dropped == 10);
	}
	tear_down(&b);
}

static void test_bytes(void)
{
	UNIT("what waits is bounded in bytes: the rest is wanted again when it is taken")
	{
		struct bench b;
		static char long_text[EDGE_BYTES / 2];
		set_up(&b, EDGE_EVENTS, 1000, 500);
		edge_ask(b.e, EDGE_NO_LIMIT);
		for (int64_t left = 1000; left > 998; left--) {
			struct chunk *ck = chunk_new(&b.pl.blocks, UINT32_MAX, UINT32_MAX);
			CHECK_INT(edge_wanted(b.e), left);
			chunk_append(ck, slice_make(long_text, sizeof long_text));
			edge_push(b.e, ck);
		}
		CHECK_INT(edge_wanted(b.e), 0);
		chunk_free(edge_next(b.e));
		CHECK_INT(edge_wanted(b.e), 998);
		CHECK(b.e->from->ready);
		tear_down(&b);
	}
}

int main(void)
{
	test_numbers();
	test_rest();
	test_bytes();
	return unit_done();
}
