#!/bin/sh
# Postfix hands messages to postbag by the pipe(8) recipe that is shipped, pasted as it is: each message is in the archive once, in the spool, or
# still in Postfix's queue, and none is sent back.
srcdir=${srcdir:-.}
. "$srcdir/tests/peers/lib.sh"
world
. "$srcdir/tests/peers/postfix-lib.sh"
plan $((PROGRAM_ROWS + 4))

server_files
settings postfix-pipe.example
for file in /etc/postfix/master.cf /etc/postfix/transport /etc/aliases; do paste_into postfix-pipe.example "$file"; done
postmap /etc/postfix/transport || bail "the transport table is not one"
server_start
SENDERS=' $(touch${IFS}/tmp/harm)`id`;x|y@example.net --archive=x@example.net '

edit() { # SED-SCRIPT
	cp /etc/postfix/master.cf "$root/before"
	sed -i "$1" /etc/postfix/master.cf
	! cmp -s /etc/postfix/master.cf "$root/before" || wrong "nothing to change in master.cf by $1"
	postfix reload >"$root/reload" 2>&1 || wrong "reload: $(cat "$root/reload")"
}
short_timeout() { edit 's/timeout -k 10 900/timeout -k 1 5/'; }
long_timeout() { edit 's/timeout -k 1 5/timeout -k 10 900/'; }

program_rows

# The user in master.cf: a member of the group, named with it, may write; anybody else may not, and is told so.
row "another user, with the archive's group"
edit 's/user=postbag:postbag/user=clerk:postbag/'
send "$T/a.eml"
kept 1 1
is_same_message "$T/a.eml"
same "files that are not the group's" "$(find "$A" ! -group postbag | wc -l)" 0
row_end

row "another user, without the group"
edit 's/user=clerk:postbag/user=guest/'
send "$T/a.eml"
waiting 1 'ermission'
check_archive 0 0
edit 's/user=guest/user=postbag:postbag/'
flush
kept 1 1
row_end

# Postfix stopped in the middle leaves the program running: both deliveries end, and they are of one message
row "Postfix aborted while the program runs"
hold_archive
send "$T/a.eml"
running_pid >"$T/pid"
postfix abort >/dev/null 2>&1
until_true "Postfix to end" is_stopped
kill -0 "$(cat "$T/pid")" 2>/dev/null || wrong "the program ended with Postfix: nothing was tried here"
server_start
SENDERS=' $(touch${IFS}/tmp/harm)`id`;x|y@example.net --archive=x@example.net '
let_go
flush
until_true "the orphan to end" all_gone
same "messages" "$(contents)" 1
kept 1 2
row_end

# Why timeout stands in the recipe: this row cannot be mended in Postfix.
row "the limit of Postfix itself"
postconf -e postbag_time_limit=3s
postfix reload >/dev/null 2>&1
stand_in
row_letters hangs
send "$T/row-hangs.eml"
settle 0
row_end 1
