#!/bin/sh
# Dovecot's delivery agent hands a message to postbag by the Sieve script that is shipped: what is kept is discarded there, what is not
# kept is filed where the shipped import finds it. One real run each, as a user that owns the archive; no server is started.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
LDA=
for place in /usr/lib/dovecot /usr/libexec/dovecot; do [ ! -x "$place/dovecot-lda" ] || LDA=$place/dovecot-lda; done
[ -n "$LDA" ] || skip_all "dovecot-core is not installed"
command -v sievec >/dev/null || skip_all "dovecot-sieve is not installed"
SCRIPT=$srcdir/filters/sieve.example
[ -r "$SCRIPT" ] || bail "no $SCRIPT"
uid=$(id -u) gid=$(id -g)
as_user=
if [ "$uid" = 0 ]; then # Dovecot delivers to nobody who is root
	command -v setpriv >/dev/null || skip_all "run by root, it needs setpriv"
	uid=65534 gid=65534
	as_user="setpriv --reuid=$uid --regid=$gid --clear-groups"
fi
plan 6

# The script as shipped, but for the archive's path; the configuration as its comments say.
prepare() {
	site=$T/site
	A=$site/archive
	mkdir -p "$site/bin" "$site/home"
	if [ -n "${ASAN_OPTIONS+x}${LSAN_OPTIONS+x}" ]; then # Dovecot clears the environment
		cp "$POSTBAG" "$site/bin/program"
		printf '#!/bin/sh\nASAN_OPTIONS="%s" LSAN_OPTIONS="%s" exec %s "$@"\n' "$ASAN_OPTIONS" "$LSAN_OPTIONS" "$site/bin/program" >"$site/bin/postbag"
	else
		cp "$POSTBAG" "$site/bin/postbag"
	fi
	chmod 755 "$site/bin"/*
	sed "s|/var/lib/postbag|$A|" "$SCRIPT" >"$site/postbag.sieve"
	grep -q "\"$A\"" "$site/postbag.sieve" || wrong "the script's archive is not what this test replaces"
	cat >"$site/dovecot.conf" <<CONF
base_dir = $site/run
state_dir = $site/state
log_path = $site/log
ssl = no
mail_location = maildir:$site/Maildir
mail_home = $site/home
mail_uid = $uid
mail_gid = $gid
first_valid_uid = $uid
first_valid_gid = $gid
hostname = lists.example.org
postmaster_address = postmaster@example.org
lda_mailbox_autocreate = yes
protocol lda {
  mail_plugins = \$mail_plugins sieve
}
plugin {
  sieve_before = $site/postbag.sieve
  sieve_plugins = sieve_extprograms
  sieve_global_extensions = +vnd.dovecot.execute
  sieve_execute_bin_dir = $site/bin
  sieve_execute_exec_timeout = 60s
}
CONF
	chown -R "$uid:$gid" "$site"
	alone_as init "$A" >"$out" 2>"$err" || wrong "init: $(cat "$err")"
	letter "$T/a.eml" 1 Hello 'The first one.'
}
alone_as() {
	$as_user env -i PATH=/usr/bin:/bin ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} POSTBAG_CONFIG="$root/none.conf" POSTBAG_NOW="$now" "$site/bin/postbag" "$@"
}
# A mail server's call of the delivery agent.
hand_over() { # FILE
	$as_user env -i PATH=/usr/bin:/bin HOME="$site/home" "$LDA" -c "$site/dovecot.conf" -f ada@example.net -a input@example.org <"$1" >"$out" 2>"$err"
	same "the delivery agent's exit status ($(tail -n 2 "$site/log" 2>/dev/null | tr '\n' ';'))" $? 0
	check_no_scratch
}
inbox() { find "$site/Maildir/new" "$site/Maildir/cur" -type f 2>/dev/null | wc -l | tr -d ' '; }
aside() { find "$site/Maildir/.Postbag-Failed/new" "$site/Maildir/.Postbag-Failed/cur" -type f 2>/dev/null | wc -l | tr -d ' '; }

# kept: in the archive and nowhere else; Sieve hands over CRLF, which is the same message as with LF
begin "kept"
prepare
hand_over "$T/a.eml"
check_archive 1 1
same "in the inbox" "$(inbox)" 0
same "set aside" "$(aside)" 0
alone_as show --archive "$A" --raw "$(newest_id)" 2>"$err" | tr -d '\r' >"$T/kept"
cmp "$T/kept" "$T/a.eml" >"$root/cmp" 2>&1 || wrong "not the same bytes: $(cat "$root/cmp")"
alone_as deliver --archive "$A" <"$T/a.eml" >"$out" 2>"$err" || wrong "deliver: $(cat "$err")"
check_archive 1 2
end

# not kept: set aside, and taken in by the import that the script's comments give, once however often it runs
begin "the archive is away, then back"
prepare
mv "$A" "$site/away"
hand_over "$T/a.eml"
[ ! -e "$A" ] || wrong "an archive was made"
same "in the inbox" "$(inbox)" 0
same "set aside" "$(aside)" 1
mv "$site/away" "$A"
grep -q 'import ~/Maildir/.Postbag-Failed' "$SCRIPT" || wrong "the script no longer tells this import"
for time in first second; do
	alone_as -q --archive "$A" import "$site/Maildir/.Postbag-Failed" >"$out" 2>"$err" || wrong "$time import: $(cat "$err")"
	[ ! -s "$err" ] || wrong "$time import says: $(head -c 300 "$err")"
	check_archive 1 1
done
end

# the program is not there, or dies: nothing is lost
begin "no program, or one that dies"
prepare
rm "$site/bin/postbag"
hand_over "$T/a.eml"
same "set aside" "$(aside)" 1
n=1
for death in 'kill -KILL $$' 'exit 75' 'cat >/dev/null; exit 1'; do
	printf '#!/bin/sh\n%s\n' "$death" >"$site/bin/postbag"
	chmod 755 "$site/bin/postbag"
	hand_over "$T/a.eml"
	n=$((n + 1))
	same "set aside after: $death" "$(aside)" $n
done
same "in the inbox" "$(inbox)" 0
end

# a damaged mail.db: the spool takes it, which is kept
begin "a damaged mail.db"
prepare
rm -f "$A"/mail.db-*
: >"$A/mail.db"
hand_over "$T/a.eml"
same "spooled" "$(spooled)" 1
same "set aside" "$(aside)" 0
end

# a long message through the pipe
begin "3 MB"
prepare
perl -e 'print "The harbour is deep and the ships are many.\n" x 70000' >>"$T/a.eml"
hand_over "$T/a.eml"
check_archive 1 1
same "size without CR" "$(alone_as show --archive "$A" --raw "$(newest_id)" | tr -d '\r' | wc -c | tr -d ' ')" "$(wc -c <"$T/a.eml" | tr -d ' ')"
end

# the tool with which people try their scripts
begin "sieve-test -e"
prepare
chmod 644 "$T/a.eml"
sed -i 's/^  sieve_global_extensions/  sieve_extensions/' "$site/dovecot.conf"
$as_user env -i PATH=/usr/bin:/bin HOME="$site/home" sieve-test -c "$site/dovecot.conf" -e -l "maildir:$site/Maildir" "$site/postbag.sieve" "$T/a.eml" >"$out" 2>"$err"
same "exit status ($(tail -n 2 "$err" | tr '\n' ';'))" $? 0
check_archive 1 1
same "set aside" "$(aside)" 0
end
