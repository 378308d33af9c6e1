# Events that fail (DESIGN 4.4): the report, its limit, exit status, -q, dead=, max_failures=. What makes an expression
# fail: expr.bats.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

numbered() { printf '%s\n' "${@/#/x}"; }

@test "a failed event is reported with stage, reason and event; the run goes on and ends with 1" {
	run --separate-stderr spile 'map $1 + 1' < <(printf '%s\n' 1 'x y' 3)
	assert_stderr "spile: map: 'x' is not a number: 'x y'"
	assert_output $'2\n4'
	assert_status 1
}

@test "at most 10 are reported a stage, then the rest is counted" {
	run --separate-stderr spile 'map $1 + 1' < <(numbered {1..13})
	assert_stderr "$(for i in {1..10}; do echo "spile: map: 'x$i' is not a number: 'x$i'"; done)
spile: map: 3 more events failed"
	assert_output ''
	assert_status 1
	run --separate-stderr spile 'map $1 + 1' < <(numbered {1..10})
	assert_stderr "$(for i in {1..10}; do echo "spile: map: 'x$i' is not a number: 'x$i'"; done)"
}

@test "each stage has its own limit and its own name" {
	run --separate-stderr spile 'map /a/ ? $1 + 1 : $0 | map (/b/ ? $1 + 1 : $0) name=second' < <(
		printf 'a%d\n' {1..11}
		printf 'b%d\n' {1..12}
		echo c
	)
	same 'first stage' "$(for i in {1..10}; do echo "spile: map: 'a$i' is not a number: 'a$i'"; done)
spile: map: 1 more event failed" "$(grep '^spile: map: ' <<<"$stderr")"
	same 'second stage' "$(for i in {1..10}; do echo "spile: second: 'b$i' is not a number: 'b$i'"; done)
spile: second: 2 more events failed" "$(grep '^spile: second: ' <<<"$stderr")"
	assert_output c
	assert_status 1
}

@test "stages of the same kind are told apart in reports" {
	run --separate-stderr spile 'filter 1 | map $1, 1 | filter $1 + 1' <<<'x'
	assert_stderr "spile: filter2: 'x' is not a number: 'x\x091'"
}

@test "reports come in the order of input for every -j and block size" {
	local how
	seq 2000 | sed 's/.*[37]$/x&/' >in
	spile -j 1 'map $1 + 1' in >expected 2>expected.err || true
	[ "$(wc -l <expected.err)" = 11 ]
	for how in '-j 8 --debug-block-bytes 64' '-j 2 --debug-block-bytes 1000' '-j 4'; do
		# shellcheck disable=SC2086
		spile $how 'map $1 + 1' in >got 2>got.err || true
		same_bytes expected got
		same_bytes expected.err got.err
	done
}

@test "only the beginning of a long event is shown" {
	long=$(printf 'e%.0s' {1..100})
	run --separate-stderr spile 'map substr($1, 1, 3) + 1' <<<"$long"
	assert_stderr "spile: map: 'eee' is not a number: '${long:0:60}'..."
	run --separate-stderr spile 'map substr($1, 1, 3) + 1' <<<"${long:0:60}"
	assert_stderr "spile: map: 'eee' is not a number: '${long:0:60}'"
}

@test "no character is cut in two where a long event is cut" {
	local how
	for how in 0 1 2 3; do
		text=$(printf "%${how}s" '' | tr ' ' a)$(printf '\xf0\x9f\x8d\xba%.0s' {1..20}) # mugs of four bytes
		run --separate-stderr spile 'map num("x$0")' <<<"$text"
		same 'the event' "${text:0:how+4*((60-how)/4)}" "$(sed "s/.*: '\(.*\)'\.\.\.\$/\1/" <<<"$stderr")"
	done
	run --separate-stderr spile 'map num("x$0")' < <(printf '\x80%.0s' {1..70})
	same 'bytes' "$(printf '\\x80%.0s' {1..60})" "$(sed "s/.*: '\(.*\)'\.\.\.\$/\1/" <<<"$stderr")"
}

@test "bytes that a terminal might obey are not sent to it" {
	run --separate-stderr spile 'map num("x${$1}")' < <(printf '\e[31mred\a\x7f\n')
	[[ $stderr != *[$'\e\a\x7f']* ]]
	[[ $stderr == *'\x1B[31mred\x07\x7F'* ]]
	assert_status 1
}

@test "-q says nothing of single events, the exit status stays" {
	run --separate-stderr spile -q 'map $1 + 1' < <(printf '%s\n' 1 x 3)
	assert_stderr ''
	assert_output $'2\n4'
	assert_status 1
	run --separate-stderr spile -q 'map $1 + 1' < <(numbered {1..20})
	assert_stderr ''
	assert_status 1
}

@test "dead= gets failed events as they came in, and nothing is said" {
	run --separate-stderr spile 'map $1 + 1 dead=bad' < <(printf '%s\n' 1 'x  y	z' 3 é)
	assert_stderr ''
	assert_output $'2\n4'
	assert_status 1
	printf '%s\n' 'x  y	z' é >expected
	same_bytes expected bad
}

@test "dead= is added to, and made only when something fails" {
	echo before >bad
	run --separate-stderr spile 'map $1 + 1 dead=bad' <<<x
	same bad $'before\nx' "$(cat bad)"
	run --separate-stderr spile 'map $1 + 1 dead=none' <<<1
	assert_status 0
	[ ! -e none ]
}

@test "dead= gets all events beyond the tenth too" {
	run --separate-stderr spile 'map $1 + 1 dead=bad' < <(numbered {1..50})
	assert_stderr ''
	same bad "$(numbered {1..50})" "$(cat bad)"
}

@test "dead= that cannot be written says so and reports the events instead" {
	run --separate-stderr spile 'map $1 + 1 dead=no/bad' < <(printf '%s\n' x 1 y)
	assert_stderr "spile: map: cannot open 'no/bad': No such file or directory
spile: map: 'x' is not a number: 'x'
spile: map: 'y' is not a number: 'y'"
	assert_output 2
	assert_status 1
}

@test "with -0 dead= ends events with NUL" {
	run --separate-stderr spile -0 'map $1 + 1 dead=bad' < <(printf 'x\ny\0001\0')
	printf 'x\ny\0' >expected
	same_bytes expected bad
}

@test "dead= of a later stage gets the event as it came into that stage" {
	run --separate-stderr spile 'map upper($0) | map $1 + 1 dead=bad' <<<'a b'
	same bad 'A B' "$(cat bad)"
}

@test "max_failures= ends the run at that failure" {
	run --separate-stderr spile 'map $1 + 1 max_failures=2' < <(printf '%s\n' x y 1 2)
	assert_stderr "spile: map: 'x' is not a number: 'x'
spile: map: 'y' is not a number: 'y'
spile: map: 2 events failed: the run ends here (max_failures=2)"
	assert_status 1
	run --separate-stderr spile 'map $1 + 1 max_failures=3' < <(printf '%s\n' x y 1 2)
	assert_output $'2\n3'
	assert_status 1
}

@test "max_failures= ends the input of what follows: what that holds comes out" {
	local how limit
	printf '%s\n' x 1 1 y 1 1 >in
	set -- 'uniq count' '2 1' 'agg count() every=5' 2 'agg sum($1) every=5' 2 'batch 9 | join "+"' 1+1 \
		'balance 2 { map $0 } | agg count() every=5' 2 'tee { null ; uniq count }' '2 1'
	for (( ; $#; )); do
		for how in '' --debug-no-fuse '--debug-block-bytes 2'; do
			for limit in 'take 9' 'while 1' 'map $0' 'take 9 | uniq'; do
				run --separate-stderr spile -q $how "map \$1 + 0 max_failures=2 | $1 | $limit" <in
				same "$1 | $limit $how" "$2" "$(tr '\t' ' ' <<<"$output")"
				assert_status 1
				assert_stderr 'spile: map: 2 events failed: the run ends here (max_failures=2)'
			done
		done
		shift 2
	done
}

@test "max_failures= ends a run whose input goes on for ever" {
	run --separate-stderr timeout 20 "$SPILE" 'seq 1 inf | map 1 / ($1 - 5) max_failures=1 | null'
	assert_stderr "spile: map: division by zero: '5'
spile: map: 1 event failed: the run ends here (max_failures=1)"
	assert_status 1
}

@test "what went before the failure that ends the run is written, at every block size" {
	local how
	for how in '-j 1' '-j 8' '--debug-block-bytes 16 -j 1' '--debug-block-bytes 16 -j 8'; do
		# shellcheck disable=SC2086
		run --separate-stderr spile $how 'map $1 + 1 max_failures=1' < <(seq 1 100; echo x; seq 1 1000)
		same "output with $how" "$(seq 2 101)" "$output"
	done
}

@test "max_failures= and dead= together: all of them are in the file" {
	run --separate-stderr spile 'map $1 + 1 dead=bad max_failures=2' < <(printf '%s\n' x y z)
	assert_stderr 'spile: map: 2 events failed: the run ends here (max_failures=2)'
	same bad $'x\ny' "$(cat bad)"
	assert_status 1
}

@test "write leaves no file when max_failures= ended the run" {
	mkdir d
	run --separate-stderr spile 'map $1 + 1 max_failures=1 | write d/out' < <(printf '%s\n' 1 x)
	assert_status 1
	same files '' "$(ls -A d)"
}

@test "every kind of stage with an expression fails the event alone" {
	local pipeline
	for pipeline in 'filter $1 + 1' 'reject !($1 + 1)' 'set x=$1 + 1' 'map $1, $1 + 1 | map $1' 'take 9 by $1 + 1' \
		'skip 0 by $1 + 1' 'uniq by $1 + 1' 'distinct by $1 + 1' 'while $1 + 1' 'top 9 $1 + 0 | map $1' \
		'count by $1 + 0 | map $2' 'agg max($1 + 0) by $1 | map $2'; do
		run --separate-stderr spile "$pipeline" < <(printf '%s\n' 2 x 1)
		name=${pipeline%% *}
		same "$pipeline: standard error" "spile: $name: 'x' is not a number: 'x'" "$stderr"
		same "$pipeline: output" $'1\n2' "$(sort <<<"$output")"
		assert_status 1
	done
}

@test "batch start= fails the event whose expression cannot be computed" {
	run --separate-stderr spile 'batch start=1/$1 | join "+"' < <(printf '%s\n' 1 0 2)
	assert_stderr "spile: batch: division by zero: '0'"
	assert_output $'1\n2'
	assert_status 1
}

@test "agg takes none of an event of which one expression fails" {
	run --separate-stderr spile 'agg count(), sum($2), max($1)' < <(printf '%s\n' '1 1' '9 x' '3 2')
	assert_stderr "spile: agg: 'x' is not a number: '9 x'"
	assert_output $'2\t3\t3'
	assert_status 1
}

@test "a regular expression past PCRE2's limits fails the event" {
	subject=$(printf 'a%.0s' {1..40})b
	run --separate-stderr spile 'filter /^(a|aa)+$/' < <(printf '%s\n' aa "$subject" aaa)
	assert_stderr "spile: filter: match limit exceeded: '$subject'"
	assert_output $'aa\naaa'
	assert_status 1
}

@test "a value from data that is no file's name fails the event" {
	mkdir d
	cd d
	run --separate-stderr spile 'write $0' < <(printf '%s\n' ok . .. a/b '' 'a b')
	assert_stderr "spile: write: the value cannot be part of a file's name: '.'
spile: write: the value cannot be part of a file's name: '..'
spile: write: the value cannot be part of a file's name: 'a/b'
spile: write: the value cannot be part of a file's name: ''"
	assert_status 1
	same files $'a b\nok' "$(ls -I 'separate-stderr-*')"
	run --separate-stderr spile 'append d-$0' < <(printf 'a\0b\n')
	assert_status 1
	same files $'a b\nok' "$(ls -I 'separate-stderr-*')"
}

@test "what a terminal would obey is shown, in events and in names that are made of them" {
	run --separate-stderr spile 'map $0 / 2' < <(printf 'e\033[2J \302\2332J \2332J \303\244\n')
	same 'the event' "'e\\x1B[2J \\xC2\\x9B2J \\x9B2J ä'" "${stderr##*: }"
	run --separate-stderr spile 'append no/$0' < <(printf 'e\033[2J\302\233\n')
	assert_stderr "spile: append: cannot open 'no/e\x1B[2J\xC2\x9B': No such file or directory: 'e\x1B[2J\xC2\x9B'"
	run --separate-stderr spile 'exec $0' < <(printf 'e\033[2J\n')
	assert_stderr "spile: exec: cannot run 'e\x1B[2J': No such file or directory: 'e\x1B[2J'"
}

@test "a password in a URL is neither in messages nor in the job log" {
	run --separate-stderr spile 'map $0 + 1' < <(echo 'ftp://me:geheim@host/a'; printf 'see postgres://me:%0100d@host/db\n' 1)
	assert_stderr "spile: map: 'ftp://me:***@host/a' is not a number: 'ftp://me:***@host/a'
spile: map: 'see postgres://me:***@host/db' is not a number: 'see postgres://me:***'..."
	run --separate-stderr spile 'append no/$0' <<<'x'
	assert_stderr "spile: append: cannot open 'no/x': No such file or directory: 'x'"
	run --separate-stderr spile --joblog log 'exec true $0' <<<'http://me:ge/heim@host/'
	assert_status 0
	same 'the job log' 'http://me:***@host/' "$(tail -n 1 log | cut -f 9)"
	run --separate-stderr spile 'exec true postgres://me:geheim@host/db | wrods'
	assert_stderr "spile: pipeline:1:42: unknown stage 'wrods'
  exec true postgres://me:***@host/db | wrods
                                        ^~~~~ did you mean 'words'?"
}

@test "file names and options of the command line reach the terminal made visible" {
	run --separate-stderr spile 'map $0' $'no\e[2J'
	assert_stderr "spile: file: cannot open 'no\x1B[2J': No such file or directory"
	run --separate-stderr spile --timeout $'\e[2J' 'map $0'
	assert_stderr "spile: --timeout takes a duration such as 500ms, 2s, 5m or 1h, not '\x1B[2J'
spile: try 'spile --help'"
	run --separate-stderr spile -f $'\e[2J'
	assert_stderr "spile: cannot open '\x1B[2J': No such file or directory"
	run --separate-stderr spile --lock $'no/\e[2J' 'map $0'
	assert_stderr "spile: cannot lock 'no/\x1B[2J': No such file or directory"
}

@test "at most ten mistakes are told, then their number" {
	run --separate-stderr spile "$(printf 'bogus | %.0s' {1..8000})null" </dev/null
	assert_status 2
	same 'the lines' 31 "$(wc -l <<<"$stderr")"
	same 'the last line' 'spile: 7990 more mistakes' "${stderr##*$'\n'}"
	same 'the longest line' 0 "$(grep -c '.\{120\}' <<<"$stderr" || true)"
	many=$(printf 'map "${1}x", $2, $9 | %.0s' {1..20})
	run --separate-stderr spile "$many null" </dev/null
	assert_status 0
	same 'ten warnings and a count' 11 "$(grep -c '^spile: ' <<<"$stderr")"
}
