#!/bin/sh
# postbag digest --format json: what the manual says of it, and no more and no less.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 3

# An archive with something of everything that a digest can tell.
full_archive() {
	harbour_archive
	now=1549976400
	for n in 21 22 23; do
		letter "$T/$n.eml" $n 'The ferry' "We ask the council to keep the night ferry, which nurses, bakers and fishermen need to come home when no bus runs any more." "From: Signer $n <signer$n@example.org>"
		deliver "$T/$n.eml"
	done
	letter "$T/24.eml" 24 'The cranes' 'The gantry cranes on the south side squeak all night, not those on the north side.' 'Supersedes: <letter-1@example.net>'
	deliver "$T/24.eml"
	letter "$T/25.eml" 25 'Danger' 'There is an unlocked powder store.'
	deliver "$T/25.eml"
	{
		printf 'From: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 08:26:00 +0000\nTo: <harbour@example.org>\nSubject: Data\nMessage-ID: <letter-26@example.net>\nMIME-Version: 1.0\n'
		printf 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee the data, please.\n--b\nContent-Type: application/x-unheard-of\nContent-Disposition: attachment; filename="data.bin"\n'
		printf 'Content-Transfer-Encoding: base64\n\nAAECAwQFBgc=\n--b--\n'
	} >"$T/26.eml"
	deliver "$T/26.eml"
	letter "$T/27.eml" 27 'Asking' 'My question is who paints the gantry crane.'
	deliver "$T/27.eml"
	now=1550048400
	make_unread "$(letter_id 5)" 'the reader ran out of memory'
	run 0 '' release --archive "$A" "$(letter_id 25)" --by ada --note 'it is locked now'
}

# The names in the JSON of FILE..., but for what the manual describes elsewhere: a message's and a decision's own.
names_of() {
	perl -MJSON::PP -e '
		my %elsewhere = map { $_ => 1 } qw(messages awaiting changed decisions);
		my %names;
		my @todo;
		for my $file (@ARGV) {
			open my $in, "<:raw", $file or die "$file: $!\n";
			push @todo, JSON::PP->new->utf8->decode(do { local $/; <$in> });
		}
		while (@todo) {
			my $value = shift @todo;
			if (ref $value eq "HASH") {
				for my $name (keys %$value) {
					$names{$name} = 1;
					push @todo, $value->{$name} unless $elsewhere{$name};
				}
			} elsif (ref $value eq "ARRAY") {
				push @todo, @$value;
			}
		}
		print map { "$_\n" } sort keys %names;
	' "$@"
}

# The names that the manual gives for the digest as JSON.
names_in_manual() {
	perl -0777 -ne '
		/\.Fl Fl format Cm json\nthe digest is one object\.\n(.*?)^\.Ss /ms or die "no description of the JSON\n";
		my $text = $1;
		my %names;
		while ($text =~ /^\.(?:It )?Li (.+)$/mg) {
			$names{$_} = 1 for grep { /^\w+$/ } split / /, $1;
		}
		print map { "$_\n" } sort keys %names;
	' "$srcdir/doc/postbag.1"
}

begin "every name is in the manual, and what the manual names is there"
full_archive
n=0
for way in '' '--by topic' '--by group' '--topic quay.crane'; do
	n=$((n + 1))
	run 0 '' digest --archive "$A" --daily=2019-02-12 $way --format json
	cp "$out" "$T/$n.json"
done
run 0 '' digest --archive "$A" --daily=2019-02-13 --format json
names_of "$T"/?.json "$out" >"$T/names"
names_in_manual >"$T/manual"
at_least "names" "$(wc -l <"$T/manual")" 60
diff "$T/manual" "$T/names" >"$T/differ" || wrong "manual < > JSON: $(grep '^[<>]' "$T/differ" | tr '\n' ' ')"
for list in campaigns held unread attachments others corrections messages awaiting suggested; do
	[ "$(json "scalar @{\$_->{$list}}" "$T/1.json")" -gt 0 ] || wrong "nothing in $list"
done
json_is 'scalar @{$_->{changed}}, scalar @{$_->{decisions}}' '1 1'
end

# for readers other than ours
begin "other readers of JSON"
full_archive
letter "$T/30.eml" 30 'Odd "quotes" \ and tabs	here' "$(printf 'Line\001one \342\200\256turned \360\237\232\242 gantry crane "quoted" \\ back')"
now=1549976400
deliver "$T/30.eml"
now=1550048400
run 0 '' digest --archive "$A" --format json
cp "$out" "$T/json"
readers=0
if command -v python3 >/dev/null; then
	readers=$((readers + 1))
	python3 -c 'import json, sys; d = json.load(open(sys.argv[1], encoding="utf-8")); sys.exit(d["version"] != 1 or d["ledger"]["difference"] != 0)' "$T/json" || wrong "python3 does not read it"
fi
if command -v jq >/dev/null; then
	readers=$((readers + 1))
	same "jq" "$(jq '.ledger.difference' "$T/json" 2>&1)" 0
fi
if [ "$readers" -eq 0 ]; then skip "neither python3 nor jq is here"; else end; fi

# the parts fit together: whatever a list names is among the messages, and the numbers are those of the lists
begin "the parts fit together"
full_archive
for way in '' '--by topic' '--by group' '--workstream quay'; do
	run 0 '' digest --archive "$A" --daily=2019-02-12 $way --format json
	json_is 'my $d = $_; my %known = map { $_->{id} => 1 } @{$d->{messages}};
		my @named = ((map { @{$_->{messages}} } @{$d->{"$d->{by}s"}}, @{$d->{campaigns}}, $d->{unfiled} // { messages => [] }), @{$d->{suggested}});
		scalar(grep { !$known{$_} } @named)' 0
	json_is 'my $d = $_; scalar(grep { $_->{count} != @{$_->{messages}} || $_->{history}[6] != $_->{count} || @{$_->{history}} != 7 } @{$d->{"$d->{by}s"}})' 0
	json_is 'my $d = $_; my $sum = 0; $sum += $d->{ledger}{$_} for qw(input team auto bounce spam admin announcement held duplicate variant unread redacted); $sum - $d->{ledger}{received}' 0
done
end
