#!/bin/sh
# Subscriptions: what was entered since the last issue stands in the next, once; what could not be sent is tried again; one that is wrong keeps no other back.
# The mail server is a sendmail command that records what it is given and fails as it is told.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 23

[ -x "$(dirname "$POSTBAG")/postbag-carrier" ] || skip_all "built without postbag-carrier"

at() { now=$(date -u -d "$1" +%s) || bail "date -d"; }
# conf LINE...: the configuration, whose [subscription] sections are the lines
conf() {
	config=$T/postbag.conf
	{
		printf '[archive]\nfolder = archive\ntitle = Harbour\nrules = harbour.rules\n%s\n' "${archive_key:-}"
		printf '[mail]\nsendmail = %s\nfrom = Harbour <digest@example.org>\n%s\n' "$T/sendmail" "${mail_key:-}"
		printf '%s\n' "$@"
	} >"$config"
}
# A place with a sendmail command: $T/how holds an exit status for all, $T/how-NAME for one recipient; what came is $T/sent/NUMBER-ADDRESS.
place() {
	mkdir "$T/sent"
	cat >"$T/sendmail" <<SH
#!/bin/sh
for to; do :; done
how=0
[ ! -e "$T/how" ] || how=\$(cat "$T/how")
[ ! -e "$T/how-\$to" ] || how=\$(cat "$T/how-\$to")
cat >"$T/arriving"
case \$how in
0) ;;
lost) kill -9 \$\$ ;; # it died before it had delivered, and nobody knows
twice) ;;
*) echo "not so" >&2; exit "\$how" ;;
esac
n=\$(ls "$T/sent" | wc -l)
mv "$T/arriving" "$T/sent/\$(printf %03d \$((n + 1)))-\$to"
[ "\$how" != twice ] || kill -9 \$\$
SH
	chmod 755 "$T/sendmail"
	harbour_rules "$T/harbour.rules"
	at '2019-02-11 06:00'
	run 0 '*' init "$A" --rules "$T/harbour.rules"
}
# comes WORD: a message with the WORD, and is in the index
comes() {
	letter "$T/letter.eml" 1 "About $1" "The gantry crane and the $1." "Message-ID: <$1@example.net>" "Date: $(date -u -R -d @"$now")"
	sed -i '/^Message-ID: <letter-1@/d' "$T/letter.eml"
	run 0 '' deliver <"$T/letter.eml"
}
due() { run "$1" "${2:-*}" digest --due; }
sent() { same "messages sent${2:+ to $2}" "$(find "$T/sent" -type f -name "*${2:+-$2}" | wc -l | tr -d ' ')" "$1"; }
# issue N TO: the decoded text of the N-th message to him
issue() {
	_issue=$(ls "$T/sent" | grep -- "-$2\$" | sed -n "$1p")
	perl -MMIME::QuotedPrint -MMIME::Base64 -0777 -e '
		my $m = <STDIN>;
		$m =~ /\n\n/ or exit;
		my ($b) = $m =~ /^Content-Type:.*boundary="?([^"\n;]+)/mi;
		for my $p ($b ? split(/^--\Q$b\E(?:--)?\n/m, $m) : $m) {
			my ($h, $t) = split /\n\n/, $p, 2;
			next unless defined $t && $h =~ /text\/plain/i;
			$t = decode_qp($t) if $h =~ /quoted-printable/i;
			$t = decode_base64($t) if $h =~ /encoding: base64/i;
			print $t;
		}' <"$T/sent/$_issue" >"$T/issue"
	[ -s "$T/issue" ] || wrong "no text in message $1 to $2"
}
# told WORD N...: in the messages to ann, in this order, the word stands in these and in no other
told() {
	_word=$1
	shift
	_got=
	_i=0
	for _file in "$T"/sent/*-ann@example.org; do
		_i=$((_i + 1))
		issue "$_i" ann@example.org
		! grep -q "$_word" "$T/issue" || _got="$_got $_i"
	done
	same "issues that tell of $_word" "$_got" "${*:+ $*}"
}
staff='[subscription staff]
to = ann@example.org
daily = 07:00'

# THE test: a message is spooled at 23:59, the issue goes out, sweep runs: it is in the next issue, once
begin "spooled at 23:59"
place
conf "$staff"
at '2019-02-10 12:00'
at '2019-02-11 07:00'
due 0
at '2019-02-11 10:00'
comes morning
at '2019-02-11 23:59:30'
mv "$A/mail.db" "$T/mail.db"
mv "$A/mail.db-wal" "$T/mail.db-wal" 2>/dev/null
: >"$A/mail.db"
letter "$T/late.eml" 2 'About midnight' 'The gantry crane at midnight.'
run 0 'spool' deliver <"$T/late.eml"
same "spooled" "$(spooled)" 1
rm -f "$A"/mail.db*
mv "$T/mail.db" "$A/mail.db"
[ ! -e "$T/mail.db-wal" ] || mv "$T/mail.db-wal" "$A/mail.db-wal"
at '2019-02-12 07:00'
due 0
at '2019-02-12 07:01'
run 0 '*' sweep
at '2019-02-12 09:00'
comes noon
at '2019-02-13 07:00'
due 0
at '2019-02-14 07:00'
due 0
sent 4 ann@example.org
told morning 2
told midnight 3
told noon 3
run 0 '' digest --list --format json
json_is '$_->{number} . ":" . $_->{recipients}[0]{state}' '4:sent 3:sent 2:sent 1:sent'
end

# what goes out is a message that programs understand, the same for the archive as for the reader
begin "an issue"
place
conf "$staff"
at '2019-02-11 08:00'
comes gravel
at '2019-02-12 07:00'
due 0
issue 1 ann@example.org
grep -q gravel "$T/issue" || wrong "the text lacks what came"
grep -q '11 Feb 08:00' "$T/issue" || wrong "a time of the evening before has no day"
tr -s '\n ' ' ' <"$T/issue" | grep -q 'Issue 1 of "staff": what came in since Monday 11 February, 07:00\.' || wrong "the text does not say since when"
_file=$T/sent/$(ls "$T/sent")
for header in '^To: ann@example.org$' '^From: Harbour <digest@example.org>$' '^Auto-Submitted: auto-generated$' '^Message-ID: <staff\.1\.[0-9a-f-]*@example.org>$' \
	'^Date: Tue, 12 Feb 2019 07:00:00 .0000$' '^MIME-Version: 1.0$'; do
	grep -Eqi "$header" "$_file" || wrong "no $header"
done
same "Message-IDs" "$(grep -ci '^Message-ID:' "$_file")" 1
end

# nothing is made before its time, nothing twice, and after a week without a run one issue tells of all seven days
begin "when"
place
conf "$staff" '[subscription weekly]' 'to = wim@example.org' 'weekly = monday 08:30'
at '2019-02-11 06:00'
due 0
sent 1 ann@example.org
at '2019-02-11 06:59:59'
due 0
sent 1 ann@example.org
at '2019-02-11 07:00'
due 0
due 0
sent 2 ann@example.org
at '2019-02-11 08:29'
due 0
sent 1 wim@example.org
at '2019-02-11 08:30'
due 0
sent 2 wim@example.org
for day in 12 13 14 15 16 17; do
	at "2019-02-$day 10:00"
	comes "day$day"
done
at '2019-02-18 06:00'
due 0
sent 3 ann@example.org
sent 2 wim@example.org
for day in 12 13 14 15 16 17; do told "day$day" 3; done
at '2019-02-18 09:00'
due 0
sent 4 ann@example.org
sent 3 wim@example.org
end

# the civil time of Berlin: days of 23 and 25 hours, a time that does not exist, one that comes twice: one issue a day
begin "clocks that change"
place
archive_key='timezone = Europe/Berlin'
conf '[subscription gap]' 'to = ann@example.org' 'daily = 02:30' '[subscription noon]' 'to = noon@example.org' 'daily = 12:00' \
	'[subscription utc]' 'to = utc@example.org' 'daily = 02:30' 'timezone = UTC'
at '2019-03-30 11:30'
due 0 # 12:30 in Berlin: the first
sent 1 ann@example.org
at '2019-03-31 00:59:59' # 01:59:59, and then 03:00
due 0
sent 1 ann@example.org
at '2019-03-31 01:00'
comes spring
due 0
sent 2 ann@example.org
at '2019-03-31 02:31'
due 0
sent 2 ann@example.org
sent 2 utc@example.org
at '2019-03-31 09:59' # 11:59 in summer time
due 0
sent 1 noon@example.org
at '2019-03-31 10:00'
due 0
sent 2 noon@example.org
told spring 2
at '2019-10-26 10:00'
due 0
at '2019-10-27 00:29' # 02:29 of summer time; 02:30 comes at 00:30 and again at 01:30
due 0
sent 3 ann@example.org
at '2019-10-27 00:30'
comes autumn
due 0
sent 4 ann@example.org
at '2019-10-27 01:30'
due 0
at '2019-10-27 01:31'
comes winter
due 0
sent 4 ann@example.org
at '2019-10-27 10:59' # 11:59 of winter time, 25 hours after the noon before
due 0
sent 3 noon@example.org
at '2019-10-27 11:00'
due 0
sent 4 noon@example.org
at '2019-10-28 01:30'
due 0
sent 5 ann@example.org
told autumn 4
told winter 5
# what is shown in another zone goes out at the same time
at '2019-10-28 23:00'
run 0 '*' --timezone Asia/Tokyo digest --due
sent 5 ann@example.org
archive_key=
end

# "try again" is tried again, with more and more time between, the same bytes; another recipient waits for nobody
begin "deferred"
place
conf '[subscription staff]' 'to = ann@example.org; bo@example.org' 'daily = 07:00'
echo 75 >"$T/how-ann@example.org"
comes anchor
at '2019-02-12 07:00'
due 75 'deferred to ann@example.org: exit status 75: not so'
sent 0 ann@example.org
sent 1 bo@example.org
at '2019-02-12 07:04:59'
due 0
at '2019-02-12 07:05'
due 75
run 0 '' status
out_has 'digest +staff: issue 1 went out 2019-02-12 07:00, 1 waiting; the next is due 2019-02-13 07:00'
out_has 'issue 1 to ann@example.org: deferred since 2019-02-12 07:05, tried 2 times, again after 2019-02-12 07:15; exit status 75: not so'
at '2019-02-12 08:05'
run 1 'issue 1 of staff has waited for .*: exit status 75' status --format json
json_is '$_->{digests}[0]{waiting} . " " . $_->{digests}[0]{troubles}[0]{state} . " " . $_->{digests}[0]{last_sent}' '1 deferred 2019-02-12T07:00:00Z'
rm "$T/how-ann@example.org"
due 0
sent 1 ann@example.org
sent 1 bo@example.org
sed 1d "$T"/sent/*-ann@example.org >"$T/a"
sed 1d "$T"/sent/*-bo@example.org >"$T/b"
cmp -s "$T/a" "$T/b" || wrong "another message the second time"
run 0 '' digest --list
out_lacks 'twice'
run 0 '' status
out_has 'digest +staff: issue 1 went out 2019-02-12 08:05; the next'
end

# after five days of tries it is given up, and said so; by hand it goes out again
begin "given up"
place
conf "$staff"
echo 75 >"$T/how"
at '2019-02-12 07:00'
due 75
tries=1
while [ $tries -lt 36 ]; do
	now=$((now + 14400))
	[ $((now % 86400)) -lt 25200 ] || [ $((now % 86400)) -ge 39600 ] || now=$((now + 14400)) # only the first issue is tried in this test
	sed -i 's/^daily = .*/weekly = tuesday 07:00/' "$config"
	alone digest --due >"$out" 2>"$err"
	tries=$((tries + 1))
done
same "exit status of the last" $? 0
run 0 '' digest --list --format json
json_is 'map { "$_->{number} " . join ",", map { "$_->{state} $_->{tries}" } @{$_->{recipients}} } grep { $_->{number} == 1 } $_' '1 given-up 36'
run 0 '*' status
rm "$T/how"
run 0 '*' digest --resend staff:1
issue 1 ann@example.org
run 0 '' digest --list staff
out_has '^staff:1 '
out_has 'ann@example.org +sent '
end

# "never" is final, told, and can be sent again by hand when the reason is gone
begin "refused"
place
conf '[subscription staff]' 'to = ann@example.org; bo@example.org' 'daily = 07:00'
echo 67 >"$T/how-ann@example.org"
at '2019-02-12 07:00'
due 65 'refused to ann@example.org: exit status 67'
due 0
run 0 '' status
out_has 'digest +staff: issue 1 went out 2019-02-12 07:00, 1 refused'
rm "$T/how-ann@example.org"
run 64 'cy@example.org is not in "to"' digest --resend staff --to cy@example.org
run 66 'no such issue' digest --resend staff:7
run 64 'no subscription "crew"' digest --resend crew
run 64 'as staff:12' digest --resend staff:x
run 0 '*' digest --resend staff --to ANN@example.org
sent 1 ann@example.org
sent 1 bo@example.org
run 0 '*' digest --resend staff:1
sent 2 ann@example.org
cmp -s "$T"/sent/00[23]-ann@example.org || wrong "another message the second time"
end

# twice only when nobody knows how the first ended; then the same message, and it is said
begin "unknown"
place
conf "$staff"
echo twice >"$T/how"
at '2019-02-12 07:00'
due 75 'unknown to ann@example.org: it died of signal 9'
sent 1
rm "$T/how"
at '2019-02-12 07:05'
due 0
sent 2
cmp -s "$T"/sent/* || wrong "another message the second time"
run 0 '' digest --list
out_has 'ann@example.org +sent .* may have arrived twice: '
run 0 '' digest --list --format json
json_is '$_->{recipients}[0]{in_doubt} ? 1 : 0' 1
end

# and three times at most
begin "always unknown"
place
conf "$staff"
echo twice >"$T/how"
at '2019-02-12 07:00'
due 75
for time in 07:05 07:15 07:35 08:15 10:00 12:00; do
	at "2019-02-12 $time"
	due '*' '*' 2>/dev/null || :
	sed -i '/exit status/d' "$diagnosis"
done
sent 3
run 0 '' digest --list
out_has 'given-up .* may have arrived all the same: after 3 tries'
end

# who joins gets what is made from then on, who leaves gets nothing more; an address is the same in other letters
begin "recipients that change"
place
conf '[subscription staff]' 'to = ann@example.org; bo@example.org' 'daily = 07:00'
echo 75 >"$T/how"
at '2019-02-12 07:00'
due 75
conf '[subscription staff]' 'to = Ann@Example.org; cy@example.org' 'daily = 07:00'
rm "$T/how"
at '2019-02-12 07:05'
due 65 'given up, no longer subscribed'
sent 1
sent 1 ann@example.org
due 0
at '2019-02-13 07:00'
due 0
sent 1 cy@example.org
sent 0 bo@example.org
run 0 '*' digest --resend staff:1 --to cy@example.org
sent 2 cy@example.org
end

# an issue of a subscription that is no longer there waits for it to come back, and is not forgotten
begin "a subscription that goes"
place
conf "$staff"
echo 75 >"$T/how"
at '2019-02-12 07:00'
due 75
rm "$T/how"
conf '[subscription crew]' 'to = ann@example.org' 'daily = 07:00'
at '2019-02-12 07:10'
due 0
sent 1
run 0 '' status
out_has 'digest +staff: none went out yet, 1 waiting|digest +staff: none went out yet; no longer in the configuration'
out_has 'issue 1 to ann@example.org: deferred'
conf "$staff"
due 0
sent 2
conf '[subscription crew]' 'to = ann@example.org' 'daily = 07:00'
end

begin "a subscription that never comes back"
place
conf "$staff"
echo 75 >"$T/how"
at '2019-02-12 07:00'
due 75
rm "$T/how"
conf '[subscription crew]' 'to = cy@example.org' 'weekly = tuesday 07:00'
at '2019-02-17 06:59'
due 0
at '2019-02-17 07:01'
due 65 'given up, no such subscription any more'
due 0
sent 0 ann@example.org
end

# one recipient in two subscriptions, each with its own numbers; one with a wrong workstream keeps the other from nothing
begin "one that is wrong"
place
conf '[subscription a]' 'to = ann@example.org' 'workstream = qay' 'daily = 07:00' '[subscription b]' 'to = ann@example.org' 'daily = 07:00' \
	'[subscription c]' 'to = ann@example.org' 'topic = water.silt' 'daily = 07:00'
at '2019-02-12 07:00'
due 78 "postbag.conf:10: \[subscription a\]: unknown workstream 'qay'; did you mean 'quay'"
sent 2 ann@example.org
due 78
sent 2
comes basalt
at '2019-02-13 07:20'
due 78
run 0 '*' status
sed -i 's/qay/quay/' "$config"
due 0
told basalt 3 5
sent 5
end

# check says so with file, line and column
begin "check"
place
conf '[subscription a]' 'to = ann@example.org' 'workstream = water; qay' 'topic = water.sild' 'daily = 07:00'
run 65 '*' check
out_has 'postbag.conf:12:21: \[subscription a\]: no workstream "qay" in the rules; did you mean "quay"\?'
out_has 'postbag.conf:13:9: \[subscription a\]: no topic "water.sild" in the rules; did you mean "water.silt"\?'
conf '[subscription a]' 'to = ann@example.org' 'workstream = quay' 'group = PILOTS' 'daily = 07:00'
run 0 '*' check
out_lacks 'subscription'
chmod 644 "$T/sendmail"
run 65 '*' check
out_has 'postbag.conf:7:12: .*sendmail is not there, or may not be executed'
chmod 755 "$T/sendmail"
for wrong in 'to = ann@@example.org:11:6' 'to = ann@example.org; bo:11:23' 'daily = 25:00:11:9' 'weekly = moonday 07:00:11:10' 'timezone = Mars/Base:11:12' 'format = pdf:11:10' \
	'colour = red:11:1'; do
	conf '[subscription a]' "${wrong%:*:*}" 'to = ann@example.org' 'daily = 07:00'
	run 78 "postbag.conf:${wrong#"${wrong%:*:*}":}: " check
done
printf '[archive]\nfolder = archive\n[subscription a]\nto = ann@example.org\ndaily = 07:00\n' >"$config"
run 78 'postbag.conf:3:1: .*\[mail\]' check
sed 's/^sendmail.*/server = smtps:\/\/mail.example.org\nuser = me\npassword-file = password/' >"$config" <<C
[archive]
folder = archive
[mail]
sendmail
from = digest@example.org
C
run 65 '*' check
out_has 'postbag.conf:6:17: there is no file .*/password; make it, with mode 0600'
echo secret >"$T/password"
chmod 644 "$T/password"
run 65 '*' check
out_has 'postbag.conf:6:17: others than its owner may read .*/password .*; chmod 600'
chmod 600 "$T/password"
run 0 '*' check
out_lacks 'password'
end

# a clock that was wrong, ahead or behind, costs no issue
begin "clocks that are wrong"
place
conf "$staff"
at '2019-02-12 07:00'
due 0
echo 75 >"$T/how"
at '2030-01-01 07:00'
due 75
rm "$T/how"
at '2019-02-12 12:00'
comes dinghy
at '2019-02-13 07:00'
due 0
sent 3
told dinghy 3
due 0
at '2019-02-13 06:59'
due 0
sent 3
at '2019-02-14 07:00'
due 0
sent 4
end

# an empty one is skipped where that is wanted, and what comes after is in the next
begin "empty"
place
conf '[subscription staff]' 'to = ann@example.org' 'daily = 07:00' 'empty = skip'
at '2019-02-12 07:00'
due 0
sent 0
run 66 'skipped|no such issue' digest --resend staff
comes ballast
at '2019-02-13 07:00'
due 0
sent 1
told ballast 1
run 0 '' digest --list
out_has 'empty and skipped'
run 64 'text or json' digest --list --format csv
run 64 'choose one' digest --list --due
run 64 '--due takes no time and no choice' digest --due --weekly
run 64 '--list takes no time and no choice' digest --list --workstream water
run 66 'no subscription "staf" has issues, did you mean "staff"\?' digest --list staf
run 64 'is for --resend' digest --due --to ann@example.org
end

# two at once: one works, the other says so
begin "two at once"
place
conf "$staff"
: >"$A/lock.digest"
chmod 660 "$A/lock.digest"
exec 7<"$A/lock.digest"
at '2019-02-12 07:00'
perl -e 'open my $f, "<&=7"; flock $f, 2' && due 75 'another process is sending'
exec 7<&-
sent 0
due 0
sent 1
end

# what cannot be sent at all waits
begin "no carrier"
place
mkdir "$T/bin"
cp "$POSTBAG" "$T/bin/postbag"
conf "$staff"
kept=$POSTBAG
POSTBAG=$T/bin/postbag
at '2019-02-12 07:00'
due 75 'deferred to ann@example.org: .*postbag-carrier'
printf '#!/bin/sh\nkill -11 $$\n' >"$T/bin/postbag-carrier"
chmod 755 "$T/bin/postbag-carrier"
at '2019-02-12 07:05'
due 75 'unknown to ann@example.org: postbag-carrier died of signal 11'
printf '#!/bin/sh\nexit 127\n' >"$T/bin/postbag-carrier"
at '2019-02-12 07:15'
due 75 'deferred to ann@example.org: postbag-carrier ended with status 127'
printf '#!/bin/sh\nprintf "sen"\n' >"$T/bin/postbag-carrier"
at '2019-02-12 08:15'
due 75 'unknown to ann@example.org: postbag-carrier ended with status 0'
POSTBAG=$kept
at '2019-02-12 12:15'
due 0
sent 1
run 0 '' digest --list
out_has 'may have arrived twice'
end

# index and backup: the same index comes about again, and after a backup was put back no Message-ID comes again with other bytes
begin "rebuild, backup and restore"
place
conf '[subscription staff]' 'to = ann@example.org; bo@example.org' 'daily = 07:00'
at '2019-02-11 08:00'
comes pontoon
at '2019-02-12 07:00'
echo 75 >"$T/how-bo@example.org"
due 75
dump_index "$T/before"
sqlite3 "$A/index.db" 'SELECT * FROM issue; SELECT * FROM issue_step' >"$T/issues"
run 0 '*' rebuild
sqlite3 "$A/index.db" 'SELECT * FROM issue; SELECT * FROM issue_step' >"$T/rebuilt"
cmp -s "$T/issues" "$T/rebuilt" || wrong "other issues: $(diff "$T/issues" "$T/rebuilt" | head -3)"
run 0 '*' check
run 0 '*' backup "$T/backups"
rm "$T/how-bo@example.org"
at '2019-02-13 07:00'
due 0
sent 2 bo@example.org
sent 2 ann@example.org
run 0 '*' restore --force "$T/backups"
err_has '1 digest that waited in the backup may have been sent since'
run 0 '' digest --list
out_has 'bo@example.org +unknown .*it waited in the backup'
comes quoin
at '2019-02-13 07:30'
due 0
sent 3 ann@example.org
sent 4 bo@example.org
run 0 '' digest --list staff
out_has 'bo@example.org +sent .*may have arrived twice'
for file in "$T"/sent/*; do printf '%s %s\n' "$(grep -i '^Message-ID:' "$file")" "$(sed 1d "$file" | cksum)"; done | sort -u >"$T/ids"
same "Message-IDs, each with one text" "$(cut -d' ' -f2 "$T/ids" | sort -u | wc -l) $(wc -l <"$T/ids")" '3 3'
run 0 '*' check
rm -rf "$A"/former-*
end

# a full or busy archive: nothing goes out that is not on record
begin "an archive that takes nothing"
place
conf "$staff"
at '2019-02-12 07:00'
(
	ulimit -f 0
	trap '' XFSZ
	alone digest --due >/dev/null 2>&1
	exit $?
) && wrong "a full disk: exit status 0"
sent 0
due 0
sent 1
end

# an index that is behind, or lost, is brought up first: the issue lacks nothing
begin "an index that is behind"
place
conf "$staff"
at '2019-02-11 08:00'
comes keel
cp "$A/index.db" "$T/index.db"
cp "$A/index.db-wal" "$T/index.db-wal"
comes rudder
rm -f "$A"/index.db*
cp "$T/index.db" "$T/index.db-wal" "$A/"
at '2019-02-12 07:00'
due 0
told keel 1
told rudder 1
comes mast
rm -f "$A"/index.db*
at '2019-02-13 07:00'
due 0
told mast 2
told keel 1
sent 2
due 0
sent 2
end

# what is shipped for timers names programs and options that exist
begin "the timer's files"
place
units=$srcdir/contrib/systemd
for command in $(sed -n 's/^ExecStart=.*\/postbag //p' "$units/postbag-digest.service" | tr ' ' ,) $(sed -n 's/^[^#].*postbag  postbag //p' "$srcdir/contrib/cron/postbag" | grep digest | tr ' ' ,); do
	same "command" "$command" '-q,digest,--due'
done
same "commands" "$(sed -n 's/^ExecStart=//p' "$units/postbag-digest.service" | wc -l)$(grep -c 'digest --due$' "$srcdir/contrib/cron/postbag")" 11
conf "$staff"
at '2019-02-12 07:00'
run 0 '' -q digest --due
! grep -E '^PrivateNetwork=yes' "$units/postbag-digest.service" || wrong "it is to reach a mail server"
for hardened in NoNewPrivileges PrivateTmp PrivateDevices ProtectHome ProtectSystem; do
	grep -q "^$hardened=" "$units/postbag-digest.service" || wrong "no $hardened"
done
grep -q '^Persistent=yes' "$units/postbag-digest.timer" || wrong "a run that was missed is not made up for"
if command -v systemd-analyze >/dev/null; then
	mkdir "$T/units"
	sed "s|/usr/local/bin/postbag|$POSTBAG|" "$units/postbag-digest.service" >"$T/units/postbag-digest.service"
	cp "$units/postbag-digest.timer" "$T/units/"
	for unit in service timer; do
		systemd-analyze verify --man=no "$T/units/postbag-digest.$unit" >"$T/verify" 2>&1 || wrong "systemd-analyze: $(cat "$T/verify")"
		! grep "postbag-digest" "$T/verify" >"$T/found" || wrong "postbag-digest.$unit: $(cat "$T/found")"
	done
fi
end

# so does the example of a configuration, with everything in it that is commented out for subscriptions
begin "the example"
place
sed -n '1,/^# How digests go out/p' "$srcdir/contrib/postbag.conf.example" | sed "s|^folder = .*|folder = $A|; s|^rules = .*|rules = $T/harbour.rules|" >"$T/example.conf"
sed -n '/^# How digests go out/,$p' "$srcdir/contrib/postbag.conf.example" |
	sed 's/^# \(\[.*\]\|[a-z-]* = .*\)$/\1/; s/^workstream = .*/workstream = quay/; s/^\(sendmail\|credential\) = /# &/' |
	sed "s|^password-file = .*|password-file = $T/password|" >>"$T/example.conf"
echo secret >"$T/password"
chmod 600 "$T/password"
config=$T/example.conf
run 0 '*' check --quick
out_lacks 'example.conf'
run 0 '' status
out_has 'digest +staff: none went out yet'
out_has 'digest +area2: none went out yet'
end
