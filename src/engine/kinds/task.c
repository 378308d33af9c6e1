/* Tasks: see task.h. Knows pure_ops and agg_ops, no stage. */
#include "config.h"

#include "engine/kinds/task.h"

#define VECTOR_EVENTS 1024     /* between steps: small enough to stay in the cache */
#define VECTOR_BYTES (64u << 10)

/* ---- cutting, as a step like any other ---- */

static void cut_run(const void *priv, struct work *w, struct chunk *in, struct chunk *out)
{
	(void)priv;
	(void)w;
	chunk_cut(in, out);
}

const struct pure_ops task_cut_ops = {.run = cut_run};

/* ---- one task, on any thread ---- */

static void count_step(struct task *t, int i, uint32_t in_from, const struct chunk *in, uint32_t out_from,
		       const struct chunk *out, uint32_t failed)
{
	struct segment *sg = t->nd->state;
	struct counts *c = &t->counts[i];
	uint64_t n_in = in->pos - in_from, n_out = out->n - out_from;
	if (in->frame) { /* a reader's records come into being here */
		c->in += n_out + failed;
		c->in_bytes += chunk_bytes(out, out_from, out->n);
		c->out += n_out;
		c->out_bytes += chunk_bytes(out, out_from, out->n);
		c->used += n_out;
		return;
	}
	c->in += n_in;
	c->in_bytes += chunk_bytes(in, in_from, in->pos);
	c->out += n_out;
	c->out_bytes += chunk_bytes(out, out_from, out->n);
	c->used += sg->steps[i].expands ? n_in - failed : n_out;
	c->dropped += sg->steps[i].expands ? 0 : n_in - n_out - failed;
}

/* Takes events of in up to the next failure that came with them, so that it keeps its place. */
static void run_step(struct task *t, int i, struct chunk *in, struct chunk *out, int thread)
{
	struct segment *sg = t->nd->state;
	struct step *s = &sg->steps[i];
	struct work *w = pipeline_work(t->nd->pl, thread, s->stage, out);
	uint32_t n = in->n, in_from = in->pos, out_from = out->n;
	in->n = chunk_pass_failures(in, in->pos, out);
	uint32_t nfailures = out->nfailures;
	out->term = in->term;
	out->ncols = s->ncols;
	out->seq = in->seq;
	out->index = t->made;
	int64_t begun = task_clock(sg);
	if (in->pos < in->n)
		s->ops->run(s->priv, w, in, out);
	t->counts[i].busy_ns += task_clock_since(sg, begun);
	in->n = n;
	if (sg->keep_counts && s->stage >= 0)
		count_step(t, i, in_from, in, out_from, out, out->nfailures - nfailures);
}

static void absorb(struct task *t, struct chunk *ck, int thread)
{
	struct segment *sg = t->nd->state;
	struct work *w = pipeline_work(t->nd->pl, thread, sg->agg_stage, t->failed);
	if (!sg->partials[thread])
		sg->partials[thread] = sg->agg->state_new(sg->agg_priv);
	uint32_t nfailures = t->failed->nfailures + ck->nfailures;
	int64_t begun = task_clock(sg);
	agg_absorb(sg->agg, sg->agg_priv, sg->partials[thread], w, ck);
	t->counts[sg->nsteps].busy_ns += task_clock_since(sg, begun);
	if (w->fatal)
		t->fatal = w->fatal;
	if (sg->keep_counts) {
		struct counts *c = &t->counts[sg->nsteps];
		uint32_t failed = t->failed->nfailures + ck->nfailures - nfailures;
		c->in += ck->n;
		c->in_bytes += chunk_bytes(ck, 0, ck->n);
		c->used += ck->n - failed;
	}
}

static struct chunk *input_of(struct task *t, int step)
{
	return step == 0 ? t->in : t->buf[step];
}

/* The last step whose input is not used up, or -1. */
static int next_step(struct task *t, const struct segment *sg)
{
	for (int i = sg->nsteps - 1; i >= 0; i--) {
		const struct chunk *ck = input_of(t, i);
		if (ck && (ck->pos < ck->n || ck->failures))
			return i;
	}
	return -1;
}

static struct chunk *set_vector(struct task *t, struct chunk *ck, uint32_t events, uint32_t bytes)
{
	if (!ck)
		ck = chunk_new(&t->nd->pl->blocks, 0, 0);
	ck->max_events = t->in->batch ? UINT32_MAX : events < t->most ? events : t->most;
	ck->max_bytes = t->in->batch ? UINT32_MAX : bytes;
	return ck;
}

/* The chunk that step i writes: empty, unless it is the task's output. */
static struct chunk *output_of(struct task *t, const struct segment *sg, int i)
{
	bool last = i + 1 == sg->nsteps;
	struct chunk **out = last ? &t->out : &t->buf[i + 1];
	bool vector = !last || sg->agg;
	if (*out && vector)
		chunk_clear(*out);
	if (!*out || vector)
		*out = set_vector(t, *out, vector ? VECTOR_EVENTS : OUT_EVENTS, vector ? VECTOR_BYTES : BLOCK_BYTES);
	return *out;
}

/* An aggregate without steps before it that takes raw chunks. */
static void absorb_all(struct task *t, int thread)
{
	t->in->index = 0;
	absorb(t, t->in, thread);
}

static void load(struct task *t)
{
	t->in->load(t->in);
	if (t->nd->pl->progress)
		t->loaded = chunk_records(t->in);
}

void task_advance(struct task *t, int thread)
{
	struct segment *sg = t->nd->state;
	int64_t begun = clock_now();
	if (!t->begun && t->in->load)
		load(t);
	t->begun = true;
	if (sg->nsteps == 0)
		absorb_all(t, thread);
	for (int i; (i = next_step(t, sg)) >= 0 && !t->fatal;) {
		struct chunk *in = input_of(t, i), *out = output_of(t, sg, i);
		uint32_t before = out->n;
		run_step(t, i, in, out, thread);
		if (i + 1 < sg->nsteps)
			continue;
		t->made += out->n - before;
		if (sg->agg)
			absorb(t, out, thread);
		else if (chunk_full(out) && !t->in->batch)
			break;
	}
	t->more = !t->fatal && next_step(t, sg) >= 0;
	if (t->out && !sg->agg)
		chunk_compact(t->out);
	t->ran_ns += clock_now() - begun;
}
