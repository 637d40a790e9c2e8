#!/bin/sh
# The comment tables of a staff report: who wrote, on what, in which words, with keys that staff can rely on; every letter is in them or told to be left out.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 14

# comments_archive: the harbour's letters, with a document that has sections, and letters that show each case
comments_archive() {
	harbour_rules "$T/harbour.rules"
	cat >>"$T/harbour.rules" <<'RULES'

[group TUGS]
title = Tug Masters Union
keyword = Tug Masters Union

[document plan]
title = Plan for the harbour
published = 2019-01-15
section = 3 Quays
section = 3.1 Cranes
section = 3.2 Lights
section = 4 The water

[milestone closing]
title = End of the comment period
planned = 2019-02-11..2019-02-12
RULES
	harbour_letters "$T/letters"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	_then=$now
	now=1549972800
	for _letter in "$T"/letters/*.eml; do deliver "$_letter"; done
	letter "$T/20.eml" 20 'On the plan' 'Dear all,

Section 3.1 says too little. The gantry cranes need a second brake, and section 4.2 forgets the fish.

> The gantry cranes are fine.

We thank you.' 'From: Jane Doe <jane@example.com>' 'Organization: Ropes and Sons'
	letter "$T/21.eml" 21 'A word' 'As section 9 of the Harbour Act says, the gantry crane belongs to all.' 'From: Jane Doe <doe@example.net>'
	letter "$T/22.eml" 22 'Statement' 'On behalf of the Tug Masters Union we ask for more dredging.' 'From: Tom Tug <tom@example.com>'
	letter "$T/23.eml" 23 'Statement' 'On behalf of the Tug Masters Union we add: dredging by night.' 'From: Tina Tug <tina@example.com>'
	for _n in 24 25 26; do
		letter "$T/$_n.eml" $_n 'Keep the crane' "The gantry cranes of our town are the last of their kind, and we ask you to keep every one of them where it stands today. They have lifted our
bread, our coal and our bells for a hundred years." "From: Signer Number$_n <s$_n@example.com>"
	done
	for _n in 20 21 22 23 24 25 26; do deliver "$T/$_n.eml"; done
	now=1550045000 # 13 February 2019
	letter "$T/27.eml" 27 'Too late' 'Section 4: please begin with the dredging soon.' 'From: Late Bird <late@example.com>' 'Date: Wed, 13 Feb 2019 08:00:00 +0000'
	deliver "$T/27.eml"
	now=$_then
}
report() { run 0 '' report comments --archive "$A" "$@"; }
# keys ID...: the keys of a letter, by place
keys() { report --format json; json 'map { my $w = $_; map { my $p = $_; map { ($p->{topic} || $w->{workstream} || "none") . $_->{key} } grep { $_->{ids}[0] eq "'"$(letter_id "$1")"'" } @{$p->{comments}} } @{$w->{places}} } @{$_->{workstreams}}' | sort | tr '\n' ' '; }
# csv TABLE [ARGUMENT...]: the table in $out, with plain line ends once they have been looked at
csv() {
	_table=$1
	shift
	alone report comments --archive "$A" --format csv --table "$_table" "$@" >"$T/csv" 2>"$err"
	same "csv $_table: exit status" $? 0
	same "csv $_table: lines" "$(tr -cd '\r' <"$T/csv" | wc -c)" "$(wc -l <"$T/csv")"
	sed 's/\r$//' "$T/csv" >"$out"
}
comment() { run 0 '*' comment --archive "$A" "$@"; }

# a report that does not say what became of each letter is not to be relied on
begin "every letter is in the tables or told to be left out"
comments_archive
report
out_has '^20 received; in these tables 16 letters, 14 unique of 8 contributors$'
out_has "^ +1  of the team or staff\$"
out_has '^ +1  automatic replies$'
out_has '^ +1  spam$'
out_has '^ +1  held$'
out_lacks 'zebrafinch|Quin'
report --format json
same "received" "$(json '$_->{counts}{received}')" 20
same "sum" "$(json 'my $n = $_->{counts}{letters}; $n += $_->{letters} for @{$_->{counts}{left_out}}; $n')" 20
same "contributors' letters" "$(json 'my $n = 0; $n += $_->{letters} for @{$_->{contributors}}; $n')" 16
same "difference" "$(json '$_->{counts}{difference}')" 0
end

# two of a name may be two people; only staff can know
begin "contributors: bodies, people of one name, campaigns"
comments_archive
report
out_has '^  Tug Masters Union\* +Tom Tug, Tina Tug +TUGS +2$'
out_has '^  Guild of Pilots\* +Pat Pilot +PILOTS +1$'
out_has '^  Jane Doe +Ropes and Sons +JD +1$'
out_has '^  Jane Doe +JD2 +1$'
out_has '^  Campaign of 3 letters by 3 .*CAMPAIGN +3 \(1\)$'
out_has '\(JD\) and \(JD2\) have one name'
run 0 '' comment --archive "$A" "$(letter_id 20)" "$(letter_id 21)" --initials JDoe --by Bo
report
out_has '^  Jane Doe +Ropes and Sons +JDoe +2$'
out_lacks 'JD2|have one name'
end

# a number is a section only where the document has it and nothing else is meant
begin "sections in evidence"
comments_archive
same "named beside it, and a part of a section" "$(keys 20)" "quay.crane(JD)(3.1, 4.2) "
same "of another document" "$(keys 21)" "quay.crane(JD2)(unassigned) "
same "before it" "$(keys 27)" "water.silt(LB)(4) "
report
out_has '^3\.1 Cranes: \(JD\)\(3\.1\)$'
out_has '^4 The water: \(LB\)\(4\)$'
end

# quotes are the letter's own words in whole sentences
begin "quotes"
comments_archive
report
out_has '“Section 3\.1 says too little\. The gantry cranes need a second brake,|The gantry cranes need a second brake, and section 4\.2 forgets the'
out_lacks 'cranes are fine'
out_lacks 'Dear all'
end

# what staff enter decides, and can be taken back
begin "sections, positions, quotes and names that staff enter"
comments_archive
comment "$(letter_id 21)" --section '3.2, 3.1' --position support --by Bo --note 'by telephone'
out_has 'marked as on section 3\.2, 3\.1; marked as position support'
same "entered" "$(keys 21)" "quay.crane(JD2)(3.1, 3.2) "
report
out_has 'position: support \(entered by Bo: by telephone\)'
comment "$(letter_id 20)" --section none
same "none" "$(keys 20)" "quay.crane(JD)(unassigned) "
comment "$(letter_id 20)" --topic quay.crane --section 3.2
same "of a topic" "$(keys 20)" "quay.crane(JD)(3.2) "
run 0 '' undo --archive "$A" "$(letter_id 20)"
run 0 '' undo --archive "$A" "$(letter_id 20)"
same "taken back" "$(keys 20)" "quay.crane(JD)(3.1, 4.2) "
comment "$(letter_id 20)" --quote 'section 4.2
 forgets   the fish'
out_has 'chose words of it to quote'
report
out_has '^ +“section 4\.2 forgets the fish”$'
comment "$(letter_id 1)" --on-behalf-of 'Tug Masters Union'
report
out_has '^  Tug Masters Union +Tom Tug, Tina Tug, *TUGS +3$|^  Tug Masters Union\*? +Ada Example'
comment "$(letter_id 22)" --on-behalf-of none
report
out_has '^  Tom Tug +Tug Masters Union +TT +1$'
run 0 '' history --archive "$A" "$(letter_id 21)"
out_has 'Bo marked .* as position support: by telephone'
end

# nothing that staff entered is lost when the index is made anew, and the report is the same
begin "a rebuilt index gives the same report"
comments_archive
comment "$(letter_id 21)" --section 3.2 --position 'in part' --initials JX
comment "$(letter_id 22)" --on-behalf-of 'Old Tugs' --quote 'we ask for more dredging'
report --format json
cp "$out" "$T/before"
run 0 '*' rebuild --archive "$A"
report --format json
out_same "$T/before"
run 0 '' check --archive "$A"
end

# a quote that somebody took out of the letter must not stand anywhere
begin "a redacted quote"
comments_archive
comment "$(letter_id 22)" --quote 'we ask for more dredging'
run 0 '*' redact --archive "$A" "$(letter_id 22)" --text 'more dredging' --note 'asked for' --by Bo
report
out_lacks 'more dredging'
! grep -ac 'more dredging' "$A"/*.db >"$T/grep" || wrong "the words are still there: $(tr '\n' ' ' <"$T/grep")"
end

# what is asked for wrongly is said at once, not found out in the report
begin "usage errors"
comments_archive
run 64 'expected which report: comments' report --archive "$A"
run 64 'did you mean "comments"' report --archive "$A" commnets
run 64 'unexpected argument "x"' report comments x --archive "$A"
run 64 'expected contributors or comments' report comments --archive "$A" --table people
run 64 'choose --table' report comments --archive "$A" --format csv
run 64 "did you mean 'quay'" report comments --archive "$A" --workstream quey
run 64 'no document "plam", did you mean "plan"' report comments --archive "$A" --document plam
run 64 'report comments: --close' report comments --archive "$A" --close whenever
run 64 '\{id\}' report comments --archive "$A" --link https://example.org/
run 64 'choose one of' report comments --archive "$A" --daily --since 7d
run 64 'expected what to enter' comment --archive "$A" "$(letter_id 20)"
run 64 'does not say that' comment --archive "$A" "$(letter_id 20)" --quote 'The gantry cranes are fine.'
run 64 'of one letter' comment --archive "$A" "$(letter_id 20)" "$(letter_id 21)" --quote 'gantry'
run 64 "expected a section's number" comment --archive "$A" "$(letter_id 20)" --section 'three one'
run 64 'up to 16 letters' comment --archive "$A" "$(letter_id 20)" --initials 'J D'
run 64 'did you mean "quay.crane"' comment --archive "$A" "$(letter_id 20)" --section 3 --topic quay.crame
run 64 'goes with' comment --archive "$A" "$(letter_id 20)" --initials JD --topic quay.crane
end

# what came after the close is told apart, by a date or a milestone of the rules
begin "late comments and windows"
comments_archive
report --close closing
out_has '^closed on 12 February 2019; 1 came late$'
out_has '\(LB\)\(4\) Late Bird, 13 Feb 2019, late, '
report --close 2019-02-13
out_has 'closed on 13 February 2019; 0 came late'
report --until 2019-02-12
out_has '^19 received; in these tables 15 letters'
out_lacks 'Late Bird'
report --workstream water
out_has '^ +[0-9]+  not filed under this workstream$'
out_lacks 'quay'
report --daily=2019-02-10
out_has '^no comments$'
end

# a letter that a later one superseded is not counted twice
begin "corrections stand once"
comments_archive
run 0 '*' supersedes --archive "$A" "$(letter_id 23)" "$(letter_id 22)"
report
out_has '^ +1  superseded by a correction$'
out_has '^20 received; in these tables 15 letters'
out_lacks 'we ask for more dredging'
end

# spreadsheets take lines that end as RFC 4180 says, one table in a file
begin "CSV"
comments_archive
csv contributors --link 'https://mail.example.org/{id}'
out_lines 9
out_has '^type,name,submitted_by,'
out_has '^"organization","Tug Masters Union","Tom Tug, Tina Tug",.*"https://mail.example.org/'
csv comments
out_has '^"quay","Quays and cranes","quay.crane","Cranes","\(JD\)\(3\.1, 4\.2\)","JD"'
end

# a page has tables with headings, and nothing that runs or loads
begin "HTML"
comments_archive
report --format html --link 'https://mail.example.org/{id}'
out_has '<th scope="col"[^>]*>Initials</th>'
out_has '<a class="a" href="https://mail.example.org/'
out_has '\(<bdi>JD</bdi>\)\(<bdi>3'
out_lacks '<script|<link|<img|@import|javascript:'
end

# names, subjects and quotes are a stranger's: none may act in a terminal, a page, a spreadsheet or a program
hostile() {
	comments_archive
	_esc=$(printf '\033]0;owned\007\033[31m')
	_long=$(printf '%010000d' 7)
	letter "$T/30.eml" 30 "=cmd|' /C calc'!A0" "Section 3.1: the gantry crane <script>alert(1)</script> \"=1+1\" $_esc and $(printf '\342\200\256')evil $_long end." \
		'From: "=HYPERLINK(1) <img src=x onerror=alert(1)> (SSAC)" <h@example.com>' "Organization: +1<b>bold</b>$(printf '\342\200\256')"
	deliver "$T/30.eml"
	comment "$(letter_id 30)" --position '=2+5 <i>x</i>' --note '<u>@SUM(1)</u>' --on-behalf-of '-3 <b>Org</b>'
}
begin "hostile words in text, CSV and JSON"
hostile
report
check_harmless "$out" text
same "longest line" "$(awk '{ gsub(/[\200-\277]/, ""); if (length($0) > most) most = length($0) } END { print (most <= 72) }' "$out")" 1
for _table in contributors comments; do
	csv $_table
	check_harmless "$out" "csv $_table"
	! grep -E '(^|,)"[=+@-]' "$out" >"$T/formula" || wrong "a formula: $(head -c 200 "$T/formula")"
done
out_has "\"'=2\+5"
report --format json
check_harmless "$out" json
json '$_->{version}' >"$T/version"
same "version" "$(cat "$T/version")" 1
end
begin "hostile words in HTML"
hostile
report --format html
check_harmless "$out" html
out_lacks '<script|<img|<b>Org|<b>bold|<i>x|<u>|onerror=alert\(1\)>'
out_has '&#60;'
end
