#!/bin/sh
# Learned boilerplate: what stands below every letter of an office is no comment, and is shown as what it is.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 5

NOTICE='The Survey Office answers for nothing but the dredging of its own ditch, and its letters bind nobody before they are sealed.'

# office NUMBER AUTHOR DATE MATTER: a letter with the office's notice below it
office() {
	letter "$T/$1.eml" "$1" "On matter $1" "$4

$NOTICE" "From: $2" "Date: $3"
	deliver "$T/$1.eml"
}

office_archive() {
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	office 31 'Bo Lund <bo@survey.example.org>' 'Mon, 3 Dec 2018 08:00:00 +0000' 'Herons nest upon the northern mole; leave them alone until May.'
	office 32 'Cy Dahl <cy@survey.example.org>' 'Fri, 14 Dec 2018 08:00:00 +0000' 'Whoever painted our beacon green ought to repaint it without delay.'
	office 33 'Bo Lund <bo@survey.example.org>' 'Tue, 8 Jan 2019 08:00:00 +0000' 'Ferries arrive earlier than announced, which surprises passengers daily.'
}

# three letters may share a sentence, and it is said what is missing; with the fourth it is the office's, and what was filed for it alone is filed no more
begin "learned with the fourth letter"
office_archive
run 0 '' query --archive "$A" topic:water.silt
out_lines 3
run 0 '' rules boilerplate --archive "$A"
out_has '^no boilerplate was learned: that needs .* four letters from one domain, by two writers'
office 34 'Cy Dahl <cy@survey.example.org>' 'Mon, 4 Feb 2019 08:00:00 +0000' 'About cranes: gantry crane number five lost its hook on Sunday night.'
run 0 '*' query --archive "$A" topic:water.silt
out_empty
run 0 '' query --archive "$A" topic:quay.crane
out_lines 1
run 0 '' rules boilerplate --archive "$A"
out_has '^[a-z2-7]{16}  stands in 4 letters of survey\.example\.org$'
out_has 'dredging of its own ditch'
run 0 '' rules boilerplate --archive "$A" --format json
json_is '$_->[0]{letters}' 4
run 0 '' rules boilerplate --archive "$A" --format csv
out_lines 2
run 0 '' status --archive "$A"
out_has '^boilerplate 1 paragraph learned'
end

# show marks it, explain says why its words do not count
begin "shown and explained"
office_archive
office 34 'Cy Dahl <cy@survey.example.org>' 'Mon, 4 Feb 2019 08:00:00 +0000' 'About cranes: gantry crane number five lost its hook on Sunday night.'
run 0 '' show --archive "$A" "$(letter_id 31)"
out_has '^\[boilerplate, stands in 4 letters of survey\.example\.org\]$'
run 0 '' explain --archive "$A" "$(letter_id 31)"
out_has 'water\.silt: keyword "dredging".*not counted: boilerplate, stands in 4 letters of survey\.example\.org'
run 0 '' explain --archive "$A" "$(letter_id 34)"
out_has 'quay\.crane: keyword "gantry crane" \(harbour\.rules:[0-9]+\)$'
run 0 '' show --archive "$A" "$(letter_id 31)" --format json
json_is '$_->{boilerplate}[0]{letters}' 4
end

# a person's filing stays; rules asked again move nothing; check and rebuild come to the same
begin "decisions, rules and rebuilding"
office_archive
run 0 '*' assign --archive "$A" "$(letter_id 32)" +water.silt
office 34 'Cy Dahl <cy@survey.example.org>' 'Mon, 4 Feb 2019 08:00:00 +0000' 'About cranes: gantry crane number five lost its hook on Sunday night.'
run 0 '' query --archive "$A" topic:water.silt
out_lines 1
run 0 '*' rules diff kept "$T/harbour.rules" --archive "$A"
out_lacks 'water\.silt'
run 0 '*' check --archive "$A"
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild --archive "$A"
dump_index "$T/after"
same_index "$T/before" "$T/after" "rebuilt"
grep -q '^boilerplate|' "$T/after" || wrong "nothing learned in the rebuilt index"
printf '\n[archive]\nrules = %s\n' "$T/harbour.rules" >"$T/conf"
run 0 '*' reclassify --archive "$A" --config "$T/conf"
dump_index "$T/again"
same_index "$T/before" "$T/again" "reclassified"
end

# what check compares, it compares here too
begin "a row that was tampered with is found"
office_archive
office 34 'Cy Dahl <cy@survey.example.org>' 'Mon, 4 Feb 2019 08:00:00 +0000' 'About cranes: gantry crane number five lost its hook on Sunday night.'
sql index.db 'DELETE FROM boilerplate' >/dev/null
run 65 '*' check --archive "$A"
out_has 'table boilerplate'
end

# a campaign's letters share their last paragraph, and each counts
begin "a campaign is heard"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
_n=40
for _who in ann@a.example.org bea@b.example.org cat@c.example.org dan@a.example.org eva@b.example.org; do
	letter "$T/$_n.eml" "$_n" "The fifth basin" "I am $_who and have lived beside basin $_n since I was born there.

We ask the harbour to begin with the dredging of the fifth basin before the winter comes." "From: $_who" "Date: Tue, 12 Feb 2019 08:00:$_n +0000"
	deliver "$T/$_n.eml"
	_n=$((_n + 1))
done
run 0 '' query --archive "$A" topic:water.silt
out_lines 5
run 0 '' rules boilerplate --archive "$A"
out_has '^no boilerplate was learned: that needs .* four letters from one domain, by two writers'
end
