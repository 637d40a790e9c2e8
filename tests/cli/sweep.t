#!/bin/sh
# postbag sweep: what deliveries put off is done, once, whenever and however often it runs.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 15

# spool_letter N: letter N goes into the spool, because mail.db is not there to take it
spool_letter() {
	letter "$T/s$1.eml" "$1" "Spooled $1" "It waited, number $1."
	cp "$A/mail.db" "$T/mail.db.whole"
	: >"$A/mail.db"
	run 0 'spool' deliver --archive "$A" --sender "s$1@example.net" --recipient harbour@example.org <"$T/s$1.eml"
	cp "$T/mail.db.whole" "$A/mail.db"
}
fresh_archive() {
	run 0 '' init "$A"
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/mail.db-*
}

# nothing to do is said by nothing
begin "nothing to do"
run 0 '' init "$A"
run 0 '*' sweep --archive "$A"
run 0 '' sweep --archive "$A"
out_empty
check_archive 0 0
end

# rules.cache as the disk changed it: its time is what it was, so that only who makes the sum sees it
begin "a rules.cache that the disk changed"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
if [ -s "$A/rules.cache" ]; then
	touch -r "$A/rules.cache" "$T/time"
	printf 'XXXX' | dd of="$A/rules.cache" bs=1 seek=2000 conv=notrunc 2>/dev/null
	touch -r "$T/time" "$A/rules.cache"
	run 0 'rules.cache was damaged.*the next delivery makes it anew' sweep --archive "$A"
	[ ! -e "$A/rules.cache" ] || wrong "it is there still"
	letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
	run 0 '*' deliver --archive "$A" <"$T/a.eml"
	run 0 '' sweep --archive "$A"
	[ -s "$A/rules.cache" ] || wrong "the next delivery did not make it anew"
	same "filed" "$(sql index.db "SELECT count(*) FROM filing WHERE id = 'quay.crane'")" 1
else
	wrong "there is no rules.cache to damage"
fi
end

# the spool: taken in with its time of arrival, its envelope and its bytes, then empty
begin "the spool"
fresh_archive
now=1549972800
spool_letter 1
now=1549976400
spool_letter 2
now=1550048400
same "spooled" "$(spooled)" 2
run 0 '2' sweep --archive "$A"
same "spooled" "$(spooled)" 0
check_archive 2 2
same "arrivals" "$(sql mail.db "SELECT group_concat(received || ' ' || sender || ' ' || recipient, ';') FROM (SELECT * FROM entry WHERE type = 'delivery' ORDER BY received)")" \
	'1549972800 s1@example.net harbour@example.org;1549976400 s2@example.net harbour@example.org'
run_raw 0 '' show --archive "$A" --raw "$(newest_id)"
out_same "$T/s2.eml"
run 0 '' sweep --archive "$A"
check_archive 2 2
end

# killed between commit and removal it would find the message again: it must not count twice
begin "a crash before the spool was emptied"
fresh_archive
spool_letter 1
cp -a "$A/spool" "$T/spool.before"
run 0 '1' sweep --archive "$A"
rm -rf "$A/spool"
cp -a "$T/spool.before" "$A/spool"
same "spooled" "$(spooled)" 1
run 0 '' digest --archive "$A" --daily=2019-02-13 # nor does the digest count the file that is left
out_has '^received 1 = input 1$'
run 0 '*' sweep --archive "$A"
same "spooled" "$(spooled)" 0
check_archive 1 1
end

# the same message spooled twice came twice
begin "two deliveries of one message in the spool"
fresh_archive
spool_letter 1
spool_letter 1
same "spooled" "$(spooled)" 2
run 0 '2' sweep --archive "$A"
check_archive 1 2
end

# two sweeps at once, and deliveries meanwhile: everything once
begin "several at once"
fresh_archive
n=0
while [ $((n += 1)) -le 5 ]; do spool_letter $n; done
letter "$T/d.eml" 9 'Direct' 'It did not wait.'
for n in 1 2 3; do run_behind "$T/sweep$n" sweep --archive "$A"; done
run_behind "$T/deliver" deliver --archive "$A" <"$T/d.eml"
wait
for n in 1 2 3; do same "sweep $n ($(head -c 200 "$T/sweep$n.err"))" "$(cat "$T/sweep$n")" 0; done
same "deliver" "$(cat "$T/deliver")" 0
run 0 '*' sweep --archive "$A"
same "spooled" "$(spooled)" 0
check_archive 6 6
end

# the index that a busy moment left behind is brought up
begin "the index"
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
same "deliveries" "$(deliveries)" 2
same "in the index" "$(sql index.db 'SELECT count(*) FROM delivery')" 1
run 0 'behind' query --archive "$A" --count
out_is 1
run 0 '*' sweep --archive "$A"
check_archive 2 2
run 0 '' query --archive "$A" --count
out_is 2
end

# no archive: an error with a remedy
begin "no archive"
alone sweep --archive "$A" >"$out" 2>"$err"
[ $? -ne 0 ] || wrong "sweep without an archive answered 0"
grep -q '^postbag: .*init' "$err" || wrong "no remedy: $(cat "$err")"
[ ! -e "$A" ] || wrong "a folder was made"
end

# an index that is gone is made anew: whoever finds it missing must not leave the spool lying
begin "no index.db"
fresh_archive
letter "$T/a.eml" 1 Hello 'The first one.'
deliver "$T/a.eml"
rm -f "$A"/index.db*
run 66 'postbag rebuild' query --archive "$A"
spool_letter 2
run 0 '1' sweep --archive "$A"
check_archive 2 2
end

# nor must an index that was emptied, or is an older program's, keep mail from being taken in and found
begin "an emptied or older index.db"
for state in emptied older; do
	fresh_archive
	letter "$T/a.eml" 1 Hello 'The first one.'
	deliver "$T/a.eml"
	if [ $state = emptied ]; then rm -f "$A"/index.db* && : >"$A/index.db"; else sql index.db 'PRAGMA user_version = 1' >/dev/null && rm -f "$A"/index.db-*; fi
	spool_letter 2
	run 0 '1' sweep --archive "$A"
	same "$state: spooled" "$(spooled)" 0
	check_archive 2 2
	rm -rf "$A"
done
end

# what is no message in the spool is named, and does not keep the others waiting
begin "odd things in the spool"
fresh_archive
spool_letter 1
mkdir "$A/spool/new/1.folder" && mkfifo "$A/spool/new/2.fifo" && : >"$A/spool/new/.nfs0001"
run 74 'not a regular file' sweep --archive "$A"
rmdir "$A/spool/new/1.folder" && rm "$A/spool/new/2.fifo" "$A/spool/new/.nfs0001"
same "spooled" "$(spooled)" 0
check_archive 1 1
end

# a commit that failed may have reached the disk: the copy in the spool is the same arrival, not a second one
begin "a commit that failed"
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	fresh_archive
	letter "$T/a.eml" 1 Hello 'The first one.'
	POSTBAG_NOW=$now LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1 "$POSTBAG" --archive "$A" deliver <"$T/a.eml" 2>/dev/null
	same "exit status" $? 0
	same "spooled" "$(spooled)" 1
	run 0 '1' sweep --archive "$A"
	same "spooled afterwards" "$(spooled)" 0
	check_archive 1 1
	end
else
	skip "needs strace"
fi

# What a failed sync left may be in the kernel's memory alone: the only copy on disk, in the spool, goes once the log was written again and synced.
begin "a commit that failed, and a power cut after sweep"
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	fresh_archive
	letter "$T/first.eml" 1 Hello 'The first one.'
	deliver "$T/first.eml" # a log that begins is synced once more
	letter "$T/a.eml" 2 Hello 'The second one.'
	traced() { # OUTPUT EXPRESSION ARGUMENT...
		_to=$1 _what=$2
		shift 2
		POSTBAG_NOW=$now LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 strace -f -y -o "$_to" $_what "$POSTBAG" --archive "$A" "$@" 2>"$err"
	}
	traced /dev/null '-e trace=fdatasync -e inject=fdatasync:error=EIO:when=1' deliver <"$T/a.eml"
	same "exit status" $? 0
	same "spooled" "$(spooled)" 1
	cp -a "$A" "$T/before" && cp -a "$A" "$T/copy" # sqlite3(1) copies the log away
	same "the entry is there" "$(sqlite3 "$T/copy/mail.db" "SELECT count(*) FROM entry WHERE type = 'delivery'")" 2
	# while the disk goes on failing the copy stays
	traced /dev/null '-e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO' sweep
	[ $? -ne 0 ] || wrong "sweep answered 0 with a disk that fails"
	same "spooled, the disk failing" "$(spooled)" 1
	rm -rf "$A" && cp -a "$T/before" "$A"
	traced "$T/trace" '-e trace=pwrite64,fsync,fdatasync,unlink,unlinkat' sweep
	same "exit status" $? 0
	same "spooled afterwards" "$(spooled)" 0
	perl -ne '
		$written = 1 if m{pwrite64\(\d+<[^>]*/mail\.db-wal>.* 0\)\s+=};
		$synced = 1 if $written && m{(fsync|fdatasync)\(\d+<[^>]*/mail\.db-wal>\)\s+= 0};
		exit($synced ? 0 : 1) if m{unlink(at)?\(.*/spool/new/};
		' "$T/trace" || wrong "the file was removed before the log was on disk: $(grep -n 'mail\.db\|spool/new' "$T/trace" | tail -n 12 | cut -c 1-160)"
	grep -q 'unlink.*/spool/new/' "$T/trace" || wrong "no removal was seen"
	check_archive 2 2
	# the same for a mail server's own copy
	printf '[archive]\nfolder = archive\n[sweep]\nfolder = failed\n' >"$T/a.conf"
	mkdir -p "$T/failed/new" "$T/failed/cur" "$T/failed/tmp"
	cp "$T/a.eml" "$T/failed/new/1.a"
	config=$T/a.conf
	traced "$T/trace" "-E POSTBAG_CONFIG=$config -e trace=fdatasync,unlink,unlinkat" sweep
	same "exit status" $? 0
	perl -ne '$synced = 1 if m{fdatasync\(\d+<[^>]*/mail\.db-wal>\)\s+= 0}; exit($synced ? 0 : 1) if m{unlink(at)?\(.*failed/new}' "$T/trace" || wrong "the mail server's copy was removed first"
	same "left" "$(find "$T/failed" -type f | wc -l)" 0
	end
else
	skip "needs strace"
fi

# One letter to two recipients in one second: the first is in mail.db, the second only in the spool, from a commit that failed before anything was written
begin "an uncertain delivery beside a certain one"
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	fresh_archive
	letter "$T/a.eml" 1 Hello 'The first one.'
	run 0 '' deliver --archive "$A" --sender s@example.net --recipient x@example.org <"$T/a.eml"
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/mail.db-*
	POSTBAG_NOW=$now LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1 \
		"$POSTBAG" --archive "$A" deliver --sender s@example.net --recipient y@example.org <"$T/a.eml" 2>/dev/null
	same "exit status" $? 0
	same "spooled" "$(spooled)" 1
	same "in mail.db" "$(deliveries)" 1
	run 0 '1' sweep --archive "$A"
	same "recipients" "$(sql mail.db "SELECT group_concat(recipient) FROM (SELECT recipient FROM entry WHERE type = 'delivery' ORDER BY seq)")" x@example.org,y@example.org
	check_archive 1 2
	end
else
	skip "needs strace"
fi

# what makes queries slow is put right: the search index's pieces are merged and the index's log is emptied, and all is found as before
begin "many pieces"
run 0 '' init "$A"
for n in 1 2 3 4 5 6 7; do
	letter "$T/p$n.eml" "$n" "Piece $n" "Each letter is a piece of its own, number $n."
	run 0 '*' deliver --archive "$A" <"$T/p$n.eml"
done
pieces() { sqlite3 "$1/index.db" 'SELECT count(DISTINCT segid) FROM search_idx'; }
# of a copy, because sqlite3 empties the log
mkdir "$T/before" && cp "$A"/index.db* "$T/before"
[ -s "$A/index.db-wal" ] || wrong "there is no log to empty"
run 0 '' sweep --archive "$A"
# it keeps its room; a head of zeros is that of no log
[ "$(head -c 32 "$A/index.db-wal" | tr -d '\0' | wc -c)" = 0 ] || wrong "the log is not empty"
at_least "pieces before" "$(pieces "$T/before")" 4
at_least "pieces fewer now" $(($(pieces "$T/before") - $(pieces "$A"))) 3
run 0 '' query --archive "$A" --count piece
out_is 7
check_archive 7 7
# an import that brings more than a quarter leaves one; a smaller one leaves the work to sweep
mkdir "$T/large" "$T/small"
for n in 11 12 13; do letter "$T/large/p$n.eml" "$n" "Piece $n" "Each letter is a piece of its own, number $n."; done
run 0 '*' import --archive "$A" "$T/large"
same "pieces after an import" "$(pieces "$A")" 1
letter "$T/small/p21.eml" 21 "Piece 21" "Each letter is a piece of its own, number 21."
run 0 '*' import --archive "$A" "$T/small"
same "pieces after a small one" "$(pieces "$A")" 2
run 0 '' query --archive "$A" --count piece
out_is 11
check_archive 11 11
run 0 '*' rebuild --archive "$A"
same "pieces after rebuild" "$(pieces "$A")" 1
end
