# listen: clients of a Unix socket or of TCP (DESIGN 2.4). TCP clients are bash's /dev/tcp; the ports are the system's choice.
load helper

# starts PIPELINE [OPTION...]: runs it in the background, its output in `out`, its messages in `err`; sets pid.
starts() {
	[ -e out ] || : >out
	: >err # starts_tcp must not read the port of the run before
	"$SPILE" "${@:2}" "$1" </dev/null >out 2>err &
	pid=$!
}

# starts_tcp: the same; sets the port that the system chose, too. A FIFO `out` is opened, as descriptor 9.
starts_tcp() {
	starts "$@"
	[ ! -p out ] || exec 9<out
	wait_until grep -q ': on ' err
	port=$(sed -n 's/.*: on .*://p' err)
}

# ends SIGNAL-NAME EXPECTED-STATUS
ends() {
	local status=0
	kill -"$1" "$pid"
	wait "$pid" || status=$?
	same 'exit status' "$2" "$status"
}

# says TEXT: a client that sends it and leaves.
says() { printf '%b' "$1" >"/dev/tcp/127.0.0.1/$port"; }

# unix PATH TEXT: the same for a Unix socket.
unix() {
	printf '%b' "$2" | perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$ARGV[0]: $!\n";
		print $s <STDIN>;' "$1"
}

lines() { [ "$(wc -l <out)" -ge "$1" ]; }

@test "clients that come while spile does not look are all heard" {
	local n
	starts_tcp 'listen :0'
	kill -STOP $pid
	mkfifo go
	perl -MIO::Socket::INET -e '
		$| = 1;
		my @s = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "$!\n" } 1 .. 12;
		print "ready\n";
		for (@s[11, 8, 7, 1, 0, 2 .. 6, 9, 10]) { <STDIN>; syswrite $_, "heard\n" }
		<STDIN>;' "$port" <go >said &
	exec 6>go
	wait_until grep -q ready said
	kill -CONT $pid
	accepted() { [ "$(find "/proc/$pid/fd" -lname 'socket:*' | wc -l)" -ge 13 ]; }
	wait_until accepted
	for n in {1..12}; do # each speaks alone
		echo >&6
		wait_until lines $n
	done
	exec 6>&-
	ends TERM 143
	same 'lines' 12 "$(grep -c heard out)"
}

@test "listen gives the lines of its clients, in order within each" {
	starts_tcp 'listen :0 | take 6'
	exec 7>"/dev/tcp/127.0.0.1/$port" 8>"/dev/tcp/127.0.0.1/$port"
	printf 'a1\na2\n' >&7
	wait_until lines 2
	printf 'b1\n' >&8
	wait_until lines 3
	printf 'a' >&7
	printf 'b2\n' >&8
	wait_until lines 4
	printf '3\na4\n' >&7
	wait $pid
	same output $'a1\na2\nb1\nb2\na3\na4' "$(<out)"
	exec 7>&- 8>&-
}

@test "a client's last line without newline counts" {
	starts_tcp 'listen :0 | take 3 | map "<$0>"'
	says 'one\ntwo'
	wait_until lines 2
	says 'three'
	wait $pid
	same output $'<one>\n<two>\n<three>' "$(<out)"
	same messages "spile: listen: on 127.0.0.1:$port" "$(<err)"
}

@test "a Unix socket: its file is there while the run lasts" {
	for last in TERM HUP take; do
		rm -f out
		starts "listen ./s | take $([ $last = take ] && echo 2 || echo 5)"
		wait_until test -S s
		unix ./s 'a\n'
		wait_until lines 1
		unix ./s 'b\n'
		wait_until lines 2
		case $last in
		TERM) ends TERM 143 ;;
		HUP) kill -HUP $pid && wait $pid || [ $? -eq 129 ] && rm -f s ;; # nobody catches it: the file stays
		take) wait $pid ;;
		esac
		same output $'a\nb' "$(<out)"
		same messages '' "$(<err)"
		[ ! -e s ]
	done
}

@test "the socket has the permissions that the umask leaves" {
	(umask 027 && exec "$SPILE" 'listen a.sock | take 1' </dev/null >out) &
	wait_until test -S a.sock
	same mode 750 "$(stat -c %a a.sock)"
	unix a.sock 'x\n'
	wait $!
}

@test "a socket that nobody answers at is replaced" {
	starts 'listen ./s'
	wait_until test -S s
	kill -KILL $pid
	wait $pid || true
	[ -S s ]
	starts 'listen ./s | take 1'
	wait_until unix ./s 'new\n'
	wait $pid
	same output new "$(<out)"
	[ ! -e s ]
}

@test "the address of a living process is an error, and it lives on" {
	starts 'listen ./s | take 1'
	wait_until test -S s
	# its connection to see who is there is a client that says nothing
	run --separate-stderr spile 'listen ./s' </dev/null
	assert_stderr "spile: listen: cannot listen on './s': Address already in use"
	assert_status 1
	unix ./s 'still here\n'
	wait $pid
	same output 'still here' "$(<out)"
	starts_tcp 'listen :0 | take 1'
	run --separate-stderr spile "listen $port" </dev/null
	assert_stderr "spile: listen: cannot listen on '$port': Address already in use"
	assert_status 1
	says 'x\n'
	wait $pid
}

@test "a file that is no socket is left alone, and so is one that took the name" {
	echo mine >s
	run --separate-stderr spile 'listen ./s' </dev/null
	assert_stderr "spile: listen: cannot listen on './s': Address already in use"
	assert_status 1
	same file mine "$(<s)"
	rm s
	starts 'listen ./s'
	wait_until test -S s
	rm s
	echo other >s
	ends TERM 143
	same file other "$(<s)"
}

@test "clients beyond max_clients wait until one leaves" {
	starts_tcp 'listen :0 max_clients=1 | take 3'
	exec 7>"/dev/tcp/127.0.0.1/$port"
	printf 'first\n' >&7
	wait_until lines 1
	says 'second\n'
	printf 'first again\n' >&7
	wait_until lines 2
	exec 7>&-
	wait $pid
	same output $'first\nfirst again\nsecond' "$(<out)"
}

@test "a client that never pauses does not keep others from being heard" {
	mkfifo out
	starts_tcp 'listen :0'
	yes >"/dev/tcp/127.0.0.1/$port" 2>/dev/null &
	flood=$!
	IFS= read -r -t 10 line <&9
	says 'me too\n'
	timeout 20 grep -qx -m1 'me too' <&9
	kill $flood
	wait $flood || true
	kill $pid
	exec 9<&-
	wait $pid || true
}

@test "clients are not read without demand: they are held back, nothing is lost, and no CPU time is taken" {
	skip_if_sanitized
	mkfifo out
	starts_tcp 'listen :0 | take 1000000'
	{ seq 1000000 >"/dev/tcp/127.0.0.1/$port" && : >sent; } &
	IFS= read -r -t 10 first <&9
	cpu() { sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'; }
	still() { local a=$(cpu) && seq 30000 | sort -n >/dev/null && [ "$(cpu)" -eq "$a" ]; }
	wait_until still
	before=$(cpu)
	seq 300000 | sort -n >/dev/null
	same 'CPU time' "$before" "$(cpu)"
	[ "$(awk '/^VmRSS/ {print $2}' "/proc/$pid/status")" -lt 32768 ]
	same 'the rest' "$(seq 2 1000000 | md5sum)" "$(md5sum <&9)"
	same 'first' 1 "$first"
	wait $pid
}

@test "a client that resets its connection does not end the run; what it began counts" {
	starts_tcp 'listen :0 | take 3'
	perl -MIO::Socket::INET -MSocket -e '
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "$!\n";
		syswrite $s, "whole\npart";
		select undef, undef, undef, 0.01 until -s "out"; # it was read: a reset throws away what was not
		setsockopt $s, SOL_SOCKET, SO_LINGER, pack "ii", 1, 0 or die;
		close $s;' "$port"
	wait_until grep -q part out
	says 'next\n'
	wait $pid
	same output $'whole\npart\nnext' "$(<out)"
}

@test "a signal ends it: what a client has begun is told and left out" {
	starts_tcp 'listen :0'
	exec 7>"/dev/tcp/127.0.0.1/$port"
	printf 'whole\npart' >&7
	wait_until lines 1
	ends TERM 143
	same output whole "$(<out)"
	grep -q "a signal came in the middle of an event, which is left out: 'part'" err
	exec 7>&-
}

@test "demand that could not be met at once is met when events come" {
	starts_tcp 'listen :0 | null max_demand=2 min_demand=0' --trace
	wait_until grep -q 'null -> lines: ask 2' err
	# all three in one write, which bash's printf does not promise
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "$!\n";
		syswrite($s, "1\n2\n3\n") == 6 or die;' "$port"
	delivered() { awk '/lines -> null: deliver/ {n += $NF} END {exit n < 3}' err; }
	wait_until delivered
	ends TERM 143
	same 'between them' $'ask 2\ndeliver 2\nask 2\ndeliver 1' "$(sed -nE 's/.* (null -> lines|lines -> null): //p' err | head -4)"
}

@test "sep= and -0 end records" {
	starts_tcp 'listen :0 sep=";" | take 2'
	says 'a;b\nc;d'
	wait $pid
	same output $'a\nb\nc' "$(<out)"
	starts_tcp 'listen :0 | take 2' -0
	says 'a\nb\0c\0'
	wait $pid
	printf 'a\nb\0c\0' | same_bytes - out
}

@test "NR counts all lines, FNR those of a client, FILE is the address" {
	starts_tcp 'listen :0 | take 3 | map NR, FNR, FILE, $0'
	says 'a\nb\n'
	wait_until lines 2
	says 'c\n'
	wait $pid
	same output $'1\t1\t:0\ta\n2\t2\t:0\tb\n3\t1\t:0\tc' "$(<out)"
}

@test "an event beyond --max-event fails, its client goes on" {
	starts_tcp 'listen :0 | take 2' --max-event 10
	says 'a\n12345678901\nb\n'
	status=0
	wait $pid || status=$?
	same status 1 "$status"
	same output $'a\nb' "$(<out)"
	same message "spile: listen: event at byte 2 of ':0' is longer than --max-event (10 bytes): '12345678901'" "$(sed 1d err)"
}

@test "-q does not tell the port" {
	run --separate-stderr timeout 1 "$SPILE" -q 'listen :0' </dev/null
	assert_stderr ''
}

@test "hosts by name and in IPv6" {
	starts_tcp 'listen localhost:0 | take 1'
	kill -TERM $pid
	wait $pid || true
	[ -e /proc/net/if_inet6 ] && grep -qw lo /proc/net/if_inet6 || skip 'no IPv6 here'
	starts_tcp 'listen [::1]:0 | take 1'
	same message "spile: listen: on [::1]:$port" "$(<err)"
	printf 'six\n' >"/dev/tcp/::1/$port"
	wait $pid
	same output six "$(<out)"
}

@test "mistakes in listen" {
	rejects 'listen nowhere' "spile: pipeline:1:8: write a path, PORT or HOST:PORT; a port is a number up to 65535
  listen nowhere
         ^~~~~~~"
	rejects 'listen :65536' "spile: pipeline:1:8: write a path, PORT or HOST:PORT; a port is a number up to 65535
  listen :65536
         ^~~~~~"
	rejects 'listen ::1:7000' "spile: pipeline:1:8: an IPv6 address before a port stands in brackets: [::1]:7000
  listen ::1:7000
         ^~~~~~~~"
	run --separate-stderr spile "listen /$(printf 'x%.0s' {1..108})"
	assert_status 2
	[[ $stderr == $'spile: pipeline:1:8: the path is too long for a socket\n  .../xxx'* ]]
	run --separate-stderr spile 'listen nonesuch.invalid:7000' </dev/null
	assert_stderr "spile: listen: cannot listen on 'nonesuch.invalid:7000': Name or service not known"
	assert_status 1
}
