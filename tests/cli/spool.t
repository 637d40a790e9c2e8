#!/bin/sh
# Whatever state the archive is in, deliver keeps the message in the spool and says 0; mended, the archive gets it from sweep once, as of its arrival.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 51

then=1550048400 # a Wednesday
later=$((then + 7200))

# An archive with one letter in it, all of it in mail.db, and a copy of that.
whole_archive() {
	now=$then
	run 0 '' init "$A"
	letter "$T/a.eml" 1 Hello 'The first one.'
	deliver "$T/a.eml"
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/mail.db-*
	cp -a "$A" "$T/whole"
	letter "$T/b.eml" 2 Hello 'The second one.'
}
restore() {
	rm -rf "$A"/mail.db* "$A"/index.db* "$A"/lock.*
	cp -a "$T"/whole/mail.db "$T"/whole/index.db* "$T"/whole/lock.* "$A/"
}
page() { sql mail.db "SELECT rootpage FROM sqlite_schema WHERE name = '$1'"; }
# page_noise TABLE: the table's first page is noise from its second half on, so that it opens well and breaks when something is put in
page_noise() {
	perl -e 'open my $f, "+<", $ARGV[0] or die; seek $f, ($ARGV[1] - 1) * 4096, 0; print $f "\xa5" x 4096' "$A/mail.db" "$(page "$1")"
	rm -f "$A"/mail.db-*
}

# each state of mail.db and its neighbours
break_emptied() { : >"$A/mail.db"; }
break_truncated() { perl -e 'truncate $ARGV[0], 5000' "$A/mail.db"; }
break_header() { printf 'this was a database once, and now it is not one' | dd of="$A/mail.db" conv=notrunc 2>/dev/null; }
break_entries() { page_noise entry; }
break_contents() { page_noise content; }
break_archive_row() { page_noise archive; }
break_older() { sql mail.db 'PRAGMA user_version = 0' >/dev/null && rm -f "$A"/mail.db-*; }
break_newer() { sql mail.db 'PRAGMA user_version = 9999' >/dev/null && rm -f "$A"/mail.db-*; }
break_another_program() { rm "$A/mail.db" && sqlite3 "$A/mail.db" 'CREATE TABLE customer (name)'; }
break_gone() { rm "$A/mail.db"; }
break_folder() { rm "$A/mail.db" && mkdir "$A/mail.db"; }
break_fifo() { rm "$A/mail.db" && mkfifo "$A/mail.db"; }
break_dangling_link() { rm "$A/mail.db" && ln -s nowhere "$A/mail.db"; }
break_wal_is_a_folder() { mkdir "$A/mail.db-wal"; }
break_shm_is_a_folder() { mkdir "$A/mail.db-shm"; }
break_lock_is_a_folder() { rm "$A/lock.mail" && mkdir "$A/lock.mail"; }
break_lock_is_a_link() { rm "$A/lock.mail" && ln -s nowhere "$A/lock.mail"; }
# ... and of what is in nobody's way
break_nothing() { :; }
break_shm_is_left() { printf x >"$A/mail.db-shm"; }
break_wal_is_noise() { perl -e 'print "\xa5" x 9000' >"$A/mail.db-wal"; }
break_lock_gone() { rm "$A/lock.mail"; }
break_index_gone() { rm -f "$A"/index.db*; }
break_index_emptied() { : >"$A/index.db"; }
break_index_noise() { perl -e 'print "\xa5" x 20000' >"$A/index.db"; }
break_index_lock_is_a_folder() { rm "$A/lock.index" && mkdir "$A/lock.index"; }

digest_says() { # UNREAD
	run 0 '' digest --archive "$A" --daily=2019-02-13
	out_has '^received 2 = '
	if [ "$1" = 0 ]; then out_lacks 'unread'; else out_has "unread $1"; fi
}

for state in emptied truncated header entries contents archive_row older newer another_program gone folder fifo dangling_link wal_is_a_folder shm_is_a_folder lock_is_a_folder lock_is_a_link; do
	begin "into the spool and back: $state"
	whole_archive
	break_$state
	run 0 'kept in the spool .*/spool: .*; postbag sweep takes it in' deliver --archive "$A" --sender b@example.net <"$T/b.eml"
	out_empty
	err_lines 1
	same "spooled" "$(spooled)" 1
	restore
	now=$later
	digest_says 1
	run 0 '1 from the spool' sweep --archive "$A"
	same "spooled" "$(spooled)" 0
	[ -z "$(ls "$A/spool/envelope" "$A/spool/tmp" | grep -v :)" ] || wrong "left in the spool: $(ls "$A"/spool/*)"
	check_archive 2 2
	same "arrival" "$(sql mail.db "SELECT received, at, sender FROM entry WHERE type = 'delivery' AND seq = (SELECT max(seq) FROM entry)")" "$then|$later|b@example.net"
	run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
	out_same "$T/b.eml"
	digest_says 0
	run 0 '' sweep --archive "$A"
	check_archive 2 2
	end
done

for state in nothing shm_is_left wal_is_noise lock_gone index_gone index_emptied index_noise index_lock_is_a_folder; do
	begin "into mail.db all the same: $state"
	whole_archive
	break_$state
	run 0 '' deliver --archive "$A" <"$T/b.eml"
	out_empty
	same "spooled" "$(spooled)" 0
	same "deliveries" "$(deliveries)" 2
	case $state in index_*)
		cp -a "$T"/whole/index.db* "$A/" && rm -rf "$A/lock.index" && cp -a "$T/whole/lock.index" "$A/"
		rm -f "$A"/index.db-*
		;;
	esac
	now=$later
	run 0 '*' sweep --archive "$A"
	check_archive 2 2
	digest_says 0
	end
done

begin "no archive at all: not kept"
letter "$T/b.eml" 2 Hello 'The second one.'
run 75 'init' deliver --archive "$A" <"$T/b.eml"
[ ! -e "$A" ] || wrong "a folder was made"
mkdir "$A"
run 75 'init' deliver --archive "$A" <"$T/b.eml"
[ -z "$(ls -A "$A")" ] || wrong "made: $(ls -A "$A")"
: >"$T/file"
run 75 '*' deliver --archive "$T/file" <"$T/b.eml"
end

hold() { # DATABASE: a writer that does not queue has it
	mkfifo "$T/hold-$1"
	: >"$T/holder-$1"
	sqlite3 "$A/$1" <"$T/hold-$1" >"$T/holder-$1" 2>&1 9>&- 7>&- &
	holders="${holders-} $!"
	helpers="$helpers $!"
}
held() { # DATABASE
	_tries=0
	until grep -q 42 "$T/holder-$1" || [ $((_tries += 1)) -gt 100 ]; do sleep 0.1; done
}
statement='PRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\nSELECT 42;\n'

# Sieve gives a filter ten seconds. The worst that comes together: mail.db and index.db are locked, the processors are busy, and the message hangs the reader.
begin "in time: everything is busy"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
now=$then
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
letter "$T/b.eml" 2 Hello 'The second one.'
perl -e 'print "gantry ", "crane " x 20, "\n" for 1 .. 20000' >>"$T/b.eml"
hold mail.db
exec 9>"$T/hold-mail.db"
printf "$statement" >&9
held mail.db
hold index.db
exec 7>"$T/hold-index.db"
printf "$statement" >&7
held index.db
for n in 1 2 3 4 5 6 7 8; do
	perl -e '$end = time + 30; 1 while time < $end' 9>&- 7>&- &
	hogs="${hogs-} $!"
	helpers="$helpers $!"
done
started=$(date +%s)
run 0 'spool' deliver --archive "$A" <"$T/b.eml"
took=$(($(date +%s) - started))
kill $hogs
[ "$took" -le 10 ] || wrong "it took $took seconds"
exec 9>&-
# the archive is free again, the index is not: kept at once
started=$(date +%s)
letter "$T/c.eml" 3 Hello 'The third one.'
run 0 '' deliver --archive "$A" <"$T/c.eml"
took=$(($(date +%s) - started))
[ "$took" -le 10 ] || wrong "it took $took seconds with a locked index"
exec 7>&-
wait $holders $hogs 2>/dev/null
same "kept" "$(deliveries) $(spooled)" "2 1"
run 0 '*' sweep --archive "$A"
check_archive 3 3
end

# the hour of a repair: sweep says 75, loses nothing, and the next one does it
begin "sweep while the archive is locked"
whole_archive
break_emptied
run 0 'spool' deliver --archive "$A" <"$T/b.eml"
restore
holders=
hold mail.db
exec 9>"$T/hold-mail.db"
printf "$statement" >&9
held mail.db
run 75 'locked by another process; try again|another process is writing' sweep --archive "$A"
err_lacks 'nothing will change'
same "spooled" "$(spooled)" 1
exec 9>&-
wait $holders
run 0 '1 from the spool' sweep --archive "$A"
check_archive 2 2
end

# a file size limit is how a full disk can be had without one: the log is past it already, the spool's small file is not
begin "full: the log cannot grow"
run 0 '' init "$A"
now=$then
perl -e 'srand 5; print "Subject: big\n\n"; print map { sprintf("%08x", rand 2**32) . ($_ % 8 ? " " : "\n") } 1 .. 30000' >"$T/big.eml"
deliver "$T/big.eml"
at_least "size of the log" "$(wc -c <"$A/mail.db-wal")" 60000
letter "$T/b.eml" 2 Hello 'The second one.'
(
	ulimit -f 70
	alone deliver --archive "$A" <"$T/b.eml" >"$T/out" 2>"$T/err"
	echo $? >"$T/status"
)
same "exit status ($(cat "$T/err"))" "$(cat "$T/status")" 0
same "kept" "$(deliveries) $(spooled)" "1 1"
run 0 '*' sweep --archive "$A"
check_archive 2 2
end

# In a name space of mounts of its own: SCRIPT, with $A on a small file system at $M and the spool at $T/away.
small_world() { # SCRIPT
	config=$T/a.conf
	printf '[archive]\nfolder = %s/archive\nspool = %s/away\n' "$T/m" "$T" >"$config"
	mkdir "$T/m"
	cat >"$T/world" <<-'END'
		set -u
		mount -t tmpfs -o size=4m,mode=755 none "$T/m" || exit 200
		p() { env -i POSTBAG_NOW="$now" POSTBAG_CONFIG="$config" "$POSTBAG" "$@"; }
		p init >/dev/null && p deliver <"$T/a.eml" || exit 201
	END
	cat >>"$T/world"
	letter "$T/a.eml" 1 Hello 'The first one.'
	letter "$T/b.eml" 2 Hello 'The second one.'
	T=$T POSTBAG=$POSTBAG now=$now config=$config unshare -m sh "$T/world" >"$out" 2>"$err"
	status=$?
	shown='in a small world'
	[ "$status" != 200 ] || return 1
	same "the script's end: $(cat "$out" "$err" | head -c 500)" "$status" 0
}
can_mount() { [ "$(id -u)" = 0 ] && command -v unshare >/dev/null && unshare -m true 2>/dev/null && unshare -m mount -t tmpfs -o size=64k none /mnt 2>/dev/null; }
world_checks='
	[ "$(find "$T/away/new" -type f | wc -l)" = 1 ] || exit 4
	[ "$(sqlite3 "$T/m/archive/mail.db" "SELECT count(*) FROM entry WHERE type = '"'delivery'"'")" = 1 ] || exit 5
'
world_end='
	p sweep || exit 6
	[ "$(find "$T/away/new" -type f | wc -l)" = 0 ] || exit 7
	[ "$(sqlite3 "$T/m/archive/mail.db" "SELECT count(*) FROM entry WHERE type = '"'delivery'"'; PRAGMA integrity_check")" = "$(printf "2\nok")" ] || exit 8
	[ "$(sqlite3 "$T/m/archive/index.db" "SELECT count(*) FROM delivery")" = 2 ] || exit 9
'

begin "full: a file system without a byte left"
now=$then
if ! can_mount; then
	skip "needs root and mounts"
else
	small_world <<-END
		head -c 9000000 /dev/zero >"\$T/m/filler" 2>/dev/null
		p deliver <"\$T/b.eml" || exit 3
		$world_checks
		p sweep && exit 10
		[ "\$(find "\$T/away/new" -type f | wc -l)" = 1 ] || exit 11
		rm "\$T/m/filler"
		$world_end
	END
	end
fi

begin "nearly full: less than a fault of SQLite's needs"
if ! can_mount; then
	skip "needs root and mounts"
else
	small_world <<-END
		head -c 9000000 /dev/zero >"\$T/m/filler" 2>/dev/null
		perl -e 'truncate \$ARGV[0], (-s \$ARGV[0]) - 500000' "\$T/m/filler"
		p deliver <"\$T/b.eml" || exit 3
		$world_checks
		rm "\$T/m/filler"
		$world_end
	END
	err_has 'free'
	end
fi

begin "one message too large for what is free, and small ones behind it"
if ! can_mount; then
	skip "needs root and mounts"
else
	small_world <<-END
		mkdir "\$T/plain"
		printf '[sweep]\nfolder = %s\n' "\$T/plain" >>"\$config"
		head -c 9000000 /dev/zero >"\$T/m/filler" 2>/dev/null
		perl -e 'srand 5; print "Subject: big\n\n", map { sprintf("%08x\n", rand 2**32) } 1 .. 400000' >"\$T/big.eml"
		p deliver <"\$T/big.eml" || exit 3
		now=\$((now + 10))
		p deliver <"\$T/b.eml" || exit 4
		sed s/first/third/ "\$T/a.eml" >"\$T/plain/2" && cp "\$T/big.eml" "\$T/plain/1" && touch -d '10 minutes ago' "\$T"/plain/*
		rm "\$T/m/filler"
		p sweep
		[ \$? = 75 ] || exit 5
		[ "\$(find "\$T/away/new" -type f | wc -l)" = 1 ] || exit 6
		[ "\$(ls "\$T/plain")" = 1 ] || exit 7
		[ "\$(sqlite3 "\$T/m/archive/mail.db" "SELECT count(*) FROM entry WHERE type = 'delivery'")" = 3 ] || exit 8
	END
	end
fi

begin "mounted read-only"
if ! can_mount; then
	skip "needs root and mounts"
else
	small_world <<-END
		mount -o remount,ro "\$T/m" || exit 2
		p deliver <"\$T/b.eml" || exit 3
		$world_checks
		mount -o remount,rw "\$T/m" || exit 2
		$world_end
	END
	end
fi

# files that another user left, or a folder closed to the one who delivers: the same answer, and afterwards the same archive
begin "not allowed"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || ! setpriv --reuid=64123 --regid=64123 --clear-groups test -x "$POSTBAG"; then
	skip "needs root, setpriv and a program that others may run"
else
	whole_archive
	chown -R 64123:64123 "$A"
	chmod 755 "$T"
	mkdir "$T/away" && chown 64123:64123 "$T/away"
	printf '[archive]\nfolder = archive\nspool = away\n' >"$T/a.conf"
	config=$T/a.conf
	n=1
	for state in mail.db mail.db-wal mail.db-shm lock.mail folder; do
		n=$((n + 1))
		letter "$T/b.eml" $n Hello "Letter $n."
		if [ $state = folder ]; then thing=$A; else thing=$A/$state; fi
		[ -e "$thing" ] || : >"$thing"
		chown root:root "$thing" && chmod 600 "$thing"
		[ $state != folder ] || chmod 555 "$thing"
		POSTBAG_CONFIG=$config setpriv --reuid=64123 --regid=64123 --clear-groups "$POSTBAG" deliver <"$T/b.eml" >"$out" 2>"$err"
		status=$?
		same "$state: exit status ($(head -c 300 "$err"))" $status 0
		chown 64123:64123 "$thing" && chmod 660 "$thing"
		[ $state != folder ] || chmod 2770 "$thing"
		run 0 '*' sweep
		check_archive $n $n
		same "$state: spooled" "$(find "$T/away/new" -type f | wc -l)" 0
	done
	end
fi

# the spool's own states
begin "where the spool may be, and where it cannot"
whole_archive
break_emptied
printf '[archive]\nfolder = archive\nspool = %s\n' "$T/no/such/spool" >"$T/a.conf"
config=$T/a.conf
run 75 'spool' deliver <"$T/b.eml"
ln -s "$T/nowhere" "$T/link"
printf '[archive]\nfolder = archive\nspool = %s\n' "$T/link" >"$T/a.conf"
run 75 'spool' deliver <"$T/b.eml"
mkdir "$T/nowhere"
run 0 'spool' deliver <"$T/b.eml"
same "in the spool behind a link" "$(ls "$T/nowhere/new" | wc -l)" 1
printf '[archive]\nfolder = archive\nspool = /dev/full\n' >"$T/a.conf"
run 75 'spool' deliver <"$T/b.eml"
end

begin "modes and owners of the spool"
whole_archive
break_emptied
(umask 077 && run 0 'spool' deliver --archive "$A" --recipient x@example.org <"$T/b.eml")
find "$A/spool" -type d ! -perm 2770 >"$T/modes"
find "$A/spool" -type f ! -perm 660 >>"$T/modes"
[ ! -s "$T/modes" ] || wrong "modes: $(tr '\n' ' ' <"$T/modes")"
end

# before the answer 0 the file, its folder and every folder that may be new have been sent to the disk, in an order that a power cut cannot turn round
begin "the spool and the power cut"
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
	skip "needs strace"
else
	whole_archive
	break_emptied
	POSTBAG_NOW=$now LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 strace -f -y -o "$T/trace" -e trace=fsync,rename,renameat,renameat2 "$POSTBAG" --archive "$A" deliver <"$T/b.eml" 2>/dev/null
	same "exit status" $? 0
	grep -Eo 'fsync\([0-9]+<[^>]*>|rename[a-z0-9]*\(' "$T/trace" | sed "s|^fsync([0-9]*<$A/spool/tmp/.*|file|; s|^fsync([0-9]*<$A||; s|>\$||; s|^rename.*|rename|" | tr '\n' ' ' >"$T/order"
	grep -q 'file rename /spool/new /spool  *$' "$T/order" || wrong "the order: $(cat "$T/order")"
	end
fi

# strange things in tmp and envelope are cleared when they are old, and only then
begin "what killed deliveries left"
whole_archive
break_emptied
run 0 'spool' deliver --archive "$A" --sender b@example.net <"$T/b.eml"
: >"$A/spool/tmp/old" && : >"$A/spool/envelope/old" && touch -d '3 days ago' "$A"/spool/*/old "$A"/spool/envelope/*
: >"$A/spool/tmp/fresh" && : >"$A/spool/envelope/fresh"
run 65 '*' sweep --archive "$A"
same "left" "$(ls "$A/spool/tmp" "$A/spool/envelope" | grep -c 'fresh\|old')" 4
restore
run 0 '1 from' sweep --archive "$A"
same "left" "$(ls "$A/spool/tmp" "$A/spool/envelope" | grep -v : | tr -d '\n')" freshfresh
same "envelope" "$(sql mail.db "SELECT sender FROM entry WHERE sender IS NOT NULL")" b@example.net
end

# status tells how long, and fails after a quarter of an hour
begin "status of what waits"
whole_archive
break_emptied
run 0 'spool' deliver --archive "$A" <"$T/b.eml"
restore
now=$((then + 600))
run 0 '' status --archive "$A"
out_has 'spool +1 waiting, the oldest for 10 minutes; postbag sweep takes it in'
now=$((then + 1200))
run 1 '1 in the spool, the oldest for 20 minutes' status --archive "$A"
now=$((then + 5 * 3600))
run 1 '1 in the spool, the oldest for 5 hours' status --archive "$A"
now=$((then + 1200))
run 0 '*' sweep --archive "$A"
run 0 '' status --archive "$A"
out_has 'spool +0 waiting$'
now=$then
end

# A slip in the configuration sends a message to the archive's own spool, and so did everything before another was configured: it is not forgotten there
begin "mail in the archive's own spool, and another is configured"
whole_archive
mkdir "$T/away"
break_emptied
printf '[archive]\nfolder = archive\nspool = %s\nslip\n' "$T/away/spool" >"$T/a.conf"
config=$T/a.conf
run 0 "in the spool $A/spool" deliver --archive "$A" <"$T/b.eml"
printf '[archive]\nfolder = archive\nspool = %s\n' "$T/away/spool" >"$T/a.conf"
letter "$T/c.eml" 3 Hello 'The third one.'
run 0 "in the spool $T/away/spool" deliver <"$T/c.eml"
restore
now=$((then + 1200))
run 1 '2 in the spool, the oldest for 20 minutes' status
run 65 '*' check
same "waiting, says check" "$(grep -c '1 message waits, the first for 20 minutes' "$out")" 2
run 0 '' digest --daily=2019-02-13
out_has 'unread 2'
run 0 '2 from the spool' sweep
same "left" "$(find "$A/spool" "$T/away" -type f | wc -l)" 0
check_archive 3 3
# one folder by two names is one spool
printf '[archive]\nfolder = archive\nspool = %s\n' "$A/./spool" >"$T/a.conf"
break_emptied
letter "$T/d.eml" 4 Hello 'The fourth one.'
run 0 'in the spool' deliver <"$T/d.eml"
cp -a "$T"/whole/mail.db "$A/" && rm -f "$A"/index.db*
run 0 '*' sweep -v
err_has '1 from the spool'
now=$then
end

# --- folders of failures

failure_folder() { # LINES of [sweep]
	whole_archive
	printf '[archive]\nfolder = archive\n[sweep]\n%s\n' "$1" >"$T/a.conf"
	config=$T/a.conf
	mkdir -p "$T/failed/new" "$T/failed/cur" "$T/failed/tmp"
}

begin "a folder of failures"
failure_folder 'folder = failed; # one'
sed -i 's/; # one//' "$T/a.conf"
{ printf 'Received: from a.example.net by b.example.org; Tue, 12 Feb 2019 08:02:00 +0000\n' && cat "$T/b.eml"; } >"$T/failed/new/1549958520.M1P2.host"
letter "$T/failed/cur/1549958521.M1P2.host:2,S" 3 Hello 'The third one.'
touch -d '2019-02-12 10:00:00 UTC' "$T"/failed/cur/*
letter "$T/failed/tmp/1549958522.M1P2.host" 4 Hello 'Not whole yet.'
run 1 '2 in the folder of failures' status
run 0 '2 from folders of failures' sweep
check_archive 3 3
same "arrivals" "$(sql mail.db "SELECT group_concat(received) FROM (SELECT received FROM entry WHERE source = 'sweep' ORDER BY seq)")" "$(date -u -d '2019-02-12 10:00' +%s),$(date -u -d '2019-02-12 08:02' +%s)"
same "left" "$(find "$T/failed" -type f | wc -l)" 1
run 0 '' sweep
check_archive 3 3
run 0 '' status
out_has 'failures +0 waiting'
end

# deliver had kept it, and was stopped before it could say so; or it lies in the spool: one delivery
begin "a failure that was none"
failure_folder 'folder = failed'
cp "$T/a.eml" "$T/failed/new/1.a"
break_emptied
run 0 'spool' deliver <"$T/b.eml"
restore
cp "$T/b.eml" "$T/failed/new/2.b"
run 0 '1 from the spool, 0 from folders of failures' sweep
check_archive 2 2
same "left" "$(find "$T/failed" -type f | wc -l)" 0
end

# killed between commit and removal: found again, not counted again
begin "a sweep that was killed"
failure_folder 'folder = failed'
cp "$T/b.eml" "$T/failed/new/2.b"
run 0 '1 from folders' sweep
cp "$T/b.eml" "$T/failed/new/2.b"
run 0 '' sweep
check_archive 2 2
same "left" "$(find "$T/failed" -type f | wc -l)" 0
end

begin "odd things in a folder of failures"
failure_folder 'folder = failed'
mkfifo "$T/failed/new/1.fifo" && ln -s /etc/passwd "$T/failed/new/2.link" && mkdir "$T/failed/new/3.folder" && : >"$T/failed/new/.hidden"
cp "$T/b.eml" "$T/failed/new/4.b"
: >"$T/failed/cur/5.empty"
run 74 'not a regular file' sweep
err_has '1\.fifo|2\.link'
same "left" "$(find "$T/failed/new" "$T/failed/cur" -mindepth 1 | wc -l)" 4
check_archive 3 3
end

begin "a plain folder, and one that is not there yet"
failure_folder 'folder = plain
folder = absent'
mkdir "$T/plain" "$T/plain/sub"
cp "$T/b.eml" "$T/plain/b.eml" && cp "$T/b.eml" "$T/plain/sub/b.eml"
run 0 '' sweep # it may still be written
same "left" "$(find "$T/plain" -type f | wc -l)" 2
touch -d '2 days' "$T/plain/b.eml" # a clock that is wrong
run 0 '1 from folders' sweep
same "left" "$(find "$T/plain" -type f | wc -l)" 1
cp "$T/b.eml" "$T/plain/b.eml" && touch -d '10 minutes ago' "$T/plain/b.eml"
printf '\177ELF nothing of the kind' >"$T/plain/program" && touch -d '10 minutes ago' "$T/plain/program"
run 74 'does not begin like mail' sweep
same "left" "$(find "$T/plain" -type f | wc -l)" 2
check_archive 2 2
end

# another file that takes the name while the first is being taken in stays for the next sweep, and so does what a killed sweep was about to remove
begin "a name that is used again"
if ! command -v strace >/dev/null || ! strace -o /dev/null -e trace=fdatasync -e inject=fdatasync:delay_enter=1000 true 2>/dev/null; then
	skip "needs strace"
else
	failure_folder 'folder = plain'
	mkdir "$T/plain"
	letter "$T/c.eml" 3 Hello 'The third one.'
	cp "$T/b.eml" "$T/plain/mail" && touch -d '10 minutes ago' "$T/plain/mail"
	touch -d '9 minutes ago' "$T/c.eml"
	POSTBAG_NOW=$now POSTBAG_CONFIG=$config LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 strace -f -y -o "$T/trace" -e trace=fdatasync -e inject=fdatasync:delay_exit=3000000 \
		"$POSTBAG" sweep >"$out" 2>"$err" &
	tracer=$!
	helpers="$helpers $tracer"
	tries=0
	until grep -q 'fdatasync' "$T/trace" 2>/dev/null || [ $((tries += 1)) -gt 300 ]; do sleep 0.02; done
	mv "$T/c.eml" "$T/plain/mail"
	wait $tracer
	same "exit status ($(cat "$err"))" $? 0
	same "left" "$(ls -A "$T/plain")" mail
	run 0 '1 from folders' sweep
	check_archive 3 3
	letter "$T/plain/.postbag-1-0123" 4 Hello 'The fourth one.'
	touch -d '9 minutes ago' "$T/plain/.postbag-1-0123"
	run 0 '1 from folders' sweep
	check_archive 4 4
	same "left" "$(ls -A "$T/plain")" ''
	end
fi

# a healthy copy mends what is damaged in mail.db, and is not dropped in favour of it when it cannot
begin "a copy of a damaged message"
failure_folder 'folder = failed'
damage() { sql mail.db "UPDATE content SET raw = x'00112233'" >/dev/null; }
damage
{ printf 'Received: by b.example.org; Tue, 12 Feb 2019 08:02:00 +0000\n' && cat "$T/a.eml"; } >"$T/failed/new/1.other"
run 65 'damaged' sweep
same "left" "$(ls "$T/failed/new")" 1.other
rm "$T/failed/new/1.other"
cp "$T/a.eml" "$T/failed/new/2.same"
run 0 'whole again' sweep
same "left" "$(ls "$T/failed/new")" ''
run_raw 0 '' show --raw "$(newest_id)"
out_same "$T/a.eml"
damage
run 0 'whole again' import "$T/a.eml"
run_raw 0 '' show --raw "$(newest_id)"
out_same "$T/a.eml"
check_archive 1 1
end

# an mbox is many messages, and taken in as one the others would be out of sight
begin "an mbox in a folder of failures"
failure_folder 'folder = plain'
mkdir "$T/plain"
letter "$T/c.eml" 3 Hello 'The third one.'
from='From ada@example.net Tue Feb 12 08:00:00 2019'
{ echo "$from" && cat "$T/b.eml" && echo && echo "$from" && cat "$T/c.eml"; } >"$T/plain/mbox"
{ echo "$from" && cat "$T/b.eml"; } >"$T/plain/single"
touch -d '10 minutes ago' "$T"/plain/*
run 74 'mbox.*postbag import' sweep
same "left" "$(ls "$T/plain")" mbox
check_archive 2 2
run 0 '*' import "$T/plain/mbox"
check_archive 3 3
end

# a slip that names the inbox must not empty it
begin "a mailbox is refused"
failure_folder 'folder = Maildir'
mkdir -p "$T/Maildir/new" "$T/Maildir/cur" "$T/Maildir/tmp" "$T/Maildir/.Sent/new" "$T/Maildir/.Sent/cur"
cp "$T/b.eml" "$T/Maildir/new/1.b"
run 78 'mailbox' sweep
same "left" "$(find "$T/Maildir" -type f | wc -l)" 1
check_archive 1 1
printf '[archive]\nfolder = archive\n[sweep]\nfodler = x\n' >"$T/a.conf"
run 78 'a\.conf:4:.*folder' sweep
end

# two sweeps at once: the second sees that and ends
begin "one sweep at a time"
failure_folder 'folder = failed'
exec 7<"$A"
perl -e 'open my $f, "<&=7"; flock $f, 2' && run 0 'another sweep' sweep -v
exec 7<&-
run 0 '' sweep
end

begin "the timer's files"
if ! command -v systemd-analyze >/dev/null; then
	skip "needs systemd-analyze"
else
	mkdir "$T/units"
	sed "s|/usr/local/bin/postbag|$POSTBAG|" "$srcdir/contrib/systemd/postbag-sweep.service" >"$T/units/postbag-sweep.service"
	cp "$srcdir/contrib/systemd/postbag-sweep.timer" "$T/units/"
	for unit in service timer; do
		systemd-analyze verify --man=no "$T/units/postbag-sweep.$unit" >"$T/verify" 2>&1 || wrong "systemd-analyze: $(cat "$T/verify")"
		! grep "postbag-sweep" "$T/verify" >"$T/found" || wrong "postbag-sweep.$unit: $(cat "$T/found")"
	done
	end
fi
