#!/bin/sh
# Every command explains itself, in both ways of asking, without archive or configuration; a wrong word gets a suggestion.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 10
exec </dev/null # help for deliver is an error when mail waits

COMMANDS='init deliver classify import query show explain assign hold release answered reopen note comment supersedes undo redact history digest report rules reclassify sweep lmtp web publish rebuild pack backup restore upgrade status check help'

# the overview is how a newcomer finds the commands
begin "help lists every command"
run 0 '' help
for command in $COMMANDS; do out_has "^ +$command +[a-z]"; done
cp "$out" "$T/help"
run 0 '' --help
out_same "$T/help"
end

# help CMD and CMD --help are one text, with a usage line and what the command takes
begin "help CMD and CMD --help"
asked=0
for command in $COMMANDS; do
	[ "$command" != help ] || continue
	asked=$((asked + 1))
	run 0 '' "$command" --help
	out_has "$command"
	out_has '[Uu]sage'
	out_has '--archive'
	cp "$out" "$T/help"
	run 0 '' help "$command"
	out_same "$T/help"
done
same "commands asked" $asked 33
run 0 '' help help
run 0 '' help --help
out_has '^  deliver '
end

# help must work where nothing is set up yet, or where the configuration is what is wrong
begin "help needs no configuration"
printf 'nonsense\n' >"$T/broken.conf"
config=$T/broken.conf
run 0 '' help
run 0 '' digest --help
end

# a slip of the finger gets the nearest command, not a page of text
begin "an unknown command"
run 64 '"?qurey"?.*did you mean "?query' qurey
out_empty
err_lines 1
run 64 'did you mean "?digest' digets --daily
run 64 'no command "?xyzzy' xyzzy
err_lacks 'did you mean'
run 64 'no command "xyzzy"; postbag help lists all commands$' help xyzzy
run 64 'no command "statsu", did you mean "status"\? postbag help lists all commands$' statsu
end

# without a command the overview comes as an error: a script must not take it for success
begin "no command"
alone >"$out" 2>"$err"
same "exit status" $? 64
shown=postbag
out_empty
err_has 'usage: postbag'
end

# an unknown option is named, and where to read on
begin "an unknown option"
run 64 'frobnicate.*--help|frobnicate.*help' query --frobnicate
run 64 'frobnicate' --frobnicate query
run 64 'expected one of text, json, csv, ids, mbox' query --archive "$A" --format xml
run 64 '--limit' query --archive "$A" --limit -7
end

# the version names the program and nothing else
begin "--version"
run 0 '' --version
out_lines 1
out_has '^Postbag [0-9]+\.[0-9]+'
end

# a full disk behind standard output is an error, not a silent success
begin "standard output that cannot be written"
if [ -w /dev/full ]; then
	alone help >/dev/full 2>"$err"
	status=$?
	same "exit status" "$status" 74
	grep -q '^postbag: ' "$err" || wrong "no word about it"
	end
else
	skip "no /dev/full"
fi

# a message that says what to do must name a command that exists
begin "commands named in messages"
grep -rhoE '"[^"]*postbag [a-z]+[^"]*"' "$srcdir/src" --include='*.c' | grep -oE '(run|with|by|see|[;:]) postbag [a-z]+' | sed 's/.*postbag//' | sort -u | while read -r command; do
	case " $COMMANDS " in
	*" $command "*) echo "$command" >>"$T/named" ;;
	*) wrong "a message says: postbag $command" ;;
	esac
done
at_least "commands named" "$(wc -l <"$T/named")" 4
end

# what the shell offers is what the manual has
begin "completion knows the options of each report"
for report in comments weekly activity milestones; do
	awk -v head=".Cm report $report" '$0 == head { on = 1; next } on && /^\.Op Fl Fl / { print "--" $4; next } { on = 0 }' "$srcdir/doc/postbag.1" | sort -u >"$T/manual"
	at_least "options of report $report" "$(wc -l <"$T/manual")" 2
	label=$report
	[ $report != comments ] || label='\*'
	sed -n '/^\treport)$/,/^\t\t;;$/p' "$srcdir/contrib/completion/postbag.bash" | grep "^[[:space:]]*$label) options=" >"$T/offered"
	while read -r option; do grep -q -- "[\" ]$option[\" ]" "$T/offered" || wrong "report $report: $option is not offered"; done <"$T/manual"
done
end
