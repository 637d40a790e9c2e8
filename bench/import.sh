# Bulk import and what grows with it.

bench_import() {
	corpus
	cat "$place"/md/cur/* > /dev/null
	n=$(count_mail)
	new_archive "$place/archive"
	fresh=$work/fresh
	cat > "$fresh" <<FRESH
case \$1 in
postbag)
	rm -rf '$place/archive'
	'$postbag' -q --archive '$place/archive' init --rules '$here/../filters/ssr2-2018.rules' --rules '$here/../filters/ssr2-2017.rules' ;;
notmuch) rm -rf '$place/notmuch' '$place/tagged'; mkdir '$place/notmuch' ;;
mu) rm -rf '$place/mu'; mu init -q --muhome='$place/mu' --maildir='$place/md' --my-address=a@example.org ;;
mairix) rm -f '$place/mairix.db' ;;
public-inbox) rm -rf '$place/inbox' "\$PI_CONFIG"; public-inbox-init -V2 -L full bench '$place/inbox' http://inbox.example.org/ input@example.org ;;
esac 2>&1
sync
FRESH
	set -- postbag "$postbag" -q --archive "$place/archive" import "$place/md"
	have notmuch && set -- "$@" -- notmuch notmuch --config="$(notmuch_config "$place/notmuch" "$place/md")" new --quiet
	have mu && set -- "$@" -- mu mu index -q --muhome="$place/mu"
	if have mairix; then
		printf 'base=%s\nmaildir=md\nmfolder=found\ndatabase=%s/mairix.db\n' "$place" "$place" > "$place/mairixrc"
		set -- "$@" -- mairix mairix -f "$place/mairixrc"
	fi
	have_inbox && [ "${BENCH_INBOX:-yes}" = yes ] && set -- "$@" -- public-inbox perl "$here/public-inbox" import "$place/md"
	"$turns" -n "$runs" -w 0 -p "sh '$fresh'" "$@" > "$work/turns"
	imported=$("$postbag" -q --archive "$place/archive" query --count '' 2> /dev/null || echo '?')
	figure "import of $n" "$(side postbag 3 | awk -v n="$n" '{ printf "%.1f s, %.0f/s", $1 / 1000, n / $1 * 1000 }')" '' '' \
		"$(side postbag 7 | awk -v n="$n" '{ printf "%.0f us of processor a message", $1 / n * 1000 }'); threads, filing, raw bytes and documents included; $imported found again"
	against "import of $n" notmuch 0.0833 "keeps no copy; files nothing"
	against "import of $n" mu 0.143 "keeps no copy; files nothing"
	against "import of $n" public-inbox 0.04 "keeps a copy (git); files nothing"
	against "import of $n" mairix 1.25 "no copy, no phrases, no positions; files nothing"
	cp "$work/turns" "$place/imported"
}

# The rate of a large import beside that of a small one, and the memory of both.
bench_growth() {
	small=${BENCH_SMALL:-$((messages / 10 < 5000 ? messages / 10 : 5000))} large=${BENCH_LARGE:-$messages}
	for n in $small $large; do
		[ -d "$place/md-$n" ] || [ "$n" = "$messages" ] || { python3 "$here/make-corpus" "$place/part" "$n" > /dev/null && mv "$place/part" "$place/md-$n"; }
	done
	corpus
	ln -sfn "$place/md" "$place/md-$messages"
	cat > "$work/fresh" <<FRESH
rm -rf '$work/grown'
'$postbag' -q --archive '$work/grown' init --rules '$here/../filters/ssr2-2018.rules' --rules '$here/../filters/ssr2-2017.rules'
sync
FRESH
	"$turns" -n "$runs" -p "sh '$work/fresh'" large "$postbag" -q --archive "$work/grown" import "$place/md-$large" \
		-- small "$postbag" -q --archive "$work/grown" import "$place/md-$small" > "$work/turns"
	rm -rf "$work/grown"
	awk -F '\t' -v s="$small" -v l="$large" '{ wall[NR] = $3; used[NR] = $7; ratio = $9; low = $10; high = $11 } END {
		k = l / s; r = k / ratio
		printf "rate at %d beside that at %d\t%.0f/s\t%.0f/s\t%.2f\t%.2f-%.2f\t>= 0.8\t%s\tprocessor a message %.0f and %.0f us\n",
			l, s, l / wall[1] * 1000, s / wall[2] * 1000, r, k / high, k / low, (r >= 0.8 ? "yes" : "NO"), used[1] / l * 1000, used[2] / s * 1000 }' "$work/turns" | tell
}

# Rules applied to what came before, beside the import of the same messages: rules that change nothing, that stand on other lines, a topic with other words,
# every message asked again, and another ruleset altogether.
bench_reclassify() {
	corpus
	mkdir -p "$work/rules"
	for run in $(seq "$runs"); do
		cp "$here/../filters/ssr2-2018.rules" "$here/../filters/ssr2-2017.rules" "$work/rules"
		printf '[archive]\nfolder = %s\nrules = %s\nrules = %s\n' "$work/archive" "$work/rules/ssr2-2018.rules" "$work/rules/ssr2-2017.rules" > "$work/conf"
		new_archive
		start=$(now)
		"$postbag" -q --archive "$work/archive" import "$place/md"
		import=$(echo "$start $(now)" | awk '{ print $2 - $1 }')
		echo '# nothing' >> "$work/rules/ssr2-2018.rules"
		reclassify "nothing changed"
		sed -i '1i # nothing' "$work/rules/ssr2-2018.rules"
		reclassify "lines moved"
		sed -i '/^\[topic ws2.isms\]/,/^keyword =/ s/^keyword = /keyword = name collision; /' "$work/rules/ssr2-2018.rules"
		reclassify "a topic changed"
		sed -i '/^\[topic ws2.isms\]/,/^keyword =/ s/^keyword = name collision; /keyword = /' "$work/rules/ssr2-2018.rules"
		reclassify "all asked again" --whole
		printf '[archive]\nfolder = %s\nrules = %s\n' "$work/archive" "$here/../tests/filing/bus-timetable.rules" > "$work/conf"
		reclassify "other rules"
	done
}

reclassify() { # WHAT [OPTION]
	start=$(now)
	moved=$("$postbag" -q --config "$work/conf" reclassify ${2:-} | sed -n '$s/.*messages, \([0-9]*\) moved.*/\1/p')
	echo "$start $(now) $import" | awk -v n="$messages" -v what="$1" -v moved="$moved" \
		'{ printf "reclassify of %d, %s (%d moved): %.1f s, import %.1f s, ratio %.1f\n", n, what, moved, $2 - $1, $3, $3 / ($2 - $1) }'
}
