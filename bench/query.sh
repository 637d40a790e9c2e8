# Questions put to all, a fresh process each, in turn. What Postbag filed is given to notmuch as tags, so that both can be asked for a workstream.

query_peers() {
	full_archive
	if have notmuch; then
		NOTMUCH_CONFIG=$(notmuch_config "$place/notmuch" "$place/md")
		export NOTMUCH_CONFIG
		if [ ! -e "$place/tagged" ]; then
			notmuch new --quiet
			sqlite3 "$place/archive/index.db" "SELECT '+ws2 -- id:' || message_id FROM filing JOIN message USING (message) WHERE type = 'workstream' AND id = 'ws2'" |
				notmuch tag --batch
			touch "$place/tagged"
		fi
	fi
	if have mu && [ ! -e "$place/mu/xapian/flintlock" ]; then
		mu init -q --muhome="$place/mu" --maildir="$place/md"
		mu index -q --muhome="$place/mu"
	fi
	if have mairix && [ ! -e "$place/mairix.db" ]; then
		printf 'base=%s\nmaildir=md\nmfolder=found\ndatabase=%s/mairix.db\n' "$place" "$place" > "$place/mairixrc"
		mairix -f "$place/mairixrc" 2> /dev/null
	fi
	[ -d "$place/inbox" ] || return 0
	[ -e "$PI_CONFIG" ] || printf '[publicinbox "bench"]\n\taddress = input@example.org\n\turl = http://inbox.example.org/\n\tinboxdir = %s\n\tindexlevel = full\n' "$place/inbox" > "$PI_CONFIG"
}

bench_query() {
	query_peers
	: > "$work/peaks"
	days=20190110..20190112 dates=2019-01-10..2019-01-12
	same_answers
	ask "count of a word" 0.35 '--count compliance' 'count compliance' compliance compliance compliance
	ask "count of a common word" 0.35 '--count data' 'count data' data data data
	ask "count of a phrase" 0.35 "--count '\"root zone\"'" "count '\"root zone\"'" "'\"root zone\"'" "'\"root zone\"'" ''
	ask "count of two words" 0.35 '--count root data' 'count root data' 'root data' "'root data'" 'root data'
	ask "count of a workstream between dates" 0.35 "--count ws:ws2 date:$dates" "count tag:ws2 date:$dates" '' '' ''
	ask "count between dates" 0.35 "--count date:$dates" "count date:$dates" "date:$days" "d:$days" d:20190110-20190112
	ask "newest 50 of a word" 0.5 '--limit 50 compliance' 'search --limit=50 compliance' compliance compliance ''
	ask "newest 50 of a workstream" 0.5 '--limit 50 ws:ws2' 'search --limit=50 tag:ws2' '' '' ''
	ask "newest 50 of a workstream, ids" 0.5 '--limit 50 --format ids ws:ws2' 'search --output=messages --limit=50 tag:ws2' '' '' ''
	ask "50 of a phrase" 0.5 "--limit 50 '\"root zone\"'" "search --limit=50 '\"root zone\"'" "'\"root zone\"'" "'\"root zone\"'" ''
	ask "50 between dates" 0.5 "--limit 50 date:$dates" "search --limit=50 date:$dates" "date:$days" "d:$days" ''
	most=$(sort -n "$work/peaks" | tail -n 1)
	figure "memory of a query, the largest of all" "$most MB" '< 30 MB' "$(met "$most" 30)" "peak of a process, pages of the files it reads included"
}

# NAME GOAL and then the questions, as a shell reads them, to Postbag, notmuch, mu, public-inbox and mairix; none to a peer that cannot be asked it;
# mu and mairix fail where they find nothing, and are left out then
ask() {
	case $3 in
	--count*) mu='--fields i' inbox=count ;;
	*) mu='--maxnum=50 --sortfield=date --reverse' inbox=newest ;;
	esac
	all="postbag '$postbag' -q --archive '$place/archive' query $3"
	[ -z "$4" ] || ! have notmuch || all="$all -- notmuch notmuch $4"
	[ -z "$5" ] || ! have mu || ! eval "mu find --muhome='$place/mu' $5" > "$work/found" 2>&1 || all="$all -- mu mu find --muhome='$place/mu' $mu $5"
	[ -z "$6" ] || [ ! -d "$place/inbox" ] || all="$all -- public-inbox perl '$here/public-inbox' $inbox $6"
	[ -z "$7" ] || ! have mairix || ! mairix -f "$place/mairixrc" -r $7 > "$work/found" 2>&1 || all="$all -- mairix mairix -f '$place/mairixrc' -r $7"
	eval "'$turns' -n '${BENCH_ASKED:-15}' -w 1 $all" > "$work/turns"
	side postbag 8 >> "$work/peaks"
	against "$1" notmuch "$2" ''
	for peer in mu public-inbox mairix; do
		[ -z "$(side $peer 1)" ] || against "$1" $peer '' "$(query_remark $peer $inbox)"
	done
}

query_remark() { # PEER count|newest
	case $1-$2 in
	mu-count) echo "has no count: prints a line for each" ;;
	mairix-*) echo "has no count: prints a line for each; a word is looked for in any part" ;;
	public-inbox-*) echo "through its Perl modules: it has no such command" ;;
	esac
}

# A measure of different questions would be none: both must find as many.
same_answers() {
	! have notmuch || for pair in 'compliance|compliance' 'data|data' 'root data|root data' '"root zone"|"root zone"' 'ws:ws2|tag:ws2' \
		"ws:ws2 date:$dates|tag:ws2 date:$dates" "date:$dates|date:$dates"; do
		ours=$("$postbag" --archive "$place/archive" query --count "${pair%|*}")
		echo "query: ${pair%|*}: $ours and $(notmuch count "${pair#*|}")"
	done
}
