# Sourced by bench/run and shared by its parts: where things lie, the peers, and how a figure gets into the table.

messages=${BENCH_MESSAGES:-20000}
runs=${BENCH_RUNS:-3}
place=${BENCH_KEEP:-${BENCH_QUERY:-$work/kept}} # corpus, archive and the peers' indexes: md, archive, notmuch, mu, mairix.db, inbox
postbag=$work/postbag # as `make install` puts it there: a copy is read in larger pieces than what the linker wrote page by page
install -m 755 "$build/postbag" "$postbag"
turns=$build/bench/turns
table=$work/table
bench_packages="notmuch maildir-utils mairix public-inbox libsearch-xapian-perl libdbd-sqlite3-perl libinline-c-perl procmail maildrop zstd valgrind strace sqlite3 python3
	wamerican wfrench wngerman wspanish libhyperscan5"
export POSTBAG_CONFIG=/dev/null HOME="$work/home" PI_CONFIG="$work/home/inboxes" PI_EMERGENCY="$work/home/emergency" ORIGINAL_RECIPIENT=input@example.org
mkdir -p "$HOME" "$place"
: > "$table"

now() { date +%s.%N; }
have() { command -v "$1" > /dev/null; }
have_inbox() { have public-inbox-init && perl -MPublicInbox::InboxWritable -MSearch::Xapian -e 1 2> /dev/null; }
sum() { find "$@" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; } # bytes in files

new_archive() { # [FOLDER]
	rm -rf "${1:-$work/archive}"
	"$postbag" -q --archive "${1:-$work/archive}" init --rules "$here/../filters/ssr2-2018.rules" --rules "$here/../filters/ssr2-2017.rules"
}

corpus() {
	[ ! -d "$place/md" ] || return 0
	rm -rf "$place/part"
	if [ -n "${BENCH_CORPUS:-}" ]; then
		python3 "$here/take-corpus" "$BENCH_CORPUS" "$place/part" "$messages" > "$place/corpus"
	else
		python3 "$here/make-corpus" "$place/part" "$messages" > "$place/corpus"
	fi
	cat "$place/corpus"
	mv "$place/part" "$place/md"
}

count_mail() { find "$place/md/cur" -type f | wc -l; }

# Postbag's archive of the corpus, for the parts that read one.
full_archive() {
	corpus
	# an import that failed leaves one too, small and fast
	[ "$("$postbag" -q --archive "$place/archive" query --count '' 2> /dev/null)" != "$(count_mail)" ] || return 0
	rm -rf "$place/archive"
	new_archive "$place/part"
	"$postbag" -q --archive "$place/part" import "$place/md"
	mv "$place/part" "$place/archive"
}

notmuch_config() { # FOLDER MAILDIR: prints the name of the file
	mkdir -p "$1"
	printf '[database]\npath=%s\nmail_root=%s\n[user]\nname=a\nprimary_email=a@example.org\n[new]\ntags=new\n' "$1" "$2" > "$1.conf"
	echo "$1.conf"
}

new_inbox() { # FOLDER
	rm -rf "$1" "$PI_CONFIG"
	public-inbox-init -V2 -L full bench "$1" http://inbox.example.org/ input@example.org > /dev/null 2>&1
	git config -f "$PI_CONFIG" publicinboxmda.spamcheck none
}

# Figures: one line of the table each, between tabs: part, work, ours, peer and its figure, ratio, spread, goal, met or not, remark.

tell() {
	while IFS= read -r line; do
		printf '%s\t%s\n' "$part" "$line" >> "$table"
		printf '%s\n' "$line" | awk -F '\t' -v part="$part" '{ printf "%s: %s: %s", part, $1, $2; if ($3 != "-") printf " against %s", $3
			if ($4 != "-") printf ", ratio %s", $4; if ($5 != "-") printf " (%s)", $5; if ($6 != "-") printf ", goal %s: %s", $6, $7; if ($8 != "") printf "; %s", $8; print "" }'
	done
}

# A figure of ours beside a goal: WORK OURS GOAL MET REMARK [PEER RATIO SPREAD]
figure() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "${6:--}" "${7:--}" "${8:--}" "${3:--}" "${4:--}" "$5" | tell; }

met() { # VALUE MOST
	awk -v value="$1" -v most="$2" 'BEGIN { print value + 0 <= most + 0 ? "yes" : "NO" }'
}

# The first side of what bench/turns printed into $work/turns beside the side PEER: WORK PEER GOAL REMARK, the goal being the most that the ratio may be.
against() {
	awk -F '\t' -v work="$1" -v peer="$2" -v goal="$3" -v remark="$4" '
	function time(x) { return x >= 2000 ? sprintf("%.1f s", x / 1000) : sprintf("%.2f ms", x) }
	NR == 1 { ours = $3 }
	$1 == peer { printf "%s\t%s\t%s %s\t%.3g\t%.3g-%.3g\t%s\t%s\t%sprocessor %.3g\n", work, time(ours), peer, time($3), $9, $10, $11, goal == "" ? "-" : "<= " goal,
		goal == "" ? "-" : $9 <= goal + 0 ? "yes" : "NO", remark == "" ? "" : remark "; ", $12; found = 1 }
	END { if (!found) printf "%s\t-\t%s\t-\t-\t%s\t-\tNOT MEASURED: %s is not installed, or was left out\n", work, peer, goal == "" ? "-" : "<= " goal, peer }' "$work/turns" | tell
}

side() { awk -F '\t' -v name="$1" -v field="$2" '$1 == name { print $field }' "$work/turns"; } # NAME FIELD of $work/turns

# Instructions of a fresh process in millions, with FILE on standard input: FILE COMMAND...
instructions() {
	_input=$1
	shift
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" < "$_input" 2>&1 > /dev/null | awk '/Collected/ { n += $NF } END { printf "%.1f", n / 1e6 }'
}

# How often a command asks for its bytes to be on disk, with FILE on standard input: FILE COMMAND...
syncs() {
	_input=$1
	shift
	strace -f -qq -e trace=fsync,fdatasync,sync_file_range,msync,sync,syncfs -e signal=none -o "$work/syncs" "$@" < "$_input" > /dev/null 2>&1 || echo "failed: $*" >&2
	grep -c 'sync.*(' "$work/syncs" || true
}

write_message() {
	[ ! -e "$work/message" ] || return 0
	python3 - "$work/message" <<'PY'
import random, sys
rng = random.Random(1)
words = ["we", "ask", "about", "registrar", "complaints", "and", "the", "root", "zone", "phishing", "plan", "of", "next", "year"]
text = "\n\n".join("\n".join(" ".join(rng.choice(words) for _ in range(11)) + ("," if line % 2 == 0 else ".") for line in range(6)) for _ in range(12))
open(sys.argv[1], "w").write("From: Writer <writer@example.org>\nTo: input@example.org\nSubject: on the plan\nDate: Tue, 12 Feb 2019 10:00:00 +0000\n"
                             "Message-ID: <NNNNNNNN@example.org>\n\n" + text + "\n")
PY
}
