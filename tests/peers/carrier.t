#!/bin/sh
# postbag-carrier against SMTP servers of this machine: what it says of each end is true, and passwords and messages go nowhere else.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
. "$srcdir/tests/peers/smtp-lib.sh"
plan 9

CARRIER=$(dirname "$POSTBAG")/postbag-carrier
[ -x "$CARRIER" ] || skip_all "built without postbag-carrier"
need_servers

# conf LINE...: the configuration, [mail] first
conf() {
	{
		printf '[mail]\nfrom = Digest <digest@example.org>\ntimeout = 20\n'
		printf '%s\n' "$@"
	} >"$T/postbag.conf"
}
message() {
	printf 'From: Digest <digest@example.org>\nTo: <reader@example.net>\nSubject: An issue\nMessage-ID: <issue-1@example.org>\n\n.A line that begins with a dot\n..\n.\nand the end\n' >"$T/message"
}
# carry STATUS PATTERN [RECIPIENT]: its words match
carry() {
	shown="postbag-carrier"
	watch "$1" '' "$CARRIER" -C "$T/postbag.conf" --to "${3:-reader@example.net}" <"$T/message"
	out_has "^$2"
	out_lines 1
}
kept() { same "messages that came to the server" "$(find "$T/sink" -name '*.eml' | wc -l | tr -d ' ')" "$1"; }

# the message comes whole, its lines as SMTP wants them, dots and all, from the null sender
begin "a message is carried"
message
serve
conf "server = smtp://127.0.0.1:$port"
carry 0 'sent 250 2\.0\.0 kept as 1'
kept 1
{
	printf 'MAIL FROM:<>\nRCPT TO:<reader@example.net>\n'
	sed 's/$/\r/' "$T/message"
} >"$T/wanted"
cmp -s "$T/wanted" "$T/sink/001.eml" || wrong "the message that came is not the one sent: $(diff "$T/wanted" "$T/sink/001.eml" | head -5)"
conf "server = smtp://127.0.0.1:$port" 'envelope-sender = bounces@example.org'
carry 0 sent
head -n 1 "$T/sink/002.eml" | grep -q '^MAIL FROM:<bounces@example.org>' || wrong "the envelope's sender"
stop
end

# each way that it can end has its own word: what is "sent" is there, what is "deferred" or "refused" is not, and "unknown" says that nobody knows
begin "how it ends is told apart"
message
serve
conf "server = smtp://127.0.0.1:$port" 'timeout = 3'
sed -i '/timeout = 20/d' "$T/postbag.conf"
for fault in 'rcpt 450:75:deferred 450' 'rcpt 550:69:refused 550' 'end 451:75:deferred 451' 'end 554:69:refused 554'; do
	echo "${fault%%:*}" >"$T/sink/fault"
	fault=${fault#*:}
	carry "${fault%%:*}" "${fault#*:}"
done
kept 0
echo 'end drop' >"$T/sink/fault"
carry 76 unknown
kept 1
echo 'end hang' >"$T/sink/fault"
began=$(date +%s)
carry 76 unknown
[ $(($(date +%s) - began)) -lt 25 ] || wrong "a server that hangs is waited for when QUIT is said: $(($(date +%s) - began)) s"
kept 2
stop
carry 75 deferred
stop
end

# the same from a server of another make
begin "smtp-sink"
if ! command -v smtp-sink >/dev/null; then skip "smtp-sink (postfix) is not installed"; else
	message
	free_port
	for fault in '-r RCPT:75:deferred 450' '-f RCPT:69:refused 500' '-r .:75:deferred 450' '-f .:69:refused 500' '-q .:76:unknown' \
		'-q DATA:75:deferred' '-r CONNECT:75:deferred 450' '-f MAIL:75:deferred 500' '-f CONNECT:75:deferred' '-f EHLO,HELO:75:deferred' '-f DATA:69:refused 500' '-q RCPT:75:deferred' '-Q .:75:deferred 421' '-8:0:sent 250' \
		'-f EHLO:0:sent 250' '-f EHLO,.:69:refused 500' '-f EHLO -r .:75:deferred 450' '-f EHLO -q .:76:unknown'; do
		# shellcheck disable=SC2086
		sink ${fault%%:*}
		conf "server = smtp://127.0.0.1:$port"
		fault=${fault#*:}
		carry "${fault%%:*}" "${fault#*:}"
		stop
	done
	stop
	end
fi

# with TLS from the first byte, and only with a certificate that an authority vouches for, of that name
begin "smtps"
message
certificates 'IP:127.0.0.1'
serve --tls implicit --certificate "$T/certificate.pem" --key "$T/key.pem"
conf "server = smtps://127.0.0.1:$port" "ca-file = $T/ca.pem"
carry 0 sent
kept 1
conf "server = smtps://127.0.0.1:$port"
carry 75 'deferred .*certificate'
conf "server = smtps://localhost:$port" "ca-file = $T/ca.pem"
carry 75 'deferred'
kept 1
stop
end

# STARTTLS is insisted on: a server, or somebody between, that does not offer it gets neither password nor message
begin "STARTTLS"
message
certificates 'IP:127.0.0.1'
serve --tls starttls --certificate "$T/certificate.pem" --key "$T/key.pem" --auth 'reader:open sesame'
printf 'open sesame\n' >"$T/password"
conf "server = smtp://127.0.0.1:$port" "ca-file = $T/ca.pem" 'starttls = yes' 'user = reader' "password-file = $T/password"
carry 0 sent
kept 1
printf 'wrong\n' >"$T/password"
carry 75 'deferred .*(535|[Ll]ogin|authent)'
kept 1
serve
conf "server = smtp://127.0.0.1:$port" 'starttls = yes' 'user = reader' "password-file = $T/password"
carry 75 'deferred'
kept 1
stop
end

# a credential of systemd's; and a password is in no argument and no word that is said
begin "passwords"
message
certificates 'IP:127.0.0.1'
serve --tls starttls --certificate "$T/certificate.pem" --key "$T/key.pem" --auth 'reader:open sesame'
mkdir "$T/credentials"
printf 'open sesame' >"$T/credentials/smtp"
conf "server = smtp://127.0.0.1:$port" "ca-file = $T/ca.pem" 'starttls = yes' 'user = reader' 'credential = smtp'
shown="postbag-carrier"
watch 0 '' env CREDENTIALS_DIRECTORY="$T/credentials" "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
out_has '^sent'
watch 78 'no credential "smtp": .*not set' "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
: >"$T/credentials/smtp"
watch 78 'no password in its first line' env CREDENTIALS_DIRECTORY="$T/credentials" "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
stop
end

# the other way: a command of the machine's own mail server
begin "a sendmail command"
message
cat >"$T/sendmail" <<SH
#!/bin/sh
printf '%s\n' "\$*" >"$T/arguments"
case \$(cat "$T/how") in
0) cat >"$T/taken" ;;
kill) cat >"$T/taken"; kill -9 \$\$ ;;
hang) cat >"$T/taken"; exec sleep 60 ;;
deaf) exec sleep 60 ;;
slow) (
	until [ -e "$T/go" ]; do sleep 0.1; done
	cat >"$T/late"
) <&0 ;;
*) echo "because so" >&2; exit \$(cat "$T/how") ;;
esac
SH
chmod 755 "$T/sendmail"
conf "sendmail = $T/sendmail -odi" 'timeout = 3'
sed -i '/timeout = 20/d' "$T/postbag.conf"
echo 0 >"$T/how"
carry 0 sent
same "arguments" "$(cat "$T/arguments")" '-odi -i -f <> -- reader@example.net'
cmp -s "$T/message" "$T/taken" || wrong "the message was changed"
for how in '67:69:refused exit status 67: because so' '75:75:deferred exit status 75' '1:75:deferred' '64:75:deferred' 'kill:76:unknown' 'hang:76:unknown' 'slow:75:deferred it took too long'; do
	echo "${how%%:*}" >"$T/how"
	how=${how#*:}
	carry "${how%%:*}" "${how#*:}"
done
# what it had begun ended with it: nothing is sent after "deferred" was said
: >"$T/go"
sleep 1
[ ! -e "$T/late" ] || wrong "it was sent after all"
conf "sendmail = $T/none"
carry 75 deferred
stop
end

# nothing that is not an address comes near a command of SMTP
begin "addresses"
message
serve
conf "server = smtp://127.0.0.1:$port"
for bad in '' 'reader' 'a@b@' '<a@example.org>' 'a b@example.org' 'a@example.org> SIZE=1' "a@example.org
RCPT TO:<c@example.org>" 'a@-x.example' 'a@exam_ple.org' '"a b"@example.org' '.a@example.org' 'ä@example.org' '-f@exa mple.org'; do
	watch 64 -- "$CARRIER" -C "$T/postbag.conf" --to "$bad" <"$T/message"
done
kept 0
stop
end

# and nothing that a server could take amiss is sent as a message
begin "what is no message for SMTP"
serve
conf "server = smtp://127.0.0.1:$port"
printf 'Subject: gr\303\274n\n\n' >"$T/message"
watch 65 'expected ASCII' "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
: >"$T/message"
watch 65 'no message' "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
perl -e 'print "x" x 999, "\n"' >"$T/message"
watch 65 'at most 998' "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
printf '[archive]\n' >"$T/postbag.conf"
watch 78 'no \[mail\] section' "$CARRIER" -C "$T/postbag.conf" --to reader@example.net <"$T/message"
kept 0
stop
end
