# The stages that put events in another order: sort, reverse (DESIGN 2.4).
load helper

# lines N: log-like lines of few different values, numbers among them.
lines() {
	awk -v n="$1" 'BEGIN { srand(7); for (i = 0; i < n; i++)
		printf "h%d - [%02d:%02d] \"GET /p/%d\" %d %d\n", rand() * 20, rand() * 24, rand() * 60, rand() * 500, 200 + int(rand() * 4) * 100, rand() * 100000 }'
}

@test "sort puts numbers before text, and text in the order of its bytes" {
	gives 'sort' $'-3\n2\n2.5\n10\n\nB\na\na 1\nb' 'b\n10\na 1\n2\n\n2.5\n-3\nB\na\n'
	gives 'sort' '' ''
	gives 'sort' $'1\n2' '2\n1'
}

@test "sort by several values, up and down, is stable" {
	gives 'sort $2' $'b 1\nd 1\na 2\nc 2' 'a 2\nb 1\nc 2\nd 1\n'
	gives 'sort $2 desc' $'a 2\nc 2\nb 1\nd 1' 'a 2\nb 1\nc 2\nd 1\n'
	gives 'sort $2 desc, $1 desc' $'c 2\na 2\nd 1\nb 1' 'a 2\nb 1\nc 2\nd 1\n'
	gives 'sort $2 asc, length($1), $1' $'d 1\nbb 1\na 2' 'a 2\nbb 1\nd 1\n'
	gives 'sort desc' $'10\n9\n1' '9\n10\n1\n'
}

@test "sort tells numbers apart that are one double" {
	gives 'sort' $'9007199254740992\n9007199254740993\n9007199254740994' '9007199254740994\n9007199254740993\n9007199254740992\n'
	gives 'sort desc' $'-0.5\n-1\n-1e9' '-1\n-1e9\n-0.5\n'
}

@test "what is sorted keeps its columns and origin" {
	gives 'map a=$2, b=$1 | sort $b desc | map $a, $b' $'1\ty\n2\tx' 'x 2\ny 1\n'
	gives 'map a=$2, b=$1 | sort $a | map NR, $b' $'2\ty\n1\tx' 'x 2\ny 1\n'
	gives 'set n=$2 | sort $1 desc | map $n, $0' $'1\ty 1\n2\tx 2' 'x 2\ny 1\n'
	gives 'set $5="e" | sort desc | map $5, $1' $'e\ty\ne\tx' 'x 2\ny 1\n'
	printf 'b\na\n' >one && printf 'c\n' >two
	run spile 'sort desc | map FILE, $0' one two
	assert_output $'two\tc\none\tb\none\ta'
}

@test "a batch is put in order by itself" {
	gives 'batch 3 | sort desc' $'3\n2\n1\n5\n4' '1\n2\n3\n4\n5\n'
	gives 'batch 2 | reverse' $'2\n1\n3' '1\n2\n3\n'
	gives 'count by $0 every=3 | sort $key | map $key' $'a\nb\na\nc' 'b\na\na\nc\na\na\n'
}

@test "sort is as sort(1), with threads and spilled" {
	lines 30000 >log
	sort -s -k6,6n -k7,7nr log >expected
	sort log >plain
	for jobs in 1 2; do
		for memory in 1MiB 3MiB 256MiB; do
			spile -j $jobs "sort \$6, \$NF desc memory=$memory" log >got
			same_bytes expected got
			spile -j $jobs "sort memory=$memory" <log >got
			same_bytes plain got
			spile -j $jobs "reverse memory=$memory" log >got
			same_bytes <(tac log) got
		done
	done
}

@test "sort of columns spills too" {
	lines 30000 >log
	spile 'map $1, n=$6, $5 | sort $n memory=1MiB | map $n, $1' log >got
	sort -s -k6,6n log | awk '{ print $6 "\t" $1 }' >expected
	same_bytes expected got
}

@test "records end in NUL with -0" {
	printf 'b\0a\nx\0c' >in
	spile -0 sort in >got
	same_bytes <(printf 'a\nx\0b\0c\0') got
}

@test "what was spilled leaves nothing behind" {
	mkdir tmp
	lines 20000 >log
	TMPDIR=$PWD/tmp spile 'sort memory=1MiB | take 1' log >/dev/null
	[ -z "$(ls -A tmp)" ]
	mkfifo in
	TMPDIR=$PWD/tmp "$SPILE" 'sort memory=1MiB' <in >/dev/null &
	pid=$!
	exec 8>in
	cat log >&8
	wait_until grep -q "$PWD/tmp" <(ls -l /proc/$pid/fd)
	[ -z "$(ls -A tmp)" ]
	kill -KILL $pid
	wait $pid || true
	[ -z "$(ls -A tmp)" ]
}

@test "a folder that cannot be written to ends the run, when it is needed" {
	lines 20000 >log
	export TMPDIR=$PWD/none
	run --separate-stderr spile 'sort | take 1' log
	assert_status 0
	run --separate-stderr spile 'sort memory=1MiB' log
	assert_status 1
	assert_output ''
	assert_stderr "spile: sort: cannot write a temporary file in '$PWD/none': No such file or directory"
}

@test "events whose value fails are reported, the others sorted" {
	run --separate-stderr spile 'sort 1 / $1' <<<$'2\n0\n4'
	assert_status 1
	assert_output $'4\n2'
	assert_stderr "spile: sort: division by zero: '0'"
}

@test "sort after what never ends is told of" {
	run --separate-stderr spile -n 'seq 1 inf | sort'
	assert_stderr "spile: pipeline:1:13: warning: 'sort' waits for the end of its input, but 'seq' never ends
  seq 1 inf | sort
              ^~~~ after 'batch' it puts each batch in order"
}

@test "mistakes of sort" {
	rejects 'sort $1 desc up' "spile: pipeline:1:14: unexpected argument 'up' of 'sort'
  sort \$1 desc up
               ^~ usage: sort [EXPR [desc], ...] [memory=SIZE]"
	rejects 'sort $1 desc,' "spile: pipeline:1:13: an expression is missing after ','
  sort \$1 desc,
              ^"
	rejects 'sort $1 desc desc' "spile: pipeline:1:14: 'desc' follows each EXPR whose largest values come first
  sort \$1 desc desc
               ^~~~"
	rejects 'sort -k2' "spile: pipeline:1:6: EXPR of 'sort' must be an expression, not '-k2'
  sort -k2
       ^~~ numbers are compared as numbers; after a key, desc puts the largest first"
	rejects 'sort by $1' "spile: pipeline:1:6: 'sort' takes no 'by'
  sort by \$1
       ^~ usage: sort [EXPR [desc], ...] [memory=SIZE]"
	rejects 'sort 2 desc' "spile: pipeline:1:6: a constant puts nothing in order
  sort 2 desc
       ^ did you mean '\$2'?"
	rejects 'sort memory=1' "spile: pipeline:1:13: 'memory' must be 1048576 or more, not 1
  sort memory=1
              ^"
}
