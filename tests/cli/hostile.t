#!/bin/sh
# Hostile and broken mail: every file is kept, read as far as it can be, and nothing of it reaches a terminal, a list or a page raw.
# (Every run of these tests checks what it prints: lib.sh, harmless.)
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 9

# keep FILE: delivered within a minute, answer 0, in silence but for a word about reading it
keep() {
	shown="deliver $1"
	started=$(date +%s)
	timeout 60 env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" \
		${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} \
		"$POSTBAG" deliver --archive "$A" <"$1" >"$out" 2>"$err"
	same "$shown: exit status" $? 0
	out_empty
	check_harmless "$err" stderr
	check_no_scratch
	took=$(($(date +%s) - started))
	[ $took -le 15 ] || wrong "$shown: took $took s"
}

# looked_at ID: shown, explained and listed, in every form
looked_at() {
	for format in text json; do
		run 0 '' show --archive "$A" --format $format "$1"
		[ -s "$out" ] || wrong "$shown: nothing"
		run 0 '' explain --archive "$A" --format $format "$1"
		[ -s "$out" ] || wrong "$shown: nothing"
	done
}

# the whole archive in every form of list and report
listed() {
	for format in text json csv; do
		run 0 '' query --archive "$A" --limit 0 --format $format
		[ -s "$out" ] || wrong "$shown: nothing"
	done
	for format in text json; do
		run 0 '' digest --archive "$A" --daily=2019-02-13 --format $format
		[ -s "$out" ] || wrong "$shown: nothing"
	done
	run 0 '' status --archive "$A"
}

begin "every file of tests/mail"
run 0 '' init "$A" --rules "$srcdir/filters/ssr2-2018.rules"
set -- $(odd_files)
at_least "files" $# 50
for file; do keep "$file"; done
same "deliveries" "$(deliveries)" $#
at_least "messages" "$(contents)" $(($# - 3))
same "unread" "$(sql index.db "SELECT group_concat(public_id || ' ' || unread) FROM message WHERE unread IS NOT NULL")" ''
for id in $(sql mail.db 'SELECT public_id FROM content'); do looked_at "$id"; done
listed
end

# a file's own words are found although it is broken: reading is not given up at the first oddity
begin "what can be read is read"
run 0 '' init "$A"
run 0 '*' import --archive "$A" $(odd_files)
found() { # FILE WORDS
	id=$(perl -e 'exec @ARGV' env -i POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" classify --rules "$T/h.rules" --format json "$srcdir/tests/mail/$1" 2>/dev/null | sed -n 's/.*"id": *"\([a-z2-7]*\)".*/\1/p')
	[ -n "$id" ] || wrong "$1: no id"
	run 0 '' query --archive "$A" --format json "$2"
	grep -q "$id" "$out" || wrong "$1 is not found by: $2"
}
harbour_rules "$T/h.rules"
found rfc2047-two-base64-words.eml 'subject:"Überprüfung der Wurzelzone"'
found encoded-word-split.eml 'subject:Prüfung'
found flowed-delsp.eml 'coordination'
found filename-rfc2231.eml 'has:attachment'
grep -oiE '[a-z]{5,}' "$srcdir/tests/mail/no-headers.eml" | head -n 1 >"$T/word"
found no-headers.eml "$(cat "$T/word")"
end

# what broke libraries: nested groups, a parameter name that loops, floods of parts, headers, recipients, lines
begin "what broke libraries"
run 0 '' init "$A"
perl -e 'print "From: ", "a:" x 60000, "\nSubject: groups\n\nbody\n"' >"$T/groups.eml"
perl -e 'for (qw(To Cc Bcc Reply-To Sender)) { print "$_: ", "a:" x 60000, ";" x 60000, "\n" } print "From: x\@example.net\n\nbody\n"' >"$T/groups2.eml"
for length in 69 70 71 72 73; do
	perl -e 'print "From: x\@example.net\nMIME-Version: 1.0\nContent-Type: multipart/mixed; ", "p" x $ARGV[0], "=\"\xc3\xa4\xc3\xb6\"; boundary=b\n\n--b\n\nbody\n--b--\n"' $length >"$T/parameter$length.eml"
done
perl -e 'print "From: x\@example.net\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"; print "--b\n\nx\n" for 1 .. 100000; print "--b--\n"' >"$T/parts.eml"
perl -e 'print "From: x\@example.net\n"; print "X-$_: y\n" for 1 .. 200000; print "\nbody\n"' >"$T/fields.eml"
perl -e 'print "From: x\@example.net\nSubject: ", "z" x 5_000_000, "\n\nbody\n"' >"$T/subject.eml"
perl -e 'print "From: x\@example.net\nTo: ", join(",\n ", map { "a$_\@example.net" } 1 .. 100000), "\n\nbody\n"' >"$T/recipients.eml"
perl -e 'print "From: x\@example.net\nReferences: ", join("\n ", map { "<$_\@example.net>" } 1 .. 100000), "\n\nbody\n"' >"$T/references.eml"
perl -e 'for (1 .. 2000) { print "Content-Type: multipart/mixed; boundary=b$_\n\n--b$_\n" } print "\nbody\n"' >"$T/deep.eml"
perl -e 'for (1 .. 2000) { print "Content-Type: message/rfc822\n\n" } print "Subject: x\n\nbody\n"' >"$T/enclosed.eml"
perl -e 'print "From: x\@example.net\nContent-Type: text/html\n\n", "<div>" x 200000, "text"' >"$T/html.eml"
perl -e 'print "From: x\@example.net\nContent-Type: text/html\n\n", "<" x 300000' >"$T/angles.eml"
perl -e 'print "From: x\@example.net\nContent-Type: text/plain\n\n", "> " x 500000, "\n"' >"$T/quotes.eml"
perl -e 'print "From: x\@example.net\nSubject: ", "=?utf-8?Q?=" x 20000, "\n\nbody\n"' >"$T/encoded.eml"
perl -e 'print "From: x\@example.net\nContent-Type: text/plain; charset=utf-7\n\n+ADw-script+AD4-\n"' >"$T/utf7.eml"
perl -e 'print "From: x\@example.net\nContent-Type: text/plain; ", join("; ", map { "a*$_*=utf-8\x27\x27%41" } 0 .. 20000), "\n\nbody\n"' >"$T/continuations.eml"
perl -e 'print "From: x\@example.net\n\n", "point 1-9, " x 100000' >"$T/lists.eml"
kept=0
for file in "$T"/*.eml; do
	kept=$((kept + 1))
	keep "$file"
done
at_least "files" $kept 20
same "deliveries" "$(deliveries)" $kept
for id in $(sql mail.db 'SELECT public_id FROM content'); do
	run 0 '' show --archive "$A" "$id"
	run 0 '' explain --archive "$A" "$id"
done
listed
end

# a message that nobody can read is not lost, and is not in the way of the next one
begin "after an unreadable one the next is read"
run 0 '' init "$A"
perl -e 'print "From: ", "a:" x 60000, "\nSubject: groups\n\nbody\n"' >"$T/groups.eml"
keep "$T/groups.eml"
letter "$T/a.eml" 1 Hello 'The first one.'
keep "$T/a.eml"
run 0 '*' sweep --archive "$A"
check_archive 2 2
run 0 '' query --archive "$A" --count subject:hello
out_is 1
end

# slow patterns in a rule file are cut short, said, and never waited for
begin "a slow pattern"
cat >"$T/slow.rules" <<'RULES'
[taxonomy slow]
title = Slow
since = 2000-01-01

[workstream a]
title = A
pattern = /(a+)+$/
pattern = /(?:a|aa|a?a)*b/

[workstream b]
title = B
keyword = gantry crane
RULES
run 0 '' init "$A" --rules "$T/slow.rules"
letter "$T/slow.eml" 1 Slow "gantry crane $(perl -e 'print "a" x 60, "! ", ("a" x 5000, "c ") x 20')"
keep "$T/slow.eml"
run 0 '' query --archive "$A" --count ws:b
out_is 1
end

# header injection: what an encoded word hides is one line of text everywhere
begin "no header out of a header"
run 0 '' init "$A"
letter "$T/a.eml" 1 '=?utf-8?Q?Hello=0D=0AX-Forged:_yes=0D=0A=0D=0Abody?=' 'Text.' 'From: =?utf-8?Q?Ada=0D=0ABcc:_victim@example.net?= <ada@example.net>'
keep "$T/a.eml"
listed
looked_at "$(newest_id)"
for command in 'query --limit 0' "show $(newest_id)" "explain $(newest_id)" 'digest --daily=2019-02-13' 'query --limit 0 --format csv'; do
	run 0 '' $command --archive "$A"
	out_lacks '^(X-Forged|Bcc):'
done
end

# Message-IDs are the sender's word: a forged one neither replaces nor hides a message
begin "a forged Message-ID"
run 0 '' init "$A"
letter "$T/a.eml" 1 'True' 'The true one.'
letter "$T/b.eml" 1 'False' 'The forged one.' 'From: Mallory <mallory@example.com>'
keep "$T/a.eml"
keep "$T/b.eml"
check_archive 2 2
run 0 '' query --archive "$A" --count 'subject:true'
out_is 1
run 0 '' query --archive "$A" --count 'subject:false'
out_is 1
end

# a list of files that are no mail at all, through import and classify
begin "files that are no mail"
run 0 '' init "$A"
harbour_rules "$T/harbour.rules"
perl -e 'srand 9; print map { chr int rand 256 } 1 .. 100000' >"$T/noise.bin"
perl -e 'print "\n" x 100000' >"$T/lines.bin"
perl -e 'print "From \n" x 20000' >"$T/from.bin"
perl -e 'print "\x1f\x8b\x08" . "x" x 1000' >"$T/gzip.bin"
gzip -c "$POSTBAG" >"$T/program.gz" 2>/dev/null
cp "$POSTBAG" "$T/program.bin"
mkdir "$T/files"
mv "$T"/*.bin "$T"/*.gz "$T/files"
run 0 '*' import --archive "$A" "$T/files"
run 0 '' query --archive "$A" --limit 0
out_lacks 'ELF'
for file in "$T"/files/*; do
	alone classify --rules "$T/harbour.rules" --format json "$file" >"$out" 2>"$err"
	case $? in 0 | 65) ;; *) wrong "classify ${file##*/}: $(head -c 200 "$err")" ;; esac
	check_harmless "$out" "classify ${file##*/}"
done
end

# a compressed bomb is bounded in memory and does not stop the import
begin "a compressed bomb"
run 0 '' init "$A"
{ printf 'From a@example.net Mon Feb 11 10:00:00 2019\nFrom: x@example.net\nSubject: bomb\n\n'; perl -e 'print "\0" x 1048576 for 1 .. 300'; } | gzip -1 >"$T/bomb.gz"
letter "$T/a.eml" 1 Hello 'The first one.'
(
	sanitized || ulimit -v 2000000
	alone import --archive "$A" "$T/bomb.gz" "$T/a.eml" >"$out" 2>"$err"
	echo $? >"$T/status"
)
same "exit status" "$(cat "$T/status")" 0
run 0 '' query --archive "$A" --count subject:hello
out_is 1
end
