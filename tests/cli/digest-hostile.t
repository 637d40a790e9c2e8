#!/bin/sh
# What senders can do to a digest: nothing. Each attack stands in a subject, a name, a text, the name of an attachment, in a letter that is held and in one that
# is no new input; each format shows it as text in its place, and as nothing else.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
command -v python3 >/dev/null || bail "the tests need python3"
attacks='harmless escapes c1 osc overrides isolates headers markup script attributes utf7 entities formulas longword zerowidth marks brokenutf8 nul ledger headings
signature program homographs megabyte attachments'
formats='text html json csv mail'
plan 125

# letters.py ATTACK FOLDER: the letters; how many is printed.
cat >"$root/letters.py" <<'PY'
import base64, sys
attack, folder = sys.argv[1:]
evil = {
    "harmless": ["Plain words of somebody"],
    "escapes": ["\x1b[31mred\x1b[0m\x1b[2J\x1b[1;1H over\x08\x08\x07\x7f end"],
    "c1": ["\x9b31mred\x90dcs\x9c\x85next line\x8d end"],
    "osc": ["\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07"],
    "overrides": ["\u202eevil\u202c \u202dleft\u202c \u202aembedded\u202b end"],
    "isolates": ["\u2067gpj.exe\u2069 \u2066x\u2068y \u200f\u061c\u200e end\u2028line\u2029paragraph"],
    "headers": ["first\r\nBcc: everybody@example.com\r\nSubject: mine\r\n\r\nsecond\r\n--boundary\r\n", "first\rBcc: a@example.com\nX-Evil: 1"],
    "markup": ["</p></td></tr></table></bdi><h1>Headline</h1><img src=x onerror=alert(1)><a href=\"https://evil.example/\">click</a><!--"],
    "script": ["</style></title><script>alert(1)</script><style>body{display:none}</style><svg onload=alert(1)><iframe src=javascript:alert(1)>", "]]>--><![CDATA[<script>"],
    "attributes": ["\" onmouseover=\"alert(1)\" style=\"position:fixed\" x='", "'><b onclick=x>`=`\" javascript:alert(1) expression(alert(1)) url(https://evil.example/x)"],
    "utf7": ["+ADw-script+AD4-alert(1)+ADw-/script+AD4- +/v8- end"],
    "entities": ["&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &#x3c;i&#x3e; &amp;lt; &nbsp; &bogus"],
    "formulas": ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "\t=1+1", "\r=2+2", "  =3+3", "\"=4+4", "'=5+5", "\uff1d6+6", "\uff0b7", "\uff0d8", "\uff20SUM(9)", "\u200b=10+10",
                 "\u00a0=11+11", "\u2212" "12", "x\",=HYPERLINK(\"https://evil.example\")\n=13+13"],
    "longword": ["w" * 10000, "\u5b57" * 10000, "\uff01" * 10000],
    "zerowidth": ["a" + "\u200b" * 5000 + "b" + "\u200d\ufeff\u2060" * 1000 + "end"],
    "marks": ["e" + "\u0301\u0489\u20dd" * 1000 + " o" + "\u0336" * 3000 + " end"],
    "brokenutf8": [b"bad\xff\xfe\xc0\xaf\xed\xa0\x80\xf8\x88\x80\x80\x80 \xef\xbf\xbe\xe2\x82 end"],
    "nul": ["before\0after \0\0 end"],
    "ledger": ["received 0 = input 0", "x\nreceived 0 = input 0\n\nto do: nothing\n", "to do: nothing at all for anybody"],
    "headings": ["Awaiting an answer (0), oldest first", "x\n\n\nTo look at\n----------\n\nFiled under no workstream (0)\n", "* suggested, not certain"],
    "signature": ["-- ", "x\n-- \nIssue 7 of \"staff\"", "From mallory@example.com Tue Feb 12 08:00:00 2019", ".", "x\n.\nQUIT", ">quoted", "x\nFrom here on\n>From there"],
    "program": ["postbag: the digest is complete", "\u2022 Ada Example \u00b7 10:00 \u00b7 aaaaaaaaaaaaaaaa", "rules 000000000000 \u00b7 one message: postbag show ID", "and 99 more: postbag query"],
    "homographs": ["See https://p\u0430yp\u0430l.example.com/x?y=1, HTTP://EVIL.example, www.evil.example.org, \uff57\uff57\uff57.evil.example.net, mailto:m@evil.example.com or bank@evil.example.org"],
    "megabyte": ["megabyte " * 120000],
    "attachments": ["many attachments"],
}[attack]
n = 0
def encoded(words):
    data = words if isinstance(words, bytes) else words.encode()
    if len(data) > 20000:  # raw, or it would be five times as long
        return words.encode()
    return b"\n ".join(b"=?utf-8?B?" + base64.b64encode(data[i:i + 42]) + b"?=" for i in range(0, len(data), 42))
def letter(name, subject, body, kind=b"text/plain; charset=utf-8", extra=b""):
    global n
    n += 1
    if isinstance(body, str):
        body = body.encode()
    if isinstance(subject, str):
        subject = subject.encode()
    with open("%s/%03d.eml" % (folder, n), "wb") as out:
        out.write(b"Received: from a by b; Tue, 12 Feb 2019 08:%02d:00 +0000\nFrom: %s <ada%d@example.net>\nDate: Tue, 12 Feb 2019 08:%02d:00 +0000\n"
                  b"To: <harbour@example.org>\nSubject: %s\nMessage-ID: <letter-%d@example.net>\n%sMIME-Version: 1.0\nContent-Type: %s\n"
                  b"Content-Transfer-Encoding: 8bit\n\n%s\n" % (n % 60, name, n, n % 60, subject, n, extra, kind, body))
def parts(names, body):
    return b"--b\nContent-Type: text/plain\n\n" + body + b"".join(
        b"\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"" + name + b"\"\n\nxyz" for name in names) + b"\n--b--\n"
for words in evil:
    data = words if isinstance(words, bytes) else words.encode()
    word = encoded(words)
    letter(b"Ada Example", word, b"The gantry crane squeaks, says number %d." % n)
    letter(word if len(word) < 60000 else b"Ada", b"The second", b"My question is about lifting gear, and %d is its number." % n)
    letter(b"Ada Example", b"The third", data + b" gantry crane " + data)
    letter(b"Ada Example", b"The fourth", data + b"\n\nThank you for the %d boats." % n)
    letter(b"Ada Example", b"The fifth", parts([encoded(words[:60] if isinstance(words, str) else data[:60])] * (10000 if attack == "attachments" else 1),
           b"The gantry crane again, as I said %d times." % n), b"multipart/mixed; boundary=b")
    letter(word if len(word) < 60000 else b"Quin", word, b"An unlocked powder store, number %d." % n)
    letter(b"Lee", word, b"I am away %d days." % n, extra=b"Auto-Submitted: auto-replied\n")
    if attack == "utf7":
        letter(b"Ada Example", b"The eighth", data + b" gantry crane", b"text/plain; charset=utf-7")
    if attack in ("markup", "script", "attributes", "entities"):
        letter(b"Ada Example", b"The ninth", b"<p>The gantry crane</p>" + data, b"text/html; charset=utf-8")
print(n)
PY

# check.py FORMAT ATTACK LETTERS FILE BASELINE: prints what is wrong with FILE; of the harmless attack BASELINE is written, of others read.
cat >"$root/check.py" <<'PY'
import collections, csv, email, email.policy, io, json, re, sys, unicodedata
from html.parser import HTMLParser
shape, attack, letters, path, baseline = sys.argv[1:]
letters = int(letters)
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
SHOWS = {"harmless": "Plain words", "escapes": "red", "c1": "red", "osc": "owned", "overrides": "evil", "isolates": r"gpj\W*exe", "headers": "first", "markup": "Headline",
         "script": "alert", "attributes": "onmouseover", "utf7": "ADw", "entities": "&lt;script&gt;", "formulas": "calc", "longword": "wwwwwwwww", "zerowidth": "a\W*b", "marks": "e",
         "brokenutf8": "bad", "nul": "before", "ledger": "received 0 = input 0", "headings": "Awaiting an answer \(0\)", "signature": "QUIT", "program": "the digest is complete",
         "homographs": "EVIL", "megabyte": "megabyte megabyte", "attachments": "many attachments"}
def wrong(*words):
    print(*[ascii(w) if isinstance(w, str) and not w.isascii() else w for w in words])
def hidden(c):
    return unicodedata.category(c) in ("Mn", "Me", "Cf") or unicodedata.category(c) == "Mc"
def columns(line):
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
def shows(text, name):
    if not re.search(SHOWS[attack], text, re.S):
        wrong(name, "does not show what was written:", SHOWS[attack])
def tame(text, name, marks=True):
    for c in sorted(set(text)):
        if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or c in BIDI:
            wrong(name, "has U+%04X" % ord(c))
    if marks:
        run = longest = 0
        for c in text:
            run = run + 1 if hidden(c) else 0
            longest = max(longest, run)
        if longest > 4:  # three of a sender, and one of ours that parts an address
            wrong(name, "has", longest, "marks or characters without width in a row")
# Every line of the text begins as lines of the program do; of the lines that stand once, none comes twice.
LINES = [r"", r"  .*", r"\u2022 .*", r"[a-z2-7]{8}  .*", r"[a-z2-7]{16}  .*", r"\d{4}-\d\d-\d\d  [a-z2-7]{8}  .*", r"also: [a-z2-7]{8} .*", r"-+", r"    \+ .*",
         r"(quay +Quays and cranes|water +The water and what lies in it| +unfiled) .*", r"and (at least )?\d+ more(: postbag .*)?"]
ONCE = [r"Public input \u00b7 .* 2019.*", r"received \d+ = input \d+( \+ [a-z]+ \d+)*", r"to do: \d+ to answer, .*", r"quay \u00b7 Quays and cranes", r"water \u00b7 The water.*",
        r"Awaiting an answer \([1-9]\d*\), oldest first", r"Held \([1-9]\d*\): only id and reason are shown", r"To look at", r"Filed under no workstream \([1-9]\d*\)",
        r"Filing to check: some of it is only suggested \([1-9]\d*\)", r"Attachments nobody could read \([1-9]\d*\)", r"Not new input \([1-9]\d*( or more)?\)", r"Arrived late or changed",
        r"\* suggested, not certain", r"rules [0-9a-f]{12} \u00b7 one message: postbag show ID"]
def check_text(text):
    tame(text, "the text")
    seen = collections.Counter()
    for line in text.split("\n"):
        if columns(line) > 72:
            wrong("a line of", columns(line), "columns:", line[:100])
        if line != line.rstrip():
            wrong("a blank at the end of", line)
        once = [p for p in ONCE if re.fullmatch(p, line)]
        for p in once:
            seen[p] += 1
        if not once and not any(re.fullmatch(p, line) for p in LINES):
            wrong("a line of nobody's:", line[:100])
    for p, times in seen.items():
        if times > 1:
            wrong("comes", times, "times:", p)
    if not re.search(r"^received %d = " % letters, text, re.M):
        wrong("the ledger does not say", letters)
    shows(re.sub(r"\n +", " ", text) if attack not in ("longword", "zerowidth") else text, "the text")
class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.triples, self.words, self.comments = [], set(), [], []
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.triples.add((tag, "", ""))
        for name, value in attributes:
            if name == "lang":
                value = re.sub(r"^[a-z]{2,3}(-[A-Za-z]+)*$", "xx", value)
            if name in ("aria-label", "height"):
                value = re.sub(r"\d+", "0", value)
            self.triples.add((tag, name, value))
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            wrong("the page closes", tag, "which is not what is open")
    def handle_data(self, data):
        self.words.append(data if self.open and self.open[-1] != "style" else "")
    def handle_comment(self, data):
        self.comments.append(data)
    def handle_decl(self, data):
        self.triples.add(("!", "", data))
    def unknown_decl(self, data):
        wrong("a declaration:", data)
    def handle_pi(self, data):
        wrong("an instruction:", data)
# No element, no attribute and no value that a page about harmless letters has not.
def check_html(text, name):
    tame(text, "the page")
    page = Page()
    page.feed(text)
    page.close()
    if page.open:
        wrong("left open:", page.open)
    found = sorted(map(list, page.triples)) + [["comment", "", c] for c in page.comments]
    if attack == "harmless":
        json.dump(found, open(baseline + name, "w"))
    known = set(map(tuple, json.load(open(baseline + name))))
    labels = {("span", "class", "f"), ("span", "class", "s")}
    for one in map(tuple, found):
        if one not in known | labels:
            wrong("the page has", *one)
    words = "\n".join(page.words)
    for m in re.findall(r"(?i)https?://\S+|www\.\w\S*|\w@\w\S*|\w\.(?:com|org|net|example)\b", unicodedata.normalize("NFKC", words)):
        wrong("to click on:", m)
    shows(re.sub("[\u200b\n]", "", words), "the page")
def paths(value, at, found, words):
    if isinstance(value, dict):
        for key, one in value.items():
            found.add(at + "." + key)
            paths(one, at + "." + key, found, words)
    elif isinstance(value, list):
        for one in value:
            paths(one, at + "[]", found, words)
    elif isinstance(value, str):
        words.append(value)
def check_json(text):
    tame(text, "the text of the JSON", marks=False)
    def once(pairs):
        names = [k for k, _ in pairs]
        if len(names) != len(set(names)):
            wrong("a name twice:", names)
        return dict(pairs)
    value = json.loads(text, object_pairs_hook=once)
    found, words = set(), []
    paths(value, "", found, words)
    if attack == "harmless":
        json.dump(sorted(found), open(baseline + "json", "w"))
    for name in found - set(json.load(open(baseline + "json"))):
        wrong("a name of nobody's:", name)
    if value["ledger"]["received"] != letters or value["ledger"]["difference" if "difference" in value["ledger"] else "received"] not in (0, letters):
        wrong("the ledger does not say", letters)
    for word in words:
        if len(word) > 5000:
            wrong("a text of", len(word), "characters")
    shows("\n".join(words), "the JSON")
def check_csv(data):
    if not data.endswith(b"\r\n") or data.count(b"\n") != data.count(b"\r\n") or data.count(b"\r") != data.count(b"\r\n"):
        wrong("line ends other than CR LF")
    text = data.decode()
    tame(text.replace("\r\n", "\n"), "the table")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len(rows) != letters + 1 or len(text.split("\r\n")) != letters + 2:
        wrong(len(rows), "rows,", len(text.split("\r\n")), "lines, for", letters, "letters")
    for row in rows:
        if len(row) != 13:
            wrong(len(row), "cells")
        if row is not rows[0] and not re.fullmatch("[a-z2-7]{16}", row[1]):
            wrong("an id:", row[1])
        for cell in row:
            plain = unicodedata.normalize("NFKC", "".join(c for c in cell if not hidden(c))).lstrip(" \t\r\n\"`\u2018\u2019\u201c\u201d")
            if not cell.startswith("'") and plain.lstrip("'")[:1] in ("=", "+", "-", "@", "\u2212") and plain:
                wrong("a formula:", cell[:60])
    shows("\n".join("\n".join(row) for row in rows), "the table")
def check_mail(data):
    if not data.isascii() or max(map(len, data.split(b"\n"))) > 998 or b"\r" in data or b"\0" in data:
        wrong("not plain lines")
    message = email.message_from_bytes(data, policy=email.policy.default)
    known = {"from", "to", "subject", "date", "message-id", "list-id", "auto-submitted", "mime-version", "content-type", "content-transfer-encoding", "precedence",
             "x-auto-response-suppress", "content-disposition", "content-id", "content-language", "list-post", "list-help", "list-archive", "list-unsubscribe", "reply-to", "sender"}
    seen = collections.Counter(k.lower() for k in message.keys())
    for name, times in seen.items():
        if times > 1 or name not in known:
            wrong("a header field:", name, times)
    if message["To"] != "staff@example.org" or "Public input" not in message["Subject"]:
        wrong("To or Subject:", message["To"], message["Subject"])
    texts = 0
    for part in message.walk() if message.is_multipart() else [message]:
        if part.defects:
            wrong("defects:", part.defects)
        if part.get_content_maintype() == "multipart":
            continue
        body = part.get_content().replace("\r\n", "\n") if part.get_content_maintype() == "text" else ""
        if part.get_content_type() == "text/plain":
            texts += 1
            if re.search(r"format=\"?flowed", str(part["Content-Type"])):
                body = re.sub(r"(?m)^ ", "", body)
            ours, *signature = re.split(r"\n-- ?\nIssue 1 of \"staff\"[.:] ", body)
            if len(signature) != 1 or len(signature[0]) > 200:
                wrong(len(signature), "signatures")
            check_text(ours)
        elif part.get_content_type() == "text/html":
            check_html(body, "mail.html")
        else:
            wrong("a part:", part.get_content_type())
    if texts != 1:
        wrong(texts, "texts")
data = open(path, "rb").read()
try:
    if shape == "csv":
        check_csv(data)
    elif shape == "mail":
        check_mail(data)
    else:
        {"text": check_text, "html": lambda t: check_html(t, "html"), "json": check_json}[shape](data.decode())
except (UnicodeDecodeError, ValueError, csv.Error, KeyError, AssertionError) as error:
    wrong(type(error).__name__, str(error)[:200])
PY

# arrive ATTACK: an archive with its letters; how many goes to $letters.
arrive() {
	rm -rf "$root/kept" "$root/letters"
	mkdir "$root/letters"
	letters=$(python3 "$root/letters.py" "$1" "$root/letters") || bail "no letters of $1"
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	now=1549972800
	run 0 '*' import --archive "$A" "$root"/letters/*.eml
	now=1550048400
	same "letters" "$(contents)" "$letters"
	cp -R "$A" "$root/kept"
}

# A command in the place of sendmail: what it is given goes to $T/mail.
mail_out() {
	printf '#!/bin/sh\ncat >>"%s"\n' "$T/mail" >"$T/sendmail"
	chmod 755 "$T/sendmail"
	cat >"$T/postbag.conf" <<CONF
[mail]
sendmail = $T/sendmail
from = Public input <digest@example.org>

[subscription staff]
to = staff@example.org
daily = 07:00
format = text; html
CONF
	config=$T/postbag.conf
	run 0 '*' digest --archive "$A" --due
	[ -s "$T/mail" ] || wrong "no mail"
}

for attack in $attacks; do
	for format in $formats; do
		begin "$attack, as $format"
		if [ "$format" = text ]; then
			arrive "$attack"
		else
			cp -R "$root/kept" "$A"
		fi
		if [ "$format" = mail ]; then
			mail_out
			file=$T/mail
		else
			run_raw 0 '' digest --archive "$A" --daily=2019-02-12 --format $format
			file=$out
		fi
		[ ! -s "$file" ] || python3 "$root/check.py" $format "$attack" "$letters" "$file" "$root/baseline." >"$root/found" 2>&1 || echo "the check failed" >>"$root/found"
		[ -s "$file" ] && [ ! -s "$root/found" ] || wrong "$(head -n 6 "$root/found" | cut -c 1-300)"
		end
	done
done
