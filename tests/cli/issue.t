#!/bin/sh
# What stands in a subscription's issue: each thing once, in the right one, whenever it came or was read; in a form that other programs read, whatever senders
# wrote; and nothing in it that must not be there, neither then nor after a redaction. Mail goes out through a command that keeps it; the clock is ours.

srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || skip_all "no python3 or no zstd: no issue was read"
plan 20

# subscriptions TEXT: the configuration, with mail kept in $T/sent/1, 2, ...
subscriptions() {
	mkdir -p "$T/sent"
	cat >"$T/keep" <<KEEP
#!/bin/sh
n=1
while ! (set -C; : >"$T/sent/\$n") 2>/dev/null; do n=\$((n + 1)); done
cat >"$T/sent/\$n"
KEEP
	chmod +x "$T/keep"
	{
		printf '[archive]\nfolder = %s\ntimezone = UTC\n[mail]\nsendmail = %s\nfrom = Harbour input <digest@example.org>\n' "$A" "$T/keep"
		printf '%s\n' 'list-id = Harbour input <input.harbour.example.org>' 'link = https://mail.example.org/m/{id}'
		printf '%s\n' "$1"
	} >"$T/postbag.conf"
	config=$T/postbag.conf
}
STAFF='[subscription staff]
to = ann@example.net
daily = 07:00'

sent() { ls "$T/sent" | wc -l | tr -d ' '; }
# What was sent last, or as number N.
last() { printf '%s/sent/%s\n' "$T" "${1:-$(sent)}"; }
# due DAY HOUR: sends what is due in February 2019 then
due() {
	now=$((1548979200 + ($1 - 1) * 86400 + $2 * 3600))
	run 0 '*' digest --due
}

# part WHAT FILE: "text", "html", "note" of an issue; "all": a line for each part; "faults": what is wrong with it; "letters": its enclosed ones in short
cat >"$root/part.py" <<'PYTHON'
import email, email.policy, sys
what, name = sys.argv[1:]
raw = open(name, "rb").read()
mail = email.message_from_bytes(raw, policy=email.policy.default)
def walk(part, depth=0):
    yield depth, part
    for inner in part.get_payload() if part.is_multipart() else []:
        yield from walk(inner, depth + 1)
def flowed(part):
    text = part.get_content().replace("\r\n", "\n")
    return "\n".join(line[1:] if line.startswith(" ") else line for line in text.split("\n"))
parts = [part for depth, part in walk(mail)]
plain = [part for part in parts if part.get_content_type() == "text/plain"]
inner = [part.get_payload(0) for part in parts if part.get_content_type() == "message/rfc822"]
if what == "text":
    print(flowed(plain[0]))
elif what == "note":
    print(flowed(plain[1]))
elif what == "html":
    print([part for part in parts if part.get_content_type() == "text/html"][0].get_content())
elif what == "all":
    for depth, part in walk(mail):
        print("%s%s" % ("  " * depth, part.get_content_type()))
elif what == "letters":
    for letter in inner:
        print("%s | %s | %s" % (letter["subject"], letter["from"], flowed(letter).strip().replace("\n", " / ")))
elif what == "headers":
    print("\n".join("%s: %s" % item for item in mail.items()))
elif what == "faults":
    for depth, part in walk(mail):
        for defect in part.defects:
            print("%s: %r" % (part.get_content_type(), defect))
        for field, value in part.items():
            for defect in getattr(value, "defects", ()):
                print("%s: %r" % (field, defect))
    email.message_from_bytes(raw, policy=email.policy.strict)
    known = {"to", "from", "subject", "date", "message-id", "list-id", "auto-submitted", "mime-version", "content-type", "content-transfer-encoding"}
    strange = {field.lower() for field in mail.keys()} - known
    for letter in inner:
        strange |= {field.lower() for field in letter.keys()} - known - {"cc", "postbag-id", "archived-at", "keywords"}
    if strange:
        print("fields: %s" % strange)
    for one in [mail] + inner:
        for field in ("from", "subject", "date"):
            if len(one.get_all(field, [])) != 1:
                print("%s: %d of %s" % (one["subject"], len(one.get_all(field, [])), field))
    for number, line in enumerate(raw.split(b"\n"), 1):
        header = b": " in line and not line.startswith(b" ")
        if len(line) > 990 or any(c > 126 or (c < 32 and c != 9) for c in line):
            print("line %d: %d bytes: %r" % (number, len(line), line[:60]))
else:
    sys.exit("part: what?")
PYTHON
part() { python3 "$root/part.py" "$1" "${2:-$(last)}" >"$out" 2>&1 || wrong "part $*: $(tail -n 1 "$out")"; shown="$1 of ${2:-$(last)}"; }
sound() {
	part faults "${1:-$(last)}"
	out_empty
}

# the message around it: what mail programs, filters and vacation notices go by
begin "headers"
harbour_archive
subscriptions "$STAFF
title = Harbour · review"
due 13 9
same "sent" "$(sent)" 1
sound
part headers
out_has '^From: Harbour input <digest@example.org>$'
out_has '^To: ann@example.net$'
out_has '^Subject: Harbour · review · [0-9]+ new · Wednesday 13 February 2019 · issue 1$'
out_has '^Message-Id: <staff\.1\.[0-9a-f-]{36}@example\.org>$'
out_has '^List-Id: Harbour input <input\.harbour\.example\.org>$'
out_has '^Auto-Submitted: auto-generated$'
out_has '^Date: Wed, 13 Feb 2019 09:00:00 \+0000$'
part all
out_is "multipart/alternative
  text/plain
  text/html"
# the source is for people too: no rule of box drawings, three bytes for each of them
same "source" "$(grep -c '=E2=94=80=E2=94=80' "$(last)")" 0
part text
out_has '^received 12 = input 8 \+ team 1 \+ auto 1 \+ spam 1 \+ held 1$'
out_has '^-- $'
out_has '^Issue 1 of "staff"'
part html
out_has 'href="https://mail\.example\.org/m/[a-z2-7]{16}"'
at_least "html" "$(wc -c <"$out")" 5000
end

# text alone, and the letters beside it: as they were understood, not as they were sent
begin "formats"
harbour_archive
cat >"$T/mixed.eml" <<'MAIL'
From: Mo Mixed <mo@example.com>
To: <harbour@example.org>, "O'Hara, Pat" <pat@example.net>
Cc: =?utf-8?B?WsO2ZQ==?= <zoe@example.net>
Reply-To: <elsewhere@example.com>
X-Mailer: Trackomatic
Bcc: <secret@example.net>
Subject: Two parts
Date: Tue, 12 Feb 2019 10:00:00 +0000
Message-ID: <mixed@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=cut

--cut
Content-Type: text/html

<p>The gantry crane <img src="https://track.example.com/pixel.png"> is <script>alert(1)</script>red.</p>
--cut
Content-Type: application/octet-stream; name="run me.exe"
Content-Transfer-Encoding: base64

TVqQAAMAAAAEAAAA
--cut--
MAIL
deliver "$T/mixed.eml"
subscriptions "$STAFF
format = text
[subscription letters]
to = bo@example.net
daily = 07:00
format = digest"
due 13 9
part all "$(last 1)"
out_is "text/plain"
sound "$(last 1)"
sound "$(last 2)"
part letters "$(last 2)"
out_lines 9
out_has '^The cranes \| Ada Example <ada@example.net> \| The gantry cranes on the north side squeak all night\.$'
out_has "^Two parts \\| Mo Mixed <mo@example.com> \\| The gantry crane is red\\."
out_lacks 'zebrafinch|Buy a gantry|Out of the office'
part note "$(last 2)"
out_has '^9 messages are enclosed'
out_has '^Not enclosed \(4\):$'
out_has '^[a-z2-7]{16}  held: intent danger$'
out_has '^[a-z2-7]{16}  spam$'
! grep -Eiq 'track|secret|elsewhere|TVqQ|zebrafinch|<script|alert' "$(last 2)" || wrong "what the sender sent is in it: $(grep -Ei 'track|secret|elsewhere|TVqQ|<script|alert' "$(last 2)" | head -n 1)"
grep -q '^Archived-At: <https://mail.example.org/m/' "$(last 2)" || wrong "no Archived-At"
end

# who gets one workstream's mail sees nothing of another's
begin "a rapporteur's issue"
harbour_archive
subscriptions '[subscription quay]
to = quay@example.org
daily = 07:00
workstream = quay
format = html; digest'
due 13 9
for what in text html letters note; do
	part "$what"
	out_lacks 'Verschlickung|Guild of Pilots|Thank you|lock opens|zebrafinch|Careful|powder|Buy a|Out of the office|Robin'
done
part letters
out_lines 4
part text
out_has 'The cranes'
end

# what waits in a spool when an issue goes out is in the next one, once, wherever midnight was
begin "spooled before, swept after"
harbour_archive
subscriptions "$STAFF"
due 13 9
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
mv "$A/mail.db" "$T/mail.db"
rm -f "$A"/mail.db-*
: >"$A/mail.db"
letter "$T/spooled.eml" 40 'Midnight' 'A gantry crane at 23:59.'
now=1550102340 # 13 February, 23:59
run 0 'spool' deliver --archive "$A" <"$T/spooled.eml"
mv "$T/mail.db" "$A/mail.db"
due 14 8
part text
out_has '^received 1 = input 0 \+ unread 1$'
out_lacks 'Midnight'
run 0 '*' sweep --archive "$A"
due 15 8
part text
out_has '^received 1 = input 1$'
same "shown" "$(grep -c '“Midnight”' "$out")" 1
out_has 'came in, or was read, late'
due 16 8
part text
out_lacks 'Midnight'
sound
end

# a message that nobody could read is told as such; the first issue after somebody could has it as new, no other has; a rebuild between changes nothing
begin "read late"
harbour_archive
subscriptions "$STAFF
[subscription quay]
to = quay@example.org
daily = 07:00
workstream = quay
empty = skip"
id=$(letter_id 1)
make_unread "$id" 'the reader ran out of memory'
due 13 9
part text "$(last 1)"
out_has "^$id  the reader ran out of memory"
out_lacks 'The cranes'
due 14 9
same "issues: one of the staff's, none of quay's" "$(sent)" 3
part text
out_lacks 'The cranes'
run 0 '1 read now' rebuild --unread --archive "$A"
due 15 9
same "issues: one of each" "$(sent)" 5
for n in 4 5; do
	part text "$(last $n)"
	same "shown in $n" "$(grep -c '“The cranes”' "$out")" 1
	out_has 'squeak all night'
	out_has 'came in, or was read, late'
done
part text "$(last 4)"
out_has '^nothing received$'
due 16 9
part text
out_lacks 'The cranes'
same "issues" "$(sent)" 6
dump_index "$T/kept"
sqlite3 "$A/index.db" 'SELECT * FROM issue ORDER BY seq' >"$T/kept-issues"
run 0 '' check --archive "$A"
run 0 '' rebuild --archive "$A" -q
dump_index "$T/anew"
same_index "$T/kept" "$T/anew" "rebuilt"
sqlite3 "$A/index.db" 'SELECT * FROM issue ORDER BY seq' >"$T/anew-issues"
cmp -s "$T/kept-issues" "$T/anew-issues" || wrong "the issues are others after a rebuild: $(diff "$T/kept-issues" "$T/anew-issues" | head -n 3)"
due 17 9
part text
out_lacks 'The cranes'
end

# a rebuild may be what reads it: an index made anew does not know that it was ever unread, but the issue does
begin "read by a rebuild"
harbour_archive
subscriptions "$STAFF"
id=$(letter_id 1)
make_unread "$id" 'the reader ran out of memory'
due 13 9
rm -f "$A"/index.db*
run 0 '' rebuild --archive "$A" -q
due 14 9
part text
same "shown" "$(grep -c '“The cranes”' "$out")" 1
due 15 9
part text
out_lacks 'The cranes'
end

# what turns out to be held is told as held, and its words are not
begin "read late, and held"
harbour_archive
subscriptions "$STAFF"
id=$(letter_id 11)
make_unread "$id" 'the reader ran out of memory'
due 13 9
part text
out_has '^Could not be read \(1\)$'
run 0 '1 read now' rebuild --unread --archive "$A"
due 14 9
part text
out_has "^$id  intent danger"
out_lacks 'zebrafinch|Careful'
end

# what people decide since the last issue stands in the next, and only there
begin "released and filed by hand"
harbour_archive
subscriptions "$STAFF
format = digest"
due 13 9
now=1550055600
run 0 '*' release --archive "$A" --by Ann "$(letter_id 11)"
run 0 '*' assign --archive "$A" --by Ann "$(letter_id 5)" +water
due 14 9
part text
out_has '^nothing received$'
out_has '^Arrived late or changed$'
out_has 'Careful please'
out_has 'Ann filed [a-z2-7]+ under water'
part letters
out_has '^Careful please \| '
out_has '^Thank you \| '
out_lines 2
sound
due 15 9
part text
out_lacks 'Careful please|Ann filed'
end

# header injection, a boundary, a digest within a letter: what hostile letters hold stays in their letters
begin "hostile letters"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
letter "$T/1.eml" 1 '=?utf-8?Q?Cranes=0D=0ABcc:_all@example.org=0D=0A=0D=0Abody?=' 'The gantry crane.

From: Fay Fake <fay@example.com>
Subject: a letter that was never sent
Date: Tue, 12 Feb 2019 09:00:00 +0000

Never written.

--cut
Content-Type: message/rfc822

From: Gus Fake <gus@example.com>
Subject: nor this' 'From: =?utf-8?Q?Eve=0ABcc:_x@example.org?= <eve@example.com>'
letter "$T/2.eml" 2 "$(perl -e 'print "gantry crane ", "x" x 20000')" "From me: a gantry crane
.
$(perl -e 'print "y" x 10000, "\n", "-" x 70, "\n\nEnd of digest\n"')" 'From: "<b>Mal</b>, \"Lory\" <x@y>" <not an address>'
letter "$T/3.eml" 3 '=?utf-8?Q?=E2=80=AEfdp.enarc=E2=81=A6=1B[31m?=' "$(printf 'gantry crane \033[31m red \342\200\256 turned \007')" 'From: =?utf-8?B?4oCuZXZl?= <m@example.com>' 'Message-ID: <a b
 c>'
for n in 1 2 3; do deliver "$T/$n.eml"; done
subscriptions '[subscription quay]
to = quay@example.org
daily = 07:00
title = =?utf-8?Q?x=0ABcc:_z@example.org?=
format = html; digest'
due 14 9
sound
part letters
out_lines 3
check_harmless "$out" letters
out_has 'Fay Fake'
for what in text html note; do
	part "$what"
	check_harmless "$out" "$what"
done
! grep -Eq '^Bcc' "$(last)" || wrong "a field of a sender's making"
run 0 '' digest --since 2018-01-01 --format mime --link 'https://mail.example.org/{id}'
cp "$out" "$T/digest.eml"
sound "$T/digest.eml"
end

# the same for a pipe: three programs that know digests find the same letters
begin "digest --format mime"
harbour_archive
letter "$T/quoting.eml" 30 'Cranes again' 'The gantry crane.

From: Fay Fake <fay@example.com>
Subject: a letter that was never sent

Indeed.'
deliver "$T/quoting.eml"
run 0 '' digest --archive "$A" --since 2018-01-01 --format mime
cp "$out" "$T/digest.eml"
sound "$T/digest.eml"
part letters "$T/digest.eml"
out_lines 9
run 0 '' digest --archive "$A" --since 2018-01-01 --format mime
cmp -s "$out" "$T/digest.eml" || wrong "twice asked, two answers"
if command -v formail >/dev/null; then
	formail +1 -ds sh -c 'formail -c -x Subject: | head -n 1' <"$T/digest.eml" >"$T/subjects" 2>/dev/null
	same "formail -ds" "$(wc -l <"$T/subjects" | tr -d ' ')" 9
	! grep -q 'never sent' "$T/subjects" || wrong "formail cuts a letter in two"
else
	echo "# formail is not here: it was not asked"
fi
run 64 '--link is for' digest --archive "$A" --format csv --link 'https://mail.example.org/{id}'
run 64 'expected one of text' query --archive "$A" --format mime
end

# hundreds of letters: a bound, and every one that is beyond it named; letters alike are one
begin "many letters"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
perl -e '
	for my $n (1 .. 206) {
		my @words = map { my $m = $_; join "", map { chr 97 + ($n * 7 + $m * 13 + $_ * $_) % 26 } 1 .. 8 } 1 .. 30;
		printf "From x\@example.net Tue Feb 12 08:00:00 2019\nFrom: a%d\@example.net\nSubject: Letter %d\nDate: Tue, 12 Feb 2019 08:00:00 +0000\nMessage-ID: <m%d\@example.net>\n\nThe gantry crane number %d. @words\n\n", $n, $n, $n, $n;
	}' >"$T/many.mbox"
run 0 '' import --archive "$A" -q "$T/many.mbox"
run 0 '' digest --archive "$A" --since 2018-01-01 --format mime
cp "$out" "$T/digest.eml"
sound "$T/digest.eml"
part letters "$T/digest.eml"
out_lines 200
part note "$T/digest.eml"
same "left out" "$(grep -c 'there are too many' "$out")" 6
end

# thousands at once, as an import brings them: the issue goes out all the same, counts them all and says that it is cut
begin "more than a mail server takes"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
perl -e '
	for my $n (1 .. 7500) {
		my @words = map { my $m = $_; join "", map { chr 97 + ($n * 7 + $m * 13 + $_ * $n) % 26 } 1 .. 8 } 1 .. 20;
		printf "From x\@example.net Tue Feb 12 08:00:00 2019\nFrom: Somebody %d <a%d\@example.net>\nSubject: Letter %d @words[0..9]\nDate: Tue, 12 Feb 2019 08:00:00 +0000\nMessage-ID: <m%d\@example.net>\n\nNumber %d. @words\n\n", $n, $n, $n, $n, $n;
	}' >"$T/many.mbox"
run 0 '' import --archive "$A" -q "$T/many.mbox"
run 0 '' digest --archive "$A" --since 2018-01-01 --format mime
cp "$out" "$T/digest.eml"
sound "$T/digest.eml"
part text "$T/digest.eml"
out_has '^received 7500 = '
out_has '^\*\*\* [0-9]+ lines more are left out'
at_least "bytes of the text" "$(wc -c <"$out")" 1000000
[ "$(wc -c <"$out")" -lt 1200000 ] || wrong "the text has $(wc -c <"$out") bytes"
end

# a letter of a campaign stands for the others
begin "letters alike"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
for n in 1 2 3 4; do
	letter "$T/$n.eml" "$n" 'Cranes' "We ask that the gantry cranes on the north side of the harbour be painted green before the summer, that the steps be mended, and that the
lamps be lit at night, because nobody can see where the quay ends and the water begins when the moon is not there." "From: Writer $n <w$n@example.net>"
	deliver "$T/$n.eml"
done
run 0 '' digest --archive "$A" --since 2018-01-01 --format mime
cp "$out" "$T/digest.eml"
part letters "$T/digest.eml"
out_lines 1
part note "$T/digest.eml"
same "alike" "$(grep -c 'says much the same as: [a-z2-7]*$' "$out")" 3
end

# an address in the configuration that would be no link is refused where it stands
begin "links are checked when the configuration is read"
harbour_archive
for link in 'javascript:alert({id})' 'https://mail.example.org/' 'https://mail.example.org/{id}"><b>' 'mail.example.org/{id}'; do
	subscriptions "$STAFF"
	sed -i "s|^link = .*|link = $link|" "$T/postbag.conf"
	run 78 'postbag\.conf:8:8: ".*" is no link: ' digest --due
done
same "sent" "$(ls "$T/sent" | wc -l | tr -d ' ')" 0
end

gone() {
	for _word; do
		"$srcdir/tests/cli/find-words" "$_word" "$A" >"$root/places" 2>&1
		[ ! -s "$root/places" ] || wrong "$_word is still in $(sed "s|$A/||" "$root/places" | head -n 5 | tr '\n' ';')"
	done
}
there() {
	"$srcdir/tests/cli/find-words" "$1" "$A" >"$root/places" 2>&1
	[ -s "$root/places" ] || wrong "$1 is not found before"
}
canary() {
	harbour_archive
	letter "$T/canary.eml" 50 'Quaggarine on cranes' 'The gantry crane belongs to Quaggarine, of number 7.' 'From: Quincy Quaggarine <quin@quaggarine.example.com>'
	deliver "$T/canary.eml"
	subscriptions "$STAFF
format = html; digest"
	due 13 9
	id=$(letter_id 50)
	grep -q uaggarine "$(last)" || wrong "the issue does not tell the canary: the test would prove nothing"
	there Quaggarine
}

# words that are redacted go out of digests that were sent, and what is sent again is without them
begin "redacted words in a sent issue"
canary
run 0 '' redact --archive "$A" --text Quaggarine --by Ann --note asked "$id"
out_has '^removed as well from what is kept of 1 digest that was sent$'
gone Quaggarine
run 0 '' check --archive "$A"
run 0 '*' digest --resend staff:1
same "sent" "$(sent)" 2
! grep -aiq 'uaggarine' "$(last)" || wrong "sent again with the words"
part text
out_lacks 'uaggarine'
out_has 'squeak all night'
sound
run 0 '' rebuild --archive "$A" -q
run 0 '' check --archive "$A"
gone Quaggarine
end

# a letter that is removed whole takes with it what is kept of the issues that told it; they are refused when they are asked for
begin "a removed letter in a sent issue"
canary
run 0 '' redact --archive "$A" --all --by Ann --note asked "$id"
out_has '^1 digest that was sent is no longer kept and cannot be sent again'
gone Quaggarine Quincy
run 0 '' check --archive "$A"
run 66 'redacted' digest --resend staff:1
same "sent" "$(sent)" 1
due 14 9
part text
out_lacks 'uaggarine|Quincy'
run 0 '' check --archive "$A"
end

# of a campaign's letters an issue tells the authors, and the id of one only
begin "a removed letter of a campaign in a sent issue"
harbour_archive
for n in 1 2 3 4; do
	letter "$T/$n.eml" "$((60 - n))" 'Cranes' "We ask that the gantry cranes on the north side of the harbour be painted green before the summer, that the steps be mended, and that the
lamps be lit at night, because nobody can see where the quay ends and the water begins when the moon is not there." "From: Quaggarine the $n. <w$n@quaggarine$n.example.net>"
	deliver "$T/$n.eml"
done
subscriptions "$STAFF"
due 13 9
n=$(grep -c . "$(last)")
at_least "lines" "$n" 20
id=$(letter_id 57)
part text
out_has 'Quaggarine the 3'
out_lacks "$id"
run 0 '' redact --archive "$A" --all --by Ann --note asked "$id"
out_has '^1 digest that was sent is no longer kept and cannot be sent again'
same "kept" "$(sql mail.db "SELECT header IS NULL FROM entry WHERE type = 'issue' AND action = 'made'")" 1
gone quaggarine3
end

# a backup has the issue as it was sent: what was redacted since does not come back with it
begin "a backup from before the redaction"
canary
run 0 '*' backup --archive "$A" "$T/backup"
run 0 '' redact --archive "$A" --text Quaggarine --by Ann --note asked "$id"
run 0 '*' restore --force --archive "$A" "$T/backup"
same "kept" "$(sql mail.db "SELECT count(*) FROM entry WHERE type = 'issue' AND header IS NOT NULL")" 0
"$srcdir/tests/cli/find-words" Quaggarine "$A" >"$root/places" 2>&1
! grep -v '^[^ ]*former-' "$root/places" >"$root/found" || wrong "still in $(head -n 3 "$root/found" | tr '\n' ';')"
run 66 'redacted' digest --resend staff:1
end

# an issue that tells nothing of it stays as it was
begin "a redaction leaves other issues alone"
harbour_archive
subscriptions "$STAFF
[subscription water]
to = water@example.org
daily = 07:00
workstream = water"
due 13 9
letter "$T/after.eml" 51 'Later' 'The gantry crane is Quaggarine.'
deliver "$T/after.eml"
due 14 9
run 0 '' redact --archive "$A" --all --by Ann --note asked "$(letter_id 51)"
out_has '^1 digest that was sent is no longer kept'
gone Quaggarine
same "kept" "$(sql mail.db "SELECT group_concat(value || (header IS NOT NULL), ' ') FROM entry WHERE type = 'issue' AND action = 'made'")" 'staff1 water1 staff0 water1'
run 0 '*' digest --resend staff:1
end

# new rules for old mail: how many came and went, to each what concerns him, and no list of hundreds; in one issue
begin "reclassified"
harbour_archive
subscriptions "$STAFF
[subscription water]
to = water@example.org
daily = 07:00
workstream = water
empty = skip
[subscription quay]
to = quay@example.org
daily = 07:00
workstream = quay"
sed -i "s|^timezone = UTC|&\nrules = $T/harbour.rules|" "$T/postbag.conf"
due 13 9
sed -i 's/^keyword = dredging; silting up$/keyword = silting up; winter/; s/^keyword = quay wall$/keyword = crane wall/' "$T/harbour.rules"
now=1550055600
run 0 '' reclassify --archive "$A"
due 14 9
same "sent" "$(sent)" 6
part text "$(last 4)"
out_has 'postbag applied new rules to what came before: quay 2 out;'
part text "$(last 5)"
out_has 'applied new rules to what came before: water 1 in,$'
out_has '^ +1 out$'
out_lacks 'quay'
part text "$(last 6)"
out_has 'applied new rules to what came before: quay 2 out$'
out_lacks 'water'
due 15 9
same "sent" "$(sent)" 8
part text
out_lacks 'new rules'
dump_index "$T/kept"
run 0 '' check --archive "$A"
run 0 '' rebuild --archive "$A" -q
dump_index "$T/anew"
same_index "$T/kept" "$T/anew" "rebuilt"
end
