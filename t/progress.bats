# --progress, on a terminal that script(1) makes, and the line that SIGUSR1 shows.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# terminal COLUMNS ARGUMENT...: runs spile with standard error, and where not redirected standard output, on a terminal of
# that width. What came to the terminal is in `typescript`, its exit status in $status.
terminal() {
	need script
	local columns=$1 command
	shift
	printf -v command '%q ' "$SPILE" "$@"
	run timeout -k 5 60 script -qefc "stty cols $columns; $command ${redirect-}" typescript </dev/null
	sed -i '/^Script /d' typescript
}

# screen: the lines of the terminal at the end, without blanks at theirs; rates and times as 9, a full bar as [==].
screen() {
	perl -e 'local $/; $_ = <>; s/\r\n/\n/g;
		for my $line (split /\n/) {
			my $shown = "";
			for my $part (split /\r/, $line) { substr($shown, 0, length $part) = $part }
			$shown =~ s/\s+$//;
			$shown =~ s/\d+:\d\d/9:99/g;
			$shown =~ s!\S+( [KMG]i?B| B)?/s!9/s!;
			$shown =~ s{\[=+\]}{[==]};
			print "$shown\n";
		}' typescript
}

@test "the last line has the totals, and a bar where the size is known" {
	printf '%s\n' {1..1000} >in
	redirect='>out' terminal 80 --progress 'map $0' in
	assert_status 0
	same 'the terminal' '3.80 KiB  1000 events  9:99  9/s  [==]  100%' "$(screen)"
	same 'output' 1000 "$(wc -l <out)"
	terminal 80 --progress 'seq 1 5 | null'
	same 'the terminal' '5 events  9:99  9/s  [==]  100%' "$(screen)"
}

@test "a file that the workers read is counted to the last byte and event" {
	seq 300000 >in
	redirect='>out' terminal 80 --progress 'words | count | agg count()' in in
	same 'the terminal' '3.79 MiB  600k events  9:99  9/s  [==]  100%' "$(screen)"
	same 'bytes' 3977790 $((2 * $(wc -c <in)))
	same 'output' 300000 "$(<out)"
}

@test "where the size is not known there is no bar" {
	mkfifo in
	seq 7 >in &
	terminal 80 --progress 'null' in
	same 'the terminal' '14 B  7 events  9:99  9/s' "$(screen)"
	terminal 80 --progress 'seq 1 inf | take 1500 | null'
	[[ $(screen) == *events* && $(screen) != *%* ]]
}

@test "the line is drawn again while the run goes on, at most a few times a second" {
	local begin=$SECONDS draws
	terminal 80 --progress 'seq 1 20 | rate 20/s burst=1 | null'
	same lines 1 "$(screen | wc -l)"
	draws=$(tr '\r' '\n' <typescript | grep -c '/s')
	[ "$draws" -ge 3 ]
	[ "$draws" -le $((4 * (SECONDS - begin + 1) + 1)) ]
	[[ $(tr '\r' '\n' <typescript | sed -n 2p) =~ ^[0-9]+\ events\ .*\[=*\>?\ *\].*%.*left$ ]]
}

@test "the line never reaches the terminal's last column" {
	local columns
	for columns in 20 37 60; do
		terminal $columns --progress 'seq 1 10 | rate 20/s burst=1 | null'
		same 'the longest line' '' "$(tr '\r' '\n' <typescript | awk -v n=$columns 'length($0) >= n')"
		tr '\r' '\n' <typescript | grep -q '/s\|0:0'
	done
}

@test "messages and output on the same terminal stand on lines of their own" {
	terminal 60 --progress 'seq 1 12 | rate 20/s burst=1 | map 12 / ($0 - 6) max_demand=1'
	assert_status 1
	same 'the terminal' '-2.4
-3
-4
-6
-12
spile: map: division by zero: '\''6'\''
12
6
4
3
2.4
2
12 events  9:99  9/s  [==]  100%' "$(screen)"
}

@test "so do the lines of --trace" {
	terminal 70 --progress --trace=null 'seq 1 12 | rate 20/s burst=1 | null'
	assert_status 0
	same 'the rest' '12 events  9:99  9/s  [==]  100%' "$(screen | grep -v '^+[0-9.]*ms [a-z]* -> [a-z]*: [a-z]* [0-9]*$')"
}

@test "nothing is drawn where standard error is no terminal" {
	run --separate-stderr spile --progress 'seq 1 10 | rate 20/s burst=1 | count by 1'
	assert_stderr ''
	assert_output $'10\t1'
	redirect='2>errors' terminal 80 --progress 'seq 1 2'
	same 'the terminal' $'1\n2' "$(screen)"
	same 'standard error' '' "$(<errors)"
}

@test "SIGUSR1 shows the same figures where there is no --stats, and the run goes on" {
	mkfifo in
	"$SPILE" 'map $0 * 2' <in >out 2>errors &
	exec 8>in
	echo 21 >&8
	wait_until test -s out
	kill -USR1 $!
	wait_until test -s errors
	echo 22 >&8
	exec 8>&-
	wait $!
	same 'standard error' '3 B  9:99  9/s' "$(sed 's/[0-9]*:[0-9][0-9]/9:99/; s![0-9.]* [KMG]*i*B/s!9/s!' errors)"
	same 'output' $'42\n44' "$(<out)"
}
