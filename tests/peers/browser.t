#!/bin/sh
# The pages in a real browser: Chromium without a window, driven by puppeteer-core, looked over by axe-core; light, dark, wide and 320 px narrow.
# Both come from npm into a scratch folder at the time of the test (BROWSER_MODULES names a node_modules that has them already).
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
WEB=$(dirname "$POSTBAG")/postbag-web
[ -x "$WEB" ] || skip_all "built without postbag-web"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip_all "NOT TESTED IN A BROWSER: there is no Chromium"
command -v node >/dev/null || skip_all "NOT TESTED IN A BROWSER: there is no Node"
modules=${BROWSER_MODULES:-$root/npm/node_modules}
if [ ! -d "$modules/puppeteer-core" ] || [ ! -d "$modules/axe-core" ]; then
	command -v npm >/dev/null || skip_all "NOT TESTED IN A BROWSER: there is no npm"
	mkdir -p "$root/npm"
	(cd "$root/npm" && HOME=$root/npm timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts puppeteer-core@24 axe-core@4 >"$root/npm.log" 2>&1) ||
		skip_all "NOT TESTED IN A BROWSER: npm cannot install puppeteer-core and axe-core: $(tail -n 1 "$root/npm.log" | cut -c 1-200)"
fi
plan 4

# letters of every script and direction, long ones, quoted ones, and form letters that make a campaign
world() {
	harbour_archive
	letter "$T/ar.eml" 20 'رصيف الميناء' 'الرافعة gantry crane على الرصيف قديمة جدا. متى تفتح البوابة؟' 'From: سلمى مثال <salma@example.org>'
	letter "$T/zh.eml" 21 '关于淤积的问题' '航道的淤积越来越严重。我们什么时候开始疏浚? dredging 2019' 'From: 示例 张三 <zhang@example.org>'
	letter "$T/he.eml" 22 'שאלה' 'מתי נפתח השער? The gantry crane.' 'From: דוגמה <d@example.org>'
	letter "$T/long.eml" 23 "$(head -c 300 /dev/zero | tr '\0' W)" "$(head -c 3000 /dev/zero | tr '\0' w) gantry crane https://example.org/$(head -c 300 /dev/zero | tr '\0' x)"
	letter "$T/reply.eml" 24 'Re: The cranes' "$(printf 'On Tuesday Ada wrote:\n'; for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "> The gantry cranes squeak $n"; done; printf '\nThey do, and the lifting gear too.')" \
		'In-Reply-To: <letter-1@example.net>' 'References: <letter-1@example.net>'
	for n in 1 2 3 4; do
		letter "$T/form-$n.eml" 3$n 'Save the old lighthouse' "$(printf 'The old lighthouse at the end of the pier has stood there for two hundred years.\nPlease do not let it be taken down for the new container berth.\nThe town needs its light, and the children need its stairs.\nGreetings number %s, from a street with number %s.' $n $n)" "From: Writer $n <writer$n@example.net>"
	done
	for file in "$T"/*.eml; do deliver "$file"; done
	printf '[archive]\nfolder = %s\ntitle = Harbour letters\nrules = %s\n[web]\nlisten = inet:127.0.0.1:0\n' "$A" "$T/harbour.rules" >"$T/postbag.conf"
}
serve() {
	env POSTBAG_NOW="$now" "$WEB" -C "$T/postbag.conf" "$@" >"$T/web.log" 2>&1 &
	server=$!
	helpers="$helpers $server"
	_n=0
	while ! grep -q 'listening on' "$T/web.log" && [ $_n -lt 200 ]; do
		sleep 0.1
		_n=$((_n + 1))
	done
	port=$(sed -n 's/.*listening on inet:127.0.0.1:\([0-9]*\).*/\1/p' "$T/web.log")
	[ -n "$port" ] || wrong "no server: $(head -c 300 "$T/web.log")"
}
stop() {
	kill "$server" 2>/dev/null
	wait "$server"
}
# drive WHAT: the part of browser-drive.js called so; every line it writes is something wrong
drive() {
	mkdir -p "$root/chromium"
	HOME=$root/chromium NODE_PATH=$modules BROWSER=$browser timeout 900 node "$srcdir/tests/peers/browser-drive.js" "$1" "http://127.0.0.1:$port" $pages >"$T/driven" 2>&1 ||
		wrong "the browser's driver failed: $(tail -n 3 "$T/driven" | tr '\n' ';' | cut -c 1-400)"
	while read -r line; do
		case $line in "looked at "*) printf '# %s\n' "$line" ;; *) wrong "$line" ;; esac
	done <"$T/driven"
	grep -q '^looked at ' "$T/driven" || wrong "nothing was looked at"
}

begin "accessible, and within the window: light and dark, wide and narrow"
world
serve
crane=$(letter_id 1)
pages="/ /all /all/2019-02 /workstreams /topics /groups /workstream/quay /topic/quay.crane /group/PILOTS /milestones /about /unfiled /search /search?q=crane /search?q=fromm:x /nix
	/message/$crane /message/$(letter_id 20) /message/$(letter_id 21) /message/$(letter_id 22) /message/$(letter_id 23) /message/$(letter_id 24) /thread/$crane /campaign/$(letter_id 31)"
drive look
stop
end

begin "the staff view is accessible too"
world
serve --view staff
pages="/ /review /message/$(letter_id 11) /message/$(letter_id 1)"
drive look
stop
end

begin "it is walked through and searched"
world
serve
pages="$(letter_id 1) $(letter_id 20)"
drive walk
stop
end

begin "no script runs, nothing comes from elsewhere"
world
printf 'From: <x@example.net>\nSubject: <script>document.title="pwned"</script>\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>gantry crane</p><script>document.title="pwned"</script><img src="http://127.0.0.1:1/x.png" onerror="document.title=1">\n' >"$T/bad.eml"
deliver "$T/bad.eml"
serve
pages="/message/$(newest_id) /all /topic/quay.crane"
drive safe
stop
end
