#!/bin/sh
# postbag rules eval: rules against what people decided.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 2

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
out_has '^topic +quay\.crane +precision 0\.50 recall 0\.50  1 right, 1 wrong, 1 missed$'
out_has '^topic +water\.silt +precision 1\.00 recall 1\.00  1 right, 0 wrong, 0 missed$'
out_has '^kind +spam +precision 0\.00 recall -     0 right, 1 wrong, 0 missed$'
out_has '^kind +input +precision 1\.00 recall 0\.75  3 right, 0 wrong, 1 missed$'
out_has '^4 messages that people decided on$'
end

# other rules are measured without coming into force, and machines read it
begin "files, JSON and CSV"
harbour_archive
decision 1 unfile quay.crane
sed -e '/^\[topic quay.crane\]/,/^reject/d' "$T/harbour.rules" >"$T/fewer.rules"
run 0 '' rules eval "$T/fewer.rules" --archive "$A"
out_lacks 'quay\.crane'
run 0 '' rules eval --archive "$A" --format json
json_is '$_->{id} eq "quay.crane" ? "$_->{right} $_->{wrong} $_->{missed}" : ()' '0 1 0'
run 0 '' rules eval --archive "$A" --format csv
out_has '^"topic","quay\.crane",0\.00,,0,1,0$'
end
