#!/bin/sh
# Attached documents: read after the commit, behind walls, within limits; what could not be read is told with its reason.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 12

command -v python3 >/dev/null || bail "the tests need python3"
no_pdf=
command -v pdftotext >/dev/null || no_pdf="pdftotext (poppler-utils) is not installed"

# document KIND FILE [TEXT]: an invented document
document() {
	python3 - "$@" <<'PY'
import sys, zipfile, zlib
kind, path = sys.argv[1], sys.argv[2]
text = sys.argv[3] if len(sys.argv) > 3 else ""
esc = text.replace("&", "&amp;").replace("<", "&lt;")
W = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'
def word(body, head='<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n', more=(), name="word/document.xml"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        for n, t in more: z.writestr(n, t)
        z.writestr(name, head + W % body)
def pdf(objects, trailer=""):
    out = b"%PDF-1.4\n"; places = []
    for i, o in enumerate(objects, 1):
        places.append(len(out)); out += b"%d 0 obj\n" % i + o + b"\nendobj\n"
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer.encode(), at)
    open(path, "wb").write(out)
def pages(stream, extra=()):
    return [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", *extra]
def line(t): return b"BT /F 12 Tf 50 700 Td (" + t.encode("cp1252").replace(b"(", b"\\(") + b") Tj ET"
if kind == "docx":
    word("<w:p><w:r><w:t>First of all.</w:t></w:r></w:p><w:p><w:pPr><w:tabs><w:tab w:pos='1'/></w:tabs></w:pPr><w:r><w:t xml:space='preserve'>%s</w:t></w:r>"
         "<w:del><w:r><w:delText>retracted</w:delText></w:r></w:del></w:p>" % esc,
         more=[("word/footnotes.xml", "<w:footnotes xmlns:w='w'><w:p><w:r><w:t>A footnote on tides.</w:t></w:r></w:p></w:footnotes>"),
               ("../../../etc/evil.xml", "<x/>"), ("/tmp/postbag-evil", "evil")])
elif kind == "odt":
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        z.writestr("content.xml", '<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>'
            '<text:tracked-changes><text:p>retracted</text:p></text:tracked-changes><text:h>Heading</text:h><text:p>%s</text:p></office:text></office:body></office:document-content>' % esc)
elif kind == "odt-encrypted":
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("content.xml", bytes(range(256)))
        z.writestr("META-INF/manifest.xml", "<manifest><file-entry full-path='content.xml'><encryption-data/></file-entry></manifest>")
elif kind == "zip-encrypted":
    word("<w:p/>"); b = bytearray(open(path, "rb").read())
    at = 0
    while (at := b.find(b"PK\1\2", at)) >= 0: b[at + 8] |= 1; at += 4
    open(path, "wb").write(b)
elif kind == "cut":
    word("<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % ("x y z " * 9000)); b = open(path, "rb").read(); open(path, "wb").write(b[:len(b) // 2])
elif kind == "flipped":
    word("<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % "".join(chr(97 + i * i * 7 % 26) for i in range(9000))); b = bytearray(open(path, "rb").read())
    at = b.find(b"word/document.xml") + 200; b[at:at + 400] = b"\xff" * 400; open(path, "wb").write(b)
elif kind == "bomb":
    word("<w:p>" + "<w:r/>" * 12000000 + "</w:p>")
elif kind == "laughs":
    word("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n')
elif kind == "xxe":
    word("<w:p><w:r><w:t>&f;</w:t></w:r></w:p>", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>\n')
elif kind == "zip":
    with zipfile.ZipFile(path, "w") as z: z.writestr("a.txt", "a")
elif kind == "rtf":
    body = "".join(c if ord(c) < 128 else "\\u%d?" % (ord(c) if ord(c) < 32768 else ord(c) - 65536) for c in text)
    open(path, "w").write("{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Times;}{\\f1\\fcharset204 Cyr;}}{\\*\\generator Retracted;}"
        "{\\info{\\title retracted}}\\pard\\uc1 %s\\par gr\\'fc\\'dfe \\f1 \\'ef\\'f0\\'e8\\'e2\\'e5\\'f2\\f0\\par}" % body)
elif kind == "pdf":
    pdf(pages(line(text)))
elif kind == "scan":
    pdf(pages(b"0 0 600 800 re f"))
elif kind == "pdf-encrypted":
    pdf(pages(line("secret"), [b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"]),
        "/Encrypt 6 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]")
elif kind == "pdf-damaged":
    open(path, "wb").write(b"%PDF-1.4\n" + b"nothing of the kind " * 40)
elif kind == "tnef":
    open(path, "wb").write(b"\x78\x9f\x3e\x22" + bytes(200))
elif kind == "p7m":
    def der(tag, *parts):
        b = b"".join(parts); n = len(b)
        return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x82, n >> 8, n & 255])) + b
    data, signed = bytes.fromhex("06092a864886f70d010701"), bytes.fromhex("06092a864886f70d010702")
    inner = ("Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n").encode()
    open(path, "wb").write(der(0x30, signed, der(0xa0, der(0x30, b"\2\1\1", der(0x31), der(0x30, data, der(0xa0, der(4, inner))), der(0x31)))))
PY
	[ -s "$2" ] || wrong "no document $1"
}

# with_file FILE NUMBER TYPE NAME DOCUMENT: a letter that says nothing but has an attachment
with_file() {
	{
		printf 'From: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 08:%02d:00 +0000\nTo: <harbour@example.org>\nSubject: Our comment %s\n' "$2" "$2"
		printf 'Message-ID: <letter-%s@example.net>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="line"\n\n--line\nContent-Type: text/plain\n\n' "$2"
		printf 'Please find it attached, number %s.\n--line\nContent-Type: %s\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="%s"\n\n' "$2" "$3" "$4"
		base64 "$5"
		printf -- '--line--\n'
	} >"$1"
}
harbour() {
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
}
# why NUMBER: what the index says of the attachment of letter NUMBER
why() { sql index.db "SELECT coalesce(p.remark, 'read') FROM part p JOIN message m USING (message) WHERE m.message_id = 'letter-$1@example.net' AND p.attachment = 1"; }
# comes KIND NUMBER TYPE NAME [TEXT]: such a document arrives
comes() {
	document "$1" "$T/document" "$5"
	with_file "$T/$2.eml" "$2" "$3" "$4" "$T/document"
	deliver "$T/$2.eml"
}

# what stands only in a document is put off by the delivery, read by sweep, found, filed, and shown as evidence
begin "documents are read by sweep"
harbour
comes docx 1 application/vnd.openxmlformats-officedocument.wordprocessingml.document comment.docx 'The dredging & the herons at Nørrebro'
comes odt 2 application/vnd.oasis.opendocument.text brief.odt 'Die Verschlickung der Fahrrinne'
comes rtf 3 application/rtf letter.rtf 'When does the dredging — 淤积 — begin?'
same "put off" "$(why 1),$(why 2),$(why 3)" 'to be read,to be read,to be read'
run 0 '*' query --archive "$A" herons
out_empty
run 0 '' status --archive "$A"
out_has '^documents  3 to read; postbag sweep reads them$'
run 0 'with their attached documents' sweep --archive "$A"
same "read" "$(why 1),$(why 2),$(why 3)" 'read,read,read'
run 0 '*' query --archive "$A" herons
out_has 'Our comment 1'
run 0 '*' query --archive "$A" 'topic:water.silt'
out_lines 3
run 0 '*' query --archive "$A" 'tides'
out_has 'Our comment 1'
run 0 '*' query --archive "$A" 'retracted'
out_empty
run 0 '*' query --archive "$A" 'привет'
out_has 'Our comment 3'
run 0 '*' query --archive "$A" 'grüße'
out_has 'Our comment 3'
run 0 '' explain --archive "$A" "$(letter_id 1)"
out_has 'dredging'
run 0 '' show --archive "$A" "$(letter_id 1)"
out_has 'comment\.docx'
run 0 '' status --archive "$A"
out_has '^documents  0 to read$'
run 0 '' sweep --archive "$A" # again is nothing new
[ ! -e /tmp/postbag-evil ] || wrong "a name in an archive was used as a path"
end

# the same from a PDF, whatever it claims to be
begin "PDFs are read by their content"
if [ -n "$no_pdf" ]; then skip "$no_pdf"; else
	harbour
	comes pdf 1 application/pdf comment.pdf 'The dredging frightens the herons of Göteborg'
	comes pdf 2 application/octet-stream comment 'A second word on dredging'
	same "put off" "$(why 1),$(why 2)" 'to be read by pdftotext,to be read by pdftotext'
	run 0 'documents' sweep --archive "$A"
	same "read" "$(why 1),$(why 2)" 'read,read'
	run 0 '*' query --archive "$A" 'topic:water.silt herons göteborg'
	out_has 'Our comment 1'
	run 0 '*' query --archive "$A" 'topic:water.silt'
	out_lines 2
	run 0 '' explain --archive "$A" "$(letter_id 2)"
	out_has 'dredging'
	end
fi

# each reason is told, in the index, in status and in the digest
begin "what cannot be read says why"
harbour
n=0
for kind in odt-encrypted zip-encrypted cut flipped bomb laughs xxe zip tnef; do
	n=$((n + 1))
	comes $kind $n application/octet-stream "file.$kind" 'x'
done
run 0 'documents' sweep --archive "$A"
same "encrypted ODT" "$(why 1)" encrypted
same "encrypted ZIP" "$(why 2)" encrypted
same "cut off" "$(why 3)" damaged
same "bytes flipped" "$(why 4)" damaged
same "a bomb" "$(why 5)" 'over the limit of 200 times its size unpacked'
same "billion laughs" "$(why 6)" damaged
same "external entity" "$(why 7)" damaged
same "no document" "$(why 8)" 'no converter for application/octet-stream'
same "TNEF" "$(why 9)" 'winmail.dat: attachments in a form only Outlook reads'
run 0 '' status --archive "$A"
out_has '^documents  4 not read: damaged$'
out_has '^documents  2 not read: encrypted$'
out_has '^documents  1 not read: winmail.dat'
run 0 '' status --archive "$A" --format json
json_is '$_->{attachments_unread}{damaged}, $_->{documents_waiting}' '4 0'
run 0 '' digest --archive "$A" --daily=2019-02-13
out_has 'file\.bomb'
out_has 'over the limit of 200 times'
run 0 '' sweep --archive "$A" # they are not tried again and again
run 0 '*' check --archive "$A"
end

begin "PDFs that cannot be read say why"
if [ -n "$no_pdf" ]; then skip "$no_pdf"; else
	harbour
	comes scan 1 application/pdf scan.pdf
	comes pdf-encrypted 2 application/pdf secret.pdf
	comes pdf-damaged 3 application/pdf broken.pdf
	run 0 'documents' sweep --archive "$A"
	same "without text" "$(why 1)" 'scanned: no text in it'
	same "with a password" "$(why 2)" encrypted
	same "damaged" "$(why 3)" damaged
	end
fi

# however the index came about it is the same; check, which derives it anew, agrees before and after sweep
begin "rebuilt, checked, imported: equal"
harbour
comes docx 1 application/octet-stream comment.docx 'The gantry cranes and the dredging'
comes cut 2 application/octet-stream cut.docx
[ -n "$no_pdf" ] || comes pdf 3 application/pdf comment.pdf 'Points 2 and 3 of the first report'
run 0 '*' check --archive "$A"
out_lacks 'error|differ'
run 0 'documents' sweep --archive "$A"
run 0 '*' check --archive "$A"
out_lacks 'error|differ|not compared'
dump_index "$T/before"
run 0 '*' rebuild --archive "$A"
dump_index "$T/after"
same_index "$T/before" "$T/after" "rebuilt"
A=$T/other
run 0 '' init "$A" --rules "$T/harbour.rules"
run 0 '' import --archive "$A" "$T"/[0-9].eml
same "imported" "$(why 1),$(why 2)" 'read,damaged'
end

# the dry run reads them too, and keeps the order
begin "classify"
harbour_rules "$T/harbour.rules"
document docx "$T/document" 'Nothing but dredging'
with_file "$T/1.eml" 1 application/octet-stream a.docx "$T/document"
letter "$T/2.eml" 2 'The cranes' 'The gantry cranes squeak.'
run 0 '' classify --rules "$T/harbour.rules" "$T/2.eml" "$T/1.eml" "$T/2.eml"
out_lines 3
same "order" "$(sed 's/.*topics //' "$out" | tr '\n' ';')" 'quay.crane;water.silt;quay.crane;'
end

# a machine without the program: PDFs wait, that is said, and they are read once it is there
begin "no converter here"
harbour
comes pdf 1 application/pdf comment.pdf 'The dredging'
comes docx 2 application/octet-stream comment.docx 'The dredging'
mkdir "$T/bin"
bare() { # STATUS PATTERN ARGUMENT...: with a PATH that leads nowhere
	_wanted=$1 _pattern=$2
	shift 2
	shown="postbag $*"
	watch "$_wanted" "$_pattern" env -i PATH="$T/bin" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" "$@"
}
bare 0 'documents' sweep --archive "$A"
same "the PDF waits" "$(why 1),$(why 2)" 'to be read by pdftotext,read'
bare 0 '' status --archive "$A"
out_has 'pdftotext, which is not installed here'
bare 0 '' sweep --archive "$A"
bare 0 '*' check --archive "$A"
out_lacks 'error|differ'
if [ -z "$no_pdf" ]; then
	run 0 'documents' sweep --archive "$A"
	same "read later" "$(why 1)" read
	bare 0 '*' check --archive "$A" # what cannot be derived here is not called damaged
	out_lacks 'error|differ'
fi
end

# a converter taken over by a document gets nowhere: no file, no network, no process, and its end comes
begin "the walls around the converter"
harbour
comes pdf 1 application/pdf comment.pdf 'The dredging'
mkdir "$T/bin"
chmod 755 "$T" "$T/bin"
cat >"$T/bin/pdftotext" <<PERL
#!/usr/bin/perl
use Socket;
print "cornered\\n";
print "wrote\\n" if open my \$a, ">", "$T/home/planted";
print "fetched mail\\n" if open my \$b, "<", "$T/1.eml";
print "fetched accounts\\n" if open my \$c, "<", "/etc/passwd";
print "listed\\n" if opendir my \$d, "/etc";
print "connected\\n" if socket my \$e, PF_INET, SOCK_STREAM, 0;
print "signalled\\n" if kill 0, getppid;
my \$child = fork;
exit 0 if defined \$child && !\$child;
print "forked\\n" if defined \$child;
PERL
chmod 755 "$T/bin/pdftotext"
_path=$PATH
PATH=$T/bin:$PATH
export PATH
run 0 '' status --archive "$A" --format json
json_is '$_->{pdftotext}' "$T/bin/pdftotext"
landlock=$(json '$_->{sandbox}{landlock}') seccomp=$(json '$_->{sandbox}{seccomp}')
run 0 'documents' sweep --archive "$A"
PATH=$_path
if [ "$landlock" = 0 ] || [ "$seccomp" = 0 ]; then
	skip "this kernel or build has not all walls (landlock $landlock, seccomp $seccomp)"
else
	same "read" "$(why 1)" read
	run 0 '' show --archive "$A" "$(letter_id 1)"
	out_has 'cornered'
	out_lacks 'wrote|fetched|listed|connected|signalled|forked'
	[ ! -e "$T/home/planted" ] || wrong "the converter wrote a file"
	end
fi

# a converter that hangs, dies, fills the memory or never stops writing costs its document only, and that is told
begin "a converter that does not end well"
harbour
n=0
for text in hang die hog endless lies fine; do
	n=$((n + 1))
	comes pdf $n application/pdf "$text.pdf" "please $text"
done
mkdir "$T/bin"
chmod 755 "$T" "$T/bin"
cat >"$T/bin/pdftotext" <<'PERL'
#!/usr/bin/perl
local $/;
$_ = <STDIN>;
if (/please hang/) { close STDOUT; sleep 1 while 1 }
if (/please die/) { require POSIX; POSIX::abort() }
if (/please hog/) { my $hog = 'x'; $hog x= 2 ** 20; my @all; push @all, $hog . $_ for 1 .. 2000; print scalar @all }
if (/please endless/) { print "The dredging goes on. " while 1 }
if (/please lies/) { print STDERR "Incorrect password\n" x 100000; print "\xff\xfe\0nonsense\x1b[31m"; exit 1 }
print "A word on dredging.\n";
PERL
chmod 755 "$T/bin/pdftotext"
begun=$(date +%s)
watch 0 'documents' env PATH="$T/bin:$PATH" "$POSTBAG" sweep --archive "$A"
at_least "seconds it waited for the one that hangs" $(($(date +%s) - begun)) 15
same "hangs" "$(why 1)" 'over the limit of 20 s for reading it'
same "dies" "$(why 2)" 'the converter died of signal 6 (Aborted)'
case $(why 3) in 'over the limit of'*memory* | damaged | 'the converter died'*) ;; *) wrong "fills the memory: $(why 3)" ;; esac
same "never stops" "$(why 4)" 'over the limit of 2097152 bytes of text'
same "says it is encrypted" "$(why 5)" encrypted
same "the one after them" "$(why 6)" read
run 0 '*' query --archive "$A" --count 'topic:water.silt'
out_is 2
run 0 '' status --archive "$A"
out_has 'over the limit of 20 s'
end

# a letter may bring any number of documents: so many are read, and the rest says so
begin "more documents than are read of one letter"
harbour
document rtf "$T/document" 'The dredging'
{
	printf 'From: Ada Example <ada@example.net>\nSubject: All of them\nMessage-ID: <letter-1@example.net>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="line"\n\n'
	for n in $(seq 53); do
		printf -- '--line\nContent-Type: application/rtf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="%s.rtf"\n\n' "$n"
		base64 "$T/document"
	done
	printf -- '--line--\n'
} >"$T/many.eml"
deliver "$T/many.eml"
run 0 'documents' sweep --archive "$A"
same "read" "$(sql index.db "SELECT count(*) FROM part WHERE read = 1 AND attachment = 1")" 50
same "not read" "$(sql index.db "SELECT count(*) FROM part WHERE remark = 'over the limit of 50 documents in one message'")" 3
run 0 '*' check --archive "$A"
out_lacks 'error|differ'
end

# in a forwarded message a document is part of what was forwarded
begin "a document in an enclosed message"
harbour
document odt "$T/document" 'The dredging'
with_file "$T/inner.eml" 1 application/octet-stream brief.odt "$T/document"
{
	printf 'From: Bo Example <bo@example.com>\nSubject: Fwd: brief\nMessage-ID: <letter-2@example.net>\nMIME-Version: 1.0\n'
	printf 'Content-Type: multipart/mixed; boundary="outer"\n\n--outer\nContent-Type: text/plain\n\nSee below.\n--outer\nContent-Type: message/rfc822\n\n'
	cat "$T/inner.eml"
	printf -- '--outer--\n'
} >"$T/2.eml"
deliver "$T/2.eml"
run 0 'documents' sweep --archive "$A"
same "read" "$(sql index.db "SELECT read FROM part WHERE filename = 'brief.odt'")" 1
run 0 '*' query --archive "$A" dredging
out_has 'brief'
end

# mail inside its own signature
begin "opaque signed mail"
harbour
comes p7m 1 'application/pkcs7-mime; smime-type=signed-data' smime.p7m 'The dredging can wait.'
run 0 'documents' sweep --archive "$A"
same "read" "$(why 1)" read
run 0 '*' query --archive "$A" 'topic:water.silt'
out_lines 1
end
