# sh: exec through the shell. What the shell sees of events and batches; all else is exec's: exec.bats.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

@test "the shell sees the event as \$0 and its fields as \$1 and on" {
	gives 'sh q{echo "<$0> <$1> <$3> $#"}' $'< a b  c> <a> <c> 3\n<> <> <> 0' ' a b  c\n\n'
	run spile -F , 'sh q{echo "$2"}' <<<'a,b c,d'
	assert_output 'b c'
}

@test "fields are those that an earlier stage made" {
	gives 'map x=$2, $1 | sh q{echo "$1-$2-$#"}' 'b-a-2' 'a b c\n'
	gives 'match /(\w)=(\w*)/ | sh q{echo "$0 $1 $2"}' $'a=1 a 1\nb= b ' 'a=1 b=\n'
}

@test "events are never pasted into the text" {
	printf '%s\n' '$(touch owned)' '`touch owned`' '; touch owned' "' touch owned '" '-n' '"' >in
	spile 'sh q{printf "%s\n" "$0"}' in >got
	same_bytes in got
	[ ! -e owned ]
}

@test "nothing in the text is filled in by spile" {
	gives 'sh q{x=5; echo "$x $NF ${x}"}' '5  5' 'a b\n'
	run spile 'sh "echo $0"'
	assert_status 2
}

@test "a batch's events are \$@" {
	gives 'seq 1 5 | batch 3 | sh q{echo "$#: $*"}' $'3: 1 2 3\n2: 4 5'
	run spile 'batch 2 | sh q{for e; do echo "<$e>"; done}' < <(printf 'a b\n*\n')
	assert_output $'<a b>\n<*>'
}

@test "standard input is /dev/null, with stdin the event" {
	gives 'sh q{cat; echo end}' end 'x\n'
	gives 'sh stdin q{cat; echo "$0"}' $'x\nx' 'x\n'
	gives 'batch 2 | sh stdin q{wc -l; echo $#}' $'2\n2' 'x\ny\n'
}

@test "its status, retries and \$code are those of exec" {
	run --separate-stderr spile 'sh ok=0,3 jobs=2 q{echo "$0"; exit "$0"} | map $in, $code' < <(printf '0\n3\n4\n')
	assert_status 1
	assert_output $'0\t0\n3\t3\n4\t4'
	assert_stderr "spile: sh: exit status 4: '4'"
}

@test "take 1 of slow processes ends with the first and leaves none" {
	SPILE_TIMEOUT=20 run spile 'seq 1 100000000 | sh jobs=2 q{echo $$ >>pids; sleep 1; echo x} | take 1'
	assert_status 0
	assert_output x
	none_alive pids
	same processes 1 "$(wc -l <pids)"
}
