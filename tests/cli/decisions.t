#!/bin/sh
# What people decide: assign, hold, release, answered, reopen, note, undo, history. It wins over the rules and outlives them.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 18

morning=$now
# harbour: the archive of lib.sh, the morning after
harbour() {
	now=$morning
	harbour_archive
}
# filed NUMBER: what letter NUMBER is filed under, and by whom
filed() { sql index.db "SELECT group_concat(id || ' ' || tier || ' ' || by, ', ') FROM (SELECT * FROM filing JOIN message USING (message) WHERE public_id = '$(letter_id "$1")' AND type IN ('topic', 'workstream') ORDER BY id)"; }
state() { sql index.db "SELECT $2 FROM message WHERE public_id = '$(letter_id "$1")'"; }
decisions() { count "entry WHERE type = 'decision'"; }

# the way a wrong filing is mended: in, out and the kind in one command, on several messages, with who and why
begin "assign"
harbour
a=$(letter_id 1) b=$(letter_id 5)
run 0 '' assign --archive "$A" "$a" "$b" +water.silt -quay.crane kind:team --by 'Ada B' --note 'as agreed'
out_lines 2
out_has "^$(printf %.8s "$a")  The cranes: filed under water, water.silt; kind team$"
out_has "^$(printf %.8s "$b")  Thank you: filed under water, water.silt; kind team$"
same "decisions" "$(decisions)" 6
same "filing" "$(filed 1)" 'water firm person, water.silt firm person'
same "kind" "$(state 1 "kind || ' ' || kind_by || ' ' || kind_reason")" 'team person as agreed'
run 0 '' show --archive "$A" "$a"
out_has '^decided +2019-02-13 09:00 Ada B filed under water.silt: as agreed$'
out_has '^decided +2019-02-13 09:00 Ada B took out of quay.crane: as agreed$'
run 0 '' explain --archive "$A" "$a"
out_has '^by hand +filed under water.silt by Ada B on 2019-02-13: as agreed$'
run 0 '' show --archive "$A" --format json "$a"
json_is 'join ",", map { "$_->{who} $_->{action} $_->{value}" } @{$_->{decisions}}' 'Ada B file water.silt,Ada B unfile quay.crane,Ada B kind team'
# an item of a series, and a workstream alone
run 0 '' assign --archive "$A" "$b" +quay.point3 +quay
out_has 'filed under quay, water, water.silt, quay.point3; kind team'
run 0 '' -q assign --archive "$A" "$b" -quay
out_empty
same "filing" "$(filed 5)" 'water firm person, water.silt firm person'
run 0 '' check --archive "$A"
end

# a word that begins with - is a topic, an option only where it is one; nothing of a mistaken command is kept
begin "words and mistakes"
harbour
a=$(letter_id 1)
run 0 '' assign -quay.crane "$a" --note -x --archive "$A" --by=-y -q
out_empty
same "by and note" "$(sql mail.db "SELECT source || ' ' || note || ' ' || action FROM entry WHERE type = 'decision'")" '-y -x unfile'
run 0 '' assign --archive "$A" -- "$a" +quay.crane
same "decisions" "$(decisions)" 2
run 64 'no topic or workstream "quay.crne", did you mean "quay.crane"' assign --archive "$A" "$a" +quay.crne
run 64 'no topic or workstream "q"' assign --archive "$A" -- "$a" -q
run 64 'id of an intent' assign --archive "$A" "$a" +question
run 64 'no kind "spim", did you mean "spam"' assign --archive "$A" "$a" kind:spim
run 64 'both said' assign --archive "$A" "$a" +water -water
run 64 'both said' assign --archive "$A" "$a" kind:team kind:spam
run 64 'expected \+TOPIC' assign --archive "$A" "$a"
run 64 'expected a message id' assign --archive "$A" +water
run 64 'behind "\+"' assign --archive "$A" "$a" +
run 64 'unknown option|Unknown option' assign --archive "$A" "$a" +water --frobnicate
for command in hold note; do run 64 'expected --note' $command --archive "$A" "$a"; done
for command in hold release answered reopen note undo; do run 64 'expected a message id' $command --archive "$A" --note x; done
run 64 'the note is empty' note --archive "$A" "$a" --note '  '
run 64 'the name is empty' note --archive "$A" "$a" --note x --by ''
run 64 'one message id' history --archive "$A" "$a" "$a"
run 66 'yyyyyyyy' release --archive "$A" yyyyyyyy
same "decisions" "$(decisions)" 2
end

# several messages are one transaction: a wrong id among them, or nothing to take back from one, and none is changed
begin "all or none"
harbour
a=$(letter_id 1) b=$(letter_id 2)
run 66 'yyyyyyyy' assign --archive "$A" "$a" yyyyyyyy "$b" +water
same "decisions" "$(decisions)" 0
run 0 '' note --archive "$A" "$a" --note seen
run 66 "nothing is changed, because of $b: nothing was decided" undo --archive "$A" "$a" "$b"
same "decisions" "$(decisions)" 1
# named twice, it is one message
run 0 '' note --archive "$A" "$a" "$(printf %.6s "$a")" --note twice
same "decisions" "$(decisions)" 2
end

# what query prints is what assign reads
begin "ids from standard input"
harbour
run 0 '' query --archive "$A" --limit 0 dredging
cp "$out" "$T/ids"
[ "$(wc -l <"$T/ids")" -ge 1 ] || wrong "no message to file"
printf '\n   \n' >>"$T/ids"
run 0 '' assign --archive "$A" - +quay --note bulk <"$T/ids"
out_lines "$(grep -c . "$T/ids" | awk '{ print $1 - 1 }')"
same "filing" "$(filed 4)" 'quay firm person, water firm rules, water.silt firm rules'
run 64 'expected a message id' assign --archive "$A" - +quay </dev/null
run 64 '"\+quay\+water" is more than one topic; part them by a space' assign --archive "$A" "$(letter_id 1)" +quay+water
perl -e 'print "aaaa\n" x 10001' >"$T/many"
run 64 'at most 10000' assign --archive "$A" - +quay <"$T/many"
# a Message-ID names a message too
run 0 '' note --archive "$A" letter-2@example.net --note seen
same "message" "$(sql mail.db "SELECT public_id FROM entry JOIN content USING (content) WHERE action = 'note'")" "$(letter_id 2)"
end

# who: what is said, else the environment, else the login; words are one clean line and never cut unseen
begin "names and notes"
harbour
a=$(letter_id 1)
run 0 '' note --archive "$A" "$a" --note "$(printf 'two\nlines\033[31m \302\233and \342\200\256more')" --by "$(printf 'Z\303\251\007')"
run 0 '' history --archive "$A" "$a"
out_has 'two lines'
out_has "$(printf 'Z\303\251')"
same "control characters" "$(sql mail.db "SELECT count(*) FROM entry WHERE note GLOB char(42, 27, 42) OR source GLOB char(42, 7, 42) OR note GLOB char(42, 10, 42)")" 0
run 0 '' note --archive "$A" "$a" --note "$(printf 'bad \377 byte')"
run 0 '' show --archive "$A" "$a"
shown='note with POSTBAG_BY'
watch 0 '' env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" POSTBAG_BY='Bo of the desk' ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
	"$POSTBAG" note --archive "$A" "$a" --note x
run 0 '' note --archive "$A" "$a" --note x
same "who" "$(sql mail.db "SELECT source FROM entry WHERE note = 'x' ORDER BY seq" | tr '\n' '|')" "Bo of the desk|$(id -un)|"
run 0 '' note --archive "$A" "$a" --note "$(perl -e 'print "\303\251" x 2000')" --by "$(perl -e 'print "n" x 100')"
run 64 'the note has 2001 characters; expected at most 2000' note --archive "$A" "$a" --note "$(perl -e 'print "n" x 2001')"
run 64 'the name has 101 characters; expected at most 100' note --archive "$A" "$a" --note x --by "$(perl -e 'print "n" x 101')"
end

# a released message is read at last: in the digest of that day, with its gist, though it came another day
begin "hold and release"
harbour
h=$(letter_id 11) b=$(letter_id 5)
run 0 '' release --archive "$A" "$h" --by ada --note 'it is locked now'
out_has "^$(printf %.8s "$h")  released$"
out_has 'Careful please: filed under quay$'
before=$(decisions)
run 66 "nothing is changed, because of $h: it was not held" release --archive "$A" "$h"
run 66 'nothing is changed, because of .*: it was not answered' reopen --archive "$A" "$b"
same "decisions" "$(decisions)" "$before"
run 0 '' hold --archive "$A" "$b" --note 'names a person'
out_has 'held: names a person'
now=1550134800
run 0 '' digest --archive "$A"
out_has 'received 0|nothing received'
out_has '^Arrived late or changed'
out_has "^$(printf %.8s "$h")  Quin Quiet: Careful please"
out_has 'unlocked powder store'
out_has 'quay: received 2019-02-12'
out_has "ada released $h: it is locked now"
out_lacks 'Thank you for listening'
run 0 '' digest --archive "$A" --workstream quay
out_has 'unlocked powder store'
run 0 '' digest --archive "$A" --workstream water
out_lacks 'unlocked powder store'
run 0 '' digest --archive "$A" --format json
json_is 'join ",", map { $_->{id} } @{$_->{changed}}' "$h"
json_is 'join ",", map { "$_->{action} $_->{id}" } @{$_->{decisions}}' "release $h,hold $b"
run 0 '' query --archive "$A" --count is:held
out_is 1
# taken back, it is held again and the next digest says nothing of what is in it
run 0 '' undo --archive "$A" "$h" --by bo
out_has 'took back what ada decided, released'
out_has 'held: '
run 0 '' digest --archive "$A"
out_lacks 'powder store'
out_has "ada released $h: it is locked now \(undone by bo"
end

# filing by hand is told to those whose workstream it is now, with the gist; hundreds at once take one line
begin "the digest tells what changed"
harbour
run 0 '' assign --archive "$A" "$(letter_id 5)" +water --by ada
run 0 '' query --archive "$A" --limit 0
cp "$out" "$T/all"
run 0 '' assign --archive "$A" - +quay --by bo --note bulk <"$T/all"
now=1550134800
run 0 '' digest --archive "$A" --workstream water
out_has 'Zoe Sample: Thank you'
out_has 'ada filed .* under water$'
run 0 '' digest --archive "$A"
out_has 'bo filed 12 messages under quay: bulk'
same "lines about bo" "$(grep -c 'bo filed' "$out")" 1
run 0 '' digest --archive "$A" --format json
json_is 'scalar @{$_->{decisions}}' 13
end

# an answer by telephone, and one that was none
begin "answered and reopen"
harbour
q=$(letter_id 3)
same "answered by the team" "$(state 3 'answered IS NOT NULL')" 1
run 0 '' reopen --archive "$A" "$q" --note 'they asked again'
out_has "^$(printf %.8s "$q")  marked as not answered$"
same "reopened" "$(state 3 'answered IS NULL')" 1
run 0 '' query --archive "$A" --count is:unanswered
out_is 1
run 0 '' answered --archive "$A" "$q" --by ada --note 'by telephone'
out_has 'answered 2019-02-13 09:00'
run 0 '' query --archive "$A" --count is:unanswered
out_is 0
run 0 '' undo --archive "$A" "$q"
same "answered" "$(state 3 'answered IS NULL')" 1
run 0 '' undo --archive "$A" "$q"
same "answered by the team" "$(state 3 'answered IS NOT NULL')" 1
end

# step by step back to what the rules said
begin "undo"
harbour
a=$(letter_id 1)
dump_index "$T/before"
run 0 '' assign --archive "$A" "$a" +water -quay kind:spam --by ada
run 0 '' hold --archive "$A" "$a" --note why
for step in 'held' 'marked as spam' 'took out of quay' 'filed under water'; do
	run 0 '' undo --archive "$A" "$a" --by bo
	out_has "took back what [a-z]+ decided, $step\$"
done
run 66 'nothing was decided' undo --archive "$A" "$a"
dump_index "$T/after"
sed -i '/^decision|/d' "$T/after"
same_index "$T/before" "$T/after" "the index but for the decisions"
run 0 '' history --archive "$A" "$a"
out_lines 8
out_has 'ada filed .* under water \(undone by bo 2019-02-13 09:00\)$'
out_has 'bo took back on .*: filed under water$'
run 0 '' show --archive "$A" "$a"
out_has '^decided +.* ada marked as spam \(undone by bo'
run 0 '' explain --archive "$A" "$a"
out_lacks 'by hand'
out_has 'quay.crane, firm, by rules'
run 0 '' check --archive "$A"
end

# for people, programs and spreadsheets
begin "history"
harbour
run 0 'nobody decided' history --archive "$A"
out_empty
a=$(letter_id 1) b=$(letter_id 2)
run 0 '' assign --archive "$A" "$a" +water --by ada --note '=1+1'
run 0 '' undo --archive "$A" "$a" --by bo
run 0 '' note --archive "$A" "$b" --by cy --note 'two "quotes"'
run 0 '' history --archive "$A"
out_lines 3
run 0 '' history --archive "$A" --limit 1
out_has 'cy noted'
out_lines 1
run 0 '' history --archive "$A" "$a" --limit 1
out_has 'bo took back'
out_lines 1
run 0 '' history --archive "$A" --format json "$a"
json_is '"$_->{who} $_->{action} " . ($_->{undone} ? "undone by $_->{undone}{who}" : "") . ($_->{undoes} ? "of $_->{undoes}{action} $_->{undoes}{value}" : "")' \
	'ada file undone by bo bo undo of file water'
run 0 '' history --archive "$A" --format csv
out_lines 4
out_has "\"ada\",\"file\",\"water\",\"'=1\\+1\",\"2019-02-13T09:00:00Z\",\"bo\"\$"
out_has '"cy","note","","two ""quotes""","",""$'
run 66 'yyyyyyyy' history --archive "$A" yyyyyyyy
end

# rebuilding and a change of rules leave a person's word as it is; a topic of older rules is known still
begin "decisions win over rules"
harbour
run 0 '' assign --archive "$A" "$(letter_id 1)" -quay.crane +water.silt kind:announcement
run 0 '' release --archive "$A" "$(letter_id 11)"
run 0 '' assign --archive "$A" "$(letter_id 6)" -quay
run 0 '' undo --archive "$A" "$(letter_id 6)"
before="$(filed 1); $(filed 6); $(state 1 kind); $(state 11 'held IS NULL')"
run 0 '*' rebuild --archive "$A"
same "after a rebuild" "$(filed 1); $(filed 6); $(state 1 kind); $(state 11 'held IS NULL')" "$before"
sed -e 's/gantry crane/gantry crane; squeak/' -e '/^\[topic water.silt\]/,/^$/d' "$T/harbour.rules" >"$T/new.rules"
config=$T/postbag.conf
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/new.rules" >"$config"
run 0 '*' sweep
same "rules in force" "$(sql index.db "SELECT current FROM target WHERE id = 'water.silt'")" 0
same "under other rules" "$(filed 1); $(filed 6); $(state 1 kind); $(state 11 'held IS NULL')" "$before"
run 0 '' assign "$(letter_id 5)" +water.silt
same "an older topic" "$(filed 5)" 'water firm person, water.silt firm person'
dump_index "$T/before"
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "after a rebuild"
same "after a rebuild" "$(filed 1); $(filed 6); $(state 1 kind); $(state 11 'held IS NULL')" "$before"
run 0 '*' check
end

# what stands in the index about decisions is looked over like all else
begin "check"
harbour
run 0 '' assign --archive "$A" "$(letter_id 1)" kind:team
run 0 '' note --archive "$A" "$(letter_id 1)" --note x
run 0 '' undo --archive "$A" "$(letter_id 1)"
run 0 '' check --archive "$A"
for change in "overruled_state SET kind = 'spam'" "overruled_state SET held = 'x'" "decision SET undone = NULL" "decision SET undone = 3 WHERE action = 'kind'" "decision SET value = 'spam' WHERE action = 'kind'"; do
	sql index.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	cp "$A/index.db" "$T/index.db"
	sql index.db "UPDATE $change" >/dev/null
	run 65 'found' check --archive "$A"
	out_has "table ${change%% *}"
	sql index.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	cp "$T/index.db" "$A/index.db"
done
end

# a topic that stands in the rule file since a minute ago can be filed under at once
begin "new rules come into force with assign"
harbour
sed 's/^\[series/[topic quay.bell]\ntitle = The bell\nkeyword = fog bell\n\n[series/' "$T/harbour.rules" >"$T/new.rules"
config=$T/postbag.conf
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/new.rules" >"$config"
run 0 '' assign "$(letter_id 5)" +quay.bell
same "filing" "$(filed 5)" 'quay firm person, quay.bell firm person'
end

# two of the staff at once, while mail comes in: everything is kept, each once
begin "at the same time"
harbour
a=$(letter_id 1) b=$(letter_id 2)
for i in 1 2 3; do
	run_behind "$T/one$i" assign --archive "$A" "$a" "$b" +water --by ada --note "one $i"
	run_behind "$T/two$i" assign --archive "$A" "$b" "$a" -water --by bo --note "two $i"
	letter "$T/new$i.eml" 2$i "New $i" 'The dredging goes on.'
	run_behind "$T/mail$i" deliver --archive "$A" <"$T/new$i.eml"
done
wait
for i in 1 2 3; do
	for who in one two mail; do same "$who $i: $(cat "$T/$who$i.err")" "$(cat "$T/$who$i")" 0; done
done
same "decisions" "$(decisions)" 12
# both messages of one command stand together
same "pairs" "$(sql mail.db "SELECT count(*) FROM entry AS e JOIN entry AS f ON f.seq = e.seq + 1 AND f.note = e.note AND f.content <> e.content WHERE e.type = 'decision'")" 6
run 0 '*' sweep --archive "$A"
check_archive 15 15
last=$(sql mail.db "SELECT CASE action WHEN 'file' THEN 1 ELSE 0 END FROM entry WHERE type = 'decision' ORDER BY seq DESC LIMIT 1")
same "the last word" "$(sql index.db "SELECT count(*) FROM filing JOIN message USING (message) WHERE public_id = '$a' AND id = 'water'")" "$last"
run 0 '' check --archive "$A"
end

# hold_lock FILE: takes the lock until $T/free is there
hold_lock() {
	rm -f "$T/locked" "$T/free"
	perl -MFcntl=:flock -e '
		open my $lock, ">>", "$ARGV[0]/$ARGV[2]" or die;
		flock $lock, LOCK_EX or die;
		open my $file, ">", "$ARGV[1]/locked"; close $file;
		for (1 .. 2400) { last if -e "$ARGV[1]/free"; select undef, undef, undef, 0.05 }
	' "$A" "$T" "$1" &
	holder=$!
	helpers="$helpers $holder"
	for _try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -e "$T/locked" ] || sleep 0.2; done
}
let_go() {
	: >"$T/free"
	wait "$holder"
}

# an index that others write for long: what was decided is kept and said to be, and sweep does the rest
begin "a busy index"
harbour
hold_lock lock.index
run 0 'kept, but not in the index yet.*postbag sweep' hold --archive "$A" "$(letter_id 5)" --note why
out_empty
let_go
same "held" "$(state 5 held)" ''
run 0 '*' sweep --archive "$A"
same "held" "$(state 5 held)" why
end

# a busy archive: try again, and nothing is changed
begin "a locked archive"
harbour
id=$(letter_id 5)
hold_lock lock.mail
run 75 'lock.mail was busy .*try again' hold --archive "$A" "$id" --note why
let_go
same "decisions" "$(decisions)" 0
end

# who may only read is told what would help
begin "no right to write"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$POSTBAG"; then
	harbour
	chmod 755 "$A" "$T" && chmod 644 "$A"/*.db* "$A"/lock*
	shown='hold as nobody'
	watch 77 "archive's owner, or join its group" setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH="$PATH" HOME="$T/home" TMPDIR=/tmp POSTBAG_NOW="$now" \
		POSTBAG_CONFIG="$root/none.conf" ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} "$POSTBAG" hold --archive "$A" "$(letter_id 5)" --note why
	same "decisions" "$(decisions)" 0
	end
else
	skip "needs root, setpriv and a program that others may run"
fi

# without an archive, or of another's making
begin "no archive"
run 66 'postbag init' hold --archive "$A" aaaa --note x
run 64 '\-\-archive' hold aaaa --note x
end
