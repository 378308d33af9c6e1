# Signals (DESIGN 4.3): what spile was started with, what its children get, and what a second signal leaves.
load helper

@test "signals that are ignored at the start stay ignored in children" {
	for signal in HUP INT TERM QUIT USR1 USR2 PIPE XFSZ ALRM; do
		for pipeline in 'sh q{kill -'$signal' $$; echo lives}' 'run sh -c q{kill -'$signal' $$; echo lives}' \
			'pipe sh -c q{kill -'$signal' $$; echo lives}'; do
			run --separate-stderr bash -c "trap '' $signal; exec \"\$SPILE\" '$pipeline'" <<<x
			assert_stderr ''
			assert_output lives
			assert_status 0
		done
	done
}

@test "children have the signals ignored and blocked that spile was started with, and no others" {
	env --block-signal=INT true || skip 'env cannot set signals'
	of() { sed -n 's/^\(Sig[BI][a-z]*\):\t/\1 /p' "$1"; }
	for options in '' '--ignore-signal=PIPE' '--ignore-signal=HUP --ignore-signal=XFSZ' '--block-signal=INT' \
		'--block-signal=CHLD --block-signal=PIPE'; do
		# shellcheck disable=SC2086
		env --default-signal $options cat /proc/self/status >plain
		for pipeline in 'exec cat /proc/self/status' 'run cat /proc/self/status' 'pipe sh -c q{exec cat /proc/self/status}'; do
			# shellcheck disable=SC2086
			timeout 20 env --default-signal $options "$SPILE" "$pipeline" <<<x >got
			same "$options $pipeline" "$(of plain)" "$(of got)"
		done
	done
}

@test "signals that are blocked at the start are heard" {
	env --block-signal=INT true || skip 'env cannot set signals'
	for pipeline in 'exec echo $0' 'pipe cat' 'run echo x' 'sh q{echo $0}'; do
		run --separate-stderr timeout 20 env --block-signal "$SPILE" "$pipeline" <<<x
		assert_stderr ''
		assert_output x
		assert_status 0
	done
	run bash -c 'timeout 20 env --block-signal=PIPE "$SPILE" "map 1" < <(yes) | head -n 1; echo "${PIPESTATUS[0]}"'
	assert_output $'1\n141'
	mkfifo in
	for signal in TERM INT HUP; do
		env --block-signal="$signal" --default-signal="$signal" "$SPILE" 'map 1' <in &
		pid=$!
		exec 8>in
		wait_until grep -q '^[^ ]* (spile) S' "/proc/$pid/stat"
		kill -"$signal" $pid
		status=0
		wait $pid || status=$?
		same "$signal" $((128 + $(kill -l "$signal"))) "$status"
		exec 8>&-
	done
}

# running: so many children say that they run
running() { [ "$(cat ran 2>/dev/null | wc -l)" = "$1" ]; }

@test "a second signal ends what was started, too, and no half made file stays" {
	for signal in TERM HUP; do
		mkdir "$signal" && cd "$signal"
		mkdir d
		env --default-signal "$SPILE" 'sh jobs=4 q{echo $$ >>ran; sleep 300 & echo $! >>ran; wait; echo $0} | write d/out' \
			< <(seq 8) 2>err &
		pid=$!
		wait_until running 8
		kill -$signal $pid
		wait_until grep -q '^ShdPnd:.*0000000000000000$' "/proc/$pid/status"
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		same "$signal" $((128 + $(kill -l "$signal"))) "$status"
		wait_until none_alive ran
		same files '' "$(ls -A d)"
		same ran 8 "$(wc -l <ran)"
		cd ..
	done
}

@test "a signal that ends a process ends spile as well, and no half made file stays" {
	mkdir d
	mkfifo in
	for signal in QUIT XCPU USR2 ALRM VTALRM; do
		env --default-signal "$SPILE" 'exec sh -c q{echo $$ >>ran; exec sleep 300} | write d/out' <in &
		pid=$!
		exec 8>in
		echo x >&8
		wait_until running 1
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		same "$signal" $((128 + $(kill -l "$signal"))) "$status"
		wait_until none_alive ran
		same files '' "$(ls -A d)"
		exec 8>&-
		rm ran
	done
}

@test "a file that may not grow any more is an error, not a death" {
	mkdir d
	run --separate-stderr bash -c 'ulimit -f 8; "$SPILE" "write d/big" < <(seq 100000)'
	assert_stderr "spile: write: cannot write 'd/big': File too large"
	assert_status 1
	same files '' "$(ls -A d)"
}

# ---- draining ----

@test "what was read and not begun at a signal is abandoned: counted, and added to dead=" {
	for pipeline in 'sh dead=bad q{touch ran; read x <go; echo $0}' 'buffer 10 | sh dead=bad q{touch ran; read x <go; echo $0}' \
		'rate 1000/s | sh dead=bad q{touch ran; read x <go; echo $0}'; do
		rm -f ran bad go
		mkfifo go
		env --default-signal "$SPILE" "$pipeline" < <(seq 5; exec sleep 60) >out 2>err &
		pid=$!
		wait_until test -e ran
		kill -TERM $pid
		wait_until grep -q 'which waits' err
		echo >go
		status=0
		wait $pid || status=$?
		same status 143 $status
		same out 1 "$(<out)"
		same bad $'2\n3\n4\n5' "$(<bad)"
		same err "spile: sh: a signal ended the run: 4 events abandoned, added to 'bad'" "$(grep -v 'which waits' err)"
	done
}

@test "--drain ends what still runs, whose event is abandoned; results so far come out" {
	run --separate-stderr spile --timeout 100ms --drain 100ms 'seq 1 | sh dead=bad q{exec sleep 300}'
	assert_status 4
	assert_stderr $'spile: sh: --timeout ended the run: 1 event abandoned, added to \'bad\'\nspile: the time is up (--timeout)'
	same bad 1 "$(<bad)"
	run --separate-stderr spile --timeout 100ms --drain 0 'seq 3 | sh q{test $0 = 1 || exec sleep 300; echo $0} | count'
	assert_status 4
	assert_output $'1\t1'
}

@test "what a file holds is neither counted nor added: it can be read again" {
	seq 5 >in
	run --separate-stderr spile --timeout 100ms --drain 0 'sh dead=bad q{exec sleep 300}' in
	assert_status 4
	assert_stderr 'spile: the time is up (--timeout)'
	[ ! -e bad ]
}

@test "every event that a stuck sink leaves is counted" {
	mkfifo reader
	seq 200000 >numbers
	exec 9<>reader
	run --separate-stderr bash -c 'cat numbers | "$SPILE" --timeout 300ms --drain 100ms "map \$0" >reader 9>&-; exit $?'
	assert_status 4
	[[ $stderr == *'stdout: --timeout ended the run: '*' events abandoned'* ]]
	exec 9>&-
}
