#!/bin/sh
# postbag rules diff: what other rules would move, before anything moves.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 5

changed_rules() {
	sed -e '/^\[topic quay.crane\]/,/^reject/d' -e 's/^likely = lifting gear/keyword = lifting gear/' "$T/harbour.rules" >"$T/fewer.rules"
	sed -e 's/^likely = lifting gear/keyword = lifting gear/' -e 's/^header = X-Spam-Flag: yes/header = X-Spam-Flag: never/' "$T/harbour.rules" >"$T/other.rules"
}

# a line for each message that would move, and the totals; nothing is written
begin "files against files, in text"
harbour_archive
changed_rules
before=$(sha256sum "$A/mail.db" "$A/index.db")
run 0 '' rules diff "$T/harbour.rules" "$T/other.rules" --archive "$A"
out_has "^$(letter_id 6)  quay:suggested>firm quay.crane:suggested>firm  Old gear$|^$(letter_id 6)  quay\.crane:suggested>firm quay:suggested>firm|^$(letter_id 6)  .*quay\.crane:suggested>firm"
out_has "^$(letter_id 9)  .*\+quay\.crane.* kind:spam>input  Cheap gantry crane$"
out_has '^12 messages, 2 would move$'
out_has '^topic +quay\.crane +-0 \+1, 1 firm or suggested otherwise$'
run 0 '' rules diff "$T/other.rules" "$T/other.rules" --archive "$A"
out_is '12 messages, 0 would move'
same "files" "$(sha256sum "$A/mail.db" "$A/index.db")" "$before"
end

# the rules in force and those configured have names
begin "kept and configured"
harbour_archive
changed_rules
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/fewer.rules" >"$T/conf"
config=$T/conf
run 0 '' rules diff kept configured
out_has "^$(letter_id 1)  -quay -quay\.crane  The cranes$"
out_has '^workstream quay +-2 \+0$'
run 0 '' rules diff configured kept
out_has "^$(letter_id 1)  \+quay \+quay\.crane  The cranes$"
run 0 '' rules diff kept kept
out_is '12 messages, 0 would move'
end

# machines read it too
begin "JSON and CSV"
harbour_archive
changed_rules
run 0 '' rules diff kept "$T/other.rules" --archive "$A" --format json
json_is 'join ",", map { "$_->{type}:" . ($_->{id} // "") . ":" . ($_->{from} // "-") . ":$_->{to}" } grep { $_->{type} =~ /topic|kind/ } @{$_->{changes} // []}' \
	'topic:quay.crane:suggested:firm topic:quay.crane:-:firm,kind::spam:input '
run 0 '' rules diff kept "$T/other.rules" --archive "$A" --format csv
out_has '^"?id"?,"?subject"?,"?type"?,"?target"?,"?from"?,"?to"?$'
out_has "^\"$(letter_id 9)\",\"Cheap gantry crane\",\"kind\",\"\",\"spam\",\"input\"$"
end

# broken rules are said, with file and line, before anything is compared
begin "usage and broken rules"
harbour_archive
printf '[taxonomy t]\n[topic a.b]\nkeyword =\n' >"$T/broken.rules"
run 64 'expected OLD and NEW' rules diff --archive "$A" kept
run 65 'broken\.rules:' rules diff --archive "$A" kept "$T/broken.rules"
run 64 'no rule files are configured' rules diff --archive "$A" kept configured
run 66 'none\.rules' rules diff --archive "$A" kept "$T/none.rules"
end

# whoever files a letter under a topic decides on the topic's workstream too: no rules move it, and only what moves is counted
begin "a topic decided on brings its workstream"
harbour_archive
run 0 '*' assign --archive "$A" --by kim "$(letter_id 2)" +quay.crane
sed -e "/^\[workstream quay\]/a\\" -e 'likely = Verschlickung' "$T/harbour.rules" >"$T/quay.rules"
run 0 '' rules diff kept "$T/quay.rules" --archive "$A"
out_lacks "^$(letter_id 2)  "
end
