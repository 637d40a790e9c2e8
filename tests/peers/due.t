#!/bin/sh
# digest --due against SMTP servers of this machine: whatever a server does, every reader gets the issue, and twice only where it is said.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/peers/smtp-lib.sh"
plan 7

[ -x "$(dirname "$POSTBAG")/postbag-carrier" ] || skip_all "built without postbag-carrier"
need_servers

# place: an archive with a letter, one issue due, and the clock at that time
place() {
	harbour_rules "$T/harbour.rules"
	now=1549864800
	run 0 '*' init "$A" --rules "$T/harbour.rules"
	now=1549900000
	letter "$T/letter.eml" 1 Cranes 'The gantry crane squeaks.'
	run 0 '' deliver --archive "$A" <"$T/letter.eml"
	now=1549954800 # 2019-02-12 07:00
	config=$T/postbag.conf
}
# conf LINE...: lines of [mail]
conf() {
	{
		printf '[archive]\nfolder = archive\nrules = harbour.rules\n[mail]\nfrom = Digest <digest@example.org>\n'
		printf '%s\n' "$@"
		printf '[subscription staff]\nto = ann@example.org\ndaily = 07:00\n'
	} >"$config"
}
later() { now=$((now + ${1:-20000})); }
due() { run "$1" "$2" digest --due; }
state() { # STATE WORDS
	run 0 '' digest --list --format json
	json_is '"$_->{number} $_->{recipients}[0]{state}"' "1 $1"
	[ -z "${2-}" ] || out_has "$2"
}
kept() { same "messages that came" "$(find "$T/sink" -name '*.eml' | wc -l | tr -d ' ')" "$1"; }

# answers of each kind at each place: tried again, or final, as the server says
begin "answers"
place
serve
conf "server = smtp://127.0.0.1:$port" 'timeout = 30'
for fault in 'rcpt 450' 'data 452' 'end 451'; do
	echo "$fault" >"$T/sink/fault"
	due 75 'deferred to ann@example.org'
	state deferred
	later
	sed -i 's/^daily.*/weekly = tuesday 07:00/' "$config"
done
kept 0
rm "$T/sink/fault"
due 0 'sent to ann'
state sent
kept 1
head -n 2 "$T/sink/001.eml" | tr '\n' ' ' | grep -q '^MAIL FROM:<> RCPT TO:<ann@example.org> $' || wrong "the envelope"
grep -q 'gantry crane' "$T/sink/001.eml" || wrong "the message lacks the letter"
for fault in 'rcpt 550' 'end 554'; do
	echo "$fault" >"$T/sink/fault"
	run 65 'refused to ann@example.org' digest --resend staff
	state refused
	due 0 ''
done
kept 1
stop
end

# the line breaks after the message was taken: again, the same bytes, and it is said
begin "no answer after DATA"
place
serve
conf "server = smtp://127.0.0.1:$port" 'timeout = 4'
echo 'end drop' >"$T/sink/fault"
due 75 'unknown to ann@example.org'
kept 1
later
sed -i 's/^daily.*/weekly = tuesday 07:00/' "$config"
rm "$T/sink/fault"
due 0 'sent to ann@example.org, may have arrived twice'
kept 2
cmp -s "$T/sink/001.eml" "$T/sink/002.eml" || wrong "another message the second time"
state sent 'may have arrived twice'
stop
end

# Postfix's own faulty server, through the whole program; and then one that works
begin "smtp-sink"
if ! command -v smtp-sink >/dev/null; then skip "smtp-sink (postfix) is not installed"; else
	place
	free_port
	cp -a "$A" "$T/before"
	for fault in '-r CONNECT:75' '-f CONNECT:75' '-q CONNECT:75' '-r MAIL:75' '-f MAIL:75' '-r RCPT:75' '-f RCPT:65' '-q RCPT:75' '-Q RCPT:75' '-r DATA:75' '-f DATA:65' '-q DATA:75' \
		'-r .:75' '-f .:65' '-q .:75' '-Q .:75'; do
		rm -rf "$A"
		cp -a "$T/before" "$A"
		conf "server = smtp://127.0.0.1:$port" 'timeout = 30'
		# shellcheck disable=SC2086
		sink ${fault%:*}
		due "${fault##*:}" '*'
		stop
		run 0 '' digest --list
		case $fault in
		'-q .:75') out_has 'ann@example.org +unknown' ;;
		*:75) out_has 'ann@example.org +deferred' ;;
		*) out_has 'ann@example.org +refused' ;;
		esac
		serve
		conf "server = smtp://127.0.0.1:$port" 'timeout = 30'
		case $fault in
		*:65) run 0 'sent to ann' digest --resend staff:1 ;;
		*)
			now=$((now + 300))
			due 0 'sent to ann'
			now=$((now - 300))
			;;
		esac
		kept 1
		rm -f "$T/sink"/*.eml
		stop
	done
	stop
	end
fi

# nobody there: an honest state, and not a lost digest
begin "a dead server"
place
free_port
conf "server = smtp://127.0.0.1:$port" 'timeout = 10'
due 75 'deferred to ann@example.org'
run 0 '' status
out_has 'digest +staff: none went out yet, 1 waiting; the next is due 2019-02-13 07:00'
out_has 'issue 1 to ann@example.org: deferred since 2019-02-12 07:00, tried 1 time, again after 2019-02-12 07:05; .*onnect'
now=$((now + 7200))
run 1 'issue 1 of staff has waited for 2 hours' status
stop
end

# a wrong certificate, a wrong password: nothing is given away, and when it is mended everything goes
begin "TLS and AUTH"
place
certificates 'IP:127.0.0.1'
serve --tls starttls --certificate "$T/certificate.pem" --key "$T/key.pem" --auth 'reader:open sesame'
printf 'open sesame\n' >"$T/password"
chmod 600 "$T/password"
conf "server = smtp://127.0.0.1:$port" 'starttls = yes' 'user = reader' "password-file = $T/password" 'timeout = 30'
due 75 'deferred to ann@example.org: .*certificate'
conf "server = smtp://127.0.0.1:$port" 'starttls = yes' "ca-file = $T/ca.pem" 'user = reader' "password-file = $T/wrong" 'timeout = 30'
echo 'wrong horse' >"$T/wrong"
chmod 600 "$T/wrong"
later 300
due 75 'deferred to ann@example.org: .*535'
err_lacks 'wrong horse'
rm "$T/wrong"
later 600
due 75 'deferred to ann@example.org: .*wrong'
kept 0
conf "server = smtp://127.0.0.1:$port" 'starttls = yes' "ca-file = $T/ca.pem" 'user = reader' "password-file = $T/password" 'timeout = 30'
later 1200
due 0 'sent to ann'
kept 1
run 0 '*' check --quick
stop
end

# a password stands in no argument, no environment, no word that is said and no file of the archive
begin "where a password is not"
place
certificates 'IP:127.0.0.1'
serve --tls starttls --certificate "$T/certificate.pem" --key "$T/key.pem" --auth 'reader:xyzzyplugh'
echo 'end hang' >"$T/sink/fault"
mkdir "$T/credentials"
printf 'xyzzyplugh\n' >"$T/credentials/smtp"
conf "server = smtp://127.0.0.1:$port" 'starttls = yes' "ca-file = $T/ca.pem" 'user = reader' 'credential = smtp' 'timeout = 12'
env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$config" CREDENTIALS_DIRECTORY="$T/credentials" \
	${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} "$POSTBAG" -v digest --due >"$T/out" 2>"$T/err" &
behind=$!
helpers="$helpers $behind"
_n=0
until [ -e "$T/sink/001.eml" ] || [ $((_n += 1)) -gt 400 ]; do sleep 0.05; done
[ -e "$T/sink/001.eml" ] || wrong "it never came: $(head -c 300 "$T/err")"
looked=0
for process in /proc/[0-9]*; do
	case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
	*smtp-server*) continue ;; # the server's own argument
	*postbag*) looked=$((looked + 1)) ;;
	esac
	for file in cmdline environ; do
		! tr '\0' '\n' <"$process/$file" 2>/dev/null | grep -q xyzzyplugh || wrong "the password stands in $file of $(tr '\0' ' ' <"$process/cmdline")"
	done
done 2>/dev/null
at_least "processes of postbag looked at" "$looked" 2
wait "$behind"
same "exit status" $? 75
grep -q 'unknown to ann@example.org' "$T/err" || wrong "stderr: $(head -c 300 "$T/err")"
! grep -rl xyzzyplugh "$T/out" "$T/err" "$A" >"$T/found" || wrong "the password stands in $(cat "$T/found")"
printf 'xyzzyplugh' | base64 >"$T/coded"
! grep -qFf "$T/coded" "$T/out" "$T/err" || wrong "the password stands in what was said, encoded"
rm "$T/sink/fault"
now=$((now + 300))
run 75 'no credential "smtp"' digest --due
stop
end

# a server that takes the line and says nothing: it ends, and others are not kept for ever
begin "a server that hangs"
place
free_port
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die; open my $f, ">", $ARGV[1]; close $f;
	my @c; push @c, $s->accept while 1' "$port" "$T/listening" &
server=$!
helpers="$helpers $server"
_n=0
until [ -e "$T/listening" ] || [ $((_n += 1)) -gt 200 ]; do sleep 0.05; done
conf "server = smtp://127.0.0.1:$port" 'timeout = 2'
sed -i 's/^to = .*/to = ann@example.org; bo@example.org; cy@example.org; di@example.org; ed@example.org/' "$config"
states() {
	run 0 '' digest --list --format json
	json_is 'join ",", map { $_->{state} } @{$_->{recipients}}' "$1"
}
due 75 'deferred to ann@example.org: .*(timed out|imeout)'
err_has '3 left to the next run'
states deferred,deferred,waiting,waiting,waiting
due 75 'deferred to cy@example.org'
err_has '1 left to the next run'
states deferred,deferred,deferred,deferred,waiting
stop
serve
conf "server = smtp://127.0.0.1:$port" 'timeout = 60'
sed -i 's/^to = .*/to = ann@example.org; bo@example.org; cy@example.org; di@example.org; ed@example.org/' "$config"
later 300
due 0 'sent to ann'
states sent,sent,sent,sent,sent
kept 5
stop
end
