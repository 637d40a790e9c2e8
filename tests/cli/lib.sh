# What the black-box tests share: TAP, and running the program under watch. POSIX sh; sourced by tests/cli/*.t and tests/peers/*.t:
#
#	srcdir=${srcdir:-.}
#	. "$srcdir/tests/cli/lib.sh"
#	plan 2
#	# what the test protects
#	begin "its name"
#	run 0 '' init "$A"
#	out_has 'archive'
#	end
#
# Each test has a fresh folder: $T (write here), $A (where its archive goes: not yet there), $T/cwd (where it runs), $T/tmp ($TMPDIR)
# and $T/home ($HOME); a run that leaves anything in the last three, or a strange file in $A, fails.
# What goes wrong is collected in a file, so that it counts from pipelines and subshells too; end says "ok" or "not ok".
# Variables of the helpers' own begin with an underscore; $status, $shown and the files $out and $err tell of the last run.
# From outside: POSTBAG (default ./postbag), srcdir (default .), POSTBAG_NOW in seconds (default 2019-02-13 09:00 UTC).

LC_ALL=C
export LC_ALL
umask 022
unset POSTBAG_CONFIG XDG_CONFIG_HOME NO_COLOR CDPATH

absolute() {
	case $1 in
	/*) printf '%s\n' "$1" ;;
	*) printf '%s/%s\n' "$(pwd)" "$1" ;;
	esac
}

# Memory limits cannot be tested with this program.
sanitized() { grep -q __asan_init "$POSTBAG"; }

bail() {
	printf 'Bail out! %s\n' "$*"
	exit 99
}

srcdir=$(absolute "${srcdir:-.}")
POSTBAG=$(absolute "${POSTBAG:-./postbag}")
now=${POSTBAG_NOW:-1550048400}
[ -x "$POSTBAG" ] || bail "no program at $POSTBAG: build it, or set POSTBAG"
[ -d "$srcdir/tests/mail" ] || bail "no tests/mail in $srcdir: set srcdir to the top of the source"
for tool in perl sqlite3 gzip cmp; do
	command -v "$tool" >/dev/null || bail "the tests need $tool"
done
perl -MJSON::PP -e 1 2>/dev/null || bail "the tests need perl's JSON::PP"

root=$(mktemp -d "${TMPDIR:-/tmp}/postbag-test.XXXXXX") || bail "no temporary folder"
chmod 711 "$root"
helpers=
clean_up() {
	_status=$?
	for _helper in $helpers; do kill "$_helper" 2>/dev/null; done
	cd / && rm -rf "$root"
	[ "$_status" -ne 0 ] || [ "$_failed" -eq 0 ] || _status=1
	[ "$_status" -ne 0 ] || [ "$_test" -eq "$_planned" ] || _status=1
	exit "$_status"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
out=$root/out err=$root/err diagnosis=$root/diagnosis
_planned=0 _test=0 _failed=0 _title=

# --- TAP

plan() {
	_planned=$1
	printf '1..%s\n' "$1"
}

# Not for a test: the whole file has nothing to run on.
skip_all() {
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

begin() {
	_title=$1
	_test=$((_test + 1))
	cd / && rm -rf "$root/test"
	T=$root/test
	A=$T/archive
	mkdir "$T" "$T/cwd" "$T/tmp" "$T/home"
	cd "$T/cwd" || bail "no test folder"
	: >"$diagnosis"
	: >"$out"
	: >"$err"
	config=
}

# One line of what is wrong with the test at hand.
wrong() {
	printf '%s\n' "$*" >>"$diagnosis"
}

end() {
	if [ ! -s "$diagnosis" ]; then
		printf 'ok %s - %s\n' "$_test" "$_title"
	else
		_failed=$((_failed + 1))
		printf 'not ok %s - %s\n' "$_test" "$_title"
		head -n 60 "$diagnosis" | cut -c 1-600 | sed 's/^/# /'
	fi
	helpers= # each test has waited for its own
	cd /
}

# The test at hand cannot be made here: REASON.
skip() {
	printf 'ok %s - %s # SKIP %s\n' "$_test" "$_title" "$*"
	cd /
}

# --- running

# A text file as a terminal, a log or a page may have it: UTF-8 without control characters but tab and line feed, without bidi controls.
harmless() {
	[ -s "$1" ] || return 0
	perl -0777 -ne '
		my $bytes = $_;
		utf8::decode($_) or print "not UTF-8\n";
		/([^\t\n\x20-\x7e\x{a0}-\x{10ffff}])/ and printf "control character U+%04X after: %s\n", ord $1, substr($`, -40) =~ s/[^ -~]/./gr;
		/([\x{061c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}])/ and printf "bidi control U+%04X\n", ord $1;
	' "$1"
}

check_harmless() { # FILE NAME
	harmless "$1" >"$root/harm"
	[ ! -s "$root/harm" ] || wrong "$shown: $2: $(head -n 3 "$root/harm" | tr '\n' ';')"
}

check_no_scratch() {
	for _place in "$T/cwd" "$T/tmp" "$T/home"; do
		[ -z "$(ls -A "$_place")" ] || wrong "$shown: left in ${_place##*/}: $(ls -A "$_place" | tr '\n' ' ')"
	done
	[ -d "$A" ] || return 0
	for _file in $(ls -A "$A"); do
		case $_file in
		mail.db | mail.db-wal | mail.db-shm | index.db | index.db-wal | index.db-shm | lock | lock.mail | lock.index | lock.digest | rules.cache | published | spool | former-*) ;;
		*) wrong "$shown: left in the archive: $_file" ;;
		esac
	done
}

# watch STATUS PATTERN COMMAND...: runs COMMAND; its exit status must be STATUS, its stderr must match PATTERN (extended regular
# expression; '' means that it must be empty, '*' that anything goes) in lines that begin with "postbag: ", and nothing may be left behind.
watch() {
	_wanted=$1 _pattern=$2
	shift 2
	"$@" >"$out" 2>"$err"
	status=$?
	[ "$status" = "$_wanted" ] || wrong "$shown: exit status $status, expected $_wanted; stderr: $(head -c 400 "$err" | tr '\n' ';')"
	if [ "$_pattern" = '*' ]; then
		:
	elif [ -z "$_pattern" ]; then
		[ ! -s "$err" ] || wrong "$shown: unexpected on stderr: $(head -c 400 "$err" | tr '\n' ';')"
	else
		grep -Eq -- "$_pattern" "$err" || wrong "$shown: stderr lacks /$_pattern/: $(head -c 400 "$err" | tr '\n' ';')"
	fi
	if [ -s "$err" ]; then
		! grep -v '^postbag: ' "$err" >"$root/strange" || wrong "$shown: stderr line without \"postbag: \": $(head -n 1 "$root/strange" | cut -c 1-300)"
		check_harmless "$err" stderr
	fi
	check_no_scratch
}

# The program in an environment of our own making; $config names its configuration, when the test has one.
alone() {
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="${config:-$root/none.conf}" \
		${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${UBSAN_OPTIONS+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} \
		"$POSTBAG" "$@"
}
printf '# the tests begin without a configuration\n' >"$root/none.conf"
chmod 644 "$root/none.conf"

# Every line in $out ends as RFC 4180 wants it; tests then read it with plain line ends.
check_csv_lines() {
	perl -i -pe 's/\r\n\z/\n/ or $bad = 1; END { exit $bad }' "$out" || wrong "$shown: a line of CSV that does not end in CR LF"
}

# run STATUS PATTERN ARGUMENT...: the program, watched; what it prints must be harmless.
run() {
	_wanted=$1 _pattern=$2
	shift 2
	shown="postbag $*"
	watch "$_wanted" "$_pattern" alone "$@"
	case "$*" in
	*'--format csv'* | *'--format=csv'*) check_csv_lines ;;
	esac
	check_harmless "$out" stdout
}

# The same for output that is a sender's bytes as they are.
run_raw() {
	_wanted=$1 _pattern=$2
	shift 2
	shown="postbag $*"
	watch "$_wanted" "$_pattern" alone "$@"
}

# The program in the background: its exit status goes into the file STATUS-FILE.
run_behind() { # STATUS-FILE ARGUMENT...
	_file=$1
	shift
	exec 8<&0 # what runs in the background would read from /dev/null
	{
		alone "$@" <&8 8<&- >"$_file.out" 2>"$_file.err"
		echo $? >"$_file"
	} &
	helpers="$helpers $!"
	exec 8<&-
}

# --- what came out

out_has() { grep -Eq -- "$1" "$out" || wrong "$shown: stdout lacks /$1/: $(head -c 500 "$out" | tr '\n' ';')"; }
out_lacks() { ! grep -E -- "$1" "$out" >"$root/found" || wrong "$shown: stdout has /$1/: $(head -n 1 "$root/found" | cut -c 1-300)"; }
out_empty() { [ ! -s "$out" ] || wrong "$shown: unexpected on stdout: $(head -c 300 "$out" | tr '\n' ';')"; }
out_is() { [ "$(cat "$out")" = "$1" ] || wrong "$shown: stdout is \"$(head -c 400 "$out" | tr '\n' ';')\", expected \"$1\""; }
out_same() { cmp "$out" "$1" >"$root/cmp" 2>&1 || wrong "$shown: $(cat "$root/cmp")"; }
out_lines() { [ "$(wc -l <"$out")" -eq "$1" ] || wrong "$shown: $(wc -l <"$out") lines, expected $1: $(head -c 400 "$out" | tr '\n' ';')"; }
err_lines() { [ "$(wc -l <"$err")" -eq "$1" ] || wrong "$shown: $(wc -l <"$err") lines on stderr, expected $1: $(head -c 400 "$err" | tr '\n' ';')"; }
err_has() { grep -Eq -- "$1" "$err" || wrong "$shown: stderr lacks /$1/: $(head -c 400 "$err" | tr '\n' ';')"; }
err_lacks() { ! grep -E -- "$1" "$err" >"$root/found" || wrong "$shown: stderr has /$1/: $(head -n 1 "$root/found" | cut -c 1-300)"; }

same() { [ "$2" = "$3" ] || wrong "$1: \"$2\", expected \"$3\""; } # WHAT GOT EXPECTED

# json EXPRESSION [FILE]: a Perl expression of $_, the decoded value of each line (or of the whole text, when that is one value).
json() {
	perl -MJSON::PP -e '
		my ($expression, $file) = @ARGV;
		open my $in, "<:raw", $file or die "$file: $!\n";
		my $text = do { local $/; <$in> };
		my $json = JSON::PP->new->utf8;
		my @values = map { eval { $json->decode($_) } } $text;
		@values = map { $json->decode($_) } grep { /\S/ } split /\n/, $text unless @values && defined $values[0];
		binmode STDOUT, ":utf8";
		for (@values) {
			my @results = eval $expression;
			die $@ if $@;
			print map { defined ? "$_\n" : "null\n" } @results;
		}
	' "$1" "${2:-$out}" 2>"$root/json-error" || wrong "$shown: JSON: $(head -n 2 "$root/json-error" | tr '\n' ';')"
}

# json_is EXPRESSION EXPECTED: what json prints on one line, joined by spaces.
json_is() {
	_got=$(json "$1" | tr '\n' ' ')
	same "$shown: $1" "${_got% }" "$2"
}

# --- archives and messages

sql() { sqlite3 -bail "$A/$1" "$2" 2>&1; } # FILE STATEMENT
count() { sql mail.db "SELECT count(*) FROM $1"; }
contents() { count content; }
deliveries() { count "entry WHERE type = 'delivery'"; }
spooled() { find "$A/spool/new" "$A/spool/cur" -type f 2>/dev/null | wc -l | tr -d ' '; }
newest_id() { sql mail.db "SELECT public_id FROM entry JOIN content USING (content) WHERE type = 'delivery' ORDER BY seq DESC LIMIT 1"; }

# The three views agree and the files are whole.
check_archive() { # MESSAGES DELIVERIES
	same "messages in mail.db" "$(contents)" "$1"
	same "deliveries in mail.db" "$(deliveries)" "$2"
	same "mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
	if [ -e "$A/index.db" ]; then
		same "messages in index.db" "$(sql index.db 'SELECT count(*) FROM message')" "$1"
		same "deliveries in index.db" "$(sql index.db 'SELECT count(*) FROM delivery')" "$2"
		same "index.db" "$(sql index.db 'PRAGMA integrity_check')" ok
		same "what index.db counts" "$(sql index.db "SELECT * FROM (SELECT '', '', date_effective / 3600 AS hour, count(*), sum(kind = 'input') FROM message
			WHERE listed GROUP BY hour UNION ALL SELECT type, id, date / 3600 AS hour, count(*), sum(kind = 'input') FROM filing JOIN message USING (message)
			WHERE listed GROUP BY type, id, hour) ORDER BY 1, 2, 3" | cksum)" "$(sql index.db 'SELECT * FROM tally ORDER BY 1, 2, 3' | cksum)"
	fi
}

# The index as if its program had made the message unread.
make_unread() { # ID WHY
	sql index.db "UPDATE message SET unread = '$2', change = (SELECT max(change) + 1 FROM message) WHERE public_id = '$1'; DELETE FROM tally; INSERT INTO tally
		SELECT '', '', date_effective / 3600 AS hour, count(*), sum(kind = 'input') FROM message WHERE listed GROUP BY hour UNION ALL
		SELECT type, id, date / 3600 AS hour, count(*), sum(kind = 'input') FROM filing JOIN message USING (message) WHERE listed GROUP BY type, id, hour" >/dev/null
}

# Delivers FILE into $A, in silence, and says nothing.
deliver() { # FILE [ARGUMENT...]
	_file=$1
	shift
	run 0 '' deliver --archive "$A" "$@" <"$_file"
	out_empty
}

# letter FILE NUMBER SUBJECT BODY [HEADER-LINE...]: a plain message of 12 February 2019, 08:NUMBER UTC.
letter() {
	_file=$1 _number=$2 _subject=$3 _body=$4
	shift 4
	{
		_from='From: Ada Example <ada@example.net>'
		_date="Date: Tue, 12 Feb 2019 08:$(printf '%02d' "$_number"):00 +0000"
		for _line; do
			case $_line in
			From:*) _from= ;;
			Date:*) _date= ;;
			esac
		done
		for _line in "$_from" "$_date"; do [ -z "$_line" ] || printf '%s\n' "$_line"; done
		printf 'To: <harbour@example.org>\nSubject: %s\nMessage-ID: <letter-%s@example.net>\n' "$_subject" "$_number"
		for _line; do printf '%s\n' "$_line"; done
		printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s\n' "$_body"
	} >"$_file"
}

# A small ruleset about nothing that is in the program: a harbour.
harbour_rules() { # FILE
	cat >"$1" <<'RULES'
# filing of letters about the harbour
[taxonomy harbour-2018]
title = Harbour review
since = 2018-09-01

[workstream quay]
title = Quays and cranes
rapporteur = quay@example.org
keyword = quay wall

[workstream water]
title = The water and what lies in it

[topic quay.crane]
title = Cranes
keyword = gantry crane
likely = lifting gear
hint = hook; steel cable
not = origami crane
accept = The gantry cranes are older than I am.
reject = The heron is a cousin of the crane.

[topic water.silt]
title = Silt
keyword = dredging; silting up
keyword.de = Verschlickung
keyword.zh = 淤积
accept = When does the dredging begin?

[series quay.point]
title = Point {n} of the first report
workstream = quay
range = 1-9
pattern = /\bpoints?\s+{list}/
item.3 = The lighthouse

[kind auto]
subject = out of the office

[kind spam]
header = X-Spam-Flag: yes

[intent question]
title = asks something
keyword = my question is

[intent danger]
title = tells of a danger
keyword = unlocked powder store
hold = yes
route = guard@example.org

[group PILOTS]
title = Guild of Pilots
keyword = Guild of Pilots
address = *@pilots.example.org

[voice]
keyword = on behalf of

[team]
domain = harbour-team.example.org
personal = in my personal capacity

[mask]
keyword = this message was scanned for dredging
RULES
}

# harbour_letters FOLDER: one letter for each way of being filed; the file names say which.
harbour_letters() {
	mkdir -p "$1"
	letter "$1/01-crane.eml" 1 'The cranes' 'The gantry cranes on the north side squeak all night.'
	letter "$1/02-silt.eml" 2 'Fahrrinne' 'Die Verschlickung der Fahrrinne nimmt zu, die Fähre liegt schief.'
	letter "$1/03-question.eml" 3 'Opening hours' 'My question is when the lock opens in winter.'
	letter "$1/04-pilots.eml" 4 'Letter of the guild' 'I write on behalf of the Guild of Pilots. The dredging should go deeper.' 'From: Pat Pilot <pat@pilots.example.org>'
	letter "$1/05-unfiled.eml" 5 'Thank you' 'Thank you for listening to the town.' 'From: Zoe Sample <zoe@example.com>'
	letter "$1/06-suggested.eml" 6 'Old gear' 'The lifting gear is rusty.'
	letter "$1/07-point.eml" 7 'First report' 'We miss points 2, 3 and 5-6 of the first report.'
	letter "$1/08-auto.eml" 8 'Out of the office' 'I am away. The gantry cranes can wait.' 'Auto-Submitted: auto-replied'
	letter "$1/09-spam.eml" 9 'Cheap gantry crane' 'Buy a gantry crane today.' 'X-Spam-Flag: YES'
	letter "$1/10-team.eml" 10 'Re: Opening hours' 'The lock opens at eight.' 'From: Robin Clerk <robin@harbour-team.example.org>' 'In-Reply-To: <letter-3@example.net>' 'References: <letter-3@example.net>'
	letter "$1/11-held.eml" 11 'Careful please' 'There is an unlocked powder store behind the zebrafinch shed, by the quay wall.' 'From: Quin Quiet <quin@example.com>'
	letter "$1/12-late.eml" 12 'An old matter' 'The quay wall leans.' 'Date: Thu, 12 Jul 2018 10:00:00 +0200'
}
HARBOUR_LETTERS=12

# An archive of these letters, each delivered on 12 February 2019 at noon.
harbour_archive() {
	harbour_rules "$T/harbour.rules"
	harbour_letters "$T/letters"
	run 0 '' init "$A" --rules "$T/harbour.rules"
	set -- "$T/letters"/*.eml
	same "letters" $# "$HARBOUR_LETTERS"
	_then=$now
	now=1549972800
	for _letter; do deliver "$_letter"; done
	now=$_then
	check_archive "$HARBOUR_LETTERS" "$HARBOUR_LETTERS"
}

# The id of the letter with that Message-ID number.
letter_id() { sql index.db "SELECT public_id FROM message WHERE message_id LIKE '%letter-$1@example.net%'"; }

# The files of the shipped samples and of tests/mail; a test that loops over them says how many there must be at least.
sample_files() { ls "$srcdir"/contrib/samples/*.eml; }
odd_files() { ls "$srcdir"/tests/mail/*.eml; }
at_least() { [ "$2" -ge "$3" ] || wrong "$1: $2, expected at least $3"; } # WHAT GOT MINIMUM

# An archive of all samples, imported with the shipped rules.
sample_archive() {
	run 0 '' init "$A" --rules "$srcdir/filters/ssr2-2018.rules" --rules "$srcdir/filters/ssr2-2017.rules"
	run 0 '' import --archive "$A" $(sample_files)
	at_least "samples in the archive" "$(contents)" 60
}

# What was read of each message: how it stands in rows together with others tells of the order of arrival.
dump_texts() {
	for _id in $(sqlite3 "$A/index.db" 'SELECT public_id FROM message WHERE unread IS NULL ORDER BY 1'); do
		"$POSTBAG" show --archive "$A" --format json "$_id" >"$T/shown" 2>&1 || wrong "cannot show $_id: $(tail -n 1 "$T/shown")"
		printf 'passages|%s|%s\n' "$_id" "$(sed -n '/^  "passages": \[/,/^  \]/p' "$T/shown" | tr -d '\n')"
	done
}

# --- index.db as text that does not depend on the order of arrival: rows named by public ids, sorted
dump_index() { # FILE [rows: mail.db cannot be read, so the texts are dumped as they stand]
	sqlite3 -bail "$A/index.db" >"$1" 2>&1 <<'SQL' || wrong "cannot dump the index: $(tail -n 1 "$1")"
.mode list
.separator |
.nullvalue NULL
CREATE TEMP TABLE name AS SELECT message, public_id AS id FROM message;
CREATE TEMP TABLE threads AS SELECT thread, min(public_id) AS id FROM message GROUP BY thread;
CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'search', 'instance');
SELECT 'message', public_id, received, date_header, date_zone, date_effective, date_reason, size, unread, message_id, id_hash, replaces, subject, subject_base, author_name,
	author_address, author_reason, organization, list_id, lang, words, gist, kind, kind_reason, kind_by, held, answered, asks, attachments, (SELECT words FROM ruleset WHERE ruleset = rules),
	hex(variant_key), (SELECT id FROM threads t WHERE t.thread = m.thread), (SELECT id FROM name WHERE message = copy_of), copy_kind, remarks
	FROM message m ORDER BY public_id;
SELECT 'delivery', id, received, source, again FROM delivery JOIN name USING (message) ORDER BY 2, 3, 4, 5;
SELECT 'address', id, n, role, name.id, a.name, address FROM address a JOIN name USING (message) ORDER BY 2, 3;
SELECT 'part', id, n, number, type, charset, charset_state, filename, size, attachment, read, remark FROM part JOIN name USING (message) ORDER BY 2, 3;
SELECT 'filing', name.id, f.type, f.id, date, tier, by, taxonomy FROM filing f JOIN name USING (message) ORDER BY 2, 3, 4;
SELECT 'tally', type, id, hour, listed, letters FROM tally ORDER BY 2, 3, 4;
SELECT 'overruled', name.id, o.type, o.id, tier, taxonomy FROM overruled o JOIN name USING (message) ORDER BY 2, 3, 4;
SELECT 'evidence', name.id, e.type, e.id, tier, key, rule, file, line, passage, "offset", length, words FROM proof e JOIN name USING (message)
	ORDER BY 2, 3, 4, 5, 6, 7, 9, 10, 11, 12;
SELECT 'reference', name.id, n, message_id FROM reference r JOIN name USING (message) JOIN thread_of t ON t.id = r.id ORDER BY 2, 3;
SELECT 'thread', message_id, hash, (SELECT id FROM threads t WHERE t.thread = o.thread) FROM thread_of o ORDER BY 2;
SELECT 'thread_topic', (SELECT id FROM threads t WHERE t.thread = o.thread), type, o.id, firm, name.id FROM thread_topic o JOIN name USING (message) ORDER BY 2, 3, 4, 5, 6;
SELECT 'letter', id, l.rank, (SELECT id FROM name WHERE message = leader), (SELECT id FROM name WHERE message = campaign), hex(sketch)
	FROM letter l JOIN name USING (message) ORDER BY 2;
SELECT 'letter_key', key, rank, id FROM letter_key JOIN name USING (message) ORDER BY 2, 3, 4;
SELECT 'overruled_state', name.id, kind, kind_reason, held FROM overruled_state JOIN name USING (message) ORDER BY 2;
SELECT 'decision', at, name.id, who, action, value, note, undone FROM decision LEFT JOIN name USING (message) ORDER BY seq;
SELECT 'target', type, id, title, parent, taxonomy, current, route, hold, position FROM target ORDER BY 2, 3;
SELECT 'paragraph', name.id, n, hash, place, passage, "offset", length, rest, signature, scope FROM paragraph JOIN name USING (message) ORDER BY 2, 3;
SELECT 'standing', name.id, hash, scope, author, rest, date FROM standing JOIN name USING (message) ORDER BY 2, 3, 4, 5, 6;
SELECT 'standing_count', hash, scope, letters, writers, written, rests, oldest, newest FROM standing_count ORDER BY 2, 3;
SELECT 'standing_writer', hash, scope, author FROM standing_writer ORDER BY 2, 3, 4;
SELECT 'scope', scope, letters FROM scope ORDER BY 2;
SELECT 'boilerplate', hash, scope, kind, name FROM boilerplate ORDER BY 2, 3;
SELECT 'set_aside', name.id, s.type, s.id, tier, taxonomy FROM set_aside s JOIN name USING (message) ORDER BY 2, 3, 4;
SELECT 'set_aside_hold', name.id, held FROM set_aside_hold JOIN name USING (message) ORDER BY 2;
SELECT 'words', name.id, term, col, "offset" FROM words JOIN name ON doc = message ORDER BY 2, 3, 4, 5;
SQL
	! grep -Eq '^(Parse error|Error|Runtime error)' "$1" || wrong "cannot dump the index: $(grep -E '^(Parse|Runtime )?[Ee]rror' "$1" | head -n 1)"
	case ${2:-} in
	rows) sqlite3 "$A/index.db" "SELECT 'passages', members, hex(passages), hex(found) FROM passages ORDER BY 2" >>"$1" ;;
	*) dump_texts >>"$1" ;;
	esac
	for _kind in message delivery address part passages filing evidence words; do
		grep -q "^$_kind|" "$1" || wrong "no row of $_kind in the dump"
	done
}

# same_index FILE FILE WHAT
same_index() {
	cmp -s "$1" "$2" || wrong "$3: $(diff "$1" "$2" | grep -c '^[<>]') rows differ: $(diff "$1" "$2" | grep '^[<>]' | head -n 6 | cut -c 1-300 | tr '\n' ';')"
}
