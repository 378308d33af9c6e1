# Functions that digest, encode and rewrite: against the tools and Python's modules that do the same.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# one EXPR VALUE: what the expression gives for an event.
one() {
	run --separate-stderr spile "map $1" <<<"${3-}"
	assert_stderr ''
	same "$1" "$2" "$output"
	assert_status 0
}

# fails EXPR WHY [EVENT]
fails() {
	run --separate-stderr spile "map $1" <<<"${3-}"
	assert_stderr "spile: map: $2: '${3-}'"
	assert_status 1
}

@test "md5, sha1 and sha256 agree with md5sum, sha1sum and sha256sum at every length around a block" {
	for n in 0 1 3 54 55 56 57 63 64 65 119 120 128 1000; do
		printf 'x%.0s' $(seq "$n") | head -c "$n" >text
		echo >>text
		for sum in md5 sha1 sha256; do
			got=$(spile "map $sum(\$0)" text)
			same "$sum of $n bytes" "$(head -c "$n" text | "${sum}sum" | cut -d' ' -f1)" "$got"
		done
	done
}

@test "crc32, base64, commas, rev, stem and ext agree with Python" {
	python3 - >events 2>expected <<-'END'
		import sys, zlib, base64, random, pathlib
		random.seed(7)
		for _ in range(2000):
		    s = ''.join(random.choice('ab.cdé€😀 -_:0123') for _ in range(random.randrange(1, 40)))
		    b = s.encode()
		    print(s)
		    e = base64.b64encode(b).decode()
		    n = random.randrange(-10**random.randrange(1, 18), 10**15)
		    name = s.replace('.', 'x') + '.tgz'
		    print('%08x' % (zlib.crc32(b)), e, s[::-1], s, '{:,}'.format(len(s) ** 9), pathlib.PurePath(name).stem,
		          pathlib.PurePath(name).suffix[1:], sep='|', file=sys.stderr)
	END
	spile --ofs '|' 'map crc32($0), base64($0), rev($0), unbase64(base64($0)), commas(length_u($0) ** 9),
		stem("${replace($0, /\./g, "x")}.tgz"), ext("$0.tgz")' events >got
	diff expected got
}

@test "human agrees with numfmt --to=iec-i, bytes with numfmt --from=auto" {
	{ seq 0 300; seq 1000 7 3000; seq 10000 997 2000000; seq 1000000000 99999999 9000000000; echo -1537; } >numbers
	spile 'map human($0)' numbers >got
	numfmt --to=iec-i <numbers | diff - got
	printf '%s\n' 1K 3Ki 1.5K 20M 20Mi 7G 1.25Gi 2T 12 >sizes
	spile 'map bytes($0)' sizes >got
	numfmt --from=auto <sizes | diff - got
	one 'bytes("2 MiB"), bytes("1kb"), bytes("5B"), bytes("1e3")' $'2097152\t1000\t5\t1000'
	fails 'bytes($0)' "'1x' is not a size such as 1.5K, 20MiB or 300" 1x
}

@test "natural sorts as sort -V does" {
	printf 'file%d.txt\n' 10 9 100 1 20 2 1000000000000000000000 999999999 >names
	printf '%d\n' 7 70 700 12345678901 9 >>names
	spile 'sort natural($0)' names >got
	sort -V names | diff - got
}

@test "hex, bin, floor, ceil, sqrt, log, exp and trunc agree with Python" {
	python3 - >numbers 2>expected <<-'END'
		import sys, math, random
		random.seed(3)
		for _ in range(1000):
		    x = round(random.uniform(-1e6, 1e6), 3)
		    print(x)
		    i = int(x)
		    h = format(i, 'x'), format(i, 'b')
		    print(*h, math.floor(x), math.ceil(x), '%.9g' % math.sqrt(abs(x)), '%.9g' % math.log(abs(x)),
		          '%.9g' % math.exp(x / 1e6), i // 300 * 300, sep='\t', file=sys.stderr)
	END
	spile 'map hex($0), bin($0), floor($0), ceil($0), sprintf("%.9g", sqrt(abs($0))), sprintf("%.9g", log(abs($0))),
		sprintf("%.9g", exp($0 / 1e6)), trunc(int($0), 5m)' numbers >got
	diff expected got
	fails 'sqrt($0)' 'a negative number has no square root' -1
	fails 'log($0)' 'only numbers above 0 have a logarithm' 0
	fails 'hex($0)' 'the number is too large' 1e300
	fails 'trunc(1, $0)' 'trunc needs a step above 0' 0
	one 'trunc(7.5, 0.5), trunc(-1, 1h), hex(0)' $'7.5\t-3600\t0'
}

@test "repeat and pad count characters; what they make has the bound of an event" {
	one 'repeat("ab", 3), repeat("x", -1)' $'ababab\t'
	one '"${pad("é", 3)}|", pad("é", -3, "."), pad("long", 2)' $'é  |\t..é\tlong'
	fails 'pad("x", 3, $0)' 'pad fills with one character' ab
	run --separate-stderr spile --max-event 1000 'map length(repeat($0, 501))' <<<ab
	assert_stderr "spile: map: text longer than --max-event (1000 bytes): 'ab'"
	run --separate-stderr spile 'map length(repeat($0, 9e18))' <<<ab
	assert_status 1
	run --separate-stderr spile 'map length(pad($0, -9e18))' <<<ab
	assert_status 1
}

@test "stem and ext of names with dots at odd places" {
	one 'stem("/a/b.tar.gz"), ext("/a/b.tar.gz"), stem(".rc"), ext(".rc"), ext("a."), stem("a.d/b"), ext("a.d/b")' \
		$'b.tar\tgz\t.rc\t\t\tb\t'
}

@test "unbase64 takes the alphabet of URLs, blanks and no end, and refuses the rest" {
	one 'unbase64("_-8"), unbase64("YW Jj"), unbase64("YQ"), unbase64("")' "$(printf '\xff\xef\tabc\ta\t')"
	for wrong in a 'YQ=' 'YQ==YQ==' 'Y!Q=' 'YWJj='; do
		fails 'unbase64($0)' "'$wrong' is not base64" "$wrong"
	done
}

@test "cidr and ip agree with Python's ipaddress" {
	python3 - >events 2>expected <<-'END'
		import sys, ipaddress, random
		random.seed(5)
		for _ in range(3000):
		    bits = random.choice((32, 128))
		    kind = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address
		    a = kind(random.getrandbits(bits))
		    n = random.randrange(bits + 1)
		    other = kind(int(a) ^ (1 << random.randrange(bits)))
		    net = ipaddress.ip_network('%s/%d' % (other, n), strict=False)
		    print(a, net)
		    text = '.'.join('%03d' % b for b in a.packed) if bits == 32 else a.exploded
		    print(int(a in net), text, sep='\t', file=sys.stderr)
	END
	spile 'map cidr($1, $2), ip($1)' events >got
	diff expected got
	one 'cidr("::ffff:10.0.0.1", "10.0.0.0/8"), cidr("10.0.0.1", "10.0.0.1"), cidr("10.9.9.9", "10.1.2.3/8")' $'0\t1\t1'
	fails 'cidr($0, "10.0.0.0/8")' "'10.0.0' is not an IP address" 10.0.0
	fails 'cidr("10.0.0.1", $0)' "'10.0.0.0/33' is not a network such as 10.0.0.0/8" 10.0.0.0/33
}

@test "decode agrees with iconv" {
	printf 'Stra\xdfe f\xfcr \xa4\n' >latin
	spile 'map decode($0, "ISO-8859-15")' latin >got
	iconv -f ISO-8859-15 -t UTF-8 latin | diff - got
	fails 'decode("x", $0)' "there is no encoding 'nonsense'" nonsense
}

@test "random and uuid differ from event to event" {
	run spile 'seq 1000 | map random() | filter $0 >= 0 && $0 < 1 | distinct | agg count()'
	assert_output 1000
	run spile 'seq 1000 | map uuid() | /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/ | distinct | agg count()'
	assert_output 1000
}
