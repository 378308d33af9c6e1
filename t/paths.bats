# Paths into documents, kinds of values, true false null (DESIGN 2.1, 2.2). Here the documents are whole lines; those of readers
# are in the readers' own files.
# shellcheck disable=SC2016 # pipelines in single quotes
load helper

doc='{"a":{"b":[1,2,{"c":"x\"y\u00e9"}]},"t":["u","v"],"Tags":[{"Key":"Name","Value":"n1"},{"Key":"Z","Value":1.10}],"n":null,"f":false,"odd name":{"x":5113603275375104668}}'

# finds PIPELINE EXPECTED: of the document above.
finds() {
	run --separate-stderr spile "$1" < <(printf '%s\n' "$doc")
	assert_stderr ''
	assert_status 0
	assert_output "$2"
}

@test "a path has members, elements, quoted names, and elements found by a member" {
	finds 'map $0.a.b[0], $0.a.b[-1].c, $0.t, $0.t[1]' $'1\tx"y\xc3\xa9\t["u","v"]\tv'
	finds 'map $0.Tags[Key="Name"].Value, z=$0.Tags[Key="Z"].Value, $0.Tags[Value=1.1].Key, no=$0.Tags[Key="no"].Value' $'n1\t1.10\tZ\t'
	finds 'map d=$0 | map $d["odd name"].x, y=$d["odd name"]["x"]' $'5113603275375104668\t5113603275375104668'
	finds 'map d=$0 | map "${d.t[0]}-${d.a.b[1]}", "$d.x" == "${d}.x"' $'u-2\t1'
}

@test "a path's value keeps its spelling, and is a document when it is one" {
	finds 'map d=$0.a | map $d.b[2], $d.b[1] + 1' $'{"c":"x\\"y\\u00e9"}\t3'
	finds 'map n=$0["odd name"].x | map $n' 5113603275375104668
	finds 'map x=$0.a, $0.t | map $x.b[0], $t[0]' $'1\tu'
}

@test "[] is each element: several columns, any in comparisons, arguments of functions" {
	finds 'map $0.t[], "z" | map NF, $2' $'3\tv'
	finds 'map $0.Tags[].Value' $'n1\t1.10'
	finds 'map join("-", $0.t[]), sum($0.Tags[Key="Z"].Value), sum(1, $0.a.b[0]), max($0.a.b[])' $'u-v\t1.1\t2\t{"c":"x\\"y\\u00e9"}'
	finds 'map $0.t[] == "v", $0.t[] == "w", $0.t[] != "v", "u" == $0.t[], $0.t[] ~ /V/i, !($0.t[] == "w"), $0.no[] == 1' \
		$'1\t0\t1\t1\t1\t1\t0'
}

@test "missing and null are empty, and equal to null; false is false" {
	finds 'map $0.n == null, $0.nope == null, $0.f == null, $0.n == "", $0.nope.x == "", $0.n != null' $'1\t1\t0\t1\t1\t0'
	finds 'map "[$0.n]" == "[$0.n]", "<${$0.n}>", "<${$0.nope}>", $0.f, $0.f == false, $0.f ? 1 : 2, !$0.n, true && !false' \
		$'1\t<>\t<>\tfalse\t1\t2\t1\t1'
	finds 'map x=$0.n, y=$0.f | map $x == null, $y ? "t" : "f"' $'1\tf'
	finds 'map sum($0.n, 2, $0.nope), default($0.n, $0.nope, "", 7), min($0.n, 1)' $'2\t7\t1'
}

@test "what is no document fails the event; a word has no members" {
	run --separate-stderr spile 'map $1.a' < <(printf 'abc\n5\n\n{"a":1}\n{"a":\n')
	assert_output $'\n\n1'
	assert_status 1
	[[ $stderr == *"'abc' is no JSON"*"'{\"a\":' is no JSON"* ]]
}

@test "what is wrong with a path" {
	rejects 'map $0.a[x>1]' "$(cat <<-'X'
		spile: pipeline:1:9: '[' begins no step of a path
		  map $0.a[x>1]
		          ^ one of [0] [-1] [] ["name"] [NAME="text"]
	X
	)"
	rejects 'map $0.t[] + 1' "$(cat <<-'X'
		spile: pipeline:1:5: [] is several values, where one is wanted
		  map $0.t[] + 1
		      ^~~~~~ in a comparison it means any; join(",", $a[]) is one text of them
	X
	)"
	rejects 'map $.x' "$(cat <<-'X'
		spile: pipeline:1:5: no stage before this one reads records that '$.x' could be of
		  map $.x
		      ^~~
	X
	)"
}
