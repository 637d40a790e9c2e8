#!/bin/sh
# postbag-lmtpd(8): what it says, and what it keeps.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/cli/lmtp.sh"
plan 14

# one delivery with three recipients is one delivery, with an answer for each (RFC 2033)
begin "three recipients, three answers, one delivery"
run 0 '' -q init "$A"
start
talk <<'TALK'
< 220 [A-Za-z0-9.-]+ LMTP Postbag
> LHLO mail.example.net
< 250 SMTPUTF8
> MAIL FROM:<ada@example.net> SIZE=40 BODY=8BITMIME
< 250 2\.1\.0
> RCPT TO:<one@example.org>
< 250 2\.1\.5
> RCPT TO:<two@example.org>
< 250 2\.1\.5
> RCPT TO:<three@example.org>
< 250 2\.1\.5
> DATA
< 354
> Subject: to three\r\n\r\nText\r\n.
< 250 2\.0\.0 kept as [a-z2-7]{16}$
< 250 2\.0\.0 kept as [a-z2-7]{16}$
< 250 2\.0\.0 kept as [a-z2-7]{16}$
> MAIL FROM:<ada@example.net>
< 250
> RCPT TO:<one@example.org>
< 250
> DATA
< 354
> Subject: to three\r\n\r\nText\r\n.
< 250 2\.0\.0 kept as [a-z2-7]{16}, which had come before$
> QUIT
< 221 2\.0\.0
eof
TALK
stop
run 0 '' sweep --archive "$A"
check_archive 1 2
same "envelope" "$(sql mail.db "SELECT source, sender, recipient FROM entry WHERE type = 'delivery' ORDER BY seq LIMIT 1")" \
	'lmtp|ada@example.net|one@example.org, two@example.org, three@example.org'
end

# RFC 2033 section 4.2: DATA without a recipient fails; HELO is no LMTP; the rest of the table is in tests/unit/lmtp-session
begin "what is wrong is refused, and the conversation goes on"
run 0 '' -q init "$A"
start
talk <<'TALK'
< 220
> EHLO mail.example.net
< 500 5\.5\.1 .*LHLO
> MAIL FROM:<ada@example.net>
< 503 5\.5\.1
> LHLO mail.example.net
< 250 SMTPUTF8
> DATA
< 503 5\.5\.1
> RCPT TO:<one@example.org>
< 503 5\.5\.1
> MAIL FROM:<ada@example.net> RET=FULL
< 555 5\.5\.4
> MAIL FROM:<ada@example.net>
< 250
> DATA
< 503 5\.5\.1
> RCPT TO:<one@example.org> NOTIFY=NEVER
< 555 5\.5\.4
> BDAT 10 LAST
< 502 5\.5\.1
>> NOOP\nQUIT\r\n
< 500 5\.5\.2
> RCPT TO:<one@example.org>
< 250
> DATA
< 354
> Subject: after all that\r\n\r\nText\r\n.
< 250 2\.0\.0
> QUIT
< 221
TALK
stop
archive_has 1 || wrong "not one delivery"
end

# RFC 2920: all at once, or a byte at a time, the answers are the same
begin "pipelining in one write and byte by byte"
run 0 '' -q init "$A"
start
letter='LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org\r\nRCPT TO:<d@example.org>\r\nDATA\r\nSubject: all at once\r\n\r\n..\r\n.\r\nNOOP\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: and another\r\n\r\n.\r\nQUIT\r\n'
for way in quickly slowly; do
	{
		[ "$way" = quickly ] || echo slowly
		printf '>> %s\n' "$letter"
		cat <<'TALK'
< 220
< 250
< 250
< 250 2\.1\.5
< 501 5\.1\.3
< 250 2\.1\.5
< 354
< 250 2\.0\.0 kept
< 250 2\.0\.0 kept
< 250 2\.0\.0 ok
< 250
< 250
< 354
< 250 2\.0\.0 kept
< 221
eof
TALK
	} >"$T/script"
	perl "$client" --show "$S" <"$T/script" >"$T/$way" 2>&1 || wrong "$way: $(head -n 3 "$T/$way" | tr '\n\r' ';.')"
done
sed 's/, which had come before//' "$T/slowly" >"$T/slowly.same"
cmp "$T/quickly" "$T/slowly.same" >"$T/cmp" 2>&1 || wrong "$(cat "$T/cmp")"
stop
run 0 '' sweep --archive "$A"
check_archive 2 4
end

# bytes are kept as received: doubled dots are single again, and only CR LF . CR LF ends a message (no smuggling behind a bare LF)
begin "every byte of the message is kept"
run 0 '' -q init "$A"
start
talk <<'TALK'
< 220
>> LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n
< 250
< 250
< 250
< 354
>> Subject: bytes\r\n\r\n..one\r\n.two\r\n\xff\x00\x80\r\n\n.\nMAIL FROM:<evil@example.com>\n.\r\nx\r.\r\ny\r\n.\nz\r\n.\r\n
< 250 2\.0\.0 kept
! evil
> QUIT
< 221
TALK
stop
archive_has 1 || wrong "not one delivery: smuggled"
perl -e 'binmode STDOUT; print "Subject: bytes\r\n\r\n.one\r\ntwo\r\n\xff\x00\x80\r\n\n.\nMAIL FROM:<evil\@example.com>\n.\r\nx\r.\r\ny\r\n\nz\r\n"' >"$T/expected"
run_raw 0 '' show --raw --archive "$A" "$(newest_id)"
out_same "$T/expected"
end

# RFC 6531: addresses beyond ASCII, with SMTPUTF8 and not without; the null sender; a quoted local part
begin "envelope addresses of every kind"
run 0 '' -q init "$A"
start
talk <<'TALK'
< 220
> LHLO x
< 250
> MAIL FROM:<gr\xc3\xbcn@b\xc3\xbccher.example>
< 553 5\.6\.7
> MAIL FROM:<gr\xc3\xbcn@b\xc3\xbccher.example> SMTPUTF8 BODY=8BITMIME
< 250
> RCPT TO:<\xe6\x8f\x90\xe4\xba\xa4@example.org>
< 250
> DATA
< 354
> Subject: Gr\xc3\xbc\xc3\x9fe\r\n\r\n\xc3\xa4\r\n.
< 250
> MAIL FROM:<>
< 250
> RCPT TO:<"a, b"@example.org>
< 250
> DATA
< 354
> Subject: bounce\r\n\r\nx\r\n.
< 250
> QUIT
< 221
TALK
stop
same "first envelope" "$(sql mail.db "SELECT sender, recipient FROM entry WHERE type = 'delivery' ORDER BY seq LIMIT 1")" 'grün@bücher.example|提交@example.org'
same "second envelope" "$(sql mail.db "SELECT sender, recipient FROM entry WHERE type = 'delivery' ORDER BY seq DESC LIMIT 1")" '|"a, b"@example.org'
end

# [lmtp] size and recipient
begin "the configured size and recipients"
run 0 '' -q init "$A"
config=$T/postbag.conf
printf '[lmtp]\nsize = 2000\nrecipient = input@example.org; @lists.example.org\n' >"$config"
start
perl -e 'print "Subject: long\n\n", "0123456789\n" x 300' >"$T/long"
letter "$T/short" 1 'Short' 'Text'
talk <<TALK
< 220
> LHLO x
< 250 SMTPUTF8
> MAIL FROM:<a@example.net> SIZE=2001
< 552 5\\.3\\.4
> MAIL FROM:<a@example.net> SIZE=2000
< 250
> RCPT TO:<else@example.org>
< 550 5\\.1\\.1
> RCPT TO:<Input@Example.org>
< 250
> RCPT TO:<any@lists.example.org>
< 250
> DATA
< 354
<file $T/long
< 552 5\\.3\\.4
< 552 5\\.3\\.4
> MAIL FROM:<a@example.net>
< 250
> RCPT TO:<input@example.org>
< 250
> DATA
< 354
<file $T/short
< 250 2\\.0\\.0 kept
> QUIT
< 221
TALK
perl "$client" --show "$S" >"$T/talk" 2>&1 <<'TALK'
> LHLO x
< 220
< 250
TALK
grep -q '^250-SIZE 2000' "$T/talk" || wrong "SIZE is not told"
stop
archive_has 1 || wrong "not one delivery"
end

# a message of any size is kept, and does not have to fit into memory
begin "a large message is whole"
run 0 '' -q init "$A"
start
perl -e 'srand 3; print "Subject: large\r\n\r\n"; for (1 .. 200_000) { print chr(97 + rand 26) x 60, "\r\n" }' >"$T/large"
send "$T/large"
stop
run_raw 0 '' show --raw --archive "$A" "$(newest_id)"
out_same "$T/large"
end

# the temporary folder may be small, or memory: beside the archive there is room
begin "a large message does not need the temporary folder"
run 0 '' -q init "$A"
rmdir "$T/tmp"
start
perl -e 'srand 3; print "Subject: large\r\n\r\n"; for (1 .. 200_000) { print chr(97 + rand 26) x 60, "\r\n" }' >"$T/large"
send "$T/large"
mkdir "$T/tmp"
stop
archive_has 1 || wrong "not in the archive"
end

# no client waits for another: one is in the middle of its message while another comes and goes; one never reads
begin "connections interleaved"
run 0 '' -q init "$A"
start
{
	cat <<'TALK'
< 220
> LHLO slow
< 250
> MAIL FROM:<slow@example.net>
< 250
> RCPT TO:<input@example.org>
< 250
> DATA
< 354
> Subject: slow\r\n\r\nfirst
TALK
	echo "touch $T/middle"
	echo "wait $T/done"
	cat <<'TALK'
> last\r\n.
< 250
> QUIT
< 221
TALK
} | perl "$client" "$S" >"$T/slow" 2>&1 &
slow=$!
# thousands of replies that nobody reads
perl -MIO::Socket::UNIX -e '
	my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die;
	$socket->blocking(0);
	for (1 .. 2000) { syswrite $socket, "NOOP\r\n" x 500 }
	open my $file, ">", "$ARGV[1]/deaf"; close $file;
	sleep 1 while !-e "$ARGV[1]/done";
' "$S" "$T" &
deaf=$!
helpers="$helpers $slow $deaf"
until_true 60 test -e "$T/middle" || wrong "the slow client does not come to its middle"
until_true 60 test -e "$T/deaf" || wrong "the deaf client does not come to its end"
letter "$T/quick" 1 'Quick' 'Text'
send "$T/quick"
send "$T/quick"
: >"$T/done"
wait "$slow" || wrong "slow: $(head -n 3 "$T/slow")"
wait "$deaf"
stop
archive_has 3 || wrong "$(deliveries) deliveries, expected 3"
end

# without its final dot a message is none
begin "a connection that drops within DATA keeps nothing"
run 0 '' -q init "$A"
start
for end in drop eot; do
	talk <<TALK
< 220
>> LHLO x\\r\\nMAIL FROM:<a@example.net>\\r\\nRCPT TO:<b@example.org>\\r\\nDATA\\r\\n
< 250
< 250
< 250
< 354
>> Subject: half\\r\\n\\r\\nText\\r\\n.
$end
TALK
done
letter "$T/whole" 1 'Whole' 'Text'
send "$T/whole"
stop
archive_has 1 || wrong "$(deliveries) deliveries, expected 1"
end

# a mail server may say all it has to say and close its side: the answers still come
begin "a client that closes its side is answered"
run 0 '' -q init "$A"
start
talk <<'TALK'
>> LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: closed\r\n\r\nText\r\n.\r\n
eot
< 220
< 250
< 250
< 250
< 354
< 250 2\.0\.0 kept
eof
TALK
stop
archive_has 1 || wrong "not one delivery"
end

# a client that sends nonsense, or a line without end, is sent away and takes nobody with it
begin "nonsense has an end"
run 0 '' -q init "$A"
start
perl -e 'print "< 220\n"; print "> NONSENSE\n< 500\n" x 19; print "> NONSENSE\n< 500\n< 421 4\\.7\\.0\neof\n"' | talk
perl -e 'print "< 220\n>> ", "x" x 200_000, "\n< 500 5\\.5\\.2 the line is too long\n> QUIT\n> NOOP\n< 250\n> QUIT\n< 221\n"' | talk
head -c 300000 /dev/urandom | perl -MIO::Socket::UNIX -e '
	$SIG{PIPE} = "IGNORE";
	my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die;
	print $socket $_ while <STDIN>;
' "$S"
letter "$T/whole" 1 'Whole' 'Text'
send "$T/whole"
stop
archive_has 1 || wrong "not one delivery"
end

# nobody sweeps: the index follows, the configured rules are in force from the start and when they change
begin "the index and the rules follow by themselves"
run 0 '' -q init "$A"
config=$T/postbag.conf
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = %s\nrules = harbour.rules\n' "$A" >"$config"
start
rules_kept() { [ "$(count "entry WHERE type = 'rules'")" = "$1" ]; }
until_true 60 rules_kept 1 || wrong "the rules did not come into force: $(cat "$T/log")"
harbour_letters "$T/letters"
for file in "$T/letters"/*.eml; do send "$file"; done
until_true 60 index_is "$HARBOUR_LETTERS" || wrong "the index does not follow: $(cat "$T/log")"
run 0 '' query ws:quay
out_has 'The cranes'
run 0 '' status
out_has 'index +up to date'
out_has 'spool +0 waiting'
sed -i 's/^keyword = gantry crane/keyword = gantry crane; zeppelin mast/' "$T/harbour.rules"
sleep 2
letter "$T/mast" 20 'Mast' 'The zeppelin mast leans.'
send "$T/mast"
until_true 60 rules_kept 2 || wrong "the changed rules did not come into force: $(cat "$T/log")"
stop
check_archive $((HARBOUR_LETTERS + 1)) $((HARBOUR_LETTERS + 1))
end

# a log tells who and which at --verbose, without what a message says and without what a terminal acts on
begin "the log holds no mail and no controls"
run 0 '' -q init "$A"
start --verbose
talk <<'TALK'
< 220
> LHLO x
< 250
> MAIL FROM:<\xe2\x80\xaeevil@example.net> SMTPUTF8
< 250
> RCPT TO:<input@example.org>
< 250
> DATA
< 354
> Subject: secretword\r\n\r\nsecretword \x1b[31m\r\n.
< 250
! secretword
> \x1b[31mNOOP
< 500 5\.5\.2
> QUIT
< 221
TALK
stop
! grep -q secretword "$T/log" || wrong "mail text in the log"
log_says 'kept as [a-z2-7]{16} from <.*evil@example.net> for <input@example.org>' || wrong "no envelope in the verbose log: $(cat "$T/log")"
end
