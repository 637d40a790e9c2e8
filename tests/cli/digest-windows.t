#!/bin/sh
# postbag digest: the times it can be about, and what of it.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 14

total() { sed -n 's/^received \([0-9]*\) = .*/\1/p; s/^nothing received$/0/p' "$out"; }
total_is() { same "$shown: total" "$(total)" "$1"; }

# Four letters at the edges of two milestones: in the last second of the 3rd, the first of the 4th, the last of the 12th, the first of the 13th of February.
milestone_archive() {
	harbour_rules "$T/harbour.rules"
	cat >>"$T/harbour.rules" <<'RULES'

[milestone opening]
title = The harbour is opened
actual = 2019-02-01..2019-02-03

[milestone Fair]
title = The fair
planned = 2019-02-10
actual = 2019-02-11..2019-02-12

[milestone closing]
planned = 2019-03-01

[milestone repairs]
title = Nobody knows when
RULES
	run 0 '' init "$A" --rules "$T/harbour.rules"
	n=0
	for moment in 1549238399 1549238400 1550015999 1550016000; do
		n=$((n + 1))
		letter "$T/$n.eml" $n "Number $n" "The gantry crane, number $n."
		now=$moment
		deliver "$T/$n.eml"
	done
	now=1550048400
}

# the time between two milestones is from the end of the first to the end of the second, in whole days, so that one ends where the next begins
begin "--between"
milestone_archive
run 0 '' digest --archive "$A" --between opening Fair
total_is 2
out_has 'opening to Fair: 2019-02-04 to 2019-02-12 \(UTC\)$'
cp "$out" "$T/between"
for text in 'opening to Fair' 'OPENING..fair' 'opening .. Fair'; do
	run 0 '' digest --archive "$A" --between "$text"
	out_same "$T/between"
done
run 0 '' digest --archive "$A" --between Fair closing
total_is 1
out_has 'Fair to closing \(planned\): 2019-02-13 to 2019-03-01'
run 0 '' digest --archive "$A" --between opening closing
total_is 3
# a milestone's days are the digest's own days: the letter of 23:59 UTC came on the 4th in Berlin
run 0 '' digest --archive "$A" --between opening Fair --timezone Europe/Berlin
total_is 2
out_has 'opening to Fair: 2019-02-04 to 2019-02-12 \(Europe/Berlin\)$'
run 0 '' digest --archive "$A" --between opening Fair --format json
json_is '$_->{window}{from}, $_->{window}{to}' '2019-02-04T00:00:00Z 2019-02-13T00:00:00Z'
end

# what cannot be is said, with what was meant
begin "--between, mistakes"
milestone_archive
run 64 "unknown milestone 'opning'; did you mean 'opening'\\? \\(the rules have opening, Fair, closing, repairs\\)$" digest --archive "$A" --between opning Fair
run 64 "unknown milestone 'christmas'; the rules have opening, Fair, closing, repairs$" digest --archive "$A" --between opening christmas
run 64 "Fair \\(until 2019-02-12\\) is not before opening \\(until 2019-02-03\\); turn them about$" digest --archive "$A" --between Fair opening
run 64 "Fair \\(until 2019-02-12\\) is not before Fair \\(until 2019-02-12\\)$" digest --archive "$A" --between Fair Fair
run 64 "'repairs' has no date in the rules$" digest --archive "$A" --between opening repairs
run 64 'takes two milestones, as --between opening LATER$' digest --archive "$A" --between opening
run 64 'takes two milestones' digest --archive "$A" --between 'opening to '
run 64 'unexpected argument "opening"' digest --archive "$A" opening Fair
run 64 'choose one of' digest --archive "$A" --daily --between opening Fair
now=1549900000 # the fair is not over
run 64 'Fair is not over yet$' digest --archive "$A" --between Fair closing
rm -rf "$A"
run 0 '' init "$A"
run 64 "unknown milestone 'opening'; the rules in force have no" digest --archive "$A" --between opening Fair
end

begin "--monthly"
milestone_archive
run 0 '' digest --archive "$A" --monthly=2019-02-20
total_is 4
out_has 'February 2019 \(UTC\)'
run 0 '' digest --archive "$A" --monthly=2019-02
total_is 4
run 0 '' digest --archive "$A" --monthly
total_is 0
out_has 'January 2019'
now=1551430861 # 1 March
run 0 '' digest --archive "$A" --monthly
total_is 4
# the windows before a month are months, those before nine days are nine days each
run 0 '' digest --archive "$A" --monthly=2019-03 --format json
json_is 'join ",", map { @{$_->{history}} } grep { $_->{id} eq "quay" } @{$_->{workstreams}}' 0,0,0,0,0,4,0
run 0 '' digest --archive "$A" --between Fair closing --format json
json_is 'join ",", map { @{$_->{history}} } grep { $_->{id} eq "quay" } @{$_->{workstreams}}' 0,0,0,0,0,3,1
run 0 '' digest --archive "$A" --until 2019-02-04
out_has 'until 2019-02-04 \(UTC\)$'
total_is 2
end

# what its next issue would have now, whenever it was received, and nothing is sent
begin "--since-issue"
harbour_archive
run 64 "unknown subscription 'staff'" digest --archive "$A" --since-issue staff
printf '[mail]\nsendmail = /bin/false\nfrom = digest@example.org\n[subscription staff]\nto = staff@example.org\ndaily = 07:00\n[subscription water]\nto = w@example.org\ndaily = 07:00\nworkstream = water\n' >"$T/conf"
config=$T/conf
run 64 "unknown subscription 'stff'; did you mean 'staff'\\?$" digest --config "$T/conf" --archive "$A" --since-issue stff
run 66 "'staff' has no issue yet; postbag digest --due makes the first$" digest --config "$T/conf" --archive "$A" --since-issue staff
# three letters came after the issue; one of them, imported, was received long before
last=$(sql mail.db 'SELECT max(seq) FROM entry')
n=1000
for name in staff water; do
	n=$((n + 1))
	sql index.db "INSERT INTO issue VALUES ($n, 1550041200, '$name', 7, 0, $last, 1550041200, 'x', 0, NULL)"
done
now=1550048300
letter "$T/13.eml" 13 'New' 'My question is whether the dredging goes on.'
letter "$T/14.eml" 14 'Silence' 'Nothing of note.'
letter "$T/15.eml" 15 'Old' 'The dredging of old.' 'Date: Mon, 04 Feb 2019 10:00:00 +0000' 'Received: from a by b; Mon, 04 Feb 2019 10:00:00 +0000'
deliver "$T/13.eml"
deliver "$T/14.eml"
run 0 '' import --archive "$A" "$T/15.eml"
now=1550048400
run 0 '' digest --config "$T/conf" --archive "$A" --since-issue staff
total_is 3
out_has 'since issue 7 of staff \(2019-02-13 07:00\) \(UTC\)$'
out_lacks 'gantry cranes'
run 0 '' digest --config "$T/conf" --archive "$A" --since-issue staff --format json
json_is 'scalar @{$_->{messages}}, join(",", @{$_->{late}}), scalar @{$_->{awaiting}}' "3 $(letter_id 15) 1"
# what came in late says on which day it was received, in its place and once more at the end
run 0 '' digest --config "$T/conf" --archive "$A" --since-issue staff
out_has 'Ada Example · 4 Feb 10:00 · '
out_has 'received 2019-02-04; came in, or was read, late'
run 0 '' digest --config "$T/conf" --archive "$A" --since-issue staff --format html
out_has 'received 4 Feb 2019; came in, or was read, late'
# the subscription's own choice, unless there is another
run 0 '' digest --config "$T/conf" --archive "$A" --since-issue water --format json
json_is 'scalar @{$_->{messages}}, $_->{workstream}' "2 water"
run 0 '' digest --config "$T/conf" --archive "$A" --since-issue water --workstream quay --format json
json_is 'scalar @{$_->{messages}}, $_->{workstream}' "0 quay"
same "issues" "$(sql index.db 'SELECT count(*) FROM issue')" 2
end

# held mail of an issue is in one list or the other, never in both or none: by entry, not by when it was received
begin "--since-issue: held before"
harbour_archive
last=$(sql mail.db 'SELECT max(seq) FROM entry')
sql index.db "INSERT INTO issue VALUES (1001, 1550041200, 'staff', 7, 0, $last, 1550041200, 'x', 0, NULL)"
letter "$T/13.eml" 13 'Late' 'An unlocked powder store.' 'Received: from a by b; Mon, 04 Feb 2019 10:00:00 +0000' 'Date: Mon, 04 Feb 2019 10:00:00 +0000'
run 0 '' import --archive "$A" "$T/13.eml"
run 0 '' digest --archive "$A" --since-issue staff --format json
json_is '$_->{held_before}, scalar @{$_->{held}}, $_->{ledger}{held}' '1 1 1'
end

# any of several, of one sort or more; the ledger stays that of everything, and what is left out is said
begin "--workstream, --topic, --group"
harbour_archive
ids() { json 'sort map { $_->{id} } @{$_->{messages}}' | tr '\n' ' '; }
numbers() { for n; do letter_id "$n"; done | sort | tr '\n' ' '; }
run 0 '' digest --archive "$A" --topic water.silt --format json
same "water.silt" "$(ids)" "$(numbers 2 4)"
run 0 '' digest --archive "$A" --group PILOTS --format json
same "PILOTS" "$(ids)" "$(numbers 4)"
run 0 '' digest --archive "$A" --topic quay.crane,water.silt --format json
same "two topics" "$(ids)" "$(numbers 1 2 4 6)"
cp "$out" "$T/two"
run 0 '' digest --archive "$A" --topic 'quay.crane, water.silt' --format json
out_same "$T/two"
run 0 '' digest --archive "$A" --topic quay.crane --topic water.silt --format json
out_same "$T/two"
json_is 'join ",", map { "$_->{type} $_->{id}" } @{$_->{only}}' 'topic quay.crane,topic water.silt'
json_is '$_->{ledger}{received}, scalar @{$_->{held}}' '12 0'
run 0 '' digest --archive "$A" --group PILOTS --topic quay.crane
out_has '^received 12 = '
out_has '^3 of the input are filed under PILOTS, quay.crane; what is held or;?$'
out_lacks 'powder|First report'
run 64 "unknown topic 'quay.crana'; did you mean 'quay.crane'\\?$" digest --archive "$A" --topic quay.crane,quay.crana
run 64 "unknown group 'PILOT'; did you mean 'PILOTS'\\?$" digest --archive "$A" --group PILOT
run 64 'takes an id, or several with commas' digest --archive "$A" --group 'PILOTS,'
end

# a letter of the group that is filed nowhere is in its digest all the same
begin "--group: the unfiled"
harbour_archive
letter "$T/13.eml" 13 'Greeting' 'A greeting on behalf of the Guild of Pilots.' 'From: Pat Pilot <pat@pilots.example.org>'
now=1549976400
deliver "$T/13.eml"
now=1550048400
run 0 '' digest --archive "$A" --group PILOTS
out_has 'Greeting'
out_has 'Filed under no workstream \(1\)'
run 0 '' digest --archive "$A" --group PILOTS --format json
json_is 'join ",", @{$_->{unfiled}{messages}}' "$(letter_id 13)"
end

# every letter stands in full at one place, and in a digest by topic or group at every one it belongs to
begin "--by"
harbour_archive
run 0 '' digest --archive "$A" --by topic
out_has '^quay.crane +Cranes +2 '
out_has '^water.silt · Silt$'
out_has '^none · under no topic$|^none +under no topic'
out_has 'why: water.silt "dredging"'
run 0 '' digest --archive "$A" --by topic --format json
json_is '$_->{by}, exists $_->{workstreams} ? 1 : 0' 'topic 0'
json_is 'join ",", map { defined $_->{id} ? $_->{id} : "none" } @{$_->{topics}}' 'quay.crane,water.silt,quay.point2,quay.point3,quay.point5,quay.point6,none'
# all new input is at some place or unfiled
json_is 'my %at = map { $_ => 1 } (map { @{$_->{messages}} } @{$_->{topics}}), @{$_->{unfiled}{messages}}; scalar(grep { !$at{$_->{id}} } @{$_->{messages}}), scalar @{$_->{messages}}' '0 8'
run 0 '' digest --archive "$A" --by group
out_has '^PILOTS +Guild of Pilots +1 '
out_has '^none +from no group +5 '
out_has 'why: quay.crane "gantry cranes"'
run 0 '' digest --archive "$A" --by group --format json
json_is 'join ",", map { defined $_->{id} ? $_->{id} : "none" } @{$_->{groups}}' 'PILOTS,none'
run 0 '' digest --archive "$A" --by workstream --format json
json_is 'join ",", map { $_->{id} } @{$_->{workstreams}}' 'quay,water'
# of one workstream's topics no others; what is there without a topic of its own is not lost
run 0 '' digest --archive "$A" --by topic --workstream water --format json
json_is 'join ",", map { defined $_->{id} ? $_->{id} : "none" } @{$_->{topics}}' 'water.silt'
run 0 '' digest --archive "$A" --by topic --workstream quay --format json
json_is 'my %at = map { $_ => 1 } map { @{$_->{messages}} } @{$_->{topics}}; scalar(grep { !$at{$_->{id}} } @{$_->{messages}}), scalar @{$_->{messages}}' '0 4'
for format in html csv; do
	run 0 '' digest --archive "$A" --by topic --format $format
	out_has 'crane'
done
run 64 'expected workstream, topic or group$' digest --archive "$A" --by writer
end

# the bars before a choice's own are of that choice too
begin "history of a choice"
harbour_archive
now=1549886400 # the day before: one more of the pilots, one of somebody else
letter "$T/13.eml" 13 'More' 'On behalf of the Guild of Pilots: dredging.' 'From: Pat Pilot <pat@pilots.example.org>'
letter "$T/14.eml" 14 'Other' 'The dredging is loud.'
deliver "$T/13.eml"
deliver "$T/14.eml"
now=1550048400
run 0 '' digest --archive "$A" --group PILOTS --format json
json_is 'join ",", map { @{$_->{history}}[5, 6] } grep { $_->{id} eq "water" } @{$_->{workstreams}}' 1,1
run 0 '' digest --archive "$A" --format json
json_is 'join ",", map { @{$_->{history}}[5, 6] } grep { $_->{id} eq "water" } @{$_->{workstreams}}' 2,2
end

# the oldest first; answered closes, reopen opens again; of a choice only its own; nothing answered or held is among them
begin "awaiting"
harbour_archive
n=20
for text in 'My question is why.' 'My question is when the dredging ends.' 'My question is who paints the gantry crane.'; do
	n=$((n + 1))
	letter "$T/$n.eml" $n "Question $n" "$text" "Date: $((n - 10)) Jan 2019 10:00:00 +0000"
	deliver "$T/$n.eml"
done
now=1550134800
awaiting() { json 'map { $_->{message} // $_->{id} } @{$_->{awaiting}}' | tr '\n' ' '; }
in_order() { for n; do letter_id "$n"; done | tr '\n' ' '; }
run 0 '' digest --archive "$A" --format json
same "oldest first" "$(awaiting)" "$(in_order 21 22 23)"
json_is '$_->{awaiting_total}' 3
run 0 '' digest --archive "$A" --format json --workstream water
same "of water" "$(awaiting)" "$(in_order 22)"
run 0 '' digest --archive "$A" --format json --workstream water --topic quay.crane
same "of water and cranes" "$(awaiting)" "$(in_order 22 23)"
run 0 '' answered --archive "$A" "$(letter_id 21)" --by ada --note 'by telephone'
run 0 '' hold --archive "$A" "$(letter_id 23)" --by ada --note 'not yet'
run 0 '' digest --archive "$A" --format json
same "one is left" "$(awaiting)" "$(in_order 22)"
run 0 '' digest --archive "$A"
out_has 'Awaiting an answer \(1\), oldest first'
run 0 '' reopen --archive "$A" "$(letter_id 21)" --by ada --note 'not answered after all'
run 0 '' release --archive "$A" "$(letter_id 23)" --by ada
run 0 '' digest --archive "$A" --format json
same "three again" "$(awaiting)" "$(in_order 21 22 23)"
# a digest of an earlier day does not know what came later
run 0 '' digest --archive "$A" --daily=2019-02-12 --format json
same "before they came" "$(awaiting)" ''
run 0 '' check --archive "$A"
end

# whom a letter is meant for stands beside it, in every form
begin "meant for another desk"
harbour_rules "$T/harbour.rules"
printf '\n[intent observer]\ntitle = wants to listen\nkeyword = observe the meeting\nroute = desk@example.org\n' >>"$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
letter "$T/1.eml" 1 'Listening' 'I should like to observe the meeting.'
now=1549972800
deliver "$T/1.eml"
now=1550048400
run 0 '' digest --archive "$A"
out_has 'observer: pass on to desk@example.org'
run 0 '' digest --archive "$A" --format json
json_is 'join ",", map { "$_->{id} $_->{intent} $_->{route}" } @{$_->{routed}}' "$(letter_id 1) observer desk@example.org"
run 0 '' digest --archive "$A" --format html
perl -CSD -Mutf8 -pe 's/\x{200b}//g; s/<[^>]*>//g' "$out" >"$T/page"
grep -q 'pass on to desk@example.org' "$T/page" || wrong "no address on the page"
end

# what is nothing is said in every form: a time without mail, and a choice that has none of it
begin "empty windows"
harbour_archive
run 0 '' digest --archive "$A" --monthly=2018-01
out_has '^nothing received$'
run 0 '' digest --archive "$A" --monthly=2018-01 --format json
json_is '$_->{empty} ? "yes" : "no", $_->{ledger}{received}' 'yes 0'
run 0 '' digest --archive "$A" --monthly=2018-01 --format html
perl -pe 's/<[^>]*>//g' "$out" >"$T/page"
grep -qi 'nothing received' "$T/page" || wrong "the page does not say so"
run 0 '' digest --archive "$A" --monthly=2018-01 --format csv
out_lines 1
run 0 '' digest --archive "$A" --topic quay.point9
out_has '^0 of the input are filed under quay.point9'
run 0 '' digest --archive "$A" --topic quay.point9 --format json
json_is '$_->{empty} ? "yes" : "no"' yes
run 0 '' digest --archive "$A" --format json
json_is '$_->{empty} ? "yes" : "no"' no
end

# a report is about the same time as a digest, whichever option says it, and counts the same letters
begin "the windows of reports are those of digests"
milestone_archive
for way in '--between opening Fair' '--between fair..closing' '--monthly=2019-02' '--monthly' '--weekly=2019-02-12' '--daily=2019-02-12' '--since=2019-02-04 --until=2019-02-12'; do
	run 0 '' digest --archive "$A" $way --format json
	window=$(json 'join " ", $_->{window}{from}, $_->{window}{to}, $_->{ledger}{input}')
	label=$(json '$_->{label}')
	run 0 '' report activity --archive "$A" $way --format json
	json_is '$_->{window}{from}, $_->{window}{to}, $_->{letters}' "$window"
	json_is '$_->{label}' "$label"
	run 0 '' report comments --archive "$A" $way --format json
	json_is '$_->{window}{from}, $_->{window}{to}, $_->{counts}{letters}' "$window"
done
run 0 '' report comments --archive "$A" --between opening Fair
out_has 'received opening to Fair: 2019-02-04 to 2019-02-12'
run 64 "report: unknown milestone 'opning'; did you mean 'opening'" report activity --archive "$A" --between opning Fair
run 64 'report: --between takes two milestones, as --between opening LATER$' report activity --archive "$A" --between opening
run 64 'report: choose one of --daily, --weekly, --monthly, --since/--until and --between$' report comments --archive "$A" --between opening Fair --monthly
run 64 'report: --since=2020-01-01 is in the future$' report activity --archive "$A" --since 2020-01-01
run 64 'report weekly: it is about a week' report weekly --archive "$A" --between opening Fair
run 64 'report milestones: .*no window' report milestones --archive "$A" --between opening Fair
run 64 'unexpected argument "Fair"' report activity --archive "$A" Fair
end

# one reading of the rules' milestones: --close takes an id as --between does, and says the same of one without a date; --link is one sort of address
begin "reports read milestones and addresses as digests do"
milestone_archive
for id in Fair fair FAIR; do
	run 0 '' report comments --archive "$A" --close "$id"
	out_has '^closed on 12 February 2019; 1 came late$'
done
run 64 "milestone has no date" report comments --archive "$A" --close repairs
for link in 'https:///{id}' 'https://mail.example.org/{id}?"x' 'https://mail.example.org/<{id}'; do
	run 64 'link' digest --archive "$A" --daily --format html --link "$link"
	run 64 'link' report activity --archive "$A" --format html --link "$link"
done
end
