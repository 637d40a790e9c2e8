#!/bin/sh
# postbag publish: the public view as files. Nothing that is held, spam, unread, redacted or not yet to be seen is in any of them, in any form; what changed is
# written, what is no longer so is gone, and a folder that was brought up step by step is the one that is made at once. Every file is searched here, unpacked.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 20

# The words of all files, names and contents, packed ones unpacked, entities and base64 words read.
all_words() { # FOLDER
	(cd "$1" && find . -path ./.postbag-publish -prune -o -type f -print | sort)
	(cd "$1" && find . -path ./.postbag-publish -prune -o -type f -name '*.gz' -exec gzip -dc {} +)
	(cd "$1" && find . -path ./.postbag-publish -prune -o -type f ! -name '*.gz' -exec cat {} +)
	sqlite3 "$1/.postbag-publish/published.db" .dump
}
has() { # FOLDER WORD...
	_folder=$1
	shift
	all_words "$_folder" >"$root/words"
	for _word; do grep -aiq -- "$_word" "$root/words" || wrong "$_word is not published"; done
}
lacks() {
	_folder=$1
	shift
	all_words "$_folder" >"$root/words"
	for _word; do ! grep -ai -- "$_word" "$root/words" >"$root/found" || wrong "$_word is published: $(head -c 200 "$root/found")"; done
}
# The folder as a run into an empty one makes it, byte for byte.
as_new() { # FOLDER
	rm -rf "$T/anew"
	run 0 '' publish --archive "$A" "$T/anew"
	diff -r -x .postbag-publish "$1" "$T/anew" >"$root/diff" 2>&1 || wrong "not as made at once: $(head -n 5 "$root/diff" | cut -c 1-300 | tr '\n' ';')"
	rm -rf "$T/anew"
}
# Every link within the folder leads to a file.
links_hold() {
	perl -MFile::Find -e '
		my $top = shift; my $n = 0;
		find({no_chdir => 1, wanted => sub {
			return unless /\.html$/;
			my $file = $_; open my $in, "<", $file or die; local $/; my $text = <$in>; (my $folder = $file) =~ s{/[^/]*$}{};
			while ($text =~ /(?:href|src|action)="([^"#?][^"]*)"/g) {
				my $to = $1; next if $to =~ /^(?:https?|mailto):/; $n++;
				$to =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; -f "$folder/$to" or print "$file leads to $to\n";
			}
		}}, $top);
		print "no links at all\n" unless $n > 50;
	' "$1" >"$root/links" 2>&1
	[ ! -s "$root/links" ] || wrong "$(head -n 5 "$root/links" | tr '\n' ';')"
}
site() { # [LINE...]: an archive with rules and that in its [web] section
	harbour_rules "$T/harbour.rules"
	config=$T/postbag.conf
	{
		printf '[archive]\nrules = harbour.rules\ntitle = Harbour\n[web]\ntitle = Harbour letters\n'
		for _line; do printf '%s\n' "$_line"; done
	} >"$config"
	run 0 '' init "$A"
}
post() { # NUMBER SUBJECT BODY [HEADER...]: delivered; its id is in $id
	letter "$T/post.eml" "$@"
	deliver "$T/post.eml"
	id=$(newest_id)
}

# the first thing that anybody does with it
begin "a folder of pages is made, its links hold, and a second run writes nothing"
site 'contact = harbour@example.org'
post 1 'The cranes' 'The gantry cranes squeak, says ada.lovelace@example.net.'
post 2 'Re: The cranes' 'They do.' 'In-Reply-To: <letter-1@example.net>' 'References: <letter-1@example.net>'
post 3 'Silt' 'When does the dredging begin?' 'Date: Tue, 15 Jan 2019 08:00:00 +0000'
run 0 '' publish --archive "$A" "$T/out"
out_has '3 letters in all.* written, 0 removed'
for file in index.html index.json all.html all.atom all/2019-02.html workstream/quay.html workstream/quay.atom topic/quay.crane.html unfiled.html style.css robots.txt \
	mbox/2019-01.mbox.gz mbox/2019-02.mbox.gz "message/$id.html" "message/$id.json"; do
	[ -s "$T/out/$file" ] || wrong "no $file"
done
links_hold "$T/out"
has "$T/out" 'gantry' 'dredging'
lacks "$T/out" 'ada.lovelace' 'ada@example' '<form' '<script'
run 0 '' publish --archive "$A" "$T/out"
out_has '0 letters changed.* 0 files written, 0 removed'
run 0 '' publish --archive "$A" "$T/out" --force
out_lacks ' 0 files written'
same "files are for all to read" "$(find "$T/out" -name .postbag-publish -prune -o -type f ! -perm 644 -print | wc -l)" 0
same "the state is not" "$(stat -c %a "$T/out/.postbag-publish")" 700
as_new "$T/out"
end

# THE test: what must not be seen
begin "held, spam, redacted and unread mail is in no file, feed, mailbox or name"
site
post 1 'The cranes' 'The gantry cranes squeak.'
post 2 'heldsubject' 'Heldbody about the gantry cranes.' 'From: Heldname <heldfrom@heldplace.example>' 'Message-ID: <heldid@example.net>'
run 0 '' hold --archive "$A" "$id" --note heldnote
post 3 'Re: an answer' 'An answer to what nobody sees.' 'In-Reply-To: <heldid@example.net>' 'References: <heldid@example.net>'
post 4 'spamsubject' 'Spambody about dredging.'
run 0 '' assign --archive "$A" "$id" kind:spam
post 5 'wholesubject' 'Wholebody about dredging.' 'From: Wholename <wholefrom@wholeplace.example>'
whole=$id
run 0 '*' redact --archive "$A" "$id" --all --note wholenote
post 6 'A partly open letter' 'Dredging costs partcanary a lot.'
run 0 '*' redact --archive "$A" "$id" --text partcanary --note why
post 7 'unreadsubject' 'Unreadbody about dredging.'
make_unread "$id" 'the reader crashed'
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" 'gantry' 'An answer to' 'partly open' 'Removed'
lacks "$T/out" heldsubject heldbody heldname heldfrom heldplace heldid heldnote spamsubject spambody wholesubject wholebody wholename wholeplace wholenote \
	partcanary unreadsubject unreadbody "$id"
[ -f "$T/out/message/$whole.html" ] || wrong "no tombstone"
links_hold "$T/out"
end

# what was public and is not any more goes at the next run; and comes back when it may
begin "what is held, redacted or called spam later is gone at the next run, from everywhere"
site
post 1 'The cranes' 'The gantry cranes squeak.'
first=$id
post 2 'Re: latersubject' 'Latercanary: dredging under the gantry crane.' 'References: <letter-1@example.net>' 'From: Latername <later@laterplace.example>'
later=$id
post 3 'Re: The cranes' 'And more of the gantry crane.' 'References: <letter-1@example.net> <letter-2@example.net>'
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" latersubject latercanary latername laterplace "$later"
for step in 'hold --note why' 'release' 'assign kind:spam' 'undo' 'assign +quay.point3' 'hold --note why' 'release'; do
	# shellcheck disable=SC2086
	set -- $step
	command=$1
	shift
	run 0 '*' "$command" --archive "$A" "$later" "$@"
	run 0 '' publish --archive "$A" "$T/out"
	case $step in
	hold* | *spam) lacks "$T/out" latersubject latercanary latername laterplace "$later" ;;
	*) has "$T/out" latersubject latercanary "$later" ;;
	esac
	links_hold "$T/out"
	as_new "$T/out"
done
run 0 '*' redact --archive "$A" "$later" --text Latercanary --note why
run 0 '' publish --archive "$A" "$T/out"
lacks "$T/out" latercanary
as_new "$T/out"
run 0 '*' redact --archive "$A" "$first" --all --note why
run 0 '' publish --archive "$A" "$T/out"
lacks "$T/out" squeak
links_hold "$T/out"
as_new "$T/out"
end

# a letter that joins a thread late, a campaign, a month of its own, a correction: the pages beside it tell of it too
begin "brought up letter by letter it is what is made at once"
site
n=0
while read -r subject; do
	n=$((n + 1))
	case $n in
	4) post 4 "$subject" 'The parent that came late: gantry cranes.' ;;
	3) post 3 "$subject" 'A child that came early: dredging.' 'References: <letter-4@example.net>' ;;
	5 | 6 | 7) post $n "$subject" "Dear harbour, please let the old gantry crane stand where it stands, since we all have known it for so long and nobody asked us. Yours, number $n" "From: N$n <n$n@example.net>" ;;
	8) post 8 "$subject" 'Long ago there was silting up.' 'Date: Tue, 15 May 2018 08:00:00 +0000' ;;
	*) post $n "$subject" "Letter $n about point $n." ;;
	esac
	[ $n -ne 6 ] || six=$id
	[ $n -ne 2 ] || run 0 '*' answered --archive "$A" "$id"
	[ $n -ne 7 ] || run 0 '*' hold --archive "$A" "$six" --note why
	[ $n -ne 8 ] || run 0 '*' supersedes --archive "$A" "$id" "$six"
	run 0 '' publish --archive "$A" "$T/out"
	out_lacks '^.*in all, .*in all, ' # the first alone is a whole one
	as_new "$T/out"
done <<'SUBJECTS'
One
Two?
Re: The late one
The late one
Let it stand
Let it stand
Let it stand
Long ago
Nine
SUBJECTS
links_hold "$T/out"
end

# a month of many letters is cut by the calendar: a letter concerns its own piece; a parent in another month that is held is named by no child
many() { # FIRST LAST DAY HOUR MINUTES: letters with these numbers from then on, one every so many minutes, into $T/many.mbox
	perl -MTime::Local -e '
		my ($first, $last, $day, $hour, $step) = @ARGV;
		for my $n ($first .. $last) {
			my @t = gmtime(timegm(0, 0, $hour, $day, 1, 2019) + int(($n - $first) * $step * 60));
			printf "From x Tue Feb 12 08:00:00 2019\nFrom: N%d <n%d\@example.net>\nDate: Tue, %d Feb 2019 %02d:%02d:%02d +0000\nSubject: Number %d\nMessage-ID: <m%d\@example.net>\n\nAbout dredging, %d.\n\n",
				$n, $n, $t[3], $t[2], $t[1], $t[0], $n, $n, $n;
		}' "$@" >"$T/many.mbox"
	run 0 '*' import --archive "$A" "$T/many.mbox"
}
begin "a month of several pages, and a thread through two months"
site
many 1 203 5 0 20
run 0 '' publish --archive "$A" "$T/out"
for piece in 05-05 06-06 07-07; do [ -s "$T/out/all/2019-02/$piece.html" ] || wrong "no page $piece"; done
[ ! -e "$T/out/all/2019-02/01-07.html" ] || wrong "a page of a week that is too long"
same "titles that two pages of the month have" "$(cat "$T/out"/all/2019-02.html "$T/out"/all/2019-02/*.html | grep -o '^<title>[^<]*' | sort | uniq -d)" ''
has "$T/out" '<title>All letters, 5 February 2019 '
same "the time of a piece" "$(tr -d ' \n' <"$T/out/all/2019-02/05-05.json" | grep -o '"from":"2019[^,]*,"to":"[^"]*"')" '"from":"2019-02-05T00:00:00Z","to":"2019-02-06T00:00:00Z"'
links_hold "$T/out"
post 10 'Between' 'In the middle.' 'Date: Thu, 7 Feb 2019 08:10:00 +0000'
run 0 '' publish --archive "$A" "$T/out" -v
out_has '^write all/2019-02/07-07.html'
out_lacks '^write all/2019-02/06-06.html'
as_new "$T/out"
# an hour in which a campaign comes in
many 301 530 6 10 0.2
run 0 '' publish --archive "$A" "$T/out"
for piece in 06-10h 06-10h-2 06-10h-3; do [ -s "$T/out/all/2019-02/$piece.html" ] || wrong "no page $piece"; done
[ ! -e "$T/out/all/2019-02/06-06.html" ] || wrong "the page of the day stays"
links_hold "$T/out"
as_new "$T/out"
post 11 'In that hour' 'In the middle.' 'Date: Wed, 6 Feb 2019 10:30:00 +0000'
parent=$id
run 0 '' publish --archive "$A" "$T/out" -v
out_lacks '^write all/2019-02/06-10h.html'
as_new "$T/out"
same "letters in the mailbox" "$(gzip -dc "$T/out/mbox/2019-02.mbox.gz" | grep -c '^From postbag ')" 435
if command -v python3 >/dev/null; then
	same "letters as Python reads them" "$(python3 -c 'import gzip, mailbox, sys
open(sys.argv[2], "wb").write(gzip.open(sys.argv[1]).read())
print(len(mailbox.mbox(sys.argv[2])))' "$T/out/mbox/2019-02.mbox.gz" "$T/box")" 435
fi
post 12 'Re: In that hour' 'An answer.' 'References: <letter-11@example.net>' 'Date: Tue, 1 Jan 2019 08:10:00 +0000'
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" letter-11
run 0 '' hold --archive "$A" "$parent" --note why
run 0 '' publish --archive "$A" "$T/out"
lacks "$T/out" letter-11
as_new "$T/out"
sql index.db "SELECT public_id FROM message WHERE subject >= 'Number 3' AND subject < 'Number 4' AND subject > 'Number 300' LIMIT 120" |
	while read -r one; do alone hold --archive "$A" "$one" --note why >/dev/null || wrong "hold"; done
run 0 '' publish --archive "$A" "$T/out"
[ ! -f "$T/out/all/2019-02/06-10h-3.html" ] || wrong "an empty third page stays"
as_new "$T/out"
links_hold "$T/out"
end

# a change is small work however much there is
begin "one new letter has its pages written, and those of others are left alone"
site
for n in 1 2 3 4 5 6 7 8 9; do post $n "Number $n" "Letter $n about dredging." "Date: Tue, 12 Feb 201$n 08:00:00 +0000"; done
old=$id
run 0 '' publish --archive "$A" "$T/out"
post 10 'The newest' 'About the gantry crane.'
run 0 '' publish --archive "$A" "$T/out" -v
out_has '1 letter changed since the last run'
out_has "^write message/$id.html"
out_lacks "^write message/$old"
out_lacks '^write (about|style)'
as_new "$T/out"
end

# a letter in a month of 600, then an answer in a thread of 300: few files, and the mailbox has only the letters beside it read and packed again
few() { # WHAT
	same "$1: too many files" "$(grep -c '^write' "$out" | awk '$1 > 30')" ''
	same "$1: too many pages made" "$(sed -n 's/.* changed since the last run, \([0-9]*\) looked at.*/\1/p' "$out" | awk '$1 > 44')" ''
	same "$1: too many letters packed" "$(sed -n 's/^mailboxes: \([0-9]*\) letters\{0,1\} packed anew.*/\1/p' "$out" | awk '$1 > 101 { print } END { if (!NR) print "not said" }')" ''
	same "$1: too many letters' pages" "$(grep -c '^write message/' "$out" | awk -v most="$2" '$1 > most')" ''
}
begin "one new letter among many, and one answer in a long thread, are as little work as among few"
site
many 1 600 1 0 16
run 0 '' publish --archive "$A" "$T/out"
post 10 'The newest' 'About dredging.' 'Date: Thu, 7 Feb 2019 08:10:00 +0000'
run 0 '' publish --archive "$A" "$T/out" -v
few "a letter" 2
as_new "$T/out"
perl -e '
	for my $n (1 .. 300) {
		printf "From x Tue Feb 12 08:00:00 2019\nFrom: N%d <n%d\@example.net>\nDate: Tue, %d Jan 2019 08:00:00 +0000\nSubject: %sThe long one\nMessage-ID: <t%d\@example.net>\n%s\nAbout dredging, %d.\n\n",
			$n, $n, 1 + $n / 11, $n > 1 ? "Re: " : "", $n, $n > 1 ? "References: <t1\@example.net>\n" : "", $n;
	}' >"$T/many.mbox"
run 0 '*' import --archive "$A" "$T/many.mbox"
run 0 '' publish --archive "$A" "$T/out"
post 11 'Re: The long one' 'One more.' 'References: <t1@example.net>'
run 0 '' publish --archive "$A" "$T/out" -v
few "an answer" 4
as_new "$T/out"
run 0 '*' hold --archive "$A" "$id" --note why
run 0 '' publish --archive "$A" "$T/out" -v
few "an answer that is held" 4
lacks "$T/out" "$id"
as_new "$T/out"
end

# publish-when
begin "a letter is seen a day later, or when it is released"
site 'publish-when = 24h'
post 1 'Daycanary' 'About dredging.'
run 0 '' publish --archive "$A" "$T/out"
lacks "$T/out" daycanary "$id"
now=$((now + 90000))
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" daycanary "$id"
as_new "$T/out"
site_conf=$config
sed 's/24h/released/' "$site_conf" >"$T/r.conf" && mv "$T/r.conf" "$site_conf"
run 0 '' publish --archive "$A" "$T/out"
lacks "$T/out" daycanary "$id"
run 0 '' release --archive "$A" "$id"
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" daycanary "$id"
as_new "$T/out"
now=$((now - 90000))
end

begin "other words in the configuration are on every page at the next run; another index is looked at whole"
site
post 1 'The cranes' 'The gantry cranes squeak.'
run 0 '' publish --archive "$A" "$T/out"
sed 's/Harbour letters/Letters of the port/' "$config" >"$T/c" && mv "$T/c" "$config"
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" 'Letters of the port'
lacks "$T/out" 'Harbour letters'
as_new "$T/out"
run 0 '' rebuild --archive "$A" -q
run 0 '' publish --archive "$A" "$T/out"
out_has '1 letter in all.* 0 files written, 0 removed'
end

# search engines and feed readers take whole addresses alone
begin "with an address there are sitemaps of every page, feeds have whole addresses, and no page lets anything in from elsewhere"
site 'address = https://letters.example.org/harbour'
many 1 203 5 0 20
post 300 'January' 'About dredging.' 'Date: Tue, 15 Jan 2019 08:00:00 +0000'
run 0 '' publish --archive "$A" "$T/out"
grep -q '^Sitemap: https://letters.example.org/harbour/sitemap.xml$' "$T/out/robots.txt" || wrong "robots.txt names no sitemap"
sed -n 's|.*<loc>https://letters.example.org/harbour/\(.*\)</loc>.*|\1|p' "$T/out/sitemap.xml" >"$T/maps"
same "sitemaps" "$(tr '\n' ' ' <"$T/maps")" 'sitemap/2019-01.xml sitemap/2019-02/05-05.xml sitemap/2019-02/06-06.xml sitemap/2019-02/07-07.xml sitemap/places.xml '
while read -r map; do sed -n 's|.*<loc>https://letters.example.org/harbour/\(.*\)</loc>.*|\1|p' "$T/out/$map"; done <"$T/maps" | sort >"$T/named"
(cd "$T/out" && ls message/*.html ./*.html ./*/*.html | grep -v -e '^\./message' -e '^\./all/' -e '^\./thread' -e '/2019-' | sed 's|^\./||' | sort) >"$T/there"
diff "$T/there" "$T/named" >"$root/diff" || wrong "pages and sitemaps: $(head -n 5 "$root/diff" | tr '\n' ';')"
grep -q 'href="https://letters.example.org/harbour/message/' "$T/out/all.atom" || wrong "the feed has no whole addresses"
same "pages without a policy" "$(find "$T/out" -name '*.html' -exec grep -L 'http-equiv="Content-Security-Policy" content="default-src .none.;' {} + | wc -l)" 0
post 301 'Another' 'About dredging.' 'Date: Tue, 15 Jan 2019 09:00:00 +0000'
run 0 '' publish --archive "$A" "$T/out" -v
out_has '^write sitemap/2019-01.xml'
out_lacks '^write sitemap/2019-02'
as_new "$T/out"
sed '/^address/d' "$config" >"$T/c" && mv "$T/c" "$config"
run 0 '' publish --archive "$A" "$T/out"
[ ! -e "$T/out/sitemap.xml" ] && [ ! -e "$T/out/sitemap" ] || wrong "sitemaps stay though nobody knows the address"
as_new "$T/out"
end

# what broken rules say of milestones is not known, and what the last good ones said stands
begin "broken rules do not take the milestones away, nor the held letters back"
site
printf '[milestone opening]\ntitle = The opening\nplanned = 2019-02-20\n' >>"$T/harbour.rules"
post 1 'The cranes' 'The gantry cranes squeak.'
run 0 '*' reclassify --archive "$A"
run 0 '' publish --archive "$A" "$T/out"
[ -f "$T/out/milestone/opening.html" ] || wrong "no milestone"
run 0 '*' hold --archive "$A" "$id" --note why
printf '[milestone' >>"$T/harbour.rules"
run 0 'last good rules' publish --archive "$A" "$T/out" -v
[ -f "$T/out/milestone/opening.html" ] || wrong "the milestone went"
lacks "$T/out" "$id"
out_has '1 letter changed since the last run'
end

# ids that a file system or a page's address would read otherwise
begin "any id that rules may have has its pages, and links lead there"
site
long=$(perl -e 'print "l" x 240')
printf '[topic quay.html]\ntitle = Hypertext\nkeyword = hypertext\n[topic quay.%s]\ntitle = Long\nkeyword = longish\n' "$long" >>"$T/harbour.rules"
post 1 'One' 'About hypertext, which is longish.'
same "filed" "$(sql index.db "SELECT count(*) FROM filing WHERE type = 'topic'")" 2
run 0 '' publish --archive "$A" "$T/out"
same "pages of topics" "$(grep -l 'About hypertext\|>One<' "$T/out"/topic/*.html | wc -l)" 2
links_hold "$T/out"
as_new "$T/out"
end

# what was published before a redaction stands until the next run, and the redaction says so
begin "a redaction names the folders that still show what was removed"
site
post 1 'The cranes' 'The gantry cranes squeak oleander.'
run 0 '' publish --archive "$A" "$T/out"
run 0 '*' redact --archive "$A" "$id" --text oleander --note why
out_has "out still shows what was removed: run postbag publish"
run 0 '*' redact --archive "$A" --verify --text oleander
out_has "^published: .*message/$id.html"
run 0 '*' check --archive "$A"
same "check on the list of folders" "$(grep -h '^[a-z ]*: published' "$out" "$err")" ''
run 0 '' publish --archive "$A" "$T/out"
run 0 '*' redact --archive "$A" --verify --text oleander
out_lacks 'still shows'
end

# what is copied from a mailbox is what was put there, and nothing outside of the folder is touched, whatever published.db says
begin "a mailbox that another changed, and a published.db that another wrote"
site
many 1 250 5 0 10
run 0 '' publish --archive "$A" "$T/out"
perl -e 'open my $f, "+<", shift or die; seek $f, 100, 0; read $f, my $c, 1; seek $f, 100, 0; print $f chr(255 ^ ord $c);' "$T/out/mbox/2019-02.mbox.gz"
post 10 'The newest' 'About dredging.' 'Date: Wed, 6 Feb 2019 15:10:00 +0000'
run 0 '' publish --archive "$A" "$T/out"
as_new "$T/out"
sqlite3 "$T/out/.postbag-publish/published.db" "UPDATE piece SET size = size - 7 WHERE n = 0; UPDATE piece SET size = size + 7 WHERE n = 1"
post 11 'The newest of all' 'About dredging.' 'Date: Thu, 7 Feb 2019 15:10:00 +0000'
run 0 '' publish --archive "$A" "$T/out"
as_new "$T/out"
echo mine >"$T/mine.html"
for path in ../mine.html "$T/mine.html" message/../../mine.html .postbag-publish/lock; do
	sqlite3 "$T/out/.postbag-publish/published.db" "INSERT INTO file (path, sum) VALUES ('$path', 'x')"
	run 65 '*' publish --archive "$A" --force "$T/out"
	err_has 'published.db names .*, which is no page'
	sqlite3 "$T/out/.postbag-publish/published.db" "DELETE FROM file WHERE path = '$path'"
done
mkdir "$T/elsewhere"
mv "$T/out/message" "$T/message" && ln -s "$T/elsewhere" "$T/out/message"
echo mine >"$T/elsewhere/$id.html"
run 0 '*' hold --archive "$A" "$id" --note why
run 73 '*' publish --archive "$A" "$T/out"
err_has 'message is no folder, and postbag publish did not make it'
run 73 '*' publish --archive "$A" --force "$T/out"
same "what stands behind a link" "$(ls "$T/elsewhere")" "$id.html"
rm "$T/out/message" && mv "$T/message" "$T/out/message"
[ -s "$T/mine.html" ] || wrong "a file beside the folder is gone"
[ -e "$T/out/.postbag-publish/lock" ] || wrong "the lock is gone"
run 0 '' publish --archive "$A" "$T/out"
as_new "$T/out"
end

begin "only a folder of its own: not the archive, none around it, none with other files"
site
post 1 'The cranes' 'The gantry cranes squeak.'
mkdir "$T/full"
echo mine >"$T/full/index.html"
run 64 'not empty' publish --archive "$A" "$T/full"
same "what was there" "$(cat "$T/full/index.html")" mine
run 64 'lies in the archive' publish --archive "$A" "$A/pages"
run 64 'lies in the archive' publish --archive "$A" "$A"
ln -s "$A" "$T/link"
run 64 'lies in the archive' publish --archive "$A" "$T/link/pages"
run 64 'the archive lies in' publish --archive "$A" "$T"
run 64 'one folder' publish --archive "$A"
run 73 'cannot make' publish --archive "$A" "$T/no/such"
run 0 '' publish --archive "$A" "$T/out"
mkdir -p "$T/out/own"
echo mine >"$T/out/own/file"
echo mine >"$T/out/CNAME"
run 0 '*' hold --archive "$A" "$id" --note why
run 0 '' publish --archive "$A" "$T/out" --force
same "a person's files" "$(cat "$T/out/own/file" "$T/out/CNAME" | tr '\n' ' ')" 'mine mine '
mkdir "$T/other"
run 0 '' init "$T/other/a"
run 64 'another archive' publish --archive "$T/other/a" "$T/out"
end

begin "--dry-run says what would be done, and does nothing"
site
post 1 'The cranes' 'The gantry cranes squeak.'
run 0 '' publish --archive "$A" "$T/out" --dry-run
out_has '^write index.html'
[ ! -e "$T/out" ] || wrong "it made the folder"
run 0 '' publish --archive "$A" "$T/out"
run 0 '*' hold --archive "$A" "$id" --note why
run 0 '' publish --archive "$A" "$T/out" --dry-run
out_has "^remove message/$id.html"
[ -f "$T/out/message/$id.html" ] || wrong "it removed a file"
end

# a folder that an older program published: its list of files is brought up, and what that program wrote and no page needs goes
begin "a folder of the former version"
site
post 1 'The cranes' 'The gantry cranes squeak.'
post 2 'The tides' 'The tide tables are wrong.'
run 0 '' publish --archive "$A" "$T/out"
sqlite3 "$T/out/.postbag-publish/published.db" 'DROP TABLE piece' 'DROP TABLE letter' \
	'CREATE TABLE letter (message INTEGER PRIMARY KEY, places TEXT NOT NULL, thread TEXT, campaign TEXT) STRICT' \
	"INSERT INTO file VALUES ('all/2019-02/2.html', 'x')" 'PRAGMA user_version = 1' >"$T/load" 2>&1 || wrong "no folder of the former version: $(head -n 1 "$T/load")"
mkdir -p "$T/out/all/2019-02"
printf 'A former page.\n' >"$T/out/all/2019-02/2.html" || wrong "no former page"
post 3 'The buoys' 'The buoys are green.'
run 0 '' publish --archive "$A" "$T/out"
same "version of published.db" "$(sqlite3 "$T/out/.postbag-publish/published.db" 'PRAGMA user_version')" 2
[ ! -e "$T/out/all/2019-02/2.html" ] || wrong "a page of the former version is left"
as_new "$T/out"
end

begin "two do not run at once"
site
post 1 'The cranes' 'The gantry cranes squeak.'
run 0 '' publish --archive "$A" "$T/out"
perl -e 'use Fcntl ":flock"; open my $lock, ">>", $ARGV[0] or die; flock $lock, LOCK_EX or die; open my $ready, ">", $ARGV[1]; close $ready; sleep 600' \
	"$T/out/.postbag-publish/lock" "$root/ready" &
holder=$!
helpers="$helpers $holder"
while [ ! -e "$root/ready" ]; do sleep 0.1; done
run 75 'another postbag publish' publish --archive "$A" "$T/out"
kill "$holder"
wait "$holder" 2>/dev/null
rm -f "$root/ready"
run 0 '' publish --archive "$A" "$T/out"
end

# whoever writes in cannot write here
begin "hostile letters: no file elsewhere, no script, nothing that is not UTF-8"
site
for file in "$srcdir"/tests/mail/*.eml; do
	alone deliver --archive "$A" <"$file" >/dev/null 2>&1
done
{
	printf 'From: <script>alert(1)</script> <a@example.net>\nSubject: =?utf-7?Q?+ADw-script+AD4-alert(1)+ADw-/script+AD4-?= <img src=x onerror=alert(1)>\nMessage-ID: <"><script>@example.net>\n'
	printf 'Date: Tue, 12 Feb 2019 08:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nFrom here on\n>From there\n<script>x</script>\n'
	printf -- '--b\nContent-Type: text/html; name="../../../../evil.html"\nContent-Disposition: attachment; filename="../../../../evil.html"\n\n<script>alert(1)</script>\n'
	printf -- '--b\nContent-Type: application/x-php; name="x.php"\nContent-Disposition: attachment; filename=".htaccess"\n\nevil\n--b--\n'
} >"$T/hostile.eml"
deliver "$T/hostile.eml"
id=$(newest_id)
run 0 '' publish --archive "$A" "$T/out"
same "files with other endings" "$(find "$T/out" -path '*/.postbag-publish' -prune -o -type f -print | grep -Ev '/[A-Za-z0-9._-]+\.(html|json|atom|css|svg|txt|gz|pdf|png|jpg|gif|bin)$')" ''
same "attachments" "$(find "$T/out/attachment/$id" -type f | sed 's|.*/||' | sort | tr '\n' ' ')" '2.bin 3.bin '
find "$T/out" \( -name '*.html' -o -name '*.atom' \) -exec cat {} + >"$T/pages"
! grep -iE '<script|<img|javascript:|<[a-z][^>]* on[a-z]+=' "$T/pages" >"$root/found" || wrong "script: $(head -c 300 "$root/found")"
find "$T/out" -type f \( -name '*.html' -o -name '*.json' -o -name '*.atom' \) | while read -r file; do check_harmless "$file" "$file"; done
for file in "$T"/out/mbox/*.gz; do gzip -dc "$file"; done >"$T/mbox"
check_harmless "$T/mbox" mailboxes
grep -q '^>From here on' "$T/mbox" || wrong "a line that begins with From is not quoted"
run 0 '' init "$T/read"
run 0 '*' import --archive "$T/read" "$T"/mbox
same "letters in the mailboxes" "$(grep -c '^From postbag ' "$T/mbox")" "$(sqlite3 "$T/read/mail.db" 'SELECT count(*) FROM content')"
as_new "$T/out"
end

begin "letters that come in meanwhile are in the next run"
site
for n in 1 2 3 4 5; do post $n "Number $n" "Letter $n about dredging."; done
(
	for n in 10 11 12 13 14 15 16 17 18 19; do
		letter "$T/m$n.eml" $n "Meanwhile $n" "About the gantry crane, $n."
		alone deliver --archive "$A" <"$T/m$n.eml" || echo "$n failed" >>"$root/failed"
	done
) &
writer=$!
helpers="$helpers $writer"
for n in 1 2 3 4; do run 0 '*' publish --archive "$A" "$T/out" --force; done
wait "$writer"
[ ! -s "$root/failed" ] || wrong "$(cat "$root/failed")"
run 0 '*' sweep --archive "$A"
run 0 '' publish --archive "$A" "$T/out"
has "$T/out" 'Meanwhile 10' 'Meanwhile 19'
as_new "$T/out"
links_hold "$T/out"
end
