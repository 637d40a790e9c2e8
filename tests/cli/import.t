#!/bin/sh
# postbag import: whatever form an old archive has, its messages come in once, and what is no mail is named, skipped and counted.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 19

counted() { # ADDED KNOWN SKIPPED
	out_has "(^|[^0-9])$1 added"
	out_has "(^|[^0-9])$2 known"
	out_has "(^|[^0-9])$3 skipped"
}

# three letters in $T/1.eml ... and the same as an mbox, one with a "From " line quoted in the mboxrd way
three() {
	letter "$T/1.eml" 1 'First' 'The first one.'
	letter "$T/2.eml" 2 'Second' 'The second one.'
	printf '\nFrom here on it is quoted.\n>From the start it was.\n' >>"$T/2.eml"
	letter "$T/3.eml" 3 'Third' 'The third one.'
	for n in 1 2 3; do
		printf 'From ada@example.net Mon Feb 11 10:0%s:00 2019\n' $n
		sed 's/^\(>*From \)/>\1/' "$T/$n.eml"
		printf '\n'
	done >"$T/all.mbox"
	same "separators" "$(grep -c '^From ' "$T/all.mbox")" 3
}

# an mbox comes in whole: every message, its bytes without separator and quoting, received when the list had it
begin "mbox"
three
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/all.mbox"
counted 3 0 0
check_archive 3 3
for n in 1 2 3; do
	run_raw 0 '' show --archive "$A" --raw "$(letter_id $n)"
	out_same "$T/$n.eml"
done
same "received" "$(sql mail.db "SELECT datetime(received, 'unixepoch') FROM entry WHERE type = 'delivery' ORDER BY seq LIMIT 1")" '2019-02-11 10:01:00'
run 0 '' query --archive "$A" --count second
out_is 1
# a sentence that begins with From is no separator
run 0 '' query --archive "$A" --count '"from here on"'
out_is 1
end

# running an import twice is safe: it adds nothing, neither message nor delivery
begin "mbox twice"
three
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/all.mbox"
run 0 '' import --archive "$A" "$T/all.mbox"
counted 0 3 0
check_archive 3 3
end

# an archive that grew since the last import adds what is new
begin "mbox that grew"
three
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/all.mbox"
letter "$T/4.eml" 4 'Fourth' 'The fourth one.'
{ printf 'From ada@example.net Mon Feb 11 10:04:00 2019\n'; cat "$T/4.eml"; echo; } >>"$T/all.mbox"
run 0 '' import --archive "$A" "$T/all.mbox"
counted 1 3 0
check_archive 4 4
end

# pipermail and the like offer mbox.gz
begin "mbox.gz"
three
gzip -c "$T/all.mbox" >"$T/2019-February.txt.gz"
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/2019-February.txt.gz"
counted 3 0 0
check_archive 3 3
run_raw 0 '' show --archive "$A" --raw "$(letter_id 2)"
out_same "$T/2.eml"
end

# a truncated download: what came before the cut is kept, the rest is named and counted, and later files still come in
begin "mbox.gz cut short"
three
for n in 1 2 3 4 5 6 7 8; do
	printf 'From ada@example.net Mon Feb 11 11:0%s:00 2019\n' $n
	letter "$T/x.eml" 1$n "Number $n" "$(perl -e 'srand shift; print map { sprintf("%08x ", rand 2**32) } 1 .. 2000' $n)"
	cat "$T/x.eml"
	echo
done >"$T/long.mbox"
gzip -c "$T/long.mbox" >"$T/long.gz"
head -c $(($(wc -c <"$T/long.gz") * 3 / 4)) "$T/long.gz" >"$T/cut.gz"
run 0 '' init "$A"
run 0 'cut\.gz.*skipped' import --archive "$A" "$T/cut.gz" "$T/1.eml"
out_has '1 skipped'
at_least "messages" "$(contents)" 5
same "the file behind it" "$(sql index.db "SELECT count(*) FROM message WHERE message_id LIKE '%letter-1@%'")" 1
end

# a Maildir: cur and new, with flags in the names; what lies in tmp is not delivered yet
begin "Maildir"
three
mkdir -p "$T/Maildir/cur" "$T/Maildir/new" "$T/Maildir/tmp"
cp "$T/1.eml" "$T/Maildir/cur/1549875600.M1P1.host:2,RS"
cp "$T/2.eml" "$T/Maildir/new/1549875601.M2P1.host"
cp "$T/3.eml" "$T/Maildir/tmp/1549875602.M3P1.host"
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/Maildir"
counted 2 0 0
check_archive 2 2
run 0 '' query --archive "$A" --count third
out_is 0
same "messages left in the Maildir" "$(find "$T/Maildir" -type f | wc -l | tr -d ' ')" 3
run 0 '' import --archive "$A" "$T/Maildir"
counted 0 2 0
end

# a folder of .eml files, as a person saves them
begin "folder of .eml"
three
mkdir "$T/saved"
cp "$T/1.eml" "$T/2.eml" "$T/3.eml" "$T/saved"
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/saved"
counted 3 0 0
check_archive 3 3
run 0 '' import --archive "$A" "$T/saved"
counted 0 3 0
check_archive 3 3
end

# single files, several a call; a file named twice is known the second time
begin "files"
three
run 0 '' init "$A"
run 0 '' import --archive "$A" "$T/1.eml" "$T/2.eml" "$T/1.eml"
counted 2 1 0
check_archive 2 2
end

# standard input: an mbox through a pipe, compressed through a pipe, and one message
begin "standard input"
three
run 0 '' init "$A"
cat "$T/all.mbox" | run 0 '' import --archive "$A"
counted 3 0 0
check_archive 3 3
run 0 '' init "$T/second"
gzip -c "$T/all.mbox" | run 0 '' import --archive "$T/second" -
counted 3 0 0
letter "$T/4.eml" 4 'Fourth' 'The fourth one.'
cat "$T/4.eml" | run 0 '' import --archive "$A"
counted 1 0 0
check_archive 4 4
run 0 '' import --archive "$A" <"$T/all.mbox"
counted 0 3 0
end

# while a pipe has nothing to give the archive is nobody's, and what came before it is kept and found
begin "a slow pipe"
three
run 0 '' init "$A"
mkfifo "$T/pipe"
exec 9<>"$T/pipe"
(
	exec 9>&-
	alone import --archive "$A" "$T/1.eml" -
) <"$T/pipe" >"$T/said" 2>&1 &
import=$!
tries=0
until [ "$(alone query --archive "$A" --count first 2>/dev/null)" = 1 ] || [ $tries -ge 150 ]; do
	sleep 0.2
	tries=$((tries + 1))
done
run 0 '' query --archive "$A" --count first
out_is 1
deliver "$T/3.eml"
same "in the spool" "$(spooled)" 0
cat "$T/all.mbox" >&9
exec 9>&-
wait $import
same "import of a pipe" $? 0
same "its last line" "$(tail -n 1 "$T/said")" '2 added, 2 known already, 0 skipped'
# of a mailbox that ends in the middle of a letter what came first is kept as well: what is read of a pipe may end anywhere
run 0 '' init "$T/second"
exec 9<>"$T/pipe"
A=$T/second
(
	exec 9>&-
	alone import --archive "$A" -
) <"$T/pipe" >"$T/said" 2>&1 &
import=$!
{
	cat "$T/all.mbox"
	printf 'From ada@example.net Mon Feb 11 10:04:00 2019\nFrom: ada@example.net\nSubject: Long\n\n'
	yes 'A long one, of which the end is late.' | head -n 1500
} >&9
tries=0
until [ "$(contents)" = 3 ] || [ $tries -ge 150 ]; do
	sleep 0.2
	tries=$((tries + 1))
done
same "messages" "$(contents)" 3
echo 'more of it' >&9
exec 9>&-
wait $import
same "import of a pipe" $? 0
same "its last line" "$(tail -n 1 "$T/said")" '4 added, 0 known already, 0 skipped'
end

# what could not be kept is neither added nor known, though it came twice; with room it is
begin "no room"
run 0 '' init "$A"
mkdir "$T/twice"
letter "$T/twice/1.eml" 1 'Large' 'A large one.'
perl -e 'srand 1; for (1 .. 40000) { print map({ chr 33 + int rand 90 } 1 .. 70), "\n" }' >>"$T/twice/1.eml"
cp "$T/twice/1.eml" "$T/twice/2.eml"
(
	trap '' XFSZ
	ulimit -f 2000 # at most 2 MB
	alone import --archive "$A" "$T/twice" >"$out" 2>"$err"
	echo $? >"$T/status"
)
shown="postbag import without room"
same "$shown" "$(cat "$T/status")" 75
counted 0 0 0
same "messages" "$(contents)" 0
run 0 '' import --archive "$A" "$T/twice"
counted 1 1 0
check_archive 1 1
end

# what is no mail ends a transaction as mail does: nobody is to wait for an archive while a folder of other things is looked through
begin "many that are no mail"
run 0 '' init "$A"
mkdir "$T/other"
letter "$T/other/a.eml" 1 'Before' 'Before the others.'
n=0
while [ $((n += 1)) -le 300 ]; do echo 'no mail' >"$T/other/b$n.txt"; done
letter "$T/other/c.eml" 2 'Large' 'A large one.'
perl -e 'srand 1; for (1 .. 40000) { print map({ chr 33 + int rand 90 } 1 .. 70), "\n" }' >>"$T/other/c.eml"
(
	trap '' XFSZ
	ulimit -f 2000
	alone import --archive "$A" "$T/other" >"$out" 2>"$err"
)
counted 1 0 300
same "messages" "$(contents)" 1
end

# where no thread can be had that is told as the machine's trouble, and is no bug
begin "no thread"
three
run 0 '' init "$A"
if sanitized; then
	skip "a sanitizer needs more room than may be forbidden"
else
	(
		# a thread's stack is to have more than there may be
		ulimit -s 8000000 && ulimit -v 4000000 || exit 1
		run 71 'no thread' import --archive "$A" "$T/all.mbox"
	) || wrong "the limits cannot be set"
	same "messages" "$(contents)" 0
	end
fi

# no bad file stops an import: each is named, skipped and counted, and everything else is in
begin "bad files"
three
mkdir "$T/mixed"
cp "$T/1.eml" "$T/mixed/a.eml"
: >"$T/mixed/b-empty.eml"
perl -e 'print "\x7fELF\x02\x01\x01\0\0\0" . join "", map { chr($_ * 37 % 256) } 1 .. 5000' >"$T/mixed/c-program.eml"
ln -s /nowhere/at/all "$T/mixed/d-dangling.eml"
cp "$T/2.eml" "$T/mixed/e.eml"
mkfifo "$T/mixed/f-pipe.eml"
cp "$T/3.eml" "$T/mixed/g.eml"
run 0 '' init "$A"
run 66 'b-empty\.eml' import --archive "$A" "$T/mixed" "$T/not-there.eml" "$T/3.eml"
err_has 'not-there\.eml'
err_has '1 of the files named is not there; the others are in$'
err_has 'd-dangling\.eml'
# what is no mail may come in as a message with what can be read; if not, it is named
added=3
grep -q 'c-program\.eml' "$err" || added=4
out_has "(^|[^0-9])$added added"
check_archive $added $added
for n in 1 2 3; do same "letter $n" "$(sql index.db "SELECT count(*) FROM message WHERE message_id LIKE '%letter-$n@%'")" 1; done
skipped=$(sed -n 's/.*[^0-9]\([0-9][0-9]*\) skipped.*/\1/p' "$out")
same "files named as skipped" "$(grep -c skipped "$err")" "$skipped"
at_least "skipped" "$skipped" 3
end

# a message that the reader dies of or gives up on is in all the same
begin "a message that cannot be read"
three
{
	printf 'From: '
	perl -e 'print "a:" x 60000'
	printf '\nSubject: groups\nMessage-ID: <letter-77@example.net>\n\nbody\n'
} >"$T/groups.eml"
run 0 '' init "$A"
run 0 '*' import --archive "$A" "$T/1.eml" "$T/groups.eml" "$T/2.eml"
counted 3 0 0
check_archive 3 3
run 0 '' query --archive "$A" --count 'subject:second'
out_is 1
end

# rules in the configuration are in force for what is imported; broken ones do not stop it
begin "rules"
harbour_rules "$T/harbour.rules"
harbour_letters "$T/letters"
printf '[archive]\nfolder = %s\nrules = harbour.rules\n' "$A" >"$T/a.conf"
config=$T/a.conf
run 0 '' init
run 0 '' import "$T/letters"
run 0 '' query --count topic:quay.crane
at_least "filed" "$(cat "$out")" 1
check_archive "$HARBOUR_LETTERS" "$HARBOUR_LETTERS"
printf '[nonsense]\n' >>"$T/harbour.rules"
three
sed -i 's/letter-1@/letter-41@/' "$T/1.eml"
run 0 'harbour\.rules:[0-9]+:[0-9]+: ' import "$T/1.eml"
counted 1 0 0
end

# delivered once and imported later is one message, and the import adds nothing
begin "what was delivered is known"
three
run 0 '' init "$A"
deliver "$T/1.eml"
run 0 '' import --archive "$A" "$T/all.mbox"
counted 2 1 0
check_archive 3 3
end

# every odd file of tests/mail but the empty one comes in, and a second time none
begin "tests/mail"
run 0 '' init "$A"
mkdir "$T/odd"
cp $(odd_files) "$T/odd"
files=$(ls "$T/odd" | wc -l)
at_least "files" "$files" 50
run 0 'empty\.eml' import --archive "$A" "$T/odd"
same "messages" "$(contents)" $((files - 1))
run 0 '*' import --archive "$A" "$T/odd"
out_has '(^|[^0-9])0 added'
same "messages" "$(contents)" $((files - 1))
end

# no archive: an error that says how to make one, and nothing is made
begin "no archive"
three
alone import --archive "$A" "$T/1.eml" >"$out" 2>"$err"
[ $? -ne 0 ] || wrong "import without an archive answered 0"
shown="postbag import"
err_has 'init'
[ ! -e "$A" ] || wrong "a folder was made"
end
