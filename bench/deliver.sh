# One delivery: a fresh process with one message on standard input, into a store on disk.

new_maildir() {
	rm -rf "$1"
	mkdir -p "$1/new" "$1/cur" "$1/tmp"
}

# What each filter delivers into, all of them fresh.
delivery_stores() {
	write_message
	new_archive
	new_archive "$work/later"
	new_maildir "$work/pm"
	printf 'PATH=/usr/bin:/bin\nMAILDIR=%s\nDEFAULT=%s/pm/\n' "$work" "$work" > "$work/procmailrc"
	new_maildir "$work/dropped"
	printf 'to "%s/dropped"\n' "$work" > "$work/maildropfilter"
	chmod 600 "$work/maildropfilter"
	if have notmuch; then
		rm -rf "$work/nm-empty"
		new_maildir "$work/inserted"
		notmuch --config="$(notmuch_config "$work/nm-empty" "$work/inserted")" new --quiet
	fi
	if have_inbox; then new_inbox "$work/inbox"; fi
}

# notmuch's index of the corpus, with the corpus as hard links.
notmuch_full() {
	corpus
	rm -rf "$work/nm-full" "$work/inserted-full"
	cp -al "$place/md" "$work/inserted-full" 2> /dev/null || cp -a "$place/md" "$work/inserted-full"
	notmuch --config="$(notmuch_config "$work/nm-full" "$work/inserted-full")" new --quiet
}

# Holds all the turns at reading mail of an archive, as when many deliveries come at once: what is delivered meanwhile is kept, and indexed by a later sweep.
hold_turns() { # ARCHIVE
	rm -f "$work/holding"
	python3 - "$1/lock.index" "$work/holding" <<'PY' &
import fcntl, sys, time
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX, 1024, 1024)
open(sys.argv[2], "w").close()
time.sleep(3600)
PY
	holder=$!
	while [ ! -e "$work/holding" ]; do sleep 0.1; done
}

let_turns_go() {
	kill "$holder"
	wait "$holder" 2> /dev/null || true
}

bench_deliver() {
	delivery_stores
	deliveries=${BENCH_DELIVERIES:-200}
	n=
	set -- postbag "$postbag" --archive "$work/archive" deliver
	have procmail && set -- "$@" -- procmail procmail -t -Y -m "$work/procmailrc"
	have maildrop && set -- "$@" -- maildrop maildrop "$work/maildropfilter"
	if have notmuch; then
		set -- "$@" -- notmuch notmuch --config="$work/nm-empty.conf" insert
		notmuch_full
		n=$(count_mail)
		set -- "$@" -- "notmuch-$n" notmuch --config="$work/nm-full.conf" insert
	fi
	have_inbox && set -- "$@" -- public-inbox public-inbox-mda
	"$turns" -n "$deliveries" -w 5 -i "$work/message" "$@" > "$work/turns"
	arrived=$("$postbag" -q --archive "$work/archive" query --count '')
	what="a delivery, indexed"
	figure "$what" "$(side postbag 3) ms" '' '' "9 of 10 under $(side postbag 6) ms, processor $(side postbag 7) ms; $arrived of $((deliveries + 5)) found at once"
	against "$what" procmail 2 "no index; $(sync_remark procmail -t -Y -m "$work/procmailrc")"
	against "$what" maildrop '' "no index; $(sync_remark maildrop "$work/maildropfilter")"
	against "$what" notmuch 0.35 "into an empty store; $(sync_remark notmuch --config="$work/nm-empty.conf" insert)"
	against "$what" "notmuch-${n:-full}" 0.15 "into a store of ${n:-the corpus}"
	against "$what" public-inbox '' "into an empty store; $(! have_inbox || perl "$here/public-inbox" count phishing) found at once; $(sync_remark public-inbox-mda)"
	hold_turns "$work/later"
	set -- postbag "$postbag" --archive "$work/later" deliver
	have procmail && set -- "$@" -- procmail procmail -t -Y -m "$work/procmailrc"
	"$turns" -n "$deliveries" -w 5 -i "$work/message" "$@" > "$work/turns"
	put_off=$(syncs "$work/message" "$postbag" --archive "$work/later" deliver)
	let_turns_go
	against "a delivery, indexing put off" procmail 1.4 "as when all turns at reading are taken"
	"$postbag" --archive "$work/archive" deliver < "$work/message"
	indexed=$(for _ in 1 2 3 4 5 6; do syncs "$work/message" "$postbag" --archive "$work/archive" deliver; done | awk '{ n += $1 } END { printf "%.1f", n / NR }')
	figure "data syncs of a delivery, indexed" "$indexed" '<= 2.5' "$(met "$indexed" 2.5)" "by strace, mean of 6"
	figure "data syncs, indexing put off" "$put_off" '<= 2' "$(met "$put_off" 2)" "by strace"
	rm -rf "$work/nm-full" "$work/inserted-full"
}

sync_remark() {
	_syncs=$(syncs "$work/message" "$@")
	[ "$_syncs" -gt 0 ] && echo "$_syncs syncs to disk" || echo "NO SYNC TO DISK"
}

# Into an archive of the whole corpus beside an empty one.
bench_large() {
	full_archive
	write_message
	new_archive
	rm -rf "$work/large"
	cp -r "$place/archive" "$work/large"
	"$turns" -n "${BENCH_DELIVERIES:-200}" -w 5 -i "$work/message" large "$postbag" --archive "$work/large" deliver \
		-- empty "$postbag" --archive "$work/archive" deliver > "$work/turns"
	against "a delivery into $(count_mail)" empty 1.1 "the same into an empty archive; 9 of 10 under $(side large 6) and $(side empty 6) ms"
	rm -rf "$work/large"
}

# Instructions of one delivery: what no busy machine disturbs.
bench_instructions() {
	delivery_stores
	for _ in 1 2 3; do
		sed "s/NNNNNNNN/$_/" "$work/message" > "$work/numbered"
		"$postbag" --archive "$work/archive" deliver < "$work/numbered"
	done
	ours=$(instructions "$work/message" "$postbag" --archive "$work/archive" deliver)
	for peer in procmail maildrop notmuch; do
		have $peer || continue
		cp "$(command -v $peer)" "$work/$peer" # a copy has no set-id bit, which valgrind does not follow
		case $peer in
		procmail) set -- "$work/procmail" -t -Y -m "$work/procmailrc" ;;
		maildrop) set -- "$work/maildrop" "$work/maildropfilter" ;;
		notmuch) set -- "$work/notmuch" --config="$work/nm-empty.conf" insert ;;
		esac
		theirs=$(instructions "$work/message" "$@")
		figure "instructions of a delivery" "$ours M" '' '' "callgrind; of the process and its children in user space" "$peer $theirs M" \
			"$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.2f", a / b }')"
	done
}

# 64 deliverers at once beside one alone: the waiting is to be shared fairly
bench_contention() {
	write_message
	new_archive
	"$build/bench/contention" 64 "$((runs * 4))" "$work/message" "$postbag" --archive "$work/archive" deliver
}

# Messages a second on disk: clients of the LMTP server, deliveries one after another, and procmail as many at once as serve it best, in turn.
bench_lmtp() {
	[ -x "$build/postbag-lmtpd" ] || { figure "postbag-lmtpd" - '' '' "NOT MEASURED: it is not built"; return; }
	delivery_stores
	: > "$work/rates"
	for run in $(seq "$runs"); do
		new_archive
		echo "deliver $("$build/bench/lmtp-load" deliver "$((${BENCH_LMTP:-6000} / 30))" "$postbag" --archive "$work/archive" deliver)" >> "$work/rates"
		for at_once in 1 4 16; do
			! have procmail || echo "procmail-$at_once $("$build/bench/lmtp-load" parallel "$at_once" "$((${BENCH_LMTP:-6000} / 4))" procmail -t -Y -m "$work/procmailrc")" >> "$work/rates"
			new_maildir "$work/pm"
		done
		for clients in 1 8 64; do
			for way in '' each; do
				new_archive
				"$build/postbag-lmtpd" -q --archive "$work/archive" --listen "unix:$work/lmtp" &
				server=$!
				while [ ! -S "$work/lmtp" ]; do sleep 0.1; done
				messages_now=$((clients == 1 ? ${BENCH_LMTP:-6000} / 6 : ${BENCH_LMTP:-6000}))
				echo "$clients-clients${way:+-$way} $("$build/bench/lmtp-load" lmtp "$work/lmtp" "$clients" "$messages_now" $way)" >> "$work/rates"
				kill "$server"
				wait "$server"
			done
		done
	done
	sort -k1,1 -k2,2n "$work/rates" | awk '{ list[$1, ++n[$1]] = $2 } END { for (name in n) print name, list[name, int((n[name] + 1) / 2)], list[name, 1], list[name, n[name]] }' \
		> "$work/medians"
	sort "$work/medians" | awk '{ printf "lmtp: %-18s %7.1f messages/s (%.1f-%.1f)\n", $1, $2, $3, $4 }'
	awk '/^procmail/ && $2 > best { best = $2; name = $1; low = $3; high = $4 } $1 == "64-clients" { ours = $2; least = $3; most = $4 } $1 == "deliver" { alone = $2 }
	END { printf "LMTP, 64 clients\t%.0f/s\t%s\t%s\t%s\t>= 2\t%s\tdeliveries one after the other %.0f/s; procmail does not index%s\n", ours,
		best ? sprintf("%s at once %.0f/s", name, best) : "procmail", best ? sprintf("%.2f", ours / best) : "-", best ? sprintf("%.2f-%.2f", least / high, most / low) : "-",
		best ? (ours >= 2 * best ? "yes" : "NO") : "-", alone, best ? "" : "; PROCMAIL IS NOT INSTALLED" }' "$work/medians" | tell
}
