# Sinks: stdout stderr null write append (DESIGN 2.4, "Names from data").
load helper

@test "stdout, stderr and null" {
	run --separate-stderr spile 'stdin | stdout' <<<x
	assert_output x
	assert_stderr ''
	run --separate-stderr spile 'stderr' <<<x
	assert_output ''
	assert_stderr x
	assert_status 0
	gives 'null' '' 'x\n'
}

@test "sep= ends events with another byte" {
	printf 'a\nb' | spile 'map $0 | stdout sep=","' >got
	printf 'a,b,' | same_bytes - got
	printf 'a\nb\n' | spile 'write out sep="\x00"' && printf 'a\0b\0' | same_bytes - out
}

@test "write replaces a file whole, append adds to it" {
	echo old >f
	gives 'write f' '' 'new\n'
	same_bytes <(echo new) f
	gives 'append f' '' 'more\n'
	same_bytes <(printf 'new\nmore\n') f
	gives 'append g' '' 'first\n'
	same_bytes <(echo first) g
}

@test "write of nothing makes an empty file" {
	echo old >f
	gives 'write f' '' ''
	same_bytes /dev/null f
	gives 'filter 0 | append g' '' 'x\n'
	[ ! -e g ] || same_bytes /dev/null g
}

@test "write keeps a missing last newline" {
	printf 'a\nb' | spile 'write f'
	printf 'a\nb' | same_bytes - f
}

@test "until the end of the run the old file is there" {
	echo old >f
	mkfifo in
	"$SPILE" 'write f' <in &
	exec 8>in
	echo new >&8
	same 'file during the run' old "$(cat f)"
	exec 8>&-
	wait $!
	same 'file after the run' new "$(cat f)"
	same 'files left' $'f\nin' "$(ls -A)"
}

@test "write leaves the old file where a stage failed, and nothing else behind" {
	mkdir d
	echo old >d/f
	run spile 'file x | write d/f' </dev/null
	assert_status 1
	same 'after a missing file' old "$(cat d/f)"
	run spile 'run sh -c q{echo new; exit 1} | write d/f' </dev/null
	assert_status 1
	same 'after a command that failed' old "$(cat d/f)"
	same 'files' f "$(ls -A d)"
}

@test "write replaces the file where only events failed" {
	echo old >f
	run --separate-stderr spile 'map 1 / $0 | write f' < <(printf '1\n0\n2\n')
	assert_status 1
	same file $'1\n0.5' "$(cat f)"
}

@test "write keeps the mode of the file it replaces, and gives a new one that of the umask" {
	echo old >f
	chmod 640 f
	umask 027
	gives 'write f' '' 'x\n'
	same 'mode of the old' 640 "$(stat -c %a f)"
	gives 'write g' '' 'x\n'
	same 'mode of the new' 640 "$(stat -c %a g)"
}

@test "write through a symbolic link replaces what it points to" {
	echo old >real
	ln -s real link
	gives 'write link' '' 'x\n'
	[ -L link ]
	same file x "$(cat real)"
}

@test "write may read the file that it replaces" {
	seq 100000 | sort -R --random-source=/dev/zero >f
	cp f before
	spile 'filter $0 % 2 | write f' f
	same_bytes <(awk '$0 % 2' before) f
}

@test "write and append to what is no regular file" {
	gives 'write /dev/null' '' 'x\n'
	mkfifo p
	timeout 20 cat p >got &
	cat_pid=$!
	gives 'write p' '' 'x\n'
	wait $cat_pid
	same 'through a FIFO' x "$(cat got)"
	[ -p p ]
}

@test "a file a value" {
	gives 'write "out-${$0 % 3}.txt"' '' '1\n2\n3\n4\n5\n6\n'
	same_bytes <(printf '3\n6\n') out-0.txt
	same_bytes <(printf '1\n4\n') out-1.txt
	same_bytes <(printf '2\n5\n') out-2.txt
	gives 'append $1.log' '' 'a 1\nb 2\na 3\n'
	same_bytes <(printf 'a 1\na 3\n') a.log
	gives 'append $1.log' '' 'a 4\n'
	same_bytes <(printf 'a 1\na 3\na 4\n') a.log
}

@test "more files than may be open at once" {
	mkdir d
	(
		ulimit -n 64
		seq 1 3000 | spile 'write "d/${$0 % 500}"'
	)
	same 'files' 500 "$(ls d | wc -l)"
	same 'lines' 3000 "$(cat d/* | wc -l)"
	seq 7 500 3000 | same_bytes - d/7
	seq 1 3000 | spile 'append "d/${$0 % 500}"'
	same 'lines' 6000 "$(cat d/* | wc -l)"
}

@test "names from data cannot leave their folder" {
	mkdir d
	cd d
	run --separate-stderr spile 'write $0' < <(printf '..\n.\n\na/b\nok\nx\0y\n/etc/x\n')
	assert_stderr "$(printf "spile: write: the value cannot be part of a file's name: '%s'\n" .. . '' a/b 'x\x00y' /etc/x)"
	assert_status 1
	same files ok "$(ls -A)"
	run --separate-stderr spile 'append d-$1' < <(printf '../x\n')
	assert_stderr "spile: append: the value cannot be part of a file's name: '../x'"
	assert_status 1
}

@test "a name taken as it is" {
	gives 'write q{a$b}' '' 'x\n'
	same_bytes <(echo x) 'a$b'
	mkdir -p home
	HOME=$PWD/home gives 'write ~/y' '' 'x\n'
	same_bytes <(echo x) home/y
}

@test "a file that cannot be opened is a stage that failed" {
	run --separate-stderr spile 'write no/f' <<<x
	assert_stderr "spile: write: cannot open 'no/f': No such file or directory"
	assert_status 1
	mkdir d
	run --separate-stderr spile 'append d' <<<x
	assert_stderr "spile: append: cannot open 'd': Is a directory"
	assert_status 1
	run --separate-stderr spile 'write d' <<<x
	assert_stderr "spile: write: cannot open 'd': Is a directory"
	assert_status 1
	run --separate-stderr spile 'seq 1 inf | append no/f' </dev/null # without end
	assert_status 1
}

@test "a full disk is a message and exit status 1" {
	for stage in stdout stderr 'append /dev/full' 'write /dev/full'; do
		for input in 'seq 1 3' 'seq 1 1000000' 'seq'; do
			status=0
			if [ "$stage" = stderr ]; then
				spile "$input | $stage" </dev/null 2>/dev/full || status=$?
			elif [ "$stage" = stdout ]; then
				spile "$input | $stage" </dev/null >/dev/full 2>err || status=$?
				same message 'spile: stdout: cannot write standard output: No space left on device' "$(cat err)"
			else
				spile -q "$input | $stage" </dev/null 2>err || status=$?
				same message "spile: ${stage% *}: cannot write '/dev/full': No space left on device" "$(cat err)"
			fi
			same "status of $input | $stage" 1 $status
		done
	done
}

@test "one file made by two stages, or by two copies of one, is an error, not a loss" {
	local message="another stage, or another copy of this one, writes it"
	echo old >o
	run --separate-stderr spile 'seq 1 9 | balance 2 { write o }' </dev/null
	assert_stderr "spile: write: cannot open 'o': $message"
	assert_status 2
	same o old "$(cat o)"
	ln -s o link
	run --separate-stderr spile 'seq 1 9 | tee { write o ; write name=second ./link }' </dev/null
	assert_stderr "spile: second: cannot open './link': $message"
	assert_status 2
	run --separate-stderr spile 'seq 1 2 | tee { write f$1 ; write ./f2 }' </dev/null
	assert_stderr "spile: write: cannot open 'f2': $message: '2'"
	assert_status 1
	same files 'f1 f2 link o' "$(echo $(ls -AI 'separate-stderr-*'))" # that event fails, and no other
	same 'f1, f2' $'1\n1\n2' "$(cat f1 f2)"
	run --separate-stderr spile 'seq 1 9 | tee { write /dev/null ; write /dev/null }' </dev/null
	assert_stderr ''
	assert_status 0
}

@test "a value for each of many files, and few descriptors" {
	skip_if_sanitized
	for stage in write append; do
		mkdir $stage
		(ulimit -n 12 && seq 100 | "$SPILE" "$stage $stage/\$1")
		same "files of $stage" 100 "$(ls $stage | wc -l)"
		same "lines of $stage" "$(seq 100)" "$(sort -n $stage/*)"
	done
}

@test "write: neither a name that ends in a slash nor a link to itself is a file's" {
	run --separate-stderr spile 'write f/' <<<x
	assert_stderr "spile: write: cannot open 'f/': No such file or directory"
	assert_status 1
	ln -s a b
	ln -s b a
	run --separate-stderr spile 'write a' <<<x
	assert_stderr "spile: write: cannot open 'a': Too many levels of symbolic links"
	assert_status 1
}

# A run whose temporary file is there: its pid in $writer, and on descriptor 8 its input.
begin_write() {
	mkfifo in
	ulimit -c 0
	env --default-signal "$SPILE" "$@" <in 2>err &
	writer=$!
	exec 8>in
	wait_until compgen -G '.f.spile-*'
}

@test "write: no signal that ends the run leaves a temporary file" {
	skip_if_sanitized
	for sig in QUIT ALRM USR2 XCPU ABRT SEGV 'HUP TERM' 'TERM INT'; do
		echo old >f
		begin_write 'tee { write f ; sh q{echo >began; exec sleep 20} | null }'
		echo 1 >&8
		wait_until [ -e began ]
		for one in $sig; do # two of one kind might become one
			kill -$one $writer
		done
		status=0
		wait $writer || status=$?
		# Of two that wait together the kernel chooses which comes first.
		case " $(for one in $sig; do echo $((128 + $(kill -l $one))); done | tr '\n' ' ')" in
		*" $status "*) ;;
		*) same "status after $sig" "that of one of them" $status ;;
		esac
		exec 8>&-
		same "files after $sig" 'began err f in' "$(echo $(ls -A))"
		rm in began
	done
}

@test "write: a file that becomes too large is an error" {
	run bash -c 'ulimit -f 1; yes | "$SPILE" "write f"'
	assert_output "spile: write: cannot write 'f': File too large"
	assert_status 1
	same files '' "$(ls -A)"
}

@test "write: where the new file cannot take the name it goes" {
	mkdir d
	mkfifo in
	"$SPILE" 'write d/f' <in 2>err &
	exec 8>in
	wait_until compgen -G 'd/.f.spile-*'
	mkdir d/f
	exec 8>&-
	status=0
	wait $! || status=$?
	same status 1 $status
	same message "spile: write: cannot replace 'd/f': Is a directory" "$(cat err)"
	same files f "$(ls -A d)"
}
