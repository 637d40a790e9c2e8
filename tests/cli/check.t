#!/bin/sh
# postbag check: each kind of damage that it claims to find is planted here, and found; where there is none, none is found.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 29

# One archive for all, with all there can be in it: two forms of one message, a long one, decisions, a thread.
master=$root/master
begin "an archive to damage"
harbour_archive
letter "$T/long.eml" 30 'A long one' "$(perl -e 'print "lifting gear\n" x 90000')"
deliver "$T/long.eml"
letter "$T/answer.eml" 31 'Re: The cranes' 'A hook is missing on the steel cable.' 'References: <letter-1@example.net>'
deliver "$T/answer.eml"
sed '1i Received: from elsewhere.example.com by mx.example.org; Tue, 12 Feb 2019 12:05:00 +0000' "$T/letters/01-crane.eml" >"$T/again.eml"
deliver "$T/again.eml" --sender again@example.net
run 0 '*' sweep --archive "$A"
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
sql index.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp -a "$A" "$master"
cp -a "$T/harbour.rules" "$root/harbour.rules"
# it is whole, and a look at it writes nothing
(cd "$A" && find . -type f ! -name '*-shm' -size +0 | sort | xargs sha256sum) >"$T/before"
run 0 '' check --archive "$A"
out_has "^$A is whole: 14 messages in 15 deliveries"
out_lacks '^fault'
run 0 '' check --archive "$A" --quick
out_has 'is whole as far as a quick look goes'
(cd "$A" && find . -type f ! -name '*-shm' -size +0 | sort | xargs sha256sum) >"$T/after"
same_index "$T/before" "$T/after" "files of the archive"
end

plant() { # a fresh copy to damage
	rm -rf "$A"
	cp -a "$master" "$A"
}
# found PATTERN [ARGUMENT...]: check must find it, say what to do, and fail
found() {
	_finding=$1
	shift
	run 65 '[0-9]+ faults? found' check --archive "$A" "$@"
	out_has "^fault: $_finding"
	out_has '^fault: [^;]*; [a-z]'
	out_lacks 'is whole'
}
# A warning: said, and no failure.
warned() {
	_finding=$1
	shift
	run 0 '' check --archive "$A" "$@"
	out_has "^warning: $_finding"
}
# mail_damage PATTERN SQL, index_damage PATTERN SQL
mail_damage() {
	plant
	_said=$(sqlite3 "$A/mail.db" "$2" 2>&1) || wrong "cannot plant: $_said"
	found "mail.db: $1"
}
index_damage() {
	plant
	_said=$(sqlite3 "$A/index.db" "$2" 2>&1) || wrong "cannot plant: $_said"
	found "index.db: $1"
}

# the configuration: what deliveries would stumble over
begin "the configuration"
plant
printf '[archive]\nfolder = %s\nfodler = x\n' "$A" >"$T/typo.conf"
found 'the configuration: .*typo.conf:3:.*fodler' --config "$T/typo.conf"
run 78 'fodler' check --config "$T/typo.conf"
run 64 'no archive named' check
run 64 'unexpected' check --archive "$A" more
run 65 'fault' check --archive "$T/none"
out_has "^fault: $T/none: there is no such folder"
end

# the rule files that are configured, by the parser and by their own tests
begin "rules"
plant
cp "$root/harbour.rules" "$T/harbour.rules"
printf '[archive]\nfolder = %s\nrules = harbour.rules\n' "$A" >"$T/a.conf"
run 0 '' check --config "$T/a.conf"
sed -i 's/^keyword = gantry crane/keyword = gantry crain/' "$T/harbour.rules"
warned '.*harbour.rules: line [0-9]+: the accept line of quay.crane fails; postbag rules test' --config "$T/a.conf"
echo 'kyeword = x' >>"$T/harbour.rules"
found 'the rules: .*harbour.rules:[0-9]+:.*kyeword' --config "$T/a.conf"
rm "$T/harbour.rules"
found 'the rules: .*harbour.rules' --config "$T/a.conf"
end

# modes: who could read the mail, and who could not write it
begin "permissions"
plant
chmod 2775 "$A" && found 'the folder: anybody on this machine can read it .mode 2775.; chmod 2770'
plant
chmod g-s "$A" && found 'the folder: new files in it get another group'
plant
chmod 0644 "$A/mail.db" && found 'mail.db: anybody on this machine can read it'
plant
chmod 0662 "$A/index.db" && found 'index.db: anybody on this machine can change it'
plant
chmod 0600 "$A/mail.db" && found 'mail.db: the group cannot write it .mode 0600.; chmod 660'
plant
chmod 0640 "$A/index.db" && found 'index.db: the group cannot write it'
plant
: >"$A/mail.db-wal" && chmod 0600 "$A/mail.db-wal" && found 'mail.db-wal: the group cannot write it'
plant
chmod 0600 "$A/rules.cache" && found 'rules.cache: the group cannot write it'
plant
chmod 0400 "$A/lock.mail" && found 'lock.mail: the group cannot write it'
plant
mkdir -m 2770 "$A/spool" "$A/spool/new" && mkdir -m 0755 "$A/spool/envelope" && found "the spool's envelope: anybody"
end

# files of another user or group: only root can make them, and does
begin "owners and groups"
if [ "$(id -u)" = 0 ]; then
	plant
	chgrp 65534 "$A/index.db" && found 'index.db: belongs to group 65534, and the folder to group [0-9]+; chgrp'
	plant
	chown 65534 "$A/mail.db" && warned 'mail.db: belongs to user 65534, and the folder to user [0-9]+; chown'
	end
else
	skip "not root"
fi

# who may not look is told so, and not that the archive is damaged
begin "someone else"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	plant
	chmod 711 "$root" "$T"
	shown='check as nobody'
	watch 77 "owner|group" setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH="$PATH" HOME="$T/home" TMPDIR="/tmp" POSTBAG_NOW="$now" \
		${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} "$POSTBAG" check --archive "$A"
	out_lacks 'is whole'
	end
else
	skip "not root, or no setpriv"
fi

# what was left behind, or does not belong there
begin "leftovers"
plant
: >"$A/.index.db-abcdef"
touch -d '2019-02-13 07:00 UTC' "$A/.index.db-abcdef"
alone check --archive "$A" >"$out" 2>"$err" || wrong "a leftover is no fault"
out_has '^warning: .index.db-abcdef: left by a program that was killed; remove '
touch -d '2019-02-13 08:50 UTC' "$A/.index.db-abcdef"
alone check --archive "$A" >"$out" 2>"$err"
out_lacks 'abcdef'
plant
: >"$A/thesis.tex"
alone check --archive "$A" >"$out" 2>"$err" || wrong "a stranger's file is no fault"
out_has "^warning: thesis.tex: is none of Postbag's files"
plant
mkdir "$A/former-20190101T000000Z"
warned 'former-20190101T000000Z: .*set aside; remove it when'
plant
printf 'frames' >"$A/mail.db-wal"
chmod 660 "$A/mail.db-wal"
rm "$A/mail.db"
found 'mail.db-wal: is there without its mail.db, and may hold mail; put mail.db back'
out_has '^fault: mail.db: '
end

# kinds of files: a lock that cannot be opened stops every delivery
begin "what is not a file"
plant
rm "$A/lock.mail" && ln -s elsewhere "$A/lock.mail" && found 'lock.mail: is not a regular file; move it away'
plant
rm -f "$A/lock.index" && mkdir "$A/lock.index" && found 'lock.index: is not a regular file'
plant
: >"$A/spool" && found 'spool: is not a folder'
end

# mail.db as a whole
begin "mail.db: absent, empty, foreign, of another version"
plant
rm "$A"/mail.db* && found 'mail.db: .*is gone, but index.db is there; postbag restore'
plant
rm -f "$A"/mail.db-* && : >"$A/mail.db" && found 'mail.db: .* is empty; postbag restore --force BACKUP puts one back'
plant
sql mail.db 'PRAGMA application_id = 77' >/dev/null && found "mail.db: .*not Postbag's mail.db"
plant
sql mail.db 'PRAGMA user_version = 9999' >/dev/null && found 'mail.db: .*install the newer program'
plant
sql mail.db 'PRAGMA user_version = 0' >/dev/null && found 'mail.db: .*postbag upgrade'
plant
sql mail.db 'DELETE FROM archive' >/dev/null && found 'mail.db: .*postbag init'
end

damage_page() { # FILE TABLE-OR-INDEX
	_page=$(sql "$1" "SELECT rootpage FROM sqlite_schema WHERE name = '$2'")
	perl -e 'print "\x5a" x 4000' | dd of="$A/$1" bs=1 seek=$(((_page - 1) * 4096 + 8)) conv=notrunc 2>/dev/null
}
# SQLite's own structure: a page of noise, an index that does not fit its table, a file cut short
begin "mail.db: its structure"
for where in entry content rules sqlite_autoindex_content_1 entry_content; do
	plant
	damage_page mail.db $where
	run 65 'fault' check --archive "$A"
	out_has '^fault: mail.db: '
	run 65 'fault' check --archive "$A" --quick
done
plant
truncate -s 32768 "$A/mail.db"
run 65 'fault' check --archive "$A"
plant
index=$(sql mail.db "SELECT rootpage FROM sqlite_schema WHERE name = 'entry_received'")
sql mail.db "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'entry_received'" >/dev/null
sql mail.db 'UPDATE entry SET received = received + 1 WHERE seq = 3' >/dev/null
sql mail.db "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('index', 'entry_received', 'entry', $index, 'CREATE INDEX entry_received ON entry (received) WHERE type = ''delivery''')" >/dev/null
found 'mail.db: row 3 missing from index entry_received; restore'
end

# a byte that changed within a message is no damage to SQLite
begin "mail.db: every message"
mail_damage 'message [a-z2-7]{16} is damaged: its bytes are not those that were delivered; restore' 'UPDATE content SET raw = (SELECT raw FROM content WHERE content = 2) WHERE content = 1'
mail_damage 'message [a-z2-7]{16} is damaged: .*; restore' "UPDATE content SET raw = CAST(x'28b52ffd00' || substr(raw, 6) AS BLOB) WHERE content = 3"
mail_damage 'message [a-z2-7]{16} is damaged' 'UPDATE content SET size = size + 1 WHERE content = 4'
mail_damage 'message [a-z2-7]{16} is damaged' 'UPDATE content SET raw_hash = zeroblob(32) WHERE content = 5'
mail_damage 'message [a-z2-7]{16} is kept under a content id that is not' 'UPDATE content SET content_id = randomblob(32) WHERE content = 6'
mail_damage 'message aaaaaaaaaaaaaaaa has a public id that is not made from' "UPDATE content SET public_id = 'aaaaaaaaaaaaaaaa' WHERE content = 7"
mail_damage 'message ... has a public id' "UPDATE content SET public_id = substr(public_id, 1, 3) WHERE content = 8"
mail_damage 'message [a-z2-7]{16} is damaged' 'UPDATE chunk SET raw = (SELECT raw FROM content WHERE content = 1)'
# a quick look leaves that out, and says that it was quick
plant
sql mail.db 'UPDATE content SET raw_hash = zeroblob(32) WHERE content = 5' >/dev/null
run 0 '' check --archive "$A" --quick
out_has 'as far as a quick look goes'
end

# what the tables' constraints do not say
begin "mail.db: what belongs together"
mail_damage 'message [a-z2-7]{16} has not all of its pieces' 'DELETE FROM chunk'
mail_damage 'message [a-z2-7]{16} has not all of its pieces, or too many' "INSERT INTO chunk SELECT content, 2, raw FROM chunk"
mail_damage 'row [0-9]+ of table entry names a row of rules that is not there' 'DELETE FROM rules'
mail_damage 'row [0-9]+ of table entry names a row of content that is not there' 'DELETE FROM content WHERE content = 9'
mail_damage 'message [a-z2-7]{16} has no bytes, and nobody decided to redact it; restore' 'UPDATE content SET raw = NULL WHERE content = 4'
run 65 '1 fault' check --archive "$A" --quick
sql mail.db "INSERT INTO entry (seq, type, at, link, content, action) SELECT max(seq) + 1, 'decision', 0, x'00', 4, 'redact' FROM entry" >/dev/null
run 65 'fault' check --archive "$A" # for its link
out_lacks 'nobody decided'
mail_damage 'message [a-z2-7]{16} has no delivery' 'DELETE FROM entry WHERE content = 9'
mail_damage 'entry 6 does not follow the one before it: entries are missing' 'DELETE FROM entry WHERE seq = 5'
mail_damage 'entry 3 is a delivery of nothing' 'UPDATE entry SET content = NULL WHERE seq = 3'
mail_damage 'entry 1 puts no rules in force' 'UPDATE entry SET rules = NULL WHERE seq = 1'
mail_damage 'entry 3 is a decision without an action' "UPDATE entry SET type = 'decision' WHERE seq = 3"
end

# Damage to a page can leave nothing where something must be: that is said, by whoever comes upon it, and nobody falls over it.
without() { # TABLE COLUMN WHERE: NULL, past the constraint
	plant
	_was=$(sqlite3 "$A/mail.db" "SELECT sql FROM sqlite_schema WHERE name = '$1'")
	printf '%s' "$_was" | perl -pe "s/^(\\s*$2\\b[^,]*?) NOT NULL/\$1/" >"$T/schema.sql"
	_edit="PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = CAST(readfile('$T/schema.sql') AS TEXT) WHERE name = '$1'"
	sqlite3 "$A/mail.db" "$_edit" >"$T/planted" 2>&1
	sqlite3 "$A/mail.db" "PRAGMA foreign_keys = OFF; UPDATE $1 SET $2 = NULL WHERE $3; SELECT changes()" >>"$T/planted" 2>&1
	printf '%s' "$_was" >"$T/schema.sql"
	sqlite3 "$A/mail.db" "$_edit" >>"$T/planted" 2>&1
	at_least "NULLs of $1.$2: $(tr '\n' ' ' <"$T/planted")" "$(sqlite3 "$A/mail.db" "SELECT count(*) FROM $1 WHERE typeof($2) = 'null'")" 1
}
stands() { # ARGUMENT...: no crash, and nothing but the program's own words
	alone "$@" <"$T/some.eml" >"$out" 2>"$err"
	_status=$?
	case $_status in
	0 | 65 | 66 | 75) ;;
	*) wrong "$1 without $column: exit status $_status" ;;
	esac
	! grep -v '^postbag: ' "$err" >"$root/strange" || wrong "$1 without $column: $(head -n 2 "$root/strange" | tr '\n' ';')"
}
begin "mail.db: nothing where something must be"
harbour_letters "$T/letters"
cp "$T/letters/03-question.eml" "$T/some.eml" # known already, unless what tells it is gone
while read -r table column where what; do
	without "$table" "$column" "$where"
	known=$(sqlite3 "$master/mail.db" "SELECT public_id FROM content WHERE content = 3")
	run 65 'faults? found|[0-9]+ fault' check --archive "$A"
	out_has "^fault: mail.db: .*$what"
	for command in sweep rebuild "show --raw $known" status query 'check --quick' deliver "backup $T/backups"; do
		stands $command --archive "$A"
	done
	rm -rf "$T/backups"
done <<'LIST'
content public_id content=3 message number 3 is without its id or its hash
content content_id content=3 message number 3 is without its id or its hash
content raw_hash content=3 message number 3 is without its id or its hash
entry type seq=4 entry 4 is without its type or its link
entry link seq=4 entry 4 is without its type or its link
chunk raw n=1 is damaged
rules files 1 rules [0-9a-f]{12}:
archive uuid one=1 it has no name of its own
LIST
end

# the chain of links tells of each entry that it is the one that was written
begin "mail.db: links"
for change in "at = at + 1" "received = received - 86400" "source = 'import'" "link = zeroblob(16)" "note = 'x'" "content = 1"; do
	mail_damage 'entry 4 is not what was written: its link does not fit' "UPDATE entry SET $change WHERE seq = 4"
done
end

begin "mail.db: headers and rules"
mail_damage 'the header of delivery [0-9]+ cannot be unpacked; restore' "UPDATE entry SET header = x'00' WHERE header IS NOT NULL"
mail_damage 'rules [0-9a-f]{12}: ' "UPDATE rules SET files = x'00'"
mail_damage 'rules 0123 are not those that were put in force' "PRAGMA foreign_keys = OFF; INSERT INTO rules SELECT '0123', files FROM rules"
end

# index.db as a whole
begin "index.db: absent, damaged, foreign, of another version"
plant
rm "$A"/index.db* && found 'index.db: .*postbag rebuild makes it anew'
plant
rm -f "$A"/index.db-* && : >"$A/index.db" && found 'index.db: .* is empty; run postbag rebuild'
plant
sql index.db 'PRAGMA user_version = 1' >/dev/null && found 'index.db: .*postbag upgrade'
plant
sql index.db 'PRAGMA user_version = 9999' >/dev/null && found 'index.db: .*install the newer program'
for where in message message_date filing; do
	plant
	damage_page index.db $where
	run 65 'fault' check --archive "$A"
	out_has '^fault: index.db: '
	out_has 'postbag rebuild'
done
end

begin "index.db: whose it is, and how far it followed"
index_damage "follows another archive's mail.db; postbag sweep" "UPDATE follow SET uuid = 'another'"
index_damage 'has followed more than mail.db holds.*; postbag sweep' 'UPDATE follow SET seq = seq + 1'
index_damage "followed another history than mail.db's; postbag sweep" 'UPDATE follow SET link = zeroblob(16)'
index_damage 'has search words of another version' 'UPDATE follow SET words_version = words_version + 1'
# behind: no fault at first, one when sweep does not come
plant
letter "$T/new.eml" 40 'New' 'A new one.'
mv "$A/index.db" "$T/index.db" && rm -f "$A"/index.db-*
deliver "$T/new.eml"
mv "$T/index.db" "$A/index.db"
run 0 '' check --archive "$A"
now=$((now + 3600))
found 'index.db: [0-9]+ (entry|entries) behind for 60 minutes; see that postbag sweep'
# the times of an import's entries are those of its mail: what came behind it tells, or else the count alone
sqlite3 "$A/mail.db" "UPDATE entry SET source = 'import', at = 1300000000, received = 1300000000 WHERE seq = (SELECT max(seq) FROM entry)"
run 0 '*' status --archive "$A"
out_has '1 entry behind'
run 65 'fault' check --quick --archive "$A" # the entry is not what it was
out_has 'warning: index.db: 1 entry behind, of an import; postbag sweep brings it up'
out_lacks 'behind for'
now=$((now - 3600))
end

# messages and deliveries: seen at a quick look too
begin "index.db against mail.db"
plant
sql index.db 'DELETE FROM delivery WHERE seq = 4' >/dev/null
found 'index.db: message [a-z2-7]{16}, table delivery 4: the row is missing; postbag rebuild' --quick
plant
sql index.db "INSERT INTO delivery VALUES (999, 3, 0, 'deliver', 1)" >/dev/null
found 'index.db: message [a-z2-7]{16}, table delivery 999: a row that mail.db does not give' --quick
plant
sql index.db 'DELETE FROM message WHERE message = 4' >/dev/null
found 'index.db: message [a-z2-7]{16}, table message: the row is missing' --quick
plant
sql index.db "UPDATE message SET public_id = 'zzzzzzzzzzzzzzzz' WHERE message = 4" >/dev/null
found 'index.db: message [a-z2-7]{16}, table message: public_id is not what mail.db gives' --quick
plant
sql index.db 'UPDATE delivery SET message = 77 WHERE seq = 4' >/dev/null
found 'index.db: message number 77, table delivery 4: message is not' --quick
end

# each column of each derived table, changed by itself
begin "index.db: every column of every table"
planted=0
for table in message delivery addressed part passages filing evidence reference thread_of thread_topic letter letter_key target; do
	columns=$(sqlite3 "$master/index.db" "SELECT name FROM pragma_table_info('$table')")
	at_least "rows of $table" "$(sqlite3 "$master/index.db" "SELECT count(*) FROM $table")" 1
	for column in $columns; do
		case $table.$column in
		thread_of.id | reference.id) continue ;; # numbers of no meaning, compared by what they stand for
		message.unread) continue ;;              # a state of its own: see below
		message.change) continue ;;              # the number of a transaction, which tells nothing of the mail
		message.thread | thread_of.thread | thread_topic.thread) change="(SELECT max(message) + 1 FROM message)" ;;
		filing.tier | evidence.tier) change="CASE $column WHEN 'firm' THEN 'suggested' ELSE 'firm' END" ;;
		filing.by) change="'person'" ;;
		message.kind_by) change="CASE $column WHEN 'rules' THEN 'person' ELSE 'rules' END" ;;
		message.copy_kind) change="'truncated'" ;;
		message.copy_of) change=3 ;;
		addressed.people) change="'[1,2]'" ;;
		message.base_from) change=2 ;;
		message.kind_said) change="'x'" ;;
		*.sketch | *.variant_key | *.passages | *.found) change="x'0102'" ;;
		*) change= ;;
		esac
		if [ -z "$change" ]; then
			case $(sqlite3 "$master/index.db" "SELECT type FROM pragma_table_info('$table') WHERE name = '$column'") in
			INTEGER) change="coalesce(\"$column\", 0) + 1000" ;;
			*) change="coalesce(\"$column\", '') || 'x'" ;;
			esac
		fi
		planted=$((planted + 1))
		printf '%s\n' "$table" "$column" "$change" >>"$T/changes"
	done
done
at_least "columns" $planted 90
# Several columns of a table at one look, each in a row of its own; a column that rows are found by, alone: then rows are missing.
look() { # TABLE: for what was planted, in $T/planted
	run 65 'found' check --archive "$A"
	_table=$1
	[ "$_table" != addressed ] || _table=address
	while read -r _column; do
		case $_table.$_column in
		message.base_*) _column=subject_base ;;
		message.kind_said) _column=kind_reason ;;
		address.people) _column='(role|name|address)' ;;
		esac
		grep -Eq "^fault: index.db: .*table $_table.*: ($_column is not what mail.db gives|the row is missing); postbag rebuild" "$out" || wrong "$1.$_column: not found: $(head -n 3 "$out" | tr '\n' ';')"
	done <"$T/planted"
	: >"$T/planted"
	plant
}
plant
: >"$T/planted"
last=
while read -r table && read -r column && read -r change; do
	keys=$(sqlite3 "$A/index.db" "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info('$table') WHERE pk > 0")
	key=$(sqlite3 "$A/index.db" "SELECT pk > 0 OR '$table.$column' IN ('thread_of.message_id', 'thread_topic.message') FROM pragma_table_info('$table') WHERE name = '$column'")
	rows=$(sqlite3 "$A/index.db" "SELECT count(*) FROM $table")
	planted=$(wc -l <"$T/planted")
	[ $planted = 0 ] || { [ "$table" = "$last" ] && [ $planted -lt $rows ] && [ $planted -lt 12 ] && [ $key = 0 ]; } || { look $last && planted=0; }
	said=$(sqlite3 "$A/index.db" "UPDATE $table SET \"$column\" = $change WHERE ($keys) = (SELECT $keys FROM $table ORDER BY $keys LIMIT 1 OFFSET $planted); SELECT changes()" 2>&1)
	[ "$said" = 1 ] || wrong "cannot plant $table.$column: $said"
	printf '%s\n' "$column" >>"$T/planted"
	last=$table
	[ $key = 0 ] || look $table
done <"$T/changes"
[ ! -s "$T/planted" ] || look $last
end

# rows that should not be there, in the tables that are empty or whose columns are all keys
begin "index.db: rows too many and too few"
index_damage 'message [a-z2-7]{16}, table overruled topic quay.crane: a row that mail.db does not give' "INSERT INTO overruled VALUES (1, 'topic', 'quay.crane', 'firm', NULL)"
index_damage 'message [a-z2-7]{16}, table decision 5: a row that' "INSERT INTO decision VALUES (5, 0, 1, 'eve', 'release', NULL, NULL, NULL)"
# what is kept of other rows is counted anew, by the quick check as well
index_damage 'table tally +[0-9]+: listed is not' "UPDATE tally SET listed = listed + 1 WHERE type = ''"
index_damage 'table tally workstream .*: the row is missing' "DELETE FROM tally WHERE type = 'workstream'"
index_damage 'table tally topic quay.crane 7: a row that' "INSERT INTO tally VALUES ('topic', 'quay.crane', 7, 1, 1)"
plant
sql index.db "UPDATE message SET asks = 1 - asks WHERE message = 2" >/dev/null
found 'index.db: message [a-z2-7]{16}, table message: asks is not' --quick
plant
sql index.db "UPDATE message SET hushed = 1 WHERE message = 2" >/dev/null
found 'index.db: message [a-z2-7]{16}, table message: hushed is not' --quick
index_damage 'message [a-z2-7]{16}, table evidence .*: rule is not what mail.db gives' "UPDATE clause SET rule = rule || 'x' WHERE clause = 1"
for table in addressed part passages filing evidence reference thread_topic target; do
	case $table in
	passages) where='message = 2' ;;
	*) where="1 LIMIT 1" ;;
	esac
	case $table in
	target) row="type = 'topic' AND id = 'quay.crane'" ;;
	*) row="message = (SELECT min(message) FROM $table)" ;;
	esac
	index_damage ".*table ${table%ed}.*: the row is missing; postbag rebuild" "DELETE FROM $table WHERE $row"
done
end

# the search index: FTS5's own check passes over all of these
begin "index.db: words of the search index"
index_damage 'message [a-z2-7]{16}, table search heron [0-9] [0-9]+: a row that mail.db does not give' "INSERT INTO search (rowid, subject, body, people, files) VALUES (1, '', 'heron', '', '')"
index_damage 'message number 99, table search heron' "INSERT INTO search (rowid, subject, body, people, files) VALUES (99, '', 'heron', '', '')"
index_damage 'message [a-z2-7]{16}, table search .*: the row is missing' "INSERT INTO search (search) VALUES ('delete-all')"
plant
run 0 '' check --archive "$A"
end

# the spool: the last place for a message must be in order when it is needed
begin "the spool"
plant
warned 'the spool: on the same file system as the archive: a full disk stops both; name one'
mkdir -m 2770 "$A/spool" "$A/spool/new" "$A/spool/cur" "$A/spool/tmp" "$A/spool/envelope"
letter "$A/spool/new/1550048340.M1P1.aaaaaaaaaaaaaaaa" 50 'Waiting' 'It waits.'
run 0 '' check --archive "$A"
now=$((now + 1800))
found 'the spool: 1 message waits, the first for 31 minutes; see that postbag sweep'
now=$((now - 1800))
ln -s nowhere "$A/spool/new/1550048341.M1P1.bbbbbbbbbbbbbbbb"
found '.*bbbbbbbbbbbbbbbb: cannot be read'
rm "$A"/spool/new/*
mkdir "$A/spool/new/1550048341.M1P1.cccccccccccccccc"
found '.*cccccccccccccccc: is not a regular file; move it away'
rmdir "$A"/spool/new/*
printf 'a@example.net\n\n' >"$A/spool/envelope/1550000000.M1P1.dddddddddddddddd"
touch -d '2019-02-13 07:00 UTC' "$A/spool/envelope/1550000000.M1P1.dddddddddddddddd"
warned 'the spool: envelope without its message; remove .*dddddddddddddddd'
: >"$A/spool/tmp/1550000000.M1P1.eeeeeeeeeeeeeeee"
touch -d '2019-02-13 07:00 UTC' "$A/spool/tmp/1550000000.M1P1.eeeeeeeeeeeeeeee"
warned 'the spool: tmp left by a program that was killed; remove .*eeeeeeeeeeeeeeee'
end

begin "rules.cache"
plant
printf 'XXXX' | dd of="$A/rules.cache" bs=1 seek=2000 conv=notrunc 2>/dev/null
found 'rules.cache: is damaged.*; remove it'
plant
: >"$A/rules.cache"
found 'rules.cache: is damaged'
plant
sed 's/gantry crane/heron/' "$root/harbour.rules" >"$T/other.rules"
run 0 '' init "$T/other" --rules "$T/other.rules"
cp "$T/other/rules.cache" "$A/rules.cache"
warned 'rules.cache: is not of the rules in force; the next'
rm "$A/rules.cache"
run 0 '' check --archive "$A"
end

# little room: on a file system of its own, where one can be made
begin "room"
mkdir "$T/small"
cat >"$T/in-small" <<'SH'
mount -t tmpfs -o size=8m,mode=2770 tmpfs "$1" && "$2" init "$1/a" >/dev/null && exec "$2" check --archive "$1/a"
SH
if unshare -rm sh -c 'mount -t tmpfs -o size=8m tmpfs "$0"' "$T/small" 2>/dev/null; then
	shown='check on a small file system'
	HOME=$T/home TMPDIR=$T/tmp POSTBAG_CONFIG=$root/none.conf unshare -rm sh "$T/in-small" "$T/small" "$POSTBAG" >"$out" 2>"$err" || wrong "room: $(cat "$err")"
	out_has '^warning: the folder: [0-7] MB are left on its file system; make room'
	end
else
	skip "no file system can be mounted here"
fi

# unread messages are a state, not a fault, and what hangs on them is not either: here every reader is killed at its start
begin "unread messages"
if strace -qq -o /dev/null -e trace=none true 2>/dev/null; then
	run 0 '' init "$A"
	harbour_letters "$T/letters"
	run 0 '' import --archive "$A" "$T/letters"/01-crane.eml "$T/letters"/02-silt.eml "$T/letters"/05-*.eml
	# only the nursery and its readers call prctl(2), the readers twice
	strace -f -qq -o "$T/trace" -e trace=prctl -e inject=prctl:signal=KILL:when=2 env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" \
		ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" "$POSTBAG" rebuild --archive "$A" >"$T/killed" 2>&1 || wrong "rebuild without readers: $(head -n 3 "$T/killed")"
	same "unread" "$(sql index.db 'SELECT count(*) FROM message WHERE unread IS NOT NULL')" 3
	run 0 '' check --archive "$A"
	letter "$T/answer.eml" 32 'Re: The cranes' 'They are, and the gantry cranes lean.' 'References: <letter-1@example.net>'
	deliver "$T/answer.eml"
	run 0 '' check --archive "$A"
	run 0 '3 read now' rebuild --unread --archive "$A"
	run 0 '' check --archive "$A"
	# marked by hand, its rows still those of a message that was read: that is a difference, and found
	index_damage 'message [a-z2-7]{16}, table passages' "UPDATE message SET unread = 'the reader ended' WHERE message = 2"
	end
else
	skip "strace cannot be used here"
fi

# mail that comes in meanwhile is no damage
begin "while mail comes in"
plant
(
	n=100
	while [ ! -e "$T/stop" ] && [ $n -lt 500 ]; do
		letter "$T/s.eml" 1 "Stream $n" "The gantry cranes, number $n."
		alone deliver --archive "$A" <"$T/s.eml" >"$T/d.out" 2>&1 || echo "$n" >>"$T/refused"
		echo $n >"$T/delivered"
		n=$((n + 1))
	done
) &
stream=$!
helpers="$helpers $stream"
for turn in 1 2 3 4 5 6; do
	run 0 '' check --archive "$A"
	out_lacks '^fault'
	run 0 '' check --archive "$A" --quick
done
: >"$T/stop"
wait $stream
[ ! -e "$T/refused" ] || wrong "not delivered: $(tr '\n' ' ' <"$T/refused")"
at_least "letters that came in meanwhile" "$(cat "$T/delivered")" 105
run 0 '*' sweep --archive "$A"
run 0 '' check --archive "$A"
end

# for programs: the same as one object
begin "as JSON"
plant
run 0 '' check --archive "$A" --format json
json_is '$_->{whole}, $_->{faults}, $_->{messages}, $_->{deliveries}, $_->{findings}[0]{level}, $_->{findings}[0]{kind}' '1 0 14 15 warning spool device'
sql mail.db 'UPDATE content SET raw_hash = zeroblob(32) WHERE content = 5' >/dev/null
run 65 '1 fault found' check --archive "$A" --format json
json_is '$_->{whole}, $_->{faults}, scalar grep { $_->{level} eq "fault" && $_->{where} eq "mail.db" && $_->{what} =~ /is damaged/ && exists $_->{remedy} } @{$_->{findings}}' '0 1 1'
end

# a broken disk is one line a fault, up to twenty of a kind
begin "many faults"
plant
sql index.db "UPDATE evidence SET words = 'x'; UPDATE person SET name = 'x'" >/dev/null
run 65 '[0-9]+ faults found' check --archive "$A"
out_has '^fault: index.db tables: [0-9]+ more of the same kind'
[ "$(grep -c '^fault' "$out")" -eq 21 ] || wrong "$(grep -c '^fault' "$out") lines"
end

# quiet says only what is wrong
begin "-q"
plant
run 0 '' check --archive "$A" -q
out_lacks 'is whole'
end
