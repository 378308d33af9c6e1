/* Dispatchers: see dispatch.h. */
#include "config.h"

#include "engine/kinds/dispatch.h"

#include <stdlib.h>

#include "base/str.h"
#include "engine/core/lease.h"

void dispatch_init(struct dispatch *d, const struct node *nd)
{
	d->queues = mem_zalloc((size_t)nd->nout * sizeof *d->queues);
	d->parts = mem_zalloc((size_t)nd->nout * sizeof(struct chunk *));
}

void dispatch_explain(const struct node *nd, const char *how, struct str *out)
{
	int64_t room = 0;
	for (int i = 0; i < nd->nout; i++)
		room += nd->out[i]->max;
	str_addf(out, "%s: asks for the sum, queues at most %lld", how, (long long)room);
}

void dispatch_abandon(struct dispatch *d, const struct node *nd)
{
	for (int i = 0; i < nd->nout; i++)
		if (!nd->out[i]->cancelled)
			emitter_abandon(&d->queues[i], nd->pl, nd->out[i]->to->stage);
}

void dispatch_release(struct dispatch *d, const struct node *nd)
{
	for (int i = 0; d->queues && i < nd->nout; i++) {
		emitter_release(&d->queues[i]);
		chunk_free(d->parts[i]);
	}
	free(d->queues);
	free(d->parts);
}

int64_t dispatch_least_wanted(const struct node *nd)
{
	int64_t least = EDGE_NO_LIMIT;
	for (int i = 0; i < nd->nout; i++)
		if (!nd->out[i]->cancelled && edge_wanted(nd->out[i]) < least)
			least = edge_wanted(nd->out[i]);
	return least == EDGE_NO_LIMIT ? 0 : least;
}

int64_t dispatch_sum_wanted(const struct node *nd)
{
	int64_t sum = 0;
	for (int i = 0; i < nd->nout; i++)
		sum += edge_wanted(nd->out[i]);
	return sum;
}

static int64_t queued(const struct dispatch *d, const struct node *nd)
{
	int64_t n = 0;
	for (int i = 0; i < nd->nout; i++)
		if (!nd->out[i]->cancelled)
			n += nd->out[i]->unit == EDGE_BATCHES ? (int64_t)emitter_chunks(&d->queues[i])
							      : (int64_t)emitter_held(&d->queues[i]);
	return n;
}

int64_t dispatch_limit(const struct dispatch *d, const struct node *nd)
{
	int64_t wanted = dispatch_sum_wanted(nd), room = -queued(d, nd);
	for (int i = 0; i < nd->nout; i++)
		room += nd->out[i]->cancelled ? 0 : nd->out[i]->max;
	return wanted < room ? wanted : room > 0 ? room : 0;
}

bool dispatch_note(struct dispatch *d, const struct node *nd, const struct chunk *ck, uint32_t i, int to)
{
	if (nd->out[to]->cancelled)
		return false;
	struct chunk **part = &d->parts[to];
	if (!*part) {
		*part = chunk_new(&nd->pl->blocks, UINT32_MAX, UINT32_MAX);
		(*part)->term = ck->term;
		(*part)->ncols = ck->ncols;
		(*part)->batch = ck->batch;
	}
	chunk_keep(*part, ck, i);
	struct counts *c = &nd->pl->stages[nd->stage].counts;
	c->out++;
	c->out_bytes += ck->ev[i].len;
	return true;
}

void dispatch_flush(struct dispatch *d, const struct node *nd, const struct chunk *ck)
{
	for (int i = 0; i < nd->nout; i++) {
		struct edge *e = nd->out[i];
		struct chunk *part = d->parts[i];
		d->parts[i] = NULL;
		if (part && !e->cancelled) {
			chunk_share(part, ck);
			part->lease = lease_ref(ck->lease);
			chunk_compact(part);
			emitter_put(&d->queues[i], e, part);
		} else {
			chunk_free(part);
		}
		if (e->cancelled)
			emitter_release(&d->queues[i]);
		else
			emitter_flush(&d->queues[i], e);
	}
}

bool dispatch_empty(const struct dispatch *d, const struct node *nd)
{
	for (int i = 0; i < nd->nout; i++)
		if (!nd->out[i]->cancelled && !emitter_empty(&d->queues[i]))
			return false;
	return true;
}

void dispatch_run(struct node *nd, const struct dispatch *d, int64_t (*limit)(const struct node *nd),
		  void (*deal)(struct node *nd, struct chunk *ck))
{
	struct edge *in = nd->in[0];
	struct chunk *ck;
	for (int i = 0; d && i < nd->nout; i++)
		emitter_flush(&d->queues[i], nd->out[i]);
	edge_ask(in, limit(nd));
	while (limit(nd) > 0 && (ck = edge_next(in))) {
		int64_t units = edge_units(in, ck);
		node_count_in(nd, ck);
		deal(nd, ck);
		chunk_free(ck);
		edge_handled(in, units);
		edge_ask(in, limit(nd));
	}
	nd->blocked = limit(nd) <= 0;
	if (edge_finished(in) && (!d || dispatch_empty(d, nd)))
		node_finish(nd);
}
