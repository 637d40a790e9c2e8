# SMTP servers on this machine for the tests of mail that goes out: one with TLS and AUTH (tests/peers/smtp-server), and Postfix's smtp-sink. POSIX sh; sourced
# after tests/cli/lib.sh. What is started ends with stop, or with the test.

server=
need_servers() {
	/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || skip_all "python3-aiosmtpd is not installed"
	command -v openssl >/dev/null || skip_all "openssl is not installed"
}

# serve [OPTION...]: a server whose messages come to $T/sink; $port
serve() {
	stop
	mkdir -p "$T/sink"
	rm -f "$T/port"
	/usr/bin/python3 "$srcdir/tests/peers/smtp-server" "$T/sink" "$@" >"$T/port" 2>"$T/server" &
	server=$!
	helpers="$helpers $server"
	_n=0
	while [ ! -s "$T/port" ] && [ $_n -lt 200 ]; do
		sleep 0.05
		_n=$((_n + 1))
	done
	port=$(cat "$T/port")
	[ -n "$port" ] || wrong "no server: $(head -c 300 "$T/server")"
}
# The server ends.
stop() {
	[ -n "$server" ] || return 0
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	server=
}

# $port: nobody listens there, and nobody did
free_port() {
	serve
	stop
}

# sink OPTION...: smtp-sink at $port
sink() {
	smtp-sink -u "$(id -un)" "$@" "127.0.0.1:$port" 10 2>"$T/sink.err" &
	server=$!
	helpers="$helpers $server"
	_n=0
	while ! perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new("127.0.0.1:'"$port"'")' && [ $_n -lt 200 ]; do
		sleep 0.05
		_n=$((_n + 1))
	done
}

# certificates NAME: an authority and a certificate for NAME
certificates() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=an authority" -keyout "$T/ca.key" -out "$T/ca.pem" 2>"$T/openssl" &&
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$T/key.pem" -out "$T/request" 2>>"$T/openssl" &&
		printf 'subjectAltName=%s\n' "$1" >"$T/names" &&
		openssl x509 -req -in "$T/request" -CA "$T/ca.pem" -CAkey "$T/ca.key" -CAcreateserial -days 2 -extfile "$T/names" -out "$T/certificate.pem" 2>>"$T/openssl" ||
		wrong "openssl: $(tail -n 1 "$T/openssl")"
}
