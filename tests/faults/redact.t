#!/bin/sh
# A redaction killed at every step: each call that changes a file, from its first to its last, is the last thing the process does. What was kept of it is
# finished by the next sweep; what was not is as if nobody had asked. In no case are the words anywhere once it is said that they are gone.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
need_strace
command -v python3 >/dev/null && command -v zstd >/dev/null || skip_all "no python3 or no zstd: nothing was searched"
plan 2

calls=write,pwrite64,fdatasync,fsync,ftruncate,rename,link,unlink,openat
sample=$(either 14 100000)
note "seed $seed"

words_left() { "$srcdir/tests/cli/find-words" oleander "$A" 2>&1 | sed "s|$A/||" | head -n 3 | tr '\n' ';'; }
redactions() { count "entry WHERE action = 'redact'"; }

# points TRACE: "CALL N" for each call of the first process on the archive's files, those first that are the first of their kind on their file
points() {
	perl -e '
		my ($folder, $seed) = @ARGV;
		my (%n, %seen, @first, @rest, $first);
		while (<STDIN>) {
			my ($thread, $call, $rest) = /^(\d+) +(\w+)\((.*)/ or next;
			$first //= $thread;
			$thread eq $first or next;
			my $n = ++$n{$call};
			my ($file) = $rest =~ m{\Q$folder\E/([\w.-]+)} or next;
			push @{$seen{"$call $file"}++ ? \@rest : \@first}, "$call $n";
		}
		srand $seed;
		for my $i (reverse 1 .. $#rest) { my $j = int rand($i + 1); @rest[$i, $j] = @rest[$j, $i] }
		print map { "$_\n" } @first, @rest;
	' "$A" "$seed"
}

prepared() {
	harbour_archive
	letter "$T/a.eml" 30 'Hello' 'The secret is oleander, is it not.'
	deliver "$T/a.eml"
	id=$(newest_id)
	cp -a "$A" "$T/before"
}
fresh() {
	rm -rf "$A"
	cp -a "$T/before" "$A"
}

begin "redact, killed at each of its steps"
prepared
[ -n "$(words_left)" ] || wrong "the search finds nothing before"
traced "$T/trace" "trace=$calls" -- redact --archive "$A" --note slip --text oleander "$id"
[ "$status" = 0 ] || wrong "undisturbed: exit status $status: $(head -c 300 "$err")"
points <"$T/trace" >"$T/points"
at_least "points" "$(wc -l <"$T/points")" 20
tried=0 kept=0
while read -r call n && [ $((tried += 1)) -le $((2 * sample)) ]; do
	fresh
	traced "$T/trace2" "trace=$call" "inject=$call:signal=KILL:when=$n" -- redact --archive "$A" --note slip --text oleander "$id"
	# its reader counts its own calls, and may be killed in its place: then nothing was done
	[ "$status" -ne 0 ] || wrong "$call $n: nothing was killed"
	if [ "$(redactions)" = 1 ]; then
		kept=$((kept + 1))
		# what the index still has is shown to nobody
		alone show --archive "$A" "$id" >"$out" 2>"$err"
		! grep -q oleander "$out" "$err" || wrong "$call $n: show says it before a sweep"
	else
		alone redact --archive "$A" --note slip --text oleander "$id" >"$out" 2>"$err" || wrong "$call $n: redact afterwards: $(head -c 300 "$err")"
	fi
	alone sweep --archive "$A" >"$out" 2>"$err" || wrong "$call $n: sweep afterwards: $(head -c 300 "$err")"
	_left=$(words_left)
	[ -z "$_left" ] || wrong "$call $n: still in $_left"
	same "$call $n: verified" "$(count "entry WHERE action = 'verified'")" 1
	same "$call $n: left over" "$(ls -A "$A" | grep -c redacting)" 0
	[ $((tried % 8)) -ne 0 ] || alone check --archive "$A" >"$out" 2>&1 || wrong "$call $n: check: $(head -c 300 "$out")"
done <"$T/points"
note "$tried points, $kept of them behind the commit"
at_least "killed behind the commit" "$kept" 3
end

begin "the sweep that finishes, killed at each of its steps"
prepared
# committed, and nothing else: killed when the index is written to
mkdir "$A/former-x"
cp "$T/a.eml" "$A/former-x/letter"
alone redact --archive "$A" --note slip --text oleander "$id" >"$out" 2>"$err"
rm -r "$A/former-x"
rm -rf "$T/before"
cp -a "$A" "$T/before"
same "pending" "$(ls -A "$A" | grep -c redacting)" 1
traced "$T/trace" "trace=$calls" -- sweep --archive "$A"
[ "$status" = 0 ] || wrong "undisturbed: exit status $status: $(head -c 300 "$err")"
points <"$T/trace" >"$T/points"
at_least "points" "$(wc -l <"$T/points")" 10
tried=0
while read -r call n && [ $((tried += 1)) -le "$sample" ]; do
	fresh
	traced "$T/trace2" "trace=$call" "inject=$call:signal=KILL:when=$n" -- sweep --archive "$A"
	alone sweep --archive "$A" >"$out" 2>"$err" || wrong "$call $n: sweep afterwards: $(head -c 300 "$err")"
	_left=$(words_left)
	[ -z "$_left" ] || wrong "$call $n: still in $_left"
	same "$call $n: verified" "$(count "entry WHERE action = 'verified'")" 1
	same "$call $n: left over" "$(ls -A "$A" | grep -c redacting)" 0
done <"$T/points"
end
