#!/bin/sh
# postbag digest: a ledger first. Every delivery of the window is in it once, counted on two sides, and what does not reconcile fails.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 17

# The ledger's line "received N = kind n + ...": the sum must be right. Leaves the total in $total and the classes in $T/classes.
read_ledger() {
	perl -0777 -ne '
		/^(received 0|nothing received)\s*$/m and print("total 0\n"), exit;
		/^received (\d+) = ((?:[\w ]+? \d+(?:\s*\+\s*)?)+)/m or die "no ledger line\n";
		my ($total, $classes) = ($1, $2);
		my $sum = 0;
		for (split /\s*\+\s*/, $classes) {
			/^\s*(.*\w)\s+(\d+)\s*$/s or die "no class: $_\n";
			print "$1 $2\n";
			$sum += $2;
		}
		die "the classes make $sum, not $total\n" if $sum != $total;
		print "total $total\n";
	' "$out" >"$T/classes" 2>"$T/ledger-error" || wrong "$shown: ledger: $(cat "$T/ledger-error"): $(head -c 300 "$out" | tr '\n' ';')"
}
class() { awk -v name="$1" '$1 == name { n = $2 } END { print n + 0 }' "$T/classes"; }
ledger_is() { # CLASS NUMBER...
	read_ledger
	while [ $# -gt 1 ]; do
		same "$shown: ledger, $1" "$(class "$1")" "$2"
		shift 2
	done
}

# yesterday's twelve letters: each in one class, and no other day's
begin "--daily: the day before, every delivery once"
harbour_archive
run 0 '' digest --archive "$A" --daily
ledger_is total 12 input 8 team 1 auto 1 spam 1 held 1 unread 0
out_has '12 February 2019'
cp "$out" "$T/daily"
run 0 '' digest --archive "$A"
out_same "$T/daily"
run 0 '' digest --archive "$A" --daily=2019-02-12
ledger_is total 12
end

# the 72 columns that mail readers give a text
begin "72 columns"
sample_archive
run 0 '' digest --archive "$A" --since 2017-01-01 --until 2021-01-01
at_least "lines" "$(wc -l <"$out")" 60
perl -CSD -Mutf8 -ne '
	s/\n//;
	my $wide = () = /[\x{1100}-\x{115f}\x{2e80}-\x{303e}\x{3041}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}\x{ff00}-\x{ff60}]/g;
	my $narrow = () = /\p{Mn}/g;
	print "$.: ", length, ": $_\n" if length($_) + $wide - $narrow > 72;
' "$out" >"$T/wide"
[ ! -s "$T/wide" ] || wrong "wider than 72: $(head -n 3 "$T/wide" | tr '\n' ';')"
end

# what a rapporteur looks for: the workstreams with numbers, who wrote, what it is about, and where to read it
begin "what is told of a message"
harbour_archive
run 0 '' digest --archive "$A" --daily
out_has 'quay +Quays and cranes'
out_has 'water +The water and what lies in it'
out_has 'Pat Pilot'
out_has "$(letter_id 4 | cut -c 1-8)"
out_has 'Fahrrinne'
out_has 'Opening hours|My question is when the lock opens'
# unfiled and suggested messages are there to be looked at
out_has 'Thank you'
out_has '[Ss]uggested'
out_has "$(letter_id 6 | cut -c 1-8)"
end

# until staff release it, a held message is counted and nothing of it is told: neither words, subject nor writer
begin "a held message's words never appear"
harbour_archive
run 0 '' digest --archive "$A" --daily
ledger_is held 1
for word in zebrafinch powder 'Careful please' 'Quin'; do out_lacks "$word"; done
run 0 '' digest --archive "$A" --daily --format json
for word in zebrafinch powder 'Careful please' 'Quin'; do out_lacks "$word"; done
# another letter that quotes it gives it away no more than it does itself
run 0 '' query --archive "$A" --count is:held
out_is 1
end

# a duplicate is a delivery, counted as what it is; a list's copy of a letter is a variant, counted once
begin "duplicates and variants"
harbour_archive
now=1549976400
deliver "$T/letters/01-crane.eml"
{
	printf 'From: Ada Example via Harbour <harbour@example.org>\nReply-To: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 08:01:00 +0000\nTo: <harbour@example.org>\n'
	printf 'Subject: [Harbour] The cranes\nMessage-ID: <letter-1@example.net>\nList-Id: The harbour <harbour.example.org>\nX-BeenThere: harbour@example.org\nX-Mailman-Version: 2.1.23\nPrecedence: list\n'
	printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nThe gantry cranes on the north side squeak all night.\n'
	printf '_______________________________________________\nHarbour mailing list\nharbour@example.org\nhttps://lists.example.org/mailman/listinfo/harbour\n'
} >"$T/list.eml"
deliver "$T/list.eml"
check_archive 13 14
now=1550048400
run 0 '' digest --archive "$A" --daily
ledger_is total 14 input 8 duplicate 1 variant 1 held 1
end

# a week is an ISO week, and without a date the last one that is over
begin "--weekly"
harbour_archive
run 0 '' digest --archive "$A" --weekly=2019-02-12
ledger_is total 12
out_has '2019-W07|[Ww]eek 7|11.*17 February'
run 0 '' digest --archive "$A" --weekly
ledger_is total 0
now=1550480400
run 0 '' digest --archive "$A" --weekly
ledger_is total 12
now=1550048400
run 0 '' digest --archive "$A" --weekly=2019-W07
ledger_is total 12
end

# any window, both ends included as days; the ends of a day belong to one day only
begin "--since and --until"
run 0 '' init "$A"
n=0
for moment in 1549929599 1549929600 1550015999 1550016000; do # the last second of the 11th, the first and last of the 12th, the first of the 13th
	n=$((n + 1))
	letter "$T/$n.eml" $n "Number $n" "Text $n."
	now=$moment
	deliver "$T/$n.eml"
done
now=1550048400
for window in '--daily=2019-02-11 1' '--daily=2019-02-12 2' '--daily=2019-02-13 1' '--since=2019-02-11 4' '--since=33h 3'; do
	run 0 '' digest --archive "$A" ${window% *}
	ledger_is total ${window#* }
done
run 0 '' digest --archive "$A" --since 2019-02-11 --until 2019-02-12
ledger_is total 3
run 0 '' digest --archive "$A" --since 2019-02-12 --until 2019-02-12
ledger_is total 2
run 0 '' digest --archive "$A" --until 2019-02-11
ledger_is total 1
run 0 '' digest --archive "$A" --daily=2019-02-12 --timezone Europe/Berlin
ledger_is total 2
run 0 '' digest --archive "$A" --daily=2019-02-13 --timezone Europe/Berlin
ledger_is total 2
end

# days are 23 to 25 hours long where clocks are put forward and back
begin "the day that has 23 hours"
run 0 '' init "$A"
n=0
for moment in 1553986799 1553986800 1554069599 1554069600; do # in Berlin the 31st of March 2019 is [30 23:00 UTC, 31 22:00 UTC)
	n=$((n + 1))
	letter "$T/$n.eml" $n "Number $n" "Text $n."
	now=$moment
	deliver "$T/$n.eml"
done
run 0 '' digest --archive "$A" --timezone Europe/Berlin --daily=2019-03-31
ledger_is total 2
now=1550048400
end

# one workstream's digest: its messages and no other's, and the ledger still accounts for all
begin "--workstream"
harbour_archive
run 0 '' digest --archive "$A" --daily --workstream water
out_has 'Fahrrinne'
out_lacks 'First report'
read_ledger
run 64 "'watr'; did you mean 'water'" digest --archive "$A" --daily --workstream watr
end

# nothing came: a digest that says so is better than none
begin "an empty window"
harbour_archive
run 0 '' digest --archive "$A" --daily=2019-01-01
ledger_is total 0
out_has '[Nn]othing'
out_has '^\(letters are counted on the day on which they arrived\)$'
run 0 '' digest --archive "$A" --daily=2019-01-01 --format json
json 1 >"$T/json"
[ -s "$T/json" ] || wrong "no JSON"
end

# the truth is counted in mail.db and the rows in index.db: a row that is gone is seen, said, and fails
begin "a delivery's row is gone: does not reconcile"
harbour_archive
sql index.db 'DELETE FROM delivery WHERE seq = (SELECT max(seq) FROM delivery)'
run 1 'does not reconcile' digest --archive "$A" --daily
out_has 'does not reconcile: -?1'
run 1 'does not reconcile' digest --archive "$A" --daily --format json
run 1 'does not reconcile' digest --archive "$A" --daily --workstream water
# another day's digest is none the worse for it
run 0 '' digest --archive "$A" --daily=2019-02-11
run 0 '*' rebuild --archive "$A"
run 0 '' digest --archive "$A" --daily
ledger_is total 12
end

begin "a message's row is gone: does not reconcile"
harbour_archive
sql index.db "DELETE FROM message WHERE public_id = '$(letter_id 5)'"
run 1 'does not reconcile' digest --archive "$A" --daily
out_has 'does not reconcile'
end

# a row too many is as wrong as one too few
begin "a row too many: does not reconcile"
harbour_archive
sql index.db "INSERT INTO delivery SELECT 999999, message, received, source, again FROM delivery LIMIT 1"
run 1 'does not reconcile' digest --archive "$A" --daily
end

# what is still in the spool was received and is unread: the ledger counts it as such and reconciles; after sweep it has its kind
begin "the spool counts"
harbour_archive
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
mv "$A/mail.db" "$T/mail.db"
rm -f "$A"/mail.db-*
: >"$A/mail.db"
letter "$T/spooled.eml" 13 'Spooled' 'It waits.'
now=1549976400
run 0 'spool' deliver --archive "$A" <"$T/spooled.eml"
now=1550048400
mv "$T/mail.db" "$A/mail.db"
run 0 '' digest --archive "$A" --daily
ledger_is total 13 input 8 unread 1
out_has '1 of the unread waits in the spool'
run 0 '' digest --archive "$A" --daily=2019-02-11
run 0 '*' sweep --archive "$A"
run 0 '' digest --archive "$A" --daily
ledger_is total 13 input 9
end

# an unread message stands in the ledger and is named, so that someone looks
begin "unread"
harbour_archive
id=$(letter_id 5)
make_unread "$id" 'the reader ran out of memory'
run 0 '' digest --archive "$A" --daily
ledger_is total 12 unread 1 input 7
out_has "$(printf '%s' "$id" | cut -c 1-8)"
out_has 'out of memory'
end

# for programs: a version, the ledger, and the same numbers
begin "--format json"
harbour_archive
run 0 '' digest --archive "$A" --daily --format json
json_is 'exists $_->{version} ? $_->{version} : "none"' 1
perl -MJSON::PP -0777 -ne '
	my $text = JSON::PP->new->utf8->decode($_);
	my @numbers;
	my @todo = ($text);
	while (@todo) {
		my $value = shift @todo;
		if (ref $value eq "HASH") { push @numbers, map { "$_=$value->{$_}" } grep { !ref $value->{$_} && defined $value->{$_} } sort keys %$value; push @todo, values %$value }
		elsif (ref $value eq "ARRAY") { push @todo, @$value }
	}
	print "$_\n" for @numbers;
' "$out" >"$T/numbers"
for pair in input=8 team=1 auto=1 held=1 spam=1; do
	grep -qx "$pair" "$T/numbers" || wrong "no $pair in the JSON digest"
done
run 64 'expected one of text, json, csv, html, mime' digest --archive "$A" --daily --format xml
end

# a window that cannot be is an error, not an empty digest
begin "wrong windows"
harbour_archive
run 64 'daily|weekly' digest --archive "$A" --daily --weekly
run 64 'since|daily' digest --archive "$A" --daily --since 2019-02-01
run 64 'since|before' digest --archive "$A" --since 2019-02-12 --until 2019-02-11
run 64 '2019-02-30' digest --archive "$A" --daily=2019-02-30
run 64 'argument "2019-02-12"; a day is --daily=2019-02-12$' digest --archive "$A" 2019-02-12
run 64 'since=2019-03-01 is in the future$' digest --archive "$A" --since=2019-03-01
end
