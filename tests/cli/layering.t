#!/bin/sh
# The house: no file includes one of a higher floor, each foreign library has one door, and no review is named in the program.
srcdir=${srcdir:-.}
cd "$srcdir" || exit 99
echo 1..9
failures=$(mktemp) || exit 99
trap 'rm -f "$failures"' EXIT

report() { # NUMBER TITLE, with what is wrong on standard input
	wrong=$(cat)
	if [ -z "$wrong" ]; then
		printf 'ok %s - %s\n' "$1" "$2"
	else
		printf 'not ok %s - %s\n' "$1" "$2"
		echo "$1" >>"$failures"
		printf '%s\n' "$wrong" | head -n 30 | sed 's/^/# /'
	fi
}

files=$(find src -name '*.[ch]' | sort)
includes=$(grep -HEo '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' $files | sed 's/#[[:space:]]*include[[:space:]]*//')
count=$(printf '%s\n' $files | wc -l)
{
	[ "$count" -ge 80 ] || echo "only $count files in src: the test would pass over nothing"
	[ "$(printf '%s\n' "$includes" | wc -l)" -ge 300 ] || echo "only a few includes found"
	for floor in base mail rules archive find intake report cmd; do
		printf '%s\n' $files | grep -q "^src/$floor/" || echo "no src/$floor"
	done
} | report 1 "there is a house to look at"

# stairs go down only: DESIGN section 3; siblings may be included one way, never round in a circle
climbs() {
	awk -F'[:"<>]' '
	BEGIN {
		split("base 0 mail 1 rules 1 archive 1 find 2 intake 2 report 3 carrier 4 lmtp 4 pages 4 publish 4 web 4 cmd 5", words, " ")
		for (i = 1; i in words; i += 2) floor[words[i]] = words[i + 1]
	}
	{
		n = split($1, from, "/")
		m = split($3, to, "/")
		room = n > 2 ? from[2] : "main"
		if (room != "main" && !(room in floor)) print $1 ": no floor for " room
		if (m < 2 || !(to[1] in floor)) next
		if (room == "main") {
			if (to[1] != "base" && floor[to[1]] < 4) print $1 " includes " $3
			next
		}
		if (floor[to[1]] > floor[room]) print $1 " climbs to " $3
		if (to[1] != room && floor[to[1]] == floor[room]) sibling[room " " to[1]] = $1 " includes " $3
	}
	END {
		for (pair in sibling) {
			split(pair, rooms, " ")
			if ((rooms[2] " " rooms[1]) in sibling && rooms[1] < rooms[2])
				print "round in a circle: " sibling[pair] ", " sibling[rooms[2] " " rooms[1]]
		}
	}' | sort -u
}
{
	printf '%s\n' "$includes" | climbs
	[ "$(printf 'src/base/a.c:"mail/b.h"\nsrc/find/a.c:"intake/b.h"\nsrc/intake/c.c:"find/d.h"\nsrc/new/a.c:"base/b.h"\nsrc/report/a.c:"find/b.h"\n' | climbs | wc -l)" -eq 3 ] ||
		echo "the test itself does not see who climbs"
} | report 2 "no file climbs"

# the archive takes records, never mail or rules; who handles a sender's bytes never sees the archive; who handles rows never sees mail or patterns
printf '%s\n' "$includes" | grep -E '^src/archive/[^:]*:["<](mail|rules)/|^src/(mail|rules)/[^:]*:["<](archive|find|intake|report)/|^src/(find|report)/[^:]*:["<](mail|rules)/' |
	report 3 "record is the one thing that crosses"

# one door for each foreign library, so that it can be replaced there
{
	door() { # HEADER ALLOWED-FILES
		found=$(printf '%s\n' "$includes" | grep -E ":[<\"]$1[>\"]" | cut -d: -f1 | sort -u)
		[ -n "$found" ] || [ -n "$3" ] || echo "nobody includes $1: the test looks for the wrong header"
		for file in $found; do
			printf '%s\n' "$file" | grep -Eq "^src/$2\$" || echo "$file includes $1"
		done
	}
	door 'gmime/[^>"]*' 'mail/message[^/]*\.[ch]'
	door 'sqlite3\.h' 'archive/db[^/]*\.[ch]'
	door 'pcre2\.h' 'base/pattern\.c'
	door 'jansson\.h' 'base/json\.c'
	door 'nettle/[^>"]*' 'base/hash\.c'
	door 'zstd\.h' 'base/compress\.c'
	door 'zlib\.h' '(base/compress|mail/mbox|mail/zip|publish/mbox)\.c'
	door 'libxml/[^>"]*' 'mail/html[^/]*\.[ch]'
	door 'curl/[^>"]*' 'carrier/curl\.c'
	door 'microhttpd\.h' 'web/server\.c'
	door 'gio/[^>"]*' 'none' never
} | report 4 "one door for each library"

# what a review is about is data
grep -niE 'ssr2|icann' $files src/archive/*.sql | cut -c 1-160 | report 5 "no review is named in the program"
grep -nE '(^|[^A-Za-z0-9_])(ws[1-4]|area[1-5])([^A-Za-z0-9_]|$)' $files src/archive/*.sql | cut -c 1-160 | report 6 "no workstream is named in the program"

# SQL stands in archive/ and find/ only
grep -nE '"[^"]*(SELECT .* FROM|INSERT INTO|DELETE FROM|CREATE TABLE|UPDATE [a-z]+ SET)' $files | grep -Ev '^src/(archive|find)/' | cut -c 1-160 | report 7 "SQL stands where it belongs"

# a shell goes on after a command that there is not: an assertion by a wrong name would hold for ever
cat >"${failures}.pl" <<'EOF'
sub defined_in { map { open my $file, "<", $_ or die "$_: $!"; map { /^\s*([a-z_][a-z_0-9]*)\(\)/ ? ($1 => 1) : () } <$file> } @_ }
my %shared = defined_in(glob("tests/*/*.sh tests/*.sh"));
for my $name (@ARGV) {
	my %own = defined_in($name);
	my $until;
	open my $file, "<", $name or die "$name: $!";
	while (<$file>) {
		if (defined $until) { undef $until if /^\t*\Q$until\E$/; next }
		$until = $1 if /<<-?\s*["'\\]?(\w+)/;
		next if /\bSELECT\b|' \|\| [a-z]/; # SQL
		while (/(?:^|&&|\|\||;|\bthen|\bdo|\belse|!)\s*([a-z]+_[a-z_0-9]+)(?=\s|$)/g) { print "$name:$.: $1 is not defined\n" unless $own{$1} || $shared{$1} }
	}
}
EOF
{
	perl "${failures}.pl" tests/cli/*.t tests/peers/*.t tests/faults/*.t
	printf 'begin "x"\nout_hass x\nend\n' >"${failures}.t"
	[ "$(perl "${failures}.pl" "${failures}.t" | wc -l)" -eq 1 ] || echo "the test itself does not see a wrong name"
	rm -f "${failures}.pl" "${failures}.t"
} | report 8 "assertions are there"

# GLib's macros ask the clock twice, and what is left of a time is below 0, "without end", at the second: clock_left asks once
grep -nE '(MAX|MIN|CLAMP) ?\(.*g_get_monotonic_time' $files | report 9 "no clock is asked twice"

[ ! -s "$failures" ]
