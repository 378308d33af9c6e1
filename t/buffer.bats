# What stands between a fast producer and a slow consumer: buffer, with and without drop=, and batch auto (DESIGN 2.4).
# Nothing here goes by time: the consumer waits until it is told, and everybody waits for what the other has done.
load helper

# starts PIPELINE: its input is descriptor 8, its output the file `out`, its --trace the file `trace`; sets pid.
starts() {
	[ -p in ] || mkfifo in
	"$SPILE" --trace "$1" <in >out 2>trace &
	pid=$!
	exec 8>in
}

# traced WHAT TIMES: waits until the trace has shown it so many times.
traced() {
	local what=$1 times=$2
	seen() { [ "$(grep -c -- "ms $what\$" trace)" -ge "$times" ]; }
	wait_until seen
}

# dropped EVENTS: waits until so many are.
dropped() {
	local n=$1
	enough() { awk -v n="$n" '/ms buffer: drop/ {sum += $NF} END {exit sum < n}' trace; }
	wait_until enough
}

# Consumers that say in `begun` what they got, and wait for a line in the FIFO `gate`, which is descriptor 7.
open_gate() { mkfifo gate && exec 7<>gate; }
slow_event='sh max_demand=1 q{echo "$0" >>begun; read go <gate; echo "$0"}'
slow_batch='sh q{echo "$@" >>begun; read go <gate; echo "$@"}'

# begun LINES: waits until the consumer has begun so many.
begun() {
	local n=$1
	have() { [ "$(wc -l <begun)" -ge "$n" ]; }
	wait_until have
}

# nine_through BUFFER EXPECTED: nine events; the consumer is blocked on the first until all are through the buffer.
nine_through() {
	open_gate
	starts "$1 | $slow_event"
	echo 1 >&8
	begun 1
	seq 2 9 >&8
	dropped 3
	same 'begun while blocked' 1 "$(<begun)"
	exec 8>&-
	for _ in {1..6}; do echo go >&7; done
	wait $pid
	same output "$2" "$(<out)"
	same report 'spile: buffer: dropped 3' "$(grep ^spile trace)"
}

@test "buffer 5 drop=newest: of nine events the five that came first follow the one that blocks" {
	nine_through 'buffer 5 drop=newest' $'1\n2\n3\n4\n5\n6'
}

@test "buffer 5 drop=oldest: of nine events the last five follow the one that blocks" {
	nine_through 'buffer 5 drop=oldest' $'1\n5\n6\n7\n8\n9'
}

@test "buffer bytes= drop=: what its bytes hold follows the one that blocks" {
	nine_through 'buffer 100 bytes=5 drop=oldest' $'1\n5\n6\n7\n8\n9'
}

@test "buffer 5 without drop= holds its producer back" {
	open_gate
	: >trace
	"$SPILE" --trace "seq 1 9 | buffer 5 | $slow_event" </dev/null >out 2>trace &
	pid=$!
	begun 1
	taken() { awk '/seq -> buffer: deliver/ {n += $NF} END {exit n < 6}' trace; }
	wait_until taken
	for _ in {1..9}; do echo go >&7; done
	wait $pid
	same output "$(seq 9)" "$(<out)"
	same report '' "$(grep ^spile trace || true)"
	same 'most that it had' 5 "$(awk '
		/seq -> buffer: deliver/ { n += $NF; if (n > most) most = n }
		/buffer -> sh: deliver/ { n -= $NF }
		END { print most }' trace)"
}

@test "buffer drop= counts batches" {
	open_gate
	starts "batch 2 | buffer 1 drop=newest | $slow_batch"
	printf '1\n2\n' >&8
	begun 1
	seq 3 8 >&8
	dropped 4
	exec 8>&-
	echo go >&7
	echo go >&7
	wait $pid
	same output $'1 2\n3 4' "$(<out)"
	same report 'spile: buffer: dropped 4' "$(grep ^spile trace)"
}

@test "a lossy branch beside a lossless one: the file gets every event while the slow reader has read nothing" {
	mkfifo slow in
	"$SPILE" 'tee { append all.log ; buffer 1000 drop=oldest | append slow }' <in 2>err &
	pid=$!
	exec 8>in
	seq 100000 >&8 # nobody has opened the FIFO for reading: that must not stop the others
	all() { [ "$(wc -l <all.log)" -eq 100000 ]; }
	wait_until all
	exec 9<slow
	IFS= read -r -t 10 first <&9
	seq 100001 400000 >&8
	exec 8>&-
	all() { [ "$(wc -l <all.log)" -eq 400000 ]; }
	wait_until all
	cat <&9 >rest
	wait $pid
	same 'the file' "$(seq 400000 | md5sum)" "$(md5sum <all.log)"
	same 'the last 1000' "$(seq 399001 400000)" "$(tail -n 1000 rest)"
	same 'first' 1 "$first"
	sort -nuc rest # in order, each once
	dropped=$(sed -n 's/^spile: buffer: dropped //p' err)
	same 'read and dropped' 400000 $((1 + $(wc -l <rest) + dropped))
}

@test "a lossy branch into a process beside a lossless file" {
	mkfifo in
	open_gate
	"$SPILE" 'tee { append all.log ; buffer 1000 drop=oldest | pipe sh -c q{read go <gate; exec cat} | write slow }' <in 2>err &
	pid=$!
	exec 8>in
	seq 200000 >&8
	all() { [ "$(wc -l <all.log)" -eq 200000 ]; }
	wait_until all
	exec 8>&-
	echo go >&7
	wait $pid
	same 'the file' "$(seq 200000 | md5sum)" "$(md5sum <all.log)"
	same 'the last 1000' "$(seq 199001 200000)" "$(tail -n 1000 slow)"
	dropped=$(sed -n 's/^spile: buffer: dropped //p' err)
	same 'passed and dropped' 200000 $(($(wc -l <slow) + dropped))
}

@test "batch auto: batches grow while the consumer is busy" {
	open_gate
	starts "batch auto | $slow_batch"
	echo 1 >&8
	begun 1 # at once: it was free
	for i in {2..11}; do # ten events in the time that a batch takes
		echo "$i" >&8
		traced 'lines -> batch: deliver 1' "$i"
	done
	echo go >&7
	begun 2
	for i in {12..21}; do
		echo "$i" >&8
		traced 'lines -> batch: deliver 1' "$i"
	done
	echo go >&7
	begun 3
	exec 8>&-
	echo go >&7
	wait $pid
	same batches "$(printf '%s\n' 1 "$(echo {2..11})" "$(echo {12..21})")" "$(<out)"
}

@test "batch auto: while the consumer is free each event goes at once" {
	open_gate
	starts "batch auto | $slow_batch"
	for i in {1..5}; do
		echo "$i" >&8
		begun "$i"
		echo go >&7
		traced 'sh -> batch: ask 1' $((i + 1))
	done
	exec 8>&-
	wait $pid
	same batches "$(seq 5)" "$(<out)"
}

@test "batch auto N: no batch is larger" {
	open_gate
	starts "batch auto 4 | $slow_batch"
	echo 1 >&8
	begun 1
	seq 2 10 >&8
	traced 'lines -> batch: deliver .*' 2
	exec 8>&-
	for _ in {1..4}; do echo go >&7; done
	wait $pid
	same batches $'1\n2 3 4 5\n6 7 8 9\n10' "$(<out)"
}
