#!/usr/bin/env bats
# Compressed input: every codec, from files and pipes, several members, broken ones. Compared with what the codec's own program gives.

load helper

# codecs: those whose program is there, a line each: SUFFIX PROGRAM.
codecs() {
	local line
	for line in 'gz gzip' 'zst zstd' 'xz xz' 'bz2 bzip2' 'lz4 lz4'; do
		! command -v "${line#* }" >/dev/null || echo "$line"
	done
}

make_input() {
	seq 1 50000 >plain
	while read -r suffix program; do
		"$program" -c <plain >"in.$suffix"
	done < <(codecs)
}

@test "files and pipes, fast and slow" {
	make_input
	while read -r suffix program; do
		spile -j1 pass "in.$suffix" | cmp plain -
		spile -j2 --debug-block-bytes 7 pass "in.$suffix" | cmp plain -
		spile pass < <(cat "in.$suffix") | cmp plain -
		spile pass < <(head -c 1 "in.$suffix"; sleep 0.1; tail -c +2 "in.$suffix" | head -c 5; sleep 0.1; tail -c +7 "in.$suffix") | cmp plain -
		spile pass <"in.$suffix" | cmp plain -
	done < <(codecs)
}

@test "several members are one input, and padding of zeros is none" {
	make_input
	while read -r suffix program; do
		cat "in.$suffix" "in.$suffix" >two
		run -0 spile 'agg count(), sum($0)' two
		assert_output $'100000\t2500050000'
	done < <(codecs)
	{ cat in.gz && head -c 1000 /dev/zero; } >padded
	gives_file padded
}

gives_file() {
	run -0 --separate-stderr spile 'agg count()' "$1"
	assert_output 50000
	assert_stderr ''
}

@test "files of several kinds in one run, each with its name" {
	make_input
	spile 'count by FILE | sort $2 | map $1, $2' plain in.* >got
	for name in in.* plain; do printf '50000\t%s\n' "$name"; done | sort -k2 >expected
	sort -k2 got | diff expected -
}

@test "what comes before a cut is delivered, with a message and status 1" {
	make_input
	while read -r suffix program; do
		head -c $(($(stat -c %s "in.$suffix") * 9 / 10)) "in.$suffix" >"cut.$suffix"
		run --separate-stderr spile pass "cut.$suffix"
		assert_status 1
		assert_stderr "spile: file: cannot read 'cut.$suffix': it is cut short"
		printf '%s' "$output" >got
		[ ! -s got ] || cmp -n "$(stat -c %s got)" plain got
	done < <(codecs)
	gzip -dc <cut.gz 2>/dev/null >expected || true # at least what gzip gives
	spile pass cut.gz 2>/dev/null >got || true
	cmp -n "$(stat -c %s expected)" expected got
}

@test "garbage after the last member, and within one, is an error" {
	make_input
	{ cat in.gz && echo garbage; } >more.gz
	run --separate-stderr spile 'agg count()' more.gz
	assert_status 1
	assert_output 50000
	assert_stderr "spile: file: cannot read 'more.gz': after the compressed data comes something else"
	{ head -c 30000 in.gz && head -c 20000 /dev/urandom; } >bad.gz
	run --separate-stderr spile 'agg count()' bad.gz
	assert_status 1
	assert_stderr "spile: file: cannot read 'bad.gz': it is no proper gzip data"
}

@test "the next file is read after one that is broken" {
	make_input
	head -c 1000 in.gz >cut.gz
	run --separate-stderr spile 'filter FILE == "plain" | agg count()' cut.gz plain
	assert_status 1
	assert_output 50000
}

@test "--raw reads the bytes as they are" {
	make_input
	spile --raw pass in.gz | cmp in.gz -
}

@test "text that begins as a magic does is text" {
	gives pass $'\x1f' '\x1f'
	gives pass $'\x1fa\nb' '\x1fa\nb\n'
	gives pass 'BZh9' 'BZh9'
	gives pass 'BZh91AY' 'BZh91AY\n'
	gives pass '(' '('
}

@test "take 1 ends an endless compressed stream, in little memory" {
	mkfifo fifo
	{ yes | gzip -c >fifo; } 3>&- &
	local writer=$!
	run -0 spile 'take 1' fifo
	assert_output y
	wait $writer || true # it had more to say
}

@test "a signal ends a compressed pipe that says nothing more" {
	make_input
	mkfifo fifo
	exec 7<>fifo
	"$SPILE" 'append out' <fifo 7>&- &
	local pid=$!
	cat in.gz >&7
	until [ -s out ]; do sleep 0.01; done
	kill -TERM $pid
	run wait $pid
	exec 7>&-
	[ "$(head -n 1 out)" = 1 ]
}
