# Publishing: one new letter in a month of BENCH_PUBLISH letters (20,000), and in an archive of as many in 20 months; then one answer in their long thread. The
# processor time of a fresh process, user and system, the files that it writes, the pages it makes and the letters it reads for the mailbox; medians of 5.
# Beside nobody: no peer writes such pages.
bench_publish() {
	letters=${BENCH_PUBLISH:-20000}
	for days in 27 600; do
		rm -rf "$work/archive" "$work/out"
		python3 "$here/make-months" "$work/months" "$letters" "$days"
		new_archive
		"$postbag" -q --archive "$work/archive" import "$work/months"
		export POSTBAG_NOW=1551398400
		"$postbag" -q --archive "$work/archive" publish "$work/out"
		for way in letter answer; do
			: > "$work/published"
			for run in 1 2 3 4 5; do
				printf 'From: Ann <ann@example.org>\nSubject: One more\nDate: Thu, 28 Feb 2019 09:0%s:00 +0000\nMessage-ID: <%s-%s@example.org>\n' "$run" "$way" "$run" > "$work/one"
				[ "$way" = letter ] || echo 'References: <0@example.org>' >> "$work/one"
				printf '\nWe ask about the root zone, %s %s.\n' "$way" "$run" >> "$work/one"
				"$postbag" -q --archive "$work/archive" deliver < "$work/one"
				python3 - "$postbag" --archive "$work/archive" publish "$work/out" -v >> "$work/published" <<'PY'
import re, resource, subprocess, sys
said = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=True).stdout
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{(used.ru_utime + used.ru_stime) * 1000:.0f}", len(re.findall("(?m)^write ", said)), re.search("([0-9]+) looked at", said)[1], re.search("mailboxes: ([0-9]+)", said)[1])
PY
			done
			middle=$(sort -n "$work/published" | sed -n 3p)
			# shellcheck disable=SC2086
			set -- $middle
			is=$(met "$1" 300)
			figure "publish one $way, $letters letters in $days days, processor" "$1 ms" '< 300 ms' "$is" "$2 files written, $3 pages made, $4 letters packed"
		done
		unset POSTBAG_NOW
	done
	rm -rf "$work/archive" "$work/out" "$work/months"
}
