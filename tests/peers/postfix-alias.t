#!/bin/sh
# Postfix hands messages to postbag by the alias that is shipped, pasted as it is: each message is in the archive once, in the spool, or still in
# Postfix's queue, and none is sent back.
srcdir=${srcdir:-.}
. "$srcdir/tests/peers/lib.sh"
world
. "$srcdir/tests/peers/postfix-lib.sh"
plan $((PROGRAM_ROWS + 4))

table=/etc/postfix/aliases-postbag
server_files
settings postfix-alias.example
paste_into postfix-alias.example $table
owned_by() { # USER: as the recipe says
	postalias $table && chown "$1" $table $table.db
}
owned_by postbag || bail "the alias file is not one"
server_start
SENDERS=' --archive=x@example.net __touch__IFS_/tmp/harm__id__x_y@example.net '

edit() { # SED-SCRIPT
	cp $table "$root/before"
	sed -i "$1" $table
	! cmp -s $table "$root/before" || wrong "nothing to change in the alias by $1"
	owned_by postbag || wrong "postalias"
}
short_timeout() { edit 's/timeout -k 10 900/timeout -k 1 5/'; }
long_timeout() { edit 's/timeout -k 1 5/timeout -k 10 900/'; }

program_rows

# The owner of the file decides. An alias of root's runs as nobody, who has no right.
row "an alias file that belongs to root"
owned_by root
postfix reload >/dev/null 2>&1
send "$T/a.eml"
waiting 1 'ermission'
check_archive 0 0
owned_by postbag
postfix reload >/dev/null 2>&1
flush
kept 1 1
row_end

# Postfix gives the program no group but the owner's own.
row "another owner, who is in the group"
owned_by clerk
postfix reload >/dev/null 2>&1
send "$T/a.eml"
waiting 1 'ermission'
usermod -g postbag clerk >"$root/usermod" 2>&1 || wrong "usermod: $(cat "$root/usermod")"
postfix reload >/dev/null 2>&1
flush
kept 1 1
is_same_message "$T/a.eml"
row_end

row "another owner, who is not in the group"
owned_by guest
postfix reload >/dev/null 2>&1
send "$T/a.eml"
waiting 1 'ermission'
owned_by postbag
postfix reload >/dev/null 2>&1
flush
kept 1 1
row_end

# The other way that the recipe tells: a list that belongs to postbag, named in root's file.
row "an :include: list"
sed -n 's/^input: //p' $table >/etc/postfix/input.list
chown postbag /etc/postfix/input.list
sed -i '/^input:/d' $table
owned_by root
echo 'input: :include:/etc/postfix/input.list' >>/etc/aliases
newaliases
postconf -e allow_mail_to_commands=alias,forward,include
postfix reload >/dev/null 2>&1
send "$T/a.eml"
kept 1 1
is_same_message "$T/a.eml"
row_end
