/* Chunks: cutting, views, sharing of blocks, compacting; and leases. */
#include "config.h"

#include "engine/core/chunk.h"
#include "engine/core/lease.h"
#include "unit.h"

static struct block_pool pool;

static struct chunk *raw_chunk(const char *text)
{
	struct block *b = block_new(&pool, strlen(text));
	memcpy(b->data, text, strlen(text));
	b->len = (uint32_t)strlen(text);
	struct chunk *ck = chunk_new(&pool, UINT32_MAX, UINT32_MAX);
	ck->raw = true;
	chunk_own_block(ck, b);
	chunk_append(ck, slice_make(b->data, b->len));
	return ck;
}

static void test_cut(void)
{
	UNIT("a raw chunk is cut as far as there is room, and goes on where it stopped") {
		struct chunk *in = raw_chunk("one\ntwo\n\nfour"), *out = chunk_new(&pool, 2, UINT32_MAX);
		chunk_cut(in, out);
		CHECK(out->n == 2 && slice_eq(out->ev[0], slice_str("one")) && slice_eq(out->ev[1], slice_str("two")));
		chunk_clear(out);
		chunk_cut(in, out);
		CHECK(out->n == 2 && out->ev[0].len == 0 && slice_eq(out->ev[1], slice_str("four")));
		CHECK(out->ev[1].flags == SLICE_UNENDED);
		CHECK(in->pos == in->n);
		chunk_free(in);
		CHECK(slice_eq(out->ev[1], slice_str("four"))); /* the block is still there */
		chunk_free(out);
	}
	UNIT("a raw chunk is given in parts, each with its records' numbers") {
		struct chunk *in = raw_chunk("one\ntwo\n\nfour");
		in->first = (struct origin){.nr = 41, .fnr = 1};
		in->ev[0].flags = SLICE_UNENDED;
		struct chunk *a = chunk_part(in, 2), *b = chunk_part(in, 1), *c = chunk_part(in, 9);
		CHECK(in->pos == in->n);
		chunk_free(in);
		CHECK(a->raw && a->n == 1 && slice_eq(a->ev[0], slice_str("one\ntwo\n")) && a->first.nr == 41);
		CHECK(b->n == 1 && slice_eq(b->ev[0], slice_str("\n")) && b->first.nr == 43 && b->ev[0].flags == 0);
		CHECK(c->n == 1 && slice_eq(c->ev[0], slice_str("four")) && c->first.nr == 44);
		CHECK(c->ev[0].flags == SLICE_UNENDED && chunk_records(c) == 1);
		chunk_free(a);
		chunk_free(b);
		chunk_free(c);
	}
	UNIT("records are numbered where somebody asks") {
		struct chunk *in = raw_chunk("a\nb\n"), *out = chunk_new(&pool, 10, UINT32_MAX);
		in->first = (struct origin){.nr = 41, .fnr = 1, .file = slice_str("f")};
		chunk_cut(in, out);
		CHECK(out->origins && out->origins[0].nr == 41 && out->origins[1].nr == 42 && out->origins[1].fnr == 2);
		chunk_free(in);
		chunk_free(out);
	}
}

static void test_views(void)
{
	UNIT("a view keeps what it shows alive after the chunk is freed") {
		struct chunk *ck = chunk_new(&pool, UINT32_MAX, UINT32_MAX);
		ck->index = 7;
		for (int i = 0; i < 10; i++) {
			char text[8];
			snprintf(text, sizeof text, "e%d", i);
			chunk_append(ck, chunk_copy(ck, slice_str(text)));
		}
		struct chunk *v = chunk_view(ck, 3, 4);
		struct chunk *vv = chunk_view(v, 1, 2);
		chunk_free(ck);
		chunk_free(v);
		CHECK(vv->n == 2 && slice_eq(vv->ev[0], slice_str("e4")) && slice_eq(vv->ev[1], slice_str("e5")));
		CHECK(chunk_pos(vv, 0) == 11);
		chunk_free(vv);
	}
	UNIT("a few bytes do not keep a large block alive") {
		struct chunk *in = raw_chunk("one\ntwo\n"), *out = chunk_new(&pool, 10, UINT32_MAX);
		chunk_cut(in, out);
		struct block *before = out->blocks[0];
		chunk_compact(out);
		CHECK(out->nblocks == 1 && out->blocks[0] != before && out->blocks[0]->cap < 100);
		CHECK(slice_eq(out->ev[1], slice_str("two")) && out->ev[1].p[3] == '\n');
		chunk_free(in);
		chunk_free(out);
	}
}

/* The failures of ck as "at:event ". */
static const char *failures(const struct chunk *ck)
{
	static char text[100];
	uint32_t n = 0;
	text[0] = '\0';
	for (const struct failure *f = ck->failures; f; f = f->next, n++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%u:%.*s ", f->at, (int)f->event.len, f->event.p);
	CHECK(n == ck->nfailures);
	return text;
}

static struct chunk *failed_chunk(void)
{
	struct chunk *ck = chunk_new(&pool, UINT32_MAX, UINT32_MAX);
	chunk_fail(ck, 0, slice_str("a"), "why");
	for (int i = 0; i < 4; i++)
		chunk_append(ck, slice_str("x"));
	chunk_fail(ck, 0, slice_str("b"), "why");
	chunk_append(ck, slice_str("x"));
	chunk_fail(ck, 0, slice_str("c"), "why");
	return ck;
}

static void test_failures(void)
{
	UNIT("failures are noted with the event before which they happened") {
		struct chunk *ck = failed_chunk();
		CHECK_STR(failures(ck), "0:a 4:b 5:c ");
		chunk_free(ck);
	}
	UNIT("a view takes those before its end, the last one those behind it too") {
		struct chunk *ck = failed_chunk(), *v1 = chunk_view(ck, 0, 4), *v2 = chunk_view(ck, 4, 1);
		CHECK_STR(failures(ck), "");
		chunk_free(ck);
		CHECK_STR(failures(v1), "0:a ");
		CHECK_STR(failures(v2), "0:b 1:c ");
		chunk_fail(v1, 0, slice_str("d"), "why");
		CHECK_STR(failures(v1), "0:a 4:d ");
		chunk_free(v1);
		chunk_free(v2);
	}
	UNIT("they are handed on as far as the reader has come, and say where the next one is") {
		struct chunk *in = failed_chunk(), *out = chunk_new(&pool, UINT32_MAX, UINT32_MAX);
		chunk_append(out, slice_str("y"));
		CHECK(chunk_pass_failures(in, 0, out) == 4);
		CHECK(chunk_pass_failures(in, 3, out) == 4);
		chunk_append(out, slice_str("y"));
		CHECK(chunk_pass_failures(in, 5, out) == 5);
		CHECK_STR(failures(in), "");
		CHECK_STR(failures(out), "1:a 2:b 2:c ");
		chunk_fail(in, 0, slice_str("d"), "why");
		CHECK_STR(failures(in), "5:d ");
		chunk_free(in);
		chunk_free(out);
	}
}

static void test_leases(void)
{
	struct lease_book a, b;
	lease_book_init(&a);
	lease_book_init(&b);
	UNIT("the low water moves with the lowest lease, not with others") {
		struct lease *l1 = lease_take(&a, 10), *l2 = lease_take(&a, 25), *l3 = lease_take(&a, 30);
		lease_unref(l2);
		CHECK(lease_low_water(&a) == 0);
		lease_unref(l1);
		CHECK(lease_low_water(&a) == 25);
		lease_unref(l3);
		CHECK(lease_low_water(&a) == 30);
	}
	UNIT("who holds the lowest holds all") {
		struct lease *l1 = lease_take(&a, 40), *l2 = lease_take(&a, 50);
		struct lease *both = lease_lowest(lease_lowest(NULL, l2), l1);
		lease_unref(l1);
		lease_unref(l2);
		CHECK(lease_low_water(&a) == 30);
		lease_unref(both);
		CHECK(lease_low_water(&a) == 50);
	}
	UNIT("a bundle holds one lease of each source") {
		struct lease *l1 = lease_take(&a, 60), *m1 = lease_take(&b, 5), *l0 = lease_take(&a, 70);
		struct lease *all = lease_lowest(lease_lowest(lease_lowest(NULL, l0), m1), l1);
		lease_unref(l0);
		lease_unref(m1);
		lease_unref(l1);
		CHECK(lease_low_water(&a) == 50 && lease_low_water(&b) == 0);
		lease_unref(all);
		CHECK(lease_low_water(&a) == 70 && lease_low_water(&b) == 5);
	}
	lease_book_release(&a);
	lease_book_release(&b);
}

int main(void)
{
	block_pool_init(&pool, 4096, 2);
	test_cut();
	test_views();
	test_failures();
	test_leases();
	block_pool_release(&pool);
	return unit_done();
}
