/* --explain and --graph: see graph.h. Knows nodes, edges and branches; what a node is, it says itself (node_ops.explain). */
#include "config.h"

#include "observe/graph.h"

#include <inttypes.h>

#include "base/str.h"
#include "engine/core/pipeline.h"

#define NAME_COLUMNS 12

static const char *place_of(const struct node *nd)
{
	return nd->ops->pooled && nd->pl->pool ? "workers" : "loop";
}

static void describe(const struct node *nd, struct str *text)
{
	if (nd->ops->explain)
		nd->ops->explain(nd, text);
	else
		str_adds(text, nd->nin == 0 ? "source" : nd->nout == 0 ? "sink" : "stage");
}

/* ---- text ---- */

static int depth_of(const struct pipeline *pl, int branch)
{
	int depth = 0;
	for (; branch; branch = pl->branches[branch - 1].parent)
		depth++;
	return depth;
}

/* The names of the branches that lead to `branch` and are not around the node before. */
static void enter_branches(const struct pipeline *pl, int branch, int before, FILE *out)
{
	for (int b = before; b; b = pl->branches[b - 1].parent)
		if (b == branch)
			return;
	if (!branch)
		return;
	const struct branch *br = &pl->branches[branch - 1];
	enter_branches(pl, br->parent, before, out);
	fprintf(out, "%*s%s, %s %d:\n", 4 * depth_of(pl, br->parent), "", pl->stages[br->stage].label, br->kind, br->number);
}

static void print_subscription(const struct edge *e, int indent, FILE *out)
{
	fprintf(out, "%*sfrom %s: %s, max_demand=%" PRId64 " min_demand=%" PRId64 "%s%s\n", indent + NAME_COLUMNS, "",
		e->from->label, edge_unit_name(e->unit), e->max, e->min, e->exact ? ", exact" : "",
		e->loads ? ", files read by the workers" : "");
}

void graph_text(const struct pipeline *pl, FILE *out)
{
	int before = 0;
	if (pl->pool)
		fprintf(out, "%d workers beside the loop; blocks of %" PRIu32 " bytes\n", pl->opt.threads, pl->opt.block_bytes);
	else
		fprintf(out, "no workers: all runs on the loop; blocks of %" PRIu32 " bytes\n", pl->opt.block_bytes);
	for (size_t i = 0; i < pl->nnodes; i++) {
		const struct node *nd = pl->nodes[i];
		int indent = 4 * depth_of(pl, nd->branch);
		struct str text = {0};
		enter_branches(pl, nd->branch, before, out);
		before = nd->branch;
		describe(nd, &text);
		fprintf(out, "%*s%-*s%-9s%s\n", indent, "", NAME_COLUMNS, nd->label, place_of(nd), text.p);
		str_release(&text);
		for (int k = 0; k < nd->nin; k++)
			print_subscription(nd->in[k], indent, out);
	}
}

/* ---- DOT ---- */

/* A quoted string of DOT; what is too wide for a box is broken where a blank is. */
static void print_label(const char *p, FILE *out)
{
	int column = 0;
	for (; *p; p++, column++) {
		if (*p == ' ' && column > 24) {
			fputs("\\n", out);
			column = -1;
			continue;
		}
		if (*p == '"' || *p == '\\')
			fputc('\\', out);
		fputc(*p, out);
	}
}

static void print_node(const struct pipeline *pl, size_t i, int indent, FILE *out)
{
	const struct node *nd = pl->nodes[i];
	struct str text = {0};
	describe(nd, &text);
	fprintf(out, "%*sn%zu [label=\"%s (%s)\\n", indent, "", i, nd->label, place_of(nd));
	print_label(text.p, out);
	fprintf(out, "\"%s];\n", nd->nin == 0 || nd->nout == 0 ? ", shape=ellipse" : nd->nin + nd->nout > 2 ? ", shape=hexagon" : "");
	str_release(&text);
}

/* Node indices and clusters go by what lies directly in `branch`. */
static void print_branch(const struct pipeline *pl, int branch, int indent, FILE *out)
{
	for (size_t i = 0; i < pl->nnodes; i++)
		if (pl->nodes[i]->branch == branch)
			print_node(pl, i, indent, out);
	for (int b = 1; b <= pl->nbranches; b++) {
		const struct branch *br = &pl->branches[b - 1];
		if (br->parent != branch)
			continue;
		fprintf(out, "%*ssubgraph cluster_%d {\n%*slabel=\"%s, %s %d\";\n", indent, "", b, indent + 2, "",
			pl->stages[br->stage].label, br->kind, br->number);
		print_branch(pl, b, indent + 2, out);
		fprintf(out, "%*s}\n", indent, "");
	}
}

static size_t index_of(const struct pipeline *pl, const struct node *nd)
{
	size_t i = 0;
	while (pl->nodes[i] != nd)
		i++;
	return i;
}

void graph_dot(const struct pipeline *pl, FILE *out)
{
	fputs("digraph spile {\n  rankdir=LR;\n  fontname=\"sans-serif\";\n  style=dashed;\n"
	      "  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
	      "  edge [fontname=\"sans-serif\", fontsize=9];\n", out);
	print_branch(pl, 0, 2, out);
	for (size_t i = 0; i < pl->nedges; i++) {
		const struct edge *e = pl->edges[i];
		fprintf(out, "  n%zu -> n%zu [label=\"%s\\nmax %" PRId64 " min %" PRId64 "%s\"%s];\n", index_of(pl, e->from),
			index_of(pl, e->to), edge_unit_name(e->unit), e->max, e->min, e->exact ? "\\nexact" : "",
			e->unit == EDGE_BLOCKS ? ", style=bold" : e->unit == EDGE_BATCHES ? ", style=dashed" : "");
	}
	fputs("}\n", out);
}
