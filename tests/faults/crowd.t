#!/bin/sh
# A crowd: 64 deliverers at once beside readers and a sweep, copies taken while mail comes in, and how often the disk is waited for.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
plan 4

# every one is answered with 0 and kept once; who reads meanwhile never sees an error, and never less than before
begin "64 deliverers beside readers and a sweep"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
letter "$T/first.eml" 1 Cranes 'The gantry crane squeaks.'
deliver "$T/first.eml"
first=$(newest_id)
n=0
while [ $((n += 1)) -le 64 ]; do mail "$T/$n.eml" "crowd-$n"; done
reader() { # ARGUMENT...: until the deliverers are done
	_rounds=0
	while [ ! -e "$T/done" ] || [ "$_rounds" -eq 0 ]; do
		alone "$@" >"$T/$1.out" 2>"$T/$1.err" || wrong "postbag $* beside deliverers: exit status $?: $(head -c 300 "$T/$1.err" | tr '\n' ';')"
		_rounds=$((_rounds + 1))
	done
	echo "$_rounds" >"$T/$1.rounds"
}
counter() {
	_least=0
	while [ ! -e "$T/done" ]; do
		_count=$(alone query --archive "$A" --count 2>"$T/count.err") || wrong "query --count beside deliverers: exit status $?: $(head -c 300 "$T/count.err" | tr '\n' ';')"
		at_least "query --count, after $_least" "${_count:-0}" "$_least"
		_least=${_count:-0}
	done
}
reader query --archive "$A" topic:quay.crane &
# a digest of a day that is still going on may find the index a message behind, and then says so
accountant() {
	_rounds=0
	while [ ! -e "$T/done" ] || [ "$_rounds" -eq 0 ]; do
		alone digest --archive "$A" --daily=2019-02-13 >"$T/digest.out" 2>"$T/digest.err" || grep -q 'does not reconcile' "$T/digest.err" ||
			wrong "digest beside deliverers: exit status $?: $(head -c 300 "$T/digest.err" | tr '\n' ';')"
		_rounds=$((_rounds + 1))
	done
	echo "$_rounds" >"$T/digest.rounds"
}
accountant &
reader show --archive "$A" "$first" &
reader status --archive "$A" &
reader sweep --archive "$A" &
counter &
(
	n=0
	while [ $((n += 1)) -le 64 ]; do
		{
			alone deliver --archive "$A" <"$T/$n.eml" >"$T/$n.out" 2>"$T/$n.err"
			echo $? >"$T/$n.status"
		} &
	done
	wait
	: >"$T/done"
)
wait
n=0
while [ $((n += 1)) -le 64 ]; do
	same "exit status of number $n ($(head -c 300 "$T/$n.err" | tr '\n' ';'))" "$(cat "$T/$n.status")" 0
	[ ! -s "$T/$n.out" ] || wrong "number $n printed something"
done
same "kept" $(($(deliveries) + $(spooled))) 65
note "64 at once: $(spooled) in the spool; rounds beside them: $(for name in query digest show status sweep; do printf '%s %s, ' $name "$(cat "$T/$name.rounds")"; done)"
run 0 '*' sweep --archive "$A"
same "left in the spool" "$(spooled)" 0
check_archive 65 65
end

# writers N LETTERS: so many at once, each with so many letters; the keys of what was answered, with the time of the answer, go into $T/acknowledged
writers() {
	_who=0
	: >"$T/acknowledged"
	while [ $((_who += 1)) -le "$1" ]; do
		{
			_n=0
			while [ $((_n += 1)) -le "$2" ]; do
				mail "$T/w$_who.eml" "written-$_who-$_n" $((_n % 3 * 9000))
				alone deliver --archive "$A" <"$T/w$_who.eml" >"$T/w$_who.out" 2>&1 || wrong "deliver: exit status $?: $(head -c 300 "$T/w$_who.out" | tr '\n' ';')"
				echo "written-$_who-$_n" >>"$T/acknowledged"
			done
			echo >"$T/w$_who.done"
		} &
	done
}

# Copying the files one by one while they are written is no backup. It must still end in an answer, never in a crash, and never harm the archive itself.
begin "mail.db copied while in use"
run 0 '' init "$A"
writers 4 "$(either 15 60)"
n=0 whole=0 refused=0
until [ "$(ls "$T" | grep -c '^w.*\.done$')" -eq 4 ]; do
	n=$((n + 1))
	rm -rf "$T/copy"
	mkdir "$T/copy"
	case $((n % 3)) in
	0) cp "$A/mail.db" "$T/copy/" ;;
	1) cp "$A/mail.db" "$A/mail.db-wal" "$T/copy/" ;;
	2) cp "$A"/mail.db* "$T/copy/" ;;
	esac 2>>"$root/cp"
	for command in status sweep query; do
		alone $command --archive "$T/copy" >"$T/copied" 2>&1
		status=$?
		[ "$status" = 0 ] || { [ "$status" -ge 64 ] && [ "$status" -le 78 ] && grep -q '^postbag: ' "$T/copied"; } ||
			wrong "$command of a copy of way $((n % 3)): exit status $status: $(head -c 300 "$T/copied" | tr '\n' ';')"
		if [ "$command" = sweep ]; then if [ "$status" = 0 ]; then whole=$((whole + 1)); else refused=$((refused + 1)); fi; fi
	done
done
wait
note "copies by cp: $n, of which sweep took $whole and refused $refused"
at_least "copies" "$n" 3
letters=$((4 * $(either 15 60)))
run 0 '*' sweep --archive "$A"
check_archive $letters $letters
end

# what the manual promises: a backup made while eight write has everything that was answered before it began
begin "backup beside eight writers"
alone help >"$T/help" 2>&1
if ! grep -q '^ *backup' "$T/help"; then
	skip "this program has no backup command"
else
	run 0 '' init "$A"
	writers 8 "$(either 8 40)"
	n=0
	until [ "$(ls "$T" | grep -c '^w.*\.done$')" -eq 8 ] && [ "$n" -gt 0 ]; do
		n=$((n + 1))
		rm -rf "$T/back"
		sort "$T/acknowledged" >"$T/before"
		alone backup --archive "$A" "$T/backups" >"$T/backup.out" 2>&1 || wrong "backup: exit status $?: $(head -c 300 "$T/backup.out" | tr '\n' ';')"
		alone restore --archive "$T/back" "$T/backups" >"$T/backup.out" 2>&1 || wrong "restore: exit status $?: $(head -c 300 "$T/backup.out" | tr '\n' ';')"
		kept=$A
		A=$T/back
		kept_keys "$T/kept"
		comm -23 "$T/before" "$T/kept" >"$T/lost"
		[ ! -s "$T/lost" ] || wrong "backup $n lacks what was answered before it: $(head -n 5 "$T/lost" | tr '\n' ' ')$(head -n 2 "$root/unshown")"
		check_archive "$(sort -u "$T/kept" | wc -l)" "$(deliveries)"
		A=$kept
	done
	wait
	note "backups beside eight writers: $n"
	letters=$((8 * $(either 8 40)))
	run 0 '*' sweep --archive "$A"
	check_archive $letters $letters
	end
fi

# prose FILE KEY: a letter of about 3 kB, of words as frequent as in a language
prose() {
	mail "$1" "$2"
	perl -e '
		srand $ARGV[0];
		my @syllables = map { my $c = $_; map { "$c$_" } qw(a e i o u) } qw(b d f g l m n p r s t);
		for (1 .. 12) {
			print "\n";
			print join(" ", map { my $n = int(4000 * rand() ** 4); my $word = ""; do { $word .= $syllables[$n % 55]; $n = int($n / 55) } while $n; $word } 1 .. 11), "\n" for 1 .. 4;
		}
	' "$2" >>"$1"
}

# A delivery waits for the disk twice at most (the log, and once the folder), but when a log is copied into its database or has been and begins anew.
begin "syncs of a delivery"
if ! command -v strace >/dev/null || ! strace -f -o /dev/null true 2>/dev/null; then
	skip "no strace: nothing was counted"
else
	tracer="strace -f -y"
	run 0 '' init "$A"
	letters=$(either 100 1000) all=0 n=0 checkpoints=0 begun=0 most=0
	while [ $((n += 1)) -le "$letters" ]; do
		prose "$T/a.eml" "$n"
		traced "$T/trace" trace=fsync,fdatasync,sync_file_range,msync,sync,syncfs,pwrite64 -- deliver --archive "$A" <"$T/a.eml"
		same "exit status" "$status" 0
		syncs=$(grep -c '^[0-9]* *\(fsync\|fdatasync\|sync_file_range\|msync\|sync\|syncfs\)(' "$T/trace")
		all=$((all + syncs))
		if grep -q 'pwrite64([0-9]*<[^>]*\.db>' "$T/trace"; then
			checkpoints=$((checkpoints + 1))
		elif grep -q 'pwrite64([0-9]*<[^>]*\.db-wal>.*, 32, 0\( <unfinished\|)\)' "$T/trace"; then
			begun=$((begun + 1))
		else
			[ "$syncs" -le 2 ] || wrong "number $n: $syncs syncs without a checkpoint: $(grep sync "$T/trace" | tr '\n' ';' | head -c 500)"
			[ "$syncs" -le "$most" ] || most=$syncs
		fi
	done
	at_least "syncs in all (a delivery that waits for nothing cannot be safe)" "$all" "$letters"
	average=$(perl -e 'printf "%.2f", $ARGV[0] / $ARGV[1]' "$all" "$letters")
	perl -e 'exit($ARGV[0] <= 2.5 ? 0 : 1)' "$average" || wrong "$average syncs on average, expected 2.5 at most"
	note "syncs: $average on average of $letters deliveries, $most at most without a checkpoint; $checkpoints with one, $begun that began a log anew"
	end
fi
