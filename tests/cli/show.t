#!/bin/sh
# postbag show: a message as it came, byte for byte, as a person reads it, and part by part; nothing in it reaches the terminal raw.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 12

# raw_files FILES...: delivers each and has it back byte for byte. Files of one content are one message: the first one's bytes.
raw_files() {
	run 0 '' init "$A"
	for file; do deliver "$file"; done
	same "deliveries" "$(deliveries)" $#
	harbour_rules "$T/harbour.rules"
	run 0 '*' classify --rules "$T/harbour.rules" --format json "$@"
	json '"$_->{id} $_->{file}"' >"$T/ids"
	same "ids" "$(wc -l <"$T/ids" | tr -d ' ')" $#
	sort -s -u -k 1,1 "$T/ids" >"$T/first"
	same "messages" "$(contents)" "$(wc -l <"$T/first" | tr -d ' ')"
	while read -r id file; do
		run_raw 0 '' show --archive "$A" --raw "$id"
		out_same "$file"
	done <"$T/first"
}

# the archive is the truth: what was delivered comes back byte for byte, whatever it is
begin "--raw: every sample, byte for byte"
set -- $(sample_files)
at_least "samples" $# 60
raw_files "$@"
end

begin "--raw: every odd file, byte for byte"
set -- $(odd_files)
at_least "odd files" $# 50
raw_files "$@"
end

# long messages are kept in several pieces; their seams must not show
begin "--raw at the seams"
run 0 '' init "$A"
for size in 1048575 1048576 1048577 2097152 9000001; do
	letter "$T/$size.eml" 1 "Size $size" ''
	perl -e 'srand $ARGV[0]; $s = join "", map { chr 32 + int rand 95 } 1 .. 65521; print substr $s x (1 + $ARGV[1] / 65521), 0, $ARGV[1]' $size $((size - $(wc -c <"$T/$size.eml"))) >>"$T/$size.eml"
	same "size" "$(wc -c <"$T/$size.eml" | tr -d ' ')" $size
	deliver "$T/$size.eml"
	run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
	out_same "$T/$size.eml"
done
same "messages" "$(contents)" 5
end

# as a person reads it: who, when, what, the text, and the decoded header
begin "text"
harbour_archive
run 0 '' show --archive "$A" "$(letter_id 2)"
out_has 'Fahrrinne'
out_has 'Ada Example'
out_has 'Die Verschlickung der Fahrrinne nimmt zu, die Fähre liegt schief\.'
out_has 'water\.silt'
out_has "$(letter_id 2)"
run 0 '' show --archive "$A" --format json "$(letter_id 2)"
json_is '$_->{subject}, $_->{id}, (grep { /Verschlickung/ } map { $_->{text} } @{$_->{passages}}) ? "text" : "no text"' "Fahrrinne $(letter_id 2) text"
end

# any prefix that names one message is enough; one that names several, or none, is an error with a remedy
begin "prefixes of an id"
harbour_archive
id=$(letter_id 1)
run 0 '' show --archive "$A" "$id"
cp "$out" "$T/whole"
run 0 '' show --archive "$A" "$(printf '%s' "$id" | cut -c 1-12)"
out_same "$T/whole"
run 66 'aaaaaaaaaaaaaaaa|no message' show --archive "$A" aaaaaaaaaaaaaaaa
out_empty
run 64 'id' show --archive "$A"
run 64 'id' show --archive "$A" "$id" "$id"
for n in 1 2; do # two ids that begin alike
	old=$(letter_id $n)
	new=abcde$n$(printf '%s' "$old" | cut -c 7-)
	sql mail.db "UPDATE content SET public_id = '$new' WHERE public_id = '$old'"
	sql index.db "UPDATE message SET public_id = '$new' WHERE public_id = '$old'"
done
run 66 'several|ambiguous|more than one|more characters|[0-9]+ messages' show --archive "$A" abcde
out_empty
run 0 '' show --archive "$A" abcde1
end

# any unique prefix is accepted, a short one too
begin "short prefixes"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
for length in 15 8 4 3 1; do
	run 0 '' show --archive "$A" "$(newest_id | cut -c 1-$length)"
done
end

# ids from a person's clipboard may be anything
begin "an id that is no id"
harbour_archive
for id in '%' '*' "x' OR '1'='1" '../../etc/passwd' "$(printf '\033[31m')" ''; do
	alone show --archive "$A" -- "$id" >"$out" 2>"$err"
	case $? in 64 | 66) ;; *) wrong "show \"$id\": exit status other than 64 and 66: $(head -n 1 "$err" | cut -c 1-200)" ;; esac
	[ ! -s "$out" ] || wrong "show \"$id\" printed something"
	[ -z "$(harmless "$err")" ] || wrong "show: an escape on stderr"
done
end

# attachments come out part by part, decoded, by the number show gives
begin "--part"
run 0 '' init "$A"
perl -e 'print map { chr $_ } 0 .. 255' >"$T/bytes"
{
	printf 'From: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 08:01:00 +0000\nSubject: Parts\nMessage-ID: <letter-1@example.net>\n'
	printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nSee the file.\n'
	printf -- '--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="bytes.bin"\n\n'
	perl -MMIME::Base64 -0777 -ne 'print encode_base64 $_' "$T/bytes"
	printf -- '--b--\n'
} >"$T/parts.eml"
deliver "$T/parts.eml"
id=$(newest_id)
run 0 '' show --archive "$A" "$id"
out_has 'bytes\.bin'
number=$(sql index.db "SELECT number FROM part WHERE filename = 'bytes.bin'")
out_has "(^|[^0-9.])$number([^0-9.]|\$)"
run_raw 0 '' show --archive "$A" --part "$number" "$id"
out_same "$T/bytes"
number=$(sql index.db "SELECT number FROM part WHERE type = 'text/plain'")
run_raw 0 '' show --archive "$A" --part "$number" "$id"
out_has 'See the file'
for number in 99 1.1.1.1 0 -1 x ''; do
	alone show --archive "$A" --part "$number" "$id" >"$out" 2>"$err"
	case $? in 64 | 66) ;; *) wrong "--part \"$number\": exit status other than 64 and 66" ;; esac
	[ ! -s "$out" ] || wrong "--part \"$number\" printed something"
	[ -s "$err" ] || wrong "--part \"$number\" said nothing"
done
end

# a file name from mail names no file here
begin "--part writes no file"
run 0 '' init "$A"
deliver "$srcdir/tests/mail/filename-path-traversal.eml"
id=$(newest_id)
shown_parts=0
for number in $(sql index.db "SELECT number FROM part WHERE type NOT LIKE 'multipart/%'"); do
	shown_parts=$((shown_parts + 1))
	run_raw 0 '' show --archive "$A" --part "$number" "$id"
done
at_least "parts" $shown_parts 1
[ ! -e "$T/etc" ] || wrong "a file was written"
end

# escapes, raw and encoded, in every header that is shown, in text, names and file names: shown, never sent to the terminal
begin "escapes"
run 0 '' init "$A"
{
	printf 'From: "\033[31mred\033[0m =?utf-8?Q?=1B=5D0=3Btitle=07?=" <ada@example.net>\nTo: =?utf-8?Q?=E2=80=AEevil?= <x@example.net>\n'
	printf 'Date: Tue, 12 Feb 2019 08:01:00 +0000\nMessage-ID: <letter-1\033[2J@example.net>\nSubject: =?utf-8?Q?=1B[2Jcleared=0D=0AForged:_yes=C2=9B31m?= \033[1mbold\n'
	printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
	printf 'body \033[5mblinks\007 \b\b \177 \302\233 csi \342\200\256 rlo \342\201\246 lri\r\rover\n\n'
	printf -- '--b\nContent-Type: text/x-\033[7m; name="\033]8;;http://example.org\007n"\nContent-Disposition: attachment; filename*=utf-8'"''"'%%1B%%5B31m%%E2%%80%%AEgpj.exe\n\nx\n--b--\n'
} >"$T/escapes.eml"
deliver "$T/escapes.eml"
id=$(newest_id)
for format in text json; do
	run 0 '' show --archive "$A" --format $format "$id"
	out_has 'blinks'
	out_has 'cleared'
	run 0 '' explain --archive "$A" --format $format "$id"
done
run 0 '' show --archive "$A" "$id"
out_lacks '^Forged:'
for format in text json csv; do
	run 0 '' query --archive "$A" --format $format
	out_has 'cleared'
done
run 0 '' digest --archive "$A" --daily=2019-02-13
end

# an unread message still shows what is known of it, and its bytes
begin "an unread message"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
id=$(newest_id)
sql index.db "UPDATE message SET unread = 'the reader ended' WHERE public_id = '$id'; DELETE FROM passages;"
run 0 '' show --archive "$A" "$id"
out_has 'unread'
run 0 '' explain --archive "$A" "$id"
run_raw 0 '' show --archive "$A" --raw "$id"
out_same "$T/a.eml"
end

# a byte that flipped on the disk is said, not shown as what was delivered
begin "damaged bytes"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
letter "$T/b.eml" 2 Hello 'Another one, a little longer than the first one.'
deliver "$T/a.eml"
id=$(newest_id)
deliver "$T/b.eml"
sql mail.db "UPDATE content SET raw = (SELECT raw FROM content WHERE public_id <> '$id') WHERE public_id = '$id'"
alone show --archive "$A" --raw "$id" >"$out" 2>"$err"
[ $? -ne 0 ] || wrong "show --raw of other bytes answered 0"
grep -q '^postbag: ' "$err" || wrong "show --raw of other bytes said nothing"
end
