# bash completion for postbag(1): commands, their options, and where files are wanted files.
# Put it into /usr/share/bash-completion/completions/postbag, or source it.

_postbag()
{
	local commands="init deliver classify import query show explain assign hold release answered reopen note comment supersedes undo redact history digest report rules reclassify sweep lmtp web publish rebuild pack backup restore upgrade status check help"
	local shared="-C --config --archive --format --limit --timezone --no-color -q --quiet -v --verbose -h --help"
	local prefixes="ws: topic: intent: group: region: kind: from: to: subject: file: date: received: after: before: has:attachment is:unfiled is:suggested
		is:held is:unread is:redacted is:answered is:unanswered is:duplicate is:variant is:campaign is:correction is:superseded thread: campaign: near: lang: id:
		saved: sort:newest sort:oldest sort:arrived sort:author sort:subject sort:largest limit:"
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command="" second="" options="" i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-C | --config | --archive | --format | --limit | --timezone | --rules | --sender | --recipient | --part | --since | --until | --workstream | --link | --max-bytes | --keep | --by | --note | --section | --position | --quote | --topic | --on-behalf-of | --initials | --close | --document | --table | --days | --text | --span | --address | --sort | --include | --older-than) ((i++)) ;;
		= | -*) ;;
		*)
			if [ -z "$command" ]; then command=${COMP_WORDS[i]}; elif [ -z "$second" ]; then second=${COMP_WORDS[i]}; fi
			;;
		esac
	done

	case $before in
	-C | --config | --rules) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
	--archive) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
	--format)
		options="text json csv"
		case $command in digest) options="$options html mime" ;; report) options="$options html" ;; query) options="$options ids mbox" ;; esac
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		return
		;;
	--by)
		[ "$command" != report ] || mapfile -t COMPREPLY < <(compgen -W "group region workstream language topic week" -- "$word")
		[ "$command" != digest ] || mapfile -t COMPREPLY < <(compgen -W "workstream topic group" -- "$word")
		return
		;;
	--sort) mapfile -t COMPREPLY < <(compgen -W "newest oldest arrived author subject largest" -- "$word"); return ;;
	--include) mapfile -t COMPREPLY < <(compgen -W "held spam unread redacted" -- "$word"); return ;;
	--limit | --timezone | --sender | --recipient | --part | --since | --until | --workstream | --keep | --note | --section | --position | --quote | --topic | --on-behalf-of | --initials | --close | --document | --table | --days | --text | --span | --address | --older-than) return ;;
	esac

	case $command in
	init) options="--rules" ;;
	deliver) options="--sender --recipient" ;;
	classify) options="--rules" ;;
	query) options="--count --sort --oldest --unique --excerpts --include --no-pager" ;;
	show) options="--raw --part --campaign" ;;
	assign | hold | release | answered | reopen | note | supersedes | undo) options="--by --note" ;;
	redact) options="--text --span --address --part --all --variants --dry-run --verify --by --note" ;;
	sweep) options="--dry-run" ;;
	digest) options="--daily --weekly --monthly --since --until --between --since-issue --workstream --topic --group --by --link --max-bytes --due --list --resend --to" ;;
	comment) options="--section --position --quote --topic --on-behalf-of --initials --by --note" ;;
	report)
		case $second in
		weekly) options="--weekly --workstream --table --link" ;;
		activity) options="--daily --weekly --monthly --since --until --between --workstream --by --link" ;;
		milestones) options="--workstream --days --link" ;;
		*) options="--daily --weekly --monthly --since --until --between --close --document --workstream --table --link" ;;
		esac
		;;
	lmtp) options="--listen" ;;
	web) options="--listen --view" ;;
	publish) options="--dry-run --force" ;;
	rebuild) options="--unread" ;;
	reclassify) options="--dry-run --whole" ;;
	pack) options="--older-than --dry-run" ;;
	backup) options="--keep --verify" ;;
	restore) options="--force" ;;
	check) options="--quick" ;;
	esac

	case $word in
	-*)
		[ -n "$command" ] || options="--version"
		mapfile -t COMPREPLY < <(compgen -W "$options $shared" -- "$word")
		return
		;;
	esac

	case $command in
	"" | help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
	report) [ -n "$second" ] || mapfile -t COMPREPLY < <(compgen -W "comments weekly activity milestones" -- "$word") ;;
	rules)
		if [ -z "$second" ]; then
			mapfile -t COMPREPLY < <(compgen -W "check test diff eval suggest boilerplate" -- "$word")
		else
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		fi
		;;
	init | backup | restore) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	classify | import) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	query)
		# The prefixes end in a colon, at which bash breaks words: they are offered until the colon stands there.
		case $word in
		*:*) ;;
		*)
			compopt -o nospace 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -W "$prefixes" -- "$word")
			;;
		esac
		;;
	esac
}
complete -F _postbag postbag
