#!/bin/sh
# postbag-lmtpd(8): where it listens, whom it lets in, and as whom it runs.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/cli/lmtp.sh"
plan 12

# refuse STATUS PATTERN ARGUMENT...: the server ends at once.
refuse() {
	_wanted=$1 _pattern=$2
	shift 2
	shown="postbag-lmtpd $*"
	(alone_lmtpd timeout 60 "$LMTPD" "$@") >"$out" 2>"$err"
	same "$shown: exit status" $? "$_wanted"
	err_has "$_pattern"
	err_lacks listening
	! grep -v '^postbag: ' "$err" >"$root/strange" || wrong "$shown: $(head -n 1 "$root/strange")"
}

# LMTP asks nobody for a password
begin "only this machine is served"
run 0 '' -q init "$A"
for address in inet:0.0.0.0:0 inet:192.0.2.1:24 'inet:[::]:0' 'inet:[2001:db8::1]:24'; do
	refuse 64 'can be reached from other machines.*password.*Unix socket' --archive "$A" --listen "$address"
done
for address in inet:localhost:24 inet:127.0.0.1 inet:127.0.0.1:99999 inet:::1:24 unix:relative /tmp/socket tcp:127.0.0.1:24 ''; do
	refuse 64 'no address to listen on; write it as' --archive "$A" --listen "$address"
done
refuse 64 'too long for a socket' --archive "$A" --listen "unix:/$(head -c 200 /dev/zero | tr '\0' x)"
end

# a slip is told at the start, with what to do
begin "nowhere to listen, no archive, no sense"
run 0 '' -q init "$A"
refuse 64 'nowhere to listen: use --listen' --archive "$A"
refuse 64 'no archive named: use --archive' --listen "unix:$T/s"
refuse 64 'see postbag-lmtpd --help' --archive "$A" --liston "unix:$T/s"
refuse 64 'unexpected argument "now"' --archive "$A" --listen "unix:$T/s" now
refuse 73 'cannot listen on unix:.*/none/lmtp: No such file or directory; make .*/none first \(install -d' --archive "$A" --listen "unix:$T/none/lmtp"
printf '[archive]\nfolder = %s\n[lmtp]\nlisten = unix:%s/s; tcp:1\n' "$A" "$T" >"$T/postbag.conf"
refuse 78 'postbag\.conf:4:[0-9]+: "tcp:1" is no address to listen on; write it as' --config "$T/postbag.conf"
for line in 'mode = 999' 'connections = 0' 'size = large' 'timeout = 0' 'lisen = unix:/x'; do
	printf '[archive]\nfolder = %s\n[lmtp]\n%s\n' "$A" "$line" >"$T/postbag.conf"
	refuse 78 'postbag.conf:4:' --config "$T/postbag.conf"
done
shown=help
(alone_lmtpd "$LMTPD" --help) >"$out" 2>"$err" || wrong "--help fails"
out_has '--listen=ADDRESS'
(alone_lmtpd "$LMTPD" --version) >"$out" 2>"$err" || wrong "--version fails"
out_has '^Postbag [0-9]'
end

# a socket that is bound and not yet listened to looks like a dead server's
begin "of two servers that start at once one listens"
run 0 '' -q init "$A"
mkdir "$T/run"
perl -MSocket -MFcntl=:flock -e '
	my ($folder, $ready, $go) = @ARGV;
	open my $lock, "<", $folder or die;
	flock $lock, LOCK_EX or die;
	socket my $socket, PF_UNIX, SOCK_STREAM, 0 or die;
	bind $socket, sockaddr_un("$folder/s") or die;
	open my $file, ">", $ready; close $file;
	sleep 2;
	listen $socket, 5 or die;
	flock $lock, LOCK_UN;
	for (1 .. 1200) { last if -e $go; select undef, undef, undef, 0.05 }
' "$T/run" "$T/ready" "$T/go" &
other=$!
helpers="$helpers $other"
until_true 60 test -e "$T/ready" || wrong "the other server does not start"
socket_before=$(stat -c %i "$T/run/s")
refuse 73 'cannot listen on unix:.*another server listens there' --archive "$A" --listen "unix:$T/run/s"
same "the other's socket" "$(stat -c %i "$T/run/s")" "$socket_before"
: >"$T/go"
wait "$other"
end

# a port that the system chooses is told in the log
begin "loopback TCP"
run 0 '' -q init "$A"
letter "$T/letter" 1 'By TCP' 'Text'
start --listen inet:127.0.0.1:0
port=$(sed -n 's/.*listening on inet:127.0.0.1:\([0-9]*\)$/\1/p' "$T/log")
[ -n "$port" ] || wrong "no port in the log: $(cat "$T/log")"
here=$S
S=$port
send "$T/letter"
S=$here
send "$T/letter"
stop
archive_has 2 || wrong "not both deliveries"
end

begin "loopback TCP, IPv6"
if ! perl -MIO::Socket::IP -e 'exit !IO::Socket::IP->new(LocalHost => "::1", Listen => 1)' 2>/dev/null; then
	skip "this machine has no [::1]"
else
	run 0 '' -q init "$A"
	letter "$T/letter" 1 'By TCP' 'Text'
	start --listen 'inet:[::1]:0'
	port=$(sed -n 's/.*listening on inet:\[::1\]:\([0-9]*\)$/\1/p' "$T/log")
	here=$S
	S="[::1]:$port"
	send "$T/letter"
	S=$here
	stop
	archive_has 1 || wrong "not delivered"
	end
fi

# what a dead server left is replaced, what a living one has is not
begin "the socket: its mode, a stale one, a busy one, another file"
run 0 '' -q init "$A"
letter "$T/letter" 1 'Stale' 'Text'
start
same "mode without a word" "$(stat -c %a "$S")" 660
refuse 73 'cannot listen on unix:.*: another server listens there' --archive "$A" --listen "unix:$S"
send "$T/letter"
kill -9 "$server"
wait "$server" 2>/dev/null
[ -S "$S" ] || wrong "no stale socket: the test forces nothing"
config=$T/postbag.conf
printf '[lmtp]\nmode = 0622\n' >"$config"
start
same "mode as configured" "$(stat -c %a "$S")" 622
send "$T/letter"
stop
: >"$T/file"
refuse 73 'cannot listen on unix:' --archive "$A" --listen "unix:$T/file"
[ -f "$T/file" ] || wrong "another file was removed"
end

# [lmtp] listen, and the option before it
begin "the configured addresses"
run 0 '' -q init "$A"
config=$T/postbag.conf
printf '[archive]\nfolder = %s\n[lmtp]\nlisten = unix:%s/one; unix:%s/two\n' "$A" "$T" "$T" >"$config"
shown='postbag-lmtpd'
: >"$T/log"
alone_lmtpd "$LMTPD" >"$T/log.out" 2>"$T/log" &
server=$!
helpers="$helpers $server"
until_true 60 log_says 'listening on unix:.*/two' || wrong "does not listen twice: $(cat "$T/log")"
letter "$T/letter" 1 'Twice' 'Text'
for S in "$T/one" "$T/two"; do send "$T/letter"; done
stop
[ ! -e "$T/one" ] || wrong "left its first socket"
start
[ ! -e "$T/one" ] || wrong "the option does not come before the configuration"
stop
end

# sd_listen_fds(3) and sd_notify(3), without a service manager
begin "socket activation and notification"
run 0 '' -q init "$A"
letter "$T/letter" 1 'Activated' 'Text'
S=$T/s
shown='postbag-lmtpd, activated'
: >"$T/log"
alone_lmtpd perl -MSocket -MPOSIX -e '
	$^F = 100; # nothing is closed on exec, so that the server has something to close
	socket my $notify, PF_UNIX, SOCK_DGRAM, 0 or die;
	bind $notify, pack_sockaddr_un("$ARGV[0]/notify") or die;
	if (my $pid = fork) {
		open my $file, ">", "$ARGV[0]/states" or die;
		$SIG{ALRM} = sub { kill "KILL", $pid; exit 99 };
		alarm 120;
		for (1 .. 2) { recv $notify, my $state, 100, 0; syswrite $file, "$state\n" }
		waitpid $pid, 0;
		exit($? >> 8 || $? & 127);
	}
	socket my $socket, PF_UNIX, SOCK_STREAM, 0 or die;
	bind $socket, pack_sockaddr_un("$ARGV[0]/s") or die;
	listen $socket, 10 or die;
	fileno($socket) == 3 or POSIX::dup2(fileno $socket, 3);
	open my $leaked, "<", "/dev/null";
	open my $pid, ">", "$ARGV[0]/pid"; print $pid "$$\n"; close $pid;
	$ENV{LISTEN_FDS} = 1;
	$ENV{LISTEN_PID} = $$;
	$ENV{NOTIFY_SOCKET} = "$ARGV[0]/notify";
	exec @ARGV[1 .. $#ARGV];
' "$T" "$LMTPD" --archive "$A" >"$T/log.out" 2>"$T/log" &
manager=$!
helpers="$helpers $manager"
until_true 60 log_says 'listening on' || wrong "does not start: $(cat "$T/log")"
send "$T/letter"
is_ready() { grep -q '^READY=1' "$T/states"; }
until_true 60 is_ready || wrong "not told that it is ready"
kill "$(cat "$T/pid")"
wait "$manager"
same "exit status" $? 0
same "states" "$(tr '\n' ' ' <"$T/states")" 'READY=1 STOPPING=1 '
[ -S "$T/s" ] || wrong "removed the service manager's socket"
check_log
archive_has 1 || wrong "not delivered"
end

# more than the configured number are sent away at once, and those who are in do not notice
begin "too many connections: 421"
run 0 '' -q init "$A"
config=$T/postbag.conf
printf '[lmtp]\nconnections = 2\n' >"$config"
start
letter "$T/letter" 1 'Third' 'Text'
for number in 1 2; do
	printf '< 220\n> LHLO x\n< 250\ntouch %s\nwait %s\n> NOOP\n< 250\n> QUIT\n< 221\neof\n' "$T/in$number" "$T/out" | perl "$client" "$S" >"$T/talk$number" 2>&1 &
	eval "client$number=$!"
	helpers="$helpers $!"
	until_true 60 test -e "$T/in$number" || wrong "client $number is not in"
done
talk <<'TALK'
< 421 4\.3\.2 too many connections
eof
TALK
: >"$T/out"
wait "$client1" || wrong "first: $(cat "$T/talk1")"
wait "$client2" || wrong "second: $(cat "$T/talk2")"
send "$T/letter"
stop
end

# RFC 5321 section 4.5.3.2: a client that says nothing is let go, here after a configured second
begin "silence: 421"
run 0 '' -q init "$A"
config=$T/postbag.conf
printf '[lmtp]\ntimeout = 1\n' >"$config"
start
talk <<'TALK'
< 220
> LHLO x
< 250
< 421 4\.4\.2
eof
TALK
talk <<'TALK'
< 220
>> LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: never ends\r\n
< 250
< 250
< 250
< 354
< 421 4\.4\.2
eof
TALK
stop
archive_has 0 || wrong "half a message was kept"
end

# the command that runs it; options before it go along
begin "postbag lmtp"
run 0 '' -q init "$A"
S=$T/s
shown='postbag lmtp'
: >"$T/log"
alone_lmtpd "$POSTBAG" --archive "$A" lmtp --listen "unix:$S" >"$T/log.out" 2>"$T/log" &
server=$!
helpers="$helpers $server"
until_true 60 log_says 'listening on' || wrong "does not start: $(cat "$T/log")"
letter "$T/letter" 1 'Through the command' 'Text'
send "$T/letter"
stop
archive_has 1 || wrong "not delivered"
run 0 '' lmtp --help
out_has '--listen=ADDRESS'
end

# bound as root, it goes on as the archive's owner, who gets the socket too
begin "run as root it becomes the archive's owner"
if [ "$(id -u)" -ne 0 ]; then
	skip "not root"
else
	run 0 '' -q init "$A"
	chown -R 65534:65534 "$A"
	chmod 755 "$T"
	start
	same "user" "$(stat -c %u "/proc/$server")" 65534
	same "the indexer's user" "$(stat -c %u "/proc/$(cat "/proc/$server/task/"*/children | tr -d ' ')")" 65534
	same "the socket's owner" "$(stat -c %u:%g "$S")" 65534:65534
	letter "$T/letter" 1 'Root' 'Text'
	send "$T/letter"
	kill "$server"
	wait "$server"
	same "exit status" $? 0
	same "files of others" "$(find "$A" ! -user 65534)" ''
	archive_has 1 || wrong "not delivered"
	refuse 66 'postbag init makes it' --archive "$T/nowhere" --listen "unix:$T/t"
	end
fi
