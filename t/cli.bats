# The command line (DESIGN 2.5): options, exit statuses, help.
# shellcheck disable=SC2016,SC2154 # pipelines in single quotes; stderr comes from run
load helper

# says_and_stops MESSAGE ARGUMENT...: exactly that on standard error, nothing else, exit status 2.
says_and_stops() {
	run --separate-stderr spile "${@:2}" </dev/null
	assert_stderr "$1"
	assert_output ''
	assert_status 2
}

@test "what a shell makes of a pipeline that is not quoted, or in double quotes" {
	echo x >in
	run --separate-stderr spile take 5 in
	assert_status 2
	assert_stderr "spile: pipeline:1:1: 'take' lacks its N
  take
  ^~~~ usage: take [-]N [by EXPR, ...]
spile: the pipeline is one argument, here 'take': quote it all"
	run --separate-stderr spile in </dev/null
	assert_status 2
	assert_stderr "spile: pipeline:1:1: unknown stage 'in'
  in
  ^~
spile: 'in' is a file: the pipeline comes before it"
	run --separate-stderr spile "count by " in
	assert_status 2
	assert_stderr "spile: pipeline:1:7: an expression is missing after 'by'
  count by 
        ^~
spile: between double quotes the shell replaces \$1 itself: use single quotes"
	run --separate-stderr spile fliter in
	assert_stderr "spile: pipeline:1:1: unknown stage 'fliter'
  fliter
  ^~~~~~ did you mean 'filter'?"
}

@test "FILEs are read in order, - is standard input, which is read where none is named" {
	printf 'a\n' >one
	printf 'b\n' >two
	run --separate-stderr spile 'map upper($0)' two - one <<<x
	assert_output $'B\nX\nA'
	assert_status 0
	run --separate-stderr spile 'map upper($0)' <<<x
	assert_output X
	run --separate-stderr spile 'map upper($0)' -- one <<<x
	assert_stderr ''
	assert_output A
}

@test "options stand before and after the pipeline and files, until --" {
	printf 'a:b\n' >f
	printf 'a\n' >-n
	same 1 b "$(spile -F: 'map $2' f)"
	same 2 b "$(spile 'map $2' -F: f)"
	same 3 b "$(spile 'map $2' f -F :)"
	same 4 b "$(spile --field-separator=: -- 'map $2' f)"
	run --separate-stderr spile 'map upper($0)' -- -n
	assert_output A
	POSIXLY_CORRECT=1 run --separate-stderr spile 'map $2' f -F:
	assert_output b
	run --separate-stderr spile -- 'map upper($0)' - <<<x
	assert_output X
}

@test "long forms are the short options" {
	printf 'map $2, $x' >s
	run --separate-stderr spile --file s --field-separator : --assign x=1 --jobs 1 --quiet <<<a:b
	assert_output b:1
	assert_status 0
	run bash -c "printf 'a\\0b\\0' | spile --null 'map upper(\$0)' | tr '\\0' ,"
	assert_output A,B,
	same -V "$(spile --version)" "$(spile -V)"
}

@test "-e: status 1 where nothing came out" {
	printf 'a\nb\n' >f
	local pipeline
	for pipeline in /a/ '$0' 'map $1' 'take 1' null 'write o' 'write $1' count 'tee { /z/ ; null }' 'sort $1' 'pipe cat'; do
		for e in -e --exit-status '-e -j1'; do
			# shellcheck disable=SC2086
			run --separate-stderr spile $e "$pipeline" f
			same "$pipeline" 0 "$status"
		done
	done
	for pipeline in /z/ 'take 0' 'map $1 | /z/' '/z/ | write o' 'tee { /z/ ; take 0 }' 'skip 2' 'pipe true'; do
		run --separate-stderr spile -e "$pipeline" f
		same "$pipeline" 1 "$status"
		assert_stderr ''
	done
	run spile -e '$0' /dev/null
	assert_status 1
	run spile '/z/' f
	assert_status 0
}

@test "an unreadable file among several: a message, the others are read, exit status 1" {
	printf 'a\n' >one
	mkdir dir
	run --separate-stderr spile 'map upper($0)' no one dir one
	assert_stderr "spile: file: cannot open 'no': No such file or directory
spile: file: cannot read 'dir': Is a directory"
	assert_output $'A\nA'
	assert_status 1
}

@test "exit status 0 is for a run without output, too" {
	run --separate-stderr spile 'filter 0' <<<x
	assert_output ''
	assert_status 0
	run --separate-stderr spile 'words' </dev/null
	assert_output ''
	assert_status 0
}

# ---- -n ----

@test "-n and --check parse and check, and run nothing" {
	mkdir d
	mkfifo fifo
	for option in -n --check; do
		run --separate-stderr timeout 10 "$SPILE" $option 'map upper($0) | write d/x' fifo
		assert_stderr ''
		assert_output ''
		assert_status 0
		run --separate-stderr spile $option 'run touch d/y | write d/x'
		assert_status 0
	done
	[ -z "$(ls -A d)" ]
	run --separate-stderr spile -n 'map $1' no-such-file
	assert_status 0
	says_and_stops "spile: pipeline:1:1: unknown stage 'mp'
  mp \$1
  ^~ did you mean 'map'?" -n 'mp $1'
}

@test "-n checks scripts and options" {
	printf 'map $1\n| cuont\n' >s
	says_and_stops "spile: s:2:3: unknown stage 'cuont'
  | cuont
    ^~~~~ did you mean 'count'?" -n -f s
	run --separate-stderr spile -n -v x=1 'map $x'
	assert_status 0
}

# ---- mistakes on the command line ----

@test "unknown options" {
	says_and_stops $'spile: unknown option \'--bogus\'\nspile: try \'spile --help\'' --bogus
	says_and_stops $'spile: unknown option \'--bogus\'\nspile: try \'spile --help\'' --bogus 'map $1'
	says_and_stops $'spile: unknown option \'-z\'\nspile: try \'spile --help\'' -z 'map $1'
	says_and_stops $'spile: unknown option \'-z\'\nspile: try \'spile --help\'' -qz 'map $1'
	says_and_stops $'spile: unknown option \'--bogus=1\'\nspile: try \'spile --help\'' --bogus=1
	says_and_stops $'spile: unknown option \'--tiemout=1\': did you mean \'--timeout\'?\nspile: try \'spile --help\'' --tiemout=1
	says_and_stops $'spile: unknown option \'--quite\': did you mean \'--quiet\'?\nspile: try \'spile --help\'' 'map $1' --quite
	says_and_stops "spile: unknown option '-i': /re/i ignores case; to replace a file: 'PIPELINE | write FILE'
spile: try 'spile --help'" -i /x/
	says_and_stops "spile: unknown option '-d': -F is what separates fields, --ofs what joins them
spile: try 'spile --help'" -d , 'map $1'
	says_and_stops "spile: unknown option '-r': 'sort EXPR desc' sorts the other way, 'file DIR/*' reads a folder
spile: try 'spile --help'" -r /x/
	says_and_stops "spile: unknown option '-c': 'agg count()' counts events, 'count' how many there are of each
spile: try 'spile --help'" -c /x/
}

@test "a missing pipeline" {
	says_and_stops $'spile: a pipeline is missing\nspile: try \'spile --help\''
	says_and_stops $'spile: a pipeline is missing\nspile: try \'spile --help\'' -n
	says_and_stops $'spile: a pipeline is missing\nspile: try \'spile --help\'' -F ,
}

@test "an option without its value, or with one that it does not take" {
	for option in -f -F -v -j; do
		says_and_stops "spile: option '$option' needs a value
spile: try 'spile --help'" $option
	done
	for option in --ofs --max-event; do
		says_and_stops "spile: option '$option' needs a value
spile: try 'spile --help'" $option
	done
	says_and_stops $'spile: option \'--check=1\' takes no value\nspile: try \'spile --help\'' --check=1 'map $1'
}

@test "values that an option cannot have" {
	local try=$'\nspile: try \'spile --help\'' value
	for value in 0 x -1 2000 1.5 '' 5s; do
		says_and_stops "spile: -j takes a number from 1 to 1024, not '$value'$try" -j "$value" 'map $1'
	done
	for value in 0 x -1 5MB 2GiB ''; do
		says_and_stops "spile: --max-event takes a size from 1 to 1GiB, not '$value'$try" --max-event "$value" 'map $1'
	done
	for value in x =1 1x=2 a-b=1 '$x=1' ''; do
		says_and_stops "spile: -v takes NAME=VALUE, not '$value'$try" -v "$value" 'map $1'
	done
	says_and_stops "spile: -F needs at least one character$try" -F '' 'map $1'
}

@test "mistakes in -F and --ofs" {
	says_and_stops 'spile: -F \q: wrong escape' -F '\q' 'map $1'
	says_and_stops 'spile: -F a\x4: wrong escape' -F 'a\x4' 'map $1'
	says_and_stops 'spile: --ofs \q: wrong escape' --ofs '\q' 'map $1'
	says_and_stops 'spile: -F /(/: missing closing parenthesis (at byte 1)' -F '/(/' 'map $1'
}

@test "a script that cannot be read" {
	mkdir dir
	says_and_stops "spile: cannot open 'no-such': No such file or directory" -f no-such
	says_and_stops "spile: cannot read 'dir': Is a directory" -f dir
	: >empty
	says_and_stops "spile: empty:1:1: empty pipeline" -f empty
}

# ---- options ----

@test "-f takes the pipeline from a file, all that follows are FILEs" {
	printf 'map upper($0)\n' >s
	printf 'a\n' >one
	run --separate-stderr spile -f s one
	assert_output A
	run --separate-stderr spile -fs one one
	assert_output $'A\nA'
	run --separate-stderr spile -F , -f s one
	assert_output A
	run --separate-stderr spile -f s <one
	assert_output A
}

@test "short options may be joined, long ones take = or a word" {
	run --separate-stderr spile -qF, 'map $2' <<<'a,b'
	assert_output b
	run --separate-stderr spile -qj2 --ofs=- 'map $1, $2' <<<'a b'
	assert_output a-b
	run --separate-stderr spile --ofs - --max-event 1MiB 'map $1, $2' <<<'a b'
	assert_output a-b
}

@test "-0: records end with NUL" {
	printf 'a b\nc\0d\0' >in
	spile -0 'map upper($0)' in >got
	printf 'A B\nC\0D\0' >expected
	same_bytes expected got
	spile -0 'map NR, $-1' in >got
	printf '1\tc\0002\td\0' >expected
	same_bytes expected got
	spile -0 'write out' in
	same_bytes in out
	spile -0 'append out' in
	cat in in >expected
	same_bytes expected out
	# a child's output stays lines
	spile -0 'run printf "a\nb\n"' >got
	printf 'a\0b\0' >expected
	same_bytes expected got
}

@test "-j changes no result" {
	seq 1 5000 >in
	expected=$(spile -j 1 'filter $1 % 3 | map $1 * 2 | take 500 | agg sum($1), count()' in)
	for j in 2 8 100; do
		same "-j $j" "$expected" "$(spile -j $j 'filter $1 % 3 | map $1 * 2 | take 500 | agg sum($1), count()' in)"
	done
}

@test "--max-event: a longer event is an error with its source and position" {
	printf 'abc\nabcdefgh\n' >in
	run --separate-stderr spile --max-event 5 'map $0' in
	[[ $stderr == "spile: file: event at byte 4 of 'in' is longer than --max-event (5 bytes)"* ]]
	assert_status 1
	printf 'abcde\n' >in
	run --separate-stderr spile --max-event 5 'map $0' in
	assert_stderr ''
	assert_output abcde
	assert_status 0
	run --separate-stderr spile --max-event 1k 'map length($0)' <<<"$(printf '%1000s' x)"
	assert_output 1000
	run --separate-stderr spile --max-event 1KiB 'map length($0)' <<<"$(printf '%1024s' x)"
	assert_output 1024
}

# ---- help ----

@test "--help fits a terminal: usage, examples, the stages by group" {
	run --separate-stderr spile --help
	assert_stderr ''
	assert_status 0
	[ "${lines[0]}" = "usage: spile [OPTION...] 'STAGE | STAGE ...' [FILE...]" ]
	[ "$(wc -l <<<"$output")" -le 24 ]
	[[ $output == *$'\n  Sinks      stdout stderr null write append\n'* && $output == *'spile --help STAGE'* ]]
	same 'stages by group' "$(spile --list-stages | awk '{ print $1 }' | sort)" \
		"$(sed -n '/^  Sources /,/^$/p' <<<"$output" | awk '{ for (i = 2; i <= NF; i++) print $i }' | sort)"
}

@test "the examples of --help are right" {
	run --separate-stderr spile --help
	grep -o "spile '[^']*'" <<<"$output" | grep -v STAGE | cut -d"'" -f2 >examples
	[ "$(wc -l <examples)" -eq 5 ]
	while IFS= read -r pipeline; do
		run --separate-stderr spile --check "$pipeline"
		assert_stderr ''
		assert_status 0
	done <examples
}

@test "no line of any help is wider than 80 columns" {
	local topic
	for topic in '' options $(spile --list-stages | awk '{ print $1 }'); do
		# shellcheck disable=SC2086
		same "wide lines of --help $topic" '' "$(spile --help $topic | expand | awk 'length > 80')"
	done
}

@test "--help options shows every option" {
	run --separate-stderr spile --help options
	assert_stderr ''
	assert_status 0
	[ "${lines[0]}" = 'usage: spile [OPTION...] PIPELINE [FILE...]' ]
	for option in '-f, --file SCRIPT' '-F, --field-separator SEP' --ofs '-v, --assign NAME=VALUE' -0 '-j, --jobs N' '-n, --check' -q --max-event --stats --help \
		--list-stages --version; do
		[[ $output == *"$option"* ]] || {
			echo "--help options does not tell of $option"
			return 1
		}
	done
}

@test "spile alone on a terminal says what to type" {
	need script
	run bash -c 'script -qec "$SPILE" /dev/null </dev/null | tr -d "\r"'
	assert_output "spile takes a pipeline in single quotes, then files. For example:
  spile 'words | count | top 10' FILE
To see all stages: spile --help"
	script -qec "$SPILE" /dev/null </dev/null >out || [ $? -eq 2 ]
}

@test "--list-stages has a line a stage, and --help STAGE tells of each" {
	run --separate-stderr spile --list-stages
	assert_stderr ''
	assert_status 0
	stages=$(awk '{ print $1 }' <<<"$output")
	for stage in agg append batch bottom count distinct file filter join map match null parse reject run seq set skip \
		split stderr stdin stdout take top unbatch uniq while words write; do
		grep -qx "$stage" <<<"$stages" || {
			echo "$stage is missing in --list-stages"
			return 1
		}
	done
	same 'stages that are listed twice' '' "$(sort <<<"$stages" | uniq -d)"
	same 'lines without a description' '' "$(awk 'NF < 2' <<<"$output")"
	for stage in $stages; do
		run --separate-stderr spile --help "$stage"
		assert_stderr ''
		assert_status 0
		[[ $output == "$stage"* && $output == *'name='*'max_demand='*'min_demand='* ]]
	done
}

@test "--help STAGE shows usage, purpose, options and an example of the manual" {
	run --separate-stderr spile --help take
	assert_output "take [-]N [by EXPR, ...]
  the first N events, or with -N the last; of each key

Like all that can fail: dead= max_failures= name= max_demand= min_demand=

Example:
  \$ yes | spile 'take 2'
  y
  y"
	run --separate-stderr spile --help agg
	[[ $output == *'every='* && $output == *'order='* && $output == *'max_keys='* && $output == *running* ]]
}

@test "--help of every stage has an example that uses it" {
	local stage
	for stage in $(spile --list-stages | awk '{ print $1 }'); do
		spile --help "$stage" | sed '1,/^Example:$/d' | grep -qE "spile.*\b$stage\b" || {
			echo "--help $stage has no example"
			return 1
		}
	done
}

@test "--help of an unknown stage suggests one" {
	says_and_stops "spile: unknown stage 'tkae': did you mean 'take'?" --help tkae
	says_and_stops "spile: unknown stage 'xyzzy'" --help xyzzy
}

@test "--version" {
	run --separate-stderr spile --version
	assert_stderr ''
	assert_status 0
	[[ ${lines[0]} =~ ^spile\ [0-9]+\.[0-9]+ ]]
	[[ ${lines[1]} == 'MIT licence'* ]]
	for feature in 'libcurl (fetch)' 'libxml2 (html, xml)' 'zlib (gzip)' 'libzstd (zstd)' 'liblzma (xz)' 'libbz2 (bzip2)' \
		'liblz4 (lz4)'; do
		grep -qxE "(with|without) $(sed 's/[()]/\\&/g' <<<"$feature")" <<<"$output"
	done
}

@test "help on a full disk is a failure" {
	[ -w /dev/full ] || skip 'no /dev/full'
	local option
	for option in --help --list-stages --version '--help take'; do
		# shellcheck disable=SC2086
		run bash -c "spile $option >/dev/full"
		assert_status 1
	done
}

@test "-h is shorter than --help, and the same for a stage" {
	[ "$(spile -h | wc -l)" -le 4 ]
	[[ $(spile -h) == 'usage: spile '* ]]
	same '-h take' "$(spile --help take)" "$(spile -h take)"
}

# ---- --lock ----

@test "--lock: a second run ends at once with status 3 and opens nothing" {
	mkfifo ready go
	"$SPILE" --lock l 'run sh -c q{echo >ready; cat go} | write out' &
	read -r <ready
	run --separate-stderr spile --lock l 'tee { write second ; run touch third }' </dev/null
	assert_status 2 # what is wrong is said before the lock is looked at
	run --separate-stderr spile --lock l 'write second' </dev/null
	assert_stderr "spile: another run holds 'l'"
	assert_output ''
	assert_status 3
	[ ! -e second ]
	echo x >go
	wait $!
	same out x "$(<out)"
	run --separate-stderr spile --lock l 'map 1' <<<x
	assert_status 0
}

@test "--lock ends with the process, even if a child lives on" {
	mkfifo in pid
	"$SPILE" --lock l 'run sh -c q{sleep 60 >/dev/null 2>&1 & echo $! >pid; read x <in}' &
	local spile=$! child
	read -r child <pid
	run --separate-stderr spile --lock l null </dev/null
	assert_status 3
	kill -KILL $spile
	wait $spile || true
	run --separate-stderr spile --lock l null </dev/null
	assert_status 0
	kill "$child" # it was there all the time
	echo >in &
}

@test "--lock leaves the file's content alone, and checks take no lock" {
	echo precious >l
	run --separate-stderr spile --lock l null </dev/null
	assert_status 0
	same l precious "$(<l)"
	local option
	for option in -n --explain --graph; do
		run --separate-stderr spile --lock no/l $option null </dev/null
		assert_status 0
	done
	run --separate-stderr spile --lock no/l 'write out' </dev/null
	assert_stderr "spile: cannot lock 'no/l': No such file or directory"
	assert_status 2
	[ ! -e out ]
}

# ---- --timeout ----

@test "--timeout drains the run and ends it with status 4" {
	run --separate-stderr spile --timeout 100ms 'run sh -c q{echo a; echo b; exec sleep 60} | count | map $1'
	assert_stderr 'spile: the time is up (--timeout)'
	assert_output $'1\n1'
	assert_status 4
	run --separate-stderr spile -q --timeout 100ms 'seq 1 inf | batch 1000 | take 1000000000 | null'
	assert_stderr ''
	assert_status 4
}

@test "--timeout has no effect on a run that is over before" {
	run --separate-stderr spile --timeout 1h 'map 1 / $0' <<<0
	assert_status 1
	run --separate-stderr spile --timeout 1h 'map 1' <<<0
	assert_output 1
	assert_status 0
}

@test "--timeout cuts a run short: write leaves its file as it was" {
	echo old >out
	run --separate-stderr spile --timeout 100ms 'run sh -c q{echo new; exec sleep 60} | write out'
	assert_stderr "spile: write: 'out' is not replaced: --timeout ended the run
spile: the time is up (--timeout)"
	assert_status 4
	same out old "$(<out)"
}

@test "--timeout in the middle of an event: what has begun is left out and told" {
	mkfifo in
	exec 8<>in
	printf 'a\nhal' >&8
	run --separate-stderr spile --timeout 300ms 'map $0' <&8
	assert_stderr "spile: stdin: --timeout came in the middle of an event, which is left out: 'hal'
spile: the time is up (--timeout)"
	assert_output a
	assert_status 4
}

@test "values that --timeout cannot have" {
	local value
	for value in 0s 0 x -1s '' 1d 1e3s 99999999999999999h; do
		says_and_stops "spile: --timeout takes a duration such as 500ms, 2s, 5m or 1h, not '$value'
spile: try 'spile --help'" --timeout "$value" 'map $1'
	done
}
