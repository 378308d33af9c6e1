# Which files a run reads and writes: what it must not read while it writes it, what may be shared, and names that stand for
# the same file.
load helper

# refused MESSAGE [OPTION...] PIPELINE [FILE...]: nothing is read or written, and the file f stays as it is.
refused() {
	local message=$1
	shift
	seq 3 >f
	run --separate-stderr spile "$@" </dev/null
	assert_stderr "spile: $message"
	assert_output ''
	assert_status 2
	same f $'1\n2\n3' "$(cat f)"
}

@test "an input file that is output is an error before anything is read" {
	refused "append: input file is output: 'f'" 'append f' f
	ln -s f link
	ln f hard
	refused "append: input file is output: './link'" 'append ./link' f
	refused "append: input file is output: 'hard'" 'append hard' link
	refused "append: input file is output: 'f'" 'file link | tee { null ; append f }'
	refused "append: input file is output: 'f'" '{ seq 1 3 ; file none f } | append f'
	refused "append: input file is output: 'f'" 'follow f | append f'
	refused "append: input file is output: 'later'" 'follow later | append later'
	refused "map: input file is output: 'f'" 'map 1 / 0 dead=f' f
	refused "--joblog: input file is output: 'f'" --joblog f 'exec true' f
	refused "--stats: input file is output: 'f'" --stats=f 'map $0' f
	[ ! -e later ]
}

@test "descriptors are inputs and outputs too" {
	local message='spile: stdout: input file is output: '
	seq 3 >f
	(
		refuse() { # RUN MESSAGE: with an end, where it would grow
			local status=0
			(ulimit -f 100; eval "$1") 2>err || status=$?
			same "message of $1" "$2" "$(cat err)"
			same "status of $1" 2 "$status"
			same "file after $1" 3 "$(grep -c . f)"
		}
		refuse 'spile "map \$0" f >>f' "$message'f'"
		refuse 'spile "map \$0" <f >>f' "${message}standard input"
		refuse 'spile "map \$0" 0<>f >&0' "${message}standard input"
		refuse 'spile "stdin | append f" <f' "spile: append: input file is output: 'f'"
		refuse 'spile "append /dev/stdin" <f' "spile: append: input file is output: '/dev/stdin'"
		refuse 'spile "map 1 / 0 dead=f" - <f' "spile: map: input file is output: 'f'"
	)
	spile 'map 1 / 0' f 2>>f >out && status=0 || status=$?
	same status 2 "$status"
	same message "spile: standard error: input file is output: 'f'" "$(tail -n +4 f)"
	# neither is in use
	spile 'seq 1 3 | null' <f >>f
	seq 3 >f
	spile 'seq 1 3 | stdout' <f >>f
	same f "$(seq 3; seq 3)" "$(cat f)"
}

@test "write may replace an input" {
	seq 5 >f
	gives 'file f | filter $0 % 2 | write f' ''
	same f $'1\n3\n5' "$(cat f)"
	spile 'filter $0 > 1 | write f' <f
	same f $'3\n5' "$(cat f)"
}

@test "a file in two roles that would lose events is an error" {
	local other='another stage, or another copy of this one, writes it'
	refused "append: cannot open 'a': $other" 'seq 1 4 | route { $1==1 => write a ; else => append a }'
	refused "write: cannot open './a': $other" 'seq 1 4 | tee { append a ; write ./a }'
	refused "map: cannot open 'a': $other" 'seq 1 4 | map 1 / ($1-1) dead=a | write a'
	refused "--joblog: cannot open 'a': dead= of 'map' is the same file" --joblog a 'seq 1 4 | map 1 / 0 dead=a | exec true'
	refused "--stats: cannot open './a': --joblog writes it" --joblog a --stats=./a 'seq 1 3'
	refused "--stats: cannot open 'a': $other" --stats=a 'seq 1 3 | write a'
	ln -s a link
	refused "write2: cannot open 'link': $other" 'seq 1 4 | tee { write a ; write link }'
	[ ! -e a ]
	spile 'seq 1 4 | tee { append out ; stdout }' </dev/null >out 2>err || status=$?
	same status 2 $status
	same message "spile: stdout: cannot write standard output: $other" "$(cat err)"
	spile 'seq 1 4 | map 1 / 0 dead=out' </dev/null 2>out || true
	same message "spile: standard error: cannot write standard error: dead= of 'map' is the same file" "$(cat out)"
}

@test "whole events are added to a file by several, and none is lost" {
	seq 100000 >in
	spile -j2 'balance 4 { map "one", $0 | append ./f }' in
	same_bytes <(seq 100000 | sed $'s/^/one\t/') <(sort -k2n f)
	rm f
	ln -s f link
	# events that are copied, those that are not, and terminators that come later
	spile 'tee { map $0, "x" | append f ; append link ; words | append f }' in
	same_bytes <({ cat in in; sed $'s/$/\tx/' in; } | sort) <(sort f)
	status=0
	spile 'seq 1 9 | tee { map 1 / 0 dead=g ; map 1 / 0 dead=g ; append g }' >>g </dev/null || status=$?
	same status 1 $status
	same g "$(printf '%s\n' {1..9}{,,} | sort)" "$(sort g)"
}

@test "files that share a name's file get a newline after a last line without one" {
	printf 'a\nb' | spile 'tee { append f ; append f }'
	same f $'a\na\nb\nb' "$(sort f)"
	printf 'a\nb' | spile 'append g'
	printf 'a\nb' | same_bytes - g
}

@test "names from data that stand for one file are that file" {
	ln -s a b
	for stage in append write; do
		gives "$stage \$1" '' 'a 1\nb 2\na 3\nb 4\n'
		same "a after $stage" $'a 1\nb 2\na 3\nb 4' "$(cat a)"
		[ -L b ]
	done
	rm a
	ln -s a c
	gives 'write $1' '' 'c 1\na 2\nb 3\n'
	same a $'c 1\na 2\nb 3' "$(cat a)"
}

@test "names from data that are another's file fail their events only" {
	printf 'in 1\nb 2\nbad 3\nnew 4\nc 5\n' >in
	local other='another stage, or another copy of this one, writes it'
	run --separate-stderr spile 'tee { write new ; append $1 ; map 1 / ($2 != 2) dead=bad | null }' in
	assert_stderr "spile: append: input file is output: 'in': 'in 1'
spile: append: cannot open 'new': $other: 'new 4'"
	assert_status 1
	same files $'b 2\nc 5\nb 2\nbad 3' "$(cat b c; sort bad)"
	same new "$(cat in)" "$(cat new)"
}

@test "a name that cannot be opened fails its events, and dead= gets them" {
	mkdir sub
	local long
	long=$(printf '%0300d' 1)
	for stage in write append; do
		run --separate-stderr spile "$stage \$1" < <(printf 'a 1\nsub 2\nb 3\nsub 4\n')
		assert_stderr "spile: $stage: cannot open 'sub': Is a directory: 'sub 2'
spile: $stage: cannot open 'sub': Is a directory: 'sub 4'"
		assert_status 1
		same files $'a 1\nb 3' "$(cat a b)"
		run --separate-stderr spile "$stage \$1 dead=bad" < <(printf 'c 1\nsub 2\n%s 3\nd 4\n' "$long")
		assert_stderr ''
		assert_status 1
		same files $'c 1\nd 4' "$(cat c d)"
		same dead "sub 2"$'\n'"$long 3" "$(cat bad)"
		rm bad a b c d
	done
}

@test "a FIFO among the names does not hold up the others" {
	mkfifo ff
	run --separate-stderr spile --timeout 300ms 'append $1 dead=bad' < <(printf 'ff 1\nok 2\nff 3\n' && exec sleep 20)
	assert_stderr 'spile: the time is up (--timeout)'
	assert_status 4
	same ok 'ok 2' "$(cat ok)"
	same dead $'ff 1\nff 3' "$(cat bad)"
	run --separate-stderr spile --timeout 300ms 'write $1' < <(printf 'ff 1\nnew 2\n' && exec sleep 20)
	assert_stderr "spile: write: nobody reads 'ff': 'ff 1'
spile: write: 'new' is not replaced: --timeout ended the run
spile: the time is up (--timeout)"
	assert_status 4
}

@test "events for a FIFO wait for its reader while others are written" {
	mkfifo ff in
	"$SPILE" 'append $1' <in &
	local writer=$! reader
	exec 8>in
	printf 'ff 1\nok 2\nff 3\nff 4\n' >&8
	wait_until grep -q ok ok
	timeout 20 cat ff >got 8>&- &
	reader=$!
	wait_until grep -q 'ff 4' got
	exec 8>&-
	wait $writer
	wait $reader
	same got $'ff 1\nff 3\nff 4' "$(cat got)"
}

@test "a FIFO that nobody reads: the first SIGTERM ends the run" {
	mkfifo ff in
	"$SPILE" 'append ff dead=bad' <in &
	exec 8>in
	seq 3 >&8
	sleep 0.1
	kill -TERM $!
	status=0
	wait $! || status=$?
	exec 8>&-
	same status 143 $status
	same dead $'1\n2\n3' "$(cat bad)"
}

@test "a reader that leaves a FIFO is told of, and ends that branch alone" {
	mkfifo ff
	timeout 20 head -n 1 ff >got &
	status=0
	spile 'seq 1 100000 | tee { append ff ; write rest }' </dev/null 2>err || status=$?
	same status 1 $status
	same message "spile: append: cannot write 'ff': Broken pipe" "$(cat err)"
	same_bytes <(seq 100000) rest
}

@test "write makes what a dangling link points to" {
	mkdir d
	ln -s target d/one
	ln -s d/one two
	ln -s "$PWD/three" four
	for stage in write append; do
		gives "$stage two" '' 'x\n'
		gives "$stage four" '' 'y\n'
		same "links after $stage" 'd/one four two' "$(find . -type l -printf '%P\n' | sort | tr '\n' ' ' | sed 's/ $//')"
		same "targets of $stage" $'x\ny' "$(cat d/target three)"
		rm d/target three
	done
	ln -s no/where five
	run --separate-stderr spile 'write five' <<<x
	assert_stderr "spile: write: cannot open 'five': No such file or directory"
	assert_status 1
}

@test "write keeps owner and mode, drops set-id bits, or refuses" {
	echo old >f
	chmod 6751 f
	gives 'write f' '' 'new\n'
	same mode 751 "$(stat -c %a f)"
	[ "$(id -u)" = 0 ] || skip 'needs root'
	chown 1234:2345 f
	chmod 4640 f
	gives 'write f' '' 'newer\n'
	same 'owner and mode' '1234 2345 640' "$(stat -c '%u %g %a' f)"
	need setpriv
	local folder
	folder=$(mktemp -d)
	chmod 777 "$folder"
	cp f "$folder/f"
	chmod 666 "$folder/f"
	cd "$folder"
	run --separate-stderr setpriv --reuid=4321 --regid=4321 --clear-groups "$SPILE" 'write f' <<<x
	same files "f newer" "$(echo $(ls -A -I 'separate-stderr-*') "$(cat f)")"
	cd - && rm -r "$folder"
	assert_stderr "spile: write: cannot keep the owner of 'f': Operation not permitted"
	assert_status 1
}
