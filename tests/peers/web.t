#!/bin/sh
# postbag-web asked by curl and by hand-made requests: who sees what, that a stranger's words stay words, and that nobody can hold it up.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"

WEB=$(dirname "$POSTBAG")/postbag-web
[ -x "$WEB" ] || skip_all "built without postbag-web"
command -v curl >/dev/null || skip_all "curl is not installed"
plan 16

# conf LINE...: the configuration, [web] last
conf() {
	printf '[archive]\nfolder = %s\ntitle = Harbour letters\nrules = %s\n[web]\nlisten = unix:%s/web.sock\n' "$A" "$T/harbour.rules" "$T" >"$T/postbag.conf"
	printf '%s\n' "$@" >>"$T/postbag.conf"
}
# serve [OPTION...]: on the socket $T/web.sock, until stop
serve() {
	rm -f "$T/web.sock"
	env POSTBAG_NOW="$now" "$WEB" -C "$T/postbag.conf" "$@" >"$T/web.log" 2>&1 &
	server=$!
	helpers="$helpers $server"
	_n=0
	while ! curl -s -o /dev/null --unix-socket "$T/web.sock" http://h/robots.txt && [ $_n -lt 200 ]; do
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
		_n=$((_n + 1))
	done
	[ -S "$T/web.sock" ] || wrong "no server: $(head -c 300 "$T/web.log")"
}
stop() {
	kill "$server" 2>/dev/null
	wait "$server"
	same "the server's exit status" "$?" 0
	! grep -Ev '^postbag: (listening on|without walls|attachments are not offered|no milestones)' "$T/web.log" >"$root/strange" ||
		wrong "the server said: $(head -n 3 "$root/strange" | tr '\n' ';')"
}
# get STATUS TARGET [CURL-OPTION...]: body in $out, header in $T/head
get() {
	_status=$1 shown="GET $2"
	_target=$2
	shift 2
	: >"$out"
	same "$shown" "$(curl -s --max-time 60 --path-as-is -D "$T/head" -o "$out" -w '%{http_code}' --unix-socket "$T/web.sock" "$@" "http://h$_target")" "$_status"
	tr -d '\r' <"$T/head" >"$T/headers"
}
head_has() { grep -Eiq -- "$1" "$T/headers" || wrong "$shown: header lacks /$1/: $(tr '\n' ';' <"$T/headers" | head -c 500)"; }
# raw BYTES-OF-PRINTF: a request written by hand; the first line of the answer
raw() { printf "$1" | timeout 20 socat -t 5 - "UNIX-CONNECT:$T/web.sock" 2>/dev/null | head -n 1 | tr -d '\r'; }
links() { grep -Eo ' href="[^"]*"' "$1" | sed 's/ href="//; s/"$//; s/&amp;/\&/g' | grep '^/' | grep -v '^/style' | sort -u; }

# what anybody may read is there, each page as HTML and JSON
begin "the pages are there"
harbour_archive
conf 'contact = archive@example.org' 'address = https://archive.example.org'
serve
get 200 /
out_has '<h1>What came in</h1>'
out_has 'Quays and cranes'
id=$(letter_id 1)
for page in /all /workstreams /topics /groups /intents /regions /unfiled /workstream/quay /topic/quay.crane /group/PILOTS /intent/question /milestones /about \
	/search "/message/$id" "/thread/$(letter_id 3)" /all/2019-02 /workstream/quay/2019-02; do
	get 200 "$page"
	head_has '^content-type: text/html; charset=utf-8$'
	out_has '<h1'
	get 200 "$page.json"
	head_has '^content-type: application/json$'
	json '1' >/dev/null
done
get 200 "/message/$id"
out_has '<mark class="w1"[^>]*>gantry cranes</mark>'
out_has 'Why it is filed'
get 200 "/message/$id.json"
json_is 'join ",", $_->{id}, @{$_->{topics}}' "$id,quay.crane"
get 200 /workstream/quay.atom
head_has '^content-type: application/atom\+xml'
out_has '<link rel="alternate" type="text/html" href="https://archive.example.org/message/'
get 200 /all.atom
get 200 /robots.txt
get 200 /style.css
head_has '^content-type: text/css'
stop
end

# from the overview on, no link of ours leads nowhere
begin "every link leads somewhere"
harbour_archive
conf
serve
printf '/\n' >"$T/todo"
: >"$T/done"
while [ -s "$T/todo" ]; do
	: >"$T/next"
	while read -r target; do
		printf '%s\n' "$target" >>"$T/done"
		get 200 "$target"
		links "$out" >>"$T/next"
	done <"$T/todo"
	sort -u "$T/next" "$T/done" "$T/done" | sort -u >"$T/all"
	sort "$T/done" | comm -23 "$T/all" - | head -n 300 >"$T/todo"
done
at_least "pages" "$(wc -l <"$T/done")" 60
stop
end

# held, spam, unread and machines' mail is not there for the public, and nothing tells it from what never was
begin "the public sees what is for the public"
harbour_archive
printf 'From: Ada Example <ada@example.net>\nSubject: Enclosed\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee this:\n--b\nContent-Type: message/rfc822\n\n%s\n--b\n%s\n\nA picture\n--b--\n' \
	"$(printf 'From: Quin <quin@hidden.example.net>\nSubject: Within\n\nThe crane.')" 'Content-Type: image/png
Content-Disposition: attachment; filename=p.png' >"$T/enclosed.eml"
deliver "$T/enclosed.eml"
enclosed=$(newest_id)
gone=$(letter_id 12)
run 0 '*' redact --archive "$A" --by Ada --note 'asked for it' --all "$gone"
conf
serve
for number in 8 9 11; do
	hidden=$(letter_id $number)
	for page in "/message/$hidden" "/message/$hidden.json" "/thread/$hidden" "/campaign/$hidden" "/attachment/$hidden/1"; do
		get 404 "$page"
		sed "s/$hidden/aaaaaaaaaaaaaaaa/g" "$out" >"$T/hidden.html"
		get 404 "$(printf '%s' "$page" | sed "s/$hidden/aaaaaaaaaaaaaaaa/")"
		cmp -s "$out" "$T/hidden.html" || wrong "$page tells that there is something"
	done
done
for word in powder zebrafinch 'subject:careful' 'is:held' 'kind:spam' 'Buy' "id:$(letter_id 11)"; do
	get 200 "/search.json" -G --data-urlencode "q=$word"
	json_is 'scalar @{$_->{letters}}' 0
done
for word in thread near THREAD -near; do
	for value in "$(letter_id 11)" "\"$(letter_id 11)\"" "$(letter_id 11 | cut -c 1)" a aaaaaaaaaaaaaaaa "$(letter_id 11 | tr a-z A-Z)"; do
		get 400 "/search.json" -G --data-urlencode "q=crane $word:$value"
		out_has 'no letter has that id'
		out_lacks "$(letter_id 11)"
	done
done
get 200 "/search.json" -G --data-urlencode "q=thread:$(letter_id 3)"
json_is 'scalar @{$_->{letters}}' 2
while read -r target; do
	get 200 "$target"
	for canary in powder zebrafinch 'Buy a gantry' 'quay wall leans' 'An old matter' 'away\. The gantry' ada@example pat@pilots zoe@example quin@ Quin "$(letter_id 11)" "$(letter_id 9)"; do
		out_lacks "$canary"
	done
done <<PAGES
/
/index.json
/all
/all.json
/all.atom
/all/2019-02
/all/2019-02.json
/workstream/quay
/workstream/quay.json
/workstream/quay.atom
/workstream/water.atom
/unfiled
/intent/danger
/intent/danger.json
/topic/quay.crane
/message/$(letter_id 1)
/message/$(letter_id 4)
/message/$(letter_id 4).json
/group/PILOTS
/search?q=crane
/search.json?q=crane
/message/$gone
/message/$gone.json
PAGES
get 404 "/attachment/$enclosed/2"
get 404 "/attachment/$enclosed/1"
get 200 "/attachment/$enclosed/3"
head_has '^content-type: image/png$'
head_has '^content-disposition: attachment'
get 200 "/message/$enclosed"
out_lacks "href=\"/attachment/$enclosed/2"
out_has "href=\"/attachment/$enclosed/3"
out_lacks 'quin@'
get 200 "/message/$gone"
out_has 'has been taken out of the archive as a whole'
stop
end

# staff see what is held and why, what people did, and the rules' own words
begin "the staff view shows all"
harbour_archive
conf
run 0 '' assign --archive "$A" +water --by Bo --note 'as agreed' "$(letter_id 5)"
serve --view staff
get 200 "/message/$(letter_id 11)"
out_has 'Held:'
out_has 'powder'
head_has '^cache-control: private'
head_has '^x-robots-tag: noindex'
get 200 /review
out_has "$(letter_id 11)"
out_has 'as agreed'
get 200 "/message/$(letter_id 5)"
out_has 'as agreed'
get 200 "/message/$(letter_id 1)"
out_has 'harbour.rules:[0-9]+'
out_has 'ada@example.net'
get 200 '/search.json?q=is:held'
json_is 'scalar @{$_->{letters}}' 1
get 200 /robots.txt
out_has '^Disallow: /$'
stop
conf
serve
get 404 /review
stop
end

# a letter can be held back for a day, or until a person releases it
begin "when letters are published"
harbour_archive
conf 'publish-when = released'
config=$T/postbag.conf
run 0 '' release "$(letter_id 2)" --by Ada
config=
serve
get 404 "/message/$(letter_id 1)"
get 200 "/message/$(letter_id 2)"
get 200 /all.json
json_is 'join ",", map { $_->{id} } @{$_->{letters}}' "$(letter_id 2)"
stop
conf 'publish-when = 24h'
now=1550005200
serve
get 404 "/message/$(letter_id 1)"
get 200 "/message/$(letter_id 2)"
stop
now=1550062800
serve
get 200 "/message/$(letter_id 1)"
stop
now=1550048400
end

# every answer has the headers that keep a browser from doing what mail says
begin "a strict policy everywhere"
harbour_archive
conf
serve
for target in / /all "/message/$(letter_id 1)" /nix '/search?q=crane' '/search?q=%22' /index.json /all.atom /style.css /robots.txt '/%zz' /icon.svg; do
	get "$(case $target in /nix) echo 404 ;; *%22 | *zz) echo 400 ;; *) echo 200 ;; esac)" "$target"
	head_has "^content-security-policy: default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\$"
	head_has '^x-content-type-options: nosniff$'
	head_has '^referrer-policy: no-referrer$'
	head_has '^cross-origin-opener-policy: same-origin$'
	head_has '^cross-origin-resource-policy: same-origin$'
	head_has '^cache-control: '
	out_lacks '<script|<style| style=| on[a-z]+="|javascript:|<iframe|<img|src="'
done
stop
end

# what has not changed is not sent again, and HEAD has GET's header
begin "caches and HEAD"
harbour_archive
conf
serve
for target in / "/message/$(letter_id 1)" /all.json /all.atom /style.css; do
	get 200 "$target"
	tag=$(sed -n 's/^[Ee][Tt]ag: //p' "$T/headers")
	[ -n "$tag" ] || wrong "$target has no ETag"
	get 304 "$target" -H "If-None-Match: $tag"
	out_empty
	get 304 "$target" -H "If-None-Match: \"x\", W/$tag"
	get 200 "$target" -H 'If-None-Match: "x"'
	grep -iv '^date:' "$T/headers" | sort >"$T/of-get"
	get 200 "$target" -I
	grep -iv '^date:' "$T/headers" | sort | diff - "$T/of-get" >"$T/diff" || wrong "HEAD $target differs: $(head -n 4 "$T/diff" | tr '\n' ';')"
done
get 200 /all
tag=$(sed -n 's/^[Ee][Tt]ag: //p' "$T/headers")
letter "$T/new.eml" 30 'Newly come' 'The gantry cranes sing.'
deliver "$T/new.eml"
get 200 /all -H "If-None-Match: $tag"
out_has 'Newly come'
stop
end

# requests that nobody makes who means well are answered, and shortly
begin "hostile requests"
harbour_archive
conf
serve
for target in /../../etc/passwd /..%2f..%2fetc/passwd /%2e%2e/etc/passwd '/message/..%00' /%00 '/%' '/%zz' '/message/%ff%fe' '//example.org' '/search?q=%' '/search?q=%ff' '/search?page=0&q=a' \
	'/search?page=x' '/all/%0d%0aSet-Cookie:a' '/search?q=a&page=99999'; do
	get 400 "$target"
	! grep -qi '^set-cookie' "$T/headers" || wrong "$target set a cookie"
done
for target in /etc/passwd /message /message/ /message/x /message/AAAAAAAAAAAAAAAA /workstream/none /topic /all/2019-13 /all/0000-01 /all/2019-02/1 /all/2019-02/99 /all/1999-01 \
	/style.css.json /all.html.json.atom /search.atom /a/b/c/d/e/f/g "/topic/<script>alert(1)</script>" /milestone/none /campaign/aaaaaaaa /attachment/aaaaaaaa/1; do
	get 404 "$(printf '%s' "$target" | sed 's/</%3C/g; s/>/%3E/g')"
	out_lacks '<script'
done
get 400 "/$(head -c 17000 /dev/zero | tr '\0' a)"
get 301 /all/
head_has '^location: /all$'
for method in POST PUT DELETE OPTIONS TRACE PROPFIND; do
	get 405 / -X "$method"
	head_has '^allow: GET, HEAD$'
done
get 405 /search -d 'q=x'
many=$(awk 'BEGIN { for (i = 0; i < 1000; i++) printf "%sa%d", i ? " " : "", i }')
get 400 /search -G --data-urlencode "q=$many"
out_has 'That cannot be asked'
get 400 /search -G --data-urlencode "q=$(head -c 5000 /dev/zero | tr '\0' x)"
get 400 /search -G --data-urlencode "q=$(head -c 100 /dev/zero | tr '\0' '(')"
get 400 /search -G --data-urlencode 'q=fromm:<script>alert(1)</script>'
out_has 'column 1'
out_lacks '<script'
get 400 /search -G --data-urlencode 'q=crane (fromm:ada)'
out_has 'crane \(<mark class="error">fromm:ada</mark>\)'
out_has 'Ask instead: <a href="/search\?q=crane%20%28from%3Aada%29">'
get 400 /search.json -G --data-urlencode 'q=crane ('
json_is '$_->{column}' 8
get 200 /search -G --data-urlencode 'q=cranes zebrafinch'
out_has 'by the name of who wrote' # the public's words are not looked for in the names of addresses
out_has 'one of these words: <a href="/search\?q=cranes%20OR%20zebrafinch">'
get 200 /search -G --data-urlencode 'q="><script>alert(1)</script>"'
out_lacks '<script'
if command -v socat >/dev/null; then
	raw 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n' | grep -q '^HTTP/1.1 200' || wrong "a plain request by hand"
	{
		printf 'GET / HTTP/1.1\r\nHost: h\r\n'
		awk 'BEGIN { for (i = 0; i < 20000; i++) printf "X-%d: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", i }'
	} >"$T/endless"
	line=$(timeout 20 socat -t 5 - "UNIX-CONNECT:$T/web.sock" <"$T/endless" 2>/dev/null | head -n 1)
	case $line in *' 431 '* | '') ;; *) wrong "endless headers are answered by $line" ;; esac
	for bytes in '\000\001\002\r\n\r\n' 'GET\r\n\r\n' 'GET / HTTP/9.9\r\n\r\n' 'GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n' 'GET http://[::1 HTTP/1.1\r\nHost: h\r\n\r\n'; do
		case $(raw "$bytes") in *' 200 '*) wrong "taken for a request: $bytes" ;; esac
	done
	get 200 /
else
	echo "# SKIP what socat sends: it is not installed"
fi
stop
end

# clients that say little by little, and nothing, keep nobody else out
begin "slow clients"
harbour_archive
conf 'timeout = 2' 'workers = 2'
serve
if command -v socat >/dev/null; then
	slow=
	for n in $(seq 40); do
		{
			printf 'GET / HTTP/1.1\r\nHost: h\r\n'
			sleep 20
		} | socat -t 1 - "UNIX-CONNECT:$T/web.sock" >/dev/null 2>&1 &
		slow="$slow $!"
	done
	sleep 1
	for n in 1 2 3 4 5; do get 200 /; done
	sleep 5
	[ "$(ls "/proc/$server/fd" | wc -l)" -lt 60 ] || wrong "the silent are kept: $(ls "/proc/$server/fd" | wc -l) descriptors"
	kill $slow 2>/dev/null
	wait $slow 2>/dev/null
else
	echo "# SKIP slow clients: socat is not installed"
fi
stop
end

# signal the processes that take attachments out
readers() {
	for _child in $(ps -o pid= --ppid "$server"); do kill "$1" "$_child" $(ps -o pid= --ppid "$_child") || wrong "no process takes attachments out"; done
}

# who asks for a page that takes long, here an attachment while the process that takes it out stands still, keeps nobody else waiting, however the address is
# written and whatever comes with it
begin "a slow page"
harbour_archive
printf 'From: <ada@example.net>\nSubject: plan\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe plan.\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=plan.csv\n\na;b\n--b--\n' >"$T/plan.eml"
deliver "$T/plan.eml"
conf 'workers = 1'
serve
plan=$(sql index.db "SELECT public_id || '/' || number FROM part JOIN message USING (message) WHERE filename = 'plan.csv'")
get 200 "/attachment/$plan"
readers -STOP
slow=
ask_slowly() {
	curl -s -o /dev/null -w '%{http_code}\n' --max-time 60 --unix-socket "$T/web.sock" "$@" &
	slow="$slow $!"
}
ask_slowly "http://h/attachment/$plan" >"$T/slow-1"
ask_slowly "http://h/%61ttachment/$plan" >"$T/slow-2"
ask_slowly -H 'Content-Length: 0' "http://h/attachment/$plan" >"$T/slow-3"
ask_slowly "http://h/attachment/${plan%/*}/$(printf %s "${plan##*/}" | sed 's/\./%2E/; s/2$/%32/')?q=x" >"$T/slow-4"
sleep 1
get 400 "/attachment/$plan" --max-time 30 -X GET -d body
for target in / /all "/message/${plan%/*}" /style.css; do get 200 "$target" --max-time 30; done
for n in 1 2 3 4; do [ ! -s "$T/slow-$n" ] || wrong "an attachment came from a process that stands still: $(cat "$T/slow-$n")"; done
readers -CONT
wait $slow
same "answers to the slow ones" "$(cat "$T"/slow-* | grep -c 200)" 4
stop
end

# more slow pages than there is room for are refused at once; a stop does not wait for those in the queue
begin "many slow pages"
harbour_archive
printf 'From: <ada@example.net>\nSubject: plan\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe plan.\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=plan.csv\n\na;b\n--b--\n' >"$T/plan.eml"
deliver "$T/plan.eml"
conf 'workers = 1'
serve
get 200 "/attachment/$plan"
readers -STOP
slow=
for n in $(seq 100); do
	curl -s -o /dev/null -w '%{http_code}\n' --max-time 60 --unix-socket "$T/web.sock" "http://h/attachment/$plan" >"$T/many-$n" &
	slow="$slow $!"
done
_n=0
while [ "$(cat "$T"/many-* | grep -c 503)" -lt 30 ] && [ $_n -lt 200 ]; do
	sleep 0.1
	_n=$((_n + 1))
done
at_least "requests refused" "$(cat "$T"/many-* | grep -c 503)" 30
get 200 /
kill "$server"
readers -CONT
wait $slow
same "those that were told something, or that the server is gone" "$(cat "$T"/many-* | wc -l | tr -d ' ')" 100
stop
end

# no connection past the limit, and after that it serves on
begin "connections are bounded"
harbour_archive
conf 'connections = 8' 'workers = 2'
serve
if command -v socat >/dev/null; then
	idle=
	for n in $(seq 30); do
		sleep 8 | socat - "UNIX-CONNECT:$T/web.sock" >/dev/null 2>&1 &
		idle="$idle $!"
	done
	sleep 2
	[ "$(ls "/proc/$server/fd" | wc -l)" -lt 60 ] || wrong "$(ls "/proc/$server/fd" | wc -l) descriptors"
	kill $idle 2>/dev/null
	wait $idle 2>/dev/null
	_n=0
	while [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 --unix-socket "$T/web.sock" http://h/)" != 200 ] && [ $_n -lt 100 ]; do
		sleep 0.2
		_n=$((_n + 1))
	done
	get 200 /
else
	echo "# SKIP bounded connections: socat is not installed"
fi
stop
end

# scripts, tags, entities, controls and characters that turn the writing about: in every place a sender can write to
begin "hostile mail stays text"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
attack='<script>alert(1)</script><img src=x onerror=alert(1)>"'"'"'&amp;<!--'
cat >"$T/hostile.eml" <<MAIL
From: "$(printf '%s' '<script>alert(2)</script>')" <"<b>x"@example.net>
To: <harbour@example.org>
Subject: =?utf-8?B?$(printf '%s\342\200\256gnp.exe\342\200\217' "$attack" | base64 -w 0)?=
Date: Tue, 12 Feb 2019 08:00:00 +0000
Message-ID: <hostile@example.net>
Organization: <svg onload=alert(3)>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

$attack </p></div></main> gantry crane<script>alert(4)</script> $(printf '\342\200\256right\342\200\254 \033[31mred\007 \302\205 a\314\200\314\200\314\200\314\200\314\200\314\200\314\200\314\200\314\200')
https://example.org/"onmouseover="alert(5) javascript:alert(6) mail ada@secret.example.net or "quin quiet"@secret.example.net, mailto:zoe%40secret.example.net
--b
Content-Type: text/html; charset=utf-8
Content-Disposition: attachment; filename="<script>.html"

<script>alert(7)</script>
--b
Content-Type: text/html; charset=utf-7

+ADw-script+AD4-alert(8)+ADw-/script+AD4-
--b--
MAIL
deliver "$T/hostile.eml"
letter "$T/giant.eml" 2 "$(head -c 60000 /dev/zero | tr '\0' 'x')" 'The gantry cranes.'
deliver "$T/giant.eml"
awk 'BEGIN { print "From: <a@example.net>\nSubject: many\n"; for (i = 0; i < 120000; i++) print "http://example.org/x ada@example.net \"" }' >"$T/many.eml"
deliver "$T/many.eml"
printf 'From: <a@example.net>\nSubject: \377\376 bytes\nContent-Type: text/plain; charset=utf-8\n\n\377\300\200 gantry crane \355\240\200\n' >"$T/bytes.eml"
deliver "$T/bytes.eml"
conf
serve
hostile=$(sql index.db "SELECT public_id FROM message WHERE message_id = 'hostile@example.net'")
for target in / /all "/message/$hostile" /workstream/quay /topic/quay.crane '/search?q=crane' /all.atom /workstream/quay.atom $(sql index.db 'SELECT public_id FROM message' | sed 's,^,/message/,'); do
	get 200 "$target"
	out_lacks '<script|<img|<b>x|onload=[^&]*>|<!--|<svg onload'
	out_lacks 'href="javascript|onmouseover="'
	out_lacks 'a@example|ada@|quiet"?@|zoe(@|%40)'
	perl -e 'local $/; my $t = <STDIN>; utf8::decode($t) or exit 1; exit($t =~ /[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]/ ? 2 : 0)' <"$out" || wrong "$target: not clean UTF-8"
done
get 200 "/message/$(sql index.db "SELECT public_id FROM message WHERE subject = 'many'")" --max-time 30
at_least "bytes of a long letter" "$(wc -c <"$out")" 1000000
get 200 "/message/$hostile"
out_has '&lt;script&gt;alert\(1\)&lt;/script&gt;'
get 200 "/message/$hostile.json"
json_is '$_->{id}' "$hostile"
out_lacks 'ada@|zoe%40'
part=$(sql index.db "SELECT number FROM part JOIN message USING (message) WHERE public_id = '$hostile' AND filename LIKE '%.html'")
get 200 "/attachment/$hostile/$part"
head_has '^content-type: application/octet-stream$'
head_has '^content-disposition: attachment; filename="script.html"; '
head_has '^x-content-type-options: nosniff$'
out_has 'alert\(7\)'
get 404 "/attachment/$hostile/9"
stop
end

# pages are read while letters come in: all are answered, and every letter is kept and shown
begin "reading while mail comes in"
harbour_archive
conf 'workers = 2'
serve
mkdir "$T/more"
for n in $(seq 20); do letter "$T/more/$n.eml" 40 "Letter $n" "The gantry crane number $n." "Message-ID: <more-$n@example.net>"; done
id=$(letter_id 1)
(for n in $(seq 40); do
	for target in /all '/search?q=crane' "/message/$id"; do curl -s -o /dev/null -w '%{http_code}\n' --max-time 60 --unix-socket "$T/web.sock" "http://h$target"; done
done >"$T/codes") &
reader=$!
for n in $(seq 20); do deliver "$T/more/$n.eml"; done
wait "$reader"
get 200 '/search.json?q=crane+number+sort:oldest'
oldest=$(json 'join " ", map { $_->{id} } @{$_->{letters}}')
get 200 '/search.json?q=crane+number'
[ "$oldest" != "$(json 'join " ", map { $_->{id} } @{$_->{letters}}')" ] || wrong "sort: is not heeded: $oldest"
same "answers" "$(sort "$T/codes" | uniq -c | tr -s ' ')" ' 120 200'
get 200 /topic/quay.crane.json
at_least "letters shown" "$(json 'scalar grep { $_->{subject} =~ /^Letter/ } @{$_->{letters}}')" 20
# the log can be emptied while readers are connected: none of them keeps an old view of the index; and none writes to it
: >"$T/kept"
(
	printf 'GET /all HTTP/1.1\r\nHost: h\r\n\r\nGET /search?q=crane HTTP/1.1\r\nHost: h\r\n\r\n'
	sleep 15
) | socat -t 15 - "UNIX-CONNECT:$T/web.sock" >"$T/kept" 2>/dev/null &
held=$!
_n=0
while command -v socat >/dev/null && [ "$(grep -ac '^HTTP/1.1 200' "$T/kept")" -lt 2 ] && [ $_n -lt 100 ]; do
	sleep 0.1
	_n=$((_n + 1))
done
same "the log emptied beside readers" "$(sql index.db 'PRAGMA wal_checkpoint(TRUNCATE)')" '0|0|0'
deliver "$T/more/1.eml"
cksum <"$A/index.db" >"$T/file"
cksum <"$A/index.db-wal" >"$T/log"
[ -s "$A/index.db-wal" ] || wrong "nothing stands in the log"
for target in / /all '/search?q=crane' '/search?q=crane%20sort:oldest' "/message/$id" /topics; do get 200 "$target"; done
same "index.db after reading" "$(cksum <"$A/index.db")" "$(cat "$T/file")"
same "its log after reading" "$(cksum <"$A/index.db-wal")" "$(cat "$T/log")"
kill "$held" 2>/dev/null
wait "$held" 2>/dev/null
run 0 '*' rebuild --archive "$A"
get 200 /topic/quay.crane.json
at_least "letters shown of another index" "$(json 'scalar grep { $_->{subject} =~ /^Letter/ } @{$_->{letters}}')" 20
stop
end

# a slip in the configuration is told where it stands
begin "the configuration"
harbour_rules "$T/harbour.rules"
run 0 '' -q init "$A"
for line in 'view = all' 'publish-when = never' 'address = ftp://example.org' 'address = example.org' 'contact = nobody' 'connections = 0' 'workers = 1000' 'listen = inet:0.0.0.0:80' 'vew = staff'; do
	conf "$line"
	shown="postbag-web: $line"
	watch 78 "postbag.conf:[0-9]+:[0-9]+: " timeout 30 "$WEB" -C "$T/postbag.conf"
done
printf '[archive]\nfolder = %s\n' "$A" >"$T/postbag.conf"
watch 64 'nowhere to listen' timeout 30 "$WEB" -C "$T/postbag.conf"
watch 64 'can be reached from other machines' timeout 30 "$WEB" -C "$T/postbag.conf" --listen inet:0.0.0.0:0
run 0 '' web --version
out_has '^Postbag '
end

# the service manager opens the socket and hands it over
begin "a socket from the service manager"
harbour_archive
conf
rm -f "$T/web.sock"
perl -MPOSIX -MSocket -e '
	my ($path, @command) = @ARGV;
	socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die; bind($socket, sockaddr_un($path)) or die; listen($socket, 16) or die;
	POSIX::dup2(fileno($socket), 3) if fileno($socket) != 3;
	$^F = 3; open my $keep, "+<&=", 3;
	$ENV{LISTEN_FDS} = 1; $ENV{LISTEN_PID} = $$;
	exec @command;' "$T/web.sock" "$WEB" -C "$T/postbag.conf" >"$T/web.log" 2>&1 &
server=$!
helpers="$helpers $server"
_n=0
while ! curl -s -o /dev/null --unix-socket "$T/web.sock" http://h/ && [ $_n -lt 200 ]; do
	sleep 0.1
	_n=$((_n + 1))
done
get 200 /
out_has 'Harbour letters'
stop
[ -S "$T/web.sock" ] || wrong "the service manager's socket is gone"
end
