# Bytes in and out (DESIGN 4.3, 4.5, 4.6): nothing is changed that no stage changes, and what cannot be read or written
# is said.
load helper

# through PIPELINE FILE: spile leaves the bytes as they are, from a file, a pipe and standard input, with pieces of any size.
through() {
	for block in 1 7 256KiB; do
		spile --debug-block-bytes $block "$1" "$2" >got
		same_bytes "$2" got
		spile --debug-block-bytes $block "$1" <"$2" >got
		same_bytes "$2" got
		cat "$2" | spile --debug-block-bytes $block "$1" >got
		same_bytes "$2" got
	done
}

@test "NUL, bytes that are no UTF-8 and CRLF pass unchanged" {
	printf 'a\0b\0\n\xff\xfe\xc3\n\r\nx\r\n\xed\xa0\x80\n\0\n' >in
	for pipeline in 'filter 1' 'map $0' 'map "$0"' 's/nothing//' 'uniq by NR' 'batch 2' 'take 100' 'set x=1'; do
		through "$pipeline" in
	done
	for c in {0..255}; do printf "\\$(printf %o $c)"; done >in
	through 'filter 1' in
	spile 'map $0' in >got
	{ cat in && echo; } | same_bytes - got
}

@test "a last line without newline ends without one where nothing changed it" {
	printf 'a\nb' >in
	for pipeline in 'filter 1' 'reject 0' 'take 2' 'skip 0' 'batch 5' 'uniq' 'distinct' 'while 1' 's/x//' 'parse /(?<x>.)/'; do
		through "$pipeline" in
	done
	spile 'filter /a/' in >got
	printf 'a\n' | same_bytes - got
	spile 'take 1' in >got
	printf 'a\n' | same_bytes - got
}

@test "what was changed ends with a newline, however it was changed" {
	printf 'x\na' >in
	for pipeline in 'map upper($0)' 'map "${upper($0)}"' 's/a/A/ | s/x/X/' 'map replace(upper($0), /z/, "")'; do
		for options in '' '--debug-no-fuse' '-j2 --debug-block-bytes 1' '--debug-block-bytes 1 --debug-no-fuse'; do
			# shellcheck disable=SC2086
			spile $options "$pipeline" in >got
			printf 'X\nA\n' | same_bytes - got
		done
	done
	printf 'a' | spile 'map upper($0)' >got
	printf 'A\n' | same_bytes - got
	printf 'b\na' | spile 'count' >got
	printf '1\ta\n1\tb\n' | same_bytes - got
	printf 'a b' | spile 'words' >got
	printf 'a\nb\n' | same_bytes - got
}

@test "an event without its newline that is no longer the last gets one" {
	printf 'b\na' | spile 'top 2' >got
	printf 'b\na\n' | same_bytes - got
	printf 'a\nb' | spile 'top 2' >got
	printf 'b\na\n' | same_bytes - got
	printf 'a' >1
	spile 'file 1 1' >got
	printf 'a\na' | same_bytes - got
}

@test "empty input gives empty output" {
	for pipeline in 'filter 1' 'words' 'take 1' 'batch 1' 'count' 'top 1' 's/^/x/' 'uniq count' 'distinct' 'split ","'; do
		: | spile "$pipeline" >got
		same_bytes /dev/null got
		spile "$pipeline" </dev/null >got
		same_bytes /dev/null got
	done
}

@test "empty lines are events" {
	printf '\n\n\n' >in
	through 'filter 1' in
	same count $'3\t' "$(spile count in)"
	same 'agg' 3 "$(spile 'agg count()' in)"
	spile 's/^$/x/' in >got
	printf 'x\nx\nx\n' | same_bytes - got
}

@test "ten million empty lines" {
	yes '' | head -10000000 >in
	same 'from a file' 10000000 "$(spile 'agg count()' in)"
	same 'from a pipe' 10000000 "$(cat in | spile 'agg count()')"
	same 'as they are' "$(cksum <in)" "$(spile 'filter 1' in | cksum)"
	same 'changed' 20000000 "$(spile 's/^/x/' in | wc -c)"
}

@test "a line of 50 MB" {
	{
		echo short
		head -c 50000000 /dev/zero | tr '\0' x
		printf '\nlast'
	} >in
	same 'as it is' "$(cksum <in)" "$(spile 'filter 1' in | cksum)"
	same 'from a pipe' "$(cksum <in)" "$(cat in | spile 'filter 1' | cksum)"
	same 'its length' $'5\n50000000\n4' "$(spile 'map length($0)' in)"
	same 'its end' xxx "$(cat in | spile '$0 ~ /^x/ | map substr($0, 49999998)')"
	same 'changed' "$(tr x y <in | cksum)" "$(spile 's/x/y/g | filter 1' in | { cat; } | cksum)"
}

@test "an event longer than --max-event is an error with its source and position, the others pass" {
	printf 'ab\nabc\na\nabcd\nab' >in
	run --separate-stderr spile --max-event 2 'filter 1' in
	[[ ${stderr} == *"event at byte 3 of 'in' is longer than --max-event (2 bytes)"* ]]
	[[ ${stderr} == *"event at byte 9 of 'in' is longer than --max-event (2 bytes)"* ]]
	assert_output $'ab\na\nab'
	assert_status 1
	for options in '-j1 --debug-block-bytes 1' '-j8 --debug-block-bytes 7'; do
		# shellcheck disable=SC2086
		run --separate-stderr spile $options --max-event 2 'filter 1' in
		assert_output $'ab\na\nab'
		assert_status 1
	done
	printf 'abc' | run ! spile -q --max-event 2 'filter 1'
}

@test "by default an event may have 64 MiB" {
	skip_if_sanitized
	head -c $((64 * 1024 * 1024)) /dev/zero | tr '\0' x >in
	same 'just so long' $((64 * 1024 * 1024)) "$(spile 'map length($0)' in)"
	echo x >>in
	run --separate-stderr spile 'map length($0)' in
	assert_output ''
	assert_status 1
	[[ $stderr == *"event at byte 0 of 'in' is longer than --max-event (67108864 bytes)"* ]]
}

@test "an endless line does not fill memory" {
	skip_if_sanitized
	mkfifo in
	yes xxxxxxxxxxxxxxx | tr -d '\n' >in &
	(
		ulimit -v 400000
		run --separate-stderr spile --max-event 1MiB 'take 1' < <(head -c 300000000 in; echo; echo end)
		assert_output end
		assert_status 1
	)
}

@test "a missing file, a directory and an unreadable file among several: the others are read" {
	echo a >a
	echo b >b
	mkdir d
	run --separate-stderr spile 'filter 1' nope a d b
	assert_stderr "spile: file: cannot open 'nope': No such file or directory
spile: file: cannot read 'd': Is a directory"
	assert_output $'a\nb'
	assert_status 1
	run --separate-stderr spile 'file nope a d b | count' </dev/null
	assert_output $'1\ta\n1\tb'
	assert_status 1
	[ "$(id -u)" -ne 0 ] || skip 'root may read everything'
	chmod 000 a
	run --separate-stderr spile 'filter 1' a b
	assert_stderr "spile: file: cannot open 'a': Permission denied"
	assert_output b
	assert_status 1
}

@test "a file that cannot be read at some place" {
	run --separate-stderr spile 'filter 1' /proc/self/mem
	assert_stderr "spile: file: cannot read '/proc/self/mem': Input/output error"
	assert_status 1
}

@test "a file that is cut off while it is read is no crash" {
	seq 400000 >in
	mkfifo go
	"$SPILE" 'filter 1' in >go &
	pid=$!
	exec 9<go
	IFS= read -r line <&9
	same 'first line' 1 "$line"
	: >in # behind its back
	timeout 20 cat <&9 >rest
	wait $pid || status=$?
	[ "${status:-0}" -le 1 ]
	# what had been read by then came; the last record may be torn
	head -c 60000 rest | same_bytes <(seq 2 400000 | head -c 60000) -
}

@test "files of /proc, which have no size, are read whole" {
	spile 'filter 1' /proc/cpuinfo >got
	[ -s got ]
	same 'lines' "$(wc -l </proc/cpuinfo)" "$(wc -l <got)"
}

@test "FIFOs are sources, one after the other" {
	mkfifo a b
	(
		echo 1 >a
		echo 2 >b
	) &
	run --separate-stderr spile 'file a b' </dev/null
	assert_output $'1\n2'
	assert_status 0
	wait $!
}

@test "a FIFO's lines come out while it is open, and several writers in turn" {
	mkfifo in out
	"$SPILE" 'filter 1' in >out &
	exec 9<out 8>in
	echo one >&8
	IFS= read -r -t 10 line <&9
	same 'first' one "$line"
	echo two >in
	IFS= read -r -t 10 line <&9
	same 'second' two "$line"
	exec 8>&-
	wait $!
}

@test "standard input and output in the middle of a file" {
	printf 'a\nb\nc\n' >in
	{
		IFS= read -r line
		spile 'filter 1'
	} <in >got
	printf 'b\nc\n' | same_bytes - got
	printf 'before\n' >out
	spile 'filter 1' <in >>out
	printf 'before\na\nb\nc\n' | same_bytes - out
}

@test "a full disk is a message and exit status 1" {
	for input in 'seq 1 3' 'seq 1 300000' 'seq'; do
		run --separate-stderr bash -c 'spile "$1" </dev/null >/dev/full' - "$input"
		assert_stderr 'spile: stdout: cannot write standard output: No space left on device'
		assert_status 1
	done
	run --separate-stderr bash -c 'spile "words | count" >/dev/full' <<<'a b'
	assert_stderr 'spile: stdout: cannot write standard output: No space left on device'
	assert_status 1
}

@test "closed standard input and output are errors, as with cat" {
	run --separate-stderr bash -c 'spile "filter 1" >&-' <<<a
	assert_stderr 'spile: stdout: cannot write standard output: Bad file descriptor'
	assert_status 1
	run --separate-stderr bash -c 'spile "filter 1" <&-'
	[[ $stderr == 'spile: stdin: cannot read '*': Bad file descriptor' ]]
	assert_output ''
	assert_status 1
}

@test "closed standard descriptors do not become the files that are opened" {
	echo a >in
	run bash -c 'spile "file in | write out" <&- >&-'
	assert_status 0
	same_bytes in out
	run bash -c 'spile "file in nope | write out2" <&- >&- 2>&-'
	assert_status 1
	[ ! -s out2 ] || same_bytes in out2
	same_bytes <(echo a) in
}

@test "a reader that has gone is quiet death by SIGPIPE, as with cat" {
	for input in 'yes' 'seq 1000000'; do
		for pipeline in 'filter 1' 'map "x$0"' 'words' 'batch 10' 'uniq by NR count'; do
			run --separate-stderr bash -c '$1 2>/dev/null | "$SPILE" "$2" | head -1 >/dev/null; echo "${PIPESTATUS[1]}"' - "$input" "$pipeline"
			assert_stderr ''
			assert_output 141
		done
	done
}

@test "a reader that has gone before the first line" {
	mkfifo out
	"$SPILE" 'stdin' <<<x >out &
	exec 9<out
	exec 9<&-
	wait $! || status=$?
	# whether the line was written before or not
	[ "${status:-0}" -eq 0 ] || [ "$status" -eq 141 ]
	mkfifo in
	"$SPILE" 'stdin' <in >out &
	exec 8>in 9<out
	exec 9<&-
	echo x >&8 # nobody is there any more
	exec 8>&-
	wait $! || status=$?
	same status 141 "$status"
}

@test "an inherited O_NONBLOCK is survived, and never set" {
	need perl
	cat >nonblocking <<-'X'
		#!/usr/bin/perl
		# nonblocking FD COMMAND...: runs the command with O_NONBLOCK set on descriptor FD
		use Fcntl;
		my $fd = shift;
		open(my $f, ($fd ? ">&=" : "<&=") . $fd) or die;
		fcntl($f, F_SETFL, fcntl($f, F_GETFL, 0) | O_NONBLOCK) or die;
		exec @ARGV;
	X
	chmod +x nonblocking
	mkfifo in out
	seq 200000 >expected
	# input: spile starts when there is nothing to read
	timeout 20 ./nonblocking 0 "$SPILE" 'filter 1' <in >got &
	pid=$!
	exec 8>in
	cat expected >&8
	exec 8>&-
	wait $pid
	same_bytes expected got
	# output: the reader does not read at first
	timeout 20 ./nonblocking 1 "$SPILE" 'filter 1' expected >out &
	pid=$!
	exec 9<out
	IFS= read -r line <&9
	{ echo "$line" && cat <&9; } >got
	wait $pid
	same_bytes expected got
}

@test "O_NONBLOCK is never set on an inherited descriptor" {
	mkfifo in out
	"$SPILE" 'filter 1' <in >out &
	pid=$!
	exec 8>in 9<out
	echo a >&8
	IFS= read -r -t 10 line <&9
	for fd in 0 1; do
		flags=$(sed -n 's/^flags:[[:space:]]*//p' /proc/$pid/fdinfo/$fd)
		same "O_NONBLOCK on descriptor $fd" 0 $((flags & 04000))
	done
	exec 8>&-
	wait $pid
}

# signalled SIGNAL PIPELINE OUTPUT: a line goes in, spile comes to rest, the signal drains it: exactly OUTPUT comes, and
# death by that signal.
signalled() {
	local pid status=0
	mkfifo in out
	# in a background job bash ignores SIGINT for its child; env puts it right
	env --default-signal=INT "$SPILE" "$2" <in >out &
	pid=$!
	exec 8>in 9<out
	echo a >&8
	wait_until grep -q '^[^ ]* (spile) S' "/proc/$pid/stat"
	wait_until empty in
	kill "-$1" $pid
	same output "$3" "$(cat <&9)"
	wait $pid || status=$?
	same 'exit status' $((128 + $(kill -l "$1"))) $status
	exec 8>&-
	rm in out
}

# empty FIFO: nothing waits in it to be read
empty() { perl -e 'open my $f, "+<", shift or die; my $n = pack "i", 0; ioctl($f, 0x541B, $n) or die; exit unpack("i", $n) != 0' "$1"; }

@test "SIGTERM and SIGINT drain: partial batches and aggregates go out, then death by that signal" {
	need perl
	env --default-signal=INT true || skip 'env cannot set signals'
	for signal in TERM INT; do
		signalled $signal 'batch 10 1h | join ","' a
		signalled $signal 'count' $'1\ta'
		signalled $signal 'filter 1' a
	done
}

# cut_short PIPELINE: a line and the beginning of another go in; SIGTERM. The second one's beginning has been read.
cut_short() {
	mkfifo in
	"$SPILE" --stats=s.json "$@" <in >out 2>err &
	pid=$!
	exec 8>in
	printf 'one\nhal' >&8
	wait_until empty in
	wait_until grep -q '^[^ ]* (spile) S' "/proc/$pid/stat"
	kill -TERM $pid
	exec 8>&-
	status=0
	wait $pid || status=$?
	rm in
}

@test "an event that has only begun when a signal comes is left out, told, and counts as held" {
	need perl
	cut_short 'filter 1'
	assert_status 143
	same output one "$(cat out)"
	same 'standard error' "spile: stdin: a signal came in the middle of an event, which is left out: 'hal'" "$(cat err)"
	grep -q '"stage":"stdin","events_in":2,.*"events_out":1,.*"used":1,.*"failed":0,"held":1' s.json
	cut_short -q 'filter 1'
	same 'standard error with -q' '' "$(cat err)"
	# a file's can be read again
	seq 1 3000000 >in.txt
	mkfifo out.fifo
	"$SPILE" 'file in.txt' >out.fifo 2>err &
	pid=$!
	exec 9<out.fifo
	IFS= read -r line <&9
	wait_until grep -q '^[^ ]* (spile) S' "/proc/$pid/stat"
	kill -TERM $pid
	timeout 20 cat <&9 >rest
	wait $pid || status=$?
	same 'exit status' 143 $status
	same 'standard error of file' '' "$(cat err)"
}

@test "write leaves the old file when a signal ends the run, and says so" {
	need perl
	echo old >new
	cut_short -q 'write new'
	assert_status 143
	same file old "$(cat new)"
	same 'files' $'err\nnew\nout\ns.json' "$(ls)"
	same 'standard error' "spile: write: 'new' is not replaced: a signal ended the run" "$(cat err)"
	printf 'a\nb\n' >two
	cut_short -q '{ file two ; stdin } | write $0.txt'
	same 'standard error' "spile: write: 3 files are not replaced: a signal ended the run" "$(cat err)"
	same 'files' '' "$(ls | grep txt || true)"
}

@test "a second signal ends a run that cannot drain" {
	mkfifo out
	"$SPILE" 'seq 1 inf' >out &
	pid=$!
	exec 9<out
	IFS= read -r line <&9
	wait_until grep -q '^[^ ]* (spile) S' "/proc/$pid/stat"
	kill -TERM $pid
	wait_until grep -q '^ShdPnd:.*0000000000000000$' "/proc/$pid/status" # two that are pending at once are one
	kill -TERM $pid
	wait $pid || status=$?
	same 'exit status' 143 "${status:-0}"
}

@test "an event that never ends does not keep --timeout waiting" {
	SPILE_TIMEOUT=10 run --separate-stderr spile -q --max-event 1KiB --timeout 100ms 'take 1' /dev/zero
	assert_status 4
}

@test "SIGHUP ends a run as SIGTERM does: no file of write is left half made" {
	mkfifo in
	mkdir d
	"$SPILE" -q 'write d/out' in 2>err &
	local pid=$! status=0
	exec 9>in
	echo x >&9
	wait_until eval 'ls -A d | grep -q out'
	kill -HUP $pid
	wait $pid || status=$?
	exec 9>&-
	same status 129 $status
	same files '' "$(ls -A d)"
}
