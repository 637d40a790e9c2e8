#!/bin/sh
# postbag deliver gives a mail server one honest answer: 0 when the message is kept, 75 when it must come again; nothing else, ever.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 36

is_0_or_75() { case $1 in 0 | 75) ;; *) wrong "$2: exit status $1, expected 0 or 75" ;; esac; }

# a message is kept byte for byte, indexed, and nothing is said
begin "a message is kept and indexed"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
check_archive 1 1
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/a.eml"
run 0 '' query --archive "$A" --count 'subject:hello'
out_is 1
end

# the envelope is kept as the mail server told it, and control characters in it do no harm
begin "envelope"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml" --sender ada@example.net --recipient harbour@example.org
same "envelope" "$(sql mail.db "SELECT sender || ' ' || recipient FROM entry WHERE type = 'delivery'")" 'ada@example.net harbour@example.org'
letter "$T/b.eml" 2 Hello 'The second one.'
deliver "$T/b.eml" --sender "$(printf 'x\033]0;bad\007\n@example.net')" --recipient ''
check_archive 2 2
same "control characters kept of the envelope" "$(sql mail.db "SELECT count(*) FROM entry WHERE sender GLOB '*' || char(27) || '*' OR sender GLOB '*' || char(7) || '*'")" 0
end

# the same bytes again are one more delivery of one message
begin "twice: one message, two deliveries"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
deliver "$T/a.eml"
check_archive 1 2
run 0 '' query --archive "$A" --count
out_is 1
end

# the way a message took is not its identity: trace fields and line ends differ between two paths to this address
begin "identity is the content"
run 0 '' init "$A"
letter "$T/body.eml" 1 Hello 'The first one.'
{ printf 'Return-Path: <ada@example.net>\nReceived: from a.example.net by b.example.org; Tue, 12 Feb 2019 08:02:00 +0000\n'; cat "$T/body.eml"; } >"$T/a.eml"
{ printf 'Received: from c.example.net by d.example.org; Tue, 12 Feb 2019 08:03:00 +0000\nDelivered-To: <harbour@example.org>\n'; cat "$T/body.eml"; } | sed 's/$/\r/' >"$T/b.eml"
deliver "$T/a.eml"
deliver "$T/b.eml"
check_archive 1 2
# a Message-ID seen before with other content is a different message
sed 's/first one/forged one/' "$T/body.eml" >"$T/c.eml"
deliver "$T/c.eml"
check_archive 2 3
end

# a retry after a truncated delivery must not be thrown away as known: both are kept
begin "truncated, then whole"
run 0 '' init "$A"
letter "$T/whole.eml" 1 Hello 'The first half of the sentence, and the other half of the sentence.'
size=$(wc -c <"$T/whole.eml")
head -c $((size - 30)) "$T/whole.eml" >"$T/cut.eml"
deliver "$T/cut.eml"
deliver "$T/whole.eml"
check_archive 2 2
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/whole.eml"
end

# a configuration that cannot be read: try again, since nothing says where to keep
begin "a typo in the configuration without --archive is 75"
run 0 '' init "$A"
printf '[archive]\nfolder = %s\nfodler = x\n' "$A" >"$T/typo.conf"
config=$T/typo.conf
letter "$T/a.eml" 1 Hello 'The first one.'
run 75 'typo\.conf:3:[0-9]+: ' deliver <"$T/a.eml"
out_empty
err_lines 1
config=$T/absent.conf
run 75 'absent\.conf' deliver <"$T/a.eml"
config=
check_archive 0 0
end

# ... but the command line may say where
begin "a typo in the configuration with --archive keeps"
run 0 '' init "$A"
printf '[archive]\nfolder = %s\nfodler = x\n' "$A" >"$T/typo.conf"
config=$T/typo.conf
letter "$T/a.eml" 1 Hello 'The first one.'
run 0 'typo\.conf:3:[0-9]+: ' deliver --archive "$A" <"$T/a.eml"
out_empty
config=
check_archive 1 1
end

# a mail server takes 64 for "bounce": a wrong command line is 75 as well
begin "a wrong command line is 75"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
run 75 'frobnicate' deliver --archive "$A" --frobnicate <"$T/a.eml"
run 75 'argument' deliver --archive "$A" extra <"$T/a.eml"
run 75 'format' deliver --format xml --archive "$A" <"$T/a.eml"
run 75 '--archive' deliver <"$T/a.eml"
run 75 'frobnicate' --frobnicate deliver --archive "$A" <"$T/a.eml"
check_archive 0 0
end

# rule files that are gone or no files: kept, with a word about it
begin "an unreadable rule file keeps"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
printf '[archive]\nfolder = %s\nrules = missing.rules\n' "$A" >"$T/a.conf"
config=$T/a.conf
letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
run 0 'missing\.rules' deliver <"$T/a.eml"
out_empty
mkdir "$T/missing.rules"
letter "$T/b.eml" 2 Cranes 'Another gantry crane squeaks.'
run 0 'missing\.rules' deliver <"$T/b.eml"
check_archive 2 2
run 0 '' query --count topic:quay.crane
out_is 2
end

# a rule file broken on a Friday evening must not cost one message: the last good version files, and three places say so
begin "a broken rule file keeps with the last good version"
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = %s\nrules = harbour.rules\n' "$A" >"$T/a.conf"
config=$T/a.conf
run 0 '' init
letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
run 0 '' deliver <"$T/a.eml"
printf '\n[topic quay.rail]\ntitle = Rails\nkeywrod = rail\n' >>"$T/harbour.rules"
line=$(grep -n keywrod "$T/harbour.rules" | cut -d: -f1)
letter "$T/b.eml" 2 Cranes 'Another gantry crane squeaks.'
run 0 "harbour\.rules:$line:[0-9]+: " deliver <"$T/b.eml"
out_empty
check_archive 2 2
run 0 '' query --count topic:quay.crane
out_is 2
same "rules in force" "$(count "entry WHERE type = 'rules'")" 1
# mended, the new rules are in force for the next message, and only for it
sed -i 's/keywrod = rail/keyword = squeaks/' "$T/harbour.rules"
letter "$T/c.eml" 3 Cranes 'A third gantry crane squeaks.'
run 0 '' deliver <"$T/c.eml"
run 0 '' query --count topic:quay.rail
out_is 1
same "rules in force" "$(count "entry WHERE type = 'rules'")" 2
end

# the one who looks at status or the digest next morning learns of it, with the place
begin "a broken rule file shows in status and digest"
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = %s\nrules = harbour.rules\n' "$A" >"$T/a.conf"
config=$T/a.conf
run 0 '' init
printf '\n[topic quay.rail]\ntitle = Rails\nkeywrod = rail\n' >>"$T/harbour.rules"
line=$(grep -n keywrod "$T/harbour.rules" | cut -d: -f1)
letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
run 0 "harbour\.rules:$line" deliver <"$T/a.eml"
alone status >"$out" 2>"$err"
shown="postbag status"
out_has "harbour\.rules:$line"
alone digest --daily=2019-02-13 >"$out" 2>"$err"
same "exit status of digest" $? 0
shown="postbag digest"
tr '\n' ' ' <"$out" | tr -s ' ' | grep -q "harbour\.rules:$line" || wrong "the digest does not name harbour.rules:$line"
end

# no archive, no answer but "try again"; and deliver never makes one
begin "a missing archive is 75"
letter "$T/a.eml" 1 Hello 'The first one.'
run 75 'archive' deliver --archive "$A" <"$T/a.eml"
out_empty
[ ! -e "$A" ] || wrong "deliver made the folder: $(ls -A "$A")"
mkdir "$A"
run 75 'init|mail\.db' deliver --archive "$A" <"$T/a.eml"
[ ! -e "$A/mail.db" ] || wrong "deliver made a mail.db"
end

# locked past the time limit: into the spool, answer 0; sweep takes it in, once, with its time of arrival
begin "a locked mail.db"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
mkfifo "$T/hold"
sqlite3 "$A/mail.db" <"$T/hold" >"$T/holder" 2>&1 &
holder=$!
helpers="$helpers $holder"
exec 9>"$T/hold"
printf 'PRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\nSELECT 42;\n' >&9
tries=0
until grep -q 42 "$T/holder" || [ $((tries += 1)) -gt 50 ]; do sleep 0.1; done
run 0 'spool' deliver --archive "$A" <"$T/a.eml"
out_empty
exec 9>&-
wait $holder
same "spooled" "$(spooled)" 1
same "deliveries" "$(deliveries)" 0
now=$((now + 600))
run 0 '*' sweep --archive "$A"
same "spooled after sweep" "$(spooled)" 0
check_archive 1 1
same "received" "$(sql mail.db "SELECT received FROM entry WHERE type = 'delivery'")" $((now - 600))
run 0 '*' sweep --archive "$A"
check_archive 1 1
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/a.eml"
now=$((now - 600))
end

# damaged, emptied, newer than the program, another program's: into the spool, answer 0, and the file is left for a person to look at
spools() { # what happened to mail.db
	letter "$T/b.eml" 2 Hello 'The second one.'
	sha256sum "$A/mail.db" >"$T/before"
	run 0 'spool' deliver --archive "$A" <"$T/b.eml"
	out_empty
	same "spooled" "$(spooled)" 1
	sha256sum "$A/mail.db" >"$T/after"
	cmp -s "$T/before" "$T/after" || wrong "mail.db was changed"
	find "$A/spool/new" -type f -exec cat {} + >"$T/spooled"
	cmp "$T/spooled" "$T/b.eml" >"$root/cmp" 2>&1 || wrong "spooled bytes: $(cat "$root/cmp")"
}
kept_archive() {
	run 0 '' init "$A"
	letter "$T/a.eml" 1 Hello 'The first one.'
	deliver "$T/a.eml"
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
}

begin "an emptied mail.db"
kept_archive
rm -f "$A"/mail.db-*
: >"$A/mail.db"
spools
end

begin "a damaged mail.db"
kept_archive
rm -f "$A"/mail.db-*
printf 'this was a database once, and then it was not one any more' | dd of="$A/mail.db" conv=notrunc 2>/dev/null
spools
end

begin "a mail.db damaged in the middle"
kept_archive
rm -f "$A"/mail.db-*
pages=$(sql mail.db 'PRAGMA page_count')
size=$(sql mail.db 'PRAGMA page_size')
perl -e 'print "\xa5" x ($ARGV[0] * $ARGV[1])' $((pages - 1)) "$size" | dd of="$A/mail.db" bs="$size" seek=1 conv=notrunc 2>/dev/null
rm -f "$A"/mail.db-*
spools
end

begin "a mail.db of a newer program"
kept_archive
sql mail.db 'PRAGMA user_version = 9999' >/dev/null
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
spools
err_has 'newer|version'
# taken back to its version, nothing is lost
rm -f "$A"/mail.db-*
version=$(sqlite3 "$T/other/mail.db" 'PRAGMA user_version' 2>/dev/null)
run 0 '' init "$T/other"
version=$(sqlite3 "$T/other/mail.db" 'PRAGMA user_version')
sql mail.db "PRAGMA user_version = $version" >/dev/null
run 0 '*' sweep --archive "$A"
check_archive 2 2
end

begin "another program's database"
kept_archive
sql mail.db 'PRAGMA application_id = 77' >/dev/null
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
spools
end

# the spool may be on another file system; its message counts like any other once it is swept
begin "spool = another folder"
run 0 '' init "$A"
printf '[archive]\nfolder = %s\nspool = away\n' "$A" >"$T/a.conf"
config=$T/a.conf
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$A/mail.db" "$T/mail.db"
rm -f "$A"/mail.db-*
: >"$A/mail.db"
letter "$T/a.eml" 1 Hello 'The first one.'
run 0 'away' deliver <"$T/a.eml"
[ "$(find "$T/away/new" -type f | wc -l)" -eq 1 ] || wrong "nothing in the configured spool"
[ ! -e "$A/spool" ] || wrong "the other spool was made as well"
cp "$T/mail.db" "$A/mail.db"
run 0 '*' sweep
config=
check_archive 1 1
end

# when the spool fails too, the only honest answer is "try again"
begin "no archive and no spool is 75"
kept_archive
rm -f "$A"/mail.db-*
: >"$A/mail.db"
: >"$A/spool"
letter "$T/b.eml" 2 Hello 'The second one.'
run 75 'spool' deliver --archive "$A" <"$T/b.eml"
err_lines 1
end

# a message of any size is kept, and this one is still read
begin "30 MB"
run 0 '' init "$A"
letter "$T/a.eml" 1 'A long one' 'It begins with a marmalade.'
perl -e '$line = "The harbour is deep and the ships are many, said the keeper of the light.\n"; print $line x (30 * 1024 * 1024 / length $line)' >>"$T/a.eml"
deliver "$T/a.eml"
check_archive 1 1
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/a.eml"
run 0 '' query --archive "$A" --count marmalade
out_is 1
end

# nothing is refused for being odd: not even nothing
begin "empty input"
run 0 '' init "$A"
: >"$T/empty"
deliver "$T/empty"
check_archive 1 1
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/empty"
run 0 '' digest --archive "$A" --daily=2019-02-13
end

# bytes that end a C string, in header and body, and bytes that are no text at all
begin "NUL bytes and noise"
run 0 '' init "$A"
printf 'From: a\0b@example.net\nSubject: one\0two\nMessage-ID: <x\0y@example.net>\n\nbefore\0after mandarin\n' >"$T/nul.eml"
deliver "$T/nul.eml"
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/nul.eml"
perl -e 'srand 7; print map { chr int rand 256 } 1 .. 50000' >"$T/noise.eml"
deliver "$T/noise.eml"
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/noise.eml"
check_archive 2 2
run 0 '' query --archive "$A"
end

# mail servers start a filter with signals ignored; that must change neither the answer nor the reader's limits
begin "ignored signals"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
(
	trap '' HUP INT QUIT USR1 USR2 PIPE ALRM TERM CHLD XFSZ XCPU
	deliver "$T/a.eml"
)
check_archive 1 1
end

# a file size limit ends in 75 or 0, never in a signal; what was answered is true
begin "a limit on file sizes"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
perl -e 'srand 3; print map { sprintf("%08x", rand 2**32) . ($_ % 8 ? " " : "\n") } 1 .. 40000' >>"$T/a.eml"
(
	ulimit -f 64
	alone deliver --archive "$A" <"$T/a.eml"
	echo $? >"$T/status"
) >"$T/limit.out" 2>&1
is_0_or_75 "$(cat "$T/status")" "deliver under ulimit -f"
kept=$(($(deliveries) + $(spooled)))
if [ "$(cat "$T/status")" = 0 ]; then same "kept" $kept 1; fi
deliver "$T/a.eml"
at_least "kept at last" "$(deliveries)" 1
same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
end

# with descriptors 0, 1, 2 closed the databases would get these numbers, and a word on stderr would be written into one
begin "closed descriptors"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
alone deliver -v --archive "$A" <"$T/a.eml" >&- 2>&-
same "exit status without 1 and 2" $? 0
alone deliver -v --archive "$A" <&- >"$out" 2>"$err"
same "exit status without 0: there is no message" $? 75
alone deliver -v --archive "$A" <&- >&- 2>&-
same "exit status without 0, 1, 2" $? 75
same "messages of that Message-ID" "$(sql index.db "SELECT count(*) FROM message WHERE message_id LIKE '%letter-1@%'")" 1
at_least "one message" 1 "$(sql index.db "SELECT count(*) FROM message WHERE size > 0")"
same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
same "index.db" "$(sql index.db 'PRAGMA integrity_check')" ok
letter "$T/b.eml" 2 Hello 'The second one.'
deliver "$T/b.eml"
end

# a mail server's environment: no HOME, no PATH, no TMPDIR, nothing
begin "an empty environment"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
shown="env -i postbag deliver"
watch 0 '' env -i ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} "$POSTBAG" deliver --archive "$A" <"$T/a.eml"
out_empty
check_archive 1 1
end

# one writing user's umask must not lock the others out
for mask in 077 022; do
	begin "umask $mask"
	run 0 '' init "$A"
	umask $mask
	letter "$T/a.eml" 1 Hello 'The first one.'
	deliver "$T/a.eml"
	rm -f "$A"/mail.db-*
	mv "$A/mail.db" "$T/mail.db"
	: >"$A/mail.db"
	letter "$T/b.eml" 2 Hello 'The second one.'
	run 0 'spool' deliver --archive "$A" <"$T/b.eml"
	umask 022
	files=$(find "$A" -type f | wc -l)
	at_least "files" "$files" 3
	find "$A" -type f ! -name mail.db ! -perm 660 -exec stat -c '%a %n' {} + >"$T/modes"
	find "$A" -type d ! -perm 2770 -exec stat -c '%a %n' {} + >>"$T/modes"
	[ ! -s "$T/modes" ] || wrong "modes: $(sed "s|$A/||" "$T/modes" | tr '\n' ';')"
	end
done

# the compiled rules beside the archive are a convenience: whatever is in that file, and whatever rules it was made of,
# a message is kept and filed by the rules in force, or, where the file cannot be told from a sound one, at least kept and no reader is lost
begin "a damaged rules.cache"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
letter "$T/first.eml" 1 Cranes 'The gantry crane squeaks.'
deliver "$T/first.eml"
if [ -s "$A/rules.cache" ]; then cp "$A/rules.cache" "$T/sound"; else head -c 20000 /dev/zero >"$T/sound"; fi
size=$(wc -c <"$T/sound")
n=1
for damage in gone empty one-byte half less-one more zeros noise folder link $(perl -e 'srand 11; print map { "flip" . int(rand $ARGV[0]) . " " } 1 .. 40' "$size"); do
	rm -rf "$A/rules.cache"
	case $damage in
	gone) ;;
	empty) : >"$A/rules.cache" ;;
	one-byte) printf x >"$A/rules.cache" ;;
	half) head -c $((size / 2)) "$T/sound" >"$A/rules.cache" ;;
	less-one) head -c $((size - 1)) "$T/sound" >"$A/rules.cache" ;;
	more) cat "$T/sound" "$T/sound" >"$A/rules.cache" ;;
	zeros) head -c "$size" /dev/zero >"$A/rules.cache" ;;
	noise) perl -e 'srand 3; print map { chr int rand 256 } 1 .. $ARGV[0]' "$size" >"$A/rules.cache" ;;
	folder) mkdir "$A/rules.cache" ;;
	link) ln -s /dev/zero "$A/rules.cache" ;;
	flip*) perl -0777 -pe 'BEGIN { $at = shift } substr($_, $at, 1) ^= "\x55"' "${damage#flip}" "$T/sound" >"$A/rules.cache" ;;
	esac
	n=$((n + 1))
	letter "$T/a.eml" $n "Cranes $n" "The gantry crane number $n squeaks."
	run 0 '*' deliver --archive "$A" <"$T/a.eml"
	out_empty
	same "$damage: unread" "$(sql index.db "SELECT group_concat(unread) FROM message")" ''
	same "$damage: filed" "$(sql index.db "SELECT count(*) FROM filing JOIN message USING (message) WHERE id = 'quay.crane' AND message_id LIKE '%letter-$n@%'")" 1
done
rm -rf "$A/rules.cache"
check_archive $n $n
at_least "kinds of damage" $n 50
end

# a copy from a backup has another time: the sum is made once, and not for each delivery
begin "a rules.cache with another time"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
letter "$T/first.eml" 1 Cranes 'The gantry crane squeaks.'
deliver "$T/first.eml"
if [ -s "$A/rules.cache" ]; then
	nanoseconds() { stat -c %.9Y "$A/rules.cache" | sed 's/.*\.//'; }
	first=$(nanoseconds)
	touch -d '2019-01-02 03:04:05' "$A/rules.cache"
	letter "$T/second.eml" 2 Cranes 'The gantry crane squeaks again.'
	deliver "$T/second.eml"
	same "nanoseconds of its time" "$(nanoseconds)" "$first"
	same "filed" "$(sql index.db "SELECT count(*) FROM filing WHERE id = 'quay.crane'")" 2
else
	wrong "there is no rules.cache"
fi
check_archive 2 2
end

# as the disk changes it: the time of modification is what it was, so no sum is made until the reader dies of it or talks nonsense. Then the message is read
# again at once, by the rules in force, and the file is made anew
begin "a rules.cache that the disk changed"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
letter "$T/first.eml" 1 Cranes 'The gantry crane squeaks.'
deliver "$T/first.eml"
if [ -s "$A/rules.cache" ]; then
	cp -p "$A/rules.cache" "$T/sound"
	size=$(wc -c <"$T/sound")
	n=1 again=0
	for at in 2000 2600 $((size / 8)) $((size / 4)) $((size / 2)) $((size * 3 / 4)); do
		n=$((n + 1))
		perl -0777 -pe 'BEGIN { $at = shift } substr($_, $at, 1 + (length($_) - $at) / 2) =~ tr/\0-\377/\377\0-\376/' "$at" "$T/sound" >"$A/rules.cache"
		touch -r "$T/sound" "$A/rules.cache"
		letter "$T/a.eml" $n "Cranes $n" "The gantry crane number $n squeaks."
		run 0 '*' deliver --archive "$A" <"$T/a.eml"
		if grep -q 'rules.cache was damaged' "$err"; then
			again=$((again + 1))
			cmp -s "$T/sound" "$A/rules.cache" || wrong "from $at on: the cache was not made anew"
			same "from $at on: filed" "$(sql index.db "SELECT count(*) FROM filing JOIN message USING (message) WHERE id = 'quay.crane' AND message_id LIKE '%letter-$n@%'")" 1
		fi
		same "from $at on: unread" "$(sql index.db "SELECT group_concat(unread) FROM message")" ''
	done
	at_least "read again" $again 1
	run 75 '--reader' deliver --reader $$ --archive "$A" <"$T/a.eml"
	# with the right number, too: a message is no order to a reader, and 71 would have it bounced
	for input in "$T/a.eml" /dev/null; do
		sh -c '"$0" deliver --reader $$ <"$1" 2>/dev/null; exit $?' "$POSTBAG" "$input"
		same "deliver --reader from a mail server" $? 75
	done
	check_archive $n $n
else
	wrong "there is no rules.cache to damage"
fi
end

# a cache of other rules, or of the same rules before they were changed, is not used
begin "a rules.cache of other rules"
harbour_rules "$T/harbour.rules"
sed 's/gantry crane/heron/' "$T/harbour.rules" >"$T/other.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
run 0 '' init "$T/other" --rules "$T/other.rules"
letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
deliver "$T/a.eml"
run 0 '' deliver --archive "$T/other" <"$T/a.eml"
if [ -e "$T/other/rules.cache" ]; then cp "$T/other/rules.cache" "$A/rules.cache"; fi
letter "$T/b.eml" 2 Cranes 'Another gantry crane squeaks.'
deliver "$T/b.eml"
run 0 '*' sweep --archive "$A" # on a busy machine the rules take longer than a delivery waits for its index
run 0 '' query --archive "$A" --count topic:quay.crane
out_is 2
printf '[archive]\nfolder = archive\nrules = other.rules\n' >"$T/a.conf"
config=$T/a.conf
letter "$T/c.eml" 3 Birds 'A third gantry crane, and a heron.'
run 0 '' deliver <"$T/c.eml"
letter "$T/d.eml" 4 Birds 'A fourth gantry crane.'
run 0 '' deliver <"$T/d.eml"
run 0 '*' sweep
run 0 '' explain --format json "$(letter_id 3)"
json_is 'map { $_->{words} } grep { $_->{for} eq "quay.crane" } @{$_->{evidence}}' heron
run 0 '' query --count 'subject:birds topic:quay.crane'
out_is 1
end

# eight or sixteen at once is an ordinary morning: every one is kept, once, and the files are whole
begin "sixteen at once"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
n=0
while [ $((n += 1)) -le 16 ]; do
	letter "$T/$n.eml" $n "Letter $n" "The gantry crane number $n squeaks."
	run_behind "$T/$n.status" deliver --archive "$A" <"$T/$n.eml"
done
wait
n=0
while [ $((n += 1)) -le 16 ]; do
	same "exit status of number $n ($(head -c 300 "$T/$n.status.err"))" "$(cat "$T/$n.status")" 0
	[ ! -s "$T/$n.status.out" ] || wrong "number $n printed something"
done
same "kept" $(($(deliveries) + $(spooled))) 16
run 0 '*' sweep --archive "$A"
check_archive 16 16
run 0 '' query --archive "$A" --count topic:quay.crane
out_is 16
end

# who may not write gets a plain error with the remedy, and 75; root leaves everything with the folder's owner
begin "users"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || ! setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$POSTBAG"; then
	skip "needs root, setpriv and a program that others may run"
else
	run 0 '' init "$A"
	letter "$T/a.eml" 1 Hello 'The first one.'
	shown="another user: postbag deliver"
	watch 75 'group|owner' setpriv --reuid=65534 --regid=65534 --clear-groups env -i POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" deliver --archive "$A" <"$T/a.eml"
	out_empty
	same "deliveries" "$(deliveries)" 0
	chown -R 65534:65534 "$A"
	chmod 755 "$T"
	rm -f "$A"/index.db*
	run 0 '*' rebuild --archive "$A"
	deliver "$T/a.eml"
	: >"$T/others"
	find "$A" ! -user 65534 >"$T/others"
	[ ! -s "$T/others" ] || wrong "not the owner's: $(tr '\n' ' ' <"$T/others")"
	at_least "files of the owner" "$(find "$A" -type f -user 65534 | wc -l)" 3
	check_archive 1 1
	harbour_rules "$T/harbour.rules"
	printf '[archive]\nfolder = archive\nrules = harbour.rules\n' >"$T/a.conf"
	config=$T/a.conf
	letter "$T/c.eml" 3 Hello 'The third one.'
	run 0 '' deliver <"$T/c.eml"
	config=
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/mail.db-*
	: >"$A/mail.db"
	letter "$T/b.eml" 2 Hello 'The second one.'
	run 0 'spool' deliver --archive "$A" <"$T/b.eml"
	find "$A" ! -user 65534 >"$T/others"
	[ ! -s "$T/others" ] || wrong "not the owner's: $(tr '\n' ' ' <"$T/others")"
	end
fi

# what the sender wrote never reaches the mail server's log or a bounce
begin "no mail text on stdout or stderr"
run 0 '' init "$A"
: >"$T/broken.rules"
printf '[archive]\nfolder = %s\nrules = broken.rules\n' "$A" >"$T/a.conf"
config=$T/a.conf
letter "$T/a.eml" 1 'Quagga subject' '5.1.1 zebrafinch'
run 0 'broken\.rules' deliver -v <"$T/a.eml"
out_empty
err_lacks 'Quagga|zebrafinch|letter-1|ada@'
! grep -v '^postbag: ' "$err" | grep -q '^[45]\.[0-9]' || wrong "a line that a mail server takes for a status"
end
