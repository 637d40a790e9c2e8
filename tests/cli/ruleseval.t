#!/bin/sh
# postbag rules eval: rules against what people decided.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 5

# by hand, as a decision command would: what people say on a message
decision() { # NUMBER ACTION VALUE
	sql mail.db "INSERT INTO entry (type, at, link, content, source, action, value) SELECT 'decision', 1550000000, randomblob(16), content, 'kim', '$2', '$3' FROM content
		WHERE public_id = '$(letter_id "$1")'"
	run 0 '*' sweep --archive "$A"
}

# precision and recall come from decided messages alone, counted by hand here
begin "precision and recall"
harbour_archive
run 0 '' rules eval --archive "$A"
out_is '0 messages that people decided on'
decision 1 unfile quay.crane
decision 2 file quay.crane
decision 6 file quay.crane
decision 9 kind input
run 0 '' rules eval --archive "$A"
out_has '^topic +quay\.crane +precision 0\.50 recall 0\.50 F1 0\.50 firm 0\.00 0\.00  1 right, 1 wrong, 1 missed, 3 decided: few$'
out_has '^topic +water\.silt +precision 1\.00 recall 1\.00 F1 1\.00 firm 1\.00 1\.00  1 right, 0 wrong, 0 missed, 0 decided: few$'
out_has '^kind +spam +precision 0\.00 recall -    F1 0\.00 firm 0\.00 -     0 right, 1 wrong, 0 missed, 0 decided: few$'
out_has '^kind +input +precision 1\.00 recall 0\.75 F1 0\.86 firm 1\.00 0\.75  3 right, 0 wrong, 1 missed, 1 decided: few$'
out_has '^4 messages that people decided on$'
out_has '^fewer than 20 tell little'
end

# other rules are measured without coming into force, and machines read it
begin "files, JSON and CSV"
harbour_archive
decision 1 unfile quay.crane
sed -e '/^\[topic quay.crane\]/,/^reject/d' "$T/harbour.rules" >"$T/fewer.rules"
run 0 '' rules eval "$T/fewer.rules" --archive "$A"
out_lacks 'quay\.crane'
run 0 '' rules eval --archive "$A" --format json
json_is '$_->{id} eq "quay.crane" ? "$_->{right} $_->{wrong} $_->{missed} $_->{firm_wrong} $_->{decided}" : ()' '0 1 0 1 1'
run 0 '' rules eval --archive "$A" --format csv
out_has '^"topic","quay\.crane",0\.00,,0,1,0,0\.00,0\.00,,1$'
end

# what is only suggested counts in the first numbers and not in the firm ones
begin "firm filings by themselves"
harbour_archive
letter "$T/lift.eml" 21 'Lifts' 'The lifting gear of the pier squeaks.'
letter "$T/gear.eml" 22 'Gears' 'The lifting gear of my car squeaks.'
deliver "$T/lift.eml"
deliver "$T/gear.eml"
decision 1 note seen
decision 1 file quay.crane
decision 21 file quay.crane
decision 22 unfile quay.crane
run 0 '' rules eval --archive "$A"
out_has '^topic +quay\.crane +precision 0\.67 recall 1\.00 F1 0\.80 firm 1\.00 0\.50  2 right, 1 wrong, 0 missed, 3 decided: few$'
end

# a decision that was taken back is none
begin "what was taken back does not count"
harbour_archive
run 0 '*' assign --archive "$A" --by kim "$(letter_id 2)" +quay.crane
run 0 '' rules eval --archive "$A"
out_has '^1 message that people decided on$'
run 0 '*' undo --archive "$A" --by kim "$(letter_id 2)"
run 0 '' rules eval --archive "$A"
out_is '0 messages that people decided on'
end

# a topic that a person filed was decided on with its workstream
begin "a topic decided on brings its workstream"
harbour_archive
run 0 '*' assign --archive "$A" --by kim "$(letter_id 2)" +quay.crane
run 0 '' rules eval --archive "$A"
out_has '^topic +quay\.crane .* 1 missed, 1 decided: few$'
out_has '^workstream +quay .* 1 missed, 1 decided: few$'
end
