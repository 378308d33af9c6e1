# A short cut must not show: every pair of stages, and random chains of them, give the same with and without
# (--debug-no-fuse), whatever options either neighbour has.
load helper

setup_file() {
	export LC_ALL=C
	cd "$BATS_FILE_TMPDIR" || return
	awk -v seed="${SPILE_SEED:-5}" 'BEGIN {
		srand(seed); n = split("a b Foo x=1 12 3.5 -7 1e3 the THE zz 0 007 9 10", w, " ")
		for (i = 1; i <= 120; i++) {
			s = ""
			for (k = int(rand() * 5); k > 0; k--) s = s w[1 + int(rand() * n)] (rand() < .1 ? "\t" : " ")
			printf "%s%s", s, (i < 120 ? "\n" : "")
		}
	}' >text
}

firsts='words
words max_demand=7
map lower($0)
map n=$2, m=$1
set k=$1, $2=NR
/a/
/a/ max_demand=3
reject /[0-9]/
filter $1 + 0 max_failures=40
filter $1 + 1
match /(?<k>\w+)=(?<v>\d+)|\w+/
s/a/<$&>/g
split " " max_demand=2
count
count every=3
count by $1 order=key
count by $1, NF
count by length($0) every=10
count max_keys=100
agg s=sum(length($0)), $1 by NF
agg max($1), count() by $2
agg list($1) by $2
agg first($2) by $1 order=key
agg mean(num($1, 0)) by $2
agg n=count() by $1 every=7
agg n=count() by $1 running
top 5
top 9 $2
bottom 9 $1
top 2 by $1
map a=$1, b=length($0) | top 9 $b
map b=length($0), a=$1 | bottom 9
top 3 every=11
uniq count
distinct by $1
take 50
skip 20 by $1
batch 4
batch 3 | unbatch
tee { words ; map upper($0) } | count
balance 1 { map $0 }
{ seq 1 5 ; seq 3 9 }'

seconds='take 1
take 4
take 1 max_demand=2
take 1 by $1
skip 3
top 1
top 2
top 2 every=3
top 2 $2
top 1 by $2
top 2 max_keys=5
top 2 $1 max_demand=5
top 3 $0
bottom 2
words
words | map upper($0)
map lower($0)
map lower($0) | words
map $2, $1
map $1 + 1
count
count order=key | take 2
count | top 1
agg last($0), list($1)
agg n=count(), s=last($1) running | top 2
uniq
/1/
while NF > 0
batch 2 | map lower($0)
tee { take 2 ; top 1 } | count'

# alike PIPELINE FILE: output, messages and status with and without short cuts; a pipeline that is wrong is no pair.
alike() {
	local with=0 without=0
	# shellcheck disable=SC2086
	"$SPILE" -j2 "$1" $2 >with 2>with.err || with=$?
	[ $with -ne 2 ] || return 0
	# shellcheck disable=SC2086
	"$SPILE" -j1 --debug-no-fuse "$1" $2 >without 2>without.err || without=$?
	compared=$((compared + 1))
	[ $with = $without ] && cmp -s with without && cmp -s with.err without.err && return
	echo "spile '$1' ends with status $with, without short cuts with $without:" >&2
	diff -a with without | head -5 | cut -c1-150 >&2
	diff -a with.err without.err | head -3 | cut -c1-150 >&2
	return 1
}

@test "every pair of neighbours gives the same without short cuts" {
	local first second file wrong=0 compared=0
	while read -r first; do
		file=$BATS_FILE_TMPDIR/text
		[[ $first != "{"* ]] || file=
		while read -r second; do
			alike "$first | $second" "$file" </dev/null || wrong=$((wrong + 1))
		done <<<"$seconds"
	done <<<"$firsts"
	[ $wrong -eq 0 ]
	[ $compared -gt 900 ]
}
