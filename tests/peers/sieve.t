#!/bin/sh
# Dovecot's delivery agent hands a message to postbag by the Sieve script that is shipped: what is kept is discarded there, what is not
# kept is filed where the shipped import finds it. As the archive's owner, as a member of its group, and as a stranger; no server is started.
. "${srcdir:-.}/tests/peers/lib-dovecot.sh"
plan 26

# A mail server's call of the delivery agent.
lda() { # WHO
	as "$1" timeout 120 env -i PATH=/usr/bin:/bin HOME="$site/$1" "$LIBEXEC/dovecot-lda" -c "$site/dovecot.conf" -f ada@example.net -a input@example.org
}
lda_says() { # WHO FILE
	lda "$1" <"$2" >"$out" 2>"$err"
	case $? in
	0) echo yes ;;
	75) echo "not yet" ;;
	*) echo "something else: $(head -c 200 "$err")" ;;
	esac
}
hand_over() { where_is "$1" lda_says "$@"; } # WHO FILE

# what a program can end with
begin "every exit status, and no program, as each user"
prepare
for who in $everyone; do row_statuses $who; done
end

# Sieve hands over CRLF, which is the same message as with LF
begin "bytes"
prepare
printf 'Subject: lines\nFrom: ada@example.net\n\n>From me\nFrom you\n\n\n' >"$site/b.eml"
perl -e 'print "Subject: 5 MB\n\n", "The harbour is deep and the ships are many.\n" x 120000, "\377\n"' >"$site/c.eml"
for file in a b c; do
	hand_over owner "$site/$file.eml"
	same "$file" "$answer" kept
	owner_runs show --archive "$A" --raw "$(newest_id)"
	tr -d '\r' <"$out" >"$T/kept"
	cmp "$T/kept" "$site/$file.eml" >"$root/cmp" 2>&1 || wrong "not the same bytes: $(cat "$root/cmp")"
	as owner "$real" deliver --archive "$A" <"$site/$file.eml" >"$out" 2>"$err" || wrong "deliver: $(cat "$err")"
done
check_archive 3 6
end

for who in owner member; do
	for row in kept locked damaged full typo typo_and_archive away killed killed_after hung; do
		case $who$row in
		memberlocked | memberhung | memberkilled_after | membertypo_and_archive) continue ;; # these do not depend on who it is
		esac
		begin "$row, as $who"
		if [ $who = owner ] || needs_users; then
			prepare
			row_$row $who
			end
		fi
	done
done

# who has no right: set aside, and imported when the right is given
begin "a stranger"
if needs_users; then
	prepare
	row_stranger
	end
fi

# no byte left on the archive's disk
begin "a full disk"
if needs_mounts; then
	prepare
	row_full_disk member
	end
fi

# a part of the mail looks whole to the filter
begin "the delivery agent killed while it writes"
prepare
row_killed_server as_known "$site/tmp/server" owner env -i PATH=/usr/bin:/bin HOME="$site/owner" \
	"$LIBEXEC/dovecot-lda" -c "$site/dovecot.conf" -f ada@example.net -a input@example.org
end

# the folder cannot be made: the mail server has it still, and it arrives in the folder when that can be made
begin "no folder to set it aside"
prepare
who=owner
stand_in 'exit 75'
lda_says owner "$site/a.eml" >"$T/said" # makes the Maildir
rm -rf "$site/owner/Maildir/.Postbag-Failed"
touch "$site/owner/Maildir/.Postbag-Failed"
same "the agent says" "$(lda_says owner "$site/a.eml")" "not yet"
same "in the inbox ($(log_end))" "$(inbox owner)" 0
rm "$site/owner/Maildir/.Postbag-Failed"
hand_over owner "$site/a.eml"
answered still "a folder again"
later owner "$site/a.eml"
once 1 "a folder again"
end

# no mailbox can be written: the mail server has it still
begin "no mailbox at all"
prepare
stand_in 'exit 75'
rm -rf "$site/owner/Maildir"
touch "$site/owner/Maildir"
same "the agent says" "$(lda_says owner "$site/a.eml")" "not yet"
itself
hand_over owner "$site/a.eml"
who=owner
answered kept "postbag runs again"
once 1 "postbag runs again"
end

# an administrator's slip in the script: the inbox has it
begin "a script that does not compile"
prepare
rm "$site/postbag.svbin"
sed -i 's/execute :pipe/execute :pip/' "$site/postbag.sieve"
same "the agent says" "$(lda_says owner "$site/a.eml")" yes
same "in the inbox ($(log_end))" "$(inbox owner)" 1
end

# ... and sweep takes the folder in too, when the configuration names it as the script's comments say, and empties it
begin "sweep takes in what was set aside"
prepare
who=owner
grep -q '^#     \[sweep\]$' "$SCRIPT" || wrong "the script no longer tells of sweep"
stand_in 'exit 75'
hand_over owner "$site/a.eml"
answered still "set aside"
itself
printf '[archive]\nfolder = %s\n[sweep]\nfolder = %s\n' "$A" "$site/owner/Maildir/.Postbag-Failed" >"$site/postbag.conf"
chmod 644 "$site/postbag.conf"
if as owner "$real" --config "$site/postbag.conf" status 2>&1 | grep -q 'unknown section'; then
	skip "this program's sweep knows no such folder"
else
	for time in first second; do owner_runs --config "$site/postbag.conf" sweep; done
	check_archive 1 1
	same "set aside" "$(aside owner)" 0
	end
fi

# the tool with which people try their scripts
begin "sieve-test -e"
prepare
sed -i 's/^  sieve_global_extensions/  sieve_extensions/' "$site/dovecot.conf"
as owner env -i PATH=/usr/bin:/bin HOME="$site/owner" \
	sieve-test -c "$site/dovecot.conf" -e -l "maildir:$site/owner/Maildir" "$site/postbag.sieve" "$site/a.eml" >"$out" 2>"$err"
same "exit status ($(tail -n 2 "$err" | tr '\n' ';'))" $? 0
check_archive 1 1
same "set aside" "$(aside owner)" 0
end
