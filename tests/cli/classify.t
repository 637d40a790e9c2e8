#!/bin/sh
# postbag classify: the dry run. What the rules make of a message, without an archive, one JSON object a line.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 13

prepare() {
	harbour_rules "$T/harbour.rules"
	harbour_letters "$T/letters"
}

# the form of DESIGN section 7: a line a message, these names and these types
begin "the JSON form"
prepare
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters"/*.eml
out_lines "$HARBOUR_LETTERS"
perl -MJSON::PP -ne '
	my $json = JSON::PP->new->utf8->decode($_);
	for my $name (qw(file id kind reason workstreams topics suggested intents groups lang evidence)) {
		exists $json->{$name} or print "$.: no $name\n";
	}
	for my $name (qw(workstreams topics suggested intents groups evidence)) {
		ref $json->{$name} eq "ARRAY" or print "$.: $name is no list\n";
	}
	$json->{id} =~ /^[a-z2-7]{16}$/ or print "$.: id $json->{id}\n";
	$json->{kind} =~ /^(input|team|auto|bounce|spam|admin|announcement)$/ or print "$.: kind $json->{kind}\n";
	my %topics = map { $_ => 1 } @{$json->{topics}};
	$topics{$_} or print "$.: suggested $_ is no topic\n" for @{$json->{suggested}};
' "$out" >"$T/form"
[ ! -s "$T/form" ] || wrong "$(tr '\n' ';' <"$T/form")"
if command -v python3 >/dev/null; then
	while IFS= read -r line; do
		printf '%s\n' "$line" | python3 -m json.tool >/dev/null 2>"$T/python" || wrong "python3 says: $(head -n 1 "$T/python")"
	done <"$out"
fi
end

# the answers, for each way of being filed
begin "the filing"
prepare
# says FILE KIND WORKSTREAMS TOPICS SUGGESTED INTENTS GROUPS
says() {
	run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters/$1.eml"
	json_is '$_->{kind}, map { join(",", sort @$_) || "-" } @{$_}{qw(workstreams topics suggested intents groups)}' "$2 $3 $4 $5 $6 $7"
}
says 01-crane input quay quay.crane - - -
says 02-silt input water water.silt - - -
says 03-question input - - - question -
says 04-pilots input water water.silt - - PILOTS
says 05-unfiled input - - - - -
says 06-suggested input quay quay.crane quay.crane - -
says 07-point input quay quay.point2,quay.point3,quay.point5,quay.point6 - - -
says 11-held input quay - - danger -
says 12-late input quay - - - -
for letter in 08-auto:auto 09-spam:spam 10-team:team; do
	run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters/${letter%:*}.eml"
	json_is '$_->{kind}, $_->{reason} =~ /\S/ ? "reason" : "no reason"' "${letter#*:} reason"
done
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters/08-auto.eml" "$T/letters/09-spam.eml"
json_is 'scalar @{$_->{workstreams}} + @{$_->{topics}}' '0 0'
end

# no archive is needed, and none is made; what it says is what the archive will have
begin "without an archive, and as with one"
prepare
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters"/*.eml
[ ! -e "$A" ] || wrong "an archive was made"
json 'join " ", $_->{id}, $_->{kind}, map { join ",", sort @$_ } @{$_}{qw(workstreams topics suggested intents groups)}' | sort >"$T/dry"
harbour_archive
run 0 '' query --archive "$A" --limit 0 --format json
json 'join " ", $_->{id}, $_->{kind}, map { join ",", sort @$_ } @{$_}{qw(workstreams topics suggested intents groups)}' | sort >"$T/kept"
cmp -s "$T/dry" "$T/kept" || wrong "differs: $(diff "$T/dry" "$T/kept" | head -n 6 | tr '\n' ';')"
at_least "lines" "$(wc -l <"$T/dry")" 12
# with an archive and no rules named, those in force are used
run 0 '' classify --archive "$A" --format json "$T/letters/01-crane.eml"
json_is '@{$_->{topics}}' quay.crane
check_archive 12 12
end

# lines come in the order of the files, each with its file's name as given
begin "the order of files"
prepare
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters/05-unfiled.eml" "$T/letters/01-crane.eml" "$T/letters/05-unfiled.eml"
json_is '$_->{file} =~ m{([^/]*)$}' '05-unfiled.eml 01-crane.eml 05-unfiled.eml'
end

# standard input, named or not
begin "standard input"
prepare
run 0 '' classify --rules "$T/harbour.rules" --format json <"$T/letters/01-crane.eml"
json_is '$_->{file}, @{$_->{topics}}' '- quay.crane'
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters/02-silt.eml" - <"$T/letters/01-crane.eml"
json_is '@{$_->{topics}}' 'water.silt quay.crane'
cat "$T/letters/01-crane.eml" | run 0 '' classify --rules "$T/harbour.rules" --format json -
json_is '@{$_->{topics}}' quay.crane
end

# where a match is: passage and offset point at the very words
begin "evidence points at the words"
prepare
run 0 '' classify --rules "$T/harbour.rules" --format json "$T/letters/01-crane.eml"
json_is 'map { "$_->{for}|$_->{words}|$_->{line}" } grep { $_->{for} eq "quay.crane" } @{$_->{evidence}}' "quay.crane|gantry cranes|$(grep -n '^keyword = gantry crane' "$T/harbour.rules" | cut -d: -f1)"
end

# text for people
begin "text"
prepare
run 0 '' classify --rules "$T/harbour.rules" "$T/letters/01-crane.eml" "$T/letters/09-spam.eml"
out_has '01-crane\.eml.*input.*quay\.crane'
out_has '09-spam\.eml.*spam'
end

# several rule files
begin "--rules, several"
prepare
cat >"$T/second.rules" <<'RULES'
[taxonomy fair-2018]
title = The fair
since = 2018-01-01
follows = harbour-2018

[workstream stalls]
title = Stalls
keyword = squeak
RULES
run 0 '' classify --rules "$T/harbour.rules" --rules "$T/second.rules" --format json "$T/letters/01-crane.eml"
json_is '@{$_->{workstreams}}' stalls
end

# without rules there is nothing to say
begin "no rules"
prepare
run 64 '--rules' classify "$T/letters/01-crane.eml"
out_empty
end

# a broken rule file is refused by whoever asked for rules, with its place
begin "a broken rule file"
prepare
printf '[topic nowhere.x]\ntitle = X\n' >>"$T/harbour.rules"
line=$(grep -n 'nowhere' "$T/harbour.rules" | cut -d: -f1)
run 65 "harbour\.rules:$line:[0-9]+: " classify --rules "$T/harbour.rules" "$T/letters/01-crane.eml"
out_empty
run 66 'missing\.rules' classify --rules "$T/missing.rules" "$T/letters/01-crane.eml"
printf '[archive]\nrules = harbour.rules\n' >"$T/a.conf"
config=$T/a.conf
run 65 "harbour\.rules:$line:[0-9]+: " classify "$T/letters/01-crane.eml"
end

# why, for whoever writes rules
begin "the reasons"
prepare
run 0 '' classify --rules "$T/harbour.rules" "$T/letters/01-crane.eml"
out_lines 1
run 0 '' -v classify --rules "$T/harbour.rules" "$T/letters/01-crane.eml"
line=$(grep -n '^keyword.*crane' "$T/harbour.rules" | head -n 1 | cut -d: -f1)
out_has "^  quay\.crane: \"gantry cranes\" keyword gantry crane \\(harbour\\.rules:$line\\)$"
end

# a file that is not there
begin "a missing file"
prepare
run 66 'not-there\.eml' classify --rules "$T/harbour.rules" --format json "$T/not-there.eml"
out_empty
end

# every sample and every odd file gets its line; none is unread
begin "all samples and odd files"
set -- $(sample_files) $(odd_files)
at_least "files" $# 120
run 0 '' classify --rules "$srcdir/filters/ssr2-2018.rules" --rules "$srcdir/filters/ssr2-2017.rules" --format json "$@"
out_lines $#
json 'defined $_->{kind} ? () : $_->{file}' >"$T/unread"
[ ! -s "$T/unread" ] || wrong "unread: $(tr '\n' ' ' <"$T/unread")"
run 0 '' classify --rules "$srcdir/filters/ssr2-2018.rules" --rules "$srcdir/filters/ssr2-2017.rules" "$@"
out_lines $#
end
