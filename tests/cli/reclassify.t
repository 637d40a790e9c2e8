#!/bin/sh
# postbag reclassify: the rules of now, applied to what came before them, from stored text.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 15

# other_rules: the harbour's, where a crane is a matter of the water, and a thank you one of its own.
other_rules() {
	sed -e '/^\[topic quay.crane\]/,/^reject/d' -e 's/^keyword = dredging; silting up/keyword = dredging; gantry crane/' "$T/harbour.rules" >"$T/other.rules"
	printf '\n[topic water.thanks]\ntitle = Thanks\nkeyword = thank you for listening\n' >>"$T/other.rules"
}
# configure FILE: the rule file of the configuration
configure() {
	printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$1" >"$T/conf"
	config=$T/conf
}
# by hand, as a decision command would: what people say on a message
decision() { # NUMBER ACTION VALUE
	sql mail.db "INSERT INTO entry (type, at, link, content, source, action, value) SELECT 'decision', 1550000000, randomblob(16), content, 'kim', '$2', '$3' FROM content
		WHERE public_id = '$(letter_id "$1")'"
	run 0 '*' sweep
}
topics() { sql index.db "SELECT group_concat(id || ' ' || tier || ' ' || by, ', ') FROM (SELECT * FROM filing JOIN message USING (message) WHERE type = 'topic' AND message_id LIKE '%letter-$1@%' ORDER BY id)"; }

# a changed rule file files what is new; what came before waits for this command
begin "old mail moves, by the rules of now, and a rebuild says the same"
harbour_archive
other_rules
configure "$T/other.rules"
run 0 '*' sweep
same "before" "$(topics 1)" 'quay.crane firm rules'
run 0 '*' reclassify --dry-run
out_has "^$(letter_id 1)  -quay \+water -quay\.crane \+water\.silt  The cranes$"
out_has "^$(letter_id 5)  \+water \+water\.thanks  Thank you$"
out_has 'topic +quay\.crane +-[12] \+0'
same "nothing is written by a dry run" "$(topics 1)" 'quay.crane firm rules'
run 0 '*' reclassify
out_has '^topic +water\.thanks +0 -> +1$'
out_has '^12 messages, [3-6] moved, ruleset '
same "after" "$(topics 1)" 'water.silt firm rules'
same "after, another" "$(topics 5)" 'water.thanks firm rules'
same "rules that filed it" "$(sql index.db 'SELECT count(DISTINCT rules) FROM message')" 1
run 0 '*' check
out_has 'is whole: 12 messages'
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "reclassified against rebuilt"
end

# a second time there is nothing to do, and nothing is entered
begin "twice is once"
harbour_archive
other_rules
configure "$T/other.rules"
run 0 '*' reclassify
entries=$(count entry)
run 0 'all 12 messages are filed by the rules in force' reclassify
same "entries" "$(count entry)" "$entries"
# a mistake in the rule file is not taken for nothing to do
cp "$T/other.rules" "$T/right.rules"
printf '\n[topic water.thanks]\ntitle = Twice\n' >>"$T/other.rules"
run 65 'other\.rules:[0-9]+:[0-9]+: ' reclassify
out_empty
mv "$T/right.rules" "$T/other.rules"
same "entries" "$(count entry)" "$entries"
run 0 '*' reclassify --dry-run
out_has '^12 messages, 0 would move$'
end

# a mapping files where none of the topic's words stand, and names the topic's line
begin "a mapped topic moves to another place"
harbour_archive
printf '[taxonomy next]\ntitle = Next\nsince = 2019-03-01\nfollows = harbour-2018\n\n[workstream n]\ntitle = N\n\n[topic n.walls]\nkeyword = quay wall; heron\nmaps = water.pier\n' >"$T/next.rules"
printf '\n[topic water.weed]\ntitle = Weed\nkeyword = bladderwrack\n\n[topic water.pier]\ntitle = Pier\nkeyword = landing stage\n' >"$T/tail"
cat "$T/harbour.rules" "$T/tail" >"$T/other.rules"
configure "$T/other.rules"
printf 'rules = %s\n' "$T/next.rules" >>"$T/conf"
run 0 '*' reclassify
same "mapped" "$(topics 11)" 'n.walls firm rules, water.pier suggested rules'
printf '\n[topic water.pier]\ntitle = Pier\nkeyword = landing stage\n\n[topic water.weed]\ntitle = Weed\nkeyword = bladderwrack\n' >"$T/tail"
cat "$T/harbour.rules" "$T/tail" >"$T/other.rules"
cp -R "$A" "$T/copy"
run 0 '*' reclassify
dump_index "$T/before"
rm -rf "$A"
mv "$T/copy" "$A"
run 0 '*' reclassify --whole
dump_index "$T/after"
same_index "$T/before" "$T/after" "mapped and moved"
end

# of a message that was redacted as a whole nothing is left that rules could file, not even by what it has not
begin "redacted messages stay as they are"
harbour_archive
cp "$T/harbour.rules" "$T/other.rules"
printf '\n[intent bare]\ntitle = Bare\nattachment = no\nwords < 90\n' >>"$T/other.rules"
configure "$T/harbour.rules"
run 0 '*' redact --note 'not for us' --all "$(letter_id 5)"
row() { sql index.db "SELECT kind, kind_reason, (SELECT count(*) FROM filing AS f WHERE f.message = m.message) FROM message AS m WHERE redacted = 'whole'"; }
before=$(row)
configure "$T/other.rules"
run 0 '*' reclassify --dry-run
out_has '\+bare'
out_lacks "^$(sql index.db "SELECT public_id FROM message WHERE redacted = 'whole'")"
run 0 '*' reclassify --whole
same "redacted" "$(row)" "$before"
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "with a redacted message"
end

# people's decisions win, whatever the rules say before and after
begin "decisions stay"
harbour_archive
other_rules
configure "$T/harbour.rules"
decision 1 unfile quay.crane
decision 2 file quay.crane
decision 3 kind team
configure "$T/other.rules"
run 0 '*' reclassify --dry-run
out_lacks "^$(letter_id 1)  .*quay\.crane"
run 0 '*' reclassify
same "unfiled" "$(topics 1)" 'water.silt firm rules'
same "filed" "$(topics 2)" 'quay.crane firm person, water.silt firm rules'
same "kind" "$(sql index.db "SELECT kind || kind_by FROM message WHERE public_id = '$(letter_id 3)'")" teamperson
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "with decisions"
end

# by rules on header fields and the other way about: fields are stored, so kinds change as they would have
begin "kinds by header fields come and go"
harbour_archive
sed '/^\[kind spam\]/,/^header/d' "$T/harbour.rules" >"$T/lenient.rules"
configure "$T/lenient.rules"
run 0 '*' reclassify
same "no spam" "$(sql index.db "SELECT kind FROM message WHERE public_id = '$(letter_id 9)'")" input
same "filed" "$(topics 9)" 'quay.crane firm rules'
same "an automatic answer is one by its own header" "$(sql index.db "SELECT kind FROM message WHERE public_id = '$(letter_id 8)'")" auto
configure "$T/harbour.rules"
run 0 '*' reclassify
same "spam again" "$(sql index.db "SELECT kind FROM message WHERE public_id = '$(letter_id 9)'")" spam
same "filed nowhere" "$(topics 9)" ''
run 0 '*' check
end

# what could not be read stays unread, and read later it is filed by the rules that were applied to it
begin "unread messages stay unread"
harbour_archive
other_rules
sql index.db "DELETE FROM passages WHERE message = 1; DELETE FROM filing WHERE message = 1; DELETE FROM evidence WHERE message = 1; DELETE FROM addressed WHERE message = 1;
	DELETE FROM part WHERE message = 1; DELETE FROM thread_topic WHERE message = 1; UPDATE message SET unread = 'the reader died', words = 0 WHERE message = 1" >"$T/sql"
configure "$T/other.rules"
run 0 '*' reclassify
same "unread" "$(sql index.db "SELECT unread FROM message WHERE message = 1")" 'the reader died'
run 0 '*' rebuild --unread
same "read" "$(sql index.db "SELECT coalesce(unread, 'read') FROM message WHERE message = 1")" read
same "filed" "$(topics 1)" 'water.silt firm rules'
end

# killed on its way, it is taken up where it was, by itself, by sweep or by a rebuild
begin "killed, and taken up"
harbour_archive
other_rules
configure "$T/harbour.rules"
n=0
while [ $n -lt 60 ]; do
	n=$((n + 1))
	letter "$T/more-$n.eml" $((n % 50)) "More of the crane $n" "The gantry crane number $n."
done
run 0 '*' import "$T"/more-*.eml
run 0 '*' sweep
configure "$T/other.rules"
run_behind "$T/status" reclassify
sleep 0.05
kill -9 "$helper" 2>/dev/null
wait "$helper" 2>/dev/null
run 0 '*' reclassify
run 0 '*' sweep
same "all have the rules of now" "$(sql index.db 'SELECT count(DISTINCT rules) FROM message')" 1
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "killed and taken up"
run 0 '*' check
end

# half done, as a kill leaves it: a delivery keeps its message and leaves the rest; sweep ends the work
begin "half done: deliveries keep, check waits, sweep ends it"
harbour_archive
other_rules
configure "$T/other.rules"
run 0 '*' sweep
sqlite3 "$A/index.db" '.backup '"$T/index.db"
run 0 '*' reclassify
rm -f "$A"/index.db* && cp "$T/index.db" "$A/index.db" && chmod 660 "$A/index.db"
sql index.db "UPDATE follow SET refiled = 4"
letter "$T/new.eml" 40 'One more' 'The gantry crane of the other quay.'
deliver "$T/new.eml"
same "kept" "$(contents)" 13
same "not indexed yet" "$(sql index.db 'SELECT count(*) FROM message')" 12
run 0 '*' check
out_has 'a reclassification is under way'
run 0 '*' sweep
same "indexed" "$(sql index.db 'SELECT count(*) FROM message')" 13
same "not those that were done" "$(topics 1)" 'quay.crane firm rules'
same "the others" "$(topics 5)" 'water.thanks firm rules'
end

# a pattern that takes too long costs a message that rule alone, and somebody hears of it
begin "a slow pattern is named by status"
harbour_archive
run 0 '' status --archive "$A"
out_lacks '^limits'
{
	cat "$T/harbour.rules"
	printf '\n[topic water.slow]\npattern = /(x+)+$/\n'
} >"$T/slow.rules"
line=$(wc -l <"$T/slow.rules" | tr -d ' ')
letter "$T/slow.eml" 30 'Slow' 'A gantry crane, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx a'
deliver "$T/slow.eml"
configure "$T/slow.rules"
run 0 '*' reclassify
same "still filed by the others" "$(topics 30)" 'quay.crane firm rules'
run 0 '*' status
out_has "^limits     slow\.rules:$line met a limit on 1 message\$"
run 0 '*' status --format json
json_is '$_->{limited}[0]{rule}' "slow.rules:$line"
configure "$T/harbour.rules"
run 0 '*' reclassify
run 0 '' status
out_lacks '^limits'
end

# only messages that changed words touch are asked again: what comes out is what a rebuild makes, lines and reasons of kinds too
begin "lines move, words come: as a rebuild says"
harbour_archive
configure "$T/harbour.rules"
decision 1 unfile quay.crane
decision 3 kind team
{ printf '# one line more\n' && cat "$T/harbour.rules"; } >"$T/moved.rules"
cp "$T/moved.rules" "$T/harbour.rules"
run 0 '*' reclassify
out_has '^12 messages, 0 moved, ruleset '
line=$(grep -n 'keyword = gantry crane' "$T/harbour.rules" | cut -d : -f 1)
same "the line of now" "$(sql index.db "SELECT DISTINCT line FROM proof WHERE rule = 'gantry crane'")" "$line"
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "lines moved"
sed 's/^keyword = dredging; silting up/keyword = dredging; silting up; thank you for listening/' "$T/moved.rules" >"$T/harbour.rules"
run 0 '*' reclassify
out_has '^12 messages, 1 moved, ruleset '
same "filed" "$(topics 5)" 'water.silt firm rules'
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild
dump_index "$T/after"
same_index "$T/before" "$T/after" "a word came"
end

# the other way to the same: every message asked
begin "all asked again is the same"
harbour_archive
sed 's/^keyword = dredging; silting up/keyword = dredging; thank you for listening/' "$T/harbour.rules" >"$T/thanks.rules"
configure "$T/thanks.rules"
run 0 '*' sweep
sqlite3 "$A/index.db" '.backup '"$T/index.db"
run 0 '*' reclassify
dump_index "$T/touched"
# the index as it was: the entry of mail.db is followed again
rm -f "$A"/index.db* && cp "$T/index.db" "$A/index.db" && chmod 660 "$A/index.db"
run 0 '*' reclassify --whole
dump_index "$T/whole"
same_index "$T/touched" "$T/whole" "touched alone against all"
same "filed" "$(topics 5)" 'water.silt firm rules'
end

# what is stored of a message can be damaged: it stays as it was and says so, and the others are done
begin "a message whose stored text is damaged is left as it is"
harbour_archive
other_rules
configure "$T/other.rules"
sql index.db "UPDATE passages SET passages = x'00ff' WHERE message = (SELECT message FROM message WHERE message_id LIKE '%letter-1@%')"
run 0 '*' reclassify
same "as it was" "$(topics 1)" 'quay.crane firm rules'
same "said so" "$(sql index.db "SELECT remarks FROM message WHERE message_id LIKE '%letter-1@%'")" \
	'rules not asked again: what the index stores of it is damaged'
same "the others" "$(topics 5)" 'water.thanks firm rules'
end

# what it refuses
begin "usage"
run 0 '' init "$A"
run 64 'unexpected argument' reclassify --archive "$A" topic:a
run 64 'format is for --dry-run' reclassify --archive "$A" --format json
run 78 'no rules are in force' reclassify --archive "$A"
end

# a topic that a person filed stays, with its workstream, whatever the rules say of either; and only what moves is counted
begin "what was decided on does not move"
harbour_archive
run 0 '*' assign --archive "$A" --by kim "$(letter_id 2)" +quay.crane
sed -e '/^\[workstream quay\]/a\' -e 'likely = Verschlickung' "$T/harbour.rules" >"$T/quay.rules"
configure "$T/quay.rules"
run 0 '*' sweep
run 0 '*' reclassify --dry-run
out_has '^12 messages, 0 would move$'
run 0 '*' reclassify
out_has '^12 messages, 0 moved, ruleset '
same "topics" "$(topics 2)" 'quay.crane firm person, water.silt firm rules'
sed -e '/^\[topic quay.crane\]/a\' -e 'likely = rusty quay' -e 's/^keyword.de = Verschlickung//' "$T/harbour.rules" >"$T/silt.rules"
configure "$T/silt.rules"
run 0 '*' reclassify
out_has '^12 messages, 1 moved, ruleset '
same "topics then" "$(topics 2)" 'quay.crane firm person'
end
