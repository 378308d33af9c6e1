# Lexical rules (DESIGN 2.1): white space, comments, words, strings, literals, options; scripts. Mistakes: errors.bats.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# ---- white space, comments, stages ----

@test "white space and newlines separate, and none is needed around |" {
	gives $'\n map\n\t$1\n|\n\ntake\r\n1 \f|\v map upper($0)\n\n' A 'a b\nc\n'
	gives 'map $1|take 1|map upper($0)' A 'a b\nc\n'
}

@test "# starts a comment at the start and after white space, |, {, } and ;" {
	gives '# all | of "this ( is a comment
		map $1 # take 0
		|# and / this
		take 1 #' a 'a b\nc\n'
	gives $'#\nmap $1' a 'a b\n'
	gives $'map $1\t#x\n|take 1' a 'a b\nc\n'
}

@test "a # in a string, a raw string or a regular expression is no comment" {
	gives 'map "a #b"' 'a #b' '\n'
	gives 'map q{a #b} ' 'a #b' '\n'
	gives 'filter / #/' 'a #b' 'a #b\nc\n'
	gives 's/ #/-/' 'a-b' 'a #b\n'
	gives 'filter $0 ~ /a #b/x' ac 'ac\nb\n' # a comment of the regular expression's own
}

@test "a comment ends with its line" {
	gives $'map $1 # comment | take 0\n| map "$0!"' $'a!\nc!' 'a b\nc\n'
}

@test "stages that start with / \$ ! ( are filters" {
	gives '/a/' a 'a\nb\n'
	gives '$2 > 1' 'b 2' 'a 1\nb 2\n'
	gives '$2' 'b 2' 'a 0\nb 2\n'
	gives '!/a/' b 'a\nb\n'
	gives '!($1 == "a")' b 'a\nb\n'
	gives '($1 == "a" || 0)' a 'a\nb\n'
	gives '/a/ && /b/|/c/ ? 0 : 1' 'ab' 'ab\nabc\nb\n'
	gives '/a/i name=x' A 'A\nb\n'
	gives '$-1 == 2' 'b 2' 'a 1\nb 2\n'
}

@test "a stage that starts with s and a delimiter is map" {
	gives 's/a/b/' ba 'aa\n'
	gives 's,a,b,' ba 'aa\n'
	gives 's/a/b/ | s/b/c/' ca 'aa\n'
	gives 'skip 1 | s/a/b/ name=x' ba 'x\naa\n'
}

# ---- words ----

@test "a bare word holds letters, digits, high bytes and _ . / : @ % + , - ~ * ? [ ] =" {
	gives 'write a1_.:@%+,-~*?[]=é.txt' '' 'x\n'
	[ "$(cat 'a1_.:@%+,-~*?[]=é.txt')" = x ]
	mkdir -p d/e
	gives 'write d/e/=x' '' 'x\n'
	[ "$(cat d/e/=x)" = x ]
}

@test "a bare word runs to white space, | or a quote" {
	printf 'x\n' >a
	gives 'file a|take 1' x
	gives $'file a\n|take 1' x
	gives 'file a # "b"' x
}

@test "a word that is filled in takes its values from the event" {
	gives 'write out-$1.txt' '' 'a b\nc d\na e\n'
	same 'out-a.txt' $'a b\na e' "$(cat out-a.txt)"
	same 'out-c.txt' 'c d' "$(cat out-c.txt)"
	gives 'set k=upper($1) | write $k.$-1' '' 'a b\n'
	same 'A.b' 'a b' "$(cat A.b)"
	gives 'write "x ${upper($1)} $2"' '' 'a b\n'
	same 'x A b' 'a b' "$(cat 'x A b')"
	gives 'write ${NR}-of-$1' '' 'a b\n'
	same '1-of-a' 'a b' "$(cat 1-of-a)"
}

@test "in a raw string of a word nothing is filled in" {
	gives 'write q{$1}' '' 'a b\n'
	[ "$(cat '$1')" = 'a b' ]
	gives 'run echo q{$HOME $1}' '$HOME $1'
	gives 'run echo "\$1"' '$1'
}

@test "bare patterns expand in file only, in order, quoted ones do not" {
	printf '1\n' >b.log
	printf '2\n' >a.log
	printf '3\n' >c.txt
	printf '4\n' >'*.log'
	printf '5\n' >ab.log
	gives 'file *.log' $'4\n2\n5\n1'
	gives 'file ?.log' $'4\n2\n1'
	gives 'file [bc].*' $'1\n3'
	gives 'file "*.log"' 4
	gives 'file q{*.log}' 4
	gives 'file c.txt a*.log' $'3\n2\n5'
	gives 'run echo *.log' '*.log'
}

@test "~/ is the home directory, where it begins a bare word" {
	mkdir home 'd~'
	printf 'x\n' >home/f
	printf 'y\n' >'d~/f'
	HOME=$PWD/home gives 'file ~/f' x
	HOME=$PWD/home gives 'file ~/[f]' x
	gives 'file d~/f' y
}

@test "a descriptor types each argument: /a/b is a path after file and no regular expression" {
	printf 'x\n' >f
	gives "file $PWD/f" x
	gives 'filter /a/' a 'a\nb\n'
	gives 'reject m,a,' b 'a\nb\n'
	gives 'split /b+/' $'a\nc' 'abbc\n'
	gives 'split "b"' $'a\n\nc' 'abbc\n'
}

# ---- strings ----

@test "escapes in a string: \\t \\n \\r \\\\ \\\" \\\$ \\xHH \\u{HEX}" {
	spile 'map "\t\n\r\\\"\$1\x41\xfF\u{e9}\u{20AC}\u{1f600}\u{41}"' <<<x >got
	printf '\t\n\r\\"$1A\xff\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80A\n' >expected
	same_bytes expected got
	spile 'map "a\x00b\u{0}"' <<<x >got
	printf 'a\0b\0\n' >expected
	same_bytes expected got
}

@test "a string may span lines and hold anything else" {
	gives $'map "a\nb | ; { } # \' c"' $'a\nb | ; { } # \' c' '\n'
	gives 'map "100% of $"' '100% of $' '\n'
	gives 'map "cost $ 5, $.50 or $(x)"' 'cost $ 5, $.50 or $(x)' '\n'
	gives 'map ""' '' '\n'
}

@test "\$1, \$name and \${expr} in a string are replaced for every event" {
	gives 'map "$2-$1"' $'b-a\nd-c' 'a b\nc d\n'
	gives 'map "$0!$NF$-1$-2"' 'a b!bba' 'a b\n'
	gives 'set n=length($1) | map "$n:$1"' $'1:a\n3:ccc' 'a b\nccc d\n'
	gives 'map "${1 + 1} ${upper($1)}${NR}/${NF}"' '2 A1/2' 'a b\n'
	gives 'map "<$3>"' '<>' 'a b\n'
}

@test "inside \${…} lexing starts afresh: strings, raw strings, regular expressions, braces" {
	gives 'map "x${ "y${ "z" }" }"' 'xyz' '\n'
	gives 'map "x${ q{ {} } }}"' 'x {} }' '\n'
	gives 'map "${ /a}/ ? "yes" : "no" }"' 'yes' 'a}\n'
	gives 'map "${replace($0, /"/g, "\"\"")}"' 'a""b' 'a"b\n'
	gives $'map "${ 1 + # a comment }\n 2 }"' 3 '\n'
}

@test "names and digits are greedy, braces end them" {
	gives 'map "$10|$1x|$2$1|$1-1|$-1-1"' 'j|ax|ba|a-1|j-1' 'a b c d e f g h i j\n'
	gives 'set a=1, ab=2 | map "$ab|${$a}b|$a-b|$a.b"' '2|1b|1-b|1.b' 'x\n'
}

@test "\${NR} and \${NF} in a string are the variables, not fields of those names" {
	gives 'map "${NR}:${NF}:$NF:${FNR}:${FILE}"' '1:2:b:1:-' 'a b\n'
}

@test "\${name} in a string ends the name" {
	gives 'set a=1 | map "${a}b${a}"' 1b1 'x\n'
}

@test "\${1}0 in a string is field one and a nought" {
	gives 'map "${1}0"' a0 'a b\n'
	gives 'write ${1}0' '' 'a b\n'
	[ "$(cat a0)" = 'a b' ]
}

@test "q{…} q(…) q[…] q,…, are raw and brackets nest" {
	gives 'map q{a$1 \n "b" | ; # {c{d}}e}' 'a$1 \n "b" | ; # {c{d}}e' 'x\n'
	gives 'map q(a(b)c})' 'a(b)c}' '\n'
	gives 'map q[a[b]c)]' 'a[b]c)' '\n'
	gives 'map q,a{b(,' 'a{b(' '\n'
	gives 'map q{}' '' '\n'
	gives $'map q{a\nb}' $'a\nb' '\n'
	gives 'map q{\}' '\' '\n'
	gives 'map q{a} == "a"' 1 '\n'
	gives 'map length(q,a b,)' 3 '\n'
}

@test "a word that begins with q and no bracket is a word" {
	gives 'write q' '' 'x\n'
	gives 'write qa' '' 'x\n'
	[ "$(cat q qa)" = $'x\nx' ]
}

# ---- regular expressions and substitutions ----

@test "a regular expression is /…/ or m with one of , ! : @ % ~ & as delimiter" {
	local d
	gives '/a.c/' abc 'abc\nac\n'
	for d in ',' '!' : @ % '~' '&'; do
		gives "filter m${d}a/c${d}" a/c 'a/c\nabc\n'
	done
	gives 'filter m,https?://,' http://x 'http://x\nftp://x\n'
}

@test "the first unescaped delimiter closes, \\ and the delimiter give the delimiter" {
	gives '/a\/b/' a/b 'a/b\nab\n'
	gives 'filter m,a\,b,' a,b 'a,b\nab\n'
	gives 'filter /a\\/ && /b/' 'a\b' 'a\\b\nab\n'
	gives '/[\/]/' a/b 'a/b\nab\n'
	gives 's/\//-/g' a-b-c 'a/b/c\n'
	gives 's,\,,-,g' a-b 'a,b\n'
	gives 's/a/\//' /b 'ab\n'
}

@test "a delimiter inside a regular expression's | ; { } # belongs to it" {
	gives '/a|b/ | /x{2}/' axx 'axx\nax\ncxx\n'
	gives '/a;b/' 'a;b' 'a;b\nab\n'
}

@test "flags i x s m u, together and in any order" {
	gives '/A/i' a 'a\nb\n'
	gives '/ a  b /x' ab 'ab\na b\n'
	gives '/É/iu' é 'é\ne\n'
	gives '/É/i' '' 'é\ne\n'
	gives '/^.$/' e 'é\ne\n'
	gives '/^.$/u' $'é\ne' 'é\ne\n'
	gives '/^\w$/' e 'é\ne\n'
	gives '/^\w$/u' $'é\ne' 'é\ne\n'
	gives '/ É /ixu' é 'é\ne\n'
	gives 'batch 9 | join "\n" | map /^b$/ + 2 * /^b$/m + 4 * /a.b/ + 8 * /a.b/s' 10 'a\nb\n'
}

@test "/ where an operand may begin is a regular expression, after an operand it divides" {
	gives 'map $1 / $2 / 2' 2 '8 2\n'
	gives 'map ($1)/2' 4 '8 2\n'
	gives 'map NF/2' 1 '8 2\n'
	gives 'map length("abcd")/2' 2 '\n'
	gives 'map 8/2' 4 '\n'
	gives 'map 1 + /8/ + (/2/) + !/8/' 3 '8 2\n'
	gives 'map "8"/2/2' 2 '\n'
	gives 'map $NF/2 ~ /1/' 1 '8 2\n'
	gives 'map $1 /2/ 2' 2 '8 2\n'
}

@test "s takes the same delimiters and flags, g for all matches" {
	local d
	for d in / ',' '!' : @ % '~' '&'; do
		gives "s${d}b${d}x${d}" axb 'abb\n'
	done
	gives 's/b/x/g' axx 'abb\n'
	gives 's/B/x/gi' axx 'abb\n'
	gives 's/b *//gx' a 'abb\n'
	gives 's/./x/gu' x 'é\n'
	gives 's/b//' ab 'abb\n'
	gives 's/x*/-/g' -a-b- 'ab\n'
	gives 's/^/> /' '> a' 'a\n'
	gives 's/$/;/' 'a;' 'a\n'
}

@test "a substitution may be map's sole argument" {
	gives 'map s/a/b/' b 'a\n'
	gives 'map s,a,b,g name=x' bb 'aa\n'
	gives 'map m,a, ? "y" : "n"' y 'a\n'
}

@test "in a replacement \$1 \$name \$& stand for captures" {
	gives 's/(a)(b)?/[$1|$2|$&]/' '[a||a]c' 'ac\n'
	gives 's/(?<x>\w+) (?<yy>\w+)/$yy $x/' 'b a c' 'a b c\n'
	gives 's/(a)/${1}0$&$1/' 'a0aa' 'a\n'
	gives 's/(?<n>a)/${n}b/' 'ab' 'a\n'
	gives 's/(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)/$10$1/' 'ja' 'abcdefghij\n'
	gives 's/a/[&]/' '[&]' 'a\n'
}

@test "escapes in a replacement" {
	spile 's/a/\t\n\\\$1\x41\//' <<<a >got
	printf '\t\n\\$1A/\n' >expected
	same_bytes expected got
}

@test "\\U \\L \\E change case in a replacement" {
	gives 's/(\w+) (\w+)/\U$1\E $2/' 'AB cd' 'ab cd\n'
	gives 's/(\w+) (\w+)/\L$1 \U$2x\Ey/' 'ab CDXy' 'AB cd\n'
	gives 's/\w+/\U$&/g' 'AB CD' 'ab cd\n'
}

# ---- numbers ----

@test "arguments: whole numbers with k M G, durations, sizes" {
	gives 'seq 1 inf | skip 10k | take 1' 10001
	gives 'seq 1 inf | skip 1.5k | take 1' 1501
	gives 'seq 1 3 | batch 1h | agg count()' 3
	gives 'seq 1 3 | batch 500ms | agg count()' 3
	gives 'seq 1 3 | batch 2 5m | agg count()' $'2\n1'
	gives 'seq 1 3 | batch bytes=1KiB | agg count()' 3
	gives 'seq 1 3 | batch bytes=1MiB | agg count()' 3
	gives 'seq 1 3 | batch bytes=4 | agg count()' $'2\n1'
	gives 'seq 1 3 max_demand=1k' $'1\n2\n3'
}

@test "numbers as arguments may have a sign, a point and a suffix" {
	gives 'seq -1 +1' $'-1\n0\n1'
	gives 'seq 3 1 step=-1' $'3\n2\n1'
	gives 'seq 1 2 step=.5' $'1\n1.5\n2'
	gives 'seq 1 3k step=1k' $'1\n1001\n2001'
	gives 'seq 1e1 1.2e1' $'10\n11\n12'
}

@test "a sign is never part of a number in an expression" {
	gives 'map $1-1' 4 '5 x\n'
	gives 'map $1 -1' 4 '5 x\n'
	gives 'map -2**2' -4 '\n'
	gives 'map $-1' x '5 x\n'
	gives 'map $NF-1' 4 'x 5\n'
	gives 'map $-1-1' 4 'x 5\n'
	gives 'map NF-1' 1 'x 5\n'
}

# ---- options and keywords ----

@test "options stand before or after an argument, their values typed" {
	gives 'take 1 name=x' 1 '1\n2\n'
	gives 'take name=x 1' 1 '1\n2\n'
	gives 'take 1 name="x" max_demand=7 min_demand=3' 1 '1\n2\n'
	gives 'take name=q{x} 1|skip 0 name=y' 1 '1\n2\n'
	gives 'count order=key' $'1\ta\n2\tb' 'b\na\nb\n'
}

@test "IDENT= ends an expression and starts an option, IDENT== does not" {
	gives 'filter $1 == 1 name=x' 1 '1\n2\n'
	gives 'filter NR==1' 1 '1\n2\n'
	gives 'filter NR == 1 name=x' 1 '1\n2\n'
	gives 'map $1 name=x' 1 '1\n'
	gives 'map $1,$1 name=x' $'1\t1' '1\n'
	gives 'count by $1 order=key' $'1\ta\n2\tb' 'b\na\nb\n'
	gives 'take 1 by $1 name=x' $'1\n2' '1\n1\n2\n'
	gives 'filter ($1 == 1) name=x' 1 '1\n2\n'
}

@test "in map, set and agg NAME= at the start or after a comma names a field" {
	gives 'map name=$1, order=$2 | map "$order$name"' ba 'a b\n'
	gives 'map name=$1 name=x | map $name' a 'a b\n'
	gives 'map $1, x=$2 | map "$x$1"' ba 'a b\n'
	gives 'set name=$2, x=1 name=y | map "$name$x"' b1 'a b\n'
	gives 'agg name=count(), s=sum($1) | map "$s/$name"' 6/3 '1\n2\n3\n'
	gives 'map a=1,b=2 | map $a+$b' 3 'x\n'
}

@test "set takes \$N= with and without a comma between" {
	gives 'set $1="x", $2="y"' $'x\ty' 'a b\n'
	gives 'set $1="x" $2="y"' $'x\ty' 'a b\n'
	gives 'set $1=$2, $2=$1' $'b\ta' 'a b\n'
}

@test "options of run stand before the command, what follows belongs to it" {
	gives 'run name=r echo name=x every=5s' 'name=x every=5s'
	gives 'run echo a "b  c" q{d  e} -n 5s | map "$0."' 'a b  c d  e -n 5s.'
	gives 'run printf "%s\n" by else take' $'by\nelse\ntake'
}

@test "by is a keyword only in stages that take it" {
	gives 'count by $1' $'2\ta\n1\tb' 'a\nb\na\n'
	gives 'take 1 by $1' $'a\nb' 'a\nb\na\n'
	gives 'write by' '' 'a\n'
	gives 'file by' a
	gives 'set by=$1 | map by=$by | count by $by' $'1\ta' 'a\n'
	gives 'count by $1, $2' $'2\ta\tx\n1\tb\tx' 'a x\nb x\na x\n'
}

# ---- scripts ----

@test "-f reads the pipeline from a script with comments, newlines and #!" {
	cat >words.spile <<-'END'
		#!/usr/bin/env -S spile -f
		# count words | not code
		words              # one a line
		| map lower($0)    # "unclosed
		| count
		| top 2
	END
	printf 'a b A\nc a\nb\n' >text
	run --separate-stderr spile -f words.spile text
	assert_stderr ''
	assert_output $'3\ta\n2\tb'
	assert_status 0
	run --separate-stderr spile -f words.spile <text
	assert_output $'3\ta\n2\tb'
	run --separate-stderr spile -f /dev/stdin text <words.spile
	assert_output $'3\ta\n2\tb'
}

@test "a script may be run through #!" {
	mkdir bin
	ln -s "$SPILE" bin/spile
	printf '#!/usr/bin/env -S spile -f\nmap upper($0)\n' >up
	chmod +x up
	printf 'a\nb\n' >text
	PATH=$PWD/bin:$PATH run --separate-stderr timeout 20 ./up text
	assert_stderr ''
	assert_output $'A\nB'
	assert_status 0
}

@test "a script with CRLF line ends, or without a last newline, works" {
	printf 'map $1\r\n| take 1\r\n' >s
	run --separate-stderr spile -f s <<<'a b'
	assert_stderr ''
	assert_output a
	printf 'map $1 # x' >s
	run --separate-stderr spile -f s <<<'a b'
	assert_output a
}

@test "the largest counts and times" {
	gives 'seq 1 2 | buffer 1000000000000000000 | exec jobs=1000000000000000000 timeout=876000h echo $0' $'1\n2'
	gives 'seq 1 2 | count every=876000h | null' ''
}

@test "stages of one name are numbered in the order of the text, around names that were written" {
	run spile --stats 'words name=filter3 | filter 1 | filter 2 name=x | filter 3 | tee { filter 4 ; take 1 } | filter 5 name=words | words' </dev/null
	assert_status 0
	same names $'filter3\nfilter\nx\nfilter2\ntee\nfilter4\ntake\nwords\nwords2' \
		"$(awk '{ print $1 }' <<<"$output" | grep -E '^(filter|x|tee|take|words)')"
}

# In time and memory that grow with the text: these took minutes, and gigabytes.
@test "long pipelines: many stages, names, fields, mistakes" {
	# shellcheck disable=SC2016
	long() { awk -v n="$1" -v first="$2" -v between="$3" -v one="$4" 'BEGIN {
		for (i = 1; i <= n; i++) { s = one; sub("#", i, s); printf "%s%s", (i > 1 ? between : first), s } }'; }
	[ "${SPILE_SANITIZED-}" ] || ulimit -v 1000000
	long 5000 '' ' | ' 'filter $1 > #' >stages
	long 1500 '' ' | ' 'set name#=1' >names
	long 20000 'map ' ', ' '$#' >fields
	long 5000 'tee { ' ' ; ' 'null' >branches && echo ' }' >>branches
	for kind in stages names fields branches; do
		run spile --check -f $kind </dev/null
		assert_output ''
		assert_status 0
	done
	long 20000 '' $'\n| ' 'fliter #' >mistakes
	run --separate-stderr spile --check -f mistakes </dev/null
	assert_status 2
	[ "${#stderr_lines[@]}" -eq 31 ]
	same 'last mistake' $'spile: mistakes:10:3: unknown stage \'fliter\'\n  | fliter 10\n    ^~~~~~ did you mean \'filter\'?\nspile: 19990 more mistakes' \
		"$(tail -n 4 <<<"$stderr")"
}
