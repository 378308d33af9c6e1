#!/usr/bin/env bats
# json: values of a stream and their members, whatever the blocks, the threads and the way they come.

load helper

# reads PIPELINE EXPECTED INPUT: from a file, from a pipe, with small blocks, with workers.
reads() {
	printf '%b' "$3" >in.json
	local how
	for how in '-j1' '-j2 --debug-block-bytes 1' '-j1 --debug-block-bytes 5' '-j2 --debug-no-fuse'; do
		# shellcheck disable=SC2086 # options
		run --separate-stderr spile $how "$1" in.json
		same "standard error with $how" '' "$stderr"
		same "output with $how" "$2" "$output"
		assert_status 0
	done
	run --separate-stderr spile "$1" < <(cat in.json)
	same 'output from a pipe' "$2" "$output"
}

# fails PIPELINE EXPECTED ERRORS INPUT: the same with status 1.
fails() {
	printf '%b' "$4" >in.json
	local how
	for how in '-j1' '-j2 --debug-block-bytes 1' '-j1 --debug-block-bytes 5'; do
		# shellcheck disable=SC2086 # options
		run --separate-stderr spile $how "$1" in.json
		same "output with $how" "$2" "$output"
		same "standard error with $how" "$3" "$stderr"
		assert_status 1
	done
}

@test "members by name, by path, by index" {
	reads 'json | map $a, $b.c' $'1\tx\n2\t' '{"a":1,"b":{"c":"x"}}\n{"a":2}\n'
	reads 'json | map $a[1], $a[-1].b' $'2\t7' '{"a":[1,2,{"b":7}]}\n'
	reads 'json | $a >= 2 && $b.c == "x"' '{"a":2,"b":{"c":"x"}}' '{"a":1,"b":{"c":"x"}}\n{"a":2,"b":{"c":"x"}}\n'
	reads 'json | count by $a' $'2\t1\n1\t2' '{"a":1}\n{"a":2}\n{"a":1}\n'
	reads 'json | agg s=sum($n) by $k' $'4\tx\n2\ty' '{"k":"x","n":1}\n{"k":"y","n":2}\n{"k":"x","n":3}\n'
}

@test "one a line, over several lines, one behind the other, in arrays" {
	reads 'json | map $a' $'1\n2' '{"a":1}\n{"a":2}\n'
	reads 'json | map $a' $'1\n2' '{\n "a": 1\n}\n{\n "a": 2\n}\n'
	reads 'json | map $a' $'1\n2' '{"a":1}{"a":2}'
	reads 'json | map $a' $'1\n2\n3' '[\n{"a":1}\n,{"a":2}]\n[{"a":3}]'
	reads 'json arrays' '[{"a":1},{"a":2}]' '[{"a":1},{"a":2}]\n'
	reads json $'3\n"x"\nnull\n[]' '3 "x"\nnull [[]]\n'
	reads json '' '[]\n \n'
}

@test "text is unescaped where it is read; a document goes out as it came" {
	reads 'json | map $a' $'x"\xc3\xa9\xf0\x9f\x98\x80' '{"a":"x\\"\\u00e9\\ud83d\\ude00"}\n'
	reads json '{"id":5113603275375104668,"p":1.10,"e":1e3}' '{"id":5113603275375104668,"p":1.10,"e":1e3}\n'
	reads 'json | map $id, $p, $e' $'5113603275375104668\t1.10\t1e3' '{"id":5113603275375104668,"p":1.10,"e":1e3}\n'
	reads 'json | map $a, $b' $'2\t' '{"a":1,"a":2,"b":null}\n'
}

@test "a byte order mark is no part of the first document" {
	reads 'json | map $a' 1 '\xef\xbb\xbf{"a":1}\n'
}

@test "a broken line fails alone, with file and line" {
	fails 'json | map $a' $'1\n3' "spile: json: line 2 of 'in.json': this is no JSON value: '{\"a\":oops}'" \
		'{"a":1}\n{"a":oops}\n{"a":3}\n'
	fails 'json | map $a' $'1\n3' "spile: json: line 2 of 'in.json': a string does not end on its line: '{\"a\":\"x'" \
		'{"a":1}\n{"a":"x\n{"a":3}\n'
	fails 'json | map $a' $'1\n3' "spile: json: line 1 of 'in.json': this is no JSON value: '{\"a\":x}'" \
		'[{"a":1},{"a":x},{"a":3}]\n'
}

@test "lines that are no JSON fail, pass or are dropped" {
	reads 'json nonjson=pass' $'hello\n{"a":1}\nbye' 'hello\n{"a":1}\nbye\n'
	reads 'json nonjson=drop' '{"a":1}' 'hello\n{"a":1}\nbye\n'
	fails json '{"a":1}' "spile: json: line 1 of 'in.json': this is no JSON value: 'hello'" 'hello\n{"a":1}\n'
}

@test "strict checks all of a document" {
	reads 'json | map $a' 1 '{"a":1,"b":[01]}\n'
	fails 'json strict | map $a' 2 "spile: json: line 1 of 'in.json': this is no JSON value: '{\"a\":1,\"b\":[01]}'" \
		'{"a":1,"b":[01]}\n{"a":2}\n'
}

@test "a document has no columns by place" {
	run --separate-stderr spile 'json | map $1'
	assert_status 2
	[[ $stderr == *"a document has no columns that '\$1' could be"* ]]
}

@test "take 1 ends an endless stream" {
	run --separate-stderr spile 'json | $a == 1 | take 1' < <(yes '{"a":1}')
	assert_status 0
	same output '{"a":1}' "$output"
}

@test "-v and an earlier stage's name come before the record's, \$.name is always that" {
	run --separate-stderr spile -v a=9 'json | map x=$a, y=$.a' <<<'{"a":1}'
	same output $'9\t1' "$output"
}
