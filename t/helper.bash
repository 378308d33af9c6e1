# Loaded by every bats file (`load helper`): a fresh folder and the C locale for each test, spile with a time limit,
# and assertions that say what they got. $SPILE is the program under test, $ROOT the source tree.
# shellcheck shell=bash disable=SC2154 # output, stderr and status come from run

bats_require_minimum_version 1.5.0

export LC_ALL=C
unset TZ POSIXLY_CORRECT
ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
export ROOT SPILE=${SPILE:-$ROOT/spile}

# No child outlives its test: every spile started by this function is ended after a minute. A function, but one that
# `bash -c` sees too. Where a test needs spile's own process (kill, /proc), it starts "$SPILE" itself.
spile() {
	timeout -k 5 "${SPILE_TIMEOUT:-60}" "$SPILE" "$@"
}
export -f spile

setup() {
	helper_jobs=" $(jobs -p | tr '\n' ' ')" # bats's own
	cd "$BATS_TEST_TMPDIR" || return
}

# End what a test left in the background, so that a failed one does not hold up the others.
teardown() {
	local job
	for job in $(jobs -p); do
		[[ $helper_jobs == *" $job "* ]] || { kill -KILL "$job" && wait "$job"; } 2>/dev/null || true
	done
}

# same WHAT EXPECTED GOT: fails with both, made visible, where they differ.
same() {
	[ "$2" != "$3" ] || return 0
	{
		echo "$1 is not as expected (- expected, + got):"
		diff -u --label expected --label got <(printf '%s\n' "$2") <(printf '%s\n' "$3") | tail -n +4 | cat -A | sed 's/\$$//'
	} >&2
	return 1
}

# After `run`: the exact output (without its last newlines), standard error (with run --separate-stderr), exit status.
assert_output() { same output "$1" "$output"; }
assert_stderr() { same 'standard error' "$1" "$stderr"; }
assert_status() {
	[ "$status" -eq "$1" ] || {
		printf 'exit status is %s, expected %s; output:\n%s\n%s\n' "$status" "$1" "$output" "${stderr-}" >&2
		return 1
	}
}

# gives PIPELINE EXPECTED [INPUT]: spile's output for INPUT (escapes as in printf %b) is exactly EXPECTED's lines, its
# standard error is empty and its exit status 0.
gives() {
	run --separate-stderr spile "$1" < <(printf '%b' "${3-}")
	assert_stderr ''
	assert_status 0
	assert_output "$2"
}

# rejects PIPELINE EXPECTED: spile finds the pipeline wrong, prints exactly EXPECTED and writes nothing.
rejects() {
	run --separate-stderr spile "$1" </dev/null
	assert_stderr "$2"
	assert_output ''
	assert_status 2
}

# same_bytes EXPECTED-FILE GOT-FILE: for what no shell variable holds: NUL bytes, last newlines, size. Pipes will do.
same_bytes() {
	local expected=$1 got=$2
	[ -f "$expected" ] || { expected=$BATS_TEST_TMPDIR/.expected && cat "$1" >"$expected"; }
	[ -f "$got" ] || { got=$BATS_TEST_TMPDIR/.got && cat "$2" >"$got"; }
	cmp -s "$expected" "$got" && return
	{
		cmp "$expected" "$got" || true
		diff -u --label expected --label got <(head -c 100000 "$expected" | cat -A) <(head -c 100000 "$got" | cat -A) | head -40
	} >&2
	return 1
}

# wait_until COMMAND...: comes back as soon as COMMAND succeeds; fails after 20 s. For what announces itself in no other way.
wait_until() {
	local deadline=$((SECONDS + 20))
	until "$@" 2>/dev/null; do
		if [ $SECONDS -ge $deadline ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.01
	done
}

# none_alive FILE: fails where a process whose number stands in FILE is there.
none_alive() {
	local pid
	while read -r pid; do
		! kill -0 "$pid" 2>/dev/null || { echo "process $pid is alive" >&2 && return 1; }
	done <"$1"
}

# need COMMAND...: skips the test where a command is missing.
need() {
	local command
	for command; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}

# For tests of memory and time, which mean nothing in a build with sanitizers.
skip_if_sanitized() {
	[ -z "${SPILE_SANITIZED-}" ] || skip 'built with sanitizers'
}
