#!/usr/bin/env bats
# to FORMAT: columns written in a format, and the header that belongs to the output.

load helper

# ---- which columns ----

@test "to writes the columns of map, count, agg, and the values of parse and set" {
	gives 'map k=$1, v=$2 | to csv' $'k,v\na,1\nb,2' 'a 1\nb 2\n'
	gives 'count by $1 | to csv' $'count,key\n2,a\n1,b' 'a\nb\na\n'
	gives 'agg n=count(), s=sum($2) by $1 | to json' $'{"n":2,"s":4,"key":"a"}\n{"n":1,"s":2,"key":"b"}' 'a 1\nb 2\na 3\n'
	gives 'parse /(?<x>\w) (?<y>\w)/ | set z="$x$y" | to csv' $'x,y,z\na,1,a1' 'a 1\n'
	gives 'match /(?<x>\w)=(?<y>\w)/ | to csv' $'x,y\na,1\nb,2' 'a=1 b=2\n'
}

@test "names that only lie beside the columns are not written" {
	gives 'map k=$1, v=$2 | map w=$v, u="q" | to json' '{"w":1,"u":"q"}' 'a 1\n'
	gives 'parse /(?<x>\w) (?<y>\w)/ | map a=$y, b=$x | to json' '{"a":1,"b":"a"}' 'a 1\n'
}

@test "columns without names are an error before anything runs" {
	local pipeline
	for pipeline in 'to csv' 'map $1, b=$2 | to json' 'count | map $1 | to csv' 'set $2=7 | to csv' 'exec echo $0 | to tsv'; do
		run --separate-stderr spile "$pipeline" < <(echo a b)
		assert_status 2
		assert_output ''
		[[ ${stderr%%$'\n'*} == *": columns are written by their names, and these have none: put \`map a=\$1, b=\$2\` before it" ]]
	done
}

@test "branches with other columns flow together: the header is the first event's" {
	run --separate-stderr spile 'tee { map a=$1, b=1 ; map b=2, a=$1 ; map a=$1, c=3 } | to csv' < <(echo x)
	assert_status 1
	assert_output $'a,b\nx,1\nx,2'
	assert_stderr "spile: to: column 'c' is not in the header: name all columns, as in fields=a,b,c: 'x\x093'"
	gives 'tee { map a=$1, b=1 ; map b=2, a=$1 ; map a=$1, c=3 } | to csv fields=a,c' $'a,c\nx,\nx,\nx,3' 'x\n'
	gives 'tee { map a=$1, b=1 ; map c=3, a=$1 } | to json' $'{"a":"x","b":1}\n{"c":3,"a":"x"}' 'x\n'
}

@test "an event that lost its columns on the way fails" {
	run --separate-stderr spile 'map a=$1, b=$2 | s/x/y/ | to csv' < <(printf 'u v\nx w\n')
	assert_status 1
	assert_output $'a,b\nu,v'
	assert_stderr "spile: to: a column has no name: put \`map a=\$1, b=\$2\` before it: 'y\x09w'"
}

@test "a wrong format, option or column is told at its place" {
	run --separate-stderr spile 'map a=$1, b=2 | to cvs' </dev/null
	assert_status 2
	assert_stderr $'spile: pipeline:1:20: there is no format \'cvs\': did you mean \'csv\'?\n  map a=$1, b=2 | to cvs\n                     ^~~'
	run --separate-stderr spile 'map a=$1, b=2 | to csv pretty' </dev/null
	assert_status 2
	[[ $stderr == *"pipeline:1:24: 'to csv' has no option 'pretty'"* ]]
	run --separate-stderr spile 'map name=$1, b=2 | to csv fields=b,nmae' </dev/null
	assert_status 2
	[[ $stderr == *"there is no column 'nmae' here: did you mean 'name'?"* ]]
	run --separate-stderr spile 'map name=$1, b=2 | to csv fields=b,b' </dev/null
	assert_status 2
	[[ $stderr == *"'b' is named twice"* ]]
	run --separate-stderr spile 'map name=$1, b=2 | to csv sep=", "' </dev/null
	assert_status 2
	run --separate-stderr spile 'map name=$1, b=2 | to csv charset=UTF-16' </dev/null
	assert_status 2
	run --separate-stderr spile 'map name=$1, b=2 | to csv charset=nonesuch' </dev/null
	assert_status 2
}

@test "what csv reads is written with the names that it has there" {
	local in='name,ms,"q x"\na,12,"u ""v"""\nb,7,\n'
	gives 'csv | to csv' $'name,ms,q x\na,12,"u ""v"""\nb,7,' "$in"
	gives 'csv | to json' $'{"name":"a","ms":12,"q x":"u \\"v\\""}\n{"name":"b","ms":7,"q x":""}' "$in"
	gives 'csv | $ms > 8 | to csv fields=ms,name' $'ms,name\n12,a' "$in"
	gives 'csv | map $name, d=$ms*2 | to csv' $'name,d\na,24\nb,14' "$in"
	gives 'csv | to csv | write $name.csv' '' "$in"
	same a.csv $'name,ms,q x\na,12,"u ""v"""' "$(<a.csv)"
	run --separate-stderr spile 'csv header=no | to csv' < <(printf '1,2\n')
	assert_status 2
	assert_output ''
	[[ $stderr == *"pipeline:1:17: columns are written by their names, and these have none: put \`map a=\$1, b=\$2\` before it"* ]]
}

@test "what json reads goes out with its own bytes, or its members as columns" {
	printf '%s\n' '{"ts":1,"status":500,"request":{"path":"/a,b"}, "n":null}' '{"ts":2.50,"s":"x\n"}' '[{"ts":3},{"ts":' '4}]' >in
	gives 'json | to json' $'{"ts":1,"status":500,"request":{"path":"/a,b"}, "n":null}\n{"ts":2.50,"s":"x\\n"}\n{"ts":3}\n{"ts":4}' "$(sed 's/\\/&&/g' in)"
	run spile 'json | $status >= 500 | map $ts, $request.path | to csv' in
	assert_output $'ts,path\n1,"/a,b"'
	run spile 'json | to csv fields=ts,request,n' in
	assert_output $'ts,request,n\n1,"{""path"":""/a,b""}",\n2.50,,\n3,,\n4,,'
	run --separate-stderr spile 'json | to csv flat' in
	assert_status 1
	assert_output $'ts,status,request.path,n\n1,500,"/a,b",\n3,,,\n4,,,'
	[[ $stderr == *"column 's' is not in the header"*'fields=ts,status,request.path,n,s'* ]]
	run spile 'json | to json omit=null pretty | take 1' in
	assert_output $'{\n  "ts": 1,\n  "status": 500,\n  "request": {\n    "path": "/a,b"\n  }\n}'
}

@test "parse knows clf, combined and syslog" {
	gives 'parse clf | to json' '{"host":"::1","ident":"-","user":"bob","time":"10/Oct/2000:13:55:36 -0700","request":"GET /a HTTP/1.0","method":"GET","path":"/a","protocol":"HTTP/1.0","status":200,"bytes":""}' \
		'::1 - bob [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 -\n'
	gives 'parse combined | map $bytes, $referer, $agent | to csv' $'bytes,referer,agent\n7,-,x y' \
		'::1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 7 "-" "x y"\nno log\n'
	gives 'parse syslog | to csv' $'pri,time,host,program,pid,message\n,Oct 11 22:14:15,h,su,12,failed: x' 'Oct 11 22:14:15 h su[12]: failed: x\n'
	run --separate-stderr spile 'parse clx' </dev/null
	assert_status 2
	[[ $stderr == *"there is no form 'clx'"* ]]
}

# ---- the header ----

@test "the header is the output's: once on standard output, counted by nobody" {
	gives 'map k=$1, v=$2 | to csv | take 2' $'k,v\na,1\nb,2' 'a 1\nb 2\nc 3\n'
	gives 'map k=$1, v=$2 | to csv | skip 2' $'k,v\nc,3' 'a 1\nb 2\nc 3\n'
	gives 'map k=$1, v=$2 | to csv | $v > 1' $'k,v\nb,2\nc,3' 'a 1\nb 2\nc 3\n'
	gives 'map k=$1, v=$2 | to csv | agg count()' 3 'a 1\nb 2\nc 3\n'
	gives 'map k=$1, v=$2 | to csv header=no' $'a,1\nb,2' 'a 1\nb 2\n'
}

@test "without events the header comes alone" {
	gives '/x/ | map k=$1, v=$2 | to csv' 'k,v' 'a 1\n'
	gives '/x/ | map k=$1, v=$2 | to csv header=no bom' '' 'a 1\n'
	gives 'map k=$1, v=$2 | to csv | /x/ | write out' '' 'a 1\n'
	same out 'k,v' "$(<out)"
}

@test "each file of write has its header" {
	gives 'map k=$1, v=$2 | to csv | write $k.csv' '' 'a 1\nb 2\na 3\n'
	same a.csv $'k,v\na,1\na,3' "$(<a.csv)"
	same b.csv $'k,v\nb,2' "$(<b.csv)"
}

@test "files that are closed and opened again have one header" {
	spile 'map k=$1 % 100, v=$1 | to csv | write $k.csv' < <(seq 1000)
	same 'files' 100 "$(find . -name '*.csv' | wc -l)"
	same '7.csv' "k,v$(printf '\n7,%d' 7 107 207 307 407 507 607 707 807 907)" "$(<7.csv)"
}

@test "append gives a header to a new or empty file, and to no other" {
	: >empty
	echo k,v >full
	local f
	for f in new empty full; do
		gives "map k=\$1, v=\$2 | to csv | append $f" '' 'a 1\n'
		gives "map k=\$1, v=\$2 | to csv | append $f" '' 'b 2\n'
		same "$f" $'k,v\na,1\nb,2' "$(<$f)"
	done
}

@test "each process that is given events has the header" {
	gives 'map k=$1, v=$2 | batch 2 | to csv | exec cat' $'k,v\na,1\nb,2\nk,v\nc,3' 'a 1\nb 2\nc 3\n'
	gives 'map k=$1, v=$2 | to csv | sh stdin "cat"' $'k,v\na,1\nk,v\nb,2' 'a 1\nb 2\n'
	gives 'map k=$1, v=$2 | to csv | pipe cat' $'k,v\na,1\nb,2' 'a 1\nb 2\n'
}

@test "a process that pipe starts again has the header, too, and no event is lost or sent twice" {
	cat >once <<-'END'
		#!/bin/sh
		read -r h; read -r x; echo "$h $x"
		[ "$x" = 1,1 ] && exit 3
		cat
	END
	chmod +x once
	spile 'map k=$1, v=$2 | to csv | pipe ./once' < <(printf '1 1\n'; sleep 0.5; printf '2 2\n3 3\n') >out 2>err || [ $? = 1 ]
	same out $'k,v 1,1\nk,v 2,2\n3,3' "$(<out)"
}

@test "the header goes through tee, partition, buffer, batch and parse" {
	gives 'map k=$1, v=$2 | to csv | tee { write copy.csv ; $v > 1 }' $'k,v\nb,2' 'a 1\nb 2\n'
	same copy.csv $'k,v\na,1\nb,2' "$(<copy.csv)"
	gives 'map k=$1, v=$2 | to csv | partition 2 by $k { write $k.csv }' '' 'a 1\nb 2\n'
	same b.csv $'k,v\nb,2' "$(<b.csv)"
	gives 'map k=$1, v=$2 | to csv | buffer 10 | batch 2 | unbatch | distinct | rate 1000/s' $'k,v\na,1\nb,2' 'a 1\nb 2\na 1\n'
	gives 'map k=$1, v=$2 | to csv | parse /(?<d>\d)/ | filter $d > 1' $'k,v\nb,2' 'a 1\nb 2\n'
	gives 'map k=$1, v=$2 | batch 2 | to csv | join "\n"' $'k,v\na,1\nb,2' 'a 1\nb 2\n'
	gives 'map k=$1, v=$2 | to csv | map $v' $'1\n2' 'a 1\nb 2\n'
}

@test "branches whose headers differ are warned of" {
	run --separate-stderr spile 'tee { map a=$1, b=1 | to csv ; map c=$1, d=2 | to csv }' < <(echo x)
	assert_status 0
	assert_output $'a,b\nx,1\nx,2'
	[[ $stderr == *'warning: the branches have different headers: only the first is written'* ]]
	gives 'tee { map a=$1, b=1 | to csv ; map a=$1, b=2 | to csv }' $'a,b\nx,1\nx,2' 'x\n'
}

@test "with -0 header and records end in NUL" {
	spile -0 'map k=$1, v=$2 | to csv' < <(printf 'a 1\0b 2\0') >out
	same out 'k,v~a,1~b,2~' "$(tr '\0' '~' <out)"
	spile -0 'map k=$1, v=$2 | to json array' < <(printf 'a 1\0b 2\0') >out
	same out $'[{"k":"a","v":1},\n{"k":"b","v":2}]~' "$(tr '\0' '~' <out)"
}

# ---- csv and tsv ----

@test "csv quotes where that is needed, and an empty record" {
	gives 'map a=$0, b="" | to csv' $'a,b\n"x,y",\n"""",\nz z,' 'x,y\n"\nz z\n'
	gives 'parse /(?<a>\d*)/ | to csv' $'a\n1\n""' '1\nx\n'
	gives 'map a=$1, b=$2 | to csv sep=";"' $'a;b\n"1;";2,' '1; 2,\n'
	gives 'map a=$1, b=$2 | to csv quote=all' $'"a","b"\n"1","2"' '1 2\n'
	spile 'map a=$1, b=$2 | to csv crlf bom' < <(echo 1 2) >out
	same out $'\xef\xbb\xbfa,b\r\n1,2\r' "$(<out)"
	gives 'map a=$0, b=2 | to tsv' $'a\tb\n"x\ty"\t2\nx,y\t2' 'x\ty\nx,y\n'
}

@test "csv in another character set; what has no place in it fails" {
	run --separate-stderr spile 'map a=$1, b=$2 | to csv charset=latin1' < <(printf 'é 1\n€ 2\n')
	assert_status 1
	assert_output $'a,b\n\xe9,1'
	[[ $stderr == *"a character cannot be written in latin1"* ]]
}

# ---- json ----

@test "json: numbers as they are spelled, all else is text" {
	gives 'map v=$0, n=1 | to json' '{"v":1,"n":1}
{"v":-0.5e+10,"n":1}
{"v":"007","n":1}
{"v":"+1","n":1}
{"v":"1.","n":1}
{"v":".5","n":1}
{"v":"0x1f","n":1}
{"v":" 1","n":1}
{"v":5113603275375104668123,"n":1}
{"v":1.10,"n":1}
{"v":"true","n":1}
{"v":"nan","n":1}
{"v":"","n":1}' '1\n-0.5e+10\n007\n+1\n1.\n.5\n0x1f\n 1\n5113603275375104668123\n1.10\ntrue\nnan\n\n'
	gives 'map v=$0, n=1 | to json text omit=empty' $'{"v":"1","n":"1"}\n{"n":"1"}' '1\n\n'
}

@test "json: one array of all events is each output's own" {
	gives 'map n=$1, m=2 | to json array' $'[{"n":1,"m":2},\n{"n":2,"m":2}]' '1\n2\n'
	gives 'map n=$1, m=2 | to json array' $'[{"n":1,"m":2}]' '1\n'
	gives 'map n=$1, m=2 | to json array' '[]' ''
	gives 'map n=$1, m=2 | to json array pretty' '[]' ''
	gives 'map n=$1, m=2 | to json array pretty' $'[\n  {\n    "n": 1,\n    "m": 2\n  },\n  {\n    "n": 2,\n    "m": 2\n  }\n]' '1\n2\n'
	gives 'map n=$1, m=$1 % 40 | to json array | write $m.json' '' "$(seq -s '\n' 200)\n"
	same 7.json $'[{"n":7,"m":7},\n{"n":47,"m":7},\n{"n":87,"m":7},\n{"n":127,"m":7},\n{"n":167,"m":7}]' "$(<7.json)"
	gives 'map n=$1, m=2 | to json array | exec cat' $'[{"n":1,"m":2}]\n[{"n":2,"m":2}]' '1\n2\n'
	gives 'map n=$1, m=2 | batch 2 | to json array pretty' $'[\n  {\n    "n": 1,\n    "m": 2\n  }\n]' '1\n'
}

@test "json: an array longer than all buffers is whole" {
	spile 'seq 300000 | map n=$0, t="some text that fills" | to json array' >out
	python3 -c 'import json; v = json.load(open("out")); assert [x["n"] for x in v] == list(range(1, 300001))'
}

# ---- beside Python ----

@test "to csv equals Python's csv.writer" {
	local py=$ROOT/t/to.py
	python3 "$py" hostile 3 NUL >in
	spile -0 -F $'\x1f' 'map a=$1, b=$2, c=$3 | to csv | stdout sep="\n"' <in >got
	python3 "$py" check_csv in NUL got
	python3 "$py" hostile 3 newline >in
	spile -F $'\x1f' 'map a=$1, b=$2, c=$3 | to csv' <in >got
	python3 "$py" check_csv in newline got
}

@test "to json equals Python's json.dumps" {
	local py=$ROOT/t/to.py
	python3 "$py" hostile 3 NUL >in
	spile -0 -F $'\x1f' 'map a=$1, b=$2, c=$3 | to json | stdout sep="\n"' <in >got
	python3 "$py" check_json in NUL got
	spile -0 -F $'\x1f' 'map a=$1, b=$2, c=$3 | to json array' <in >got
	python3 "$py" check_array in NUL got
	spile -0 -F $'\x1f' 'map a=$1, b=$2, c=$3 | to json array pretty' <in >got
	python3 "$py" check_array in NUL got
}

# ---- tables ----

@test "to table aligns text to the left and columns of numbers to the right" {
	gives 'map service=$1, ms=$2 | to table' $'service    ms\nweb        12\ndb          7\nweb      -1.5' 'web 12\ndb 7\nweb -1.5\n'
	gives 'map n=$1, t=$2 | to table' $'  n  t\n  5  x1\n100  7' '5 x1\n100 7\n'
	gives 'map n=$1, t=$2 | to table' $'n  t\n5\n7  x' '5\n7 x\n'
	gives 'csv | to table' $'name    n\na b   1e3\n        2' 'name,n\na b,1e3\n,2\n'
	gives 'csv | agg n=count(), m=max($ms) by $service | to table' $'n   m  service\n2  12  web\n1   7  db' 'service,ms\nweb,12\ndb,7\nweb,3\n'
}

@test "to table measures wide and combining characters as a terminal shows them" {
	gives 'map a=$1, b="|" | to table' $'a     b\n世界  |\né     |\nabcd  |' '世界\né\nabcd\n'
}

@test "to table knows the width of every character as python's unicodedata tells it" {
	python3 - >in 2>expected <<-'E' || skip 'python has another version of Unicode'
	import sys, unicodedata as u
	if u.unidata_version != "14.0.0": sys.exit(1)
	out, want = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")
	out.write("WW\n"); want.write("c   b\nWW  |\n")
	for c in range(0xa1, 0x110000):
	    ch = chr(c)
	    if u.category(ch) in ("Cs", "Cc", "Cn", "Co") or c == 0x85: continue
	    zero = 0x1160 <= c <= 0x11ff or 0x1f3fb <= c <= 0x1f3ff or c >= 0x300 and u.category(ch) in ("Mn", "Me", "Cf")
	    width = 0 if zero else 2 if u.east_asian_width(ch) in "WF" else 1
	    out.write(ch + "\n"); want.write(ch + " " * (4 - width) + "|\n")
	E
	spile 'map c=$0, b="|" | to table' in >got
	cmp got expected
}

@test "to table md escapes what Markdown reads, and has a line of alignments" {
	gives 'csv | to table md' $'| a      |   n |\n| ------ | --: |\n| x\\|y   |   1 |\n| u<br>v |  22 |' 'a,n\nx|y,1\n"u\nv",22\n'
}

@test "to table shows control characters, and holds members that only some documents have" {
	gives 'csv | to table' $'a     b\nx\\ny  1\nz\\tw  2' 'a,b\n"x\ny",1\nz\tw,2\n'
	gives 'json | to table' $'a  b  c\n1  x\n      2' '{"a":1,"b":"x"}\n{"c":2}\n'
}

@test "to table makes one event of each batch, and its names are no event elsewhere" {
	gives 'map n=$1 | batch 2 | to table | map NR' $'1\n3' 'a\nb\nc\n'
	gives 'map n=$1 | batch 2 | to table' $'n\na\nbb\nn\nc' 'a\nbb\nc\n'
	gives 'map n=$1 | to table | take 1' $'n\na' 'a\nbb\n'
	gives 'map n=$1 | to table' 'n' ''
}

@test "to table goes on after the first thousand events, wherever they end" {
	seq 5000 | awk 'BEGIN { print "   a        b" } { printf "%4d  %7d\n", $1, $1 * $1 }' >expected
	spile 'map a=$1, b=$1*$1 | to table' < <(seq 5000) >got
	cmp got expected
	run --separate-stderr spile 'json | to table' < <(for i in {1..1000}; do echo '{"a":1}'; done; echo '{"b":2}'; echo '{"a":3}')
	assert_status 1
	[ "${#lines[@]}" = 1002 ]
	assert_stderr "spile: to: column 'b' is not in the table, which has the columns of the first 1000 events: '{\"b\":2}'"
}

@test "to table cuts its lines to the terminal, and only there" {
	python3 - "$SPILE" <<-'E' >got
	import pty, os, sys, fcntl, termios, struct
	pid, fd = pty.fork()
	if not pid:
	    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 11, 0, 0))
	    os.execl("/bin/sh", "sh", "-c", 'printf "abcdefgh 12345678\\nx \\344\\270\\226\\n" | ' + sys.argv[1] + " 'map a=$1, b=$2 | to table'")
	out = b""
	while True:
	    try: part = os.read(fd, 4096)
	    except OSError: break
	    if not part: break
	    out += part
	os.waitpid(pid, 0)
	sys.stdout.buffer.write(out.replace(b"\r", b""))
	E
	printf 'a         b\nabcdefgh  …\nx         …\n' >expected
	diff got expected
}

@test "fields= of to csv finds members of members, and an empty cell for what is not there" {
	gives 'json | to csv fields=request.path,n' $'request.path,n\n/x,1\n,2\n"{""a"":1}",' \
		'{"request":{"path":"/x"},"n":1}\n{"n":2,"request":null}\n{"request":{"path":{"a":1}}}\n'
	gives 'json | $n > 1 | to tsv fields=a.b' $'a.b\né' '{"n":1}\n{"n":2,"a":{"b":"\\u00e9"}}\n'
}

@test "csv header=no has no names to write, which is told before anything runs" {
	local format
	for format in json csv table logfmt; do
		run --separate-stderr spile "csv header=no | to $format" < <(echo a,b)
		assert_status 2
		[[ ${stderr%%$'\n'*} == *'columns are written by their names, and these have none'* ]]
	done
	gives 'csv header=no names=x,y | to json' '{"x":"a","y":"b"}' 'a,b\n'
	gives 'csv header=no | map x=$2 | to json' '{"x":"b"}' 'a,b\n'
}
