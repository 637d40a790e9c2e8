#!/bin/sh
# postbag-lmtpd(8): 250 only for what is on disk, whatever happens to the archive, the disk or the server.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/cli/lmtp.sh"
plan 17

children() { cat "/proc/$1/task/"*/children 2>/dev/null; }

# hold SECONDS: the archive's lock is taken; $T/locked tells that it is, $T/free lets it go before.
hold() {
	perl -MFcntl=:flock -e '
		open my $lock, ">>", "$ARGV[0]/lock.mail" or die;
		flock $lock, LOCK_EX or die;
		open my $file, ">", "$ARGV[1]/locked"; close $file;
		for (1 .. 20 * $ARGV[2]) { last if -e "$ARGV[1]/free"; select undef, undef, undef, 0.05 }
	' "$A" "$T" "$1" &
	helpers="$helpers $!"
	until_true 60 test -e "$T/locked" || wrong "the lock is not to be had"
}

# Which of the acknowledged messages of $T/ack.* are not in the archive.
check_acknowledged() {
	cat "$T"/ack.* | sort -u >"$T/acknowledged"
	sql index.db "SELECT replace(message_id, '@example.net', '') FROM message" | sort -u >"$T/there"
	comm -23 "$T/acknowledged" "$T/there" >"$T/lost"
	[ ! -s "$T/lost" ] || wrong "$(wc -l <"$T/lost") of $(wc -l <"$T/acknowledged") acknowledged messages are lost: $(head -n 3 "$T/lost" | tr '\n' ' ')"
}

some_acknowledged() { [ "$(cat "$T/ack${2-}".* 2>/dev/null | wc -l)" -ge "$1" ]; }
spool_is() { [ "$(spooled)" = "$1" ]; }

# another writer is waited for
begin "a busy archive is waited for"
run 0 '' -q init "$A"
letter "$T/letter" 1 'Waits' 'Text'
start
hold 1
send "$T/letter"
stop
archive_has 1 || wrong "not in the archive"
same "in the spool" "$(spooled)" 0
end

# ... but not for longer than a mail server waits for us; the server itself brings the message home later
begin "an archive that stays locked: the spool takes the message, and gives it back"
run 0 '' -q init "$A"
letter "$T/letter" 1 'Spooled' 'Text'
start
hold 120
send "$T/letter" '250 2\.0\.0 kept in the spool'
same "in the spool" "$(spooled)" 1
archive_has 0 || wrong "in the archive as well"
: >"$T/free"
until_true 90 spool_is 0 || wrong "still in the spool: $(tail -n 3 "$T/log")"
until_true 60 index_is 1 || wrong "the index does not follow"
stop
check_archive 1 1
end

# truth that is damaged is not written to
begin "a damaged archive: the spool takes the message"
run 0 '' -q init "$A"
letter "$T/letter" 1 'Damaged' 'Text'
dd if=/dev/zero of="$A/mail.db" bs=100 count=1 conv=notrunc 2>/dev/null
start
send "$T/letter" '250 2\.0\.0 kept in the spool'
send "$T/letter" '250 2\.0\.0 kept in the spool'
stop
same "in the spool" "$(spooled)" 2
end

# what fills a disk with mail must not fill the rest with words about it
begin "lasting trouble is told once, with a count of what followed"
run 0 '' -q init "$A"
letter "$T/letter" 1 'Damaged' 'Text'
dd if=/dev/zero of="$A/mail.db" bs=100 count=1 conv=notrunc 2>/dev/null
start
for number in 1 2 3 4 5; do send "$T/letter" '250 2\.0\.0 kept in the spool'; done
stop
same "in the spool" "$(spooled)" 5
same "lines about the first" "$(grep -c '; 1 to the spool .*, 0 refused for now' "$T/log")" 1
same "lines about the rest" "$(grep -c 'since the last line about the archive: 4 more to the spool .*, 0 more refused' "$T/log")" 1
end

# nowhere to keep it: the only answer is "try again", and the connection goes on
begin "neither archive nor spool: 451, and the conversation goes on"
run 0 '' -q init "$A"
dd if=/dev/zero of="$A/mail.db" bs=100 count=1 conv=notrunc 2>/dev/null
config=$T/postbag.conf
: >"$T/file"
printf '[archive]\nspool = %s\n' "$T/file/spool" >"$config"
start
talk <<'TALK'
< 220
> LHLO x
< 250
> MAIL FROM:<a@example.net>
< 250
> RCPT TO:<b@example.org>
< 250
> RCPT TO:<c@example.org>
< 250
> DATA
< 354
> Subject: nowhere\r\n\r\nText\r\n.
< 451 4\.3\.0
< 451 4\.3\.0
> NOOP
< 250
> QUIT
< 221
TALK
stop
end

# a folder that is not mounted looks like this; a spool made there would be hidden later
begin "no archive: 451 and no spool, until there is one"
mkdir "$A"
letter "$T/letter" 1 'Early' 'Text'
start
perl "$client" "$S" >"$T/talk" <<TALK || wrong "$(cat "$T/talk")"
< 220
>> LHLO x\\r\\nMAIL FROM:<a@example.net>\\r\\nRCPT TO:<b@example.org>\\r\\nDATA\\r\\n
< 250
< 250
< 250
< 354
<file $T/letter
< 451 4\\.3\\.0
> QUIT
< 221
TALK
[ ! -e "$A/spool" ] || wrong "a spool was made"
run 0 '' -q init "$A"
send "$T/letter"
stop
archive_has 1 || wrong "not in the archive"
end

# another file under the same name is another archive: what went into the old one would be gone
begin "an archive that was replaced is opened anew"
run 0 '' -q init "$A"
letter "$T/one" 1 'One' 'Text'
letter "$T/two" 2 'Two' 'Text'
start
send "$T/one"
until_true 60 index_is 1 || wrong "the index does not follow"
mv "$A" "$T/old"
run 0 '' -q init "$A"
send "$T/two"
until_true 60 index_is 1 || wrong "the new index does not follow"
stop
same "the new archive has" "$(sql index.db 'SELECT subject FROM message')" Two
same "the old archive has" "$(sqlite3 "$T/old/mail.db" "SELECT count(*) FROM entry WHERE type = 'delivery'")" 1
end

# a newer program may upgrade the archive under the server that still runs
begin "an archive that was upgraded in place is not written to: the spool takes the message"
run 0 '' -q init "$A"
letter "$T/one" 1 'One' 'Text'
letter "$T/two" 2 'Two' 'Text'
start
send "$T/one"
until_true 60 index_is 1 || wrong "the index does not follow"
sqlite3 -cmd '.timeout 20000' "$A/mail.db" 'PRAGMA user_version = 99'
send "$T/two" '250 2\.0\.0 kept in the spool'
stop
same "in the archive" "$(deliveries)" 1
same "in the spool" "$(spooled)" 1
log_says 'install the newer program' || wrong "nothing is said about it: $(cat "$T/log")"
end

# what holds a file system's files open cannot be unmounted
begin "without mail the archive is left alone"
run 0 '' -q init "$A"
letter "$T/letter" 1 'One' 'Text'
start
send "$T/letter"
holds_archive() { ls -l "/proc/$server/fd" | grep -q "$A/"; }
let_go() { ! holds_archive; }
until_true 60 let_go || wrong "held open: $(ls -l "/proc/$server/fd" | grep "$A/")"
send "$T/letter"
stop
archive_has 2 || wrong "not in the archive"
end

# the order of things, as the kernel sees them
begin "the answer comes behind the sync"
if ! strace -o "$root/strace" true 2>/dev/null; then
	skip "no strace, or it may not trace"
else
	run 0 '' -q init "$A"
	letter "$T/letter" 1 'Synced' 'Text'
	leaks=${ASAN_OPTIONS-}
	[ -z "$leaks" ] || ASAN_OPTIONS=$leaks:detect_leaks=0 # its own tracing and strace's exclude one another
	S=$T/s
	: >"$T/log"
	alone_lmtpd strace -f -y -qq -s 40 -o "$T/trace" -e trace=pwrite64,fdatasync,fsync,sendto "$LMTPD" --archive "$A" --listen "unix:$S" >"$T/log.out" 2>"$T/log" &
	tracer=$!
	helpers="$helpers $tracer"
	shown='postbag-lmtpd under strace'
	until_true 60 log_says 'listening on' || wrong "does not start"
	for number in 1 2 3; do send "$T/letter"; done
	server=$(children "$tracer" | tr -d ' ')
	kill "$server" || wrong "no server below strace"
	wait "$tracer"
	perl -ne '
		if (/pwrite64\(.*mail\.db-wal/) { $written++; $dirty = 1 }
		elsif (/f(?:data)?sync\(.*mail\.db-wal/ || /f(?:data)?sync resumed/) { $dirty = 0 if /= 0$/ }
		elsif (/sendto\(.*"250 2\.0\.0 kept/) { $answers++; print "an answer before the sync\n" if $dirty || !$written; $written = 0 }
		END { print "$answers answers traced, expected 3\n" unless $answers == 3 }
	' "$T/trace" >"$T/order"
	[ ! -s "$T/order" ] || wrong "$(cat "$T/order"); $(tail -n 20 "$T/trace")"
	[ -z "$leaks" ] || ASAN_OPTIONS=$leaks
	end
fi

# the commit may have happened although it failed: the spool says so, and sweep does not take the message in twice
begin "a commit that fails to sync"
if ! strace -o "$root/strace" true 2>/dev/null; then
	skip "no strace, or it may not trace"
else
	run 0 '' -q init "$A"
	letter "$T/letter" 1 'Uncertain' 'Text'
	leaks=${ASAN_OPTIONS-}
	[ -z "$leaks" ] || ASAN_OPTIONS=$leaks:detect_leaks=0
	S=$T/s
	: >"$T/log"
	alone_lmtpd strace -f -qq -o "$T/trace" -P "$A/mail.db-wal" -e trace=fdatasync -e inject=fdatasync:error=EIO "$LMTPD" --archive "$A" --listen "unix:$S" >"$T/log.out" 2>"$T/log" &
	tracer=$!
	helpers="$helpers $tracer"
	shown='postbag-lmtpd without syncs'
	until_true 60 log_says 'listening on' || wrong "does not start"
	send "$T/letter" '250 2\.0\.0 kept in the spool'
	server=$(children "$tracer" | tr -d ' ')
	kill "$server" || wrong "no server below strace"
	wait "$tracer"
	grep -q INJECTED "$T/trace" || wrong "no sync failed: the test forced nothing"
	same "in the spool, marked" "$(find "$A/spool/new" -name '*U.*' | wc -l | tr -d ' ')" 1
	[ -z "$leaks" ] || ASAN_OPTIONS=$leaks
	run 0 '*' sweep --archive "$A"
	same "in the spool" "$(spooled)" 0
	check_archive 1 1
	end
fi

# a power cut's little brother, again and again: what was answered 250 is there
begin "killed under load: nothing acknowledged is lost"
run 0 '' -q init "$A"
for round in 1 2 3 4 5; do
	start
	perl "$client" --flood "$S" 4 "round$round" "$T/ack.$round" 2>/dev/null &
	flood=$!
	helpers="$helpers $flood"
	until_true 60 some_acknowledged 20 ".$round" || wrong "round $round: too few acknowledged"
	kill -9 "$server"
	wait "$server" "$flood" 2>/dev/null
done
run 0 '*' sweep --archive "$A"
check_acknowledged
same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
end

# SIGTERM in the middle: what came to its dot is answered, the rest is told to come again, and the end is 0
begin "a clean stop under load"
run 0 '' -q init "$A"
start
perl "$client" --flood "$S" 8 busy "$T/ack" &
flood=$!
helpers="$helpers $flood"
until_true 60 some_acknowledged 50 || wrong "too few acknowledged"
stop
wait "$flood"
run 0 '*' sweep --archive "$A"
check_acknowledged
[ "$(deliveries)" -le $(($(wc -l <"$T/acknowledged") + 8)) ] || wrong "more kept than was sent"
end

# a conversation that waits for its answer gets it, one that talks gets 421
begin "a clean stop answers first"
run 0 '' -q init "$A"
start
hold 3
{
	cat <<'TALK'
< 220
>> LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n
< 250
< 250
< 250
< 354
> Subject: last\r\n\r\nText\r\n.
TALK
	printf 'touch %s\n' "$T/sent"
	printf '< 250 2\\.0\\.0 kept as\n< 421 4\\.3\\.2\neof\n'
} | perl "$client" "$S" >"$T/first" 2>&1 &
first=$!
printf '< 220\n> LHLO x\n< 250\ntouch %s\n< 421 4\\.3\\.2\neof\n' "$T/idle" | perl "$client" "$S" >"$T/second" 2>&1 &
second=$!
helpers="$helpers $first $second"
until_true 60 test -e "$T/sent" || wrong "the message is not sent"
until_true 60 test -e "$T/idle" || wrong "nobody talks"
sleep 0.5
stop
wait "$first" || wrong "who waited: $(cat "$T/first")"
wait "$second" || wrong "who talked: $(cat "$T/second")"
archive_has 1 || wrong "not in the archive"
end

# deliveries by other ways go on while LMTP is busy
begin "other writers get their turn"
run 0 '' -q init "$A"
start
perl "$client" --flood "$S" 8 busy "$T/ack" &
flood=$!
helpers="$helpers $flood"
until_true 60 some_acknowledged 20 || wrong "too few acknowledged"
for number in 1 2 3 4 5; do
	letter "$T/letter" $number "Other $number" 'Text'
	deliver "$T/letter"
done
same "in the spool" "$(spooled)" 0
same "delivered by others" "$(count "entry WHERE source = 'deliver'")" 5
stop
wait "$flood"
end

# the indexer may die: mail is kept, and it comes back
begin "the indexer dies, and comes back"
run 0 '' -q init "$A"
letter "$T/one" 1 'One' 'Text'
letter "$T/two" 2 'Two' 'Text'
start
keeper=$(children "$server" | tr -d ' ')
has_worker() { worker=$(children "$keeper" | tr -d ' ') && [ -n "$worker" ]; }
until_true 60 has_worker || wrong "no indexer"
kill -9 "$worker"
send "$T/one"
until_true 60 index_is 1 || wrong "the index does not follow: $(cat "$T/log")"
log_says 'indexer ended early' || wrong "nothing is said about it"
kill -9 "$keeper"
send "$T/two"
stop
run 0 '' sweep --archive "$A"
check_archive 2 2
end

# room may come back: a full disk is told as such, and never a reason to send mail back
begin "a full disk: 452"
mkdir "$A"
if ! mount -t tmpfs -o size=4m tmpfs "$A" 2>/dev/null; then
	skip "no file system of a size of our own: not root, or not allowed to mount"
else
	run 0 '' -q init "$A"
	start
	letter "$T/letter" 1 'Full' 'Text'
	send "$T/letter"
	until_true 60 index_is 1 || wrong "the index does not follow"
	perl -e 'srand 5; print "Subject: much\n\n"; print map({ chr 33 + rand 90 } 1 .. 70), "\n" for 1 .. 20000' >"$T/much"
	head -c 100m /dev/zero >"$A/spool" 2>/dev/null
	perl "$client" "$S" >"$T/talk" 2>&1 <<TALK || wrong "$(cat "$T/talk")"
< 220
>> LHLO x\\r\\nMAIL FROM:<a@example.net>\\r\\nRCPT TO:<b@example.org>\\r\\nDATA\\r\\n
< 250
< 250
< 250
< 354
<file $T/much
< 452 4\\.3\\.1
> NOOP
< 250
> QUIT
< 221
TALK
	rm "$A/spool"
	letter "$T/letter" 2 'Room again' 'Text'
	send "$T/letter"
	stop
	run 0 '*' sweep --archive "$A"
	check_archive 2 2
	umount "$A" || wrong "cannot unmount"
	end
fi
