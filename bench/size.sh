# How large, on disk and in memory.

bench_size() {
	full_archive
	raw=$(sum "$place/md/cur")
	list() { awk -v a="$1" -v b="$raw" 'BEGIN { printf "%.3f", a / b }'; }
	ours=$(sum "$place/archive")
	mail=$(find "$place/archive" -type f ! -name 'index.db*' -printf '%s\n' | awk '{ n += $1 } END { print n }')
	figure "archive, index included, of $(awk -v n="$raw" 'BEGIN { printf "%.0f", n / 1e6 }') MB of mail" "$(awk -v n="$ours" 'BEGIN { printf "%.0f MB", n / 1e6 }')" '<= 0.65' \
		"$(met "$(list "$ours")" 0.65)" "of it all but the index $(list "$mail"), the index $(list $((ours - mail)))" "raw bytes" "$(list "$ours")"
	if "$postbag" pack --help > /dev/null 2>&1; then
		rm -rf "$work/packed"
		cp -r "$place/archive" "$work/packed"
		if "$postbag" -q --archive "$work/packed" pack --older-than 0d; then
			packed=$(sum "$work/packed")
			figure "the same after postbag pack" "$(awk -v n="$packed" 'BEGIN { printf "%.0f MB", n / 1e6 }')" '<= 0.5' "$(met "$(list "$packed")" 0.5)" '' "raw bytes" "$(list "$packed")"
		else
			figure "the same after postbag pack" - '<= 0.5' NO "POSTBAG PACK FAILED"
		fi
		rm -rf "$work/packed"
	else
		figure "the same after postbag pack" - '<= 0.5' '' "there is no such command yet"
	fi
	if have zstd; then
		find "$place/md/cur" -type f | sort | head -n "${BENCH_ZSTD_MESSAGES:-20000}" | mailbox > "$work/mbox"
		whole=$(sum "$work/mbox")
		for level in 3 19; do
			zstd -q -T0 -$level -c "$work/mbox" > "$work/zst"
			figure "size of a mailbox in one piece" - '' '' "no single message can be taken out; $(awk -v n="$whole" 'BEGIN { printf "%.0f", n / 1e6 }') MB" "zstd -$level" \
				"$(awk -v a="$ours" -v b="$raw" -v c="$(sum "$work/zst")" -v d="$whole" 'BEGIN { printf "%.2f", (a / b) / (c / d) }')" \
				"it makes $(awk -v a="$(sum "$work/zst")" -v b="$whole" 'BEGIN { printf "%.3f", a / b }') of it"
		done
		rm -f "$work/mbox" "$work/zst"
	fi
	for peer in notmuch mu mairix.db inbox; do
		[ ! -e "$place/$peer" ] || [ "$(sum "$place/$peer")" -lt 100000 ] || figure "size beside the peer's" - '' '' \
			"$(case $peer in notmuch | mu | mairix.db) echo "its index alone: the mail stays as it is, $(list $((raw + $(sum "$place/$peer")))) with it" ;; inbox) echo "mail and index" ;; esac)" \
			"$peer $(awk -v n="$(sum "$place/$peer")" 'BEGIN { printf "%.0f MB", n / 1e6 }')" "$(awk -v a="$ours" -v b="$(sum "$place/$peer")" 'BEGIN { printf "%.2f", a / b }')"
	done
}

# The files named on standard input as one mailbox.
mailbox() {
	python3 -c '
import sys
for path in sys.stdin:
    with open(path.rstrip("\n"), "rb") as file:
        sys.stdout.buffer.write(b"From writer@example.org Thu Jan  1 00:00:00 1970\n" + file.read().replace(b"\nFrom ", b"\n>From ") + b"\n")'
}

# All processes of an import together, and those of a delivery.
bench_memory() {
	corpus
	new_archive
	set -- $(python3 "$here/tree-memory" "$postbag" -q --archive "$work/archive" import "$place/md")
	figure "memory of an import of $(count_mail), all its processes" "$1 MB" '< 200 MB' "$(met "$1" 200)" "largest sum of proportional set sizes, sampled; $2 MB of it not pages of files"
	rm -rf "$work/archive"
	write_message
	head -c 22000000 /dev/urandom | base64 > "$work/blob"
	{ printf 'From: a@example.org\nSubject: large\nMIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n'; cat "$work/blob"; } > "$work/large"
	for file in message large; do
		new_archive
		"$build/bench/peak" "$work/$file" "$postbag" --archive "$work/archive" deliver | sed "s|$work/||; s/^/memory: delivery: /"
	done
	rm -f "$work/blob" "$work/large"
}
