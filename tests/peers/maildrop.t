#!/bin/sh
# maildrop hands a message to postbag by the recipe that is shipped, and tells the mail server the truth about it:
# 0 when it is kept, 75 whatever else happened. As the archive's owner, as a member of its group, and as a stranger.
command -v maildrop >/dev/null || { echo "1..0 # SKIP maildrop is not installed"; exit 0; }
. "${srcdir:-.}/tests/peers/lib-local.sh"
RECIPE=$srcdir/filters/maildroprc.example
[ -r "$RECIPE" ] || bail "no $RECIPE"
for _who in $everyone; do
	id -un "$(uid_of "$_who")" >/dev/null 2>&1 || skip_all "maildrop runs for accounts only, and there is none for uid $(uid_of "$_who")"
done
plan 23

# The recipe as shipped, but for the two paths in it.
prepare() {
	site_make
	sed "s|^PATH=.*|PATH=\"$site/bin:/usr/bin:/bin\"|; s|/var/lib/postbag|$A|" "$RECIPE" >"$site/recipe"
	grep -q "$site/bin" "$site/recipe" || wrong "the recipe's PATH is not what this test replaces"
	grep -q -- "--archive $A deliver" "$site/recipe" || wrong "the recipe's archive is not what this test replaces"
	for _who in $everyone; do
		printf 'DEFAULT="%s"\n' "$site/$_who/inbox" | cat - "$site/recipe" >"$site/$_who/rc"
		[ "$(id -u)" != 0 ] || chown "$(uid_of "$_who")" "$site/$_who/rc"
		chmod 600 "$site/$_who/rc"
	done
}
call() { sed -i "s|postbag .*deliver|postbag $* deliver|" "$site"/*/rc; }
hurry() {
	sed -i 's|timeout -k 10 240|timeout -k 1 5|' "$site"/*/rc
	grep -q 'timeout -k 1 5' "$site/owner/rc" || wrong "the recipe's time limit is not what this test replaces"
}
# A mail server's call; what was not kept must not be anywhere else either, since the server has it still.
hand_over() { # WHO FILE
	as "$1" timeout 120 env -i HOME="$site/$1" PATH=/usr/bin:/bin maildrop "$site/$1/rc" <"$2" >"$out" 2>"$err"
	status=$?
	case $status in
	0) answer=kept ;;
	75) answer=still ;;
	*) answer="exit status $status ($(tail -n 3 "$err" | tr '\n' ';'))" ;;
	esac
	[ ! -e "$site/$1/inbox" ] || answer="in a mailbox"
}
later() { hand_over "$@"; }

# what a program can end with
begin "every exit status, and no program, as each user"
prepare
for who in $everyone; do row_statuses $who; done
end

# kept byte for byte, but for what maildrop does to every message
begin "bytes"
prepare
printf 'From ada@example.net Mon Jan  1 00:00:00 2019\nSubject: lines\nFrom: ada@example.net\n\n>From me\r\nFrom you\n\n\n' >"$site/b.eml"
perl -e 'print "Subject: 5 MB\n\n", "The harbour is deep and the ships are many.\n" x 120000, "\377\n"' >"$site/c.eml"
for file in a b c; do
	hand_over owner "$site/$file.eml"
	same "$file" "$answer" kept
	owner_runs show --archive "$A" --raw "$(newest_id)"
	out_same "$site/$file.eml"
done
printf 'Subject: no final newline\n\nends\0here' >"$site/d.eml"
{ cat "$site/d.eml" && echo; } >"$T/d.expected"
hand_over owner "$site/d.eml"
same "d" "$answer" kept
owner_runs show --archive "$A" --raw "$(newest_id)"
out_same "$T/d.expected"
end

for who in owner member; do
	for row in kept locked damaged full typo typo_and_archive away killed killed_after hung; do
		case $who$row in
		ownerlocked | memberhung | memberkilled_after | membertypo_and_archive) continue ;; # these do not depend on who it is
		esac
		begin "$row, as $who"
		if [ $who = owner ] || needs_users; then
			prepare
			row_$row $who
			end
		fi
	done
done

# who has no right is told to try again, and when the right is given it arrives
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
begin "maildrop killed while it writes"
prepare
row_killed_server as_known "$site/tmp/server" owner env -i HOME="$site/owner" PATH=/usr/bin:/bin maildrop "$site/owner/rc"
end

# an administrator's slip in the recipe, or in its permissions, is 75 too
begin "a recipe that cannot be read"
prepare
who=owner
cp -p "$site/owner/rc" "$site/owner/rc.good"
sed -i 's/^exception {/exceptoin {/' "$site/owner/rc"
hand_over owner "$site/a.eml"
answered still "a misspelt word"
cp -p "$site/owner/rc.good" "$site/owner/rc"
sed -i 's/^}//' "$site/owner/rc"
hand_over owner "$site/a.eml"
answered still "a missing brace"
rm "$site/owner/rc"
hand_over owner "$site/a.eml"
answered still "no recipe"
mv "$site/owner/rc.good" "$site/owner/rc"
later owner "$site/a.eml"
answered kept "the recipe mended"
once 1 "the recipe mended"
end

# run by root for a user, maildrop takes the user's groups away: then only the owner may write
begin "maildrop -d and ~/.mailfilter"
if needs_mounts; then
	prepare
	for who in $everyone; do mv "$site/$who/rc" "$site/$who/.mailfilter"; done
	by_name() { # WHO STATUS
		env -i maildrop -d "pb$1" <"$site/a.eml" >"$out" 2>"$err"
		same "$1: exit status ($(tail -n 2 "$err" | tr '\n' ';'))" $? "$2"
		[ ! -e "$site/$1/inbox" ] || wrong "$1: in a mailbox"
	}
	by_name owner 0
	by_name member 75
	err_has 'group'
	by_name stranger 75
	check_archive 1 1
	end
fi
