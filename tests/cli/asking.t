#!/bin/sh
# postbag query as a tool: the manual's own examples, orders and limits, saved queries, ids for pipes, mail as mbox, excerpts, the pager.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 13

# numbers QUERY [OPTION...]: the letters that match, in the order in which they are listed
numbers() {
	asked=$1
	shift
	run 0 '*' query --archive "$A" --format ids "$@" "$asked"
	cp "$out" "$T/ids"
	listed=$(while read -r id; do sql index.db "SELECT replace(substr(message_id, 8), '@example.net', '') FROM message WHERE public_id = '$id'"; done <"$T/ids" | tr '\n' ' ')
}

# in_order EXPECTED QUERY [OPTION...]
in_order() {
	expected=$1
	shift
	numbers "$@"
	same "query $asked $*" "${listed% }" "$expected"
}

# what the manual shows is run as it stands there
begin "the examples of postbag-query(7)"
harbour_archive
perl -CSD -ne '
	$in = 1 if /^\.Sh EXAMPLES/; $in = 0 if $in && /^\.Sh/ && !/EXAMPLES/;
	$block = 0 if /^\.Ed/;
	if ($in && $block) { s/\\\[u([0-9A-F]+)\]/chr hex $1/ge; s/\\\(dq/"/g; print }
	$block = 1 if /^\.Bd/;
' "$srcdir/doc/postbag-query.7" >"$T/examples"
same "examples" "$(wc -l <"$T/examples" | tr -d ' ')" 9
while IFS= read -r example; do
	numbers "$example" --archive "$A"
	printf '%s: %s\n' "$example" "${listed% }"
done <"$T/examples" >"$T/answers"
cat >"$T/expected" <<'X'
ws:quay received:7d: 12 11 7 6 1
intent:question is:unanswered sort:oldest: 
"gantry cranes" -from:ada date:2019-01..2019-03: 
(topic:quay.crane OR topic:water.silt) fahr*: 2
is:unfiled -kind:spam -kind:auto: 5 3
has:attachment is:unread sort:largest limit:10: 
subject:港口 lang:zh: 
received:thisweek OR date:2019-01-30..2019-01-31: 11 10 9 8 7 6 5 4 3 2 1 12
topic:quay.point: 7
X
diff "$T/expected" "$T/answers" >"$T/diff" || wrong "the examples: $(tr '\n' ';' <"$T/diff")"
end

# each order, said in the query or as an option, which decides
begin "sort: and --sort"
harbour_archive
in_order '7 6 1 12 11' 'ws:quay sort:author' # Ada's, the newest first, then Quin's
in_order '12 1 6 7 11' 'ws:quay sort:oldest'
in_order '12 1 6 7 11' ws:quay --oldest
in_order '12 1 6 7 11' 'ws:quay sort:author' --sort oldest
in_order '12 11 7 6 1' 'ws:quay sort:arrived'
in_order '12 11 7 6 1' 'sort:arrived ws:quay'
in_order '12 11 7' 'ws:quay sort:arrived limit:3'
in_order '12 11' 'ws:quay sort:arrived limit:3' --limit 2
in_order '12 11 7 6 1' 'ws:quay sort:arrived limit:3' --limit 0
in_order '12 11 7 6 1' 'ws:quay sort:subject' # An old matter, Careful, First report, Old gear, The cranes
run 64 'sort: |did you mean .newest' query --archive "$A" sort:newset
run 64 'newest, oldest, arrived' query --archive "$A" --sort best
run 64 'a query that begins with - stands behind --' query --archive "$A" -is:held
run 64 'column 7.*0 for all' query --archive "$A" limit:many
run 64 'twice' query --archive "$A" 'sort:oldest ws:quay sort:newest'
run 64 'column 2: .sort:. is about the whole query' query --archive "$A" '(sort:oldest ws:quay)'
run 64 'column 10: .limit:. is about the whole query' query --archive "$A" 'ws:quay -limit:3'
end

# a query that people ask often has a name; it stands for itself in brackets
begin "saved queries"
harbour_archive
config=$T/saved.conf
cat >"$config" <<X
[archive]
folder = $A

[query quay]
title = All about the quay
query = ws:quay sort:arrived

[query both]
query = topic:quay.crane
	OR topic:water.silt

[query few]
query = saved:quay limit:2
X
in_order '12 11 7 6 1' saved:quay
in_order '4' 'saved:both dredging'
in_order '5 3' 'kind:input -saved:quay -saved:both'
in_order '12 11' saved:few
in_order '12 11 7' saved:few --limit 3
run 0 '' check
out_has 'is whole'
run 64 'column 7: unknown saved query .qay.; did you mean .quay.' query saved:qay
run 64 'value is missing' query saved:
end

# a mistake in a saved query is told with its place, when it is asked and by check
begin "mistakes in saved queries"
harbour_archive
config=$T/saved.conf
printf '[archive]\nfolder = %s\n\n[query good]\nquery = ws:quay\n\n[query bad]\nquery = winter OR\n\t  ws:quai\n[query outer]\nquery = rusty saved:bad\n' "$A" >"$config"
run 64 "column 7: in the saved query 'bad', .*/saved.conf:9:7: unknown workstream 'quai'; did you mean 'quay'" query 'rusty saved:bad'
run 64 "in the saved query 'outer', .*/saved.conf:11:15: in the saved query 'bad', .*/saved.conf:9:7: unknown" query saved:outer
run 0 '' query --count saved:good
run 65 '*' check
out_has "saved.conf:9:7: unknown workstream 'quai'"
for broken in '[query]|needs a name' '[query Upper]|small letters' '[query x]|has no query' '[query x]|query =|has no value' '[query x]|qeury = a|did you mean query' '[query x]|query = a|query = b|given twice' \
	'[query x]|query = a|[query x]|query = b|stands there twice'; do
	printf '%s\n' "${broken%|*}" | tr '|' '\n' >"$config"
	run 78 "saved.conf:[0-9]+:[0-9]+: .*${broken##*|}" query --archive "$A" rusty
done
end

# saved queries that ask for themselves, or double at each level, end in an error and at once
begin "saved queries that never end"
harbour_archive
config=$T/saved.conf
printf '[query a]\nquery = rusty saved:b\n[query b]\nquery = saved:c\n[query c]\nquery = silt OR saved:a\n' >"$config"
run 64 "the saved query 'a' asks for itself" query --archive "$A" saved:a
{
	printf '[query d0]\nquery = rusty\n'
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do printf '[query d%d]\nquery = saved:d%d saved:d%d\n' $n $((n - 1)) $((n - 1)); done
} >"$config"
run 64 'too many words' query --archive "$A" saved:d20
run 64 'levels deep' query --archive "$A" saved:d40
run 0 '' query --archive "$A" --count saved:d4
out_is 1
end

# ids go where ids are taken, all of them
begin "--format ids"
harbour_archive
run 0 '' query --archive "$A" --format ids ws:quay
out_lines 5
grep -vE '^[a-z2-7]{16}$' "$out" >"$T/odd" && wrong "no id: $(head -n 1 "$T/odd")"
alone query --archive "$A" --format ids dredging | alone assign --archive "$A" --by ada - +quay >"$T/said" 2>&1 || wrong "assign: $(cat "$T/said")"
run 0 '' query --archive "$A" --count 'ws:quay dredging'
out_is 1
run 64 'expected one of text, json, csv, html, mime' digest --archive "$A" --format ids
end

# The mailbox that goes out holds each letter once and whole, whatever its lines begin with and end in, and nothing that the public may not see.
begin "--format mbox"
harbour_archive
{
	printf 'From sender@example.org Tue Feb 12 08:13:00 2019\r\nFrom: Bo <bo@example.org>\r\nDate: Tue, 12 Feb 2019 08:13:00 +0000\r\nMessage-ID: <letter-13@example.net>\r\n'
	printf 'Subject: Tide\r\n\r\nFrom here on the tide rises.\r\n>From there too.\r\n\r\nFrom bo@example.org Tue Feb 12 08:13:00 2019\r\nSubject: not a letter\r\n\r\nlast line without end'
} >"$T/tide.eml"
deliver "$T/tide.eml"
run 0 'held.*--include held' query --archive "$A" --format mbox --oldest
err_has 'spam.*--include spam'
cp "$out" "$T/box"
! grep -i 'zebrafinch\|buy a gantry' "$T/box" >"$T/found" || wrong "what is held or spam went out: $(head -n 1 "$T/found")"
same "separators" "$(grep -c '^From ' "$T/box")" 11
grep -q '^>From here on' "$T/box" || wrong "a line that begins with From is not marked"
grep -q '^>>From there' "$T/box" || wrong "a line that begins with >From is not marked"
python3 - "$T/box" >"$T/python" <<'PY' || wrong "python cannot read the mailbox"
import mailbox, sys
for message in mailbox.mbox(sys.argv[1]):
    print(message["Subject"])
PY
same "letters that python finds" "$(wc -l <"$T/python" | tr -d ' ')" 11
grep -q '^Tide$' "$T/python" || wrong "python does not find the letter about the tide"
B=$T/again
run 0 '' init "$B" --rules "$T/harbour.rules"
run 0 '*' import --archive "$B" "$T/box"
sqlite3 "$A/index.db" "SELECT public_id FROM message WHERE held IS NULL AND kind <> 'spam' ORDER BY 1" >"$T/before"
sqlite3 "$B/index.db" 'SELECT public_id FROM message ORDER BY 1' >"$T/after"
diff "$T/before" "$T/after" >"$T/diff" || wrong "read back it is other mail: $(tr '\n' ';' <"$T/diff")"
run 0 '' query --archive "$A" --format mbox --include held,spam
same "with what was left out" "$(grep -c '^From ' "$out")" 13
run 64 'include everything: expected held, spam' query --archive "$A" --format mbox --include everything
end

# what was redacted goes out only when it is asked for, and then without what was taken out
begin "--format mbox and redacted mail"
harbour_archive
run 0 '*' redact --archive "$A" --by ada --note test "$(letter_id 1)" --text squeak
run 0 'redacted' query --archive "$A" --format mbox 'id:letter-1@example.net'
out_empty
run 0 '*' query --archive "$A" --format mbox --include redacted 'id:letter-1@example.net'
out_lacks squeak
out_has 'gantry cranes'
end

begin "mutt reads the mailbox"
if ! command -v mutt >/dev/null; then skip "mutt is not installed"; else
	harbour_archive
	run 0 '*' query --archive "$A" --format mbox --oldest
	cp "$out" "$T/box"
	mkdir -p "$T/home/Mail" # mutt asks whether to make it
	timeout -k 5 60 env -i PATH="$PATH" HOME="$T/home" TERM=xterm script -qec "mutt -n -F /dev/null -R -f '$T/box' -e 'push q'" /dev/null </dev/null >"$T/screen" 2>&1
	same "letters that mutt finds" "$(grep -ao 'Msgs:[0-9]*' "$T/screen" | tail -n 1)" Msgs:10
fi
end

# the place where the words stand
begin "--excerpts"
harbour_archive
run 0 '' query --archive "$A" --excerpts squeak
out_has '^ {10}The gantry cranes on the north side squeak all night'
run 0 '' query --archive "$A" squeak
out_lines 1
run 0 '' query --archive "$A" --excerpts --format json 'squeak north'
json_is 'my $e = $_->{excerpt}; join ",", $e->{in}, map { substr $e->{text}, $_->[0], $_->[1] } @{$e->{marks}}' 'new,north,squeak'
run 0 '' query --archive "$A" --excerpts --format json verschlickung
json_is 'my $e = $_->{excerpt}; join ",", map { substr $e->{text}, $_->[0], $_->[1] } @{$e->{marks}}' 'Verschlickung'
run 0 '' query --archive "$A" --excerpts --format json ws:water
json_is 'exists $_->{excerpt} ? "there" : "none"' 'none none'
end

# tty COMMAND: runs it where standard output is a terminal of 100 columns; what it shows stands in $T/shown
tty() {
	env -i PATH="$PATH" HOME="$T/home" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" TERM=xterm ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} "$@" >"$T/shown" 2>&1 </dev/null
}

# on a terminal: dates from now, the words standing out, columns of one width, through the pager that is named
begin "on a terminal"
if ! command -v script >/dev/null; then skip "script (bsdutils) is not installed"; else
	harbour_archive
	letter "$T/wide.eml" 14 '港口的淤积' '港口的淤积越来越严重。' 'From: 王小明 <wang@example.org>'
	deliver "$T/wide.eml"
	now=1550052000
	printf '#!/bin/sh\necho "paged $LESS $LV"\ncat\n' >"$T/pager"
	chmod +x "$T/pager"
	tty PAGER="$T/pager" script -qec "stty cols 100; '$POSTBAG' query --archive '$A' gantry" /dev/null
	grep -q 'paged FRX -c' "$T/shown" || wrong "the pager is not used: $(head -c 300 "$T/shown")"
	grep -q 'yest\. 08:01' "$T/shown" || wrong "the date does not count back from now: $(head -c 300 "$T/shown")"
	printf 'The \033[0m\033[1;31mgantry' >"$T/marked"
	grep -qF "$(cat "$T/marked")" "$T/shown" || wrong "the word does not stand out: $(head -c 300 "$T/shown")"
	tty POSTBAG_PAGER="$T/pager" PAGER=false LESS=R script -qec "stty cols 100; '$POSTBAG' query --archive '$A' gantry" /dev/null
	grep -q 'paged R -c' "$T/shown" || wrong "POSTBAG_PAGER is not asked first: $(head -c 300 "$T/shown")"
	for way in PAGER= PAGER=cat "PAGER=$T/pager --no-pager"; do
		tty "${way% --no-pager}" script -qec "stty cols 100; '$POSTBAG' query ${way#"${way% --no-pager}"} --archive '$A' gantry" /dev/null
		! grep -q paged "$T/shown" || wrong "$way: the pager is used"
		grep -q gantry "$T/shown" || wrong "$way: nothing is shown"
	done
	tty PAGER='head -n 1' script -qec "stty cols 100; '$POSTBAG' query --archive '$A' --no-color --limit 0; echo ended \$?" /dev/null
	grep -q 'ended 0' "$T/shown" || wrong "a pager that leaves early is an error: $(tail -c 300 "$T/shown")"
	tty PAGER=cat script -qec "stty cols 100; '$POSTBAG' query --archive '$A' --no-color --limit 0" /dev/null
	python3 - "$T/shown" >"$T/widths" <<'PY' || wrong "the columns do not stand under one another: $(cat "$T/widths")"
import sys, unicodedata
def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
starts, wide = set(), 0
subjects = ["The cranes", "Fahrrinne", "Opening hours", "Letter of the guild", "港口的淤积"]
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.rstrip()
    wide = max(wide, columns(line))
    for subject in subjects:
        if line.endswith(subject) and not line.endswith("Re: " + subject):
            starts.add(columns(line) - columns(subject))
print(sorted(starts), wide)
sys.exit(0 if len(starts) == 1 and wide <= 100 else 1)
PY
fi
end

# a list of any length is read in pieces: each message is there once
begin "a long list"
run 0 '' init "$A"
perl -e 'for (1 .. 450) { printf "From a\@example.org Tue Feb 12 10:00:00 2019\nFrom: A <a\@example.org>\nDate: Tue, 12 Feb 2019 10:00:00 +0000\nMessage-ID: <m$_\@example.org>\nSubject: Letter $_\n\nThe text of letter $_.\n\n" }' >"$T/many"
run 0 '*' import --archive "$A" "$T/many"
run 0 '' query --archive "$A" --limit 0 --format csv
out_lines 451
same "headings" "$(grep -c '^id,date' "$out")" 1
run 0 '' query --archive "$A" --limit 0
same "lines" "$(sort -u "$out" | wc -l | tr -d ' ')" 450
run 0 '' query --archive "$A" --format ids text
same "ids" "$(sort -u "$out" | wc -l | tr -d ' ')" 450
cp "$out" "$T/all"
run 0 '*' query --archive "$A" --format ids --limit 40 text
head -n 40 "$T/all" >"$T/first"
out_same "$T/first"
end

# control characters of a sender reach no terminal through an error
begin "an error about a hostile query"
harbour_archive
run 64 'column 4' query --archive "$A" "$(printf 'ws:\033[2Jquay')"
err_has '\\x1b\[2J'
run 64 'column' query --archive "$A" "$(perl -e 'print "(" x 33')"
run 64 'column 2001:' query --archive "$A" "$(perl -e 'print " " x 2000, "x:y winter"')"
err_lines 3
end
