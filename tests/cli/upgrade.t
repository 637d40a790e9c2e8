#!/bin/sh
# postbag upgrade: an archive of any form that there ever was becomes one of today's, with everything that was in it.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/upgrade/letters.sh"
plan 20

fixtures=$srcdir/tests/upgrade

# old_archive MAIL INDEX: an archive of the past
old_archive() {
	mkdir -m 2770 "$A"
	sqlite3 -bail "$A/mail.db" <"$fixtures/$1" >"$T/load" 2>&1 || wrong "cannot load $1: $(head -n 1 "$T/load")"
	sqlite3 -bail "$A/index.db" <"$fixtures/$2" >"$T/load" 2>&1 || wrong "cannot load $2: $(head -n 1 "$T/load")"
	for _file in mail index; do sqlite3 "$A/$_file.db" 'PRAGMA journal_mode = WAL' >"$T/load"; done
	chmod 660 "$A"/*.db*
}
# The truth as text: bytes, sequence, links, decisions.
truth() { # FILE
	sqlite3 "$A/mail.db" "SELECT uuid, created, canonical FROM archive" "SELECT content, hex(content_id), public_id, hex(raw_hash), size, chunks, hex(raw) FROM content ORDER BY 1" \
		"SELECT content, n, hex(raw) FROM chunk ORDER BY 1, 2" "SELECT seq, type, at, hex(link), content, received, source, sender, recipient, hex(header), rules, action, value, note FROM entry ORDER BY 1" \
		"SELECT rules, hex(files) FROM rules ORDER BY 1" >"$1" 2>&1 || wrong "cannot read the truth: $(tail -n 1 "$1")"
	at_least "rows of the truth" "$(wc -l <"$1")" 18
}
# What a person sees of it: where each letter is filed, by what was decided.
is_of_today() {
	old_letters "$T"
	for _n in 1 2 3 4; do
		_id=$(sql index.db "SELECT public_id FROM message WHERE message_id = 'letter-$_n@example.net'")
		run_raw 0 '' show --archive "$A" --raw "$_id"
		out_same "$T/$_n.eml"
	done
	same "index.db's version" "$(sql index.db 'PRAGMA user_version')" 9
	same "filings" "$(sql index.db "SELECT group_concat(message || ' ' || id || ' ' || tier || ' ' || by, ', ') FROM (SELECT * FROM filing WHERE type = 'topic' ORDER BY message, id)")" \
		'2 quay.crane firm person, 2 water.silt firm rules, 3 water.silt firm rules, 4 quay.crane suggested rules'
	same "kind" "$(sql index.db "SELECT kind || ' ' || kind_by FROM message WHERE message = 3")" 'team person'
	run 0 '' check --archive "$A"
	out_has 'is whole: 4 messages in 5 deliveries'
}

# one test a form; a form that is added to VERSIONS is tested without more ado
forms=$(sed -n 's/^index\.db [0-9]* \(index-[0-9a-z]*\.sql\) .*/\1/p' "$fixtures/VERSIONS")
[ "$(printf '%s\n' $forms | wc -l)" = 11 ] || bail "the plan counts eleven forms"
for index in $forms; do
	begin "from $index"
	mail=mail${index#index}
	[ -e "$fixtures/$mail" ] || mail=mail-1d.sql # that form of the truth outlived several of the index
	old_archive "$mail" "$index"
	truth "$T/before"
	# until then nothing wrong is shown, and mail still comes in
	run 65 'older than this program.*postbag upgrade' query --archive "$A"
	run 0 'anew' upgrade --archive "$A"
	truth "$T/after"
	same_index "$T/before" "$T/after" "mail.db"
	is_of_today
	run 0 '' upgrade --archive "$A"
out_has 'already'
	letter "$T/new.eml" 40 'One more' 'The lifting gear of the other quay.'
	deliver "$T/new.eml"
	same "deliveries" "$(deliveries)" 6
	end
done

# mail.db was never changed without its number, and index.db never will be again
begin "a schema that changes has a new version, and the old one a fixture"
run 0 '' init "$A"
for file in mail index; do
	sum=$(sed 's/--.*$//' "$srcdir/src/archive/$file.sql" | tr -s ' \t\n' ' ' | sha256sum | cut -c 1-64)
	version=$(sql $file.db 'PRAGMA user_version')
	same "the present $file.sql in tests/upgrade/VERSIONS (give it a new version and a line there)" "$(grep "^$file\.db " "$fixtures/VERSIONS" | tail -n 1 | cut -d ' ' -f 2,4)" "$version $sum"
	same "forms of $file.db under the present version" "$(grep "^$file\.db $version " "$fixtures/VERSIONS" | cut -d ' ' -f 4 | sort -u | wc -l)" 1
done
grep -v '^#' "$fixtures/VERSIONS" | while read -r file version fixture sum; do
	case $fixture in
	-) [ "$version" = "$(sql "$file" 'PRAGMA user_version')" ] || wrong "$file $version has no fixture" ;;
	*)
		sqlite3 "$T/$fixture.db" <"$fixtures/$fixture" >"$T/load" 2>&1 || wrong "cannot load $fixture"
		same "version of $fixture" "$(sqlite3 "$T/$fixture.db" 'PRAGMA user_version')" "$version"
		;;
	esac
done
end

# an older mail.db does not keep mail out: it waits in the spool, and nothing writes into what it does not know
begin "mail that comes before the upgrade"
old_archive mail-1b.sql index-1b.sql
truth "$T/before"
letter "$T/new.eml" 40 'One more' 'The lifting gear of the other quay.'
run 0 'of version 1, older than this program.*postbag upgrade' deliver --archive "$A" <"$T/new.eml"
same "in the spool" "$(spooled)" 1
run 65 'postbag upgrade' sweep --archive "$A"
run 65 'postbag upgrade' pack --archive "$A"
truth "$T/after"
same_index "$T/before" "$T/after" "mail.db"
run 0 'version 1 to 2' upgrade --archive "$A"
run 0 '1 from the spool' sweep --archive "$A"
same "in the spool" "$(spooled)" 0
same "deliveries" "$(deliveries)" 6
run 0 '' query --archive "$A" --count
out_is 5
run 0 '' check --archive "$A"
end

# what steps make is what a new archive has: tables, columns in their order, indexes
begin "an upgraded mail.db is a new one's like"
form() {
	sqlite3 -readonly "$1/mail.db" "SELECT m.type, m.name, p.cid, p.name, p.type, p.\"notnull\", p.pk FROM sqlite_master AS m LEFT JOIN pragma_table_info(m.name) AS p ORDER BY 1, 2, 3" \
		"SELECT m.name, f.\"from\", f.\"table\" FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f ORDER BY 1, 2" "PRAGMA user_version"
}
old_archive mail-1a.sql index-1a.sql
run 0 'anew' upgrade --archive "$A"
form "$A" >"$T/upgraded"
run 0 '' init "$T/new"
form "$T/new" >"$T/made"
at_least "lines of form" "$(wc -l <"$T/made")" 40
cmp -s "$T/upgraded" "$T/made" || wrong "they differ: $(diff "$T/upgraded" "$T/made" | head -n 6 | tr '\n' ';')"
end

# an older index does not keep mail out: it waits in mail.db
begin "mail that comes before the index is upgraded"
old_archive mail-1b.sql index-1b.sql
run 0 'anew' upgrade --archive "$A"
rm -f "$A"/index.db*
sqlite3 -bail "$A/index.db" <"$fixtures/index-1b.sql" >"$T/load" 2>&1 && sqlite3 "$A/index.db" 'PRAGMA journal_mode = WAL' >"$T/load"
chmod 660 "$A"/*.db*
letter "$T/new.eml" 40 'One more' 'The lifting gear of the other quay.'
deliver "$T/new.eml"
same "deliveries" "$(deliveries)" 6
# whoever runs sweep anyway gets an index of the present form from it
run 0 '*' sweep --archive "$A"
run 0 '' query --archive "$A" --count
out_is 5
run 0 '' upgrade --archive "$A"
out_has already
end

# a newer file is not touched, and the message says what to install
begin "refused for a newer file"
for file in mail index; do
	old_archive mail-1a.sql index-1a.sql
	sql $file.db 'PRAGMA user_version = 9999' >/dev/null
	run 65 "$file.db is of version 9999, newer than this program's [0-9]; install the newer program(, or run postbag rebuild)?$" upgrade --archive "$A"
	same "version" "$(sql $file.db 'PRAGMA user_version')" 9999
	rm -rf "$A"
done
end

# a damaged, absent or foreign archive
begin "nothing to upgrade"
run 66 'no archive in .*postbag init' upgrade --archive "$A"
run 64 'unexpected' upgrade --archive "$A" more
run 0 '' init "$A"
run 0 '' upgrade --archive "$A"
out_has 'already'
rm -f "$A"/index.db*
run 0 'anew' upgrade --archive "$A"
printf 'noise, and more of it, so that it is no database at all' >"$A/index.db"
run 65 'postbag rebuild' upgrade --archive "$A"
end

# killed at any of its steps it can be run again; the truth is whole at every moment
kill_at() { # CALL WHEN
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
		strace -qq -o "$T/trace" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" "$POSTBAG" upgrade --archive "$A" >"$T/killed" 2>&1
}
# check calls what another version left there a fault, and who upgrades has done nothing wrong
begin "another version's rules.cache goes"
harbour_rules "$T/harbour.rules"
run 0 '' init "$A" --rules "$T/harbour.rules"
printf 'postbag ruleset 1 ' | dd of="$A/rules.cache" conv=notrunc 2>/dev/null
run 65 '1 fault found' check --archive "$A"
run 0 '' upgrade --archive "$A"
out_is "$A is in this version's form already"
[ ! -e "$A/rules.cache" ] || wrong "it is there still"
run 0 '' check --archive "$A"
end

begin "killed on the way"
if strace -qq -o /dev/null -e trace=none true 2>/dev/null; then
	killed=0
	for step in unlink:1 unlink:2 unlink:3 unlink:4 link:1 fsync:1 fdatasync:1 pwrite64:1 pwrite64:20 pwrite64:40 pwrite64:60 pwrite64:80 openat:60; do
		rm -rf "$A"
		old_archive mail-1c.sql index-1c.sql
		truth "$T/before"
		kill_at "${step%:*}" "${step#*:}"
		[ $? -ne 137 ] || killed=$((killed + 1))
		truth "$T/after"
		same_index "$T/before" "$T/after" "mail.db, killed at $step"
		rm -rf "$T/tmp" "$A"/.index.db-* && mkdir "$T/tmp" # what a kill leaves, postbag check names
		run 0 '*' upgrade --archive "$A"
		run 0 '*' check --archive "$A"
		out_has 'is whole: 4 messages'
	done
	at_least "runs that were killed" $killed 8
	end
else
	skip "strace cannot be used here"
fi

# the recorded letters are what the fixtures say they are: a test of the test
begin "the fixtures hold what they should"
for form in 1a 1b 1c 1d 2 3; do
	mail=mail-$form.sql
	[ -e "$fixtures/$mail" ] || mail=mail-1d.sql
	old_archive "$mail" index-$form.sql
	same "deliveries, decisions, rules of $form" "$(sql mail.db "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM entry GROUP BY type ORDER BY type)")" 6,5,1
	same "long messages" "$(sql mail.db 'SELECT count(*) FROM chunk')" 1
	rm -rf "$A"
done
end
