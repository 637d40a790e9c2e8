#!/bin/sh
# Postfix hands messages to postbag-lmtpd by the recipe that is shipped, pasted as it is: each message is in the archive once, in the spool, or still
# in Postfix's queue, and none is sent back.
srcdir=${srcdir:-.}
. "$srcdir/tests/peers/lib.sh"
world
. "$srcdir/tests/peers/postfix-lib.sh"
. "$srcdir/tests/peers/lmtp-lib.sh"
plan $((LMTP_ROWS))

server_files
settings postfix-lmtp.example
for file in /etc/postfix/master.cf /etc/postfix/transport /etc/aliases; do paste_into postfix-lmtp.example "$file"; done
postmap /etc/postfix/transport || bail "the transport table is not one"
usermod -a -G postbag postfix
server_start

edit() { # SED-SCRIPT
	cp /etc/postfix/master.cf "$root/before"
	sed -i "$1" /etc/postfix/master.cf
	! cmp -s /etc/postfix/master.cf "$root/before" || wrong "nothing to change in master.cf by $1"
	postfix reload >"$root/reload" 2>&1 || wrong "reload: $(cat "$root/reload")"
}
short_timeout() { edit 's/lmtp_data_done_timeout=600s/lmtp_data_done_timeout=5s -o lmtp_lhlo_timeout=5s -o lmtp_connect_timeout=5s/'; }
long_timeout() { edit 's/lmtp_data_done_timeout=5s.*/lmtp_data_done_timeout=600s/'; }

lmtp_rows
