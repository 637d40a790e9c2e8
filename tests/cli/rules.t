#!/bin/sh
# postbag rules: what is shipped is right, and what staff get wrong is told with file, line and column.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 18

BUS=$srcdir/tests/filing/bus-timetable.rules
[ -r "$BUS" ] || bail "no $BUS"

# the shipped files are whole, and their own accept and reject lines hold
begin "the shipped files"
set -- "$srcdir"/filters/*.rules
at_least "shipped rule files" $# 2
for file in "$@" "$BUS"; do
	[ -r "$file" ] || wrong "no $file"
	run 0 '' rules check "$file"
	out_has '[1-9][0-9]* '
	run 0 '' rules test "$file"
	out_has '[1-9][0-9]* passed, 0 failed'
	same "lines tested in ${file##*/}" "$(sed -n 's/^\([0-9]*\) passed.*/\1/p' "$out")" "$(grep -Ec '^(accept|reject)[a-z0-9.]* *=' "$file")"
done
run 0 '' rules check "$srcdir/filters/ssr2-2018.rules" "$srcdir/filters/ssr2-2017.rules"
out_has 'ssr2-2018'
out_has 'ssr2-2017'
run 0 '' rules test "$srcdir/filters/ssr2-2018.rules" "$srcdir/filters/ssr2-2017.rules"
end

# every heading of the shipped files has an accept and a reject line of its own
begin "accept and reject in every topic and workstream"
for file in "$srcdir"/filters/*.rules; do
	perl -ne '
		if (/^\[(\w+)\s*([^\]]*)\]/) { check(); ($type, $id, $accept, $reject) = ($1, $2, 0, 0); $topics++ if $type =~ /^(topic|workstream)$/ }
		$accept++ if /^accept/;
		$reject++ if /^reject/;
		sub check { print "$id\n" if defined $type && $type =~ /^(topic|workstream)$/ && !($accept && $reject) }
		END { check(); print "no topic at all\n" unless $topics }
	' "$file" >"$T/bare"
	[ ! -s "$T/bare" ] || wrong "${file##*/}: without accept or reject: $(tr '\n' ' ' <"$T/bare")"
done
end

# the ids that reports and other tools use
begin "the ids of the shipped files"
for id in ws1 ws2 ws3 ws4; do grep -q "^\[workstream $id\]" "$srcdir/filters/ssr2-2018.rules" || wrong "no [workstream $id]"; done
for id in area1 area2 area3 area4 area5; do grep -q "^\[workstream $id\]" "$srcdir/filters/ssr2-2017.rules" || wrong "no [workstream $id]"; done
for id in ws2.isms ws2.risk ws2.bcms ws2.incident ws2.operations ws2.vetting ws2.compliance ws3.rootzone ws3.rootservers ws3.abuse ws3.altroots ws3.measurement ws3.interop ws4.abusedata ws4.privacy ws4.rootprotection ws4.dnssec-crypto ws4.coalescence ws4.altnaming ws4.newuses; do
	grep -q "^\[topic $id\]" "$srcdir/filters/ssr2-2018.rules" || wrong "no [topic $id]"
done
grep -q '^\[series ws1\.rec\]' "$srcdir/filters/ssr2-2018.rules" || wrong "no [series ws1.rec]"
grep -Eq '^range *= *1-28' "$srcdir/filters/ssr2-2018.rules" || wrong "no range of 28 recommendations"
end

# refused TEXT LINE COLUMN PATTERN: the harbour's rules with TEXT at the end; LINE counts from the first line of TEXT ("2|4": either)
refused() {
	harbour_rules "$T/r.rules"
	before=$(wc -l <"$T/r.rules")
	printf "$1" >>"$T/r.rules"
	place=
	for n in $(printf '%s' "$2" | tr '|' ' '); do place="$place|$((before + n))"; done
	place="r\.rules:(${place#|}):$3: "
	run 65 "$place" rules check "$T/r.rules"
	err_has "$4"
	err_lines 1
	out_empty
	run 65 "$place" rules test "$T/r.rules"
	out_empty
}

# the nearest right word is what helps
begin "unknown sections and keys"
refused '\n[tpoic quay.rail]\ntitle = Rails\n' 2 '[0-9]+' 'topic'
refused '\n[topic quay.rail]\ntitle = Rails\nkeywrod = rail\n' 4 '1' 'keyword'
refused '\n[topic quay.rail]\ntitle = Rails\nwords < 60\n' 4 '[0-9]+' '.'
refused '\n[kind inptu]\nsubject = x\n' 2 '[0-9]+' 'team|auto|bounce|spam|admin|announcement'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword.9 = rail\n' 4 '[0-9]+' '.'
refused '\n[topic quay.rail]\ntitle = Rails\nroute = x@example.org\n' 4 '[0-9]+' 'route'
end

begin "ids"
refused '\n[topic quay.crane]\ntitle = Twice\nkeyword = twice\n' 2 '[0-9]+' 'quay\.crane'
refused '\n[workstream quay]\ntitle = Twice\n' 2 '[0-9]+' 'quay'
refused '\n[topic nowhere.rail]\ntitle = Rails\nkeyword = rail\n' 2 '[0-9]+' 'nowhere'
refused '\n[topic rail]\ntitle = Rails\nworkstream = nowhere\nkeyword = rail\n' '2|4' '[0-9]+' 'nowhere'
refused '\n[topic quay.Rail!]\ntitle = Rails\n' 2 '[0-9]+' '.'
refused '\n[topic]\ntitle = Rails\n' 2 '[0-9]+' '.'
refused '\n[taxonomy second]\ntitle = Second\n' 2 '[0-9]+' 'taxonomy'
end

begin "dates"
refused '\n[topic quay.rail]\ntitle = Rails\nsince = 2019-02-30\nkeyword = rail\n' 4 '9' '2019-02-30'
refused '\n[topic quay.rail]\ntitle = Rails\nuntil = soon\nkeyword = rail\n' 4 '9' 'YYYY-MM-DD|date'
refused '\n[topic quay.rail]\ntitle = Rails\nsince = 2019-1-1\nkeyword = rail\n' 4 '[0-9]+' '2019-1-1'
refused '\n[milestone M1]\ntitle = M\nplanned = 2019-01-01..2018-01-01\n' 4 '[0-9]+' '.'
end

begin "patterns and phrases"
refused '\n[topic quay.rail]\ntitle = Rails\npattern = /rail(/\n' 4 '[0-9]+' '\)|paren'
refused '\n[topic quay.rail]\ntitle = Rails\npattern = rail\n' 4 '[0-9]+' '/'
refused '\n[topic quay.rail]\ntitle = Rails\npattern = /rail\n' 4 '[0-9]+' '/'
refused '\n[topic quay.rail]\ntitle = Rails\npattern = /[/\n' 4 '[0-9]+' '.'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword = rail ~x track\n' 4 '[0-9]+' '.'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword = ~8 track\n' 4 '[0-9]+' '.'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword = *\n' 4 '[0-9]+' '.'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword = ra*il track\n' 4 '[0-9]+' '.'
end

begin "lists of words"
refused '\n[words rails]\nword = rail; track ~2 bed\n' 3 '20' 'neither'
refused '\n[words rails]\nnote = none yet\n' 2 '1' 'no words'
refused '\n[words Rails]\nword = rail\n' 2 '1' 'small letters'
refused '\n[words rails]\nword = rail\n\n[words rails]\nword = track\n' 5 '1' 'line [0-9]+'
refused '\n[words rails]\nword = rail\n\n[topic quay.rail]\ntitle = Rails\nkeyword = rusty | <rail> ~8 new\n' 7 '19' 'did you mean "rails"'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword = <rails> ~8 new\n\n[words rails]\nword = rail\n' 4 '11' 'begins in line [0-9]+'
refused '\n[words rails]\nword = rail\n\n[topic quay.rail]\ntitle = Rails\nkeyword = new <rails>\n' 7 '15' 'alone'
end

# a list that no phrase takes does no harm, and is told
begin "a list that nobody takes"
harbour_rules "$T/r.rules"
printf '\n[words rails]\nword = rail; track\nword.fr = voie\n\n[words spare]\nword = bed\n\n[topic quay.rail]\ntitle = Rails\nkeyword = rusty ~3 <rails> ~s quay\naccept = The rails are rusty, I saw it from the quay.\naccept = What voie is so rusty as that of your quay?\nreject = The rails are rusty. I saw it from the quay.\n' >>"$T/r.rules"
run 0 'r\.rules:[0-9]+:1: .*"spare"' rules check "$T/r.rules"
err_lines 1
run 0 '' rules test "$T/r.rules"
end

# what can be read and would never match as it was meant
begin "addresses, domains and expressions that would match nothing"
refused '\n[team]\ndomain = example.net; @marrowby.example.org\n' 3 '23' 'a domain has no "@"; write marrowby\.example\.org$'
refused '\n[team]\ndomain = foo\n' 3 '10' 'a whole domain'
refused '\n[team]\ndomain = *.example.org\n' 3 '10' 'a whole domain'
refused '\n[staff]\naddress = clerk\n' 3 '11' 'a whole address'
refused '\n[staff]\naddress = Ann <ann@example.org>\n' 3 '11' 'a whole address'
refused '\n[board]\naddress = *@example.org\n' 3 '11' 'domain = example\.org'
refused '\n[kind spam]\naddress = mailer-daemon\n' 3 '11' 'a pattern of one'
refused '\n[topic quay.rail]\ntitle = Rails\nkeyword = rail; /lamp(s/\n' 4 '17' 'stands under "pattern ="'
refused '\n[topic quay.rail]\ntitle = Rails\nlikely = rail.*way\n' 4 '10' 'stands under "pattern ="'
refused '\n[words rails]\nword = \\bra[a-z]l\n' 3 '8' 'stands under "pattern ="'
harbour_rules "$T/r.rules"
printf '\n[topic quay.lamp]\ntitle = Lamps\nkeyword = lamp, light, torch\nkeyword = dark, dim, street lamp; rail\nlikely = lamp; when it is dark, light\nnot = lamp, oil; bulb\n' >>"$T/r.rules"
run 0 'r\.rules:[0-9]+:11: "," parts nothing' rules check "$T/r.rules"
err_lines 2
end

begin "series"
refused '\n[series quay.rec]\ntitle = Item {n}\nworkstream = quay\nrange = 9-1\npattern = /item {list}/\n' 5 '[0-9]+' '.'
refused '\n[series quay.rec]\ntitle = Item {n}\nworkstream = quay\nrange = 1-9\npattern = /item {list}/\nitem.12 = Twelve\n' 7 '[0-9]+' '12|1-9'
refused '\n[series quay.rec]\ntitle = Item {n}\nworkstream = nowhere\nrange = 1-9\npattern = /item {list}/\n' '2|4' '[0-9]+' 'nowhere'
end

begin "lines that are no lines"
refused '\n[topic quay.rail\ntitle = Rails\n' 2 '[0-9]+' '\]'
refused '\n[topic quay.rail]\ntitle Rails\n' 3 '[0-9]+' '='
refused '\n[topic quay.rail]\n= Rails\n' 3 '[0-9]+' '.'
refused '\n[topic quay.rail]\ntitle = Ra\377ils\n' 3 '[0-9]+' 'UTF-8'
refused '\n[intent x]\nwords < many\n' 3 '[0-9]+' '.'
refused '\n[intent x]\nattachment = maybe\n' 3 '[0-9]+' 'yes'
end

# things that belong at the beginning
begin "the beginning"
printf '[workstream quay]\ntitle = Quay\n' >"$T/r.rules"
run 65 'r\.rules:1:[0-9]+: .*taxonomy' rules check "$T/r.rules"
printf 'title = Quay\n' >"$T/r.rules"
run 65 'r\.rules:1:[0-9]+: ' rules check "$T/r.rules"
: >"$T/r.rules"
run 65 'r\.rules:1:[0-9]+: .*taxonomy' rules check "$T/r.rules"
run 66 'absent\.rules' rules check "$T/absent.rules"
perl -e 'print map { chr int rand 256 } 1 .. 3000' >"$T/noise.rules"
run 65 'noise\.rules:[0-9]+:[0-9]+: ' rules check "$T/noise.rules"
# UTF-8 with a byte order mark and CRLF is what some editors write
harbour_rules "$T/h.rules"
{ printf '\357\273\277'; sed 's/$/\r/' "$T/h.rules"; } >"$T/r.rules"
run 0 '' rules check "$T/r.rules"
end

# a line that fails its test is named with file, line, id, and what it got
begin "a test that fails"
harbour_rules "$T/r.rules"
printf '\n[topic quay.rail]\ntitle = Rails\nkeyword = railway\naccept = The railway is old.\naccept = The tramway is old.\nreject = Our railway is new.\nreject = A rail is a bird too.\n' >>"$T/r.rules"
accept=$(grep -n 'tramway' "$T/r.rules" | cut -d: -f1)
reject=$(grep -n 'Our railway' "$T/r.rules" | cut -d: -f1)
run 65 '2 .*fail' rules test "$T/r.rules"
out_has "r\.rules:$accept: .*quay\.rail"
out_has "r\.rules:$reject: .*quay\.rail"
out_has 'tramway'
out_has '[0-9]+ passed, 2 failed'
run 0 '' rules check "$T/r.rules"
end

# a test may set the date of its message
begin "tests with dates"
harbour_rules "$T/r.rules"
printf '\n[topic quay.rail]\ntitle = Rails\nkeyword = railway\nuntil = 2019-06-01\naccept = The railway is old.\naccept = (2019-05-31) The railway is old.\nreject = (2019-06-01) The railway is old.\n' >>"$T/r.rules"
run 0 '' rules test "$T/r.rules"
sed -i 's/reject = (2019-06-01)/reject = (2019-05-31)/' "$T/r.rules"
run 65 '1 .*fail' rules test "$T/r.rules"
end

# the language, one phrase at a time: what each must find and must not
begin "phrases"
cat >"$T/r.rules" <<'RULES'
[taxonomy t]
title = T
since = 2018-01-01

[workstream a]
title = A

[topic a.space]
title = a space is white space, hyphens or a line break
keyword = root zone
accept = the root zone here
accept = the root-zone here
accept = the root   zone here
accept = the Root Zone file
accept = the root zones here
reject = the rootzone here
reject = the root/zone here
reject = uproot zone here
reject = the root zoned here

[topic a.star]
title = an ending
keyword = encrypt*
accept = encrypt it
accept = encryption is good
accept = Encrypted mail
reject = decrypt it

[topic a.near]
title = within eight words in either order
keyword = harbour ~8 light house
accept = the harbour has one light house
accept = a light house stands in the harbour
accept = harbour one two three four five six seven light house
reject = harbour one two three four five six seven eight nine light house
reject = the harbour has a house and a light

[topic a.capitals]
title = capitals are capitals
keyword = ISO; C2; RSSAC001
accept = the ISO has it
accept = a C2 server
accept = see RSSAC001
reject = the iso has it
reject = isotope
reject = a c2 server
reject = MISO soup

[topic a.accents]
title = accents and case
keyword = prüfung; élan
accept = die PRUFUNG
accept = mit Elan
accept = Die Prüfung
reject = Prüfungen kommen

[topic a.cyrillic]
title = Cyrillic
keyword = еще один
accept = Ещё один вопрос

[topic a.han]
title = Han has no word boundaries
keyword = 根服务器
accept = 关于根服务器的问题
reject = 关于根的服务

[topic a.arabic]
title = Arabic prefixes and marks
keyword = خادم
accept = هذا خادم
accept = هذا خَادِم
accept = وخادم هنا

[topic a.dot]
title = a leading dot
keyword = .eth
accept = the name alice.eth is mine
reject = the method

[topic a.folding]
title = what mail programs put in
keyword = don't worry; end-to-end
accept = Don’t worry about it
accept = end–to–end tests

[topic a.hints]
title = two different hints
hint = bell; candle
accept = a bell and a candle
reject = a bell and a bell
reject = a bell

[topic a.masked]
title = not masks, it never vetoes
keyword = crane
not = origami crane
accept = the origami crane stands on the crane
reject = the origami crane

[topic a.pattern]
title = patterns
pattern = /\bpier\s?\d+\b/
accept = at Pier 7
reject = at a pier
RULES
run 0 '' rules test "$T/r.rules"
out_has '46 passed, 0 failed'
same "lines tested" "$(sed -n 's/^\([0-9]*\) passed.*/\1/p' "$out")" "$(grep -Ec '^(accept|reject)' "$T/r.rules")"
end

# numbered items: lists, ranges and number words; a number that begins the next thought is none of the list
begin "series"
cat >"$T/r.rules" <<'RULES'
[taxonomy t]
title = T
since = 2018-01-01

[workstream a]
title = A

[series a.rec]
title = Recommendation {n}
workstream = a
range = 1-28
number.en = one; two; three; four; five; six; seven; eight; nine; ten; eleven; twelve
number.de = eins; zwei; drei
pattern = /\brec(?:ommendation)?s?\.?\s*#?{list}/
pattern = /\bempfehlung(?:en)?\s+{list}/
until = 2020-01-24
item.9 = Certification
likely.9 = ISO certificate
hint.7 = gantry; lighthouse
accept.9 = Recommendation 9 is good
accept.9 = recs 9, 12 and 15-17
accept.12 = recs 9, 12 and 15-17
accept.16 = recs 9, 12 and 15-17
reject.14 = recs 9, 12 and 15-17
reject.18 = recs 9, 12 and 15-17
accept.12 = Rec. #9 & 12
accept.3 = recommendations one to four
accept.8 = Recommendation eight
accept.2 = Empfehlungen eins und zwei
accept.2 = Recommendations 1–3 are old
accept.9 = where is the ISO certificate
accept.7 = a gantry by the lighthouse
reject.7 = a gantry by the gantry
accept.28 = Recommendation 28
reject = Recommendation 29 does not exist
reject = Recommendation 0
reject = Recommendation 2019 in the year
reject.8 = Recommendation 10, eight years later
reject.9 = (2020-01-24) Recommendation 9
accept.9 = (2020-01-23) Recommendation 9
RULES
run 0 '' rules test "$T/r.rules"
same "lines tested" "$(sed -n 's/^\([0-9]*\) passed.*/\1/p' "$out")" "$(grep -Ec '^(accept|reject)' "$T/r.rules")"
end

# words on the command line that are none
begin "the command line"
run 64 'check.*test' rules
run 64 'check.*test' rules chekc "$BUS"
run 64 'rules' rules check
printf '[archive]\nrules = %s\n' "$BUS" >"$T/a.conf"
config=$T/a.conf
run 0 '' rules check
out_has 'brackwater-bus-2024'
end
