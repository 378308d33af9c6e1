# Fields and names (DESIGN 2.2): -F, --ofs, $1 $-1 $NF, names through stages, NR FNR FILE NF, -v.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# with OPTIONS... PIPELINE EXPECTED INPUT: like gives, with options.
with() {
	local n=$(($# - 2))
	run --separate-stderr spile "${@:1:n}" < <(printf '%b' "${!#}")
	n=$((n + 1))
	assert_stderr ''
	assert_status 0
	assert_output "${!n}"
}

# fails PIPELINE MESSAGE INPUT: no output, status 1.
fails() {
	run --separate-stderr spile "$1" < <(printf '%b' "$3")
	assert_stderr "$2"
	assert_output ''
	assert_status 1
}

# wrong PIPELINE: as rejects, with what is expected on standard input.
wrong() { rejects "$1" "$(cat)"; }

# ---- positions ----

@test "\$0 is the whole event, as it came" {
	gives 'map $0' $'  a\t b ' '  a\t b \n'
	gives '$0 == "a  b"' 'a  b' 'a  b\na b\n'
}

@test "\$1 to \$NF count from the start, \$-1 from the end, what is not there is empty" {
	gives 'map $1, $3, $NF, $-1, $-3' $'a\tc\tc\tc\ta' 'a b c\n'
	gives 'map "[$4][$-4][$99][$-99]"' '[][][][]' 'a b c\n'
	gives 'map "[$1][$NF][$-1]$0"' '[][][]' '\n'
	gives 'map $10, $11' $'j\tk' 'a b c d e f g h i j k\n'
	gives 'map $010' j 'a b c d e f g h i j k\n'
}

@test "fields are the runs between spaces, tabs and newlines, as in awk" {
	printf '%b' 'a b\n  lead\n\ttab\t two \n\n \nx\vy\fz\r q\na\tb  c\n' >in
	awk '{ print NF; for (i = 1; i <= NF; i++) print "[" $i "]" }' in >expected
	spile 'map NF, "[$1]", "[$2]", "[$3]"' in | spile -F '\t' 'split "\t" | $0 != "[]"' >got
	same_bytes expected got
	gives 'batch 2 | join "\n" | map $2, NF' $'b\t3' 'a b\nc\n'
}

@test "a range is the fields from one to another that are there, forwards or backwards, as in awk" {
	printf 'a b c d e\nx\n\n1 2 3\n10 9 8 7 6 5 4 3 2 1 0 -1\n' >in
	local range from to step
	while read -r range from to step; do
		awk -v OFS='\t' '{ n = 0; line = ""; from = '"$from"'; to = '"$to"'; step = '"$step"'
			low = step > 0 ? from : to; high = step > 0 ? to : from
			if (low < 1) low = 1
			if (high > NF) high = NF
			for (i = step > 0 ? low : high; i >= low && i <= high; i += step)
				line = line (n++ ? OFS : "") $i
			print line }' in >expected
		spile "map $range" in >got
		same_bytes expected got
		spile "map $range | map join(\"\\t\", \$1..)" in >got
		same_bytes expected got
	done <<-'X'
		$2.. 2 NF 1
		$2..$NF 2 NF 1
		$1..$3 1 3 1
		$3..$1 3 1 -1
		$-2.. NF-1 NF 1
		$-4..$-2 NF-3 NF-1 1
		$-1..$-3 NF NF-2 -1
		$NF..$1 NF 1 -1
		$NF..$3 NF 3 -1
		$2..$-2 2 NF-1 1
		$7..$9 7 9 1
	X
}

@test "a range of made columns is by place or by name, and keeps names" {
	gives 'map a=$1, b=$2, c=$3, d=$4 | map $b.. | map $d, $1, $b, NF' $'4\t2\t2\t3' '1 2 3 4\n'
	gives 'map a=$1, b=$2, c=$3, d=$4 | map $c..$a | map $a, NF, $1' $'1\t3\t3' '1 2 3 4\n'
	gives 'map a=$1, b=$2, c=$3 | map $b..$9' $'2\t3' '1 2 3 4\n'
	gives 'map a=$1, $2.. | map $a, NF, $2 | map $a' $'1\nx' '1 2 3 4\nx\n'
	gives 'map $2.., a=$1 | map $a, $-1, NF' $'1\t1\t4\nx\tx\t2' '1 2 3 4\nx\n'
	gives 'set $4=$1 | map a=$1, $2.. | set b=1 | map $a..$b, "|", $b..$a' $'1\t2\t\t1\t1\t|\t1\t1\t\t2\t1' '1 2\n'
	with --ofs , 'count by $2..$3' $'2,b,c\n1,' 'a b c d\nx b c\ny\n'
	with -F , --ofs , 'map $2..' $'b,,d\n,' 'a,b,,d\n,,\n'
}

@test "functions of several values take ranges, and skip what is empty" {
	with -F , 'map sum($1..), mean($1..), min($1..), max($1..), join("-", $1..)' \
		$'6,3,2,4,2--4\n0,,,,\n10.5,5.25,-1,11.5,-1-11.5' '2,,4\n\n-1,11.5\n'
	gives 'map sum($2.., 100, $1), join("", "<", $1.., ">")' $'106\t<123>' '1 2 3\n'
	fails 'map sum($1..)' "spile: map: 'x' is not a number: '1 x'" '1 x\n'
	gives 'map join(",", $1, "b", 3)' a,b,3 'a\n'
	gives 'map sum(1, 2.5), mean(1, 2), sum("")' $'3.5\t1.5\t0' 'a\n'
}

@test "sum over a range is awk's over a loop" {
	awk 'BEGIN { srand(5); for (i = 0; i < 2000; i++) { n = int(rand() * 9); s = ""; for (k = 0; k < n; k++) s = s " " int(rand() * 2000 - 1000); print s } }' >in
	awk '{ s = 0; for (i = 2; i <= NF; i++) s += $i; print s }' in >expected
	spile 'map sum($2..)' in >got
	same_bytes expected got
}

@test "set changes each field of a range, \$_ is the one at hand" {
	gives 'set $2..=abs($_)' $'-1\t2\t3\n-5' '-1 -2 3\n-5\n'
	gives 'set $1..="$_$NF" | map $2' $'bc\nxx' 'a b c\nx x\n'
	gives 'set $2..$3=$_ * 10, $1=0' $'0\t20\t30\t4\n0' '1 2 3 4\n1\n'
	gives 'map a=$1, b=$2, c=$3 | set $b..=upper($_) | map $c, $1, $b' $'C\ta\tB' 'a b c\n'
	gives 'set $2=7 | set $1..="<$_>"' $'<a>\t<7>\t<c>' 'a b c\n'
	gives 'set $1=7, $1..="<$_>"' '<a>' 'a\n'
	gives 'set $NF=9, $-2=8' $'a\t8\t9' 'a b c\n'
	gives 'set $5="e" | map $5, NF' $'e\t5' 'a b\n'
}

@test "two columns of one name are an error that asks for another" {
	wrong 'map x=$1 | map $x, 2, $x' <<-'X'
		spile: pipeline:1:16: two columns are called 'x': give one another name, NAME=EXPR
		  map x=$1 | map $x, 2, $x
		                 ^~~~~~~~~
	X
}

@test "what a range may not be" {
	wrong 'map $2..5' <<-'X'
		spile: pipeline:1:5: a range ends with a field, as it begins
		  map $2..5
		      ^~~~~ did you mean '$2..$5'?
	X
	wrong '$2.. == 1' <<-'X'
		spile: pipeline:1:1: a range of fields is no single value
		  $2.. == 1
		  ^~~~ one text of them is join(" ", $2..); ranges stand in lists: map $2.., set $2..=EXPR, by $1..$2
	X
	wrong 'map x=$2..' <<-'X'
		spile: pipeline:1:5: a name is for one value, not for a range of fields
		  map x=$2..
		      ^ one text of them is join(" ", $2..)
	X
	wrong 'map $0..' <<-'X'
		spile: pipeline:1:5: $0 is the whole event: ranges are of fields from $1 on
		  map $0..
		      ^~
	X
	wrong 'parse /(?<x>.)/ | map $x..' <<-'X'
		spile: pipeline:1:23: '$x' is no column, so it has no place in a range
		  parse /(?<x>.)/ | map $x..
		                        ^~
	X
	wrong 'map $_' <<-'X'
		spile: pipeline:1:5: no stage before this one defines '$_'
		  map $_
		      ^~ '$_' is the field at hand in set $1..=EXPR
	X
}

@test "-F with one character counts empty fields" {
	with -F , 'map NF, "[$1][$2][$3][$4]"' $'3,[][][][]\n0,[][][][]\n2,[a][][][]\n4,[][b][][c]' ',,\n\na,\n,b,,c\n'
	with -F: 'map $2' b 'a:b:c\n'
	with -F '|' 'map $2' b 'a|b|c\n'
	with -F . 'map $2' b 'a.b.c\n'
	with -F / 'map $2' b 'a/b/c\n'
}

@test "-F takes a string with escapes" {
	with -F '\t' 'map $2' 'b c' 'a\tb c\td\n'
	with -F :: 'map $2, $3' $'b\t:c' 'a::b:::c\n'
	with -F '\x2c' 'map $2' b 'a,b\n'
	with -F '\\' 'map $2' b 'a\\b\n'
	with -F '\u{2c}' 'map $2' b 'a,b\n'
	with -F '\$' 'map $2' b 'a$b\n'
	with -F '\"' 'map $2' b 'a"b\n'
	with -F ' - ' 'map $2' b 'a - b\n'
}

@test "a lone backslash after -F is a character as any other" {
	with -F '\' 'map $2, $1' 'b\a' 'a\\b\n'
}

@test "-F between slashes is a regular expression" {
	with -F '/[,;]+/' 'map $1, $3, NF' $'a\tc\t3' 'a,;b;c\n'
	with -F '/\d/' 'map NF, "[$2]"' $'3\t[]' 'a12b\n'
	with -F '/, */' 'map $2' b 'a,  b\n'
	with -F '/\//' 'map $2' b 'a/b\n'
}

@test "--ofs joins fields; by default it is a one-character -F, else a tab" {
	with --ofs , 'map $2, $1' b,a 'a b\n'
	with --ofs ', ' 'map $2, $1 | map "<$0>"' '<b, a>' 'a b\n'
	with --ofs '' 'map $2, $1' ba 'a b\n'
	with --ofs '\n' 'map $2, $1' $'b\na' 'a b\n'
	with --ofs= 'map $2, $1' ba 'a b\n'
	with -F , 'map $2, $1' b,a 'a,b\n'
	with -F '\x2c' 'map $2, $1' b,a 'a,b\n'
	with -F :: 'map $2, $1' $'b\ta' 'a::b\n'
	with -F /,/ 'map $2, $1' $'b\ta' 'a,b\n'
	with -F , --ofs : 'map $2, $1' b:a 'a,b\n'
	with -F , 'count' 2,a 'a\na\n'
	gives 'map $2, $1' $'b\ta' 'a b\n'
}

@test "a character of several bytes is one character for -F and --ofs" {
	with -F € 'map $2' b 'a€b\n'
	with -F € 'map $2, $1' b€a 'a€b\n'
}

# ---- where positional fields come from ----

@test "positional fields of a single map, of filters and words come from splitting \$0" {
	gives 'map "$2 $1" | map $1' b 'a b\n'
	gives 'filter 1 | take 1 | map $2' b 'a b\n'
	gives 'split "," | map $2' $'b\nd' 'a b,c d\n'
	gives 'map s/-/ /g | map $2' b 'a-b\n'
}

@test "after map with several expressions they are its values, blanks or not" {
	gives 'map "a b", $1, "" | map $1, NF, "[$3]", $-2' $'a b\t3\t[]\tx' 'x\n'
	gives 'map $1, "b c" | map $2' 'b c' 'a\n'
	run --separate-stderr spile -q 'map $1, $2 | map "[$3]"' <<<'a b c'
	assert_output '[]'
	gives 'map $2, $1 | filter 1 | take 1 | skip 0 | map $1' b 'a b\n'
	gives 'map a=$1, $2 | map $2, $1, $a' $'b\ta\ta' 'a b\n'
	run --separate-stderr spile -q 'map x="b c" | map $1, $2, $x' <<<a
	assert_output $'b c\t\tb c'
	gives 'map $1, $2 | map "<$0>"' $'<a\tb>' 'a b c\n'
}

@test "after match they are its groups, \$0 is the match" {
	run --separate-stderr spile -q 'match /(\w)=(\w*)/ | map "$0:$1:$2:$3:${NF}"' <<<'a=1, b='
	assert_output $'a=1:a:1::2\nb=:b:::2'
	gives 'match /(?<k>\w)=(?<v>\w)/ | map "$k$v$1"' $'a1a\nb2b' 'a=1 b=2\n'
	gives 'match /(a)|(b)/ | map "[$1][$2]"' $'[a][]\n[][b]' 'ab\n'
	gives 'match /\w+/' $'a\nb' 'a b\n'
}

@test "count gives \$count and its keys, agg its values and then its keys" {
	gives 'count | map $count, $1, $2' $'2\t2\ta' 'a\na\n'
	gives 'count by $1, upper($2) | map "$count $key $key2 $1 $2 $3 ${NF}"' '1 a B 1 a B 3' 'a b\n'
	gives 'set k=$2 | count by $k | map $k, $count' $'b\t1' 'a b\n'
	gives 'set k=$2 | count by $k, $1 | map $k, $key, $count' $'b\ta\t1' 'a b\n'
	gives 'agg n=count(), sum($2) by $1 | map $n, $2, $key, $3' $'2\t5\ta\ta' 'a 2\na 3\n'
	gives 'agg sum($1)' 3 '1\n2\n'
}

@test "set changes or adds fields and keeps the others" {
	gives 'set $2="x"' $'a\tx\tc' 'a b  c\n'
	gives 'set $5="e"' $'a\tb\tc\t\te' 'a b c\n'
	gives 'map $1, "x y", $3 | set $1="z" | map "$2/$1"' 'x y/z' 'a b c\n'
	gives 'set x=1 | map $0, $x' $'a  b\t1' 'a  b\n'
	gives 'map x=$1, y=$2 | set y=$y + 1, z=9 | map $x, $y, $z' $'1\t3\t9' '1 2\n'
	with -F , 'set $2=$2 * 2' 1,4,3 '1,2,3\n'
	with -F , 'set $2="" | map NF' 3 '1,2,3\n'
}

@test "fields that were made stay what they are, whatever they hold" {
	gives 'set $2="" | map $3, NF' $'c\t3' 'a b c\n'
	gives 'set $2="x y" | map $2, NF' $'x y\t3' 'a b c\n'
	gives 'set $5="e" | map "[$4][$5][$6]${NF}"' $'[][e][]5\n[4][e][6]6' 'a b c\n1 2 3 4 5 6\n'
	with -F , 'set $2="x,y" | map NF, $3, $-2' '3,c,x,y' 'a,b,c\n'
	with -F , 'set $2="" | map NF' 3 '1,2,3\n'
	gives 'set $2="x y" | filter 1 | take 9 | skip 0 | uniq by $2, $1 | distinct by $-1 | map $2, NF' $'x y\t3' 'a b c\n'
	gives 'set $2="x y" | batch 9 | unbatch | top 9 $3 | map $2, NF' $'x y\t3\nx y\t2' 'a b c\nd\n'
	gives 'set $2="x y" | top 9 $3 every=9 | map $window, $2, NF' $'1\tx y\t3\n1\tx y\t2' 'a b c\nd\n'
	gives 'set $2="x y" | top 9 | map $2' 'x y' 'a b c\n'
	gives 'set $2="x y" | count by $2, NF' $'2\tx y\t3\n1\tx y\t2' 'a b c\nd\ne f g\n'
	gives 'set $2="x y" | sh q{echo "$# $2 $3"}' $'3 x y c\n2 x y ' 'a b c\nd\n'
	gives 'map $1, "", $3 | sh q{echo "$#$3"}' 3c 'a b c\n'
	gives 'map $1, "x y", "" | tee { buffer 9 ; filter 0 } | map $2, NF' $'x y\t3' 'a b c\n'
}

@test "\$NF and fields from the end are set as they came in" {
	gives 'set $NF="x"' $'a\tx\nx\nx' 'a b\nc\n\n'
	gives 'set $NF="x" | map NF, "[$1]"' $'2\t[a]\n1\t[x]\n1\t[x]' 'a b\nc\n\n'
	gives 'set $-2="x", $4="y" | map $0, NF' $'x\tb\t\ty\t4' 'a b\n'
	gives 'map a=$1, b=$2 | set $NF="x", c=1' $'a\tx\t1' 'a b\n'
	gives 'set $NF="x y" | set $-1=NF | map "$-1$NF"' 22 'a b\n'
	run --separate-stderr spile 'set $-2="x"' <<<$'a\nb c'
	assert_stderr "spile: set: there is no field \$-2 of 1: 'a'"
	assert_status 1
	assert_output $'x\tc'
}

@test "s/// leaves the columns of what does not match" {
	gives 'map $1, "", $3 | s/zz/q/ | map $3, NF' $'c\t3' 'a b c\n'
	gives 'map $1, "", $3 | s/a/q w/ | map $3, NF' $'c\t3\n\t2' 'a b c\na\n' # split anew: q w, and what followed
	gives 'map x=$1, y="p q" | s/a/z/ | map $x, $2, NF' $'a\tp\t3\nb\tp q\t2' 'a\nb\n'
	gives 'map x=$1, y="p q" | s/a/z/ | set x="n"' $'z\tp q\nn\tp q' 'a\nb\n'
	gives 'set $2="x y" | s/c/_/ | map $2, NF' $'x\t4\nx y\t2' 'a b c\nd\n'
}

@test "branches with different columns flow together, each event with its own" {
	gives 'route { $1 == "a" => map n=$1, "x y" ; else => map n="z" } | map $2, NF, $n' $'x y\t2\ta\n\t1\tz' 'a\nb\n'
	gives 'route { $1 == 1 => map a=$1, b=$2 ; else => map b=$1, "p q", a=$2 } | set a="n"' $'n\tx\n2\tp q\tn' '1 x\n2 y\n'
	gives 'route { $1 == 1 => map a=$1, b=$2 ; else => filter 1 } | set c="n" | map $0, $c, NF' \
		$'1\tx\tn\tn\t3\n2 y\tn\t2' '1 x\n2 y\n'
	gives 'route { $1 == 1 => map a=$1, b=$2 ; else => map a=$2, b="u v" } | map $b, $a, NF' $'x\t1\t2\nu v\ty\t2' '1 x\n2 y\n'
}

@test "a column and its name are one thing" {
	gives 'agg s=sum($1) by $2 | set s=$s * 2' $'6\ta' '1 a\n2 a\n'
	gives 'agg s=sum($1) by $2 | set s=$s * 2 | map $1, $s' $'6\t6' '1 a\n2 a\n'
	gives 'agg s=sum($1) by $2 | set $1=7 | map $1, $s' $'7\t7' '1 a\n2 a\n'
	gives 'count by $1 | set $count=9, key="k" | map $0, $1, $key' $'9\tk\t9\tk' 'a\n'
	gives 'map a=$1, b=$2 | map $b, $a | set b="X"' $'X\t1' '1 2\n'
	gives 'map a=$1, b=$2 | parse /(?<b>\d)$/ | map $0, $2, $b' $'x\t1\t1\t1' 'x y1\n'
	gives 'map a=$1, b=$2 | parse /(?<b>\d)$/ keep' $'x\t1\nx\t' 'x y1\nx y\n'
	gives 'set $9="" | map a=$1, b=$NF, c=NF | set c=$c + 1 | map $3' 10 'x\n'
}

@test "set adds a column where columns have names, and names a value where they have none" {
	gives 'map a=$1, b=$2 | set c=5' $'1\t2\t5' '1 2\n'
	gives 'map a=$1, b=$2 | set c=5 | map $3, $c, NF' $'5\t5\t3' '1 2\n'
	gives 'map a=$1, b=$2 | map $b, c=$a | set a=7' $'2\t1\t7' '1 2\n'
	gives 'count by $1 | set n=NR | map $3' 1 'a\n'
	gives 'match /(?<k>\w)=(\d)/ | set v=$2 + 1' $'a\t1\t2' 'a=1\n'
	gives 'match /(\w)=(\d)/ | set v=$2 + 1 | map $0, $v, NF' $'a=1\t2\t2' 'a=1\n'
	gives 'set n=NF' 'a  b' 'a  b\n'
	gives 'parse /(?<x>b)/ | set n=NF, x="y" | map $0, $n, $x' $'a  b\t2\ty' 'a  b\n'
	gives 'set $2="x" | set n=NF | map $0, $n' $'a\tx\t2' 'a b\n'
}

@test "stages that keep \$0 keep its columns" {
	gives 'map $1, $2 | parse /(?<x>b)/ | map $1, $x' $'a\tb' 'a b\n'
	gives 'count | parse /(?<x>b)/ | map $1, $key, $x' $'1\ta b\tb' 'a b\n'
	gives 'agg n=count() by $2 | parse /(?<x>b)/ | map $1, $n, $2, $x' $'1\t1\tb\tb' 'a b\n'
	gives 'match /(.) (.)/ | parse /(?<x>b)/ | map $1, $2, $x, NF' $'a\tb\tb\t2' 'a b\n'
	gives 'set $2="p q" | parse /(?<x>.)$/ | map $2, $x, NF' $'p q\tc\t3\np q\tq\t2' 'a b c\nd\n'
}

@test "names stay with the event through every stage but count and agg" {
	gives 'set n=$1 | map upper($0) | filter /A/ | s/A/x/ | map $n, $0' $'a\tx B' 'a b\n'
	gives 'set n=$2 | words | map $n, $0' $'b\ta\nb\tb' 'a b\n'
	gives 'set n=$2 | split " " | map "$n$0"' $'ba\nbb' 'a b\n'
	gives 'set n=$2 | match /\w/ | map "$n$0"' $'ba\nbb' 'a b\n'
	gives 'set n=$2 | parse /(?<m>\w)/ | map "$n$m"' ba 'a b\n'
	gives 'set n=$2 | take 5 | skip 0 | while 1 | uniq | distinct | map $n' b 'a b\n'
	gives 'set n=$2 | batch 1 | filter 1 | unbatch | map $n' b 'a b\n'
	gives 'set n=$2 | top 1 $1 | map $n' b '1 b\n'
	gives 'set n=$2 | map $1, $2 | map $n' b 'a b\n'
	gives 'map n=$1 | map n=upper($n), o=$n | map $n, $o' $'A\ta' 'a b\n'
}

@test "parse names its groups, \$0 stays" {
	gives 'parse /(?<who>\w+) (?<n>\d+)/ | map $who, $n + 1, $0' $'al\t4\tal 3 x' 'al 3 x\nno\n'
	gives 'parse /(?<who>\w+) (?<n>\d+)/ keep | map "$who:$n:$0"' $'al:3:al 3\n::no' 'al 3\nno\n'
}

@test "-v defines a name; a stage's own goes before it" {
	with -v x=5 'map $x + 1' 6 'a\n'
	with -v x=5 '$1 > $x' 7 '3\n7\n'
	with -v x= 'map "[$x]"' '[]' 'a\n'
	with -v 'x=a b=c' -v y=2 'map "$x$y"' 'a b=c2' 'a\n'
	with -vx=10 'map $x == 10.0, $x == "10"' $'1\t1' 'a\n'
	with -v x=1 'set x=2 | map $x' 2 'a\n'
	with -v x=1 'count | map $x' 1 'a\n'
	with -v x=1 -v x=2 'map $x' 2 'a\n'
	run --separate-stderr spile -v d=out 'write $d-$1' <<<a
	assert_stderr ''
	assert_status 0
	[ "$(cat out-a)" = a ]
}

# ---- NR FNR FILE NF ----

@test "NR goes on over all files, FNR starts anew, FILE is the name" {
	printf 'a\nb\n' >one
	printf 'c' >two
	: >none
	run --separate-stderr spile 'map $0, NR, FNR, FILE' one none two one
	assert_output $'a\t1\t1\tone\nb\t2\t2\tone\nc\t3\t1\ttwo\na\t4\t1\tone\nb\t5\t2\tone'
	run --separate-stderr spile 'file one two | map $0, NR, FNR, FILE'
	assert_output $'a\t1\t1\tone\nb\t2\t2\tone\nc\t3\t1\ttwo'
	run --separate-stderr spile 'map $0, NR, FNR, FILE' two - one < <(printf 'x\n')
	assert_output $'c\t1\t1\ttwo\nx\t2\t1\t-\na\t3\t1\tone\nb\t4\t2\tone'
}

@test "NR, FNR and FILE are the same at every block size and -j" {
	local how
	seq 1 300 >one
	seq 1 200 >two
	awk '$1 % 7 == 0 { print NR, FNR, FILENAME, $1 }' one two >expected
	for how in '--debug-block-bytes 16 -j 1' '--debug-block-bytes 64 -j 8' '-j 1' '-j 2'; do
		# shellcheck disable=SC2086
		spile $how --ofs ' ' '$1 % 7 == 0 | map NR, FNR, FILE, $1' one two >got
		same_bytes expected got
	done
}

@test "derived events inherit NR, FNR and FILE" {
	printf 'a b\nc\n' >one
	run --separate-stderr spile 'words | map $0, NR, FNR, FILE' one
	assert_output $'a\t1\t1\tone\nb\t1\t1\tone\nc\t2\t2\tone'
	run --separate-stderr spile 'filter /c/ | map upper($0) | map $0, NR' one
	assert_output $'C\t2'
	run --separate-stderr spile 'skip 1 | map $1, 2 | map $1, NR, FILE' one
	assert_output $'c\t2\tone'
	run --separate-stderr spile 'split " " | match /\w/ | uniq | map "$0${NR}"' one
	assert_output $'a1\nb1\nc2'
}

@test "an aggregate's results count from 1" {
	gives 'count | map NR, $2' $'1\ta\n2\tb' 'a\nb\na\n'
	gives 'agg count() by $1 | filter NR == 1 | map $2' a 'a\nb\na\n'
	gives 'count order=key | map "${NR}$2"' $'1a\n2b' 'b\na\n'
}

@test "NF is the number of fields" {
	gives 'map NF' $'2\n0\n1' 'a b\n\nc\n'
	gives 'map "a b", "c" | map NF' 2 'x y z\n'
	gives 'filter NF > 1' 'a b' 'a\na b\n'
	gives 'filter NF' a '\na\n \n'
}

# ---- records whose names their header tells ----

@test "set changes a record's column in its place, or adds one at the end; ranges go by its names" {
	local csv='a,b,c\n1,2,3\n4,5,6\n'
	gives 'csv | set b=9' $'1\t9\t3\n4\t9\t6' "$csv"
	gives 'csv | set b=9 | map $b, $2, was=$.b' $'9\t9\t2\n9\t9\t5' "$csv"
	gives 'csv | set n=$a + $b | map $n, $-1, NF' $'3\t3\t4\n9\t9\t4' "$csv"
	gives 'csv | set $2=7 | map $b, $1' $'7\t1\n7\t4' "$csv"
	gives 'csv | set $b..=$_ * 10 | map $c, $b, $a' $'30\t20\t1\n60\t50\t4' "$csv"
	gives 'csv | map $b.., sum($a..$c)' $'2\t3\t6\n5\t6\t15' "$csv"
	gives 'csv | map $c..$a' $'3\t2\t1\n6\t5\t4' "$csv"
	gives 'csv | set n=1 | map $a..$n' $'1\t2\t3\t1\n4\t5\t6\t1' "$csv"
	gives 'csv | count by $a..$b' $'1\t1\t2\n1\t4\t5' "$csv"
}
