# The same input gives the same bytes for every -j, block size, with stages joined or not, from a file, a pipe and a
# slow pipe (DESIGN 3). The pipelines are listed here, or made by a generator with a fixed seed; scripts/fuzz events gives
# it others (SPILE_SEED), and they make other input, too.
load helper

setup_file() {
	export LC_ALL=C
	cd "$BATS_FILE_TMPDIR" || return
	# what lines may hold: words, numbers, empty lines, NUL, bytes that are no UTF-8, CRLF, a long line, no last newline
	awk -v seed="${SPILE_SEED:-11}" 'BEGIN {
		srand(seed); n = split("a b foo Bar x=1 y=22 12 3.5 -7 1e3 ERROR the THE zz \303\251 0 007 +5 10 9 caf\303\251", w, " ")
		for (i = 1; i <= 1500; i++) {
			k = int(rand() ^ 2 * 7); s = ""
			for (; k > 0; k--) s = s w[1 + int(rand() * n)] (rand() < .1 ? "\t" : rand() < .1 ? "  " : rand() < .1 ? "," : " ")
			if (rand() < .02) s = s "\377\376"
			if (rand() < .02) s = s "@q" # becomes NUL
			if (rand() < .02) s = s "\r"
			if (i % 400 == 0) for (k = 0; k < 300; k++) s = s "long" k
			printf "%s%s", s, (i < 1500 ? "\n" : "")
		}
	}' | tr @ '\0' >mixed
	# bytes without any sense, among which newlines, blanks and digits are frequent
	printf %b "$(awk -v seed="${SPILE_SEED:-13}" 'BEGIN {
		srand(seed); n = split("12 12 12 40 40 11 54 141 60 61 55", often, " ")
		for (i = 0; i < 6000; i++) printf "\\0%s", rand() < .5 ? often[1 + int(rand() * n)] : sprintf("%o", int(rand() * 256))
	}')" >noise
	# more than 1 MiB, so that workers read it in spans
	awk 'BEGIN { srand(12); for (i = 1; i <= 60000; i++) printf "%d k%d %.3f w%d the end\n", i, rand() ^ 3 * 500, rand() * 100, rand() * 5 }' >large
	# a record that is longer than all blocks between short ones, empty lines, no last newline
	{
		seq 1000
		head -c 700000 /dev/zero | tr '\0' x
		echo
		yes '' | head -300
		head -c 300000 /dev/zero | tr '\0' '\0'
		printf '\nlast'
	} >long
	# writes a file in pieces of many sizes, each with a write of its own
	cat >dribble <<-'X'
		#!/bin/sh
		# dribble FILE: short and long pieces by turns
		{
			dd bs=1 count=50
			dd bs=7 count=30
			dd bs=1000 count=2
			dd bs=3 count=20
			dd bs=4096 count=5
			dd bs=1 count=20
			cat
		} <"$1" 2>/dev/null
	X
	chmod +x dribble
}

# run_as WHAT PIPELINE FILE OPTIONS...: output, messages and status in got, without what names the source.
run_as() {
	local what=$1 pipeline=$2 file=$3 status=0
	shift 3
	case $what in
	file) spile "$@" "$pipeline" "$file" >got 2>got.err || status=$? ;;
	stdin) spile "$@" "$pipeline" <"$file" >got 2>got.err || status=$? ;;
	pipe) cat "$file" | spile "$@" "$pipeline" >got 2>got.err || status=$? ;;
	slow) "$BATS_FILE_TMPDIR/dribble" "$file" | spile "$@" "$pipeline" >got 2>got.err || status=$? ;;
	esac
	[ $status -le 1 ] || {
		echo "exit status $status: spile $* '$pipeline' ($what)" >&2
		cat got.err >&2
		return 1
	}
	echo "exit status $status" >>got.err
}

# always PIPELINE FILE VARIANTS: the same bytes for all of them.
always() {
	local pipeline=$1 file=$BATS_FILE_TMPDIR/$2 what options
	run_as file "$pipeline" "$file" -j1
	mv got expected
	mv got.err expected.err
	while read -r what options; do
		# shellcheck disable=SC2086
		run_as $what "$pipeline" "$file" $options || return
		cmp -s expected got && cmp -s expected.err got.err || {
			echo "$what, spile $options '$pipeline' differs from file, spile -j1:" >&2
			diff -a expected.err got.err | head -5 | cut -c1-200 >&2
			cmp expected got >&2
			return 1
		}
	done <<<"$3"
}

variants='file -j1 --debug-block-bytes 1
file -j2 --debug-block-bytes 7
file --debug-threads 8 --debug-block-bytes 64
file -j2 --debug-block-bytes 4096 --debug-no-fuse
file --debug-threads 8
file --debug-threads 8 --debug-block-bytes 16MiB
stdin -j2 --debug-block-bytes 64 --debug-no-fuse
stdin --debug-threads 8 --debug-no-fuse
pipe -j2 --debug-block-bytes 7 --debug-no-fuse
pipe --debug-threads 8 --debug-block-bytes 4096
slow -j1
slow -j2 --debug-block-bytes 64
slow --debug-threads 8 --debug-no-fuse
slow --debug-threads 8 --debug-block-bytes 1'

few='file -j1 --debug-block-bytes 1
file --debug-threads 8 --debug-block-bytes 7
stdin -j2 --debug-block-bytes 64 --debug-no-fuse
pipe -j2
slow --debug-threads 8 --debug-block-bytes 4096'

many='file -j2
file --debug-threads 8
file --debug-threads 8 --debug-no-fuse
file -j2 --debug-block-bytes 4096
file --debug-threads 8 --debug-block-bytes 16MiB
stdin --debug-threads 8
pipe -j2
slow --debug-threads 8 --debug-block-bytes 4096'

@test "pure stages" {
	for pipeline in '/a/' 'reject /[0-9]/' 'map upper($0)' 'map $2, $1' 'map NR, FNR, NF, $-1' 'words' 'split /[ ,]+/' \
		'split ","' 'match /(\w)=(\d+)/ | map $2, $1, NR' 'match /o*/' 'parse /(?<k>\w+)=(?<v>\d+)/ keep | map $v, $k' \
		's/(\w+) (\w+)/$2 $1/g' 's/^/> /' 'set $2=NR, n=length($0) | map $n, $0' 'map $2.., NF' 'map $NF..$2 | set $1..="<$_>"' 'count by $2..$3' 'filter 1 | map "<$0>"' \
		'$1 < 10 | words | map lower($0) | !/^x/ | split "o"'; do
		always "$pipeline" mixed "$variants"
	done
}

@test "ordered stages" {
	for pipeline in 'take 700' 'skip 700' 'while NR < 777' 'take 2 by $1' 'skip 2 by lower($1)' 'uniq' 'uniq by NF count' \
		'words | uniq count' 'distinct' 'words | distinct' 'distinct by $1, NF' 'words | take 999 | skip 99'; do
		always "$pipeline" mixed "$variants"
	done
}

@test "aggregates" {
	for pipeline in 'words | count' 'words | map lower($0) | count | top 10' 'count by $1, NF order=key' \
		'agg count(), sum(num($2, 0)), mean(num($1, 0.1)), min($1), max($2), first($3), last($0), distinct($1)' \
		'agg list($1, ","), p50(num($2, 0)), p99(length($0)) by NF' 'top 20 $2' 'bottom 20 length($0)' 'words | top 30 $0' \
		'agg s=sum(num($1, 0) / 7), sum(0.1) by $2 order=key' 'agg n=count() by $1 running | map $n'; do
		always "$pipeline" mixed "$variants"
	done
}

# What flows together has no order, but what it counts to has.
@test "branches" {
	for pipeline in 'tee { /a/ | map "a $1" ; words | map "w $0" ; !/a/ } | count' 'tee { words ; tee { map $1 ; /x/ | map NR } } | count' \
		'tee { words | count ; agg count(), list($1) ; top 3 | map $0, NR } | count' 'tee { /b/ | take 9 ; map upper($0) } | count'; do
		always "$pipeline" mixed "$variants"
	done
}

@test "windows and batches" {
	for pipeline in 'count by $1 every=100' 'agg sum(num($1, 0)) every=7' 'words | count every=1000 | top 2' \
		'batch 7 | join ","' 'batch bytes=100 | count' 'batch start=/^E/ | agg count(), last($0)' 'batch 9 | words | uniq | join "+"' \
		'batch 100 | top 3 length($0) | unbatch | map $1' 'batch 5 | filter /a/ | take 20 | join "|"' \
		'batch 3 | skip 100 | distinct | join " "'; do
		always "$pipeline" mixed "$variants"
	done
}

@test "events that fail" {
	for pipeline in 'map $1 + 1' 'filter 10 / $1 > 1 | words | count' 'agg sum($2) by NF' \
		'batch 10 | map $1 * 2 | join ","'; do
		always "$pipeline" mixed "$variants"
	done
}

@test "lines as they are" {
	for file in mixed long; do
		cp "$BATS_FILE_TMPDIR/$file" expected
		while read -r what options; do
			# shellcheck disable=SC2086
			for pipeline in 'filter 1' 'take 1000000' 'batch 100' 's/$^x//'; do
				run_as $what "$pipeline" expected $options
				same_bytes expected got
			done
		done <<<"$few"
	done
}

@test "very long events" {
	for pipeline in 'map length($0)' 'map upper($0) | map substr($0, 1, 5), length($0)' 'count | map $1, length($2)' \
		'uniq count | map $1, substr($2, 1, 9)' 'split /x/ | count' 'top 2 length($0) | map length($0)' 's/x/y/g | map length($0)' \
		'batch 9 | join "" | map length($0)' 'words | map length($0)' 'match /x+/ | map length($0)'; do
		always "$pipeline" long 'file --debug-threads 8
file -j2 --debug-block-bytes 4096
stdin -j2 --debug-block-bytes 1000 --debug-no-fuse
pipe --debug-threads 8
slow -j2'
	done
}

@test "a large file, which workers read in spans" {
	for pipeline in 'filter 1' '/9 the/' 'map $2, NR, FNR' 'words | count' 'count by $2 | top 10' 'agg sum($3), mean($3), p90($3) by $4' \
		'distinct by $2' 'uniq by $4 count' 'take 40000 | skip 30000' 'top 9 $3' 'split " " | distinct | count' 'words | take 100000 | agg last($0)' \
		'batch 1000 | agg sum($3)' 'count by $4 every=10000' 's/k(\d+)/<$1>/g | $2 != "<7>"' 'agg first($0), last($0), list($1, "") by $2'; do
		always "$pipeline" large "$many"
	done
}

@test "a large file among others, with and without last newlines" {
	cd "$BATS_FILE_TMPDIR"
	printf 'no newline' >short
	awk '{print}' large short mixed large >"$BATS_TEST_TMPDIR/expected"
	for j in 1 2 8; do
		spile -j$j 'filter 1' large short mixed large >"$BATS_TEST_TMPDIR/got"
		same_bytes "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/got"
		spile -j$j 'map FILE, FNR, NR | skip 59999 | take 3' large short mixed >"$BATS_TEST_TMPDIR/got"
		same_bytes <(printf 'large\t60000\t60000\nshort\t1\t60001\nmixed\t1\t60002\n') "$BATS_TEST_TMPDIR/got"
	done
}

# pipelines COUNT SEED: random pipelines that are right, a line each.
pipelines() {
	awk -v count="$1" -v seed="$2" '
		function one(list,    a) { return a[1 + int(rand() * split(list, a, "@"))] }
		function key() { return " by " one("$1@NF@lower($1)@length($0) % 3@$2@NR % 4@$0@$1, NF") }
		function maybe_key() { return rand() < .5 ? key() : "" }
		function value() {
			return one("$1@$2@$0@$-1@lower($0)@length($0)@NF@NR@\"$1-$2\"@num($1, 0) + 1@$1 + 1@NR % 3@substr($0, 2, 3)@trim($0)@" \
				"replace($0, /[aeiou]/, \"_\")@($1 < $2)@NR / 7@max($1, $2)@max($1..)@join(\"-\", $2..)@10 / num($2, 0)")
		}
		function test() {
			return one("/a/@!/b/@$1 < 5@NF > 2@$1 == $2@$2 >= \"b\"@NR % 2@length($0) < 12@$1 ~ /^[0-9]+$/@$0 != \"\"@$1 + 1 > 2@/x=\\d/")
		}
		function plain(    r) {
			r = int(rand() * 16)
			if (r < 3) return one("filter @reject ") test()
			if (r < 4) return "map " value()
			if (r < 5) return "map " one("@$2.., @$NF..$1, ") value() ", u=" value()
			if (r < 6) return one("set $2=@set $2..=@set $NF=") value()
			if (r < 7) return "words"
			if (r < 8) return one("split /[ ,]+/@split \",\"@split /a|b/@match /\\w+/@match /(\\w)=(\\d)/@match /[a-z]*/")
			if (r < 9) return one("s/a/<$&>/g@s/(\\w+) (\\w+)/$2 $1/@s/x*/-/g@s/\\s+$//")
			if (r < 10) return one("take @skip ") one("0@1@10@400")
			if (r < 11) return one("take 2@skip 1") key()
			if (r < 12) return "uniq" maybe_key() one("@ count")
			if (r < 13) return "distinct" maybe_key()
			if (r < 14) return one("count@agg count(), max($1)@agg sum(num($1, 0)), list($2, \",\")@agg mean(num($2, 1)), p50(length($0))") \
				maybe_key() one("@ order=key")
			if (r < 15) return one("top @bottom ") one("1@20") one("@ $0@ $2@ length($0)") one("@@ by NF@ max_demand=3@ max_keys=9")
			return "agg n=count(), last($1)" maybe_key() " running"
		}
		function batched(    s, n) {
			s = one("batch 1@batch 7@batch 100@batch bytes=64@batch start=/a/@count every=7@agg count(), max($1) every=50")
			for (n = int(rand() * 3); n > 0; n--)
				s = s " | " one("filter " test() "@map " value() "@words@count@agg n=count(), max($1)@top 2@uniq@distinct@skip 1@agg count() running")
			return s one(" | join \",\"@ | unbatch@")
		}
		BEGIN {
			srand(seed)
			for (; count > 0; count--) {
				s = plain()
				for (n = int(rand() * 3); n > 0; n--) s = s " | " plain()
				print rand() < .3 ? s " | " batched() : s
			}
		}'
}

@test "pipelines made at random" {
	pipelines "${SPILE_RANDOM_PIPELINES:-60}" "${SPILE_SEED:-7}" >made
	while IFS= read -r pipeline; do
		always "$pipeline" mixed "$few"
		always "$pipeline" noise "$few"
	done <made
}
