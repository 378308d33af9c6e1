# Demand is the only motor (DESIGN 3): what is asked for, when sources stop, what --trace shows.
load helper

# trace OPTIONS... PIPELINE: the lines of --trace without their times.
trace() {
	timeout -k 5 20 "$SPILE" --trace "$@" 2>&1 >/dev/null </dev/null | sed 's/^+[0-9.]*ms //'
}

@test "take ends an endless source" {
	gives 'seq 1 inf | take 3' $'1\n2\n3'
	gives 'seq 1 inf | map $0 * 2 | filter $0 % 3 | take 3 | map "<$0>"' $'<2>\n<4>\n<8>'
	gives 'seq 1 inf | batch 3 | take 1 | join ","' 1,2,3
	gives 'run yes | take 2' $'y\ny'
	gives 'seq 1 inf | words | uniq | distinct | take 2' $'1\n2'
	gives 'seq 1 inf | while $0 < 3' $'1\n2'
	gives 'seq 1 inf | skip 5 | take 1 | count' $'1\t6'
}

@test "take ends an endless pipe" {
	run --separate-stderr bash -c 'yes | "$SPILE" "take 3"; echo "${PIPESTATUS[@]}"'
	assert_output $'y\ny\ny\n141 0'
	SECONDS=0
	run bash -c 'seq 100000000 2>/dev/null | "$SPILE" "take 3"'
	assert_output $'1\n2\n3'
	[ $SECONDS -lt 5 ]
}

@test "take 0 asks for nothing" {
	mkfifo in # nobody ever writes
	exec 8<>in
	SPILE_TIMEOUT=20 run --separate-stderr spile 'take 0' <&8
	assert_output ''
	assert_status 0
}

@test "take 1 does not wait for a second line" {
	mkfifo in
	exec 8<>in
	echo a >&8
	SPILE_TIMEOUT=20 run --separate-stderr spile 'take 1' <&8
	assert_output a
	assert_status 0
	echo b >&8
	SPILE_TIMEOUT=20 run --separate-stderr spile 'map $0 | take 1 | count' <&8
	assert_output $'1\tb'
	assert_status 0
}

@test "take 1 runs no more of what is before it than it needs" {
	# the second event would fail: what failed beyond the cut is not reported
	for options in -j1 -j8 '--debug-block-bytes 1' --debug-no-fuse; do
		# shellcheck disable=SC2086
		run --separate-stderr spile $options 'map 1 / $0 | take 1' < <(printf '1\n0\n2\n')
		assert_stderr ''
		assert_output 1
		assert_status 0
	done
	run --separate-stderr spile 'map 10 / ($0 - 4) | batch 3 | take 1 | join ","' < <(seq 9)
	assert_stderr ''
	assert_output $'-3.33333333333333,-5,-10'
	assert_status 0
}

@test "what failed beyond the cut is not reported" {
	seq 1000 | sed 's/^5..$/x/' >in
	for options in -j1 -j8 '-j8 --debug-block-bytes 100' --debug-no-fuse; do
		for pipeline in 'take 20' 'skip 3 | take 17' 'batch 5 | take 4' 'while $0 < 21' 'uniq | while $0 < 21' \
			'batch 5 | while $0 < 21' 'map $0 | distinct by $1 | filter 1 / $0 | while $0 < 21' \
			'set a=$0 | last($a) every=5 | while $1 < 21' 'batch 100 | unbatch | words | while $0 < 21'; do
			# shellcheck disable=SC2086
			run --separate-stderr spile $options "filter \$1 + 1 > 0 | ${pipeline/last/agg last}" in
			assert_stderr ''
			same "last line of $pipeline" 20 "${lines[-1]}"
			assert_status 0
		done
	done
}

@test "what failed before the cut is reported, in the order of input, by whatever stage" {
	printf '%s\n' 1 a 2 b 3 c 30 d 4 >in
	for options in -j1 -j8 '-j8 --debug-block-bytes 1' --debug-no-fuse; do
		for pipeline in '' 'uniq | ' 'map $0 | ' 'words | skip 0 | ' 'batch 1 | ' 'batch 3 | unbatch | '; do
			# shellcheck disable=SC2086
			run --separate-stderr spile $options "filter \$1 + 1 | map 6 / (\$1 - 2) | ${pipeline}while \$1 < 0 || \$1 > 1" in
			same "standard error of $pipeline" "spile: filter: 'a' is not a number: 'a'
spile: map: division by zero: '2'
spile: filter: 'b' is not a number: 'b'
spile: filter: 'c' is not a number: 'c'" "$stderr"
			same "output of $pipeline" $'-6\n6' "$output"
			assert_status 1
		done
	done
}

@test "max_failures= counts what failed before the cut" {
	printf '%s\n' 1 a 2 b 3 c 4 d 5 >in
	run --separate-stderr spile 'map $1 + 0 max_failures=3 | uniq | while $1 < 3' in
	assert_output $'1\n2'
	assert_stderr "spile: map: 'a' is not a number: 'a'
spile: map: 'b' is not a number: 'b'"
	run --separate-stderr spile 'map $1 + 0 max_failures=2 | uniq | while $1 < 4' in
	assert_output $'1\n2'
	assert_stderr "spile: map: 'a' is not a number: 'a'
spile: map: 'b' is not a number: 'b'
spile: map: 2 events failed: the run ends here (max_failures=2)"
	assert_status 1
}

@test "failures behind the last event are reported too" {
	printf '%s\n' 1 2 a b >in
	for pipeline in 'while $1 < 9' 'uniq | while $1 < 9' 'batch 1 | while $1 < 9' 'agg sum($1) every=2 | while $1 < 9' \
		'batch start=$1 - 1 | while $1 < 9'; do
		run --separate-stderr spile "filter \$1 + 1 | $pipeline" in
		same "standard error of $pipeline" "spile: filter: 'a' is not a number: 'a'
spile: filter: 'b' is not a number: 'b'" "$stderr"
		assert_status 1
	done
	# nothing but failures
	run --separate-stderr spile 'filter $1 + 1 | uniq | while 1' <<<x
	assert_stderr "spile: filter: 'x' is not a number: 'x'"
	assert_status 1
}

@test "a source with effects is not asked for more than is wanted" {
	# each line that run's command writes is an effect; it may run ahead by what a pipe holds, no more
	run --separate-stderr spile 'run sh -c q{i=0; while :; do i=$((i+1)); echo $i; echo $i >made; done} | take 2' </dev/null
	assert_output $'1\n2'
	assert_status 0
}

@test "a consumer first asks for max_demand, then again when min_demand or fewer are outstanding" {
	same 'default' "null -> seq: ask 1000
seq -> null: deliver 400" "$(trace 'seq 1 400 | null')"
	# as GenStage does it: 10 come, as 6 (4 are outstanding: ask 6) and 4 (6 are); then 6 (none is: ask 10), and so on
	same '10 and 4' "null -> seq: ask 10
seq -> null: deliver 6
null -> seq: ask 6
seq -> null: deliver 4
seq -> null: deliver 6
null -> seq: ask 10
seq -> null: deliver 6
null -> seq: ask 6
seq -> null: deliver 4
seq -> null: deliver 4" "$(trace 'seq 1 30 | null max_demand=10 min_demand=4')"
	same '1 and 0' "null -> seq: ask 1
seq -> null: deliver 1
null -> seq: ask 1
seq -> null: deliver 1
null -> seq: ask 1" "$(trace 'seq 1 2 | null max_demand=1')"
}

# check_trace FROM TO MAX MIN TOTAL: asks and deliveries on that subscription keep the rules of GenStage.
check_trace() {
	awk -v from="$1" -v to="$2" -v max="$3" -v min="$4" -v total="$5" '
		function wrong(why) { if (bad++ < 5) print "line " NR ": " $0 ": " why }
		$1 == to && $3 == from ":" {
			if (!asked++ && $5 != max) wrong("the first must be for " max)
			if ($5 < max - min) wrong("less than max - min")
			open += $5
			if (open > max) wrong(open " outstanding")
		}
		$1 == from && $3 == to ":" {
			if ($5 > max - min) wrong("a delivery of more than max - min")
			open -= $5; sum += $5
			if (open < 0) wrong("more than was asked for")
		}
		END {
			if (sum != total) wrong("delivered " sum)
			exit bad > 0
		}'
}

@test "never more than max_demand are outstanding, at least max - min are asked for, at most that many delivered" {
	trace 'seq 1 10000 | null' | check_trace seq null 1000 500 10000
	trace 'seq 1 10000 | null max_demand=7' | check_trace seq null 7 3 10000
	trace 'seq 1 10000 | null max_demand=100 min_demand=99' | check_trace seq null 100 99 10000
	trace 'seq 1 10000 | null max_demand=100 min_demand=0' | check_trace seq null 100 0 10000
	trace 'seq 1 10000 | filter $0 % 2 max_demand=50 | null max_demand=20 min_demand=5' >got
	check_trace filter null 20 5 5000 <got
}

@test "the default subscription asks for 1000, then 500 by 500" {
	same 'asks' "      1 null -> seq: ask 1000
     20 null -> seq: ask 500" "$(trace 'seq 1 10000 | null' | grep ask | sort | uniq -c)"
}

@test "--trace of a stage that is not there is a mistake" {
	run --separate-stderr spile --trace=null,nul 'run touch made | null' </dev/null
	assert_stderr "spile: --trace: the pipeline has no stage 'nul'"
	assert_status 2
	[ ! -e made ]
}

@test "--trace=STAGE shows that stage alone" {
	trace=$(timeout -k 5 20 "$SPILE" --trace=second 'seq 1 5 name=first | skip 0 name=second | null name=third max_demand=3' 2>&1 </dev/null | sed 's/^+[0-9.]*ms //')
	same 'stages' '' "$(grep -v second <<<"$trace" || true)"
	[ -n "$trace" ]
}

@test "take asks for what it needs, no more, and for nothing when it has it" {
	same 'take 7' "null -> take: ask 1000
take -> seq: ask 7
seq -> take: deliver 7
take -> null: deliver 7" "$(trace 'seq 1 20 | take 7 | null')"
	trace 'seq 1 inf | take 2500 | null' >got
	same 'events asked for' 2500 "$(awk '/^take -> seq: ask/ {n += $5} END {print n}' got)"
	same 'events delivered' 2500 "$(awk '/^seq -> take: deliver/ {n += $5} END {print n}' got)"
}

@test "batches are counted one by one, nothing is asked for ahead" {
	same 'batch' "null -> batch: ask 1
batch -> seq: ask 1000
seq -> batch: deliver 5
batch: flush 3 (full)
batch -> null: deliver 1
null -> batch: ask 1
batch: flush 2 (end)
batch -> null: deliver 1" "$(trace 'seq 1 5 | batch 3 | null')"
}

@test "--trace shows what is dropped, and by whom" {
	same 'filter and skip' "filter: drop 5
skip: drop 2" "$(trace 'seq 1 10 | filter $0 > 5 | skip 2 | null' | grep drop)"
	same 'route' 'route: drop 3' "$(trace 'seq 1 9 | route { $0 > 3 => null }' | grep drop)"
	same 'a stage behind another of its segment' 'b: drop 4' "$(trace 'seq 1 9 | map $0 | filter $0 > 4 name=b | null' | grep drop)"
	same 'names' 'b: drop 4' "$(timeout 20 "$SPILE" --trace=b 'seq 1 9 | filter $0 > 4 name=b | filter $0 > 5 | null' 2>&1 | sed -n 's/^+[0-9.]*ms //; /drop/p')"
}

@test "--trace shows each batch and window that goes out, and why" {
	same 'at the end' $'batch: flush 3 (full)\nbatch: flush 3 (full)\nbatch: flush 1 (end)' "$(trace 'seq 1 7 | batch 3 | null' | grep flush)"
	same 'by time' 'batch: flush 2 (time)' "$(trace 'run sh -c q{printf "1\n2\n"; exec sleep 60} | batch 9 100ms | take 1 | null' | grep flush)"
	same 'as soon as the next is free' 'batch: flush 1 (free)' "$(trace 'run sh -c q{echo 1; exec sleep 60} | batch auto | take 1 | null' | grep flush)"
	same 'a window by number' $'agg: flush 1 (full)\nagg: flush 1 (end)' "$(trace 'seq 1 4 | agg count() every=3 | null' | grep flush)"
	same 'a window by time' 'count: flush 7 (end)' "$(trace 'seq 1 7 | count every=99999h | null' | grep flush)"
}

@test "--trace calls copies, and what is no stage, by names of their own" {
	trace 'seq 1 4 | balance 2 { null }' >got
	grep -qx 'balance -> null#1: deliver 4' got
	grep -qx 'null#2 -> balance: ask 1000' got
	same 'all copies' 'null#1 null#2' "$(timeout 20 "$SPILE" --trace=null 'seq 1 4 | balance 2 { null }' 2>&1 | grep -o 'null#[0-9]' | sort -u | paste -sd ' ')"
	same 'one copy' 'null#2' "$(timeout 20 "$SPILE" --trace='null#2' 'seq 1 4 | balance 2 { null }' 2>&1 | grep -o 'null#[0-9]' | sort -u | paste -sd ' ')"
	seq 3 >in
	same 'who cuts' 'lines -> take: deliver 1' "$(timeout 20 "$SPILE" --trace 'take 1 | null' in 2>&1 | sed -n 's/^+[0-9.]*ms //; /take: deliver/p')"
}

@test "a stage that drops events asks again for as many" {
	trace 'seq 1 100 | filter $0 > 90 max_demand=4 | take 5 | null' >got
	same 'delivered by filter' 5 "$(awk '/^filter -> take: deliver/ {n += $5} END {print n}' got)"
	asked=$(awk '/^filter -> seq: ask/ {n += $5} END {print n}' got)
	[ "$asked" -ge 95 ] && [ "$asked" -le 104 ] # what it needs, and at most max_demand more
}

@test "wrong demands are errors that say the range" {
	rejects 'seq 1 5 | null max_demand=0' "spile: pipeline:1:27: 'max_demand' must be 1 or more, not 0
  seq 1 5 | null max_demand=0
                            ^"
	rejects 'seq 1 5 | null min_demand=7 max_demand=7' "spile: pipeline:1:27: 'min_demand' must be 0 to 6, not 7
  seq 1 5 | null min_demand=7 max_demand=7
                            ^ less than max_demand"
}
