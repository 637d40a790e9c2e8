#!/bin/sh
# Messages larger than the memory a mail server grants: kept, read as far as the limits go, and what was not read is said.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 3

# large FILE MEGABYTES: a text, and an attachment of so many megabytes
large() {
	letter "$1" "$2" 'A large one' 'It begins with a marmalade.' 'MIME-Version: 1.0' 'Content-Type: multipart/mixed; boundary=b'
	perl -e '
		open my $mail, "<", $ARGV[0] or die; local $/; my $text = <$mail>; close $mail;
		my ($head, $body) = split /\n\n/, $text, 2;
		open $mail, ">", $ARGV[0] or die;
		print $mail "$head\n\n--b\n\n$body--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n";
		my $line = "QUJD" x 19 . "\n";
		my $block = $line x (1048576 / length $line);
		print $mail $block for 1 .. $ARGV[1];
		print $mail "--b--\n";
		close $mail or die' "$1" "$2"
}

# under LIMIT FILE: delivered in LIMIT KiB of address space, as dovecot-lmtpd gives 256 MiB
under() {
	(
		ulimit -v "$1"
		run 0 '' deliver --archive "$A" <"$2"
	)
}

# what is beyond the limit of reading is kept, and said; the text before it is found
begin "100 MB"
run 0 '' init "$A"
large "$T/a.eml" 100
if sanitized; then deliver "$T/a.eml"; else under 262144 "$T/a.eml"; fi
run 0 '*' sweep --archive "$A"
check_archive 1 1
run 0 '' query --archive "$A" --count marmalade
out_is 1
run 0 '' show --archive "$A" "$(newest_id)"
out_has 'over the limit of 67108864 bytes'
run 0 '' show --archive "$A" --format json "$(newest_id)"
out_has 'over the limit of 67108864 bytes'
harbour_rules "$T/harbour.rules"
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/a.eml"
out_has 'over the limit of 67108864 bytes'
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/a.eml"
run 0 '*' rebuild --archive "$A"
run 0 '' show --archive "$A" "$(newest_id)"
out_has 'over the limit of 67108864 bytes'
end

# memory for keeping it, and none for reading it: kept, unread with the reason, and the next one is read
begin "too little memory for reading"
if sanitized; then
	skip "a build with AddressSanitizer takes no limit on memory"
else
	run 0 '' init "$A"
	large "$T/a.eml" 70
	under 180000 "$T/a.eml"
	same "unread" "$(sql index.db 'SELECT unread FROM message')" 'the reader ran out of memory'
	letter "$T/b.eml" 2 Hello 'The second one.'
	under 180000 "$T/b.eml"
	check_archive 2 2
	run 0 '' query --archive "$A" --count subject:hello
	out_is 1
	run 0 '*' rebuild --archive "$A" --unread
	run 0 '' query --archive "$A" --count marmalade
	out_is 1
	same "unread" "$(sql index.db 'SELECT count(unread) FROM message')" 0
	end
fi

# memory does not grow with the message: 40 MB and 160 MB are kept in the same
begin "memory for keeping"
if sanitized; then
	skip "a build with AddressSanitizer takes no limit on memory"
else
	run 0 '' init "$A"
	large "$T/a.eml" 160
	under 150000 "$T/a.eml"
	same "deliveries" "$(deliveries)" 1
	end
fi
