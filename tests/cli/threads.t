#!/bin/sh
# Threads: messages that name one another by Message-ID belong together, however badly they name it, and nothing else does.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 5

reply() { # NUMBER HEADER...: a letter of its own author with these fields
	_n=$1
	shift
	letter "$T/$_n.eml" "$_n" 'Re: question' "Words of letter number $_n, unlike those of all the others." "From: Writer $_n <writer$_n@example.com>" "$@"
}
threads() { sql index.db "SELECT group_concat(members, ', ') FROM (SELECT group_concat(n, ' ') AS members, min(n) AS first FROM
	(SELECT CAST(substr(message_id, 8) AS INTEGER) AS n, thread FROM message ORDER BY n) GROUP BY thread ORDER BY first)"; }
# both ways round, and made anew: the threads are the same
same_threads() { # EXPECTED NUMBER...
	_expected=$1
	shift
	_back=
	for _n; do _back="$_n $_back"; done
	for _order in "$*" "$_back"; do
		rm -rf "$A"
		run 0 '' init "$A" --rules "$T/harbour.rules"
		for _n in $_order; do deliver "$T/$_n.eml"; done
		same "threads of $_order" "$(threads)" "$_expected"
		run 0 '' check --archive "$A"
	done
}

# mail programs name the parent in many ways
begin "In-Reply-To as it is written"
harbour_rules "$T/harbour.rules"
reply 50
reply 51 'In-Reply-To: <letter-50@example.net>'
reply 52 'In-Reply-To: <letter-50@example.net> (Writer 50'"'"'s message of Tue, 12 Feb 2019 08:50:00 +0000)'
reply 53 'In-Reply-To: Your message of "Tue, 12 Feb 2019 08:50:00 +0000." <letter-50@example.net>'
reply 54 'References: <letter-50@example.net>
 <letter-51@example.net>'
reply 55 'In-Reply-To: letter-50@example.net'
same_threads '50 51 52 53 54 55' 50 51 52 53 54 55
end

# what is no Message-ID joins nobody, least of all two people's answers to the same address
begin "broken In-Reply-To"
harbour_rules "$T/harbour.rules"
reply 50
reply 51 'In-Reply-To: your question'
reply 52 'In-Reply-To: <>' 'References: <> ,'
reply 53 'In-Reply-To: <harbour@example.org>'
reply 54 'In-Reply-To: <harbour@example.org>'
reply 55 'In-Reply-To:'
reply 56 'In-Reply-To: your question of Tuesday'
same_threads '50, 51, 52, 53, 54, 55, 56' 50 51 52 53 54 55 56
end

# "question" is everybody's subject
begin "equal subjects are no thread"
harbour_rules "$T/harbour.rules"
for n in 50 51 52; do reply $n; done
letter "$T/53.eml" 53 'question' 'Words of letter number 53, unlike those of all the others.' 'From: Writer 50 <writer50@example.com>'
same_threads '50, 51, 52, 53' 50 51 52 53
end

# answers to a letter that never came belong together, and to it when it does come
begin "missing and late parents"
harbour_rules "$T/harbour.rules"
reply 51 'In-Reply-To: <letter-50@example.net>'
reply 52 'References: <letter-50@example.net>'
reply 53 'References: <letter-49@example.net> <letter-52@example.net>'
reply 54 'References: <letter-40@example.net>'
same_threads '51 52 53, 54' 51 52 53 54
reply 50
same_threads '50 51 52 53, 54' 51 52 53 54 50
end

# what a thread is about says little of one message in it: with a hint of its own it is suggested, without one nothing
begin "a thread's filing is weak"
harbour_rules "$T/harbour.rules"
letter "$T/50.eml" 50 'The cranes' 'The gantry cranes squeak.' 'From: Writer 50 <writer50@example.com>'
letter "$T/51.eml" 51 'Re: The cranes' 'There is a steel cable on the road, too.' 'From: Writer 51 <writer51@example.com>' 'In-Reply-To: <letter-50@example.net>'
letter "$T/52.eml" 52 'Re: The cranes' 'I quite agree with you there.' 'From: Writer 52 <writer52@example.com>' 'In-Reply-To: <letter-50@example.net>'
letter "$T/53.eml" 53 'Cables' 'There is a steel cable on my road.' 'From: Writer 53 <writer53@example.com>'
same_threads '50 51 52, 53' 50 51 52 53
filed() { sql index.db "SELECT group_concat(id || ' ' || tier || ' ' || by, ', ') FROM (SELECT f.* FROM filing AS f JOIN message USING (message) WHERE message_id LIKE 'letter-$1@%' AND type = 'topic')"; }
same "the letter" "$(filed 50)" 'quay.crane firm rules'
same "with a hint" "$(filed 51)" 'quay.crane suggested thread'
same "without one" "$(filed 52)" ''
same "without a thread" "$(filed 53)" ''
run 0 '' query --archive "$A" --count 'topic:quay.crane -is:suggested'
out_is 1
end
