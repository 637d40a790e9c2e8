#!/bin/sh
# Dovecot's LMTP server hands a message to postbag by the Sieve script that is shipped, and, as a proxy, to postbag's own LMTP server.
# A private instance on unix sockets; what it delivers as are the archive's owner, a member of its group, and a stranger.
. "${srcdir:-.}/tests/peers/lib-dovecot.sh"
[ -x "$LIBEXEC/lmtp" ] || skip_all "dovecot-lmtpd is not installed"
perl -MIO::Socket::UNIX -e 1 2>/dev/null || skip_all "perl has no IO::Socket::UNIX"
[ ${#root} -lt 80 ] || skip_all "$root is too long for a socket's path"
LMTPD=${POSTBAG_LMTPD:-$(dirname "$POSTBAG")/postbag-lmtpd}
plan 25

# The users as a passwd-file; the member has the archive's group as the settings' comments say.
users() {
	for _who in $everyone; do
		_gid=$(gid_of "$_who")
		[ "$_who$joined" != strangeryes ] && [ "$_who" != member ] || _gid=$owner
		printf '%s@example.org::%s:%s::%s::\n' "$_who" "$(uid_of "$_who")" "$_gid" "$site/$_who"
	done >"$site/users"
	chmod 644 "$site/users"
}
# One server serves all tests: its settings name the same paths each time.
lmtp_settings() {
	_runs_as=$(id -un) _runs_in=$(id -gn)
	if [ "$(id -u)" = 0 ]; then
		_runs_as=nobody _runs_in=$(id -gn nobody)
	fi
	cat <<CONF
protocols = lmtp
log_path = $root/log
default_internal_user = $_runs_as
default_internal_group = $_runs_in
default_login_user = $_runs_as
passdb {
  driver = passwd-file
  args = $site/users
}
userdb {
  driver = passwd-file
  args = $site/users
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service lmtp {
  unix_listener lmtp {
    mode = 0600
  }
CONF
	! sanitized || echo '  vsz_limit = 0' # shadow memory takes more address space than there is
	echo '}'
}
dovecot=
start() {
	: >"$root/log"
	mkdir "$root/run" "$root/state"
	env -i PATH=/usr/bin:/bin "$(command -v dovecot)" -F -c "$site/dovecot.conf" >"$root/dovecot.out" 2>&1 &
	dovecot=$!
	_tries=0
	until [ -S "$root/run/lmtp" ] && [ -s "$root/run/master.pid" ] || [ $((_tries += 1)) -gt 100 ]; do sleep 0.1; done
	[ $_tries -le 100 ] || bail "Dovecot does not start: $(head -c 300 "$root/dovecot.out") $(log_end)"
}
stop() {
	[ -n "$dovecot" ] || return 0
	kill "$dovecot" 2>/dev/null
	gone "$dovecot" 20
	wait "$dovecot" 2>/dev/null
	dovecot=
	rm -rf "$root/run" "$root/state"
}
trap 'code=$?; [ -z "$dovecot" ] || stop; (exit $code); clean_up' EXIT
log_end() { tail -n 3 "$root/log" | tr '\n' ';'; }
ready() {
	prepare
	users
	lmtp_settings >>"$site/dovecot.conf"
	[ -n "$dovecot" ] || start
}

# A mail server's LMTP session, in as many lines as there are recipients: the first digit of each answer after the message, or what failed before.
cat >"$root/lmtp.pl" <<'PERL'
use strict;
use warnings;
use IO::Socket::UNIX;
alarm 120;
my ($socket, @recipients) = @ARGV;
my $message = do { local $/; <STDIN> };
$message =~ s/\r?\n/\r\n/g;
$message =~ s/^\./../mg;
$message .= "\r\n" unless $message =~ /\r\n\z/;
$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::UNIX->new(Peer => $socket) or print("4 no connection\n") and exit;
sub answer {
	while (my $line = <$server>) {
		return $line if $line =~ /^\d{3} /;
	}
	print "4 disconnected\n";
	exit;
}
sub ask { print $server "$_[0]\r\n"; answer() }
answer();
ask("LHLO client.example.net");
ask("MAIL FROM:<ada\@example.net>") =~ /^2/ or print("4 MAIL\n") and exit;
for (@recipients) {
	my $said = ask("RCPT TO:<$_>");
	$said =~ /^2/ or print("$said") and exit;
}
ask("DATA") =~ /^3/ or print("4 DATA\n") and exit;
print $server $message, ".\r\n";
print substr(answer(), 0, 60) =~ s/\s+\z//r, "\n" for @recipients;
print $server "QUIT\r\n";
PERL

free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'; }
lmtp() { perl "$root/lmtp.pl" "$root/run/lmtp" "$@"; } # ADDRESS...
lmtp_says() { # WHO FILE
	lmtp "$1@example.org" <"$2" >"$T/lmtp.out" 2>&1
	case $(cat "$T/lmtp.out") in
	2*) echo yes ;;
	4*) echo "not yet" ;;
	*) head -c 200 "$T/lmtp.out" ;;
	esac
}
hand_over() { where_is "$1" lmtp_says "$@"; } # WHO FILE
# Dovecot with a short time limit, until it is stopped.
hurry() {
	stop
	sed -i 's|exec_timeout = 60s|exec_timeout = 5s|' "$site/dovecot.conf"
	grep -q 'exec_timeout = 5s' "$site/dovecot.conf" || wrong "the settings' time limit is not what this test replaces"
	start
}
stranger_joins() {
	joined=yes
	users
}

# what a program can end with
begin "every exit status, and no program, as each user"
ready
for who in $everyone; do row_statuses $who; done
end

# within what Dovecot leaves a program of environment, memory and descriptors
begin "bytes, and a long message"
ready
printf 'Subject: lines\nFrom: ada@example.net\n\n>From me\n.\n..\nFrom you\n\n\n' >"$site/b.eml"
perl -e 'print "Subject: 20 MB\n\n", "The harbour is deep and the ships are many.\n" x 480000, "\377\n"' >"$site/c.eml"
for file in a b c; do
	hand_over owner "$site/$file.eml"
	same "$file" "$answer" kept
	owner_runs show --archive "$A" --raw "$(newest_id)"
	perl -0777 -pe 's/\r\n/\n/g; s/\A.*?\n(?=Subject: |From: Ada)//s' <"$out" >"$T/kept"
	cmp "$T/kept" "$site/$file.eml" >"$root/cmp" 2>&1 || wrong "$file: not the same bytes: $(cat "$root/cmp")"
	as owner "$real" deliver --archive "$A" <"$site/$file.eml" >"$out" 2>"$err" || wrong "deliver: $(cat "$err")"
done
check_archive 3 6
end

# one transaction for two users: each of them is handed the message
begin "two recipients"
if needs_users; then
	ready
	lmtp owner@example.org member@example.org <"$site/a.eml" >"$T/lmtp.out" 2>&1
	same "answers" "$(cut -c 1 "$T/lmtp.out" | tr '\n' ' ')" "2 2 "
	who=both
	once 2 "two recipients"
	lmtp owner@example.org stranger@example.org <"$site/a.eml" >"$T/lmtp.out" 2>&1
	same "answers" "$(cut -c 1 "$T/lmtp.out" | tr '\n' ' ')" "2 2 "
	same "set aside by the stranger" "$(aside stranger)" 1
	once 3 "two recipients, one of them a stranger"
	end
fi

for who in owner member; do
	for row in kept locked damaged full typo typo_and_archive away killed killed_after hung; do
		case $who$row in
		ownerlocked | memberhung | memberkilled_after | membertypo_and_archive) continue ;; # these do not depend on who it is
		esac
		begin "$row, as $who"
		if [ $who = owner ] || needs_users; then
			ready
			row_$row $who
			[ $row != hung ] || stop
			end
		fi
	done
done

# who has no right: set aside, and imported when the right is given
begin "a stranger"
if needs_users; then
	ready
	row_stranger
	end
fi

# a part of the mail looks whole to the filter
begin "the LMTP server killed while it writes"
ready
row_killed_server lmtp owner@example.org
end

# no mailbox can be written: the mail server has it still
begin "no mailbox at all"
ready
stand_in 'exit 75'
touch "$site/owner/Maildir"
same "the server says" "$(lmtp_says owner "$site/a.eml")" "not yet"
itself
hand_over owner "$site/a.eml"
who=owner
answered kept "postbag runs again"
once 1 "postbag runs again"
end

# the folder cannot be made: the mail server has it still
begin "no folder to set it aside"
ready
stand_in 'exit 75'
lmtp_says owner "$site/a.eml" >"$T/said" # makes the Maildir
rm -rf "$site/owner/Maildir/.Postbag-Failed"
touch "$site/owner/Maildir/.Postbag-Failed"
same "the server says" "$(lmtp_says owner "$site/a.eml")" "not yet"
same "in the inbox ($(log_end))" "$(inbox owner)" 0
end

# an administrator's slip in the script: the inbox has it
begin "a script that does not compile"
ready
rm "$site/postbag.svbin"
sed -i 's/execute :pipe/execute :pip/' "$site/postbag.sieve"
same "the server says" "$(lmtp_says owner "$site/a.eml")" yes
same "in the inbox ($(log_end))" "$(inbox owner)" 1
end

# Dovecot in front of postbag's own LMTP server: what that does not take, the mail server in front of Dovecot has still
begin "a proxy to postbag-lmtpd"
if [ ! -x "$LMTPD" ]; then
	skip "there is no $LMTPD"
else
	stop
	ready
	stop
	sed 's|^[^:]*::.*|owner@example.org:::::::proxy=y nopassword=y protocol=lmtp host=127.0.0.1 port='"$(free_port)"'|; 1!d' "$site/users" >"$site/users.new"
	cat "$site/users.new" >"$site/users"
	port=$(sed 's/.*port=//' "$site/users")
	cat >>"$site/dovecot.conf" <<CONF
lmtp_proxy = yes
login_trusted_networks = 127.0.0.0/8
CONF
	start
	who=owner
	hand_over owner "$site/a.eml"
	answered still "postbag-lmtpd is not there"
	cp "$LMTPD" "$root/program/postbag-lmtpd"
	as_known "$site/tmp/lmtpd.pid" owner env -i POSTBAG_CONFIG="$root/none.conf" POSTBAG_NOW="$now" ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} LSAN_OPTIONS="suppressions=$root/program/leaks.txt" \
		"$root/program/postbag-lmtpd" --archive "$A" --listen "inet:127.0.0.1:$port" >"$T/lmtpd.out" 2>&1 &
	appears "$site/tmp/lmtpd.pid"
	lmtpd=$(cat "$site/tmp/lmtpd.pid")
	helpers="$helpers $lmtpd"
	_tries=0
	until perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]")' "$port" || [ $((_tries += 1)) -gt 100 ]; do sleep 0.1; done
	[ $_tries -le 100 ] || wrong "postbag-lmtpd does not listen: $(head -c 300 "$T/lmtpd.out")"
	hand_over owner "$site/a.eml"
	answered kept "postbag-lmtpd is there ($(cat "$T/lmtp.out"))"
	same "in the inbox" "$(inbox owner)" 0
	hand_over owner "$site/a.eml"
	answered kept "a second time"
	kill "$lmtpd"
	gone "$lmtpd" 30
	wait $! 2>/dev/null
	once 2 "by proxy"
	stop
	end
fi
