#!/bin/sh
# Exim hands messages to postbag-lmtpd by the recipe that is shipped, pasted as it is: each message is in the archive once, in the spool, or still in
# Exim's queue, and none is sent back.
srcdir=${srcdir:-.}
. "$srcdir/tests/peers/lib.sh"
world
. "$srcdir/tests/peers/exim-lib.sh"
. "$srcdir/tests/peers/lmtp-lib.sh"
plan $((LMTP_ROWS))
server_files exim-lmtp.example
short_timeout() { edit 's/timeout = 10m/timeout = 5s/'; }
long_timeout() { edit 's/timeout = 5s/timeout = 10m/'; }

lmtp_rows
