#!/bin/sh
# The benchmarks run at all: the corpus is the same each time and whole mail, and every part that needs little time gives its figures.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
build=$(pwd)
command -v python3 > /dev/null || skip_all "the corpus is made by python3, which is not installed"
plan 4

# a measure taken twice must be of the same mail, whatever the number of processors
begin "the same seed gives the same corpus, and a smaller one begins as a larger one does"
python3 "$srcdir/bench/make-corpus" "$T/one" 260 7 > "$T/said" 2>&1 || wrong "make-corpus failed: $(cat "$T/said")"
taskset 1 python3 "$srcdir/bench/make-corpus" "$T/two" 260 7 > /dev/null 2>&1 || wrong "make-corpus failed on one processor"
python3 "$srcdir/bench/make-corpus" "$T/few" 40 7 > /dev/null 2>&1 || wrong "make-corpus failed for 40"
diff -r "$T/one" "$T/two" > "$T/differ" || wrong "two corpora differ: $(head -n 3 "$T/differ")"
[ "$(find "$T/one" -type f | wc -l)" -eq 260 ] || wrong "not 260 messages"
[ "$(find "$T/few" -type f | wc -l)" -eq 40 ] || wrong "not 40 messages"
for file in "$T/few/cur"/*; do cmp -s "$file" "$T/one/cur/${file##*/}" || wrong "${file##*/} is not the same in the larger corpus"; done
end

# a corpus that cannot be read would measure nothing
begin "all of the corpus is mail that is read, threaded and filed"
python3 "$srcdir/bench/make-corpus" "$T/md" 150 > /dev/null 2>&1
run 0 '' -q --archive "$A" init --rules "$srcdir/filters/ssr2-2018.rules"
run 0 '' -q --archive "$A" import "$T/md"
run 0 '' --archive "$A" status
out_has 'messages   150 in 150 deliveries'
out_has 'unread     0'
run 0 '' --archive "$A" query --count 'ws:ws1 OR ws:ws2 OR ws:ws3 OR ws:ws4'
grep -qx '[1-9][0-9]*' "$out" || wrong "nothing in it is filed: $(cat "$out")"
end

# real mail can be given, as files, Maildirs and mailboxes
begin "a folder of mail is taken as a corpus, mailboxes letter by letter"
mkdir -p "$T/given/deep"
printf 'From: a@example.org\n\none\n' > "$T/given/deep/one.eml"
printf 'From x Thu Jan  1 00:00:00 1970\nFrom: b@example.org\n\n>From two\n\nFrom x Thu Jan  1 00:00:00 1970\nFrom: c@example.org\n\nthree\n' > "$T/given/box"
python3 "$srcdir/bench/take-corpus" "$T/given" "$T/taken" > "$T/said" 2>&1 || wrong "take-corpus failed: $(cat "$T/said")"
[ "$(find "$T/taken/cur" -type f | wc -l)" -eq 3 ] || wrong "not three letters"
grep -qx 'From two' "$T"/taken/cur/* || wrong "the quoting of a mailbox was not undone"
end

# bench/run is worth nothing when it breaks unseen
begin "parts of the benchmarks run, and say what is missing"
if ! command -v make > /dev/null || [ ! -e "$build/Makefile" ]; then
	skip "there is no make or no build folder here"
elif sanitized; then
	skip "times of a program with sanitizers are none"
else
	(cd "$build" && unset MAKEFLAGS MFLAGS MAKELEVEL && make -s bench/turns bench/lmtp-load) > "$T/made" 2>&1 || wrong "the benchmarks' programs are not built: $(tail -n 3 "$T/made")"
	(cd "$build" && TMPDIR=$T BENCH_MESSAGES=30 BENCH_RUNS=1 BENCH_INBOX=no BENCH_DELIVERIES=2 BENCH_ASKED=1 BENCH_LMTP=64 BENCH_ZSTD_MESSAGES=10 BENCH_RESULTS=$T/RESULTS \
		sh "$srcdir/bench/run" import size query deliver) > "$T/said" 2>&1 || wrong "bench/run failed: $(tail -n 5 "$T/said")"
	for what in 'import of 30' 'archive, index included' 'count of a word' 'a delivery, indexed'; do
		grep -q "^$what" "$T/RESULTS" || wrong "no figure in RESULTS: $what"
	done
	grep -q FAILED "$T/RESULTS" && wrong "$(grep FAILED "$T/RESULTS")"
	! grep -F "$T" "$T/RESULTS" || wrong "RESULTS names a path of this machine"
	missing=$(grep -o 'NOT MEASURED: .*' "$T/RESULTS" | sort -u | tr '\n' ' ')
	[ -z "$missing" ] || echo "# SKIPPED for want of peers: $missing"
	ls "$T" | grep '^postbag-bench' && wrong "bench/run left its folder behind"
	end
fi
