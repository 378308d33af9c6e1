# Pure stages: filter reject map set words split match parse (DESIGN 2.4). Expressions themselves: expr.bats.
load helper

@test "filter keeps and reject drops what matches" {
	gives 'filter /b/' $'ab\nb' 'a\nab\nb\n\n'
	gives 'reject /b/' $'a\n\nc' 'a\nab\nb\n\nc\n'
	gives 'filter $2 > 1' $'x 2\nx 10' 'x 1\nx 2\nx 10\nx y\nx\n'
	gives 'reject NF | map "<$0>"' $'<>\n< >\n<\t>' '\n \n\t\nx\n'
}

@test "a stage may begin with what it filters by" {
	gives '/a/' a 'a\nb\n'
	gives '!/a/' b 'a\nb\n'
	gives '$1 == "b"' b 'a\nb\n'
	gives '(NR == 2)' b 'a\nb\n'
}

@test "map with one expression gives a new event" {
	gives 'map $2' $'b\n\nd' 'a b\nc\nc d\n'
	gives 'map "$1-${NF * 2}!"' $'a-4!\nc-2!' 'a b\nc\n'
	gives 'map NR' $'1\n2' 'x\ny\n'
	gives 'map $0 | map length($0)' $'1\n2' 'x\nyy\n'
}

@test "map with several expressions gives fields" {
	gives 'map $2, $1' $'b\ta' 'a b\n'
	gives 'map $2, $1 | map $0' $'b\ta' 'a b\n'
	gives 'map x=$1 | map $x, y=$x' $'a\ta' 'a b\n'
	gives 'map "a b", 1 | map NF, $1' $'2\ta b' 'x\n'
}

@test "map s/// substitutes the first match, with g all" {
	gives 'map s/a/X/' $'Xa\nb' 'aa\nb\n'
	gives 's/a/X/g' $'XX\nb' 'aa\nb\n'
	gives 's/(\w)(\w)/$2$1/g' $'badc' 'abcd\n'
	gives 's,/,:,g' 'a:b' 'a/b\n'
	gives 's/b*/-/g' '-a-c-' 'abbc\n'
	gives 's/^/> /' $'> a\n> ' 'a\n\n'
	gives 's/$/;/' $'a;\n;' 'a\n\n'
	gives 's/(?<w>\w+)/\U$w\E $&!/' 'FOO foo! x' 'foo x\n'
}

@test "set changes fields and adds them" {
	gives 'set $2="X"' $'a\tX\tc' 'a b c\n'
	gives 'set $4="X"' $'a\t\t\tX' 'a\n'
	gives 'set n=NR | map $n, $0' $'1\ta b' 'a b\n'
}

@test "words splits at the six white-space characters only" {
	gives 'words' $'a\nb\nc\nd\ne\nf' ' a\tb\vc\fd\re f \n\n \t\n'
	gives 'words' $'a\xc2\xa0b\xe2\x80\x80c' 'a\xc2\xa0b\xe2\x80\x80c\n'
	gives 'words' '' ''
}

@test "split gives a piece an event, empty ones too" {
	gives 'split ","' $'a\nb' 'a,b\n'
	gives 'split "," | map "<$0>"' $'<>\n<a>\n<>\n<>' ',a,,\n'
	gives 'split /[,;]+/ | map "<$0>"' $'<a>\n<b>\n<>' 'a,;b;\n'
	gives 'split ", "' $'a\nb,c' 'a, b,c\n'
	gives 'split /b/' 'x' 'x\n'
	gives 'split "." | map "<$0>"' $'<a>\n<b>' 'a.b\n'
}

@test "match gives an event for every match, its groups are fields" {
	gives 'match /\d+/' $'1\n22\n3' 'a1b22\nx\n3\n'
	gives 'match /(\w)=(\d)/ | map $2, $1, $0' $'1\ta\ta=1\n2\tb\tb=2' 'a=1,b=2\n'
	gives 'match /(a)|(b)/ | map "<$1><$2>"' $'<a><>\n<><b>' 'ab\n'
	gives 'match /b*/ | map "<$0>"' $'<>\n<b>' 'ab\n' # no empty match right behind another, as in s/b*/-/g
}

@test "parse gives names, what does not match is dropped or kept" {
	gives 'parse /(?<k>\w+)=(?<v>\d+)/ | map $v, $k, $0' $'1\ta\ta=1' 'a=1\nb\n'
	gives 'parse /(?<k>\w+)=(?<v>\d+)/ keep | map "<$v>", $0' $'<1>\ta=1\n<>\tb' 'a=1\nb\n'
}

@test "what parse drops is counted" {
	printf 'a=1\nb\nc\n' | spile --stats=s.json 'parse /(?<k>\w+)=/ name=p' >got
	same parse 3,1,2 "$(sed -n 's/.*"stage":"p","events_in":\([0-9]*\).*"events_out":\([0-9]*\).*"dropped":\([0-9]*\).*/\1,\2,\3/p' s.json)"
}

@test "an event that expands into millions is complete" {
	head -c 3000000 /dev/zero | tr '\0' , >in
	echo >>in
	same pieces 3000001 "$(spile 'split "," | agg count()' in)"
	same matches 3000000 "$(spile 'match /,/ | agg count()' in)"
	tr , ' ' <in | sed 's/ /x /g' >w
	same words 3000000 "$(spile 'words | agg count()' w)"
}

@test "pure stages work on each event inside a batch, an empty batch vanishes" {
	gives 'batch 2 | filter $0 % 2 | map "x$0" | join ","' $'x1\nx3\nx5' '1\n2\n3\n4\n5\n'
	gives 'batch 2 | filter $0 > 2 | join ","' $'3,4\n5' '1\n2\n3\n4\n5\n'
	gives 'batch 2 | words | join ","' $'a,b,c\nd' 'a b\nc\nd\n'
}

@test "a stage that is given the case of every letter keeps the length of every event" {
	for c in {1..255}; do [ $c -eq 10 ] || printf "\\$(printf %o $c)"; done >in
	echo >>in
	spile 'map upper($0)' in >got
	tr a-z A-Z <in | same_bytes - got
	spile 'map lower($0)' in >got
	tr A-Z a-z <in | same_bytes - got
}

@test "assert fails the events for which its expression is false" {
	run --separate-stderr spile 'assert $0 > 1 | map "$0."' <<<$'2\n1\nx\n3'
	assert_status 1
	assert_output $'2.\n3.'
	assert_stderr "spile: assert: the condition is false: '1'
spile: assert: the condition is false: 'x'"
	run spile 'assert /a/ dead=bad' <<<$'a\nb'
	assert_status 1
	assert_output a
	same 'dead=' b "$(<bad)"
	run spile 'assert $0 < 3 max_failures=1' <<<$'1\n3\n2'
	assert_status 1
}

@test "pass passes everything as it is" {
	gives 'pass' $'a\n\nb' 'a\n\nb'
	gives 'pass | map NR, $0' $'1\ta\n2\tb' 'a\nb\n'
	gives 'map a=$2, b=$1 | pass | map $b' $'x\ny' 'x 1\ny 2\n'
	gives 'tee { filter /a/ | write got ; pass } | map upper($0)' $'A\nB' 'a\nb\n'
	same got a "$(<got)"
	printf 'a\nb' >in
	spile pass in >out
	same_bytes in out
}
