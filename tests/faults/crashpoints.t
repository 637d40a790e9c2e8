#!/bin/sh
# Crash points: each call that changes a file, between the start of a command and its answer, fails or is the last thing the process does.
# What was answered with 0 is there, exactly once; what was not is delivered again and then there once; nothing is ever doubled or damaged.
# Every point is counted on an undisturbed run first. make check takes a sample that changes by the day; the seed is printed.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
need_strace
plan 9

calls=write,writev,pwrite64,pwritev,fdatasync,fsync,sync_file_range,ftruncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,openat,mkdir,mkdirat,chmod,fchmod,mmap
sample=$(either 18 100000)

# points TRACE >LIST: lines "CALL N FAULT" for all calls on files of the archive or its spool. strace counts the calls of each thread by themselves.
# The first of each kind of call and fault come first, then all others; both in an order that the seed settles.
points() {
	perl -e '
		my ($folder, $seed, $sanitized) = @ARGV;
		my (%n, %seen, %kinds, @first, @rest, $first);
		while (<STDIN>) {
			my ($thread, $call, $rest) = /^(\d+) +(\w+)\((.*)/ or next;
			$first //= $thread;
			my $n = ++$n{$thread}{$call};
			index($rest, $folder) >= 0 or next;
			# other threads have few such calls, and the first few of the process are those of the dynamic linker
			$call =~ /^(openat|mmap)$/ && $thread ne $first and next;
			$call eq "mmap" && $sanitized and next;
			$seen{"$call $n"}++ and next;
			push @rest, map { "$call $n $_" } $call eq "mmap" ? ("error=ENOMEM", "signal=KILL") : ("error=EIO", "error=ENOSPC", "signal=KILL");
		}
		srand $seed;
		for my $i (reverse 1 .. $#rest) { my $j = int rand($i + 1); @rest[$i, $j] = @rest[$j, $i] }
		for (splice @rest) {
			my ($call, $n, $fault) = split;
			push @{$kinds{"$call $fault"}++ ? \@rest : \@first}, $_;
		}
		print map { "$_\n" } @first, @rest;
	' "$T" "$seed" "$(sanitized && echo 1)"
}

fresh() { # the archive as the test made it
	rm -rf "$A"
	cp -a "$T/before" "$A"
}

# After a fault and what was done about it: everything is there once and whole.
settled() { # WHAT MESSAGES LEAST-DELIVERIES MOST-DELIVERIES
	alone sweep --archive "$A" >"$out" 2>"$err" || wrong "$1: sweep afterwards: exit status $?: $(head -c 300 "$err" | tr '\n' ';')"
	_got=$(
		{
			sqlite3 -separator ' ' "$A/mail.db" "SELECT (SELECT count(*) FROM content), (SELECT count(*) FROM entry WHERE type = 'delivery'); PRAGMA integrity_check"
			sqlite3 -separator ' ' "$A/index.db" "SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM delivery); PRAGMA integrity_check"
		} 2>&1 | tr '\n' ' '
	)
	# shellcheck disable=SC2086
	set -- "$@" $_got
	{ [ "$5" = "$2" ] && [ "$6" -ge "$3" ] && [ "$6" -le "$4" ] && [ "$7" = ok ] && [ "$8 $9" = "$5 $6" ] && [ "${10}" = ok ]; } 2>"$root/compared" ||
		wrong "$1: messages, deliveries, integrity in mail.db, in index.db: $_got; expected $2, $3 to $4, ok, the same, ok"
	[ "$(spooled)" = 0 ] || wrong "$1: $(spooled) left in the spool"
}

# The message whose file is given is in the archive as it came.
is_there() { # WHAT FILE MESSAGE-ID-KEY
	_id=$(sqlite3 "$A/index.db" "SELECT public_id FROM message WHERE message_id LIKE '%$3@%'")
	alone show --archive "$A" --raw "$_id" 2>"$err" | cmp -s - "$2" || wrong "$1: not the bytes that came: $(head -c 300 "$err" | tr '\n' ';')"
}

answered_0=0 answered_75=0 killed=0
answer() { # WHAT FAULT: counts $status, which must be one that a mail server may see
	case $status:$2 in
	0:*) answered_0=$((answered_0 + 1)) ;;
	75:*) answered_75=$((answered_75 + 1)) ;;
	137:signal=KILL) killed=$((killed + 1)) ;;
	*) wrong "$1: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
	esac
}

# --- one way to go wrong

# The tested one delivers $T/new.eml with a mail.db that works.
try_deliver() { # WHAT CALL N FAULT
	traced "$T/trace" "trace=$2" "inject=$2:$4:when=$3" -- deliver --archive "$A" <"$T/new.eml"
	answer "$1" "$4"
	if [ "$status" = 0 ]; then
		at_least "$1: answered 0, messages in the archive and the spool" $(($(contents) + $(spooled))) $((base + 1))
		settled "$1" $((base + 1)) $((base + 1)) $((base + 1))
	else
		_first=$status
		alone deliver --archive "$A" <"$T/new.eml" >"$out" 2>"$err" || wrong "$1: answered $_first; delivered again: $(head -c 300 "$err" | tr '\n' ';')"
		settled "$1" $((base + 1)) $((base + 1)) $((base + 2))
	fi
	is_there "$1" "$T/new.eml" new
}

# The same with a mail.db that takes nothing: into the spool. Afterwards mail.db is mended.
try_spool() { # WHAT CALL N FAULT
	traced "$T/trace" "trace=$2" "inject=$2:$4:when=$3" -- deliver --archive "$A" --sender ada@example.net <"$T/new.eml"
	answer "$1" "$4"
	_most=1
	if [ "$status" = 0 ]; then
		same "$1: in the spool" "$(spooled)" 1
	else
		_first=$status _most=2
		alone deliver --archive "$A" --sender ada@example.net <"$T/new.eml" >"$out" 2>"$err" || wrong "$1: answered $_first; delivered again: $(head -c 300 "$err" | tr '\n' ';')"
	fi
	cp "$T/mail.db" "$A/mail.db"
	settled "$1" $((base + 1)) $((base + 1)) $((base + _most))
	is_there "$1" "$T/new.eml" new
	[ "$(sql mail.db "SELECT count(*) FROM entry WHERE sender = 'ada@example.net'")" -ge 1 ] || wrong "$1: the envelope sender is lost"
}

# The tested one is sweep, with two messages in the spool.
try_sweep() { # WHAT CALL N FAULT
	traced "$T/trace" "trace=$2" "inject=$2:$4:when=$3" -- sweep --archive "$A"
	case $status in
	0 | 6[4-9] | 7[0-8]) answered_0=$((answered_0 + 1)) ;;
	137) killed=$((killed + 1)) ;;
	*) wrong "$1: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
	esac
	settled "$1" $((base + 2)) $((base + 2)) $((base + 2))
	is_there "$1" "$T/new.eml" new
	is_there "$1" "$T/other.eml" other
}

# The tested one is pack, with three letters that fill a block.
try_pack() { # WHAT CALL N FAULT
	traced "$T/trace" "trace=$2" "inject=$2:$4:when=$3" -- pack --archive "$A" --older-than 0d
	case $status in
	0 | 6[4-9] | 7[0-8]) answered_0=$((answered_0 + 1)) ;;
	137) killed=$((killed + 1)) ;;
	*) wrong "$1: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
	esac
	same "$1: messages without bytes" "$(sql mail.db 'SELECT count(*) FROM content WHERE raw IS NULL AND block IS NULL')" 0
	settled "$1" 6 6 6
	for _n in 4 5 6; do is_there "$1" "$T/$_n.eml" "old$_n"; done
	alone pack --archive "$A" --older-than 0d >"$out" 2>"$err" || wrong "$1: pack afterwards: exit status $?: $(head -c 300 "$err" | tr '\n' ';')"
	same "$1: packed afterwards" "$(sql mail.db 'SELECT count(*) FROM content WHERE block IS NOT NULL AND raw IS NULL')" 6
	for _n in 4 5 6; do is_there "$1" "$T/$_n.eml" "old$_n"; done
}

# series WHAT TRY ARGUMENT...: counts the calls of "postbag ARGUMENT..." on a fresh archive, with $T/new.eml on standard input, and tries the points
series() {
	_what=$1 _try=$2
	shift 2
	fresh
	traced "$T/count" "trace=$calls" -- "$@" <"$T/new.eml"
	[ "$status" = 0 ] || wrong "$_what, undisturbed: exit status $status: $(head -c 300 "$err" | tr '\n' ';')"
	points <"$T/count" >"$T/points"
	head -n "$sample" "$T/points" >"$T/chosen"
	answered_0=0 answered_75=0 killed=0 _tried=0 _kinds=$(cut -d' ' -f1,3 "$T/points" | sort -u | wc -l)
	while read -r _call _n _fault; do
		_again=0
		# in whose turn a call comes may depend on what else the machine does: a point that was missed is tried again
		while [ $((_again += 1)) -le 4 ]; do
			fresh
			cp "$diagnosis" "$T/diagnosis"
			"$_try" "$_what, $_call $_n $_fault" "$_call" "$_n" "$_fault"
			case $_fault in
			signal=KILL) [ "$status" != 137 ] || break ;;
			*) ! grep -q INJECTED "$T/trace" || break ;;
			esac
			cmp -s "$diagnosis" "$T/diagnosis" || break
		done
		[ "$_again" -le 4 ] || wrong "$_what: $_call number $_n was never reached: the probe proves nothing"
		_tried=$((_tried + 1))
	done <"$T/chosen"
	at_least "$_what: points tried" "$_tried" 8
	note "$_what: $(wc -l <"$T/points") points of $_kinds kinds, $_tried tried: $answered_0 answered, $answered_75 answered \"try again\", $killed killed (seed $seed)"
}

# an archive of a few letters, its log as deliveries leave it
begin_archive() {
	run 0 '' init "$A"
	for n in 1 2 3; do
		mail "$T/$n.eml" "old$n"
		deliver "$T/$n.eml"
	done
	base=3
	mail "$T/new.eml" new 3000
	mail "$T/other.eml" other
}

# an ordinary delivery
begin "deliver"
begin_archive
cp -a "$A" "$T/before"
series deliver try_deliver deliver --archive "$A"
end

# one whose commit makes the checkpoint fall due: the log is copied into mail.db, and emptied
begin "deliver with a checkpoint"
begin_archive
while [ "$base" -lt 60 ]; do
	cp -a "$A" "$T/last"
	mail "$T/old.eml" "old$((base + 1))" 30000
	deliver "$T/old.eml"
	cmp -s "$A/mail.db" "$T/last/mail.db" || break
	base=$((base + 1))
	rm -rf "$T/last"
done
[ -d "$T/last" ] || wrong "no checkpoint in $base deliveries"
mail "$T/new.eml" new 30000
mv "$T/last" "$T/before"
series checkpoint try_deliver deliver --archive "$A"
grep -q 'pwrite64(.*mail\.db>' "$T/count" || wrong "there was no checkpoint"
end

# the first delivery after the index was lost makes it anew or leaves it; the message is safe either way
begin "deliver without an index"
begin_archive
rm -f "$A"/index.db*
cp -a "$A" "$T/before"
sample=$(either 8 100000)
series "no index" try_deliver deliver --archive "$A"
sample=$(either 18 100000)
end

# mail.db cannot be used, so the message goes into the spool, which is made for it
begin "deliver into a new spool"
begin_archive
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
rm -f "$A"/mail.db-*
mv "$A/mail.db" "$T/mail.db"
: >"$A/mail.db"
cp -a "$A" "$T/before"
series spool try_spool deliver --archive "$A" --sender ada@example.net
end

# sweep takes in two messages, which are nowhere else
begin "sweep"
begin_archive
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
rm -f "$A"/mail.db-*
mv "$A/mail.db" "$T/mail.db"
: >"$A/mail.db"
run 0 spool deliver --archive "$A" --sender ada@example.net <"$T/new.eml"
run 0 spool deliver --archive "$A" <"$T/other.eml"
mv "$T/mail.db" "$A/mail.db"
cp -a "$A" "$T/before"
series sweep try_sweep sweep --archive "$A"
end

# older letters are put into a block: each stays in one place or the other
begin "pack"
begin_archive
for n in 4 5 6; do
	mail "$T/$n.eml" "old$n" 300000
	deliver "$T/$n.eml"
done
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
now=$((now + 86400))
cp -a "$A" "$T/before"
series pack try_pack pack --archive "$A" --older-than 0d
now=$((now - 86400))
end

# a disk that does nothing any more: "try again", and nothing else
begin "no call works any more"
begin_archive
cp -a "$A" "$T/before"
for faults in fdatasync,fsync:error=EIO pwrite64,fsync:error=ENOSPC fdatasync,rename,renameat,renameat2:error=ENOSPC fdatasync,mkdir:error=EROFS; do
	fresh
	traced "$T/trace" "trace=${faults%%:*}" "inject=$faults" -- deliver --archive "$A" <"$T/new.eml"
	grep -q INJECTED "$T/trace" || wrong "$faults: nothing was reached"
	same "$faults: exit status ($(head -c 300 "$err" | tr '\n' ';'))" "$status" 75
	alone deliver --archive "$A" <"$T/new.eml" >"$out" 2>"$err" || wrong "$faults: delivered again: $(head -c 300 "$err" | tr '\n' ';')"
	settled "$faults" 4 4 5
	is_there "$faults" "$T/new.eml" new
done
end

# a disk that is slow is waited for
begin "slow calls"
begin_archive
cp -a "$A" "$T/before"
for call in fdatasync pwrite64 openat; do
	fresh
	traced "$T/trace" "trace=$call" "inject=$call:delay_enter=1500000:when=1" -- deliver --archive "$A" <"$T/new.eml"
	grep -q 'DELAYED' "$T/trace" || wrong "$call: nothing was reached"
	same "$call: exit status" "$status" 0
	settled "slow $call" 4 4 4
done
end

# one delivery hangs within its commit: the others do not wait for ever, are kept in the spool, and all are there in the end, once
begin "one that hangs with the archive locked"
begin_archive
{
	traced "$T/trace" trace=fdatasync inject=fdatasync:delay_enter=9000000:when=1 -- deliver --archive "$A" <"$T/new.eml"
	echo "$status" >"$T/hanging"
} &
helpers="$helpers $!"
tries=0
until [ -s "$T/trace" ] && grep -q fdatasync "$T/trace" || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
for n in 4 5; do
	mail "$T/$n.eml" "late$n"
	run_behind "$T/$n.status" deliver --archive "$A" <"$T/$n.eml"
done
wait
same "the hanging one" "$(cat "$T/hanging")" 0
same "the others" "$(cat "$T/4.status" "$T/5.status" | tr '\n' ' ')" '0 0 '
at_least "in the spool meanwhile" "$(spooled)" 2
settled "after all" 6 6 6
end
