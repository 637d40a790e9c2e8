#!/bin/sh
# postbag rebuild: index.db is derived. Deleted, damaged or made in another order, it comes back the same.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 19

rebuilt() { run 0 '*' rebuild --archive "$A"; }

# the old index and the one made anew from the truth are equal, row by row, words of the search index included
begin "deleted and rebuilt: equal"
sample_archive
dump_index "$T/before"
at_least "rows" "$(wc -l <"$T/before")" 2000
rm -f "$A"/index.db*
rebuilt
dump_index "$T/after"
same_index "$T/before" "$T/after" "rebuilt after deletion"
same "mode" "$(stat -c %a "$A/index.db")" 660
end

# rebuilding over a sound index changes nothing, and needs no deletion
begin "rebuilt in place: equal"
sample_archive
dump_index "$T/before"
rebuilt
dump_index "$T/after"
same_index "$T/before" "$T/after" "rebuilt in place"
end

# replay ORDER: every sample delivered by itself at a time of its own, in that order
replay() {
	rm -rf "$A"
	run 0 '' init "$A" --rules "$srcdir/filters/ssr2-2018.rules" --rules "$srcdir/filters/ssr2-2017.rules"
	for file in $(sample_files | $1); do
		name=${file##*/}
		now=$((1549972800 + $(expr "${name%%-*}" + 0) * 60))
		deliver "$file"
	done
	now=1550048400
	run 0 '*' sweep --archive "$A"
}
# Of two deliveries of one content the first is told apart by the order alone: its bytes' size, and which is "again".
without_order() { sed '/^delivery|/s/|[01]$//; /^message|/s/^\(\([^|]*|\)\{7\}\)[^|]*/\1size/' "$1" >"$2"; }

# delivered one by one, indexed as they came, and rebuilt at once
begin "delivered one by one, then rebuilt: equal"
replay cat
at_least "messages" "$(contents)" 60
dump_index "$root/in-order"
at_least "rows" "$(wc -l <"$root/in-order")" 2000
rm -f "$A"/index.db*
rebuilt
dump_index "$T/after"
same_index "$root/in-order" "$T/after" "one by one against rebuilt"
end

# the order of arrival decides nothing: threads whose parents come late, copies before their originals, campaigns
begin "delivered in another order: equal"
without_order "$root/in-order" "$T/first"
for order in 'sort -r' 'sort -t- -k2'; do
	replay "$order"
	dump_index "$T/whole"
	without_order "$T/whole" "$T/second"
	same_index "$T/first" "$T/second" "delivered by $order"
done
end

# the parent that comes last joins the thread of its answers
begin "a late parent"
harbour_rules "$T/harbour.rules"
harbour_letters "$T/letters"
letter "$T/letters/20-child.eml" 20 'Re: The cranes' 'So they do.' 'References: <letter-1@example.net>'
letter "$T/letters/21-grandchild.eml" 21 'Re: The cranes' 'Indeed.' 'References: <letter-1@example.net> <letter-20@example.net>'
run 0 '' init "$A" --rules "$T/harbour.rules"
run 0 '' import --archive "$A" "$T/letters/21-grandchild.eml" "$T/letters/20-child.eml" "$T/letters/01-crane.eml"
run 0 '' query --archive "$A" --count "thread:$(letter_id 1)"
out_is 3
dump_index "$T/before"
rm -rf "$A"
run 0 '' init "$A" --rules "$T/harbour.rules"
run 0 '' import --archive "$A" "$T/letters/01-crane.eml" "$T/letters/20-child.eml" "$T/letters/21-grandchild.eml"
dump_index "$T/after"
same_index "$T/before" "$T/after" "parent first"
end

# rules change only what is new: a rebuild files each message by the rules that were in force when it came
begin "after a change of rules"
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = archive\nrules = harbour.rules\n' >"$T/a.conf"
config=$T/a.conf
harbour_letters "$T/letters"
run 0 '' init
run 0 '' deliver <"$T/letters/01-crane.eml"
run 0 '' deliver <"$T/letters/02-silt.eml"
sed -i 's/^keyword = gantry crane$/keyword = heron/' "$T/harbour.rules"
letter "$T/new.eml" 30 'Again' 'The gantry cranes again, and a heron on top.'
run 0 '' deliver <"$T/new.eml"
letter "$T/newer.eml" 31 'Once more' 'The gantry cranes once more.'
run 0 '' deliver <"$T/newer.eml"
run 0 '' query --count topic:quay.crane
out_is 2
dump_index "$T/before"
same "rulesets" "$(sql index.db 'SELECT count(DISTINCT rules) FROM message')" 2
rm -f "$A"/index.db*
rebuilt
dump_index "$T/after"
same_index "$T/before" "$T/after" "rebuilt after a change of rules"
run 0 '' query --count topic:quay.crane
out_is 2
end

# a damaged, foreign or empty index.db is no loss: delivery goes on, and rebuild makes it whole
for damage in empty noise middle foreign newer; do
	begin "a damaged index.db: $damage"
	harbour_archive
	dump_index "$T/before"
	case $damage in
	foreign) sql index.db 'PRAGMA application_id = 77' >/dev/null ;;
	newer) sql index.db 'PRAGMA user_version = 9999' >/dev/null ;;
	esac
	sql index.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/index.db-*
	case $damage in
	empty) : >"$A/index.db" ;;
	noise) perl -e 'srand 5; print map { chr int rand 256 } 1 .. 20000' >"$A/index.db" ;;
	middle) perl -e 'print "\x5a" x 40000' | dd of="$A/index.db" bs=4096 seek=2 conv=notrunc 2>/dev/null ;;
	esac
	letter "$T/more.eml" 40 'One more' 'The lifting gear of the other quay.'
	deliver "$T/more.eml"
	same "deliveries" "$(deliveries)" $((HARBOUR_LETTERS + 1))
	rebuilt
	if [ "$status" = 0 ]; then
		check_archive $((HARBOUR_LETTERS + 1)) $((HARBOUR_LETTERS + 1))
		dump_index "$T/after"
		grep -v "$(letter_id 40)" "$T/after" | grep -Ev 'letter-40@|^tally\|' >"$T/old" # check_archive saw that the new letter is counted
		grep -v '^tally|' "$T/before" >"$T/uncounted"
		same_index "$T/uncounted" "$T/old" "rebuilt"
	fi
	end
done

# deliveries and sweep do without an index too, and sweep brings it up
begin "a deleted index.db"
harbour_archive
dump_index "$T/before"
rm -f "$A"/index.db*
letter "$T/more.eml" 40 'One more' 'The lifting gear of the other quay.'
deliver "$T/more.eml"
same "deliveries" "$(deliveries)" $((HARBOUR_LETTERS + 1))
alone query --archive "$A" --count >"$out" 2>"$err"
[ $? -ne 0 ] || [ -s "$err" ] || same "query without a word" "$(cat "$out")" $((HARBOUR_LETTERS + 1))
rebuilt
check_archive $((HARBOUR_LETTERS + 1)) $((HARBOUR_LETTERS + 1))
end

# another mail.db, or one restored from a backup, is noticed: the index is made anew, never mixed
begin "another mail.db under the index"
harbour_archive
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
run 0 '' init "$T/other"
letter "$T/other.eml" 50 'Elsewhere' 'From another town.'
run 0 '' deliver --archive "$T/other" <"$T/other.eml"
sqlite3 "$T/other/mail.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$T/other/mail.db" "$A/mail.db"
rm -f "$A"/mail.db-*
run 0 '*' sweep --archive "$A"
check_archive 1 1
run 0 '' query --archive "$A" --count
out_is 1
end

begin "a mail.db restored from a backup"
harbour_archive
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$A/mail.db" "$T/backup.db"
dump_index "$T/before"
letter "$T/lost.eml" 51 'Lost' 'It comes after the backup.'
deliver "$T/lost.eml"
cp "$T/backup.db" "$A/mail.db"
rm -f "$A"/mail.db-*
letter "$T/found.eml" 52 'Found' 'It comes after the restoring.'
deliver "$T/found.eml"
run 0 '*' sweep --archive "$A"
check_archive $((HARBOUR_LETTERS + 1)) $((HARBOUR_LETTERS + 1))
run 0 '' query --archive "$A" --count subject:lost
out_is 0
run 0 '' query --archive "$A" --count subject:found
out_is 1
end

# an unread message is tried again when asked
begin "rebuild --unread"
harbour_archive
dump_index "$T/before"
make_unread "$(letter_id 5)" 'the reader ended'
run 0 '' status --archive "$A" --format json
json_is '$_->{unread}' 1
run 0 '*' rebuild --unread --archive "$A"
run 0 '' status --archive "$A" --format json
json_is '$_->{unread}' 0
dump_index "$T/after"
same_index "$T/before" "$T/after" "read again"
end

# what mail.db has lost does not keep the rest out of the index: it is listed as unread, and rebuild and sweep go on
begin "a hole in mail.db"
harbour_archive
sql mail.db 'DELETE FROM content WHERE content = 4' >/dev/null
rebuilt
same "messages" "$(sql index.db 'SELECT count(*) FROM message')" "$HARBOUR_LETTERS"
same "unread" "$(sql index.db 'SELECT public_id, unread FROM message WHERE unread IS NOT NULL')" "gone-4|its bytes are gone from mail.db (message number 4)"
letter "$T/more.eml" 40 'One more' 'The lifting gear of the other quay.'
deliver "$T/more.eml"
run 0 '' sweep --archive "$A"
run 0 '' query --archive "$A" --count
out_is $((HARBOUR_LETTERS + 1))
run 0 '0 read now, 1 still unread' rebuild --unread --archive "$A"
end

# the index that works stays until mail.db was read to its last entry
begin "not thrown away for a mail.db that cannot be read"
harbour_archive
dump_index "$T/before" rows
sql mail.db 'PRAGMA user_version = 9999' >/dev/null
run 65 'newer than' rebuild --archive "$A"
sql mail.db 'PRAGMA user_version = 2' >/dev/null
dump_index "$T/after" rows
same_index "$T/before" "$T/after" "left as it was"
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
page=$(sql mail.db "SELECT rootpage FROM sqlite_schema WHERE name = 'entry'")
perl -e 'print "\x5a" x 4096' | dd of="$A/mail.db" bs=4096 seek=$((page - 1)) conv=notrunc 2>/dev/null
run 65 'the index stays as it is until mail.db is mended' rebuild --archive "$A"
dump_index "$T/after" rows
same_index "$T/before" "$T/after" "left as it was"
end

# what a rebuild that was killed left goes with the next
begin "what a killed one left"
harbour_archive
for name in a1B2c3 a1B2c3-wal a1B2c3-shm a1B2c3-journal; do : >"$A/.index.db-$name"; done
run 0 'made anew' rebuild --archive "$A"
for name in a1B2c3 a1B2c3-wal a1B2c3-shm a1B2c3-journal; do [ ! -e "$A/.index.db-$name" ] || wrong "$name is still there"; done
end

# the same status as every other command's
begin "no archive"
run 66 'no archive in .*/none' rebuild --archive "$T/none"
end
