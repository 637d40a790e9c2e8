#!/bin/sh
# Exim hands messages to postbag by the recipe that is shipped, pasted as it is: each message is in the archive once, in the spool, or still in
# Exim's queue, and none is sent back.
srcdir=${srcdir:-.}
. "$srcdir/tests/peers/lib.sh"
world
. "$srcdir/tests/peers/exim-lib.sh"
plan $((PROGRAM_ROWS + 7))
server_files exim.example
SENDERS=' "$(touch${IFS}/tmp/harm)`id`;x|y"@example.net --archive=x@example.net '
SAYS_WAITS=1 # Exim does not read what the program prints
short_timeout() { edit 's/timeout -k 10 900/timeout -k 1 5/'; }
long_timeout() { edit 's/timeout -k 1 5/timeout -k 10 900/'; }

program_rows

# Three users: the owner was all of the above.
row "another user, who is in the group"
edit '/^postbag:/,/^sink:/{s/user = postbag/user = clerk/; s/group = postbag/initgroups/}'
send "$T/a.eml"
kept 1 1
is_same_message "$T/a.eml"
row_end

row "another user, with the archive's group"
edit '/^postbag:/,/^sink:/{s/user = clerk/user = guest/; s/initgroups/group = postbag/}'
send "$T/a.eml"
kept 1 1
row_end

row "another user, without the group"
edit '/^postbag:/,/^sink:/{s/user = guest/user = guest/; s/group = postbag/group = nogroup/}'
send "$T/a.eml"
waiting 1 'ermission'
check_archive 0 0
edit '/^postbag:/,/^sink:/{s/user = guest/user = postbag/; s/group = nogroup/group = postbag/}'
flush
kept 1 1
row_end

# The settings beneath the shell's "exit 75", and Exim's own limit.
row "statuses that the shell does not change"
edit 's/ || exit 75$//'
stand_in
row_letters $ROWS
for _row in $ROWS; do send "$T/row-$_row.eml"; done
waiting "$(how_many $ROWS)" ''
edit '/^ *command = /s/$/ || exit 75/'
real_program
flush
kept "$(how_many $ROWS)" "$(how_many $ROWS)"
row_end

row "the limit of Exim itself"
edit 's/timeout = 30m/timeout = 3s/'
stand_in
row_letters hangs
send "$T/row-hangs.eml"
waiting 1 ''
edit 's/timeout = 3s/timeout = 30m/'
real_program
flush
kept 1 1
row_end

# what happens to the shell: the message waits, frozen
row "the shell is killed"
real_program 'read -r _ _ _ parent _ </proc/$PPID/stat; kill -KILL $parent $PPID; exit 1'
send "$T/a.eml"
waiting 1 ''
real_program
flush
kept 1 1
row_end

# Exim killed in the middle leaves the program running: both deliveries end, and they are of one message
row "Exim killed while the program runs"
hold_archive
"$EXIM" -odi -i -f ada@example.net input@example.org <"$T/a.eml" >"$out" 2>&1 &
running_pid >"$T/pid"
kill -KILL $(pgrep -x exim4)
kill -0 "$(cat "$T/pid")" 2>/dev/null || wrong "the program ended with Exim: nothing was tried here"
let_go
until_true "the orphan to end" all_gone
check_archive 1 1
flush
kept 1 2
row_end
