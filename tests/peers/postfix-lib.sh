# A Postfix of the test's own, in the world of tests/peers/lib.sh. A test pastes the recipe and calls server_start.
command -v postfix >/dev/null && command -v postqueue >/dev/null || skip_all "Postfix is not installed"
getent passwd postfix >/dev/null && getent group postdrop >/dev/null || skip_all "Postfix has no user postfix or no group postdrop"
BOUNCES=/var/spool/sink/ada

# Before the recipe: a server that is final for example.org, and for the sender's domain, whose mailbox shows what is sent back.
server_files() {
	mkdir -p /etc/postfix/postfix-files.d /etc/postfix/dynamicmaps.cf.d /var/spool/postfix /var/spool/sink
	install -d -o postfix /var/lib/postfix
	chmod 1777 /var/spool/sink
	cat >/etc/postfix/main.cf <<'CF'
compatibility_level = 3.6
maillog_file = /var/log/postfix.log
maillog_file_prefixes = /var
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.example.org
mydomain = example.org
mydestination = example.org, example.net, localhost
recipient_delimiter = +
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
biff = no
# a message is tried again when the test says so
queue_run_delay = 3000s
minimal_backoff_time = 3000s
maximal_backoff_time = 6000s
# a reload may be in the way of one try
transport_retry_time = 1s
CF
	cat >/etc/postfix/master.cf <<'CF'
pickup    unix  n  -  n  60  1  pickup
cleanup   unix  n  -  n  -   0  cleanup
qmgr      unix  n  -  n  300 1  qmgr
rewrite   unix  -  -  n  -   -  trivial-rewrite
bounce    unix  -  -  n  -   0  bounce
defer     unix  -  -  n  -   0  bounce
trace     unix  -  -  n  -   0  bounce
flush     unix  n  -  n  1000? 0 flush
proxymap  unix  -  -  n  -   -  proxymap
showq     unix  n  -  n  -   -  showq
error     unix  -  -  n  -   -  error
retry     unix  -  -  n  -   -  error
local     unix  -  n  n  -   -  local
postlog   unix-dgram n - n - 1  postlogd
CF
	printf 'ada: /var/spool/sink/ada\npostmaster: /var/spool/sink/postmaster\n' >/etc/aliases
}
# The recipe's lines for main.cf, each in place of the one that is there.
settings() { # RECIPE
	awk '/^# ---- / { inside = ($3 == "/etc/postfix/main.cf"); next } inside && /^[a-z]/' "$srcdir/filters/$1" >"$root/settings"
	[ -s "$root/settings" ] || bail "$1 has nothing for main.cf"
	while read -r _line; do postconf -e "$_line" || bail "$1: $_line"; done <"$root/settings"
}
server_start() {
	newaliases >"$root/start" 2>&1
	postfix start >>"$root/start" 2>&1 || bail "Postfix does not start: $(tail -n 5 "$root/start") $(tail -n 5 /var/log/postfix.log)"
	running=yes
}
server_stop() {
	[ -n "${running-}" ] || return 0
	running=
	postfix stop >/dev/null 2>&1
}
send() { # FILE [SENDER]
	if [ "${2-}" = '<>' ]; then set -- "$1" ''; fi
	sendmail -i -f "${2-ada@example.net}" input@example.org <"$1" >"$out" 2>"$err" || wrong "sendmail: $(cat "$err")"
}
send_behind() { send "$@"; } # it is in the background always
# The queue's messages, one JSON line each. The deferred ones rest; all others are under way.
is_settled() {
	postqueue -j >"$root/settled" 2>/dev/null || return 1
	[ "$(wc -l <"$root/settled")" = "$1" ] && [ "$(grep -c '"queue_name": "deferred"' "$root/settled")" = "$1" ]
}
# A delivery agent that began before the configuration was mended may defer once more: whoever waits for an empty queue asks again.
is_empty() {
	! is_settled 0 || return 0
	_asked=$((${_asked:-0} + 1))
	[ $((_asked % 30)) != 0 ] || postqueue -f
	return 1
}
settle() {
	if [ "$1" = 0 ]; then until_true "0 messages in the queue" is_empty; else until_true "$1 messages in the queue" is_settled "$1"; fi
}
flush() { postqueue -f; }
queue() { mailq; }
is_stopped() { ! postfix status 2>/dev/null; }
