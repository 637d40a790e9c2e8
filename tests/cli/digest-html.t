#!/bin/sh
# postbag digest --format html and csv: pages and tables that go out by mail. What a sender wrote must stand there as text and as nothing else.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 31

# page [FILE]: the page in $out is well-formed, has no elements and attributes but those we write, and no address but the template's.
page() {
	[ -s "$out" ] || wrong "$shown: no page"
	perl -CSD -0777 -e '
		my ($link) = @ARGV;
		my $text = do { local $/; <STDIN> };
		my %elements = map { $_ => 1 } qw(html head meta title style body table tr td th p h1 h2 h3 b span bdi div br a);
		my %attributes = map { $_ => 1 } qw(lang dir class style role scope href charset name content width cellpadding cellspacing height align valign bgcolor aria-label);
		my %void = (meta => 1, br => 1);
		my @open;
		$text =~ s/^<!DOCTYPE html>\n// or print "no doctype\n";
		$text =~ s/<!--\[if mso\]>.*?<!\[endif\]-->//g; # what Outlook alone reads
		$text =~ s/<style>(.*?)<\/style>//s or print "no style\n";
		print "style: $&\n" if $1 =~ /url|\@import|expression|http|</;
		print "two styles\n" if $text =~ /<style/;
		while ($text =~ /\G(?:([^<>]+)|<(\/?)([a-z0-9]+)((?:\s+[a-z-]+="[^"<>]*")*)>)/gc) {
			my ($words, $end, $name, $given) = ($1, $2, $3, $4);
			if (defined $words) {
				print "bare ampersand: $words\n" if $words =~ /&(?!#\d+;|#x[0-9a-f]+;|amp;|lt;|gt;|quot;|apos;|nbsp;)/;
				print "an address: $words\n" if $words =~ m{https?:|www\.\w|\w@\w}i;
				next;
			}
			print "element $name\n" unless $elements{$name};
			if ($end) {
				my $last = pop @open // "nothing";
				print "$name ends where $last is open\n" if $last ne $name;
				next;
			}
			push @open, $name unless $void{$name};
			while ($given =~ /([a-z-]+)="([^"]*)"/g) {
				print "attribute $1\n" unless $attributes{$1};
				print "style: $2\n" if $1 eq "style" && $2 =~ /url|expression|import|http/i;
				print "link: $2\n" if $1 eq "href" && ($link eq "" || $2 !~ /^$link$/);
			}
		}
		print "no markup: ", substr($text, pos($text) // 0, 60), "\n" if (pos($text) // 0) < length $text;
		print "left open: @open\n" if @open;
	' "${1:-}" <"$out" >"$T/page-errors" 2>&1
	[ ! -s "$T/page-errors" ] || wrong "$shown: page: $(head -n 3 "$T/page-errors" | cut -c 1-200 | tr '\n' ';')"
	[ -n "${1:-}" ] || out_lacks 'http|<a '
	out_lacks '<script|<img|url\(|javascript:|<iframe|<form|<svg'
	if command -v xmllint >/dev/null; then
		xmllint --html --noout "$out" 2>&1 | grep 'error :' | grep -v 'Tag bdi invalid' >"$T/xmllint" # HTML 4 had none
		[ ! -s "$T/xmllint" ] || wrong "$shown: xmllint: $(head -n 3 "$T/xmllint" | tr '\n' ';')"
	fi
}

# table: the table in $out is RFC 4180's with thirteen cells a line, and no cell that a spreadsheet runs. Cells go to $T/cells, one a line.
table() {
	perl -CSD -e '
		no warnings "utf8"; # of what is no character, which is no concern of a table
		my $lines = 0;
		while (my $line = <STDIN>) {
			chomp $line;
			my @cells;
			while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/gc) {
				my ($quoted, $bare, $more) = ($1, $2, $3);
				push @cells, defined $quoted ? $quoted =~ s/""/"/gr : $bare;
				last if $more eq "";
			}
			print STDERR "line $.: ", scalar @cells, " cells\n" if @cells != 13 || pos($line) != length $line;
			for (@cells) {
				print STDERR "a formula: $_\n" if /^[=+\-@\t\r]/;
				print "$_\n";
			}
			$lines++;
		}
		print STDERR "no lines\n" if $lines < 2;
	' <"$out" >"$T/cells" 2>"$T/table-errors"
	[ ! -s "$T/table-errors" ] || wrong "$shown: $(head -n 3 "$T/table-errors" | cut -c 1-300 | tr '\n' ';')"
}
cells_have() { grep -Eq -- "$1" "$T/cells" || wrong "$shown: no cell has /$1/: $(head -c 400 "$T/cells" | tr '\n' ';')"; }

# attack PERL: an archive with what the Perl expression makes (bytes) as a subject, as a name, as a text with the words of a topic, as the name of an attachment
# and in a decision's note.
attack() {
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	perl -MMIME::Base64 -e '
		my ($folder, $expression) = @ARGV;
		my $evil = eval $expression;
		die $@ if $@;
		my $word = join "\n ", map { "=?utf-8?B?" . encode_base64($_, "") . "?=" } unpack "(a42)*", substr $evil, 0, 420;
		my $n = 0;
		sub letter {
			my ($from, $subject, $body, $type) = @_;
			$n++;
			open my $out, ">:raw", "$folder/$n.eml" or die;
			print $out "From: $from <ada\@example.net>\nDate: Tue, 12 Feb 2019 08:0$n:00 +0000\nTo: <harbour\@example.org>\nSubject: $subject\n",
				"Message-ID: <letter-$n\@example.net>\nMIME-Version: 1.0\nContent-Type: $type\nContent-Transfer-Encoding: 8bit\n\n$body\n";
		}
		my $plain = "text/plain; charset=utf-8";
		letter("Ada Example", $word, "The gantry crane squeaks.", $plain);
		letter($word, "The second", "My question is about lifting gear.", $plain);
		letter("Ada Example", "The third", "$evil gantry crane $evil", $plain);
		letter("Ada Example", "The fourth", $evil, $plain);
		letter("Ada Example", "The fifth", "--b\nContent-Type: $plain\n\ngantry crane\n--b\nContent-Type: application/octet-stream\n" .
			"Content-Disposition: attachment; filename=\"=?utf-8?B?" . encode_base64(substr($evil, 0, 60), "") . "?=\"\n\nxyz\n--b--\n", "multipart/mixed; boundary=b");
	' "$T" "$1" || bail "no letters"
	_then=$now
	now=1549972800
	for _n in 1 2 3 4 5; do run 0 '*' deliver --archive "$A" <"$T/$_n.eml"; done
	now=$_then
	run 0 '*' sweep --archive "$A" # what needed a second reading
	same "letters" "$(contents)" 5
}
shown_as() { # FORMAT
	run 0 '' digest --archive "$A" --daily --format "$1"
	case $1 in
	html) page ;;
	csv) table ;;
	esac
}

# --- attacks, each as a page and as a table

html='q(</p></td></table>&lt;b&gt; <script>alert(1)</script><img src=x onerror=alert(1)><a href="http://evil.example/">click</a>" javascript:x() url(http://evil.example/x.png))'
begin "html in mail, as a page"
attack "$html"
shown_as html
out_has '&#60;script&#62;'
out_has '&#38;lt;b' # written as &lt; by the sender, and shown so
out_has 'Awaiting an answer'
end

begin "html in mail, as a table"
attack "$html"
shown_as csv
cells_have '<script>'
end

bidi='"\xe2\x80\xaeevil\xe2\x80\xac \xe2\x81\xa7gpj.exe\xe2\x81\xa9 \xe2\x80\x8f\xd8\x9c\xe2\x80\x8eend"'
begin "bidi overrides, as a page"
attack "$bidi"
shown_as html
out_has 'evil gpj\.' # left out, and the rest in the order it was written
out_lacks 'u202e'
end

begin "bidi overrides, as a table"
attack "$bidi"
shown_as csv
cells_have 'evil'
end

controls='"\x1b]0;owned\x07\x1b[31mred\x1b[0m\x00\x08\x7f\xc2\x9b1mcsi\x0bend"'
begin "escapes and controls, as a page"
attack "$controls"
shown_as html
out_has 'red'
end

begin "escapes and controls, as a table"
attack "$controls"
shown_as csv
cells_have 'red'
end

headers='"first\r\nBcc: everybody\@example.com\r\n\r\n<html><body>second\r\n--boundary\r\n.\r\nMAIL FROM:<x\@example.com>\r\n"'
begin "text like headers, as a page"
attack "$headers"
shown_as html
! grep -Eq '^(Bcc:|MAIL FROM|\.$|--boundary)' "$out" || wrong "a line of a sender's own"
end

begin "text like headers, as a table"
attack "$headers"
shown_as csv
! grep -Eq '^(Bcc:|MAIL FROM|\.$|--boundary)' "$out" || wrong "a line of a sender's own"
end

formula='q(=cmd|\x27 /C calc\x27!A0,"x",+1-2,@SUM(A1))'
begin "formulas, as a page"
attack "$formula"
shown_as html
out_has '=cmd'
end

begin "formulas, as a table"
for formula in "$formula" '"+1+1"' '"-2+3"' '"@SUM(1)"' '"\t=1+1"'; do
	rm -rf "$A"
	attack "$formula"
	shown_as csv
done
end

long='"w" x 10000'
begin "a word of ten thousand characters, as a page"
attack "$long"
shown_as html
out_has 'wwwwwwww'
out_lacks 'w{300}'
out_has 'overflow-wrap:anywhere'
end

begin "a word of ten thousand characters, as a table"
attack "$long"
shown_as csv
cells_have 'wwwwwwww'
end

broken='"bad\xff\xfe\xc0\xaf\xed\xa0\x80\xf8\x88\x80\x80\x80 \xef\xbf\xbe\xe2\x82"'
begin "malformed UTF-8, as a page"
attack "$broken"
shown_as html
out_has 'bad'
end

begin "malformed UTF-8, as a table"
attack "$broken"
shown_as csv
cells_have 'bad'
end

# marks without end are piled up over the lines around them
begin "piled marks, as a page"
attack '"e" . "\xcc\x81" x 200 . "nd"'
shown_as html
perl -CSD -ne 'exit 1 if /\p{M}{4}/' "$out" || wrong "four marks on a letter"
end

# mail programs make links of what looks like an address, and relays rewrite it
begin "nothing to click in mail text"
attack 'q(See https://evil.example.com/x?y=1, HTTP://EVIL.example, www.evil.example.org or write to mallory@evil.example.com)'
shown_as html
out_has 'evil'
perl -CSD -ne 'exit 1 if /evil\.\w|www\.\w|\w@\w|:\/\//' "$out" || wrong "an address in one piece"
end

# --- what the page tells

begin "what is told, and how"
harbour_archive
run 0 '' digest --archive "$A" --daily --format html
page
out_has '<html lang="en" dir="ltr">'
out_has '<h1 .*Tuesday 12 February 2019'
out_has '<h2 .*Quays and cranes'
out_has '<th scope="row" .*The water and what lies in it'
out_has '<bdi>Pat Pilot</bdi>'
out_has 'font-weight:600;color:#1c2321">PILOTS<'
out_has 'dir="auto" lang="de".*Fahrrinne'
out_has 'class="f" style="[^"]*">water\.silt</span> <bdi>.*Verschlickung'
out_has 'class="s" style="[^"]*dashed[^"]*">quay\.crane\*</span> <bdi>.*lifting gear'
out_has 'Filed under no workstream'
out_has '>12</b> received'
out_has "$(letter_id 5 | cut -c 1-8)"
end

# until staff release it, nothing of a held message is told but id and reason
begin "a held message's words never appear"
harbour_archive
held=$(letter_id 11)
for format in html csv; do
	run 0 '' digest --archive "$A" --daily --format $format
	for word in zebrafinch powder 'Careful please' Quin; do out_lacks "$word"; done
	out_has "$(printf '%s' "$held" | cut -c 1-8)"
	out_has 'danger'
done
end

# of spam only that it came
begin "spam is not shown"
harbour_archive
for format in html csv; do
	run 0 '' digest --archive "$A" --daily --format $format
	out_lacks 'Cheap'
	out_has "$(letter_id 9 | cut -c 1-8)"
done
end

begin "letters in a script from right to left"
harbour_archive
now=1549976400
letter "$T/ar.eml" 21 'أسماء داخلية' 'تسربت أسماء شبكتنا الداخلية إلى الإنترنت العام بعد أن أصبح اللاحق نطاقا.' 'From: سلمى <salma@example.net>'
run 0 '*' deliver --archive "$A" <"$T/ar.eml"
now=1550048400
run 0 '' digest --archive "$A" --daily --format html
page
out_has '<h3 dir="auto" lang="ar"[^>]*>أسماء'
out_has '<bdi>سلمى</bdi>'
end

# --- looks

# Mail programs drop the style sheet (Gmail, where it holds what it does not know; Outlook, most of it): the page is the same without it, in light, and each
# colour of a text can be read on the ground that it stands on (WCAG 2.1: 4.5), with the style sheet's dark colours too.
begin "colours that can be read, light and dark"
harbour_archive
run 0 '' digest --archive "$A" --daily --format html --link 'https://mail.example.org/{id}'
command -v python3 >/dev/null || bail "the tests need python3"
python3 - "$out" >"$T/contrast" 2>&1 <<'PY'
import re, sys
from html.parser import HTMLParser
page = open(sys.argv[1], encoding="utf-8").read()
dark_rules = {}
for name, body in re.findall(r"\.([a-z])\{([^}]*)\}", re.search(r"prefers-color-scheme:dark\)\{(.*?)\n\}", page, re.S).group(1)):
    for key, value in re.findall(r"([a-z-]+):(#[0-9a-f]{6})!important", body):
        dark_rules.setdefault(name, {})[key] = value
def light(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(w * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4) for w, c in zip((0.2126, 0.7152, 0.0722), parts))
def contrast(a, b):
    a, b = sorted((light(a), light(b)))
    return (b + 0.05) / (a + 0.05)
class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack = [("page", {"light": ("#000000", "#ffffff"), "dark": ("#ffffff", "#000000")})]
        self.texts = self.hidden = 0
        self.worst = {}
    def handle_starttag(self, tag, attributes):
        if tag in ("meta", "br"):
            return
        given = dict(attributes)
        colours = dict(self.stack[-1][1])
        style = dict(p.split(":", 1) for p in given.get("style", "").split(";") if ":" in p)
        ground = style.get("background-color") or style.get("background") or given.get("bgcolor")
        colours["light"] = (style.get("color", colours["light"][0]), ground or colours["light"][1])
        ink, ground = style.get("color", colours["dark"][0]), ground or colours["dark"][1]
        for name in given.get("class", "").split():
            ink, ground = dark_rules.get(name, {}).get("color", ink), dark_rules.get(name, {}).get("background-color", ground)
        colours["dark"] = (ink, ground)
        self.stack.append((tag, colours))
    def handle_endtag(self, tag):
        while self.stack.pop()[0] != tag:
            pass
    def handle_data(self, text):
        if not text.strip() or any(tag in ("style", "title") for tag, _ in self.stack):
            return
        self.texts += 1
        for scheme, pair in self.stack[-1][1].items():
            if contrast(*pair) < 4.5:
                print("%s: %s on %s is %.1f: %s" % (scheme, *pair, contrast(*pair), text.strip()[:40]))
parser = Page()
parser.feed(page)
if parser.texts < 100 or len(dark_rules) < 10:
    print("only", parser.texts, "texts and", len(dark_rules), "dark colours")
PY
[ ! -s "$T/contrast" ] || wrong "$(head -n 5 "$T/contrast" | tr '\n' ';')"
# heights and colours of the bars stand in attributes, and in words for those who hear the page
out_has 'role="img" aria-label="before: 0, 0, 0, 0, 0, 0; now: [0-9]+"'
out_has 'width="5" height="22" bgcolor="#0a6b5e"'
end

# many_letters N: an archive of so many letters of one day, imported.
many_letters() {
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	perl -e '
		my @bodies = ("The gantry crane number %d squeaks.", "When does the dredging of basin %d begin?", "My question is what pier %d costs.", "Thank you, and %d times more.");
		for my $i (1 .. $ARGV[1]) {
			my $date = sprintf "12 Feb 2019 %02d:%02d:00 +0000", 6 + $i / 60, $i % 60;
			printf "From ada\@example.net Tue Feb 12 08:00:00 2019\nReceived: from a by b; Tue, $date\nFrom: Writer $i <w$i\@example.net>\nDate: Tue, $date\n" .
				"Message-ID: <letter-$i\@example.net>\nSubject: Letter number $i about it\n\n$bodies[$i % 4]\n\n", $i;
		}
	' "" "$1" >"$T/many.mbox"
	run 0 '*' import --archive "$A" "$T/many.mbox"
	same "letters" "$(contents)" "$1"
}

# Gmail cuts a page at 102 KB, and with it whatever comes last
begin "--max-bytes: a page that no mail program cuts"
many_letters 500
run 0 '' digest --archive "$A" --daily --format html
page
[ "$(wc -c <"$out")" -gt 150000 ] || wrong "the whole page has only $(wc -c <"$out") bytes"
out_lacks 'Shortened'
grep -o '<h[123][^>]*>.*' "$out" | grep -v 'dir="auto"' | sed 's/<[^>]*>//g' >"$T/headings"
for bytes in 100000 40000 20000; do
	run 0 '' digest --archive "$A" --daily --format html --max-bytes $bytes
	page
	size=$(wc -c <"$out")
	[ "$size" -le $bytes ] || wrong "$size bytes where $bytes are allowed"
	[ "$size" -gt $((bytes * 3 / 4)) ] || wrong "only $size bytes where $bytes are allowed"
	out_has '>500</b> received'
	out_has 'postbag digest without --max-bytes tells all'
	out_has '[0-9]+ more, told without --max-bytes: [a-z2-7]{8}, [a-z2-7]{8}, '
	out_has 'Shortened to the length that was asked for'
	out_lacks 'this mail' # there is none
	grep -o '<h[123][^>]*>.*' "$out" | grep -v 'dir="auto"' | sed 's/<[^>]*>//g' | diff - "$T/headings" >"$T/diff" || wrong "headings: $(head -n 4 "$T/diff" | tr '\n' ';')"
	# what is shown and what is folded are all there are
	shown_here=$(perl -0777 -ne 'my ($part) = m{>quay \S+ 125 new<.*?<h2(.*?)<h2}s; my $n = () = $part =~ /<h3/g; my ($more) = $part =~ /(\d+) more, told/; print $n + $more' "$out")
	same "letters about cranes at $bytes bytes" "$shown_here" 125
done
run 0 '' digest --archive "$A" --daily --format html --max-bytes 1 # the least there is: no lists
page
out_has '>500</b> received'
out_has 'Quays and cranes'
end

begin "--max-bytes: what is no number, and what is no page"
harbour_archive
run 64 'max-bytes' digest --archive "$A" --daily --format html --max-bytes -5
run 64 'max-bytes' digest --archive "$A" --daily --format html --max-bytes x
run 64 'max-bytes' digest --archive "$A" --daily --max-bytes 1000
end

# the text is read in narrow windows, quoted in answers, and sent as format=flowed, where a blank at the end of a line means that it goes on
begin "the text: no line too wide, none that mail changes"
sample_archive
run 0 '' digest --archive "$A" --since 2017-01-01 --until 2021-01-01
python3 - "$out" >"$T/width" 2>&1 <<'PY'
import sys, unicodedata
def columns(line):
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
for line in open(sys.argv[1], encoding="utf-8").read().split("\n"):
    if columns(line) > 72:
        print("columns:", columns(line), line)
    if line.endswith(" ") or line.startswith((">", "From ")) or line == "." or line == "--":
        print("changes:", line)
PY
[ ! -s "$T/width" ] || wrong "$(head -n 5 "$T/width" | tr '\n' ';')"
at_least "lines" "$(wc -l <"$out")" 300
end

# --- links

begin "--link: an address for each message"
harbour_archive
run 0 '' digest --archive "$A" --daily --format html --link 'https://mail.example.org/read/{id}?from=digest&x=y'
page 'https://mail\.example\.org/read/[a-z2-7]+\?from=digest&amp;x=y'
out_has "href=\"https://mail.example.org/read/$(letter_id 1)\?"
end

begin "--link: what is no template"
harbour_archive
for link in 'javascript:alert({id})' 'https://mail.example.org/' '{id}' 'https://{id}' 'https://' 'data:text/html,{id}' 'https://mail.example.org/{id} x' 'https://mail.example.org/ü{id}'; do
	run 64 'link' digest --archive "$A" --daily --format html --link "$link"
	out_empty
done
run 64 'html' digest --archive "$A" --daily --link 'https://mail.example.org/{id}'
end

# --- the table

begin "one line for each message, in order of arrival"
harbour_archive
run 0 '' digest --archive "$A" --daily --format csv
table
out_lines 13
cut -d, -f 1 "$out" | tail -n +2 >"$T/times"
LC_ALL=C sort -c "$T/times" || wrong "not in order"
out_has '^received,id,kind,state,author,address,subject,workstreams,topics,suggested,groups,gist,reason$'
out_has "\"$(letter_id 4)\",\"input\",\"\",\"Pat Pilot\",\"pat@pilots.example.org\",\"Letter of the guild\",\"water\",\"water.silt\",\"\",\"PILOTS\""
out_has "\"$(letter_id 6)\",\"input\",.*\"quay\",\"quay.crane\",\"quay quay.crane\""
out_has "\"$(letter_id 11)\",\"\",\"held\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\".*danger"
out_has "\"$(letter_id 9)\",\"spam\",\"\",\"\",\"\",\"\""
end

# --- the same ledger

begin "what does not reconcile is said, and fails"
harbour_archive
sql index.db 'DELETE FROM delivery WHERE seq = (SELECT max(seq) FROM delivery)'
run 1 'does not reconcile' digest --archive "$A" --daily --format html
out_has 'does not reconcile: -?1'
page
run 1 'does not reconcile' digest --archive "$A" --daily --format csv
end

begin "nothing came, and one workstream"
harbour_archive
run 0 '' digest --archive "$A" --daily=2019-01-01 --format html
page
out_has 'Nothing received'
run 0 '' digest --archive "$A" --daily=2019-01-01 --format csv
out_lines 1
run 0 '' digest --archive "$A" --daily --workstream water --format html
page
out_has 'Fahrrinne'
out_lacks 'First report'
end

begin "pages are of digests alone"
harbour_archive
for command in 'query' 'history' 'status' 'show abc'; do
	run 64 'expected one of text, json, csv' $command --archive "$A" --format html
done
end

# every shipped sample, in many scripts, and every odd letter
begin "samples and odd letters"
sample_archive
run 0 '' digest --archive "$A" --since 2017-01-01 --until 2021-01-01 --format html
page
run 0 '' digest --archive "$A" --since 2017-01-01 --until 2021-01-01 --format csv
table
rm -rf "$A"
run 0 '' init "$A" --rules "$srcdir/filters/ssr2-2018.rules"
run 0 '*' import --archive "$A" $(odd_files)
run 0 '' digest --archive "$A" --since 1970-01-02 --until 2037-01-01 --format html
page
run 0 '' digest --archive "$A" --since 1970-01-02 --until 2037-01-01 --format csv
table
end
