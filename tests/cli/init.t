#!/bin/sh
# postbag init: an archive is made with its own modes, once, and an archive that is there is never harmed.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 11

mode() { stat -c %a "$1"; }

# what init promises: a folder with mail.db, whole, at version 1 or later and with an identity of its own
begin "makes an archive"
run 0 '' init "$A"
[ -s "$A/mail.db" ] || wrong "no mail.db"
same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
[ "$(sql mail.db 'PRAGMA application_id')" != 0 ] || wrong "mail.db has no application_id"
[ "$(sql mail.db 'PRAGMA user_version')" -ge 1 ] || wrong "mail.db has no version"
same "uuids" "$(sql mail.db 'SELECT count(*) FROM archive WHERE length(uuid) = 36')" 1
same "journal" "$(sql mail.db 'PRAGMA journal_mode')" wal
run 0 '' status --archive "$A"
run 0 '' query --archive "$A" --count
out_is 0
# each process that opens it reads the schema: what it says to people stays in the source
same "comments in index.db" "$(sql index.db "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%--%'")" 0
end

# DESIGN section 2: modes are explicit, the umask plays no part
for mask in 077 022 000; do
	begin "modes do not depend on umask $mask"
	umask $mask
	run 0 '' init "$A"
	letter "$T/a.eml" 1 Hello 'The first one.'
	deliver "$T/a.eml"
	umask 022
	same "mode of the folder" "$(mode "$A")" 2770
	seen=0
	for file in "$A"/*; do
		[ -f "$file" ] || continue
		seen=$((seen + 1))
		same "mode of ${file##*/}" "$(mode "$file")" 660
	done
	at_least "files in the archive" $seen 2
	end
done

# set-up steps are safe to run twice: nothing is lost, and the identity stays
begin "twice changes nothing"
run 0 '' init "$A"
uuid=$(sql mail.db 'SELECT uuid FROM archive')
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
run 0 '' init "$A"
same "uuid" "$(sql mail.db 'SELECT uuid FROM archive')" "$uuid"
check_archive 1 1
end

# --archive before or after the command names the folder as well, and two archives are two
begin "--archive names the folder too"
run 0 '' --archive "$A" init
run 0 '' init --archive "$T/second"
[ "$(sql mail.db 'SELECT uuid FROM archive')" != "$(sqlite3 "$T/second/mail.db" 'SELECT uuid FROM archive')" ] || wrong "two archives have one uuid"
end

# rules named at init are in force from the first message on
begin "--rules are in force"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
run 0 '' status --archive "$A"
out_has '^index +up to date$'
out_has '^messages +0 in 0 deliveries$'
out_lacks '^rules +none'
run 0 '' query --archive "$A" --count
out_is 0
letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
deliver "$T/a.eml"
run 0 '' query --archive "$A" --count topic:quay.crane
out_is 1
run 0 '' status --archive "$A"
out_has '^messages +1 in 1 delivery$'
end

# a person is looking: broken rules are refused with their place, and no archive is left half made
begin "a broken rule file is refused"
harbour_rules "$T/harbour.rules"
printf '\n[tpoic quay.rail]\ntitle = Rails\n' >>"$T/harbour.rules"
line=$(grep -n tpoic "$T/harbour.rules" | cut -d: -f1)
run 65 "harbour\.rules:$line:[0-9]+: " init "$A" --rules "$T/harbour.rules"
out_empty
[ ! -e "$A/mail.db" ] || wrong "an archive was made all the same"
run 66 'missing\.rules' init "$A" --rules "$T/missing.rules"
[ ! -e "$A/mail.db" ] || wrong "an archive was made without its rules"
end

# an error names what is missing and what to do
begin "no folder named"
run 64 '--archive' init
out_empty
run 64 'init' init "$A" "$T/other"
end

# a folder that cannot be made is an error of its own, and what stood there stays
begin "a file in the way"
printf 'not a folder\n' >"$A"
alone init "$A" >"$out" 2>"$err" && wrong "init over a file answered 0"
grep -q '^postbag: .*archive' "$err" || wrong "no word of the place: $(head -n 1 "$err")"
same "the file" "$(cat "$A")" "not a folder"
end

# an archive that has lost its mail.db wants its backup: an empty mail.db over the rest would hide the loss
begin "mail.db is gone"
harbour_archive
rm -f "$A"/mail.db*
for rest in index.db rules.cache spool; do
	run 65 "mail\.db is gone, but $rest is there; postbag restore --force BACKUP" init "$A"
	run 66 "mail\.db is gone, but $rest is there; postbag restore --force BACKUP" status --archive "$A"
	[ ! -e "$A/mail.db" ] || wrong "an archive was made over $rest"
	rm -rf "$A/$rest"*
	[ "$rest" != rules.cache ] || mkdir -p "$A/spool/new"
done
run 66 'there is no archive in .*: is its file system mounted\? a new one is made with postbag init' status --archive "$A"
run 0 '' init "$A"
end
