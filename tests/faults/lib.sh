# What the tests of faults share, on top of tests/cli/lib.sh: messages by number, strace, file systems that can be thrown away. POSIX sh.
# FAULTS_FULL=1 makes the full series (make check-faults-full), FAULTS_SEED=N repeats a choice that a run printed.

. "$srcdir/tests/cli/lib.sh"
full=${FAULTS_FULL:+1}
seed=${FAULTS_SEED:-$(date +%Y%j)}
helper_programs=$(dirname "$POSTBAG")/tests/faults

# The leak checker cannot run under ptrace, and a fault has to reach the program's own handlers as far as the sanitizer lets it.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
LSAN_OPTIONS=${LSAN_OPTIONS:+$LSAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS LSAN_OPTIONS

# SHORT in make check, LONG in the full series.
either() { if [ -n "$full" ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }

note() { printf '# %s\n' "$*"; }

# mail FILE KEY [BYTES]: a message of which KEY is the Message-ID and a word of the text, with an attachment of so many bytes of noise.
mail() {
	{
		printf 'From: Ada Example <ada@example.net>\nTo: harbour@example.org\nSubject: Letter %s\nDate: Tue, 12 Feb 2019 08:00:00 +0000\nMessage-ID: <%s@example.net>\nMIME-Version: 1.0\n' "$2" "$2"
		if [ "${3:-0}" -eq 0 ]; then
			printf 'Content-Type: text/plain\n\nIt is about %s.\n' "$2"
		else
			printf 'Content-Type: multipart/mixed; boundary=cut\n\n--cut\n\nIt is about %s.\n--cut\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n' "$2"
			head -c "$3" /dev/urandom | base64
			printf '%s\n' --cut--
		fi
	} >"$1"
}

# --- what is kept

# The keys of all messages in $A and in the spool; what cannot be shown is not there.
kept_keys() { # FILE [SPOOL]
	{
		for _id in $(sqlite3 "$A/mail.db" 'SELECT public_id FROM content' 2>"$root/unshown"); do
			alone show --archive "$A" --raw "$_id" 2>>"$root/unshown"
		done
		find "${2:-$A/spool}/new" "${2:-$A/spool}/cur" -type f -exec cat {} + 2>/dev/null
	} | sed -n 's/^Message-ID: <\(.*\)@example\.net>$/\1/p' | sort >"$1"
}

# --- strace

need_strace() {
	command -v strace >/dev/null || skip_all "no strace: no fault was injected"
	strace -f -o /dev/null -e trace=write -e inject=write:error=EIO:when=9999 true 2>/dev/null ||
		skip_all "strace may not trace here or cannot inject: no fault was injected"
	tracer="strace -f -y" # without --seccomp-bpf, with which no signal is injected
}

# traced TRACE EXPRESSION... -- ARGUMENT...: the program under strace with -e for each expression; $status
traced() {
	_trace=$1
	shift
	_options=
	while [ "$1" != -- ]; do
		_options="$_options -e $1"
		shift
	done
	shift
	shown="postbag $* under$_options"
	# shellcheck disable=SC2086
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="${config:-$root/none.conf}" ASAN_OPTIONS="$ASAN_OPTIONS" LSAN_OPTIONS="$LSAN_OPTIONS" \
		$tracer -o "$_trace" $_options "$POSTBAG" "$@" >"$out" 2>"$err"
	status=$?
}

# --- file systems of our own

# Mounts are made in a mount namespace of the test's own, so that they are gone whenever it ends, even killed.
private_mounts() { # $0
	[ -z "${POSTBAG_PRIVATE_MOUNTS:-}" ] || return 0
	[ "$(id -u)" = 0 ] || skip_all "only root may mount: nothing of this was tested"
	for _tool in unshare losetup mount umount mkfs.ext4; do
		command -v "$_tool" >/dev/null || skip_all "no $_tool: nothing of this was tested"
	done
	unshare -m true 2>/dev/null || skip_all "no mount namespace can be made here: nothing of this was tested"
	rm -rf "$root"
	trap - EXIT
	POSTBAG_PRIVATE_MOUNTS=1 srcdir=$srcdir POSTBAG=$POSTBAG exec unshare -m sh "$1"
}

mounted=
unmount_all() {
	cd /
	for _folder in $mounted; do
		umount "$_folder" 2>/dev/null || umount -l "$_folder" 2>/dev/null
	done
	mounted=
}

need_ext4() {
	truncate -s 8M "$root/try.img" && mkfs.ext4 -q -F "$root/try.img" 2>/dev/null && mkdir -p "$root/try" &&
		mount -o loop "$root/try.img" "$root/try" 2>/dev/null || skip_all "no ext4 can be mounted from a file here: nothing of this was tested"
	umount "$root/try"
	rm -rf "$root/try" "$root/try.img"
	trap '_ended=$?; unmount_all; (exit $_ended); clean_up' EXIT
}

# ext4 IMAGE FOLDER SIZE BLOCK-SIZE: a new file system, mounted
ext4() {
	rm -f "$1"
	mkdir -p "$2"
	truncate -s "$3" "$1" && mkfs.ext4 -q -F -b "$4" -m 0 "$1" && attach "$1" "$2"
}

attach() { # IMAGE FOLDER
	mount -o loop "$1" "$2" || {
		wrong "cannot mount $2"
		return 1
	}
	mounted="$2 $mounted"
}

detach() { # FOLDER; a process that is about to end may hold it a moment longer
	_tries=0
	until umount "$1" 2>"$root/umount"; do
		[ $((_tries += 1)) -lt 100 ] || {
			wrong "cannot unmount: $(cat "$root/umount")"
			return 1
		}
		sleep 0.1
	done
	mounted=$(printf '%s\n' $mounted | grep -vx "$1" | tr '\n' ' ')
}
