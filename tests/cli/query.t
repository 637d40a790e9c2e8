#!/bin/sh
# postbag query: the language people know, each prefix of it, errors that point at the column, and rows as text, JSON and CSV.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 21

# found QUERY NUMBER...: exactly the letters with these numbers match, and --count says so
found() {
	asked=$1
	shift
	run 0 '*' query --archive "$A" --limit 0 --format json "$asked"
	ids=$(json '$_->{id}' | sort | tr '\n' ' ')
	wanted=$(for n; do letter_id "$n"; done | sort | tr '\n' ' ')
	same "query $asked" "$ids" "$wanted"
	run 0 '' query --archive "$A" --count "$asked"
	out_is $#
}

# no query asks for everything, newest first, by the message's own date
begin "no query"
harbour_archive
found '' 1 2 3 4 5 6 7 8 9 10 11 12
run 0 '' query --archive "$A" --format json
same "newest first" "$(json '$_->{id}' | head -n 1)" "$(letter_id 11)"
same "oldest last" "$(json '$_->{id}' | tail -n 1)" "$(letter_id 12)"
run 0 '' query --archive "$A" --oldest --format json
same "oldest first" "$(json '$_->{id}' | head -n 1)" "$(letter_id 12)"
end

# where rapporteurs look: what is filed under a workstream, a topic, an intent, a group, a kind
begin "ws: topic: intent: group: kind:"
harbour_archive
found ws:quay 1 6 7 11 12
found ws:water 2 4
found topic:quay.crane 1 6
found topic:water.silt 2 4
found topic:quay.point3 7
found topic:quay.point4
found intent:question 3
found intent:danger 11
found group:PILOTS 4
found kind:spam 9
found kind:auto 8
found kind:team 10
found kind:input 1 2 3 4 5 6 7 11 12
end

# who wrote and what stands where
begin "from: to: subject: words"
harbour_archive
found from:zoe 5
found from:pat@pilots.example.org 4
found 'from:"Ada Example"' 1 2 3 6 7 8 9 12
found to:harbour 1 2 3 4 5 6 7 8 9 10 11 12
found subject:opening 3 10
found 'subject:"opening hours"' 3 10
found subject:winter
found winter 3
found WINTER 3
found 'the winter' 3
found zebrafinch 11
end

# words as written in other places and languages: case, accents and folding never hide a letter
begin "words of other scripts"
harbour_archive
found fahrrinne 2
found faehre
found fahre 2
found Fähre 2
letter "$T/zh.eml" 13 '关于港口' '港口的淤积越来越严重。'
deliver "$T/zh.eml"
found 淤积 13
found topic:water.silt 2 4 13
found 港口 13
letter "$T/ru.eml" 14 'Гавань' 'Ещё один вопрос о маяке.'
deliver "$T/ru.eml"
found еще 14
found маяке 14
end

# phrases, beginnings, minus, OR and brackets
begin "phrases and operators"
harbour_archive
found '"gantry cranes"' 1 8
found '"cranes gantry"'
found 'gant*' 1 8 9
found 'crane*' 1 8 9
found 'crane* -kind:spam' 1 8
found 'topic:quay.crane OR topic:water.silt' 1 2 4 6
found '(topic:quay.crane OR topic:water.silt) -from:ada' 4
found 'winter OR zebrafinch OR rusty' 3 6 11
found 'kind:input -(ws:quay OR ws:water)' 3 5
end

# a query split over arguments is the same query
begin "several arguments"
harbour_archive
# a word that begins with minus stands behind --, as in every program
run 0 '' query --archive "$A" --count kind:input -- -ws:quay -ws:water
out_is 2
run 0 '' query --archive "$A" --count -- '-kind:spam crane*'
out_is 2
run 0 '' query --archive "$A" --count -- -kind:input
out_is 3
run 0 '' query --archive "$A" --count ws:quay topic:quay.crane
out_is 2
end

# dates: days, months, years, ranges, open ends, and back from now; date: is the message's, received: the archive's
begin "date: and received:"
harbour_archive
found date:2018-07-12 12
found date:2018-07 12
found date:2018 12
found date:2018..2018 12
found date:2019-02-12 1 2 3 4 5 6 7 8 9 10 11
found date:2019-01..2019-03 1 2 3 4 5 6 7 8 9 10 11
found date:..2018-12-31 12
found date:2019-01-01.. 1 2 3 4 5 6 7 8 9 10 11
found date:7d 1 2 3 4 5 6 7 8 9 10 11
found received:2019-02-12 1 2 3 4 5 6 7 8 9 10 11 12
found received:7d 1 2 3 4 5 6 7 8 9 10 11 12
found received:yesterday 1 2 3 4 5 6 7 8 9 10 11 12
found received:2018
found received:today
end

# a civil day is the zone's: 23:30 UTC is the next day in Berlin
begin "--timezone"
run 0 '' init "$A"
letter "$T/a.eml" 1 'Late' 'Late in the evening.' 'Date: Mon, 11 Feb 2019 23:30:00 +0000'
deliver "$T/a.eml"
found date:2019-02-11 1
run 0 '' query --archive "$A" --count --timezone Europe/Berlin date:2019-02-12
out_is 1
run 0 '' query --archive "$A" --count --timezone Europe/Berlin date:2019-02-11
out_is 0
run 0 '' query --archive "$A" --timezone Europe/Berlin
out_has '2019-02-12|12 Feb'
run 64 'Europe/Atlantis' query --archive "$A" --timezone Europe/Atlantis
end

# states, attachments, languages
begin "is: has: lang:"
harbour_archive
found is:unfiled 3 5
found is:held 11
found is:suggested 6
found lang:de 2
{
	printf 'From: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 08:13:00 +0000\nMessage-ID: <letter-13@example.net>\nSubject: With a list\n'
	printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the list of the gantry cranes.\n'
	printf -- '--b\nContent-Type: text/csv; name="cranes.csv"\nContent-Disposition: attachment; filename="cranes.csv"\n\n1,2\n--b--\n'
} >"$T/list.eml"
deliver "$T/list.eml"
found has:attachment 13
end

# the question of letter 3 was answered by the team's letter 10; an open one awaits its answer
begin "is:unanswered"
harbour_archive
found is:unanswered
letter "$T/open.eml" 14 'Another thing' 'My question is who paints the lighthouse.'
deliver "$T/open.eml"
found is:unanswered 14
end

# a thread holds together, whichever of its messages is named; near: finds letters of the same words
begin "thread: and near:"
harbour_archive
found "thread:$(letter_id 3)" 3 10
found "thread:$(letter_id 10)" 3 10
found "thread:$(letter_id 5)" 5
letter "$T/same.eml" 15 'Thanks' 'Thank you for listening to the town.' 'From: Yan Sample <yan@example.com>'
deliver "$T/same.eml"
found "near:$(letter_id 5)" 5 15
found "near:$(letter_id 15)" 5 15
# who only counts reads no more of the schema than that asks, twice in turn
for _asked in thread near campaign campaign; do
	run 0 "" query --archive "$A" --count "$_asked:$(letter_id 5)"
done
end

# two Message-IDs of one hash, as anybody can find them: neither letter is the other's copy, in its thread, or found for it
begin "Message-IDs of one hash"
run 0 '' init "$A"
hashed() { # NUMBER MESSAGE-ID HEADER
	printf 'From: Ada Example <ada@example.net>\nTo: <harbour@example.org>\nSubject: The cranes\nDate: Tue, 12 Feb 2019 08:0%s:00 +0000\nMessage-ID: <%s>\n%s\n\n%s\n' \
		"$1" "$2" "$3" 'The gantry cranes on the old quay squeak at night.' >"$T/$1.eml"
	deliver "$T/$1.eml"
}
hashed 1 17598962@x.example 'X-Number: 1'
hashed 2 2007564@x.example 'X-Number: 2'
hashed 3 reply@example.net 'References: <2007564@x.example>'
same "hashes" "$(sql index.db "SELECT count(DISTINCT id_hash) FROM message WHERE message_id LIKE '%@x.example'")" 1
same "copies" "$(sql index.db "SELECT count(*) FROM message WHERE copy_of IS NOT NULL")" 0
same "threads" "$(sql index.db "SELECT group_concat(thread) FROM (SELECT thread FROM message ORDER BY date_effective)")" 1,2,2
for _id in 17598962@x.example 2007564@x.example; do
	run 0 '' query --archive "$A" --format json "id:$_id"
	same "$_id" "$(json '$_->{id}')" "$(sql index.db "SELECT public_id FROM message WHERE message_id = '$_id'")"
	run 0 '' show --archive "$A" "<$_id>"
	out_has "^message-id +$_id\$"
done
run 0 '' query --archive "$A" --count thread:2007564@x.example
out_is 2
end

# points FIRST-COLUMN PATTERN QUERY: exit 64, the query, a mark under the column, and the nearest known word
points() {
	run 64 "column $1([^0-9]|\$)" query --archive "$A" "$3"
	err_has "$2"
	err_lines 3
	mark=$(sed -n 2p "$err")
	printf '%s' "$((${#mark} - 11))" | grep -Eq "^$1$" || wrong "query $3: the mark is under column $((${#mark} - 11)), expected $1"
	out_empty
}
begin "errors point at the column and suggest"
harbour_archive
points 1 'kind' 'knid:input'
points 1 'topic' 'topci:quay.crane'
points 7 'quay\.crane' 'topic:quay.crnae'
points 4 'quay' 'ws:quai'
points 11 'water' 'winter ws:wter'
points 6 'input' 'kind:inptu'
points 4 'unfiled' 'is:unfield'
points 4 'known are unfiled, suggested, .*correction$' 'is:open'
points 5 'attachment' 'has:atachment'
points 8 'question' 'intent:qestion'
points 7 'PILOTS' 'group:PILTOS'
points 6 '.' 'date:2019-13'
points 6 '.' 'date:soon'
points 6 '.' 'date:2019-03..2019-01'
points 8 'quote|"' 'winter "opening hours'
points 1 '\(|\)|bracket' '(winter OR rusty'
points 7 '\(|\)|bracket' 'winter)'
points '(8|10)' 'OR|word|end' 'winter OR'
points 1 'OR|word|operator' 'OR winter'
# columns count characters, not bytes
points 10 'quay' 'Fähre ws:quai'
end

# a count knows the beginning of the index's schema, and a VACUUM brings that into another order
begin "counts of an index that was made anew"
harbour_archive
for _round in first log vacuum; do
	found is:correction
	found is:superseded
	found is:campaign
	found is:duplicate
	found 'ws:quay kind:input' 1 6 7 11 12
	found winter 3
	found from:zoe 5
	found 'ws:water date:2019..' 2 4
	case $_round in
	first) sqlite3 "$A/index.db" '.filectrl persist_wal 1' '.dbconfig no_ckpt_on_close on' 'CREATE TABLE more (one)' >/dev/null ;;
	log) sqlite3 "$A/index.db" 'VACUUM' ;;
	esac
done
end

# an index of a table that stands behind what a count reads
begin "a count of an index whose order was changed by hand"
harbour_archive
sqlite3 "$A/index.db" '.filectrl persist_wal 1' '.dbconfig no_ckpt_on_close on' 'DROP INDEX filing_message' \
	'CREATE INDEX filing_message ON filing (message, type, id)' >/dev/null
found is:unfiled 3 5
found is:correction
found winter 3
end

# what a search engine takes for its own language is only text here
begin "no text is syntax"
harbour_archive
for text in 'a-b' 'u@x' 'C++' 'AND' 'NOT winter' 'NEAR(a b)' 'col:umn' "it's" 'a"b"c' 'subject:a-b' '{subject} : x' "'; DROP TABLE message; --" '%' '***' '""' '-' '\' '^winter' 'ws:' ':' ; do
	alone query --archive "$A" --count "$text" >"$out" 2>"$err"
	case $? in
	0) [ ! -s "$err" ] || wrong "query $text: $(cat "$err")" ;;
	64) grep -q '^postbag: .*column' "$err" || wrong "query $text: $(cat "$err")" ;;
	*) wrong "query $text: $(cat "$err")" ;;
	esac
	! grep -Ei 'sql|fts|syntax error near' "$err" || wrong "query $text: the engine speaks: $(cat "$err")"
done
long=$(perl -e 'print "word " x 20000')
run 64 'column|long|terms' query --archive "$A" "$long"
check_archive 12 12
end

# rows a program reads: one object a line, with the names classify uses
begin "--format json"
harbour_archive
run 0 '' query --archive "$A" --limit 0 --format json
out_lines 12
json_is 'my $row = $_; grep { !exists $row->{$_} } qw(id kind reason workstreams topics suggested intents groups lang evidence)' ''
run 0 '' query --archive "$A" --format json topic:quay.crane rusty
json_is '@{$_->{topics}}, @{$_->{suggested}}, @{$_->{workstreams}}, $_->{kind}' 'quay.crane quay.crane quay input'
run 0 '' query --archive "$A" --format json squeak
json_is '@{$_->{topics}}, scalar @{$_->{suggested}}, $_->{subject}' 'quay.crane 0 The cranes'
json_is 'join ",", map { lc } grep { defined && /gantry/i } map { $_->{words} } @{$_->{evidence}}' 'gantry cranes'
run 0 '' query --archive "$A" --format json nosuchword
out_empty
end

# rows a spreadsheet opens: a heading, as many rows, quoted right
begin "--format csv"
harbour_archive
letter "$T/quote.eml" 16 'He said "no, never", twice' 'Text, with commas.'
deliver "$T/quote.eml"
run 0 '' query --archive "$A" --limit 0 --format csv
perl -e '
	my $text = join "", <>;
	my (@rows, @row);
	while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/gc) {
		my ($quoted, $plain, $end) = ($1, $2, $3);
		push @row, defined $quoted ? $quoted =~ s/""/"/gr : $plain;
		next if $end eq ",";
		push @rows, [@row];
		@row = ();
	}
	print "trailing: ", substr($text, pos $text, 60), "\n" if (pos $text || 0) < length $text;
	my %widths = map { scalar @$_ => 1 } @rows;
	print "rows of several widths: @{[sort keys %widths]}\n" if keys %widths != 1;
	print "rows: ", scalar @rows, "\n" if @rows != 14;
	print "no subject\n" unless grep { $_ eq q(He said "no, never", twice) } map { @$_ } @rows;
	print "no heading\n" unless grep { $_ eq "id" } @{$rows[0]};
' "$out" >"$T/csv"
[ ! -s "$T/csv" ] || wrong "CSV: $(tr '\n' ';' <"$T/csv")"
run 0 '' query --archive "$A" --excerpts --format csv commas
out_has '^id,.*,state,excerpt'
out_has ',"Text, with commas\."'
run 0 '' query --archive "$A" --format csv commas
out_lacks 'excerpt'
end

# a cell that a spreadsheet would take for a formula is disarmed
begin "csv formulas"
run 0 '' init "$A"
n=0
for subject in '=HYPERLINK("http://example.org")' '+1+1' '-2+3' '@SUM(A1)' '=?utf-8?Q?=09=3D1+1?=' '=?utf-8?Q?=0D=3D1+1?='; do
	n=$((n + 1))
	letter "$T/$n.eml" $n "$subject" 'Text.' "From: \"=cmd|' /C calc'!A0\" <f$n@example.net>"
	deliver "$T/$n.eml"
done
run 0 '' query --archive "$A" --limit 0 --format csv
out_lines 7
out_lacks '(^|,)"?[=+@	-]'
out_has "'=HYPERLINK"
out_has "'\+1\+1"
end

# a long list is cut, and says so; --limit 0 is all
begin "--limit"
harbour_archive
run 0 '2 of 12' query --archive "$A" --limit 2 --format json
out_lines 2
run 0 '' query --archive "$A" --limit 0 --format json
out_lines 12
run 0 '' query --archive "$A" --limit 12 --format json
out_lines 12
run 0 '' query -q --archive "$A" --limit 2 --format json
out_lines 2
run 0 '' query --archive "$A" --limit 1 --count
out_is 12
end

# a terminal's list: a line or more a message, nothing coloured where no terminal is, no match said on stderr
begin "text"
harbour_archive
run 0 '' query --archive "$A" --limit 0
for n in 1 5 12; do out_has "$(letter_id $n | cut -c 1-6)"; done
out_has 'Opening hours'
out_has 'Zoe Sample'
out_has "^$(letter_id 10 | cut -c 1-8)  [0-9-]+  team"
out_has "^$(letter_id 9 | cut -c 1-8)  [0-9-]+  spam"
run 0 'no message' query --archive "$A" nosuchword
out_empty
end
