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
	if command -v jq >/dev/null; then
		jq -e '.stages | length == 3' s.json >/dev/null
	elif command -v python3 >/dev/null; then
		python3 -c 'import json; assert len(json.load(open("s.json"))["stages"]) == 3'
	elif command -v perl >/dev/null; then
		perl -MJSON::PP -e 'local $/; exit @{decode_json(<>)->{stages}} != 3' s.json
	else
		skip 'nothing here reads JSON'
	fi
}

@test "--stats is a table with the same figures, on standard error" {
	seq 100 | spile --stats 'filter $0 % 2 | count by $0 % 10' >out 2>table
	same 'output' 5 "$(wc -l <out)"
	same 'stages' 'stage stdin filter count stdout' "$(awk '{print $1}' table | paste -sd ' ')"
	same 'filter' 'filter 100 192 50 95 50 0 0' "$(awk '$1 == "filter" {$1 = $1; print}' table)"
}

@test "--stats that cannot be written is a failure" {
	run --separate-stderr spile --stats=no/s 'null' <<<x
	assert_stderr "spile: cannot write 'no/s': No such file or directory"
	assert_status 1
	run --separate-stderr spile --stats=/dev/full 'null' <<<x
	assert_stderr "spile: cannot write '/dev/full': No space left on device"
	assert_status 1
}
