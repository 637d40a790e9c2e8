#!/bin/sh
# Retention: mail of the kinds that the configuration names goes when its time is over, and no other mail; what is gone is nowhere, and stays known.

srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || skip_all "no python3 or no zstd: nothing was searched"
plan 7

gone() { # WORD...
	for _word; do
		"$srcdir/tests/cli/find-words" "$_word" "$A" >"$root/places" 2>&1
		[ ! -s "$root/places" ] || wrong "$_word is still in $(sed "s|$A/||" "$root/places" | head -n 5 | tr '\n' ';')"
	done
}
there() { # WORD...
	for _word; do
		"$srcdir/tests/cli/find-words" "$_word" "$A" >"$root/places" 2>&1
		[ -s "$root/places" ] || wrong "$_word is not there any more"
	done
}
days() { now=$((1549972800 + 86400 * $1)); } # after the letters came

retention() { # VALUE
	config=$T/postbag.conf
	printf '[archive]\nfolder = %s\nrules = %s\nretention = %s\n' "$A" "$T/harbour.rules" "$1" >"$config"
}

# Letters of each kind, some of which must stay whatever their age.
begin "mail goes when its time is over, and what must stay stays"
harbour_archive
now=1549972800
letter "$T/s1.eml" 20 'Cheap' 'A marigold for sale, special offer of the week for you.' 'X-Spam-Flag: YES'
letter "$T/s2.eml" 21 'Cheap again' 'A foxglove for sale, special offer of the week for you.' 'X-Spam-Flag: YES'
letter "$T/s3.eml" 22 'Cheap still' 'A hemlock for sale, special offer of the week for you.' 'X-Spam-Flag: YES'
letter "$T/s4.eml" 23 'Cheap too' 'An oleander for sale, special offer of the week for you.' 'X-Spam-Flag: YES'
letter "$T/s5.eml" 24 'Cheap parent' 'A speedwell for sale, special offer of the week for you.' 'X-Spam-Flag: YES'
letter "$T/s6.eml" 25 'Re: Cheap parent' 'Please stop to send me this.' 'In-Reply-To: <letter-24@example.net>'
letter "$T/s7.eml" 26 'A real question' 'A honesty that only looked like input.'
for n in 1 2 3 4 5 6 7; do deliver "$T/s$n.eml"; done
retention 'spam 90d; auto 1y'
run 0 '' hold --note 'look at it' "$(letter_id 21)"
run 0 '' note --note 'odd' "$(letter_id 22)"
run 0 '' assign "$(letter_id 23)" +quay --note 'is about it'
run 0 '' assign "$(letter_id 26)" kind:spam --note 'is spam'
days 89
run 0 '0 messages would be removed' sweep --dry-run
out_empty
run 0 '' sweep
there marigold
run 0 '' status
out_has '^retention  0 due'
days 91
run 0 '' status
out_has '^retention  3 due; postbag sweep removes them$'
run 0 '3 messages would be removed' sweep --dry-run
out_lines 3
before=$(sql mail.db 'SELECT max(seq) FROM entry')
run 0 '3 messages removed because their time was over' sweep
gone marigold 'Cheap gantry' honesty
there foxglove hemlock oleander speedwell
run 0 '' sweep
same "entries of a second sweep" "$(sql mail.db "SELECT count(*) FROM entry WHERE seq > $before AND action = 'redact'")" 3
same "nothing is pending" "$(ls -A "$A" | grep -c redacting)" 0
run 0 '' history "$(sql index.db "SELECT public_id FROM message WHERE redacted = 'whole' ORDER BY message LIMIT 1")"
out_has 'retention redacted .*: spam 90d'
run 0 '' digest --since 2019-02-12 --until 2019-06-01
out_has 'redacted 3'
out_has 'retention redacted'
run 0 '' digest --since 2019-02-12 --until 2019-06-01 --format json
json_is '$_->{ledger}{difference}' 0
run 0 '*' check
days 400
run 0 '1 messages removed' sweep
there squeak speedwell
run 0 '*' check
dump_index "$T/kept"
run 0 '' rebuild -q
dump_index "$T/anew"
same_index "$T/kept" "$T/anew" "rebuilt after retention"
deliver "$T/s1.eml"
gone marigold
now=1550048400
end

# a tombstone keeps its kind: of spam the public sees none
begin "tombstones of spam are not public"
harbour_archive
retention 'spam 1d'
days 30
run 0 'removed because' sweep
same "public tombstones" "$(sql index.db "SELECT count(*) FROM public_message WHERE redacted = 'whole'")" 0
same "kinds of tombstones" "$(sql index.db "SELECT group_concat(DISTINCT kind) FROM message WHERE redacted = 'whole'")" spam
now=1550048400
end

# bounded work a run
begin "a sweep removes so many and no more"
run 0 '' init "$A"
harbour_rules "$T/harbour.rules"
retention 'spam 1d'
run 0 '' sweep
mkdir "$T/spam"
python3 - "$T/spam.mbox" <<'PYTHON'
import sys
with open(sys.argv[1], "w") as out:
    for n in range(520):
        out.write(f"From x Tue Feb 12 08:00:00 2019\nFrom: s{n}@example.com\nSubject: Offer {n}\nDate: Tue, 12 Feb 2019 08:00:00 +0000\nMessage-ID: <s{n}@example.com>\nX-Spam-Flag: YES\n\nCheap marigold number {n}, delivered to your door.\n\n")
PYTHON
rmdir "$T/spam"
run 0 '*' import "$T/spam.mbox"
same "spam" "$(sql index.db "SELECT count(*) FROM message WHERE kind = 'spam'")" 520
days 30
run 0 '500 messages removed' sweep
same "left" "$(sql index.db "SELECT count(*) FROM message WHERE redacted IS NULL")" 20
run 0 '20 messages removed' sweep
gone marigold
run 0 '*' check
now=1550048400
end

# rules that were wrong can be mended, what went by them cannot
begin "nothing goes for a week after a reclassify"
harbour_archive
retention 'spam 30d'
days 100
printf '\n[topic quay.rope]\ntitle = Ropes\nkeyword = rope walk\n' >>"$T/harbour.rules"
run 0 '*' reclassify
run 0 '0 messages would be removed' sweep --dry-run
days 106
run 0 '*' sweep
run 0 '' status
out_has '^retention  0 due'
same "nothing went" "$(sql index.db "SELECT count(*) FROM message WHERE redacted IS NOT NULL")" 0
days 108
run 0 'removed because' sweep
same "some went" "$(sql index.db "SELECT count(*) > 0 FROM message WHERE redacted IS NOT NULL")" 1
now=1550048400
end

# input goes only when it is named
begin "input"
harbour_archive
retention 'spam 1d; bounce 1d; auto 1d'
days 4000
run 0 'removed because' sweep
same "input is there" "$(sql index.db "SELECT count(*) > 5 FROM message WHERE kind = 'input' AND redacted IS NULL")" 1
retention 'input 10y'
run 0 'removed because' sweep
same "input that nobody held or decided on" "$(sql index.db "SELECT count(*) FROM message WHERE kind = 'input' AND redacted IS NULL AND held IS NULL AND message NOT IN (SELECT message FROM reference WHERE id IN (SELECT id FROM reference WHERE n > 0))")" 0
now=1550048400
end

# what is wrong is refused where it stands
begin "a retention that is none"
run 0 '' init "$A"
harbour_rules "$T/harbour.rules"
for value in 'spam' 'spam 90' 'spam 90h' 'spm 90d' 'spam 0d' 'spam -1d' 'spam 90d 4' '90d spam'; do
	retention "$value"
	run 78 'postbag.conf:4:13: .* is no retention; write a kind of message' status
done
retention 'spam 90d; spam 30d'
run 78 'postbag.conf:4:23: the retention of spam is given twice' status
end

# a sweep that is killed leaves it to the next
begin "killed in the middle"
harbour_archive
retention 'spam 1d'
days 30
n=0
while [ $((n += 1)) -le 6 ]; do
	timeout -s KILL "0.0$n" env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$config" "$POSTBAG" sweep >"$out" 2>"$err"
done
# a killed sweep's children hold its lock a moment longer, and the next one then leaves it to them
tries=0
while
	alone sweep >"$out" 2>"$err" || wrong "sweep: $(head -c 300 "$err")"
	[ "$(ls -A "$A" | grep -c redacting)" != 0 ] && [ $((tries += 1)) -le 50 ]
do sleep 0.1; done
gone 'Cheap gantry'
same "nothing is pending" "$(ls -A "$A" | grep -c redacting)" 0
run 0 '*' check
now=1550048400
end
