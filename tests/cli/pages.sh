# What the tests of reports share: pages and tables in which a sender's text must be text and nothing else, and archives full of attacks.
# Sourced after lib.sh.

# page [LINK]: the page in $out is well-formed, has no elements and attributes but those we write, and no address but LINK's (a Perl pattern).
page() {
	[ -s "$out" ] || wrong "$shown: no page"
	perl -CSD -0777 -e '
		my ($link) = @ARGV;
		my $text = do { local $/; <STDIN> };
		my %elements = map { $_ => 1 } qw(html head meta title style body table tr td th p h1 h2 h3 h4 b span bdi div br a);
		my %attributes = map { $_ => 1 } qw(lang dir class style role scope href charset name content width cellpadding cellspacing align valign aria-hidden colspan);
		my %void = (meta => 1, br => 1);
		my @open;
		$text =~ s/^<!DOCTYPE html>\n// or print "no doctype\n";
		$text =~ s/<!--\[if mso\]>.*?<!\[endif\]-->//g; # what Outlook alone reads
		$text =~ s/<style>(.*?)<\/style>//s or print "no style\n";
		while ($text =~ /\G(?:([^<>]+)|<(\/?)([a-z0-9]+)((?:\s+[a-z-]+="[^"<>]*")*)>)/gc) {
			my ($words, $end, $name, $given) = ($1, $2, $3, $4);
			if (defined $words) {
				print "bare ampersand: $words\n" if $words =~ /&(?!#\d+;|#x[0-9a-f]+;|amp;|lt;|gt;|quot;|apos;|nbsp;)/;
				print "an address: $words\n" if $words =~ m{https?:|www\.\w|\w@\w}i;
				next;
			}
			print "element $name\n" unless $elements{$name};
			if ($end) {
				my $last = pop @open // "nothing";
				print "$name ends where $last is open\n" if $last ne $name;
				next;
			}
			push @open, $name unless $void{$name};
			while ($given =~ /([a-z-]+)="([^"]*)"/g) {
				print "attribute $1\n" unless $attributes{$1};
				print "style: $2\n" if $1 eq "style" && $2 =~ /url|expression|import|http/i;
				print "link: $2\n" if $1 eq "href" && ($link eq "" || $2 !~ /^$link$/);
			}
		}
		print "no markup: ", substr($text, pos($text) // 0, 60), "\n" if (pos($text) // 0) < length $text;
		print "left open: @open\n" if @open;
	' "${1:-}" <"$out" >"$T/page-errors" 2>&1
	[ ! -s "$T/page-errors" ] || wrong "$shown: page: $(head -n 3 "$T/page-errors" | cut -c 1-200 | tr '\n' ';')"
	[ -n "${1:-}" ] || out_lacks 'http|<a '
	out_lacks '<script|<img|url\(|javascript:|<iframe|<form|<svg'
}

# table CELLS LINES: the table in $out is RFC 4180's with so many cells a line and at least so many lines, and no cell that a spreadsheet runs. Cells go to $T/cells.
table() {
	perl -CSD -e '
		no warnings "utf8"; # of what is no character, which is no concern of a table
		my ($wanted, $least) = @ARGV;
		my $lines = 0;
		while (my $line = <STDIN>) {
			$line =~ s/\r?\n\z//;
			my @cells;
			while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/gc) {
				my ($quoted, $bare, $more) = ($1, $2, $3);
				push @cells, defined $quoted ? $quoted =~ s/""/"/gr : $bare;
				last if $more eq "";
			}
			print STDERR "line $.: ", scalar @cells, " cells\n" if @cells != $wanted || pos($line) != length $line;
			for (@cells) {
				print STDERR "a formula: $_\n" if /^[=+\-@\t\r]/ && !/^-[0-9]+$/;
				print "$_\n";
			}
			$lines++;
		}
		print STDERR "only $lines lines\n" if $lines < $least;
	' "$1" "$2" <"$out" >"$T/cells" 2>"$T/table-errors"
	[ ! -s "$T/table-errors" ] || wrong "$shown: $(head -n 3 "$T/table-errors" | cut -c 1-300 | tr '\n' ';')"
}
cells_have() { grep -Eq -- "$1" "$T/cells" || wrong "$shown: no cell has /$1/: $(head -c 400 "$T/cells" | tr '\n' ';')"; }

# No line of the text in $out is wider than a mail's.
narrow() {
	perl -CSD -Mutf8 -ne '
		s/\n//;
		my $wide = () = /[\x{1100}-\x{115f}\x{2e80}-\x{303e}\x{3041}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}\x{ff00}-\x{ff60}]/g;
		my $none = () = /[\p{Mn}\x{200b}]/g;
		print "$.: ", length, ": $_\n" if length($_) + $wide - $none > 72 && /\s\S+\s*\S*$/;
	' "$out" >"$T/wide"
	[ ! -s "$T/wide" ] || wrong "$shown: wider than 72: $(head -n 3 "$T/wide" | tr '\n' ';')"
}

# attack RULES PERL: an archive under RULES with what the Perl expression makes (bytes) as a subject, as a name, as a text, as an attachment's name, all asking
# for an answer and for a consultation, and as titles in the rules where it is one line of text that they take.
attack() {
	run 0 '' init "$A" --rules "$1"
	perl -MMIME::Base64 -e '
		my ($folder, $expression) = @ARGV;
		my $evil = eval $expression;
		die $@ if $@;
		my $word = join "\n ", map { "=?utf-8?B?" . encode_base64($_, "") . "?=" } unpack "(a42)*", substr $evil, 0, 420;
		my $n = 0;
		sub letter {
			my ($from, $subject, $body, $type) = @_;
			$n++;
			open my $out, ">:raw", "$folder/$n.eml" or die;
			print $out "From: $from <ada$n\@example.net>\nDate: Tue, 12 Feb 2019 08:0$n:00 +0000\nTo: <harbour\@example.org>\nSubject: $subject\n",
				"Message-ID: <letter-$n\@example.net>\nMIME-Version: 1.0\nContent-Type: $type\nContent-Transfer-Encoding: 8bit\n\n$body\n";
		}
		my $plain = "text/plain; charset=utf-8";
		letter("Ada Example", $word, "My question is why the gantry crane squeaks.", $plain);
		letter($word, "The second", "My question is about the gantry crane. Please meet with us.", $plain);
		letter("Ada Example", "The third", "$evil gantry crane $evil", $plain);
		letter($word, $word, "$evil My question is about silting up. Please meet with us. $evil", $plain);
		letter("Ada Example", "The fifth", "--b\nContent-Type: $plain\n\ngantry crane\n--b\nContent-Type: application/octet-stream\n" .
			"Content-Disposition: attachment; filename=\"=?utf-8?B?" . encode_base64(substr($evil, 0, 60), "") . "?=\"\n\nxyz\n--b--\n", "multipart/mixed; boundary=b");
	' "$T" "$2" || bail "no letters"
	_then=$now
	now=1549972800
	for _n in 1 2 3 4 5; do run 0 '*' deliver --archive "$A" <"$T/$_n.eml"; done
	now=$_then
	run 0 '*' sweep --archive "$A" # what needed a second reading
	same "letters" "$(contents)" 5
}

# attacks REPORT RULES CELLS LINES [ARGUMENT...]: one test for each attack in each format; ATTACKS of them.
ATTACKS=24
attacks() {
	_report=$1 _rules=$2 _cells=$3 _lines=$4
	shift 4
	for _attack in html bidi controls headers formula long; do
		case $_attack in
		html) _evil='q(</p></td></table>&lt;b&gt; <script>alert(1)</script><img src=x onerror=alert(1)><a href="http://evil.example/">click</a>" javascript:x())' ;;
		bidi) _evil='"\xe2\x80\xaeevil\xe2\x80\xac \xe2\x81\xa7gpj.exe\xe2\x81\xa9 \xe2\x80\x8f\xd8\x9c\xe2\x80\x8eend"' ;;
		controls) _evil='"\x1b]0;owned\x07\x1b[31mred\x1b[0m\x00\x08\x7f\xc2\x9b1mcsi\x0bend \xff\xfe\xed\xa0\x80"' ;;
		headers) _evil='"first\r\nBcc: everybody\@example.com\r\n\r\n<html><body>second\r\n--boundary\r\n.\r\nMAIL FROM:<x\@example.com>\r\n"' ;;
		formula) _evil='q(=cmd|\x27 /C calc\x27!A0,"x",+1-2,@SUM(A1))' ;;
		long) _evil='"w" x 10000' ;;
		esac
		for _format in text html csv json; do
			begin "$_attack in mail, as $_format"
			attack "$_rules" "$_evil"
			run 0 '' report "$_report" --archive "$A" --format "$_format" "$@"
			! grep -Eq '^(Bcc:|MAIL FROM|\.$|--boundary)' "$out" || wrong "a line of a sender's own"
			case $_format in
			html) page ;;
			csv) table "$_cells" "$_lines" ;;
			json) json_is '$_->{version}' 1 ;;
			text) out_lacks 'w{200}' ;;
			esac
			end
		done
	done
}
