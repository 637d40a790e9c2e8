# What the tests of delivery on one machine share: procmail.t, maildrop.t, dovecot-lda.t and the like. POSIX sh; they source this in place of lib.sh.
#
# Three users hand messages over: the archive's owner, a member of its group, and a stranger. Run by root they are real uids; else the one who runs the
# test is the owner and the other two are skipped. Run by root the test has mounts of its own, where that is allowed: a small disk, and accounts of its own.
#
# A test gives these functions, and then runs the rows below for each user:
#	hand_over WHO FILE   the server gets the message and runs the recipe; sets $answer to "kept" (the server is done with it), to "still" (it is with
#	                     the server: in its queue, or in a folder where it is found), or to what is wrong
#	later WHO FILE       what the server, or cron, does when all is mended; sets $answer likewise
#	call ARGUMENTS       makes the recipe call postbag with these, in place of its own --archive FOLDER
#	hurry                makes the recipe's and the server's time limits a few seconds
if [ "$(id -u)" = 0 ] && [ -z "${POSTBAG_APART-}" ] && unshare --mount true 2>/dev/null; then
	POSTBAG_APART=yes
	export POSTBAG_APART
	exec unshare --mount /bin/sh "$0" "$@"
fi
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"

everyone="owner member stranger" apart=no
if [ "$(id -u)" != 0 ]; then
	everyone=owner
	owner=$(id -u)
elif ! command -v setpriv >/dev/null; then
	skip_all "run by root, it needs setpriv"
elif [ "${POSTBAG_APART-}" = yes ]; then
	apart=yes owner=61001 member=61002 stranger=61003
else # accounts that Debian has and nothing uses
	owner=$(id -u games 2>/dev/null || echo 61001) member=$(id -u news 2>/dev/null || echo 61002) stranger=$(id -u nobody 2>/dev/null || echo 61003)
fi
uid_of() { eval "printf '%s\n' \"\$$1\""; }
gid_of() { if [ "$(id -u)" = 0 ]; then uid_of "$1"; else id -g; fi; }
as() { # WHO COMMAND...
	_who=$1
	shift
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif [ "$_who" = member ] || [ "$_who$joined" = strangeryes ]; then
		setpriv --reuid="$(uid_of "$_who")" --regid="$(uid_of "$_who")" --groups="$(uid_of "$_who"),$owner" "$@"
	else
		setpriv --reuid="$(uid_of "$_who")" --regid="$(uid_of "$_who")" --clear-groups "$@"
	fi
}
# The same, and the process's id goes into FILE, so that it can be killed.
as_known() { # FILE WHO COMMAND...
	_known=$1 _whose=$2
	shift 2
	as "$_whose" sh -c 'echo $$ >"$0" && exec "$@"' "$_known" "$@"
}
# A case that needs the other users, or mounts.
needs_users() {
	[ "$(id -u)" != 0 ] || return 0
	skip "not run by root: there is one user"
	return 1
}
needs_mounts() {
	[ $apart != yes ] || return 0
	skip "not run by root, or no mounts of its own"
	return 1
}

# With mounts of its own the test has accounts too: pbowner, pbmember and pbstranger, each at home in its folder of $site.
accounts_make() {
	cp /etc/passwd "$root/passwd"
	cp /etc/group "$root/group"
	for _who in $everyone; do
		printf 'pb%s:x:%s:%s::%s:/bin/sh\n' "$_who" "$(uid_of "$_who")" "$(uid_of "$_who")" "$root/test/s/$_who" >>"$root/passwd"
		[ "$_who" = owner ] || printf 'pb%s:x:%s:\n' "$_who" "$(uid_of "$_who")" >>"$root/group"
	done
	printf 'pbowner:x:%s:pbmember\n' "$owner" >>"$root/group"
	chmod 644 "$root/passwd" "$root/group"
	mount --bind "$root/passwd" /etc/passwd && mount --bind "$root/group" /etc/group && mount -t tmpfs none /var/mail && id pbmember >/dev/null
}
[ $apart = no ] || accounts_make || bail "cannot make accounts"
# usermod -a -G
stranger_joins_by_name() { sed 's/:pbmember$/:pbmember,pbstranger/' "$root/group" >"$root/group.new" && cat "$root/group.new" >/etc/group; }

# The program where every user may run it. Mail servers clear the environment, so what the tests need of it is set here.
mkdir "$root/program"
cp "$POSTBAG" "$root/program/postbag"
cp "$srcdir/tests/leaks.txt" "$root/program/leaks.txt"
real=$root/program/with-settings
{
	printf '#!/bin/sh\nexport POSTBAG_NOW=%s POSTBAG_CONFIG=%s\n' "$now" "$root/none.conf"
	! sanitized || printf 'export ASAN_OPTIONS="%s" LSAN_OPTIONS="suppressions=%s:print_suppressions=0"\n' "${ASAN_OPTIONS-}" "$root/program/leaks.txt"
	printf 'exec %s "$@"\n' "$root/program/postbag"
} >"$real"
chmod 755 "$root/program" "$root/program/postbag" "$real"
chmod 644 "$root/program/leaks.txt"

# $site: what the server and its programs see; $site/bin/postbag is what recipes run, $site/tmp is anybody's.
site_make() {
	site=$T/s
	A=$site/archive
	joined=no
	mkdir "$site" "$site/bin" "$site/tmp"
	chmod 755 "$site" "$site/bin"
	chmod 1777 "$site/tmp"
	for _who in $everyone; do
		mkdir "$site/$_who"
		[ "$(id -u)" != 0 ] || chown "$(uid_of "$_who"):$(gid_of "$_who")" "$site/$_who"
	done
	archive_make
	itself
	letter "$site/a.eml" 1 Hello 'The first one.'
	chmod 644 "$site/a.eml"
}
archive_make() {
	mkdir "$A"
	[ "$(id -u)" != 0 ] || chown "$owner:$owner" "$A"
	chmod 2770 "$A"
	archive_init
}
archive_init() {
	as owner env -i "$real" init "$A" >"$out" 2>"$err" || wrong "init: $(cat "$err")"
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
}
itself() {
	rm -f "$site/bin/postbag"
	ln -s "$real" "$site/bin/postbag"
}
# stand_in SCRIPT: what the recipe runs instead; $real in it is the program.
stand_in() {
	rm -f "$site/bin/postbag"
	printf '#!/bin/sh\nreal=%s site=%s\n%s\n' "$real" "$site" "$1" >"$site/bin/postbag"
	chmod 755 "$site/bin/postbag"
}
# The owner at the shell.
owner_runs() { # ARGUMENT...
	shown="postbag $*"
	as owner env -i "$real" "$@" >"$out" 2>"$err" || wrong "$shown: $(head -c 300 "$err")"
}

# Another writer holds mail.db until unlock_archive.
lock_archive() {
	mkfifo "$T/hold"
	: >"$T/holder"
	sqlite3 "$A/mail.db" <"$T/hold" >"$T/holder" 2>&1 &
	holder=$!
	helpers="$helpers $holder"
	exec 9>"$T/hold"
	printf 'PRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\nSELECT 42;\n' >&9
	_tries=0
	until grep -q 42 "$T/holder" || [ $((_tries += 1)) -gt 100 ]; do sleep 0.1; done
	[ $_tries -le 100 ] || wrong "cannot lock the archive: $(cat "$T/holder")"
}
unlock_archive() {
	exec 9>&-
	wait $holder
	rm -f "$T/hold"
}

# gone PID SECONDS: waits for a process of ours.
gone() {
	_tries=0
	while kill -0 "$1" 2>/dev/null && [ $((_tries += 1)) -le $(($2 * 10)) ]; do sleep 0.1; done
	[ $_tries -le $(($2 * 10)) ] || wrong "process $1 is still there after $2 s"
}

# appears FILE: waits until there is something in it.
appears() {
	_tries=0
	until [ -s "$1" ] || [ $((_tries += 1)) -gt 300 ]; do sleep 0.1; done
	[ $_tries -le 300 ] || wrong "no ${1##*/} after 30 s"
}

answered() { # EXPECTED WHEN
	same "$2, as $who: what became of it" "$answer" "$1"
}
# in_archive CONTENTS DELIVERIES SPOOLED WHEN: mail.db and the spool alone, since whoever was killed left the index to sweep.
in_archive() {
	same "$4, as $who: messages" "$(contents)" "$1"
	same "$4, as $who: deliveries" "$(deliveries)" "$2"
	same "$4, as $who: spooled" "$(spooled)" "$3"
}
# After all is mended: there once, and the index is whole.
once() { # DELIVERIES WHEN
	owner_runs sweep --archive "$A"
	in_archive 1 "$1" 0 "$2, then swept"
	check_archive 1 "$1"
}

# --- rows

# What a program can end with: 0 is believed, all else leaves the message with the server.
row_statuses() { # WHO
	who=$1
	stand_in 'cat >/dev/null'
	hand_over "$who" "$site/a.eml"
	answered kept "exit 0"
	for _ending in 1 2 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 100 111 126 127 128 137 255; do
		stand_in "cat >/dev/null; exit $_ending"
		hand_over "$who" "$site/a.eml"
		answered still "exit $_ending"
	done
	for _ending in 'exit 75' 'exit 1' 'echo 5.1.1 no; cat >/dev/null; exit 70' 'kill -KILL $$' 'kill -TERM $$' 'cat >/dev/null; kill -KILL $$' \
		'cat >/dev/null; kill -SEGV $$' 'cat >/dev/null; kill -HUP $$'; do
		stand_in "$_ending"
		hand_over "$who" "$site/a.eml"
		answered still "$_ending"
	done
	rm "$site/bin/postbag"
	hand_over "$who" "$site/a.eml"
	answered still "no program"
	printf '\177ELF is not enough\n' >"$site/bin/postbag"
	chmod 755 "$site/bin/postbag"
	hand_over "$who" "$site/a.eml"
	answered still "no program that runs"
	itself
}

row_kept() { # WHO
	who=$1
	hand_over "$who" "$site/a.eml"
	answered kept "delivered"
	in_archive 1 1 0 "delivered"
	hand_over "$who" "$site/a.eml"
	answered kept "delivered again"
	once 2 "delivered again"
}

row_locked() { # WHO
	who=$1
	lock_archive
	hand_over "$who" "$site/a.eml"
	unlock_archive
	answered kept "locked"
	in_archive 0 0 1 "locked"
	once 1 "locked"
}

row_damaged() { # WHO
	who=$1
	cp "$A/mail.db" "$T/mail.db"
	rm -f "$A"/mail.db-*
	: >"$A/mail.db"
	hand_over "$who" "$site/a.eml"
	answered kept "damaged"
	same "damaged, as $who: spooled" "$(spooled)" 1
	cat "$T/mail.db" >"$A/mail.db"
	once 1 "damaged, then restored"
}

# Nothing can be written, the spool neither: a limit on the size of files does what a full disk does.
row_full() { # WHO
	who=$1
	stand_in 'ulimit -f 1; exec "$real" "$@"'
	perl -e 'srand 3; print map { sprintf("%08x", rand 2**32) . ($_ % 8 ? " " : "\n") } 1 .. 4000' >>"$site/a.eml"
	hand_over "$who" "$site/a.eml"
	answered still "full"
	in_archive 0 0 0 "full"
	itself
	later "$who" "$site/a.eml"
	answered kept "full, then not"
	once 1 "full, then not"
}

# A disk that is really full. It is the archive's alone, as the recipes' readers are told.
row_full_disk() { # WHO
	who=$1
	rm -rf "$A"
	mkdir "$A"
	mount -t tmpfs -o size=2m,mode=2770,uid=$owner,gid=$owner none "$A" || wrong "no small disk"
	archive_init
	perl -e 'srand 3; print map { sprintf("%08x", rand 2**32) . ($_ % 8 ? " " : "\n") } 1 .. 10000' >>"$site/a.eml"
	cat /dev/zero >"$A/ballast" 2>/dev/null
	hand_over "$who" "$site/a.eml"
	answered still "full disk"
	rm "$A/ballast"
	in_archive 0 0 0 "full disk"
	later "$who" "$site/a.eml"
	answered kept "full disk, then not"
	once 1 "full disk, then not"
	umount "$A"
}

row_typo() { # WHO
	who=$1
	printf '[archive]\nfolder = %s\nfodler = x\n' "$A" >"$site/typo.conf"
	chmod 644 "$site/typo.conf"
	call --config "$site/typo.conf"
	hand_over "$who" "$site/a.eml"
	answered still "typo"
	in_archive 0 0 0 "typo"
	printf '[archive]\nfolder = %s\n' "$A" >"$site/typo.conf"
	later "$who" "$site/a.eml"
	answered kept "typo, then mended"
	once 1 "typo, then mended"
}

# With --archive, as the recipes have it, the same typo costs nothing.
row_typo_and_archive() { # WHO
	who=$1
	printf '[archive]\nfodler = x\n' >"$site/typo.conf"
	chmod 644 "$site/typo.conf"
	call --config "$site/typo.conf" --archive "$A"
	hand_over "$who" "$site/a.eml"
	answered kept "typo, with --archive"
	once 1 "typo, with --archive"
}

row_away() { # WHO
	who=$1
	mv "$A" "$site/away"
	hand_over "$who" "$site/a.eml"
	answered still "away"
	[ ! -e "$A" ] || wrong "an archive was made"
	mv "$site/away" "$A"
	later "$who" "$site/a.eml"
	answered kept "away, then back"
	once 1 "away, then back"
}

# Killed while it reads; killed after the message was on disk, so that the server does not know.
row_killed() { # WHO
	who=$1
	stand_in 'pipe=$site/tmp/pipe.$$
mkfifo "$pipe"
"$real" "$@" <"$pipe" &
exec 4>"$pipe"
rm "$pipe"
head -c 100 >&4
kill -KILL $!
wait $!
kill -KILL $$'
	hand_over "$who" "$site/a.eml"
	answered still "killed while it reads"
	in_archive 0 0 0 "killed while it reads"
	itself
	later "$who" "$site/a.eml"
	answered kept "killed, then not"
	once 1 "killed, then not"
}
row_killed_after() { # WHO
	who=$1
	stand_in '"$real" "$@"
kill -KILL $$'
	hand_over "$who" "$site/a.eml"
	answered still "killed after the commit"
	in_archive 1 1 0 "killed after the commit"
	itself
	later "$who" "$site/a.eml"
	answered kept "killed after the commit, then not"
	same "killed after the commit, as $who: messages" "$(contents)" 1
}

# Hung for good: a signal that a program can heed does nothing to one that is stopped.
row_hung() { # WHO
	who=$1
	hurry
	stand_in 'echo $$ >"$site/tmp/hung"
kill -STOP $$'
	hand_over "$who" "$site/a.eml"
	answered still "hung"
	in_archive 0 0 0 "hung"
	[ -s "$site/tmp/hung" ] && gone "$(cat "$site/tmp/hung")" 20
	rm -f "$site/tmp/hung"
	stand_in '"$real" "$@"
echo $$ >"$site/tmp/hung"
kill -STOP $$'
	hand_over "$who" "$site/a.eml"
	answered still "hung after the commit"
	same "hung after the commit, as $who: messages" "$(contents)" 1
	[ -s "$site/tmp/hung" ] && gone "$(cat "$site/tmp/hung")" 20
	itself
	later "$who" "$site/a.eml"
	answered kept "hung, then not"
	same "hung, then not, as $who: messages" "$(contents)" 1
}

# row_killed_server COMMAND...: COMMAND hands over $site/a.eml, made long, for the owner, and the server is killed while it writes: the program sees a clean
# end of file after a part. Both the part and the whole are kept, the whole one supersedes, and the digest counts one voice.
# The server is what as_known put into $site/tmp/server, else the parent of what it runs.
row_killed_server() {
	who=owner
	perl -e 'print "The harbour is deep, and ship number $_ is in it.\n" for 1 .. 20000' >>"$site/a.eml"
	stand_in '[ -s "$site/tmp/server" ] || echo $PPID >"$site/tmp/server"
echo began >"$site/tmp/began"
until [ -e "$site/tmp/go" ]; do sleep 0.1; done
"$real" "$@"
echo $? >"$site/tmp/ended"'
	"$@" <"$site/a.eml" >"$T/server.out" 2>&1 &
	_server=$!
	helpers="$helpers $_server"
	appears "$site/tmp/began"
	kill -KILL "$(cat "$site/tmp/server")"
	touch "$site/tmp/go"
	appears "$site/tmp/ended"
	wait $_server 2>/dev/null # not before: what it runs may have inherited its connection
	in_archive 1 1 0 "the part"
	itself
	hand_over owner "$site/a.eml"
	answered kept "the whole"
	in_archive 2 2 0 "the part and the whole"
	owner_runs sweep --archive "$A"
	same "the part is" "$(sql index.db 'SELECT copy_kind FROM message WHERE copy_kind IS NOT NULL')" truncated
	owner_runs digest --archive "$A" --daily=2019-02-13
	out_has 'received 2 = input 1 \+ [a-z]+ 1$'
}

# Whoever has no right: nothing is kept, the server has it still, and when the right is given it arrives.
row_stranger() {
	who=stranger
	hand_over stranger "$site/a.eml"
	answered still "no right"
	in_archive 0 0 0 "no right"
	stranger_joins
	later stranger "$site/a.eml"
	answered kept "the right was given"
	once 1 "the right was given"
}
# usermod -a -G
stranger_joins() { joined=yes; }
