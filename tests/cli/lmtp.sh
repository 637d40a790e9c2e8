# What the tests of the LMTP server share; sourced behind lib.sh.

LMTPD=$(absolute "${LMTPD:-$(dirname "$POSTBAG")/postbag-lmtpd}")
[ -x "$LMTPD" ] || bail "no program at $LMTPD: build it, or set LMTPD"
client=$srcdir/tests/cli/lmtp-client

# Becomes the server's program in an environment of our own making: for a process in the background, so that $! is the server's.
alone_lmtpd() {
	exec env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="${config:-$root/none.conf}" \
		${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${UBSAN_OPTIONS+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} \
		"$@"
}

# until_true SECONDS COMMAND...: waits for it.
until_true() {
	_left=$(($1 * 10))
	shift
	while ! "$@"; do
		[ "$_left" -gt 0 ] || return 1
		_left=$((_left - 1))
		sleep 0.1
	done
}

log_says() { grep -Eq -- "$1" "$T/log"; }

# start [ARGUMENT...]: the server on $A, listening on the Unix socket $S, its log in $T/log.
start() {
	S=$T/s
	shown="postbag-lmtpd $*"
	: >"$T/log"
	alone_lmtpd "$LMTPD" --archive "$A" --listen "unix:$S" "$@" >"$T/log.out" 2>"$T/log" &
	server=$!
	helpers="$helpers $server"
	until_true 30 log_says 'listening on' || wrong "$shown does not start: $(head -c 300 "$T/log")"
}

# Stops it by SIGTERM: it must end with 0, leave no socket, and have said nothing that is not ours.
stop() {
	kill "$server" 2>/dev/null || wrong "$shown: not running any more: $(tail -n 5 "$T/log" | tr '\n' ';')"
	wait "$server"
	same "$shown: exit status" $? 0
	[ ! -e "$S" ] || wrong "$shown: left its socket"
	check_log
	check_no_scratch
}

check_log() {
	! grep -v '^postbag: ' "$T/log" >"$root/strange" || wrong "$shown: log line without \"postbag: \": $(head -n 3 "$root/strange" | cut -c 1-300)"
	check_harmless "$T/log" log
	[ ! -s "$T/log.out" ] || wrong "$shown: unexpected on stdout"
}

# talk [ADDRESS]: a conversation, from standard input as lmtp-client takes it.
talk() {
	perl "$client" "${1:-$S}" >"$T/talk" 2>&1 || wrong "$shown: $(head -n 5 "$T/talk" | tr '\n\r' ';.')"
}

# send FILE: one message, which must be kept.
send() {
	talk <<TALK
< 220
> LHLO test
< 250
> MAIL FROM:<ada@example.net>
< 250
> RCPT TO:<input@example.org>
< 250
> DATA
< 354
<file $1
< ${2:-250 2.0.0 kept as}
> QUIT
< 221
eof
TALK
}

index_is() { [ "$(sql index.db 'SELECT count(*) FROM message')" = "$1" ]; }
archive_has() { [ "$(deliveries)" = "$1" ]; }
