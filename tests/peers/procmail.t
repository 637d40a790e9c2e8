#!/bin/sh
# procmail hands a message to postbag by the recipe that is shipped, and tells the mail server the truth about it:
# 0 when it is kept, 75 whatever else happened.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
command -v procmail >/dev/null || skip_all "procmail is not installed"
RECIPE=$srcdir/filters/procmailrc.example
[ -r "$RECIPE" ] || bail "no $RECIPE"
plan 7

# The recipe as shipped, but for the two paths in it.
prepare() {
	mkdir "$T/bin"
	ln -s "$POSTBAG" "$T/bin/postbag"
	sed "s|^PATH=.*|PATH=$T/bin:/usr/bin:/bin|; s|/var/lib/postbag|$A|" "$RECIPE" >"$T/procmailrc"
	printf 'LOGFILE=%s\nDEFAULT=%s\nORGMAIL=%s\n' "$T/log" "$T/inbox" "$T/inbox" | cat - "$T/procmailrc" >"$T/rc"
	grep -q "$T/bin" "$T/rc" || wrong "the recipe's PATH is not what this test replaces"
	grep -q -- "--archive $A" "$T/rc" || wrong "the recipe's archive is not what this test replaces"
	run 0 '' init "$A"
	letter "$T/a.eml" 1 Hello 'The first one.'
}
# procmail STATUS FILE: a mail server's call; what was not kept must not be anywhere else either, since the server keeps it
hand_over() {
	env -i HOME="$T/home" SHELL=/bin/sh POSTBAG_NOW="$now" ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} procmail -t -Y -m "$T/rc" <"$2" >"$out" 2>"$err"
	status=$?
	same "procmail's exit status ($(cat "$err" "$T/log" 2>/dev/null | tail -n 3 | tr '\n' ';'))" $status "$1"
	[ ! -s "$T/inbox" ] || wrong "procmail put the message into a mailbox"
	check_no_scratch
}

# kept, byte for byte: r in the recipe keeps procmail from adding a line
begin "kept"
prepare
hand_over 0 "$T/a.eml"
check_archive 1 1
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/a.eml"
printf 'Subject: no final newline\nFrom: ada@example.net\n\nends here' >"$T/b.eml"
hand_over 0 "$T/b.eml"
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/b.eml"
end

# again is one more delivery
begin "twice"
prepare
hand_over 0 "$T/a.eml"
hand_over 0 "$T/a.eml"
check_archive 1 2
end

# locked away: the mail server tries again, and then it is there
begin "the archive is away, then back"
prepare
mv "$A" "$T/away"
hand_over 75 "$T/a.eml"
[ ! -e "$A" ] || wrong "an archive was made"
mv "$T/away" "$A"
hand_over 0 "$T/a.eml"
check_archive 1 1
end

# mail.db damaged: the spool takes it, which is kept
begin "a damaged mail.db"
prepare
rm -f "$A"/mail.db-*
: >"$A/mail.db"
hand_over 0 "$T/a.eml"
same "spooled" "$(spooled)" 1
end

# a broken configuration is 75, and with the recipe's --archive no reason to turn a message away
begin "a broken configuration"
prepare
printf '[archive]\nfodler = x\n' >"$T/typo.conf"
sed "s|--archive $A|--config $T/typo.conf|" "$T/rc" >"$T/rc2"
sed "s|--archive $A|--config $T/typo.conf --archive $A|" "$T/rc" >"$T/rc3"
cp "$T/rc2" "$T/rc"
hand_over 75 "$T/a.eml"
check_archive 0 0
cp "$T/rc3" "$T/rc"
hand_over 0 "$T/a.eml"
check_archive 1 1
end

# the program is not there, is killed, or hangs up: procmail itself must not say "delivered"
begin "no program, or one that dies"
prepare
rm "$T/bin/postbag"
hand_over 75 "$T/a.eml"
for death in 'kill -KILL $$' 'kill -TERM $$' 'exit 1' 'exit 78' 'exit 65' 'cat >/dev/null; kill -SEGV $$'; do
	printf '#!/bin/sh\n%s\n' "$death" >"$T/bin/postbag"
	chmod +x "$T/bin/postbag"
	hand_over 75 "$T/a.eml"
done
end

# a message longer than any pipe's buffer
begin "5 MB"
prepare
perl -e 'print "The harbour is deep and the ships are many.\n" x 120000' >>"$T/a.eml"
hand_over 0 "$T/a.eml"
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/a.eml"
end
