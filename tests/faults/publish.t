#!/bin/sh
# postbag publish stopped at each of its steps: each call that changes a file in the folder is the last thing the process does, or fails. Whatever it was, every
# file that stands there is whole, as it was or as it is to be; what was never public is nowhere, not even among files that are being written; the list knows
# every file; and the next run makes the very folder that a clean one makes.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
need_strace
plan 3

calls=write,pwrite64,fdatasync,fsync,syncfs,ftruncate,renameat,renameat2,rename,unlink,unlinkat,openat,mkdir,mkdirat,copy_file_range
sample=$(either 14 100000)
note "seed $seed"

# points TRACE: "CALL N" for each call of the first process on the folder's files, those first that are the first of their kind in their part of it
points() {
	perl -e '
		my ($folder, $seed) = @ARGV;
		my (%n, %seen, @first, @rest, $first);
		while (<STDIN>) {
			my ($thread, $call, $rest) = /^(\d+) +(\w+)\((.*)/ or next;
			$first //= $thread;
			$thread eq $first or next;
			my $n = ++$n{$call};
			my ($part) = $rest =~ m{\Q$folder\E(?:>|/|")[/>, "]*(\.postbag-publish/[a-z.-]+|[a-z]*)} or next;
			push @{$seen{"$call $part"}++ ? \@rest : \@first}, "$call $n";
		}
		srand $seed;
		for my $i (reverse 1 .. $#rest) { my $j = int rand($i + 1); @rest[$i, $j] = @rest[$j, $i] }
		print map { "$_\n" } @first, @rest;
	' "$T/out" "$seed"
}

post() { # NUMBER SUBJECT BODY [HEADER...]
	letter "$T/post.eml" "$@"
	deliver "$T/post.eml"
	id=$(newest_id)
}
prepared() {
	harbour_rules "$T/harbour.rules"
	config=$T/postbag.conf
	printf '[archive]\nrules = harbour.rules\ntitle = Harbour\n' >"$config"
	run 0 '' init "$A"
	for n in 1 2 3 4; do post $n "Number $n" "Letter $n about dredging." "Date: Tue, 12 Feb 2019 0$n:00:00 +0000"; done
	post 5 'neverpublic' 'Neverpublic about the gantry crane.'
	run 0 '*' hold --archive "$A" "$id" --note why
	post 6 'killcanary' 'Killcanary about the gantry crane.' 'References: <letter-1@example.net>'
	canary=$id
}
# Half a page, what was never public, a file that the list does not know.
look_at() { # WHAT
	(cd "$T/out" 2>/dev/null && find . -path ./.postbag-publish -prune -o -type f -print) | sed 's|^\./||' | sort >"$T/stand"
	while read -r _file; do
		cmp -s "$T/out/$_file" "$T/then/$_file" || cmp -s "$T/out/$_file" "$T/clean/$_file" || wrong "$1: $_file is neither as it was nor as it is to be"
	done <"$T/stand"
	[ ! -d "$T/out" ] || ! grep -raiq neverpublic "$T/out" || wrong "$1: what was never public is in $(grep -rail neverpublic "$T/out" | head -n 3 | tr '\n' ' ')"
	for _box in "$T"/out/mbox/*.gz; do
		[ ! -e "$_box" ] || ! gzip -dc "$_box" 2>&1 | grep -aiq -e neverpublic -e 'unexpected end' || wrong "$1: $_box"
	done
	if [ -s "$T/stand" ]; then
		sqlite3 "$T/out/.postbag-publish/published.db" 'SELECT path FROM file ORDER BY path' | sort >"$T/listed" 2>&1
		_unknown=$(comm -23 "$T/stand" "$T/listed" | head -n 3 | tr '\n' ' ')
		[ -z "$_unknown" ] || wrong "$1: the list does not know $_unknown"
	fi
}
finished() { # WHAT: the next run, undisturbed
	alone publish --archive "$A" "$T/out" >"$out" 2>"$err" || wrong "$1: the next run: exit status $?: $(head -c 300 "$err")"
	diff -r -x .postbag-publish "$T/out" "$T/clean" >"$root/diff" 2>&1 || wrong "$1: not as a clean run makes it: $(head -n 5 "$root/diff" | cut -c 1-300 | tr '\n' ';')"
	same "$1: left behind" "$(ls -A "$T/out/.postbag-publish/new" | wc -l)" 0
}
# stopped_everywhere FAULT: from $T/then to $T/clean
stopped_everywhere() {
	rm -rf "$T/out"
	[ ! -d "$T/then" ] || cp -a "$T/then" "$T/out"
	traced "$T/trace" "trace=$calls" -- publish --archive "$A" "$T/out"
	[ "$status" = 0 ] || wrong "undisturbed: exit status $status: $(head -c 300 "$err")"
	points <"$T/trace" >"$T/points"
	at_least "points" "$(wc -l <"$T/points")" 20
	tried=0 stopped=0
	while read -r call n && [ $((tried += 1)) -le "$sample" ]; do
		rm -rf "$T/out"
		[ ! -d "$T/then" ] || cp -a "$T/then" "$T/out"
		traced "$T/trace2" "trace=$call" "inject=$call:$1:when=$n" -- publish --archive "$A" "$T/out"
		[ "$status" = 0 ] || stopped=$((stopped + 1))
		look_at "$call $n $1"
		finished "$call $n $1"
	done <"$T/points"
	note "$1: $((tried - 1)) points, $stopped runs stopped"
	at_least "runs that were stopped" "$stopped" "$2"
}

begin "killed at each step of a run that takes something out and brings something in"
prepared
run 0 '' publish --archive "$A" "$T/then"
grep -rq killcanary "$T/then" || wrong "the search finds nothing before"
run 0 '*' hold --archive "$A" "$canary" --note why
post 7 'Another' 'About the gantry crane.' 'References: <letter-1@example.net>' 'Date: Tue, 12 Feb 2019 02:30:00 +0000'
run 0 '' publish --archive "$A" "$T/clean"
! grep -raiq killcanary "$T/clean" || wrong "the clean one has what is held"
stopped_everywhere signal=KILL 8
end

begin "killed at each step of the first run"
prepared
run 0 '' publish --archive "$A" "$T/clean"
stopped_everywhere signal=KILL 8
end

begin "a full disk at each step"
prepared
run 0 '' publish --archive "$A" "$T/then"
run 0 '*' hold --archive "$A" "$canary" --note why
post 7 'Another' 'About the gantry crane.'
run 0 '' publish --archive "$A" "$T/clean"
stopped_everywhere error=ENOSPC 5
end
