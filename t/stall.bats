# A stalled sink stops every source and takes no CPU; a line on a slow pipe is out at once (DESIGN 3: demand, latency).
load helper

# cpu PID: clock ticks so far. fields 14 and 15 of stat, behind the name in brackets
cpu() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'; }
rss() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
# threads that are not asleep
awake() { cat /proc/"$1"/task/*/stat 2>/dev/null | sed 's/.*) //' | grep -vc '^S' || true; }

# settled PID: all threads have been found asleep, with nothing used in between, twenty times in a row.
settled() {
	local i before
	before=$(cpu "$1")
	for i in {1..20}; do
		[ "$(awake "$1")" -eq 0 ] || return 1
		[ "$(cpu "$1")" -eq "$before" ] || return 1
	done
}

# stalls INPUT PIPELINE: with a reader that does not read, spile comes to rest in little memory, and goes on to the right
# end when it reads.
stalls() {
	local pid before status
	rm -f out
	mkfifo out
	if [ "$1" ]; then
		"$SPILE" "$2" < <(exec $1) >out &
	else
		"$SPILE" "$2" </dev/null >out &
	fi
	pid=$!
	exec 9<out
	IFS= read -r -t 10 first <&9
	wait_until settled $pid
	before=$(cpu $pid)
	[ "$(rss $pid)" -lt 32768 ] || {
		echo "'$2' takes $(rss $pid) KiB" >&2
		return 1
	}
	# as long as this takes, and that is some tenths of a second of other people's CPU time
	seq 300000 | sort -n | tail -1 >/dev/null
	same "CPU time of '$2' while its reader is blocked" "$before" "$(cpu $pid)"
	for i in {1..1000}; do IFS= read -r -t 10 line <&9; done # it goes on
	exec 9<&-
	wait $pid || status=$?
	same "end of '$2'" 141 "$status"
}

@test "a stalled reader: memory under 32 MiB, CPU time does not grow" {
	skip_if_sanitized
	stalls yes 'filter /y/'
	stalls yes 'map "$0$0$0" | words'
	stalls 'yes a b c d e f g h' 'words | uniq count by NR'
}

@test "a stalled reader stops sources without an end" {
	skip_if_sanitized
	stalls '' 'seq'
	stalls '' 'run yes | filter 1'
	stalls '' 'seq 1 inf | batch 10 | join ","'
	stalls '' 'seq 1 inf | count every=10 | unbatch'
	stalls '' 'seq 1 inf | match /\d/'
}

@test "a branch whose reader is stalled stops the source, and with it the other branches" {
	skip_if_sanitized
	stalls '' 'seq 1 inf | tee { filter 0 ; map $0 }'
	stalls '' 'seq 1 inf | tee { agg count() every=10 | unbatch ; tee { filter $0 % 2 ; skip 3 } }'
	stalls '' 'seq 1 inf | route { $0 % 2 => skip 5 ; else => map $0 }'
	stalls '' 'seq 1 inf | partition 3 by $0 % 7 { filter $0 % 2 }'
	stalls '' 'seq 1 inf | balance 2 { buffer 100 | map $0 }'
	stalls '' '{ seq inf ; seq } | map $0'
}

@test "a stalled reader stops the workers on a large file" {
	skip_if_sanitized
	yes 'some words to read and to write' | head -4000000 >in
	stalls '' 'file in | words | map upper($0)'
	stalls '' 'file in | filter 1'
}

# peaks OPTION PIPELINE: events of 64 KiB, a reader that is slow at first: never more than 32 MiB. Its input stays open, so
# that spile can be looked at when it has done everything.
peaks() {
	local pid peak reader
	rm -f in out
	mkfifo in out
	"$SPILE" "$1" "$2" <in >out 2>err &
	pid=$!
	exec 8>in 9<out
	cat long >&8 &
	wait_until settled $pid
	cat <&9 >/dev/null 8>&- &
	reader=$!
	wait_until settled $pid
	peak=$(awk '/^VmHWM/ {print $2}' /proc/$pid/status)
	exec 8>&- 9<&-
	wait $pid $reader
	[ "$peak" -lt 32768 ] || {
		echo "'$2' took $peak KiB with $1" >&2
		return 1
	}
}

@test "large events and a slow reader: memory under 32 MiB at any time" {
	skip_if_sanitized
	awk 'BEGIN {
		for (line = "x"; length(line) < 65000;) line = line " " line " yz" length(line)
		for (i = 0; i < 1000; i++) print i, substr(line, 1 + i, 65000)
	}' >long
	for pipeline in 'filter /x/' 'map upper($0)' 'set $2="y"' 'words | map length($0)' uniq 'uniq count' 'skip 1' \
		'while 1' 'split "y" | map $0, NR' 'tee { /x/ ; map $1 }' 'balance 2 { map upper($0) }' \
		'partition 2 by $1 { map upper($0) }' 'route { $1 % 2 => uniq ; else => map lower($0) }' 'buffer 50' \
		'batch 20 | join ","'; do
		peaks -j1 "$pipeline"
		peaks -j2 "$pipeline"
	done
}

@test "an idle pipe takes no CPU time" {
	skip_if_sanitized
	mkfifo in out
	"$SPILE" 'filter 1 | batch 10 1h | join "," | agg count() every=24h' <in >out &
	pid=$!
	exec 8>in 9<out
	echo a >&8
	wait_until settled $pid
	before=$(cpu $pid)
	seq 300000 | sort -n | tail -1 >/dev/null
	same 'CPU time' "$before" "$(cpu $pid)"
	exec 8>&-
	cat <&9 >got
	wait $pid
	same 'output' 1 "$(cat got)"
}

# echoes PIPELINE: each line comes out before the next one goes in.
echoes() {
	local i pid
	rm -f in out
	mkfifo in out
	"$SPILE" "${@:2}" "$1" <in >out &
	pid=$!
	exec 8>in 9<out
	for i in 1 2 3 4 5; do
		echo "$i" >&8
		IFS= read -r -t 10 line <&9 || {
			echo "line $i did not come out of '$1'" >&2
			return 1
		}
		same "line $i of '$1'" "$i" "$line"
	done
	exec 8>&-
	wait $pid # whose reader leaves only then
	exec 9<&-
}

@test "a line on a slow pipe is out at once, with no flag" {
	for pipeline in 'stdin' 'filter 1' 'filter /./ | map $0' 'map lower($0) | s/x/y/ | words' 'split "," | match /.*/' 'uniq' 'distinct' \
		'skip 0' 'take 100' 'while 1' 'batch 1' 'batch auto' 'batch 1 | join ","' 'agg max($0) running' 'agg max($0) every=1' 'top 1 every=1' \
		'uniq | map $0 | distinct | filter 1'; do
		echoes "$pipeline" -j1
		echoes "$pipeline" -j8
		echoes "$pipeline" --debug-no-fuse
	done
}

@test "the lines of a command are out at once" {
	mkfifo go out
	"$SPILE" 'run sh -c q{echo 1; read x <go; echo 2} | map $0' </dev/null >out &
	exec 9<out
	IFS= read -r -t 10 line <&9
	same 'first line' 1 "$line"
	echo >go
	IFS= read -r -t 10 line <&9
	same 'second line' 2 "$line"
	wait $!
}

@test "lines are written to files at once" {
	mkfifo in
	"$SPILE" 'append "out-$0"' <in &
	pid=$!
	exec 8>in
	echo a >&8
	wait_until test -s out-a
	echo b >&8
	wait_until test -s out-b
	exec 8>&-
	wait $pid
}

@test "part of a line waits for the rest" {
	mkfifo in out
	"$SPILE" 'filter 1' <in >out &
	pid=$!
	exec 8>in 9<out
	printf 'one\ntw' >&8
	IFS= read -r -t 10 line <&9
	same 'first line' one "$line"
	printf 'o\n' >&8
	IFS= read -r -t 10 line <&9
	same 'second line' two "$line"
	printf 'rest' >&8
	exec 8>&-
	same 'the rest' rest "$(cat <&9)"
	wait $pid
}

# median_delay COMMAND...: of 99 lines that go through the command one after the other, in microseconds.
median_delay() {
	rm -f in out
	mkfifo in out
	"$@" <in >out &
	pid=$!
	exec 8>in 9<out
	for i in {1..99}; do
		before=${EPOCHREALTIME/./}
		echo "$i" >&8
		IFS= read -r -t 10 line <&9
		echo $((${EPOCHREALTIME/./} - before))
	done >times
	exec 8>&-
	wait $pid
	exec 9<&-
	sort -n times | sed -n 50p
}

@test "a line is out at once, as cat gives it" {
	skip_if_sanitized
	local try ours cats
	for try in 1 2 3 4 5; do # the machine may be busy with something else during one of the two
		cats=$(median_delay cat)
		ours=$(median_delay "$SPILE" 'filter /./ | map $0')
		[ "$ours" -ge $((4 * cats + 1000)) ] || return 0
		echo "the medians of 99 lines, try $try: $ours µs, cat $cats µs" >&2
	done
	false
}
