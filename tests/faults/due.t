#!/bin/sh
# digest --due, killed at each call that changes a file, starts a program or waits for one, in whichever of its processes comes to it; run again until nothing
# waits. Every recipient has got every issue; twice only where that is said, and then the same bytes under the same Message-ID; every letter stands in one issue.
# Then the same with calls that fail. make check takes a sample that changes by the day; the seed is printed.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
need_strace
[ -x "$(dirname "$POSTBAG")/postbag-carrier" ] || skip_all "built without postbag-carrier"
plan 2
calls=write,pwrite64,fdatasync,fsync,ftruncate,openat,execve,wait4,clone,clone3,vfork,memfd_create,flock,rename,unlink,dup2,close,exit_group
sample=$(either 40 100000)

begin_archive() {
	mkdir "$T/sent"
	cat >"$T/sendmail" <<SH
#!/bin/sh
for to; do :; done
f=$T/sent/.new-\$\$
cat >"\$f" && mv "\$f" "$T/sent/\$\$-\$(date +%N)-\$to"
SH
	chmod 755 "$T/sendmail"
	harbour_rules "$T/harbour.rules"
	cat >"$T/postbag.conf" <<C
[archive]
folder = archive
rules = harbour.rules
[mail]
sendmail = $T/sendmail
from = digest@example.org
[subscription staff]
to = ann@example.org; bo@example.org
daily = 07:00
[subscription water]
to = ann@example.org
workstream = water
daily = 07:00
C
	config=$T/postbag.conf
	now=1549864800 # 2019-02-11 06:00 UTC
	run 0 '*' init "$A" --rules "$T/harbour.rules"
	now=1549868400 # 07:00
	run 0 '*' digest --due
	now=1549900000
	for n in 1 2; do
		letter "$T/$n.eml" "$n" "Silt $n" "When does the dredging begin, word$n?" 'Date: Mon, 11 Feb 2019 16:00:00 +0000'
		deliver "$T/$n.eml"
	done
	now=1549954800 # 2019-02-12 07:00
	rm -f "$T"/sent/*
	cp -a "$A" "$T/before"
}

fresh() {
	rm -rf "$A" "$T/sent"
	mkdir "$T/sent"
	cp -a "$T/before" "$A"
}

# points TRACE FAULT...: "CALL N FAULT" for the N-th call of its kind of any process, as many as the busiest has; the order is settled by the seed
points() {
	perl -e '
		my ($seed, @faults) = @ARGV;
		my (%n, %most);
		while (<STDIN>) {
			my ($thread, $call) = /^(\d+) +(\w+)\(/ or next;
			my $n = ++$n{$thread}{$call};
			$most{$call} = $n if $n > ($most{$call} // 0);
		}
		my (@first, @rest);
		for my $call (sort keys %most) {
			push @rest, map { my $n = $_; map { "$call $n $_" } @faults } 1 .. $most{$call};
		}
		srand $seed;
		for my $i (reverse 1 .. $#rest) { my $j = int rand($i + 1); @rest[$i, $j] = @rest[$j, $i] }
		my %kinds;
		for (@rest) { my ($call, $n, $fault) = split; $kinds{"$call $fault"}++ or push @first, $_ }
		my %early = map { $_ => 1 } @first;
		print map { "$_\n" } @first, grep { !$early{$_} } @rest;
	' "$seed" "$@"
}

# Runs it until nothing waits, five minutes and more apart.
to_the_end() { # WHAT
	_then=$now _rounds=0
	while [ $((_rounds += 1)) -le 8 ]; do
		alone digest --due >"$out" 2>"$err"
		status=$?
		case $status in
		0 | 75) ;;
		*) wrong "$1: again: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
		esac
		alone digest --list --format json >"$T/list" 2>"$T/list.err" || wrong "$1: list: $(head -c 300 "$T/list.err")"
		grep -Eq '"state": ?"(waiting|again|sending|deferred|unknown)"' "$T/list" || [ ! -s "$T/list" ] || [ "$status" != 0 ] || break
		now=$((now + 300 * _rounds))
	done
	grep -Eq '"state": ?"(waiting|again|sending|deferred|unknown)"' "$T/list" && wrong "$1: something still waits: $(head -c 400 "$T/list")"
	now=$_then
}

# What arrived against what the archive says.
judge() { # WHAT
	perl -MJSON::PP -e '
		my ($list, $folder) = @ARGV;
		my (%got, %said);
		for my $file (grep { -f } glob "$folder/*") {
			open my $in, "<:raw", $file or die;
			my $text = do { local $/; <$in> };
			my ($to) = $text =~ /^To: (\S+)/m;
			my ($id) = $text =~ /^Message-ID: <(.*?)>/mi;
			($to && $id) or print("no message: $file\n"), next;
			push @{$got{"$id $to"}}, $text;
		}
		open my $in, "<:raw", $list or die;
		my %number;
		while (<$in>) {
			/\S/ or next;
			my $issue = decode_json $_;
			$issue->{number} > 1 or next;
			$number{$issue->{subscription}}++;
			my $who = join " ", sort map { $_->{to} } @{$issue->{recipients}};
			$who eq ($issue->{subscription} eq "staff" ? "ann\@example.org bo\@example.org" : "ann\@example.org") or
				print "issue $issue->{number} of $issue->{subscription} is for: $who\n";
			for (@{$issue->{recipients}}) {
				my $n = @{$got{"$issue->{message_id} $_->{to}"} || []};
				$said{"$issue->{message_id} $_->{to}"} = 1;
				$_->{state} eq "sent" or print "$issue->{subscription} to $_->{to}: $_->{state}: $_->{words}\n";
				$n >= 1 or print "$issue->{subscription} never came to $_->{to}, who is said to have it\n";
				$n <= 2 or print "$issue->{subscription} came $n times to $_->{to}\n";
				$n <= 1 || $_->{words} =~ /may have arrived twice/ && $_->{in_doubt} or print "$issue->{subscription} came $n times to $_->{to}, and nobody says so\n";
			}
		}
		$number{$_} == 1 or print "$number{$_} issues of $_\n" for qw(staff water);
		for my $key (keys %got) {
			$said{$key} or print "unknown to the archive: $key\n";
			my %texts = map { $_ => 1 } @{$got{$key}};
			keys %texts == 1 or print "different bytes: $key\n";
		}
	' "$T/list" "$T/sent" >"$T/judged" 2>&1
	[ ! -s "$T/judged" ] || wrong "$1: $(head -n 4 "$T/judged" | tr '\n' ';')"
	_copies=$(find "$T/sent" -type f ! -name '.*' | wc -l)
	[ "$_copies" -le 3 ] || doubled=$((doubled + 1))
	same "$1: integrity" "$(sql mail.db 'PRAGMA integrity_check')$(sql index.db 'PRAGMA integrity_check')" okok
}

# series FAULT...
series() {
	fresh
	traced "$T/count" "trace=$calls" -- digest --due
	[ "$status" = 0 ] || wrong "undisturbed: exit status $status: $(head -c 300 "$err" | tr '\n' ';')"
	points "$@" <"$T/count" >"$T/points"
	at_least "points" "$(wc -l <"$T/points")" 50
	tried=0 hit=0 doubled=0 ended=0
	head -n "$sample" "$T/points" >"$T/chosen"
	while read -r _call _n _fault; do
		fresh
		what="$_call number $_n: $_fault"
		traced "$T/trace" "trace=$_call" "inject=$_call:$_fault:when=$_n" -- digest --due </dev/null
		tried=$((tried + 1))
		! grep -Eq 'INJECTED|killed by SIGKILL' "$T/trace" || hit=$((hit + 1))
		[ "$status" = 0 ] || ended=$((ended + 1))
		to_the_end "$what"
		judge "$what"
	done <"$T/chosen"
	at_least "points that were met" "$hit" $((tried * 8 / 10))
	at_least "runs that did not end well" "$ended" 3
	note "$(wc -l <"$T/points") points, $tried tried, $hit met; $ended did not end with 0; in $doubled something came twice, and was said to (seed $seed)"
}

begin "killed"
begin_archive
series signal=KILL
end

begin "calls that fail"
begin_archive
calls=write,pwrite64,fdatasync,fsync,ftruncate,openat,execve,memfd_create,flock,clone,clone3,vfork
sample=$(either 30 100000)
series error=EIO error=ENOSPC
end
