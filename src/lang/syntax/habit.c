/* Habits: see habit.h. A name that is a typing error of one of ours is not for here. */
#include "config.h"

#include "lang/syntax/habit.h"

#include <stddef.h>

struct habit {
	const char *word, *hint;
};

#define SEARCH "filter /RE/ keeps what matches, reject /RE/ what does not"
#define FIRST "take N gives the first N"
#define CONDITION "filter EXPR keeps the events for which EXPR is true"
#define FIELDS "map $1, $3 makes events of these fields"
#define AWK "map $1, $2 prints fields, filter $3 > 1 keeps lines; a whole program: pipe awk q{...}"
#define REPLACE "s/RE/TEXT/g is a stage of its own"
#define COUNTING "count by KEY says how many there are of each"
#define GROUPS "count by KEY, or agg sum($2) by KEY"
#define DEDUP "distinct drops all repeats, uniq those of neighbours"
#define COMMANDS "exec COMMAND $0 runs a command for each event"
#define DOWNLOAD "fetch gets the URL in $0"
#define FILES "file NAME... reads files; or name them behind the pipeline"
#define SAVE "write NAME or append NAME"
#define SEVERAL "words, split and match make several events of one"
#define SLOWER "rate 10/s lets ten a second through"
#define OUTSIDE "there is none here: pipe into it, or use 'pipe COMMAND'"
#define ANY_COMMAND "commands stand behind run, exec or pipe"

static const struct habit stages[] = {
	{"grep", SEARCH}, {"egrep", SEARCH}, {"fgrep", SEARCH}, {"rg", SEARCH}, {"search", SEARCH}, {"find", SEARCH},
	{"head", FIRST}, {"limit", FIRST}, {"first", FIRST},
	{"tail", "take -N gives the last N; what grows is read by 'follow'"},
	{"last", "take -1 gives the last one, agg last($1) its value"},
	{"order", "sort EXPR, or sort EXPR desc"},
	{"where", CONDITION}, {"keep", CONDITION}, {"if", CONDITION}, {"when", CONDITION},
	{"select", "map $1, $3 picks fields, filter EXPR picks events"},
	{"exclude", "reject EXPR"}, {"drop", "reject EXPR drops events, skip N the first ones"},
	{"delete", "reject EXPR drops events"},
	{"awk", AWK}, {"gawk", AWK}, {"mawk", AWK}, {"BEGIN", AWK}, {"END", AWK},
	{"cut", FIELDS}, {"print", FIELDS}, {"cols", FIELDS}, {"columns", FIELDS}, {"fields", FIELDS},
	{"echo", "map \"...\" makes events of a text"},
	{"printf", "map sprintf(\"...\", $1)"},
	{"sed", REPLACE}, {"sub", REPLACE}, {"gsub", REPLACE}, {"subst", REPLACE},
	{"tr", "map lower($0), map upper($0), or s/[a-f]/x/g"},
	{"nl", "map NR, $0 numbers events"}, {"number", "map NR, $0 numbers events"},
	{"wc", "agg count(), sum(NF), sum(length($0) + 1)"},
	{"freq", COUNTING}, {"histogram", COUNTING}, {"hist", COUNTING}, {"tally", COUNTING}, {"count-by", COUNTING},
	{"group", GROUPS}, {"group-by", GROUPS}, {"group_by", GROUPS}, {"groupby", GROUPS},
	{"reduce", "agg FUNC(EXPR), ..."}, {"fold", "agg FUNC(EXPR), ..."}, {"aggregate", "agg FUNC(EXPR), ..."},
	{"stats", "agg count(), sum($1), mean($1), min($1), max($1)"},
	{"sum", "agg sum($1)"}, {"total", "agg sum($1)"},
	{"avg", "agg mean($1)"}, {"mean", "agg mean($1)"}, {"average", "agg mean($1)"},
	{"median", "agg p50($1)"}, {"min", "agg min($1)"}, {"max", "agg max($1)"},
	{"dedup", DEDUP}, {"dedupe", DEDUP}, {"unique", DEDUP},
	{"each", "map makes an event of each, exec runs a command for each"},
	{"foreach", "map makes an event of each, exec runs a command for each"},
	{"for", "map makes an event of each, exec runs a command for each"},
	{"flatmap", SEVERAL}, {"flat_map", SEVERAL}, {"flat-map", SEVERAL}, {"explode", SEVERAL},
	{"xargs", COMMANDS}, {"parallel", COMMANDS ", jobs=N so many at once"}, {"system", COMMANDS},
	{"curl", DOWNLOAD}, {"wget", DOWNLOAD}, {"http", DOWNLOAD}, {"get", DOWNLOAD}, {"download", DOWNLOAD},
	{"cat", FILES}, {"open", FILES}, {"read", FILES}, {"input", FILES}, {"from", FILES},
	{"save", SAVE}, {"out", SAVE}, {"output", SAVE}, {"sponge", "write NAME replaces the file when all has been read"},
	{"window", "every=10s or every=1000 on count, agg and top"}, {"chunk", "batch N"}, {"group-n", "batch N"},
	{"throttle", SLOWER}, {"sleep", SLOWER}, {"delay", SLOWER}, {"limit-rate", SLOWER},
	{"merge", "branches flow together behind their }; several sources: { A ; B }"},
	{"union", "branches flow together behind their }; several sources: { A ; B }"},
	{"broadcast", "tee { A ; B }"}, {"fork", "tee { A ; B }"}, {"switch", "route { EXPR => A ; else => B }"},
	{"case", "route { EXPR => A ; else => B }"}, {"else", "route { EXPR => A ; else => B }"},
	{"hash", "partition N by EXPR { A }"}, {"shard", "partition N by EXPR { A }"},
	{"tac", "reverse gives the last event first"}, {"rev", OUTSIDE}, {"shuf", OUTSIDE}, {"shuffle", OUTSIDE},
	{"paste", OUTSIDE}, {"comm", OUTSIDE}, {"diff", OUTSIDE}, {"column", OUTSIDE}, {"jq", OUTSIDE}, {"less", OUTSIDE},
	{"ls", ANY_COMMAND}, {"bash", ANY_COMMAND}, {"python", ANY_COMMAND}, {"python3", ANY_COMMAND},
	{"perl", ANY_COMMAND}, {"ruby", ANY_COMMAND}, {"ssh", ANY_COMMAND}, {"date", ANY_COMMAND},
	{"NR", "did you mean 'filter NR'?"}, {"FNR", "did you mean 'filter FNR'?"}, {"NF", "did you mean 'filter NF'?"},
	{"FILE", "did you mean 'filter FILE'?"},
	{NULL, NULL},
};

static const struct habit functions[] = {
	{"gsub", "did you mean 'replace($0, /re/, \"...\")'?"}, {"sub", "did you mean 'replace($0, /re/, \"...\")'?"},
	{"strlen", "did you mean 'length'?"}, {"len", "did you mean 'length'?"}, {"size", "did you mean 'length'?"},
	{"tolower", "did you mean 'lower'?"}, {"toupper", "did you mean 'upper'?"}, {"strip", "did you mean 'trim'?"},
	{"print", "did you mean 'sprintf'?"}, {"format", "did you mean 'sprintf'?"},
	{"match", "did you mean '~ /re/'?"}, {"contains", "did you mean '~ /re/'?"}, {"startswith", "did you mean '~ /^.../'?"},
	{"concat", "did you mean \"$1$2\"?"}, {"cat", "did you mean \"$1$2\"?"}, {"join", "did you mean \"$1$2\"?"},
	{"systime", "did you mean 'now'?"}, {"time", "did you mean 'now'?"}, {"getenv", "did you mean 'env'?"},
	{"avg", "did you mean 'mean'?"}, {"average", "did you mean 'mean'?"}, {"median", "did you mean 'p50'?"},
	{"total", "did you mean 'sum'?"}, {"uniq", "did you mean 'distinct'?"},
	{NULL, NULL},
};

static const struct habit words[] = {
	{"'", "single quotes mean nothing here: \"...\" or q{...}"},
	{"=", "did you mean '=='?"},
	{"===", "did you mean '=='?"},
	{"=~", "did you mean '~'?"},
	{"~", "what is searched stands before it: $0 ~ /re/"},
	{"&", "did you mean '&&'?"},
	{"||", "stages are separated by a single '|'"},
	{"^", "powers are written '**'"},
	{".", "a text of several values is \"$1$2\""},
	{">", "write NAME and append NAME write to files"},
	{"#", "a comment needs white space before it"},
	{"and", "did you mean '&&'?"},
	{"or", "did you mean '||'?"},
	{"not", "did you mean '!'?"},
	{"eq", "did you mean '=='?"},
	{"ne", "did you mean '!='?"},
	{"lt", "did you mean '<'?"},
	{"gt", "did you mean '>'?"},
	{"in", "one of several is $1 ~ /^(a|b)$/"},
	{"desc", "top gives the largest first, bottom the smallest"},
	{"asc", "top gives the largest first, bottom the smallest"},
	{NULL, NULL},
};

static const char *look_up(const struct habit *h, struct slice word)
{
	for (; h->word; h++)
		if (slice_eq(word, slice_str(h->word)))
			return h->hint;
	return NULL;
}

const char *habit_stage(struct slice name)
{
	return look_up(stages, name);
}

const char *habit_function(struct slice name)
{
	return look_up(functions, name);
}

const char *habit_word(struct slice word)
{
	return look_up(words, word);
}
