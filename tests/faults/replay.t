#!/bin/sh
# What the fuzzers found once, and inputs that lead to every corner: given to the same functions again, without a fuzzer. The inputs stand in
# tests/fuzz/found/NAME; a finding is minimised, put there under a name that says what it is, and stays.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
programs=$(dirname "$POSTBAG")/tests/fuzz
set -- "$srcdir"/tests/fuzz/fuzz-*.c
[ -x "$programs/replay-message" ] || skip_all "built without unit tests, so without tests/fuzz/replay-*: nothing was replayed"
plan $#

inputs() { # NAME: file names, none of which has a space
	find "$srcdir/tests/fuzz/found/$1" -type f 2>/dev/null
	case $1 in
	message)
		odd_files
		sample_files
		;;
	rulefile) ls "$srcdir"/filters/*.rules ;;
	esac
}

for source; do
	name=${source##*/fuzz-}
	name=${name%.c}
	begin "$name"
	inputs "$name" | sort >"$T/inputs"
	at_least "inputs in tests/fuzz/found/$name" "$(wc -l <"$T/inputs")" 3
	# shellcheck disable=SC2046
	G_DEBUG=fatal-criticals TMPDIR="$T/tmp" timeout 300 "$programs/replay-$name" $(cat "$T/inputs") >"$out" 2>"$err"
	status=$?
	[ "$status" = 0 ] || wrong "exit status $status at $(tail -n 1 "$out"): $(grep -v '^ *$' "$err" | head -n 12 | tr '\n' ';')"
	same "inputs replayed" "$(wc -l <"$out")" "$(wc -l <"$T/inputs")"
	note "$name: $(wc -l <"$T/inputs") inputs"
	end
done
