# Calls that fail: each system call that spile makes, the first time, the second, and so on until there is none left, in
# whole pipelines. The output is right then, or there is a message and a status that is not 0; there is never a hang, a
# crash, a temporary file left, or a loss without a word. t/faults.c makes the calls fail.
#
# Here only some of the calls fail. With SPILE_FAULTS=all each of them does, which takes some minutes.
# shellcheck disable=SC2016

load helper

setup() {
	helper_jobs=" $(jobs -p | tr '\n' ' ')"
	cd "$BATS_TEST_TMPDIR" || return
	[ -z "${SPILE_SANITIZED-}" ] || skip 'a preloaded library and a sanitizer both want to be first'
	FAULTS=${SPILE%/*}/t/faults.so
	[ -e "$FAULTS" ] || skip "there is no $FAULTS"
	mkdir in
	seq -f 'line %g of several' 12 >in/few
	perl -e 'print "$_ ", $_ % 7, "\n" for 1 .. 300000' >in/many
	printf '%s\n' 'a 1' 'b 2' 'a 3' 'c 4' >in/keys
}

# CALL:ERRNO, with one that this call may meet.
reads='read:5 pread:5 recv:104'
writes='write:28 writev:5 sendmsg:104'
descriptors='open:24 pipe2:24 eventfd:24 fcntl:24 fstat:12 stat:13 lseek:29 close:5 socket:24'
files='mkostemp:28 rename:13 unlink:13 fchmod:1 fchown:1 access:13 realpath:13 fsync:5 ftruncate:5 fopen:24 fclose:28'
processes='posix_spawn:11 posix_spawnp:12 waitpid:10 pthread_create:11 ppoll:12 ioctl:25 kill:1'
sockets='bind:98 listen:98 accept4:24 setsockopt:92 getsockname:105 inotify_init1:24 inotify_add_watch:28'
memory='mmap:12 mremap:12 madvise:22'

# run_once FAULT: spile with the given arguments in a new folder `run`, with that fault (none: ''). Sets code, and hit if the
# call was made; what it wrote is in run/, what it said in said.
run_once() {
	local fault=$1
	shift
	rm -rf run hit said
	mkdir run
	code=0
	(cd run && exec timeout -k 1 10 env LD_PRELOAD="$FAULTS" FAULT="$fault" FAULT_HIT=../hit "$SPILE" "$@" \
		<../in/few >out 2>../said) 2>/dev/null || code=$?
	hit=
	[ ! -e hit ] || hit=1
}

# What it has made: the names and contents of all files, or as a set of lines where their order is open. Times differ.
made() {
	rm -f run/stats run/log
	(cd run && if [ "${any_order-}" ]; then sort -- *; else tail -n +1 -- *; fi) | cksum
}

wrong() {
	printf '%s: %s\n' "$1" "$2" >&2
	head -3 said >&2
	faults_found=1
}

judge() {
	if [ $code -eq 124 ] || [ $code -eq 137 ]; then
		wrong "$1" 'hangs'
	elif [ $code -ge 128 ]; then
		wrong "$1" "dies of signal $((code - 128))"
	elif [ $code -eq 0 ] && [ "$(made)" != "$right" ]; then
		wrong "$1" 'the output is not right, but the status is 0'
	elif [ $code -ne 0 ] && ! grep -q '^spile: ' said && [ ! -s run/bad ]; then # bad: the dead letters
		wrong "$1" "status $code without a message"
	elif compgen -G 'run/.*spile*' >/dev/null; then
		wrong "$1" 'a temporary file is left'
	fi
}

# each CALLS... -- ARGUMENT...: lets the calls fail one by one. All of them, or the first few and then ever fewer.
each() {
	local calls=() spec n step
	while [ "$1" != -- ]; do
		calls+=("$1")
		shift
	done
	shift
	faults_found=
	run_once '' "$@"
	[ $code -eq 0 ] || wrong 'no fault' "status $code"
	right=$(made)
	for spec in "${calls[@]}"; do
		step=1
		for ((n = 1; ; n += step)); do
			run_once "${spec%:*}:$n:${spec#*:}" "$@"
			[ "$hit" ] || break
			judge "$spec, call $n, $*"
			[ "${SPILE_FAULTS-}" = all ] || [ $n -lt 8 ] || step=$n
		done
		[ "${spec#*:}" != short ] || continue
		run_once "${spec%:*}:1+:${spec#*:}" "$@"
		[ ! "$hit" ] || judge "$spec, all calls, $*"
	done
	[ ! "$faults_found" ]
}

@test "calls that fail: a filter of standard input" {
	each $reads $writes $descriptors $processes read:short writev:short -- 'map $2'
}

@test "calls that fail: files read by the workers" {
	each $reads $writes $descriptors $processes pread:short writev:short -- --debug-threads 2 'map $2' ../in/many
}

@test "calls that fail: counting on two workers" {
	each $reads $descriptors $processes $memory -- --debug-threads 2 'words | count | top 5' ../in/many
}

@test "calls that fail: tee with two files" {
	each $reads $writes $descriptors $files -- 'tee { write one ; append two }' ../in/few ../in/keys
}

@test "calls that fail: a file for each key, and dead letters" {
	each $reads $writes $descriptors $files -- 'map $1, $2 % 2 | write $1.txt dead=bad' ../in/keys
}

@test "calls that fail: a process for each event" {
	each $reads $writes $descriptors $processes -- 'exec echo $2' ../in/keys
}

@test "calls that fail: processes for batches, four at a time" {
	each $reads $writes $descriptors $processes -- 'batch 3 | exec jobs=4 cat' ../in/few
}

@test "calls that fail: one process for all" {
	each $reads $writes $descriptors $processes -- 'pipe cat | agg count()' ../in/few
}

@test "calls that fail: a command's output" {
	each $reads $writes $descriptors $processes -- 'run cat ../in/few'
}

@test "calls that fail: a file that is followed" {
	# not read: follow opens a file that cannot be read again and again, without a pause
	each $writes $descriptors $sockets -- --timeout 2s 'follow from=start ../in/few | take 12'
}

@test "calls that fail: clients that connect" {
	cat >in/client <<-'END'
		use IO::Socket::UNIX;
		my $s;
		for (1 .. 50) { $s = IO::Socket::UNIX->new("s") and last; select undef, undef, undef, 0.01 }
		$s or die "no server\n";
		print $s "one\ntwo\n";
	END
	any_order=1 each $reads $writes $descriptors $sockets -- --timeout 2s '{ listen ./s | take 2 ; run perl ../in/client }'
}

@test "calls that fail: statistics, a log of jobs, a lock" {
	each $writes $descriptors $files flock:11 -- --stats=stats --joblog=log --lock=lock 'exec true | null' ../in/keys
}

@test "calls that fail: libcurl cannot be loaded" {
	mkdir run
	run --separate-stderr timeout -k 1 10 env LD_PRELOAD="$FAULTS" FAULT=dlopen:1+:2 FAULT_HIT=hit "$SPILE" 'fetch' </dev/null
	[ -e hit ] || skip 'fetch was left out'
	assert_status 2
	[[ $stderr == *'libcurl cannot be opened: '* ]]
}
