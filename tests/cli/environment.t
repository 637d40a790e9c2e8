#!/bin/sh
# postbag deliver in the environments that mail servers make: in each the message is kept exactly once and the answer is 0, or it is not kept and the answer 75.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 15

number=0
options=$(env | sed -n 's/^\([ALU]*SAN_OPTIONS=.*\)/\1/p')

kept() { echo $(($(deliveries) + $(spooled))); }

fresh() {
	run 0 '' init "$A"
	cases=0
}

# case_of NAME ANSWER COMMAND...: a new letter on the standard input of COMMAND, which must end in deliver with "$@" filled in by itself. ANSWER: 0, 75, or
# "either" where the system decides which. What comes out is no mail, no status, and nothing on standard output.
case_of() {
	_name=$1 _answer=$2
	shift 2
	cases=$((cases + 1)) number=$((number + 1))
	letter "$T/letter.eml" $((number % 60)) "Quagga $number" "5.1.1 zebrafinch number $number"
	_before=$(kept)
	"$@" <"$T/letter.eml" >"$T/case.out" 2>"$T/case.err"
	check_case "$_name" "$_answer" $? "$_before"
}

check_case() { # NAME ANSWER STATUS BEFORE
	case $2/$3 in
	0/0 | 75/75 | either/0 | either/75) ;;
	*) wrong "$1: exit status $3, expected $2; stderr: $(head -c 300 "$T/case.err" | tr '\n' ';')" ;;
	esac
	if [ "$3" = 0 ]; then _grown=1; else _grown=0; fi
	same "$1: answer $3, kept" $(($(kept) - $4)) $_grown
	[ ! -s "$T/case.out" ] || wrong "$1: on stdout: $(head -c 200 "$T/case.out")"
	! grep -v '^postbag: ' "$T/case.err" >"$T/strange" || wrong "$1: on stderr: $(head -n 1 "$T/strange" | cut -c 1-300)"
	! grep -E 'Quagga|zebrafinch|ada@' "$T/case.err" >"$T/strange" || wrong "$1: mail on stderr: $(head -n 1 "$T/strange" | cut -c 1-300)"
}

bare() { env -i $options POSTBAG_CONFIG="$root/none.conf" "$@"; }
simply() { bare "$POSTBAG" deliver --archive "$A" "$@"; }
# perl_then SCRIPT: perl makes the environment, then becomes the delivery
perl_then() { _script=$1; shift; bare perl -e "$_script; exec @ARGV or die" "$POSTBAG" deliver --archive "$A" "$@"; }
limited() { _limits=$1; shift; (ulimit $_limits 2>/dev/null || exit 111; simply "$@"); }
at_end() { # MESSAGES: what the sweep makes of it
	run 0 '*' sweep --archive "$A"
	check_archive "$1" "$1"
}

begin "variables"
fresh
for name in 'LANG=C' 'LANG=tr_TR.UTF-8 LC_ALL=xx_YY.bogus' 'TZ=:/nowhere' 'TZ=Mars/Olympus' 'HOME=/nowhere TMPDIR=/nowhere' 'PATH=' 'G_MESSAGES_DEBUG=all G_DEBUG=fatal-warnings' 'LANG=' \
	'MAIL_CONFIG=/etc/postfix' 'MALLOC_CHECK_=3 MALLOC_PERTURB_=7' "XDG_CONFIG_HOME=/nowhere USER="; do
	case_of "$name" 0 bare $name "$POSTBAG" deliver --archive "$A"
done
case_of 'nothing but the options of sanitizers' 0 env -i $options "$POSTBAG" deliver --archive "$A"
at_end $cases
end

begin "current folder"
fresh
in_deleted() { (mkdir "$T/gone" && cd "$T/gone" && rmdir "$T/gone" && simply "$@"); }
in_relative() { (cd "$T" && bare "$POSTBAG" deliver --archive archive); }
in_deleted_relative() { (mkdir "$T/gone" && cd "$T/gone" && rmdir "$T/gone" && bare "$POSTBAG" deliver --archive ../archive); }
case_of deleted 0 in_deleted
case_of relative 0 in_relative
case_of 'deleted and relative' either in_deleted_relative
at_end "$(kept)"
end

# dovecot-lmtpd leaks descriptors 3 to 16; a database must not get one of the standard ones, and a child none at all
begin "leaked descriptors"
fresh
case_of 'files, folders and pipes up to 40' 0 perl_then '$^F = 1000; for (1 .. 9) { pipe my ($r, $w); open my $f, "<", "/etc/passwd"; opendir my $d, "/"; push @keep, $r, $w, $f, $d }'
case_of 'a full pipe that nobody reads' 0 perl_then '$^F = 1000; use Fcntl; pipe $r, $w; fcntl $w, F_SETFL, O_NONBLOCK; 1 while syswrite $w, "x" x 4096; fcntl $w, F_SETFL, 0'
case_of 'a lock on the archive' 0 perl_then '$^F = 1000; open $f, "<", "/dev/null"; flock $f, 2'
at_end $cases
end

begin "standard input"
fresh
from_pipe() { cat | simply "$@"; }
slowly() { perl -e '$| = 1; while (read STDIN, $_, 40) { print; select undef, undef, undef, 0.01 }' | simply "$@"; }
from_socket() { bare perl -e 'use Socket; socketpair $a, $b, AF_UNIX, SOCK_STREAM, 0; $p = fork; if (!$p) { close $a; local $/; print $b scalar <STDIN>; exit } close $b; open STDIN, "<&", $a; close $a; exec @ARGV' "$POSTBAG" deliver --archive "$A"; }
from_nothing() { simply "$@" <&-; }
from_folder() { simply "$@" <"$T"; }
from_write_only() { simply "$@" 0>"$T/write-only"; }
not_blocking() { perl_then 'use Fcntl; fcntl STDIN, F_SETFL, O_NONBLOCK' "$@"; }
case_of pipe 0 from_pipe
case_of 'pipe, piece by piece' 0 slowly
case_of socket 0 from_socket
case_of 'file, not blocking' 0 not_blocking
case_of closed 75 from_nothing
case_of 'a folder' 75 from_folder
case_of 'open for writing only' 75 from_write_only
at_end 4
end

begin "standard output and error"
fresh
no_output() { simply -v "$@" >&-; }
no_error() { simply -v "$@" 2>&-; }
neither() { simply -v "$@" >&- 2>&-; }
full() { simply -v "$@" >/dev/full 2>/dev/full; }
broken() { bare perl -e 'pipe $r, $w; open STDOUT, ">&", $w; open STDERR, ">&", $w; close $r; close $w; exec @ARGV' "$POSTBAG" deliver -v --archive "$A" "$@"; }
stuffed() { bare perl -e 'use Fcntl; pipe $r, $w; fcntl $w, F_SETFL, O_NONBLOCK; 1 while syswrite $w, "x" x 4096; fcntl $w, F_SETFL, 0; $^F = 99; fcntl $r, F_SETFD, 0; open STDERR, ">&", $w; exec @ARGV' "$POSTBAG" deliver -v --archive "$A" "$@"; }
read_only() { simply -v "$@" 2</dev/null; }
for name in no_output no_error neither full broken stuffed read_only; do
	case_of $name 0 $name 2>"$T/shell"
done
at_end $cases
end

begin "signals"
fresh
case_of 'all ignored' 0 perl_then 'for (keys %SIG) { next if /^(KILL|STOP|NUM\d+|RTM..)$/; $SIG{$_} = "IGNORE" }'
case_of 'all blocked' 0 perl_then 'use POSIX; $s = POSIX::SigSet->new; $s->fillset; sigprocmask(SIG_BLOCK, $s)'
case_of 'an alarm running' 0 perl_then 'alarm 1000'
at_end $cases
end

begin "limits"
fresh
if sanitized; then stack=1024; else stack=128; fi
limit_soft_files() { (ulimit -S -f 8; simply "$@"); }
case_of '16 descriptors' 0 limited '-n 16'
case_of '7 descriptors' either limited '-n 7'
case_of 'a soft limit of 4 kB on files' 0 limit_soft_files
case_of 'files of nothing' 75 limited '-f 0'
case_of 'files of 64 kB' either limited '-f 128'
case_of 'a small stack' 0 limited "-s $stack"
case_of 'a second of processor' 0 limited '-t 2'
case_of 'no core' 0 limited '-c 0'
case_of 'no locked memory' 0 limited '-l 0'
ulimit -f unlimited 2>/dev/null
run 0 '*' sweep --archive "$A"
same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
same "spooled" "$(spooled)" 0
end

# dovecot-lmtpd gives 256 MiB; less than that must not cost a message either, whoever runs out first
begin "memory"
if sanitized; then
	skip "a sanitizer's program needs terabytes of address space"
else
	fresh
	case_of '256 MiB' 0 limited '-v 262144'
	for mib in 120 90 80 70 60 50 45 40 35 30 25 20; do
		case_of "$mib MiB" either limited "-v $((mib * 1024))"
	done
	# the soft limit is somebody's habit, the hard one is the law
	soft_memory() { (ulimit -S -v 30000; simply "$@"); }
	case_of 'a soft limit of 30 MB' 0 soft_memory
	perl -e 'print "Subject: long\n\n"; print "x" x 72, "\n" for 1 .. 600000' >"$T/long.eml"
	before=$(kept)
	limited '-v 262144' <"$T/long.eml" 2>"$T/case.err"
	status=$?
	same "40 MB of mail in 256 MiB: $(head -c 200 "$T/case.err")" $status 0
	same "kept" $(($(kept) - before)) 1
	run 0 '*' sweep --archive "$A"
	same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
	same "spooled" "$(spooled)" 0
	end
fi

# no process for the reader, no thread: kept all the same, and read later
begin "no processes"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || ! command -v prlimit >/dev/null || ! setpriv --reuid=64123 --regid=64123 --clear-groups test -x "$POSTBAG"; then
	skip "needs root, setpriv and a program that others may run"
else
	fresh
	chmod 755 "$T"
	chown -R 64123:64123 "$A"
	as_other() { bare ASAN_OPTIONS=detect_leaks=0 prlimit --nproc=1 setpriv --reuid=64123 --regid=64123 --clear-groups "$POSTBAG" deliver --archive "$A" "$@"; }
	case_of 'RLIMIT_NPROC 1' 0 as_other
	same "kept in mail.db" "$(deliveries)" 1
	grep -q 'reader' "$T/case.err" || sanitized || wrong "the reader was started all the same: $(cat "$T/case.err")"
	# nor does a sweep without processes give a message up: it takes in what waits and leaves the reading to the next
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	cp "$A/mail.db" "$T/mail.db" && rm -f "$A"/mail.db-* && : >"$A/mail.db"
	chown 64123:64123 "$A/mail.db"
	number=$((number + 1))
	letter "$T/letter.eml" $number 'Quagga' zebrafinch
	run 0 'spool' deliver --archive "$A" <"$T/letter.eml"
	cat "$T/mail.db" >"$A/mail.db"
	# as somebody who has no process at all: what a delivery's reader leaves until init reaps it counts too
	chown -R 64124:64124 "$A"
	bare ASAN_OPTIONS=detect_leaks=0 prlimit --nproc=1 setpriv --reuid=64124 --regid=64124 --clear-groups "$POSTBAG" sweep --archive "$A" >"$T/case.out" 2>"$T/case.err"
	status=$?
	same "a sweep without processes ($(head -c 300 "$T/case.err"))" $status 71
	same "kept in mail.db" "$(deliveries) $(spooled)" '2 0'
	at_end 2
	same "unread" "$(sql index.db "SELECT count(*) FROM message WHERE unread IS NOT NULL")" 0
	end
fi

begin "umask and priority"
fresh
for mask in 077 022 000 777; do
	masked() { (umask $mask; simply "$@"); }
	case_of "umask $mask" 0 masked
done
lowest() { bare nice -n 19 "$POSTBAG" deliver --archive "$A"; }
case_of 'nice 19' 0 lowest
at_end $cases
find "$A" -type f ! -perm 660 >"$T/modes"
[ ! -s "$T/modes" ] || wrong "modes: $(tr '\n' ' ' <"$T/modes")"
end

# root becomes the owner before it touches a file; the group alone is enough for others; whoever has neither gets 75
begin "users"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || ! setpriv --reuid=64123 --regid=64123 --clear-groups test -x "$POSTBAG"; then
	skip "needs root, setpriv and a program that others may run"
else
	fresh
	chmod 755 "$T"
	chown -R 64123:64124 "$A"
	chmod 2770 "$A"
	by_group() { bare setpriv --reuid=64125 --regid=64125 --groups=64124 "$POSTBAG" deliver --archive "$A" "$@"; }
	by_nobody() { bare setpriv --reuid=64126 --regid=64126 --clear-groups "$POSTBAG" deliver --archive "$A" "$@"; }
	in_unreadable() { (mkdir "$T/closed" && cd "$T/closed" && chmod 0 "$T/closed" && by_group "$@"); }
	case_of root 0 simply
	case_of 'a member of the group' 0 by_group
	case_of 'a current folder that cannot be read' 0 in_unreadable
	case_of 'neither' 75 by_nobody
	: >"$T/others"
	find "$A" ! -group 64124 >"$T/others"
	[ ! -s "$T/others" ] || wrong "not the group's: $(tr '\n' ' ' <"$T/others")"
	at_end 3
	end
fi

# whatever is written in a recipe: 0 only for a message that is kept
begin "command lines"
fresh
line() { bare "$POSTBAG" "$@"; }
for words in "deliver --help" "--help deliver" "help deliver" "deliver -h" "deliver --archive $A --help"; do
	number=$((number + 1))
	letter "$T/letter.eml" 1 "Quagga $number" zebrafinch
	line $words <"$T/letter.eml" >"$T/case.out" 2>"$T/case.err"
	same "postbag $words, with mail" $? 75
	line $words </dev/null >"$T/case.out" 2>"$T/case.err"
	same "postbag $words, without" $? 0
done
for words in "deliver --version" "deliver --frobnicate" "deliver extra" "deliver --archive" "--archive $A" "delvier --archive $A" "deliver --archive $A --limit x" "deliver --timezone Mars/Olympus --archive $A" \
	"deliver --rescue" "deliver --rescue x" "--frobnicate deliver" "--archive" ""; do
	case_of "postbag $words" 75 line $words
done
full_help() { bare "$POSTBAG" deliver --help >/dev/full; }
case_of "help into a full device" 75 full_help
# what a faulting delivery starts is no way round either
rescue_nowhere() { bare "$POSTBAG" deliver --rescue "$T/no/such" 1550048400 '' ''; }
rescue_folder() { bare "$POSTBAG" deliver --rescue "$A/spool" 1550048400 '' '' <"$T"; }
case_of "a rescue without a spool" 75 rescue_nowhere
case_of "a rescue of a folder" 75 rescue_folder
case_of "as it should be" 0 line --archive "$A" deliver
case_of "options in one word" 0 line -qC "$root/none.conf" --archive "$A" deliver
at_end 2
end

# wait_for FILE: until it has something in it, ten seconds at most
wait_for() {
	_tries=0
	until [ -s "$1" ] || [ $((_tries += 1)) -gt 100 ]; do sleep 0.1; done
}
lock_archive() {
	mkfifo "$T/hold"
	: >"$T/holder"
	sqlite3 "$A/mail.db" <"$T/hold" >"$T/holder" 2>&1 &
	holder=$!
	helpers="$helpers $holder"
	exec 9>"$T/hold"
	printf 'PRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\nSELECT 42;\n' >&9
	wait_for "$T/holder"
}
unlock_archive() {
	exec 9>&-
	wait $holder
	rm -f "$T/hold"
}

# killed WITH EXPECTED: deliver waits for a locked archive and gets that signal
killed() {
	number=$((number + 1))
	letter "$T/letter.eml" $((number % 60)) "Quagga $number" "5.1.1 zebrafinch number $number"
	before=$(kept)
	(
		env -i $options POSTBAG_CONFIG="$root/none.conf" "$POSTBAG" deliver --archive "$A" <"$T/letter.eml" >"$T/case.out" 2>"$T/case.err" 9>&- &
		echo $! >"$T/pid"
		wait $!
		echo $? >"$T/status"
	) &
	shell=$!
	wait_for "$T/pid"
	pid=$(cat "$T/pid")
	_tries=0 # it has taken its lock, so the message is whole, and waits for SQLite's
	until ls -l "/proc/$pid/fd" 2>/dev/null | grep -q 'lock\.mail' || [ $((_tries += 1)) -gt 100 ]; do sleep 0.05; done
	sleep 0.3
	kill -"$1" "$pid"
	wait $shell
	check_case "signal $1" "$2" "$(cat "$T/status")" "$before"
	rm -f "$T/pid" "$T/status"
}

# a server that loses patience hears "try again"; a fault of the program's own, or its own time limit, puts the message into the spool instead
begin "signals while it waits for the archive"
fresh
deliver "$srcdir/tests/mail/koi8-undeclared.eml"
lock_archive
for signal in TERM HUP INT USR1 XCPU; do killed $signal 75; done
for signal in TRAP ALRM; do killed $signal 0; done
if sanitized; then faults=2; else
	for signal in BUS SEGV ABRT ILL FPE SYS; do killed $signal 0; done
	faults=8
fi
unlock_archive
same "spooled" "$(spooled)" $faults
at_end $((faults + 1))
end

# a rescue that fails is the same answer as any failure, and says so once
begin "a rescue without a spool"
fresh
deliver "$srcdir/tests/mail/koi8-undeclared.eml"
: >"$A/spool"
lock_archive
killed TRAP 75
unlock_archive
rm "$A/spool"
at_end 1
end

# The sync of the spool takes so long that the server or the clock ends the delivery: the answer is 75, so that the message must not be there when it comes again
begin "ended while the spool is synced"
if ! command -v strace >/dev/null || ! strace -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=1000 true 2>/dev/null; then
	skip "needs strace"
else
	fresh
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/mail.db-*
	cp "$A/mail.db" "$T/mail.db" && : >"$A/mail.db"
	message=$srcdir/tests/mail/koi8-undeclared.eml
	for signal in TERM ALRM; do
		rm -rf "$A/spool"
		POSTBAG_NOW=$now LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=5000000:when=2 \
			sh -c 'echo $$ >"$1" && exec "$2" --archive "$3" deliver <"$4"' sh "$T/pid" "$POSTBAG" "$A" "$message" 2>/dev/null &
		tracer=$!
		helpers="$helpers $tracer"
		tries=0
		until [ "$(ls "$A/spool/new" 2>/dev/null | wc -l)" = 1 ] || [ $((tries += 1)) -gt 300 ]; do sleep 0.02; done
		same "$signal: in the spool meanwhile" "$(spooled)" 1
		kill -$signal "$(cat "$T/pid")"
		wait $tracer
		same "$signal: exit status" $? 75
		same "$signal: spooled" "$(spooled)" 0
	done
	cp "$T/mail.db" "$A/mail.db"
	end
fi
