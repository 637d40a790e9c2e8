#!/bin/sh
# postbag explain: nothing is filed without evidence that can be shown, at its place in the text, and contested.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 8

# the matched words stand above the mark, column by column, the way a compiler points
begin "the mark stands under the words"
harbour_archive
run 0 '' explain --archive "$A" "$(letter_id 1)"
out_has 'quay\.crane'
perl -CSD -e '
	my @lines = <>;
	for my $n (1 .. $#lines) {
		next unless $lines[$n] =~ /^([^\w^~]*)([\^~]+)/;
		my ($from, $length) = (length $1, length $2);
		next if length $lines[$n - 1] < $from + $length;
		print "pointed\n" if substr($lines[$n - 1], $from, $length) =~ /^gantry cranes$/i;
	}
' "$out" >"$T/pointed"
grep -q pointed "$T/pointed" || wrong "no mark under \"gantry cranes\": $(tr '\n' ';' <"$out" | head -c 800)"
end

# the mark is right after characters of several bytes as well
begin "the mark in text that is not ASCII"
harbour_archive
letter "$T/uml.eml" 13 'Späße' 'Größe über alles: die Verschlickung.'
deliver "$T/uml.eml"
run 0 '' explain --archive "$A" "$(letter_id 13)"
perl -CSD -e '
	my @lines = <>;
	for my $n (1 .. $#lines) {
		next unless $lines[$n] =~ /^([^\w^~]*)([\^~]+)/;
		my ($from, $length) = (length $1, length $2);
		print "pointed\n" if length $lines[$n - 1] >= $from + $length && substr($lines[$n - 1], $from, $length) eq "Verschlickung";
	}
' "$out" >"$T/pointed"
grep -q pointed "$T/pointed" || wrong "no mark under the word: $(tr '\n' ';' <"$out" | head -c 800)"
end

# each piece of evidence names the rule, where it stands in which file, and the ruleset that was in force
begin "rule, file, line and ruleset"
harbour_archive
line=$(grep -n '^keyword = gantry crane' "$T/harbour.rules" | cut -d: -f1)
run 0 '' explain --archive "$A" "$(letter_id 1)"
out_has "harbour\.rules:$line"
out_has 'gantry crane'
out_has "$(sql mail.db 'SELECT substr(rules, 1, 8) FROM rules')"
run 0 '' explain --archive "$A" --format json "$(letter_id 1)"
json_is 'map { "$_->{for} $_->{tier} $_->{words} $_->{line}" } grep { $_->{for} eq "quay.crane" } @{$_->{evidence}}' "quay.crane firm gantry cranes $line"
end

# the kind has its reason: a header, a word, a person's address
begin "why this kind"
harbour_archive
run 0 '' explain --archive "$A" "$(letter_id 8)"
out_has 'auto'
out_has '[Aa]uto-[Ss]ubmitted|out of the office'
run 0 '' explain --archive "$A" "$(letter_id 10)"
out_has 'team'
out_has 'harbour-team\.example\.org'
run 0 '' explain --archive "$A" "$(letter_id 9)"
out_has 'spam'
out_has 'X-Spam-Flag'
run 0 '' explain --archive "$A" "$(letter_id 11)"
out_has 'danger'
out_has 'unlocked powder store'
run 0 '' show --archive "$A" "$(letter_id 11)"
out_has 'held'
end

# what is only suggested is called so
begin "suggested"
harbour_archive
run 0 '' explain --archive "$A" "$(letter_id 6)"
out_has 'suggested'
out_has 'lifting gear'
end

# a reader asks as well why something was NOT filed: what was near, and what was masked
begin "near and masked"
harbour_archive
letter "$T/near.eml" 13 'Hooks' 'One hook is missing.'
deliver "$T/near.eml"
run 0 '' explain --archive "$A" "$(letter_id 13)"
out_has 'hook'
run 0 '' query --archive "$A" --count "subject:hooks topic:quay.crane"
out_is 0
letter "$T/masked.eml" 14 'Scanner' 'Good morning. This message was scanned for dredging.'
deliver "$T/masked.eml"
run 0 '' query --archive "$A" --count "subject:scanner topic:water.silt"
out_is 0
run 0 '' explain --archive "$A" "$(letter_id 14)"
out_has '[Mm]ask'
end

# quoted words are the other writer's: no evidence, no filing
begin "quoted text does not count"
harbour_archive
letter "$T/quoted.eml" 15 'Other matters' "$(printf 'We have quite another concern today, and it is about the price of bread in the canteen down by the ferry.\n\nAda wrote:\n> The gantry cranes on the north side squeak all night.\n')"
deliver "$T/quoted.eml"
run 0 '' query --archive "$A" --count 'subject:other topic:quay.crane'
out_is 0
# ... and a reply of a few words agrees with it and makes no point of its own
letter "$T/short.eml" 16 'Assent' "$(printf '+1 to this.\n\nAda wrote:\n> The gantry cranes on the north side squeak all night.\n')"
deliver "$T/short.eml"
run 0 '' query --archive "$A" --count 'subject:assent topic:quay.crane'
out_is 0
end

# with the shipped rules every filing of every sample has evidence
begin "every filing of the samples has evidence"
sample_archive
run 0 '' query --archive "$A" --limit 0 --format json
json 'my $row = $_; my %seen; for my $piece (@{$row->{evidence}}) { $seen{$piece->{for}} = 1 } my @bare = grep { !$seen{$_} } @{$row->{topics}}, @{$row->{intents}}, @{$row->{groups}}; map { "$row->{id} $_" } @bare' >"$T/bare"
[ ! -s "$T/bare" ] || wrong "filed without evidence: $(head -n 8 "$T/bare" | tr '\n' ';')"
json 'scalar @{$_->{topics}}' | awk '{ n += $1 } END { print n + 0 }' >"$T/filings"
at_least "filings" "$(cat "$T/filings")" 40
explained=0
for id in $(sql index.db "SELECT public_id FROM message ORDER BY message LIMIT 20"); do
	run 0 '' explain --archive "$A" "$id"
	explained=$((explained + 1))
done
same "explained" $explained 20
end
