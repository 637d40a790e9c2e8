#!/bin/sh
# What is redacted is nowhere afterwards: not in a row, a free page, a log, a spool or the search index, in no encoding; and it does not come back.
# Every file is searched by tests/cli/find-words, which shares nothing with the program.

srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || skip_all "no python3 or no zstd: nothing was searched"
plan 26

# gone WORD...: in no file below the archive and the test's folders of mail
gone() {
	for _word; do
		"$srcdir/tests/cli/find-words" "$_word" "$A" >"$root/places" 2>&1
		[ ! -s "$root/places" ] || wrong "$_word is still in $(sed "s|$A/||" "$root/places" | head -n 5 | tr '\n' ';')"
	done
}
# there WORD: the search finds what is there, or a test of it would prove nothing
there() {
	"$srcdir/tests/cli/find-words" "$1" "$A" >"$root/places" 2>&1
	[ -s "$root/places" ] || wrong "$1 is not found before"
}
# unsaid WORD...: no command says it
unsaid() {
	for _command in "show $id" "show --raw $id" "show --format json $id" "explain $id" "query" "query --format json" "query --format csv" "history" "history $id" \
		"digest --daily=2019-02-13" "digest --daily=2019-02-12" "digest --since 2018-01-01 --format json" "status" "status --format json"; do
		# shellcheck disable=SC2086
		shown="postbag $_command"
		# shellcheck disable=SC2086
		alone $_command --archive "$A" >"$out" 2>"$err"
		for _word; do
			! grep -aiq -- "$_word" "$out" "$err" || wrong "$_command says $_word"
		done
	done
}
# The index is what mail.db gives, before and after it is made anew.
whole() {
	run 0 '*' check --archive "$A"
	dump_index "$T/kept"
	run 0 '' rebuild --archive "$A" -q
	dump_index "$T/anew"
	same_index "$T/kept" "$T/anew" "rebuilt after a redaction"
	run 0 '*' check --archive "$A"
}

# An archive with rules and one letter that they file, so that there are rows of every kind.
small_archive() {
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	letter "$T/first.eml" 30 'The cranes' 'The gantry cranes squeak.'
	deliver "$T/first.eml"
}

# A message that says one name in every way that mail knows.
every_way() { # FILE
	python3 - "$1" <<'PYTHON'
import base64, quopri, sys
name = "Quaggarine"
b64 = lambda data: base64.encodebytes(data)
parts = [
    (b"text/plain; charset=iso-8859-1", b"quoted-printable", quopri.encodestring("Bei Quaggarine im Caf\xe9. quag\xadgarine schrieb es.\n".encode("latin-1")).replace(b"Quagg", b"Quag=\n=67")),
    (b"text/plain; charset=utf-8", b"base64", b64(("Lang und breit sprach " * 9 + name + "\n").encode())),
    (b"text/plain; charset=utf-16", b"base64", b64("In wide letters QUAGGARINE stands.\n".encode("utf-16"))),
    (b"text/plain; charset=koi8-r", b"8bit", "Письмо от Quaggarine сюда.\n".encode("koi8-r")),
    (b"text/html; charset=utf-8", b"quoted-printable", b"<p>Qua<b>gga</b>rine, Quagga&#114;ine, <a href=3D\"mailto:x@example.net?subject=3D%51uaggarine\">here</a></p>\n"),
    (b"text/plain; name=\"=?utf-8?B?UXVhZ2dhcmluZS50eHQ=?=\"\nContent-Disposition: attachment; filename*0*=utf-8''Quag; filename*1*=g%61rine.txt", b"7bit", b"An attached note by quaggarine.\n"),
    (b"application/octet-stream", b"base64", b64(b"\0\1\2 Quaggarine \3\4")),
    (b"message/rfc822", b"7bit", b"From: Quaggarine <q@example.com>\nSubject: =?utf-8?Q?Quag?= =?utf-8?Q?garine?=\n\nInside: Quaggarine.\n"),
]
out = b"""From: =?utf-8?Q?Zo=C3=AB_Quaggarine?= <zoe@example.com>
To: harbour@example.org
Subject: News of =?utf-8?B?UXVhZ2c=?= =?utf-8?B?YXJpbmU=?= and the marigold
Date: Tue, 12 Feb 2019 08:01:00 +0000
Message-ID: <every-way@example.com>
X-Sent-By: the Quaggarine
 household
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=cut

A preamble for quaggarine.
"""
for kind, encoding, body in parts:
    out += b"--cut\nContent-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body
out += b"--cut\nContent-Type: text/plain\n\nThe marigold stays.\n--cut--\nAn epilogue of Quaggarine.\n"
open(sys.argv[1], "wb").write(out)
PYTHON
}

# every encoding that a word can stand in: surgical where that is certain, a part whole where it is not
begin "a word in every encoding"
harbour_archive
every_way "$T/m.eml"
deliver "$T/m.eml"
id=$(newest_id)
there Quaggarine
run 0 '' redact --archive "$A" --by Ada --note 'asked for it' --text quaggarine "$id"
out_has 'removes in header field From: 1 place$'
out_has 'removes in part 1, text/plain: 2 places$'
out_has 'removes the whole of part 7, application/octet-stream$'
out_has 'nothing of it is found in the archive any more'
gone Quaggarine
unsaid quaggarine
run 0 '' show --archive "$A" "$id"
out_has 'The marigold stays'
out_has '^redacted   in part$'
out_has 'decided .* Ada redacted: asked for it$'
run 0 '' query --archive "$A" marigold
out_lines 1
run 0 'no message matches' query --archive "$A" quaggarine
out_empty
whole
gone Quaggarine
end

# nothing is changed by looking
begin "a dry run says what would go and changes nothing"
harbour_archive
id=$(letter_id 11)
before=$(sql mail.db "SELECT count(*), max(seq) FROM entry")
run 0 '' redact --archive "$A" --dry-run --text 'powder store' "$id"
out_has 'would remove in part 1, text/plain: [12] places?$'
out_lacks 'powder'
same "entries" "$(sql mail.db "SELECT count(*), max(seq) FROM entry")" "$before"
run 0 '' show --archive "$A" --raw "$id"
out_has 'powder store'
run 64 'expected --note TEXT' redact --archive "$A" --text powder "$id"
run 64 'expected one of --text' redact --archive "$A" --note x "$id"
run 64 'no letter or digit' redact --archive "$A" --note x --text '...' "$id"
run 64 'the note or the name has the words' redact --archive "$A" --note 'the POWDER must go' --text powder "$id"
run 66 'the words are not in it' redact --archive "$A" --note x --text nowhere "$id"
run 65 'cannot be taken out safely, the whole letter would go; give more of them, or --all$' redact --archive "$A" --note x --text a "$id"
run 66 'no part 9' redact --archive "$A" --note x --part 9 "$id"
same "entries" "$(sql mail.db "SELECT count(*), max(seq) FROM entry")" "$before"
end

# words over line ends and quote marks; several at once; from standard input, where no list of processes shows them
begin "words from standard input, over the ends of lines"
small_archive
letter "$T/a.eml" 1 'A reply' "My neighbour Tarquin
Vellichor said:
> Tarquin
> Vellichor was here, number 0171-555 0188."
deliver "$T/a.eml"
id=$(newest_id)
printf 'tarquin vellichor\n0171 555 0188\n' >"$T/words"
run 0 '' redact --archive "$A" --note 'asked for it' --text - "$id" <"$T/words"
gone Vellichor Tarquin 0188
run 0 '' show --archive "$A" "$id"
out_has 'My neighbour \[removed\] said'
whole
end

# an address goes from the header, the text and the envelope
begin "an address"
small_archive
letter "$T/a.eml" 1 'Hello' 'Write to pim.pernel@example.com, not to mim@example.com.' 'From: Pim <pim.pernel@example.com>'
deliver "$T/a.eml" --sender pim.pernel@example.com --recipient harbour@example.org
id=$(newest_id)
there pim.pernel
run 0 '' redact --archive "$A" --note 'asked for it' --address Pim.Pernel@example.com "$id"
gone pim.pernel
run 0 '' show --archive "$A" "$id"
out_has '^from +Pim <removed@removed.invalid>$'
out_has 'mim@example.com'
same "recipients kept" "$(count "entry WHERE recipient IS NOT NULL")" 1
whole
end

# a person's name and address stand once for all letters: they go with the last letter that has them, and are told of the others
begin "a person whom other letters have"
small_archive
letter "$T/a.eml" 1 'Hello' 'To two.' 'Cc: Pim Pernel <pim.pernel@example.com>, Oda Osk <oda.osk@example.com>'
deliver "$T/a.eml"
id=$(newest_id)
letter "$T/b.eml" 2 'Hello again' 'To one.' 'Cc: Pim Pernel <pim.pernel@example.com>'
deliver "$T/b.eml"
other=$(newest_id)
run 0 '' redact --archive "$A" --note 'asked for it' --text 'Pim Pernel' "$id"
out_has "^$(printf %.8s "$other")  has the words too"
out_lacks 'Message-ID'
run 0 '' redact --archive "$A" --note 'asked for it' --all "$id"
gone oda.osk 'Oda Osk'
same "the other has them" "$(sql index.db "SELECT count(*) FROM person WHERE name = 'Pim Pernel'")" 1
run 0 '' redact --archive "$A" --note 'asked for it' --all "$other"
gone pim.pernel 'Pim Pernel'
whole
end

# a note on a letter's kind, which stands in its row too, is a decision's, and stays
begin "words in the note on a letter's kind"
small_archive
letter "$T/a.eml" 1 'Hello' 'An oleander grows.'
deliver "$T/a.eml"
id=$(newest_id)
run 0 '*' assign --archive "$A" "$id" kind:spam --note 'the oleander advert'
run 0 '' redact --archive "$A" --note 'asked for it' --text oleander "$id"
out_has "a decision's note, name or value has the words, and stays as it is"
whole
end

# of an address that only the envelope tells, too, and of words in the header of a copy that came later
begin "words in an envelope alone, or in a later copy's header"
small_archive
letter "$T/a.eml" 1 'Hello' 'Nothing of it stands here.'
deliver "$T/a.eml" --sender 'bounce+pim.pernel=example.com@lists.example.org' --recipient harbour@example.org
id=$(newest_id)
there pim.pernel
run 0 '' redact --archive "$A" --note 'asked for it' --address pim.pernel@example.com "$id"
out_has 'removes the envelope'
gone pim.pernel
{
	printf 'Received: from oleander.example.net by here.example.org; Tue, 12 Feb 2019 09:00:00 +0000\n'
	cat "$T/a.eml"
} >"$T/b.eml"
run 66 'the words are not in it' redact --archive "$A" --note slip --text oleander "$id"
letter "$T/c.eml" 2 'Another' 'Nothing of it stands here either.'
deliver "$T/c.eml"
id=$(newest_id)
sed '1i\
Received: from oleander.example.net by here.example.org; Tue, 12 Feb 2019 09:00:00 +0000' "$T/c.eml" >"$T/b.eml"
deliver "$T/b.eml"
there oleander
run 0 '' redact --archive "$A" --note slip --text oleander "$id"
gone oleander
run 0 '' show --archive "$A" --raw "$id"
out_has 'Nothing of it stands here either'
whole
end

# what is read as a document though it calls itself text; a word that a line's end divides; a name with a backslash in it
begin "rich text, divided words and backslashes"
small_archive
{
	printf 'From: "Pim Oleand\\er" <pim@example.com>\nSubject: Three ways\nMessage-ID: <three@example.net>\nMIME-Version: 1.0\n'
	printf 'Content-Type: multipart/mixed; boundary=cut\n\n--cut\n\n> It is the olean-\n> der of the house.\nThe marigold stays.\n'
	printf -- '--cut\nContent-Type: text/rtf; name="a.rtf"\n\n{\\rtf1 Ole{\\b and}er}\n--cut--\n'
} >"$T/a.eml"
deliver "$T/a.eml"
run 0 '*' sweep --archive "$A"
id=$(newest_id)
run 0 '' redact --archive "$A" --note slip --text oleander "$id"
out_has 'removes in header field From: 1 place$'
out_has 'removes in part 1, text/plain: [0-9]+ places?$'
out_has 'removes the whole of part 2, text/rtf$'
gone oleander
run 0 '' show --archive "$A" --raw "$id"
! grep -Eiq 'olean|Ole\{' "$out" || wrong "the words can be read still"
out_has 'marigold stays'
out_has 'Three ways'
whole
end

# words that every message is made of would leave nothing of it
begin "words that are no one's"
small_archive
letter "$T/a.eml" 1 'Hello' 'The text is here, from me.'
deliver "$T/a.eml"
id=$(newest_id)
before=$(sql mail.db "SELECT count(*), max(seq) FROM entry")
for words in text from content base64 date; do
	run 64 'every message has these words' redact --archive "$A" --note slip --text "$words" "$id"
done
same "entries" "$(sql mail.db "SELECT count(*), max(seq) FROM entry")" "$before"
run 0 '' redact --archive "$A" --note slip --text 'text is here' "$id"
run 0 '' show --archive "$A" --raw "$id"
out_has 'The \[removed\], from me'
whole
end

# a part that nobody can read goes by its number
begin "a part"
small_archive
{
	printf 'From: a@example.net\nSubject: A picture\nMessage-ID: <pic@example.net>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n\n--cut\n\nSee there.\n--cut\n'
	printf 'Content-Type: image/png; name="grebe.png"\nContent-Disposition: attachment; filename="grebe.png"\nContent-Transfer-Encoding: base64\n\n'
	perl -MMIME::Base64 -e 'print encode_base64("Wendelgard" . join "", map { chr($_ * 7 % 256) } 1 .. 3000)'
	printf '%s\n' --cut--
} >"$T/a.eml"
deliver "$T/a.eml"
id=$(newest_id)
there Wendelgard
run 0 '' redact --archive "$A" --note 'no consent' --part 2 "$id"
out_has 'removes the whole of part 2, image/png'
gone Wendelgard grebe.png
run 0 '' show --archive "$A" "$id"
out_has 'See there'
out_has 'This part was removed'
whole
end

# the same bytes may stand before it, in a preamble, a header or inside a word
begin "the part that is meant"
small_archive
{
	printf 'From: a@example.net\nSubject: Parts\nMessage-ID: <parts@example.net>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n\n'
	printf 'The marigold stays.\n--cut\n\nThe marigold stays.\n--cut\nContent-Type: text/plain; name="b.txt"\n\na\n--cut\n\nb a\n--cut--\n'
} >"$T/a.eml"
deliver "$T/a.eml"
id=$(newest_id)
run 0 '' redact --archive "$A" --note slip --part 1 "$id"
run 0 '' show --archive "$A" --raw "$id"
tr '\n' '|' <"$out" >"$T/shown"
grep -Fq 'boundary=cut||The marigold stays.|--cut|' "$T/shown" || wrong "the header or the preamble is not what it was"
grep -Eq 'This part was removed from the message\.\|\|?--cut\|Content-Type: text/plain; name="b.txt"\|\|a\|--cut\|\|b a\|' "$T/shown" || wrong "part 1 is not what went"
run 0 '' redact --archive "$A" --note slip --part 2 "$id"
run 0 '' show --archive "$A" --raw "$id"
out_lacks 'b.txt'
out_has '^b a$'
whole
end

# what show prints can be named by where it stands
begin "a span of the shown text"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
deliver "$T/a.eml"
id=$(newest_id)
run 0 '' redact --archive "$A" --note 'slip' --span 14-22 "$id"
gone oleander
run 0 '' show --archive "$A" "$id"
out_has '^The secret is \[removed\], is it not'
run 64 'its text has [0-9]+ characters' redact --archive "$A" --note x --span 10-9999 "$id"
run 64 'expects FROM-TO' redact --archive "$A" --note x --span ten "$id"
whole
end

# of a whole message the fact stays, and nothing else
begin "a whole message"
harbour_archive
id=$(letter_id 11)
there zebrafinch
run 0 '' redact --archive "$A" --by Ada --note 'not ours to keep' --all "$id"
gone zebrafinch quin@example.com 'Careful please'
unsaid zebrafinch
run 0 '' show --archive "$A" "$id"
out_has '^\(redacted\)$'
out_has '^redacted   as a whole$'
out_has 'not ours to keep'
run 0 '' explain --archive "$A" "$id"
out_has 'nothing is left of it'
run 66 'was redacted' show --archive "$A" --raw "$id"
run 0 '' digest --archive "$A" --daily=2019-02-12
out_has 'redacted 1'
run 0 '' digest --archive "$A" --daily=2019-02-12 --format json
json_is '$_->{ledger}{difference}, $_->{ledger}{redacted}' '0 1'
run 64 'cannot be taken back' undo --archive "$A" "$id"
run 66 'was redacted' redact --archive "$A" --note again --all "$id"
whole
end

# the same bytes are known for ever, whichever way they come
begin "the same message comes again"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
deliver "$T/a.eml" --sender pim@example.com
id=$(newest_id)
run 0 '' redact --archive "$A" --note slip --text oleander "$id"
letter "$T/b.eml" 2 'Away' 'All of foxglove goes.'
deliver "$T/b.eml" --sender pam@example.com
other=$(newest_id)
run 0 '' redact --archive "$A" --note slip --all "$other"
gone oleander foxglove
for file in a b; do
	deliver "$T/$file.eml" --sender again@example.com
	{
		printf 'Received: from elsewhere by here with the word oleander and foxglove; Tue, 12 Feb 2019 09:00:00 +0000\r\n'
		sed 's/$/\r/' "$T/$file.eml"
	} >"$T/$file-crlf.eml"
	deliver "$T/$file-crlf.eml"
	run 0 '*' import --archive "$A" "$T/$file.eml"
	# waiting in the spool
	mkdir -p "$A/spool/new" "$A/spool/tmp" "$A/spool/cur" "$A/spool/envelope"
	chmod 2770 "$A/spool" "$A/spool"/*
	cp "$T/$file.eml" "$A/spool/new/1549972800.M$file.host"
	run 0 '*' sweep --archive "$A"
	same "left in the spool" "$(spooled)" 0
done
gone oleander foxglove again@example.com
check_archive 3 9
whole
gone oleander foxglove
end

# a list's copy has other bytes and the same words
begin "copies and messages that quote it"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, as everybody in town knows by now.'
sed -e 's/^Subject: /Subject: [harbour] /' -e '$a\
_______________________________________________\
harbour mailing list\
harbour@lists.example.org' "$T/a.eml" >"$T/b.eml"
letter "$T/c.eml" 3 'Re: Hello' 'Not at all!

On Tue Ada Example wrote:
> The secret is oleander, as everybody in town knows by now.' 'From: Bo <bo@example.com>' 'In-Reply-To: <letter-1@example.net>'
deliver "$T/a.eml"
id=$(newest_id)
deliver "$T/b.eml"
copy=$(newest_id)
deliver "$T/c.eml"
quote=$(newest_id)
run 0 '' redact --archive "$A" --dry-run --text oleander "$id"
out_has "^$(printf %.8s "$copy")  is a copy of it"
run 0 '' redact --archive "$A" --note slip --text oleander --variants "$id"
out_has "^$(printf %.8s "$copy")  removes"
out_has "^$(printf %.8s "$quote")  has the words too"
run 0 '' show --archive "$A" --raw "$copy"
out_lacks oleander
run 0 '' redact --archive "$A" --note slip --text oleander "$quote"
gone oleander
whole
end

run_pending() { # STATUS PATTERN ARGUMENT...: the file of what is pending may be there
	shown="postbag $3"
	_status=$1 _match=$2
	shift 2
	alone "$@" >"$out" 2>"$err"
	same "exit status of $shown" "$?" "$_status"
	grep -Eq -- "$_match" "$out" "$err" || wrong "$shown: neither stream has /$_match/"
}

# texts of neighbours stand in one row of the index: what goes leaves the others as they were
begin "from the midst of a row of texts"
harbour_archive
run 0 '*' sweep --archive "$A"
same "rows of texts" "$(sql index.db 'SELECT count(*) FROM passages')" 1
id=$(letter_id 11)
there zebrafinch
dump_texts | grep -v "^passages|$id|" >"$T/before"
at_least "texts" "$(wc -l <"$T/before")" $((HARBOUR_LETTERS - 1))
run 0 '' redact --archive "$A" --note 'not ours to keep' --text zebrafinch "$id"
gone zebrafinch
unsaid zebrafinch
dump_texts | grep -v "^passages|$id|" >"$T/after"
same_index "$T/before" "$T/after" "the neighbours' texts"
run 0 '' redact --archive "$A" --note 'not ours to keep' --all "$id"
gone 'powder store behind' quin@example.com
dump_texts | grep -v "^passages|$id|" >"$T/after"
same_index "$T/before" "$T/after" "the neighbours' texts"
whole
end

# damage to a row of texts keeps no redaction out of the index, nor what comes after it; pending until the others in the row can be searched
begin "from a damaged row of texts"
harbour_archive
run 0 '*' sweep --archive "$A"
id=$(letter_id 11)
sql index.db "UPDATE passages SET found = x'28b52ffd0000'" >/dev/null
run_pending 75 'cannot be searched: it is damaged' redact --archive "$A" --note 'not ours to keep' --all "$id"
unsaid zebrafinch
letter "$T/more.eml" 40 'One more' 'The lifting gear of the other quay.'
alone deliver --archive "$A" <"$T/more.eml" >"$out" 2>"$err" || wrong "not delivered: $(head -n 1 "$err")"
alone query --archive "$A" --count >"$out" 2>"$err" || wrong "no answer: $(head -n 1 "$err")"
out_is $((HARBOUR_LETTERS + 1))
run_pending 75 'cannot be searched: it is damaged' sweep --archive "$A"
run_pending 65 'table passages.*postbag rebuild' check --archive "$A"
run_pending 0 'made anew' rebuild --archive "$A"
run 0 '*' sweep --archive "$A"
gone zebrafinch
check_archive $((HARBOUR_LETTERS + 1)) $((HARBOUR_LETTERS + 1))
whole
end

# what is somewhere still keeps it pending, and says where
begin "pending until nothing is found"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
deliver "$T/a.eml"
id=$(newest_id)
mkdir "$A/former-20190101T000000Z"
sqlite3 "$A/mail.db" "VACUUM INTO '$A/former-20190101T000000Z/mail.db'"
run_pending 75 'still in former-20190101T000000Z/mail.db, in table content' redact --archive "$A" --note slip --text oleander "$id"
run_pending 0 '^redactions 1 pending' status --archive "$A"
run_pending 0 'pending' show --archive "$A" "$id"
run_pending 0 '1 redaction is pending' digest --archive "$A" --daily=2019-02-13
run_pending 75 'still in former-' sweep --archive "$A"
run_pending 75 'still in former-' redact --archive "$A" --verify
same "what is looked for is in no words" "$(grep -c oleander "$A"/.redacting-*)" 0
rm -r "$A/former-20190101T000000Z"
run 0 '' redact --archive "$A" --verify
out_has 'nothing of it is found'
run 0 '' status --archive "$A"
out_lacks 'pending'
gone oleander
whole
end

# what is looked for got lost: it is said again
begin "the words are asked for again"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
deliver "$T/a.eml"
id=$(newest_id)
mkdir "$A/former-20190101T000000Z"
cp "$T/a.eml" "$A/former-20190101T000000Z/letter"
run_pending 75 'still in former-' redact --archive "$A" --note slip --text oleander "$id"
rm "$A"/.redacting-* "$A/former-20190101T000000Z/letter"
rmdir "$A/former-20190101T000000Z"
run 75 'say it: postbag redact --verify' sweep --archive "$A"
run 0 '' redact --archive "$A" --verify --text oleander "$id"
run 0 '' sweep --archive "$A"
end

# words said for one redaction prove nothing about another
begin "words are said again for the message that is named"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
letter "$T/b.eml" 2 'Away' 'The other is foxglove, is it not.'
deliver "$T/a.eml"
a=$(newest_id)
deliver "$T/b.eml"
b=$(newest_id)
mkdir "$A/former-20190101T000000Z"
cat "$T/a.eml" "$T/b.eml" >"$A/former-20190101T000000Z/letters"
run_pending 75 'still in former-' redact --archive "$A" --note slip --text oleander "$a"
run_pending 75 'still in former-' redact --archive "$A" --note slip --text foxglove "$b"
rm "$A"/.redacting-*
cp "$T/b.eml" "$A/former-20190101T000000Z/letters"
run_pending 75 '1 pending' redact --archive "$A" --verify --text oleander "$a"
run_pending 75 'still in former-' redact --archive "$A" --verify --text foxglove "$b"
rm -r "$A/former-20190101T000000Z"
run 0 '' redact --archive "$A" --verify --text foxglove "$b"
end

# of a database only what is opened as one can be searched: one of another name keeps it pending
begin "a database of another name"
small_archive
letter "$T/a.eml" 1 'Hello' "The secret is oleander. $(seq 1 400 | tr '\n' ' ')"
deliver "$T/a.eml"
id=$(newest_id)
sqlite3 "$A/mail.db" "VACUUM INTO '$A/.restore-mail.db'"
run_pending 75 'still in .restore-mail.db perhaps' redact --archive "$A" --note slip --text oleander "$id"
rm "$A/.restore-mail.db"
run 0 '1 redactions finished' sweep --archive "$A"
gone oleander
whole
end

# a backup has the words; restoring it over the archive does not bring them back
begin "backup and restore"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
letter "$T/b.eml" 2 'Away' 'All of foxglove goes.'
letter "$T/c.eml" 3 'Later' 'And hemlock comes late.'
deliver "$T/a.eml"
a=$(newest_id)
deliver "$T/b.eml"
b=$(newest_id)
run 0 '*' backup --archive "$A" "$T/copies"
deliver "$T/c.eml"
c=$(newest_id)
run 0 '' redact --archive "$A" --by Ada --note slip --text oleander "$a"
run 0 '' redact --archive "$A" --by Ada --note slip --all "$b"
run 0 '' redact --archive "$A" --by Ada --note slip --text hemlock "$c"
run 0 '*' restore --archive "$A" --force "$T/copies"
out_has '3 messages redacted since that backup was made stay redacted'
gone oleander foxglove hemlock
deliver "$T/a.eml"
deliver "$T/b.eml"
deliver "$T/c.eml"
gone oleander foxglove hemlock
run 0 '' show --archive "$A" "$a"
out_has 'Ada redacted: slip'
run 0 '*' redact --archive "$A" --verify --text oleander --text foxglove --text hemlock
run 0 '*' check --archive "$A"
end

# killed after it set the archive aside and before the copy was in its place, it is repeated
begin "a restoring that is repeated knows what was redacted"
small_archive
letter "$T/a.eml" 1 'Hello' 'The secret is oleander, is it not.'
deliver "$T/a.eml"
id=$(newest_id)
run 0 '*' backup --archive "$A" "$T/copies"
run 0 '' redact --archive "$A" --by Ada --note slip --text oleander "$id"
mkdir "$A/former-20190213T000000Z"
mv "$A"/mail.db* "$A/former-20190213T000000Z"
run 0 '*' restore --archive "$A" --force "$T/copies"
out_has '1 message redacted since that backup was made stays? redacted'
gone oleander
end

# the log of a database is a place as well
begin "logs are emptied, and nothing of what was is in them"
small_archive
n=0
while [ $((n += 1)) -le 30 ]; do
	letter "$T/a.eml" $((n % 60)) "Letter $n" "It is about number $n of the oleander."
	deliver "$T/a.eml"
done
for id in $(sql mail.db 'SELECT public_id FROM content WHERE content > 1'); do
	alone redact --archive "$A" -q --note slip --text oleander "$id" >"$out" 2>"$err" || wrong "redact $id: $(head -c 300 "$err")"
done
gone oleander
run 0 '*' check --archive "$A"
end

# long messages: their pieces, and words where one ends
begin "a word between two pieces of a long message"
small_archive
{
	printf 'From: a@example.net\nSubject: Long\nMessage-ID: <long@example.net>\n\n'
	perl -e 'my $head = 59; my $line = "x" x 70 . "\n"; my $text = ""; $text .= $line while length($text) < 1048576 - 4 - $head - 71; $text .= "y" x (1048576 - $head - 5 - length $text); print $text, " oleander \n", $line x 20000'
} >"$T/a.eml"
deliver "$T/a.eml"
id=$(newest_id)
run 0 '' redact --archive "$A" --note slip --text oleander "$id"
gone oleander
run 0 '*' check --archive "$A"
end

# reports that are held are in nothing that the public sees: a canary that is looked for in every public output there is
begin "what is held is in no public view"
harbour_archive
id=$(letter_id 11)
same "held" "$(sql index.db "SELECT count(*) FROM message WHERE held IS NOT NULL AND public_id = '$id'")" 1
run 0 '' redact --archive "$A" --note 'gone' --all "$(letter_id 5)"
for view in $(sql index.db "SELECT name FROM sqlite_master WHERE type = 'view' AND name LIKE 'public%'"); do
	sql index.db "SELECT * FROM $view" >"$T/public"
	grep -q 'The cranes' "$T/public" || wrong "$view shows nothing"
	! grep -Eiq 'zebrafinch|powder|quin|Careful please|letter-11@' "$T/public" || wrong "$view shows what is held"
	! grep -Eiq 'Cheap gantry|letter-9@' "$T/public" || wrong "$view shows spam"
	! grep -Eiq 'Thank you|zoe@|letter-5@' "$T/public" || wrong "$view shows what was redacted"
done
same "the tombstone" "$(sql index.db "SELECT count(*), max(subject IS NULL), max(author_address IS NULL) FROM public_message WHERE redacted = 'whole'")" '1|1|1'
run 0 '' redact --archive "$A" --note 'gone' --all "$id"
same "of a held one there is no tombstone" "$(sql index.db "SELECT count(*) FROM public_message WHERE public_id = '$id'")" 0
end
