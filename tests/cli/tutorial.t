#!/bin/sh
# doc/rules-tutorial.md: what it tells its reader to write and to type does what it says. tests/cli/tutorial-steps does it.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 6
now=1742461200 # 2025-03-20 09:00 UTC, in the consultation of the tutorial

TUTORIAL=$srcdir/doc/rules-tutorial.md
FERRY=$srcdir/doc/tutorial/ferry.rules
LETTERS=$srcdir/doc/tutorial/letters
[ -r "$TUTORIAL" ] || bail "no $TUTORIAL"
[ -r "$FERRY" ] || bail "no $FERRY"

# Does FILE's steps in $T/ferry, as its reader would, and leaves what FILE should say in $out.
follow() { # FILE [STATUS PATTERN]
	mkdir "$T/bin" "$T/ferry" && cp -R "$LETTERS" "$T/ferry/letters" || wrong "cannot make the reader's folder"
	chmod -R u+w "$T/ferry"
	ln -s "$POSTBAG" "$T/bin/postbag"
	shown="the steps of ${1##*/}"
	(cd "$T/ferry" && env -i PATH="$T/bin:$PATH" HOME="$T/home" TMPDIR="$T/tmp" LC_ALL=C POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" \
		${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${UBSAN_OPTIONS+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} \
		perl "$srcdir/tests/cli/tutorial-steps" "$1" >"$out" 2>"$err")
	status=$?
	same "$shown: exit status" "$status" "${2:-0}"
	if [ -n "${3:-}" ]; then err_has "$3"; else [ ! -s "$err" ] || wrong "$shown: $(head -c 300 "$err")"; fi
}

# each command prints what stands below it, and the rule file that comes out is the one beside the letters
begin "every step does what the tutorial says"
follow "$TUTORIAL"
cmp -s "$TUTORIAL" "$out" || wrong "the tutorial says (<) and the program does (>): $(diff "$TUTORIAL" "$out" | grep '^[<>]' | head -n 12 | cut -c 1-200 | tr '\n' ';')"
cmp -s "$FERRY" "$T/ferry/ferry.rules" || wrong "the rule file that comes out: $(diff "$FERRY" "$T/ferry/ferry.rules" | head -n 6 | tr '\n' ';')"
for example in mistakes copy; do [ -s "$T/ferry/$example.rules" ] || wrong "the tutorial makes no $example.rules"; done
end

# the tutorial shows commands of each sort that it is to teach
begin "the commands that are taught"
for command in 'rules check' 'rules test' 'rules diff' 'rules eval' 'rules suggest' classify explain init import query assign reclassify digest release redact supersedes 'show --campaign'; do
	grep -Eq "^\\$ postbag (--archive [a-z]+ )?$command( |$)" "$TUTORIAL" || wrong "no step runs $command"
done
for section in taxonomy workstream topic words series kind intent group region voice team mask milestone; do
	grep -q "^\[$section" "$FERRY" || wrong "no [$section] in ${FERRY##*/}"
done
at_least "commands with their output" "$(grep -c '^\$ postbag ' "$TUTORIAL")" 20
end

# the finished file is whole by itself: no warnings, its own tests pass, and the letters are filed
begin "the finished rule file"
run 0 '' rules check "$FERRY"
run 0 '' rules test "$FERRY"
out_has '^[0-9]+ passed, 0 failed$'
at_least "accept and reject lines" "$(sed -n 's/ passed, 0 failed$//p' "$out")" 25
# files LETTER KIND TOPICS SUGGESTED INTENTS GROUPS
files() {
	run 0 '' classify --rules "$FERRY" --format json "$LETTERS/$1.eml"
	json_is '$_->{kind}, map { join(",", sort @$_) || "-" } @{$_}{qw(topics suggested intents groups)}' "$2 $3 $4 $5 $6"
}
files 01-last-boat input boat.times - - -
files 02-abends input boat.times boat.times - -
files 03-too-dear input boat.fares boat.fares - -
files 04-steps input bank.landing - - -
files 05-herons input bank.birds - - -
files 06-measures input boat.measure2,boat.measure3,boat.measure4,boat.measure7,boat.measure9 - - -
files 07-question input - - question -
files 08-anglers input bank.landing - document anglers
files 09-neighbour input - - private -
files 10-away auto - - - -
files 11-answer team - - - -
files 12-thanks input - - - -
files 13-bicycle input - - - -
files 17-uferweg input bank.landing - - -
end

# the cures that the section on common mistakes names, each put where its mistake is
begin "the cures of the common mistakes"
follow "$TUTORIAL"
run 65 '6 accept or reject lines fail' rules test "$T/ferry/mistakes.rules"
cure() { grep -qF -- "$1" "$TUTORIAL" || wrong "the tutorial does not name the cure $1"; }
for words in '`keyword = time ~8 boat`' '`not = theatre ~5 stage`' '`keyword.de`' '`[mask]`' 'Write other words small' '`keyword = jetty; pontoon; quay`'; do cure "$words"; done
sed -e 's/^keyword = time$/keyword = time ~8 boat/' -e 's/^keyword = stage$/&\nnot = theatre ~5 stage/' -e 's/^keyword = FERRY$/keyword = ferry/' \
	-e 's/^\[workstream w\]$/[mask]\nkeyword = you can see the landing stages on our web site\n\n&/' -e 's/^keyword = jetty, pontoon, quay$/keyword = jetty; pontoon; quay/' -e 's/^keyword = season ticket$/&\nkeyword.de = Jahreskarte*/' \
	"$T/ferry/mistakes.rules" >"$T/mended.rules"
run 0 '' rules test "$T/mended.rules"
out_is '6 passed, 0 failed'
sed 's/^keyword = stage$/keyword = landing stage/' "$T/mended.rules" >"$T/other.rules"
run 0 '' rules test "$T/other.rules"
end

# a tutorial that is no longer true does not pass: a number, an id, a word of a rule
begin "what is not true is seen"
for change in 's/^\([0-9]*\) passed, 0 failed$/9\1 passed, 0 failed/' 's/; topics bank\.birds$/; topics bank.bird/' 's/^keyword = heron\*/keyword = hero*/' \
	's/^keyword = towpath$/keyword = tow path way/'; do
	rm -rf "$T/bin" "$T/ferry"
	sed "$change" "$TUTORIAL" >"$T/changed.md"
	! cmp -s "$TUTORIAL" "$T/changed.md" || wrong "nothing for $change to change"
	follow "$T/changed.md"
	! cmp -s "$T/changed.md" "$out" || wrong "not seen: $change"
done
end

# steps that cannot be done are named
begin "steps that cannot be done"
printf '# T\n\n```rules t.rules in [topic none]\nkeyword = x\n```\n' >"$T/place.md"
follow "$T/place.md" 1 'no \[topic none\]'
rm -rf "$T/bin" "$T/ferry"
printf '# T\n\n```shell\nx\n```\n' >"$T/sort.md"
follow "$T/sort.md" 1 'a block of the sort'
end
