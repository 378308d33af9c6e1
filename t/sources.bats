# Sources: file, stdin, seq, run (DESIGN 2.4) and what FILEs stand for.
load helper

# fails PIPELINE EXPECTED-OUTPUT EXPECTED-STDERR: the run goes on, reports and ends with exit status 1.
fails() {
	run --separate-stderr spile "$1" </dev/null
	assert_stderr "$3"
	assert_output "$2"
	assert_status 1
}

@test "file gives the lines of files in order" {
	printf '1\n2\n' >b
	printf '3\n' >a
	gives 'file b a' $'1\n2\n3'
	gives 'file a a' $'3\n3'
}

@test "a file without a last newline does not run into the next one" {
	printf 'a\nb' >1
	printf 'c' >2
	: >3
	spile 'file 1 2 3' >got
	printf 'a\nb\nc' | same_bytes - got
	spile 'file 1 3 1' >got
	printf 'a\nb\na\nb' | same_bytes - got
}

@test "bare patterns in file are expanded, sorted" {
	touch c.log a.log b.txt
	echo a >a.log
	echo c >c.log
	gives 'file *.log' $'a\nc'
	gives 'file [c]*.lo?' c
}

@test "a pattern in a string is a name" {
	echo star >'*.log'
	echo other >a.log
	gives 'file "*.log"' star
	gives 'file q{*.log}' star
}

@test "~/ is the home directory" {
	mkdir home
	echo mine >home/x
	HOME=$PWD/home gives 'file ~/x' mine
}

@test "stdin reads standard input, in its place too" {
	gives 'stdin' $'a\nb' 'a\nb\n'
	gives 'stdin | map FILE' '-' 'a\n'
}

@test "sep= ends records with another byte" {
	gives 'stdin sep="," | map "<$0>"' $'<a>\n<b>\n<c\n>' 'a,b,c\n'
	printf 'x;y;' >f
	gives 'file f sep=";" | map $0' $'x\ny'
	gives 'stdin sep="\x00" | map "<$0>"' $'<a\nb>\n<c>' 'a\nb\0c\0'
}

@test "what goes straight from a source to a sink gets the sink's ends of records" {
	printf 'x;y;' >f
	spile 'file f sep=";"' >got
	printf 'x\ny\n' | same_bytes - got
	spile -0 'stdin sep=";"' <f >got
	printf 'x\0y\0' | same_bytes - got
	spile 'stdin sep=";" | null' <f
	spile 'filter 1 | stdout sep=";"' < <(printf '1\n2\n3') >got
	printf '1;2;3' | same_bytes - got
	spile 'stdin sep=";" | filter 1 | write out sep=","' <f
	printf 'x,y,' | same_bytes - out
	printf 'x;y' >f
	spile 'file f sep=";"' >got
	printf 'x\ny' | same_bytes - got
}

@test "-0 is for sources and standard output at once" {
	printf 'a\nb\0c\0' >in
	spile -0 'filter 1' <in >got
	same_bytes in got
	spile -0 'map "$0!" | stdout sep="\n"' <in >got
	printf 'a\nb!\nc!\n' | same_bytes - got
	spile -0 'file sep="\n" in | map "<$0>"' >got
	printf '<a>\0<b\0c\0>\0' | same_bytes - got
}

@test "seq counts from A to B by STEP" {
	gives 'seq 1 3' $'1\n2\n3'
	gives 'seq 1 10 step=4' $'1\n5\n9'
	gives 'seq 3 1 step=-1' $'3\n2\n1'
	gives 'seq -1 1' $'-1\n0\n1'
	gives 'seq 3 1' ''
	gives 'seq 1 3 step=-1' ''
	gives 'seq 2 2' 2
	gives 'seq 1k 1002' $'1000\n1001\n1002'
}

@test "seq counts in fractions without drift" {
	gives 'seq 0 1 step=0.25' $'0\n0.25\n0.5\n0.75\n1'
	gives 'seq 0 1 step=0.1' "$(seq 0 0.1 1 | sed 's/\.0$//')"
	gives 'seq 0 1000 step=0.1 | skip 9990' "$(seq 999 0.1 1000 | sed 's/\.0$//')"
}

@test "seq without an end goes on" {
	gives 'seq 7 inf | take 3' $'7\n8\n9'
	gives 'seq inf | take 2' $'1\n2'
	gives 'seq | take 2' $'1\n2'
	gives 'seq 3' $'1\n2\n3'
	gives 'seq 0' ''
	gives 'seq 9223372036854775806 inf | take 3' $'9223372036854775806\n9223372036854775807\n9223372036854775808'
	gives 'seq -9223372036854775807 -9223372036854775808 step=-1' $'-9223372036854775807\n-9223372036854775808'
}

@test "seq counts in decimal, as seq does, whatever the numbers" {
	perl -e 'srand 7; for (1 .. 150) {
		my ($s, $e) = (int rand 4, int rand 4);
		my $first = sprintf "%.${s}f", rand(20) - 10;
		my $step = sprintf "%.${e}f", (0.001 + rand 3) * (rand() < .3 ? -1 : 1);
		next if $step == 0;
		printf "%s %s %s\n", $first, $step, sprintf "%.3f", $first + $step * int rand 30;
	}' >rows
	while read -r first step last; do
		seq "$first" "$step" "$last" | sed -E 's/(\.[0-9]*[1-9])0+$/\1/; s/\.0*$//; s/^-0$/0/' >expected
		spile "seq $first $last step=$step" >got </dev/null
		same "seq $first $step $last" "$(cat expected)" "$(cat got)"
	done <rows
	spile 'seq 1e-3 0.003 step=1e-3' >got </dev/null
	same exponents $'0.001\n0.002\n0.003' "$(cat got)"
}

@test "three numbers after seq are an error that shows both readings" {
	run --separate-stderr spile 'seq 0 0.3 0.1' </dev/null
	assert_status 2
	assert_stderr "spile: pipeline:1:11: which is the step? Write 'seq 0 0.1 step=0.3' or 'seq 0 0.3 step=0.1'
  seq 0 0.3 0.1
            ^~~"
}

@test "seq agrees with seq" {
	seq 1 123456 >expected
	spile 'seq 1 123456' >got
	same_bytes expected got
	seq 99999 -7 -99999 >expected
	spile 'seq 99999 -99999 step=-7' >got
	same_bytes expected got
}

@test "run gives the lines of a command's output" {
	gives 'run echo a b' 'a b'
	gives 'run printf q{a\nb}' $'a\nb'
	gives 'run sh -c q{echo "$0 $1"} x "y  z"' 'x y  z'
}

@test "run starts a program, no shell: nothing in its words is special" {
	gives 'run echo "a;b" "*" q{$HOME}' 'a;b * $HOME'
}

@test "run reads nothing of spile's own input" {
	run --separate-stderr spile 'run cat' <<<hidden
	assert_output ''
	assert_status 0
}

@test "run fails where its command does, after all that it wrote" {
	fails 'run sh -c q{echo x; exit 3}' x "spile: run: 'sh' ended with exit status 3"
	fails 'run sh -c q{echo x; kill -9 $$}' x "spile: run: 'sh' was killed by signal 9 (Killed)"
}

@test "run of what cannot be run is found before anything starts" {
	rejects 'run ./nonesuch' "spile: pipeline:1:5: cannot run './nonesuch': No such file or directory
  run ./nonesuch
      ^~~~~~~~~~"
	touch script
	rejects 'run ./script' "spile: pipeline:1:5: cannot run './script': Permission denied
  run ./script
      ^~~~~~~~"
}

@test "run gives its command default signal dispositions and none of spile's descriptors" {
	cat >look <<-'X'
		#!/bin/sh
		while read -r line; do case $line in Sig[BI]*) echo "$line" ;; esac done </proc/$$/status
		cd /proc/$$/fd && echo *
	X
	chmod +x look
	timeout 60 "$SPILE" 'run ./look | write got' </dev/null >/dev/null
	timeout 60 ./look </dev/null >alone # bats's own descriptors are there
	same 'descriptors' "$(tail -1 alone)" "$(tail -1 got)"
	same 'blocked signals' $'SigBlk:\t0000000000000000' "$(grep SigBlk got)"
	ignored=0x$(sed -n 's/^SigIgn:[[:space:]]*//p' got)
	# As it was at the start, and not as spile itself has it.
	alone=0x$(sed -n 's/^SigIgn:[[:space:]]*//p' alone)
	same 'ignored SIGPIPE' $((alone & 4096)) $((ignored & 4096))
}

@test "run ends its command when nothing more is wanted" {
	mkfifo alive
	run --separate-stderr spile 'run sh -c q{echo $$ >pid; while echo y; do :; done} | take 1' </dev/null
	assert_output y
	[ ! -e "/proc/$(cat pid)" ] || grep -q '^State:.*Z' "/proc/$(cat pid)/status"
}

@test "run waits for no descriptor that a grandchild holds open once its command is gone, or it reads to the end" {
	# whichever it does, nothing is lost and nobody hangs
	run --separate-stderr spile 'run sh -c q{echo a; (echo b) & wait}' </dev/null
	assert_output $'a\nb'
	assert_status 0
}

@test "run every= runs the command again and again" {
	run --separate-stderr spile 'run every=1ms sh -c q{echo x >>ran; wc -l <ran} | take 3' </dev/null
	same output $'1\n2\n3' "${output// /}"
	assert_status 0
}

@test "a thousand short files are read in order" {
	mkdir d
	for i in {1000..1999}; do echo $i; done >all
	split -l 1 -a 4 -d all d/f
	spile 'file d/*' >got
	same_bytes all got
	spile 'filter 1' d/* >got
	same_bytes all got
}
