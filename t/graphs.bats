# Graphs of branches: random ones against a plain evaluation of the same graph, and demand through dispatchers whose
# branches want different amounts. What each of these stages does by itself: branches.bats.
# shellcheck disable=SC2016 # pipelines in single quotes
load helper

@test "random graphs give what lists in memory give, end, and balance" {
	need perl
	local last=250
	[ -z "${SPILE_SANITIZED-}" ] || last=60
	run perl "$ROOT/t/data/graphs.pl" 1 $last
	assert_output ''
	assert_status 0
}

@test "partition gives what the same stages give without it, order aside" {
	local n rows='agg n=count(), s=sum($2), first($2), last($2) by $1 order=key'
	seq 20000 | awk '{print $1 * 7919 % 613, $1}' >in
	spile "$rows" in | sort >expected
	for n in 1 2 7; do
		spile "partition $n by \$1 { $rows }" in | sort | same_bytes expected -
		spile "partition $n by \$1 max_demand=5 { $rows max_demand=3 min_demand=2 }" in | sort | same_bytes expected -
	done
	# within a key the order stays
	spile 'partition 3 by $1 { uniq by $1 count }' in >/dev/null
	spile 'partition 3 by $1 { map $0 }' in | sort -s -n -k1,1 | same_bytes <(sort -s -n -k1,1 in) -
}

@test "branches that want different amounts never wait for each other for ever" {
	local kind a b n
	for kind in 'tee { A ; B }' 'route { $0 % 3 == 0 => A ; $0 % 3 == 1 => B ; else => map $0 }' \
		'tee { balance 2 { A } ; partition 2 by $0 { B } }' 'balance 3 { tee { A ; B } }'; do
		for a in 'max_demand=1' 'max_demand=1000 min_demand=999' 'max_demand=7 min_demand=3'; do
			for b in 'max_demand=2' 'max_demand=5000' ''; do
				n=${kind/A/"map \$0 $a"}
				n=${n/B/"batch 3 $b | unbatch"}
				run --separate-stderr timeout -k 1 20 "$SPILE" "seq 1 2500 | $n | agg count(), sum(\$0)"
				assert_status 0
				[[ $kind == *tee* ]] && same "$n" $'5000\t6252500' "$output"
				[[ $kind == *tee* ]] || same "$n" $'2500\t3126250' "$output"
			done
		done
	done
}

@test "a branch that rejects all, or ends at once, does not hold up the others" {
	local dead
	for dead in 'filter 0' 'take 0 | null' 'filter 0 | null' 'skip 5000' 'batch 5000 | filter 0 | unbatch' \
		'partition 3 by $0 { filter 0 }' 'while 0'; do
		[ "$(spile "seq 1 1001 | tee { $dead ; agg count() | filter \$1 > 1 }")" = 1001 ]
		[ "$(spile "seq 1 2002 | route { \$0 % 2 => $dead ; else => agg count() | filter \$1 > 1 }")" = 1001 ]
	done
}

@test "route keeps the order of each branch, whatever each asks for" {
	local demand
	for demand in '' 'max_demand=1' 'max_demand=3 min_demand=2'; do
		rm -f odd even
		spile "seq 1 5001 | route { \$0 % 2 => append odd $demand ; else => map \$0 | append even max_demand=7 }"
		seq 1 2 5001 | same_bytes - odd
		seq 2 2 5001 | same_bytes - even
	done
}
