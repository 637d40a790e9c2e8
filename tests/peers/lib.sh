# What the tests against Postfix and Exim share: a world of their own to run a mail server in, the messages, and the ways a delivery goes wrong.
# POSIX sh; sourced first, it starts the test again in that world and then reads tests/cli/lib.sh:
#
#	srcdir=${srcdir:-.}
#	. "$srcdir/tests/peers/lib.sh"
#	world
#
# The world is a mount and a process namespace: /etc is a copy, /var/lib, /var/spool, /var/log, /var/cache, /run and /usr/local/bin are empty. So the
# recipes are tried exactly as they are pasted, by users made with the commands of filters/README, without a port, and whatever runs there ends with
# the test. It needs root. The server that a test file talks of comes as functions of that file, and their waiting is bounded:
#
#	send FILE [SENDER]   the server takes FILE for input@example.org
#	send_behind FILE     the same, not waiting for the delivery
#	settle NUMBER        waits until NUMBER messages are in the queue and nothing is under way
#	flush                the server tries again what is in the queue
#	queue                the queue as the administrator sees it, with the reasons
#	server_stop          at the end, too

if [ -z "${POSTBAG_WORLD-}" ]; then
	in_world="unshare --mount --pid --fork --kill-child --mount-proc"
	if [ "$(id -u)" != 0 ] || ! $in_world true 2>/dev/null; then
		echo "1..0 # SKIP only root, where namespaces may be made, can run a mail server of its own"
		exit 0
	fi
	POSTBAG_WORLD=1
	export POSTBAG_WORLD
	exec $in_world /bin/sh "$0" "$@"
fi
unset POSTBAG_WORLD
. "$srcdir/tests/cli/lib.sh"

server_stop() { :; }
peer_clean_up() {
	_status=$?
	server_stop
	(exit $_status)
	clean_up
}
trap peer_clean_up EXIT

# --- the world

world() {
	[ $$ = 1 ] || bail "this is the machine itself, not a world of the test's own: unset POSTBAG_WORLD"
	case "$root/$POSTBAG/$srcdir" in
	*/var/lib/* | */var/spool/* | */usr/local/bin/*) skip_all "nothing of this test may lie in /var/lib, /var/spool or /usr/local/bin" ;;
	esac
	mkdir -p "$root/world/lib" "$root/world/spool" "$root/world/log" "$root/world/cache" "$root/world/run" "$root/world/bin"
	cp -a /etc "$root/world/etc" || bail "cannot copy /etc"
	for _place in etc:/etc lib:/var/lib spool:/var/spool log:/var/log cache:/var/cache run:/run bin:/usr/local/bin; do
		mount --bind "$root/world/${_place%%:*}" "${_place#*:}" || bail "cannot mount over ${_place#*:}"
	done
	rm -rf /etc/postbag
	A=/var/lib/postbag
	people
	cp "$POSTBAG" "$root/program"
	cp "$srcdir/tests/leaks.txt" "$root/leaks.txt"
	chmod 755 "$root/program"
	chmod 644 "$root/leaks.txt"
}

# The owner by the words of filters/README; clerk is in the group, guest is not.
people() {
	for _name in postbag clerk guest Debian-exim; do
		sed -i "/^$_name:/d" /etc/passwd /etc/group /etc/shadow /etc/gshadow
	done
	{
		useradd --system --home-dir /var/lib/postbag --shell /usr/sbin/nologin postbag &&
			useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin Debian-exim &&
			useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin clerk &&
			useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin guest &&
			usermod -a -G postbag clerk
	} >"$root/useradd" 2>&1 || bail "cannot make users: $(head -n 2 "$root/useradd")"
}
as() { # USER COMMAND...
	_user=$1
	shift
	setpriv --reuid="$_user" --regid="$(id -g "$_user")" --init-groups env -i PATH=/usr/local/bin:/usr/bin:/bin \
		${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$(leaks)"} "$@"
}
leaks() { printf '%s' "${LSAN_OPTIONS-}" | sed "s|suppressions=[^:]*|suppressions=$root/leaks.txt|"; }

# The section of a recipe that is for FILE, appended to FILE.
paste_into() { # RECIPE FILE
	awk -v file="$2" '/^# ---- / { inside = ($3 == file); next } inside' "$srcdir/filters/$1" >"$root/section"
	[ -s "$root/section" ] || bail "$1 has nothing for $2"
	cat "$root/section" >>"$2"
}

# --- what the server runs: /usr/local/bin/postbag

become() { # put in place at once, for a server that is just starting it
	cat >"$root/world/bin/.next"
	chmod 755 "$root/world/bin/.next"
	mv "$root/world/bin/.next" "$root/world/bin/postbag"
}
# The program itself; servers clear the environment. Its process id is told for tests that kill or stop it.
real_program() { # [SHELL-LINE-BEFORE [SHELL-LINE-AFTER]]
	become <<PROGRAM
#!/bin/sh
${ASAN_OPTIONS+ASAN_OPTIONS=\"$ASAN_OPTIONS\" LSAN_OPTIONS=\"$(leaks)\"; export ASAN_OPTIONS LSAN_OPTIONS}
${1-}
${2+$root/program \"\$@\"; $2}
echo \$\$ 2>/dev/null >$root/pids/\$\$
exec $root/program "\$@"
PROGRAM
}
# A program that ends as the subject says.
stand_in() {
	become <<'PROGRAM'
#!/bin/sh
row=$(sed -n 's/^Subject: row //p')
case $row in
exit-*) exit "${row#exit-}" ;;
signal-*) kill "-${row#signal-}" $$; sleep 60 ;;
hangs) exec sleep 300 ;;
says-*) echo "${row#says-} said by a program"; exit 75 ;;
*) exit 0 ;;
esac
PROGRAM
}
# All of sysexits.h that mail servers treat differently, the shell's own, and ways to die.
ROWS="exit-75 exit-71 exit-73 exit-74 exit-70 exit-78 exit-65 exit-67 exit-69 exit-77 exit-1 exit-126 exit-127"
ROWS="$ROWS signal-KILL signal-TERM signal-SEGV signal-ABRT"
odd_letter() { # FILE
	perl -e 'print "Subject: long\nFrom: ada\@example.net\nDate: Tue, 12 Feb 2019 08:00:00 +0000\nMessage-ID: <long\@example.net>\n\n", "x" x 3000, "\n", "\xe9\xff\n", ".\n..\nFrom here\n", "The harbour is deep.\n" x 50000' >"$1"
}
how_many() { echo $#; }
row_letters() { # ROW...
	_n=0
	for _row; do
		_n=$((_n + 1))
		letter "$T/row-$_row.eml" "$_n" "row $_row" "The harbour, number $_n."
	done
}

# The one that is running now, once it is.
running_pid() {
	_tries=0
	while [ -z "$(ls "$root/pids")" ] && [ $_tries -lt 600 ]; do
		sleep 0.1
		_tries=$((_tries + 1))
	done
	ls "$root/pids" | tail -n 1
}
# Until a command succeeds, for at most a minute.
until_true() { # WHAT COMMAND...
	_what=$1 _tries=0 _limit=600
	! grep -q 'in vain' "$diagnosis" || _limit=50
	shift
	until "$@" >/dev/null 2>&1; do
		_tries=$((_tries + 1))
		if [ $_tries -gt $_limit ]; then
			wrong "waited in vain: $_what; queue: $(queue | head -c 600 | tr '\n' ';')"
			return 1
		fi
		sleep 0.1
	done
}

# --- a row

# A fresh archive, an empty queue, no bounces, the real program.
row() { # TITLE
	begin "$1"
	A=/var/lib/postbag
	rm -rf "$A" /etc/postbag /var/lib/elsewhere "$root/pids"
	mkdir -m 1777 "$root/pids"
	rm -f "$BOUNCES"
	install -d -o postbag -g postbag -m 2770 "$A"
	real_program
	as postbag /usr/local/bin/postbag init "$A" >"$out" 2>"$err" || wrong "init: $(cat "$err")"
	rm -f "$root/pids"/*
	letter "$T/a.eml" 1 Hello 'The first one.'
}
# Sent back to its sender: nothing may be, unless the row says so.
bounced() { cat "$BOUNCES" 2>/dev/null | grep -c "^From MAILER-DAEMON" || :; }
row_end() {
	same "messages sent back" "$(bounced)" "${1:-0}"
	settle 0
	end
}
kept() { # MESSAGES DELIVERIES: in the archive, and nowhere else
	settle 0
	same "messages in mail.db, before sweep" "$(contents)" "$1"
	# of several deliveries at once some leave the index to it
	[ "$(sql index.db 'SELECT count(*) FROM delivery')" = "$2" ] ||
		as postbag /usr/local/bin/postbag --archive "$A" -q sweep >"$out" 2>"$err" || wrong "sweep: $(cat "$err")"
	check_archive "$1" "$2"
	same "in the spool" "$(spooled)" 0
}
waiting() { # MESSAGES PATTERN: with the server, and nowhere else
	settle "$1"
	queue >"$root/queue"
	[ -z "$2" ] || grep -Eq -- "$2" "$root/queue" || wrong "the queue lacks /$2/: $(head -c 900 "$root/queue" | tr '\n' ';')"
}
# The same message as the file that was sent: what the server added on the way is no part of it.
is_same_message() { # FILE
	_had=$(contents)
	as postbag /usr/local/bin/postbag deliver --archive "$A" <"$1" >"$out" 2>"$err" || wrong "deliver: $(cat "$err")"
	same "messages after $1 came directly" "$(contents)" "$_had"
}
# What was kept ends with the bytes of FILE; LMTP ends its lines with CR LF.
is_whole() { # FILE
	as postbag /usr/local/bin/postbag show --archive "$A" --raw "$(newest_id)" >"$root/raw" 2>"$err" || wrong "show: $(cat "$err")"
	tr -d '\r' <"$root/raw" | tail -c "$(wc -c <"$1")" | cmp - "$1" >"$root/cmp" 2>&1 || wrong "$(cat "$root/cmp"): $(head -c 1000 "$root/raw")"
}

# An archive on a disk of 3 MB; whoever makes one has to umount "$A".
small_archive() {
	rm -rf "$A"
	mkdir "$A"
	mount -t tmpfs -o size=3m none "$A" || wrong "no small disk"
	install -d -o postbag -g postbag -m 2770 "$A"
	as postbag /usr/local/bin/postbag init "$A" >"$out" 2>"$err" || wrong "init: $(cat "$err")"
}
fill_archive() {
	dd if=/dev/zero of="$A/spool/filling" bs=1k 2>/dev/null || dd if=/dev/zero of="$A/filling" bs=1k 2>/dev/null
	same "blocks left" "$(df --output=avail "$A" | tail -n 1 | tr -d ' ')" 0
}
empty_archive() { rm -f "$A/spool/filling" "$A/filling"; }

# Another writer has the archive until let_go.
hold_archive() {
	mkfifo "$T/hold"
	chmod 711 "$T"
	as postbag sqlite3 "$A/mail.db" <"$T/hold" >"$T/held" 2>&1 &
	holder=$!
	exec 7>"$T/hold"
	echo "BEGIN IMMEDIATE; SELECT 'held';" >&7
	until_true "the archive to be held" grep -q held "$T/held"
}
let_go() {
	echo "ROLLBACK;" >&7
	exec 7>&-
	wait "$holder"
}
all_gone() { # every process that was the program
	for _pid in $(ls "$root/pids"); do ! kill -0 "$_pid" 2>/dev/null || return 1; done
}

# --- the rows that are the same for every server that starts the program. The test file has two more functions and two values for them:
#	short_timeout, long_timeout   the recipe's "timeout -k 10 900" becomes a few seconds, and is again as shipped
#	SENDERS                       what becomes of the odd senders on their way through this server, sorted
#	SAYS_WAITS                    1 where a program that prints 5.1.1 makes the server wait, as it should

PROGRAM_ROWS=14
program_rows() {
	# kept: one message, whole, the server's own lines apart
	row "kept"
	send "$T/a.eml"
	kept 1 1
	is_whole "$T/a.eml"
	is_same_message "$T/a.eml"
	row_end

	# odd bytes are the server's to change or not; what postbag gets it keeps, and it is still the message that was sent
	row "long lines, bytes above 127, 1 MB"
	odd_letter "$T/b.eml"
	send "$T/b.eml"
	kept 1 1
	is_whole "$T/b.eml"
	is_same_message "$T/b.eml"
	row_end

	# an envelope sender is a value, whatever is in it; an empty one is a bounce's
	row "senders that look like commands"
	send "$T/a.eml" '"$(touch${IFS}/tmp/harm)`id`;x|y"@example.net'
	send "$T/a.eml" '--archive=x@example.net'
	send "$T/a.eml" '<>'
	kept 1 3
	[ ! -e /tmp/harm ] || { wrong "a shell read the sender"; rm -f /tmp/harm; }
	same "the senders" "$(sql mail.db "SELECT coalesce(sender, '') FROM entry WHERE type = 'delivery' ORDER BY seq" | sort | tr '\n' ' ')" "${SENDERS:-x}"
	row_end

	# every status and every signal but success leaves the message with the server; then it is kept once
	row "a program that ends with any other status, or by a signal"
	stand_in
	row_letters $ROWS
	for _row in $ROWS; do send "$T/row-$_row.eml"; done
	_all=$(how_many $ROWS)
	waiting "$_all" ''
	check_archive 0 0
	real_program
	flush
	kept "$_all" "$_all"
	row_end

	# no program at all
	row "no program"
	mv /usr/local/bin/postbag /usr/local/bin/away
	send "$T/a.eml"
	waiting 1 ''
	mv /usr/local/bin/away /usr/local/bin/postbag
	flush
	kept 1 1
	row_end

	# the archive is locked for longer than postbag waits: the spool has the message, the server does not
	row "another writer has the archive"
	hold_archive
	send "$T/a.eml"
	settle 0
	let_go
	check_archive 0 0
	same "in the spool" "$(spooled)" 1
	as postbag /usr/local/bin/postbag sweep --archive "$A" >"$out" 2>"$err" || wrong "sweep: $(cat "$err")"
	kept 1 1
	is_same_message "$T/a.eml"
	row_end

	# full: the spool elsewhere has it, and without one the server
	row "a full disk"
	small_archive
	fill_archive
	send "$T/a.eml"
	waiting 1 'full|No space|not kept'
	install -d -o postbag -g postbag -m 2770 /var/lib/elsewhere /etc/postbag
	printf '[archive]\nspool = /var/lib/elsewhere\n' >/etc/postbag/postbag.conf
	flush
	settle 0
	same "in the spool elsewhere" "$(find /var/lib/elsewhere -type f -path '*/new/*' | wc -l)" 1
	check_archive 0 0
	empty_archive
	as postbag /usr/local/bin/postbag sweep --archive "$A" >"$out" 2>"$err" || wrong "sweep: $(cat "$err")"
	kept 1 1
	umount "$A"
	row_end

	# damaged: the spool has it
	row "a damaged mail.db"
	rm -f "$A"/mail.db-*
	: >"$A/mail.db"
	send "$T/a.eml"
	settle 0
	same "in the spool" "$(spooled)" 1
	row_end

	# a configuration with a typo costs nothing where the command line names the archive, and no message where it does not
	row "a typing error in the configuration"
	mkdir /etc/postbag
	printf '[archive]\nfodler = x\n' >/etc/postbag/postbag.conf
	send "$T/a.eml"
	kept 1 1
	real_program 'shift 2'
	letter "$T/b.eml" 2 Again 'The second one.'
	send "$T/b.eml"
	waiting 1 'fodler|not kept'
	check_archive 1 1
	printf '[archive]\nfolder = %s\n' "$A" >/etc/postbag/postbag.conf
	flush
	kept 2 2
	row_end

	# no right to the archive, and then the right
	row "no permission"
	chmod 0 "$A"
	chown root "$A"
	send "$T/a.eml"
	waiting 1 'ermission|not kept'
	chown postbag "$A"
	chmod 2770 "$A"
	flush
	kept 1 1
	row_end

	# killed before it has kept the message
	row "killed"
	hold_archive
	send_behind "$T/a.eml"
	kill -KILL "$(running_pid)"
	waiting 1 ''
	let_go
	flush
	kept 1 1
	row_end

	# killed after it has kept the message: the server cannot know, and the second delivery is of the same message
	row "killed after the message is kept"
	real_program '' 'kill -KILL $$'
	send "$T/a.eml"
	waiting 1 ''
	check_archive 1 1
	real_program
	flush
	kept 1 2
	row_end

	# the program stopped, and one that never ends: timeout ends both before the server does
	row "hung"
	hold_archive
	short_timeout
	send_behind "$T/a.eml"
	kill -STOP "$(running_pid)"
	waiting 1 ''
	let_go
	until_true "the stopped program to be ended" all_gone
	stand_in
	row_letters hangs
	send "$T/row-hangs.eml"
	waiting 2 ''
	check_archive 0 0
	long_timeout
	real_program
	flush
	kept 2 2
	row_end

	# the detector of all the rows above: a program that prints this is one that recipes must not have
	row "a program that prints 5.1.1"
	stand_in
	row_letters says-5.1.1
	send "$T/row-says-5.1.1.eml"
	settle "${SAYS_WAITS:-0}"
	same "messages sent back" "$(bounced)" "$((1 - ${SAYS_WAITS:-0}))"
	real_program
	flush
	rm -f "$BOUNCES"
	row_end
}
