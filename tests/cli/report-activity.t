#!/bin/sh
# postbag report activity: who wrote how much and when. Its letters are the ledger's input; what counts twice says so; what is not known is told as such.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/cli/pages.sh"
plan $((11 + ATTACKS))

region_rules() { # FILE
	harbour_rules "$1"
	cat >>"$1" <<'RULES'

[group TOWN]
title = The town
keyword = the town council

[region NORTH]
title = The north shore
keyword = the north shore
RULES
}

# three days' letters: two of the guild (one of them for the town too), one from the north shore, a campaign of three, one that is no input
activity_archive() {
	region_rules "$T/activity.rules"
	run 0 '' init "$A" --rules "$T/activity.rules"
	letter "$T/1.eml" 1 'One' 'I write on behalf of the Guild of Pilots. The dredging should go deeper.' 'From: Pat Pilot <pat@pilots.example.org>'
	letter "$T/2.eml" 2 'Two' 'I write on behalf of the Guild of Pilots and on behalf of the town council. The gantry crane and the dredging go together.' 'From: Pat Pilot <pat@pilots.example.org>'
	letter "$T/3.eml" 3 'Three' 'I write on behalf of the north shore. The lock is slow.' 'From: Nor Sample <nor@example.com>'
	for n in 4 5 6; do
		letter "$T/$n.eml" $n 'Alike' 'Dear team, the gantry crane on our quay has served this town for ninety years, and we ask you plainly to keep it where it stands, to paint it, and to let children see it.' "From: Citizen $n <c$n@example.com>"
	done
	letter "$T/7.eml" 7 'Out of the office' 'I am away.' 'Auto-Submitted: auto-replied'
	for n in 1 2 3 4 5 6 7; do
		now=$((1549800000 + n * 43200)) # from Sunday 10 February 2019, 24:00, half a day apart
		deliver "$T/$n.eml"
	done
	now=1550480400
	check_archive 7 7
}

begin "letters, unique, authors, first and last"
activity_archive
run 0 '' report activity --archive "$A" --format json
json_is '$_->{version}, $_->{report}, $_->{letters}, $_->{unique}, $_->{authors}, $_->{received}, $_->{input}, $_->{difference}' '1 activity 6 4 5 7 6 0'
json_is '$_->{first}, $_->{last}' '2019-02-11T00:00:00Z 2019-02-13T12:00:00Z'
run 0 '' report activity --archive "$A"
out_has '6 letters from 5 authors, 4 of them unique'
out_has 'received 7 = input 6 \+ auto 1'
narrow
end

# a window of thousands of years is no page of thousands of empty months
begin "a window longer than anybody's archive"
activity_archive
run 0 '' report activity --archive "$A" --since 1900-01-01 --until 9999-12-31 --format json
json_is '$_->{letters}, scalar @{$_->{parts}}, $_->{parts}[0]{from}, $_->{parts}[0]{letters}' '6 1 2019-02-01T00:00:00Z 6'
json_is '$_->{window}{from}' '1900-01-01T00:00:00Z'
run 0 '' report activity --archive "$A" --since 1900-01-01 --until 1999-12-31 --format json
json_is '$_->{letters}, scalar @{$_->{parts}}' '0 0'
for format in text html csv; do run 0 '' report activity --archive "$A" --since 1900-01-01 --until 1999-12-31 --format $format; done
end

# a letter for two groups counts in both, and the report says by how much the lines exceed the letters
begin "groups: counted in both, and said so"
activity_archive
run 0 '' report activity --archive "$A" --by group --format json
json_is 'map { ($_->{id} // "none", $_->{letters}, $_->{unique}, $_->{authors}) } @{$_->{tables}[0]{rows}}' 'none 4 2 4 PILOTS 2 2 1 TOWN 1 1 1'
json_is '$_->{tables}[0]{counted_again}, scalar @{$_->{tables}}, scalar @{$_->{parts}}' '1 1 0'
run 0 '' report activity --archive "$A" --by group
out_has 'PILOTS'
out_has '\(unknown\)'
out_has '1 more than the 6 letters'
end

begin "regions: unknown is told as unknown"
activity_archive
run 0 '' report activity --archive "$A" --by region --format json
json_is 'map { ($_->{id} // "none", $_->{letters}) } @{$_->{tables}[0]{rows}}' 'none 5 NORTH 1'
run 0 '' report activity --archive "$A" --by region
out_has '\(unknown\) .* 5 '
out_has 'NORTH'
end

# each way's lines, less what counts again, are the letters
begin "every way reconciles with the letters"
activity_archive
for by in group region topic workstream language; do
	run 0 '' report activity --archive "$A" --by $by --format json
	json_is 'my $sum = 0; $sum += $_->{letters} for @{$_->{tables}[0]{rows}}; $sum - $_->{tables}[0]{counted_again}, $_->{tables}[0]{by}' "6 $by"
	json_is 'my $t = $_->{tables}[0]; join ",", map { my $r = $_; my $sum = 0; $sum += $_ for @{$r->{trend}}; $sum == $r->{letters} ? () : "trend of " . ($r->{id} // "none") } @{$t->{rows}}' ''
done
run 0 '' report activity --archive "$A" --by week --format json
json_is 'my $sum = 0; $sum += $_->{letters} for @{$_->{parts}}; $sum, scalar @{$_->{tables}}' '6 0'
run 64 'expected group, region' report activity --archive "$A" --by colour
end

begin "days, weeks and months"
activity_archive
run 0 '' report activity --archive "$A" --by week --since 2019-02-11 --until 2019-02-13 --format json
json_is 'map { ($_->{period}, $_->{letters}) } @{$_->{parts}}' 'day 2 day 2 day 2'
run 0 '' report activity --archive "$A" --by week --since 2019-01-07 --until 2019-02-17 --format json
json_is 'map { ($_->{period}, $_->{from}, $_->{letters}) } @{$_->{parts}}[4..5]' 'week 2019-02-04T00:00:00Z 0 week 2019-02-11T00:00:00Z 6'
run 0 '' report activity --archive "$A" --by week --since 2017-01-01 --until 2019-02-17 --format json
json_is '$_->{parts}[-1]{period}, $_->{parts}[-1]{letters}, scalar @{$_->{parts}}' 'month 6 26'
run 0 '' report activity --archive "$A" --by week --since 2019-01-07 --until 2019-02-17
out_has 'week 7, from 11 Feb 2019 +6 +4 +5'
out_has 'Left out: 5 without letters'
end

begin "the samples reconcile"
sample_archive
run 0 '' report activity --archive "$A" --format json
json_is '$_->{letters} == $_->{input} ? "same" : "not", $_->{difference}' 'same 0'
run 0 '' digest --archive "$A" --since 2000-01-01 --format json
cp "$out" "$T/digest"
run 0 '' report activity --archive "$A" --since 2000-01-01 --format json
json_is '$_->{input}' "$(json '$_->{ledger}{input}' "$T/digest")"
run 0 '' report activity --archive "$A"
narrow
run 0 '' report activity --archive "$A" --format html
page
end

# an index that lacks a row must not pass for a quiet archive
begin "what does not reconcile fails"
activity_archive
sql index.db 'DELETE FROM delivery WHERE seq = (SELECT max(seq) FROM delivery)' >/dev/null
run 1 'does not reconcile: 1' report activity --archive "$A"
out_has 'does not reconcile: 1'
end

begin "one workstream"
activity_archive
run 0 '' report activity --archive "$A" --workstream water --format json
json_is '$_->{letters}, $_->{unique}, $_->{authors}, $_->{difference}' '2 2 1 0'
run 64 "unknown workstream 'wader'" report activity --archive "$A" --workstream wader
end

begin "nothing received"
run 0 '' init "$A"
for format in text html csv json; do run 0 '' report activity --archive "$A" --format $format; done
json_is '$_->{letters}, $_->{first} // "never"' '0 never'
run 0 '' report activity --archive "$A"
out_has 'No letters in this time'
end

begin "a held message's words never appear"
harbour_archive
for format in text html csv json; do
	run 0 '' report activity --archive "$A" --format $format
	for word in zebrafinch powder 'Careful please' 'Quin'; do out_lacks "$word"; done
done
end

now=1550480400
region_rules "$root/attack.rules"
attacks activity "$root/attack.rules" 8 6
