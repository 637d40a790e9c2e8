#!/bin/sh
# Documents of many letters that are taken in at once: they are converted beside the reading, each letter is in the index once and with its texts, and whatever
# becomes of a converter or of the import, nothing is lost and the index is the same.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 6

command -v perl >/dev/null || bail "the tests need perl"

# In place of pdftotext: says what stands behind "says:" in a file that begins as a PDF does, and behaves as that wants.
make_converter() { # FOLDER
	mkdir -p "$1"
	chmod 755 "$T" "$1"
	cat >"$1/pdftotext" <<'PERL'
#!/usr/bin/perl
local $/;
$_ = <STDIN>;
my $long = /please dawdle/ ? 3 : /please hang/ ? 60 : 0;
my $end = time + $long;
1 while $long && time < $end;
if (/please die/) { require POSIX; POSIX::abort() }
print "$1\n" if /says: (.*)/;
PERL
	chmod 755 "$1/pdftotext"
}

# letters FOLDER FROM TO [WORDS]: of ten each a thread; every second has a PDF, every third an RTF, and some say nothing else.
letters() {
	mkdir -p "$1"
	awk -v folder="$1" -v from="$2" -v to="$3" -v words="$4" 'BEGIN {
		for (n = from; n <= to; n++) {
			file = sprintf("%s/%04d.eml", folder, n)
			first = n - n % 10
			printf "From: %s Example <%s@example.net>\nDate: Tue, 12 Feb 2019 %02d:%02d:00 +0000\nTo: <harbour@example.org>\n", n % 7 == 0 ? "Ada" : "Bo", n % 7 == 0 ? "ada" : "bo", n / 60 % 24, n % 60 >file
			printf "Subject: %sThe harbour, part %d\nMessage-ID: <letter-%d@example.net>\n", n == first ? "" : "Re: ", first, n >file
			if (n != first)
				printf "In-Reply-To: <letter-%d@example.net>\n", n % 10 == 9 ? first : n - 1 >file
			printf "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"line\"\n\n--line\nContent-Type: text/plain\n\n" >file
			printf "%s Number %d.\n", n % 4 == 0 ? "When does it begin? We saw a hook." : "Please find it attached.", n >file
			if (n % 3 == 0)
				printf "--line\nContent-Type: application/rtf\nContent-Disposition: attachment; filename=\"%d.rtf\"\n\n{\\rtf1\\ansi The dredging, page %d.\\par}\n", n, n >file
			if (n % 2 == 0)
				printf "--line\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"%d.pdf\"\n\n%%PDF-1.4\n%s\nsays: The gantry crane and its steel cable, sheet %d.\n", n, words, n >file
			printf "--line--\n" >file
			close(file)
		}
	}'
}
with() { # FOLDER STATUS PATTERN ARGUMENT...: with that first on the PATH
	_path=$PATH
	PATH=$1:$PATH
	export PATH
	shift
	run "$@"
	PATH=$_path
}
bare() { # STATUS PATTERN ARGUMENT...: with a PATH that leads nowhere
	_wanted=$1 _pattern=$2
	shift 2
	shown="postbag $*"
	watch "$_wanted" "$_pattern" env -i PATH="$T/none" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" "$@"
}
fresh() { # FOLDER
	A=$1
	harbour_rules "$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
}
waiting() { sql index.db "SELECT count(*) FROM part WHERE remark GLOB 'to be read*'"; }
remarks() { sql index.db "SELECT DISTINCT coalesce(remark, 'read') FROM part WHERE filename GLOB '*.pdf' ORDER BY 1" | tr '\n' ','; }
until_true() { # SECONDS COMMAND...
	_left=$(($1 * 10))
	shift
	until "$@"; do
		_left=$((_left - 1))
		[ "$_left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# two batches: all is found when the import ends, and the index is that of letters whose documents came later, many at once, and in part
begin "documents of an import"
make_converter "$T/bin"
letters "$T/letters" 1 300
fresh "$T/one"
with "$T/bin" 0 '' import --archive "$A" "$T/letters"
out_has '^300 added'
same "nothing waits" "$(waiting)" 0
run 0 '*' query --archive "$A" --count 'dredging'
out_is 100
run 0 '*' query --archive "$A" --count '"steel cable"'
out_is 150
run 0 '*' query --archive "$A" --count '"sheet 298"'
out_is 1
run 0 '*' query --archive "$A" --count 'topic:quay.crane'
at_least "filed by what documents say" "$(cat "$out")" 150
dump_index "$T/imported"
with "$T/bin" 0 '*' check --archive "$A"
out_lacks 'error|differ|not compared'
with "$T/bin" 0 '*' rebuild --archive "$A"
dump_index "$T/rebuilt"
same_index "$T/imported" "$T/rebuilt" "rebuilt"
fresh "$T/two"
bare 0 '' import --archive "$A" "$T/letters"
same "PDFs wait" "$(waiting)" 150
with "$T/bin" 0 '150 messages' sweep --archive "$A"
same "nothing waits then" "$(waiting)" 0
dump_index "$T/swept"
same_index "$T/imported" "$T/swept" "read by sweep"
end

# one that is slower than an import waits for, and one that dies, cost their own letters nothing but time, and the others nothing
begin "a converter that an import does not wait for"
make_converter "$T/bin"
letters "$T/letters" 1 20
letters "$T/letters" 21 22 'please dawdle'
letters "$T/letters" 23 24 'please die'
letters "$T/letters" 25 30
fresh "$T/one"
with "$T/bin" 0 '' import --archive "$A" "$T/letters"
same "read" "$(remarks)" 'read,the converter died of signal 6 (Aborted),'
same "nothing waits" "$(waiting)" 0
run 0 '*' query --archive "$A" --count '"sheet 22"'
out_is 1
run 0 '*' query --archive "$A" --count '"sheet 30"'
out_is 1
dump_index "$T/imported"
fresh "$T/two"
bare 0 '' import --archive "$A" "$T/letters"
with "$T/bin" 0 'messages' sweep --archive "$A"
dump_index "$T/swept"
same_index "$T/imported" "$T/swept" "read by sweep"
end

# killed while a converter runs: what is kept is kept, no converter is left, and the next sweep reads what waits
begin "an import that is killed"
make_converter "$T/bin"
letters "$T/letters" 1 9
letters "$T/letters" 10 19 'please hang' # five of them, one after the other: time enough to see one on a slow machine
letters "$T/letters" 20 20
fresh "$T/one"
is_in() { [ "$(sql index.db 'SELECT count(*) FROM message')" = 20 ]; }
converter_runs() { grep -lsaF "$T/bin/pdftotext" /proc/[0-9]*/cmdline >"$T/running"; }
no_converter() { ! converter_runs; }
env PATH="$T/bin:$PATH" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" import --archive "$A" "$T/letters" >"$T/log" 2>&1 &
import=$!
helpers="$helpers $import"
until_true 60 is_in || wrong "the import waits for a converter that hangs"
until_true 60 converter_runs || wrong "no converter runs"
kill -9 "$import"
wait "$import" 2>/dev/null
until_true 60 no_converter || wrong "a converter outlives the import: $(cat "$T/running")"
at_least "documents that wait" "$(waiting)" 1
sed -i 's/hang[/] ? 60/hang\/ ? 0/' "$T/bin/pdftotext"
with "$T/bin" 0 'documents' sweep --archive "$A"
same "read" "$(remarks)" 'read,'
same "nothing waits" "$(waiting)" 0
dump_index "$T/swept"
with "$T/bin" 0 '*' check --archive "$A"
out_lacks 'error|differ|not compared'
fresh "$T/two"
with "$T/bin" 0 '' import --archive "$A" "$T/letters"
dump_index "$T/imported"
same_index "$T/imported" "$T/swept" "after the kill"
end

# the same where the converter is a program that can stand by and fork, one process for each document: what dies or is slow costs its own letter alone, and
# none outlives the import
begin "a converter that stands by"
mkdir -p "$T/bin"
cp "$(dirname "$POSTBAG")/tests/faults/converter" "$T/bin/pdftotext" || wrong "tests/faults/converter is not built"
letters "$T/letters" 1 40
letters "$T/letters" 41 42 'please dawdle'
letters "$T/letters" 43 46 'please die'
letters "$T/letters" 47 60
fresh "$T/one"
with "$T/bin" 0 '' import --archive "$A" "$T/letters"
same "read" "$(remarks)" 'read,the converter died of signal 6 (Aborted),'
same "dead" "$(sql index.db "SELECT count(*) FROM part WHERE remark GLOB '*Aborted*'")" 2
same "nothing waits" "$(waiting)" 0
run 0 '*' query --archive "$A" --count '"sheet 42"'
out_is 1
run 0 '*' query --archive "$A" --count '"sheet 60"'
out_is 1
dump_index "$T/imported"
make_converter "$T/script"
fresh "$T/two"
with "$T/script" 0 '' import --archive "$A" "$T/letters"
dump_index "$T/started"
same_index "$T/imported" "$T/started" "as by a script that is started for each"
letters "$T/others" 1 9
letters "$T/others" 10 19 'please hang'
fresh "$T/three"
is_in() { [ "$(sql index.db 'SELECT count(*) FROM message')" = 19 ]; }
env PATH="$T/bin:$PATH" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" import --archive "$A" "$T/others" >"$T/log" 2>&1 &
import=$!
helpers="$helpers $import"
until_true 60 is_in || wrong "the import waits for a converter that hangs"
until_true 60 converter_runs || wrong "no converter runs"
kill -9 "$import"
wait "$import" 2>/dev/null
until_true 60 no_converter || wrong "a converter outlives the import: $(cat "$T/running")"
end

# a page that says WORDS; readers of PDF find its objects without the table that is missing here
pdf_letters() { # FOLDER FROM TO
	mkdir -p "$1"
	awk -v folder="$1" -v from="$2" -v to="$3" 'BEGIN {
		for (n = from; n <= to; n++) {
			file = sprintf("%s/%04d.eml", folder, n)
			printf "From: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 10:%02d:00 +0000\nSubject: Sheet %d\nMessage-ID: <sheet-%d@example.net>\n", n % 60, n, n >file
			printf "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"line\"\n\n--line\nContent-Type: text/plain\n\nNumber %d.\n", n >file
			printf "--line\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"%d.pdf\"\n\n%%PDF-1.4\n", n >file
			text = sprintf("BT /F1 12 Tf 60 700 Td (The gantry crane, caf\\351 and cable, sheet %d) Tj 0 -20 Td (of the second line) Tj ET", n)
			printf "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n" >file
			printf "3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>> endobj\n" >file
			printf "4 0 obj <</Length %d>> stream\n%s\nendstream endobj\n", length(text), text >file
			printf "5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>> endobj\n" >file
			printf "trailer <</Size 6/Root 1 0 R>>\n%%%%EOF\n--line--\n" >file
			close(file)
		}
	}'
}

# the program that is really there, stood by and started for each document by a script: each text is the same
begin "pdftotext stands by"
if ! command -v pdftotext >/dev/null; then skip "pdftotext (poppler-utils) is not installed"; else
	pdf_letters "$T/letters" 1 30
	mkdir -p "$T/bin"
	chmod 755 "$T" "$T/bin"
	printf '#!/bin/sh\nexec %s "$@"\n' "$(command -v pdftotext)" >"$T/bin/pdftotext"
	chmod 755 "$T/bin/pdftotext"
	fresh "$T/one"
	run 0 '' import --archive "$A" "$T/letters"
	same "read" "$(remarks)" 'read,'
	run 0 '*' query --archive "$A" --count '"crane café and cable" "sheet 30"'
	out_is 1
	dump_index "$T/stood"
	fresh "$T/two"
	with "$T/bin" 0 '' import --archive "$A" "$T/letters"
	same "read" "$(remarks)" 'read,'
	dump_index "$T/started"
	same_index "$T/stood" "$T/started" "stood by"
	end
fi

# rules that change between two imports: each letter is filed by those of its time, and a rebuild goes by them too
begin "rules that change"
make_converter "$T/bin"
letters "$T/letters" 1 20
letters "$T/others" 21 40
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = archive\nrules = harbour.rules\n' >"$T/a.conf"
A=$T/archive
run 0 '' --config "$T/a.conf" init
with "$T/bin" 0 '' --config "$T/a.conf" import "$T/letters"
sed -i 's/^keyword = gantry crane$/keyword = heron/; s/^keyword = dredging; /keyword = /' "$T/harbour.rules"
with "$T/bin" 0 '*' --config "$T/a.conf" import "$T/others"
same "rulesets" "$(sql index.db 'SELECT count(DISTINCT rules) FROM message')" 2
same "filed by the first alone" "$(sql index.db "SELECT count(*), max(message) <= 20 FROM filing WHERE id = 'quay.crane' AND tier = 'firm'")" '10|1'
dump_index "$T/imported"
with "$T/bin" 0 '*' --config "$T/a.conf" rebuild
dump_index "$T/rebuilt"
same_index "$T/imported" "$T/rebuilt" "rebuilt"
end
