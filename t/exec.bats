# exec: a process for each event or batch. What it is given, what comes of it, order, demand, failures, and children that
# do not do what is expected of them. The shell: sh.bats; long-lived processes: pipe.bats.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# script NAME: a program in the current folder, from standard input.
script() {
	{ echo '#!/bin/bash' && cat; } >"$1"
	chmod +x "$1"
}

# args: a program that prints each argument between angle brackets.
args_script() { script args <<<'printf "<%s>" "$@"; echo'; }

# ended_with STATUS PID: that child of ours has ended, or ends, with this status.
ended_with() {
	local got=0
	wait "$2" || got=$?
	same 'exit status' "$1" $got
}

# ---- arguments ----

@test "a word that is filled in is one argument, whatever the event holds" {
	args_script
	printf '%s\n' '-n --help' "it's" 'say "x"' '$(rm -rf x) `id`' 'a  b	c' '*' '' ';|&' '\n' >in
	run spile 'exec ./args $0 x$0' in
	assert_status 0
	assert_output "$(while IFS= read -r line; do echo "<$line><x$line>"; done <in)"
}

@test "an event with newlines is one argument" {
	args_script
	run bash -c 'printf "a\nb\0c\n\0" | spile -0 "exec ./args \$0" | tr "\0" "\n"'
	assert_output $'<a\nb>\n<c\n>'
}

@test "fields, names, strings and expressions are filled in, other words are as written" {
	args_script
	gives 'map n=$1*2, $2 | exec ./args $n "$2 x" ${$1+1} lit -o=1' $'<8><b x><9><lit><-o=1>' '4 b\n'
}

@test "options stand before the command; what follows it is its own" {
	args_script
	gives 'exec jobs=1 ./args jobs=2 $0' '<jobs=2><e>' 'e\n'
	rejects 'exec nonsense=1 ./args $0' "spile: pipeline:1:6: unknown option 'nonsense' of 'exec'
  exec nonsense=1 ./args \$0
       ^~~~~~~~"
}

@test "an argument list that is too long fails that event alone" {
	head -c 200000 /dev/zero | tr '\0' x >long
	{ echo a && cat long && echo && echo b; } >in
	run --separate-stderr spile 'exec echo $0' in
	assert_status 1
	assert_output $'a\nb'
	assert_stderr "spile: exec: cannot run 'echo': Argument list too long: '$(head -c 60 long)'..."
}

@test "a NUL byte cannot be in an argument: that event fails" {
	run --separate-stderr spile 'exec echo $0' < <(printf 'a\0b\nc\n')
	assert_status 1
	assert_output c
	assert_stderr "spile: exec: an argument cannot hold a NUL byte: 'a\\x00b'"
}

@test "arithmetic that fails in a word fails the event, and nothing is started for it" {
	run --separate-stderr spile 'exec touch m${$1+1}' < <(printf '1\nx\n')
	assert_status 1
	assert_stderr "spile: exec: 'x' is not a number: 'x'"
	same files 'm2' "$(echo m*)"
}

# ---- the program ----

@test "a program that is not there is an error before anything is opened or started" {
	run --separate-stderr spile 'tee { exec touch started ; exec no-such-program $0 ; write out }' <<<x
	assert_status 2
	assert_stderr "spile: pipeline:1:33: cannot run 'no-such-program': No such file or directory
  tee { exec touch started ; exec no-such-program \$0 ; write out }
                                  ^~~~~~~~~~~~~~~~~~"
	[ ! -e started ] && [ ! -e out ]
	run spile --check 'exec no-such-program'
	assert_status 2
}

@test "a file that cannot be executed, or a folder, is no program" {
	echo x >data
	rejects 'exec ./data' "spile: pipeline:1:6: cannot run './data': Permission denied
  exec ./data
       ^~~~~~"
	rejects 'exec /' "spile: pipeline:1:6: cannot run '/': Permission denied
  exec /
       ^"
}

@test "the program is found along PATH, past what cannot be executed" {
	mkdir one two
	echo x >one/hello
	(cd two && script hello <<<'echo two "$@"')
	PATH=$PWD/one:$PWD/two:$PATH run spile 'exec hello $0' <<<x
	assert_output 'two x'
}

@test "a program named by the event fails that event where it is not there" {
	run --separate-stderr spile 'exec $1 $2' < <(printf 'echo a\nno-such-program b\necho c\n')
	assert_status 1
	assert_output $'a\nc'
	assert_stderr "spile: exec: cannot run 'no-such-program': No such file or directory: 'no-such-program b'"
}

# ---- standard input ----

@test "an event goes to standard input where no word is filled in" {
	gives 'exec cat' $'a\nb' 'a\nb'
	gives 'exec wc -lc' '      1       2' 'a'
}

@test "standard input is /dev/null where a word is filled in; stdin gives both" {
	script both <<<'echo "$1:$(cat)"'
	gives 'exec ./both $0' $'a:\nb:' 'a\nb\n'
	gives 'exec stdin ./both $0' $'a:a\nb:b' 'a\nb\n'
	gives 'exec sh -c q{readlink /proc/self/fd/0} $0' /dev/null 'a\n'
}

@test "a process does not eat what follows on standard input" {
	script eats <<<'cat >/dev/null; echo "ate $1"'
	gives 'exec jobs=20 ./eats $0 | map $in, $0' "$(for i in {1..30}; do printf '%s\tate %s\n' $i $i; done)" \
		"$(printf '%s\\n' {1..30})"
}

@test "-0 ends records towards children with NUL; their output stays lines; sep= is for both ways" {
	gives 'exec od -An -c' '   a  \n' 'a\n'
	run spile -0 'exec od -An -c | map trim($0)' < <(printf 'a\0')
	assert_output 'a  \0'
	run spile 'exec sep="," sh -c q{cat; printf x,y}' <<<a
	assert_output $'a\nx\ny'
}

# ---- batches ----

@test "a batch is the lines of standard input, or an argument for each event" {
	gives 'seq 1 5 | batch 2 | exec wc -l' $'2\n2\n1'
	gives 'seq 1 5 | batch 2 | exec echo - $@ + $@' $'- 1 2 + 1 2\n- 3 4 + 3 4\n- 5 + 5'
	gives 'seq 1 4 | batch 2 | exec stdin sh -c q{paste -sd: -; echo "$@"} x $@' $'1:2\n1 2\n3:4\n3 4'
}

@test "names with spaces, newlines and quotes get through find and ls" {
	mkdir d && touch "d/a b" $'d/c\nd' "d/e\"f'" d/-l
	find d -type f -print0 | sort -z >names
	spile -0 'batch 3 | exec sep="\x00" ls --zero -d -- $@' names >got
	same_bytes names got
}

@test "what a batch does not have is an error before anything runs" {
	rejects 'seq 1 3 | batch 2 | exec echo $0' "spile: pipeline:1:26: a batch has no fields: '\$@' stands for its events
  seq 1 3 | batch 2 | exec echo \$0
                           ^~~~~~~"
	rejects 'exec echo $@' "spile: pipeline:1:6: '\$@' stands for the events of a batch: put \`batch\` before it, or write \$0
  exec echo \$@
       ^~~~~~~"
	run spile --check 'seq 1 3 | batch 2 | exec wc -l | map $in'
	assert_status 2
	[[ $output == *"in"* ]]
}

@test "groups of 3, or what came in time: the rest goes at once at the end" {
	mkfifo fifo
	run spile 'batch 3 1h | exec echo $@' < <(printf '1\n2\n3\n4\n')
	assert_output $'1 2 3\n4'
}

# ---- what comes out ----

@test "each line is an event with the one it came of in \$in, and its status in \$code" {
	run spile 'map a=$1, b=$2 | exec ok=0,3 sh -c q{echo x; echo y; exit $0} $b | map $in, $0, $code, $a' < <(printf 'p 0\nq 3\n')
	assert_status 0
	assert_output $'p\t0\tx\t0\tp\np\t0\ty\t0\tp\nq\t3\tx\t3\tq\nq\t3\ty\t3\tq'
}

@test "events inherit NR, and fields are those of the new line" {
	gives 'exec printf "%s a\\n%s b\\n" $0 $0 | map NR, $1, $2, NF' $'1\tx\ta\t2\n1\tx\tb\t2\n2\ty\ta\t2\n2\ty\tb\t2' 'x\ny\n'
}

@test "a last line without newline is a line" {
	gives 'exec printf "%s" $0' $'a\nb' 'a\nb\n'
	gives 'exec printf "%s\\nrest" $0' $'a\nrest\nb\nrest' 'a\nb\n'
}

@test "lines pass as they come: the first is out before the process ends" {
	mkfifo go
	script slow <<<'echo first; read x <go; echo second'
	"$SPILE" 'exec ./slow $0' <<<x >out &
	wait_until grep -q first out
	same 'so far' first "$(<out)"
	echo >go
	wait $!
	same output $'first\nsecond' "$(<out)"
}

@test "where \$code is read, lines wait for it" {
	gives 'exec ok=0,9 sh -c q{echo a; echo b; exit 9} | map $code' $'9\n9' 'x\n'
}

@test "the order is that of the input, whatever the run times; unordered gives the same lines" {
	script nap <<<'sleep 0.0$((RANDOM % 6)); echo "$1"; sleep 0.0$((RANDOM % 3)); echo "$1 again"'
	seq 40 >in
	while read -r i; do printf '%s\n%s again\n' "$i" "$i"; done <in >expected
	spile 'exec jobs=4 ./nap $0' in >got
	same_bytes expected got
	spile 'exec jobs=4 unordered ./nap $0' in | sort >got
	same_bytes <(sort expected) got
}

@test "never more than jobs= run at once, and that many do" {
	mkdir running
	script count <<-'END'
		mkdir "running/$1"; set -- "$1" running/*; echo $(($# - 1)); sleep 0.02; rmdir "running/$1"
	END
	run spile 'exec jobs=4 ./count $0 | agg max($0)' < <(seq 60)
	assert_output 4
	run spile 'exec jobs=4 unordered ./count $0 | agg max($0)' < <(seq 60)
	assert_output 4
	run spile -j 3 'exec ./count $0 | agg max($0)' < <(seq 60)
	assert_output 3
	run spile 'exec ./count $0 | agg max($0)' < <(seq 10)
	assert_output 1
}

@test "more processes than there may be descriptors: those that cannot start wait" {
	run bash -c 'ulimit -n 24; seq 100 | spile "exec jobs=60 sh -c q{sleep 0.01; echo \$0} \$0"'
	assert_status 0
	assert_output "$(seq 100)"
}

# ---- demand ----

@test "upstream is asked for no more than can run" {
	run --separate-stderr spile --trace=seq 'seq 1 9 | exec jobs=2 echo $0 | null'
	same 'the first demand' 'exec -> seq: ask 2' "$(grep -m1 'exec -> seq' <<<"$stderr" | cut -d' ' -f2-)"
	# All nine and at most the two places that then are free.
	same 'all demand' right "$(awk '/exec -> seq: ask/ { n += $NF } END { print (n >= 9 && n <= 11) ? "right" : n }' <<<"$stderr")"
	same 'the largest' 2 "$(awk '/exec -> seq: ask/ && $NF > m { m = $NF } END { print m }' <<<"$stderr")"
}

@test "take has no more processes started than it can use" {
	mkdir ran
	run spile 'seq 1 100 | exec jobs=8 sh -c q{touch ran/$0; echo $0} $0 | take 3'
	assert_status 0
	assert_output $'1\n2\n3'
	same 'processes' '1 2 3' "$(cd ran && echo *)"
}

@test "a sink that does not read stops the starting of processes" {
	mkdir ran && mkfifo fifo
	script big <<<'touch "ran/$1"; head -c 300000 /dev/zero | tr "\0" x; echo'
	exec 9<>fifo
	"$SPILE" 'seq 1 1000 | exec jobs=4 ./big $0' >fifo 9>&- &
	pid=$!
	settled() { a=$(ls ran | wc -l) && sleep 0.3 && [ "$(ls ran | wc -l)" = "$a" ] && [ "$a" -gt 0 ]; }
	wait_until settled
	[ "$(ls ran | wc -l)" -lt 100 ]
	kill -KILL $pid
	wait $pid || true
}

@test "the output of many is bounded in memory" {
	skip_if_sanitized
	script much <<<'[ "$1" != 1 ] || sleep 0.3; yes "$(printf "%0999d" "$1")" | head -n 20000'
	export MALLOC_ARENA_MAX=1
	run bash -c 'ulimit -v 200000; "$SPILE" -j 1 "seq 1 12 | exec jobs=6 ./much \$0 | uniq count"'
	assert_status 0
	assert_output "$(for i in {1..12}; do printf '20000\t%0999d\n' "$i"; done)"
}

# ---- failures ----

@test "a status that is not good fails the event; lines that were written stay" {
	run --separate-stderr spile 'exec sh -c q{echo $0; exit $0} $0' < <(printf '0\n3\n')
	assert_status 1
	assert_output $'0\n3'
	assert_stderr "spile: exec: exit status 3: '3'"
}

@test "death by a signal fails the event; half a line counts as a line" {
	run --separate-stderr spile 'exec sh -c q{printf half; kill -9 $$}' <<<x
	assert_status 1
	assert_output half
	assert_stderr "spile: exec: killed by signal 9 (Killed): 'x'"
	run spile -q 'exec sh -c q{echo x; kill -15 $$} | map $code' <<<x
	assert_output 143
}

@test "ok= says which statuses are good" {
	run --separate-stderr spile 'exec ok=1,2 sh -c q{exit $0} $0' < <(seq 0 3)
	assert_stderr $'spile: exec: exit status 0: \'0\'\nspile: exec: exit status 3: \'3\''
	rejects 'exec ok=256 true' "spile: pipeline:1:6: an exit status is a number from 0 to 255
  exec ok=256 true
       ^~~~~~"
}

@test "dead= gets failed events as they came, every one of a batch" {
	run --separate-stderr spile 'exec dead=dead sh -c q{exit $0} ${$1%2}' < <(printf '1 a\n2 b\n3 c\n')
	assert_status 1
	assert_stderr ''
	same dead $'1 a\n3 c' "$(<dead)"
	run spile 'batch 2 | exec dead=dead2 grep -q 3' < <(seq 5)
	same dead2 $'1\n2\n5' "$(<dead2)"
}

@test "--stats adds up" {
	run --separate-stderr spile --stats 'exec jobs=3 sh -c q{echo $0; echo $0; exit $0} ${$1%3==0} | null' < <(seq 10)
	same exec 'exec 10 20 0 3 0' "$(awk '$1 == "exec" { print $1, $2, $4, $6, $7, $8 }' <<<"$stderr")"
}

@test "max_failures= starts nothing more; those that run finish" {
	mkdir ran
	script fails <<<'touch "ran/$1"; [ "$1" != 2 ] || sleep 0.1; echo "end $1"; [ "$1" = 2 ]'
	run --separate-stderr spile 'exec jobs=2 max_failures=1 ./fails $0' < <(seq 100)
	assert_status 1
	[[ $output == $'end 1\nend 2'* ]]
	[[ $stderr == *'1 event failed: the run ends here (max_failures=1)'* ]]
	[ "$(ls ran | wc -l)" -le 3 ]
}

@test "failures come in the order of the input" {
	script late <<<'[ "$1" != 1 ] || sleep 0.1; exit 1'
	run --separate-stderr spile 'exec jobs=4 ./late $0' < <(seq 4)
	assert_stderr "$(for i in 1 2 3 4; do echo "spile: exec: exit status 1: '$i'"; done)"
}

# ---- retries and time ----

@test "retries: the same event again, and only the output of a good attempt passes" {
	script third <<<'echo "$1 try" | tee -a "tries$1"; [ "$(wc -l <"tries$1")" = 3 ]'
	run --separate-stderr spile 'exec retries=2 backoff=1ms ./third $0' < <(seq 2)
	assert_status 0
	assert_output $'1 try\n2 try'
	assert_stderr ''
	rm tries*
	run --separate-stderr spile 'exec retries=1 backoff=1ms ./third $0' <<<1
	assert_status 1
	assert_output ''
	assert_stderr "spile: exec: exit status 1: '1'"
	same tries 2 "$(wc -l <tries1)"
}

@test "the pause before a retry doubles" {
	run --separate-stderr spile --joblog log 'exec retries=2 backoff=200ms sh -c q{exit 1}' <<<x
	# Between half of it and all: 100 ms at least, then 200.
	awk -F '\t' 'NR > 2 && $2 - last < (NR - 2) * 0.1 { exit 1 } { last = $2 }' log
	same lines 4 "$(wc -l <log)"
	rejects 'exec backoff=1s true' "spile: pipeline:1:6: it is the pause before a retry, and there are none: write retries=N
  exec backoff=1s true
       ^~~~~~~~~~"
}

@test "an attempt that puts out more than max_output= fails; with retries what is held is bounded" {
	run --separate-stderr spile 'exec retries=1 backoff=1ms max_output=1000 seq $0' < <(printf '10\n1000000000\n12\n')
	assert_status 1
	assert_output "$(seq 10; seq 12)"
	assert_stderr "spile: exec: its output is longer than max_output: '1000000000'"
	run --separate-stderr spile 'exec seq 1 $0 | map $code' <<<1000000000
	assert_stderr "spile: exec: its output is longer than max_output: '1000000000'"
}

@test "timeout= ends an attempt; one that ignores SIGTERM is killed after grace=" {
	run --separate-stderr spile --joblog log 'exec timeout=50ms sleep $0' <<<100
	assert_status 1
	assert_stderr "spile: exec: timed out: '100'"
	same signal 15 "$(awk 'NR == 2 { print $5 }' log)"
	script deaf <<<'trap "" TERM; echo here; while :; do sleep 0.05; done'
	run --separate-stderr spile --joblog log 'exec timeout=300ms grace=50ms ./deaf $0' <<<x
	assert_output here
	assert_stderr "spile: exec: timed out: 'x'"
	same signal 9 "$(awk 'NR == 2 { print $5 }' log)"
}

@test "timeout= does not touch those that are in time" {
	gives 'exec jobs=4 timeout=1m echo $0' "$(seq 20)" "$(printf '%s\\n' {1..20})"
}

# ---- children that do not do what is expected ----

@test "one that closes its standard output and lives on is waited for" {
	script closes <<<'echo out; exec >&-; sleep 0.1; touch "done$1"'
	gives 'exec ./closes $0' $'out\nout' '1\n2\n'
	same files 'done1 done2' "$(echo done*)"
}

@test "one that leaves something in the background that holds the pipe does not hold the run" {
	script forks <<<'sleep 300 2>&1 & echo $! >>pids; echo "$1"'
	SPILE_TIMEOUT=20 run spile 'exec jobs=2 ./forks $0' < <(seq 3)
	assert_status 0
	assert_output $'1\n2\n3'
	xargs kill <pids
}

@test "one that writes without reading, and one that reads without writing" {
	head -c 3000000 /dev/zero | tr '\0' x | fold -w 99 >in
	script writes <<<'seq 200000'
	run spile 'batch 1000000 | exec ./writes | agg count()' in
	assert_output 200000
	script reads <<<'cat >/dev/null; echo done'
	run spile 'batch 1000000 | exec ./reads' in
	assert_output 'done'
	run spile 'batch 1000000 | exec cat | agg count()' in
	assert_output 30304 # the last line has no newline
}

@test "a child has descriptors 0, 1 and 2, default signals, no mask, and our process group" {
	# What spile itself was started with goes on to its children: nothing here. 3 is the folder that ls reads.
	seq 3 >in
	run bash -c 'for fd in $(ls /proc/self/fd); do [ $fd -le 2 ] || eval "exec $fd>&-"; done
		"$SPILE" "exec jobs=3 ls /proc/self/fd | \$0 != 3" in'
	assert_output "$(for _ in 1 2 3; do seq 0 2; done)"
	# Signals 32 and 33 are the C library's own.
	run spile 'exec cat /proc/self/status | /^Sig(Blk|Ign|Cgt)/ | map $2' <<<x
	assert_output $'0000000000000000\n0000000180000000\n0000000000000000'
	script group <<<'[ "$(ps -o pgid= -p $$)" = "$(ps -o pgid= -p $PPID)" ] && echo same'
	gives 'exec ./group' same 'x\n'
}

@test "no zombies while the run goes on, and no children after it" {
	mkfifo fifo
	exec 9<>fifo
	"$SPILE" 'exec jobs=3 echo $0' <fifo >out 9>&- &
	pid=$!
	seq 30 >&9
	wait_until grep -qx 30 out
	none() { [ -z "$(ps -o stat= --ppid $pid)" ]; }
	wait_until none
	exec 9>&-
	wait $pid
}

@test "take ends the run at once and leaves no process" {
	SPILE_TIMEOUT=20 run spile 'seq 1 100000000 | exec jobs=2 sh -c q{echo $$ >>pids; echo x; exec sleep 300} $0 | take 1'
	assert_status 0
	assert_output x
	none_alive pids
}

@test "in a branch that ends early children are ended while the others go on" {
	mkfifo fifo
	exec 9<>fifo
	"$SPILE" 'tee { exec sh -c q{echo $$ >pid; echo x; exec sleep 300} $0 | take 1 | null ; append all }' <fifo 9>&- &
	spile=$!
	echo 1 >&9
	wait_until test -s pid
	wait_until none_alive pid
	echo 2 >&9
	wait_until grep -q 2 all
	exec 9>&-
	wait $spile
}

# ---- signals ----

@test "a child that dies of the same Ctrl-C is a failed event, and not tried again" {
	script waits <<<'echo "$1" >>ran; exec sleep 300'
	set -m
	"$SPILE" 'exec jobs=2 retries=5 ./waits $0' < <(seq 9) >out 2>err &
	pid=$!
	set +m
	two() { [ "$(wc -l <ran)" = 2 ]; }
	wait_until two
	kill -INT -$pid
	ended_with 130 $pid
	same err $'spile: exec: killed by signal 2 (Interrupt): \'1\'\nspile: exec: killed by signal 2 (Interrupt): \'2\'\nspile: exec: a signal ended the run: 7 events abandoned' "$(<err)"
	same ran 2 "$(wc -l <ran)"
}

@test "SIGTERM to spile alone lets those that run finish; a second one ends it now" {
	mkfifo go
	script waits <<<'echo $$ >>ran; read x <go; echo "end $1"'
	"$SPILE" 'exec ./waits $0' < <(seq 9) >out &
	pid=$!
	wait_until test -s ran
	kill -TERM $pid
	echo >go
	ended_with 143 $pid
	same output 'end 1' "$(<out)"
	rm ran
	"$SPILE" 'exec ./waits $0' < <(seq 9) >out &
	pid=$!
	wait_until test -s ran
	kill -TERM $pid
	first_is_taken() { [ "$(awk '/^SigPnd|^ShdPnd/ { print $2 }' /proc/$pid/status | sort -u)" = 0000000000000000 ]; }
	wait_until first_is_taken
	sleep 0.1
	kill -TERM $pid
	ended_with 143 $pid
	wait_until none_alive ran
}

# ---- --joblog ----

@test "--joblog has a line for each attempt, with what became of it" {
	printf 'a\tb\\ 0\nk 0\nc 3\n' >in
	script does <<<'printf 12345; [ "$1" != k ] || kill -9 $$; exit "$2"'
	run spile -q --joblog log 'exec retries=1 backoff=1ms ./does $1 $-1' in
	assert_status 1
	same log "event	status	signal	retries	bytes	stage	input
1	0	0	0	5	exec	a\\tb\\\\ 0
2	0	9	0	5	exec	k 0
2	0	9	1	5	exec	k 0
3	3	0	0	5	exec	c 3
3	3	0	1	5	exec	c 3" "$(cut -f 1,4- log)"
	awk -F '\t' 'NR > 1 && !($2 ~ /^[0-9]+\.[0-9][0-9][0-9]$/ && $3 ~ /^[0-9]+\.[0-9][0-9][0-9]$/) { exit 1 }' log
}

@test "a --joblog that cannot be opened is found out before anything runs" {
	run --separate-stderr spile --joblog no/log 'exec touch ran' <<<x
	assert_status 2
	assert_stderr "spile: cannot open 'no/log': No such file or directory"
	[ ! -e ran ]
}

@test "a line of the output beyond --max-event fails its event; the others pass" {
	run --separate-stderr spile --max-event 10 'seq 1 3 | exec sh -c q{test $1 = 2 && echo 12345678901; echo $1} - $0'
	assert_output $'1\n2\n3'
	assert_stderr "spile: exec: a line of its output is longer than --max-event (10 bytes): '2'"
	assert_status 1
	run --separate-stderr spile --max-event 10 'seq 1 inf | take 1 | exec echo 12345678901'
	assert_output ''
	assert_stderr "spile: exec: a line of its output is longer than --max-event (10 bytes): '1'"
	assert_status 1
}

# code_error COLUMN SHELL PIPELINE: the word there is a shell's code that is filled in.
code_error() {
	run --separate-stderr spile "$3" <<<'touch ran'
	same "$3" "spile: pipeline:1:$1: '$2' would run what is filled in here as shell code" "${stderr%%$'\n'*}"
	assert_status 2
	[ ! -e ran ]
}

# code_warned COLUMN MESSAGE PIPELINE: the same of another language: said, and run.
code_warned() {
	run --separate-stderr spile "$3" <<<'1'
	same "$3" "spile: pipeline:1:$1: warning: $2" "${stderr%%$'\n'*}"
	assert_status 0
}

@test "what a shell would run as its text is not filled in" {
	rejects 'exec sh -c "echo $0"' "spile: pipeline:1:12: 'sh' would run what is filled in here as shell code
  exec sh -c \"echo \$0\"
             ^~~~~~~~~ as an argument it is safe: sh -c q{... \"\$1\" ...} sh \$0"
	rejects 'batch 2 | exec sh -c $@' "spile: pipeline:1:22: 'sh' would run what is filled in here as shell code
  batch 2 | exec sh -c \$@
                       ^~ as an argument it is safe: sh -c q{... \"\$@\" ...} sh \$@"
	code_error 12 sh 'exec sh -c $0'
	code_error 12 sh 'exec sh -c ${lower($0)}'
	code_error 19 dash 'exec /bin/dash -c "$1"'
	code_error 32 bash 'exec bash -c -e -o pipefail -- "$0"'
	code_error 28 bash 'exec bash -eo pipefail -xc "$0"'
	code_error 16 sh 'exec sh +e -ec "x $NF"'
}

@test "nor behind a program that runs another" {
	code_error 25 sh 'exec env A=1 B=$0 sh -c "$0"'
	code_error 26 sh 'exec env -i -u A - sh -c "$0"'
	code_error 28 sh 'exec timeout -k 1 5 sh -ec "$0"'
	code_error 36 sh 'exec timeout --signal KILL 5 sh -c "$0"'
	code_error 23 sh 'exec timeout $1 sh -c "$0"'
	code_error 22 sh 'exec nice -n 5 sh -c "$0"'
	code_error 33 sh 'exec nohup nice -5 setsid sh -c "$0"'
	code_error 28 sh 'exec stdin xargs -n1 sh -c "$0"'
	code_error 25 bash 'exec stdbuf -oL bash -c "$0"'
}

@test "what is filled in is an argument everywhere else" {
	gives 'exec sh -c q{echo "$1"} sh $0' '$(touch ran)' '$(touch ran)\n'
	gives 'exec env X=$0 sh -c q{echo "$X"}' '$(touch ran)' '$(touch ran)\n'
	gives 'exec echo sh -c "$0"' 'sh -c x' 'x\n'
	gives 'exec timeout 9 echo sh -c $0' 'sh -c x' 'x\n'
	gives 'exec sh -c "" $0' '' 'x\n'
	gives 'exec awk -v x=$0 q{BEGIN { print x }}' 'x' 'x\n'
	gives 'exec awk -f /dev/null $0' '' 'x\n'
	gives 'exec cat -- $0' "$(cat "$BATS_TEST_FILENAME")" "$BATS_TEST_FILENAME\n"
	[ ! -e ran ]
}

@test "code of other languages that is filled in is warned of" {
	mkdir bin
	printf '#!/bin/sh\n' | tee bin/perl >bin/ssh
	chmod +x bin/perl bin/ssh
	PATH=$PWD/bin:$PATH
	code_warned 10 "'awk' runs what is filled in here as code" 'exec awk $0'
	code_warned 18 "'awk' runs what is filled in here as code" 'exec awk -F : -- "BEGIN { print $0 }"'
	[[ $stderr = *'safe as an argument of its own' ]]
	code_warned 14 "'perl' runs what is filled in here as code" 'exec perl -e "print $0"'
	code_warned 32 "'perl' runs what is filled in here as code" 'exec env perl -MTime::HiRes -e "print $0"'
	code_warned 22 "the shell of the other host runs what is filled in here" 'exec ssh -F x -p 1 h "ls $0"'
}
