#!/bin/sh
# postbag report weekly: what a rapporteur reads out. Its numbers are right, what it tells of is chosen for reasons that stand beside it, and it is of its week.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/cli/pages.sh"
plan $((15 + ATTACKS))

weekly_rules() { # FILE
	harbour_rules "$1"
	cat >>"$1" <<'RULES'

[intent consultation]
title = asks for a meeting
keyword = meet with us

[intent statement]
title = a formal statement
keyword = formal statement

[intent correction]
title = corrects something
keyword = please correct

[milestone kickoff]
title = The harbour opens
actual = 2018-09-01

[milestone hearing]
title = Hearing in the town hall
planned = 2019-03-04..2019-03-05

[milestone report]
title = The report
planned = 2019-06-03
RULES
}

# put EPOCH NUMBER SUBJECT BODY [HEADER-LINE...]: a letter that arrives then.
put() {
	_when=$1
	shift
	letter "$T/put.eml" "$@"
	_then=$now
	now=$_when
	deliver "$T/put.eml"
	now=$_then
}
W5=1548849600 # Wednesday 30 January 2019, 12:00
W6=1549454400
W7=1550059200 # Wednesday 13 February
monday=1550480400 # 18 February 2019, 09:00

weekly_archive() {
	weekly_rules "$T/weekly.rules"
	run 0 '' init "$A" --rules "$T/weekly.rules"
	now=$monday
	put $W5 1 'Old crane' 'The gantry crane was new once, in the days of my father.' 'From: Ada Example <ada@example.net>' 'Date: Wed, 30 Jan 2019 10:00:00 +0000'
	put $W6 2 'Crane again' 'The gantry crane rusts, and nobody paints it any more.' 'From: Bo Sample <bo@example.net>' 'Date: Wed, 06 Feb 2019 10:00:00 +0000'
	put $W6 3 'When?' 'My question is when the dredging begins this year.' 'From: Cy Placeholder <cy@example.net>' 'Date: Wed, 06 Feb 2019 11:00:00 +0000'
	put $W7 4 'Third crane' 'The gantry crane squeaks, day and night, in all weathers.' 'From: Ada Example <ada@example.net>' 'Date: Wed, 13 Feb 2019 09:00:00 +0000'
	put $W7 5 'Of the guild' 'On behalf of the Guild of Pilots I hand in a formal statement on the gantry crane.' 'From: Pat Pilot <pat@pilots.example.org>' 'Date: Wed, 13 Feb 2019 09:10:00 +0000'
	put $W7 6 'A meeting' 'Would you meet with us about the gantry crane? We have pictures of it.' 'From: Di Example <di@example.net>' 'Date: Wed, 13 Feb 2019 09:20:00 +0000'
	put $W7 7 'The hook' 'My question is who oils the gantry crane, and how often that is.' 'From: Bo Sample <bo@example.net>' 'Date: Wed, 13 Feb 2019 09:30:00 +0000'
	check_archive 7 7
}

# of the week that is over: new, the weeks before, the mean over those that the archive has, the running total, what is open
begin "the numbers"
weekly_archive
run 0 '' report weekly --archive "$A" --format json
json_is '$_->{version}, $_->{report}, $_->{letters}, $_->{week_before}, $_->{weeks_before}' '1 weekly 4 2 2'
json_is '$_->{window}{from}, $_->{window}{to}' '2019-02-11T00:00:00Z 2019-02-18T00:00:00Z'
json_is 'map { ($_->{id} // "none", $_->{new}, $_->{eight_weeks}, $_->{total} // "-", $_->{questions}, $_->{consultations}) } @{$_->{workstreams}}' \
	'quay 4 2 6 1 1 water 0 1 1 1 0 none 0 0 - 0 0'
json_is '@{$_->{workstreams}[0]{weeks}}' '0 0 0 0 0 0 1 1 4'
run 0 '' report weekly --archive "$A"
out_has '4 letters from 4 authors this week; 2 more than the week before'
out_has '^4 letters this week, 3 more than the week before; the mean of the 2'
out_has 'Awaiting an answer: 1$|Awaiting an answer: 1 question and 1'
end

# formal statements first, then consultations, questions, the rest; and each says why
begin "what is told of, in which order, and why"
weekly_archive
run 0 '' report weekly --archive "$A" --format json
json_is 'map { $_->{message}{from}{name} } @{$_->{workstreams}[0]{letters}}' 'Pat Pilot Di Example Bo Sample Ada Example'
json_is 'join ";", @{$_->{workstreams}[0]{letters}[0]{reasons}}' 'formal statement of PILOTS;new author'
json_is 'join ";", @{$_->{workstreams}[0]{letters}[1]{reasons}}' 'asks for a consultation;new author'
json_is 'join ";", @{$_->{workstreams}[0]{letters}[2]{reasons}}' 'asks a question'
json_is 'scalar @{$_->{workstreams}[0]{letters}[3]{reasons}}, $_->{workstreams}[0]{letters}[3]{score}' '0 0'
run 0 '' report weekly --archive "$A" --workstream quay
out_has '^- Pat Pilot .* PILOTS .* 13 Feb 12:00'
out_has 'why: formal statement of PILOTS; new author'
end

# what was open when the week ended, oldest first, whatever became of it later; and who answered in the week
begin "what awaits an answer, and who answered"
weekly_archive
put $W7 8 'Re: When?' 'It begins in May.' 'From: Robin Clerk <robin@harbour-team.example.org>' 'Date: Wed, 13 Feb 2019 10:00:00 +0000' 'In-Reply-To: <letter-3@example.net>' 'References: <letter-3@example.net>'
now=$((monday + 3600))
run 0 '*' answered --archive "$A" "$(letter_id 7)" --by 'Kim Desk' --note 'by telephone'
run 0 '' report weekly --archive "$A" --format json
json_is 'map { $_->{questions} + $_->{consultations} } @{$_->{workstreams}}' '2 0 0'
json_is 'map { "$_->{asks} $_->{days}" } @{$_->{workstreams}[0]{awaiting}}' 'consultation 4 question 4'
json_is 'map { ($_->{who}, $_->{id}, $_->{answer}) } @{$_->{workstreams}[1]{answered}}' "Robin Clerk $(letter_id 3) $(letter_id 8)"
run 0 '' report weekly --archive "$A"
out_has '13 Feb +Robin Clerk +Cy Placeholder: When\?'
run 0 '' report weekly --archive "$A" --weekly=2019-02-06 --format json
json_is '$_->{workstreams}[1]{questions}, scalar @{$_->{workstreams}[1]{answered}}' '1 0'
now=1551085200 # the week after
run 0 '' report weekly --archive "$A" --format json
json_is 'map { ($_->{who}, $_->{note}) } @{$_->{workstreams}[0]{answered}}' 'Kim Desk by telephone'
json_is '$_->{workstreams}[0]{questions}, $_->{workstreams}[0]{consultations}' '0 1'
end

begin "what is not told of is a query away"
weekly_archive
for n in 21 22 23 24 25 26 27; do
	put $W7 $n "Crane $n" "The gantry crane number $n." "From: Citizen $n <c$n@example.com>"
done
run 0 '' report weekly --archive "$A"
out_has '^and [0-9]+ more: postbag query ws:quay kind:input -is:held -is:variant$'
end

begin "a campaign is one entry"
weekly_archive
for n in 11 12 13 14; do
	put $W7 $n 'Save the crane' 'Dear team, the gantry crane on our north quay has served this town for ninety years, and we ask you plainly to keep it where it stands, to paint it, and to let children see it.' "From: Citizen $n <c$n@example.com>"
done
run 0 '' report weekly --archive "$A" --format json
json_is '$_->{workstreams}[0]{new}, $_->{workstreams}[0]{unique}, scalar @{$_->{workstreams}[0]{letters}}' '8 5 5'
json_is 'grep /campaign/, map { @{$_->{reasons}} } @{$_->{workstreams}[0]{letters}}' 'campaign: 4 this week, 4 in all, from 4 authors'
run 0 '' report weekly --archive "$A"
out_has '8 letters this week \(5 unique\)'
out_has '^- 4 letters alike'
end

begin "corrections: what may replace what, and what a person said"
weekly_archive
put $W7 9 'Please correct' 'Please correct my letter: the gantry crane squeaks by night alone.' 'From: Ada Example <ada@example.net>' 'Date: Wed, 13 Feb 2019 11:00:00 +0000' 'In-Reply-To: <letter-4@example.net>' 'References: <letter-4@example.net>'
run 0 '' report weekly --archive "$A" --format json
json_is 'map { ($_->{id}, $_->{may_supersede}) } @{$_->{workstreams}[0]{corrections}}' "$(letter_id 9) $(letter_id 4)"
run 0 '' report weekly --archive "$A"
out_has 'To be confirmed by a person: postbag supersedes'
now=$W7
run 0 '*' supersedes --archive "$A" "$(letter_id 9)" "$(letter_id 4)" --by 'Kim Desk'
now=$monday
run 0 '' report weekly --archive "$A"
out_has "$(letter_id 9 | cut -c 1-8) takes the place of $(letter_id 4 | cut -c 1-8), says Kim Desk"
out_lacks '^- Ada Example .*13 Feb 12:00 .*'"$(letter_id 4)"
end

begin "milestones of the next four weeks, and no others"
weekly_archive
run 0 '' report weekly --archive "$A" --format json
json_is 'map { ($_->{id}, $_->{days_left}) } @{$_->{milestones}}' 'hearing 14'
run 0 '' report weekly --archive "$A"
out_has '4.*5 Mar 2019 +Hearing in the town hall +14 days left'
out_lacks 'The harbour opens|The report'
end

begin "topics that grew, and numbered ones apart"
weekly_archive
put $W7 21 'Points' 'We miss points 3 and 4 of the first report.'
run 0 '' report weekly --archive "$A" --format json
json_is 'map { ($_->{id}, $_->{letters}, $_->{grew} ? 1 : 0, $_->{numbered} ? 1 : 0) } @{$_->{workstreams}[0]{topics}}' 'quay.crane 4 1 0 quay.point3 1 0 1 quay.point4 1 0 1'
run 0 '' report weekly --archive "$A"
out_has 'quay.crane .* Cranes +4 +1\.0 +grew'
out_has 'Recommendations and other numbered items'
end

begin "one workstream, and one that does not exist"
weekly_archive
run 0 '' report weekly --archive "$A" --workstream water
out_has 'water'
out_lacks 'Pat Pilot|gantry'
run 64 "unknown workstream 'quai'; did you mean 'quay'" report weekly --archive "$A" --workstream quai
end

begin "a week, and nothing else"
weekly_archive
run 64 '--weekly=2019-02-12' report weekly --archive "$A" --since 2019-02-01
run 64 '--weekly=2019-02-12' report weekly --archive "$A" --daily
run 64 'by is for report activity' report weekly --archive "$A" --by group
run 64 'days is for report milestones' report weekly --archive "$A" --days 3
run 0 '' report weekly --archive "$A" --weekly=2019-01-30
out_has '1 letter from 1 author this week\.'
end

begin "an empty week says so in every format"
run 0 '' init "$A"
run 0 '' report weekly --archive "$A"
out_has 'No letters this week'
run 0 '' report weekly --archive "$A" --format html
page
out_has 'No letters this week'
run 0 '' report weekly --archive "$A" --format json
json_is '$_->{letters}, $_->{weeks_before}' '0 0'
run 0 '' report weekly --archive "$A" --format csv
table 12 1
end

begin "72 columns, and a page"
sample_archive
run 0 '' report weekly --archive "$A" --weekly=2019-02-12
at_least "lines" "$(wc -l <"$out")" 60
narrow
run 0 '' report weekly --archive "$A" --weekly=2019-02-12 --format html
page
run 0 '' report weekly --archive "$A" --weekly=2019-02-12 --format html --link 'https://mail.example.org/m/{id}'
page 'https://mail\.example\.org/m/[a-z2-7]{16}'
run 0 '' report weekly --archive "$A" --weekly=2019-02-12 --link 'https://mail.example.org/m/{id}'
out_has '^  https://mail.example.org/m/[a-z2-7]{16}$'
end

begin "a held message's words never appear"
harbour_archive
now=$monday
for format in text html csv json; do
	run 0 '' report weekly --archive "$A" --format $format
	for word in zebrafinch powder 'Careful please' 'Quin'; do out_lacks "$word"; done
done
now=1550048400
end

begin "tables"
weekly_archive
for want in 'letters 12 5' 'numbers 9 4' 'awaiting 8 4' 'topics 6 3'; do
	set -- $want
	run 0 '' report weekly --archive "$A" --format csv --table "$1"
	table "$2" "$3"
done
run 64 'expected letters or numbers' report weekly --archive "$A" --format csv --table lettres
end

begin "what is superseded or redacted is not told of"
weekly_archive
run 0 '*' redact --archive "$A" "$(letter_id 5)" --all --note 'asked for' --by 'Kim Desk'
run 0 '' report weekly --archive "$A" --format json
json_is '$_->{letters}, grep(/Pat/, map { $_->{message}{from}{name} } @{$_->{workstreams}[0]{letters}})' '3'
end

now=$monday
weekly_rules "$root/attack.rules"
attacks weekly "$root/attack.rules" 12 4
