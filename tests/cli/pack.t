#!/bin/sh
# postbag pack: older messages in blocks. Every byte is what it was, whatever else is done to the archive before, meanwhile and afterwards.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 12

# many FOLDER FIRST LAST [TEXT]: letters of some 20 kB each, which share most of their lines; a few with bytes that mail should not have
many() {
	mkdir -p "$1"
	perl -e '
		my ($folder, $first, $last, $extra) = @ARGV;
		for my $n ($first .. $last) {
			open my $out, ">:raw", sprintf "%s/%04d.eml", $folder, $n or die;
			my $eol = $n % 7 == 3 ? "\r\n" : "\n";
			print $out "From: Ada Example <ada\@example.net>${eol}To: harbour\@example.org${eol}Subject: Letter $n${eol}Date: Tue, 12 Feb 2019 08:00:00 +0000${eol}Message-ID: <many-$n\@example.net>${eol}${eol}";
			print $out "A line that all of them have, word for word, about the quay wall.${eol}" x 150;
			srand $n;
			print $out join(" ", map { chr(97 + rand 26) x (1 + rand 3) } 1 .. 15), $eol for 1 .. 120;
			print $out "\0\0\377\376 raw \r bytes \x1b[0m$eol" if $n % 5 == 2;
			print $out join("", map { chr rand 256 } 1 .. 4000), $eol if $n % 11 == 5;
			print $out "$extra$n$eol" if $extra;
			print $out "without an end of line" if $n % 3 == 0;
		}
	' "$1" "$2" "$3" "${4:-}"
}
# every message of the archive (or every N-th), byte for byte, under its id
dump_raw() { # FOLDER [N]
	mkdir -p "$1"
	for _id in $(sql mail.db "SELECT public_id FROM content WHERE content % ${2:-1} = 0 ORDER BY 1"); do
		alone show --archive "$A" --raw "$_id" >"$1/$_id" 2>"$1/$_id.err"
		[ -s "$1/$_id.err" ] || rm -f "$1/$_id.err"
	done
}
same_raw() { # BEFORE AFTER
	diff -r "$1" "$2" >"$root/diff" 2>&1 || wrong "messages are not what they were: $(head -n 3 "$root/diff" | cut -c 1-200 | tr '\n' ';')"
}
# what the sequence says: nothing of it changes by packing
history() { sql mail.db "SELECT seq, type, at, hex(link), content, received, source FROM entry ORDER BY seq; SELECT content, hex(content_id), public_id, hex(raw_hash), size, chunks FROM content ORDER BY 1"; }
# an import has small blocks of its own; these are those that pack made
large="SELECT block FROM block WHERE size >= 1048576"
packed() { count "content WHERE block IN ($large)"; }
# an archive of 120 letters, half of them imported and half delivered, a long one and one that came twice; made once and copied
fill_archive() {
	if [ ! -d "$root/filled" ]; then
		run 0 '' init "$A"
		many "$root/many" 1 120
		{
			cat "$root/many/0001.eml"
			perl -e 'srand 5; print join("", map { chr rand 256 } 1 .. 70), "\n" for 1 .. 40000'
		} | sed 's/many-1@/long@/' >"$root/long.eml"
		mkdir "$T/half"
		ln "$root"/many/00[0-5]?.eml "$T/half"
		run 0 '*' import --archive "$A" "$T/half" "$root/long.eml"
		for file in "$root"/many/0002.eml "$root"/many/00[6-9]?.eml "$root"/many/01*.eml; do deliver "$file"; done
		run 0 '*' sweep --archive "$A" # what a busy machine put off
		same "messages" "$(contents)" 121
		sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
		cp -a "$A" "$root/filled"
	else
		cp -a "$root/filled" "$A"
	fi
	ln -s "$root/many" "$T/many"
}
pack_all() { run 0 '' pack --archive "$A" --older-than 0d; }
later=1560000000 # after all deliveries

# the point of it: less room, and not a bit of a message, an id or the history is another
begin "every byte is what it was"
fill_archive
at_least "of the import in small blocks" "$(count 'content WHERE block IS NOT NULL')" 50
at_least "small blocks" "$(count block)" 4
same "of the deliveries" "$(count 'content WHERE block IS NULL AND chunks = 1')" 61
dump_raw "$T/before"
history >"$T/history"
now=$later
run 0 '' pack --archive "$A" --older-than 0d --dry-run
out_has '^[0-9]+ messages of .* would go into [12] blocks?; they take .* now$'
same "packed by a dry run" "$(packed)" 0
pack_all
out_has '^[0-9]+ messages of .* packed into [12] blocks?: .* instead of '
at_least "packed" "$(packed)" 60
same "messages with bytes of their own in a block" "$(count 'content WHERE block IS NOT NULL AND raw IS NOT NULL')" 0
same "the long one" "$(count 'content WHERE chunks > 1 AND raw IS NOT NULL')" 1
same "messages in small blocks" "$(count "content WHERE block NOT IN ($large) AND block <= 4")" 0
at_least "bytes saved of each hundred" "$(sql mail.db 'SELECT 100 - 100 * sum(length(raw)) / sum(size) FROM block')" 60
dump_raw "$T/after"
same_raw "$T/before" "$T/after"
history | cmp -s - "$T/history" || wrong "the history changed"
run 0 '' check --archive "$A"
out_has 'is whole: 121 messages in 122 deliveries'
run 0 '' status --archive "$A"
out_has '^packed +[0-9]+ messages of .* in '
run 0 '' status --archive "$A" --format json
json_is '$_->{packed_messages}' "$(packed)"
pack_all
out_has '^nothing to pack'
now=1550048400
end

# what came lately stays as it is; a message is as old as its last delivery
begin "only what is old enough"
fill_archive
now=1550100000
run 0 '' pack --archive "$A"
out_has '^nothing to pack'
now=$later
deliver "$T/many/0003.eml"
now=$((later + 86400))
run 0 '' pack --archive "$A" --older-than 7d
at_least "packed" "$(packed)" 60
same "the one that came again" "$(sql mail.db "SELECT count(*) FROM content JOIN entry USING (content) WHERE at = $later AND block IN ($large)")" 0
run 64 'expected an age' pack --archive "$A" --older-than yesterday
run 64 'expected an age' pack --archive "$A" --older-than 5
run 64 'unexpected' pack --archive "$A" more
run 66 'no archive' pack --archive "$T/none"
now=1550048400
end

# mail comes in all the while, and none of it waits long or is lost
begin "mail that comes meanwhile"
fill_archive
many "$T/more" 200 260
run 0 '*' import --archive "$A" "$T/more"
many "$T/new" 400 409
now=$later
run_behind "$T/packed" pack --archive "$A" --older-than 1d
for file in "$T"/new/*.eml; do deliver "$file"; done
wait
same "pack" "$(cat "$T/packed")" 0
same "in the spool" "$(spooled)" 0
same "messages" "$(contents)" 192
for n in 400 405 409; do
	id=$(sql index.db "SELECT public_id FROM message WHERE message_id = 'many-$n@example.net'")
	run_raw 0 '' show --archive "$A" --raw "$id"
	out_same "$T/new/0$n.eml"
done
at_least "packed" "$(packed)" 90
run 0 '' check --archive "$A"
now=1550048400
end

# the index is made from the messages, wherever they stand
begin "rebuild, query, export"
fill_archive
run_raw 0 '' query --archive "$A" --format mbox --limit 0 'quay'
cp "$out" "$T/mbox"
sql index.db 'SELECT * FROM filing ORDER BY 1, 2, 3; SELECT public_id, subject, size FROM message ORDER BY 1' >"$T/index"
dump_texts >>"$T/index"
now=$later
pack_all
run 0 '*' rebuild --archive "$A"
sql index.db 'SELECT * FROM filing ORDER BY 1, 2, 3; SELECT public_id, subject, size FROM message ORDER BY 1' >"$T/index-of-blocks"
dump_texts >>"$T/index-of-blocks"
cmp -s "$T/index-of-blocks" "$T/index" || wrong "the index made from blocks is another"
at_least "bytes of the mbox" "$(wc -c <"$T/mbox")" 1000000
run_raw 0 '' query --archive "$A" --format mbox --limit 0 'quay'
out_same "$T/mbox"
now=1550048400
end

# words that go are nowhere in the file, though they stood in a block with a hundred others
begin "redacting a message in a block"
fill_archive
many "$T/secret" 499 500 'Xylotheque Quibberish is the secret of number '
run 0 '*' import --archive "$A" "$T/secret"
many "$T/more" 600 660
run 0 '*' import --archive "$A" "$T/more"
now=$later
pack_all
id=$(sql index.db "SELECT public_id FROM message WHERE message_id = 'many-500@example.net'")
quoting=$(sql index.db "SELECT public_id FROM message WHERE message_id = 'many-499@example.net'")
same "the other one is packed" "$(count "content WHERE public_id = '$quoting' AND block IS NOT NULL")" 1
same "it is packed" "$(count "content WHERE public_id = '$id' AND block IS NOT NULL")" 1
dump_raw "$T/before"
run 0 '*' redact --archive "$A" "$id" --text 'Xylotheque Quibberish' --note 'asked for'
# the search for what is left looks into blocks: another letter in one has the words, and is named
cat "$out" "$err" >"$T/said"
grep -q "$(printf %.8s "$quoting")" "$T/said" || wrong "redact does not name $quoting: $(tr '\n' ';' <"$T/said")"
same "it is in no block" "$(count "content WHERE public_id = '$id' AND block IS NULL AND raw IS NOT NULL")" 1
run 0 '' status --archive "$A"
out_lacks 'pending'
dump_raw "$T/after"
! grep -q Xylotheque "$T/after/$id" || wrong "the words are still there"
rm "$T/before/$id" "$T/after/$id"
same_raw "$T/before" "$T/after"
run 0 '' check --archive "$A"
pack_all
run 0 '' check --archive "$A"
# and a message as a whole
other=$(sql mail.db "SELECT public_id FROM content WHERE block IS NOT NULL ORDER BY content LIMIT 1")
run 0 '*' redact --archive "$A" "$other" --all --note 'asked for'
run 66 'was redacted' show --archive "$A" --raw "$other"
rm -f "$T/before/$other"
rm -rf "$T/after"
dump_raw "$T/after"
rm -f "$T/after/$id" "$T/after/$other" "$T/after/$other.err"
same_raw "$T/before" "$T/after"
run 0 '' check --archive "$A"
now=1550048400
end

# damage to a block is found, and everything that is lost with it is named
begin "a damaged block"
fill_archive
now=$later
pack_all
block=$(sql mail.db "$large LIMIT 1")
ids=$(sql mail.db "SELECT public_id FROM content WHERE block = $block ORDER BY content")
at_least "messages in it" "$(printf '%s\n' $ids | wc -l)" 50
sql mail.db "UPDATE block SET raw = CAST(zeroblob(4) || substr(raw, 5) AS BLOB) WHERE block = $block" >/dev/null
run 65 '*' check --archive "$A"
for id in $ids; do out_has "block $block is damaged.* messages:.*$id"; done
out_lacks "message $(printf '%s\n' $ids | head -n 1) is damaged"
run 65 "block $block, in which it is packed" show --archive "$A" --raw "$(printf '%s\n' $ids | head -n 1)"
# what comes again mends its message
run 0 '*' import --archive "$A" "$T/many"
run 0 '' check --archive "$A"
out_has 'is whole'
same "the damaged block" "$(count "block WHERE block = $block")" 0
now=1550048400
end

# as is damage that only some of its bytes show, and rows that do not fit
begin "a block that is not what it was"
fill_archive
now=$later
pack_all
cp "$A/mail.db" "$T/mail.db"
found() { # PATTERN STATEMENT
	sql mail.db "PRAGMA foreign_keys = OFF; $2" >/dev/null
	run 65 '*' check --archive "$A"
	out_has "$1"
	rm -f "$A"/mail.db-*
	cp "$T/mail.db" "$A/mail.db"
}
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$A/mail.db" "$T/mail.db"
block=$(sql mail.db "$large LIMIT 1")
first=$(sql mail.db "SELECT public_id FROM content WHERE block = $block ORDER BY content LIMIT 1")
found "$first is damaged" "UPDATE content SET raw_hash = zeroblob(32) WHERE public_id = '$first'"
found "$first.* (does not begin|is damaged)" "UPDATE content SET \"offset\" = 7 WHERE public_id = '$first'"
found "block $block has not the messages" "UPDATE content SET block = NULL, \"offset\" = NULL WHERE public_id = '$first'"
found "$first.* has no bytes" "UPDATE content SET block = NULL, \"offset\" = NULL WHERE public_id = '$first'"
found "$first.* bytes .* of its own too" "UPDATE content SET raw = x'28b52ffd' WHERE public_id = '$first'"
found 'names a row of block that is not there' "DELETE FROM block WHERE block = $block"
found "block $block is damaged.* it has [0-9]+ bytes instead of" "UPDATE block SET size = size - 1 WHERE block = $block"
now=1550048400
end

# a backup has what is packed, says whether it is whole, and comes back
begin "backup and restore"
fill_archive
now=$later
pack_all
dump_raw "$T/before"
run 0 '' backup --archive "$A" "$T/backups"
run 0 '' backup --archive "$A" --verify "$T/backups"
out_has 'is whole: 121 messages'
rm -rf "$A"
run 0 '*' restore --archive "$A" "$T/backups"
dump_raw "$T/after"
same_raw "$T/before" "$T/after"
run 0 '' check --archive "$A"
same "packed" "$(packed)" "$(sqlite3 "$T"/backups/*/mail.db 'SELECT count(*) FROM content WHERE block IS NOT NULL')"
now=1550048400
end

# what retention lets go leaves no block behind that still has it
begin "retention"
cat >"$T/conf" <<CONF
[archive]
folder = $A
retention = bounce 30d
CONF
fill_archive
now=1550100000
many "$T/more" 600 660
run 0 '*' import --archive "$A" "$T/more"
letter "$T/bounce.eml" 1 'Undelivered Mail Returned to Sender' 'Zwieback undeliverable to the letterbox of nobody' 'From: Mail Delivery System <MAILER-DAEMON@example.org>' 'Auto-Submitted: auto-replied'
id=
run 0 '*' deliver --archive "$A" <"$T/bounce.eml"
id=$(newest_id)
run 0 '*' assign --archive "$A" "$id" kind:bounce
now=$later
pack_all
config=$T/conf
run 0 '1 messages removed' sweep
config=
same "it is gone" "$(count "content WHERE public_id = '$id' AND raw IS NULL AND block IS NULL")" 1
! strings -a "$A/mail.db" | grep -q Zwieback || wrong "its words are in the file"
run 0 '*' check --archive "$A"
now=1550048400
end

# free pages go back when there are many, and only then
begin "the file becomes smaller"
run 0 '' init "$A"
mkdir "$T/small"
# each has the same lines in an order of its own: alone that takes much room, together little; longer than what an import packs
perl -e '
	srand 3;
	my @pool = map { join("", map { chr(33 + rand 90) } 1 .. 60) . "\n" } 1 .. 1100;
	for my $n (1 .. 450) {
		open my $out, ">", sprintf "%s/%04d.eml", $ARGV[0], $n or die;
		print $out "From: a\@example.net\nMessage-ID: <$n\@example.net>\n\n";
		for my $i (reverse 1 .. $#pool) { my $j = int rand($i + 1); @pool[$i, $j] = @pool[$j, $i] }
		print $out @pool;
	}
' "$T/small"
run 0 '*' import --archive "$A" "$T/small"
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
before=$(stat -c %s "$A/mail.db")
now=$later
pack_all
out_has 'given back to the file system'
at_least "bytes given back" $((before - $(stat -c %s "$A/mail.db"))) $((before / 2))
run 0 '' check --archive "$A"
now=1550048400
end

# a message that is damaged already is named and left, and the others are packed
begin "damaged messages stay as they are"
fill_archive
id=$(sql mail.db "SELECT public_id FROM content WHERE raw IS NOT NULL AND chunks = 1 ORDER BY content LIMIT 1")
beside=$(sql mail.db "SELECT public_id FROM content WHERE block = 2 ORDER BY content LIMIT 1")
sql mail.db "UPDATE content SET raw_hash = zeroblob(32) WHERE public_id = '$beside'" >/dev/null
sql mail.db "UPDATE content SET raw = CAST(substr(raw, 1, 9) || zeroblob(40) || substr(raw, 50) AS BLOB) WHERE public_id = '$id'" >/dev/null
now=$later
run 65 "not packed: message $id is damaged" pack --archive "$A" --older-than 0d
err_has "not packed: message $beside is damaged"
at_least "messages of the small block, which stays as it is" "$(count 'content WHERE block = 2')" 5
at_least "packed" "$(packed)" 60
same "the damaged one" "$(count "content WHERE public_id = '$id' AND raw IS NOT NULL AND block IS NULL")" 1
now=1550048400
end

# killed before any write and any sync: every message is there, in one place, and the next run goes on
begin "killed on the way"
if strace -qq -f -o /dev/null -e trace=none true 2>/dev/null; then
	fill_archive
	dump_raw "$T/before" 8
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	cp -a "$A" "$T/archive-before"
	killed=0
	for step in pwrite64:1 pwrite64:5 pwrite64:60 pwrite64:200 pwrite64:400 pwrite64:800 fdatasync:1 fdatasync:2 fdatasync:3 ftruncate:1; do
		rm -rf "$A"
		cp -a "$T/archive-before" "$A"
		env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$later" POSTBAG_CONFIG="$root/none.conf" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
			strace -qq -f -o "$T/trace" -e "trace=${step%:*}" -e "inject=${step%:*}:signal=KILL:when=${step#*:}" "$POSTBAG" pack --archive "$A" --older-than 0d >"$T/killed" 2>&1
		[ $? -ne 137 ] || killed=$((killed + 1))
		same "integrity, killed at $step" "$(sql mail.db 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok
		same "messages without bytes, killed at $step" "$(count 'content WHERE raw IS NULL AND block IS NULL')" 0
		run 0 '' check --archive "$A"
		now=$later
		pack_all
		now=1550048400
		at_least "packed after $step" "$(packed)" 60
		rm -rf "$T/after"
		dump_raw "$T/after" 8
		same_raw "$T/before" "$T/after"
	done
	at_least "runs that were killed" $killed 5
	end
else
	skip "strace cannot be used here"
fi
