#!/bin/sh
# procmail hands a message to postbag by the recipe that is shipped, and tells the mail server the truth about it:
# 0 when it is kept, 75 whatever else happened. As the archive's owner, as a member of its group, and as a stranger.
command -v procmail >/dev/null || { echo "1..0 # SKIP procmail is not installed"; exit 0; }
. "${srcdir:-.}/tests/peers/lib-local.sh"
RECIPE=$srcdir/filters/procmailrc.example
[ -r "$RECIPE" ] || bail "no $RECIPE"
plan 22

# Installed setuid root, procmail would look its caller up in passwd and take that account's groups; a mail server that has done so itself runs it without.
cp "$(command -v procmail)" "$root/program/procmail"
chmod 755 "$root/program/procmail"

# The recipe as shipped, but for the two paths in it.
prepare() {
	site_make
	sed "s|^PATH=.*|PATH=$site/bin:/usr/bin:/bin|; s|/var/lib/postbag|$A|" "$RECIPE" >"$site/recipe"
	grep -q "$site/bin" "$site/recipe" || wrong "the recipe's PATH is not what this test replaces"
	grep -q -- "--archive $A deliver" "$site/recipe" || wrong "the recipe's archive is not what this test replaces"
	for _who in $everyone; do
		printf 'DEFAULT=%s\nORGMAIL=%s\n' "$site/$_who/inbox" "$site/$_who/inbox" | cat - "$site/recipe" >"$site/$_who/rc"
		chmod 644 "$site/$_who/rc"
	done
}
call() { sed -i "s|postbag .*deliver|postbag $* deliver|" "$site"/*/rc; }
hurry() {
	sed -i 's|timeout -k 10 300|timeout -k 1 5|' "$site"/*/rc
	grep -q 'timeout -k 1 5' "$site/owner/rc" || wrong "the recipe's time limit is not what this test replaces"
}
# A mail server's call; what was not kept must not be anywhere else either, since the server has it still.
call_procmail() { # WHO
	as "$1" timeout 120 env -i HOME="$site/$1" SHELL=/bin/sh "$root/program/procmail" -t -Y -m "$site/$1/rc"
}
hand_over() { # WHO FILE
	: >"$out"
	call_procmail "$1" <"$2" >"$out" 2>"$err"
	status=$?
	case $status in
	0) answer=kept ;;
	75) answer=still ;;
	*) answer="exit status $status ($(tail -n 3 "$site/$1/procmail.log" | tr '\n' ';'))" ;;
	esac
	[ ! -s "$site/$1/inbox" ] || answer="in a mailbox"
	[ ! -s "$out$err" ] && [ ! -s "$out" ] || answer="said to the mail server: $(cat "$out" "$err" | head -c 200)"
}
later() { hand_over "$@"; }

# what a program can end with
begin "every exit status, and no program, as each user"
prepare
for who in $everyone; do row_statuses $who; done
end

# kept, byte for byte: r in the recipe keeps procmail from adding a line
begin "bytes"
prepare
printf 'From ada@example.net Mon Jan  1 00:00:00 2019\nSubject: no final newline\nFrom: ada@example.net\n\n>From me\r\nFrom you\n\n\nends here' >"$site/b.eml"
perl -e 'print "Subject: 5 MB\n\n", "The harbour is deep and the ships are many.\n" x 120000, "\0\377\n"' >"$site/c.eml"
for file in a b c; do
	hand_over owner "$site/$file.eml"
	same "$file" "$answer" kept
	owner_runs show --archive "$A" --raw "$(newest_id)"
	out_same "$site/$file.eml"
done
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

# who has no right is told to try again, and after usermod it arrives
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
begin "procmail killed while it writes"
prepare
row_killed_server as_known "$site/tmp/server" owner env -i HOME="$site/owner" SHELL=/bin/sh "$root/program/procmail" -t -Y -m "$site/owner/rc"
end

# the recipe as a user's ~/.procmailrc, by the installed procmail, as a mail server that runs as root calls it
begin "procmail -d and ~/.procmailrc"
if needs_mounts; then
	prepare
	for who in $everyone; do
		mv "$site/$who/rc" "$site/$who/.procmailrc"
		chown "$(uid_of $who)" "$site/$who/.procmailrc"
	done
	by_name() { # WHO STATUS
		env -i procmail -t -Y -d "pb$1" <"$site/a.eml" >"$out" 2>"$err"
		same "$1: exit status ($(tail -n 2 "$site/$1/procmail.log" 2>&1 | tr '\n' ';'))" $? "$2"
		[ ! -s "$site/$1/inbox" ] || wrong "$1: in a mailbox"
	}
	by_name owner 0
	by_name member 0
	by_name stranger 75
	check_archive 1 2
	stranger_joins_by_name
	by_name stranger 0
	check_archive 1 3
	end
fi
