#!/bin/sh
# postbag rules suggest: words for rules, from what people decided.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 5

# assign NUMBER CHANGE
decide() { run 0 '*' assign --archive "$A" --by kim "$(letter_id "$1")" "$2"; }
# letters that speak of cranes in words that the rules do not have, in three languages, among others that speak of something else
write_letters() {
	n=20
	for text in 'The hoisting tackle on pier two rattles all night.' 'We were told that the hoisting tackle is safe. Is it?' \
		'My brother repaired hoisting tackle for years.' 'Who pays for the hoisting tackle?' 'Hoisting tackle of that age belongs into a museum.'; do
		letter "$T/miss-$n.eml" $n "Pier two" "$text"
		n=$((n + 1))
	done
	n=30
	for text in 'La vieille grue de quai fait du bruit toute la nuit et personne ne répond.' 'Nous demandons que la grue de quai soit réparée avant la fin de cette année, et que les habitants de la ville soient entendus.' \
		'Avec une grue de quai pareille nous ne pouvons pas dormir et nous vous demandons que la ville fasse quelque chose.'; do
		letter "$T/miss-$n.eml" $n "Une question" "$text"
		n=$((n + 1))
	done
	n=35
	for text in '码头的起重机太旧了，请修理。' '我们担心起重机会倒下来。' '起重机的噪音很大，晚上不能睡觉。'; do
		letter "$T/miss-$n.eml" $n "问题" "$text"
		n=$((n + 1))
	done
	n=40
	for text in 'The ferry on pier two is late.' 'My brother pays for the ferry. Who else?' 'We were told that the lighthouse is safe.' 'The museum rattles all night.' \
		'La vieille maison fait du bruit toute la nuit et personne ne répond.' 'Nous demandons que le phare soit réparé avant la fin de cette année.' \
		'我们担心灯塔会倒下来。' '晚上不能睡觉，请修理灯塔。' 'Years of that, and it belongs into a book.' 'Is it safe for the ferry?'; do
		letter "$T/other-$n.eml" $n "Pier two" "$text"
		n=$((n + 1))
	done
	n=52
	for text in 'A gantry crane fly sat on my hand.' 'Is the gantry crane fly a mosquito?'; do
		letter "$T/wrong-$n.eml" $n "On insects" "$text"
		n=$((n + 1))
	done
	run 0 '*' import --archive "$A" "$T"/miss-*.eml "$T"/other-*.eml "$T"/wrong-*.eml
}
decide_all() {
	for n in 20 21 22 23 24 30 31 32 35 36 37; do decide $n +quay.crane; done
	for n in 52 53; do decide $n -quay.crane; done
}

# without a decision there is nothing to learn from, and it says so
begin "nothing decided"
harbour_archive
run 0 'nobody has filed a message otherwise' rules suggest --archive "$A"
out_empty
run 0 '' rules suggest quay.crane --archive "$A"
out_has '^# \[topic quay\.crane\]: 0 missed and 0 filed wrongly, of 2 there and '
out_has '^# too few for words to tell'
end

# the words of the misses, with language, tier and an example that is a test; words that the topic has already are left out
begin "words for what was missed, and against what was filed wrongly"
harbour_archive
write_letters
decide_all
run 0 '' rules suggest --archive "$A" --limit 0
out_has '^# \[topic quay\.crane\]: 11 missed and 2 filed wrongly, of 13 there and '
out_has '^# in 5 missed, 5 there in all, 0 others: precision 1\.00, likelihood ratio [0-9]+\.[0-9], perhaps by chance$'
out_has '^keyword = (tackle|hoisting)$'
out_has '^accept = The hoisting tackle on pier two rattles all night\.$'
out_has '^likely\.fr = (grue|quai|grue de|de quai)$'
out_has '^likely\.zh = 起重机$'
out_lacks ' = (起重|重机|hoisting tackle)$'
out_has '^not = gantry crane fly$'
out_has '^reject = A gantry crane fly sat on my hand\.$'
out_lacks ' = (the|pier two|safe|gantry crane|gantry|cranes|la|et)$'
out_lacks '^# \[topic water'
end

# what it prints goes into the rule file as it stands, the tests pass, and the messages are found
begin "pasted into the rule file"
harbour_archive
write_letters
decide_all
run 0 '' rules suggest quay.crane --archive "$A"
cp "$out" "$T/pasted"
awk -v pasted="$T/pasted" '{ print } /^\[topic quay\.crane\]/ { while ((getline line <pasted) > 0) print line }' "$T/harbour.rules" >"$T/better.rules"
run 0 '' rules test "$T/better.rules"
out_has ', 0 failed$'
run 0 '' rules eval "$T/harbour.rules" --archive "$A"
out_has '^topic +quay\.crane .* 0 right, 2 wrong, 11 missed'
run 0 '' rules eval "$T/better.rules" --archive "$A"
out_has '^topic +quay\.crane .* 11 right, 0 wrong, 0 missed'
# those words are known then
run 0 '' init "$T/second" --rules "$T/better.rules"
printf '[archive]\nfolder = %s\nrules = %s\n' "$A" "$T/better.rules" >"$T/conf"
run 0 '' rules suggest quay.crane --config "$T/conf"
out_lacks '(hoisting|tackle|grue|起重机)$'
end

# machines read it, a query narrows what is looked at, and a kind is a target too
begin "JSON, CSV, a query, a kind"
harbour_archive
write_letters
decide_all
run 0 '' rules suggest quay.crane --archive "$A" --format json
json_is 'length $_->{words} == 3 && ($_->{lang} // "") eq "zh" ? "$_->{key} $_->{lang} $_->{missed} $_->{others} $_->{percent}" : ()' 'likely zh 3 0 100'
json_is '$_->{key} eq "not" ? "$_->{words} $_->{wrong} $_->{belong}" : ()' 'gantry crane fly 2 0'
run 0 '' rules suggest quay.crane --archive "$A" --format csv
out_has '^type,id,key,lang,words,missed,belong,others,percent,example,message$'
out_has '^"topic","quay\.crane","likely","zh","起重机",3,3,0,100,"'
run 0 '' rules suggest quay.crane lang:fr --archive "$A"
out_has '^# \[topic quay\.crane\]: 3 missed and 0 filed wrongly, of 3 there and '
out_lacks 'tackle'
run 0 '' rules suggest quay.crane --limit 1 --archive "$A"
same "one of each kind" "$(grep -c '^[a-z.]* = ' "$out")" "$(($(grep -c '^accept\|^reject' "$out") + 2))"
for n in 52 53; do decide $n kind:announcement; done
run 0 '' rules suggest announcement --archive "$A"
out_has '^# \[kind announcement\]: 2 missed and 0 filed wrongly'
out_has '^likely = (fly|insects|on insects|crane fly|gantry crane)'
end

# what it refuses
begin "usage"
harbour_archive
run 64 'no topic, workstream or kind "quay\.cran"; did you mean the topic "quay\.crane"\?$' rules suggest quay.cran --archive "$A"
run 64 'rules: did you mean "suggest"\? expected ' rules sugest --archive "$A"
run 64 'column' rules suggest nothing:here --archive "$A"
end
