# pipe: a long-lived process. What it is given and gives, its ends and restarts, and that neither side can hold up the
# other for good.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

script() {
	{ echo '#!/bin/bash' && cat; } >"$1"
	chmod +x "$1"
}

@test "events go in, lines come out, in the middle and at the end" {
	gives 'pipe sort -r | map "<$0>"' $'<c>\n<b>\n<a>' 'a\nc\nb\n'
	gives 'filter $0 != 2 | pipe wc -l' 2 '1\n2\n3\n'
}

@test "bytes pass unchanged, a missing last newline too" {
	printf 'a\0b\r\n\n\xff\xfe\nlast' >in
	spile 'pipe cat' in >got
	same_bytes in got
}

@test "the process is there without any event" {
	gives 'pipe wc -l' 0
}

@test "much goes through, both ways at once" {
	seq 500000 >in
	spile 'pipe cat | pipe tac | pipe tac' in >got
	same_bytes in got
}

@test "it is neither blocked by one that writes first nor by one that reads all first" {
	script first <<<'seq 100000; cat'
	spile 'pipe ./first' < <(seq 100000) >got
	same_bytes <(seq 100000; seq 100000) got
	script last <<<'x=$(cat); seq 100000; echo "$x"'
	spile 'pipe ./last' < <(seq 100000) >got
	same_bytes <(seq 100000; seq 100000) got
}

@test "-0 and sep= say what ends records" {
	run bash -c 'printf "a\0b\0" | spile -0 "pipe od -An -c" | tr "\0" "|"'
	assert_output '   a  \0   b  \0|'
	run spile 'pipe sep="," cat' < <(printf 'x\ny\n')
	assert_output $'x\ny'
}

@test "batches are written as their events" {
	gives 'batch 2 | pipe cat' $'1\n2\n3' '1\n2\n3\n'
}

@test "several share the events: each goes to one of them" {
	seq 20000 >in
	script tagged <<<'while read -r x; do echo "$x $$"; done'
	spile 'pipe jobs=3 ./tagged' in >out
	same_bytes <(sort in) <(cut -d' ' -f1 out | sort)
	same processes 3 "$(cut -d' ' -f2 out | sort -u | wc -l)"
}

@test "one that has had enough and ends well is not started again" {
	run --separate-stderr spile 'pipe head -n 2' < <(seq 100000)
	assert_status 0
	assert_output $'1\n2'
	assert_stderr ''
}

@test "one that dies is started again for what is still to come" {
	script dies <<<'echo start >>starts; while read -r x; do echo "$x"; [ "$x" != 2 ] || exit 5; done'
	mkfifo fifo
	exec 9<>fifo
	"$SPILE" --stats 'pipe ./dies' <fifo >out 2>err 9>&- &
	pid=$!
	printf '1\n2\n' >&9
	wait_until grep -q 'exit status' err
	printf '3\n4\n' >&9
	wait_until grep -q 4 out
	exec 9>&-
	status=0
	wait $pid || status=$?
	same status 1 $status
	same output $'1\n2\n3\n4' "$(<out)"
	same starts 2 "$(wc -l <starts)"
	same 'what is said' "spile: pipe: './dies': exit status 5: 2 events written to it count as failed" "$(head -n 1 err)"
	same counts 'pipe 4 4 0 2 0' "$(awk '$1 == "pipe" { print $1, $2, $4, $6, $7, $8 }' err)"
}

@test "what a dead one was not given yet goes to the next; nothing is lost silently" {
	script dies <<<'[ -e again ] && exec cat; touch again; read -r x; exit 1'
	seq 200000 >in
	run --separate-stderr spile --stats 'pipe ./dies | agg count(), max($0)' in
	assert_status 1
	read -r in failed held < <(awk '$1 == "pipe" { print $2, $7, $8 }' <<<"$stderr")
	same 'in = used + failed' "200000 0" "$in $held"
	same output "$((200000 - failed))"$'\t200000' "$output"
	[ "$failed" -gt 0 ] && [ "$failed" -lt 200000 ]
}

@test "one that dies too often ends the stage" {
	script dies <<<'echo start >>starts; read -r x; exit 1'
	run --separate-stderr spile 'pipe max_restarts=2 within=1m ./dies' < <(seq 1000000)
	assert_status 1
	same starts 3 "$(wc -l <starts)"
	same last "spile: pipe: './dies' has died too often (max_restarts=2): given up" "$(tail -n 1 <<<"$stderr")"
	rm starts
	run --separate-stderr spile 'pipe max_restarts=0 ./dies' < <(seq 1000000)
	same starts 1 "$(wc -l <starts)"
}

@test "ok= says which statuses are good" {
	run --separate-stderr spile 'pipe grep x' < <(seq 3)
	assert_status 1
	assert_stderr "spile: pipe: 'grep': exit status 1: 3 events written to it count as failed"
	gives 'pipe ok=0,1 grep x' '' '1\n'
}

@test "retries, dead, timeout and events in words are errors before anything runs" {
	local option
	for option in retries=1 dead=f timeout=1s; do
		run spile "pipe $option cat"
		assert_status 2
		same message "spile: pipeline:1:6: unknown option '${option%=*}' of 'pipe'" "$(head -n 1 <<<"$output")"
	done
	run spile 'pipe cat $0'
	assert_status 2
}

@test "a program that is not there is an error before anything runs" {
	rejects 'pipe no-such-program' "spile: pipeline:1:6: cannot run 'no-such-program': No such file or directory
  pipe no-such-program
       ^~~~~~~~~~~~~~~"
}

@test "take ends the process" {
	script ticks <<<'echo $$ >pid; while :; do echo tick; sleep 0.01; done'
	run spile 'pipe ./ticks | take 3' < <(seq 3)
	assert_status 0
	assert_output $'tick\ntick\ntick'
	none_alive pid
}

@test "what it leaves in the background does not hold the run" {
	script forks <<<'sleep 300 2>&1 & echo $! >pid; cat'
	SPILE_TIMEOUT=20 run spile 'pipe ./forks' < <(seq 2)
	assert_output $'1\n2'
	kill "$(<pid)"
}

@test "a line of the output beyond --max-event fails the stage; the others pass" {
	run --separate-stderr spile --max-event 10 'seq 1 2 | pipe sh -c q{echo 12345678901; cat}'
	assert_output $'1\n2'
	assert_stderr "spile: pipe: a line of the output of 'sh' is longer than --max-event (10 bytes)"
	assert_status 1
}
