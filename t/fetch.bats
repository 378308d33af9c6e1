#!/usr/bin/env bats
# fetch: pages of nginx and of a server that misbehaves. What failed is compared with what curl says of it, as libcurl's
# messages change from one version to the next.

load helper
load web

setup_file() {
	command -v curl >/dev/null || skip 'curl is not installed'
	"$SPILE" --version | grep -q '^with libcurl' || skip 'built without libcurl'
}

# urls PATH...: a file of them.
urls() { printf "$web/%s\n" "$@" >urls; }

# fetches PIPELINE EXPECTED: for the URLs in the file urls; all is well.
fetches() {
	run --separate-stderr spile "$1" urls
	assert_stderr ''
	assert_status 0
	assert_output "$2"
}

# end_job: of what was started last.
end_job() {
	kill -KILL $!
	wait $! 2>/dev/null || true
}

# ended PID: tells it to end; true where it has.
ended() { ! kill -TERM "$1"; }

# ---- nginx ----

# 1,000 different pages of 10 KiB, which do not end with a newline; the URLs are in urls.
thousand_pages() {
	need nginx
	mkdir -p www
	awk 'BEGIN {
		for (i = 1; i <= 1000; i++) {
			page = sprintf("<title>page %d</title>\n", i)
			for (k = 0; length(page) < 10240; k++)
				page = page sprintf("line %d of page %d, %d\n", k, i, i * k % 9973)
			printf "%s", substr(page, 1, 10240) > ("www/" i ".html")
			close("www/" i ".html")
		}
	}'
	nginx_serve
	seq -f "$site/%.0f.html" 1000 >urls
}

@test "1,000 pages are what curl gets, in the order of the URLs" {
	thousand_pages
	spile 'fetch per_host=8' urls >got
	xargs curl -s -w '\n' <urls >expected
	[ "$(wc -c <expected)" -eq 10241000 ]
	same_bytes expected got
}

@test "1,000 pages unordered are the same, with what came of each beside it" {
	thousand_pages
	spile 'fetch per_host=8 unordered | match /<title>(.*)<.title>/ | map $in, $url, $status, $type, $bytes, $1' urls |
		sort >got
	seq 1000 | awk -v s="$site" '{ u = s "/" $0 ".html"; print u "\t" u "\t200\ttext/html\t10240\tpage " $0 }' | sort >expected
	same_bytes expected got
}

@test "compressed pages are unpacked, and counted as they came" {
	need nginx
	mkdir -p www/zipped
	yes 'the same again' | head -n 1000 >www/zipped/page
	nginx_serve
	echo "$site/zipped/page" >urls
	spile fetch urls >got
	same_bytes <(cat www/zipped/page && echo) got
	fetches 'fetch | map $bytes < 1000, length()' $'1\t15000'
}

@test "https with HTTP/2, and a certificate that must be known" {
	need nginx openssl
	mkdir www
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
	nginx_serve
	echo "$secure_site/protocol" >urls
	CURL_CA_BUNDLE=cert.pem fetches 'fetch | map $status, $0' $'200\tHTTP/2.0'
	SSL_CERT_FILE=cert.pem fetches 'fetch | map $status, $0' $'200\tHTTP/2.0'
	run --separate-stderr spile fetch urls
	assert_stderr "spile: fetch: $(curl_says "$secure_site/protocol" | head -n 1): '$secure_site/protocol'"
	assert_status 1
}

# ---- a server that misbehaves ----

@test "every URL is accounted for: in = out + failed" {
	httpd
	urls ok/1 short reset nothing badheader nohttp loop endless ok/2 status/500 status/404 tofile late/5 \
		redirect/3 slow/20 size/0 bytes
	run --separate-stderr spile --stats=stats 'fetch max_body=64KiB | map $status, $url, length()' urls
	assert_status 1
	assert_output "$(printf "%s\t$web/%s\t%s\n" 200 ok/1 7 200 ok/2 7 500 status/500 10 404 status/404 10 200 late/5 5 \
		200 ok/0 7 200 slow/20 8 200 size/0 0 200 bytes 11)"
	same 'failed URLs' "$(printf "$web/%s\n" short reset nothing badheader nohttp loop endless tofile)" \
		"$(sed "s/.*: '\(.*\)'$/\1/" <<<"$stderr")"
	[[ $(grep '"stage":"fetch"' stats) == *'"events_in":17,'*'"events_out":9,'*'"used":9,"dropped":0,"failed":8,"held":0'* ]]
}

@test "what failed is told as curl tells it" {
	httpd
	local path
	for path in short reset nothing badheader nohttp loop tofile; do
		urls $path
		run --separate-stderr spile fetch urls
		assert_stderr "spile: fetch: $(curl_says "$web/$path"): '$web/$path'"
		assert_output ''
		assert_status 1
	done
}

@test "any byte passes, and a body without end of line" {
	httpd
	urls bytes
	spile fetch urls >got
	same_bytes <(curl -s "$web/bytes" && echo) got
	spile -0 fetch < <(printf '%s\0' "$web/bytes") >got
	same_bytes <(curl -s "$web/bytes" && printf '\0') got
}

@test "no connection, no host, no URL" {
	httpd
	local closed
	closed=$(free_port)
	printf '%s\n' "http://127.0.0.1:$closed/" http://nowhere.invalid/ "127.0.0.1:$port/ok/1" /ok/1 '' http:// \
		'http://a b/' "$web/ok/1" mailto:me@example.org ftp://127.0.0.1/x file:///etc/passwd >urls
	run --separate-stderr spile fetch urls
	assert_output 'page 1'
	assert_status 1
	same 'standard error' "spile: fetch: $(curl_says "http://127.0.0.1:$closed/" | sed 's/[0-9]* ms/N ms/'): 'http://127.0.0.1:$closed/'
spile: fetch: $(curl_says http://nowhere.invalid/): 'http://nowhere.invalid/'
spile: fetch: no URL that can be fetched: it does not begin with http:// or the like: '127.0.0.1:$port/ok/1'
spile: fetch: no URL that can be fetched: it does not begin with http:// or the like: '/ok/1'
spile: fetch: no URL that can be fetched: it does not begin with http:// or the like: ''
spile: fetch: no URL that can be fetched: No host part in the URL: 'http://'
spile: fetch: no URL that can be fetched: Bad hostname: 'http://a b/'
spile: fetch: no URL that can be fetched: it does not begin with http:// or the like: 'mailto:me@example.org'
spile: fetch: protocol 'ftp' is not allowed (protocols=http,https): 'ftp://127.0.0.1/x'
spile: fetch: protocol 'file' is not allowed (protocols=http,https): 'file:///etc/passwd'" \
		"$(sed 's/[0-9]* ms/N ms/' <<<"$stderr")"
}

@test "a host's name in UTF-8 is looked up as curl does it" {
	local url=http://mün.invalid/
	run --separate-stderr spile fetch < <(echo $url)
	assert_stderr "spile: fetch: $(LC_ALL=C.UTF-8 curl_says $url): '$url'"
	[[ $stderr == *'resolve host'* ]]
}

@test "a name that never resolves holds nothing up" {
	skip_if_sanitized
	need gcc
	httpd
	gcc -shared -fPIC -o stuck.so -x c - <<-'END'
		#include <string.h>
		#include <unistd.h>
		int getaddrinfo(const char *name)
		{
			while (strcmp(name, "stuck.example") == 0)
				pause();
			return -2;
		}
	END
	printf '%s\n' http://stuck.example/ http://other.example/ "$web/ok/1" >urls
	LD_PRELOAD=$PWD/stuck.so run --separate-stderr spile 'fetch timeout=300ms' urls
	assert_output 'page 1'
	[ "$(sed 's/.*: //' <<<"$stderr")" = $'\'http://stuck.example/\'\n\'http://other.example/\'' ]
	assert_status 1
}

@test "a URL that holds a NUL byte fails, and is not cut there" {
	httpd
	run --separate-stderr bash -c 'printf "%s/ok/1\0/x\n" "$1" | spile fetch' - "$web"
	assert_output ''
	assert_stderr "spile: fetch: no URL that can be fetched: it holds a NUL byte: '$web/ok/1\\x00/x'"
	same requests '' "$(served 127.0.0.1)"
}

@test "a file can be fetched where protocols= says so, and no redirect leads to one" {
	httpd
	echo text >page
	echo "file://$PWD/page" >urls
	fetches 'fetch protocols=http,file | map $status, $bytes, $0 | take 1' $'0\t5\ttext'
	urls tofile
	run --separate-stderr spile 'fetch protocols=http,https,file' urls
	assert_output ''
	assert_status 1
	urls ok/1
	run --separate-stderr spile 'fetch protocols=https' urls
	assert_stderr "spile: fetch: protocol 'http' is not allowed (protocols=https): '$web/ok/1'"
}

# ---- fields ----

@test "names that the event had stay beside those of fetch" {
	httpd
	echo "7 $web/ok/1 x" >urls
	fetches 'parse /(?<n>\d+) (?<link>\S+)/ | map $link | fetch | map $n, $in == $link, $url, $2, NR, $type' \
		$'7\t1\t'"$web/ok/1"$'\t1\t1\ttext/plain; charset=utf-8'
}

@test "seconds are those that it took" {
	httpd
	urls slow/300
	fetches 'fetch | map $seconds >= 0.3 && $seconds < 60' 1
}

# ---- what is sent ----

@test "GET, with the name and version of spile, and compression" {
	httpd
	urls echo
	run spile fetch urls
	assert_output "$(printf 'GET /echo HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUser-Agent: spile/%s\r\nAccept: */*\r\n%s\r\n\r' "$port" \
		"$(spile --version | sed -n '1s/^spile //p')" "$(curl -s --compressed "$web/echo" | grep ^Accept-Enc | tr -d '\r')")"
}

@test "headers, data, method and user agent are filled in for every event" {
	httpd
	printf '%s\n' "$web/echo a" "$web/echo b" >urls
	run spile 'map url=$1, key=$2 | map $url | fetch header="X-Key: $key" header="Accept:" header="X-None;" data="{$key}" user_agent=me | words' urls
	assert_output "$(for key in a b; do
		printf '%s\n' POST /echo HTTP/1.1 Host: "127.0.0.1:$port" User-Agent: me
		curl -s --compressed "$web/echo" | sed -n 's/\r//; s/^Accept-Enc/Accept-Enc/p' | tr ' ' '\n'
		printf '%s\n' X-Key: $key X-None: Content-Length: 3 Content-Type: application/x-www-form-urlencoded "{$key}"
	done)"
	run spile 'map $1 | fetch method=PUT data=x | words | take 1' urls
	assert_output PUT
	run spile 'map $1 | fetch method=DELETE | words | take 1' urls
	assert_output DELETE
	run spile 'map $1 | fetch method=HEAD | map $status, length(), $bytes' urls
	assert_output $'200\t0\t0\n200\t0\t0'
	urls size/1000
	fetches 'fetch method=HEAD max_body=10 | map $status, length()' $'200\t0'
}

@test "what is filled in cannot add a header, and an expression that fails fails the event" {
	httpd
	run --separate-stderr bash -c 'printf "a\r\nX-Bad: 1\0good\0" | spile -0 "map key=\$0 | map \"$1/echo\" | fetch header=\"X-Key: \$key\" | match /X-Key.*/"' - "$web"
	assert_stderr "spile: fetch: what is filled in makes no header: a line end, a NUL byte, or no name before the colon: '$web/echo'"
	[[ $output == *'X-Key: good'* && $output != *X-Bad* ]]
	urls echo
	run --separate-stderr spile 'fetch data="${1 / 0}"' urls
	assert_stderr "spile: fetch: division by zero: '$web/echo'"
	assert_status 1
}

@test "a proxy of the environment is asked" {
	httpd
	echo http://example.invalid/page >urls
	http_proxy=$web fetches 'fetch | map trim($0)' 'proxied http://example.invalid/page'
}

# ---- redirects, sizes, times ----

@test "redirects: how many are followed, and where they led" {
	httpd
	urls redirect/3
	fetches 'fetch redirects=3 | map $in, $url, $status' "$web/redirect/3"$'\t'"$web/ok/0"$'\t200'
	fetches 'fetch redirects=0 | map $url, $status, $1' "$web/redirect/3"$'\t302\tmoved'
	run --separate-stderr spile 'fetch redirects=2' urls
	assert_stderr "spile: fetch: Maximum (2) redirects followed: '$web/redirect/3'"
	assert_status 1
}

@test "max_body: a body of that length passes, a longer one fails, with and without a length in its header" {
	httpd
	urls size/1000 size/1001 endless
	run --separate-stderr spile 'fetch max_body=1000 | map length()' urls
	assert_output 1000
	assert_stderr "spile: fetch: the body is longer than 1000 bytes (max_body): '$web/size/1001'
spile: fetch: the body is longer than 1000 bytes (max_body): '$web/endless'"
	run --separate-stderr spile --max-event 1000 'fetch | map length()' urls
	assert_output 1000
	run --separate-stderr spile --max-event 1000 'fetch max_body=1MiB | map length()' urls
	assert_output 1000
}

@test "bodies of many sizes come whole" {
	httpd
	local sizes=(0 1 2 16383 16384 16385 65536 262143 262144 262145 1048576 5000000)
	urls "${sizes[@]/#/size/}"
	fetches 'fetch jobs=3 per_host=3 | map length(), $bytes, $0 ~ /^x*$/' \
		"$(for size in "${sizes[@]}"; do printf '%s\t%s\t1\n' "$size" "$size"; done)"
}

@test "timeout= ends what takes longer, and the next comes" {
	httpd
	urls hang ok/1
	run --separate-stderr spile 'fetch timeout=200ms jobs=1' urls
	assert_output 'page 1'
	assert_status 1
	same 'standard error' "spile: fetch: Operation timed out after N milliseconds with 0 bytes received: '$web/hang'" \
		"$(sed 's/[0-9]* milli/N milli/' <<<"$stderr")"
}

@test "rate= is a limit to how often a request begins" {
	httpd
	urls ok/{1,2,3,4,5}
	local begin=$EPOCHREALTIME
	fetches 'fetch rate=20/s | map $2' $'1\n2\n3\n4\n5'
	[ $((${EPOCHREALTIME/./} - ${begin/./})) -ge 200000 ]
}

# ---- retries ----

@test "retries: after 5xx, 429 and broken connections, in order" {
	httpd
	urls ok/1 500once/2 resetonce/3 429/1/4 ok/5
	fetches 'fetch jobs=5 per_host=5 retries=1 backoff=10ms | map $status, trim($0)' \
		$'200\tpage 1\n200\tpage 2\n200\tpage 3\n200\tpage 1/4\n200\tpage 5'
	same requests 8 "$(served requests)"
}

@test "Retry-After is honoured, in seconds and as a date" {
	httpd
	urls 429/1/a 429date/b
	fetches 'fetch retries=1 backoff=1ms | map $status' $'200\n200'
}

@test "who asks to wait for more than an hour is not asked again" {
	httpd
	urls 429/3601/a
	fetches 'fetch retries=5 backoff=1ms | map $status, trim($0)' $'429\tlater'
	same requests 1 "$(served requests)"
}

@test "after the last attempt a status is an answer, and a broken connection a failure" {
	httpd
	urls status/503 status/404
	fetches 'fetch retries=2 backoff=1ms | map $status' $'503\n404'
	same requests 4 "$(served requests)"
	urls reset ok/1
	run --separate-stderr spile 'fetch retries=2 backoff=1ms' urls
	assert_output 'page 1'
	assert_stderr "spile: fetch: $(curl_says "$web/reset"): '$web/reset'"
}

@test "what cannot end better is not tried again" {
	httpd
	urls loop badheader size/11
	run --separate-stderr spile 'fetch retries=3 backoff=1ms max_body=10 redirects=1' urls
	assert_status 1
	same requests 4 "$(served requests)"
}

# ---- how many at once ----

@test "jobs= transfers run at once, never more" {
	httpd
	urls meet/4/{1..12}
	fetches 'fetch jobs=4 per_host=4 | map $status' "$(yes 200 | head -n 12)"
	same 'most at once' 4 "$(served 'most at once')"
}

@test "jobs= is 8, or -j where it is given" {
	httpd
	urls meet/8/{1..16}
	fetches 'fetch per_host=100 | map $status' "$(yes 200 | head -n 16)"
	same 'most at once' 8 "$(served 'most at once')"
	urls meet/11/{1..11}
	run spile -j 11 'fetch per_host=100 | map $status' urls
	assert_output "$(yes 200 | head -n 11)"
	same 'most at once' 11 "$(served 'most at once')"
}

@test "per_host= of them from one host and port, while those of others go on" {
	httpd
	# Six of one host first: the other two run only because somebody looks ahead.
	printf '%s\n' "$web"/meet/4/{1,2} "$web"/ok/{3..6} "http://LOCALHOST:$port/meet/4/"{7,8} >urls
	fetches 'fetch jobs=4 | map $2' "$(printf '%s\n' 4/1 4/2 {3..6} 4/7 4/8)"
	same 'most at once' 4 "$(served 'most at once')"
	same 'most of one host' '2 2' "$(served 127.0.0.1) $(served localhost)$(served LOCALHOST)"
}

@test "a connection is kept for the next transfer" {
	httpd
	urls ok/{1..20}
	spile 'fetch jobs=1 | null' urls
	same connections 1 "$(served connections)"
}

# ---- demand ----

@test "take 1 asks for one page" {
	httpd
	run --separate-stderr spile "seq 1 inf | map \"$web/ok/\$0\" | fetch | take 1"
	assert_output 'page 1'
	assert_status 0
	same requests 1 "$(served requests)"
}

@test "no more URLs are taken than there are jobs, and as many ahead where per_host= needs them" {
	httpd
	"$SPILE" --trace=fetch "seq 1 inf | map \"$web/hang/\$0\" | fetch jobs=3 per_host=3 | null" 2>trace 3>&- &
	wait_until grep -q "ask" trace
	wait_until asked 3
	end_job
	grep -q 'fetch -> .*: ask 3$' trace
	"$SPILE" --trace=fetch "seq 1 inf | map \"$web/hang/\$0\" | fetch jobs=3 | null" 2>trace 3>&- &
	wait_until grep -q 'fetch -> .*: ask 6$' trace
	end_job
}

@test "behind a page that does not come a bounded number waits" {
	httpd
	urls hang
	seq -f "$web/ok/%.0f" 1000 >>urls
	"$SPILE" 'fetch jobs=2 per_host=2' urls >got 2>&1 3>&- &
	wait_until asked 60
	sleep 0.2 # more would only be seen if they came
	[ "$(served requests)" -le 70 ]
	end_job
}

@test "when nobody reads any more the transfers that run are given up" {
	httpd
	urls ok/{1,2} hang hang/2
	# shellcheck disable=SC2016
	run --separate-stderr bash -c '(trap "" HUP; "$SPILE" "fetch jobs=4 per_host=4 unordered"; echo "$?" >status) <urls | head -n 0'
	wait_until test -s status
	same 'exit status' 141 "$(<status)"
}

# ---- the end ----

@test "after a signal what was read is fetched, and nothing more is read" {
	httpd
	mkfifo urls
	"$SPILE" fetch <urls >got 2>errors 3>&- &
	local pid=$!
	exec 8>urls
	echo "$web/meet/2/1" >&8
	wait_until asked 1
	kill -TERM $pid
	echo "$web/ok/2" >&8
	curl -s "$web/meet/2/x" >/dev/null # lets it go on
	status=0
	wait $pid || status=$?
	exec 8>&-
	assert_status 143
	same output 'page 2/1' "$(<got)"
	same errors '' "$(<errors)"
	same requests 2 "$(served requests)"
}

@test "a second signal ends at once" {
	httpd
	urls hang
	"$SPILE" fetch urls >got 2>errors 3>&- &
	local pid=$!
	wait_until asked 1
	wait_until ended $pid
	status=0
	wait $pid || status=$?
	assert_status 143
}

@test "dead= takes the URLs that failed, max_failures= ends the run" {
	httpd
	urls ok/1 reset ok/2 short
	run --separate-stderr spile 'fetch dead=failed' urls
	assert_output $'page 1\n\npage 2'
	assert_stderr ''
	assert_status 1
	same failed "$(printf "$web/%s\n" reset short)" "$(<failed)"
	run --separate-stderr spile "seq 1 inf | map \"$web/short/\$0\" | fetch max_failures=3"
	assert_status 1
	[[ $stderr == *$'\nspile: fetch: 3 events failed: the run ends here (max_failures=3)'* ]]
	[ "$(served requests)" -le 100 ] # those that ran are finished, and the sequence has no end
}

# ---- the library ----

@test "children inherit nothing of it" {
	httpd
	printf '%s\n' "$web/ok/1" "http://localhost:$port/ok/2" http://nowhere.invalid/ >urls
	run --separate-stderr spile -q 'fetch jobs=3 unordered | exec ls -l /proc/self/fd | map replace($0, /^.* -> /, "")' urls
	[[ ${#lines[@]} -gt 6 && $output == *pipe:* && $output != *socket:* ]]
}

@test "libcurl is opened only where a pipeline fetches" {
	run ldd "$SPILE"
	[[ $output != *curl* ]]
	mkfifo in
	local pipeline expected
	for pipeline in words fetch; do
		"$SPILE" "$pipeline" <in >got 3>&- &
		exec 8>in
		echo http:// >&8
		[ $pipeline = fetch ] || wait_until test -s got
		expected=$([ $pipeline = fetch ] && echo yes || echo no)
		if [ $pipeline = fetch ]; then
			wait_until grep -q libcurl "/proc/$!/maps"
		fi
		same "libcurl in '$pipeline'" "$expected" "$(grep -q libcurl "/proc/$!/maps" && echo yes || echo no)"
		exec 8>&-
		wait $! || true
	done
}

@test "where libcurl is not there the pipeline is wrong" {
	skip_if_sanitized
	mkdir lib
	touch lib/libcurl.so.4 lib/libcurl-gnutls.so.4
	LD_LIBRARY_PATH=$PWD/lib run --separate-stderr spile 'run touch started | fetch'
	assert_status 2
	assert_output ''
	[[ ${stderr_lines[0]} == "spile: pipeline:1:21: libcurl cannot be opened: "*" (Debian: apt-get install libcurl4)" ]]
	[ ! -e started ]
}

@test "a spile that was built without libcurl says how to get it" {
	run --separate-stderr timeout 20 "$SPILE_WITHOUT_CURL" 'run touch started | fetch jobs=2'
	assert_status 2
	assert_output ''
	assert_stderr "spile: pipeline:1:21: this spile was built without libcurl, which 'fetch' needs: install its headers (Debian: apt-get install libcurl4-openssl-dev), then configure and build spile again
  run touch started | fetch jobs=2
                      ^~~~~"
	[ ! -e started ]
	run spile --version
	[[ $output == *$'\n'with\ libcurl\ \(fetch\)* ]]
}

@test "options that are wrong" {
	rejects 'fetch method=get' "spile: pipeline:1:7: a method is a word in capitals, as in method=POST
  fetch method=get
        ^~~~~~~~~~"
	rejects 'fetch header="A: b" header=Accept' 'spile: pipeline:1:21: a header is a name, a colon and a value: "Accept: text/html"
  fetch header="A: b" header=Accept
                      ^~~~~~~~~~~~~'
	rejects 'fetch protocols=http,,ftp' "spile: pipeline:1:7: 'protocols' must be names with commas between them, as in protocols=http,ftp
  fetch protocols=http,,ftp
        ^~~~~~~~~~~~~~~~~~~"
	rejects 'fetch method=HEAD data=x' 'spile: pipeline:1:19: HEAD sends no data
  fetch method=HEAD data=x
                    ^~~~~~'
	rejects 'fetch connect_timeout=0s' 'spile: pipeline:1:7: the time must be more than 0
  fetch connect_timeout=0s
        ^~~~~~~~~~~~~~~~~~'
	rejects 'batch 2 | fetch' "spile: pipeline:1:11: 'fetch' takes single events: put \`unbatch\` before it
  batch 2 | fetch
            ^~~~~"
}
