# rate: a token bucket; holds back, or drops; a bucket a key (DESIGN 2.4). Lower bounds of time only: no slow machine breaks them.
load helper

us() { echo "${EPOCHREALTIME/./}"; }

# in_flight FROM TO: the most events that TO had asked FROM for and not got, at any moment of a --trace on standard input.
in_flight() {
	awk -v ask="$2 -> $1: ask" -v deliver="$1 -> $2: deliver" '
		{ n = $NF; sub(/^[^ ]* /, ""); sub(/ [0-9]+$/, "") }
		$0 == ask { open += n; if (open > most) most = open }
		$0 == deliver { open -= n }
		END { print most + 0 }'
}

@test "rate passes everything, in order, and no faster than it says" {
	begun=$(us)
	gives 'seq 1 30 | rate 100/s burst=5' "$(seq 30)"
	[ $(($(us) - begun)) -ge 250000 ]
}

@test "a rate by the minute, with a fraction" {
	begun=$(us)
	gives 'seq 1 4 | rate 1500.5/m' "$(seq 4)"
	[ $(($(us) - begun)) -ge 119960 ] # 3 of 39.98 ms
}

@test "demand upstream is held back: no more is in flight than there are tokens" {
	spile --trace 'seq 1 40 | rate 500/s burst=3 | null' 2>trace
	same 'most in flight' 3 "$(in_flight seq rate <trace)"
	same 'events' 40 "$(awk '/seq -> rate: deliver/ {n += $NF} END {print n}' trace)"
	spile --trace 'seq 1 9 | rate 500/s burst=1000 | null max_demand=2' 2>trace
	same 'most in flight' 2 "$(in_flight seq rate <trace)"
}

@test "rate waits without CPU time" {
	skip_if_sanitized
	mkfifo out
	"$SPILE" 'seq 1 inf | rate 1/h burst=2' >out &
	pid=$!
	exec 9<out
	IFS= read -r -t 10 line <&9
	IFS= read -r -t 10 line <&9
	same 'second' 2 "$line"
	cpu() { sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'; }
	before=$(cpu)
	seq 300000 | sort -n | tail -1 >/dev/null
	same 'CPU time' "$before" "$(cpu)"
	kill $pid
	wait $pid || status=$?
	same 'exit status' 143 "$status"
	same 'the rest' '' "$(cat <&9)"
}

@test "a burst beyond max_demand: no CPU time either while the producer has nothing" {
	skip_if_sanitized
	mkfifo in
	"$SPILE" 'rate 1000/s burst=5000 max_demand=10' <in >out &
	pid=$!
	exec 9>in
	echo a >&9
	wait_until grep -q a out
	cpu() { sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'; }
	before=$(cpu)
	seq 300000 | sort -n | tail -1 >/dev/null
	same 'CPU time' "$before" "$(cpu)"
	exec 9>&-
	wait $pid
}

@test "drop lets through what it may, drops the rest, and says how many" {
	run --separate-stderr spile 'seq 1 1000 | rate 1/h burst=3 drop'
	assert_output $'1\n2\n3'
	assert_stderr 'spile: rate: dropped 997'
	assert_status 0
	run --separate-stderr spile -q 'seq 1 1000 | rate 1/h drop'
	assert_output 1
	assert_stderr ''
}

@test "dropped events are in --stats, and the sums balance" {
	spile -q --stats 'seq 1 1000 | rate 1/h burst=3 drop | null' 2>stats
	same 'in, out, dropped, failed, held' '1000 3 997 0 0' "$(awk '$1 == "rate" {print $2, $4, $6, $7, $8}' stats)"
}

@test "by: a bucket a key" {
	run --separate-stderr spile 'rate 1/h by $1 drop' <<<$'a 1\nb 1\na 2\nc 1\nb 2'
	assert_output $'a 1\nb 1\nc 1'
	assert_stderr 'spile: rate: dropped 2'
	run --separate-stderr spile 'rate 1/h burst=2 by $1, $2 drop' <<<$'a 1\na 1\na 1\na 2'
	assert_output $'a 1\na 1\na 2'
	assert_stderr 'spile: rate: dropped 1'
}

@test "by: a key without tokens waits, others pass it by, each in its order" {
	mkfifo in out
	"$SPILE" 'rate 1/h by $1' <in >out &
	pid=$!
	exec 8>in 9<out
	printf 'a 1\na 2\nb 1\na 3\nc 1\n' >&8
	for expected in 'a 1' 'b 1' 'c 1'; do
		IFS= read -r -t 10 line <&9
		same 'line' "$expected" "$line"
	done
	kill -KILL $pid
	wait $pid || true
	same 'the rest' '' "$(cat <&9)"
	gives 'seq 1 60 | rate 200/s by $0 % 3 | $0 % 3 == 1' "$(seq 1 3 60)"
}

@test "by: what waits is bounded by max_demand" {
	mkfifo trace
	"$SPILE" --trace 'seq 1 inf | rate 1/h by 1 max_demand=3 min_demand=0 | null' 2>trace &
	pid=$!
	exec 9<trace
	for _ in {1..200}; do
		IFS= read -r -t 1 line <&9 || break
		echo "$line"
	done >got
	kill -KILL $pid
	wait $pid || true
	same 'most in flight' 3 "$(in_flight seq rate <got)"
	same 'passed' 1 "$(awk '/rate -> null: deliver/ {n += $NF} END {print n}' got)"
}

@test "by: keys whose bucket is full are forgotten" {
	skip_if_sanitized
	run bash -c 'ulimit -v 100000; timeout 60 "$SPILE" -j1 "seq 1 3000000 | rate 1M/s by \$0 drop | agg count()"'
	assert_output 3000000
	assert_status 0
}

@test "by: an event without a key fails" {
	run --separate-stderr spile 'rate 1000/s by 1 / $1' <<<$'1\n0\n2'
	assert_output $'1\n2'
	assert_stderr "spile: rate: division by zero: '0'"
	assert_status 1
}

@test "a batch counts as one" {
	run --separate-stderr spile 'seq 1 9 | batch 3 | rate 1/h burst=2 drop | join ","'
	assert_output $'1,2,3\n4,5,6'
	assert_stderr 'spile: rate: dropped 3'
	gives 'seq 1 6 | batch 2 | rate 100/s | join ","' $'1,2\n3,4\n5,6'
}

@test "take behind rate ends the run at once" {
	gives 'seq 1 inf | rate 1/h burst=2 | take 2' $'1\n2'
}

@test "fields pass rate" {
	gives 'map a=$1, b=$2 | rate 1000/s by $a | map $b' $'1\n2' 'x 1\ny 2\n'
}

@test "mistakes in rate" {
	rejects 'rate 10' "spile: pipeline:1:6: R of 'rate' must be a rate, not '10'
  rate 10
       ^~ a rate is per time: 10/s, 10/m"
	rejects 'rate 0/s' "spile: pipeline:1:6: R of 'rate' must be more than 0, not '0'
  rate 0/s
       ^"
	rejects 'rate 1/s burst=0' "spile: pipeline:1:16: 'burst' must be 1 or more, not 0
  rate 1/s burst=0
                 ^"
	rejects 'rate 1/h burst=10M' "spile: pipeline:1:10: this burst is too large for this rate
  rate 1/h burst=10M
           ^~~~~~~~~"
	rejects 'batch 2 | rate 1/s by $1' "spile: pipeline:1:11: batches have no key: put \`unbatch\` before it
  batch 2 | rate 1/s by \$1
            ^~~~"
}
