#!/bin/sh
# Nothing in the program knows about one certain review: an invented consultation on a town's bus timetable goes through everything.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 5
now=1713258000 # 2024-04-16 09:00 UTC

BUS=$srcdir/tests/filing/bus-timetable.rules
[ -r "$BUS" ] || bail "no $BUS"

bus_letter() { # FILE NUMBER SUBJECT BODY [HEADER-LINE...]
	file=$1 n=$2 subject=$3 body=$4
	shift 4
	letter "$file" "$n" "$subject" "$body" "Date: Mon, 15 Apr 2024 08:$(printf '%02d' "$n"):00 +0000" "$@"
}
bus_archive() {
	run 0 '' init "$A" --rules "$BUS"
	bus_letter "$T/1.eml" 1 'The ferry' 'Please bring Line 7b back. People with the ferry tickets walk a mile.'
	bus_letter "$T/2.eml" 2 'La nuit' 'Le dernier bus part trop tôt, et les horaires changent sans prévenir.'
	bus_letter "$T/3.eml" 3 'Invitation' 'We would like to meet the panel in our hall. I write on behalf of the Riders'"'"' Union.'
	bus_letter "$T/4.eml" 4 'A fall' 'My husband fell when the bus braked near the marzipan shop.'
	bus_letter "$T/5.eml" 5 'Questionnaire' 'Questions 4-6 and 9: no opinion.'
	bus_letter "$T/6.eml" 6 'Thanks' 'Thank you for the tea, it was a pleasant afternoon in the town hall with all of you.'
	bus_letter "$T/7.eml" 7 'Out of office' 'Back on Monday.' 'Auto-Submitted: auto-replied'
	bus_letter "$T/8.eml" 8 'Cheap pills today' 'Buy.' 'X-Spam-Flag: yes'
	bus_letter "$T/9.eml" 9 'Re: The ferry' 'Thank you, we have noted it.' 'From: Bus Panel Chair <panel@example.org>' 'In-Reply-To: <letter-1@example.net>' 'References: <letter-1@example.net>'
	now=1713193200
	for n in 1 2 3 4 5 6 7 8 9; do deliver "$T/$n.eml"; done
	now=1713258000
	check_archive 9 9
}
found() { # QUERY NUMBER
	run 0 '' query --archive "$A" --count "$1"
	out_is "$2"
}

begin "init, deliver, query"
bus_archive
# the letter, the numbered answers, and the panel's reply: one hint in its subject, and the thread's own filing
found ws:routes 3
found 'ws:routes kind:input' 2
found topic:routes.harbour 2
found 'topic:routes.harbour kind:team is:suggested' 1
found topic:routes.q4 1
found topic:routes.q6 1
found topic:routes.q9 1
found topic:routes.q7 0
found topic:timetable.night 1
found ws:timetable 1
found intent:meeting 1
found intent:accident 1
found group:Riders 1
found is:held 1
found kind:auto 1
found kind:spam 1
found kind:team 1
found kind:input 6
found 'is:unfiled subject:thanks' 1
run 64 'column 4.*' query --archive "$A" ws:ws2
end

begin "explain and show"
bus_archive
run 0 '' explain --archive "$A" "$(letter_id 1)"
out_has 'routes\.harbour'
out_has "bus-timetable\.rules:[0-9]+"
out_has '\^'
run 0 '' explain --archive "$A" "$(letter_id 2)"
out_has 'timetable\.night'
run 0 '' show --archive "$A" "$(letter_id 3)"
out_has 'Riders'
end

begin "digest"
bus_archive
run 0 '' digest --archive "$A" --daily
out_has '^received 9 = '
for heading in 'Routes' 'Timetable' 'Fares and tickets' 'Accessibility'; do out_has "$heading"; done
for word in marzipan husband 'A fall'; do out_lacks "$word"; done
run 0 '' digest --archive "$A" --daily --workstream timetable
out_has 'Le dernier bus part'
run 0 '' digest --archive "$A" --daily --format json
json 1 >"$T/json"
[ -s "$T/json" ] || wrong "no JSON"
out_lacks 'marzipan'
end

begin "classify and rebuild"
bus_archive
run 0 '' classify --rules "$BUS" --format json "$T"/[1-9].eml
out_lines 9
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 '*' rebuild --archive "$A"
dump_index "$T/after"
same_index "$T/before" "$T/after" "rebuilt"
end

# nothing of another review shows through: no target, no heading
begin "nothing of another review"
bus_archive
same "ids of another review" "$(sql index.db "SELECT count(*) FROM target WHERE id GLOB 'ws[0-9]*' OR id GLOB 'area[0-9]*'")" 0
at_least "targets" "$(sql index.db 'SELECT count(*) FROM target')" 30
run 0 '' digest --archive "$A" --since 2024-01-01
out_lacks 'SSR|ICANN|ws[1-4]'
end
