#!/bin/sh
# Campaigns and corrections: letters that are nearly the same count once, and what each says on its own is not lost; a correction takes the place of what it
# corrects when a person says so.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 12

COMMON='The plan for the next five years leaves out what matters most to those who live beside the old harbour.

Notices of a closed quay come three days before it closes, and a school or a shop cannot act in three days. We ask for thirty days.

The reports on the water are published as pictures of tables, which nobody can search.'

# signed NUMBER NAME SENTENCE: a letter of the campaign, with a greeting of its own
signed() {
	letter "$T/letters/$1.eml" "$1" "To the harbour team, from $2" "Dear team number $1,

$COMMON $3

Yours,
$2" "From: $2 <signer$1@example.com>" "Date: Tue, 12 Feb 2019 09:$1:00 +0000"
}

# campaign_archive: 40 to 44 are one campaign; 45 shares a sentence with it and 46 quotes it
campaign_archive() {
	harbour_archive
	signed 40 'Ana Sample' ''
	signed 41 'Bo Sample' ''
	signed 42 'Cy Sample' 'I waited there for nine hours last winter while the ferry lay on its side.'
	signed 43 'Di Sample' ''
	signed 44 'Ed Sample' ''
	letter "$T/letters/45.eml" 45 'To the harbour team' 'The reports on the water are published as pictures of tables, which nobody can search. My
daughter made plain files of all of them, and would send you these if you wish to have them for the plan.' 'From: Fay Other <fay@example.com>'
	letter "$T/letters/46.eml" 46 'Re: To the harbour team' "I agree with all of it, and with the part on the notices most of all.

On Tuesday, Ana Sample wrote:
$(printf '%s\n' "$COMMON" | sed 's/^/> /')" 'From: Gil Other <gil@example.com>'
	now=1549980000
	for _n in 40 41 42 43 44 45 46; do deliver "$T/letters/$_n.eml"; done
	now=1550052000
	run 0 '' check --archive "$A"
}
ids() { for _n; do letter_id "$_n"; done | sort | tr '\n' ' '; }
found() { # QUERY NUMBER...
	asked=$1
	shift
	run 0 '*' query --archive "$A" --limit 0 --format json "$asked"
	same "query $asked" "$(json '$_->{id}' | sort | tr '\n' ' ')" "$(ids "$@")"
}

# what is asked for by any letter of a campaign, and what only looks like one
begin "campaign: and is:campaign"
campaign_archive
found "campaign:$(letter_id 42)" 40 41 42 43 44
found "near:$(letter_id 40)" 40 41 42 43 44
found "campaign:$(letter_id 45)" 45
found is:campaign 40 41 42 43 44
run 64 'column 10' query --archive "$A" campaign:zz
end

# a campaign must not count as many opinions where people count
begin "unique counts"
campaign_archive
run 0 '' query --archive "$A" --count --unique 'received:2019-02-12 kind:input -is:held'
out_is '15 (11 unique)'
run 0 '' query --archive "$A" --count 'received:2019-02-12 kind:input -is:held'
out_is 15
run 0 '' query --archive "$A" --unique --oldest --format json is:campaign
same "one letter stands for all" "$(json '$_->{id}')" "$(letter_id 40)"
run 0 '' query --archive "$A" --count --unique --format json is:campaign
json_is '"$_->{count} $_->{unique}"' '5 1'
run 0 '' status --archive "$A"
out_has '^input +15 \(11 unique\)$'
run 0 '' digest --archive "$A" --daily 2019-02-12
out_has ' [0-9]+ \([0-9]+ unique\) '
end

# the common letter once, and what a signer said beyond it
begin "show --campaign"
campaign_archive
run 0 '' show --archive "$A" "$(letter_id 41)"
out_has '^campaign +[a-z2-7]{16}: 5 letters alike, 5 different authors$'
run 0 '' explain --archive "$A" "$(letter_id 41)"
out_has '^campaign +[a-z2-7]{16}: 5 letters alike, 5 different authors$'
run 0 '' show --archive "$A" "$(letter_id 45)"
out_lacks '^campaign'
run 0 '' show --archive "$A" --campaign "$(letter_id 45)"
out_has '^letters +no other letter is like it$'
out_lacks 'What most of them say'
run 0 '' show --archive "$A" --campaign "$(letter_id 43)"
out_has '^letters +5 letters alike, 5 different authors$'
same "the common letter" "$(grep -c 'leaves out what matters' "$out")" 1
out_has "^ +1  $(printf %.8s "$(letter_id 42)") \* I waited there for nine hours"
out_has "^ +1  $(printf %.8s "$(letter_id 40)")   Ana Sample"
run 0 '' show --archive "$A" --campaign --format json "$(letter_id 43)"
json_is '"$_->{letters} $_->{authors} " . scalar(@{$_->{common}}) . " " . join(",", map { $_->{letters} } grep { $_->{worth_reading} } @{$_->{different}})' '5 5 5 1'
run 0 '' digest --archive "$A" --daily 2019-02-12
out_has '5 letters alike, 5 different authors: Ana Sample, Bo Sample'
out_has "^  adds \($(printf %.8s "$(letter_id 42)")\): I waited there for nine hours"
end

# letters in another order, read anew, are the same campaign
begin "rebuilt: equal"
campaign_archive
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 'made anew' rebuild --archive "$A"
dump_index "$T/after"
same "index" "$(cmp "$T/before" "$T/after" 2>&1)" ''
same "campaigns" "$(sql index.db 'SELECT count(*) FROM letter WHERE campaign <> message')" 4
end

# what a list does to a message makes no second opinion: prefix, footer, munged From; what an archive does: links for attachments; nor does HTML beside plain text
begin "copies count once"
run 0 '' init "$A"
body='We ask that the sluice be opened for one hour each morning, and that its keeper be paid.'
letter "$T/one.eml" 50 'The sluice' "$body" 'From: Hal Sample <hal@example.com>'
letter "$T/list.eml" 50 '[harbour-input] The sluice' "$body

_______________________________________________
harbour-input mailing list
harbour-input@example.org
https://lists.example.org/listinfo/harbour-input" 'From: Hal Sample via harbour-input <harbour-input@example.org>' 'Reply-To: Hal Sample <hal@example.com>' \
	'List-Id: <harbour-input.example.org>' 'List-Post: <mailto:harbour-input@example.org>'
letter "$T/scrubbed.eml" 50 '[harbour-input] The sluice' "$body
-------------- next part --------------
An HTML attachment was scrubbed...
URL: <https://lists.example.org/private/harbour-input/attachments/20190212/4f6e/attachment.html>" 'From: hal at example.com (Hal Sample)'
{
	sed '/^MIME-Version/,$d' "$T/one.eml"
	printf 'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n%s\n\n--b\n' "$body"
	printf 'Content-Type: text/html; charset=utf-8\n\n<html><body><p>%s</p></body></html>\n\n--b--\n' "$body"
} >"$T/both.eml"
for copy in one list scrubbed both; do
	deliver "$T/$copy.eml"
done
same "opinions" "$(sql index.db "SELECT count(*) FROM message WHERE copy_of IS NULL")" 1
same "copies" "$(sql index.db "SELECT group_concat(DISTINCT copy_kind) FROM message WHERE copy_of IS NOT NULL")" variant
run 0 '' check --archive "$A"
end

# correction_archive: 50, and 51 that says it corrects it; 52 is by another; 53 is 50 with a word changed; 54 names 52 in its header
correction_archive() {
	harbour_rules "$T/harbour.rules"
	printf '\n[intent correction]\nsubject = corrected\nkeyword = replaces our earlier\n' >>"$T/harbour.rules"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	letter "$T/50.eml" 50 'Comment on the sluice' "$COMMON" 'From: Hal Sample <hal@example.com>'
	letter "$T/51.eml" 51 'Corrected: Comment on the sluice' 'We meant the lock and not the sluice, and ten days instead of thirty.' 'From: Hal Sample <hal@example.com>'
	letter "$T/52.eml" 52 'Comment on the sluice' 'Another writer: this replaces our earlier view of the gulls, which are too loud.' 'From: Ida Sample <ida@example.com>'
	letter "$T/53.eml" 53 'Once more' "$(printf '%s' "$COMMON" | sed 's/thirty/forty/')" 'From: Hal Sample <hal@example.com>'
	letter "$T/54.eml" 54 'On gulls' 'They are louder still.' 'From: Ida Sample <ida@example.com>' 'Supersedes: <letter-52@example.net>'
	now=1550030000
	for _n in "$@"; do deliver "$T/$_n.eml"; done
	now=1550052000
}

# a suggestion only: the words of the rules and a subject, nearly the same letter, a header; never another author's
begin "corrections are suggested"
correction_archive 50 51 52 54
found is:correction 51 54
run 0 '' show --archive "$A" "$(letter_id 51)"
out_has "^may be +a correction of $(letter_id 50): it says that it corrects, by the same author or group; postbag supersedes"
run 0 '' show --archive "$A" --format json "$(letter_id 54)"
json_is '$_->{may_supersede}' "$(letter_id 52)"
run 0 '' explain --archive "$A" "$(letter_id 54)"
out_has "^may be +a correction of $(letter_id 52): its header names it"
run 0 '' digest --archive "$A" --daily 2019-02-13
out_has '^Corrections to confirm: may supersede an earlier letter \(2\)$'
out_has 'postbag$|postbag supersedes'
deliver "$T/53.eml"
run 0 '' show --archive "$A" "$(letter_id 53)"
out_has "^may be +a correction of $(letter_id 50): nearly the same letter by the same author"
run 0 '' query --archive "$A" --count is:superseded
out_is 0
end

# confirmed, the old letter is counted apart; taken back, it counts again; a person may say no
begin "supersedes, undo, none"
correction_archive 50 51 52 54
new=$(letter_id 51) old=$(letter_id 50)
run 0 '' query --archive "$A" --count --unique kind:input
out_is '4 (4 unique)'
run 0 '' supersedes --archive "$A" "$new" "$(printf %.8s "$old")" --by Ada --note 'said by telephone'
run 0 '' query --archive "$A" --count --unique kind:input
out_is '4 (3 unique)'
found is:superseded 50
found is:correction 54
run 0 '' show --archive "$A" "$old"
out_has "^superseded +by $new$"
run 0 '' show --archive "$A" "$new"
out_has "^supersedes +$old$"
out_has "^decided +.* Ada marked as superseding $old: said by telephone$"
out_lacks '^may be'
run 0 '' status --archive "$A"
out_has '^input +4 \(3 unique\)$'
run 0 '' digest --archive "$A" --daily 2019-02-13
out_has "superseded by $new"
run 0 '' check --archive "$A"
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 'made anew' rebuild --archive "$A"
dump_index "$T/after"
same "index" "$(cmp "$T/before" "$T/after" 2>&1)" ''
found is:superseded 50
run 0 '' undo --archive "$A" "$new"
out_has "took back what Ada decided, marked as superseding $old"
found is:superseded
found is:correction 51 54
run 0 '' supersedes --archive "$A" "$new" none
found is:correction 54
run 0 '' history --archive "$A" --format json "$new"
json_is 'join ",", $_->{action}, $_->{value} // "-"' "supersedes,$old undo,- supersedes,none"
end

# neither may both count for the other, nor a letter for itself; what is mistyped changes nothing
begin "supersedes: mistakes"
correction_archive 50 51 52 54
a=$(letter_id 50) b=$(letter_id 51) c=$(letter_id 52)
run 0 '' -q supersedes --archive "$A" "$b" "$a"
run 0 '' -q supersedes --archive "$A" "$c" "$b"
run 64 'supersedes .* already' supersedes --archive "$A" "$a" "$c"
run 64 'itself' supersedes --archive "$A" "$a" "$a"
run 64 'expected the id of the correction' supersedes --archive "$A" "$a"
run 66 'no message' supersedes --archive "$A" "$a" zzzz
same "decisions" "$(count "entry WHERE type = 'decision'")" 2
run 64 'supersedes' supersedes --archive "$A" "$a" "$b" "$c"
end


# voice NUMBER AUTHOR SENTENCE FOOTER: what one says above what others send too
voice() {
	letter "$T/$1.eml" "$1" 'Your plan' "$3

$4" "From: $2" "Date: $(printf 'Mon, 11 Feb 2019 09:%02d:00 +0000' "$1")"
	deliver "$T/$1.eml"
}
# voices FOOTER: four people, each with one short sentence of his own above the same text; the fifth sends the text alone, and so does the sixth
voices() {
	now=1549980000
	voice 10 'Ana Sample <ana@example.com>' 'The herons should be left in peace.' "$1"
	voice 11 'Bo Sample <bo@example.com>' 'A season ticket for children, please.' "$1"
	voice 12 'Cy Sample <cy@example.com>' 'I am against it.' "$1"
	voice 13 'Di Sample <di@example.com>' 'Where do I moor my own punt?' "$1"
	voice 14 'Ed Sample <ed@example.com>' '' "$1"
	voice 15 'Fay Sample <fay@example.com>' '' "$1"
	now=1550052000
}
unique() { # WANTED
	run 0 '' query --archive "$A" --count --unique kind:input
	out_is "$1"
	run 0 '' check --archive "$A"
}

# what a mask takes away is nobody's own: four opinions above it are four, and each is shown; what is nothing else is one
begin "masked words make no campaign"
run 0 '' init "$A" --rules "$srcdir/doc/tutorial/ferry.rules"
voices 'The last boat, the price of a ticket, the landing stages: tell us what you think.'
unique '6 (5 unique)'
run 0 '' digest --archive "$A" --daily 2019-02-12
for _said in 'The herons should be left' 'A season ticket for children' 'I am against it' 'Where do I moor my own punt'; do out_has "$_said"; done
out_lacks 'letters alike'
end

# other masks, other campaigns; and the index is the one that comes of reading all anew
begin "campaigns follow the masks"
harbour_rules "$T/harbour.rules"
printf '\n[topic water.birds]\ntitle = Birds\nkeyword = pictures of tables; herons\n' >>"$T/harbour.rules"
cp "$T/harbour.rules" "$T/masked.rules"
printf '\n[mask form]\n' >>"$T/masked.rules"
printf '%s\n' "$COMMON" | sed -n 's/^\(.*[a-z]\)\.$/keyword = \1/p' | sed 's/\. /; /g' >>"$T/masked.rules"
config=$T/conf
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/harbour.rules" >"$T/conf"
run 0 '' init "$A" --rules "$T/harbour.rules"
voices "$COMMON"
unique '6 (1 unique)'
run 0 '' digest --daily 2019-02-12
out_has '6 letters alike, 6 different authors'
same "sentences shown" "$(grep -c '^  adds ' "$out")" 3
out_has '^  and 1 more: postbag show --campaign'
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/masked.rules" >"$T/conf"
run 0 '*' reclassify
unique '6 (5 unique)'
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 'made anew' rebuild
dump_index "$T/after"
same "index" "$(cmp "$T/before" "$T/after" 2>&1)" ''
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/harbour.rules" >"$T/conf"
run 0 '*' reclassify
unique '6 (1 unique)'
end

# an office's footer that no rules know: one-liners of two officers are neither one opinion nor corrections of one another
begin "one-liners above a footer"
run 0 '' init "$A"
NOTICE='The Survey Office answers for nothing but the dredging of its own ditch, and its letters bind nobody before they are sealed. Whoever receives one by
mistake is asked to send it back unread, and to forget what he has read of it at once.'
now=1549980000
voice 20 'Bo Lund <bo@survey.example.org>' 'Herons nest upon the northern mole.' "$NOTICE"
voice 21 'Cy Dahl <cy@survey.example.org>' 'We are against it.' "$NOTICE"
voice 22 'Bo Lund <bo@survey.example.org>' 'Who painted our beacon green?' "$NOTICE"
voice 23 'Cy Dahl <cy@survey.example.org>' 'Please send the tables.' "$NOTICE"
voice 24 'Bo Lund <bo@survey.example.org>' 'No' "$NOTICE"
voice 25 'Cy Dahl <cy@survey.example.org>' 'The lamps are too bright.' "$NOTICE"
now=1550052000
unique '6 (6 unique)'
found is:correction
run 0 '' digest --archive "$A" --daily 2019-02-12
out_lacks 'Corrections to confirm'
end

# below a footer that makes most of their letters two officers seem to say one thing, until it is learned; and again when a letter that taught it is gone
begin "campaigns follow learned boilerplate"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
NOTICE='The Survey Office answers for nothing but the dredging of its own ditch, and its letters bind nobody before they are sealed by the clerk, who sits on
Thursdays. Whoever receives one by mistake is asked to send it back unread, and to forget what he has read of it at once. Nothing in it may be
copied, shown to others, or taken for advice on boats, bridges, banks or birds, and no offer that it seems to make may be accepted by those to whom it
was not made.'
office() { # NUMBER AUTHOR DATE SENTENCE
	letter "$T/$1.eml" "$1" 'Our view' "$4

$NOTICE" "From: $2" "Date: $3"
	deliver "$T/$1.eml"
}
office 31 'Bo Lund <bo@survey.example.org>' 'Mon, 3 Dec 2018 08:00:00 +0000' 'Herons nest upon the northern mole; leave them alone until May.'
office 32 'Cy Dahl <cy@survey.example.org>' 'Fri, 14 Dec 2018 08:00:00 +0000' 'Whoever painted our beacon green ought to repaint it without delay.'
office 33 'Bo Lund <bo@survey.example.org>' 'Tue, 8 Jan 2019 08:00:00 +0000' 'Ferries arrive earlier than announced, which surprises passengers daily.'
unique '3 (1 unique)'
office 34 'Cy Dahl <cy@survey.example.org>' 'Mon, 4 Feb 2019 08:00:00 +0000' 'About cranes: gantry crane number five lost its hook on Sunday night.'
run 0 '' rules boilerplate --archive "$A"
out_has 'stands in 4 letters of survey\.example\.org'
unique '4 (4 unique)'
dump_index "$T/before"
rm -f "$A"/index.db*
run 0 'made anew' rebuild --archive "$A"
dump_index "$T/after"
same "index" "$(cmp "$T/before" "$T/after" 2>&1)" ''
run 0 '*' redact --archive "$A" --by Ada --note gone --all "$(letter_id 34)"
run 0 '' rules boilerplate --archive "$A"
out_has '^no boilerplate was learned'
same "campaigns" "$(sql index.db 'SELECT count(DISTINCT campaign) FROM letter')" 1
run 0 '' check --archive "$A"
end
