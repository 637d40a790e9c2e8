#!/bin/sh
# What the public must not see, looked for in everything that the public can get: a word that stands nowhere else is put into every field of letters that are
# held, spam, redacted, unread, written by machines or not yet to be seen, into the fields of public letters that are nobody's business, into decisions, rules and
# the configuration. Then every page that postbag-web serves, every answer to a question, and every file that postbag publish writes is searched for it in
# every coat. The words that the public shall see are found by the same search, and staff's pages have the others: so it can fail.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"

WEB=$(dirname "$POSTBAG")/postbag-web
[ -x "$WEB" ] || skip_all "built without postbag-web"
plan 8
canary=$srcdir/tests/peers/canary

old=1549958400 # before yesterday at this time: publish-when is 24h
young=1550044800
day=1550048400

word() { perl "$canary" word "$@"; }
# serve VIEW: on the socket $T/VIEW.sock, until stop
serve() {
	rm -f "$T/$1.sock"
	env POSTBAG_NOW="$day" "$WEB" -C "$T/postbag.conf" --view "$1" --listen "unix:$T/$1.sock" >"$T/$1.log" 2>&1 &
	server=$!
	helpers="$helpers $server"
	_n=0
	until perl "$canary" crawl "$T/$1.sock" "$T/first" /robots.txt >/dev/null 2>&1 || [ $_n -gt 200 ]; do
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
		_n=$((_n + 1))
	done
	rm -rf "$T/first"
	[ -S "$T/$1.sock" ] || wrong "no server: $(head -c 300 "$T/$1.log")"
}
stop() {
	kill "$server" 2>/dev/null
	wait "$server"
	same "the server's exit status" "$?" 0
	server=
}
# The next case, which goes on where the one before ended.
chapter() {
	_title=$1
	_test=$((_test + 1))
	: >"$diagnosis"
	helpers=$server
}
# site: an archive whose rules, configuration and decisions have canaries of their own
site() {
	harbour_rules "$T/harbour.rules"
	{
		printf '# %s\n' "$(word rules.comment)"
		sed "s/guard@example.org/$(word rules.route)@example.org/; s/quay@example.org/$(word rules.rapporteur)@example.org/" "$T/harbour.rules"
		printf '\n[topic quay.bell]\ntitle = Bells\nkeyword = %s\nhint = %s\npattern = /%s/\nnot = %s\n' $(word rules.keyword rules.hint rules.pattern rules.not)
		printf '\n[staff]\naddress = %s@staff.example\ndomain = %s.example\n' $(word rules.staff rules.staffdomain)
	} >"$T/canary.rules"
	config=$T/postbag.conf
	{
		printf '# %s\n[archive]\nfolder = %s\nrules = canary.rules\ntitle = Harbour\n' "$(word conf.comment)" "$A"
		printf '[web]\ntitle = Harbour letters\naddress = https://archive.example\npublish-when = 24h\n'
		printf '[mail]\nfrom = %s <%s@example.org>\nsendmail = /bin/true\n' $(word conf.fromname conf.from)
		printf '[subscription %s]\nto = %s@example.org\ndaily = 02:30\n' $(word conf.subscription conf.to)
		printf '[query %s]\nquery = %s OR gantry\n' $(word conf.query conf.words)
	} >"$config"
	run 0 '' init "$A"
}
# post NAME [KEY=VALUE...]: a letter full of canaries, delivered; its id is in $id, and its words are to be known by $names
post() {
	_name=$1
	perl "$canary" letter "$@" || bail "no letter"
	deliver "$2" --sender "$(word "$_name.sender")@sender.example" --recipient "$(word "$_name.recipient")@recipient.example"
	id=$(newest_id)
	names="$names $_name"
}
# plain NUMBER SUBJECT BODY [HEADER...]: a letter without all that
plain() {
	letter "$T/plain$1.eml" "$@"
	deliver "$T/plain$1.eml"
	id=$(newest_id)
}
# What a letter has that can be somebody's secret. All of it where the letter is; else the second, and the first is what the public shall find.
told="fromname fromdomain toname todomain ccname ccdomain subject body bodydomain quoted signature organization filename attached"
never="fromlocal replyname replylocal replydomain sendername senderlocal tolocal cclocal bccname bcclocal bodylocal returnpath receivedhelo receivedname receivedid
	receivedfor receivedzone dkimdomain dkimselector dkimsum xname xvalue xip unsubscribe listpost zone irt irtdomain ref keywords comments threadtopic boundary
	preamble parameter parametervalue textdescription cid htmlcomment htmlsource htmlpath description charset withinlocal withinmid withinheader epilogue
	sender recipient"
known="mid middomain binary oddtext datname ctname htmlalt withinname withinsubject withinbody quotee"
fields() { # LETTER FIELD...
	_letter=$1
	shift
	for _field; do printf '%s.%s\n' "$_letter" "$_field"; done
}
all_of() { for _letter; do fields "$_letter" $told $never $known; done; }
# crawl VIEW FOLDER [TARGET...]
crawl() {
	_socket=$T/$1.sock _folder=$2
	shift 2
	rm -rf "$_folder"
	perl "$canary" crawl "$_socket" "$_folder" "$@" >"$T/crawled" 2>&1 || wrong "$(head -c 300 "$T/crawled")"
	! grep -q '500:\|503:' "$T/crawled" || wrong "pages that failed: $(cat "$T/crawled")"
}
publish() {
	run 0 '*' publish --archive "$A" "$T/out"
}
# lacks FOLDER NAMES-FILE; has FOLDER NAMES-FILE
lacks() {
	perl "$canary" find "$1" $(word $(cat "$2")) >"$T/found" 2>&1
	[ -s "$T/found" ] || return 0
	word $(cat "$2") | paste - "$2" >"$T/words"
	sort "$T/found" | awk '!told[$1]++ { print }' | while read -r _word _in; do
		wrong "$(grep "^$_word" "$T/words" | cut -f 2 | head -n 1), in $(grep -c "^$_word " "$T/found") files of ${1##*/}: $_word $_in"
	done
}
has() {
	perl "$canary" find "$1" $(word $(cat "$2")) >"$T/found" 2>&1
	while read -r _name; do grep -q "^$(word "$_name") " "$T/found" || wrong "$_name is nowhere in ${1##*/}"; done <"$2"
}

# the search itself
begin "the search finds a word in every coat"
perl "$canary" self >"$T/self" 2>&1 || wrong "it fails"
[ ! -s "$T/self" ] || wrong "$(head -n 5 "$T/self" | tr '\n' ';')"
perl "$canary" letter any "$T/any.eml"
fields any $told $never $known | grep -v 'sender$\|recipient$' >"$T/names"
mkdir "$T/folder"
for n in 1 2 3 4 5 6 7 8 9 10; do cp "$T/any.eml" "$T/folder/$n"; done
has "$T/folder" "$T/names"
end

# public letters, and what of them is public; then others come that nobody may see, and nothing is otherwise than before
begin "what the public may see is there, and the rest of a public letter is not"
site
now=$old
names=
post open "$T/open.eml" number=1
open=$id
post second "$T/second.eml" number=2 refs="<$(word open.mid)@$(word open.middomain).example>"
second=$id
for n in 3 4; do # of a thread whose first letter nobody has seen yet
	plain $n "Of $(word thread$n.subject)" "The gantry crane, $(word thread$n.body)." "References: <$(word held.mid)@$(word held.middomain).example>" \
		"Supersedes: <$(word spam.mid)@$(word spam.middomain).example>"
done
post asks "$T/asks.eml" number=4 title='My question is when the dredging begins' text='My question is when the dredging begins.' alone=1 mid='<asks@example.net>'
asks=$id
campaign='Dear harbour, please let the old gantry crane stand where it stands, since we all have known it for so long and nobody asked us about the plan.'
for n in 1 2 3; do plain 1$n 'Let it stand' "$campaign Yours, number $n" "From: $(word alike$n.fromname) <$(word alike$n.fromlocal)@example.net>"; done
now=$day
publish
serve public
crawl public "$T/pages"
fields open $told >"$T/public"
fields second $told >>"$T/public"
printf '%s\n' thread3.subject thread4.body >>"$T/public"
has "$T/pages" "$T/public"
has "$T/out" "$T/public"
for place in _2fmessage _2fthread _2fcampaign _2fattachment _2fall.json _2fall.atom _2fall_2f2019-02 _2findex _2fworkstream _2fintent _2fsearch; do
	ls "$T/pages" | grep -q "$place" || wrong "no page $place was seen: $(ls "$T/pages" | head -n 20 | tr '\n' ' ')"
done
for name in open.body open.subject open.fromname; do # in each place where it should be
	for file in "_2fmessage_2f$open" "_2fmessage_2f$open.json"; do grep -q "$(word $name)" "$T/pages/$file" || wrong "$name is not in $file"; done
	gzip -dc "$T/out/mbox/2019-02.mbox.gz" | grep -q "$(word $name)" || wrong "$name is not in the mailbox"
done
for file in _2fall _2fall.json _2fall.atom _2f; do grep -q "$(word open.subject)" "$T/pages/$file" || wrong "open.subject is not in $file"; done
{
	fields open $never
	fields second $never
	fields alike1 fromlocal
} >"$T/secret"
printf '%s\n' rules.comment rules.route rules.rapporteur rules.keyword rules.hint rules.pattern rules.not rules.staff rules.staffdomain conf.comment conf.from conf.fromname \
	conf.subscription conf.to conf.query conf.words >"$T/site"
cat "$T/site" >>"$T/secret"
lacks "$T/pages" "$T/secret"
lacks "$T/out" "$T/secret"
end

# nobody shall see these, and nobody shall see that they are there
chapter "held, spam, machines', unread and young mail changes no page, no feed, no file and no number"
cp -r "$T/out" "$T/out-before"
cp -r "$T/pages" "$T/pages-before"
now=$old
names= copies=
post held "$T/held.eml" number=5 alone=1
held=$id
run 0 '*' hold --archive "$A" "$held" --note "$(word decided.holdnote)" --by "$(word decided.holder)"
post ruled "$T/ruled.eml" number=6 text="There is an unlocked powder store, $(word ruled.body)."
ruled=$id
post spam "$T/spam.eml" number=7 header='X-Spam-Flag: YES' alone=1
spam=$id
plain 8 "$(word called.subject)" "Buy $(word called.body), which is better than the gantry cranes that you have now, and cheaper." "From: $(word called.fromname) <x@example.net>"
called=$id
run 0 '*' assign --archive "$A" "$called" kind:spam --note "$(word decided.spamnote)" --by "$(word decided.spammer)"
post away "$T/away.eml" number=9 header='Auto-Submitted: auto-replied'
away=$id
post unread "$T/unread.eml" number=10
unread=$id
make_unread "$unread" "$(word decided.unread)"
plain 15 "$(word quiet.subject)" "Of $(word quiet.body) we say in confidence that it stands behind the gantry crane, and has for long." "From: $(word quiet.fromname) <x@example.net>"
quiet=$id
run 0 '*' hold --archive "$A" "$quiet" --note why
# copies of what is held, and of what a person called spam, as a mailing list makes them
for n in 8 15; do
	sed "s/^Subject: /&[list] /; s/^MIME-Version/List-Id: <list.lists.example>\n&/" "$T/plain$n.eml" >"$T/copy.eml"
	printf '_______________________________________________\nlist mailing list\nlist@lists.example\n' >>"$T/copy.eml"
	deliver "$T/copy.eml"
	copies="$copies $(newest_id)"
done
same "copies" "$(sql index.db "SELECT count(*) FROM message WHERE copy_of IS NOT NULL")" 2
# one of a campaign
plain 21 'Let it stand' "$campaign And $(word alike.body)! Yours, number 4" "From: $(word alike.fromname) <$(word alike.fromlocal)@example.net>"
alike=$id
run 0 '*' hold --archive "$A" "$alike" --note why
for n in 1 2 3 4; do # a last paragraph that is learnt as boilerplate
	post foot$n "$T/foot$n.eml" number=3$n alone=1 "from=\"$(word foot.fromname)\" <$(word foot.fromlocal)@$(word foot.fromdomain).example>" quoted= \
		text="$(word foot$n.body) is what the letter of number $n says, and says at length: $(word foot$n.bodylocal) $(word foot$n.bodydomain).

This paragraph on the gantry cranes stands below each of these letters, and $(word foot.boilerplate) stands in it, as it has always done."
	run 0 '*' hold --archive "$A" "$id" --note why
done
now=$young
post young "$T/young.eml" number=24
young_id=$id
now=$day
hidden="$held $ruled $spam $called $quiet $copies $away $unread $alike $young_id"
# what staff enter on a public letter
run 0 '*' assign --archive "$A" "$second" +water --note "$(word decided.note)" --by "$(word decided.by)"
run 0 '*' undo --archive "$A" "$second" --by "$(word decided.undoer)"
run 0 '*' comment --archive "$A" "$second" --position "$(word decided.position)" --on-behalf-of "$(word decided.behalf)" --initials "$(word decided.initials | tr a-z A-Z | cut -c 1-6)" \
	--note "$(word decided.comment)" --by "$(word decided.commenter)"
alone digest --archive "$A" --due >/dev/null 2>&1 # what is told in issues; a build without postbag-carrier sends none
all_of $names | grep -v '^foot[0-9]' >"$T/hidden"
printf '%s\n' called.subject called.body called.fromname quiet.subject quiet.body quiet.fromname alike.body alike.fromname alike.fromlocal foot1.body foot2.subject foot.fromname foot.fromlocal foot.boilerplate >>"$T/hidden"
printf 'decided.%s\n' holdnote holder spamnote spammer unread supersedesnote superseder note by undoer position behalf comment commenter >"$T/decided"
cat "$T/hidden" "$T/decided" >>"$T/secret"
publish
crawl public "$T/pages"
lacks "$T/pages" "$T/secret"
lacks "$T/out" "$T/secret"
for id in $hidden; do
	grep -rlq "$id" "$T/pages" && wrong "the id of a hidden letter is on a page: $(grep -rl "$id" "$T/pages" | head -n 1)"
	grep -rlq --exclude-dir=.postbag-publish "$id" "$T/out" && wrong "the id of a hidden letter is in a file: $(grep -rl "$id" "$T/out" | head -n 1)"
done
diff -r "$T/pages-before" "$T/pages" >"$T/diff" 2>&1 || wrong "pages differ: $(head -c 1000 "$T/diff" | tr '\n' ';')"
diff -r -x .postbag-publish "$T/out-before" "$T/out" >"$T/diff" 2>&1 || wrong "files differ: $(head -c 1000 "$T/diff" | tr '\n' ';')"
end

# that a letter was answered, or that another took its place, is told; by which is not
chapter "a held answer, and a held letter that supersedes a public one, are told as no more than that"
now=$old
names=
post team "$T/team.eml" number=22 refs='<asks@example.net>' "from=\"$(word team.fromname)\" <$(word team.fromlocal)@harbour-team.example.org>"
team=$id
run 0 '*' hold --archive "$A" "$team" --note why
post later "$T/later.eml" number=23 alone=1 title='The crane again'
later=$id
run 0 '*' hold --archive "$A" "$later" --note why
run 0 '*' supersedes --archive "$A" "$later" "$open" --note "$(word decided.supersedesnote)" --by "$(word decided.superseder)"
now=$day
all_of $names >>"$T/secret"
hidden="$hidden $team $later"
publish
crawl public "$T/pages"
lacks "$T/pages" "$T/secret"
lacks "$T/out" "$T/secret"
for id in $team $later; do
	! grep -rl "$id" "$T/pages" >"$T/found" || wrong "the id of a hidden letter is on a page: $(head -n 1 "$T/found")"
	! grep -rl --exclude-dir=.postbag-publish "$id" "$T/out" >"$T/found" || wrong "the id of a hidden letter is in a file: $(head -n 1 "$T/found")"
done
grep -q 'superseded' "$T/pages/_2fall" || wrong "it is not told that a letter was superseded"
end

# what is asked for is answered as if what is hidden were not there
chapter "a question about what is hidden is answered as one about what never was"
{
	while read -r name; do
		word=$(word "$name") other=$(word "$name.never")
		printf '%s\t%s\t%s\t%s\n' "$name" "/search?q=$word" "$word" "$other"
		printf '%s\t%s\t%s\t%s\n' "$name" "/search.json?q=-$word" "$word" "$other"
	done <"$T/secret"
	for name in held.subject held.body held.fromname held.fromlocal held.filename spam.body away.subject unread.body young.body ruled.replyname called.body \
		quiet.body held.mid open.fromlocal open.replyname open.bodylocal open.tolocal open.senderlocal open.mid decided.note decided.by rules.keyword \
		conf.query foot.boilerplate alike.body; do
		word=$(word $name) other=$(word $name.never)
		for q in "%22$word%22" "${word}*" "from:$word" "from:${word}*" "to:$word" "subject:$word" "file:${word}*" "gantry%20$word" "gantry%20-$word" "gantry%20OR%20$word" \
			"NOT%20$word" "is:held%20$word" "is:unanswered%20OR%20$word" "sort:author%20$word" "limit:1%20$word" "gantry%20limit:1%20-$word" "note:$word" "status:$word" \
			"saved:$word" "ws:$word" "topic:$word*" "group:$word" "intent:$word" "region:$word" "kind:$word" "thread:$word" "near:$word" "campaign:$word" "id:$word" \
			"id:$word@$word.example" "thread:$word@$word.example" "campaign:%3C$word@$word.example%3E" "$word@$word.example" "from:$word@$word.example" \
			"$word%20has:attachment" "lang:en%20$word" "date:2019%20$word"; do
			printf '%s\t%s\t%s\t%s\n' "$name" "/search.json?q=$q" "$word" "$other"
		done
		for target in "/message/$word" "/$word" "/workstream/$word" "/topic/$word" "/group/$word.atom" "/milestone/$word" "/thread/$word.json"; do
			printf '%s\t%s\t%s\t%s\n' "$name" "$target" "$word" "$other"
		done
	done
	# a whole address, and the beginnings of a name in one
	local=$(word open.fromlocal) domain=$(word open.fromdomain)
	never=$(word open.fromlocal | cut -c 1)$(word never | cut -c 2-)
	for q in "from:$local@$domain.example" "$local@$domain.example" "%22$local@$domain.example%22" "from:%22$local%20$domain%22" "%22$local%20$domain%22" "from:$local*" "$local*" \
		"-$local@$domain.example" "gantry%20-from:$local" "id:$local@$domain.example" "to:$local@$domain.example" "subject:$local@$domain.example" "from:@$local.$domain"; do
		printf 'open.from\t%s\t%s\t%s\n' "/search?q=$q" "$local" "$never"
	done
	for n in 2 3 4 7; do
		printf 'open.from\t%s\t%s\t%s\n' "/search.json?q=from:$(echo "$local" | cut -c 1-$n)*" "$(echo "$local" | cut -c 1-$n)" "$(echo "$never" | cut -c 1-$n)"
		printf 'open.from\t%s\t%s\t%s\n' "/search.json?q=$(echo "$local" | cut -c 1-$n)*" "$(echo "$local" | cut -c 1-$n)" "$(echo "$never" | cut -c 1-$n)"
	done
	# ids
	for id in $hidden; do
		for other in aaaaaaaaaaaaaaaa "$(echo "$id" | tr a-z2-7 b-z2-7a)"; do
			for target in /message/ID /message/ID.html /message/ID.json /thread/ID /thread/ID.json /campaign/ID /campaign/ID.json /attachment/ID/1 /attachment/ID/2 /attachment/ID/1.1 \
				/raw/ID /mbox/ID /message/ID/raw /message/ID.mbox /message/ID.eml /message/ID?format=json /search?q=id:ID /search.json?q=id:ID /search?q=thread:ID \
				/search?q=near:ID /search?q=campaign:ID /search?q=-id:ID /search?q=gantry%20OR%20id:ID /search?q=%22ID%22 /search?q=ID; do
				printf 'id\t%s\t%s\t%s\n' "$(echo "$target" | sed "s/ID/$id/")" "$id" "$other"
			done
		done
		for q in id near thread campaign; do printf 'id\t/search.json?q=%s:%s\t%s\taaaaaa\n' $q "$(echo "$id" | cut -c 1-6)" "$(echo "$id" | cut -c 1-6)"; done
	done
	for q in thread near campaign id; do
		printf 'Message-ID\t/search.json?q=%s:%s@%s.example\t%s\t%s\n' $q $(word held.mid held.middomain held.mid never)
		printf 'Message-ID\t/search?q=%s:called@example.net\tcalled\tcancel\n' $q
	done
} >"$T/questions"
at_least "questions" "$(wc -l <"$T/questions")" 2000
perl "$canary" ask "$T/public.sock" "$T/questions" >"$T/told" 2>&1 || wrong "$(tail -n 1 "$T/told")"
[ ! -s "$T/told" ] || wrong "$(wc -l <"$T/told") questions: $(head -n 40 "$T/told")"
# and it can: of a public letter's words something is told
printf 'open\t/search.json?q=%s\t%s\tnothing\n' $(word open.body open.body) >"$T/questions"
for q in from to subject file; do
	field=open.$(echo $q | sed 's/from/fromname/; s/to/todomain/; s/file/filename/')
	printf 'open\t/search.json?q=%s:%s\t%s\tnothing\n' $q $(word $field $field)
done >>"$T/questions"
printf 'open\t/message/%s\t%s\taaaaaaaaaaaaaaaa\n' $open $open >>"$T/questions"
perl "$canary" ask "$T/public.sock" "$T/questions" >"$T/told" 2>&1
same "questions with an answer" "$(grep -c 'is answered otherwise' "$T/told")" 6
end

# staff see them: so they are there, and the search finds them
chapter "staff's pages have all of it"
stop
serve staff
crawl staff "$T/staff" $(for id in $hidden; do echo "/message/$id"; done)
fields held $told fromlocal replylocal replydomain tolocal cclocal bodylocal >"$T/seen"
fields ruled body subject fromname >>"$T/seen"
fields spam body subject fromname >>"$T/seen"
fields young body subject fromname >>"$T/seen"
printf 'decided.%s\n' holdnote holder spamnote supersedesnote note by position comment >>"$T/seen"
echo foot.boilerplate >>"$T/seen"
has "$T/staff" "$T/seen"
stop
end

# others quote it: what the program can know to be another's is left out, and what a public letter says is not
chapter "what a public letter quotes of a hidden one is not there, whichever came first"
serve public
now=$old
of="refs=<$(word held.mid)@$(word held.middomain).example>"
post quoting "$T/quoting.eml" number=40 "$of" "quoted=On Tuesday $(word held.fromname) Person <$(word held.fromlocal)@$(word held.fromdomain).example> wrote:
> The gantry crane and $(word held.body), says
> $(word held.bodylocal)@$(word held.bodydomain).example.
>
>> The gantry crane, $(word thread3.body).
> and here it ends: $(word held.attached)
"
quoting=$id
post forwarding "$T/forwarding.eml" number=41 "$of" quoted="
---------- Forwarded message ---------
From: $(word held.fromname) Person <$(word held.fromlocal)@$(word held.fromdomain).example>
Date: Tue, 12 Feb 2019 08:05:00 +0000
Subject: The crane $(word held.subject)

The gantry crane and $(word held.body), says $(word held.bodylocal)@$(word held.bodydomain).example.
"
plain 42 "$(word echo.subject)" "> The gantry crane and $(word held.body), says
> nobody at all." "References: <$(word held.mid)@$(word held.middomain).example>"
echo=$id
post early "$T/early.eml" number=43 "refs=<$(word late.mid)@$(word late.middomain).example>" "quoted=Somebody wrote:
> of an unlocked powder store: $(word late.body)
"
early=$id
now=$day
publish
crawl public "$T/pages"
fields quoting $told >"$T/public"
fields forwarding $told >>"$T/public"
grep -v 'quoted\|forwarding.signature' "$T/public" >"$T/seen" # what stands below what is forwarded could be part of it
printf '%s\n' thread3.body late.body echo.subject >>"$T/seen"
has "$T/pages" "$T/seen"
has "$T/out" "$T/seen"
lacks "$T/pages" "$T/secret"
lacks "$T/out" "$T/secret"
for file in "$T/pages/_2fmessage_2f$quoting" "$T/pages/_2fmessage_2f$quoting.json" "$T/out/message/$quoting.html" "$T/out/message/$quoting.json"; do
	grep -q 'quoted text of a message that is not public' "$file" || wrong "${file#"$T/"} does not say that something is left out"
	grep -q "$(word thread3.body)" "$file" || wrong "${file#"$T/"} leaves out what is public"
done
gzip -dc "$T/out/mbox/2019-02.mbox.gz" | grep -q '^> \[quoted text of a message that is not public\]$' || wrong "the mailbox does not say that something is left out"
now=$old
post late "$T/late.eml" number=39 text="There is an unlocked powder store: $(word late.body)."
now=$day
all_of late >>"$T/secret"
publish
crawl public "$T/pages"
lacks "$T/pages" "$T/secret"
lacks "$T/out" "$T/secret"
[ -s "$T/pages/_2fmessage_2f$early" ] || wrong "the letter that quoted it is gone"
grep -q "$(word held.body)" "$T/quoting.eml" || wrong "nothing was quoted"
end

# all of it was public once
chapter "what is held, called spam or redacted after it was published is gone from everywhere, from what answers it too"
now=$old
n=44
for what in held2 spam2 whole words address part name; do
	n=$((n + 1))
	post $what "$T/$what.eml" number=$n "refs=<asks@example.net>"
	eval "id_$what=$id"
	[ $what != whole ] || continue # nothing is left by which to know what quotes it: redact lists who has the words
	post re$what "$T/re$what.eml" number=$n "refs=<$(word $what.mid)@$(word $what.middomain).example>" "quoted=They wrote:
> The gantry crane and $(word $what.body), says me.
> $(word $what.attached) $(word $what.filename) $(word $what.fromdomain)
> $(word re$what.other)
"
done
now=$day
publish
crawl public "$T/pages"
for what in held2 spam2 whole words address part name; do fields $what $told | grep -v quoted; done >"$T/seen"
has "$T/pages" "$T/seen"
has "$T/out" "$T/seen"
run 0 '*' hold --archive "$A" "$id_held2" --note "$(word decided.later)"
run 0 '*' assign --archive "$A" "$id_spam2" kind:spam --by "$(word decided.later)"
run 0 '*' redact --archive "$A" "$id_whole" --all --note 'asked for it' --by "$(word decided.redacter)"
run 0 '*' redact --archive "$A" "$id_words" --text "$(word words.body)" --text "$(word words.subject)" --note 'asked for it'
run 0 '*' redact --archive "$A" "$id_address" --address "$(word address.fromlocal)@$(word address.fromdomain).example" --note 'asked for it'
run 0 '*' redact --archive "$A" "$id_part" --part 2 --note 'asked for it'
run 0 '*' redact --archive "$A" "$id_name" --text "$(word name.filename)" --note 'asked for it'
publish
crawl public "$T/pages"
all_of held2 spam2 whole >>"$T/secret"
printf '%s\n' decided.later decided.redacter words.body words.subject address.fromlocal address.fromdomain part.filename part.attached name.filename >>"$T/secret"
lacks "$T/pages" "$T/secret"
lacks "$T/out" "$T/secret"
printf '%s\n' words.fromname address.body part.body reheld2.subject respam2.body rewords.body >"$T/seen"
has "$T/pages" "$T/seen"
has "$T/out" "$T/seen"
grep -q 'taken out of the archive as a whole' "$T/pages/_2fmessage_2f$id_whole" "$T/out/message/$id_whole.html" || wrong "no tombstone"
run 0 '' publish --archive "$A" "$T/anew"
diff -r -x .postbag-publish "$T/out" "$T/anew" >"$T/diff" 2>&1 || wrong "not as made at once: $(head -c 600 "$T/diff" | tr '\n' ';')"
{
	for name in held2.body held2.subject held2.fromname spam2.body whole.body whole.subject whole.fromname whole.filename words.body words.subject address.fromdomain part.filename part.attached; do
		for q in "" from: subject: file: -; do
			printf '%s\t/search?q=%s%s\t%s\t%s\n' $name "$q" $(word $name $name $name.never)
			printf '%s\t/search.json?q=%s%s*\t%s\t%s\n' $name "$q" $(word $name $name $name.never)
		done
	done
	for id in $id_held2 $id_spam2; do
		for target in /message/ID /message/ID.json /thread/ID /campaign/ID /attachment/ID/2 /search?q=id:ID /search?q=thread:ID; do
			printf 'id\t%s\t%s\taaaaaaaaaaaaaaaa\n' "$(echo "$target" | sed "s/ID/$id/")" "$id"
		done
	done
} >"$T/questions"
perl "$canary" ask "$T/public.sock" "$T/questions" >"$T/told" 2>&1 || wrong "$(tail -n 1 "$T/told")"
[ ! -s "$T/told" ] || wrong "$(wc -l <"$T/told") questions: $(head -n 20 "$T/told")"
stop
end
