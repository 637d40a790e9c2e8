# What readers see: digests and pages. Beside nobody: no peer makes them.

# A digest of one day of 100 letters over archives of BENCH_DIGEST messages (100,000; "100000 1000000" needs 5 GB in $TMPDIR), 20,000 questions open in each
# (see bench/make-archive): processor time of a fresh process, user and system, with everything in the page cache; medians of 15, and the peak of memory.
bench_digest() {
	sizes=${BENCH_DIGEST:-100000}
	python3 "$here/make-archive" "$postbag" "$work/archives" "$sizes" "$here/../filters/ssr2-2018.rules" "$here/../filters/ssr2-2017.rules"
	printf '[archive]\nrules = %s\nrules = %s\n' "$here/../filters/ssr2-2018.rules" "$here/../filters/ssr2-2017.rules" > "$work/conf"
	for letters in $sizes; do
		for way in '' '--workstream ws2' '--topic ws2.isms --by topic' '--format json' '--format json --workstream ws2' '--format html' '--weekly --format json'; do
			# shellcheck disable=SC2086
			POSTBAG_CONFIG=$work/conf POSTBAG_NOW=1767225600 "$turns" -n 15 -w 1 digest "$postbag" --archive "$work/archives/$letters" digest $way > "$work/turns"
			goal='' is=''
			case $way in
			'' | --workstream* | --topic*) goal='< 50 ms' is=$(met "$(side digest 7)" 50) ;;
			esac
			figure "digest of a day in $letters, processor, ${way:-text}" "$(side digest 7) ms" "$goal" "$is" "$(side digest 8) MB"
		done
	done
	rm -rf "$work/archives"
}

# Pages: processor time of each kind on BENCH_PAGES messages, then 200 readers at once while mail is delivered, and the same deliveries without them.
# With BENCH_ARCHIVE, a folder, that archive is taken; letters are delivered into it.
bench_pages() {
	[ -x "$build/postbag-web" ] || { figure "postbag-web" - '' '' "NOT MEASURED: it is not built"; return; }
	archive=${BENCH_ARCHIVE:-$work/archive}
	if [ -z "${BENCH_ARCHIVE:-}" ]; then
		full_archive
		rm -rf "$archive"
		cp -r "$place/archive" "$archive"
	fi
	"$build/bench/pages" "$archive" | tee "$work/pages"
	"$build/postbag-web" -q --archive "$archive" --listen "unix:$work/web.sock" &
	web=$!
	python3 "$here/readers" "$postbag" "$archive" "$work/web.sock" "${BENCH_READERS:-200}" > "$work/readers" || echo "pages: THE READERS FAILED" >> "$work/readers"
	cat "$work/readers"
	kill "$web"
	wait "$web" || echo "pages: THE SERVER FAILED" | tee -a "$work/readers"
	sed -n 's/^pages: \(.*[^ ]\)  *median  *\([0-9.]*\) ms, \(95 .*\)/\1\t\2\t\3/p' "$work/pages" |
		grep -E '^(overview|letter|thread|campaign|workstream|month|all letters|feed|search, (a|two|common|very common) (word|words|phrase)|all of these)	|NOT ALL' |
		while IFS='	' read -r kind median rest; do
		figure "a page, processor: $kind" "$median ms" '' '' "$rest"
	done
	sed -n 's/^pages: //p' "$work/readers" | while IFS= read -r line; do figure "pages while mail is delivered" - '' '' "$line"; done
}
