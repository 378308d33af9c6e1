# follow: files that grow, appear, are rotated and cut off (DESIGN 2.4). Every step waits for the lines of the one before;
# what rotation does is shown twice, told by the system and by looking again and again.
load helper

# starts PIPELINE [OPTION...]: runs it in the background, its output in `out` (a FIFO: descriptor 9), its messages in `err`.
starts() {
	[ -e out ] || : >out
	env --default-signal=INT "$SPILE" "${@:2}" "$1" </dev/null >out 2>err &
	pid=$!
	[ ! -p out ] || exec 9<out
}

# ends SIGNAL STATUS
ends() {
	local status=0
	kill -"$1" "$pid"
	wait "$pid" || status=$?
	same 'exit status' "$2" "$status"
}

# shows LINES: waits until that is the output.
shows() {
	local expected=$1
	there() { [ "$(cat out)" = "$expected" ]; }
	wait_until there || same output "$expected" "$(<out)"
}

# says TEXT: waits until standard error is that.
says() {
	local expected=$1
	said() { [ "$(cat err)" = "$expected" ]; }
	wait_until said || same messages "$expected" "$(<err)"
}

# both TEST: with and without the system's help, each in a folder of its own
both() {
	local how
	for how in '' poll=10ms; do
		mkdir "run-$how" && cd "run-$how"
		"$1" "$how"
		cd ..
	done
}

cpu() { sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'; }

# rests: has taken no CPU time for as long as other work takes some
rests() {
	local before
	before=$(cpu)
	seq 100000 | sort -n >/dev/null
	[ "$(cpu)" -eq "$before" ]
}

# has_open NAME: spile has it open, whatever is in it
has_open() { find "/proc/$pid/fd" -lname "$PWD/$1" | grep -q .; }

grows() {
	printf '1\n2\n' >log
	starts "follow log $1 | map FILE, FNR, NR, \$0"
	shows $'log\t1\t1\t1\nlog\t2\t2\t2'
	echo 3 >>log
	shows $'log\t1\t1\t1\nlog\t2\t2\t2\nlog\t3\t3\t3'
	ends TERM 143
	says ''
}
@test "follow gives what is there, and then what comes" { both grows; }

from_end() {
	printf 'old\n' >log
	starts "follow log later from=end $1"
	says "spile: follow: 'later' is not there yet"
	echo new >>log
	shows new
	echo 'all of it' >later
	shows $'new\nall of it'
	ends TERM 143
}
@test "from=end begins at the end of what is there, and at the start of what comes later" { both from_end; }

appears() {
	starts "follow a d/e/b $1"
	says $'spile: follow: \'a\' is not there yet\nspile: follow: \'d/e/b\' is not there yet'
	echo 1 >a
	shows 1
	mkdir d
	mkdir d/e
	echo 2 >d/e/b
	shows $'1\n2'
	ends TERM 143
	says $'spile: follow: \'a\' is not there yet\nspile: follow: \'d/e/b\' is not there yet'
}
@test "a file that is not there yet is followed once it is, its directory too" { both appears; }

rotates() {
	echo 1 >log
	starts "follow log $1 | map FNR, \$0"
	shows $'1\t1'
	mv log log.1
	echo 2 >>log.1 # its writer has not noticed
	shows $'1\t1\n2\t2'
	: >log
	wait_until has_open log
	echo 3 >>log.1 # nor now
	shows $'1\t1\n2\t2\n3\t3'
	printf 'unfinished' >>log.1
	echo 4 >>log
	shows $'1\t1\n2\t2\n3\t3\n4\tunfinished\n1\t4'
	says "spile: follow: 'log' was replaced: reading the new file"
	ends TERM 143
}
@test "rotated by rename: the rest of the old file comes first, then the new one" { both rotates; }

@test "rotated twice while nothing is read: every file is read to its end" {
	seq 500000 >log
	mkfifo out
	starts 'follow log | take 500002'
	IFS= read -r -t 10 line <&9
	wait_until rests
	mv log log.1
	echo second >log
	wait_until has_open log
	mv log log.2
	echo third >log
	wait_until has_open log
	rm log.1
	same lines "$(seq 2 500000 | cat - <(printf 'second\nthird\n') | md5sum)" "$(md5sum <&9)"
	wait $pid
	says $'spile: follow: \'log\' was replaced: reading the new file\nspile: follow: \'log\' was replaced: reading the new file'
}

truncated() {
	printf '1\n2\nunfinished' >log
	starts "follow log $1 | map FNR, \$0"
	shows $'1\t1\n2\t2'
	cp log log.1
	: >log
	echo 3 >>log
	shows $'1\t1\n2\t2\n3\tunfinished\n1\t3'
	says "spile: follow: 'log' was truncated: reading it from its start"
	ends TERM 143
}
@test "copied and truncated: it is read from its start anew, what was begun is not lost" { both truncated; }

recreated() {
	echo 1 >log
	starts "follow log $1 | map FNR, \$0"
	shows $'1\t1'
	printf 'unfinished' >>log
	rm log
	shows $'1\t1\n2\tunfinished'
	says "spile: follow: 'log' was removed"
	echo 2 >log
	shows $'1\t1\n2\tunfinished\n1\t2'
	ends TERM 143
}
@test "removed and made again: what was begun is not lost" { both recreated; }

@test "a link that points elsewhere is a new file, and so is what its file is replaced by" {
	mkdir a
	echo 1 >a/x
	echo 2 >y
	ln -s a/x log
	starts 'follow log'
	shows 1
	mv a/x a/x.1
	echo '1 again' >a/x
	shows $'1\n1 again'
	ln -sfn y log
	shows $'1\n1 again\n2'
	ends TERM 143
}

@test "a last line without newline waits for the rest of it" {
	printf 'a' >log
	starts 'follow log | map "<$0>"'
	wait_until has_open log
	wait_until rests
	same output '' "$(<out)"
	printf 'b\nc' >>log
	shows '<ab>'
	printf 'd\n' >>log
	shows $'<ab>\n<cd>'
	ends TERM 143
}

@test "a signal ends it: batches go out, a line that has only begun stays in its file" {
	for signal in TERM:143 INT:130; do
		rm -f out
		printf 'a\nb' >log
		starts 'follow log | map "<$0>" | batch 100 | join ","'
		wait_until has_open log
		wait_until rests
		ends "${signal%:*}" "${signal#*:}"
		same output '<a>' "$(<out)"
	done
}

@test "however far behind it is, what a signal or --timeout leaves is whole lines" {
	local n
	seq -f 'line %07g abcdefghij' 1000000 >big
	for n in 1 2 3 4 5 6 7 8; do
		rm -f o
		spile -q --timeout "${n}ms" 'follow big | append o' || true
		[ ! -s o ] || same 'last line' '' "$(tail -n 1 o | grep -vE '^line [0-9]{7} abcdefghij$')"
		[ ! -s o ] || same 'its newline' '' "$(tail -c 1 o)"
	done
}

@test "a file that tells no size is read once, and one that cannot be read is told once" {
	starts 'follow /proc/uptime'
	lines() { [ -s out ]; }
	wait_until lines
	wait_until rests
	same 'lines' 1 "$(wc -l <out)"
	ends TERM 143
	starts 'follow /proc/self/mem'
	said() { [ -s err ]; }
	wait_until said
	wait_until rests
	ends TERM 143
	same 'messages' "spile: follow: cannot read '/proc/self/mem': Input/output error" "$(<err)"
}

@test "a reader that leaves while nothing comes ends the run" {
	: >log
	for source in 'follow log' 'run sleep 100'; do
		run timeout 30 bash -c '"$SPILE" "$1" | exec true; echo "${PIPESTATUS[0]}"' - "$source"
		assert_output 141
	done
}

@test "take behind it ends it" {
	seq 9 >log
	gives 'follow log | take 2' $'1\n2'
}

@test "patterns are expanded, and a file that is written to is no matter of the others" {
	echo 1 >1.log
	echo 2 >2.log
	starts 'follow *.log | map FILE, $0'
	shows $'1.log\t1\n2.log\t2'
	echo 3 >>2.log
	shows $'1.log\t1\n2.log\t2\n2.log\t3'
	ends TERM 143
	run --separate-stderr spile 'follow *.txt' </dev/null
	assert_stderr "spile: pipeline:1:8: no file matches '*.txt'
  follow *.txt
         ^~~~~"
	assert_status 2
}

@test "a file under two names is read under both" {
	echo 1 >a
	ln a b
	starts 'follow a b | map FILE, $0'
	shows $'a\t1\nb\t1'
	echo 2 >>a
	shows $'a\t1\nb\t1\na\t2\nb\t2'
	rm a
	says "" # it still has a name
	echo 3 >>b
	shows $'a\t1\nb\t1\na\t2\nb\t2\na\t3\nb\t3'
	ends TERM 143
}

@test "a large file does not keep a small one waiting" {
	seq 2000000 >large
	echo me >small
	mkfifo out
	starts 'follow large small | take 2000001'
	place=$(timeout 60 grep -nxm1 me <&9)
	exec 9<&-
	wait $pid || true
	[ "${place%:*}" -lt 200000 ]
}

@test "where inotify is at its limits it looks for changes itself" {
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_inotify_watches' 2>/dev/null || skip 'no user namespaces here'
	for i in 1 2 3 4; do echo $i >$i; done
	for limit in instances:0 watches:0 watches:2; do
		: >out
		unshare -Ur sh -c 'echo "$1" >"/proc/sys/user/max_inotify_$2" && exec timeout 60 "$SPILE" "follow 1 2 3 4 | take 5"' \
			- "${limit#*:}" "${limit%:*}" </dev/null >out 2>err &
		pid=$!
		shows $'1\n2\n3\n4'
		echo more >>4
		wait $pid
		same output $'1\n2\n3\n4\nmore' "$(<out)"
		same messages '' "$(<err)"
		echo 4 >4
	done
}

@test "-q tells of nothing" {
	starts 'follow log' -q
	wait_until rests
	echo first >log
	shows first
	: >log
	echo 2 >>log # shorter: a file that is as long as before was not seen to be truncated
	shows $'first\n2'
	mv log log.1
	echo three >log
	shows $'first\n2\nthree'
	ends TERM 143
	same messages '' "$(<err)"
}

@test "it takes no CPU time while nothing happens" {
	skip_if_sanitized
	echo 1 >log
	starts 'follow log missing elsewhere/missing'
	shows 1
	wait_until rests
	rests
	ends TERM 143
}

@test "a busy writer does not wake it while nothing is wanted" {
	skip_if_sanitized
	seq 500000 >log
	mkfifo out
	starts 'follow log'
	IFS= read -r -t 10 line <&9
	wait_until rests
	before=$(cpu)
	for i in {1..3000}; do echo "$i"; done >>log
	same 'CPU time' "$before" "$(cpu)"
	[ "$(awk '/^VmRSS/ {print $2}' "/proc/$pid/status")" -lt 32768 ]
	kill $pid
	cat <&9 >rest
	wait $pid || true
}

@test "many files that wait take little memory" {
	skip_if_sanitized
	mkdir d
	for i in {1..400}; do printf 'line\nbegun' >"d/$i"; done
	starts 'follow d/* | agg count() every=400'
	wait_until grep -q 400 out
	[ "$(awk '/^VmRSS/ {print $2}' "/proc/$pid/status")" -lt 32768 ]
	ends TERM 143
}

@test "sep=, -0 and --max-event" {
	printf 'a;b;' >log
	starts 'follow log sep=";" | take 2'
	wait $pid
	same output $'a\nb' "$(<out)"
	printf 'a\nb\0c\0' >log
	starts 'follow log | take 2' -0
	wait $pid
	same_bytes log out
	printf 'a\n12345678901\nb\n' >log
	run --separate-stderr spile --max-event 10 'follow log | take 2'
	assert_output $'a\nb'
	assert_stderr "spile: follow: event at byte 2 of 'log' is longer than --max-event (10 bytes): '12345678901'"
	assert_status 1
}

@test "what is no file is told, the others are followed" {
	mkdir dir
	mkfifo fifo
	echo 1 >log
	run --separate-stderr spile 'follow dir fifo log | take 1'
	assert_output 1
	assert_stderr "spile: follow: cannot follow 'dir': Is a directory
spile: follow: cannot follow 'fifo': it is no regular file"
	assert_status 1
}

@test "mistakes in follow" {
	rejects 'follow -' "spile: pipeline:1:8: standard input is read by \`stdin\`, and not followed
  follow -
         ^"
	rejects 'follow a from=middle' "spile: pipeline:1:15: 'from' must be 'start' or 'end', not 'middle'
  follow a from=middle
                ^~~~~~"
	rejects 'follow a poll=0s' "spile: pipeline:1:10: the time must be more than 0
  follow a poll=0s
           ^~~~~~~"
}
