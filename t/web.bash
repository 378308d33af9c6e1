# Loaded by bats files that need web servers: t/httpd, which does as its paths say, and nginx. Both are on the loopback, at
# ports that the system chooses, and end with the test. No proxy is in the way.
# shellcheck shell=bash

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY CURL_CA_BUNDLE SSL_CERT_FILE

PATH=$PATH:/usr/sbin # nginx

# In the build's folder, as spile is.
HTTPD=${SPILE%/*}/t/httpd
SPILE_WITHOUT_CURL=${SPILE%/*}/t/spile-without-curl
export HTTPD SPILE_WITHOUT_CURL

# httpd: starts the tests' own server; $web is its URL, without a slash at the end, $port its port.
httpd() {
	mkfifo httpd-ends
	"$HTTPD" <httpd-ends >httpd-port 3>&- &
	exec 7>httpd-ends # it ends when this shell does
	wait_until test -s httpd-port
	port=$(<httpd-port)
	web=http://127.0.0.1:$port
}

# served NAME: what the server says of it: requests, connections, "most at once", the names of hosts.
served() { curl -s "$web/stats" | sed -n "s/^$1 //p"; }

# asked N: so many requests have come, or more.
asked() { [ "$(served requests)" -ge "$1" ]; }

# free_port: a port that is free now.
free_port() { "$HTTPD" </dev/null; }

# nginx_serve: serves the folder www at $site, and at $secure_site with HTTP/2 and the certificate cert.pem where that is.
nginx_serve() {
	local attempt
	for attempt in 1 2 3 4 5; do
		site=http://127.0.0.1:$(free_port) secure_site=https://localhost:$(free_port)
		nginx_config >nginx.conf
		nginx -p "$PWD" -e nginx.log -c "$PWD/nginx.conf" 3>&- &
		nginx=$!
		echo "$attempt" >www/is-up
		wait_until nginx_answers || return
		[ "$(curl -s "$site/is-up")" = "$attempt" ] && return
	done
	cat nginx.log >&2
	return 1
}

# It is up, or has ended because somebody else was quicker to take the port.
nginx_answers() { ! kill -0 "$nginx" || curl -s "$site/is-up" >/dev/null; }

nginx_config() {
	cat <<-END
		daemon off;
		master_process off;
		pid nginx.pid;
		events { worker_connections 256; }
		http {
			access_log off;
			client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
			default_type text/html;
			keepalive_requests 100000;
			server {
				listen ${site#http://};
				root www;
				location /zipped/ { gzip on; gzip_min_length 1; }
				location = /protocol { return 200 \$server_protocol; }
			}
	END
	if [ -e cert.pem ]; then
		cat <<-END
			server {
				listen 127.0.0.1:${secure_site##*:} ssl http2;
				ssl_certificate cert.pem;
				ssl_certificate_key key.pem;
				root www;
				location = /protocol { return 200 \$server_protocol; }
			}
		END
	fi
	echo '}'
}

# curl_says URL...: why curl cannot fetch them, a line each.
curl_says() {
	local url
	for url; do
		curl -sS --max-redirs 10 -L -o curl-body "$url" 2>&1 | sed 's/^curl: ([0-9]*) //'
	done
}
