# An Exim of the test's own, in the world of tests/peers/lib.sh, without a daemon. $EXIM names the program; where it is not installed contrib/runtests
# unpacks it into build-runtests/exim, with the libraries it needs. A test calls server_files with its recipe.
find_exim() {
	for _place in "${EXIM-}" /usr/sbin/exim4 /usr/sbin/exim "$(pwd)/exim/usr/sbin/exim4" "$srcdir/build-runtests/exim/usr/sbin/exim4"; do
		if [ -n "$_place" ] && [ -x "$_place" ]; then
			absolute "$_place"
			return
		fi
	done
}
EXIM=$(find_exim)
[ -n "$EXIM" ] || skip_all "Exim is not installed, and not in build-runtests/exim, where contrib/runtests puts it"
# Its own libraries are found by the loader's own means, since it starts itself again with the rights of a set-user-id program.
ls -d "${EXIM%/usr/sbin/*}"/usr/lib/*-linux-* "${EXIM%/usr/sbin/*}"/lib/*-linux-* >/etc/ld.so.conf.d/zz-exim.conf 2>/dev/null
ldconfig >/dev/null 2>&1
cp "$EXIM" "$root/exim4" && chmod 4755 "$root/exim4" && EXIM=$root/exim4
"$EXIM" -C /dev/null -bV >"$root/exim" 2>&1 || skip_all "Exim does not run: $(tail -n 1 "$root/exim")"
BOUNCES=/var/spool/sink/ada

# A server that is final for example.org, and for the sender's domain, whose mailbox shows what is sent back.
server_files() { # RECIPE
	mkdir -p /etc/exim4 /var/spool/sink
	chmod 1777 /var/spool/sink
	install -d -o Debian-exim -g Debian-exim /var/spool/exim4 /var/log/exim4
	for _part in routers transports retry; do
		: >"$root/$_part"
		awk -v part="$_part" '/^# ---- / { inside = ($3 == part); next } inside' "$srcdir/filters/$1" >"$root/$_part"
		[ -s "$root/$_part" ] || bail "$1 has nothing for $_part"
	done
	{
		cat <<CF
exim_path = $EXIM
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
primary_hostname = mx.example.org
qualify_domain = example.org
never_users =
keep_environment =
tls_advertise_hosts =
host_lookup =
begin routers
CF
		cat "$root/routers"
		cat <<'CF'
sink:
  driver = accept
  domains = example.net
  transport = sink
nowhere:
  driver = redirect
  data = :fail: nothing leaves this machine
begin transports
CF
		cat "$root/transports"
		cat <<'CF'
sink:
  driver = appendfile
  file = /var/spool/sink/ada
  user = nobody
  group = nogroup
begin retry
CF
		cat "$root/retry"
	} >/etc/exim4/exim4.conf
	"$EXIM" -bV >"$root/exim" 2>&1 || bail "the configuration is none: $(tail -n 2 "$root/exim")"
}
send() { # FILE [SENDER]
	"$EXIM" -odi -i -f "${2-ada@example.net}" input@example.org <"$1" >"$root/exim" 2>&1 || wrong "exim: $(cat "$root/exim")"
}
send_behind() {
	send "$@" &
	helpers="$helpers $!"
}
# Nothing is under way when no exim runs: what takes a message in or runs the queue is waited for, and delivers itself.
is_settled() {
	! pgrep -x exim4 >/dev/null 2>&1 && ! pgrep -x exim >/dev/null 2>&1 && [ "$("$EXIM" -bpc)" = "$1" ]
}
settle() { until_true "$1 messages in the queue" is_settled "$1"; }
flush() { "$EXIM" -qff >"$root/exim" 2>&1 || wrong "exim -qff: $(cat "$root/exim")"; }
queue() {
	"$EXIM" -bp
	cat /var/log/exim4/mainlog
}
edit() { # SED-SCRIPT
	cp /etc/exim4/exim4.conf "$root/before"
	sed -i "$1" /etc/exim4/exim4.conf
	! cmp -s /etc/exim4/exim4.conf "$root/before" || wrong "nothing to change in the configuration by $1"
}
