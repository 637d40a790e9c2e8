#!/bin/sh
# postbag backup and restore: nothing that was kept is missing from a backup, however it was interrupted, and what is put back is what was taken.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 30

B=
begin_backup() { # TITLE
	begin "$1"
	B=$T/backups
}
backup() { run 0 '' backup --archive "$A" "$B"; } # [further arguments are not needed]
copies() { find "$B" -mindepth 1 -maxdepth 1 | wc -l | tr -d ' '; }
newest() { find "$B" -mindepth 1 -maxdepth 1 -name '2*' | sort | tail -n 1; }
small_archive() { # two letters delivered
	run 0 '' init "$A"
	letter "$T/1.eml" 1 'First' 'The first letter.'
	letter "$T/2.eml" 2 'Second' 'The second letter.'
	deliver "$T/1.eml" --sender one@example.net
	deliver "$T/2.eml"
}
# a letter that waits in the spool, because mail.db could not be used for a moment
spool_letter() { # NUMBER
	letter "$T/$1.eml" "$1" "Spooled $1" "It waited, number $1."
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	mv "$A/mail.db" "$T/mail.db.whole"
	: >"$A/mail.db"
	run 0 'spool' deliver --archive "$A" --sender "s$1@example.net" <"$T/$1.eml"
	mv "$T/mail.db.whole" "$A/mail.db"
}
tree() { (cd "$1" && find . -type f ! -name '*-shm' | sort | xargs sha256sum); } # FOLDER
traced() { # CALL WHAT-HAPPENS ARGUMENT...: the program under strace
	_call=$1 _what=$2
	shift 2
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
		strace -qq -o "$T/trace" -e "trace=$_call" -e "inject=$_call:$_what" "$POSTBAG" "$@" >"$out" 2>"$err"
}
can_trace() { strace -qq -o /dev/null -e trace=none true 2>/dev/null; }

# there and back: every byte, sequence number and envelope, in another folder
begin_backup "there and back"
harbour_archive
dump_index "$T/before"
sqlite3 "$A/mail.db" .dump >"$T/truth.before"
backup
out_has "^$B/[0-9]*T[0-9]*Z made: 12 messages in 12 deliveries, 0 waiting in the spool"
run 0 '' backup --archive "$A" --verify "$B"
out_has 'is whole: 12 messages'
rm -rf "$A"
run 0 '' restore --archive "$A" "$B"
out_has 'as it was on 2019-02-13 09:00: 12 messages in 12 deliveries'
sqlite3 "$A/mail.db" .dump >"$T/truth.after"
same_index "$T/truth.before" "$T/truth.after" "mail.db"
dump_index "$T/after"
same_index "$T/before" "$T/after" "index.db"
run 0 '' check --archive "$A"
letter "$T/more.eml" 40 'One more' 'The lifting gear of the other quay.'
deliver "$T/more.eml"
check_archive 13 13
end

# the group that writes the archive can read and replace its backups, whatever the umask, and nobody else can
begin_backup "modes"
small_archive
umask 077
spool_letter 3
backup
run 0 '' restore --archive "$T/other" "$B"
umask 022
for folder in "$B" "$(newest)" "$(newest)/spool" "$(newest)/spool/new" "$(newest)/spool/envelope" "$T/other" "$T/other/spool" "$T/other/spool/new"; do
	same "mode of ${folder#$T/}" "$(stat -c %a "$folder")" 2770
done
for file in $(find "$B" "$T/other" -type f); do same "mode of ${file#$T/}" "$(stat -c %a "$file")" 660; done
end

# the sums are those of sha256sum(1): a backup can be looked over where Postbag is not installed
begin_backup "SHA256SUMS"
small_archive
spool_letter 3
backup
out_has '1 waiting'
(cd "$(newest)" && sha256sum -c --quiet --strict SHA256SUMS) >"$T/sums" 2>&1 || wrong "sha256sum: $(cat "$T/sums")"
same "files in SHA256SUMS" "$(wc -l <"$(newest)/SHA256SUMS")" 3
end

# the spool is part of it, with its envelopes, and is taken in once
begin_backup "what waits in the spool"
small_archive
spool_letter 3
backup
rm -rf "$A"
run 0 '' restore --archive "$A" "$B"
out_has '1 message waits in the spool'
same "spooled" "$(spooled)" 1
run 0 '1 from the spool' sweep --archive "$A"
check_archive 3 3
same "envelope" "$(sql mail.db "SELECT sender FROM entry WHERE source LIKE 'spool %'")" s3@example.net
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/3.eml"
end

# names in a Maildir are chosen by whoever put the file there: all that can be in one come back
begin_backup "names in the spool"
small_archive
mkdir -m 2770 "$A/spool" "$A/spool/new" "$A/spool/cur" "$A/spool/tmp" "$A/spool/envelope"
cp "$T/1.eml" "$A/spool/new/100.mail..eml"
letter "$A/spool/new/101...b" 3 'Third' 'Its name has three dots.'
letter "$A/spool/cur/102.a b:2,S" 4 'Fourth' 'Its name has a space.'
letter "$A/spool/new/103.a\\b
c" 5 'Fifth' 'Its name has two lines.'
backup
out_has '4 waiting'
run 0 '' backup --archive "$A" --verify "$B"
rm -rf "$A"
run 0 '' restore --archive "$A" "$B"
out_has '4 messages wait'
run 0 '4 from the spool' sweep --archive "$A"
check_archive 5 6
# and a name that leads out of the copy is not followed
copy=$(newest)
for name in ../out /etc/hostname spool/../../out spool//new .; do
	printf '%s  %s\n' "$(sha256sum <"$T/1.eml" | cut -c 1-64)" "$name" >"$copy/SHA256SUMS"
	sed -i "s/^sums=.*/sums=$(sha256sum <"$copy/SHA256SUMS" | cut -c 1-64)/" "$copy/backup.info"
	cp "$T/1.eml" "$B/out"
	run 65 'SHA256SUMS is not as it was written' backup --archive "$A" --verify "$copy"
done
end

# what is in the spool and no message keeps nobody from a backup of the rest, and is named
begin_backup "what is no message in the spool"
small_archive
spool_letter 3
mkdir "$A/spool/new/1.folder" "$A/spool/envelope/4.folder"
ln -s "$T/1.eml" "$A/spool/new/2.link"
mkfifo "$A/spool/cur/3.fifo"
run 0 'new/1.folder is not a regular file, and not in the backup; move it away' backup --archive "$A" "$B"
err_has 'new/2.link is not a regular file'
err_has 'cur/3.fifo is not a regular file'
err_has 'envelope/4.folder is not a regular file'
err_lines 4
out_has '1 waiting in the spool'
rm -rf "$A"
run 0 '' restore --archive "$A" "$B"
run 0 '1 from the spool' sweep --archive "$A"
check_archive 3 3
end

# a configured spool, and the archive's own, where a delivery without its configuration puts its mail
begin_backup "two spools"
small_archive
spool_letter 3
spool_letter 4
printf '[archive]\nfolder = %s\nspool = %s\n' "$A" "$T/spool2" >"$T/two.conf"
mkdir -m 2770 "$T/spool2"
(cd "$A/spool" && mkdir -p new cur tmp envelope)
mv "$A/spool"/* "$T/spool2/"
spool_letter 5
# one of the same name in both, and not the same
name=$(ls "$A/spool/new")
letter "$T/spool2/new/$name" 6 'Sixth' 'Its name is that of the fifth.'
printf 'sixth@example.net\n\n' >"$T/spool2/envelope/$name"
run 0 '' --config "$T/two.conf" backup "$B"
out_has '4 waiting in the spool'
run 0 '' backup --archive "$A" --verify "$B"
same "the names" "$(ls "$(newest)/spool/new" | grep -c "^$name")" 2
rm -rf "$A" "$T/spool2"
run 0 '' restore --archive "$A" "$B"
out_has '4 messages wait'
run 0 '4 from the spool' sweep --archive "$A"
check_archive 6 6
same "senders" "$(sql mail.db "SELECT group_concat(sender) FROM (SELECT sender FROM entry WHERE source LIKE 'spool %' ORDER BY sender)")" \
	s3@example.net,s4@example.net,s5@example.net,sixth@example.net
# two names of one folder are one spool
spool_letter 7
printf '[archive]\nfolder = %s\nspool = %s\n' "$A" "$T/archive/../archive/spool" >"$T/two.conf"
run 0 '' --config "$T/two.conf" backup "$B"
out_has '1 waiting in the spool'
end

# a sweep in the middle: the message is in the copy of the spool and in the copy of mail.db, and counts once
begin_backup "a message in both"
small_archive
spool_letter 3
cp -a "$A/spool" "$T/spool"
run 0 '1 from' sweep --archive "$A"
rm -rf "$A/spool" && cp -a "$T/spool" "$A/spool"
backup
out_has '3 messages in 3 deliveries, 1 waiting'
rm -rf "$A"
run 0 '' restore --archive "$A" "$B"
run 0 '*' sweep --archive "$A"
same "spooled" "$(spooled)" 0
check_archive 3 3
end

# the spool is copied before mail.db: a sweep between the two must not take a message out of both
begin_backup "a sweep in the middle of a backup"
if can_trace; then
	small_archive
	spool_letter 3
	{
		traced fsync delay_enter=3000000:when=1 backup --archive "$A" "$B" # at the end of the first file that is copied
		echo $? >"$T/backup.status"
	} &
	tries=0
	until [ -n "$(find "$B" -name '*.M*' -o -name mail.db 2>/dev/null)" ] || [ $((tries += 1)) -gt 300 ]; do sleep 0.1; done
	alone sweep --archive "$A" >"$T/sweep.out" 2>&1 || wrong "sweep: $(cat "$T/sweep.out")"
	wait $!
	same "backup" "$(cat "$T/backup.status")" 0
	same "spooled" "$(spooled)" 0
	rm -rf "$A"
	run 0 '' restore --archive "$A" "$B"
	run 0 '*' sweep --archive "$A"
	check_archive 3 3
	end
else
	skip "strace cannot be used here"
fi

# two stay: the new one, and the one before it
begin_backup "how many stay"
small_archive
for minute in 1 2 3; do
	now=$((1550048400 + minute * 60))
	backup
done
same "copies" "$(copies)" 2
same "newest" "$(basename "$(newest)")" 20190213T090300Z
now=$((1550048400 + 240))
run 0 '' backup --archive "$A" --keep 3 "$B"
run 0 '' backup --archive "$A" --keep 3 "$B"
same "within a second" "$(basename "$(newest)")" 20190213T090400Z-2
same "copies" "$(copies)" 3
run 0 '' backup --archive "$A" --keep 1 "$B"
same "copies" "$(copies)" 1
now=1550048400
run 64 'at least 1' backup --archive "$A" --keep 0 "$B"
run 64 'one folder' backup --archive "$A"
end

# a clock that was wrong, and many within a second: the one just made stays, is the newest, and is what comes back
begin_backup "names that are not in the order of time"
small_archive
then=$now
for late in 1893456000 1893459600; do
	now=$late
	backup
done
now=$then
deliver "$T/1.eml"
run 0 'name of a later time than now.*look at the clock' backup --archive "$A" "$B"
out_has '^.*/20300101T010000Z-2 made: 2 messages in 3 deliveries'
same "copies" "$(copies)" 2
[ ! -e "$B/20300101T000000Z" ] || wrong "the oldest was not removed"
[ -e "$B/20300101T010000Z" ] || wrong "the one before it was removed"
run 0 '' backup --archive "$A" --verify "$B"
out_has '20300101T010000Z-2 is whole: 2 messages in 3 deliveries'
run 0 '' restore --archive "$T/other" "$B"
out_has 'as it was on 2019-02-13 09:00: 2 messages in 3 deliveries'
# a folder that is in the way and is no copy any more
mkdir "$B/20300101T010000Z-3"
run 0 'look at the clock' backup --archive "$A" "$B"
out_has '20300101T010000Z-4 made'
rm -rf "$B"
for turn in 1 2 3 4 5 6 7 8 9 10 11; do backup; done
out_has '/20190213T090000Z-11 made'
same "those that stay" "$(ls "$B" | tr '\n' ' ')" '20190213T090000Z-10 20190213T090000Z-11 '
run 0 '' backup --archive "$A" --verify "$B"
out_has 'Z-11 is whole'
end

# a stranger's files, and another archive's backups, are neither mixed with nor removed
begin_backup "a folder with other things"
small_archive
mkdir "$B"
echo mine >"$B/thesis.tex"
run 73 'thesis.tex.*folder of their own' backup --archive "$A" "$B"
same "the file" "$(cat "$B/thesis.tex")" mine
same "files" "$(copies)" 1
run 73 'folder of their own' backup --archive "$A" "$A"
rm "$B/thesis.tex"
backup
tree "$B" >"$T/before"
run 0 '' init "$T/other"
run 73 'another archive' backup --archive "$T/other" "$B"
tree "$B" >"$T/after"
same_index "$T/before" "$T/after" "the first archive's backup"
end

# a name that leads elsewhere: what a backup removes is its own, even when a link or a moved folder has the name of a copy
begin_backup "links and archives in the place of copies"
small_archive
spool_letter 3
tree "$A" | grep -v -e -wal >"$T/before"
for name in .unfinished-evil 20180101T000000Z; do
	mkdir -p "$B"
	ln -s "$A" "$B/$name"
	run 73 "$name.*move it away" backup --archive "$A" --keep 1 "$B"
	rm -rf "$B"
done
mkdir -p "$B/.unfinished-evil/spool"
ln -s "$A/spool/new" "$B/.unfinished-evil/spool/new"
run 73 'evil' backup --archive "$A" "$B"
rm -rf "$B"
# the archive itself, moved to where backups are cleared up
mkdir "$B"
mv "$A" "$B/.unfinished-evil"
run 0 '' init "$A"
run 73 'evil holds other things than a backup .*; move it away' backup --archive "$A" "$B"
rm -rf "$A"
mv "$B/.unfinished-evil" "$A"
# a whole copy of another place, linked: pruning does not reach it
backup
mkdir "$T/elsewhere"
mv "$(newest)" "$T/elsewhere/copy"
tree "$T/elsewhere" >"$T/copy.before"
ln -s "$T/elsewhere/copy" "$B/20180101T000000Z"
run 73 '20180101T000000Z.*move it away' backup --archive "$A" --keep 1 "$B"
tree "$T/elsewhere" >"$T/copy.after"
same_index "$T/copy.before" "$T/copy.after" "the copy in another place"
tree "$A" | grep -v -e -wal >"$T/after"
same_index "$T/before" "$T/after" "the archive"
end

# writers neither wait for a backup nor spoil it
begin_backup "while mail comes in"
run 0 '' init "$A"
letter "$T/1.eml" 1 'First' 'The first letter.'
deliver "$T/1.eml"
(
	n=2
	while [ ! -e "$T/stop" ] && [ $n -lt 400 ]; do
		letter "$T/s$n.eml" 1 "Stream $n" "Number $n of a stream."
		alone deliver --archive "$A" <"$T/s$n.eml" >"$T/d.out" 2>"$T/d.err" || echo "$n" >>"$T/refused"
		[ ! -s "$T/d.err" ] || cp "$T/d.err" "$T/said"
		echo $n >"$T/delivered"
		n=$((n + 1))
	done
) &
stream=$!
helpers="$helpers $stream"
for turn in 1 2 3 4 5; do
	before=$(deliveries)
	run 0 '' backup --archive "$A" --keep 9 "$B"
	in_copy=$(sqlite3 "file:$(newest)/mail.db?immutable=1" "SELECT count(*) FROM entry WHERE type = 'delivery'")
	[ "$in_copy" -ge "$before" ] || wrong "$in_copy deliveries in the copy, and $before before it was begun"
	sleep 0.3
done
: >"$T/stop"
wait $stream
[ ! -e "$T/refused" ] || wrong "not delivered: $(tr '\n' ' ' <"$T/refused")"
[ ! -e "$T/said" ] || wrong "a delivery said: $(head -n 1 "$T/said")"
at_least "letters that came in meanwhile" "$(cat "$T/delivered")" 5
run 0 '' backup --verify --archive "$A" "$B"
run 0 '' check --archive "$A"
end

# killed anywhere, it leaves the backup before it, no half one that looks whole, and the next one clears up
begin_backup "killed"
if can_trace; then
	small_archive
	spool_letter 3
	backup
	tree "$(newest)" >"$T/before"
	first=$(newest)
	killed=0
	for step in mkdir:2 mkdir:4 openat:30 openat:34 openat:38 pwrite64:1 pwrite64:5 fsync:1 fsync:3 fsync:5 rename:1 write:3 write:6; do
		now=$((now + 60))
		traced "${step%:*}" "signal=KILL:when=${step#*:}" backup --archive "$A" "$B"
		[ $? -ne 137 ] || killed=$((killed + 1))
		tree "$first" >"$T/after"
		same_index "$T/before" "$T/after" "the first, killed at $step"
		run 0 '' backup --archive "$A" --verify "$B"
		[ "$(newest)" = "$first" ] || { [ $step = fsync:99 ] || rm -rf "$(newest)"; }
	done
	at_least "runs that were killed" $killed 9
	backup
	same "copies" "$(copies)" 2
	same "unfinished" "$(find "$B" -name '.unfinished*' | wc -l)" 0
	end
else
	skip "strace cannot be used here"
fi
now=1550048400

# a full disk is said to be full, and the backup before it stays
begin_backup "a full disk"
if can_trace; then
	small_archive
	backup
	tree "$B" >"$T/before"
	for call in pwrite64:3 write:1 mkdir:3; do
		traced "${call%:*}" "error=ENOSPC:when=${call#*:}+" backup --archive "$A" "$B"
		same "exit status at $call" $? 75
		[ $call = write:1 ] || err_has 'make room' # with write, the words themselves fail
		tree "$B" >"$T/after"
		same_index "$T/before" "$T/after" "at $call"
		same "left at $call" "$(copies)" 1
	done
	traced fsync 'error=EIO:when=2' backup --archive "$A" "$B"
	same "exit status" $? 74
	same "left" "$(copies)" 1
	end
else
	skip "strace cannot be used here"
fi

# a byte that changed on the shelf is noticed before anything is put back
begin_backup "a backup that has changed"
small_archive
spool_letter 3
for damage in mail info sums spool gone short; do
	rm -rf "$B"
	backup
	copy=$(newest)
	case $damage in
	mail) printf X | dd of="$copy/mail.db" bs=1 seek=5000 conv=notrunc 2>/dev/null ;;
	info) sed -i '/^sums/d' "$copy/backup.info" ;;
	sums) sed -i '1d' "$copy/SHA256SUMS" ;;
	spool) echo more >>"$(ls "$copy"/spool/new/*)" ;;
	gone) rm "$copy"/spool/new/* ;;
	short) truncate -s 4096 "$copy/mail.db" ;;
	esac
	run 65 '.' backup --archive "$A" --verify "$B"
	run 65 '.' restore --archive "$T/other" "$B"
	[ ! -e "$T/other/mail.db" ] || wrong "$damage: mail.db was put in place"
done
end

# damage in mail.db itself is not copied over the last good backup in silence
begin_backup "a damaged mail.db"
harbour_archive
backup
first=$(newest)
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
page=$(sql mail.db "SELECT rootpage FROM sqlite_schema WHERE name = 'entry'")
perl -e 'print "\x5a" x 3000' | dd of="$A/mail.db" bs=1 seek=$(((page - 1) * 4096 + 8)) conv=notrunc 2>/dev/null
now=1550052000
run 65 'damaged, and so would be its copy' backup --archive "$A" "$B"
same "copies" "$(copies)" 1
run 0 '' backup --archive "$A" --verify "$B"
now=1550048400
# a message whose bytes changed within SQLite's structure: made, but told by --verify
run 0 '*' restore --archive "$A" --force "$B"
sql mail.db "UPDATE content SET raw = (SELECT raw FROM content WHERE content = 2) WHERE content = 1" >/dev/null
now=1550052000
backup
run 65 'keep an earlier one' backup --archive "$A" --verify "$B"
out_has 'its bytes are not those that were delivered'
now=1550048400
end

# an archive that is there is not overwritten; with --force it is set aside whole
begin_backup "an archive that is there"
small_archive
backup
letter "$T/late.eml" 5 'Late' 'It came after the backup.'
deliver "$T/late.eml"
sqlite3 "$A/mail.db" .dump >"$T/late"
run 73 'is there already.*--force' restore --archive "$A" "$B"
check_archive 3 3
run 0 '' restore --archive "$A" --force "$B"
out_has 'former files stand in'
check_archive 2 2
former=$(find "$A" -name 'former-*')
sqlite3 "$former/mail.db" .dump >"$T/set-aside"
same_index "$T/late" "$T/set-aside" "the former mail.db"
run 0 '' check --archive "$A"
out_has 'set aside'
run 66 'holds no backup' restore --archive "$T/x" "$T/home"
run 64 'folder of a backup' restore --archive "$T/x"
end

# what deliveries put into the spool while mail.db was broken is still there after the restoring
begin_backup "a broken archive with mail in its spool"
small_archive
backup
spool_letter 3
: >"$A/mail.db"
letter "$T/4.eml" 4 'Fourth' 'It came when mail.db was broken.'
run 0 'spool' deliver --archive "$A" <"$T/4.eml"
run 73 '--force' restore --archive "$A" "$B"
run 0 '' restore --archive "$A" --force "$B"
run 0 '2 from the spool' sweep --archive "$A"
check_archive 4 4
end

# killed anywhere, a restoring leaves the former archive or the new one, or the former set aside, and can be run again
begin_backup "a restoring that is killed"
if can_trace; then
	small_archive
	spool_letter 3
	backup
	letter "$T/late.eml" 5 'Late' 'It came after the backup.'
	deliver "$T/late.eml"
	cp -a "$A" "$T/master"
	killed=0
	for step in openat:45 openat:50 link:1 link:3 unlink:1 unlink:2 unlink:3 unlink:4 unlink:6 rename:1 rename:2 fsync:1 fsync:3 fsync:5 fsync:7; do
		rm -rf "$A"
		cp -a "$T/master" "$A"
		traced "${step%:*}" "signal=KILL:when=${step#*:}" restore --archive "$A" --force "$B"
		[ $? -ne 137 ] || killed=$((killed + 1))
		# the letter that came after the backup is in the archive still, or in what was set aside
		found=0
		for db in "$A/mail.db" "$A"/former-*/mail.db; do
			[ -e "$db" ] && [ "$(sqlite3 "$db" "SELECT count(*) FROM entry WHERE type = 'delivery'" 2>&1)" = 3 ] && found=1
		done
		same "the late letter is somewhere, killed at $step" $found 1
		rm -f "$A"/.restore-mail.db "$A"/.index.db-* # what a kill leaves, postbag check names
		run 0 '' restore --archive "$A" --force "$B"
		run 0 '*' sweep --archive "$A"
		check_archive 3 3
	done
	at_least "runs that were killed" $killed 10
	end
else
	skip "strace cannot be used here"
fi

# a sweep in the middle of a restoring would take what comes into the spool into the mail.db that is about to be set aside
begin_backup "a sweep in the middle of a restoring"
if can_trace; then
	small_archive
	spool_letter 3
	backup
	run 0 '1 from the spool' sweep --archive "$A"
	{
		traced rename delay_exit=4000000:when=1 restore --archive "$A" --force "$B" # when the letter stands in the spool
		echo $? >"$T/restore.status"
	} &
	tries=0
	until [ "$(spooled)" = 1 ] || [ $((tries += 1)) -gt 300 ]; do sleep 0.1; done
	same "spooled while it is restored" "$(spooled)" 1
	env -i PATH="$PATH" TMPDIR="$T/tmp" POSTBAG_NOW="$now" "$POSTBAG" sweep --archive "$A" >"$T/sweep.out" 2>&1
	same "the sweep" "$?" 0
	wait $!
	same "the restoring" "$(cat "$T/restore.status")" 0
	run 0 '*' sweep --archive "$A"
	check_archive 3 3
	end
else
	skip "strace cannot be used here"
fi

# nothing comes into the spool before the archive is locked
begin_backup "a restoring that waits for its turn"
small_archive
spool_letter 3
backup
run 0 '' init "$T/other"
(
	flock 9
	{
		alone restore --archive "$T/other" --force "$B" >"$T/r.out" 2>"$T/r.err"
		echo $? >"$T/r.status"
	} 9>&- &
	tries=0
	until [ -e "$T/other/.restore-mail.db" ] || [ $((tries += 1)) -gt 300 ]; do sleep 0.1; done
	[ -e "$T/other/.restore-mail.db" ] || wrong "the restoring does not get to its lock"
	sleep 2
	[ ! -e "$T/r.status" ] || wrong "it did not wait"
	same "in the spool while it waits" "$(find "$T/other/spool" -type f 2>/dev/null | wc -l)" 0
) 9>>"$T/other/lock.mail"
tries=0
until [ -s "$T/r.status" ] || [ $((tries += 1)) -gt 600 ]; do sleep 0.1; done
same "the restoring" "$(cat "$T/r.status")" 0
run 0 '1 from the spool' sweep --archive "$T/other"
same "deliveries" "$(sqlite3 "$T/other/mail.db" "SELECT count(*) FROM entry WHERE type = 'delivery'")" 3
end

# when it fails at the swap, what it put into the spool of the archive that stays goes again: it may be another's
begin_backup "a restoring that fails"
if can_trace; then
	small_archive
	spool_letter 3
	backup
	A=$T/other
	run 0 '' init "$A"
	deliver "$T/1.eml"
	traced link error=ENOSPC:when=1 restore --archive "$A" --force "$B"
	same "exit status" $? 75
	same "in the spool" "$(find "$A/spool" -type f | wc -l)" 0
	run 0 '*' sweep --archive "$A"
	check_archive 1 1
	rm -rf "$A"/former-*
	run 0 '' restore --archive "$A" --force "$B"
	run 0 '1 from the spool' sweep --archive "$A"
	check_archive 3 3
	end
else
	skip "strace cannot be used here"
fi

# a delivery that has the former mail.db open must not write to it once it is set aside
begin_backup "a delivery that waits while the archive is replaced"
small_archive
backup
letter "$T/during.eml" 6 'During' 'It came while the archive was replaced.'
opened() { ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q "$A/mail.db\$"; }
if opened || ! ls -l /proc/$$/fd >"$T/fds" 2>&1; then
	skip "no /proc to look into"
else
	# it has opened mail.db, and waits for its turn: the lock is held until the file is replaced
	(
		flock 9
		{
			alone deliver --archive "$A" <"$T/during.eml" >"$T/d.out" 2>"$T/d.err"
			echo $? >"$T/d.status"
		} 9>&- &
		tries=0
		until opened || [ $((tries += 1)) -gt 300 ]; do sleep 0.1; done
		opened || wrong "the delivery does not open mail.db"
		sleep 0.5
		mkdir "$A/former-by-hand" && mv "$A"/mail.db* "$A/former-by-hand/"
		cp "$(newest)/mail.db" "$A/mail.db"
		chmod 660 "$A/mail.db"
	) 9>>"$A/lock.mail"
	tries=0
	until [ -s "$T/d.status" ] || [ $((tries += 1)) -gt 600 ]; do sleep 0.1; done
	same "the delivery's exit status" "$(cat "$T/d.status")" 0
	grep -q 'kept in the spool .*was replaced while it was open; postbag sweep takes it in' "$T/d.err" || wrong "the delivery says: $(cat "$T/d.err")"
	run 0 '*' sweep --archive "$A"
	check_archive 3 3
	same "in the file that was set aside" "$(sqlite3 "$A/former-by-hand/mail.db" "SELECT count(*) FROM entry WHERE type = 'delivery'")" 2
	end
fi

# an older mail.db put beside a newer index by hand: nobody is shown a letter that the truth does not have
begin_backup "an older mail.db beside a newer index"
small_archive
backup
letter "$T/lost.eml" 7 'Lost' 'It came after the backup.'
deliver "$T/lost.eml"
lost=$(newest_id)
put_back() {
	rm -f "$A"/mail.db*
	cp "$(newest)/mail.db" "$A/mail.db"
	chmod 660 "$A/mail.db"
}
put_back
for command in 'query' 'query lost' 'digest' 'status' "show $lost" "explain $lost"; do
	run 65 'does not belong to this mail.db.*postbag sweep' $command --archive "$A"
	out_empty
done
run 65 '1 fault' check --archive "$A"
out_has 'index.db: has followed more than mail.db holds.*postbag sweep'
run 0 '*' sweep --archive "$A"
run 0 '' query --archive "$A" --count
out_is 2
run 66 "no message has an id that begins with '$lost'; postbag query lists ids" show --archive "$A" "$lost"
run 0 '' check --archive "$A"
end

# the next delivery notices too, and afterwards as many entries as before do not make the histories one
begin_backup "an older mail.db beside a newer index, and a delivery"
small_archive
backup
letter "$T/lost.eml" 7 'Lost' 'It came after the backup.'
deliver "$T/lost.eml"
put_back
letter "$T/found.eml" 8 'Found' 'It came after the restoring.'
deliver "$T/found.eml"
# emptied, and as long as it is behind that is said
run 0 'the index is [0-9]+ entries behind' query --archive "$A" --count subject:lost
out_is 0
run 1 'does not reconcile' digest --archive "$A" --since 2019-02-01
out_lacks 'Lost'
run 0 '' sweep --archive "$A"
run 0 '' query --archive "$A" --count
out_is 3
run 0 '' query --archive "$A" --count subject:lost
out_is 0
run 0 '' digest --archive "$A" --since 2019-02-01
out_lacks 'Lost'
run 0 '' check --archive "$A"
end

# cp takes the file without its log: what is in the log alone is missing from the copy, and where it can be seen it is said
begin_backup "a copy made with cp, without its -wal"
small_archive
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
letter "$T/3.eml" 3 'Third' 'It stands in the log.'
deliver "$T/3.eml"
cp -a "$A" "$T/copy"
rm -f "$T/copy"/mail.db-*
run 65 'does not belong' query --archive "$T/copy" --count
run 65 'fault' check --archive "$T/copy"
out_has 'copied without its -wal'
rm -f "$T/copy"/index.db*
run 0 '*' sweep --archive "$T/copy"
run 0 '' query --archive "$T/copy" --count
out_is 2
# and a torn one: cut off, or half old and half new, it is damaged and not a crash
head -c 20000 "$A/mail.db" >"$T/copy/mail.db"
rm -f "$T/copy"/mail.db-*
run 65 '.' check --archive "$T/copy"
run 65 '.' backup --archive "$T/copy" "$B"
[ ! -e "$B" ] || [ "$(copies)" = 0 ] || wrong "a torn copy was backed up: $(ls "$B")"
end

# before an upgrade: today's program backs an archive of an older form up as it is
begin_backup "an archive of an older form"
mkdir -m 2770 "$A"
sqlite3 "$A/mail.db" <"$srcdir/tests/upgrade/mail-1a.sql"
sqlite3 "$A/mail.db" 'PRAGMA journal_mode = WAL; PRAGMA user_version = 0' >/dev/null
chmod 660 "$A/mail.db"
backup
out_has '4 messages in 5 deliveries'
run 0 'of version 0.*not looked at' backup --archive "$A" --verify "$B"
out_has 'is whole: 4 messages'
run 0 'postbag upgrade' restore --archive "$T/other" "$B"
same "version" "$(sqlite3 "$T/other/mail.db" 'PRAGMA user_version')" 0
sql mail.db 'PRAGMA user_version = 9999' >/dev/null
run 65 'newer than this program' backup --archive "$A" "$B"
end

# where the backups may not be written, the archive is named as it is
begin_backup "places that cannot be used"
small_archive
run 66 'init' backup --archive "$T/none" "$B"
[ ! -e "$B" ] || wrong "a folder was made for nothing: $(ls -A "$B")"
: >"$T/file"
run 66 '.' backup --archive "$A" "$T/file/in"
end
