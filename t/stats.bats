# --stats adds up (DESIGN 4.1): nothing is lost silently.
load helper

# balanced PIPELINE FILE: in = used + dropped + failed + held for each stage, and what one puts out is what the next
# takes in and what the buffer between them holds. Leaves the figures in s.json, as `STAGE IN OUT USED DROPPED FAILED
# HELD BYTES_IN BYTES_OUT` in figures.
balanced() {
	spile -q --stats=s.json "$1" <"$2" >/dev/null || [ $? -eq 1 ]
	sed -n 's/[{}",]/ /g; /stage /s/  *\([a-z_]*\)  *: */ \1=/gp' s.json >lines
	awk '{
		for (i = 1; i <= NF; i++) { split($i, kv, "="); v[kv[1]] = kv[2] }
		print v["stage"], v["events_in"], v["events_out"], v["used"], v["dropped"], v["failed"], v["held"], v["bytes_in"], v["bytes_out"]
	}' lines >figures
	awk -v pipeline="$1" '
		function wrong(why) { print pipeline ": " $0 ": " why; bad = 1 }
		{
			for (i = 2; i <= 9; i++) if ($i !~ /^[0-9]+$/ || $i > 1e15) wrong("figure " i)
			if ($2 != $4 + $5 + $6 + $7) wrong("in is not used + dropped + failed + held")
			if (NR > 1 && $2 != out) wrong("the stage before put out " out)
			if (NR > 1 && $8 != bytes && $7 == 0) wrong("the stage before put out " bytes " bytes")
			out = $3; bytes = $9
		}
		END { if (NR < 2) wrong("no stages"); exit bad }' figures >&2 || {
		cat s.json >&2
		return 1
	}
}

# figures STAGE: in out used dropped failed held
figures() { awk -v stage="$1" '$1 == stage {print $2, $3, $4, $5, $6, $7}' figures; }

@test "the sums balance when all of the input was read" {
	seq 3000 | awk '{print $1, $1 % 7, ($1 % 11 ? "a b" : "")}' >in
	for pipeline in 'filter $2' 'reject /5/ | map $1' 'words | count | top 3' 'map 10 / ($2 - 3)' 'skip 100 | uniq by $2 | distinct' \
		'parse /(?<x>7)/ | match /\d/ | split ","' 'batch 7 | agg sum($1) | filter $1 % 2' 'count by $2 every=100 | top 1' \
		'agg sum($3)' 'take 2 by $2' 'batch 10 | filter $2 | join ","' 'null' 'agg count() by $2 running'; do
		balanced "$pipeline" in
	done
}

@test "what would go to a branch that has ended is dropped, not put out" {
	local dispatcher in out used dropped failed held
	seq 100000 >in
	for dispatcher in 'route { $0 % 2 => take 5 | null ; else => null }' 'route { $0 % 2 => null ; else => take 5 | null }' \
		'partition 2 by $0 % 2 { while $0 != 5 | null }'; do
		balanced "$dispatcher" in 2>/dev/null || true # branches beside each other do not add up; the dispatcher must
		read -r in out used dropped failed held < <(figures "${dispatcher%% *}")
		[ "$in" -eq $((used + dropped + failed + held)) ]
		[ "$out" -eq "$used" ]
		[ "$dropped" -gt 40000 ]
	done
}

@test "the sums balance when the run ended early" {
	seq 300000 >in
	for pipeline in 'take 3' 'words | take 3' 'map $0 | skip 10 | take 1' 'while $0 < 77' 'batch 7 | take 2' 'filter $0 % 2 | take 700' \
		'words | batch 3 | take 1 | join ","' 'distinct | while $0 < 5000 | count' 'map 1 / ($0 - 500) max_failures=1' \
		'filter 1 / ($0 % 90) | map 1 / ($0 % 91) | uniq | while $0 > 0.001' 'filter 1 / ($0 % 90) max_failures=3 | while $0 < 300' \
		'filter 1 / ($0 % 90) max_failures=3 | while $0 < 100' 'filter 1 / ($0 % 5) | batch 3 | while $0 < 100' \
		'filter 1 / ($0 % 5) | count every=7 | while NR < 100'; do
		balanced "$pipeline" in
	done
}

@test "the sums balance without joined stages, with small blocks and many workers" {
	seq 20000 >in
	for options in -j8 '-j2 --debug-no-fuse' '-j8 --debug-block-bytes 100'; do
		for pipeline in 'filter $0 % 3 | map $0 * 2 | words | count' 'words | take 1000 | uniq'; do
			# shellcheck disable=SC2086
			(spile() { timeout -k 5 60 "$SPILE" $options "$@"; } && balanced "$pipeline" in)
		done
	done
}

@test "each stage counts what it did" {
	printf 'a b\n\nc\nx y z\n' >in
	balanced 'filter NF | words | map 10 / num($0, 0) name=m | null' in
	same filter '4 3 3 1 0 0' "$(figures filter)"
	same words '3 6 3 0 0 0' "$(figures words)"
	same m '6 0 0 0 6 0' "$(figures m)"
	seq 100 >in
	balanced 'skip 10 | uniq by int($0 / 10) | count | null' in
	same skip '100 90 90 10 0 0' "$(figures skip)"
	same uniq '90 10 10 80 0 0' "$(figures uniq)"
	same count '10 10 10 0 0 0' "$(figures count)"
	same null '10 0 10 0 0 0' "$(figures null)"
}

@test "an aggregate's result of no events is not counted as an event that came" {
	balanced 'filter 0 | skip 0 | agg sum($1) | batch 3 | agg count() | unbatch | null' /dev/null
	same agg '0 1 0 0 0 0' "$(figures agg)"
	same agg2 '1 1 1 0 0 0' "$(figures agg2)"
}

@test "bytes are those of the events" {
	printf 'ab\ncde\nf' >in
	balanced 'map "$0$0"' in
	same stdin '0 6' "$(awk '$1 == "stdin" {print $8, $9}' figures)"
	same map '6 12' "$(awk '$1 == "map" {print $8, $9}' figures)"
	same stdout '12 0' "$(awk '$1 == "stdout" {print $8, $9}' figures)"
}

@test "what a source could not take counts as failed there" {
	seq 8 12 >in
	spile -q --max-event 1 --stats=s.json null <in || [ $? -eq 1 ]
	grep -q '"stage":"stdin".*"events_out":2,.*"failed":3,"held":0' s.json || {
		cat s.json >&2
		false
	}
}

@test "what was read and not wanted counts as held" {
	seq 1000 >in
	balanced 'take 3' in
	same held $(($(awk '$1 == "stdin" {print $3}' figures) - 3)) "$(awk '$1 == "take" {print $7}' figures)"
}

@test "--stats=FILE is JSON" {
	seq 10 | spile --stats=s.json 'filter $0 > 5 name="a\"b\\"' >/dev/null || seq 10 | spile --stats=s.json 'filter $0 > 5' >/dev/null
	jq -e '.stages | length == 3' s.json >/dev/null
}

@test "--stats is a table with the same figures, on standard error" {
	seq 100 | spile --stats 'filter $0 % 2 | count by $0 % 10' >out 2>table
	same 'output' 5 "$(wc -l <out)"
	same 'stages' 'stage stdin filter count stdout' "$(awk '{print $1}' table | paste -sd ' ')"
	same 'filter' 'filter 100 192 50 95 50 0 0 0' "$(awk '$1 == "filter" {print $1, $2, $3, $4, $5, $6, $7, $8, $9}' table)"
	same 'its heads' 'stage in bytes out bytes dropped failed held asked busy no-input no-demand' "$(sed -n '1{s/  */ /g;p}' table)"
	same 'bottlenecks' 1 "$(grep -c ' <- bottleneck$' table)"
}

@test "what partition and route put out is counted, in bytes too" {
	printf 'ab\ncde\nf\n' >in
	spile --stats=s.json 'partition 2 by $0 { map $0 } | route { /a/ => null ; /f/ => null }' in
	same 'partition' '3 6' "$(jq -r '.stages[] | select(.stage == "partition") | "\(.events_out) \(.bytes_out)"' s.json)"
	same 'route' '2 3 1' "$(jq -r '.stages[] | select(.stage == "route") | "\(.events_out) \(.bytes_out) \(.dropped)"' s.json)"
}

@test "copies have figures of their own, and batches their number, size and why they went out" {
	seq 1 25 | spile -j1 --stats=s.json 'batch 10 | unbatch | balance 2 { null }'
	same 'names' 'stdin batch unbatch balance null#1 null#2' "$(jq -r .stages[].stage s.json | paste -sd ' ')"
	same 'what the copies got' 25 "$(jq '[.stages[4:][].events_in] | add' s.json)"
	same 'batches' '[3,8.33333,2,0,0,1,0]' \
		"$(jq -c '.stages[1] | [.batches, .batch_mean, .flushed_full, .flushed_time, .flushed_free, .flushed_end, .flushed_signal]' s.json)"
	same 'the table' '  3 batches of 8.3 events: 2 full, 1 end' "$(seq 1 25 | spile --stats 'batch 10 | null' 2>&1 | grep batches)"
}

# ---- where the time goes ----

@test "each stage of JSON has exactly the fields of the manual" {
	spile --stats=s.json 'seq 1 9 | batch 2 | count | tee { null ; words }' >/dev/null
	sed -n '/^.Sh STATISTICS/,/^.Sh SIGNALS/s/^\.It Li //p' "$ROOT/man/spile.1" | sort >manual
	jq -r '(.stages[0] | keys[]), (keys[] | select(. != "stages"))' s.json | sort >fields
	same 'fields' "$(<manual)" "$(<fields)"
	jq -e '.stages | map(keys) | unique | length == 1' s.json >/dev/null
}

@test "a stage's times are no longer than the run, and those of a segment add up to its life" {
	seq 20000 >in
	for options in -j1 -j8; do
		spile $options --stats=s.json 'words | map $0 * 2 | count | top 3' in >/dev/null
		jq -e '.seconds as $s | .stages | length == 6 and all(.busy >= 0 and .wait_input >= 0 and .wait_demand >= 0 and
			.busy + .wait_input + .wait_demand <= $s + 0.001)' s.json >/dev/null
		jq -e '.seconds as $s | .stages[1:4] | (map(.busy) | add) + .[0].wait_input + .[0].wait_demand |
			. > 0 and . <= $s + 0.001' s.json >/dev/null
		jq -e '.stages[1:4] | map([.wait_input, .wait_demand]) | unique | length == 1' s.json >/dev/null
	done
}

# bottleneck PIPELINE: whom --stats blames.
bottleneck() { spile --stats=s.json "$1" >/dev/null && jq -r .bottleneck s.json; }

@test "the bottleneck is who the others waited for" {
	same 'a stage that takes its time' rate "$(bottleneck 'seq 1 20 | map $0 | rate 50/s burst=1 | tee { null ; words }')"
	same 'a source with nothing to read' run "$(bottleneck 'run sh -c q{echo 1; exec sleep 0.3} | map $0 * 2 | words | null')"
	same 'its wait' true "$(jq '.stages[0] | .wait_input > 0.2 and .busy < .wait_input' s.json)"
	same 'a branch that takes its time, not who waits for it' sh "$(bottleneck 'seq 1 20 | tee { sh jobs=1 q{exec sleep 0.02} ; null }')"
	mkfifo out
	spile --stats=s.json 'seq 1 100000 | map $0' >out & # more than fits between them
	exec 8<out
	spile 'run sleep 1' # in which nobody reads
	cat <&8 >/dev/null
	wait $!
	same 'a reader who does not read' stdout "$(jq -r .bottleneck s.json)"
	same 'who waited for it' true "$(jq '.stages[1] | .wait_demand > 0.5 and .wait_input < .wait_demand' s.json)"
}

# ---- SIGUSR1 ----

@test "SIGUSR1 shows the figures so far, and the run goes on" {
	mkfifo in table
	"$SPILE" --stats 'skip 1' <in >out 2>table &
	exec 8>in 9<table
	printf '1\n2\n3\n' >&8
	wait_until test -s out # before spile has begun, the signal would end it
	wait_until sees_skipped $!
	echo 4 >&8
	exec 8>&-
	wait $!
	cat <&9 >rest
	same 'at the end' 'skip 4 3' "$(awk '$1 == "skip" {r = $1 " " $2 " " $4} END {print r}' rest)"
}

# sees_skipped PID: a table on descriptor 9 says that three events have come, of which two went on, and shows the demand.
sees_skipped() {
	local line
	kill -USR1 "$1" && while read -r -t 5 -u 9 line; do
		[[ $line != stdout* ]] || break
		[[ $line != skip* ]] || read -r -a skip <<<"$line"
	done
	[ "${skip[1]} ${skip[3]} ${skip[5]} ${skip[8]}" = '3 2 1 997' ]
}

@test "SIGUSR1 writes the JSON file, too" {
	mkfifo in
	"$SPILE" --stats=s.json 'map $0' <in >out &
	exec 8>in
	echo 1 >&8
	wait_until test -s out
	kill -USR1 $!
	wait_until jq -e '.stages[1] | .events_in == 1 and .wait_input > 0' s.json >/dev/null
	exec 8>&-
	wait $!
	jq -e '.stages[1].events_in == 1' s.json >/dev/null
}

@test "--stats that cannot be written is a failure" {
	run --separate-stderr spile --stats=no/s 'null' <<<x
	assert_stderr "spile: cannot write 'no/s': No such file or directory"
	assert_status 1
	run --separate-stderr spile --stats=/dev/full 'null' <<<x
	assert_stderr "spile: cannot write '/dev/full': No space left on device"
	assert_status 1
}
