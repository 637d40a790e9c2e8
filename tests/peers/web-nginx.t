#!/bin/sh
# The shipped nginx configuration before postbag-web: nginx takes it, the public reads through it, and staff are asked for a password.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
PATH=$PATH:/usr/sbin
WEB=$(dirname "$POSTBAG")/postbag-web
[ -x "$WEB" ] || skip_all "built without postbag-web"
command -v nginx >/dev/null || skip_all "nginx is not installed"
command -v curl >/dev/null || skip_all "curl is not installed"
plan 1

# wait_for SOCKET: until somebody answers there
wait_for() {
	_n=0
	while ! curl -s -o /dev/null --max-time 5 --unix-socket "$1" http://h/ && [ $_n -lt 200 ]; do
		sleep 0.1
		_n=$((_n + 1))
	done
	[ -S "$1" ] || wrong "nobody listens on $1: $(cat "$T"/*.log | head -c 400)"
}
# get STATUS HOST TARGET [CURL-OPTION...]
get() {
	_status=$1 _host=$2 shown="GET $2$3" _target=$3
	shift 3
	same "$shown" "$(curl -s --path-as-is --max-time 60 -D "$T/head" -o "$out" -w '%{http_code}' --unix-socket "$T/nginx.sock" "$@" "http://$_host$_target")" "$_status"
}

begin "nginx before the two views"
chmod 755 "$root" "$T"
harbour_archive
printf '[archive]\nfolder = %s\ntitle = Harbour letters\n' "$A" >"$T/postbag.conf"
# what is shipped, but for where the sockets are
sed "s,/run/postbag/web,$T/web,; s,listen 80;,listen unix:$T/nginx.sock;,; s,/etc/nginx/,$T/," "$srcdir/contrib/nginx/postbag.conf" >"$T/site.conf"
printf 'user %s;\nworker_processes 1;\npid %s/nginx.pid;\nerror_log %s/nginx.log;\ndaemon off;\nevents {}\nhttp {\naccess_log off;\n' "$(id -un)" "$T" "$T" >"$T/nginx.conf"
for part in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/%s;\n' $part "$T" $part >>"$T/nginx.conf"; done
printf 'include %s/site.conf;\n}\n' "$T" >>"$T/nginx.conf"
printf 'bo:%s\n' "$(openssl passwd -apr1 secret 2>/dev/null || perl -e 'print crypt("secret", "\$1\$abcdefgh\$")')" >"$T/postbag.htpasswd"
nginx -t -p "$T" -c "$T/nginx.conf" >"$T/check.log" 2>&1 || wrong "nginx does not take it: $(grep -v 'could not open error log' "$T/check.log" | head -n 3 | tr '\n' ';')"
env POSTBAG_NOW="$now" "$WEB" -C "$T/postbag.conf" --listen "unix:$T/web.sock" >"$T/web.log" 2>&1 &
public=$!
env POSTBAG_NOW="$now" "$WEB" -C "$T/postbag.conf" --view staff --listen "unix:$T/web-staff.sock" >"$T/staff.log" 2>&1 &
staff=$!
nginx -p "$T" -c "$T/nginx.conf" >"$T/run.log" 2>&1 &
nginx=$!
helpers="$helpers $public $staff $nginx"
wait_for "$T/web.sock"
wait_for "$T/web-staff.sock"
wait_for "$T/nginx.sock"
id=$(letter_id 1)
held=$(letter_id 11)
get 200 archive.example.org /
out_has 'Harbour letters'
get 200 archive.example.org "/message/$id"
tr -d '\r' <"$T/head" | grep -qi "^content-security-policy: default-src 'none'" || wrong "the policy is lost"
tag=$(tr -d '\r' <"$T/head" | sed -n 's/^[Ee][Tt]ag: //p')
get 304 archive.example.org "/message/$id" -H "If-None-Match: $tag"
get 200 archive.example.org "/message/$id" --compressed -H "If-None-Match: \"x\""
tag=$(tr -d '\r' <"$T/head" | sed -n 's/^[Ee][Tt]ag: //p')
get 304 archive.example.org "/message/$id" --compressed -H "If-None-Match: $tag"
get 404 archive.example.org "/message/$held"
get 400 archive.example.org '/search?q=%22'
get 413 archive.example.org / -d "$(head -c 3000 /dev/zero | tr '\0' x)"
get 401 staff.archive.example.org "/message/$held"
out_lacks powder
get 401 staff.archive.example.org "/message/$held" -u bo:guess
get 200 staff.archive.example.org "/message/$held" -u bo:secret
out_has powder
kill "$nginx" "$public" "$staff"
wait "$nginx"
wait "$public"
same "the server's exit status" $? 0
wait "$staff"
! grep -Ev '^postbag: (listening on|without walls|attachments are not offered)' "$T/web.log" "$T/staff.log" >"$root/strange" || wrong "the server said: $(head -n 2 "$root/strange")"
end
