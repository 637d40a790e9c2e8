# The rows that are the same for every mail server that hands messages to postbag-lmtpd. $POSTBAG_LMTPD names the program; else it stands beside
# postbag.
POSTBAG_LMTPD=$(absolute "${POSTBAG_LMTPD:-${POSTBAG%/*}/postbag-lmtpd}")
[ -x "$POSTBAG_LMTPD" ] || skip_all "no postbag-lmtpd at $POSTBAG_LMTPD"
cp "$POSTBAG_LMTPD" "$root/postbag-lmtpd"
chmod 755 "$root/postbag-lmtpd"
SOCKET=/run/postbag/lmtp
install -d -o postbag -g postbag -m 755 "${SOCKET%/*}"

lmtpd_pids() { pgrep -x postbag-lmtpd; }
no_lmtpd() { ! lmtpd_pids; }
lmtpd_start() {
	as postbag "$root/postbag-lmtpd" --archive "$A" --listen "unix:$SOCKET" >"$root/lmtpd.log" 2>&1 &
	until_true "postbag-lmtpd to listen" test -S "$SOCKET" || wrong "postbag-lmtpd says: $(head -c 300 "$root/lmtpd.log")"
}
lmtpd_stop() { # [SIGNAL]
	kill "-${1:-TERM}" $(lmtpd_pids)
	until_true "postbag-lmtpd to end" no_lmtpd
	rm -f "$SOCKET"
}
# postbag-lmtpd brings up the index when it has the time.
swept() {
	as postbag /usr/local/bin/postbag sweep --archive "$A" >"$out" 2>"$err" || wrong "sweep: $(cat "$err")"
}
lmtp_row() {
	row "$1"
	lmtpd_start
}
lmtp_row_end() {
	lmtpd_stop
	row_end
}
lmtp_kept() { # MESSAGES DELIVERIES
	settle 0
	swept
	kept "$1" "$2"
}

# The file says how long its server waits, in short_timeout and long_timeout.
LMTP_ROWS=11
lmtp_rows() {
	lmtp_row "kept"
	send "$T/a.eml"
	lmtp_kept 1 1
	is_whole "$T/a.eml"
	is_same_message "$T/a.eml"
	lmtp_row_end

	lmtp_row "long lines, bytes above 127, 1 MB"
	odd_letter "$T/b.eml"
	send "$T/b.eml"
	lmtp_kept 1 1
	is_whole "$T/b.eml"
	is_same_message "$T/b.eml"
	lmtp_row_end

	lmtp_row "senders that look like commands"
	send "$T/a.eml" '"$(touch${IFS}/tmp/harm)`id`;x|y"@example.net'
	send "$T/a.eml" '--archive=x@example.net'
	send "$T/a.eml" '<>'
	lmtp_kept 1 3
	lmtp_row_end

	# not started yet, as with a typing error in its configuration
	lmtp_row "no postbag-lmtpd"
	lmtpd_stop
	send "$T/a.eml"
	waiting 1 ''
	lmtpd_start
	flush
	lmtp_kept 1 1
	is_same_message "$T/a.eml"
	lmtp_row_end

	lmtp_row "another writer has the archive"
	hold_archive
	send "$T/a.eml"
	settle 0
	let_go
	swept
	kept 1 1
	is_same_message "$T/a.eml"
	lmtp_row_end

	row "a full disk"
	small_archive
	lmtpd_start
	fill_archive
	send "$T/a.eml"
	waiting 1 '4[.]3[.][01]|45[12]|not kept'
	empty_archive
	flush
	lmtp_kept 1 1
	lmtpd_stop
	umount "$A"
	row_end

	row "a damaged mail.db"
	rm -f "$A"/mail.db-*
	: >"$A/mail.db"
	lmtpd_start
	send "$T/a.eml"
	settle 0
	same "in the spool" "$(spooled)" 1
	lmtp_row_end

	row "no permission"
	chown -R root "$A"
	chmod 0 "$A"
	lmtpd_start
	send "$T/a.eml"
	waiting 1 '4[.]3[.][01]|45[12]|not kept|Permission'
	chown -R postbag "$A"
	chmod 2770 "$A"
	flush
	lmtp_kept 1 1
	lmtp_row_end

	# whoever has no right to the socket
	lmtp_row "no right to the socket"
	chmod 0 "$SOCKET"
	send "$T/a.eml"
	waiting 1 'ermission'
	chmod 660 "$SOCKET"
	flush
	lmtp_kept 1 1
	lmtp_row_end

	# killed before it has kept the message
	lmtp_row "killed"
	hold_archive
	send_behind "$T/a.eml"
	sleep 2
	lmtpd_stop KILL
	waiting 1 ''
	let_go
	lmtpd_start
	flush
	lmtp_kept 1 1
	lmtp_row_end

	# stopped: the server gives up waiting; when it goes on it may keep what the server keeps too, and that is the same message
	lmtp_row "hung"
	short_timeout
	kill -STOP $(lmtpd_pids)
	send_behind "$T/a.eml"
	waiting 1 ''
	long_timeout
	kill -CONT $(lmtpd_pids)
	flush
	settle 0
	swept
	same "messages" "$(contents)" 1
	lmtp_row_end
}
