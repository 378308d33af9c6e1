# Expressions (DESIGN 2.3): operators, comparison, numbers, truth, functions; the last tests compare with awk.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# values [EVENT [OPTION...]] <<< 'EXPR -> VALUE', a line each: all of them, evaluated for one event in one run, are as said.
values() {
	local line expected='' got='' exprs=() i=0 results
	while IFS= read -r line; do
		[[ $line == *' -> '* ]] || continue
		exprs+=("(${line%% -> *})")
		expected+=$line$'\n'
	done
	printf -v line '%s,\n' "${exprs[@]}"
	run --separate-stderr spile --ofs '\n' "${@:2}" "map ${line%,$'\n'}" < <(printf '%b\n' "${1-}")
	assert_stderr ''
	mapfile -t results <<<"$output"
	for i in "${!exprs[@]}"; do
		line=${exprs[i]#(}
		got+="${line%)} -> ${results[i]-(nothing)}"$'\n'
	done
	same values "$expected" "$got"
	assert_status 0
}

# fails EXPR WHY [EVENT]: the event fails, the run goes on and ends with 1.
fails() {
	run --separate-stderr spile "map $1" < <(printf '%b\n' "${3-}")
	assert_stderr "spile: map: $2: '${3-}'"
	assert_output ''
	assert_status 1
}

@test "operators bind from loose to tight as in the table" {
	values <<-'END'
		1 ? 2 : 3 -> 2
		0 ? 1 : 0 ? 2 : 3 -> 3
		1 ? 0 ? 1 : 2 : 3 -> 2
		0 || 1 ? "y" : "n" -> y
		1 || 0 && 0 -> 1
		0 && 0 || 1 -> 1
		1 == 1 && 2 == 2 -> 1
		0 == 1 || 2 == 2 -> 1
		1 + 1 == 2 -> 1
		1 + 1 ~ 2 -> 1
		1 + 2 * 3 -> 7
		2 * 3 + 1 -> 7
		10 % 4 * 2 -> 4
		12 / 2 * 3 -> 18
		2 * -3 -> -6
		-2 ** 2 -> -4
		(-2) ** 2 -> 4
		2 ** -1 -> 0.5
		!1 + 1 -> 1
		!(1 + 1) -> 0
		!0 == 1 -> 1
		1 ? 2 : 3 + 4 -> 2
	END
}

@test "equal operators associate to the left, ** to the right" {
	values <<-'END'
		10 - 3 - 2 -> 5
		16 / 4 / 2 -> 2
		100 % 60 % 7 -> 5
		2 ** 3 ** 2 -> 512
		(2 ** 3) ** 2 -> 64
		- - 3 -> 3
		!!5 -> 1
	END
}

@test "operators need no white space" {
	values '7 2' <<-'END'
		1+2*3 -> 7
		2**3 -> 8
		1--1 -> 2
		1+-1 -> 0
		$1-1 -> 6
		$1 -1 -> 6
		$1/$2 -> 3.5
		$1%$2 -> 1
		$1>$2&&$2<$1 -> 1
		1||0 -> 1
		1?2:3 -> 2
		!$1 -> 0
		$1~7 -> 1
		$1!~7 -> 0
	END
}

@test "|| is an operator, a single | ends the stage" {
	gives 'filter /a/ || /b/ | map upper($0)' $'A\nB' 'a\nb\nc\n'
	gives 'filter /a/||/b/|map upper($0)' $'A\nB' 'a\nb\nc\n'
}

@test "&& || and ?: evaluate no more than they need" {
	values 'x' <<-'END'
		0 && 1 / 0 -> 0
		1 || 1 / 0 -> 1
		1 ? 2 : 1 / 0 -> 2
		0 ? $1 + 1 : 3 -> 3
		$1 == "y" && $1 + 1 -> 0
		$1 == "x" || $1 + 1 -> 1
	END
}

@test "truth and comparison give 1 or 0" {
	values 'x' <<-'END'
		5 && 7 -> 1
		0 || 3 -> 1
		"a" && "" -> 0
		1 < 2 -> 1
		2 < 1 -> 0
		$1 ~ /x/ -> 1
		$1 !~ /x/ -> 0
		!"" -> 1
	END
}

@test "false are 0, what looks like 0, and the empty string; a quoted \"0\" is text and true" {
	values '0\t0.0\t0e5\t 0 \t\t00x\t-0\tx\t1' -F '\t' <<-'END'
		0 ? 1 : 2 -> 2
		0.0 ? 1 : 2 -> 2
		"" ? 1 : 2 -> 2
		"0" ? 1 : 2 -> 1
		"x" ? 1 : 2 -> 1
		$1 ? 1 : 2 -> 2
		$2 ? 1 : 2 -> 2
		$3 ? 1 : 2 -> 2
		$4 ? 1 : 2 -> 2
		$5 ? 1 : 2 -> 2
		$6 ? 1 : 2 -> 1
		$7 ? 1 : 2 -> 2
		$8 ? 1 : 2 -> 1
		$9 ? 1 : 2 -> 1
		$99 ? 1 : 2 -> 2
	END
}

@test "text from data looks numeric where all of it is a number, blanks at its ends aside" {
	# Compared with 0 or 10, what is no number is neither less nor more nor equal.
	values '10\t+10\t10.\t10.0\t1e1\t1E+1\t100e-1\t 10 \t-10\t.5\t5' -F '\t' <<-'END'
		$1 == 10 -> 1
		$2 == 10 -> 1
		$3 == 10 -> 1
		$4 == 10 -> 1
		$5 == 10 -> 1
		$6 == 10 -> 1
		$7 == 10 -> 1
		$8 == 10 -> 1
		$9 == -10 -> 1
		$10 == 0.5 -> 1
		$10 < $11 -> 1
		$1 == $5 -> 1
		$9 < $10 -> 1
	END
	values '1e\t0x10\t1_0\t-\t.\t+\t1 0\t--1\te1\t\tnan\tinf\t1,0\t1.2.3' -F '\t' <<-'END'
		$1 >= 0 || $1 < 0 -> 0
		$2 >= 0 || $2 < 0 -> 0
		$3 >= 0 || $3 < 0 -> 0
		$4 >= 0 || $4 < 0 -> 0
		$5 >= 0 || $5 < 0 -> 0
		$6 >= 0 || $6 < 0 -> 0
		$7 >= 0 || $7 < 0 -> 0
		$8 >= 0 || $8 < 0 -> 0
		$9 >= 0 || $9 < 0 -> 0
		$10 >= 0 || $10 < 0 -> 0
		$11 >= 0 || $11 < 0 -> 0
		$12 >= 0 || $12 < 0 -> 0
		$13 >= 0 || $13 < 0 -> 0
		$14 >= 0 || $14 < 0 -> 0
	END
}

@test "two values that look numeric are compared as numbers, others bytewise" {
	values '10 9 abc abd 1e1 B a 9x' <<-'END'
		$1 > $2 -> 1
		$1 == $5 -> 1
		$3 < $4 -> 1
		$3 < $1 -> 0
		$1 < $3 -> 1
		$6 < $7 -> 1
		$1 < $8 -> 1
		$3 == $3 -> 1
		$3 != $4 -> 1
		$3 <= $3 -> 1
		$3 >= $4 -> 0
		$99 == $98 -> 1
		$99 < $3 -> 1
		substr($5, 1) == $1 -> 1
		lower($1) > $2 -> 1
	END
}

@test "a quoted literal makes a comparison bytewise" {
	values '10 9 10.0' <<-'END'
		$1 == "10" -> 1
		$1 == "10.0" -> 0
		$1 < "9" -> 1
		"9" > $1 -> 1
		$3 == "10" -> 0
		$3 == q{10.0} -> 1
		"10" < "9" -> 1
		"a" == "a" -> 1
		1 == "1" -> 1
		1 == "1.0" -> 0
		10 < "9" -> 1
	END
}

@test "between a number and text that is none, all but != is false" {
	values 'x' <<-'END'
		$1 < 5 -> 0
		$1 <= 5 -> 0
		$1 > 5 -> 0
		$1 >= 5 -> 0
		$1 == 5 -> 0
		$1 != 5 -> 1
		5 < $1 -> 0
		5 > $1 -> 0
		$2 == 0 -> 0
		$2 < 1 -> 0
		$2 != 0 -> 1
		!($1 < 5) && !($1 >= 5) -> 1
	END
}

@test "~ takes a regular expression, or any text as one" {
	values 'abc ^a b.' <<-'END'
		$1 ~ /b/ -> 1
		$1 ~ /^b/ -> 0
		$1 !~ /^b/ -> 1
		$1 ~ /B/i -> 1
		$1 ~ "^a" -> 1
		$1 ~ q{^a.c$} -> 1
		$1 ~ $2 -> 1
		$1 ~ $3 -> 1
		$2 ~ $2 -> 0
		$1 ~ "a${"b"}c" -> 1
		123 ~ 2 -> 1
		"a" ~ "" -> 1
		$0 ~ $1 && $0 !~ "z" -> 1
	END
}

@test "a bare regular expression is matched against the whole event" {
	values 'abc def' <<-'END'
		/c d/ -> 1
		/x/ -> 0
		!/x/ -> 1
		/a/ && !/x/ -> 1
		/a/ + /b/ + /x/ -> 2
		/a/ ? "yes" : "no" -> yes
	END
}

@test "text that is a bad regular expression fails its event only" {
	run --separate-stderr spile 'filter "aba" ~ $1' < <(printf '%s\n' b '(' z a)
	assert_stderr "spile: filter: bad regular expression '(': missing closing parenthesis: '('"
	assert_output $'b\na'
	assert_status 1
}

@test "integers are exact in 64 bits and turn into doubles rather than overflow" {
	values '9007199254740993 9223372036854775807' <<-'END'
		$1 + 0 -> 9007199254740993
		$1 * 3 -> 27021597764222979
		2 ** 53 + 1 -> 9007199254740993
		$1 == 9007199254740992 -> 0
		$2 - 1 -> 9223372036854775806
		9223372036854775807 -> 9223372036854775807
		9223372036854775807 + 1 -> 9.22337203685478e+18
		$2 * 2 -> 1.84467440737096e+19
		-9223372036854775807 - 1 -> -9223372036854775808
		-9223372036854775807 - 2 -> -9.22337203685478e+18
		3037000500 * 3037000500 -> 9.22337203700025e+18
		2 ** 62 -> 4611686018427387904
		2 ** 64 -> 1.84467440737096e+19
		1.7e9 * 1e6 -> 1700000000000000
		2.0 ** 62 -> 4611686018427387904
		-1.5e15 * 4 -> -6000000000000000
		99999999999999999999 -> 1e+20
		6 / 3 -> 2
		7 / 2 -> 3.5
		9007199254740993 / 1 -> 9007199254740993
		7 % 3 -> 1
		-7 % 3 -> -1
		7 % -3 -> 1
		5.5 % 2 -> 1.5
		0 ** 0 -> 1
		2 ** 0.5 > 1.414213 -> 1
	END
}

@test "numbers print without what they do not need" {
	values '10.50 007' <<-'END'
		1.0 -> 1
		10.50 -> 10.5
		.5 -> 0.5
		5. -> 5
		1e3 -> 1000
		1E+2 -> 100
		1.5e-3 -> 0.0015
		007 -> 7
		0.1 + 0.2 -> 0.3
		1 / 3 -> 0.333333333333333
		-0.0 -> 0
		0 * -1 -> 0
		123456789.25 * 1 -> 123456789.25
		$1 -> 10.50
		$1 + 0 -> 10.5
		$2 -> 007
		$2 * 1 -> 7
		"${1 / 4}" -> 0.25
		length(10.50) -> 4
	END
}

@test "suffixes: powers of 1000, bytes of a size, seconds of a duration" {
	values <<-'END'
		10k -> 10000
		1.5k -> 1500
		2M -> 2000000
		1G -> 1000000000
		64KiB -> 65536
		1MiB -> 1048576
		1.5KiB -> 1536
		2GiB -> 2147483648
		500ms -> 0.5
		2s -> 2
		5m -> 300
		1h -> 3600
		1.5h -> 5400
		2k + 1 -> 2001
		10k/4 -> 2500
		1m-1s -> 59
		1e3k -> 1000000
	END
}

@test "division by zero fails the event, not the process" {
	fails '1 / 0' 'division by zero'
	fails '1 % 0' 'division by zero'
	fails '$1 / $2' 'division by zero' '1 0'
	fails '1.5 / ($1 - $1)' 'division by zero' '3'
	run --separate-stderr spile 'map 6 / $1' < <(printf '%s\n' 1 0 2 0.0 3)
	assert_stderr $'spile: map: division by zero: \'0\'\nspile: map: division by zero: \'0.0\''
	assert_output $'6\n3\n2'
	assert_status 1
}

@test "arithmetic on text that is no number fails the event" {
	fails '$1 + 1' "'x' is not a number" 'x'
	fails '1 - $1' "'1e' is not a number" '1e'
	fails '-$1' "'0x1A' is not a number" '0x1A'
	fails '$2 * 2' "'' is not a number" 'x'
	fails '2 ** "a"' "'a' is not a number" 'x'
	fails '$0 % 2' "'1 2' is not a number" '1 2'
	values '" 5 "\t 7 \t12abc' -F '\t' <<-'END'
		$2 + 1 -> 8
		"5" + 1 -> 6
		" 5 " * 2 -> 10
		num($3) + 1 -> 13
		num($3, 0) -> 12
	END
}

@test "num takes a leading number, or its default" {
	values '12abc' <<-'END'
		num($1) -> 12
		num("  -3.5e2x") -> -350
		num("+7") -> 7
		num(".5.5") -> 0.5
		num("1e") -> 1
		num("0x1f") -> 0
		num("abc", 7) -> 7
		num("", -1) -> -1
		num("abc", "none") -> none
		num("3", 7) -> 3
		num(42) -> 42
	END
	fails 'num($1)' "'abc' does not begin with a number" 'abc'
	fails 'num($2)' "'' does not begin with a number" 'abc'
}

@test "lower, upper and trim know bytes and ASCII, their _u forms UTF-8" {
	values 'Hello' <<-'END'
		lower($1) -> hello
		upper($1) -> HELLO
		lower("AÉ[@Z") -> aÉ[@z
		upper("aé{`z") -> Aé{`Z
		lower_u("ÀÉΣß") -> àéσß
		upper_u("àéσ") -> ÀÉΣ
		lower(12) -> 12
		"[${trim("  a b\t\r\n")}]" -> [a b]
		length(trim("\u{a0}x")) -> 3
		"[${trim_u("\u{a0} x \u{3000}")}]" -> [x]
		"[${trim("")}]" -> []
		"[${trim(" \t ")}]" -> []
		lower(upper("aBc")) -> abc
	END
}

@test "length counts bytes, length_u characters, both of \$0 where none is given" {
	values 'a é€😀' <<-'END'
		length("abc") -> 3
		length("") -> 0
		length("é€😀") -> 9
		length_u("é€😀") -> 3
		length(1000) -> 4
		length() -> 11
		length_u() -> 5
		length($2) -> 9
		length("\x00a") -> 2
	END
	run --separate-stderr spile 'map length_u($0), length($0)' < <(printf 'a\xffb\n')
	assert_output $'3\t3'
}

@test "substr and index count from 1, in bytes or, with _u, in characters" {
	values 'hello' <<-'END'
		substr($1, 2, 3) -> ell
		substr($1, 2) -> ello
		substr($1, 1, 0) -> 
		substr($1, 4, 100) -> lo
		substr($1, 6) -> 
		substr($1, 100, 5) -> 
		substr($1, 2, -1) -> 
		substr($1, 5, 1) -> o
		substr(12345, 2, 2) -> 23
		substr("é€", 1, 2) -> é
		substr_u("é€😀x", 2, 2) -> €😀
		substr_u("é€😀x", 4) -> x
		index($1, "l") -> 3
		index($1, "lo") -> 4
		index($1, "z") -> 0
		index($1, $1) -> 1
		index(12345, 34) -> 3
		index("é€😀", "😀") -> 6
		index_u("é€😀", "😀") -> 3
		index("a.c", ".") -> 2
	END
}

@test "replace changes the first match, with g all, by text as it is" {
	values 'hello' <<-'END'
		replace($1, /l/, "L") -> heLlo
		replace($1, /l/g, "L") -> heLLo
		replace($1, /L/gi, "-") -> he--o
		replace($1, /z/, "L") -> hello
		replace($1, /l+/, "") -> heo
		replace($1, "l", "L") -> heLlo
		replace($1, "l+", "L") -> heLo
		replace($1, /(l)/g, "&") -> he&&o
		replace($1, /l/, "\\1") -> he\1lo
		replace($1, /l/g, q{$1}) -> he$1$1o
		replace($1, /l/, "<$1>") -> he<hello>lo
		replace($1, /x*/g, "-") -> -h-e-l-l-o-
		replace("", /^/, "x") -> x
		replace($1, /$/, "!") -> hello!
		replace(1000, /0/g, 1) -> 1111
	END
}

@test "split gives the n-th piece, from the end for n < 0, or nothing" {
	values 'a,b,,c' <<-'END'
		split($1, ",", 1) -> a
		split($1, ",", 3) -> 
		split($1, ",", 4) -> c
		split($1, ",", 5) -> 
		split($1, ",", -1) -> c
		split($1, ",", -4) -> a
		split($1, ",", -5) -> 
		split($1, ",", 0) -> 
		split("a1b22c", /\d+/, 3) -> c
		split("a.b.c", ".", 2) -> b
		split("a::b", "::", 2) -> b
		split("abc", ",", 1) -> abc
	END
}

@test "int cuts off, float keeps, round goes away from zero at the middle, abs" {
	values '12 -3.7' <<-'END'
		int(3.7) -> 3
		int(-3.7) -> -3
		int($1) -> 12
		int($2) -> -3
		int("12") -> 12
		float("1.50") -> 1.5
		float(3) -> 3
		round(2.4) -> 2
		round(2.5) -> 3
		round(-2.5) -> -3
		round(0.5) -> 1
		round(-0.4) -> 0
		round(3.14159, 2) -> 3.14
		round(1.005, 2) -> 1.01
		round(2.675, 2) -> 2.68
		round(0.145, 2) -> 0.15
		round(-1.005, 2) -> -1.01
		round(99.9995, 3) -> 100
		round(1234567.895, 2) -> 1234567.9
		round(1234, -2) -> 1200
		round(5000000000000000000, -19) -> 1e+19
		round(4999999999999999999, -19) -> 0
		round(7) -> 7
		abs(-3) -> 3
		abs($2) -> 3.7
		abs(5) -> 5
	END
	fails 'int($1)' "'12abc' is not a number" '12abc'
	fails 'round($1)' "'x' is not a number" 'x'
	fails 'abs($1)' "'x' is not a number" 'x'
	fails 'float($1)' "'x' is not a number" 'x'
}

@test "min and max follow the total order: numbers by value, then text by bytes" {
	values '10 9 abc ABC 1e1' <<-'END'
		min(3, 1, 2) -> 1
		max(3, 10, 2) -> 10
		max($1, $2) -> 10
		min($1, $2) -> 9
		max($1, $3) -> abc
		min($1, $3) -> 10
		max($3, $4) -> abc
		min($3, $4) -> ABC
		max(1, 2.5) -> 2.5
		min(-1, "x") -> -1
		max($1, $5) -> 10
		min(1, 2, 3, 4, 5, 6, 7, 8, 0) -> 0
	END
}

@test "sprintf knows C's conversions, and a number's text as a number" {
	values '42 3.14159 abc' <<-'END'
		sprintf("%d|%5d|%-5d|%05d|%+d", 1, 2, 3, 4, 5) -> 1|    2|3    |00004|+5
		sprintf("%i %u", 42, 42) -> 42 42
		sprintf("%x %X %o %#x", 255, 255, 8, 255) -> ff FF 10 0xff
		sprintf("%s|%5s|%-5s|%.2s", $3, $3, $3, $3) -> abc|  abc|abc  |ab
		sprintf("%.2f|%8.3f|%e|%g", $2, $2, 12345.678, 0.0001) -> 3.14|   3.142|1.234568e+04|0.0001
		sprintf("%c%c", 65, "hello") -> Ah
		sprintf("%*d|%-*d|%.*f", 5, 42, 4, 1, 1, 2.25) ->    42|1   |2.2
		sprintf("100%%") -> 100%
		sprintf("%d", 3.9) -> 3
		sprintf("%d", -3.9) -> -3
		sprintf("%d", $1) -> 42
		sprintf("%s", 1.0) -> 1
		sprintf("%s %s", $1, $2) -> 42 3.14159
		sprintf("%d", 9223372036854775807) -> 9223372036854775807
		sprintf("%5s|", "é") ->    é|
		sprintf($3) -> abc
	END
	fails 'sprintf("%d", $1)' "'abc' is not a number" 'abc'
}

@test "strftime and now tell the time" {
	TZ=UTC values '86400' <<-'END'
		strftime("%Y-%m-%d %H:%M:%S", 0) -> 1970-01-01 00:00:00
		strftime("%F", $1) -> 1970-01-02
		strftime("%s", 1700000000) -> 1700000000
		strftime("") -> 
		strftime("%Y") >= 2024 -> 1
		now() > 1600000000 -> 1
	END
	TZ=EST5 gives 'map strftime("%H:%M %z", 0)' '19:00 -0500' '\n'
	run spile 'map int(now())' <<<''
	(($(date +%s) - output < 60))
}

@test "env reads the environment" {
	SPILE_TEST='a b' values <<-'END'
		env("SPILE_TEST") -> a b
		env("SPILE_NO_SUCH") -> 
		env("SPILE_${"TEST"}") -> a b
	END
}

@test "basename and dirname are POSIX's" {
	local path expected=''
	printf '%s\n' /usr/lib /usr/ usr / . .. a/b/c.txt a//b a/ ./a //x >paths
	while IFS= read -r path; do
		expected+="$(basename "$path")	$(dirname "$path")"$'\n'
	done <paths
	run --separate-stderr spile 'map basename($0), dirname($0)' paths
	assert_output "${expected%$'\n'}"
}

@test "urlencode and urldecode" {
	values <<-'END'
		urlencode("a b/c?d=é~-_.") -> a%20b%2Fc%3Fd%3D%C3%A9~-_.
		urldecode("a%20b+c%2fd") -> a b c/d
		urldecode("%C3%A9") -> é
		urldecode("100%") -> 100%
		urldecode("%zz%4") -> %zz%4
		urldecode(urlencode("a&b=c d\t")) == "a&b=c d\t" -> 1
	END
}

@test "functions may be called with blanks, nested, and with constant or changing arguments" {
	values 'b' <<-'END'
		lower( upper ( $1 ) ) -> b
		length( replace("aXbX", /x/gi, "--") ) -> 6
		max(length("abc"), num("2x"), 1) -> 3
		substr("abc", index("abc", $1)) -> bc
		"a" ~ /A/i ? upper("y") : "n" -> Y
	END
}

@test "where awk has it, operators and functions agree with awk" {
	need awk
	local exprs=(
		'$1+$2' '$1-$2' '$1*$2' '$1/$2' '$1%$2' '-$1' '$1<$2' '$1<=$2' '$1>$2' '$1>=$2' '$1==$2' '$1!=$2' '$3<$4'
		'$3==$4' '$3<"m"' '$1<"5"' '$1=="10"' '!$1' '!$3' '$1&&$2' '$1||0' '$1>5?"big":"small"' '$3~/a/' '$3!~/a/' '/a/'
		'!/a/' 'NF' 'NR' '$NF' 'length($3)' 'length($0)' 'substr($3,2)' 'substr($3,2,2)' 'substr($3,3,100)' 'index($0," ")'
		'index($3,"a")' 'int($1)' 'int(-$1/3)' 'sprintf("%5d|%-6s|%05.1f|%x|%c",$1,$3,$2,200*length($3),$3)' 'sprintf("%s%%",$1)'
		'1+2*3-4/2%3' '2-3-4' '-2+-3' '(1<2)+1' '1==1.0' '"a"<"b"' '"10"<"9"' '10<9' '$1<10' '($1<10)&&($2<10)' '$99' '!$99'
	)
	local events=('10 9 banana apple' '3.5 2 a A' '-7 3 xyz xyz' '0.5 -0.25 m 10' '100 7 9 10')
	printf '%s\n' "${events[@]}" >events
	printf 'print (%s);' "${exprs[@]}" >program
	awk "BEGIN { OFMT = CONVFMT = \"%.15g\" } { $(<program) }" events >expected
	local list
	printf -v list '(%s),' "${exprs[@]}"
	spile --ofs '\n' "map ${list%,}" events >got
	for _ in "${events[@]}"; do printf '%s\n' "${exprs[@]}"; done >asked
	same_bytes <(paste asked expected) <(paste asked got)
}

@test "numbers in text and bare patterns filter as in awk" {
	need awk
	printf '%s\n' '5 x' '10 y' '1e1 z' '+10 p' 'abc 10' '10abc 3' ' 7 7' '-3 -3' '.5 0.5' '10. 10' '9 10' >events
	local pattern
	for pattern in '$1 < $2' '$1 == $2' '$1 > $2' '/1/ && !/e/' '$2 ~ /^[0-9]+$/' '$1 ~ $2' 'length($0) > 3' '$1 < "5"' 'NR % 2'; do
		run awk "$pattern" events
		expected=$output
		run --separate-stderr spile "filter $pattern" events
		same "filter $pattern" "$expected" "$output"
	done
}
