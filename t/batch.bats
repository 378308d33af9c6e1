# Batches: batch join unbatch and what stages do with batches (DESIGN 2.4).
load helper

@test "batch N is complete at N events, the rest comes at the end" {
	gives 'seq 1 10 | batch 4 | join ","' $'1,2,3,4\n5,6,7,8\n9,10'
	gives 'seq 1 8 | batch 4 | join ","' $'1,2,3,4\n5,6,7,8'
	gives 'seq 1 3 | batch 1 | join ","' $'1\n2\n3'
	gives 'seq 1 3 | batch 100 | join ","' '1,2,3'
}

@test "a batch is never empty" {
	gives 'batch 3 | join ","' '' ''
	gives 'batch 1h | join ","' '' ''
	gives 'batch auto | agg count()' '' ''
	gives 'filter 0 | batch 3 | agg count()' '' 'a\n'
}

@test "batch bytes= is complete before it would be larger" {
	gives 'seq 1 10 | batch bytes=6 | join ","' $'1,2,3\n4,5,6\n7,8,9\n10'
	gives 'seq 1 10 | batch 2 bytes=6 | join ","' $'1,2\n3,4\n5,6\n7,8\n9,10'
	gives 'batch bytes=4 | join ","' $'aaaaaaaa\nb,c' 'aaaaaaaa\nb\nc\n'
}

@test "batch start= begins a batch before each event for which it is true" {
	gives 'seq 1 10 | batch start=$0%4==0 | join ","' $'1,2,3\n4,5,6,7\n8,9,10'
	gives 'seq 1 10 | batch 2 start=$0%4==0 | join ","' $'1,2\n3\n4,5\n6,7\n8,9\n10'
	gives 'batch start=/^ERR/ | join " "' $'x\nERR 1 a b\nERR 2' 'x\nERR 1\na\nb\nERR 2\n'
	gives 'seq 1 3 | batch start=1 | join ","' $'1\n2\n3'
	gives 'seq 1 3 | batch start=0 | join ","' '1,2,3'
}

@test "batch T is complete T after its first event, without further input" {
	mkfifo in out
	"$SPILE" 'batch 30ms | join ","' <in >out &
	exec 8>in 9<out
	printf 'a\nb\n' >&8
	IFS= read -r -t 10 line <&9
	same 'first batch' a,b "$line"
	echo c >&8
	IFS= read -r -t 10 line <&9
	same 'second batch' c "$line"
	exec 8>&-
	same 'the rest' '' "$(cat <&9)"
	wait $!
}

@test "batch N T: whichever comes first" {
	mkfifo in out
	"$SPILE" 'batch 2 1h | join ","' <in >out &
	exec 8>in 9<out
	printf 'a\nb\nc\n' >&8
	IFS= read -r -t 10 line <&9
	same 'full batch' a,b "$line"
	exec 8>&- # at the end the rest comes at once
	IFS= read -r -t 10 line <&9
	same 'the rest' c "$line"
	wait $!
}

@test "a batch is not held up by its size where it is complete" {
	mkfifo in out
	"$SPILE" 'batch 2 | map $0' <in >out &
	exec 8>in 9<out
	printf 'a\nb\nc\n' >&8
	IFS= read -r -t 10 line <&9
	IFS= read -r -t 10 line <&9
	same 'second line' b "$line"
	exec 8>&-
	wait $!
}

@test "batch auto costs no delay" {
	mkfifo in out
	"$SPILE" 'batch auto | join ","' <in >out &
	exec 8>in 9<out
	for word in a b c; do
		echo $word >&8
		IFS= read -r -t 10 line <&9
		same 'batch' $word "$line"
	done
	exec 8>&-
	wait $!
}

@test "batch auto N holds no more than N and loses nothing" {
	seq 5000 >in
	spile 'batch auto 7 | agg n=count()' in | awk '$1 > 7 {exit 1}'
	spile 'batch auto 7 | unbatch' in | same_bytes in -
	spile 'batch auto' in | same_bytes in -
}

@test "join makes one event of a batch" {
	gives 'seq 1 3 | batch 2 | join ""' $'12\n3'
	gives 'seq 1 3 | batch 2 | join "\n"' $'1\n2\n3'
	gives 'seq 1 3 | batch 2 | join "\n" | map "<$0>"' $'<1\n2>\n<3>'
	gives 'seq 1 5 | batch 2 | join "," | batch 2 | join ";"' $'1,2;3,4\n5'
	gives 'map $2, $1 | batch 2 | join ";"' $'b\ta;d\tc' 'a b\nc d\n'
}

@test "unbatch gives events one by one" {
	gives 'seq 1 5 | batch 2 | unbatch | batch 3 | join ","' $'1,2,3\n4,5'
	gives 'seq 1 5 | batch 2 | filter $0 > 1 | unbatch | take 2' $'2\n3'
}

@test "sinks write the events of a batch" {
	gives 'seq 1 5 | batch 2' $'1\n2\n3\n4\n5'
	spile 'seq 1 5 | batch 2 | write out'
	seq 5 | same_bytes - out
	printf 'a\nb' | spile 'batch 5' >got
	printf 'a\nb' | same_bytes - got
}

@test "a batch goes to standard output in one write" {
	need strace
	skip_if_sanitized
	strace -f -e trace=write -e write=none -o log "$SPILE" 'seq 1 6 | batch 3' >out </dev/null
	seq 6 | same_bytes - out
	same 'writes that split a batch' '' "$(grep 'write(1,' log | grep -vE '"(([0-9]\\n){3})+"' || true)"
}

@test "every= on a batch is an error before anything runs" {
	run --separate-stderr spile 'seq 1 9 | batch 3 | count every=2 | write out' </dev/null
	assert_status 2
	[ ! -e out ]
	same 'first line' "spile: pipeline:1:27: every= on a batch: each batch gives its results already" "${stderr%%$'\n'*}"
}

@test "large batches are whole" {
	seq 300000 >in
	same 'sums' 45000150000 "$(spile 'batch 300000 | agg sum($0)' in)"
	spile 'batch 100000 | join ","' in >got
	paste -sd, < <(head -100000 in) | cat - <(sed -n 100001,200000p in | paste -sd,) <(tail -100000 in | paste -sd,) | same_bytes - got
	same 'batch of bytes' 45000150000 "$(spile 'batch bytes=100MiB | agg sum($0)' in)"
}

@test "batch end=EXPR: an event for which it is true is the last of its batch" {
	gives 'seq 7 | batch end=$0%3==0 | join ","' $'1,2,3\n4,5,6\n7'
	gives 'seq 7 | batch 2 end=$0%3==0 | join ","' $'1,2\n3\n4,5\n6\n7'
	gives 'batch end=/;$/ | join " "' $'a b;\nc;\nd' 'a\nb;\nc;\nd\n'
	gives 'batch end=/b/ start=/c/ | join ""' $'ab\na\ncb' 'a\nb\na\nc\nb\n'
	gives 'batch end=1 | join ","' ''
}

@test "batch all is the whole input" {
	gives 'seq 5 | batch all | join ","' 1,2,3,4,5
	gives 'batch all | join ","' ''
	seq 200000 >in
	paste -s -d, in >want
	spile 'batch all | join ","' in | same_bytes want -
}
