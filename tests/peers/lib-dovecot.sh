# What sieve.t and dovecot-lmtp.t share: a private Dovecot with the shipped settings and script. Sourced in place of lib-local.sh.
. "${srcdir:-.}/tests/peers/lib-local.sh"
for _place in /usr/sbin /usr/local/sbin; do [ ! -x "$_place/dovecot" ] || PATH=$PATH:$_place; done
LIBEXEC=
for _place in /usr/lib/dovecot /usr/libexec/dovecot /usr/local/libexec/dovecot; do [ ! -x "$_place/dovecot-lda" ] || LIBEXEC=$_place; done
[ -n "$LIBEXEC" ] && command -v dovecot >/dev/null || skip_all "dovecot-core is not installed"
command -v sievec >/dev/null || skip_all "dovecot-sieve is not installed"
SCRIPT=$srcdir/filters/sieve.example SETTINGS=$srcdir/filters/dovecot.conf.example
[ -r "$SCRIPT" ] && [ -r "$SETTINGS" ] || bail "no $SCRIPT or $SETTINGS"

# The script and settings as shipped, but for the paths in them.
prepare() {
	site_make
	sed "s|/var/lib/postbag|$A|" "$SCRIPT" >"$site/postbag.sieve"
	grep -q "\"--archive\", \"$A\", \"deliver\"" "$site/postbag.sieve" || wrong "the script's command is not what this test replaces"
	settings >"$site/dovecot.conf"
	for _changed in "$site/bin" "$site/postbag.sieve"; do
		grep -q "= $_changed\$" "$site/dovecot.conf" || wrong "the settings' paths are not what this test replaces"
	done
	chmod 644 "$site/dovecot.conf" "$site/postbag.sieve"
	compile
}
# A private instance: paths of its own, no accounts of the machine, no port.
settings() {
	cat <<CONF
base_dir = $root/run
state_dir = $root/state
log_path = $site/log
protocols =
listen = 127.0.0.1
ssl = no
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
hostname = lists.example.org
postmaster_address = postmaster@example.org
submission_host = 127.0.0.1:9
CONF
	sed "s|/usr/local/lib/dovecot/sieve-execute|$site/bin|; s|/etc/dovecot/sieve/postbag.sieve|$site/postbag.sieve|" "$SETTINGS"
	: >"$site/log"
	chmod 666 "$site/log"
}
compile() {
	rm -f "$site/postbag.svbin"
	sievec -c "$site/dovecot.conf" "$site/postbag.sieve" >"$T/sievec" 2>&1 || wrong "sievec: $(head -n 3 "$T/sievec" | tr '\n' ';')"
	chmod 644 "$site/postbag.svbin" 2>/dev/null
}
call() {
	_list=
	for _word; do _list="$_list\"$_word\", "; done
	sed -i "s|\"postbag\" \[.*\]|\"postbag\" [$_list\"deliver\"]|" "$site/postbag.sieve"
	compile
}
hurry() {
	sed -i 's|exec_timeout = 60s|exec_timeout = 5s|' "$site/dovecot.conf"
	grep -q 'exec_timeout = 5s' "$site/dovecot.conf" || wrong "the settings' time limit is not what this test replaces"
}
inbox() { find "$site/$1/Maildir/new" "$site/$1/Maildir/cur" -type f 2>/dev/null | wc -l | tr -d ' '; } # WHO
aside() { find "$site/$1/Maildir/.Postbag-Failed/new" "$site/$1/Maildir/.Postbag-Failed/cur" -type f 2>/dev/null | wc -l | tr -d ' '; }
log_end() { tail -n 3 "$site/log" | tr '\n' ';'; }

# where_is WHO COMMAND...: Dovecot takes a message by COMMAND, which says "yes", "not yet" or something else; sets $answer by where it is then.
where_is() {
	_user=$1 _inbox=$(inbox "$1") _aside=$(aside "$1")
	shift
	_said=$("$@")
	_inbox=$(($(inbox "$_user") - _inbox)) _aside=$(($(aside "$_user") - _aside))
	case "$_said, inbox $_inbox, aside $_aside" in
	"yes, inbox 0, aside 0") answer=kept ;;
	"yes, inbox 0, aside 1") answer=still ;;
	"not yet, inbox 0, aside 0") answer=still ;;
	*) answer="$_said, inbox $_inbox, aside $_aside ($(log_end))" ;;
	esac
}
# Cron, as the same user, takes in what was set aside, by the command that the script's comments give; twice makes no difference.
later() { # WHO FILE
	grep -q 'test -d ~/Maildir/.Postbag-Failed && postbag -q --archive /var/lib/postbag import ~/Maildir/.Postbag-Failed' "$SCRIPT" ||
		wrong "the script no longer tells this import"
	answer=kept
	for _time in first second; do
		as "$1" env -i HOME="$site/$1" "$real" -q --archive "$A" import "$site/$1/Maildir/.Postbag-Failed" >"$out" 2>"$err" ||
			answer="$_time import: $(head -c 300 "$err")"
	done
}
