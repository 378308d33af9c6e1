# Aggregates: count agg top bottom, windows (DESIGN 2.4).
load helper

keys='b 3\na 10\nb 3\nb 2\nc 7\na 10\na -1\n'

@test "count: how many of each, largest first, ties in byte order" {
	gives 'count' $'2\ta 10\n2\tb 3\n1\ta -1\n1\tb 2\n1\tc 7' "$keys"
	gives 'count by $1' $'3\ta\n3\tb\n1\tc' "$keys"
	gives 'count by $1, $2 | take 2' $'2\ta\t10\n2\tb\t3' "$keys"
	gives 'count' $'1\tB\n1\ta\n1\t\xc3\xa9' '\xc3\xa9\na\nB\n'
}

@test "order=key orders results by key in byte order" {
	gives 'count order=key' $'1\ta -1\n2\ta 10\n1\tb 2\n2\tb 3\n1\tc 7' "$keys"
	gives 'agg max($2) by $1 order=key' $'10\ta\n3\tb\n7\tc' "$keys"
	gives 'count by $2 order=key | map $2' $'-1\n10\n2\n3\n7' "$keys"
}

@test "count of nothing is nothing, agg of nothing is one result" {
	gives 'count' '' ''
	gives 'count by $1' '' ''
	gives 'agg count()' 0 ''
	gives 'agg n=count(), s=sum($1) | map "$n $s"' '0 0' ''
	gives 'agg sum($1) by $2' '' ''
	gives 'top 3' '' ''
}

@test "count gives \$count, keys keep their names or are \$key, \$key2" {
	gives 'count by $1, $2 | take 1 | map "$key2 $key $count"' '10 a 2' "$keys"
	gives 'map k=$1 | count by $k | map "$k $count"' $'a 3\nb 3\nc 1' "$keys"
}

@test "agg has all its functions" {
	gives 'agg count(), sum($2), min($2), max($2), first($2), last($2), distinct($2)' $'7\t34\t-1\t10\t3\t-1\t5' "$keys"
	gives 'agg mean($2)' 4.85714285714286 "$keys"
	gives 'agg list($1, "+")' 'b+a+b+b+c+a+a' "$keys"
	gives 'agg list($2, "") by $1' $'31010-1\ta' 'a 3\na 10\na 10\na -1\n'
	gives 'seq 1 100 | agg p50($0), p90($0), p95($0), p99($0)' $'50\t90\t95\t99'
	gives 'agg sum($2 * 2) by $1 | map "$2=$1"' $'a=38\nb=16\nc=14' "$keys"
}

@test "agg by key: values, then keys; largest first by the first value" {
	gives 'agg s=sum($2), n=count() by $1' $'19\t3\ta\n8\t3\tb\n7\t1\tc' "$keys"
	gives 'agg n=count(), s=sum($2) by $1' $'3\t19\ta\n3\t8\tb\n1\t7\tc' "$keys"
	gives 'agg min($2) by $1' $'7\tc\n2\tb\n-1\ta' "$keys"
	gives 'agg first($1) by $2 | map $1' $'c\nb\nb\na\na' "$keys"
}

@test "numbers rank by value and below text" {
	gives 'top 9 $0' $'b\na\n10\n9\n1.5\n-1' '9\n10\na\n-1\nb\n1.5\n'
	gives 'bottom 9 $0' $'-1\n1.5\n9\n10\na\nb' '9\n10\na\n-1\nb\n1.5\n'
	gives 'agg min($0), max($0)' $'-1\tb' '9\n10\na\n-1\nb\n1.5\n'
	gives 'agg min($0), max($0)' $'9\t10' '9\n10\n'
	gives 'top 3 $0' $'1e3\n999\n99' '99\n1e3\n999\n'
}

@test "top and bottom: the largest and smallest, ties by input order" {
	gives 'top 2 $2' $'a 10\na 10' "$keys"
	gives 'bottom 2 $2' $'a -1\nb 2' "$keys"
	gives 'top 3 $1' $'3 x\n3 y\n2 b' '1 a\n3 x\n2 b\n3 y\n2 c\n'
	gives 'bottom 4 $1' $'1 a\n2 b\n2 c\n3 x' '1 a\n3 x\n2 b\n3 y\n2 c\n'
	gives 'top 2' $'3 x\n3 y' '1 a\n3 x\n2 b\n3 y\n2 c\n'
	gives 'top 2 length($0)' $'ccc\nbb' 'a\nbb\nccc\ndd\n'
}

@test "top by key: N of each" {
	# no order among the keys is promised
	run --separate-stderr spile 'top 1 $2 by $1' < <(printf '%b' "$keys")
	assert_status 0
	same events $'a 10\nb 3\nc 7' "$(sort <<<"$output")"
	run --separate-stderr spile 'top 2 $2 by $1' < <(printf '%b' "$keys")
	same events $'a 10\na 10\nb 3\nb 3\nc 7' "$(sort <<<"$output")"
}

@test "top keeps the fields and names of its events" {
	gives 'map k=$1, v=$2 | top 1 $v | map "$v/$k"' '10/a' "$keys"
	gives 'count by $1 | top 1 | map "$count $key"' '3 a' "$keys"
}

@test "running: every event passes, with the values so far" {
	gives 'agg n=count() by $1 running | map $n, $0' "$(printf '%s\n' b a b b c a a | awk '{print ++n[$1]}' >n
		spile 'agg n=count() by $1 running | map $n, $0' < <(printf '%b' "$keys"))" "$keys"
	gives 'agg s=sum($0) running | map $s' $'1\n3\n6\n10' '1\n2\n3\n4\n'
	gives 'agg s=sum($0), m=max($0) by $0 % 2 running | map "$s $m"' $'1 1\n2 2\n4 3\n6 4' '1\n2\n3\n4\n'
}

@test "running comes out event by event" {
	mkfifo in out
	"$SPILE" 'agg s=sum($0) running | map $s' <in >out &
	exec 8>in 9<out
	for i in 1 3 6 10; do
		echo $((++n)) >&8
		IFS= read -r -t 10 line <&9
		same "sum of $n" $i "$line"
	done
	exec 8>&-
	wait $!
}

@test "every=N gives a batch of results for each N events, the rest at the end" {
	gives 'seq 1 7 | agg sum($0) every=3' $'6\n15\n7'
	gives 'seq 1 6 | agg sum($0) every=3' $'6\n15'
	gives 'seq 1 7 | count by $0 % 2 every=4 | join ";"' $'2\t0;2\t1\n2\t1;1\t0'
	gives 'seq 1 4 | count every=1 | map $2' $'1\n2\n3\n4'
	gives 'seq 1 1000000 | count by $1 % 3 every=100000 | top 1' "$(seq 1 1000000 |
		awk '{n[$1%3]++} NR%100000==0{b=-1; for(k=0;k<3;k++) if(n[k]>b){b=n[k];w=k}; print b"\t"w; delete n}')"
	gives 'count every=3' '' ''
}

@test "\$window is the start of the window" {
	gives 'seq 1 5 | agg count() every=2 | map $window' $'1\n3\n5'
}

@test "a batch of results is one unit to what follows" {
	gives 'seq 1 6 | count every=2 | take 1' $'1\t1\n1\t2'
	gives 'seq 1 6 | agg sum($0) every=2 | unbatch | agg sum($1)' 21
	gives 'seq 1 6 | agg s=sum($0) every=2 | agg max($s)' $'3\n7\n11'
}

@test "a time window gives its results without further input, and none where nothing came" {
	mkfifo in out
	"$SPILE" 'agg sum($0) every=20ms' <in >out &
	exec 8>in 9<out
	printf '1\n2\n' >&8
	sum=0
	while [ $sum -lt 3 ]; do # both may fall into one window or into two
		IFS= read -r -t 10 line <&9
		[ "$line" -gt 0 ]
		sum=$((sum + line))
	done
	same sum 3 $sum
	exec 8>&-
	same 'the rest' '' "$(cat <&9)"
	wait $!
}

@test "a time window that is not over comes out at the end of input at once" {
	SPILE_TIMEOUT=20 gives 'count every=24h' $'2\ta\n1\tb' 'a\nb\na\n'
}

@test "hundreds of thousands of keys on several threads: as sort and uniq count them" {
	awk 'BEGIN { for (i = 0; i < 700000; i++) printf "%d %s\n", i * 7919 % 300007, i % 3 ? "" : "a longer key than others" }' \
		>in
	LC_ALL=C sort in | uniq -c | LC_ALL=C sort -k1,1nr -s | sed -E 's/^ +([0-9]+) /\1\t/' >by_value
	LC_ALL=C sort -s -t "$(printf '\t')" -k2 by_value >by_key
	for threads in 1 2 5; do
		spile --debug-threads $threads count in | cmp - by_value
		spile --debug-threads $threads 'count order=key' in | cmp - by_key
		spile --debug-threads $threads 'count | take 3' in | cmp - <(head -3 by_value)
		spile --debug-threads $threads 'agg count() by $0' in | cmp - by_value
	done
}

@test "max_keys=N fails loudly" {
	for stage in count 'count by $1' 'agg count() by $0' 'top 1 $0 by $0'; do
		run --separate-stderr spile "$stage max_keys=2" < <(printf '%s\n' a b a c)
		assert_stderr "spile: ${stage%% *}: more than 2 keys (max_keys=2)"
		assert_output ''
		assert_status 1
	done
	gives 'count max_keys=2' $'2\ta\n1\tb' 'a\nb\na\n'
}

@test "sums of integers are exact, over 2^53 too" {
	gives 'seq 9007199254740993 9007199254740995 | agg sum($0)' 27021597764222982
	gives 'agg sum($0)' 9223372036854775807 '9223372036854775806\n1\n'
	gives 'agg sum($0)' 1 '9223372036854775807\n-9223372036854775807\n1\n'
	gives 'agg sum($0)' 1 '9223372036854775807\n9223372036854775807\n-9223372036854775807\n-9223372036854775807\n1\n'
}

@test "sums of fractions are compensated: they do not depend on the order" {
	gives 'agg sum($0)' 1 '1e100\n1\n-1e100\n'
	for _ in {1..1000}; do echo 0.1; done >tenths
	gives 'agg sum($0)' 100 "$(cat tenths)\n"
	gives 'agg mean($0)' 0.1 "$(cat tenths)\n"
}

@test "percentiles are the nearest rank" {
	gives 'agg p50($0)' 2 '1\n2\n3\n'
	gives 'agg p50($0)' 2 '1\n2\n3\n4\n'
	gives 'agg p99($0), p50($0)' $'7\t7' '7\n'
	gives 'agg p90($0)' 9 "$(seq 10 | sort -R --random-source=/dev/zero)\n"
}

@test "percentiles of very many values are within a hundredth" {
	seq 1000000 >in
	spile 'agg p50($0), p90($0), p99($0)' in >got
	awk '{ok = $1>495000&&$1<505000 && $2>891000&&$2<909000 && $3>980100&&$3<999900; exit !ok}' got
	spile -j1 'agg p50($0), p90($0), p99($0)' in | same_bytes - got
	sort -R --random-source=in in | spile -j8 'agg p50($0), p90($0), p99($0)' | same_bytes - got
}

@test "an aggregate runs once for each batch and gives a batch" {
	gives 'seq 1 100 | batch 7 | agg s=sum($0) | map s=$s' "$(seq 100 | awk '{s+=$1} NR%7==0{print s;s=0} END{print s}')"
	gives 'seq 1 5 | batch 3 | count by $0 % 2 | join ";"' $'2\t1;1\t0\n1\t0;1\t1'
	gives 'seq 1 5 | batch 3 | top 1 | join ";"' $'3\n5'
	gives 'seq 1 5 | batch 3 | bottom 2 | join ";"' $'1;2\n4;5'
	gives 'seq 1 5 | batch 3 | agg n=count() running | map $n' $'1\n2\n3\n1\n2'
}

@test "an aggregate follows an aggregate" {
	gives 'count by $1 | count by $count' $'2\t3\n1\t1' "$keys"
	gives 'count by $1 | agg sum($count), max($key)' $'7\tc' "$keys"
	gives 'top 3 $2 | agg sum($2)' 27 "$keys"
}

@test "top without EXPR ranks by \$1, or by \$0 where events have no fields" {
	gives 'match /\d+/ | top 1' '7' '7\n'
	gives 'match /\d+/ | top 2' $'9\n8' '3 9 4 8\n'
	gives 'match /\d+/ | bottom 2' $'3\n4' '3 9 4 8\n'
	gives 'match /\d+/ | top 1 by $0 % 2' $'9\n8' '3 9 4 8\n'
	gives 'match /\d+/ | top 1 every=2' $'9\n8' '3 9 4 8\n'
	gives 'match /(\d)\d/ | top 1' '93' '39 93 48\n'
}

@test "no stage crashes on what is not written, whatever comes in" {
	local stage before arg status
	while read -r stage _; do
		for before in 'match /\d+/' 'match /\d+/ | batch 2' 'map $1, a=$2'; do
			for arg in '' ' 1' ' 1 every=2' ' /7/' ' { map $0 }' ' 2 { map $0 }' ' 7 by $0'; do
				status=0
				"$SPILE" --explain --timeout 1s "$before | $stage$arg" >out 2>&1 || status=$?
				[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || {
					echo "status $status: '$before | $stage$arg'" >&2
					return 1
				}
			done
		done
	done < <(spile --list-stages)
}

@test "aggregates of numbers skip empty values; arithmetic on them fails the event" {
	local f
	printf 'a,4\na,\nb,\na,6\n' >f
	run --separate-stderr spile -F , 'agg sum($2), mean($2), min($2), max($2), p50($2), p99($2), count() by $1 order=key' f
	assert_stderr ''
	assert_output $'10,5,4,6,4,6,3,a\n0,,,,,,1,b'
	for f in sum mean min max p50 p90 p95 p99; do # a field, a column, a computed value; running; on two threads
		same "$f" "$(grep , f | grep -v ',$' | spile -F , "agg $f(\$2)")" "$(spile -F , "agg $f(\$2)" f)"
		same "$f of a column" "$(spile -F , "agg $f(\$2)" f)" "$(spile -F , "map x=\$2 | agg $f(\$x)" f)"
		same "$f of a value" "$(spile -F , "agg $f(\$2)" f)" "$(spile -F , "agg $f(substr(\$2, 1, 9))" f)"
		same "$f running" "$(spile -F , "agg $f(\$2)" f)" "$(spile -F , "agg $f(\$2) running" f | tail -n 1)"
	done
	run --separate-stderr spile -F , 'agg sum($2 * 2), count()' f
	assert_stderr "spile: agg: '' is not a number: 'a,'
spile: agg: '' is not a number: 'b,'"
	assert_output '20,2'
	assert_status 1
}

@test "sums and means overflow only if the result does" {
	gives 'agg sum($1), mean($1)' $'inf\t1e+308' '1e308\n1e308\n'
	gives 'agg sum($1), mean($1), p50($1)' $'-1e+308\t-3.33333333333333e+307\t-1e+308' '1e308\n-1e308\n-1e308\n'
	gives 'agg mean($1)' '1.79769313486232e+308' '1.7976931348623157e308\n1.7976931348623157e308\n1.7976931348623157e308\n'
	gives 'agg mean($1) running' $'1e+308\n1e+308' '1e308\n1e308\n'
	gives 'seq 1 9000 | map 10 ** 308 | agg p50($1)' '1e+308'
}

@test "quartiles, and the median, by nearest rank" {
	gives 'seq 101 | agg p10($0), p25($0), median($0), p75($0)' $'11\t26\t51\t76'
	gives 'seq 4 | agg m=median($0) by $0 % 2 | map $m, $key' $'2\t0\n1\t1'
}

@test "agg has percentiles of any number" {
	local p
	gives 'seq 1000 | agg p33($0), p99.9($0), x=p0.05($0), p100($0), p0.1($0)' $'330\t999\t1\t1000\t1'
	for p in 1 2.5 33.3333 66.6667 99.99; do # by nearest rank, as whole numbers reckon it
		same "p$p" "$(python3 -c "print(-(-3000 * round($p * 10000) // 1000000))")" "$(spile "seq 3000 | agg p$p(\$0)")"
	done
	gives 'seq 9 | agg p25($0), p75($0), x=p25($0)' $'3\t7\t3'
	for p in p0 p101 p1.23456 p100.1 p; do
		run --separate-stderr spile "agg $p(\$0)" </dev/null
		assert_status 2
		[[ $stderr == "spile: pipeline:1:5: unknown function 'p"* ]]
	done
}

@test "agg: var and stddev of a sample, exact where values lie far from 0" {
	gives 'agg var($1), stddev($1)' $'4.57142857142857\t2.1380899352994' '2\n4\n4\n4\n5\n5\n7\n9\n'
	gives 'agg var($1), stddev($1)' $'\t' '7\n'
	gives 'agg var($1), stddev($1)' $'1\t1' '1000000000000001\n1000000000000002\n1000000000000003\n'
	python3 -c 'import random; random.seed(3)
for i in range(20000): print(random.gauss(1e9, 1e-3))' >in
	spile 'agg var($0)' in >got
	spile -j1 'agg var($0)' in | same_bytes - got
	sort -R --random-source=in in | spile -j4 'agg var($0)' | same_bytes - got
	python3 -c 'import fractions as f, sys
x = [f.Fraction(float(l)) for l in open("in")]
m = sum(x) / len(x)
v = float(sum((y - m) ** 2 for y in x) / (len(x) - 1))
assert abs(float(open("got").read()) - v) < 1e-13 * v'
}

@test "agg: mode is the most frequent value, of equals the first" {
	gives 'agg mode($1), mode($2)' $'b\t3' 'b 3\na 10\nb 3\na 10\n'
	gives 'agg mode($1)' '' ''
	gives 'agg mode($1) running' $'x\nx\ny' 'x\ny\ny\n'
	python3 -c 'import random; random.seed(4)
for i in range(30000): print(random.choice("abc"), random.randint(1, 2000))' >in
	python3 -c 'import collections
for k in "abc":
    print(collections.Counter(l.split()[1] for l in open("in") if l[0] == k).most_common(1)[0][0], k, sep="\t")' >want
	spile -j1 'agg mode($2) by $1 order=key' in | same_bytes - want
	spile -j4 'agg mode($2) by $1 order=key' in | same_bytes - want
}

@test "agg: argmin and argmax give the text of the event with the best value" {
	gives 'agg argmin($1, $2), argmax($1, $2)' $'a\tc' 'a 1\nb 1\nc 9\nd 9\ne\n'
	gives 'agg argmax("$1$2", -$2) by $1 order=key' $'a1\ta\nb4\tb' 'a 1\na 2\nb 5\nb 4\n'
	gives 'seq 100000 | agg argmax($0, $0 % 1000), argmin($0, -$0)' $'999\t100000'
	rejects 'agg argmax($1)' "spile: pipeline:1:5: 'argmax' takes 2 arguments, not 1
  agg argmax(\$1)
      ^~~~~~"
}

@test "by NAME=EXPR names a key" {
	gives 'count by m=$1 | map $m, $count' $'b\t2\na\t1' 'b 1\na 2\nb 3\n'
	gives 'agg s=sum($2) by m=$1, n=NF order=key | map $n, $m, $s' $'2\ta\t2\n2\tb\t4' 'b 1\na 2\nb 3\n'
	rejects 'agg m=sum($1) by m=$2' "spile: pipeline:1:1: two columns would be called 'm'
  agg m=sum(\$1) by m=\$2
  ^~~"
	rejects 'count by m=$1, m=$2' "spile: pipeline:1:16: 'm' is set twice
  count by m=\$1, m=\$2
                 ^"
}

@test "agg calls a value as it is written where it has no NAME=" {
	printf 'service,ms\na,3\nb,5\na,4\n' > t.csv
	gives 'csv | agg n=count(), p99($ms) by $service | to json' $'{"n":2,"p99($ms)":4,"service":"a"}\n{"n":1,"p99($ms)":5,"service":"b"}' "$(cat t.csv)\n"
	gives 'csv | agg max( $ms ) by upper($service) | to csv' $'max( $ms ),key\n5,B\n4,A' "$(cat t.csv)\n"
	gives 'csv | agg list($ms, "+") by $service | to csv' $'"list($ms, ""+"")",service\n3+4,a\n5,b' "$(cat t.csv)\n"
	gives 'json | agg sum($a.b) by $a.k | to json' $'{"sum($a.b)":3,"k":"x"}\n{"sum($a.b)":1,"k":"y"}' '{"a":{"b":3,"k":"x"}}\n{"a":{"b":1,"k":"y"}}\n'
	gives 'agg p99.9($1), max($1) | to json' '{"p99.9($1)":2,"max($1)":2}' '1\n2\n'
	gives 'agg sum($1) | to tsv' $'sum($1)\n3' '1\n2\n'
	gives 'agg count($1 > 1) running | set twice=$1 * 2 | to json' $'{"count($1 > 1)":0,"twice":0}\n{"count($1 > 1)":1,"twice":2}' '1\n2\n'
}

@test "agg to csv is what python's csv module gives" {
	seq 300 | awk 'BEGIN { print "service,ms" } { printf "s%d,%d\n", $1 * 7 % 11, $1 * 37 % 101 }' > t.csv
	python3 - > want <<-'EOF'
		import csv, sys
		groups = {}
		for row in csv.DictReader(open("t.csv")):
		    groups.setdefault(row["service"], []).append(int(row["ms"]))
		out = csv.writer(sys.stdout, lineterminator="\n")
		out.writerow(["n", "sum($ms)", "max($ms)", "service"])
		for key in sorted(groups):
		    out.writerow([len(groups[key]), sum(groups[key]), max(groups[key]), key])
	EOF
	spile 'csv | agg n=count(), sum($ms), max($ms) by $service order=key | to csv' t.csv > got
	cmp got want
}

@test "two columns of agg of one name are an error that asks for NAME=" {
	run --separate-stderr spile 'agg count(), sum($1), count()' /dev/null
	[ "$status" -eq 2 ]
	[ "${stderr_lines[0]}" = "spile: pipeline:1:5: two columns are called 'count()': give one another name, NAME=count()" ]
	gives 'agg count(), n=count()' $'2\t2' 'a\nb\n'
}
