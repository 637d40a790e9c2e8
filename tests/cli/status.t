#!/bin/sh
# postbag status: how the archive is, in words and as JSON, and a failure when something stays undone.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 8

# the counts are the archive's
begin "counts"
harbour_archive
deliver "$T/letters/01-crane.eml"
run 0 '' status --archive "$A"
out_has "$A"
out_has '12 in 13 deliveries'
out_has 'held +1'
run 0 '' status --archive "$A" --format json
json_is '@{$_}{qw(messages deliveries unread held unfiled unanswered behind spooled)}' '12 13 0 1 2 0 0 0'
json_is '$_->{rules}' "$(sql mail.db "SELECT rules FROM entry WHERE type = 'rules' ORDER BY seq DESC LIMIT 1")"
end

# what waits in the spool is said
begin "the spool"
run 0 '' init "$A"
cp "$A/mail.db" "$T/mail.db"
cp "$A/mail.db-wal" "$T/mail.db-wal" 2>/dev/null
rm -f "$A"/mail.db-*
: >"$A/mail.db"
letter "$T/a.eml" 1 Hello 'The first one.'
run 0 'spool' deliver --archive "$A" <"$T/a.eml"
cp "$T/mail.db" "$A/mail.db"
cp "$T/mail.db-wal" "$A/mail.db-wal" 2>/dev/null
run 0 '*' status --archive "$A"
out_has 'spool +1 '
end

# behind for a moment is no trouble, behind for an hour is: then it fails, so that a monitor sees it
begin "an index that stays behind"
run 0 '' init "$A"
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
mkfifo "$T/hold"
sqlite3 "$A/index.db" <"$T/hold" >"$T/holder" 2>&1 &
holder=$!
helpers="$helpers $holder"
exec 9>"$T/hold"
printf 'PRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\nSELECT 42;\n' >&9
tries=0
until grep -q 42 "$T/holder" || [ $((tries += 1)) -gt 50 ]; do sleep 0.1; done
letter "$T/b.eml" 2 Hello 'The second one.'
deliver "$T/b.eml"
exec 9>&-
wait $holder
run 0 '*' status --archive "$A"
out_has '1 .*behind'
run 0 '*' status --archive "$A" --format json
json_is '$_->{behind}' 1
now=$((now + 7200))
run 1 'behind.*(120|2 h)' status --archive "$A"
now=1550048400
run 0 '*' sweep --archive "$A"
now=$((now + 7200))
run 0 '' status --archive "$A"
now=1550048400
end

# unread messages and the way to try them again
begin "unread"
harbour_archive
make_unread "$(letter_id 5)" 'the reader ended'
run 0 '' status --archive "$A"
out_has 'unread +1.*rebuild --unread'
end

# a configured rule file that is broken is named with its place, while the last good rules stay in force
begin "broken rules"
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = archive\nrules = harbour.rules\n' >"$T/a.conf"
config=$T/a.conf
run 0 '' init
printf '\n[nonsense]\n' >>"$T/harbour.rules"
line=$(grep -n nonsense "$T/harbour.rules" | cut -d: -f1)
alone status >"$out" 2>"$err"
shown='postbag status'
out_has "harbour\.rules:$line:[0-9]+"
alone status --format json >"$out" 2>"$err"
json_is '$_->{rules_trouble} =~ /harbour\.rules:\d+:\d+/ ? "trouble" : "none"' trouble
end

# no archive
begin "no archive"
alone status --archive "$A" >"$out" 2>"$err"
[ $? -ne 0 ] || wrong "status without an archive answered 0"
grep -q '^postbag: .*init' "$err" || wrong "no remedy: $(cat "$err")"
run 64 '--archive' status
run 64 'status: unexpected argument "x"' status --archive "$A" x
end

# which walls of the reader's sandbox hold is tried, and said in both forms; one that the kernel would refuse is named as missing
begin "the sandbox"
run 0 '' init "$A"
run 0 '' status --archive "$A"
out_has '^sandbox +(without )?landlock( [1-9][0-9]*)?, (without )?seccomp, no new privileges, limits$'
words=$(sed -n 's/^sandbox *//p' "$out")
run 0 '' status --archive "$A" --format json
json_is 'join ", ", map { my $n = $_->[1]; $_->[0] ? $n : "without $n" } map { my $s = $_->{sandbox}; [$s->{landlock}, $s->{landlock} ? "landlock $s->{landlock}" : "landlock"], [$s->{seccomp}, "seccomp"], [$s->{no_new_privs}, "no new privileges"], [$s->{limits}, "limits"] } $_' "$words"
end

# status, digest, report and query count the same letters: none that is redacted as a whole, none that is held
begin "one count in all"
harbour_archive
run 0 '' status --archive "$A"
all=$(sed -n 's/^input *\([0-9]*\).*/\1/p' "$out")
run 0 '' redact --archive "$A" "$(letter_id 1)" --all --note 'asked for'
run 0 '' hold --archive "$A" "$(letter_id 3)" --note 'later'
run 0 '' digest --archive "$A" --since 2018-01-01 --format json
json_is '$_->{ledger}{input}, $_->{awaiting_total}' "$((all - 2)) 0"
run 0 '' report activity --archive "$A" --format json
json_is '$_->{letters}, $_->{unique}' "$((all - 2)) $((all - 2))"
run 0 '' status --archive "$A" --format json
json_is '$_->{input}, $_->{unique}, $_->{unanswered}' "$((all - 2)) $((all - 2)) 0"
run 0 'no message matches' query --archive "$A" is:unanswered
out_empty
end
