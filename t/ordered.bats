# Ordered stages: take skip while uniq distinct (DESIGN 2.4).
load helper

keys='b 3\na 10\nb 3\nb 2\nc x\na 10\na -1\n'

@test "take gives the first N, skip the rest" {
	gives 'take 2' $'b 3\na 10' "$keys"
	gives 'skip 5' $'a 10\na -1' "$keys"
	gives 'skip 2 | take 1' 'b 3' "$keys"
	gives 'take 9' $'1\n2' '1\n2\n'
	gives 'skip 9' '' '1\n2\n'
	gives 'take 0' '' "$keys"
	gives 'skip 0' $'1\n2' '1\n2\n'
}

@test "take and skip count by key" {
	gives 'take 1 by $1' $'b 3\na 10\nc x' "$keys"
	gives 'skip 1 by $1' $'b 3\nb 2\na 10\na -1' "$keys"
	gives 'take 1 by $1, $2' $'b 3\na 10\nb 2\nc x\na -1' "$keys"
	gives 'take 2 by NR % 2' $'b 3\na 10\nb 3\nb 2' "$keys"
}

@test "a key is its fields, not their text one after the other" {
	gives 'distinct by $1, $2' $'ab c\na bc\n\tx' 'ab c\na bc\nab c\n\tx\n'
	gives 'map substr($0,1,1), substr($0,2) | distinct by $1, $2 | map "$1$2"' $'ab\nb' 'ab\nab\nb\n'
}

@test "while ends at the first event that fails its test" {
	gives 'while $1 != "c"' $'b 3\na 10\nb 3\nb 2' "$keys"
	gives 'while 0' '' "$keys"
	gives 'while 1' $'1\n2' '1\n2\n'
	gives 'seq 1 inf | while $0 < 4' $'1\n2\n3'
}

@test "until ends after the first event that passes its test" {
	gives 'until $1 == "c"' $'b 3\na 10\nb 3\nb 2\nc x' "$keys"
	gives 'until 1' 'b 3' "$keys"
	gives 'until 0' $'1\n2' '1\n2\n'
	gives 'seq 1 inf | until $0 == 3' $'1\n2\n3'
	run --separate-stderr spile 'until 1 / $0 == 1' <<<$'2\n0\n1\n3'
	assert_status 1
	assert_output $'2\n1'
	assert_stderr "spile: until: division by zero: '0'"
}

@test "skip until passes from the first event that passes its test" {
	gives 'skip until $1 == "c"' $'c x\na 10\na -1' "$keys"
	gives 'skip until 0' '' "$keys"
	gives 'skip until /2/ | map NR, $0' $'2\t2\n3\t1' '1\n2\n1\n'
	gives 'batch 2 | skip until $0 == 2' $'2\n3' '1\n2\n3\n'
}

@test "take -N gives the last N, skip -N all but these" {
	gives 'take -2' $'a 10\na -1' "$keys"
	gives 'skip -5' $'b 3\na 10' "$keys"
	gives 'take -9' $'1\n2' '1\n2\n'
	gives 'skip -9' '' '1\n2\n'
	gives 'take -0' '' '1\n2\n'
	gives 'skip -0' $'1\n2' '1\n2\n'
	gives 'take -2 | take 1 | map NR, $2' $'6\t10' "$keys"
	gives 'map $2, n=$1 | skip -6 | map $n, $1' $'b\t3' "$keys"
	gives 'map $2, n=$1 | take -1 | map $n, $1' $'a\t-1' "$keys"
}

@test "take -N and skip -N by key" {
	gives 'take -1 by $1' $'b 2\nc x\na -1' "$keys"
	gives 'take -2 by $1, $2' $'b 3\na 10\nb 3\nb 2\nc x\na 10\na -1' "$keys"
	gives 'skip -1 by $1' $'b 3\nb 3\na 10\na 10' "$keys"
}

@test "take -N and skip -N work on each batch" {
	gives 'batch 3 | take -1' $'3\n5' '1\n2\n3\n4\n5\n'
	gives 'batch 3 | skip -1' $'1\n2\n4' '1\n2\n3\n4\n5\n'
	gives 'batch 3 | take -1 by $0 % 2' $'2\n3\n4\n5' '1\n2\n3\n4\n5\n'
}

@test "take -N and skip -N are as tail and head" {
	seq 100000 | awk '{ print $0 * 7919 % 1000003, NR % 7 == 0 ? "" : "x" }' >in
	printf 'last' >>in
	for n in 1 3 1000 99999 200000; do
		for jobs in 1 2; do
			tail -n $n in >expected
			spile -j $jobs "take -$n" in >got
			same_bytes expected got
			spile -j $jobs "take -$n" < <(cat in) >got
			same_bytes expected got
			spile -j $jobs --stats "filter 1 | take -$n" in >got 2>/dev/null
			same_bytes expected got
			spile -j $jobs "take -$n | map NR, FNR, FILE, \$0" in >got
			awk -v OFS='\t' '{ print NR, FNR, FILENAME, $0 }' in | tail -n $n >expected
			same_bytes expected got
			spile -j $jobs "skip -$n" in >got
			head -n -$n in >expected
			same_bytes expected got
		done
	done
	spile -0 'take -1' < <(printf 'a\0b\nc\0') >got
	same_bytes <(printf 'b\nc\0') got
}

@test "mistakes of take and skip" {
	rejects 'skip' "spile: pipeline:1:1: 'skip' lacks its N: skip N, skip -N, or skip until EXPR
  skip
  ^~~~"
	rejects 'skip 2 until $0' "spile: pipeline:1:14: skip until EXPR takes neither N nor \`by\`
  skip 2 until \$0
               ^~"
}

@test "uniq drops neighbours that repeat, distinct all that do" {
	gives 'uniq' $'a\nb\na' 'a\na\nb\na\n'
	gives 'distinct' $'a\nb' 'a\na\nb\na\n'
	gives 'uniq by $1' $'b 3\na 10\nb 3\nc x\na 10' "$keys"
	gives 'distinct by $1' $'b 3\na 10\nc x' "$keys"
	gives 'uniq' $'\na' '\n\na\n'
}

@test "uniq count puts the number of neighbours first" {
	gives 'uniq count' $'2\ta\n1\tb\n1\ta' 'a\na\nb\na\n'
	gives 'uniq by $1 count' $'1\tb 3\n1\ta 10\n2\tb 3\n1\tc x\n2\ta 10' "$keys"
	gives 'uniq count by $1' $'1\tb 3\n1\ta 10\n2\tb 3\n1\tc x\n2\ta 10' "$keys"
	gives 'uniq count | $1 > 1 | map $2' 'a' 'a\na\nb\na\n'
	gives 'uniq count' '' ''
}

@test "1 and 1.0 and 01 are different keys" {
	gives 'distinct' $'1\n1.0\n01' '1\n1.0\n01\n1\n'
	gives 'uniq' $'1\n1.0\n01\n1' '1\n1.0\n01\n1\n'
}

@test "distinct passes the first at once" {
	mkfifo in out
	"$SPILE" distinct <in >out &
	exec 8>in 9<out
	echo a >&8
	IFS= read -r -t 10 line <&9
	same 'first event' a "$line"
	printf 'a\na\nb\n' >&8
	IFS= read -r -t 10 line <&9
	same 'second event' b "$line"
	exec 8>&-
	wait $!
}

@test "uniq passes the first of a run at once" {
	mkfifo in out
	"$SPILE" uniq <in >out &
	exec 8>in 9<out
	echo a >&8
	IFS= read -r -t 10 line <&9
	same 'first event' a "$line"
	exec 8>&-
	wait $!
}

@test "max_keys= fails loudly instead of filling memory" {
	run --separate-stderr spile 'distinct max_keys=2' < <(printf '%s\n' a b a c d)
	assert_stderr 'spile: distinct: more than 2 keys (max_keys=2)'
	assert_status 1
	gives 'distinct max_keys=2' $'a\nb' 'a\nb\na\n'
	for options in -j1 '-j1 --debug-block-bytes 1' '-j8 --debug-no-fuse'; do # and what came before is not lost
		# shellcheck disable=SC2086
		run --separate-stderr spile $options 'distinct max_keys=2' < <(printf '%s\n' a b a c d)
		assert_output $'a\nb'
		assert_status 1
	done
}

@test "a batch is one unit to take and skip" {
	gives 'seq 1 10 | batch 3 | take 2 | join ","' $'1,2,3\n4,5,6'
	gives 'seq 1 10 | batch 3 | skip 2 | join ","' $'7,8,9\n10'
	gives 'seq 1 10 | batch 3 | unbatch | take 4' $'1\n2\n3\n4'
	gives 'seq 1 inf | batch 3 | take 2 | join ","' $'1,2,3\n4,5,6'
}

@test "while, uniq and distinct keep batches together" {
	gives 'seq 1 9 | batch 4 | distinct by $0 % 6 | join "-"' $'1-2-3-4\n5-6'
	gives 'seq 1 9 | batch 2 | uniq by int($0 / 4) | join "-"' $'1\n4\n8'
	gives 'seq 1 9 | batch 2 | while $0 < 4 | join ","' $'1,2\n3'
	gives 'seq 1 inf | batch 2 | while $0 < 4 | join ","' $'1,2\n3'
}

@test "take, skip and while work behind the windows of an aggregate" {
	gives 'seq 1 20 | agg sum($0) every=5 | take 9' $'15\n40\n65\n90'
	gives 'seq 1 20 | agg sum($0) every=5 | take 2' $'15\n40'
	gives 'seq 1 inf | agg sum($0) every=5 | take 2' $'15\n40'
	gives 'seq 1 20 | agg sum($0) every=5 | skip 1' $'40\n65\n90'
	gives 'seq 1 inf | agg sum($0) every=5 | while $1 < 90' $'15\n40\n65'
	gives 'seq 1 20 | count every=7 | while 1 | map $1' "$(yes 1 | head -20)"
}

@test "filter before= after= context=: as grep -B -A -C" {
	local b a
	python3 -c 'import random; random.seed(6)
for i in range(20000): print(random.randint(0, 40), i)' >in
	for b in 0 1 3 20; do
		for a in 0 1 4; do
			grep -B "$b" -A "$a" '^7 ' in >want
			spile "/^7 / before=$b after=$a" in | same_bytes want -
			spile --max-event 1MiB "filter \$1 == 7 before=$b after=$a" in | same_bytes want -
		done
	done
	grep -C 2 '^7 ' in >want
	spile 'filter /^7 / context=2' in | same_bytes want -
	grep -C 2 -A 5 '^7 ' in >want
	spile '/^7 / context=2 after=5' in | same_bytes want -
	gives 'filter /b/ after=1' $'b\nc\n--\nb' 'a\nb\nc\nd\nb\n'
	gives 'filter /b/ before=2' $'b' 'b\na\n'
	gives 'filter /b/ context=3' '' 'a\nc\n'
}

@test "filter with context keeps columns; those of -- are empty" {
	gives 'map x=$1, y=NR | filter $x == "b" before=1 | map $y, $x' $'2\ta\n3\tb\n\t\n5\td\n6\tb' 'c\na\nb\na\nd\nb\n'
}
