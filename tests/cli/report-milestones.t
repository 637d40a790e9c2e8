#!/bin/sh
# postbag report milestones: what was planned and what came of it, what came in around each, and what was open then.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/cli/pages.sh"
plan $((10 + ATTACKS))

milestone_rules() { # FILE
	harbour_rules "$1"
	cat >>"$1" <<'RULES'

[intent consultation]
title = asks for a meeting
keyword = meet with us

[milestone report]
title = The report
planned = 2019-06-03

[milestone opening]
title = The harbour opens
planned = 2019-01-01
actual = 2019-01-15..2019-01-16

[milestone hearing]
title = Hearing in the town hall
planned = 2019-01-29..2019-01-30
actual = 2019-01-29..2019-02-02

[milestone survey]
title = Survey of the quays
planned = 2019-02-05

[milestone count]
title = The cranes are counted
actual = 2019-02-11..2019-02-20
RULES
}

put() { # EPOCH NUMBER SUBJECT BODY [HEADER-LINE...]
	_when=$1
	shift
	letter "$T/put.eml" "$@"
	_then=$now
	now=$_when
	deliver "$T/put.eml"
	now=$_then
}
day() { echo $((1546300800 + ($1 - 1) * 86400 + 43200)); } # noon of the Nth day of 2019

milestone_archive() {
	now=1550480400 # 18 February 2019, 09:00
	milestone_rules "$T/milestones.rules"
	run 0 '' init "$A" --rules "$T/milestones.rules"
	put "$(day 10)" 1 'Before' 'The gantry crane is old, and so am I.' 'Date: Thu, 10 Jan 2019 10:00:00 +0000'
	put "$(day 16)" 2 'Meet' 'Would you meet with us about the dredging, before it begins?' 'From: Di Example <di@example.net>' 'Date: Wed, 16 Jan 2019 10:00:00 +0000'
	put "$(day 17)" 3 'Ask' 'My question is who oils the gantry crane.' 'From: Bo Sample <bo@example.net>' 'Date: Thu, 17 Jan 2019 10:00:00 +0000'
	put "$(day 31)" 4 'Re: Ask' 'The crane keeper does.' 'From: Robin Clerk <robin@harbour-team.example.org>' 'Date: Thu, 31 Jan 2019 10:00:00 +0000' 'In-Reply-To: <letter-3@example.net>' 'References: <letter-3@example.net>'
	put "$(day 43)" 5 'Late' 'The quay wall leans.' 'Date: Tue, 12 Feb 2019 10:00:00 +0000'
	check_archive 5 5
}

begin "planned, actual, and what is to come"
milestone_archive
run 0 '' report milestones --archive "$A" --format json
json_is '$_->{version}, $_->{report}, $_->{days}' '1 milestones 14'
json_is 'map { ($_->{id}, $_->{state}, $_->{days_late} // "-", $_->{days_left} // "-") } @{$_->{milestones}}' \
	'opening held 14 - hearing held 3 - survey overdue - - count now - - report upcoming - 105'
json_is '$_->{milestones}[1]{planned}{last}, $_->{milestones}[1]{actual}{last}, $_->{milestones}[2]{actual} // "none"' '2019-01-30 2019-02-02 none'
run 0 '' report milestones --archive "$A"
out_has '5 milestones: 2 held, 1 going on, 1 to come, 1 planned without an actual'
out_has '3 Jun 2019 +The report +105'
out_has '14 days'
narrow
end

# the days before each, and from its first day to that of the next
begin "what came in around each"
milestone_archive
run 0 '' report milestones --archive "$A" --format json
json_is 'map { ($_->{before}{letters}, $_->{after}{letters}) } @{$_->{milestones}}' '1 2 2 0 0 0 0 1 0 0'
json_is '$_->{milestones}[0]{workstreams}, $_->{milestones}[0]{after}{to}' 'quay 1, water 1 2019-01-29T00:00:00Z'
run 0 '' report milestones --archive "$A" --days 30 --format json
json_is 'map { $_->{before}{letters} } @{$_->{milestones}}' '1 3 3 2 0'
run 64 'expected 1 to 366' report milestones --archive "$A" --days 400
end

# as it was then: a question that was answered later was open
begin "what was open at each"
milestone_archive
run 0 '' report milestones --archive "$A" --format json
json_is 'map { "$_->{open_questions}/$_->{open_consultations}" } @{$_->{milestones}}' '0/0 1/1 0/1 0/1 0/1'
json_is 'map { $_->{id} } @{$_->{milestones}[1]{consultations}}' "$(letter_id 2)"
run 0 '' report milestones --archive "$A"
out_has '16 Jan 2019 +Di Example: Meet .* '"$(letter_id 2 | cut -c 1-8)"' +hearing, survey, count, now'
end

# the days of milestones are civil days of the zone
begin "days in a zone"
milestone_archive
run 0 '' report milestones --archive "$A" --timezone Pacific/Auckland --format json
json_is '$_->{milestones}[4]{days_left}, $_->{milestones}[0]{after}{from}' '105 2019-01-14T11:00:00Z'
run 0 '' report milestones --archive "$A" --timezone Pacific/Honolulu --format json
json_is '$_->{milestones}[4]{days_left}, $_->{milestones}[0]{after}{from}' '106 2019-01-15T10:00:00Z'
json_is '$_->{milestones}[4]{state}, $_->{milestones}[3]{actual}{first}' 'upcoming 2019-02-11'
end

# days before a milestone are civil days: fourteen of them have an hour less when clocks go forward, and a letter of the evening before is not among them
begin "days before a milestone when clocks change"
milestone_rules "$T/milestones.rules"
printf '\n[milestone spring]\nactual = 2019-04-03\n' >>"$T/milestones.rules"
run 0 '' init "$A" --rules "$T/milestones.rules"
put 1553034600 1 'Evening' 'The gantry crane, on the 19th of March at 23:30 in Berlin.'
put 1553036400 2 'Midnight' 'The gantry crane, on the 20th at 0:00.'
now=1554800400
run 0 '' report milestones --archive "$A" --timezone Europe/Berlin --format json
json_is 'map { $_->{before}{from}, $_->{before}{letters} } grep { $_->{id} eq "spring" } @{$_->{milestones}}' '2019-03-19T23:00:00Z 1'
end

begin "one workstream"
milestone_archive
run 0 '' report milestones --archive "$A" --workstream water --format json
json_is 'map { ($_->{before}{letters}, $_->{after}{letters}, $_->{open_questions}) } @{$_->{milestones}}' '0 1 0 1 0 0 0 0 0 0 0 0 0 0 0'
run 64 "unknown workstream 'wader'" report milestones --archive "$A" --workstream wader
run 64 'no window' report milestones --archive "$A" --since 2019-01-01
end

begin "no milestones, no rules"
run 0 '' init "$A"
for format in text html csv json; do run 0 '' report milestones --archive "$A" --format $format; done
json_is 'scalar @{$_->{milestones}}' 0
run 0 '' report milestones --archive "$A"
out_has 'name no milestones'
end

begin "the shipped rules, as text and as a page"
sample_archive
now=1550480400
run 0 '' report milestones --archive "$A"
at_least "lines" "$(wc -l <"$out")" 40
narrow
run 0 '' report milestones --archive "$A" --format html
page
end

begin "a table"
milestone_archive
run 0 '' report milestones --archive "$A" --format csv
table 17 6
cells_have '^2019-01-15$'
cells_have '^overdue$'
end

begin "a held message's words never appear"
harbour_archive
for format in text html csv json; do
	run 0 '' report milestones --archive "$A" --format $format
	for word in zebrafinch powder 'Careful please' 'Quin'; do out_lacks "$word"; done
done
end

now=1550480400
milestone_rules "$root/attack.rules"
attacks milestones "$root/attack.rules" 17 6
